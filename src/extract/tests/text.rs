//! Text, sections, links, other kinds of pages, bounds.

use url::Url;

use super::{AT, pictures, read, read_as, texts};
use crate::extract::{Settings, page};
use crate::model::{Content, LimitHit, Place};

#[test]
fn text_in_blocks() {
    for (html, want) in [
        ("<p><b>Re</b>n&eacute;e <i>Hartwell</i> x<p>y", vec!["Renée Hartwell x", "y"]),
        ("Re<wbr>n<!-- -->ée<br>Hartwell", vec!["Renée\nHartwell"]),
        ("Re<!-- <b>x</b> -->n<script>'<p>so it</p>'</script>é<a data-x='<i>y</i> z'>e</a>", vec!["Renée"]),
        ("Re<i hidden>x<b>y</b></i>n<u style='Display: none'>z</u>ée", vec!["Renée"]),
        ("<div style='display:none'><p>a</div>b", vec!["b"]),
        ("<td>a</td><td>b</td>", vec!["a", "b"]),
        ("<div>a<script>var b</script>c<style>d</style></div>", vec!["ac"]),
        ("<h1> a </h1>b<hr>c", vec!["a", "b", "c"]),
        ("a <textarea>b</textarea><template>c</template>", vec!["a"]),
        ("<p>a < b &lt;c</p><xmp><b>d</b></xmp>", vec!["a < b <c", "<b>d</b>"]),
        ("<noscript>on</noscript>off", vec!["on", "off"]),
        ("Ren<noscript>on</noscript>ée", vec!["Renée", "on"]),
        ("a\r\nb", vec!["a\nb"]),
    ] {
        assert_eq!(texts(&read(html), Place::Text), want, "{html}");
    }
}

#[test]
fn text_in_other_places() {
    let content = read(
        "<title> A\n b </title><meta name=description content='Renée here'><meta itemprop=name content=Hartwell>\
         <img alt='an alt' title='a title'><input value=typed placeholder=held><textarea>area</textarea>\
         <select><option>chosen</select><a href='/models/ren%C3%A9e/#x'>p</a><a href='tel:+33123'>t</a>\
         <script type=application/ld+json>{\"name\":\"Ren\\u00e9e\",\"n\":[\"<b>Re</b>n\"]}</script>\
         <script>var a='some words', b='word', c={key:\"it's here\"}</script><!-- said so -->",
    );
    assert_eq!(content.title, "A b");
    assert_eq!(texts(&content, Place::Title), ["A b"]);
    assert_eq!(texts(&content, Place::Meta), ["Renée here"]);
    assert_eq!(texts(&content, Place::Attribute), ["an alt", "a title", "held"]);
    assert_eq!(texts(&content, Place::Form), ["typed", "area", "chosen"]);
    assert_eq!(texts(&content, Place::Link), ["https://forum.example/models/ren%C3%A9e/#x", "tel:+33123"]);
    assert_eq!(texts(&content, Place::Data), ["Hartwell", "Renée", "Ren", "some words", "it's here", "said so"]);
    assert!(!content.visible);
}

#[test]
fn posts_are_sections() {
    let content = read(
        "top<article class=message>a<div class=message-body>b<blockquote>q</blockquote>c</div></article>\
         <div class='x post-12'>d</div>e<ul><li>f<li>g</ul><dl><dt>h<dd>i<dt>j</dl><table><tr><td>k<td>l</table>m",
    );
    let sections: Vec<_> = content.blocks.iter().map(|b| (b.text.as_str(), b.section)).collect();
    let want = [
        ("top", 0),
        ("a", 1),
        ("b", 1),
        ("q", 2),
        ("c", 1),
        ("d", 3),
        ("e", 0),
        ("f", 4),
        ("g", 5),
        ("h", 6),
        ("i", 6),
        ("j", 7),
        ("k", 8),
        ("l", 8),
        ("m", 0),
    ];
    assert_eq!(sections, want);
}

#[test]
fn links_to_pages() {
    let content = read(
        "<link rel=next href=page-2><a href='#top'>t</a><a href='javascript:x()'>j</a><a href=/u/1#a>u</a><a href=/u/1>u</a>\
         <a href=/t/x.1/page-3>3</a><a href=/t/y.2/page-3>4</a><a class='pageNav-jump pageNav-jump--next' href=page-9>x</a>\
         <iframe src=//v.example/e></iframe><meta http-equiv=refresh content='5; URL=\"/moved\"'><a href=p5>Page suivante ›</a>",
    );
    let links: Vec<_> = content.links.iter().map(|l| (l.url.path(), l.next)).collect();
    let want = [
        ("/t/x.1/page-2", true),
        ("/u/1", false),
        ("/t/x.1/page-3", true),
        ("/t/y.2/page-3", false),
        ("/t/x.1/page-9", true),
        ("/e", false),
        ("/moved", false),
        ("/t/x.1/p5", true),
    ];
    assert_eq!(links, want);
}

#[test]
fn pages_that_are_no_html() {
    let rss = read_as(
        "<?xml version='1.0'?><rss><channel><title>Feed</title><item><title>Re&#233;</title><link>https://a/1</link>\
         <description>&lt;p&gt;&lt;b&gt;Re&lt;/b&gt;née &lt;img src='/i.png'&gt;</description>\
         <content:encoded><![CDATA[<i>Hart</i>well]]></content:encoded><enclosure url='https://a/e.jpg' type='image/jpeg'/>\
         <media:content url='https://a/m?1' medium='image'/><media:thumbnail url='https://a/t'/></item></channel></rss>",
        "application/rss+xml",
    );
    assert_eq!(rss.title, "Feed");
    assert_eq!(texts(&rss, Place::Text), ["Reé", "Renée", "Hartwell"]);
    assert_eq!(pictures(&rss), ["https://forum.example/i.png", "https://a/e.jpg", "https://a/m?1", "https://a/t"]);
    assert_eq!(rss.links.first().map(|l| l.url.as_str()), Some("https://a/1"));

    let json =
        read_as(r#"{"cooked":"<p><b>Re</b>n\u00e9e</p><img src='/a.png'>","u":"\/b.jpg","n":"one","k":{"l":"x.com"}}"#, "application/json");
    assert_eq!(texts(&json, Place::Data), ["Renée", "/b.jpg", "one", "x.com"]);
    assert_eq!(pictures(&json).len(), 2);

    let plain = read_as("Renée\nHartwell\n\nhttps://a/x.jpg https://a/page.\n", "text/plain");
    assert_eq!(texts(&plain, Place::Text).first(), Some(&"Renée\nHartwell"));
    assert_eq!((pictures(&plain), plain.links.len()), (vec!["https://a/x.jpg"], 1));

    let xhtml = read_as("<html><title/><script src='x'/><p>a<span/>b</p></html>", "application/xhtml+xml");
    assert_eq!(texts(&xhtml, Place::Text), ["ab"]);
    assert_eq!(read_as("\u{1}PNG", "image/png"), Content::default());
}

#[test]
fn bounds_are_told() {
    let at = Url::parse(AT).unwrap();
    let settings = Settings { max_images: 2, max_links: 1, max_text: 40 };
    let html = "<img src=1.jpg><img src=1.jpg><img src=2.jpg><img src=3.jpg><a href=a>a</a><a href=b>b</a>";
    let content = page(html.as_bytes(), Some("text/html"), &at, &settings);
    assert_eq!((content.images.len(), content.links.len()), (2, 1));
    assert!(content.limits.contains(&LimitHit::Images(1)) && content.limits.contains(&LimitHit::Links(1)));
    assert!(content.limits.iter().any(|l| matches!(l, LimitHit::Text(_))));
    assert!(content.blocks.iter().map(|b| b.text.len()).sum::<usize>() <= 40);
}
