//! The owner's own SearXNG: what a search finds, as JSON (docs.searxng.org, "Search API").

use serde_json::Value;
use url::Url;

use super::draft::{Draft, list, text};

/// The same search, as JSON.
pub fn ask(url: &Url) -> Option<Url> {
    let pairs: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| name != "format").map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let mut out = url.clone();
    out.set_fragment(None);
    out.query_pairs_mut().clear().extend_pairs(pairs).append_pair("format", "json");
    Some(out)
}

/// Reads results.
pub fn draft(answer: &Value) -> Draft {
    let mut out = Draft::default();
    for result in list(answer, &["results"]) {
        out.post(|out| {
            let title = text(result, &["title"]).unwrap_or_default();
            if let Some(at) = text(result, &["url"]) {
                out.link(at, title);
            }
            out.text(text(result, &["content"]));
            if let Some(at) =
                text(result, &["img_src"]).or_else(|| text(result, &["thumbnail_src"])).or_else(|| text(result, &["thumbnail"]))
            {
                out.picture(at, title);
            }
        });
    }
    out
}
