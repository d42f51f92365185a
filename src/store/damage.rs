//! A store that is broken: seen early, refused with a word, put aside as a copy, never written to.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::Row;

use super::{Store, StoreError, copy::with_ending, rekey::SEALED};
use crate::model::Millis;

/// Copies that are kept at most.
const MOST_COPIES: usize = 3;
/// Room that a copy leaves on the disk, bytes.
const ROOM_LEFT: u64 = 256 << 20;
/// The store is checked at least so often.
const CHECK: Millis = 7 * 24 * 3600 * 1000;
/// Remembers when the store was last checked.
const CHECKED: &str = "checked";

/// Looks at the first bytes before SQLite does: it might write to what it takes for its own.
pub(super) fn refuse_strange_file(file: &Path) -> Result<(), StoreError> {
    let Ok(mut opened) = File::open(file) else { return Ok(()) };
    let mut head = [0u8; 16];
    let mut read = 0;
    while let Some(rest) = head.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match opened.read(rest) {
            Ok(n) if n > 0 => read += n,
            _ => break,
        }
    }
    // An empty file is a store that is about to be made.
    if read == 0 || head == *b"SQLite format 3\0" {
        return Ok(());
    }
    Err(damaged(file, "it does not begin like a store"))
}

/// An error while connecting, with a copy put aside where the file is broken.
pub(super) fn told(error: StoreError, file: &Path) -> StoreError {
    if error.is_damage() { damaged(file, &words(&error)) } else { error }
}

fn words(error: &StoreError) -> String {
    match error {
        StoreError::Opening => "a value in it does not open with the key".into(),
        StoreError::Database(sqlx::Error::Database(inner)) => inner.message().to_string(),
        other => other.to_string(),
    }
}

fn damaged(file: &Path, what: &str) -> StoreError {
    let copy = match put_aside(file) {
        Ok(copy) => format!("A copy of it lies at {}", copy.display()),
        Err(why) => format!("No copy of it could be put aside: {why}"),
    };
    StoreError::Damaged { store: file.into(), what: what.into(), copy }
}

/// Copies the file and its log into its own folder; one that has been copied is not copied again.
fn put_aside(file: &Path) -> Result<PathBuf, String> {
    let said = |error: std::io::Error| error.to_string();
    let folder = file.parent().ok_or("it has no folder")?;
    let (source, wal) = (std::fs::metadata(file).map_err(said)?, with_ending(file, "-wal"));
    let start = format!("{}.damaged-", file.file_name().unwrap_or_default().to_string_lossy());
    let mut copies = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(said)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&start) && name.ends_with(".part") {
            // Of a copy that was cut short.
            let _ = std::fs::remove_file(entry.path());
        } else if name.starts_with(&start) && !name.ends_with("-wal") {
            copies.push(entry.path());
        }
    }
    copies.sort();
    let same =
        |copy: &PathBuf| std::fs::metadata(copy).is_ok_and(|c| c.len() == source.len() && c.modified().ok() == source.modified().ok());
    if let Some(copy) = copies.iter().find(|copy| same(copy)) {
        return Ok(copy.clone());
    }
    if copies.len() >= MOST_COPIES {
        return Err(format!("{MOST_COPIES} earlier ones are there already ({start}…); move them elsewhere"));
    }
    let needed = source.len() + std::fs::metadata(&wal).map_or(0, |m| m.len()) + ROOM_LEFT;
    let free = free_room(folder).map_err(said)?;
    if free < needed {
        return Err(format!("it needs {} MiB and {} MiB are free", needed >> 20, free >> 20));
    }
    let copy = folder.join(format!("{start}{}", chrono::Utc::now().format("%Y%m%d-%H%M%S-%3f")));
    let log = with_ending(&copy, "-wal");
    let copied = match std::fs::metadata(&wal) {
        Ok(wal_file) if wal_file.len() > 0 => copy_file(&wal, &log).and_then(|()| copy_file(file, &copy)),
        _ => copy_file(file, &copy),
    };
    if copied.is_err() {
        let _ = std::fs::remove_file(&log);
    }
    copied.map_err(said)?;
    Ok(copy)
}

fn copy_file(from: &Path, to: &Path) -> std::io::Result<()> {
    let part = with_ending(to, ".part");
    let (mut source, mut target) = (File::open(from)?, std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?);
    let done = std::io::copy(&mut source, &mut target)
        .and_then(|_| target.set_times(std::fs::FileTimes::new().set_modified(source.metadata()?.modified()?)))
        .and_then(|()| target.sync_all())
        .and_then(|()| std::fs::rename(&part, to));
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done
}

/// Bytes that are free for this program on the disk of `folder`.
pub(super) fn free_room(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

impl Store {
    /// What to say of an error: where the file is broken, a copy is put aside and the word says where. The file is then
    /// left as it is, its log too.
    pub fn explain(&self, error: StoreError) -> StoreError {
        if !error.is_damage() {
            return error;
        }
        // Whoever closes a database last moves its log into it. This one is not to be touched any more: it stays open
        // until the process ends.
        std::mem::forget(self.clone());
        told(error, &Self::file_in(&self.folder))
    }

    pub(super) async fn check_is_due(&self, now: Millis) -> Result<bool, StoreError> {
        Ok(now.abs_diff(self.time(CHECKED).await?) >= CHECK as u64)
    }

    /// Checks the store where that was long ago.
    ///
    /// # Errors
    /// As [`Store::check`].
    pub async fn check_if_due(&self, now: Millis) -> Result<(), StoreError> {
        if self.check_is_due(now).await? { self.check(now).await } else { Ok(()) }
    }

    /// Looks whether the store is whole: its structure, and whether every value opens. Reads all of it, writes nothing
    /// but the time.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], after a copy was put aside.
    pub async fn check(&self, now: Millis) -> Result<(), StoreError> {
        match self.look_through().await.map_err(|error| self.explain(error))? {
            None => self.set_time(CHECKED, now).await,
            Some(word) => {
                std::mem::forget(self.clone());
                Err(damaged(&Self::file_in(&self.folder), &word))
            }
        }
    }

    /// What is wrong with the structure, if anything is.
    async fn look_through(&self) -> Result<Option<String>, StoreError> {
        let word: String = sqlx::query("PRAGMA quick_check(1)").fetch_one(&self.pool).await?.get(0);
        if word != "ok" {
            return Ok(Some(word));
        }
        for column in SEALED {
            let mut after = String::new();
            loop {
                let rows = column.page(&self.pool, &after).await?;
                let Some((last, _)) = rows.last() else { break };
                after.clone_from(last);
                for (key, sealed) in &rows {
                    self.seal.open_bytes(&column.row(key), sealed)?;
                }
                tokio::task::yield_now().await;
            }
        }
        Ok(None)
    }
}
