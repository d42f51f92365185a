//! Folders of mails (Maildir, cr.yp.to/proto/maildir.html): a mail moves from `new` to `cur` when it is read, and its name ends in flags
//! that change. Its address is that of the name without them, in `cur`.

use std::path::{Path, PathBuf};

/// Whether the file lies in such a folder.
pub(super) fn is_in(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    matches!(folder, Some("cur" | "new")) && path.parent().and_then(Path::parent).is_some_and(|above| above.join("cur").is_dir())
}

/// The path that a mail has whatever becomes of it.
pub(super) fn lasting(path: &Path) -> PathBuf {
    let (Some(name), Some(above)) = (path.file_name().and_then(|name| name.to_str()), path.parent().and_then(Path::parent)) else {
        return path.to_path_buf();
    };
    above.join("cur").join(name.split(":2,").next().unwrap_or(name))
}

/// Where the mail of such a path lies now.
pub(super) fn renamed(path: &Path) -> Option<PathBuf> {
    let (name, above) = (path.file_name()?.to_str()?, path.parent()?.parent()?);
    let is_it = |found: &str| found == name || found.strip_prefix(name).is_some_and(|flags| flags.starts_with(":2,"));
    ["cur", "new"].iter().find_map(|folder| {
        let entries = std::fs::read_dir(above.join(folder)).ok()?;
        let found = entries.flatten().find(|entry| entry.file_name().to_str().is_some_and(is_it))?;
        found.path().canonicalize().ok()
    })
}
