//! Boards, channels and profiles, asked as their readers ask them, and what could not be seen.

use serde_json::{Value, json};

use crate::home::{Home, LEGAL, STAGE};
use crate::pictures::{self, thumbnail};
use crate::site::{Answer, Site};

fn json_answer(value: &Value) -> Answer {
    Answer { status: 200, body: value.to_string().into_bytes(), ..Answer::default() }.header("content-type", "application/json")
}

/// A board in vichan's shape: each thread a number of posts, each post a picture.
struct Board {
    threads: Vec<usize>,
}

impl Board {
    fn set(&self, site: &Site) {
        let threads: Vec<Value> = self
            .threads
            .iter()
            .enumerate()
            .map(|(n, posts)| json!({"no": n + 1, "com": "a thread", "tim": format!("{n}-0"), "ext": ".jpg", "replies": posts - 1, "last_modified": 1000 + posts}))
            .collect();
        site.set("/b/catalog.json", json_answer(&json!([{"page": 1, "threads": threads}])));
        for (n, posts) in self.threads.iter().enumerate() {
            let all: Vec<Value> =
                (0..*posts).map(|post| json!({"no": n * 1000 + post, "com": format!("post {post} of {n}"), "tim": format!("{n}-{post}"), "ext": ".jpg"})).collect();
            site.set(&format!("/b/res/{}.json", n + 1), json_answer(&json!({ "posts": all })));
            for post in 0..*posts {
                site.picture(&format!("/b/src/{n}-{post}.jpg"), thumbnail(100 + (n * 7 + post) as u32));
            }
        }
    }
}

#[test]
fn a_board_that_grows_is_seen_whole_and_only_what_changed_is_asked_for() {
    let site = Site::start();
    let mut board = Board { threads: vec![2; 12] };
    board.set(&site);
    let home = Home::new().watch("board", &site.url("/b/"), "kind = \"board\"").fetch("robots = \"ignore\"");
    home.ok(&["add"]);
    let first = home.scan();
    assert_eq!((&first["pages"]["checked"], &first["problems"]), (&13.into(), &json!([])), "{first}");
    assert_eq!(first["images"]["fetched"], 24);
    site.asked();
    // Nothing new: the catalogue alone is asked for.
    let second = home.scan();
    assert_eq!(second["pages"]["unchanged"], 13, "{second}");
    assert_eq!(site.paths(), ["/b/catalog.json"]);
    // A post of the owner's picture in one old thread, and a new thread that names her.
    board.threads[4] = 3;
    board.threads.push(1);
    board.set(&site);
    site.picture("/b/src/4-2.jpg", thumbnail(1));
    let named = json!({ "posts": [{"no": 13000, "com": format!("her name is <b>{LEGAL}</b>, or {STAGE}")}] });
    site.set("/b/res/13.json", json_answer(&named));
    let third = home.scan();
    let asked: Vec<String> = site.paths().into_iter().filter(|path| path.ends_with(".json")).collect();
    assert_eq!(asked.len(), 3, "catalogue, the thread that grew and the new one: {asked:?}");
    let found: Vec<(&str, String)> = third["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["kind"].as_str().unwrap(), f["page"].as_str().unwrap().replace(&site.url(""), "")))
        .collect();
    assert!(found.contains(&("image", "/b/res/5.html".into())), "where people see it: {found:?}");
    assert!(found.contains(&("linked", "/b/res/13.html".into())), "{found:?}");
    // The thread that a finding stands on grows again: it is asked for, whatever was said of it before.
    board.threads[4] = 4;
    board.set(&site);
    site.picture("/b/src/4-2.jpg", thumbnail(1)).picture("/b/src/4-3.jpg", thumbnail(2));
    site.set("/b/res/13.json", json_answer(&named));
    site.asked();
    let fourth = home.scan();
    assert!(site.paths().contains(&"/b/res/5.json".to_string()));
    let images = fourth["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == "image" && f["state"] == "open").count();
    assert_eq!(images, 2, "{fourth}");
}

#[test]
fn a_wall_is_told_and_what_it_shows_is_looked_at() {
    let site = Site::start();
    let gate =
        "<title>Tube</title><p>This site has age-restricted materials. Are you over 18?</p><button>Enter</button><button>Leave</button>";
    site.set("/gate", Answer::html(gate));
    site.set("/named", Answer::html(format!("<title>Log in</title><p>Log in to see all that {LEGAL} posted as {STAGE}.</p>")));
    let challenge = Answer { status: 403, ..Answer::html("<title>Just a moment...</title>") };
    site.set("/shut", challenge.header("cf-mitigated", "challenge"));
    site.set("/country", Answer::status(451));
    site.set("/app", Answer::html("<title>App</title><div id=root></div><script src=/m.js></script>"));
    site.page("/seen", "<p>a page</p>");
    let mut home = Home::new();
    for name in ["gate", "named", "shut", "country", "app", "seen"] {
        home = home.watch(name, &site.url(&format!("/{name}")), "");
    }
    let run = home.run(&["coverage", "--json"]);
    assert_eq!((run.status, &run.json()["pages"]), (3, &0.into()), "nothing was looked at yet");
    let scan = home.scan();
    let kind = |of: &str| {
        let all = scan["problems"].as_array().unwrap();
        all.iter().find(|p| p["watch"] == of).map(|p| p["kind"].as_str().unwrap().to_string())
    };
    let kinds: Vec<Option<String>> = ["gate", "named", "shut", "country", "app", "seen"].map(kind).into();
    let wanted = ["age_gate", "login", "captcha", "region", "script"].map(|kind| Some(kind.to_string()));
    assert_eq!(kinds, [wanted.as_slice(), &[None]].concat(), "{scan}");
    assert!(scan["findings"].as_array().unwrap().iter().any(|f| f["watch"] == "named" && f["kind"] == "linked"), "{scan}");

    let run = home.run(&["coverage", "--json"]);
    let coverage = run.json();
    assert_eq!((run.status, &coverage["pages"], &coverage["seen"]), (3, &6.into(), &1.into()), "{coverage}");
    let of = |name: &str| coverage["watches"].as_array().unwrap().iter().find(|w| w["watch"] == name).unwrap().clone();
    assert_eq!(of("gate")["blind"][0]["kind"], "age_gate");
    assert_eq!((of("gate")["last_seen"].clone(), of("seen")["blind"].clone()), (Value::Null, json!([])));
    let told = home.run(&["coverage"]).out;
    assert!(told.contains("asks how old one is") && told.contains("1 of 6 pages"), "{told}");

    // The gate opens: it is looked at as a whole.
    site.page("/gate", &format!("<p>{LEGAL}</p>"));
    assert!(home.scan()["findings"].as_array().unwrap().iter().any(|f| f["watch"] == "gate"));
}

#[test]
fn profiles_and_searches_are_read_by_their_interfaces() {
    let site = Site::start();
    let feed = json!({"feed": [{"post": {"author": {"handle": "x.example"}, "record": {"text": format!("{LEGAL} again")},
        "embed": {"images": [{"fullsize": site.url("/img/plain/a@jpeg"), "alt": "a"}]}}}]});
    site.set("/xrpc/app.bsky.feed.getAuthorFeed?actor=x.example&limit=100", json_answer(&feed));
    site.picture("/img/plain/a@jpeg", thumbnail(1));
    let results = json!({"results": [{"url": site.url("/t/1"), "title": "pics", "content": format!("of {STAGE}")}]});
    site.set("/search?q=nova+lark&format=json", json_answer(&results));
    site.page("/t/1", &format!("<p>{STAGE} is {LEGAL}</p>"));
    let home = Home::new()
        .watch("profile", &site.url("/profile/x.example"), "kind = \"bluesky\"")
        .watch("search", &site.url("/search?q=nova+lark"), "kind = \"search\"\nfollow = { pages = 9, depth = 1, match = \".*\" }")
        .fetch("robots = \"ignore\"");
    home.ok(&["add"]);
    let scan = home.scan();
    let of = |watch: &str, kind: &str| scan["findings"].as_array().unwrap().iter().any(|f| f["watch"] == watch && f["kind"] == kind);
    assert!(of("profile", "image") && of("profile", "linked") && of("search", "linked"), "{scan}");
    let page = scan["findings"].as_array().unwrap().iter().find(|f| f["watch"] == "profile").unwrap()["page"].clone();
    assert_eq!(page, site.url("/profile/x.example").as_str(), "where people see it");
    let doctor = home.run(&["doctor"]).out;
    assert!(doctor.contains("read as: bluesky"), "{doctor}");
}

#[test]
fn a_search_for_a_legal_name_is_refused_until_the_owner_knows_who_learns_it() {
    let address = "http://127.0.0.1:9/search?q=%22mira+sandoval%22";
    let home = Home::new().watch("search", address, "kind = \"search\"");
    let run = home.run(&["scan"]);
    assert_eq!(run.status, 2, "{}", run.err);
    assert!(run.err.contains("may_tell_name") && !run.err.contains("andoval"), "{}", run.err);
    let home = Home::new().watch("search", address, "kind = \"search\"\nmay_tell_name = true");
    assert_ne!(home.run(&["scan"]).status, 2);
}

#[test]
fn given_cookies_and_headers_go_to_the_watch_alone() {
    let (site, other) = (Site::start(), Site::start());
    other.picture("/a.jpg", thumbnail(7));
    // The picture lies on another host, for which the file has a cookie too.
    let away = other.url("/a.jpg").replace("127.0.0.1", "localhost");
    site.page("/t", &format!("<p>a page</p><img src={away}>"));
    let file = "# Netscape HTTP Cookie File\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tage\tyes\nlocalhost\tFALSE\t/\tFALSE\t0\tk\tv\n";
    let home = Home::new();
    home.private("cookies.txt", file);
    let home = home.watch("gate", &site.url("/t"), "cookies = \"cookies.txt\"\nheaders = [\"X-Age: 18\"]");
    home.ok(&["add"]);
    home.scan();
    let asked = site.asked();
    assert_eq!((&asked[0].headers["cookie"], &asked[0].headers["x-age"]), (&"age=yes".parse().unwrap(), &"18".parse().unwrap()));
    let away = other.asked();
    assert_eq!(away.len(), 1, "the picture was asked for");
    assert!(!away[0].headers.contains_key("x-age") && !away[0].headers.contains_key("cookie"), "{:?}", away[0].headers);

    home.private("cookies.txt", "age=yes");
    let run = home.run(&["scan"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("line 1 is no cookie") && !run.err.contains("age=yes"), "{}", run.err);
}

#[test]
fn watches_are_tried_added_and_removed() {
    let site = Site::start();
    site.page("/b/", "<p>some posts</p><img src=/1.jpg><a href=/b/2>two</a><a href=https://other.example/>away</a>");
    site.set("/app", Answer::html("<title>App</title><div id=root></div><script src=/m.js></script>"));
    let home = Home::new().replace("[fetch]", "# a remark\n[fetch]");
    let tried = home.run(&["watch", "test", &site.url("/b/"), "--json"]);
    let document = tried.json();
    assert_eq!((tried.status, &document["kind"], &document["pictures"], &document["links"]), (0, &"page".into(), &1.into(), &2.into()));
    assert_eq!((&document["followed"], &document["blind"]), (&Value::Null, &Value::Null));
    assert_eq!(site.paths(), ["/b/"], "no picture is asked for");
    let blind = home.run(&["watch", "test", &site.url("/app")]);
    assert!(blind.status == 3 && blind.out.contains("not seen: is drawn by scripts"), "{}", blind.out);

    home.ok(&["watch", "add", &site.url("/b/"), "--name", "board b", "--every", "2h", "--follow", "9"]);
    home.ok(&["watch", "add", &site.url("/app")]);
    let list = home.run(&["watch", "list", "--json"]).json();
    let watches = list["watches"].as_array().unwrap();
    assert_eq!((watches.len(), &watches[0]["name"], &watches[0]["follow"]), (2, &"board b".into(), &9.into()), "{list}");
    assert_eq!(home.run(&["watch", "test", &site.url("/b/"), "--json"]).json()["followed"], 1);
    assert_eq!(home.run(&["watch", "add", &site.url("/b/")]).status, 2, "it is there already");
    assert_eq!(home.run(&["watch", "add", &site.url("/x"), "--every", "never ever"]).status, 2);

    home.ok(&["watch", "remove", "board b"]);
    assert_eq!(home.run(&["watch", "remove", "board b"]).status, 2);
    let list = home.run(&["watch", "list", "--json"]).json();
    assert_eq!(list["watches"].as_array().unwrap().len(), 1);
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    assert!(text.contains("# a remark") && text.contains(LEGAL), "{text}");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(home.path("monitor.toml")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_page_that_says_that_it_is_gone_is_not_believed_at_once() {
    let site = Site::start();
    let show = |token: u32| {
        site.set("/t", Answer::html(format!("<title>404 not found</title><!-- {token} --><p>{LEGAL} is {STAGE}</p>")));
    };
    show(1);
    let home = Home::new().watch("thread", &site.url("/t"), "");
    for token in 2..5 {
        let scan = home.scan();
        assert_eq!(scan["problems"][0]["kind"], "gone", "{scan}");
        assert!(scan["findings"].as_array().unwrap().iter().any(|f| f["kind"] == "linked" && f["state"] == "open"), "{scan}");
        show(token);
    }
}

#[test]
fn the_pages_of_a_site_map_are_looked_at() {
    let site = Site::start();
    let map = format!("<?xml version='1.0'?><urlset><url><loc>{}</loc></url></urlset>", site.url("/t/captcha"));
    site.set("/sitemap.xml", Answer { status: 200, body: map.into_bytes(), ..Answer::default() }.header("content-type", "application/xml"));
    site.page("/t/captcha", &format!("<p>{LEGAL}</p>"));
    let home = Home::new().watch("map", &site.url("/sitemap.xml"), "").fetch("robots = \"ignore\"");
    let scan = home.scan();
    assert_eq!((&scan["problems"], scan["findings"].as_array().unwrap().len()), (&json!([]), 1), "{scan}");
}

#[test]
fn a_boards_file_that_is_known_by_its_sum_is_not_fetched_again_unless_the_sum_was_a_lie() {
    use base64::Engine;
    use md5::Digest;
    let site = Site::start();
    let (own, other) = (pictures::jpeg(&pictures::paint(1), 80), pictures::jpeg(&pictures::paint(9), 80));
    let sum = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(bytes));
    let post = |number: usize, sum: &str| {
        format!(r#"{{"no":{number},"com":"post {number}","tim":{number},"ext":".jpg","filename":"p","md5":"{sum}"}}"#)
    };
    let thread = |posts: &[String]| {
        Answer { status: 200, body: format!(r#"{{"posts":[{}]}}"#, posts.join(",")).into_bytes(), ..Answer::default() }
            .header("content-type", "application/json")
    };
    let (true_sum, lie) = (sum(&other), sum(b"something else"));
    site.picture("/b/src/1.jpg", other.clone())
        .picture("/b/src/2.jpg", other)
        .picture("/b/src/3.jpg", own.clone())
        .picture("/b/src/4.jpg", own);
    site.set("/b/res/1.json", thread(&[post(1, &true_sum), post(3, &lie)]));
    let home = Home::new().watch("thread", &site.url("/b/res/1.html"), "kind = \"board\"");
    home.ok(&["add"]);
    home.scan();
    site.paths();
    // The first file again under another address; and the other lie again, for another file.
    site.set("/b/res/1.json", thread(&[post(1, &true_sum), post(3, &lie), post(2, &true_sum), post(4, &lie)]));
    let done = home.scan();
    let paths = site.paths();
    assert!(!paths.contains(&"/b/src/2.jpg".to_string()), "{paths:?}");
    assert!(paths.contains(&"/b/src/4.jpg".to_string()), "a sum that was not found true stands for nothing: {paths:?}");
    let images = done["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == "image").count();
    assert!(images >= 1, "{done}");
}

#[test]
fn a_page_that_suddenly_shows_next_to_nothing_is_not_taken_for_seen() {
    let site = Site::start();
    let words = "somebody wrote this and others answered at length, as people do. ".repeat(20);
    site.page("/t/1", &format!("<p>{LEGAL} is spoken of here</p><p>{words}</p>"));
    let home = Home::new().watch("thread", &site.url("/t/1"), "");
    assert_eq!(home.scan()["problems"], json!([]));
    // A wall in a language that nobody here reads.
    for _ in 0..3 {
        site.page("/t/1", "<p>Xof benti grala, menti sol durvane ta klimo.</p>");
        let done = home.scan();
        assert_eq!(done["problems"][0]["kind"], "shrunk", "{done}");
        assert!(done["findings"].as_array().unwrap().iter().all(|f| f["state"] != "gone"), "{done}");
    }
    site.page("/t/1", &format!("<p>{LEGAL} is spoken of here</p><p>{words} and more</p>"));
    assert_eq!(home.scan()["problems"], json!([]), "it is back");
}
