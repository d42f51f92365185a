//! What is kept of a picture: enough to recognise copies of it, never the picture.
//!
//! A copy is rarely the whole picture as it was. So a fingerprint holds, besides PDQ of the whole, hashes of its
//! *parts*, the places where somebody's picture may lie in it (inside borders and bars, tiles of collages, the picture
//! in a screenshot), and its *features*, by which a piece of any size and turn is known again.

mod imported;
mod pack;
mod parts;
mod regions;
mod second;
mod sums;
#[cfg(test)]
mod tests;

use crate::look::decode::{DecodeError, Detail, Limits, Luma, pictures_in};
use crate::look::features::{Care, Features, Spot, features};
use crate::look::pdq::{Hash, Pdq, detail, distance, sameness};

pub(in crate::look) use parts::Hashes;
pub use parts::{Part, PartKind, QUARTERS};

/// Goes up whenever [`Fingerprint::pack`] or the meaning of what it packs changes.
pub const VERSION: u16 = 5;

/// Most frames of a film or animation that are looked at, and so the most that any fingerprint has.
pub const MOST_FRAMES: u16 = 120;

/// More bytes than [`Fingerprint::pack`] makes of a frame: 255 parts, the spots and reliefs of a sheet.
pub const MOST_BYTES_A_FRAME: usize = 320 << 10;

/// Below this quality a picture matches too much to be matched at all (PDQ's own advice).
pub const LEAST_QUALITY: u8 = 50;

/// Of the 256 frequencies, so many must stand out of what re-encoding makes of nothing. Photos have more
/// than 230; a horizon, a disc or a gradient, however strong, few.
const LEAST_LOUD: u32 = 128;

/// Above this [`sameness`] the picture is a bar, a box or a horizon on a plain ground, which are all alike.
/// Of photos' parts, 1 in 100 lies above; the nearest false match of all, a censored sky, had 0.76.
const MOST_SAMENESS: f32 = 0.45;

/// Above these the bits of a hash are one edge's or one disc's; see [`second::order`].
const MOST_ORDER: (f32, f32) = (0.45, 0.72);

/// So many panels are a sheet of small pictures; photos seldom have more than three, screenshots five.
const SHEET: usize = 6;

/// Frames of an animation that differ by less than this are one.
const SAME_FRAME: u32 = 16;

/// What a fingerprint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// One of the owner's pictures.
    Original,
    /// A picture to be looked up.
    Found,
    /// The whole picture only, for both sides (`content.depth = "quick"`).
    Quick,
}

/// Everything that is kept of a picture or animation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Full width in pixels, upright.
    pub width: u32,
    /// Full height in pixels, upright.
    pub height: u32,
    /// 0 to 100: the best of its frames' PDQ quality, at most 49 where a few strong shapes are all there is, at least 50
    /// where there are spots enough.
    pub quality: u8,
    /// The film or animation shows more than these frames do.
    pub cut: bool,
    /// One for a still, some for an animation.
    pub frames: Vec<Frame>,
}

/// One picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// PDQ of the whole picture; the exchange format of others.
    pub whole: Pdq,
    /// Whether there is enough in the whole to be recognised by.
    pub usable: bool,
    /// Where an original may lie in it; only those with enough detail.
    pub parts: Vec<Part>,
    /// Its spots and the ground between them.
    pub features: Features,
}

/// Fingerprints a picture for every use: [`fingerprint_for`] with [`Purpose::Original`].
///
/// # Errors
/// As [`crate::look::decode::pictures`].
pub fn fingerprint(bytes: &[u8], limits: &Limits) -> Result<Fingerprint, DecodeError> {
    fingerprint_for(bytes, limits, Purpose::Original)
}

/// Fingerprints a picture with as much as its use needs.
///
/// # Errors
/// As [`crate::look::decode::pictures`].
pub fn fingerprint_for(bytes: &[u8], limits: &Limits, purpose: Purpose) -> Result<Fingerprint, DecodeError> {
    let detail = if purpose == Purpose::Quick { Detail::Coarse } else { Detail::Full };
    let decoded = pictures_in(bytes, limits, detail)?;
    Ok(Fingerprint { cut: decoded.cut, ..of_pictures(&decoded.pictures, purpose) })
}

/// Fingerprints pictures that are already decoded as the frames of one thing: a film's, for instance.
/// Frames that look the same are kept once. Without pictures it is plain.
pub fn of_pictures(pictures: &[Luma], purpose: Purpose) -> Fingerprint {
    let (width, height) = pictures.first().map_or((0, 0), |p| (p.full_width, p.full_height));
    let mut fingerprint = Fingerprint { width, height, quality: 0, cut: false, frames: Vec::new() };
    for picture in pictures {
        let (whole, loud) = detail(picture);
        let usable = enough(&whole.hash, whole.quality, loud);
        if fingerprint.frames.iter().any(|known| distance(&known.whole.hash, &whole.hash) < SAME_FRAME) {
            continue;
        }
        let parts = if purpose == Purpose::Quick { Vec::new() } else { parts::parts(picture) };
        let features = match purpose {
            Purpose::Quick => Features::default(),
            Purpose::Original => features(picture, Care::Original),
            Purpose::Found if parts.iter().filter(|p| p.kind == PartKind::Panel).count() >= SHEET || regions::is_grid(picture) => {
                features(picture, Care::Sheet)
            }
            Purpose::Found => features(picture, Care::Found),
        };
        let frame = Frame { whole, usable, parts, features };
        let quality = if usable || frame.has_spots() { whole.quality.max(LEAST_QUALITY) } else { whole.quality.min(LEAST_QUALITY - 1) };
        fingerprint.quality = fingerprint.quality.max(quality);
        fingerprint.frames.push(frame);
    }
    fingerprint
}

/// Whether a hash comes from enough detail to tell one picture from another.
fn enough(hash: &Hash, quality: u8, loud: u32) -> bool {
    let (squares, pairs) = second::order(hash);
    let orderly = squares > MOST_ORDER.0 || pairs > MOST_ORDER.1;
    quality >= LEAST_QUALITY && loud >= LEAST_LOUD && !orderly && sameness(hash) <= MOST_SAMENESS
}

/// Spots unlike all others of the picture that make up for a plain whole, and how unlike they have to be.
const SPOTS: usize = 100;
const UNLIKE: u8 = 30;

impl Frame {
    /// Whether an original has so many spots of its own that they are enough to recognise it by.
    pub(in crate::look) fn has_spots(&self) -> bool {
        let distinct = |spot: &&Spot| (UNLIKE..u8::MAX).contains(&spot.twin);
        self.features.spots.iter().filter(distinct).count() >= SPOTS
    }

    /// The whole picture compared as windows are; `None` if it was looked at quickly.
    pub(super) fn whole_part(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind == PartKind::Whole)
    }
}

impl Fingerprint {
    /// Whether there is too little detail to be recognised by: owners are told when they add it. A part of
    /// a plain picture may still be somebody's: a small photo on a white page.
    pub fn is_plain(&self) -> bool {
        self.quality < LEAST_QUALITY
    }
}
