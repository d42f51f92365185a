//! The child's side: undecoded pictures in, fingerprints out, never pixels. Runs in a process of its own, in a
//! [`cage`], and ends when its parent closes the pipe.
//!
//! Each request is a [`Request`] tag, a length (u32, little-endian) and so many bytes; each reply is a [`Reply`] tag, a
//! length and so many bytes, in the order of the requests.

use std::io::Read;

use super::cage::attempt::Trial;
use super::cage::{self, Layers};
use super::decode::{DecodeError, Format, Limits, luma};
use super::fingerprint::{Fingerprint, MOST_FRAMES, Purpose, fingerprint_for, of_pictures};
use crate::model::ProblemKind;

/// What the first byte of a request says: what the fingerprint is for, and what the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What the fingerprint is for.
    pub purpose: Purpose,
    /// The bytes are BMP files one after the other, the frames of a film.
    pub film: bool,
}

impl Request {
    /// The tag.
    pub fn tag(self) -> u8 {
        let purpose = match self.purpose {
            Purpose::Original => 0,
            Purpose::Found => 1,
            Purpose::Quick => 2,
        };
        purpose | if self.film { 0x10 } else { 0 }
    }

    fn from_tag(tag: u8) -> Self {
        let purpose = match tag & 0x0f {
            0 => Purpose::Original,
            1 => Purpose::Found,
            _ => Purpose::Quick,
        };
        Self { purpose, film: tag & 0x10 != 0 }
    }
}

/// What the first byte of a reply says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reply {
    /// A packed fingerprint follows.
    Fingerprint = 0,
    /// A [`ProblemKind`] and a sentence follow, as JSON.
    Nothing = 1,
    /// The format whose helper is needed follows: "heic", "avif" or "video".
    Helper = 2,
}

impl Reply {
    /// The tag's meaning.
    pub fn from_tag(tag: u8) -> Option<Self> {
        match tag {
            0 => Some(Self::Fingerprint),
            1 => Some(Self::Nothing),
            2 => Some(Self::Helper),
            _ => None,
        }
    }
}

/// Bytes that room is made for before they come.
const AT_ONCE: u64 = 1 << 20;

/// Closes the cage, then serves requests until the pipe closes; or only tries the cage.
///
/// # Errors
/// Where the pipe breaks or a limit cannot be set.
pub fn serve(limits: &Limits, trial: Option<Trial>) -> std::io::Result<()> {
    // A panic in a decoder is told as a reply; its message would only be noise in somebody's log.
    std::panic::set_hook(Box::new(|_| {}));
    let cage = cage::close_decoder(trial.map_or(Layers::ALL, |trial| trial.layers))?;
    if let Some(trial) = trial {
        return trial.attempt.report(cage, std::io::stdout());
    }
    let mut input = std::io::stdin().lock();
    let mut head = [0u8; 5];
    let (mut bytes, mut answer) = (Vec::new(), Vec::new());
    loop {
        match input.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        bytes.clear();
        let [tag, length @ ..] = head;
        let wanted = u64::from(u32::from_le_bytes(length));
        bytes.reserve(wanted.min(AT_ONCE) as usize);
        if (&mut input).take(wanted).read_to_end(&mut bytes)? as u64 != wanted {
            return Ok(());
        }
        let (tag, payload) = reply(&bytes, limits, Request::from_tag(tag));
        // In one piece: each write rouses the parent.
        answer.clear();
        answer.push(tag as u8);
        answer.extend((payload.len() as u32).to_le_bytes());
        answer.extend(payload);
        let mut left = answer.as_slice();
        while !left.is_empty() {
            let written = rustix::io::retry_on_intr(|| rustix::io::write(std::io::stdout(), left))?;
            left = left.get(written..).unwrap_or_default();
        }
    }
}

/// A film's frames; one that cannot be read is left out.
fn film(bytes: &[u8], limits: &Limits, purpose: Purpose) -> Result<Fingerprint, DecodeError> {
    let row = split_bmp(bytes);
    let frames: Vec<_> = row.iter().take(usize::from(MOST_FRAMES)).filter_map(|frame| luma(frame, limits).ok()).flatten().collect();
    if frames.is_empty() {
        return Err(DecodeError::Damaged("no frame could be read".into()));
    }
    // The helper was asked for no more than that.
    let cut = row.len() >= usize::from(MOST_FRAMES);
    Ok(Fingerprint { cut, ..of_pictures(&frames, purpose) })
}

/// BMP files one after the other; each says its own length at byte 2. What is none ends the row.
pub fn split_bmp(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    while let Some(head) = bytes.get(..6) {
        let length = head.get(2..6).and_then(|l| l.try_into().ok()).map_or(0, u32::from_le_bytes) as usize;
        let Some(one) = bytes.get(..length).filter(|_| head.starts_with(b"BM") && length >= 6) else { break };
        out.push(one);
        bytes = bytes.get(length..).unwrap_or_default();
    }
    out
}

fn reply(bytes: &[u8], limits: &Limits, request: Request) -> (Reply, Vec<u8>) {
    let made = std::panic::catch_unwind(|| {
        let made = if request.film { film(bytes, limits, request.purpose) } else { fingerprint_for(bytes, limits, request.purpose) };
        made.map(|f| f.pack())
    });
    let error = match made {
        Ok(Ok(packed)) => return (Reply::Fingerprint, packed),
        Ok(Err(error)) => error,
        Err(_) => DecodeError::Damaged("the decoder gave up".into()),
    };
    let kind = match error {
        DecodeError::NeedsHelper(format) => {
            let name = match format {
                Format::Heic => "heic",
                Format::Video => "video",
                _ => "avif",
            };
            return (Reply::Helper, name.into());
        }
        DecodeError::NotAPicture => ProblemKind::NotReadable,
        DecodeError::TooManyPixels { .. } => ProblemKind::TooLarge,
        DecodeError::TooSmall => ProblemKind::Limit,
        DecodeError::Damaged(_) => ProblemKind::Damaged,
    };
    (Reply::Nothing, serde_json::to_vec(&(kind, error.to_string())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_picture_get_a_reason() {
        let limits = Limits { max_pixels: 1 << 20, max_frames: 4 };
        let (tag, payload) = reply(b"<html>hotlink forbidden</html>", &limits, Request { purpose: Purpose::Found, film: false });
        assert_eq!(tag, Reply::Nothing);
        let (kind, _): (ProblemKind, String) = serde_json::from_slice(&payload).unwrap();
        assert_eq!(kind, ProblemKind::NotReadable);
    }

    #[test]
    fn bmp_files_are_told_apart_and_broken_ones_end_the_row() {
        let one = [b"BM".as_slice(), &8u32.to_le_bytes(), &[1, 2]].concat();
        let two = [b"BM".as_slice(), &6u32.to_le_bytes()].concat();
        assert_eq!(split_bmp(&[one.clone(), two.clone()].concat()), [one.clone(), two]);
        assert_eq!(split_bmp(&[one.clone(), b"BM\x09\0\0\0".to_vec()].concat()), [one]);
        assert!(split_bmp(b"BM\0\0\0\0BM").is_empty());
    }

    #[test]
    fn tags_go_there_and_back() {
        for tag in [Reply::Fingerprint, Reply::Nothing, Reply::Helper] {
            assert_eq!(Reply::from_tag(tag as u8), Some(tag));
        }
        assert_eq!(Reply::from_tag(9), None);
        for purpose in [Purpose::Original, Purpose::Found, Purpose::Quick] {
            for film in [false, true] {
                assert_eq!(Request::from_tag(Request { purpose, film }.tag()), Request { purpose, film });
            }
        }
    }
}
