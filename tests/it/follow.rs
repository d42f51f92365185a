//! Which of many links have their turn, and how a row of pages is gone through.

use std::collections::BTreeSet;

use crate::home::{Home, LEGAL};
use crate::site::{Answer, Site};

fn names(document: &serde_json::Value) -> BTreeSet<String> {
    document["findings"].as_array().unwrap().iter().map(|f| f["page"].as_str().unwrap().rsplit('/').next().unwrap().to_string()).collect()
}

#[test]
fn what_is_left_for_later_has_its_turn_and_what_changes_has_it_sooner() {
    let site = Site::start();
    let links: String = (0..9).map(|n| format!("<a href=/t/{n}>thread {n}</a> ")).collect();
    site.page("/", &links);
    for n in 0..9 {
        site.page(&format!("/t/{n}"), &format!("a thread about thing number {n}"));
    }
    let home = Home::new().watch("board", &site.url("/"), "follow = { pages = 4, depth = 1 }");
    let mut turns: Vec<BTreeSet<String>> = Vec::new();
    for pass in 0..3 {
        let done = home.scan();
        assert!(pass == 2 || done["problems"].to_string().contains("left for later"), "{done}");
        turns.push(site.paths().into_iter().filter(|path| path.starts_with("/t/")).collect());
    }
    assert!(turns.iter().all(|turn| turn.len() == 3), "{turns:?}");
    let all: BTreeSet<_> = turns.iter().flatten().collect();
    assert_eq!(all.len(), 9, "each had its turn: {turns:?}");
    // One of them changes at every look; the others never do, and that is soon known.
    (0..3).for_each(|_| drop(home.scan()));
    site.paths();
    let mut looked = 0;
    for n in 0..6 {
        site.page("/t/4", &format!("a thread about thing number 4, and post {n}"));
        home.scan();
        looked += usize::from(site.paths().contains(&"/t/4".to_string()));
    }
    assert!(looked >= 3, "what changes comes more often than every third time: {looked} of 6");
}

#[test]
fn a_long_thread_is_read_on_where_it_was_left_and_where_it_grows() {
    let site = Site::start();
    let page = |n: usize, last: usize| {
        let next = if n < last { format!("<a rel=next href=/thread/page-{}>next</a>", n + 1) } else { String::new() };
        let who = if n.is_multiple_of(4) { LEGAL } else { "somebody" };
        Answer::html(format!("<title>t</title><p>{who} wrote on page {n} of the thread, at length</p>{next}"))
    };
    let set = |last: usize| {
        site.set("/thread/", page(1, last));
        for n in 2..=last {
            site.set(&format!("/thread/page-{n}"), page(n, last));
        }
    };
    set(8);
    let home = Home::new().watch("thread", &site.url("/thread/"), "follow = { pages = 4, depth = 0 }");
    let mut seen = BTreeSet::new();
    for _ in 0..6 {
        home.scan();
        seen.extend(site.paths());
    }
    assert!((2..=8).all(|n| seen.contains(&format!("/thread/page-{n}"))), "{seen:?}");
    // It grows: the new page is found at once, though eight are before it.
    set(9);
    site.set("/thread/page-9", Answer::html(format!("<title>t</title><p>{LEGAL} is on the newest page now</p>")));
    let done = home.scan();
    assert!(site.paths().contains(&"/thread/page-9".to_string()));
    assert!(names(&done).iter().any(|page| page.contains("page-9") || page.contains("page-8")), "{done}");
}
