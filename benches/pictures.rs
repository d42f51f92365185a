//! What looking at one's own files costs, format by format, and how well the quick look agrees with the thorough one:
//! `cargo bench --bench pictures -- FILES`. Times are of one thread, medians over the files.

use std::collections::BTreeMap;
use std::time::Instant;

use monitor::look::decode::{Limits, sniff};
use monitor::look::fingerprint::{Fingerprint, Purpose, fingerprint_for};
use monitor::look::pdq::distance;

fn main() {
    let limits = Limits { max_pixels: 100_000_000, max_frames: 16 };
    let mut costs: BTreeMap<String, Vec<[f64; 2]>> = BTreeMap::new();
    let (mut apart, mut unread) = (Vec::new(), 0);
    for path in std::env::args().skip(1).filter(|a| !a.starts_with("--")) {
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let Some(format) = sniff(&bytes) else { continue };
        let timed = |purpose| {
            let start = Instant::now();
            let print = fingerprint_for(&bytes, &limits, purpose).ok();
            (print, start.elapsed().as_secs_f64() * 1000.0)
        };
        let ((quick, fast), (found, slow)) = (timed(Purpose::Quick), timed(Purpose::Found));
        match (quick, found) {
            (Some(quick), Some(found)) => {
                costs.entry(format.to_string()).or_default().push([fast, slow]);
                let whole = |print: &Fingerprint| print.frames.first().map(|frame| (frame.usable, frame.whole.hash));
                if let (Some((_, a)), Some((true, b))) = (whole(&quick), whole(&found)) {
                    apart.push(distance(&a, &b));
                }
            }
            _ => unread += 1,
        }
    }
    for (format, mut all) in costs {
        let mut median = |at: usize| {
            all.sort_by(|a, b| a[at].total_cmp(&b[at]));
            all[all.len() / 2][at]
        };
        let (fast, slow) = (median(0), median(1));
        let mean = |at: usize| all.iter().map(|one| one[at]).sum::<f64>() / all.len() as f64;
        let (quick, found) = (mean(0), mean(1));
        println!("{format}: {} files; quick {fast:.2} ms (mean {quick:.2}), thorough {slow:.2} ms (mean {found:.2})", all.len());
    }
    apart.sort_unstable();
    let share = |part: usize| apart.get((apart.len() * part / 1000).min(apart.len().saturating_sub(1))).copied().unwrap_or_default();
    println!("quick hash beside the thorough one, bits of 256: median {}, 99 of 100 {}, most {}", share(500), share(990), share(1000));
    println!("not read without a helper: {unread}");
}
