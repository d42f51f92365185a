//! `doctor --egress`: one real pass, as `scan` runs it, with a witness beside the network; then what left is shown by
//! destination and searched for the owner's entries. Entries are told by kind and number, never by name.

mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use url::Url;

use super::Check;
use crate::alert::{Mailer, Posted, Style, message};
use crate::cli::Global;
use crate::command::{Done, Failure, SOME_FAILED, changes, complain, load, open_store, own, pool, print_json, say, scan};
use crate::config::Config;
use crate::fetch::{Asked, Record, What};
use crate::scan::{Own, Scanner, now, same_site};
use crate::store::{DueMail, Store};
use crate::words::{self, EgressWords, fill, harmless};
use search::{Entry, Search};

/// What went to one place.
#[derive(Default)]
struct Destination {
    kinds: BTreeMap<&'static str, usize>,
    bytes: usize,
    headers: BTreeSet<String>,
    holds_entry: bool,
}

/// An entry that left.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Leak {
    entry: Entry,
    /// Number of the destination, from 1.
    place: String,
    part: String,
    why: Why,
}

/// Whether it may have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// The owner wrote the address.
    OwnAddress,
    /// The site itself wrote what it was asked.
    ItsOwn,
    /// The mailbox that the owner wrote.
    OwnMailbox,
    /// Mails are not to be discreet.
    Open,
    /// It should not have left.
    Never,
}

impl Why {
    fn key(self) -> &'static str {
        match self {
            Self::OwnAddress => "your own address",
            Self::ItsOwn => "written by the site itself",
            Self::OwnMailbox => "your own mailbox",
            Self::Open => "discreet = false",
            Self::Never => "not allowed",
        }
    }

    fn words(self, w: &EgressWords) -> &'static str {
        match self {
            Self::OwnAddress => w.own_address,
            Self::ItsOwn => w.its_own,
            Self::OwnMailbox => w.own_mailbox,
            Self::Open => w.open_mail,
            Self::Never => w.never,
        }
    }
}

/// What was seen to leave.
#[derive(Default)]
struct Seen {
    destinations: BTreeMap<String, Destination>,
    leaks: BTreeSet<Leak>,
    /// Bytes or requests that nobody meant, and so were not judged.
    unexplained: usize,
    requests: usize,
    /// Pages that could not be looked at, of how many.
    failed: (u64, u64),
    mail: SeenMail,
}

/// Whether a mail was there to be searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SeenMail {
    #[default]
    Seen,
    /// None could be written.
    Unseen,
    /// None is configured.
    None,
}

/// Looks once and tells what left.
pub async fn run(global: &Global, as_json: bool) -> Done {
    let config = load(global)?;
    let w = words::egress(config.language);
    if config.watches.is_empty() {
        return Err(Failure::Usage(w.no_watches.into()));
    }
    let record = Record::listen().map_err(|why| Failure::Failed(anyhow::anyhow!(why)))?;
    let posted = Arc::new(Posted::default());
    let store = open_store(&config).await?;
    let _lock = store.lock_as_worker(now()).await?;
    changes::look(&store, &config, 0).await?;
    let own = own(&config, &store).await?;
    let failed = pass(&config, &store, own.clone(), &record, &posted).await?;
    let mut paths = Vec::new();
    store.each_original(|original| paths.push(original.facts.path)).await?;
    let example = match posted.all().is_empty() {
        true => note(&config)?,
        false => None,
    };
    store.close().await;
    let search = Search::new(&own, &paths);
    let mail = match (&config.alert.email, &example) {
        (None, _) => SeenMail::None,
        (_, None) if posted.all().is_empty() => SeenMail::Unseen,
        _ => SeenMail::Seen,
    };
    let seen = Seen { failed, mail, ..judge(&config, &own, &search, &record, &posted, example) };
    let checks = checks(&seen, &search, w);
    if as_json {
        print_json(&document(&seen, &search, &checks));
    } else {
        print(&config, &seen, &checks, w);
    }
    Ok(if checks.iter().all(|check| check.ok || !check.needed) { 0 } else { SOME_FAILED })
}

/// One pass over every watch, and the mails that are due; says how many pages could not be looked at, of how many.
async fn pass(config: &Config, store: &Store, own: Arc<Own>, record: &Arc<Record>, posted: &Arc<Posted>) -> Result<(u64, u64), Failure> {
    let started = now();
    let scanner = Scanner::recorded(store.clone(), &config.fetch, pool(config), own, &config.watches, Some(record.clone()));
    let scanner = Arc::new(scanner.map_err(Failure::Usage)?);
    store.end_passes_except(&config.watches).await?;
    for watch in &config.watches {
        store.begin_pass(watch, None, now()).await?;
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        if crate::command::run::asked_to_stop().await.is_ok() {
            let _ = stop.send(true);
        }
    });
    scanner.drain(&stopped).await?;
    if *stopped.borrow() {
        return Err(Failure::Failed(anyhow::anyhow!("stopped; what was found so far is recorded")));
    }
    let report = scan::report(store, &config.watches, started, started).await?;
    let coverage = scan::coverage(&report.pages);
    if let Some(line) = scan::tell_recorded(store, config, coverage, Some(posted.clone())).await? {
        complain(line);
    }
    Ok((coverage.all.saturating_sub(coverage.looked), coverage.all))
}

/// Where no mail was due: a note as it would be sent. It is not sent.
fn note(config: &Config) -> Result<Option<(String, Vec<u8>)>, Failure> {
    let Some(email) = &config.alert.email else { return Ok(None) };
    let Ok(mailer) = Mailer::new(email) else { return Ok(None) };
    let Some(mail) = message::test(&Style::new(email, config.language)).pop() else { return Ok(None) };
    let due = DueMail { id: "0".repeat(32), created_at: now(), tries: 0, letter: mail.letter };
    Ok(Some(mailer.as_sent(&due).map_err(anyhow::Error::new)?))
}

fn judge(config: &Config, own: &Own, search: &Search<'_>, record: &Record, posted: &Posted, example: Option<(String, Vec<u8>)>) -> Seen {
    let mut seen = Seen::default();
    let asked = record.all_asked();
    let (sent, rest) = record.sent();
    seen.unexplained = rest;
    seen.requests = sent.len();
    // Each request that left must be one that was meant: same host, same path.
    let mut meant: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (n, one) in asked.iter().enumerate() {
        meant.entry((authority(&one.url), target(&one.url))).or_default().push(n);
    }
    for request in &sent {
        let (line, headers) = take_apart(&request.head);
        let host = headers.iter().find(|(name, _)| name == "host").map(|(_, v)| v.clone()).unwrap_or_default();
        let path = line.split(' ').nth(1).unwrap_or_default();
        // To a proxy the whole address is asked.
        let path = Url::parse(path).ok().filter(Url::has_host).map_or_else(|| path.to_string(), |url| target(&url));
        let key = (host.clone(), path);
        let which = meant.get_mut(&key).and_then(|left| if left.len() > 1 { left.pop() } else { left.first().copied() });
        let Some((n, ask)) = which.and_then(|n| asked.get(n).map(|ask| (n, ask))) else {
            seen.unexplained += request.head.len();
            continue;
        };
        let place = ask.url.host_str().unwrap_or_default().to_string();
        let to = seen.destinations.entry(place.clone()).or_default();
        let kind = match ask.what {
            _ if ask.url.path() == "/robots.txt" => "robots",
            What::Page => "page",
            What::Picture => "picture",
        };
        *to.kinds.entry(kind).or_default() += 1;
        to.bytes += request.head.len();
        to.headers.extend(headers.iter().map(|(name, _)| name.clone()));
        let before = asked.get(..n).unwrap_or_default();
        for (part, bytes) in
            std::iter::once(("address".to_string(), format!("{line} {host}"))).chain(headers.into_iter().filter(|(name, _)| name != "host"))
        {
            for entry in search.find(bytes.as_bytes()) {
                let why = why(config, ask, before, &part);
                seen.leaks.insert(Leak { entry, place: place.clone(), part: part.clone(), why });
            }
        }
    }
    for name in record.names() {
        let to = seen.destinations.entry(name).or_default();
        *to.kinds.entry("name look-up").or_default() += 1;
    }
    let open = config.alert.email.as_ref().is_some_and(|e| !e.discreet);
    for (envelope, data) in posted.all().into_iter().chain(example) {
        mail(&mut seen, search, &envelope, &data, open);
    }
    for (host, to) in &mut seen.destinations {
        to.holds_entry = own.in_address(&Url::parse(&format!("http://{host}/")).unwrap_or_else(|_| nowhere()))
            || !search.find(host.as_bytes()).is_empty();
    }
    seen
}

fn nowhere() -> Url {
    Url::parse("http://host.invalid/").unwrap_or_else(|_| unreachable!("a constant address parses"))
}

/// Whether an entry in this part of a request may have left.
fn why(config: &Config, ask: &Asked, before: &[Asked], part: &str) -> Why {
    let wrote = |url: &&Url| same_page(url, &ask.url) || (ask.url.path() == "/robots.txt" && url.host() == ask.url.host());
    let of_site = |other: &Url| same_site(other, &ask.url);
    let its_own = ask.from.as_ref().is_some_and(of_site) || before.iter().any(|b| b.what == What::Page && of_site(&b.url));
    match part {
        "address" if config.watches.iter().flat_map(|w| &w.urls).any(|u| wrote(&u)) => Why::OwnAddress,
        // Cookies and the marks of what is known come from the site that gets them back.
        "address" | "cookie" | "if-none-match" | "if-modified-since" if its_own || part != "address" => Why::ItsOwn,
        _ => Why::Never,
    }
}

fn same_page(a: &Url, b: &Url) -> bool {
    authority(a) == authority(b) && target(a) == target(b)
}

fn mail(seen: &mut Seen, search: &Search<'_>, envelope: &str, data: &[u8], open: bool) {
    let place = envelope.split(' ').next().unwrap_or_default().to_string();
    let to = seen.destinations.entry(place.clone()).or_default();
    *to.kinds.entry("mail").or_default() += 1;
    to.bytes += envelope.len() + data.len();
    let end = memchr::memmem::find(data, b"\r\n\r\n").unwrap_or(data.len());
    let (head, body) = data.split_at(end);
    let (_, headers) = take_apart(&[b"\r\n".as_slice(), head].concat());
    to.headers.extend(headers.iter().map(|(name, _)| name.clone()));
    let parts = headers.into_iter().chain([("envelope".to_string(), envelope.to_string())]);
    for (part, text) in parts {
        let why = if matches!(part.as_str(), "from" | "to" | "envelope" | "message-id") { Why::OwnMailbox } else { Why::Never };
        for entry in search.find(text.as_bytes()) {
            seen.leaks.insert(Leak { entry, place: place.clone(), part: part.clone(), why });
        }
    }
    for entry in search.find(body) {
        let why = if open { Why::Open } else { Why::Never };
        seen.leaks.insert(Leak { entry, place: place.clone(), part: "body".into(), why });
    }
}

/// First line, and headers by lower-case name; folded lines are joined.
fn take_apart(head: &[u8]) -> (String, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(head).replace("\r\n ", " ").replace("\r\n\t", " ");
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default().to_string();
    let headers = lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_string()));
    (first, headers.collect())
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
}

fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_string(), |query| format!("{}?{query}", url.path()))
}

/// The name of a destination, unless it holds an entry: what `doctor` prints is often shown to somebody who helps.
fn shown(seen: &Seen, place: &str, w: &EgressWords) -> String {
    let number = seen.destinations.keys().position(|p| p == place).unwrap_or(0) + 1;
    let hidden = seen.destinations.get(place).is_some_and(|to| to.holds_entry);
    if hidden { fill(w.hidden, &[&number]) } else { harmless(place) }
}

/// The same in a document; nothing where it holds an entry.
fn named(seen: &Seen, place: &str) -> Option<String> {
    let hidden = seen.destinations.get(place).is_some_and(|to| to.holds_entry);
    (!hidden).then(|| harmless(place))
}

fn document(seen: &Seen, search: &Search<'_>, checks: &[Check]) -> serde_json::Value {
    let places: Vec<_> = (seen.destinations.iter())
        .map(|(place, to)| json!({"host": named(seen, place), "kinds": to.kinds, "bytes": to.bytes, "headers": to.headers}))
        .collect();
    let found: Vec<_> = (seen.leaks.iter())
        .map(|leak| {
            let (kind, number) = leak.entry;
            json!({"entry": kind.key(), "number": number, "host": named(seen, &leak.place), "part": leak.part,
                   "allowed": leak.why != Why::Never, "why": leak.why.key()})
        })
        .collect();
    let checks: Vec<_> = checks.iter().map(|c| json!({"what": c.what, "ok": c.ok, "message": c.message, "mend": c.mend})).collect();
    json!({
        "checks": checks,
        "destinations": places, "requests": seen.requests, "found": found, "searched": search.count(), "unexplained": seen.unexplained,
    })
}

/// What left, first; then what could not be seen, because silence about that would sound like "nothing left".
fn checks(seen: &Seen, search: &Search<'_>, w: &EgressWords) -> Vec<Check> {
    let wrong = seen.leaks.iter().filter(|leak| leak.why == Why::Never).count();
    let mut checks = vec![match (wrong + seen.unexplained, seen.requests) {
        (0, 0) => Check::bad("egress", w.no_requests, w.mend_no_requests),
        (0, _) => Check::good("egress", fill(w.good, &[&search.count(), &seen.requests, &seen.leaks.len()])),
        _ => Check::bad("egress", fill(w.bad, &[&wrong, &seen.unexplained]), w.mend),
    }];
    if seen.failed.0 > 0 {
        checks.push(Check::bad("pages", fill(w.failed, &[&seen.failed.0, &seen.failed.1]), w.mend_failed));
    }
    match seen.mail {
        SeenMail::Seen => {}
        SeenMail::Unseen => checks.push(Check::bad("mail", w.mail_unseen, w.mend_mail_unseen)),
        // Nothing leaves that way, so nothing is left to be seen.
        SeenMail::None => checks.push(Check::bad("mail", w.no_mail, w.mend_no_mail).optional()),
    }
    checks
}

fn print(config: &Config, seen: &Seen, checks: &[Check], w: &EgressWords) {
    say(w.opening);
    say(if config.fetch.proxy.is_some() { w.names_by_proxy } else { w.names_here });
    for (place, to) in &seen.destinations {
        let kinds: Vec<String> = to.kinds.iter().map(|(kind, n)| format!("{n} × {}", (w.kind)(kind))).collect();
        say(format!("\n{}\n    {}; {} {}", shown(seen, place, w), kinds.join(", "), to.bytes, w.bytes));
        if !to.headers.is_empty() {
            say(format!("    {}: {}", w.headers, harmless(&to.headers.iter().cloned().collect::<Vec<_>>().join(", "))));
        }
    }
    if !seen.leaks.is_empty() {
        say(format!("\n{}", w.found));
    }
    for leak in &seen.leaks {
        let (kind, number) = leak.entry;
        say(format!("    {} {number} → {}, {}: {}", kind.key(), shown(seen, &leak.place, w), harmless(&leak.part), leak.why.words(w)));
    }
    say("");
    for check in checks {
        say(format!("{} {}", check.mark(), check.message));
        if let Some(mend) = &check.mend {
            say(format!("        → {mend}"));
        }
    }
}
