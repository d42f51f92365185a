//! How a name's word is usually spelled in Latin letters: for handles and addresses, where words are
//! joined and only letters can be compared.

use super::known;
use super::respelled::{readings, sounds, without_article};
use super::roman::{Script, roman, script};

/// More spellings of one word than this tell little new.
const MOST: usize = 12;

/// A way to write letters of Cyrillic or Greek; letters that it does not name are written as [`roman`] does.
type System = &'static [(&'static str, &'static str)];

/// Passports (ICAO Doc 9303), BGN/PCGN with and without its ye and yo, ISO 9 without signs, German, Ukraine's passports (2010).
const CYRILLIC: [System; 7] = [
    &[("ий", "ii"), ("й", "i"), ("ю", "iu"), ("я", "ia"), ("ё", "e"), ("ї", "i"), ("є", "ie")],
    &[("ий", "y"), ("й", "y"), ("ё", "yo"), ("ия", "ia"), ("ія", "ia")],
    &[("ий", "y"), ("й", "y"), ("ё", "e"), ("е", "ye")],
    &[("ий", "iy"), ("й", "y"), ("ё", "e")],
    &[("ж", "z"), ("х", "h"), ("ц", "c"), ("ч", "c"), ("ш", "s"), ("щ", "sc"), ("ю", "ju"), ("я", "ja"), ("й", "j"), ("ё", "e")],
    &[
        ("ж", "sch"),
        ("х", "ch"),
        ("ц", "z"),
        ("ч", "tsch"),
        ("ш", "sch"),
        ("щ", "schtsch"),
        ("ю", "ju"),
        ("я", "ja"),
        ("в", "w"),
        ("й", "i"),
        ("ё", "jo"),
    ],
    &[("г", "h"), ("и", "y"), ("ий", "yi"), ("й", "i"), ("ю", "iu"), ("я", "ia"), ("є", "ie"), ("ї", "i")],
];

/// ELOT 743, and two ways that people write their own names.
const GREEK: [System; 3] = [
    &[("ου", "ou"), ("χ", "ch"), ("υ", "y"), ("ευ", "ef"), ("αυ", "af"), ("μπ", "mp"), ("ντ", "nt")],
    &[("ου", "ou"), ("χ", "h"), ("υ", "i"), ("ευ", "ev"), ("αυ", "av"), ("μπ", "b"), ("ντ", "nt")],
    &[("ου", "u"), ("χ", "x"), ("υ", "u"), ("ευ", "eu"), ("αυ", "au"), ("φ", "ph")],
];

/// The usual spellings of a configured word in small Latin letters, at most twelve; of a Latin one those that its
/// sounds do not tell.
pub(super) fn spellings(word: &str) -> Vec<String> {
    let own = script(word);
    let mut all: Vec<String> = Vec::new();
    let mut add = |s: String| {
        if s.len() > 1 && all.len() < MOST && !all.contains(&s) {
            all.push(s);
        }
    };
    match own {
        Script::Latin => {
            let mut folded = String::new();
            roman(word, own, &mut folded);
            known::spellings(&folded).filter(|s| *s != folded).for_each(|s| add(s.to_owned()));
        }
        Script::Cyrillic => CYRILLIC.iter().for_each(|system| add(written(word, own, system))),
        Script::Greek => GREEK.iter().for_each(|system| add(written(word, own, system))),
        Script::Devanagari => {
            let mut plain = String::new();
            roman(word, own, &mut plain);
            add(plain.replace("aa", "a").replace("ee", "i").replace("oo", "u"));
            add(plain.replace("aa", "a"));
            heard(word).for_each(add);
        }
        Script::Arabic => {
            let bare = without_article(word);
            if super::fold::bases(word) == "عبد" {
                ["abdul", "abdel", "abd", "abdal"].iter().for_each(|s| add((*s).to_owned()));
            }
            heard(bare.unwrap_or(word)).take(MOST - 4).for_each(&mut add);
            if bare.is_some() {
                let all: Vec<String> = heard(bare.unwrap_or(word)).take(2).collect();
                all.iter().flat_map(|s| [format!("al{s}"), format!("el{s}")]).for_each(&mut add);
            }
        }
        Script::Other => {}
    }
    all
}

fn written(word: &str, script: Script, system: System) -> String {
    let mut small: String = word.to_lowercase();
    if script == Script::Greek {
        small = super::fold::bases(&small);
    }
    let mut out = String::new();
    let mut rest = small.as_str();
    while let Some(c) = rest.chars().next() {
        // The longest first: ий before й.
        let named = system.iter().filter(|(from, _)| rest.starts_with(from)).max_by_key(|(from, _)| from.len());
        match named {
            Some((from, to)) => {
                out.push_str(to);
                rest = rest.get(from.len()..).unwrap_or_default();
            }
            None => {
                roman(c.encode_utf8(&mut [0; 4]), script, &mut out);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

/// The names of many people that sound like `word`, which is of another script.
fn heard(word: &str) -> impl Iterator<Item = String> + use<> {
    let own = sounds(word);
    let mut letters = String::new();
    let alike = move |name: &&&str| {
        let of_name = readings(name, Script::Latin, &mut letters);
        own.iter().take(2).any(|(s, _)| of_name.first().is_some_and(|n| s.alike(n, true) == Some(0)))
    };
    let heard: Vec<&str> = known::all().filter(alike).copied().collect();
    let more: Vec<&str> = heard.iter().flat_map(|n| known::spellings(n)).collect();
    more.into_iter().chain(heard).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings() {
        for (word, want) in [
            ("Екатерина", "ekaterina"),
            ("Дмитрий", "dmitry"),
            ("Дмитрий", "dmitrii"),
            ("Шевчук", "schewtschuk"),
            ("Παπαδόπουλος", "papadopoulos"),
            ("عائشہ", "ayesha"),
            ("خان", "khan"),
            ("राजेश", "rajesh"),
            ("Usman", "othman"),
        ] {
            assert!(spellings(word).iter().any(|s| s == want), "{word} {want}: {:?}", spellings(word));
        }
    }
}
