//! A folder: every file in it and below. What a browser saved beside a page belongs to that page.

use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use super::{Entry, Item, MOST_ENTRIES, state};

/// Folders inside folders.
const DEEP: usize = 16;

/// Lists the files, the newest first.
pub(super) fn list(folder: &Path) -> io::Result<Item> {
    let (mut found, mut left_out) = (Vec::new(), 0);
    walk(folder, DEEP, &mut found, &mut left_out)?;
    found.sort_by_key(|(_, (_, time))| std::cmp::Reverse(*time));
    let entry = |(path, (length, time)): (PathBuf, (u64, u128))| {
        Some(Entry { url: Url::from_file_path(path).ok()?, mark: format!("m{time}-{length}") })
    };
    Ok(Item::Listing { entries: found.into_iter().filter_map(entry).collect(), left_out })
}

fn walk(folder: &Path, deep: usize, found: &mut Vec<(PathBuf, (u64, u128))>, left_out: &mut usize) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let Ok(entry) = entry else {
            *left_out += 1;
            continue;
        };
        let (path, name) = (entry.path(), entry.file_name());
        // Links could lead anywhere, and hidden files are programs' own.
        let Some(kind) = entry.file_type().ok().filter(|_| !name.to_string_lossy().starts_with('.')) else { continue };
        if kind.is_dir() {
            if deep == 0 || !belongs_to_a_page(&path) && walk(&path, deep - 1, found, left_out).is_err() {
                *left_out += 1;
            }
        } else if kind.is_file() {
            match state(&path) {
                Ok(state) if found.len() < MOST_ENTRIES => found.push((path, state)),
                _ => *left_out += 1,
            }
        }
    }
    Ok(())
}

/// `page_files` beside `page.html`: what a browser saved with it.
fn belongs_to_a_page(folder: &Path) -> bool {
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return false };
    let stem = ["_files", "-Dateien", "_fichiers", "_archivos", "_bestanden", "_file"].iter().find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|stem| ["html", "htm"].iter().any(|end| folder.with_file_name(format!("{stem}.{end}")).is_file()))
}
