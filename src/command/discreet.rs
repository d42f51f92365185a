//! Standard error may be a journal or a helper's screen: what others wrote is shown there without the owner's entries.

use unicode_normalization::UnicodeNormalization;

use crate::alert::SendError;
use crate::model::Person;

/// Letters and digits alone, without case, accents and width.
pub fn fold(text: &str) -> String {
    text.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Shorter words of an entry stand in many an answer by chance.
const LEAST_WORD: usize = 4;

/// Why a mail was not taken. A server's answer may repeat an address or a part of the mail: where it holds an address, an
/// entry or a word of one, the answer is left out.
pub fn refusal(error: &SendError, person: &Person) -> String {
    let told = match error {
        SendError::Refused(told)
        | SendError::Login(told)
        | SendError::Tls(told)
        | SendError::Unreachable(told)
        | SendError::Message(told) => told.as_str(),
        SendError::PasswordAway => "",
    };
    let folded = fold(told);
    let lists = [&person.legal_names, &person.stage_names, &person.private, &person.context, &person.other_people];
    let holds = |piece: &str, least: usize| {
        let piece = fold(piece);
        piece.chars().count() >= least && folded.contains(&piece)
    };
    let entry = |entry: &str| holds(entry, 1) || entry.split(|c: char| !c.is_alphanumeric()).any(|word| holds(word, LEAST_WORD));
    let repeats = told.contains('@') || lists.into_iter().flatten().any(|one| entry(one.reveal()));
    if repeats { error.in_short().into() } else { error.to_string() }
}

/// No memory image of this process is ever written, and no other program of the same login can read its memory.
pub fn no_core() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    // Where the system refuses, `doctor` says so.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Whether [`no_core`] is in force.
pub fn has_no_core() -> bool {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
    getrlimit(Resource::Core).current == Some(0) && dumpable_behavior().is_ok_and(|is| is == DumpableBehavior::NotDumpable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn a_server_that_repeats_an_entry_is_not_repeated() {
        let entries = ["a.khan@example.org", "Mira Sandoval", "12 Mall Rd"].map(Secret::new);
        let person = Person { private: entries.into(), ..Person::default() };
        let told = |words: &str| refusal(&SendError::Refused(words.into()), &person);
        assert_eq!(told("550 mailbox full"), "the mail server refused: 550 mailbox full");
        for repeated in
            ["<A.Khan@Example.org> unknown", "no akhan here: khan", "SANDÓVAL is not here", "<else@example.net> unknown", "12 mall rd"]
        {
            assert_eq!(told(&format!("550 {repeated}")), "the mail server refused a mail", "{repeated}");
        }
        assert_eq!(told("550 12 tries"), "the mail server refused: 550 12 tries");
    }
}
