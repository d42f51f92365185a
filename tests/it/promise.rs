//! What README and the contract promise of a scan.

use crate::home::{Home, LEGAL, NUMBER, STAGE, ids, kinds};
use crate::mailbox::Mailbox;
use crate::pictures::{mirrored, paint, png, thumbnail};
use crate::site::{Answer, Site};

/// Ten ways of showing a copy, each on a page of its own.
const WAYS: [(&str, &str); 10] = [
    ("src", "<img src=\"PIC\">"),
    ("data-src", "<img class=lazy src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" data-src=\"PIC\">"),
    ("picture", "<picture><source srcset=\"PIC 1x\"><img alt=x></picture>"),
    ("poster", "<video poster=\"PIC\"></video>"),
    ("style", "<div style=\"background-image:url('PIC')\">x</div>"),
    ("og:image", "<meta property=\"og:image\" content=\"PIC\">"),
    ("link", "<a href=\"PIC\">full size</a>"),
    ("srcset", "<img srcset=\"/small.gif 10w, PIC 1000w\">"),
    ("noscript", "<noscript><img src=\"PIC\"></noscript>"),
    ("png", "<img src=\"PIC\">"),
];

#[test]
fn every_way_of_showing_a_copy_is_found_and_mailed_once() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let mut urls = Vec::new();
    for (n, (name, html)) in WAYS.iter().enumerate() {
        let seed = 1 + (n as u32) % 2;
        let picture = format!("/i/{n}.{}", if *name == "png" { "png" } else { "jpg" });
        let bytes = match *name {
            "png" => png(&paint(seed)),
            _ if n % 3 == 0 => mirrored(seed),
            _ => thumbnail(seed),
        };
        site.picture(&picture, bytes).page(&format!("/p/{n}"), &html.replace("PIC", &picture));
        urls.push(site.url(&format!("/p/{n}")));
    }
    site.page("/p/name", "<p>this is <b>Mi</b>ra&nbsp;<i>San&shy;doval</i></p>");
    site.page("/p/linked", &format!("<p>{STAGE} is really SANDOVAL, Mira</p>"));
    site.page("/p/number", "<p>call her: 0300-123 45 67</p>");
    site.page("/p/stranger", "<img src=\"/i/other.jpg\"><p>Mira was here, and so was Mr Sandoval</p>")
        .picture("/i/other.jpg", thumbnail(77));
    urls.extend(["/p/name", "/p/linked", "/p/number", "/p/stranger"].map(|p| site.url(p)));
    let list = urls.iter().map(|u| format!("\"{u}\"")).collect::<Vec<_>>().join(", ");
    let home = Home::new().watch("board", &urls[0], &format!("urls = [{list}]")).mail(&mailbox, "");
    home.ok(&["add"]);

    let first = home.scan();
    let found = |page: &str| kinds_on(&first, &site.url(page));
    for (n, (name, _)) in WAYS.iter().enumerate() {
        assert_eq!(found(&format!("/p/{n}")), ["image"], "{name}: {first:#}");
    }
    assert_eq!(found("/p/name"), ["name"]);
    assert_eq!(found("/p/linked"), ["linked", "name"]);
    assert_eq!(found("/p/number"), ["private"]);
    assert_eq!(found("/p/stranger"), Vec::<String>::new());
    assert!(first["problems"].as_array().unwrap().iter().all(|p| p["url"].as_str().unwrap().ends_with("/small.gif")), "{first:#}");
    assert!(first["findings"].as_array().unwrap().iter().all(|f| f["new"] == true && f["state"] == "open"));
    assert_eq!(mailbox.mails().len(), 1, "one mail for the whole pass");

    site.asked();
    let second = home.scan();
    assert_eq!(ids(&first), ids(&second));
    assert!(second["findings"].as_array().unwrap().iter().all(|f| f["new"] == false));
    assert_eq!(second["images"]["fetched"], 0);
    assert!(!site.paths().iter().any(|p| p.starts_with("/i/")), "no picture is asked for again");
    assert_eq!(mailbox.mails().len(), 1, "nothing is told twice");
}

fn kinds_on(document: &serde_json::Value, page: &str) -> Vec<String> {
    let mut all: Vec<String> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["page"] == page)
        .map(|f| f["kind"].as_str().unwrap().to_string())
        .collect();
    all.sort();
    all
}

#[test]
fn the_mail_names_no_one_and_carries_the_phrase() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.page("/t/1", &format!("<p>{STAGE} is {LEGAL}, {NUMBER}</p><img src=/1.jpg>")).picture("/1.jpg", thumbnail(1));
    let home = Home::new().watch("board", &site.url("/t/1"), "").mail(&mailbox, "");
    home.ok(&["add"]);
    assert_eq!(kinds(&home.scan()).len(), 4);
    let mails = mailbox.mails();
    let data = &mails[0].data;
    for secret in ["Mira", "Sandoval", "Nova", "Lark", "1234567", "img_", "127.0.0.1", "board", "picture", "http"] {
        assert!(!data.contains(secret), "{secret} in {data}");
    }
    assert!(data.contains("the kettle is blue") && data.contains("There are 4 new entries"), "{data}");
    assert!(mails[0].header("Message-ID").unwrap().ends_with("@example.org>"));
    assert_eq!((mails[0].from.as_str(), mails[0].to.len()), ("home@example.org", 1));
}

#[test]
fn an_unchanged_page_keeps_its_findings_and_costs_one_request() {
    let site = Site::start();
    let body = format!("<p>words and words and words</p><p>{LEGAL} of Lahore</p><img src=/1.jpg>");
    site.set("/t/1", Answer::html(body).etag("v1")).picture("/1.jpg", thumbnail(1));
    let home = Home::new().watch("board", &site.url("/t/1"), "");
    home.ok(&["add"]);
    let first = home.scan();
    site.asked();
    let second = home.scan();
    assert_eq!(second["pages"]["unchanged"], 1);
    assert_eq!((&second["images"]["seen"], &second["images"]["reused"]), (&1.into(), &1.into()));
    assert_eq!(ids(&first), ids(&second));
    assert_eq!(site.paths(), ["/t/1"]);
    // A name that is added later is looked for on pages that have not changed, too.
    let home = home.person("[me]\nlegal_names = [\"Mira Sandoval\"]\nprivate = [\"words and words\"]\n");
    assert!(kinds(&home.scan()).contains(&("private".into(), "urgent".into())));
}

#[test]
fn what_could_not_be_looked_at_is_told_and_ends_nothing() {
    let site = Site::start();
    site.page("/ok", &format!("<p>{LEGAL}</p><img src=/gone.jpg><img src=/broken.jpg><img src=/page.jpg>"));
    site.picture("/broken.jpg", thumbnail(1)[..300].to_vec()).page("/page.jpg", "hotlink forbidden");
    site.set("/503", Answer::status(503)).set("/403", Answer::status(403)).set("/empty", Answer::html("<html><body></body></html>"));
    site.set("/login", Answer::redirect("/users/login?next=/login"))
        .page("/users/login?next=/login", "<form>sign in <input type=password></form>");
    site.set("/loop", Answer::redirect("/loop")).set("/private", Answer::redirect("http://10.0.0.1/"));
    site.set("/slow", Answer::html("late").wait(std::time::Duration::from_secs(9)));
    site.set("/large", Answer::html("x".repeat(2 << 20)));
    let pages = ["/ok", "/503", "/403", "/404", "/empty", "/login", "/loop", "/private", "/slow", "/large"];
    let list = pages.map(|p| format!("\"{}\"", site.url(p))).join(", ");
    let home =
        Home::new().watch("board", &site.url("/ok"), &format!("urls = [{list}, \"http://127.0.0.1:1/\"]")).fetch("max_page = \"1 MiB\"");
    let run = home.run(&["scan", "--json"]);
    assert_eq!(run.status, 3);
    let document = run.json();
    let kind = |path: &str| {
        let problems = document["problems"].as_array().unwrap();
        problems.iter().find(|p| p["url"].as_str().unwrap().ends_with(path)).map(|p| p["kind"].as_str().unwrap().to_string())
    };
    for (path, expected) in [
        ("/503", "status"),
        ("/403", "refused"),
        ("/404", "gone"),
        ("/empty", "empty"),
        ("/login", "login"),
        ("/loop", "redirects"),
        ("/private", "private_network"),
        ("/slow", "timeout"),
        ("/large", "too_large"),
        (":1/", "unreachable"),
        ("/gone.jpg", "gone"),
        ("/broken.jpg", "damaged"),
        ("/page.jpg", "not_readable"),
    ] {
        assert_eq!(kind(path).as_deref(), Some(expected), "{path}: {document:#}");
    }
    assert_eq!(document["pages"]["failed"], 10);
    assert_eq!(kinds(&document).len(), 1, "the good page is looked at all the same");
    let text = home.run(&["scan"]);
    assert!(text.out.contains("Looked at 1 of 11 pages; 10 could not be looked at"), "{}", text.out);
}

#[test]
fn no_page_reaches_the_home_network() {
    let (site, victim) = (Site::start(), Site::start());
    site.page("/t", &format!("<img src=\"{0}/a.jpg\"><a href=\"{0}/page\">x</a>", victim.url("")));
    site.set("/r", Answer::redirect(&victim.url("/redirected")));
    let watch = format!("urls = [\"{}\"]", site.url("/r"));
    // The site itself is let in by its exact address; the victim listens on another loopback address.
    let victim_port = victim.address.port();
    let home = Home::new().watch("board", &site.url("/t"), &watch);
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap().replace("127.0.0.0/8", "127.0.0.1/32");
    std::fs::write(home.path("monitor.toml"), text).unwrap();
    for host in ["127.0.0.2", "2130706434", "[::ffff:127.0.0.2]", "0x7f.2"] {
        site.page("/t", &format!("<img src=\"http://{host}:{victim_port}/a.jpg\">"));
        site.set("/r", Answer::redirect(&format!("http://{host}:{victim_port}/r")));
        let document = home.scan();
        let kinds: Vec<_> = document["problems"].as_array().unwrap().iter().map(|p| p["kind"].as_str().unwrap().to_string()).collect();
        assert_eq!(kinds, ["private_network", "private_network"], "{host}: {document:#}");
    }
    assert!(victim.asked().is_empty());
}

#[test]
fn protected_names_do_not_leave_for_another_site_and_no_referer_is_sent() {
    let (site, other) = (Site::start(), Site::start());
    let elsewhere = format!("http://localhost:{}", other.address.port());
    site.page(
        "/t",
        &format!(
            "<p>words</p><img src=\"{elsewhere}/mira-sandoval.jpg\"><img src=\"{elsewhere}/plain.jpg\"><img src=\"/mira-sandoval.jpg\"><a href=\"{elsewhere}/?q=Nova+Lark\">x</a>"
        ),
    );
    site.picture("/mira-sandoval.jpg", thumbnail(5));
    other.picture("/plain.jpg", thumbnail(6));
    let home = Home::new().watch("board", &site.url("/t"), "follow = { pages = 9, match = \"q=\" }");
    let document = home.scan();
    assert_eq!(other.paths(), ["/plain.jpg"], "{document:#}");
    assert!(document["problems"].as_array().unwrap().iter().any(|p| p["kind"] == "address"));
    let asked = site.asked();
    assert!(asked.iter().any(|a| a.path == "/mira-sandoval.jpg"), "the site that wrote the address is asked");
    assert!(asked.iter().all(|a| a.headers.get("referer").is_none() && !a.headers["user-agent"].to_str().unwrap().contains("monitor")));
}

#[test]
fn a_host_that_refuses_without_a_referer_gets_the_origin_only() {
    let site = Site::start();
    site.page("/secret/thread", "<p>words</p><img src=\"/guarded.jpg\">").set("/guarded.jpg", Answer::status(403));
    let home = Home::new().watch("board", &site.url("/secret/thread"), "");
    home.scan();
    let asked: Vec<_> = site.asked().into_iter().filter(|a| a.path == "/guarded.jpg").collect();
    let referers: Vec<_> = asked.iter().map(|a| a.headers.get("referer").map(|v| v.to_str().unwrap().to_string())).collect();
    assert_eq!(referers, [None, Some(site.url("/"))]);
}

#[test]
fn the_store_shows_nothing_in_plain() {
    let site = Site::start();
    site.page("/hidden/thread", &format!("<p>{STAGE} is {LEGAL} {NUMBER}</p><img src=/leaked.jpg>")).picture("/leaked.jpg", thumbnail(1));
    let mailbox = Mailbox::start();
    mailbox.refuse(99);
    let home = Home::new().watch("secret board", &site.url("/hidden/thread"), "follow = { pages = 3 }").mail(&mailbox, "");
    home.ok(&["add"]);
    home.scan();
    let mut all = Vec::new();
    for entry in std::fs::read_dir(home.path("state")).unwrap() {
        all.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(all.len() > 10_000);
    for secret in
        ["Mira", "Sandoval", "Nova", "1234567", "hidden", "leaked", "img_1", "sets", "secret board", "127.0.0.1", "example.org", "kettle"]
    {
        assert!(!all.windows(secret.len()).any(|w| w.eq_ignore_ascii_case(secret.as_bytes())), "{secret} stands in the store");
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = |p: &str| std::fs::metadata(home.path(p)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("state"), mode("state/monitor.db"), mode("store.key")), (0o700, 0o600, 0o600));
}

#[test]
fn links_are_followed_within_bounds_and_robots_are_heard() {
    let site = Site::start();
    site.page("/b/", "<a href=/b/1>1</a><a href=/b/2>2</a><a href=/closed/3>3</a><a href=http://localhost:1/x>away</a><a rel=next href=/b/?page=2>next</a>");
    site.page("/b/?page=2", "<a href=/b/4>4</a>")
        .page("/b/1", "<a href=/b/deep>deep</a>")
        .page("/b/2", "x")
        .page("/b/4", &format!("<p>{LEGAL}</p>"));
    site.set("/robots.txt", Answer::html("User-agent: *\nDisallow: /closed/"));
    let home = Home::new().watch("board", &site.url("/b/"), "follow = { pages = 50, depth = 1 }");
    let document = home.scan();
    let mut paths = site.paths();
    paths.sort();
    assert_eq!(paths, ["/b/", "/b/1", "/b/2", "/b/4", "/b/?page=2", "/robots.txt"]);
    assert_eq!(document["problems"][0]["kind"], "robots");
    assert_eq!(kinds(&document), [("name".to_string(), "low".to_string())]);
}

#[test]
fn own_pages_and_other_people_are_respected() {
    let site = Site::start();
    site.page("/me/shop", &format!("<p>{STAGE}</p><img src=/1.jpg>")).picture("/1.jpg", thumbnail(1));
    site.page("/news", &format!("<p>Judge {LEGAL} spoke</p>"));
    site.page("/trap", &format!("<p>Judge {LEGAL} alias {STAGE}</p>"));
    let list = ["/me/shop", "/news", "/trap"].map(|p| format!("\"{}\"", site.url(p))).join(", ");
    let home = Home::new().watch("mine", &site.url("/me/shop"), &format!("urls = [{list}]")).person(&format!(
        "[me]\nlegal_names = [\"{LEGAL}\"]\nstage_names = [\"{STAGE}\"]\nother_people = [\"Judge {LEGAL}\"]\nown_pages = [\"{}\"]\n",
        site.url("/me/")
    ));
    home.ok(&["add"]);
    assert_eq!(kinds(&home.scan()), [("linked".to_string(), "urgent".to_string())]);
}

#[test]
fn a_page_that_is_one_name_or_leads_to_an_endless_address_is_told() {
    let site = Site::start();
    let far = format!("/far?{}", "a".repeat(17_000));
    site.page("/flood", &format!("<li>{LEGAL}").repeat(10_020)).set("/long", Answer::redirect(&far)).page(&far, &format!("<p>{LEGAL}</p>"));
    let home = Home::new().watch("board", &site.url("/flood"), &format!("urls = [\"{}\"]", site.url("/long")));
    let document = home.run(&["scan", "--json"]).json();
    assert_eq!(kinds(&document).len(), 1, "the flood is one finding: {document:#}");
    let problems = document["problems"].as_array().unwrap();
    let told = |path: &str, word: &str| {
        problems.iter().any(|p| p["url"].as_str().unwrap().ends_with(path) && p["message"].as_str().unwrap().contains(word))
    };
    assert!(told("/flood", "20 mentions over the 10000"), "{document:#}");
    assert!(told("/long", "16384 bytes"), "{document:#}");
    let run = home.run(&["coverage", "--json"]);
    let partial = run.json()["watches"][0]["partial"].clone();
    assert!(partial[0]["url"].as_str().is_some_and(|url| url.ends_with("/flood")) && partial[0]["kind"] == "limit", "{partial:#}");
    assert!(home.run(&["coverage"]).out.contains("seen in part"), "a page seen in part is not told as seen whole");
}
