//! Somebody with the owner's login: what makes less be told is told itself, to the address of before too.

use std::process::Stdio;

use crate::home::{Home, LEGAL, STAGE, signal, until};
use crate::mailbox::{Mail, Mailbox};
use crate::site::Site;

fn edit(home: &Home, from: &str, to: &str) {
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    home.private("monitor.toml", text.replacen(from, to, 1));
}

fn notes(mailbox: &Mailbox) -> Vec<Mail> {
    mailbox.mails().into_iter().filter(|m| m.data.contains("Settings or entries of the program")).collect()
}

fn receivers(mailbox: &Mailbox) -> Vec<String> {
    notes(mailbox).into_iter().map(|m| m.to.concat()).collect()
}

fn quiet_home(site: &Site, mailbox: &Mailbox) -> Home {
    site.page("/one", "<p>words</p>").page("/two", "<p>words</p>");
    let urls = format!("urls = [\"{}\"]", site.url("/two"));
    Home::new().watch("secret board", &site.url("/one"), &urls).mail(mailbox, "")
}

#[test]
fn a_changed_recipient_is_told_to_the_old_and_the_new_address_once() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = quiet_home(&site, &mailbox);
    home.ok(&["scan"]);
    home.ok(&["scan"]);
    assert!(mailbox.mails().is_empty(), "a first set-up is no change");
    edit(&home, "me@example.org", "thief@example.net");
    edit(&home, "the kettle is blue", "the kettle is red");
    home.ok(&["scan"]);
    home.ok(&["scan"]);
    let mut to = receivers(&mailbox);
    to.sort();
    assert_eq!(to.len(), 2, "{to:?}");
    assert!(to[0].contains("me@example.org") && to[1].contains("thief@example.net"), "{to:?}");
    for note in notes(&mailbox) {
        assert_eq!(note.header("Subject"), Some("A note from home"));
        // Each reads the sentence that they know.
        let phrase = if note.to.concat().contains("me@") { "the kettle is blue" } else { "the kettle is red" };
        assert!(note.data.contains(phrase), "{}", note.data);
        // Whoever was added may be the thief.
        let advised = note.data.contains("monitor doctor") && note.data.contains("monitor findings");
        assert_eq!((advised, note.data.contains("also told")), (phrase.ends_with("blue"), phrase.ends_with("blue")), "{}", note.data);
        for word in ["secret board", "127.0.0.1", "thief", "Mira", "Nova", "picture", "legal", "watch", "recipient", "http"] {
            let body = note.data.split_once("\n\n").unwrap().1;
            assert!(!body.contains(word), "{word} in {body}");
        }
    }
}

#[test]
fn the_old_address_gets_its_note_although_others_follow_and_the_server_is_down() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = quiet_home(&site, &mailbox);
    home.ok(&["scan"]);
    mailbox.refuse(1000);
    edit(&home, "me@example.org", "second@example.org");
    home.run(&["scan"]);
    edit(&home, "second@example.org", "third@example.org");
    home.run(&["scan"]);
    mailbox.refuse(0);
    home.ok(&["scan"]);
    let to = receivers(&mailbox).concat();
    assert_eq!(to.matches("me@example.org").count(), 1, "{to}");
    assert_eq!(to.matches("third@example.org").count(), 1, "{to}");
    // Of the first change as a new recipient, of the second as the one who was.
    assert_eq!(to.matches("second@example.org").count(), 2, "{to}");
}

#[test]
fn whatever_makes_less_be_told_is_told_and_what_adds_is_not() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = quiet_home(&site, &mailbox);
    home.ok(&["add"]);
    home.ok(&["scan"]);
    let two = format!("urls = [\"{}\"]", site.url("/two"));
    let mut told = 0;
    let mut now = |what: &str, changes: bool| {
        assert!([0, 3].contains(&home.run(&["scan"]).status), "{what}");
        told += usize::from(changes);
        assert_eq!(notes(&mailbox).len(), told, "{what}");
    };
    edit(&home, "[me]", "[me]\n# a remark");
    now("nothing", false);
    edit(&home, &format!("[\"{LEGAL}\"]"), &format!("[\"{LEGAL}\", \"Mira Other\"]"));
    now("one name more", false);
    edit(&home, ", \"Mira Other\"", "");
    now("a name less", true);
    edit(&home, &format!("[\"{STAGE}\"]"), "[\"Nobody Else\"]");
    now("another stage name", true);
    edit(&home, "context =", "other_people = [\"Dr Mira Sandoval\"]\ncontext =");
    now("somebody excused", true);
    edit(&home, &two, "");
    now("a page less", true);
    edit(&home, "name = \"secret board\"", "name = \"renamed\"\nevery = \"1h\"");
    now("another name, and rarer looks no", false);
    edit(&home, "every = \"1h\"", "every = \"300d\"");
    now("hardly ever a look", true);
    edit(&home, "every = \"300d\"", "cron = \"0 8 * * *\"");
    now("more often", false);
    edit(&home, "cron = \"0 8 * * *\"", "cron = \"0 8 1 1 *\"");
    now("once a year", true);
    edit(&home, "phrase =", "discreet = false\nphrase =");
    now("open mails", true);
    edit(&home, "discreet = false", "discreet = true");
    now("discreet again", false);
    edit(&home, "[alert.email]", "[alert]\nsilence = \"1d\"\n[alert.email]");
    now("told sooner", false);
    edit(&home, "silence = \"1d\"", "silence = \"60d\"");
    now("silence for two months", true);
    edit(&home, "silence = \"60d\"", "silence = \"60d\"\nalive = \"never\"");
    now("no sign of life", true);
    edit(&home, "to = [\"me@example.org\"]", "to = [\"Me Myself <ME@example.org>\", \"friend@example.org\"]");
    now("one more recipient", false);
    std::fs::remove_file(home.path("sets/img_1.jpg")).unwrap();
    home.ok(&["add"]);
    now("a file that is away stays an original", false);
    home.ok(&["add", "--remove", "sets/img_2.jpg"]);
    // There are two recipients by now.
    home.ok(&["scan"]);
    assert_eq!(notes(&mailbox).len(), told + 2, "an original less");
}

#[test]
fn many_dismissals_are_told_and_a_few_are_not() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let urls: Vec<String> = (0..4).map(|n| format!("\"{}\"", site.url(&format!("/t/{n}")))).collect();
    for n in 0..4 {
        site.page(&format!("/t/{n}"), &format!("<p>{STAGE} is {LEGAL}</p>"));
    }
    let home = Home::new().watch("b", &site.url("/t/0"), &format!("urls = [{}]", urls.join(","))).mail(&mailbox, "");
    let ids = crate::home::ids(&home.scan());
    assert_eq!(ids.len(), 8);
    let dismiss = |ids: &[String]| {
        let mut arguments = vec!["findings", "dismiss"];
        arguments.extend(ids.iter().map(String::as_str));
        arguments.extend(["--as", "known"]);
        home.ok(&arguments);
        home.ok(&["scan"]);
    };
    dismiss(&ids[..2]);
    dismiss(&ids[2..4]);
    assert!(notes(&mailbox).is_empty());
    dismiss(&ids[4..5]);
    assert_eq!(notes(&mailbox).len(), 1, "five within an hour");
    dismiss(&ids[5..6]);
    assert_eq!(notes(&mailbox).len(), 1, "one note, not one each");
    dismiss(&ids[6..]);
    assert_eq!(notes(&mailbox).len(), 2, "none is left");
}

#[test]
fn without_mail_or_with_another_server_the_note_goes_through_the_one_of_before() {
    let (site, mailbox, other) = (Site::start(), Mailbox::start(), Mailbox::start());
    let home = quiet_home(&site, &mailbox);
    home.ok(&["scan"]);
    edit(&home, &mailbox.url(), &other.url());
    home.ok(&["scan"]);
    assert_eq!((notes(&mailbox).len(), notes(&other).len()), (1, 0));
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private("monitor.toml", text.split("[alert.email]").next().unwrap());
    home.ok(&["scan"]);
    assert_eq!((notes(&mailbox).len(), notes(&other).len()), (1, 1));
    home.ok(&["scan"]);
    assert_eq!((notes(&mailbox).len(), notes(&other).len()), (1, 1));
}

#[test]
fn the_daemon_tells_when_it_takes_a_new_configuration() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = quiet_home(&site, &mailbox);
    let mut daemon = home.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the first page", || site.paths().contains(&"/one".to_string()));
    edit(&home, "me@example.org", "thief@example.net");
    signal(&daemon, "-HUP");
    until("both notes", || receivers(&mailbox).len() == 2);
    assert!(receivers(&mailbox).concat().contains("me@example.org"));
    // And without a mail server: only the one of before is left.
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private("monitor.toml", text.split("[alert.email]").next().unwrap());
    signal(&daemon, "-HUP");
    until("a third note", || receivers(&mailbox).len() == 3);
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
}
