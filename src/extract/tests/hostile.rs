//! Pages that are made to take long.

use super::read_as;

/// Eight MiB of each; a debug build, which is slow, gets a quarter of one.
#[test]
fn hostile_pages_come_to_an_end() {
    let size = if cfg!(debug_assertions) { 256 << 10 } else { 8 << 20 };
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
        "<tr itemscope><td itemprop=givenName>",
        "<i class=first-name>a",
        "<input name=first value=a> Name ",
        "<table><tr><td>First name<td>Last name<tr><td>a<td>b",
        "<p>First name:",
        "{\"first\":\"a\",\"last\":[{",
        "<script>a=\"{\\\"first\\\":\\\"",
        "<meta name=first content=a><meta name=last content=b>",
    ];
    for piece in pieces {
        let plain = piece.repeat(size / piece.len());
        read_all(&plain);
        read_all(&format!("<svg><p><table><td>{}{plain}", "<i>".repeat(500)));
    }
    let numbered = |form: &dyn Fn(usize) -> String| (0..size / 20).map(form).collect::<String>();
    read_all(&format!("<a {}>", numbered(&|n| format!(" a{n}=/b"))));
    read_all(&numbered(&|n| format!("<a href=/a{n}>")));
    read_all(&numbered(&|n| format!("<meta name=first{n} content=a>")));
    read_all(&format!("<a href='?{}'>", numbered(&|n| format!("first{n}=a&"))));
    read_all(&numbered(&|n| format!("<img src=/a{n}>")));
    read_all(&format!("<img srcset='{}'>", numbered(&|n| format!("a{n} {n}w,"))));
    read_all(&format!("<base href='/{}'>{}", "b".repeat(3000), numbered(&|n| format!("<a href=a{n}><img src=b{n}>"))));
}

/// Quadratic, this takes hours: so it is as long in a debug build.
#[test]
fn escapes_without_an_end_come_to_one() {
    let escapes = "\\u{".repeat((8 << 20) / 3);
    for html in [format!("<script>'{escapes}"), format!("<script>a='{{\"b\":[{escapes}'")] {
        assert!(read_as(&html, "text/html").blocks.len() < 10);
    }
}

/// Read at all, whatever it is called. A parser that is not linear shows itself by never coming to an end here; how
/// long it takes is measured by the bench `stages`.
fn read_all(html: &str) {
    let html = html.get(..html.len().min(9 << 20)).unwrap_or(html);
    for kind in ["text/html", "application/json", "application/rss+xml", "text/plain", "text/css"] {
        let content = read_as(html, kind);
        assert!(content.blocks.len() <= html.len());
    }
}
