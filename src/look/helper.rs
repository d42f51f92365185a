//! Formats that other programs read: AVIF and films through ffmpeg, HEIC through heif-convert, when installed.
//! They run through our own binary, which closes their [`cage`] first, and see the bytes through a file in memory.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::AsyncReadExt;
use tokio::process::Child;

use super::cage::attempt::Trial;
use super::cage::{self, Layers};
use super::fingerprint::MOST_FRAMES;
use super::spawn;

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An AVIF or JPEG XL picture. Of a row of them two come, so that it can be seen that it is one.
    Avif,
    /// One HEIC picture.
    Heic,
    /// A film, of which keyframes are taken.
    Video,
    /// A film or a row of pictures with few keyframes, of which any frames are taken.
    Slow,
}

/// Why there are no frames.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelperError {
    /// The program is not installed.
    #[error("reading this needs {0}, which is not installed")]
    Missing(&'static str),
    /// It could not be started: another time it may do better.
    #[error("{0} could not be started")]
    NotStarted(&'static str),
    /// It ran and said that it cannot.
    #[error("{0} could not read it")]
    Failed(&'static str),
    /// It was ended for its time: another time it may do better.
    #[error("{0} took too long over it")]
    Late(&'static str),
    /// It did not end by itself.
    #[error("{0} ran out of memory or crashed over it")]
    Died(&'static str),
    /// It wrote more than is taken.
    #[error("{0} made more than {MOST_MIB} MiB of it, and no more is looked at")]
    TooMuch(&'static str),
}

/// Bytes that a helper may write.
const MOST: u64 = MOST_MIB << 20;
const MOST_MIB: u64 = 128;
/// The exit status by which our binary says that it did not become the helper.
const NOT_STARTED: u8 = 127;

/// Where `program` lies in `$PATH`.
pub fn installed(program: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(program)).find(|p| p.is_file())?;
    // It is started from the root folder.
    std::path::absolute(found).ok()
}

/// The program that reads `kind`.
pub fn program(kind: Kind) -> &'static str {
    match kind {
        Kind::Avif | Kind::Video | Kind::Slow => "ffmpeg",
        Kind::Heic => "heif-convert",
    }
}

/// `bytes` as a file in memory, which helpers can seek in.
///
/// # Errors
/// Where the system has no memory.
pub fn in_memory(bytes: &[u8]) -> std::io::Result<File> {
    let fd = rustix::fs::memfd_create("picture", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut file = File::from(fd);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// Turns the file into pictures that the child can decode: BMP files one after the other, or one JPEG.
///
/// # Errors
/// [`HelperError`].
pub async fn frames(kind: Kind, input: File, time: Duration) -> Result<Vec<u8>, HelperError> {
    let name = program(kind);
    let path = installed(name).ok_or(HelperError::Missing(name))?;
    let not_started = |_| HelperError::NotStarted(name);
    let mut command = spawn::itself();
    command.args(["limited", "--"]).arg(path);
    // heif-convert picks its format by the name it writes to; a link to standard output keeps the picture off the disk.
    let folder = if kind == Kind::Heic { Some(LinkFolder::new().map_err(not_started)?) } else { None };
    match &folder {
        Some(folder) => command.args([OsStr::new("/proc/self/fd/0"), folder.link().as_os_str()]),
        None => command.args(ffmpeg_args(kind)),
    };
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = spawn::spawn(command).await.map_err(not_started)?;
    let group = Group::of(&child);
    if let Some(pid) = child.id() {
        // Its threads may compute side by side.
        cage::may_compute(pid, time * 4);
    }
    let stdout = child.stdout.take().ok_or(HelperError::NotStarted(name))?;
    let mut out = Vec::new();
    let run = async {
        stdout.take(MOST + 1).read_to_end(&mut out).await?;
        if out.len() as u64 > MOST { Ok(None) } else { child.wait().await.map(Some) }
    };
    let ended = tokio::time::timeout(time, run).await;
    drop(group);
    // Whatever it was, it is over: nothing stays behind, not even an entry in the table of processes.
    let _ = child.kill().await;
    let Ok(ended) = ended else { return Err(HelperError::Late(name)) };
    let status = ended.map_err(|_| HelperError::Died(name))?.ok_or(HelperError::TooMuch(name))?;
    match status.code() {
        None if status.signal() == Some(libc::SIGXCPU) => return Err(HelperError::Late(name)),
        None => return Err(HelperError::Died(name)),
        Some(code) if code == i32::from(NOT_STARTED) => return Err(HelperError::NotStarted(name)),
        _ => {}
    }
    // A film that breaks off still gives the frames before.
    if out.is_empty() || (!status.success() && !matches!(kind, Kind::Video | Kind::Slow)) {
        return Err(HelperError::Failed(name));
    }
    Ok(out)
}

/// A helper and whatever it may have started, ended when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            let _ = rustix::process::kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Closes the cage around this process, then becomes the helper; or only tries the cage. Returns the exit status where
/// it did not become it.
///
/// # Errors
/// Where the cage cannot be closed.
pub fn become_it(program: &OsStr, arguments: &[OsString], trial: Option<Trial>) -> std::io::Result<u8> {
    use std::os::unix::process::CommandExt;
    let cage = cage::close_helper(Path::new(program), trial.map_or(Layers::ALL, |trial| trial.layers))?;
    if let Some(trial) = trial {
        trial.attempt.report(cage, std::io::stdout())?;
        return Ok(0);
    }
    let _ = std::process::Command::new(program).args(arguments).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").exec();
    Ok(NOT_STARTED)
}

fn ffmpeg_args(kind: Kind) -> Vec<String> {
    let mut args: Vec<&str> = vec!["-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file"];
    // Keyframes suffice and cost a fifteenth; at first a second apart, later more, so that the frames reach for 50 minutes.
    if kind == Kind::Video {
        args.extend(["-skip_frame", "nokey"]);
    }
    args.extend(["-i", "/proc/self/fd/0", "-an", "-sn", "-dn"]);
    let film = matches!(kind, Kind::Video | Kind::Slow);
    let frames = if film { MOST_FRAMES.to_string() } else { "2".into() };
    // Neither makes a side smaller than 64 pixels that was not: what is narrower counts as decoration.
    let filter = if film {
        // Not `fps=1`, which gives nothing for a film with a single keyframe.
        concat!(
            "select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,max(1\\,t/20))',",
            "scale=w='2*ceil(iw*min(1,max(480/max(iw,ih),64/min(iw,ih)))/2-0.01)':h=-2"
        )
    } else {
        "scale=w='min(iw,max(1600,ceil(64*iw/ih)))':h=-1"
    };
    args.extend([
        "-vf",
        filter,
        "-vsync",
        "passthrough",
        "-frames:v",
        &frames,
        "-f",
        "image2pipe",
        "-c:v",
        "bmp",
        "-pix_fmt",
        "bgr24",
        "pipe:1",
    ]);
    args.into_iter().map(String::from).collect()
}

/// A folder that holds nothing but a link to standard output.
struct LinkFolder(PathBuf);

impl LinkFolder {
    fn new() -> std::io::Result<Self> {
        let mut name = [0u8; 8];
        getrandom::fill(&mut name).map_err(std::io::Error::other)?;
        let name: String = name.iter().map(|b| format!("{b:02x}")).collect();
        let folder = std::env::temp_dir().join(format!("monitor-{name}"));
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let made = Self(folder);
        std::os::unix::fs::symlink("/proc/self/fd/1", made.link())?;
        // Of a file with several pictures the first is called so.
        std::os::unix::fs::symlink("/proc/self/fd/1", made.0.join("out-1.jpg"))?;
        Ok(made)
    }

    fn link(&self) -> PathBuf {
        self.0.join("out.jpg")
    }
}

impl Drop for LinkFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::child::split_bmp;

    /// Sizes of the frames that ffmpeg makes by our arguments of what it draws itself; nothing where it is not installed.
    fn sizes(kind: Kind, drawn: &str, made: &[&str]) -> Option<Vec<(u32, u32)>> {
        let ffmpeg = installed("ffmpeg")?;
        let folder = tempfile::tempdir().unwrap();
        let film = folder.path().join("film");
        let run = |arguments: &[&str]| {
            std::process::Command::new(&ffmpeg).args(["-v", "error", "-y", "-f", "lavfi", "-i", drawn]).args(arguments).arg(&film).status()
        };
        if !run(made).unwrap().success() {
            return None;
        }
        let input = File::open(&film).unwrap();
        let out = std::process::Command::new(&ffmpeg).args(ffmpeg_args(kind)).stdin(input).output().unwrap().stdout;
        let side = |bmp: &[u8], at: usize| i32::from_le_bytes(bmp[at..at + 4].try_into().unwrap()).unsigned_abs();
        Some(split_bmp(&out).into_iter().map(|bmp| (side(bmp, 18), side(bmp, 22))).collect())
    }

    #[test]
    fn a_film_keeps_a_side_that_is_worth_looking_at() {
        let film = ["-c:v", "mpeg4", "-f", "mp4"];
        for (size, wanted) in
            [("1600x100", (1024, 64)), ("100x1600", (64, 1024)), ("640x360", (480, 270)), ("320x240", (320, 240)), ("400x40", (400, 40))]
        {
            let Some(sizes) = sizes(Kind::Video, &format!("testsrc=size={size}:duration=1:rate=5"), &film) else { return };
            assert_eq!(sizes, [wanted], "{size}");
        }
        let row = ["-pix_fmt", "yuv420p", "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-f", "avif"];
        let Some(sizes) = sizes(Kind::Avif, "testsrc=size=3200x100:duration=1:rate=3", &row) else { return };
        assert_eq!(sizes, [(2048, 64), (2048, 64)], "two, because there are more than one");
    }

    #[test]
    fn a_film_with_a_single_keyframe_gives_more_when_all_are_asked_for() {
        let film = ["-c:v", "mpeg4", "-g", "600", "-sc_threshold", "1000000000", "-f", "mp4"];
        let drawn = "testsrc=size=160x120:duration=5:rate=5";
        let Some(keyframes) = sizes(Kind::Video, drawn, &film) else { return };
        assert_eq!((keyframes.len(), sizes(Kind::Slow, drawn, &film).unwrap().len()), (1, 5));
    }
}
