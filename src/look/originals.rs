//! The owner's pictures, ready to be asked: is this one of them?
//!
//! Two ways lead to a match, and both end at the same check.
//!
//! - *Spots*: those of the found picture that look like an original's are laid on each other (`geometry`), and
//!   `verdict` decides by how many fit, how they spread, and whether the ground between them agrees. This finds
//!   crops, tiles, screenshots, turns, and most of everything else.
//! - *Hashes*: parts of the found picture against the originals' wholes, for pictures with too few spots: soft, tiny,
//!   blurred. Each comparison has its own limit, because the more hashes are compared the nearer chance comes; what is
//!   near must be near by a second opinion too (`Hashes::both`); and the ground must agree as it lies.

mod geometry;
mod index;
#[cfg(test)]
mod tests;
mod verdict;

use pulp::Simd;

use crate::look::features::Relief;
use crate::look::fingerprint::{Fingerprint, Frame, Hashes, Part, PartKind, QUARTERS};
use crate::look::pdq::{Hash, Turn, distance, turn};
use geometry::{FEWEST, Map, View};
use index::Index;
use verdict::Verdict;

/// An original that a found picture is a copy of.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The number that it was given to [`Originals::new`] with.
    pub original: u32,
    /// What was done to it, as far as it is known.
    pub how: Vec<&'static str>,
    /// 0 to 1: the share of such matches that are copies.
    pub confidence: f32,
}

/// All originals.
#[derive(Clone, Debug, Default)]
pub struct Originals {
    /// Number, width and height.
    sizes: Vec<(u32, u32, u32)>,
    figures: Vec<Figure>,
    /// PDQ of the wholes, each with its figure.
    pdqs: Vec<(u32, Hash)>,
    /// Wholes and trimmed wholes, each with its figure.
    wholes: Vec<(u32, Part)>,
    /// The first words of their hashes, side by side: most are passed over by these.
    firsts: Vec<u64>,
    /// The spots, by figure.
    index: Index,
}

/// A frame of an original.
#[derive(Clone, Debug)]
struct Figure {
    /// Whose it is, as a place in [`Originals::sizes`].
    owner: u32,
    /// The second opinion on the whole, unless all was quick.
    hashes: Option<Hashes>,
    relief: Relief,
    /// Width and height, in the unit of spots' places.
    size: (f32, f32),
}

/// Which hashes were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pdq,
    Whole,
    Covered,
    Inside,
}

impl Kind {
    /// The greatest distance that counts.
    const fn limit(self) -> u32 {
        match self {
            Kind::Pdq => 66,
            Kind::Whole => 68,
            Kind::Covered => 76,
            Kind::Inside => 64,
        }
    }

    /// The greatest distance by both opinions that counts.
    const fn limit_of_both(self) -> u32 {
        match self {
            Kind::Pdq | Kind::Whole => 140,
            Kind::Inside => 136,
            Kind::Covered => 190,
        }
    }

    /// The share of common ground that has to agree.
    const fn least_ground(self) -> f32 {
        if matches!(self, Kind::Covered) { 0.7 } else { 0.55 }
    }

    /// The bits under both limits, if so; the distance by both opinions is only asked for when it matters.
    fn margin(self, far: u32, both: impl FnOnce() -> u32) -> Option<u32> {
        let margin = self.limit().checked_sub(far)?;
        let second = self.limit_of_both().checked_sub(both())?;
        Some(margin.min(second / 2))
    }
}

/// A place of a found picture whose hash is near that of an original's whole.
struct Near<'a> {
    figure: &'a Figure,
    kind: Kind,
    part: PartKind,
    /// The bits under the limits.
    margin: u32,
    turned: Turn,
    /// Left, top, width and height of what was compared: in the original, and in the found picture.
    own: [f32; 4],
    place: [f32; 4],
}

/// What speaks most for a copy of one original so far.
#[derive(Clone, Debug)]
struct Best {
    owner: u32,
    /// 0 to 1.
    confidence: f32,
    /// Whether spots show how it lies.
    shown: bool,
    how: Vec<&'static str>,
}

/// A whole that is up to this far off is still looked at together with its quarters.
const PLAUSIBLE: u32 = 104;

/// Bits of 64 that the first words of two hashes may differ in. At [`PLAUSIBLE`], five of six differ in fewer, and
/// of unrelated ones one in five.
const FIRST: u32 = 29;

/// PDQ without a second opinion has to be this much nearer.
const ALONE: u32 = 8;

impl Originals {
    /// Takes the numbered originals.
    pub fn new(all: impl IntoIterator<Item = (u32, Fingerprint)>) -> Self {
        let mut out = Self::default();
        all.into_iter().for_each(|(number, fingerprint)| out.add(number, fingerprint));
        out.index();
        out
    }

    /// Takes one more, which is found from the next [`Originals::index`] on; a frame too plain to be recognised never.
    pub fn add(&mut self, number: u32, fingerprint: Fingerprint) {
        let size = geometry::size(fingerprint.width, fingerprint.height);
        let owner = self.sizes.len() as u32;
        self.sizes.push((number, fingerprint.width, fingerprint.height));
        for mut frame in fingerprint.frames.into_iter().filter(|frame| frame.usable || frame.has_spots()) {
            let figure = self.figures.len() as u32;
            if frame.usable {
                let wholes = frame.parts.iter().filter(|part| part.kind.is_whole());
                self.firsts.extend(wholes.clone().map(|part| part.hash[0]));
                self.wholes.extend(wholes.map(|part| (figure, *part)));
                self.pdqs.push((figure, frame.whole.hash));
            }
            let relief = if frame.features.reliefs.is_empty() { Relief::default() } else { frame.features.reliefs.swap_remove(0) };
            let hashes = frame.whole_part().map(Part::hashes);
            self.figures.push(Figure { owner, hashes, relief, size });
            self.index.add(&frame.features.spots);
        }
    }

    /// Makes what was added quick to find.
    pub fn index(&mut self) {
        self.index.build();
    }

    /// The originals that `found` shows, best first, each once.
    pub fn find(&self, found: &Fingerprint) -> Vec<Match> {
        find(self, found)
    }

    #[inline(always)]
    fn find_all(&self, found: &Fingerprint) -> Vec<Match> {
        let mut best: Vec<Best> = Vec::new();
        let size = geometry::size(found.width, found.height);
        for frame in &found.frames {
            let views = [View::new(frame.features.clone(), size), View::new(frame.features.mirrored(size.0), size)];
            self.by_spots(found, &views, &mut best);
            if frame.usable {
                self.by_pdq(found, frame, &views, &mut best);
            }
            for part in &frame.parts {
                self.by_wholes(found, part, &views, &mut best);
            }
        }
        best.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.owner.cmp(&b.owner)));
        let told = |best: Best| {
            let &(original, ..) = self.sizes.get(best.owner as usize)?;
            Some(Match { original, how: best.how, confidence: best.confidence })
        };
        best.into_iter().filter_map(told).collect()
    }

    fn by_spots(&self, found: &Fingerprint, views: &[View; 2], best: &mut Vec<Best>) {
        let mut pairs = Vec::new();
        for (view, mirrored) in views.iter().zip([false, true]) {
            let alike = self.index.alike(&view.features.spots);
            for chunk in alike.chunk_by(|a, b| a.0 == b.0).filter(|chunk| chunk.len() >= FEWEST.0) {
                pairs.clear();
                pairs.extend(chunk.iter().map(|(_, pair)| *pair));
                let Some(&(figure, _)) = chunk.first() else { continue };
                let Some(own) = self.figures.get(figure as usize) else { continue };
                let Some(evidence) = geometry::fit(self.index.of(figure), &own.relief, own.size, view, &pairs) else { continue };
                match verdict::of(&evidence) {
                    Verdict::Copy(confidence) => {
                        let how = verdict::how(&evidence, own.size, view, mirrored, self.resized(own.owner, found));
                        note(best, Best { owner: own.owner, confidence, shown: true, how });
                    }
                    Verdict::Session => note(best, Best { owner: own.owner, confidence: 0.3, shown: false, how: vec!["same session"] }),
                    Verdict::Nothing => {}
                }
            }
        }
    }

    #[inline(always)]
    fn by_pdq(&self, found: &Fingerprint, frame: &Frame, views: &[View; 2], best: &mut Vec<Best>) {
        let part = frame.whole_part();
        for (turned, hash) in Turn::ALL.into_iter().zip(&frame.whole.dihedral) {
            for (figure, own) in &self.pdqs {
                let far = distance(own, hash);
                if far > Kind::Pdq.limit() {
                    continue;
                }
                let Some(figure) = self.figures.get(*figure as usize) else { continue };
                let margin = match (part, &figure.hashes) {
                    (Some(part), Some(own)) => Kind::Pdq.margin(far, || own.both(&part.hashes().turned(turned))),
                    _ => Kind::Pdq.margin(far + ALONE, || 0),
                };
                let Some(margin) = margin else { continue };
                let own = [0.0, 0.0, figure.size.0, figure.size.1];
                let place = [0.0, 0.0, views[0].width, views[0].height];
                let near = Near { figure, kind: Kind::Pdq, part: PartKind::Whole, margin, turned, own, place };
                self.note_hash(best, found, views, &near);
            }
        }
    }

    #[inline(always)]
    fn by_wholes(&self, found: &Fingerprint, part: &Part, views: &[View; 2], best: &mut Vec<Best>) {
        let kind = if part.kind.is_whole() { Kind::Whole } else { Kind::Inside };
        // What lies in a collage or a screenshot is looked for as it stands and mirrored; turned ones have spots.
        let turns = if part.kind.is_whole() { &Turn::ALL[..] } else { &[Turn::None, Turn::Mirror][..] };
        for turned in turns.iter().copied() {
            let hashes = part.hashes().turned(turned);
            let [first, ..] = hashes.hash;
            let near = self.firsts.iter().zip(&self.wholes).filter(|(own, _)| (*own ^ first).count_ones() <= FIRST);
            for (_, (figure, own)) in near {
                let far = distance(&own.hash, &hashes.hash);
                if far > PLAUSIBLE {
                    continue;
                }
                let both = || own.hashes().both(&hashes);
                let near = kind.margin(far, both).map(|margin| (kind, margin));
                let covered = || {
                    quarters(part, own, turned, far).and_then(|mean| Kind::Covered.margin(mean, both)).map(|margin| (Kind::Covered, margin))
                };
                let (Some((kind, margin)), Some(figure)) = (near.or_else(covered), self.figures.get(*figure as usize)) else { continue };
                let (own, place) = (own.place.map(f32::from), part.place.map(f32::from));
                self.note_hash(best, found, views, &Near { figure, kind, part: part.kind, margin, turned, own, place });
            }
        }
    }

    /// Notes a match of hashes, if the ground agrees.
    fn note_hash(&self, best: &mut Vec<Best>, found: &Fingerprint, [view, mirrored]: &[View; 2], near: &Near) {
        let &Near { figure, kind, part, margin, turned, own, place } = near;
        let (mirror, quarters) = turned.to_upright();
        let view = if mirror { mirrored } else { view };
        let [left, top, width, height] = place;
        let place = [if mirror { view.width - left - width } else { left }, top, width, height];
        if !verdict::ground_agrees(geometry::ground(&figure.relief, view, &Map::of_places(own, place, quarters)), kind.least_ground()) {
            return;
        }
        let mut how = verdict::turned(mirror, f32::from(quarters) / 4.0);
        match part {
            PartKind::Whole => {}
            PartKind::Letterbox => how.push("letterbox"),
            PartKind::Pillarbox => how.push("pillarbox"),
            PartKind::Border => how.push("border"),
            PartKind::Tilted => how.push("rotated a little"),
            PartKind::Panel | PartKind::Split | PartKind::Band | PartKind::Middle => how.push("inside another picture"),
        }
        if kind == Kind::Covered {
            how.push("partly covered");
        }
        if part == PartKind::Whole && kind != Kind::Covered && self.resized(figure.owner, found) {
            how.push("resized");
        }
        note(best, Best { owner: figure.owner, confidence: verdict::of_hashes(margin), shown: false, how });
    }

    /// Whether the found picture has another size than the original.
    fn resized(&self, owner: u32, found: &Fingerprint) -> bool {
        let Some(&(_, width, height)) = self.sizes.get(owner as usize) else { return false };
        let (own, now) = (width.max(height), found.width.max(found.height));
        own > 0 && u64::from(own.abs_diff(now)) * 50 > u64::from(own)
    }
}

#[pulp::with_simd(find = pulp::Arch::new())]
#[inline(always)]
fn find_in<S: Simd>(_wide: S, originals: &Originals, found: &Fingerprint) -> Vec<Match> {
    originals.find_all(found)
}

/// The mean of a whole and the best three of its quarters, which a black bar or a sticker leaves alone.
fn quarters(found: &Part, own: &Part, turned: Turn, far: u32) -> Option<u32> {
    let (theirs, ours) = (found.quarters.as_ref()?, own.quarters.as_ref()?);
    let mut apart: Vec<u32> = (0..QUARTERS.len())
        .filter_map(|at| {
            let (a, b) = (theirs.get(turned.quarter(at))?, ours.get(at)?);
            (*a != [0; 4] && *b != [0; 4]).then(|| distance(&turn(a, turned), b))
        })
        .collect();
    apart.sort_unstable();
    let three = apart.get(..3)?;
    Some((far + three.iter().sum::<u32>()) / 4)
}

/// Keeps the best for each original. What spots show of how it was changed is more than hashes can tell.
fn note(best: &mut Vec<Best>, new: Best) {
    match best.iter_mut().find(|known| known.owner == new.owner) {
        Some(known) if known.confidence < new.confidence => {
            let how = if known.shown && !new.shown { std::mem::take(&mut known.how) } else { new.how };
            *known = Best { owner: new.owner, confidence: new.confidence, shown: known.shown || new.shown, how };
        }
        Some(_) => {}
        None => best.push(new),
    }
}
