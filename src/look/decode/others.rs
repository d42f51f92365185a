//! PNG, GIF, WebP, BMP and TIFF through the crate `image`; stills and animations.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, RgbaImage};

use super::animation::spread;
use super::reduce::{Reducer, upright};
use super::{DecodeError, Decoded, Format, Limits, Luma, brightness, check_size};

/// Brightness spread under which a transparent picture counts as white on white.
const INVISIBLE: u8 = 24;

/// Decodes a still, or frames spread over an animation.
pub(super) fn pictures(bytes: &[u8], format: Format, limits: &Limits) -> Result<Decoded, DecodeError> {
    let input = || Cursor::new(bytes);
    match format {
        Format::Gif => {
            let mut decoder = GifDecoder::new(input()).map_err(DecodeError::damaged)?;
            let (width, height) = decoder.dimensions();
            check_size(width, height, limits)?;
            // A frame says a size of its own.
            decoder.set_limits(room(width, height)).map_err(DecodeError::damaged)?;
            spread(decoder.into_frames(), width, height, limits)
        }
        Format::Png => {
            // Before the decoder begins: it unpacks colour profiles at once, however large.
            let (width, height) = png_size(bytes).ok_or_else(|| DecodeError::damaged("no size"))?;
            check_size(width, height, limits)?;
            let mut decoder = PngDecoder::with_limits(input(), room(width, height)).map_err(DecodeError::damaged)?;
            decoder.set_limits(room(width, height)).map_err(DecodeError::damaged)?;
            if decoder.is_apng().unwrap_or(false) {
                let animated = decoder.apng().map_err(DecodeError::damaged)?;
                spread(animated.into_frames(), width, height, limits)
            } else {
                still(decoder, limits)
            }
        }
        Format::Webp => {
            let mut decoder = WebPDecoder::new(input()).map_err(DecodeError::damaged)?;
            let (width, height) = decoder.dimensions();
            check_size(width, height, limits)?;
            decoder.set_limits(room(width, height)).map_err(DecodeError::damaged)?;
            if decoder.has_animation() { spread(decoder.into_frames(), width, height, limits) } else { still(decoder, limits) }
        }
        Format::Bmp => still(BmpDecoder::new(input()).map_err(DecodeError::damaged)?, limits),
        Format::Tiff => still(TiffDecoder::new(input()).map_err(DecodeError::damaged)?, limits),
        _ => Err(DecodeError::NotAPicture),
    }
}

/// Bytes of colour profiles and other by-work that a decoder may make room for.
const BY_WORK: u64 = 16 << 20;

/// The memory that a picture of this size needs at most: four times 32 bits a pixel, as in the largest pixel types
/// and in the frames of an animation.
fn room(width: u32, height: u32) -> image::Limits {
    let mut room = image::Limits::no_limits();
    room.max_alloc = Some(BY_WORK + 16 * u64::from(width) * u64::from(height));
    room
}

/// Width and height as the first chunk of a PNG says (PNG specification, 11.2.1).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let at = |from: usize| bytes.get(from..from + 4)?.try_into().ok().map(u32::from_be_bytes);
    (bytes.get(12..16)? == b"IHDR").then_some((at(16)?, at(20)?))
}

fn still(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<Decoded, DecodeError> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    decoder.set_limits(room(width, height)).map_err(DecodeError::damaged)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(DecodeError::damaged)?;
    Ok(Decoded::whole(upright(flatten(picture), orientation)))
}

/// Any pixel type → brightness, transparency over white.
pub(super) fn flatten(picture: DynamicImage) -> Luma {
    if let DynamicImage::ImageLuma8(gray) = &picture {
        let (width, height) = (gray.width() as usize, gray.height() as usize);
        return reduce(width, height, gray.as_raw().chunks_exact(width.max(1)), |row, line| line.extend(row));
    }
    if !picture.color().has_alpha() {
        let rgb = picture.into_rgb8();
        let (width, height) = (rgb.width() as usize, rgb.height() as usize);
        return reduce(width, height, rgb.as_raw().chunks_exact(width.max(1) * 3), |row, line| {
            line.extend(row.as_chunks::<3>().0.iter().map(|&[r, g, b]| brightness(r, g, b)));
        });
    }
    let rgba = picture.into_rgba8();
    let on_white = over(&rgba, 255);
    let (least, most) = on_white.pixels.iter().fold((255, 0), |(l, m), p| (l.min(*p), m.max(*p)));
    if most - least.min(most) < INVISIBLE { over(&rgba, 0) } else { on_white }
}

/// A transparent picture before a plain background.
fn over(rgba: &RgbaImage, background: u8) -> Luma {
    let (width, height) = (rgba.width() as usize, rgba.height() as usize);
    reduce(width, height, rgba.as_raw().chunks_exact(width.max(1) * 4), |row, line| {
        line.extend(row.as_chunks::<4>().0.iter().map(|&[r, g, b, a]| {
            let (own, alpha) = (u32::from(brightness(r, g, b)), u32::from(a));
            ((own * alpha + u32::from(background) * (255 - alpha) + 127) / 255) as u8
        }));
    })
}

fn reduce<'a>(width: usize, height: usize, rows: impl Iterator<Item = &'a [u8]>, mut convert: impl FnMut(&'a [u8], &mut Vec<u8>)) -> Luma {
    let mut reducer = Reducer::new(width, height);
    let mut line = Vec::with_capacity(width);
    for row in rows {
        line.clear();
        convert(row, &mut line);
        reducer.row(&line);
    }
    reducer.finish()
}
