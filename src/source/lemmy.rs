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

/// Entries of one answer.
const MANY: usize = 50;

/// `/c/NAME`, `/u/NAME`, `/post/NUMBER`, and further pages of them.
pub fn ask(url: &Url) -> Option<Url> {
    let mut parts = url.path_segments()?.filter(|part| !part.is_empty());
    let (kind, name) = (parts.next()?, parts.next()?);
    let given = |key: &str| url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned());
    let (cursor, page) = (given("pageCursor"), given("page"));
    let mut out = url.clone();
    out.set_fragment(None);
    let (path, query): (&str, Vec<(&str, &str)>) = match (kind, &page) {
        ("c", _) => ("/api/v3/post/list", vec![("community_name", name), ("sort", "New"), ("limit", "50")]),
        ("u", _) => ("/api/v3/user", vec![("username", name), ("sort", "New"), ("limit", "50")]),
        ("post", None) => ("/api/v3/post", vec![("id", name)]),
        ("post", Some(_)) => ("/api/v3/comment/list", vec![("post_id", name), ("sort", "New"), ("type_", "All"), ("limit", "50")]),
        _ => return None,
    };
    out.set_path(path);
    out.query_pairs_mut()
        .clear()
        .extend_pairs(query)
        .extend_pairs(cursor.iter().map(|cursor| ("page_cursor", cursor)))
        .extend_pairs(page.iter().map(|page| ("page", page)));
    Some(out)
}

/// Whether the address is a community's or a person's, and no post's.
pub fn is_list(url: &Url) -> bool {
    url.path().starts_with("/c/") || url.path().starts_with("/u/")
}

/// The same address with another page's number or cursor.
fn page_of(url: &Url, key: &str, value: &str) -> Url {
    let mut out = url.clone();
    out.set_fragment(None);
    out.query_pairs_mut().clear().append_pair(key, value);
    out
}

/// Reads posts and comments.
pub fn draft(url: &Url, answer: &Value) -> Draft {
    let mut out = Draft::default();
    let page = url.query_pairs().find(|(name, _)| name == "page").and_then(|(_, value)| value.parse::<u32>().ok());
    let single = at(answer, &["post_view"]).into_iter();
    for view in single.chain(list(answer, &["posts"])) {
        let local = at(view, &["post", "id"]).and_then(Value::as_u64).and_then(|id| url.join(&format!("/post/{id}")).ok());
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
            local.iter().for_each(|at| out.link(at.as_str(), "post"));
        });
        // A post whose comments have not changed is not asked for again.
        if let (Some(local), Some(last)) = (local, text(view, &["counts", "newest_comment_time"])) {
            let count = at(view, &["counts", "comments"]).and_then(Value::as_i64).unwrap_or_default();
            let last: String = last.chars().filter(char::is_ascii_digit).collect();
            let edited: String = text(view, &["post", "updated"]).unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
            out.mark(local, format!("m{last}-{count}-{edited}"));
        }
    }
    for view in list(answer, &["comments"]) {
        out.post(|out| {
            out.text(text(view, &["creator", "name"]));
            out.text(text(view, &["comment", "content"]));
        });
    }
    let comments = list(answer, &["comments"]).count();
    if at(answer, &["post_view"]).is_some() {
        out.next(page_of(url, "page", "1").as_str());
    } else if at(answer, &["posts"]).is_none() && comments >= MANY {
        out.next(page_of(url, "page", &page.map_or(2, |page| page.saturating_add(1)).to_string()).as_str());
    }
    if let Some(cursor) = text(answer, &["next_page"]).filter(|_| list(answer, &["posts"]).next().is_some()) {
        out.next(page_of(url, "pageCursor", cursor).as_str());
    } else if url.path().starts_with("/u/") && list(answer, &["posts"]).count().max(comments) >= MANY {
        out.next(page_of(url, "page", &page.map_or(2, |page| page.saturating_add(1)).to_string()).as_str());
    }
    for key in ["avatar", "banner"] {
        if let Some(picture) = text(answer, &["person_view", "person", key]) {
            out.picture(picture, "");
        }
    }
    out.text(text(answer, &["person_view", "person", "bio"]));
    out
}
