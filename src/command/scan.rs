//! `monitor scan`: one pass now, then deliver what is due.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use indicatif::ProgressBar;
use serde_json::json;
use url::Url;

use super::{Done, FOUND, Failure, SOME_FAILED, bar, changes, json as documents, load, open_store, own, pool, print_json, say, show};
use crate::alert::{self, Mailer, Posted};
use crate::cli::Global;
use crate::config::Config;
use crate::model::{Finding, Millis, Problem, Watch};
use crate::scan::{Scanner, now};
use crate::schedule::rfc3339;
use crate::store::{PassSummary, Store, Wanted};
use crate::words::{self, Coverage};

/// What a pass gave, as it is reported.
pub struct Pass {
    pub started: Millis,
    pub finished: Millis,
    pub pages: PassSummary,
    pub images: [u64; 4],
    /// With whether it is new in this pass.
    pub findings: Vec<(Finding, bool)>,
    pub problems: Vec<Problem>,
}

/// Looks once.
pub async fn run(global: &Global, urls: &[String], exit_code: bool, as_json: bool) -> Done {
    let config = load(global)?;
    let watches = wanted(&config, urls)?;
    let store = open_store(&config).await?;
    let started = now();
    let _lock = store.lock_as_worker(started).await?;
    // It is pruned once a day; scans may come more often.
    if let Err(error) = store.keep_in_bounds().await {
        tracing::warn!("{error}");
    }
    changes::look(&store, &config, 0).await?;
    let own = own(&config, &store).await?;
    // An original that is not looked for may stand on any page.
    let unseen = own.outdated > 0;
    let scanner = Scanner::new(store.clone(), &config.fetch, pool(&config), own, &config_watches(&config, &watches));
    let scanner = Arc::new(scanner.map_err(Failure::Usage)?);
    let mut since = started;
    if urls.is_empty() {
        store.end_passes_except(&config.watches).await?;
    }
    for watch in &watches {
        let only = (!urls.is_empty()).then_some(watch.urls.as_slice());
        since = since.min(store.begin_pass(watch, only, now()).await?);
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        if super::run::asked_to_stop().await.is_ok() {
            let _ = stop.send(true);
        }
    });
    let bar = bar(global, None, "{spinner} {msg} · {elapsed}");
    let ticking = tokio::spawn(tick(bar.clone(), scanner.clone(), store.clone(), watches.clone()));
    let drained = scanner.drain(&stopped).await;
    ticking.abort();
    bar.finish_and_clear();
    drained.map_err(|error| store.explain(error))?;
    let pass = report(&store, &watches, started, since).await?;
    if *stopped.borrow() {
        return Err(Failure::Failed(anyhow::anyhow!("stopped; what was found so far is recorded, and the next scan goes on from here")));
    }
    let coverage = coverage(&pass.pages);
    changes::deliver_by_former(&store).await?;
    let told = tell(&store, &config, coverage).await?;
    // What could not be forgotten today is forgotten another day.
    if let Err(error) = store.prune_if_due(now()).await {
        tracing::warn!("{error}");
    }
    store.close().await;
    let words = words::of(config.language);
    if as_json {
        print_json(&document(&pass, &config));
    } else {
        print(&pass, &config, coverage, global.quiet);
    }
    if let Some(line) = told {
        super::complain(line);
    } else if config.alert.email.is_none() && pass.findings.iter().any(|(_, new)| *new) && !global.quiet {
        super::complain(words.no_mail());
    }
    let all_seen = pass.problems.is_empty() && pass.pages.failed == 0 && !unseen;
    Ok(match (exit_code && pass.findings.iter().any(|(_, new)| *new), all_seen) {
        (true, _) => FOUND,
        (false, true) => 0,
        (false, false) => SOME_FAILED,
    })
}

/// The watches to look at: all, or those that hold the given addresses; an address of no watch becomes one.
fn wanted(config: &Config, urls: &[String]) -> Result<Vec<Watch>, Failure> {
    if urls.is_empty() {
        if config.watches.is_empty() {
            return Err(Failure::Usage(format!(
                "there is nothing to look at yet: add a [[watch]] with an url to {}, or give an address",
                config.file.display()
            )));
        }
        return Ok(config.watches.clone());
    }
    let mut watches: Vec<Watch> = Vec::new();
    for text in urls {
        let url = Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
        let Some(url) = url else {
            return Err(Failure::Usage(format!("\"{text}\" is not an address that starts with https:// or http://")));
        };
        let configured = config.watches.iter().find(|w| w.urls.contains(&url));
        let name = configured.map_or_else(|| format!("{}{}", url.host_str().unwrap_or_default(), url.path()), |w| w.name.clone());
        if let Some(watch) = watches.iter_mut().find(|w| w.name == name) {
            watch.urls.push(url);
        } else {
            let urls = vec![url];
            watches.push(match configured {
                Some(watch) => Watch { urls, ..watch.clone() },
                None => Watch::new(name, urls),
            });
        }
    }
    Ok(watches)
}

/// The configured watches, and those made for this scan: what an earlier pass left pending belongs to some.
fn config_watches(config: &Config, watches: &[Watch]) -> Vec<Watch> {
    let mut all = config.watches.clone();
    for watch in watches {
        if !all.iter().any(|w| w.name == watch.name) {
            all.push(watch.clone());
        }
    }
    all
}

async fn tick(bar: ProgressBar, scanner: Arc<Scanner>, store: Store, watches: Vec<Watch>) {
    let ids: Vec<String> = watches.iter().map(|w| store.watch_id(w)).collect();
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        if bar.is_hidden() {
            return;
        }
        let Ok(pages) = store.summary(&ids).await else { continue };
        let done = pages.checked + pages.unchanged + pages.failed;
        let mut message = format!(
            "{done}/{} pages, {} pictures, {} new",
            done + pages.pending,
            scanner.progress.pictures.load(Ordering::Relaxed),
            scanner.progress.new.load(Ordering::Relaxed)
        );
        if done > 0 && pages.pending > 0 {
            let left = bar.elapsed().as_secs_f64() / done as f64 * pages.pending as f64;
            message += &format!(", about {left:.0} s left");
        }
        bar.set_message(message);
    }
}

/// Gathers what the last pass of these watches gave.
pub async fn report(store: &Store, watches: &[Watch], started: Millis, since: Millis) -> Result<Pass, Failure> {
    let ids: Vec<String> = watches.iter().map(|w| store.watch_id(w)).collect();
    let pages = store.summary(&ids).await?;
    let (mut images, mut problems) = ([0; 4], Vec::new());
    for id in &ids {
        for facts in store.facts_of_pass(id).await? {
            for (sum, n) in images.iter_mut().zip([facts.images_seen, facts.images_fetched, facts.images_reused, facts.images_failed]) {
                *sum += n;
            }
            problems.extend(facts.problems);
        }
    }
    problems.sort_by(|a, b| (&a.watch, &a.url).cmp(&(&b.watch, &b.url)));
    problems.dedup();
    let findings = store.findings(&Wanted::Standing(ids)).await?;
    let findings = findings.into_iter().map(|f| (f.new_at >= since, f)).map(|(new, f)| (f, new)).collect();
    Ok(Pass { started, finished: now(), pages, images, findings, problems })
}

/// Pages looked at, of all.
pub fn coverage(pages: &PassSummary) -> Coverage {
    let looked = pages.checked + pages.unchanged;
    Coverage { looked, all: looked + pages.failed + pages.pending }
}

/// Writes and delivers the mails that are due; a sentence where the mail server did not take them.
pub async fn tell(store: &Store, config: &Config, coverage: Coverage) -> Result<Option<String>, Failure> {
    tell_recorded(store, config, coverage, None).await
}

/// The same; `posted` gets every mail as it is handed to the mail server.
pub async fn tell_recorded(
    store: &Store,
    config: &Config,
    coverage: Coverage,
    posted: Option<Arc<Posted>>,
) -> Result<Option<String>, Failure> {
    let Some(email) = &config.alert.email else { return Ok(None) };
    alert::compose(store, &config.alert, config.language, coverage, true, now()).await?;
    super::run::signs_of_life(store, config, coverage).await?;
    store.mails_due_now(now()).await?;
    let mailer = match Mailer::new(email) {
        Ok(mailer) => mailer.recorded(posted),
        Err(error) => {
            let (waiting, _) = store.waiting_mails().await?;
            return Ok((waiting > 0).then(|| error.in_short().to_string()));
        }
    };
    let (_, refusal) = alert::deliver(store, &mailer, &email.recipients()).await?;
    let (waiting, _) = store.waiting_mails().await?;
    // A timer's journal takes this down: the server's own words are for `doctor`.
    Ok(refusal.map(|error| format!("{}. {}", error.in_short(), words::of(config.language).mails_waiting(waiting))))
}

fn document(pass: &Pass, config: &Config) -> serde_json::Value {
    let [seen, fetched, reused, failed] = pass.images;
    let findings: Vec<_> = pass.findings.iter().map(|(f, new)| documents::finding(f, *new, config.language)).collect();
    let problems: Vec<_> = pass.problems.iter().map(|p| documents::problem(p, config.language)).collect();
    json!({
        "started": rfc3339(pass.started),
        "finished": rfc3339(pass.finished),
        "pages": {"checked": pass.pages.checked, "unchanged": pass.pages.unchanged, "failed": pass.pages.failed},
        "images": {"seen": seen, "fetched": fetched, "reused": reused, "failed": failed},
        "findings": findings,
        "problems": problems,
    })
}

fn print(pass: &Pass, config: &Config, coverage: Coverage, quiet: bool) {
    let words = words::of(config.language);
    let findings: Vec<Finding> = pass.findings.iter().map(|(f, _)| f.clone()).collect();
    if findings.is_empty() {
        say(words.no_findings());
    } else {
        say(show::table(&findings, config.language));
        if !quiet {
            say(format!("\n{}", words.triage_hint()));
        }
    }
    if !pass.problems.is_empty() {
        say(format!("\n{}", show::problems(&pass.problems, config.language, 30)));
    }
    let new = pass.findings.iter().filter(|(_, new)| *new).count();
    say(format!("\n{}", words.scan_summary(coverage, new, findings.len())));
}
