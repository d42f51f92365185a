//! Whatever a page does, one look at it ends, and each bound that it hits is told.

use crate::home::{Home, ids};
use crate::pictures::thumbnail;
use crate::site::{Answer, Site};

fn problems(document: &serde_json::Value, kind: &str) -> Vec<String> {
    let all = document["problems"].as_array().unwrap();
    all.iter().filter(|p| p["kind"] == kind).map(|p| p["message"].as_str().unwrap().to_string()).collect()
}

#[test]
fn pictures_on_hosts_that_do_not_answer_end_and_the_others_are_seen() {
    let site = Site::start();
    site.picture("/1.jpg", thumbnail(1)).picture("/2.jpg", thumbnail(2));
    // Each on an address of its own, where nobody listens.
    let dead: String = (1..200).map(|n| format!("<img src=http://127.1.{n}.7:9/a.jpg>")).collect();
    site.page("/t", &format!("<img src=/1.jpg>{dead}<img src=/2.jpg>"));
    let home = Home::new().watch("b", &site.url("/t"), "");
    home.ok(&["add"]);
    let document = home.scan();
    assert_eq!(ids(&document).len(), 2, "the site itself answers");
    let told = problems(&document, "unreachable");
    assert_eq!(told.len(), 199, "each picture is told of");
    let unasked = told.iter().filter(|m| m.contains("not asked for")).count();
    // Some are asked side by side when the bound is reached.
    assert!((140..=159).contains(&unasked), "{unasked} were not asked for");
}

#[test]
fn a_picture_behind_many_that_do_not_answer_is_seen_at_some_look() {
    let site = Site::start();
    site.picture("/1.jpg", thumbnail(1));
    let dead: String = (1..80).map(|n| format!("<img src=http://127.1.{n}.7:9/a.jpg>")).collect();
    // A host that nobody has asked before.
    let hidden = format!("http://localhost:{}/1.jpg", site.address.port());
    site.page("/t", &format!("{dead}<img src={hidden}>"));
    let home = Home::new().watch("b", &site.url("/t"), "");
    home.ok(&["add"]);
    assert!((0..30).any(|_| !ids(&home.scan()).is_empty()));
}

#[test]
fn a_site_that_sends_headers_without_end_costs_one_problem() {
    let site = Site::start();
    let mut answer = Answer::html("<p>words</p>");
    for n in 0..2000 {
        answer = answer.header(&format!("x-{n}"), &"y".repeat(200));
    }
    site.set("/t", answer).page("/u", "<p>words</p>");
    let home = Home::new().watch("b", &site.url("/t"), "").watch("c", &site.url("/u"), "");
    let document = home.scan();
    assert_eq!((&document["pages"]["checked"], &document["pages"]["failed"]), (&1.into(), &1.into()), "{document:#}");
    assert_eq!(document["problems"].as_array().unwrap().len(), 1);
}

#[test]
fn each_bound_says_which_it_is() {
    let site = Site::start();
    site.set("/large", Answer::html("x".repeat(70 << 10)));
    site.set("/round", Answer::redirect("/round"));
    site.page("/pictures", &(0..30).map(|n| format!("<img src=/p{n}.jpg>")).collect::<String>());
    site.set("/late", Answer::html("<p>words</p>").wait(std::time::Duration::from_secs(60)));
    let urls = ["/large", "/round", "/pictures", "/late"].map(|p| format!("{:?}", site.url(p))).join(",");
    let home = Home::new()
        .watch("b", &site.url("/large"), &format!("urls = [{urls}]"))
        .fetch("max_page = \"64 KiB\"\nmax_images = 10")
        .replace("timeout = \"5s\"", "timeout = \"1s\"");
    let document = home.scan();
    for (kind, word) in
        [("too_large", "64 KiB"), ("redirects", "10 redirects"), ("limit", "20 pictures over max_images"), ("timeout", "1 s")]
    {
        assert!(problems(&document, kind).iter().any(|m| m.contains(word)), "{kind}: {document:#}");
    }
}

/// A GIF whose frames show these pictures.
fn gif(seeds: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new_with_speed(&mut out, 30);
    for seed in seeds {
        let frame = image::DynamicImage::ImageRgb8(crate::pictures::paint(seed)).thumbnail(200, 200).into_rgba8();
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    out
}

#[test]
fn an_animation_is_looked_at_picture_by_picture_and_says_where_it_was_not() {
    let site = Site::start();
    // One of the owner's between forty frames of another; more different pictures than are looked at.
    site.picture("/hidden.gif", gif((0..40).map(|n| if n == 27 { 1 } else { 30 }))).picture("/many.gif", gif(100..120));
    site.page("/t", "<img src=/hidden.gif><img src=/many.gif>");
    let home = Home::new().watch("b", &site.url("/t"), "");
    home.ok(&["add"]);
    let document = home.scan();
    assert_eq!(document["findings"][0]["original"], "sets/img_1.jpg", "{document:#}");
    let told = problems(&document, "limit");
    assert!(told.len() == 1 && told[0].contains("it shows more than the"), "{told:?}");
    std::fs::write(home.path("many.gif"), gif(100..120)).unwrap();
    let check = home.run(&["check", "many.gif"]);
    assert!(check.status == 3 && check.out.contains("it shows more than the"), "{} {}", check.status, check.out);
}
