//! The owner's pictures, ready to be asked: is this one of them?
//!
//! Parts of the found picture are compared with the originals' wholes and windows. Each comparison has its
//! own limit, because the more hashes are compared the nearer chance comes. What was measured, on 597,960
//! pairs of different photos (60 originals, reposted strangers in 41 ways) and 2,400 copies:
//!
//! | comparison | nearest false | 1 false in 10⁵ | 10⁴ | 10³ | limit | false a pair at the limit, extrapolated |
//! |---|---|---|---|---|---|---|
//! | `Pdq`: whole pictures, 8 turns | 82 | 84 | 92 | 98 | 66 | 4e-9 |
//! | `Whole`: wholes and trimmed wholes | 84 | 86 | 90 | 97 | 68 | 2e-9 |
//! | `Covered`: mean of a whole and its best three quarters | 90 | 99 | 103 | 108 | 78 | 1e-10 |
//! | `Inside`: other parts with wholes | 81 | 82 | 86 | 91 | 64 | 1e-9 |
//! | `Crop`: wholes with windows | 71 | 79 | 82 | 88 | 62 | 1e-8 |
//! | `Both`: other parts with windows | 69 | 71 | 77 | 83 | 58 | 3e-8 |
//!
//! The last column continues the fall between 10⁻³ and 10⁻⁵, about 5 bits for each power of ten. It holds for
//! unrelated photos. Shots of one session, or strangers' pictures under the same large overlay, come nearer;
//! only a geometric check can tell those.

#[cfg(test)]
mod tests;

use crate::look::fingerprint::{Fingerprint, Part, PartKind, QUARTERS};
use crate::look::pdq::{Hash, Turn, distance, turn};

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
    /// PDQ of whole pictures; the index of the original.
    pdqs: Vec<(u32, Hash)>,
    /// Wholes and trimmed wholes.
    wholes: Vec<(u32, Part)>,
    /// Windows, apart from the originals they belong to: they are by far the most.
    windows: Vec<Hash>,
    window_owners: Vec<u32>,
}

/// What was compared with what; see the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pdq,
    Whole,
    Covered,
    Inside,
    Crop,
    Both,
}

impl Kind {
    /// The greatest distance that counts.
    const fn limit(self) -> u32 {
        match self {
            Kind::Pdq => 66,
            Kind::Whole => 68,
            Kind::Covered => 78,
            Kind::Inside => 64,
            Kind::Crop => 62,
            Kind::Both => 58,
        }
    }
}

/// The best comparison with one original so far.
#[derive(Clone, Copy, Debug)]
struct Best {
    owner: u32,
    /// Bits under the limit.
    margin: u32,
    kind: Kind,
    part: PartKind,
    turn: Turn,
}

/// A whole that is up to this far off is still looked at together with its quarters.
const PLAUSIBLE: u32 = 104;

/// Crops in a collage or screenshot are looked for as they stand and mirrored; turned ones are rare.
const COMMON_TURNS: [Turn; 2] = [Turn::None, Turn::Mirror];

impl Originals {
    /// Takes the numbered originals; one too plain to be recognised is never found.
    pub fn new(all: impl IntoIterator<Item = (u32, Fingerprint)>) -> Self {
        let mut out = Self::default();
        for (owner, (number, fingerprint)) in (0u32..).zip(all) {
            out.sizes.push((number, fingerprint.width, fingerprint.height));
            for frame in fingerprint.frames.iter().filter(|frame| frame.usable) {
                out.pdqs.push((owner, frame.whole.hash));
                out.wholes.extend(frame.parts.iter().filter(|p| p.kind.is_whole()).map(|p| (owner, *p)));
                out.windows.extend(&frame.windows);
                out.window_owners.resize(out.windows.len(), owner);
            }
        }
        out
    }

    /// The originals that `found` shows, best first, each once.
    pub fn find(&self, found: &Fingerprint) -> Vec<Match> {
        let mut best: Vec<Best> = Vec::new();
        for frame in &found.frames {
            if frame.usable {
                self.by_pdq(&frame.whole.dihedral, &mut best);
            }
            for part in &frame.parts {
                self.by_wholes(part, &mut best);
                self.by_windows(part, &mut best);
            }
        }
        best.sort_by_key(|b| (std::cmp::Reverse(b.margin), b.owner));
        best.iter().filter_map(|b| self.told(b, found)).collect()
    }

    fn by_pdq(&self, dihedral: &[Hash; 8], best: &mut Vec<Best>) {
        for (turn, hash) in Turn::ALL.into_iter().zip(dihedral) {
            for (owner, own) in &self.pdqs {
                note(best, *owner, Kind::Pdq, distance(own, hash), PartKind::Whole, turn);
            }
        }
    }

    fn by_wholes(&self, part: &Part, best: &mut Vec<Best>) {
        let kind = if part.kind.is_whole() { Kind::Whole } else { Kind::Inside };
        for turned in Turn::ALL {
            let hash = turn(&part.hash, turned);
            for (owner, own) in &self.wholes {
                let far = distance(&own.hash, &hash);
                note(best, *owner, kind, far, part.kind, turned);
                let unclear = far > kind.limit() && far <= PLAUSIBLE;
                if let Some(mean) = unclear.then(|| quarters(part, own, turned, far)).flatten() {
                    note(best, *owner, Kind::Covered, mean, part.kind, turned);
                }
            }
        }
    }

    fn by_windows(&self, part: &Part, best: &mut Vec<Best>) {
        let kind = if part.kind.is_whole() { Kind::Crop } else { Kind::Both };
        for turned in COMMON_TURNS {
            let hash = turn(&part.hash, turned);
            for (own, owner) in self.windows.iter().zip(&self.window_owners) {
                note(best, *owner, kind, distance(own, &hash), part.kind, turned);
            }
        }
    }

    /// A match in the words of the contract.
    fn told(&self, best: &Best, found: &Fingerprint) -> Option<Match> {
        let &(original, width, height) = self.sizes.get(best.owner as usize)?;
        let mut how = Vec::new();
        match best.turn {
            Turn::None => {}
            Turn::Mirror => how.push("mirror"),
            Turn::Flip => how.push("upside down mirror"),
            Turn::Left | Turn::Right => how.push("rotated 90"),
            Turn::Half => how.push("rotated 180"),
            Turn::Diagonal | Turn::AntiDiagonal => how.extend(["mirror", "rotated 90"]),
        }
        match best.part {
            PartKind::Whole => {}
            PartKind::Letterbox => how.push("letterbox"),
            PartKind::Pillarbox => how.push("pillarbox"),
            PartKind::Border => how.push("border"),
            PartKind::Tilted => how.push("rotated a little"),
            // The middle of a crop is still nothing but a crop.
            PartKind::Middle if best.kind == Kind::Both => {}
            PartKind::Panel | PartKind::Split | PartKind::Band | PartKind::Middle => how.push("inside another picture"),
        }
        match best.kind {
            Kind::Crop | Kind::Both => how.push("crop"),
            Kind::Covered => how.push("partly covered"),
            Kind::Pdq | Kind::Whole | Kind::Inside => {}
        }
        let (own, now) = (width.max(height), found.width.max(found.height));
        if best.part == PartKind::Whole && matches!(best.kind, Kind::Pdq | Kind::Whole) && own.abs_diff(now) * 50 > own {
            how.push("resized");
        }
        Some(Match { original, how, confidence: confidence(best.margin) })
    }
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

fn note(best: &mut Vec<Best>, owner: u32, kind: Kind, far: u32, part: PartKind, turn: Turn) {
    let Some(margin) = kind.limit().checked_sub(far) else { return };
    let new = Best { owner, margin, kind, part, turn };
    match best.iter_mut().find(|known| known.owner == owner) {
        Some(known) if known.margin < margin => *known = new,
        Some(_) => {}
        None => best.push(new),
    }
}

/// What the measured rates make of a distance so far under its limit, with 10⁵ comparisons for one true copy:
/// at the limit 1e-8 false and some 2e-3 true matches a bit, ten times fewer false ones each 5 bits below.
fn confidence(margin: u32) -> f32 {
    match margin {
        0..5 => 0.9,
        5..10 => 0.95,
        10..20 => 0.98,
        20..40 => 0.99,
        _ => 0.999,
    }
}
