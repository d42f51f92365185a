//! One character at a time: what it stands for (its base letters) and what it looks like (its shape).
//!
//! Sources: Unicode NFKC/NFKD (UAX 15), the skeletons of confusable characters (UTS 39, by way of
//! `unicode-security`), and a short table of letters that those two leave alone (ø, ł, đ, ı, small
//! capitals, boxed letters) or that people use as look-alikes although UTS 39 does not.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

use super::table::{ACCENT, INVISIBLE, LETTER, Table};

/// Is `c` invisible: zero-width, soft hyphen, bidi control, variation selector, tatweel?
pub(super) fn invisible(c: char) -> bool {
    Table::of(c).map_or_else(|| is_invisible(c), |f| f.flags & INVISIBLE != 0)
}

pub(super) fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF
        | 0xFFA0 | 0xFFF9..=0xFFFB | 0x640 | 0xE0000..=0xE0FFF)
}

/// Is `c` a mark that may be left out without changing the letters: an accent, harakat, a nukta?
/// Vowel signs of Indic scripts have combining class 0 and are letters here; the virama is one too.
pub(super) fn accent(c: char) -> bool {
    Table::of(c).map_or_else(|| is_accent(c), |f| f.flags & ACCENT != 0)
}

pub(super) fn is_accent(c: char) -> bool {
    c >= '\u{300}' && !matches!(canonical_combining_class(c), 0 | 9)
}

/// Does `c` belong to a word: a letter, or a sign that changes one?
pub(super) fn letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    Table::of(c).map_or_else(|| is_letter(c), |f| f.flags & LETTER != 0)
}

pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic() || canonical_combining_class(c) == 9 || boxed(c).is_some()
}

/// The value of a decimal digit of any script.
pub(super) fn digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 14] = [0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xE50, 0xED0, 0x1040, 0x17E0, 0xFF10];
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let n = u32::from(c);
    match n {
        // Mathematical digits: five alphabets of ten.
        0x1D7CE..=0x1D7FF => Some((n - 0x1D7CE) % 10),
        _ => ZEROS.iter().find(|&&z| (z..z + 10).contains(&n)).map(|z| n - z),
    }
}

/// Scripts that put no space between words: a border cannot be seen there.
pub(super) fn unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0xE00..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// Emoji and other pictures, with what joins them.
pub(super) fn emoji(c: char) -> bool {
    matches!(u32::from(c),
        0x200D | 0x20E3 | 0x2190..=0x21FF | 0x2300..=0x23FF | 0x25A0..=0x27BF | 0x2B00..=0x2BFF
        | 0xFE0F | 0x1F000..=0x1F02F | 0x1F1E6..=0x1F1FF | 0x1F300..=0x1FAFF)
        && boxed(c).is_none()
}

/// Letters in white or black boxes and circles that have no decomposition.
fn boxed(c: char) -> Option<char> {
    let n = u32::from(c);
    let at = match n {
        0x1F150..=0x1F169 => n - 0x1F150,
        0x1F170..=0x1F189 => n - 0x1F170,
        _ => return None,
    };
    char::from_u32(0x61 + at)
}

/// Hands the base letters and digits of `c` to `out`, in lower case, without accents; nothing for
/// anything else. `ß` gives `ss`, `ﬁ` gives `fi`, `Ａ` and `𝔞` give `a`, `ي` and `ی` give the same.
pub(super) fn base(c: char, mut out: impl FnMut(char)) {
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            out(c.to_ascii_lowercase());
        }
        return;
    }
    match Table::bases(c) {
        Some(bases) => bases.iter().for_each(|&b| out(b)),
        None => find_base(c, &mut out),
    }
}

pub(super) fn find_base(c: char, out: &mut dyn FnMut(char)) {
    if is_invisible(c) {
        return;
    }
    if let Some(b) = boxed(c) {
        return out(b);
    }
    if let Some(d) = digit(c).and_then(|d| char::from_digit(d, 10)) {
        return out(d);
    }
    decompose_compatible(c, |d| {
        if is_accent(d) {
            return;
        }
        for l in d.to_lowercase() {
            match special(l) {
                Some(s) => s.chars().for_each(&mut *out),
                None if l.is_alphanumeric() || is_letter(l) => out(l),
                None => {}
            }
        }
    });
}

/// Letters that Unicode does not decompose although readers do.
fn special(l: char) -> Option<&'static str> {
    Some(match l {
        'ß' | 'ẞ' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' | 'ɔ' | 'ᴏ' => "o",
        'ł' | 'ƚ' | 'ʟ' | 'ŀ' => "l",
        'đ' | 'ð' | 'ɖ' | 'ɗ' | 'ᴅ' => "d",
        'ħ' | 'ʜ' => "h",
        'ı' | 'ɨ' | 'ɪ' => "i",
        'ŋ' | 'ɴ' => "n",
        'ŧ' | 'ᴛ' => "t",
        'þ' => "th",
        'ə' | 'ǝ' | 'ᴇ' | 'ɛ' => "e",
        'ƒ' | 'ꜰ' => "f",
        'ɢ' | 'ɡ' => "g",
        'ᴀ' => "a",
        'ʙ' | 'ƀ' => "b",
        'ᴄ' => "c",
        'ᴊ' => "j",
        'ᴋ' | 'ĸ' => "k",
        'ᴍ' => "m",
        'ᴘ' => "p",
        'ʀ' => "r",
        'ꜱ' => "s",
        'ᴜ' | 'ʉ' => "u",
        'ᴠ' => "v",
        'ᴡ' => "w",
        'ʏ' => "y",
        'ᴢ' | 'ƶ' => "z",
        'ς' => "σ",
        // Arabic, Persian and Urdu keyboards give different letters for the same one.
        'ي' | 'ى' | 'ے' | 'ې' => "ی",
        'ك' | 'ڪ' => "ک",
        'ه' | 'ة' | 'ۃ' | 'ە' | 'ھ' => "ہ",
        'ٱ' => "ا",
        'ں' => "ن",
        'ء' | 'ʿ' | 'ʾ' | 'ʻ' | 'ʼ' | 'ʹ' | 'ʽ' => "",
        _ => return None,
    })
}

/// The Latin letter that `c` is drawn like, where `c` is of another script. `c` keeps its case:
/// a capital eta looks like H, a small one like n.
pub(super) fn drawn_like(c: char) -> Option<char> {
    let n = u32::from(c);
    if n < 0x250 || (0x590..0xE00).contains(&n) || (0xFB1D..0xFEFF).contains(&n) {
        // Latin is its own shape; in Arabic, Hebrew and India's scripts the likeness of single
        // strokes is no use to anybody who wants to be read.
        return None;
    }
    let by_hand = match c {
        'в' | 'В' | 'ь' | 'β' | 'Β' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'е' | 'Е' | 'є' | 'Є' | 'ε' | 'Ε' | 'з' | 'З' => 'e',
        'а' | 'А' | 'α' | 'Α' | 'Λ' => 'a',
        'н' | 'Н' | 'һ' | 'Һ' | 'Η' => 'h',
        'і' | 'І' | 'ӏ' | 'Ӏ' | 'ι' | 'Ι' => 'i',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'м' | 'М' | 'Μ' => 'm',
        'п' | 'η' | 'Ν' | 'ո' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'σ' | 'ς' | 'θ' | 'Θ' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'г' => 'r',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'и' | 'μ' | 'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ш' | 'ω' | 'ԝ' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'γ' | 'Υ' | 'ү' | 'Ү' => 'y',
        'Ζ' => 'z',
        _ => {
            // UTS 39 draws I, l and 1 as one; so does the reading below.
            let mut utf8 = [0; 4];
            let mut skeleton = unicode_security::skeleton(c.encode_utf8(&mut utf8));
            let first = skeleton.next()?;
            return (skeleton.next().is_none() && first.is_ascii_alphabetic()).then(|| first.to_ascii_lowercase());
        }
    };
    Some(by_hand)
}

/// The letter that a digit or sign stands for in leet, as a class of [`class`].
pub(super) fn leet(c: char) -> bool {
    matches!(c, '0'..='9' | '@' | '$' | '!' | '|' | '€')
}

/// The class of an ASCII letter, digit or leet sign: those that can be taken for each other share one.
pub(super) const fn class(b: u8) -> u8 {
    match b.to_ascii_lowercase() {
        b'0' => b'o',
        b'1' | b'!' | b'|' | b'l' => b'i',
        b'2' => b'z',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'6' | b'9' | b'q' => b'g',
        b'7' => b't',
        b'8' => b'b',
        l @ b'a'..=b'z' => l,
        _ => 0,
    }
}

/// Hands the bytes that stand for `c` in a [`super::stream::Stream`] to `out`.
pub(super) fn shape(c: char, mut out: impl FnMut(u8)) {
    // Ideographs are their own shapes, but for the few of a stroke or two at the beginning.
    if matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E40}'..='\u{9FFF}') {
        return c.encode_utf8(&mut [0; 4]).bytes().for_each(out);
    }
    match Table::shape(c) {
        Some(bytes) => bytes.iter().for_each(|&b| out(b)),
        None => find_shape(c, &mut out),
    }
}

pub(super) fn find_shape(c: char, out: &mut dyn FnMut(u8)) {
    let mut utf8 = [0; 4];
    if let Some(l) = drawn_like(c).filter(|_| is_letter(c)) {
        return out(class(l as u8));
    }
    if c == '€' {
        return out(b'e');
    }
    let mut add = |b: char| {
        // й is и and a breve: the base may be drawn like Latin although the whole is not in a table.
        let b =
            if c.is_uppercase() && b != c { b.to_uppercase().next().and_then(drawn_like).unwrap_or(b) } else { drawn_like(b).unwrap_or(b) };
        match u8::try_from(b) {
            Ok(b) if b.is_ascii() => out(class(b)),
            _ => b.encode_utf8(&mut utf8).bytes().for_each(&mut *out),
        }
    };
    match c {
        _ if c.is_ascii_alphanumeric() => add(c.to_ascii_lowercase()),
        _ if c.is_ascii() => {}
        _ => find_base(c, &mut add),
    }
}

/// The base letters of a whole text.
pub(super) fn bases(text: &str) -> String {
    let mut s = String::with_capacity(text.len());
    text.chars().for_each(|c| base(c, |b| s.push(b)));
    s
}

/// The letters and digits of a text as written but for case and composition: what tells a plain
/// spelling from one with its accents dropped.
pub(super) fn plain_letters(text: &str) -> String {
    let seen = text.chars().filter(|&c| !invisible(c) && !c.is_whitespace());
    seen.flat_map(char::to_lowercase).nfc().filter(|&c| letter(c) || c.is_numeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_letters() {
        for (text, want) in [
            ("Müller", "muller"),
            ("Straße", "strasse"),
            ("Ｋｈａｎ", "khan"),
            ("𝓚𝖍𝒂𝕟", "khan"),
            ("ⓀⒽⒶⓃ", "khan"),
            ("🅺🅷🅰🅽", "khan"),
            ("Łódź", "lodz"),
            ("İnci Işık", "inciisik"),
            ("عَائِشَة", "عایشہ"),
            ("عائشه", "عایشہ"),
            ("ﺧﺎﻥ", "خان"),
            ("٠٣٠٠", "0300"),
            ("Алёна", "алена"),
        ] {
            assert_eq!(bases(text), want, "{text}");
        }
    }

    #[test]
    fn shapes() {
        let of = |s: &str| {
            let mut v = Vec::new();
            s.chars().for_each(|c| shape(c, |b| v.push(b)));
            String::from_utf8_lossy(&v).into_owned()
        };
        for text in ["Аyеshа Кhаn", "ΑYESHA KHAN", "4y35h4 kh4n", "ᴀʏᴇꜱʜᴀ ᴋʜᴀɴ", "Ауеѕһа Кһап"] {
            assert_eq!(of(text).replace(' ', ""), "ayeshakhan", "{text}");
        }
    }
}
