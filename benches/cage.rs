//! What the detour costs by which pictures are decoded: a child process, a pipe, the cage. `cargo bench --bench cage`, or
//! with pictures of one's own: `cargo bench --bench cage -- FILE…`. Each run is a process of its own, whose processor time
//! is taken with that of its children. Prints medians; asserts nothing.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use image::{Rgb, RgbImage};
use monitor::look::decode::Limits;
use monitor::look::fingerprint::{Purpose, fingerprint_for};
use monitor::look::pool::Pool;

const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_frames: 16 };
/// Runs of each way, in turns.
const RUNS: usize = 5;
/// Pictures of a run.
const PICTURES: usize = 160;
/// Pictures that are handed over at once.
const BATCH: usize = 16;
const WAYS: [&str; 4] = ["inside", "batched", "one by one", "one child each"];

/// Ground, shapes and noise, as much as a photo has.
fn picture(seed: u32, width: u32, height: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let shapes: Vec<[f32; 5]> = (0..60).map(|_| [0; 5].map(|_| random() as f32 / u32::MAX as f32)).collect();
    let paint = RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let mut v = 128.0 + 40.0 * (x * 5.0 + seed as f32).sin() * (y * 3.0).cos();
        for [sx, sy, w, h, s] in &shapes {
            let (dx, dy) = ((x - sx) / (0.03 + 0.1 * w), (y - sy) / (0.03 + 0.1 * h));
            if dx * dx + dy * dy < 1.0 {
                v += 120.0 * (s - 0.5);
            }
        }
        let v = (v + (random() % 17) as f32).clamp(0.0, 255.0) as u8;
        Rgb([v, v.saturating_add(15), 255 - v / 2])
    });
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 85).encode_image(&paint).expect("a picture is encoded");
    out
}

/// One run.
fn work(way: &str, files: &[PathBuf]) {
    let pictures: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a file")).collect();
    let all: Vec<Vec<u8>> = pictures.iter().cycle().take(PICTURES).cloned().collect();
    if way == "inside" {
        all.iter().for_each(|bytes| drop(std::hint::black_box(fingerprint_for(bytes, &LIMITS, Purpose::Found))));
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let pool = Pool::new(1, LIMITS, Duration::from_secs(30));
        for batch in all.chunks(if way == "batched" { BATCH } else { 1 }) {
            for print in pool.fingerprints(batch, Purpose::Found).await {
                print.expect("a fingerprint");
            }
            if way == "one child each" {
                pool.rest();
            }
        }
        pool.rest();
        // Only children that were reaped are counted.
        tokio::time::sleep(Duration::from_millis(300)).await;
    });
}

/// Processor time of the children that have ended, in milliseconds.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("procfs");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
    (ticks(13) + ticks(14)) * 10.0
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "look-child") {
        return monitor::command::main();
    }
    let mut files: Vec<PathBuf> = arguments.iter().filter(|a| !a.starts_with("--")).map(PathBuf::from).collect();
    if let Ok(way) = std::env::var("CAGE_BENCH") {
        work(&way, &files);
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().expect("a folder");
    if files.is_empty() {
        for (n, (width, height)) in [(640, 480), (800, 600), (1024, 768), (1200, 800)].into_iter().cycle().take(16).enumerate() {
            let file = folder.path().join(format!("{n}.jpg"));
            std::fs::write(&file, picture(n as u32 + 1, width, height)).expect("a file");
            files.push(file);
        }
    }
    let size: u64 = files.iter().map(|file| std::fs::metadata(file).expect("a file").len()).sum();
    println!("{} pictures of {} KiB on average, {PICTURES} a run, {RUNS} runs", files.len(), (size >> 10) / files.len() as u64);
    let mut times = WAYS.map(|_| Vec::new());
    for _ in 0..RUNS {
        for (way, times) in WAYS.iter().zip(&mut times) {
            let before = children();
            let run = Command::new("/proc/self/exe").args(&files).env("CAGE_BENCH", way).status();
            assert!(run.expect("it runs").success());
            times.push((children() - before) / PICTURES as f64);
        }
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[RUNS / 2]
    });
    let [inside, ..] = medians;
    for (way, median) in WAYS.iter().zip(medians) {
        println!("{way}: {median:.3} ms a picture, {:+.1} %", (median / inside - 1.0) * 100.0);
    }
    ExitCode::SUCCESS
}
