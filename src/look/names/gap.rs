//! What stands between two letters of a name, and what stands around the name.

use super::fold;
use super::parts::dash;

/// What stands between two neighbouring letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing, or accents.
    None,
    /// Invisible characters.
    Invisible,
    /// White space of one line.
    Space,
    /// One line break.
    Newline,
    Hyphen,
    /// A hyphen at a line's end.
    HyphenBreak,
    Dot,
    /// A dot and white space: after an initial, or a sentence's end.
    DotSpace,
    Underscore,
    Apostrophe,
    Comma,
    Emoji,
    /// A bar, a slash or an empty pair of brackets, with nothing around.
    Bar,
    /// Signs that only mark up: `*`, `~`, a backtick.
    Markup,
    /// `/`, `+`, `=`, `&` of an address.
    Link,
    /// Anything that parts two sentences, cells or names.
    Apart,
}

/// A longer gap than this many bytes parts whatever stands around it.
const MAX_GAP: usize = 160;

/// Tells what `between` is; `link`: it is part of an address.
pub(super) fn gap(between: &str, link: bool) -> Gap {
    if between.is_empty() {
        return Gap::None;
    }
    if between == " " {
        return Gap::Space;
    }
    if between.len() > MAX_GAP {
        return Gap::Apart;
    }
    let (mut hidden, mut before, mut after, mut breaks) = (false, false, false, 0);
    let (mut sign, mut signs, mut mixed, mut pictures) = (None, 0, false, false);
    for c in between.chars() {
        if fold::emoji(c) {
            pictures = true;
        } else if fold::accent(c) || c == '\u{640}' {
            // Harakat and tatweel only dress the letter before them.
        } else if fold::invisible(c) {
            hidden = true;
        } else if c.is_whitespace() {
            breaks += usize::from(matches!(c, '\n' | '\u{2028}' | '\u{2029}'));
            if sign.is_some() { after = true } else { before = true }
        } else {
            let c = alike(c);
            mixed |= sign.is_some_and(|s| s != c) || (sign.is_some() && after);
            sign = Some(c);
            signs += 1;
        }
    }
    let Some(sign) = sign else {
        return match (pictures, breaks) {
            (_, 2..) => Gap::Apart,
            (_, 1) if between.starts_with('\u{ad}') => Gap::HyphenBreak,
            (true, _) => Gap::Emoji,
            (_, 1) => Gap::Newline,
            _ if before => Gap::Space,
            _ if hidden => Gap::Invisible,
            _ => Gap::None,
        };
    };
    let tight = !before && !after;
    if tight && matches!(between, "/" | "|" | "\\" | "[]" | "()" | "{}") && !link {
        return Gap::Bar;
    }
    if breaks > 1 || pictures || signs > 3 {
        return Gap::Apart;
    }
    if mixed {
        let joined = tight && between.chars().all(|c| matches!(alike(c), '-' | '.' | '_' | '*' | '~'));
        return if joined { Gap::Dot } else { Gap::Apart };
    }
    match sign {
        '-' if tight => Gap::Hyphen,
        '-' if !before && breaks == 1 => Gap::HyphenBreak,
        '.' if tight => Gap::Dot,
        '.' if !before && signs == 1 => Gap::DotSpace,
        '_' if tight => Gap::Underscore,
        '\'' if tight => Gap::Apostrophe,
        ',' if !before && signs == 1 => Gap::Comma,
        '*' | '~' => Gap::Markup,
        '+' if tight && signs == 1 => Gap::Link,
        '/' | '=' | '&' if link && tight => Gap::Link,
        _ => Gap::Apart,
    }
}

fn alike(c: char) -> char {
    match c {
        _ if dash(c) => '-',
        '·' | '•' | '․' | '．' | '。' | '∙' | '‧' | '・' | '۔' => '.',
        '＿' | '‿' => '_',
        '’' | '‘' | '`' | '´' | 'ʼ' | 'ʻ' | '′' | '＇' => '\'',
        '،' | '，' | '、' => ',',
        '∗' | '＊' => '*',
        c => c,
    }
}

/// The first character before `at` that can be seen.
pub(super) fn before(text: &str, at: usize) -> Option<(usize, char)> {
    let head = text.get(..at)?;
    head.char_indices().rev().take(16).find(|&(_, c)| !skipped(c))
}

/// The first character from `at` on that can be seen.
pub(super) fn after(text: &str, at: usize) -> Option<(usize, char)> {
    let tail = text.get(at..)?;
    tail.char_indices().take(16).find(|&(_, c)| !skipped(c)).map(|(i, c)| (at + i, c))
}

/// A zero-width space parts words; other invisible characters and accents stand inside them.
fn skipped(c: char) -> bool {
    c != '\u{200b}' && (fold::invisible(c) || fold::accent(c))
}

/// Words people glue to a name in a handle, on either side.
const GLUED: &[&str] = &[
    "official",
    "officiel",
    "offiziell",
    "real",
    "thereal",
    "the",
    "its",
    "im",
    "iam",
    "its",
    "mrs",
    "miss",
    "ms",
    "mr",
    "xo",
    "xoxo",
    "xx",
    "xxx",
    "x",
    "tv",
    "leak",
    "leaked",
    "leaks",
    "onlyfans",
    "of",
    "nude",
    "nudes",
    "naked",
    "porn",
    "sexy",
    "sex",
    "hot",
    "video",
    "videos",
    "pic",
    "pics",
    "photo",
    "photos",
    "private",
    "page",
    "fan",
    "fans",
    "model",
    "escort",
    "exposed",
    "dox",
    "info",
    "profile",
    "online",
    "www",
    "uk",
    "us",
    "fr",
    "de",
    "pk",
    "in",
];

/// How the ends of a mention are looked at.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    /// Nothing stands between the words, so a handle's glue may stand around them.
    pub(super) joined: bool,
    /// The words are parted by white space, so a hyphen makes a double name.
    pub(super) spaced: bool,
    /// A digit is part of the word.
    pub(super) digits: bool,
}

/// Does the mention at `start..end` begin and end where words do?
pub(super) fn bordered(text: &str, start: usize, end: usize, ends: Ends) -> bool {
    let Some(inside) = text.get(start..end) else {
        return false;
    };
    let (Some(first), Some(last)) = (inside.chars().next(), inside.chars().next_back()) else {
        return false;
    };
    left_border(text, start, first, ends) && right_border(text, end, last, ends)
}

fn left_border(text: &str, start: usize, first: char, ends: Ends) -> bool {
    let Some((at, p)) = before(text, start) else {
        return true;
    };
    if fold::letter(p) {
        if fold::unspaced(first) && fold::unspaced(p) {
            return true;
        }
        let camel = ends.joined && p.is_lowercase() && first.is_uppercase();
        return camel || (ends.joined && glued(run_before(text, start)));
    }
    if fold::digit(p).is_some() {
        return !ends.digits;
    }
    let run = || run_before(text, at);
    match alike(p) {
        // O'Hartwell is another name; l'Ayesha, d'Ayesha are not.
        '\'' => !matches!(fold::bases(run()).as_str(), "o" | "mc"),
        '-' if ends.spaced => !run().chars().next().is_some_and(char::is_uppercase),
        '_' if ends.digits => false,
        _ => true,
    }
}

fn right_border(text: &str, end: usize, last: char, ends: Ends) -> bool {
    let Some((at, n)) = after(text, end) else {
        return true;
    };
    if fold::letter(n) {
        if fold::unspaced(last) && fold::unspaced(n) {
            return true;
        }
        let camel = ends.joined && last.is_lowercase() && n.is_uppercase();
        return camel || (ends.joined && glued(run_after(text, at)));
    }
    let rest = text.get(at..).unwrap_or_default();
    if fold::digit(n).is_some() {
        // Hartwell5on goes on; hartwell92 does not.
        let past = rest.chars().take(12).find(|&c| fold::digit(c).is_none());
        return !ends.digits && !past.is_some_and(|c| c.is_lowercase() || (c.is_alphabetic() && !c.is_uppercase()));
    }
    let next = rest.chars().nth(1);
    match alike(n) {
        '-' if ends.spaced => !next.is_some_and(char::is_uppercase),
        '_' if ends.digits => false,
        '$' | '@' => !next.is_some_and(fold::letter) || n == '@',
        _ => true,
    }
}

fn glued(run: &str) -> bool {
    let small = fold::bases(run);
    GLUED.contains(&small.as_str())
}

/// The letters before `at`, at most 48 bytes of them.
pub(super) fn run_before(text: &str, at: usize) -> &str {
    let from = text.ceil_char_boundary(at.saturating_sub(48));
    let head = text.get(from..at).unwrap_or_default();
    let stop = head.char_indices().rev().find(|&(_, c)| !fold::letter(c) && !skipped(c));
    head.get(stop.map_or(0, |(i, c)| i + c.len_utf8())..).unwrap_or_default()
}

/// The letters from `at` on, at most 48 bytes of them.
pub(super) fn run_after(text: &str, at: usize) -> &str {
    let tail = text.get(at..text.floor_char_boundary((at + 48).min(text.len()))).unwrap_or_default();
    let stop = tail.char_indices().find(|&(_, c)| !fold::letter(c) && !skipped(c));
    tail.get(..stop.map_or(tail.len(), |(i, _)| i)).unwrap_or_default()
}

/// Words that stand before or after a name without being part of it.
const SMALL: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "author", "aka", "by", "called", "contact", "dr", "for", "from", "he", "her", "hi", "i", "in",
    "is", "it", "lady", "leaked", "legal", "like", "madam", "miss", "mr", "mrs", "ms", "name", "named", "née", "no", "not", "of", "on",
    "or", "our", "prof", "real", "see", "she", "sir", "so", "student", "that", "the", "this", "to", "truly", "was", "who", "whose", "with",
    "you", "your", "et", "est", "le", "la", "de", "par", "und", "ist", "von", "frau", "herr", "mme", "mlle", "y", "es", "nom", "vom",
    "mit", "i", "и", "это", "از", "ہے", "ہیں", "کی", "نام",
];

/// Could the word that stands next to a mention, with only white space between, be part of a name?
/// `capital`: the mention is written with capitals, so a name would be too.
pub(super) fn part_of_name(word: &str, capital: bool) -> bool {
    let Some(first) = word.chars().next() else {
        return false;
    };
    if capital && first.is_lowercase() {
        return false;
    }
    let small: String = word.chars().flat_map(char::to_lowercase).collect();
    !SMALL.contains(&small.as_str())
}

/// The word before `start` if only white space of one line is between.
pub(super) fn word_before(text: &str, start: usize) -> &str {
    let head = text.get(..start).unwrap_or_default();
    let near = head.get(head.ceil_char_boundary(head.len().saturating_sub(8))..).unwrap_or_default();
    let blank = near.len() - near.trim_end_matches([' ', '\u{a0}']).len();
    if blank == 0 { "" } else { run_before(text, start - blank) }
}

/// The word after `end` if only white space of one line is between.
pub(super) fn word_after(text: &str, end: usize) -> &str {
    let tail = text.get(end..).unwrap_or_default();
    let near = tail.get(..tail.floor_char_boundary(tail.len().min(8))).unwrap_or_default();
    let blank = near.len() - near.trim_start_matches([' ', '\u{a0}']).len();
    if blank == 0 { "" } else { run_after(text, end + blank) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps() {
        for (between, want) in [
            ("", Gap::None),
            (" \n ", Gap::Newline),
            ("\n\n", Gap::Apart),
            ("-\n", Gap::HyphenBreak),
            (" - ", Gap::Apart),
            (". ", Gap::DotSpace),
            ("\u{200b}", Gap::Invisible),
            (" 🌸 ", Gap::Emoji),
            ("; ", Gap::Apart),
            (" | ", Gap::Apart),
            ("/", Gap::Bar),
            ("’", Gap::Apostrophe),
        ] {
            assert_eq!(gap(between, false), want, "{between:?}");
        }
        assert_eq!(gap("&", true), Gap::Link);
        assert_eq!(gap("+", true), Gap::Link);
    }
}
