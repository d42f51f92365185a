//! One picture: known, or fetched and fingerprinted; never decoded twice, never fetched twice at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::{Scanner, now};
use crate::fetch::{Answer, Ask, Cookies, What};
use crate::look::fingerprint::Fingerprint;
use crate::look::originals::Match;
use crate::look::pool::{NO_TURN, Unreadable};
use crate::model::{Millis, ProblemKind};
use crate::store::{PictureMemory, StoreError, Validators};

/// A picture that is known is asked for again after so long, in case another one took its address.
const RECHECK: Millis = 7 * 24 * 3600 * 1000;
/// A picture that failed is not asked for again for so long, on whatever page it is shown.
const FAILED_FOR: Duration = Duration::from_secs(60);
/// A picture at which decoders died or were late twice is not decoded again for so long, at whatever address.
const DIED_FOR: Duration = Duration::from_secs(24 * 3600);
/// Addresses and bodies whose failure is remembered.
const MOST_FAILURES: usize = 50_000;
/// Pictures whose comparison is remembered.
const MOST_MATCHES: usize = 50_000;

/// How a picture's bytes were had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Had {
    /// A new body came.
    Fetched,
    /// Not modified, or not asked for again.
    Reused,
    /// Neither.
    Failed,
}

/// What a look at a picture gave.
#[derive(Clone, Debug)]
pub struct PictureLook {
    /// How its bytes were had.
    pub had: Had,
    /// Its fingerprint, or why there is none.
    pub result: Result<Fingerprint, (ProblemKind, String)>,
    /// Keyed hash of its bytes, where they are known.
    pub body: Option<String>,
}

impl PictureLook {
    pub(super) fn failed(why: (ProblemKind, String)) -> Self {
        Self { had: Had::Failed, result: Err(why), body: None }
    }

    /// Whether nobody answered when it was asked for.
    pub(super) fn had_no_answer(&self) -> bool {
        use ProblemKind::{NameUnknown, Timeout, Unreachable};
        matches!(self.result, Err((Timeout | Unreachable | NameUnknown, _)))
    }
}

/// A picture that failed.
#[derive(Clone, Debug)]
struct Failure {
    at: Instant,
    why: (ProblemKind, String),
    /// How often in a row.
    times: u32,
}

impl Failure {
    /// How long it counts. A machine that was asleep or busy may be why a decoder was late once; not twice.
    fn counts(&self) -> bool {
        let lasting = self.why.0 == ProblemKind::Decoder && self.times > 1;
        self.at.elapsed() < if lasting { DIED_FOR } else { FAILED_FOR }
    }
}

/// Which pictures are being fetched, which failed lately, and what was compared.
#[derive(Debug, Default)]
pub struct Pictures {
    under_way: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    failures: Mutex<HashMap<String, Failure>>,
    matches: Mutex<HashMap<String, Arc<[Match]>>>,
}

impl Pictures {
    /// The originals that a picture shows; what was compared once is not compared again while the originals stay.
    pub fn matches(&self, body: Option<&str>, compare: impl FnOnce() -> Vec<Match>) -> Arc<[Match]> {
        let Some(body) = body else { return compare().into() };
        let known = self.matches.lock().unwrap_or_else(PoisonError::into_inner).get(body).cloned();
        if let Some(known) = known {
            return known;
        }
        let found: Arc<[Match]> = compare().into();
        let mut matches = self.matches.lock().unwrap_or_else(PoisonError::into_inner);
        if matches.len() >= MOST_MATCHES {
            matches.clear();
        }
        matches.insert(body.to_string(), found.clone());
        found
    }

    /// Why the address or the body `key` failed lately.
    fn failure(&self, key: &str) -> Option<(ProblemKind, String)> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(key).filter(|failure| failure.counts()).map(|failure| failure.why.clone())
    }

    fn remember_failure(&self, key: &str, why: &(ProblemKind, String)) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_FAILURES {
            failures.retain(|_, failure| failure.counts());
        }
        if failures.len() < MOST_FAILURES {
            let times = failures.get(key).map_or(1, |failure| failure.times.saturating_add(1));
            failures.insert(key.to_string(), Failure { at: Instant::now(), why: why.clone(), times });
        }
    }

    fn gate(&self, url: &Url) -> Arc<tokio::sync::Mutex<()>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).entry(url.to_string()).or_default().clone()
    }

    fn leave(&self, url: &Url) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        // The map and we hold it; a third holder waits for it.
        if under_way.get(url.as_str()).is_some_and(|gate| Arc::strong_count(gate) <= 2) {
            under_way.remove(url.as_str());
        }
    }
}

impl Scanner {
    /// Looks at the picture at `url`, shown by a page of `origin`; `None` where that may not be told.
    ///
    /// # Errors
    /// Only where the store fails.
    pub(super) async fn picture(&self, url: &Url, origin: Option<&str>, cookies: &Cookies) -> Result<PictureLook, StoreError> {
        let gate = self.pictures.gate(url);
        let look = {
            let _turn = gate.lock().await;
            self.picture_alone(url, origin, cookies).await
        };
        self.pictures.leave(url);
        drop(gate);
        look
    }

    async fn picture_alone(&self, url: &Url, origin: Option<&str>, cookies: &Cookies) -> Result<PictureLook, StoreError> {
        if let Some(why) = self.pictures.failure(url.as_str()) {
            return Ok(PictureLook::failed(why));
        }
        let known = self.store.picture(url, self.own.depth.version()).await?;
        if let Some(known) = &known
            && now().abs_diff(known.checked_at) < RECHECK as u64
        {
            return Ok(PictureLook { had: Had::Reused, result: recall(known.memory.clone()), body: Some(known.body.clone()) });
        }
        let validators = known.as_ref().map(|k| k.validators.clone()).unwrap_or_default();
        let ask = Ask {
            url,
            what: What::Picture,
            etag: validators.etag.as_deref(),
            last_modified: validators.last_modified.as_deref(),
            cookies,
            origin,
        };
        let body = match (self.fetcher.fetch(&ask).await, known) {
            (Ok(Answer::Body(body)), _) => body,
            (Ok(Answer::NotModified), Some(known)) => {
                self.store.put_picture(url, &known.body, &validators, now()).await?;
                return Ok(PictureLook { had: Had::Reused, result: recall(known.memory), body: Some(known.body) });
            }
            (Ok(Answer::NotModified), None) => {
                let why = (ProblemKind::Status, "304 to a question that was not conditional".to_string());
                return Ok(PictureLook::failed(why));
            }
            (Err(error), _) => {
                let why = (error.kind, error.detail);
                self.pictures.remember_failure(url.as_str(), &why);
                return Ok(PictureLook::failed(why));
            }
        };
        let id = self.store.body_id(&body.body);
        // Validators belong to the address that they came from: those of a redirect's end are not kept.
        let validators =
            if body.url == *url { Validators { etag: body.etag, last_modified: body.last_modified } } else { Validators::default() };
        // `body.room` lives until the bytes are decoded.
        let result = self.bytes(&id, body.body).await?;
        if !matches!(&result, Err((kind, _)) if kind.is_passing()) {
            self.store.put_picture(url, &id, &validators, now()).await?;
        }
        Ok(PictureLook { had: Had::Fetched, result, body: Some(id) })
    }

    /// Fingerprints bytes unless they are known.
    ///
    /// # Errors
    /// Only where the store fails.
    pub(super) async fn bytes(&self, id: &str, bytes: Vec<u8>) -> Result<Result<Fingerprint, (ProblemKind, String)>, StoreError> {
        if let Some(memory) = self.store.body(id, self.own.depth.version()).await? {
            return Ok(recall(memory));
        }
        if let Some(why) = self.pictures.failure(id) {
            return Ok(Err(why));
        }
        let result = self.pool.fingerprint_soon(bytes, self.own.depth.for_found()).await;
        let memory = match &result {
            Ok(print) => PictureMemory::Fingerprint(print.pack()),
            Err(Unreadable { kind, detail }) => PictureMemory::None(*kind, detail.clone()),
        };
        // A missing helper or a decoder that died may do better next time.
        if !matches!(&memory, PictureMemory::None(kind, _) if kind.is_passing()) {
            self.store.put_body(id, &memory, self.own.depth.version(), now()).await?;
        }
        if let Err(Unreadable { kind: kind @ ProblemKind::Decoder, detail }) = &result
            && detail != NO_TURN
        {
            self.pictures.remember_failure(id, &(*kind, detail.clone()));
        }
        Ok(result.map_err(|u| (u.kind, u.detail)))
    }
}

fn recall(memory: PictureMemory) -> Result<Fingerprint, (ProblemKind, String)> {
    match memory {
        PictureMemory::Fingerprint(packed) => {
            Fingerprint::unpack(&packed).ok_or((ProblemKind::Damaged, "its fingerprint cannot be read any more".into()))
        }
        PictureMemory::None(kind, detail) => Err((kind, detail)),
    }
}
