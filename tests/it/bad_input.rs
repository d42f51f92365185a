//! Each bad input gets a clear error that says what to do, and nothing recorded is lost.

use std::os::unix::fs::PermissionsExt;

use crate::home::{Home, LEGAL, Run};
use crate::pictures::{jpeg, paint, thumbnail};
use crate::site::Site;

fn recorded(home: &Home) -> usize {
    home.ok(&["findings", "--json"]).json()["findings"].as_array().unwrap().len()
}

fn home_with_a_finding(site: &Site) -> Home {
    site.page("/t", &format!("<p>{LEGAL}</p>"));
    let home = Home::new().watch("b", &site.url("/t"), "");
    home.ok(&["add"]);
    home.scan();
    assert_eq!(recorded(&home), 1);
    home
}

#[test]
fn a_wrong_configuration_names_file_line_key_and_what_would_be_right() {
    let home = Home::new().fetch("retires = 3");
    let run = home.run(&["scan"]);
    assert_eq!(run.status, 2);
    assert!(
        run.err.contains("monitor.toml:") && run.err.contains("fetch.retires") && run.err.contains("did you mean \"retries\""),
        "{}",
        run.err
    );
}

#[test]
fn a_missing_or_empty_folder_removes_nothing() {
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::rename(home.path("sets"), home.path("unplugged")).unwrap();
    let run = home.run(&["add"]);
    assert_eq!(run.status, 1);
    assert!(run.err.contains("Is its disk there?") && run.err.contains("Nothing was removed"), "{}", run.err);
    std::fs::create_dir(home.path("sets")).unwrap();
    assert_eq!(home.run(&["add"]).status, 1);
    std::fs::write(home.path("x.jpg"), thumbnail(1)).unwrap();
    assert_eq!(home.run(&["check", "--exit-code", "x.jpg"]).status, 10, "the originals are still known");
}

#[test]
fn an_unreadable_picture_is_told_and_the_others_are_added() {
    let home = Home::new();
    std::fs::write(home.path("sets/cut.jpg"), &jpeg(&paint(3), 90)[..400]).unwrap();
    std::fs::write(home.path("sets/lie.png"), "this is text").unwrap();
    let run = home.run(&["add", "--json"]);
    assert_eq!(run.status, 3);
    let json = run.json();
    assert_eq!((&json["added"], json["failed"].as_array().unwrap().len()), (&2.into(), 2), "{json}");
}

#[test]
fn a_lost_a_foreign_or_a_broken_key_changes_nothing() {
    let site = Site::start();
    let home = home_with_a_finding(&site);
    let key = std::fs::read_to_string(home.path("store.key")).unwrap();
    let store = std::fs::read(home.path("state/monitor.db")).unwrap();
    for (text, word) in [(None, "is missing"), (Some("f".repeat(64)), "another key"), (Some("hello".into()), "64 hexadecimal")] {
        match &text {
            None => std::fs::remove_file(home.path("store.key")).unwrap(),
            Some(text) => std::fs::write(home.path("store.key"), text).unwrap(),
        }
        for command in [["findings"], ["scan"]] {
            let run = home.run(&command);
            assert_eq!(run.status, 1);
            assert!(run.err.contains(word) && run.err.contains("back"), "{}", run.err);
        }
        assert_eq!(std::fs::read(home.path("state/monitor.db")).unwrap(), store);
    }
    std::fs::write(home.path("store.key"), key).unwrap();
    assert_eq!(recorded(&home), 1);
}

#[test]
fn a_missing_store_is_not_replaced_by_an_empty_one() {
    let site = Site::start();
    let home = home_with_a_finding(&site);
    std::fs::rename(home.path("state"), home.path("unplugged")).unwrap();
    let run = home.run(&["findings"]);
    assert_eq!(run.status, 1);
    assert!(run.err.contains("Is its disk not there?"), "{}", run.err);
    std::fs::remove_dir_all(home.path("state")).unwrap();
    std::fs::rename(home.path("unplugged"), home.path("state")).unwrap();
    assert_eq!(recorded(&home), 1);
}

#[test]
fn a_damaged_store_and_a_newer_one_are_refused_with_a_word() {
    let site = Site::start();
    let home = home_with_a_finding(&site);
    let file = home.path("state/monitor.db");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, vec![7u8; 8192]).unwrap();
    let run = home.run(&["findings"]);
    assert_eq!(run.status, 1);
    assert!(run.err.contains("is damaged") && run.err.contains("A copy of it lies at"), "{}", run.err);
    assert_eq!(std::fs::read(&file).unwrap(), vec![7u8; 8192]);
    std::fs::write(&file, good).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use sqlx::Connection;
        let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)",
        )
        .execute(&mut db)
        .await
        .unwrap();
        db.close().await.unwrap();
    });
    let run = home.run(&["findings"]);
    assert!(run.err.contains("newer version of monitor"), "{}", run.err);
}

#[test]
fn a_full_disk_and_a_read_only_state_say_so_and_lose_nothing() {
    let site = Site::start();
    let home = home_with_a_finding(&site);
    // As root nothing is read-only by its rights: the tests then run as another user where there is one.
    let state = home.path("state");
    let rights = |mode: u32| {
        for file in ["monitor.db", "work.lock"] {
            std::fs::set_permissions(state.join(file), std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    rights(0o400);
    if std::fs::OpenOptions::new().write(true).open(state.join("monitor.db")).is_err() {
        let run = home.run(&["scan"]);
        assert_eq!(run.status, 1);
        assert!(run.err.contains("read-only") || run.err.contains("rights"), "{}", run.err);
    }
    rights(0o600);
    assert_eq!(recorded(&home), 1);
    // A file-size limit is a full disk to the program.
    site.page("/t", &format!("<p>{LEGAL} {}</p>", "many words ".repeat(20_000)));
    for n in 0..400 {
        site.page(&format!("/n/{n}"), &format!("<p>page {n} of many words</p>"));
    }
    let list = (0..400).map(|n| format!("\"{}\"", site.url(&format!("/n/{n}")))).collect::<Vec<_>>().join(",");
    let home = home.watch("many", &site.url("/n/0"), &format!("urls = [{list}]"));
    let size = std::fs::metadata(state.join("monitor.db")).unwrap().len() / 1024 + 60;
    let script = format!("trap '' XFSZ; ulimit -f {size}; exec \"$0\" \"$@\"");
    let binary = env!("CARGO_BIN_EXE_monitor");
    let run = Run::of(
        std::process::Command::new("bash")
            .args(["-c", &script, binary, "scan"])
            .current_dir(home.folder.path())
            .env("MONITOR_CONFIG", home.path("monitor.toml"))
            .env("HOME", home.folder.path())
            .output()
            .unwrap(),
    );
    assert_eq!(run.status, 1, "{} {}", run.out, run.err);
    assert!(run.err.contains("disk I/O error. The disk did not do what it was asked"), "{}", run.err);
    assert_eq!(recorded(&home), 1);
    let run = home.run(&["scan", "--json"]);
    assert_eq!(run.json()["pages"]["failed"], 0, "with room again, everything is looked at");
}

#[test]
fn an_unreachable_or_mistrusted_server_is_a_problem() {
    use std::io::Read;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let https = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0u8; 512]);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\nno TLS here");
        }
    });
    let home =
        Home::new().watch("tls", &https, "").watch("off", "http://127.0.0.1:9/", "").watch("name", "http://no-such-name.invalid/", "");
    let run = home.run(&["scan", "--json"]);
    assert_eq!(run.status, 3);
    let kinds: Vec<_> = run.json()["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["watch"].as_str().unwrap().to_string(), p["kind"].as_str().unwrap().to_string()))
        .collect();
    for (watch, kind) in [("tls", "tls"), ("off", "unreachable"), ("name", "name_unknown")] {
        assert!(kinds.contains(&(watch.into(), kind.into())), "{kinds:?}");
    }
}

#[test]
fn with_a_proxy_that_is_down_nothing_goes_out_directly() {
    let site = Site::start();
    site.page("/t", &format!("<p>{LEGAL}</p>"));
    let home = Home::new().watch("b", &site.url("/t"), "").fetch("proxy = \"socks5h://127.0.0.1:9\"");
    let json = home.run(&["scan", "--json"]).json();
    assert_eq!(json["problems"][0]["kind"], "proxy", "{json}");
    assert!(site.asked().is_empty());
}
