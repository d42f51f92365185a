//! Starts a browser: by systemd's socket where the unit is installed, otherwise by the program itself, in namespaces of its own.

use std::fs::File;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
use tokio::net::unix::pipe;
use tokio::process::Command;

use super::browser::READY;
use crate::fetch::{FetchError, fault};
use crate::model::ProblemKind;

/// Where systemd listens for whoever wants a browser.
pub const SOCKET: &str = "/run/monitor-browser.sock";
/// The programs that a browser is started with, and their packages.
const PROGRAMS: [(&str, &str); 4] = [("chromium", "chromium"), ("unshare", "util-linux"), ("setpriv", "util-linux"), ("ip", "iproute2")];
const WHERE: [&str; 5] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
/// Time to start.
const START: Duration = Duration::from_secs(30);

/// A browser that runs: it ends when this is dropped.
#[derive(Debug)]
pub struct Launched {
    /// Its life hangs on it.
    pub control: UnixStream,
    /// Where its connections come.
    pub port: tokio::net::TcpListener,
    /// What is said to it.
    pub to: pipe::Sender,
    /// What it says.
    pub from: pipe::Receiver,
}

/// Whether systemd serves browsers here.
pub fn is_served() -> bool {
    Path::new(SOCKET).exists()
}

/// Starts one.
///
/// # Errors
/// [`ProblemKind::HelperMissing`] with what is not installed; [`ProblemKind::Decoder`] with why it did not start.
pub async fn launch() -> Result<Launched, FetchError> {
    let control = if is_served() {
        let not_there = |e| fault(ProblemKind::HelperMissing, format!("{SOCKET} does not answer: {e}"));
        UnixStream::connect(SOCKET).map_err(not_there)?
    } else {
        start()?
    };
    let dead = |e: String| fault(ProblemKind::Decoder, format!("the browser did not start: {e}"));
    let taken = tokio::task::spawn_blocking(move || take(control)).await;
    let (control, [port, to, from]) = taken.map_err(|e| dead(e.to_string()))?.map_err(dead)?;
    let ends = || {
        let port = TcpListener::from(port);
        port.set_nonblocking(true)?;
        let port = tokio::net::TcpListener::from_std(port)?;
        Ok(Launched { control, port, to: pipe::Sender::from_owned_fd(to)?, from: pipe::Receiver::from_owned_fd(from)? })
    };
    ends().map_err(|e: std::io::Error| dead(e.to_string()))
}

/// Starts `monitor browser` in a network namespace of its own, and as nobody where we are root.
fn start() -> Result<UnixStream, FetchError> {
    for (program, package) in PROGRAMS {
        if !WHERE.iter().any(|folder| Path::new(folder).join(program).is_file()) {
            let detail = format!("{program} is not installed (sudo apt install {package})");
            return Err(fault(ProblemKind::HelperMissing, detail));
        }
    }
    let not_started = |e: std::io::Error| fault(ProblemKind::Decoder, format!("the browser could not be started: {e}"));
    let (ours, theirs) = UnixStream::pair().map_err(not_started)?;
    // Standard output is the program itself: as another user it may not be reached by its path.
    let itself = File::open("/proc/self/exe").map_err(not_started)?;
    let mut command = Command::new("unshare");
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    if user.is_root() {
        let script = "ip link set lo up && exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- /proc/self/fd/1 browser";
        command.args(["--net", "--ipc", "--", "sh", "-c", script]);
    } else {
        let script = r#"ip link set lo up && exec unshare --user --map-user="$1" --map-group="$2" -- /proc/self/fd/1 browser"#;
        command.args(["--user", "--map-root-user", "--net", "--ipc", "--", "sh", "-c", script, "sh"]);
        command.args([user.as_raw().to_string(), group.as_raw().to_string()]);
    }
    command.env_clear().env("PATH", WHERE.join(":")).current_dir("/");
    command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::from(itself)).stderr(Stdio::null());
    // It ends by itself, and cleans up, when its socket is closed.
    let mut child = command.process_group(0).spawn().map_err(not_started)?;
    tokio::spawn(async move { child.wait().await });
    Ok(ours)
}

/// Takes port and pipes from the other end; otherwise the sentence that came instead.
fn take(control: UnixStream) -> Result<(UnixStream, [OwnedFd; 3]), String> {
    control.set_read_timeout(Some(START)).map_err(|e| e.to_string())?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let mut message = [0; 512];
    let got = rustix::net::recvmsg(&control, &mut [IoSliceMut::new(&mut message)], &mut rights, RecvFlags::CMSG_CLOEXEC);
    let got = got.map_err(|e| e.to_string())?;
    let fds: Vec<OwnedFd> = rights
        .drain()
        .flat_map(|part| match part {
            RecvAncillaryMessage::ScmRights(fds) => fds.collect(),
            _ => Vec::new(),
        })
        .collect();
    let said = message.get(..got.bytes).unwrap_or_default();
    if said.is_empty() && is_served() {
        return Err("its unit ended it at once; 'journalctl -u \"monitor-browser@*\"' says why".into());
    }
    if said.is_empty() {
        return Err("this system gives it no network namespace of its own; install the unit monitor-browser.socket".into());
    }
    if said != READY {
        return Err(String::from_utf8_lossy(said).into_owned());
    }
    let fds: [OwnedFd; 3] = fds.try_into().map_err(|_| "its port and pipes did not come along".to_string())?;
    Ok((control, fds))
}
