//! `monitor rekey`: another key for the store.

use std::path::Path;

use super::{Done, Failure, load, open_store, say};
use crate::cli::Global;
use crate::store::{KeySource, NewKey};

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
    match (&config.key, given) {
        (KeySource::Credential(old), Some(file)) => say(format!(
            "The store is sealed with the key in {}. The old one does not open it any more.\nPut that file in the place of the credential {} (for an encrypted one, by 'systemd-creds encrypt'), start the service, and then delete {}.",
            file.display(),
            old.display(),
            file.display()
        )),
        (key, _) => say(format!(
            "The store is sealed with a new key, which lies at {}. The old one does not open it any more: keep a copy of the new one elsewhere.\nBackups that were made before are not sealed anew, and whoever has an old copy of the store and the old key can read that copy.",
            key.path().display()
        )),
    }
    Ok(0)
}
