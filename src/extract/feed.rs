//! Pages that are no HTML: RSS and Atom (and other XML), JSON, plain text.

use super::address::ends_like_picture;
use super::collect::Collector;
use super::html::Walker;
use super::token::{Tag, Token, Tokenizer, has_tags};
use crate::model::Place;

/// The longest text of one element of a feed that is put together from its pieces.
const MAX_PIECE: usize = 4 << 20;

/// The text is a feed, a site map or other XML that is no page.
pub fn is_xml(text: &str) -> bool {
    let start: String = text.chars().take(2000).collect::<String>().to_ascii_lowercase();
    let root = ["<rss", "<feed", "<rdf:rdf", "<urlset", "<sitemapindex"].iter().any(|root| start.contains(root));
    root && !start.contains("<html") && !start.contains("<body")
}

/// Reads a feed (RSS 2.0, RFC 4287, Media RSS): each entry is a section, its addresses are links.
pub fn xml(text: &str, out: &mut Collector) {
    let mut tokens = Tokenizer::new(text);
    tokens.cdata = true;
    let mut walker = Walker::new(out, false);
    let mut piece = String::new();
    let mut picture_type = false;
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) if piece.len() + text.len() <= MAX_PIECE => piece.push_str(&text),
            Token::Text(text) => walker.out.left_out(text.len()),
            Token::Start(tag) => {
                flush(&mut walker, "", &mut piece);
                picture_type = tag.name == "image";
                if matches!(&*tag.name, "item" | "entry" | "url") {
                    walker.stack.open(super::stack::name(&tag.name), true, true);
                }
                xml_element(&mut walker, &tag);
            }
            Token::End(name) => {
                let name = if picture_type && name == "url" { "image:loc" } else { &*name };
                flush(&mut walker, name, &mut piece);
                if matches!(name, "item" | "entry" | "url") {
                    walker.stack.close(super::stack::name(name));
                }
            }
            Token::Comment(_) => {}
        }
    }
    flush(&mut walker, "", &mut piece);
}

/// What an element of a feed says in its attributes.
fn xml_element(walker: &mut Walker, tag: &Tag) {
    let section = walker.stack.section();
    let address = ["url", "href", "src", "rdf:resource"].iter().find_map(|n| tag.get(n));
    let kind = tag.get("type").unwrap_or_default();
    if let Some(address) = address {
        let medium = tag.get("medium").is_some_and(|m| m == "image");
        let thumbnail = matches!(&*tag.name, "media:thumbnail" | "itunes:image");
        if kind.starts_with("image/") || medium || thumbnail || ends_like_picture(&address) {
            walker.out.picture(&address, section, None, true);
        } else if tag.name == "link" && !tag.get("rel").is_some_and(|r| matches!(&*r, "self" | "hub" | "edit")) {
            let next = tag.get("rel").is_some_and(|r| r == "next");
            let _ = walker.out.link(&address, section, next, false);
        } else {
            walker.out.address(&address, section);
        }
    }
    for name in ["title", "text", "label", "term"] {
        if let Some(value) = tag.get(name) {
            walker.out.block(&value, Place::Attribute, section);
        }
    }
}

/// An element's text is complete.
fn flush(walker: &mut Walker, element: &str, piece: &mut String) {
    let text = std::mem::take(piece);
    let text = text.trim();
    let section = walker.stack.section();
    if text.is_empty() {
        return;
    }
    match element {
        "image:loc" => walker.out.picture(text, section, None, true),
        "link" | "loc" | "comments" | "guid" | "id" if text.starts_with("http") => {
            if ends_like_picture(text) {
                walker.out.picture(text, section, None, true);
            } else if matches!(element, "link" | "loc") {
                let _ = walker.out.link(text, section, false, false);
            } else {
                walker.out.address(text, section);
            }
        }
        "title" if section == 0 && !has_tags(text) => walker.out.title(text, section),
        _ if has_tags(text) => walker.inner(text, false, true),
        _ => {
            // Entities are escaped twice where the text is HTML.
            let text = super::entity::decode(text, false);
            walker.out.text(&text, Place::Text, section, true);
            walker.out.end_block();
        }
    }
}

/// The text is JSON, as far as its first character tells.
pub fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Reads JSON: every string is a block, HTML inside strings is read as such.
pub fn json(text: &str, out: &mut Collector) {
    Walker::new(out, false).script(text, "json");
    out.count_data_as_seen();
}

/// Reads plain text: an empty line ends a block, written-out addresses are links.
pub fn plain(text: &str, out: &mut Collector) {
    let mut section = 0;
    for line in text.lines() {
        if line.trim().is_empty() {
            out.end_block();
            section += 1;
            continue;
        }
        out.text(line, Place::Text, section, true);
        for word in line.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | '[' | ']')) {
            let Some(at) = word.find("http://").or_else(|| word.find("https://")) else {
                continue;
            };
            let address = word.get(at..).unwrap_or("").trim_end_matches(['.', ',', ';', '\'', '!']);
            if !ends_like_picture(address) {
                let _ = out.link(address, section, false, false);
            }
        }
        out.line_break();
    }
    out.end_block();
}
