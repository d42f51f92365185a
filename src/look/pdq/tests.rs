//! PDQ against another implementation, against turned pictures and against nonsense.

use super::*;
use crate::look::decode::sample::{gray, picture};
use image::imageops::{flip_horizontal, flip_vertical, resize, rotate90, rotate180, rotate270};

#[test]
fn agrees_with_another_implementation() {
    for (seed, width, height) in [(1, 300, 200), (2, 512, 512), (3, 200, 501), (4, 64, 64), (5, 1000, 700), (6, 129, 95)] {
        let made = picture(seed, width, height);
        let own = pdq(&gray(&made));
        assert!(own.quality >= 50);
        let theirs = pdqhash::image::RgbImage::from_raw(width, height, made.into_raw()).unwrap();
        let theirs = pdqhash::generate_pdq(&pdqhash::image::DynamicImage::ImageRgb8(theirs)).unwrap().0;
        let hex: String = theirs.iter().map(|byte| format!("{byte:02x}")).collect();
        let far = distance(&own.hash, &from_hex(&hex).unwrap());
        assert!(far <= 10, "{width} × {height}: {far} bits");
    }
}

#[test]
fn knows_every_turn() {
    let made = picture(7, 384, 256);
    let own = pdq(&gray(&made));
    let turned = [
        (Turn::None, made.clone()),
        (Turn::Left, rotate270(&made)),
        (Turn::Half, rotate180(&made)),
        (Turn::Right, rotate90(&made)),
        (Turn::Flip, flip_vertical(&made)),
        (Turn::Mirror, flip_horizontal(&made)),
        (Turn::Diagonal, rotate90(&flip_vertical(&made))),
        (Turn::AntiDiagonal, rotate90(&flip_horizontal(&made))),
    ];
    for (expected, picture) in &turned {
        let hash = pdq(&gray(picture)).hash;
        let (nearest, far) = Turn::ALL
            .into_iter()
            .zip(&own.dihedral)
            .map(|(turn, dihedral)| (turn, distance(dihedral, &hash)))
            .min_by_key(|(_, far)| *far)
            .unwrap();
        assert_eq!(nearest, *expected);
        assert!(far <= 50, "{expected:?}: {far} bits");
    }
}

#[test]
fn turns_of_parts_need_no_picture() {
    let mut grid = [[0.0; SIDE32]; SIDE32];
    for (i, row) in grid.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = ((i * 31 + j * j * 7) % 97) as f32 * 2.0;
        }
    }
    let mirrored = grid.map(|mut row| {
        row.reverse();
        row
    });
    let mut transposed = grid;
    for (i, row) in transposed.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = grid[j][i];
        }
    }
    let hash = of_part(&grid).0;
    assert!(distance(&turn(&hash, Turn::Mirror), &of_part(&mirrored).0) <= 2);
    assert!(distance(&turn(&hash, Turn::Diagonal), &of_part(&transposed).0) <= 2);
    assert_eq!(turn(&turn(&hash, Turn::Left), Turn::Right), hash);
}

#[test]
fn survives_resizing_and_tells_pictures_apart() {
    let made = picture(8, 640, 480);
    let small = resize(&made, 120, 90, image::imageops::FilterType::Triangle);
    assert!(distance(&pdq(&gray(&made)).hash, &pdq(&gray(&small)).hash) <= 30);
    assert!(distance(&pdq(&gray(&made)).hash, &pdq(&gray(&picture(9, 640, 480))).hash) > 90);
}

#[test]
fn hex_is_the_highest_bit_first() {
    let hash = [1, 2, 3, 0xf000_0000_0000_0004];
    let hex = to_hex(&hash);
    assert_eq!(hex, "f000000000000004000000000000000300000000000000020000000000000001");
    assert_eq!(from_hex(&hex), Some(hash));
    assert_eq!(from_hex(&hex[1..]), None);
    assert_eq!(from_hex(&hex.replace('f', "+")), None);
}

#[test]
fn slivers_and_lies_are_empty() {
    let sliver = Luma { width: 4, height: 900, pixels: vec![0; 3600], full_width: 4, full_height: 900 };
    assert_eq!(pdq(&sliver).quality, 0);
    let lie = Luma { width: 900, height: 900, pixels: vec![0; 3600], full_width: 4, full_height: 900 };
    assert_eq!(pdq(&lie).quality, 0);
}
