//! The life of a finding: it moves, goes, returns, rises and is dismissed.

use crate::home::{Home, LEGAL, STAGE, ids};
use crate::mailbox::Mailbox;
use crate::pictures::{mirrored, thumbnail};
use crate::site::{Answer, Site};

fn states(home: &Home) -> Vec<(String, bool)> {
    let document = home.ok(&["findings", "--json"]).json();
    let all = document["findings"].as_array().unwrap().clone();
    all.iter().map(|f| (f["state"].as_str().unwrap().to_string(), f["new"].as_bool().unwrap())).collect()
}

#[test]
fn a_picture_that_moves_to_page_two_stays_one_finding() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.picture("/1.jpg", thumbnail(1));
    site.page("/t/5", "<p>words</p><img src=/1.jpg>").page("/t/5?page=2", "<p>more words</p>");
    let urls = format!("urls = [\"{}\"]", site.url("/t/5?page=2"));
    let home = Home::new().watch("thread", &site.url("/t/5"), &urls).mail(&mailbox, "");
    home.ok(&["add"]);
    let first = home.scan();
    site.page("/t/5", "<p>new words</p>").page("/t/5?page=2", "<p>more words</p><img src=/1.jpg>");
    for _ in 0..3 {
        assert_eq!(ids(&home.scan()), ids(&first));
    }
    assert_eq!(states(&home), [("open".to_string(), false)]);
    assert_eq!(mailbox.mails().len(), 1);
}

#[test]
fn gone_after_two_looks_or_a_404_and_new_again_when_it_returns() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.picture("/1.jpg", thumbnail(1));
    let shown = "<p>words</p><img src=/1.jpg>";
    site.page("/t/5", shown);
    let home = Home::new().watch("thread", &site.url("/t/5"), "").mail(&mailbox, "");
    home.ok(&["add"]);
    let first = home.scan();
    site.page("/t/5", "<p>words</p>");
    home.scan();
    assert_eq!(states(&home)[0].0, "open", "once may be chance");
    assert!(ids(&home.scan()).is_empty());
    assert_eq!(states(&home)[0].0, "gone");
    site.page("/t/5", shown);
    let back = home.scan();
    assert_eq!(ids(&back), ids(&first));
    assert_eq!(back["findings"][0]["new"], true);
    assert_eq!(mailbox.mails().len(), 2, "a return is told");
    site.set("/t/5", Answer::status(410));
    home.scan();
    assert_eq!(states(&home)[0].0, "gone", "410 is gone at once");
    site.page("/t/5", shown);
    home.scan();
    assert_eq!(mailbox.mails().len(), 2, "a second return within days waits for the summary");
}

#[test]
fn a_page_that_cannot_be_looked_at_leaves_its_findings_alone() {
    let site = Site::start();
    site.page("/t/5", &format!("<p>{LEGAL}</p><img src=/1.jpg>")).picture("/1.jpg", thumbnail(1));
    let home = Home::new().watch("thread", &site.url("/t/5"), "");
    home.ok(&["add"]);
    home.scan();
    for answer in [Answer::status(500), Answer::status(403), Answer::html("")] {
        site.set("/t/5", answer);
        home.scan();
        home.scan();
        assert!(states(&home).iter().all(|(state, _)| state == "open"));
    }
}

#[test]
fn a_dismissal_lasts_and_a_rise_in_severity_speaks_again() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.page("/t/5", &format!("<p>{LEGAL}</p>"));
    let home = Home::new().watch("thread", &site.url("/t/5"), "").mail(&mailbox, "");
    let first = home.scan();
    let id = ids(&first).remove(0);
    home.ok(&["findings", "dismiss", &id[..5], "--as", "wrong"]);
    site.page("/t/5", &format!("<p>new words around {LEGAL}</p>"));
    assert!(ids(&home.scan()).is_empty(), "dismissed findings are left out");
    assert_eq!(states(&home)[0].0, "dismissed");
    assert_eq!(mailbox.mails().len(), 1);
    site.page("/t/5", &format!("<p>{LEGAL} from Lahore</p>"));
    let risen = home.scan();
    assert_eq!(ids(&risen), std::slice::from_ref(&id));
    assert_eq!((&risen["findings"][0]["severity"], &risen["findings"][0]["state"]), (&"high".into(), &"open".into()));
    assert_eq!(mailbox.mails().len(), 2);
    home.ok(&["findings", "confirm", &id]);
    assert_eq!(states(&home)[0].0, "confirmed");
    home.ok(&["findings", "reopen", &id]);
    let shown = home.ok(&["findings", "show", &id]);
    assert!(shown.out.contains(LEGAL) && shown.out.contains("near a word of your context"), "{}", shown.out);
}

#[test]
fn a_name_alone_waits_for_the_summary_after_the_first_pass() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.page("/t/5", "<p>words</p>");
    let home = Home::new().watch("thread", &site.url("/t/5"), "").mail(&mailbox, "");
    home.scan();
    assert!(mailbox.mails().is_empty());
    site.page("/t/5", &format!("<p>{LEGAL}</p>"));
    assert_eq!(home.scan()["findings"][0]["severity"], "low");
    assert!(mailbox.mails().is_empty(), "low findings are no reason for a mail of their own");
    site.page("/t/5", &format!("<p>{LEGAL}</p><p>{STAGE}</p>"));
    home.scan();
    assert_eq!(mailbox.mails().len(), 1);
}

#[test]
fn a_new_original_is_looked_for_on_pages_that_have_not_changed() {
    let site = Site::start();
    site.set("/t/5", Answer::html("<p>words and more words here</p><img src=/1.jpg>").etag("1")).picture("/1.jpg", mirrored(9));
    let home = Home::new().watch("thread", &site.url("/t/5"), "");
    home.ok(&["add"]);
    assert!(ids(&home.scan()).is_empty());
    std::fs::write(home.path("sets/late.png"), crate::pictures::png(&crate::pictures::paint(9))).unwrap();
    let added = home.ok(&["add", "--json"]).json();
    assert_eq!((&added["added"], &added["unchanged"]), (&1.into(), &2.into()));
    site.asked();
    let found = home.scan();
    assert_eq!(found["findings"][0]["original"], "sets/late.png");
    assert_eq!(found["findings"][0]["how"][0], "mirror");
    assert_eq!(site.paths(), ["/t/5"], "the picture is known and not asked for again");
}
