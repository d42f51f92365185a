//! What is forgotten, so that the store stays bounded over years: pictures that no page has shown for long, pages that
//! no pass has had for long, watches that are in no configuration any more, mails that were taken long ago with their notices,
//! and whatever fingerprints of found pictures are over a bound. Findings are never forgotten: they are the owner's evidence.
//!
//! A picture that stands on a page is asked for again every week or two (`scan`), and that marks it as seen: nothing is
//! written for this alone. Rows go in small bunches, so that nobody who writes waits long; each bunch is whole by
//! itself, and what is forgotten too early is only fetched again. The file does not shrink: its empty places are used
//! again, and a change of the key writes it anew.

use sqlx::Row;

use super::{Store, StoreError};
use crate::model::Millis;

const DAY: Millis = 24 * 3600 * 1000;
/// Pictures and bodies that nobody has seen for so long. More than twice the time after which they are asked for again.
const PICTURES: Millis = 30 * DAY;
/// Pages that no pass has had for so long.
const PAGES: Millis = 90 * DAY;
/// Mails that were delivered so long ago.
const MAILS: Millis = 30 * DAY;
/// Bytes of the fingerprints of found pictures that are kept. A site that shows new pictures at each look could fill a disk
/// within weeks; those that were seen longest ago go first, and cost one more look where they still stand.
const MOST_BODIES: u64 = 1 << 30;
/// Rows that go at a time; a body has some 30 KB.
const BUNCH: i64 = 100;
/// Others write between two bunches.
const BREATH: std::time::Duration = std::time::Duration::from_millis(20);
/// Remembers when it was last pruned.
const PRUNED: &str = "pruned";

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Addresses of pictures.
    pub pictures: u64,
    /// Fingerprints of found pictures.
    pub bodies: u64,
    /// Pages.
    pub pages: u64,
    /// Mails that were delivered.
    pub mails: u64,
}

impl Store {
    /// Forgets what is old, once a day at most; `None` where it was not due, or is the first time. Ages are counted back from the last time,
    /// not from `now`: a clock that leaps forward makes nothing old before a pass has seen it again.
    ///
    /// # Errors
    /// Where the database cannot be written; what was pruned so far stays pruned.
    pub async fn prune_if_due(&self, now: Millis) -> Result<Option<Pruned>, StoreError> {
        let last = self.time(PRUNED).await?;
        if last != 0 && now.abs_diff(last) < DAY as u64 {
            return Ok(None);
        }
        self.set_time(PRUNED, now).await?;
        if last == 0 || last > now {
            return Ok(None);
        }
        let pictures = self.sweep_out("picture", "checked_at < $1", last - PICTURES).await?;
        let unused = "seen_at < $1 AND NOT EXISTS (SELECT 1 FROM picture WHERE picture.body = body.id)";
        let bodies = self.sweep_out("body", unused, last - PICTURES).await? + self.forget_surplus(MOST_BODIES).await?;
        // Pages of the last pass of a watch that the owner has are kept however long ago that was.
        let left = "own = 0 AND pending = 0 AND pass < $1 AND NOT EXISTS (SELECT 1 FROM finding_page WHERE finding_page.page = page.id) \
             AND NOT EXISTS (SELECT 1 FROM page AS root JOIN watch ON watch.id = root.watch \
             WHERE root.watch = page.watch AND root.own = 1 AND watch.began_at = page.pass)";
        let pages = self.sweep_out("page", left, last - PAGES).await?;
        let gone = "pass = 0 AND began_at < $1 AND known_since < $1 AND NOT EXISTS (SELECT 1 FROM page WHERE page.watch = watch.id)";
        self.sweep_out("watch", gone, last - PAGES).await?;
        // As long as a mail of the same content waits, it can be seen who has had it.
        let taken =
            "delivered_at < $1 AND NOT EXISTS (SELECT 1 FROM mail AS other WHERE other.batch = mail.batch AND other.delivered_at IS NULL)";
        let mails = self.sweep_out("mail", taken, last - MAILS).await?;
        let told = "mail IS NOT NULL AND created_at < $1 AND NOT EXISTS (SELECT 1 FROM mail AS letter WHERE letter.id = notice.mail)";
        self.sweep_out("notice", told, last - MAILS).await?;
        Ok(Some(Pruned { pictures, bodies, pages, mails }))
    }

    /// Forgets the fingerprints of found pictures that are more than the store may hold, whenever it was last pruned: in a
    /// day, a site could show more than a disk takes. Says how many went.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn keep_in_bounds(&self) -> Result<u64, StoreError> {
        self.forget_surplus(MOST_BODIES).await
    }

    /// Forgets the fingerprints of found pictures that were seen longest ago, until the rest have at most `most` bytes.
    pub(super) async fn forget_surplus(&self, most: u64) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM body").fetch_one(&self.pool).await?;
        let (mut bytes, mut sum) = (row.get::<i64, _>(0).max(0) as u64, 0);
        while bytes > most {
            let sql = "DELETE FROM body WHERE id IN (SELECT id FROM body ORDER BY seen_at, id LIMIT $1) RETURNING LENGTH(sealed)";
            let gone = sqlx::query(sql).bind(BUNCH).fetch_all(&self.pool).await?;
            if gone.is_empty() {
                break;
            }
            bytes = gone.iter().fold(bytes, |left, row| left.saturating_sub(row.get::<i64, _>(0).max(0) as u64));
            sum += gone.len() as u64;
            tokio::time::sleep(BREATH).await;
        }
        Ok(sum)
    }

    async fn sweep_out(&self, table: &str, old: &str, before: Millis) -> Result<u64, StoreError> {
        let sql = format!("DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {old} LIMIT {BUNCH})");
        let mut sum = 0;
        loop {
            let gone = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(before).execute(&self.pool).await?.rows_affected();
            sum += gone;
            if gone < BUNCH as u64 {
                return Ok(sum);
            }
            tokio::time::sleep(BREATH).await;
        }
    }
}
