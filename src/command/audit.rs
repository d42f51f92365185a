//! `monitor audit`: would scans recognise my own pictures? Some of them are reposted in memory in the usual ways and
//! looked up as scans look up what they find. Nothing is recorded, nothing leaves the machine.

mod edits;
mod near;
mod open;
mod paint;
mod random;
mod report;
mod scenes;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use image::RgbImage;
use indicatif::ProgressBar;

use super::{Below, Done, Failure, SOME_FAILED, bar, load, open_store, own, pool, print_json, say};
use crate::cli::Global;
use crate::look::decode::LEAST_SIDE;
use crate::look::pool::Pool;
use crate::scan::Own;
use crate::store::Original;
use crate::words::{self, AuditWords, fill};
use edits::{EDITS, Edit};
use near::Pairs;
use open::{Opener, small};
use random::Random;
use report::Report;
use scenes::{Scene, TILE_SIDE, Tile};

/// What the command line asks for.
pub struct Wanted {
    pub paths: Vec<PathBuf>,
    /// How many originals are reposted; 0: all.
    pub sample: usize,
    pub seed: u64,
    pub json: bool,
}

/// Originals in work at once, and copies of each: two cores are kept busy, and few pictures are in memory.
const ORIGINALS: usize = 2;
const COPIES: usize = 2;
/// Neighbours that collages choose from.
const TILES: usize = 12;
/// With fewer others a collage would always show the same ones; drawn pictures take their places.
const LEAST_TILES: usize = 4;

/// An original by its number in [`Report::labels`].
type Number = usize;

/// What became of one copy.
enum Copy {
    /// It was looked up.
    Looked {
        /// Whether the original was among what was found.
        recognised: bool,
        /// Ids of the other originals that were found.
        others: Vec<String>,
        /// Ids of the other originals that it shows: a collage's neighbours.
        shown: Vec<String>,
    },
    /// Why it could not be looked at.
    Unread(String),
    /// There is no such copy of so small a picture.
    None,
}

/// Reposts originals and tells which copies scans would miss.
pub async fn run(global: &Global, wanted: &Wanted) -> Done {
    let config = load(global)?;
    let words = words::of(config.language).audit();
    let store = open_store(&config).await?;
    // Renews what is outdated, so that what is read afterwards is what scans look for.
    let own = own(&config, &store).await?;
    let all = store.originals().await?;
    if all.is_empty() {
        return Err(Failure::Failed(anyhow::anyhow!("there is no original yet; 'monitor add' fingerprints your pictures first")));
    }
    let scope = scope(&all, &wanted.paths)?;
    let mut report = Report::new(all.iter().map(|o| o.facts.label.clone()).collect(), scope.len());
    let current: HashSet<&str> = own.labels.iter().map(|(id, _)| id.as_str()).collect();
    // What cannot be reposted whatever the sample is, is told; the rest is what the sample is taken from.
    let mut readable = Vec::new();
    for (number, original) in &scope {
        match hindrance(original, &current, &words) {
            Some(why) => report.unread.push((*number, why.into())),
            None if original.facts.plain => {}
            None => readable.push((*number, *original)),
        }
    }
    report.plain = scope.iter().filter(|(_, o)| o.facts.plain).map(|(number, _)| *number).collect();
    let sample = sample(readable, wanted.sample, wanted.seed);
    let pairs = near::pairs(global, &own, &all, &scope, &sample).await?;

    let auditor = Auditor {
        opener: Opener::new(store.clone(), words.clone()),
        own,
        pool: pool(&config),
        words,
        seed: wanted.seed,
        tiles: Arc::default(),
        bar: bar(global, Some((sample.len() * EDITS.len()) as u64), "{bar:30} {pos}/{len} copies, {eta} left"),
    };
    let auditor = Auditor { tiles: Arc::new(auditor.tiles(&sample).await), ..auditor };
    let mut results: Vec<(Number, Result<Vec<Copy>, String>)> = auditor.all(&sample).collect().await;
    auditor.bar.finish_and_clear();
    results.sort_by_key(|(number, _)| *number);
    for (number, result) in results {
        match result {
            Ok(copies) => note(&mut report, number, copies, &all, &pairs, &auditor.words),
            Err(why) => report.unread.push((number, why)),
        }
    }
    report.unread.sort();
    report.near = pairs;
    drop(auditor);
    store.close().await;
    if wanted.json {
        print_json(&report.json());
    } else {
        say(report.text(config.language, global.verbose > 0));
    }
    Ok(if report.unread.is_empty() { 0 } else { SOME_FAILED })
}

/// The originals at or below the paths, with their numbers; all of them where no path is given.
fn scope<'a>(all: &'a [Original], paths: &[PathBuf]) -> Result<Vec<(Number, &'a Original)>, Failure> {
    let numbered = || all.iter().enumerate();
    if paths.is_empty() {
        return Ok(numbered().collect());
    }
    let mut chosen = HashSet::new();
    for path in paths {
        let below = Below::new(path)?;
        let before = chosen.len();
        let mut known = false;
        for (number, _) in numbered().filter(|(_, o)| below.holds(&o.facts)) {
            known |= !chosen.insert(number);
        }
        if chosen.len() == before && !known {
            let shown = words::harmless(&path.display().to_string());
            return Err(Failure::Failed(anyhow::anyhow!("no original lies at or below {shown}; 'monitor add' fingerprints new pictures")));
        }
    }
    Ok(numbered().filter(|(number, _)| chosen.contains(number)).collect())
}

/// Why an original cannot be reposted, as far as that is seen without reading it.
fn hindrance(original: &Original, current: &HashSet<&str>, words: &AuditWords) -> Option<&'static str> {
    if !current.contains(original.id.as_str()) {
        Some(words.outdated)
    } else if original.facts.path.is_empty() {
        Some(words.imported)
    } else if !Path::new(&original.facts.path).is_file() {
        Some(words.gone)
    } else {
        None
    }
}

/// So many of them, the same ones for the same seed; 0: all.
fn sample(mut readable: Vec<(Number, &Original)>, most: usize, seed: u64) -> Vec<(Number, &Original)> {
    if most > 0 && readable.len() > most {
        readable.sort_by_cached_key(|(number, o)| (Random::new(seed, &["sample", &o.facts.label]).number(), *number));
        readable.truncate(most);
        readable.sort_by_key(|(number, _)| *number);
    }
    readable
}

/// Puts the copies of one original into the report.
fn note(report: &mut Report, number: Number, copies: Vec<Copy>, all: &[Original], pairs: &Pairs, words: &AuditWords) {
    report.sampled += 1;
    let mut missed = Vec::new();
    for (at, (edit, copy)) in EDITS.iter().zip(copies).enumerate() {
        match copy {
            Copy::None => {}
            Copy::Unread(why) => report.unread.push((number, fill(words.copy, &[&edit.name, &why]))),
            Copy::Looked { recognised, others, shown } => {
                report.count(at, recognised);
                if !recognised {
                    missed.push(edit.name);
                }
                let number_of = |id: &String| all.iter().position(|o| o.id == *id);
                // What the copy shows, and what is nearly the same, is rightly found.
                let right: Vec<Number> = shown.iter().filter_map(number_of).chain([number]).collect();
                let wrong = others.iter().filter_map(number_of).filter(|other| !right.iter().any(|r| pairs.contains(*r, *other)));
                report.mistaken.extend(wrong.map(|other| (number, edit.name, other)));
            }
        }
    }
    if !missed.is_empty() {
        report.missed.push((number, missed));
    }
}

struct Auditor {
    opener: Opener,
    own: Arc<Own>,
    pool: Arc<Pool>,
    words: AuditWords,
    seed: u64,
    tiles: Arc<Vec<Tile>>,
    bar: ProgressBar,
}

impl Auditor {
    /// Neighbours for collages: others of the sample where there are enough, drawn ones for the places that are left.
    async fn tiles(&self, sample: &[(Number, &Original)]) -> Vec<Tile> {
        let mut tiles = Vec::new();
        if sample.len() > LEAST_TILES {
            for (_, original) in sample {
                if tiles.len() >= TILES {
                    break;
                }
                if let Ok(picture) = self.opener.open(original).await {
                    tiles.push(Tile { id: Some(original.id.clone()), picture: small(&picture, TILE_SIDE) });
                }
            }
        }
        tiles
    }

    /// Reposts all of the sample, in any order.
    fn all<'a>(&'a self, sample: &'a [(Number, &'a Original)]) -> impl Stream<Item = (Number, Result<Vec<Copy>, String>)> + 'a {
        let reposts = sample.iter().map(move |(number, original)| async move {
            let copies = match self.opener.open(original).await {
                Ok(picture) => Ok(self.copies(original, Arc::new(picture)).await),
                Err(why) => {
                    self.bar.inc(EDITS.len() as u64);
                    Err(why)
                }
            };
            (*number, copies)
        });
        futures_util::stream::iter(reposts).buffer_unordered(ORIGINALS)
    }

    /// Every edit of one picture, in order.
    async fn copies(&self, original: &Original, picture: Arc<RgbImage>) -> Vec<Copy> {
        let copies = EDITS.iter().map(|edit| {
            let picture = picture.clone();
            async move {
                let copy = self.copy(original, picture, edit).await.unwrap_or_else(Copy::Unread);
                self.bar.inc(1);
                copy
            }
        });
        futures_util::stream::iter(copies).buffered(COPIES).collect().await
    }

    /// One copy: made, encoded, and looked up as a picture that a scan has fetched.
    async fn copy(&self, original: &Original, picture: Arc<RgbImage>, edit: &'static Edit) -> Result<Copy, String> {
        let (tiles, id) = (self.tiles.clone(), original.id.clone());
        // By the label: the same copies on every machine, whatever the store's key.
        let random = Random::new(self.seed, &[edit.name, &original.facts.label]);
        let made = tokio::task::spawn_blocking(move || {
            let mut scene = Scene::new(random, &tiles, &id);
            let copy = edit.make(&picture, &mut scene);
            if copy.width().min(copy.height()) < LEAST_SIDE {
                return Ok(None);
            }
            Ok::<_, image::ImageError>(Some((edit.encode(&copy)?, scene.shown)))
        });
        let failed = |_| self.words.damaged.to_string();
        let Some((bytes, shown)) = made.await.map_err(failed)?.map_err(|e| e.to_string())? else { return Ok(Copy::None) };
        let print = self.pool.fingerprint(bytes, self.own.depth.for_found()).await.map_err(|e| e.detail)?;
        let own = self.own.clone();
        let found = tokio::task::spawn_blocking(move || own.originals.find(&print)).await.map_err(failed)?;
        // What is told as having much in common is not told as a copy.
        let copies = found.iter().filter(|m| !m.how.contains(&"same session"));
        let ids = copies.filter_map(|m| self.own.labels.get(m.original as usize)).map(|(id, _)| id);
        let (mine, others): (Vec<_>, Vec<_>) = ids.cloned().partition(|id| *id == original.id);
        Ok(Copy::Looked { recognised: !mine.is_empty(), others, shown })
    }
}
