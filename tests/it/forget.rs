//! `forget`: everything that the program made goes, the key first; nothing else does.

use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use crate::home::{Home, Run, signal, until};
use crate::site::Site;

const SURE: [&str; 4] = ["forget", "--everything", "--yes-really", "--yes-really"];

/// Files and folders below a home, by name.
fn names(home: &Home) -> Vec<String> {
    let (mut all, mut folders) = (Vec::new(), vec![home.folder.path().to_path_buf()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap().flatten() {
            let path: PathBuf = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path.clone());
            }
            all.push(path.strip_prefix(home.folder.path()).unwrap().display().to_string());
        }
    }
    all.sort();
    all
}

fn used() -> Home {
    let home = Home::new();
    home.ok(&["add"]);
    home.private("lists.txt", "Mira Sandoval");
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private("monitor.toml", text.replace("[\"Mira Sandoval\"]", "{ file = \"lists.txt\" }"));
    home
}

fn backup(home: &Home, name: &str) {
    home.ok(&["backup", name, "--passphrase-file", "pass"]);
}

#[test]
fn everything_that_the_program_made_goes_and_nothing_else() {
    let home = used();
    backup(&home, "here.age");
    backup(&home, "moved.age");
    backup(&home, "other.age");
    std::fs::rename(home.path("moved.age"), home.path("elsewhere.age")).unwrap();
    std::fs::write(home.path("other.age"), "the owner's own file now").unwrap();
    home.ok(&["restore", "here.age", "--passphrase-file", "pass", "--force"]);
    std::fs::write(home.path("state/my notes"), "not the program's").unwrap();
    let before = names(&home);
    let listed = home.ok(&["forget"]);
    assert_eq!(names(&home), before, "without --everything nothing is changed");
    for name in ["store.key", "monitor.toml", "monitor.db", "before-restore", "here.age"] {
        assert!(listed.out.contains(name), "{name}: {}", listed.out);
    }
    let run = home.ok(&SURE);
    assert!(run.out.contains("cannot be read without it") && run.out.contains("still hold it"), "{}", run.out);
    let mut left =
        vec!["elsewhere.age", "lists.txt", "other.age", "pass", "sets", "sets/img_1.jpg", "sets/img_2.jpg", "state", "state/my notes"];
    left.sort_unstable();
    assert_eq!(names(&home), left, "{}", run.out);
    for told in ["moved.age", "other.age", "lists.txt", "sets", "journalctl", "mails that were sent", "SSD", "shell", "systemctl"] {
        assert!(run.out.contains(told), "{told}: {}", run.out);
    }
    assert!(home.ok(&SURE).out.contains("nothing to forget"));
}

#[test]
fn a_script_must_be_sure_twice_and_a_person_is_asked_twice() {
    let home = used();
    let kept = || names(&home).into_iter().filter(|n| !n.ends_with(".lock")).collect::<Vec<_>>();
    let before = kept();
    let denied = |run: Run| assert_eq!((run.status, kept()), (2, before.clone()), "{} {}", run.out, run.err);
    denied(home.run(&["forget", "--everything"]));
    denied(home.run(&["forget", "--everything", "--yes-really"]));
    denied(home.run(&["forget", "--yes-really", "--yes-really"]));
    let at_terminal = |answers: &str| {
        let command = format!("{} forget --everything", env!("CARGO_BIN_EXE_monitor"));
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).current_dir(home.folder.path());
        script.env("HOME", home.folder.path()).env("MONITOR_CONFIG", home.path("monitor.toml"));
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    };
    let refused = |run: Run| assert_eq!((run.status, kept()), (1, before.clone()), "{} {}", run.out, run.err);
    for answers in ["no\n", "\n", "yes\nyes\n", "yes\nforget\n", "forget everything\nyes\n"] {
        refused(at_terminal(answers));
    }
    let run = at_terminal("yes\nforget everything\n");
    assert_eq!(run.status, 0, "{}", run.out);
    assert!(!home.path("store.key").exists() && !home.path("monitor.toml").exists() && !home.path("state").exists(), "{}", run.out);
}

#[test]
fn it_works_with_a_broken_configuration_and_without_a_key_and_follows_no_link() {
    let home = used();
    // A folder can be read as little as a file of somebody else's.
    assert!(home.ok(&["forget", "--config", "sets"]).out.contains("cannot be read as a whole"));
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private("monitor.toml", format!("{text}\n[fetch]\nnonsense = = 3\n"));
    std::fs::remove_file(home.path("store.key")).unwrap();
    home.private("precious", "of the owner");
    std::os::unix::fs::symlink(home.path("precious"), home.path("state/monitor.db-link")).unwrap();
    std::os::unix::fs::symlink(home.path("precious"), home.path("store.key")).unwrap();
    std::os::unix::fs::symlink(home.path("sets"), home.path("restored")).unwrap();
    let run = home.run(&SURE);
    assert_eq!((run.status, run.out.contains("Could not be removed")), (1, true), "{} {}", run.out, run.err);
    assert!(!run.out.contains("cannot be read without it"), "there was no key to go: {}", run.out);
    assert!(run.out.contains("Which backups were written cannot be read"), "{}", run.out);
    assert!(!home.path("state").exists() && !home.path("monitor.toml").exists(), "{}", run.out);
    assert_eq!(std::fs::read_to_string(home.path("precious")).unwrap(), "of the owner");
    assert!(home.path("sets/img_1.jpg").exists());
}

#[test]
fn a_daemon_at_work_keeps_everything() {
    let site = Site::start();
    site.page("/t", "<p>words</p>");
    let home = Home::new().watch("b", &site.url("/t"), "every = \"1s\"");
    let mut daemon = home.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("a pass", || !site.paths().is_empty());
    let run = home.run(&SURE);
    assert_eq!((run.status, run.err.contains("is at work")), (1, true), "{}", run.err);
    assert!(home.path("store.key").exists() && home.path("monitor.toml").exists() && home.path("state/monitor.db").exists());
    signal(&daemon, "-TERM");
    daemon.wait().unwrap();
    home.ok(&SURE);
}

#[test]
fn killed_in_the_middle_it_leaves_nothing_that_can_be_read() {
    let home = used();
    backup(&home, "b.age");
    let copies = 600;
    for n in 0..copies {
        std::fs::write(home.path(&format!("state/monitor.db.before-restore-{n}")), "x").unwrap();
    }
    let count = || {
        std::fs::read_dir(home.path("state"))
            .map_or(0, |all| all.flatten().filter(|e| e.file_name().to_string_lossy().contains("before")).count())
    };
    let mut child = home.command(&SURE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // As soon as anything is gone, the key must be.
    while home.path("store.key").exists() && home.path("monitor.toml").exists() && home.path("b.age").exists() && count() == copies {}
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!home.path("store.key").exists(), "the key goes first");
    // Whatever the moment, a second run finishes.
    home.run(&SURE);
    assert!(!home.path("state").exists() && !home.path("monitor.toml").exists(), "{:?}", names(&home));
}

#[test]
fn once_the_store_begins_to_go_no_name_stands_in_the_configuration() {
    let home = Home::new();
    home.ok(&["add"]);
    for n in 0..600 {
        std::fs::write(home.path(&format!("state/monitor.db.before-restore-{n}")), "x").unwrap();
    }
    let first = home.path("state/monitor.db");
    let mut child = home.command(&SURE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while first.exists() {}
    child.kill().unwrap();
    child.wait().unwrap();
    let left = std::fs::read_to_string(home.path("monitor.toml")).unwrap_or_default();
    assert!(!left.contains("Mira"), "{left}");
    assert!(!home.path("store.key").exists());
    home.run(&SURE);
    assert!(!home.path("state").exists(), "what was left of the configuration led there");
}
