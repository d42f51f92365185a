//! The parts of a picture where another may lie, and their hashes from one table of sums.

use super::enough;
use super::regions::{Rect, panels, trimmed};
use super::second::{order, second, turn_second};
use super::sums::Sums;
use crate::look::decode::Luma;
use crate::look::features::UNIT;
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
    /// Left, top, width and height, in [`UNIT`]ths of the picture's longer side.
    pub place: [u16; 4],
    /// Hashes of [`QUARTERS`], so that a part that is covered does not hide the rest; all zero where one is plain.
    pub quarters: Option<[Hash; 5]>,
}

/// What two opinions say of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::look) struct Hashes {
    /// The hash of all of it.
    pub hash: Hash,
    /// Its hash by quarters, which has to agree.
    pub second: Hash,
}

impl Hashes {
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
    pub(in crate::look) fn hashes(&self) -> Hashes {
        Hashes { hash: self.hash, second: self.second }
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
/// The places in a found picture where an original may lie.
pub(super) fn parts(luma: &Luma) -> Vec<Part> {
    let sums = Sums::of(luma);
    let all = Rect::of(luma);
    let trim = trimmed(luma);
    let body = trim.unwrap_or(all);
    let mut out = Vec::new();
    let unit = UNIT / luma.width.max(luma.height).max(1) as f32;
    let place = |rect: Rect| [rect.x, rect.y, rect.width, rect.height].map(|pixels| (pixels as f32 * unit) as u16);
    let mut add = |kind: PartKind, rect: Rect, quartered: bool| {
        let grid = sums.grid(rect);
        if let Some(hash) = usable(&grid) {
            let quarters = quartered.then(|| QUARTERS.map(|(x, y, w, h)| usable(&sums.grid(rect.part(x, y, w, h))).unwrap_or_default()));
            out.push(Part { kind, hash, second: second(&grid), place: place(rect), quarters });
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
        let rect = body.middle(inside, inside);
        let grid = sums.tilted(rect, angle);
        if let Some(hash) = usable(&grid) {
            out.push(Part { kind: PartKind::Tilted, hash, second: second(&grid), place: place(rect), quarters: None });
        }
    }
    out
}

/// The hash of a part with enough detail to be recognised by.
fn usable(grid: &Grid32) -> Option<Hash> {
    let (hash, quality, loud) = of_part(grid);
    enough(&hash, quality, loud).then_some(hash)
}
