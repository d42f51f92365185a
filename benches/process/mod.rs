//! What a process and all below it cost, as Linux tells it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A process and all below it.
pub fn tree(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut at = 0;
    while let Some(&process) = all.get(at) {
        at += 1;
        let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        for task in tasks {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|c| c.parse::<u32>().ok()));
        }
    }
    all
}

pub fn number_after(text: &str, key: &str) -> u64 {
    text.lines().find_map(|l| l.strip_prefix(key)).and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Proportional memory of one process, MiB.
pub fn pss(process: u32) -> u64 {
    number_after(&std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default(), "Pss:") / 1024
}

/// Seconds of processor time: fields `from` and the next of a process's stat (14: its own; 16: children that ended).
#[allow(dead_code, reason = "not every bench asks")]
pub fn seconds(process: &str, from: usize) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // The third field comes first; a hundred ticks a second on every Linux.
    fields.skip(from - 3).take(2).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The program with a configuration, silent.
pub fn monitor(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_monitor"));
    let folder = config.parent().unwrap_or(config);
    command.args(arguments).env("MONITOR_CONFIG", config).env("HOME", folder).current_dir(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What one run of a command cost.
#[allow(dead_code, reason = "not every bench asks")]
pub struct Cost {
    /// Seconds of processor time, of the whole tree.
    pub cpu: f64,
    /// Seconds until it ended.
    pub wall: f64,
    /// MiB, of the whole tree.
    pub peak: u64,
}

/// Runs a command and waits for it.
#[allow(dead_code, reason = "not every bench asks")]
pub fn cost(mut command: Command) -> Cost {
    let (before, begun) = (seconds("self", 16), Instant::now());
    let mut child = command.spawn().expect("the program starts");
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        peak = peak.max(tree(child.id()).into_iter().map(pss).sum());
        std::thread::sleep(Duration::from_millis(20));
    }
    Cost { cpu: seconds("self", 16) - before, wall: begun.elapsed().as_secs_f64(), peak }
}
