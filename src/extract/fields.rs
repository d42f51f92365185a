//! Names that a page holds in parts: which field is a given name, which a family name, and whose.
//!
//! The names room looks for a name inside one block, because two cells of a table are two people as often as one.
//! Where the page itself says that a field is the given name and its neighbour the family name, nothing is left to
//! guess: one more block then holds both, in order.

mod vocabulary;

use url::form_urlencoded;

/// A field's name or label has at most so many bytes.
const MAX_KEY: usize = 96;

/// It has at most so many words.
const MAX_WORDS: usize = 10;

/// A label that a reader sees has at most so many.
const MAX_LABEL_WORDS: usize = 4;

/// A longer value is a sentence.
const MAX_VALUE: usize = 80;

/// So many people are put together at a time (`billing_…`, `shipping_…`).
const MAX_PEOPLE: usize = 16;

/// Which part of a name a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What comes first.
    Given,
    /// What may stand in the middle.
    Middle,
    /// What comes last.
    Family,
    /// The mother's family name, where people bear two.
    Second,
    /// `name`, `nom`: all of it, or whichever part has no field of its own.
    Either,
}

/// What a field's name says: the part, and whose it is as far as the rest of the name tells (`billing`, `players_0`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The part.
    pub part: Part,
    whose: String,
}

impl Slot {
    /// Says which part for certain.
    pub fn is_sure(&self) -> bool {
        self.part != Part::Either
    }

    /// Says nothing but the part.
    pub fn is_plain(&self) -> bool {
        self.whose.is_empty()
    }
}

/// The words of a field's name, in lower case, parted by `_`: `billingFirstName`, `user[first-name]`.
fn words(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut before = ' ';
    let mut chars = key.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            // Vowel signs and joiners belong to the word.
            if !c.is_ascii() && !c.is_whitespace() && vocabulary::is_mark(c) && !out.is_empty() {
                out.push(c);
            } else {
                before = ' ';
            }
            continue;
        }
        let hump = c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && chars.peek().is_some_and(|n| n.is_lowercase())));
        let digit = before.is_alphanumeric() && before.is_ascii_digit() != c.is_ascii_digit();
        if (before == ' ' || hump || digit) && !out.is_empty() {
            out.push('_');
        }
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_lowercase());
        }
        before = c;
    }
    out
}

/// What a field called `key` holds; `None`: no part of a name.
pub fn slot(key: &str) -> Option<Slot> {
    if key.is_empty() || key.len() > MAX_KEY || !vocabulary::may_tell(key) {
        return None;
    }
    let text = words(key);
    let mut starts = vec![0];
    starts.extend(text.match_indices('_').map(|(at, _)| at + 1));
    if starts.len() > MAX_WORDS {
        return None;
    }
    let (part, from, to) = find(&text, &starts)?;
    let (before, after) = (text.get(..from).unwrap_or(""), text.get(to..).unwrap_or(""));
    let whose = match (before.trim_end_matches('_'), after.trim_start_matches('_')) {
        ("", rest) | (rest, "") => rest.to_owned(),
        (before, after) => format!("{before}_{after}"),
    };
    Some(Slot { part, whose })
}

/// The longest run of words that names a part, with its bytes; a sure part goes before `name`. `starts`: the words'.
fn find(text: &str, starts: &[usize]) -> Option<(Part, usize, usize)> {
    let mut either = None;
    for len in (1..=3).rev() {
        for (at, from) in starts.iter().enumerate().take((starts.len() + 1).saturating_sub(len)) {
            let to = starts.get(at + len).map_or(text.len(), |next| next - 1);
            match vocabulary::part(text.get(*from..to).unwrap_or(""), to == text.len()) {
                Some(Part::Either) => either = either.or(Some((Part::Either, *from, to))),
                Some(part) => return Some((part, *from, to)),
                None => {}
            }
        }
    }
    either
}

/// What a label that a reader sees announces: "First name *", "Nom :".
pub fn label(text: &str) -> Option<Slot> {
    let text = text.trim();
    let slot = slot(text)?;
    let count = text.split_whitespace().take(MAX_LABEL_WORDS + 1).count();
    // A sentence that speaks of a name is no label.
    let sentence = count > MAX_LABEL_WORDS || (count > 1 && text.contains(['.', '!', '?', ',', '@']));
    (!sentence && (slot.is_sure() || slot.whose.is_empty())).then_some(slot)
}

/// A value that can be part of a name, white space folded; else nothing.
fn clean(value: &str) -> String {
    let value = value.trim();
    let odd = value.contains(['<', '{', '}', '=', '@', '\\']) || value.contains("://");
    if value.len() > MAX_VALUE || odd || !value.chars().any(char::is_alphabetic) {
        return String::new();
    }
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The parts of one person's name. A part that is known to be empty is kept: it tells where the next person begins.
#[derive(Default)]
struct Person {
    whose: String,
    parts: Vec<(Part, String)>,
}

impl Person {
    fn has(&self, part: Part) -> bool {
        self.parts.iter().any(|p| p.0 == part)
    }

    fn get(&self, part: Part) -> Option<&str> {
        self.parts.iter().find(|p| p.0 == part).map(|p| p.1.as_str()).filter(|v| !v.is_empty())
    }

    /// The whole name, where a given and a family name are known.
    fn joined(&self) -> Option<String> {
        let (given, family, either) = (self.get(Part::Given), self.get(Part::Family), self.get(Part::Either));
        let (given, family) = match (given, family, either) {
            (Some(given), Some(family), _) => (given, family),
            // Where the `name` is all of it, it needs no joining.
            (Some(given), None, Some(name)) if !name.contains(given) => (given, name),
            (None, Some(family), Some(name)) if !name.contains(family) => (name, family),
            _ => return None,
        };
        let parts = [Some(given), self.get(Part::Middle), Some(family), self.get(Part::Second)];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

/// The people whose fields stand in one form, object or row.
#[derive(Default)]
pub struct People {
    known: Vec<Person>,
}

impl People {
    /// Notes a field. Gives the name of the person whose place it takes: a second given name begins another person.
    pub fn note(&mut self, slot: &Slot, value: &str) -> Option<String> {
        let value = clean(value);
        let at = self.known.iter().position(|p| p.whose == slot.whose);
        if let Some(person) = at.and_then(|at| self.known.get_mut(at)) {
            let ended = if person.has(slot.part) { std::mem::take(&mut person.parts) } else { Vec::new() };
            person.parts.push((slot.part, value));
            return Person { whose: String::new(), parts: ended }.joined();
        }
        let ended = (self.known.len() >= MAX_PEOPLE).then(|| self.known.remove(0));
        self.known.push(Person { whose: slot.whose.clone(), parts: vec![(slot.part, value)] });
        ended.and_then(|p| p.joined())
    }

    /// Gives the value of a field that was noted before it was known.
    pub fn fill(&mut self, slot: &Slot, value: &str) {
        let person = self.known.iter_mut().find(|p| p.whose == slot.whose);
        if let Some(part) = person.and_then(|p| p.parts.iter_mut().find(|p| p.0 == slot.part)) {
            part.1 = clean(value);
        }
    }

    /// The names of all that are complete; begins anew.
    pub fn finish(&mut self) -> Vec<String> {
        self.known.drain(..).filter_map(|p| p.joined()).collect()
    }
}

/// The names that an address's query holds in parts: `?first=…&last=…`.
pub fn in_query(address: &str) -> Vec<String> {
    let Some((_, query)) = address.split_once('?').filter(|(_, q)| q.contains('&')) else {
        return Vec::new();
    };
    let query = query.split('#').next().unwrap_or(query);
    let mut people = People::default();
    let mut names = Vec::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if let Some(slot) = slot(&key) {
            names.extend(people.note(&slot, &value));
        }
    }
    names.extend(people.finish());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        use Part::*;
        for (key, part, whose) in [
            ("givenName", Given, ""),
            ("first_name", Given, ""),
            ("FirstName", Given, ""),
            ("FIRST_NAME", Given, ""),
            ("fName", Given, ""),
            ("FName", Given, ""),
            ("lname", Family, ""),
            ("billing_last_name", Family, "billing"),
            ("user[first-name]", Given, "user"),
            ("players[0][first]", Given, "players_0"),
            ("name.last", Family, ""),
            ("profile:last_name", Family, "profile"),
            ("additionalName", Middle, ""),
            ("prénom", Given, ""),
            ("Nom", Either, ""),
            ("Vorname", Given, ""),
            ("apellidos", Family, ""),
            ("apellido2", Second, ""),
            ("segundo_apellido", Second, ""),
            ("имя", Given, ""),
            ("Фамилия", Family, ""),
            ("نام", Either, ""),
            ("نام خانوادگی", Family, ""),
            ("authorName", Either, "author"),
            ("lastName1", Family, "1"),
        ] {
            assert_eq!(slot(key), Some(Slot { part, whose: whose.to_owned() }), "{key}");
        }
        for key in ["", "username", "last_login", "first_seen", "firsthand", "nomad", "renamed", "x".repeat(100).as_str()] {
            assert_eq!(slot(key), None, "{key}");
        }
    }

    #[test]
    fn labels() {
        for text in ["First name", "First Name *", " Prénom :", "Nombre(s)", "Фамилия", "Your first name", "名", "Name"] {
            assert!(label(text).is_some(), "{text}");
        }
        for text in ["Enter your first name here", "I forgot my first name.", "Ayesha", "User name", ""] {
            assert_eq!(label(text), None, "{text}");
        }
    }

    #[test]
    fn queries() {
        assert_eq!(in_query("/u?first=Ayesha&x=1&last=Khan#a"), ["Ayesha Khan"]);
        assert_eq!(in_query("/u?a_first_name=Ayesha&b_last_name=Khan"), Vec::<String>::new());
        assert_eq!(in_query("/u?vorname=Ma%C5%82gorzata&nachname=%C5%BB%C3%B3%C5%82kiewska"), ["Małgorzata Żółkiewska"]);
    }

    #[test]
    fn one_person_after_another() {
        let (given, family) = (slot("first").unwrap(), slot("last").unwrap());
        let mut people = People::default();
        assert_eq!(people.note(&given, "Ayesha"), None);
        assert_eq!(people.note(&family, ""), None);
        assert_eq!(people.note(&given, ""), None);
        assert_eq!(people.note(&family, "Khan"), None);
        assert_eq!(people.note(&family, "Malik"), None);
        assert_eq!(people.note(&given, " Sara\n Noor "), None);
        assert_eq!(people.note(&given, "Mina"), Some("Sara Noor Malik".to_owned()));
        assert!(people.finish().is_empty());
    }
}
