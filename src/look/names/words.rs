//! Names word by word, by sound: other scripts, other romanisations, case endings, a typing error,
//! a nickname between the names.
//!
//! A word of the text is a lead where its [`Sound`]'s key is one of a name's words; then the words
//! around it are compared with the forms that have that word there.

use std::collections::{HashMap, HashSet};

use super::Found;
use super::errors;
use super::fold;
use super::parts::Form;
use super::respelled::{readings, sounds};
use super::roman::{Script, initial, roman, script};
use super::sound::{Reading, Sound, keys};
use super::split::{Word, split};
use around::Around;
use part::Part;

mod around;
mod compare;
mod memory;
mod part;

pub(super) use memory::Memory;

/// The legal names' words and forms.
#[derive(Default)]
pub(super) struct Words {
    parts: Vec<Part>,
    forms: Vec<Whole>,
    /// For a sound's key, the parts that may sound so.
    keys: HashMap<u64, Vec<usize>>,
    /// For each part, where it stands in forms.
    places: Vec<Vec<Stands>>,
    /// Which part may begin a form in which which other stands.
    pairs: HashSet<(usize, usize)>,
    /// A bit for every key: most words end here.
    sieve: Vec<u64>,
    /// Letters that a Latin word may begin with to be a lead.
    firsts: [bool; 26],
    /// A configured name is in a script without vowels.
    bare: bool,
}

struct Whole {
    owner: usize,
    form: Form,
    parts: Vec<usize>,
}

/// Words of 64 bits that the sieve has.
const SIEVE: usize = 256;

/// The next word of a name that is a lead is at most so many words on: initials and a nickname may stand between.
const APART: usize = 5;

/// Where a part stands in a form.
struct Stands {
    form: usize,
    place: usize,
    /// No part before it can be a lead.
    first: bool,
}

/// A lead that a name may begin with.
struct Head {
    nth: usize,
    word: Word,
    parts: Vec<usize>,
}

/// A word longer than this is no name.
const MAX_WORD: usize = 96;

impl Words {
    /// Takes in the forms of one entry. One word alone is not looked for by sound.
    pub(super) fn enter(&mut self, owner: usize, forms: Vec<Form>) {
        for form in forms.into_iter().filter(|f| f.words.len() > 1) {
            let parts: Vec<usize> = form.words.iter().map(|w| self.part(&w.text)).collect();
            let mut head = None;
            for (place, &part) in parts.iter().enumerate() {
                let leads = self.parts.get(part).is_some_and(|p| !p.sounds.is_empty());
                if leads && let Some(places) = self.places.get_mut(part) {
                    places.push(Stands { form: self.forms.len(), place, first: head.is_none() });
                    match head {
                        Some(head) => _ = self.pairs.insert((head, part)),
                        None => head = Some(part),
                    }
                }
            }
            self.forms.push(Whole { owner, form, parts });
        }
    }

    fn part(&mut self, text: &str) -> usize {
        let base = fold::bases(text);
        if let Some(at) = self.parts.iter().position(|p| p.base == base) {
            return at;
        }
        let script = script(text);
        let mut latin = String::new();
        roman(text, script, &mut latin);
        let mut heard = sounds(text);
        let cases = if base.chars().count() > 2 { errors::turned(&latin, script) } else { vec![] };
        let at = self.parts.len();
        if base.chars().nth(1).is_none() && !base.chars().all(fold::unspaced) {
            // An initial leads nowhere.
            heard.clear();
        }
        self.sieve.resize(SIEVE, 0);
        let turned: Vec<Sound> = cases.iter().map(|c| Sound::latin(c.as_bytes(), Reading::PLAIN)).collect();
        for sound in heard.iter().map(|s| &s.0).chain(&turned) {
            for key in sound.keys() {
                let (at_word, bit) = sieve(key);
                if let Some(bits) = self.sieve.get_mut(at_word) {
                    *bits |= bit;
                }
                let leads = self.keys.entry(key).or_default();
                if !leads.contains(&at) {
                    leads.push(at);
                }
            }
            for b in sound.firsts() {
                if let Some(first) = self.firsts.get_mut(usize::from(b.wrapping_sub(b'a'))) {
                    *first = true;
                }
            }
            self.bare |= sound.is_abjad();
        }
        self.parts.push(Part { base, roman: latin, script, cases, turned, sounds: heard });
        self.places.push(Vec::new());
        at
    }

    /// Adds what is found in `text`.
    pub(super) fn find(&self, text: &str, link: bool, memory: &mut Memory, found: &mut Vec<Found>) {
        if self.forms.is_empty() {
            return;
        }
        let mut around = Around::new(text, link, memory);
        let mut leads: Vec<usize> = Vec::new();
        let mut heads: Vec<Head> = Vec::new();
        for (nth, word) in split(text).enumerate() {
            // Most words end here.
            let first = match text.as_bytes().get(word.from as usize) {
                Some(b) if b.is_ascii() => *b,
                _ => text.get(word.from as usize..).and_then(|t| t.chars().next()).map_or(0, initial),
            };
            let led = first == 0 || self.firsts.get(usize::from(first.to_ascii_lowercase().wrapping_sub(b'a'))) == Some(&true);
            if !led || (word.to - word.from) as usize > MAX_WORD {
                continue;
            }
            let Some(shown) = text.get(word.from as usize..word.to as usize) else {
                continue;
            };
            let heard = if shown.is_ascii() { Script::Latin } else { script(shown) };
            leads.clear();
            match heard {
                Script::Other => continue,
                Script::Latin if shown.is_ascii() => {
                    Reading::of(shown.as_bytes()).for_each(|r| self.leads(keys(shown.as_bytes(), r), &mut leads));
                }
                _ => leads.extend_from_slice(around.memory.leads(shown, || self.heard(shown, heard))),
            }
            if leads.is_empty() {
                continue;
            }
            heads.retain(|h: &Head| nth - h.nth <= APART);
            // Beside a word written as configured stands any disguise, a typing error too.
            leads.retain(|&part| {
                let same = self.parts.get(part).is_some_and(|p| p.is(shown));
                if same {
                    self.begin(word, part, false, &mut around, found);
                }
                !same
            });
            // Else all words of a name are leads, and one alone is passed over.
            for head in &mut heads {
                head.parts.retain(|&part| {
                    let beside = leads.iter().any(|&l| self.pairs.contains(&(part, l)));
                    if beside {
                        self.begin(head.word, part, true, &mut around, found);
                    }
                    !beside
                });
            }
            if leads.iter().any(|&l| self.begins(l)) {
                heads.push(Head { nth, word, parts: leads.iter().copied().filter(|&l| self.begins(l)).collect() });
            }
        }
    }

    /// Is `part` the first lead of a form?
    fn begins(&self, part: usize) -> bool {
        self.places.get(part).is_some_and(|p| p.iter().any(|s| s.first))
    }

    /// Compares every form that has `part` at `word`; `first`: as its first lead.
    fn begin(&self, word: Word, part: usize, first: bool, around: &mut Around, found: &mut Vec<Found>) {
        let at = around.place(word);
        for stands in self.places.get(part).into_iter().flatten().filter(|s| s.first || !first) {
            let (Some(whole), Some(from)) = (self.forms.get(stands.form), at.checked_sub(stands.place)) else {
                continue;
            };
            if let Some((range, how)) = compare::compare(&self.parts, whole, from, around) {
                found.push(Found { owner: whole.owner, range, how });
            }
        }
    }

    /// The parts that a word with other letters than ASCII's may be.
    fn heard(&self, shown: &str, script: Script) -> Vec<usize> {
        let mut leads = Vec::new();
        for sound in readings(shown, script, &mut String::new()) {
            if self.bare {
                self.leads(sound.keys(), &mut leads);
            } else {
                self.lead(sound.key(), &mut leads);
            }
        }
        leads
    }

    /// Adds the parts that may have one of these keys.
    fn leads(&self, keys: [u64; 3], leads: &mut Vec<usize>) {
        let [full, bare, double] = keys;
        self.lead(full, leads);
        if self.bare {
            self.lead(bare, leads);
            if double != bare {
                self.lead(double, leads);
            }
        }
    }

    fn lead(&self, key: u64, leads: &mut Vec<usize>) {
        let (at, bit) = sieve(key);
        if self.sieve.get(at).is_some_and(|bits| bits & bit != 0) {
            for part in self.keys.get(&key).into_iter().flatten() {
                if !leads.contains(part) {
                    leads.push(*part);
                }
            }
        }
    }
}

fn sieve(key: u64) -> (usize, u64) {
    ((key >> 6 & (SIEVE as u64 - 1)) as usize, 1 << (key & 63))
}
