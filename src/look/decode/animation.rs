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
/// other one goes and the step doubles. What comes before a broken frame counts, and it is cut there: others may read on.
pub(super) fn spread(mut frames: Frames<'_>, width: u32, height: u32, limits: &Limits) -> Result<Decoded, DecodeError> {
    let most = limits.max_frames.max(1) as usize;
    let area = (u64::from(width) * u64::from(height)).max(1);
    let readable = usize::try_from(limits.max_pixels / area).unwrap_or(usize::MAX).max(1);
    let readable = if most == 1 { 1 } else { readable };
    let mut kept: Vec<(Luma, Outline)> = Vec::new();
    let mut left: Vec<Outline> = Vec::new();
    let (mut step, mut number, mut broken) = (1usize, 0usize, false);
    for frame in frames.by_ref().take(readable) {
        let frame = match frame {
            Ok(frame) => flatten(DynamicImage::ImageRgba8(frame.into_buffer())),
            Err(_) if !kept.is_empty() => {
                broken = true;
                break;
            }
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
    let unread = most > 1 && (broken || frames.next().is_some());
    let cut = unread || left.len() >= MOST_LEFT || left.iter().any(unlike_all);
    Ok(Decoded { pictures: kept.into_iter().map(|(frame, _)| frame).collect(), cut })
}

/// Of every pixel: what is drawn between those that are looked at would be seen by nobody.
fn outline(frame: &Luma) -> Outline {
    let mut sums = [(0u64, 0u64); GRID * GRID];
    let place = |at: usize, length: usize| (at * GRID / length.max(1)).min(GRID - 1);
    let columns: Vec<usize> = (0..frame.width).map(|x| place(x, frame.width)).collect();
    for (y, row) in frame.pixels.chunks_exact(frame.width.max(1)).enumerate() {
        let row_of_grid = place(y, frame.height) * GRID;
        for (pixel, column) in row.iter().zip(&columns) {
            if let Some((sum, count)) = sums.get_mut(row_of_grid + column) {
                *sum += u64::from(*pixel);
                *count += 1;
            }
        }
    }
    sums.map(|(sum, count)| (sum / count.max(1)) as u8)
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

    /// The brightness of a pixel.
    type Draw = fn(u32, u32) -> u8;

    /// What [`spread`] makes of frames of 256 × 256 that are drawn so, where it may keep four.
    fn spread_of(frames: Vec<Option<Draw>>) -> Decoded {
        let frames = frames.into_iter().map(|draw| {
            let draw = draw.ok_or_else(|| image::ImageError::IoError(std::io::ErrorKind::UnexpectedEof.into()))?;
            Ok(image::Frame::new(image::RgbaImage::from_fn(256, 256, |x, y| image::Rgba([draw(x, y), draw(x, y), draw(x, y), 255]))))
        });
        spread(Frames::new(Box::new(frames)), 256, 256, &LIMITS).unwrap()
    }

    #[test]
    fn a_picture_that_is_drawn_between_the_pixels_of_another_is_another() {
        let hidden = |x: u32, y: u32| if x.is_multiple_of(4) && y.is_multiple_of(4) { 128 } else { x as u8 };
        let decoded = spread_of(vec![Some(|_, _| 128), Some(hidden)]);
        assert_eq!(decoded.pictures.len(), 2);
    }

    #[test]
    fn an_animation_that_breaks_off_is_not_looked_at_as_a_whole() {
        assert!(spread_of(vec![Some(|_, _| 128), None]).cut);
        assert!(!spread_of(vec![Some(|_, _| 128), Some(|x, _| x as u8)]).cut);
        let budget = Limits { max_pixels: 256 * 256, ..LIMITS };
        let frames =
            vec![Ok(image::Frame::new(image::RgbaImage::new(256, 256))), Err(image::ImageError::IoError(std::io::ErrorKind::Other.into()))];
        assert!(spread(Frames::new(Box::new(frames.into_iter())), 256, 256, &budget).unwrap().cut, "broken behind what may be read");
    }
}
