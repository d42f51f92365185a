//! Lemmy: the posts of a community or a person, or one post, by its public interface (join-lemmy.org/api).

use serde_json::Value;
use url::Url;

use super::draft::{Draft, at, list, text};

/// Servers that are known to be Lemmy's; on others the owner says so.
const KNOWN: [&str; 9] = [
    "lemmy.world",
    "lemmy.ml",
    "lemmynsfw.com",
    "sh.itjust.works",
    "lemm.ee",
    "lemmy.zip",
    "lemmy.dbzer0.com",
    "programming.dev",
    "feddit.org",
];

/// Whether the host is known to be Lemmy's.
pub fn is_known(host: &str) -> bool {
    KNOWN.contains(&host)
}

/// `/c/NAME`, `/u/NAME`, `/post/NUMBER`.
pub fn ask(url: &Url) -> Option<Url> {
    let mut parts = url.path_segments()?.filter(|part| !part.is_empty());
    let (kind, name) = (parts.next()?, parts.next()?);
    let mut out = url.clone();
    out.set_fragment(None);
    let (path, query): (&str, &[(&str, &str)]) = match kind {
        "c" => ("/api/v3/post/list", &[("community_name", name), ("sort", "New"), ("limit", "50")]),
        "u" => ("/api/v3/user", &[("username", name), ("sort", "New"), ("limit", "50")]),
        "post" => ("/api/v3/post", &[("id", name)]),
        _ => return None,
    };
    out.set_path(path);
    out.query_pairs_mut().clear().extend_pairs(query);
    Some(out)
}

/// Reads posts and comments.
pub fn draft(answer: &Value) -> Draft {
    let mut out = Draft::default();
    let single = at(answer, &["post_view"]).into_iter();
    for view in single.chain(list(answer, &["posts"])) {
        out.post(|out| {
            out.text(text(view, &["creator", "name"]));
            out.text(text(view, &["creator", "display_name"]));
            out.text(text(view, &["post", "name"]));
            out.text(text(view, &["post", "body"]));
            out.text(text(view, &["post", "alt_text"]));
            out.text(text(view, &["post", "embed_title"]));
            out.text(text(view, &["post", "embed_description"]));
            let thumbnail = text(view, &["post", "thumbnail_url"]);
            if let Some(at) = text(view, &["post", "url"]) {
                out.link(at, "");
            }
            if let Some(at) = thumbnail {
                out.picture(at, "");
            }
            if let Some(at) = text(view, &["post", "ap_id"]) {
                out.link(at, "");
            }
        });
    }
    for view in list(answer, &["comments"]) {
        out.post(|out| {
            out.text(text(view, &["creator", "name"]));
            out.text(text(view, &["comment", "content"]));
        });
    }
    for key in ["avatar", "banner"] {
        if let Some(picture) = text(answer, &["person_view", "person", key]) {
            out.picture(picture, "");
        }
    }
    out.text(text(answer, &["person_view", "person", "bio"]));
    out
}
