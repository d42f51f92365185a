//! The words of a text, and what may be bracketed between a name's.

use super::fold;

/// Where a word stands.
#[derive(Clone, Copy)]
pub(super) struct Word {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The words of a text: runs of letters with what invisible stands in them; a capital behind a small
/// letter begins a new one.
pub(super) fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::with_capacity(text.len() / 6 + 1);
    let raw = text.as_bytes();
    let mut from = None;
    let mut small = false;
    let mut at = 0;
    let mut add = |from: Option<usize>, to: usize| {
        if let Some(from) = from {
            words.push(Word { from: from as u32, to: to as u32 });
        }
    };
    while let Some(&b) = raw.get(at) {
        let mut len = 1;
        let inside = match b {
            b'a'..=b'z' => {
                small = true;
                true
            }
            b'A'..=b'Z' => {
                if small {
                    add(from.replace(at), at);
                }
                small = false;
                true
            }
            0..=127 => {
                small = false;
                false
            }
            _ => {
                let Some(c) = text.get(at..).and_then(|t| t.chars().next()) else {
                    break;
                };
                len = c.len_utf8();
                small = false;
                let within = || c != '\u{200b}' && (fold::invisible(c) || fold::accent(c));
                fold::letter(c) || (from.is_some() && within())
            }
        };
        if inside {
            from.get_or_insert(at);
        } else {
            add(from.take(), at);
        }
        at += len;
    }
    add(from, text.len());
    words
}

/// The end of a nickname in quotes or brackets that begins behind `end` after one blank.
pub(super) fn nickname(text: &str, end: usize) -> Option<usize> {
    let rest = text.get(end..)?.strip_prefix(' ')?;
    let open = rest.chars().next()?;
    let close: &[char] = match open {
        '"' => &['"'],
        '\'' => &['\''],
        '“' | '„' => &['”', '“'],
        '‘' => &['’'],
        '«' => &['»'],
        '(' => &[')'],
        _ => return None,
    };
    let inner = rest.get(open.len_utf8()..)?;
    let (at, shut) = inner.char_indices().take(32).find(|(_, c)| close.contains(c))?;
    let blanks = inner.get(..at)?.chars().filter(|c| c.is_whitespace()).count();
    (at > 0 && blanks < 3).then_some(end + 1 + open.len_utf8() + at + shut.len_utf8())
}
