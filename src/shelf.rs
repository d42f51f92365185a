//! What lies on this machine to be looked at: a folder, a mail box, an archive of pages. Each thing in it has an address
//! (`file:…?at=…`) and is looked at as a page is. Knows no network and no person; reads nothing outside the watch's own paths.

mod folder;
mod maildir;
mod mbox;
#[cfg(test)]
mod tests;
mod warc;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use url::Url;

use crate::model::ProblemKind;

/// Bytes of pictures that one page may take along.
const MOST_PICTURES: usize = 192 << 20;
/// Entries of one box, archive or folder.
pub(crate) const MOST_ENTRIES: usize = 100_000;
/// Boxes and archives whose tables of contents are remembered.
const MOST_TABLES: usize = 64;

/// Media type of a mail.
pub const MAIL: &str = "message/rfc822";

/// Why something was not read.
pub type Unread = (ProblemKind, String);

/// Something that lies there.
#[derive(Debug, PartialEq)]
pub enum Item {
    /// A list of other things.
    Listing {
        /// In order.
        entries: Vec<Entry>,
        /// What could not be listed.
        left_out: usize,
    },
    /// Bytes to look at.
    Bytes {
        /// As they are.
        body: Vec<u8>,
        /// Their media type, where it is known.
        content_type: Option<String>,
        /// Where people saw it, where it was taken from a site.
        shown_at: Option<Url>,
    },
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its address.
    pub url: Url,
    /// Changes when it does.
    pub mark: String,
}

/// Where a thing in a box or an archive begins, and its number in a packed piece that begins there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    start: u64,
    length: u64,
    number: u32,
}

/// A box's or an archive's table of contents.
#[derive(Debug, Default)]
struct Table {
    /// When the file was read: its size and its time.
    of: (u64, u128),
    entries: Vec<Entry>,
    places: HashMap<String, Place>,
    /// For archives: where each address lies.
    addresses: HashMap<[u8; 32], Place>,
    left_out: usize,
}

/// Reads what lies there.
#[derive(Debug, Default)]
pub struct Shelf {
    tables: Mutex<HashMap<PathBuf, Arc<Table>>>,
}

/// What a file is, by its first bytes and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Folder,
    Mbox,
    Mail,
    Warc,
    Packed,
    Other,
}

impl Shelf {
    /// Opens what is at `url`, if it lies at or below one of `roots`; a file has at most `most` bytes.
    ///
    /// # Errors
    /// Why it is not read, in words that name no path.
    pub fn open(&self, roots: &[Url], url: &Url, most: u64) -> Result<Item, Unread> {
        let path = within(roots, url)?;
        let at = url.query_pairs().find(|(key, _)| key == "at").map(|(_, value)| value.into_owned());
        match (kind_of(&path).map_err(gone)?, at) {
            (Kind::Folder, _) => folder::list(&path).map_err(gone),
            (kind @ (Kind::Mbox | Kind::Warc), None) => {
                let table = self.table(&path, kind)?;
                Ok(Item::Listing { entries: table.entries.clone(), left_out: table.left_out })
            }
            (kind @ (Kind::Mbox | Kind::Warc), Some(at)) => {
                let table = self.table(&path, kind)?;
                let place = table.places.get(&at).ok_or((ProblemKind::Gone, "is not in it any more".to_string()))?;
                if kind == Kind::Mbox { mbox::read(&path, place, most) } else { warc::read(&path, place, most) }
            }
            (Kind::Packed, _) => Err((ProblemKind::NotReadable, "a packed mail box; unpack it where it lies (gunzip)".into())),
            (Kind::Mail, _) => Ok(Item::Bytes { body: read(&path, most)?, content_type: Some(MAIL.into()), shown_at: None }),
            (Kind::Other, _) => Ok(Item::Bytes { body: read(&path, most)?, content_type: type_of(&path), shown_at: None }),
        }
    }

    /// Pictures that the page at `url` shows and that lie beside it, or in the same archive.
    pub fn pictures(&self, roots: &[Url], url: &Url, wanted: &[&Url], most: u64) -> HashMap<Url, Arc<Vec<u8>>> {
        let (mut out, mut room) = (HashMap::new(), MOST_PICTURES);
        let Ok(path) = within(roots, url) else { return out };
        let table = if url.query().is_some() && kind_of(&path).is_ok_and(|kind| kind == Kind::Warc) {
            self.table(&path, Kind::Warc).ok()
        } else {
            None
        };
        for picture in wanted {
            let bytes = match &table {
                Some(table) => table.addresses.get(&name_of(picture)).and_then(|place| warc::read(&path, place, most).ok()),
                None if picture.scheme() == "file" => self.open(roots, picture, most).ok(),
                None => None,
            };
            let Some(Item::Bytes { body, .. }) = bytes else { continue };
            if body.len() > room {
                break;
            }
            room -= body.len();
            out.insert((*picture).clone(), Arc::new(body));
        }
        out
    }

    /// Whether the page at `url` lies in an archive, which holds all that there is of its site.
    pub fn is_archived(url: &Url) -> bool {
        url.scheme() == "file" && url.query().is_some()
    }

    fn table(&self, path: &Path, kind: Kind) -> Result<Arc<Table>, Unread> {
        let of = state(path).map_err(gone)?;
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(path).filter(|table| table.of == of) {
            return Ok(table.clone());
        }
        let mut table = match kind {
            Kind::Mbox => mbox::table(path),
            _ => warc::table(path),
        }
        .map_err(gone)?;
        table.of = of;
        if tables.len() >= MOST_TABLES {
            tables.clear();
        }
        let table = Arc::new(table);
        tables.insert(path.to_path_buf(), table.clone());
        Ok(table)
    }
}

/// The file at `url`, if it lies at or below one of `roots`, links followed.
fn within(roots: &[Url], url: &Url) -> Result<PathBuf, Unread> {
    let outside = || (ProblemKind::Address, "lies outside the watch's own path".to_string());
    let path = url.to_file_path().map_err(|()| outside())?;
    let real = match path.canonicalize() {
        Ok(real) => real,
        // What was taken out of a folder that is there is gone; a folder that is not there says nothing of what was in it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let is_below = |root: &Url| root != url && root.to_file_path().is_ok_and(|root| root.exists() && path.starts_with(root));
            let absent = if roots.iter().any(is_below) { (ProblemKind::Gone, "was taken away".to_string()) } else { gone(error) };
            maildir::renamed(&path).ok_or(absent)?
        }
        Err(error) => return Err(gone(error)),
    };
    let inside = |root: &Url| root.to_file_path().ok().and_then(|root| root.canonicalize().ok()).is_some_and(|root| real.starts_with(root));
    if roots.iter().any(inside) { Ok(real) } else { Err(outside()) }
}

fn gone(error: io::Error) -> Unread {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ProblemKind::Unreachable,
        io::ErrorKind::PermissionDenied => ProblemKind::Refused,
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => ProblemKind::NotReadable,
        _ => ProblemKind::Unreachable,
    };
    (kind, error.to_string())
}

fn state(path: &Path) -> io::Result<(u64, u128)> {
    let meta = std::fs::metadata(path)?;
    let time = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_millis());
    Ok((meta.len(), time))
}

/// What an address is found by.
fn name_of(url: &Url) -> [u8; 32] {
    let mut url = url.clone();
    url.set_fragment(None);
    *blake3::hash(url.as_str().as_bytes()).as_bytes()
}

/// The address of a thing inside a file.
fn inside(path: &Path, at: &str) -> Option<Url> {
    let mut url = Url::from_file_path(path).ok()?;
    url.query_pairs_mut().append_pair("at", at);
    Some(url)
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    read_at(path, 0, u64::MAX, most)
}

/// Bytes of a file from `start` on, `length` of them or to its end.
fn read_at(path: &Path, start: u64, length: u64, most: u64) -> Result<Vec<u8>, Unread> {
    let mut file = File::open(path).map_err(gone)?;
    file.seek(SeekFrom::Start(start)).map_err(gone)?;
    let mut out = Vec::new();
    file.take(length.min(most + 1)).read_to_end(&mut out).map_err(gone)?;
    if out.len() as u64 > most {
        return Err((ProblemKind::TooLarge, format!("more than {} KiB", most >> 10)));
    }
    Ok(out)
}

fn kind_of(path: &Path) -> io::Result<Kind> {
    let meta = std::fs::metadata(path)?;
    if meta.is_dir() {
        return Ok(Kind::Folder);
    }
    if !meta.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "is neither a file nor a folder"));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let mut first = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut first)?;
    let packed = first.starts_with(&[0x1f, 0x8b]);
    if name.ends_with(".warc") || packed && name.ends_with(".warc.gz") || first.starts_with(b"WARC/") {
        return Ok(Kind::Warc);
    }
    if mbox::begins(&first) || name.ends_with(".mbox") {
        return Ok(Kind::Mbox);
    }
    if packed && name.contains("mbox") {
        return Ok(Kind::Packed);
    }
    let saved = [".eml", ".mht", ".mhtml"].iter().any(|end| name.ends_with(end));
    Ok(if saved || begins_like_mail(&first) { Kind::Mail } else { Kind::Other })
}

/// Its first lines are headers of a mail.
fn begins_like_mail(first: &[u8]) -> bool {
    let text = String::from_utf8_lossy(first);
    let mut lines = text.lines();
    let known = [
        "return-path",
        "received",
        "delivered-to",
        "envelope-to",
        "from",
        "to",
        "date",
        "subject",
        "message-id",
        "mime-version",
        "x-",
        "dkim-",
        "arc-",
    ];
    let header = |line: &str| {
        line.split_once(':').is_some_and(|(name, _)| known.iter().any(|k| name.to_ascii_lowercase().starts_with(k)) && !name.contains(' '))
    };
    lines.next().is_some_and(header) && lines.find(|line| !line.starts_with([' ', '\t'])).is_some_and(header)
}

/// What a file's name says of it.
fn type_of(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
    let kind = match ending.as_str() {
        "html" | "htm" | "xhtml" => "text/html",
        "txt" | "md" | "log" | "csv" => "text/plain",
        "json" => "application/json",
        "xml" | "rss" | "atom" => "application/xml",
        _ => return None,
    };
    Some(kind.into())
}
