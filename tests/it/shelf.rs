//! Folders, mail boxes and archives on this machine, looked at as pages are.

use std::io::Write;

use crate::home::{Home, LEGAL, NUMBER, kinds};
use crate::pictures;
use crate::site::{Answer, Site};

#[test]
fn a_folder_is_a_drop_box_for_friends() {
    let site = Site::start();
    let home =
        Home::new().watch("drop", &site.url("/unused"), "").replace(&format!("url = \"{}\"", site.url("/unused")), "path = \"drop\"");
    std::fs::create_dir_all(home.path("drop/saved_files")).unwrap();
    home.ok(&["add"]);
    let empty = home.ok(&["scan", "--json"]).json();
    assert_eq!((&empty["findings"], &empty["problems"]), (&serde_json::json!([]), &serde_json::json!([])), "an empty box is no problem");

    let own = pictures::jpeg(&pictures::paint(1), 70);
    std::fs::write(home.path("drop/saved_files/p.jpg"), &own).unwrap();
    std::fs::write(
        home.path("drop/saved.html"),
        format!("<title>t</title><p>{LEGAL} was here</p><img src='saved_files/p.jpg'><img src='/etc/hostname.jpg'>"),
    )
    .unwrap();
    std::fs::write(home.path("drop/note.txt"), format!("call {NUMBER} and say hello to her")).unwrap();
    let found = home.scan();
    let all = ["image high", "image high", "linked urgent", "name high", "private urgent"]
        .map(|k| k.split_once(' ').map(|(a, b)| (a.to_string(), b.to_string())).unwrap());
    assert_eq!(kinds(&found), all, "{found}");
    assert!(
        found["problems"].to_string().contains("outside the watch's own path") || found["problems"].to_string().contains("address"),
        "{found}"
    );
    let again = home.scan();
    assert!(again["findings"].as_array().unwrap().iter().all(|f| f["new"] == false), "{again}");
    assert!(site.asked().is_empty());
    // It was taken away: a problem, and nothing is called gone.
    std::fs::rename(home.path("drop"), home.path("away")).unwrap();
    let away = home.scan();
    assert_eq!(away["problems"][0]["kind"], "unreachable", "{away}");
}

#[test]
fn mails_and_alerts_are_read_once_and_lead_on() {
    let site = Site::start();
    site.page("/found", &format!("<p>{LEGAL} is spoken of</p>"));
    let home = Home::new()
        .watch("mail", &site.url("/unused"), "follow = { match = '.*', pages = 50 }")
        .replace(&format!("url = \"{}\"", site.url("/unused")), "path = \"box\"");
    let alert = format!(
        "From alerts@x Mon Jan  1 00:00:00 2026\nFrom: Alerts <alerts@x.example>\nSubject: Nova Lark\nContent-Type: text/html\n\n\
         <p><a href=\"https://www.google.com/url?rct=j&amp;url={}&amp;ct=ga\">a page</a></p><img src=\"{}\">\n\n",
        site.url("/found").replace(':', "%3A"),
        site.url("/pixel.gif")
    );
    let mail = |n: usize, text: &str| format!("From a@x Mon Jan  1 00:00:00 2026\nFrom: a@x.example\nSubject: mail {n}\n\n{text}\n\n");
    let quiet: String = (0..30).map(|n| mail(n, "nothing of note in here")).collect();
    home.private("box", format!("{alert}{quiet}{}", mail(99, &format!("{NUMBER} is hers"))));
    let found = home.scan();
    assert_eq!(found["pages"]["checked"], 34, "the box, 32 mails, and the page that one leads to: {found}");
    assert_eq!(kinds(&found).iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(), ["name", "private"], "{found}");
    assert_eq!(site.paths().iter().filter(|p| p.contains("pixel")).count(), 0, "its sender does not learn that it was read");
    // What was read is not read again, but what stands on it is still told.
    let mut file = std::fs::OpenOptions::new().append(true).open(home.path("box")).unwrap();
    write!(file, "{}", mail(100, &format!("{LEGAL} again"))).unwrap();
    let again = home.scan();
    assert!(again["pages"]["checked"].as_u64().unwrap() + again["pages"]["unchanged"].as_u64().unwrap() <= 4, "{again}");
    assert_eq!(again["findings"].as_array().unwrap().iter().filter(|f| f["new"] == true).count(), 1, "{again}");
}

#[test]
fn an_archive_is_read_and_its_site_left_alone() {
    let site = Site::start();
    let own = pictures::jpeg(&pictures::paint(2), 70);
    let page = format!("<title>t</title><p>{LEGAL} and more words of a thread</p><img src=/own.jpg><img src=/absent.jpg>");
    let record = |at: &str, kind: &str, body: &[u8]| {
        let answer = [format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n").as_bytes(), body].concat();
        let head =
            format!("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {}\r\nContent-Length: {}\r\n\r\n", site.url(at), answer.len());
        [head.as_bytes(), &answer, b"\r\n\r\n"].concat()
    };
    let home =
        Home::new().watch("archive", &site.url("/unused"), "").replace(&format!("url = \"{}\"", site.url("/unused")), "path = \"a.warc\"");
    std::fs::write(home.path("a.warc"), [record("/t/1", "text/html", page.as_bytes()), record("/own.jpg", "image/jpeg", &own)].concat())
        .unwrap();
    home.ok(&["add"]);
    let found = home.scan();
    assert_eq!(
        kinds(&found).iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(),
        ["image", "image", "linked", "name"],
        "the page, and the picture that lies beside it: {found}"
    );
    assert!(found["findings"][0]["page"].as_str().unwrap().contains("a.warc"), "{found}");
    assert_eq!(found["findings"].as_array().unwrap().iter().find(|f| f["kind"] == "image").unwrap()["image"], site.url("/own.jpg"));
    assert!(found["problems"].to_string().contains("not in the archive"), "{found}");
    assert!(site.asked().is_empty());
}

#[test]
fn any_json_is_read_by_paths() {
    let site = Site::start();
    let first = format!(r#"{{"rows": [{{"t": "{LEGAL} in the first", "img": "/p.jpg", "hidden": "{NUMBER}"}}], "next": "/api?p=2"}}"#);
    let second = r#"{"rows": [{"t": "Mira Sandoval in the second"}], "next": null}"#;
    for (path, body) in [("/api", first.as_str()), ("/api?p=2", second)] {
        site.set(
            path,
            Answer { status: 200, body: body.as_bytes().to_vec(), ..Answer::default() }.header("content-type", "application/json"),
        );
    }
    site.picture("/p.jpg", pictures::jpeg(&pictures::paint(1), 70));
    let more = "kind = \"json\"\nfollow = { pages = 5 }\njson = { posts = \"$.rows[*]\", text = \"$.t\", pictures = [\"$.img\"], next = \"$.next\" }";
    let home = Home::new().watch("api", &site.url("/api"), more);
    home.ok(&["add"]);
    let found = home.scan();
    let all = kinds(&found);
    assert!(all.iter().any(|(k, _)| k == "image") && all.iter().filter(|(k, _)| k == "name").count() == 2, "{found}");
    assert!(all.iter().all(|(k, _)| k != "private"), "only what the paths name is read: {found}");
    let wrong = Home::new().watch("api", &site.url("/api"), "kind = \"json\"\njson = { text = \"$.[\" }").run(&["scan"]);
    assert!(wrong.status == 2 && wrong.err.contains("is no path into JSON"), "{}", wrong.err);
}

#[test]
fn a_path_that_holds_the_name_hides_nothing() {
    let site = Site::start();
    let home = Home::new()
        .watch("drop", &site.url("/unused"), "")
        .replace(&format!("url = \"{}\"", site.url("/unused")), "path = \"Mira Sandoval\"");
    std::fs::create_dir_all(home.path("Mira Sandoval")).unwrap();
    std::fs::write(home.path("Mira Sandoval/note.txt"), format!("call {NUMBER}, says the note")).unwrap();
    std::fs::write(home.path("Mira Sandoval/other.zip"), b"PK\x03\x04 and more of it").unwrap();
    let found = home.scan();
    assert!(kinds(&found).iter().any(|(kind, _)| kind == "private"), "{found}");
    assert_eq!(found["problems"][0]["kind"], "not_readable", "what cannot be read is told: {found}");
}
