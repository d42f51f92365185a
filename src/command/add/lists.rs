//! `--export-pdq`, `--import-pdq`: lists of PDQ hashes, 64 hexadecimal digits a line, as Meta's tools
//! (facebook/ThreatExchange, folder pdq) and those who work with them read and write.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::{Failure, Outcome, write_private};
use crate::look::Depth;
use crate::look::fingerprint::Fingerprint;
use crate::look::pdq::{Hash, from_hex, to_hex};
use crate::scan::now;
use crate::store::{Original, OriginalFacts, Store};

/// Quality of a hash whose list says none.
const UNKNOWN: u8 = 100;

/// Writes the hashes of all originals of which this home has seen the picture or a whole fingerprint, and nothing else: Meta's readers take neither remarks nor headings.
pub(super) async fn export(store: &Store, file: &Path) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut text = String::new();
    for original in store.originals().await? {
        let Some(print) = Fingerprint::unpack(&original.fingerprint) else {
            outcome.outdated += 1;
            continue;
        };
        // What others gave is theirs to give on.
        if print.is_bare_pdq() {
            outcome.kept_back += 1;
            continue;
        }
        let before = text.len();
        for hash in print.pdqs() {
            text += &to_hex(&hash);
            text.push('\n');
            outcome.written += 1;
        }
        if text.len() == before {
            outcome.left_out += 1;
        }
    }
    write_private(file, text.as_bytes())?;
    Ok(outcome)
}

/// Adds each hash of a list as an original of its own.
pub(super) async fn import(store: &Store, file: &Path, depth: Depth) -> Result<Outcome, Failure> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let mut outcome = Outcome::default();
    let mut batch = Vec::new();
    let mut known = hashes(store, depth).await?;
    let entries = entries(&text);
    if entries.iter().all(|(_, entry)| entry.is_none()) {
        return Err(Failure::Failed(anyhow!(
            "{} holds no PDQ hash: 64 hexadecimal digits a line, or in a CSV file's first column. Nothing was added",
            file.display()
        )));
    }
    for (number, entry) in entries {
        let label = format!("{name}:{number}");
        let Some((hash, quality)) = entry else {
            outcome.failed.push((PathBuf::from(label), "the line does not begin with a PDQ hash, 64 hexadecimal digits".into()));
            continue;
        };
        if !known.insert(hash) {
            outcome.unchanged += 1;
            continue;
        }
        let print = Fingerprint::of_pdq(hash, quality);
        outcome.added += 1;
        if print.is_plain() {
            outcome.plain.push(label.clone());
        }
        // The hash alone makes the id: the same one on another line, or in another file, is the same original.
        let id = store.original_id(&[b"imported pdq".as_slice(), to_hex(&hash).as_bytes()].concat());
        let facts = OriginalFacts { path: String::new(), label, size: 0, changed: 0, plain: print.is_plain() };
        batch.push(Original { id, facts, version: depth.version(), fingerprint: print.pack() });
    }
    store.put_originals(&batch, now()).await?;
    Ok(outcome)
}

/// Whether a label is that of a line of `list`: a list can be forgotten as a whole.
pub(super) fn is_of(label: &str, list: &Path) -> bool {
    let is_number = |line: &str| !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit());
    label.rsplit_once(':').is_some_and(|(name, line)| is_number(line) && Path::new(name) == list)
}

/// The hashes that are looked for already: one's own list adds nothing.
async fn hashes(store: &Store, depth: Depth) -> Result<HashSet<Hash>, Failure> {
    let originals = store.originals().await?.into_iter().filter(|o| o.version == depth.version());
    Ok(originals.filter_map(|o| Fingerprint::unpack(&o.fingerprint)).flat_map(|print| print.frames).map(|f| f.whole.hash).collect())
}

/// The lines of a list that say something, by number from 1: hash and quality, or `None` for a broken one.
pub fn entries(text: &str) -> Vec<(usize, Option<(Hash, u8)>)> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).zip(1..);
    let mut entries: Vec<_> = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')).collect();
    // The heading of a CSV file.
    if entries.first().is_some_and(|(line, _)| fields(line).next().is_some_and(|first| first.eq_ignore_ascii_case("hash"))) {
        entries.remove(0);
    }
    entries.into_iter().map(|(line, number)| (number, entry(line))).collect()
}

/// `hash`, `hash,quality,…`, `hash=…,…,quality=…,…` or `pdq hash`: the forms of Meta's tools.
fn entry(line: &str) -> Option<(Hash, u8)> {
    let mut fields = fields(line);
    let first = fields.next()?;
    let digits = ["hash=", "pdq "].iter().find_map(|prefix| first.strip_prefix(prefix)).unwrap_or(first);
    let hash = from_hex(digits.trim())?;
    let mut rest = fields.peekable();
    let second = rest.peek().and_then(|field| field.parse().ok());
    let named = || rest.find_map(|field| field.strip_prefix("quality=")?.parse().ok());
    let quality = second.or_else(named).filter(|quality| *quality <= 100);
    Some((hash, quality.unwrap_or(UNKNOWN)))
}

fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|field| field.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";

    #[test]
    fn every_form_of_metas_tools_is_read() {
        let hash = from_hex(HEX).unwrap();
        for (line, quality) in [
            (HEX.to_string(), 100),
            (HEX.to_uppercase(), 100),
            (format!("pdq {HEX}"), 100),
            (format!("{HEX},87,photo.jpg"), 87),
            (format!("\"{HEX}\",\"87\",\"a, b.jpg\""), 87),
            (format!("hash={HEX},norm=128,delta=0,quality=42,filename=photo.jpg"), 42),
            (format!("{HEX},{HEX},99,photo.jpg"), 100),
            (format!("{HEX},4711"), 100),
        ] {
            assert_eq!(entries(&line), [(1, Some((hash, quality)))], "{line}");
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let text = format!("\u{feff}# from a helper\r\n\r\nHash,Quality\r\n{HEX}\r\n{}\r\n  {HEX}  \r\nzz{}\r\n", &HEX[1..], &HEX[2..]);
        let numbers: Vec<_> = entries(&text).into_iter().map(|(number, entry)| (number, entry.is_some())).collect();
        assert_eq!(numbers, [(4, true), (5, false), (6, true), (7, false)]);
        assert!(entries("# nothing\n\n").is_empty());
    }
}
