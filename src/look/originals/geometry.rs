//! Whether what looks alike also lies alike: the check that alerts rest on.
//!
//! Each pair of spots tells by itself how the original would lie in the found picture. The way that most pairs agree
//! on is refined by least squares, and then all spots and the ground between them are asked whether they agree.

use std::f32::consts::TAU;

use pulp::Simd;

use crate::look::features::{FLAT, Features, Relief, Spot, UNIT, WAYS, distance};

/// A spot of an original and one of a found picture that look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// Its place among the original's spots.
    pub own: u32,
    /// Its place among the found picture's.
    pub found: u32,
    /// Bits that differ.
    pub far: u16,
}

/// Places in an original → places in a found picture: `x' = a x + b y + c`, `y' = d x + e y + f`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Map {
    pub a: f32,
    pub b: f32,
    pub c: f32,
    pub d: f32,
    pub e: f32,
    pub f: f32,
}

impl Map {
    /// Where a place comes to lie.
    pub(super) fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f)
    }

    /// From one pair alone: spots have a size and a direction.
    fn of_pair(own: &Spot, found: &Spot) -> Self {
        let scale = ((f32::from(found.size) - f32::from(own.size)) / 16.0).exp2();
        let (sin, cos) = (f32::from(found.angle.wrapping_sub(own.angle)) / 256.0 * TAU).sin_cos();
        let (a, d) = (scale * cos, scale * sin);
        let (x, y) = (f32::from(own.x), f32::from(own.y));
        Self { a, b: -d, c: f32::from(found.x) - a * x + d * y, d, e: a, f: f32::from(found.y) - d * x - a * y }
    }

    /// That of one rectangle (left, top, width, height) onto another, turned clockwise by so many quarters.
    pub(super) fn of_places([x, y, w, h]: [f32; 4], [left, top, width, height]: [f32; 4], quarters: u8) -> Self {
        let (mid_x, mid_y) = (left + width / 2.0, top + height / 2.0);
        let (cos, sin) = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)][usize::from(quarters % 4)];
        let (across, down) =
            if quarters.is_multiple_of(2) { (width / w.max(1.0), height / h.max(1.0)) } else { (height / w.max(1.0), width / h.max(1.0)) };
        let (a, b, d, e) = (cos * across, -sin * down, sin * across, cos * down);
        let (x, y) = (x + w / 2.0, y + h / 2.0);
        Self { a, b, c: mid_x - a * x - b * y, d, e, f: mid_y - d * x - e * y }
    }

    /// How much larger things get.
    pub(super) fn scale(&self) -> f32 {
        (self.a * self.e - self.b * self.d).abs().sqrt()
    }

    /// How far things are turned, in turns from -0.5 to 0.5, clockwise as seen.
    pub(super) fn turn(&self) -> f32 {
        (self.d - self.b).atan2(self.a + self.e) / TAU
    }

    /// The greatest stretch in any direction over the least.
    pub(super) fn stretch(&self) -> f32 {
        let (p, q) = (self.a * self.a + self.d * self.d, self.b * self.b + self.e * self.e);
        let r = self.a * self.b + self.d * self.e;
        let root = ((p - q) * (p - q) / 4.0 + r * r).sqrt();
        (((p + q) / 2.0 + root) / ((p + q) / 2.0 - root).max(1e-9)).sqrt()
    }
}

/// Fields along a side that a view's spots are sorted into.
const CELLS: usize = 32;
const CELL: f32 = UNIT / CELLS as f32;

/// A picture as it is compared, as it stands or mirrored.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub features: Features,
    /// In [`UNIT`]ths of the longer side.
    pub width: f32,
    pub height: f32,
    /// Spots under this size are not seen in it.
    smallest: f32,
    /// The spots, field by field, and where each field's begin.
    order: Vec<u32>,
    starts: Vec<u32>,
}

/// Width and height in [`UNIT`]ths of the longer one.
pub(super) fn size(width: u32, height: u32) -> (f32, f32) {
    let unit = UNIT / width.max(height).max(1) as f32;
    (width as f32 * unit, height as f32 * unit)
}

impl View {
    pub(super) fn new(features: Features, (width, height): (f32, f32)) -> Self {
        let along = |v: u16| ((f32::from(v) / CELL) as usize).min(CELLS - 1);
        let cells: Vec<usize> = features.spots.iter().map(|spot| along(spot.y) * CELLS + along(spot.x)).collect();
        // Counted and laid side by side: a list for each field costs more than all the rest.
        let mut starts = vec![0u32; CELLS * CELLS + 1];
        cells.iter().for_each(|cell| starts[cell + 1] += 1);
        for at in 0..CELLS * CELLS {
            starts[at + 1] += starts[at];
        }
        let mut order = vec![0u32; cells.len()];
        let mut next = starts.clone();
        for (at, cell) in (0u32..).zip(cells) {
            order[next[cell] as usize] = at;
            next[cell] += 1;
        }
        Self { width, height, smallest: smallest(&features.spots), order, starts, features }
    }

    /// The numbers of the spots around a place, and of some more.
    fn near(&self, x: f32, y: f32, reach: f32) -> impl Iterator<Item = u32> + '_ {
        let range = |v: f32| ((v - reach) / CELL).max(0.0) as usize..(((v + reach) / CELL) as usize + 1).min(CELLS);
        let columns = range(x);
        range(y).flat_map(move |row| {
            // The fields of a row lie side by side.
            let at = |column: usize| self.starts.get(row * CELLS + column).map_or(0, |start| *start as usize);
            self.order.get(at(columns.start)..at(columns.end.max(columns.start))).unwrap_or_default().iter().copied()
        })
    }
}

/// The size that all but the smallest few spots have.
fn smallest(spots: &[Spot]) -> f32 {
    let mut sizes: Vec<u8> = spots.iter().map(|spot| spot.size).collect();
    let at = sizes.len() / 20;
    if sizes.is_empty() { 0.0 } else { f32::from(*sizes.select_nth_unstable(at).1) }
}

/// What the spots of an original and of a found picture say together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// How the original lies in it.
    pub map: Map,
    /// Pairs of spots that fit.
    pub pairs: usize,
    /// Fields of the original, as far as it should be seen, that have spots; and those of them where enough are seen.
    pub own: (usize, usize),
    /// The same for the found picture, as far as the original should cover it.
    pub found: (usize, usize),
    /// The share of the original that should be seen, and of the found picture that it should cover.
    pub shares: (f32, f32),
    /// Places where both brightnesses rise, and those of them where both rise alike.
    pub ground: (usize, usize),
}

/// How far a pair may be off its place, in shares of the original's longer side as it appears: for a first guess, and
/// as it is refined. A sheet of paper photographed askew is 1.5 % off the best plane.
const REACHES: [f32; 3] = [0.045, 0.025, 0.015];
/// Pairs that are tried as a first guess, the most alike first.
const GUESSES: usize = 40;
/// Pairs that agree with a guess well enough to look no further.
const SURE: usize = 20;
/// Fewest pairs that are worth refining, and fewest that are left.
pub(super) const FEWEST: (usize, usize) = (3, 4);
/// A map that stretches more in one direction is no repost but an accident.
const MOST_STRETCH: f32 = 1.7;

/// The best way to lay an original's spots on a view, given pairs that look alike, the most alike first.
#[pulp::with_simd(fit = pulp::Arch::new())]
#[inline(always)]
pub(super) fn fit_in<S: Simd>(
    _wide: S,
    own: &[Spot],
    relief: &Relief,
    (width, height): (f32, f32),
    view: &View,
    pairs: &[Pair],
) -> Option<Evidence> {
    let spots = |pair: &Pair| Some((own.get(pair.own as usize)?, view.features.spots.get(pair.found as usize)?));
    // How far each pair alone would turn the original, and enlarge it: most guesses have too few of their kind.
    let hints: Vec<(u8, i16)> = pairs.iter().map(|pair| spots(pair).map_or((0, i16::MAX), |(one, other)| hint(one, other))).collect();
    let mut best: Option<(Map, usize)> = None;
    // Which guess counted each of the view's spots last: however often it is paired, it counts once.
    let mut counted = Vec::new();
    for (number, guess) in (1u8..).zip(pairs.iter().take(GUESSES)) {
        let Some((one, other)) = spots(guess) else { continue };
        let (turn, size) = hint(one, other);
        let akin = |(t, s): &&(u8, i16)| (t.wrapping_sub(turn) as i8).unsigned_abs() <= MOST_TURN && s.abs_diff(size) <= MOST_SIZE;
        if hints.iter().filter(akin).count() < best.map_or(FEWEST.0, |(_, most)| FEWEST.0.max(most + 1)) {
            continue;
        }
        counted.resize(view.features.spots.len(), 0);
        let map = Map::of_pair(one, other);
        let like = Like::new(&map, REACHES[0]);
        let mut agreeing = 0;
        for pair in pairs {
            if let (Some((one, other)), Some(last)) = (spots(pair), counted.get_mut(pair.found as usize))
                && *last != number
                && like.holds(one, other)
            {
                *last = number;
                agreeing += 1;
            }
        }
        if best.is_none_or(|(_, most)| agreeing > most) {
            best = Some((map, agreeing));
        }
        if agreeing >= SURE && agreeing * 3 >= pairs.len() {
            break;
        }
    }
    let (mut map, _) = best.filter(|(_, most)| *most >= FEWEST.0)?;
    let mut fitting = Vec::new();
    for (round, reach) in REACHES.into_iter().enumerate() {
        fitting = all_pairs(own, view, &map, reach);
        if fitting.len() < FEWEST.1 {
            return None;
        }
        if round + 1 < REACHES.len() {
            map = refit(own, view, &fitting, &map, round > 0)?;
        }
    }
    let scale = map.scale().log2() * 16.0;
    let inside = |x: f32, y: f32, width: f32, height: f32| (0.0..width).contains(&x) && (0.0..height).contains(&y);
    let should_be_seen = |spot: &Spot| {
        let (x, y) = map.at(f32::from(spot.x), f32::from(spot.y));
        inside(x, y, view.width, view.height) && f32::from(spot.size) + scale >= view.smallest - 2.0
    };
    let least = smallest(own);
    let back = inverse(&map)?;
    let should_be_there = |spot: &Spot| {
        let (x, y) = back.at(f32::from(spot.x), f32::from(spot.y));
        inside(x, y, width, height) && f32::from(spot.size) - scale >= least - 2.0
    };
    Some(Evidence {
        map,
        pairs: fitting.len(),
        own: fields(own, fitting.iter().map(|pair| pair.own), should_be_seen),
        found: fields(&view.features.spots, fitting.iter().map(|pair| pair.found), should_be_there),
        shares: shares(&map, (width, height), view),
        ground: ground(relief, view, &map),
    })
}

/// The share of an original of this size that lies inside a view, and of the view that it covers.
fn shares(map: &Map, (width, height): (f32, f32), view: &View) -> (f32, f32) {
    const STEPS: usize = 24;
    let at = |step: usize, size: f32| (step as f32 + 0.5) / STEPS as f32 * size;
    let places = (0..STEPS).flat_map(|i| (0..STEPS).map(move |j| map.at(at(j, width), at(i, height))));
    let inside = places.filter(|(x, y)| (0.0..view.width).contains(x) && (0.0..view.height).contains(y)).count();
    let seen = inside as f32 / (STEPS * STEPS) as f32;
    (seen, seen * width * height * map.scale() * map.scale() / (view.width * view.height))
}

fn inverse(map: &Map) -> Option<Map> {
    let whole = map.a * map.e - map.b * map.d;
    let (a, b, d, e) = (map.e / whole, -map.b / whole, -map.d / whole, map.a / whole);
    (whole.abs() > 1e-6).then_some(Map { a, b, c: -a * map.c - b * map.f, d, e, f: -d * map.c - e * map.f })
}

/// Turn and enlargement, in the units of spots, that a pair alone speaks of.
fn hint(own: &Spot, found: &Spot) -> (u8, i16) {
    (found.angle.wrapping_sub(own.angle), i16::from(found.size) - i16::from(own.size))
}

/// How far the hints of pairs that agree may differ: 28°, and half an octave.
const MOST_TURN: u8 = 20;
const MOST_SIZE: u16 = 8;

/// A map, ready to be asked whether pairs fit it.
struct Like<'a> {
    map: &'a Map,
    reach: f32,
    scale: f32,
    turn: u8,
}

impl<'a> Like<'a> {
    fn new(map: &'a Map, reach: f32) -> Self {
        let scale = map.scale();
        let reach = (reach * scale).max(0.004) * UNIT;
        Self { map, reach, scale: scale.max(1e-6).log2() * 16.0, turn: (map.turn() * 256.0).round() as i32 as u8 }
    }

    /// Whether place, size and direction agree.
    #[inline(always)]
    fn holds(&self, own: &Spot, found: &Spot) -> bool {
        let angle = found.angle.wrapping_sub(own.angle).wrapping_sub(self.turn) as i8;
        let size = f32::from(found.size) - f32::from(own.size) - self.scale;
        if angle.unsigned_abs() > MOST_TURN || size.abs() > f32::from(MOST_SIZE) {
            return false;
        }
        let (x, y) = self.map.at(f32::from(own.x), f32::from(own.y));
        let (dx, dy) = (x - f32::from(found.x), y - f32::from(found.y));
        dx * dx + dy * dy <= self.reach * self.reach
    }
}

/// Farthest two descriptors may be where place, size and direction agree: of unrelated ones, 1 in 1,000 is nearer.
const FAR: u32 = 45;
/// And in shares of the distance to the spot's own twin.
const FAR_OF_TWIN: f32 = 0.75;
/// How far another spot's descriptor may be from that of an original's spot, as what repeats in the original allows.
pub(super) fn most_apart(own: &Spot) -> u32 {
    (f32::from(own.twin) * FAR_OF_TWIN) as u32
}

/// Spots nearer to each other, in [`UNIT`]ths, are one in two directions.
const SAME: u16 = 40;

/// All pairs that fit a map, each spot at most once.
#[inline(always)]
fn all_pairs(own: &[Spot], view: &View, map: &Map, reach: f32) -> Vec<Pair> {
    let like = Like::new(map, reach);
    let mut all = Vec::new();
    for (at, one) in (0u32..).zip(own) {
        let (x, y) = map.at(f32::from(one.x), f32::from(one.y));
        if x < -like.reach || y < -like.reach || x > view.width + like.reach || y > view.height + like.reach {
            continue;
        }
        let most = FAR.min(most_apart(one));
        for found in view.near(x, y, like.reach) {
            let Some(other) = view.features.spots.get(found as usize) else { continue };
            if like.holds(one, other) {
                let far = distance(&one.bits, &other.bits);
                if far <= most {
                    all.push(Pair { own: at, found, far: far as u16 });
                }
            }
        }
    }
    all.sort_unstable_by_key(|pair| (pair.far, pair.own, pair.found));
    let mut used = vec![false; view.features.spots.len()];
    let mut places: Vec<(u16, u16)> = Vec::new();
    all.retain(|pair| {
        let (Some(one), Some(used)) = (own.get(pair.own as usize), used.get_mut(pair.found as usize)) else { return false };
        let new = !*used && !places.iter().any(|(x, y)| x.abs_diff(one.x) < SAME && y.abs_diff(one.y) < SAME);
        if new {
            *used = true;
            places.push((one.x, one.y));
        }
        new
    });
    all
}

/// Fewest pairs that a map with six freedoms is fitted to.
const FEWEST_AFFINE: usize = 6;
/// Pairs in a line say nothing of what lies aside of it: how round their cloud has to be, 0.25 being a circle.
const LEAST_ROUND: f64 = 0.06;

/// The map that fits the pairs best, by least squares: any stretch if `affine` and the pairs are spread well, else
/// turn, scale and shift alone. `None` if it is nothing like the one before.
fn refit(own: &[Spot], view: &View, pairs: &[Pair], old: &Map, affine: bool) -> Option<Map> {
    let points = || {
        pairs.iter().filter_map(|pair| {
            let (one, other) = (own.get(pair.own as usize)?, view.features.spots.get(pair.found as usize)?);
            Some([one.x, one.y, other.x, other.y].map(f64::from))
        })
    };
    let count = pairs.len() as f64;
    let mut mean = [0.0; 4];
    points().for_each(|point| mean.iter_mut().zip(point).for_each(|(mean, at)| *mean += at / count));
    let (mut xx, mut xy, mut yy, mut xu, mut yu, mut xv, mut yv) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for [x, y, u, v] in points() {
        let (x, y, u, v) = (x - mean[0], y - mean[1], u - mean[2], v - mean[3]);
        xx += x * x;
        xy += x * y;
        yy += y * y;
        xu += x * u;
        yu += y * u;
        xv += x * v;
        yv += y * v;
    }
    let (round, spread) = (xx * yy - xy * xy, xx + yy);
    if spread < 1.0 {
        return None;
    }
    let [a, b, d, e] = if affine && pairs.len() >= FEWEST_AFFINE && round > LEAST_ROUND * spread * spread {
        [xu * yy - yu * xy, yu * xx - xu * xy, xv * yy - yv * xy, yv * xx - xv * xy].map(|v| (v / round) as f32)
    } else {
        [xu + yv, yu - xv, xv - yu, xu + yv].map(|v| (v / spread) as f32)
    };
    let [x, y, u, v] = mean.map(|at| at as f32);
    let map = Map { a, b, c: u - a * x - b * y, d, e, f: v - d * x - e * y };
    ((0.6..1.6).contains(&(map.scale() / old.scale())) && map.stretch() < MOST_STRETCH).then_some(map)
}

/// Fields along each side of the part that both show.
const FIELDS: usize = 6;
/// Spots that a field needs to count, and of how many of them one has to be paired.
const FULL: usize = 3;
const ENOUGH: usize = 6;

/// How many fields have spots that should be paired, and in how many enough are.
fn fields(spots: &[Spot], paired: impl Iterator<Item = u32>, shown: impl Fn(&Spot) -> bool) -> (usize, usize) {
    let shown: Vec<bool> = spots.iter().map(shown).collect();
    let all = || spots.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(spot, _)| spot);
    let (mut left, mut top, mut right, mut bottom) = (u16::MAX, u16::MAX, 0, 0);
    for spot in all() {
        (left, right) = (left.min(spot.x), right.max(spot.x));
        (top, bottom) = (top.min(spot.y), bottom.max(spot.y));
    }
    let field = |spot: &Spot| {
        let at = |v: u16, from: u16, to: u16| {
            (usize::from(v.saturating_sub(from)) * FIELDS / (usize::from(to.saturating_sub(from)) + 1)).min(FIELDS - 1)
        };
        at(spot.y, top, bottom) * FIELDS + at(spot.x, left, right)
    };
    let mut counts = [(0usize, 0usize); FIELDS * FIELDS];
    all().for_each(|spot| counts[field(spot)].0 += 1);
    for at in paired {
        if let (Some(spot), Some(true)) = (spots.get(at as usize), shown.get(at as usize)) {
            counts[field(spot)].1 += 1;
        }
    }
    let full = counts.iter().filter(|(spots, _)| *spots >= FULL);
    (full.clone().count(), full.filter(|(spots, paired)| paired * ENOUGH >= *spots).count())
}

/// In how many places both brightnesses rise, and in how many of those both rise the same way, give or take 45°; three
/// in eight would by chance.
pub(super) fn ground(relief: &Relief, view: &View, map: &Map) -> (usize, usize) {
    let (side, scale) = (f32::from(relief.side()), map.scale());
    // The relief whose places are as large as the original's appear.
    let off = |relief: &&Relief| (f32::from(relief.side()) * scale / side).max(1e-6).log2().abs();
    let Some(found) = view.features.reliefs.iter().min_by(|a, b| off(a).total_cmp(&off(b))) else { return (0, 0) };
    if side == 0.0 || found.side() == 0 {
        return (0, 0);
    }
    let (own_unit, unit) = (UNIT / side, UNIT / f32::from(found.side()));
    let turn = map.turn() * f32::from(WAYS);
    // How far apart two ways are, by their difference.
    let alike: [bool; WAYS as usize] = std::array::from_fn(|apart| {
        let apart = (apart as f32 - turn).rem_euclid(f32::from(WAYS));
        apart.min(f32::from(WAYS) - apart) <= 1.0
    });
    let (mut both, mut agree) = (0, 0);
    for y in 0..usize::from(relief.height) {
        for x in 0..usize::from(relief.width) {
            let way = relief.at(x, y);
            if way == FLAT {
                continue;
            }
            let (u, v) = map.at((x as f32 + 0.5) * own_unit, (y as f32 + 0.5) * own_unit);
            if !(0.0..view.width).contains(&u) || !(0.0..view.height).contains(&v) {
                continue;
            }
            let other = found.at((u / unit) as usize, (v / unit) as usize);
            if other != FLAT {
                both += 1;
                agree += usize::from(alike.get(usize::from((other + WAYS - way) % WAYS)).copied().unwrap_or_default());
            }
        }
    }
    (both, agree)
}
