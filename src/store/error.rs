//! What is wrong with the store, in words that say what to do.

use std::path::PathBuf;

/// What is wrong with the store, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The state folder cannot be made or used.
    #[error("the state folder {folder} cannot be used: {why}. Mend its rights, or name another with state_dir")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's word.
        why: std::io::Error,
    },
    /// The key is missing for a store that exists.
    #[error(
        "the key {key} is missing, and without it the store {store} cannot be read. Put the key back (from your copy), or, to begin anew and lose what was recorded, move the store away. Nothing was changed"
    )]
    KeyMissing {
        /// The key file.
        key: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// The store is missing where the key says that there was one.
    #[error(
        "the store {store} is missing, although the key {key} has sealed it before. Is its disk not there? Otherwise put a backup back with 'monitor restore', or, to begin anew and lose what was recorded, delete the line '# seals {store}' in the key file"
    )]
    StoreMissing {
        /// The key file.
        key: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// The key file cannot be read or written.
    #[error(
        "the key file {key} cannot be read or written: {why}. Mend its rights; the service cannot make a key, a command by hand ('monitor add') can"
    )]
    KeyFile {
        /// The key file.
        key: PathBuf,
        /// The system's word.
        why: std::io::Error,
    },
    /// The key file does not hold a key.
    #[error("the key file {key} does not begin with 64 hexadecimal digits. Put the right key back; nothing was changed")]
    KeyFormat {
        /// The key file.
        key: PathBuf,
    },
    /// The store was sealed with another key, or is not ours.
    #[error("the store {store} was sealed with another key than {key}. Put the right key back{hint}; nothing was changed")]
    WrongKey {
        /// The key file.
        key: PathBuf,
        /// The store.
        store: PathBuf,
        /// Where it may lie.
        hint: &'static str,
    },
    /// Everything is sealed with a new key, which could not be put in the old one's place.
    #[error(
        "the store is sealed with the new key in {new} now, but that file could not take the place of {key}: {why}. Mend the rights of its folder; the next 'monitor' command then finishes the change. Until then keep both files: only the new key opens the store"
    )]
    NewKeyAside {
        /// The key file.
        key: PathBuf,
        /// Where the new key lies.
        new: PathBuf,
        /// The system's word.
        why: std::io::Error,
    },
    /// A newer program made the store.
    #[error("the store {store} was made by a newer version of monitor. Install that version again; nothing was changed")]
    Newer {
        /// The store.
        store: PathBuf,
    },
    /// The store is empty where the key says that there was one.
    #[error(
        "the store {store} is empty, although the key {key} has sealed it before: its contents were lost. Put a backup back with 'monitor restore', or, to begin anew, delete the line '# seals {store}' in the key file. Nothing was changed"
    )]
    Emptied {
        /// The key file.
        key: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// The file is no whole database, or a value in it does not open.
    #[error(
        "the store {store} is damaged ({what}). Nothing in it was changed. {copy}. Put a backup back with 'monitor restore'; or, to begin anew and lose what was recorded, move {store} and what begins with its name away and delete the line '# seals {store}' in the key file"
    )]
    Damaged {
        /// The store.
        store: PathBuf,
        /// What is wrong with it.
        what: String,
        /// Where a copy was put aside, or why none was.
        copy: String,
    },
    /// A command that must be alone is at work, or this one must be and is not.
    #[error(
        "another 'monitor' command is at work on {folder}. Let it end, or stop it (for the service: 'sudo systemctl stop monitor@NAME', NAME being your login), and try again"
    )]
    InUse {
        /// The state folder.
        folder: PathBuf,
    },
    /// No room for what is to be done.
    #[error(
        "there is not enough room on the disk of {folder}: {needed} MiB are needed, {free} MiB are free. Nothing was changed: free some room, and try again"
    )]
    NoRoom {
        /// The state folder.
        folder: PathBuf,
        /// MiB.
        needed: u64,
        /// MiB.
        free: u64,
    },
    /// Another daemon is at work.
    #[error("another 'monitor run' is at work on {folder}. Stop it first, or name another state_dir")]
    Busy {
        /// The state folder.
        folder: PathBuf,
    },
    /// A value could not be encrypted.
    #[error("a value could not be sealed: the system gave no random numbers")]
    Sealing,
    /// A value could not be decrypted.
    #[error("a value in the store does not open with the key: the store is damaged. Keep a copy of it, and of the key")]
    Opening,
    /// The database itself failed.
    #[error("the store could not be read or written: {}", plain(.0))]
    Database(sqlx::Error),
}

// Not `#[from]`: the message tells the cause already, and an error chain would tell it twice.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    /// The store cannot be written or read just now (no room, no rights, no disk) and may be so again later; nothing
    /// that was recorded is lost.
    pub fn is_passing(&self) -> bool {
        match self {
            // Busy, locked, read-only, input or output, full, cannot open.
            Self::Database(error) => match code(error) {
                Some(code) => matches!(code, 5 | 6 | 8 | 10 | 13 | 14),
                None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed),
            },
            _ => false,
        }
    }

    /// The file itself is broken.
    pub fn is_damage(&self) -> bool {
        match self {
            // Malformed, not a database.
            Self::Database(error) => matches!(code(error), Some(11 | 26)),
            Self::Opening => true,
            _ => false,
        }
    }
}

/// SQLite's own number for what went wrong, without its particulars.
fn code(error: &sqlx::Error) -> Option<i32> {
    let sqlx::Error::Database(inner) = error else { return None };
    inner.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}

/// A database error in words; never a bound value.
pub(super) fn plain(error: &sqlx::Error) -> String {
    let text = match error {
        sqlx::Error::Database(inner) => inner.message().to_string(),
        other => other.to_string(),
    };
    let more = match text.as_str() {
        t if t.contains("disk is full") => ". Free some room on that disk; what was recorded is kept",
        t if t.contains("disk I/O") => {
            ". The disk did not do what it was asked: is it plugged in, and has it room? If so it may be failing ('journalctl -k' tells): make a backup on another disk soon"
        }
        t if t.contains("readonly") => ". The folder or file is read-only; mend its rights",
        t if t.contains("malformed") || t.contains("not a database") => {
            ". The file is damaged or not a store; keep a copy of it before anything else"
        }
        _ => "",
    };
    format!("{text}{more}")
}
