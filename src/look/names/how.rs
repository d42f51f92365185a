//! The disguises that can be seen through, and how much each takes from the confidence.

/// A set of disguises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct How(u32);

/// Name as the product's `how` has it, and the share of such mentions that mean the entry.
const ALL: [(&str, f32); 16] = [
    ("order", 0.97),
    ("diacritics", 0.97),
    ("look-alike", 0.98),
    ("leet", 0.95),
    ("split", 0.96),
    ("spaced out", 0.95),
    ("handle", 0.92),
    ("link", 0.97),
    ("initial", 0.9),
    ("middle name", 0.95),
    ("transliteration", 0.88),
    ("sound-alike", 0.75),
    ("inflected", 0.85),
    ("typo", 0.7),
    ("notation", 0.98),
    ("nickname", 0.95),
];

impl How {
    pub(super) const PLAIN: How = How(0);
    pub(super) const ORDER: How = How(1);
    pub(super) const DIACRITICS: How = How(1 << 1);
    pub(super) const LOOK_ALIKE: How = How(1 << 2);
    pub(super) const LEET: How = How(1 << 3);
    pub(super) const SPLIT: How = How(1 << 4);
    pub(super) const SPACED: How = How(1 << 5);
    pub(super) const HANDLE: How = How(1 << 6);
    pub(super) const LINK: How = How(1 << 7);
    pub(super) const INITIAL: How = How(1 << 8);
    pub(super) const MIDDLE: How = How(1 << 9);
    pub(super) const SCRIPT: How = How(1 << 10);
    pub(super) const SOUND: How = How(1 << 11);
    pub(super) const INFLECTED: How = How(1 << 12);
    pub(super) const TYPO: How = How(1 << 13);
    pub(super) const NOTATION: How = How(1 << 14);
    pub(super) const NICKNAME: How = How(1 << 15);

    pub(super) fn add(&mut self, other: How) {
        self.0 |= other.0;
    }

    pub(super) fn with(mut self, other: How) -> How {
        self.add(other);
        self
    }

    pub(super) fn has(self, other: How) -> bool {
        self.0 & other.0 != 0
    }

    fn each(self) -> impl Iterator<Item = &'static (&'static str, f32)> {
        ALL.iter().enumerate().filter(move |(i, _)| self.0 >> i & 1 == 1).map(|(_, a)| a)
    }

    /// The words for the finding.
    pub(super) fn words(self) -> Vec<&'static str> {
        self.each().map(|a| a.0).collect()
    }

    /// The confidence that is left of 1 for these disguises.
    pub(super) fn confidence(self) -> f32 {
        self.each().map(|a| a.1).product()
    }
}
