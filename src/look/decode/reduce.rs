//! Rows of brightness → a picture of bounded size, averaged while the rows come in, and turned upright.

use image::metadata::Orientation;

use super::Luma;

/// Takes full-size rows from top to bottom and keeps only their averages.
pub(super) struct Reducer {
    full_width: usize,
    full_height: usize,
    /// Pixels and rows that make one.
    across: usize,
    down: usize,
    sums: Vec<u32>,
    rows_in_sum: usize,
    pixels: Vec<u8>,
}

impl Reducer {
    /// For a picture of this size. The longer side comes to at most [`Luma::MAX_SIDE`]; a very long
    /// picture keeps more of its shorter side than its shape would leave it.
    pub(super) fn new(full_width: usize, full_height: usize) -> Self {
        let factor = full_width.max(full_height).div_ceil(Luma::MAX_SIDE).max(1);
        let across = factor.min((full_width / 128).max(1));
        let down = factor.min((full_height / 128).max(1));
        let pixels = Vec::with_capacity(full_width.div_ceil(across) * full_height.div_ceil(down));
        let sums = if across * down > 1 { vec![0; full_width] } else { Vec::new() };
        Self { full_width, full_height, across, down, sums, rows_in_sum: 0, pixels }
    }

    /// One more row of `full_width` pixels; a shorter one is filled up with white.
    pub(super) fn row(&mut self, row: &[u8]) {
        if self.across * self.down == 1 {
            self.pixels.extend(row.iter().take(self.full_width));
            self.pixels.resize(self.pixels.len() + self.full_width.saturating_sub(row.len()), 255);
            return;
        }
        for (sum, pixel) in self.sums.iter_mut().zip(row) {
            *sum += u32::from(*pixel);
        }
        self.rows_in_sum += 1;
        if self.rows_in_sum == self.down {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let rows = self.rows_in_sum as u32;
        // A multiplication by the inverse, and a fixed size for the commonest case, let this be vectorised.
        let share = 1.0 / (self.across as u32 * rows) as f32;
        let mean = |sum: u32| (sum as f32 * share + 0.5) as u8;
        let cells = self.sums.chunks_exact(self.across);
        let rest = cells.remainder();
        if self.across == 2 {
            let pairs = self.sums.as_chunks::<2>().0;
            self.pixels.extend(pairs.iter().map(|[a, b]| mean(a + b)));
        } else {
            self.pixels.extend(cells.map(|cell| mean(cell.iter().sum())));
        }
        if !rest.is_empty() {
            self.pixels.push((rest.iter().sum::<u32>() / (rest.len() as u32 * rows)) as u8);
        }
        self.sums.fill(0);
        self.rows_in_sum = 0;
    }

    /// The picture made of the rows that came.
    pub(super) fn finish(mut self) -> Luma {
        if self.rows_in_sum > 0 {
            self.flush();
        }
        let width = self.full_width.div_ceil(self.across);
        let height = self.pixels.len().checked_div(width).unwrap_or(0);
        Luma { width, height, pixels: self.pixels, full_width: self.full_width as u32, full_height: self.full_height as u32 }
    }
}

/// Turns a picture as its EXIF orientation asks.
pub(super) fn upright(luma: Luma, orientation: Orientation) -> Luma {
    // Transposed first, then mirrored left to right and top to bottom.
    let (transpose, mirror, flip) = match orientation {
        Orientation::NoTransforms => return luma,
        Orientation::FlipHorizontal => (false, true, false),
        Orientation::Rotate180 => (false, true, true),
        Orientation::FlipVertical => (false, false, true),
        Orientation::Rotate90FlipH => (true, false, false),
        Orientation::Rotate90 => (true, true, false),
        Orientation::Rotate270FlipH => (true, true, true),
        Orientation::Rotate270 => (true, false, true),
    };
    let Luma { width, height, pixels, full_width, full_height } = luma;
    let (mut out, width, height) = if transpose {
        let columns = (0..width).flat_map(|x| pixels.iter().skip(x).step_by(width.max(1)).copied());
        (columns.collect(), height, width)
    } else {
        (pixels, width, height)
    };
    if mirror {
        out.chunks_exact_mut(width.max(1)).for_each(<[u8]>::reverse);
    }
    if flip {
        out = out.chunks_exact(width.max(1)).rev().flatten().copied().collect();
    }
    let (full_width, full_height) = if transpose { (full_height, full_width) } else { (full_width, full_height) };
    Luma { width, height, pixels: out, full_width, full_height }
}
