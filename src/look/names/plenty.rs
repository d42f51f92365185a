//! A page that is one name over and over: which of its mentions are kept.

use std::collections::HashMap;

/// So many mentions of one entry are kept of a page, and as many again that lie in phrases of other people; beyond
/// that only one that is surer than all before.
pub const MOST_MENTIONS: usize = 10_000;

/// From so many on, a mention is kept only if it stands in another block than the one before, or so many bytes behind
/// it: what is nearer tells nothing new, since what stands near a name is looked for within 600.
const FREELY: usize = 500;
const CLOSE: usize = 200;

/// What was kept of each entry so far, apart for phrases of other people.
#[derive(Default)]
pub(super) struct Plenty {
    kept: HashMap<(usize, bool), Kept>,
    left_out: usize,
}

#[derive(Default)]
struct Kept {
    count: usize,
    /// The block and place of the last one.
    last: (usize, usize),
    surest: f32,
}

impl Plenty {
    /// Whether a mention at `at` of a block is kept; in the order of the page.
    pub(super) fn keeps(&mut self, of: (usize, bool), block: usize, at: usize, confidence: f32) -> bool {
        let kept = self.kept.entry(of).or_default();
        let surer = confidence > kept.surest;
        let apart = kept.last.0 != block || at >= kept.last.1.saturating_add(CLOSE);
        if !surer && kept.count >= FREELY && !apart {
            return false;
        }
        if !surer && kept.count >= MOST_MENTIONS {
            self.left_out += 1;
            return false;
        }
        (kept.count, kept.last, kept.surest) = (kept.count + 1, (block, at), kept.surest.max(confidence));
        true
    }

    /// How many were left out that stood apart from the others.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_something_new_is_kept() {
        let mut plenty = Plenty::default();
        let one = (0, false);
        assert_eq!((0..100_000).filter(|n| plenty.keeps(one, 0, n * 12, 0.5)).count(), FREELY + (99_500 * 12 / 204));
        assert_eq!(plenty.left_out(), 0);
        assert!(plenty.keeps(one, 1, 0, 0.5), "another block");
        assert!(plenty.keeps(one, 1, 5, 0.6), "a surer one");
        assert!(!plenty.keeps(one, 1, 9, 0.6));
        assert!(plenty.keeps((0, true), 1, 9, 0.6) && plenty.keeps((1, false), 1, 9, 0.6), "another entry, other people");
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut plenty = Plenty::default();
        assert_eq!((0..MOST_MENTIONS + 7).filter(|n| plenty.keeps((0, false), *n, 0, 0.5)).count(), MOST_MENTIONS);
        assert_eq!(plenty.left_out(), 7);
        assert!(plenty.keeps((0, false), 0, 0, 0.9), "a surer one after all");
    }
}
