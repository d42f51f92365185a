//! A picture at ever coarser scales.
//!
//! Each octave is blurred step by step with the kernel (1 4 6 4 1) / 16, its taps set ever wider apart, as the
//! "à trous" transform does: five additions a pixel and direction for any width, in 16-bit integers.

use pulp::Simd;

use crate::look::decode::Luma;

/// Brightness times [`ONE`], row-major.
#[derive(Clone, Debug, Default)]
pub(super) struct Plane {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u16>,
}

/// One step of brightness: what rounds off is a sixteenth of it.
pub(super) const ONE: u16 = 16;

/// Blur of an octave's first plane, in its pixels; each next plane has √2 times as much.
pub(super) const SIGMA: f32 = 1.5;

/// Planes of an octave.
pub(super) const PLANES: usize = 5;

/// No octave's shorter side is smaller.
const LEAST: usize = 16;

/// One halving of scale: five planes, each blurred √2 times as wide as the one before.
#[derive(Clone, Debug)]
pub(super) struct Octave {
    pub planes: [Plane; PLANES],
}

impl Octave {
    /// The octave of a picture as it is.
    pub(super) fn first(base: Plane) -> Self {
        // Cameras and scalers leave a blur of half a pixel.
        Self::of(base.blurred(&[1, 1]))
    }

    /// The octave of half the size, unless that were too small.
    pub(super) fn next(&self) -> Option<Self> {
        let [_, _, twice, ..] = &self.planes;
        (twice.width.min(twice.height) >= 2 * LEAST).then(|| Self::of(twice.halved()))
    }

    fn of(first: Plane) -> Self {
        // Variances, in squared pixels: 2.25, 4.25, 9.25, 18.25, 34.25. A kernel with taps d apart adds d².
        let second = first.blurred(&[1, 1]);
        let third = second.blurred(&[1, 2]);
        let fourth = third.blurred(&[3]);
        let fifth = fourth.blurred(&[4]);
        Self { planes: [first, second, third, fourth, fifth] }
    }
}

impl Plane {
    /// How brightness rises to the right and downwards at a place, or at the nearest inside.
    #[inline(always)]
    pub(super) fn slope(&self, x: i32, y: i32) -> (f32, f32) {
        let x = x.clamp(1, self.width as i32 - 2) as usize;
        let y = y.clamp(1, self.height as i32 - 2) as usize;
        let from = (y - 1) * self.width + x;
        let value = |at: usize| self.pixels.get(at).map_or(0, |p| i32::from(*p));
        let middle = from + self.width;
        ((value(middle + 1) - value(middle - 1)) as f32, (value(middle + self.width) - value(from)) as f32)
    }

    fn blurred(&self, steps: &[usize]) -> Self {
        blurred(self, steps)
    }

    fn halved(&self) -> Self {
        halved(self)
    }
}

/// Every other pixel of every other row, from the mean of the four that it stands for.
#[pulp::with_simd(halved = pulp::Arch::new())]
#[inline(always)]
fn halved_in<S: Simd>(_wide: S, plane: &Plane) -> Plane {
    let (width, height) = (plane.width / 2, plane.height / 2);
    let mut pixels = vec![0u16; width * height];
    for (rows, to) in plane.pixels.chunks_exact(2 * plane.width.max(1)).zip(pixels.chunks_exact_mut(width.max(1))) {
        let (upper, lower) = rows.split_at(plane.width);
        let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (to, ([a, b], [c, d])) in to.iter_mut().zip(pairs) {
            *to = (a + b + c + d + 2) / 4;
        }
    }
    Plane { width, height, pixels }
}

/// Blurred by one kernel after the other, each given by how far its taps lie apart.
#[pulp::with_simd(blurred = pulp::Arch::new())]
#[inline(always)]
fn blurred_by<S: Simd>(_wide: S, plane: &Plane, steps: &[usize]) -> Plane {
    let [first, rest @ ..] = steps else { return plane.clone() };
    let once = |pixels: &[u16], step: &usize| pass(pixels, plane.width, plane.height, *step);
    let pixels = rest.iter().fold(once(&plane.pixels, first), |pixels, step| once(&pixels, step));
    Plane { width: plane.width, height: plane.height, pixels }
}

/// Blurred by one kernel. Of the rows that are blurred across, only those that are still wanted are kept.
#[inline(always)]
fn pass(from: &[u16], width: usize, height: usize, step: usize) -> Vec<u16> {
    let mut rows = from.chunks_exact(width);
    let kept = 4 * step + 1;
    let mut across = vec![0u16; kept * width];
    let (mut padded, mut line) = (Vec::new(), vec![0u16; width]);
    let mut out = Vec::with_capacity(from.len());
    let mut next = 0;
    for y in 0..height {
        while next <= y + 2 * step
            && let Some(row) = rows.next()
        {
            pad(row, 2 * step, &mut padded);
            let to = across.get_mut(next % kept * width..(next % kept + 1) * width).unwrap_or_default();
            blur(to, [0, 1, 2, 3, 4].map(|tap| padded.get(tap * step..).unwrap_or_default()));
            next += 1;
        }
        let row = |tap: usize| {
            let at = (y + tap * step).saturating_sub(2 * step).min(height - 1) % kept;
            across.get(at * width..(at + 1) * width).unwrap_or_default()
        };
        blur(&mut line, [0, 1, 2, 3, 4].map(row));
        out.extend_from_slice(&line);
    }
    out
}

/// The row with its ends repeated `by` times.
fn pad(row: &[u16], by: usize, out: &mut Vec<u16>) {
    out.clear();
    out.resize(by, row.first().copied().unwrap_or_default());
    out.extend_from_slice(row);
    out.resize(row.len() + 2 * by, row.last().copied().unwrap_or_default());
}

/// (1 4 6 4 1) / 16 over five rows. Brightness is under 4096, so nothing overflows.
#[inline(always)]
fn blur(to: &mut [u16], [a, b, c, d, e]: [&[u16]; 5]) {
    let length = to.len();
    let (Some(a), Some(b), Some(c), Some(d), Some(e)) =
        (a.get(..length), b.get(..length), c.get(..length), d.get(..length), e.get(..length))
    else {
        return;
    };
    for at in 0..length {
        to[at] = (a[at] + e[at] + 4 * (b[at] + d[at]) + 6 * c[at] + 8) >> 4;
    }
}

/// The picture with about `side` pixels along its longer side; `None` for a sliver.
#[pulp::with_simd(scaled = pulp::Arch::new())]
#[inline(always)]
pub(super) fn scaled_to<S: Simd>(_wide: S, luma: &Luma, side: usize) -> Option<Plane> {
    let longer = luma.width.max(luma.height);
    let factor = (side as f32 / longer.max(1) as f32).min(2.0);
    let (width, height) = if (0.8..1.1).contains(&factor) {
        (luma.width, luma.height)
    } else {
        ((luma.width as f32 * factor).round() as usize, (luma.height as f32 * factor).round() as usize)
    };
    if width.min(height) < LEAST || luma.pixels.len() < luma.width.checked_mul(luma.height)? {
        return None;
    }
    if (width, height) == (luma.width, luma.height) {
        return Some(Plane { width, height, pixels: luma.pixels.iter().map(|p| u16::from(*p) * ONE).collect() });
    }
    let (across, down) = (taps(luma.width, width), taps(luma.height, height));
    let mut pixels = vec![0u16; width * height];
    // Room for the last taps, whose weights are 0 behind the edge.
    let mut line = vec![0.0f32; luma.width + TAPS];
    for ((first, weights), to) in down.iter().zip(pixels.chunks_exact_mut(width)) {
        line.fill(0.0);
        for (row, weight) in luma.pixels.chunks_exact(luma.width).skip(*first).zip(weights).filter(|(_, weight)| **weight > 0.0) {
            for (sum, pixel) in line.iter_mut().zip(row) {
                *sum += weight * f32::from(*pixel);
            }
        }
        for (to, (first, weights)) in to.iter_mut().zip(&across) {
            let values: &[f32; TAPS] = line.get(*first..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0.0; TAPS]);
            let mut sum = 0.0;
            for (value, weight) in values.iter().zip(weights) {
                sum += value * weight;
            }
            *to = (sum * f32::from(ONE) + 0.5) as u16;
        }
    }
    Some(Plane { width, height, pixels })
}

/// Pixels that one place is made of along an axis; a [`Luma`] is never more than twice as large as wanted.
const TAPS: usize = 6;

/// For each of `to` places along an axis of `from` pixels: the first pixel that counts, and the weights from it on. A
/// tent as wide as the step between places, and never narrower than a pixel.
fn taps(from: usize, to: usize) -> Vec<(usize, [f32; TAPS])> {
    let step = from as f32 / to as f32;
    let reach = step.clamp(1.0, TAPS as f32 / 2.0);
    (0..to)
        .map(|at| {
            let centre = (at as f32 + 0.5) * step - 0.5;
            let first = ((centre - reach).ceil().max(0.0) as usize).min(from - 1);
            let weight = |tap: usize| if first + tap < from { (1.0 - ((first + tap) as f32 - centre).abs() / reach).max(0.0) } else { 0.0 };
            let mut weights: [f32; TAPS] = std::array::from_fn(weight);
            let sum: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum.max(1e-6));
            (first, weights)
        })
        .collect()
}
