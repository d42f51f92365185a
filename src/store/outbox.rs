//! The outbox: what the owner must be told, until a mail server has taken it.
//!
//! A notice is written with its finding, in one transaction. A pass that ends turns the waiting notices into a mail,
//! again in one transaction; the mail stays until it is delivered. So a finding is told at least once whatever dies
//! in between, and once while nothing dies.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::findings::Sealed;
use super::settings::{self, Orphan};
use super::{ME, Store, StoreError, fresh_id};
use crate::model::{Finding, Millis};

/// A finding that the owner has not been told of.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What to tell.
    pub finding: Finding,
    /// "new", "returned" or "risen".
    pub cause: String,
    /// Can wait for a summary.
    pub held: bool,
    /// Stood there when the watch was first looked at.
    pub standing: bool,
    /// When it was recorded.
    pub created_at: Millis,
}

/// A mail's text, before it has a sender. Sealed; `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// One recipient.
    pub to: String,
    /// Names no one.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML, where wanted.
    pub html: Option<String>,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letter")
    }
}

/// A mail to be written to the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// "findings", "silence", "back", "alive", "test", "settings".
    pub kind: &'static str,
    /// Its text.
    pub letter: Letter,
}

/// A mail that is due.
#[derive(Clone, Debug)]
pub struct DueMail {
    /// The row; the Message-ID is made of it.
    pub id: String,
    /// When it was written.
    pub created_at: Millis,
    /// Deliveries that were tried.
    pub tries: u32,
    /// Its text.
    pub letter: Letter,
}

/// Mails that a server has taken while the store could not be told, with their recipients.
pub(super) type Sent = std::sync::Arc<std::sync::Mutex<std::collections::HashMap<String, String>>>;

impl Store {
    /// Turns waiting notices into mails, in one transaction. `write` gets all of them, urgent first, and returns
    /// the mails; an empty answer leaves the notices waiting. Returns how many mails were written.
    ///
    /// # Errors
    /// Where the database cannot be read or written; then nothing has changed.
    pub async fn compose(&self, now: Millis, write: impl FnOnce(&[Notice]) -> Vec<NewMail> + Send) -> Result<usize, StoreError> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "SELECT notice.cause, notice.held, notice.standing, notice.created_at, finding.id, finding.sealed, finding.state, \
             finding.first_seen, finding.last_seen, finding.new_at, notice.id \
             FROM notice JOIN finding ON finding.id = notice.finding WHERE notice.mail IS NULL AND notice.person = $1 \
             ORDER BY finding.severity DESC, notice.created_at, notice.id",
        )
        .bind(ME)
        .fetch_all(&mut *tx)
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut notices = Vec::with_capacity(rows.len());
        let mut ids: Vec<String> = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.get(4);
            let sealed: Sealed = self.seal.open(&id, row.get::<Vec<u8>, _>(5).as_slice())?;
            let finding = Finding {
                state: super::findings::state_from(&row.get::<String, _>(6)),
                watch: sealed.watch,
                page: sealed.page,
                verdict: sealed.verdict,
                dismissed_as: None,
                first_seen: row.get(7),
                last_seen: row.get(8),
                new_at: row.get(9),
                id,
            };
            ids.push(row.get(10));
            notices.push(Notice {
                finding,
                cause: row.get(0),
                held: row.get::<i64, _>(1) != 0,
                standing: row.get::<i64, _>(2) != 0,
                created_at: row.get(3),
            });
        }
        let mails = write(&notices);
        let Some(first) = self.put_mails(&mut tx, &mails, now).await? else { return Ok(0) };
        for id in &ids {
            sqlx::query("UPDATE notice SET mail = $1 WHERE id = $2").bind(&first).bind(id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(mails.len())
    }

    pub(super) async fn put_mails(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
        mails: &[NewMail],
        now: Millis,
    ) -> Result<Option<String>, StoreError> {
        let (batch, mut first) = (fresh_id()?, None);
        for mail in mails {
            let id = fresh_id()?;
            sqlx::query("INSERT INTO mail (id, person, batch, kind, created_at, due_at, sealed) VALUES ($1, $2, $3, $4, $5, $5, $6)")
                .bind(&id)
                .bind(ME)
                .bind(&batch)
                .bind(mail.kind)
                .bind(now)
                .bind(self.seal.seal(&id, &mail.letter)?)
                .execute(&mut **tx)
                .await?;
            first.get_or_insert(id);
        }
        Ok(first)
    }

    /// Writes mails that carry no finding to the outbox.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn post(&self, mails: &[NewMail], now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        self.put_mails(&mut tx, mails, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Claims a mail that is due, until `until`. One that a server has taken already, while the store could not be
    /// written, is noted as delivered instead: a full disk makes no storm of repeats.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn claim_mail(&self, now: Millis, until: Millis) -> Result<Option<DueMail>, StoreError> {
        let sent: Vec<(String, String)> =
            self.sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner).iter().map(|(id, to)| (id.clone(), to.clone())).collect();
        for (mail, to) in sent {
            self.delivered(&mail, &to, now).await?;
        }
        let row = sqlx::query(
            "UPDATE mail SET lease_until = $1, tries = tries + 1 WHERE id = (SELECT id FROM mail WHERE delivered_at IS NULL \
             AND due_at <= $2 AND lease_until <= $2 ORDER BY created_at, id LIMIT 1) RETURNING id, created_at, tries, sealed",
        )
        .bind(until)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| self.due_mail(&row)).transpose()
    }

    /// From a row's id, created_at, tries and sealed.
    pub(super) fn due_mail(&self, row: &SqliteRow) -> Result<DueMail, StoreError> {
        let id: String = row.get(0);
        Ok(DueMail {
            letter: self.seal.open(&id, row.get::<Vec<u8>, _>(3).as_slice())?,
            created_at: row.get(1),
            tries: row.get::<i64, _>(2).clamp(0, 1_000_000) as u32,
            id,
        })
    }

    /// Mails that nobody has taken and whose recipient is no longer among `recipients`: where a mail of the same
    /// content goes to one who is, it is dropped, otherwise it is addressed to the first of them.
    ///
    /// # Errors
    /// Where the database cannot be read or written; then nothing has changed.
    pub async fn readdress(&self, recipients: &[String], now: Millis) -> Result<(), StoreError> {
        let Some(heir) = recipients.first() else { return Ok(()) };
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "SELECT id, batch, sealed, kind, created_at FROM mail WHERE delivered_at IS NULL AND lease_until <= $1 ORDER BY created_at, id",
        )
        .bind(now)
        .fetch_all(&mut *tx)
        .await?;
        for row in rows {
            let (id, batch): (String, String) = (row.get(0), row.get(1));
            let mut letter: Letter = self.seal.open(&id, row.get::<Vec<u8>, _>(2).as_slice())?;
            if recipients.contains(&letter.to) {
                continue;
            }
            match settings::orphan(&row.get::<String, _>(3), row.get(4), now) {
                Orphan::Stays => continue,
                Orphan::GivenUp => {
                    sqlx::query("DELETE FROM mail WHERE id = $1").bind(&id).execute(&mut *tx).await?;
                    continue;
                }
                Orphan::Inherited => {}
            }
            let siblings =
                sqlx::query("SELECT id, sealed FROM mail WHERE batch = $1 AND id <> $2").bind(&batch).bind(&id).fetch_all(&mut *tx).await?;
            let mut told = false;
            for sibling in siblings {
                let other: Letter = self.seal.open(&sibling.get::<String, _>(0), sibling.get::<Vec<u8>, _>(1).as_slice())?;
                told |= recipients.contains(&other.to);
            }
            if told {
                sqlx::query("DELETE FROM mail WHERE id = $1").bind(&id).execute(&mut *tx).await?;
                continue;
            }
            letter.to.clone_from(heir);
            let sealed = self.seal.seal(&id, &letter)?;
            sqlx::query("UPDATE mail SET sealed = $1, due_at = $2 WHERE id = $3")
                .bind(sealed)
                .bind(now)
                .bind(&id)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The mail server has taken the mail; its text is wiped, its recipient stays.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn delivered(&self, mail: &str, to: &str, now: Millis) -> Result<(), StoreError> {
        self.sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(mail.to_string(), to.to_string());
        let wiped = self.seal.seal(mail, &Letter { to: to.to_string(), subject: String::new(), text: String::new(), html: None })?;
        sqlx::query("UPDATE mail SET delivered_at = $1, lease_until = 0, sealed = $2 WHERE id = $3")
            .bind(now)
            .bind(wiped)
            .bind(mail)
            .execute(&self.pool)
            .await?;
        self.sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(mail);
        Ok(())
    }

    /// The mail was not taken; it is tried again at `due_at`.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn refused(&self, mail: &str, due_at: Millis) -> Result<(), StoreError> {
        sqlx::query("UPDATE mail SET due_at = $1, lease_until = 0 WHERE id = $2").bind(due_at).bind(mail).execute(&self.pool).await?;
        Ok(())
    }

    /// Every undelivered mail is due at once, and again soon where it is refused: called at start, when a mail server may
    /// be back. Tries that a former life of the program made, or died in, do not put it off.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn mails_due_now(&self, now: Millis) -> Result<(), StoreError> {
        let sql = "UPDATE mail SET tries = 0, due_at = CASE WHEN due_at > $1 THEN $1 ELSE due_at END WHERE delivered_at IS NULL";
        sqlx::query(sql).bind(now).execute(&self.pool).await?;
        Ok(())
    }

    /// How many mails wait, and when the next is due.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn waiting_mails(&self) -> Result<(u64, Option<Millis>), StoreError> {
        let row = sqlx::query("SELECT COUNT(*), MIN(due_at) FROM mail WHERE delivered_at IS NULL").fetch_one(&self.pool).await?;
        Ok((row.get::<i64, _>(0).max(0) as u64, row.get(1)))
    }

    /// How many notices wait to be put into a mail, and since when the oldest that should not wait.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn waiting_notices(&self) -> Result<(u64, Option<Millis>), StoreError> {
        let row = sqlx::query("SELECT COUNT(*), MIN(CASE WHEN held = 0 THEN created_at END) FROM notice WHERE mail IS NULL")
            .fetch_one(&self.pool)
            .await?;
        Ok((row.get::<i64, _>(0).max(0) as u64, row.get(1)))
    }
}
