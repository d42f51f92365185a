//! What happens while a page is drawn: each request is let through or not, each picture that came is kept, and what opens
//! beside the page (a window, a question) is closed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use base64::Engine;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use super::visit::Visit;
use super::wire::{Event, Wire};
use super::{LetThrough, MayAsk};
use crate::fetch::{Cookies, Record};

/// A longer address is not asked for, nor remembered: a page could make thousands of megabytes of them.
const LONGEST_ADDRESS: usize = 16 << 10;
/// Requests of a page that are remembered.
const MOST_REQUESTS: usize = 20_000;
/// Bytes of pictures that are kept.
const MOST_PICTURES: usize = 192 << 20;

/// What is known of the page so far.
#[derive(Debug)]
pub struct State {
    requests: HashMap<String, Request>,
    under_way: HashSet<String>,
    /// Something was asked for or came.
    pub changed: Instant,
    /// Pictures that came, by each address that they were asked at.
    pub pictures: HashMap<Url, Arc<Vec<u8>>>,
    bytes: usize,
    /// The page itself: where it came from in the end, its status and its kind.
    pub document: Option<Document>,
    /// The page says that it is there.
    pub loaded: bool,
    /// The page's own process ended.
    pub crashed: bool,
    /// A request was refused because of what it would tell.
    pub refused: usize,
}

/// See [`State::document`].
#[derive(Clone, Debug)]
pub struct Document {
    /// After redirects.
    pub url: Url,
    /// As the server gave it.
    pub status: u16,
    /// Its media type.
    pub mime: String,
}

#[derive(Debug, Default)]
struct Request {
    /// As it was asked for first, and after each redirect.
    urls: Vec<Url>,
    is_picture: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            requests: HashMap::new(),
            under_way: HashSet::new(),
            changed: Instant::now(),
            pictures: HashMap::new(),
            bytes: 0,
            document: None,
            loaded: false,
            crashed: false,
            refused: 0,
        }
    }
}

impl State {
    /// Nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Addresses of all pictures that the page asked for, each as it was asked first. What did not come is asked for again.
    pub fn asked_pictures(&self) -> HashSet<Url> {
        self.requests.values().filter(|request| request.is_picture).filter_map(|request| request.urls.first().cloned()).collect()
    }

    /// Requests that neither came nor failed.
    pub fn unfinished(&self) -> usize {
        self.under_way.iter().filter(|id| self.requests.get(*id).is_some_and(|request| request.is_picture)).count()
    }
}

/// Listens to the browser for one page.
pub struct Gate {
    wire: Wire,
    /// The page's own session and frame.
    session: String,
    frame: String,
    asked: Url,
    may_ask: MayAsk,
    let_through: LetThrough,
    cookies: Cookies,
    record: Option<Arc<Record>>,
    most: usize,
    state: Arc<Mutex<State>>,
}

/// Locks what is known.
pub fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// For the page of this visit, in `frame` of `session`.
    pub fn new(wire: Wire, session: &str, frame: &str, visit: &Visit<'_>) -> (Self, Arc<Mutex<State>>) {
        let state: Arc<Mutex<State>> = Arc::default();
        let gate = Self {
            wire,
            session: session.to_string(),
            frame: frame.to_string(),
            asked: visit.url.clone(),
            may_ask: visit.may_ask.clone(),
            let_through: visit.let_through.clone(),
            cookies: visit.cookies.clone(),
            record: visit.record.clone(),
            most: usize::try_from(visit.settings.max_image).unwrap_or(usize::MAX),
            state: state.clone(),
        };
        (gate, state)
    }

    /// What a session needs before anything in it begins.
    pub fn prepare(wire: &Wire, session: &str) {
        for (method, params) in [
            ("Network.enable", json!({ "maxTotalBufferSize": 256 << 20, "maxResourceBufferSize": 96 << 20 })),
            ("Network.setBypassServiceWorker", json!({ "bypass": true })),
            ("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*" }] })),
            ("Target.setAutoAttach", json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true })),
        ] {
            wire.say(session, method, params);
        }
    }

    /// Until the browser ends.
    pub async fn listen(self, mut events: mpsc::Receiver<Event>) {
        let mut bodies = JoinSet::new();
        while let Some(event) = events.recv().await {
            while bodies.try_join_next().is_some() {}
            let text = |path: &str| event.params.pointer(path).and_then(Value::as_str).unwrap_or_default();
            match event.method.as_str() {
                "Fetch.requestPaused" => self.decide(&event),
                "Network.requestWillBeSent" => self.sent(&event.params),
                "Network.responseReceived" => self.received(&event),
                "Network.loadingFinished" => {
                    if let Some(urls) = self.finished(text("/requestId")) {
                        bodies.spawn(keep(
                            self.wire.clone(),
                            event.session.clone(),
                            text("/requestId").into(),
                            urls,
                            self.most,
                            self.state.clone(),
                        ));
                    }
                }
                "Network.loadingFailed" => {
                    let mut state = lock(&self.state);
                    state.under_way.remove(text("/requestId"));
                    state.changed = Instant::now();
                }
                "Target.attachedToTarget" => {
                    let (session, kind) = (text("/sessionId"), text("/targetInfo/type"));
                    if text("/targetInfo/targetId") == self.frame {
                        continue;
                    }
                    if kind == "page" {
                        self.wire.say("", "Target.closeTarget", json!({ "targetId": text("/targetInfo/targetId") }));
                    } else {
                        Self::prepare(&self.wire, session);
                        self.wire.say(session, "Runtime.runIfWaitingForDebugger", json!({}));
                    }
                }
                "Page.javascriptDialogOpening" => self.wire.say(&event.session, "Page.handleJavaScriptDialog", json!({ "accept": false })),
                "Page.loadEventFired" if event.session == self.session => lock(&self.state).loaded = true,
                "Inspector.targetCrashed" if event.session == self.session => lock(&self.state).crashed = true,
                _ => {}
            }
        }
        lock(&self.state).crashed = true;
    }

    /// A request waits to be let through.
    fn decide(&self, event: &Event) {
        let text = |path: &str| event.params.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let id = text("/requestId");
        let page = lock(&self.state).document.as_ref().map_or_else(|| self.asked.clone(), |document| document.url.clone());
        let has_body = !matches!(text("/request/method"), "GET" | "HEAD" | "OPTIONS");
        let url = address(text("/request/url"));
        let may = url
            .as_ref()
            .is_some_and(|url| (self.may_ask)(&page, url, has_body) || page != self.asked && (self.may_ask)(&self.asked, url, has_body));
        let Some(url) = url.filter(|_| may) else {
            lock(&self.state).refused += 1;
            return self.wire.say(&event.session, "Fetch.failRequest", json!({ "requestId": id, "errorReason": "BlockedByClient" }));
        };
        self.let_through.add(&url);
        if let Some(record) = &self.record {
            let own = url == self.asked;
            record.drew(&url, (!own).then_some(&page), &event.params["request"]);
        }
        // All headers anew: an empty Referer is how it is left out.
        let given = self.cookies.headers(&url);
        let theirs = event.params.pointer("/request/headers").and_then(Value::as_object).into_iter().flatten();
        let theirs = theirs.filter(|(name, _)| !name.eq_ignore_ascii_case("referer") && !given.contains_key(name.as_str()));
        let mut headers: Vec<Value> = theirs.map(|(name, value)| json!({ "name": name, "value": value })).collect();
        headers.extend(given.iter().filter_map(|(name, value)| Some(json!({ "name": name.as_str(), "value": value.to_str().ok()? }))));
        headers.push(json!({ "name": "Referer", "value": "" }));
        let answer = json!({ "requestId": id, "headers": headers });
        self.wire.say(&event.session, "Fetch.continueRequest", answer);
    }

    fn sent(&self, params: &Value) {
        let text = |path: &str| params.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let mut state = lock(&self.state);
        state.changed = Instant::now();
        let Some(url) = address(text("/request/url")).filter(|_| state.requests.len() < MOST_REQUESTS) else { return };
        let id = text("/requestId").to_string();
        state.under_way.insert(id.clone());
        let request = state.requests.entry(id).or_default();
        request.is_picture |= text("/type") == "Image";
        if request.urls.len() < 20 && request.urls.last() != Some(&url) {
            request.urls.push(url);
        }
    }

    fn received(&self, event: &Event) {
        let text = |path: &str| event.params.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let mime = text("/response/mimeType").to_ascii_lowercase();
        let mut state = lock(&self.state);
        state.changed = Instant::now();
        if let Some(request) = state.requests.get_mut(text("/requestId")) {
            request.is_picture |= mime.starts_with("image/");
        }
        if text("/type") == "Document"
            && text("/frameId") == self.frame
            && event.session == self.session
            && let Ok(url) = Url::parse(text("/response/url"))
        {
            let status = event.params.pointer("/response/status").and_then(Value::as_u64).and_then(|s| s.try_into().ok()).unwrap_or(0);
            state.document = Some(Document { url, status, mime });
            state.loaded = false;
        }
    }

    /// The addresses of a picture that is there now.
    fn finished(&self, id: &str) -> Option<Vec<Url>> {
        let mut state = lock(&self.state);
        state.changed = Instant::now();
        state.under_way.remove(id);
        state.requests.get(id).filter(|request| request.is_picture).map(|request| request.urls.clone())
    }
}

/// An address that may be asked for as far as its form goes.
fn address(text: &str) -> Option<Url> {
    let short = Some(text).filter(|text| text.len() <= LONGEST_ADDRESS)?;
    Url::parse(short).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Takes a picture's bytes before the browser forgets them.
async fn keep(wire: Wire, session: String, id: String, urls: Vec<Url>, most: usize, state: Arc<Mutex<State>>) {
    let body = wire.call(&session, "Network.getResponseBody", json!({ "requestId": id })).await;
    let bytes = body.ok().and_then(|body| {
        let text = body.get("body")?.as_str()?;
        match body.get("base64Encoded") {
            Some(Value::Bool(true)) => base64::engine::general_purpose::STANDARD.decode(text).ok(),
            _ => Some(text.as_bytes().to_vec()),
        }
    });
    let mut state = lock(&state);
    state.changed = Instant::now();
    match bytes.filter(|bytes| !bytes.is_empty()) {
        Some(bytes) if bytes.len() <= most && state.bytes + bytes.len() <= MOST_PICTURES => {
            state.bytes += bytes.len();
            let bytes = Arc::new(bytes);
            for url in urls {
                state.pictures.insert(url, bytes.clone());
            }
        }
        // What is not here is asked for as on any other page.
        _ => {}
    }
}
