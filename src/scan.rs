//! One page through all stages: fetch → extract → look → judge → record; and [`Scanner::drain`], the loop that the
//! daemon, `monitor scan` and the tests share.

mod blind;
mod come;
mod gather;
mod links;
mod own;
mod page;
mod pictures;
mod site;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::fetch::{self, Cookies, Fetcher};
use crate::look::pool::Pool;
use crate::model::{Millis, Problem, ProblemKind, Watch};
use crate::render::Renderer;
use crate::shelf::Shelf;
use crate::store::{Claim, Outcome, Report, Store, StoreError};
pub use blind::reason_of as blind_reason;
pub use links::leads_on;
pub use own::Own;
pub use page::cut;
use pictures::Pictures;
pub use site::{may_ask, may_follow, same_site};

/// Pages in work at once: enough that many slow hosts proceed side by side.
const IN_WORK: usize = 512;
/// How long a claim lasts; it is renewed while the page is in work.
const LEASE: Millis = 3 * 60 * 1000;
/// A page that the program died at so often in a row is left out of the pass. Many, because all pages in work count
/// a crash, and most of them are innocent; those with fewer go first.
const MOST_CRASHES: u32 = 10;

/// What a pass has done so far, for a progress bar.
#[derive(Debug, Default)]
pub struct Progress {
    /// Pages done.
    pub pages: AtomicU64,
    /// Pictures done.
    pub pictures: AtomicU64,
    /// Findings that are new.
    pub new: AtomicU64,
}

/// Looks at pages.
#[derive(Debug)]
pub struct Scanner {
    store: Store,
    fetcher: Fetcher,
    renderer: Renderer,
    shelf: Arc<Shelf>,
    pool: Arc<Pool>,
    own: Arc<Own>,
    watches: HashMap<String, Arc<Watch>>,
    cookies: Mutex<HashMap<String, Cookies>>,
    pictures: Pictures,
    /// Pages that were claimed when the store failed: given back when it answers again.
    left: Mutex<Vec<String>>,
    /// See [`Progress`].
    pub progress: Arc<Progress>,
    /// Rouses [`Scanner::drain`] and whoever waits to call it: a pass has begun.
    pub wake: Notify,
}

impl Scanner {
    /// A scanner for these watches.
    ///
    /// # Errors
    /// Where the network settings cannot be used, in words.
    pub fn new(store: Store, settings: &fetch::Settings, pool: Arc<Pool>, own: Arc<Own>, watches: &[Watch]) -> Result<Self, String> {
        Self::recorded(store, settings, pool, own, watches, None)
    }

    /// The same; `record` is told of all that leaves.
    ///
    /// # Errors
    /// As [`Scanner::new`].
    pub fn recorded(
        store: Store,
        settings: &fetch::Settings,
        pool: Arc<Pool>,
        own: Arc<Own>,
        watches: &[Watch],
        record: Option<Arc<fetch::Record>>,
    ) -> Result<Self, String> {
        let renderer = Renderer::new(settings, record.clone(), may_ask(own.clone()));
        let fetcher = Fetcher::recorded(settings, may_follow(own.clone()), record)?;
        let watches = watches.iter().map(|w| (store.watch_id(w), Arc::new(w.clone()))).collect();
        Ok(Self {
            store,
            fetcher,
            renderer,
            shelf: Arc::default(),
            pool,
            own,
            watches,
            cookies: Mutex::default(),
            pictures: Pictures::default(),
            left: Mutex::default(),
            progress: Arc::default(),
            wake: Notify::new(),
        })
    }

    /// Looks at every pending page until none is left, or until `stop` turns true: then what is in work is given
    /// back and the pass goes on at the next start. Ends the passes that are over; returns their watches' rows.
    ///
    /// # Errors
    /// Only where the store cannot be read or written. Everything else becomes a problem of its page.
    pub async fn drain(self: &Arc<Self>, stop: &watch::Receiver<bool>) -> Result<Vec<String>, StoreError> {
        let left: Vec<String> = self.left.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for page in &left {
            self.store.give_back(page).await?;
        }
        self.left.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let mut claimed: HashMap<tokio::task::Id, (String, String)> = HashMap::new();
        let done = self.look_at_all(stop, &mut claimed).await;
        if done.is_err() {
            // Nothing of these was recorded: they are looked at again.
            self.left.lock().unwrap_or_else(PoisonError::into_inner).extend(claimed.into_values().map(|(page, _)| page));
        }
        done
    }

    async fn look_at_all(
        self: &Arc<Self>,
        stop: &watch::Receiver<bool>,
        claimed: &mut HashMap<tokio::task::Id, (String, String)>,
    ) -> Result<Vec<String>, StoreError> {
        let mut stop = stop.clone();
        let mut works: JoinSet<Result<(), StoreError>> = JoinSet::new();
        let (mut over, mut renewed) = (Vec::new(), now());
        let mut ticks = 0u64;
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Pages are claimed in bunches, as large as one host may keep busy: a claim costs more than a row. Where hosts are
        // asked slowly they are not the ones to wait for, and the places go to as many of them as there are: two pages of each,
        // and when one is done the next of the same host.
        let slow = !self.fetcher.settings().delay.is_zero();
        let bunch = self.fetcher.settings().per_host.clamp(1, IN_WORK);
        let (mut hungry, mut served, mut done_since) = (true, true, 0);
        let mut next_of: Vec<String> = Vec::new();
        loop {
            // Before anything is claimed: a clock that was set makes leases look old, or everlasting.
            if now().abs_diff(renewed) > LEASE as u64 / 3 {
                renewed = now();
                self.store.renew(claimed.values().map(|(page, _)| page), renewed + LEASE).await?;
            }
            while (hungry || !next_of.is_empty()) && works.len() < IN_WORK && !*stop.borrow() {
                let (now, most) = (now(), bunch.min(IN_WORK - works.len()));
                let claims = match next_of.pop() {
                    Some(host) => {
                        let next = self.store.claim_of(&host, now, now + LEASE, 2).await?;
                        served &= next.is_some();
                        next.into_iter().collect()
                    }
                    None if slow => {
                        (hungry, served) = (false, true);
                        self.store.claim_of_each(now, now + LEASE, 2, IN_WORK - works.len()).await?
                    }
                    None => {
                        let claims = self.store.claim(now, now + LEASE, 2 * bunch, most).await?;
                        hungry = claims.len() == most;
                        claims
                    }
                };
                for claim in claims {
                    let (scanner, page, host) = (self.clone(), claim.id.clone(), claim.host.clone());
                    claimed.insert(works.spawn(async move { scanner.work(claim).await }).id(), (page, host));
                }
            }
            if *stop.borrow() {
                break;
            }
            if works.is_empty() {
                if self.store.pending(&self.watches).await? == 0 {
                    break;
                }
                if !hungry && done_since > 0 {
                    (hungry, done_since) = (true, 0);
                    continue;
                }
                // Those that another program on the same store looks at are waited for.
            }
            tokio::select! {
                done = works.join_next_with_id(), if !works.is_empty() => {
                    done_since += 1;
                    if !slow && !works.is_empty() && (done_since >= bunch || works.len() < bunch) {
                        (hungry, done_since) = (true, 0);
                    }
                    match done {
                        Some(Ok((task, result))) => {
                            result?;
                            next_of.extend(claimed.remove(&task).map(|(_, host)| host).filter(|_| slow));
                        }
                        Some(Err(error)) => drop(claimed.remove(&error.id())),
                        None => {}
                    }
                }
                _ = stop.changed() => {}
                _ = tick.tick() => {
                    // Going through all that is pending is dear: seldom, unless a host has no more and its places are free.
                    hungry |= !slow || !served || ticks.is_multiple_of(5);
                    ticks += 1;
                    // A pass that is over is told of, although others go on.
                    over.extend(self.store.end_passes(now()).await?);
                }
                () = self.wake.notified() => hungry = true,
            }
        }
        works.shutdown().await;
        // What was in work when the program is to stop is given back unlooked.
        for (page, _) in claimed.values() {
            self.store.give_back(page).await?;
        }
        over.extend(self.store.end_passes(now()).await?);
        Ok(over)
    }

    /// One page; a panic in any stage becomes a problem of that page.
    async fn work(self: Arc<Self>, claim: Claim) -> Result<(), StoreError> {
        let watch = self.watches.get(&claim.watch).cloned();
        let name = watch.as_ref().map_or_else(String::new, |w| w.name.clone());
        let report = if claim.crashes >= MOST_CRASHES {
            self.failed(&claim, &name, ProblemKind::Interrupted, "the program was ended at this page several times")
        } else {
            // Caught here and not in a task of its own: a look must end with the work that it belongs to.
            match AssertUnwindSafe(self.look(claim.clone(), watch)).catch_unwind().await {
                Ok(report) => report?,
                Err(_) => self.failed(&claim, &name, ProblemKind::Decoder, "the program failed at this page; please report it"),
            }
        };
        let told = self.store.record(&report, now()).await?;
        // The page's row, not its address: an address can hold a name.
        let row = report.page.get(..8).unwrap_or_default();
        tracing::info!(
            "page {row}: {:?}, {} pictures, {} problems, {told} new",
            report.outcome,
            report.facts.images_seen,
            report.facts.problems.len()
        );
        for problem in &report.facts.problems {
            tracing::debug!("page {row}: {:?}", problem.kind);
        }
        self.progress.pages.fetch_add(1, Ordering::Relaxed);
        self.progress.new.fetch_add(told as u64, Ordering::Relaxed);
        Ok(())
    }

    /// The report of a page that could not be looked at.
    fn failed(&self, claim: &Claim, watch: &str, kind: ProblemKind, detail: &str) -> Report {
        let problem = Problem { watch: watch.into(), url: claim.url.to_string(), kind, detail: detail.into() };
        let mut facts = claim.facts.clone();
        facts.problems = vec![problem];
        (facts.images_seen, facts.images_fetched, facts.images_reused, facts.images_failed) = (0, 0, 0, 0);
        let outcome = if kind == ProblemKind::Gone { Outcome::Gone } else { Outcome::Failed };
        Report { facts, pictures_unsure: true, text_unsure: true, ..Report::new(claim, watch, outcome) }
    }

    fn cookies(&self, watch: &str) -> Cookies {
        let fresh = || self.watches.get(watch).map_or_else(Cookies::default, |watch| Cookies::of(watch));
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).entry(watch.to_string()).or_insert_with(fresh).clone()
    }
}

/// The clock, in milliseconds since 1970.
pub fn now() -> Millis {
    chrono::Utc::now().timestamp_millis()
}
