//! Picture addresses in style sheets and `style` attributes: `url(…)`, `image-set("…")`, custom properties.

use memchr::memmem;

use super::address::{ends_like_other_file, ends_like_picture};

/// Calls `found` with every address in `css` that can be a picture's: of every `url()` that is not a font,
/// a style sheet or an import, and of every string that ends like a picture. Linear in `css`.
pub fn pictures(css: &str, mut found: impl FnMut(&str)) {
    let bytes = css.as_bytes();
    let mut at = 0;
    let mut comments = true;
    while let Some(next) = bytes.get(at..).and_then(next_mark) {
        let mark = at + next;
        let Some(before) = bytes.get(..mark) else {
            break;
        };
        let after = css.get(mark + 1..).unwrap_or("");
        match bytes.get(mark) {
            Some(b'/') => {
                at = mark + 1;
                if comments && after.starts_with('*') {
                    match memmem::find(after.as_bytes(), b"*/") {
                        Some(end) => at = mark + 1 + end + 2,
                        // A comment without an end: what it holds is read all the same.
                        None => comments = false,
                    }
                }
            }
            Some(b'(') => {
                at = mark + 1;
                let call = before.len().checked_sub(3).and_then(|n| before.get(n..));
                if !call.is_some_and(|name| name.eq_ignore_ascii_case(b"url")) {
                    continue;
                }
                let space = after.len() - after.trim_start().len();
                let inner = after.get(space..).unwrap_or("");
                at += space;
                let (text, used) = match inner.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        let (text, used) = string(inner.get(1..).unwrap_or(""), quote);
                        (text, used + 1)
                    }
                    _ => bare(inner),
                };
                at += used;
                // `url(url(`: no address (CSS Syntax 4.3.6).
                let broken = bytes.get(at) == Some(&b'(');
                if !broken && !imports(before) && !text.starts_with('#') && !ends_like_other_file(&text) {
                    found(&text);
                }
            }
            Some(quote) => {
                let (text, used) = string(after, char::from(*quote));
                at = mark + 1 + used;
                if ends_like_picture(&text) {
                    found(&text);
                }
            }
            None => break,
        }
    }
}

/// Where the next quote, bracket or possible comment is.
fn next_mark(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|b| matches!(b, b'"' | b'\'' | b'(' | b'/'))
}

/// `url` stands after `@import`.
fn imports(before: &[u8]) -> bool {
    let name = before.get(..before.len().saturating_sub(3)).unwrap_or(&[]).trim_ascii_end();
    let start = name.len().saturating_sub(7);
    name.get(start..).is_some_and(|word| word.eq_ignore_ascii_case(b"@import"))
}

/// A string up to its quote or the end of its line; gives the text and the bytes used.
fn string(text: &str, quote: char) -> (String, usize) {
    read(text, |c| c == quote || c == '\n')
}

/// An address without quotes.
fn bare(text: &str) -> (String, usize) {
    read(text, |c| c.is_ascii_whitespace() || matches!(c, ')' | '(' | '"' | '\''))
}

/// Reads up to where `ends` says, resolving escapes (CSS Syntax 4.3.7); gives the bytes used, the end included.
fn read(text: &str, ends: impl Fn(char) -> bool) -> (String, usize) {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            let mut value = 0u32;
            let mut digits = 0;
            while digits < 6 {
                let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(16)) else {
                    break;
                };
                value = value * 16 + digit;
                digits += 1;
                chars.next();
            }
            if digits > 0 {
                out.push(char::from_u32(value).unwrap_or('\u{FFFD}'));
                chars.next_if(|(_, c)| c.is_ascii_whitespace());
            } else if let Some((_, c)) = chars.next() {
                out.extend((c != '\n').then_some(c));
            }
        } else if ends(c) {
            // An opening bracket or quote is looked at again: it may start an address of its own.
            let used = if matches!(c, '(') { at } else { at + c.len_utf8() };
            return (out, used);
        } else {
            out.push(c);
        }
    }
    (out, text.len())
}

#[cfg(test)]
mod tests {
    use super::pictures;

    #[test]
    fn addresses() {
        for (css, want) in [
            ("a{background:#222 url('//c/a.jpg') center/cover}", vec!["//c/a.jpg"]),
            ("background-image: url(\"a.jpg\"); width:1px", vec!["a.jpg"]),
            ("background: URL( /i?id=5 ), url(b.png)", vec!["/i?id=5", "b.png"]),
            ("url(\"a\\\"b.jpg\") url(\\61.jpg) url('a\\20 b.png')", vec!["a\"b.jpg", "a.jpg", "a b.png"]),
            ("image-set('a.webp' 1x, url(b.webp) 2x)", vec!["a.webp", "b.webp"]),
            ("@import url(x.css?a); @import url(//f/css?f=1); @font-face{src:url(f.woff2?x)}", vec![]),
            ("/* url(no.jpg) don't */ url(yes.jpg)", vec!["yes.jpg"]),
            ("content: 'don\n; url(a.gif)", vec!["a.gif"]),
            ("url(url(a.jpg)", vec!["a.jpg"]),
            ("url(#x) url(a.svg)", vec![]),
            ("/* url(a.jpg)", vec!["a.jpg"]),
            ("--bg:url(data:image/png;base64,iVBORw0KGgo=)", vec!["data:image/png;base64,iVBORw0KGgo="]),
        ] {
            let mut got = Vec::new();
            pictures(css, |address| got.push(address.to_owned()));
            assert_eq!(got, want, "{css}");
        }
    }
}
