//! What is watched, when, and how far.

use std::time::Duration;

use serde_json_path::JsonPath;
use url::Url;

use super::Secret;

/// One or more addresses that are looked at together, at their own times.
#[derive(Clone, Debug)]
pub struct Watch {
    /// As the owner calls it.
    pub name: String,
    /// The addresses that the owner wrote.
    pub urls: Vec<Url>,
    /// When.
    pub times: Times,
    /// How far links are followed; `None`: not at all.
    pub follow: Option<Follow>,
    /// What its addresses are; `None`: what each of them tells by itself.
    pub source: Option<Source>,
    /// Cookies that it brings along: for an address, as a server would set them (RFC 6265, section 4.1).
    pub cookies: Vec<(Url, Secret)>,
    /// Where in its answers the posts are, for a source of JSON.
    pub paths: Paths,
    /// Its pages are drawn by a browser.
    pub render: bool,
    /// Headers that it sends to the hosts of its own addresses.
    pub headers: Vec<(String, Secret)>,
}

impl Watch {
    /// These addresses as they are, every six hours.
    pub fn new(name: impl Into<String>, urls: Vec<Url>) -> Self {
        let times = Times::Every(Duration::from_secs(6 * 3600));
        Self {
            name: name.into(),
            urls,
            times,
            follow: None,
            source: None,
            cookies: Vec::new(),
            paths: Paths::default(),
            render: false,
            headers: Vec::new(),
        }
    }
}

/// Where in an answer of JSON the posts are, and what is what in them (JSONPath, RFC 9535).
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// The posts; `None`: the whole answer is one.
    pub posts: Option<JsonPath>,
    /// Texts of a post; none: all that it holds.
    pub text: Vec<JsonPath>,
    /// Addresses of its pictures.
    pub pictures: Vec<JsonPath>,
    /// Addresses of pages that it leads to.
    pub links: Vec<JsonPath>,
    /// The address of the next page, from the whole answer.
    pub next: Option<JsonPath>,
}

/// What kind of place an address is, and so how it is asked and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A page as it is.
    Page,
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A site map, or an index of some.
    Sitemap,
    /// An image board with the JSON of 4chan.
    Board,
    /// Reddit, by its feeds.
    Reddit,
    /// Mastodon, by its feeds.
    Mastodon,
    /// Lemmy, by its public interface.
    Lemmy,
    /// Bluesky, by its public interface.
    Bluesky,
    /// A Telegram channel, by its public preview.
    Telegram,
    /// One's own SearXNG.
    Search,
    /// Any answer in JSON, by paths.
    Json,
    /// What lies on this machine: a folder, a mail box, an archive.
    Shelf,
}

impl Source {
    /// All, with the names that the configuration has for them.
    pub const ALL: [(&'static str, Self); 14] = [
        ("page", Self::Page),
        ("feed", Self::Feed),
        ("sitemap", Self::Sitemap),
        ("board", Self::Board),
        ("reddit", Self::Reddit),
        ("mastodon", Self::Mastodon),
        ("lemmy", Self::Lemmy),
        ("bluesky", Self::Bluesky),
        ("telegram", Self::Telegram),
        ("search", Self::Search),
        ("json", Self::Json),
        ("folder", Self::Shelf),
        ("mbox", Self::Shelf),
        ("warc", Self::Shelf),
    ];

    /// Whether it shows the latest posts only, so that what is no longer shown may stand there still.
    pub fn is_window(self) -> bool {
        !matches!(self, Self::Page | Self::Sitemap | Self::Board | Self::Shelf)
    }

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, source)| *source == self).map_or("page", |(name, _)| name)
    }
}

/// When a watch is due.
#[derive(Clone, Debug)]
pub enum Times {
    /// So long after the last time.
    Every(Duration),
    /// At these times of the local clock.
    Cron(Box<croner::Cron>),
}

/// How far links are followed.
#[derive(Clone, Debug)]
pub struct Follow {
    /// At most so many pages a pass, the watch's own among them.
    pub pages: usize,
    /// At most so many links away from the watch's own pages.
    pub depth: u32,
    /// Only addresses that match; `None`: the same host and port.
    pub pattern: Option<regex::Regex>,
}
