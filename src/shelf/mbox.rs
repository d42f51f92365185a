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
    let (mut at, mut begun, mut blank, mut line) = (0u64, None::<(u64, blake3::Hasher)>, true, Vec::new());
    loop {
        line.clear();
        let got = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut line)? as u64;
        let begins = blank && line.starts_with(b"From ");
        if got == 0 || begins {
            if let Some((start, hash)) = begun.take() {
                keep(&mut out, path, start, at, &hash);
            }
        }
        if got == 0 {
            break;
        }
        at += got;
        if begins {
            begun = Some((at, blake3::Hasher::new()));
        } else if let Some((_, hash)) = &mut begun {
            hash.update(&line);
        } else if !line.trim_ascii().is_empty() {
            // A box that begins without its line.
            let mut hash = blake3::Hasher::new();
            hash.update(&line);
            begun = Some((at - got, hash));
        }
        blank = line.trim_ascii().is_empty();
    }
    // The last are the newest.
    out.entries.reverse();
    Ok(out)
}

fn keep(out: &mut Table, path: &Path, start: u64, end: u64, hash: &blake3::Hasher) {
    let id = hash.finalize().to_hex().chars().take(24).collect::<String>();
    let place = Place { start, length: end - start, number: 0 };
    if out.places.len() >= MOST_ENTRIES {
        out.left_out += 1;
    } else if out.places.insert(id.clone(), place).is_none()
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
