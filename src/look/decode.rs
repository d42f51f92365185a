//! Bytes of a picture from anywhere → brightness, upright and small enough to work with.
//!
//! Everything here reads hostile data: sizes are read and checked before anything is allocated for
//! them, and it runs inside a child process that has limits of its own.

mod animation;
mod avif;
mod blocks;
mod jpeg;
mod others;
mod reduce;
#[cfg(test)]
pub(crate) mod sample;
mod scans;
pub mod sniff;
#[cfg(test)]
mod tests;

use std::fmt;

pub use sniff::{Format, sniff};

/// How much a picture may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels of one picture (width × height as declared), and of all frames of an animation together.
    pub max_pixels: u64,
    /// Most frames of an animation that are handed out, each different; they are spread over its length.
    pub max_frames: u32,
}

/// Brightness of one picture or frame, upright, reduced to about [`Luma::MAX_SIDE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Luma {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row-major, `width * height` of them, 0 black to 255 white.
    pub pixels: Vec<u8>,
    /// The width before reduction, upright.
    pub full_width: u32,
    /// The height before reduction, upright.
    pub full_height: u32,
}

impl Luma {
    /// Pictures with a longer side are averaged down to at most this.
    pub const MAX_SIDE: usize = 1024;
}

/// What a file shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// One for a still, at least one for an animation.
    pub pictures: Vec<Luma>,
    /// It shows others that were left out, because there are more than may be looked at.
    pub cut: bool,
}

impl Decoded {
    fn whole(picture: Luma) -> Self {
        Self { pictures: vec![picture], cut: false }
    }
}

/// How much of a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::look) enum Detail {
    /// All of it.
    Full,
    /// What a hash of the whole picture needs.
    Coarse,
}

/// Why there is no picture. `Display` says it in one plain sentence, with nothing in it that the file chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The first bytes are those of no format that is known here.
    NotAPicture,
    /// The declared size is over [`Limits::max_pixels`].
    TooManyPixels {
        /// As declared.
        width: u32,
        /// As declared.
        height: u32,
        /// [`Limits::max_pixels`].
        limit: u64,
    },
    /// A side is under [`LEAST_SIDE`] pixels.
    TooSmall,
    /// A format that another program reads: JPEG XL, videos and what is more than a still of AVIF ffmpeg, HEIC heif-convert.
    NeedsHelper(Format),
    /// It begins like a picture and cannot be read; what the decoder said.
    Damaged(String),
}

/// Smaller pictures are not decoded: there is nothing in them to recognise.
pub const LEAST_SIDE: u32 = 16;

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPicture => f.write_str("this is not a picture in a format that is known here"),
            Self::TooManyPixels { width, height, limit } => {
                write!(f, "the picture is {width} × {height} pixels, more than the limit of {limit}")
            }
            Self::TooSmall => write!(f, "the picture is smaller than {LEAST_SIDE} pixels on one side"),
            Self::NeedsHelper(Format::Heic) => f.write_str("reading this HEIC picture needs heif-convert"),
            Self::NeedsHelper(format) => write!(f, "reading this {format} file needs ffmpeg"),
            Self::Damaged(why) => write!(f, "the picture is damaged: {why}"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl DecodeError {
    /// A decoder's own words, cut short and without anything that could disturb a terminal.
    fn damaged(why: impl fmt::Display) -> Self {
        let text: String = why.to_string().chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).take(120).collect();
        Self::Damaged(text)
    }
}

/// Decodes a picture, or up to [`Limits::max_frames`] frames of an animation, at least one.
///
/// Turned upright as its EXIF data say; transparent parts lie over white (over black where the picture
/// would vanish on white). A JPEG that breaks off gives the rows that are there, if they are at least half.
///
/// # Errors
/// Every [`DecodeError`]; a decoder that panics counts as [`DecodeError::Damaged`].
pub fn pictures(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    pictures_in(bytes, limits, Detail::Full)
}

/// [`pictures`] with as much detail as is wanted, where less is cheaper.
///
/// # Errors
/// As [`pictures`].
pub(in crate::look) fn pictures_in(bytes: &[u8], limits: &Limits, detail: Detail) -> Result<Decoded, DecodeError> {
    let format = sniff(bytes).ok_or(DecodeError::NotAPicture)?;
    let decode = || match format {
        Format::Jpeg => match detail {
            Detail::Coarse => blocks::means(bytes, limits)?.map_or_else(|| jpeg::luma(bytes, limits), Ok),
            Detail::Full => jpeg::luma(bytes, limits),
        }
        .map(Decoded::whole),
        Format::Png | Format::Gif | Format::Webp | Format::Bmp | Format::Tiff => others::pictures(bytes, format, limits),
        Format::Avif => avif::luma(bytes, limits, detail).map(Decoded::whole),
        Format::Heic | Format::Jxl | Format::Video => Err(DecodeError::NeedsHelper(format)),
    };
    // The decoders are other people's code; a slip of theirs must cost one picture, not the batch.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(DecodeError::Damaged("the decoder gave up".into())))
}

/// [`pictures`], where it does not matter whether they are all.
///
/// # Errors
/// As [`pictures`].
pub fn luma(bytes: &[u8], limits: &Limits) -> Result<Vec<Luma>, DecodeError> {
    pictures(bytes, limits).map(|decoded| decoded.pictures)
}

/// Refuses what is too large or too small, before anything is allocated.
fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), DecodeError> {
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    if width.min(height) < LEAST_SIDE {
        return Err(DecodeError::TooSmall);
    }
    Ok(())
}

/// Rec. 601 brightness, the one that JPEG and PDQ use.
fn brightness(r: u8, g: u8, b: u8) -> u8 {
    ((u32::from(r) * 19595 + u32::from(g) * 38470 + u32::from(b) * 7471 + 32768) >> 16) as u8
}
