//! One page in a browser: opened, scrolled until nothing new comes, and written down.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

use super::gate::{Document, Gate, State, lock};
use super::launch::Launched;
use super::scroll::{self, Scrolled};
use super::snapshot::{self, Snapshot, escape};
use super::wire::Wire;
use super::{Drawn, LetThrough, MayAsk, shot};
use crate::fetch::relay::Relay;
use crate::fetch::{Cookies, FetchError, Fetched, Record, Settings, fault, is_challenge, refusal};
use crate::model::{LimitHit, ProblemKind};

/// What the window shows at once, pixels: as tall as few are, so that less scrolling is needed.
const WINDOW: (u32, u32) = (1280, 2000);
/// A page that asks whether one is a person may see that by itself, and show what it holds.
const CHALLENGE: Duration = Duration::from_secs(8);

/// Everything that one visit needs.
pub struct Visit<'a> {
    pub url: &'a Url,
    pub cookies: &'a Cookies,
    pub settings: &'a Settings,
    pub may_ask: MayAsk,
    pub record: Option<Arc<Record>>,
    pub let_through: LetThrough,
    pub relay: Arc<Relay>,
}

impl Visit<'_> {
    /// Opens, scrolls, writes down.
    ///
    /// # Errors
    /// As [`super::Renderer::draw`].
    pub async fn run(self, launched: Launched) -> Result<Drawn, FetchError> {
        // The relay and the browser end with this.
        let _relay = Ended(tokio::spawn(self.relay.clone().serve(launched.port)));
        let (wire, events) = Wire::new(launched.to, launched.from);
        let (session, frame) = open(&wire).await?;
        let (gate, state) = Gate::new(wire.clone(), &session, &frame, &self);
        let _listening = Ended(tokio::spawn(gate.listen(events)));
        self.dress(&wire, &session).await?;
        let opened = wire.call(&session, "Page.navigate", json!({ "url": self.url.as_str() })).await?;
        if let Some(error) = opened.get("errorText").and_then(Value::as_str).filter(|error| !error.is_empty()) {
            return Err(self.why_not(error, lock(&state).refused > 0));
        }
        self.wait_for_page(&state).await?;
        let enough = || lock(&state).pictures.len() > 2 * self.settings.max_images || self.relay.is_spent();
        let Scrolled { passed, lost, endless } = scroll::to_the_end(&wire, &session, &frame, &state, enough).await?;
        let document = lock(&state).document.clone().ok_or_else(|| fault(ProblemKind::Empty, "no page came"))?;
        if document.mime == "application/pdf" {
            return Err(fault(ProblemKind::NotReadable, document.mime));
        }
        let taken = json!({ "computedStyles": ["background-image"], "includeDOMRects": false, "includePaintOrder": false });
        let snapshot = wire.call(&session, "DOMSnapshot.captureSnapshot", taken).await?;
        let limit = usize::try_from(self.settings.max_page).unwrap_or(usize::MAX);
        let too_large = || fault(ProblemKind::TooLarge, format!("more than {} KiB", self.settings.max_page >> 10));
        let snapshot = snapshot::html(&snapshot, limit).ok_or_else(too_large)?;
        if let Some(refusal) = refusal(document.status, false).filter(|_| document.status != 0) {
            let asks = matches!(document.status, 401 | 403 | 429 | 503) && is_challenge(snapshot.html.as_bytes());
            return Err(if asks { fault(ProblemKind::Captcha, document.status.to_string()) } else { refusal });
        }
        let (shots, unshot) = shot::take(&wire, &session, &snapshot.spots).await;
        let unshot = unshot + snapshot.framed;
        let state = std::mem::take(&mut *lock(&state));
        let mut limits = Vec::new();
        limits.extend(endless.then_some(LimitHit::Drawing));
        limits.extend((unshot > 0).then_some(LimitHit::Images(unshot)));
        limits.extend((lost > 0).then_some(LimitHit::Text(lost)));
        Ok(self.drawn(document, snapshot, &shots, &passed, limits, state))
    }

    /// What the page is opened with.
    async fn dress(&self, wire: &Wire, session: &str) -> Result<(), FetchError> {
        for cookie in self.cookies.given().iter().filter_map(|(at, set)| cookie(at, set.reveal())) {
            wire.say(session, "Network.setCookie", cookie);
        }
        let version = wire.call("", "Browser.getVersion", json!({})).await?;
        let theirs = version.get("userAgent").and_then(Value::as_str).unwrap_or_default().replace("HeadlessChrome", "Chrome");
        let number = theirs.split("Chrome/").nth(1).and_then(|rest| rest.split('.').next()).unwrap_or("150").to_string();
        let agent = if self.settings.user_agent == Settings::default().user_agent { &theirs } else { &self.settings.user_agent };
        let brands = json!([{ "brand": "Chromium", "version": number }, { "brand": "Not.A/Brand", "version": "99" }]);
        let about =
            json!({ "brands": brands, "platform": "Linux", "platformVersion": "", "architecture": "x86", "model": "", "mobile": false });
        let agent = json!({ "userAgent": agent, "acceptLanguage": "en-US,en", "userAgentMetadata": about });
        let (width, height) = WINDOW;
        let window = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        wire.say(session, "Emulation.setUserAgentOverride", agent);
        wire.say(session, "Emulation.setDeviceMetricsOverride", window);
        wire.say("", "Browser.setDownloadBehavior", json!({ "behavior": "deny" }));
        wire.say(session, "Page.enable", json!({}));
        Gate::prepare(wire, session);
        // Windows that the page opens wait too, and are closed.
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        wire.say("", "Target.setAutoAttach", attach);
        wire.call(session, "Page.getFrameTree", json!({})).await.map(drop)
    }

    /// Until the page says that it is there, or has been silent for long.
    async fn wait_for_page(&self, state: &Mutex<State>) -> Result<(), FetchError> {
        let begun = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let state = lock(state);
            if state.crashed {
                return Err(crashed());
            }
            let status = state.document.as_ref().map_or(0, |document| document.status);
            let waits = refusal(status, false).is_some() && status != 0;
            let quiet = state.loaded || state.is_idle() && state.changed.elapsed() > Duration::from_secs(3);
            if quiet && !(waits && matches!(status, 403 | 429 | 503) && begun.elapsed() < CHALLENGE)
                || begun.elapsed() > self.settings.timeout
            {
                return Ok(());
            }
        }
    }

    fn drawn(
        &self,
        document: Document,
        snapshot: Snapshot,
        shots: &[(usize, String)],
        passed: &[String],
        mut limits: Vec<LimitHit>,
        state: State,
    ) -> Drawn {
        let Snapshot { html: drawn, shown, .. } = snapshot;
        let mut html = String::with_capacity(drawn.len() + 1024);
        let mut from = 0;
        for (at, picture) in shots {
            html.push_str(drawn.get(from..*at).unwrap_or_default());
            html.push_str("<img src=\"data:image/png;base64,");
            html.push_str(picture);
            html.push_str("\">");
            from = *at;
        }
        html.push_str(drawn.get(from..).unwrap_or_default());
        // What was seen and is gone: lists that forget what is scrolled past, pictures that only scripts hold.
        for line in passed {
            html.push_str("<p>");
            escape(line, &mut html);
            html.push_str("</p>");
        }
        let unfinished = state.unfinished();
        limits.extend((unfinished > 0 || self.relay.is_spent()).then_some(LimitHit::Unfinished(unfinished.max(1))));
        let mut pictures = std::collections::HashMap::new();
        for url in state.asked_pictures() {
            if !shown.contains(url.as_str()) {
                html.push_str("<img src=\"");
                escape(url.as_str(), &mut html);
                html.push_str("\">");
            }
        }
        pictures.extend(state.pictures);
        let page = Fetched {
            url: document.url,
            content_type: Some("text/html; charset=utf-8".into()),
            etag: None,
            last_modified: None,
            body: html.into_bytes(),
            room: None,
        };
        Drawn { page, pictures, limits }
    }

    /// What the browser's word for it means.
    fn why_not(&self, error: &str, refused: bool) -> FetchError {
        let kind = match error {
            "net::ERR_BLOCKED_BY_CLIENT" if refused => return fault(ProblemKind::Address, "would carry a protected name to another site"),
            "net::ERR_ABORTED" => return fault(ProblemKind::NotReadable, "a browser would save it and not show it"),
            _ if !self.relay.refused().is_empty() => return fault(ProblemKind::PrivateNetwork, "leads into a private network"),
            error if error.starts_with("net::ERR_CERT") || error.starts_with("net::ERR_SSL") => ProblemKind::Tls,
            error if error.contains("TIMED_OUT") => ProblemKind::Timeout,
            "net::ERR_TOO_MANY_REDIRECTS" => ProblemKind::Redirects,
            _ if self.settings.proxy.is_some() && error.contains("SOCKS") => ProblemKind::Proxy,
            _ => ProblemKind::Unreachable,
        };
        fault(kind, error.trim_start_matches("net::"))
    }
}

/// A page of its own, in a context that nothing is kept of: its session and its frame.
async fn open(wire: &Wire) -> Result<(String, String), FetchError> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let context = wire.call("", "Target.createBrowserContext", json!({ "disposeOnDetach": true })).await?;
    let (width, height) = WINDOW;
    let target = json!({ "url": "about:blank", "browserContextId": text(&context, "browserContextId"), "width": width, "height": height });
    let target = text(&wire.call("", "Target.createTarget", target).await?, "targetId");
    let attached = wire.call("", "Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await?;
    // A page's frame has the number of its target.
    Ok((text(&attached, "sessionId"), target))
}

/// The browser's name and version, where one starts.
pub(super) async fn version(launched: Launched) -> Result<String, FetchError> {
    let (wire, _events) = Wire::new(launched.to, launched.from);
    open(&wire).await?;
    let version = wire.call("", "Browser.getVersion", json!({})).await?;
    Ok(version.get("product").and_then(Value::as_str).unwrap_or("Chromium").replace("Headless", ""))
}

pub(super) fn crashed() -> FetchError {
    fault(ProblemKind::Decoder, "the browser ended at this page, for want of memory perhaps")
}

/// A cookie as the browser takes it, from what would set it.
fn cookie(at: &Url, set: &str) -> Option<Value> {
    let mut parts = set.split("; ");
    let (name, value) = parts.next()?.split_once('=')?;
    let mut out = json!({ "name": name, "value": value, "url": at.as_str() });
    for part in parts {
        match part.split_once('=') {
            Some(("Path", path)) => out["path"] = path.into(),
            Some(("Domain", domain)) => out["domain"] = domain.into(),
            _ if part == "Secure" => out["secure"] = true.into(),
            _ => {}
        }
    }
    Some(out)
}

/// A task that ends with whoever holds it.
struct Ended(tokio::task::JoinHandle<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}
