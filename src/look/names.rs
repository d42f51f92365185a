//! Knows a person's names and private entries in a page's text, however they are written, and keeps
//! quiet about everyone else.
//!
//! # How it works
//! Each text is read twice.
//!
//! As one row of letter *shapes* with nothing between them (`stream`): one automaton finds every
//! form of every entry in it (`parts`), also in the usual spellings of other languages (`latin`),
//! split, spaced out, in look-alikes or leet; `spelled` looks again at each place in the text itself.
//!
//! Then word by word, by *sound* (`sound`): a word is a lead where the rough classes of its
//! consonants are those of a configured one, in one of the ways that one may be spelled
//! (`respelled`), romanised (`roman`) or inflected (`errors`). Only where the leads of one name stand
//! together are words compared (`words`). `known` tells other people's names from spellings of hers.
//!
//! # The words of `how`
//! | word | what was seen through |
//! |---|---|
//! | (none) | written as configured, but for case, white space and an Arabic article |
//! | `order` | family name first |
//! | `diacritics` | accents or letter variants dropped, added or transcribed |
//! | `look-alike` | letters of another script or style drawn alike |
//! | `leet` | digits and signs for letters |
//! | `split` | parted by invisible characters, line breaks, emoji or signs |
//! | `spaced out` | every letter apart |
//! | `handle` | the words joined, or parted by `-`, `.`, `_` |
//! | `link` | in an address |
//! | `initial` | a middle name's first letter, also of one that is not configured |
//! | `middle name` | a middle name left out |
//! | `transliteration` | in another script |
//! | `sound-alike` | another usual spelling of the same sounds |
//! | `inflected` | a case ending |
//! | `typo` | one typing error in a long word |
//! | `notation` | a number, mail or street address in another notation |
//! | `nickname` | a nickname between the names |
//!
//! # What it costs
//! Linear in the text, whatever stands in it; memory for 64 KiB of it at a time and for 4,096 of a
//! page's words. A text that is percent-encoded or punycode is decoded whole. `cargo bench --bench names`.
//! The room is pure: no network, disk, clock or log.

use std::fmt;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::model::{Block, List, Mention, Person, Place, Secret};

mod errors;
mod excerpt;
mod fold;
mod gap;
mod how;
mod known;
mod latin;
mod link;
mod mail;
mod parts;
mod phone;
mod plenty;
mod respelled;
mod roman;
mod sound;
mod spelled;
mod split;
mod stream;
mod street;
mod table;
pub mod weigh;
mod words;

pub use excerpt::excerpt;
pub use plenty::MOST_MENTIONS;

use how::How;
use link::Decoded;
use mail::Mail;
use parts::Parts;
use phone::Phone;
use plenty::Plenty;
use spelled::{Sort, Spelled};
use stream::Stream;
use words::{Memory, Words};

/// Everything that is looked for, for one person. Built once.
pub struct Names {
    owners: Vec<Owner>,
    rows: Vec<(usize, Row)>,
    automaton: Option<AhoCorasick>,
    words: Words,
}

/// Whose a row is: an entry of a list; `None`: one of `other_people`.
type Owner = Option<(List, usize)>;

enum Row {
    Spelled(Box<Spelled>),
    Phone(Phone),
    Mail(Mail),
}

/// A place in a text that is an entry's.
#[derive(Clone, Debug)]
struct Found {
    owner: usize,
    range: Range<usize>,
    how: How,
}

impl Found {
    /// The same, in a text that begins `by` bytes earlier.
    fn moved(self, by: usize) -> Found {
        Found { range: self.range.start + by..self.range.end + by, ..self }
    }
}

/// So much of a text is looked at at once; two neighbouring windows share `SHARED` bytes, and what
/// touches the outer `EDGE` bytes of a window is left to its neighbour, which sees all of it.
const WINDOW: usize = 64 << 10;
const SHARED: usize = 4 << 10;
const EDGE: usize = 1 << 10;

/// Rows up to this many bytes together go into the quickest automaton.
const QUICK: usize = 200_000;

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("entries", &self.owners.len()).finish_non_exhaustive()
    }
}

impl Names {
    /// Takes the person's entries apart. An entry without a letter or digit is never found.
    pub fn new(person: &Person) -> Names {
        let mut names = Names { owners: Vec::new(), rows: Vec::new(), automaton: None, words: Words::default() };
        names.enter(&person.legal_names, List::Legal, |n, text| {
            let forms = Parts::of(text).map(|p| p.forms()).unwrap_or_default();
            forms.iter().for_each(|f| n.spell(f, Sort::Legal));
            n.respell(&forms);
            n.words.enter(n.owners.len() - 1, forms);
        });
        names.enter(&person.stage_names, List::Stage, |n, text| {
            n.spell(&parts::phrase(text), Sort::Stage);
        });
        names.enter(&person.private, List::Private, Names::private);
        names.enter(&person.context, List::Context, |n, text| {
            n.spell(&parts::phrase(text), Sort::Phrase);
        });
        for phrase in &person.other_people {
            names.owners.push(None);
            names.spell(&parts::phrase(phrase.reveal()), Sort::Phrase);
        }
        let rows = names.rows.iter().map(|r| match &r.1 {
            Row::Spelled(s) => s.bytes.as_slice(),
            Row::Phone(p) => &p.bytes,
            Row::Mail(m) => &m.bytes,
        });
        let quick = rows.clone().map(<[u8]>::len).sum::<usize>() < QUICK;
        let kind = if quick { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        // Building fails only past two thousand million states.
        names.automaton = AhoCorasick::builder().kind(Some(kind)).build(rows).ok();
        names
    }

    fn enter(&mut self, entries: &[Secret], list: List, read: impl Fn(&mut Names, &str)) {
        for (i, entry) in entries.iter().enumerate() {
            self.owners.push(Some((list, i)));
            read(self, entry.reveal());
        }
    }

    fn row(&mut self, row: Row) {
        self.rows.push((self.owners.len().saturating_sub(1), row));
    }

    fn spell(&mut self, form: &parts::Form, sort: Sort) {
        for s in spelled::spell(form, sort) {
            self.row(Row::Spelled(Box::new(s)));
        }
    }

    /// Enters the usual spellings in Latin letters of a name's main forms.
    fn respell(&mut self, forms: &[parts::Form]) {
        let main = forms.iter().filter(|f| !f.dropped && !f.shortened && !f.words.iter().any(|w| w.initial)).take(2);
        for (form, how) in main.flat_map(parts::Form::respelled) {
            for s in spelled::spell(&form, Sort::Legal) {
                self.row(Row::Spelled(Box::new(s.heard(how))));
            }
        }
    }

    /// A private entry says itself what it is.
    fn private(&mut self, text: &str) {
        let mails = Mail::of(text);
        let streets = street::forms(text);
        if let Some(phone) = Phone::of(text) {
            self.row(Row::Phone(phone));
        } else if !mails.is_empty() {
            mails.into_iter().for_each(|m| self.row(Row::Mail(m)));
        } else if !streets.is_empty() {
            streets.iter().for_each(|f| self.spell(f, Sort::Street));
        } else {
            self.spell(&parts::phrase(text), Sort::Handle);
        }
    }

    /// Every mention in `blocks`, sorted by block and start; of one entry no two overlap. Ranges are
    /// bytes of the block's own text, also where it was decoded to be read.
    ///
    /// Of an entry that comes again and again only what tells something new is kept, see [`MOST_MENTIONS`].
    pub fn find(&self, blocks: &[Block]) -> Vec<Mention> {
        self.find_and_count(blocks).0
    }

    /// As [`Names::find`]; and how many mentions were left out because there were more than [`MOST_MENTIONS`].
    pub fn find_and_count(&self, blocks: &[Block]) -> (Vec<Mention>, usize) {
        let mut mentions = Vec::new();
        let (mut row, mut memory, mut plenty) = (Stream::default(), Memory::default(), Plenty::default());
        for (i, block) in blocks.iter().enumerate() {
            self.block(i, block, &mut row, &mut memory, &mut plenty, &mut mentions);
        }
        (mentions, plenty.left_out())
    }

    fn block(&self, index: usize, block: &Block, row: &mut Stream, memory: &mut Memory, plenty: &mut Plenty, mentions: &mut Vec<Mention>) {
        let link = block.place == Place::Link;
        let decoded = Decoded::new(&block.text, link);
        let text = decoded.text.as_ref();
        let mut found = Vec::new();
        let mut from = 0;
        while from < text.len() || from == 0 {
            let to = text.ceil_char_boundary((from + WINDOW).min(text.len()));
            let window = text.get(from..to).unwrap_or_default();
            let inner_from = if from == 0 { 0 } else { EDGE };
            let inner_to = window.len() - if to == text.len() { 0 } else { EDGE };
            // Each window's own, so that what was found before is not gone through again.
            let mut new = Vec::new();
            self.window(window, link, row, memory, &mut new);
            new.retain(|f: &Found| f.range.start >= inner_from && f.range.end <= inner_to);
            found.extend(new.into_iter().map(|f| f.moved(from)));
            if to == text.len() {
                break;
            }
            from = text.floor_char_boundary(to - SHARED);
        }
        if found.is_empty() {
            return;
        }
        let found = best(found);
        let others: Vec<Range<usize>> = {
            let of = |f: &Found| self.owners.get(f.owner).is_some_and(Option::is_none);
            furthest(found.iter().filter(|f| of(f)).map(|f| f.range.clone()).collect())
        };
        let from = mentions.len();
        for f in found {
            let Some(&Some((list, entry))) = self.owners.get(f.owner) else {
                continue;
            };
            let mut how = f.how;
            if link {
                how.add(How::LINK);
            }
            let sure = match list {
                List::Legal | List::Private => 0.98,
                List::Stage | List::Context => 0.95,
            };
            let other_person = list == List::Legal && within(&others, &f.range);
            let confidence = sure * how.confidence();
            if plenty.keeps((f.owner, other_person), index, f.range.start, confidence) {
                mentions.push(Mention {
                    list,
                    entry,
                    block: index,
                    other_person,
                    range: decoded.original(f.range),
                    how: how.words(),
                    confidence,
                });
            }
        }
        if let Some(new) = mentions.get_mut(from..) {
            new.sort_by_key(|m| (m.range.start, m.range.end, m.list as u8, m.entry));
        }
    }

    fn window(&self, text: &str, link: bool, row: &mut Stream, memory: &mut Memory, found: &mut Vec<Found>) {
        self.words.find(text, link, memory, found);
        row.fill(text, true);
        self.row_of(text, link, row, found);
        // Where signs stand between letters, they may also only part them: Ekater|ina.
        for (from, to) in near(&std::mem::take(&mut row.signs), text) {
            let part = text.get(from..to).unwrap_or_default();
            let mut new = Vec::new();
            row.fill(part, false);
            self.row_of(part, link, row, &mut new);
            // What touches a cut may go on behind it.
            new.retain(|f| (f.range.start >= CUT || from == 0) && (f.range.end + CUT <= part.len() || to == text.len()));
            found.extend(new.into_iter().map(|f| f.moved(from)));
        }
    }

    /// Adds what the automaton finds in `row`, which is of `text`.
    fn row_of(&self, text: &str, link: bool, row: &Stream, found: &mut Vec<Found>) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        let Ok(places) = automaton.try_find_overlapping_iter(&row.bytes) else {
            return;
        };
        for place in places {
            let Some((owner, r)) = self.rows.get(place.pattern().as_usize()) else {
                continue;
            };
            let seen = match r {
                Row::Spelled(s) => s.verify(text, row, place.start(), link),
                Row::Phone(p) => p.verify(text, row, place.start()),
                Row::Mail(m) => m.verify(text, row, place.start()),
            };
            if let Some((range, how)) = seen {
                found.push(Found { owner: *owner, range, how });
            }
        }
    }
}

/// So much text around a sign is looked at again, and so much at its edges left out.
const AROUND: usize = 192;
const CUT: usize = 48;

/// The parts of `text` around `signs`, apart from one another.
fn near(signs: &[u32], text: &str) -> Vec<(usize, usize)> {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &sign in signs {
        let from = text.ceil_char_boundary((sign as usize).saturating_sub(AROUND));
        let to = text.floor_char_boundary((sign as usize + AROUND).min(text.len()));
        match parts.last_mut() {
            Some(last) if from <= last.1 => last.1 = to,
            _ => parts.push((from, to)),
        }
    }
    parts
}

/// Of the overlapping places of one entry the longest, then the surest.
fn best(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|f| (f.owner, f.range.start));
    let mut kept: Vec<Found> = Vec::new();
    let better = |a: &Found, b: &Found| {
        let sure = a.how.confidence().total_cmp(&b.how.confidence());
        a.range.len().cmp(&b.range.len()).then(sure).is_gt()
    };
    for f in found {
        match kept.last_mut() {
            Some(last) if last.owner == f.owner && f.range.start < last.range.end => {
                if better(&f, last) {
                    *last = f;
                }
            }
            _ => kept.push(f),
        }
    }
    kept
}

/// Sorted by start, each with the furthest end of those up to it.
fn furthest(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| r.start);
    let mut end = 0;
    for r in &mut ranges {
        end = end.max(r.end);
        r.end = end;
    }
    ranges
}

/// Does one of `ranges` (from [`furthest`]) hold all of `inner`?
fn within(ranges: &[Range<usize>], inner: &Range<usize>) -> bool {
    let upto = ranges.partition_point(|r| r.start <= inner.start);
    upto.checked_sub(1).and_then(|i| ranges.get(i)).is_some_and(|r| r.end >= inner.end)
}

#[cfg(test)]
mod tests;
