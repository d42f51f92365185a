//! Mail addresses, also with their signs in words: `a.khan (at) example dot org`.

use std::ops::Range;

use super::fold;
use super::gap;
use super::how::How;
use super::stream::{Stream, row};

/// An address that is looked for, with its signs in one of the ways to write them.
pub(super) struct Mail {
    /// What the automaton looks for.
    pub(super) bytes: Vec<u8>,
    /// Lower case, with its signs.
    address: String,
}

const AT: &[&str] = &["at", "arobase"];
const DOT: &[&str] = &["dot", "punkt", "point"];

impl Mail {
    /// Reads an entry; empty: it is not a mail address.
    pub(super) fn of(entry: &str) -> Vec<Mail> {
        let entry = entry.trim().to_lowercase();
        let entry = entry.strip_prefix("mailto:").unwrap_or(&entry);
        let Some((local, host)) = entry.rsplit_once('@') else {
            return vec![];
        };
        let host_ok = host.contains('.') && !host.contains(char::is_whitespace);
        if local.is_empty() || local.contains(char::is_whitespace) || !host_ok {
            return vec![];
        }
        let mut ways: Vec<Vec<u8>> = Vec::new();
        let dots = || std::iter::once("").chain(DOT.iter().copied());
        for at in std::iter::once("").chain(std::iter::once("a")).chain(AT.iter().copied()) {
            for (in_local, in_host) in dots().flat_map(|l| dots().map(move |h| (l, h))) {
                let text = [&local.replace('.', in_local), at, &host.replace('.', in_host)].concat();
                let way = row(&text);
                if way.len() > 3 && !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        ways.into_iter().map(|bytes| Mail { bytes, address: entry.to_owned() }).collect()
    }

    /// Looks again at the place where `row` was found from `at` on.
    pub(super) fn verify(&self, text: &str, row: &Stream, at: usize) -> Option<(Range<usize>, How)> {
        let start = *row.at.get(at)? as usize;
        let last = *row.at.get(at + self.bytes.len() - 1)? as usize;
        let end = last + text.get(last..)?.chars().next()?.len_utf8();
        if end - start > self.bytes.len() * 4 + 64 {
            return None;
        }
        let shown = text.get(start..end)?;
        if signs(shown) != self.address {
            return None;
        }
        if let Some((_, c)) = gap::before(text, start)
            && (fold::letter(c) || fold::digit(c).is_some() || matches!(c, '_' | '+' | '.' | '-'))
        {
            return None;
        }
        if let Some((at, c)) = gap::after(text, end) {
            let next = text.get(at..)?.chars().nth(1);
            let goes_on = next.is_some_and(|n| fold::letter(n) || fold::digit(n).is_some());
            if fold::letter(c) || fold::digit(c).is_some() || (matches!(c, '.' | '-' | '_') && goes_on) {
                return None;
            }
        }
        let how = if shown.to_lowercase() == self.address { How::PLAIN } else { How::NOTATION };
        Some((start..end, how))
    }
}

/// The address with its signs as signs.
fn signs(shown: &str) -> String {
    // Words, and between them single signs; a blank or bracket is one blank.
    let mut tokens: Vec<String> = Vec::new();
    let mut word = false;
    for c in shown.chars().filter(|&c| !fold::invisible(c)) {
        let mut letters = String::new();
        match fold::drawn_like(c) {
            Some(l) => letters.push(l),
            None => fold::base(c, |b| letters.push(b)),
        }
        if !letters.is_empty() {
            match tokens.last_mut().filter(|_| word) {
                Some(last) => last.push_str(&letters),
                None => tokens.push(letters),
            }
            word = true;
            continue;
        }
        word = false;
        let sign = match c {
            '@' | '＠' | '﹫' => "@",
            '.' | '．' | '。' | '․' | '·' => ".",
            '-' => "-",
            '_' => "_",
            '+' => "+",
            _ => " ",
        };
        if sign != " " || tokens.last().is_none_or(|l| l != " ") {
            tokens.push(sign.to_owned());
        }
    }
    let mut out: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).and_then(|b| tokens.get(b)).map(String::as_str);
        let after = tokens.get(at + 1).map(String::as_str);
        let apart = before == after && matches!(before, Some(" " | "_" | "-"));
        let sign = match token.as_str() {
            t if apart && AT.contains(&t) => Some("@"),
            t if apart && DOT.contains(&t) => Some("."),
            _ => None,
        };
        match sign {
            Some(sign) => {
                if before != Some(" ") {
                    out.pop();
                }
                out.push(sign);
                at += 1;
            }
            None if token == " " => {}
            None => out.push(token),
        }
        at += 1;
    }
    out.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let mut row = Stream::default();
        row.fill(text, true);
        Mail::of("a.khan@example.org").iter().any(|m| {
            let mut hits = row.bytes.windows(m.bytes.len()).enumerate().filter(|(_, w)| *w == m.bytes);
            hits.any(|(at, _)| m.verify(text, &row, at).is_some())
        })
    }

    #[test]
    fn any_writing() {
        for text in [
            "a.khan@example.org",
            "mailto:A.Khan@Example.ORG?subject=x",
            "write to a.khan (at) example.org.",
            "a.khan[at]example[dot]org",
            "a dot khan at example dot org",
            "a.khan＠example.org",
            "a.khan @ example . org",
            "a.\u{200b}khan@example.org",
            "a.khan_at_example_dot_org",
            "a.khan{AT}example{DOT}org!",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn other_addresses() {
        for text in [
            "aa.khan@example.org",
            "x.a.khan@example.org",
            "a.khan@example.org.uk",
            "a.khan@example.organic",
            "akhan@example.org",
            "a.khan@exampleorg",
            "a khan example org",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
