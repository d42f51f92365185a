//! `backup` and `restore`: one encrypted file, everything checked before anything is changed, nothing sent twice.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use age::secrecy::{ExposeSecret, SecretString};

use crate::home::{Home, LEGAL, PASSPHRASE, Run, STAGE, ids, signal, until};
use crate::mailbox::Mailbox;
use crate::pictures::thumbnail;
use crate::site::Site;

const BACKUP: [&str; 4] = ["backup", "b.age", "--passphrase-file", "pass"];
const RESTORE: [&str; 4] = ["restore", "b.age", "--passphrase-file", "pass"];

/// Names in a file of their own, one page with a copy and a name, one mail.
fn home(site: &Site, mailbox: &Mailbox) -> Home {
    site.page("/t", &format!("<p>{STAGE} is {LEGAL}</p><img src=/1.jpg>")).picture("/1.jpg", thumbnail(1));
    let home = Home::new()
        .watch("b", &site.url("/t"), "")
        .mail(mailbox, "")
        .person("[me]\nlegal_names = { file = \"lists/names.txt\" }\nstage_names = [\"Nova Lark\"]\n");
    std::fs::create_dir(home.path("lists")).unwrap();
    home.private("lists/names.txt", LEGAL);
    home.ok(&["add"]);
    home
}

/// A home with nothing in it but the backup and its passphrase.
fn bare(from: &Home) -> Home {
    let bare = Home::new();
    for gone in ["sets/img_1.jpg", "sets/img_2.jpg", "monitor.toml"] {
        std::fs::remove_file(bare.path(gone)).unwrap();
    }
    std::fs::copy(from.path("b.age"), bare.path("b.age")).unwrap();
    bare
}

/// Every file below `folder` with its bytes; locks and SQLite's shared memory are nobody's content.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap().flatten() {
            let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                all.insert(name + "/", Vec::new());
            } else if ![".lock", "-shm", "-wal"].iter().any(|end| name.ends_with(end)) {
                all.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    all
}

fn states(home: &Home) -> String {
    home.ok(&["findings", "--json"]).json()["findings"].to_string()
}

fn refused(home: &Home, arguments: &[&str]) -> Run {
    let before = tree(home.folder.path());
    let run = home.run(arguments);
    assert!([1, 2].contains(&run.status), "{arguments:?}: {} {}", run.out, run.err);
    assert!(tree(home.folder.path()) == before, "{arguments:?} changed something: {}", run.err);
    run
}

fn decrypted(file: &[u8]) -> Vec<u8> {
    age::decrypt(&age::scrypt::Identity::new(SecretString::from(PASSPHRASE)), file).unwrap()
}

fn encrypted(plain: &[u8]) -> Vec<u8> {
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(PASSPHRASE));
    recipient.set_work_factor(10);
    age::encrypt(&recipient, plain).unwrap()
}

/// The entries of a decrypted backup, changed, packed again.
fn repacked(plain: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for entry in tar::Archive::new(plain).entries().unwrap() {
        let mut entry = entry.unwrap();
        let (name, mut bytes, mut head) = (entry.path().unwrap().display().to_string(), Vec::new(), entry.header().clone());
        entry.read_to_end(&mut bytes).unwrap();
        let bytes = change(&name, bytes);
        head.set_size(bytes.len() as u64);
        tar.append_data(&mut head, &name, bytes.as_slice()).unwrap();
    }
    encrypted(&tar.into_inner().unwrap())
}

#[test]
fn after_a_restore_in_an_empty_home_everything_is_known_and_nothing_is_told_again() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = home(&site, &mailbox);
    let found = home.scan();
    home.ok(&["findings", "confirm", &ids(&found)[0]]);
    assert_eq!(mailbox.mails().len(), 1);
    let run = home.ok(&BACKUP);
    assert!(
        run.out.is_empty() && run.err.contains("findings: 3; fingerprints of originals: 2") && run.err.contains("names: 1."),
        "{}",
        run.err
    );
    assert_eq!(std::fs::metadata(home.path("b.age")).unwrap().permissions().mode() & 0o777, 0o600);
    let file = std::fs::read(home.path("b.age")).unwrap();
    for secret in [LEGAL, "Nova", "sets", "monitor.toml", "SQLite", PASSPHRASE] {
        assert!(!file.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret} can be read in the backup");
    }
    let before = states(&home);
    let other = bare(&home);
    let run = other.ok(&RESTORE);
    assert!(run.out.contains("findings: 3;") && run.out.contains("lists/names.txt") && run.out.contains(" UTC"), "{}", run.out);
    assert_eq!(states(&other), before);
    for (name, mode) in
        [("monitor.toml", 0o600), ("store.key", 0o600), ("lists/names.txt", 0o600), ("state", 0o700), ("state/monitor.db", 0o600)]
    {
        assert_eq!(std::fs::metadata(other.path(name)).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
    let names: Vec<String> = tree(other.folder.path()).into_keys().filter(|n| n.contains("part") || n.contains("copy-")).collect();
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(ids(&other.scan()), ids(&found));
    assert_eq!(mailbox.mails().len(), 1, "nothing is told again");
    std::fs::write(other.path("x.jpg"), thumbnail(1)).unwrap();
    assert_eq!(other.ok(&["check", "--json", "x.jpg"]).json()["results"][0]["matches"][0]["original"], "sets/img_1.jpg");
    // A second time all is there: the store goes on, and is not set back unasked.
    let now = states(&other);
    let again = other.ok(&RESTORE);
    assert!(again.out.contains("in its place already") && again.out.contains("--force"), "{}", again.out);
    assert_eq!(states(&other), now);
}

#[test]
fn a_backup_for_a_public_key_opens_with_its_key_alone() {
    let home = Home::new();
    home.ok(&["add"]);
    let (key, other_key) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    home.private("key", format!("# created: today\n{}\n", key.to_string().expose_secret()));
    home.private("other", other_key.to_string().expose_secret());
    let public = key.to_public().to_string();
    home.ok(&["backup", "b.age", "--recipient", &other_key.to_public().to_string(), "--recipient", &public]);
    home.ok(&["backup", "b.age", "--recipient", &public, "--force"]);
    let other = bare(&home);
    for name in ["key", "other"] {
        other.private(name, std::fs::read(home.path(name)).unwrap());
    }
    assert!(refused(&other, &RESTORE).err.contains("--identity"));
    assert!(refused(&other, &["restore", "b.age", "--identity", "other"]).err.contains("another one, or the file is damaged"));
    assert!(refused(&other, &["restore", "b.age", "--identity", "pass"]).err.contains("holds no key"));
    other.ok(&["restore", "b.age", "--identity", "key"]);
    assert_eq!(other.ok(&["add", "--json", "--export-pdq", "list"]).json()["written"], 2);
    let wrong = refused(&home, &["backup", "c.age", "--recipient", "age1nobody"]);
    assert!(wrong.err.contains("public keys"), "{}", wrong.err);
}

#[test]
fn a_pipe_carries_a_backup_and_an_existing_file_is_kept() {
    let home = Home::new();
    home.ok(&["add"]);
    let out = home.command(&["backup", "-", "--passphrase-file", "pass"]).output().unwrap();
    assert!(out.status.success() && out.stdout.starts_with(b"age-encryption.org/v1\n"));
    assert!(String::from_utf8_lossy(&out.stderr).contains("'monitor restore FILE' puts it back"));
    let other = bare_without_backup();
    let mut child =
        other.command(&["restore", "-", "--passphrase-file", "pass"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&out.stdout).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(other.path("state/monitor.db").exists());
    std::fs::write(home.path("b.age"), "something else").unwrap();
    assert!(refused(&home, &BACKUP).err.contains("--force"));
    std::fs::create_dir(home.path("folder")).unwrap();
    assert_eq!(refused(&home, &["backup", "folder", "--force", "--passphrase-file", "pass"]).status, 2);
    home.private("short", "too short");
    assert!(refused(&home, &["backup", "new.age", "--passphrase-file", "short"]).err.contains("fewer than 12"));
    home.ok(&[&BACKUP[..], &["--force"]].concat());
}

fn bare_without_backup() -> Home {
    let bare = Home::new();
    std::fs::remove_file(bare.path("monitor.toml")).unwrap();
    bare
}

#[test]
fn what_is_there_is_refused_or_moved_aside_never_lost() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = home(&site, &mailbox);
    home.scan();
    home.ok(&BACKUP);
    let other = Home::new();
    other.ok(&["add", "sets/img_2.jpg"]);
    std::fs::copy(home.path("b.age"), other.path("b.age")).unwrap();
    let before = tree(other.folder.path());
    let run = refused(&other, &RESTORE);
    for name in ["monitor.toml", "store.key", "state/monitor.db"] {
        assert!(run.err.contains(name), "{name}: {}", run.err);
    }
    let run = other.ok(&[&RESTORE[..], &["--force"]].concat());
    assert_eq!(states(&other), states(&home));
    let after = tree(other.folder.path());
    for name in ["monitor.toml", "store.key", "state/monitor.db"] {
        let aside: Vec<_> = after.iter().filter(|(n, _)| n.starts_with(&format!("{name}.before-restore-"))).collect();
        assert_eq!(aside.len(), 1, "{name}: {}", run.out);
        assert!(name.ends_with(".db") || *aside[0].1 == before[name], "{name}");
        assert!(run.out.contains(aside[0].0), "{}", run.out);
    }
}

#[test]
fn mails_that_were_sent_after_the_backup_are_not_sent_again() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = home(&site, &mailbox);
    mailbox.refuse(1);
    home.scan();
    home.ok(&BACKUP);
    assert!(mailbox.mails().is_empty());
    home.scan();
    assert_eq!(mailbox.mails().len(), 1);
    let run = home.ok(&[&RESTORE[..], &["--force"]].concat());
    assert!(!run.out.contains("had not been sent"), "{}", run.out);
    home.scan();
    assert_eq!(mailbox.mails().len(), 1, "the store that was moved aside knows that it was sent");
    // Where nothing knows any more, it is sent rather than not.
    let other = bare(&home);
    let run = other.ok(&RESTORE);
    assert!(run.out.contains("had not been sent then: 1"), "{}", run.out);
    other.scan();
    assert_eq!(mailbox.mails().len(), 2);
    assert_eq!(
        mailbox.mails()[0].header("Message-ID"),
        mailbox.mails()[1].header("Message-ID"),
        "a mail program can tell that it is the same"
    );
}

#[test]
fn a_wrong_cut_or_changed_file_changes_nothing() {
    let home = Home::new();
    home.ok(&["add"]);
    home.ok(&BACKUP);
    let file = std::fs::read(home.path("b.age")).unwrap();
    let other = bare(&home);
    other.private("pass", "four words somebody guesses");
    let run = refused(&other, &RESTORE);
    assert!(run.err.contains("passphrase") && run.err.contains("Nothing was changed") && !run.err.contains("somebody"), "{}", run.err);
    other.private("pass", PASSPHRASE);
    for cut in [0, 100, file.len() / 2, file.len() - 1] {
        std::fs::write(other.path("b.age"), &file[..cut]).unwrap();
        assert!(refused(&other, &RESTORE).err.contains("Nothing was changed"), "cut at {cut}");
    }
    for at in [30, file.len() / 2, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        std::fs::write(other.path("b.age"), changed).unwrap();
        refused(&other, &RESTORE);
    }
    std::fs::write(other.path("b.age"), [&file[..], b"more"].concat()).unwrap();
    refused(&other, &RESTORE);
    std::fs::write(other.path("b.age"), file).unwrap();
    other.ok(&RESTORE);
}

#[test]
fn a_file_made_to_hurt_changes_nothing() {
    let home = Home::new();
    home.ok(&["add"]);
    home.ok(&BACKUP);
    let plain = decrypted(&std::fs::read(home.path("b.age")).unwrap());
    let other = bare(&home);
    let try_with = |change: &dyn Fn(&str, Vec<u8>) -> Vec<u8>, word: &str| {
        std::fs::write(other.path("b.age"), repacked(&plain, change)).unwrap();
        let run = refused(&other, &RESTORE);
        assert!(run.err.contains(word), "{word}: {}", run.err);
    };
    let only = |wanted: &'static str, with: Vec<u8>| move |name: &str, bytes: Vec<u8>| if name == wanted { with.clone() } else { bytes };
    try_with(&only("monitor.db", b"not a database".to_vec()), "damaged or is none");
    try_with(&only("monitor.db", Vec::new()), "damaged or is none");
    try_with(&only("store.key", "0".repeat(64).into_bytes()), "does not open the store");
    try_with(&only("monitor.toml", b"state_dir = 3".to_vec()), "state_dir");
    try_with(&only("manifest.json", b"{}".to_vec()), "is not a backup");
    try_with(
        &only("monitor.toml", b"state_dir = \"state\"\n[store]\nkey = { file = \"monitor.toml\" }".to_vec()),
        "two things in one place",
    );
    let database = |sql: &str| {
        let mut bytes = Vec::new();
        for entry in tar::Archive::new(plain.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            if entry.path_bytes().as_ref() == b"monitor.db" {
                entry.read_to_end(&mut bytes).unwrap();
            }
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.db"), bytes).unwrap();
        run_sql(&folder.path().join("x.db"), sql);
        std::fs::read(folder.path().join("x.db")).unwrap()
    };
    let trigger = "CREATE TRIGGER t AFTER UPDATE ON mail BEGIN DELETE FROM finding; END";
    try_with(&only("monitor.db", database(trigger)), "damaged or is none");
    let later =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)";
    try_with(&only("monitor.db", database(later)), "newer version");
    // An entry too many, with a name that leads elsewhere.
    let mut plain = plain.clone();
    let end = plain.iter().rposition(|b| *b != 0).unwrap() / 512 * 512 + 512;
    plain.truncate(end);
    let mut head = tar::Header::new_ustar();
    head.set_size(1);
    head.as_ustar_mut().unwrap().name[..14].copy_from_slice(b"../../hurt.txt");
    head.set_cksum();
    plain.extend_from_slice(head.as_bytes());
    plain.extend_from_slice(&[b'x'; 1536]);
    std::fs::write(other.path("b.age"), encrypted(&plain)).unwrap();
    refused(&other, &RESTORE);
    assert!(!other.folder.path().parent().unwrap().join("hurt.txt").exists());
}

fn run_sql(file: &Path, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection;
        let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(sql.to_string())).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    });
}

#[test]
fn a_backup_writes_no_file_that_a_shell_reads() {
    let home = Home::new().person("[me]\nlegal_names = { file = \".profile\" }\nprivate = { file = \"../outside.txt\" }\n");
    home.private(".profile", "Mira Sandoval");
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), "+92 300 1234567").unwrap();
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private("monitor.toml", text.replace("../outside.txt", &outside.path().display().to_string()));
    home.ok(&["add"]);
    home.ok(&BACKUP);
    drop(outside);
    let other = bare(&home);
    let run = other.run(&RESTORE);
    assert_eq!(run.status, 3, "something is left to do: {} {}", run.out, run.err);
    assert!(run.out.contains("restored/1-.profile") && run.out.contains("restored/2-"), "{}", run.out);
    assert!(!other.path(".profile").exists());
    assert_eq!(std::fs::read_to_string(other.path("restored/1-.profile")).unwrap(), "Mira Sandoval");
}

#[test]
fn what_is_left_out_is_told_by_the_exit_status_too() {
    let home = Home::new().mail_to("smtp://127.0.0.1", "password = { credential = \"smtp-password\" }");
    home.ok(&["add"]);
    let run = home.run(&BACKUP);
    assert_eq!((run.status, run.err.contains("Could not be read from here, so not in it: smtp-password")), (3, true), "{}", run.err);
    let other = bare(&home);
    let run = other.run(&RESTORE);
    assert_eq!((run.status, run.out.contains("must be put there again: smtp-password")), (3, true), "{} {}", run.out, run.err);
    // The store is left, a small file is put back: nothing is claimed of the store.
    std::fs::remove_file(other.path("monitor.toml")).unwrap();
    let run = other.run(&RESTORE);
    assert!(run.out.contains("was left as it is now") && !run.out.contains("The program knows what it knew"), "{}", run.out);
    let again = other.run(&RESTORE);
    assert!(again.status == 3 && again.out.contains("must be put there again"), "{}", again.out);
}

#[test]
fn a_daemon_at_work_is_backed_up_but_never_restored_over() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let mut pages = Vec::new();
    for n in 0..20 {
        site.page(&format!("/t/{n}"), &format!("<p>{STAGE} is {LEGAL} {n}</p>"));
        pages.push(format!("\"{}\"", site.url(&format!("/t/{n}"))));
    }
    let home = Home::new().watch("b", &site.url("/t/0"), &format!("urls = [{}]\nevery = \"1s\"", pages.join(","))).mail(&mailbox, "");
    home.ok(&["add"]);
    let mut daemon = home.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let key = age::x25519::Identity::generate();
    for _ in 0..4 {
        home.ok(&["backup", "b.age", "--force", "--recipient", &key.to_public().to_string()]);
        let other = bare(&home);
        other.private("key", key.to_string().expose_secret());
        other.ok(&["restore", "b.age", "--identity", "key"]);
        other.ok(&["findings"]);
    }
    until("a mail", || !mailbox.mails().is_empty());
    home.private("key", key.to_string().expose_secret());
    let restore = ["restore", "b.age", "--identity", "key", "--force"];
    let run = home.run(&restore);
    assert_eq!((run.status, run.err.contains("is at work")), (1, true), "{}", run.err);
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
    home.ok(&restore);
}

#[test]
fn killed_at_any_moment_a_backup_is_whole_or_not_there_and_leaves_nothing() {
    let home = Home::new();
    home.ok(&["add"]);
    let key = age::x25519::Identity::generate();
    home.private("key", key.to_string().expose_secret());
    let public = key.to_public().to_string();
    // What a kill in the middle of the snapshot leaves, should none of the kills below hit that moment.
    std::fs::write(home.path("state/copy-1.db"), "half a copy").unwrap();
    let mut whole = 0;
    for n in 0..12 {
        let mut child = home.command(&["backup", "b.age", "--force", "--recipient", &public]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 * n));
        child.kill().unwrap();
        child.wait().unwrap();
        if home.path("b.age").exists() {
            whole += 1;
            let other = bare(&home);
            other.private("key", key.to_string().expose_secret());
            other.ok(&["restore", "b.age", "--identity", "key"]);
            std::fs::remove_file(home.path("b.age")).unwrap();
        }
    }
    home.ok(&["backup", "b.age", "--force", "--recipient", &public]);
    let left: Vec<String> = tree(home.folder.path()).into_keys().filter(|n| n.contains("part") || n.contains("copy-")).collect();
    assert!(left.is_empty(), "{left:?} after {whole} whole backups");
}

#[test]
fn killed_at_any_moment_a_restore_is_finished_by_the_next() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = home(&site, &mailbox);
    home.scan();
    let key = age::x25519::Identity::generate();
    home.ok(&["backup", "b.age", "--recipient", &key.to_public().to_string()]);
    let restore = ["restore", "b.age", "--identity", "key"];
    let fresh = || {
        let other = bare(&home);
        other.private("key", key.to_string().expose_secret());
        other
    };
    let is_whole = |other: &Home, when: &str| {
        assert_eq!(states(other), states(&home), "{when}");
        let left: Vec<String> = tree(other.folder.path()).into_keys().filter(|n| n.contains("part")).collect();
        assert!(left.is_empty(), "{when}: {left:?}");
    };
    for n in 0..12 {
        let other = fresh();
        let mut child = other.command(&restore).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2 * n));
        child.kill().unwrap();
        child.wait().unwrap();
        other.ok(&restore);
        is_whole(&other, &format!("killed after {} ms", 2 * n));
    }
    // Each state in which it can have died: what is put in place last is missing, and lies beside its place.
    let order = ["monitor.toml", "lists/names.txt", "store.key", "state/monitor.db"];
    for missing in 1..=order.len() {
        let other = fresh();
        other.ok(&restore);
        for name in &order[..missing] {
            let (folder, file) = name.rsplit_once('/').map_or((String::new(), *name), |(f, n)| (format!("{f}/"), n));
            std::fs::rename(other.path(name), other.path(&format!("{folder}.{file}.restore-part"))).unwrap();
        }
        if missing == order.len() {
            std::fs::rename(other.path("state/.monitor.db.restore-part"), other.path("state/restore-part.db")).unwrap();
        } else {
            assert_ne!(other.run(&["findings"]).status, 0, "half a restore is not used");
        }
        other.ok(&restore);
        is_whole(&other, &format!("without {:?}", &order[..missing]));
    }
    assert_eq!(mailbox.mails().len(), 1);
}
