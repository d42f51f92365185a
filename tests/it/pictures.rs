//! Pictures made by arithmetic: detailed, and different for each seed.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A picture of 800 × 600 with waves, blobs and edges.
pub fn paint(seed: u32) -> RgbImage {
    let noise = |n: u32| {
        let mut h = (seed.wrapping_mul(0x9e37_79b9) ^ n.wrapping_mul(0x85eb_ca6b)).wrapping_add(0x27d4_eb2f);
        h ^= h >> 15;
        h = h.wrapping_mul(0x2c1b_3c6d);
        h ^= h >> 12;
        h = h.wrapping_mul(0x297a_2d39);
        (h ^ (h >> 15)) as f32 / u32::MAX as f32
    };
    let waves: Vec<[f32; 4]> =
        (0..8).map(|n| [noise(n) * 6.3, 2.0 + noise(n + 50) * 25.0, noise(n + 100) * 6.3, 40.0 / (n as f32 + 1.0)]).collect();
    let blobs: Vec<[f32; 4]> =
        (0..30).map(|n| [noise(n + 200), noise(n + 250), 0.02 + 0.1 * noise(n + 300), 160.0 * (noise(n + 350) - 0.5)]).collect();
    RgbImage::from_fn(800, 600, |px, py| {
        let (x, y) = (px as f32 / 800.0, py as f32 / 600.0);
        let mut v = 128.0;
        for [a, f, p, s] in &waves {
            v += s * ((x * a.cos() + y * a.sin()) * f + p).sin();
        }
        for [bx, by, r, s] in &blobs {
            if (x - bx).powi(2) + (y - by).powi(2) < r * r {
                v += s;
            }
        }
        let v = v.clamp(0.0, 255.0) as u8;
        Rgb([v, v.saturating_add(20), 255 - v / 2])
    })
}

pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture).unwrap();
    out
}

pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A copy as boards show it: smaller, re-encoded.
pub fn thumbnail(seed: u32) -> Vec<u8> {
    jpeg(&imageops::resize(&paint(seed), 320, 240, FilterType::Triangle), 65)
}

pub fn mirrored(seed: u32) -> Vec<u8> {
    jpeg(&imageops::flip_horizontal(&paint(seed)), 80)
}
