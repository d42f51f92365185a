//! `monitor rekey`: another key for the store.

use std::path::Path;

use super::{Done, Failure, load, open_store, say};
use crate::cli::Global;
use crate::store::{KeySource, NewKey};
use crate::words::{self, fill};

/// Seals the store with a new key: a fresh one, or the one in `given`.
pub async fn run(global: &Global, given: Option<&Path>) -> Done {
    let config = load(global)?;
    if matches!(config.key, KeySource::Credential(_)) && given.is_none() {
        return Err(Failure::Usage(
            "the store's key is a credential, which this program cannot write. 'monitor rekey --key FILE' seals the store with the key in FILE (made there where there is none), and then says what to put where".into(),
        ));
    }
    let store = open_store(&config).await?;
    store.rekey(&config.key, given.map_or(NewKey::Fresh, NewKey::In)).await?;
    if global.quiet {
        return Ok(0);
    }
    let words = words::of(config.language).keep();
    say(match (&config.key, given) {
        (KeySource::Credential(old), Some(file)) => fill(words.rekeyed_credential, &[&file.display(), &old.display(), &file.display()]),
        (key, _) => fill(words.rekeyed, &[&key.path().display()]),
    });
    Ok(0)
}
