//! What single values look like: durations, sizes, addresses, secrets. A wrong one becomes a fault that says what
//! would be right, and never repeats a secret.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use lettre::message::Mailbox;
use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::Referred;
use super::read::Section;
use crate::model::Secret;
use crate::store::KeySource;

/// `500ms`, `30s`, `5m`, `6h`, `2d`, `1w`; no sign, no fraction.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let number: u64 = number.parse().ok()?;
    let millis = match unit.trim() {
        "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    // A hundred years is more than anybody means, and keeps every sum of times in range.
    let total = number.checked_mul(millis)?;
    (total <= 100 * 366 * 86_400_000).then(|| Duration::from_millis(total))
}

/// `8 MiB`, `500 kB`, `1024`.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let number: u64 = number.parse().ok()?;
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1000,
        "kib" => 1024,
        "mb" | "m" => 1_000_000,
        "mib" => 1 << 20,
        "gb" | "g" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

pub(super) fn expand(path: &str, folder: &Path) -> PathBuf {
    if let Some(rest) = path.strip_prefix("~/")
        && let Some(home) = std::env::home_dir()
    {
        return home.join(rest);
    }
    folder.join(path)
}

fn one_a_line(text: &str) -> impl Iterator<Item = &str> {
    text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
}

impl Section<'_, '_> {
    /// The string at `key`; anything else is a fault.
    pub fn text(&self, key: &'static str) -> Option<String> {
        match self.get(key)?.get_ref() {
            DeValue::String(s) if !s.trim().is_empty() => Some(s.trim().to_string()),
            DeValue::String(_) => self.wrong(key, "is empty; leave the key out instead"),
            _ => self.wrong(key, "must be a text in quotation marks"),
        }
    }

    fn wrong<T>(&self, key: &'static str, message: impl Into<String>) -> Option<T> {
        self.fault(key, message);
        None
    }

    pub fn flag(&self, key: &'static str) -> Option<bool> {
        match self.get(key)?.get_ref() {
            DeValue::Boolean(b) => Some(*b),
            _ => self.wrong(key, "must be true or false, without quotation marks"),
        }
    }

    pub fn choice<T: Clone>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(value.clone());
        }
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        self.wrong(key, format!("must be {}", names.join(" or ")))
    }

    pub fn count(&self, key: &'static str, least: usize, most: usize) -> Option<usize> {
        let number = match self.get(key)?.get_ref() {
            DeValue::Integer(i) => usize::from_str_radix(&i.as_str().replace('_', ""), i.radix()).ok(),
            _ => None,
        };
        match number {
            Some(n) if (least..=most).contains(&n) => Some(n),
            _ => self.wrong(key, format!("must be a whole number from {least} to {most}")),
        }
    }

    pub fn size(&self, key: &'static str) -> Option<u64> {
        let size = match self.get(key)?.get_ref() {
            DeValue::String(s) => parse_size(s),
            DeValue::Integer(i) => u64::from_str_radix(&i.as_str().replace('_', ""), i.radix()).ok(),
            _ => None,
        };
        match size {
            Some(n) if (1024..=4 << 30).contains(&n) => Some(n),
            _ => self.wrong(key, "must be a size such as \"8 MiB\", from 1 KiB to 4 GiB"),
        }
    }

    pub fn duration(&self, key: &'static str) -> Option<Duration> {
        let DeValue::String(s) = self.get(key)?.get_ref() else {
            return self.wrong(key, "must be a time such as \"500ms\", \"30s\", \"6h\" or \"2d\"");
        };
        parse_duration(s).or_else(|| self.wrong(key, "must be a time such as \"500ms\", \"30s\", \"6h\" or \"2d\""))
    }

    pub fn positive_duration(&self, key: &'static str) -> Option<Duration> {
        match self.duration(key)? {
            Duration::ZERO => self.wrong(key, "must be more than nothing"),
            d => Some(d),
        }
    }

    pub fn duration_of_watch(&self, key: &'static str) -> Option<Duration> {
        match self.duration(key)? {
            d if d < Duration::from_secs(1) => self.wrong(key, "must be at least \"1s\"; \"6h\" is usual"),
            d => Some(d),
        }
    }

    /// `Some(None)` for `"never"`.
    pub fn duration_or_never(&self, key: &'static str) -> Option<Option<Duration>> {
        if matches!(self.get(key)?.get_ref(), DeValue::String(s) if s == "never") {
            return Some(None);
        }
        self.positive_duration(key).map(Some)
    }

    pub fn path(&self, key: &'static str) -> Option<PathBuf> {
        Some(expand(&self.text(key)?, &self.reader.folder()))
    }

    /// The strings of the array at `key`, each with its value for the line of a fault.
    pub(super) fn strings(&self, key: &'static str) -> Option<Vec<String>> {
        let DeValue::Array(array) = self.get(key)?.get_ref() else {
            return self.wrong(key, "must be a list: [\"…\", \"…\"]");
        };
        let mut out = Vec::new();
        for item in array.iter() {
            match item.get_ref() {
                DeValue::String(s) if !s.trim().is_empty() => out.push(s.trim().to_string()),
                DeValue::String(_) => self.fault(key, "has an empty entry; leave it out"),
                _ => self.fault(key, "must be a list of texts in quotation marks"),
            }
        }
        Some(out)
    }

    pub fn paths(&self, key: &'static str) -> Option<Vec<PathBuf>> {
        let folder = self.reader.folder();
        Some(self.strings(key)?.iter().map(|p| expand(p, &folder)).collect())
    }

    /// What `{ file = "…" }` or `{ credential = "…" }` at `key` points to.
    fn pointed_to(&self, key: &'static str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let DeValue::Table(table) = value.get_ref() else { return None };
        let entry = table.iter().next().filter(|_| table.len() == 1);
        let (credential, name, path) = match entry.map(|(k, v)| (k.get_ref().as_ref(), v.get_ref())) {
            Some(("file", DeValue::String(name))) => (false, name, expand(name, &self.reader.folder())),
            Some(("credential", DeValue::String(name))) => (true, name, self.credential_path(key, name)?),
            _ => return self.wrong(key, "must be { file = \"…\" } or { credential = \"…\" }"),
        };
        match self.reader.text_of(Referred { credential, written: name.to_string(), path: path.clone() }) {
            Ok(text) => Some(text),
            Err(error) => self.wrong(key, format!("{} cannot be read: {error}", path.display())),
        }
    }

    fn credential_path(&self, key: &'static str, name: &str) -> Option<PathBuf> {
        if name.is_empty() || name.contains('/') || name.starts_with('.') {
            return self.wrong(key, "a credential's name is a plain word, as in LoadCredential=");
        }
        match std::env::var_os("CREDENTIALS_DIRECTORY") {
            Some(dir) => Some(PathBuf::from(dir).join(name)),
            // A restore by hand: the credential comes from the backup, or is systemd's business.
            None if self.reader.is_over() => Some(PathBuf::from(name)),
            None => self.wrong(
                key,
                "names a systemd credential, but $CREDENTIALS_DIRECTORY is not set; start through systemd, set it to the folder of the \
                 credentials, or use { file = \"…\" }, which commands by hand can read too",
            ),
        }
    }

    /// Names a systemd credential in a program that systemd did not start.
    pub fn is_absent_credential(&self, key: &'static str) -> bool {
        let Some(DeValue::Table(table)) = self.get(key).map(Spanned::get_ref) else { return false };
        let entry = table.iter().next().filter(|_| table.len() == 1 && std::env::var_os("CREDENTIALS_DIRECTORY").is_none());
        let Some(("credential", DeValue::String(name))) = entry.map(|(k, v)| (k.get_ref().as_ref(), v.get_ref())) else { return false };
        self.reader.refer(Referred { credential: true, written: name.to_string(), path: PathBuf::from(name.as_ref()) });
        true
    }

    /// A list of secrets: inline, or one a line in a file or credential.
    pub fn secrets(&self, key: &'static str) -> Vec<Secret> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if matches!(value.get_ref(), DeValue::Table(_)) {
            let text = self.pointed_to(key, value).unwrap_or_default();
            return one_a_line(&text).map(Secret::new).collect();
        }
        let list = self.strings(key).unwrap_or_default();
        if !list.is_empty() {
            self.reader.holds_secret();
        }
        list.into_iter().map(Secret::new).collect()
    }

    /// One secret: inline, or the first line of a file or credential.
    pub fn secret(&self, key: &'static str) -> Option<String> {
        let value = self.get(key)?;
        if matches!(value.get_ref(), DeValue::Table(_)) {
            let text = self.pointed_to(key, value)?;
            let line = text.lines().next().unwrap_or_default().to_string();
            return if line.is_empty() { self.wrong(key, "the file is empty") } else { Some(line) };
        }
        self.reader.holds_secret();
        self.text(key)
    }

    pub fn secret_text(&self, key: &'static str) -> Option<Secret> {
        self.secret(key).map(Secret::new)
    }

    pub fn secret_urls(&self, key: &'static str) -> Vec<Url> {
        let list = self.secrets(key);
        list.iter().filter_map(|s| self.web_address(key, s.reveal())).collect()
    }

    /// The fault counts letters instead of repeating the text: on a reload it goes into the journal, and an address can
    /// hold a name.
    fn web_address(&self, key: &'static str, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
        let letters = text.chars().count();
        url.or_else(|| self.wrong(key, format!("an entry of {letters} letters is not an address that starts with https:// or http://")))
    }

    pub fn url(&self, key: &'static str) -> Option<Url> {
        let text = self.text(key)?;
        self.web_address(key, &text)
    }

    pub fn urls(&self, key: &'static str) -> Vec<Url> {
        let list = self.strings(key).unwrap_or_default();
        list.iter().filter_map(|t| self.web_address(key, t)).collect()
    }

    pub fn urls_file(&self, key: &'static str) -> Vec<Url> {
        let Some(written) = self.text(key) else { return Vec::new() };
        let path = expand(&written, &self.reader.folder());
        let text = match self.reader.text_of(Referred { credential: false, written, path: path.clone() }) {
            Ok(text) => text,
            Err(error) => {
                self.fault(key, format!("{} cannot be read: {error}", path.display()));
                return Vec::new();
            }
        };
        let urls: Vec<Url> = one_a_line(&text).filter_map(|line| self.web_address(key, line)).collect();
        if urls.is_empty() {
            self.fault(key, format!("{} holds no address; one a line, # starts a remark", path.display()));
        }
        urls
    }

    pub fn cron(&self, key: &'static str) -> Option<croner::Cron> {
        let text = self.text(key)?;
        let right = "\"0 */6 * * *\" (minute hour day month weekday), or six fields with seconds first";
        match croner::Cron::from_str(&text) {
            Ok(cron) if cron.find_next_occurrence(&chrono::Local::now(), false).is_ok() => Some(cron),
            Ok(_) => self.wrong(key, format!("never comes due; right would be {right}")),
            Err(error) => self.wrong(key, format!("is not understood ({error}); right would be {right}")),
        }
    }

    pub fn regex(&self, key: &'static str) -> Option<regex::Regex> {
        let text = self.text(key)?;
        match regex::RegexBuilder::new(&text).size_limit(1 << 20).build() {
            Ok(regex) => Some(regex),
            Err(error) => {
                let last = error.to_string().lines().last().unwrap_or_default().trim().to_string();
                self.wrong(key, format!("is not a regular expression: {last}"))
            }
        }
    }

    pub fn networks(&self, key: &'static str) -> Option<Vec<IpNet>> {
        let mut out = Vec::new();
        for text in self.strings(key)? {
            let single = || text.parse().ok().map(|ip: std::net::IpAddr| IpNet::from(ip));
            match text.parse::<IpNet>().ok().or_else(single) {
                Some(net) => out.push(net),
                None => self.fault(key, format!("\"{text}\" is not a network such as \"127.0.0.0/8\"")),
            }
        }
        if out.iter().any(|n| n.prefix_len() == 0) {
            self.fault(key, "a network of all addresses would open the whole home network to every page");
        }
        Some(out)
    }

    pub fn proxy(&self, key: &'static str) -> Option<Url> {
        let text = self.text(key)?;
        match Url::parse(&text).ok().filter(Url::has_host) {
            Some(url) if matches!(url.scheme(), "socks5h" | "http" | "https") => Some(url),
            Some(url) if matches!(url.scheme(), "socks5" | "socks4" | "socks4a") => {
                self.wrong(key, "would look names up outside the proxy; write socks5h:// instead")
            }
            _ => self.wrong(key, "must be an address such as \"socks5h://127.0.0.1:9050\" or \"http://proxy:3128\""),
        }
    }

    pub fn header(&self, key: &'static str) -> Option<String> {
        let text = self.text(key)?;
        if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            Some(text)
        } else {
            self.wrong(key, "must be plain ASCII without line breaks")
        }
    }

    fn parse_mailbox(&self, key: &'static str, text: &str) -> Option<Mailbox> {
        match Mailbox::from_str(text) {
            Ok(mailbox) => Some(mailbox),
            Err(_) => self.wrong(key, "must be a mail address such as \"me@example.org\""),
        }
    }

    pub fn mailbox(&self, key: &'static str) -> Option<Mailbox> {
        let text = self.text(key)?;
        self.parse_mailbox(key, &text)
    }

    pub fn mailboxes(&self, key: &'static str) -> Vec<Mailbox> {
        if matches!(self.get(key).map(Spanned::get_ref), Some(DeValue::String(_))) {
            return self.mailbox(key).into_iter().collect();
        }
        let list = self.strings(key);
        if list.as_ref().is_some_and(Vec::is_empty) {
            self.fault(key, "is empty; write at least one mail address");
        }
        list.unwrap_or_default().iter().filter_map(|t| self.parse_mailbox(key, t)).collect()
    }

    pub fn smtp(&self, key: &'static str) -> Option<Url> {
        let text = self.text(key)?;
        let right = "must be \"smtps://user@host\" (port 465) or \"smtp://user@host\" (port 587 with STARTTLS)";
        let url = Url::parse(&text).ok().filter(|u| matches!(u.scheme(), "smtp" | "smtps") && u.has_host());
        let Some(url) = url else { return self.wrong(key, right) };
        if url.password().is_some() {
            return self.wrong(key, "holds a password; write it under password = { file = \"…\" } instead");
        }
        Some(url)
    }

    /// Where the store's key comes from.
    pub fn key_source(&self, key: &'static str) -> Option<KeySource> {
        let DeValue::Table(table) = self.get(key)?.get_ref() else {
            return self.wrong(key, "must be { file = \"…\" } or { credential = \"…\" }; the key itself never stands here");
        };
        let entry = table.iter().next().filter(|_| table.len() == 1);
        match entry.map(|(k, v)| (k.get_ref().as_ref(), v.get_ref())) {
            Some(("file", DeValue::String(name))) => Some(KeySource::File(expand(name, &self.reader.folder()))),
            Some(("credential", DeValue::String(name))) => Some(KeySource::Credential(self.credential_path(key, name)?)),
            _ => self.wrong(key, "must be { file = \"…\" } or { credential = \"…\" }"),
        }
    }
}
