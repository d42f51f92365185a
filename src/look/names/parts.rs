//! A configured name taken apart: given, middle and family names, and the forms people write it in.

use super::fold;

mod lists;
mod other;

use lists::IBERIAN;

pub(super) use lists::{ARTICLES, PARTICLES};
use other::{article_apart, joined, parted, servant};

/// One word of a form.
#[derive(Clone)]
pub(super) struct Word {
    /// As configured, or its first letter.
    pub(super) text: String,
    /// Only the first letter of a middle name.
    pub(super) initial: bool,
    /// The configured name has the next word in the same token: Anna-Maria, O'Brien.
    pub(super) soft: bool,
}

/// One order and choice of the name's words.
#[derive(Clone, Default)]
pub(super) struct Form {
    /// In the order in which they stand.
    pub(super) words: Vec<Word>,
    /// The family name comes first.
    pub(super) order: bool,
    /// A middle name is left out.
    pub(super) dropped: bool,
    /// A middle name is shortened to its first letter.
    pub(super) shortened: bool,
    /// A comma may follow this word.
    pub(super) comma_after: Option<usize>,
}

/// A name's units: each a token with the particles before it.
pub(super) struct Parts {
    given: Vec<Word>,
    middle: Vec<Vec<Word>>,
    particles: Vec<Word>,
    family: Vec<Word>,
}

/// More forms than this tell nothing new, however long the name.
const MAX_FORMS: usize = 48;

/// The words of one token: split at hyphens and apostrophes.
pub(super) fn token(text: &str) -> Vec<Word> {
    let sign = |c: char| matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ') || dash(c);
    let mut words: Vec<Word> = text
        .split(sign)
        .filter(|w| w.chars().any(|c| fold::letter(c) || fold::digit(c).is_some()))
        .map(|w| Word { text: w.to_owned(), initial: false, soft: true })
        .collect();
    if let Some(last) = words.last_mut() {
        last.soft = false;
    }
    words
}

/// A hyphen or one of its look-alikes.
pub(super) fn dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' | '\u{2043}')
}

/// A phrase in its one form.
pub(super) fn phrase(text: &str) -> Form {
    let separate = |c: char| c.is_whitespace() || matches!(c, '_' | '.' | ',' | '/' | '@' | '#');
    let words = text.split(separate).flat_map(token).collect();
    Form { words, ..Form::default() }
}

impl Parts {
    /// Takes a name apart; `None` where it has no letter.
    pub(super) fn of(name: &str) -> Option<Parts> {
        let (tokens, family_first) = match name.split_once([',', '،']) {
            Some((family, given)) => (units(given).into_iter().chain(units(family)).collect::<Vec<_>>(), true),
            None => (units(name), false),
        };
        let mut all = tokens;
        let last = all.pop()?;
        if all.is_empty() {
            let words = last.0.into_iter().chain(last.1).collect();
            return Some(Parts { given: words, middle: vec![], particles: vec![], family: vec![] });
        }
        let mut rest = all.into_iter();
        let join = |(p, w): (Vec<Word>, Vec<Word>)| p.into_iter().chain(w).collect::<Vec<_>>();
        let given = rest.next().map(join)?;
        let mut middle: Vec<Vec<Word>> = rest.map(join).collect();
        let mut family = last.1;
        if family_first && let Some((family_part, _)) = name.split_once([',', '،']) {
            // "Garcia Lopez, Maria": both family names belong together.
            let count = units(family_part).len().saturating_sub(1).min(middle.len());
            let extra = middle.split_off(middle.len() - count);
            family = extra.into_iter().flatten().chain(family).collect();
        }
        Some(Parts { given, middle, particles: last.0, family })
    }

    /// Has the name one word only?
    pub(super) fn single(&self) -> bool {
        self.family.is_empty()
    }

    /// Every form, the configured one first.
    pub(super) fn forms(&self) -> Vec<Form> {
        if self.single() {
            return vec![Form { words: self.given.clone(), ..Form::default() }];
        }
        let mut forms = Vec::new();
        for (middle, dropped) in self.middles() {
            let short = |w: &Word| w.initial && !self.middle.iter().flatten().any(|m| m.text == w.text);
            let shortened = middle.iter().any(short);
            let full: Vec<Word> = [&self.particles, &self.family].into_iter().flatten().cloned().collect();
            let first: Vec<Word> = self.given.iter().cloned().chain(middle).collect();
            let mut add = |blocks: [&[Word]; 3], order: bool| {
                let comma_after = order.then(|| blocks[0].len() - 1);
                let words = blocks.concat();
                forms.push(Form { words, order, dropped, shortened, comma_after });
            };
            add([&first, &full, &[]], false);
            add([&full, &first, &[]], true);
            if !self.particles.is_empty() {
                add([&self.family, &first, &self.particles], true);
                // An article is often left out: Omar Rashid.
                if self.particles.iter().all(|p| ARTICLES.contains(&fold::bases(&p.text).as_str())) {
                    add([&first, &self.family, &[]], false);
                    add([&self.family, &first, &[]], true);
                }
            }
        }
        self.double_family(&mut forms);
        if let [particle, ..] = self.particles.as_slice()
            && !ARTICLES.contains(&fold::bases(&particle.text).as_str())
        {
            self.short_particles(&mut forms);
        }
        let each = |f: &Form| [article_apart(f).into_iter().collect(), parted(f), joined(f).into_iter().collect(), servant(f)].concat();
        let other: Vec<Form> = forms.iter().take(4).flat_map(each).collect();
        forms.extend(other);
        forms.truncate(MAX_FORMS);
        forms
    }

    /// Where the last middle name may be the first of two family names: `Lopez Garcia, Anna`, and where it is one
    /// of Spain's or Portugal's, `Anna Lopez` too. Family name, middle names, given name is an order as well.
    fn double_family(&self, forms: &mut Vec<Form>) {
        let Some((last, rest)) = self.middle.split_last() else {
            return;
        };
        let join = |units: &[&[Word]]| units.concat();
        let rest: Vec<Word> = rest.iter().flatten().cloned().collect();
        let single = |w: &Word| w.text.chars().filter(|&c| fold::letter(c)).count() == 1;
        if self.particles.is_empty() && !last.iter().any(single) {
            let family = join(&[last, &self.family]);
            let words = join(&[&family, &self.given, &rest]);
            forms.push(Form { words, order: true, comma_after: Some(family.len() - 1), ..Form::default() });
            let words = join(&[&self.family, &rest, last, &self.given]);
            forms.push(Form { words, order: true, ..Form::default() });
        }
        if last.iter().any(|w| IBERIAN.contains(&fold::bases(&w.text).as_str())) {
            let words = join(&[&self.given, &rest, last]);
            forms.push(Form { words, dropped: true, ..Form::default() });
            let words = join(&[last, &self.given, &rest]);
            forms.push(Form { words, dropped: true, order: true, comma_after: Some(last.len() - 1), ..Form::default() });
        }
    }

    /// Particles in short: `Willem vd Berg`, `Ludwig v. Hohenfels`.
    fn short_particles(&self, forms: &mut Vec<Form>) {
        let first = |w: &Word| w.text.chars().next().map(String::from).unwrap_or_default();
        let firsts: Vec<String> = self.particles.iter().map(first).collect();
        let initials: Vec<Word> = firsts.iter().map(|f| Word { text: f.clone(), initial: true, soft: false }).collect();
        let mut ways = vec![initials];
        if firsts.len() > 1 {
            ways.push(vec![Word { text: firsts.concat(), initial: false, soft: false }]);
        }
        for way in ways {
            let words = [&self.given, &way, &self.family].into_iter().flatten().cloned().collect();
            forms.push(Form { words, shortened: true, ..Form::default() });
        }
    }

    /// The ways to write the middle names: all, none, initials, some.
    fn middles(&self) -> Vec<(Vec<Word>, bool)> {
        // A middle name configured as an initial may have its dot.
        let single = |w: &Word| w.text.chars().filter(|&c| fold::letter(c)).count() == 1;
        let mark = |w: &Word| Word { initial: single(w), ..w.clone() };
        let all: Vec<Word> = self.middle.iter().flatten().map(mark).collect();
        if all.is_empty() {
            return vec![(all, false)];
        }
        let initial = |unit: &Vec<Word>| {
            let first = unit.last()?.text.chars().find(|&c| fold::letter(c))?;
            Some(Word { text: first.to_string(), initial: true, soft: false })
        };
        let initials: Vec<Word> = self.middle.iter().filter_map(initial).collect();
        let mut ways = vec![(all, false), (vec![], true), (initials.clone(), false)];
        if self.middle.len() > 1 {
            for (unit, initial) in self.middle.iter().zip(initials) {
                ways.push((unit.clone(), true));
                ways.push((vec![initial], true));
            }
        }
        ways
    }
}

/// Tokens, each with the particles before it.
fn units(name: &str) -> Vec<(Vec<Word>, Vec<Word>)> {
    let mut units = Vec::new();
    let mut particles = Vec::new();
    let mut tokens = name.split_whitespace().peekable();
    while let Some(t) = tokens.next() {
        let mut words = token(t.trim_matches([',', ';', '.', '(', ')', '"']));
        // al-Rashid: the particle is a part of the token.
        if words.len() == 2 && !units.is_empty() && words.first().is_some_and(|w| ARTICLES.contains(&fold::bases(&w.text).as_str())) {
            particles.push(words.remove(0));
        }
        let small = fold::bases(t);
        if tokens.peek().is_some() && !units.is_empty() && PARTICLES.contains(&small.as_str()) {
            particles.extend(words);
        } else if !words.is_empty() {
            units.push((std::mem::take(&mut particles), words));
        }
    }
    units
}

/// The ways to spell a word's letters without its accents: each letter with whether the text must
/// show an umlaut there. `Müller` gives `muller`, `mueller`; `Mueller` gives also `muller`, but only
/// for a text that has `ü`.
pub(super) fn spellings(word: &str) -> Vec<Vec<(char, bool)>> {
    let mut plain = Vec::new();
    word.chars().for_each(|c| fold::base(c, |b| plain.push((b, false))));
    let mut ways = vec![plain.clone()];
    for table in [&GERMAN[..], &OTHER[..]] {
        let mut way = Vec::new();
        for c in unicode_normalization::UnicodeNormalization::nfc(word).flat_map(char::to_lowercase) {
            match table.iter().find(|t| t.0 == c) {
                Some((_, written)) => way.extend(written.chars().map(|w| (w, false))),
                None => fold::base(c, |b| way.push((b, false))),
            }
        }
        ways.push(way);
    }
    let mut umlaut: Vec<(char, bool)> = Vec::new();
    for &(b, _) in &plain {
        match umlaut.last_mut() {
            Some(last) if b == 'e' && matches!(last.0, 'a' | 'o' | 'u') => last.1 = true,
            _ => umlaut.push((b, false)),
        }
    }
    ways.push(umlaut);
    let mut unique: Vec<Vec<(char, bool)>> = Vec::new();
    for way in ways {
        if !unique.contains(&way) {
            unique.push(way);
        }
    }
    unique
}

/// Usual ways to write a letter without its accent, German and Nordic first.
const GERMAN: [(char, &str); 7] = [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('å', "aa"), ('ø', "oe"), ('đ', "dj"), ('ß', "sz")];

const OTHER: [(char, &str); 11] = [
    ('ş', "sh"),
    ('ç', "ch"),
    ('č', "ch"),
    ('š', "sh"),
    ('ž', "zh"),
    ('ñ', "ny"),
    ('ć', "ch"),
    ('ø', "o"),
    ('ß', "s"),
    ('ğ', "gh"),
    ('æ', "a"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str) -> Vec<String> {
        let forms = Parts::of(name).map(|p| p.forms()).unwrap_or_default();
        let words = |f: &Form| f.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        forms.iter().map(words).collect()
    }

    #[test]
    fn forms_of_names() {
        assert_eq!(written("Ayesha Khan"), ["Ayesha Khan", "Khan Ayesha"]);
        assert_eq!(written("Khan, Ayesha"), ["Ayesha Khan", "Khan Ayesha"]);
        let noor = written("Ayesha Noor Khan");
        for want in ["Ayesha Noor Khan", "Ayesha Khan", "Ayesha N Khan", "Khan Ayesha N"] {
            assert!(noor.iter().any(|f| f == want), "{want}");
        }
        let cruz = written("Maria de la Cruz");
        for want in ["Maria de la Cruz", "de la Cruz Maria", "Cruz Maria de la", "Maria d l Cruz", "Maria dl Cruz", "Maria dela Cruz"] {
            assert!(cruz.iter().any(|f| f == want), "{want}: {cruz:?}");
        }
        let lopez = written("Anna-Maria Lopez Garcia");
        for want in ["Lopez Garcia Anna Maria", "Anna Maria Lopez", "Lopez Anna Maria"] {
            assert!(lopez.iter().any(|f| f == want), "{want}: {lopez:?}");
        }
        assert!(!written("Sarah Jane Ellsworth").iter().any(|f| f == "Sarah Jane"));
        let rashid = written("Omar al-Rashid");
        for want in ["Omar al Rashid", "Rashid Omar al", "Omar Rashid"] {
            assert!(rashid.iter().any(|f| f == want), "{want}: {rashid:?}");
        }
        assert_eq!(written("Irenko"), ["Irenko"]);
        assert!(Parts::of(" - ").is_none());
    }

    #[test]
    fn spellings_of_words() {
        let of = |w: &str| -> Vec<String> { spellings(w).iter().map(|s| s.iter().map(|l| l.0).collect()).collect() };
        assert_eq!(of("Müller"), ["muller", "mueller"]);
        assert_eq!(of("Mueller"), ["mueller", "muller"]);
        assert_eq!(of("Khan"), ["khan"]);
    }
}
