//! A clock that was set back. Times that lie ahead would otherwise hold things up until they come: a lease, a try, a
//! silence, a picture that is to be asked for again.

use super::{Store, StoreError};
use crate::model::Millis;

/// Further ahead than this no time is written; what is, was written by another clock.
const AHEAD: Millis = 10 * 60 * 1000;
/// A refused mail waits at most so long for its next try.
const LONGEST_WAIT: Millis = 8 * 3600 * 1000;
/// A lease of another clock lasts so long from now on: who holds it renews it in this time.
const LEASE: Millis = 3 * 60 * 1000;

impl Store {
    /// Brings times that lie ahead of `now` back to it, in one transaction. Starts of passes stay: pages are told by them.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn clock_was_set(&self, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for (sql, ahead, then) in [
            ("UPDATE page SET lease_until = $1 WHERE lease_until > $2", AHEAD, now + LEASE),
            ("UPDATE mail SET lease_until = $1 WHERE lease_until > $2", AHEAD, now + LEASE),
            ("UPDATE mail SET due_at = $1 WHERE delivered_at IS NULL AND due_at > $2", LONGEST_WAIT, now),
            ("UPDATE notice SET created_at = $1 WHERE mail IS NULL AND created_at > $2", AHEAD, now),
            ("UPDATE watch SET seen_at = $1 WHERE seen_at > $2", AHEAD, now),
            ("UPDATE watch SET known_since = $1 WHERE known_since > $2", AHEAD, now),
            ("UPDATE finding SET returned_at = $1 WHERE returned_at > $2", AHEAD, now),
            ("UPDATE picture SET checked_at = $1 WHERE checked_at > $2", AHEAD, now),
            ("UPDATE body SET seen_at = $1 WHERE seen_at > $2", AHEAD, now),
            ("UPDATE meta SET at = $1 WHERE at > $2 AND name IN ('alive', 'pruned', 'checked')", AHEAD, now),
        ] {
            sqlx::query(sql).bind(then).bind(now + ahead).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
