//! `monitor restore`: puts back what `backup` wrote. Everything is checked before anything is changed; nothing is ever
//! overwritten; what is put in place last is the configuration, without which nothing runs, so that a restore that died
//! half-way is finished by the next.

mod place;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use self::place::{Item, Made, private, put};
pub(super) use self::place::{beside, staged, there};
use super::archive::{self, Contents, Wrong};
use super::sealed::{self, With};
use super::{Done, Failure, SOME_FAILED, say};
use crate::cli::Global;
use crate::config::{self, Config};
use crate::model::Language;
use crate::store::copy::{self, CopyError, Inside};
use crate::store::{KeySource, Store};
use crate::words::{self, KeepWords, fill};

/// What the command line asks for.
pub struct Wanted {
    pub file: PathBuf,
    pub identity: Option<PathBuf>,
    pub passphrase_file: Option<PathBuf>,
    pub force: bool,
}

/// Below the key in its file.
const REMARK: &str = "# The key of monitor's store. Without it the store cannot be read; keep a copy elsewhere.\n";
const UNCHANGED: &str = "Nothing was changed";

/// Restores a backup.
pub async fn run(global: &Global, wanted: &Wanted) -> Done {
    let target = std::path::absolute(target(global)).context("the path of the configuration cannot be resolved")?;
    let shown = if wanted.file.as_os_str() == "-" { "standard input".into() } else { wanted.file.display().to_string() };
    let refused = |why: &dyn std::fmt::Display| Failure::Failed(anyhow!("{shown} {why}. {UNCHANGED}"));
    let input: Box<dyn Read> = if wanted.file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(&wanted.file).with_context(|| format!("{shown} cannot be read"))?)
    };
    let with = match &wanted.identity {
        Some(file) => With::Identities(sealed::identities(file)?),
        // No configuration says the language yet.
        None => With::Passphrase(sealed::known(wanted.passphrase_file.as_deref(), words::of(Language::En))?),
    };
    let plain = sealed::open(input, &with).with_context(|| format!("{shown} cannot be read"))?.map_err(|why| refused(&why))?;

    let mut staging = None;
    let read = archive::read(plain, |contents| -> Result<File, Failure> {
        let plan = Plan::new(contents, &target)?;
        let made = Made::folder(&plan.config.state_dir)?;
        let locks = copy::hold(&plan.config.state_dir)?;
        let part = plan.config.state_dir.join(PART);
        let _ = std::fs::remove_file(&part);
        let file = private(&part).with_context(|| format!("{} cannot be written", part.display()))?;
        staging = Some(Staging { part, plan, made, _locks: locks });
        Ok(file)
    });
    let contents = match read {
        Ok(contents) => contents,
        Err(Failure::Failed(error)) if error.is::<Wrong>() => return Err(refused(&error)),
        Err(other) => return Err(other),
    };
    let Some(staging) = staging else { return Err(refused(&Wrong::Damaged)) };
    let inside = copy::check(&staging.part, &contents.key).await.map_err(|why: CopyError| refused(&format!("cannot be used: {why}")))?;
    let done = staging.place(&contents, wanted.force).await?;
    report(&words::of(done.config.language).keep(), &contents, inside, &done);
    // What the owner must put somewhere by hand is not restored yet.
    Ok(if contents.manifest.left_out.is_empty() && done.elsewhere.is_empty() { 0 } else { SOME_FAILED })
}

/// Where the configuration goes: where it would be read from, else where `init` would write it.
fn target(global: &Global) -> PathBuf {
    let first = || config::usual_places().into_iter().next();
    config::find(global.config.as_deref()).or_else(first).unwrap_or_else(|| PathBuf::from("monitor.toml"))
}

/// How the store is called until it has been checked.
pub(super) const PART: &str = "restore-part.db";
/// Beside the configuration: files that lay elsewhere, where a backup must not write.
pub(super) const ELSEWHERE: &str = "restored";

/// What goes where.
struct Plan {
    config: Config,
    store: PathBuf,
    /// The small things, in the order in which they are put in place: the configuration last.
    items: Vec<Item>,
    /// Those that are not where the configuration looks for them, with the place where they lay.
    elsewhere: Vec<(PathBuf, String)>,
}

impl Plan {
    fn new(contents: &Contents, target: &Path) -> Result<Self, Failure> {
        let overlay = contents.overlay();
        let config = Config::parse_over(&contents.configuration, target, &overlay).map_err(|faults| {
            Failure::Failed(anyhow!(
                "the configuration in the backup is not right here:\n{}\n{UNCHANGED}",
                words::harmless_lines(&faults.to_string())
            ))
        })?;
        let (mut items, mut elsewhere) = (Vec::new(), Vec::new());
        let folder = target.parent().unwrap_or(Path::new("/")).to_path_buf();
        let key = format!("{}\n{}", contents.key.lines().next().unwrap_or_default().trim(), REMARK);
        match &config.key {
            KeySource::File(path) => items.push(Item::key(path.clone(), key)),
            KeySource::Credential(path) => {
                if !std::fs::read_to_string(path).is_ok_and(|text| copy::same_key(&text, &key)) {
                    let place = folder.join(ELSEWHERE).join("store.key");
                    elsewhere.push((place.clone(), contents.manifest.key.clone()));
                    items.push(Item::key(place, key));
                }
            }
        }
        for (n, (held, bytes)) in contents.manifest.files.iter().zip(&contents.files).enumerate() {
            let referred = config.referred.iter().find(|r| r.credential == held.credential && r.written == held.written);
            let place = match referred.filter(|r| !r.credential).and_then(|r| inside(&folder, &r.path)) {
                Some(place) => place,
                None if referred.is_some_and(|r| std::fs::read(&r.path).is_ok_and(|there| there == *bytes)) => continue,
                None => {
                    let place = folder.join(ELSEWHERE).join(format!("{}-{}", n + 1, plain_name(&held.written)));
                    elsewhere.push((place.clone(), held.path.clone()));
                    place
                }
            };
            items.push(Item::file(place, bytes.clone()));
        }
        items.push(Item::file(target.into(), contents.configuration.clone().into_bytes()));
        let store = Store::file_in(&config.state_dir);
        let mut places: Vec<&Path> = items.iter().map(|i| i.target.as_path()).chain([store.as_path()]).collect();
        places.sort_unstable();
        if places.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Failure::Failed(anyhow!("the backup wants to put two things in one place. {UNCHANGED}")));
        }
        Ok(Self { config, store, items, elsewhere })
    }
}

/// `path` where a backup may write: at or below `folder`, through nothing hidden. A file that anybody could have made for
/// a public key must not be able to write what a shell or ssh reads.
fn inside(folder: &Path, path: &Path) -> Option<PathBuf> {
    let rest = path.strip_prefix(folder).ok()?;
    let plain = |part: std::path::Component<'_>| match part {
        std::path::Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    (rest.components().next().is_some() && rest.components().all(plain)).then(|| path.to_path_buf())
}

fn plain_name(written: &str) -> String {
    let name = written.rsplit('/').next().unwrap_or_default();
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
}

/// The store in its state folder under another name, until everything is known to be right; else nothing is left of it.
struct Staging {
    part: PathBuf,
    plan: Plan,
    // After the plan, so that what is staged in them goes first.
    made: Made,
    _locks: Vec<crate::store::Lock>,
}

impl Drop for Staging {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(copy::with_ending(&self.part, ending));
        }
    }
}

/// What was done.
struct Restored {
    config: Config,
    store: PathBuf,
    placed: Vec<PathBuf>,
    aside: Vec<PathBuf>,
    elsewhere: Vec<(PathBuf, String)>,
    waiting: u64,
}

impl Staging {
    async fn place(mut self, contents: &Contents, force: bool) -> Result<Restored, Failure> {
        let (created, stamp) = (contents.manifest.created_ms, chrono::Local::now().format("%Y%m%d-%H%M%S").to_string());
        let store = self.plan.store.clone();
        let store_there = !force && copy::is_marked(&store, created).await;
        let old_store: Vec<PathBuf> = ["-wal", "-shm", "-journal", ""].iter().map(|e| copy::with_ending(&store, e)).collect();
        let mut blocked: Vec<&Path> = self.plan.items.iter().filter(|i| i.blocked()).map(|i| i.target.as_path()).collect();
        if !store_there {
            blocked.extend(old_store.iter().map(PathBuf::as_path).filter(|p| there(p)));
        }
        if !blocked.is_empty() && !force {
            let list: Vec<String> = blocked.iter().map(|p| format!("  {}", p.display())).collect();
            return Err(Failure::Usage(format!(
                "these exist already; nothing was changed. --force moves them aside (nothing is deleted), --config FILE restores elsewhere:\n{}",
                list.join("\n")
            )));
        }
        let mut done = Restored {
            store: store.clone(),
            placed: Vec::new(),
            aside: Vec::new(),
            elsewhere: std::mem::take(&mut self.plan.elsewhere),
            waiting: 0,
            config: self.plan.config.clone(),
        };
        if !store_there {
            // The store that is moved aside, or was, knows what has been sent since.
            copy::settle(&store).await;
            for newer in place::beside(&store).into_iter().chain([store.clone()]) {
                if newer.is_file() {
                    copy::take_over(&self.part, &newer, &contents.key).await?;
                }
            }
            copy::mark(&self.part, created).await?;
            copy::settle(&self.part).await;
        }
        let looked_at = if store_there { &store } else { &self.part };
        done.waiting = copy::check(looked_at, &contents.key).await.map_or(0, |inside| inside.waiting);
        // Every small thing is written under another name before the first is put in its place.
        for item in &self.plan.items {
            item.stage(&mut self.made)?;
        }
        if !store_there {
            // A log that is left beside another store would be taken for its own: it goes first.
            for old in old_store.iter().filter(|p| there(p)) {
                let ending = old.to_string_lossy().strip_prefix(&*store.to_string_lossy()).unwrap_or_default().to_string();
                let aside = copy::with_ending(&place::aside(&store, &stamp), &ending);
                put(old, &aside)?;
                done.aside.push(aside);
            }
            put(&self.part, &store)?;
            done.placed.push(store);
        }
        for item in &self.plan.items {
            let (placed, aside) = item.place(&stamp)?;
            done.placed.extend(placed.then(|| item.target.clone()));
            done.aside.extend(aside);
        }
        self.made.keep();
        Ok(done)
    }
}

fn report(words: &KeepWords, contents: &Contents, inside: Inside, done: &Restored) {
    let manifest = &contents.manifest;
    if done.placed.is_empty() {
        say(fill(words.in_place, &[&words::harmless(&manifest.created)]));
        return left_to_do(words, contents, done);
    }
    say(fill(words.restored, &[&words::harmless(&manifest.created), &words::harmless(&manifest.program)]));
    let with_store = done.placed.contains(&done.store);
    if with_store {
        say(fill(words.restored_store, &[&done.store.display(), &inside.findings, &inside.originals]));
    } else {
        say(fill(words.store_stays, &[&done.store.display()]));
    }
    for path in done.placed.iter().filter(|p| **p != done.store) {
        say(format!("  {}", path.display()));
    }
    if !done.aside.is_empty() {
        say(words.moved_aside);
        for path in &done.aside {
            say(format!("  {}", path.display()));
        }
    }
    left_to_do(words, contents, done);
    if with_store {
        say(fill(words.since_then, &[&words::harmless(&manifest.created)]));
    }
    if done.waiting > 0 {
        say(fill(words.waiting, &[&done.waiting]));
    }
    say(words.restored_next);
}

/// What the owner must put in its place by hand.
fn left_to_do(words: &KeepWords, contents: &Contents, done: &Restored) {
    if !done.elsewhere.is_empty() {
        say(words.lay_elsewhere);
        for (place, lay) in &done.elsewhere {
            say(format!("  {} ({})", place.display(), words::harmless(lay)));
        }
    }
    if !contents.manifest.left_out.is_empty() {
        say(fill(words.restored_without, &[&words::harmless(&contents.manifest.left_out.join(", "))]));
    }
}
