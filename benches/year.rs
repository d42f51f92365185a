//! How large the store grows in a year of 200 pages every six hours, with pruning and without: `cargo bench --bench year`.
//! Drives the store's own interface with a clock of its own; prints sizes; asserts nothing.
//!
//! One page in twenty changes from pass to pass and then shows three new pictures (fingerprints of 30 KB that no packing
//! makes smaller); a page shows its newest twelve. A picture that stands is asked for again every week or two, as in
//! `scan`. One changed page in fifty has a new finding, which is mailed.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use monitor::model::{Kind, Millis, Reason, Secret, Severity, Verdict, Watch};
use monitor::store::{KeySource, Letter, NewMail, NewPicture, Outcome, PictureMemory, Report, Store, Validators};
use url::Url;

const HOUR: Millis = 3600 * 1000;
const DAY: Millis = 24 * HOUR;
const PAGES: usize = 200;
const SHOWN: usize = 12;
const FINGERPRINT: usize = 30_000;

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..FINGERPRINT / 8).flat_map(|_| self.next().to_le_bytes()).collect()
    }
}

#[derive(Default)]
struct Page {
    pictures: VecDeque<(Url, String, Millis)>,
    whole_at: Millis,
}

fn size(folder: &Path) -> f64 {
    std::fs::metadata(Store::file_in(folder)).map_or(0.0, |m| m.len() as f64 / (1 << 20) as f64)
}

fn watch() -> Watch {
    let urls = (0..PAGES).map(|n| format!("https://board{}.example/t/{n}", n % 20).parse().expect("an address")).collect();
    Watch::new("boards", urls)
}

async fn year(prune: bool, days: i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let store = Store::open(&state, &KeySource::File(folder.path().join("store.key"))).await.expect("a store");
    let (watch, mut chance, mut pages) = (watch(), Chance(88_172_645_463_325_252), HashMap::<String, Page>::new());
    let (start, begun) = (1_800_000_000_000, Instant::now());
    let (mut made, mut findings, mut slowest, mut pruning) = (0u64, 0u64, Duration::ZERO, Duration::ZERO);
    for pass in 0..days * 4 {
        let now = start + pass * 6 * HOUR;
        // A page that has not changed costs a row of the same size: all of them are looked at once a week, and the others'
        // passes hold those that have changed.
        let all = pass % 28 == 0;
        let changing: Vec<Url> = watch.urls.iter().filter(|_| pass == 0 || chance.one_in(20)).cloned().collect();
        store.begin_pass(&watch, (!all).then_some(changing.as_slice()), now).await.expect("a pass");
        while let Some(claim) = store.claim(now, now + HOUR, 8, 1).await.expect("a claim").pop() {
            let page = pages.entry(claim.id.clone()).or_default();
            let changed = changing.contains(&claim.url);
            let whole = changed || now - page.whole_at >= 7 * DAY;
            let mut facts = claim.facts.clone();
            let mut verdicts = Vec::new();
            if changed {
                for _ in 0..if pass == 0 { SHOWN } else { 3 } {
                    made += 1;
                    let (url, id) = (format!("https://img.example/{made}.jpg").parse::<Url>().expect("an address"), format!("{made:032x}"));
                    store
                        .put_pictures(&[NewPicture::of(&id).giving(1, PictureMemory::Fingerprint(chance.bytes()))], now)
                        .await
                        .expect("a body");
                    store.put_pictures(&[NewPicture::of(&id).at(&url, Validators::default())], now).await.expect("a picture");
                    page.pictures.push_back((url, id, now));
                }
                while page.pictures.len() > SHOWN {
                    page.pictures.pop_front();
                }
                if chance.one_in(50) {
                    findings += 1;
                    verdicts.push(Verdict {
                        kind: Kind::Name,
                        severity: Severity::High,
                        reason: Reason::NameInContext,
                        matched: Secret::new("legal 0"),
                        place: format!("{}#{findings}", claim.url),
                        image: None,
                        original: None,
                        how: vec!["order".into()],
                        confidence: 0.98,
                        name: Some(Secret::new("Mira Sandoval")),
                        excerpt: Some(Secret::new("words of a thread around a name, as long as such words are")),
                    });
                }
                facts.links =
                    (0..30).map(|n| (format!("https://board.example/t/{made}/{n}").parse().expect("an address"), n == 0)).collect();
            }
            if whole {
                page.whole_at = now;
                for (url, id, checked) in page.pictures.iter_mut().filter(|p| now - p.2 >= 7 * DAY) {
                    *checked = now;
                    store.put_pictures(&[NewPicture::of(id.as_str()).at(url, Validators::default())], now).await.expect("a picture");
                }
            }
            let outcome = if whole { Outcome::Seen } else { Outcome::Unchanged };
            let looked_with = "revision".into();
            let report = Report { facts, looked_with, verdicts, text_unsure: true, ..Report::new(&claim, &watch.name, outcome) };
            store.record(&report, now).await.expect("a record");
        }
        store.end_passes(now).await.expect("an end");
        let text = "A new entry, in the words of a discreet mail, with a closing of some lines.\n".repeat(12);
        let letter = Letter { to: "me@example.org".into(), subject: "A note".into(), text, html: None };
        store.compose(now, |_| vec![NewMail { kind: "findings", letter }]).await.expect("a mail");
        while let Some(mail) = store.claim_mail(now, now + HOUR).await.expect("a mail") {
            store.delivered(&mail.id, &mail.letter.to, now).await.expect("a delivery");
        }
        if prune {
            let at = Instant::now();
            store.prune_if_due(now).await.expect("pruned");
            slowest = slowest.max(at.elapsed());
            pruning += at.elapsed();
        }
        if (pass + 1) % 120 == 0 {
            println!("  month {:2}: {:7.1} MiB, {made} pictures seen, {findings} findings", (pass + 1) / 120, size(&state));
        }
    }
    let at = Instant::now();
    store.check(start).await.expect("a whole store");
    println!(
        "  {:.0} s in all; pruning {:.1} s, at most {:.2} s at once; a check of everything {:.2} s",
        begun.elapsed().as_secs_f64(),
        pruning.as_secs_f64(),
        slowest.as_secs_f64(),
        at.elapsed().as_secs_f64()
    );
    store.close().await;
}

fn main() {
    let days = std::env::var("DAYS").ok().and_then(|d| d.parse().ok()).unwrap_or(360);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for prune in [true, false] {
        println!("{days} days, {}:", if prune { "pruned" } else { "not pruned" });
        runtime.block_on(year(prune, days));
    }
}
