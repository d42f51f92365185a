//! How the store is opened: one program at a time, the key first, and nothing changed before it is known to fit.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Row};

use super::{KeySource, MIGRATIONS, Store, StoreError, copy, damage};

/// How long a command waits for another one that opens the store or changes its key.
const PATIENCE: Duration = Duration::from_secs(60);

/// Held while a store is opened …
pub(super) const OPENING: &str = "open.lock";
/// … and, shared, as long as it is open.
pub(super) const IN_USE: &str = "use.lock";
/// The daemon's.
pub(super) const DAEMON: &str = "run.lock";
/// Shared by those who claim pages and mails.
pub(super) const WORKERS: &str = "work.lock";

impl Store {
    /// The files in the state folder that are only there to be locked.
    pub const LOCKS: [&str; 4] = [OPENING, IN_USE, DAEMON, WORKERS];

    /// Opens the store in `folder`, or makes it (and the key) at first use.
    ///
    /// # Errors
    /// Whatever keeps the store from being used; an existing store is never replaced, and a damaged one never written to.
    pub async fn open(folder: &Path, key: &KeySource) -> Result<Store, StoreError> {
        let wrong_folder = |why| StoreError::Folder { folder: folder.into(), why };
        if !folder.exists() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(wrong_folder)?;
        }
        let rights = std::fs::metadata(folder).map_err(wrong_folder)?.permissions();
        if rights.mode() & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(wrong_folder)?;
        }
        // Two programs that open a store for the first time, or migrate it, would stumble over each other.
        let opening = lock_file(folder, OPENING)?;
        hold(&opening, FlockOperation::NonBlockingLockExclusive, folder).await?;
        let in_use = lock_file(folder, IN_USE)?;
        hold(&in_use, FlockOperation::NonBlockingLockShared, folder).await?;
        copy::clear(folder);
        let file = Self::file_in(folder);
        let seal = key.load(&file)?;
        let sealed_before = key.has_sealed(&file);
        let log = std::fs::metadata(copy::with_ending(&file, "-wal")).map_or(0, |wal| wal.len());
        match std::fs::metadata(&file) {
            // SQLite throws the log of an empty file away.
            Ok(there) if there.len() == 0 && (sealed_before || log > 0) => return Err(emptied(key, &file)),
            Ok(_) => damage::refuse_strange_file(&file)?,
            Err(_) => {
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).map_err(wrong_folder)?;
            }
        }
        let pool = connect(&file).await.map_err(|error| damage::told(error, &file))?;
        let mut store = Store {
            pool,
            seal,
            folder: folder.into(),
            in_use: Arc::new(in_use),
            unclean: log > 0,
            turn: Arc::default(),
            sent: super::outbox::Sent::default(),
            seen: std::sync::Arc::default(),
        };
        store.prepare(key, &file, sealed_before).await.map_err(|error| store.explain(error))?;
        key.note_store(&file);
        Ok(store)
    }

    async fn prepare(&mut self, key: &KeySource, file: &Path, sealed_before: bool) -> Result<(), StoreError> {
        let tables: i64 = sqlx::query("SELECT COUNT(*) FROM sqlite_master WHERE name = 'meta'").fetch_one(&self.pool).await?.get(0);
        if tables == 0 && sealed_before {
            return Err(emptied(key, file));
        }
        if tables != 0 {
            self.check_key(key, file).await?;
        }
        MIGRATIONS.run(&self.pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(_) | sqlx::migrate::MigrateError::VersionMismatch(_) => {
                StoreError::Newer { store: file.into() }
            }
            sqlx::migrate::MigrateError::Execute(error) | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => {
                StoreError::Database(error)
            }
            other => StoreError::Database(sqlx::Error::Protocol(other.to_string())),
        })?;
        self.settle_keys().await
    }

    /// Before anything is changed: does the key open what is there? A change of the key that was cut short between the
    /// store and the key file is finished.
    async fn check_key(&mut self, key: &KeySource, file: &Path) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT sealed FROM meta WHERE name = 'key'").fetch_optional(&self.pool).await?;
        let Some(sealed) = row.and_then(|row| row.get::<Option<Vec<u8>>, _>(0)) else { return Ok(()) };
        if self.seal.open_bytes("meta key", &sealed).is_ok() {
            key.remove_new();
            return Ok(());
        }
        match key.load_new() {
            Some(new) if new.open_bytes("meta key", &sealed).is_ok() => {
                key.put_new_in_place().map_err(|why| StoreError::KeyFile { key: key.path().into(), why })?;
                self.seal = new;
                Ok(())
            }
            _ => {
                let hint = match key {
                    KeySource::File(_) => "",
                    KeySource::Credential(_) => " (after 'monitor rekey --key FILE' it is the one in that FILE: make it the credential)",
                };
                Err(StoreError::WrongKey { key: key.path().into(), store: file.into(), hint })
            }
        }
    }

    /// Writes what tells the right key, and the key of look-ups: that one outlives changes of the other, because ids of
    /// findings hang on it.
    async fn settle_keys(&mut self) -> Result<(), StoreError> {
        for (name, plain) in [("key", b"monitor".as_slice()), ("lookup", self.seal.lookup().as_slice())] {
            let known = sqlx::query("SELECT 1 FROM meta WHERE name = $1").bind(name).fetch_optional(&self.pool).await?;
            if known.is_none() {
                let sealed = self.seal.seal_bytes(&format!("meta {name}"), plain)?;
                sqlx::query("INSERT INTO meta (name, at, sealed) VALUES ($1, 0, $2) ON CONFLICT (name) DO NOTHING")
                    .bind(name)
                    .bind(sealed)
                    .execute(&self.pool)
                    .await?;
            }
        }
        let row = sqlx::query("SELECT sealed FROM meta WHERE name = 'lookup'").fetch_one(&self.pool).await?;
        let lookup = self.seal.open_bytes("meta lookup", row.get::<Vec<u8>, _>(0).as_slice())?;
        self.seal.set_lookup(lookup.try_into().map_err(|_| StoreError::Opening)?);
        Ok(())
    }
}

fn emptied(key: &KeySource, file: &Path) -> StoreError {
    StoreError::Emptied { key: key.path().into(), store: file.into() }
}

async fn connect(file: &Path) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(20))
        .pragma("temp_store", "memory")
        .pragma("secure_delete", "on")
        .pragma("journal_size_limit", "16777216");
    let pool = SqlitePoolOptions::new()
        .max_connections(2)
        .min_connections(1)
        .idle_timeout(None)
        // A full disk makes SQLite end a transaction by itself. The driver goes on counting it as open, and every later
        // one on that connection would fail: such a connection is replaced.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
    Ok(pool.connect_with(options).await?)
}

/// A file in `folder` that is only there to be locked.
pub(super) fn lock_file(folder: &Path, name: &str) -> Result<File, StoreError> {
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        // A link there would be somebody else's doing.
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(folder.join(name))
        .map_err(|why| StoreError::Folder { folder: folder.into(), why })
}

/// Waits for a lock, but not for ever.
async fn hold(file: &File, how: FlockOperation, folder: &Path) -> Result<(), StoreError> {
    let until = tokio::time::Instant::now() + PATIENCE;
    while flock(file, how).is_err() {
        if tokio::time::Instant::now() >= until {
            return Err(StoreError::InUse { folder: folder.into() });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
