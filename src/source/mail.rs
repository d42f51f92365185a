//! A mail (RFC 5322, MIME): who wrote to whom, what it says, the pictures in it. What it would load from elsewhere is not
//! asked for: that would tell its sender that it was read.

use base64::Engine;
use mail_parser::{Address, Message, MessageParser, MimeHeaders, PartType};
use url::Url;

use super::draft::Draft;

/// Bytes of a picture, so that in base64 it fits a page.
const MOST_PICTURE: usize = 15 << 20;
/// Mails inside mails that are read.
const DEEP: u32 = 6;

/// Reads a mail; `None` where the bytes are none.
pub fn draft(bytes: &[u8]) -> Option<Draft> {
    let message = MessageParser::default().parse(bytes)?;
    if message.headers().is_empty() && message.parts.len() < 2 {
        return None;
    }
    let mut out = Draft::default();
    whole(&message, &mut out, DEEP);
    Some(out)
}

fn whole(message: &Message<'_>, out: &mut Draft, deep: u32) {
    out.post(|out| {
        for address in [message.from(), message.to(), message.cc(), message.reply_to()].into_iter().flatten() {
            people(address, out);
        }
        out.text(message.subject());
    });
    for part in &message.parts {
        let name = part.attachment_name().unwrap_or_default();
        match &part.body {
            PartType::Text(text) => out.post(|out| {
                out.text(Some(name));
                out.text(Some(text));
                links_of(text, out);
            }),
            PartType::Html(html) => {
                out.post(|out| out.text(Some(name)));
                // Read by itself: what one leaves open must not swallow the next.
                out.pages.push(html.to_string());
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                let says = part.content_type().is_some_and(|kind| kind.ctype().eq_ignore_ascii_case("image"));
                if (says || crate::extract::is_picture(None, bytes)) && bytes.len() < MOST_PICTURE {
                    let data = base64::engine::general_purpose::STANDARD.encode(bytes);
                    // What it says that it is, is not believed: its bytes tell.
                    out.post(|out| out.picture(&format!("data:image/png;base64,{data}"), name));
                } else {
                    out.post(|out| out.text(Some(name)));
                    out.unread += usize::from(!bytes.is_empty());
                }
            }
            PartType::Message(inner) if deep > 0 => whole(inner, out, deep - 1),
            PartType::Message(_) => out.unread += 1,
            PartType::Multipart(_) => {}
        }
    }
}

fn people(address: &Address<'_>, out: &mut Draft) {
    for one in address.iter() {
        out.text(one.name());
        out.text(one.address());
    }
}

/// Addresses in plain text, as mail programs make them links.
fn links_of(text: &str, out: &mut Draft) {
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).filter(|word| word.starts_with("http")).take(2000) {
        let word = word.trim_end_matches(['.', ',', ')', ';', '!', '?']);
        if let Ok(url) = Url::parse(word) {
            out.link(url.as_str(), "");
        }
    }
}

/// Where a link of a search engine's mail or page really leads: Google's Alerts go by way of `google.com/url`.
pub fn direct(url: &Url) -> Option<Url> {
    let host = url.host_str()?.trim_start_matches("www.");
    if !host.starts_with("google.") || url.path() != "/url" {
        return None;
    }
    let to = url.query_pairs().find(|(key, _)| matches!(&**key, "url" | "q"))?.1.into_owned();
    Url::parse(&to).ok().filter(|to| matches!(to.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_shows_what_its_reader_would_see() {
        let mail = "From: =?utf-8?q?Zo=C3=AB?= <zoe@x.example>\r\nTo: me@y.example\r\nSubject: =?utf-8?b?TWlyYQ==?= Sandoval\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee https://z.example/t/1. Bye\r\n\
            --b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>caf=C3=A9 <img src=3D\"cid:1\"></p>\r\n\
            --b\r\nContent-Type: image/jpeg; name=\"a.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ\r\n\
            --b\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nforwarded words\r\n--b--\r\n";
        let draft = draft(mail.as_bytes()).unwrap();
        let html = format!("{}{}", draft.html(), draft.pages.concat());
        for part in [
            "Zoë",
            "zoe@x.example",
            "Mira Sandoval",
            "href=\"https://z.example/t/1\"",
            "café",
            "data:image/png;base64,/9j/4AAQ",
            "inner",
            "forwarded words",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(draft.unread, 1);
    }

    #[test]
    fn a_detour_is_not_taken() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert_eq!(
            direct(&url("https://www.google.com/url?rct=j&sa=t&url=https://a.example/b%3Fc&ct=ga")),
            Some(url("https://a.example/b?c"))
        );
        for other in [
            "https://www.google.com/search?q=x",
            "https://google.evil.example/url?q=file:///etc",
            "https://www.google.com/url?q=javascript:1",
        ] {
            assert_eq!(direct(&url(other)), None, "{other}");
        }
    }
}
