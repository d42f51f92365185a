//! Fingerprints come back from the store as they went in, and hostile bytes do not come back at all.

use proptest::prelude::*;

use super::*;
use crate::look::decode::sample::{LIMITS, gray, jpeg, picture};

#[test]
fn packing_keeps_everything() {
    let file = jpeg(&picture(1, 320, 240), 90);
    for purpose in [Purpose::Original, Purpose::Found, Purpose::Quick] {
        let fingerprint = fingerprint_for(&file, &LIMITS, purpose).unwrap();
        assert!(!fingerprint.is_plain());
        assert_eq!(fingerprint.frames[0].windows.is_empty(), purpose != Purpose::Original);
        assert_eq!(fingerprint.frames[0].parts.is_empty(), purpose == Purpose::Quick);
        assert_eq!(Fingerprint::unpack(&fingerprint.pack()), Some(fingerprint));
    }
}

#[test]
fn another_version_a_cut_or_a_rest_is_refused() {
    let mut packed = fingerprint(&jpeg(&picture(1, 320, 240), 90), &LIMITS).unwrap().pack();
    for end in 0..packed.len() {
        assert_eq!(Fingerprint::unpack(&packed[..end]), None);
    }
    packed.push(0);
    assert_eq!(Fingerprint::unpack(&packed), None);
    packed.pop();
    packed[0] ^= 0xff;
    assert_eq!(Fingerprint::unpack(&packed), None);
}

#[test]
fn frames_that_look_the_same_are_kept_once() {
    let (one, other) = (gray(&picture(1, 200, 200)), gray(&picture(2, 200, 200)));
    let frames = of_pictures(&[one.clone(), one.clone(), other, one], Purpose::Found).frames;
    assert_eq!(frames.len(), 2);
    assert!(of_pictures(&[], Purpose::Original).is_plain());
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Fingerprint::unpack(&bytes);
        let versioned = [&VERSION.to_le_bytes()[..], &bytes].concat();
        if let Some(read) = Fingerprint::unpack(&versioned) {
            prop_assert_eq!(read.pack(), versioned);
        }
    }

    #[test]
    fn any_shape_is_survived(width in 0usize..90, height in 0usize..90, shade in any::<u8>(), noise in any::<u64>()) {
        let pixels = (0..width * height).map(|at| if noise >> (at % 64) & 1 == 1 { shade } else { at as u8 }).collect();
        let luma = Luma { width, height, pixels, full_width: width as u32, full_height: height as u32 };
        let _ = of_pictures(&[luma], Purpose::Original);
    }
}
