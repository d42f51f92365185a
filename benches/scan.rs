//! Whole scans of a made-up site, as processes: `cargo bench --bench scan -- [PAGES …] [quick|thorough]` prints what a
//! first pass, an unchanged one and one over pages with a changing token cost; `-- hosts` has 200 slow hosts of 20 pages;
//! `-- daemon` one page that is looked at each second. Asserts nothing.

mod process;

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use image::{Rgb, RgbImage};
use process::{cost, monitor, seconds};

/// Requests answered.
static ASKED: AtomicU64 = AtomicU64::new(0);
/// Pages have no validators and show another token at each reply.
static DYNAMIC: AtomicBool = AtomicBool::new(false);

/// Pictures of a page.
const PICTURES: usize = 10;
/// Different pictures that they are taken from.
const PAINTED: usize = 40;

fn picture(seed: usize) -> Vec<u8> {
    let (width, height) = [(640, 480), (800, 1200), (1280, 853), (1600, 1067)][seed % 4];
    let turn = seed as f32 * 0.37;
    let mut noise = seed as u32 | 1;
    let paint = RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let mut v = 128.0;
        for n in 1..9 {
            let n = n as f32;
            v += 60.0 / n * ((x * (turn + n).cos() + y * (turn * n).sin()) * 9.0 * n + turn * n).sin();
        }
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let v = (v + (noise >> 28) as f32).clamp(0.0, 255.0) as u8;
        Rgb([v, 255 - v, v / 2 + 40])
    });
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 82).encode_image(&paint).expect("a picture is encoded");
    out
}

fn page(number: usize) -> String {
    let token = if DYNAMIC.load(Ordering::Relaxed) { ASKED.load(Ordering::Relaxed) } else { 0 };
    let mut out = format!("<html><head><title>thread {number}</title><meta name=csrf content=t{token}></head><body>");
    for at in 0..PICTURES {
        let words = "some words of a thread by people who write about what they saw and where they have it from ".repeat(20);
        let name = if at == 3 && number % 20 == 7 { "Mira Sandoval" } else { "somebody" };
        let which = number * PICTURES + at;
        out += &format!("<article class=post id=p{at}><p>{name}: {words}</p><a href=/t/{at}>more</a><img src=/i/{which}.jpg></article>");
    }
    out + "</body></html>"
}

fn answer(request: &Request, painted: &[Vec<u8>]) -> Response<Body> {
    ASKED.fetch_add(1, Ordering::Relaxed);
    let path = request.uri().path();
    let number = path.rsplit('/').next().and_then(|name| name.split('.').next()?.parse::<usize>().ok());
    let (Some(number), is_picture) = (number, path.starts_with("/i/")) else {
        return Response::builder().status(404).body(Body::empty()).unwrap_or_default();
    };
    let validated = is_picture || !DYNAMIC.load(Ordering::Relaxed);
    let build = if validated { Response::builder().header("etag", "\"1\"") } else { Response::builder() };
    if validated && request.headers().contains_key("if-none-match") {
        return build.status(304).body(Body::empty()).unwrap_or_default();
    }
    if is_picture {
        // The same picture in other bytes: nothing is known of it beforehand.
        let bytes = [painted[number % painted.len()].as_slice(), &number.to_le_bytes()].concat();
        return build.header("content-type", "image/jpeg").body(Body::from(bytes)).unwrap_or_default();
    }
    let mut text = page(number);
    if path.starts_with("/words/") {
        text = text.replace("<img ", "<br ");
    }
    build.header("content-type", "text/html; charset=utf-8").body(Body::from(text)).unwrap_or_default()
}

/// `wait`: how long a host of this address takes to answer.
async fn site(wait: fn(SocketAddr) -> Duration) -> u16 {
    let painted: Arc<Vec<Vec<u8>>> = Arc::new((0..PAINTED).map(picture).collect());
    let app = Router::new().fallback(move |request: Request| {
        let painted = painted.clone();
        async move {
            let at = request.extensions().get::<axum::extract::ConnectInfo<Here>>().map(|here| here.0.0);
            if let Some(at) = at {
                tokio::time::sleep(wait(at)).await;
            }
            answer(&request, &painted)
        }
    });
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<Here>()).await });
    port
}

/// The address that was asked.
#[derive(Clone, Copy)]
struct Here(SocketAddr);

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, tokio::net::TcpListener>> for Here {
    fn connect_info(stream: axum::serve::IncomingStream<'_, tokio::net::TcpListener>) -> Self {
        Self(stream.io().local_addr().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0))))
    }
}

fn home(folder: &Path, depth: &str, fetch: &str, every: &str, urls: &[String]) -> PathBuf {
    std::fs::create_dir_all(folder.join("sets")).expect("a folder");
    for seed in 0..10 {
        std::fs::write(folder.join(format!("sets/{seed}.jpg")), picture(4 * seed)).expect("an original");
    }
    std::fs::write(folder.join("urls.txt"), urls.join("\n")).expect("a file");
    let text = format!(
        "state_dir = \"state\"\n[me]\nlegal_names = [\"Mira Sandoval\"]\n[content]\npaths = [\"sets\"]\ndepth = \"{depth}\"\n\
         [fetch]\nallow_private = [\"127.0.0.0/8\"]\n{fetch}\n[[watch]]\nname = \"site\"\nurls_file = \"urls.txt\"\nevery = \"{every}\"\n"
    );
    let file = folder.join("monitor.toml");
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).expect("a file");
    out.write_all(text.as_bytes()).expect("a file");
    assert!(monitor(&file, &["add"]).status().expect("monitor starts").success());
    file
}

fn passes(port: u16, pages: usize, depths: &[&str]) {
    for depth in depths {
        let folder = tempfile::tempdir().expect("a folder");
        let urls: Vec<String> = (0..pages).map(|n| format!("http://127.0.0.1:{port}/p/{n}")).collect();
        let config = home(folder.path(), depth, "delay = \"0s\"\nper_host = 16", "6h", &urls);
        for pass in ["first", "unchanged", "changing token", "changing token"] {
            DYNAMIC.store(pass == "changing token", Ordering::Relaxed);
            let asked = ASKED.load(Ordering::Relaxed);
            let cost = cost(monitor(&config, &["scan", "--json"]));
            let asked = ASKED.load(Ordering::Relaxed) - asked;
            println!(
                "{pages:>6} {depth:<9} {pass:<15} {:>8.2} {:>8.3} {:>8.2} {:>6} {asked:>8}",
                cost.cpu,
                cost.cpu * 1000.0 / pages as f64,
                cost.wall,
                cost.peak
            );
        }
        DYNAMIC.store(false, Ordering::Relaxed);
        let size = std::fs::metadata(folder.path().join("state/monitor.db")).map_or(0, |m| m.len());
        println!("       {depth}: the store has {} KiB a page", size / 1024 / pages as u64);
    }
}

const HOSTS: usize = 200;
const PAGES_EACH: usize = 20;

/// From 5 to 45 ms, each host its own: 16 requests at once are then enough for all of them.
fn latency(at: SocketAddr) -> Duration {
    let number = match at.ip() {
        std::net::IpAddr::V4(ip) => u64::from(u32::from(ip)),
        std::net::IpAddr::V6(_) => 0,
    };
    Duration::from_millis(5 + number.wrapping_mul(2_654_435_761) % 41)
}

fn hosts(port: u16, concurrency: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |host: usize| format!("127.1.{}.{}", host / 100, host % 100 + 1);
    let urls: Vec<String> = (0..HOSTS)
        .flat_map(|host| (0..PAGES_EACH).map(move |n| (host, n)))
        .map(|(host, n)| format!("http://{}:{port}/words/{n}", of(host)))
        .collect();
    let fetch = format!("delay = \"500ms\"\nrobots = \"ignore\"\nconcurrency = {concurrency}");
    let config = home(folder.path(), "quick", &fetch, "6h", &urls);
    let cost = cost(monitor(&config, &["scan", "--json"]));
    println!(
        "{HOSTS} hosts of {PAGES_EACH} pages, 500 ms between requests, {concurrency} at once: {:.1} s, {:.2} s of processor time",
        cost.wall, cost.cpu
    );
    println!("one host alone needs {:.1} s", 0.5 * (PAGES_EACH - 1) as f64 + 0.05);
}

fn daemon(port: u16) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = home(folder.path(), "quick", "delay = \"0s\"", "1s", &[format!("http://127.0.0.1:{port}/p/1")]);
    let mut daemon = monitor(&config, &["run"]).spawn().expect("monitor starts");
    std::thread::sleep(Duration::from_secs(10));
    let process = daemon.id().to_string();
    let log = || std::fs::metadata(folder.path().join("state/monitor.db-wal")).map_or(0, |m| m.len());
    let written = || {
        let io = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
        process::number_after(&io, "write_bytes:")
    };
    let (begun, cpu, asked, bytes) = (Instant::now(), seconds(&process, 14), ASKED.load(Ordering::Relaxed), written());
    std::thread::sleep(Duration::from_secs(60));
    let (cpu, looks, bytes) = (seconds(&process, 14) - cpu, ASKED.load(Ordering::Relaxed) - asked, written() - bytes);
    println!(
        "{looks} looks in {:.0} s: {:.2} ms of processor time and {} bytes written each; the log has {} KiB",
        begun.elapsed().as_secs_f64(),
        cpu * 1000.0 / looks.max(1) as f64,
        bytes / looks.max(1),
        log() >> 10
    );
    let _ = daemon.kill();
    let _ = daemon.wait();
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let is = |what: &str| arguments.iter().any(|a| a == what);
    let port = runtime.block_on(site(if is("hosts") { latency } else { |_| Duration::ZERO }));
    if is("hosts") {
        return hosts(port, arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(16));
    }
    if is("daemon") {
        return daemon(port);
    }
    println!("{:>6} {:<9} {:<15} {:>8} {:>8} {:>8} {:>6} {:>8}", "pages", "depth", "pass", "CPU s", "ms/page", "wall s", "MiB", "requests");
    let counts: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let depths: Vec<&str> = ["quick", "thorough"].into_iter().filter(|depth| is(depth) || !is("quick") && !is("thorough")).collect();
    for pages in if counts.is_empty() { vec![200, 2000] } else { counts } {
        passes(port, pages, &depths);
    }
}
