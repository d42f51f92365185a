//! Names, numbers and stage names never appear where somebody else could read them: logs, faults, process lists, requests,
//! what leaves at all.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use crate::home::{Home, LEGAL, NUMBER, Run, STAGE, signal, until};
use crate::mailbox::Mailbox;
use crate::pictures::thumbnail;
use crate::site::{Answer, Asked, Site};

const WORDS: [&str; 8] = ["mira", "sandoval", "nova lark", "novalark", "nova-lark", "nova+lark", "1234567", "123 4567"];

fn quiet(what: &str, text: &str) {
    let lower = text.to_lowercase();
    for word in WORDS {
        assert!(!lower.contains(word), "{what} tells {word}: {text}");
    }
}

/// A page full of names in every place, whose pictures and links lead to another site too.
fn loud(site: &Site, other: &Site) {
    let away = format!("http://localhost:{}", other.address.port());
    site.set(
        "/t",
        Answer::html(format!(
            "<title>{LEGAL} is {STAGE}</title><p>{LEGAL}, {STAGE}, {NUMBER}, Lahore</p><img alt=\"{LEGAL}\" src=\"/mira-sandoval.jpg\"><img src=/hop.jpg>\
             <img src=\"{away}/mira-sandoval.jpg\"><img src=\"{away}/p.jpg?n=Mira%20Sandoval\"><img src=\"{away}/bWlyYSBzYW5kb3ZhbA.jpg\">\
             <img src=\"{away}/nova-lark/1.jpg\"><img src=\"{away}/923001234567.jpg\"><img src=\"{away}/plain.jpg\"><img src=/refused.jpg>\
             <a href=\"{away}/?q=Nova+Lark\">x</a><a href=\"/error/mira-sandoval\">x</a><a href=\"/p\\x1b[31m\">y</a><a href=\"/hop\">z</a>"
        ))
        .header("x-name", "Mira Sandoval"),
    );
    site.picture("/mira-sandoval.jpg", thumbnail(1)).set("/hop.jpg", Answer::redirect(&format!("{away}/mira_sandoval.jpg")));
    site.set("/hop", Answer::redirect(&format!("{away}/?name=sandoval,mira")));
    site.set("/refused.jpg", Answer::status(403));
    site.set("/error/mira-sandoval", Answer { status: 500, ..Answer::html(format!("<h1>no {LEGAL} here, {NUMBER}</h1>")) });
    other.picture("/plain.jpg", thumbnail(6));
}

fn headers(asked: &Asked) -> String {
    asked.headers.iter().map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))).collect()
}

/// A mail server that refuses everybody, and repeats whom and what.
fn gossip() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"220 mail.test ESMTP\r\n");
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while let Some(Ok(line)) = lines.next() {
                let refused = format!("550 5.7.1 {LEGAL} alias {STAGE} with {NUMBER} does not live here\r\n");
                let answer = if line.starts_with("RCPT") { refused.as_str() } else { "250 OK\r\n" };
                if stream.write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    url
}

#[test]
fn no_verbosity_of_no_command_tells_a_name_and_no_request_carries_one_away() {
    let (site, other, mailbox) = (Site::start(), Site::start(), Mailbox::start());
    loud(&site, &other);
    for level in [None, Some("-q"), Some("-v"), Some("-vv")] {
        let servers = if level.is_none_or(|l| l == "-vv") { vec![mailbox.url(), gossip()] } else { vec![mailbox.url()] };
        for server in servers {
            let home =
                Home::new().watch("board", &site.url("/t"), "follow = { pages = 20, depth = 2, match = \".\" }").mail_to(&server, "");
            let run = |arguments: &[&str]| {
                let mut all = arguments.to_vec();
                all.extend(level);
                let output = home.command(&all).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1").output().unwrap();
                let run = Run::of(output);
                quiet(&format!("{all:?}"), &run.err);
                run
            };
            run(&["add"]);
            run(&["scan"]);
            run(&["check", "sets/img_1.jpg", &site.url("/t")]);
            quiet("doctor", &run(&["doctor", "--send-test"]).out);
            run(&["findings"]);
        }
    }
    let asked = other.asked();
    assert!(asked.iter().any(|a| a.path == "/plain.jpg"), "the other site was asked for what holds no name");
    for one in asked {
        quiet("another site's address", &one.path);
        assert!(!one.path.contains("92300"), "{}", one.path);
        quiet("another site's headers", &headers(&one));
    }
    let asked = site.asked();
    assert!(asked.iter().any(|a| a.path == "/mira-sandoval.jpg"));
    asked.iter().for_each(|one| quiet("headers", &headers(one)));
    assert!(!mailbox.mails().is_empty());
    for mail in mailbox.mails() {
        quiet("a mail", &mail.data);
        quiet("an envelope", &format!("{} {}", mail.from, mail.to.concat()));
    }
}

#[test]
fn a_broken_configuration_repeats_nothing_of_the_person() {
    let home = Home::new();
    let me = |text: &str| format!("[me]\n{text}\n");
    for broken in [
        me("legal_names = [\"Mira Sandoval\""),
        me("legal_names = [\"Mira Sandoval]"),
        me("legal_names = [Mira Sandoval]"),
        me("legal_names = \"Mira Sandoval\""),
        me("legal_names = [\"Mira Sandoval\", 3]"),
        me("legal_names = Mira Sandoval"),
        me("legal_names = [\"Mira\\qSandoval\"]"),
        me("legal_names: [\"Mira Sandoval\"]"),
        me("legal_names = [\"Mira Sandoval\"] \"Nova Lark\""),
        me("legal_names = [\"Mira Sandoval\"]\nlegal_names = [\"Nova Lark\"]"),
        me("\"Mira Sandoval\" = true"),
        me("Mira = \"Sandoval\""),
        me("Mira.Sandoval = 1"),
        me("private = +92 300 1234567"),
        me("private = [+92 300 1234567]"),
        me("private = [[\"+92 300 1234567\"]]"),
        me("stage_names = { file = \"Nova Lark\", x = 1 }"),
        me("own_pages = [\"nova-lark.example\"]"),
        me("own_pages = [\"ftp://nova-lark.example\"]"),
        me("legal_names = '''Mira Sandoval"),
        "me = \"Mira Sandoval\"\n".into(),
        "[[me]]\nlegal_names = [\"Mira Sandoval\"]\n".into(),
        format!("{}[[watch]]\nurl = \"mira-sandoval.example\"\n", me("")),
        format!("{0}{0}", "[[watch]]\nurl = \"http://nova-lark.example/\"\n"),
    ] {
        home.private("monitor.toml", format!("state_dir = \"state\"\n{broken}"));
        for command in [["doctor", "-vv"], ["scan", "-vv"]] {
            let run = Run::of(home.command(&command).env("RUST_LOG", "trace").output().unwrap());
            assert_eq!(run.status, 2, "{broken}: {} {}", run.out, run.err);
            quiet(&broken, &format!("{}{}", run.out, run.err));
        }
    }
}

/// A process and all below it.
fn family(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = tasks.filter_map(|t| std::fs::read_to_string(t.path().join("children")).ok()).collect::<String>();
    let below = children.split_whitespace().filter_map(|n| n.parse().ok()).flat_map(family);
    std::iter::once(pid).chain(below).collect()
}

#[test]
fn the_process_list_tells_no_name_and_no_core_is_written() {
    let site = Site::start();
    site.page("/t", &format!("<p>{LEGAL} {STAGE} {NUMBER}</p><img src=/1.jpg><img src=/2.jpg>"));
    site.picture("/1.jpg", thumbnail(1)).set("/2.jpg", Answer::picture(thumbnail(2)).wait(std::time::Duration::from_secs(3)));
    let home = Home::new().watch("Mira Sandoval", &site.url("/t"), "every = \"1s\"");
    home.ok(&["add"]);
    let log = home.path("log");
    let mut daemon = home
        .command(&["run", "-vv"])
        .env("RUST_LOG", "trace")
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    until("a decoder", || {
        let all = family(daemon.id());
        for pid in &all {
            for file in ["cmdline", "comm", "environ"] {
                let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
                seen.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
            }
            let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
            if let Some(line) = limits.lines().find(|l| l.starts_with("Max core file size")) {
                // A process that is just being born has not set it yet.
                if all.len() > 1 && *pid == daemon.id() {
                    assert_eq!(line.split_whitespace().nth(4), Some("0"), "{line}");
                }
            }
        }
        all.len() > 1
    });
    for text in seen.lock().unwrap().iter() {
        quiet("the process list", text);
    }
    until("a log", || std::fs::read_to_string(&log).is_ok_and(|l| l.contains("page ")));
    signal(&daemon, "-TERM");
    daemon.wait().unwrap();
    quiet("the log", &std::fs::read_to_string(&log).unwrap());
    let checks = home.run(&["doctor", "--json"]).json();
    let core = checks["checks"].as_array().unwrap().iter().find(|c| c["what"] == "core dumps").unwrap().clone();
    assert_eq!(core["ok"], true, "{core}");
}

#[test]
fn a_panic_tells_its_place_alone() {
    let home = Home::new();
    // The crate that writes completions panics where it cannot write, with the system's words in its message.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = home.command(&["completions", "bash"]).env("RUST_BACKTRACE", "full").stdout(full).output().unwrap();
    let run = Run::of(output);
    assert!(run.err.contains("the program failed at") && run.err.contains(".rs:"), "{}", run.err);
    for part in ["No space", "panicked", "stack backtrace", "failed to write"] {
        assert!(!run.err.contains(part), "{part}: {}", run.err);
    }
}

#[test]
fn egress_shows_what_left_byte_for_byte_and_that_no_entry_did() {
    let (site, other, mailbox) = (Site::start(), Site::start(), Mailbox::start());
    loud(&site, &other);
    let home = Home::new().watch("board", &site.url("/t"), "follow = { pages = 20, depth = 2, match = \".\" }").mail(&mailbox, "");
    home.ok(&["add"]);
    let run = home.run(&["doctor", "--egress", "--json"]);
    let document = run.json();
    // Some of the loud site's pages cannot be looked at: that is told, beside what left.
    let checks: Vec<_> = document["checks"].as_array().unwrap().iter().map(|c| (c["what"].as_str().unwrap(), c["ok"] == true)).collect();
    assert_eq!((run.status, checks), (3, vec![("egress", true), ("pages", false)]), "{document:#}");
    quiet("egress", &run.out);
    quiet("egress", &run.err);
    let came: Vec<Asked> = site.asked().into_iter().chain(other.asked()).collect();
    assert_eq!(document["requests"], came.len(), "every request that came was seen to leave: {document:#}");
    assert_eq!(document["unexplained"], 0);
    let place = |host: &str| document["destinations"].as_array().unwrap().iter().find(|d| d["host"] == host).cloned().unwrap_or_default();
    let (here, away) = (place("127.0.0.1"), place("localhost"));
    assert_eq!(here["kinds"]["mail"], 1);
    assert!(
        here["kinds"]["page"].as_u64() > Some(0)
            && here["kinds"]["picture"].as_u64() > Some(0)
            && away["kinds"]["name look-up"].as_u64() > Some(0)
    );
    // Of the headers that came, each was shown, and none more.
    let port = other.address.port().to_string();
    let at_other: Vec<_> = came.iter().filter(|a| a.headers["host"].to_str().unwrap().ends_with(&port)).collect();
    let mut names: Vec<String> = at_other.iter().flat_map(|a| a.headers.keys().map(|k| k.as_str().to_string())).collect();
    names.sort();
    names.dedup();
    assert_eq!(away["headers"], serde_json::json!(names));
    let bytes: usize = at_other
        .iter()
        .map(|a| {
            format!("GET {} HTTP/1.1\r\n", a.path).len() + a.headers.iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum::<usize>() + 2
        })
        .sum();
    assert_eq!(away["bytes"], bytes, "byte for byte");
    let found = document["found"].as_array().unwrap();
    assert!(
        found.iter().any(|f| f["entry"] == "me.legal_names" && f["number"] == 1 && f["why"] == "written by the site itself"),
        "{document:#}"
    );
    assert!(found.iter().all(|f| f["allowed"] == true));
    let text = home.run(&["doctor", "--egress"]);
    assert_eq!((text.status, text.out.contains("None left where it must not")), (3, true), "{} {}", text.out, text.err);
    quiet("egress", &format!("{}{}", text.out, text.err));
}

#[test]
fn egress_ends_with_three_where_an_entry_left() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.page("/t", "<p>words</p>");
    // A user agent is the owner's own doing, and the one header that she can write a name into.
    let agent = "user_agent = \"Mozilla/5.0 bWlyYSBzYW5kb3ZhbA==\"";
    let home = Home::new().watch("board", &site.url("/t"), "").mail(&mailbox, "").fetch(agent);
    let run = home.run(&["doctor", "--egress", "--json"]);
    assert_eq!(run.status, 3, "{} {}", run.out, run.err);
    let document = run.json();
    let found = &document["found"][0];
    assert_eq!(
        (&found["entry"], &found["part"], &found["allowed"]),
        (&"me.legal_names".into(), &"user-agent".into(), &false.into()),
        "{document:#}"
    );
    assert_eq!(document["checks"][0]["ok"], false);
}

#[test]
fn egress_does_not_call_what_it_could_not_see_well() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    site.page("/t", "<p>words</p>");
    // Port 9 of this machine: nobody is there.
    let home = Home::new().watch("board", &site.url("/t"), "").watch("away", "http://127.0.0.1:9/t", "").mail(&mailbox, "");
    let run = home.run(&["doctor", "--egress", "--json"]);
    let document = run.json();
    let bad: Vec<_> = document["checks"].as_array().unwrap().iter().filter(|c| c["ok"] == false).map(|c| &c["what"]).collect();
    assert_eq!((run.status, bad), (3, vec![&"pages".into()]), "{document:#}");
    let alone = Home::new().watch("away", "http://127.0.0.1:9/t", "");
    let text = alone.run(&["doctor", "--egress"]);
    assert_eq!(text.status, 3, "{}", text.out);
    assert!(text.out.contains("no request left") && text.out.contains("note  no mail is configured"), "{}", text.out);
}
