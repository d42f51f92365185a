//! Could two words be spellings of one name? What is forgiven is counted, and how much may be depends on their length.

use super::Sound;
use super::hear::{A, BACK, BREATH, FRONT, GLIDE, HIATUS, LONG, VOWELS};

impl Sound {
    /// Could both be spellings of one name? `cross`: they are of two scripts. Gives how much was forgiven.
    pub(in super::super) fn alike(&self, other: &Sound, cross: bool) -> Option<u32> {
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
        // Hanane, Hanan.
        let silent = count > 1;
        let ends = match (self.last, other.last) {
            (a, b) if a == b => true,
            (b'E', b'a' | b'e') | (b'a' | b'e', b'E') => true,
            // Silent, or a script's own.
            (b'e', 0) | (0, b'e') => cross || silent,
            // Charlotte, Шарлотта.
            (b'e', b'a') | (b'a', b'e') => cross && count > 2,
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
        vowels += u32::from(!cross && self.last != other.last && (self.last == 0 || other.last == 0));
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
    let hiatus = (a ^ b) & HIATUS != 0 && !at.cross;
    let (a, b) = (a & VOWELS, b & VOWELS);
    // Quraishi is Qureshi, but Asha is not Ayesha, and Mariana not Marina.
    if a & b & (FRONT | BACK) != 0 || a == b {
        return u32::from(hiatus);
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
