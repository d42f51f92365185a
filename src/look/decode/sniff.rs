//! What a file is, by its first bytes; names and declared types are never believed.

use std::fmt;

/// The formats that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, also animated.
    Png,
    /// GIF, also animated.
    Gif,
    /// WebP, also animated.
    Webp,
    /// Windows bitmap.
    Bmp,
    /// TIFF.
    Tiff,
    /// AVIF.
    Avif,
    /// HEIC and other HEIF.
    Heic,
    /// JPEG XL.
    Jxl,
    /// A film in any container.
    Video,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Avif => "AVIF",
            Self::Heic => "HEIC",
            Self::Jxl => "JPEG XL",
            Self::Video => "video",
        })
    }
}

/// The format that the first bytes announce, `None` for anything else.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::Webp),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some(Format::Video),
        // "BM" alone begins many a text; the reserved field is zero and the header's size is known.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, _, _, _, _, 12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => Some(Format::Bmp),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Format::Tiff),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Some(Format::Jxl),
        [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] => Some(brand(rest)),
        // Matroska and WebM, FLV, Windows Media, MPEG program and elementary streams, old QuickTime.
        [0x1a, 0x45, 0xdf, 0xa3, ..]
        | [b'F', b'L', b'V', 1, ..]
        | [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, ..]
        | [0, 0, 1, 0xba | 0xb3, ..]
        | [b'O', b'g', b'g', b'S', ..]
        | [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..] => Some(Format::Video),
        // MPEG transport stream: a sync byte every 188.
        [0x47, rest @ ..] if rest.get(187) == Some(&0x47) => Some(Format::Video),
        _ => None,
    }
}

/// Tells AVIF and HEIF from films by the brands that an ISO container lists (ISO/IEC 14496-12, `ftyp`).
fn brand(rest: &[u8]) -> Format {
    let mut still = false;
    // Major brand, then a version, then compatible brands; a few are enough.
    for brand in rest.chunks_exact(4).take(12) {
        match brand {
            b"avif" | b"avis" => return Format::Avif,
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" => return Format::Heic,
            b"mif1" | b"msf1" => still = true,
            _ => {}
        }
    }
    if still { Format::Heic } else { Format::Video }
}
