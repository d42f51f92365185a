//! The memory: watches, pages, pictures seen, originals, findings, outbox. Knows no HTML, no network and no mail.
//!
//! SQLite in WAL mode; the SQL keeps to what PostgreSQL also takes. Everything that could name somebody or something
//! is sealed, see [`seal`]; times, counters and states are plain. `synchronous = NORMAL`: a power cut can undo the
//! last moments as a whole (findings, outbox and validators together), never a part of them.

mod clock;
pub mod copy;
mod damage;
mod error;
mod findings;
mod follow;
mod open;
mod originals;
mod outbox;
mod pages;
mod pictures;
mod prune;
mod record;
mod rekey;
pub mod seal;
mod settings;
mod watches;

use std::collections::HashMap;
use std::fs::File;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustix::fs::{FlockOperation, flock};
use sqlx::sqlite::SqlitePool;
use sqlx::{Row, Sqlite, Transaction};

use crate::model::Millis;
pub use error::StoreError;
pub use findings::{Triage, Wanted};
pub use originals::{CHANGED, Original, OriginalFacts};
pub use outbox::{DueMail, Letter, NewMail, Notice};
pub use pages::{Claim, Look, PageFacts, Shown};
pub use pictures::{Compared, KnownBody, KnownPicture, Matched, NewPicture, PictureMemory, Validators, WhyNot};
pub use prune::Pruned;
pub use record::{FollowUp, Outcome, Report};
pub use rekey::NewKey;
pub use seal::{KeySource, Seal};
pub use settings::SETTINGS;
pub use watches::{PassSummary, WatchFacts};

/// The person that everything belongs to while the configuration names one person.
pub const ME: &str = "me";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations");

/// The open store.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    seal: Seal,
    folder: PathBuf,
    /// Held while the store is open, shared; a change of the key holds it alone.
    in_use: Arc<File>,
    /// An earlier process left without closing the store.
    unclean: bool,
    /// See [`Store::turn`].
    turn: Arc<tokio::sync::Mutex<()>>,
    /// When each watch was last noted as seen.
    seen: Arc<Mutex<HashMap<String, Millis>>>,
    /// Mails that a server has taken, while the store could not be told: see [`Store::claim_mail`].
    sent: outbox::Sent,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Held while a process works on the store; see [`Store::lock_as_daemon`] and [`Store::lock_as_worker`].
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, never read: the lock ends when the file closes")] File);

impl Store {
    /// The store's file in `folder`.
    pub fn file_in(folder: &Path) -> PathBuf {
        folder.join("monitor.db")
    }

    /// The one daemon of this state folder.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where there is one already.
    pub fn lock_as_daemon(&self) -> Result<Lock, StoreError> {
        let file = self.lock_file(open::DAEMON)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock(file)),
            Err(_) => Err(StoreError::Busy { folder: self.folder.clone() }),
        }
    }

    /// A process that claims pages and mails. Where it is the only one, what an earlier one left half done is freed,
    /// and the store is checked where that one did not end well, or the last check is old.
    ///
    /// # Errors
    /// Where the folder or the database cannot be written.
    pub async fn lock_as_worker(&self, now: Millis) -> Result<Lock, StoreError> {
        let file = self.lock_file(open::WORKERS)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            if self.unclean || self.check_is_due(now).await? {
                self.check(now).await?;
            }
            self.clock_was_set(now).await?;
            self.free_leases().await?;
        }
        // Others may work beside us: rows are claimed by lease.
        flock(&file, FlockOperation::LockShared).map_err(|e| StoreError::Folder { folder: self.folder.clone(), why: e.into() })?;
        Ok(Lock(file))
    }

    fn lock_file(&self, name: &str) -> Result<File, StoreError> {
        open::lock_file(&self.folder, name)
    }

    /// A real access to the database, for the watchdog and for `doctor`: reads and writes a row.
    ///
    /// # Errors
    /// Where the database cannot be read or written.
    pub async fn pulse(&self, now: Millis) -> Result<(), StoreError> {
        self.set_time("pulse", now).await
    }

    /// A remembered moment; 0 where there is none.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn time(&self, name: &str) -> Result<Millis, StoreError> {
        let row = sqlx::query("SELECT at FROM meta WHERE name = $1").bind(name).fetch_optional(&self.pool).await?;
        Ok(row.map_or(0, |r| r.get(0)))
    }

    /// Remembers a moment.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn set_time(&self, name: &str, at: Millis) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO meta (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at")
            .bind(name)
            .bind(at)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Waits for one's turn to write, where many tasks write at once: SQLite would let them sleep up to a tenth of a second and
    /// try again.
    async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// A write transaction that takes its lock at once, so that it cannot fail half-way for another writer.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Keyed hash for what must be compared but not stored in plain.
    pub fn look_up(&self, what: &str, parts: &[&[u8]]) -> String {
        self.seal.look_up(what, parts)
    }

    /// The same of a value of any type.
    pub fn look_up_value(&self, what: &str, value: &impl Hash) -> String {
        self.seal.look_up_value(what, value)
    }

    /// Closes the database; pending writes are on disk when it returns.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// An id that no other row has.
fn fresh_id() -> Result<String, StoreError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::Sealing)?;
    Ok(seal::to_hex(&bytes))
}

#[cfg(test)]
mod tests;
