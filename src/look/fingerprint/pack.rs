//! Fingerprints as bytes, for the store, for exports and for the way from a child to its parent.

use super::{Fingerprint, Frame, MOST_FRAMES, Part, PartKind, VERSION};
use crate::look::features::{Features, MOST_RELIEF, MOST_RELIEFS, MOST_SPOTS, Relief, Spot};
use crate::look::pdq::{Hash, Pdq};

impl Fingerprint {
    /// As bytes, for the store.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(VERSION.to_le_bytes());
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        out.extend([self.quality, u8::from(self.cut)]);
        out.extend((self.frames.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
        for frame in self.frames.iter().take(usize::from(u16::MAX)) {
            out.push(frame.whole.quality);
            out.push(u8::from(frame.usable));
            frame.whole.dihedral.iter().for_each(|hash| push(&mut out, hash));
            out.push(frame.parts.len().min(255) as u8);
            for part in frame.parts.iter().take(255) {
                out.push(part.kind.to_u8());
                push(&mut out, &part.hash);
                push(&mut out, &part.second);
                part.place.iter().for_each(|place| out.extend(place.to_le_bytes()));
                out.push(u8::from(part.quarters.is_some()));
                part.quarters.iter().flatten().for_each(|hash| push(&mut out, hash));
            }
            out.extend((frame.features.spots.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
            for spot in frame.features.spots.iter().take(usize::from(u16::MAX)) {
                out.extend(spot.x.to_le_bytes());
                out.extend(spot.y.to_le_bytes());
                out.extend([spot.size, spot.angle, spot.twin]);
                push(&mut out, &spot.bits);
            }
            out.push(frame.features.reliefs.len().min(255) as u8);
            for relief in frame.features.reliefs.iter().take(255) {
                out.extend(relief.width.to_le_bytes());
                out.extend(relief.height.to_le_bytes());
                out.extend(&relief.ways);
            }
        }
        out
    }

    /// From [`Fingerprint::pack`]'s bytes; `None` for another version, more frames, spots or relief than a picture has, or
    /// anything else.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.u16()? != VERSION {
            return None;
        }
        let (width, height, quality, cut) = (reader.u32()?, reader.u32()?, reader.u8()?, reader.bool()?);
        // A child that an outside picture has taken over may send what it likes: finding must stay quick.
        let count = reader.u16().filter(|count| *count <= MOST_FRAMES)?;
        let frames = (0..count).map(|_| reader.frame()).collect::<Option<Vec<_>>>()?;
        reader.0.is_empty().then_some(Self { width, height, quality, cut, frames })
    }
}

fn push(out: &mut Vec<u8>, hash: &Hash) {
    out.extend(hash.iter().flat_map(|word| word.to_le_bytes()));
}

/// Takes fixed pieces from the front of bytes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (piece, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*piece)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    fn bool(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn hash(&mut self) -> Option<Hash> {
        let mut hash = [0; 4];
        for word in &mut hash {
            *word = self.take().map(u64::from_le_bytes)?;
        }
        Some(hash)
    }

    fn hashes<const N: usize>(&mut self) -> Option<[Hash; N]> {
        let mut hashes = [[0; 4]; N];
        for hash in &mut hashes {
            *hash = self.hash()?;
        }
        Some(hashes)
    }

    fn part(&mut self) -> Option<Part> {
        let kind = PartKind::from_u8(self.u8()?)?;
        let (hash, second) = (self.hash()?, self.hash()?);
        let place = [self.u16()?, self.u16()?, self.u16()?, self.u16()?];
        let quarters = if self.bool()? { Some(self.hashes()?) } else { None };
        Some(Part { kind, hash, second, place, quarters })
    }

    fn spot(&mut self) -> Option<Spot> {
        let (x, y) = (self.u16()?, self.u16()?);
        Some(Spot { x, y, size: self.u8()?, angle: self.u8()?, twin: self.u8()?, bits: self.hash()? })
    }

    fn relief(&mut self) -> Option<Relief> {
        let (width, height) = (self.u16()?, self.u16()?);
        if width.max(height) > MOST_RELIEF {
            return None;
        }
        let length = (usize::from(width) * usize::from(height)).div_ceil(2);
        let (ways, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Relief { width, height, ways: ways.to_vec() })
    }

    fn frame(&mut self) -> Option<Frame> {
        let (quality, usable) = (self.u8()?, self.bool()?);
        let dihedral: [Hash; 8] = self.hashes()?;
        let parts = (0..self.u8()?).map(|_| self.part()).collect::<Option<_>>()?;
        let count = self.u16().filter(|count| *count <= MOST_SPOTS)?;
        let spots = (0..count).map(|_| self.spot()).collect::<Option<_>>()?;
        let count = self.u8().filter(|count| *count <= MOST_RELIEFS)?;
        let reliefs = (0..count).map(|_| self.relief()).collect::<Option<_>>()?;
        let features = Features { spots, reliefs };
        Some(Frame { whole: Pdq { hash: dihedral[0], quality, dihedral }, usable, parts, features })
    }
}
