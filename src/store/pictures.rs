//! Pictures seen: by address (with validators) and by body, so that the same bytes are never decoded twice.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use url::Url;

use super::{Store, StoreError};
use crate::model::{Millis, ProblemKind};

/// For a conditional request (RFC 9110, section 13).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The ETag as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The Last-Modified time as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// What is known of a body: its fingerprint, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureMemory {
    /// A packed fingerprint.
    Fingerprint(Vec<u8>),
    /// It has none, for good: too small, plain, or broken.
    None(ProblemKind, String),
}

/// What is known of a picture's address.
#[derive(Clone, Debug)]
pub struct KnownPicture {
    /// Keyed hash of the bytes.
    pub body: String,
    /// What the bytes gave.
    pub memory: PictureMemory,
    /// For asking again.
    pub validators: Validators,
    /// When it was last asked for.
    pub checked_at: Millis,
}

impl Store {
    /// Keyed hash of a body.
    pub fn body_id(&self, bytes: &[u8]) -> String {
        self.seal.look_up("body", &[bytes])
    }

    fn picture_id(&self, url: &Url) -> String {
        self.seal.look_up("picture", &[url.as_str().as_bytes()])
    }

    /// What is known of the picture at `url`, where its fingerprint has the format `version`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn picture(&self, url: &Url, version: u16) -> Result<Option<KnownPicture>, StoreError> {
        let id = self.picture_id(url);
        let row = sqlx::query(
            "SELECT picture.checked_at, picture.sealed, body.id, body.sealed FROM picture JOIN body ON body.id = picture.body \
             WHERE picture.id = $1 AND body.version = $2",
        )
        .bind(&id)
        .bind(i64::from(version))
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let body: String = row.get(2);
        let validators = row.get::<Option<Vec<u8>>, _>(1).and_then(|v| self.seal.open(&id, &v).ok()).unwrap_or_default();
        let memory = self.open_memory(&body, row.get::<Vec<u8>, _>(3).as_slice())?;
        Ok(Some(KnownPicture { body, memory, validators, checked_at: row.get(0) }))
    }

    /// What is known of a body, where its fingerprint has the format `version`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn body(&self, id: &str, version: u16) -> Result<Option<PictureMemory>, StoreError> {
        let row = sqlx::query("SELECT sealed FROM body WHERE id = $1 AND version = $2")
            .bind(id)
            .bind(i64::from(version))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|r| self.open_memory(id, r.get::<Vec<u8>, _>(0).as_slice())).transpose()
    }

    fn open_memory(&self, id: &str, sealed: &[u8]) -> Result<PictureMemory, StoreError> {
        let plain = self.seal.open_bytes(id, sealed)?;
        match plain.split_first() {
            Some((1, packed)) => Ok(PictureMemory::Fingerprint(packed.to_vec())),
            Some((0, json)) => {
                let (kind, detail) = serde_json::from_slice(json).map_err(|_| StoreError::Opening)?;
                Ok(PictureMemory::None(kind, detail))
            }
            _ => Err(StoreError::Opening),
        }
    }

    /// Remembers what a body gave.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn put_body(&self, id: &str, memory: &PictureMemory, version: u16, now: Millis) -> Result<(), StoreError> {
        let plain = match memory {
            PictureMemory::Fingerprint(packed) => [&[1], packed.as_slice()].concat(),
            PictureMemory::None(kind, detail) => {
                let json = serde_json::to_vec(&(kind, detail)).map_err(|_| StoreError::Sealing)?;
                [&[0], json.as_slice()].concat()
            }
        };
        let sealed = self.seal.seal_bytes(id, &plain)?;
        sqlx::query(
            "INSERT INTO body (id, version, seen_at, sealed) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at, sealed = excluded.sealed",
        )
        .bind(id)
        .bind(i64::from(version))
        .bind(now)
        .bind(sealed)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Remembers which body the picture at `url` has.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn put_picture(&self, url: &Url, body: &str, validators: &Validators, now: Millis) -> Result<(), StoreError> {
        let id = self.picture_id(url);
        let sealed = self.seal.seal(&id, validators)?;
        sqlx::query(
            "INSERT INTO picture (id, body, checked_at, sealed) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, checked_at = excluded.checked_at, sealed = excluded.sealed",
        )
        .bind(&id)
        .bind(body)
        .bind(now)
        .bind(sealed)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
