//! What a source's answer says, written as the page that people would see.

use base64::Engine;
use serde_json::Value;
use url::Url;

/// A page being written: posts one after the other.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    html: String,
    /// Of pages that it leads to, a mark that changes when they do.
    pub marks: Vec<(Url, String)>,
    /// Of pictures that it shows, what their bytes come to (MD5, as boards say it): the same is the same file.
    pub sums: Vec<(Url, String)>,
    /// Pages of HTML that belong to it, each read by itself.
    pub pages: Vec<String>,
    /// Parts that are neither text nor picture.
    pub unread: usize,
    /// Bytes of posts that there was no room for.
    pub left_out: usize,
}

/// Most bytes that are written. Texts are bounded by the answer, addresses are not: each post repeats its board's.
const MOST: usize = 24 << 20;
/// Most marks: as many as a page has links.
const MOST_MARKS: usize = 5000;

impl Draft {
    /// The page.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// A post of its own.
    pub fn post(&mut self, write: impl FnOnce(&mut Self)) {
        let before = self.html.len();
        self.html.push_str("<article>");
        write(self);
        self.html.push_str("</article>\n");
        if self.html.len() > MOST {
            self.left_out += self.html.len() - before;
            self.html.truncate(before);
        }
    }

    /// Notes what the list says of a page's state.
    pub fn mark(&mut self, at: Url, mark: String) {
        if self.marks.len() < MOST_MARKS {
            self.marks.push((at, mark));
        }
    }

    /// Notes what a picture's bytes come to: MD5 in base64.
    pub fn sum(&mut self, at: Url, sum: &str) {
        let sum = base64::engine::general_purpose::STANDARD.decode(sum.trim()).ok().filter(|sum| sum.len() == 16);
        if let Some(sum) = sum.filter(|_| self.sums.len() < MOST_MARKS) {
            self.sums.push((at, sum.iter().map(|byte| format!("{byte:02x}")).collect()));
        }
    }

    /// A paragraph of text, or nothing.
    pub fn text(&mut self, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.html.push_str("<p>");
            self.escaped(text);
            self.html.push_str("</p>");
        }
    }

    /// A piece of HTML that somebody wrote, or nothing. What it leaves open hides what follows, as on the page that people see.
    pub fn markup(&mut self, html: Option<&str>) {
        if let Some(html) = html {
            self.html.push_str("<div>");
            self.html.push_str(html);
            self.html.push_str("</div>");
        }
    }

    /// A link, with text.
    pub fn link(&mut self, to: &str, text: &str) {
        self.html.push_str("<a href=\"");
        self.escaped(to);
        self.html.push_str("\">");
        self.escaped(text);
        self.html.push_str("</a>");
    }

    /// A link to the next page of a row.
    pub fn next(&mut self, to: &str) {
        self.html.push_str("<a rel=next href=\"");
        self.escaped(to);
        self.html.push_str("\">next</a>");
    }

    /// A picture, with the words for it.
    pub fn picture(&mut self, at: &str, words: &str) {
        self.html.push_str("<img src=\"");
        self.escaped(at);
        self.html.push_str("\" alt=\"");
        self.escaped(words);
        self.html.push_str("\">");
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.html.push_str("&amp;"),
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '"' => self.html.push_str("&quot;"),
                '\n' => self.html.push_str("<br>"),
                c => self.html.push(c),
            }
        }
    }
}

/// The text under a path of keys.
pub fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

/// What stands under a path of keys.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// The entries under a path of keys; none where there is no list.
pub fn list<'a>(value: &'a Value, path: &[&str]) -> impl Iterator<Item = &'a Value> {
    at(value, path).and_then(Value::as_array).into_iter().flatten()
}
