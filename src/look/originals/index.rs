//! The spots of all originals, so kept that those that look like a given one are found without looking at all.
//!
//! Locality-sensitive hashing by bit sampling (Indyk and Motwani 1998): each table sorts the spots by some of their
//! bits, and a question looks where those are equal or one of a few differs. The number of bits grows with the spots, so that
//! ten thousand originals take little longer than ten.

use super::geometry::Pair;
use crate::look::features::{Descriptor, Spot, distance};

/// Tables with different bits.
const TABLES: usize = 3;
/// Farthest two descriptors of one spot may be to be looked at.
const FAR: u32 = 42;
/// The same for their sketches.
const FAR_SKETCH: u32 = 8;
/// Bits of a key that are also tried flipped, the last ones.
const FLIPS: usize = 5;
/// From so many spots on, some 2,000 originals, half of them are enough.
const MANY: usize = 1 << 20;
/// What so many spots share says nothing, like a stop word of a text: the cost stays the same however many originals
/// there are, and the spots are still asked once others have shown how the original lies.
const CROWD: usize = 24;
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

#[derive(Clone, Debug)]
struct Table {
    bits: Vec<u8>,
    starts: Vec<u32>,
    spots: Vec<Entry>,
}

/// A spot in a table.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    spot: u32,
    /// Some of its bits, so that few of its like need to be looked at.
    sketch: u32,
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

    /// The spots of one owner.
    pub(super) fn of(&self, owner: u32) -> &[Spot] {
        let owner = owner as usize;
        match (self.starts.get(owner), self.starts.get(owner + 1)) {
            (Some(from), Some(to)) => self.all.get(*from..*to).unwrap_or_default(),
            _ => &[],
        }
    }

    /// For each owner, the pairs of its spots and given ones that look alike.
    pub(super) fn alike(&self, found: &[Spot]) -> Vec<(u32, Vec<Pair>)> {
        let mut all: Vec<(u32, Pair)> = Vec::new();
        let mut near: Vec<(u32, u32)> = Vec::new();
        let flips = if self.all.len() > MANY { FLIPS / 2 } else { FLIPS };
        for (at, asked) in (0u32..).zip(found) {
            near.clear();
            let (sketch, mut most) = (sketch(&asked.bits), FAR);
            for table in &self.tables {
                let key = key(&asked.bits, &table.bits);
                for flip in 0..=flips {
                    let key = key ^ ((1usize << flip) >> 1);
                    let (Some(from), Some(to)) = (table.starts.get(key), table.starts.get(key + 1)) else { continue };
                    let bucket = table.spots.get(*from as usize..*to as usize).unwrap_or_default();
                    if bucket.len() > CROWD {
                        continue;
                    }
                    for entry in bucket {
                        if (entry.sketch ^ sketch).count_ones() > FAR_SKETCH {
                            continue;
                        }
                        let Some(own) = self.all.get(entry.spot as usize) else { continue };
                        let far = distance(&own.bits, &asked.bits);
                        if far > most || near.iter().any(|(_, spot)| *spot == entry.spot) {
                            continue;
                        }
                        if near.len() == NEAREST {
                            near.pop();
                        }
                        near.insert(near.partition_point(|known| *known < (far, entry.spot)), (far, entry.spot));
                        if let (NEAREST, Some((last, _))) = (near.len(), near.last()) {
                            most = *last;
                        }
                    }
                }
            }
            for (far, spot) in &near {
                let owner = self.starts.partition_point(|start| *start <= *spot as usize) - 1;
                let Some(start) = self.starts.get(owner) else { continue };
                all.push((owner as u32, Pair { own: *spot - *start as u32, found: at, far: *far as u16 }));
            }
        }
        all.sort_by_key(|(owner, pair)| (*owner, pair.far));
        all.chunk_by(|a, b| a.0 == b.0).map(|chunk| (chunk[0].0, chunk.iter().map(|(_, pair)| *pair).collect())).collect()
    }
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
        let mut starts = vec![0u32; (1 << width) + 1];
        let keys: Vec<u32> = all.iter().map(|spot| key(&spot.bits, &bits) as u32).collect();
        for key in &keys {
            starts[*key as usize + 1] += 1;
        }
        for at in 0..1 << width {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut spots = vec![Entry::default(); all.len()];
        for ((number, key), spot) in (0u32..).zip(&keys).zip(all) {
            spots[next[*key as usize] as usize] = Entry { spot: number, sketch: sketch(&spot.bits) };
            next[*key as usize] += 1;
        }
        Self { bits, starts, spots }
    }
}

fn key(bits: &Descriptor, picked: &[u8]) -> usize {
    picked.iter().fold(0, |key, bit| key << 1 | (bits[usize::from(bit >> 6)] >> (bit & 63) & 1) as usize)
}

/// 32 bits of a descriptor, every fourth way of the first half.
fn sketch([a, b, ..]: &Descriptor) -> u32 {
    const WAYS: u64 = 0x1111_1111_1111_1111;
    // Each byte's two ways are brought together, then the bytes.
    let pick = |word: u64| {
        let pairs = (word & WAYS | (word & WAYS) >> 3) & 0x0303_0303_0303_0303;
        let fours = (pairs | pairs >> 6) & 0x000f_000f_000f_000f;
        let bytes = (fours | fours >> 12) & 0x0000_00ff_0000_00ff;
        (bytes | bytes >> 24) & 0xffff
    };
    (pick(*a) | pick(*b) << 16) as u32
}
