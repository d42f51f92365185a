//! `monitor doctor`: tests everything and says what to mend.

use serde_json::json;

use super::{Done, Failure, SOME_FAILED, has, load, print_json, say};
use crate::alert::{self, Mailer, Style, message};
use crate::cli::Global;
use crate::config::Config;
use crate::model::Millis;
use crate::scan::now;
use crate::schedule;
use crate::store::{KeySource, Store};
use crate::words::harmless;

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
}

/// Tests everything.
pub async fn run(global: &Global, as_json: bool, send_test: bool) -> Done {
    let quiet = Global { quiet: true, ..global.clone() };
    let mut checks = Vec::new();
    match load(&quiet) {
        Err(Failure::Usage(message)) => {
            checks.push(Check::bad("configuration", message, "mend the lines named, or write a new one with 'monitor init'"))
        }
        Err(failure) => return Err(failure),
        Ok(config) => {
            checks.push(Check::good("configuration", config.file.display().to_string()));
            for warning in &config.warnings {
                checks.push(Check::bad("configuration", warning.clone(), "see the message").optional());
            }
            settings(&config, &mut checks);
            match Store::open(&config.state_dir, &config.key).await {
                Err(error) => checks.push(Check::bad("store", error.to_string(), "see the message; nothing was changed")),
                Ok(store) => {
                    memory(&config, &store, &mut checks).await?;
                    mail(&config, Some(&store), send_test, &mut checks).await?;
                    store.close().await;
                }
            }
        }
    }
    helpers(&mut checks);
    if as_json {
        let all: Vec<_> = checks.iter().map(|c| json!({"what": c.what, "ok": c.ok, "message": c.message, "mend": c.mend})).collect();
        print_json(&json!({ "checks": all }));
    } else {
        for check in &checks {
            let mark = match (check.ok, check.needed) {
                (true, _) => "ok   ",
                (false, false) => "note ",
                (false, true) => "mend ",
            };
            say(format!("{mark} {}: {}", check.what, harmless_lines(&check.message)));
            if let Some(mend) = &check.mend {
                say(format!("        → {mend}"));
            }
        }
    }
    Ok(if checks.iter().any(|c| c.needed && !c.ok) { SOME_FAILED } else { 0 })
}

fn harmless_lines(text: &str) -> String {
    text.lines().map(harmless).collect::<Vec<_>>().join("\n        ")
}

fn settings(config: &Config, checks: &mut Vec<Check>) {
    let person = &config.person;
    if person.legal_names.is_empty() && config.content.paths.is_empty() {
        checks.push(Check::bad("person", "neither names nor pictures are configured", "fill in me.legal_names and content.paths"));
    } else {
        let message = format!(
            "{} legal names, {} stage names, {} private entries, {} words of context",
            person.legal_names.len(),
            person.stage_names.len(),
            person.private.len(),
            person.context.len()
        );
        checks.push(Check::good("person", message));
    }
    if !person.legal_names.is_empty() && person.context.is_empty() {
        checks.push(
            Check::bad(
                "context",
                "no word tells you from others of the same name",
                "add a town, a school or a trade to me.context: a name near one is told sooner",
            )
            .optional(),
        );
    }
    if let Some(name) = person.legal_names.iter().position(|n| n.reveal().split_whitespace().count() < 2) {
        checks.push(
            Check::bad(
                "names",
                format!("legal name number {} has one word only, and will be found on many pages that are not about you", name + 1),
                "write given and family name",
            )
            .optional(),
        );
    }
    match &config.fetch.proxy {
        None => checks.push(Check::good("route", "direct: sites see this machine's internet address")),
        Some(proxy) => {
            let address = (proxy.host_str().unwrap_or_default().to_string(), proxy.port_or_known_default().unwrap_or(9050));
            let reached = std::net::ToSocketAddrs::to_socket_addrs(&(address.0.as_str(), address.1))
                .ok()
                .and_then(|mut all| all.next())
                .is_some_and(|to| std::net::TcpStream::connect_timeout(&to, std::time::Duration::from_secs(5)).is_ok());
            checks.push(if reached {
                Check::good("route", "through the proxy; the private-network guard sees addresses, not where the proxy resolves names to")
            } else {
                Check::bad(
                    "route",
                    "the proxy does not answer; nothing goes out directly, so nothing can be looked at",
                    "start it, or mend fetch.proxy",
                )
            });
        }
    }
    if !config.fetch.allow_private.is_empty() {
        checks.push(
            Check::bad("private networks", "some may be reached (fetch.allow_private)", "only for sites of your own; empty it otherwise")
                .optional(),
        );
    }
}

async fn memory(config: &Config, store: &Store, checks: &mut Vec<Check>) -> Result<(), Failure> {
    match store.pulse(now()).await {
        Ok(()) => checks.push(Check::good("store", format!("{} opens, reads and writes", Store::file_in(&config.state_dir).display()))),
        Err(error) => checks.push(Check::bad("store", error.to_string(), "free some room, or mend the folder's rights")),
    }
    let key = config.key.path().display();
    checks.push(match &config.key {
        KeySource::File(_) => {
            Check::good("key", format!("{key}; whoever has this file and the store can read what was found: keep a copy elsewhere"))
        }
        KeySource::Credential(_) => Check::good("key", "handed over by systemd"),
    });
    let originals = store.originals().await?;
    let plain = originals.iter().filter(|o| o.facts.plain).count();
    let outdated = originals.iter().filter(|o| o.version != config.content.depth.version()).count();
    let away = originals.iter().filter(|o| !o.facts.path.is_empty() && !std::path::Path::new(&o.facts.path).exists()).count();
    checks.push(match (originals.len(), outdated) {
        (0, _) => Check::bad("originals", "no picture has been added", "'monitor add' fingerprints what lies in content.paths"),
        (n, 0) => Check::good(
            "originals",
            format!(
                "{n} added, {plain} of them too plain to be recognised, {away} whose file is not there now (they are still recognised)"
            ),
        ),
        (n, old) => Check::bad(
            "originals",
            format!("{old} of {n} were fingerprinted by another version or depth and are not recognised"),
            "'monitor add' reads them again",
        ),
    });
    if config.watches.is_empty() {
        checks.push(Check::bad("watches", "nothing is watched", "add a [[watch]] with an url"));
    }
    for watch in &config.watches {
        let facts = store.watch(watch, now()).await?;
        let what = format!("watch \"{}\"", watch.name);
        let silent = now().saturating_sub(facts.seen_at.max(facts.known_since)) >= config.alert.silence.as_millis() as Millis;
        checks.push(match (facts.began_at, facts.seen_at) {
            (0, _) => Check::good(what, "not looked at yet"),
            (_, 0) => Check::bad(what, "could never be looked at", "'monitor scan' tells why"),
            (_, seen) if silent => {
                Check::bad(what, format!("could last be looked at {}", schedule::local(seen)), "'monitor scan' tells why")
            }
            (_, seen) => Check::good(what, format!("last looked at {}", schedule::local(seen))),
        });
    }
    Ok(())
}

async fn mail(config: &Config, store: Option<&Store>, send_test: bool, checks: &mut Vec<Check>) -> Result<(), Failure> {
    let Some(email) = &config.alert.email else {
        checks.push(Check::bad("mail", "no mail is configured, so that nothing is told", "fill in [alert.email]"));
        return Ok(());
    };
    let mailer = match Mailer::new(email) {
        Ok(mailer) => mailer,
        Err(error) => {
            checks.push(
                Check::bad("mail", error.to_string(), "run 'monitor doctor' with CREDENTIALS_DIRECTORY set to test it by hand").optional(),
            );
            return Ok(());
        }
    };
    checks.push(match mailer.test().await {
        Ok(()) => Check::good("mail", "the server answers and accepts the login"),
        Err(error) => Check::bad("mail", error.to_string(), "mend alert.email.smtp or its password; README lists the usual providers"),
    });
    if email.phrase.is_none() {
        checks.push(
            Check::bad(
                "phrase",
                "notes carry no sentence of yours",
                "set alert.email.phrase: \"your photos are online, click here\" is a mail that others send",
            )
            .optional(),
        );
    }
    let Some(store) = store else { return Ok(()) };
    if send_test {
        store.post(&message::test(&Style::new(email, config.language)), now()).await?;
        checks.push(match alert::deliver(store, &mailer).await? {
            (sent, None) => Check::good("test note", format!("{sent} delivered to the server")),
            (_, Some(error)) => Check::bad("test note", error.to_string(), "it stays in the outbox and is tried again"),
        });
    }
    let (waiting, _) = store.waiting_mails().await?;
    if waiting > 0 {
        checks.push(Check::bad(
            "outbox",
            format!("{waiting} mails wait for the server"),
            "they are tried again by 'monitor run' and 'monitor scan'",
        ));
    }
    Ok(())
}

fn helpers(checks: &mut Vec<Check>) {
    for (program, package, use_) in
        [("ffmpeg", "ffmpeg", "AVIF pictures and videos"), ("heif-convert", "libheif-examples", "HEIC pictures")]
    {
        checks.push(if has(program) {
            Check::good(program, format!("installed: {use_} can be read"))
        } else {
            Check::bad(program, format!("not installed: {use_} become problems in the report"), format!("apt install {package}")).optional()
        });
    }
    for program in ["tesseract", "chromium"] {
        let word = if has(program) { "installed" } else { "not installed" };
        checks.push(Check::good(program, format!("{word}; nothing in this version uses it")).optional());
    }
}
