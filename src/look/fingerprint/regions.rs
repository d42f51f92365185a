//! Where in a picture another picture may lie: inside borders, bars, collages, contact sheets, screenshots.
//!
//! The picture is cut along plain rows and columns, again and again, as one cuts a newspaper page into
//! articles ("recursive XY cut", Nagy and Seth 1984). It costs little because a line's plainness is seen
//! from a hundred samples.

use pulp::Simd;

use crate::look::decode::Luma;

/// A rectangle in pixels of a [`Luma`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Rect {
    /// All of a picture.
    pub(super) fn of(luma: &Luma) -> Self {
        Self { x: 0, y: 0, width: luma.width, height: luma.height }
    }

    /// A part of it, in shares of its size.
    pub(super) fn part(self, x: f32, y: f32, width: f32, height: f32) -> Self {
        let (w, h) = (self.width as f32, self.height as f32);
        Self {
            x: self.x + (x * w).round() as usize,
            y: self.y + (y * h).round() as usize,
            width: ((width * w).round() as usize).max(1),
            height: ((height * h).round() as usize).max(1),
        }
    }

    /// Its middle, in shares of its size.
    pub(super) fn middle(self, width: f32, height: f32) -> Self {
        self.part((1.0 - width) / 2.0, (1.0 - height) / 2.0, width, height)
    }

    fn area(self) -> usize {
        self.width * self.height
    }

    /// Rows or columns `from..to` of it.
    fn lines(self, (from, to): Run, by_rows: bool) -> Self {
        if by_rows { Self { y: self.y + from, height: to - from, ..self } } else { Self { x: self.x + from, width: to - from, ..self } }
    }
}

/// Lines `.0..​.1` of a rectangle.
type Run = (usize, usize);

/// A sample this far from its line's mean is something drawn.
const SPREAD: i32 = 14;
/// A background keeps its brightness this well from line to line.
const SHADE: i32 = 6;
/// Samples taken from one line.
const SAMPLES: usize = 128;
/// One sample in so many may be off in a plain line.
const STRAY: i32 = 40;
/// Regions with a shorter side hold no picture worth comparing.
const LEAST_SIDE: usize = 40;
/// Of the whole picture's area, so much at least; a 5 × 5 sheet has tiles of 1/27.
const LEAST_SHARE: usize = 40;
/// Cuts inside cuts.
const DEPTH: u32 = 7;
/// Tiles of one sheet may differ by so many pixels.
const SLACK: usize = 2;
/// Space between tiles, at most.
const WIDEST_GAP: usize = 16;
/// Most tiles that are added to a sheet.
const MOST_TILES: usize = 25;
/// Most rectangles that are joined from neighbours.
const MOST_JOINED: usize = 8;
/// Runs of one cut that are also tried together with their neighbours.
const JOINED: usize = 6;

/// The picture without plain borders of any shade, or `None` where it has none (or nothing but).
pub(super) fn trimmed(luma: &Luma) -> Option<Rect> {
    let whole = Rect::of(luma);
    let mut rect = whole;
    // A frame inside a frame needs a second look.
    for _ in 0..3 {
        let before = rect;
        for by_rows in [true, false] {
            let lines = survey(luma, rect, by_rows);
            let first = lines.iter().position(Option::is_none)?;
            let last = lines.iter().rposition(Option::is_none)?;
            rect = rect.lines((first, last + 1), by_rows);
        }
        if rect == before {
            break;
        }
    }
    let enough = rect.width >= LEAST_SIDE && rect.height >= LEAST_SIDE && rect.area() * LEAST_SHARE >= whole.area();
    (rect != whole && enough).then_some(rect)
}

/// What lies between lines of background, the large first, without the whole: at most `most` pieces and a
/// few joined from neighbours.
pub(super) fn panels(luma: &Luma, most: usize) -> Vec<Rect> {
    let whole = Rect::of(luma);
    let mut found = Found::default();
    cut(luma, whole, true, DEPTH, whole.area() / LEAST_SHARE, &mut found);
    let completed = complete(whole, &found.pieces);
    let mut out = Vec::new();
    for (mut rects, most) in [(found.pieces, most), (completed, MOST_TILES), (found.joined, MOST_JOINED)] {
        rects.retain(|rect| *rect != whole && !out.contains(rect));
        rects.sort_by_key(|rect| (std::cmp::Reverse(rect.area()), rect.y, rect.x));
        rects.dedup();
        rects.truncate(most);
        out.extend(rects);
    }
    out
}

/// A seam's brightness steps, beside what is usual across the picture.
const SEAM: u32 = 2;
/// Tiles along an axis that are looked for.
const TILES: std::ops::RangeInclusive<usize> = 3..=6;
/// Pixels that a seam may lie off its place.
const OFF: usize = 2;

/// Whether the picture is cut into even columns or rows by seams without a gap.
pub(super) fn is_grid(luma: &Luma) -> bool {
    [true, false].into_iter().any(|by_rows| {
        let steps = steps(luma, by_rows);
        let mut sorted = steps.clone();
        sorted.sort_unstable();
        let usual = sorted.get(sorted.len() / 2).copied().unwrap_or_default().max(64);
        let seam = |at: usize| {
            let near = steps.get(at.saturating_sub(OFF)..(at + OFF + 1).min(steps.len())).unwrap_or_default();
            let around = steps.get(at.saturating_sub(4 * OFF)..(at + 4 * OFF + 1).min(steps.len())).unwrap_or_default();
            let most = near.iter().max().copied().unwrap_or_default();
            most >= SEAM * usual && around.iter().filter(|step| **step * 3 > most * 2).count() <= 2
        };
        steps.len() >= 200 && TILES.into_iter().any(|tiles| (1..tiles).all(|k| seam(k * (steps.len() + 1) / tiles)))
    })
}

/// For each line but the first how much it differs from the one before, summed over samples.
#[pulp::with_simd(steps = pulp::Arch::new())]
#[inline(always)]
fn steps_of<S: Simd>(_wide: S, luma: &Luma, by_rows: bool) -> Vec<u32> {
    let row = |y: usize| luma.pixels.get(y * luma.width..(y + 1) * luma.width).unwrap_or_default();
    let apart = |(a, b): (&u8, &u8)| u32::from(a.abs_diff(*b));
    if by_rows {
        let step = luma.width.div_ceil(SAMPLES).max(1);
        let difference = |y: usize| row(y).iter().step_by(step).zip(row(y - 1).iter().step_by(step)).map(apart).sum();
        return (1..luma.height).map(difference).collect();
    }
    // Side by side, as memory has them.
    let mut out = vec![0u32; luma.width.saturating_sub(1)];
    for y in (0..luma.height).step_by(luma.height.div_ceil(SAMPLES).max(1)) {
        for (sum, pair) in out.iter_mut().zip(row(y).iter().skip(1).zip(row(y))) {
            *sum += apart(pair);
        }
    }
    out
}

/// The tiles of a contact sheet that were not cut out, because their own edge has the background's shade or
/// the gap is too thin to see: where others set columns and rows, with an even gap, there are tiles.
fn complete(whole: Rect, pieces: &[Rect]) -> Vec<Rect> {
    let columns = shared(pieces.iter().map(|p| (p.x, p.x + p.width)).collect());
    let rows = shared(pieces.iter().map(|p| (p.y, p.y + p.height)).collect());
    let gap = gap(&columns).or(gap(&rows));
    let columns = repeated(columns, gap, whole.width);
    let rows = repeated(rows, gap, whole.height);
    let tile = |x: &Run, y: &Run| Rect { x: x.0, y: y.0, width: x.1 - x.0, height: y.1 - y.0 };
    let near = |a: Run, b: Run| a.0.abs_diff(b.0) <= SLACK && a.1.abs_diff(b.1) <= SLACK;
    let known = |t: &Rect| {
        pieces.iter().any(|p| near((p.x, p.x + p.width), (t.x, t.x + t.width)) && near((p.y, p.y + p.height), (t.y, t.y + t.height)))
    };
    columns.iter().flat_map(|x| rows.iter().map(move |y| tile(x, y))).filter(|t| !known(t)).take(MOST_TILES).collect()
}

/// The stretches that at least two pieces have in common, each once.
fn shared(all: Vec<Run>) -> Vec<Run> {
    let near = |a: &Run, b: &Run| a.0.abs_diff(b.0) <= SLACK && a.1.abs_diff(b.1) <= SLACK;
    let mut out: Vec<Run> = Vec::new();
    for run in &all {
        if all.iter().filter(|other| near(run, other)).count() > 1 && !out.iter().any(|known| near(known, run)) {
            out.push(*run);
        }
    }
    out
}

/// The least space between two stretches of one length.
fn gap(runs: &[Run]) -> Option<usize> {
    let pairs = runs.iter().flat_map(|a| runs.iter().map(move |b| (a, b)));
    let even = pairs.filter(|(a, b)| (a.1 - a.0).abs_diff(b.1 - b.0) <= SLACK);
    even.filter_map(|(a, b)| b.0.checked_sub(a.1)).filter(|gap| *gap <= WIDEST_GAP).min()
}

/// The stretches, and their repetitions to both sides as far as there is room.
fn repeated(runs: Vec<Run>, gap: Option<usize>, room: usize) -> Vec<Run> {
    let mut out = runs.clone();
    let Some(gap) = gap else { return out };
    for (from, to) in runs {
        let pitch = to - from + gap;
        let first = from % pitch;
        for start in (first..room).step_by(pitch) {
            let end = start + to - from;
            if end <= room + SLACK && !out.iter().any(|known| known.0.abs_diff(start) <= 2 * SLACK && known.1.abs_diff(end) <= 2 * SLACK) {
                out.push((start, end.min(room)));
            }
        }
    }
    out
}

/// What [`cut`] finds.
#[derive(Default)]
struct Found {
    pieces: Vec<Rect>,
    joined: Vec<Rect>,
}

/// Cuts `rect` along one direction, then each piece along the other, until neither cuts.
fn cut(luma: &Luma, rect: Rect, by_rows: bool, depth: u32, least: usize, found: &mut Found) {
    if rect.width < LEAST_SIDE || rect.height < LEAST_SIDE || rect.area() < least || found.pieces.len() + found.joined.len() > 200 {
        return;
    }
    let lines = survey(luma, rect, by_rows);
    let whole = [(0, lines.len())];
    let mut runs = runs(&lines, false);
    if runs == whole && depth < DEPTH {
        // Nothing of one background left: a picture, or tiles between lines of another shade.
        found.pieces.push(rect);
        runs = self::runs(&lines, true);
    }
    if depth == 0 || (runs == whole && depth < DEPTH - 1) {
        return;
    }
    for run in &runs {
        cut(luma, rect.lines(*run, by_rows), !by_rows, depth - 1, least, found);
    }
    // A photo may have a line of the background's shade inside: neighbours are also tried together.
    let large: Vec<Run> = runs.into_iter().filter(|(from, to)| to - from >= LEAST_SIDE).take(JOINED).collect();
    for (at, first) in large.iter().enumerate() {
        for last in large.iter().skip(at + 1) {
            let mut both = rect.lines((first.0, last.1), by_rows);
            let across = self::runs(&survey(luma, both, !by_rows), false);
            if let (Some(near), Some(far)) = (across.first(), across.last()) {
                both = both.lines((near.0, far.1), !by_rows);
            }
            if both != rect && both.area() >= least && both.width.min(both.height) >= LEAST_SIDE {
                found.joined.push(both);
            }
        }
    }
}

/// For each row or column of `rect`: its mean where it is plain, else `None`.
fn survey(luma: &Luma, rect: Rect, by_rows: bool) -> Vec<Option<i32>> {
    if !by_rows {
        return columns(luma, rect);
    }
    let origin = rect.y * luma.width + rect.x;
    let step = rect.width.div_ceil(SAMPLES).max(1);
    let count = rect.width.div_ceil(step).max(1);
    let mut samples = vec![0u8; count];
    (0..rect.height)
        .map(|line| {
            let from = luma.pixels.get(origin + line * luma.width..).unwrap_or_default();
            samples.fill(0);
            samples.iter_mut().zip(from.iter().step_by(step)).for_each(|(to, pixel)| *to = *pixel);
            let sum: u32 = samples.iter().map(|p| u32::from(*p)).sum();
            let mean = (sum / count as u32) as i32;
            // Most lines of a photo are told by their first few samples.
            let most = count as i32 / STRAY;
            let strays = samples.iter().filter(|p| (i32::from(**p) - mean).abs() > SPREAD).take(most as usize + 1).count() as i32;
            (strays <= most).then_some(mean)
        })
        .collect()
}

/// The same for all columns of `rect` side by side, as memory has them.
#[pulp::with_simd(columns = pulp::Arch::new())]
#[inline(always)]
fn columns_of<S: Simd>(_wide: S, luma: &Luma, rect: Rect) -> Vec<Option<i32>> {
    let step = rect.height.div_ceil(SAMPLES).max(1);
    let count = rect.height.div_ceil(step).max(1);
    let origin = rect.y * luma.width + rect.x;
    let row = |at: usize| luma.pixels.get(origin + at * step * luma.width..).and_then(|rest| rest.get(..rect.width)).unwrap_or_default();
    let mut sums = vec![0u16; rect.width];
    for at in 0..count {
        for (sum, pixel) in sums.iter_mut().zip(row(at)) {
            *sum += u16::from(*pixel);
        }
    }
    let means: Vec<i16> = sums.iter().map(|sum| (usize::from(*sum) / count) as i16).collect();
    let mut strays = vec![0u16; rect.width];
    for at in 0..count {
        for ((stray, pixel), mean) in strays.iter_mut().zip(row(at)).zip(&means) {
            *stray += u16::from((i16::from(*pixel) - mean).abs() > SPREAD as i16);
        }
    }
    let most = count as i32 / STRAY;
    strays.iter().zip(&means).map(|(strays, mean)| (i32::from(*strays) <= most).then_some(i32::from(*mean))).collect()
}

/// The runs of lines between those of the background: the shade that most plain lines have, or any shade.
fn runs(lines: &[Option<i32>], any: bool) -> Vec<Run> {
    let mut shades = [0u32; 256];
    for mean in lines.iter().flatten() {
        if let Some(count) = shades.get_mut(*mean as usize) {
            *count += 1;
        }
    }
    let commonest = shades.iter().zip(0..).max_by_key(|(count, _)| **count).map_or(0, |(_, shade)| shade);
    let background = |line: &Option<i32>| line.is_some_and(|mean| any || (mean - commonest).abs() <= SHADE);
    let mut out = Vec::new();
    let mut start = None;
    for (at, line) in lines.iter().chain([&None]).enumerate() {
        let drawn = at < lines.len() && !background(line);
        match (drawn, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                out.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    out
}
