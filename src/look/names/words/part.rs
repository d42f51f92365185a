//! One word of a configured name, and in what disguise a word of the text is it.

use super::super::errors;
use super::super::fold;
use super::super::how::How;
use super::super::known;
use super::super::respelled::{Between, readings};
use super::super::roman::{Script, roman, script};
use super::super::sound::Sound;

/// One word of a name.
pub(super) struct Part {
    pub(super) base: String,
    pub(super) roman: String,
    pub(super) script: Script,
    /// Its cases, romanised.
    pub(super) cases: Vec<String>,
    /// The cases' sounds.
    pub(super) turned: Vec<Sound>,
    pub(super) sounds: Vec<(Sound, Between)>,
}

impl Part {
    /// Is `word` this part as configured, but for case and accents?
    pub(super) fn is(&self, word: &str) -> bool {
        if word.is_ascii() { word.eq_ignore_ascii_case(&self.base) } else { fold::bases(word) == self.base }
    }

    /// Is `latin` a case of this, also where a first ye is written e?
    fn case(&self, latin: &str) -> bool {
        self.cases.iter().any(|c| c == latin || c.strip_prefix('y').is_some_and(|c| c == latin && c.starts_with('e')))
    }

    /// In what disguise `word` is this part of a name; `last`: it is the last of the name.
    pub(super) fn compare(&self, word: &str, last: bool) -> Option<How> {
        let base = fold::bases(word);
        if base == self.base {
            return Some(How::PLAIN);
        }
        let other = script(word);
        let same = other == self.script;
        let script_how = if same { How::PLAIN } else { How::SCRIPT };
        let mut latin = String::new();
        roman(word, other, &mut latin);
        let sounds = readings(word, other, &mut String::new());
        // Across scripts a case is told by its sound: Наталье, Natalie.
        let turned = || sounds.first().is_some_and(|s| self.turned.iter().any(|t| t.alike(s, false) == Some(0)));
        let case = match (self.script, other) {
            (Script::Latin, Script::Latin) => {
                self.case(&latin) || (last && (errors::genitive(&self.base, &base) || errors::hung(&self.base, &base)))
            }
            (Script::Cyrillic, Script::Cyrillic) | (Script::Greek, Script::Greek) => self.case(&latin),
            (Script::Latin, Script::Cyrillic | Script::Greek) | (Script::Cyrillic, Script::Latin) => self.case(&latin) || turned(),
            _ => false,
        };
        let heard = self.sounds.iter().any(|s| s.1.holds(!same) && sounds.iter().any(|w| s.0.alike(w, !same).is_some()));
        // Read without a swap or an unusual reading, with its letters' signs or without.
        let plain = |s: &Sound| self.sounds.first().is_some_and(|own| own.0.alike(s, false) == Some(0));
        let plainly = || sounds.first().is_some_and(plain) || (!word.is_ascii() && sounds.iter().any(plain));
        if heard && !same {
            return Some(How::SCRIPT);
        }
        if case && self.roman.len() > 2 {
            return Some(How::INFLECTED.with(script_how));
        }
        if !same || (known::another(&self.roman, &latin) && !(heard && plainly())) {
            return None;
        }
        if heard && matches!(other, Script::Latin | Script::Devanagari | Script::Cyrillic) {
            return Some(How::SOUND);
        }
        errors::typo(&self.base, &base).then_some(How::TYPO)
    }
}
