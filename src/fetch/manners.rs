//! Politeness towards one host: few requests at once, a gap between them, and "come back later" taken at its word.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// All hosts that were asked so far.
#[derive(Debug)]
pub struct Manners {
    per_host: usize,
    delay: Duration,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

/// What is known of one host.
#[derive(Debug)]
pub struct Host {
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: Option<Instant>,
    closed_until: Option<Instant>,
    failures: u32,
    /// How long its last answer took; none where it did not answer.
    answer: Option<Duration>,
    down_until: Option<Instant>,
}

/// Why a host is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// It asked us to stay away for longer than we wait.
    Later(Duration),
    /// It has not answered for a while.
    Down,
}

/// Requests in a row without an answer after which a host counts as down …
const MOST_FAILURES: u32 = 8;
/// … for so long.
const DOWN_FOR: Duration = Duration::from_secs(60);

/// An answer within this time is quick.
const QUICK: Duration = Duration::from_secs(5);

/// Longest time that a request waits for a host that asked for patience.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest time that a host can keep us away, whatever it asks.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Manners {
    /// At most `per_host` requests at once and `delay` between two, for each host.
    pub fn new(per_host: usize, delay: Duration) -> Self {
        Self { per_host, delay, hosts: Mutex::default() }
    }

    /// What is known of `host` (with its port).
    pub fn host(&self, host: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() > 10_000 {
            hosts.retain(|_, h| Arc::strong_count(h) > 1 || h.is_closed());
        }
        let fresh = || Arc::new(Host { places: Arc::new(Semaphore::new(self.per_host)), state: Mutex::default() });
        hosts.entry(host.to_string()).or_insert_with(fresh).clone()
    }

    /// Waits until a request to `host` is polite, the next one `gap` away at least; the permit ends with the request.
    ///
    /// # Errors
    /// [`Away`].
    pub async fn enter(&self, host: &Host, gap: Duration) -> Result<Option<OwnedSemaphorePermit>, Away> {
        let permit = host.places.clone().acquire_owned().await.ok();
        let turn = host.take_turn(self.delay.max(gap))?;
        tokio::time::sleep_until(turn).await;
        Ok(permit)
    }
}

impl Host {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self) -> bool {
        self.state().closed_until.is_some_and(|t| t > Instant::now())
    }

    fn take_turn(&self, delay: Duration) -> Result<Instant, Away> {
        let now = Instant::now();
        let mut state = self.state();
        if state.down_until.is_some_and(|t| t > now) {
            return Err(Away::Down);
        }
        let mut turn = state.next.map_or(now, |t| t.max(now));
        if let Some(until) = state.closed_until.filter(|t| *t > now) {
            if until - now > PATIENCE {
                return Err(Away::Later(until - now));
            }
            turn = turn.max(until);
        }
        state.next = Some(turn + delay);
        Ok(turn)
    }

    /// The host asked us to come back after `wait` (RFC 9110, section 10.2.3).
    pub fn close_for(&self, wait: Duration) {
        self.state().closed_until = Some(Instant::now() + wait.min(LONGEST));
    }

    /// Whether its last answer came quickly.
    pub fn is_quick(&self) -> bool {
        self.state().answer.is_some_and(|took| took < QUICK)
    }

    /// Whether it answered when it was last asked.
    pub fn has_answered(&self) -> bool {
        self.state().answer.is_some()
    }

    /// The host answered; it `took` so long.
    pub fn answered(&self, took: Duration) {
        let mut state = self.state();
        (state.failures, state.down_until, state.answer) = (0, None, Some(took));
    }

    /// The host did not answer. One that is down is not waited for a thousand times, for each picture of a page.
    pub fn failed(&self) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        state.answer = None;
        if state.failures >= MOST_FAILURES {
            state.down_until = Some(Instant::now() + DOWN_FOR);
        }
    }
}

/// Reads a Retry-After header: seconds, or an HTTP date.
pub fn retry_after(value: &str, now: std::time::SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value).ok().map(|at| at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_keep_their_gap() {
        let manners = Manners::new(4, Duration::from_millis(500));
        let (host, start) = (manners.host("a"), Instant::now());
        for _ in 0..3 {
            let _permit = manners.enter(&host, Duration::ZERO).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::from_millis(1000));
        let _other = manners.enter(&manners.host("b"), Duration::ZERO).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_millis(1000), "another host does not wait");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_allowed_number_at_once() {
        let manners = Manners::new(1, Duration::ZERO);
        let host = manners.host("a");
        let first = manners.enter(&host, Duration::ZERO).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_secs(5), manners.enter(&host, Duration::ZERO)).await.is_err());
        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(5), manners.enter(&host, Duration::ZERO)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn come_back_later_is_taken_at_its_word() {
        let manners = Manners::new(4, Duration::ZERO);
        let (host, start) = (manners.host("a"), Instant::now());
        host.close_for(Duration::from_secs(7));
        assert!(manners.enter(&host, Duration::ZERO).await.is_ok());
        assert_eq!(start.elapsed().as_secs(), 7);
        host.close_for(Duration::from_secs(3600));
        assert!(manners.enter(&host, Duration::ZERO).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_is_down_is_left_alone_for_a_while() {
        let manners = Manners::new(4, Duration::ZERO);
        let host = manners.host("a");
        (0..MOST_FAILURES).for_each(|_| host.failed());
        assert_eq!(manners.enter(&host, Duration::ZERO).await.err(), Some(Away::Down));
        tokio::time::sleep(DOWN_FOR).await;
        assert!(manners.enter(&host, Duration::ZERO).await.is_ok());
        host.answered(Duration::ZERO);
        host.failed();
        assert!(manners.enter(&host, Duration::ZERO).await.is_ok());
    }

    #[test]
    fn a_host_is_quick_by_its_last_answer() {
        let host = Manners::new(4, Duration::ZERO).host("a");
        assert!(!host.is_quick() && !host.has_answered(), "a stranger");
        host.answered(Duration::from_millis(80));
        assert!(host.is_quick());
        host.answered(QUICK);
        assert!(!host.is_quick() && host.has_answered());
        host.failed();
        assert!(!host.has_answered());
    }

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("soon", now), None);
    }
}
