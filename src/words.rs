//! Every sentence that the owner reads, in their language: mails, reports, triage, init. Calm, factual, no blame,
//! nothing that must be done tonight. A language is one file that implements [`Words`].

mod audit;
mod coverage;
mod doctor;
mod drop_in;
mod egress;
mod en;
mod fr;
mod keep;
mod watch;

pub use audit::AuditWords;
pub use coverage::CoverageWords;
pub use doctor::{DoctorWords, fill};
pub use drop_in::{drop_in, drop_in_heads};
pub use egress::{EgressWords, egress};
pub use keep::KeepWords;
pub use watch::WatchWords;

use crate::model::{Kind, Language, Problem, ProblemKind, Reason, Severity, State};

/// How much there is to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All entries.
    pub all: usize,
    /// Of them urgent.
    pub urgent: usize,
    /// Of them high.
    pub high: usize,
    /// Of them such as stood there when a watch was first looked at.
    pub standing: usize,
}

/// Pages looked at, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Looked at, or known not to have changed.
    pub looked: u64,
    /// All.
    pub all: u64,
}

/// The words for one line of a mail or report about a finding.
#[derive(Clone, Debug)]
pub struct Labels {
    /// What follows is a page's address.
    pub page: &'static str,
    /// A picture's address.
    pub image: &'static str,
    /// The original's file.
    pub original: &'static str,
    /// The configured entry.
    pub name: &'static str,
    /// The words around it.
    pub excerpt: &'static str,
    /// The changes and disguises.
    pub how: &'static str,
    /// How sure.
    pub confidence: &'static str,
    /// Why this severity.
    pub reason: &'static str,
    /// First seen.
    pub since: &'static str,
    /// Last seen.
    pub last: &'static str,
    /// The watch.
    pub watch: &'static str,
    /// Where it stands in its life.
    pub state: &'static str,
    /// How soon it is worth reading.
    pub severity: &'static str,
    /// What was found.
    pub kind: &'static str,
    /// What can be done.
    pub next: &'static str,
}

/// The questions of `monitor init` and what is said around them.
#[derive(Clone, Debug)]
pub struct Questions {
    /// What stays on the machine.
    pub opening: &'static str,
    /// What is published and where the originals lie.
    pub originals: &'static str,
    /// Birth, married and former names.
    pub legal_names: &'static str,
    /// Whether the names are the asker's own.
    pub whose: &'static str,
    /// Names published under.
    pub stage_names: &'static str,
    /// Numbers and addresses.
    pub private: &'static str,
    /// Words that tell from others.
    pub context: &'static str,
    /// Own shops and profiles.
    pub own_pages: &'static str,
    /// What to look at.
    pub pages: &'static str,
    /// Tor, a proxy, or direct.
    pub route: &'static str,
    /// The mail server.
    pub smtp: &'static str,
    /// Who gets the notes.
    pub to: &'static str,
    /// The mail password.
    pub password: &'static str,
    /// The sentence only the owner knows.
    pub phrase: &'static str,
    /// Send a test mail?
    pub test: &'static str,
    /// How lists are typed.
    pub list_hint: &'static str,
    /// The answer was not understood.
    pub again: &'static str,
    /// A folder does not exist.
    pub no_folder: &'static str,
    /// Not an address of a page.
    pub not_address: &'static str,
    /// Not a mail server.
    pub not_smtp: &'static str,
    /// Not a mail address.
    pub not_mailbox: &'static str,
    /// The input ended early.
    pub ended: &'static str,
    /// Watching somebody else.
    pub not_own: &'static str,
    /// Written; what to do next.
    pub written: &'static str,
    /// The key.
    pub key: &'static str,
}

/// One language.
pub trait Words: Sync {
    /// Subject of every mail: neutral, the same for all kinds.
    fn subject(&self) -> &'static str;
    /// What there is to read and how soon, saying nothing of what kind it is.
    fn counts(&self, counts: Counts) -> String;
    /// How to read the details, on the machine itself.
    fn how_to_read(&self) -> &'static str;
    /// Pages looked at; never "all clear".
    fn coverage(&self, coverage: Coverage) -> String;
    /// On so many of all watches not everything could be seen.
    fn unseen(&self, some: usize, all: usize) -> String;
    /// The last lines: why the phrase stands there, or that there is none.
    fn closing(&self, phrase: Option<&str>) -> String;
    /// A watch could not be looked at since then. `watch` is `None` in a discreet mail.
    fn silence(&self, watch: Option<&str>, since: &str) -> String;
    /// It can be looked at again.
    fn back(&self, watch: Option<&str>) -> String;
    /// The sign of life.
    fn alive(&self, open: usize) -> String;
    /// Settings or entries were changed, noticed at `when`: nothing of which, or of what the program is for.
    fn settings_were_changed(&self, when: &str) -> String;
    /// The same, and what to do.
    fn settings_changed(&self, when: &str) -> String;
    /// The test mail.
    fn test(&self) -> &'static str;
    /// The addresses are written so that they cannot be clicked.
    fn not_links(&self) -> &'static str;
    /// What was found.
    fn kind(&self, kind: Kind) -> &'static str;
    /// How soon it is worth reading.
    fn severity(&self, severity: Severity) -> &'static str;
    /// Where a finding stands in its life.
    fn state(&self, state: State) -> &'static str;
    /// Why a finding has its severity, in one sentence.
    fn reason(&self, reason: Reason) -> &'static str;
    /// One next step.
    fn next_step(&self, kind: Kind) -> &'static str;
    /// Line labels.
    fn labels(&self) -> Labels;
    /// What could not be looked at, in one sentence, and what would help.
    fn problem(&self, kind: ProblemKind, detail: &str) -> String;
    /// The last lines of a scan's report.
    fn scan_summary(&self, coverage: Coverage, new: usize, standing: usize) -> String;
    /// Heading of the list of problems.
    fn problems_heading(&self, n: usize) -> String;
    /// Nothing has been found so far, which is not "all clear".
    fn no_findings(&self) -> &'static str;
    /// No mail address is configured.
    fn no_mail(&self) -> &'static str;
    /// Mails wait for the mail server.
    fn mails_waiting(&self, n: u64) -> String;
    /// An original is too plain to be recognised.
    fn plain_original(&self, n: usize) -> String;
    /// Result of `add`.
    fn added(&self, added: usize, unchanged: usize, removed: usize, failed: usize) -> String;
    /// Result of `add --export`.
    fn exported(&self, n: usize) -> String;
    /// Result of `add --export-pdq`; `plain` pictures are not in it.
    fn exported_pdq(&self, n: usize, plain: usize) -> String;
    /// Originals that another version or depth fingerprinted.
    fn not_exported(&self, n: usize) -> String;
    /// Hashes from others' lists that are not passed on.
    fn kept_back(&self, n: usize) -> String;
    /// An imported file was not encrypted.
    fn unsealed(&self) -> &'static str;
    /// Asks for the passphrase of an exported file.
    fn passphrase(&self) -> &'static str;
    /// Asks for the passphrase of a file that is being exported.
    fn new_passphrase(&self) -> &'static str;
    /// Asks for it again.
    fn passphrase_again(&self) -> &'static str;
    /// What a site learns when `check` fetches an address.
    fn check_notice(&self, through_proxy: bool) -> &'static str;
    /// `check` found nothing.
    fn no_match(&self) -> &'static str;
    /// How triage is done, below a list.
    fn triage_hint(&self) -> &'static str;
    /// The questions of `init`.
    fn questions(&self) -> Questions;
    /// What `doctor` says.
    fn doctor(&self) -> DoctorWords;
    /// What `coverage` says.
    fn coverage_words(&self) -> CoverageWords;
    /// What `watch` says.
    fn watch_words(&self) -> WatchWords;
    /// What `audit` says.
    fn audit(&self) -> AuditWords;
    /// What `backup`, `restore` and `forget` say.
    fn keep(&self) -> KeepWords;
    /// An edit of `audit` by its English name.
    fn edit(&self, name: &'static str) -> &'static str;
}

/// The words of a language.
pub fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::En => &en::En,
        Language::Fr => &fr::Fr,
    }
}

/// A problem in one sentence.
pub fn problem(language: Language, problem: &Problem) -> String {
    of(language).problem(problem.kind, &harmless(&problem.detail))
}

/// Outside text made harmless for terminals, logs and mails: control characters and those that turn the direction
/// of writing (Unicode UAX 9) or hide are shown as a dot; line breaks become spaces. Right-to-left text stays whole.
pub fn harmless(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|c| {
            let shown = match c {
                '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
                // Some scripts need joiners between their letters; after a Latin letter they only hide.
                '\u{200c}' | '\u{200d}' if before.is_ascii() => '·',
                c if is_harmful(c) => '·',
                c => c,
            };
            before = c;
            shown
        })
        .collect()
}

/// The same for what has lines of its own: they stay.
pub fn harmless_lines(text: &str) -> String {
    text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
}

/// Control characters, those that turn the direction of writing, and those that nobody sees.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}')
}

/// At most `most` characters; a page can make an address as long as it likes.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_string(),
    }
}

/// Lines of at most `width` characters, broken between words; what is indented keeps its indent, and a word that is
/// longer than a line stays whole.
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / width.max(1));
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |l| (l, "\n"));
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let mut column = 0;
        for word in line.split(' ').filter(|w| !w.is_empty()) {
            let length = word.chars().count();
            if column > indent.len() && column + 1 + length > width {
                out.push('\n');
                column = 0;
            }
            if column == 0 {
                out.push_str(&indent);
                column = indent.len();
            } else {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out.push_str(end);
    }
    out
}

/// An address as it can stand in a mail: not a link in any mail program, and readable.
pub fn unlinked(address: &str) -> String {
    let address = harmless(address);
    let (scheme, rest) = address.split_once("://").unwrap_or(("", &address));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let scheme = match scheme {
        "https" => "hxxps://",
        "http" => "hxxp://",
        _ => "",
    };
    // Some programs make links of whatever has a dot or an at sign between letters.
    let rest = format!("{}{}", host.replace('.', "[.]").replace('@', "[at]"), path.replace('.', "[.]").replace('@', "[at]"));
    format!("{scheme}{}", rest.replace("://", ":/ /"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_cannot_move_the_cursor_or_turn_the_line() {
        assert_eq!(harmless("a\u{1b}[31mb\u{202e}c\nd\u{9b}e"), "a·[31mb·c d·e");
        assert_eq!(harmless("عائشہ خان"), "عائشہ خان");
    }

    #[test]
    fn what_nobody_sees_is_shown() {
        for hidden in [
            '\u{9b}',
            '\u{85}',
            '\u{7f}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{200b}',
            '\u{e0041}',
            '\u{ad}',
            '\u{3164}',
            '\u{fff9}',
            '\u{180e}',
        ] {
            assert_eq!(harmless(&format!("a{hidden}b")), "a·b", "{:x}", hidden as u32);
        }
        assert_eq!(harmless("a\u{2028}b\u{2029}c"), "a b c");
        assert_eq!(harmless("pay\u{200d}pal می\u{200c}خواهم"), "pay·pal می\u{200c}خواهم");
        assert_eq!(harmless_lines("a\n\u{1b}b"), "a\n·b");
        assert_eq!(shortened("äöü", 2), "äö…");
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_printed_controls_anything(text: String, tail in "[\\u{200b}-\\u{206f}\\u{80}-\\u{9f}\\u{e0000}-\\u{e007f}a.@:/]{0,30}") {
            let all = format!("{text}{tail}");
            for shown in [harmless(&all), unlinked(&all)] {
                proptest::prop_assert!(!shown.chars().any(is_harmful), "{:?}", shown);
            }
            let mailed = unlinked(&all);
            proptest::prop_assert!(!mailed.contains("://") || mailed.starts_with("hxxp") && !mailed.get(8..).unwrap_or_default().contains("://"));
            proptest::prop_assert!(!mailed.replace("[.]", "").contains('.') && !mailed.contains('@'));
        }
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("one two three\n\n    monitor findings\nx", 8), "one two\nthree\n\n    monitor\n    findings\nx");
        assert_eq!(wrap("averyverylongword b\n", 5), "averyverylongword\nb\n");
    }

    #[test]
    fn addresses_in_mails_are_not_links() {
        assert_eq!(unlinked("https://board.example/b/1.html?x=a@b.c"), "hxxps://board[.]example/b/1[.]html?x=a[at]b[.]c");
        assert!(!unlinked("http://a.example/http://b.example").contains("://b"));
        assert_eq!(unlinked("board.example/b"), "board[.]example/b");
        assert_eq!(unlinked("mailto:me@board.example"), "mailto:me[at]board[.]example");
        assert_eq!(unlinked("https://user@board.example/"), "hxxps://user[at]board[.]example/");
        assert_eq!(unlinked("x://://b.example"), ":/ /b[.]example");
    }

    #[test]
    fn every_language_says_everything_and_no_mail_claims_all_is_well() {
        for language in [Language::En, Language::Fr] {
            let words = of(language);
            let counts = words.counts(Counts { all: 3, urgent: 1, high: 1, standing: 3 });
            let discreet = format!("{}{}{}", words.subject(), counts, words.how_to_read()).to_lowercase();
            for kind in ["picture", "photo", "image", "name ", "nom ", "légal", "stage"] {
                assert!(!discreet.contains(kind), "{language:?} says {kind}");
            }
            let some = words.coverage(Coverage { looked: 37, all: 40 });
            assert!(some.contains("37") && some.contains("40") && some.contains('3'));
            for reason in [Reason::Copy, Reason::NameAlone, Reason::PrivateEntry, Reason::LinkedToPicture] {
                assert!(words.reason(reason).ends_with('.'));
            }
        }
    }
}
