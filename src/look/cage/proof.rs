//! Proves the cage: children of this very binary close it around themselves, try what it must not let happen, and say
//! how that went.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use super::Cage;
use super::attempt::{Attempt, CLOSED, REFUSED};
use crate::look::spawn;

/// Whose cage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The decoding child's.
    Decoder,
    /// A helper's, before it becomes the helper.
    Helper,
}

/// What a try came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The kernel said no.
    Refused,
    /// The kernel ended the process.
    Ended,
    /// It could be done.
    Done,
    /// The child did not get as far as trying.
    Untried,
}

impl Outcome {
    /// Whether the cage held.
    pub fn held(self) -> bool {
        matches!(self, Self::Refused | Self::Ended)
    }
}

/// What was proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What the kernel put in force.
    pub cage: Cage,
    /// What a decoder could do nevertheless, or could not even try.
    pub decoder_could: Vec<Attempt>,
    /// What a helper could.
    pub helper_could: Vec<Attempt>,
}

/// What a decoder must not be able to do.
pub const DECODER: [Attempt; 7] =
    [Attempt::ReadFile, Attempt::MakeFile, Attempt::Become, Attempt::Start, Attempt::Listen, Attempt::Datagram, Attempt::Local];
/// What a helper must not: it becomes a program, and may read what lies beside programs.
pub const HELPER: [Attempt; 6] = [Attempt::ReadFile, Attempt::MakeFile, Attempt::Start, Attempt::Listen, Attempt::Datagram, Attempt::Local];

/// More than any child needs for a try.
const TIME: Duration = Duration::from_secs(20);

/// Tries everything with all layers closed, and the layers of files and calls each alone, so that one does not hide
/// that the other is missing.
pub async fn prove() -> Proof {
    let mut proof = Proof::default();
    for attempt in DECODER {
        let (cage, outcome) = one(Room::Decoder, attempt, None).await;
        proof.cage = cage.unwrap_or(proof.cage);
        if !outcome.held() {
            proof.decoder_could.push(attempt);
        }
    }
    for attempt in HELPER {
        if !one(Room::Helper, attempt, None).await.1.held() {
            proof.helper_could.push(attempt);
        }
    }
    if one(Room::Decoder, Attempt::ReadFile, Some("files")).await.1 != Outcome::Refused {
        proof.cage.landlock = None;
    }
    if one(Room::Decoder, Attempt::Datagram, Some("calls")).await.1 != Outcome::Ended {
        proof.cage.seccomp = false;
    }
    proof
}

/// Tries one thing in a child of its own, with all layers or one alone (see [`super::Layers::only`]).
pub async fn one(room: Room, attempt: Attempt, only: Option<&str>) -> (Option<Cage>, Outcome) {
    let mut command = spawn::itself();
    match room {
        Room::Decoder => command.args(["look-child", "1", "1"]),
        Room::Helper => command.arg("limited"),
    };
    command.args(["--attempt", attempt.name()]);
    if let Some(only) = only {
        command.args(["--only", only]);
    }
    if room == Room::Helper {
        command.args(["--", "/nonexistent"]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let ended = async { spawn::spawn(command).await?.wait_with_output().await };
    let Ok(Ok(output)) = tokio::time::timeout(TIME, ended).await else { return (None, Outcome::Untried) };
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(cage) = text.lines().find_map(|line| serde_json::from_str(line.strip_prefix(CLOSED)?).ok()) else {
        return (None, Outcome::Untried);
    };
    let outcome = if output.status.signal() == Some(libc::SIGSYS) {
        Outcome::Ended
    } else if text.lines().last() == Some(REFUSED) {
        Outcome::Refused
    } else {
        Outcome::Done
    };
    (Some(cage), outcome)
}
