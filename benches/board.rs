//! A board with 150 threads and 3,000 pictures that grows between passes: `cargo bench --bench board` prints, for a cold pass and ten
//! further ones, what was asked for, and which new posts were missed. Each new post carries an entry of its own. Asserts nothing.

mod process;

use std::collections::BTreeSet;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use base64::Engine;
use image::{Rgb, RgbImage};
use md5::Digest;
use process::monitor;
use serde_json::{Value, json};

const THREADS: usize = 150;
const PICTURES: usize = 20;
const PASSES: usize = 10;
/// New posts of a pass, each in another thread; and of them those that open a thread.
const NEW: usize = 12;
const OPEN: usize = 2;

#[derive(Clone)]
struct Post {
    number: usize,
    text: String,
    /// Which picture it shows; some are shown again elsewhere under another address.
    picture: usize,
}

#[derive(Default)]
struct Board {
    threads: Vec<(usize, i64, Vec<Post>)>,
    next: usize,
    now: i64,
    asked: Vec<String>,
}

fn picture(seed: usize) -> Vec<u8> {
    let paint = RgbImage::from_fn(320, 240, |x, y| {
        let v = ((x as f32 * (0.02 + seed as f32 * 1e-4)).sin() * 60.0 + (y as f32 * 0.05 + seed as f32).cos() * 60.0 + 128.0) as u8;
        Rgb([v, 255 - v, (seed * 7) as u8])
    });
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 80).encode_image(&paint).expect("a picture is encoded");
    out.extend(seed.to_le_bytes());
    out
}

impl Board {
    fn post(&mut self, text: String, picture: usize) -> Post {
        self.next += 1;
        Post { number: self.next, text, picture }
    }

    fn open(&mut self, text: &str) -> usize {
        let posts: Vec<Post> =
            (0..PICTURES).map(|n| self.post(if n == 0 { text.to_string() } else { "people talk".into() }, self.next)).collect();
        self.now += 1;
        self.threads.insert(0, (posts[0].number, self.now, posts));
        0
    }

    fn json(post: &Post, sum: &str) -> Value {
        json!({ "no": post.number, "com": post.text, "name": "Anonymous", "tim": post.number, "ext": ".jpg", "filename": "p", "md5": sum })
    }
}

fn sum(seed: usize) -> String {
    base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(picture(seed)))
}

fn answer(board: &Mutex<Board>, request: &Request) -> Response<Body> {
    let path = request.uri().path().to_string();
    let mut board = board.lock().expect("the board");
    board.asked.push(path.clone());
    let number = path.rsplit('/').next().and_then(|name| name.split('.').next()?.parse::<usize>().ok());
    let respond = |kind: &str, changed: i64, body: Vec<u8>| {
        let time = httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000 + changed as u64));
        let known = request.headers().get("if-modified-since").and_then(|v| v.to_str().ok()) == Some(time.as_str());
        let build = Response::builder().header("last-modified", time).header("content-type", kind);
        if known { build.status(304).body(Body::empty()) } else { build.body(Body::from(body)) }.unwrap_or_default()
    };
    if path.ends_with("/catalog.json") {
        let threads: Vec<Value> = board
            .threads
            .iter()
            .map(|(number, changed, posts)| {
                let mut first = Board::json(&posts[0], &sum(posts[0].picture));
                first["no"] = json!(number);
                first["last_modified"] = json!(changed);
                first["replies"] = json!(posts.len() - 1);
                first
            })
            .collect();
        return respond("application/json", board.now, json!([{ "page": 1, "threads": threads }]).to_string().into_bytes());
    }
    if let Some((_, changed, posts)) = board.threads.iter().find(|(no, ..)| path.contains("/res/") && Some(*no) == number) {
        let posts: Vec<Value> = posts.iter().map(|post| Board::json(post, &sum(post.picture))).collect();
        return respond("application/json", *changed, json!({ "posts": posts }).to_string().into_bytes());
    }
    let shown = board.threads.iter().flat_map(|(.., posts)| posts).find(|post| path.contains("/src/") && Some(post.number) == number);
    match shown.map(|post| post.picture) {
        Some(seed) => respond("image/jpeg", 1, picture(seed)),
        None => Response::builder().status(404).body(Body::empty()).unwrap_or_default(),
    }
}

#[tokio::main]
async fn main() {
    let board = Arc::new(Mutex::new(Board::default()));
    for n in 0..THREADS {
        board.lock().expect("the board").open(&format!("thread {n} of the board"));
    }
    let served = board.clone();
    let app = Router::new().fallback(move |request: Request| {
        let board = served.clone();
        async move { answer(&board, &request) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let folder = tempfile::tempdir().expect("a folder");
    let entry = |pass: usize, n: usize| format!("entry{pass}x{n}y{}", pass * 31 + n * 7);
    let entries: Vec<String> = (1..=PASSES).flat_map(|pass| (0..NEW).map(move |n| format!("\"{}\"", entry(pass, n)))).collect();
    let config = folder.path().join("monitor.toml");
    let text = format!(
        "state_dir = \"state\"\n[me]\nprivate = [{}]\n[content]\ndepth = \"quick\"\n[fetch]\ndelay = \"0s\"\nallow_private = [\"127.0.0.0/8\"]\n\
         [[watch]]\nname = \"b\"\nurl = \"http://127.0.0.1:{port}/b/\"\nkind = \"board\"\nfollow = {{ pages = 400 }}\n",
        entries.join(", ")
    );
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&config).expect("a file");
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");

    println!("pass  requests  catalogue  threads  pictures  new posts  missed  s");
    let mut missed_all = 0;
    for pass in 0..=PASSES {
        let mut new = BTreeSet::new();
        if pass > 0 {
            let mut board = board.lock().expect("the board");
            for n in 0..NEW {
                let text = format!("look: {}", entry(pass, n));
                new.insert(entry(pass, n));
                // Every third picture was on the board before.
                let seed = if n % 3 == 0 { n * 11 } else { 100_000 + pass * 100 + n };
                if n < OPEN {
                    board.open(&text);
                    continue;
                }
                let post = board.post(text, seed);
                board.now += 1;
                let now = board.now;
                let at = (pass * 37 + n * 13) % board.threads.len();
                let mut thread = board.threads.remove(at);
                thread.1 = now;
                thread.2.push(post);
                // It moves to the top; the last falls off.
                board.threads.insert(0, thread);
            }
            board.threads.truncate(THREADS);
        }
        board.lock().expect("the board").asked.clear();
        let begun = std::time::Instant::now();
        let output = monitor(&config, &["scan", "--json"]).stdout(Stdio::piped()).output().expect("the program runs");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let found: BTreeSet<String> =
            document["findings"].as_array().into_iter().flatten().filter_map(|f| f["name"].as_str()).map(str::to_string).collect();
        let missed = new.difference(&found).count();
        missed_all += missed;
        let asked = board.lock().expect("the board").asked.clone();
        let of = |part: &str| asked.iter().filter(|path| path.contains(part)).count();
        println!(
            "{pass:4}  {:8}  {:9}  {:7}  {:8}  {:9}  {missed:6}  {:.1}",
            asked.len(),
            of("catalog.json"),
            of("/res/"),
            of("/src/"),
            new.len(),
            begun.elapsed().as_secs_f64()
        );
    }
    println!("missed in all: {missed_all}");
}
