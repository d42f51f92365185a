//! What walls, gates and challenges say, in the languages of the boards (lists beside this file, a sign a line), and what stands
//! in their source. A sign is in small letters; `*` stands for a few words between; it begins where a word begins; one behind `!` counts in
//! titles and headings only.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

/// Characters that a `*` stands for at most.
const BETWEEN: usize = 80;

/// One list.
pub struct Signs {
    first: Option<AhoCorasick>,
    rest: Vec<Vec<&'static str>>,
    /// Of each, whether it counts in headings only.
    weak: Vec<bool>,
}

impl Signs {
    fn of(list: &'static str) -> Self {
        let lines: Vec<&str> = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        let weak: Vec<bool> = lines.iter().map(|line| line.starts_with('!')).collect();
        let pieces: Vec<Vec<&str>> = lines
            .iter()
            .map(|line| line.trim_start_matches('!').split('*').map(str::trim).filter(|piece| !piece.is_empty()).collect())
            .collect();
        let first = pieces.iter().map(|pieces| pieces.first().copied().unwrap_or_default());
        let first = AhoCorasickBuilder::new().match_kind(MatchKind::Standard).build(first).ok();
        Self { first, rest: pieces.into_iter().map(|pieces| pieces.into_iter().skip(1).collect()).collect(), weak }
    }

    /// Whether one of them stands in the text.
    pub fn stand_in(&self, text: &str) -> bool {
        self.matches(text, false).next().is_some()
    }

    /// Whether one stands in a title or a heading.
    pub fn head(&self, text: &str) -> bool {
        self.matches(text, true).next().is_some()
    }

    /// Whether the text begins with one.
    pub fn begin(&self, text: &str) -> bool {
        let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
        self.matches(text, true).any(|(start, end)| start == 0 && (is_dense(text, end) || ends_a_word(text, end)))
    }

    fn matches<'a>(&'a self, text: &'a str, in_head: bool) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.first.iter().flat_map(move |first| first.find_overlapping_iter(text)).filter_map(move |found| {
            let (start, mut end) = (found.start(), found.end());
            if !in_head && self.weak.get(found.pattern().as_usize()).copied().unwrap_or(false) {
                return None;
            }
            if !is_dense(text, start) && !begins_a_word(text, start) {
                return None;
            }
            for piece in self.rest.get(found.pattern().as_usize())? {
                let after = text.get(end..)?;
                let at = after.find(piece).filter(|at| *at <= BETWEEN)?;
                end += at + piece.len();
            }
            Some((start, end))
        })
    }
}

fn begins_a_word(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric())
}

fn ends_a_word(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|after| after.chars().next()).is_none_or(|c| !c.is_alphanumeric())
}

/// The script here has no spaces between words, or glues small words to the next one.
fn is_dense(text: &str, at: usize) -> bool {
    let glued = |c: char| c >= '\u{0e00}' || ('\u{0590}'..'\u{0700}').contains(&c);
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(glued)
        || text.get(..at).and_then(|rest| rest.chars().next_back()).is_some_and(glued)
}

/// Questions whether one is a person.
pub static CHALLENGE: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("challenge.txt")));
/// More is shown only to members.
pub static LOGIN: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("login.txt")));
/// Questions for one's age.
pub static AGE: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("age.txt")));
/// Shut for a place.
pub static REGION: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("region.txt")));
/// Not here any more.
pub static GONE: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("gone.txt")));
/// Words of those who want one to agree first.
pub static CONSENT: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("consent.txt")));
/// How buttons of gates begin.
pub static ACCEPT: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("accept.txt")));
/// Nothing without scripts.
pub static SCRIPT: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("script.txt")));

/// Titles of pages where one signs in.
pub static SIGNIN: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("signin.txt")));

/// What members may do beside reading.
pub static REPLY: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("reply.txt")));

/// The rest is kept from those who do not pay.
pub static TEASER: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("teaser.txt")));

/// Headings of searches.
pub static SEARCH: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("search.txt")));

/// What shells say until their scripts have come.
pub static LOADING: LazyLock<Signs> = LazyLock::new(|| Signs::of(include_str!("loading.txt")));

/// Stands in the source of challenges alone.
pub const CHALLENGE_MARKS: [&str; 14] = [
    "_cf_chl_opt",
    "cf-challenge",
    "challenge-form",
    "challenge-error-text",
    "js-challenge",
    "/.well-known/ddos-guard/",
    "_incapsula_resource",
    "px-captcha",
    "captcha-delivery.com",
    "awswafintegration",
    "sucuri_cloudproxy",
    "within.website/x/cmd/anubis",
    "imunify360",
    "/_sec/cp_challenge",
];

/// Stands in the source of anything that asks whether one is a person; many threads have it in their reply form.
pub const CHALLENGE_WIDGETS: [&str; 6] = ["g-recaptcha", "h-captcha", "cf-turnstile", "recaptcha/api", "hcaptcha.com", "captcha"];

/// Elements that a script fills.
pub const MOUNTS: [&str; 15] = [
    "app-mount",
    "id=\"root\"",
    "id='root'",
    "id=root",
    "id=\"app\"",
    "id='app'",
    "id=app",
    "id=\"__next\"",
    "id=\"__nuxt\"",
    "id=\"___gatsby\"",
    "id=\"react-root\"",
    "id=\"q-app\"",
    "<app-root",
    "id=\"svelte\"",
    "id=\"main-app\"",
];

/// Names of scripts that draw whole pages.
pub const BUNDLES: [&str; 12] = [
    "fetch(",
    "xmlhttprequest",
    "innerhtml",
    ".render(",
    "<script defer",
    "type=\"module\"",
    "webpack",
    "bundle",
    "chunk",
    "__initial_state__",
    "data-reactroot",
    "ng-version",
];
