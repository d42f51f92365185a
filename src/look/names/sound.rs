//! What a word sounds like: its consonants, and between them classes of vowels.
//!
//! In the family of Metaphone, but made for names that come from other scripts and by way of other
//! languages' spelling (Shevchenko, Schewtschenko, Szewczenko, Chevtchenko): consonants that one
//! language writes for another's share a *rough* class, and the rough classes are the key by which
//! words that may be alike are found. Whether they are is weighed sound by sound ([`Sound::alike`]),
//! never by edit distance alone.

use super::fold;
use super::roman::{Script, heard, script};

const A: u8 = 1;
/// e, i, y.
const FRONT: u8 = 2;
/// o, u.
const BACK: u8 = 4;
/// More than one vowel letter: another script writes it too.
const LONG: u8 = 8;
/// A w or v, where vowels and it are one letter.
const GLIDE: u8 = 16;
/// An h between the vowels.
const BREATH: u8 = 32;
const VOWELS: u8 = A | FRONT | BACK;

/// How letters are read that languages read differently; the bits are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading(u8);

impl Reading {
    /// As English does.
    pub(super) const PLAIN: Reading = Reading(0);
    /// `ch` as kh.
    const CH: u8 = 1;
    /// `j` as y.
    const J: u8 = 2;
    /// `c` as ts where it is not soft.
    const C: u8 = 4;
    /// `w` behind a vowel as u, where no vowel follows.
    const W: u8 = 8;

    /// Every reading that makes a difference in `word`, in small or capital Latin letters; the plain one first.
    pub(super) fn of(word: &[u8]) -> impl Iterator<Item = Reading> + use<> {
        let mut bits = 0;
        let mut before = 0;
        for (i, b) in word.iter().map(u8::to_ascii_lowercase).enumerate() {
            let next = word.get(i + 1).map_or(0, u8::to_ascii_lowercase);
            bits |= match (b, next) {
                (b'j', b) if b != b'h' && before != b'd' => Reading::J,
                (b'c', b'h') if before != b't' && before != b's' => Reading::CH,
                (b'c', b'h' | b'k' | b'z' | b'e' | b'i' | b'y') => 0,
                (b'c', _) => Reading::C,
                (b'w', b) if vowel(before) != 0 && vowel(b) == 0 => Reading::W,
                _ => 0,
            };
            before = b;
        }
        (0..16).filter(move |r| r & !bits == 0).map(Reading)
    }

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

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

/// The rough class of a consonant and its own bit in it.
///
/// `X` kh, `C` ch, `S` sh, `J` zh and dj, `c` ts; all others as written.
fn fine(consonant: u8) -> (u8, u8) {
    match consonant {
        b'k' => (b'K', 1),
        b'X' => (b'K', 2),
        b's' => (b'S', 1),
        b'z' => (b'S', 2),
        b'S' => (b'S', 4),
        b'C' => (b'S', 8),
        b'J' => (b'S', 16),
        b'c' => (b'S', 32),
        b'f' => (b'V', 1),
        b'v' => (b'V', 2),
        other => (other, 1),
    }
}

/// One sound: a vowel's letter, a consonant ([`fine`]) or an h.
enum Heard {
    Vowel(u8),
    Consonant(u8),
    Breath,
}

fn vowel(letter: u8) -> u8 {
    match letter {
        b'a' => A,
        b'e' | b'i' | b'y' => FRONT,
        b'o' | b'u' => BACK,
        _ => 0,
    }
}

/// The sounds of a word in Latin letters, one after the other; what is no ASCII letter is passed over.
#[inline]
fn each_sound(w: &[u8], reading: Reading, mut hear: impl FnMut(Heard)) {
    use Heard::{Breath, Consonant, Vowel};
    let small = |i: usize| w.get(i).map_or(0, u8::to_ascii_lowercase);
    let (mut i, mut open) = (0, true);
    while i < w.len() {
        let b = small(i);
        i += 1;
        if vowel(b) != 0 {
            hear(Vowel(b));
            open = true;
            continue;
        }
        let next = small(i);
        let (class, more) = match (b, next) {
            (b'l' | b'm' | b'n' | b'r' | b'f', _) => (b, 0),
            // Silent at the end of a word, a breath of the consonant before it.
            (b'h', _) if !open || (i == w.len() && i > 1) => continue,
            (b'h', _) => {
                hear(Breath);
                continue;
            }
            (b'j', b) if b != b'h' && reading.has(Reading::J) => {
                hear(Vowel(b'y'));
                open = true;
                continue;
            }
            (b'w', b) if open && i > 1 && vowel(b) == 0 && reading.has(Reading::W) => {
                hear(Vowel(b'u'));
                continue;
            }
            (b'x', _) => {
                hear(Consonant(b'k'));
                (b's', 0)
            }
            (b't', b's') if small(i + 1) == b'c' && small(i + 2) == b'h' => (b'C', 3),
            (b't', b'c') if small(i + 1) == b'h' => (b'C', 2),
            (b's', b'c') if small(i + 1) == b'h' => (b'S', 2),
            (b'd', b'z') if small(i + 1) == b'h' => (b'J', 2),
            (b't', b's' | b'z') => (b'c', 1),
            (b'c', b'h') => (if reading.has(Reading::CH) { b'X' } else { b'C' }, 1),
            (b's', b'h' | b'z') => (b'S', 1),
            (b'c', b'z') => (b'C', 1),
            (b'k', b'h') => (b'X', 1),
            (b'p', b'h') => (b'f', 1),
            (b'z', b'h') | (b'd', b'j') | (b'j', b'h') => (b'J', 1),
            (b'c', b'k') => (b'k', 1),
            (b'c', b'e' | b'i' | b'y') => (b's', 0),
            (b'c', _) if reading.has(Reading::C) => (b'c', 0),
            (b'c' | b'q' | b'k', _) => (b'k', 0),
            (b'w' | b'v', _) => (b'v', 0),
            (b'j', _) => (b'J', 0),
            (b'a'..=b'z', _) => (b, 0),
            _ => continue,
        };
        hear(Consonant(class));
        open = false;
        i += more;
    }
}

/// [`Sound::keys`] of a word in Latin letters, without making its sounds.
pub(super) fn keys(w: &[u8], reading: Reading) -> [u64; 3] {
    let (mut full, mut bare, mut double) = (Key::new(false), Key::new(true), Key::new(true));
    let (mut led, mut led_bare, mut open, mut open_bare) = (false, false, false, false);
    let (mut before, mut before_bare, mut last) = (0, 0, 0);
    each_sound(w, reading, |sound| match sound {
        Heard::Breath => led_bare |= before_bare == 0,
        Heard::Vowel(_) => {
            led |= before == 0;
            open = true;
            open_bare = true;
        }
        Heard::Consonant(consonant) => {
            let rough = fine(consonant).0;
            if rough != before || open || (rough == b'V' && consonant != last) {
                full.add(rough);
            }
            last = consonant;
            if consonant == b'v' {
                led_bare |= before_bare == 0;
                open_bare = true;
            } else {
                if rough != before_bare {
                    bare.add(rough);
                }
                if rough != before_bare || open_bare {
                    double.add(rough);
                }
                before_bare = rough;
                open_bare = false;
            }
            before = rough;
            open = false;
        }
    });
    [full.end(led), bare.end(led | led_bare), double.end(led | led_bare)]
}

/// A hash of consonants: FNV-1a. Short keys, few entries, no adversary gains by a collision but a second look.
struct Key(u64);

impl Key {
    fn new(bare: bool) -> Key {
        let mut key = Key(0xcbf2_9ce4_8422_2325);
        key.add(u8::from(bare));
        key
    }

    #[inline]
    fn add(&mut self, b: u8) {
        self.0 = (self.0 ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    }

    /// `led`: a vowel stands before the first consonant.
    fn end(mut self, led: bool) -> u64 {
        self.add(u8::from(led));
        // The low bits choose a bit of the sieve.
        self.0 ^ self.0 >> 29
    }
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
                gap |= vowel(letter) | if gap & VOWELS != 0 && !breath { LONG } else { 0 };
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
    pub(super) fn firsts(&self) -> &'static str {
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

    /// Could both be spellings of one name? `cross`: they are of two scripts. Gives how much was forgiven.
    pub(super) fn alike(&self, other: &Sound, cross: bool) -> Option<u32> {
        match (self.abjad, other.abjad) {
            (false, false) => self.full(other, cross),
            (true, false) => other.bare(false).written(self).or_else(|| other.bare(true).written(self)),
            (false, true) => self.bare(false).written(other).or_else(|| self.bare(true).written(other)),
            (true, true) => None,
        }
    }

    fn full(&self, other: &Sound, cross: bool) -> Option<u32> {
        let count = self.slots.len();
        if count != other.slots.len() {
            return None;
        }
        let inherent = self.inherent || other.inherent;
        let ends = match (self.last, other.last) {
            (a, b) if a == b => true,
            (b'E', b'a' | b'e') | (b'a' | b'e', b'E') => true,
            // Silent, or a script's own.
            (b'e', 0) | (0, b'e') => cross,
            (b'a', 0) | (0, b'a') => inherent && count > 1,
            _ => false,
        };
        if !ends {
            return None;
        }
        let (mut consonants, mut vowels) = (0, 0);
        for (i, (a, b)) in self.slots.iter().zip(&other.slots).enumerate() {
            if a.rough != b.rough {
                return None;
            }
            let closing = i + 1 == count && self.last == 0;
            let same = a.fine & b.fine != 0 || (a.rough == b'V' && (cross || closing));
            consonants += u32::from(!same);
            let breath = (a.gap ^ b.gap) & BREATH != 0;
            // Johnson: unheard before a consonant.
            consonants += u32::from(breath && !(cross && i > 0));
            let after = i.checked_sub(1).and_then(|i| self.slots.get(i)).map_or(0, |s| s.rough);
            let (deep, breath) = (i > 1 && count > 2, a.gap & b.gap & BREATH != 0);
            let at = Between { first: i == 0, closing, deep, breath, count, cross, inherent, after, before: a.rough };
            vowels += gaps(a.gap, b.gap, at);
        }
        // Maria is not Mara.
        if (self.end ^ other.end) & FRONT != 0 && self.last == b'a' {
            vowels += 2;
        }
        let loose = u32::from(cross && count > 1);
        let most = match count {
            0 | 1 => (0, 0),
            2 => (0, 1),
            3 => (1, 1),
            _ => (2, 1 + u32::from(count > 4)),
        };
        (consonants <= most.0 + loose && vowels <= most.1 + loose).then_some(consonants + vowels)
    }

    /// Is `abjad` how a script without short vowels writes this?
    fn written(&self, abjad: &Sound) -> Option<u32> {
        if self.slots.len() != abjad.slots.len() {
            return None;
        }
        let ends =
            self.last == abjad.last || matches!((self.last, abjad.last), (b'E', b'a') | (b'e', b'a' | 0) | (b'o', b'u') | (b'a', b'i'));
        if !ends {
            return None;
        }
        // Mustafa ends with a letter that is otherwise an i.
        let (mut consonants, mut vowels) = (0, u32::from(self.last == b'a' && abjad.last == b'i'));
        for (i, (full, bare)) in self.slots.iter().zip(&abjad.slots).enumerate() {
            if full.rough != bare.rough {
                return None;
            }
            let after = i.checked_sub(1).and_then(|i| abjad.slots.get(i)).map_or(0, |s| s.rough);
            // Bhutto: the h of India's consonants.
            let breath = match (full.gap ^ bare.gap) & BREATH {
                0 => false,
                _ => full.gap & BREATH != 0 || !matches!(after, b'b' | b'p' | b't' | b'd' | b'S' | b'K' | b'g'),
            };
            consonants += u32::from(full.fine & bare.fine == 0) + u32::from(breath);
            let (f, b) = (full.gap, bare.gap);
            if i == 0 {
                if (f & (VOWELS | GLIDE | BREATH) == 0) != (b & (VOWELS | BREATH) == 0) {
                    return None;
                }
                continue;
            }
            // What is written is heard; what is long is written; but foreign names have their short vowels written too.
            let heard = (b & VOWELS) & !(f & VOWELS) == 0;
            let seen = f & (LONG | GLIDE) == 0 || b & VOWELS != 0;
            let glide = f & GLIDE == 0 || b & BACK != 0;
            vowels += u32::from(!heard) + u32::from(!seen) + u32::from(!glide);
        }
        // What is written behind the last consonant is heard.
        if (abjad.end & VOWELS).count_ones() > 1 && abjad.end & VOWELS & !self.end != 0 {
            vowels += 2;
        }
        let most = match self.slots.len() {
            0..=2 => (0, 0),
            3 | 4 => (1, 1),
            _ => (2, 1),
        };
        (consonants <= most.0 && vowels <= most.1).then_some(consonants + vowels)
    }
}

/// Where two words' vowels are compared.
struct Between {
    first: bool,
    /// Before the last consonant of a word that ends with it.
    closing: bool,
    /// Behind the second consonant or further.
    deep: bool,
    /// An h stands among them.
    breath: bool,
    count: usize,
    cross: bool,
    inherent: bool,
    /// The rough classes on either side.
    after: u8,
    before: u8,
}

/// More than may be forgiven.
const TOO_MUCH: u32 = 9;

/// How much is to be forgiven where one word has the vowels `a` and the other `b`.
fn gaps(a: u8, b: u8, at: Between) -> u32 {
    let long = (a | b) & LONG != 0;
    let (a, b) = (a & VOWELS, b & VOWELS);
    // Quraishi is Qureshi, but Asha is not Ayesha.
    if a & b & (FRONT | BACK) != 0 || a == b {
        return 0;
    }
    if at.first {
        return if a == 0 || b == 0 { TOO_MUCH } else { 1 };
    }
    // An a that a script does not write.
    if at.inherent && (a == 0 || b == 0) && (a | b) == A {
        return 0;
    }
    // Gorbachev, Gorbatschow.
    if a | b == FRONT | BACK && at.after == b'S' && at.before == b'V' {
        return 0;
    }
    if a == 0 || b == 0 {
        return if long { 3 } else { 1 + u32::from(at.count < 3 && !at.closing) };
    }
    // Short vowels change before the last consonant, around an h, and between two scripts.
    let free = at.cross || at.closing || at.breath;
    match a | b {
        _ if at.count < 3 && !free => TOO_MUCH,
        _ if long && !at.cross => 3,
        vowels if vowels == FRONT | BACK => 2 + u32::from(!at.cross),
        vowels if vowels == A | FRONT && at.deep => 1,
        _ => {
            if free {
                1
            } else {
                3
            }
        }
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
