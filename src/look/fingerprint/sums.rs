//! Sums over a picture, so that the averages of any part of it cost the same.

use super::regions::Rect;
use crate::look::decode::Luma;
use crate::look::pdq::{Grid32, SIDE32};

/// The sums table is made of at most so many pixels a side.
const BASE: usize = 512;

/// Sums over everything above and left of a point, so that any part's averages are four look-ups each.
pub(super) struct Sums {
    /// Pixels of the picture for one of the table.
    scale_x: f32,
    scale_y: f32,
    width: usize,
    height: usize,
    /// `(width + 1) * (height + 1)`, row-major.
    table: Vec<u32>,
}

impl Sums {
    pub(super) fn of(luma: &Luma) -> Self {
        let (fx, fy) = (luma.width.div_ceil(BASE).max(1), luma.height.div_ceil(BASE).max(1));
        let (width, height) = (luma.width.div_ceil(fx), luma.height.div_ceil(fy));
        let mut table = vec![0u32; (width + 1) * (height + 1)];
        let (mut columns, mut cells) = (vec![0u32; luma.width], vec![0u32; width]);
        for (y, rows) in luma.pixels.chunks(luma.width.max(1) * fy).enumerate() {
            columns.fill(0);
            let mut count = 0;
            for row in rows.chunks_exact(luma.width.max(1)) {
                count += 1;
                for (sum, pixel) in columns.iter_mut().zip(row) {
                    *sum += u32::from(*pixel);
                }
            }
            let count = count.max(1);
            let mean = |cell: &[u32]| cell.iter().sum::<u32>() / (cell.len() as u32 * count);
            match (fx, count) {
                (1, 1) => cells.copy_from_slice(&columns),
                // The usual, without a division.
                (2, 2) => {
                    let (pairs, rest) = columns.as_chunks::<2>();
                    cells.iter_mut().zip(pairs).for_each(|(to, [a, b])| *to = (a + b) >> 2);
                    cells.iter_mut().skip(pairs.len()).zip(rest.chunks(1)).for_each(|(to, cell)| *to = mean(cell));
                }
                _ => cells.iter_mut().zip(columns.chunks(fx)).for_each(|(to, cell)| *to = mean(cell)),
            }
            let (above, below) = table.split_at_mut((y + 1) * (width + 1));
            let above = above.iter().skip(y * (width + 1) + 1);
            let mut run = 0;
            for ((out, up), cell) in below.iter_mut().skip(1).zip(above).zip(&cells) {
                run += cell;
                *out = up + run;
            }
        }
        Self { scale_x: fx as f32, scale_y: fy as f32, width, height, table }
    }

    /// 32 × 32 averages of a part, turned about its middle by `angle` (radians, clockwise as seen).
    pub(super) fn tilted(&self, rect: Rect, angle: f32) -> Grid32 {
        let side = SIDE32 as f32;
        let (cell_w, cell_h) = (rect.width as f32 / side, rect.height as f32 / side);
        let (mid_x, mid_y) = (rect.x as f32 + rect.width as f32 / 2.0, rect.y as f32 + rect.height as f32 / 2.0);
        let (sin, cos) = angle.sin_cos();
        let mut grid = [[0.0; SIDE32]; SIDE32];
        for (i, row) in grid.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                let (dx, dy) = ((j as f32 + 0.5) * cell_w - rect.width as f32 / 2.0, (i as f32 + 0.5) * cell_h - rect.height as f32 / 2.0);
                let (x, y) = (mid_x + dx * cos - dy * sin, mid_y + dx * sin + dy * cos);
                let corner = |right: f32, down: f32| self.above((x + right * cell_w) / self.scale_x, (y + down * cell_h) / self.scale_y);
                let sum = corner(0.5, 0.5) - corner(-0.5, 0.5) - corner(0.5, -0.5) + corner(-0.5, -0.5);
                *cell = (sum / f64::from(cell_w / self.scale_x * cell_h / self.scale_y)) as f32;
            }
        }
        grid
    }

    /// The sum of everything above and left of a point.
    fn above(&self, x: f32, y: f32) -> f64 {
        let (x, y) = (x.clamp(0.0, self.width as f32), y.clamp(0.0, self.height as f32));
        let (left, top) = ((x as usize).min(self.width.saturating_sub(1)), (y as usize).min(self.height.saturating_sub(1)));
        let line = |y: usize| match self.table.get(y * (self.width + 1) + left..).and_then(|l| l.first_chunk::<2>()) {
            Some(&[a, b]) => f64::from(a) + f64::from(b - a) * f64::from(x - left as f32),
            None => 0.0,
        };
        let (upper, lower) = (line(top), line(top + 1));
        upper + (lower - upper) * f64::from(y - top as f32)
    }

    /// 32 × 32 averages of a part.
    pub(super) fn grid(&self, rect: Rect) -> Grid32 {
        let points = |from: usize, length: usize, scale: f32, most: usize| {
            let mut out = [(0usize, 0.0f32); SIDE32 + 1];
            for (i, point) in out.iter_mut().enumerate() {
                let at = (from as f32 + length as f32 * i as f32 / SIDE32 as f32) / scale;
                let whole = (at as usize).min(most.saturating_sub(1));
                *point = (whole, (at - whole as f32).clamp(0.0, 1.0));
            }
            out
        };
        let xs = points(rect.x, rect.width, self.scale_x, self.width);
        let ys = points(rect.y, rect.height, self.scale_y, self.height);
        let stride = self.width + 1;
        let area = (rect.width as f32 / self.scale_x) * (rect.height as f32 / self.scale_y) / (SIDE32 * SIDE32) as f32;
        let mut grid = [[0.0; SIDE32]; SIDE32];
        let mut upper = [0.0f64; SIDE32 + 1];
        for (i, (y, part_y)) in ys.into_iter().enumerate() {
            let row = self.table.get(y * stride..(y + 2) * stride).unwrap_or_default();
            let (top, bottom) = row.split_at(row.len() / 2);
            let mut lower = [0.0f64; SIDE32 + 1];
            for (cell, (x, part_x)) in lower.iter_mut().zip(xs) {
                let lerp = |line: &[u32]| match line.get(x..x + 2) {
                    Some(&[a, b]) => f64::from(a) + f64::from(b - a) * f64::from(part_x),
                    _ => 0.0,
                };
                let (t, b) = (lerp(top), lerp(bottom));
                *cell = t + (b - t) * f64::from(part_y);
            }
            if i > 0 {
                for (j, cell) in grid[i - 1].iter_mut().enumerate() {
                    *cell = ((lower[j + 1] - lower[j] - upper[j + 1] + upper[j]) as f32) / area;
                }
            }
            upper = lower;
        }
        grid
    }
}
