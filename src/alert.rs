//! Findings → notes in the owner's mailbox: written to the outbox, delivered until a mail server has taken them.

mod mail;
pub mod message;

use std::time::Duration;

use lettre::message::Mailbox;
use url::Url;

use crate::model::{Language, Millis, Secret};
use crate::schedule;
use crate::store::{Store, StoreError};
use crate::words::Coverage;
pub use mail::{Mailer, Posted, SendError};
pub use message::Style;

/// Whom to tell, and when; `[alert]` in the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// A watch that could not be looked at for so long is told.
    pub silence: Duration,
    /// A sign of life so often; `None`: never.
    pub alive: Option<Duration>,
    /// Where notes go; `None`: nowhere, they wait.
    pub email: Option<Email>,
}

impl Default for Settings {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 3600);
        Self { silence: 2 * day, alive: Some(7 * day), email: None }
    }
}

/// A mailbox and the server that takes mail for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Email {
    /// Each gets a mail of its own.
    pub to: Vec<Mailbox>,
    /// The sender.
    pub from: Mailbox,
    /// `smtps://user@host` or `smtp://user@host`.
    pub smtp: Url,
    /// The password of `smtp`'s user.
    pub password: Option<Secret>,
    /// The password is a credential of the service, and this command was started by hand: it delivers nothing.
    pub password_away: bool,
    /// Say nothing of what was found.
    pub discreet: bool,
    /// A sentence only the owner knows.
    pub phrase: Option<Secret>,
}

impl Email {
    /// The recipients as mails carry them.
    pub fn recipients(&self) -> Vec<String> {
        self.to.iter().map(ToString::to_string).collect()
    }
}

/// A summary of what can wait goes out at the latest after so long.
const SUMMARY: Millis = 24 * 3600 * 1000;
/// While passes are under way their notices wait for the end, but not longer than this.
const PATIENCE: Millis = 15 * 60 * 1000;

/// Turns the notices that are due into mails: all of them once no pass is under way (`pass_over`), or the oldest has
/// waited long enough. Those that can wait do so until another mail goes out anyway, or for a day.
///
/// # Errors
/// Where the store cannot be read or written; then nothing has changed.
pub async fn compose(
    store: &Store,
    settings: &Settings,
    language: Language,
    coverage: Coverage,
    pass_over: bool,
    now: Millis,
) -> Result<usize, StoreError> {
    let Some(email) = &settings.email else { return Ok(0) };
    store
        .compose(now, |notices| {
            // A notice from ahead, written before the clock was set back, waits no longer than others.
            let old = |wait: Millis| move |n: &crate::store::Notice| now.abs_diff(n.created_at) >= wait as u64;
            let pressing = notices.iter().any(|n| !n.held) && (pass_over || notices.iter().filter(|n| !n.held).any(old(PATIENCE)));
            if pressing || notices.iter().any(old(SUMMARY)) {
                message::findings(&Style::new(email, language), notices, coverage)
            } else {
                Vec::new()
            }
        })
        .await
}

/// Delivers every mail that is due. A refused one is tried again within 30 s, then ever less often, and is never given
/// up. What waits for somebody who is no longer a recipient goes to one who is. Returns how many were delivered and the last refusal.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn deliver(store: &Store, mailer: &Mailer, recipients: &[String]) -> Result<(usize, Option<SendError>), StoreError> {
    let (mut delivered, mut refusal) = (0, None);
    store.readdress(recipients, chrono::Utc::now().timestamp_millis()).await?;
    loop {
        let now = chrono::Utc::now().timestamp_millis();
        let Some(mail) = store.claim_mail(now, now + 5 * 60 * 1000).await? else { return Ok((delivered, refusal)) };
        match mailer.send(&mail).await {
            Ok(()) => {
                store.delivered(&mail.id, &mail.letter.to, chrono::Utc::now().timestamp_millis()).await?;
                delivered += 1;
            }
            Err(error) => {
                store.refused(&mail.id, chrono::Utc::now().timestamp_millis() + wait_after(mail.tries)).await?;
                refusal = Some(error);
            }
        }
    }
}

/// How long a mail waits that was refused so often.
fn wait_after(tries: u32) -> Millis {
    schedule::back_off(tries, Duration::from_secs(20), Duration::from_secs(6 * 3600), schedule::chance()).as_millis() as Millis
}

/// Delivers the mails that tell of changed settings through the server that was used before, as far as it takes them; the
/// rest stay in the outbox. Returns whether none is left.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn deliver_settings(store: &Store, mailer: &Mailer) -> Result<bool, StoreError> {
    loop {
        let now = chrono::Utc::now().timestamp_millis();
        let Some(mail) = store.claim_settings_mail(now, now + 5 * 60 * 1000).await? else { return Ok(true) };
        if mailer.send(&mail).await.is_err() {
            store.unclaim_mail(&mail.id).await?;
            return Ok(false);
        }
        store.delivered(&mail.id, &mail.letter.to, chrono::Utc::now().timestamp_millis()).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{KeySource, Letter, NewMail};

    #[tokio::test]
    async fn a_mail_server_that_is_down_for_a_week_costs_a_few_tries_and_no_mail() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state"), &KeySource::File(folder.path().join("key"))).await.unwrap();
        let letter = Letter { to: "me@example.org".into(), subject: "s".into(), text: "t".into(), html: None };
        store.post(&[NewMail { kind: "findings", letter }], 0).await.unwrap();
        let (mut now, mut waits, week) = (0, Vec::new(), 7 * 24 * 3_600_000);
        while now < week {
            let mail = store.claim_mail(now, now + 300_000).await.unwrap().expect("it is due");
            let wait = wait_after(mail.tries);
            store.refused(&mail.id, now + wait).await.unwrap();
            assert!(store.claim_mail(now + wait - 1, now + wait).await.unwrap().is_none(), "not before its time");
            now += wait;
            waits.push(wait);
        }
        assert!(waits[0] <= 30_000, "the first within 30 s: {waits:?}");
        assert!(waits.iter().all(|wait| *wait <= 8 * 3_600_000) && waits.len() < 60, "{waits:?}");
        let mail = store.claim_mail(now, now + 300_000).await.unwrap().expect("it is never given up");
        store.delivered(&mail.id, &mail.letter.to, now).await.unwrap();
        assert_eq!(store.waiting_mails().await.unwrap().0, 0);
    }
}
