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
pub(super) struct Split<'t> {
    text: &'t str,
    at: usize,
}

const OTHER: u8 = 0;
const SMALL: u8 = 1;
const CAPITAL: u8 = 2;
const WIDE: u8 = 3;

const fn sorts() -> [u8; 256] {
    let mut sorts = [OTHER; 256];
    let mut b = 0;
    while b < 256 {
        sorts[b] = match b as u8 {
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => CAPITAL,
            0..=127 => OTHER,
            _ => WIDE,
        };
        b += 1;
    }
    sorts
}

static SORTS: [u8; 256] = sorts();

/// Is the apostrophe before `at` a soft sign's (Ol'ga, Koval'chuk), and not an English or French one?
fn soft(raw: &[u8], at: usize) -> bool {
    let small = |i: usize| raw.get(i).is_some_and(|b| b.is_ascii_lowercase() || !b.is_ascii());
    let before = at.checked_sub(2).and_then(|i| raw.get(i)).copied().unwrap_or(0);
    small(at) && small(at + 1) && !matches!(before, b'a' | b'e' | b'i' | b'o' | b'u')
}

/// The words of `text`, first to last.
pub(super) fn split(text: &str) -> Split<'_> {
    Split { text, at: 0 }
}

impl Iterator for Split<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let raw = self.text.as_bytes();
        let sort = |at: usize| raw.get(at).map(|b| SORTS[usize::from(*b)]);
        let wide = |at: usize| self.text.get(at..).and_then(|t| t.chars().next());
        let run = |at: usize, of: u8| raw.get(at..).unwrap_or_default().iter().take_while(|b| SORTS[usize::from(**b)] == of).count();
        let mut at = self.at;
        // To the first letter.
        loop {
            at += run(at, OTHER);
            if sort(at)? != WIDE {
                break;
            }
            let c = wide(at)?;
            if fold::letter(c) {
                break;
            }
            at += c.len_utf8();
        }
        let from = at;
        loop {
            at += run(at, CAPITAL);
            let small = run(at, SMALL);
            at += small;
            match sort(at) {
                Some(OTHER) if small > 0 && raw.get(at) == Some(&b'\'') && soft(raw, at + 1) => at += 1,
                Some(WIDE) => {
                    let Some(c) = wide(at) else {
                        break;
                    };
                    let within = || c != '\u{200b}' && (fold::invisible(c) || fold::accent(c));
                    let sign = || matches!(c, '’' | 'ʹ' | '′') && small > 0 && soft(raw, at + c.len_utf8());
                    if !(fold::letter(c) || within() || sign()) {
                        break;
                    }
                    at += c.len_utf8();
                }
                _ => break,
            }
        }
        self.at = at;
        Some(Word { from: from as u32, to: at as u32 })
    }
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
