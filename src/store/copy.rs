//! The store as a whole: a snapshot of it for a backup, what must hold before one is put back, and who is at work on it.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

use super::{KeySource, Lock, MIGRATIONS, Seal, Store, StoreError, open, seal};
use crate::model::Millis;

/// Where the paths of backups stand, and what they are sealed for.
const BACKUPS: &str = "backups";
/// Which backup the store was put back from.
const RESTORED: &str = "restored";

/// A snapshot. It has no name any more: it is gone when the file is closed, or the program dies.
pub type Snapshot = File;

/// What a copy of a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Findings.
    pub findings: u64,
    /// Originals.
    pub originals: u64,
    /// Mails and notices that nobody had been sent yet.
    pub waiting: u64,
}

/// Why a copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Not a database, damaged, or with things in it that a store never has.
    #[error("the store in it is damaged or is none")]
    Damaged,
    /// Made by a newer program.
    #[error("the store in it was made by a newer version of monitor; install that version first")]
    Newer,
    /// The key is not that of the store.
    #[error("the key in it does not open the store in it")]
    WrongKey,
}

impl Store {
    /// A consistent snapshot while others write. It lies in the state folder as long as it is written (it is as sealed
    /// as the store), and has lost its name when this returns; what a kill leaves is removed when the store is next opened.
    /// It is tried with `key`, the text of the key file: a backup that could not be put back is none.
    ///
    /// # Errors
    /// Where the folder cannot be written or the database cannot be read.
    pub async fn snapshot(&self, key: &str) -> Result<Result<(Snapshot, Inside), CopyError>, StoreError> {
        let wrong = |why| StoreError::Folder { folder: self.folder.clone(), why };
        let path = self.folder.join(format!("{COPY}{}.db", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let lock = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(wrong)?;
        // Locked, so that a store that is opened meanwhile does not take it for what a dead program left.
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|e| wrong(e.into()))?;
        let written = sqlx::query("VACUUM INTO $1").bind(path.to_string_lossy()).execute(&self.pool).await;
        let inside = check(&path, key).await;
        let file = File::open(&path);
        let removed = std::fs::remove_file(&path);
        for beside in ["-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(with_ending(&path, beside));
        }
        written?;
        removed.map_err(wrong)?;
        let file = file.map_err(wrong)?;
        Ok(inside.map(|inside| (file, inside)))
    }

    /// The paths that backups were written to, oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn backups(&self) -> Result<Vec<PathBuf>, StoreError> {
        let row = sqlx::query("SELECT sealed FROM meta WHERE name = $1").bind(BACKUPS).fetch_optional(&self.pool).await?;
        let sealed: Option<Vec<u8>> = row.and_then(|r| r.get(0));
        sealed.map_or(Ok(Vec::new()), |sealed| self.seal.open("meta backups", &sealed))
    }

    /// Remembers that a backup goes to `path`, for `forget`.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn note_backup(&self, path: &Path, now: Millis) -> Result<(), StoreError> {
        let mut all = self.backups().await?;
        if all.iter().any(|known| known == path) {
            return Ok(());
        }
        all.push(path.into());
        sqlx::query("INSERT INTO meta (name, at, sealed) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET at = $2, sealed = $3")
            .bind(BACKUPS)
            .bind(now)
            .bind(self.seal.seal("meta backups", &all)?)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// `path` with `ending` behind its name.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(ending);
    name.into()
}

/// How snapshots that are being written are called.
const COPY: &str = "copy-";

/// Removes the snapshots that a killed program left in `folder`.
pub(super) fn clear(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|e| e.file_name().as_encoded_bytes().starts_with(COPY.as_bytes())) {
        // What SQLite keeps beside one (its log, its journal) goes with it, and stays with it.
        let name = entry.file_name().to_string_lossy().into_owned();
        let copy = name.split_once(".db").map_or(name.as_str(), |(copy, _)| copy);
        let busy =
            File::open(folder.join(format!("{copy}.db"))).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_err());
        if !busy {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn seal_of(key: &str) -> Option<Seal> {
    seal::key_in(key).map(|key| Seal::new(&key))
}

/// Whether two key files hold the same key.
pub fn same_key(one: &str, other: &str) -> bool {
    let first = |text: &str| text.lines().next().unwrap_or_default().trim().to_ascii_lowercase();
    seal::key_in(one).is_some() && first(one) == first(other)
}

/// Looks at a copy of a store before it is used: whole, no newer than this program, opened by the key, and with nothing in
/// it that acts by itself.
///
/// # Errors
/// What is wrong with it.
pub async fn check(file: &Path, key: &str) -> Result<Inside, CopyError> {
    let seal = seal_of(key).ok_or(CopyError::WrongKey)?;
    let mut db = reader(file).await.map_err(|_| CopyError::Damaged)?;
    let inside = look_inside(&mut db, &seal).await;
    let _ = db.close().await;
    inside
}

async fn look_inside(db: &mut SqliteConnection, seal: &Seal) -> Result<Inside, CopyError> {
    let damaged = |_| CopyError::Damaged;
    // A trigger or view would run whenever the store is used.
    let active = "SELECT COUNT(*) FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'";
    if count(db, active).await? > 0 {
        return Err(CopyError::Damaged);
    }
    let rows = sqlx::query("SELECT version, checksum FROM _sqlx_migrations").fetch_all(&mut *db).await.map_err(damaged)?;
    for row in &rows {
        let (version, checksum): (i64, Vec<u8>) = (row.try_get(0).map_err(damaged)?, row.try_get(1).map_err(damaged)?);
        if !MIGRATIONS.iter().any(|m| m.version == version && *m.checksum == *checksum) {
            return Err(CopyError::Newer);
        }
    }
    let row = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut *db).await.map_err(damaged)?;
    if row.try_get::<String, _>(0).map_err(damaged)? != "ok" {
        return Err(CopyError::Damaged);
    }
    let row = sqlx::query("SELECT sealed FROM meta WHERE name = 'key'").fetch_one(&mut *db).await.map_err(damaged)?;
    let sealed: Vec<u8> = row.try_get(0).map_err(damaged)?;
    seal.open_bytes("meta key", &sealed).map_err(|_| CopyError::WrongKey)?;
    Ok(Inside {
        findings: count(db, "SELECT COUNT(*) FROM finding").await?,
        originals: count(db, "SELECT COUNT(*) FROM original").await?,
        waiting: count(db, "SELECT COUNT(*) FROM mail WHERE delivered_at IS NULL").await?
            + count(db, "SELECT COUNT(*) FROM notice WHERE mail IS NULL").await?,
    })
}

async fn count(db: &mut SqliteConnection, sql: &'static str) -> Result<u64, CopyError> {
    let row = sqlx::query(sql).fetch_one(db).await.map_err(|_| CopyError::Damaged)?;
    row.try_get::<i64, _>(0).map(|n| n.max(0) as u64).map_err(|_| CopyError::Damaged)
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).pragma("trusted_schema", "off").pragma("temp_store", "memory")
}

/// A connection that changes nothing in the file: a damaged store, or one with another key, stays as it is, its log too.
async fn reader(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let there = |ending| std::fs::symlink_metadata(with_ending(file, ending)).is_ok();
    // Without a log all is in the file, and nobody has it open: read so, SQLite leaves no log of its own beside it.
    let alone = !there("-wal") && !there("-shm") && !there("-journal");
    options(file).read_only(true).immutable(alone).connect().await
}

/// Notes in the copy `file` that it is the store as it was `at` that time.
///
/// # Errors
/// Where it cannot be written.
pub async fn mark(file: &Path, at: Millis) -> Result<(), StoreError> {
    let mut db = options(file).connect().await?;
    sqlx::query("INSERT INTO meta (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = $2")
        .bind(RESTORED)
        .bind(at)
        .execute(&mut db)
        .await?;
    Ok(db.close().await?)
}

/// Whether the store `file` was put back from the backup of that time.
pub async fn is_marked(file: &Path, at: Millis) -> bool {
    let Ok(mut db) = reader(file).await else { return false };
    let row = sqlx::query("SELECT at FROM meta WHERE name = $1").bind(RESTORED).fetch_optional(&mut db).await;
    let _ = db.close().await;
    row.ok().flatten().is_some_and(|row| row.try_get::<Millis, _>(0).is_ok_and(|found| found == at))
}

/// Takes over from the store `newer`, of the same key, which mails were delivered since the copy `file` was made, so that
/// they are not sent again. What `newer` does not know stays as it is: told twice is better than never.
///
/// # Errors
/// Where `file` cannot be written.
pub async fn take_over(file: &Path, newer: &Path, key: &str) -> Result<(), StoreError> {
    if check(newer, key).await.is_err() {
        return Ok(());
    }
    let (Ok(mut from), mut to) = (reader(newer).await, options(file).connect().await?) else { return Ok(()) };
    let mut tx = to.begin_with("BEGIN IMMEDIATE").await?;
    for row in sqlx::query("SELECT id, delivered_at, sealed FROM mail WHERE delivered_at IS NOT NULL").fetch_all(&mut from).await? {
        sqlx::query("UPDATE mail SET delivered_at = $1, lease_until = 0, sealed = $2 WHERE id = $3 AND delivered_at IS NULL")
            .bind(row.get::<i64, _>(1))
            .bind(row.get::<Vec<u8>, _>(2))
            .bind(row.get::<String, _>(0))
            .execute(&mut *tx)
            .await?;
    }
    // A notice has been told when each mail of its batch has arrived.
    let told = "SELECT notice.id, notice.mail FROM notice JOIN mail ON mail.id = notice.mail WHERE NOT EXISTS \
                (SELECT 1 FROM mail other WHERE other.batch = mail.batch AND other.delivered_at IS NULL)";
    for row in sqlx::query(told).fetch_all(&mut from).await? {
        sqlx::query("UPDATE notice SET mail = $1 WHERE id = $2 AND mail IS NULL")
            .bind(row.get::<String, _>(1))
            .bind(row.get::<String, _>(0))
            .execute(&mut *tx)
            .await?;
    }
    take_over_backups(&mut from, &mut tx, key).await?;
    tx.commit().await?;
    let _ = from.close().await;
    Ok(to.close().await?)
}

/// Backups that were written since then are not forgotten.
async fn take_over_backups(from: &mut SqliteConnection, to: &mut SqliteConnection, key: &str) -> Result<(), StoreError> {
    let seal = seal_of(key).ok_or(StoreError::Opening)?;
    let mut all = listed(from, &seal).await.unwrap_or_default();
    for known in listed(to, &seal).await.unwrap_or_default() {
        if !all.contains(&known) {
            all.push(known);
        }
    }
    if !all.is_empty() {
        let sql = "INSERT INTO meta (name, at, sealed) VALUES ($1, 0, $2) ON CONFLICT (name) DO UPDATE SET sealed = $2";
        sqlx::query(sql).bind(BACKUPS).bind(seal.seal("meta backups", &all)?).execute(to).await?;
    }
    Ok(())
}

/// The backups that a store knows of; `None` where that cannot be read.
async fn listed(db: &mut SqliteConnection, seal: &Seal) -> Option<Vec<PathBuf>> {
    let row = sqlx::query("SELECT sealed FROM meta WHERE name = $1").bind(BACKUPS).fetch_optional(db).await.ok()?;
    let Some(row) = row else { return Some(Vec::new()) };
    seal.open("meta backups", &row.try_get::<Vec<u8>, _>(0).ok()?).ok()
}

/// Brings what is only in the write-ahead log of the store `file` into it, as far as that can be done. A damaged store is
/// left as it is.
pub async fn settle(file: &Path) {
    if is_whole(file).await
        && let Ok(mut db) = options(file).connect().await
    {
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await;
        let _ = db.close().await;
    }
}

async fn is_whole(file: &Path) -> bool {
    let Ok(mut db) = reader(file).await else { return false };
    let row = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut db).await;
    let _ = db.close().await;
    row.is_ok_and(|row| row.try_get::<String, _>(0).is_ok_and(|word| word == "ok"))
}

/// Keeps every other command off the state folder; nothing where there is no such folder.
///
/// # Errors
/// [`StoreError::InUse`] where one of them is at work there, [`StoreError::Folder`] where the folder cannot be used.
pub fn hold(folder: &Path) -> Result<Vec<Lock>, StoreError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let alone = |name| {
        let file = open::lock_file(folder, name)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock(file)),
            Err(_) => Err(StoreError::InUse { folder: folder.into() }),
        }
    };
    [open::OPENING, open::IN_USE].into_iter().map(alone).collect()
}

/// The backups that the store in `folder` knows of; `None` where there is a store and that cannot be read. Nothing is
/// changed or made.
pub async fn known_backups(folder: &Path, key: &KeySource) -> Option<Vec<PathBuf>> {
    let file = Store::file_in(folder);
    if matches!(std::fs::symlink_metadata(&file), Err(error) if error.kind() == std::io::ErrorKind::NotFound) {
        return Some(Vec::new());
    }
    let seal = seal_of(&std::fs::read_to_string(key.path()).ok()?)?;
    let mut db = reader(&file).await.ok()?;
    let all = listed(&mut db, &seal).await;
    let _ = db.close().await;
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_program_left_goes_and_what_is_being_written_stays_with_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["copy-1.db", "copy-1.db-journal", "copy-2.db", "copy-2.db-journal", "copy-2.db-wal", "copy-3.db-journal", "monitor.db"]
        {
            std::fs::write(path(name), "x").unwrap();
        }
        let written = File::open(path("copy-1.db")).unwrap();
        flock(&written, FlockOperation::NonBlockingLockExclusive).unwrap();
        clear(folder.path());
        let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().map(|e| e.file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["copy-1.db", "copy-1.db-journal", "monitor.db"]);
    }

    #[tokio::test]
    async fn who_only_looks_changes_nothing_and_a_damaged_store_keeps_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut db =
            options(&path("s.db")).create_if_missing(true).journal_mode(sqlx::sqlite::SqliteJournalMode::Wal).connect().await.unwrap();
        for sql in [
            "CREATE TABLE meta (name TEXT, at INTEGER)",
            "CREATE TABLE t (x BLOB)",
            "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO t SELECT randomblob(3000) FROM n",
            "PRAGMA wal_checkpoint(TRUNCATE)",
            "INSERT INTO meta VALUES ('restored', 7)",
        ] {
            sqlx::query(sql).execute(&mut db).await.unwrap();
        }
        // As a program that died leaves it: with a log.
        for ending in ["", "-wal"] {
            std::fs::copy(path(&format!("s.db{ending}")), path(&format!("whole.db{ending}"))).unwrap();
            std::fs::copy(path(&format!("s.db{ending}")), path(&format!("damaged.db{ending}"))).unwrap();
        }
        db.close().await.unwrap();
        assert!(is_marked(&path("s.db"), 7).await && is_marked(&path("whole.db"), 7).await && !is_marked(&path("s.db"), 8).await);
        assert!(!path("s.db-wal").exists() && !path("s.db-shm").exists(), "who reads leaves nothing beside it");
        let mut bytes = std::fs::read(path("damaged.db")).unwrap();
        let middle = bytes.len() / 2;
        bytes.iter_mut().skip(middle).take(9000).for_each(|byte| *byte = 0xff);
        std::fs::write(path("damaged.db"), &bytes).unwrap();
        let log = std::fs::read(path("damaged.db-wal")).unwrap();
        settle(&path("damaged.db")).await;
        assert!(std::fs::read(path("damaged.db")).unwrap() == bytes && std::fs::read(path("damaged.db-wal")).unwrap() == log);
        settle(&path("whole.db")).await;
        assert!(!path("whole.db-wal").exists() && is_marked(&path("whole.db"), 7).await);
    }
}
