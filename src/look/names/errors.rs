//! Case endings, and one typing error.

/// Endings that a name's own ending turns into, in the letters of [`super::roman`]; the longest own
/// ending counts. Russian, Ukrainian, Polish, Czech.
const SLAVIC: &[(&str, &[&str])] = &[
    ("skaya", &["skoy", "skoi", "skuyu", "skoyu"]),
    ("aya", &["oy", "oi", "uyu", "oyu", "ey"]),
    ("skiy", &["skogo", "skomu", "skim", "skom"]),
    ("skii", &["skogo", "skomu", "skim", "skom"]),
    ("ski", &["skiego", "skiemu", "skim"]),
    ("ska", &["skiej", "ska", "skoy", "skoi", "sku"]),
    ("cka", &["ckiej"]),
    ("iya", &["ii", "iyu", "iey"]),
    ("iia", &["ii", "iyu", "iei"]),
    ("ya", &["i", "e", "yu", "ey", "ei", "eyu"]),
    ("ia", &["ii", "iu", "iyu", "iey", "iei", "ie"]),
    ("ova", &["ovoy", "ovoi", "ovu", "ovoyu", "ovej", "ove", "ovou"]),
    ("eva", &["evoy", "evoi", "evu", "evoyu"]),
    ("ina", &["inoy", "inoi", "inu", "iny", "ine", "inoyu"]),
    ("a", &["y", "i", "e", "u", "oy", "oi", "oyu", "ey", "ei", "ie", "ou"]),
    ("iy", &["iya", "iyu", "iem", "ii"]),
    ("ii", &["iya", "iyu", "iem"]),
    ("ey", &["eya", "eyu", "eem", "ee"]),
    ("ei", &["eya", "eyu", "eem", "ee"]),
    ("y", &["ya", "yu", "em", "ogo", "omu", "ym"]),
    ("", &["a", "u", "om", "em", "e", "ym", "owi", "ovi", "emu"]),
];

/// Greek, in the letters of [`super::roman`].
const GREEK: &[(&str, &[&str])] = &[("os", &["u", "o", "e"]), ("is", &["i"]), ("as", &["a"]), ("a", &["as"]), ("i", &["is"])];

/// Family names that others make by adding an s to a given name: not a genitive.
const WITH_S: &[&str] = &[
    "robert", "peter", "william", "richard", "edward", "steven", "stephen", "phillip", "philip", "daniel", "jacob", "matthew", "andrew",
    "adam", "harri", "wood", "bank", "brook", "river", "field", "hugh", "evan", "collin", "perkin", "simmon", "myer", "meyer", "power",
    "water", "walter", "roger", "abram", "abraham", "david", "martin", "michael", "gilbert", "gibb", "hamilton", "hart", "parson",
    "marshall", "jenkin", "watkin", "hawkin", "wilkin", "hopkin", "robbin", "hick", "mill", "higgin", "reynold", "ward",
];

/// Is `word` a case of `name`? Both romanised, both of a Slavic script's language.
pub(super) fn slavic(name: &str, word: &str) -> bool {
    cases(SLAVIC, name, word)
}

/// Is `word` a case of `name`? Both romanised from Greek.
pub(super) fn greek(name: &str, word: &str) -> bool {
    cases(GREEK, name, word)
}

fn cases(table: &[(&str, &[&str])], name: &str, word: &str) -> bool {
    let Some((own, turned)) = table.iter().find(|t| name.ends_with(t.0)) else {
        return false;
    };
    let Some(stem) = name.strip_suffix(own).filter(|s| s.len() > 1) else {
        return false;
    };
    if own.is_empty() && name.ends_with(['a', 'e', 'i', 'o', 'u']) {
        return false;
    }
    word.strip_prefix(stem).is_some_and(|ending| turned.contains(&ending))
}

/// The cases of `name`, romanised; `greek`: the name is.
pub(super) fn turned(name: &str, greek: bool) -> Vec<String> {
    let table = if greek { GREEK } else { SLAVIC };
    let Some((own, endings)) = table.iter().find(|t| name.ends_with(t.0)) else {
        return vec![];
    };
    let stem = name.strip_suffix(own).unwrap_or(name);
    if own.is_empty() && name.ends_with(['a', 'e', 'i', 'o', 'u']) {
        return vec![];
    }
    endings.iter().map(|e| format!("{stem}{e}")).collect()
}

/// Is `word` the genitive that German and others make with an s?
pub(super) fn genitive(name: &str, word: &str) -> bool {
    let stem = word.strip_suffix('s').is_some_and(|s| s == name);
    stem && name.len() > 4 && !name.ends_with('s') && !WITH_S.contains(&name)
}

/// The rows of the usual keyboards, letters on neighbouring keys side by side.
const KEYS: [&str; 6] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"];

/// Are `a` and `b` on neighbouring keys?
fn near(a: char, b: char) -> bool {
    let side = |row: &str| {
        let mut pairs = row.chars().zip(row.chars().skip(1));
        pairs.any(|(x, y)| (x, y) == (a, b) || (x, y) == (b, a))
    };
    let above = |upper: &str, lower: &str| {
        let place = |row: &str, c| row.chars().position(|r| r == c);
        let rows = |u: char, l: char| match (place(upper, u), place(lower, l)) {
            (Some(u), Some(l)) => l == u || l + 1 == u,
            _ => false,
        };
        rows(a, b) || rows(b, a)
    };
    KEYS.iter().any(|r| side(r)) || above(KEYS[0], KEYS[1]) || above(KEYS[1], KEYS[2]) || (!a.is_ascii() && !b.is_ascii())
}

/// Long enough for a typing error to leave no doubt.
pub(super) const LONG: usize = 6;

/// Is `word` the folded `name` with one typing error? Two neighbours changed places, a letter
/// doubled, left out, hit twice or beside its key; the first letter is right. What makes another
/// name of it (a final vowel or s, `Hartnell` for `Hartwell`) is not taken for an error.
pub(super) fn typo(name: &str, word: &str) -> bool {
    let n: Vec<char> = name.chars().collect();
    let w: Vec<char> = word.chars().take(n.len() + 2).collect();
    if n.len() < LONG || w.len().abs_diff(n.len()) > 1 {
        return false;
    }
    let same = n.iter().zip(&w).take_while(|(a, b)| a == b).count();
    if same == 0 {
        return false;
    }
    let (nr, wr) = (n.get(same..).unwrap_or_default(), w.get(same..).unwrap_or_default());
    let before = n.get(same - 1).copied();
    let sure = n.len() > 8;
    match (nr, wr) {
        ([a, b, x @ ..], [c, d, y @ ..]) if a == d && b == c && x == y && a != b => true,
        ([a, x @ ..], [b, y @ ..]) if x == y => {
            let ending = x.is_empty() && (vowel(*a) || vowel(*b) || *a == 's' || *b == 's');
            !ending && (near(*a, *b) || sure)
        }
        ([a, x @ ..], y) if x == y => {
            // Left out: of a double, or inside the word; Michal is not Michael.
            let glide = vowel(*a) && (before.is_some_and(vowel) || x.first().is_some_and(|&n| vowel(n)));
            Some(*a) == before || (!x.is_empty() && !glide)
        }
        (x, [b, y @ ..]) if x == y => {
            let next = x.first();
            let beside = before.is_some_and(|p| near(p, *b)) || next.is_some_and(|&p| near(p, *b));
            Some(*b) == before || (next.is_some() && (beside || sure))
        }
        _ => false,
    }
}

fn vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'а' | 'е' | 'и' | 'о' | 'у' | 'я' | 'ы')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors() {
        for w in ["hratwell", "hartwel", "harttwell", "hatwell", "hartqell", "hartwelll", "hartwekl"] {
            assert!(typo("hartwell", w), "{w}");
        }
        for w in ["hartwell", "hartnell", "hartwells", "hartwellson", "hartell2", "artwell", "partwell"] {
            assert!(!typo("hartwell", w), "{w}");
        }
        assert!(!typo("petrova", "petrov"));
        assert!(!typo("martina", "martine"));
        assert!(!typo("khan", "kahn"));
    }

    #[test]
    fn case_endings() {
        assert!(slavic("olga", "olgi") && slavic("petrova", "petrovoy") && slavic("ivan", "ivana"));
        assert!(!slavic("petrova", "petrov") && !slavic("petrova", "petrovna"));
        assert!(greek("papadopulos", "papadopulu"));
        assert!(genitive("muller", "mullers") && !genitive("robert", "roberts"));
    }
}
