//! Pages that show something else than what they hold: a wall, a gate, a challenge, an empty shell. What stands behind was
//! not seen, which is "could not look" and never "nothing found".
//!
//! A page counts as one only if there is little else on it: a thread with a form to sign in at its foot is a thread. What
//! such a page does show is looked at all the same, so that a wrong guess here hides nothing.

mod signs;

use std::borrow::Cow;
use std::collections::HashMap;

use url::Url;

use crate::extract;
use crate::extract::skeleton::{Role, Skeleton, Statement};
use crate::fetch::Fetched;
use crate::model::{Content, Place, ProblemKind, Source};

/// Words in an address that sign-in pages use.
const LOGIN_ADDRESS: [&str; 10] =
    ["login", "log-in", "signin", "sign-in", "sign_in", "anmelden", "connexion", "iniciar-sesion", "accounts/login", "auth"];

/// Bytes of the page itself that are read for signs.
const MOST_RAW: usize = 512 << 10;
/// A statement says something shortly; what is longer tells a story.
const LONGEST: usize = 45;

/// So many words for those who run no scripts are the page itself.
const MANY_WORDS: usize = 65;

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
    if content.visible && (words_of(content) > 1500 || content.links.len() > 250) {
        return None;
    }
    if memchr::memchr(b'<', body).is_none() {
        // Plain text, however short.
        return content.blocks.is_empty().then_some(ProblemKind::Empty);
    }
    let page = Page::of(body, got);
    let nothing = || if page.is_shell() { ProblemKind::Script } else { ProblemKind::Empty };
    page.reason()
        .or_else(|| (!content.visible && page.shown_without() < MANY_WORDS || page.is_bare() && content.images.len() < 3).then(nothing))
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
pub(super) fn words_of(content: &Content) -> usize {
    let text = || content.blocks.iter().filter(|b| b.place == Place::Text).map(|b| b.text.as_str());
    let parted: usize = text().map(|text| text.split_whitespace().count()).sum();
    parted.max(text().flat_map(str::chars).filter(|c| *c >= '\u{3040}').count() / 2)
}

/// A page's skeleton, and what of it counts.
struct Page {
    skeleton: Skeleton,
    /// The page's bytes in small letters.
    raw: Vec<u8>,
    /// Posts that say something of their own.
    posts: usize,
    /// Words outside the furniture, without headings and buttons.
    words: usize,
}

/// Where a sign stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Nowhere,
    /// In the text.
    Text,
    /// In the title or a heading.
    Head,
}

impl Page {
    fn of(body: &[u8], got: &Url) -> Self {
        let skeleton = extract::skeleton::skeleton(body, Some("text/html"), got);
        let raw = body.get(..body.len().min(MOST_RAW)).unwrap_or_default().to_ascii_lowercase();
        let mut page = Self { skeleton, raw, posts: 0, words: 0 };
        let (mut posts, mut words) = (HashMap::new(), 0);
        for one in page.main().filter(|s| s.role == Role::Text && !s.linked) {
            words += one.words;
            if one.post > 0 {
                let (all, own) = posts.entry(one.post).or_insert((0, 0));
                *all += one.words;
                *own += if page.is_sign(one) { 0 } else { one.words };
            }
        }
        page.words = words;
        // One alone, of no known time, may be the wall's own box.
        let most = posts.values().map(|(_, own)| *own).max().unwrap_or(0);
        page.posts = if most < 3 { 0 } else { posts.values().filter(|(all, _)| *all >= 3).count() };
        if page.posts == 1 && (page.skeleton.moments == 0 || most < 25) {
            page.posts = 0;
        }
        page
    }

    fn main(&self) -> impl Iterator<Item = &Statement> {
        self.skeleton.statements.iter().filter(|s| !s.furniture && s.role != Role::Noscript)
    }

    fn is_sign(&self, one: &Statement) -> bool {
        let all = [&*signs::CHALLENGE, &*signs::LOGIN, &*signs::AGE, &*signs::REGION, &*signs::GONE];
        all.iter().any(|signs| says(one, signs))
    }

    /// Where one of the signs is said: not by those who post, and not in the course of a story.
    fn said(&self, signs: &signs::Signs) -> Said {
        let mut out = Said::Nowhere;
        for one in self.main().filter(|s| s.post == 0 || self.posts == 0) {
            let (place, said) = match one.role {
                Role::Title | Role::Heading => (Said::Head, signs.head(&unquoted(&one.text))),
                Role::Text => (Said::Text, out == Said::Nowhere && says(one, signs)),
                // "I am of age" is said by a button alone, here and there.
                Role::Button if std::ptr::eq(signs, &*signs::AGE) => (Said::Text, out == Said::Nowhere && says(one, signs)),
                _ => continue,
            };
            if said && place > out {
                out = place;
            }
        }
        out
    }

    /// Words that are not part of what the signs' statements say.
    fn beside(&self, signs: &signs::Signs) -> usize {
        let text = self.main().filter(|s| s.role == Role::Text && !s.linked);
        text.map(|s| s.words.saturating_sub(words_saying(s, signs))).sum()
    }

    /// Nothing at all beside furniture.
    fn is_bare(&self) -> bool {
        self.words == 0
            && self.shown_without() < MANY_WORDS
            && self.posts == 0
            && self.skeleton.images == 0
            && self.skeleton.quoted == 0
            && !self.main().any(|s| s.linked || s.role == Role::Heading)
    }

    /// People's words or pictures are there, whatever else is said.
    fn is_alive(&self) -> bool {
        self.posts > 0 || self.skeleton.images >= 6 || self.skeleton.moments >= 3 || self.skeleton.quoted >= 20
    }

    fn reason(&self) -> Option<ProblemKind> {
        let Skeleton { images, links, password, options, .. } = self.skeleton;
        let gate = self.buttons(&signs::ACCEPT);
        // An article tells of walls, and when it did.
        let is_article = self.skeleton.moments > 0 && self.paragraphs() >= 3 && !password.1;
        let story = self.posts == 0 && images < 6 && !is_article;
        let teaser = self.words < 500
            && self.posts < 6
            && self.main().any(|s| matches!(s.role, Role::Text | Role::Heading) && says(s, &signs::TEASER));
        let signs_in = self.main().any(|s| matches!(s.role, Role::Title | Role::Heading) && s.words <= 8 && signs::SIGNIN.head(&s.text));
        let titled = self.main().any(|s| s.role == Role::Title && s.words <= 8 && signs::SIGNIN.head(&s.text));
        if teaser || password.1 && titled && self.words < 250 && self.said(&signs::LOGIN) > Said::Nowhere {
            return Some(ProblemKind::Login);
        }

        let challenge = self.said(&signs::CHALLENGE);
        let beside = self.beside(&signs::CHALLENGE);
        if !self.is_alive() && !is_article && beside < 250 && self.holds(&signs::CHALLENGE_MARKS)
            || story && challenge == Said::Head && beside < 250
            || !self.is_alive() && challenge == Said::Text && beside < 100
        {
            return Some(ProblemKind::Captcha);
        }
        let age = self.said(&signs::AGE);
        let asks_age = gate || options >= 40 || age == Said::Head;
        let region = self.said(&signs::REGION);
        // Courts date what they write.
        if (story || self.posts == 0 && images < 6 && links < 10)
            && (region == Said::Head && self.beside(&signs::REGION) < 900
                || region == Said::Text
                    && self.beside(&signs::REGION) < (if links < 15 && images < 3 { 300 } else { 120 })
                    && self.skeleton.moments < 3
                    && !(gate && age > Said::Nowhere))
        {
            return Some(ProblemKind::Region);
        }
        if story
            && (images < 4 || age == Said::Head)
            && self.skeleton.all_images < 6
            && asks_age
            && (age == Said::Head || age == Said::Text && (gate || options >= 40) && links < 40)
            && self.skeleton.moments < 3
        {
            return Some(ProblemKind::AgeGate);
        }
        let gone = self.said(&signs::GONE);
        let login = self.said(&signs::LOGIN);
        let beside_gone = self.beside(&signs::GONE);
        let searches = self.main().any(|s| matches!(s.role, Role::Title | Role::Heading) && signs::SEARCH.head(&s.text));
        if self.posts == 0
            && !is_article
            && !searches
            && (gone == Said::Head && beside_gone < 250
                || gone == Said::Text && login == Said::Nowhere && beside_gone < 90 && self.early(&signs::GONE))
        {
            return Some(ProblemKind::Gone);
        }
        let beside_login = self.beside(&signs::LOGIN);
        if story
            && (login == Said::Head && beside_login < 400
                || login == Said::Text && beside_login < 200 && !self.is_alive() && (links < 30 || password.1 && self.early(&signs::LOGIN)))
        {
            return Some(ProblemKind::Login);
        }
        let form_alone = self.words < 40 && self.main().filter(|s| s.role != Role::Button).count() < 14;
        if password.1 && story && images < 4 && self.skeleton.moments < 3 && (signs_in && self.words < 200 || form_alone) {
            return Some(ProblemKind::Login);
        }
        if gate && story && images < 4 && self.words < 700 && self.speaks_of_consent() {
            return Some(ProblemKind::Consent);
        }
        let script = self.said(&signs::SCRIPT).max(if self.in_noscript() { Said::Text } else { Said::Nowhere });
        let thin = self.shown_without() < MANY_WORDS && images < 2 && self.posts == 0 && self.skeleton.quoted < 5;
        if thin && (script == Said::Head && self.words < 120 || script == Said::Text && self.beside(&signs::SCRIPT) < 30) {
            return Some(ProblemKind::Script);
        }
        let loads = self.skeleton.scripted && links < 3 && self.main().any(|s| s.role == Role::Text && signs::LOADING.stand_in(&s.text));
        if thin && (self.words < 12 && self.is_shell() || self.words < 16 && loads) {
            return Some(ProblemKind::Script);
        }
        (self.words < 60 && images == 0 && !self.is_alive() && self.holds(&signs::CHALLENGE_WIDGETS)).then_some(ProblemKind::Captcha)
    }

    /// Words for those who run no scripts: some sites show them the page itself.
    fn shown_without(&self) -> usize {
        let some = self.skeleton.statements.iter().filter(|s| s.role == Role::Noscript);
        some.map(|s| s.words.saturating_sub(words_saying(s, &signs::SCRIPT))).sum()
    }

    /// An element that scripts fill, or a script that would.
    fn is_shell(&self) -> bool {
        self.shown_without() < MANY_WORDS
            && self.skeleton.scripted
            && (self.holds(&signs::MOUNTS) || self.in_noscript() || self.holds(&signs::BUNDLES))
    }

    /// Paragraphs that tell something.
    fn paragraphs(&self) -> usize {
        self.main().filter(|s| s.role == Role::Text && s.words >= 15 && !self.is_sign(s)).count()
    }

    /// Among the first things that are said.
    fn early(&self, signs: &signs::Signs) -> bool {
        self.main().filter(|s| s.role == Role::Text && !s.linked && s.words > 2).take(5).any(|s| says(s, signs))
    }

    /// More than half of all words stand where it is spoken of agreeing, data and advertisers.
    fn speaks_of_consent(&self) -> bool {
        let text = || self.main().filter(|s| s.role == Role::Text && !s.linked);
        let about: usize = text().filter(|s| signs::CONSENT.stand_in(&s.text)).map(|s| s.words).sum();
        about >= 6 && about * 2 > text().map(|s| s.words).sum()
    }

    fn buttons(&self, signs: &signs::Signs) -> bool {
        let short = |s: &&Statement| s.role == Role::Button && s.words <= 8 || s.linked && s.words <= 6;
        self.main().filter(short).any(|s| signs.begin(&s.text))
    }

    fn in_noscript(&self) -> bool {
        self.skeleton.statements.iter().any(|s| s.role == Role::Noscript && signs::SCRIPT.stand_in(&s.text))
    }

    fn holds(&self, marks: &[&str]) -> bool {
        marks.iter().any(|mark| memchr::memmem::find(&self.raw, mark.as_bytes()).is_some())
    }
}

/// Whether one of its sentences says so shortly.
fn says(one: &Statement, signs: &signs::Signs) -> bool {
    words_saying(one, signs) > 0
}

/// Words of its sentences that say so. Who asks for a login to answer or to take something along hides nothing.
fn words_saying(one: &Statement, signs: &signs::Signs) -> usize {
    if std::ptr::eq(signs, &*signs::LOGIN) && signs::REPLY.stand_in(&one.text) {
        return 0;
    }
    let words = |sentence: &str| {
        let dense = sentence.chars().filter(|c| *c >= '\u{2e80}').count() / 2;
        sentence.split_whitespace().count().max(dense)
    };
    let text = unquoted(&one.text);
    let sentences = text.split(['.', '!', '?', '。', '！', '？', '؟', '।']);
    sentences.filter(|s| words(s) <= LONGEST && signs.stand_in(s)).map(words).sum()
}

/// The text without what it quotes: who writes about walls shows how they sound.
fn unquoted(text: &str) -> Cow<'_, str> {
    const PAIRS: [(char, char); 9] =
        [('“', '”'), ('«', '»'), ('„', '“'), ('„', '”'), ('「', '」'), ('『', '』'), ('"', '"'), ('‹', '›'), ('”', '”')];
    if !text.contains(|c| PAIRS.iter().any(|(open, _)| *open == c)) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::new(), text);
    while let Some((at, open)) = rest.char_indices().find(|(_, c)| PAIRS.iter().any(|(open, _)| open == c)) {
        out.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + open.len_utf8()..).unwrap_or_default();
        let end = after.char_indices().find(|(_, c)| PAIRS.contains(&(open, *c)));
        rest = match end {
            Some((end, close)) => after.get(end + close.len_utf8()..).unwrap_or_default(),
            None => after,
        };
        out.push(' ');
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
