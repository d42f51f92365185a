//! Copies that show the picture among other things: collages, sheets, screens.

use image::imageops;
use image::{Rgb, RgbImage};

use super::paint::{Area, BLACK, Colour, WHITE, cover, disc, drawn, each, fill, fit, grain, mix, put, resize, sheet, text, warp};
use super::random::Random;

/// Another picture that a collage may show.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The id of the original that it is; none where it was drawn for the purpose.
    pub id: Option<String>,
    /// Small.
    pub picture: RgbImage,
}

/// The longer side of a tile.
pub const TILE_SIDE: f32 = 640.0;

/// What an edit works with beside the picture.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Chance.
    pub random: Random,
    tiles: Vec<&'a Tile>,
    /// Ids of the other originals that the copy shows too.
    pub shown: Vec<String>,
}

impl<'a> Scene<'a> {
    /// For the original with this id, which is never its own neighbour.
    pub fn new(random: Random, tiles: &'a [Tile], id: &str) -> Self {
        let tiles = tiles.iter().filter(|tile| tile.id.as_deref() != Some(id)).collect();
        Self { random, tiles, shown: Vec::new() }
    }

    /// A neighbour that fills its place; each once, and drawn ones when there are no more.
    fn neighbour(&mut self, width: f32, height: f32) -> RgbImage {
        if self.tiles.is_empty() {
            return drawn(width, height, &mut self.random);
        }
        let tile = self.tiles.swap_remove(self.random.below(self.tiles.len()));
        self.shown.extend(tile.id.clone());
        cover(&tile.picture, width, height)
    }
}

/// Side by side in equal places of the picture's own proportions, unless those are extreme.
fn collage(picture: &RgbImage, scene: &mut Scene<'_>, across: u8, place: f32, gap: f32, ground: Colour) -> RgbImage {
    let shape = (picture.width() as f32 / picture.height().max(1) as f32).clamp(0.6, 1.7);
    let (width, height) = if shape > 1.0 { (place, place / shape) } else { (place * shape, place) };
    let whole = |length: f32| f32::from(across) * length + (f32::from(across) + 1.0) * gap;
    let mut copy = sheet(whole(width), whole(height), ground);
    let own = scene.random.below(usize::from(across) * usize::from(across));
    for row in 0..across {
        for column in 0..across {
            let here = usize::from(row) * usize::from(across) + usize::from(column) == own;
            let tile = if here { cover(picture, width, height) } else { scene.neighbour(width, height) };
            let at = |n: u8, length: f32| gap + f32::from(n) * (length + gap);
            put(&mut copy, &tile, at(column, width), at(row, height));
        }
    }
    copy
}

/// A collage of four with thin white lines between.
pub fn one_of_four(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    collage(picture, scene, 2, 560.0, 8.0, WHITE)
}

/// A contact sheet as sellers of sets make it.
pub fn one_of_nine(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let ground = if scene.random.either() { BLACK } else { WHITE };
    collage(picture, scene, 3, 420.0, 12.0, ground)
}

/// A telephone's upright screen with the picture in somebody's feed.
pub fn screenshot(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let (width, height) = (720.0, 1520.0);
    let (ground, ink, faint) = if scene.random.either() {
        (Rgb([18, 18, 20]), Rgb([230, 230, 232]), Rgb([48, 48, 52]))
    } else {
        (Rgb([250, 250, 250]), Rgb([28, 28, 30]), Rgb([222, 222, 226]))
    };
    let mut copy = sheet(width, height, ground);
    let random = &mut scene.random;
    // The clock, the battery, the programme's own head, and who posted it.
    text(&mut copy, Area { x: 40.0, y: 18.0, width: 90.0, height: 24.0 }, 20.0, ink, random);
    fill(&mut copy, Area { x: 640.0, y: 22.0, width: 44.0, height: 20.0 }, ink, 0.9);
    fill(&mut copy, Area { x: 0.0, y: 128.0, width, height: 2.0 }, faint, 1.0);
    text(&mut copy, Area { x: 30.0, y: 72.0, width: 260.0, height: 40.0 }, 36.0, ink, random);
    disc(&mut copy, 62.0, 184.0, 34.0, Rgb([120, 90, 200]), 1.0);
    text(&mut copy, Area { x: 116.0, y: 160.0, width: 300.0, height: 50.0 }, 20.0, ink, random);
    let top = fit(picture, width, height * 0.6);
    put(&mut copy, &top, (width - top.width() as f32) / 2.0, 240.0);
    let below = 240.0 + top.height() as f32;
    for n in 0..4u8 {
        let x = 50.0 + f32::from(n) * 80.0;
        disc(&mut copy, x, below + 46.0, 20.0, ink, 0.9);
        disc(&mut copy, x, below + 46.0, 15.0, ground, 1.0);
    }
    text(&mut copy, Area { x: 30.0, y: below + 90.0, width: 640.0, height: (height - below - 250.0).max(0.0) }, 24.0, ink, random);
    fill(&mut copy, Area { x: 0.0, y: height - 110.0, width, height: 110.0 }, faint, 1.0);
    for n in 0..5u8 {
        disc(&mut copy, 72.0 + f32::from(n) * 144.0, height - 60.0, 18.0, ink, 0.8);
    }
    copy
}

/// A screen that somebody has photographed: a little from the side, the screen's rows against the camera's, a lamp
/// that shines in it.
pub fn photo_of_screen(picture: &RgbImage, scene: &mut Scene<'_>) -> RgbImage {
    let random = &mut scene.random;
    let (width, height) = (1200.0f32, 900.0f32);
    // The screen, with a strip of the window that shows the picture.
    let inside = fit(picture, width * 0.96, height * 0.86);
    let mut screen = sheet(width, height, Rgb([24, 25, 28]));
    fill(&mut screen, Area { x: 0.0, y: 0.0, width, height: 46.0 }, Rgb([206, 208, 214]), 1.0);
    text(&mut screen, Area { x: 24.0, y: 12.0, width: 360.0, height: 24.0 }, 20.0, Rgb([60, 60, 66]), random);
    put(&mut screen, &inside, (width - inside.width() as f32) / 2.0, 46.0 + (height - 46.0 - inside.height() as f32) / 2.0);
    let (sin, cos) = random.between(-0.025, 0.025).sin_cos();
    let (lean_x, lean_y) = (random.between(-0.07, 0.07), random.between(-0.05, 0.05));
    let zoom = random.between(1.06, 1.16);
    let mut copy = warp(&screen, width, height, Rgb([54, 47, 42]), |x, y| {
        let (x, y) = (x / width - 0.5, y / height - 0.5);
        let far = 1.0 + lean_x * x + lean_y * y;
        let (across, down) = ((x * cos - y * sin) * zoom / far, (x * sin + y * cos) * zoom / far);
        ((across + 0.5) * width, (down + 0.5) * height)
    });
    let (wave, slant) = (random.between(0.55, 0.8), random.between(-0.15, 0.15));
    let (lamp_x, lamp_y) = (width * random.between(0.15, 0.85), height * random.between(0.1, 0.4));
    each(&mut copy, |x, y, under| {
        let Rgb([r, g, b]) = under;
        let rows = 1.0 + 0.05 * ((y + x * slant) * wave).sin() + 0.03 * ((x - y * slant) * wave * 0.9).sin();
        let dark = 1.0 - 0.35 * ((x / width - 0.5).powi(2) + (y / height - 0.5).powi(2));
        let tint = |channel: u8, tint: f32| (f32::from(channel) * rows * dark * tint).clamp(0.0, 255.0) as u8;
        let seen = Rgb([tint(r, 0.95), tint(g, 1.0), tint(b, 1.06)]);
        let lamp = ((x - lamp_x) / (width * 0.16)).powi(2) + ((y - lamp_y) / (height * 0.12)).powi(2);
        mix(seen, WHITE, 0.4 * (-lamp).exp())
    });
    grain(&mut copy, 5.0, random);
    // A telephone's camera smooths, and the post is smaller than its picture.
    resize(&imageops::fast_blur(&copy, 1.0), width * 0.8, height * 0.8)
}
