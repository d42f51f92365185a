//! Starts processes from one thread that lives as long as the program. The kernel counts the thread that started a
//! process as its parent, and a process that is to end with its parent would end with a thread of a pool.

use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Job {
    command: Command,
    runtime: Handle,
    started: oneshot::Sender<std::io::Result<Child>>,
}

/// The thread, for whoever asks first.
static THREAD: LazyLock<Option<Mutex<Sender<Job>>>> = LazyLock::new(|| {
    let (sender, jobs) = channel::<Job>();
    let work = move || {
        for mut job in jobs {
            let _entered = job.runtime.enter();
            // A child that nobody waits for any more is killed when it is dropped.
            let _ = job.started.send(job.command.spawn());
        }
    };
    std::thread::Builder::new().name("starts children".into()).spawn(work).ok().map(|_| Mutex::new(sender))
});

/// This very binary as a command, knowing nothing of where and by whom it was started.
pub(super) fn itself() -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("monitor").env_clear().current_dir("/");
    command
}

/// Starts the command as a leader of its own group, killed when it is dropped.
pub(super) async fn spawn(mut command: Command) -> std::io::Result<Child> {
    let gone = || std::io::Error::other("no thread to start it from");
    command.kill_on_drop(true).process_group(0);
    let (started, answer) = oneshot::channel();
    let thread = THREAD.as_ref().ok_or_else(gone)?;
    let job = Job { command, runtime: Handle::current(), started };
    thread.lock().unwrap_or_else(PoisonError::into_inner).send(job).map_err(|_| gone())?;
    answer.await.map_err(|_| gone())?
}
