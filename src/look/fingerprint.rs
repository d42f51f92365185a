//! What is kept of a picture: enough to recognise copies of it, never the picture.
//!
//! A copy is rarely the whole picture as it was. So the fingerprint of a found picture holds, besides
//! PDQ of the whole, hashes of its *parts*, the places where somebody's picture may lie in it (inside
//! borders and bars, tiles of collages, the picture in a screenshot). That of an original holds hashes of
//! its *windows*, the crops that people make. Parts are compared with wholes, trimmed wholes and windows.

mod imported;
mod regions;
mod second;
mod sums;
#[cfg(test)]
mod tests;
mod windows;

use crate::look::decode::{DecodeError, Limits, Luma, luma};
use crate::look::pdq::{Hash, Pdq, detail, distance, sameness};

pub use windows::{Part, PartKind, QUARTERS, Window};

/// Goes up whenever [`Fingerprint::pack`] or the meaning of what it packs changes.
pub const VERSION: u16 = 2;

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

/// Frames of an animation that differ by less than this are one.
const SAME_FRAME: u32 = 16;

/// What a fingerprint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// One of the owner's pictures; good for everything, but the largest and slowest.
    Original,
    /// A picture to be looked up: parts, no windows.
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
    /// 0 to 100: the best of its frames' PDQ quality, at most 49 where a few strong shapes are all there is.
    pub quality: u8,
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
    /// The crops of it that may be found; only those with enough detail.
    pub windows: Vec<Window>,
}

/// Fingerprints a picture for every use: [`fingerprint_for`] with [`Purpose::Original`].
///
/// # Errors
/// As [`luma`].
pub fn fingerprint(bytes: &[u8], limits: &Limits) -> Result<Fingerprint, DecodeError> {
    fingerprint_for(bytes, limits, Purpose::Original)
}

/// Fingerprints a picture with as much as its use needs.
///
/// # Errors
/// As [`luma`].
pub fn fingerprint_for(bytes: &[u8], limits: &Limits, purpose: Purpose) -> Result<Fingerprint, DecodeError> {
    Ok(of_pictures(&luma(bytes, limits)?, purpose))
}

/// Fingerprints pictures that are already decoded as the frames of one thing: a film's, for instance.
/// Frames that look the same are kept once. Without pictures it is plain.
pub fn of_pictures(pictures: &[Luma], purpose: Purpose) -> Fingerprint {
    let (width, height) = pictures.first().map_or((0, 0), |p| (p.full_width, p.full_height));
    let mut fingerprint = Fingerprint { width, height, quality: 0, frames: Vec::new() };
    for picture in pictures {
        let (whole, loud) = detail(picture);
        let usable = enough(&whole.hash, whole.quality, loud);
        let quality = if usable { whole.quality } else { whole.quality.min(LEAST_QUALITY - 1) };
        fingerprint.quality = fingerprint.quality.max(quality);
        if fingerprint.frames.iter().any(|known| distance(&known.whole.hash, &whole.hash) < SAME_FRAME) {
            continue;
        }
        let (parts, windows) = match purpose {
            Purpose::Quick => (Vec::new(), Vec::new()),
            Purpose::Found => (windows::parts(picture), Vec::new()),
            Purpose::Original => (windows::parts(picture), windows::windows(picture)),
        };
        fingerprint.frames.push(Frame { whole, usable, parts, windows });
    }
    fingerprint
}

/// Whether a hash comes from enough detail to tell one picture from another.
fn enough(hash: &Hash, quality: u8, loud: u32) -> bool {
    let (squares, pairs) = second::order(hash);
    let orderly = squares > MOST_ORDER.0 || pairs > MOST_ORDER.1;
    quality >= LEAST_QUALITY && loud >= LEAST_LOUD && !orderly && sameness(hash) <= MOST_SAMENESS
}

impl Frame {
    /// The whole picture compared as windows are; `None` if it was looked at quickly.
    pub(super) fn whole_part(&self) -> Option<Window> {
        self.parts.iter().find(|part| part.kind == PartKind::Whole).map(Part::window)
    }
}

impl Fingerprint {
    /// Whether there is too little detail to be recognised by: owners are told when they add it. A part of
    /// a plain picture may still be somebody's: a small photo on a white page.
    pub fn is_plain(&self) -> bool {
        self.quality < LEAST_QUALITY
    }

    /// As bytes, for the store.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(VERSION.to_le_bytes());
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        out.push(self.quality);
        out.extend((self.frames.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
        for frame in self.frames.iter().take(usize::from(u16::MAX)) {
            out.push(frame.whole.quality);
            out.push(u8::from(frame.usable));
            frame.whole.dihedral.iter().for_each(|hash| push(&mut out, hash));
            out.push(frame.parts.len().min(255) as u8);
            for part in frame.parts.iter().take(255) {
                out.push(part.kind.to_u8());
                push(&mut out, &part.hash);
                push(&mut out, &part.second);
                out.push(u8::from(part.quarters.is_some()));
                part.quarters.iter().flatten().for_each(|hash| push(&mut out, hash));
            }
            out.extend((frame.windows.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
            for window in frame.windows.iter().take(usize::from(u16::MAX)) {
                push(&mut out, &window.hash);
                push(&mut out, &window.second);
            }
        }
        out
    }

    /// From [`Fingerprint::pack`]'s bytes; `None` for another version or anything else.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.u16()? != VERSION {
            return None;
        }
        let (width, height, quality) = (reader.u32()?, reader.u32()?, reader.u8()?);
        let frames = (0..reader.u16()?).map(|_| reader.frame()).collect::<Option<Vec<_>>>()?;
        reader.0.is_empty().then_some(Self { width, height, quality, frames })
    }
}

fn push(out: &mut Vec<u8>, hash: &Hash) {
    out.extend(hash.iter().flat_map(|word| word.to_le_bytes()));
}

/// Takes fixed pieces from the front of bytes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (piece, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*piece)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    fn bool(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn hash(&mut self) -> Option<Hash> {
        let mut hash = [0; 4];
        for word in &mut hash {
            *word = self.take().map(u64::from_le_bytes)?;
        }
        Some(hash)
    }

    fn hashes<const N: usize>(&mut self) -> Option<[Hash; N]> {
        let mut hashes = [[0; 4]; N];
        for hash in &mut hashes {
            *hash = self.hash()?;
        }
        Some(hashes)
    }

    fn part(&mut self) -> Option<Part> {
        let kind = PartKind::from_u8(self.u8()?)?;
        let (hash, second) = (self.hash()?, self.hash()?);
        let quarters = if self.bool()? { Some(self.hashes()?) } else { None };
        Some(Part { kind, hash, second, quarters })
    }

    fn window(&mut self) -> Option<Window> {
        Some(Window { hash: self.hash()?, second: self.hash()? })
    }

    fn frame(&mut self) -> Option<Frame> {
        let (quality, usable) = (self.u8()?, self.bool()?);
        let dihedral: [Hash; 8] = self.hashes()?;
        let parts = (0..self.u8()?).map(|_| self.part()).collect::<Option<_>>()?;
        let windows = (0..self.u16()?).map(|_| self.window()).collect::<Option<_>>()?;
        Some(Frame { whole: Pdq { hash: dihedral[0], quality, dihedral }, usable, parts, windows })
    }
}
