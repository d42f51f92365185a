//! PDQ, Meta's perceptual hash of a whole picture: 256 bits that survive re-encoding and resizing.
//!
//! Own implementation after the published description ("The TMK+PDQF video-hashing algorithm and the
//! PDQ image-hashing algorithm", facebook/ThreatExchange, folder `pdq`, hashing.pdf): two passes of a
//! Jarosz box filter, 64 × 64 samples, the 16 × 16 lowest frequencies of their cosine transform
//! without the constant ones, one bit each for "above the median".
//!
//! The two box passes are linear and work on rows and columns apart, so that only the 64 × 64 samples
//! that are kept need to be worked out: each is a weighted sum over a small patch. The result is the
//! reference's up to rounding, at about one multiplication a pixel.

#[cfg(test)]
mod tests;

use std::f32::consts::PI;
use std::sync::LazyLock;

use pulp::Simd;

use crate::look::decode::Luma;

/// Samples along one side that the transform sees.
pub(crate) const SIDE: usize = 64;
/// Frequencies along one side that the hash keeps.
const BANDS: usize = 16;
/// Below this side length the reference gives up too.
const LEAST_SIDE: usize = 5;

/// 256 bits; bit `16 * i + j` stands for vertical frequency `i + 1` and horizontal frequency `j + 1`,
/// bit 0 of word 0 first.
pub type Hash = [u64; 4];

/// 64 × 64 brightness samples, row-major, 0 to 255.
pub(crate) type Grid = [[f32; SIDE]; SIDE];

/// Samples along one side where a part of a picture is hashed.
pub(crate) const SIDE32: usize = 32;

/// 32 × 32 brightness averages, row-major, 0 to 255.
pub(crate) type Grid32 = [[f32; SIDE32]; SIDE32];

/// The kept frequencies, row-major.
type Bands = [[f32; BANDS]; BANDS];

/// The hash of one picture, of its seven turned and mirrored forms, and how much there was to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pdq {
    /// The hash of the picture as it stands.
    pub hash: Hash,
    /// 0 to 100: the sum of significant brightness steps. Below 50 a hash says little.
    pub quality: u8,
    /// The hashes that the picture would have after each [`Turn`], in the order of [`Turn::ALL`].
    pub dihedral: [Hash; 8],
}

/// The eight ways to lay a rectangle on itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As it stands.
    None,
    /// A quarter counter-clockwise.
    Left,
    /// Upside down.
    Half,
    /// A quarter clockwise.
    Right,
    /// Top and bottom exchanged.
    Flip,
    /// Left and right exchanged.
    Mirror,
    /// Mirrored at the diagonal from top left to bottom right.
    Diagonal,
    /// Mirrored at the other diagonal.
    AntiDiagonal,
}

impl Turn {
    /// All eight, in the order of [`Pdq::dihedral`].
    pub const ALL: [Turn; 8] =
        [Turn::None, Turn::Left, Turn::Half, Turn::Right, Turn::Flip, Turn::Mirror, Turn::Diagonal, Turn::AntiDiagonal];

    /// Rows and columns change places first; then the sign of odd (by count from 1) vertical and horizontal
    /// frequencies changes. Mirroring an axis negates exactly the odd cosines along it.
    pub(crate) const fn steps(self) -> (bool, bool, bool) {
        match self {
            Turn::None => (false, false, false),
            Turn::Left => (true, true, false),
            Turn::Half => (false, true, true),
            Turn::Right => (true, false, true),
            Turn::Flip => (false, true, false),
            Turn::Mirror => (false, false, true),
            Turn::Diagonal => (true, false, false),
            Turn::AntiDiagonal => (true, true, true),
        }
    }

    /// How what was turned lies in the picture that it was turned from: mirrored or not, and then turned clockwise by
    /// so many quarters.
    pub(crate) const fn to_upright(self) -> (bool, u8) {
        match self {
            Turn::None => (false, 0),
            Turn::Left => (false, 1),
            Turn::Half => (false, 2),
            Turn::Right => (false, 3),
            Turn::Mirror => (true, 0),
            Turn::Flip => (true, 2),
            Turn::Diagonal => (true, 1),
            Turn::AntiDiagonal => (true, 3),
        }
    }

    /// Which of four corners (in reading order) comes to lie at corner `at`; the middle (4) stays.
    pub(crate) const fn quarter(self, at: usize) -> usize {
        if at > 3 {
            return at;
        }
        let (transpose, flip_rows, flip_columns) = self.steps();
        let (row, column) = ((at / 2) ^ flip_rows as usize, (at % 2) ^ flip_columns as usize);
        if transpose { column * 2 + row } else { row * 2 + column }
    }
}

/// Hashes a picture. One with a side under 5 pixels has quality 0 and an empty hash.
pub fn pdq(luma: &Luma) -> Pdq {
    detail(luma).0
}

/// Hashes a picture and counts the frequencies, of 256, that stand out of the noise.
pub(crate) fn detail(luma: &Luma) -> (Pdq, u32) {
    let Some(grid) = sample(luma) else {
        return (Pdq { hash: [0; 4], quality: 0, dihedral: [[0; 4]; 8] }, 0);
    };
    let bands = transform(&grid);
    let dihedral = Turn::ALL.map(|turn| bits(&turned(&bands, turn)));
    (Pdq { hash: dihedral[0], quality: quality(&grid), dihedral }, loud(&bands))
}

/// The number of bits in which two hashes differ, 0 to 256. Unrelated pictures lie around 128.
#[inline(always)]
pub fn distance(a: &Hash, b: &Hash) -> u32 {
    a.iter().zip(b).map(|(x, y)| (x ^ y).count_ones()).sum()
}

/// 64 hexadecimal digits in Meta's order: the highest bit first.
pub fn to_hex(hash: &Hash) -> String {
    let [a, b, c, d] = hash;
    format!("{d:016x}{c:016x}{b:016x}{a:016x}")
}

/// Reads what [`to_hex`] and Meta's tools write; `None` for anything that is not 64 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Hash> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = [0; 4];
    for (word, at) in hash.iter_mut().rev().zip((0..64).step_by(16)) {
        *word = u64::from_str_radix(text.get(at..at + 16)?, 16).ok()?;
    }
    Some(hash)
}

/// Hashes 32 × 32 averages of a part of a picture: one bit for each frequency above zero, so that
/// [`turn`] can make the other seven from it; with the quality, and how many frequencies stand out of the noise.
pub(crate) fn of_part(grid: &Grid32) -> (Hash, u8, u32) {
    let bands = transform(grid);
    // Half the samples along a side make frequencies half as large.
    let bands = bands.map(|row| row.map(|value| value * 2.0));
    (above(&bands, 0.0), quality(grid), loud(&bands))
}

fn loud(bands: &Bands) -> u32 {
    bands.as_flattened().iter().filter(|value| value.abs() > NOISE).count() as u32
}

/// Amplitude that re-encoding can make out of nothing.
const NOISE: f32 = 1.0;

/// What [`of_part`] would make of the part after a turn.
pub(crate) fn turn(hash: &Hash, turn: Turn) -> Hash {
    let (transpose, flip_rows, flip_columns) = turn.steps();
    let out = if transpose { transposed(hash) } else { *hash };
    // Even indices are odd frequencies: rows 0 and 2 of the four in a word, or every other bit.
    let mask = if flip_rows { 0x0000_ffff_0000_ffff } else { 0u64 } ^ if flip_columns { 0x5555_5555_5555_5555 } else { 0 };
    out.map(|word| word ^ mask)
}

/// Rows for columns: halves change places, then quarters, eighths and single bits.
fn transposed(hash: &Hash) -> Hash {
    let mut rows: [u16; BANDS] = std::array::from_fn(|at| (hash[at / 4] >> (at % 4 * 16)) as u16);
    for (side, mask) in [(8, 0x00ff), (4, 0x0f0f), (2, 0x3333), (1, 0x5555)] {
        for at in (0..BANDS).filter(|at| at & side == 0) {
            let swap = (rows[at] >> side ^ rows[at + side]) & mask;
            rows[at + side] ^= swap;
            rows[at] ^= swap << side;
        }
    }
    std::array::from_fn(|at| rows[at * 4..].iter().take(4).rev().fold(0, |word, row| word << 16 | u64::from(*row)))
}

/// The 64 × 64 samples after the Jarosz filter, or `None` for a sliver.
#[pulp::with_simd(sample = pulp::Arch::new())]
#[inline(always)]
fn sample_of<S: Simd>(_wide: S, luma: &Luma) -> Option<Box<Grid>> {
    let (width, height) = (luma.width, luma.height);
    if width < LEAST_SIDE || height < LEAST_SIDE || luma.pixels.len() < width.checked_mul(height)? {
        return None;
    }
    let across = tents(width);
    let mut grid = Box::new([[0.0; SIDE]; SIDE]);
    let mut sums = vec![0.0f32; width];
    for (out, tent) in grid.iter_mut().zip(tents(height)) {
        sums.fill(0.0);
        let rows = luma.pixels.chunks_exact(width).skip(tent.first);
        for (row, &weight) in rows.zip(&tent.weights) {
            for (sum, &pixel) in sums.iter_mut().zip(row) {
                *sum += weight * f32::from(pixel);
            }
        }
        for (cell, tent) in out.iter_mut().zip(&across) {
            *cell = sums.iter().skip(tent.first).zip(&tent.weights).map(|(sum, weight)| sum * weight).sum();
        }
    }
    Some(grid)
}

/// Which neighbours make up one sample along one axis.
struct Tent {
    first: usize,
    weights: Vec<f32>,
}

/// The 64 sample points of an axis of `length` pixels, each with the weights of both box passes.
///
/// The reference's box covers `window` pixels, one more behind than before where that is even, and
/// averages over what lies inside the picture at its edges.
fn tents(length: usize) -> Vec<Tent> {
    let window = length.div_ceil(2 * SIDE);
    let half = window.div_ceil(2) - usize::from(window % 2 == 1 || window == 0);
    let before = window - 1 - half.min(window - 1);
    let reach = |at: usize| (at.saturating_sub(before), (at + half).min(length - 1));
    (0..SIDE)
        .map(|sample| {
            let centre = (2 * sample + 1) * length / (2 * SIDE);
            let (outer_first, outer_last) = reach(centre);
            let (first, last) = (reach(outer_first).0, reach(outer_last).1);
            let mut weights = vec![0.0; last - first + 1];
            for middle in outer_first..=outer_last {
                let (from, to) = reach(middle);
                let share = 1.0 / ((outer_last - outer_first + 1) * (to - from + 1)) as f32;
                for weight in weights.iter_mut().take(to - first + 1).skip(from - first) {
                    *weight += share;
                }
            }
            Tent { first, weights }
        })
        .collect()
}

/// The reference's measure of detail: every step between neighbours, in hundredths of the full range and
/// cut to whole numbers, so that noise counts for nothing; divided by 90 and at most 100.
fn quality<const N: usize>(grid: &[[f32; N]; N]) -> u8 {
    let step = |a: f32, b: f32| (((a - b) * 100.0 / 255.0) as i32).unsigned_abs();
    let mut sum = 0;
    for (row, below) in grid.iter().zip(grid.iter().skip(1)) {
        sum += row.iter().zip(below).map(|(a, b)| step(*a, *b)).sum::<u32>();
    }
    for row in grid {
        sum += row.iter().zip(row.iter().skip(1)).map(|(a, b)| step(*a, *b)).sum::<u32>();
    }
    // Half the samples along a side see half as many lines of steps.
    (sum * (SIDE / N) as u32 / 90).min(100) as u8
}

/// Row `k` holds sample `k`'s share in each of the frequencies 1 to 16.
fn cosines<const N: usize>() -> [[f32; BANDS]; N] {
    let mut table = [[0.0; BANDS]; N];
    for (k, row) in table.iter_mut().enumerate() {
        for (band, cell) in row.iter_mut().enumerate() {
            *cell = (2.0 / N as f32).sqrt() * (PI / (2 * N) as f32 * (band + 1) as f32 * (2 * k + 1) as f32).cos();
        }
    }
    table
}

static COSINES: LazyLock<[[f32; BANDS]; SIDE]> = LazyLock::new(cosines);
static COSINES_32: LazyLock<[[f32; BANDS]; SIDE32]> = LazyLock::new(cosines);

/// The cosine transform, frequencies 1 to 16 in both directions only.
#[pulp::with_simd(transform = pulp::Arch::new())]
#[inline(always)]
fn transform_of<S: Simd, const N: usize>(_wide: S, grid: &[[f32; N]; N]) -> Bands {
    let cosines = if N == SIDE { COSINES.as_slice() } else { COSINES_32.as_slice() };
    let mut down = [[0.0f32; N]; BANDS];
    for (row, shares) in grid.iter().zip(cosines) {
        for (sums, share) in down.iter_mut().zip(shares) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += share * value;
            }
        }
    }
    let mut bands = [[0.0f32; BANDS]; BANDS];
    for (sums, row) in bands.iter_mut().zip(&down) {
        for (value, shares) in row.iter().zip(cosines) {
            for (sum, share) in sums.iter_mut().zip(shares) {
                *sum += share * value;
            }
        }
    }
    bands
}

/// What the frequencies would be of the picture after `turn`.
fn turned(bands: &Bands, turn: Turn) -> Bands {
    let (transpose, flip_rows, flip_columns) = turn.steps();
    let mut out = [[0.0; BANDS]; BANDS];
    for i in 0..BANDS {
        for j in 0..BANDS {
            let value = if transpose { bands[j][i] } else { bands[i][j] };
            // Index 0 is frequency 1, the first odd one.
            let negate = (flip_rows && i % 2 == 0) != (flip_columns && j % 2 == 0);
            out[i][j] = if negate { -value } else { value };
        }
    }
    out
}

/// How much of a hash is one pattern along rows times one along columns, 0 to 1. A rectangle, a horizon or a
/// bar on a plain ground comes near 1, and all such pictures are alike; photos lie about 0.35.
///
/// It is the share of the largest singular value in the hash read as a 16 × 16 matrix of ±1.
pub(crate) fn sameness(hash: &Hash) -> f32 {
    let mut rows = [[0.0f32; BANDS]; BANDS];
    for (i, row) in rows.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            let at = i * BANDS + j;
            *cell = if hash[at / 64] >> (at % 64) & 1 == 1 { 1.0 } else { -1.0 };
        }
    }
    // Power iteration; the start only must not be at right angles to the answer.
    let mut right = rows[0];
    let mut value = 0.0;
    for _ in 0..6 {
        let left = rows.map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum::<f32>());
        let length = left.iter().map(|v| v * v).sum::<f32>();
        let size = right.iter().map(|v| v * v).sum::<f32>().max(1e-9);
        value = length / size;
        right = [0.0; BANDS];
        for (row, share) in rows.iter().zip(left) {
            for (sum, cell) in right.iter_mut().zip(row) {
                *sum += share * cell / 256.0;
            }
        }
    }
    value / (BANDS * BANDS) as f32
}

/// One bit for each frequency above the median.
fn bits(bands: &Bands) -> Hash {
    let mut sorted = [0.0; BANDS * BANDS];
    sorted.copy_from_slice(bands.as_flattened());
    let (_, &mut median, _) = sorted.select_nth_unstable_by(BANDS * BANDS / 2 - 1, f32::total_cmp);
    above(bands, median)
}

/// One bit for each frequency above a threshold.
fn above(bands: &Bands, threshold: f32) -> Hash {
    let mut hash = [0; 4];
    for (word, chunk) in hash.iter_mut().zip(bands.as_flattened().chunks_exact(64)) {
        *word = chunk.iter().rev().fold(0u64, |bits, value| bits << 1 | u64::from(*value > threshold));
    }
    hash
}
