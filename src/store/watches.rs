//! Watches and their passes.

use sqlx::{Row, SqliteExecutor};
use url::Url;

use super::{ME, Store, StoreError};
use crate::model::{Millis, Watch};

/// What the store remembers of a watch.
#[derive(Clone, Debug)]
pub struct WatchFacts {
    /// The row.
    pub id: String,
    /// Start of the pass under way; 0: none.
    pub pass: Millis,
    /// Start of the last pass; 0: never.
    pub began_at: Millis,
    /// End of the last whole pass; 0: the first is not over.
    pub ended_at: Millis,
    /// When one of its own pages could last be looked at; 0: never.
    pub seen_at: Millis,
    /// When it was first configured.
    pub known_since: Millis,
    /// Its silence has been told.
    pub silent_told: bool,
    /// One of its own pages is still to be looked at in the pass under way.
    pub own_pending: bool,
}

/// What became of one pass of one or more watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassSummary {
    /// Pages looked at anew.
    pub checked: u64,
    /// Pages that had not changed.
    pub unchanged: u64,
    /// Pages that could not be looked at.
    pub failed: u64,
    /// Pages still to do.
    pub pending: u64,
}

impl Store {
    /// The row of `watch`.
    pub fn watch_id(&self, watch: &Watch) -> String {
        self.seal.look_up("watch", &[ME.as_bytes(), watch.name.as_bytes()])
    }

    /// What is known of `watch`; makes its row at first use.
    ///
    /// # Errors
    /// Where the database cannot be read or written.
    pub async fn watch(&self, watch: &Watch, now: Millis) -> Result<WatchFacts, StoreError> {
        let id = self.watch_id(watch);
        self.insert_watch(&self.pool, &id, watch, now).await?;
        let row = sqlx::query("SELECT pass, began_at, ended_at, seen_at, known_since, silent_told FROM watch WHERE id = $1")
            .bind(&id)
            .fetch_one(&self.pool)
            .await?;
        let own = sqlx::query("SELECT 1 FROM page WHERE watch = $1 AND own = 1 AND pending = 1 LIMIT 1").bind(&id);
        let own_pending = own.fetch_optional(&self.pool).await?.is_some();
        Ok(WatchFacts {
            id,
            pass: row.get(0),
            began_at: row.get(1),
            ended_at: row.get(2),
            seen_at: row.get(3),
            known_since: row.get(4),
            silent_told: row.get::<i64, _>(5) != 0,
            own_pending,
        })
    }

    /// Makes the row of a watch, unless it is there.
    async fn insert_watch(&self, to: impl SqliteExecutor<'_>, id: &str, watch: &Watch, now: Millis) -> Result<(), StoreError> {
        let sealed = self.seal.seal(id, &watch.name)?;
        sqlx::query("INSERT INTO watch (id, person, sealed, known_since) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING")
            .bind(id)
            .bind(ME)
            .bind(sealed)
            .bind(now)
            .execute(to)
            .await?;
        Ok(())
    }

    /// Begins a pass of `watch` at `now`: its own pages and those that findings stand on become pending.
    /// A pass that is under way already goes on instead. With `only`, the pass is of these addresses alone.
    /// Returns the start of the pass.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn begin_pass(&self, watch: &Watch, only: Option<&[Url]>, now: Millis) -> Result<Millis, StoreError> {
        let id = self.watch_id(watch);
        let _turn = self.turn().await;
        let mut tx = self.begin().await?;
        let known = sqlx::query("SELECT pass, began_at FROM watch WHERE id = $1").bind(&id);
        let (under_way, began_at): (Millis, Millis) = match known.fetch_optional(&mut *tx).await? {
            Some(row) => (row.get(0), row.get(1)),
            None => {
                self.insert_watch(&mut *tx, &id, watch, now).await?;
                (0, 0)
            }
        };
        if under_way != 0 {
            for url in only.unwrap_or(&watch.urls) {
                self.insert_page(&mut tx, &id, url, under_way).await?;
            }
            tx.commit().await?;
            return Ok(under_way);
        }
        // Two passes never share a start, even where the clock was set back: pages are told apart by it.
        let now = now.max(began_at + 1);
        sqlx::query("UPDATE watch SET pass = $1, began_at = $1 WHERE id = $2 AND pass = 0").bind(now).bind(&id).execute(&mut *tx).await?;
        for url in only.unwrap_or(&watch.urls) {
            self.insert_page(&mut tx, &id, url, now).await?;
        }
        if only.is_none() {
            // An address that the owner took out of the configuration is no longer their own page.
            sqlx::query("UPDATE page SET own = 0, rank = 2 WHERE watch = $1 AND pass <> $2 AND own = 1")
                .bind(&id)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        }
        if only.is_none() && watch.follow.is_some() {
            sqlx::query(
                "UPDATE page SET pass = $1, pending = 1, revisit = 1 WHERE watch = $2 AND pass <> $1 AND id IN (\
                 SELECT finding_page.page FROM finding_page JOIN finding ON finding.id = finding_page.finding WHERE finding.state <> 'dismissed')",
            )
            .bind(now)
            .bind(&id)
            .execute(&mut *tx)
            .await?;
        }
        if only.is_none() {
            // What is no longer looked at cannot keep a finding from being gone elsewhere.
            sqlx::query("DELETE FROM finding_page WHERE page IN (SELECT id FROM page WHERE watch = $1 AND pass <> $2)")
                .bind(&id)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(now)
    }

    /// Ends every pass of which nothing is pending; returns their watches' rows.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn end_passes(&self, now: Millis) -> Result<Vec<String>, StoreError> {
        let _turn = self.turn().await;
        let rows = sqlx::query(
            "UPDATE watch SET pass = 0, ended_at = $1 WHERE pass <> 0 \
             AND NOT EXISTS (SELECT 1 FROM page WHERE page.watch = watch.id AND pending = 1) RETURNING id",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// How the pages of the last pass fared, over the given watches' rows.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn summary(&self, watches: &[String]) -> Result<PassSummary, StoreError> {
        let mut sum = PassSummary::default();
        let rows = sqlx::query(
            "SELECT watch.id, CASE WHEN pending = 1 THEN 'pending' ELSE COALESCE(outcome, 'failed') END AS o, COUNT(*) \
             FROM watch JOIN page ON watch.id = page.watch WHERE page.pass = watch.began_at GROUP BY watch.id, o",
        )
        .fetch_all(&self.pool)
        .await?;
        for row in rows.iter().filter(|row| watches.contains(&row.get(0))) {
            let n = row.get::<i64, _>(2).max(0) as u64;
            match row.get::<String, _>(1).as_str() {
                "seen" => sum.checked += n,
                "unchanged" => sum.unchanged += n,
                "pending" => sum.pending += n,
                _ => sum.failed += n,
            }
        }
        Ok(sum)
    }

    /// Ends the passes of watches that are no longer configured; findings no longer stand on their pages.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn end_passes_except(&self, watches: &[Watch]) -> Result<(), StoreError> {
        let kept: Vec<String> = watches.iter().map(|w| self.watch_id(w)).collect();
        let rows = sqlx::query("SELECT id FROM watch").fetch_all(&self.pool).await?;
        for id in rows.iter().map(|r| r.get::<String, _>(0)).filter(|id| !kept.contains(id)) {
            // No longer the owner's own: what nobody looks at any more is forgotten in time.
            sqlx::query("UPDATE page SET pending = 0, lease_until = 0, own = 0, rank = 2 WHERE watch = $1 AND (own = 1 OR pending = 1)")
                .bind(&id)
                .execute(&self.pool)
                .await?;
            sqlx::query("UPDATE watch SET pass = 0 WHERE id = $1").bind(&id).execute(&self.pool).await?;
            sqlx::query("DELETE FROM finding_page WHERE page IN (SELECT id FROM page WHERE watch = $1)")
                .bind(&id)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    /// How many passes are under way.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn passes_under_way(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM watch WHERE pass <> 0 AND EXISTS (SELECT 1 FROM page WHERE page.watch = watch.id AND pending = 1)",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(row.get::<i64, _>(0).max(0) as u64)
    }

    /// Remembers whether the owner has been told that `watch` cannot be looked at.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn set_silent_told(&self, watch: &str, told: bool) -> Result<(), StoreError> {
        sqlx::query("UPDATE watch SET silent_told = $1 WHERE id = $2").bind(i64::from(told)).bind(watch).execute(&self.pool).await?;
        Ok(())
    }
}
