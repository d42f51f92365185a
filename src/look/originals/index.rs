//! The spots of all originals, so kept that those that look like a given one are found without looking at all.
//!
//! Locality-sensitive hashing by bit sampling (Indyk and Motwani 1998): each table sorts the spots by some of their
//! bits, and a question looks where those are equal or one of a few differs. The number of bits grows with the spots, so that
//! ten thousand originals take little longer than ten.

use std::hint::black_box;

use pulp::Simd;

use super::geometry::{Pair, most_apart};
use crate::look::features::{Descriptor, Spot, distance};

/// Tables with different bits.
const TABLES: usize = 3;
/// Farthest two descriptors of one spot may be to be looked at.
const FAR: u32 = 42;
/// The same for the first halves of their sketches, and for all of them.
const FAR_SKETCH: (u32, u32) = (8, 15);
/// Bits of a key that are also tried flipped, the last ones.
const FLIPS: usize = 5;
/// From so many spots on, some 2,000 originals, half of them are enough.
const MANY: usize = 1 << 20;
/// What so many spots share says nothing, like a stop word of a text: the cost stays the same however many originals
/// there are, and the spots are still asked once others have shown how the original lies.
const CROWD: usize = 24;
/// Spots that are asked for together.
const BATCH: usize = 16;
/// Of one spot's look-alikes, so many of the nearest are kept.
const NEAREST: usize = 6;

/// The spots of all originals.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    all: Vec<Spot>,
    /// Where each owner's begin, and the end.
    starts: Vec<usize>,
    tables: Vec<Table>,
}

/// Keys that differ only in their last bits, the flipped ones, lie side by side: a question goes through one piece of
/// memory instead of a few, each of which would have to be waited for.
#[derive(Clone, Debug)]
struct Table {
    bits: Vec<u8>,
    /// Where the spots of each key begin, and the end.
    starts: Vec<u32>,
    spots: Vec<Entry>,
}

/// A spot in a table.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The spot's number.
    spot: u32,
    /// Some of its bits, so that few of its like need to be looked at: those lie elsewhere in memory.
    sketch: [u32; 2],
}

impl Index {
    /// Takes the spots of the next owner; the first is number 0.
    pub(super) fn add(&mut self, spots: &[Spot]) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.all.extend_from_slice(spots);
        self.starts.push(self.all.len());
    }

    /// Sorts what was added into tables.
    pub(super) fn build(&mut self) {
        let width = (usize::BITS - self.all.len().leading_zeros()).clamp(8, 20) as usize;
        self.tables = telling(&self.all, width).into_iter().map(|bits| Table::new(&self.all, bits)).collect();
    }

    /// How many bits of a key are tried flipped.
    fn flips(&self) -> usize {
        if self.all.len() > MANY { FLIPS / 2 } else { FLIPS }
    }

    /// The spots of one owner.
    pub(super) fn of(&self, owner: u32) -> &[Spot] {
        let owner = owner as usize;
        match (self.starts.get(owner), self.starts.get(owner + 1)) {
            (Some(from), Some(to)) => self.all.get(*from..*to).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The pairs of spots and given ones that look alike, owner by owner, of each owner the most alike first.
    pub(super) fn alike(&self, found: &[Spot]) -> Vec<(u32, Pair)> {
        alike(self, found)
    }
}

#[pulp::with_simd(alike = pulp::Arch::new())]
#[inline(always)]
fn alike_in<S: Simd>(_wide: S, index: &Index, found: &[Spot]) -> Vec<(u32, Pair)> {
    let mut all: Vec<(u32, Pair)> = Vec::new();
    let (mut ranges, mut likely, mut near) = (Vec::new(), Vec::new(), Vec::new());
    let flips = index.flips();
    for (number, batch) in found.chunks(BATCH).enumerate() {
        // Everything lies elsewhere in memory. Each step asks for all that the next one needs, without waiting between.
        ranges.clear();
        likely.clear();
        for table in &index.tables {
            let from = ranges.len();
            for asked in batch {
                // Those of the same key, and those whose last bits differ in one.
                let key = key(&asked.bits, &table.bits);
                let keys = std::iter::once(key).chain((0..flips).map(|flip| key ^ 1 << flip));
                ranges.extend(keys.map(|key| match table.starts.get(key..).and_then(|rest| rest.first_chunk::<2>()) {
                    Some(&[from, to]) => (from, to),
                    None => (0, 0),
                }));
            }
            let ranges = ranges.get(from..).unwrap_or_default();
            let touch = |any, (from, _): &(u32, u32)| any ^ table.spots.get(*from as usize).map_or(0, |entry| entry.sketch[0]);
            black_box(ranges.iter().fold(0, touch));
            for ((at, asked), ranges) in (0u32..).zip(batch).zip(ranges.chunks_exact(1 + flips)) {
                let sketch = sketch(&asked.bits);
                for (from, to) in ranges {
                    for entry in table.spots.get(*from as usize..*to as usize).unwrap_or_default() {
                        let half = (entry.sketch[0] ^ sketch[0]).count_ones();
                        let far = half + (entry.sketch[1] ^ sketch[1]).count_ones();
                        if (half <= FAR_SKETCH.0) & (far <= FAR_SKETCH.1) {
                            likely.push((at, entry.spot));
                        }
                    }
                }
            }
        }
        near.clear();
        for (at, spot) in &likely {
            let (Some(asked), Some(own)) = (batch.get(*at as usize), index.all.get(*spot as usize)) else { continue };
            let far = distance(&own.bits, &asked.bits);
            if far <= most_apart(own).min(FAR) {
                near.push((*at, far, *spot));
            }
        }
        near.sort_unstable();
        near.dedup();
        for of_one in near.chunk_by(|a, b| a.0 == b.0) {
            for (at, far, spot) in of_one.iter().take(NEAREST) {
                let owner = index.starts.partition_point(|start| *start <= *spot as usize) - 1;
                let Some(start) = index.starts.get(owner) else { continue };
                let found = (number * BATCH) as u32 + at;
                all.push((owner as u32, Pair { own: *spot - *start as u32, found, far: *far as u16 }));
            }
        }
    }
    all.sort_unstable_by_key(|(owner, pair)| (u64::from(*owner) << 32 | u64::from(pair.far) << 16, pair.found, pair.own));
    all
}

/// Bits looked at when choosing.
const SAMPLE: usize = 2048;

/// For each table the bits that split the spots best: as many ones as zeros, and little said by the bits before.
fn telling(spots: &[Spot], width: usize) -> Vec<Vec<u8>> {
    let step = spots.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<&Descriptor> = spots.iter().step_by(step).map(|spot| &spot.bits).collect();
    // Each bit's column, so that agreement is a count of ones.
    let column = |bit: usize| -> Vec<u64> {
        let word = |part: &[&Descriptor]| part.iter().fold(0, |word, bits| word << 1 | (bits[bit / 64] >> (bit % 64) & 1));
        sample.chunks(64).map(word).collect()
    };
    let columns: Vec<Vec<u64>> = (0..256).map(column).collect();
    let all = sample.len().max(1) as f32;
    let ones = |words: &mut dyn Iterator<Item = u64>| words.map(u64::count_ones).sum::<u32>() as f32 / all;
    let odds: Vec<f32> = columns.iter().map(|c| ones(&mut c.iter().copied())).collect();
    let mut cost: Vec<f32> = odds.iter().map(|odds| (odds - 0.5).abs()).collect();
    let mut tables = vec![Vec::new(); TABLES];
    for _ in 0..width {
        for table in &mut tables {
            let likeness = |bit: usize| {
                let most = |other: &u8| {
                    let both = ones(&mut columns[bit].iter().zip(&columns[usize::from(*other)]).map(|(a, b)| a & b));
                    (both - odds[bit] * odds[usize::from(*other)]).abs()
                };
                table.iter().map(most).fold(0.0f32, f32::max)
            };
            let best = (0..256)
                .filter(|bit| cost[*bit] < 1.0)
                .min_by(|a, b| (cost[*a] + 2.0 * likeness(*a)).total_cmp(&(cost[*b] + 2.0 * likeness(*b))));
            if let Some(bit) = best {
                cost[bit] = 2.0;
                table.push(bit as u8);
            }
        }
    }
    tables
}

impl Table {
    fn new(all: &[Spot], bits: Vec<u8>) -> Self {
        let width = bits.len();
        let keys: Vec<u32> = all.iter().map(|spot| key(&spot.bits, &bits) as u32).collect();
        let mut counts = vec![0u32; 1 << width];
        keys.iter().for_each(|key| counts[*key as usize] += 1);
        // Those that nobody would look at take no place.
        let kept = |key: u32| counts[key as usize] <= CROWD as u32;
        let mut starts = vec![0u32; (1 << width) + 1];
        for key in keys.iter().filter(|key| kept(**key)) {
            starts[*key as usize + 1] += 1;
        }
        for at in 0..starts.len() - 1 {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut spots = vec![Entry::default(); starts.last().copied().unwrap_or_default() as usize];
        for ((number, key), spot) in (0u32..).zip(&keys).zip(all).filter(|((_, key), _)| kept(**key)) {
            let place = &mut next[*key as usize];
            spots[*place as usize] = Entry { spot: number, sketch: sketch(&spot.bits) };
            *place += 1;
        }
        Self { bits, starts, spots }
    }
}

#[inline(always)]
fn key(bits: &Descriptor, picked: &[u8]) -> usize {
    picked.iter().fold(0, |key, bit| key << 1 | (bits[usize::from(bit >> 6)] >> (bit & 63) & 1) as usize)
}

/// Every fourth way of a descriptor, by halves.
#[inline(always)]
fn sketch([a, b, c, d]: &Descriptor) -> [u32; 2] {
    const WAYS: u64 = 0x1111_1111_1111_1111;
    // Each byte's two ways are brought together, then the bytes.
    let pick = |word: u64| {
        let pairs = (word & WAYS | (word & WAYS) >> 3) & 0x0303_0303_0303_0303;
        let fours = (pairs | pairs >> 6) & 0x000f_000f_000f_000f;
        let bytes = (fours | fours >> 12) & 0x0000_00ff_0000_00ff;
        (bytes | bytes >> 24) & 0xffff
    };
    [(pick(*a) | pick(*b) << 16) as u32, (pick(*c) | pick(*d) << 16) as u32]
}
