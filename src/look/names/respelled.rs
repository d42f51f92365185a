//! A configured word's sounds, and those it may have where its letters are read another way.

use super::roman::{roman, script};
use super::sound::Sound;

/// Other ways to write a name's sounds in Latin letters; `true`: only where another script is read.
const SWAPS: &[(&str, &str, bool)] = &[
    ("ch", "sh", false),
    ("sh", "ch", false),
    ("kh", "h", true),
    ("th", "s", false),
    ("ch", "kh", true),
    ("ch", "h", true),
    ("h", "g", true),
    ("w", "u", true),
    ("j", "y", true),
    ("j", "h", true),
    ("ck", "kk", true),
    ("x", "z", true),
    ("nt", "d", true),
    ("dh", "z", false),
    ("ow", "au", false),
    ("aw", "au", false),
    ("d", "z", true),
];

/// Every sound that a configured word may have, each with whether only another script has it.
pub(super) fn sounds(word: &str) -> Vec<(Sound, bool)> {
    let mut all = vec![(Sound::of(word), false)];
    let own = script(word);
    let mut letters = String::new();
    roman(word, own, &mut letters);
    let mut ways: Vec<(String, bool)> = SWAPS.iter().filter(|s| letters.contains(s.0)).map(|s| (letters.replace(s.0, s.1), s.2)).collect();
    if let Some(rest) = letters.strip_prefix('y').filter(|r| r.starts_with(['a', 'e', 'o', 'u'])) {
        ways.push((format!("j{rest}"), false));
        ways.push((format!("i{rest}"), false));
    }
    if let Some(rest) = letters.strip_prefix('j').filter(|r| r.starts_with(['a', 'e', 'o', 'u'])) {
        ways.push((format!("y{rest}"), false));
    }
    if Sound::of("mohammed").alike(&Sound::of(word), true) {
        ways.extend(["mohd", "muhd", "md"].map(|m| (m.to_owned(), false)));
    }
    if matches!(letters.as_str(), "al" | "el" | "ul") {
        ways.extend(["al", "el", "ul"].map(|a| (a.to_owned(), false)));
    }
    for (way, cross) in ways {
        let sound = Sound::of(&way);
        if !all.iter().any(|a| a.0 == sound) {
            all.push((sound, cross));
        }
    }
    all.retain(|a| !a.0.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let cross = script(a) != script(b);
        let heard = Sound::of(b);
        sounds(a).iter().any(|(s, only)| (cross || !only) && s.alike(&heard, cross))
    }

    #[test]
    fn the_same_name() {
        for (a, b) in [
            ("Ayesha", "Aisha"),
            ("Ayesha", "Aicha"),
            ("Ayesha", "Aishah"),
            ("Qureshi", "Quraishi"),
            ("Mohammed", "Muhammad"),
            ("Mohammed", "Mohamad"),
            ("Hussein", "Husain"),
            ("Fatima", "Fatma"),
            ("Yusuf", "Youssef"),
            ("Yulia", "Julia"),
            ("Sofia", "Sofiya"),
            ("Ayesha", "Аиша"),
            ("Khan", "Хан"),
            ("Ayesha", "عائشہ"),
            ("Khan", "خان"),
            ("Qureshi", "قریشی"),
            ("Mohammed", "محمد"),
            ("Ayesha", "आयशा"),
            ("Khan", "ख़ान"),
            ("Ольга", "Olga"),
            ("Папандреу", "Papandreu"),
            ("عائشہ", "Aisha"),
            ("Nikos", "Νίκος"),
        ] {
            assert!(alike(a, b), "{a} {b}: {:?} {:?}", Sound::of(a), Sound::of(b));
        }
    }

    #[test]
    fn other_names() {
        for (a, b) in [
            ("Irene", "Irina"),
            ("Irene", "Irenée"),
            ("Irene", "Irena"),
            ("Maria", "Marie"),
            ("Anna", "Anne"),
            ("Khan", "Kahn"),
            ("Karina", "Corina"),
            ("Ayesha", "Asha"),
            ("Khan", "Can"),
            ("Khan", "Khanna"),
            ("Husain", "حسن"),
            ("Michael", "Michal"),
            ("Andersen", "Anderson"),
            ("Petrova", "Petrov"),
        ] {
            assert!(!alike(a, b), "{a} {b}");
        }
    }
}
