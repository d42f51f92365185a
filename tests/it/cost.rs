//! What is not done twice, and that nothing is missed for it.

use crate::home::{Home, LEGAL, ids};
use crate::pictures::{paint, png, thumbnail};
use crate::site::Site;

fn images(home: &Home) -> Vec<String> {
    let found = home.scan();
    let images = found["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == "image");
    images.map(|f| f["image"].as_str().unwrap().rsplit('/').next().unwrap().to_string()).collect()
}

#[test]
fn a_page_that_changes_only_in_what_nobody_sees_is_unchanged() {
    let site = Site::start();
    site.picture("/1.jpg", thumbnail(1));
    let show = |token: u32, words: &str| {
        let page = format!(
            "<meta name=csrf-token content={token}><form><input type=hidden name=t value=x{token}></form><!-- {token} -->\
             <p>{LEGAL} {words}</p><img src=/1.jpg>"
        );
        site.page("/t", &page);
    };
    show(1, "and words");
    let home = Home::new().watch("thread", &site.url("/t"), "");
    home.ok(&["add"]);
    let first = home.scan();
    assert_eq!(first["pages"]["unchanged"], 0);
    show(2, "and words");
    site.asked();
    let second = home.scan();
    assert_eq!((&second["pages"]["unchanged"], &second["pages"]["checked"]), (&1.into(), &0.into()), "{second}");
    assert_eq!(ids(&second), ids(&first));
    assert_eq!(second["images"]["reused"], 1);
    // Other words are a change; the picture is known.
    show(3, "and other words");
    let third = home.scan();
    assert_eq!((&third["pages"]["unchanged"], &third["pages"]["checked"]), (&0.into(), &1.into()), "{third}");
    assert_eq!(ids(&third), ids(&first));
    assert_eq!(site.paths(), ["/t", "/t"], "the picture was asked for once");
    // A page that asks for something else than it did is no page that has not changed.
    site.page("/t", "<form action=/login><input name=user><input type=password name=p></form>");
    assert_eq!(home.scan()["problems"][0]["kind"], "login");
}

#[test]
fn a_thumbnail_that_is_not_its_picture_is_looked_at_by_itself() {
    let site = Site::start();
    site.picture("/own.png", png(&paint(1))).picture("/own-small.jpg", thumbnail(1));
    site.picture("/other.png", png(&paint(40))).picture("/other-small.jpg", thumbnail(40));
    let pair = |small: &str, large: &str| format!("<a href=/{large}.png><img src=/{small}-small.jpg></a>");
    for (path, page) in [("/censored", pair("other", "own")), ("/lure", pair("own", "other")), ("/both", pair("own", "own"))] {
        site.page(path, &format!("<p>words of {path}</p>{page}"));
    }
    for (path, images_found) in [("/censored", ["own.png"]), ("/lure", ["own-small.jpg"])] {
        let home = Home::new().watch("thread", &site.url(path), "");
        home.ok(&["add"]);
        assert_eq!(images(&home), images_found, "{path}");
    }
    let home = Home::new().watch("thread", &site.url("/both"), "");
    home.ok(&["add"]);
    assert_eq!(images(&home).len(), 1, "one finding a place");
}

#[test]
fn what_was_not_looked_at_twice_is_compared_with_a_new_original() {
    let site = Site::start();
    site.picture("/9.png", png(&paint(9))).picture("/9-small.jpg", thumbnail(9));
    site.page("/t", "<p>some words</p><a href=/9.png><img src=/9-small.jpg></a>");
    site.page("/u", "<p>other words</p><img src=/9-small.jpg>");
    let home = Home::new().watch("thread", &site.url("/t"), "").watch("other", &site.url("/u"), "");
    home.ok(&["add"]);
    assert!(images(&home).is_empty());
    std::fs::write(home.path("sets/late.png"), png(&paint(9))).unwrap();
    home.ok(&["add"]);
    site.asked();
    let found = images(&home);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(site.paths().iter().filter(|path| path.contains('9')).count(), 0, "known by what was kept of them");
}

#[test]
fn a_name_in_the_place_of_words_as_long_as_it_is_a_change() {
    let site = Site::start();
    let home = Home::new().watch("thread", &site.url("/t"), "");
    let page = |who: &str| {
        site.page("/t", &format!("<p>{who} has seen this</p>"));
    };
    page("somebody else");
    home.scan();
    page("some-body else".get(..13).unwrap());
    assert_eq!(home.scan()["pages"]["unchanged"], 1, "who it is nobody says");
    assert_eq!(LEGAL.len(), "somebody else".len());
    page(LEGAL);
    assert_eq!(home.scan()["findings"][0]["name"], LEGAL);
}

#[test]
fn a_picture_that_was_missing_is_asked_for_when_other_bytes_come() {
    let site = Site::start();
    let home = Home::new().watch("thread", &site.url("/t"), "");
    home.ok(&["add"]);
    site.page("/t", "<!-- 1 --><p>some words</p><img src=/1.jpg>");
    assert_eq!(home.scan()["problems"][0]["kind"], "gone");
    site.page("/t", "<!-- 2 --><p>some words</p><img src=/1.jpg>").picture("/1.jpg", thumbnail(1));
    assert_eq!(images(&home), ["1.jpg"]);
}
