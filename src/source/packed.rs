//! Answers that are packed in themselves (site maps and feeds in `.gz`), and files that hold nothing to read.

use std::io::Read;

use super::Unread;
use crate::model::ProblemKind;

/// Whether the body is packed by gzip (RFC 1952).
pub fn is_packed(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b])
}

/// What is in it.
///
/// # Errors
/// [`ProblemKind::TooLarge`] where it is over `most` bytes, [`ProblemKind::NotReadable`] where it is damaged or cut off.
pub fn unpacked(body: &[u8], most: u64) -> Result<Vec<u8>, Unread> {
    let mut out = Vec::new();
    match flate2::read::MultiGzDecoder::new(body).take(most.saturating_add(1)).read_to_end(&mut out) {
        Err(_) => Err(Unread { kind: ProblemKind::NotReadable, detail: "what is packed in it is damaged or cut off".into() }),
        Ok(_) if out.len() as u64 > most => {
            Err(Unread { kind: ProblemKind::TooLarge, detail: format!("more than {} KiB when unpacked", most >> 10) })
        }
        Ok(_) => Ok(out),
    }
}

/// What a file is that nobody here can read, by its first bytes: it must not be read as a page of strange letters.
pub fn is_none_of_ours(body: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 9] = [
        (b"PK\x03\x04", "a packed folder (ZIP) or an office document"),
        (b"PK\x05\x06", "a packed folder (ZIP)"),
        (b"7z\xbc\xaf\x27\x1c", "a packed folder (7z)"),
        (b"Rar!\x1a\x07", "a packed folder (RAR)"),
        (b"BZh", "packed by bzip2"),
        (b"\xfd7zXZ\0", "packed by xz"),
        (b"\x28\xb5\x2f\xfd", "packed by zstd"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
        (b"SQLite format 3\0", "a database"),
    ];
    KINDS.iter().find(|(first, _)| body.starts_with(first)).map(|(_, what)| *what)
}
