//! Places that have a feed beside what people see, and feeds in JSON.

use serde_json::Value;
use url::Url;

use super::draft::{Draft, list, text};
use crate::model::{Content, Link, Source};

/// Servers that speak Mastodon's language; on others the owner says so.
const MASTODON: [&str; 12] = [
    "mastodon.social",
    "mastodon.online",
    "mstdn.social",
    "mstdn.jp",
    "mas.to",
    "pawoo.net",
    "baraag.net",
    "mastodon.world",
    "mastodonapp.uk",
    "chaos.social",
    "fosstodon.org",
    "infosec.exchange",
];

/// Whether the host is known to speak Mastodon's language.
pub fn is_mastodon(host: &str) -> bool {
    MASTODON.contains(&host)
}

fn with_path(url: &Url, path: &str, query: Option<&str>) -> Url {
    let mut out = url.clone();
    out.set_path(path);
    out.set_query(query);
    out.set_fragment(None);
    out
}

/// A subreddit, a profile, a thread: its feed, a hundred entries.
pub fn reddit(url: &Url) -> Option<Url> {
    let path = url.path().trim_end_matches('/');
    if path.is_empty() || path.ends_with(".rss") {
        return None;
    }
    let query = url.query().map_or_else(|| "limit=100".to_string(), |query| format!("{query}&limit=100"));
    Some(with_path(url, &format!("{path}/.rss"), Some(&query)))
}

/// A profile or a hashtag: its feed.
pub fn mastodon(url: &Url) -> Option<Url> {
    let path = url.path().trim_end_matches('/');
    let feed = path.strip_prefix("/@").is_some_and(|name| !name.contains('/')) || path.starts_with("/tags/");
    (feed && !path.ends_with(".rss")).then(|| with_path(url, &format!("{path}.rss"), None))
}

/// A channel, or one post of it: its public preview.
pub fn telegram(url: &Url) -> Option<Url> {
    let path = url.path().trim_end_matches('/');
    (path.len() > 1 && !path.starts_with("/s/") && !path.starts_with("/+")).then(|| with_path(url, &format!("/s{path}"), url.query()))
}

/// Rows that go on where no link says so: older posts of a channel, and of a list of a hundred.
pub fn go_on(source: Source, url: &Url, body: &[u8], content: &mut Content) {
    match source {
        Source::Telegram => {
            let asked = telegram(url).unwrap_or_else(|| url.clone());
            for link in &mut content.links {
                link.next |= link.url.path().trim_end_matches('/') == asked.path().trim_end_matches('/')
                    && link.url.query_pairs().any(|(key, _)| key == "before");
            }
        }
        Source::Reddit if !url.path().contains("/comments/") => {
            let ids: Vec<usize> = memchr::memmem::find_iter(body, b"<id>t3_").collect();
            let Some(last) = ids.last().filter(|_| ids.len() >= 100) else { return };
            let id = body.get(last + 4..).unwrap_or_default().iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').take(20);
            let id: String = id.map(|b| char::from(*b)).collect();
            let mut next = url.clone();
            next.set_fragment(None);
            next.query_pairs_mut().clear().append_pair("after", &id);
            content.links.push(Link { url: next, next: true });
        }
        _ => {}
    }
}

/// A JSON Feed (jsonfeed.org, version 1.1); `None` where it is none.
pub fn json_feed(answer: &Value) -> Option<Draft> {
    text(answer, &["version"]).filter(|version| version.contains("jsonfeed.org"))?;
    let mut out = Draft::default();
    out.text(text(answer, &["title"]));
    for item in list(answer, &["items"]) {
        out.post(|out| {
            for key in ["title", "summary", "content_text"] {
                out.text(text(item, &[key]));
            }
            out.markup(text(item, &["content_html"]));
            list(item, &["authors"]).for_each(|author| out.text(text(author, &["name"])));
            for key in ["image", "banner_image"] {
                if let Some(at) = text(item, &[key]) {
                    out.picture(at, "");
                }
            }
            for attachment in list(item, &["attachments"]) {
                let Some(at) = text(attachment, &["url"]) else { continue };
                let words = text(attachment, &["title"]).unwrap_or_default();
                if text(attachment, &["mime_type"]).is_some_and(|kind| kind.starts_with("image/")) {
                    out.picture(at, words);
                } else {
                    out.link(at, words);
                }
            }
            for key in ["url", "external_url"] {
                if let Some(at) = text(item, &[key]) {
                    out.link(at, "");
                }
            }
        });
    }
    if let Some(next) = text(answer, &["next_url"]) {
        out.next(next);
    }
    Some(out)
}
