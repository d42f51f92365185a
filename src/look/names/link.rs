//! Addresses as a reader of them sees them: percent-encoding and punycode undone.

use std::borrow::Cow;
use std::ops::Range;

/// A text, decoded where it was encoded, and the way back.
pub(super) struct Decoded<'a> {
    /// What is to be read.
    pub(super) text: Cow<'a, str>,
    /// For every byte of `text`, the bytes of the original that it came from; empty: the same.
    from: Vec<(u32, u32)>,
}

impl<'a> Decoded<'a> {
    /// Decodes `%xx` (twice, for addresses inside addresses) and `xn--` labels. What is not valid
    /// UTF-8 or punycode stays as it is. `text` is shorter than 4 GiB.
    ///
    /// In a `link` the keys of a query that say "name" are left out: `first=Ayesha&last=Khan` reads
    /// `first=Ayesha&Khan`.
    pub(super) fn new(text: &'a str, link: bool) -> Decoded<'a> {
        let mut d = Decoded { text: Cow::Borrowed(text), from: Vec::new() };
        for _ in 0..2 {
            if !d.percent() {
                break;
            }
        }
        if find_puny(&d.text, 0).is_some() {
            d.punycode();
        }
        if link && memchr::memchr(b'&', d.text.as_bytes()).is_some() {
            d.keys();
        }
        d
    }

    /// The bytes of the original that `range` of the decoded text came from.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        if self.from.is_empty() {
            return range;
        }
        let first = self.from.get(range.start).map_or(0, |f| f.0);
        let last = range.end.checked_sub(1).and_then(|l| self.from.get(l)).map_or(first, |f| f.1);
        first as usize..(last.max(first)) as usize
    }

    fn source(&self, at: usize) -> (u32, u32) {
        self.from.get(at).copied().unwrap_or((at as u32, at as u32 + 1))
    }

    /// Where the original is read character by character, a byte's source is its whole character.
    fn copy(&self, range: Range<usize>, text: &mut String, from: &mut Vec<(u32, u32)>) {
        let Some(part) = self.text.get(range.clone()) else {
            return;
        };
        for (i, c) in part.char_indices() {
            let at = range.start + i;
            let first = self.source(at).0;
            let last = self.source(at + c.len_utf8() - 1).1;
            text.push(c);
            from.extend(std::iter::repeat_n((first, last), c.len_utf8()));
        }
    }

    fn percent(&mut self) -> bool {
        let raw = self.text.as_bytes();
        let escape = |at: usize| -> Option<u8> {
            let hex = |i| raw.get(at + i).and_then(|&h| char::from(h).to_digit(16));
            let byte = hex(1)? * 16 + hex(2)?;
            (raw.get(at) == Some(&b'%')).then_some(byte as u8)
        };
        let Some(mut next) = memchr::memchr_iter(b'%', raw).find(|&at| escape(at).is_some()) else {
            return false;
        };
        let mut text = String::with_capacity(raw.len());
        let mut from = Vec::with_capacity(raw.len());
        let mut copied = 0;
        while next < raw.len() {
            let mut bytes = Vec::new();
            while let Some(b) = escape(next + 3 * bytes.len()) {
                bytes.push(b);
            }
            if bytes.is_empty() {
                let rest = raw.get(next + 1..).unwrap_or_default();
                next = memchr::memchr(b'%', rest).map_or(raw.len(), |n| next + 1 + n);
                continue;
            }
            self.copy(copied..next, &mut text, &mut from);
            let mut done = 0;
            for chunk in bytes.utf8_chunks() {
                for c in chunk.valid().chars() {
                    let first = self.source(next + 3 * done).0;
                    done += c.len_utf8();
                    let last = self.source(next + 3 * done - 1).1;
                    text.push(c);
                    from.extend(std::iter::repeat_n((first, last), c.len_utf8()));
                }
                let bad = chunk.invalid().len();
                self.copy(next + 3 * done..next + 3 * (done + bad), &mut text, &mut from);
                done += bad;
            }
            next += 3 * bytes.len();
            copied = next;
        }
        self.copy(copied..raw.len(), &mut text, &mut from);
        self.text = Cow::Owned(text);
        self.from = from;
        true
    }

    fn keys(&mut self) {
        let mut text = String::with_capacity(self.text.len());
        let mut from = Vec::with_capacity(self.text.len());
        let mut copied = 0;
        for at in memchr::memchr_iter(b'&', self.text.as_bytes()) {
            let rest = self.text.get(at + 1..).unwrap_or_default();
            let near = rest.get(..rest.floor_char_boundary(rest.len().min(32))).unwrap_or_default();
            if at >= copied
                && let Some((key, _)) = near.split_once('=')
                && name_key(key)
            {
                self.copy(copied..at + 1, &mut text, &mut from);
                copied = at + 1 + key.len() + 1;
            }
        }
        self.copy(copied..self.text.len(), &mut text, &mut from);
        self.text = Cow::Owned(text);
        self.from = from;
    }

    fn punycode(&mut self) {
        let mut text = String::with_capacity(self.text.len());
        let mut from = Vec::with_capacity(self.text.len());
        let mut copied = 0;
        while let Some(at) = find_puny(&self.text, copied) {
            let rest = self.text.get(at..).unwrap_or_default();
            // A label of a host name is at most 63 bytes.
            let len = rest.bytes().take(63).take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
            self.copy(copied..at, &mut text, &mut from);
            copied = at + len;
            let label = rest.get(4..len).unwrap_or_default();
            match idna::punycode::decode_to_string(label) {
                Some(word) => {
                    let source = (self.source(at).0, self.source(at + len - 1).1);
                    from.extend(std::iter::repeat_n(source, word.len()));
                    text.push_str(&word);
                }
                None => self.copy(at..copied, &mut text, &mut from),
            }
        }
        self.copy(copied..self.text.len(), &mut text, &mut from);
        self.text = Cow::Owned(text);
        self.from = from;
    }
}

/// Is `key` what a form calls a name?
fn name_key(key: &str) -> bool {
    const KEYS: [&str; 12] = ["name", "last", "first", "family", "given", "nom", "ln", "fn", "middle", "vorname", "apellido", "nome"];
    let small = key.to_ascii_lowercase();
    KEYS.iter().any(|k| if k.len() < 3 { small == *k } else { small.contains(k) })
}

fn find_puny(text: &str, from: usize) -> Option<usize> {
    let raw = text.as_bytes().get(from..)?;
    let lower = |at: &usize| {
        let label = at.checked_sub(2).and_then(|x| raw.get(x..*at));
        label.is_some_and(|l| l.eq_ignore_ascii_case(b"xn"))
    };
    Some(from + memchr::memmem::find_iter(raw, b"--").find(lower)? - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_finds_the_way_back() {
        for (text, want) in [
            ("https://x.example/a%20b", "https://x.example/a b"),
            ("?q=%D0%9E%D0%BB", "?q=Ол"),
            ("%25D0%259E", "О"),
            ("https://xn--mller-kva.example/", "https://müller.example/"),
            ("100% sure, %zz %ff", "100% sure, %zz %ff"),
            ("ü%C3%BC", "üü"),
        ] {
            assert_eq!(Decoded::new(text, false).text, want);
        }
        let d = Decoded::new("ab%C3%BCc", true);
        assert_eq!(d.original(2..4), 2..8);
        assert_eq!(d.original(4..5), 8..9);
        let d = Decoded::new("//xn--mller-kva.example", true);
        assert_eq!(d.original(2..3), 2..15);
        let d = Decoded::new("%25C3%25BC.", true);
        assert_eq!(d.original(0..2), 0..10);
    }
}
