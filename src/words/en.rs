//! English.

use super::{
    AuditWords, Counts, Coverage, CoverageWords, DoctorWords, KeepWords, Labels, Questions, WatchWords, Words, audit, coverage, doctor,
    keep, watch,
};
use crate::model::{Kind, ProblemKind, Reason, Severity, State};

pub struct En;

fn plural(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

impl Words for En {
    fn subject(&self) -> &'static str {
        "A note from home"
    }

    fn counts(&self, c: Counts) -> String {
        let mut text =
            if c.all == 1 { "There is 1 new entry to read.".to_string() } else { format!("There are {} new entries to read.", c.all) };
        if c.urgent > 0 {
            let which = if c.all == 1 { "It is".into() } else { plural(c.urgent, "of them is", "of them are") };
            text += &format!(" {which} worth reading soon, perhaps with somebody beside you.");
        } else if c.high > 0 {
            text += " It is worth a look in the next days.";
        } else {
            text += " It can wait for a quiet moment.";
        }
        if c.standing == c.all && c.all > 0 {
            text += "\n\nThis is a first look: all of it was there before the watching began.";
        } else if c.standing > 0 {
            text += &format!("\n\n{} there before the watching began.", plural(c.standing, "of them was", "of them were"));
        }
        text + "\n\nNothing has to be done tonight."
    }

    fn how_to_read(&self) -> &'static str {
        "To read the details, on the machine itself:\n\n    monitor findings\n    monitor findings show ID"
    }

    fn coverage(&self, c: Coverage) -> String {
        let missed = c.all.saturating_sub(c.looked);
        let mut text = format!("Looked at {} of {} pages", c.looked, c.all);
        if missed > 0 {
            text += &format!("; {missed} could not be looked at, and nothing is known of {}", if missed == 1 { "it" } else { "them" });
        }
        text + "."
    }

    fn unseen(&self, some: usize, all: usize) -> String {
        format!(
            "On {some} of {all} watches not everything could be seen. The machine at home knows on which, and what would help: monitor coverage"
        )
    }

    fn closing(&self, phrase: Option<&str>) -> String {
        match phrase {
            Some(phrase) => format!("{phrase}\n\nA note that does not carry this sentence of yours is not from here. Notes from here hold no links and ask for nothing."),
            None => "Notes from here hold no links and ask for nothing. With a phrase of your own under alert.email you can tell them from others.".into(),
        }
    }

    fn silence(&self, watch: Option<&str>, since: &str) -> String {
        match watch {
            Some(watch) => format!("The watch \"{watch}\" could not be looked at since {since}. What stands there now is not known."),
            None => format!(
                "One of the places could not be looked at since {since}. What stands there now is not known.\n\nTo see which and why, on the machine itself:\n\n    monitor doctor"
            ),
        }
    }

    fn back(&self, watch: Option<&str>) -> String {
        match watch {
            Some(watch) => format!("The watch \"{watch}\" can be looked at again."),
            None => "A place that could not be looked at can be looked at again.".into(),
        }
    }

    fn alive(&self, open: usize) -> String {
        let entries = match open {
            0 => "There is nothing new to read.".to_string(),
            n => format!("{} from before can be read on the machine: monitor findings", plural(n, "open entry", "open entries")),
        };
        format!("This is a sign of life: the watching goes on. {entries}")
    }

    fn settings_were_changed(&self, when: &str) -> String {
        format!("Settings or entries of the program that writes these notes were changed; it noticed on {when}.")
    }

    fn settings_changed(&self, when: &str) -> String {
        format!(
            "{} If that was you, nothing has to be done.\n\nIf it was not you, somebody else may have used the machine in your name. When you are alone with it, or with somebody you trust, look whether everything is as you left it:\n\n    monitor doctor\n    monitor findings\n\nA change of this kind is also told to those who got notes until now.",
            self.settings_were_changed(when)
        )
    }

    fn test(&self) -> &'static str {
        "This is a test. Notes will arrive here, and look like this one."
    }

    fn not_links(&self) -> &'static str {
        "Addresses are written so that they cannot be clicked: hxxps stands for https, [.] for a dot, [at] for @."
    }

    fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Image => "own picture",
            Kind::Name => "legal name",
            Kind::Private => "private entry",
            Kind::Linked => "legal name linked",
        }
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Low => "when you have a quiet moment",
            Severity::High => "in the next days",
            Severity::Urgent => "soon, perhaps with somebody beside you",
        }
    }

    fn state(&self, state: State) -> &'static str {
        match state {
            State::Open => "open",
            State::Confirmed => "confirmed",
            State::Dismissed => "dismissed",
            State::Gone => "gone",
        }
    }

    fn reason(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::Copy => "One of your own pictures is shown there.",
            Reason::SameSession => {
                "A picture is shown there that has much in common with one of yours: perhaps another of the same session, perhaps a part of it."
            }
            Reason::NameAlone => "A legal name stands there, with nothing near it that tells whether it is you.",
            Reason::NameInContext => "A legal name stands there, near a word of your context.",
            Reason::NameWithStageName => "A legal name stands on a page that also has a stage name.",
            Reason::NameWithPicture => "A legal name stands on a page that also shows one of your pictures.",
            Reason::PrivateEntry => "One of your private entries stands there.",
            Reason::LinkedToStageName => "A legal name and a stage name stand on one page, so that readers can link them.",
            Reason::LinkedToPicture => "A legal name and one of your pictures stand on one page, so that readers can link them.",
        }
    }

    fn next_step(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Image => {
                "When you are ready: take a screenshot with date and address, then ask the site's host to remove it. The free service StopNCII.org can help with large platforms."
            }
            Kind::Name | Kind::Linked | Kind::Private => {
                "When you are ready: take a screenshot with date and address; most sites and search engines have a form for removing personal information."
            }
        }
    }

    fn labels(&self) -> Labels {
        Labels {
            page: "page",
            image: "picture",
            original: "original",
            name: "entry",
            excerpt: "words around it",
            how: "recognised through",
            confidence: "how sure",
            reason: "why",
            since: "first seen",
            last: "last seen",
            watch: "watch",
            state: "state",
            severity: "worth reading",
            kind: "what",
            next: "one next step",
        }
    }

    fn problem(&self, kind: ProblemKind, detail: &str) -> String {
        use ProblemKind::*;
        match kind {
            Timeout => format!("no answer in time ({detail}). It is tried again at the next pass; a longer fetch.timeout may help"),
            Unreachable => format!("no connection ({detail}). It is tried again at the next pass"),
            NameUnknown => "the site's name is not known. Is the address spelled right, and is this machine online?".into(),
            Tls => format!("the encrypted connection failed ({detail}). Its certificate may be wrong or out of date"),
            Proxy => format!("the proxy did not let us through ({detail}). Is it running? Nothing was asked for directly"),
            PrivateNetwork => {
                "leads into a private network and was not asked for. If it is your own, name the network in fetch.allow_private".into()
            }
            Refused => format!("the server refuses ({detail}). It may want a login, or block this connection"),
            Login => "asks for a login, so what stands behind it could not be looked at".into(),
            AgeGate => "asks how old one is, so what stands behind it could not be looked at. A cookie of the site opens simple gates: 'cookies' in the watch".into(),
            Captcha => "asks for a proof that one is a person, so it could not be looked at. Rarer passes, a longer fetch.delay or another connection may help".into(),
            Consent => "asks to agree to cookies first, so what stands behind it could not be looked at. A cookie of the site opens simple gates: 'cookies' in the watch".into(),
            Script => "is drawn by scripts and holds nothing without them, so it could not be looked at. The site may have a feed or another address".into(),
            Region => "is shut for this connection's country. Another connection (fetch.proxy) may help".into(),
            PreviewOff => "has its public preview turned off, so it could not be looked at. It can be seen only with an account of one's own".into(),
            Gone if detail.is_empty() => "says that it is not there; is the address right?".into(),
            Gone => format!("is not there ({detail}); is the address right?"),
            TooManyRequests => format!("the server asks to come back later ({detail}). A longer fetch.delay or rarer passes may help"),
            Status => format!("the server answered with an error ({detail})"),
            Redirects => format!("could not be followed to its end ({detail})"),
            TooLarge => format!("is over its limit ({detail}). fetch.max_page, max_image or max_pixels can be raised"),
            Robots => "the site's robots.txt asks not to follow there. Write the address itself into the watch, or set fetch.robots".into(),
            Shrunk => "shows much less than when it was last seen, so it may be a wall and not the page. If it stays so for a week, it is taken to be the page".into(),
            Empty => "came back with nothing that a person could see. It may be drawn by scripts, or closed to this connection".into(),
            NotReadable => format!("could not be read ({detail})"),
            Damaged => format!("the picture is broken or something else ({detail})"),
            HelperMissing => format!("could not be decoded: {detail}. 'monitor doctor' says what to install"),
            Decoder => format!("could not be decoded ({detail})"),
            Limit => format!("a limit was reached, and what lies behind it was not looked at ({detail})"),
            Address => format!("was not asked for: {detail}"),
            Interrupted => format!("was not looked at: {detail}"),
        }
    }

    fn scan_summary(&self, c: Coverage, new: usize, standing: usize) -> String {
        format!("{} {} standing there, {new} of them new.", self.coverage(c), plural(standing, "finding", "findings"))
    }

    fn problems_heading(&self, n: usize) -> String {
        format!("Could not be looked at ({n}):")
    }

    fn no_findings(&self) -> &'static str {
        "Nothing has been found on what could be looked at."
    }

    fn no_mail(&self) -> &'static str {
        "No mail was sent: [alert.email] is not configured. What was found stays recorded: monitor findings"
    }

    fn mails_waiting(&self, n: u64) -> String {
        let what = plural(n as usize, "mail is waiting", "mails are waiting");
        format!("{what}: the mail server has not taken it yet. It is tried again, and none is given up; 'monitor doctor' tests the server.")
    }

    fn plain_original(&self, n: usize) -> String {
        format!("{} too little detail to be recognised by; copies would be missed:", plural(n, "picture has", "pictures have"))
    }

    fn added(&self, added: usize, unchanged: usize, removed: usize, failed: usize) -> String {
        let mut text = format!("{added} added, {unchanged} unchanged, {removed} removed");
        if failed > 0 {
            text += &format!(", {failed} could not be read");
        }
        text + "."
    }

    fn exported(&self, n: usize) -> String {
        format!(
            "{} written, encrypted. Without the passphrase the file is worth nothing.",
            plural(n, "fingerprint was", "fingerprints were")
        )
    }

    fn exported_pdq(&self, n: usize, plain: usize) -> String {
        let mut text = format!("{} written", plural(n, "PDQ hash was", "PDQ hashes were"));
        if plain > 0 {
            let which = plural(plain, "picture has", "pictures have");
            text += &format!("; {which} too little detail (quality under 50) and were left out");
        }
        text + ". The list is not encrypted."
    }

    fn not_exported(&self, n: usize) -> String {
        let which = plural(n, "original was", "originals were");
        format!("{which} left out, fingerprinted by another version or depth: run 'monitor add' first.")
    }

    fn kept_back(&self, n: usize) -> String {
        format!("{} from a list that somebody gave you, and not passed on.", plural(n, "hash is", "hashes are"))
    }

    fn unsealed(&self) -> &'static str {
        "The file is of a former version and not encrypted: delete it, and every copy of it."
    }

    fn passphrase(&self) -> &'static str {
        "The passphrase of the file? (it is not shown)"
    }

    fn new_passphrase(&self) -> &'static str {
        "A passphrase for the file, at least 12 letters? Four or more words that nobody would guess make a good one. (it is not shown)"
    }

    fn passphrase_again(&self) -> &'static str {
        "Once more?"
    }

    fn check_notice(&self, through_proxy: bool) -> &'static str {
        if through_proxy { "The site sees the proxy's address." } else { "The site sees this machine's internet address." }
    }

    fn no_match(&self) -> &'static str {
        "not recognised"
    }

    fn triage_hint(&self) -> &'static str {
        "monitor findings show ID · confirm ID · dismiss ID --as wrong|allowed|known · reopen ID"
    }

    fn doctor(&self) -> DoctorWords {
        doctor::EN
    }

    fn coverage_words(&self) -> CoverageWords {
        coverage::EN
    }

    fn watch_words(&self) -> WatchWords {
        watch::EN
    }

    fn audit(&self) -> AuditWords {
        audit::EN
    }

    fn keep(&self) -> KeepWords {
        keep::EN
    }

    fn edit(&self, name: &'static str) -> &'static str {
        name
    }

    fn questions(&self) -> Questions {
        Questions {
            opening: "This writes the configuration file. Names, pictures and what is found stay on this machine: pictures are\nnever copied or sent, names leave it only in an\naddress that a site, or you, wrote, and the store is sealed with a key. An empty answer skips a question.",
            originals: "In which folders do the originals of what you publish lie (photos, videos)?",
            legal_names: "Which legal names should be watched for? Birth, married and former names; each whole, as \"Given Family\"",
            whose: "Are these names your own (own), or do you watch because the person they belong to asked you to (request)?",
            stage_names: "Under which names do you publish? Together with a legal name they are the gravest finding",
            private: "Telephone numbers, street or mail addresses that nobody should post?",
            context: "Words that tell you from others of the same name (a town, a school, a trade)?",
            own_pages: "Your own shops and profiles? Pictures and stage names belong there and do not alert",
            pages: "Which pages should be looked at? Full addresses",
            route: "Sites will see your home's internet address. Go through Tor, another proxy, or directly? (tor / an address / direct)",
            smtp: "Your mail server, as smtps://user@mail.example.org or smtp://user@mail.example.org",
            to: "Which address should get the notes?",
            password: "The mail password (it goes into a file of its own that only you can read)",
            phrase: "A sentence only you know, never a password: a note without it is not from here",
            test: "Send a test note now? (y / n)",
            list_hint: "one a line, an empty line ends",
            again: "That was not understood; please once more, or leave it empty to skip it.",
            no_folder: "There is no such folder or file now; it is written down all the same.",
            not_address: "That is not a whole address, as https://example.org/b/; please once more.",
            not_smtp: "Please as smtps://user@mail.example.org or smtp://user@mail.example.org; %40 stands for an @ in the user name.",
            not_mailbox: "That is not a mail address; please once more.",
            ended: "The questions were not answered to their end; nothing was written.",
            not_own: "This program is made for one's own names, or for those of somebody who asked for it, so nothing was written.",
            written: "Written to",
            key: "The store's key will be made at first use, beside this file, as store.key. Without it the store cannot be read:\nkeep a copy elsewhere. Next: 'monitor add' fingerprints your pictures, 'monitor scan' looks once, 'monitor doctor' tests everything.",
        }
    }
}
