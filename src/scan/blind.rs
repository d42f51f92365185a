//! Pages that show something else than what they hold: a wall, a gate, a challenge, an empty shell. What stands behind was
//! not seen, which is "could not look" and never "nothing found".
//!
//! A page counts as one only if there is little else on it: a thread with a form to sign in at its foot is a thread. What
//! such a page does show is looked at all the same, so that a wrong guess here hides nothing.

mod signs;

use url::Url;

use crate::fetch::Fetched;
use crate::model::{Content, Place, ProblemKind, Source};

/// Words in an address that sign-in pages use.
const LOGIN_ADDRESS: [&str; 10] =
    ["login", "log-in", "signin", "sign-in", "sign_in", "anmelden", "connexion", "iniciar-sesion", "accounts/login", "auth"];

/// Text that is read for signs, bytes.
const MOST_TEXT: usize = 64 << 10;
/// Bytes of the page itself that are read for signs.
const MOST_RAW: usize = 512 << 10;

/// What a page came to, as far as signs are looked for.
struct Signs {
    /// Title and visible text, in small letters, white space folded.
    text: String,
    /// The same of its title and first blocks.
    head: String,
    /// The page's bytes in small letters.
    raw: Vec<u8>,
    words: usize,
    images: usize,
    links: usize,
    /// Blocks of a few words, as buttons have.
    buttons: Vec<String>,
}

/// Why a page that came does not show what it holds, if so.
pub fn reason(asked: &Url, got: &Url, body: &[u8], content: &Content) -> Option<ProblemKind> {
    if matches!(asked.host_str(), Some("t.me" | "telegram.me")) && asked.path().starts_with("/s/") && !got.path().starts_with("/s/") {
        return Some(ProblemKind::PreviewOff);
    }
    if is_login(got) && !is_login(asked) {
        return Some(ProblemKind::Login);
    }
    let moved = got.host_str() != asked.host_str() || got.path() != asked.path();
    if moved
        && (got.host_str().is_some_and(|h| h.starts_with("consent.") || h.starts_with("guce.")) || got.path().contains("collectConsent"))
    {
        return Some(ProblemKind::Consent);
    }
    // Most pages show too much to be anything else.
    if content.visible && !is_sparse(words_of(content), content) {
        return None;
    }
    let signs = Signs::of(body, content);
    let nothing = || if signs.has_script() { ProblemKind::Script } else { ProblemKind::Empty };
    signs.reason().or_else(|| (!content.visible).then(nothing))
}

/// The same of what a source gave: `translated` says that it was an answer and not a page itself.
pub fn reason_of(source: Source, asked: &Url, page: &Fetched, translated: bool, content: &Content) -> Option<ProblemKind> {
    let nothing = content.blocks.is_empty() && content.images.is_empty() && content.links.is_empty();
    match source {
        // Nobody speaks of her: that is what a search is to say.
        Source::Search if translated => None,
        Source::Sitemap if !content.links.is_empty() => None,
        _ if translated => nothing.then_some(ProblemKind::Empty),
        _ => reason(asked, &page.url, &page.body, content),
    }
}

fn is_login(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    path.split('/').any(|part| LOGIN_ADDRESS.iter().any(|word| part == *word || part.strip_suffix(".php") == Some(word)))
}

/// Words that a reader sees. Of scripts without spaces between words, two characters are one.
fn words_of(content: &Content) -> usize {
    let text = || content.blocks.iter().filter(|b| b.place == Place::Text).map(|b| b.text.as_str());
    let parted: usize = text().map(|text| text.split_whitespace().count()).sum();
    parted.max(text().flat_map(str::chars).filter(|c| *c >= '\u{3040}').count() / 2)
}

/// Whether there is so little on a page that it may be a wall. Gates carry long disclaimers, but neither pictures nor ways on.
fn is_sparse(words: usize, content: &Content) -> bool {
    let (images, links) = (content.images.len(), content.links.len());
    images < 4 && (words < 150 && links < 35 || words < 1200 && links < 25)
}

impl Signs {
    fn of(body: &[u8], content: &Content) -> Self {
        let seen = content.blocks.iter().filter(|b| matches!(b.place, Place::Text | Place::Title | Place::Form | Place::Attribute));
        let (mut text, mut head, mut buttons) = (String::new(), String::new(), Vec::new());
        for (number, block) in seen.enumerate() {
            if text.len() > MOST_TEXT {
                break;
            }
            let count = block.text.split_whitespace().count();
            let folded = block.text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().replace('’', "'");
            if count <= 8 && buttons.len() < 200 {
                buttons.push(folded.clone());
            }
            if block.place == Place::Title || number < 4 {
                head.push_str(&folded);
                head.push('\n');
            }
            text.push_str(&folded);
            text.push('\n');
        }
        let title = content.title.to_lowercase();
        Self {
            text: format!("{title}\n{text}"),
            head: format!("{title}\n{head}"),
            raw: body.get(..body.len().min(MOST_RAW)).unwrap_or_default().to_ascii_lowercase(),
            words: words_of(content),
            images: content.images.len(),
            links: content.links.len(),
            buttons,
        }
    }

    fn reason(&self) -> Option<ProblemKind> {
        let thin = self.words < 150 && self.images < 4 && self.links < 35;
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| self.text.contains(phrase));
        let heads = |phrases: &[&str]| phrases.iter().any(|phrase| self.head.contains(phrase));
        let holds = |marks: &[&str]| marks.iter().any(|mark| self.holds(mark));
        if thin && holds(&signs::CHALLENGE_MARKS) || says(&signs::CHALLENGE) || thin && heads(&signs::CHALLENGE_TITLES) {
            return Some(ProblemKind::Captcha);
        }
        let password = self.holds("type=\"password\"") || self.holds("type='password'") || self.holds("type=password");
        if thin && (password && self.words < 120 || says(&signs::LOGIN)) {
            return Some(ProblemKind::Login);
        }
        if says(&signs::AGE) && self.has_button(&signs::ENTER) {
            return Some(ProblemKind::AgeGate);
        }
        if thin && says(&signs::REGION) {
            return Some(ProblemKind::Region);
        }
        if self.words < 400 && says(&signs::CONSENT) && self.has_button(&signs::ACCEPT) && self.links < 15 {
            return Some(ProblemKind::Consent);
        }
        let is_404 = self.head.lines().next().is_some_and(|title| title.split(|c: char| !c.is_alphanumeric()).any(|word| word == "404"));
        if self.words < 80 && self.links < 35 && (is_404 || heads(&signs::GONE)) {
            return Some(ProblemKind::Gone);
        }
        let widget = self.words < 60 && holds(&signs::CHALLENGE_WIDGETS);
        if widget && self.images == 0 {
            return Some(ProblemKind::Captcha);
        }
        let shell =
            self.images == 0 && self.has_script() && (self.words < 60 && says(&signs::SCRIPT) || self.words < 12 && self.is_shell());
        shell.then_some(ProblemKind::Script)
    }

    fn holds(&self, mark: &str) -> bool {
        memchr::memmem::find(&self.raw, mark.as_bytes()).is_some()
    }

    fn has_script(&self) -> bool {
        self.holds("<script")
    }

    /// An element that scripts fill.
    fn is_shell(&self) -> bool {
        signs::MOUNTS.iter().any(|mount| self.holds(mount))
    }

    fn has_button(&self, words: &[&str]) -> bool {
        let begins = |button: &String| {
            let button = button.trim_start_matches(|c: char| !c.is_alphanumeric());
            words.iter().any(|word| {
                button.strip_prefix(word).is_some_and(|rest| {
                    // What has no spaces between words has no borders either.
                    rest.chars().next().is_none_or(|c| !c.is_alphanumeric()) || word.chars().any(|c| c >= '\u{3040}')
                })
            })
        };
        self.buttons.iter().any(begins)
    }
}

#[cfg(test)]
mod tests;
