//! Walks the tokens of an HTML page: what is text, where a block ends, which section it belongs to, what a link
//! holds. Pictures and attributes are next door, in `element`.

use std::borrow::Cow;

use super::collect::Collector;
use super::names::{has_next, is_block, is_concealed, is_picture_key, is_section, is_void, says_next};
use super::objects::{self, Objects};
use super::people::Fields;
use super::stack::{self, Stack, name};
use super::token::{Tag, Token, Tokenizer, has_tags};
use super::{css, entity, script};
use crate::model::Place;

/// HTML inside HTML (`noscript`, `srcdoc`, comments, strings in scripts) is read so deep.
const MAX_NESTED: u8 = 2;

/// A link's text matters so far: to tell "next" and numbers.
const LINK_TEXT: usize = 40;

/// Longer strings of a program are data of its own, not words.
const MAX_LITERAL: usize = 64 * 1024;

/// The `a` that is open.
struct Anchor {
    link: Option<usize>,
    depth: usize,
    next: bool,
    text: String,
}

/// The outermost open element that is not displayed.
struct Concealed {
    depth: usize,
    /// The text that goes on behind it: `Re<i hidden>x</i>née` is read as one name.
    around: Option<usize>,
}

/// What is known while a page is read.
pub struct Walker<'c, 's> {
    pub(super) out: &'c mut Collector<'s>,
    pub(super) stack: Stack,
    anchor: Option<Anchor>,
    concealed: Option<Concealed>,
    nested: u8,
    /// Nothing of this is shown: a comment, a string.
    hidden: bool,
    /// Links may be followed.
    follow: bool,
    /// Shown only where scripts do not run.
    unseen: bool,
    xml: bool,
    pub(super) fields: Fields,
}

impl<'c, 's> Walker<'c, 's> {
    /// Starts a page. `xml`: as XHTML, where `<p/>` is empty.
    pub fn new(out: &'c mut Collector<'s>, xml: bool) -> Self {
        let stack = Stack::default();
        let fields = Fields::default();
        Self { out, stack, anchor: None, concealed: None, nested: 0, hidden: false, follow: true, unseen: false, xml, fields }
    }

    /// Reads one text as HTML.
    pub fn run(&mut self, text: &str) {
        let mut tokens = Tokenizer::new(text);
        while let Some(token) = tokens.next() {
            match token {
                Token::Text(text) => self.text(&text),
                Token::Start(tag) => self.start(&tag, &mut tokens),
                Token::End(name) => self.end(&name),
                Token::Comment(text) => self.comment(text),
            }
            tokens.cdata = self.xml || self.is_foreign();
        }
        self.out.end_block();
        self.end_fields();
    }

    /// Reads HTML that stands inside the page: `hidden` where nobody sees it, `follow` where its links count.
    pub(super) fn inner(&mut self, text: &str, hidden: bool, follow: bool) {
        if self.nested >= MAX_NESTED {
            self.out.left_out(text.len());
            return;
        }
        let before = (self.hidden, self.follow);
        self.nested += 1;
        self.hidden |= hidden;
        self.follow &= follow;
        let concealed = self.concealed.take();
        self.hidden |= concealed.is_some();
        let floor = self.stack.raise();
        // The text around it goes on afterwards as if nothing stood here.
        let around = self.out.set_aside();
        let fields = std::mem::take(&mut self.fields);
        self.run(text);
        self.fields = fields;
        self.out.resume(around);
        self.stack.lower(floor);
        self.concealed = concealed;
        (self.hidden, self.follow) = before;
        self.nested -= 1;
    }

    /// The link around what comes next.
    pub(super) fn leads_to(&self) -> Option<usize> {
        self.anchor.as_ref().and_then(|a| a.link)
    }

    /// A reader sees what stands here.
    pub(super) fn is_shown(&self) -> bool {
        !self.hidden
    }

    /// Links that stand here may be followed.
    pub(super) fn is_followed(&self) -> bool {
        self.follow
    }

    fn is_foreign(&self) -> bool {
        self.stack.is_open(name("svg")) || self.stack.is_open(name("math"))
    }

    fn place(&self) -> Place {
        if self.hidden || self.concealed.is_some() || self.stack.is_open(name("template")) {
            Place::Data
        } else if self.stack.is_open(name("option")) {
            Place::Form
        } else {
            Place::Text
        }
    }

    fn text(&mut self, text: &str) {
        let place = self.place();
        let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) };
        let seen = place == Place::Text && !self.unseen;
        self.out.text(&text, place, self.stack.section(), seen);
        self.fields.text(&text);
        if let Some(anchor) = self.anchor.as_mut() {
            let room = LINK_TEXT.saturating_sub(anchor.text.chars().count());
            anchor.text.extend(text.chars().take(room));
        }
    }

    fn comment(&mut self, text: &str) {
        if has_tags(text) {
            self.inner(text, true, false);
        } else if text.chars().any(char::is_alphabetic) {
            let section = self.stack.section();
            self.out.block(text, Place::Data, section);
            script::pictures(text, true, |address| self.out.picture(address, section, None, false));
        }
    }

    fn start(&mut self, tag: &Tag, tokens: &mut Tokenizer) {
        if tag.left_out > 0 {
            self.out.left_out(tag.left_out);
        }
        let id = name(&tag.name);
        let block = is_block(&tag.name);
        if block {
            self.out.end_block();
            self.fields_before(&tag.name);
        }
        let empty = is_void(&tag.name) || (tag.self_closing && (self.xml || self.is_foreign()));
        if !empty {
            self.stack.open(id, is_section(tag), block);
            self.check_depth();
            if self.concealed.is_none() && is_concealed(tag) {
                self.concealed = Some(Concealed { depth: self.stack.depth(), around: self.out.set_aside() });
            }
        }
        match &*tag.name {
            "br" => self.out.line_break(),
            "a" | "area" => self.anchor(tag),
            _ => {}
        }
        self.fields_of(tag, empty);
        self.element(tag);
        if !empty {
            self.raw(tag, tokens);
        }
    }

    /// Elements whose content is no HTML (WHATWG HTML 13.2.6: the tree builder switches the tokenizer).
    fn raw(&mut self, tag: &Tag, tokens: &mut Tokenizer) {
        let section = self.stack.section();
        match &*tag.name {
            "script" => {
                let kind = tag.get("type").unwrap_or_default().to_ascii_lowercase();
                let code = tokens.script();
                self.script(code, &kind);
            }
            "style" => {
                let sheet = tokens.raw_text("style");
                let shown = self.is_shown();
                css::pictures(sheet, |address| self.out.picture(address, section, None, shown));
            }
            "title" if !self.is_foreign() => {
                let text = entity::decode(tokens.raw_text("title"), false);
                if self.hidden { self.out.block(&text, Place::Data, section) } else { self.out.title(&text, section) }
            }
            "textarea" => {
                let text = entity::decode(tokens.raw_text("textarea"), false);
                self.field_value(&text);
                self.out.block(&text, Place::Form, section);
                self.out.written_pictures(&text, section);
            }
            "noscript" => {
                let text = tokens.raw_text("noscript");
                let before = std::mem::replace(&mut self.unseen, true);
                self.inner(text, false, true);
                self.unseen = before;
            }
            raw @ ("iframe" | "noembed" | "noframes") => {
                let text = tokens.raw_text(raw);
                if !text.trim().is_empty() {
                    self.inner(text, true, true);
                }
            }
            "xmp" => self.text(tokens.raw_text("xmp")),
            "plaintext" => self.text(tokens.rest()),
            _ => {}
        }
    }

    /// What a script holds. `kind`: its `type`, in lower case.
    pub fn script(&mut self, code: &str, kind: &str) {
        if ["template", "html", "handlebars", "mustache"].iter().any(|k| kind.contains(k)) {
            return self.inner(code, true, false);
        }
        let section = self.stack.section();
        let json = kind.contains("json");
        let mut objects = Objects::default();
        let mut names = Vec::new();
        script::pieces(code, |piece| {
            objects.read(&piece, &mut |name| names.push(name));
            names.drain(..).for_each(|name: String| self.out.block(&name, Place::Data, section));
            let script::Piece::Text(literal) = piece else { return };
            let mut text = Cow::Borrowed(literal.text.trim());
            if objects::is_data(&text) {
                objects::names(&text, &mut |name| self.out.block(&name, Place::Data, section));
                // Data in a string is escaped twice.
                if text.contains("\\u") || text.contains("\\x") {
                    text = Cow::Owned(script::unescape(&text));
                }
            }
            let text = &*text;
            let words = text.len() > 2 && text.contains(' ') && text.chars().any(char::is_alphabetic);
            if json && is_picture_key(literal.key) && (text.starts_with("http") || text.starts_with('/')) {
                self.out.picture(text, section, None, false);
            }
            if json && text.starts_with("http") {
                self.out.address(text, section);
            } else if has_tags(text) && (json || words) {
                self.inner(text, true, json);
            } else if json || (words && text.len() <= MAX_LITERAL) {
                self.out.block(text, Place::Data, section);
            }
        });
        objects.finish(&mut |name| self.out.block(&name, Place::Data, section));
        script::pictures(code, true, |address| self.out.picture(address, section, None, false));
    }

    fn anchor(&mut self, tag: &Tag) {
        self.end_anchor();
        let Some(href) = tag.get("href") else { return };
        let next = ["rel", "class"].iter().filter_map(|n| tag.get(n)).any(|v| has_next(&v))
            || ["title", "aria-label"].iter().filter_map(|n| tag.get(n)).any(|v| says_next(&v));
        let link = self.out.link(&href, self.stack.section(), next, !self.follow);
        if tag.name == "a" {
            self.anchor = Some(Anchor { link, depth: self.stack.depth(), next, text: String::new() });
        }
    }

    fn end_anchor(&mut self) {
        let Some(anchor) = self.anchor.take() else {
            return;
        };
        let text = anchor.text.trim();
        let number = text.parse().ok().filter(|_| text.len() <= 4);
        if let Some(link) = anchor.link {
            self.out.describe_link(link, anchor.next || says_next(text), number);
        }
    }

    /// Elements were closed: a link without an end tag ends with the element that holds it.
    fn check_depth(&mut self) {
        if let Some(concealed) = self.concealed.take_if(|c| self.stack.depth() < c.depth) {
            self.out.resume(concealed.around);
        }
        if self.anchor.as_ref().is_some_and(|a| self.stack.depth() < a.depth) {
            self.end_anchor();
        }
    }

    fn end(&mut self, element: &str) {
        if is_block(element) {
            self.out.end_block();
            self.fields_behind(element);
        }
        match element {
            "a" => self.end_anchor(),
            "br" => self.out.line_break(),
            _ => {}
        }
        if !is_void(element) {
            self.stack.close(stack::name(element));
            self.check_depth();
            self.fields_above(self.stack.depth());
        }
    }
}
