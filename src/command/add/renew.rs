//! Originals whose fingerprints another version made: read again by themselves, where their files are there.

use std::collections::HashSet;
use std::path::PathBuf;

use super::{Candidate, Failure, Outcome, read_all, written};
use crate::config::Config;
use crate::store::Store;

/// An hour, in microseconds.
const LONGEST_START: u32 = 3_600_000_000;

/// Reads again what an update or another depth has outdated. What cannot be read stays as it is, and is warned of
/// with the rest.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn renew(config: &Config, store: &Store) -> Result<(), Failure> {
    let version = config.content.depth.version();
    let (mut todo, mut current) = (Vec::new(), HashSet::new());
    store
        .each_original(|original| {
            if original.version == version {
                current.insert(original.id);
                return;
            }
            let path = PathBuf::from(&original.facts.path);
            let meta = (!original.facts.path.is_empty()).then(|| std::fs::metadata(&path).ok()).flatten().filter(|meta| meta.is_file());
            if let Some(meta) = meta {
                let file = Candidate { path, label: original.facts.label, size: meta.len(), changed: written(&meta) };
                todo.push((file, Some(original.id)));
            }
        })
        .await?;
    if todo.is_empty() {
        return Ok(());
    }
    tracing::warn!("{} originals are read again, because this version or depth looks at them differently", todo.len());
    // A service that is still starting may take its time for it.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::ExtendTimeoutUsec(LONGEST_START)]);
    let mut outcome = Outcome::default();
    read_all(config, store, todo, &current, &indicatif::ProgressBar::hidden(), &mut outcome).await?;
    if !outcome.failed.is_empty() {
        tracing::warn!("{} of them could not be read; 'monitor add' tells why", outcome.failed.len());
    }
    Ok(())
}
