//! Do words of the text that stand together make up a form of a name?

use std::ops::Range;

use super::super::errors;
use super::super::fold;
use super::super::gap::{self, Ends, Gap};
use super::super::how::How;
use super::super::known;
use super::super::parts::{ARTICLES, PARTICLES};
use super::super::roman::{Script, script};
use super::super::spelled::turned;
use super::super::split::{Word, nickname, split};
use super::around::Around;
use super::part::Part;
use super::{MAX_WORD, Whole};

/// What was seen on the way along a name's words.
#[derive(Default)]
struct Walk {
    how: How,
    /// Where the name begins, and where the last word so far ends.
    start: Option<usize>,
    end: usize,
    /// How many words have a typing error, are inflected, are short and only sound alike.
    typos: usize,
    cases: usize,
    weak: usize,
    /// How many words have a capital first, and how many a capital behind it.
    capitals: usize,
    shouted: usize,
    has_capital: bool,
    spaced: bool,
    comma: bool,
    joined: bool,
    /// A line ends between two words.
    broken: bool,
    /// Something that is not configured stands between two words.
    inserted: bool,
}

/// Do the words from `nth` of those around on make up the form? Where, and in what disguise.
pub(super) fn compare(parts: &[Part], whole: &Whole, mut nth: usize, around: &mut Around) -> Option<(Range<usize>, How)> {
    let mut walk = Walk::default();
    for (i, &id) in whole.parts.iter().enumerate() {
        let part = parts.get(id)?;
        let mut word = around.word(&mut nth)?;
        if i > 0 {
            word = walk.between(whole, i, part, word, &mut nth, around)?;
        }
        walk.word(whole, i, id, part, word, around)?;
    }
    walk.whole(parts, whole, around)
}

impl Walk {
    /// What stands between the last word and `word`, which is to be the form's `i`th; gives that word, which is a later
    /// one where a name or an article that is not configured stands between.
    fn between(&mut self, whole: &Whole, i: usize, part: &Part, mut word: Word, nth: &mut usize, around: &Around) -> Option<Word> {
        let (form, text) = (&whole.form, around.text);
        let before = form.words.get(i - 1)?;
        let mut between = text.get(self.end..word.from as usize)?;
        let shown = text.get(word.from as usize..word.to as usize)?;
        // Peter M. Hartwell: a middle name that is not configured.
        if between == " " && !form.order && !self.inserted && !form.words.get(i)?.initial && lone_capital(shown) {
            self.inserted = true;
            self.how.add(How::INITIAL);
            self.end = word.to as usize;
            word = around.word(nth)?;
            between = text.get(self.end..word.from as usize)?;
            between = between.strip_prefix('.').unwrap_or(between);
        }
        // Hanane El Alaoui: an article that is not configured.
        if between == " " && !form.order && around.article(*nth, word) && !ARTICLES.contains(&part.base.as_str()) {
            self.inserted = true;
            self.end = word.to as usize;
            word = around.word(nth)?;
            between = text.get(self.end..word.from as usize)?;
            between = if between == "-" { " " } else { between };
        }
        match gap::gap(between, around.link) {
            Gap::Space | Gap::Markup => self.spaced = true,
            Gap::Newline | Gap::HyphenBreak | Gap::Emoji | Gap::Invisible => {
                self.broken |= between.contains('\n');
                self.how.add(How::SPLIT);
            }
            Gap::Link => {}
            Gap::None => {
                self.joined = true;
                self.how.add(How::HANDLE);
            }
            Gap::Hyphen | Gap::Apostrophe if before.soft => {}
            Gap::Dot | Gap::DotSpace if before.initial => self.spaced = true,
            Gap::Hyphen | Gap::Dot | Gap::Underscore => self.how.add(How::HANDLE),
            Gap::Comma if form.comma_after == Some(i - 1) => self.comma = true,
            _ => {
                // Ayesha "Luna" Khan
                let past = nickname(text, self.end)?;
                if form.order || self.how.has(How::NICKNAME) {
                    return None;
                }
                self.how.add(How::NICKNAME);
                while (word.from as usize) < past {
                    word = around.word(nth)?;
                }
                if text.get(past..word.from as usize)? != " " {
                    return None;
                }
            }
        }
        Some(word)
    }

    /// `word` as the form's `i`th, which is `part`.
    fn word(&mut self, whole: &Whole, i: usize, id: usize, part: &Part, word: Word, around: &mut Around) -> Option<()> {
        self.start.get_or_insert(word.from as usize);
        self.end = word.to as usize;
        let shown = around.text.get(word.from as usize..self.end)?;
        let capital = shown.chars().next()?.is_uppercase();
        self.has_capital |= capital;
        // Shayma al-Mutayri.
        self.capitals += usize::from(capital || (i > 0 && PARTICLES.contains(&fold::bases(shown).as_str())));
        self.shouted += usize::from(shown.chars().nth(1).is_some_and(char::is_uppercase));
        if whole.form.words.get(i)?.initial {
            return (fold::bases(shown) == part.base).then_some(());
        }
        // Nothing so long is remembered either.
        if shown.len() > MAX_WORD {
            return None;
        }
        let last = i + 1 == whole.parts.len();
        let one = around.memory.known(id, shown, last, || part.compare(shown, last))?;
        self.how.add(one);
        self.typos += usize::from(one.has(How::TYPO));
        self.cases += usize::from(one.has(How::INFLECTED));
        self.weak += usize::from(one.has(How::SOUND.with(How::SCRIPT)) && shown.chars().count() < 5);
        let short = shown.len() < 3 && part.roman.len() > 3 && part.roman.len() < 6;
        (!one.has(How::SOUND) || !short).then_some(())
    }

    /// The name as a whole.
    fn whole(mut self, parts: &[Part], whole: &Whole, around: &Around) -> Option<(Range<usize>, How)> {
        let (form, text) = (&whole.form, around.text);
        let range = self.start?..self.end;
        let shown = text.get(range.clone())?;
        let how = self.how;
        let by_word = How::SCRIPT.with(How::SOUND).with(How::INFLECTED).with(How::TYPO).with(How::NICKNAME);
        if !how.has(by_word) && !self.inserted {
            return None;
        }
        // Two lines of a list of names are two people; but a name may be all there is.
        if self.broken && around.trimmed > range.len() {
            return None;
        }
        let errors = How::SCRIPT.with(How::SOUND).with(How::INFLECTED);
        if self.typos > 1 || (self.typos == 1 && how.has(errors)) {
            return None;
        }
        let latin = script(shown) == Script::Latin;
        let cased = matches!(script(shown), Script::Latin | Script::Cyrillic | Script::Greek);
        // Latin letters have few case endings, and short small words are ordinary ones.
        if latin && how.has(How::INFLECTED) && self.cases < 2 && !told(parts, whole, shown) {
            return None;
        }
        // A name has all its words in one case: `cause NULL` is none.
        let uneven = |n: usize| n > 0 && n < whole.parts.len();
        let guess = how.has(How::SOUND.with(How::TYPO).with(How::SCRIPT));
        if cased && guess && (uneven(self.capitals) || (uneven(self.shouted) && !form.order)) {
            return None;
        }
        if cased && !self.has_capital && self.weak > 0 && !around.link && !how.has(How::HANDLE) {
            return None;
        }
        if !gap::bordered(text, range.start, range.end, Ends { joined: self.joined, spaced: self.spaced, digits: false }) {
            return None;
        }
        if form.order {
            if !turned(text, &range, self.comma, self.has_capital) {
                return None;
            }
            self.how.add(How::ORDER);
        }
        if form.dropped {
            self.how.add(How::MIDDLE);
        }
        if form.shortened {
            self.how.add(How::INITIAL);
        }
        Some((range, self.how))
    }
}

/// Is the one word that is inflected a case beyond doubt: the last one's genitive or with an ending hung on it, or
/// a woman's given name before a family name that has no cases?
fn told(parts: &[Part], whole: &Whole, shown: &str) -> bool {
    let mut words = split(shown).filter_map(|w| shown.get(w.from as usize..w.to as usize)).map(fold::bases);
    let (first, last) = (words.next().unwrap_or_default(), words.last().unwrap_or_default());
    let part = |p: Option<&usize>| p.and_then(|&p| parts.get(p));
    let hung = part(whole.parts.last()).is_some_and(|p| errors::genitive(&p.base, &last) || errors::hung(&p.base, &last));
    let woman = part(whole.parts.first()).is_some_and(|p| p.base.ends_with('a') && p.base != first && !known::common(&first));
    hung || (woman && !first.ends_with('s'))
}

fn lone_capital(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
}
