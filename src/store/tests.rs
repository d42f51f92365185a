//! What only the store itself can show.

use std::time::Duration;

use super::*;
use crate::model::{Kind, Reason, Secret, Severity, Times, Verdict, Watch};

async fn store(folder: &Path) -> Store {
    Store::open(&folder.join("state"), &KeySource::File(folder.join("store.key"))).await.unwrap()
}

fn watch() -> Watch {
    Watch {
        times: Times::Every(Duration::from_secs(60)),
        ..Watch::new("board", (0..3).map(|n| format!("https://board{n}.example/").parse().unwrap()).collect())
    }
}

fn verdict(severity: Severity) -> Verdict {
    Verdict {
        kind: Kind::Name,
        severity,
        reason: Reason::NameAlone,
        matched: Secret::new("Mira Sandoval"),
        place: "https://board.example/".into(),
        image: None,
        original: None,
        how: vec![],
        confidence: 0.9,
        name: Some(Secret::new("Mira Sandoval")),
        excerpt: None,
    }
}

fn report(claim: &Claim, verdicts: Vec<Verdict>) -> Report {
    Report { looked_with: "x".into(), verdicts, ..Report::new(claim, "board", Outcome::Seen) }
}

#[tokio::test]
async fn a_page_is_claimed_once_and_comes_back_when_its_holder_dies() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    store.begin_pass(&watch(), None, 1000).await.unwrap();
    let mut claims = Vec::new();
    while let Some(claim) = store.claim(1000, 2000, 4, 1).await.unwrap().pop() {
        claims.push(claim.id);
    }
    assert_eq!(claims.len(), 3);
    assert!(store.claim(1999, 2500, 4, 1).await.unwrap().is_empty());
    assert!(!store.claim(2000, 2500, 4, 1).await.unwrap().is_empty(), "a lease that ran out is free");
    drop(store.lock_as_worker(2000).await.unwrap());
    let again = store.claim(2000, 2500, 4, 1).await.unwrap().remove(0);
    assert_eq!(again.crashes, 1, "the first worker after a crash frees all and counts it");
}

#[tokio::test]
async fn one_host_is_claimed_so_many_times_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let mut watch = watch();
    watch.urls = (0..5).map(|n| format!("https://one.example/{n}").parse().unwrap()).collect();
    store.begin_pass(&watch, None, 1000).await.unwrap();
    let first = store.claim(1000, 9000, 2, 1).await.unwrap().remove(0);
    assert!(!store.claim(1000, 9000, 2, 1).await.unwrap().is_empty());
    assert!(store.claim(1000, 9000, 2, 1).await.unwrap().is_empty());
    store.record(&report(&first, vec![]), 1001).await.unwrap();
    assert!(!store.claim(1002, 9000, 2, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_claim_costs_the_same_among_twenty_thousand_pages() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let mut watch = watch();
    watch.urls = (0..20_000).map(|n| format!("https://host{}.example/{n}", n % 50).parse().unwrap()).collect();
    store.begin_pass(&watch, None, 1000).await.unwrap();
    // The plan, not the clock: no step may go through all pages for each page.
    let explained = format!("EXPLAIN QUERY PLAN {}", super::pages::CLAIM);
    let plan =
        sqlx::query(sqlx::AssertSqlSafe(explained)).bind(9000i64).bind(1000i64).bind(1i64).bind(4i64).fetch_all(&store.pool).await.unwrap();
    let plan: String = plan.iter().map(|row| row.get::<String, _>(3) + "; ").collect();
    assert!(plan.contains("USING INDEX page_lease (lease_until>?)"), "{plan}");
    assert!(plan.contains("USING INDEX page_pending") && !plan.contains("SCAN page"), "{plan}");
    for _ in 0..100 {
        let claim = store.claim(1000, 9000, 4, 1).await.unwrap().remove(0);
        store.record(&report(&claim, vec![]), 1001).await.unwrap();
    }
}

#[tokio::test]
async fn finding_and_notice_are_one_transaction_and_a_mail_takes_them_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    store.begin_pass(&watch(), None, 1000).await.unwrap();
    let claim = store.claim(1000, 9000, 4, 1).await.unwrap().remove(0);
    assert_eq!(store.record(&report(&claim, vec![verdict(Severity::High), verdict(Severity::High)]), 1001).await.unwrap(), 1);
    assert_eq!(store.waiting_notices().await.unwrap(), (1, Some(1001)));
    assert_eq!(store.compose(1002, |_| Vec::new()).await.unwrap(), 0);
    assert_eq!(store.waiting_notices().await.unwrap().0, 1, "an empty answer leaves them waiting");
    let letter = Letter { to: "me@example.org".into(), subject: "s".into(), text: "t".into(), html: None };
    let mail = NewMail { kind: "findings", letter: letter.clone() };
    assert_eq!(
        store
            .compose(1002, |n| {
                assert_eq!(n.len(), 1);
                vec![mail]
            })
            .await
            .unwrap(),
        1
    );
    assert_eq!(store.waiting_notices().await.unwrap().0, 0);
    let due = store.claim_mail(1003, 2000).await.unwrap().unwrap();
    assert_eq!((due.letter, due.tries), (letter, 1));
    assert!(store.claim_mail(1003, 2000).await.unwrap().is_none());
    store.refused(&due.id, 5000).await.unwrap();
    assert!(store.claim_mail(4999, 6000).await.unwrap().is_none());
    let due = store.claim_mail(5000, 6000).await.unwrap().unwrap();
    store.delivered(&due.id, "me@example.org", 5001).await.unwrap();
    assert_eq!(store.waiting_mails().await.unwrap(), (0, None));
}

#[tokio::test]
async fn a_pass_ends_when_nothing_is_pending_and_summaries_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let (watch, id) = (watch(), store.watch_id(&watch()));
    assert_eq!(store.begin_pass(&watch, None, 1000).await.unwrap(), 1000);
    assert_eq!(store.begin_pass(&watch, None, 1500).await.unwrap(), 1000, "a pass under way goes on");
    assert!(store.end_passes(1500).await.unwrap().is_empty());
    while let Some(claim) = store.claim(1500, 9000, 9, 1).await.unwrap().pop() {
        store.record(&report(&claim, vec![]), 1600).await.unwrap();
    }
    assert_eq!(store.end_passes(1700).await.unwrap(), std::slice::from_ref(&id));
    assert_eq!(store.summary(std::slice::from_ref(&id)).await.unwrap(), PassSummary { checked: 3, ..PassSummary::default() });
    // A clock that was set back begins a pass all the same.
    let again = store.begin_pass(&watch, None, 10).await.unwrap();
    assert!(again > 1000);
    assert_eq!(store.summary(&[id]).await.unwrap().pending, 3);
}

#[tokio::test]
async fn the_daemon_is_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let lock = store.lock_as_daemon().unwrap();
    assert!(matches!(store.lock_as_daemon(), Err(StoreError::Busy { .. })));
    drop(lock);
    assert!(store.lock_as_daemon().is_ok());
}

#[test]
fn the_sql_keeps_to_what_both_databases_take() {
    for text in [
        include_str!("migrations/0001_start.sql"),
        include_str!("migrations/0002_prune.sql"),
        include_str!("migrations/0004_rows.sql"),
        include_str!("prune.rs"),
        include_str!("clock.rs"),
        include_str!("record.rs"),
        include_str!("pages.rs"),
        include_str!("outbox.rs"),
    ] {
        for word in ["AUTOINCREMENT", "INSERT OR ", "REPLACE INTO", "rowid", "STRICT", "datetime(", "strftime(", "IFNULL("] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn a_site_that_shows_new_pictures_without_end_fills_no_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    for n in 0..350 {
        let memory = PictureMemory::Fingerprint(vec![7; 1000]);
        store.put_pictures(&[NewPicture::of(format!("body {n}")).giving(1, memory)], 1000 + n).await.unwrap();
    }
    assert_eq!(store.forget_surplus(1 << 30).await.unwrap(), 0, "there is room");
    assert_eq!(store.forget_surplus(200_000).await.unwrap(), 200, "by the hundred");
    assert!(store.body("body 199", 1, "").await.unwrap().is_none());
    assert!(store.body("body 200", 1, "").await.unwrap().is_some(), "those seen last stay");
}
