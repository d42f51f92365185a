//! What the stages cost, on made-up data: `cargo bench`. Prints medians; asserts nothing.

use std::hint::black_box;
use std::time::Instant;

use image::{Rgb, RgbImage};
use monitor::extract;
use monitor::look::decode::Limits;
use monitor::look::fingerprint::{Purpose, fingerprint_for};
use monitor::look::names::Names;
use monitor::look::originals::Originals;
use monitor::model::{Person, Secret};

fn median(runs: usize, mut once: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            once();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

fn picture(seed: u32, width: u32, height: u32) -> Vec<u8> {
    let turn = seed as f32 * 0.37;
    let paint = RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let mut v = 128.0;
        for n in 1..9 {
            let n = n as f32;
            v += 60.0 / n * ((x * (turn + n).cos() + y * (turn * n).sin()) * 9.0 * n + turn * n).sin();
        }
        let v = v.clamp(0.0, 255.0) as u8;
        Rgb([v, 255 - v, v / 2 + 40])
    });
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 82).encode_image(&paint).expect("a picture is encoded");
    out
}

fn main() {
    let limits = Limits { max_pixels: 100_000_000, max_frames: 16 };
    let page = format!(
        "<html><body>{}</body></html>",
        "<article class=post><p>some words of a thread by people who write</p><img data-src=/a/1.jpg></article>".repeat(300)
    );
    let url = "https://board.example/t/1".parse().expect("an address");
    let per_page = median(50, || drop(black_box(extract::page(page.as_bytes(), Some("text/html"), &url, &extract::Settings::default()))));
    println!("extract a page of {} KiB: {per_page:.3} ms", page.len() >> 10);

    let person =
        Person { legal_names: vec![Secret::new("Mira Sandoval")], private: vec![Secret::new("+92 300 1234567")], ..Person::default() };
    let (names, content) = (Names::new(&person), extract::page(page.as_bytes(), Some("text/html"), &url, &extract::Settings::default()));
    let bytes: usize = content.blocks.iter().map(|b| b.text.len()).sum();
    let per_find = median(50, || drop(black_box(names.find(&content.blocks))));
    println!("names in {} KiB of its text: {per_find:.3} ms, {:.0} MB/s", bytes >> 10, bytes as f64 / per_find / 1000.0);

    let (small, large) = (picture(1, 640, 480), picture(2, 1632, 1224));
    for (name, purpose) in [("quick", Purpose::Quick), ("found", Purpose::Found), ("original", Purpose::Original)] {
        for (size, bytes) in [("640×480", &small), ("2 MP", &large)] {
            let cost = median(15, || drop(black_box(fingerprint_for(bytes, &limits, purpose))));
            println!("fingerprint {size} JPEG, {name}: {cost:.2} ms");
        }
    }
    for count in [100, 1000] {
        let prints =
            (0..count).map(|n| (n, fingerprint_for(&picture(n + 10, 320, 240), &limits, Purpose::Original).expect("a fingerprint")));
        let originals = Originals::new(prints);
        let found = fingerprint_for(&small, &limits, Purpose::Found).expect("a fingerprint");
        let cost = median(15, || drop(black_box(originals.find(&found))));
        println!("look up among {count} originals: {cost:.2} ms");
    }
}
