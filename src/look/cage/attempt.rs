//! What a cage must not let happen, tried from inside: the child's side of [`super::proof`].

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{Cage, Layers};

/// Something forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// Reads a file that everybody may read.
    ReadFile,
    /// Makes a file where everybody may.
    MakeFile,
    /// Becomes another program.
    Become,
    /// Starts a process.
    Start,
    /// Starts a thread.
    Thread,
    /// Waits for connections.
    Listen,
    /// Opens a socket for datagrams.
    Datagram,
    /// Opens a socket for this machine.
    Local,
    /// Reaches for the process that started it.
    Parent,
    /// A file in memory.
    MemoryFile,
    /// More memory than it is given.
    Memory,
    /// Gives itself the right to leave a core file.
    Core,
}

/// An attempt, and which layers are closed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What is tried.
    pub attempt: Attempt,
    /// What is closed.
    pub layers: Layers,
}

impl Trial {
    /// From the command line; `None` without an attempt.
    ///
    /// # Errors
    /// Where one of the words is unknown.
    pub fn of(attempt: Option<&str>, only: Option<&str>) -> std::io::Result<Option<Self>> {
        let unknown = || std::io::Error::other("no such trial");
        let Some(attempt) = attempt else { return Ok(None) };
        Ok(Some(Self { attempt: Attempt::named(attempt).ok_or_else(unknown)?, layers: Layers::only(only).ok_or_else(unknown)? }))
    }
}

/// The first line that is written before an attempt begins with this.
pub const CLOSED: &str = "closed ";
/// The last line where it did not come off.
pub const REFUSED: &str = "refused";

impl Attempt {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ReadFile,
        Self::MakeFile,
        Self::Become,
        Self::Start,
        Self::Thread,
        Self::Listen,
        Self::Datagram,
        Self::Local,
        Self::Parent,
        Self::MemoryFile,
        Self::Memory,
        Self::Core,
    ];

    /// On the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadFile => "read-file",
            Self::MakeFile => "make-file",
            Self::Become => "become",
            Self::Start => "start",
            Self::Thread => "thread",
            Self::Listen => "listen",
            Self::Datagram => "datagram",
            Self::Local => "local",
            Self::Parent => "parent",
            Self::MemoryFile => "memory-file",
            Self::Memory => "memory",
            Self::Core => "core",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attempt| attempt.name() == name)
    }

    /// Tries it, and writes how it went: [`REFUSED`] where it did not come off. A cage may end the process meanwhile.
    ///
    /// # Errors
    /// Where the pipe breaks.
    pub fn report(self, cage: Cage, mut output: impl Write) -> std::io::Result<()> {
        writeln!(output, "{CLOSED}{}", serde_json::to_string(&cage)?)?;
        output.flush()?;
        if self.try_it().is_err() {
            writeln!(output, "{REFUSED}")?;
        }
        output.flush()
    }

    fn try_it(self) -> std::io::Result<()> {
        match self {
            Self::ReadFile => std::fs::File::open("/etc/passwd").map(drop),
            Self::MakeFile => {
                let path = std::env::temp_dir().join(format!("monitor-cage-{}", std::process::id()));
                let mut file = std::fs::File::options().write(true).create_new(true).open(&path)?;
                let written = file.write_all(b"x");
                std::fs::remove_file(path)?;
                written
            }
            Self::Become => Err(Command::new("/proc/self/exe").arg("--version").exec()),
            Self::Start => Command::new("/proc/self/exe").arg("--version").status().map(drop),
            Self::Thread => std::thread::Builder::new().spawn(|| ()).map(drop),
            Self::Listen => std::net::TcpListener::bind("127.0.0.1:0").map(drop),
            Self::Datagram => std::net::UdpSocket::bind("127.0.0.1:0").map(drop),
            Self::Local => std::os::unix::net::UnixStream::pair().map(drop),
            Self::Parent => match rustix::process::getppid() {
                Some(parent) => Ok(rustix::process::test_kill_process(parent)?),
                None => Err(std::io::ErrorKind::NotFound.into()),
            },
            Self::MemoryFile => Ok(rustix::fs::memfd_create("x", rustix::fs::MemfdFlags::CLOEXEC).map(drop)?),
            Self::Memory => Vec::<u8>::new().try_reserve_exact(2 << 30).map_err(std::io::Error::other),
            Self::Core => {
                use rustix::process::{Resource, Rlimit, setrlimit};
                Ok(setrlimit(Resource::Core, Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) })?)
            }
        }
    }
}
