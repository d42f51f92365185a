//! Standard error may be a journal or a helper's screen: what others wrote is shown there without the owner's entries.

use unicode_normalization::UnicodeNormalization;

use crate::alert::SendError;
use crate::model::Person;

/// Letters and digits alone, without case, accents and width.
pub fn fold(text: &str) -> String {
    text.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Why a mail was not taken. A server's answer may repeat an address or a part of the mail: where it holds an entry, the
/// answer is left out.
pub fn refusal(error: &SendError, person: &Person) -> String {
    let text = error.to_string();
    let folded = fold(&text);
    let lists = [&person.legal_names, &person.stage_names, &person.private, &person.context, &person.other_people];
    let holds = lists.into_iter().flatten().map(|entry| fold(entry.reveal())).any(|entry| !entry.is_empty() && folded.contains(&entry));
    if holds { error.in_short().into() } else { text }
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
        let person = Person { private: vec![Secret::new("a.khan@example.org")], ..Person::default() };
        let told = |words: &str| refusal(&SendError::Refused(words.into()), &person);
        assert_eq!(told("550 mailbox full"), "the mail server refused: 550 mailbox full");
        assert_eq!(told("550 <A.Khan@Example.org> unknown"), "the mail server refused a mail");
    }
}
