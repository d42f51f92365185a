//! Fingerprints that come as a bare PDQ hash, from somebody's exchange list: nobody here has seen the picture.

use super::{Fingerprint, Frame, enough};
use crate::look::features::Features;
use crate::look::pdq::{Hash, Pdq, Turn, turn};

/// Frequencies of a hash. How many of them stand out of the noise cannot be told from the hash alone.
const ALL: u32 = 256;

impl Fingerprint {
    /// An original of which nothing is known but the PDQ hash of the whole: without parts and features, size 0 × 0.
    ///
    /// `quality` is what the list says, 0 to 100; 100 where it says nothing. A hash that every bar or horizon has
    /// is plain all the same.
    ///
    /// The turned hashes are made from the bits. They can differ by a few from those of the picture itself, whose
    /// median is another after each turn.
    pub fn of_pdq(hash: Hash, quality: u8) -> Self {
        let quality = quality.min(100);
        let usable = enough(&hash, quality, ALL);
        let whole = Pdq { hash, quality, dihedral: Turn::ALL.map(|way| turn(&hash, way)) };
        let quality = if usable { quality } else { quality.min(super::LEAST_QUALITY - 1) };
        Self {
            width: 0,
            height: 0,
            quality,
            cut: false,
            frames: vec![Frame { whole, usable, parts: Vec::new(), features: Features::default() }],
        }
    }

    /// Whether [`Fingerprint::of_pdq`] made it: no picture is 0 pixels wide.
    pub fn is_bare_pdq(&self) -> bool {
        self.width == 0 && self.height == 0 && !self.frames.is_empty()
    }

    /// The PDQ hashes to give to others: one for each frame that there is enough in to be recognised by.
    pub fn pdqs(&self) -> impl Iterator<Item = Hash> {
        self.frames.iter().filter(|frame| frame.usable).map(|frame| frame.whole.hash)
    }
}

#[cfg(test)]
mod tests {
    use crate::look::decode::sample::{gray, picture};
    use crate::look::fingerprint::{Fingerprint, Purpose, of_pictures};
    use crate::look::originals::Originals;
    use crate::look::pdq::from_hex;
    use image::imageops::{FilterType, flip_horizontal, resize, rotate90};

    #[test]
    fn a_bare_hash_finds_copies_and_survives_packing() {
        for (seed, (own, found)) in [(Purpose::Original, Purpose::Found), (Purpose::Quick, Purpose::Quick)].into_iter().enumerate() {
            let made = picture(seed as u32 + 40, 640, 480);
            let own = of_pictures(&[gray(&made)], own);
            let hashes: Vec<_> = own.pdqs().collect();
            assert_eq!(hashes.len(), 1);
            let print = Fingerprint::of_pdq(hashes[0], 100);
            assert_eq!(Fingerprint::unpack(&print.pack()), Some(print.clone()));
            assert!(print.is_bare_pdq() && !own.is_bare_pdq());
            let originals = Originals::new([(0, print)]);
            let small = resize(&made, 320, 240, FilterType::Triangle);
            for copy in [small.clone(), flip_horizontal(&small), rotate90(&small)] {
                assert_eq!(originals.find(&of_pictures(&[gray(&copy)], found)).len(), 1);
            }
            assert!(originals.find(&of_pictures(&[gray(&picture(seed as u32 + 60, 640, 480))], found)).is_empty());
        }
    }

    #[test]
    fn the_turned_hashes_are_those_of_the_turned_picture_but_for_a_few_bits() {
        for seed in 0..8 {
            let own = of_pictures(&[gray(&picture(seed, 512, 400))], Purpose::Quick).frames.remove(0).whole;
            let imported = Fingerprint::of_pdq(own.hash, 100).frames.remove(0).whole;
            for (real, made) in own.dihedral.iter().zip(&imported.dihedral) {
                assert!(crate::look::pdq::distance(real, made) <= 16);
            }
        }
    }

    #[test]
    fn what_cannot_be_recognised_by_is_plain() {
        let photo = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
        // A gradient: one of Meta's own examples of a hash that says little.
        let gradient = "0007001f003f003f007f00ff00ff00ff01ff01ff01ff03ff03ff03ff03ff03ff";
        for (hex, quality, plain) in [(photo, 100, false), (photo, 49, true), (gradient, 100, true), (&"0".repeat(64), 100, true)] {
            let print = Fingerprint::of_pdq(from_hex(hex).unwrap(), quality);
            assert_eq!(print.is_plain(), plain, "{hex} {quality}");
            assert_eq!(print.pdqs().count(), usize::from(!plain));
        }
    }
}
