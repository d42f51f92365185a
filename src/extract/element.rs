//! What one element's attributes hold: pictures in all the ways they are named, words, addresses.

use super::address::{MAX_ADDRESS, ends_like_picture};
use super::html::Walker;
use super::token::{Tag, has_tags};
use super::{css, script, srcset};
use crate::model::Place;

/// Pictures whose width and height are both declared below this are decoration.
const SMALL: f64 = 64.0;

/// Longer values of `data-…` attributes are no captions.
const MAX_CAPTION: usize = 4000;

/// Attributes that lazy loaders, galleries and forums keep a picture's address in.
const LAZY: [&str; 34] = [
    "data-src",
    "data-original",
    "data-lazy",
    "data-lazy-src",
    "data-lazyload",
    "data-full",
    "data-full-url",
    "data-fullsrc",
    "data-full-src",
    "data-url",
    "data-image",
    "data-img",
    "data-large",
    "data-large-src",
    "data-large-image",
    "data-large_image",
    "data-large-file",
    "data-medium-file",
    "data-orig-file",
    "data-orig",
    "data-zoom",
    "data-zoom-image",
    "data-zoom-src",
    "data-hi-res",
    "data-hires",
    "data-hi-res-src",
    "data-thumb",
    "data-actualsrc",
    "data-echo",
    "data-cfsrc",
    "data-highres",
    "data-preview",
    "file",
    "zoomfile",
];

/// Attributes that hold a background or a video's picture, on any element.
const BACKGROUNDS: [&str; 8] =
    ["background", "data-bg", "data-background", "data-background-image", "data-bg-src", "data-bgset", "data-poster", "poster"];

/// Attributes that hold neither words nor pictures.
const DULL: [&str; 20] = [
    "class",
    "id",
    "name",
    "rel",
    "type",
    "width",
    "height",
    "lang",
    "dir",
    "target",
    "role",
    "sizes",
    "media",
    "loading",
    "method",
    "for",
    "d",
    "viewbox",
    "integrity",
    "nonce",
];

/// The value can be an address: one word with a path or a picture's ending.
fn can_be_address(value: &str) -> bool {
    let value = value.trim();
    value.len() <= MAX_ADDRESS
        && (value.contains('/') || ends_like_picture(value))
        && !value.contains(['<', '>', '{', '}', '"', '|', '\n'])
        && !value.ends_with('/')
}

fn pixels(value: &str) -> Option<f64> {
    value.trim().trim_end_matches("px").trim().parse().ok().filter(|n: &f64| n.is_finite())
}

fn is_small(tag: &Tag) -> bool {
    let below = |name| tag.get(name).and_then(|v| pixels(&v)).is_some_and(|n| n < SMALL);
    // A style overrules the attributes.
    below("width") && below("height") && !tag.get("style").is_some_and(|s| s.contains("width") || s.contains("height"))
}

/// A value without spaces holds a word: a handle, a slug, but no number, hash or packed data.
fn has_words(value: &str) -> bool {
    let plain = |run: &str| {
        let letters = run.chars().filter(|c| c.is_alphabetic()).take(4).count();
        let ascii = run.is_ascii();
        let changes = run.as_bytes().windows(2).filter(|w| matches!(w, [a, b] if a.is_ascii_digit() != b.is_ascii_digit())).count();
        let hash = run.len() >= 16 && (changes >= 4 || (changes > 0 && run.bytes().all(|b| b.is_ascii_hexdigit())));
        (letters > 3 || (letters > 1 && !ascii)) && !(ascii && (hash || run.len() >= 48))
    };
    // A short word may be a part of a name: `an-li`.
    let short = value.split(['-', '_', '.']).filter(|w| w.len() > 1 && w.bytes().all(|b| b.is_ascii_alphabetic())).count() > 1;
    short || value.split(|c: char| !c.is_alphanumeric()).any(plain) && !matches!(value, "true" | "false")
}

impl Walker<'_, '_> {
    fn found(&mut self, address: &str) {
        let (section, leads_to, shown) = (self.stack.section(), self.leads_to(), self.is_shown());
        self.out.picture(address, section, leads_to, shown);
    }

    fn found_largest(&mut self, candidates: &str) {
        if let Some(address) = srcset::largest(candidates) {
            self.found(address);
        }
    }

    pub(super) fn link_to(&mut self, address: &str, next: bool) {
        let (section, quiet) = (self.stack.section(), !self.is_followed());
        let _ = self.out.link(address, section, next, quiet);
    }

    /// Everything that the attributes of a start tag tell.
    pub(super) fn element(&mut self, tag: &Tag) {
        let section = self.stack.section();
        match &*tag.name {
            "meta" => return self.meta(tag),
            "link" => return self.link_element(tag),
            "base" => {
                if let Some(href) = tag.get("href").filter(|_| self.is_shown()) {
                    self.out.base(&href);
                }
                return;
            }
            "a" | "area" => {
                if let Some(href) = tag.get("href").filter(|v| ends_like_picture(v)) {
                    self.out.picture(&href, section, None, self.is_shown());
                }
            }
            "iframe" | "frame" => {
                if let Some(src) = tag.get("src") {
                    self.link_to(&src, false);
                }
            }
            _ => {}
        }
        let picture = match &*tag.name {
            "img" | "image" | "amp-img" | "amp-anim" | "source" => true,
            "input" => tag.get("type").is_some_and(|t| t.eq_ignore_ascii_case("image")),
            _ => false,
        };
        if picture {
            self.source(tag);
        }
        for attr in &tag.attrs {
            if !DULL.contains(&&*attr.name) {
                self.attribute(tag, &attr.name, &attr.value(), picture);
            }
        }
    }

    /// The plain address of an element that shows a picture.
    fn source(&mut self, tag: &Tag) {
        let better = tag.attrs.iter().any(|a| a.name.ends_with("srcset") || (LAZY.contains(&&*a.name) && can_be_address(&a.value())));
        if is_small(tag) && !better {
            return;
        }
        let name = if tag.name == "image" && !tag.has("src") { if tag.has("href") { "href" } else { "xlink:href" } } else { "src" };
        if let Some(address) = tag.get(name)
            // A `source` of a video is no picture.
            && (tag.name != "source" || ends_like_picture(&address))
        {
            self.found(&address);
        }
    }

    fn attribute(&mut self, tag: &Tag, name: &str, value: &str, picture: bool) {
        let section = self.stack.section();
        if value.trim().is_empty() {
            return;
        }
        match name {
            "alt"
            | "title"
            | "placeholder"
            | "label"
            | "summary"
            | "download"
            | "abbr"
            | "aria-label"
            | "aria-description"
            | "aria-placeholder"
            | "aria-valuetext"
            | "aria-roledescription" => {
                self.out.block(value, Place::Attribute, section);
            }
            "style" => {
                let (leads_to, shown) = (self.leads_to(), self.is_shown());
                css::pictures(value, |address| self.out.picture(address, section, leads_to, shown));
            }
            "src" | "data" if matches!(&*tag.name, "object" | "embed") => {
                if tag.brief("type").is_some_and(|t| t.starts_with("image/")) || ends_like_picture(value) {
                    self.found(value);
                } else {
                    self.out.address(value, section);
                }
            }
            "src" if tag.name == "script" || picture => {}
            "src" => self.out.address(value, section),
            "href" | "xlink:href" => {}
            "srcdoc" => self.inner(value, false, true),
            "value" if matches!(&*tag.name, "input" | "button" | "option" | "data") => {
                self.out.block(value, Place::Form, section);
                self.out.written_pictures(value, section);
            }
            "value" if value.chars().any(char::is_alphabetic) => self.out.block(value, Place::Form, section),
            "action" | "formaction" | "cite" => self.out.address(value, section),
            "content" => {
                self.out.block(value, Place::Data, section);
                if ends_like_picture(value) || tag.brief("itemprop").is_some_and(|p| p.to_ascii_lowercase().contains("image")) {
                    self.found(value);
                }
            }
            _ if name.ends_with("srcset") => self.found_largest(value),
            _ if name.starts_with("on") => {
                script::pictures(value, true, |address| self.out.picture(address, section, None, true));
            }
            _ if BACKGROUNDS.contains(&name) && value.contains('(') => {
                css::pictures(value, |address| self.out.picture(address, section, None, true));
            }
            _ if BACKGROUNDS.contains(&name) && can_be_address(value) => self.found(value),
            _ if picture && name != "data-url" && LAZY.contains(&name) && can_be_address(value) => self.found(value),
            // The attributes of an element that the page made up are the page's own too.
            _ => self.any_attribute(value, name.starts_with("data-") || tag.name.contains('-')),
        }
    }

    /// An attribute that nobody told us about.
    fn any_attribute(&mut self, value: &str, own: bool) {
        let section = self.stack.section();
        let value = value.trim();
        let compound = value.contains(['{', '[', '<', ',', ';', '|', '\n']);
        if compound {
            script::pictures(value, true, |address| self.out.picture(address, section, None, true));
        } else if ends_like_picture(value) && can_be_address(value) && (own || value.contains('/')) {
            return self.found(value);
        }
        if !own || value.len() > MAX_ADDRESS.max(MAX_CAPTION) {
            return;
        }
        let spaced = value.contains(char::is_whitespace);
        if value.starts_with(['{', '[']) && value.contains(['"', '\'']) {
            self.script(value, "json");
        } else if !spaced && (value.starts_with('/') || value.starts_with("http://") || value.starts_with("https://")) {
            self.out.address(value, section);
        } else if value.len() > MAX_CAPTION || !(if spaced { value.chars().any(char::is_alphabetic) } else { has_words(value) }) {
            // Data of the page's own scripts.
        } else if spaced && has_tags(value) {
            self.inner(value, true, false);
        } else {
            self.out.block(value, Place::Attribute, section);
        }
    }
}
