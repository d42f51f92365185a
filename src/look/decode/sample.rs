//! Made-up pictures for tests: noise in octaves with some shapes, different for every seed. No photographs.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::{Limits, Luma};

/// Generous limits.
pub(crate) const LIMITS: Limits = Limits { max_pixels: 5_000_000, max_frames: 4 };

fn random(seed: u32, x: u32, y: u32) -> f32 {
    let mut n = seed.wrapping_mul(0x9e37_79b9) ^ x.wrapping_mul(0x85eb_ca6b) ^ y.wrapping_mul(0xc2b2_ae35);
    for _ in 0..2 {
        n = (n ^ (n >> 15)).wrapping_mul(0x2c1b_3c6d);
        n = (n ^ (n >> 12)).wrapping_mul(0x297a_2d39);
    }
    (n >> 8) as f32 / (1 << 24) as f32
}

fn noise(seed: u32, x: f32, y: f32) -> f32 {
    let (left, top) = (x as u32, y as u32);
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x.fract()), ease(y.fract()));
    let row = |y| random(seed, left, y) * (1.0 - u) + random(seed, left + 1, y) * u;
    row(top) * (1.0 - v) + row(top + 1) * v
}

/// A colour picture with detail everywhere.
pub(crate) fn picture(seed: u32, width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let mut level = 0.0;
        for (octave, share) in [(3.0, 0.4), (7.0, 0.3), (15.0, 0.2), (31.0, 0.1)] {
            level += share * noise(seed.wrapping_add(octave as u32), u * octave, v * octave);
        }
        for disc in 0..4 {
            let at = |n| random(seed ^ 0x5555, disc, n);
            if (u - at(0)).hypot(v - at(1)) < 0.05 + 0.1 * at(2) {
                level = 0.5 * level + 0.5 * at(3);
            }
        }
        let level = ((level - 0.5) * 2.0 + 0.5).clamp(0.0, 1.0) * 255.0;
        Rgb([level as u8, (level * 0.9) as u8, 255 - (level * 0.5) as u8])
    })
}

/// The picture as a file.
pub(crate) fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// The picture as a JPEG.
pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture).unwrap();
    out
}

/// A picture's brightness, without any file.
pub(crate) fn gray(picture: &RgbImage) -> Luma {
    let gray = DynamicImage::ImageRgb8(picture.clone()).into_luma8();
    let (width, height) = gray.dimensions();
    Luma { width: width as usize, height: height as usize, pixels: gray.into_raw(), full_width: width, full_height: height }
}
