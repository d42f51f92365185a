//! Case endings, and one typing error.

use super::roman::Script;

/// A name's own ending and those that it turns into, in the letters of [`super::roman`]; every line that fits counts.
type Endings = &'static [(&'static str, &'static [&'static str])];

/// Russian, Ukrainian, Polish, Czech, Slovak, Croatian and Serbian.
const SLAVIC: Endings = &[
    ("skaya", &["skoy", "skoi", "skuyu", "skoyu"]),
    ("ska", &["skiej", "skoj", "skou", "skoy", "skoi", "sku", "ske", "skoyu"]),
    ("cka", &["ckiej", "cke", "ckou", "cku", "ckoyu"]),
    ("aya", &["oy", "oi", "uyu", "oyu", "ey"]),
    ("iy", &["iya", "iyu", "iem", "ii", "ogo", "omu", "im", "om"]),
    ("ii", &["iya", "iyu", "iem", "ogo", "omu", "im", "om"]),
    ("ey", &["eya", "eyu", "eem", "ee"]),
    ("ei", &["eya", "eyu", "eem", "ee", "iya", "iyu"]),
    ("y", &["ya", "yu", "em", "ogo", "omu", "ym", "eho", "emu", "ego", "om"]),
    ("i", &["iego", "iemu", "im", "iho", "imu", "ogo", "omu", "om", "iya", "iyu", "iyem", "iievi"]),
    ("o", &["a", "u", "om", "ovi", "evi", "e", "y", "em", "oviu"]),
    ("iya", &["ii", "iyu", "iey", "iyi", "iieyu", "iyeyu", "ieyu"]),
    ("iia", &["ii", "iiu", "iyu", "iyeyu", "ieyu", "iei", "ie"]),
    ("ia", &["ii", "iu", "iyu", "iey", "iei", "ie", "iyi", "ieyu", "ijou"]),
    ("ie", &["ii", "iou"]),
    ("ya", &["i", "e", "yu", "ey", "ei", "eyu", "yeyu", "yi"]),
    ("a", &["y", "i", "e", "u", "o", "oy", "oi", "oyu", "ey", "ei", "eyu", "ie", "ou", "ej", "oj", "om", "ovi", "ye"]),
    ("", &["a", "u", "om", "em", "e", "ym", "owi", "ovi", "emu", "iem", "ya", "yu", "evi", "ievi", "i", "yevi", "yem", "iu", "ia", "im"]),
];

/// Lithuanian, Latvian, Finnish, Icelandic.
const NORTHERN: Endings = &[
    ("as", &["o", "ui", "a", "u", "e", "am"]),
    ("ys", &["io", "iui", "i", "iu", "y"]),
    ("is", &["io", "iui", "i", "iu", "y", "a", "im", "ia"]),
    ("us", &["aus", "ui", "u", "au"]),
    ("s", &["a", "am", "u"]),
    ("a", &["os", "ai", "as", "u", "oje"]),
    ("e", &["es", "ei", "i", "eje"]),
    ("nen", &["sen", "sta", "selle", "sesta", "selta", "sena", "seen"]),
    ("son", &["sonar", "syni"]),
    ("dottir", &["dottur"]),
    ("", &["ar", "s", "i", "u", "in", "n"]),
];

/// Greek, in the letters of [`super::roman`].
const GREEK: Endings = &[("os", &["u", "o", "e"]), ("is", &["i"]), ("as", &["a"]), ("a", &["as"]), ("i", &["is"])];

/// What Hungarian, Finnish and Turkish hang on a name's last word: enough by itself to tell a case.
const HUNG: &[&str] =
    &["nak", "nek", "val", "vel", "rol", "tol", "hoz", "hez", "ban", "ben", "ert", "nal", "nel", "lle", "sta", "lta", "nin", "nun"];

/// Family names that others make by adding an s to a given name: not a genitive.
const WITH_S: &[&str] = &[
    "robert", "peter", "william", "richard", "edward", "steven", "stephen", "phillip", "philip", "daniel", "jacob", "matthew", "andrew",
    "adam", "harri", "wood", "bank", "brook", "river", "field", "hugh", "evan", "collin", "perkin", "simmon", "myer", "meyer", "power",
    "water", "walter", "roger", "abram", "abraham", "david", "martin", "michael", "gilbert", "gibb", "hamilton", "hart", "parson",
    "marshall", "jenkin", "watkin", "hawkin", "wilkin", "hopkin", "robbin", "hick", "mill", "higgin", "reynold", "ward",
];

/// The cases of `name`, which is romanised from `script`.
pub(super) fn turned(name: &str, script: Script) -> Vec<String> {
    let tables: &[Endings] = match script {
        Script::Greek => &[GREEK],
        Script::Cyrillic => &[SLAVIC],
        Script::Latin => &[SLAVIC, NORTHERN, GREEK],
        _ => &[],
    };
    let mut cases = Vec::new();
    for (own, endings) in tables.iter().copied().flatten() {
        let Some(stem) = name.strip_suffix(own).filter(|s| s.len() > 1) else {
            continue;
        };
        if own.is_empty() && name.ends_with(['a', 'e', 'i', 'o', 'u', 'y']) {
            continue;
        }
        cases.extend(endings.iter().map(|e| format!("{stem}{e}")));
        // Pavel, Pavla; Marek, Marka.
        if let Some(short) = fleeting(stem).filter(|_| own.is_empty()) {
            cases.extend(endings.iter().map(|e| format!("{short}{e}")));
        }
    }
    cases
}

/// The stem without the vowel before its last consonant, which falls out in other cases.
fn fleeting(stem: &str) -> Option<String> {
    let (at, _) = stem.char_indices().rev().nth(1).filter(|(_, c)| matches!(c, 'e' | 'o'))?;
    let (head, tail) = (stem.get(..at)?, stem.get(at + 1..)?);
    // Not Oleg, who would become Olga.
    (tail.starts_with(['k', 'c', 'l', 'n', 'v', 'w']) && !head.is_empty() && !head.ends_with(['a', 'e', 'i', 'o', 'u']))
        .then(|| format!("{head}{tail}"))
}

/// Is `word` the last word `name` of a name with an ending that Hungarian or Finnish hangs on it?
pub(super) fn hung(name: &str, word: &str) -> bool {
    let Some(rest) = word.strip_prefix(name).filter(|_| name.len() > 2) else {
        // Virtanen, Virtasen.
        let stem = name.strip_suffix("nen").filter(|s| s.len() > 2);
        return stem.and_then(|s| word.strip_prefix(s)).is_some_and(|r| matches!(r, "sen" | "sta" | "selle" | "sesta" | "selta"));
    };
    // Péterrel: the v of -vel is as the consonant before it.
    let same = name.chars().next_back().zip(rest.chars().next()).is_some_and(|(a, b)| a == b) && matches!(rest.get(1..), Some("al" | "el"));
    same || HUNG.contains(&rest)
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
        let case = |name: &str, word: &str, script| turned(name, script).iter().any(|t| t == word);
        for (name, word) in [("olga", "olgi"), ("petrova", "petrovoy"), ("ivan", "ivana"), ("pavel", "pavla"), ("shevchenko", "shevchenka")]
        {
            assert!(case(name, word, Script::Cyrillic), "{name} {word}");
        }
        for (name, word) in [("jonas", "jonui"), ("kazlauskas", "kazlausko"), ("wrobel", "wroblem"), ("cerny", "cerneho")] {
            assert!(case(name, word, Script::Latin), "{name} {word}");
        }
        assert!(!case("petrova", "petrov", Script::Cyrillic) && !case("petrova", "petrovna", Script::Latin));
        assert!(case("papadopulos", "papadopulu", Script::Greek));
        assert!(hung("peter", "peternek") && hung("peter", "peterrel") && hung("virtanen", "virtasen") && !hung("peter", "peters"));
        assert!(genitive("muller", "mullers") && !genitive("robert", "roberts"));
    }
}
