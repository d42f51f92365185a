//! One child as its parent sees it. All that it sends is outside bytes: a picture may have taken it over.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use rustix::pipe::fcntl_setpipe_size;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::{Unreadable, helper};
use crate::look::child::{Reply, Request};
use crate::look::decode::Limits;
use crate::look::fingerprint::{MOST_BYTES_A_FRAME, MOST_FRAMES};
use crate::look::{cage, spawn};
use crate::model::ProblemKind;

#[derive(Debug)]
pub(super) struct Worker {
    // Killed when dropped.
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    born: Instant,
    /// Pictures that it has answered in its life.
    pub answered: u32,
    /// Most frames of an animation.
    frames: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answered {
    Fingerprint(Vec<u8>),
    Nothing(Unreadable),
    Helper(helper::Kind),
}

/// Why a child has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The pipe closed.
    Died,
    /// No answer in time.
    Late,
    /// An answer that none of ours would give, or one before the question.
    Nonsense,
}

/// Bytes of a reply that is no fingerprint.
const LONGEST_WORDS: usize = 4096;
/// Letters of a child's sentence that are told.
const LONGEST_SENTENCE: usize = 200;
/// A process that is killed is gone at once, unless the kernel is stuck.
const FOR_ITS_END: Duration = Duration::from_secs(5);

/// How glibc's allocator is to keep what a picture needed for the next one: by default it gives it back each time, and
/// the kernel clears hundreds of pages anew. Larger pieces, of larger pictures, still go back at once.
const KEEPING: [(&str, &str); 2] = [("MALLOC_TRIM_THRESHOLD_", "16777216"), ("MALLOC_MMAP_THRESHOLD_", "16777216")];

/// Bytes that a pipe to a child holds; all that the kernel gives without privileges.
const PIPE: usize = 1 << 20;

impl Worker {
    pub async fn start(limits: &Limits) -> std::io::Result<Self> {
        let mut command = spawn::itself();
        command
            .args(["look-child", &limits.max_pixels.to_string(), &limits.max_frames.to_string()])
            .envs(KEEPING)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = spawn::spawn(command).await?;
        let frames = usize::from(MOST_FRAMES).min(limits.max_frames.max(1) as usize);
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                // Most pictures fit in whole, so that they are sent and read at once; where that is refused, in pieces.
                let _ = fcntl_setpipe_size(&input, PIPE);
                Ok(Self { child, input, output: BufReader::new(output), born: Instant::now(), answered: 0, frames })
            }
            _ => Err(std::io::Error::other("no pipe")),
        }
    }

    /// Whether it has said nothing that it was not asked for, and lives as far as can be seen.
    pub fn is_quiet(&mut self) -> bool {
        self.output.fill_buf().now_or_never().is_none()
    }

    /// Sends all pictures and reads as many answers; what was answered before a failure is kept.
    pub async fn work(
        &mut self,
        pictures: &[&Vec<u8>],
        request: Request,
        time: Duration,
        answers: &mut Vec<Answered>,
    ) -> Result<(), Fault> {
        let (pid, born) = (self.child.id(), self.born);
        let grant = || {
            if let Some(pid) = pid {
                // It has one thread, which cannot have computed for longer than it has lived.
                cage::may_compute(pid, born.elapsed() + time);
            }
        };
        let frames = if request.film { usize::from(MOST_FRAMES) } else { self.frames };
        let (before, longest) = (answers.len(), frames * MOST_BYTES_A_FRAME);
        let done = converse(&mut self.input, &mut self.output, pictures, request, time, longest, grant, answers).await;
        self.answered = self.answered.saturating_add((answers.len() - before) as u32);
        done
    }

    /// Ends it, leaves nothing of it behind, and says what happened.
    pub async fn end(mut self, fault: Fault) -> &'static str {
        let _ = self.child.start_kill();
        let status = tokio::time::timeout(FOR_ITS_END, self.child.wait()).await;
        let signal = status.ok().and_then(Result::ok).and_then(|status| status.signal());
        match fault {
            Fault::Late => "the decoder took too long over this picture",
            Fault::Nonsense => "the decoder answered nonsense at this picture",
            Fault::Died if signal == Some(libc::SIGSYS) => "the decoder tried what it must not at this picture, and was stopped",
            Fault::Died if signal == Some(libc::SIGXCPU) => "the decoder took too long over this picture",
            Fault::Died => "the decoder ran out of memory or died at this picture",
        }
    }
}

/// Sends and receives side by side, so that a child that does not read or does not write is noticed in time.
#[allow(clippy::too_many_arguments, reason = "the two ends of a pipe and what may go through it")]
async fn converse(
    input: &mut (impl AsyncWrite + Unpin),
    output: &mut (impl AsyncRead + Unpin),
    pictures: &[&Vec<u8>],
    request: Request,
    time: Duration,
    longest: usize,
    grant: impl Fn(),
    answers: &mut Vec<Answered>,
) -> Result<(), Fault> {
    let sent = AtomicUsize::new(0);
    let send = async {
        for picture in pictures {
            let length = u32::try_from(picture.len()).map_err(std::io::Error::other)?;
            input.write_all(&[request.tag()]).await?;
            input.write_all(&length.to_le_bytes()).await?;
            input.write_all(picture).await?;
            sent.fetch_add(1, Ordering::Relaxed);
        }
        input.flush().await
    };
    let receive = async {
        for asked in 1..=pictures.len() {
            grant();
            match tokio::time::timeout(time, answer(output, longest)).await {
                // Nobody knows a picture before its last byte.
                Ok(Ok(_)) if sent.load(Ordering::Relaxed) < asked => return Err(Fault::Nonsense),
                Ok(Ok(one)) => answers.push(one),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => return Err(Fault::Nonsense),
                Ok(Err(_)) => return Err(Fault::Died),
                Err(_) => return Err(Fault::Late),
            }
        }
        Ok(())
    };
    tokio::pin!(receive);
    // A child that dies breaks the sending too; only what it answered, or did not, counts. What can be sent is sent before
    // anything is read.
    tokio::select! {
        biased;
        _ = send => receive.await,
        received = &mut receive => received,
    }
}

/// Reads one answer of at most `longest` bytes.
async fn answer(output: &mut (impl AsyncRead + Unpin), longest: usize) -> std::io::Result<Answered> {
    let nonsense = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let reply = Reply::from_tag(output.read_u8().await?).ok_or_else(nonsense)?;
    let length = output.read_u32_le().await? as usize;
    if length > if reply == Reply::Fingerprint { longest } else { LONGEST_WORDS } {
        return Err(nonsense());
    }
    // Memory is taken as the bytes come, not as they are announced.
    let mut payload = Vec::new();
    if output.take(length as u64).read_to_end(&mut payload).await? != length {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    match (reply, payload.as_slice()) {
        (Reply::Fingerprint, _) => Ok(Answered::Fingerprint(payload)),
        (Reply::Nothing, words) => {
            let (kind, detail) = serde_json::from_slice(words).map_err(|_| nonsense())?;
            why_not(kind, detail).map(Answered::Nothing).ok_or_else(nonsense)
        }
        (Reply::Helper, b"heic") => Ok(Answered::Helper(helper::Kind::Heic)),
        (Reply::Helper, b"video") => Ok(Answered::Helper(helper::Kind::Video)),
        (Reply::Helper, b"avif") => Ok(Answered::Helper(helper::Kind::Avif)),
        (Reply::Helper, _) => Err(nonsense()),
    }
}

/// What a child says of a picture that it cannot read: one of the few reasons there are, and a short plain sentence.
fn why_not(kind: ProblemKind, detail: String) -> Option<Unreadable> {
    let known = matches!(kind, ProblemKind::NotReadable | ProblemKind::TooLarge | ProblemKind::Limit | ProblemKind::Damaged);
    let plain = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    known.then(|| Unreadable { kind, detail: detail.chars().take(LONGEST_SENTENCE).map(plain).collect() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::duplex;

    use super::*;
    use crate::look::fingerprint::{Fingerprint, Purpose};

    const REQUEST: Request = Request { purpose: Purpose::Found, film: false };
    const TIME: Duration = Duration::from_secs(5);

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
    }

    /// What comes of pictures of these sizes with a child that writes `said` and reads nothing.
    fn against(said: &[u8], sizes: &[usize], room: usize, closes: bool) -> (Result<(), Fault>, Vec<Answered>) {
        let pictures: Vec<Vec<u8>> = sizes.iter().map(|size| vec![7; *size]).collect();
        runtime().block_on(async {
            let (mut input, _far_input) = duplex(room);
            let (mut output, mut far) = duplex(1 << 20);
            far.write_all(said).await.unwrap();
            let kept = (!closes).then_some(far);
            let mut answers = Vec::new();
            let all: Vec<&Vec<u8>> = pictures.iter().collect();
            let done = converse(&mut input, &mut output, &all, REQUEST, TIME, 1 << 16, || (), &mut answers).await;
            drop(kept);
            (done, answers)
        })
    }

    const HELPER: &[u8] = b"\x02\x04\0\0\0avif";

    #[test]
    fn an_answer_before_the_question_is_nonsense() {
        let (done, answers) = against(HELPER, &[10], 1 << 10, false);
        assert_eq!((done, answers.len()), (Ok(()), 1));
        // The picture does not fit into the pipe, which nobody reads: no child can have seen its end.
        let (done, answers) = against(HELPER, &[5000], 1 << 10, false);
        assert_eq!((done, answers.len()), (Err(Fault::Nonsense), 0));
        let (done, answers) = against(&[HELPER, HELPER].concat(), &[10, 5000], 1 << 10, false);
        assert_eq!((done, answers.len()), (Err(Fault::Nonsense), 1));
    }

    #[test]
    fn a_child_that_neither_reads_nor_writes_is_late_and_one_that_is_gone_has_died() {
        assert_eq!(against(b"", &[5000], 1 << 10, false).0, Err(Fault::Late));
        assert_eq!(against(&HELPER[..7], &[10], 1 << 10, false).0, Err(Fault::Late));
        assert_eq!(against(&HELPER[..7], &[10], 1 << 10, true).0, Err(Fault::Died));
    }

    #[test]
    fn an_answer_that_is_too_long_is_refused_before_it_is_read() {
        for (tag, length) in [(0u8, (1u32 << 16) + 1), (0, u32::MAX), (1, 5000), (2, 5000), (9, 1)] {
            let head = [&[tag][..], &length.to_le_bytes()].concat();
            assert_eq!(against(&head, &[10], 1 << 10, false).0, Err(Fault::Nonsense), "{tag} {length}");
        }
    }

    #[test]
    fn a_child_can_neither_invent_reasons_nor_write_to_a_terminal() {
        let said = |kind: &str, detail: &str| {
            let words = serde_json::to_vec(&(kind, detail)).unwrap();
            let reply = [&[1u8][..], &(words.len() as u32).to_le_bytes(), &words].concat();
            against(&reply, &[10], 1 << 10, false)
        };
        let (done, answers) = said("damaged", &format!("\u{1b}[2J\u{202e}{}", "x".repeat(1000)));
        assert_eq!(done, Ok(()));
        let [Answered::Nothing(why)] = answers.as_slice() else { panic!("{answers:?}") };
        assert!(why.detail.starts_with("?[2J?xxx") && why.detail.len() == LONGEST_SENTENCE, "{}", why.detail);
        assert_eq!(said("gone", "the page is not there").0, Err(Fault::Nonsense));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_child_says_is_an_answer_or_a_fault(said in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (done, answers) = against(&said, &[3, 3], 1 << 10, true);
            for answer in &answers {
                if let Answered::Fingerprint(packed) = answer {
                    let _ = Fingerprint::unpack(packed);
                }
            }
            prop_assert_eq!(done.is_ok(), answers.len() == 2);
        }
    }
}
