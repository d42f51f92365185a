//! Other scripts in Latin letters, roughly as passports and newspapers write them.
//!
//! Tables after ICAO Doc 9303 (Cyrillic), ELOT 743 (Greek) and the Hunterian system (Devanagari), made
//! coarser where [`super::sound`] takes the letters for one anyway.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::fold;

/// A script that names are known in by sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Devanagari,
    Other,
}

/// The script of a word's first letter.
pub(super) fn script(word: &str) -> Script {
    let first = word.chars().find(|&c| fold::letter(c)).map_or(0, u32::from);
    match first {
        0x41..=0x24F | 0x1E00..=0x1EFF => Script::Latin,
        0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Greek,
        0x400..=0x52F => Script::Cyrillic,
        0x620..=0x6FF | 0x750..=0x77F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC => Script::Arabic,
        0x900..=0x97F => Script::Devanagari,
        _ => Script::Other,
    }
}

/// Writes `word` in small ASCII letters to the end of `out`; Arabic is for [`super::sound`] alone.
pub(super) fn roman(word: &str, script: Script, out: &mut String) {
    match script {
        Script::Latin => word.chars().for_each(|c| fold::base(c, |b| out.push(b))),
        Script::Cyrillic => {
            let mut soft = false;
            for c in word.chars() {
                fold::base(c, |b| {
                    // A soft sign before a vowel is a y: Наталье.
                    if soft && matches!(b, 'е' | 'и' | 'о' | 'є' | 'ї' | 'э') {
                        out.push('y');
                    }
                    soft = b == 'ь';
                    out.push_str(cyrillic(b));
                });
            }
        }
        Script::Greek => greek(word, out),
        Script::Devanagari => devanagari(word, out),
        Script::Arabic | Script::Other => {}
    }
}

/// The letter that most who write a word with this first letter begin with; 0 for those that are also vowels.
fn arabic(c: char) -> u8 {
    let mut base = '\0';
    fold::base(c, |b| base = b);
    match base {
        'ب' => b'b',
        'پ' => b'p',
        'ت' | 'ط' | 'ٹ' => b't',
        'ث' | 'س' | 'ص' | 'ش' => b's',
        'ج' | 'ژ' => b'j',
        'چ' => b'c',
        'خ' | 'ق' | 'ک' => b'k',
        'د' | 'ڈ' => b'd',
        'ذ' | 'ز' | 'ض' | 'ظ' => b'z',
        'ر' | 'ڑ' => b'r',
        'غ' | 'گ' => b'g',
        'ف' => b'f',
        'ل' => b'l',
        'م' => b'm',
        'ن' => b'n',
        _ => 0,
    }
}

/// As [`roman`], but Latin letters with signs are written as they sound: č as ch.
pub(super) fn heard(word: &str, script: Script, out: &mut String) {
    if script != Script::Latin || word.is_ascii() {
        return roman(word, script, out);
    }
    for c in word.nfc().flat_map(char::to_lowercase) {
        match signed(c) {
            Some(letters) => out.push_str(letters),
            None => fold::base(c, |b| out.push(b)),
        }
    }
}

/// Letters with a sign that changes their sound, in the languages and scholars' systems (ISO 9, IAST) that use them.
fn signed(c: char) -> Option<&'static str> {
    Some(match c {
        'č' | 'ć' | 'ĉ' | 'ç' => "ch",
        'š' | 'ś' | 'ş' | 'ș' | 'ŝ' => "sh",
        'ž' | 'ż' | 'ź' => "zh",
        'đ' => "dj",
        'ţ' | 'ț' => "ts",
        'ğ' => "gh",
        'â' => "ya",
        'û' => "yu",
        'ñ' | 'ń' | 'ň' => "n",
        'ḥ' => "h",
        'ḫ' => "kh",
        _ => return None,
    })
}

fn cyrillic(c: char) -> &'static str {
    match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'є' => "ye",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ї' => "i",
        'ј' | 'ы' => "y",
        'к' | 'қ' => "k",
        'л' => "l",
        'љ' => "lj",
        'м' => "m",
        'н' => "n",
        'њ' => "nj",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' | 'ү' | 'ұ' => "u",
        'ф' => "f",
        'х' => "kh",
        'һ' => "h",
        'ц' => "ts",
        'ч' | 'ћ' => "ch",
        'џ' => "dzh",
        'ђ' => "dj",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "yu",
        'я' => "ya",
        'ә' => "a",
        _ => "",
    }
}

/// The small Latin letter that a word with the first letter `c` may begin with; 0: any.
pub(super) fn initial(c: char) -> u8 {
    static INITIALS: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let one = |c: char| {
            let word = String::from(c);
            let script = script(&word);
            // γι, μπ, ντ are other letters than γ, μ, ν.
            if script == Script::Arabic {
                return arabic(c);
            }
            if script == Script::Other || matches!(c, 'Γ' | 'Μ' | 'Ν' | 'γ' | 'μ' | 'ν') {
                return 0;
            }
            let mut latin = String::new();
            roman(&word, script, &mut latin);
            latin.bytes().next().unwrap_or(0)
        };
        (0..0x980).map(|n| char::from_u32(n).map_or(0, one)).collect()
    });
    INITIALS.get(c as usize).copied().unwrap_or(0)
}

fn greek(word: &str, out: &mut String) {
    let mut before = ' ';
    for c in fold::bases(word).chars() {
        let mut one = |s: &str| out.push_str(s);
        match (before, c) {
            ('ο', 'υ') => {
                out.pop();
                out.push('u');
            }
            ('μ', 'π') => {
                // Inside a word mb.
                if out.len() == 1 {
                    out.pop();
                }
                out.push('b');
            }
            ('ν', 'τ') => {
                if out.len() == 1 {
                    out.pop();
                }
                out.push('d');
            }
            ('γ', 'κ') => {}
            ('τ', 'ζ') => {
                out.pop();
                out.push('j');
            }
            ('γ', 'γ' | 'χ' | 'ξ') => {
                out.pop();
                out.push('n');
                out.push_str(if c == 'γ' {
                    "g"
                } else if c == 'χ' {
                    "kh"
                } else {
                    "x"
                });
            }
            ('α' | 'ε', 'υ') => one("v"),
            ('ε' | 'ο', 'ι') => {
                out.pop();
                out.push('i');
            }
            (_, 'α') => one("a"),
            (_, 'β') => one("v"),
            (_, 'γ') => one("g"),
            (_, 'δ') => one("d"),
            (_, 'ε') => one("e"),
            (_, 'ζ') => one("z"),
            (_, 'η' | 'ι' | 'υ') => one("i"),
            (_, 'θ') => one("th"),
            (_, 'κ') => one("k"),
            (_, 'λ') => one("l"),
            (_, 'μ') => one("m"),
            (_, 'ν') => one("n"),
            (_, 'ξ') => one("x"),
            (_, 'ο' | 'ω') => one("o"),
            (_, 'π') => one("p"),
            (_, 'ρ') => one("r"),
            (_, 'σ' | 'ς') => one("s"),
            (_, 'τ') => one("t"),
            (_, 'φ') => one("f"),
            (_, 'χ') => one("kh"),
            (_, 'ψ') => one("ps"),
            _ => {}
        }
        before = c;
    }
    // Γιεκατερίνα, Γιάννης.
    if out.strip_prefix("gi").is_some_and(|rest| rest.starts_with(['a', 'e', 'o', 'u'])) {
        out.replace_range(..2, "y");
    }
}

fn devanagari(word: &str, out: &mut String) {
    // A consonant carries an `a` until a vowel sign, a virama or the word's end takes it away.
    let mut inherent = false;
    let (mut joined, mut before) = (false, ' ');
    for c in word.nfd() {
        joined = if c == '\u{94d}' { joined } else { before == '\u{94d}' };
        before = c;
        let consonant = match c {
            'क' => "k",
            'ख' => "kh",
            'ग' | 'घ' => "g",
            'च' | 'छ' => "ch",
            'ज' | 'झ' => "j",
            'ट' | 'ठ' | 'त' | 'थ' => "t",
            'ड' | 'ढ' | 'द' | 'ध' => "d",
            'ण' | 'न' | 'ङ' | 'ञ' => "n",
            'प' => "p",
            'फ' => "f",
            'ब' | 'भ' => "b",
            'म' => "m",
            'य' => "y",
            'र' => "r",
            'ल' | 'ळ' => "l",
            'व' => "v",
            'श' | 'ष' => "sh",
            'स' => "s",
            'ह' => "h",
            _ => "",
        };
        if !consonant.is_empty() {
            if inherent {
                out.push('a');
            }
            out.push_str(consonant);
            inherent = true;
            continue;
        }
        // The nukta makes j a z, and d an r.
        if c == '\u{93c}' {
            match out.pop() {
                Some('j') => out.push('z'),
                Some('d') => out.push('r'),
                Some(other) => out.push(other),
                None => {}
            }
            continue;
        }
        let vowel = match c {
            'अ' => "a",
            'आ' | 'ा' => "aa",
            'इ' | 'ि' => "i",
            'ई' | 'ी' => "ee",
            'उ' | 'ु' => "u",
            'ऊ' | 'ू' => "oo",
            'ए' | 'े' => "e",
            'ऐ' | 'ै' => "ai",
            'ओ' | 'ो' | 'ऑ' | 'ॉ' => "o",
            'औ' | 'ौ' => "au",
            'ऋ' | 'ृ' => "ri",
            'ं' | 'ँ' => {
                if inherent {
                    out.push('a');
                }
                "n"
            }
            _ => "",
        };
        out.push_str(vowel);
        inherent = false;
    }
    // Behind two consonants at once it is said at a word's end too: आचार्य.
    if inherent && joined {
        out.push('a');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn romanised() {
        for (word, want) in [
            ("Ольга", "olga"),
            ("Щукин", "shchukin"),
            ("Παπαδόπουλος", "papadopulos"),
            ("आयशा", "aayashaa"),
            ("ख़ान", "khaan"),
            ("ज़ैनब", "zainab"),
        ] {
            let mut out = String::new();
            roman(word, script(word), &mut out);
            assert_eq!(out, want);
        }
    }
}
