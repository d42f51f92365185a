//! Fingerprints come back from the store as they went in, and hostile bytes do not come back at all.

use proptest::prelude::*;

use super::second::{order, second, turn_second};
use super::*;
use crate::look::decode::sample::{LIMITS, gray, jpeg, picture};
use crate::look::features::MOST_SPOTS;
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
    assert_eq!(Fingerprint::unpack(&of(240).pack()), Some(of(240)));
    assert_eq!(Fingerprint::unpack(&of(241).pack()), None);
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
