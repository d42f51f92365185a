//! Street addresses: number and street in either order, the street's kind in full or short.

use super::fold;
use super::parts::{Form, Word};

/// Ways to write one kind of street, compass point or saint; case and accents folded.
const SHORT: &[&[&str]] = &[
    &["street", "str", "st"],
    &["strasse", "str"],
    &["road", "rd"],
    &["avenue", "ave", "av"],
    &["boulevard", "blvd", "bd", "boul"],
    &["lane", "ln"],
    &["drive", "dr"],
    &["court", "ct", "crt"],
    &["place", "pl"],
    &["square", "sq"],
    &["terrace", "ter", "terr"],
    &["crescent", "cres"],
    &["close", "cl"],
    &["gardens", "gdns"],
    &["grove", "gr"],
    &["highway", "hwy"],
    &["parkway", "pkwy"],
    &["platz", "pl"],
    &["allee", "al"],
    &["rue", "r"],
    &["chemin", "ch", "che"],
    &["impasse", "imp"],
    &["quai", "q"],
    &["faubourg", "fbg", "fg"],
    &["calle", "c"],
    &["avenida", "avda", "av"],
    &["piazza", "pza"],
    &["viale", "vle"],
    &["north", "n"],
    &["south", "s"],
    &["east", "e"],
    &["west", "w"],
    &["saint", "st"],
    &["sainte", "ste"],
    &["mount", "mt"],
    &["house", "hs"],
    &["apartment", "apt"],
];

/// More ways to write one street than this are not looked for.
const MAX_WAYS: usize = 96;

/// Reads an entry; empty: it is no street address. Every form has the number and the street; what
/// stands behind the first comma may follow or not.
pub(super) fn forms(entry: &str) -> Vec<Form> {
    let candidates = || entry.split([',', ';', '\n', '،']).filter(|p| has_number_and_name(p));
    let kind = |p: &&str| words(p).iter().any(|w| ways(w).len() > 1);
    let Some(part) = candidates().find(kind).or_else(|| candidates().next()) else {
        return vec![];
    };
    let words = words(part);
    if !part.contains(char::is_whitespace) {
        return vec![];
    }
    let mut all: Vec<Vec<String>> = vec![vec![]];
    for w in &words {
        let each = ways(w);
        let more = all.iter().flat_map(|a| each.iter().map(|w| a.iter().cloned().chain([w.clone()]).collect::<Vec<_>>()));
        all = more.take(MAX_WAYS).collect();
    }
    let number = words.iter().position(|w| numeric(w));
    let mut forms: Vec<Vec<String>> = Vec::new();
    for way in all {
        let mut orders = vec![way.clone()];
        if let Some(at) = number.filter(|_| words.iter().filter(|w| numeric(w)).count() == 1) {
            let mut street = way;
            let n = street.remove(at);
            orders.push([vec![n.clone()], street.clone()].concat());
            orders.push([street, vec![n]].concat());
        }
        for o in orders {
            if !forms.contains(&o) {
                forms.push(o);
            }
        }
    }
    let form = |(i, words): (usize, Vec<String>)| Form {
        words: words.into_iter().map(|text| Word { text, initial: false, soft: false }).collect(),
        dropped: i > 0,
        ..Form::default()
    };
    forms.into_iter().enumerate().map(form).collect()
}

fn words(part: &str) -> Vec<String> {
    let split = part.split(|c: char| c.is_whitespace() || matches!(c, '.' | '/' | '#' | '-' | '\'' | '’'));
    split.filter(|w| !fold::bases(w).is_empty()).map(str::to_owned).collect()
}

fn numeric(word: &str) -> bool {
    word.chars().next().is_some_and(|c| fold::digit(c).is_some())
}

fn has_number_and_name(part: &str) -> bool {
    let words = words(part);
    let name = |w: &String| w.chars().filter(|&c| fold::letter(c)).count() > 2;
    words.iter().any(|w| numeric(w)) && words.iter().any(name)
}

fn ways(word: &str) -> Vec<String> {
    let small = fold::bases(word);
    let mut ways = vec![word.to_owned()];
    for group in SHORT.iter().filter(|g| g.contains(&small.as_str())) {
        ways.extend(group.iter().filter(|w| **w != small).map(|w| (*w).to_owned()));
    }
    // Hauptstraße, Hauptstr.
    for (full, short) in [("strasse", "str"), ("str", "strasse")] {
        if let Some(stem) = small.strip_suffix(full).filter(|s| s.len() > 2) {
            ways.push(format!("{stem}{short}"));
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(entry: &str) -> Vec<String> {
        let text = |f: &Form| f.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        forms(entry).iter().map(text).collect()
    }

    #[test]
    fn ways_to_write_streets() {
        let canal = written("12 Canal Road, Lahore");
        for want in ["12 Canal Road", "Canal Road 12", "12 Canal rd"] {
            assert!(canal.iter().any(|c| c == want), "{want}: {canal:?}");
        }
        assert!(written("Hauptstraße 5, Berlin").iter().any(|c| c == "hauptstr 5"));
        assert!(written("@luna_v92").is_empty());
        assert!(written("luna velvet").is_empty());
    }
}
