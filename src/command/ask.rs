//! Questions on the terminal.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::Failure;
use crate::model::{Language, Secret};
use crate::words;

/// One answer; a fault at the end of input, so that half the answers never make a configuration.
pub(super) fn ask(input: &mut impl BufRead, question: &str) -> Result<String, Failure> {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{question}\n> ");
    let _ = out.flush();
    answer(input)
}

fn answer(input: &mut impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    match input.read_line(&mut line).context("the answer could not be read")? {
        0 => Err(Failure::Usage(words::of(Language::En).questions().ended.into())),
        _ => Ok(line.trim().to_string()),
    }
}

/// What `question` answers; not shown while it is typed where standard input is a terminal.
pub(super) fn unseen<T>(question: impl FnOnce() -> T) -> T {
    let terminal = std::io::stdin();
    let shown = tcgetattr(&terminal).ok();
    if let Some(mut hidden) = shown.clone() {
        hidden.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(&terminal, OptionalActions::Now, &hidden);
    }
    let answer = question();
    if let Some(shown) = shown {
        let _ = tcsetattr(&terminal, OptionalActions::Now, &shown);
        eprintln!();
    }
    answer
}

/// A passphrase, asked for on the terminal, never on a pipe: a script names a file instead. The question goes to
/// standard error, because results go to standard output.
pub(super) fn passphrase(question: &str) -> Result<Secret, Failure> {
    let terminal = std::io::stdin();
    if !terminal.is_terminal() {
        return Err(Failure::Usage(
            "there is no terminal to ask for the passphrase on; --passphrase-file FILE names a file that holds it".into(),
        ));
    }
    eprint!("{question}\n> ");
    unseen(|| answer(&mut terminal.lock())).map(Secret::new)
}
