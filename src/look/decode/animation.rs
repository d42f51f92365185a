//! Frames of an animation: as many different ones as may be handed out, spread over its length.

use image::{DynamicImage, Frames};

use super::others::flatten;
use super::{DecodeError, Decoded, Limits, Luma};

/// Side of the grid that frames are compared by.
const GRID: usize = 16;
/// Frames whose grids differ by less than so many levels on average are one.
const SAME: u32 = 6;
/// One that was left out and differs by more from all that are kept is a picture that nobody looked at.
const OTHER: u32 = 20;
/// Frames left out that are remembered.
const MOST_LEFT: usize = 4096;

/// Mean brightness over a grid.
type Outline = [u8; GRID * GRID];

/// Takes different frames evenly from an animation whose length is known only at its end: when there are too many, every
/// other one goes and the step doubles. What comes before a broken frame counts.
pub(super) fn spread(mut frames: Frames<'_>, width: u32, height: u32, limits: &Limits) -> Result<Decoded, DecodeError> {
    let most = limits.max_frames.max(1) as usize;
    let area = (u64::from(width) * u64::from(height)).max(1);
    let readable = usize::try_from(limits.max_pixels / area).unwrap_or(usize::MAX).max(1);
    let readable = if most == 1 { 1 } else { readable };
    let mut kept: Vec<(Luma, Outline)> = Vec::new();
    let mut left: Vec<Outline> = Vec::new();
    let (mut step, mut number) = (1usize, 0usize);
    for frame in frames.by_ref().take(readable) {
        let frame = match frame {
            Ok(frame) => flatten(DynamicImage::ImageRgba8(frame.into_buffer())),
            Err(_) if !kept.is_empty() => break,
            Err(why) => return Err(DecodeError::damaged(why)),
        };
        let outline = outline(&frame);
        if kept.iter().any(|(_, known)| differ(known, &outline) < SAME) {
            continue;
        }
        if number.is_multiple_of(step) && kept.len() == most {
            let mut place = 0;
            let mut gone = Vec::new();
            kept.retain(|(_, outline)| {
                place += 1;
                if place % 2 == 0 {
                    gone.push(*outline);
                }
                place % 2 == 1
            });
            left.extend(gone);
            step *= 2;
        }
        if number.is_multiple_of(step) && kept.len() < most {
            kept.push((frame, outline));
        } else if left.len() < MOST_LEFT {
            left.push(outline);
        }
        number += 1;
    }
    if kept.is_empty() {
        return Err(DecodeError::damaged("no frame in it"));
    }
    let unlike_all = |one: &Outline| kept.iter().all(|(_, known)| differ(known, one) > OTHER);
    let cut = left.iter().any(unlike_all) || left.len() >= MOST_LEFT || (most > 1 && frames.next().is_some_and(|frame| frame.is_ok()));
    Ok(Decoded { pictures: kept.into_iter().map(|(frame, _)| frame).collect(), cut })
}

/// From a few pixels of each place of the grid: enough to tell one picture from another.
fn outline(frame: &Luma) -> Outline {
    let mut out = [0; GRID * GRID];
    let edge = |n: usize, length: usize| n * length / (GRID * 4);
    for (place, mean) in out.iter_mut().enumerate() {
        let (row, column) = (place / GRID * 4, place % GRID * 4);
        let mut sum = 0;
        for (y, x) in (0..4).flat_map(|y| (0..4).map(move |x| (y, x))) {
            let at = edge(row + y, frame.height) * frame.width + edge(column + x, frame.width);
            sum += u32::from(frame.pixels.get(at).copied().unwrap_or_default());
        }
        *mean = (sum / 16) as u8;
    }
    out
}

/// Levels on average.
fn differ(one: &Outline, other: &Outline) -> u32 {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>() / one.len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::decode::sample::{LIMITS, picture};
    use crate::look::decode::{luma, pictures};

    /// A GIF whose frames show these pictures.
    fn gif(seeds: impl IntoIterator<Item = u32>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new_with_speed(&mut out, 30);
        for seed in seeds {
            let frame = DynamicImage::ImageRgb8(picture(seed, 80, 60)).into_rgba8();
            encoder.encode_frame(image::Frame::new(frame)).unwrap();
        }
        drop(encoder);
        out
    }

    #[test]
    fn a_picture_that_is_shown_for_one_frame_among_hundreds_is_looked_at() {
        let rare = gif((0..200).map(|n| if n == 77 { 5 } else { 9 }));
        let frames = pictures(&rare, &LIMITS).unwrap();
        assert_eq!((frames.pictures.len(), frames.cut), (2, false));
        let alone = luma(&gif([5]), &LIMITS).unwrap();
        assert_eq!(frames.pictures.last(), alone.first());
    }

    #[test]
    fn a_show_of_more_pictures_than_are_looked_at_says_so() {
        let most = LIMITS.max_frames;
        assert!(!pictures(&gif(0..most), &LIMITS).unwrap().cut);
        let more = pictures(&gif(0..most * 3), &LIMITS).unwrap();
        assert!(more.cut && more.pictures.len() <= most as usize && more.pictures.len() > 1);
        let budget = Limits { max_pixels: 80 * 60 * 2, ..LIMITS };
        assert!(pictures(&gif(0..3), &budget).unwrap().cut, "more pixels than may be read");
        assert!(!pictures(&gif(0..2), &budget).unwrap().cut);
    }
}
