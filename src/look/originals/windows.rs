//! All windows of all originals, so kept that most are passed over by half of their bits.
//!
//! Mirroring a picture changes every other bit of its hash, the odd frequencies along a row, and leaves the
//! rest. So where the rest alone is too far from a window's, neither the found part nor its mirror image
//! matches: two words looked at in place of sixteen, and the answer is the same.

use crate::look::fingerprint::Window;
use crate::look::pdq::{Hash, Turn, distance};

/// By far the most of what is compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    /// The bits of each that mirroring leaves.
    halves: [Vec<u64>; 2],
    windows: Vec<Window>,
    owners: Vec<u32>,
}

/// So many windows are judged together.
const TOGETHER: usize = 64;

impl Windows {
    /// Adds the windows of an original.
    pub(super) fn add(&mut self, owner: u32, windows: &[Window]) {
        for (at, words) in self.halves.iter_mut().enumerate() {
            words.extend(windows.iter().map(|window| half(&window.hash)[at]));
        }
        self.windows.extend(windows);
        self.owners.resize(self.windows.len(), owner);
    }

    /// Tells of each window up to `limit` away from a found part or its mirror image: whose it is, itself,
    /// which of the two is near, how it lies, and how far away.
    pub(super) fn near(&self, part: &Window, limit: u32, mut tell: impl FnMut(u32, &Window, &Window, Turn, u32)) {
        let [first, second] = half(&part.hash);
        let turned = [Turn::None, Turn::Mirror].map(|turn| (turn, part.turned(turn)));
        let [firsts, seconds] = &self.halves;
        let words = firsts.chunks(TOGETHER).zip(seconds.chunks(TOGETHER));
        let mut apart = [0u64; TOGETHER];
        for ((a, b), (windows, owners)) in words.zip(self.windows.chunks(TOGETHER).zip(self.owners.chunks(TOGETHER))) {
            for (far, (a, b)) in apart.iter_mut().zip(a.iter().zip(b)) {
                *far = ones(a ^ first, b ^ second);
            }
            let left = windows.iter().zip(owners).zip(apart).filter(|(_, far)| *far <= u64::from(limit));
            for ((window, owner), half) in left {
                let far = distance(&window.hash, &part.hash);
                // The other half's differences become likenesses.
                let mirrored = 2 * half as u32 + 128 - far;
                for ((turn, part), far) in turned.iter().zip([far, mirrored]) {
                    if far <= limit {
                        tell(*owner, window, part, *turn, far);
                    }
                }
            }
        }
    }
}

/// The number of ones in two words, in steps that a processor takes for several pairs at once.
fn ones(a: u64, b: u64) -> u64 {
    const TWO: u64 = 0x5555_5555_5555_5555;
    const FOUR: u64 = 0x3333_3333_3333_3333;
    const EIGHT: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let fours = |word: u64| {
        let twos = word - (word >> 1 & TWO);
        (twos & FOUR) + (twos >> 2 & FOUR)
    };
    let fours = fours(a) + fours(b);
    let bytes = (fours & EIGHT) + (fours >> 4 & EIGHT);
    let bytes = bytes + (bytes >> 32);
    let bytes = bytes + (bytes >> 16);
    (bytes + (bytes >> 8)) & 0xff
}

/// The bits that mirroring leaves, side by side.
fn half([a, b, c, d]: &Hash) -> [u64; 2] {
    const LEFT: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    [a & LEFT | (b & LEFT) >> 1, c & LEFT | (d & LEFT) >> 1]
}
