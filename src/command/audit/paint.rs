//! What the edits paint and cut with. Pixels are only reached through checks, so that no size of a picture can end
//! the program.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use super::random::Random;

/// A colour.
pub type Colour = Rgb<u8>;
pub const WHITE: Colour = Rgb([255, 255, 255]);
pub const BLACK: Colour = Rgb([0, 0, 0]);

/// A rectangle in pixels; it may reach out of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// `share` of `paint` over `under`.
pub fn mix(under: Colour, paint: Colour, share: f32) -> Colour {
    let blend = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round().clamp(0.0, 255.0) as u8;
    let (Rgb([r, g, b]), Rgb([pr, pg, pb])) = (under, paint);
    Rgb([blend(r, pr), blend(g, pg), blend(b, pb)])
}

/// A side in whole pixels, at least one.
pub fn side(length: f32) -> u32 {
    length.round().clamp(1.0, 16_384.0) as u32
}

/// The shorter side.
pub fn short(picture: &RgbImage) -> f32 {
    picture.width().min(picture.height()) as f32
}

/// A sheet of one colour.
pub fn sheet(width: f32, height: f32, colour: Colour) -> RgbImage {
    RgbImage::from_pixel(side(width), side(height), colour)
}

/// Changes each pixel by its place and colour.
pub fn each(picture: &mut RgbImage, change: impl Fn(f32, f32, Colour) -> Colour) {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        *pixel = change(x as f32, y as f32, *pixel);
    }
}

/// Changes each pixel of an area, as far as it lies in the picture.
fn each_in(picture: &mut RgbImage, area: Area, change: impl Fn(f32, f32, Colour) -> Colour) {
    let clamp = |value: f32, most: u32| value.round().clamp(0.0, most as f32) as u32;
    let (left, right) = (clamp(area.x, picture.width()), clamp(area.x + area.width, picture.width()));
    let (top, bottom) = (clamp(area.y, picture.height()), clamp(area.y + area.height, picture.height()));
    for y in top..bottom {
        for x in left..right {
            if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                *pixel = change(x as f32, y as f32, *pixel);
            }
        }
    }
}

/// A filled rectangle.
pub fn fill(picture: &mut RgbImage, area: Area, colour: Colour, share: f32) {
    each_in(picture, area, |_, _, under| mix(under, colour, share));
}

/// A filled circle.
pub fn disc(picture: &mut RgbImage, x: f32, y: f32, radius: f32, colour: Colour, share: f32) {
    let area = Area { x: x - radius, y: y - radius, width: radius * 2.0, height: radius * 2.0 };
    each_in(picture, area, |px, py, under| if (px - x).hypot(py - y) <= radius { mix(under, colour, share) } else { under });
}

/// As large as fits into `width` × `height`, in its own proportions.
pub fn fit(picture: &RgbImage, width: f32, height: f32) -> RgbImage {
    let scale = (width / picture.width().max(1) as f32).min(height / picture.height().max(1) as f32);
    resize(picture, picture.width() as f32 * scale, picture.height() as f32 * scale)
}

/// Fills `width` × `height`; what hangs over is cut off on both sides.
pub fn cover(picture: &RgbImage, width: f32, height: f32) -> RgbImage {
    let (own_width, own_height) = (picture.width() as f32, picture.height() as f32);
    let scale = (own_width / width.max(1.0)).min(own_height / height.max(1.0));
    let (part_width, part_height) = (width * scale, height * scale);
    let area = Area { x: (own_width - part_width) / 2.0, y: (own_height - part_height) / 2.0, width: part_width, height: part_height };
    resize(&cut(picture, area), width, height)
}

/// Another size.
pub fn resize(picture: &RgbImage, width: f32, height: f32) -> RgbImage {
    imageops::resize(picture, side(width), side(height), FilterType::Triangle)
}

/// The part of the picture that lies in the area.
pub fn cut(picture: &RgbImage, area: Area) -> RgbImage {
    let (x, y) = (area.x.max(0.0).round() as u32, area.y.max(0.0).round() as u32);
    let (x, y) = (x.min(picture.width().saturating_sub(1)), y.min(picture.height().saturating_sub(1)));
    imageops::crop_imm(picture, x, y, side(area.width), side(area.height)).to_image()
}

/// Lays `top` on the picture with its upper left corner at (x, y).
pub fn put(picture: &mut RgbImage, top: &RgbImage, x: f32, y: f32) {
    imageops::replace(picture, top, x.round() as i64, y.round() as i64);
}

/// A picture of `width` × `height` whose pixels come from the places of `picture` that `from` names.
pub fn warp(picture: &RgbImage, width: f32, height: f32, ground: Colour, from: impl Fn(f32, f32) -> (f32, f32)) -> RgbImage {
    RgbImage::from_fn(side(width), side(height), |x, y| {
        let (x, y) = from(x as f32, y as f32);
        imageops::interpolate_bilinear(picture, x, y).unwrap_or(ground)
    })
}

/// A word in dots, five across and seven down each letter: this house needs no font to deface a picture.
const WORD: [[u8; 7]; 7] = [
    [0b01110, 0b10001, 0b10111, 0b10101, 0b10111, 0b10000, 0b01110],
    [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
    [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
    [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000],
    [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
    [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110],
    [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
];

/// Dots across the word.
pub const WORD_WIDTH: f32 = 6.0 * WORD.len() as f32;
/// Dots down the word.
pub const WORD_HEIGHT: f32 = 7.0;

fn ink(column: f32, row: f32) -> bool {
    if column < 0.0 || row < 0.0 {
        return false;
    }
    let (column, row) = (column as usize, row as usize);
    let bits = WORD.get(column / 6).and_then(|letter| letter.get(row)).copied().unwrap_or(0);
    column % 6 < 5 && bits >> (4 - column % 6) & 1 == 1
}

/// Writes the word once, level, with dots of `dot` pixels.
pub fn write(picture: &mut RgbImage, x: f32, y: f32, dot: f32, colour: Colour, share: f32) {
    let area = Area { x, y, width: WORD_WIDTH * dot, height: WORD_HEIGHT * dot };
    each_in(picture, area, |px, py, under| if ink((px - x) / dot, (py - y) / dot) { mix(under, colour, share) } else { under });
}

/// Writes the word again and again along slanting lines.
pub fn write_all_over(picture: &mut RgbImage, dot: f32, angle: f32, colour: Colour, share: f32) {
    let (sin, cos) = angle.sin_cos();
    let (across, down) = (WORD_WIDTH + 14.0, WORD_HEIGHT * 3.4);
    each(picture, |x, y, under| {
        let (along, below) = ((x * cos + y * sin) / dot, (y * cos - x * sin) / dot);
        // Every other line begins half a word later, as on a wall of bricks.
        let line = (below / down).floor();
        let along = along + line.rem_euclid(2.0) * across / 2.0;
        if ink(along.rem_euclid(across), below.rem_euclid(down)) { mix(under, colour, share) } else { under }
    });
}

/// Lines of something like text: dashes as long as words.
pub fn text(picture: &mut RgbImage, area: Area, line: f32, colour: Colour, random: &mut Random) {
    let mut y = area.y;
    while y + line <= area.y + area.height {
        let end = area.x + area.width * random.between(0.55, 1.0);
        let mut x = area.x;
        while x < end {
            let width = line * random.between(0.6, 3.2);
            fill(picture, Area { x, y: y + line * 0.25, width: width.min(end - x), height: line * 0.5 }, colour, 0.8);
            x += width + line * 0.4;
        }
        y += line * 1.5;
    }
}

/// A picture of nobody's: a slope of two colours, some discs and grain.
pub fn drawn(width: f32, height: f32, random: &mut Random) -> RgbImage {
    let colour = |random: &mut Random| Rgb([random.number(), random.number(), random.number()].map(|n| (n >> 56) as u8));
    let (from, to, angle) = (colour(random), colour(random), random.between(0.0, 6.3));
    let mut picture = sheet(width, height, from);
    let (sin, cos) = angle.sin_cos();
    each(&mut picture, |x, y, under| mix(under, to, ((x / width - 0.5) * cos + (y / height - 0.5) * sin + 0.5).clamp(0.0, 1.0)));
    for _ in 0..24 {
        let (x, y, radius) = (random.unit() * width, random.unit() * height, random.between(0.03, 0.2) * width.min(height));
        let colour = colour(random);
        disc(&mut picture, x, y, radius, colour, random.between(0.3, 0.9));
    }
    grain(&mut picture, 12.0, random);
    picture
}

/// Grain as of a dark room: each pixel and colour for itself.
pub fn grain(picture: &mut RgbImage, strength: f32, random: &mut Random) {
    for Rgb(channels) in picture.pixels_mut() {
        for channel in channels {
            // Three throws added up are near enough to a bell curve.
            let throw = random.unit() + random.unit() + random.unit() - 1.5;
            *channel = (f32::from(*channel) + throw * 2.0 * strength).clamp(0.0, 255.0) as u8;
        }
    }
}
