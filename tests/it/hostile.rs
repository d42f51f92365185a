//! Pages that try to use the program as a way into the home network, or as a weapon.

use crate::home::{Home, LEGAL};
use crate::site::{Answer, Site};
use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A listener in the private network that counts who comes.
struct Victim {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Victim {
    fn start() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let (port, came) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let count = came.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 256]);
            }
        });
        Self { port, came }
    }

    fn visits(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

/// A home whose only open private network is the one address that the test's site has.
fn home_open_to(site: &Site, more: &str) -> Home {
    let home = Home::new().watch("board", &site.url("/t"), more);
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap().replace("127.0.0.0/8", "127.0.0.1/32");
    home.private("monitor.toml", text);
    home
}

#[test]
fn nothing_on_a_page_reaches_a_private_listener() {
    let (site, victim) = (Site::start(), Victim::start());
    // The listener hears every address of this machine; only the site's own is open.
    let port = victim.port;
    let hosts = [
        "127.0.0.2",
        "127.0.2",
        "0x7f000002",
        "0177.0.0.2",
        "2130706434",
        "127.0.0.2.",
        "[::ffff:127.0.0.2]",
        "[::ffff:7f00:2]",
        "[::1]",
        "0.0.0.0",
        "user@127.0.0.2",
        "127.0.0.1@127.0.0.2",
        "１２７.0.0.2",
        "127。0。0。2",
    ];
    let mut body = String::from("<p>words</p>");
    for (n, host) in hosts.iter().enumerate() {
        let v = format!("http://{host}:{port}");
        body += &format!(
            "<img src=\"{v}/src{n}.jpg\"><img srcset=\"{v}/set{n}.jpg 2x\"><img data-src=\"{v}/lazy{n}.jpg\"><video poster=\"{v}/poster{n}.jpg\"></video>\
             <div style=\"background:url({v}/css{n}.jpg)\">x</div><style>.a{n}{{background-image:url('{v}/sheet{n}.jpg')}}</style>\
             <meta property=\"og:image\" content=\"{v}/og{n}.jpg\"><link rel=\"icon\" href=\"{v}/icon{n}.png\"><a href=\"{v}/link{n}\">x</a>\
             <a href=\"{v}/full{n}.jpg\">x</a><iframe src=\"{v}/frame{n}\"></iframe><object data=\"{v}/object{n}.jpg\"></object>\
             <svg><image href=\"{v}/svg{n}.jpg\"/></svg><input type=image src=\"{v}/input{n}.jpg\">\
             <img src=\"{0}/hop{n}.jpg\"><a href=\"{0}/hop{n}\">hop</a>\
             <script type=\"application/ld+json\">{{\"image\":\"{v}/ld{n}.jpg\"}}</script><noscript><img src=\"{v}/no{n}.jpg\"></noscript>\
             <img src=\"http:\\\\{host}:{port}\\back{n}.jpg\"><img src=\"//{host}:{port}/rel{n}.jpg\"><img src=\"http:/{host}:{port}/one{n}.jpg\">\
             <img src=\"ht\ntp://{host}:{port}/tab{n}.jpg\"><img src=\"gopher://{host}:{port}/g{n}.jpg\"><img src=\"ftp://{host}:{port}/f{n}.jpg\">\
             <img src=\"file:///etc/passwd#{n}.jpg\">",
            site.url("")
        );
        site.set(&format!("/hop{n}.jpg"), Answer::redirect(&format!("{v}/redirected{n}.jpg")));
        site.set(&format!("/hop{n}"), Answer::redirect(&format!("{v}/redirected{n}")));
    }
    body +=
        &format!("<base href=\"http://127.0.0.2:{port}/\"><meta http-equiv=refresh content=\"0;url=http://127.0.0.2:{port}/refreshed\">");
    site.page("/t", &body);
    let feed = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY e SYSTEM \"http://127.0.0.2:{port}/entity\">]><rss><channel><item><title>&e; words</title>\
         <link>http://127.0.0.2:{port}/item</link><enclosure url=\"http://127.0.0.2:{port}/e.jpg\" type=\"image/jpeg\"/></item></channel></rss>"
    );
    site.set("/feed", Answer::html(feed).header("content-type", "application/rss+xml"));
    site.set("/moved", Answer::redirect(&format!("http://127.0.0.2:{port}/moved")));
    site.set("/robots.txt", Answer::redirect(&format!("http://127.0.0.2:{port}/robots.txt")));
    site.set("/loc", Answer::status(302).header("location", &format!("\\\\127.0.0.2:{port}\\loc")));
    site.set(
        "/alt",
        Answer::html("<p>words and words</p>")
            .header("alt-svc", &format!("h2=\"127.0.0.2:{port}\""))
            .header("link", &format!("<http://127.0.0.2:{port}/p.jpg>; rel=preload")),
    );
    let urls = ["/feed", "/moved", "/loc", "/alt"].map(|p| format!("\"{}\"", site.url(p))).join(",");
    let home = home_open_to(&site, &format!("urls = [{urls}]\nfollow = {{ pages = 200, depth = 2, match = \".\" }}"));
    let document = home.scan();
    let refused = document["problems"].as_array().unwrap().iter().filter(|p| p["kind"] == "private_network").count();
    assert!(refused > 50, "the addresses were seen: {refused}");
    assert!(site.paths().iter().any(|p| p.starts_with("/hop")), "redirects were tried");
    assert_eq!(victim.visits(), 0);
}

#[test]
fn a_name_that_leads_home_is_refused_when_it_resolves() {
    let (site, victim) = (Site::start(), Victim::start());
    let port = victim.port;
    let names = ["localhost", "LOCALHOST", "localhost.", "user:pw@localhost"];
    let pictures: String = names.iter().map(|n| format!("<img src=\"http://{n}:{port}/{}.jpg\">", n.len())).collect();
    site.page("/t", &pictures);
    let home = home_open_to(&site, "");
    // The site is asked by an address that localhost has not.
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap().replace("127.0.0.1/32", "127.0.0.9/32");
    home.private("monitor.toml", text.replace("http://127.0.0.1:", "http://127.0.0.9:"));
    let relay = TcpListener::bind(("127.0.0.9", site.address.port())).unwrap();
    let to = site.address;
    std::thread::spawn(move || {
        for stream in relay.incoming().flatten() {
            let Ok(other) = std::net::TcpStream::connect(to) else { return };
            let (mut a, mut b) = (stream.try_clone().unwrap(), other.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut a, &mut b));
            let (mut a, mut b) = (other, stream);
            std::thread::spawn(move || std::io::copy(&mut a, &mut b));
        }
    });
    let document = home.scan();
    let kinds: Vec<_> = document["problems"].as_array().unwrap().iter().map(|p| p["kind"].as_str().unwrap()).collect();
    // Not every resolver knows the name with a dot behind it.
    assert!(kinds.iter().filter(|k| **k == "private_network").count() >= 2, "{document:#}");
    assert!(kinds.iter().all(|k| ["private_network", "name_unknown"].contains(k)), "{document:#}");
    assert_eq!(victim.visits(), 0);
}

#[test]
fn a_page_makes_us_sign_in_nowhere() {
    let site = Site::start();
    let host = site.address;
    site.page("/t", &format!("<p>{LEGAL}</p><img src=\"http://admin:admin@{host}/login.jpg\"><img src=/hop.jpg><a href=\"http://root:toor@{host}/next\">x</a>"));
    site.set("/hop.jpg", Answer::redirect(&format!("http://admin:secret@{host}/end.jpg"))).page("/next", "words");
    let home = Home::new().watch("board", &site.url("/t"), "follow = { pages = 5, match = \".\" }");
    home.scan();
    let asked = site.asked();
    for path in ["/login.jpg", "/end.jpg", "/next"] {
        let one = asked.iter().find(|a| a.path == path).unwrap_or_else(|| panic!("{path} in {asked:?}"));
        assert!(one.headers.get("authorization").is_none(), "{path}");
    }
    // What the owner wrote herself is used, and goes on within the site.
    site.page("/own", "<p>words</p><img src=/inner.jpg>");
    let home = Home::new().watch("own", &format!("http://me:pass@{host}/own"), "");
    home.scan();
    let asked = site.asked();
    for path in ["/own", "/inner.jpg"] {
        assert!(asked.iter().find(|a| a.path == path).unwrap().headers.get("authorization").is_some(), "{path}");
    }
}

#[test]
fn ports_of_other_services_are_not_spoken_to() {
    let site = Site::start();
    // An address for documentation: nobody is there, and the port is refused before anybody is asked.
    site.page("/t", "<p>words</p><img src=\"http://example.invalid:25/a.jpg\"><img src=\"http://example.invalid:6379/b.jpg\">");
    let document = Home::new().watch("board", &site.url("/t"), "").scan();
    let kinds: Vec<_> = document["problems"].as_array().unwrap().iter().map(|p| p["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["address", "address"], "{document:#}");
}
