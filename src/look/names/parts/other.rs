//! Other ways to write a form: with parts joined or parted, and in other usual spellings.

use super::super::fold;
use super::super::how::How;
use super::super::latin;
use super::super::respelled::without_article;
use super::super::roman::{Script, script};
use super::lists::{PARTICLES, PREFIXES};
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
    for word in &form.words {
        match without_article(&word.text) {
            Some(rest) => {
                words.push(Word { text: "ال".to_owned(), initial: false, soft: true });
                words.push(Word { text: rest.to_owned(), ..word.clone() });
            }
            None => words.push(word.clone()),
        }
    }
    // A comma is looked for behind a word by its number.
    let comma_after = form.comma_after.map(|c| c + words.len() - form.words.len());
    (words.len() > form.words.len()).then(|| Form { words, comma_after, ..form.clone() })
}

/// The form with such a part as a word of its own.
pub(super) fn parted(form: &Form) -> Option<Form> {
    let (at, prefix) = form.words.iter().enumerate().find_map(|(at, word)| {
        let small = fold::bases(&word.text);
        let prefix = PREFIXES.iter().find(|p| word.text.is_ascii() && small.len() > p.len() + 2 && small.starts_with(**p))?;
        Some((at, prefix.len()))
    })?;
    let mut words = form.words.clone();
    let word = words.get_mut(at)?;
    let rest = Word { text: word.text.split_off(prefix), ..word.clone() };
    word.soft = true;
    words.insert(at + 1, rest);
    Some(Form { words, comma_after: form.comma_after.map(|c| c + usize::from(c >= at)), ..form.clone() })
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
