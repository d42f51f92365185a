//! Commands, help, exit statuses, init, add, check.

use std::io::Write;
use std::process::Stdio;

use crate::home::{Home, LEGAL, Run};
use crate::mailbox::Mailbox;
use crate::pictures::{jpeg, mirrored, paint, png, thumbnail};
use crate::site::Site;

#[test]
fn help_names_every_command_and_wrong_usage_ends_with_two() {
    let home = Home::new();
    let help = home.ok(&["--help"]);
    for command in ["init", "add", "scan", "run", "check", "audit", "findings", "doctor", "demo"] {
        assert!(help.out.contains(command), "{command}");
        assert!(home.ok(&[command, "--help"]).out.contains("Usage"));
    }
    assert!(!help.out.contains("look-child"));
    assert_eq!(home.run(&["scam"]).status, 2);
    assert_eq!(home.run(&["scan", "not-an-address"]).status, 2);
    assert_eq!(home.run(&["scan"]).status, 2, "nothing is watched yet");
    assert_eq!(home.run(&["findings", "show", "zzzz"]).status, 2);
    let none = Run::of(home.command(&["scan"]).env_remove("MONITOR_CONFIG").output().unwrap());
    assert_eq!(none.status, 2);
    assert!(none.err.contains("monitor init") && none.err.contains(".config/monitor/monitor.toml"), "{}", none.err);
}

#[test]
fn the_demo_shows_the_whole_job_and_leaves_nothing() {
    let home = Home::new();
    std::fs::create_dir(home.path("tmp")).unwrap();
    let run = Run::of(home.command(&["demo"]).env("TMPDIR", home.path("tmp")).env_remove("MONITOR_CONFIG").output().unwrap());
    assert_eq!(run.status, 0, "{}", run.err);
    for part in [
        "Subject: A note from home",
        "resized",
        "mirror",
        "Mira Sandoval",
        "the kettle is blue",
        "monitor init",
        "4 findings still stand, 0 are new; 0 pictures were fetched again; 1 mail",
    ] {
        assert!(run.out.contains(part), "{part} not in {}", run.out);
    }
    assert_eq!(std::fs::read_dir(home.path("tmp")).unwrap().count(), 0);
}

#[test]
fn init_asks_and_writes_a_private_file_that_works() {
    let home = Home::new();
    let answer = |answers: &str, arguments: &[&str]| {
        let mut child = home.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    };
    let answers = "fr\nsets\n\nMira Sandoval\n\nqui ?\nmoi\nNova Lark\n\n\n\n\nboard.example\nhttps://board.example/b/\n\ntor\nsmtp://127.0.0.1:25\nme@example.org\nhunter2\nla bouilloire est bleue\nn\n";
    let run = answer(answers, &["init", "--config", "new/monitor.toml"]);
    assert_eq!(run.status, 0, "{} {}", run.out, run.err);
    assert!(run.out.contains("store.key"));
    let text = std::fs::read_to_string(home.path("new/monitor.toml")).unwrap();
    assert!(text.contains("Mira Sandoval") && text.contains("socks5h") && !text.contains("hunter2"), "{text}");
    use std::os::unix::fs::PermissionsExt;
    for file in ["new/monitor.toml", "new/mail-password"] {
        assert_eq!(std::fs::metadata(home.path(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = answer(answers, &["init", "--config", "new/monitor.toml"]);
    assert_eq!(again.status, 2);
    assert!(again.err.contains("not touched"), "{}", again.err);
    let stranger = answer("en\n\nSome Body\n\nno\n", &["init", "--config", "other.toml"]);
    assert_eq!(stranger.status, 2);
    let half = answer("en\nsets\n\nMira Sandoval\n", &["init", "--config", "other.toml"]);
    assert_eq!(half.status, 2);
    assert!(half.err.contains("nothing was written"), "{}", half.err);
    assert!(!home.path("other.toml").exists());
    home.ok(&["init", "--defaults", "--config", "plain.toml"]);
    assert_eq!(home.run(&["findings", "--config", "plain.toml"]).status, 0);
}

#[test]
fn add_reads_only_what_is_new_and_never_forgets_by_itself() {
    let home = Home::new();
    let counts = |run: Run| {
        let json = run.json();
        ["added", "unchanged", "removed"].map(|k| json[k].as_u64().unwrap())
    };
    assert_eq!(counts(home.ok(&["add", "--json"])), [2, 0, 0]);
    assert_eq!(counts(home.ok(&["add", "--json"])), [0, 2, 0]);
    std::fs::write(home.path("sets/img_1.jpg"), jpeg(&paint(8), 80)).unwrap();
    std::fs::remove_file(home.path("sets/img_2.jpg")).unwrap();
    std::fs::write(home.path("sets/notes.txt"), "no picture").unwrap();
    assert_eq!(counts(home.ok(&["add", "--json"])), [1, 0, 0]);
    let check = |seed: u32| {
        std::fs::write(home.path("x.jpg"), thumbnail(seed)).unwrap();
        home.ok(&["check", "--json", "x.jpg"]).json()["results"][0]["matches"].as_array().unwrap().len()
    };
    assert_eq!([1, 2, 8].map(check), [0, 1, 1], "a changed file replaces its old picture; a vanished one is still known");
    assert_eq!(counts(home.ok(&["add", "--json", "--remove", "sets/img_2.jpg"])), [0, 0, 1]);
    assert_eq!(check(2), 0);
    home.ok(&["add", "--export", "prints", "--passphrase-file", "pass"]);
    let other = Home::new();
    std::fs::copy(home.path("prints"), other.path("prints")).unwrap();
    assert_eq!(counts(other.ok(&["add", "--json", "--import", "prints", "--passphrase-file", "pass"])), [1, 0, 0]);
    assert_eq!(counts(other.ok(&["add", "--json", "--import", "prints", "--passphrase-file", "pass"])), [0, 1, 0]);
    std::fs::write(other.path("x.jpg"), thumbnail(8)).unwrap();
    assert_eq!(other.ok(&["check", "--json", "x.jpg"]).json()["results"][0]["matches"].as_array().unwrap().len(), 1);
}

#[test]
fn check_tells_pictures_pages_text_and_addresses_in_order() {
    let site = Site::start();
    site.page("/p", &format!("<p>{LEGAL}</p><img src=/1.jpg>")).picture("/1.jpg", thumbnail(1));
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::create_dir(home.path("in")).unwrap();
    std::fs::write(home.path("in/a.jpg"), mirrored(1)).unwrap();
    std::fs::write(home.path("in/b.png"), png(&paint(50))).unwrap();
    std::fs::write(home.path("in/c.jpg"), b"not a picture").unwrap();
    std::fs::write(home.path("page.html"), format!("<p>by {LEGAL}</p>")).unwrap();
    let url = site.url("/p");
    let mut child = home
        .command(&["check", "--json", "in", "page.html", "-", &url, "missing.jpg"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("nova lark is mira sandoval".as_bytes()).unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.status, 3, "{}", run.err);
    assert!(run.err.contains("The site sees this machine's internet address"));
    let results = run.json()["results"].clone();
    let kinds: Vec<Vec<String>> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["matches"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap().to_string()).collect())
        .collect();
    assert_eq!(kinds[0], ["image"]);
    assert!(kinds[1].is_empty() && results[1]["error"].is_null());
    assert!(results[2]["error"].is_string() && results[6]["error"].is_string());
    assert_eq!(kinds[3], ["name"]);
    assert_eq!(kinds[4], ["name", "linked"]);
    assert_eq!(kinds[5], ["image", "name", "linked"]);
    assert_eq!(results[0]["matches"][0]["how"][0], "mirror");
    assert_eq!(home.run(&["check", "--exit-code", "in/a.jpg"]).status, 10);
    assert_eq!(home.run(&["check", "--exit-code", "in/b.png"]).status, 0);
    assert!(home.ok(&["findings", "--json"]).json()["findings"].as_array().unwrap().is_empty(), "check records nothing");
}

#[test]
fn scan_can_look_at_one_address_and_tell_by_its_exit_status() {
    let site = Site::start();
    site.page("/a", &format!("<p>{LEGAL}</p>")).page("/b", "<p>words</p>");
    let home = Home::new().watch("a", &site.url("/a"), "").watch("b", &site.url("/b"), "");
    assert_eq!(home.run(&["scan", "--exit-code", &site.url("/b")]).status, 0);
    assert_eq!(site.paths(), ["/b"]);
    assert_eq!(home.run(&["scan", "--exit-code"]).status, 10);
    assert_eq!(home.run(&["scan", "--exit-code"]).status, 0, "known findings are not new");
    let other = Site::start();
    other.page("/c", &format!("<p>{LEGAL}</p>"));
    let found = home.run(&["scan", "--json", &other.url("/c")]).json();
    assert_eq!(found["findings"][0]["page"], other.url("/c"));
}

#[test]
fn doctor_says_what_to_mend_and_tests_the_mail_server() {
    let mailbox = Mailbox::start();
    let home = Home::new();
    let checks = |home: &Home| {
        let run = home.run(&["doctor", "--json"]);
        (run.status, run.json()["checks"].as_array().unwrap().clone())
    };
    let (status, all) = checks(&home);
    assert_eq!(status, 3);
    for what in ["mail", "watches", "originals"] {
        assert!(all.iter().any(|c| c["what"] == what && c["ok"] == false && c["mend"].is_string()), "{what}: {all:?}");
    }
    let home = home.watch("b", "https://board.example/", "").mail(&mailbox, "");
    home.ok(&["add"]);
    let (status, all) = checks(&home);
    assert_eq!(status, 0, "{all:?}");
    assert!(!format!("{all:?}").contains(LEGAL));
    home.ok(&["doctor", "--send-test"]);
    assert!(mailbox.mails()[0].data.contains("This is a test"));
    for program in ["ffmpeg", "heif-convert", "tesseract", "chromium"] {
        assert!(all.iter().any(|c| c["what"] == program));
    }
}

#[test]
fn doctor_warns_of_entries_that_will_be_found_everywhere() {
    let person = |context: &str, more: &str| {
        format!("[me]\nlegal_names = [\"Mira Sandoval\", \"Ayesha Khan\", \"Мария Иванова\"]\ncontext = [{context}]\n{more}\n")
    };
    let told = |home: &Home, of: &[&str]| -> Vec<(bool, String, String)> {
        let all = home.run(&["doctor", "--json"]).json()["checks"].as_array().unwrap().clone();
        let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
        let of = |c: &&serde_json::Value| of.contains(&c["what"].as_str().unwrap());
        all.iter().filter(of).map(|c| (c["ok"].as_bool().unwrap(), text(&c["message"]), text(&c["mend"]))).collect()
    };
    let mailbox = Mailbox::start();
    let home = Home::new().watch("b", "https://board.example/", "").mail(&mailbox, "").person(&person("", ""));
    home.ok(&["add"]);
    let names = told(&home, &["names"]);
    assert_eq!(names.len(), 2, "{names:?}");
    for ((ok, message, mend), number) in names.iter().zip(["number 2", "number 3"]) {
        assert!(!ok && message.contains(number) && mend.contains("me.context") && mend.contains("middle name"), "{message} {mend}");
    }
    let run = home.ok(&["doctor"]);
    assert!(
        run.out.contains("note  names: legal name number 2") && !run.out.contains("Khan") && !run.out.contains("Иванова"),
        "{}",
        run.out
    );

    // With context nothing more is asked for; a word that is everywhere is none.
    let home = home.person(&person("\"photo\"", ""));
    assert!(told(&home, &["names"]).iter().all(|c| !c.0));
    assert!(told(&home, &["context"]).iter().any(|c| !c.0 && c.1.contains("number 1")));
    let home = home.person(&person("\"photo\", \"Lahore\"", ""));
    let names = told(&home, &["names"]);
    assert!(names.len() == 2 && names.iter().all(|c| c.0 && c.1.contains("context help") && c.2.is_empty()), "{names:?}");

    // What stands in the way of other entries; still no reason to fail.
    let more =
        "stage_names = [\"Siren\", \"Luna Velvet\", \"Mira\"]\nprivate = [\"kat9\", \"nova_lark_x\"]\nother_people = [\"Ayesha Khan\"]";
    let home = home.person(&person("\"Lahore\", \"Sandoval\"", more));
    let all = told(&home, &["names", "context"]);
    for message in [
        "stage name number 1 is an everyday word",
        "private entry number 1 is so short",
        "stage name number 3 is part of legal name number 1",
        "context entry number 2 is part of legal name number 1",
        "entry number 1 of other_people is your own legal name number 2",
    ] {
        assert!(all.iter().any(|c| !c.0 && c.1.contains(message) && !c.2.is_empty()), "{message}: {all:?}");
    }
    assert_eq!(all.iter().filter(|c| c.1.starts_with("stage name number 3")).count(), 1, "{all:?}");
    assert!(!all.iter().any(|c| c.1.contains("stage name number 2") || c.1.contains("private entry number 2")), "{all:?}");
    home.ok(&["doctor"]);

    let file = home.path("monitor.toml");
    std::fs::write(&file, format!("language = \"fr\"\n{}", std::fs::read_to_string(&file).unwrap())).unwrap();
    assert!(home.ok(&["doctor"]).out.contains("le nom de scène numéro 1 est un mot de tous les jours"));
}

#[test]
fn completions_and_manual_pages_come_from_the_same_source() {
    let home = Home::new();
    assert!(home.ok(&["completions", "bash"]).out.contains("findings"));
    home.ok(&["man", "man"]);
    assert!(home.path("man/monitor-scan.1").exists());
}

#[test]
fn french_is_spoken_throughout_the_reports() {
    let site = Site::start();
    site.page("/a", &format!("<p>{LEGAL}</p><img src=/gone.jpg>"));
    let home = Home::new().watch("a", &site.url("/a"), "");
    let file = home.path("monitor.toml");
    std::fs::write(&file, format!("language = \"fr\"\n{}", std::fs::read_to_string(&file).unwrap())).unwrap();
    let run = home.run(&["scan"]);
    assert!(
        run.out.contains("nom légal") && run.out.contains("a pu être regardée") && run.out.contains("n'est pas ou plus là"),
        "{}",
        run.out
    );
}

#[test]
fn bookmarks_become_a_watch_and_a_folder_too() {
    let home = crate::home::Home::new().watch("known", "https://known.example/", "");
    std::fs::write(
        home.path("marks.html"),
        "<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><H3>Boards</H3><DL><DT><A HREF=\"https://a.example/\">a</A><DT><A HREF=\"https://known.example/\">k</A></DL></DL>",
    )
    .unwrap();
    home.ok(&["watch", "import", "marks.html", "--folder", "boards", "--name", "my boards"]);
    let listed = home.ok(&["watch", "list", "--json"]).json();
    assert_eq!(listed["watches"][1]["name"], "my boards");
    assert_eq!(listed["watches"][1]["urls"].as_array().unwrap().len(), 1, "what is watched already is not watched twice: {listed}");
    assert_eq!(home.run(&["watch", "import", "marks.html", "--name", "again"]).status, 2, "nothing new");
    std::fs::create_dir(home.path("drop")).unwrap();
    home.ok(&["watch", "add", "drop", "--name", "drop box"]);
    let listed = home.ok(&["watch", "list", "--json"]).json();
    assert!(listed["watches"][2]["urls"][0]["url"].as_str().unwrap().ends_with("/drop"), "{listed}");
    home.ok(&["watch", "remove", "drop box"]);
}
