//! Addresses that somebody has collected already: a browser's bookmarks (the Netscape format that all of them export), a reader's
//! subscriptions (OPML), or a plain list.

use std::collections::HashSet;
use std::path::Path;

use regex::Regex;
use url::Url;

use crate::command::Failure;

/// Bytes of a file.
const MOST: u64 = 32 << 20;
/// Addresses of one file.
const MANY: usize = 20_000;

/// What a file holds.
#[derive(Debug, PartialEq)]
pub struct Imported {
    /// Each once, in order.
    pub urls: Vec<Url>,
    /// They are feeds.
    pub feeds: bool,
}

/// Reads a file; of bookmarks only those below the folder of that name.
pub fn read(file: &Path, folder: Option<&str>) -> Result<Imported, Failure> {
    let size = std::fs::metadata(file).map_err(|e| Failure::Usage(format!("{} cannot be read: {e}", file.display())))?.len();
    if size > MOST {
        return Err(Failure::Usage(format!("{} is larger than {} MiB", file.display(), MOST >> 20)));
    }
    let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
    let imported = addresses(&text, folder);
    if imported.urls.is_empty() {
        let what = "no address that starts with https:// or http://";
        return Err(Failure::Usage(format!("{} holds {what}{}", file.display(), if folder.is_some() { " in that folder" } else { "" })));
    }
    if imported.urls.len() > MANY {
        return Err(Failure::Usage(format!("{} holds more than {MANY} addresses", file.display())));
    }
    Ok(imported)
}

fn addresses(text: &str, folder: Option<&str>) -> Imported {
    let head = text.get(..text.len().min(2000)).unwrap_or(text).to_ascii_lowercase();
    let feeds = head.contains("<opml");
    let found: Vec<String> = if feeds {
        attributes(text, "xmlUrl")
    } else if head.contains("netscape-bookmark") || head.contains("<html") || head.contains("<dl>") || head.contains("<a ") {
        bookmarks(text, folder)
    } else {
        text.lines().map(|line| line.trim().to_string()).filter(|line| !line.starts_with('#')).collect()
    };
    let mut seen = HashSet::new();
    let url = |text: &String| Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    Imported { urls: found.iter().filter_map(url).filter(|url| seen.insert(url.clone())).collect(), feeds }
}

/// The values of an attribute, wherever it stands.
fn attributes(text: &str, name: &str) -> Vec<String> {
    let Ok(pattern) = Regex::new(&format!(r#"(?i)\b{name}\s*=\s*(?:"([^"]*)"|'([^']*)')"#)) else { return Vec::new() };
    let value = |found: regex::Captures<'_>| found.get(1).or_else(|| found.get(2)).map(|value| unescaped(value.as_str()));
    pattern.captures_iter(text).filter_map(value).collect()
}

/// Bookmarks stand in lists, each under the heading of its folder.
fn bookmarks(text: &str, folder: Option<&str>) -> Vec<String> {
    let Some(folder) = folder else { return attributes(text, "href") };
    let Ok(pieces) = Regex::new(r"(?is)<h3[^>]*>(.*?)</h3>|<dl\b[^>]*>|</dl>|<a\s[^>]*>") else { return Vec::new() };
    // Whether each list that is open lies in the folder.
    let (mut inside, mut heading, mut out) = (Vec::<bool>::new(), String::new(), Vec::new());
    for piece in pieces.captures_iter(text) {
        let whole = piece.get(0).map(|whole| whole.as_str().to_ascii_lowercase()).unwrap_or_default();
        if let Some(name) = piece.get(1) {
            heading = unescaped(name.as_str().trim());
        } else if whole.starts_with("<dl") {
            let within = inside.last().copied().unwrap_or(false) || heading.eq_ignore_ascii_case(folder);
            inside.push(within);
            heading.clear();
        } else if whole.starts_with("</dl") {
            inside.pop();
        } else if inside.last().copied().unwrap_or(false) {
            out.extend(piece.get(0).into_iter().flat_map(|link| attributes(link.as_str(), "href")));
        }
    }
    out
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str, folder: Option<&str>) -> Vec<String> {
        addresses(text, folder).urls.into_iter().map(String::from).collect()
    }

    #[test]
    fn bookmarks_subscriptions_and_lists_are_read() {
        let marks = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p><DT><A HREF=\"https://a.example/?x=1&amp;y=2\" ADD_DATE=\"1\">a</A>\n\
            <DT><H3 ADD_DATE=\"1\">Boards</H3>\n<DL><p><DT><A HREF=\"https://b.example/\">b</A><DT><H3>Deep</H3><DL><p><DT><A HREF='https://c.example/'>c</A></DL></DL>\n\
            <DT><A HREF=\"javascript:void(0)\">no</A><DT><A HREF=\"https://d.example/\">d</A></DL>";
        assert_eq!(urls(marks, None), ["https://a.example/?x=1&y=2", "https://b.example/", "https://c.example/", "https://d.example/"]);
        assert_eq!(urls(marks, Some("boards")), ["https://b.example/", "https://c.example/"]);
        let opml = "<?xml version=\"1.0\"?><opml version=\"2.0\"><body><outline type=\"rss\" htmlUrl=\"https://no.example/\" xmlUrl=\"https://a.example/feed\"/></body></opml>";
        assert_eq!(addresses(opml, None), Imported { urls: vec!["https://a.example/feed".parse().unwrap()], feeds: true });
        assert_eq!(urls("# mine\nhttps://a.example/\n\nftp://no\nhttps://a.example/\nnot one\n", None), ["https://a.example/"]);
    }
}
