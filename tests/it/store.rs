//! The store in bad times: damaged, on a full or read-only disk, under another clock, shared, old, looked into.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use monitor::model::{Kind, Reason, Secret, Severity, Times, Verdict, Watch};
use monitor::store::{Claim, KeySource, Letter, NewMail, NewPicture, Outcome, PictureMemory, Report, Store, Validators, Wanted};

use crate::home::{Home, LEGAL, NUMBER, Run, STAGE, ids, signal, until};
use crate::mailbox::Mailbox;
use crate::pictures::thumbnail;
use crate::site::Site;

const DAY: i64 = 24 * 3600 * 1000;
const YEAR: i64 = 365 * DAY;

/// Runs SQL on a home's store, as nobody but a test does.
pub fn sql(home: &Home, text: &str) -> Vec<String> {
    use sqlx::Row;
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
    let file = home.path("state/monitor.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(SqliteConnectOptions::new().filename(file)).await.unwrap();
        let rows = sqlx::query(sqlx::AssertSqlSafe(text.to_string())).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows.iter().map(|row| row.try_get::<String, _>(0).unwrap_or_default()).collect()
    })
}

fn files(folder: &Path, start: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|p| p.file_name().unwrap().to_string_lossy().starts_with(start));
    all.sort();
    all
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A home whose store holds findings of `pages` pages.
fn scanned(site: &Site, pages: usize) -> Home {
    let home = many_pages(site, pages);
    home.scan();
    home
}

fn many_pages(site: &Site, pages: usize) -> Home {
    let mut urls = Vec::new();
    for n in 0..pages {
        site.page(&format!("/t/{n}"), &format!("<p>{STAGE} is {LEGAL}</p>"));
        urls.push(format!("\"{}\"", site.url(&format!("/t/{n}"))));
    }
    Home::new().watch("b", &site.url("/t/0"), &format!("urls = [{}]\nevery = \"1s\"", urls.join(",")))
}

#[test]
fn a_damaged_store_is_refused_put_aside_and_left_as_it_is() {
    let site = Site::start();
    let home = scanned(&site, 3);
    let (state, file) = (home.path("state"), home.path("state/monitor.db"));
    let whole = std::fs::read(&file).unwrap();
    let mut head = whole.clone();
    head[..64].fill(0x5a);
    let mut middle = whole.clone();
    middle[4096..].fill(0x5a);
    for (n, (what, bytes)) in [("the head", head), ("the middle", middle)].into_iter().enumerate() {
        std::fs::write(&file, &bytes).unwrap();
        for _ in 0..3 {
            let run = home.run(&["scan"]);
            assert_eq!(run.status, 1, "{what}: {} {}", run.out, run.err);
            assert!(run.err.contains("is damaged") && run.err.contains("monitor restore"), "{what}: {}", run.err);
            assert!(std::fs::read(&file).unwrap() == bytes, "{what}: the damaged file was written to");
        }
        let copies = files(&state, "monitor.db.damaged-");
        assert_eq!(copies.len(), n + 1, "{what}: {copies:?}");
        assert!(copies.iter().any(|c| std::fs::read(c).unwrap() == bytes), "{what}");
        assert!(copies.iter().all(|c| mode(c) == 0o600));
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    for n in 0..4u8 {
        std::fs::write(&file, vec![n; 5000 + usize::from(n)]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1100));
        home.run(&["scan"]);
    }
    assert_eq!(files(&state, "monitor.db.damaged-").len(), 3, "a few copies, no more");
    let last = home.run(&["scan"]).err;
    assert!(last.contains("No copy of it could be put aside"), "{last}");
}

#[test]
fn a_value_that_does_not_open_and_a_broken_table_are_seen_after_an_unclean_end() {
    let site = Site::start();
    let home = scanned(&site, 3);
    let mut daemon = home.command(&["run"]).stderr(Stdio::null()).spawn().unwrap();
    until("a log", || std::fs::metadata(home.path("state/monitor.db-wal")).is_ok_and(|m| m.len() > 0));
    sql(&home, "UPDATE finding SET sealed = zeroblob(100)");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert!(std::fs::metadata(home.path("state/monitor.db-wal")).unwrap().len() > 0);
    let before = std::fs::read(home.path("state/monitor.db-wal")).unwrap();
    let run = home.run(&["scan"]);
    assert_eq!(run.status, 1, "{}", run.out);
    assert!(run.err.contains("is damaged (a value in it does not open"), "{}", run.err);
    assert!(files(&home.path("state"), "monitor.db.damaged-").iter().any(|c| c.to_string_lossy().ends_with("-wal")));
    assert!(std::fs::read(home.path("state/monitor.db-wal")).unwrap() == before, "the log stays beside the damaged file");
}

#[test]
fn an_emptied_store_is_not_taken_for_a_first_start() {
    let site = Site::start();
    let home = scanned(&site, 1);
    let file = home.path("state/monitor.db");
    std::fs::write(&file, b"").unwrap();
    for _ in 0..2 {
        let run = home.run(&["scan"]);
        assert_eq!(run.status, 1, "{}", run.out);
        assert!(run.err.contains("is empty, although the key"), "{}", run.err);
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 0);
    }
}

#[test]
fn a_cut_or_garbled_log_costs_what_was_not_committed_and_no_more() {
    let site = Site::start();
    let home = scanned(&site, 4);
    let found = ids(&home.ok(&["findings", "--json"]).json());
    for how in ["cut", "garbled", "garbage behind"] {
        let mut daemon = home.command(&["run"]).stderr(Stdio::null()).spawn().unwrap();
        let log = home.path("state/monitor.db-wal");
        until("a log", || std::fs::metadata(&log).is_ok_and(|m| m.len() > 20_000));
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        let mut bytes = std::fs::read(&log).unwrap();
        let half = bytes.len() / 2 + 7;
        match how {
            "cut" => bytes.truncate(half),
            "garbled" => bytes[half..].fill(0x5a),
            _ => bytes.extend(std::iter::repeat_n(0x5a, 100_000)),
        }
        std::fs::write(&log, bytes).unwrap();
        assert_eq!(ids(&home.ok(&["findings", "--json"]).json()), found, "{how}");
        assert!([0, 3].contains(&home.run(&["scan"]).status), "{how}");
    }
}

/// A command whose files may grow to so many KiB, until [`grow`].
fn limited(home: &Home, kib: u32, arguments: &[&str]) -> Command {
    let monitor = home.command(arguments);
    let mut command = Command::new("bash");
    command.arg("-c").arg(format!("trap '' XFSZ; ulimit -S -f {kib}; exec \"$@\"")).arg("bash").arg(monitor.get_program());
    command.args(arguments).current_dir(home.folder.path()).env_clear().stdin(Stdio::null());
    for (name, value) in monitor.get_envs() {
        command.env(name, value.unwrap());
    }
    command
}

#[test]
fn a_scan_on_a_full_disk_fails_with_a_word_and_loses_nothing() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = many_pages(&site, 40).mail(&mailbox, "discreet = false");
    home.ok(&["add"]);
    let run = Run::of(limited(&home, 300, &["scan", "--json"]).output().unwrap());
    assert_eq!(run.status, 1, "{} {}", run.out, run.err);
    assert!(run.err.contains("the store could not be"), "{}", run.err);
    assert!(mailbox.mails().is_empty());
    let before = ids(&home.ok(&["findings", "--json"]).json());
    assert!(before.len() < 80, "the disk was full before the end");
    let document = home.scan();
    let after = ids(&document);
    assert_eq!(after.len(), 80);
    assert!(before.iter().all(|id| after.contains(id)));
    assert_eq!(document["pages"]["checked"], 40);
    let told: String = mailbox.mails().iter().map(|m| m.data.clone()).collect();
    for id in after {
        assert_eq!(told.matches(&format!("id: {id}\n")).count(), 1, "{id}");
    }
}

#[test]
fn a_daemon_waits_for_a_full_disk_and_goes_on_by_itself() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = many_pages(&site, 40).mail(&mailbox, "discreet = false");
    home.ok(&["add"]);
    let log = std::fs::File::create(home.path("log")).unwrap();
    let mut daemon = limited(&home, 300, &["run", "-v"]).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let said = || std::fs::read_to_string(home.path("log")).unwrap();
    until("a word in the log", || said().contains("until it can be, nothing is looked at or mailed"));
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(daemon.try_wait().unwrap().is_none(), "{}", said());
    let pid = daemon.id().to_string();
    assert!(Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status().unwrap().success());
    let told = || mailbox.mails().iter().map(|m| m.data.clone()).collect::<String>();
    until("every finding is told", || (0..40).all(|n| told().contains(&format!("/t/{n}\n"))));
    assert!(said().contains("can be written again"), "{}", said());
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
    for id in ids(&home.ok(&["findings", "--json"]).json()) {
        assert_eq!(told().matches(&format!("id: {id}\n")).count(), 1, "{id}");
    }
}

/// Bound by rights even where the tests run as root: root without the power to pass over them.
fn without_override(home: &Home, arguments: &[&str]) -> Run {
    let monitor = home.command(arguments);
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"])
            .arg(monitor.get_program());
        command
    } else {
        Command::new(monitor.get_program())
    };
    command.args(arguments).current_dir(home.folder.path()).env_clear().stdin(Stdio::null());
    for (name, value) in monitor.get_envs() {
        command.env(name, value.unwrap());
    }
    Run::of(command.output().unwrap())
}

#[test]
fn a_store_that_may_only_be_read_fails_with_a_word_and_loses_nothing() {
    let site = Site::start();
    let home = scanned(&site, 2);
    let found = ids(&home.ok(&["findings", "--json"]).json());
    let state = home.path("state");
    let rights = |folder: u32, file: u32| {
        let all = files(&state, "");
        all.iter().for_each(|f| std::fs::set_permissions(f, std::fs::Permissions::from_mode(file)).unwrap());
        std::fs::set_permissions(&state, std::fs::Permissions::from_mode(folder)).unwrap();
    };
    let before = std::fs::read(home.path("state/monitor.db")).unwrap();
    rights(0o500, 0o400);
    let run = without_override(&home, &["scan"]);
    rights(0o700, 0o600);
    assert_eq!(run.status, 1, "{}", run.out);
    assert!(run.err.contains("Mend its rights"), "{}", run.err);
    assert!(std::fs::read(home.path("state/monitor.db")).unwrap() == before);
    assert_eq!(ids(&home.scan()), found);
}

#[test]
fn many_programs_on_one_store_neither_fail_nor_tell_twice() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    let home = many_pages(&site, 20).mail(&mailbox, "discreet = false");
    let err = || Stdio::piped();
    // At first use too: all of them want to make the store.
    let mut daemon = home.command(&["run"]).stderr(std::fs::File::create(home.path("log")).unwrap()).spawn().unwrap();
    for round in 0..3 {
        let mut all: Vec<_> = [&["scan", "--json"][..], &["scan"], &["add"], &["findings", "--json"], &["scan", "--json"]]
            .iter()
            .map(|a| (a.join(" "), home.command(a).stdout(Stdio::piped()).stderr(err()).spawn().unwrap()))
            .collect();
        if round == 1 {
            let known = ids(&home.ok(&["findings", "--json"]).json());
            home.ok(&["findings", "dismiss", &known[0], "--as", "known"]);
        }
        for (name, child) in all.drain(..) {
            let run = Run::of(child.wait_with_output().unwrap());
            assert!([0, 3].contains(&run.status), "{name}: {} {}", run.status, run.err);
            assert!(!run.err.contains("locked"), "{name}: {}", run.err);
        }
    }
    let told = || mailbox.mails().iter().map(|m| m.data.clone()).collect::<String>();
    until("every finding is told", || (0..20).all(|n| told().contains(&format!("/t/{n}\n"))));
    signal(&daemon, "-TERM");
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    assert!(!log.contains("locked"), "{log}");
    let findings = home.ok(&["findings", "--json"]).json();
    assert_eq!(ids(&findings).len(), 40);
    assert_eq!(findings["findings"].as_array().unwrap().iter().filter(|f| f["state"] == "dismissed").count(), 1);
    for id in ids(&findings) {
        assert_eq!(told().matches(&format!("id: {id}\n")).count(), 1, "{id} in {} mails", mailbox.mails().len());
    }
}

#[test]
fn a_store_of_the_first_version_opens_with_everything_in_it() {
    let (site, other) = (Site::start(), Site::start());
    let home = scanned(&site, 3);
    home.ok(&["add"]);
    let found = ids(&home.ok(&["findings", "--json"]).json());
    // Back to what the first version wrote.
    for text in [
        "DROP INDEX page_host",
        "DROP INDEX page_thread",
        "ALTER TABLE page DROP COLUMN thread",
        "ALTER TABLE page DROP COLUMN tail",
        "ALTER TABLE page DROP COLUMN rate",
        "ALTER TABLE body DROP COLUMN looked_with",
        "ALTER TABLE body DROP COLUMN compared",
        "DROP INDEX picture_checked",
        "DROP INDEX picture_body",
        "DROP INDEX body_seen",
        "DELETE FROM _sqlx_migrations WHERE version > 1",
        "DELETE FROM meta WHERE name IN ('lookup', 'checked', 'pruned')",
    ] {
        sql(&home, text);
    }
    // Truly the first version's: what its migration alone makes is the same.
    let first = scanned(&other, 1);
    std::fs::remove_file(first.path("state/monitor.db")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy("src/store/migrations/0001_start.sql", folder.path().join("0001_start.sql")).unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(first.path("state/monitor.db")).create_if_missing(true);
        let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        sqlx::migrate::Migrator::new(folder.path()).await.unwrap().run(&pool).await.unwrap();
        pool.close().await;
    });
    let schema = "SELECT COALESCE(sql, '') || name FROM sqlite_master ORDER BY name";
    assert_eq!(sql(&home, schema), sql(&first, schema));
    let document = home.scan();
    assert_eq!(ids(&document), found);
    assert!(document["findings"].as_array().unwrap().iter().all(|f| f["new"] == false), "{document:#}");
    let added = home.ok(&["add", "--json"]).json();
    assert_eq!((&added["added"], &added["unchanged"]), (&0.into(), &2.into()));
}

#[test]
fn nothing_stands_in_plain_while_a_daemon_works_and_after_it_was_killed() {
    let (site, mailbox) = (Site::start(), Mailbox::start());
    mailbox.refuse(1000);
    site.page("/hidden/thread", &format!("<p>{STAGE} is {LEGAL} {NUMBER}</p><img src=/leaked.jpg><a href=/hidden/more>x</a>"))
        .page("/hidden/more", &format!("<p>{LEGAL}</p>"))
        .picture("/leaked.jpg", thumbnail(1));
    let home = Home::new().watch("secret board", &site.url("/hidden/thread"), "every = \"1s\"\nfollow = { pages = 3 }").mail(&mailbox, "");
    for folder in ["tmp", "keys"] {
        std::fs::create_dir(home.path(folder)).unwrap();
    }
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap();
    home.private(
        "monitor.toml",
        text.replace("state_dir = \"state\"\n", "state_dir = \"deep/state\"\nstore = { key = { file = \"keys/store.key\" } }\n"),
    );
    // Where nothing is taken away from rights by default, the program must do it.
    let lax = |arguments: &[&str]| {
        let monitor = home.command(arguments);
        let mut command = Command::new("sh");
        command.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(monitor.get_program()).args(arguments);
        command.current_dir(home.folder.path()).env_clear().stdin(Stdio::null()).stderr(Stdio::null());
        for (name, value) in monitor.get_envs() {
            command.env(name, value.unwrap());
        }
        command.env("TMPDIR", home.path("tmp"));
        command
    };
    assert!(lax(&["add", "-q"]).status().unwrap().success());
    let mut daemon = lax(&["run"]).spawn().unwrap();
    let waiting =
        || sql_in(&home.path("deep/state"), "SELECT id FROM mail").len() + sql_in(&home.path("deep/state"), "SELECT id FROM finding").len();
    until("findings and a mail", || waiting() > 4);
    let look = |when: &str| {
        let (mut read, mut names) = (0, Vec::new());
        for folder in ["deep", "deep/state", "tmp", "keys"] {
            for file in files(&home.path(folder), "") {
                names.push(file.file_name().unwrap().to_string_lossy().into_owned());
                if file.is_dir() {
                    assert_eq!(mode(&file), 0o700, "{when}: {}", file.display());
                    continue;
                }
                assert_eq!(mode(&file), 0o600, "{when}: {}", file.display());
                let bytes = std::fs::read(&file).unwrap();
                let key = file.ends_with("store.key");
                for secret in [
                    "Mira",
                    "Sandoval",
                    "Nova",
                    "1234567",
                    "hidden",
                    "leaked",
                    "img_1",
                    "sets",
                    "secret board",
                    "127.0.0.1",
                    "example.org",
                    "kettle",
                ] {
                    let found = bytes.windows(secret.len()).any(|w| w.eq_ignore_ascii_case(secret.as_bytes()));
                    assert!(!found, "{when}: {secret} stands in {}", file.display());
                }
                read += if key { 0 } else { bytes.len() };
            }
        }
        assert!(
            read > 10_000 && names.iter().any(|n| n == "monitor.db-wal") && names.iter().any(|n| n == "store.key"),
            "{when}: {names:?}"
        );
    };
    look("at work");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    look("after a kill");
}

fn sql_in(state: &Path, text: &str) -> Vec<String> {
    use sqlx::Row;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(state.join("monitor.db")).read_only(true);
        let Ok(pool) = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await else { return Vec::new() };
        let rows = sqlx::query(sqlx::AssertSqlSafe(text.to_string())).fetch_all(&pool).await.unwrap_or_default();
        pool.close().await;
        rows.iter().map(|row| row.get(0)).collect()
    })
}

// What needs a clock that the test holds: the store's own interface.

pub async fn open(folder: &Path) -> Store {
    Store::open(&folder.join("state"), &KeySource::File(folder.join("store.key"))).await.unwrap()
}

pub fn board(pages: usize) -> Watch {
    Watch {
        times: Times::Every(std::time::Duration::from_secs(60)),
        ..Watch::new("board", (0..pages).map(|n| format!("https://board{n}.example/").parse().unwrap()).collect())
    }
}

pub fn report(claim: &Claim, name: Option<&str>) -> Report {
    let verdict = |name: &str| Verdict {
        kind: Kind::Name,
        severity: Severity::High,
        reason: Reason::NameAlone,
        matched: Secret::new(name),
        place: claim.url.to_string(),
        image: None,
        original: None,
        how: vec![],
        confidence: 0.9,
        name: Some(Secret::new(name)),
        excerpt: None,
    };
    let verdicts = name.map(verdict).into_iter().collect();
    Report { looked_with: "x".into(), verdicts, ..Report::new(claim, "board", Outcome::Seen) }
}

fn letter() -> NewMail {
    let letter = Letter { to: "me@example.org".into(), subject: "s".into(), text: "t".into(), html: None };
    NewMail { kind: "findings", letter }
}

#[tokio::test]
async fn a_clock_set_back_by_a_year_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let (store, watch, then) = (open(folder.path()).await, board(1), 2 * YEAR);
    let url = "https://board0.example/1.jpg".parse().unwrap();
    store.begin_pass(&watch, None, then).await.unwrap();
    let claim = store.claim(then, then + 180_000, 4, 1).await.unwrap().remove(0);
    store.put_pictures(&[NewPicture::of("b").giving(1, PictureMemory::Fingerprint(vec![1]))], then).await.unwrap();
    store.put_pictures(&[NewPicture::of("b").at(&url, Validators::default())], then).await.unwrap();
    store.post(&[letter()], then).await.unwrap();
    let mail = store.claim_mail(then, then + 300_000).await.unwrap().unwrap();
    store.refused(&mail.id, then + 3_600_000).await.unwrap();
    let now = then - YEAR;
    store.clock_was_set(now).await.unwrap();
    let soon = now + 10 * 60 * 1000;
    assert_eq!(
        store.claim(soon, soon + 1, 4, 1).await.unwrap().pop().map(|c| c.id),
        Some(claim.id.clone()),
        "the page of a dead program is free"
    );
    assert!(store.claim_mail(soon, soon + 1).await.unwrap().is_some(), "the mail is tried again");
    assert_eq!(
        store.pictures(std::slice::from_ref(&url), 1, "").await.unwrap().remove(&url).unwrap().checked_at,
        now,
        "the picture is asked for again in time"
    );
    store.record(&report(&claim, Some("Mira Sandoval")), soon).await.unwrap();
    assert_eq!(store.watch(&watch, soon).await.unwrap().seen_at, soon);
    store.end_passes(soon).await.unwrap();
    // The next pass begins although the last one seems to lie ahead, and what stands is not gone.
    store.begin_pass(&watch, None, soon + 60_000).await.unwrap();
    let claim = store.claim(soon + 60_000, soon + 120_000, 4, 1).await.unwrap().remove(0);
    assert_eq!(store.record(&report(&claim, Some("Mira Sandoval")), soon + 60_000).await.unwrap(), 0, "nothing is told twice");
    store.end_passes(soon + 60_000).await.unwrap();
    assert_eq!(store.findings(&Wanted::Standing(vec![store.watch_id(&watch)])).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_old_is_forgotten_and_what_stands_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (store, watch) = (open(folder.path()).await, board(2));
    let start = 2 * YEAR;
    let address = |n: u32| format!("https://board0.example/{n}.jpg").parse::<url::Url>().unwrap();
    assert_eq!(store.prune_if_due(start).await.unwrap(), None, "the first time is only remembered");
    for n in 0..250u32 {
        store.put_pictures(&[NewPicture::of(format!("b{n}")).giving(1, PictureMemory::Fingerprint(vec![7; 100]))], start).await.unwrap();
        store.put_pictures(&[NewPicture::of(format!("b{n}")).at(&address(n), Validators::default())], start).await.unwrap();
    }
    let (mut now, mut pruned) = (start, monitor::store::Pruned::default());
    for day in 1..=140i64 {
        now = start + day * DAY;
        store.begin_pass(&watch, None, now).await.unwrap();
        while let Some(claim) = store.claim(now, now + 180_000, 4, 1).await.unwrap().pop() {
            // One finding on the first day, then gone.
            store.record(&report(&claim, (day == 1).then_some("Mira Sandoval")), now).await.unwrap();
        }
        store.end_passes(now).await.unwrap();
        if day % 14 == 0 {
            store.put_pictures(&[NewPicture::of("b0").at(&address(0), Validators::default())], now).await.unwrap();
        }
        if day < 3 {
            store.compose(now, |_| vec![letter()]).await.unwrap();
            while let Some(mail) = store.claim_mail(now, now + 1).await.unwrap() {
                store.delivered(&mail.id, &mail.letter.to, now).await.unwrap();
            }
        }
        if let Some(today) = store.prune_if_due(now).await.unwrap() {
            pruned.pictures += today.pictures;
            pruned.bodies += today.bodies;
            pruned.mails += today.mails;
        }
        assert_eq!(store.prune_if_due(now + 1000).await.unwrap(), None, "once a day");
    }
    assert_eq!((pruned.pictures, pruned.bodies, pruned.mails), (249, 249, 1));
    assert!(!store.pictures(std::slice::from_ref(&address(0)), 1, "").await.unwrap().is_empty(), "what is still shown is kept");
    assert_eq!(store.findings(&Wanted::All).await.unwrap().len(), 2, "findings are kept for good");
    // A watch that was taken out: its pages go after three months.
    store.end_passes_except(&[]).await.unwrap();
    let mut pages = 0;
    for day in 1..=95 {
        pages += store.prune_if_due(now + day * DAY).await.unwrap().unwrap().pages;
        assert!(day > 85 || pages == 0);
    }
    assert_eq!(pages, 2);
    assert_eq!(store.findings(&Wanted::All).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_clock_that_leaps_ahead_makes_nothing_old() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let url = "https://board0.example/1.jpg".parse().unwrap();
    let start = 2 * YEAR;
    store.prune_if_due(start).await.unwrap();
    store.put_pictures(&[NewPicture::of("b").giving(1, PictureMemory::Fingerprint(vec![1]))], start).await.unwrap();
    store.put_pictures(&[NewPicture::of("b").at(&url, Validators::default())], start).await.unwrap();
    assert_eq!(store.prune_if_due(start + YEAR).await.unwrap(), Some(monitor::store::Pruned::default()));
    // The pass of that day sees it again.
    store.put_pictures(&[NewPicture::of("b").at(&url, Validators::default())], start + YEAR + 1000).await.unwrap();
    store.prune_if_due(start + YEAR + 2 * DAY).await.unwrap();
    assert!(!store.pictures(std::slice::from_ref(&url), 1, "").await.unwrap().is_empty());
}
