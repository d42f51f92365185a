//! How much a configured entry tells: would it be found on pages that are about others, or about nobody?
//!
//! Nothing here changes what is found. It is for telling the owner, before the first false alarm, what to add.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::parts::{Form, PARTICLES, Parts, Word, phrase};
use super::roman::{Script, roman, script};
use super::{Mail, Names, Phone, fold, known, latin, street};
use crate::model::{Block, List, Person, Place, Secret};

/// Why an entry will be found where it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It will not, as far as can be told from the entry alone.
    Fine,
    /// A legal name of one word.
    OneWord,
    /// A legal name with a first letter in place of the given or the family name.
    Initial,
    /// So few letters that they stand somewhere by chance.
    Short,
    /// Many people have it.
    Common,
    /// It is made of everyday words.
    Ordinary,
}

/// An entry of another list that stands in a legal name, so that both are found together wherever the name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Index of the legal name.
    pub legal: usize,
    /// The other entry's list; `None`: `other_people`, whose phrase is the whole name.
    pub list: Option<List>,
    /// Index of the other entry.
    pub entry: usize,
}

/// The list; how it was made stands in its first lines.
const LIST: &str = include_str!("common.txt");

const GIVEN: u8 = 1;
const FAMILY: u8 = 2;
/// A word of every day that is also a name, or that people publish under.
const ORDINARY: u8 = 4;
/// A word of nearly every page.
const PLAIN: u8 = 8;

static COMMON: LazyLock<HashMap<&'static str, u8>> = LazyLock::new(|| {
    let mut common = HashMap::new();
    let mut kind = 0;
    for line in LIST.lines().filter(|l| !l.starts_with('#')) {
        match line {
            "[given]" => kind = GIVEN,
            "[family]" => kind = FAMILY,
            "[words]" => kind = ORDINARY,
            "[plain]" => kind = PLAIN,
            names => names.split(' ').for_each(|name| *common.entry(name).or_default() |= kind),
        }
    }
    common
});

/// Articles: "the siren" is no rarer than "siren".
const ARTICLES: &[&str] = &["the", "a", "le", "la", "les", "el", "il", "lo", "der", "die", "das", "o"];

/// Names of up to so many letters, given and family name together, stand by chance in other words' seams.
const FEW_LETTERS: usize = 5;
/// The same where every sign is a syllable or a word.
const FEW_SIGNS: usize = 2;
/// Stage names of up to so many letters or digits are abbreviations of much else.
const FEW_OF_STAGE: usize = 3;
/// Private entries weigh most, and one handle in two of so few signs is taken on every site.
const FEW_OF_PRIVATE: usize = 4;
/// Numbers of fewer digits than telephone numbers have.
const FEW_DIGITS: usize = 6;

/// Weighs a legal name.
pub fn legal(name: &str) -> Weight {
    let Some(parts) = Parts::of(name) else {
        return Weight::Fine;
    };
    let letters = count(name);
    if name.chars().any(of_signs) {
        // Such names are written as one word, and have two to four signs.
        return if letters <= FEW_SIGNS { Weight::Short } else { Weight::Fine };
    }
    if parts.single() {
        return Weight::OneWord;
    }
    let forms = parts.forms();
    let ends = |f: &Form| [f.words.first(), f.words.last()].into_iter().flatten().any(|w| count(&w.text) == 1);
    if forms.first().is_some_and(ends) {
        return Weight::Initial;
    }
    let forms: Vec<Vec<Told>> = forms.iter().filter(|f| !f.order).map(told).collect();
    if forms.iter().any(|f| f.len() > 1 && f.iter().all(|w| w.is(ORDINARY | PLAIN))) {
        return Weight::Ordinary;
    }
    if forms.iter().map(|f| f.iter().map(|w| w.letters).sum()).min().is_some_and(|least: usize| least <= FEW_LETTERS) {
        return Weight::Short;
    }
    if forms.iter().any(|f| whole_name(f)) { Weight::Common } else { Weight::Fine }
}

/// Weighs a stage name.
pub fn stage(name: &str) -> Weight {
    of_phrase(name, FEW_OF_STAGE)
}

/// Weighs a private entry.
pub fn private(entry: &str) -> Weight {
    if Phone::of(entry).is_some() || !Mail::of(entry).is_empty() {
        return Weight::Fine;
    }
    let digits = entry.chars().filter(|&c| fold::digit(c).is_some()).count();
    if digits == count(entry) && digits <= FEW_DIGITS {
        return Weight::Short;
    }
    if !street::forms(entry).is_empty() {
        return Weight::Fine;
    }
    of_phrase(entry, FEW_OF_PRIVATE)
}

/// Weighs a word of context.
pub fn context(entry: &str) -> Weight {
    let words = told(&phrase(entry));
    if !entry.chars().any(of_signs) && count(entry) <= 2 {
        return Weight::Short;
    }
    // A bare number of two digits is an age or a count; a year tells more.
    let number = entry.chars().all(|c| c.is_whitespace() || fold::digit(c).is_some());
    if number && count(entry) <= 3 {
        return Weight::Short;
    }
    if words.iter().all(|w| w.is(PLAIN)) { Weight::Ordinary } else { Weight::Fine }
}

/// Has the name more than a given and a family name?
pub fn has_middle(name: &str) -> bool {
    Parts::of(name).is_some_and(|p| p.forms().iter().any(|f| f.dropped))
}

/// Entries that stand in a legal name, as the search itself sees it.
pub fn clashes(person: &Person) -> Vec<Clash> {
    let block = |name: &Secret| Block { text: name.reveal().to_owned(), place: Place::Text, section: 0 };
    let blocks: Vec<Block> = person.legal_names.iter().map(block).collect();
    let mut all: Vec<Clash> = Vec::new();
    for mention in Names::new(person).find(&blocks) {
        if mention.list == List::Legal {
            continue;
        }
        let clash = Clash { legal: mention.block, list: Some(mention.list), entry: mention.entry };
        if !all.contains(&clash) {
            all.push(clash);
        }
    }
    for (entry, phrase) in person.other_people.iter().enumerate() {
        let alone = Person { legal_names: person.legal_names.clone(), other_people: vec![phrase.clone()], ..Person::default() };
        for mention in Names::new(&alone).find(&blocks) {
            let clash = Clash { legal: mention.entry, list: None, entry };
            if mention.other_person && mention.entry == mention.block && !all.contains(&clash) {
                all.push(clash);
            }
        }
    }
    all
}

fn of_phrase(text: &str, few: usize) -> Weight {
    let signs = text.chars().any(of_signs);
    if count(text) <= if signs { 1 } else { few } {
        return Weight::Short;
    }
    let mut words = told(&phrase(text));
    if words.len() > 1 {
        words.retain(|w| !w.article);
    }
    match words.as_slice() {
        [] => Weight::Ordinary,
        [word] if word.is(ORDINARY | PLAIN) => Weight::Ordinary,
        [word] if word.is(GIVEN | FAMILY) || word.known => Weight::Common,
        [_] => Weight::Fine,
        // Two ordinary words side by side are rare enough ("Luna Star"), unless both are everywhere.
        words if words.iter().all(|w| w.is(PLAIN)) => Weight::Ordinary,
        words if whole_name(words) => Weight::Common,
        _ => Weight::Fine,
    }
}

/// One word, and what the list tells of it.
struct Told {
    kinds: u8,
    letters: usize,
    known: bool,
    article: bool,
    soft: bool,
}

impl Told {
    fn of(word: &Word) -> Told {
        let folded = fold::bases(&word.text);
        let mut spelled = latin::spellings(&word.text);
        let own = script(&word.text);
        if own != Script::Latin {
            let mut letters = String::new();
            roman(&word.text, own, &mut letters);
            spelled.push(letters);
        }
        let kinds = |name: &str| COMMON.get(name).copied().unwrap_or_default();
        let plural = folded.strip_suffix('s').map(kinds).unwrap_or_default() & (ORDINARY | PLAIN);
        // Another spelling of a name is the same name; another spelling of a word is another word.
        let respelled = spelled.iter().map(|s| kinds(s) & (GIVEN | FAMILY)).fold(0, |a, b| a | b);
        Told {
            kinds: kinds(&folded) | plural | respelled,
            letters: count(&word.text),
            known: known::common(&folded),
            article: ARTICLES.contains(&folded.as_str()),
            soft: word.soft,
        }
    }

    fn is(&self, kinds: u8) -> bool {
        self.kinds & kinds != 0
    }
}

/// The words of a form that tell somebody apart: no initials, nothing that only stands between names.
fn told(form: &Form) -> Vec<Told> {
    let last = form.words.len().saturating_sub(1);
    let tells = |(n, w): &(usize, &Word)| !w.initial && (*n == last || !PARTICLES.contains(&fold::bases(&w.text).as_str()));
    form.words.iter().enumerate().filter(tells).map(|(_, w)| Told::of(w)).collect()
}

/// A common given name and a common family name, in either order; the given name may be a double one.
fn whole_name(words: &[Told]) -> bool {
    let double = words.first().is_some_and(|w| w.soft);
    let few = words.len() == 2 || (words.len() == 3 && double);
    let both = |a: &Told, b: &Told| (a.is(GIVEN) && b.is(FAMILY)) || (a.is(FAMILY) && b.is(GIVEN));
    let ends = words.first().zip(words.last()).is_some_and(|(a, b)| both(a, b));
    few && ends && words.iter().all(|w| w.is(GIVEN | FAMILY))
}

/// Letters and digits.
fn count(text: &str) -> usize {
    text.chars().filter(|&c| fold::letter(c) || fold::digit(c).is_some()).count()
}

/// Is `c` of a script that has a sign for a syllable or a word, and writes a name as one word?
fn of_signs(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::Weight::{Common, Fine, Initial, OneWord, Ordinary, Short};
    use super::*;

    #[test]
    fn legal_names() {
        for (name, want) in [
            ("Mira Sandoval", Fine),
            ("Ottilie Hartwell", Fine),
            ("Maria Hartwell", Fine),
            ("Hartwell Smith", Fine),
            ("Rose Hartwell", Fine),
            ("John Smith Hartwell", Fine),
            ("Smith", OneWord),
            ("Hartwell", OneWord),
            ("J. Hartwell", Initial),
            ("Hartwell, J.", Initial),
            ("Bo Li", Short),
            ("Amy Lu", Short),
            ("Ayesha Khan", Common),
            ("Khan, Aisha", Common),
            ("KHAN Ayesha", Common),
            ("Ayesha Noor Khan", Common),
            ("Mary J. Smith", Common),
            ("María José García", Common),
            ("Maria de la Cruz", Common),
            ("Maria Garcia Hartwell", Common),
            ("Anne-Marie Dupont", Common),
            ("Mary Smith-Hartwell", Fine),
            ("Sabine Müller", Common),
            ("Fatma Yıldız", Common),
            ("Nguyễn Thị Lan", Common),
            ("Chidi Okafor", Common),
            ("Will Young", Ordinary),
            ("Mark Reed", Ordinary),
            ("Rose Hill", Ordinary),
            ("May Day", Ordinary),
            ("Grace Hope", Ordinary),
            ("Will H. Young", Ordinary),
            ("Petit, Rose", Ordinary),
            ("Engel Schwarz", Ordinary),
            ("عائشہ خان", Common),
            ("محمد علی", Common),
            ("Мария Иванова", Common),
            ("Олена Шевченко", Common),
            ("Μαρία Παπαδοπούλου", Common),
            ("राजेश शर्मा", Common),
            ("Аглая Вершинина", Fine),
            ("王伟", Short),
            ("김민수", Fine),
            ("…", Fine),
            ("", Fine),
        ] {
            assert_eq!(legal(name), want, "{name}");
        }
    }

    #[test]
    fn stage_names() {
        for (name, want) in [
            ("Nova Lark", Fine),
            ("Luna Velvet", Fine),
            ("Luna Star", Fine),
            ("Zephyrine", Fine),
            ("luna_99x", Fine),
            ("Luna99", Fine),
            ("Siren", Ordinary),
            ("The Siren", Ordinary),
            ("Sirens", Ordinary),
            ("LUNA", Ordinary),
            ("Étoile", Ordinary),
            ("Daisy", Ordinary),
            ("Hot Girl", Ordinary),
            ("Chloe", Common),
            ("Martina", Common),
            ("Anna Smith", Common),
            ("Zyx", Short),
            ("Q-T 3", Short),
        ] {
            assert_eq!(stage(name), want, "{name}");
        }
    }

    #[test]
    fn private_entries() {
        for (entry, want) in [
            ("+92 300 1234567", Fine),
            ("me@example.org", Fine),
            ("12 Rose Street, Lahore", Fine),
            ("nova_lark_x", Fine),
            ("75012", Short),
            ("kat9", Short),
            ("kitty", Ordinary),
            ("Garcia", Common),
            ("Mary Smith", Common),
            ("Mary Hartwell", Fine),
        ] {
            assert_eq!(private(entry), want, "{entry}");
        }
    }

    #[test]
    fn words_of_context() {
        for (entry, want) in [
            ("Lahore", Fine),
            ("nurse", Fine),
            ("1994", Fine),
            ("city hospital", Fine),
            ("東京", Fine),
            ("the", Ordinary),
            ("photo", Ordinary),
            ("Leaks", Ordinary),
            ("the photos", Ordinary),
            ("a", Short),
            ("UK", Short),
            ("27", Short),
        ] {
            assert_eq!(context(entry), want, "{entry}");
        }
    }

    #[test]
    fn entries_that_stand_in_a_legal_name() {
        let all = |list: &[&str]| list.iter().map(|s| Secret::new(*s)).collect::<Vec<_>>();
        let mut person = Person {
            legal_names: all(&["Zoë Hartwell", "Zoë Ann Sandoval"]),
            stage_names: all(&["Nova Lark", "Zoe"]),
            context: all(&["Lahore", "Sandoval"]),
            private: all(&["+92 300 1234567", "zoe.hartwell"]),
            other_people: all(&["Dr Zoe Hartwell", "Zoe Sandoval"]),
            ..Person::default()
        };
        let stage = |legal| Clash { legal, list: Some(List::Stage), entry: 1 };
        let found = clashes(&person);
        let private = Clash { legal: 0, list: Some(List::Private), entry: 1 };
        let context = Clash { legal: 1, list: Some(List::Context), entry: 1 };
        assert_eq!(found, [stage(0), private, stage(1), context]);
        person.other_people = all(&["Dr Zoe Hartwell", "zoe hartwell"]);
        assert!(clashes(&person).contains(&Clash { legal: 0, list: None, entry: 1 }));
        person.legal_names.clear();
        assert!(clashes(&person).is_empty());
    }

    #[test]
    fn middle_names() {
        for (name, want) in [("Ayesha Khan", false), ("Ayesha Noor Khan", true), ("Maria de la Cruz", false), ("Khan", false)] {
            assert_eq!(has_middle(name), want, "{name}");
        }
    }

    #[test]
    fn the_list_is_folded() {
        let names = LIST.lines().filter(|l| !l.starts_with(['#', '['])).flat_map(|l| l.split(' '));
        for name in names {
            assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()), "{name:?}");
        }
        for kind in [GIVEN, FAMILY, ORDINARY, PLAIN] {
            assert!(COMMON.values().filter(|k| *k & kind != 0).count() > 200);
        }
    }
}
