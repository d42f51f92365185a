//! Names word by word, by sound: other scripts, other romanisations, case endings, a typing error,
//! a nickname between the names.
//!
//! A word of the text is a lead where its [`Sound`]'s key is one of a name's words; then the words
//! around it are compared with the forms that have that word there.

use std::collections::HashMap;
use std::ops::Range;

use super::Found;
use super::errors;
use super::fold;
use super::gap::{self, Ends, Gap};
use super::how::How;
use super::parts::Form;
use super::respelled::sounds;
use super::roman::{Script, roman, script};
use super::sound::Sound;
use super::spelled::turned;
use super::split::{Word, nickname, split};

/// The legal names' words and forms.
#[derive(Default)]
pub(super) struct Words {
    parts: Vec<Part>,
    forms: Vec<Whole>,
    /// For a sound's key, the parts that may sound so.
    keys: HashMap<u64, Vec<usize>>,
    /// For each part, the forms that have it, and where.
    places: Vec<Vec<(usize, usize)>>,
    /// A bit for every key: most words end here.
    sieve: [u64; 16],
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

/// One word of a name.
struct Part {
    base: String,
    roman: String,
    script: Script,
    sounds: Vec<(Sound, bool)>,
}

/// A word longer than this is no name.
const MAX_WORD: usize = 96;

impl Words {
    /// Takes in the forms of one entry. One word alone is not looked for by sound.
    pub(super) fn enter(&mut self, owner: usize, forms: Vec<Form>) {
        for form in forms.into_iter().filter(|f| f.words.len() > 1) {
            let parts: Vec<usize> = form.words.iter().map(|w| self.part(&w.text)).collect();
            for (place, &part) in parts.iter().enumerate() {
                if !form.words.get(place).is_some_and(|w| w.initial)
                    && let Some(places) = self.places.get_mut(part)
                {
                    places.push((self.forms.len(), place));
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
        let inflected = matches!(script, Script::Latin | Script::Cyrillic | Script::Greek);
        let cases: Vec<Sound> = match inflected && base.chars().count() > 2 {
            true => errors::turned(&latin, script == Script::Greek).iter().map(|t| Sound::of(t)).collect(),
            false => vec![],
        };
        let at = self.parts.len();
        if base.chars().nth(1).is_none() && !base.chars().all(fold::unspaced) {
            // An initial leads nowhere.
            heard.clear();
        }
        for sound in heard.iter().map(|s| &s.0).chain(&cases) {
            for bare in [false, true] {
                let key = sound.key(bare);
                let (at_word, bit) = sieve(key);
                if let Some(bits) = self.sieve.get_mut(at_word) {
                    *bits |= bit;
                }
                let leads = self.keys.entry(key).or_default();
                if !leads.contains(&at) {
                    leads.push(at);
                }
            }
            for b in sound.firsts().bytes() {
                if let Some(first) = self.firsts.get_mut(usize::from(b.wrapping_sub(b'a'))) {
                    *first = true;
                }
            }
            if sound.is_abjad() {
                self.bare = true;
                self.firsts = [true; 26];
            }
        }
        self.parts.push(Part { base, roman: latin, script, sounds: heard });
        self.places.push(Vec::new());
        at
    }

    /// Adds what is found in `text`.
    pub(super) fn find(&self, text: &str, link: bool, found: &mut Vec<Found>) {
        if self.forms.is_empty() {
            return;
        }
        let words = split(text);
        let mut sound = Sound::default();
        let mut letters = String::new();
        for (at, word) in words.iter().enumerate() {
            let Some(shown) = text.get(word.from as usize..word.to as usize) else {
                continue;
            };
            let Some(&first) = shown.as_bytes().first() else {
                continue;
            };
            if first.is_ascii() {
                let at = usize::from(first.to_ascii_lowercase().wrapping_sub(b'a'));
                if self.firsts.get(at) != Some(&true) {
                    continue;
                }
            }
            let heard = script(shown);
            if heard == Script::Other || shown.len() > MAX_WORD {
                continue;
            }
            sound.hear(shown, heard, &mut letters);
            let abjad = heard == Script::Arabic;
            let one = self.leads(sound.key(abjad));
            let two = if self.bare && !abjad { self.leads(sound.key(true)) } else { None };
            for &part in one.into_iter().chain(two).flatten() {
                for &(form, place) in self.places.get(part).into_iter().flatten() {
                    let Some(whole) = self.forms.get(form) else {
                        continue;
                    };
                    let Some(from) = at.checked_sub(place) else {
                        continue;
                    };
                    let near = words.get(from..).unwrap_or_default();
                    if let Some((range, how)) = self.compare(whole, near, text, link) {
                        found.push(Found { owner: whole.owner, range, how });
                    }
                }
            }
        }
    }

    fn leads(&self, key: u64) -> Option<&Vec<usize>> {
        let (at, bit) = sieve(key);
        if self.sieve.get(at).is_none_or(|bits| bits & bit == 0) {
            return None;
        }
        self.keys.get(&key)
    }

    /// Do the words at the beginning of `near` make up the form?
    fn compare(&self, whole: &Whole, near: &[Word], text: &str, link: bool) -> Option<(Range<usize>, How)> {
        let form = &whole.form;
        let mut near = near.iter();
        let mut how = How::PLAIN;
        let (mut typos, mut cases, mut weak) = (0, 0, 0);
        let (mut small, mut spaced, mut comma, mut joined) = (true, false, false, false);
        let (mut capitals, mut shouted) = (0, 0);
        let mut start = None;
        let mut end = 0;
        for (i, part) in whole.parts.iter().enumerate() {
            let mut word = near.next()?;
            if start.is_some() {
                let between = text.get(end..word.from as usize)?;
                let before = form.words.get(i - 1)?;
                match gap::gap(between, link) {
                    Gap::Space | Gap::Markup => spaced = true,
                    Gap::Newline | Gap::HyphenBreak | Gap::Emoji | Gap::Invisible => how.add(How::SPLIT),
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
                            word = near.next()?;
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
            capitals += usize::from(capital);
            shouted += usize::from(shown.chars().nth(1).is_some_and(char::is_uppercase));
            let part = self.parts.get(*part)?;
            if form.words.get(i)?.initial {
                if fold::bases(shown) != part.base {
                    return None;
                }
                continue;
            }
            let one = part.compare(shown, i + 1 == whole.parts.len())?;
            how.add(one);
            typos += usize::from(one.has(How::TYPO));
            cases += usize::from(one.has(How::INFLECTED));
            weak += usize::from(one.has(How::SOUND) && shown.len() < 5);
            if one.has(How::SOUND) && shown.len() < 3 && part.roman.len() > 3 && part.roman.len() < 6 {
                return None;
            }
        }
        let range = start?..end;
        let by_word = How::SCRIPT.with(How::SOUND).with(How::INFLECTED).with(How::TYPO).with(How::NICKNAME);
        if !how.has(by_word) {
            return None;
        }
        let errors = How::SCRIPT.with(How::SOUND).with(How::INFLECTED);
        if typos > 1 || (typos == 1 && how.has(errors)) {
            return None;
        }
        let shown = text.get(range.clone())?;
        let latin = script(shown) == Script::Latin;
        // Latin letters have few case endings, and short small words are ordinary ones.
        if latin && how.has(How::INFLECTED) && cases < 2 && !self.genitive(whole, shown) {
            return None;
        }
        // A name has all its words in one case: `cause NULL` is none.
        let count = whole.parts.len();
        let uneven = |n: usize| n > 0 && n < count;
        let guess = how.has(How::SOUND.with(How::TYPO));
        if latin && guess && (uneven(capitals) || (uneven(shouted) && !form.order)) {
            return None;
        }
        if latin && small && weak > 0 && !link {
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

    /// Is the s at the end all that is inflected?
    fn genitive(&self, whole: &Whole, shown: &str) -> bool {
        let last = whole.parts.last().and_then(|&p| self.parts.get(p));
        last.is_some_and(|p| {
            let folded = fold::bases(shown);
            folded.strip_suffix('s').is_some_and(|s| s.ends_with(&p.base))
        })
    }
}

fn sieve(key: u64) -> (usize, u64) {
    ((key >> 6 & 15) as usize, 1 << (key & 63))
}

impl Part {
    /// Is `latin` a Slavic case of this, also where a first ye is written e?
    fn slavic(&self, latin: &str) -> bool {
        let bare = self.roman.strip_prefix('y').filter(|r| r.starts_with('e'));
        errors::slavic(&self.roman, latin) || bare.is_some_and(|b| errors::slavic(b, latin))
    }

    /// In what disguise `word` is this part of a name; `last`: it is the last of the name.
    fn compare(&self, word: &str, last: bool) -> Option<How> {
        if word.len() > MAX_WORD {
            return None;
        }
        let base = fold::bases(word);
        if base == self.base {
            return Some(How::PLAIN);
        }
        let other = script(word);
        let same = other == self.script;
        let script_how = if same { How::PLAIN } else { How::SCRIPT };
        let mut latin = String::new();
        roman(word, other, &mut latin);
        let case = match (self.script, other) {
            (Script::Latin, Script::Latin) => (last && errors::genitive(&self.base, &base)) || self.slavic(&latin),
            (Script::Latin | Script::Cyrillic, Script::Cyrillic) | (Script::Cyrillic, Script::Latin) => self.slavic(&latin),
            (Script::Greek | Script::Latin, Script::Greek) => errors::greek(&self.roman, &latin),
            _ => false,
        };
        let sound = Sound::of(word);
        let alike = |s: &&(Sound, bool)| (!same || !s.1) && s.0.alike(&sound, !same);
        let heard = self.sounds.iter().find(alike).is_some();
        if heard && !same {
            return Some(How::SCRIPT);
        }
        if case && self.roman.len() > 2 {
            return Some(How::INFLECTED.with(script_how));
        }
        if heard && same && matches!(other, Script::Latin | Script::Devanagari) {
            return Some(How::SOUND);
        }
        (same && errors::typo(&self.base, &base)).then_some(How::TYPO)
    }
}
