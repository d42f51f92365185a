//! Copies are found however they were changed; plain pictures and strangers' are not. All pictures are made up.

use image::imageops::{self, FilterType};
use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;

use super::*;
use crate::look::decode::sample::{LIMITS, encode, jpeg, picture};
use crate::look::features::Spot;
use crate::look::fingerprint::{Purpose, fingerprint, fingerprint_for};

fn own() -> RgbImage {
    picture(100, 480, 360)
}

fn originals(purpose: Purpose) -> Originals {
    let all = (100..112).map(|seed| (seed * 10, picture(seed, 480, 360)));
    Originals::new(all.map(|(number, made)| (number, fingerprint_for(&jpeg(&made, 90), &LIMITS, purpose).unwrap())))
}

fn ask(originals: &Originals, file: &[u8], purpose: Purpose) -> Vec<Match> {
    originals.find(&fingerprint_for(file, &LIMITS, purpose).unwrap())
}

/// Finds the first original alone, and says how.
#[track_caller]
fn found(originals: &Originals, changed: &RgbImage) -> Vec<&'static str> {
    let matches = ask(originals, &jpeg(changed, 75), Purpose::Found);
    assert_eq!(matches.iter().map(|m| m.original).collect::<Vec<_>>(), [1000]);
    assert!(matches[0].confidence >= 0.9);
    matches[0].how.clone()
}

fn on(ground: u8, width: u32, height: u32, x: i64, y: i64, top: &RgbImage) -> RgbImage {
    let mut out = RgbImage::from_pixel(width, height, Rgb([ground; 3]));
    imageops::replace(&mut out, top, x, y);
    out
}

#[test]
fn whole_copies_are_found_in_both_depths() {
    for purpose in [Purpose::Original, Purpose::Quick] {
        let asked = originals(purpose);
        let purpose = if purpose == Purpose::Quick { Purpose::Quick } else { Purpose::Found };
        let mut gray = own();
        gray.pixels_mut().for_each(|pixel| *pixel = Rgb([pixel[1]; 3]));
        let small = imageops::resize(&own(), 120, 90, FilterType::Triangle);
        for (file, how) in [
            (jpeg(&own(), 40), vec![]),
            (encode(&own(), ImageFormat::WebP), vec![]),
            (encode(&gray, ImageFormat::Png), vec![]),
            (jpeg(&small, 60), vec!["resized"]),
            (jpeg(&imageops::flip_horizontal(&own()), 75), vec!["mirror"]),
            (jpeg(&imageops::rotate90(&own()), 75), vec!["rotated 90"]),
            (jpeg(&imageops::rotate180(&own()), 75), vec!["rotated 180"]),
        ] {
            let matches = ask(&asked, &file, purpose);
            assert_eq!(matches.len(), 1, "{how:?}");
            assert_eq!((matches[0].original, &matches[0].how), (1000, &how));
        }
    }
}

#[test]
fn borders_bars_and_frames_are_looked_through() {
    let asked = originals(Purpose::Original);
    assert_eq!(found(&asked, &on(0, 480, 560, 0, 100, &own())), ["letterbox"]);
    assert_eq!(found(&asked, &on(255, 800, 360, 160, 0, &own())), ["pillarbox"]);
    assert_eq!(found(&asked, &on(90, 560, 440, 40, 40, &own())), ["border"]);
}

#[test]
fn crops_are_found() {
    let asked = originals(Purpose::Original);
    for (x, y, width, height) in [(20, 10, 430, 330), (0, 0, 416, 312), (100, 60, 372, 279), (60, 0, 360, 360)] {
        let how = found(&asked, &imageops::crop_imm(&own(), x, y, width, height).to_image());
        assert!(how.contains(&"crop"), "{how:?} for {width} × {height}");
    }
}

#[test]
fn tiles_of_collages_and_screenshots_are_found() {
    let asked = originals(Purpose::Original);
    let mut sheet = RgbImage::from_pixel(3 * 250 + 10, 3 * 190 + 70, Rgb([255; 3]));
    for tile in 0..9 {
        let made = if tile == 5 { own() } else { picture(500 + tile, 480, 360) };
        let made = imageops::resize(&made, 240, 180, FilterType::Triangle);
        imageops::replace(&mut sheet, &made, i64::from(tile % 3) * 250 + 10, i64::from(tile / 3) * 190 + 60);
    }
    assert_eq!(found(&asked, &sheet), ["inside another picture"]);
    let mut pair = RgbImage::new(960, 360);
    imageops::replace(&mut pair, &picture(600, 480, 360), 0, 0);
    imageops::replace(&mut pair, &own(), 480, 0);
    assert_eq!(found(&asked, &pair), ["inside another picture"]);
    let mut shot = on(250, 540, 1170, 30, 200, &own());
    for line in 0..6 {
        for x in (30..400).step_by(9) {
            imageops::replace(&mut shot, &RgbImage::new(5, 14), x, 640 + line * 40);
        }
    }
    assert_eq!(found(&asked, &shot), ["inside another picture"]);
}

#[test]
fn tiles_without_gaps_are_looked_at_closely() {
    let mut sheet = RgbImage::new(900, 680);
    for tile in 0..16 {
        let made = if tile == 9 { own() } else { picture(700 + tile, 480, 360) };
        let made = imageops::resize(&made, 225, 170, FilterType::Triangle);
        imageops::replace(&mut sheet, &made, i64::from(tile % 4) * 225, i64::from(tile / 4) * 170);
    }
    let print = fingerprint_for(&jpeg(&sheet, 80), &LIMITS, Purpose::Found).unwrap();
    // Only a sheet has so fine a relief.
    assert!(print.frames[0].features.reliefs[0].side() > 200);
    assert_eq!(originals(Purpose::Original).find(&print).iter().map(|m| m.original).collect::<Vec<_>>(), [1000]);
    let single = fingerprint_for(&jpeg(&picture(3, 900, 680), 80), &LIMITS, Purpose::Found).unwrap();
    assert!(single.frames[0].features.reliefs[0].side() < 200);
}

#[test]
fn a_covered_part_does_not_hide_the_rest() {
    let asked = originals(Purpose::Original);
    let mut barred = own();
    imageops::replace(&mut barred, &RgbImage::new(190, 140), 230, 150);
    let _how = found(&asked, &barred);
}

#[test]
fn plain_pictures_match_nothing_not_even_themselves() {
    let card = |seed: u32| {
        let mut out = RgbImage::from_pixel(400, 300, Rgb([255; 3]));
        for word in 0..3 {
            imageops::replace(&mut out, &RgbImage::new(60 + seed * 7 + word * 11, 30), 40, 60 + i64::from(word) * 70);
        }
        out
    };
    let plain = [
        RgbImage::from_pixel(400, 300, Rgb([128; 3])),
        RgbImage::from_fn(400, 300, |x, _| Rgb([(x * 255 / 400) as u8; 3])),
        RgbImage::from_fn(400, 300, |x, y| Rgb([((x + y) * 255 / 700) as u8; 3])),
        RgbImage::from_fn(400, 300, |_, y| Rgb([if y > 140 { 255 } else { 0 }; 3])),
        RgbImage::from_fn(400, 300, |x, y| Rgb([if (80..250).contains(&x) && (70..200).contains(&y) { 0 } else { 255 }; 3])),
        RgbImage::from_fn(400, 300, |x, y| Rgb([120 + (picture(3, 2, 2).get_pixel(x % 2, y % 2)[0] % 8); 3])),
        card(1),
    ];
    let files: Vec<Vec<u8>> = plain.iter().map(|picture| jpeg(picture, 85)).collect();
    let mut all: Vec<(u32, Fingerprint)> = (0..).zip(&files).map(|(n, file)| (n, fingerprint(file, &LIMITS).unwrap())).collect();
    for (number, fingerprint) in all.iter().take(5) {
        assert!(fingerprint.is_plain(), "number {number} has quality {}", fingerprint.quality);
    }
    all.truncate(6);
    all.extend((100..110).map(|seed| (seed, fingerprint(&jpeg(&picture(seed, 300, 300), 90), &LIMITS).unwrap())));
    let asked = Originals::new(all);
    for (number, file) in files.iter().enumerate() {
        assert_eq!(ask(&asked, file, Purpose::Found), [], "number {number}");
    }
}

#[test]
fn a_plain_page_with_a_photo_is_only_its_photo() {
    let page = on(255, 1500, 2000, 900, 1300, &imageops::resize(&own(), 480, 360, FilterType::Triangle));
    let own_page = fingerprint(&jpeg(&page, 85), &LIMITS).unwrap();
    assert!(own_page.frames.iter().all(|frame| !frame.usable) && own_page.frames[0].parts.iter().any(|part| part.kind == PartKind::Border));
    assert!(!found(&originals(Purpose::Original), &page).is_empty());
    // As an original its whole says nothing, but its spots do.
    assert!(!own_page.is_plain());
    let asked = Originals::new([(1, own_page)]);
    assert_eq!(ask(&asked, &jpeg(&page, 70), Purpose::Found).len(), 1);
    assert_eq!(ask(&asked, &jpeg(&picture(101, 480, 360), 85), Purpose::Found), []);
}

/// A banner at the foot and two lines of blocks across, as a site stamps them on whatever it shows.
fn stamped(mut under: RgbImage) -> RgbImage {
    let (width, height) = under.dimensions();
    let sign = imageops::resize(&picture(900, 240, 40), width, height / 8, FilterType::Triangle);
    imageops::replace(&mut under, &sign, 0, i64::from(height - height / 8));
    for block in 0..36 {
        let (x, y) = (20 + block % 18 * 25, if block < 18 { height / 4 } else { height / 2 });
        for (dx, dy) in (0..20).flat_map(|dx| (0..26).map(move |dy| (dx, dy))) {
            let pixel = under.get_pixel_mut((x + dx).min(width - 1), y + dy);
            if (dx / 3 + dy / 4 + block * (dy / 7 + 1)) % 3 == 0 {
                *pixel = Rgb(pixel.0.map(|value| (u16::from(value) / 2 + 127) as u8));
            }
        }
    }
    under
}

#[test]
fn strangers_under_the_same_overlay_are_strangers() {
    let asked = Originals::new((100..106).map(|seed| (seed, fingerprint(&jpeg(&stamped(picture(seed, 480, 360)), 90), &LIMITS).unwrap())));
    for seed in 300..312 {
        let stranger = stamped(picture(seed, 480, 360));
        assert_eq!(ask(&asked, &jpeg(&stranger, 80), Purpose::Found), [], "seed {seed}");
    }
    let copy = imageops::crop_imm(&stamped(picture(103, 480, 360)), 60, 40, 360, 300).to_image();
    assert_eq!(ask(&asked, &jpeg(&copy, 75), Purpose::Found).iter().map(|m| m.original).collect::<Vec<_>>(), [103]);
}

#[test]
fn small_crops_tilts_and_stretches_are_found() {
    let asked = originals(Purpose::Original);
    assert!(found(&asked, &imageops::crop_imm(&own(), 150, 90, 215, 161).to_image()).contains(&"crop"));
    let wide = imageops::resize(&own(), 624, 360, FilterType::Triangle);
    let _how = found(&asked, &wide);
    let (sin, cos) = 0.35f32.sin_cos();
    let upright = own();
    let tilted = RgbImage::from_fn(480, 360, |x, y| {
        let (dx, dy) = (x as f32 - 240.0, y as f32 - 180.0);
        let (u, v) = (240.0 + dx * cos + dy * sin, 180.0 + dy * cos - dx * sin);
        if (0.0..480.0).contains(&u) && (0.0..360.0).contains(&v) { *upright.get_pixel(u as u32, v as u32) } else { Rgb([0; 3]) }
    });
    assert!(found(&asked, &tilted).contains(&"rotated a little"));
}

#[test]
fn both_opinions_are_asked() {
    for kind in [Kind::Pdq, Kind::Whole, Kind::Inside] {
        let (limit, both) = (kind.limit(), kind.limit_of_both());
        assert_eq!(kind.margin(limit, || both), Some(0));
        assert_eq!(kind.margin(limit + 1, || 0), None);
        assert_eq!(kind.margin(0, || both + 1), None);
        assert_eq!(kind.margin(limit - 9, || 0), Some(9));
        assert_eq!(kind.margin(0, || both - 8), Some(4));
    }
}

#[test]
fn strangers_match_nothing() {
    let asked = originals(Purpose::Original);
    for seed in 0..60 {
        let stranger = picture(seed, 300 + seed * 5, 300);
        assert_eq!(ask(&asked, &jpeg(&stranger, 80), Purpose::Found), [], "seed {seed}");
    }
}

#[test]
fn a_frame_of_an_animation_is_an_original_too() {
    let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/animated.gif"));
    let still = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/base.png"));
    let asked = Originals::new([(7, fingerprint(file, &LIMITS).unwrap())]);
    let matches = ask(&asked, still, Purpose::Found);
    assert_eq!(matches.len(), 1);
    assert_eq!(matches[0].original, 7);
}

#[test]
fn a_rectangle_is_laid_on_another_in_four_ways() {
    let own = [0.0, 0.0, 400.0, 300.0];
    for (quarters, corner) in [(0, (100.0, 50.0)), (1, (200.0, 50.0)), (2, (200.0, 150.0)), (3, (100.0, 150.0))] {
        let map = Map::of_places(own, [100.0, 50.0, 100.0, 100.0], quarters);
        let (x, y) = map.at(0.0, 0.0);
        assert!((x - corner.0).abs() < 0.01 && (y - corner.1).abs() < 0.01, "{quarters}: {x} {y}");
        let (x, y) = map.at(200.0, 150.0);
        assert!((x - 150.0).abs() < 0.01 && (y - 100.0).abs() < 0.01, "{quarters}: {x} {y}");
        let turned = (map.turn() * 4.0 - f32::from(quarters)).rem_euclid(4.0);
        assert!(!(0.01..3.99).contains(&turned), "{quarters}: {turned}");
    }
}

#[test]
fn a_spot_is_found_among_many_by_most_of_its_bits() {
    let word = |seed: u64| (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(seed as u32 % 61) ^ (seed * seed);
    let spot = |seed: u64| Spot { x: 1, y: 2, size: 100, angle: 0, twin: 99, bits: [0, 1, 2, 3].map(|n| word(seed * 4 + n)) };
    let mut index = Index::default();
    (0..40).for_each(|owner| index.add(&(0..50).map(|n| spot(owner * 50 + n)).collect::<Vec<_>>()));
    index.build();
    let mut found = 0;
    for seed in 0..2000 {
        let mut asked = spot(seed);
        asked.bits[1] ^= 1 << (seed % 64) | 1 << (seed * 7 % 64);
        asked.bits[3] ^= 1 << (seed * 5 % 64);
        let alike = index.alike(&[asked]);
        found += usize::from(alike.iter().any(|(owner, pair)| u64::from(*owner) == seed / 50 && u64::from(pair.own) == seed % 50));
    }
    assert!(found > 1900, "{found} of 2000");
    assert_eq!(index.of(3)[7], spot(157));
    assert!(index.of(40).is_empty());
}

fn any_spot() -> impl Strategy<Value = Spot> {
    let place = (any::<u16>(), any::<u16>(), any::<u8>(), any::<u8>(), any::<u8>());
    // Few descriptors, so that there are pairs.
    (place, 0u64..4).prop_map(|((x, y, size, angle, twin), bits)| Spot { x, y, size, angle, twin, bits: [bits; 4] })
}

fn any_relief() -> impl Strategy<Value = Relief> {
    (0u16..90, 0u16..90, any::<u64>()).prop_map(|(width, height, seed)| {
        let ways = (0..(usize::from(width) * usize::from(height)).div_ceil(2)).map(|at| (seed >> (at % 57)) as u8).collect();
        Relief { width, height, ways }
    })
}

fn any_print() -> impl Strategy<Value = Fingerprint> {
    let features = (prop::collection::vec(any_spot(), 0..140), prop::collection::vec(any_relief(), 0..3));
    (features, any::<u32>(), any::<u32>(), any::<[u64; 4]>(), any::<[u16; 4]>()).prop_map(
        |((spots, reliefs), width, height, hash, place)| {
            let part = Part { kind: PartKind::Whole, hash, second: hash, place, quarters: Some([hash; 5]) };
            let whole = crate::look::pdq::Pdq { hash, quality: 100, dihedral: [hash; 8] };
            let features = crate::look::features::Features { spots, reliefs };
            Fingerprint {
                width,
                height,
                quality: 100,
                cut: false,
                frames: vec![Frame { whole, usable: true, parts: vec![part], features }],
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A child that was taken over can answer anything.
    #[test]
    fn any_fingerprint_is_survived(own in any_print(), found in any_print()) {
        let asked = Originals::new([(1, own.clone()), (2, found.clone())]);
        for print in [&own, &found] {
            for found in asked.find(print) {
                prop_assert!((0.0..=1.0).contains(&found.confidence));
            }
        }
    }
}
