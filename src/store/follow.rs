//! Which of a page's links become part of the pass. Where there is no room for all: what was never looked at, then what changes
//! most and was not looked at for longest, so that over some passes every one has its turn.

use sqlx::{Row, Sqlite, Transaction};

use super::{FollowUp, ME, Report, Store, StoreError};
use crate::model::Millis;

/// A page that never changed counts as if so many of a thousand looks had shown a change.
const LEAST_RATE: i64 = 20;
/// Last pages of one row that are looked at beside its first.
const TAILS: i64 = 3;

impl Store {
    /// Adds the links to the pass as far as there is room; returns how many were left out.
    pub(super) async fn put_follow_ups(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        report: &Report,
        pass: Millis,
        now: Millis,
    ) -> Result<usize, StoreError> {
        if report.follow.is_empty() {
            return Ok(0);
        }
        let row = sqlx::query("SELECT COUNT(*) FROM page WHERE watch = $1 AND pass = $2 AND revisit = 0")
            .bind(&report.watch)
            .bind(pass)
            .fetch_one(&mut **tx)
            .await?;
        let mut room = (report.budget as i64).saturating_sub(row.get(0));
        // Where the end of a row is known, a quarter of the budget is kept for what comes after it.
        let (mut reserve, mut at_end) = (0, false);
        if report.follow.iter().any(|link| link.next) {
            let row = sqlx::query("SELECT tail FROM page WHERE id = $1").bind(&report.page).fetch_optional(&mut **tx).await?;
            at_end = row.is_some_and(|row| row.get::<i64, _>(0) == 1);
            if !at_end && room > 0 {
                let (new, known) = self.add_tails(tx, report, pass).await?;
                room -= new;
                reserve = if known > 0 { (report.budget as i64 / 4).max(1) } else { 0 };
            }
        }
        let mut links: Vec<&FollowUp> = Vec::with_capacity(report.follow.len());
        for link in &report.follow {
            if !(link.once && self.is_done(tx, report, link).await?) {
                links.push(link);
            }
        }
        if links.len() as i64 > room {
            links = self.first_worth(tx, report, links, now).await?;
        }
        let mut dropped = 0;
        for link in links {
            if room > if link.next { reserve } else { 0 } {
                let rank = if link.next { 1 } else { 2 };
                room -=
                    i64::from(self.insert_linked_page(tx, &report.watch, &link.url, &link.identity, false, rank, link.depth, pass).await?);
                if link.next && at_end {
                    self.remember_next(tx, report, link).await?;
                }
                continue;
            }
            if link.next {
                self.remember_next(tx, report, link).await?;
            }
            let known =
                sqlx::query("SELECT 1 FROM page WHERE id = $1 AND pass = $2").bind(self.page_id(&report.watch, &link.identity)).bind(pass);
            dropped += usize::from(known.fetch_optional(&mut **tx).await?.is_none());
        }
        Ok(dropped)
    }

    /// The end of a row that was found in earlier passes: new posts stand there, however many pages are before it. Returns how
    /// many of its pages became part of the pass, and how many are known.
    async fn add_tails(&self, tx: &mut Transaction<'static, Sqlite>, report: &Report, pass: Millis) -> Result<(i64, i64), StoreError> {
        let done = sqlx::query(
            "UPDATE page SET pass = $1, pending = 1, revisit = 0, rank = 0 WHERE id IN (SELECT id FROM page \
             WHERE watch = $2 AND thread = $3 AND tail = 1 AND id <> $4 AND pass <> $1 ORDER BY seen_at DESC LIMIT $5)",
        )
        .bind(pass)
        .bind(&report.watch)
        .bind(self.thread_id(report))
        .bind(&report.page)
        .bind(TAILS)
        .execute(&mut **tx)
        .await?;
        let known = sqlx::query("SELECT COUNT(*) FROM page WHERE watch = $1 AND thread = $2 AND tail = 1 AND id <> $3")
            .bind(&report.watch)
            .bind(self.thread_id(report))
            .bind(&report.page)
            .fetch_one(&mut **tx)
            .await?;
        Ok((done.rows_affected() as i64, known.get(0)))
    }

    /// A row's next page, not looked at yet: the next pass goes on there where this one has no room for it.
    async fn remember_next(&self, tx: &mut Transaction<'static, Sqlite>, report: &Report, link: &FollowUp) -> Result<(), StoreError> {
        let id = self.page_id(&report.watch, &link.identity);
        sqlx::query(
            "INSERT INTO page (id, person, watch, host, sealed, own, rank, depth, pass, pending, thread, tail) \
             VALUES ($1, $2, $3, $4, $5, 0, 1, $6, 0, 0, $7, 1) ON CONFLICT (id) DO UPDATE SET tail = 1, thread = excluded.thread WHERE page.outcome IS NULL",
        )
        .bind(&id)
        .bind(ME)
        .bind(&report.watch)
        .bind(self.seal.look_up("host", &[link.url.host_str().unwrap_or_default().as_bytes()]))
        .bind(self.seal.seal(&id, &link.url)?)
        .bind(i64::from(link.depth))
        .bind(self.thread_id(report))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// The keyed hash of the thread that a page belongs to.
    pub(super) fn thread_id(&self, report: &Report) -> Option<String> {
        report.thread.as_ref().map(|thread| self.seal.look_up("thread", &[thread.as_bytes()]))
    }

    /// Whether a thing that never changes was looked at with what it would be looked at with now.
    async fn is_done(&self, tx: &mut Transaction<'static, Sqlite>, report: &Report, link: &FollowUp) -> Result<bool, StoreError> {
        let done = sqlx::query("SELECT 1 FROM page WHERE id = $1 AND looked_with = $2 AND outcome IN ('seen', 'unchanged')")
            .bind(self.page_id(&report.watch, &link.identity))
            .bind(&report.looked_with)
            .fetch_optional(&mut **tx)
            .await?;
        Ok(done.is_some())
    }

    /// The links in the order in which they are worth a look.
    async fn first_worth<'r>(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        report: &Report,
        links: Vec<&'r FollowUp>,
        now: Millis,
    ) -> Result<Vec<&'r FollowUp>, StoreError> {
        let mut worth = Vec::with_capacity(links.len());
        for link in links {
            let row = sqlx::query("SELECT seen_at, rate FROM page WHERE id = $1 AND outcome IS NOT NULL")
                .bind(self.page_id(&report.watch, &link.identity))
                .fetch_optional(&mut **tx)
                .await?;
            let worth_of = |row: sqlx::sqlite::SqliteRow| {
                let age = now.saturating_sub(row.get::<i64, _>(0)).max(0);
                age.saturating_mul(row.get::<i64, _>(1).max(LEAST_RATE))
            };
            let one = if link.next { i64::MAX } else { row.map_or(i64::MAX - 1, worth_of) };
            worth.push((one, link));
        }
        // As they stand where they are worth the same.
        worth.sort_by_key(|(one, _)| std::cmp::Reverse(*one));
        Ok(worth.into_iter().map(|(_, link)| link).collect())
    }
}
