//! What a near hash still has to show before it counts: a second opinion, and that its bits are not all one.
//!
//! A hash sees waves across the whole part, so one edge, well placed, sets most of its bits: a pen's edge and
//! a lens cap's were 56 of 256 bits apart. Cut into quarters, each with its own waves, they were 93 apart.

use std::f32::consts::PI;

use crate::look::pdq::{Grid32, Hash, SIDE32, Turn};

/// Samples along a quarter's side.
const SIDE: usize = SIDE32 / 2;
/// Frequencies along one side that a quarter keeps.
const BANDS: usize = 8;
/// Rows and columns of a hash.
const ROWS: usize = 16;

/// Row `k` holds sample `k`'s share in each of the frequencies 1 to 8; their size does not matter for signs.
static COSINES: std::sync::LazyLock<[[f32; BANDS]; SIDE]> = std::sync::LazyLock::new(|| {
    let mut table = [[0.0; BANDS]; SIDE];
    for (k, row) in table.iter_mut().enumerate() {
        for (band, cell) in row.iter_mut().enumerate() {
            *cell = (PI / (2 * SIDE) as f32 * (band + 1) as f32 * (2 * k + 1) as f32).cos();
        }
    }
    table
});

/// The second hash of a part: one word for each quarter in reading order, bit `8 * i + j` for vertical
/// frequency `i + 1` and horizontal frequency `j + 1` of it alone.
pub(super) fn second(grid: &Grid32) -> Hash {
    let mut out = [0; 4];
    let (upper, lower) = grid.split_at(SIDE);
    for (at, word) in out.iter_mut().enumerate() {
        let rows = if at < 2 { upper } else { lower };
        let mut down = [[0.0f32; SIDE]; BANDS];
        for (row, shares) in rows.iter().zip(COSINES.iter()) {
            let (left, right) = row.split_at(SIDE);
            let row = if at % 2 == 0 { left } else { right };
            for (sums, share) in down.iter_mut().zip(shares) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += share * value;
                }
            }
        }
        for (i, row) in down.iter().enumerate() {
            let mut bands = [0.0f32; BANDS];
            for (value, shares) in row.iter().zip(COSINES.iter()) {
                for (sum, share) in bands.iter_mut().zip(shares) {
                    *sum += share * value;
                }
            }
            *word |= bands.iter().rev().fold(0u64, |bits, value| bits << 1 | u64::from(*value > 0.0)) << (BANDS * i);
        }
    }
    out
}

/// What [`second`] would make of the part after a turn.
pub(super) fn turn_second(hash: &Hash, turn: Turn) -> Hash {
    let (transpose, flip_rows, flip_columns) = turn.steps();
    // Even indices are odd frequencies: every other byte, or every other bit.
    let mask = if flip_rows { 0x00ff_00ff_00ff_00ff } else { 0u64 } ^ if flip_columns { 0x5555_5555_5555_5555 } else { 0 };
    let mut out = [0; 4];
    for (at, word) in out.iter_mut().enumerate() {
        let from = hash.get(turn.quarter(at)).copied().unwrap_or_default();
        *word = if transpose { transposed(from) } else { from } ^ mask;
    }
    out
}

fn transposed(word: u64) -> u64 {
    (0..64).fold(0, |bits, at| bits | (word >> (at % 8 * 8 + at / 8) & 1) << at)
}

/// How much the bits of a hash tell of each other: of four in a square, and of two near each other; 0 is
/// nothing and 1 all. Edges, discs and stripes come near 1, whatever lies between; of photos' parts, 1 in 100
/// lies above 0.3 and 0.55.
pub(super) fn order(hash: &Hash) -> (f32, f32) {
    let mut rows = [0u16; ROWS];
    for (at, row) in rows.iter_mut().enumerate() {
        *row = hash.get(at / 4).map_or(0, |word| (word >> (at % 4 * 16)) as u16);
    }
    let share = |unlike: u32, all: u32| (1.0 - 2.0 * unlike as f32 / all as f32).abs();
    let squares = rows.iter().zip(rows.iter().skip(1)).map(|(a, b)| a ^ b);
    let squares = squares.map(|row| ((row ^ row >> 1) & 0x7fff).count_ones()).sum();
    let mut pairs = 0.0f32;
    for (down, along) in NEAR {
        let mask = u16::MAX >> along.unsigned_abs();
        let unlike = rows.iter().zip(rows.iter().skip(down)).map(|(a, b)| {
            let (a, b) = if along < 0 { (b, a) } else { (a, b) };
            ((a ^ b >> along.unsigned_abs()) & mask).count_ones()
        });
        pairs = pairs.max(share(unlike.sum(), (ROWS - down) as u32 * mask.count_ones()));
    }
    (share(squares, 225), pairs)
}

/// Rows down and columns along to bits near one.
const NEAR: [(usize, i32); 12] = [(0, 1), (0, 2), (1, -2), (1, -1), (1, 0), (1, 1), (1, 2), (2, -2), (2, -1), (2, 0), (2, 1), (2, 2)];
