//! From a page's bytes to what it shows: every text that can name somebody, every picture, every link.
//!
//! Pages are hostile. Nothing here touches network, disk or clock; time and memory are linear in the page,
//! whatever it holds, and what is cut off is told ([`LimitHit`](crate::model::LimitHit)).

mod address;
mod charset;
mod collect;
mod css;
mod element;
mod entity;
mod feed;
mod fields;
mod head;
mod html;
mod names;
mod objects;
mod paging;
mod people;
mod resolve;
mod script;
pub mod skeleton;
mod sniff;
mod srcset;
mod stack;
#[cfg(test)]
mod tests;
mod token;

pub use address::looks_like_picture;
pub use paging::{same_page, thread_of};
pub use sniff::is_picture;

use url::Url;

use crate::model::Content;

/// The bounds of what is kept of one page.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Pictures.
    pub max_images: usize,
    /// Links to other pages.
    pub max_links: usize,
    /// Bytes of text.
    pub max_text: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_images: 2000, max_links: 5000, max_text: 4 << 20 }
    }
}

/// Reads a page: HTML, XHTML, RSS, Atom, JSON or plain text.
///
/// `content_type`: the Content-Type header as sent, if any; `address`: the final address of the page.
/// Never fails: what is no page gives an empty [`Content`], which is not `visible`. Pictures, video and sound
/// give the same. A picture's `near` is the number of blocks where no block follows it.
pub fn page(body: &[u8], content_type: Option<&str>, address: &Url, settings: &Settings) -> Content {
    let kind = content_type.and_then(|t| t.split(';').next()).unwrap_or("").trim().to_ascii_lowercase();
    let media = ["image/", "video/", "audio/", "font/"].iter().any(|m| kind.starts_with(m)) && !kind.contains("svg");
    if media || sniff::begins_like_picture(body) || body.starts_with(b"%PDF-") {
        return Content::default();
    }
    let text = charset::decode(body, content_type, address);
    let mut out = collect::Collector::new(settings);
    let html = kind == "text/html";
    let bare = kind.is_empty() || kind == "text/plain" || kind == "application/octet-stream";
    if kind.contains("json") || (bare && feed::is_json(&text)) {
        feed::json(&text, &mut out);
    } else if !html && feed::is_xml(&text) {
        feed::xml(&text, &mut out);
    } else if kind == "text/plain" {
        feed::plain(&text, &mut out);
    } else {
        html::Walker::new(&mut out, kind == "application/xhtml+xml").run(&text);
    }
    out.finish(address)
}
