//! The commands, one file each. Only these print.

mod add;
mod archive;
mod ask;
mod audit;
mod backup;
mod changes;
mod check;
mod coverage;
mod demo;
mod discreet;
mod doctor;
mod findings;
mod forget;
mod init;
mod json;
mod rekey;
mod restore;
mod run;
mod scan;
mod sealed;
mod show;
mod visit;
mod watch;

pub use add::pdq_list;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{CommandFactory, Parser};
use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::filter::LevelFilter;

use crate::cli::{Cli, Command, Global};
use crate::config::{self, Config};
use crate::look::cage::attempt::Trial;
use crate::look::decode::Limits;
use crate::look::pool::Pool;
use crate::look::{child, helper};
use crate::scan::Own;
use crate::store::seal::sync_folder_of;
use crate::store::{OriginalFacts, Store};
use crate::words;

/// How a command ended, beside success.
enum Failure {
    /// Wrong usage or configuration: exit status 2.
    Usage(String),
    /// Failed: exit status 1.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Failed(error.into())
    }
}

/// The exit status of a command that was done.
type Done = Result<u8, Failure>;

/// Some of what was to be looked at could not be.
const SOME_FAILED: u8 = 3;
/// With `--exit-code`: something new, or a match.
const FOUND: u8 = 10;

/// The whole program: parses, logs, runs, ends.
pub fn main() -> ExitCode {
    discreet::no_core();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    start_log(&cli.global);
    // A panic's own message can hold a page's text: only the place in the program is told.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "?".into(), ToString::to_string);
        tracing::error!("the program failed at {place}; please report this line");
    }));
    match run(cli) {
        Ok(_) if UNWRITTEN.load(std::sync::atomic::Ordering::Relaxed) => {
            complain("the result could not be written to standard output; nothing recorded is lost");
            ExitCode::from(1)
        }
        Ok(status) => ExitCode::from(status),
        Err(Failure::Usage(message)) => {
            complain(message);
            ExitCode::from(2)
        }
        Err(Failure::Failed(error)) => {
            complain(format!("{error:#}"));
            ExitCode::from(1)
        }
    }
}

/// Logs go to standard error: warnings, more with `-v`. Nothing that is logged holds a name, an entry or a page's text.
fn start_log(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => LevelFilter::ERROR,
        (_, 0) => LevelFilter::WARN,
        (_, 1) => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    // Our own words only: a library's debug log could carry addresses or mail texts.
    let ours = tracing_subscriber::filter::filter_fn(|meta| meta.target().starts_with("monitor"));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(std::io::stderr().is_terminal());
    let layer = if std::env::var_os("JOURNAL_STREAM").is_some() { layer.without_time().boxed() } else { layer.boxed() };
    use tracing_subscriber::Layer;
    let _ = tracing_subscriber::registry().with(layer.with_filter(ours).with_filter(level)).try_init();
}

fn run(cli: Cli) -> Done {
    let global = cli.global;
    match cli.command {
        Command::LookChild { max_pixels, max_frames, attempt, only } => {
            let trial = Trial::of(attempt.as_deref(), only.as_deref())?;
            child::serve(&Limits { max_pixels, max_frames }, trial).context("the decoding child ended")?;
            Ok(0)
        }
        Command::Browser => {
            crate::render::browser::serve().context("standard input is no socket")?;
            Ok(0)
        }
        Command::Limited { attempt, only, command } => limited(&command, Trial::of(attempt.as_deref(), only.as_deref())?),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "monitor", &mut std::io::stdout());
            Ok(0)
        }
        Command::Man { folder } => {
            std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
            clap_mangen::generate_to(Cli::command(), &folder).with_context(|| format!("{} cannot be written", folder.display()))?;
            Ok(0)
        }
        command => {
            if matches!(command, Command::Run) {
                run::start_lean();
            }
            run_command(&global, command)
        }
    }
}

fn run_command(global: &Global, command: Command) -> Done {
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        match command {
            Command::Init { defaults, force } => init::run(global, defaults, force).await,
            Command::Add { paths, remove, export, import, export_pdq, import_pdq, passphrase_file, json } => {
                let json = json.json;
                add::run(global, &add::Wanted { paths, remove, export, import, export_pdq, import_pdq, passphrase_file, json }).await
            }
            Command::Scan { urls, exit_code, json } => scan::run(global, &urls, exit_code, json.json).await,
            Command::Run => run::run(global).await,
            Command::Check { inputs, exit_code, json } => check::run(global, &inputs, exit_code, json.json).await,
            Command::Audit { paths, sample, all, seed, json } => {
                let sample = if all { 0 } else { sample };
                audit::run(global, &audit::Wanted { paths, sample, seed, json: json.json }).await
            }
            Command::Findings { action, json } => findings::run(global, action, json.json).await,
            Command::Watch { action } => watch::run(global, action).await,
            Command::Coverage { json } => coverage::run(global, json.json).await,
            Command::Backup { file, recipients, passphrase_file, force } => {
                backup::run(global, &backup::Wanted { file, recipients, passphrase_file, force }).await
            }
            Command::Restore { file, identity, passphrase_file, force } => {
                restore::run(global, &restore::Wanted { file, identity, passphrase_file, force }).await
            }
            Command::Forget { everything, yes_really } => forget::run(global, everything, yes_really).await,
            Command::Doctor { drop_in: Some(file), .. } => doctor::drop_in(global, file.as_deref()),
            Command::Doctor { egress: true, json, .. } => doctor::egress(global, json.json).await,
            Command::Doctor { json, send_test, .. } => doctor::run(global, json.json, send_test).await,
            Command::Demo { json } => demo::run(global, json.json).await,
            Command::Rekey { key } => rekey::run(global, key.as_deref()).await,
            Command::LookChild { .. } | Command::Browser | Command::Limited { .. } | Command::Completions { .. } | Command::Man { .. } => {
                Ok(0)
            }
        }
    });
    // Work on an endless archive cannot be stopped, and is not waited for.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    done
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()
        .context("the program could not start its threads")?)
}

/// Closes the cage, then becomes the helper.
fn limited(command: &[std::ffi::OsString], trial: Option<Trial>) -> Done {
    let [program, arguments @ ..] = command else { return Err(Failure::Usage("no program given".into())) };
    Ok(helper::become_it(program, arguments, trial).context("the cage could not be closed")?)
}

/// Finds and reads the configuration; its warnings go to standard error.
fn load(global: &Global) -> Result<Config, Failure> {
    let Some(file) = config::find(global.config.as_deref()) else {
        let places: Vec<String> = config::usual_places().iter().map(|p| p.display().to_string()).collect();
        return Err(Failure::Usage(format!(
            "there is no configuration yet. 'monitor init' writes one; 'monitor demo' shows the program without any.\nLooked for: {}",
            places.join(", ")
        )));
    };
    load_file(global, &file)
}

fn load_file(global: &Global, file: &Path) -> Result<Config, Failure> {
    let config = Config::load(file)
        .map_err(|faults| Failure::Usage(format!("the configuration has {} to mend:\n{faults}", things(faults.faults.len()))))?;
    if !global.quiet {
        for warning in &config.warnings {
            complain(format!("note: {warning}"));
        }
    }
    Ok(config)
}

fn things(n: usize) -> String {
    if n == 1 { "one thing".into() } else { format!("{n} things") }
}

async fn open_store(config: &Config) -> Result<Store, Failure> {
    Ok(Store::open(&config.state_dir, &config.key).await?)
}

fn pool(config: &Config) -> Arc<Pool> {
    Arc::new(Pool::for_this_machine(config.fetch.max_pixels))
}

async fn own(config: &Config, store: &Store) -> Result<Arc<Own>, Failure> {
    add::renew(config, store).await?;
    let own = Own::load(store, config.person.clone(), config.content.depth).await?;
    if own.outdated > 0 {
        tracing::warn!(
            "{} originals were fingerprinted by another version or depth, and their files are not there or cannot be read: they are not recognised until 'monitor add' has read them again, or until they are imported again",
            own.outdated
        );
    }
    Ok(Arc::new(own))
}

/// A path of the command line at or below which originals lie. The files may be gone: it is resolved as far as it
/// exists, and compared by name.
struct Below<'a> {
    given: &'a Path,
    full: PathBuf,
}

impl<'a> Below<'a> {
    fn new(given: &'a Path) -> Result<Self, Failure> {
        let full = std::fs::canonicalize(given).or_else(|_| std::path::absolute(given)).context("the path cannot be resolved")?;
        Ok(Self { given, full })
    }

    /// Whether the original's file lies there, or its label says the same.
    fn holds(&self, facts: &OriginalFacts) -> bool {
        Path::new(&facts.path).starts_with(&self.full) || Path::new(&facts.label) == self.given
    }
}

/// A bar on standard error where that is a terminal and nobody asked for quiet.
fn bar(global: &Global, length: Option<u64>, template: &str) -> ProgressBar {
    if global.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// Prints one JSON document.
fn print_json(value: &serde_json::Value) {
    use std::io::Write;
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    note_unwritten(writeln!(std::io::stdout().lock(), "{}", escaped(&text)));
}

/// JSON as a terminal can show it: what would control it or hide is written as a number, which means the same.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && words::is_harmful(c) {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Output that could not be written, other than to a pipe whose reader has gone by its own choice.
static UNWRITTEN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

fn note_unwritten(written: std::io::Result<()>) {
    if written.is_err_and(|e| e.kind() != std::io::ErrorKind::BrokenPipe) {
        UNWRITTEN.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Prints a line of a result; a closed pipe is the reader's choice.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    note_unwritten(writeln!(std::io::stdout().lock(), "{}", words::harmless_lines(&line.to_string())));
}

/// Prints a line to standard error, as harmless as the rest.
fn complain(line: impl std::fmt::Display) {
    eprintln!("monitor: {}", words::harmless_lines(&line.to_string()));
}

/// Writes a file that only its owner may read, or as `prepare` makes it: beside its place first, so that it is there whole or
/// not at all.
fn put_in_place(file: &Path, bytes: &[u8], prepare: impl FnOnce(&std::fs::File) -> std::io::Result<()>) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let part = hidden(file, "part");
    // What a killed run left behind; `create_new` follows no link that others put there.
    let _ = std::fs::remove_file(&part);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let written = out.write_all(bytes).and_then(|()| prepare(&out)).and_then(|()| out.sync_all());
    let written = written.and_then(|()| std::fs::rename(&part, file)).and_then(|()| sync_folder_of(file));
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

/// A hidden name beside `file`: how it is called until it is whole. Always the same, so that what a kill left goes with
/// the next one.
fn hidden(file: &Path, ending: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{ending}"))
}

/// Whether an optional helper is installed.
fn has(program: &str) -> bool {
    helper::installed(program).is_some()
}

#[cfg(test)]
mod tests {
    proptest::proptest! {
        #[test]
        fn escaped_json_means_the_same_and_controls_nothing(text: String, tail in "[\\u{200b}-\\u{206f}\\u{7f}-\\u{9f}\\u{e0000}-\\u{e007f}]{0,9}") {
            let value = serde_json::json!({ "k": format!("{text}{tail}") });
            let shown = super::escaped(&serde_json::to_string_pretty(&value).unwrap());
            proptest::prop_assert!(!shown.chars().any(|c| c != '\n' && crate::words::is_harmful(c)));
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
