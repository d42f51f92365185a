//! Names word by word, by sound: other scripts, other romanisations, case endings, a typing error,
//! a nickname between the names.
//!
//! A word of the text is a lead where its [`Sound`]'s key is one of a name's words; then the words
//! around it are compared with the forms that have that word there.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::Found;
use super::errors;
use super::fold;
use super::gap::{self, Ends, Gap};
use super::how::How;
use super::known;
use super::parts::{ARTICLES, Form, PARTICLES};
use super::respelled::{readings, sounds};
use super::roman::{Script, initial, roman, script};
use super::sound::{Reading, Sound, keys};
use super::spelled::turned;
use super::split::{Word, nickname, split};
use around::Around;
use part::Part;

mod around;
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
            if let Some((range, how)) = self.compare(whole, from, around) {
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

    /// Do the words from `nth` of those around on make up the form?
    fn compare(&self, whole: &Whole, nth: usize, around: &mut Around) -> Option<(Range<usize>, How)> {
        let form = &whole.form;
        let (text, link, mut nth) = (around.text, around.link, nth);
        let mut how = How::PLAIN;
        let (mut typos, mut cases, mut weak) = (0, 0, 0);
        let (mut small, mut spaced, mut comma, mut joined) = (true, false, false, false);
        let (mut broken, mut inserted) = (false, false);
        let (mut capitals, mut shouted) = (0, 0);
        let mut start = None;
        let mut end = 0;
        for (i, part) in whole.parts.iter().enumerate() {
            let mut word = around.word(&mut nth)?;
            if start.is_some() {
                let mut between = text.get(end..word.from as usize)?;
                let before = form.words.get(i - 1)?;
                // Peter M. Hartwell: a middle name that is not configured.
                if between == " "
                    && !form.order
                    && !inserted
                    && !form.words.get(i)?.initial
                    && lone_capital(text.get(word.from as usize..word.to as usize)?)
                {
                    inserted = true;
                    how.add(How::INITIAL);
                    end = word.to as usize;
                    word = around.word(&mut nth)?;
                    between = text.get(end..word.from as usize)?;
                    between = between.strip_prefix('.').unwrap_or(between);
                }
                // Hanane El Alaoui: an article that is not configured.
                if i > 0 && !form.order && matches!(between, " ") && around.article(nth, word) && !self.is_article(*part) {
                    end = word.to as usize;
                    word = around.word(&mut nth)?;
                    between = text.get(end..word.from as usize)?;
                    between = if between == "-" { " " } else { between };
                    inserted = true;
                }
                match gap::gap(between, link) {
                    Gap::Space | Gap::Markup => spaced = true,
                    Gap::Newline | Gap::HyphenBreak | Gap::Emoji | Gap::Invisible => {
                        broken |= between.contains('\n');
                        how.add(How::SPLIT);
                    }
                    Gap::Link => {}
                    Gap::None => {
                        joined = true;
                        how.add(How::HANDLE);
                    }
                    Gap::Hyphen | Gap::Apostrophe if before.soft => {}
                    Gap::Dot | Gap::DotSpace if before.initial => spaced = true,
                    Gap::Hyphen | Gap::Dot | Gap::Underscore => how.add(How::HANDLE),
                    Gap::Comma if form.comma_after == Some(i - 1) => comma = true,
                    _ => {
                        // Ayesha "Luna" Khan
                        let past = nickname(text, end)?;
                        if form.order || how.has(How::NICKNAME) {
                            return None;
                        }
                        how.add(How::NICKNAME);
                        while (word.from as usize) < past {
                            word = around.word(&mut nth)?;
                        }
                        if text.get(past..word.from as usize)? != " " {
                            return None;
                        }
                    }
                }
            }
            start.get_or_insert(word.from as usize);

            end = word.to as usize;
            let shown = text.get(word.from as usize..end)?;
            let capital = shown.chars().next()?.is_uppercase();
            small &= !capital;
            // Shayma al-Mutayri.
            capitals += usize::from(capital || (i > 0 && PARTICLES.contains(&fold::bases(shown).as_str())));
            shouted += usize::from(shown.chars().nth(1).is_some_and(char::is_uppercase));
            let initial = form.words.get(i)?.initial;
            let (id, part) = (*part, self.parts.get(*part)?);
            if initial {
                if fold::bases(shown) != part.base {
                    return None;
                }
                continue;
            }
            let last = i + 1 == whole.parts.len();
            let one = around.memory.known(id, shown, last, || part.compare(shown, last))?;
            how.add(one);
            typos += usize::from(one.has(How::TYPO));
            cases += usize::from(one.has(How::INFLECTED));
            weak += usize::from(one.has(How::SOUND.with(How::SCRIPT)) && shown.chars().count() < 5);
            if one.has(How::SOUND) && shown.len() < 3 && part.roman.len() > 3 && part.roman.len() < 6 {
                return None;
            }
        }
        let range = start?..end;
        let by_word = How::SCRIPT.with(How::SOUND).with(How::INFLECTED).with(How::TYPO).with(How::NICKNAME);
        if !how.has(by_word) && !inserted {
            return None;
        }
        // Two lines of a list of names are two people; but a name may be all there is.
        if broken && text.trim().len() > range.len() {
            return None;
        }
        let errors = How::SCRIPT.with(How::SOUND).with(How::INFLECTED);
        if typos > 1 || (typos == 1 && how.has(errors)) {
            return None;
        }
        let shown = text.get(range.clone())?;
        let latin = script(shown) == Script::Latin;
        let cased = matches!(script(shown), Script::Latin | Script::Cyrillic | Script::Greek);
        // Latin letters have few case endings, and short small words are ordinary ones.
        if latin && how.has(How::INFLECTED) && cases < 2 && !self.told(whole, shown) {
            return None;
        }
        // A name has all its words in one case: `cause NULL` is none.
        let count = whole.parts.len();
        let uneven = |n: usize| n > 0 && n < count;
        let guess = how.has(How::SOUND.with(How::TYPO).with(How::SCRIPT));
        if cased && guess && (uneven(capitals) || (uneven(shouted) && !form.order)) {
            return None;
        }
        if cased && small && weak > 0 && !link && !how.has(How::HANDLE) {
            return None;
        }
        if !gap::bordered(text, range.start, range.end, Ends { joined, spaced, digits: false }) {
            return None;
        }
        if form.order {
            if !turned(text, &range, comma, !small) {
                return None;
            }
            how.add(How::ORDER);
        }
        if form.dropped {
            how.add(How::MIDDLE);
        }
        if form.shortened {
            how.add(How::INITIAL);
        }
        Some((range, how))
    }

    fn is_article(&self, part: usize) -> bool {
        self.parts.get(part).is_some_and(|p| ARTICLES.contains(&p.base.as_str()))
    }

    /// Is the one word that is inflected a case beyond doubt: the last one's genitive or with an ending hung on it, or
    /// a woman's given name before a family name that has no cases?
    fn told(&self, whole: &Whole, shown: &str) -> bool {
        let mut words = split(shown).filter_map(|w| shown.get(w.from as usize..w.to as usize)).map(fold::bases);
        let (first, last) = (words.next().unwrap_or_default(), words.last().unwrap_or_default());
        let part = |p: Option<&usize>| p.and_then(|&p| self.parts.get(p));
        let hung = part(whole.parts.last()).is_some_and(|p| errors::genitive(&p.base, &last) || errors::hung(&p.base, &last));
        let woman = part(whole.parts.first()).is_some_and(|p| p.base.ends_with('a') && p.base != first && !known::common(&first));
        hung || (woman && !first.ends_with('s'))
    }
}

fn lone_capital(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
}

fn sieve(key: u64) -> (usize, u64) {
    ((key >> 6 & (SIEVE as u64 - 1)) as usize, 1 << (key & 63))
}
