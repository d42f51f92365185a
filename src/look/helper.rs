//! Formats that other programs read: AVIF and films through ffmpeg, HEIC through heif-convert, when installed.
//! They run through our own binary, which sets their limits first, and see the bytes through a file in memory.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One AVIF or JPEG XL picture.
    Avif,
    /// One HEIC picture.
    Heic,
    /// A film, of which frames are taken.
    Video,
}

/// Why there are no frames.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelperError {
    /// The program is not installed.
    #[error("reading this needs {0}, which is not installed")]
    Missing(&'static str),
    /// It ran and said that it cannot.
    #[error("{0} could not read it")]
    Failed(&'static str),
    /// It ran out of time or memory, or could not be started: another time it may do better.
    #[error("{0} ran out of time or memory over it")]
    Late(&'static str),
}

/// Frames of a film that are looked at.
const FRAMES: usize = 120;
/// Bytes that a helper may write.
const MOST: u64 = 128 << 20;

/// Where `program` lies in `$PATH`.
pub fn installed(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(program)).find(|p| p.is_file())
}

/// The program that reads `kind`.
pub fn program(kind: Kind) -> &'static str {
    match kind {
        Kind::Avif | Kind::Video => "ffmpeg",
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
    let failed = |_| HelperError::Late(name);
    let mut command = Command::new("/proc/self/exe");
    command.arg0("monitor").args(["limited", "--"]).arg(path);
    // heif-convert picks its format by the name it writes to; a link to standard output keeps the picture off the disk.
    let folder = if kind == Kind::Heic { Some(LinkFolder::new().map_err(failed)?) } else { None };
    match &folder {
        Some(folder) => command.args([OsStr::new("/proc/self/fd/0"), folder.link().as_os_str()]),
        None => command.args(ffmpeg_args(kind)),
    };
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::null()).env_clear().kill_on_drop(true);
    let mut child = command.spawn().map_err(failed)?;
    let stdout = child.stdout.take().ok_or(HelperError::Late(name))?;
    let mut out = Vec::new();
    let run = async {
        stdout.take(MOST).read_to_end(&mut out).await?;
        child.wait().await
    };
    let status = tokio::time::timeout(time, run).await.map_err(|_| HelperError::Late(name))?.map_err(failed)?;
    if status.code().is_none() {
        return Err(HelperError::Late(name));
    }
    // A film that breaks off still gives the frames before.
    if out.is_empty() || (!status.success() && kind != Kind::Video) {
        return Err(HelperError::Failed(name));
    }
    Ok(out)
}

fn ffmpeg_args(kind: Kind) -> Vec<String> {
    let mut args: Vec<&str> = vec!["-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file"];
    // Keyframes suffice and cost a fifteenth; a second apart, so that a long film does not crowd out a short one.
    if kind == Kind::Video {
        args.extend(["-skip_frame", "nokey"]);
    }
    args.extend(["-i", "/proc/self/fd/0", "-an", "-sn", "-dn"]);
    let frames = if kind == Kind::Video { FRAMES.to_string() } else { "1".into() };
    let filter = match kind {
        // Not `fps=1`, which gives nothing for a film with a single keyframe.
        Kind::Video => concat!(
            "select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,1)',",
            "scale='min(480,iw)':'min(480,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
        ),
        _ => "scale='min(1600,iw)':-1",
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
