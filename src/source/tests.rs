//! Answers in the shapes that the services document; names and numbers are made up.

use std::io::Write;

use proptest::prelude::*;
use url::Url;

use super::*;
use crate::model::{ImageSource, Place};

fn read_all(source: Source, url: &Url, got: &Url, body: &[u8], content_type: Option<&str>, most: u64) -> Result<Read, Unread> {
    read(source, &Came { url, got, body, content_type, most, paths: &Paths::default() }, &Settings::default())
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn read_json(source: Source, at: &str, answer: &str) -> Read {
    let at = url(at);
    read_all(source, &at, &ask(source, &at), answer.as_bytes(), Some("application/json"), 1 << 20).unwrap()
}

fn pictures(content: &Content) -> Vec<String> {
    content.images.iter().filter_map(|image| image.address()).map(Url::to_string).collect()
}

fn text_of(content: &Content) -> String {
    content.blocks.iter().filter(|block| block.place != Place::Link).map(|block| block.text.as_str()).collect::<Vec<_>>().join("|")
}

#[test]
fn addresses_tell_their_source_and_what_is_asked_for() {
    for (at, source, asked) in [
        ("https://boards.4chan.org/b/", Source::Board, "https://a.4cdn.org/b/catalog.json"),
        ("https://boards.4chan.org/b/catalog", Source::Board, "https://a.4cdn.org/b/catalog.json"),
        ("https://boards.4chan.org/b/3", Source::Board, "https://a.4cdn.org/b/catalog.json"),
        ("https://boards.4chan.org/s/thread/123/slug#p124", Source::Board, "https://a.4cdn.org/s/thread/123.json"),
        ("https://t.me/luna", Source::Telegram, "https://t.me/s/luna"),
        ("https://t.me/s/luna?before=9", Source::Telegram, "https://t.me/s/luna?before=9"),
        ("https://www.reddit.com/r/pics", Source::Reddit, "https://www.reddit.com/r/pics/.rss?limit=100"),
        ("https://old.reddit.com/user/x/", Source::Reddit, "https://old.reddit.com/user/x/.rss?limit=100"),
        ("https://mastodon.social/@luna", Source::Mastodon, "https://mastodon.social/@luna.rss"),
        ("https://mastodon.social/tags/art", Source::Mastodon, "https://mastodon.social/tags/art.rss"),
        ("https://mastodon.social/@luna/1234", Source::Mastodon, "https://mastodon.social/@luna/1234"),
        ("https://lemmy.world/c/pics", Source::Lemmy, "https://lemmy.world/api/v3/post/list?community_name=pics&sort=New&limit=50"),
        (
            "https://bsky.app/profile/luna.example",
            Source::Bluesky,
            "https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=luna.example&limit=100",
        ),
        ("https://site.example/sitemap.xml.gz", Source::Sitemap, "https://site.example/sitemap.xml.gz"),
        ("https://site.example/blog/feed", Source::Feed, "https://site.example/blog/feed"),
        ("https://site.example/t/1", Source::Page, "https://site.example/t/1"),
    ] {
        assert_eq!(guess(&url(at)), source, "{at}");
        assert_eq!(ask(source, &url(at)).as_str(), asked, "{at}");
    }
    // On other hosts the owner says what it is.
    assert_eq!(ask(Source::Board, &url("https://chan.example/x/b/")).as_str(), "https://chan.example/x/b/catalog.json");
    assert_eq!(ask(Source::Board, &url("https://chan.example/b/res/12.html")).as_str(), "https://chan.example/b/res/12.json");
    assert_eq!(
        ask(Source::Search, &url("https://sx.example/search?q=nova+lark")).as_str(),
        "https://sx.example/search?q=nova+lark&format=json"
    );
    for (name, source) in Source::ALL.into_iter().filter(|(_, source)| *source != Source::Shelf) {
        assert_eq!(source.name(), name);
    }
}

#[test]
fn a_catalogue_leads_to_its_threads_with_a_mark_that_changes_when_they_do() {
    let answer = r#"[{"page":1,"threads":[{"no":12,"sub":"summer","com":"first <b>post</b><br>of Nova","name":"Anonymous","tim":1700000000001,"ext":".jpg","filename":"IMG_2041","replies":2,"images":1,"last_modified":1700000100}]},{"page":2,"threads":[{"no":13,"com":"other","replies":0,"last_modified":1700000200}]}]"#;
    let Read { content, shown_at, marks, .. } = read_json(Source::Board, "https://boards.4chan.org/s/", answer);
    assert_eq!(shown_at.unwrap().as_str(), "https://boards.4chan.org/s/");
    let links: Vec<&str> = content.links.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(links, ["https://boards.4chan.org/s/thread/12", "https://boards.4chan.org/s/thread/13"]);
    assert_eq!(marks.iter().map(|(_, mark)| mark.as_str()).collect::<Vec<_>>(), ["m1700000100-2", "m1700000200-0"]);
    assert_eq!(pictures(&content), ["https://i.4cdn.org/s/1700000000001.jpg"]);
    let text = text_of(&content);
    assert!(text.contains("summer") && text.contains("of Nova") && text.contains("IMG_2041"), "{text}");
}

#[test]
fn a_thread_shows_every_post_and_every_file() {
    let answer = r#"{"posts":[{"no":12,"com":"a","tim":1,"ext":".png","filename":"x"},{"no":13,"com":"b","tim":"2-0","ext":".webm","filename":"film","extra_files":[{"tim":"2-1","ext":".jpg","filename":"y"}]},{"no":14,"com":"c","filedeleted":1}]}"#;
    let read = read_json(Source::Board, "https://chan.example/b/res/12.html", answer);
    let shown = pictures(&read.content);
    assert!(shown.contains(&"https://chan.example/b/src/1.png".to_string()), "{shown:?}");
    assert!(shown.contains(&"https://chan.example/b/src/2-1.jpg".to_string()), "{shown:?}");
    let sections: std::collections::HashSet<u32> = read.content.blocks.iter().map(|block| block.section).collect();
    assert!(sections.len() >= 3, "posts are apart");
}

#[test]
fn profiles_and_searches_show_text_pictures_and_links() {
    let bluesky = r#"{"feed":[{"post":{"uri":"at://x","author":{"handle":"luna.example","displayName":"Luna"},"record":{"text":"hello there"},"embed":{"$type":"app.bsky.embed.images#view","images":[{"thumb":"https://cdn.bsky.app/img/feed_thumbnail/plain/d/c@jpeg","fullsize":"https://cdn.bsky.app/img/feed_fullsize/plain/d/c@jpeg","alt":"on a beach"}]}}}]}"#;
    let read = read_json(Source::Bluesky, "https://bsky.app/profile/luna.example", bluesky);
    assert_eq!(pictures(&read.content), ["https://cdn.bsky.app/img/feed_fullsize/plain/d/c@jpeg"]);
    assert!(text_of(&read.content).contains("on a beach") && text_of(&read.content).contains("hello there"));

    let lemmy = r#"{"posts":[{"creator":{"name":"someone"},"post":{"name":"look","body":"what I found","url":"https://lemmy.world/pictrs/image/a.webp","thumbnail_url":"https://lemmy.world/pictrs/image/b.webp","ap_id":"https://lemmy.world/post/7"}}]}"#;
    let read = read_json(Source::Lemmy, "https://lemmy.world/c/pics", lemmy);
    assert_eq!(pictures(&read.content).len(), 2);
    assert_eq!(read.content.links.iter().map(|link| link.url.as_str()).collect::<Vec<_>>(), ["https://lemmy.world/post/7"]);

    let search = r#"{"query":"nova lark","results":[{"url":"https://leak.example/t/1","title":"Nova Lark pics","content":"a set","img_src":"https://leak.example/1.jpg"}]}"#;
    let read = read_json(Source::Search, "https://sx.example/search?q=nova+lark", search);
    assert_eq!(read.content.links.first().unwrap().url.as_str(), "https://leak.example/t/1");
    assert_eq!(pictures(&read.content), ["https://leak.example/1.jpg"]);

    let feed = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Blog","items":[{"id":"1","url":"https://b.example/1","content_html":"<p>words</p><img src='/a.jpg'>","attachments":[{"url":"https://b.example/f","mime_type":"image/jpeg"}]}]}"#;
    let read = read_json(Source::Feed, "https://b.example/feed.json", feed);
    assert_eq!(pictures(&read.content), ["https://b.example/a.jpg", "https://b.example/f"]);
}

#[test]
fn rows_go_on_to_older_posts() {
    let next = |source: Source, at: &str, answer: &str, kind: &str| {
        let at = url(at);
        let read = read_all(source, &at, &ask(source, &at), answer.as_bytes(), Some(kind), 1 << 20).unwrap();
        let next = read.content.links.iter().find(|link| link.next).map(|link| link.url.clone());
        next.map(|url| (url.to_string(), ask(source, &url).to_string()))
    };
    let json = "application/json";
    let (shown, asked) =
        next(Source::Lemmy, "https://l.example/c/pics", r#"{"posts":[{"post":{"id":7,"name":"x"}}],"next_page":"P7"}"#, json).unwrap();
    assert_eq!(shown, "https://l.example/c/pics?pageCursor=P7");
    assert!(asked.contains("page_cursor=P7") && asked.contains("community_name=pics"), "{asked}");
    let (_, asked) = next(Source::Lemmy, "https://l.example/post/7", r#"{"post_view":{"post":{"id":7,"name":"x"}}}"#, json).unwrap();
    assert!(asked.contains("/api/v3/comment/list?post_id=7") && asked.contains("page=1"), "{asked}");
    assert_eq!(next(Source::Lemmy, "https://l.example/post/7?page=1", r#"{"comments":[{"comment":{"content":"last"}}]}"#, json), None);
    let feed = r#"{"cursor":"c1","feed":[{"post":{"record":{"text":"hello"}}}]}"#;
    let (_, asked) = next(Source::Bluesky, "https://bsky.app/profile/luna.example", feed, json).unwrap();
    assert!(asked.contains("cursor=c1") && asked.contains("actor=luna.example"), "{asked}");
    let preview = r#"<p>posts of a channel, some words</p><a href="/s/luna?before=100">older</a><a href="/s/other?before=9">no</a>"#;
    for at in ["https://t.me/luna", "https://t.me/s/luna"] {
        assert_eq!(next(Source::Telegram, at, preview, "text/html").unwrap().0, "https://t.me/s/luna?before=100", "{at}");
    }
    let entries: String = (0..100).map(|n| format!("<entry><id>t3_x{n}</id><title>e{n}</title></entry>")).collect();
    let atom = format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>");
    let (shown, asked) = next(Source::Reddit, "https://www.reddit.com/r/pics", &atom, "application/atom+xml").unwrap();
    assert_eq!(shown, "https://www.reddit.com/r/pics?after=t3_x99");
    assert!(asked.contains("/.rss") && asked.contains("after=t3_x99"), "{asked}");
}

#[test]
fn site_maps_are_unpacked_within_bounds() {
    let map = format!("<urlset>{}</urlset>", "<url><loc>https://s.example/t/1</loc></url><url><loc>https://s.example/t/2</loc></url>");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(map.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let at = url("https://s.example/sitemap.xml.gz");
    let map = |body: &[u8], most| read_all(Source::Sitemap, &at, &at, body, Some("application/gzip"), most);
    assert_eq!(map(&packed, 1 << 20).unwrap().content.links.len(), 2);
    assert_eq!(map(&packed, 20).unwrap_err().kind, ProblemKind::TooLarge);
    assert_eq!(map(&packed[..packed.len() - 12], 1 << 20).unwrap_err().kind, ProblemKind::NotReadable);
}

#[test]
fn an_answer_that_is_none_is_told() {
    let at = url("https://boards.4chan.org/b/");
    let answer = |body: &str| read_all(Source::Board, &at, &at, body.as_bytes(), Some("text/html"), 1 << 20);
    assert_eq!(answer("{\"error\":1}").unwrap_err().kind, ProblemKind::NotReadable);
    assert_eq!(answer("").unwrap_err().kind, ProblemKind::NotReadable);
    let wall = answer("<title>Just a moment...</title><p>Checking</p>").unwrap();
    assert!(wall.shown_at.is_none(), "a page is read as one, and its wall is told");
    // A hundred times its size in memory.
    let dense = format!("[{}0]", "{\"\":0},".repeat(MOST_OBJECTS));
    assert_eq!(answer(&dense).unwrap_err().kind, ProblemKind::Limit);
}

proptest! {
    #[test]
    fn whatever_text_stands_in_an_answer_stays_text(words in "[a-zA-Z<>&\"' ]{0,40}") {
        let answer = serde_json::json!({"results": [{"url": "https://a.example/", "title": "t", "content": words}]}).to_string();
        let read = read_json(Source::Search, "https://sx.example/search?q=x", &answer);
        let images = read.content.images.iter().filter(|image| matches!(image.source, ImageSource::Url(_))).count();
        prop_assert_eq!(images, 0);
        prop_assert_eq!(read.content.links.len(), 1);
    }

    #[test]
    fn no_answer_breaks_a_reader(body in prop::collection::vec(any::<u8>(), 0..200), json in "[\\[\\]{}\":,a-z0-9]{0,80}") {
        for (_, source) in Source::ALL {
            for at in ["https://boards.4chan.org/b/", "https://x.example/b/res/1.html", "https://x.example/", "https://x.example/profile/a/post/b"] {
                for body in [body.as_slice(), json.as_bytes()] {
                    let _ = read_all(source, &url(at), &ask(source, &url(at)), body, None, 1 << 16);
                }
            }
        }
    }
}
