//! What a word sounds like: classes of consonants, and between them classes of vowels.
//!
//! In the family of Metaphone, but made for names that come from other scripts: `kh`, `gh`, `q`, doubled
//! letters and free vowels; two words are alike by their classes, never by edit distance alone.

use super::fold;
use super::roman::{Script, roman, script};

const A: u8 = 1;
/// e, i, y.
const FRONT: u8 = 2;
/// o, u.
const BACK: u8 = 4;
/// More than one vowel letter: another script writes it too.
const LONG: u8 = 8;
/// A w or v, where vowels and it are one letter.
const GLIDE: u8 = 16;
const VOWELS: u8 = A | FRONT | BACK;

/// A word's sounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sound {
    cons: Vec<u8>,
    /// One more than consonants: what stands before each, and behind the last.
    gaps: Vec<u8>,
    /// The class of the final vowel, 0 for none.
    last: u8,
    /// From a script that leaves short vowels out.
    abjad: bool,
}

impl Sound {
    /// Takes in `word`, which is of `script`; `letters` is scratch.
    pub(super) fn hear(&mut self, word: &str, script: Script, letters: &mut String) {
        self.cons.clear();
        self.gaps.clear();
        self.gaps.push(0);
        self.last = 0;
        self.abjad = script == Script::Arabic;
        if self.abjad {
            return self.arabic(word, letters);
        }
        letters.clear();
        if word.is_ascii() {
            letters.push_str(word);
            letters.make_ascii_lowercase();
        } else {
            roman(word, script, letters);
        }
        self.latin(letters.as_bytes());
    }

    /// The sounds of a word of any script.
    pub(super) fn of(word: &str) -> Sound {
        let mut sound = Sound::default();
        sound.hear(word, script(word), &mut String::new());
        sound
    }

    fn vowel(&mut self, bits: u8) {
        if let Some(gap) = self.gaps.last_mut() {
            *gap |= bits | if *gap & VOWELS != 0 { LONG } else { 0 };
        }
    }

    fn consonant(&mut self, class: u8) {
        // Doubled letters are one.
        if self.cons.last() == Some(&class) && self.gaps.last() == Some(&0) {
            return;
        }
        self.cons.push(class);
        self.gaps.push(0);
    }

    fn latin(&mut self, w: &[u8]) {
        let mut i = 0;
        while let Some(&b) = w.get(i) {
            let next = w.get(i + 1).copied().unwrap_or(0);
            let mut len = 1;
            match b {
                b'a' => self.vowel(A),
                b'e' | b'i' | b'y' => self.vowel(FRONT),
                b'o' | b'u' => self.vowel(BACK),
                b's' if w.get(i..i + 4) == Some(b"shch") => {
                    self.consonant(b'S');
                    self.consonant(b'C');
                    len = 4;
                }
                b's' if w.get(i..i + 3) == Some(b"sch") => {
                    self.consonant(b'S');
                    len = 3;
                }
                b't' if w.get(i..i + 3) == Some(b"tch") => {
                    self.consonant(b'C');
                    len = 3;
                }
                b'd' if w.get(i..i + 3) == Some(b"dzh") => {
                    self.consonant(b'J');
                    len = 3;
                }
                // Silent at the end of a word.
                b'h' if next == 0 && self.gaps.last() != Some(&0) => {}
                b'x' => {
                    self.consonant(b'k');
                    self.consonant(b's');
                }
                _ if b.is_ascii_lowercase() => {
                    let (class, two) = match (b, next) {
                        (b's', b'h') | (b's', b'z') => (b'S', true),
                        (b'c', b'h') | (b'c', b'z') => (b'C', true),
                        (b'k', b'h') => (b'X', true),
                        (b'p', b'h') => (b'f', true),
                        (b'z', b'h') | (b'd', b'j') | (b'j', b'h') => (b'J', true),
                        (b't' | b'd' | b'b' | b'g', b'h') => (b, true),
                        (b'c', b'k') => (b'k', true),
                        (b'c', b'e' | b'i' | b'y') => (b's', false),
                        (b'c' | b'q' | b'k', _) => (b'k', false),
                        (b'w' | b'v', _) => (b'v', false),
                        (b'j', _) => (b'J', false),
                        _ => (b, false),
                    };
                    self.consonant(class);
                    len = 1 + usize::from(two);
                }
                _ => {}
            }
            i += len;
        }
        let end = w.strip_suffix(b"h").filter(|s| s.last().is_some_and(|l| b"aeiou".contains(l))).unwrap_or(w);
        self.last = match end {
            [.., b'a'] => b'a',
            [.., b'e' | b'i', b'e'] | [.., b'i' | b'y'] => b'i',
            [.., b'e'] => b'e',
            [.., b'o' | b'u', b'o' | b'u'] | [.., b'u'] => b'u',
            [.., b'o'] => b'o',
            _ => 0,
        };
    }

    fn arabic(&mut self, word: &str, letters: &mut String) {
        letters.clear();
        word.chars().for_each(|c| fold::base(c, |b| letters.push(b)));
        let mut it = letters.chars().peekable();
        while let Some(c) = it.next() {
            let class = match c {
                'ا' | 'ع' => {
                    self.vowel(A);
                    continue;
                }
                'و' => {
                    self.vowel(BACK);
                    continue;
                }
                'ی' => {
                    self.vowel(FRONT);
                    continue;
                }
                'ہ' if it.peek().is_none() => {
                    self.vowel(A);
                    continue;
                }
                'ب' => b'b',
                'پ' => b'p',
                'ت' | 'ط' | 'ٹ' => b't',
                'ث' | 'س' | 'ص' => b's',
                'ج' => b'J',
                'چ' => b'C',
                'ح' | 'ہ' => b'h',
                'خ' => b'X',
                'د' | 'ڈ' => b'd',
                'ذ' | 'ز' | 'ض' | 'ظ' => b'z',
                'ژ' => b'J',
                'ر' | 'ڑ' => b'r',
                'ش' => b'S',
                'غ' | 'گ' => b'g',
                'ف' => b'f',
                'ق' | 'ک' => b'k',
                'ل' => b'l',
                'م' => b'm',
                'ن' => b'n',
                _ => continue,
            };
            // A letter twice, with or without a short vowel between, is not told from one here.
            if self.cons.last() != Some(&class) {
                self.consonant(class);
            }
        }
        let end = self.gaps.last().copied().unwrap_or(0);
        let last = letters.chars().next_back();
        self.last = match last {
            Some('ا' | 'ہ' | 'ع') if end != 0 => b'a',
            Some('ی') => b'i',
            Some('و') => b'u',
            _ => 0,
        };
    }

    /// The same as a script without short vowels would have it.
    fn bare(&self) -> Sound {
        let mut bare = Sound { gaps: vec![0], last: self.last, abjad: true, ..Sound::default() };
        for (&class, &gap) in self.cons.iter().zip(&self.gaps) {
            if let Some(g) = bare.gaps.last_mut() {
                *g |= gap;
            }
            if class == b'v' {
                if let Some(g) = bare.gaps.last_mut() {
                    *g |= GLIDE | BACK;
                }
            } else if bare.cons.last() != Some(&class) {
                bare.cons.push(class);
                bare.gaps.push(0);
            }
        }
        if let (Some(g), Some(&end)) = (bare.gaps.last_mut(), self.gaps.last()) {
            *g |= end;
        }
        bare
    }

    /// What words that may be alike have in common; `bare`: as a script without vowels has it.
    pub(super) fn key(&self, bare: bool) -> u64 {
        // FNV-1a: short keys, few entries, no adversary gains by a collision but a second look.
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut add = |b: u8| hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        let glide = bare && self.cons.first() == Some(&b'v');
        add(u8::from(bare));
        add(u8::from(self.gaps.first().is_some_and(|g| *g != 0) || glide));
        let mut before = 0;
        for &c in &self.cons {
            if !bare || (c != b'v' && c != before) {
                add(c);
                before = c;
            }
        }
        hash
    }

    /// Is it heard from a script without short vowels?
    pub(super) fn is_abjad(&self) -> bool {
        self.abjad
    }

    /// The small Latin letters that a word alike may begin with.
    pub(super) fn firsts(&self) -> &'static str {
        if self.gaps.first().is_some_and(|g| *g != 0) {
            return "aeiouyvw";
        }
        match self.cons.first() {
            Some(b'k') => "kqcx",
            Some(b'X') => "k",
            Some(b'S') => "s",
            Some(b's') => "sc",
            Some(b'C') => "ct",
            Some(b'J') => "jdz",
            Some(b'f') => "fp",
            Some(b'v') => "vwaeiouy",
            Some(b'b') => "b",
            Some(b'd') => "d",
            Some(b'g') => "g",
            Some(b'h') => "h",
            Some(b'l') => "l",
            Some(b'm') => "m",
            Some(b'n') => "n",
            Some(b'p') => "p",
            Some(b'r') => "r",
            Some(b't') => "t",
            Some(b'z') => "z",
            _ => "",
        }
    }

    /// No consonant to tell it by.
    pub(super) fn is_empty(&self) -> bool {
        self.cons.is_empty()
    }

    /// Could both be spellings of one name? `cross`: they are of two scripts.
    pub(super) fn alike(&self, other: &Sound, cross: bool) -> bool {
        match (self.abjad, other.abjad) {
            (false, false) => self.full(other, cross),
            (true, false) => other.bare().written(self),
            (false, true) => self.bare().written(other),
            (true, true) => false,
        }
    }

    fn full(&self, other: &Sound, cross: bool) -> bool {
        if self.cons != other.cons {
            return false;
        }
        let silent = |a: &Sound, b: &Sound| cross && a.last == b'e' && b.last == 0;
        let ends = self.last == other.last || silent(self, other) || silent(other, self);
        if !ends {
            return false;
        }
        let count = self.cons.len();
        let mut free = 1;
        for (i, (a, b)) in self.gaps.iter().zip(&other.gaps).enumerate().take(count) {
            let long = (a | b) & LONG != 0;
            let (a, b) = (a & VOWELS, b & VOWELS);
            // Quraishi is Qureshi, but Asha is not Ayesha.
            if a & b & (FRONT | BACK) != 0 || a == b {
                continue;
            }
            // A short vowel comes and goes inside a word, and before the last consonant it changes.
            let led = count > 2 || self.gaps.first() != Some(&0);
            let short = count < 3 || a | b != FRONT | BACK;
            let closing = i + 1 == count && self.last == 0 && led && !long && short;
            let middle = i > 1 && count > 2 && !long && a | b == A | FRONT;
            let come_and_go = !long && (a == 0 || b == 0) || middle;
            if i == 0 || free == 0 || !(come_and_go || closing || (cross && a | b != A | BACK)) {
                return false;
            }
            free -= 1;
        }
        count > 1 || self.gaps.first() == other.gaps.first() || cross || self.gaps.first() != Some(&0)
    }

    /// Is `abjad` how a script without short vowels writes this?
    fn written(&self, abjad: &Sound) -> bool {
        if self.cons != abjad.cons || self.last != abjad.last {
            return false;
        }
        let last = self.cons.len();
        self.gaps.iter().zip(&abjad.gaps).enumerate().all(|(i, (&full, &bare))| {
            if i == 0 {
                return (full == 0) == (bare == 0);
            }
            if i == last {
                return true;
            }
            let heard = (bare & VOWELS) & !(full & VOWELS) == 0;
            let seen = full & (LONG | GLIDE) == 0 || bare != 0;
            heard && seen && (full & GLIDE == 0 || bare & BACK != 0)
        })
    }
}
