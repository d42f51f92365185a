//! `monitor run`: the daemon. Each watch at its own times, until SIGTERM; SIGHUP reads the configuration again.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use super::coverage::is_seen;
use super::{Done, Failure, changes, load, open_store, own, pool, scan};
use crate::alert::{self, Mailer, Style, message};
use crate::cli::Global;
use crate::config::Config;
use crate::look::pool::Pool;
use crate::model::{Millis, State, Watch};
use crate::scan::{Scanner, now};
use crate::schedule;
use crate::store::{CHANGED, Store, StoreError, Wanted};
use crate::words::{self, Coverage};

mod upkeep;

use upkeep::Trouble;

/// What ends a generation of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Stop,
    Reload,
    /// Pictures were added or removed meanwhile.
    Refresh,
}

/// Listened to from start to end, so that none is lost while the configuration is read again.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// Time that work under way gets to finish after SIGTERM.
const GRACE: Duration = Duration::from_secs(8);
/// Silences and signs of life are looked after this often.
const ROUND: Duration = Duration::from_secs(10 * 60);

/// How glibc's allocator is to give memory back: it reads these once, when a process begins. Without them a daemon
/// keeps what its busiest pass needed (92 MiB after 200 pages instead of 38).
const LEAN: [(&str, &str); 3] = [("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "262144"), ("MALLOC_MMAP_THRESHOLD_", "65536")];

/// Begins the process anew with [`LEAN`], unless somebody has set it. Where that fails, the daemon runs as it is.
pub fn start_lean() {
    use std::os::unix::process::CommandExt;
    if LEAN.iter().any(|(name, _)| std::env::var_os(name).is_some()) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).envs(LEAN).exec();
    tracing::debug!("the daemon could not be begun anew: {:?}", error.kind());
}

/// Runs until SIGTERM or SIGINT.
pub async fn run(global: &Global) -> Done {
    let mut config = load(global)?;
    let store = open_store(&config).await?;
    let _daemon = store.lock_as_daemon()?;
    let _worker = store.lock_as_worker(now()).await?;
    store.mails_due_now(now()).await?;
    let watchdog = tokio::spawn(feed_watchdog(store.clone()));
    let mut signals = Signals {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        hangup: signal(SignalKind::hangup())?,
    };
    let mut first = true;
    loop {
        match generation(&store, &config, first, &mut signals).await.map_err(|failure| upkeep::explain(&store, failure))? {
            End::Stop => break,
            End::Refresh => tracing::info!("the originals have changed and are read again"),
            End::Reload => match Config::load(&config.file) {
                Ok(new) if new.state_dir != config.state_dir || new.key != config.key => {
                    tracing::warn!("state_dir and store.key are read at start only; the old configuration stays in force until a restart");
                }
                Ok(new) => {
                    for warning in &new.warnings {
                        tracing::warn!("{warning}");
                    }
                    tracing::info!("the configuration was read again");
                    config = new;
                }
                Err(faults) => tracing::error!("the new configuration is wrong, the old one stays in force:\n{faults}"),
            },
        }
        first = false;
    }
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    watchdog.abort();
    store.close().await;
    Ok(0)
}

/// Returns when the program is asked to end: SIGINT, SIGTERM, or SIGHUP of a terminal that closes.
pub async fn asked_to_stop() -> std::io::Result<()> {
    let (mut terminate, mut interrupt, mut hangup) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// Works with one configuration until a signal ends it.
async fn generation(store: &Store, config: &Config, first: bool, signals: &mut Signals) -> Result<End, Failure> {
    store.end_passes_except(&config.watches).await?;
    changes::look(store, config, 0).await?;
    let former = tokio::spawn(changes::keep_delivering_by_former(store.clone()));
    let (stop, stopped) = watch::channel(false);
    let pool = pool(config);
    let own = own(config, store).await?;
    let scanner = Arc::new(Scanner::new(store.clone(), &config.fetch, pool.clone(), own, &config.watches).map_err(Failure::Usage)?);
    let mut look = tokio::spawn(look(store.clone(), config.clone(), scanner, pool, stopped.clone()));
    let mut post = tokio::spawn(post(store.clone(), config.clone(), stopped.clone()));
    let mut keep = tokio::spawn(upkeep::keep(store.clone(), stopped));
    if first {
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        tracing::info!("watching {} places", config.watches.len());
    }
    let originals = store.time(CHANGED).await?;
    let end = tokio::select! {
        () = originals_changed(store, originals) => End::Refresh,
        _ = signals.terminate.recv() => End::Stop,
        _ = signals.interrupt.recv() => End::Stop,
        _ = signals.hangup.recv() => End::Reload,
        // They wait for a store that cannot be written just now, and end early only where it is broken: better to stop
        // loudly then.
        ended = &mut look => { ended.map_err(broken)??; End::Stop }
        ended = &mut post => { ended.map_err(broken)??; End::Stop }
        ended = &mut keep => { ended.map_err(broken)??; End::Stop }
    };
    let _ = stop.send(true);
    former.abort();
    let until = Instant::now() + GRACE;
    for task in [look, post, keep] {
        if !task.is_finished() {
            let abort = task.abort_handle();
            if tokio::time::timeout_at(until, task).await.is_err() {
                abort.abort();
            }
        }
    }
    Ok(end)
}

/// A task that panicked. The library's own words repeat the panic's message, which can hold a page's text.
fn broken(_: JoinError) -> anyhow::Error {
    anyhow::anyhow!("a part of the program failed; the line before says where")
}

/// Ends when originals have been added or removed since `known`.
async fn originals_changed(store: &Store, known: Millis) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        if store.time(CHANGED).await.is_ok_and(|at| at != known) {
            return;
        }
    }
}

/// Begins passes as they come due and looks at their pages.
async fn look(store: Store, config: Config, scanner: Arc<Scanner>, pool: Arc<Pool>, stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let clock = tokio::spawn(begin_due(store, config.watches, scanner.clone(), stopped.clone()));
    together(clock, look_at_pending(scanner, pool, stopped)).await
}

/// Does `work` as long as `clock` goes on. A clock that fails ends the work: without it no pass would begin any more, and
/// nobody would know.
async fn together(mut clock: JoinHandle<Result<(), Failure>>, work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => {
            clock.abort();
            done?;
            match clock.await {
                Ok(ended) => ended,
                Err(error) if error.is_panic() => Err(broken(error).into()),
                Err(_) => Ok(()),
            }
        }
        ended = &mut clock => {
            ended.map_err(broken)??;
            work.await
        }
    }
}

/// Looks at what is pending, and waits for more.
async fn look_at_pending(scanner: Arc<Scanner>, pool: Arc<Pool>, stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let (mut stop, mut trouble) = (stopped.clone(), Trouble::default());
    while !*stopped.borrow() {
        let over = match scanner.drain(&stopped).await {
            Ok(over) => over,
            Err(error) => {
                trouble.wait(error, &mut stop).await?;
                continue;
            }
        };
        trouble.over();
        if !over.is_empty() {
            tracing::info!("{} passes ended", over.len());
            let _ = sd_notify::notify(&[NotifyState::Status("watching")]);
        }
        if *stopped.borrow() {
            break;
        }
        // Nothing is pending: children give their memory back until the next pass begins.
        pool.rest();
        tokio::select! {
            () = scanner.wake.notified() => {}
            _ = stop.changed() => {}
        }
    }
    Ok(())
}

/// Begins the passes of each watch at its times. What was missed while the program was off begins once, at start.
async fn begin_due(store: Store, watches: Vec<Watch>, scanner: Arc<Scanner>, mut stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let (mut due, mut trouble) = (Vec::new(), Trouble::default());
    for watch in watches {
        let facts = loop {
            match store.watch(&watch, now()).await {
                Ok(facts) => break facts,
                Err(error) => trouble.wait(error, &mut stopped).await?,
            }
        };
        let at = if facts.pass != 0 || facts.began_at == 0 { 0 } else { next_after(&watch, facts.began_at) };
        due.push((watch, at));
    }
    while !*stopped.borrow() {
        if let Err(error) = begin_those_due(&store, &mut due, &scanner).await {
            trouble.wait(error, &mut stopped).await?;
            continue;
        }
        trouble.over();
        let Some(next) = due.iter().map(|(_, at)| *at).min() else {
            let _ = stopped.changed().await;
            return Ok(());
        };
        // At most a minute at a time: the clock may be set, and a laptop may sleep.
        let wait = Duration::from_millis((next - now()).clamp(0, 60_000) as u64);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stopped.changed() => return Ok(()),
        }
    }
    Ok(())
}

async fn begin_those_due(store: &Store, due: &mut [(Watch, Millis)], scanner: &Scanner) -> Result<(), StoreError> {
    for (watch, at) in due {
        // Where the clock was set back, nobody waits for the old time.
        *at = (*at).min(next_after(watch, now()));
        if *at <= now() {
            store.begin_pass(watch, None, now()).await?;
            *at = next_after(watch, now());
            scanner.wake.notify_one();
        }
    }
    Ok(())
}

fn next_after(watch: &Watch, at: Millis) -> Millis {
    // A time in the future means that the clock was set back: count from now.
    let at = chrono::DateTime::from_timestamp_millis(at.min(now())).unwrap_or_default().with_timezone(&chrono::Local);
    schedule::next(&watch.times, at, schedule::chance())
}

/// Writes and delivers mails.
async fn post(store: Store, config: Config, mut stopped: watch::Receiver<bool>) -> Result<(), Failure> {
    let Some(email) = &config.alert.email else {
        let _ = stopped.changed().await;
        return Ok(());
    };
    let (mut round, mut trouble) = (Instant::now(), Trouble::default());
    loop {
        let most = match post_once(&store, &config, email, &mut round).await {
            Ok(most) => most,
            Err(error) => {
                trouble.wait(error, &mut stopped).await?;
                if *stopped.borrow() {
                    return Ok(());
                }
                continue;
            }
        };
        trouble.over();
        tokio::select! {
            () = tokio::time::sleep(most) => {}
            _ = stopped.changed() => return Ok(()),
        }
    }
}

/// One round of writing and delivering; how long the next may wait.
async fn post_once(store: &Store, config: &Config, email: &alert::Email, round: &mut Instant) -> Result<Duration, StoreError> {
    let under_way = store.passes_under_way().await?;
    let coverage = coverage_of(store, &config.watches).await?;
    alert::compose(store, &config.alert, config.language, coverage, under_way == 0, now()).await?;
    if *round <= Instant::now() {
        signs_of_life(store, config, coverage).await?;
        *round = Instant::now() + ROUND;
    }
    // A server's answer may repeat an address: it is shown by 'doctor', not logged.
    let refusal = match Mailer::new(email) {
        Ok(mailer) => alert::deliver(store, &mailer, &email.recipients()).await?.1,
        Err(error) => Some(error),
    };
    if let Some(error) = refusal {
        tracing::warn!("{}; it is tried again, and 'monitor doctor' tells more", error.in_short());
    }
    let (_, due) = store.waiting_mails().await?;
    let (_, pressing) = store.waiting_notices().await?;
    // Awake while something is on its way, asleep otherwise.
    let most = if under_way > 0 || pressing.is_some() { 2_000 } else { 20_000 };
    Ok(Duration::from_millis(due.map_or(most, |at| (at - now()).clamp(500, most)) as u64))
}

/// Pages looked at in the last pass of each watch, of all.
pub async fn coverage_of(store: &Store, watches: &[Watch]) -> Result<Coverage, StoreError> {
    let ids: Vec<String> = watches.iter().map(|w| store.watch_id(w)).collect();
    Ok(scan::coverage(&store.summary(&ids).await?))
}

/// Tells of watches that could not be looked at for long, of those that are back, and that the program is alive.
pub async fn signs_of_life(store: &Store, config: &Config, coverage: Coverage) -> Result<(), StoreError> {
    let Some(email) = &config.alert.email else { return Ok(()) };
    let (style, now) = (Style::new(email, config.language), now());
    for watch in &config.watches {
        let facts = store.watch(watch, now).await?;
        if facts.began_at == 0 {
            continue;
        }
        let last = if facts.seen_at == 0 { facts.known_since } else { facts.seen_at }.min(now);
        let silent = now.saturating_sub(last) >= config.alert.silence.as_millis() as Millis;
        // A machine that was off, or a clock that leapt, has not looked at all: its first look comes before the word.
        if silent && !facts.silent_told && facts.began_at > last && !facts.own_pending {
            store.post(&message::silence(&style, &watch.name, &schedule::local(last), coverage), now).await?;
            store.set_silent_told(&facts.id, true).await?;
        } else if facts.silent_told && !silent {
            store.post(&message::back(&style, &watch.name, coverage), now).await?;
            store.set_silent_told(&facts.id, false).await?;
        }
    }
    let Some(alive) = config.alert.alive else { return Ok(()) };
    let told = store.time("alive").await?;
    if told == 0 || told > now {
        // The first sign comes after the first interval: the first pass has told of itself.
        store.set_time("alive", now).await?;
    } else if now - told >= alive.as_millis() as Millis {
        let open = store.findings(&Wanted::All).await?.iter().filter(|f| f.state == State::Open).count();
        let (mut unseen, words) = (Vec::new(), words::of(config.language));
        for watch in &config.watches {
            let looks = store.looks_of_pass(&store.watch(watch, now).await?.id).await?;
            let seen = looks.iter().filter(|look| look.pending || is_seen(look)).count();
            if seen < looks.len() {
                let share = Coverage { looked: seen as u64, all: looks.len() as u64 };
                unseen.push(format!("{}: {}", watch.name, words.coverage(share)));
            }
        }
        store.post(&message::alive(&style, open, coverage, &unseen, config.watches.len()), now).await?;
        store.set_time("alive", now).await?;
    }
    Ok(())
}

/// Tells systemd that the program lives, each time after a real access to the store.
async fn feed_watchdog(store: Store) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    loop {
        match store.pulse(now()).await {
            Ok(()) => drop(sd_notify::notify(&[NotifyState::Watchdog])),
            // A full disk is an answer: the program waits for room, and starting it again would mend nothing. A store
            // that hangs gives none.
            Err(error) if error.is_passing() => {
                let status = format!("waiting: {error}");
                let _ = sd_notify::notify(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
            }
            Err(error) => tracing::error!("{error}"),
        }
        tokio::time::sleep(interval / 3).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_fails_ends_the_daemon_and_one_that_was_stopped_does_not() {
        let failed = tokio::spawn(async { Err(Failure::Usage("no clock".into())) });
        assert!(together(failed, std::future::pending()).await.is_err());
        let panicked = tokio::spawn(async { panic!("a clock that panics") });
        assert!(together(panicked, std::future::pending()).await.is_err());
        let stopped = tokio::spawn(async { Ok(()) });
        assert!(together(stopped, async { Ok(()) }).await.is_ok());
        let going = tokio::spawn(std::future::pending());
        assert!(together(going, async { Ok(()) }).await.is_ok());
    }
}
