//! How a picture's brightness rises and falls at a coarse scale, everywhere. Two pictures that share an overlay have
//! many spots in common; what lies around it they have not.

use pulp::Simd;

use super::pyramid::{ONE, Octave, Plane};
use super::spots::turn_of;

/// For each place of a coarse grid the direction in which brightness rises there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relief {
    /// Places in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Row-major, two places a byte, the first in the lower half: directions in eighths of a turn, clockwise from the
    /// right as seen, or [`FLAT`].
    pub ways: Vec<u8>,
}

/// Directions that are told apart.
pub const WAYS: u8 = 8;
/// There is no direction.
pub const FLAT: u8 = 8;

/// Slope that is more than noise, in steps of brightness (0 to 255) a place.
const LEAST: f32 = 1.5;

impl Relief {
    /// The longer side of an octave's relief.
    pub(super) fn side_of(octave: &Octave) -> usize {
        let [plane, ..] = &octave.planes;
        plane.width.max(plane.height) / 2
    }

    /// The relief of an octave, a place for four pixels: with less blur a hard edge reaches less far.
    pub(super) fn of(octave: &Octave) -> Self {
        let [_, plane, ..] = &octave.planes;
        Self::packed(plane.width / 2, plane.height / 2, ways(plane).into_iter())
    }

    /// From one way a place.
    fn packed(width: usize, height: usize, all: impl Iterator<Item = u8>) -> Self {
        let mut ways = vec![0u8; (width * height).div_ceil(2)];
        all.enumerate().for_each(|(at, way)| {
            if let Some(pair) = ways.get_mut(at / 2) {
                *pair |= way << (at % 2 * 4);
            }
        });
        Self { width: width as u16, height: height as u16, ways }
    }

    /// The longer side.
    pub fn side(&self) -> u16 {
        self.width.max(self.height)
    }

    /// The direction at a place; [`FLAT`] outside.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        if x >= width || y >= height {
            return FLAT;
        }
        let at = y * width + x;
        self.ways.get(at / 2).map_or(FLAT, |pair| pair >> (at % 2 * 4) & 0xf).min(FLAT)
    }

    /// That of the mirrored picture.
    pub fn mirrored(&self) -> Self {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let turned = |way: u8| if way == FLAT { FLAT } else { (WAYS / 2 + WAYS - way) % WAYS };
        let all = (0..height).flat_map(|y| (0..width).rev().map(move |x| turned(self.at(x, y))));
        Self::packed(width, height, all)
    }
}

/// The ways of a plane, row-major, each of four pixels.
#[pulp::with_simd(ways = pulp::Arch::new())]
#[inline(always)]
fn ways_of<S: Simd>(_wide: S, plane: &Plane) -> Vec<u8> {
    let least = (2.0 * LEAST * f32::from(ONE)).powi(2);
    let (width, height) = (plane.width / 2, plane.height / 2);
    let mut slopes = vec![(0.0f32, 0.0f32); width];
    let mut out = vec![FLAT; width * height];
    for (y, to) in (0..).step_by(2).zip(out.chunks_exact_mut(width.max(1))) {
        for (slope, x) in slopes.iter_mut().zip((0..).step_by(2)) {
            let (a, b) = (plane.slope(x, y), plane.slope(x + 1, y + 1));
            *slope = (a.0 + b.0, a.1 + b.1);
        }
        for (to, (gx, gy)) in to.iter_mut().zip(&slopes) {
            let way = (turn_of(*gx, *gy) * f32::from(WAYS) + 0.5) as i32 as u8 % WAYS;
            *to = if gx * gx + gy * gy < least { FLAT } else { way };
        }
    }
    out
}
