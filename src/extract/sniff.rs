//! What bytes are: pictures by their first bytes (WHATWG MIME Sniffing 6.1 and the newer formats), `data:` addresses.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

/// Brands of ISO base media files that are pictures (AVIF, HEIF).
const BRANDS: [&[u8]; 10] = [b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];

/// The bytes begin like a picture's.
pub fn begins_like_picture(body: &[u8]) -> bool {
    let starts: [&[u8]; 8] =
        [b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"\xFF\x0A", b"\0\0\0\x0CJXL \r\n\x87\n"];
    let at = |from: usize, what: &[u8]| body.get(from..from + what.len()) == Some(what);
    starts.iter().any(|start| body.starts_with(start))
        || (at(0, b"RIFF") && at(8, b"WEBP"))
        // `BM` alone could be text: the four reserved bytes are 0 in a bitmap.
        || (at(0, b"BM") && at(6, b"\0\0\0\0"))
        || (at(4, b"ftyp") && BRANDS.iter().any(|brand| at(8, brand)))
}

/// The body is a picture: by its first bytes; else by the header, unless the bytes are text.
pub fn is_picture(content_type: Option<&str>, body: &[u8]) -> bool {
    if begins_like_picture(body) {
        return true;
    }
    let kind = content_type.unwrap_or("").trim_start().to_ascii_lowercase();
    let start = body.trim_ascii_start();
    kind.starts_with("image/") && !kind.starts_with("image/svg") && !start.starts_with(b"<") && !body.is_empty()
}

/// The bytes that a `data:` address of a picture holds (RFC 2397, WHATWG Fetch 6); `None` for everything else,
/// for drawings, and for what cannot be decoded.
pub fn data_picture(address: &str) -> Option<Vec<u8>> {
    let rest = address.get(5..).filter(|_| address.get(..5).is_some_and(|s| s.eq_ignore_ascii_case("data:")))?;
    let (head, body) = rest.split_once(',')?;
    let head = head.trim().to_ascii_lowercase();
    let drawing = head.starts_with("image/svg") || head.starts_with("image/x-icon");
    if drawing || !(head.starts_with("image/") || head.starts_with("application/octet-stream")) {
        return None;
    }
    let bytes: Vec<u8> = percent_decode_str(body).collect();
    if !head.ends_with("base64") {
        return Some(bytes);
    }
    let mut bytes = bytes;
    bytes.retain(|b| !b.is_ascii_whitespace());
    let settings =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&STANDARD, settings).decode(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_by_bytes_then_header() {
        for (kind, body, yes) in [
            (None, &b"\xFF\xD8\xFF\xE0"[..], true),
            (Some("text/html"), b"\x89PNG\r\n\x1a\n", true),
            (None, b"\0\0\0\x20ftypavif", true),
            (None, b"RIFF1234WEBP", true),
            (None, b"BMW is a car", false),
            (Some("image/jpeg"), b"<html>", false),
            (Some("image/jpeg"), b"\x01\x02", true),
            (Some("image/jpeg"), b"", false),
            (Some("image/svg+xml"), b"x", false),
            (None, b"<html>", false),
        ] {
            assert_eq!(is_picture(kind, body), yes, "{kind:?} {body:?}");
        }
    }

    #[test]
    fn data_addresses() {
        for (address, want) in [
            ("data:image/png;base64,AQID", Some(vec![1, 2, 3])),
            ("DATA:image/gif;base64,AQ%3D%3D", Some(vec![1])),
            ("data:image/gif;base64, AQ ID", Some(vec![1, 2, 3])),
            ("data:image/bmp,%01B", Some(vec![1, 66])),
            ("data:image/svg+xml,<svg/>", None),
            ("data:text/html,x", None),
            ("data:image/png;base64,é!", None),
            ("dat", None),
        ] {
            assert_eq!(data_picture(address), want, "{address}");
        }
    }
}
