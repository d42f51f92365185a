//! What people do to pictures before they post them again. Each edit takes the picture and gives the copy; where it
//! leaves room, chance decides, the same chance for the same seed.

use image::imageops;
use image::{Rgb, RgbImage};

use super::paint::{Area, BLACK, Colour, WHITE, cut, disc, each, fill, fit, grain, mix, put, resize, sheet, short, side, warp};
use super::paint::{WORD_HEIGHT, WORD_WIDTH, write, write_all_over};
use super::scenes::{self, Scene};

/// One thing that is done to a picture.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// What the owner is told of it, in English; other languages translate by it.
    pub name: &'static str,
    /// The JPEG quality of the copy.
    quality: u8,
    make: fn(&RgbImage, &mut Scene<'_>) -> RgbImage,
}

impl Edit {
    const fn new(name: &'static str, quality: u8, make: fn(&RgbImage, &mut Scene<'_>) -> RgbImage) -> Self {
        Self { name, quality, make }
    }

    /// The copy.
    pub fn make(&self, picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
        (self.make)(picture, scene)
    }

    /// The copy as it would be posted.
    ///
    /// # Errors
    /// Where it cannot be written as JPEG.
    pub fn encode(&self, copy: &RgbImage) -> Result<Vec<u8>, image::ImageError> {
        let mut out = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, self.quality).encode_image(copy)?;
        Ok(out)
    }
}

/// All edits, the mild ones first. A change of a name wants the same in `words/audit.rs`.
pub const EDITS: [Edit; 37] = [
    Edit::new("saved again, poor quality", 30, |p, _| p.clone()),
    Edit::new("half the size", 75, |p, _| resize(p, p.width() as f32 / 2.0, p.height() as f32 / 2.0)),
    Edit::new("thumbnail", 60, |p, _| fit(p, 240.0, 240.0)),
    Edit::new("brighter", 80, |p, _| tone(p, 0.75, 1.12)),
    Edit::new("darker", 80, |p, _| tone(p, 1.2, 0.7)),
    Edit::new("grey", 80, |p, _| grey(p)),
    Edit::new("colour filter", 80, filter),
    Edit::new("blurred", 80, |p, _| imageops::fast_blur(p, (short(p) / 300.0).max(0.8))),
    Edit::new("grainy", 70, grainy),
    Edit::new("name in a corner", 80, name_in_corner),
    Edit::new("name all over", 80, name_all_over),
    Edit::new("border", 80, border),
    Edit::new("bars above and below", 80, |p, _| letterbox(p)),
    Edit::new("bars left and right", 80, |p, _| pillarbox(p)),
    Edit::new("story with a blurred ground", 75, |p, _| story(p)),
    Edit::new("mirrored", 80, |p, _| imageops::flip_horizontal(p)),
    Edit::new("quarter turn", 80, |p, s| if s.random.either() { imageops::rotate90(p) } else { imageops::rotate270(p) }),
    Edit::new("tilted a little", 80, tilted),
    Edit::new("cut by 10 %, middle", 80, |p, _| middle(p, 0.10)),
    Edit::new("cut by 10 %, corner", 80, |p, s| corner(p, 0.10, s)),
    Edit::new("cut by 25 %, middle", 80, |p, _| middle(p, 0.25)),
    Edit::new("cut by 25 %, corner", 80, |p, s| corner(p, 0.25, s)),
    Edit::new("cut by 40 %, middle", 80, |p, _| middle(p, 0.40)),
    Edit::new("cut by 40 %, corner", 80, |p, s| corner(p, 0.40, s)),
    Edit::new("cut by 60 %, middle", 80, |p, _| middle(p, 0.60)),
    Edit::new("cut by 60 %, corner", 80, |p, s| corner(p, 0.60, s)),
    Edit::new("cut to a square", 80, |p, _| square(p)),
    Edit::new("black bar", 80, black_bar),
    Edit::new("part made coarse", 80, coarse),
    Edit::new("stickers", 80, stickers),
    Edit::new("player's buttons", 75, player),
    Edit::new("one of four", 80, scenes::one_of_four),
    Edit::new("one of nine", 80, scenes::one_of_nine),
    Edit::new("telephone's screenshot", 80, scenes::screenshot),
    Edit::new("photo of a screen", 75, scenes::photo_of_screen),
    Edit::new("small, mirrored, with a name", 60, |p, s| name_in_corner(&imageops::flip_horizontal(&fit(p, 480.0, 480.0)), s)),
    Edit::new("cut by 25 %, filtered, poor quality", 35, |p, s| filter(&corner(p, 0.25, s), s)),
];

/// A curve: `gamma` lifts or lowers the middle, `gain` all.
fn tone(picture: &RgbImage, gamma: f32, gain: f32) -> RgbImage {
    let mut copy = picture.clone();
    let curve = |value: u8| ((f32::from(value) / 255.0).powf(gamma) * gain * 255.0).clamp(0.0, 255.0) as u8;
    for Rgb(channels) in copy.pixels_mut() {
        *channels = channels.map(curve);
    }
    copy
}

fn brightness(Rgb([r, g, b]): Colour) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
}

fn grey(picture: &RgbImage) -> RgbImage {
    let mut copy = picture.clone();
    each(&mut copy, |_, _, pixel| Rgb([brightness(pixel) as u8; 3]));
    copy
}

/// One of the looks that every telephone offers: warm and faded, cold and hard, or brown.
fn filter(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let (tint, contrast, lift, colourful): ([f32; 3], f32, f32, f32) = match scene.random.below(3) {
        0 => ([1.12, 1.02, 0.84], 0.86, 26.0, 0.8),
        1 => ([0.88, 0.98, 1.14], 1.25, -6.0, 1.1),
        _ => ([1.1, 0.95, 0.72], 0.95, 14.0, 0.15),
    };
    let mut copy = picture.clone();
    each(&mut copy, |_, _, pixel| {
        let light = brightness(pixel);
        let Rgb([r, g, b]) = pixel;
        let [tr, tg, tb] = tint;
        let one = |channel: u8, tint: f32| {
            let toned = (light + (f32::from(channel) - light) * colourful) * tint;
            ((toned - 128.0) * contrast + 128.0 + lift).clamp(0.0, 255.0) as u8
        };
        Rgb([one(r, tr), one(g, tg), one(b, tb)])
    });
    copy
}

fn grainy(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let mut copy = picture.clone();
    grain(&mut copy, 22.0, &mut scene.random);
    copy
}

/// A stranger's name in one of the four corners, with a shadow so that it is read on any ground.
fn name_in_corner(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let mut copy = picture.clone();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let dot = width * 0.3 / WORD_WIDTH;
    let edge = short(picture) * 0.03;
    let x = if scene.random.either() { edge } else { width - edge - WORD_WIDTH * dot };
    let y = if scene.random.either() { edge } else { height - edge - WORD_HEIGHT * dot };
    write(&mut copy, x + dot * 0.4, y + dot * 0.4, dot, BLACK, 0.6);
    write(&mut copy, x, y, dot, WHITE, 0.85);
    copy
}

fn name_all_over(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let mut copy = picture.clone();
    let angle = scene.random.between(-0.6, -0.4);
    write_all_over(&mut copy, (short(picture) / 150.0).max(1.0), angle, WHITE, 0.4);
    copy
}

fn border(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let edge = short(picture) * 0.07;
    let colour = match scene.random.below(3) {
        0 => WHITE,
        1 => BLACK,
        _ => Rgb([196, 48, 110]),
    };
    let mut copy = sheet(picture.width() as f32 + 2.0 * edge, picture.height() as f32 + 2.0 * edge, colour);
    put(&mut copy, picture, edge, edge);
    copy
}

fn letterbox(picture: &RgbImage) -> RgbImage {
    let bar = picture.height() as f32 * 0.2;
    let mut copy = sheet(picture.width() as f32, picture.height() as f32 + 2.0 * bar, BLACK);
    put(&mut copy, picture, 0.0, bar);
    copy
}

fn pillarbox(picture: &RgbImage) -> RgbImage {
    let bar = picture.width() as f32 * 0.3;
    let mut copy = sheet(picture.width() as f32 + 2.0 * bar, picture.height() as f32, BLACK);
    put(&mut copy, picture, bar, 0.0);
    copy
}

/// On a telephone's upright page, the rest filled with the picture itself, large and out of focus.
fn story(picture: &RgbImage) -> RgbImage {
    let (width, height) = (720.0, 1280.0);
    // Painted small and enlarged: it is out of focus anyway.
    let ground = imageops::fast_blur(&super::paint::cover(picture, width / 8.0, height / 8.0), 4.0);
    let mut copy = resize(&ground, width, height);
    each(&mut copy, |_, _, pixel| mix(pixel, BLACK, 0.25));
    let top = fit(picture, width, height * 0.86);
    let (x, y) = ((width - top.width() as f32) / 2.0, (height - top.height() as f32) / 2.0);
    put(&mut copy, &top, x, y);
    copy
}

/// By about three degrees to either side, and zoomed until no corner is empty, as telephones straighten.
fn tilted(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let angle = 3.0f32.to_radians() * if scene.random.either() { 1.0 } else { -1.0 };
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (sin, cos) = angle.sin_cos();
    // A hundredth more, so that no rounding shows a black speck.
    let zoom = (cos + sin.abs() * (width / height.max(1.0)).max(height / width.max(1.0))) * 1.01;
    let (middle_x, middle_y) = (width / 2.0, height / 2.0);
    warp(picture, width, height, BLACK, |x, y| {
        let (dx, dy) = ((x - middle_x) / zoom, (y - middle_y) / zoom);
        (middle_x + dx * cos - dy * sin, middle_y + dx * sin + dy * cos)
    })
}

/// What is left when `gone` of the picture's area is cut away, in its own proportions; `at` says where, 0 to 1.
fn crop(picture: &RgbImage, gone: f32, at: (f32, f32)) -> RgbImage {
    let kept = (1.0 - gone).sqrt();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (x, y) = at;
    let area = Area { x: width * (1.0 - kept) * x, y: height * (1.0 - kept) * y, width: width * kept, height: height * kept };
    cut(picture, area)
}

fn middle(picture: &RgbImage, gone: f32) -> RgbImage {
    crop(picture, gone, (0.5, 0.5))
}

fn corner(picture: &RgbImage, gone: f32, scene: &mut Scene<'_>) -> RgbImage {
    let mut end = || if scene.random.either() { 1.0 } else { 0.0 };
    let at = (end(), end());
    crop(picture, gone, at)
}

/// The middle square; what is nearly square already gets the other usual shape, four to five.
fn square(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let least = width.min(height);
    let (new_width, new_height) = if width.max(height) < least * 1.04 { (least * 0.8, least) } else { (least, least) };
    cut(picture, Area { x: (width - new_width) / 2.0, y: (height - new_height) / 2.0, width: new_width, height: new_height })
}

/// A bar as over somebody's eyes.
fn black_bar(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let mut copy = picture.clone();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (long, thick) = (width * scene.random.between(0.35, 0.5), height * 0.1);
    let area = Area { x: (width - long) * scene.random.unit(), y: height * scene.random.between(0.15, 0.5), width: long, height: thick };
    fill(&mut copy, area, BLACK, 1.0);
    copy
}

/// About a tenth of the picture as coarse squares.
fn coarse(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let mut copy = picture.clone();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (x, y) = (width * scene.random.between(0.1, 0.6), height * scene.random.between(0.1, 0.6));
    let part = cut(picture, Area { x, y, width: width * 0.32, height: height * 0.32 });
    let block = (short(picture) / 25.0).max(2.0);
    let (across, down) = (side(part.width() as f32 / block), side(part.height() as f32 / block));
    let few = imageops::thumbnail(&part, across, down);
    let squares = imageops::resize(&few, part.width(), part.height(), imageops::FilterType::Nearest);
    put(&mut copy, &squares, x, y);
    copy
}

/// A handful of round faces.
fn stickers(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let mut copy = picture.clone();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    for _ in 0..4 {
        let radius = short(picture) * scene.random.between(0.06, 0.09);
        let (x, y) = (width * scene.random.between(0.1, 0.9), height * scene.random.between(0.1, 0.9));
        disc(&mut copy, x, y, radius, Rgb([150, 96, 10]), 1.0);
        disc(&mut copy, x, y, radius * 0.93, Rgb([255, 205, 60]), 1.0);
        for eye in [-0.35, 0.35] {
            disc(&mut copy, x + radius * eye, y - radius * 0.2, radius * 0.14, BLACK, 1.0);
        }
        let mouth = Area { x: x - radius * 0.45, y: y + radius * 0.3, width: radius * 0.9, height: radius * 0.16 };
        fill(&mut copy, mouth, Rgb([110, 30, 20]), 1.0);
    }
    copy
}

/// A film player stopped at this picture: the large button, the line of time, the small buttons.
fn player(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let mut copy = picture.clone();
    let (width, height, unit) = (picture.width() as f32, picture.height() as f32, short(picture));
    let shade = unit * 0.2;
    each(&mut copy, |_, y, under| mix(under, BLACK, ((y - (height - shade)) / shade).clamp(0.0, 1.0) * 0.75));
    let (x, y, radius) = (width / 2.0, height / 2.0, unit * 0.11);
    disc(&mut copy, x, y, radius, BLACK, 0.55);
    each(&mut copy, |px, py, under| {
        let (right, below) = ((px - x) / radius + 0.35, (py - y) / radius);
        // A triangle that points to the right.
        if (0.0..=1.0).contains(&right) && below.abs() <= (1.0 - right) * 0.55 { mix(under, WHITE, 0.95) } else { under }
    });
    let (left, line) = (unit * 0.04, unit * 0.012);
    let (long, level, done) = (width - 2.0 * left, height - unit * 0.1, scene.random.between(0.1, 0.7));
    fill(&mut copy, Area { x: left, y: level, width: long, height: line }, WHITE, 0.4);
    fill(&mut copy, Area { x: left, y: level, width: long * done, height: line }, Rgb([230, 30, 40]), 1.0);
    disc(&mut copy, left + long * done, level + line / 2.0, line * 1.5, Rgb([230, 30, 40]), 1.0);
    for n in 0..3u8 {
        let place = left + f32::from(n) * unit * 0.07;
        fill(&mut copy, Area { x: place, y: level + line * 3.0, width: unit * 0.035, height: unit * 0.035 }, WHITE, 0.9);
    }
    copy
}
