//! Bluesky: the posts of a profile, or one thread, by the network's public interface (docs.bsky.app). Beside bsky.app, any
//! server that answers it at its own address.

use serde_json::Value;
use url::Url;

use super::draft::{Draft, at, list, text};

const PUBLIC: &str = "public.api.bsky.app";

/// Replies inside replies that are read.
const DEPTH: u32 = 24;

/// `/profile/HANDLE`, `/profile/HANDLE/post/KEY`.
pub fn ask(url: &Url) -> Option<Url> {
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let mut out = url.clone();
    out.set_fragment(None);
    if url.host_str()?.trim_start_matches("www.") == "bsky.app" {
        out.set_host(Some(PUBLIC)).ok()?;
    }
    match parts.as_slice() {
        ["profile", handle] => {
            out.set_path("/xrpc/app.bsky.feed.getAuthorFeed");
            let cursor = url.query_pairs().find(|(name, _)| name == "cursor").map(|(_, value)| value.into_owned());
            out.query_pairs_mut()
                .clear()
                .extend_pairs([("actor", *handle), ("limit", "100")])
                .extend_pairs(cursor.iter().map(|cursor| ("cursor", cursor)));
        }
        ["profile", handle, "post", key] => {
            out.set_path("/xrpc/app.bsky.feed.getPostThread");
            out.query_pairs_mut()
                .clear()
                .extend_pairs([("uri", format!("at://{handle}/app.bsky.feed.post/{key}").as_str()), ("depth", "20")]);
        }
        _ => return None,
    }
    Some(out)
}

/// Reads a profile's posts or a thread.
pub fn draft(url: &Url, answer: &Value) -> Draft {
    let mut out = Draft::default();
    list(answer, &["feed"]).filter_map(|entry| entry.get("post")).for_each(|one| out.post(|out| post(one, out)));
    if let Some(cursor) = text(answer, &["cursor"]).filter(|_| list(answer, &["feed"]).next().is_some()) {
        let mut next = url.clone();
        next.set_fragment(None);
        next.query_pairs_mut().clear().append_pair("cursor", cursor);
        out.next(next.as_str());
    }
    if let Some(thread) = answer.get("thread") {
        replies(thread, &mut out, DEPTH);
    }
    out
}

fn replies(thread: &Value, out: &mut Draft, depth: u32) {
    if let Some(one) = thread.get("post") {
        out.post(|out| post(one, out));
    }
    if depth > 0 {
        thread.get("parent").into_iter().chain(list(thread, &["replies"])).for_each(|reply| replies(reply, out, depth - 1));
    }
}

fn post(post: &Value, out: &mut Draft) {
    out.text(text(post, &["author", "displayName"]));
    out.text(text(post, &["author", "handle"]));
    out.text(text(post, &["record", "text"]));
    if let Some(embed) = post.get("embed") {
        embedded(embed, out, 3);
    }
}

/// Pictures, the card of a link, and what a quoted post shows.
fn embedded(embed: &Value, out: &mut Draft, depth: u32) {
    for image in list(embed, &["images"]) {
        let words = text(image, &["alt"]).unwrap_or_default();
        if let Some(at) = text(image, &["fullsize"]).or_else(|| text(image, &["thumb"])) {
            out.picture(at, words);
        }
        out.text(Some(words));
    }
    for key in ["thumbnail", "thumb"] {
        if let Some(at) = text(embed, &[key]).or_else(|| text(embed, &["external", key])) {
            out.picture(at, text(embed, &["alt"]).unwrap_or_default());
        }
    }
    for key in ["title", "description"] {
        out.text(text(embed, &["external", key]));
    }
    if let Some(to) = text(embed, &["external", "uri"]) {
        out.link(to, "");
    }
    if depth > 0 {
        let inner = at(embed, &["media"]).into_iter().chain(list(embed, &["record", "embeds"]));
        inner.for_each(|inner| embedded(inner, out, depth - 1));
    }
    for path in [["record", "value", "text"], ["record", "author", "handle"]] {
        out.text(text(embed, &path));
    }
}
