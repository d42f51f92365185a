//! Files that are put in a place where there was nothing, or whose place is made free by moving aside what is there.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Failure;
use crate::command::{hidden, sync_folder_of};
use crate::store::{Store, copy};

/// What stands behind the name of what was moved aside; then the time.
const ASIDE: &str = ".before-restore-";

/// A name for what is at `path`, once it has been moved aside.
pub fn aside(path: &Path, stamp: &str) -> PathBuf {
    let plain = copy::with_ending(path, &format!("{ASIDE}{stamp}"));
    let numbered = (2..1000).map(|n| copy::with_ending(&plain, &format!("-{n}")));
    std::iter::once(plain.clone()).chain(numbered).find(|p| !there(p)).unwrap_or(plain)
}

/// What earlier restores moved aside from `path`, without the logs of a store.
pub fn beside(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned() + ASIDE;
    let Some(entries) = path.parent().and_then(|folder| std::fs::read_dir(folder).ok()) else { return Vec::new() };
    let ours = |file: &str| file.starts_with(&name) && !["-wal", "-shm", "-journal"].iter().any(|log| file.ends_with(log));
    let mut all: Vec<PathBuf> = entries.flatten().filter(|e| ours(&e.file_name().to_string_lossy())).map(|e| e.path()).collect();
    all.sort();
    all
}

/// Whether something is there, were it a link that leads nowhere.
pub fn there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// How a small file is called until it is put in its place.
pub fn staged(path: &Path) -> PathBuf {
    hidden(path, "restore-part")
}

/// A new file that only its owner may read.
pub fn private(path: &Path) -> std::io::Result<File> {
    std::fs::OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Moves `from` to `to`, so that it is there after a power cut too.
pub fn put(from: &Path, to: &Path) -> Result<(), Failure> {
    let moved = std::fs::rename(from, to).and_then(|()| sync_folder_of(to));
    Ok(moved.with_context(|| format!("{} cannot be put in its place; run 'monitor restore' again to finish", to.display()))?)
}

/// Folders that were made; removed again, where they are empty, unless they are kept.
pub struct Made(Vec<PathBuf>);

impl Made {
    /// Makes `folder` and those above it that are missing.
    pub fn folder(folder: &Path) -> Result<Self, Failure> {
        let mut made = Self(Vec::new());
        made.more(folder)?;
        Ok(made)
    }

    fn more(&mut self, folder: &Path) -> Result<(), Failure> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
        for folder in missing.into_iter().rev() {
            let made = std::fs::DirBuilder::new().mode(0o700).create(folder);
            made.with_context(|| format!("the folder {} cannot be made", folder.display()))?;
            self.0.push(folder.into());
        }
        Ok(())
    }

    /// They stay.
    pub fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // The locks are empty files of our own.
            for lock in Store::LOCKS {
                let _ = std::fs::remove_file(folder.join(lock));
            }
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// One small file.
pub struct Item {
    /// Where it goes.
    pub target: PathBuf,
    bytes: Vec<u8>,
    is_key: bool,
}

impl Item {
    pub fn file(target: PathBuf, bytes: Vec<u8>) -> Self {
        Self { target, bytes, is_key: false }
    }

    /// A key file is the same where its key is: below it stands which store it seals.
    pub fn key(target: PathBuf, text: String) -> Self {
        Self { target, bytes: text.into_bytes(), is_key: true }
    }

    fn is_there(&self) -> bool {
        let Ok(found) = std::fs::read(&self.target) else { return false };
        let text = String::from_utf8_lossy;
        found == self.bytes || self.is_key && copy::same_key(&text(&found), &text(&self.bytes))
    }

    /// Something else is in its place.
    pub fn blocked(&self) -> bool {
        there(&self.target) && !self.is_there()
    }

    fn part(&self) -> PathBuf {
        staged(&self.target)
    }

    /// Writes it beside its place.
    pub fn stage(&self, made: &mut Made) -> Result<(), Failure> {
        if self.is_there() {
            return Ok(());
        }
        if let Some(folder) = self.target.parent() {
            made.more(folder)?;
        }
        let part = self.part();
        let _ = std::fs::remove_file(&part);
        let written = private(&part).and_then(|mut file| file.write_all(&self.bytes).and_then(|()| file.sync_all()));
        Ok(written.with_context(|| format!("{} cannot be written", part.display()))?)
    }

    /// Puts it in its place, unless it is there already; says whether, and where what was there has gone.
    pub fn place(&self, stamp: &str) -> Result<(bool, Option<PathBuf>), Failure> {
        if self.is_there() {
            return Ok((false, None));
        }
        let moved = there(&self.target).then(|| aside(&self.target, stamp));
        if let Some(aside) = &moved {
            put(&self.target, aside)?;
        }
        put(&self.part(), &self.target)?;
        Ok((true, moved))
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.part());
    }
}
