//! Delivery: at least once whatever happens, once while nothing dies, encrypted.

use std::time::Duration;

use crate::home::{Home, LEGAL, STAGE};
use crate::mailbox::{Mailbox, Tls};
use crate::site::{Answer, Site};

fn board() -> Site {
    let site = Site::start();
    site.page("/t", &format!("<p>{STAGE} is {LEGAL}</p>"));
    site
}

#[test]
fn a_refused_mail_stays_and_is_delivered_by_the_next_pass() {
    let (site, mailbox) = (board(), Mailbox::start());
    let home = Home::new().watch("b", &site.url("/t"), "").mail(&mailbox, "");
    mailbox.refuse(1);
    let run = home.ok(&["scan"]);
    assert!(run.err.contains("refused") && run.err.contains("none is given up"), "{}", run.err);
    assert!(mailbox.mails().is_empty());
    home.ok(&["scan"]);
    assert_eq!(mailbox.mails().len(), 1);
    home.ok(&["scan"]);
    assert_eq!(mailbox.mails().len(), 1);
}

#[test]
fn an_unreachable_server_or_a_wrong_password_loses_nothing() {
    let site = board();
    let mailbox = Mailbox::with(Tls::Offered, Some("right"));
    let home = Home::new().watch("b", &site.url("/t"), "").mail_to("smtp://127.0.0.1:9", "");
    let run = home.ok(&["scan"]);
    assert!(run.err.contains("cannot be reached"), "{}", run.err);
    let login = format!("smtp://me@{}", mailbox.address);
    let home = home.mail_to(&login, "password = \"wrong\"");
    let run = home.ok(&["scan"]);
    assert!(run.err.contains("did not accept user and password") && run.err.contains("app password"), "{}", run.err);
    let home = home.mail_to(&login, "password = \"right\"");
    home.ok(&["scan"]);
    // Beside it a note that the mail server was changed.
    let findings = mailbox.mails().iter().filter(|m| m.data.contains("to read.")).count();
    assert_eq!(findings, 1, "the finding is told once somebody listens");
}

#[test]
fn nothing_is_sent_in_the_clear_to_another_machine() {
    // The machine's own outward address is not loopback: STARTTLS must succeed there.
    let Some(ip) = outward_address() else { return };
    let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let told = std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 plain.test ESMTP\r\n").unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
            stream.write_all(b"250 OK\r\n").unwrap();
            lines.push(line);
        }
        lines
    });
    let site = board();
    let home = Home::new().watch("b", &site.url("/t"), "").mail_to(&format!("smtp://{address}"), "");
    let run = home.ok(&["scan"]);
    assert!(run.err.contains("Nothing was sent in the clear"), "{}", run.err);
    assert!(!told.join().unwrap().iter().any(|l| l.to_uppercase().starts_with("MAIL")));
}

fn outward_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // No packet is sent: connecting a datagram socket only picks the route.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

#[test]
fn several_recipients_get_a_mail_each() {
    let (site, mailbox) = (board(), Mailbox::start());
    let home = Home::new().watch("b", &site.url("/t"), "").mail(&mailbox, "");
    let file = home.path("monitor.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("[\"me@example.org\"]", "[\"me@example.org\", \"friend@example.org\"]");
    std::fs::write(&file, text).unwrap();
    home.ok(&["scan"]);
    let to: Vec<_> = mailbox.mails().into_iter().map(|m| m.to.concat()).collect();
    assert_eq!(to.len(), 2);
    assert!(to.concat().contains("friend@example.org"));
}

#[test]
fn an_open_mail_tells_page_and_file_but_makes_no_link() {
    let (site, mailbox) = (board(), Mailbox::start());
    site.page("/t", &format!("<p>{STAGE} is {LEGAL}</p><img src=/1.jpg>")).picture("/1.jpg", crate::pictures::thumbnail(1));
    let home = Home::new().watch("b", &site.url("/t"), "").mail(&mailbox, "discreet = false");
    home.ok(&["add"]);
    home.ok(&["scan"]);
    let data = mailbox.mails().remove(0).data;
    assert!(data.contains("127[.]0[.]0[.]1") && data.contains("img_1.jpg") && data.contains("text/html"), "{data}");
    assert!(!data.contains("http://") && !data.contains("Mira") && !data.contains("Nova"), "{data}");
}

#[test]
fn silence_and_return_are_told_once_each_and_a_sign_of_life_comes() {
    let (site, mailbox) = (board(), Mailbox::start());
    site.set("/t", Answer::status(503));
    let home = Home::new().watch("b", &site.url("/t"), "").mail(&mailbox, "");
    let file = home.path("monitor.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n[alert]\nsilence = \"1s\"\nalive = \"4s\"\n")).unwrap();
    let scan = || assert!([0, 3].contains(&home.run(&["scan"]).status));
    scan();
    std::thread::sleep(Duration::from_millis(1100));
    scan();
    scan();
    let told = |part: &str| mailbox.mails().iter().filter(|m| m.data.contains(part)).count();
    assert_eq!(told("could not be looked at since"), 1);
    site.page("/t", "<p>words</p>");
    scan();
    scan();
    assert_eq!(told("can be looked at again"), 1);
    std::thread::sleep(Duration::from_millis(3000));
    scan();
    assert_eq!(told("sign of life"), 1);
    assert!(mailbox.mails().iter().all(|m| m.header("Subject") == Some("A note from home")));
}
