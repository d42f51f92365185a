//! One picture: known, or fetched, fingerprinted and compared; never decoded twice, never fetched twice at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::{Scanner, now};
use crate::fetch::{Answer, Ask, Cookies, What};
use crate::look::Depth;
use crate::look::fingerprint::{Fingerprint, Purpose};
use crate::look::pdq::distance;
use crate::look::pool::{NO_TURN, Unreadable};
use crate::model::{Millis, ProblemKind};
use crate::store::{Compared, KnownPicture, Matched, NewPicture, PictureMemory, StoreError, Validators, WhyNot};

/// A picture that is known is asked for again after so long, in case another one took its address.
const RECHECK: Millis = 7 * 24 * 3600 * 1000;
/// A picture that failed is not asked for again for so long, on whatever page it is shown.
const FAILED_FOR: Duration = Duration::from_secs(60);
/// A picture at which decoders died or were late twice is not decoded again for so long, at whatever address.
const DIED_FOR: Duration = Duration::from_secs(24 * 3600);
/// Addresses and bodies whose failure is remembered.
const MOST_FAILURES: usize = 50_000;
/// Addresses, and bodies, that are remembered beside the store, whose rows are written a page at a time.
const MOST_LATE: usize = 20_000;

/// What came of a picture's bytes.
type Outcome = Result<Arc<Compared>, WhyNot>;

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
    /// What it shows, or why that is not known.
    pub result: Outcome,
    /// Keyed hash of its bytes, where they are known.
    pub body: Option<String>,
    /// What the store does not know yet.
    pub new: Option<NewPicture>,
    /// Its bytes come to what its board says of them.
    pub summed: bool,
}

/// A picture that is wanted.
#[derive(Clone, Copy)]
pub(super) struct Want<'a> {
    /// Where it is.
    pub url: &'a Url,
    /// What the store knew of it when its page came.
    pub known: Option<&'a KnownPicture>,
    /// The picture that it leads to.
    pub larger: Option<&'a Larger>,
    /// The origin of the page that shows it; `None` where that may not be told.
    pub origin: Option<&'a str>,
    /// The watch's cookies.
    pub cookies: &'a Cookies,
    /// What its board says that its bytes come to (MD5).
    pub sum: Option<&'a str>,
}

/// A picture that a thumbnail leads to, and that shows nothing of the owner's.
#[derive(Clone, Debug)]
pub struct Larger {
    body: String,
    compared: Arc<Compared>,
}

/// Bits in which a thumbnail differs from its picture at most; unrelated ones differ in 128.
const THUMBNAIL: u32 = 16;

impl Larger {
    /// Whether a thumbnail shows it and nothing else: all that could be recognised in the one was looked for in the other,
    /// which shows more.
    fn is_shown_by(&self, print: &Fingerprint) -> bool {
        let Compared { width, height, whole: Some(whole), .. } = &*self.compared else { return false };
        let [frame] = print.frames.as_slice() else { return false };
        let (a, b) = (u64::from(*width) * u64::from(print.height), u64::from(*height) * u64::from(print.width));
        let same_shape = a.abs_diff(b) * 33 <= a.max(b);
        !print.cut && frame.usable && same_shape && print.width <= *width && distance(&frame.whole.hash, whole) <= THUMBNAIL
    }
}

impl PictureLook {
    pub(super) fn failed(why: WhyNot) -> Self {
        Self { had: Had::Failed, result: Err(why), body: None, new: None, summed: false }
    }

    /// What its thumbnails are compared with, where it is a still that shows nothing of the owner's.
    pub(super) fn larger(&self) -> Option<Larger> {
        let (Ok(compared), Some(body)) = (&self.result, &self.body) else { return None };
        let plain = compared.matches.is_empty() && !compared.cut && compared.whole.is_some();
        plain.then(|| Larger { body: body.clone(), compared: compared.clone() })
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
    why: WhyNot,
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

/// A picture that was looked at lately: its bytes, and when.
#[derive(Clone, Debug)]
struct Late {
    body: String,
    at: Millis,
}

/// Which pictures are being fetched, which failed lately, and what lately came of others.
#[derive(Debug, Default)]
pub struct Pictures {
    under_way: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    failures: Mutex<HashMap<String, Failure>>,
    late: Mutex<HashMap<String, Late>>,
    outcomes: Mutex<HashMap<String, Outcome>>,
}

/// Puts an entry into a map that is emptied when it is full.
fn keep<V>(map: &Mutex<HashMap<String, V>>, key: &str, value: V) {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    if map.len() >= MOST_LATE {
        map.clear();
    }
    map.insert(key.to_string(), value);
}

/// The entry of such a map.
fn kept<V: Clone>(map: &Mutex<HashMap<String, V>>, key: &str) -> Option<V> {
    map.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
}

impl Pictures {
    /// Why the address or the body `key` failed lately.
    fn failure(&self, key: &str) -> Option<WhyNot> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(key).filter(|failure| failure.counts()).map(|failure| failure.why.clone())
    }

    fn remember_failure(&self, key: &str, why: &WhyNot) {
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
    /// Looks at a picture.
    ///
    /// # Errors
    /// Only where the store fails.
    pub(super) async fn picture(&self, want: Want<'_>) -> Result<PictureLook, StoreError> {
        let gate = self.pictures.gate(want.url);
        let look = {
            let _turn = gate.lock().await;
            self.picture_alone(want).await
        };
        self.pictures.leave(want.url);
        drop(gate);
        look
    }

    async fn picture_alone(&self, want: Want<'_>) -> Result<PictureLook, StoreError> {
        let Want { url, known, larger, origin, cookies, sum } = want;
        // Addresses can be long, and many are remembered.
        let key = self.store.picture_id(url);
        if let Some(why) = self.pictures.failure(&key) {
            return Ok(PictureLook::failed(why));
        }
        let is_recent = |at: Millis| now().abs_diff(at) < RECHECK as u64;
        // Another page may have shown it since this one came.
        if let Some(late) = kept(&self.pictures.late, &key).filter(|late| is_recent(late.at))
            && let Some(outcome) = kept(&self.pictures.outcomes, &late.body)
        {
            return Ok(PictureLook { had: Had::Reused, result: outcome, body: Some(late.body), new: None, summed: false });
        }
        // What came of it may have been forgotten since, with the rest of what is old.
        let known = match known {
            Some(known) => self.reused(known).await?.map(|look| (known, look)),
            None => None,
        };
        let known = match known {
            Some((known, look)) if is_recent(known.checked_at) => return Ok(look),
            other => other,
        };
        let validators = known.as_ref().map(|(known, _)| known.validators.clone()).unwrap_or_default();
        let ask = Ask {
            url,
            what: What::Picture,
            etag: validators.etag.as_deref(),
            last_modified: validators.last_modified.as_deref(),
            cookies,
            gap: std::time::Duration::ZERO,
            origin,
        };
        let body = match (self.fetcher.fetch(&ask).await, known) {
            (Ok(Answer::Body(body)), _) => body,
            (Ok(Answer::NotModified), Some((known, mut look))) => {
                keep(&self.pictures.late, &key, Late { body: known.body.clone(), at: now() });
                let new = look.new.take().unwrap_or_else(|| NewPicture::of(&known.body));
                return Ok(PictureLook { new: Some(new.at(url, validators)), ..look });
            }
            (Ok(Answer::NotModified), None) => {
                let why = (ProblemKind::Status, "304 to a question that was not conditional".to_string());
                return Ok(PictureLook::failed(why));
            }
            (Err(error), _) => {
                let why = (error.kind, error.detail);
                self.pictures.remember_failure(&key, &why);
                return Ok(PictureLook::failed(why));
            }
        };
        let id = self.store.body_id(&body.body);
        let summed = sum.is_some_and(|sum| md5(&body.body) == sum);
        // Validators belong to the address that they came from: those of a redirect's end are not kept.
        let validators =
            if body.url == *url { Validators { etag: body.etag, last_modified: body.last_modified } } else { Validators::default() };
        // `body.room` lives until the bytes are decoded.
        let mut look = self.bytes(&id, body.body, larger).await?;
        look.summed = summed;
        if !matches!(&look.result, Err((kind, _)) if kind.is_passing()) {
            keep(&self.pictures.late, &key, Late { body: id.clone(), at: now() });
            look.new = Some(look.new.unwrap_or_else(|| NewPicture::of(&id)).at(url, validators));
        }
        Ok(look)
    }

    /// Looks at a picture that came by another way than the fetcher; `remember`: it is what stands at that address.
    ///
    /// # Errors
    /// Only where the store fails.
    pub(super) async fn had(&self, url: &Url, bytes: Vec<u8>, larger: Option<&Larger>, remember: bool) -> Result<PictureLook, StoreError> {
        let id = self.store.body_id(&bytes);
        let mut look = self.bytes(&id, bytes, larger).await?;
        if remember && !matches!(&look.result, Err((kind, _)) if kind.is_passing()) {
            look.new = Some(look.new.unwrap_or_else(|| NewPicture::of(&id)).at(url, Validators::default()));
        }
        Ok(look)
    }

    /// A picture whose bytes are known; `None` where what came of them is forgotten.
    async fn reused(&self, known: &KnownPicture) -> Result<Option<PictureLook>, StoreError> {
        match &known.result {
            Some(result) => {
                let result = result.clone().map(Arc::new);
                Ok(Some(PictureLook { had: Had::Reused, result, body: Some(known.body.clone()), new: None, summed: false }))
            }
            None => self.known(&known.body).await,
        }
    }

    /// Looks at bytes, shown as a thumbnail of `larger`; what is known of them is not worked out again.
    ///
    /// # Errors
    /// Only where the store fails.
    pub(super) async fn bytes(&self, id: &str, bytes: Vec<u8>, larger: Option<&Larger>) -> Result<PictureLook, StoreError> {
        let fetched = |result, new| Ok(PictureLook { had: Had::Fetched, result, body: Some(id.to_string()), new, summed: false });
        if let Some(known) = self.known(id).await? {
            return Ok(PictureLook { had: Had::Fetched, ..known });
        }
        if let Some(why) = self.pictures.failure(id) {
            return fetched(Err(why), None);
        }
        let version = self.own.depth.version();
        if let Some(larger) = larger.filter(|_| self.own.depth == Depth::Thorough)
            && let Ok(print) = self.pool.fingerprint_soon(bytes.clone(), Purpose::Quick).await
            && larger.is_shown_by(&print)
        {
            // The dear part of the look would only say again what it said of the larger one.
            let compared = Compared { width: print.width, height: print.height, ..(*larger.compared).clone() };
            let result = self.keep_outcome(id, compared.clone());
            let new = NewPicture::of(id).giving(version, PictureMemory::Same(larger.body.clone()));
            return fetched(result, Some(NewPicture { compared: Some((self.own.originals_revision.clone(), compared)), ..new }));
        }
        let print = match self.pool.fingerprint_soon(bytes, self.own.depth.for_found()).await {
            Ok(print) => print,
            Err(Unreadable { kind, detail }) => {
                if kind == ProblemKind::Decoder && detail != NO_TURN {
                    self.pictures.remember_failure(id, &(kind, detail.clone()));
                }
                // A missing helper or a decoder that died may do better next time.
                let memory = (!kind.is_passing()).then(|| PictureMemory::None(kind, detail.clone()));
                let new = memory.map(|memory| NewPicture::of(id).giving(version, memory));
                if new.is_some() {
                    keep(&self.pictures.outcomes, id, Err((kind, detail.clone())));
                }
                return fetched(Err((kind, detail)), new);
            }
        };
        let memory = PictureMemory::Fingerprint(print.pack());
        let (result, compared) = self.compare(id, &print);
        fetched(result, Some(NewPicture { compared, ..NewPicture::of(id).giving(version, memory) }))
    }

    /// What is known of bytes, from lately or from the store.
    async fn known(&self, id: &str) -> Result<Option<PictureLook>, StoreError> {
        let reused = |result, new| Ok(Some(PictureLook { had: Had::Reused, result, body: Some(id.to_string()), new, summed: false }));
        if let Some(outcome) = kept(&self.pictures.outcomes, id) {
            return reused(outcome, None);
        }
        let (version, revision) = (self.own.depth.version(), &self.own.originals_revision);
        let Some(mut known) = self.store.body(id, version, revision).await? else { return Ok(None) };
        // A thumbnail shows what its picture shows.
        if let (None, PictureMemory::Same(other)) = (&known.compared, &known.memory) {
            let Some(other) = self.store.body(other, version, revision).await? else { return Ok(None) };
            known = other;
        }
        match (known.compared, known.memory) {
            (Some(compared), _) => reused(Ok(Arc::new(compared)), None),
            (None, PictureMemory::None(kind, detail)) => reused(Err((kind, detail)), None),
            (None, PictureMemory::Same(_)) => Ok(None),
            (None, PictureMemory::Fingerprint(packed)) => match Fingerprint::unpack(&packed) {
                Some(print) => {
                    let (result, compared) = self.compare(id, &print);
                    reused(result, Some(NewPicture { compared, ..NewPicture::of(id) }))
                }
                None => reused(Err(lost()), None),
            },
        }
    }

    /// Compares a picture with the originals, and remembers what came of it.
    fn compare(&self, id: &str, print: &Fingerprint) -> (Outcome, Option<(String, Compared)>) {
        // Work for the processor: the network's tasks go on beside it.
        let found = tokio::task::block_in_place(|| self.own.originals.find(print));
        let matched = found.into_iter().filter_map(|found| {
            let (original, _) = self.own.labels.get(found.original as usize)?;
            let how = found.how.iter().map(ToString::to_string).collect();
            Some(Matched { original: original.clone(), how, confidence: found.confidence })
        });
        let whole = print.frames.first().filter(|frame| frame.usable && print.frames.len() == 1).map(|frame| frame.whole.hash);
        let (width, height, cut) = (print.width, print.height, print.cut);
        let compared = Compared { width, height, frames: print.frames.len(), cut, whole, matches: matched.collect() };
        (self.keep_outcome(id, compared.clone()), Some((self.own.originals_revision.clone(), compared)))
    }

    fn keep_outcome(&self, id: &str, compared: Compared) -> Outcome {
        let outcome = Ok(Arc::new(compared));
        keep(&self.pictures.outcomes, id, outcome.clone());
        outcome
    }
}

/// MD5 (RFC 1321) of bytes, as boards name files by it; it proves nothing against a forger.
fn md5(bytes: &[u8]) -> String {
    use md5::Digest;
    md5::Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn lost() -> WhyNot {
    (ProblemKind::Damaged, "its fingerprint cannot be read any more".into())
}
