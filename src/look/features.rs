//! Local features: small distinctive spots of a picture, each described so that the same spot is known again after
//! scaling, turning, cropping, covering and re-encoding. What is left of a copy, in whatever frame, still has some.
//!
//! Spots are extrema of differences of Gaussians in scale and place, turned to their strongest gradient, and
//! described by gradients in 4 × 4 fields (D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints",
//! IJCV 2004), cut down to 256 bits. Own code, because it has to run for every picture of every page.

mod describe;
mod pyramid;
mod relief;
mod spots;
#[cfg(test)]
mod tests;

use crate::look::decode::Luma;
use pyramid::Octave;

pub use describe::Descriptor;
pub use relief::{FLAT, Relief, WAYS};

/// One spot. Places are in [`UNIT`]ths of the longer side of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// From the left edge.
    pub x: u16,
    /// From the upper edge.
    pub y: u16,
    /// Its size: 16 times the binary logarithm of its radius, in [`UNIT`]ths as well.
    pub size: u8,
    /// Its direction in 256ths of a full turn, clockwise from the right as seen.
    pub angle: u8,
    /// Bits by which the most alike spot elsewhere in the picture differs: what repeats proves little. 255 where it
    /// was not asked for.
    pub twin: u8,
    /// What it looks like.
    pub bits: Descriptor,
}

/// The longer side of a picture, in the unit of [`Spot`]'s places.
pub const UNIT: f32 = 32_768.0;

/// The longest side of any relief, and the most reliefs: each is half as fine as the one before.
pub(in crate::look) const MOST_RELIEF: u16 = Care::Sheet.reliefs().0 as u16;
pub(in crate::look) const MOST_RELIEFS: u8 = 8;

/// All that is known of a picture's spots and of the ground between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// The clearest first, a second direction of a spot after its first.
    pub spots: Vec<Spot>,
    /// The finest first, each half as fine as the one before.
    pub reliefs: Vec<Relief>,
}

/// How closely a picture is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// One of the owner's: so many spots as ten thousand pictures have room for in memory, each with its twin.
    Original,
    /// A picture that is looked up.
    Found,
    /// One that shows many pictures, each of them small.
    Sheet,
}

impl Care {
    /// The longer side that the picture is scaled to first; a small one is enlarged at most twice.
    const fn side(self) -> usize {
        if matches!(self, Self::Sheet) { 1200 } else { 512 }
    }

    /// Most spots.
    const fn most(self) -> usize {
        match self {
            Self::Original => 380,
            Self::Found => 480,
            Self::Sheet => 2200,
        }
    }

    /// The longer sides of the finest and the coarsest relief.
    const fn reliefs(self) -> (usize, usize) {
        match self {
            Self::Original => (80, 40),
            Self::Found => (160, 20),
            Self::Sheet => (320, 20),
        }
    }
}

/// The most spots that any picture's features hold: each spot of a sheet may have two directions.
pub(in crate::look) const MOST_SPOTS: u16 = 2 * Care::Sheet.most() as u16;

/// The features of a picture; none of a sliver.
pub(crate) fn features(luma: &Luma, care: Care) -> Features {
    let Some(base) = pyramid::scaled(luma, care.side()) else { return Features::default() };
    let unit = UNIT / base.width.max(base.height) as f32;
    let mut found = Vec::new();
    let mut octaves = Vec::new();
    let mut next = Some(Octave::first(base));
    while let Some(octave) = next {
        spots::find(&octave, octaves.len(), &mut found);
        next = octave.next();
        octaves.push(octave);
    }
    let mut out = Vec::with_capacity(care.most() + care.most() / 4);
    for extremum in spots::best(found, care.most()) {
        let Some(octave) = octaves.get(extremum.octave) else { continue };
        for angle in spots::angles(octave, &extremum) {
            let scale = (1u32 << extremum.octave) as f32 * unit;
            out.push(Spot {
                // Pixel (0, 0)'s middle is half a pixel from the edge, in every octave.
                x: ((extremum.x + 0.5) * scale) as u16,
                y: ((extremum.y + 0.5) * scale) as u16,
                size: ((extremum.sigma * scale).log2() * 16.0).round() as u8,
                angle: (angle * 256.0).round() as i32 as u8,
                twin: u8::MAX,
                bits: describe::describe(octave, &extremum, angle),
            });
        }
    }
    if care == Care::Original {
        twins(&mut out);
    }
    let (finest, coarsest) = care.reliefs();
    let mut reliefs: Vec<Relief> =
        octaves.iter().filter(|octave| (coarsest..=finest).contains(&Relief::side_of(octave))).map(Relief::of).collect();
    if care == Care::Original {
        reliefs.truncate(1);
    }
    Features { spots: out, reliefs }
}

impl Features {
    /// Those of the mirrored picture, whose width is given in [`UNIT`]ths of the longer side.
    pub fn mirrored(&self, width: f32) -> Self {
        let spot = |spot: &Spot| Spot {
            x: (width - f32::from(spot.x)) as u16,
            angle: 128u8.wrapping_sub(spot.angle),
            bits: describe::mirrored(&spot.bits),
            ..*spot
        };
        Self { spots: self.spots.iter().map(spot).collect(), reliefs: self.reliefs.iter().map(Relief::mirrored).collect() }
    }
}

/// Spots nearer than this, in shares of the longer side, are not told apart.
const ELSEWHERE: f32 = 0.02;

/// Finds each spot's [`Spot::twin`].
fn twins(spots: &mut [Spot]) {
    for at in 0..spots.len() {
        let (before, rest) = spots.split_at_mut(at);
        let Some((one, _)) = rest.split_first_mut() else { break };
        for other in before {
            let far = distance(&one.bits, &other.bits).min(255) as u8;
            let apart = one.x.abs_diff(other.x).max(one.y.abs_diff(other.y));
            if far < one.twin.max(other.twin) && f32::from(apart) > ELSEWHERE * UNIT {
                one.twin = one.twin.min(far);
                other.twin = other.twin.min(far);
            }
        }
    }
}

/// The number of bits in which two descriptors differ.
#[inline(always)]
pub fn distance(a: &Descriptor, b: &Descriptor) -> u32 {
    a.iter().zip(b).map(|(x, y)| (x ^ y).count_ones()).sum()
}
