//! Site maps (sitemaps.org), which may be packed.

use std::io::Read;

use super::Unread;
use crate::model::ProblemKind;

/// Whether the body is packed by gzip (RFC 1952).
pub fn is_packed(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b])
}

/// The site map.
///
/// # Errors
/// [`ProblemKind::TooLarge`] where it is over `most` bytes, [`ProblemKind::NotReadable`] where it is damaged or cut off.
pub fn unpacked(body: &[u8], most: u64) -> Result<Vec<u8>, Unread> {
    let mut out = Vec::new();
    match flate2::read::MultiGzDecoder::new(body).take(most.saturating_add(1)).read_to_end(&mut out) {
        Err(_) => Err(Unread { kind: ProblemKind::NotReadable, detail: "the packed site map is damaged or cut off".into() }),
        Ok(_) if out.len() as u64 > most => {
            Err(Unread { kind: ProblemKind::TooLarge, detail: format!("more than {} KiB when unpacked", most >> 10) })
        }
        Ok(_) => Ok(out),
    }
}
