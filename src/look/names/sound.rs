//! What a word sounds like: its consonants, and between them classes of vowels.
//!
//! In the family of Metaphone, but made for names that come from other scripts and by way of other
//! languages' spelling (Shevchenko, Schewtschenko, Szewczenko, Chevtchenko): consonants that one
//! language writes for another's share a *rough* class, and the rough classes are the key by which
//! words that may be alike are found. Whether they are is weighed sound by sound ([`Sound::alike`]),
//! never by edit distance alone.

use super::fold;
use super::roman::{Script, heard, script};

mod alike;
mod hear;

pub(super) use hear::{Reading, keys};

use hear::{A, BACK, BREATH, FRONT, GLIDE, HIATUS, Heard, Key, LONG, VOWELS, each_sound, fine, vowel};

/// A consonant, or several of one rough class with no vowel between, and the vowels before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    rough: u8,
    /// A bit for each consonant of the class: [`fine`].
    fine: u8,
    gap: u8,
}

/// A word's sounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sound {
    slots: Vec<Slot>,
    /// The vowels behind the last consonant.
    end: u8,
    /// The class of the final vowel, 0 for none.
    last: u8,
    /// From a script that leaves short vowels out.
    abjad: bool,
    /// From a script whose consonants carry an unwritten a.
    inherent: bool,
}

impl Sound {
    /// The sounds of a word of any script, plainly read.
    pub(super) fn of(word: &str) -> Sound {
        Sound::read(word, script(word), Reading::PLAIN, &mut String::new())
    }

    /// The sounds of `word`, which is of `script`; `letters` is scratch.
    pub(super) fn read(word: &str, script: Script, reading: Reading, letters: &mut String) -> Sound {
        letters.clear();
        if script == Script::Arabic {
            word.chars().for_each(|c| fold::base(c, |b| letters.push(b)));
            return Sound::arabic(letters);
        }
        heard(word, script, letters);
        Sound { inherent: script == Script::Devanagari, ..Sound::latin(letters.as_bytes(), reading) }
    }

    /// The sounds of small Latin letters.
    pub(super) fn latin(w: &[u8], reading: Reading) -> Sound {
        let mut sound = Sound::default();
        let (mut gap, mut vowels, mut breath) = (0, [0; 2], false);
        each_sound(w, reading, |heard| match heard {
            Heard::Breath => {
                gap |= BREATH;
                breath = true;
            }
            Heard::Vowel(letter) => {
                if gap & VOWELS != 0 && !breath {
                    gap |= LONG | if vowel(letter) != FRONT && vowel(vowels[1]) == FRONT { HIATUS } else { 0 };
                }
                gap |= vowel(letter);
                vowels = [vowels[1], letter];
                breath = false;
            }
            Heard::Consonant(consonant) => {
                sound.consonant(consonant, gap);
                (gap, vowels, breath) = (0, [0; 2], false);
            }
        });
        sound.end = gap;
        sound.last = match vowels {
            [_, b'a'] => b'a',
            // Fatemeh is Fatima, but Irene is not Irena.
            [_, b'e'] if w.ends_with(b"eh") => b'E',
            [b'e' | b'i' | b'y', b'e'] | [_, b'i' | b'y'] => b'i',
            [_, b'e'] => b'e',
            [b'o' | b'u', b'o' | b'u'] | [_, b'u'] => b'u',
            [_, b'o'] => b'o',
            _ => 0,
        };
        sound
    }

    fn consonant(&mut self, consonant: u8, gap: u8) {
        let (rough, fine) = fine(consonant);
        match self.slots.last_mut() {
            // Doubled letters are one.
            Some(last) if last.rough == rough && gap == 0 && (rough != b'V' || last.fine == fine) => last.fine |= fine,
            _ => self.slots.push(Slot { rough, fine, gap }),
        }
    }

    fn arabic(letters: &str) -> Sound {
        let mut sound = Sound { abjad: true, ..Sound::default() };
        let mut gap = 0;
        let mut it = letters.chars().peekable();
        while let Some(c) = it.next() {
            let class = match (c, it.peek()) {
                ('ا' | 'ع', _) | ('ہ', None) => {
                    gap |= A | if gap & VOWELS != 0 { LONG } else { 0 };
                    continue;
                }
                ('و', _) => {
                    gap |= BACK | if gap & VOWELS != 0 { LONG } else { 0 };
                    continue;
                }
                ('ی', _) => {
                    gap |= FRONT | if gap & VOWELS != 0 { LONG } else { 0 };
                    continue;
                }
                ('ح' | 'ہ', _) => {
                    gap |= BREATH;
                    continue;
                }
                // How Arabic writes the ch, ts and j of others.
                ('ت', Some('ش')) | ('د', Some('ج')) => {
                    it.next();
                    if c == 'ت' { b'C' } else { b'J' }
                }
                ('ت', Some('س' | 'ز')) => {
                    it.next();
                    b'c'
                }
                ('ب', _) => b'b',
                ('پ', _) => b'p',
                ('ت' | 'ط' | 'ٹ', _) => b't',
                ('ث' | 'س' | 'ص', _) => b's',
                ('ج' | 'ژ', _) => b'J',
                ('چ', _) => b'C',
                ('خ', _) => b'X',
                ('د' | 'ڈ', _) => b'd',
                ('ذ' | 'ز' | 'ض' | 'ظ', _) => b'z',
                ('ر' | 'ڑ', _) => b'r',
                ('ش', _) => b'S',
                ('غ' | 'گ', _) => b'g',
                ('ف', _) => b'f',
                ('ڤ', _) => b'v',
                ('ق' | 'ک', _) => b'k',
                ('ل', _) => b'l',
                ('م', _) => b'm',
                ('ن', _) => b'n',
                _ => continue,
            };
            // A letter twice, with or without a short vowel between, is not told from one here.
            if gap & VOWELS == 0 && sound.slots.last().is_some_and(|s| s.rough == fine(class).0) {
                continue;
            }
            sound.consonant(class, gap);
            gap = 0;
        }
        sound.end = gap;
        sound.last = match letters.chars().next_back() {
            Some('ا' | 'ہ' | 'ع') if gap != 0 => b'a',
            Some('ی') => b'i',
            Some('و') => b'u',
            _ => 0,
        };
        sound
    }

    /// The same as a script without short vowels would have it; `double`: the vowel between two of the same
    /// consonant is long, so both are written.
    fn bare(&self, double: bool) -> Sound {
        let mut bare = Sound { last: self.last, abjad: true, ..Sound::default() };
        let mut gap = 0;
        for slot in &self.slots {
            gap |= slot.gap;
            if slot.rough == b'V' && slot.fine == 2 {
                gap |= GLIDE | BACK;
            } else if bare.slots.last().is_none_or(|s| s.rough != slot.rough || (double && gap & VOWELS != 0)) {
                bare.slots.push(Slot { gap, ..*slot });
                gap = 0;
            }
        }
        bare.end = gap | self.end;
        bare
    }

    /// What words that may be alike have in common: for each way to hear this one, the first as it is (0 for a
    /// script without vowels), the others as such a script has it.
    pub(super) fn keys(&self) -> [u64; 3] {
        if self.abjad {
            return [0, self.key(), self.key()];
        }
        [self.key(), self.bare(false).key(), self.bare(true).key()]
    }

    /// The first of [`Self::keys`] that is not 0.
    pub(super) fn key(&self) -> u64 {
        let mut key = Key::new(self.abjad);
        // An h leads where the vowel behind it is not written.
        let leading = if self.abjad { VOWELS | BREATH } else { VOWELS };
        let led = self.slots.first().map_or(self.end, |s| s.gap) & leading != 0;
        self.slots.iter().for_each(|s| key.add(s.rough));
        key.end(led)
    }

    /// Is it heard from a script without short vowels?
    pub(super) fn is_abjad(&self) -> bool {
        self.abjad
    }

    /// The small Latin letters that a word alike may begin with.
    pub(super) fn firsts(&self) -> impl Iterator<Item = u8> + use<> {
        let breath = self.slots.first().is_some_and(|s| s.gap & BREATH != 0);
        self.first().bytes().chain(breath.then_some(b'h'))
    }

    fn first(&self) -> &'static str {
        let Some(first) = self.slots.first() else {
            return "";
        };
        if first.gap & VOWELS != 0 || (self.abjad && first.gap & BREATH != 0) {
            return "aeiouyhjvw";
        }
        match first.rough {
            b'K' => "kqcx",
            b'S' => "scztjdx",
            b'V' => "vwfpaeiouyhj",
            b'b' => "b",
            b'd' => "d",
            b'g' => "g",
            b'l' => "l",
            b'm' => "m",
            b'n' => "n",
            b'p' => "p",
            b'r' => "r",
            b't' => "t",
            _ => "",
        }
    }

    /// No consonant to tell it by.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn keys_are_those_of_the_sounds(word in "[a-zA-Z]{0,14}") {
            for reading in Reading::of(word.as_bytes()) {
                let sound = Sound::latin(word.to_ascii_lowercase().as_bytes(), reading);
                proptest::prop_assert_eq!(keys(word.as_bytes(), reading), sound.keys(), "{} {:?}", word, reading);
            }
        }
    }
}
