//! A pretend web: a real HTTP server whose answers a test sets, and which remembers what it was asked.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};

/// One answer.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub wait: Duration,
    /// Answer 304 to a conditional request that names this ETag.
    pub etag: Option<String>,
}

impl Answer {
    pub fn html(body: impl Into<String>) -> Self {
        Self { status: 200, body: body.into().into_bytes(), ..Self::default() }.header("content-type", "text/html; charset=utf-8")
    }

    pub fn picture(body: Vec<u8>) -> Self {
        Self { status: 200, body, ..Self::default() }.header("content-type", "image/jpeg")
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn redirect(to: &str) -> Self {
        Self::status(302).header("location", to)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn etag(mut self, etag: &str) -> Self {
        self.etag = Some(format!("\"{etag}\""));
        self
    }

    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// One question that came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<Asked>>,
}

/// A running site; ends with the test.
pub struct Site {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

impl Site {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shared = Arc::new(Shared::default());
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, shared, _runtime: runtime }
    }

    /// The address of `path` on this site.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn set(&self, path: &str, answer: Answer) -> &Self {
        self.shared.answers.lock().unwrap().insert(path.into(), answer);
        self
    }

    pub fn page(&self, path: &str, body: &str) -> &Self {
        self.set(
            path,
            Answer::html(format!(
                "<!DOCTYPE html><html><head><title>t</title></head><body>{body}<p>some words that people wrote here</p></body></html>"
            )),
        )
    }

    pub fn picture(&self, path: &str, body: Vec<u8>) -> &Self {
        self.set(path, Answer::picture(body))
    }

    /// Everything that was asked since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }

    /// The paths asked for since the last call.
    pub fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|a| a.path).collect()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_string();
    shared.asked.lock().unwrap().push(Asked { path: path.clone(), headers: request.headers().clone() });
    let answer = shared.answers.lock().unwrap().get(&path).cloned().unwrap_or_else(|| Answer::status(404));
    tokio::time::sleep(answer.wait).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    if let Some(etag) = &answer.etag {
        response = response.header("etag", etag);
        if request.headers().get("if-none-match").is_some_and(|v| v.as_bytes() == etag.as_bytes()) {
            return response.status(304).body(Body::empty()).unwrap();
        }
    }
    response.body(Body::from(answer.body)).unwrap()
}
