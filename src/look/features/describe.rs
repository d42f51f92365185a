//! What a spot looks like, in 256 bits.

use std::sync::LazyLock;

use pulp::Simd;

use super::pyramid::{Octave, Plane};
use super::spots::Extremum;

/// Fields along a side.
const FIELDS: usize = 4;
/// Directions of a field.
const WAYS: usize = 8;
/// Samples along a side.
const SAMPLES: usize = 12;
/// Distance between samples, in radii of the spot.
const STEP: f32 = 1.0;

/// 256 bits: bit `32 * row + 8 * column + way` of the first two words says "more than the field's mean", of the last two
/// "more than the fields' mean of this way". The ways go clockwise from the spot's own direction.
pub type Descriptor = [u64; 4];

/// Row-major fields, the ways clockwise from the spot's own direction.
type Values = [[f32; WAYS]; FIELDS * FIELDS];

/// Describes a spot as it is seen when turned by its angle, given in turns.
pub(super) fn describe(octave: &Octave, spot: &Extremum, angle: f32) -> Descriptor {
    octave.planes.get(spot.plane).map_or([0; 4], |plane| bits(&values(plane, spot, angle)))
}

/// How much of a row or column of samples belongs to each field: linear between the fields' middles, and less for
/// samples far from the spot's.
static SHARES: LazyLock<[[f32; FIELDS]; SAMPLES]> = LazyLock::new(|| {
    std::array::from_fn(|at| {
        let place = (at as f32 + 0.5) * FIELDS as f32 / SAMPLES as f32;
        let far = place - FIELDS as f32 / 2.0;
        let weight = (-far * far / (FIELDS * FIELDS) as f32 * 2.0).exp();
        std::array::from_fn(|field| weight * (1.0 - (place - 0.5 - field as f32).abs()).max(0.0))
    })
});

/// The fields around a spot.
#[pulp::with_simd(values = pulp::Arch::new())]
#[inline(always)]
fn values_of<S: Simd>(_wide: S, plane: &Plane, spot: &Extremum, angle: f32) -> Values {
    let (sin, cos) = (angle * std::f32::consts::TAU).sin_cos();
    let (right, down) = (STEP * spot.sigma * cos, STEP * spot.sigma * sin);
    let half = (SAMPLES as f32 - 1.0) / 2.0;
    let shares = &*SHARES;
    /// Of each field the first sample that may belong to it, and how many may.
    const FIRST: [usize; FIELDS] = [0, 2, 5, 7];
    const REACH: usize = 5;
    let mut out = [[0.0f32; WAYS]; FIELDS * FIELDS];
    for (i, down_shares) in shares.iter().enumerate() {
        let mut row = [[0.0f32; WAYS]; FIELDS];
        let v = i as f32 - half;
        let (mut x, mut y) = (spot.x - half * right - v * down + 0.5, spot.y - half * down + v * right + 0.5);
        let mut samples = [[0.0f32; WAYS]; SAMPLES];
        for sample in &mut samples {
            let (gx, gy) = plane.slope(x as i32, y as i32);
            (x, y) = (x + right, y + down);
            let (along, aside) = (gx * cos + gy * sin, gy * cos - gx * sin);
            let (rise, fall) = ((along + aside) * std::f32::consts::FRAC_1_SQRT_2, (aside - along) * std::f32::consts::FRAC_1_SQRT_2);
            *sample = [along, rise, aside, fall, -along, -rise, -aside, -fall].map(|way| way.max(0.0));
        }
        for ((at, field), first) in row.iter_mut().enumerate().zip(FIRST) {
            for (sample, across) in samples[first..first + REACH].iter().zip(&shares[first..first + REACH]) {
                for (sum, way) in field.iter_mut().zip(sample) {
                    *sum += across[at] * way;
                }
            }
        }
        for (fields, share) in out.chunks_exact_mut(FIELDS).zip(down_shares).filter(|(_, share)| **share > 0.0) {
            for (field, from) in fields.iter_mut().zip(&row) {
                for (sum, way) in field.iter_mut().zip(from) {
                    *sum += share * way;
                }
            }
        }
    }
    out
}

fn bits(values: &Values) -> Descriptor {
    let mut all = [0.0f32; WAYS];
    for field in values {
        for (sum, way) in all.iter_mut().zip(field) {
            *sum += way / (FIELDS * FIELDS) as f32;
        }
    }
    let mut out = [0u64; 4];
    for (at, field) in values.iter().enumerate() {
        let mean = field.iter().sum::<f32>() / WAYS as f32;
        let pack = |above: [bool; WAYS]| above.iter().rev().fold(0u64, |bits, bit| bits << 1 | u64::from(*bit)) << (at % 8 * WAYS);
        out[at / 8] |= pack(field.map(|way| way > mean));
        out[2 + at / 8] |= pack(std::array::from_fn(|way| field[way] > all[way]));
    }
    out
}

/// What [`describe`] would make of the spot in the mirrored picture: rows of fields change places, and ways turn the
/// other way round.
pub(super) fn mirrored(bits: &Descriptor) -> Descriptor {
    let [a, b, c, d] = bits.map(|word| {
        // A row of fields is half a word.
        let word = word.rotate_left(32);
        // Way 0 and way 4 stay; 1 and 7, 2 and 6, 3 and 5 change places.
        let keep = word & 0x1111_1111_1111_1111;
        let pick = |way: u32| (word >> way) & 0x0101_0101_0101_0101;
        keep | pick(7) << 1 | pick(6) << 2 | pick(5) << 3 | pick(3) << 5 | pick(2) << 6 | pick(1) << 7
    });
    [b, a, d, c]
}
