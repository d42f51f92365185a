//! Spots are found again where they went, and described alike. All pictures are made up.

use image::RgbImage;
use image::imageops::{self, FilterType};
use proptest::prelude::*;

use super::*;
use crate::look::decode::sample::{gray, picture};

fn own() -> RgbImage {
    picture(100, 480, 360)
}

fn of(picture: &RgbImage) -> Features {
    features(&gray(picture), Care::Found)
}

/// The share of spots that have one like them where `place` says they went, and with their turn changed by `turn`.
fn found_again(before: &Features, after: &Features, place: impl Fn(f32, f32) -> (f32, f32), turn: u8) -> f32 {
    let again = before.spots.iter().filter(|one| {
        let (x, y) = place(f32::from(one.x), f32::from(one.y));
        after.spots.iter().any(|other| {
            let near = (x - f32::from(other.x)).hypot(y - f32::from(other.y)) < 0.01 * UNIT;
            let turned = other.angle.wrapping_sub(one.angle).wrapping_sub(turn) as i8;
            near && turned.unsigned_abs() < 12 && distance(&one.bits, &other.bits) < 40
        })
    });
    again.count() as f32 / before.spots.len() as f32
}

#[test]
fn spots_are_found_again_in_a_smaller_turned_or_mirrored_picture() {
    let before = of(&own());
    assert!(before.spots.len() > 60, "{}", before.spots.len());
    let small = of(&imageops::resize(&own(), 300, 225, FilterType::Triangle));
    assert!(found_again(&before, &small, |x, y| (x, y), 0) > 0.6);
    let turned = of(&imageops::rotate90(&own()));
    assert!(found_again(&before, &turned, |x, y| (0.75 * UNIT - y, x), 64) > 0.8);
    let mirrored = of(&imageops::flip_horizontal(&own())).mirrored(UNIT);
    assert!(found_again(&before, &mirrored, |x, y| (x, y), 0) > 0.8);
    let stranger = of(&picture(101, 480, 360));
    assert!(found_again(&before, &stranger, |x, y| (x, y), 0) < 0.05);
}

#[test]
fn a_crop_keeps_its_spots() {
    let before = of(&own());
    let crop = of(&imageops::crop_imm(&own(), 120, 90, 240, 180).to_image());
    let inside = |spot: &&Spot| (10_000..22_000).contains(&spot.x) && (7_500..16_500).contains(&spot.y) && spot.size < 150;
    let part = Features { spots: before.spots.iter().filter(inside).copied().collect(), reliefs: Vec::new() };
    assert!(part.spots.len() > 10);
    assert!(found_again(&part, &crop, |x, y| ((x - 8192.0) * 2.0, (y - 6144.0) * 2.0), 0) > 0.5);
}

#[test]
fn mirroring_twice_changes_nothing() {
    let features = of(&own());
    assert_eq!(features.mirrored(UNIT).mirrored(UNIT), features);
}

#[test]
fn a_pattern_that_repeats_has_twins() {
    let tile = imageops::resize(&own(), 60, 45, FilterType::Triangle);
    let mut wall = RgbImage::new(480, 360);
    imageops::tile(&mut wall, &tile);
    let median = |mut spots: Vec<Spot>| {
        spots.sort_by_key(|spot| spot.twin);
        spots[spots.len() / 2].twin
    };
    let repeated = median(features(&gray(&wall), Care::Original).spots);
    let single = median(features(&gray(&own()), Care::Original).spots);
    assert!(repeated < 10 && single > 30, "{repeated} and {single}");
    assert!(of(&own()).spots.iter().all(|spot| spot.twin == u8::MAX));
}

#[test]
fn a_relief_tells_the_way_up() {
    let slope = RgbImage::from_fn(512, 384, |x, y| image::Rgb([(x / 4 + y / 4) as u8; 3]));
    let relief = &features(&gray(&slope), Care::Original).reliefs[0];
    assert_eq!((relief.width, relief.height), (64, 48));
    // Down to the right: an eighth of a turn.
    assert_eq!(relief.at(30, 20), 1);
    assert_eq!(relief.at(64, 20), FLAT);
    assert_eq!(relief.mirrored().at(30, 20), 3);
    assert!(features(&gray(&RgbImage::from_pixel(512, 384, image::Rgb([90; 3]))), Care::Original).spots.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_shape_is_survived(width in 0usize..200, height in 0usize..200, shade in any::<u8>(), noise in any::<u64>()) {
        let pixels = (0..width * height).map(|at| if noise >> (at % 64) & 1 == 1 { shade } else { (at * 7) as u8 }).collect();
        let luma = Luma { width, height, pixels, full_width: width as u32, full_height: height as u32 };
        for care in [Care::Original, Care::Found, Care::Sheet] {
            let made = features(&luma, care);
            prop_assert!(made.spots.len() <= 2 * care.most());
            let _ = made.mirrored(UNIT);
        }
    }
}
