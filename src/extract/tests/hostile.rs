//! Pages that are made to take long.

use std::time::{Duration, Instant};

use super::read_as;

/// Eight MiB of each are read within two seconds; a debug build, which is slow, gets one.
#[test]
fn hostile_pages_take_linear_time() {
    let size = if cfg!(debug_assertions) { 1 << 20 } else { 8 << 20 };
    let most = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 2 });
    let pieces = [
        "<div>",
        "<a ",
        "<a href=x>",
        "<noscript>",
        "&",
        "&amp",
        "url(",
        "<style>url('",
        "<p title=\"",
        "<!--",
        "<!-- <!",
        "<script>'",
        "<script>//",
        "<script>/*",
        "<script>\\",
        "</b>",
        "<b>",
        "<table>",
        "<td>",
        "<svg>",
        "<a/>",
        "<title>",
        "<textarea>",
        "<template>",
        "<iframe>",
        "<",
        "</",
        "<![CDATA[",
        ".jpg",
        "/a.jpg?",
        "<script>a.jpg",
        "<p style='url(",
        "data:image",
        "\0",
        "é",
        "<img src=.jpg ",
        "<li><div class=post>",
        "<option>",
        "{\"a\":",
        "[\"<p>",
        "<p srcset='",
        "<dt><dd>",
        "%",
        "<base href=a>",
    ];
    for piece in pieces {
        let plain = piece.repeat(size / piece.len());
        timed(&plain, piece, most);
        timed(&format!("<svg><p><table><td>{}{plain}", "<i>".repeat(500)), piece, most);
    }
    let numbered = |form: &dyn Fn(usize) -> String| (0..size / 20).map(form).collect::<String>();
    timed(&format!("<a {}>", numbered(&|n| format!(" a{n}=/b"))), "attributes", most);
    timed(&numbered(&|n| format!("<a href=/a{n}>")), "links", most);
    timed(&numbered(&|n| format!("<img src=/a{n}>")), "pictures", most);
    timed(&format!("<img srcset='{}'>", numbered(&|n| format!("a{n} {n}w,"))), "candidates", most);
    timed(&format!("<base href='/{}'>{}", "b".repeat(3000), numbered(&|n| format!("<a href=a{n}><img src=b{n}>"))), "base", most);
}

fn timed(html: &str, what: &str, most: Duration) {
    let html = html.get(..html.len().min(9 << 20)).unwrap_or(html);
    for kind in ["text/html", "application/json", "application/rss+xml", "text/plain", "text/css"] {
        let start = Instant::now();
        let content = read_as(html, kind);
        let took = start.elapsed();
        if std::env::var_os("TIMES").is_some() && took.as_millis() > 300 {
            println!("{took:?} {kind} {what} {}", html.len());
        }
        assert!(took < most, "{what} as {kind}: {took:?}, {} blocks", content.blocks.len());
    }
}
