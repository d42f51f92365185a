//! A mail box in one file (RFC 4155, and its kin): each mail begins with a line `From `.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::{Entry, Item, MAIL, MOST_ENTRIES, Place, Table, Unread, inside, read_at};

/// Longest line that is taken whole.
const LONGEST_LINE: u64 = 1 << 20;

/// Where each mail lies. A mail's address is what it says, so that it stays when others before it are deleted.
pub(super) fn table(path: &Path) -> io::Result<Table> {
    let mut out = Table::default();
    let mut reader = BufReader::with_capacity(256 << 10, File::open(path)?);
    let (mut at, mut begun, mut blank, mut in_head, mut line) = (0u64, None::<(u64, blake3::Hasher)>, true, true, Vec::new());
    loop {
        line.clear();
        let got = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut line)? as u64;
        let begins = blank && begins(&line);
        if (got == 0 || begins)
            && let Some((start, hash)) = begun.take()
        {
            keep(&mut out, path, start, at, &hash);
        }
        if got == 0 {
            break;
        }
        at += got;
        if begins {
            (begun, in_head) = (Some((at, blake3::Hasher::new())), true);
        } else if let Some((_, hash)) = &mut begun {
            in_head &= !line.trim_ascii().is_empty();
            if !(in_head && is_a_readers(&line)) {
                hash.update(&line);
            }
        } else if !line.trim_ascii().is_empty() {
            // A box that begins without its line.
            let mut hash = blake3::Hasher::new();
            hash.update(&line);
            begun = Some((at - got, hash));
        }
        blank = line.trim_ascii().is_empty();
    }
    // The last are the newest; of too many the first are left out.
    out.entries.reverse();
    for old in out.entries.split_off(out.entries.len().min(MOST_ENTRIES)) {
        out.left_out += 1;
        if let Some((_, id)) = old.url.query_pairs().next() {
            out.places.remove(&*id);
        }
    }
    Ok(out)
}

/// The line that parts mails: a sender and a date, with a time in it. Others begin with that word too.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let time = |at: usize| {
        line.get(at..at + 5).is_some_and(|t| t.iter().enumerate().all(|(n, b)| if n == 2 { *b == b':' } else { b.is_ascii_digit() }))
    };
    line.starts_with(b"From ") && line.len() < 500 && (0..line.len()).any(time)
}

/// A header that mail programs write into a mail when it is read, and change.
fn is_a_readers(line: &[u8]) -> bool {
    let name = line.split(|b| *b == b':').next().unwrap_or_default().to_ascii_lowercase();
    matches!(name.as_slice(), b"status" | b"x-status" | b"x-keywords" | b"x-uid" | b"content-length" | b"lines")
        || name.starts_with(b"x-mozilla-")
}

fn keep(out: &mut Table, path: &Path, start: u64, end: u64, hash: &blake3::Hasher) {
    let id = hash.finalize().to_hex().chars().take(24).collect::<String>();
    let place = Place { start, length: end - start, number: 0 };
    if out.places.insert(id.clone(), place).is_none()
        && let Some(url) = inside(path, &id)
    {
        // What a mail says does not change.
        out.entries.push(Entry { url, mark: "m0".into() });
    }
}

/// One mail.
pub(super) fn read(path: &Path, place: &Place, most: u64) -> Result<Item, Unread> {
    let raw = read_at(path, place.start, place.length, most)?;
    // Lines that begin like a mail's first were quoted when it was delivered.
    let mut body = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let quoted = line.iter().take_while(|b| **b == b'>').count();
        let rest = line.get(quoted..).unwrap_or_default();
        let line = if quoted > 0 && rest.starts_with(b"From ") { line.get(1..).unwrap_or_default() } else { line };
        body.extend_from_slice(line);
    }
    Ok(Item::Bytes { body, content_type: Some(MAIL.into()), shown_at: None })
}
