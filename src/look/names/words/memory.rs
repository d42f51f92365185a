//! What was found out about a page's words: they come again and again, most of all where somebody wants to keep us busy.

use std::collections::HashMap;

use super::super::how::How;

/// More words than this are not remembered.
const MOST: usize = 4096;

/// The words of one page.
#[derive(Default)]
pub(crate) struct Memory {
    places: HashMap<Box<str>, usize>,
    words: Vec<Known>,
}

#[derive(Default)]
struct Known {
    /// The parts of names that it may be.
    leads: Option<Vec<usize>>,
    /// For a part, and whether it is a name's last, in what disguise it is that.
    parts: Vec<(usize, bool, Option<How>)>,
}

impl Memory {
    fn word(&mut self, shown: &str) -> Option<&mut Known> {
        let place = match self.places.get(shown) {
            Some(&place) => place,
            None => {
                if self.words.len() >= MOST {
                    self.places.clear();
                    self.words.clear();
                }
                self.places.insert(shown.into(), self.words.len());
                self.words.push(Known::default());
                self.words.len() - 1
            }
        };
        self.words.get_mut(place)
    }

    /// The parts that the word `shown` may be, worked out once.
    pub(super) fn leads(&mut self, shown: &str, work_out: impl FnOnce() -> Vec<usize>) -> &[usize] {
        self.word(shown).map(|w| w.leads.get_or_insert_with(work_out).as_slice()).unwrap_or_default()
    }

    /// What `compare` says of the word `shown` and a part of a name, asked once.
    pub(super) fn known(&mut self, part: usize, shown: &str, last: bool, compare: impl FnOnce() -> Option<How>) -> Option<How> {
        let Some(word) = self.word(shown) else {
            return compare();
        };
        if let Some((.., how)) = word.parts.iter().find(|k| (k.0, k.1) == (part, last)) {
            return *how;
        }
        let how = compare();
        word.parts.push((part, last, how));
        how
    }
}
