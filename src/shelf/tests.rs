use std::io::Write;

use super::*;

fn url(path: &Path) -> Url {
    Url::from_file_path(path).unwrap()
}

fn open(root: &Path, at: &Url) -> Result<Item, Unread> {
    Shelf::default().open(&[url(root)], at, 1 << 20)
}

fn entries(item: Item) -> Vec<Entry> {
    match item {
        Item::Listing { entries, .. } => entries,
        other => panic!("{other:?}"),
    }
}

fn body(item: Item) -> (String, Option<String>) {
    match item {
        Item::Bytes { body, shown_at, .. } => (String::from_utf8_lossy(&body).into_owned(), shown_at.map(String::from)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_outside_the_watchs_path_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let drop = folder.path().join("drop");
    std::fs::create_dir_all(drop.join("page_files")).unwrap();
    std::fs::write(folder.path().join("secret.txt"), "no").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.txt"), drop.join("link.txt")).unwrap();
    for (name, text) in [("a.txt", "yes"), ("page.html", "<p>x"), ("page_files/x.jpg", "x"), (".hidden", "x")] {
        std::fs::write(drop.join(name), text).unwrap();
    }
    let mut names: Vec<String> =
        entries(open(&drop, &url(&drop)).unwrap()).iter().map(|e| e.url.path().rsplit('/').next().unwrap().into()).collect();
    names.sort();
    assert_eq!(names, ["a.txt", "page.html", "x.jpg"]);
    assert_eq!(body(open(&drop, &url(&drop.join("a.txt"))).unwrap()).0, "yes");
    for outside in [folder.path().join("secret.txt"), drop.join("link.txt"), drop.join("../secret.txt"), "/etc/passwd".into()] {
        assert_eq!(open(&drop, &url(&outside)).unwrap_err().0, ProblemKind::Address, "{outside:?}");
    }
    assert_eq!(open(&drop, &url(&drop.join("absent"))).unwrap_err().0, ProblemKind::Gone);
    std::fs::remove_dir_all(&drop).unwrap();
    assert_eq!(open(&drop, &url(&drop.join("a.txt"))).unwrap_err().0, ProblemKind::Unreachable, "a stick that is not plugged in");
}

#[test]
fn a_folder_of_mails_keeps_their_addresses() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["cur", "new", ".Alerts/cur"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("new/1.host"), "Subject: a\n\nhello\n").unwrap();
    std::fs::write(folder.path().join(".Alerts/cur/2.host:2,S"), "Subject: b\n\nalert\n").unwrap();
    let root = folder.path();
    let before = entries(open(root, &url(root)).unwrap());
    assert_eq!(before.len(), 2);
    std::fs::rename(root.join("new/1.host"), root.join("cur/1.host:2,RS")).unwrap();
    let addresses = |list: Vec<Entry>| {
        let mut all: Vec<String> = list.into_iter().map(|entry| entry.url.into()).collect();
        all.sort();
        all
    };
    assert_eq!(addresses(entries(open(root, &url(root)).unwrap())), addresses(before.clone()));
    assert!(before.iter().all(|entry| open(root, &entry.url).is_ok()));
    std::fs::remove_file(root.join("cur/1.host:2,RS")).unwrap();
    let gone = before.iter().filter_map(|entry| open(root, &entry.url).err()).collect::<Vec<_>>();
    assert_eq!(gone.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [ProblemKind::Gone]);
}

#[test]
fn a_box_gives_its_mails_by_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("box");
    let first = "From a@x Mon Jan  1 00:00:00 2026\nStatus: RO\nSubject: one\n\nFirst\n>From here\n>>From there\nFrom within\n\n";
    let second = "From b@x Mon Jan  1 00:00:00 2026\nSubject: two\n\nSecond\n";
    std::fs::write(&path, format!("{first}{second}")).unwrap();
    let both = entries(open(&path, &url(&path)).unwrap());
    // Being read changes a mail's headers, not its address.
    std::fs::write(&path, format!("{}{second}", first.replace("RO", "O"))).unwrap();
    assert_eq!(entries(open(&path, &url(&path)).unwrap()), both);
    std::fs::write(&path, format!("{first}{second}")).unwrap();
    assert_eq!(both.len(), 2);
    let read = |entry: &Entry| body(open(&path, &entry.url).unwrap()).0;
    assert_eq!(
        (read(&both[0]), read(&both[1])),
        ("Subject: two\n\nSecond\n".into(), "Status: RO\nSubject: one\n\nFirst\nFrom here\n>From there\nFrom within\n\n".into())
    );
    // The first is deleted: the other keeps its address.
    std::fs::write(&path, second).unwrap();
    assert_eq!(entries(open(&path, &url(&path)).unwrap()), [both[0].clone()]);
    assert_eq!(open(&path, &both[1].url).unwrap_err().0, ProblemKind::Gone);
}

fn record(kind: &str, uri: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: <{uri}>\r\nContent-Type: application/http\r\nContent-Length: {}\r\n\r\n",
        payload.len()
    )
    .into_bytes();
    out.extend_from_slice(payload);
    out.extend_from_slice(b"\r\n\r\n");
    out
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn answer(kind: &str, more: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}\r\n").as_bytes(), body].concat()
}

#[test]
fn an_archive_gives_its_pages_packed_or_not() {
    let page = b"<p>hello</p><img src=/a.jpg>";
    let chunked = [b"5\r\n<p>he\r\n".as_slice(), b"6;x=y\r\nllo</p\r\n1\r\n>\r\n0\r\n\r\n"].concat();
    let packed = gz(page);
    let records = [
        record("warcinfo", "", b"software: x\r\n"),
        record("request", "http://x.example/", b"GET / HTTP/1.1\r\n\r\n"),
        record("response", "http://x.example/", &answer("text/html", "", page)),
        record("response", "http://x.example/chunked", &answer("text/html", "Transfer-Encoding: chunked\r\n", &chunked)),
        record("response", "http://x.example/packed", &answer("text/html", "Content-Encoding: gzip\r\n", &packed)),
        record("response", "http://x.example/a.jpg", &answer("image/jpeg", "", b"named")),
        record("response", "http://x.example/b.jpg", &answer("image/jpeg", "", b"alone")),
        record("response", "http://x.example/no", b"HTTP/1.1 404 Not Found\r\n\r\nno"),
        record("revisit", "http://x.example/again", b"HTTP/1.1 200 OK\r\n\r\n"),
        record("response", "http://x.example/broken", b"\xff\xff"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let each = records.iter().map(|r| gz(r)).collect::<Vec<_>>().concat();
    for (name, bytes) in [("a.warc", records.concat()), ("b.warc.gz", each.clone()), ("c.warc.gz", gz(&records.concat()))] {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let all = entries(open(&path, &url(&path)).unwrap());
        let read: Vec<_> = all.iter().map(|e| body(open(&path, &e.url).unwrap())).collect();
        let at = |at: &str| Some(format!("http://x.example/{at}"));
        let page = String::from_utf8_lossy(page).into_owned();
        let texts = [
            (page.clone(), ""),
            ("<p>hello</p>".into(), "chunked"),
            (page, "packed"),
            ("named".into(), "a.jpg"),
            ("alone".into(), "b.jpg"),
        ];
        let wanted: Vec<_> = texts.into_iter().map(|(text, path)| (text, at(path))).collect();
        assert_eq!(read, wanted, "{name}");
        let picture = Url::parse("http://x.example/a.jpg").unwrap();
        let had = Shelf::default().pictures(&[url(&path)], &all[0].url, &[&picture], 1 << 20);
        assert_eq!(had[&picture].as_slice(), b"named");
    }
    // Cut off in the middle: what is before is there.
    let path = folder.path().join("d.warc.gz");
    std::fs::write(&path, &each[..each.len() * 2 / 3]).unwrap();
    assert!(
        matches!(open(&path, &url(&path)).unwrap(), Item::Listing { entries, left_out: 1 } if !entries.is_empty()),
        "and it is told that it breaks off"
    );
    std::fs::write(&path, gz(b"no archive")).unwrap();
    assert_eq!(open(&path, &url(&path)).unwrap_err().0, ProblemKind::NotReadable);
}

proptest::proptest! {
    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), name in "[ab]\\.(warc|mbox|warc\\.gz|eml)") {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        for head in [b"".as_slice(), b"WARC/1.0\r\nContent-Length: 9\r\n", b"From x\n", b"\x1f\x8b\x08"] {
            std::fs::write(&path, [head, &bytes].concat()).unwrap();
            if let Ok(Item::Listing { entries, .. }) = open(&path, &url(&path)) {
                for entry in entries {
                    let _ = open(&path, &entry.url);
                }
            }
        }
    }
}
