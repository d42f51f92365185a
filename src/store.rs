//! The memory: watches, pages, pictures seen, originals, findings, outbox. Knows no HTML, no network and no mail.
//!
//! SQLite in WAL mode; the SQL keeps to what PostgreSQL also takes. Everything that could name somebody or something
//! is sealed, see [`seal`]; times, counters and states are plain. `synchronous = NORMAL`: a power cut can undo the
//! last moments as a whole (findings, outbox and validators together), never a part of them.

mod findings;
mod originals;
mod outbox;
mod pages;
mod pictures;
mod record;
pub mod seal;
mod settings;
mod watches;

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, Transaction};

use crate::model::Millis;
pub use findings::{Triage, Wanted};
pub use originals::{CHANGED, Original, OriginalFacts};
pub use outbox::{DueMail, Letter, NewMail, Notice};
pub use pages::{Claim, PageFacts};
pub use pictures::{KnownPicture, PictureMemory, Validators};
pub use record::{FollowUp, Outcome, Report};
pub use seal::{KeySource, Seal};
pub use settings::SETTINGS;
pub use watches::{PassSummary, WatchFacts};

/// The person that everything belongs to while the configuration names one person.
pub const ME: &str = "me";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations");

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
        "the store {store} is missing, although the key {key} has sealed it before. Is its disk not there? To begin anew, delete the line '# seals {store}' in the key file"
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
    #[error("the store {store} was sealed with another key than {key}. Put the right key back; nothing was changed")]
    WrongKey {
        /// The key file.
        key: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// A newer program made the store.
    #[error("the store {store} was made by a newer version of monitor. Install that version again; nothing was changed")]
    Newer {
        /// The store.
        store: PathBuf,
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

/// A database error in words; never a bound value.
fn plain(error: &sqlx::Error) -> String {
    let text = match error {
        sqlx::Error::Database(inner) => inner.message().to_string(),
        other => other.to_string(),
    };
    let more = match text.as_str() {
        t if t.contains("disk is full") || t.contains("disk I/O") => ". Free some room on that disk; what was recorded is kept",
        t if t.contains("readonly") => ". The folder or file is read-only; mend its rights",
        t if t.contains("malformed") || t.contains("not a database") => {
            ". The file is damaged or not a store; keep a copy of it before anything else"
        }
        _ => "",
    };
    format!("{text}{more}")
}

/// The open store.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    seal: Seal,
    folder: PathBuf,
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

    /// Opens the store in `folder`, or makes it (and the key) at first use.
    ///
    /// # Errors
    /// Whatever keeps the store from being used; an existing store is never replaced.
    pub async fn open(folder: &Path, key: &KeySource) -> Result<Store, StoreError> {
        let wrong_folder = |why| StoreError::Folder { folder: folder.into(), why };
        if !folder.exists() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(wrong_folder)?;
        }
        let rights = std::fs::metadata(folder).map_err(wrong_folder)?.permissions();
        if rights.mode() & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(wrong_folder)?;
        }
        let file = Self::file_in(folder);
        let seal = key.load(&file)?;
        if !file.exists() {
            use std::os::unix::fs::OpenOptionsExt;
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).map_err(wrong_folder)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(20))
            .pragma("temp_store", "memory")
            .pragma("secure_delete", "on")
            .pragma("journal_size_limit", "16777216");
        let pool = SqlitePoolOptions::new().max_connections(2).min_connections(1).idle_timeout(None).connect_with(options).await?;
        let store = Store { pool, seal, folder: folder.into() };
        store.check_key(key, &file).await?;
        MIGRATIONS.run(&store.pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(_) | sqlx::migrate::MigrateError::VersionMismatch(_) => {
                StoreError::Newer { store: file.clone() }
            }
            sqlx::migrate::MigrateError::Execute(error) => StoreError::Database(error),
            other => StoreError::Database(sqlx::Error::Protocol(other.to_string())),
        })?;
        store.write_key_check().await?;
        key.note_store(&file);
        Ok(store)
    }

    /// Before anything is changed: does the key open what is there?
    async fn check_key(&self, key: &KeySource, file: &Path) -> Result<(), StoreError> {
        let tables: i64 = sqlx::query("SELECT COUNT(*) FROM sqlite_master WHERE name = 'meta'").fetch_one(&self.pool).await?.get(0);
        if tables == 0 {
            return Ok(());
        }
        let row = sqlx::query("SELECT sealed FROM meta WHERE name = 'key'").fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(()) };
        let sealed: Vec<u8> = row.get(0);
        match self.seal.open_bytes("meta key", &sealed) {
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::WrongKey { key: key.path().into(), store: file.into() }),
        }
    }

    async fn write_key_check(&self) -> Result<(), StoreError> {
        let sealed = self.seal.seal_bytes("meta key", b"monitor")?;
        sqlx::query("INSERT INTO meta (name, at, sealed) VALUES ('key', 0, $1) ON CONFLICT (name) DO NOTHING")
            .bind(sealed)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The one daemon of this state folder.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where there is one already.
    pub fn lock_as_daemon(&self) -> Result<Lock, StoreError> {
        let file = self.lock_file("run.lock")?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock(file)),
            Err(_) => Err(StoreError::Busy { folder: self.folder.clone() }),
        }
    }

    /// A process that claims pages and mails. Where it is the only one, what an earlier one left half done is freed.
    ///
    /// # Errors
    /// Where the folder or the database cannot be written.
    pub async fn lock_as_worker(&self) -> Result<Lock, StoreError> {
        let file = self.lock_file("work.lock")?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            self.free_leases().await?;
        }
        // Others may work beside us: rows are claimed by lease.
        flock(&file, FlockOperation::LockShared).map_err(|e| StoreError::Folder { folder: self.folder.clone(), why: e.into() })?;
        Ok(Lock(file))
    }

    fn lock_file(&self, name: &str) -> Result<File, StoreError> {
        use std::os::unix::fs::OpenOptionsExt;
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.folder.join(name))
            .map_err(|why| StoreError::Folder { folder: self.folder.clone(), why })
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

    /// A write transaction that takes its lock at once, so that it cannot fail half-way for another writer.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Keyed hash for what must be compared but not stored in plain.
    pub fn look_up(&self, what: &str, parts: &[&[u8]]) -> String {
        self.seal.look_up(what, parts)
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
