//! The demo's pictures: painted by arithmetic, so that nobody's photographs travel with the program.

use std::path::Path;

use image::imageops::{self, FilterType};
use image::{ImageFormat, Rgb, RgbImage};

/// How many pictures are the person's own.
const OWN: u64 = 4;

/// A landscape of soft hills, lights and stones, different for each seed.
pub fn paint(seed: u64, width: u32, height: u32) -> RgbImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f32 / (1u64 << 53) as f32
    };
    let waves: Vec<[f32; 4]> =
        (0..9).map(|n| [next() * 6.3, 1.0 + next() * 3.0 * (n + 1) as f32, next() * 6.3, 0.8 / (n as f32 + 1.5)]).collect();
    let stones: Vec<[f32; 4]> = (0..26).map(|_| [next(), next(), 0.02 + next() * 0.12, next() * 1.6 - 0.8]).collect();
    let tint = [0.6 + 0.4 * next(), 0.6 + 0.4 * next(), 0.6 + 0.4 * next()];
    RgbImage::from_fn(width, height, |px, py| {
        let (x, y) = (px as f32 / width as f32, py as f32 / height as f32);
        let mut light = waves
            .iter()
            .map(|[turn, pitch, phase, strength]| ((x * turn.cos() + y * turn.sin()) * pitch * 3.0 + phase).sin() * strength)
            .sum::<f32>();
        for [sx, sy, radius, strength] in &stones {
            let far = ((x - sx).powi(2) + (y - sy).powi(2)).sqrt() / radius;
            light += strength * (1.0 - far).clamp(0.0, 0.25) * 4.0;
        }
        let light = 128.0 + 70.0 * light;
        Rgb(tint.map(|t| (light * t).clamp(0.0, 255.0) as u8))
    })
}

/// Writes the person's own pictures.
pub fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for n in 0..OWN {
        std::fs::write(folder.join(format!("img_{:04}.jpg", 412 + n)), jpeg(&paint(n + 1, 900, 640), 90)?)?;
    }
    Ok(())
}

fn jpeg(picture: &RgbImage, quality: u8) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture).map_err(std::io::Error::other)?;
    Ok(out)
}

/// The first of her pictures, small and re-encoded.
pub fn thumbnail() -> std::io::Result<Vec<u8>> {
    jpeg(&imageops::resize(&paint(1, 900, 640), 240, 171, FilterType::Triangle), 60)
}

/// The second, mirrored.
pub fn mirrored() -> std::io::Result<Vec<u8>> {
    jpeg(&imageops::flip_horizontal(&paint(2, 900, 640)), 80)
}

/// A stranger's.
pub fn stranger() -> std::io::Result<Vec<u8>> {
    let mut out = std::io::Cursor::new(Vec::new());
    paint(99, 640, 480).write_to(&mut out, ImageFormat::Png).map_err(std::io::Error::other)?;
    Ok(out.into_inner())
}
