//! Another key for the same store: every value is sealed anew, in one transaction.
//!
//! The new key is on disk before the transaction begins and takes the old one's place after it has ended. Whatever dies
//! in between, one of the two files opens the store, and [`Store::open`] finishes what was left.

use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use sqlx::sqlite::SqliteExecutor;
use sqlx::{Connection, Row};

use super::seal::{self, KeySource, Seal};
use super::{Store, StoreError, damage};

/// Rows that are sealed anew at a time: the largest values have some 120 KB.
const ROWS: i64 = 64;
/// Room that is to be left, bytes.
const ROOM_LEFT: u64 = 64 << 20;

/// A column of sealed values.
pub(super) struct Column {
    table: &'static str,
    key: &'static str,
    value: &'static str,
}

const fn of(table: &'static str, value: &'static str) -> Column {
    Column { table, key: "id", value }
}

/// Everything that is sealed.
pub(super) const SEALED: [Column; 11] = [
    Column { table: "meta", key: "name", value: "sealed" },
    of("watch", "sealed"),
    of("finding", "sealed"),
    of("mail", "sealed"),
    of("page", "sealed"),
    of("page", "facts"),
    of("original", "sealed"),
    of("original", "fingerprint"),
    of("picture", "sealed"),
    of("body", "sealed"),
    of("body", "compared"),
];

impl Column {
    /// What a value is bound to.
    pub(super) fn row(&self, key: &str) -> String {
        if self.table == "meta" { format!("meta {key}") } else { key.to_string() }
    }

    /// Some of its values, with their rows' keys, those after `after` first.
    pub(super) async fn page(&self, from: impl SqliteExecutor<'_>, after: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let Column { table, key, value } = self;
        let sql = format!("SELECT {key}, {value} FROM {table} WHERE {key} > $1 AND {value} IS NOT NULL ORDER BY {key} LIMIT {ROWS}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).fetch_all(from).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// Where the new key comes from.
#[derive(Clone, Copy, Debug)]
pub enum NewKey<'a> {
    /// Made on the spot.
    Fresh,
    /// The key in this file, made there where there is no such file.
    In(&'a Path),
}

impl Store {
    /// Seals everything with another key and puts it in the old one's place. Ids stay.
    ///
    /// # Errors
    /// Where another program has the store open, there is too little room, the store is damaged, or the new key cannot be
    /// written: then the old key still opens the store. [`StoreError::NewKeyAside`] where only the new one does, and
    /// [`Store::open`] is to finish.
    pub async fn rekey(self, key: &KeySource, new: NewKey<'_>) -> Result<(), StoreError> {
        let in_use = || StoreError::InUse { folder: self.folder.clone() };
        flock(self.in_use.as_ref(), FlockOperation::NonBlockingLockExclusive).map_err(|_| in_use())?;
        let file = Self::file_in(&self.folder);
        let size = std::fs::metadata(&file).map_or(0, |m| m.len());
        let (needed, free) = (2 * size + ROOM_LEFT, damage::free_room(&self.folder).unwrap_or(u64::MAX));
        if free < needed {
            return Err(StoreError::NoRoom { folder: self.folder.clone(), needed: needed >> 20, free: free >> 20 });
        }
        let key_file = |why| StoreError::KeyFile { key: key.path().into(), why };
        let bytes = match new {
            NewKey::Fresh => seal::fresh_key().map_err(key_file)?,
            NewKey::In(file) => seal::read_or_make(file)?,
        };
        let mut next = Seal::new(&bytes);
        next.set_lookup(*self.seal.lookup());
        key.write_new(&bytes).map_err(key_file)?;
        self.seal_anew(&next).await.map_err(|error| self.explain(error))?;
        match key.put_new_in_place() {
            // A command that opened the store just now has done it for us.
            Err(why) if why.kind() == std::io::ErrorKind::NotFound && key.opens_with(&bytes) => {}
            done => done.map_err(|why| match key.left_over() {
                Some(new) => StoreError::NewKeyAside { key: key.path().into(), new, why },
                None => key_file(why),
            })?,
        }
        self.sweep().await;
        self.close().await;
        Ok(())
    }

    async fn seal_anew(&self, next: &Seal) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await?;
        // On disk for certain before the old key goes.
        sqlx::query("PRAGMA synchronous = FULL").execute(&mut *connection).await?;
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        for column in SEALED {
            let mut after = String::new();
            loop {
                let rows = column.page(&mut *tx, &after).await?;
                let Some((last, _)) = rows.last() else { break };
                after.clone_from(last);
                for (key, sealed) in rows {
                    let row = column.row(&key);
                    let sealed = next.seal_bytes(&row, &self.seal.open_bytes(&row, &sealed)?)?;
                    let sql = format!("UPDATE {} SET {} = $1 WHERE {} = $2", column.table, column.value, column.key);
                    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(sealed).bind(key).execute(&mut *tx).await?;
                }
            }
        }
        tx.commit().await?;
        // The change is on disk: where its log stays for now, the key must follow all the same.
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection).await;
        Ok(())
    }

    /// Writes the file anew without its empty places. What was sealed with the old key has been wiped already
    /// (`secure_delete`): where this fails, for want of room for one, nothing is the worse for it.
    async fn sweep(&self) {
        let Ok(mut connection) = self.pool.acquire().await else { return };
        let folder = self.folder.to_string_lossy().replace('\'', "''");
        let beside = format!("PRAGMA temp_store_directory = '{folder}'");
        for sql in ["PRAGMA temp_store = file", &beside, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            if let Err(error) = sqlx::query(sqlx::AssertSqlSafe(sql.to_string())).execute(&mut *connection).await {
                tracing::debug!("the store was not written anew: {}", super::error::plain(&error));
            }
        }
    }
}
