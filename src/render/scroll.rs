//! Down a page until nothing new comes: in the window, in every part of it that scrolls by itself, in every frame.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::gate::{State, lock};
use super::visit::crashed;
use super::wire::Wire;
use crate::fetch::FetchError;

/// Time for it.
const SCROLLING: Duration = Duration::from_secs(75);
/// A page that has come to its end stays for so long all the same: some begin late.
const STAY: Duration = Duration::from_secs(4);
/// The same for a page that shows next to nothing.
const STAY_EMPTY: Duration = Duration::from_secs(10);
const STEPS: usize = 400;
const FRAMES: usize = 20;
/// Text that was there on the way and is not any more, bytes that are kept of it.
const MOST_PASSED: usize = 4 << 20;

/// One step down, and aside where something scrolls aside; tells whether anything moved, how much there is, and what can be read.
const STEP: &str = r"(() => {
    const page = document.scrollingElement || document.documentElement;
    if (!page) return { moved: false, height: 0, text: '' };
    const all = [page];
    for (const e of document.querySelectorAll('*')) {
        if (all.length >= 24) break;
        if (e === page || e.clientHeight < 60) continue;
        const style = (e.scrollHeight > e.clientHeight + 100 || e.scrollWidth > e.clientWidth + 100) && getComputedStyle(e);
        if (style && (/auto|scroll/.test(style.overflowY) && e.clientHeight > 200 || /auto|scroll/.test(style.overflowX))) all.push(e);
    }
    let moved = false, height = 0;
    for (const e of all) {
        const [top, left] = [e.scrollTop, e.scrollLeft];
        e.scrollTop = top + Math.max(300, (e === page ? innerHeight : e.clientHeight) * 0.8);
        if (e !== page) e.scrollLeft = left + Math.max(100, e.clientWidth * 0.8);
        moved = moved || e.scrollTop > top + 1 || e.scrollLeft > left + 1;
        height += e.scrollHeight + e.scrollWidth;
    }
    return { moved, height, text: document.body ? document.body.innerText.slice(0, 1000000) : '' };
})()";

/// What was on the way.
pub struct Scrolled {
    /// Lines that could be read and are not there any more.
    pub passed: Vec<String>,
    /// Bytes of such lines that there was no room for.
    pub lost: usize,
    /// There was no end.
    pub endless: bool,
}

/// Lines that could be read so far.
#[derive(Default)]
struct Lines {
    known: HashSet<u64>,
    kept: Vec<(u64, String)>,
    bytes: usize,
    lost: usize,
    /// Those of the last step.
    last: HashSet<u64>,
}

impl Lines {
    fn take(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            let hash = hasher.finish();
            self.last.insert(hash);
            if !self.known.insert(hash) {
                continue;
            }
            if self.bytes + line.len() <= MOST_PASSED {
                self.bytes += line.len();
                self.kept.push((hash, line.to_string()));
            } else {
                self.lost += line.len();
            }
        }
    }
}

/// Scrolls until nothing new comes, or there is `enough`.
///
/// # Errors
/// Where the browser or the page's process has ended.
pub async fn to_the_end(
    wire: &Wire,
    session: &str,
    frame: &str,
    state: &Mutex<State>,
    enough: impl Fn() -> bool,
) -> Result<Scrolled, FetchError> {
    let (begun, mut still, mut height) = (Instant::now(), 0, 0.0);
    let (mut lines, mut endless) = (Lines::default(), true);
    for _ in 0..STEPS {
        settle(state).await;
        if lock(state).crashed {
            return Err(crashed());
        }
        lines.last.clear();
        let (mut moved, mut now) = (false, 0.0);
        for at in frames(wire, session, frame).await {
            let own = at == frame;
            let value = match step(wire, session, &at).await {
                Ok(value) => value,
                Err(error) if own => return Err(error),
                // A frame may have gone meanwhile.
                Err(_) => continue,
            };
            moved |= value.get("moved") == Some(&Value::Bool(true));
            now += value.get("height").and_then(Value::as_f64).unwrap_or_default();
            lines.take(value.get("text").and_then(Value::as_str).unwrap_or_default());
        }
        still = if moved || now > height + 1.0 { 0 } else { still + 1 };
        height = now;
        let is_empty = lines.known.len() < 5 && lock(state).pictures.is_empty();
        if still >= 3 && begun.elapsed() > if is_empty { STAY_EMPTY } else { STAY } {
            endless = false;
            break;
        }
        if still > 0 {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        if begun.elapsed() > SCROLLING || enough() {
            break;
        }
    }
    settle(state).await;
    let Lines { mut kept, last, lost, .. } = lines;
    kept.retain(|(hash, _)| !last.contains(hash));
    Ok(Scrolled { passed: kept.into_iter().map(|(_, line)| line).collect(), lost, endless })
}

/// The page's frame first, then those in it.
async fn frames(wire: &Wire, session: &str, frame: &str) -> Vec<String> {
    let mut out = vec![frame.to_string()];
    let Ok(tree) = wire.call(session, "Page.getFrameTree", json!({})).await else { return out };
    let mut below: Vec<&Value> = tree.get("frameTree").into_iter().collect();
    while let Some(one) = below.pop() {
        let id = one.pointer("/frame/id").and_then(Value::as_str).unwrap_or_default();
        if out.len() < FRAMES && id != frame && !id.is_empty() {
            out.push(id.to_string());
        }
        below.extend(one.get("childFrames").and_then(Value::as_array).into_iter().flatten());
    }
    out
}

/// Scripts of the page cannot reach into a world of our own; it goes when the page goes elsewhere.
async fn step(wire: &Wire, session: &str, frame: &str) -> Result<Value, FetchError> {
    let world = wire.call(session, "Page.createIsolatedWorld", json!({ "frameId": frame, "worldName": "w" })).await?;
    let context = world.get("executionContextId").cloned().unwrap_or_default();
    let step = json!({ "expression": STEP, "contextId": context, "returnByValue": true, "timeout": 10_000 });
    let mut step = wire.call(session, "Runtime.evaluate", step).await?;
    Ok(step.pointer_mut("/result/value").map(Value::take).unwrap_or_default())
}

/// Waits while something comes, but not for long: some pages are never done.
async fn settle(state: &Mutex<State>) {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let state = lock(state);
        let quiet = state.changed.elapsed();
        let idle = state.is_idle() && quiet > Duration::from_millis(180) || quiet > Duration::from_millis(2500);
        if idle || state.crashed || begun.elapsed() > Duration::from_secs(8) {
            return;
        }
    }
}
