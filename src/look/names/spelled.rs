//! The forms of the entries as rows of shapes, and the second look at each place that an automaton
//! found one in: are the letters really these, and do they stand together as a name does?

use std::ops::Range;

use super::fold;
use super::gap::{self, Ends, Gap};
use super::how::How;
use super::parts::{Form, spellings};
use super::stream::{Stream, row};

mod seen;

use seen::Seen;

/// What sort of entry a row belongs to: how much disguise is seen through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Everything.
    Legal,
    /// Everything but leet digits.
    Stage,
    /// A phrase of plain words: accents and case only.
    Phrase,
    /// A handle or other private phrase: as a phrase, but as a handle too; digits are letters.
    Handle,
    /// Number and street.
    Street,
}

/// One letter of a row.
struct Letter {
    base: char,
    word: usize,
    umlaut: bool,
    /// Drawn with two letters for one: rn for m.
    drawn: bool,
    from: usize,
    to: usize,
}

/// One spelling of one form.
pub(super) struct Spelled {
    /// What the automaton looks for.
    pub(super) bytes: Vec<u8>,
    letters: Vec<Letter>,
    form: Form,
    sort: Sort,
    plain: String,
    /// What it is a disguise by, before any in the text.
    heard: How,
}

/// Rows of one form; more spellings than this of one name tell nothing new.
const MAX_SPELLINGS: usize = 64;

/// Words whose case is varied one by one; those behind go with the last.
const MAX_CASED: usize = 3;

/// Every spelling of `form`.
pub(super) fn spell(form: &Form, sort: Sort) -> Vec<Spelled> {
    let mut ways: Vec<Vec<(char, usize, bool, bool)>> = vec![vec![]];
    for (n, word) in form.words.iter().enumerate() {
        let mut wordings: Vec<Vec<(char, bool, bool)>> = Vec::new();
        for s in spellings(&word.text) {
            let plain: Vec<_> = s.into_iter().map(|(c, umlaut)| (c, umlaut, false)).collect();
            if matches!(sort, Sort::Legal | Sort::Stage) && plain.iter().any(|l| matches!(l.0, 'm' | 'w')) {
                let drawn = plain.iter().flat_map(|&(c, umlaut, _)| match c {
                    'm' => vec![('r', false, true), ('n', false, true)],
                    'w' => vec![('v', false, true), ('v', false, true)],
                    c => vec![(c, umlaut, false)],
                });
                wordings.push(drawn.collect());
            }
            wordings.insert(0, plain);
        }
        let mut next = Vec::new();
        for way in &ways {
            for wording in &wordings {
                let more = wording.iter().map(|&(c, umlaut, drawn)| (c, n, umlaut, drawn));
                next.push(way.iter().copied().chain(more).collect());
            }
        }
        next.truncate(MAX_SPELLINGS);
        ways = next;
    }
    let plain: String = form.words.iter().map(|w| fold::plain_letters(&w.text)).collect();
    let mut spelled: Vec<Spelled> = Vec::new();
    for way in &ways {
        // Outside Latin a capital can be drawn like another letter than the small one: each word small, with a
        // capital, or in capitals.
        let latin = way.iter().all(|l| l.0.is_ascii());
        let words = form.words.len().min(MAX_CASED) as u32;
        for cases in 0..if latin { 1 } else { 3usize.pow(words) } {
            let mut bytes = Vec::new();
            let mut letters: Vec<Letter> = Vec::new();
            for &(base, word, umlaut, drawn) in way {
                let case = cases / 3usize.pow((word as u32).min(words.saturating_sub(1))) % 3;
                let initial = letters.last().is_none_or(|l| l.word != word);
                let shown = if case == 2 || (case == 1 && initial) { base.to_uppercase().to_string() } else { base.to_string() };
                let from = bytes.len();
                bytes.extend(row(&shown));
                letters.push(Letter { base, word, umlaut, drawn, from, to: bytes.len() });
            }
            if !bytes.is_empty() && !spelled.iter().any(|s| s.bytes == bytes && cases > 0) {
                spelled.push(Spelled { bytes, letters, form: form.clone(), sort, plain: plain.clone(), heard: How::PLAIN });
            }
        }
    }
    spelled
}

impl Spelled {
    /// Of another spelling of the name.
    pub(super) fn heard(self, how: How) -> Spelled {
        Spelled { heard: how, ..self }
    }

    /// Looks again at the place where `row` was found from `at` on. `None`: it is not this.
    pub(super) fn verify(&self, text: &str, row: &Stream, at: usize, link: bool) -> Option<(Range<usize>, How)> {
        let places = row.at.get(at..at + self.bytes.len())?;
        let first = *places.first()?;
        let last = *places.last()?;
        // Half of a ligature is not a letter.
        if at.checked_sub(1).and_then(|b| row.at.get(b)) == Some(&first) || row.at.get(at + self.bytes.len()) == Some(&last) {
            return None;
        }
        let mut seen = Seen { how: self.heard, ..Seen::default() };
        let mut byte = 0;
        let mut next = 0;
        let mut end: Option<usize> = None;
        let mut real_in_word = true;
        while let Some(&place) = places.get(byte) {
            let place_at = place as usize;
            let c = text.get(place_at..)?.chars().next()?;
            let stop = byte + places.get(byte..)?.iter().take_while(|&&p| p == place).count();
            let first = self.letters.get(next)?;
            if first.from != byte {
                return None;
            }
            let count = self.letters.get(next..)?.iter().take_while(|l| l.to <= stop).count();
            let letters = self.letters.get(next..next + count)?;
            if letters.last()?.to != stop {
                return None;
            }
            if let Some(end) = end {
                let between = gap::gap(text.get(end..place_at)?, link);
                let before = self.letters.get(next.checked_sub(1)?)?.word;
                if before == first.word {
                    self.inner(between, text.get(end..place_at)?, c, &mut seen)?;
                } else {
                    // O'Brien as 0'brien: one letter alone may be a digit.
                    let short = self.letters.iter().filter(|l| l.word == before).count() == 1;
                    if !std::mem::replace(&mut real_in_word, false) && !short {
                        return None;
                    }
                    seen.word(self.form.words.len() == 1)?;
                    self.outer(between, text.get(end..place_at)?, before, &mut seen)?;
                }
            } else {
                real_in_word = false;
            }
            real_in_word |= self.letter(c, letters, text, place_at, &mut seen)?;
            next += count;
            byte = stop;
            end = Some(place_at + c.len_utf8());
        }
        let start = first as usize;
        let mut end = end?;
        end += text.get(end..)?.chars().take(32).take_while(|&c| fold::accent(c)).map(char::len_utf8).sum::<usize>();
        (real_in_word && self.whole(text, start..end, &mut seen)).then_some((start..end, seen.how))
    }

    /// One character of the text against the letters it stands for; tells whether it is a letter
    /// and not a digit in a letter's place.
    fn letter(&self, c: char, letters: &[Letter], text: &str, at: usize, seen: &mut Seen) -> Option<bool> {
        seen.upper |= c.is_uppercase();
        seen.lower |= c.is_lowercase();
        if letters.iter().any(|l| l.drawn) {
            seen.how.add(How::LOOK_ALIKE);
        }
        if letters.first().is_some_and(|l| l.umlaut) {
            let mark = text.get(at + c.len_utf8()..)?.chars().next();
            let mut marked = mark == Some('\u{308}');
            unicode_normalization::char::decompose_canonical(c, |d| marked |= d == '\u{308}');
            if !marked {
                return None;
            }
        }
        let mut want = letters.iter().map(|l| l.base);
        let mut same = true;
        fold::base(c, |b| same &= want.next() == Some(b));
        if same && want.next().is_none() {
            seen.real += 1;
            if !c.is_ascii() && compatible(c) {
                seen.how.add(How::LOOK_ALIKE);
            }
            return Some(true);
        }
        let one = letters.first()?.base;
        if matches!(self.sort, Sort::Phrase | Sort::Street) || one.is_ascii_digit() {
            return None;
        }
        if fold::leet(c) {
            if self.sort != Sort::Legal {
                return None;
            }
            seen.how.add(How::LEET);
            return Some(false);
        }
        if c.is_ascii() && one.is_ascii() {
            // Only a small l and a capital I are drawn alike.
            match (c, one) {
                ('l', 'i') => seen.needs_upper = true,
                ('I', 'l') => seen.needs_lower = true,
                _ => return None,
            }
        } else if !c.is_ascii() && (c < '\u{250}' || (!one.is_ascii() && same_script(c, one))) {
            return None;
        }
        seen.real += 1;
        seen.how.add(How::LOOK_ALIKE);
        Some(true)
    }

    fn disguised(&self) -> bool {
        matches!(self.sort, Sort::Legal | Sort::Stage)
    }

    /// A gap inside a word.
    fn inner(&self, between: Gap, shown: &str, c: char, seen: &mut Seen) -> Option<()> {
        match between {
            Gap::None => seen.inner_none += 1,
            Gap::Invisible => seen.inner_hidden += 1,
            Gap::HyphenBreak => seen.inner_hidden += 1,
            _ if !self.disguised() => return None,
            Gap::Newline if !c.is_uppercase() => seen.inner_lines += 1,
            Gap::Space | Gap::Newline => seen.inner_spaces += 1,
            Gap::Hyphen | Gap::Dot | Gap::Underscore | Gap::Emoji | Gap::Markup | Gap::Apostrophe | Gap::Bar => {
                seen.inner_signs += 1;
            }
            Gap::Apart | Gap::DotSpace if slim(shown) => seen.inner_spaces += 1,
            Gap::DotSpace | Gap::Comma | Gap::Link | Gap::Apart => return None,
        }
        Some(())
    }

    /// A gap between word `before` and the next.
    fn outer(&self, between: Gap, shown: &str, before: usize, seen: &mut Seen) -> Option<()> {
        let word = self.form.words.get(before)?;
        let beside_initial = word.initial || self.form.words.get(before + 1).is_some_and(|w| w.initial);
        match between {
            Gap::Space => seen.spaced = true,
            Gap::None | Gap::Invisible if word.soft => {}
            Gap::Hyphen | Gap::Apostrophe if word.soft => {}
            Gap::None | Gap::Invisible if beside_initial || self.sort == Sort::Phrase => {
                return None;
            }
            Gap::None => {
                seen.joined = true;
                seen.how.add(How::HANDLE);
            }
            Gap::Invisible => {
                seen.joined = true;
                seen.how.add(How::SPLIT);
            }
            Gap::Newline | Gap::HyphenBreak => {
                seen.spaced = true;
                seen.broken = true;
                if self.disguised() {
                    seen.how.add(How::SPLIT);
                }
            }
            Gap::DotSpace if word.initial || self.sort == Sort::Street => seen.spaced = true,
            Gap::Comma if self.form.comma_after == Some(before) => seen.comma = true,
            Gap::Comma if self.sort == Sort::Street => {}
            Gap::Dot if word.initial => seen.spaced = true,
            Gap::Hyphen if self.sort == Sort::Phrase => {}
            _ if self.sort == Sort::Phrase => return None,
            Gap::Hyphen | Gap::Dot | Gap::Underscore | Gap::Apostrophe => seen.how.add(How::HANDLE),
            Gap::Markup => seen.spaced = true,
            Gap::Emoji => seen.how.add(How::SPLIT),
            Gap::Link => {}
            Gap::Apart | Gap::DotSpace | Gap::Bar if self.sort == Sort::Legal && slim(shown) => {
                seen.spaced = true;
                seen.wide = true;
            }
            Gap::DotSpace | Gap::Comma | Gap::Apart | Gap::Bar => return None,
        }
        Some(())
    }

    /// The mention as a whole: how it is split, its borders, its neighbours.
    fn whole(&self, text: &str, range: Range<usize>, seen: &mut Seen) -> bool {
        if (seen.needs_upper && !seen.upper) || (seen.needs_lower && !seen.lower) {
            return false;
        }
        if seen.how.has(How::LEET) && seen.real * 3 < self.letters.len() {
            return false;
        }
        if seen.word(self.form.words.len() == 1).is_none() || (seen.wide && (seen.whole + seen.parted > 0 || seen.apart < 2)) {
            return false;
        }
        if seen.halves > 0 && (seen.whole + seen.apart > 0 || self.letters.len() < 8) {
            return false;
        }
        // `an a` in two words' seam: short words spelled out count beside long ones, or where all are.
        let total: usize = self.letters.len();
        if seen.apart > 0 && (total < 5 || (seen.long == 0 && seen.whole > 0)) {
            return false;
        }
        if seen.apart > 0 {
            seen.how.add(How::SPACED);
        } else if seen.parted + seen.hidden > 0 {
            seen.how.add(How::SPLIT);
        }
        let ends = Ends {
            joined: seen.joined && self.letters.len() >= 6 && self.disguised(),
            spaced: seen.spaced && self.sort == Sort::Legal,
            digits: matches!(self.sort, Sort::Handle | Sort::Street),
        };
        if !gap::bordered(text, range.start, range.end, ends) {
            return false;
        }
        if self.sort == Sort::Street {
            if self.form.dropped {
                seen.how.add(How::NOTATION);
            }
            // "112 Canal Road, 12": the number before the street is the street's.
            let number = |c: Option<char>| c.is_some_and(|c| fold::digit(c).is_some());
            let before = text.get(..range.start).and_then(|t| t.trim_end_matches(' ').chars().next_back());
            return number(text.get(range).and_then(|t| t.chars().next())) || !number(before);
        }
        if seen.broken && !one_name(text, &range, self.form.order && !seen.comma) {
            return false;
        }
        if self.form.order && !self.turned(text, &range, seen) {
            return false;
        }
        if self.form.order {
            seen.how.add(How::ORDER);
        }
        if self.form.dropped {
            seen.how.add(How::MIDDLE);
        }
        if self.form.shortened {
            seen.how.add(How::INITIAL);
        }
        if !seen.how.has(How::LEET.with(How::LOOK_ALIKE)) && text.get(range).is_some_and(|t| fold::plain_letters(t) != self.plain) {
            seen.how.add(How::DIACRITICS);
        }
        true
    }

    /// Family name first: is it one name, and not the end of one and the start of another?
    fn turned(&self, text: &str, range: &Range<usize>, seen: &Seen) -> bool {
        turned(text, range, seen.comma, seen.upper)
    }
}

/// Is a name with a line's end in it one name, and not parts of two in a list, `Jessop, Irene⏎Hartwell, Stuart`?
/// `turned`: its family name comes first, without a comma.
fn one_name(text: &str, range: &Range<usize>, turned: bool) -> bool {
    let (before, after) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    let (before, after) = (before.trim_end_matches(' '), after.trim_start_matches(' '));
    if turned {
        return (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n'));
    }
    !(before.ends_with([',', '،']) && after.starts_with([',', '،']))
}

/// Is a name with its family name first one name, and not the end of one and the start of another?
pub(super) fn turned(text: &str, range: &Range<usize>, comma: bool, upper: bool) -> bool {
    // Vikram Al-Rashid, Omar Khan: the article belongs to the name before.
    let mut start = range.start;
    let head = text.get(..start).unwrap_or_default();
    if let Some(joined) = head.strip_suffix(['-', '\u{2010}', '\u{2011}']) {
        start = joined.len() - gap::run_before(text, joined.len()).len();
    }
    let before = gap::word_before(text, start);
    let next = gap::word_after(text, range.end);
    let part_before = gap::part_of_name(before, upper);
    let part_after = gap::part_of_name(next, upper);
    if !comma {
        return !(upper && part_before && part_after);
    }
    let listed = text.get(..range.start).is_some_and(|t| t.trim_end_matches(' ').ends_with([',', '،']));
    !listed && !part_before && (before.is_empty() || !part_after)
}

/// A few signs such as stand between two words whose letters are all apart: ` / `, an empty line.
fn slim(between: &str) -> bool {
    between.len() < 6 && between.chars().all(|c| c.is_whitespace() || matches!(c, '/' | '|' | '-' | '_' | '.' | '*' | '~'))
}

/// Full-width, mathematical, circled: the same letter in another dress.
fn compatible(c: char) -> bool {
    let n = u32::from(c);
    matches!(n, 0x1D00..=0x1DBF | 0x2070..=0x24FF | 0xA720..=0xA7FF | 0xFB00..=0xFB06 | 0xFF00..=0xFFEF | 0x1D400..=0x1D7FF | 0x1F100..=0x1F1FF)
        || matches!(c, 'ʙ' | 'ɢ' | 'ʜ' | 'ɪ' | 'ʟ' | 'ɴ' | 'ʀ' | 'ʏ' | 'ɡ' | 'ɑ')
}

/// Are both of the same of the scripts that can be told apart by block?
pub(super) fn same_script(a: char, b: char) -> bool {
    let block = |c: char| match u32::from(c) {
        0..=0x24F | 0x1E00..=0x1EFF => 0,
        0x370..=0x3FF | 0x1F00..=0x1FFF => 1,
        0x400..=0x52F => 2,
        0x590..=0x5FF => 3,
        0x600..=0x7FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFE => 4,
        0x900..=0x97F => 5,
        n => n,
    };
    block(a) == block(b)
}
