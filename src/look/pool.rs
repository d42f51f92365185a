//! The parent's side: a small warm pool of children that turn outside bytes into fingerprints. A child that is late,
//! dies or answers nonsense is killed and replaced, and costs one picture.

mod worker;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use worker::{Answered, Fault, Worker};

use super::child::Request;
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
        let mut done = Vec::with_capacity(pictures.len());
        for (answer, bytes) in self.ask(pictures, Request { purpose, film: false }).await.into_iter().zip(pictures) {
            done.push(match answer {
                Answered::Fingerprint(packed) => Fingerprint::unpack(&packed).ok_or_else(|| nonsense("the decoder answered nonsense")),
                Answered::Nothing(why) => Err(why),
                Answered::Helper(kind) => match helper::in_memory(bytes) {
                    Ok(file) => self.through_helper(kind, file, purpose).await,
                    Err(error) => Err(nonsense(&error.to_string())),
                },
            });
        }
        done
    }

    /// Fingerprints one picture.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn fingerprint(&self, picture: Vec<u8>, purpose: Purpose) -> Result<Fingerprint, Unreadable> {
        self.fingerprints(&[picture], purpose).await.pop().unwrap_or_else(|| Err(nonsense("the decoder did not answer")))
    }

    /// Fingerprints a film or another file that only a helper can read.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn through_helper(&self, kind: helper::Kind, file: std::fs::File, purpose: Purpose) -> Result<Fingerprint, Unreadable> {
        // A film's frames are many: those of one at a time are held in memory.
        let _place = if kind == helper::Kind::Video { self.films.acquire().await } else { self.helpers.acquire().await };
        let time = if kind == helper::Kind::Video { self.time * 20 } else { self.time };
        let frames = helper::frames(kind, file, time).await.map_err(|error| Unreadable {
            kind: match error {
                helper::HelperError::Missing(_) => ProblemKind::HelperMissing,
                helper::HelperError::Failed(_) => ProblemKind::Damaged,
                helper::HelperError::TooMuch(_) => ProblemKind::Limit,
                helper::HelperError::NotStarted(_) | helper::HelperError::Late(_) | helper::HelperError::Died(_) => ProblemKind::Decoder,
            },
            detail: error.to_string(),
        })?;
        let request = Request { purpose, film: kind != helper::Kind::Heic };
        match self.ask(&[frames], request).await.pop() {
            Some(Answered::Fingerprint(packed)) => Fingerprint::unpack(&packed).ok_or_else(|| nonsense("the decoder answered nonsense")),
            Some(Answered::Nothing(why)) => Err(why),
            Some(Answered::Helper(_)) | None => Err(nonsense("no frame could be read")),
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
