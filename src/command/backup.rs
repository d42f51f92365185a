//! `monitor backup`: the store, its key, the configuration and what it refers to, in one encrypted file. Not the pictures.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::archive::{self, Contents, Held, Manifest};
use super::sealed::{self, For};
use super::{Done, Failure, SOME_FAILED, complain, load, open_store};
use crate::cli::Global;
use crate::config::Config;
use crate::scan::now;
use crate::words::{self, KeepWords, fill};

/// What the command line asks for.
pub struct Wanted {
    pub file: PathBuf,
    pub recipients: Vec<String>,
    pub passphrase_file: Option<PathBuf>,
    pub force: bool,
}

/// Writes a backup.
pub async fn run(global: &Global, wanted: &Wanted) -> Done {
    let config = load(global)?;
    let words = words::of(config.language);
    let to_pipe = wanted.file.as_os_str() == "-";
    if to_pipe && std::io::stdout().is_terminal() {
        return Err(Failure::Usage("a backup is not a text: name a file, or send it through a pipe".into()));
    }
    let file = std::path::absolute(&wanted.file).context("the path cannot be resolved")?;
    if !to_pipe {
        may_write(&file, wanted.force)?;
    }
    let whom = if wanted.recipients.is_empty() {
        For::Passphrase(sealed::chosen(wanted.passphrase_file.as_deref(), words)?)
    } else {
        For::Recipients(sealed::recipients(&wanted.recipients)?)
    };
    let store = open_store(&config).await?;
    if !to_pipe {
        // Before the snapshot, so that a store that is put back knows of it too.
        store.note_backup(&file, now()).await?;
    }
    let contents = gather(&config)?;
    let (snapshot, inside) = store.snapshot(&contents.key).await?.map_err(|why| anyhow!("no backup was written: {why}"))?;
    store.close().await;
    if to_pipe {
        let out = sealed::seal(std::io::BufWriter::new(std::io::stdout().lock()), &whom)?;
        let wrong = "standard output could not be written to; what went there is not a whole backup";
        archive::write(out, &contents, &snapshot).and_then(|out| out.finish()?.flush()).context(wrong)?;
    } else {
        let part = unfinished(&file);
        let written = write(&part, &file, wanted.force, &whom, &contents, &snapshot);
        if written.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        written?;
    }
    if !global.quiet {
        tell(&words.keep(), &contents, inside, (!to_pipe).then_some(&file));
    }
    Ok(if contents.manifest.left_out.is_empty() { 0 } else { SOME_FAILED })
}

/// Renaming would put a file in the place of a device or a folder, and an older backup may be the only good one.
fn may_write(file: &Path, force: bool) -> Result<(), Failure> {
    match std::fs::symlink_metadata(file) {
        Ok(meta) if !meta.is_file() => Err(Failure::Usage(format!("{} is not a file", file.display()))),
        Ok(_) if !force => Err(Failure::Usage(format!("{} exists already; it was not touched. --force replaces it", file.display()))),
        _ => Ok(()),
    }
}

/// Where a backup is written until it is whole.
pub(super) fn unfinished(file: &Path) -> PathBuf {
    super::hidden(file, "part")
}

fn write(part: &Path, file: &Path, force: bool, whom: &For, contents: &Contents, snapshot: &File) -> Result<(), Failure> {
    let wrong = || format!("{} cannot be written", file.display());
    // `create_new` follows no link that others put there.
    let _ = std::fs::remove_file(part);
    let out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).with_context(wrong)?;
    let sealed = sealed::seal(std::io::BufWriter::with_capacity(1 << 16, out), whom)?;
    let out = archive::write(sealed, contents, snapshot).and_then(|sealed| sealed.finish()).with_context(wrong)?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|out| out.sync_all()).with_context(wrong)?;
    may_write(file, force)?;
    std::fs::rename(part, file).and_then(|()| super::sync_folder_of(file)).with_context(wrong)?;
    Ok(())
}

/// Everything but the store.
fn gather(config: &Config) -> Result<Contents, Failure> {
    let shown = |path: &Path| path.display().to_string();
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.into());
    let configuration = std::fs::read_to_string(&config.file).with_context(|| format!("{} cannot be read", shown(&config.file)))?;
    let key = std::fs::read_to_string(config.key.path()).with_context(|| format!("the key {} cannot be read", shown(config.key.path())))?;
    let mut manifest = Manifest::new(now());
    manifest.configuration = shown(&absolute(&config.file));
    manifest.state_dir = shown(&absolute(&config.state_dir));
    manifest.key = shown(&absolute(config.key.path()));
    let mut files = Vec::new();
    for one in &config.referred {
        match std::fs::read(&one.path) {
            Ok(bytes) if !one.path.as_os_str().is_empty() => {
                files.push(bytes);
                let path = shown(&absolute(&one.path));
                manifest.files.push(Held { credential: one.credential, written: one.written.clone(), path });
            }
            _ => manifest.left_out.push(one.written.clone()),
        }
    }
    Ok(Contents { manifest, configuration, key, files })
}

/// To standard error: standard output may be the backup.
fn tell(words: &KeepWords, contents: &Contents, inside: crate::store::copy::Inside, file: Option<&PathBuf>) {
    let shown = |pipe: &str| file.map_or_else(|| pipe.to_string(), |file| file.display().to_string());
    complain(fill(words.backup_written, &[&shown(words.pipe)]));
    complain(fill(words.backup_holds, &[&inside.findings, &inside.originals, &contents.files.len()]));
    if !contents.manifest.left_out.is_empty() {
        complain(fill(words.backup_left_out, &[&contents.manifest.left_out.join(", ")]));
    }
    complain(fill(words.backup_advice, &[&shown(words.file)]));
}
