//! Removes, in an order that leaves nothing readable wherever it stops.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::look::Found;
use crate::command::{backup, restore, sync_folder_of};
use crate::store::Store;

/// What became of it.
#[derive(Default)]
pub struct Erased {
    pub gone: usize,
    pub failed: Vec<(PathBuf, std::io::Error)>,
    /// There was a key, and none is left here.
    pub key_gone: bool,
}

impl Erased {
    fn note(&mut self, path: &Path, removed: std::io::Result<()>) {
        match removed {
            Ok(()) => self.gone += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.failed.push((path.into(), error)),
        }
    }
}

/// Keys, names, backups, store, the rest.
pub fn erase(found: &Found) -> Erased {
    let mut done = Erased::default();
    for key in &found.keys {
        done.note(key, destroy(key));
    }
    // Where the configuration could not be read, the key may be another one.
    done.key_gone = found.whole && done.gone > 0 && done.failed.is_empty() && found.credential.is_none();
    let stub = leave_stub(found);
    for file in found.settings.iter().filter(|p| !(stub && **p == found.file)) {
        done.note(file, remove(file));
    }
    for file in &found.backups {
        done.note(file, remove(file));
        let _ = std::fs::remove_file(backup::unfinished(file));
    }
    for file in &found.store {
        done.note(file, remove(file));
    }
    if stub {
        done.note(&found.file, remove(&found.file));
    }
    // The locks, where this run made them itself; then folders, which go only where nothing is left in them.
    for lock in Store::LOCKS {
        let _ = std::fs::remove_file(found.state_dir.join(lock));
    }
    let _ = std::fs::remove_dir(found.file.with_file_name(restore::ELSEWHERE));
    let _ = std::fs::remove_dir(&found.state_dir);
    if let Some(folder) = found.file.parent().filter(|f| f.ends_with("monitor")) {
        let _ = std::fs::remove_dir(folder);
    }
    done
}

/// Overwritten before it is removed. A link is left alone: what it leads to is not ours.
fn destroy(key: &Path) -> std::io::Result<()> {
    let no_links = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let mut file = std::fs::OpenOptions::new().write(true).custom_flags(no_links).open(key)?;
    let length = usize::try_from(file.metadata()?.len().min(1 << 20)).unwrap_or_default();
    file.write_all(&vec![b'0'; length])?;
    file.sync_all()?;
    remove(key)
}

fn remove(file: &Path) -> std::io::Result<()> {
    std::fs::remove_file(file)?;
    sync_folder_of(file)
}

/// Puts in the place of the configuration one that says only where the rest lies. Whether that went well.
fn leave_stub(found: &Found) -> bool {
    if !found.settings.contains(&found.file) || !std::fs::symlink_metadata(&found.file).is_ok_and(|m| m.is_file()) {
        return false;
    }
    let Some(folder) = found.state_dir.to_str() else { return false };
    let text = format!("state_dir = {}\n", toml::Value::from(folder));
    let part = restore::staged(&found.file);
    let _ = std::fs::remove_file(&part);
    let written = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, &found.file)?;
        sync_folder_of(&found.file)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written.is_ok()
}
