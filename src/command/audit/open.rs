//! An original's own file → the picture that is copied. Only the owner's files, as they were when they were added:
//! their bytes have to have the id under which they are known.

use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Duration;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Rgb, RgbImage, imageops};
use tokio::sync::Semaphore;

use super::paint::{WHITE, mix};
use crate::look::decode::{Format, LEAST_SIDE, sniff};
use crate::look::helper;
use crate::store::{Original, Store};
use crate::words::{AuditWords, fill};

/// The longer side that copies are made from: nobody reposts more.
const SIDE: u32 = 1600;
/// Larger pictures would need more memory than a small machine has to spare.
const PIXELS: u64 = 100_000_000;
/// Bytes of a picture's file.
const MOST: u64 = 256 << 20;
/// How long a helper may take for a still, and for a film.
const TIME: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(600)];

/// Opens originals, one at a time: a camera's picture takes much memory until it is made smaller.
#[derive(Debug)]
pub struct Opener {
    store: Store,
    words: AuditWords,
    place: Semaphore,
}

impl Opener {
    pub fn new(store: Store, words: AuditWords) -> Self {
        Self { store, words, place: Semaphore::new(1) }
    }

    /// The picture, upright, at most [`SIDE`] long; of a film the frame in its middle.
    ///
    /// # Errors
    /// Why there is none, for the owner.
    pub async fn open(&self, original: &Original) -> Result<RgbImage, String> {
        let words = &self.words;
        if original.facts.path.is_empty() {
            return Err(words.imported.into());
        }
        let _place = self.place.acquire().await;
        let path = Path::new(&original.facts.path);
        let gone = |_| words.gone.to_string();
        let mut file = std::fs::File::open(path).map_err(gone)?;
        let size = file.metadata().map_err(gone)?.len();
        let mut head = Vec::new();
        (&mut file).take(64).read_to_end(&mut head).map_err(gone)?;
        if sniff(&head) == Some(Format::Video) {
            if size != original.facts.size {
                return Err(words.changed.into());
            }
            let file = std::fs::File::open(path).map_err(gone)?;
            return self.through_helper(helper::Kind::Video, Format::Video, file).await;
        }
        if size > MOST {
            return Err(words.too_large.into());
        }
        let bytes = tokio::fs::read(path).await.map_err(gone)?;
        if self.store.original_id(&bytes) != original.id {
            return Err(words.changed.into());
        }
        let kind = match sniff(&bytes) {
            Some(Format::Avif | Format::Jxl) => helper::Kind::Avif,
            Some(Format::Heic) => helper::Kind::Heic,
            _ => return self.decode(bytes).await,
        };
        let format = sniff(&bytes).unwrap_or(Format::Avif);
        let file = helper::in_memory(&bytes).map_err(|e| fill(words.format, &[&format, &e]))?;
        self.through_helper(kind, format, file).await
    }

    async fn through_helper(&self, kind: helper::Kind, format: Format, file: std::fs::File) -> Result<RgbImage, String> {
        let [still, film] = TIME;
        let time = if kind == helper::Kind::Video { film } else { still };
        let frames = helper::frames(kind, file, time).await.map_err(|error| fill(self.words.format, &[&format, &error]))?;
        self.decode(if kind == helper::Kind::Heic { frames } else { middle_frame(frames) }).await
    }

    /// Decodes within limits, beside the tasks; a decoder that panics costs this picture.
    async fn decode(&self, bytes: Vec<u8>) -> Result<RgbImage, String> {
        match tokio::task::spawn_blocking(move || decode(&bytes)).await {
            Ok(Ok(picture)) => Ok(picture),
            Ok(Err(Refused::TooLarge)) => Err(self.words.too_large.into()),
            Ok(Err(Refused::Damaged)) | Err(_) => Err(self.words.damaged.into()),
        }
    }
}

enum Refused {
    TooLarge,
    Damaged,
}

fn decode(bytes: &[u8]) -> Result<RgbImage, Refused> {
    let damaged = |_| Refused::Damaged;
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Refused::Damaged)?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(PIXELS * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(Refused::TooLarge);
    }
    if width.min(height) < LEAST_SIDE {
        return Err(Refused::Damaged);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        image::ImageError::Limits(_) => Refused::TooLarge,
        _ => Refused::Damaged,
    })?;
    // Made smaller before it is turned: turning wants the memory twice.
    let picture = if width.max(height) > SIDE { picture.thumbnail(SIDE, SIDE) } else { picture };
    let mut picture = DynamicImage::ImageRgb8(on_white(picture));
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// Transparent parts lie over white, as on most pages.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let Some(&image::Rgba([r, g, b, alpha])) = picture.get_pixel_checked(x, y) else { return WHITE };
        mix(WHITE, Rgb([r, g, b]), f32::from(alpha) / 255.0)
    })
}

/// Of BMP files one after the other the one in the middle; each says its own length at byte 2.
fn middle_frame(bytes: Vec<u8>) -> Vec<u8> {
    let (mut frames, mut rest) = (Vec::new(), bytes.as_slice());
    while let Some(length) = rest.get(2..6).and_then(|l| l.try_into().ok()).map(|l| u32::from_le_bytes(l) as usize) {
        let Some(frame) = rest.get(..length).filter(|f| f.starts_with(b"BM") && length >= 6) else { break };
        frames.push(frame);
        rest = rest.get(length..).unwrap_or_default();
    }
    frames.get(frames.len() / 2).map_or_else(Vec::new, |frame| frame.to_vec())
}

/// A neighbour in collages.
pub fn small(picture: &RgbImage, side: f32) -> RgbImage {
    let longest = picture.width().max(picture.height()) as f32;
    if longest <= side {
        return picture.clone();
    }
    let scale = side / longest;
    imageops::thumbnail(picture, super::paint::side(picture.width() as f32 * scale), super::paint::side(picture.height() as f32 * scale))
}
