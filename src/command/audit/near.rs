//! Originals that are nearly the same picture: each is looked up among the others by the fingerprint that is stored.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::StreamExt;

use super::Number;
use crate::cli::Global;
use crate::command::{Failure, bar};
use crate::look::fingerprint::Fingerprint;
use crate::scan::Own;
use crate::store::Original;

/// Where there are more originals than this, only those of the sample are looked up: each is compared with all, and
/// the time grows faster than their number (measured: 6 s of one core for 1000). Memory does not grow with it: few
/// fingerprints are unpacked at once.
const MOST: usize = 5000;
/// Originals that are looked up by one task.
const CHUNK: usize = 8;

/// Pairs of originals.
#[derive(Debug, Default)]
pub struct Pairs {
    /// The smaller number first, each once.
    pub all: BTreeSet<(Number, Number)>,
    /// Not every original was looked up.
    pub some: bool,
}

impl Pairs {
    /// Whether the two are nearly the same, or are the same.
    pub fn contains(&self, one: Number, other: Number) -> bool {
        one == other || self.all.contains(&(one.min(other), one.max(other)))
    }
}

/// The pairs of which at least one is looked at.
pub async fn pairs(
    global: &Global,
    own: &Arc<Own>,
    all: &[Original],
    scope: &[(Number, &Original)],
    sample: &[(Number, &Original)],
) -> Result<Pairs, Failure> {
    let some = scope.len() > MOST;
    let chosen = if some { sample } else { scope };
    let numbers: HashMap<&str, Number> = all.iter().enumerate().map(|(number, o)| (o.id.as_str(), number)).collect();
    let current: HashSet<&str> = own.labels.iter().map(|(id, _)| id.as_str()).collect();
    let chosen: Vec<_> = chosen.iter().filter(|(_, o)| current.contains(o.id.as_str())).collect();
    let bar = bar(global, Some(chosen.len() as u64), "{bar:30} {pos}/{len} pictures compared, {eta} left");
    let look_ups = chosen.chunks(CHUNK).map(|chunk| {
        let (own, bar) = (own.clone(), bar.clone());
        let prints: Vec<_> = chunk.iter().filter_map(|(number, o)| Some((*number, Fingerprint::unpack(&o.fingerprint)?))).collect();
        async move {
            tokio::task::spawn_blocking(move || {
                let mut found = Vec::new();
                for (number, print) in &prints {
                    let copies = own.originals.find(print).into_iter().filter(|m| !m.how.contains(&"same session"));
                    let ids = copies.filter_map(|m| own.labels.get(m.original as usize)).map(|(id, _)| id.clone());
                    found.extend(ids.map(|id| (*number, id)));
                    bar.inc(1);
                }
                found
            })
            .await
        }
    });
    let mut pairs = Pairs { some, ..Pairs::default() };
    let mut stream = futures_util::stream::iter(look_ups).buffer_unordered(2);
    while let Some(found) = stream.next().await {
        for (number, id) in found? {
            if let Some(other) = numbers.get(id.as_str()).filter(|other| **other != number) {
                pairs.all.insert((number.min(*other), number.max(*other)));
            }
        }
    }
    drop(stream);
    bar.finish_and_clear();
    Ok(pairs)
}
