//! `--export`, `--import`: fingerprints without pictures, in a file that only a passphrase opens.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Failure, Outcome, write_private};
use crate::command::sealed::{self, For, Unopened, With};
use crate::look::Depth;
use crate::look::fingerprint::Fingerprint;
use crate::scan::now;
use crate::store::{Original, OriginalFacts, Store};
use crate::words::Words;

/// What is sealed: fingerprints without pictures.
#[derive(Serialize, Deserialize)]
struct Exported {
    format: String,
    version: u16,
    originals: Vec<ExportedOriginal>,
}

#[derive(Serialize, Deserialize)]
struct ExportedOriginal {
    label: String,
    plain: bool,
    fingerprint: String,
}

const FORMAT: &str = "monitor fingerprints";
/// How files began before they were in the format age.
const FORMER: &[u8] = b"monitor fingerprints, sealed 1\n";

/// Writes all fingerprints of this depth, sealed with a passphrase.
pub(super) async fn export(
    store: &Store,
    file: &Path,
    depth: Depth,
    passphrase_file: Option<&Path>,
    words: &dyn Words,
) -> Result<Outcome, Failure> {
    let passphrase = sealed::chosen(passphrase_file, words)?;
    let all = store.originals().await?;
    let mut outcome = Outcome::default();
    let (current, outdated): (Vec<_>, Vec<_>) = all.into_iter().partition(|o| o.version == depth.version());
    outcome.outdated = outdated.len();
    outcome.written = current.len();
    outcome.unchanged = current.len();
    let originals = current
        .into_iter()
        .map(|o| ExportedOriginal { label: o.facts.label, plain: o.facts.plain, fingerprint: STANDARD.encode(o.fingerprint) })
        .collect();
    let text = serde_json::to_vec(&Exported { format: FORMAT.into(), version: depth.version(), originals })?;
    let mut out = sealed::seal(Vec::new(), &For::Passphrase(passphrase))?;
    out.write_all(&text)?;
    write_private(file, &out.finish()?)?;
    Ok(outcome)
}

/// Adds the fingerprints of such a file; those of the former version, which was not sealed, too.
pub(super) async fn import(
    store: &Store,
    file: &Path,
    depth: Depth,
    passphrase_file: Option<&Path>,
    words: &dyn Words,
) -> Result<Outcome, Failure> {
    let shown = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("{shown} cannot be read"))?;
    let mut outcome = Outcome::default();
    if bytes.starts_with(FORMER) {
        return Err(Failure::Failed(anyhow!(
            "{shown} is encrypted as an early version of monitor did it; export it again. Nothing was added"
        )));
    }
    let text = if sealed::is_sealed(&bytes) {
        let passphrase = sealed::known(passphrase_file, words)?;
        let mut text = Vec::new();
        let opened = sealed::open(bytes.as_slice(), &With::Passphrase(passphrase))?;
        // Whatever cannot be read to the end was changed or cut off.
        opened
            .and_then(|mut plain| plain.read_to_end(&mut text).map_err(|_| Unopened::Wrong))
            .map_err(|why| match why {
                Unopened::NeedsKey => anyhow!(
                    "{shown} was encrypted for a key, and 'monitor add --export' uses a passphrase: is it a backup (then 'monitor restore'), or another file? Nothing was added"
                ),
                why => anyhow!("{shown} {why}. Nothing was added"),
            })?;
        text
    } else {
        outcome.unsealed = true;
        bytes
    };
    let exported: Exported = serde_json::from_slice(&text)
        .with_context(|| format!("{shown} is not a file that 'monitor add --export' wrote; nothing was added"))?;
    if exported.format != FORMAT || exported.version != depth.version() {
        return Err(Failure::Failed(anyhow!(
            "{shown} was written by another version of monitor or with another content.depth; export it again. Nothing was added"
        )));
    }
    let current = store.originals().await?.into_iter().filter(|o| o.version == depth.version());
    let known: HashSet<(String, Vec<u8>)> = current.map(|o| (o.facts.label, o.fingerprint)).collect();
    let mut batch = Vec::new();
    for one in exported.originals {
        let Some(fingerprint) = STANDARD.decode(&one.fingerprint).ok().filter(|b| Fingerprint::unpack(b).is_some()) else {
            outcome.failed.push((PathBuf::from(&one.label), "its fingerprint cannot be read".into()));
            continue;
        };
        let id = store.original_id(&[b"imported", fingerprint.as_slice(), one.label.as_bytes()].concat());
        if known.contains(&(one.label.clone(), fingerprint.clone())) {
            outcome.unchanged += 1;
            continue;
        }
        outcome.added += 1;
        let facts = OriginalFacts { path: String::new(), label: one.label, size: 0, changed: 0, plain: one.plain };
        batch.push(Original { id, facts, version: depth.version(), fingerprint });
    }
    store.put_originals(&batch, now()).await?;
    Ok(outcome)
}
