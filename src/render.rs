//! A page as a browser draws it: Debian's Chromium, started for one page and ended with it, in a network namespace of its
//! own, so that the relay of [`crate::fetch::relay`] is its only way out. Knows no person: a closure says what may be asked.

pub mod browser;
mod gate;
mod launch;
mod scroll;
mod shot;
pub mod snapshot;
mod visit;
mod wire;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use url::Url;

use crate::fetch::relay::{Relay, goes_through};
use crate::fetch::{Cookies, FetchError, Fetched, Record, Settings, fault};
use crate::model::{LimitHit, ProblemKind};

pub use launch::{Launched, SOCKET, is_served};

/// Longest time for one page, from the start of its browser to its end.
const WHOLE: Duration = Duration::from_secs(150);
/// Bytes of a page that may come, all its pictures among them, beside what the settings allow for the page itself.
const MOST_BYTES: u64 = 256 << 20;

/// Whether a page at the first address may have the browser ask for the second. The last says that a body goes along.
pub type MayAsk = Arc<dyn Fn(&Url, &Url, bool) -> bool + Send + Sync>;

/// Hosts, with their ports, that a request was let through to.
#[derive(Clone, Debug, Default)]
struct LetThrough(Arc<Mutex<HashSet<String>>>);

impl LetThrough {
    fn name(url: &Url) -> String {
        format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0))
    }

    fn add(&self, url: &Url) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(Self::name(url));
    }

    fn has(&self, url: &Url) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&Self::name(url))
    }
}

/// A page as it was drawn.
#[derive(Debug)]
pub struct Drawn {
    /// What the browser showed, written as HTML: shadow trees, frames and what was seen on the way down are in it.
    pub page: Fetched,
    /// Pictures that the browser had, by address.
    pub pictures: HashMap<Url, Arc<Vec<u8>>>,
    /// What it did not get to.
    pub limits: Vec<LimitHit>,
}

/// Draws pages, one after the other: a browser needs a core and half a gigabyte.
pub struct Renderer {
    settings: Settings,
    may_ask: MayAsk,
    record: Option<Arc<Record>>,
    turn: Semaphore,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").finish_non_exhaustive()
    }
}

impl Renderer {
    /// A renderer with the settings of the fetcher.
    pub fn new(settings: &Settings, record: Option<Arc<Record>>, may_ask: MayAsk) -> Self {
        Self { settings: settings.clone(), may_ask, record, turn: Semaphore::new(1) }
    }

    /// Draws the page at `url`, scrolled until nothing new loads.
    ///
    /// # Errors
    /// What kept us from looking: a status, a wall of the network, a browser that is not there or ended.
    pub async fn draw(&self, url: &Url, cookies: &Cookies) -> Result<Drawn, FetchError> {
        let _turn = self.turn.acquire().await;
        if self.settings.proxy.as_ref().is_some_and(|proxy| !goes_through(proxy)) {
            return Err(fault(ProblemKind::Proxy, "a browser cannot be led through a proxy that begins with https://"));
        }
        // Nobody is reached but for a request that the gate let through: a browser has errands of its own.
        let let_through = LetThrough::default();
        let known = let_through.clone();
        let may_reach = Arc::new(move |to: &Url| known.has(to));
        let relay = Relay::new(&self.settings, self.record.clone(), may_reach, MOST_BYTES + self.settings.max_page);
        let launched = launch::launch().await?;
        let visit = visit::Visit {
            url,
            cookies,
            settings: &self.settings,
            may_ask: self.may_ask.clone(),
            record: self.record.clone(),
            let_through,
            relay: relay.clone(),
        };
        match tokio::time::timeout(WHOLE, visit.run(launched)).await {
            Ok(drawn) => drawn,
            Err(_) => Err(fault(ProblemKind::Timeout, format!("the browser was not done within {} s", WHOLE.as_secs()))),
        }
    }
}

/// Whether a browser can be started here, tried with an empty page; otherwise why not.
///
/// # Errors
/// As [`Renderer::draw`].
pub async fn try_browser() -> Result<String, FetchError> {
    let launched = launch::launch().await?;
    visit::version(launched).await
}
