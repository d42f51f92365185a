//! What the settings were when the program last looked at them, so that somebody who changes them quietly is told of.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{DueMail, ME, NewMail, Store, StoreError};
use crate::model::Millis;

/// Kind of the mails that tell of changed settings: they go where they were written to, whoever is a recipient now.
pub const SETTINGS: &str = "settings";
/// A mail to a former recipient that no server has taken for so long is given up: their mailbox may be no more.
const LONGEST: Millis = 30 * 24 * 3600 * 1000;
const NAME: &str = "settings";
const ROW: &str = "meta settings";

impl Store {
    /// The settings that were known, if there are any that open.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn known_settings<T: DeserializeOwned>(&self) -> Result<Option<T>, StoreError> {
        let row = sqlx::query("SELECT sealed FROM meta WHERE name = $1").bind(NAME).fetch_optional(&self.pool).await?;
        Ok(self.opened_settings(row))
    }

    /// What does not open is no reason to stop working: it is remembered anew.
    fn opened_settings<T: DeserializeOwned>(&self, row: Option<SqliteRow>) -> Option<T> {
        row.and_then(|row| row.get::<Option<Vec<u8>>, _>(0)).and_then(|sealed| self.seal.open(ROW, &sealed).ok())
    }

    /// Compares the settings that were known with those of now, in one transaction: `compare` gets the former and returns
    /// those to remember, the mails that tell of the change, and how long these wait for [`Store::claim_settings_mail`].
    ///
    /// # Errors
    /// Where the database cannot be read or written; then nothing has changed.
    pub async fn settings<T, F>(&self, now: Millis, compare: F) -> Result<(), StoreError>
    where
        T: Serialize + DeserializeOwned + Send,
        F: FnOnce(Option<T>) -> (T, Vec<NewMail>, Millis) + Send,
    {
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT sealed FROM meta WHERE name = $1").bind(NAME).fetch_optional(&mut *tx).await?;
        let (new, mails, wait) = compare(self.opened_settings(row));
        let first = self.put_mails(&mut tx, &mails, now).await?;
        if wait > 0 {
            sqlx::query("UPDATE mail SET due_at = $1 WHERE batch = (SELECT batch FROM mail WHERE id = $2)")
                .bind(now + wait)
                .bind(first)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(
            "INSERT INTO meta (name, at, sealed) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET at = excluded.at, sealed = excluded.sealed",
        )
        .bind(NAME)
        .bind(now)
        .bind(self.seal.seal(ROW, &new)?)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Claims a mail that tells of changed settings, whether it is due or not, until `until`.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn claim_settings_mail(&self, now: Millis, until: Millis) -> Result<Option<DueMail>, StoreError> {
        let row = sqlx::query(
            "UPDATE mail SET lease_until = $1 WHERE id = (SELECT id FROM mail WHERE delivered_at IS NULL AND kind = $3 AND lease_until <= $2 \
             ORDER BY created_at, id LIMIT 1) RETURNING id, created_at, tries, sealed",
        )
        .bind(until)
        .bind(now)
        .bind(SETTINGS)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| self.due_mail(&row)).transpose()
    }

    /// Ends what a failed try of [`Store::claim_settings_mail`] began: the mail is due when it was to be.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn unclaim_mail(&self, mail: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE mail SET lease_until = 0 WHERE id = $1").bind(mail).execute(&self.pool).await?;
        Ok(())
    }

    /// How many originals there are.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn count_originals(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM original WHERE person = $1").bind(ME).fetch_one(&self.pool).await?;
        Ok(row.get::<i64, _>(0).max(0) as u64)
    }
}

/// What becomes of a mail whose recipient is none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Orphan {
    /// It tells that very recipient of the change, and waits for them.
    Stays,
    /// It has waited too long.
    GivenUp,
    /// It is for whoever is a recipient now.
    Inherited,
}

pub(super) fn orphan(kind: &str, created_at: Millis, now: Millis) -> Orphan {
    match kind {
        SETTINGS if now.saturating_sub(created_at) < LONGEST => Orphan::Stays,
        SETTINGS => Orphan::GivenUp,
        _ => Orphan::Inherited,
    }
}
