//! Telephone numbers: the same digits in any notation, with or without the country's code.

use std::ops::Range;

use super::fold;
use super::how::How;
use super::parts::dash;
use super::stream::Stream;

/// A number that is looked for.
pub(super) struct Phone {
    /// What the automaton looks for: the digits that every notation has.
    pub(super) bytes: Vec<u8>,
    digits: Vec<u32>,
    /// The country's code where the entry has it.
    code: Option<Vec<u32>>,
    written: String,
}

/// Country codes of two digits (ITU-T E.164 list of assigned codes); 1 and 7 have one digit, all others three.
const TWO: &[u32] = &[
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81,
    82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// Fewer digits than this are not told from other numbers.
const LEAST: usize = 7;

impl Phone {
    /// Reads an entry; `None`: it is not a telephone number.
    pub(super) fn of(entry: &str) -> Option<Phone> {
        let entry = entry.trim().trim_start_matches("tel:");
        let mut digits = Vec::new();
        for c in entry.chars() {
            match fold::digit(c) {
                Some(d) => digits.push(d),
                None if between(c) || matches!(c, '+' | '＋') => {}
                None => return None,
            }
        }
        let international = entry.starts_with(['+', '＋']) || digits.starts_with(&[0, 0]);
        let mut code = None;
        if international {
            let from = digits.iter().position(|&d| d != 0)?;
            digits.drain(..from);
            let two = digits.first()? * 10 + digits.get(1)?;
            let len = match digits.first()? {
                1 | 7 => 1,
                _ if TWO.contains(&two) => 2,
                _ => 3,
            };
            let rest = digits.split_off(len.min(digits.len()));
            code = Some(std::mem::replace(&mut digits, rest));
        }
        let zeros = digits.iter().take_while(|&&d| d == 0).count();
        digits.drain(..zeros);
        if digits.len() < LEAST || digits.len() > 15 {
            return None;
        }
        let bytes = digits.iter().map(|&d| fold::class(b'0' + d as u8)).collect();
        Some(Phone { bytes, digits, code, written: entry.to_owned() })
    }

    /// Looks again at the place where `row` was found from `at` on.
    pub(super) fn verify(&self, text: &str, row: &Stream, at: usize) -> Option<(Range<usize>, How)> {
        let places = row.at.get(at..at + self.bytes.len())?;
        let mut how = How::PLAIN;
        let mut end = None;
        let mut drawn = 0;
        for (&place, &digit) in places.iter().zip(&self.digits) {
            let place = place as usize;
            let c = text.get(place..)?.chars().next()?;
            if fold::digit(c) != Some(digit) {
                let alike = matches!((c, digit), ('O' | 'o' | 'О' | 'о', 0) | ('l' | 'I' | '|', 1));
                drawn += 1;
                if !alike || drawn > 3 {
                    return None;
                }
                how.add(How::LOOK_ALIKE);
            }
            if let Some(end) = end {
                let gap = text.get(end..place)?;
                if gap.len() > 24 || !gap.chars().all(|c| between(c) || fold::emoji(c)) {
                    return None;
                }
            }
            end = Some(place + c.len_utf8());
        }
        let end = end?;
        let start = self.begins(text, *places.first()? as usize)?;
        let mut rest = text.get(end..)?.chars().filter(|&c| !fold::invisible(c));
        match (rest.next(), rest.next()) {
            (Some(c), _) if fold::digit(c).is_some() => return None,
            (Some(c), _) if fold::letter(c) && c != 'x' => return None,
            (Some('-' | '.' | '/'), Some(c)) if fold::digit(c).is_some() => return None,
            _ => {}
        }
        if text.get(start..end) != Some(self.written.as_str()) {
            how.add(How::NOTATION);
        }
        Some((start..end, how))
    }

    /// Where the number begins, whose last digits begin at `at`; `None`: other digits stand before it.
    fn begins(&self, text: &str, at: usize) -> Option<usize> {
        let head = text.get(..at)?;
        // Nearest first: digits before the number, each with its place and whether it touches the next.
        let mut digits: Vec<(usize, u32, bool)> = Vec::new();
        let mut touches = true;
        let mut plus = None;
        let mut letter = false;
        for (i, c) in head.char_indices().rev().take(24) {
            let zero = matches!(c, 'O' | 'О').then_some(0);
            if let Some(d) = fold::digit(c).or(zero) {
                digits.push((i, d, touches));
                touches = true;
            } else if matches!(c, '+' | '＋') {
                plus = Some(i);
                break;
            } else if fold::invisible(c) {
            } else if between(c) && c != '\n' {
                touches = false;
            } else {
                letter = touches && fold::letter(c);
                break;
            }
            if digits.len() > 9 {
                break;
            }
        }
        if digits.is_empty() && letter {
            return None;
        }
        let values: Vec<u32> = digits.iter().map(|d| d.1).collect();
        let place = |n: usize| digits.get(n.checked_sub(1)?).map(|d| d.0);
        let zero = usize::from(values.first() == Some(&0));
        if let Some(code) = &self.code {
            // +92 300…, +92 (0)300…, 0092 300…, 92300…
            for trunk in (0..=zero).rev() {
                let mut want = values.get(trunk..)?.iter();
                if !code.iter().rev().all(|c| want.next() == Some(c)) {
                    continue;
                }
                let len = trunk + code.len();
                let after: Vec<u32> = values.get(len..)?.iter().copied().take(3).collect();
                if let (Some(plus), true) = (plus, values.len() == len) {
                    return Some(plus);
                }
                match after.as_slice() {
                    [0, 0, ..] if !digits.get(len + 2).is_some_and(|d| d.2) => {
                        return place(len + 2);
                    }
                    [1, 1, 0] => return place(len + 3),
                    _ if !digits.get(len).is_some_and(|d| d.2) => return place(len),
                    _ => {}
                }
            }
        } else if let Some(plus) = plus
            && values.len() <= 4
            && !values.is_empty()
        {
            return Some(plus);
        } else if let Some(n) = (3..=6).find(|&n| values.get(n - 2..n) == Some(&[0, 0]) && values.len() == n) {
            return place(n);
        } else if values.as_slice() == [1] {
            return place(1);
        }
        // National: a leading 0 or nothing, and no other country's code before it.
        let rest = values.len() - zero;
        if plus.is_some() && !values.is_empty() {
            return None;
        }
        if zero == 1 && (rest == 0 || !digits.get(1).is_some_and(|d| d.2)) {
            return place(1);
        }
        values.is_empty().then_some(at)
    }
}

/// What may stand between a number's digits.
fn between(c: char) -> bool {
    matches!(
        c,
        ' ' | '.'
            | '/'
            | '('
            | ')'
            | '['
            | ']'
            | '_'
            | '\u{a0}'
            | '\u{202f}'
            | '\u{2009}'
            | '\n'
            | '\t'
            | '·'
            | '*'
            | '（'
            | '）'
            | '\u{3000}'
            | ','
    ) || dash(c)
        || fold::invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(entry: &str, text: &str) -> Option<String> {
        let phone = Phone::of(entry)?;
        let mut row = Stream::default();
        row.fill(text, true);
        let hits = row.bytes.windows(phone.bytes.len()).enumerate().filter(|(_, w)| *w == phone.bytes);
        let mut found = hits.filter_map(|(at, _)| phone.verify(text, &row, at));
        found.next().and_then(|(range, _)| text.get(range).map(str::to_owned))
    }

    #[test]
    fn any_notation() {
        for (entry, text, want) in [
            ("+92 300 1234567", "call 0300-1234567 now", "0300-1234567"),
            ("+92 300 1234567", "call +92 (300) 123.45.67", "+92 (300) 123.45.67"),
            ("+92 300 1234567", "00923001234567", "00923001234567"),
            ("+92 300 1234567", "tel:+923001234567", "+923001234567"),
            ("+92 300 1234567", "wa.me/923001234567", "923001234567"),
            ("+92 300 1234567", "٠٣٠٠ ١٢٣٤٥٦٧", "٠٣٠٠ ١٢٣٤٥٦٧"),
            ("+92 300 1234567", "＋９２ ３００ １２３４５６７", "＋９２ ３００ １２３４５６７"),
            ("+44 20 7946 0018", "+44 (0)20/7946/0018", "+44 (0)20/7946/0018"),
            ("0300 1234567", "+92 300 1234567", "+92 300 1234567"),
            ("0300 1234567", "0092 300 1234567.", "0092 300 1234567"),
            ("0300 1234567", "O3OO 123 4567", "O3OO 123 4567"),
            ("(415) 555-0132", "+1 415 555 0132", "+1 415 555 0132"),
            ("01 99 00 12 34", "01.99.00.12.34", "01.99.00.12.34"),
        ] {
            let shown = found(entry, text);
            assert_eq!(shown.as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn other_numbers() {
        for text in [
            "13001234567",
            "30012345678",
            "+44 300 1234567",
            "300 1234568",
            "a3001234567",
            "9 300 1234567",
            "3001234567.89",
            "300 1234; 567",
        ] {
            assert_eq!(found("+92 300 1234567", text), None, "{text}");
        }
        assert!(Phone::of("12 Canal Road").is_none());
        assert!(Phone::of("12345").is_none());
    }
}
