//! Fingerprints come back from the store as they went in, and hostile bytes do not come back at all.

use proptest::prelude::*;

use super::second::{order, second, turn_second};
use super::*;
use crate::look::decode::sample::{LIMITS, gray, jpeg, picture};
use crate::look::features::{MOST_SPOTS, Relief};
use crate::look::originals::Originals;
use crate::look::pdq::{Grid32, SIDE32, Turn, of_part, turn};

#[test]
fn packing_keeps_everything() {
    let file = jpeg(&picture(1, 320, 240), 90);
    for purpose in [Purpose::Original, Purpose::Found, Purpose::Quick] {
        let fingerprint = fingerprint_for(&file, &LIMITS, purpose).unwrap();
        assert!(!fingerprint.is_plain());
        assert_eq!(fingerprint.frames[0].features.spots.is_empty(), purpose == Purpose::Quick);
        assert_eq!(fingerprint.frames[0].features.reliefs.is_empty(), purpose == Purpose::Quick);
        assert_eq!(fingerprint.frames[0].parts.is_empty(), purpose == Purpose::Quick);
        assert_eq!(Fingerprint::unpack(&fingerprint.pack()), Some(fingerprint));
    }
}

#[test]
fn another_version_a_cut_or_a_rest_is_refused() {
    let mut packed = fingerprint(&jpeg(&picture(1, 320, 240), 90), &LIMITS).unwrap().pack();
    for end in (0..packed.len()).step_by(7).chain(packed.len() - 60..packed.len()) {
        assert_eq!(Fingerprint::unpack(&packed[..end]), None);
    }
    packed.push(0);
    assert_eq!(Fingerprint::unpack(&packed), None);
    packed.pop();
    packed[0] ^= 0xff;
    assert_eq!(Fingerprint::unpack(&packed), None);
}

#[test]
fn more_spots_than_any_picture_has_are_refused() {
    let mut print = fingerprint(&jpeg(&picture(1, 320, 240), 90), &LIMITS).unwrap();
    let spot = print.frames[0].features.spots[0];
    print.frames[0].features.spots = vec![spot; usize::from(MOST_SPOTS)];
    assert_eq!(Fingerprint::unpack(&print.pack()).as_ref(), Some(&print));
    print.frames[0].features.spots.push(spot);
    assert_eq!(Fingerprint::unpack(&print.pack()), None);
}

#[test]
fn more_frames_or_relief_than_any_picture_has_are_refused() {
    let print = fingerprint_for(&jpeg(&picture(1, 320, 240), 90), &LIMITS, Purpose::Found).unwrap();
    let mut many = print.clone();
    many.frames = vec![print.frames[0].clone(); usize::from(MOST_FRAMES)];
    assert_eq!(Fingerprint::unpack(&many.pack()).as_ref(), Some(&many));
    many.frames.push(print.frames[0].clone());
    assert_eq!(Fingerprint::unpack(&many.pack()), None);
    let mut fine = print.clone();
    fine.frames[0].features.reliefs[0] = Relief { width: 4000, height: 4000, ways: vec![0; 8_000_000] };
    assert_eq!(Fingerprint::unpack(&fine.pack()), None);
    let mut deep = print.clone();
    deep.frames[0].features.reliefs = vec![Relief::default(); 200];
    assert_eq!(Fingerprint::unpack(&deep.pack()), None);
}

#[test]
fn the_largest_frame_is_within_its_bound() {
    let mut print = fingerprint_for(&jpeg(&picture(1, 320, 240), 90), &LIMITS, Purpose::Found).unwrap();
    let frame = &mut print.frames[0];
    let part = Part { quarters: Some([[1; 4]; 5]), ..frame.parts[0] };
    frame.parts = vec![part; 255];
    frame.features.spots = vec![frame.features.spots[0]; usize::from(MOST_SPOTS)];
    frame.features.reliefs =
        (0..5).map(|n| 320u16 >> n).map(|side| Relief { width: side, height: side, ways: vec![0; usize::from(side).pow(2) / 2] }).collect();
    let packed = print.pack();
    assert!(packed.len() < MOST_BYTES_A_FRAME, "{}", packed.len());
    assert_eq!(Fingerprint::unpack(&packed), Some(print));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// What a child that was taken over may send: neither reading it nor looking it up ends the program.
    #[test]
    fn any_bytes_are_refused_or_are_a_fingerprint_that_can_be_looked_up(
        head in (any::<u32>(), any::<u32>(), any::<u8>(), 0u16..3), rest in proptest::collection::vec(any::<u8>(), 0..3000),
    ) {
        let mut bytes = VERSION.to_le_bytes().to_vec();
        bytes.extend(head.0.to_le_bytes());
        bytes.extend(head.1.to_le_bytes());
        bytes.push(head.2);
        bytes.extend(head.3.to_le_bytes());
        bytes.extend(rest);
        if let Some(print) = Fingerprint::unpack(&bytes) {
            prop_assert_eq!(print.pack(), bytes);
        }
    }

    /// The same, from a true fingerprint of which any bytes were changed.
    #[test]
    fn a_fingerprint_with_other_bytes_can_be_looked_up(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        static OWN: std::sync::LazyLock<(Vec<u8>, Originals)> = std::sync::LazyLock::new(|| {
            let file = jpeg(&picture(1, 320, 240), 90);
            let own = fingerprint(&file, &LIMITS).unwrap();
            (fingerprint_for(&file, &LIMITS, Purpose::Found).unwrap().pack(), Originals::new([(1, own)]))
        });
        let (packed, originals) = &*OWN;
        let mut bytes = packed.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(print) = Fingerprint::unpack(&bytes) {
            originals.find(&print);
            let _ = Originals::new([(1, print.clone())]).find(&print);
        }
    }
}

#[test]
fn frames_that_look_the_same_are_kept_once() {
    let (one, other) = (gray(&picture(1, 200, 200)), gray(&picture(2, 200, 200)));
    let frames = of_pictures(&[one.clone(), one.clone(), other, one], Purpose::Found).frames;
    assert_eq!(frames.len(), 2);
    assert!(of_pictures(&[], Purpose::Original).is_plain());
}

/// 32 × 32 averages made up point by point.
fn grid(of: impl Fn(usize, usize) -> f32) -> Grid32 {
    let mut grid = [[0.0; SIDE32]; SIDE32];
    for (i, row) in grid.iter_mut().enumerate() {
        row.iter_mut().enumerate().for_each(|(j, cell)| *cell = of(i, j));
    }
    grid
}

fn busy(i: usize, j: usize) -> f32 {
    ((i * 31 + j * j * 7 + i * j * 13) % 97) as f32 * 2.0
}

#[test]
fn second_opinions_turn_as_pictures_do() {
    let last = SIDE32 - 1;
    let own = second(&grid(busy));
    for turned in Turn::ALL {
        let made = grid(|i, j| match turned {
            Turn::None => busy(i, j),
            Turn::Left => busy(j, last - i),
            Turn::Half => busy(last - i, last - j),
            Turn::Right => busy(last - j, i),
            Turn::Flip => busy(last - i, j),
            Turn::Mirror => busy(i, last - j),
            Turn::Diagonal => busy(j, i),
            Turn::AntiDiagonal => busy(last - j, last - i),
        });
        assert!(distance(&turn_second(&own, turned), &second(&made)) <= 4, "{turned:?}");
        assert!(distance(&turn(&of_part(&grid(busy)).0, turned), &of_part(&made).0) <= 4, "{turned:?}");
    }
}

#[test]
fn an_edge_or_a_disc_says_little() {
    let slope = |at: f32| 128.0 + 100.0 * at.clamp(-1.0, 1.0);
    let of = |i: usize, j: usize| (i as f32 - 15.5, j as f32 - 15.5);
    let edges = [
        grid(|i, j| slope((of(i, j).0 + 0.7 * of(i, j).1) / 2.0)),
        grid(|i, j| slope((of(i, j).0 - 0.3 * of(i, j).1 + 4.0) / 3.0)),
        grid(|i, j| slope(of(i, j).0.hypot(of(i, j).1) - 11.0)),
        grid(|i, j| slope(of(i, j).0 - 3.0).min(slope(of(i, j).1))),
    ];
    for (number, edge) in edges.iter().enumerate() {
        let (hash, quality, loud) = of_part(edge);
        let hashes = Hashes { hash, second: second(edge) };
        assert!(!enough(&hash, quality, loud) || hashes.both(&hashes) >= 15, "number {number}: {:?}", order(&hash));
    }
    let (hash, quality, loud) = of_part(&grid(busy));
    let hashes = Hashes { hash, second: [0; 4] };
    assert!(enough(&hash, quality, loud) && hashes.both(&hashes) == 0, "{:?}", order(&hash));
}

#[test]
fn a_film_has_so_many_frames_and_no_more() {
    let print = Fingerprint::of_pdq([1, 2, 3, 4], 90);
    let of = |count: usize| Fingerprint { frames: vec![print.frames[0].clone(); count], ..print.clone() };
    let most = usize::from(MOST_FRAMES);
    assert_eq!(Fingerprint::unpack(&of(most).pack()), Some(of(most)));
    assert_eq!(Fingerprint::unpack(&of(most + 1).pack()), None);
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
