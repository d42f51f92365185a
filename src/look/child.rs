//! The child's side: undecoded pictures in, fingerprints out, never pixels. Runs in a process of its own with limits
//! on memory and without core dumps, and ends when its parent closes the pipe.
//!
//! Each request is a length (u32, little-endian) and so many bytes; each reply is a [`Reply`] tag, a length and so many
//! bytes, in the order of the requests.

use std::io::{Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::decode::{DecodeError, Format, Limits};
use super::fingerprint::fingerprint;
use crate::model::ProblemKind;

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

/// Address space of a child, bytes: room for the largest allowed picture twice over.
pub const MEMORY: u64 = 1 << 30;

/// Sets this process's limits: address space, no core dump, no new files of any size.
///
/// # Errors
/// Where the system refuses.
pub fn limit(memory: u64) -> std::io::Result<()> {
    let both = |n| Rlimit { current: Some(n), maximum: Some(n) };
    setrlimit(Resource::As, both(memory))?;
    setrlimit(Resource::Core, both(0))?;
    Ok(())
}

/// Serves requests until the pipe closes.
///
/// # Errors
/// Where the pipe breaks or a limit cannot be set.
pub fn serve(limits: &Limits) -> std::io::Result<()> {
    // A panic in a decoder is told as a reply; its message would only be noise in somebody's log.
    std::panic::set_hook(Box::new(|_| {}));
    limit(MEMORY)?;
    setrlimit(Resource::Fsize, Rlimit { current: Some(0), maximum: Some(0) })?;
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut length = [0u8; 4];
    let mut bytes = Vec::new();
    loop {
        match input.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        bytes.clear();
        let wanted = u64::from(u32::from_le_bytes(length));
        if (&mut input).take(wanted).read_to_end(&mut bytes)? as u64 != wanted {
            return Ok(());
        }
        let (tag, payload) = reply(&bytes, limits);
        output.write_all(&[tag as u8])?;
        output.write_all(&(payload.len() as u32).to_le_bytes())?;
        output.write_all(&payload)?;
        output.flush()?;
    }
}

fn reply(bytes: &[u8], limits: &Limits) -> (Reply, Vec<u8>) {
    let made = std::panic::catch_unwind(|| fingerprint(bytes, limits).map(|f| f.pack()));
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
        let (tag, payload) = reply(b"<html>hotlink forbidden</html>", &limits);
        assert_eq!(tag, Reply::Nothing);
        let (kind, _): (ProblemKind, String) = serde_json::from_slice(&payload).unwrap();
        assert_eq!(kind, ProblemKind::NotReadable);
    }

    #[test]
    fn tags_go_there_and_back() {
        for tag in [Reply::Fingerprint, Reply::Nothing, Reply::Helper] {
            assert_eq!(Reply::from_tag(tag as u8), Some(tag));
        }
        assert_eq!(Reply::from_tag(9), None);
    }
}
