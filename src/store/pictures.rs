//! Pictures seen: by address (with validators) and by body, so that the same bytes are never decoded twice, nor compared
//! twice with the same originals.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, Transaction};
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
    /// It is a smaller copy of another body, given by its keyed hash.
    Same(String),
    /// It has none, for good: too small, plain, or broken.
    None(ProblemKind, String),
}

/// What comparing a picture with the originals gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Full width in pixels, upright.
    pub width: u32,
    /// Full height in pixels, upright.
    pub height: u32,
    /// Pictures of a film or animation that were looked at; 1 of a still.
    pub frames: usize,
    /// It shows more than these.
    pub cut: bool,
    /// PDQ of a still that has detail enough.
    pub whole: Option<[u64; 4]>,
    /// The originals that it shows, best first.
    pub matches: Vec<Matched>,
}

/// An original that a picture shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// The original's row.
    pub original: String,
    /// What was done to it.
    pub how: Vec<String>,
    /// 0 to 1.
    pub confidence: f32,
}

/// Why a picture has no fingerprint.
pub type WhyNot = (ProblemKind, String);

/// What is known of a picture's address.
#[derive(Clone, Debug)]
pub struct KnownPicture {
    /// Keyed hash of the bytes.
    pub body: String,
    /// What came of them, as far as the same eyes have looked; otherwise [`Store::body`] has the fingerprint.
    pub result: Option<Result<Compared, WhyNot>>,
    /// For asking again.
    pub validators: Validators,
    /// When it was last asked for.
    pub checked_at: Millis,
}

/// What is known of a body.
#[derive(Clone, Debug)]
pub struct KnownBody {
    /// Its fingerprint, or why there is none.
    pub memory: PictureMemory,
    /// What came of it, if the same eyes have looked.
    pub compared: Option<Compared>,
}

/// What a look at a picture adds to the memory.
#[derive(Clone, Debug)]
pub struct NewPicture {
    /// Keyed hash of the bytes.
    pub body: String,
    /// Where they were had, and how to ask again; `None` where they have no address of their own.
    pub address: Option<(Url, Validators)>,
    /// Their fingerprint, where it is new, and its format.
    pub memory: Option<(u16, PictureMemory)>,
    /// What comparing gave, and with what it was done.
    pub compared: Option<(String, Compared)>,
}

/// A body's columns: version, fingerprint, and with what it was compared and what that gave.
type BodyRow<'a> = (u16, Vec<u8>, Option<&'a str>, Option<Vec<u8>>);

impl NewPicture {
    /// Nothing yet of the body `body`.
    pub fn of(body: impl Into<String>) -> Self {
        Self { body: body.into(), address: None, memory: None, compared: None }
    }

    /// It was had at `url`.
    pub fn at(self, url: &Url, validators: Validators) -> Self {
        Self { address: Some((url.clone(), validators)), ..self }
    }

    /// What it gave, in the format `version`.
    pub fn giving(self, version: u16, memory: PictureMemory) -> Self {
        Self { memory: Some((version, memory)), ..self }
    }
}

/// Addresses asked for at once: SQLite takes 32,766 values, others fewer.
const AT_ONCE: usize = 500;

impl Store {
    /// Keyed hash of a body.
    pub fn body_id(&self, bytes: &[u8]) -> String {
        self.seal.look_up("body", &[bytes])
    }

    /// Keyed hash of a picture's address.
    pub fn picture_id(&self, url: &Url) -> String {
        self.seal.look_up("picture", &[url.as_str().as_bytes()])
    }

    /// What is known of the pictures at `urls`, where their fingerprints have the format `version`, and what those made of
    /// them who looked with `looked_with`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn pictures(&self, urls: &[Url], version: u16, looked_with: &str) -> Result<HashMap<Url, KnownPicture>, StoreError> {
        let mut out = HashMap::with_capacity(urls.len());
        for some in urls.chunks(AT_ONCE) {
            let ids: HashMap<String, &Url> = some.iter().map(|url| (self.picture_id(url), url)).collect();
            // Fingerprints are long, and wanted only where nobody has compared them yet.
            let mut query =
                QueryBuilder::new("SELECT picture.id, picture.checked_at, picture.sealed, body.id, CASE WHEN body.looked_with = ");
            query.push_bind(looked_with).push(
                " THEN body.compared END, CASE WHEN LENGTH(body.sealed) < 1000 THEN body.sealed END \
                 FROM picture JOIN body ON body.id = picture.body WHERE body.version = ",
            );
            query.push_bind(i64::from(version)).push(" AND picture.id IN (");
            let mut list = query.separated(", ");
            for id in ids.keys() {
                list.push_bind(id);
            }
            query.push(")");
            for row in query.build().fetch_all(&self.pool).await? {
                let id: String = row.get(0);
                if let Some(url) = ids.get(&id) {
                    out.insert((*url).clone(), self.known_picture(&id, &row)?);
                }
            }
        }
        Ok(out)
    }

    fn known_picture(&self, id: &str, row: &SqliteRow) -> Result<KnownPicture, StoreError> {
        let body: String = row.get(3);
        let compared = self.open_compared(&body, row.get(4)).map(Ok);
        let failed = match row.get::<Option<Vec<u8>>, _>(5) {
            Some(sealed) => match self.open_memory(&body, &sealed)? {
                PictureMemory::None(kind, detail) => Some(Err((kind, detail))),
                PictureMemory::Fingerprint(_) | PictureMemory::Same(_) => None,
            },
            None => None,
        };
        let validators = row.get::<Option<Vec<u8>>, _>(2).and_then(|v| self.seal.open(id, &v).ok()).unwrap_or_default();
        Ok(KnownPicture { result: compared.or(failed), body, validators, checked_at: row.get(1) })
    }

    /// What is known of a body, where its fingerprint has the format `version`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn body(&self, id: &str, version: u16, looked_with: &str) -> Result<Option<KnownBody>, StoreError> {
        let sql = "SELECT sealed, CASE WHEN looked_with = $3 THEN compared END FROM body WHERE id = $1 AND version = $2";
        let row = sqlx::query(sql).bind(id).bind(i64::from(version)).bind(looked_with).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let memory = self.open_memory(id, row.get::<Vec<u8>, _>(0).as_slice())?;
        Ok(Some(KnownBody { memory, compared: self.open_compared(id, row.get(1)) }))
    }

    /// What comparing gave is only a cache: what cannot be read is compared again.
    fn open_compared(&self, body: &str, sealed: Option<Vec<u8>>) -> Option<Compared> {
        sealed.and_then(|sealed| self.seal.open(body, &sealed).ok())
    }

    fn open_memory(&self, id: &str, sealed: &[u8]) -> Result<PictureMemory, StoreError> {
        let plain = self.seal.open_bytes(id, sealed)?;
        match plain.split_first() {
            Some((1, packed)) => Ok(PictureMemory::Fingerprint(packed.to_vec())),
            Some((2, body)) => Ok(PictureMemory::Same(String::from_utf8(body.to_vec()).map_err(|_| StoreError::Opening)?)),
            Some((0, json)) => {
                let (kind, detail) = serde_json::from_slice(json).map_err(|_| StoreError::Opening)?;
                Ok(PictureMemory::None(kind, detail))
            }
            _ => Err(StoreError::Opening),
        }
    }

    fn seal_memory(&self, id: &str, memory: &PictureMemory) -> Result<Vec<u8>, StoreError> {
        let plain = match memory {
            PictureMemory::Fingerprint(packed) => [&[1], packed.as_slice()].concat(),
            PictureMemory::Same(body) => [&[2], body.as_bytes()].concat(),
            PictureMemory::None(kind, detail) => {
                let json = serde_json::to_vec(&(kind, detail)).map_err(|_| StoreError::Sealing)?;
                [&[0], json.as_slice()].concat()
            }
        };
        self.seal.seal_bytes(id, &plain)
    }

    /// Remembers what looks at pictures gave, in one transaction.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn put_pictures(&self, new: &[NewPicture], now: Millis) -> Result<(), StoreError> {
        let _turn = self.turn().await;
        let mut tx = self.begin().await?;
        self.add_pictures(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The same, within another transaction.
    pub(super) async fn add_pictures(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        new: &[NewPicture],
        now: Millis,
    ) -> Result<(), StoreError> {
        // Many rows a statement: a statement costs more than a row. No row twice, which other databases refuse.
        let mut bodies: HashMap<&str, BodyRow<'_>> = HashMap::new();
        let mut addresses: HashMap<String, (&str, Vec<u8>)> = HashMap::new();
        let mut compared = Vec::new();
        for one in new {
            let seen = one.compared.as_ref();
            let result = seen.map(|(_, compared)| self.seal.seal(&one.body, compared)).transpose()?;
            let with = seen.map(|(with, _)| with.as_str());
            match (&one.memory, with, result) {
                (Some((version, memory)), with, result) => {
                    bodies.insert(&one.body, (*version, self.seal_memory(&one.body, memory)?, with, result));
                }
                (None, Some(with), Some(result)) => compared.push((&one.body, with, result)),
                _ => {}
            }
            if let Some((url, validators)) = &one.address {
                let id = self.picture_id(url);
                let sealed = self.seal.seal(&id, validators)?;
                addresses.insert(id, (&one.body, sealed));
            }
        }
        if !bodies.is_empty() {
            let mut query = QueryBuilder::new("INSERT INTO body (id, version, seen_at, sealed, looked_with, compared) ");
            query.push_values(bodies, |mut row, (id, (version, sealed, with, compared))| {
                row.push_bind(id).push_bind(i64::from(version)).push_bind(now).push_bind(sealed).push_bind(with).push_bind(compared);
            });
            query.push(
                " ON CONFLICT (id) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at, sealed = excluded.sealed, \
                 looked_with = excluded.looked_with, compared = excluded.compared",
            );
            query.build().execute(&mut **tx).await?;
        }
        for (body, with, result) in compared {
            let sql = "UPDATE body SET looked_with = $1, compared = $2 WHERE id = $3";
            sqlx::query(sql).bind(with).bind(result).bind(body).execute(&mut **tx).await?;
        }
        if !addresses.is_empty() {
            let mut query = QueryBuilder::new("INSERT INTO picture (id, body, checked_at, sealed) ");
            query.push_values(addresses, |mut row, (id, (body, sealed))| {
                row.push_bind(id).push_bind(body).push_bind(now).push_bind(sealed);
            });
            query.push(" ON CONFLICT (id) DO UPDATE SET body = excluded.body, checked_at = excluded.checked_at, sealed = excluded.sealed");
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }
}
