//! The owner's own pictures: where they lie and their fingerprints, never the pictures.

use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{ME, Store, StoreError};
use crate::model::Millis;

/// What is kept of an original beside its fingerprint. Sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginalFacts {
    /// Where the file lies; empty where the fingerprint was imported.
    pub path: String,
    /// How the owner is told of it: the path from the configured folder on.
    pub label: String,
    /// Bytes of the file.
    pub size: u64,
    /// When the file was last changed, milliseconds.
    pub changed: Millis,
    /// Too little detail to be recognised.
    #[serde(default)]
    pub plain: bool,
}

/// One of the owner's own pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Keyed hash of the file's bytes, so that a file that moves stays the same original.
    pub id: String,
    /// What is known of it.
    pub facts: OriginalFacts,
    /// Format of the fingerprint.
    pub version: u16,
    /// Packed.
    pub fingerprint: Vec<u8>,
}

/// Remembers when originals were last added or removed, for a daemon that is at work meanwhile.
pub const CHANGED: &str = "originals";

impl Store {
    /// Keyed hash of an original's bytes.
    pub fn original_id(&self, bytes: &[u8]) -> String {
        self.seal.look_up("original", &[bytes])
    }

    /// Hands out all originals, oldest first, one after the other: ten thousand fingerprints are 200 MB.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn each_original(&self, mut take: impl FnMut(Original)) -> Result<(), StoreError> {
        // Sorting them with their fingerprints would hold them all at once.
        let ids = sqlx::query("SELECT id FROM original WHERE person = $1 ORDER BY added_at, id").bind(ME).fetch_all(&self.pool).await?;
        for id in ids {
            let id: String = id.get(0);
            let one = sqlx::query("SELECT version, sealed, fingerprint FROM original WHERE id = $1").bind(&id);
            let Some(row) = one.fetch_optional(&self.pool).await? else { continue };
            take(Original {
                facts: self.seal.open(&id, row.get::<Vec<u8>, _>(1).as_slice())?,
                fingerprint: self.seal.open_bytes(&id, row.get::<Vec<u8>, _>(2).as_slice())?,
                version: row.get::<i64, _>(0).clamp(0, i64::from(u16::MAX)) as u16,
                id,
            });
        }
        Ok(())
    }

    /// All originals, oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn originals(&self) -> Result<Vec<Original>, StoreError> {
        let mut all = Vec::new();
        self.each_original(|original| all.push(original)).await?;
        Ok(all)
    }

    /// Adds or renews originals in one transaction.
    ///
    /// # Errors
    /// Where the database cannot be written; then none is added.
    pub async fn put_originals(&self, originals: &[Original], now: Millis) -> Result<(), StoreError> {
        if originals.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for original in originals {
            sqlx::query(
                "INSERT INTO original (id, person, version, added_at, sealed, fingerprint) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed, fingerprint = excluded.fingerprint",
            )
            .bind(&original.id)
            .bind(ME)
            .bind(i64::from(original.version))
            .bind(now)
            .bind(self.seal.seal(&original.id, &original.facts)?)
            .bind(self.seal.seal_bytes(&original.id, &original.fingerprint)?)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        self.set_time(CHANGED, now).await
    }

    /// Removes originals in one transaction.
    ///
    /// # Errors
    /// Where the database cannot be written; then none is removed.
    pub async fn remove_originals(&self, ids: &[String], now: Millis) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for id in ids {
            sqlx::query("DELETE FROM original WHERE id = $1").bind(id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        self.set_time(CHANGED, now).await
    }
}
