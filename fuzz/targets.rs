//! What every parser of outside data must hold to, whatever the bytes: one function a parser. The fuzz targets call
//! them with libFuzzer's inputs, and `tests/fuzz.rs` with the corpus and its seeded mutations, on stable cargo.

use std::path::Path;
use std::sync::{LazyLock, Once};
use std::time::{Duration, SystemTime};

use monitor::config::Config;
use monitor::extract::{Settings, looks_like_picture, page, same_page, thread_of};
use monitor::fetch::guard::Guard;
use monitor::fetch::retry_after;
use monitor::fetch::robots::Robots;
use monitor::judge::{Seen, judge};
use monitor::look::child::split_bmp;
use monitor::look::decode::{Limits, Luma, luma, sniff};
use monitor::look::fingerprint::{Fingerprint, Purpose, fingerprint_for, of_pictures};
use monitor::look::names::{MOST_MENTIONS, Names, excerpt};
use monitor::look::originals::Originals;
use monitor::look::pdq::to_hex;
use monitor::model::{Block, Content, ImageSource, LimitHit, List, Person, Place, Secret, Source};
use monitor::words::{harmless, unlinked};
use url::{Host, Url};

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Target; 18] = [
    ("html", html),
    ("feed", feed),
    ("source", source),
    ("charset", charset),
    ("names", names),
    ("address", address),
    ("robots", robots),
    ("headers", headers),
    ("config", config),
    ("lists", lists),
    ("shown", shown),
    ("decode", decode),
    ("film", film),
    ("fingerprint", fingerprint),
    ("unpack", unpack),
    ("walls", walls),
    ("snapshot", snapshot),
    ("shelf", shelf),
];

fn at() -> Url {
    static AT: LazyLock<Url> = LazyLock::new(|| Url::parse("https://a.example/b/c?d=1").unwrap());
    AT.clone()
}

/// Bounds that small inputs run into.
const SMALL: Settings = Settings { max_images: 3, max_links: 3, max_text: 200 };

/// The first byte chooses the kind and the bounds; the rest is the page.
pub fn html(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let kind = [Some("text/html"), None, Some("application/xhtml+xml"), Some("text/html; charset=windows-1251")][usize::from(choice % 4)];
    read(body, kind, choice & 0x80 != 0);
}

/// As [`html`]: RSS, Atom, site maps, JSON, plain text.
pub fn feed(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let kind = ["application/rss+xml", "application/json", "text/plain", "application/xml"][usize::from(choice % 4)];
    read(body, Some(kind), choice & 0x80 != 0);
}

/// What any source answers, as each of them: it is read or refused, within its bounds.
pub fn source(data: &[u8]) {
    const PLACES: [&str; 4] =
        ["https://boards.4chan.org/b/", "https://x.example/b/res/1.html", "https://x.example/profile/a", "https://x.example/search?q=a"];
    let Some((choice, body)) = data.split_first() else { return };
    let (_, source) = Source::ALL[usize::from(choice % 16) % Source::ALL.len()];
    let at: Url = PLACES[usize::from(choice >> 4) % 4].parse().expect("an address");
    let settings = Settings { max_images: 50, max_links: 50, max_text: 1 << 16 };
    let (got, paths) = (monitor::source::ask(source, &at), monitor::model::Paths::default());
    let came = monitor::source::Came {
        url: &at,
        got: &got,
        body,
        content_type: (source == Source::Shelf).then_some(monitor::shelf::MAIL),
        most: 1 << 16,
        paths: &paths,
    };
    let Ok(read) = monitor::source::read(source, &came, &settings) else { return };
    assert!(read.content.images.len() <= 50 && read.content.links.len() <= 50);
    assert!(read.content.blocks.iter().map(|b| b.text.len()).sum::<usize>() <= 1 << 17);
}

/// The first line is the Content-Type header; the rest is the page.
pub fn charset(data: &[u8]) {
    let end = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let (header, body) = (String::from_utf8_lossy(&data[..end]), data.get(end + 1..).unwrap_or(&[]));
    read(body, Some(&header), false);
    // What is declared to be what it is comes out as it went in (a feed and JSON are known whatever they are called).
    if let Ok(text) = std::str::from_utf8(body)
        && !text.contains(['\0', '\u{feff}', '<', '{', '['])
    {
        let content = page(body, Some("text/plain; charset=utf-8"), &at(), &Settings::default());
        for block in content.blocks.iter().filter(|b| b.place == Place::Text) {
            assert!(block.text.lines().all(|line| text.contains(line)), "a line that is not in the page");
        }
    }
}

fn read(body: &[u8], kind: Option<&str>, small: bool) {
    let settings = if small { SMALL } else { Settings::default() };
    let content = page(body, kind, &at(), &settings);
    check(&content, &settings, body.len());
    if body.len() < 2048 {
        assert_eq!(content, page(body, kind, &at(), &settings), "the same page read twice");
    }
}

/// Nothing comes out that is not bounded by the settings and, linearly, by what went in.
fn check(content: &Content, settings: &Settings, size: usize) {
    assert!(content.images.len() <= settings.max_images && content.links.len() <= settings.max_links);
    assert!(content.blocks.len() <= 2 * size + 1, "{} blocks of {size} bytes", content.blocks.len());
    let text = |link: bool| content.blocks.iter().filter(|b| (b.place == Place::Link) == link).map(|b| b.text.len()).sum::<usize>();
    // A line break takes no room of the bound, an address may be as long as the page's base more than it was.
    assert!(text(false) + text(true) <= settings.max_text + size, "{} + {} bytes", text(false), text(true));
    assert!(text(false) <= 16 * size + 64, "{} bytes of text from {size}", text(false));
    let inline = content.images.iter().map(|i| if let ImageSource::Inline(bytes) = &i.source { bytes.len() } else { 0 });
    assert!(inline.sum::<usize>() <= 4 * size);
    assert!(content.blocks.iter().all(|b| !b.text.is_empty()));
    let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none();
    assert!(content.links.iter().all(|l| web(&l.url)));
    for image in &content.images {
        assert!(image.near <= content.blocks.len() && image.leads_to.iter().all(web));
        assert!(!matches!(&image.source, ImageSource::Url(url) if !web(url)));
    }
    let counted = |limit: &LimitHit| match limit {
        LimitHit::Images(n) | LimitHit::Links(n) | LimitHit::Text(n) | LimitHit::Mentions(n) => *n > 0,
        // Other rooms' own.
        LimitHit::Absent(_) | LimitHit::Unlisted(_) | LimitHit::Attachments(_) | LimitHit::Drawing | LimitHit::Unfinished(_) => false,
    };
    assert!(content.limits.iter().all(counted));
}

fn secrets(entries: &[&str]) -> Vec<Secret> {
    entries.iter().map(|e| Secret::new(*e)).collect()
}

/// Made-up people, several scripts.
static PERSON: LazyLock<Person> = LazyLock::new(|| Person {
    legal_names: secrets(&[
        "Ayesha Khan",
        "Karin Anna Müller-Ługovska",
        "Ольга Петрова",
        "عائشہ قریشی",
        "山田花子",
        "आयशा ख़ान",
        "Jo O'Brien",
    ]),
    stage_names: secrets(&["Luna Velvet"]),
    private: secrets(&["+92 300 1234567", "12 Canal Road, Lahore", "a.khan@example.org", "@luna_v92"]),
    context: secrets(&["Lahore"]),
    other_people: secrets(&["Dr Ayesha Khan"]),
    own_pages: Vec::new(),
});

static NAMES: LazyLock<Names> = LazyLock::new(|| Names::new(&PERSON));

/// Text in blocks, parted by the character U+0001; the first character of each chooses its place.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut blocks = Vec::new();
    for (section, part) in text.split('\u{1}').take(64).enumerate() {
        let mut rest = part.chars();
        let place = match rest.next() {
            Some('0') => Place::Link,
            Some('1') => Place::Data,
            _ => Place::Text,
        };
        blocks.push(Block { text: rest.as_str().to_owned(), place, section: section as u32 % 3 });
    }
    // Whatever stands on a page hides nothing that stands elsewhere on it.
    blocks.push(Block { text: "Ayesha Khan".to_owned(), place: Place::Text, section: 9 });
    let last = blocks.len() - 1;
    let mentions = NAMES.find(&blocks);
    assert!(mentions.iter().any(|m| m.block == last && m.list == List::Legal && m.entry == 0));
    assert!(mentions.is_sorted_by_key(|m| (m.block, m.range.start)));
    assert!(mentions.len() <= 16 * MOST_MENTIONS);
    let mut ends = std::collections::HashMap::new();
    for mention in &mentions {
        let text = &blocks[mention.block].text;
        assert!(text.get(mention.range.clone()).is_some_and(|t| !t.is_empty()), "a mention outside its text");
        assert!((0.0..=1.0).contains(&mention.confidence));
        let end = ends.entry((mention.list as u8, mention.entry, mention.block)).or_insert(0);
        assert!(mention.range.start >= *end || mention.range.start == 0, "two mentions of one entry overlap");
        *end = mention.range.end;
        let around = excerpt(text, mention.range.clone(), 80);
        assert!(!around.chars().any(char::is_control));
    }
    let url = at();
    let verdicts = judge(&PERSON, &Seen { url: &url, place: &url, blocks: &blocks, mentions: &mentions, pictures: &[] });
    assert!((1..=2 * PERSON.legal_names.len() + PERSON.private.len()).contains(&verdicts.len()));
}

/// An address as a page writes it.
pub fn address(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let guard = Guard::new(&[], None);
    let proxied = Guard::new(&[], Url::parse("socks5h://127.0.0.1:9050").ok().as_ref());
    for url in [Url::parse(text), at().join(text)].into_iter().flatten() {
        let again = Url::parse(url.as_str()).unwrap_or_else(|_| panic!("an address that is read once only"));
        for guard in [&guard, &proxied] {
            assert_eq!(guard.check(&url).is_ok(), guard.check(&again).is_ok(), "another verdict the second time");
        }
        match url.host() {
            Some(Host::Ipv4(ip)) if !guard.allows(ip.into()) => assert!(guard.check(&url).is_err()),
            Some(Host::Ipv6(ip)) if !guard.allows(ip.into()) => assert!(guard.check(&url).is_err()),
            _ => {}
        }
        let _ = looks_like_picture(&url);
        let (page, thread) = (same_page(&url), thread_of(&url));
        for place in [&page, &thread] {
            assert!(place.fragment().is_none() && place.username().is_empty() && place.password().is_none());
            assert_eq!(place.host_str(), url.host_str());
        }
        assert_eq!(same_page(&page), page);
        assert_eq!(thread_of(&thread), thread);
        assert_eq!(thread_of(&page), thread);
        assert!(!matches!(url.scheme(), "http" | "https") || !is_link(&unlinked(url.as_str())), "{url} can be a link");
    }
}

/// The first line is the path that is asked for; the rest is the file.
pub fn robots(data: &[u8]) {
    let end = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let (path, body) = (String::from_utf8_lossy(&data[..end]), data.get(end + 1..).unwrap_or(&[]));
    let robots = Robots::parse(body);
    let allowed = robots.allows(&path);
    let mut longer = body.to_vec();
    longer.extend(b"\n# a remark\n\n");
    assert_eq!(Robots::parse(&longer).allows(&path), allowed, "a remark is no rule");
    longer.extend(b"user-agent: *\nallow: /\nuser-agent: *\ndisallow: ");
    longer.extend(path.bytes().filter(|b| !b"#\r\n".contains(b)));
    let _ = Robots::parse(&longer).allows(&path);
}

/// Retry-After.
pub fn headers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let digits = !text.trim().is_empty() && text.trim().len() < 19 && text.trim().bytes().all(|b| b.is_ascii_digit());
    assert!(!digits || retry_after(&text, now).is_some());
}

/// A name that stands in the configuration and nowhere else.
const CANARY: &str = "Qzcanaryq";

/// A configuration; where the first byte is odd, what follows a name in `me`.
pub fn config(data: &[u8]) {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    // Files of this machine are none of ours.
    if ["dev", "proc", "sys", "\\u", "~", "etc"].iter().any(|path| text.contains(path)) {
        return;
    }
    let within = choice % 2 == 1;
    let text = if within { format!("[me]\nlegal_names = [\"{CANARY}\", {text}") } else { text.to_owned() };
    let file = Path::new("/nonexistent/monitor.toml");
    match Config::parse(&text, file) {
        Ok(config) => assert!(config.fetch.max_images <= 100_000 && config.person.legal_names.len() <= 12),
        Err(faults) => {
            assert!(!faults.faults.is_empty());
            assert!(faults.faults.iter().all(|f| f.line <= text.lines().count() + 1 && !f.message.is_empty()));
            if within {
                assert!(!faults.faults.iter().any(|f| f.message.contains(CANARY)), "a name in a message");
            }
        }
    }
}

/// A list of PDQ hashes.
pub fn lists(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let entries = monitor::command::pdq_list(&text);
    assert!(entries.len() <= text.lines().count());
    assert!(entries.is_sorted_by_key(|(line, _)| *line));
    for (hash, quality) in entries.into_iter().filter_map(|(_, entry)| entry) {
        assert!(quality <= 100 && text.to_ascii_lowercase().contains(&to_hex(&hash)));
        let print = Fingerprint::of_pdq(hash, quality);
        assert!(print.is_bare_pdq() && Fingerprint::unpack(&print.pack()).as_ref() == Some(&print));
    }
}

/// What a page, a mail server or a decoder says, shown.
pub fn shown(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    let safe = harmless(&text);
    assert!(!safe.chars().any(|c| c.is_control() || turns(c)));
    assert_eq!(harmless(&safe), safe);
    let address = unlinked(&text);
    assert!(!is_link(&address), "{address}");
    assert!(!address.chars().any(|c| c.is_control() || turns(c)));
}

/// A mail program would make a link of it.
fn is_link(shown: &str) -> bool {
    let bare = shown.strip_prefix("hxxps://").or(shown.strip_prefix("hxxp://")).unwrap_or(shown);
    bare.contains("://") || bare.replace("[.]", "").contains('.')
}

const LIMITS: Limits = Limits { max_pixels: 1 << 18, max_frames: 4 };

/// A decoder's slip is caught in the program; here it must not end the run.
fn caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // One of our own is a finding all the same.
            if !panic.location().is_some_and(|at| at.file().contains("/registry/src/")) {
                before(panic);
            }
        }));
    });
}

/// A picture's bytes.
pub fn decode(data: &[u8]) {
    caught();
    let made = luma(data, &LIMITS);
    assert!(made.is_err() || sniff(data).is_some());
    // The quick look has a decoder of its own.
    let quick = fingerprint_for(data, &LIMITS, Purpose::Quick);
    assert!(quick.is_err() || sniff(data).is_some());
    match made {
        Ok(pictures) => {
            assert!(!pictures.is_empty() && pictures.len() <= LIMITS.max_frames as usize);
            for picture in &pictures {
                assert_eq!(picture.pixels.len(), picture.width * picture.height);
                assert!(u64::from(picture.full_width) * u64::from(picture.full_height) <= LIMITS.max_pixels);
                assert!(picture.pixels.len() as u64 <= LIMITS.max_pixels && picture.width * picture.height > 0);
            }
        }
        Err(error) => assert!(error.to_string().chars().all(|c| !c.is_control()) && error.to_string().len() < 400),
    }
}

/// What ffmpeg is said to have written: BMP files one after the other.
pub fn film(data: &[u8]) {
    caught();
    let frames = split_bmp(data);
    assert!(frames.iter().map(|f| f.len()).sum::<usize>() <= data.len());
    assert!(frames.iter().all(|f| f.len() >= 6 && f.starts_with(b"BM")));
    for frame in frames.into_iter().take(8) {
        let _ = luma(frame, &LIMITS);
    }
}

/// Width, height and brightness; what is missing is repeated.
pub fn fingerprint(data: &[u8]) {
    let [width, height, step, pixels @ ..] = data else { return };
    let (width, height) = (16 + usize::from(*width), 16 + usize::from(*height));
    if pixels.is_empty() {
        return;
    }
    let pixels = pixels.iter().cycle().step_by(1 + usize::from(step % 8)).take(width * height).copied().collect();
    let picture = Luma { width, height, pixels, full_width: width as u32, full_height: height as u32 };
    for purpose in [Purpose::Original, Purpose::Found, Purpose::Quick] {
        let print = of_pictures(std::slice::from_ref(&picture), purpose);
        assert!(print.quality <= 100 && print.frames.len() == 1);
        assert_eq!(Fingerprint::unpack(&print.pack()).as_ref(), Some(&print));
    }
}

/// What a child, the store or an export says is a fingerprint; then it is looked for, and looked up.
pub fn unpack(data: &[u8]) {
    let Some(print) = Fingerprint::unpack(data) else { return };
    assert_eq!(print.pack(), data, "what is read is what is written");
    let originals = Originals::new([(0, print.clone()), (1, Fingerprint::of_pdq([!0, 0, !0, 0], 100))]);
    for found in originals.find(&print) {
        assert!(found.original < 2 && (0.0..=1.0).contains(&found.confidence));
    }
}

/// How a page is built and whether it is a wall: told or not, within its bounds.
pub fn walls(data: &[u8]) {
    let content = page(data, Some("text/html"), &at(), &Settings::default());
    let came = monitor::fetch::Fetched { url: at(), content_type: None, etag: None, last_modified: None, body: data.to_vec(), room: None };
    let _ = monitor::scan::blind_reason(Source::Page, &at(), &came, false, &content);
    let skeleton = monitor::extract::skeleton::skeleton(data, Some("text/html"), &at());
    assert!(skeleton.statements.iter().all(|statement| !statement.text.is_empty()));
    assert!(skeleton.images <= skeleton.all_images);
}

/// A browser's tables become a page within its bound, and what is written is text or an element of it.
pub fn snapshot(data: &[u8]) {
    let Ok(tables) = serde_json::from_slice(data) else { return };
    let Some(drawn) = monitor::render::snapshot::html(&tables, 1 << 16) else { return };
    assert!(drawn.spots.iter().all(|spot| drawn.html.is_char_boundary(spot.at)));
    page(drawn.html.as_bytes(), Some("text/html; charset=utf-8"), &at(), &Settings::default());
}

/// Mail boxes, archives, mails and other files: listed, and each thing of the list opened.
pub fn shelf(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let ending = ["warc", "warc.gz", "mbox", "eml", "txt"][usize::from(choice % 5)];
    let path = std::env::temp_dir().join(format!("monitor-fuzz-{}-{:?}.{ending}", std::process::id(), std::thread::current().id()));
    std::fs::write(&path, body).expect("a file");
    let (shelf, root) = (monitor::shelf::Shelf::default(), Url::from_file_path(&path).expect("an address"));
    if let Ok(monitor::shelf::Item::Listing { entries, .. }) = shelf.open(std::slice::from_ref(&root), &root, 1 << 16) {
        for entry in entries.iter().take(50) {
            if let Ok(monitor::shelf::Item::Bytes { body, .. }) = shelf.open(std::slice::from_ref(&root), &entry.url, 1 << 16) {
                assert!(body.len() <= 1 << 16);
            }
        }
    }
    let _ = std::fs::remove_file(&path);
}
