//! Pages: which are pending, who looks at them, what the last look left behind.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use url::Url;

use super::pictures::Validators;
use super::{ME, Outcome, Store, StoreError};
use crate::model::{Millis, Problem, Watch};

/// A page that has been claimed for a look.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The row.
    pub id: String,
    /// The watch's row.
    pub watch: String,
    /// Keyed hash of its host.
    pub host: String,
    /// It is part of the pass because a finding stands on it, not because a link led to it now.
    pub revisit: bool,
    /// Its address.
    pub url: Url,
    /// The owner wrote the address.
    pub own: bool,
    /// Links away from an own page.
    pub depth: u32,
    /// The program died while it looked, so many times in a row.
    pub crashes: u32,
    /// What the last look left behind; empty before the first.
    pub facts: PageFacts,
    /// Persons, originals and recogniser of the last look, as a keyed hash.
    pub looked_with: Option<String>,
    /// Something was found on it that may stand there still.
    pub has_findings: bool,
}

/// What a look leaves behind for the next one. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// For the next conditional request.
    #[serde(default)]
    pub validators: Validators,
    /// Keyed hash of the body.
    #[serde(default)]
    pub body: Option<String>,
    /// Keyed hash of all that was read from it: a page may change in what nobody sees.
    #[serde(default)]
    pub read: Option<String>,
    /// Keyed hash of what of that is judged: a counter may change, and a date.
    #[serde(default)]
    pub shown: Option<String>,
    /// What the list that leads to it said of its state when it was last looked at.
    #[serde(default)]
    pub mark: Option<String>,
    /// When it was last asked for and came, or had not changed.
    #[serde(default)]
    pub asked_at: Millis,
    /// What kind of source it was read as.
    #[serde(default)]
    pub kind: Option<String>,
    /// Links that were followed or would be: address, and whether it is the next page of a row.
    #[serde(default)]
    pub links: Vec<(Url, bool)>,
    /// What could not be looked at.
    #[serde(default)]
    pub problems: Vec<Problem>,
    /// How much it showed when it was last seen with as much as before; see [`Shown`].
    #[serde(default)]
    pub much: Shown,
    /// When it was last looked at as a whole, not only found unchanged.
    #[serde(default)]
    pub whole_at: Millis,
    /// Pictures on the page.
    #[serde(default)]
    pub images_seen: u64,
    /// Pictures whose bytes came anew.
    #[serde(default)]
    pub images_fetched: u64,
    /// Pictures that were known.
    #[serde(default)]
    pub images_reused: u64,
    /// Pictures that could not be looked at.
    #[serde(default)]
    pub images_failed: u64,
}

/// How much a page shows. One that shows much less from one look to the next may be a wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Words that a reader sees.
    pub words: u64,
    /// Pictures.
    pub images: u64,
    /// When it last showed so much.
    pub at: Millis,
}

impl Shown {
    /// What has shrunk stays suspect for so long.
    const SUSPECT: u64 = 7 * 24 * 3600 * 1000;

    /// Whether `now` is much less than this, which was not long ago.
    pub fn has_shrunk_to(&self, now: &Self) -> bool {
        let was_much = self.words >= 120 || self.images >= 8;
        was_much && now.words * 6 < self.words.max(1) && now.images * 6 <= self.images && now.at.abs_diff(self.at) < Self::SUSPECT
    }
}

/// How a page was last looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// Its address.
    pub url: Url,
    /// It is still to be looked at in the pass under way.
    pub pending: bool,
    /// How the last look ended; none before the first.
    pub outcome: Option<Outcome>,
    /// When it was last really seen; 0: never.
    pub seen_at: Millis,
    /// What the last look left behind.
    pub facts: PageFacts,
}

impl PageFacts {
    /// Something could not be looked at for a passing reason, so that the next look must be a whole one.
    pub fn must_look_again(&self) -> bool {
        self.problems.iter().any(|p| p.kind.is_passing())
    }
}

/// Claims pending pages that meet a condition: until $1, it being $2, at most $3 of them.
macro_rules! claim_sql {
    ($free:literal) => {
        concat!(
            "UPDATE page SET lease_until = $1 WHERE id IN (SELECT id FROM page WHERE pending = 1 AND lease_until <= $2 AND ",
            $free,
            " ORDER BY crashes, rank, depth LIMIT $3) RETURNING id, watch, sealed, own, depth, crashes, facts, looked_with, ",
            "EXISTS (SELECT 1 FROM finding_page WHERE finding_page.page = page.id), host, revisit"
        )
    };
}

/// See [`Store::claim`]. The signs keep SQLite from going through all that is pending: few pages are leased.
pub(super) const CLAIM: &str =
    claim_sql!("host NOT IN (SELECT host FROM page WHERE lease_until > $2 AND +pending = 1 GROUP BY +host HAVING COUNT(*) + $3 > $4)");

impl Store {
    /// Adds an address that the owner wrote to the pass `pass` of a watch, pending, unless it is part of it already.
    /// Returns whether it became pending.
    pub(super) async fn insert_page(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        watch: &str,
        url: &Url,
        pass: Millis,
    ) -> Result<bool, StoreError> {
        self.insert_linked_page(tx, watch, url, url, true, 0, 0, pass).await
    }

    /// Adds `url` to the pass; two addresses of one `identity` are one page.
    #[expect(clippy::too_many_arguments, reason = "one row, column by column")]
    pub(super) async fn insert_linked_page(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        watch: &str,
        url: &Url,
        identity: &Url,
        own: bool,
        rank: i64,
        depth: u32,
        pass: Millis,
    ) -> Result<bool, StoreError> {
        let id = self.page_id(watch, identity);
        let host = self.seal.look_up("host", &[url.host_str().unwrap_or_default().as_bytes()]);
        let sealed = self.seal.seal(&id, url)?;
        let done = sqlx::query(
            "INSERT INTO page (id, person, watch, host, sealed, own, rank, depth, pass, pending) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) \
             ON CONFLICT (id) DO UPDATE SET own = CASE WHEN page.own > excluded.own THEN page.own ELSE excluded.own END, \
             rank = CASE WHEN page.own > excluded.own THEN page.rank ELSE excluded.rank END, \
             depth = excluded.depth, pass = excluded.pass, pending = 1, revisit = 0, sealed = excluded.sealed \
             WHERE page.pass <> excluded.pass",
        )
        .bind(&id)
        .bind(ME)
        .bind(watch)
        .bind(host)
        .bind(sealed)
        .bind(i64::from(own))
        .bind(rank)
        .bind(i64::from(depth))
        .bind(pass)
        .execute(&mut **tx)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    pub(super) fn page_id(&self, watch: &str, url: &Url) -> String {
        let mut key = url.clone();
        key.set_fragment(None);
        self.seal.look_up("page", &[watch.as_bytes(), key.as_str().as_bytes()])
    }

    /// Claims up to `most` pending pages until `until`: own pages first, at most `per_host` claims of one host at once, and
    /// none of a host that has not room for `most`.
    /// A page that was claimed when the program died counts a crash ([`Store::lock_as_worker`]); who claims it can see
    /// how many, so that a page that kills the program cannot make a loop.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn claim(&self, now: Millis, until: Millis, per_host: usize, most: usize) -> Result<Vec<Claim>, StoreError> {
        let _turn = self.turn().await;
        let rows = sqlx::query(CLAIM).bind(until).bind(now).bind(most as i64).bind(per_host as i64).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.claimed(row)).collect()
    }

    /// Claims up to `most` pending pages until `until`, so that no host has more than `per_host` claimed and as many hosts as there
    /// are get their turn. It goes through all that is pending.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn claim_of_each(&self, now: Millis, until: Millis, per_host: usize, most: usize) -> Result<Vec<Claim>, StoreError> {
        const SQL: &str = claim_sql!(
            "id IN (SELECT free.id FROM (SELECT id, host, ROW_NUMBER() OVER (PARTITION BY host ORDER BY crashes, rank, depth) AS place FROM page \
             WHERE pending = 1 AND lease_until <= $2) AS free LEFT JOIN (SELECT host, COUNT(*) AS claims FROM page \
             WHERE lease_until > $2 AND +pending = 1 GROUP BY +host) AS busy ON busy.host = free.host \
             WHERE free.place <= $4 - COALESCE(busy.claims, 0) ORDER BY free.place LIMIT $3)"
        );
        let _turn = self.turn().await;
        let rows = sqlx::query(SQL).bind(until).bind(now).bind(most as i64).bind(per_host as i64).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.claimed(row)).collect()
    }

    /// Claims the next pending page of one host, given by its keyed hash, unless `per_host` are claimed already: when one of
    /// its pages is done, this finds it without going through those of others.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn claim_of(&self, host: &str, now: Millis, until: Millis, per_host: usize) -> Result<Option<Claim>, StoreError> {
        const SQL: &str = claim_sql!(
            "host = $4 AND $5 > (SELECT COUNT(*) FROM page AS held WHERE held.lease_until > $2 AND +held.host = $4 AND +held.pending = 1)"
        );
        let _turn = self.turn().await;
        let row = sqlx::query(SQL).bind(until).bind(now).bind(1i64).bind(host).bind(per_host as i64).fetch_optional(&self.pool).await?;
        row.map(|row| self.claimed(&row)).transpose()
    }

    fn claimed(&self, row: &SqliteRow) -> Result<Claim, StoreError> {
        let id: String = row.get(0);
        let facts: Option<Vec<u8>> = row.get(6);
        Ok(Claim {
            watch: row.get(1),
            url: self.seal.open(&id, row.get::<Vec<u8>, _>(2).as_slice())?,
            host: row.get(9),
            revisit: row.get::<i64, _>(10) != 0,
            own: row.get::<i64, _>(3) != 0,
            depth: row.get::<i64, _>(4).clamp(0, i64::from(u32::MAX)) as u32,
            crashes: row.get::<i64, _>(5).clamp(0, 1000) as u32,
            // Facts of an older format are only a cache: without them the page is looked at anew.
            facts: facts.and_then(|f| self.seal.open(&id, &f).ok()).unwrap_or_default(),
            looked_with: row.get(7),
            has_findings: row.get(8),
            id,
        })
    }

    /// Holds claimed pages until `until`: called while they are in work.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn renew(&self, pages: impl Iterator<Item = &String>, until: Millis) -> Result<(), StoreError> {
        let _turn = self.turn().await;
        let mut tx = self.begin().await?;
        for page in pages {
            sqlx::query("UPDATE page SET lease_until = $1 WHERE id = $2 AND pending = 1").bind(until).bind(page).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// How many pages of these watches are pending, in work or not.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn pending(&self, watches: &HashMap<String, std::sync::Arc<Watch>>) -> Result<u64, StoreError> {
        let rows = sqlx::query("SELECT watch, COUNT(*) FROM page WHERE pending = 1 GROUP BY watch").fetch_all(&self.pool).await?;
        let these = rows.iter().filter(|row| watches.contains_key(row.get::<&str, _>(0)));
        Ok(these.map(|row| row.get::<i64, _>(1).max(0) as u64).sum())
    }

    /// Gives a claimed page back unlooked, for when the program stops.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn give_back(&self, page: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE page SET lease_until = 0 WHERE id = $1").bind(page).execute(&self.pool).await?;
        Ok(())
    }

    /// Frees what an earlier process left claimed; those pages have cost a life more.
    pub(super) async fn free_leases(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE page SET lease_until = 0, crashes = crashes + 1 WHERE lease_until <> 0").execute(&self.pool).await?;
        sqlx::query("UPDATE mail SET lease_until = 0 WHERE lease_until <> 0").execute(&self.pool).await?;
        Ok(())
    }

    /// Pages of the pass of `watch` that starts at `pass`: how many there are.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn pages_in_pass(&self, watch: &str, pass: Millis) -> Result<usize, StoreError> {
        let row =
            sqlx::query("SELECT COUNT(*) FROM page WHERE watch = $1 AND pass = $2").bind(watch).bind(pass).fetch_one(&self.pool).await?;
        Ok(row.get::<i64, _>(0).max(0) as usize)
    }

    /// Every page of the last pass of `watch`, as it was last looked at, the owner's own first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn looks_of_pass(&self, watch: &str) -> Result<Vec<Look>, StoreError> {
        let rows = sqlx::query(
            "SELECT page.id, page.sealed, page.pending, page.outcome, page.seen_at, page.facts FROM page \
             JOIN watch ON watch.id = page.watch WHERE page.watch = $1 AND page.pass = watch.began_at ORDER BY page.rank, page.depth, page.id",
        )
        .bind(watch)
        .fetch_all(&self.pool)
        .await?;
        let look = |row: &SqliteRow| {
            let id: String = row.get(0);
            let facts: Option<Vec<u8>> = row.get(5);
            Ok(Look {
                url: self.seal.open(&id, row.get::<Vec<u8>, _>(1).as_slice())?,
                pending: row.get::<i64, _>(2) != 0,
                outcome: row.get::<Option<String>, _>(3).as_deref().and_then(Outcome::of),
                seen_at: row.get(4),
                facts: facts.and_then(|facts| self.seal.open(&id, &facts).ok()).unwrap_or_default(),
            })
        };
        rows.iter().map(look).collect()
    }

    /// Facts of every page of the last pass of `watch` that has been looked at.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn facts_of_pass(&self, watch: &str) -> Result<Vec<PageFacts>, StoreError> {
        let rows = sqlx::query(
            "SELECT page.id, page.facts FROM page JOIN watch ON watch.id = page.watch \
             WHERE page.watch = $1 AND page.pass = watch.began_at AND page.pending = 0 AND page.facts IS NOT NULL",
        )
        .bind(watch)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().filter_map(|row| self.seal.open(&row.get::<String, _>(0), row.get::<Vec<u8>, _>(1).as_slice()).ok()).collect())
    }
}
