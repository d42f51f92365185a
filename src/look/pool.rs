//! The parent's side: a small warm pool of children that turn outside bytes into fingerprints. A child that is late,
//! dies or answers nonsense is killed and replaced, and costs one picture.

mod worker;

use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};
use worker::{Answered, Fault, Worker};

use super::child::{Request, split_bmp};
use super::decode::Limits;
use super::fingerprint::{Fingerprint, Purpose};
use super::helper;
use crate::model::ProblemKind;

/// Why a picture has no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Unreadable {
    /// What kept us from looking.
    pub kind: ProblemKind,
    /// One plain sentence.
    pub detail: String,
}

/// A pool of children.
#[derive(Debug)]
pub struct Pool {
    limits: Limits,
    time: Duration,
    places: Semaphore,
    helpers: Semaphore,
    films: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

/// A child that has looked at so many pictures is replaced: what one of them may have done to it ends there.
const MOST_PICTURES: u32 = 100;
/// Fewer frames of a film than that may be its few keyframes: then any frames are asked for.
const FEW: usize = 4;
/// A film that somebody else shows waits so long for its turn. It keeps its bytes in memory meanwhile, and with them a
/// place that other pictures need.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is said of a film that had no turn; nothing is wrong with it.
pub const NO_TURN: &str = "other films took too long to be decoded, and this one did not have its turn";

impl Pool {
    /// At most `size` children at once, each picture within `limits` and `time`.
    pub fn new(size: usize, limits: Limits, time: Duration) -> Self {
        Self {
            limits,
            time,
            places: Semaphore::new(size.max(1)),
            helpers: Semaphore::new(size.max(1)),
            films: Semaphore::new(1),
            idle: Mutex::default(),
        }
    }

    /// A pool for this machine: a child a core, at most three, so that their memory stays within the unit's bound.
    pub fn for_this_machine(max_pixels: u64) -> Self {
        let size = std::thread::available_parallelism().map_or(2, usize::from).min(3);
        Self::new(size, Limits { max_pixels, max_frames: 16 }, Duration::from_secs(30))
    }

    /// Fingerprints a batch of undecoded pictures, in one child as far as it lives; one answer a picture, in order.
    pub async fn fingerprints(&self, pictures: &[Vec<u8>], purpose: Purpose) -> Vec<Result<Fingerprint, Unreadable>> {
        self.each(pictures, purpose, None).await
    }

    async fn each(&self, pictures: &[Vec<u8>], purpose: Purpose, patience: Option<Duration>) -> Vec<Result<Fingerprint, Unreadable>> {
        let mut done = Vec::with_capacity(pictures.len());
        for (answer, bytes) in self.ask(pictures, Request { purpose, film: false }).await.into_iter().zip(pictures) {
            done.push(match answer {
                Answered::Fingerprint(packed) => Fingerprint::unpack(&packed).ok_or_else(|| nonsense("the decoder answered nonsense")),
                Answered::Nothing(why) => Err(why),
                // A second copy of the bytes is not made before they have their turn.
                Answered::Helper(kind) => self.helped(kind, || helper::in_memory(bytes), purpose, patience).await,
            });
        }
        done
    }

    /// Fingerprints one picture.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn fingerprint(&self, picture: Vec<u8>, purpose: Purpose) -> Result<Fingerprint, Unreadable> {
        only(self.each(&[picture], purpose, None).await)
    }

    /// Fingerprints one picture that somebody else shows: a film does not wait without end for others.
    ///
    /// # Errors
    /// Why there is none; [`NO_TURN`] where it would have waited.
    pub async fn fingerprint_soon(&self, picture: Vec<u8>, purpose: Purpose) -> Result<Fingerprint, Unreadable> {
        only(self.each(&[picture], purpose, Some(PATIENCE)).await)
    }

    /// Fingerprints a film or another file that only a helper can read.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn through_helper(&self, kind: helper::Kind, file: File, purpose: Purpose) -> Result<Fingerprint, Unreadable> {
        self.helped(kind, || Ok(file), purpose, None).await
    }

    async fn helped(
        &self,
        kind: helper::Kind,
        open: impl FnOnce() -> std::io::Result<File>,
        purpose: Purpose,
        patience: Option<Duration>,
    ) -> Result<Fingerprint, Unreadable> {
        let unopened = |error: std::io::Error| nonsense(&error.to_string());
        // Both are held until the frames are looked at.
        let (mut _film, mut _place) = (None, None);
        let (frames, cut) = if matches!(kind, helper::Kind::Avif | helper::Kind::Heic) {
            _place = self.helpers.acquire().await.ok();
            let file = open().map_err(unopened)?;
            let again = file.try_clone().map_err(unopened)?;
            let frames = helper::frames(kind, file, self.time).await.map_err(unread)?;
            if kind == helper::Kind::Avif && split_bmp(&frames).len() > 1 {
                _place = None;
                _film = self.film_turn(patience).await?;
                self.film(again).await.unwrap_or((frames, true))
            } else {
                (frames, false)
            }
        } else {
            _film = self.film_turn(patience).await?;
            self.film(open().map_err(unopened)?).await.map_err(unread)?
        };
        let request = Request { purpose, film: kind != helper::Kind::Heic };
        match self.ask(&[frames], request).await.pop() {
            Some(Answered::Fingerprint(packed)) => {
                let print = Fingerprint::unpack(&packed).ok_or_else(|| nonsense("the decoder answered nonsense"))?;
                Ok(Fingerprint { cut: print.cut || cut, ..print })
            }
            Some(Answered::Nothing(why)) => Err(why),
            Some(Answered::Helper(_)) | None => Err(nonsense("no frame could be read")),
        }
    }

    /// A film's frames are many: those of one at a time are held in memory.
    async fn film_turn(&self, patience: Option<Duration>) -> Result<Option<SemaphorePermit<'_>>, Unreadable> {
        match patience {
            None => Ok(self.films.acquire().await.ok()),
            Some(patience) => tokio::time::timeout(patience, self.films.acquire()).await.map(Result::ok).map_err(|_| nonsense(NO_TURN)),
        }
    }

    /// Frames of a film, and whether it may show more than they do.
    async fn film(&self, file: File) -> Result<(Vec<u8>, bool), helper::HelperError> {
        let (begun, time) = (Instant::now(), self.time * 20);
        // Helpers open it anew: where this one stands does not matter.
        let again = file.try_clone();
        let keyframes = match helper::frames(helper::Kind::Video, file, time).await {
            Ok(frames) if split_bmp(&frames).len() >= FEW => return Ok((frames, false)),
            Ok(frames) => frames,
            Err(helper::HelperError::Failed(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let any = match again {
            Ok(again) => helper::frames(helper::Kind::Slow, again, time.saturating_sub(begun.elapsed())).await,
            Err(_) => Err(helper::HelperError::NotStarted(helper::program(helper::Kind::Slow))),
        };
        match any {
            Ok(any) => Ok(([keyframes, any].concat(), false)),
            Err(error) if keyframes.is_empty() => Err(error),
            Err(_) => Ok((keyframes, true)),
        }
    }

    /// Lets the idle children go, to give their memory back.
    pub fn rest(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn ask(&self, pictures: &[Vec<u8>], request: Request) -> Vec<Answered> {
        let mut answers = Vec::with_capacity(pictures.len());
        let Ok(_place) = self.places.acquire().await else { return answers };
        let mut left: VecDeque<&Vec<u8>> = pictures.iter().collect();
        let mut begin_afresh = false;
        while !left.is_empty() {
            let idle = if begin_afresh { None } else { self.idle() };
            let started = match idle {
                Some(worker) => Ok(worker),
                None => Worker::start(&self.limits).await,
            };
            let mut worker = match started {
                Ok(worker) => worker,
                Err(error) => {
                    let why = nonsense(&format!("the decoder could not be started: {error}"));
                    answers.extend(left.drain(..).map(|_| Answered::Nothing(why.clone())));
                    break;
                }
            };
            let before = answers.len();
            match worker.work(left.make_contiguous(), request, self.time, &mut answers).await {
                Ok(()) => self.keep(worker),
                Err(fault) => {
                    // The picture at which it stopped is the one that it could not take, unless others before it may have
                    // harmed the child: then it gets a fresh one before it is blamed. The rest get a new child.
                    let blamed = worker.answered == 0 || fault == Fault::Late;
                    let why = worker.end(fault).await;
                    if blamed {
                        answers.push(Answered::Nothing(nonsense(why)));
                    }
                    begin_afresh = true;
                }
            }
            left.drain(..(answers.len() - before).min(left.len()));
        }
        answers
    }

    /// A child that waits, and has said nothing since it was last asked.
    fn idle(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut worker) = idle.pop() {
            if worker.is_quiet() {
                return Some(worker);
            }
        }
        None
    }

    /// Keeps a child for the next pictures, if it has not seen so many that it is time for a fresh one.
    fn keep(&self, worker: Worker) {
        if worker.answered < MOST_PICTURES {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
    }
}

fn nonsense(detail: &str) -> Unreadable {
    Unreadable { kind: ProblemKind::Decoder, detail: detail.into() }
}

fn unread(error: helper::HelperError) -> Unreadable {
    let kind = match error {
        helper::HelperError::Missing(_) => ProblemKind::HelperMissing,
        helper::HelperError::Failed(_) => ProblemKind::Damaged,
        // Of a picture, `Limit` says that it is too small to show anything.
        helper::HelperError::TooMuch(_) => ProblemKind::TooLarge,
        helper::HelperError::NotStarted(_) | helper::HelperError::Late(_) | helper::HelperError::Died(_) => ProblemKind::Decoder,
    };
    Unreadable { kind, detail: error.to_string() }
}

fn only(mut answers: Vec<Result<Fingerprint, Unreadable>>) -> Result<Fingerprint, Unreadable> {
    answers.pop().unwrap_or_else(|| Err(nonsense("the decoder did not answer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool {
        Pool::new(1, Limits { max_pixels: 1 << 20, max_frames: 4 }, Duration::from_secs(30))
    }

    #[test]
    fn more_than_is_taken_of_a_picture_is_not_told_as_decoration() {
        assert_eq!(unread(helper::HelperError::TooMuch("ffmpeg")).kind, ProblemKind::TooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_that_others_hold_up_gives_its_place_back() {
        let pool = pool();
        let held = pool.film_turn(None).await.unwrap();
        let opened = || -> std::io::Result<File> { panic!("no copy before its turn") };
        let late = pool.helped(helper::Kind::Video, opened, Purpose::Found, Some(PATIENCE)).await;
        assert_eq!(late, Err(nonsense(NO_TURN)));
        drop(held);
        assert!(pool.film_turn(Some(PATIENCE)).await.is_ok());
    }
}
