//! From bytes to text, in the order that browsers follow (WHATWG HTML 13.2.3): byte order mark, header,
//! `meta` or XML declaration, then a guess.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use url::Url;

use super::token::{Token, Tokenizer};

/// So many bytes are searched for a `meta` (browsers: 1024, or the whole head).
const PRESCAN: usize = 8192;

/// So many bytes are shown to the guesser.
const GUESS: usize = 256 * 1024;

/// `body` as text, without NUL characters, which browsers do not show. What is not valid becomes U+FFFD.
pub fn decode<'a>(body: &'a [u8], content_type: Option<&str>, address: &Url) -> Cow<'a, str> {
    let (encoding, mark) = match Encoding::for_bom(body) {
        Some(found) => found,
        None => (without_mark(body, content_type, address), 0),
    };
    let body = body.get(mark..).unwrap_or(&[]);
    let (text, _) = encoding.decode_without_bom_handling(body);
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { text }
}

fn without_mark(body: &[u8], content_type: Option<&str>, address: &Url) -> &'static Encoding {
    let header = content_type.and_then(charset_of).and_then(|label| Encoding::for_label(label.as_bytes()));
    header.or_else(|| wide(body)).or_else(|| declared(body)).unwrap_or_else(|| guess(body, address))
}

/// The value of `charset=` in a Content-Type (RFC 9110 8.3, WHATWG HTML 2.4.5).
fn charset_of(content_type: &str) -> Option<&str> {
    let lower = content_type.to_ascii_lowercase();
    let mut from = 0;
    loop {
        from += lower.get(from..)?.find("charset")? + "charset".len();
        let Some(value) = content_type.get(from..)?.trim_start().strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        return match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value.get(1..)?.split(quote).next(),
            _ => value.split([';', ' ', '\t', '\n', ',']).next(),
        };
    }
}

/// UTF-16 without a mark: every second byte of the start is 0.
fn wide(body: &[u8]) -> Option<&'static Encoding> {
    let start = body.get(..body.len().min(200))?;
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|b| **b == 0).count() * 10;
    let half = start.len() / 2;
    match (zeros(0), zeros(1)) {
        _ if half < 4 => None,
        (first, second) if first < half && second > half * 7 => Some(UTF_16LE),
        (first, second) if second < half && first > half * 7 => Some(UTF_16BE),
        _ => None,
    }
}

/// What a `meta` or an XML declaration at the start says.
fn declared(body: &[u8]) -> Option<&'static Encoding> {
    // Every encoding that gets here writes tags as ASCII does.
    let start: String = body.iter().take(PRESCAN).map(|b| char::from(*b)).collect();
    let mut tokens = Tokenizer::new(&start);
    while let Some(token) = tokens.next() {
        match token {
            Token::Start(tag) if tag.name == "meta" => {
                let label = match tag.get("charset") {
                    Some(label) => Some(label.into_owned()),
                    None if tag.get("http-equiv").is_some_and(|v| v.eq_ignore_ascii_case("content-type")) => {
                        tag.get("content").and_then(|v| charset_of(&v).map(str::to_owned))
                    }
                    None => None,
                };
                if let Some(encoding) = label.and_then(|l| Encoding::for_label(l.as_bytes())) {
                    return Some(as_declared(encoding));
                }
            }
            Token::Start(tag) if tag.name == "script" => {
                tokens.script();
            }
            Token::Start(tag) if matches!(&*tag.name, "style" | "title" | "textarea") => {
                tokens.raw_text(&tag.name);
            }
            Token::Comment(text) if text.starts_with("?xml") => {
                let label = text.split_once("encoding").and_then(|(_, t)| t.split(['"', '\'']).nth(1));
                if let Some(encoding) = label.and_then(|l| Encoding::for_label(l.as_bytes())) {
                    return Some(as_declared(encoding));
                }
            }
            _ => {}
        }
    }
    None
}

/// What was read as ASCII cannot be UTF-16 (WHATWG HTML 13.2.3.2).
fn as_declared(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else if encoding == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        encoding
    }
}

fn guess(body: &[u8], address: &Url) -> &'static Encoding {
    if std::str::from_utf8(body).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(body.get(..GUESS.min(body.len())).unwrap_or(body), true);
    // The guesser insists on lower-case ASCII without dots.
    let tld = address.domain().and_then(|host| host.rsplit('.').next());
    let tld = tld.filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    detector.guess(tld.map(str::as_bytes), Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8], header: Option<&str>) -> String {
        decode(body, header, &Url::parse("https://a.example/").unwrap()).into_owned()
    }

    #[test]
    fn sources_of_the_encoding() {
        let sjis = encoding_rs::SHIFT_JIS.encode("写真の掲示板").0.into_owned();
        let meta = [&b"<meta http-equiv=Content-Type content='text/html; charset=Shift_JIS'>"[..], &sjis].concat();
        let utf16: Vec<u8> = "<p>Renée</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&b"\xFF\xFE"[..], &utf16].concat();
        assert_eq!(read(&sjis, Some("text/html; charset=\"shift_jis\"")), "写真の掲示板");
        assert!(read(&meta, None).ends_with("写真の掲示板"));
        assert_eq!(read(&marked, Some("text/html; charset=utf-8")), "<p>Renée</p>");
        assert_eq!(read(&utf16, None), "<p>Renée</p>");
        assert_eq!(read("Renée".as_bytes(), None), "Renée");
        assert!(read(b"<meta charset=iso-8859-1>Ren\xE9e", None).ends_with("Renée"));
        assert!(read(b"<?xml version='1.0' encoding='windows-1256'?>\xC7", None).ends_with('ا'));
        assert!(read(b"<p>d\xE9j\xE0 vu, \xE9t\xE9, gar\xE7on na\xEFf</p>", None).contains("déjà vu, été"));
        assert!(read(b"<meta charset=utf-16>Ren\xC3\xA9e", None).ends_with("Renée"));
        assert_eq!(read(b"a\0b", None), "ab");
    }
}
