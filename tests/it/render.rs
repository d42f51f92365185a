//! Pages that a browser has to draw. These tests need Chromium, which `.ci/run` installs; without it they say so and end.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::home::{Home, LEGAL, kinds};
use crate::pictures;
use crate::site::{Answer, Site};

/// Whether there is a browser to test with.
fn has_browser() -> bool {
    let has = ["/usr/bin/chromium", "/usr/local/bin/chromium"].iter().any(|path| std::path::Path::new(path).exists());
    if !has {
        eprintln!("no chromium here: not tested");
    }
    has
}

/// Shows so many pictures a row of which only what is near is there, and loads further rows when its end comes near.
const FEED: &str = r"<div id=feed style='min-height:1px'></div><div id=end style='height:10px'></div><script>
let row = 0, busy = false;
async function more() {
    if (busy || row >= 6) return;
    busy = true;
    const answer = await fetch('/rows/' + row + '.json');
    for (const name of await answer.json()) {
        const post = document.createElement('article');
        post.style.height = '700px';
        post.innerHTML = '<h2>post ' + name + '</h2>';
        const img = document.createElement('img');
        img.loading = 'lazy'; img.width = 300; img.height = 200;
        img.src = '/pictures/' + name + '.jpg';
        post.append(img);
        document.getElementById('feed').append(post);
    }
    row++; busy = false;
    more2();
}
function more2() { if (document.getElementById('end').getBoundingClientRect().top < innerHeight + 300) more(); }
new IntersectionObserver(more2).observe(document.getElementById('end'));
addEventListener('scroll', more2);
</script>";

#[test]
fn a_page_that_scripts_draw_is_seen_to_its_end() {
    if !has_browser() {
        return;
    }
    let site = Site::start();
    site.set("/", Answer::html(format!("<!DOCTYPE html><title>feed</title><body>{FEED}")));
    for row in 0..6 {
        let names: Vec<String> = (0..4).map(|n| format!("\"{row}-{n}\"")).collect();
        site.set(
            &format!("/rows/{row}.json"),
            Answer { status: 200, body: format!("[{}]", names.join(",")).into_bytes(), ..Answer::default() },
        );
        for n in 0..4 {
            // One of them is the owner's.
            let seed = if (row, n) == (5, 3) { 1 } else { 100 + row * 10 + n };
            site.picture(&format!("/pictures/{row}-{n}.jpg"), pictures::jpeg(&pictures::paint(seed), 80));
        }
    }
    let home = Home::new().watch("feed", &site.url("/"), "render = true");
    home.ok(&["add"]);
    let done = home.scan();
    assert_eq!(kinds(&done), [("image".to_string(), "high".to_string())], "{done}");
    assert_eq!(done["images"]["seen"], 24, "{done}");
    assert_eq!(done["problems"], serde_json::json!([]), "{done}");
    let asked = site.asked();
    let of_last: Vec<_> = asked.iter().filter(|a| a.path == "/pictures/5-3.jpg").collect();
    assert_eq!(of_last.len(), 1, "taken from the browser, not fetched again");
    assert!(asked.iter().all(|a| !a.headers.contains_key("referer")), "{asked:?}");
    assert!(asked.iter().all(|a| !a.headers["user-agent"].to_str().unwrap().contains("Headless")));
    // Without a browser it is an empty shell, and told as one.
    let plain = Home::new().watch("feed", &site.url("/"), "");
    let done = plain.scan();
    assert_eq!(done["problems"][0]["kind"], "script", "{done}");
}

#[test]
fn what_scripts_paint_and_hide_is_seen() {
    if !has_browser() {
        return;
    }
    let site = Site::start();
    site.picture("/own.jpg", pictures::jpeg(&pictures::paint(1), 90));
    site.picture("/other.jpg", pictures::jpeg(&pictures::paint(2), 90));
    site.set("/frame", Answer::html(format!("<title>f</title><body><p>She is {LEGAL}, said the frame</p></body>")));
    // A canvas painted from bytes that were turned around on their way, a background, a closed shadow tree, a frame, a list
    // that forgets what is scrolled past.
    let upside: Vec<u8> = pictures::jpeg(&pictures::paint(1), 90).into_iter().map(|b| b ^ 0x5a).collect();
    site.set("/hidden.bin", Answer { status: 200, body: upside, ..Answer::default() });
    site.set(
        "/",
        Answer::html(
            r"<!DOCTYPE html><title>t</title><body><canvas id=c width=480 height=360></canvas><div id=b style='width:480px;height:360px'></div>
            <div id=s></div><iframe src=/frame></iframe><div id=l style='height:400px;overflow-y:auto'><div style='height:6000px'><p id=line></p></div></div>
            <script>
            document.getElementById('b').style.backgroundImage = 'url(/other.jpg)';
            document.getElementById('s').attachShadow({ mode: 'closed' }).innerHTML = '<p>call +92 300 1234567</p>';
            const l = document.getElementById('l');
            const show = () => document.getElementById('line').textContent = 'line ' + Math.floor(l.scrollTop / 300) + (l.scrollTop > 900 && l.scrollTop < 2000 ? ' Mira Sandoval lives here' : '');
            l.addEventListener('scroll', show); show();
            fetch('/hidden.bin').then(r => r.arrayBuffer()).then(async b => {
                const bytes = new Uint8Array(b).map(x => x ^ 0x5a);
                const image = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
                document.getElementById('c').getContext('2d').drawImage(image, 0, 0, 480, 360);
            });
            </script>",
        ),
    );
    let home = Home::new().watch("p", &site.url("/"), "render = true");
    home.ok(&["add"]);
    let done = home.scan();
    let found = done["findings"].as_array().unwrap();
    let of = |kind: &str| found.iter().filter(|f| f["kind"] == kind).count();
    assert!(found.iter().any(|f| f["kind"] == "image" && f["image"].is_null() && f["original"] == "sets/img_1.jpg"), "the canvas: {done}");
    assert!(found.iter().any(|f| f["kind"] == "image" && f["original"] == "sets/img_2.jpg"), "the background: {done}");
    assert!(of("name") == 1 && of("private") == 1, "{done}");
    let text = done.to_string();
    assert!(text.contains("said the frame") || text.contains("lives here"), "{done}");
}

#[test]
fn nothing_reaches_a_private_address_through_the_browser() {
    if !has_browser() {
        return;
    }
    // The page's own server may be reached, by its network; 127.0.0.2 and the like may not.
    let private = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = private.local_addr().unwrap().port();
    let udp = std::net::UdpSocket::bind(("127.0.0.2", port)).unwrap();
    udp.set_nonblocking(true).unwrap();
    let reached = Arc::new(AtomicUsize::new(0));
    let counted = reached.clone();
    std::thread::spawn(move || {
        for stream in private.incoming().flatten() {
            let mut stream = stream;
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 10]);
        }
    });
    let site = Site::start();
    let to = format!("127.0.0.2:{port}");
    site.set("/away", Answer::redirect(&format!("http://{to}/redirected")));
    site.set(
        "/worker.js",
        Answer {
            status: 200,
            body: format!("fetch('http://{to}/worker');importScripts('http://{to}/script')").into_bytes(),
            ..Answer::default()
        }
        .header("content-type", "text/javascript"),
    );
    site.set(
        "/",
        Answer::html(format!(
            r"<!DOCTYPE html><title>t</title><link rel=preconnect href='http://{to}'><link rel=dns-prefetch href='//localhost:{port}'><link rel=prefetch href='http://{to}/prefetch'>
            <body><p>a page that wants into the house</p><img src='http://{to}/img.jpg'><img src='/away'><img src='http://2130706434:{port}/x'><img src='http://localhost:{port}/l'>
            <img src='http://[::ffff:127.0.0.2]:{port}/six'><iframe src='http://{to}/frame'></iframe><video src='http://{to}/film.mp4' autoplay></video><object data='http://{to}/o'></object>
            <script>
            fetch('http://{to}/fetch', {{ mode: 'no-cors' }}); navigator.sendBeacon('http://{to}/beacon', 'x');
            new WebSocket('ws://{to}/socket'); new EventSource('http://{to}/events');
            try {{ new Worker('/worker.js'); }} catch (e) {{}}
            try {{ new RTCPeerConnection({{ iceServers: [{{ urls: 'stun:{to}' }}, {{ urls: 'turn:{to}?transport=tcp', username: 'a', credential: 'b' }}] }}).createDataChannel('x'); const p = new RTCPeerConnection({{ iceServers: [{{ urls: 'stun:{to}' }}] }}); p.createDataChannel('y'); p.createOffer().then(o => p.setLocalDescription(o)); }} catch (e) {{}}
            try {{ new WebTransport('https://{to}/'); }} catch (e) {{}}
            window.open('http://{to}/window'); setTimeout(() => {{ const f = document.createElement('form'); f.action = 'http://{to}/form'; f.method = 'post'; f.target = '_blank'; document.body.append(f); f.submit(); }}, 100);
            const f = document.createElement('iframe'); f.src = 'file:///etc/passwd'; document.body.append(f);
            </script>"
        )),
    );
    let home = Home::new().watch("p", &site.url("/"), "render = true").replace("127.0.0.0/8", "127.0.0.1/32");
    let done = home.scan();
    assert_eq!(done["pages"]["checked"], 1, "{done}");
    assert_eq!(reached.load(Ordering::Relaxed), 0, "something got in");
    assert!(udp.recv(&mut [0; 100]).is_err(), "a packet got in");
    assert!(site.paths().contains(&"/away".to_string()), "the page was drawn");
    // The page itself cannot lead there either.
    site.set("/", Answer::html(format!("<script>location = 'http://{to}/location'</script>")));
    home.scan();
    site.set("/", Answer::redirect(&format!("http://{to}/first")));
    let done = home.scan();
    assert_eq!(done["problems"][0]["kind"], "private_network", "{done}");
    assert_eq!(reached.load(Ordering::Relaxed), 0, "something got in");
}

#[test]
fn what_a_browser_sends_names_nobody() {
    if !has_browser() {
        return;
    }
    let (site, other) = (Site::start(), Site::start());
    let elsewhere = other.url("").replace("127.0.0.1", "localhost");
    site.set(
        "/worker.js",
        Answer {
            status: 200,
            body: format!("fetch('{elsewhere}/w?q=Mira+Sandoval', {{ mode: 'no-cors' }})").into_bytes(),
            ..Answer::default()
        }
        .header("content-type", "text/javascript"),
    );
    site.set(
        "/",
        Answer::html(format!(
            "<!DOCTYPE html><title>t</title><body><p>words of a page about somebody</p><img src='{elsewhere}/plain.jpg'><img src='{elsewhere}/mira-sandoval.jpg'>
            <script>fetch('{elsewhere}/post', {{ method: 'POST', mode: 'no-cors', body: document.title }}); navigator.sendBeacon('{elsewhere}/beacon', 'x');
            fetch('{elsewhere}/get?q=mira%20sandoval', {{ mode: 'no-cors' }}); fetch('/own?q=Mira+Sandoval'); new Worker('/worker.js');</script>"
        )),
    );
    let home = Home::new().watch("p", &site.url("/"), "render = true\nheaders = [\"X-Key: open\"]");
    home.scan();
    let elsewhere = other.asked();
    let paths: Vec<&str> = elsewhere.iter().map(|a| a.path.as_str()).collect();
    assert!(!paths.is_empty() && paths.iter().all(|path| *path == "/plain.jpg"), "{paths:?}");
    assert!(elsewhere.iter().all(|a| !a.headers.contains_key("referer") && !a.headers.contains_key("x-key")), "{elsewhere:?}");
    let own = site.asked();
    assert!(own.iter().any(|a| a.path.starts_with("/own?q=")), "of the same site it may ask");
    assert!(own.iter().filter(|a| a.path == "/").all(|a| a.headers["x-key"] == "open" && !a.headers.contains_key("referer")), "{own:?}");
}

#[test]
fn a_drawn_page_cannot_hide_behind_what_its_scripts_make() {
    if !has_browser() {
        return;
    }
    let site = Site::start();
    site.set(
        "/frame",
        Answer::html("<title>f</title><body><p>call +92 300 1234567 and <a href=inner.html>this</a></p></body>".to_string()),
    );
    site.page("/sub/two.html", "the second page of it");
    site.set(
        "/",
        Answer::html(
            r"<!DOCTYPE html><html><head><title>t</title><base href='/sub/'></head><body><div id=a></div><iframe src=/frame></iframe><p>She is Mira Sandoval, they say here</p><a href=two.html>two</a>
            <script>
            const a = document.getElementById('a');
            const s = document.createElement('script'); s.type = 'text/plain'; s.textContent = '<!-' + '-<scr' + 'ipt >'; a.append(s);
            for (const name of ['plaintext', 'xmp', 'noembed', 'noframes', 'textarea', 'title']) { const e = document.createElement(name); e.textContent = 'x'; a.append(e); }
            </script></body></html>",
        ),
    );
    let home = Home::new().watch("p", &site.url("/"), "render = true\nfollow = { pages = 3 }");
    let done = home.scan();
    let found: Vec<String> = kinds(&done).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(found, ["name", "private"], "{done}");
    assert!(site.paths().contains(&"/sub/two.html".to_string()), "a link is where the page's base says");
}
