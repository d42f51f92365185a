//! `monitor add`: the owner's own pictures → fingerprints. Never copies a picture.

mod exchange;
mod lists;
mod renew;

pub use lists::entries as pdq_list;
pub use renew::renew;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Context as _;
use futures_util::StreamExt;
use serde_json::json;

use super::{Below, Done, Failure, SOME_FAILED, bar, changes, load, open_store, print_json, put_in_place, say};
use crate::cli::Global;
use crate::config::Config;
use crate::look::Depth;
use crate::look::decode::{Format, sniff};
use crate::look::fingerprint::Fingerprint;
use crate::look::helper;
use crate::look::pool::Pool;
use crate::scan::now;
use crate::store::{Original, OriginalFacts, Store};
use crate::words;

/// What the command line asks for.
pub struct Wanted {
    pub paths: Vec<PathBuf>,
    pub remove: bool,
    pub export: Option<PathBuf>,
    pub import: Option<PathBuf>,
    pub export_pdq: Option<PathBuf>,
    pub import_pdq: Option<PathBuf>,
    pub passphrase_file: Option<PathBuf>,
    pub json: bool,
}

/// What became of the files.
#[derive(Default)]
pub struct Outcome {
    pub added: usize,
    pub unchanged: usize,
    pub removed: usize,
    /// Labels of those that are too plain to be recognised.
    pub plain: Vec<String>,
    pub failed: Vec<(PathBuf, String)>,
    /// Fingerprints or hashes in the file that was exported.
    pub written: usize,
    /// Too plain to be put into a list of hashes.
    pub left_out: usize,
    /// Not exported, because another version or depth fingerprinted them.
    pub outdated: usize,
    /// Came from a list of hashes and are not passed on in another.
    pub kept_back: usize,
    /// What was imported could have been read by anybody.
    pub unsealed: bool,
}

/// Adds, removes, exports or imports.
pub async fn run(global: &Global, wanted: &Wanted) -> Done {
    let config = load(global)?;
    let store = open_store(&config).await?;
    let (words, depth) = (words::of(config.language), config.content.depth);
    let passphrase_file = wanted.passphrase_file.as_deref();
    let outcome = if let Some(file) = &wanted.export {
        exchange::export(&store, file, depth, passphrase_file, words).await?
    } else if let Some(file) = &wanted.import {
        exchange::import(&store, file, depth, passphrase_file, words).await?
    } else if let Some(file) = &wanted.export_pdq {
        lists::export(&store, file).await?
    } else if let Some(file) = &wanted.import_pdq {
        lists::import(&store, file, depth).await?
    } else if wanted.remove {
        remove(&store, &wanted.paths).await?
    } else {
        let paths = if wanted.paths.is_empty() { &config.content.paths } else { &wanted.paths };
        if paths.is_empty() {
            return Err(Failure::Usage("no folder is named: give one, or set content.paths in the configuration".into()));
        }
        add(global, &config, &store, paths).await?
    };
    changes::look(&store, &config, 0).await?;
    store.close().await;
    if wanted.json {
        let failed: Vec<_> = outcome.failed.iter().map(|(path, message)| json!({"path": path, "message": message})).collect();
        print_json(&json!({
            "added": outcome.added, "unchanged": outcome.unchanged, "removed": outcome.removed, "failed": failed,
            "written": outcome.written, "left_out": outcome.left_out + outcome.outdated + outcome.kept_back,
        }));
    } else {
        for (path, message) in &outcome.failed {
            super::complain(format!("{}: {}", words::harmless(&path.display().to_string()), words::harmless(message)));
        }
        if wanted.export.is_some() {
            say(words.exported(outcome.written));
        } else if wanted.export_pdq.is_some() {
            say(words.exported_pdq(outcome.written, outcome.left_out));
        } else {
            say(words.added(outcome.added, outcome.unchanged, outcome.removed, outcome.failed.len()));
        }
        if outcome.outdated > 0 {
            say(words.not_exported(outcome.outdated));
        }
        if outcome.kept_back > 0 {
            say(words.kept_back(outcome.kept_back));
        }
        if outcome.unsealed {
            say(words.unsealed());
        }
        if !outcome.plain.is_empty() {
            say(words.plain_original(outcome.plain.len()));
            for label in &outcome.plain {
                say(format!("  {}", words::harmless(label)));
            }
        }
    }
    Ok(if outcome.failed.is_empty() { 0 } else { SOME_FAILED })
}

/// One file to read.
struct Candidate {
    path: PathBuf,
    label: String,
    size: u64,
    changed: i64,
}

/// Fingerprints what is new or changed below `paths`.
pub async fn add(global: &Global, config: &Config, store: &Store, paths: &[PathBuf]) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut candidates = Vec::new();
    for path in paths {
        gather(path, &mut candidates, &mut outcome.failed)?;
    }
    let depth = config.content.depth;
    let mut known: HashMap<String, Original> = HashMap::new();
    let without_print = |original| Original { fingerprint: Vec::new(), ..original };
    store.each_original(|original| drop(known.insert(original.facts.path.clone(), without_print(original)))).await?;
    let ids: HashSet<String> = known.values().filter(|o| o.version == depth.version()).map(|o| o.id.clone()).collect();
    let mut todo = Vec::new();
    for candidate in candidates {
        match known.get(candidate.path.to_string_lossy().as_ref()) {
            Some(o) if o.version == depth.version() && o.facts.size == candidate.size && o.facts.changed == candidate.changed => {
                outcome.unchanged += 1;
            }
            old => todo.push((candidate, old.map(|o| o.id.clone()))),
        }
    }
    let bar = bar(global, Some(todo.len() as u64), "{bar:30} {pos}/{len} pictures, {eta} left");
    read_all(config, store, todo, &ids, &bar, &mut outcome).await?;
    bar.finish_and_clear();
    Ok(outcome)
}

/// Reads files, each with the id of the original that it was before, and stores what they became.
async fn read_all(
    config: &Config,
    store: &Store,
    todo: Vec<(Candidate, Option<String>)>,
    ids: &HashSet<String>,
    bar: &indicatif::ProgressBar,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let depth = config.content.depth;
    // Cameras make larger pictures than anybody should be sent by a page.
    let pool = Pool::for_this_machine(config.fetch.max_pixels.max(OWN_PIXELS));
    let reads = todo.into_iter().map(|(candidate, old)| {
        let pool = &pool;
        async move {
            let read = read(store, pool, &candidate, ids, depth).await;
            (candidate, old, read)
        }
    });
    let mut stream = futures_util::stream::iter(reads).buffer_unordered(4);
    let (mut batch, mut replaced, mut still_there) = (Vec::new(), Vec::new(), HashSet::new());
    while let Some((candidate, old, read)) = stream.next().await {
        bar.inc(1);
        match read {
            Ok(Read::New(original)) => {
                outcome.added += 1;
                replaced.extend(old.filter(|id| *id != original.id));
                still_there.insert(original.id.clone());
                if original.facts.plain {
                    outcome.plain.push(original.facts.label.clone());
                }
                batch.push(original);
            }
            Ok(Read::Known(id)) => {
                outcome.unchanged += 1;
                replaced.extend(old.filter(|old| *old != id));
                still_there.insert(id);
            }
            Err(message) => outcome.failed.push((candidate.path, message)),
        }
        if batch.len() >= 64 {
            store.put_originals(&std::mem::take(&mut batch), now()).await?;
        }
    }
    drop(stream);
    store.put_originals(&batch, now()).await?;
    // The bytes that a changed file had may lie elsewhere still.
    replaced.retain(|id| !still_there.contains(id));
    store.remove_originals(&replaced, now()).await?;
    Ok(())
}

/// Every file at or below `path`, in order. A missing or empty folder is an error.
fn gather(path: &Path, out: &mut Vec<Candidate>, failed: &mut Vec<(PathBuf, String)>) -> Result<(), Failure> {
    let shown = path.display();
    let full = std::fs::canonicalize(path)
        .map_err(|error| Failure::Failed(anyhow::anyhow!("{shown} cannot be read: {error}. Is its disk there? Nothing was removed")))?;
    let base = full.parent().unwrap_or(&full).to_path_buf();
    if full.is_file() {
        match candidate(&full, &base, failed) {
            Some(file) => out.push(file),
            None => failed.push((path.to_path_buf(), "is neither a picture nor a video".into())),
        }
        return Ok(());
    }
    let before = out.len();
    let mut folders = vec![full.clone()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                failed.push((folder, error.to_string()));
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            // Links to folders are not followed: they may lead in a circle.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(_) if path.is_file() => out.extend(candidate(&path, &base, failed)),
                _ => {}
            }
        }
    }
    if out.len() == before {
        return Err(Failure::Failed(anyhow::anyhow!("{shown} holds no picture or video. Is its disk there? Nothing was removed")));
    }
    out.get_mut(before..).unwrap_or_default().sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

/// Endings that are pictures or videos, whatever is in them.
const ENDINGS: [&str; 22] = [
    "jpg", "jpeg", "jpe", "png", "gif", "webp", "bmp", "tif", "tiff", "avif", "heic", "heif", "jxl", "mp4", "m4v", "mov", "webm", "mkv",
    "avi", "mpg", "mpeg", "wmv",
];

/// The file as something to read, unless it is plainly neither picture nor video.
fn candidate(path: &Path, base: &Path, failed: &mut Vec<(PathBuf, String)>) -> Option<Candidate> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let wanted = ENDINGS.contains(&ending.as_str()) || head(path).is_ok_and(|h| sniff(&h).is_some());
    if !wanted {
        return None;
    }
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => {
            failed.push((path.to_path_buf(), error.to_string()));
            return None;
        }
    };
    let label = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
    Some(Candidate { path: path.to_path_buf(), label, size: meta.len(), changed: written(&meta) })
}

/// When a file was last written, milliseconds.
fn written(meta: &std::fs::Metadata) -> i64 {
    meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map_or(0, |d| d.as_millis() as i64)
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Pixels of one's own pictures.
const OWN_PIXELS: u64 = 250_000_000;
/// Largest picture file that is read whole; videos go to their helper without being read.
const MOST: u64 = 512 << 20;

/// What reading a file gave.
enum Read {
    New(Original),
    /// The id of an original with the same bytes, from another place.
    Known(String),
}

/// Fingerprints one file.
async fn read(store: &Store, pool: &Pool, file: &Candidate, known: &HashSet<String>, depth: Depth) -> Result<Read, String> {
    let (id, print) = print_of(store, pool, file, known, depth).await?;
    let Some(print) = print else { return Ok(Read::Known(id)) };
    let facts = OriginalFacts {
        path: file.path.to_string_lossy().into_owned(),
        label: file.label.clone(),
        size: file.size,
        changed: file.changed,
        plain: print.is_plain(),
    };
    Ok(Read::New(Original { id, facts, version: depth.version(), fingerprint: print.pack() }))
}

async fn print_of(
    store: &Store,
    pool: &Pool,
    file: &Candidate,
    known: &HashSet<String>,
    depth: Depth,
) -> Result<(String, Option<Fingerprint>), String> {
    let (path, size) = (file.path.as_path(), file.size);
    let start = head(path).map_err(|e| e.to_string())?;
    if sniff(&start) == Some(Format::Video) {
        let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
        // A film is known by its beginning and its length: reading gigabytes for a name would be a waste.
        let id = store.original_id(&[start.as_slice(), &size.to_le_bytes(), path.as_os_str().as_encoded_bytes()].concat());
        let print = pool.through_helper(helper::Kind::Video, file, depth.for_originals()).await.map_err(|e| e.detail)?;
        return Ok((id, Some(print)));
    }
    if size > MOST {
        return Err("is larger than any picture that is read".into());
    }
    let bytes = tokio::fs::read(path).await.map_err(|e| e.to_string())?;
    let id = store.original_id(&bytes);
    if known.contains(&id) {
        return Ok((id, None));
    }
    let print = pool.fingerprint(bytes, depth.for_originals()).await.map_err(|e| e.detail)?;
    Ok((id, Some(print)))
}

async fn remove(store: &Store, paths: &[PathBuf]) -> Result<Outcome, Failure> {
    let originals = store.originals().await?;
    let mut gone = Vec::new();
    for path in paths {
        let below = Below::new(path)?;
        let of_list = |facts: &OriginalFacts| facts.path.is_empty() && lists::is_of(&facts.label, path);
        let here: Vec<_> = originals.iter().filter(|o| below.holds(&o.facts) || of_list(&o.facts)).collect();
        if here.is_empty() {
            return Err(Failure::Failed(anyhow::anyhow!("no original lies at or below {}; nothing was removed", path.display())));
        }
        gone.extend(here.iter().map(|o| o.id.clone()));
    }
    gone.sort();
    gone.dedup();
    store.remove_originals(&gone, now()).await?;
    Ok(Outcome { removed: gone.len(), ..Outcome::default() })
}

/// Writes a file that only its owner may read: beside its place first, so that it is there whole or not at all.
fn write_private(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let wrong = || format!("{} cannot be written", file.display());
    // Renaming would put a file in the place of a device or a pipe.
    if std::fs::metadata(file).is_ok_and(|m| !m.is_file()) {
        return Err(Failure::Usage(format!("{} is not a file", file.display())));
    }
    if file.file_name().is_none() {
        return Err(Failure::Usage(format!("{} does not name a file", file.display())));
    }
    Ok(put_in_place(file, bytes, |_| Ok(())).with_context(wrong)?)
}
