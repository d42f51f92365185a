//! A text as one row of letter shapes with nothing between them, and where each came from.

use super::fold;

/// Letters and digits of a text, each as its class (ASCII) or the UTF-8 of its base letter; spaces,
/// signs, accents and invisible characters are left out.
#[derive(Default)]
pub(super) struct Stream {
    /// The row.
    pub(super) bytes: Vec<u8>,
    /// For every byte of the row: where its character starts in the text.
    pub(super) at: Vec<u32>,
    /// Where in the text leet signs between letters were taken for letters too.
    pub(super) signs: Vec<u32>,
}

/// No character stands for more bytes of a row than this: \u{FDFA} is 18 letters of two.
const SLACK: usize = 96;

/// A leet sign counts where a letter or digit follows, `kh@n`; at a word's end, `$@r@`, only one that is no
/// punctuation: not `khan!`.
const SIGN: u8 = 0xFF;

const fn ascii_table() -> [u8; 128] {
    let mut table = [0; 128];
    let mut b = 0;
    while b < 128 {
        table[b] = match b as u8 {
            b'@' | b'$' | b'!' | b'|' => SIGN,
            c => fold::class(c),
        };
        b += 1;
    }
    table
}

static ASCII: [u8; 128] = ascii_table();

impl Stream {
    /// Replaces what is held by the row of `text`, which is shorter than 4 GiB.
    ///
    /// `signs`: leet signs are letters, else they only part the letters around them.
    pub(super) fn fill(&mut self, text: &str, signs: bool) {
        self.signs.clear();
        let raw = text.as_bytes();
        self.bytes.resize(raw.len() + SLACK, 0);
        self.at.resize(raw.len() + SLACK, 0);
        let mut at = 0;
        let mut filled = 0;
        while let Some(&b) = raw.get(at) {
            let Some(&class) = ASCII.get(usize::from(b)) else {
                let Some(c) = text.get(at..).and_then(|t| t.chars().next()) else {
                    break;
                };
                if filled + SLACK > self.bytes.len() {
                    // Ligatures stand for more letters than they have bytes.
                    self.bytes.resize(filled + raw.len() + SLACK, 0);
                    self.at.resize(filled + raw.len() + SLACK, 0);
                }
                fold::shape(c, |b| {
                    self.set(filled, b, at);
                    filled += 1;
                });
                at += c.len_utf8();
                continue;
            };
            let class = match class {
                SIGN if !signs => 0,
                SIGN => {
                    let class = sign(raw, at);
                    let letter = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphabetic() || !b.is_ascii());
                    if class != 0 && letter(raw.get(at + 1)) && letter(at.checked_sub(1).and_then(|b| raw.get(b))) {
                        self.signs.push(at as u32);
                    }
                    class
                }
                class => class,
            };
            // Written in any case, kept where it is a letter.
            self.set(filled, class, at);
            filled += usize::from(class != 0);
            at += 1;
        }
        self.bytes.truncate(filled);
        self.at.truncate(filled);
    }

    #[inline]
    fn set(&mut self, place: usize, byte: u8, at: usize) {
        if let (Some(b), Some(a)) = (self.bytes.get_mut(place), self.at.get_mut(place)) {
            *b = byte;
            *a = at as u32;
        }
    }
}

/// The class of the leet sign at `at`, 0 where it is punctuation.
fn sign(raw: &[u8], at: usize) -> u8 {
    let b = raw.get(at).copied().unwrap_or(0);
    let before = at.checked_sub(1).and_then(|b| raw.get(b));
    let word = |b: &u8| ASCII.get(usize::from(*b)).is_none_or(|&class| class != 0);
    let next = raw.get(at + 1).is_some_and(|n| n.is_ascii_alphanumeric() || !n.is_ascii() || matches!(n, b'@' | b'$' | b'|'));
    // `khan!` is a cry, `l4k5hm!` is not.
    let digits =
        || raw.get(..at).unwrap_or_default().iter().rev().take(16).take_while(|b| !b.is_ascii_whitespace()).any(u8::is_ascii_digit);
    if next || (before.is_some_and(word) && (b != b'!' || digits())) { fold::class(b) } else { 0 }
}

/// The row of a name that is looked for.
pub(super) fn row(text: &str) -> Vec<u8> {
    let mut row = Vec::new();
    text.chars().for_each(|c| fold::shape(c, |b| row.push(b)));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_what_is_between_and_keeps_where() {
        let mut s = Stream::default();
        s.fill("A-y é\u{200b}$ha!", true);
        assert_eq!(s.bytes, b"ayesha");
        assert_eq!(s.at, [0, 2, 4, 9, 10, 11]);
    }
}
