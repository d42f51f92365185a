//! The one place where a look at a page becomes memory: one transaction for findings, notices, links and the lease.

use std::collections::HashSet;
use std::sync::PoisonError;

use sqlx::{Row, Sqlite, SqliteExecutor, Transaction};
use url::Url;

use super::findings::{Sealed, rank, state_from, state_name};
use super::{Claim, ME, NewPicture, PageFacts, Store, StoreError, fresh_id};
use crate::model::{Kind, Millis, Problem, ProblemKind, Reason, Severity, State, Verdict};

/// A finding that returns this soon after it last returned is told in a summary, not each time.
const FLICKER: Millis = 7 * 24 * 3600 * 1000;

/// A watch is noted as seen at most so often; silence is counted in hours and days.
const SEEN_LATELY: Millis = 30 * 1000;

/// How a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Looked at.
    Seen,
    /// Not changed since the last look: what stood there stands.
    Unchanged,
    /// 404 or 410: what stood there is gone.
    Gone,
    /// Could not be looked at: nothing is known of what it does not show.
    Failed,
}

impl Outcome {
    /// Whether the page could be looked at.
    fn is_look(self) -> bool {
        matches!(self, Self::Seen | Self::Unchanged)
    }

    /// From the store.
    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Seen, Self::Unchanged, Self::Gone, Self::Failed].into_iter().find(|outcome| outcome.name() == name)
    }

    /// For the store.
    fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Unchanged => "unchanged",
            Self::Gone => "gone",
            Self::Failed => "failed",
        }
    }
}

/// A page to be looked at in the same pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// Its address.
    pub url: Url,
    /// What tells it from other pages: the address without session and tracking parameters.
    pub identity: Url,
    /// It is the next page of a row.
    pub next: bool,
    /// Links away from an own page.
    pub depth: u32,
    /// It never changes: one look is enough.
    pub once: bool,
}

/// What a look at a page gave.
#[derive(Clone, Debug)]
pub struct Report {
    /// The page's row.
    pub page: String,
    /// Its address.
    pub url: Url,
    /// The watch's row.
    pub watch: String,
    /// The watch's name.
    pub watch_name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Something was found on the page before that may stand there still.
    pub has_findings: bool,
    /// What to remember.
    pub facts: PageFacts,
    /// Persons, originals and recogniser that looked, as a keyed hash.
    pub looked_with: String,
    /// What was found; a page that could not be looked at as a whole may show something all the same.
    pub verdicts: Vec<Verdict>,
    /// Some pictures could not be looked at, so that an absent one is not known to be absent.
    pub pictures_unsure: bool,
    /// Some text was not read, so that an absent name is not known to be absent.
    pub text_unsure: bool,
    /// What the looks at its pictures add to the memory.
    pub pictures: Vec<NewPicture>,
    /// Pictures that the server says are gone.
    pub gone_pictures: HashSet<String>,
    /// Links to look at in this pass.
    pub follow: Vec<FollowUp>,
    /// At most so many pages in this pass.
    pub budget: usize,
    /// The thread's address, where it is known.
    pub thread: Option<String>,
    /// No page of the thread comes after it.
    pub tail: bool,
    /// It never changes: one whole look is enough.
    pub once: bool,
}

impl Report {
    /// A report of a look at a claimed page that found nothing and remembers nothing.
    pub fn new(claim: &Claim, watch_name: &str, outcome: Outcome) -> Self {
        Self {
            page: claim.id.clone(),
            url: claim.url.clone(),
            watch: claim.watch.clone(),
            watch_name: watch_name.into(),
            outcome,
            has_findings: claim.has_findings,
            facts: PageFacts::default(),
            looked_with: String::new(),
            verdicts: Vec::new(),
            pictures_unsure: false,
            text_unsure: false,
            pictures: Vec::new(),
            gone_pictures: HashSet::new(),
            follow: Vec::new(),
            budget: 0,
            thread: None,
            tail: false,
            once: false,
        }
    }
}

impl Store {
    /// Records a look. Returns how many findings were new, returned or risen.
    ///
    /// # Errors
    /// Where the database cannot be written; then nothing has changed and the page stays claimed.
    pub async fn record(&self, report: &Report, now: Millis) -> Result<usize, StoreError> {
        let facts = self.seal.seal(&report.page, &report.facts)?;
        let _turn = self.turn().await;
        if report.outcome == Outcome::Unchanged && !report.has_findings && report.follow.is_empty() && self.seen_lately(report, now) {
            // Nothing but the page's own row changes: the commonest case of all.
            self.put_page(&self.pool, report, facts, now).await?;
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let watch =
            sqlx::query("SELECT pass, ended_at, began_at FROM watch WHERE id = $1").bind(&report.watch).fetch_optional(&mut *tx).await?;
        let (pass, first_pass) = watch.map_or((0, false), |w| {
            let pass: i64 = w.get(0);
            (if pass == 0 { w.get(2) } else { pass }, w.get::<i64, _>(1) == 0)
        });
        let mut told = 0;
        match report.outcome {
            Outcome::Seen | Outcome::Failed => {
                let mut shown = HashSet::new();
                for verdict in &report.verdicts {
                    let id = self.finding_id(verdict);
                    if shown.insert(id.clone()) {
                        told += usize::from(self.put_finding(&mut tx, &id, verdict, report, first_pass, now).await?);
                    }
                }
                if report.outcome == Outcome::Seen {
                    self.miss(&mut tx, report, &shown).await?;
                }
            }
            Outcome::Unchanged => {
                sqlx::query(
                    "UPDATE finding SET last_seen = $1 WHERE id IN (SELECT finding FROM finding_page WHERE page = $2 AND misses = 0)",
                )
                .bind(now)
                .bind(&report.page)
                .execute(&mut *tx)
                .await?;
                sqlx::query("UPDATE finding_page SET misses = misses + 1 WHERE page = $1 AND misses > 0")
                    .bind(&report.page)
                    .execute(&mut *tx)
                    .await?;
                self.drop_missed(&mut tx, &report.page).await?;
            }
            Outcome::Gone => {
                sqlx::query("UPDATE finding_page SET misses = 2 WHERE page = $1").bind(&report.page).execute(&mut *tx).await?;
                self.drop_missed(&mut tx, &report.page).await?;
            }
        }
        self.add_pictures(&mut tx, &report.pictures, now).await?;
        let dropped = self.put_follow_ups(&mut tx, report, pass, now).await?;
        let unfinished = dropped > 0;
        let facts = if unfinished {
            let mut facts = report.facts.clone();
            facts.problems.push(Problem {
                watch: report.watch_name.clone(),
                url: report.url.to_string(),
                kind: ProblemKind::Limit,
                detail: format!("{dropped} links over follow.pages are left for later passes"),
            });
            self.seal.seal(&report.page, &facts)?
        } else {
            facts
        };
        if unfinished && report.once {
            // What it leads to has its turn in a later pass, and so has it.
            let again = Report { looked_with: String::new(), ..report.clone() };
            self.put_page(&mut *tx, &again, facts, now).await?;
        } else {
            self.put_page(&mut *tx, report, facts, now).await?;
        }
        if report.outcome.is_look() {
            sqlx::query("UPDATE watch SET seen_at = $1 WHERE id = $2 AND EXISTS (SELECT 1 FROM page WHERE page.id = $3 AND page.own = 1)")
                .bind(now)
                .bind(&report.watch)
                .bind(&report.page)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        if report.outcome.is_look() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(report.watch.clone(), now);
        }
        Ok(told)
    }

    /// Whether the watch was noted as seen so lately that it need not be noted again.
    fn seen_lately(&self, report: &Report, now: Millis) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&report.watch).copied();
        seen.is_some_and(|seen| (0..SEEN_LATELY).contains(&now.saturating_sub(seen)))
    }

    /// The row of a page that was looked at.
    async fn put_page(&self, to: impl SqliteExecutor<'_>, report: &Report, facts: Vec<u8>, now: Millis) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE page SET pending = 0, lease_until = 0, crashes = 0, outcome = $1, looked_with = $2, facts = $3, \
             seen_at = CASE WHEN $4 = 1 THEN $5 ELSE seen_at END, \
             thread = COALESCE($7, thread), tail = CASE WHEN $4 = 1 THEN $8 ELSE tail END, rate = CASE WHEN $4 = 1 AND outcome IS NOT NULL THEN (rate + $9) / 2 ELSE rate END WHERE id = $6",
        )
        .bind(report.outcome.name())
        .bind(&report.looked_with)
        .bind(facts)
        .bind(i64::from(report.outcome.is_look()))
        .bind(now)
        .bind(&report.page)
        .bind(self.thread_id(report))
        .bind(i64::from(report.tail))
        .bind(if report.outcome == Outcome::Seen { 1000i64 } else { 0 })
        .execute(to)
        .await?;
        Ok(())
    }

    /// The finding's key: kind, what was matched, and the place.
    fn finding_id(&self, verdict: &Verdict) -> String {
        let kind = kind_name(verdict.kind);
        self.seal.short("finding", &[ME.as_bytes(), kind.as_bytes(), verdict.matched.reveal().as_bytes(), verdict.place.as_bytes()])
    }

    /// Writes or renews one finding; `true` where the owner is to be told.
    async fn put_finding(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        id: &str,
        verdict: &Verdict,
        report: &Report,
        first_pass: bool,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let severity = rank(verdict.severity);
        let sealed = Sealed { watch: report.watch_name.clone(), page: report.url.to_string(), verdict: verdict.clone() };
        let sealed = self.seal.seal(id, &sealed)?;
        let old =
            sqlx::query("SELECT state, told, returned_at, gone FROM finding WHERE id = $1").bind(id).fetch_optional(&mut **tx).await?;
        let (cause, held, state) = match &old {
            None => (Some("new"), verdict.severity == Severity::Low && !first_pass, State::Open),
            Some(row) => {
                let (state, told, returned_at) = (state_from(&row.get::<String, _>(0)), row.get::<i64, _>(1), row.get::<i64, _>(2));
                if severity > told {
                    (Some("risen"), false, State::Open)
                } else if row.get::<i64, _>(3) != 0 && state != State::Dismissed {
                    let flickers = now.abs_diff(returned_at) < FLICKER as u64;
                    (Some("returned"), flickers || verdict.severity == Severity::Low, State::Open)
                } else {
                    (None, false, state)
                }
            }
        };
        if old.is_none() {
            sqlx::query(
                "INSERT INTO finding (id, person, watch, kind, severity, told, state, first_seen, last_seen, new_at, sealed) \
                 VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $7, $7, $8)",
            )
            .bind(id)
            .bind(ME)
            .bind(&report.watch)
            .bind(kind_name(verdict.kind))
            .bind(severity)
            .bind(state_name(state))
            .bind(now)
            .bind(sealed)
            .execute(&mut **tx)
            .await?;
        } else {
            sqlx::query(
                "UPDATE finding SET gone = 0, severity = $1, told = CASE WHEN told > $1 THEN told ELSE $1 END, state = $2, last_seen = $3, sealed = $4, \
                 dismissed_as = CASE WHEN $2 = 'dismissed' THEN dismissed_as END, \
                 new_at = CASE WHEN $5 = 1 THEN $3 ELSE new_at END, \
                 returned_at = CASE WHEN $6 = 1 THEN $3 ELSE returned_at END WHERE id = $7",
            )
            .bind(severity)
            .bind(state_name(state))
            .bind(now)
            .bind(sealed)
            .bind(i64::from(cause.is_some()))
            .bind(i64::from(cause == Some("returned")))
            .bind(id)
            .execute(&mut **tx)
            .await?;
        }
        sqlx::query(
            "INSERT INTO finding_page (finding, page, misses) VALUES ($1, $2, 0) ON CONFLICT (finding, page) DO UPDATE SET misses = 0",
        )
        .bind(id)
        .bind(&report.page)
        .execute(&mut **tx)
        .await?;
        let Some(cause) = cause else { return Ok(false) };
        sqlx::query(
            "INSERT INTO notice (id, person, watch, finding, cause, held, standing, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(fresh_id()?)
        .bind(ME)
        .bind(&report.watch)
        .bind(id)
        .bind(cause)
        .bind(i64::from(held))
        .bind(i64::from(first_pass))
        .bind(now)
        .execute(&mut **tx)
        .await?;
        Ok(true)
    }

    /// Findings of this page that the look did not show: twice in a row, or a picture that the server calls gone,
    /// and they leave the page.
    async fn miss(&self, tx: &mut Transaction<'static, Sqlite>, report: &Report, shown: &HashSet<String>) -> Result<(), StoreError> {
        let rows = sqlx::query("SELECT finding.id, finding.sealed FROM finding_page JOIN finding ON finding.id = finding_page.finding WHERE finding_page.page = $1")
            .bind(&report.page)
            .fetch_all(&mut **tx)
            .await?;
        for row in rows {
            let id: String = row.get(0);
            if shown.contains(&id) {
                continue;
            }
            let sealed: Sealed = self.seal.open(&id, row.get::<Vec<u8>, _>(1).as_slice())?;
            let verdict = &sealed.verdict;
            let gone = verdict.kind == Kind::Image && verdict.image.as_ref().is_some_and(|i| report.gone_pictures.contains(i));
            let rests_on_picture = verdict.kind == Kind::Image || verdict.reason == Reason::LinkedToPicture;
            let unsure = if rests_on_picture { report.pictures_unsure } else { report.text_unsure };
            if unsure && !gone {
                // It may well stand there still: "could not look" is not "gone".
                continue;
            }
            sqlx::query("UPDATE finding_page SET misses = misses + $1 WHERE finding = $2 AND page = $3")
                .bind(if gone { 2i64 } else { 1 })
                .bind(&id)
                .bind(&report.page)
                .execute(&mut **tx)
                .await?;
        }
        self.drop_missed(tx, &report.page).await
    }

    async fn drop_missed(&self, tx: &mut Transaction<'static, Sqlite>, page: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE finding SET gone = 1 WHERE gone = 0 \
             AND id IN (SELECT finding FROM finding_page WHERE page = $1 AND misses >= 2) \
             AND NOT EXISTS (SELECT 1 FROM finding_page WHERE finding_page.finding = finding.id AND misses < 2)",
        )
        .bind(page)
        .execute(&mut **tx)
        .await?;
        sqlx::query("DELETE FROM finding_page WHERE page = $1 AND misses >= 2").bind(page).execute(&mut **tx).await?;
        Ok(())
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image",
        Kind::Name => "name",
        Kind::Private => "private",
        Kind::Linked => "linked",
    }
}
