//! Questions on the terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::{Mutex, Once, PoisonError};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};

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

/// How the terminal was before what is typed was hidden; nothing while it is shown.
static SHOWN: Mutex<Option<Termios>> = Mutex::new(None);

/// What `question` answers; not shown while it is typed where standard input is a terminal.
pub(super) fn unseen<T>(question: impl FnOnce() -> T) -> T {
    let terminal = std::io::stdin();
    if let Ok(shown) = tcgetattr(&terminal) {
        static WATCHED: Once = Once::new();
        WATCHED.call_once(show_when_stopped);
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        // Held until it is hidden: a signal in between must not show it too early.
        let mut before = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        *before = Some(shown);
        let _ = tcsetattr(&terminal, OptionalActions::Now, &hidden);
    }
    let answer = question();
    show();
    answer
}

/// Shows again what is typed.
fn show() {
    if let Some(shown) = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &shown);
        eprintln!();
    }
}

/// Ctrl-C at a hidden question would leave the terminal silent for good. A signal that is listened to no longer ends
/// the program by itself, so from now on this does, here and later.
fn show_when_stopped() {
    if tokio::runtime::Handle::try_current().is_err() {
        return;
    }
    for (kind, number) in [(SignalKind::interrupt(), 2), (SignalKind::terminate(), 15), (SignalKind::hangup(), 1)] {
        let Ok(mut asked) = signal(kind) else { continue };
        tokio::spawn(async move {
            if asked.recv().await.is_some() {
                show();
                std::process::exit(128 + number);
            }
        });
    }
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
