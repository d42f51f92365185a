//! The browser's DevTools protocol (chromedevtools.github.io) over a pair of pipes: JSON, a zero byte after each message.
//! Pipes and not a port: a port could be taken over by any other program of the machine, or by the page itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};

use crate::fetch::{FetchError, fault};
use crate::model::ProblemKind;

/// Longest message that is taken: a picture of `max_image` in base64, and some.
const LONGEST: usize = 160 << 20;
/// Parts of one: a page of 8 MiB has fewer.
const MOST_PARTS: usize = 4_000_000;
/// Events that wait; one may hold megabytes.
const EVENTS: usize = 64;
/// One answer.
const ANSWER: Duration = Duration::from_secs(30);

/// Something that the browser tells by itself.
#[derive(Debug)]
pub struct Event {
    /// The session that it belongs to; empty for the browser itself.
    pub session: String,
    /// Its name.
    pub method: String,
    /// Its particulars.
    pub params: Value,
}

type Pending = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Value>>>>>;

/// One end of the wire; clones speak on the same one.
#[derive(Clone, Debug)]
pub struct Wire {
    out: mpsc::UnboundedSender<Vec<u8>>,
    pending: Pending,
    next: Arc<AtomicU64>,
}

impl Wire {
    /// Speaks over these pipes; events come by the receiver, which ends with the browser.
    pub fn new(to: pipe::Sender, from: pipe::Receiver) -> (Self, mpsc::Receiver<Event>) {
        let (out, messages) = mpsc::unbounded_channel();
        let (events, receiver) = mpsc::channel(EVENTS);
        let pending: Pending = Arc::new(Mutex::new(Some(HashMap::new())));
        tokio::spawn(write(to, messages));
        tokio::spawn(read(from, pending.clone(), events));
        (Self { out, pending, next: Arc::default() }, receiver)
    }

    /// Says something and waits for no answer.
    pub fn say(&self, session: &str, method: &str, params: Value) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.send(id, session, method, params);
    }

    fn send(&self, id: u64, session: &str, method: &str, params: Value) {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(object) = message.as_object_mut().filter(|_| !session.is_empty()) {
            object.insert("sessionId".into(), session.into());
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let _ = self.out.send(bytes);
    }

    /// Says something and waits for the answer.
    ///
    /// # Errors
    /// [`ProblemKind::Decoder`] where the browser refuses, does not answer in time, or is gone.
    pub async fn call(&self, session: &str, method: &str, params: Value) -> Result<Value, FetchError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        match self.pending.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(pending) => drop(pending.insert(id, answer)),
            None => return Err(gone()),
        }
        self.send(id, session, method, params);
        let late = |_| fault(ProblemKind::Timeout, format!("the browser did not answer within {} s", ANSWER.as_secs()));
        let mut answer = tokio::time::timeout(ANSWER, answered).await.map_err(late)?.map_err(|_| gone())?;
        match answer.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(fault(ProblemKind::Decoder, format!("the browser refused {method}"))),
        }
    }
}

fn gone() -> FetchError {
    fault(ProblemKind::Decoder, "the browser ended, for want of memory perhaps")
}

async fn write(mut to: pipe::Sender, mut messages: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(message) = messages.recv().await {
        if to.write_all(&message).await.is_err() {
            return;
        }
    }
}

async fn read(mut from: pipe::Receiver, pending: Pending, events: mpsc::Sender<Event>) {
    let (mut message, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    'all: while let Ok(got) = from.read(&mut piece).await {
        let mut rest = piece.get(..got).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        while let Some(end) = memchr::memchr(0, rest) {
            let (first, next) = rest.split_at(end);
            message.extend_from_slice(first);
            rest = next.get(1..).unwrap_or_default();
            if let Some(event) = take(&message, &pending)
                && events.send(event).await.is_err()
            {
                break 'all;
            }
            message = Vec::new();
        }
        message.extend_from_slice(rest);
        if message.len() > LONGEST {
            break;
        }
    }
    // Whoever still waits learns that nothing comes any more.
    pending.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// An answer goes to whoever waits for it, an event is returned. What is neither is passed over.
fn take(message: &[u8], pending: &Pending) -> Option<Event> {
    // Parsed, a row of numbers takes sixteen times its place.
    if memchr::memchr_iter(b',', message).nth(MOST_PARTS).is_some() {
        return None;
    }
    let mut message: Value = serde_json::from_slice(message).ok()?;
    if let Some(id) = message.get("id").and_then(Value::as_u64) {
        let waiting = pending.lock().unwrap_or_else(PoisonError::into_inner).as_mut().and_then(|pending| pending.remove(&id));
        if let Some(waiting) = waiting {
            let _ = waiting.send(message);
        }
        return None;
    }
    let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let (session, method) = (text("sessionId"), text("method"));
    Some(Event { session, method, params: message.get_mut("params").map(Value::take).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_find_who_waits_and_a_browser_that_ends_leaves_nobody_waiting() {
        let ((to, mut said), (mut says, from)) = (pipe::pipe().unwrap(), pipe::pipe().unwrap());
        let (wire, mut events) = Wire::new(to, from);
        let browser = tokio::spawn(async move {
            let mut heard = vec![0; 1000];
            let got = said.read(&mut heard).await.unwrap();
            let asked: Value = serde_json::from_slice(heard[..got].strip_suffix(&[0]).unwrap()).unwrap();
            assert_eq!((asked["method"].as_str(), asked["sessionId"].as_str()), (Some("Page.x"), Some("s")));
            let answer = json!({ "id": asked["id"], "result": { "a": 1 } });
            let event = json!({ "method": "Page.y", "sessionId": "s", "params": { "b": 2 } });
            says.write_all(format!("{event}\0not json\0{answer}\0").as_bytes()).await.unwrap();
            let _ = said.read(&mut heard).await;
        });
        assert_eq!(wire.call("s", "Page.x", json!({})).await.unwrap()["a"], 1);
        let event = events.recv().await.unwrap();
        assert_eq!((event.session.as_str(), event.method.as_str(), event.params["b"].as_i64()), ("s", "Page.y", Some(2)));
        assert_eq!(wire.call("", "Browser.z", json!({})).await.unwrap_err().kind, ProblemKind::Decoder);
        browser.await.unwrap();
        assert!(events.recv().await.is_none());
    }
}
