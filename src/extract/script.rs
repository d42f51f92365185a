//! What scripts and JSON hold: string literals, and picture addresses wherever they stand.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use percent_encoding::percent_decode_str;

use super::address::{MAX_ADDRESS, PICTURE_ENDINGS};

/// A `//` comment with a longer line is taken for something else.
const LONGEST_COMMENT: usize = 500;

/// The name that a value is given under stands so many bytes before it, or is none.
const LEAD: usize = 96;

/// A string literal.
pub struct Literal<'a> {
    /// Escapes resolved.
    pub text: String,
    /// The last property's name before it, as written.
    pub key: &'a str,
    /// The name that this very string is given under (`"a": "…"`, `a: "…"`, `x.a = "…"`); empty: none.
    pub name: &'a str,
}

/// What code is made of, as far as it matters here.
pub enum Piece<'a> {
    /// A string that is not a property's name.
    Text(Literal<'a>),
    /// `{` or `[`, and the name that it is given under.
    Open {
        /// `[`
        array: bool,
        /// See [`Literal::name`].
        name: &'a str,
    },
    /// `}` or `]`
    Close,
}

/// Calls `found` with every string literal of `code` (JSON, JavaScript) that is not a property's name, and with the
/// brackets around them, in order. Tolerant: what is no valid code gives what can be told apart. Linear in `code`.
pub fn pieces<'a>(code: &'a str, mut found: impl FnMut(Piece<'a>)) {
    let bytes = code.as_bytes();
    let mut at = 0;
    let mut key = "";
    let mut comments = true;
    while let Some(next) = bytes.get(at..).and_then(next_mark) {
        let mark = at + next;
        let rest = code.get(mark + 1..).unwrap_or("");
        let quote = match bytes.get(mark) {
            Some(b'/') => {
                at = mark + 1;
                match rest.as_bytes().first() {
                    // Longer lines are no comments but an address that is taken for one.
                    Some(b'/') => {
                        at += rest.as_bytes().get(..LONGEST_COMMENT.min(rest.len())).and_then(|line| memchr(b'\n', line)).unwrap_or(1)
                    }
                    Some(b'*') if comments => {
                        let end = memmem::find(rest.as_bytes(), b"*/");
                        comments = end.is_some();
                        at += end.map_or(1, |n| n + 2);
                    }
                    _ => {}
                }
                continue;
            }
            Some(open @ (b'{' | b'[')) => {
                at = mark + 1;
                found(Piece::Open { array: *open == b'[', name: given_as(code, mark, key) });
                continue;
            }
            Some(b'}' | b']') => {
                at = mark + 1;
                found(Piece::Close);
                continue;
            }
            Some(quote) => *quote,
            None => break,
        };
        let len = literal_length(rest.as_bytes(), quote);
        let raw = rest.get(..len).unwrap_or("");
        at = mark + 1 + len + 1;
        let after = bytes.get(at..).unwrap_or(&[]).iter().take(16).find(|b| !b.is_ascii_whitespace());
        if after == Some(&b':') && quote != b'`' {
            key = raw;
        } else {
            found(Piece::Text(Literal { text: unescape(raw), key, name: given_as(code, mark, key) }));
        }
    }
}

fn next_mark(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|b| matches!(b, b'"' | b'\'' | b'`' | b'/' | b'{' | b'}' | b'[' | b']'))
}

/// The name that what stands at `at` is given under; `key`: the last name in quotes before it.
fn given_as<'a>(code: &'a str, at: usize, key: &'a str) -> &'a str {
    let lead = code.get(code.ceil_char_boundary(at.saturating_sub(LEAD))..at).unwrap_or("").trim_end();
    if let Some(before) = lead.strip_suffix(':') {
        let before = before.trim_end();
        return if before.ends_with(['"', '\'']) { key } else { tail(before, |c| matches!(c, '_' | '$')) };
    }
    match lead.strip_suffix('=') {
        // Compared, not given.
        Some(before) if before.ends_with(['=', '!', '<', '>']) => "",
        Some(before) => tail(before.trim_end(), |c| matches!(c, '_' | '$' | '.' | '[' | ']' | '"' | '\'')),
        None => "",
    }
}

/// The letters, digits and `other` characters at the end of `text`.
fn tail(text: &str, other: impl Fn(char) -> bool) -> &str {
    let start = text.char_indices().rev().take_while(|(_, c)| c.is_alphanumeric() || other(*c)).last();
    start.and_then(|(at, _)| text.get(at..)).unwrap_or("")
}

/// Bytes up to the closing quote, or to the end of the line for a quote that may not span lines.
fn literal_length(bytes: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            b if *b == quote => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// `raw` with the escapes of JSON and JavaScript resolved (RFC 8259 section 7, ECMA-262 12.9.4).
pub fn unescape(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut high = None;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        if !before.is_empty() {
            high = None;
        }
        let mut chars = after.chars();
        let c = chars.next();
        rest = chars.as_str();
        let (digits, braces) = match c {
            // Not sought beyond: there may be a million of these, and no end to any.
            Some('u') if rest.starts_with('{') => (rest.bytes().take(9).position(|b| b == b'}').unwrap_or(0), true),
            Some('u') => (4, false),
            Some('x') => (2, false),
            _ => (0, false),
        };
        if digits > 0 {
            let hex = rest.get(usize::from(braces)..digits).unwrap_or("");
            if let Ok(value) = u32::from_str_radix(hex, 16) {
                rest = rest.get(digits + usize::from(braces)..).unwrap_or("");
                match (high.take(), value) {
                    (_, 0xD800..=0xDBFF) => high = Some(value),
                    (Some(first), 0xDC00..=0xDFFF) => {
                        out.extend(char::from_u32(0x10000 + ((first - 0xD800) << 10) + (value - 0xDC00)));
                    }
                    _ => out.push(char::from_u32(value).unwrap_or('\u{FFFD}')),
                }
                continue;
            }
        }
        high = None;
        match c {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b' | 'f' | 'v' | '\n') | None => {}
            Some(c) => out.push(c),
        }
    }
    out.push_str(rest);
    out
}

/// Calls `found` with every picture address in `text` that starts with a scheme, `//` or (if `rooted`) `/`,
/// escapes resolved, and every `data:image/…`. Linear in `text`.
pub fn pictures(text: &str, rooted: bool, mut found: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut past = 0;
    for dot in memchr::memchr_iter(b'.', bytes) {
        if dot < past {
            continue;
        }
        let Some(end) = ending(bytes, dot) else {
            continue;
        };
        let low = past.max(dot.saturating_sub(MAX_ADDRESS));
        let back = bytes.get(low..dot).unwrap_or(&[]).iter().rev().take_while(|b| !delimits(**b)).count();
        let mut stop = end;
        if matches!(bytes.get(end), Some(b'?')) {
            let query = bytes.get(end..).unwrap_or(&[]);
            stop = end + query.iter().take(MAX_ADDRESS).take_while(|b| !delimits(**b)).count();
        }
        past = stop;
        let Some(raw) = text.get(dot - back..stop) else {
            continue;
        };
        if let Some(address) = clean(raw, rooted) {
            found(&address);
        }
    }
    let mut past = 0;
    for at in memmem::find_iter(bytes, b"data:image") {
        if at < past {
            continue;
        }
        let rest = bytes.get(at..).unwrap_or(&[]);
        past = at + rest.iter().take_while(|b| !delimits(**b)).count();
        if let Some(raw) = text.get(at..past) {
            found(&unescape(raw));
        }
    }
}

/// Where the picture's file name that has its dot at `dot` ends.
fn ending(bytes: &[u8], dot: usize) -> Option<usize> {
    let rest = bytes.get(dot + 1..)?;
    let len = rest.iter().take(6).take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = rest.get(..len)?;
    PICTURE_ENDINGS.iter().any(|e| name.eq_ignore_ascii_case(e.as_bytes())).then_some(dot + 1 + len)
}

fn delimits(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'(' | b')' | b'<' | b'>' | b'{' | b'}' | b'[' | b']' | b'|' | b'^')
}

/// The address in `raw`, without escapes and what stands before its scheme; `None` where there is none.
fn clean(raw: &str, rooted: bool) -> Option<Cow<'_, str>> {
    let mut text = Cow::Borrowed(raw);
    if text.contains('\\') {
        // Twice: data in a script is often JSON in a string.
        text = Cow::Owned(unescape(&unescape(&text)).replace('\\', ""));
    }
    if text.contains("&amp;") {
        text = Cow::Owned(text.replace("&amp;", "&"));
    }
    if text.contains("%3A%2F%2F") {
        text = Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned());
    }
    // The last one: `url=https://…/a.jpg` and `/resize/https://…/a.jpg` lead to the picture itself.
    let start = ["https://", "http://"].iter().filter_map(|scheme| text.rfind(scheme)).max();
    if let Some(start) = start {
        return text.get(start..).map(|t| Cow::Owned(t.to_owned()));
    }
    // `bg:/a.jpg`, `src=//host:80/a.jpg`: what stands before is no part of it.
    let start = match text.starts_with('/') {
        true => 0,
        false => [":/", "=/", ",/", ";/"].iter().filter_map(|mark| text.find(mark)).min()? + 1,
    };
    let text = text.get(start..)?;
    let host = text.strip_prefix("//").is_some_and(|t| t.starts_with(|c: char| c.is_ascii_alphanumeric()));
    let root = rooted && text.starts_with('/') && !text.starts_with("//");
    (host || root).then(|| Cow::Owned(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_literals() {
        let code = r#"// don't
            var a = {"name": "Ren\u00e9e \"X\" Hartwell", 'b': 'it\'s', c: `x
            y`}; /* "no" */ a.push("\ud83d\ude00 \x41 \u{e9}", "open
            b = "next";"#;
        let mut got = Vec::new();
        pieces(code, |piece| {
            if let Piece::Text(l) = piece {
                got.push((l.key, l.text));
            }
        });
        let texts: Vec<_> = got.iter().map(|(_, t)| t.as_str()).collect();
        assert_eq!(texts, ["Renée \"X\" Hartwell", "it's", "x\n            y", "😀 A é", "open", "next"]);
        assert_eq!(got.first().map(|g| g.0), Some("name"));
    }

    #[test]
    fn names_that_strings_are_given_under() {
        let code = r#"{"a" : "1", b:'2', "c":["3"]}; x.d = '4'; y["e"]='5'; if (f == "6" || g("7")) {}; "#;
        let mut got = Vec::new();
        pieces(code, |piece| match piece {
            Piece::Text(l) => got.push(format!("{}={}", l.name, l.text)),
            Piece::Open { name, .. } => got.push(format!("{name}(")),
            Piece::Close => got.push(")".to_owned()),
        });
        assert_eq!(got, ["(", "a=1", "b=2", "c(", "=3", ")", ")", "x.d=4", "(", "=e", ")", "y[\"e\"]=5", "=6", "=7", "(", ")"]);
    }

    #[test]
    fn picture_addresses() {
        for (text, want) in [
            (r#"{"full":"https:\/\/c\/a.jpg?w=640\u0026v=1","w":1}"#, vec!["https://c/a.jpg?w=640&v=1"]),
            (r#"x='//cdn.x/a.webp', y="/img/b.PNG", z="c.jpg""#, vec!["//cdn.x/a.webp", "/img/b.PNG"]),
            (r#""{\"u\":\"http:\\\/\\\/c\\\/a.gif\"}""#, vec!["http://c/a.gif"]),
            ("a.jpga b.jpg.html http://x/a.jpg/view", vec!["http://x/a.jpg"]),
            ("see http://x/1.jpg, http://x/2.jpg.", vec!["http://x/1.jpg", "http://x/2.jpg"]),
            (r#"["\/\/c.x:80\/a.jpg",url=/b.jpg,/c.jpg]"#, vec!["//c.x:80/a.jpg", "/b.jpg", "/c.jpg"]),
            ("?url=https%3A%2F%2Fx%2Fa.jpg&w=3", vec!["https://x/a.jpg"]),
            ("i='data:image/gif;base64,R0lGODlh'", vec!["data:image/gif;base64,R0lGODlh"]),
        ] {
            let mut got = Vec::new();
            pictures(text, true, |address| got.push(address.to_owned()));
            assert_eq!(got, want, "{text}");
        }
    }
}
