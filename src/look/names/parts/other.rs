//! Other ways to write a form: with parts joined or parted, and in other usual spellings.

use super::super::fold;
use super::super::how::How;
use super::super::latin;
use super::super::respelled::without_article;
use super::super::roman::{Script, script};
use super::lists::{PARTICLES, PREFIXES, TWO};
use super::{Form, Word};

/// More respelled forms of one than this tell little new.
const MAX_RESPELLED: usize = 96;

impl Form {
    /// The form in other usual spellings, all in Latin letters, each with what it is a disguise by.
    pub(in super::super) fn respelled(&self) -> Vec<(Form, How)> {
        let latin = |w: &Word| script(&w.text) == Script::Latin;
        let mut ways: Vec<(Vec<Word>, How)> = vec![(vec![], How::PLAIN)];
        for word in &self.words {
            let how = if latin(word) { How::SOUND } else { How::SCRIPT };
            let spelled: Vec<(Word, How)> =
                latin::spellings(&word.text).into_iter().map(|text| (Word { text, ..word.clone() }, how)).collect();
            let own = latin(word).then(|| (word.clone(), How::PLAIN));
            let each: Vec<(Word, How)> = own.into_iter().chain(spelled).collect();
            // Each spelling with the likeliest of the others first: a cut leaves out the unlikely.
            let mut next = Vec::new();
            for (word, how) in &each {
                for (words, before) in &ways {
                    next.push((words.iter().cloned().chain([word.clone()]).collect(), before.with(*how)));
                }
            }
            next.truncate(MAX_RESPELLED);
            ways = next;
        }
        let disguised = ways.into_iter().filter(|(_, how)| *how != How::PLAIN);
        disguised.map(|(words, how)| (Form { words, ..self.clone() }, how)).collect()
    }
}

/// The form with the Arabic article as a word of its own, as Latin letters have it: Al-Husseini.
pub(super) fn article_apart(form: &Form) -> Option<Form> {
    let mut words = Vec::new();
    let mut comma_after = form.comma_after;
    for (at, word) in form.words.iter().enumerate() {
        match without_article(&word.text) {
            Some(rest) => {
                words.push(Word { text: "ال".to_owned(), initial: false, soft: true });
                words.push(Word { text: rest.to_owned(), ..word.clone() });
                // A comma is looked for behind a word by its number.
                comma_after = comma_after.map(|c| c + usize::from(form.comma_after.is_some_and(|own| at <= own)));
            }
            None => words.push(word.clone()),
        }
    }
    (words.len() > form.words.len()).then(|| Form { words, comma_after, ..form.clone() })
}

/// The form with such a part as a word of its own; Abdelrahman also as Abd Rahman and Abd el Rahman.
pub(super) fn parted(form: &Form) -> Vec<Form> {
    let found = form.words.iter().enumerate().find_map(|(at, word)| {
        let small = fold::bases(&word.text);
        if let Some((_, cut)) = TWO.iter().find(|t| word.text.is_ascii() && t.0 == small) {
            return Some((at, *cut));
        }
        let prefix = PREFIXES.iter().find(|p| word.text.is_ascii() && small.len() > p.len() + 2 && small.starts_with(**p))?;
        Some((at, prefix.len()))
    });
    let Some((at, cut)) = found else {
        return vec![];
    };
    let Some(word) = form.words.get(at) else {
        return vec![];
    };
    let (head, tail) = word.text.split_at(cut);
    let mut ways: Vec<Vec<&str>> = vec![vec![head, tail]];
    if head.len() == 5 && head.get(..3).is_some_and(|h| h.eq_ignore_ascii_case("abd")) {
        let (abd, article) = head.split_at(3);
        ways.push(vec![abd, tail]);
        ways.push(vec![abd, article, tail]);
    }
    let form_of = |way: Vec<&str>| {
        let soft = |(i, text): (usize, &&str)| Word { text: (*text).to_owned(), initial: false, soft: i + 1 < way.len() || word.soft };
        let new: Vec<Word> = way.iter().enumerate().map(soft).collect();
        let comma_after = form.comma_after.map(|c| if c >= at { c + new.len() - 1 } else { c });
        let mut words = form.words.clone();
        words.splice(at..=at, new);
        Form { words, comma_after, ..form.clone() }
    };
    ways.into_iter().map(form_of).collect()
}

/// عبد الرحمن as Latin letters have it: Abdul Rahman, Abdulrahman.
pub(super) fn servant(form: &Form) -> Vec<Form> {
    let is = |pair: &[Word]| matches!(pair, [a, b] if fold::bases(&a.text) == "عبد" && without_article(&b.text).is_some());
    let Some(at) = form.words.windows(2).position(is) else {
        return vec![];
    };
    let (Some(first), Some(rest)) = (form.words.get(at), form.words.get(at + 1).and_then(|w| without_article(&w.text))) else {
        return vec![];
    };
    let word = |text: String| Word { text, ..first.clone() };
    let ways = [vec![word("عبدال".to_owned()), word(rest.to_owned())], vec![word(format!("عبدال{rest}"))]];
    let form_of = |way: Vec<Word>| {
        let comma_after = form.comma_after.map(|c| if c > at { c + way.len() - 2 } else { c });
        let mut words = form.words.clone();
        words.splice(at..=at + 1, way);
        Form { words, comma_after, ..form.clone() }
    };
    ways.into_iter().map(form_of).collect()
}

/// The form with such a part, or a particle, joined to the word behind it.
pub(super) fn joined(form: &Form) -> Option<Form> {
    let part = |w: &Word| {
        let small = fold::bases(&w.text);
        PREFIXES.contains(&small.as_str()) || PARTICLES.contains(&small.as_str())
    };
    let at = form.words.iter().position(part).filter(|at| at + 1 < form.words.len())?;
    let mut words = form.words.clone();
    let first = words.remove(at);
    let next = words.get_mut(at)?;
    next.text.insert_str(0, &first.text);
    Some(Form { words, comma_after: form.comma_after.map(|c| c - usize::from(c > at)), ..form.clone() })
}
