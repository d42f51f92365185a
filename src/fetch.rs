//! Addresses → bytes. Asks politely, bounded in time and size, never into a private network, and directly only where
//! no proxy is set. Knows no person and no picture: what is protected cannot leak into a request.

mod challenge;
mod cookies;
mod errors;
pub mod guard;
mod manners;
pub mod networks;
mod record;
pub mod relay;
pub mod robots;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ipnet::IpNet;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::model::ProblemKind;
use crate::schedule;
pub use challenge::in_body as is_challenge;
pub use cookies::Cookies;
pub use errors::{FetchError, fault, refusal};
use errors::{explain, root};
use guard::{Guard, Refused};
pub use manners::retry_after;
use manners::{Away, Host, Manners};
pub use record::{Asked, Record, Sent};
use robots::Robots;

/// How pages are fetched; `[fetch]` in the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Requests under way at once.
    pub concurrency: usize,
    /// Of them to one host.
    pub per_host: usize,
    /// Least time between two requests to one host.
    pub delay: Duration,
    /// One request, first byte to last.
    pub timeout: Duration,
    /// Tries after the first.
    pub retries: u32,
    /// Bytes of a page, unpacked.
    pub max_page: u64,
    /// Bytes of a picture.
    pub max_image: u64,
    /// Pictures of one page.
    pub max_images: usize,
    /// Pixels of one picture.
    pub max_pixels: u64,
    /// Keep to robots.txt for pages that are followed to.
    pub robots: bool,
    /// Everything goes through it where it is set.
    pub proxy: Option<Url>,
    /// A common browser's.
    pub user_agent: String,
    /// Private networks that may be reached.
    pub allow_private: Vec<IpNet>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 16,
            per_host: 4,
            delay: Duration::from_millis(500),
            timeout: Duration::from_secs(30),
            retries: 2,
            max_page: 8 << 20,
            max_image: 32 << 20,
            max_images: 2000,
            max_pixels: 100_000_000,
            robots: true,
            proxy: None,
            user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
            allow_private: Vec::new(),
        }
    }
}

/// What to ask for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The address.
    pub url: &'a Url,
    /// A page or a picture: decides the bound on its size and the Accept header.
    pub what: What,
    /// For a conditional request: ETag and Last-Modified of what is known.
    pub etag: Option<&'a str>,
    /// See `etag`.
    pub last_modified: Option<&'a str>,
    /// The watch's cookies.
    pub cookies: &'a Cookies,
    /// Least time between two requests to this host, where it asks for more than the settings give.
    pub gap: Duration,
    /// Origin of the page that shows the picture: sent as Referer only where the host refuses without one.
    pub origin: Option<&'a str>,
}

/// Kinds of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// HTML, a feed, JSON, text.
    Page,
    /// A picture.
    Picture,
}

/// What came.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A body.
    Body(Fetched),
    /// 304: what is known is still so.
    NotModified,
}

/// A body that came whole.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// After redirects.
    pub url: Url,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// The ETag header.
    pub etag: Option<String>,
    /// The Last-Modified header.
    pub last_modified: Option<String>,
    /// The bytes, unpacked.
    pub body: Vec<u8>,
    /// A picture's place among those that are in memory at once: drop it when the bytes are done with, and not before.
    pub room: Room,
}

/// See [`Fetched::room`]; empty for pages.
pub type Room = Option<Arc<OwnedSemaphorePermit>>;

/// Whether a redirect may be followed to another site; see [`Fetcher::new`].
pub type MayFollow = Arc<dyn Fn(&Url, &Url) -> bool + Send + Sync>;

/// Asks for pages and pictures.
pub struct Fetcher {
    client: Client,
    settings: Settings,
    guard: Guard,
    manners: Manners,
    places: Semaphore,
    strangers: Semaphore,
    strange_pictures: Semaphore,
    pictures: Arc<Semaphore>,
    robots: Mutex<HashMap<String, Arc<KnownRobots>>>,
    may_follow: MayFollow,
    record: Option<Arc<Record>>,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// When a robots.txt was asked for, and what came.
type KnownRobots = tokio::sync::Mutex<Option<(Instant, Result<Robots, FetchError>)>>;

/// A robots.txt is asked for again after so long (RFC 9309, section 2.4) …
const ROBOTS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// … and one that could not be had after so long.
const ROBOTS_AWAY: Duration = Duration::from_secs(60);
const REDIRECTS: usize = 10;
/// Bytes that room is made for before they come.
const AT_ONCE: u64 = 1 << 20;
/// A longer address is not followed to: each of a page's thousands of links would be made as long.
const LONGEST_ADDRESS: usize = 16 * 1024;

impl Fetcher {
    /// `may_follow(from, to)` says whether a redirect from one address to another may be followed; the caller
    /// knows what must not be told to another site, the fetcher does not.
    ///
    /// # Errors
    /// Where the proxy's address or the user agent cannot be used, in words.
    pub fn new(settings: &Settings, may_follow: MayFollow) -> Result<Self, String> {
        Self::recorded(settings, may_follow, None)
    }

    /// The same, and tells `record` of everything that leaves. HTTP/1.1 is spoken then, whose bytes can be read.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn recorded(settings: &Settings, may_follow: MayFollow, record: Option<Arc<Record>>) -> Result<Self, String> {
        // A second call finds the provider installed; that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::new(&settings.allow_private, settings.proxy.as_ref()).recorded(record.clone());
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("en-US,en;q=0.5"));
        let mut builder = Client::builder()
            .user_agent(&settings.user_agent)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(settings.timeout.min(Duration::from_secs(15)))
            .http2_max_header_list_size(64 * 1024)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(settings.per_host)
            .dns_resolver(guard.clone());
        if let Some(proxy) = &settings.proxy {
            let proxy = reqwest::Proxy::all(proxy.as_str()).map_err(|e| format!("fetch.proxy cannot be used: {e}"))?;
            builder = builder.proxy(proxy);
        }
        if record.is_some() {
            builder = builder.http1_only().connection_verbose(true);
        }
        Ok(Self {
            record,
            client: builder.build().map_err(|e| format!("the HTTP client cannot start: {}", root(&e)))?,
            manners: Manners::new(settings.per_host, settings.delay),
            places: Semaphore::new(settings.concurrency),
            // A quarter is kept for hosts that answer quickly: others can be slow without end, and be many.
            strangers: Semaphore::new(settings.concurrency - settings.concurrency / 4),
            strange_pictures: Semaphore::new(settings.concurrency - settings.concurrency / 4),
            pictures: Arc::new(Semaphore::new(settings.concurrency)),
            settings: settings.clone(),
            guard,
            robots: Mutex::default(),
            may_follow,
        })
    }

    /// The settings that it works by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the host of `url` has answered when it was last asked.
    pub fn answers(&self, url: &Url) -> bool {
        self.host(url).has_answered()
    }

    fn host(&self, url: &Url) -> Arc<Host> {
        self.manners.host(&format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0)))
    }

    /// Asks, with retries, redirects and all manners.
    ///
    /// # Errors
    /// What kept us from looking; never carries the address.
    pub async fn fetch(&self, ask: &Ask<'_>) -> Result<Answer, FetchError> {
        let mut tried = 0;
        loop {
            match self.follow(ask, false).await {
                Err(error) if error.kind == ProblemKind::Refused && ask.origin.is_some() && tried == 0 => {
                    // Some hosts show pictures only to their own pages: ask once more with the page's origin.
                    return self.follow(ask, true).await.map_err(|_| error);
                }
                Err(error) if error.again && tried < self.settings.retries => {
                    tried += 1;
                    let wait = schedule::back_off(tried, Duration::from_millis(500), Duration::from_secs(30), schedule::chance());
                    tokio::time::sleep(wait).await;
                }
                other => return other,
            }
        }
    }

    /// Whether robots.txt lets us ask for a page that a link leads to.
    ///
    /// # Errors
    /// [`ProblemKind::Robots`] where it does not; where the file could not be had nothing may be asked for
    /// (RFC 9309, section 2.3.1.4), and the error says why it could not.
    pub async fn robots_allow(&self, url: &Url, cookies: &Cookies) -> Result<(), FetchError> {
        if !self.settings.robots {
            return Ok(());
        }
        let address = url.join("/robots.txt").map_err(|_| fault(ProblemKind::Address, "has no robots.txt"))?;
        let cell = {
            let mut robots = self.robots.lock().unwrap_or_else(PoisonError::into_inner);
            robots::make_place(&mut robots);
            robots.entry(address.as_str().to_string()).or_default().clone()
        };
        let mut known = cell.lock().await;
        let fresh = known.as_ref().is_some_and(|(at, rules)| at.elapsed() < if rules.is_ok() { ROBOTS_KEPT } else { ROBOTS_AWAY });
        if !fresh {
            *known = Some((Instant::now(), self.read_robots(&address, cookies).await));
        }
        let path = url.query().map_or_else(|| url.path().to_string(), |q| format!("{}?{q}", url.path()));
        match &*known {
            Some((_, Ok(rules))) if rules.allows(&path) => Ok(()),
            Some((_, Err(error))) => Err(error.clone()),
            _ => Err(fault(ProblemKind::Robots, "")),
        }
    }

    async fn read_robots(&self, address: &Url, cookies: &Cookies) -> Result<Robots, FetchError> {
        let ask = Ask { url: address, what: What::Page, etag: None, last_modified: None, cookies, gap: Duration::ZERO, origin: None };
        match self.fetch(&ask).await {
            Ok(Answer::Body(file)) => Ok(Robots::parse(&file.body)),
            Ok(Answer::NotModified) => Ok(Robots::default()),
            Err(error) => match error.kind {
                ProblemKind::Gone | ProblemKind::Refused | ProblemKind::Redirects | ProblemKind::TooLarge => Ok(Robots::default()),
                ProblemKind::Status if error.detail.starts_with('4') => Ok(Robots::default()),
                _ => Err(fault(error.kind, format!("its robots.txt could not be had: {}", error.detail))),
            },
        }
    }

    async fn follow(&self, ask: &Ask<'_>, with_referer: bool) -> Result<Answer, FetchError> {
        let mut url = ask.url.clone();
        url.set_fragment(None);
        for _ in 0..=REDIRECTS {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(fault(ProblemKind::Address, "only http and https are asked for"));
            }
            self.guard.check(&url).map_err(|refused| {
                let kind = if refused == Refused::Port { ProblemKind::Address } else { ProblemKind::PrivateNetwork };
                fault(kind, refused.to_string())
            })?;
            let host = self.host(&url);
            match self.once(ask, &url, &host, with_referer).await? {
                Step::Done(answer) => return Ok(answer),
                Step::Redirect(to) => {
                    let to = url.join(&to).map_err(|_| fault(ProblemKind::Redirects, "leads to an address that is none"))?;
                    let to = without_login(&url, to);
                    if to.as_str().len() > LONGEST_ADDRESS {
                        return Err(fault(ProblemKind::Redirects, format!("leads to an address of more than {LONGEST_ADDRESS} bytes")));
                    }
                    if !(self.may_follow)(&url, &to) {
                        return Err(fault(ProblemKind::Address, "would carry a protected name to another site"));
                    }
                    url = to;
                    url.set_fragment(None);
                }
            }
        }
        Err(fault(ProblemKind::Redirects, format!("more than {REDIRECTS} redirects")))
    }

    fn late(&self) -> FetchError {
        FetchError {
            again: true,
            ..fault(ProblemKind::Timeout, format!("no whole answer within {} s", self.settings.timeout.as_secs_f32()))
        }
    }

    async fn once(&self, ask: &Ask<'_>, url: &Url, host: &Host, with_referer: bool) -> Result<Step, FetchError> {
        let _turn = self.manners.enter(host, ask.gap).await.map_err(|away| match away {
            Away::Later(wait) => fault(ProblemKind::TooManyRequests, format!("the server asked to come back in {} s", wait.as_secs())),
            Away::Down => fault(ProblemKind::Unreachable, "the host has not answered for several requests; it is asked again in a minute"),
        })?;
        let quick = host.is_quick();
        // Pictures wait for a decoder: no more are fetched than may lie in memory. Those of strangers wait among
        // themselves: they hold neither what pages need meanwhile, nor all rooms while they wait for an answer.
        let is_picture = ask.what == What::Picture;
        let _like = if is_picture && !quick { self.strange_pictures.acquire().await.ok() } else { None };
        let room = if is_picture { self.pictures.clone().acquire_owned().await.ok().map(Arc::new) } else { None };
        let _stranger = if quick { None } else { self.strangers.acquire().await.ok() };
        let _place = self.places.acquire().await;
        let begun = Instant::now();
        let outcome = tokio::time::timeout(self.settings.timeout, self.exchange(ask, url, host, with_referer)).await;
        let mut outcome = outcome.unwrap_or_else(|_| Err(self.late()));
        match &outcome {
            Err(error) if matches!(error.kind, ProblemKind::Timeout | ProblemKind::Unreachable | ProblemKind::NameUnknown) => host.failed(),
            _ => host.answered(begun.elapsed()),
        }
        if let Ok(Step::Done(Answer::Body(fetched))) = &mut outcome {
            fetched.room = room;
        }
        outcome
    }

    async fn exchange(&self, ask: &Ask<'_>, url: &Url, host: &Host, with_referer: bool) -> Result<Step, FetchError> {
        let accept = match ask.what {
            What::Page => "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            What::Picture => "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5",
        };
        let mut request = self.client.get(url.clone()).header(header::ACCEPT, accept);
        request = request.headers(ask.cookies.headers(url));
        if let Some(cookies) = ask.cookies.header(url) {
            request = request.header(header::COOKIE, cookies);
        }
        // Validators belong to the address that was asked first, not to where it once led.
        let mut first = ask.url.clone();
        first.set_fragment(None);
        if *url == first {
            if let Some(etag) = ask.etag {
                request = request.header(header::IF_NONE_MATCH, etag);
            }
            if let Some(time) = ask.last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, time);
            }
        }
        if let Some(origin) = ask.origin.filter(|_| with_referer) {
            request = request.header(header::REFERER, origin);
        }
        if let Some(record) = &self.record {
            record.asked(ask, url);
        }
        let response = request.send().await.map_err(|e| explain(&e, self.settings.proxy.is_some()))?;
        ask.cookies.take(response.headers(), url);
        let status = response.status();
        let text = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_string);
        match status {
            StatusCode::NOT_MODIFIED => return Ok(Step::Done(Answer::NotModified)),
            s if s.is_redirection() => {
                return match text(header::LOCATION) {
                    Some(to) => Ok(Step::Redirect(to)),
                    None => Err(fault(ProblemKind::Status, s.as_str())),
                };
            }
            s if s.is_success() && s != StatusCode::PARTIAL_CONTENT => {}
            s => {
                let wait = text(header::RETRY_AFTER).and_then(|r| retry_after(&r, SystemTime::now()));
                if let (429 | 503, Some(wait)) = (s.as_u16(), wait) {
                    host.close_for(wait);
                }
                let refusal = refusal(s.as_u16(), wait.is_some()).unwrap_or_else(|| fault(ProblemKind::Status, s.as_str()));
                let challenge = ask.what == What::Page && matches!(s.as_u16(), 401 | 403 | 429 | 503) && challenge::asks(response).await;
                return Err(if challenge { fault(ProblemKind::Captcha, s.as_str()) } else { refusal });
            }
        }
        let (content_type, etag, last_modified) = (text(header::CONTENT_TYPE), text(header::ETAG), text(header::LAST_MODIFIED));
        let body = self.read(response, ask.what).await?;
        Ok(Step::Done(Answer::Body(Fetched { url: url.clone(), content_type, etag, last_modified, body, room: None })))
    }

    async fn read(&self, mut response: Response, what: What) -> Result<Vec<u8>, FetchError> {
        let limit = match what {
            What::Page => self.settings.max_page,
            What::Picture => self.settings.max_image,
        };
        let too_large = || fault(ProblemKind::TooLarge, format!("more than {} KiB", limit >> 10));
        if response.content_length().is_some_and(|n| n > limit) {
            return Err(too_large());
        }
        // Chunks are counted after unpacking, so that a small packed body cannot grow without bound.
        let announced = response.content_length().unwrap_or_default().min(AT_ONCE);
        let mut body = Vec::with_capacity(announced as usize);
        while let Some(chunk) = response.chunk().await.map_err(|e| explain(&e, self.settings.proxy.is_some()))? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// A user name and password stand in an address only where the owner wrote them: a page cannot make us sign in anywhere.
fn without_login(from: &Url, mut to: Url) -> Url {
    let same = from.origin() == to.origin();
    let _ = to.set_username(if same { from.username() } else { "" });
    let _ = to.set_password(from.password().filter(|_| same));
    to
}

enum Step {
    Done(Answer),
    Redirect(String),
}

#[cfg(test)]
mod tests;
