//! `monitor rekey`: another key, the same findings, whatever dies in between.

use std::path::Path;
use std::process::Stdio;

use monitor::store::{KeySource, NewPicture, PictureMemory, Store, Validators};

use crate::home::{Home, LEGAL, STAGE, ids, signal, until};
use crate::site::Site;
use crate::store::sql;

fn home(site: &Site) -> Home {
    site.page("/t", &format!("<p>{STAGE} is {LEGAL}</p>"));
    let home = Home::new().watch("b", &site.url("/t"), "every = \"1s\"");
    home.ok(&["add"]);
    home.scan();
    home
}

fn key(home: &Home) -> String {
    std::fs::read_to_string(home.path("store.key")).unwrap().lines().next().unwrap().to_string()
}

/// Pieces of what is sealed now.
fn pieces(home: &Home) -> Vec<Vec<u8>> {
    ["finding", "page", "original", "meta", "watch"]
        .iter()
        .flat_map(|table| sql(home, &format!("SELECT hex(substr(sealed, 2, 40)) FROM {table} WHERE sealed IS NOT NULL")))
        .map(|hex| (0..hex.len() / 2).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect())
        .collect()
}

fn stand_in(folder: &Path, pieces: &[Vec<u8>]) -> usize {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    pieces.iter().filter(|p| memchr::memmem::find(&bytes, p).is_some()).count()
}

fn works(home: &Home, found: &[String]) {
    let document = home.scan();
    assert_eq!(ids(&document), found, "ids stay");
    assert!(document["findings"].as_array().unwrap().iter().all(|f| f["new"] == false));
    let added = home.ok(&["add", "--json"]).json();
    assert_eq!((&added["added"], &added["unchanged"]), (&0.into(), &2.into()));
}

#[test]
fn everything_is_sealed_anew_and_keeps_its_id() {
    let site = Site::start();
    let home = home(&site);
    let found = ids(&home.ok(&["findings", "--json"]).json());
    let (old, pieces) = (key(&home), pieces(&home));
    let old_file = std::fs::read(home.path("store.key")).unwrap();
    assert!(pieces.len() > 5 && stand_in(&home.path("state"), &pieces) == pieces.len());
    let run = home.ok(&["rekey"]);
    assert!(run.out.contains("new key"), "{}", run.out);
    assert_ne!(key(&home), old);
    assert!(std::fs::read_to_string(home.path("store.key")).unwrap().contains("# seals "), "its remarks stay");
    assert!(!home.path("store.key.new").exists());
    assert_eq!(stand_in(&home.path("state"), &pieces), 0, "nothing of the old key's is left");
    works(&home, &found);
    let new_file = std::fs::read(home.path("store.key")).unwrap();
    home.private("store.key", old_file);
    let refused = home.run(&["findings"]);
    assert_eq!(refused.status, 1);
    assert!(refused.err.contains("another key"), "{}", refused.err);
    home.private("store.key", new_file);
    home.ok(&["rekey", "-q"]);
    works(&home, &found);
}

#[test]
fn it_waits_for_nobody_and_takes_a_key_that_is_a_credential_from_a_file() {
    let site = Site::start();
    let home = home(&site);
    let found = ids(&home.ok(&["findings", "--json"]).json());
    let mut daemon = home.command(&["run"]).stderr(Stdio::null()).spawn().unwrap();
    until("a daemon", || std::fs::metadata(home.path("state/monitor.db-wal")).is_ok_and(|m| m.len() > 0));
    let old = key(&home);
    let run = home.run(&["rekey"]);
    assert_eq!(run.status, 1);
    assert!(run.err.contains("another 'monitor' command is at work"), "{}", run.err);
    assert_eq!(key(&home), old);
    signal(&daemon, "-TERM");
    daemon.wait().unwrap();
    // The same store, its key handed over by systemd.
    std::fs::create_dir(home.path("credentials")).unwrap();
    home.private("credentials/store-key", std::fs::read(home.path("store.key")).unwrap());
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private("monitor.toml", format!("store = {{ key = {{ credential = \"store-key\" }} }}\n{text}"));
    let ask = |arguments: &[&str]| {
        crate::home::Run::of(home.command(arguments).env("CREDENTIALS_DIRECTORY", home.path("credentials")).output().unwrap())
    };
    assert_eq!(ask(&["rekey"]).status, 2);
    let run = ask(&["rekey", "--key", "next.key"]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("next.key") && run.out.contains("credential"), "{}", run.out);
    assert_eq!(ask(&["findings"]).status, 1, "the old one does not open it");
    home.private("credentials/store-key", std::fs::read(home.path("next.key")).unwrap());
    let findings = ask(&["findings", "--json"]);
    assert_eq!(ids(&findings.json()), found);
}

#[test]
fn a_kill_at_any_moment_leaves_a_store_that_opens() {
    let site = Site::start();
    let home = home(&site);
    let found = ids(&home.ok(&["findings", "--json"]).json());
    // Large enough that a change of the key takes a while.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&home.path("state"), &KeySource::File(home.path("store.key"))).await.unwrap();
        for n in 0..300 {
            let (id, url) = (format!("body{n}"), format!("https://board.example/{n}.jpg").parse().unwrap());
            store.put_pictures(&[NewPicture::of(&id).giving(1, PictureMemory::Fingerprint(vec![n as u8; 30_000]))], 1).await.unwrap();
            store.put_pictures(&[NewPicture::of(&id).at(&url, Validators::default())], 1).await.unwrap();
        }
        store.close().await;
    });
    let begun = std::time::Instant::now();
    home.ok(&["rekey", "-q"]);
    let whole = begun.elapsed();
    let (mut changed, mut kept, mut seed) = (0, 0, 7u32);
    for n in 0..12u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let before = (key(&home), std::fs::read(home.path("store.key")).unwrap(), pieces(&home));
        let mut child = home.command(&["rekey", "-q"]).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the whole time that it takes, early and late alike.
        std::thread::sleep(whole.mul_f64((f64::from(n) + f64::from(seed >> 16) / 65536.0) / 12.0));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(ids(&home.ok(&["findings", "--json"]).json()), found, "after kill {n}");
        assert!(!home.path("store.key.new").exists(), "nothing is left over after kill {n}");
        if key(&home) == before.0 {
            kept += 1;
            continue;
        }
        changed += 1;
        let now = std::fs::read(home.path("store.key")).unwrap();
        home.private("store.key", &before.1);
        assert_eq!(home.run(&["findings"]).status, 1, "the old key does not open it after kill {n}");
        home.private("store.key", now);
        // The command that finished the change has closed the store: its log is gone, and the old values with it.
        assert_eq!(stand_in(&home.path("state"), &before.2), 0, "after kill {n}");
    }
    assert!(kept > 0, "{kept} kills came before the change, {changed} after it");
    works(&home, &found);
    assert_eq!(sql(&home, "PRAGMA integrity_check"), ["ok"]);
}

#[test]
fn a_change_cut_short_between_store_and_key_file_is_finished() {
    let site = Site::start();
    let home = home(&site);
    let found = ids(&home.ok(&["findings", "--json"]).json());
    let old = std::fs::read(home.path("store.key")).unwrap();
    home.ok(&["rekey", "-q"]);
    let new = std::fs::read(home.path("store.key")).unwrap();
    // As if the program had died just before the new key took the old one's place.
    home.private("store.key", &old);
    home.private("store.key.new", &new);
    works(&home, &found);
    assert_eq!(std::fs::read(home.path("store.key")).unwrap(), new);
    assert!(!home.path("store.key.new").exists());
    // A new key that has sealed nothing is harmless.
    home.private("store.key.new", &old);
    works(&home, &found);
    assert_eq!(std::fs::read(home.path("store.key")).unwrap(), new);
    assert!(!home.path("store.key.new").exists());
}
