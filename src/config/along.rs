//! What a watch brings along: cookies and headers.

use serde_json_path::JsonPath;
use toml::de::DeValue;
use url::Url;

use super::Referred;
use super::read::{Section, values_readable_by_others};
use super::values::expand;
use crate::model::Secret;

impl Section<'_, '_> {
    /// A file of cookies as browsers' helpers write it ("cookies.txt", Netscape's format): seven columns, parted by tabs. For
    /// each the address that it belongs to, and what would set it.
    pub fn cookies(&self, key: &'static str) -> Vec<(Url, Secret)> {
        let Some(written) = self.text(key) else { return Vec::new() };
        let path = expand(&written, &self.reader.folder());
        if values_readable_by_others(&path) {
            self.fault(key, format!("{} can be read by other users of this machine; 'chmod 600' it", path.display()));
        }
        let text = match self.reader.text_of(Referred { credential: false, written, path: path.clone() }) {
            Ok(text) => text,
            Err(error) => {
                self.fault(key, format!("{} cannot be read: {error}", path.display()));
                return Vec::new();
            }
        };
        let mut out = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match cookie(line) {
                Some(cookie) => out.push(cookie),
                None => self.fault(key, format!("line {number} is no cookie: seven columns, parted by tabs, as cookies.txt has them")),
            }
        }
        out
    }

    /// A path into JSON (RFC 9535).
    pub fn json_path(&self, key: &'static str) -> Option<JsonPath> {
        let text = self.text(key)?;
        self.parsed(key, &text)
    }

    /// Several, or one.
    pub fn json_paths(&self, key: &'static str) -> Vec<JsonPath> {
        let texts = match self.get(key).map(|value| value.get_ref()) {
            Some(DeValue::String(_)) => self.text(key).into_iter().collect(),
            Some(_) => self.strings(key).unwrap_or_default(),
            None => Vec::new(),
        };
        texts.iter().filter_map(|text| self.parsed(key, text)).collect()
    }

    fn parsed(&self, key: &'static str, text: &str) -> Option<JsonPath> {
        JsonPath::parse(text)
            .map_err(|error| self.fault(key, format!("is no path into JSON ({error}); right would be \"$.items[*].title\"")))
            .ok()
    }

    /// Headers, each as "Name: value".
    pub fn headers(&self, key: &'static str) -> Vec<(String, Secret)> {
        let mut out = Vec::new();
        for text in self.strings(key).unwrap_or_default() {
            // It may open what is closed.
            self.reader.holds_secret();
            let parts = text.split_once(':').map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_string()));
            let name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let own = [
                "host",
                "cookie",
                "connection",
                "content-length",
                "transfer-encoding",
                "referer",
                "accept-encoding",
                "range",
                "if-none-match",
                "if-modified-since",
                "te",
                "upgrade",
                "expect",
            ];
            match parts {
                Some((n, _)) if own.contains(&n.as_str()) => self.fault(key, format!("{n} is not to be set here")),
                Some((n, value)) if name(&n) && value.bytes().all(|b| (0x20..0x7f).contains(&b)) => out.push((n, Secret::new(value))),
                _ => self.fault(key, "each entry is \"Name: value\", in plain ASCII"),
            }
        }
        out
    }
}

/// One line of a file of cookies: domain, for subdomains too, path, secure, end, name, value.
fn cookie(line: &str) -> Option<(Url, Secret)> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [domain, below, path, secure, _, name, value] = columns.as_slice() else { return None };
    let host = domain.trim_start_matches('.');
    let url = Url::parse(&format!("{}://{host}{path}", if *secure == "TRUE" { "https" } else { "http" })).ok()?;
    let plain = |text: &str| text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b';');
    if !path.starts_with('/') || name.is_empty() || !plain(name) || !plain(value) || !plain(path) {
        return None;
    }
    let mut set = format!("{name}={value}; Path={path}");
    if *below == "TRUE" {
        set += &format!("; Domain={host}");
    }
    if *secure == "TRUE" {
        set += "; Secure";
    }
    Some((url, Secret::new(set)))
}
