//! `monitor doctor`: tests everything and says what to mend.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Done, Failure, Own, SOME_FAILED, discreet, has, load, print_json, say};
use crate::alert::{self, Mailer, Style, message};
use crate::cli::Global;
use crate::config::Config;
use crate::model::{Language, Millis};
use crate::render;
use crate::scan::now;
use crate::schedule;
use crate::source;
use crate::store::{KeySource, Store};
use crate::words::{self, DoctorWords, fill, harmless};

mod cage;
mod drop_in;
mod egress;
mod entries;

pub use drop_in::run as drop_in;
pub use egress::run as egress;

/// One thing that was tested.
struct Check {
    what: String,
    ok: bool,
    /// The main job needs it.
    needed: bool,
    message: String,
    mend: Option<String>,
}

impl Check {
    fn good(what: impl Into<String>, message: impl Into<String>) -> Self {
        Self { what: what.into(), ok: true, needed: true, message: message.into(), mend: None }
    }

    fn bad(what: impl Into<String>, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), ok: false, needed: true, message: message.into(), mend: Some(mend.into()) }
    }

    fn optional(self) -> Self {
        Self { needed: false, ..self }
    }

    /// How its line begins.
    fn mark(&self) -> &'static str {
        match (self.ok, self.needed) {
            (true, _) => "ok   ",
            (false, false) => "note ",
            (false, true) => "mend ",
        }
    }
}

/// Tests everything.
pub async fn run(global: &Global, as_json: bool, send_test: bool) -> Done {
    let quiet = Global { quiet: true, ..global.clone() };
    let mut checks = Vec::new();
    let (mut wrong, mut renders) = (false, false);
    let mut w = words::of(Language::En).doctor();
    match load(&quiet) {
        Err(Failure::Usage(message)) => {
            wrong = true;
            checks.push(Check::bad("configuration", message, w.mend_configuration));
        }
        Err(failure) => return Err(failure),
        Ok(config) => {
            w = words::of(config.language).doctor();
            checks.push(Check::good("configuration", config.file.display().to_string()));
            for warning in &config.warnings {
                checks.push(Check::bad("configuration", warning.clone(), w.see_message).optional());
            }
            renders = config.watches.iter().any(|watch| watch.render);
            settings(&config, &w, &mut checks);
            match Store::open(&config.state_dir, &config.key).await {
                Err(error) => checks.push(Check::bad("store", error.to_string(), w.see_message)),
                Ok(store) => {
                    memory(&config, &store, &w, &mut checks).await?;
                    mail(&config, &store, send_test, &w, &mut checks).await?;
                    store.close().await;
                }
            }
        }
    }
    checks.push(if discreet::has_no_core() {
        Check::good("core dumps", w.no_core)
    } else {
        Check::bad("core dumps", w.core, w.mend_core).optional()
    });
    helpers(&w, &mut checks);
    checks.push(browser(renders, &w).await);
    checks.extend(cage::tried(&w).await);
    if as_json {
        let all: Vec<_> = checks.iter().map(|c| json!({"what": c.what, "ok": c.ok, "message": c.message, "mend": c.mend})).collect();
        print_json(&json!({ "checks": all }));
    } else {
        for check in &checks {
            say(format!("{} {}: {}", check.mark(), harmless(&check.what), harmless_lines(&check.message)));
            if let Some(mend) = &check.mend {
                say(format!("        → {mend}"));
            }
        }
    }
    if wrong {
        return Ok(2);
    }
    Ok(if checks.iter().any(|c| c.needed && !c.ok) { SOME_FAILED } else { 0 })
}

fn harmless_lines(text: &str) -> String {
    text.lines().map(harmless).collect::<Vec<_>>().join("\n        ")
}

fn settings(config: &Config, w: &DoctorWords, checks: &mut Vec<Check>) {
    let person = &config.person;
    if person.legal_names.is_empty() && config.content.paths.is_empty() {
        checks.push(Check::bad("person", w.no_person, w.mend_no_person));
    } else {
        let lists = [&person.legal_names, &person.stage_names, &person.private, &person.context].map(Vec::len);
        let [legal, stage, private, context] = &lists;
        checks.push(Check::good("person", fill(w.person, &[legal, stage, private, context])));
    }
    if !person.legal_names.is_empty() && person.context.is_empty() {
        checks.push(Check::bad("context", w.no_context, w.mend_no_context).optional());
    }
    entries::weigh(person, w, checks);
    match &config.fetch.proxy {
        None => checks.push(Check::good("route", w.direct)),
        Some(proxy) => {
            let address = (proxy.host_str().unwrap_or_default().to_string(), proxy.port_or_known_default().unwrap_or(9050));
            let reached = std::net::ToSocketAddrs::to_socket_addrs(&(address.0.as_str(), address.1))
                .ok()
                .and_then(|mut all| all.next())
                .is_some_and(|to| std::net::TcpStream::connect_timeout(&to, std::time::Duration::from_secs(5)).is_ok());
            checks.push(if reached { Check::good("route", w.proxy) } else { Check::bad("route", w.proxy_down, w.mend_proxy_down) });
        }
    }
    if !config.fetch.allow_private.is_empty() {
        checks.push(Check::bad("private networks", w.private_allowed, w.mend_private_allowed).optional());
    }
}

async fn memory(config: &Config, store: &Store, w: &DoctorWords, checks: &mut Vec<Check>) -> Result<(), Failure> {
    checks.push(match store.pulse(now()).await {
        Ok(()) => Check::good("store", fill(w.store, &[&Store::file_in(&config.state_dir).display()])),
        Err(error) => Check::bad("store", error.to_string(), w.mend_store),
    });
    checks.push(match &config.key {
        KeySource::File(path) => Check::good("key", fill(w.key_file, &[&path.display()])),
        KeySource::Credential(_) => Check::good("key", w.key_credential),
    });
    let originals = store.originals().await?;
    let plain = originals.iter().filter(|o| o.facts.plain).count();
    let outdated = originals.iter().filter(|o| o.version != config.content.depth.version()).count();
    let away = originals.iter().filter(|o| !o.facts.path.is_empty() && !std::path::Path::new(&o.facts.path).exists()).count();
    checks.push(match (originals.len(), outdated) {
        (0, _) => Check::bad("originals", w.no_originals, w.mend_no_originals),
        (n, 0) => Check::good("originals", fill(w.originals, &[&n, &plain, &away])),
        (n, old) => Check::bad("originals", fill(w.old_originals, &[&old, &n]), w.mend_old_originals),
    });
    if config.watches.is_empty() {
        checks.push(Check::bad("watches", w.no_watches, w.mend_no_watches));
    }
    let own = Own::load(store, config.person.clone(), config.content.depth).await?;
    for watch in &config.watches {
        if watch.urls.iter().any(|url| url.scheme() != "file" && own.in_address(url)) {
            checks.push(Check::bad(fill(w.watch, &[&watch.name]), w.name_in_address, w.mend_name_in_address).optional());
        }
        let facts = store.watch(watch, now()).await?;
        let what = fill(w.watch, &[&watch.name]);
        let kinds: BTreeSet<&str> = watch.urls.iter().map(|url| source::of(watch.source, url).name()).collect();
        checks.push(Check::good(what.clone(), fill(w.read_as, &[&kinds.into_iter().collect::<Vec<_>>().join(", ")])));
        let silent = now().saturating_sub(facts.seen_at.max(facts.known_since)) >= config.alert.silence.as_millis() as Millis;
        let seen = schedule::local(facts.seen_at);
        checks.push(match (facts.began_at, facts.seen_at) {
            (0, _) => Check::good(what, w.never_looked),
            (_, 0) => Check::bad(what, w.never_seen, w.mend_silent),
            _ if silent => Check::bad(what, fill(w.long_silent, &[&seen]), w.mend_silent),
            _ => Check::good(what, fill(w.last_seen, &[&seen])),
        });
    }
    Ok(())
}

async fn mail(config: &Config, store: &Store, send_test: bool, w: &DoctorWords, checks: &mut Vec<Check>) -> Result<(), Failure> {
    let Some(email) = &config.alert.email else {
        checks.push(Check::bad("mail", w.no_mail, w.mend_no_mail));
        return Ok(());
    };
    let mailer = match Mailer::new(email) {
        Ok(mailer) => mailer,
        Err(error) => {
            checks.push(Check::bad("mail", discreet::refusal(&error, &config.person), w.mend_credential).optional());
            return Ok(());
        }
    };
    checks.push(match mailer.test().await {
        Ok(()) => Check::good("mail", w.mail),
        Err(error) => Check::bad("mail", discreet::refusal(&error, &config.person), w.mend_mail),
    });
    if email.phrase.is_none() {
        checks.push(Check::bad("phrase", w.no_phrase, w.mend_no_phrase).optional());
    }
    if send_test {
        store.post(&message::test(&Style::new(email, config.language)), now()).await?;
        checks.push(match alert::deliver(store, &mailer, &email.recipients()).await? {
            (sent, None) => Check::good("test note", fill(w.test_sent, &[&sent])),
            (_, Some(error)) => Check::bad("test note", discreet::refusal(&error, &config.person), w.mend_test),
        });
    }
    let (waiting, _) = store.waiting_mails().await?;
    if waiting > 0 {
        checks.push(Check::bad("outbox", fill(w.waiting, &[&waiting]), w.mend_waiting));
    }
    Ok(())
}

fn helpers(w: &DoctorWords, checks: &mut Vec<Check>) {
    for (program, package, reads) in [("ffmpeg", "ffmpeg", w.films), ("heif-convert", "libheif-examples", w.heic)] {
        checks.push(if has(program) {
            Check::good(program, fill(w.helper, &[&reads]))
        } else {
            Check::bad(program, fill(w.no_helper, &[&reads]), format!("sudo apt install {package}")).optional()
        });
    }
    checks.push(Check::good("tesseract", if has("tesseract") { w.unused } else { w.unused_absent }).optional());
}

/// Whether pages can be drawn; tried where a watch asks for it.
async fn browser(wanted: bool, w: &DoctorWords) -> Check {
    const WHAT: &str = "chromium";
    if !wanted {
        return Check::good(WHAT, if has(WHAT) { w.browser_unused } else { w.browser_absent }).optional();
    }
    match render::try_browser().await {
        Ok(version) => Check::good(WHAT, fill(if render::is_served() { w.browser_unit } else { w.browser }, &[&version])),
        Err(error) => Check::bad(WHAT, fill(w.no_browser, &[&error.detail]), w.mend_browser),
    }
}
