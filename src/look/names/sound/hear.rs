//! Letters heard: which sounds a word in Latin letters has, one after the other, and the key that its consonants make.

pub(super) const A: u8 = 1;
/// e, i, y.
pub(super) const FRONT: u8 = 2;
/// o, u.
pub(super) const BACK: u8 = 4;
/// More than one vowel letter: another script writes it too.
pub(super) const LONG: u8 = 8;
/// A w or v, where vowels and it are one letter.
pub(super) const GLIDE: u8 = 16;
/// An h between the vowels.
pub(super) const BREATH: u8 = 32;
/// An a, o or u behind an e, i or y: Mariana.
pub(super) const HIATUS: u8 = 64;
pub(super) const VOWELS: u8 = A | FRONT | BACK;

/// How letters are read that languages read differently; the bits are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Reading(u8);

impl Reading {
    /// As English does.
    pub(in super::super) const PLAIN: Reading = Reading(0);
    /// `ch` as kh.
    const CH: u8 = 1;
    /// `j` as y.
    const J: u8 = 2;
    /// `c` as ts where it is not soft.
    const C: u8 = 4;
    /// `w` behind a vowel as u, where no vowel follows.
    const W: u8 = 8;

    /// Every reading that makes a difference in `word`, in small or capital Latin letters; the plain one first.
    pub(in super::super) fn of(word: &[u8]) -> impl Iterator<Item = Reading> + use<> {
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

/// The rough class of a consonant and its own bit in it.
///
/// `X` kh, `C` ch, `S` sh, `J` zh and dj, `c` ts; all others as written.
pub(super) fn fine(consonant: u8) -> (u8, u8) {
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
pub(super) enum Heard {
    Vowel(u8),
    Consonant(u8),
    Breath,
}

pub(super) fn vowel(letter: u8) -> u8 {
    match letter {
        b'a' => A,
        b'e' | b'i' | b'y' => FRONT,
        b'o' | b'u' => BACK,
        _ => 0,
    }
}

/// The sounds of a word in Latin letters, one after the other; what is no ASCII letter is passed over.
#[inline]
pub(super) fn each_sound(w: &[u8], reading: Reading, mut hear: impl FnMut(Heard)) {
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

/// [`super::Sound::keys`] of a word in Latin letters, without making its sounds.
pub(in super::super) fn keys(w: &[u8], reading: Reading) -> [u64; 3] {
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
pub(super) struct Key(u64);

impl Key {
    pub(super) fn new(bare: bool) -> Key {
        let mut key = Key(0xcbf2_9ce4_8422_2325);
        key.add(u8::from(bare));
        key
    }

    #[inline]
    pub(super) fn add(&mut self, b: u8) {
        self.0 = (self.0 ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    }

    /// `led`: a vowel stands before the first consonant.
    pub(super) fn end(mut self, led: bool) -> u64 {
        self.add(u8::from(led));
        // The low bits choose a bit of the sieve.
        self.0 ^ self.0 >> 29
    }
}
