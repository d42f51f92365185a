//! File → [`Config`]; reports every problem at once. The only reader of files, environment and credentials for
//! settings.

mod along;
mod read;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::look::names::Names;
use crate::model::{Block, Follow, Language, List, Mention, Paths, Person, Place, Secret, Source, Times, Watch};
use crate::{alert, fetch, look, source, store};
use read::{Reader, Section};

/// Everything the owner can set.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from.
    pub file: PathBuf,
    /// Of mails, `init` and reports.
    pub language: Language,
    /// Where the store lies.
    pub state_dir: PathBuf,
    /// Whom to watch for.
    pub person: Person,
    /// The owner's own pictures.
    pub content: Content,
    /// How pages are fetched.
    pub fetch: fetch::Settings,
    /// What seals the store.
    pub key: store::KeySource,
    /// What to look at.
    pub watches: Vec<Watch>,
    /// Whom to tell, and when.
    pub alert: alert::Settings,
    /// What is allowed but unwise, a sentence each.
    pub warnings: Vec<String>,
    /// Files beside this one that it refers to, the key apart.
    pub referred: Vec<Referred>,
}

/// A file that the configuration refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referred {
    /// A credential that systemd hands over; otherwise a file.
    pub credential: bool,
    /// Its path or name as it is written there.
    pub written: String,
    /// Where it lies; of a credential in a program that systemd did not start, its name.
    pub path: PathBuf,
}

/// Contents that stand in for files that a configuration refers to: whether it is a credential, and the path or name as it
/// is written there.
pub type Overlay = BTreeMap<(bool, String), Vec<u8>>;

/// The owner's own pictures.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Content {
    /// Files or folders, read recursively.
    pub paths: Vec<PathBuf>,
    /// How much work recognising may be.
    pub depth: look::Depth,
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line in the file, from 1; 0 where there is none.
    pub line: usize,
    /// The key, dotted; empty for the file as a whole.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// All that is wrong with the configuration.
#[derive(Debug)]
pub struct Faults {
    /// The file.
    pub file: PathBuf,
    /// Never empty.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.faults.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", self.file.display())?;
            if fault.line > 0 {
                write!(f, ":{}", fault.line)?;
            }
            if !fault.key.is_empty() {
                write!(f, ": {}", fault.key)?;
            }
            write!(f, ": {}", fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// The file to use: `given`, else `$MONITOR_CONFIG`, else the first of the usual places that exists.
/// `None` where there is none at all.
pub fn find(given: Option<&Path>) -> Option<PathBuf> {
    if let Some(path) = given {
        return Some(path.to_path_buf());
    }
    if let Some(path) = std::env::var_os("MONITOR_CONFIG").filter(|p| !p.is_empty()) {
        return Some(path.into());
    }
    usual_places().into_iter().find(|p| p.exists())
}

/// Where a configuration is looked for, best first.
pub fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Some(dir) = std::env::var_os("XDG_CONFIG_HOME").filter(|p| !p.is_empty()) {
        places.push(PathBuf::from(dir).join("monitor/monitor.toml"));
    }
    if let Some(home) = std::env::home_dir() {
        places.push(home.join(".config/monitor/monitor.toml"));
    }
    places.push("/etc/monitor/monitor.toml".into());
    places
}

/// The state folder where the configuration names none.
pub fn default_state_dir() -> PathBuf {
    if let Some(dirs) = std::env::var_os("STATE_DIRECTORY").filter(|p| !p.is_empty())
        && let Some(first) = std::env::split_paths(&dirs).next()
    {
        return first;
    }
    if let Some(dir) = std::env::var_os("XDG_DATA_HOME").filter(|p| !p.is_empty()) {
        return PathBuf::from(dir).join("monitor");
    }
    std::env::home_dir().map_or_else(|| "/var/lib/monitor".into(), |home| home.join(".local/share/monitor"))
}

/// The secret in the first line of `file`.
///
/// # Errors
/// A sentence where the file cannot be read, is empty, or can be read by other users of this machine.
pub fn secret_file(file: &Path) -> Result<Secret, String> {
    let shown = file.display();
    if read::values_readable_by_others(file) {
        return Err(format!("{shown} holds a secret and can be read by other users of this machine; 'chmod 600' it"));
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(format!("the first line of {shown} is empty")),
    }
}

impl Config {
    /// Reads and checks `file`.
    ///
    /// # Errors
    /// Every fault of the file at once, each with its line, its key and what would be right. No fault repeats a
    /// value of `me` or a password.
    pub fn load(file: &Path) -> Result<Config, Faults> {
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(&text, file),
            Err(error) => {
                let message = format!("cannot be read: {error}. 'monitor init' writes one, '--config FILE' names another");
                Err(Faults { file: file.to_path_buf(), faults: vec![Fault { line: 0, key: String::new(), message }] })
            }
        }
    }

    /// Checks `text` as if it stood in `file`.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, file: &Path) -> Result<Config, Faults> {
        Self::check(Reader::new(text, file))
    }

    /// Checks `text` as if it stood in `file`, and `instead` in the files that it refers to.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse_over(text: &str, file: &Path, instead: &Overlay) -> Result<Config, Faults> {
        Self::check(Reader::over(text, file, instead))
    }

    /// State folder and key of a configuration that may be wrong elsewhere, as far as they can be made out.
    pub fn places(text: &str, file: &Path) -> (PathBuf, store::KeySource) {
        let nothing = Overlay::new();
        let reader = Reader::over(text, file, &nothing);
        let found = reader.remains(|top| (top.path("state_dir"), top.table("store", |t| t.key_source("key")).flatten()));
        let (state_dir, key) = found.unwrap_or_default();
        (state_dir.unwrap_or_else(default_state_dir), key.unwrap_or_else(|| default_key(&reader)))
    }

    fn check(reader: Reader<'_>) -> Result<Config, Faults> {
        let file = reader.file().to_path_buf();
        let config = reader.document(|top| Self::from_top(&reader, top));
        let faults = reader.into_faults();
        match config {
            Some(config) if faults.is_empty() => Ok(config),
            _ => Err(Faults { file, faults }),
        }
    }

    fn from_top(reader: &Reader<'_>, top: &Section<'_, '_>) -> Config {
        let language = top.choice("language", &[("en", Language::En), ("fr", Language::Fr)]).unwrap_or_default();
        let state_dir = top.path("state_dir").unwrap_or_else(default_state_dir);
        let person = top.table("me", person).unwrap_or_default();
        let content = top
            .table("content", |t| Content {
                paths: t.paths("paths").unwrap_or_default(),
                depth: t.choice("depth", &[("thorough", look::Depth::Thorough), ("quick", look::Depth::Quick)]).unwrap_or_default(),
            })
            .unwrap_or_default();
        let fetch = top.table("fetch", fetch_settings).unwrap_or_default();
        let key = top.table("store", |t| t.key_source("key")).flatten();
        let key = key.unwrap_or_else(|| default_key(reader));
        let watches = top.tables("watch", |t| watch(t, &person));
        let names: Vec<&str> = watches.iter().map(|w| w.name.as_str()).collect();
        for (n, name) in names.iter().enumerate() {
            if names.iter().take(n).any(|earlier| earlier == name) {
                reader.fault_at(None, "watch.name", format!("watch number {} is called as an earlier one; give each its own name", n + 1));
            }
        }
        let alert = top.table("alert", alert_settings).unwrap_or_default();
        Config {
            file: reader.file().to_path_buf(),
            language,
            state_dir,
            person,
            content,
            fetch,
            key,
            watches,
            alert,
            warnings: reader.warnings(),
            referred: reader.referred(),
        }
    }
}

fn default_key(reader: &Reader<'_>) -> store::KeySource {
    store::KeySource::File(reader.folder().join("store.key"))
}

fn person(t: &Section<'_, '_>) -> Person {
    let person = Person {
        legal_names: t.secrets("legal_names"),
        stage_names: t.secrets("stage_names"),
        private: t.secrets("private"),
        context: t.secrets("context"),
        other_people: t.secrets("other_people"),
        own_pages: t.secret_urls("own_pages"),
    };
    if person.legal_names.len() > 12 {
        t.fault("legal_names", "at most 12 names: birth, married and former names of one person");
    }
    for (key, list) in [("legal_names", &person.legal_names), ("private", &person.private), ("stage_names", &person.stage_names)] {
        // A Chinese character or a Korean syllable tells as much as two letters.
        let told = |c: char| if c >= '\u{3040}' { 2 } else { 1 };
        if list.iter().any(|s| s.reveal().chars().filter(|c| c.is_alphanumeric()).map(told).sum::<usize>() < 3) {
            t.fault(key, "an entry has fewer than 3 letters or digits; it would be found on nearly every page");
        }
    }
    person
}

fn fetch_settings(t: &Section<'_, '_>) -> fetch::Settings {
    let d = fetch::Settings::default();
    fetch::Settings {
        concurrency: t.count("concurrency", 1, 1024).unwrap_or(d.concurrency),
        per_host: t.count("per_host", 1, 256).unwrap_or(d.per_host),
        delay: t.duration("delay").unwrap_or(d.delay),
        timeout: t.positive_duration("timeout").unwrap_or(d.timeout),
        retries: t.count("retries", 0, 20).unwrap_or(d.retries as usize) as u32,
        max_page: t.size("max_page").unwrap_or(d.max_page),
        max_image: t.size("max_image").unwrap_or(d.max_image),
        max_images: t.count("max_images", 0, 100_000).unwrap_or(d.max_images),
        max_pixels: t.count("max_pixels", 4096, 4_000_000_000).unwrap_or(d.max_pixels as usize) as u64,
        robots: t.choice("robots", &[("respect", true), ("ignore", false)]).unwrap_or(d.robots),
        proxy: t.proxy("proxy"),
        user_agent: t.header("user_agent").unwrap_or(d.user_agent),
        allow_private: t.networks("allow_private").unwrap_or_default(),
    }
}

fn watch(t: &Section<'_, '_>, person: &Person) -> Option<Watch> {
    let mut urls: Vec<Url> = t.url("url").into_iter().collect();
    urls.extend(t.urls("urls"));
    urls.extend(t.urls_file("urls_file"));
    urls.extend(t.path("path").and_then(|path| Url::from_file_path(std::path::absolute(path).ok()?).ok()));
    let mut seen = std::collections::HashSet::new();
    urls.retain(|u| seen.insert(u.clone()));
    let times = match (t.duration_of_watch("every"), t.cron("cron")) {
        (Some(_), Some(_)) => {
            t.fault("cron", "either every or cron, not both");
            None
        }
        (Some(every), None) => Some(Times::Every(every)),
        (None, Some(cron)) => Some(Times::Cron(Box::new(cron))),
        (None, None) => None,
    };
    let follow = t.table("follow", |f| Follow {
        pages: f.count("pages", 1, 100_000).unwrap_or(50),
        depth: f.count("depth", 0, 100).unwrap_or(1) as u32,
        pattern: f.regex("match"),
    });
    let source = t.choice("kind", &Source::ALL);
    let may_tell = t.flag("may_tell_name").unwrap_or(false);
    if !may_tell && urls.iter().any(|url| tells(source, url, person)) {
        t.fault("url", TELLS);
    }
    let (cookies, headers) = (t.cookies("cookies"), t.headers("headers"));
    let render = t.flag("render").unwrap_or(false);
    let paths = t.table("json", json_paths).unwrap_or_default();
    if t.has_any(&["json"]) && source != Some(Source::Json) {
        t.fault("json", "goes with kind = \"json\"");
    }
    let follow = follow.or_else(|| urls.iter().find_map(|url| source::default_follow(source::of(source, url), url)));
    let name =
        t.text("name").or_else(|| urls.first().map(|u| format!("{}{}", u.host_str().unwrap_or_default(), u.path().trim_end_matches('/'))));
    if !t.has_any(&["url", "urls", "urls_file", "path"]) {
        t.fault("url", "a watch needs an address: url = \"https://…\", urls = […], urls_file = \"…\", or path = \"…\" of a folder, mail box or archive");
    }
    let times = times.unwrap_or(Times::Every(std::time::Duration::from_secs(6 * 3600)));
    (!urls.is_empty()).then(|| Watch { name: name.unwrap_or_default(), urls, times, follow, source, cookies, paths, render, headers })
}

fn json_paths(t: &Section<'_, '_>) -> Paths {
    Paths {
        posts: t.json_path("posts"),
        text: t.json_paths("text"),
        pictures: t.json_paths("pictures"),
        links: t.json_paths("links"),
        next: t.json_path("next"),
    }
}

/// Why a search is refused.
pub const TELLS: &str = "asks for an entry of legal_names or private: your SearXNG and every search engine that it asks would learn it. Search for stage names, or write may_tell_name = true";

/// Whether an address is a search that tells a legal name or a private entry, however it is written.
pub fn tells(source: Option<Source>, url: &Url, person: &Person) -> bool {
    if source != Some(Source::Search) {
        return false;
    }
    let text = url.query_pairs().map(|(_, value)| value.into_owned()).collect::<Vec<_>>().join("\n");
    let asked = Block { text, place: Place::Text, section: 0 };
    let protected = |mention: &Mention| matches!(mention.list, List::Legal | List::Private);
    Names::new(person).find(&[asked]).iter().any(protected)
}

fn alert_settings(t: &Section<'_, '_>) -> alert::Settings {
    let d = alert::Settings::default();
    alert::Settings {
        silence: t.positive_duration("silence").unwrap_or(d.silence),
        alive: t.duration_or_never("alive").unwrap_or(d.alive),
        email: t.table("email", email).flatten(),
    }
}

fn email(t: &Section<'_, '_>) -> Option<alert::Email> {
    let to = t.mailboxes("to");
    let from = t.mailbox("from");
    let smtp = t.smtp("smtp");
    let password_away = t.is_absent_credential("password");
    let password = if password_away { None } else { t.secret("password") };
    let discreet = t.flag("discreet").unwrap_or(true);
    let phrase = t.secret_text("phrase");
    for (key, missing) in [("to", to.is_empty()), ("smtp", smtp.is_none())] {
        if missing && !t.has_any(&[key]) {
            t.fault(key, "is missing; mail needs to, smtp and, as a rule, from and password");
        }
    }
    let from = from.or_else(|| to.first().cloned());
    Some(alert::Email { to, from: from?, smtp: smtp?, password: password.map(Secret::new), password_away, discreet, phrase })
}

#[cfg(test)]
mod tests;
