//! What left this machine, for `doctor --egress`: what was meant to be asked, which names were looked up, and the bytes
//! themselves as they were handed over to be encrypted. Knows no person: it keeps bytes, others search them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use url::Url;

use super::{Ask, What};

/// A request that was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// A page (robots.txt is one) or a picture.
    pub what: What,
    /// The address.
    pub url: Url,
    /// The address that redirected here, or the origin of the page that shows the picture; `None` where the address was
    /// asked for its own sake.
    pub from: Option<Url>,
}

/// A request as it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Request line and headers, byte for byte.
    pub head: Vec<u8>,
}

/// Everything that left while it listened.
#[derive(Debug, Default)]
pub struct Record(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    asked: Vec<Asked>,
    names: Vec<String>,
    /// Bytes written, by connection.
    wire: BTreeMap<String, Vec<u8>>,
    drawn: Vec<Sent>,
}

/// Where the HTTP client tells its bytes: behind the library's encryption, so that they are readable.
const TARGET: &str = "reqwest::connect::verbose";

static LISTENER: OnceLock<Arc<Record>> = OnceLock::new();

struct Tap;

impl log::Log for Tap {
    fn enabled(&self, meta: &log::Metadata<'_>) -> bool {
        meta.target() == TARGET
    }

    fn log(&self, line: &log::Record<'_>) {
        if line.target() == TARGET
            && let Some(record) = LISTENER.get()
        {
            record.wrote(&line.args().to_string());
        }
    }

    fn flush(&self) {}
}

impl Record {
    /// Begins to listen, once in the life of the program.
    ///
    /// # Errors
    /// A sentence where the client's bytes cannot be listened to.
    pub fn listen() -> Result<Arc<Self>, String> {
        let record = LISTENER.get_or_init(Arc::default).clone();
        log::set_logger(&Tap).map_err(|_| "something else listens to the HTTP client already".to_string())?;
        log::set_max_level(log::LevelFilter::Trace);
        Ok(record)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn asked(&self, ask: &Ask<'_>, url: &Url) {
        let mut first = ask.url.clone();
        first.set_fragment(None);
        let from = if *url == first { ask.origin.and_then(|o| Url::parse(o).ok()) } else { Some(first) };
        self.inner().asked.push(Asked { what: ask.what, url: url.clone(), from });
    }

    /// A browser's request, as its DevTools tell it: what is inside its encryption nobody else sees.
    pub fn drew(&self, url: &Url, from: Option<&Url>, request: &serde_json::Value) {
        let what = if from.is_some() { What::Picture } else { What::Page };
        let text = |key: &str| request.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        let path = url.query().map_or_else(|| url.path().to_string(), |query| format!("{}?{query}", url.path()));
        let host = url.host_str().unwrap_or_default();
        let mut head = format!(
            "{} {path} HTTP/1.1\r\nhost: {}\r\n",
            text("method"),
            url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
        );
        // The gate leaves the Referer out.
        let headers = request.get("headers").and_then(serde_json::Value::as_object).into_iter().flatten();
        for (name, value) in headers.filter(|(name, _)| !name.eq_ignore_ascii_case("referer")) {
            head += &format!("{name}: {}\r\n", value.as_str().unwrap_or_default());
        }
        head += &format!("\r\n{}", text("postData"));
        let mut inner = self.inner();
        inner.asked.push(Asked { what, url: url.clone(), from: from.cloned() });
        inner.drawn.push(Sent { head: head.into_bytes() });
    }

    pub(super) fn resolved(&self, name: &str) {
        self.inner().names.push(name.to_string());
    }

    /// A line of the client's: a connection's number, "write:" or "write (vectored):", and bytes as Rust writes them.
    fn wrote(&self, line: &str) {
        let Some((connection, rest)) = line.split_once(' ') else { return };
        let Some((what, bytes)) = rest.split_once(": ") else { return };
        if what.starts_with("write") {
            let bytes = unescape(bytes);
            self.inner().wire.entry(connection.to_string()).or_default().extend(bytes);
        }
    }

    /// Every request that was meant.
    pub fn all_asked(&self) -> Vec<Asked> {
        self.inner().asked.clone()
    }

    /// Every name that was looked up here, in order.
    pub fn names(&self) -> Vec<String> {
        self.inner().names.clone()
    }

    /// Every request that left, and the bytes that are part of none.
    pub fn sent(&self) -> (Vec<Sent>, usize) {
        let inner = self.inner();
        let (mut sent, mut rest) = (inner.drawn.clone(), 0);
        for bytes in inner.wire.values() {
            let mut bytes = bytes.as_slice();
            // Only GET is ever asked, and it has no body: a request ends with its headers.
            while let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") {
                let (head, next) = bytes.split_at(end + 4);
                sent.push(Sent { head: head.to_vec() });
                bytes = next;
            }
            rest += bytes.len();
        }
        (sent, rest)
    }
}

/// `b"…"`, perhaps several in a row, as bytes.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let mut inside = false;
    while let Some(byte) = bytes.next() {
        match (inside, byte) {
            (_, b'"') => inside = !inside,
            (false, _) => {}
            (true, b'\\') => match bytes.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b'r') => out.push(b'\r'),
                Some(b't') => out.push(b'\t'),
                Some(b'0') => out.push(0),
                Some(b'x') => {
                    let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).unwrap_or(0) as u8;
                    let high = digit(bytes.next());
                    out.push(high << 4 | digit(bytes.next()));
                }
                Some(other) => out.push(other),
                None => {}
            },
            (true, other) => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were_written() {
        assert_eq!(unescape(r#"b"GET / HTTP/1.1\r\n""#), b"GET / HTTP/1.1\r\n");
        assert_eq!(unescape(r#"b"a\\b\"c\0\x1b\xff\t"b"d""#), b"a\\b\"c\0\x1b\xff\td");
    }

    #[test]
    fn requests_are_told_apart_by_connection() {
        let record = Record::default();
        for line in [
            r#"00000001 write: b"GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b "#,
            r#"00000002 write (vectored): b"GET /c HTTP/1.1\r\n"b"\r\n""#,
            r#"00000001 read: b"GET /no HTTP/1.1\r\n\r\n""#,
            r#"00000001 write: b"HTTP/1.1\r\n\r\nrest""#,
        ] {
            record.wrote(line);
        }
        let (sent, rest) = record.sent();
        let lines: Vec<_> = sent.iter().map(|s| String::from_utf8_lossy(&s.head).lines().next().unwrap_or_default().to_string()).collect();
        assert_eq!(lines, ["GET /a HTTP/1.1", "GET /b HTTP/1.1", "GET /c HTTP/1.1"]);
        assert_eq!(rest, 4);
    }
}
