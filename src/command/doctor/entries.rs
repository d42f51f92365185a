//! Says which of the person's entries will be found on pages that are about others, and what would help.
//!
//! All of it is a note: nothing is broken, and the owner cannot change what she is called. Entries are told by their
//! number, because what `doctor` prints is often shown to somebody who helps.

use super::Check;
use crate::look::names::weigh::{self, Clash, Weight};
use crate::model::{List, Person, Secret};
use crate::words::{DoctorWords, fill};

/// One check for each entry that is not fine.
pub(super) fn weigh(person: &Person, w: &DoctorWords, checks: &mut Vec<Check>) {
    let clashes = weigh::clashes(person);
    // A word that is everywhere, or in the name itself, tells her from nobody.
    let in_name = |list: List, entry: usize| clashes.iter().any(|c| c.list == Some(list) && c.entry == entry);
    let tells = |(n, word): (usize, &Secret)| weigh::context(word.reveal()) == Weight::Fine && !in_name(List::Context, n);
    let helped = person.context.iter().enumerate().any(tells);
    for (n, name) in person.legal_names.iter().enumerate() {
        checks.extend(legal(n + 1, name.reveal(), helped, w));
    }
    for (n, name) in person.stage_names.iter().enumerate() {
        let message = match weigh::stage(name.reveal()) {
            // That it stands in a legal name says more, and is said below.
            _ if in_name(List::Stage, n) => continue,
            Weight::Short => w.short_stage,
            Weight::Common => w.common_stage,
            Weight::Ordinary => w.ordinary_stage,
            Weight::Fine | Weight::OneWord | Weight::Initial => continue,
        };
        checks.push(note("names", fill(message, &[&(n + 1)]), w.mend_stage));
    }
    for (n, entry) in person.private.iter().enumerate() {
        let message = match weigh::private(entry.reveal()) {
            _ if in_name(List::Private, n) => continue,
            Weight::Short => w.short_private,
            Weight::Common => w.common_private,
            Weight::Ordinary => w.ordinary_private,
            Weight::Fine | Weight::OneWord | Weight::Initial => continue,
        };
        checks.push(note("names", fill(message, &[&(n + 1)]), w.mend_private));
    }
    for (n, word) in person.context.iter().enumerate() {
        if weigh::context(word.reveal()) != Weight::Fine {
            checks.push(note("context", fill(w.everywhere_context, &[&(n + 1)]), w.mend_everywhere_context));
        }
    }
    checks.extend(clashes.iter().filter_map(|c| clash(c, w)));
}

fn note(what: &str, message: String, mend: impl Into<String>) -> Check {
    Check::bad(what, message, mend).optional()
}

fn legal(n: usize, name: &str, helped: bool, w: &DoctorWords) -> Option<Check> {
    let message = match weigh::legal(name) {
        Weight::Fine => return None,
        // These can be written better, whatever stands in the context.
        Weight::OneWord => return Some(note("names", fill(w.one_word_name, &[&n]), w.mend_one_word_name)),
        Weight::Initial => return Some(note("names", fill(w.initial_name, &[&n]), w.mend_initial_name)),
        Weight::Short => w.short_name,
        Weight::Common => w.common_name,
        Weight::Ordinary => w.ordinary_name,
    };
    let message = fill(message, &[&n]);
    if helped {
        return Some(Check::good("names", message + w.context_helps));
    }
    let middle = if weigh::has_middle(name) { w.middle_helps } else { w.mend_add_middle };
    Some(note("names", message + w.others_found, format!("{}{middle}", w.mend_common_name)))
}

fn clash(clash: &Clash, w: &DoctorWords) -> Option<Check> {
    let (what, message, mend) = match clash.list {
        None => ("names", w.other_is_legal, w.mend_other_is_legal),
        Some(List::Stage) => ("names", w.stage_in_legal, w.mend_stage_in_legal),
        Some(List::Private) => ("names", w.private_in_legal, w.mend_private_in_legal),
        Some(List::Context) => ("context", w.context_in_legal, w.mend_context_in_legal),
        Some(List::Legal) => return None,
    };
    Some(note(what, fill(message, &[&(clash.entry + 1), &(clash.legal + 1)]), mend))
}
