//! Where a picture has spots that can be found again, and how they are turned.

use std::sync::LazyLock;

use pulp::Simd;

use super::pyramid::{ONE, Octave, Plane, SIGMA};

/// A spot, in the pixels of its octave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extremum {
    pub octave: usize,
    /// The plane whose blur is nearest below its size.
    pub plane: usize,
    pub x: f32,
    pub y: f32,
    /// Its radius.
    pub sigma: f32,
    /// How much it stands out.
    pub strength: f32,
}

/// Least difference between two planes that is more than noise, of 255.
const LEAST_STRENGTH: f32 = 1.6;
/// A spot may be so many times longer than wide; edges are longer.
const LONGEST: f32 = 10.0;
/// No spot within so many pixels of the edge.
const MARGIN: usize = 4;

/// Adds the extrema of an octave.
#[pulp::with_simd(find = pulp::Arch::new())]
#[inline(always)]
pub(super) fn find_in<S: Simd>(_wide: S, octave: &Octave, number: usize, out: &mut Vec<Extremum>) {
    let [a, b, c, d, e] = &octave.planes;
    let layers = [minus(b, a), minus(c, b), minus(d, c), minus(e, d)];
    let (width, height) = (a.width, a.height);
    if width <= 2 * MARGIN || height <= 2 * MARGIN {
        return;
    }
    let least = (LEAST_STRENGTH * 0.5 * f32::from(ONE)) as i16;
    let mut bounds = [(); 4].map(|()| (vec![0i16; width], vec![0i16; width]));
    let mut marks = vec![0u16; width];
    let mut found = [const { Vec::new() }; 2];
    for y in MARGIN..height - MARGIN {
        for (layer, bounds) in layers.iter().zip(&mut bounds) {
            extremes(layer.get((y - 1) * width..(y + 2) * width).unwrap_or_default(), width, bounds);
        }
        for (level, found) in found.iter_mut().enumerate() {
            let (Some(layers), Some(bounds)) = (layers.get(level..level + 3), bounds[level..].first_chunk()) else { continue };
            mark(layers[1].get(y * width..(y + 1) * width).unwrap_or_default(), bounds, least, &mut marks);
            for x in marked(&marks).filter(|x| (MARGIN..width - MARGIN).contains(x)) {
                found.extend(refined(layers, width, x, y).map(|(dx, dy, ds, strength)| Extremum {
                    octave: number,
                    plane: level + 1,
                    x: x as f32 + dx,
                    y: y as f32 + dy,
                    sigma: SIGMA * ((level as f32 + 1.0 + ds) * 0.5).exp2(),
                    strength,
                }));
            }
        }
    }
    out.extend(found.into_iter().flatten());
}

/// Marks the pixels of a row that stand out among their neighbours, in the layers below and above as well.
#[inline(always)]
fn mark(row: &[i16], [below, own, above]: &[(Vec<i16>, Vec<i16>); 3], least: i16, marks: &mut [u16]) {
    let highs = below.0.iter().zip(&own.0).zip(&above.0).map(|((a, b), c)| *a.max(b).max(c));
    let lows = below.1.iter().zip(&own.1).zip(&above.1).map(|((a, b), c)| *a.min(b).min(c));
    for ((mark, value), (high, low)) in marks.iter_mut().zip(row).zip(highs.zip(lows)) {
        *mark = u16::from((*value >= least) & (*value >= high)) | u16::from((*value <= -least) & (*value <= low));
    }
}

/// Which are marked; few are, so that most are passed over many at once.
fn marked(marks: &[u16]) -> impl Iterator<Item = usize> {
    const BLOCK: usize = 32;
    let blocks = marks.chunks(BLOCK).enumerate().filter(|(_, block)| block.iter().fold(0, |any, mark| any | mark) != 0);
    blocks.flat_map(|(at, block)| (at * BLOCK..).zip(block).filter(|(_, mark)| **mark != 0).map(|(x, _)| x))
}

#[inline(always)]
fn minus(a: &Plane, b: &Plane) -> Vec<i16> {
    a.pixels.iter().zip(&b.pixels).map(|(a, b)| a.wrapping_sub(*b) as i16).collect()
}

/// The greatest and the least of each 3 × 3 pixels of three rows; the row's ends are left as they are.
#[inline(always)]
fn extremes(rows: &[i16], width: usize, (most, fewest): &mut (Vec<i16>, Vec<i16>)) {
    let (Some(upper), Some(middle), Some(lower)) = (rows.get(..width), rows.get(width..2 * width), rows.get(2 * width..)) else { return };
    const BLOCK: usize = 64;
    let (mut high, mut low) = ([0i16; BLOCK + 2], [0i16; BLOCK + 2]);
    for from in (1..width.saturating_sub(1)).step_by(BLOCK) {
        let length = BLOCK.min(width - 1 - from);
        let part = from - 1..from + length + 1;
        let columns = upper[part.clone()].iter().zip(&middle[part.clone()]).zip(&lower[part]);
        for ((high, low), ((a, b), c)) in high.iter_mut().zip(&mut low).zip(columns) {
            *high = (*a).max(*b).max(*c);
            *low = (*a).min(*b).min(*c);
        }
        for ((to, a), (b, c)) in most[from..from + length].iter_mut().zip(&high).zip(high[1..].iter().zip(&high[2..])) {
            *to = (*a).max(*b).max(*c);
        }
        for ((to, a), (b, c)) in fewest[from..from + length].iter_mut().zip(&low).zip(low[1..].iter().zip(&low[2..])) {
            *to = (*a).min(*b).min(*c);
        }
    }
}

/// Where exactly, between pixels and scales, the extremum lies, and how strong it is there; `None` for weak ones and
/// for edges.
fn refined(layers: &[Vec<i16>], width: usize, x: usize, y: usize) -> Option<(f32, f32, f32, f32)> {
    let at = |level: usize, dx: isize, dy: isize| {
        let place = (y as isize + dy) * width as isize + x as isize + dx;
        layers.get(level).and_then(|layer| layer.get(place as usize)).map_or(0.0, |v| f32::from(*v))
    };
    let value = at(1, 0, 0);
    let gx = (at(1, 1, 0) - at(1, -1, 0)) / 2.0;
    let gy = (at(1, 0, 1) - at(1, 0, -1)) / 2.0;
    let gs = (at(2, 0, 0) - at(0, 0, 0)) / 2.0;
    let xx = at(1, 1, 0) + at(1, -1, 0) - 2.0 * value;
    let yy = at(1, 0, 1) + at(1, 0, -1) - 2.0 * value;
    let ss = at(2, 0, 0) + at(0, 0, 0) - 2.0 * value;
    let xy = (at(1, 1, 1) + at(1, -1, -1) - at(1, 1, -1) - at(1, -1, 1)) / 4.0;
    let xs = (at(2, 1, 0) + at(0, -1, 0) - at(2, -1, 0) - at(0, 1, 0)) / 4.0;
    let ys = (at(2, 0, 1) + at(0, 0, -1) - at(2, 0, -1) - at(0, 0, 1)) / 4.0;
    let flat = xx * yy - xy * xy;
    if flat <= 0.0 || (xx + yy) * (xx + yy) * LONGEST >= (LONGEST + 1.0) * (LONGEST + 1.0) * flat {
        return None;
    }
    // Cramer's rule for the 3 × 3 system of the second derivatives.
    let minor = |a: f32, b: f32, c: f32, d: f32| a * d - b * c;
    let whole = xx * minor(yy, ys, ys, ss) - xy * minor(xy, ys, xs, ss) + xs * minor(xy, yy, xs, ys);
    let (mut dx, mut dy, mut ds) = (0.0, 0.0, 0.0);
    if whole.abs() > 1e-3 {
        dx = -(gx * minor(yy, ys, ys, ss) - xy * minor(gy, ys, gs, ss) + xs * minor(gy, yy, gs, ys)) / whole;
        dy = -(xx * minor(gy, ys, gs, ss) - gx * minor(xy, ys, xs, ss) + xs * minor(xy, gy, xs, gs)) / whole;
        ds = -(xx * minor(yy, gy, ys, gs) - xy * minor(xy, gy, xs, gs) + gx * minor(xy, yy, xs, ys)) / whole;
    }
    if dx.abs() > 1.5 || dy.abs() > 1.5 || ds.abs() > 1.5 {
        return None;
    }
    let strength = (value + (gx * dx + gy * dy + gs * ds) / 2.0).abs() / f32::from(ONE);
    (strength >= LEAST_STRENGTH).then_some((dx.clamp(-0.7, 0.7), dy.clamp(-0.7, 0.7), ds.clamp(-0.7, 0.7), strength))
}

/// Fields along a side that the spots are spread over.
const FIELDS: usize = 8;

/// The strongest `most`, spread over the picture: while there are others, no field gets more than three times its
/// share.
pub(super) fn best(mut spots: Vec<Extremum>, most: usize) -> Vec<Extremum> {
    spots.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    if spots.len() <= most {
        return spots;
    }
    let place = |spot: &Extremum| ((spot.x * (1u32 << spot.octave) as f32), (spot.y * (1u32 << spot.octave) as f32));
    let (width, height) = spots.iter().map(place).fold((1.0f32, 1.0f32), |(w, h), (x, y)| (w.max(x), h.max(y)));
    let share = most.div_ceil(FIELDS * FIELDS) * 3;
    let mut counts = [0usize; FIELDS * FIELDS];
    let (mut out, mut rest) = (Vec::with_capacity(most), Vec::new());
    for spot in spots {
        let (x, y) = place(&spot);
        let field = |at: f32, size: f32| ((at / size * FIELDS as f32) as usize).min(FIELDS - 1);
        let count = &mut counts[field(y, height) * FIELDS + field(x, width)];
        // There are few coarse ones, and they are all that a small copy keeps.
        if *count < share || spot.octave > 1 {
            *count += 1;
            out.push(spot);
        } else {
            rest.push(spot);
        }
        if out.len() == most {
            return out;
        }
    }
    out.extend(rest.into_iter().take(most - out.len()));
    out
}

/// Directions of a histogram.
const DIRECTIONS: usize = 36;
/// A second direction counts if it is so strong beside the first.
const SECOND: f32 = 0.8;
/// Samples from the middle to the rim of what the direction is read from.
const RIM: i32 = 5;
/// The rim, in radii of the spot; the weights' deviation is half of it.
const REACH: f32 = 3.6;

/// Samples along a side, and in the disc.
const SIDE: usize = 2 * RIM as usize + 1;
const DISC: usize = 81;

/// The samples of the disc: row, column and weight.
static SAMPLES: LazyLock<[(usize, usize, f32); DISC]> = LazyLock::new(|| {
    let far = |at: usize| (at as i32 - RIM).pow(2);
    let all = (0..SIDE).flat_map(|i| (0..SIDE).map(move |j| (i, j))).filter(|(i, j)| far(*i) + far(*j) <= RIM * RIM);
    let mut out = [(0, 0, 0.0); DISC];
    for (sample, (i, j)) in out.iter_mut().zip(all) {
        *sample = (i, j, (-2.0 * (far(i) + far(j)) as f32 / (RIM * RIM) as f32).exp());
    }
    out
});

/// The directions in which brightness rises around a spot, each with how much; the last one belongs to the first.
#[pulp::with_simd(directions = pulp::Arch::new())]
#[inline(always)]
fn directions_of<S: Simd>(_wide: S, octave: &Octave, spot: &Extremum) -> [f32; DIRECTIONS + 1] {
    let mut histogram = [0.0f32; DIRECTIONS + 1];
    if let Some(plane) = octave.planes.get(spot.plane) {
        let step = REACH * spot.sigma / RIM as f32;
        let along = |middle: f32| -> [i32; SIDE] { std::array::from_fn(|at| (middle + (at as i32 - RIM) as f32 * step + 0.5) as i32) };
        let (xs, ys) = (along(spot.x), along(spot.y));
        let samples = &*SAMPLES;
        let mut slopes = [(0.0f32, 0.0f32); DISC];
        for (slope, (i, j, _)) in slopes.iter_mut().zip(samples) {
            *slope = plane.slope(xs[*j], ys[*i]);
        }
        // Weights and directions are reckoned side by side.
        let mut votes = [(0.0f32, 0.0f32); DISC];
        for ((vote, (gx, gy)), (_, _, weight)) in votes.iter_mut().zip(slopes).zip(samples) {
            *vote = (weight * (gx * gx + gy * gy).sqrt(), turn_of(gx, gy) * (DIRECTIONS as f32 - 0.001));
        }
        for (weight, at) in votes {
            let whole = at as u8;
            let part = at - f32::from(whole);
            if let Some([left, right]) = histogram.get_mut(usize::from(whole)..).and_then(|rest| rest.first_chunk_mut()) {
                *left += weight * (1.0 - part);
                *right += weight * part;
            }
        }
    }
    histogram
}

/// The one or two directions of a spot, in turns, clockwise from the right as seen.
pub(super) fn angles(octave: &Octave, spot: &Extremum) -> impl Iterator<Item = f32> {
    let [mut histogram @ .., over] = directions(octave, spot);
    histogram[0] += over;
    for _ in 0..2 {
        let old = histogram;
        for (at, value) in histogram.iter_mut().enumerate() {
            *value = 0.25 * old[(at + DIRECTIONS - 1) % DIRECTIONS] + 0.5 * old[at] + 0.25 * old[(at + 1) % DIRECTIONS];
        }
    }
    let most = histogram.iter().copied().fold(0.0f32, f32::max);
    let mut peaks: Vec<(f32, f32)> = (0..DIRECTIONS)
        .filter_map(|at| {
            let (left, middle, right) = (histogram[(at + DIRECTIONS - 1) % DIRECTIONS], histogram[at], histogram[(at + 1) % DIRECTIONS]);
            let peak = middle > left && middle >= right && middle >= SECOND * most;
            let shift = 0.5 * (left - right) / (left - 2.0 * middle + right).min(-1e-9);
            peak.then_some((middle, (at as f32 + shift).rem_euclid(DIRECTIONS as f32) / DIRECTIONS as f32))
        })
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
    peaks.into_iter().take(2).map(|(_, angle)| angle)
}

/// The direction of a vector in turns, 0 to 1, to a thousandth.
#[inline(always)]
pub(super) fn turn_of(x: f32, y: f32) -> f32 {
    let (long, short) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    let share = short / long.max(1e-9);
    // A polynomial for the arc tangent over 0 to 1.
    let eighth = share * (0.1591 - 0.0460 * share * share + 0.0118 * share * share * share * share);
    let quarter = if x.abs() < y.abs() { 0.25 - eighth } else { eighth };
    let half = if x < 0.0 { 0.5 - quarter } else { quarter };
    if y < 0.0 { 1.0 - half } else { half }
}
