//! What once went wrong, each with the test that would have shown it.

use std::process::Stdio;
use std::time::Duration;

use crate::home::{Home, LEGAL, STAGE, ids, kinds, signal, until};
use crate::mailbox::Mailbox;
use crate::pictures::{jpeg, paint, thumbnail};
use crate::site::{Answer, Site};

#[test]
fn old_findings_do_not_eat_the_room_of_new_threads() {
    let site = Site::start();
    let index = |threads: std::ops::Range<u32>| threads.rev().map(|n| format!("<a href=/t/{n}>thread {n}</a>")).collect::<String>();
    for n in 0..9 {
        site.page(&format!("/t/{n}"), &format!("<p>{STAGE} is {LEGAL}</p>"));
    }
    site.page("/b", &index(0..4));
    let home = Home::new().watch("board", &site.url("/b"), "follow = { pages = 5 }");
    assert_eq!(ids(&home.scan()).len(), 8);
    site.page("/b", &index(5..9));
    let document = home.scan();
    assert_eq!(ids(&document).len(), 16, "the new threads are looked at beside those that findings stand on");
    site.page("/b", &index(0..20));
    let problems = home.scan()["problems"].clone();
    assert!(problems.to_string().contains("over follow.pages"), "links that were left out are told: {problems}");
}

#[test]
fn a_corrected_recipient_gets_what_the_wrong_one_did_not() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.page("/t", &format!("<p>{STAGE} is {LEGAL}</p>"));
    let home = Home::new().watch("b", &site.url("/t"), "").mail(&mailbox, "");
    mailbox.refuse(1);
    home.ok(&["scan"]);
    let file = home.path("monitor.toml");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("me@example.org", "right@example.org")).unwrap();
    home.ok(&["scan"]);
    // Beside it go notes that the recipient was changed.
    let mails: Vec<_> = mailbox.mails().into_iter().filter(|m| m.data.contains("to read.")).collect();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].to.concat().contains("right@example.org"));
}

#[test]
fn the_daemon_looks_for_pictures_that_are_added_while_it_runs() {
    let site = Site::start();
    site.page("/t", "<p>words</p><img src=/9.jpg>").picture("/9.jpg", thumbnail(9));
    let home = Home::new().watch("b", &site.url("/t"), "every = \"1s\"");
    home.ok(&["add"]);
    let mut daemon = home.command(&["run"]).stderr(Stdio::null()).spawn().unwrap();
    until("a pass", || site.paths().contains(&"/t".to_string()));
    std::fs::write(home.path("sets/late.jpg"), jpeg(&paint(9), 90)).unwrap();
    home.ok(&["add"]);
    until("the finding", || home.ok(&["findings", "--json"]).out.contains("late.jpg"));
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
}

#[test]
fn a_finding_that_was_confirmed_while_gone_is_new_when_it_returns() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let shown = format!("<p>{STAGE} is {LEGAL}</p>");
    site.page("/t", &shown);
    let home = Home::new().watch("b", &site.url("/t"), "").mail(&mailbox, "");
    let first = home.scan();
    site.set("/t", Answer::status(404));
    home.scan();
    for id in ids(&first) {
        home.ok(&["findings", "confirm", &id]);
    }
    site.page("/t", &shown);
    let back = home.scan();
    assert!(back["findings"].as_array().unwrap().iter().all(|f| f["new"] == true && f["state"] == "open"), "{back:#}");
    assert_eq!(mailbox.mails().len(), 2);
}

#[test]
fn a_renamed_watch_does_not_keep_a_finding_from_being_gone() {
    let site = Site::start();
    site.page("/t", &format!("<p>{LEGAL}</p>"));
    let home = Home::new().watch("old name", &site.url("/t"), "");
    home.scan();
    let file = home.path("monitor.toml");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("old name", "new name")).unwrap();
    assert_eq!(home.scan()["findings"][0]["new"], false, "the same finding, not a new one");
    site.page("/t", "<p>words</p>");
    home.scan();
    home.scan();
    assert_eq!(home.ok(&["findings", "--json"]).json()["findings"][0]["state"], "gone");
}

#[test]
fn not_modified_counts_only_where_it_answers_a_condition() {
    let site = Site::start();
    site.set("/t", Answer::status(304));
    let home = Home::new().watch("b", &site.url("/t"), "");
    let document = home.scan();
    assert_eq!((&document["pages"]["unchanged"], &document["pages"]["failed"]), (&0.into(), &1.into()));
    // Validators of a redirect's end are not sent to the address that redirected.
    site.set("/t", Answer::redirect("/maintenance")).set("/maintenance", Answer::html("<p>we will be back very soon</p>").etag("m"));
    home.scan();
    site.page("/t", &format!("<p>{LEGAL}</p>"));
    site.asked();
    assert_eq!(kinds(&home.scan()).len(), 1);
    assert!(site.asked().iter().all(|a| a.headers.get("if-none-match").is_none()));
}

#[test]
fn a_robots_file_that_fails_once_closes_nothing_for_long() {
    let site = Site::start();
    site.page("/b", "<a href=/t>t</a>").page("/t", &format!("<p>{LEGAL}</p>")).set("/robots.txt", Answer::status(500));
    let home = Home::new().watch("b", &site.url("/b"), "follow = { pages = 9 }");
    let document = home.scan();
    assert_eq!(document["problems"][0]["kind"], "status", "{document:#}");
    site.set("/robots.txt", Answer::status(404));
    assert_eq!(kinds(&home.scan()).len(), 1);
}

#[test]
fn check_does_not_call_what_it_could_not_see_not_recognised() {
    let site = Site::start();
    site.page("/a", "<p>a page with two pictures</p><img src=/403.jpg><img src=/404.jpg>").set("/403.jpg", Answer::status(403));
    site.page("/login", "<form>members only <input type=password></form>");
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::write(home.path("x.zip"), b"PK\x03\x04 and more").unwrap();
    std::fs::write(home.path("x.pdf"), b"%PDF-1.7 and more").unwrap();
    let run = home.run(&["check", "--json", &site.url("/a"), &site.url("/login"), "x.zip", "x.pdf"]);
    assert_eq!(run.status, 3);
    for result in run.json()["results"].as_array().unwrap() {
        assert!(result["error"].is_string(), "{result}");
    }
}

#[test]
fn a_scan_that_is_ended_gives_its_pages_back_and_the_next_goes_on() {
    let site = Site::start();
    site.set("/t", Answer::html(format!("<p>{LEGAL} and some words</p>")).wait(Duration::from_secs(4)));
    let home = Home::new().watch("b", &site.url("/t"), "");
    let mut scan = home.command(&["scan"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the question", || site.paths().contains(&"/t".to_string()));
    signal(&scan, "-TERM");
    assert_eq!(scan.wait().unwrap().code(), Some(1));
    assert_eq!(kinds(&home.scan()).len(), 1);
}

#[test]
fn a_changed_file_does_not_take_its_copy_along() {
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::copy(home.path("sets/img_1.jpg"), home.path("sets/img_1_copy.jpg")).unwrap();
    home.ok(&["add"]);
    std::fs::write(home.path("sets/img_1.jpg"), jpeg(&paint(30), 80)).unwrap();
    home.ok(&["add"]);
    std::fs::write(home.path("x.jpg"), thumbnail(1)).unwrap();
    assert_eq!(home.run(&["check", "--exit-code", "x.jpg"]).status, 10);
    let before = home.ok(&["add", "--json"]).json();
    home.ok(&["add", "--export", "prints", "--passphrase-file", "pass"]);
    assert_eq!(
        home.ok(&["add", "--json", "--import", "prints", "--passphrase-file", "pass"]).json()["added"],
        0,
        "one's own export adds nothing: {before}"
    );
}

#[test]
fn a_file_that_becomes_a_copy_of_another_is_no_longer_what_it_was() {
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::copy(home.path("sets/img_2.jpg"), home.path("sets/img_1.jpg")).unwrap();
    home.ok(&["add"]);
    let recognised = |seed| {
        std::fs::write(home.path("x.jpg"), thumbnail(seed)).unwrap();
        home.run(&["check", "--exit-code", "x.jpg"]).status == 10
    };
    assert_eq!((recognised(1), recognised(2)), (false, true));
}

#[test]
fn files_that_change_places_while_they_are_outdated_are_both_kept() {
    let home = Home::new();
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private("monitor.toml", text.replace("[content]\n", "[content]\ndepth = \"quick\"\n"));
    home.ok(&["add"]);
    home.private("monitor.toml", text);
    std::fs::rename(home.path("sets/img_1.jpg"), home.path("kept")).unwrap();
    std::fs::rename(home.path("sets/img_2.jpg"), home.path("sets/img_1.jpg")).unwrap();
    std::fs::rename(home.path("kept"), home.path("sets/img_2.jpg")).unwrap();
    home.ok(&["add"]);
    for seed in [1, 2] {
        std::fs::write(home.path("x.jpg"), thumbnail(seed)).unwrap();
        assert_eq!(home.run(&["check", "--exit-code", "x.jpg"]).status, 10, "{seed}");
    }
}
