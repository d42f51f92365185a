//! Names that many people have: what tells another person's name from a spelling or a slip of hers.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The list; how it was made stands in its first lines.
const LIST: &str = include_str!("known.txt");

struct Known {
    /// For each name, the lines it stands in that tell spellings of one name.
    lines: HashMap<&'static str, Vec<u16>>,
    /// The lines that are spellings by themselves.
    spellings: Vec<&'static str>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known { lines: HashMap::new(), spellings: Vec::new() };
    let mut nth = 0;
    for line in LIST.lines().filter(|l| !l.starts_with('#')) {
        let names = line.trim_start_matches(['+', '=', ' ']);
        let one = names.len() < line.len();
        nth += u16::from(one);
        if line.starts_with('+') {
            known.spellings.push(names);
        }
        for name in names.split(' ') {
            let lines = known.lines.entry(name).or_default();
            if one {
                lines.push(nth);
            }
        }
    }
    known
});

/// Is `word` a name that many people have, and another one than `name`? Both folded.
pub(super) fn another(name: &str, word: &str) -> bool {
    let Some(of_word) = KNOWN.lines.get(word) else {
        return false;
    };
    let of_name = KNOWN.lines.get(name).map(Vec::as_slice).unwrap_or_default();
    !of_word.iter().any(|l| of_name.contains(l))
}

/// Do many people have this folded name?
pub(super) fn common(name: &str) -> bool {
    KNOWN.lines.contains_key(name)
}

/// All of them, in no order.
pub(super) fn all() -> impl Iterator<Item = &'static &'static str> {
    KNOWN.lines.keys()
}

/// Other spellings of a folded name that its sounds do not tell.
pub(super) fn spellings(name: &str) -> impl Iterator<Item = &'static str> {
    KNOWN.spellings.iter().filter(move |line| line.split(' ').any(|n| n == name)).flat_map(|line| line.split(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_and_other_spellings() {
        for (name, word) in [("marina", "martina"), ("khan", "chan"), ("hartwell", "marina"), ("karim", "karam")] {
            assert!(another(name, word), "{name} {word}");
        }
        for (name, word) in [("hussain", "hussein"), ("usman", "othman"), ("marina", "marima")] {
            assert!(!another(name, word), "{name} {word}");
        }
        assert!(spellings("ayesha").any(|s| s == "aisha"));
    }

    #[test]
    fn the_list_is_folded() {
        let names = LIST.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.trim_start_matches(['+', '=', ' ']).split(' '));
        for name in names {
            assert!(name.len() > 2 && name.bytes().all(|b| b.is_ascii_lowercase()) || name == "ali", "{name:?}");
        }
    }
}
