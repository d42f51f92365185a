//! The process between the program and its browser (`monitor browser`): it lies in a network namespace without a way out, opens
//! a port there, starts Chromium with that port as its proxy, hands port and pipes over by its standard input, a socket, and
//! ends the browser when that socket is closed. systemd starts it by a socket unit; without that the program does itself.

use std::fs;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use landlock::{ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, path_beneath_rules};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use rustix::process::{Pid, Signal};

/// What Chromium is made of, what it reads, and where it may write.
const PROGRAMS: [&str; 7] = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt"];
const SETTINGS: [&str; 5] = ["/etc", "/sys", "/var/cache/fontconfig", "/var/lib/dpkg", "/run/systemd/resolve"];
/// Chromium writes the maps of its own namespaces below /proc; what is others' there, landlock keeps from it as it keeps ptrace.
const SCRATCH: [&str; 4] = ["/dev", "/dev/shm", "/tmp", "/proc"];
/// Memory that the browser's processes may hold for themselves, bytes.
const MOST_MEMORY: u64 = 1536 << 20;
/// What the message that carries port and pipes begins with; another is a sentence.
pub(super) const READY: &[u8] = b"ready";

/// Serves one browser over standard input.
///
/// # Errors
/// Where the socket is none. All other faults are told over it.
pub fn serve() -> io::Result<()> {
    let control = io::stdin();
    let control = control.as_fd();
    match start() {
        Err(sentence) => {
            rustix::net::send(control, sentence.as_bytes(), SendFlags::NOSIGNAL)?;
            Ok(())
        }
        Ok((mut browser, port, to, from)) => {
            let fds = [port.as_fd(), to.as_fd(), from.as_fd()];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
            let mut rights = SendAncillaryBuffer::new(&mut space);
            rights.push(SendAncillaryMessage::ScmRights(&fds));
            let sent = rustix::net::sendmsg(control, &[IoSlice::new(READY)], &mut rights, SendFlags::NOSIGNAL);
            drop((port, to, from));
            if sent.is_ok() {
                browser.watch(control);
            }
            browser.end();
            sent.map(drop).map_err(io::Error::from)
        }
    }
}

/// Chromium, its folder, and the group of its processes.
struct Browser {
    child: Child,
    folder: PathBuf,
}

type Ends = (TcpListener, OwnedFd, OwnedFd);

fn start() -> Result<(Browser, TcpListener, OwnedFd, OwnedFd), String> {
    if !is_alone() {
        return Err("the browser would not be alone in its network; it is not started".into());
    }
    shut_in();
    let folder = folder().map_err(|e| format!("no folder for the browser's profile: {e}"))?;
    match chromium(&folder) {
        Ok((child, (port, to, from))) => Ok((Browser { child, folder }, port, to, from)),
        Err(error) => {
            let _ = fs::remove_dir_all(&folder);
            Err(format!("the browser could not be started: {error}"))
        }
    }
}

/// Takes away every file but programs, the system's settings and what lies in memory: no home, no store. A kernel without
/// landlock leaves that to the rights of files.
fn shut_in() {
    let close = || -> Result<_, landlock::RulesetError> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let write = AccessFs::from_all(ABI::V5) & !AccessFs::Execute;
        Ruleset::default()
            .handle_access(AccessFs::from_all(ABI::V5))?
            .create()?
            .add_rules(path_beneath_rules(PROGRAMS, read | AccessFs::Execute))?
            .add_rules(path_beneath_rules(SETTINGS, read))?
            .add_rules(path_beneath_rules(SCRATCH, write))?
            .restrict_self()
    };
    let _ = close();
}

/// Whether this process has no way to any network: no route but loopback's.
fn is_alone() -> bool {
    let routes = |path: &str, loopback: &dyn Fn(&str) -> bool| match fs::read_to_string(path) {
        Ok(text) => text.lines().all(loopback),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    let is_loopback = |line: &str| line.split_whitespace().any(|word| word == "lo");
    routes("/proc/self/net/route", &|line| line.starts_with("Iface") || is_loopback(line))
        && routes("/proc/self/net/ipv6_route", &is_loopback)
        && Path::new("/proc/self/net").exists()
}

/// A folder in memory where there is one: nothing that the browser saw stays on a disk.
fn folder() -> io::Result<PathBuf> {
    let name = format!("monitor-browser-{}-{}", std::process::id(), getrandom::u64().map_err(io::Error::other)?);
    let made = |at: &str| {
        let path = Path::new(at).join(&name);
        fs::DirBuilder::new().mode(0o700).create(&path).map(|()| path)
    };
    made("/dev/shm").or_else(|_| made("/tmp"))
}

/// Starts it with its proxy and its pipes. The shell puts the pipes where Chromium looks for them.
fn chromium(folder: &Path) -> io::Result<(Child, Ends)> {
    let port = TcpListener::bind("127.0.0.1:0")?;
    let at = port.local_addr()?;
    let (its_in, to) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let (from, its_out) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let child = Command::new("/bin/sh")
        .args(["-c", r#"exec chromium "$@" 3<&0 4>&1 </dev/null >/dev/null"#, "sh"])
        .args(FLAGS)
        .arg(format!("--proxy-server=socks5://{at}"))
        .arg(format!("--user-data-dir={}", folder.display()))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("TMPDIR", folder)
        .env("LANG", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::from(its_in))
        .stdout(Stdio::from(its_out))
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    Ok((child, (port, to, from)))
}

/// No way past the proxy, nothing of its own accord, nothing kept.
const FLAGS: [&str; 32] = [
    "--headless=new",
    "--remote-debugging-pipe",
    // Names are looked up at the other end of the relay, loopback's too.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    // All frames of a page in one process, so that one wire sees them all.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,WebTransport,Translate,MediaRouter,OptimizationHints,InterestFeedContentSuggestions,AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,SpareRendererForSitePerProcess",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-notifications",
    "--deny-permission-prompts",
    "--no-pings",
    "--no-first-run",
    "--no-startup-window",
    "--no-default-browser-check",
    "--disable-gpu",
    "--mute-audio",
    "--password-store=basic",
    "--disk-cache-size=1",
    "--media-cache-size=1",
    "--renderer-process-limit=2",
    "--lang=en-US",
];

impl Browser {
    /// Waits until nobody wants it any more, or it ends, or it takes too much.
    fn watch(&mut self, control: BorrowedFd<'_>) {
        let wait = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };
        loop {
            let mut polled = [PollFd::new(&control, PollFlags::IN | PollFlags::HUP)];
            match rustix::event::poll(&mut polled, Some(&wait)) {
                // Nothing is ever said to it: that something came means that the other end is gone.
                Ok(ready) if ready > 0 => return,
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
            if !matches!(self.child.try_wait(), Ok(None)) || memory_below(self.child.id()) > MOST_MEMORY {
                return;
            }
        }
    }

    /// Ends it, and what it left.
    fn end(mut self) {
        let children = below(self.child.id());
        let pid = |id: u32| i32::try_from(id).ok().and_then(Pid::from_raw);
        if let Some(leader) = pid(self.child.id()) {
            let _ = rustix::process::kill_process_group(leader, Signal::KILL);
        }
        for child in children.into_iter().filter_map(pid) {
            let _ = rustix::process::kill_process(child, Signal::KILL);
        }
        let _ = self.child.wait();
        // What is still dying may write once more.
        for _ in 0..20 {
            if fs::remove_dir_all(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Parents of all processes that can be seen.
fn parents() -> Vec<(u32, u32)> {
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    let one = |entry: fs::DirEntry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name, in parentheses, may hold anything.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((id, parent))
    };
    all.flatten().filter_map(one).collect()
}

/// The processes that `first` started, and they in turn.
fn below(first: u32) -> Vec<u32> {
    let parents = parents();
    let mut out = vec![first];
    let mut at = 0;
    while let Some(parent) = out.get(at).copied() {
        out.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        at += 1;
        if at > parents.len() {
            break;
        }
    }
    out
}

/// What these processes hold for themselves, bytes.
fn memory_below(first: u32) -> u64 {
    let page = rustix::param::page_size() as u64;
    let own = |id: u32| {
        let text = fs::read_to_string(format!("/proc/{id}/statm")).ok()?;
        let mut columns = text.split_whitespace().skip(1).filter_map(|n| n.parse::<u64>().ok());
        Some(columns.next()?.saturating_sub(columns.next()?) * page)
    };
    below(first).into_iter().filter_map(own).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_below_one_are_found_and_weighed() {
        let mut child = Command::new("sh").args(["-c", "sleep 5 & wait"]).spawn().unwrap();
        let mut found = 0;
        for _ in 0..100 {
            found = below(child.id()).len();
            if found == 2 {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(found, 2);
        assert!(memory_below(std::process::id()) > 1 << 20);
        let _ = child.kill();
        let _ = child.wait();
    }
}
