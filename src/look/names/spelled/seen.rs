//! What is counted on the way through a place that may be a name, letter by letter.

use super::super::how::How;

/// What was counted on the way through a candidate.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) how: How,
    /// Of the word under way: neighbours with nothing, with space, with a sign, with what is hidden between them.
    pub(super) inner_none: usize,
    pub(super) inner_spaces: usize,
    pub(super) inner_signs: usize,
    pub(super) inner_hidden: usize,
    pub(super) inner_lines: usize,
    /// Words with every letter apart, words parted otherwise, words with something hidden in them, all but the last.
    pub(super) apart: usize,
    pub(super) parted: usize,
    pub(super) hidden: usize,
    pub(super) whole: usize,
    /// Words of the parted ones that a space cuts in two.
    pub(super) halves: usize,
    /// Words of four letters or more with every letter apart.
    pub(super) long: usize,
    pub(super) joined: bool,
    pub(super) spaced: bool,
    pub(super) comma: bool,
    /// A line ends between two words.
    pub(super) broken: bool,
    /// What parts two words is more than a name's, unless every letter is spelled out.
    pub(super) wide: bool,
    pub(super) real: usize,
    pub(super) upper: bool,
    pub(super) lower: bool,
    pub(super) needs_upper: bool,
    pub(super) needs_lower: bool,
}

impl Seen {
    /// A word has ended. `None`: its letters do not stand as a word's do; `single`: the name has no other.
    pub(super) fn word(&mut self, single: bool) -> Option<()> {
        let take = std::mem::take::<usize>;
        let (none, mut spaces, signs) = (take(&mut self.inner_none), take(&mut self.inner_spaces), take(&mut self.inner_signs));
        let (mut hidden, lines) = (take(&mut self.inner_hidden), take(&mut self.inner_lines));
        // One letter a line, or a word that is broken where a line ends.
        *(if none + hidden == 0 { &mut spaces } else { &mut hidden }) += lines;
        let every = none + hidden == 0;
        let letters = none + spaces + signs + hidden + 1;
        if spaces + signs == 0 {
            self.whole += 1;
            self.hidden += usize::from(hidden > 0);
        } else if every && (letters > 2 || !single) {
            self.apart += 1;
            self.long += usize::from(letters > 3);
        } else {
            // A word alone can be spelled out, but not be found in the seam of two others; all words of a name can be
            // cut in two.
            if single || (spaces > 0 && (spaces + signs > 1 || letters < 3)) {
                return None;
            }
            self.halves += usize::from(spaces > 0);
            self.parted += 1;
        }
        Some(())
    }
}
