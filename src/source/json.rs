//! Any answer in JSON, by the paths (JSONPath, RFC 9535) that the owner gives: which parts are posts, and where in them texts,
//! pictures and links are.

use serde_json::Value;
use url::Url;

use super::draft::Draft;
use crate::model::Paths;

/// Reads an answer. Without `posts` all of it is one; without `text` all its texts are read.
pub fn draft(answer: &Value, paths: &Paths, at: &Url) -> Draft {
    let mut out = Draft::default();
    let posts: Vec<&Value> = match &paths.posts {
        Some(posts) => posts.query(answer).all(),
        None => vec![answer],
    };
    for post in posts {
        out.post(|out| {
            if paths.text.is_empty() {
                texts(post, out, 64);
            }
            for found in paths.text.iter().flat_map(|path| path.query(post)) {
                texts(found, out, 8);
            }
            for (list, is_picture) in [(&paths.pictures, true), (&paths.links, false)] {
                for found in list.iter().flat_map(|path| path.query(post)) {
                    if let Some(to) = found.as_str().filter(|to| at.join(to).is_ok()) {
                        if is_picture { out.picture(to, "") } else { out.link(to, "") }
                    }
                }
            }
        });
    }
    let next = paths.next.as_ref().and_then(|next| next.query(answer).first());
    if let Some(next) = next.and_then(Value::as_str).filter(|next| !next.is_empty() && at.join(next).is_ok()) {
        out.next(next);
    }
    out
}

/// Every text in a value: of what may be HTML both what it says and what it shows.
fn texts(value: &Value, out: &mut Draft, deep: u32) {
    match value {
        Value::String(text) if text.contains('<') && text.contains('>') => out.markup(Some(text)),
        Value::String(text) => out.text(Some(text)),
        Value::Number(number) => out.text(Some(&number.to_string())),
        Value::Array(list) if deep > 0 => list.iter().for_each(|one| texts(one, out, deep - 1)),
        Value::Object(map) if deep > 0 => map.values().for_each(|one| texts(one, out, deep - 1)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json_path::JsonPath;

    use super::*;

    #[test]
    fn paths_say_what_is_what() {
        let path = |text: &str| JsonPath::parse(text).unwrap();
        let answer = json!({ "next": "/api?page=2", "items": [
            { "title": "one", "body": "<b>bold</b> words", "image": { "url": "/a.jpg" }, "more": "unseen", "link": "/t/1" },
            { "title": "two", "image": null } ] });
        let at = Url::parse("https://x.example/api").unwrap();
        let paths = Paths {
            posts: Some(path("$.items[*]")),
            text: vec![path("$.title"), path("$.body")],
            pictures: vec![path("$.image.url")],
            links: vec![path("$.link")],
            next: Some(path("$.next")),
        };
        let html = draft(&answer, &paths, &at).html().to_string();
        for part in ["<p>one</p>", "<b>bold</b> words", "src=\"/a.jpg\"", "href=\"/t/1\"", "<p>two</p>", "rel=next href=\"/api?page=2\""] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("unseen"));
        assert!(draft(&answer, &Paths::default(), &at).html().contains("unseen"), "without paths everything is read");
    }
}
