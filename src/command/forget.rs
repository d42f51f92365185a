//! `monitor forget --everything`: removes what the program made, and says what it cannot remove.
//!
//! The key goes first: the store is sealed, so without the key nothing of it can be read, on this disk or in a copy. It is
//! overwritten once, because that costs nothing; on an SSD or a file system with a journal the old bytes may stay, and no
//! number of overwritings would change that. The other files are only removed. The names that stand in the configuration
//! are the next to go: what is left of it until the end says where the rest lies, so that a second run can finish.

mod erase;
mod look;

use std::io::IsTerminal;

use self::erase::Erased;
use self::look::Found;
use super::ask::ask;
use super::{Done, Failure, say};
use crate::cli::Global;
use crate::store::copy;
use crate::words::{self, KeepWords, fill};

/// Lists what would be removed, or removes it.
pub async fn run(global: &Global, everything: bool, yes_really: u8) -> Done {
    let found = Found::look(global).await;
    let words = words::of(found.language).keep();
    if found.is_nothing() {
        say(words.nothing_to_forget);
        say(fill(words.looked_in, &[&found.file.display(), &found.state_dir.display()]));
        return Ok(0);
    }
    list(&words, &found);
    if !everything {
        say(words.forget_dry);
        return Ok(0);
    }
    may_ask(yes_really)?;
    // Held to the end: nothing may write a new store meanwhile.
    let locks = copy::hold(&found.state_dir)?;
    confirm(&words, yes_really)?;
    let erased = erase::erase(&found);
    drop(locks);
    report(&words, &found, &erased);
    Ok(if erased.failed.is_empty() { 0 } else { 1 })
}

fn lines<T: std::fmt::Display>(heading: &str, all: impl IntoIterator<Item = T>) {
    let mut all = all.into_iter().peekable();
    if all.peek().is_some() {
        say(heading);
        all.for_each(|line| say(format!("  {}", words::harmless(&line.to_string()))));
    }
}

fn list(words: &KeepWords, found: &Found) {
    let gone = found.keys.iter().chain(&found.settings).chain(&found.store).chain(&found.backups);
    lines(words.forget_list, gone.map(|p| p.display()));
    backups_elsewhere(words, found);
    if !found.whole {
        say(words.forget_guessed);
    }
}

/// A script gives the same flag twice instead of two answers.
fn may_ask(yes_really: u8) -> Result<(), Failure> {
    match yes_really {
        0 if !std::io::stdin().is_terminal() => {
            Err(Failure::Usage("there is no terminal to ask on; a script gives --yes-really twice. Nothing was changed".into()))
        }
        1 => Err(Failure::Usage("--yes-really must be given twice; nothing was changed".into())),
        _ => Ok(()),
    }
}

/// Two different questions.
fn confirm(words: &KeepWords, yes_really: u8) -> Result<(), Failure> {
    if yes_really >= 2 {
        return Ok(());
    }
    let unchanged = || Failure::Failed(anyhow::anyhow!(words.forget_not));
    let mut input = std::io::stdin().lock();
    if ask(&mut input, words.forget_first)?.to_lowercase() != words.yes {
        return Err(unchanged());
    }
    if ask(&mut input, &fill(words.forget_second, &[&words.forget_phrase]))?.to_lowercase() != words.forget_phrase {
        return Err(unchanged());
    }
    Ok(())
}

fn backups_elsewhere(words: &KeepWords, found: &Found) {
    lines(words.backups_away, found.backups_away.iter().map(|p| p.display()));
    if !found.backups_known {
        say(words.backups_unknown);
    }
}

fn report(words: &KeepWords, found: &Found, erased: &Erased) {
    say(fill(words.forgotten, &[&erased.gone]));
    if erased.key_gone {
        say(words.key_gone);
    }
    lines(words.not_removed, erased.failed.iter().map(|(path, why)| format!("{}: {why}", path.display())));
    backups_elsewhere(words, found);
    lines(words.not_ours, found.not_ours.iter().map(|p| p.display()));
    if let Some(credential) = &found.credential {
        say(fill(words.key_is_credential, &[&credential.display()]));
    }
    say(words.cannot_remove);
}
