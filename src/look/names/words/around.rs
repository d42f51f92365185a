//! The words around a lead.

use super::super::parts::ARTICLES;
use super::super::split::{Word, split};
use super::Memory;

/// A name's words stand within this many bytes.
const REACH: usize = 768;

/// So much of a text is split at once.
const SPAN: usize = 8 * REACH;

pub(super) struct Around<'t> {
    pub(super) text: &'t str,
    /// The text is an address.
    pub(super) link: bool,
    words: Vec<Word>,
    from: usize,
    to: usize,
    /// Bytes of the text, white space at its ends apart.
    pub(super) trimmed: usize,
    pub(super) memory: &'t mut Memory,
}

impl<'t> Around<'t> {
    pub(super) fn new(text: &'t str, link: bool, memory: &'t mut Memory) -> Around<'t> {
        Around { text, link, words: Vec::new(), from: 0, to: 0, trimmed: text.trim().len(), memory }
    }

    /// Which of the words around it `word` is.
    pub(super) fn place(&mut self, word: Word) -> usize {
        let (from, to) = (word.from as usize, word.to as usize);
        let before = self.from == 0 || self.from + REACH <= from;
        let behind = self.to == self.text.len() || to + REACH <= self.to;
        if self.words.is_empty() || !before || !behind || to > self.to {
            self.split(from, to);
        }
        self.words.partition_point(|w| w.from < word.from)
    }

    fn split(&mut self, from: usize, to: usize) {
        self.from = self.text.ceil_char_boundary(from.saturating_sub(REACH));
        self.to = self.text.floor_char_boundary((to + SPAN).min(self.text.len()));
        let (from, to, shift) = (self.from, self.to, self.from as u32);
        let words = split(self.text.get(from..to).unwrap_or_default()).map(|w| Word { from: w.from + shift, to: w.to + shift });
        self.words.clear();
        // A word that the edge may have cut is left out.
        self.words.extend(words.filter(|w| (w.from as usize > from || from == 0) && ((w.to as usize) < to || to == self.text.len())));
    }

    /// Is `word` an article, and not the last word, which is at `nth - 1`?
    pub(super) fn article(&self, nth: usize, word: Word) -> bool {
        let shown = self.text.get(word.from as usize..word.to as usize).unwrap_or_default();
        shown.len() == 2 && ARTICLES.iter().any(|a| shown.eq_ignore_ascii_case(a)) && self.words.len() > nth
    }

    /// The word at `nth`, which is moved on.
    pub(super) fn word(&self, nth: &mut usize) -> Option<Word> {
        let word = self.words.get(*nth).copied();
        *nth += 1;
        word
    }
}
