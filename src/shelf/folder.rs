//! A folder: every file in it and below.

use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use super::{Entry, Item, MOST_ENTRIES, maildir, state};

/// Folders inside folders.
const DEEP: usize = 16;

/// Lists the files, the newest first.
pub(super) fn list(folder: &Path) -> io::Result<Item> {
    let (mut found, mut left_out) = (Vec::new(), 0);
    walk(folder, DEEP, &mut found, &mut left_out)?;
    found.sort_by_key(|(_, (_, time))| std::cmp::Reverse(*time));
    let entry = |(path, (length, time)): (PathBuf, (u64, u128))| {
        if maildir::is_in(&path) {
            // What a mail says does not change.
            return Some(Entry { url: Url::from_file_path(maildir::lasting(&path)).ok()?, mark: "m0".into() });
        }
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
        let Ok(kind) = entry.file_type() else {
            *left_out += 1;
            continue;
        };
        // Hidden files are programs' own, but for folders of mails.
        if name.to_string_lossy().starts_with('.') && !(kind.is_dir() && path.join("cur").is_dir()) {
            continue;
        }
        if kind.is_dir() {
            if deep == 0 || walk(&path, deep - 1, found, left_out).is_err() {
                *left_out += 1;
            }
        } else if !kind.is_file() {
            // A link could lead anywhere.
            *left_out += 1;
        } else if !is_page_furniture(&path) {
            match state(&path) {
                Ok(state) if found.len() < MOST_ENTRIES => found.push((path, state)),
                _ => *left_out += 1,
            }
        }
    }
    Ok(())
}

/// What a browser saves beside a page for its looks.
fn is_page_furniture(path: &Path) -> bool {
    let ending = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "css" | "js" | "mjs" | "map" | "woff" | "woff2" | "ttf" | "svg" | "ico")
}
