//! Where the posts of a place can be read: a closed set of sources, a file each. A source turns the address that a person
//! sees into the one that is asked for, and what came into a page; everything after that is the same for all. It knows no
//! network and no person.

mod bluesky;
mod board;
mod draft;
mod feed;
mod json;
mod lemmy;
mod mail;
mod packed;
mod search;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::extract::{self, Settings};
use crate::model::{Block, Content, Follow, ImageRef, LimitHit, Link, Paths, ProblemKind, Source, Watch};

pub use draft::Draft;

/// What a source's answer shows.
#[derive(Debug)]
pub struct Read {
    /// What a reader would see.
    pub content: Content,
    /// The page that people see, where the answer itself is none: where findings are.
    pub shown_at: Option<Url>,
    /// Of pages that it leads to, a mark that changes when they do.
    pub marks: Vec<(Url, String)>,
    /// See [`Draft::sums`].
    pub sums: Vec<(Url, String)>,
}

/// Why an answer could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What kept the program from reading it.
    pub kind: ProblemKind,
    /// The particulars.
    pub detail: String,
}

/// Media type of a mail.
const MAIL: &str = "message/rfc822";

/// Most objects and lists, and most values, of an answer. A board's largest threads have a few thousand.
const MOST_OBJECTS: usize = 60_000;
const MOST_VALUES: usize = 600_000;

/// Boards that ask for no more than one request a second.
const BOARD_GAP: Duration = Duration::from_secs(1);

/// What an address is, as far as it tells by itself.
pub fn guess(url: &Url) -> Source {
    if url.scheme() == "file" {
        return Source::Shelf;
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    let path = url.path().to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    if board::is_known(host) {
        Source::Board
    } else if matches!(host, "t.me" | "telegram.me") {
        Source::Telegram
    } else if host == "reddit.com" || host.ends_with(".reddit.com") {
        Source::Reddit
    } else if host == "bsky.app" {
        Source::Bluesky
    } else if lemmy::is_known(host) {
        Source::Lemmy
    } else if feed::is_mastodon(host) {
        Source::Mastodon
    } else if last.contains("sitemap") && (last.ends_with(".xml") || last.ends_with(".xml.gz")) {
        Source::Sitemap
    } else if matches!(last, "feed" | "rss" | "feed.xml" | "rss.xml" | "atom.xml" | "feed.json" | "index.xml") || last.ends_with(".rss") {
        Source::Feed
    } else {
        Source::Page
    }
}

/// The source of an address that the owner wrote: the configured one, or what the address tells.
pub fn of(configured: Option<Source>, url: &Url) -> Source {
    configured.filter(|_| url.scheme() != "file").unwrap_or_else(|| guess(url))
}

/// The source of a page that links led to. What a list of any kind leads to is a page; a board's threads are the board's.
pub fn of_linked(watch: &Watch, url: &Url) -> Source {
    let is_own = |own: &Url| own.host_str() == url.host_str() && own.port_or_known_default() == url.port_or_known_default();
    if url.scheme() == "file" {
        return Source::Shelf;
    }
    match watch.source {
        Some(Source::Sitemap) if url.path().ends_with(".xml") || url.path().ends_with(".xml.gz") => Source::Sitemap,
        None | Some(Source::Page | Source::Feed | Source::Sitemap | Source::Search | Source::Shelf) => guess(url),
        Some(Source::Board) if board::is_catalogue(url) => guess(url),
        Some(source) if watch.urls.iter().any(is_own) => source,
        Some(_) => guess(url),
    }
}

/// What is asked for instead of an address that people see.
pub fn ask(source: Source, url: &Url) -> Url {
    let asked = match source {
        Source::Page | Source::Feed | Source::Sitemap | Source::Json | Source::Shelf => None,
        Source::Board => board::ask(url),
        Source::Reddit => feed::reddit(url),
        Source::Mastodon => feed::mastodon(url),
        Source::Telegram => feed::telegram(url),
        Source::Lemmy => lemmy::ask(url),
        Source::Bluesky => bluesky::ask(url),
        Source::Search => search::ask(url),
    };
    asked.unwrap_or_else(|| url.clone())
}

/// How far links are followed where the owner does not say: a board's catalogue and a site map are lists of pages, and
/// without those nothing would be seen.
pub fn default_follow(source: Source, url: &Url) -> Option<Follow> {
    let depth = match source {
        Source::Board if board::is_catalogue(url) => 1,
        Source::Sitemap => 2,
        Source::Lemmy if lemmy::is_list(url) => return Some(Follow { pages: 100, depth: 1, pattern: None }),
        // Only the next pages of the row.
        Source::Lemmy | Source::Bluesky | Source::Telegram | Source::Reddit | Source::Mastodon => {
            return Some(Follow { pages: 5, depth: 0, pattern: None });
        }
        Source::Shelf => return Some(Follow { pages: 20_000, depth: 2, pattern: None }),
        _ => return None,
    };
    Some(Follow { pages: 200, depth, pattern: None })
}

/// Least time between two requests for pages of this source.
pub fn gap(source: Source, url: &Url) -> Duration {
    let is_loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    };
    if source == Source::Board && !is_loopback { BOARD_GAP } else { Duration::ZERO }
}

/// What came.
#[derive(Clone, Copy, Debug)]
pub struct Came<'a> {
    /// The address that people see.
    pub url: &'a Url,
    /// Where it came from in the end.
    pub got: &'a Url,
    /// As it came.
    pub body: &'a [u8],
    /// Its media type, as it was sent.
    pub content_type: Option<&'a str>,
    /// Bytes that it may unpack to.
    pub most: u64,
    /// Where the posts are, for a source of JSON.
    pub paths: &'a Paths,
}

/// Reads what came.
///
/// # Errors
/// [`ProblemKind::NotReadable`] where the answer is none of this source's, [`ProblemKind::TooLarge`] where it unpacks to more
/// than may be, [`ProblemKind::Limit`] where it has more parts than are read.
pub fn read(source: Source, came: &Came<'_>, settings: &Settings) -> Result<Read, Unread> {
    let Came { url, got, body, content_type, most, paths } = *came;
    let unpacked;
    let (body, content_type) = if packed::is_packed(body) {
        unpacked = packed::unpacked(body, most)?;
        (unpacked.as_slice(), None)
    } else {
        (body, content_type)
    };
    if let Some(what) = packed::is_none_of_ours(body) {
        return Err(Unread { kind: ProblemKind::NotReadable, detail: what.into() });
    }
    let binary = body.get(..body.len().min(1024)).is_some_and(|first| first.contains(&0))
        && !body.starts_with(&[0xff, 0xfe])
        && !body.starts_with(&[0xfe, 0xff]);
    if source == Source::Shelf && content_type.is_none() && binary {
        return Err(Unread { kind: ProblemKind::NotReadable, detail: "a file of another program".into() });
    }
    let is_json = source != Source::Page && (starts_with(body, b'{') || starts_with(body, b'['));
    if is_json && is_dense(body) {
        return Err(Unread { kind: ProblemKind::Limit, detail: format!("an answer of more than {MOST_OBJECTS} parts") });
    }
    let draft = match source {
        Source::Page | Source::Reddit | Source::Mastodon | Source::Telegram => None,
        Source::Shelf if content_type == Some(MAIL) => Some(mail::draft(body)),
        Source::Shelf => None,
        Source::Json => Some(answer(body).map(|json| json::draft(&json, paths, got))),
        Source::Board => Some(answer(body).and_then(|json| board::draft(url, &json))),
        Source::Lemmy => Some(answer(body).map(|json| lemmy::draft(url, &json))),
        Source::Bluesky => Some(answer(body).map(|json| bluesky::draft(url, &json))),
        Source::Search => Some(answer(body).map(|json| search::draft(&json))),
        Source::Feed if !starts_with(body, b'{') => None,
        Source::Feed => answer(body).and_then(|json| feed::json_feed(&json)).map(Some),
        Source::Sitemap => None,
    };
    match draft {
        // An answer that is a page: a wall, mostly, which its reader tells.
        Some(None) if starts_with(body, b'<') => Ok(Read::plain(extract::page(body, content_type, got, settings))),
        Some(None) => {
            let detail = format!("no {} answers like that; is the watch's kind right?", source.name());
            Err(Unread { kind: ProblemKind::NotReadable, detail })
        }
        Some(Some(draft)) => {
            let mut shown_at = url.clone();
            shown_at.set_fragment(None);
            let is_mail = content_type == Some(MAIL);
            let mut content = extract::page(draft.html().as_bytes(), Some("text/html; charset=utf-8"), &shown_at, settings);
            for html in &draft.pages {
                join(&mut content, extract::page(html.as_bytes(), Some("text/html; charset=utf-8"), &shown_at, settings));
            }
            content.limits.extend((draft.left_out > 0).then_some(LimitHit::Text(draft.left_out)));
            content.limits.extend((draft.unread > 0).then_some(LimitHit::Attachments(draft.unread)));
            if is_mail {
                content.images.retain(|image| image.address().is_none());
            }
            content.links.iter_mut().for_each(|link| {
                if let Some(to) = mail::direct(&link.url) {
                    link.url = to;
                }
            });
            Ok(Read { content, shown_at: Some(shown_at), marks: draft.marks, sums: draft.sums })
        }
        None => {
            let mut content = extract::page(body, content_type, got, settings);
            feed::go_on(source, url, body, &mut content);
            Ok(Read::plain(content))
        }
    }
}

/// One page's content behind another's.
fn join(to: &mut Content, other: Content) {
    let (blocks, sections) = (to.blocks.len(), to.blocks.iter().map(|block| block.section).max().unwrap_or(0) + 1);
    to.blocks.extend(other.blocks.into_iter().map(|block| Block { section: block.section + sections, ..block }));
    let moved = |image: ImageRef| ImageRef { near: image.near + blocks, section: image.section + sections, ..image };
    to.images.extend(other.images.into_iter().map(moved));
    to.links.extend(other.links);
    to.limits.extend(other.limits);
    to.visible |= other.visible;
}

impl Read {
    /// What a list of things on a shelf shows: ways to them.
    pub fn listing(entries: &[(Url, String)]) -> Self {
        let links = entries.iter().map(|(url, _)| Link { url: url.clone(), next: false }).collect();
        Self::plain(Content { links, visible: true, ..Content::default() })
    }

    fn plain(content: Content) -> Self {
        Self { content, shown_at: None, marks: Vec::new(), sums: Vec::new() }
    }
}

/// The answer as JSON. Its depth is bounded by the parser, its size by whoever fetched it.
fn answer(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// Whether parsed JSON would take a hundred times its place in memory.
fn is_dense(body: &[u8]) -> bool {
    let (mut opened, mut values) = (0, 0);
    for byte in body {
        opened += usize::from(matches!(byte, b'{' | b'['));
        values += usize::from(*byte == b',');
    }
    opened > MOST_OBJECTS || values > MOST_VALUES
}

fn starts_with(body: &[u8], first: u8) -> bool {
    body.iter().find(|b| !b.is_ascii_whitespace() && !matches!(b, 0xef | 0xbb | 0xbf)) == Some(&first)
}
