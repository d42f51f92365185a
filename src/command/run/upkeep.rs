//! What keeps a daemon going for years: patience with a store that cannot be written just now, a clock that is set,
//! pruning, a check of the store now and then.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Failure;
use crate::scan::now;
use crate::store::{Store, StoreError};

/// How long until the store is tried again; doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
/// Room is made by people: a minute later is soon enough.
const LONGEST: Duration = Duration::from_secs(60);
/// The same trouble is logged again after so long.
const SAID: Duration = Duration::from_secs(600);
/// The clock is looked at this often.
const ROUND: Duration = Duration::from_secs(5);
/// Pruning and checking come up this often.
const HOUSEWORK: Duration = Duration::from_secs(600);

/// A store that cannot be written: waited for, and told in the log.
#[derive(Debug, Default)]
pub struct Trouble {
    wait: Duration,
    said: Option<Instant>,
}

impl Trouble {
    /// Waits a while where the error may pass, or until the program is to stop.
    ///
    /// # Errors
    /// The error itself where waiting mends nothing.
    pub async fn wait(&mut self, error: StoreError, stop: &mut watch::Receiver<bool>) -> Result<(), StoreError> {
        if !error.is_passing() {
            return Err(error);
        }
        if self.said.is_none_or(|at| at.elapsed() >= SAID) {
            self.said = Some(Instant::now());
            tracing::error!("{error}. It is tried again; until it can be, nothing is looked at or mailed");
        }
        self.wait = if self.wait.is_zero() { FIRST } else { (self.wait * 2).min(LONGEST) };
        tokio::select! {
            () = tokio::time::sleep(self.wait) => {}
            _ = stop.changed() => {}
        }
        Ok(())
    }

    /// It can be written again.
    pub fn over(&mut self) {
        if self.said.is_some() {
            tracing::warn!("the store can be written again");
        }
        *self = Self::default();
    }
}

/// Looks after the clock and the store's size and health until the daemon stops.
pub async fn keep(store: Store, mut stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let (mut clock, mut housework, mut trouble) = (now(), Instant::now() + HOUSEWORK, Trouble::default());
    loop {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            _ = stopped.changed() => return Ok(()),
        }
        let set_back = now() < clock - 60_000;
        let due = housework <= Instant::now();
        if !set_back {
            clock = now();
        }
        match work(&store, set_back, due).await {
            Ok(()) => {
                trouble.over();
                clock = now();
                if due {
                    housework = Instant::now() + HOUSEWORK;
                }
            }
            Err(error) => trouble.wait(error, &mut stopped).await?,
        }
        // The wait may have ended because of it, and is told of it once.
        if *stopped.borrow() {
            return Ok(());
        }
    }
}

async fn work(store: &Store, set_back: bool, due: bool) -> Result<(), StoreError> {
    if set_back {
        tracing::warn!("the clock was set back");
        store.clock_was_set(now()).await?;
        store.mails_due_now(now()).await?;
    }
    if due {
        store.check_if_due(now()).await?;
        let surplus = store.keep_in_bounds().await?;
        if surplus > 0 {
            tracing::info!("forgotten: {surplus} fingerprints over what the store may hold");
        }
        if let Some(pruned) = store.prune_if_due(now()).await? {
            tracing::info!(
                "forgotten: {} pictures, {} fingerprints, {} pages, {} mails",
                pruned.pictures,
                pruned.bodies,
                pruned.pages,
                pruned.mails
            );
        }
    }
    Ok(())
}

/// A store that turned out to be broken is told with what to do.
pub fn explain(store: &Store, failure: Failure) -> Failure {
    match failure {
        Failure::Failed(error) => match error.downcast::<StoreError>() {
            Ok(error) => store.explain(error).into(),
            Err(error) => Failure::Failed(error),
        },
        usage => usage,
    }
}
