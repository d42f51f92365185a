//! Cuts HTML into tags, text and comments as the tokenizer of WHATWG HTML 13.2.5 does.
//!
//! Why not html5ever's: it looks for duplicates among all attributes of a tag, which takes minutes on a
//! tag with a million of them. This one borrows from the page, takes time linear in it whatever it holds,
//! and a test compares it with html5ever's. It keeps duplicate attributes (the first one counts).

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};

use super::entity;

/// So many attributes of a tag are kept.
const MAX_ATTRIBUTES: usize = 256;

/// See [`Tag::brief`].
const MAX_BRIEF: usize = 256;

/// One attribute of a start tag.
#[derive(Debug)]
pub struct Attr<'a> {
    /// In lower case.
    pub name: Cow<'a, str>,
    raw: &'a str,
}

impl<'a> Attr<'a> {
    /// The value, character references resolved.
    pub fn value(&self) -> Cow<'a, str> {
        entity::decode(self.raw, true)
    }
}

/// A start tag.
#[derive(Debug)]
pub struct Tag<'a> {
    /// In lower case.
    pub name: Cow<'a, str>,
    /// In order, duplicates included.
    pub attrs: Vec<Attr<'a>>,
    /// Ends with `/>`.
    pub self_closing: bool,
    /// Bytes of attributes that were too many to keep.
    pub left_out: usize,
}

impl<'a> Tag<'a> {
    /// The value of the first attribute of that name (given in lower case).
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attrs.iter().find(|a| a.name == name).map(Attr::value)
    }

    /// As [`Tag::get`], of a value that is no longer than a few words: may be asked again for each attribute.
    pub fn brief(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attrs.iter().find(|a| a.name == name).filter(|a| a.raw.len() <= MAX_BRIEF).map(Attr::value)
    }

    /// The tag has that attribute.
    pub fn has(&self, name: &str) -> bool {
        self.attrs.iter().any(|a| a.name == name)
    }
}

/// A piece of a page.
#[derive(Debug)]
pub enum Token<'a> {
    /// Characters, references resolved.
    Text(Cow<'a, str>),
    /// `<name …>`
    Start(Tag<'a>),
    /// `</name>`, in lower case.
    End(Cow<'a, str>),
    /// What stands inside `<!-- -->` and in what counts as a comment.
    Comment(&'a str),
}

/// Gives the pieces of one text, front to back.
pub struct Tokenizer<'a> {
    text: &'a str,
    at: usize,
    /// `<![CDATA[` is known: in XML and inside `svg` and `math`.
    pub cdata: bool,
}

impl<'a> Tokenizer<'a> {
    /// Starts at the front of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, cdata: false }
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or("")
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn bytes_from(&self, at: usize) -> &'a [u8] {
        self.text.as_bytes().get(at..).unwrap_or(&[])
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a str {
        let rest = self.slice(self.at, self.text.len());
        self.at = self.text.len();
        rest
    }

    /// The next piece; `None` at the end.
    pub fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let start = self.at;
            let open = self.markup_from(start);
            if open > start {
                self.at = open;
                return Some(Token::Text(entity::decode(self.slice(start, open), false)));
            }
            match self.byte(open + 1)? {
                b'/' => match self.byte(open + 2) {
                    Some(b'>') => self.at = open + 3,
                    Some(b) if b.is_ascii_alphabetic() => {
                        return self.tag(open + 2).map(|tag| Token::End(tag.name));
                    }
                    _ => return Some(self.bogus_comment(open + 2)),
                },
                b'!' => match self.declaration(open + 2) {
                    Some(token) => return Some(token),
                    None => continue,
                },
                b'?' => return Some(self.bogus_comment(open + 1)),
                _ => return self.tag(open + 1).map(Token::Start),
            }
        }
    }

    /// Where the next `<` is that opens something; the end of the text if none does.
    fn markup_from(&self, mut from: usize) -> usize {
        while let Some(found) = memchr(b'<', self.bytes_from(from)) {
            let open = from + found;
            let after = self.byte(open + 1);
            let opens = match after {
                Some(b'/') => self.byte(open + 2).is_some(),
                Some(b) => b.is_ascii_alphabetic() || b == b'!' || b == b'?',
                None => false,
            };
            if opens {
                return open;
            }
            from = open + 1;
        }
        self.text.len()
    }

    /// From `from` to the next `>`.
    fn bogus_comment(&mut self, from: usize) -> Token<'a> {
        let end = memchr(b'>', self.bytes_from(from)).map_or(self.text.len(), |n| from + n);
        self.at = (end + 1).min(self.text.len());
        Token::Comment(self.slice(from, end))
    }

    /// What follows `<!`; `None` for a doctype, which says nothing to us.
    fn declaration(&mut self, from: usize) -> Option<Token<'a>> {
        let rest = self.bytes_from(from);
        if rest.starts_with(b"--") {
            return Some(self.comment(from + 2));
        }
        if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"doctype")) {
            self.bogus_comment(from);
            return None;
        }
        if self.cdata && rest.starts_with(b"[CDATA[") {
            let from = from + 7;
            let end = memmem::find(self.bytes_from(from), b"]]>").map_or(self.text.len(), |n| from + n);
            self.at = (end + 3).min(self.text.len());
            return Some(Token::Text(Cow::Borrowed(self.slice(from, end))));
        }
        Some(self.bogus_comment(from))
    }

    /// What follows `<!--`.
    fn comment(&mut self, from: usize) -> Token<'a> {
        for abrupt in [">", "->"] {
            if self.bytes_from(from).starts_with(abrupt.as_bytes()) {
                self.at = from + abrupt.len();
                return Token::Comment("");
            }
        }
        let mut look = from;
        while let Some(found) = memchr(b'-', self.bytes_from(look)) {
            let dash = look + found;
            let rest = self.bytes_from(dash);
            if let Some(end) = ["-->", "--!>"].iter().find(|end| rest.starts_with(end.as_bytes())) {
                self.at = dash + end.len();
                return Token::Comment(self.slice(from, dash));
            }
            look = dash + 1;
        }
        self.at = self.text.len();
        let rest = self.slice(from, self.text.len());
        let begun = ["--!", "--", "-"].iter().find_map(|end| rest.strip_suffix(end));
        Token::Comment(begun.unwrap_or(rest))
    }

    /// A tag whose name starts at `from`; `None` where the page ends inside it: then it is no tag.
    fn tag(&mut self, from: usize) -> Option<Tag<'a>> {
        let mut at = from + self.bytes_from(from).iter().take_while(|b| !ends_name(**b)).count();
        let mut tag = Tag { name: lower(self.slice(from, at)), attrs: Vec::new(), self_closing: false, left_out: 0 };
        loop {
            at = self.skip_space(at);
            match self.byte(at) {
                None => {
                    self.at = self.text.len();
                    return None;
                }
                Some(b'>') => {
                    self.at = at + 1;
                    return Some(tag);
                }
                Some(b'/') => {
                    tag.self_closing = self.byte(at + 1) == Some(b'>');
                    at += 1;
                }
                Some(_) => {
                    let (attr, end) = self.attribute(at);
                    if tag.attrs.len() < MAX_ATTRIBUTES {
                        tag.attrs.push(attr);
                    } else {
                        tag.left_out += end - at;
                    }
                    at = end;
                }
            }
        }
    }

    /// The attribute that starts at `from`, and where it ends.
    fn attribute(&self, from: usize) -> (Attr<'a>, usize) {
        // A leading `=` is part of the name.
        let name = self.bytes_from(from + 1).iter().take_while(|b| !ends_name(**b) && **b != b'=').count();
        let end = from + 1 + name;
        let name = lower(self.slice(from, end));
        let equals = self.skip_space(end);
        if self.byte(equals) != Some(b'=') {
            return (Attr { name, raw: "" }, end);
        }
        let from = self.skip_space(equals + 1);
        let (from, to, after) = match self.byte(from) {
            Some(quote @ (b'"' | b'\'')) => {
                let from = from + 1;
                match memchr(quote, self.bytes_from(from)) {
                    Some(len) => (from, from + len, from + len + 1),
                    None => (from, from, self.text.len()),
                }
            }
            _ => {
                let rest = self.bytes_from(from);
                let len = rest.iter().take_while(|b| !is_space(**b) && **b != b'>').count();
                (from, from + len, from + len)
            }
        };
        (Attr { name, raw: self.slice(from, to) }, after)
    }

    fn skip_space(&self, from: usize) -> usize {
        from + self.bytes_from(from).iter().take_while(|b| is_space(**b)).count()
    }

    /// Everything up to `</name` (raw text, 13.2.5.3 and the next); the end tag comes next.
    pub fn raw_text(&mut self, name: &str) -> &'a str {
        let from = self.at;
        let mut look = from;
        while let Some(found) = memmem::find(self.bytes_from(look), b"</") {
            let open = look + found;
            if self.names(open + 2, name) {
                self.at = open;
                return self.slice(from, open);
            }
            look = open + 2;
        }
        self.rest()
    }

    /// The text of a `script` element, whose end `<!-- <script>` hides (13.2.5.4, 13.2.5.15 to 31).
    pub fn script(&mut self) -> &'a str {
        let from = self.at;
        let mut look = from;
        let (mut escaped, mut doubly) = (false, false);
        while let Some(found) = memchr2(b'<', b'-', self.bytes_from(look)) {
            let at = look + found;
            let rest = self.bytes_from(at);
            look = at + 1;
            if rest.starts_with(b"-->") {
                (escaped, doubly) = (false, false);
            } else if !escaped && rest.starts_with(b"<!--") {
                escaped = true;
                // `<!-->` closes at once: the dashes are looked at again.
                look = at + 2;
            } else if rest.starts_with(b"</") && self.names(at + 2, "script") {
                if !doubly {
                    self.at = at;
                    return self.slice(from, at);
                }
                doubly = false;
            } else if escaped && rest.starts_with(b"<") && self.names(at + 1, "script") {
                doubly = true;
            }
        }
        self.rest()
    }

    /// `name` and an end of a tag's name stand at `at`.
    fn names(&self, at: usize, name: &str) -> bool {
        let rest = self.bytes_from(at);
        rest.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
            && rest.get(name.len()).is_some_and(|b| ends_name(*b))
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0C | b'\r')
}

fn ends_name(byte: u8) -> bool {
    is_space(byte) || byte == b'/' || byte == b'>'
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) }
}

/// `text` holds something that looks like a tag.
pub fn has_tags(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes).any(|at| bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/'))
        && memchr(b'>', bytes).is_some()
}
