//! The parent's side: a small warm pool of children that turn outside bytes into fingerprints. A child that is late,
//! dies or answers nonsense is killed and replaced, and costs one picture.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use super::child::{Reply, Request};
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
    idle: Mutex<Vec<Worker>>,
}

#[derive(Debug)]
struct Worker {
    // Killed when dropped.
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

enum Answered {
    Fingerprint(Vec<u8>),
    Nothing(Unreadable),
    Helper(helper::Kind),
}

/// A reply is a fingerprint; a larger one is nonsense.
const LONGEST_REPLY: u32 = 64 << 20;

impl Pool {
    /// At most `size` children at once, each picture within `limits` and `time`.
    pub fn new(size: usize, limits: Limits, time: Duration) -> Self {
        Self { limits, time, places: Semaphore::new(size.max(1)), helpers: Semaphore::new(size.max(1)), idle: Mutex::default() }
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
        let _place = self.helpers.acquire().await;
        let time = if kind == helper::Kind::Video { self.time * 20 } else { self.time };
        let frames = helper::frames(kind, file, time).await.map_err(|error| Unreadable {
            kind: match error {
                helper::HelperError::Missing(_) => ProblemKind::HelperMissing,
                helper::HelperError::Failed(_) => ProblemKind::Damaged,
                helper::HelperError::Late(_) => ProblemKind::Decoder,
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
        while !left.is_empty() {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut worker = match idle.map_or_else(|| self.spawn(), Ok) {
                Ok(worker) => worker,
                Err(error) => {
                    let why = nonsense(&format!("the decoder could not be started: {error}"));
                    answers.extend(left.drain(..).map(|_| Answered::Nothing(why.clone())));
                    break;
                }
            };
            let before = answers.len();
            match worker.work(left.make_contiguous(), request, self.time, &mut answers).await {
                Ok(()) => self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker),
                // The picture at which it stopped is the one that it could not take; the rest get a new child.
                Err(why) => answers.push(Answered::Nothing(nonsense(why))),
            }
            left.drain(..(answers.len() - before).min(left.len()));
        }
        answers
    }

    fn spawn(&self) -> std::io::Result<Worker> {
        let mut child = Command::new("/proc/self/exe")
            .arg0("monitor")
            .args(["look-child", &self.limits.max_pixels.to_string(), &self.limits.max_frames.to_string()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        match (input, output) {
            (Some(input), Some(output)) => Ok(Worker { _child: child, input, output: BufReader::new(output) }),
            _ => Err(std::io::Error::other("no pipe")),
        }
    }
}

fn nonsense(detail: &str) -> Unreadable {
    Unreadable { kind: ProblemKind::Decoder, detail: detail.into() }
}

impl Worker {
    /// Sends all pictures and reads as many answers; what was answered before a failure is kept.
    async fn work(
        &mut self,
        pictures: &[&Vec<u8>],
        request: Request,
        time: Duration,
        answers: &mut Vec<Answered>,
    ) -> Result<(), &'static str> {
        let (input, output) = (&mut self.input, &mut self.output);
        let send = async {
            for picture in pictures {
                let length = u32::try_from(picture.len()).map_err(std::io::Error::other)?;
                input.write_all(&[request.tag()]).await?;
                input.write_all(&length.to_le_bytes()).await?;
                input.write_all(picture).await?;
            }
            input.flush().await
        };
        let receive = async {
            for _ in pictures {
                match tokio::time::timeout(time, answer(output)).await {
                    Ok(Ok(one)) => answers.push(one),
                    Ok(Err(_)) => return Err("the decoder ran out of memory or died at this picture"),
                    Err(_) => return Err("the decoder took too long over this picture"),
                }
            }
            Ok(())
        };
        tokio::pin!(receive);
        // A child that dies breaks the sending too; only what it answered, or did not, counts.
        tokio::select! {
            received = &mut receive => received,
            _ = send => receive.await,
        }
    }
}

async fn answer(output: &mut BufReader<ChildStdout>) -> std::io::Result<Answered> {
    let tag = output.read_u8().await?;
    let length = output.read_u32_le().await?;
    if length > LONGEST_REPLY {
        return Err(std::io::Error::other("nonsense"));
    }
    let mut payload = vec![0; length as usize];
    output.read_exact(&mut payload).await?;
    match Reply::from_tag(tag) {
        Some(Reply::Fingerprint) => Ok(Answered::Fingerprint(payload)),
        Some(Reply::Nothing) => {
            let (kind, detail) = serde_json::from_slice(&payload).map_err(std::io::Error::other)?;
            Ok(Answered::Nothing(Unreadable { kind, detail }))
        }
        Some(Reply::Helper) => Ok(Answered::Helper(match payload.as_slice() {
            b"heic" => helper::Kind::Heic,
            b"video" => helper::Kind::Video,
            _ => helper::Kind::Avif,
        })),
        None => Err(std::io::Error::other("nonsense")),
    }
}
