//! The daemon on a hostile site, at 1-second schedules: `cargo bench --bench soak -- MINUTES` (default: 1). Prints memory
//! (PSS of the process tree), file descriptors, children and zombies each minute; asserts nothing.

mod process;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::Response;
use futures_util::{StreamExt, stream};
use process::{monitor, number_after, tree};

/// Requests answered.
static ASKED: AtomicU64 = AtomicU64::new(0);

/// What the site does, a page each.
const PAGES: [&str; 22] = [
    "plain",
    "dynamic",
    "deep",
    "attributes",
    "srcset",
    "bomb",
    "drip",
    "hang",
    "round",
    "inward",
    "headers",
    "cookies",
    "broken",
    "names",
    "login",
    "nothing",
    "junk",
    "short",
    "pictures",
    "script",
    "silent",
    "links",
];

fn jpeg(seed: u64, side: u32) -> Vec<u8> {
    let paint = image::RgbImage::from_fn(side, side, |x, y| {
        let v = (u64::from(x * y) ^ (seed.wrapping_mul(0x9E37_79B9) >> 7)) as u8;
        image::Rgb([v, v.wrapping_add(x as u8), (seed as u8).wrapping_mul(y as u8)])
    });
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 80).encode_image(&paint).expect("a picture is encoded");
    out
}

/// A PNG that claims a size that it has not.
fn png_bomb(n: u64) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    out.extend((9_000 + n as u32 % 900).to_be_bytes());
    out.extend(9_000u32.to_be_bytes());
    out.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(vec![b'x'; 2000]);
    out
}

fn html(body: String) -> Response<Body> {
    let page = format!("<!DOCTYPE html><title>t</title><body>{body}<p>some words that people wrote here</p></body>");
    Response::builder().header("content-type", "text/html; charset=utf-8").body(Body::from(page)).unwrap_or_default()
}

fn gzip_of_zeros(megabytes: usize) -> Vec<u8> {
    // Stored once by the system's gzip: no crate for it is needed at run time.
    let mut child = Command::new("gzip").arg("-9").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip is installed");
    let mut input = child.stdin.take().expect("a pipe");
    std::thread::spawn(move || (0..megabytes).for_each(|_| drop(input.write_all(&vec![0u8; 1 << 20]))));
    child.wait_with_output().expect("gzip ends").stdout
}

async fn answer(request: Request, bomb: Bytes) -> Response<Body> {
    let n = ASKED.fetch_add(1, Ordering::Relaxed);
    let path = request.uri().path().to_string();
    let wait = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
    let build = Response::builder();
    match path.trim_start_matches('/') {
        "plain" => html("<img src=/pic/1><img src=/pic/2>".into()),
        "dynamic" => html(format!("<input value=token{n}><img src=/pic/{}>", n % 50)),
        "deep" => html("<div>".repeat(100_000)),
        "attributes" => html(format!("<p {}>", (0..50_000).map(|i| format!("a{i}=b ")).collect::<String>())),
        "srcset" => html(format!("<img srcset='{}'>", (0..50_000).map(|i| format!("/s/{i} {i}w,")).collect::<String>())),
        "bomb" => build.header("content-type", "text/html").header("content-encoding", "gzip").body(Body::from(bomb)).unwrap_or_default(),
        "drip" => {
            let drops = stream::unfold(0, |i| async move {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b"drop ")), i + 1))
            });
            build.header("content-type", "text/html").body(Body::from_stream(drops)).unwrap_or_default()
        }
        "hang" => {
            wait(3600).await;
            html(String::new())
        }
        "round" => build.status(302).header("location", format!("/round?{n}")).body(Body::empty()).unwrap_or_default(),
        "inward" => build.status(302).header("location", "http://169.254.169.254/latest/").body(Body::empty()).unwrap_or_default(),
        "headers" => {
            let many = (0..300).fold(build, |b, i| b.header(format!("x-{i}"), "y".repeat(1000)));
            many.body(Body::empty()).unwrap_or_default()
        }
        "cookies" => {
            let many = (0..60).fold(build, |b, i| b.header("set-cookie", format!("c{n}x{i}={}; Path=/{n}", "z".repeat(500))));
            many.header("content-type", "text/html").body(Body::from(format!("<p>words {n}</p>"))).unwrap_or_default()
        }
        "broken" => html((0..40).map(|i| format!("<img src=/broken/{n}-{i}>")).collect()),
        "names" => html("Mira Sandoval is Nova Lark. ".repeat(20_000)),
        "login" => html("<form action=/login><input type=password></form>".into()),
        "nothing" => Response::default(),
        "junk" => {
            let junk: Vec<u8> = (0..200_000u64).map(|i| (i.wrapping_mul(n + 7) >> 3) as u8).collect();
            build.header("content-type", "text/html; charset=x-no-such").body(Body::from(junk)).unwrap_or_default()
        }
        "short" => {
            let part = stream::iter([Ok(Bytes::from_static(b"<p>beginning")), Err(std::io::Error::other("cut"))]);
            build.header("content-length", "100000").body(Body::from_stream(part.boxed())).unwrap_or_default()
        }
        "pictures" => html((0..30).map(|i| format!("<img src=/pic/{}>", n.wrapping_mul(31) + i)).collect()),
        "script" => html(format!("<script type=application/ld+json>{}</script>", "[{\"a\":".repeat(50_000))),
        "silent" => html((1..60).map(|i| format!("<img src=http://127.9.{}.{i}:9/a.jpg>", n % 250)).collect()),
        "links" => html((0..5000).map(|i| format!("<a href=/plain?{n}-{i}>x</a>")).collect()),
        other if other.starts_with("pic/") => {
            let seed = other.trim_start_matches("pic/").parse().unwrap_or(0);
            build.header("content-type", "image/jpeg").body(Body::from(jpeg(seed, 160))).unwrap_or_default()
        }
        other if other.starts_with("broken/") => {
            let bytes = match n % 5 {
                0 => jpeg(n, 200).split_off(30),
                1 => png_bomb(n),
                2 => b"GIF89a\xff\xff\xff\xff\xf7\0\0".repeat(200),
                3 => [b"RIFF\xff\xff\xff\x7fWEBPVP8L".as_slice(), &n.to_le_bytes(), &[0x2f; 3000]].concat(),
                _ => {
                    let mut cut = jpeg(n, 300);
                    cut.truncate(1000 + n as usize % 3000);
                    cut
                }
            };
            build.header("content-type", "image/jpeg").body(Body::from(bytes)).unwrap_or_default()
        }
        _ => build.status(404).body(Body::empty()).unwrap_or_default(),
    }
}

async fn site() -> SocketAddr {
    let bomb = Bytes::from(gzip_of_zeros(200));
    let app = Router::new().fallback(move |request: Request| answer(request, bomb.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn write_home(folder: &Path, site: SocketAddr) -> PathBuf {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::create_dir_all(folder.join("sets")).expect("a folder");
    for seed in [1, 2] {
        std::fs::write(folder.join(format!("sets/{seed}.jpg")), jpeg(seed, 300)).expect("an original");
    }
    let mut text = String::from(
        "state_dir = \"state\"\n[me]\nlegal_names = [\"Mira Sandoval\"]\nstage_names = [\"Nova Lark\"]\n[content]\npaths = [\"sets\"]\n\
         [fetch]\ndelay = \"0s\"\ntimeout = \"5s\"\nretries = 1\nallow_private = [\"127.0.0.0/8\"]\n",
    );
    for page in PAGES {
        let follow = if page == "links" { "follow = { pages = 20 }\n" } else { "" };
        text += &format!("[[watch]]\nname = \"{page}\"\nurl = \"http://{site}/{page}\"\nevery = \"1s\"\n{follow}");
    }
    let file = folder.join("monitor.toml");
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).expect("a file");
    out.write_all(text.as_bytes()).expect("a file");
    file
}

fn main() {
    let minutes: u64 = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let site = runtime.block_on(site());
    let folder = tempfile::tempdir().expect("a folder");
    let config = write_home(folder.path(), site);
    assert!(monitor(&config, &["add"]).status().expect("monitor starts").success());
    let mut daemon = monitor(&config, &["run"]).spawn().expect("monitor starts");
    println!(
        "{:>6} {:>9} {:>9} {:>9} {:>5} {:>9} {:>8} {:>9}",
        "minute", "PSS MB", "its own", "peak RSS", "fds", "children", "zombies", "requests"
    );
    let begun = Instant::now();
    for minute in 1..=minutes {
        let (mut pss, mut own, mut fds, mut children, mut zombies) = (0, 0, 0, 0, 0);
        // The most of each in this minute.
        while begun.elapsed() < Duration::from_secs(60 * minute) {
            std::thread::sleep(Duration::from_millis(500));
            let (mut sum, mut dead) = (0, 0);
            let all = tree(daemon.id());
            for process in &all {
                let size = process::pss(*process);
                sum += size;
                if *process == daemon.id() {
                    own = own.max(size);
                }
                let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
                dead += u64::from(status.contains("State:\tZ"));
            }
            let open = std::fs::read_dir(format!("/proc/{}/fd", daemon.id())).map_or(0, |d| d.count());
            (pss, fds, children, zombies) = (pss.max(sum), fds.max(open), children.max(all.len() - 1), zombies.max(dead));
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap_or_default();
        let (peak, asked) = (number_after(&status, "VmHWM:") / 1024, ASKED.load(Ordering::Relaxed));
        println!("{minute:>6} {pss:>9} {own:>9} {peak:>9} {fds:>5} {children:>9} {zombies:>8} {asked:>9}");
        if let Ok(Some(status)) = daemon.try_wait() {
            println!("the daemon ended: {status}");
            return;
        }
    }
    let _ = Command::new("kill").arg(daemon.id().to_string()).status();
    println!("ended with {:?}", daemon.wait().ok().and_then(|s| s.code()));
    let size = |name: &str| std::fs::metadata(folder.path().join("state").join(name)).map_or(0, |m| m.len() >> 20);
    println!("store {} MiB, its log {} MiB", size("monitor.db"), size("monitor.db-wal"));
}
