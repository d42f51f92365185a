//! Hashes of parts of a picture, from one table of sums.

use super::enough;
use super::regions::{Rect, panels, trimmed};
use super::second::{order, second, turn_second};
use super::sums::Sums;
use crate::look::decode::Luma;
use crate::look::pdq::{Grid32, Hash, Turn, distance, of_part, turn};

/// How a part of a found picture was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// The whole picture.
    Whole,
    /// Without plain borders above and below.
    Letterbox,
    /// Without plain borders left and right.
    Pillarbox,
    /// Without plain borders all around.
    Border,
    /// Between plain lines: a collage's tile, the picture in a screenshot.
    Panel,
    /// A half or a quarter, for collages without gaps.
    Split,
    /// A band of full height in the middle, beside blurred bars.
    Band,
    /// The middle, for a screen photographed with its surroundings.
    Middle,
    /// Turned back by a few degrees.
    Tilted,
}

impl PartKind {
    const ALL: [PartKind; 9] = [
        PartKind::Whole,
        PartKind::Letterbox,
        PartKind::Pillarbox,
        PartKind::Border,
        PartKind::Panel,
        PartKind::Split,
        PartKind::Band,
        PartKind::Middle,
        PartKind::Tilted,
    ];

    /// For the store.
    pub(super) fn to_u8(self) -> u8 {
        self as u8
    }

    /// From the store.
    pub(super) fn from_u8(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    /// The picture itself, with or without its borders: what an original is compared as.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Whole | Self::Letterbox | Self::Pillarbox | Self::Border)
    }
}

/// A part of a picture where an original may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How it was come by.
    pub kind: PartKind,
    /// The hash of all of it.
    pub hash: Hash,
    /// Its hash by quarters, which has to agree.
    pub second: Hash,
    /// Hashes of [`QUARTERS`], so that a part that is covered does not hide the rest; all zero where one is plain.
    pub quarters: Option<[Hash; 5]>,
}

/// A crop of a picture that may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The hash of all of it.
    pub hash: Hash,
    /// Its hash by quarters, which has to agree.
    pub second: Hash,
}

impl Window {
    /// What it would be after a turn.
    pub(in crate::look) fn turned(&self, turned: Turn) -> Self {
        Self { hash: turn(&self.hash, turned), second: turn_second(&self.second, turned) }
    }

    /// The distance to another by both opinions. Where the bits of either tell of each other, they are
    /// fewer than they seem, and that is added.
    pub(in crate::look) fn both(&self, other: &Self) -> u32 {
        let (a, b) = (order(&self.hash), order(&other.hash));
        let orderly = 60.0 * ((a.0.max(b.0) - 0.2).max(0.0) + (a.1.max(b.1) - 0.4).max(0.0));
        distance(&self.hash, &other.hash) + distance(&self.second, &other.second) + orderly as u32
    }
}

impl Part {
    /// Without its kind and quarters.
    pub(in crate::look) fn window(&self) -> Window {
        Window { hash: self.hash, second: self.second }
    }
}

/// Left, top, width and height of the quarters, in shares: the four corners in reading order and the middle.
pub const QUARTERS: [(f32, f32, f32, f32); 5] =
    [(0.0, 0.0, 0.5, 0.5), (0.5, 0.0, 0.5, 0.5), (0.0, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5), (0.25, 0.25, 0.5, 0.5)];

/// Most panels of one picture.
const MOST_PANELS: usize = 24;
/// Panels that get quarters, the largest first.
const QUARTERED: usize = 10;
/// Halves and quarters.
const SPLITS: [(f32, f32, f32, f32); 8] = [
    (0.0, 0.0, 0.5, 1.0),
    (0.5, 0.0, 0.5, 1.0),
    (0.0, 0.0, 1.0, 0.5),
    (0.0, 0.5, 1.0, 0.5),
    QUARTERS[0],
    QUARTERS[1],
    QUARTERS[2],
    QUARTERS[3],
];
/// Shapes of pictures that are put between blurred bars, width by height.
const SHAPES: [f32; 5] = [9.0 / 16.0, 2.0 / 3.0, 3.0 / 4.0, 1.0, 4.0 / 3.0];
/// The angle that tilted copies are turned back by, about 3°.
const TILT: f32 = 0.052;
/// Side of the crops that are looked for, in shares of the original, and how many positions along each axis.
/// Odd numbers, because the middle is where most people cut. A step is 4 to 6 % of the crop's side.
const CROPS: [(f32, u8); 6] = [(0.95, 3), (0.89, 5), (0.83, 5), (0.775, 7), (0.7, 9), (0.632, 11)];
/// Positions of the largest square along the longer side.
const SQUARES: u8 = 5;

/// The places in a found picture where an original may lie.
pub(super) fn parts(luma: &Luma) -> Vec<Part> {
    let sums = Sums::of(luma);
    let all = Rect::of(luma);
    let trim = trimmed(luma);
    let body = trim.unwrap_or(all);
    let mut out = Vec::new();
    let mut add = |kind: PartKind, rect: Rect, quartered: bool| {
        let grid = sums.grid(rect);
        if let Some(hash) = usable(&grid) {
            let quarters = quartered.then(|| QUARTERS.map(|(x, y, w, h)| usable(&sums.grid(rect.part(x, y, w, h))).unwrap_or_default()));
            out.push(Part { kind, hash, second: second(&grid), quarters });
        }
    };
    add(PartKind::Whole, all, true);
    if let Some(rect) = trim {
        let kind = match (rect.width == all.width, rect.height == all.height) {
            (true, false) => PartKind::Letterbox,
            (false, true) => PartKind::Pillarbox,
            _ => PartKind::Border,
        };
        add(kind, rect, true);
    }
    let panels = panels(luma, MOST_PANELS).into_iter().filter(|rect| Some(*rect) != trim);
    panels.enumerate().for_each(|(at, rect)| add(PartKind::Panel, rect, at < QUARTERED));
    SPLITS.iter().for_each(|&(x, y, w, h)| add(PartKind::Split, body.part(x, y, w, h), false));
    for share in [0.775, 0.8, 0.825, 0.95] {
        add(PartKind::Middle, body.middle(share, share), false);
        if trim.is_some() && share < 0.9 {
            add(PartKind::Middle, all.middle(share, share), false);
        }
    }
    let shape = body.width as f32 / body.height.max(1) as f32;
    if shape > 1.28 {
        let known = SHAPES.iter().map(|s| s / shape).filter(|width| *width < 0.775);
        known.chain([1.0 / 1.3]).for_each(|width| add(PartKind::Band, body.middle(width, 1.0), false));
    }
    let inside = 1.0 / (1.0 + TILT * shape.max(1.0 / shape));
    for angle in [-TILT, TILT] {
        let grid = sums.tilted(body.middle(inside, inside), angle);
        if let Some(hash) = usable(&grid) {
            out.push(Part { kind: PartKind::Tilted, hash, second: second(&grid), quarters: None });
        }
    }
    out
}

/// The crops of an original that may be found.
pub(super) fn windows(luma: &Luma) -> Vec<Window> {
    let sums = Sums::of(luma);
    let body = trimmed(luma).unwrap_or(Rect::of(luma));
    let mut rects = Vec::new();
    for (share, count) in CROPS {
        let step = (1.0 - share) / f32::from(count - 1);
        for i in 0..count {
            for j in 0..count {
                rects.push(body.part(step * f32::from(j), step * f32::from(i), share, share));
            }
        }
    }
    let side = body.width.min(body.height) as f32;
    let (width, height) = (side / body.width as f32, side / body.height as f32);
    if width.min(height) < 0.97 {
        for at in 0..SQUARES {
            let at = f32::from(at) / f32::from(SQUARES - 1);
            rects.push(body.part((1.0 - width) * at, (1.0 - height) * at, width, height));
        }
    }
    let window = |rect| {
        let grid = sums.grid(rect);
        usable(&grid).map(|hash| Window { hash, second: second(&grid) })
    };
    rects.into_iter().filter_map(window).collect()
}

/// The hash of a part with enough detail to be recognised by.
fn usable(grid: &Grid32) -> Option<Hash> {
    let (hash, quality, loud) = of_part(grid);
    enough(&hash, quality, loud).then_some(hash)
}
