//! `monitor run`: signals, schedules, a second instance, kill -9.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::home::{Home, LEGAL, STAGE, signal, until};
use crate::mailbox::Mailbox;
use crate::site::Site;

fn start(home: &Home) -> Child {
    home.command(&["run", "-v"]).stdout(Stdio::null()).stderr(std::fs::File::create(home.path("log")).unwrap()).spawn().unwrap()
}

#[test]
fn it_watches_tells_and_ends_on_sigterm() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.page("/t", &format!("<p>{STAGE} is {LEGAL}</p>"));
    let home = Home::new().watch("b", &site.url("/t"), "every = \"1s\"").mail(&mailbox, "");
    let mut daemon = start(&home);
    until("a mail", || mailbox.mails().len() == 1);
    site.asked();
    until("a second pass", || !site.paths().is_empty());
    until("a third pass", || !site.paths().is_empty());
    assert_eq!(mailbox.mails().len(), 1);
    let second = home.run(&["run"]);
    assert_eq!(second.status, 1);
    assert!(second.err.contains("another 'monitor run'"), "{}", second.err);
    home.ok(&["findings"]);
    let begun = Instant::now();
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    for secret in ["Mira", "Sandoval", "Nova", "Lark"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn sighup_takes_a_right_configuration_and_keeps_the_old_one_over_a_wrong_one() {
    let site = Site::start();
    site.page("/one", "<p>words</p>").page("/two", "<p>words</p>");
    let home = Home::new().watch("one", &site.url("/one"), "every = \"1s\"");
    let mut daemon = start(&home);
    until("the first page", || site.paths().contains(&"/one".to_string()));
    let file = home.path("monitor.toml");
    let right = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, right.replace("every", "evry")).unwrap();
    signal(&daemon, "-HUP");
    let log = || std::fs::read_to_string(home.path("log")).unwrap();
    until("a word on the wrong one", || log().contains("the old one stays in force") && log().contains("did you mean \"every\""));
    site.asked();
    until("the old one at work", || site.paths().contains(&"/one".to_string()));
    std::fs::write(&file, format!("{right}[[watch]]\nname = \"two\"\nurl = \"{}\"\n", site.url("/two"))).unwrap();
    signal(&daemon, "-HUP");
    until("the new page", || site.paths().contains(&"/two".to_string()));
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
}

#[test]
fn what_was_missed_while_off_runs_once_at_start() {
    let site = Site::start();
    site.page("/t", "<p>words</p>");
    let home = Home::new().watch("b", &site.url("/t"), "every = \"1h\"");
    let mut daemon = start(&home);
    until("the first pass", || site.paths() == ["/t"]);
    until("its record", || home.run(&["doctor"]).out.contains("last looked at"));
    signal(&daemon, "-TERM");
    daemon.wait().unwrap();
    let mut daemon = start(&home);
    std::thread::sleep(Duration::from_secs(2));
    assert!(site.paths().is_empty(), "not due yet");
    signal(&daemon, "-TERM");
    daemon.wait().unwrap();
    let file = home.path("monitor.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("\"1h\"", "\"1s\"");
    std::fs::write(&file, text).unwrap();
    let mut daemon = start(&home);
    until("the missed pass", || !site.paths().is_empty());
    signal(&daemon, "-TERM");
    daemon.wait().unwrap();
}

#[test]
fn every_finding_survives_kill_nine_and_is_told() {
    const KILLS: usize = 20;
    const PAGES: usize = 30;
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let mut urls = Vec::new();
    for n in 0..PAGES {
        site.page(&format!("/t/{n}"), "<p>words</p>");
        urls.push(format!("\"{}\"", site.url(&format!("/t/{n}"))));
    }
    let home = Home::new()
        .watch("b", &site.url("/t/0"), &format!("urls = [{}]\nevery = \"1s\"", urls.join(",")))
        .mail(&mailbox, "discreet = false");
    let mut seed = 5u32;
    let mut chance = |most: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % most
    };
    for n in 0..KILLS {
        // Findings come in over time, and the mail server refuses now and then.
        site.page(&format!("/t/{n}"), &format!("<p>{STAGE} is {LEGAL}</p>"));
        mailbox.refuse(if n % 3 == 1 { 2 } else { 0 });
        let mut daemon = start(&home);
        std::thread::sleep(Duration::from_millis(u64::from(60 + chance(1000))));
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }
    for n in KILLS..PAGES {
        site.page(&format!("/t/{n}"), &format!("<p>{STAGE} is {LEGAL}</p>"));
    }
    // One more refusal: the last daemon waits for one retry, not for many.
    mailbox.refuse(1);
    let mut daemon = start(&home);
    let told = || mailbox.mails().iter().map(|m| m.data.clone()).collect::<String>();
    until("every finding is told", || (0..PAGES).all(|n| told().contains(&format!("/t/{n}\n"))));
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
    // A mail that came twice has the same Message-ID; a finding is in one mail only.
    let mut mails = mailbox.mails();
    let all = mails.len();
    let mut seen = std::collections::HashSet::new();
    mails.retain(|m| seen.insert(m.header("Message-ID").unwrap().to_string()));
    assert!(all - mails.len() <= KILLS, "{} repeats after {KILLS} kills", all - mails.len());
    let once: String = mails.iter().map(|m| m.data.clone()).collect();
    let found = crate::home::ids(&home.ok(&["findings", "--json"]).json());
    assert_eq!(found.len(), 2 * PAGES);
    for id in found {
        assert_eq!(once.matches(&format!("id: {id}\n")).count(), 1, "{id}");
    }
    assert_eq!(crate::store::sql(&home, "PRAGMA integrity_check"), ["ok"]);
    // Every sealed value opens.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use monitor::store::{KeySource, Store};
        let store = Store::open(&home.path("state"), &KeySource::File(home.path("store.key"))).await.unwrap();
        store.check(1).await.unwrap();
        store.close().await;
    });
}
