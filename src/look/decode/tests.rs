//! Every way of writing a picture is read, and nothing that a file says makes the program fall over.

use image::{ImageFormat, Rgba, RgbaImage};
use proptest::prelude::*;

use super::sample::{LIMITS, encode, jpeg, picture};
use super::*;
use crate::look::pdq::{distance, pdq};

macro_rules! fixture {
    ($name:literal) => {
        (&include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/", $name))[..], $name)
    };
}

fn one(bytes: &[u8]) -> Luma {
    luma(bytes, &LIMITS).unwrap().remove(0)
}

#[test]
fn every_way_of_writing_shows_the_same_picture() {
    let base = pdq(&one(fixture!("base.png").0));
    for (bytes, name) in [
        fixture!("cmyk.jpg"),
        fixture!("progressive.jpg"),
        fixture!("subsampled.jpg"),
        fixture!("rgb.jpg"),
        fixture!("gray.jpg"),
        fixture!("palette.png"),
        fixture!("palette_alpha.png"),
        fixture!("gray16.png"),
        fixture!("gray16.tif"),
        fixture!("lzw.tif"),
        fixture!("cmyk.tif"),
        fixture!("lossy.webp"),
        fixture!("packed.bmp"),
        fixture!("still.avif"),
    ] {
        let read = one(bytes);
        assert_eq!((read.width, read.height, read.full_width), (128, 96, 128), "{name}");
        let far = distance(&pdq(&read).hash, &base.hash);
        assert!(far <= 40, "{name} is {far} away");
    }
    let dots = one(fixture!("bilevel.png").0);
    assert!(dots.pixels.iter().all(|p| *p == 0 || *p == 255));
}

#[test]
fn exif_turns_pictures_upright() {
    let base = pdq(&one(fixture!("base.png").0));
    for (bytes, name) in [
        fixture!("exif2.jpg"),
        fixture!("exif3.jpg"),
        fixture!("exif4.jpg"),
        fixture!("exif5.jpg"),
        fixture!("exif6.jpg"),
        fixture!("exif7.jpg"),
        fixture!("exif8.jpg"),
    ] {
        let read = one(bytes);
        assert_eq!((read.width, read.height, read.full_width, read.full_height), (128, 96, 128, 96), "{name}");
        let far = distance(&pdq(&read).hash, &base.hash);
        assert!(far <= 12, "{name} is {far} away");
    }
}

#[test]
fn animations_give_frames_spread_over_their_length() {
    let base = pdq(&one(fixture!("base.png").0));
    for (bytes, name) in [fixture!("animated.gif"), fixture!("animated.webp"), fixture!("animated.png")] {
        let frames = luma(bytes, &LIMITS).unwrap();
        assert_eq!(frames.len(), 3, "{name}: every other of five, because at most four are kept");
        assert!(distance(&pdq(&frames[0]).hash, &base.hash) <= 30, "{name}");
        assert!(distance(&pdq(&frames[2]).hash, &base.hash) > 60, "{name}");
        let first = luma(bytes, &Limits { max_frames: 1, ..LIMITS }).unwrap();
        assert_eq!(first.len(), 1, "{name}");
        let budget = luma(bytes, &Limits { max_pixels: 128 * 96 * 2, ..LIMITS }).unwrap();
        assert_eq!(budget.len(), 2, "{name}: the frames together count");
    }
}

#[test]
fn transparent_pictures_lie_where_they_can_be_seen() {
    let drawn = |ink: u8| RgbaImage::from_fn(64, 64, |x, y| Rgba([ink, ink, ink, if (x / 8 + y / 8) % 2 == 0 { 255 } else { 0 }]));
    for ink in [0, 255] {
        let mut file = std::io::Cursor::new(Vec::new());
        drawn(ink).write_to(&mut file, ImageFormat::Png).unwrap();
        let read = one(file.get_ref());
        assert!(read.pixels.contains(&0) && read.pixels.contains(&255), "ink {ink}");
    }
}

#[test]
fn large_pictures_are_averaged_down_in_bounds() {
    for (width, height) in [(1024, 300), (1025, 300), (2500, 1900), (1999, 31)] {
        let read = one(&encode(&picture(1, width, height), ImageFormat::Png));
        assert!(read.width <= Luma::MAX_SIDE && read.height <= Luma::MAX_SIDE);
        assert_eq!(read.pixels.len(), read.width * read.height);
        assert_eq!((read.full_width, read.full_height), (width, height));
    }
}

#[test]
fn a_jpeg_that_breaks_off_gives_what_is_there() {
    let whole = jpeg(&picture(3, 320, 320), 90);
    let read = one(&whole[..whole.len() * 3 / 4]);
    assert_eq!(read.width, 320);
    assert!((170..310).contains(&read.height), "{} rows", read.height);
    assert!(matches!(luma(&whole[..whole.len() / 4], &LIMITS), Err(DecodeError::Damaged(_))));
    // A progressive one has all rows early, only coarser; wherever it breaks off.
    let (progressive, base) = (fixture!("progressive.jpg").0, pdq(&one(fixture!("base.png").0)));
    for end in progressive.len() / 2..progressive.len() {
        let read = one(&progressive[..end]);
        assert!(distance(&pdq(&read).hash, &base.hash) <= 40, "at {end}");
    }
}

#[test]
fn sizes_are_checked_before_anything_is_allocated() {
    let limits = Limits { max_pixels: 9_999, max_frames: 1 };
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff] {
        let file = encode(&picture(4, 100, 100), format);
        let refused = DecodeError::TooManyPixels { width: 100, height: 100, limit: 9_999 };
        assert_eq!(luma(&file, &limits), Err(refused), "{format:?}");
        let small = encode(&picture(4, 100, 15), format);
        assert_eq!(luma(&small, &LIMITS), Err(DecodeError::TooSmall), "{format:?}");
    }
    // A header that claims 65,500 × 65,500 in front of nothing.
    let mut lying = jpeg(&picture(4, 64, 64), 80);
    let frame = lying.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    lying[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    let limits = Limits { max_pixels: 100_000_000, max_frames: 1 };
    assert!(matches!(luma(&lying, &limits), Err(DecodeError::TooManyPixels { width: 65_500, .. })));
    // 60,000 × 1,000 is within the limit, and almost nothing of it is there: damaged, or plain.
    lying[frame + 5..frame + 9].copy_from_slice(&[3, 0xe8, 0xea, 0x60]);
    assert!(luma(&lying, &limits).is_ok_and(|read| pdq(&read[0]).quality < 50));
    lying.truncate(lying.len() - 2);
    assert!(matches!(luma(&lying, &limits), Err(DecodeError::Damaged(_))));
}

#[test]
fn what_a_file_says_beside_its_size_asks_for_no_memory() {
    let limit = |bytes: &[u8]| matches!(luma(bytes, &LIMITS), Err(DecodeError::Damaged(why)) if why.to_lowercase().contains("limit"));
    // A frame of 65,535 × 65,535 on a screen of 32 × 24: 17 GB.
    assert!(limit(include_bytes!("../../../fuzz/corpus/decode/regression-frame-larger-than-the-screen.gif")));
    // A colour profile of 24 MB in 25 KB: the picture is read, or refused, without it.
    let bomb = include_bytes!("../../../fuzz/corpus/decode/regression-profile-bomb.png");
    assert!(limit(bomb) || luma(bomb, &LIMITS).is_ok());
}

#[test]
fn formats_are_told_by_their_first_bytes() {
    let cases: [(&[u8], Option<Format>); 11] = [
        (b"\xff\xd8\xff\xe0", Some(Format::Jpeg)),
        (b"\0\0\0\x1cftypavif\0\0\0\0", Some(Format::Avif)),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", Some(Format::Avif)),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", Some(Format::Heic)),
        (b"\0\0\0\x1cftypisom\0\0\0\0isom", Some(Format::Video)),
        (b"\x1a\x45\xdf\xa3", Some(Format::Video)),
        (b"\xff\x0a", Some(Format::Jxl)),
        (b"BM of a brand", None),
        (b"<!doctype html>", None),
        (b"<svg xmlns=", None),
        (b"", None),
    ];
    for (bytes, format) in cases {
        assert_eq!(sniff(bytes), format, "{bytes:?}");
    }
    assert_eq!(luma(b"<!doctype html>", &LIMITS), Err(DecodeError::NotAPicture));
    assert_eq!(luma(cases[1].0, &LIMITS), Err(DecodeError::NeedsHelper(Format::Avif)));
}

#[test]
fn errors_carry_nothing_that_disturbs_a_terminal() {
    let error = DecodeError::damaged("bad\x1b[31m \u{202e}marker\n");
    assert_eq!(error.to_string(), "the picture is damaged: bad[31m marker");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), head in 0usize..8) {
        let heads: [&[u8]; 8] = [
            b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\x01\0\0WEBPVP8 ", b"II*\0", b"MM\0*",
            b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
        ];
        let _ = luma(&[heads[head], &bytes[..]].concat(), &LIMITS);
    }

    #[test]
    fn damaged_files_are_survived(which in 0usize..9, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let files = [
            fixture!("base.png"), fixture!("progressive.jpg"), fixture!("cmyk.jpg"), fixture!("animated.gif"),
            fixture!("animated.webp"), fixture!("lzw.tif"), fixture!("lossy.webp"), fixture!("packed.bmp"), fixture!("subsampled.jpg"),
        ];
        let mut bytes = files[which].0.to_vec();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let _ = luma(&bytes, &LIMITS);
        bytes.truncate(cut.index(bytes.len()));
        let _ = luma(&bytes, &LIMITS);
    }
}
