//! Resource limits: those that a process sets for itself, and the time that its parent grants it.

use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, prlimit, setrlimit};

/// Address space of a decoding child, bytes: room for the largest allowed picture twice over.
pub const MEMORY: u64 = 1 << 30;
/// Address space of a helper, bytes.
pub const HELPER_MEMORY: u64 = 3 << 30;

fn exactly(n: u64) -> Rlimit {
    Rlimit { current: Some(n), maximum: Some(n) }
}

/// Memory; no core dump, no file of any size, no process or thread.
pub(super) fn decoder() -> std::io::Result<()> {
    setrlimit(Resource::As, exactly(MEMORY))?;
    setrlimit(Resource::Core, exactly(0))?;
    setrlimit(Resource::Fsize, exactly(0))?;
    setrlimit(Resource::Nproc, exactly(0))?;
    Ok(())
}

/// No descriptor beyond the three that a process begins with.
pub(super) fn no_more_files() -> std::io::Result<()> {
    Ok(setrlimit(Resource::Nofile, exactly(3))?)
}

/// Memory; no core dump, no file of any size (a pipe has none). Processes are refused by the filter of calls: this
/// limit counts all that the owner runs, threads too.
pub(super) fn helper() -> std::io::Result<()> {
    setrlimit(Resource::As, exactly(HELPER_MEMORY))?;
    setrlimit(Resource::Core, exactly(0))?;
    setrlimit(Resource::Fsize, exactly(0))?;
    setrlimit(Resource::Nofile, exactly(64))?;
    Ok(())
}

/// Lets the process `pid` compute for `time` in all, and be killed by the kernel after it, even if its parent hangs.
/// Said by the parent, because a child that may raise its own limit has none.
pub fn may_compute(pid: u32, time: Duration) {
    let seconds = time.as_secs().saturating_add(1);
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // The upper limit stays open: without privileges it could not be raised for the next picture.
        let _ = prlimit(Some(pid), Resource::Cpu, Rlimit { current: Some(seconds), maximum: None });
    }
}
