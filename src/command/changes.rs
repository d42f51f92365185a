//! Somebody with the owner's login could turn the watching off quietly: other recipients, fewer pages, no names. What
//! makes less be told is told itself, to the recipients of before and those of now, in a note that says nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Failure;
use crate::alert::{self, Email, Mailer, message};
use crate::config::Config;
use crate::model::{Language, Millis, Secret, State, Times, Watch};
use crate::scan::now;
use crate::schedule;
use crate::store::{Store, Wanted};
use crate::words;

/// Dismissals within [`HOUR`] that are many.
const MANY: usize = 5;
/// The same where no open finding is left.
const ALL: usize = 3;
const HOUR: Millis = 3_600_000;
const DAY: u64 = 24 * 3600;
/// The former mail server is tried for so long before the present one gets the note.
const FORMER_FIRST: Millis = 10 * 60 * 1000;
/// One try of the former mail server.
const ONE_TRY: Duration = Duration::from_secs(30);
/// Waits between tries of the former mail server; after the last it is left alone until the next start.
const TRIES: [u64; 6] = [0, 60, 240, 1800, 7200, 21600];

/// What is remembered of the settings. Sealed in the store. Hashes without a key are enough there, and outlive a new key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    language: Language,
    recipients: Vec<String>,
    phrase: Option<Secret>,
    server: Option<Server>,
    /// The server of before, while a note waits for it.
    former: Option<Server>,
    pages: Vec<Page>,
    /// Legal names, stage names and private entries.
    entries: BTreeSet<u64>,
    /// What is excused: other people, own pages.
    excused: BTreeSet<u64>,
    originals: u64,
    /// Seconds.
    silence: u64,
    /// Seconds; 0: never.
    alive: u64,
    discreet: bool,
    /// Dismissals of the last hour.
    dismissed: Vec<Millis>,
}

/// A mail server as it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Server {
    url: Secret,
    from: Secret,
    password: Option<Secret>,
}

/// An address that is watched.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Page {
    id: u64,
    /// The times as they are written.
    times: u64,
    /// Seconds between two looks.
    gap: u64,
    /// Pages that are followed to.
    pages: usize,
}

fn hash(parts: &[&str]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(hasher.finalize().as_bytes().first_chunk::<8>().unwrap_or(&[0; 8]));
    u64::from_le_bytes(first)
}

fn same_server(a: &Server, b: &Server) -> bool {
    let place = |s: &Server| url::Url::parse(s.url.reveal()).ok().map(|u| (u.host_str().map(str::to_lowercase), u.port()));
    place(a) == place(b)
}

impl Server {
    fn of(email: &Email) -> Self {
        let url = Secret::new(email.smtp.as_str());
        Self { url, from: Secret::new(email.from.to_string()), password: email.password.clone() }
    }

    fn mailer(&self) -> Option<Mailer> {
        let email = Email {
            to: Vec::new(),
            from: self.from.reveal().parse().ok()?,
            smtp: self.url.reveal().parse().ok()?,
            password: self.password.clone(),
            password_away: false,
            discreet: true,
            phrase: None,
        };
        Mailer::new(&email).ok()
    }
}

fn page(watch: &Watch, url: &url::Url) -> Page {
    let (times, gap) = match &watch.times {
        Times::Every(gap) => (hash(&["every", &gap.as_secs().to_string()]), gap.as_secs()),
        Times::Cron(cron) => {
            let from = chrono::Local::now();
            // Ten looks from now on, so that a weekend between two of them does not count.
            let tenth = cron.iter_from(from, croner::Direction::Forward).take(10).last().unwrap_or(from);
            (hash(&["cron", &cron.pattern.to_string()]), (tenth - from).num_seconds().max(0) as u64 / 10)
        }
    };
    let pages = watch.follow.as_ref().map_or(1, |f| f.pages);
    Page { id: hash(&[url.as_str()]), times, gap, pages }
}

impl Known {
    fn of(config: &Config, originals: u64) -> Self {
        let email = config.alert.email.as_ref();
        let person = &config.person;
        let lists = [("legal", &person.legal_names), ("stage", &person.stage_names), ("private", &person.private)];
        Self {
            language: config.language,
            recipients: email.map(Email::recipients).unwrap_or_default(),
            phrase: email.and_then(|e| e.phrase.clone()),
            server: email.map(Server::of),
            former: None,
            pages: config.watches.iter().flat_map(|w| w.urls.iter().map(|u| page(w, u))).collect(),
            entries: lists.iter().flat_map(|(name, list)| list.iter().map(|s| hash(&[name, s.reveal()]))).collect(),
            excused: (person.other_people.iter().map(|s| hash(&["other", s.reveal()])))
                .chain(person.own_pages.iter().map(|u| hash(&["own", u.as_str()])))
                .collect(),
            originals,
            silence: config.alert.silence.as_secs(),
            alive: config.alert.alive.map_or(0, |d| d.as_secs().max(1)),
            discreet: email.is_none_or(|e| e.discreet),
            dismissed: Vec::new(),
        }
    }

    /// Whether `new` tells somebody less than `self` did. What only adds to the watching is nobody's harm.
    fn is_weakened_by(&self, new: &Self) -> bool {
        let address = |mailbox: &String| {
            mailbox.parse::<lettre::message::Mailbox>().map_or(mailbox.to_lowercase(), |m| m.email.to_string().to_lowercase())
        };
        let kept: BTreeSet<String> = new.recipients.iter().map(address).collect();
        let server = |known: &Self| known.server.clone();
        let longer = |old: u64, new: u64, least: u64| new > least && new > old.saturating_mul(2);
        let fewer = |old: &Page| match new.pages.iter().filter(|p| p.id == old.id).min_by_key(|p| p.gap) {
            None => true,
            Some(p) => (p.times != old.times && longer(old.gap, p.gap, DAY)) || p.pages < old.pages.div_ceil(2),
        };
        self.recipients.iter().map(address).any(|r| !kept.contains(&r))
            || matches!((server(self), server(new)), (Some(a), Some(b)) if !same_server(&a, &b))
            || self.pages.iter().any(fewer)
            || !self.entries.is_subset(&new.entries)
            || !new.excused.is_subset(&self.excused)
            || new.originals < self.originals
            || longer(self.silence, new.silence, 4 * DAY)
            || (self.alive > 0 && (new.alive == 0 || longer(self.alive, new.alive, 14 * DAY)))
            || (self.discreet && !new.discreet && !self.recipients.is_empty())
    }

    /// The notes of a change, one for each recipient of before and of now, with the sentence that they know.
    fn notes(&self, new: &Self, when: &str) -> Vec<crate::store::NewMail> {
        let (former, now) = (words::of(self.language), words::of(new.language));
        let before = self.recipients.iter().map(|to| message::settings(former, to, self.phrase.as_ref(), former.settings_changed(when)));
        let added = new.recipients.iter().filter(|to| !self.recipients.contains(to));
        // Whoever was added may be the one who made the change: they are not told what the others are told to do.
        before.chain(added.map(|to| message::settings(now, to, new.phrase.as_ref(), now.settings_were_changed(when)))).collect()
    }
}

/// Compares the settings with those that were known, remembers them, and writes the notes where less is told than before.
/// `dismissed` findings were dismissed just now.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn look(store: &Store, config: &Config, dismissed: usize) -> Result<(), Failure> {
    let now = now();
    let mut new = Known::of(config, store.count_originals().await?);
    let away = config.alert.email.as_ref().is_some_and(|e| e.password_away);
    let open = if dismissed > 0 { store.findings(&Wanted::All).await?.iter().filter(|f| f.state == State::Open).count() } else { 0 };
    let compare = move |old: Option<Known>| {
        let Some(old) = old else { return (new, Vec::new(), 0) };
        // By hand the service's password is not here; the one that is known stays.
        if let (true, Some(was), Some(is)) = (away, &old.server, &mut new.server) {
            is.password = was.password.clone().filter(|_| same_server(was, is));
        }
        new.dismissed = old.dismissed.iter().copied().filter(|at| (now - at).abs() < HOUR).collect();
        new.dismissed.extend(std::iter::repeat_n(now, dismissed));
        let many = dismissed > 0 && (new.dismissed.len() >= MANY || (open == 0 && new.dismissed.len() >= ALL));
        if many {
            new.dismissed.clear();
        }
        // A server that is out of use is still the way to those who trusted it.
        let moved = old.server.as_ref().filter(|was| new.server.as_ref().is_none_or(|is| !same_server(was, is)));
        new.former = moved.cloned().or_else(|| old.former.clone());
        if !many && !old.is_weakened_by(&new) {
            return (new, Vec::new(), 0);
        }
        let wait = if new.former.is_some() { FORMER_FIRST } else { 0 };
        let notes = old.notes(&new, &schedule::local(now));
        (new, notes, wait)
    };
    Ok(store.settings(now, compare).await?)
}

/// The mail server of before, where notes may wait for it.
async fn former(store: &Store) -> Result<Option<Mailer>, Failure> {
    let known: Option<Known> = store.known_settings().await?;
    Ok(known.and_then(|known| known.former).as_ref().and_then(Server::mailer))
}

/// Tries once to deliver the notes that wait for the mail server of before; `true` where none is left.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn deliver_by_former(store: &Store) -> Result<bool, Failure> {
    let Some(mailer) = former(store).await? else { return Ok(true) };
    let over = match tokio::time::timeout(ONE_TRY, alert::deliver_settings(store, &mailer)).await {
        Ok(over) => over?,
        Err(_) => false,
    };
    if over {
        let forget = |known: Option<Known>| (Known { former: None, ..known.unwrap_or_default() }, Vec::new(), 0);
        store.settings(now(), forget).await?;
    }
    Ok(over)
}

/// The same for the daemon: several tries, ever rarer.
pub async fn keep_delivering_by_former(store: Store) {
    for wait in TRIES {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        match deliver_by_former(&store).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(_) => tracing::warn!("the store could not be read for notes of changed settings"),
        }
    }
}
