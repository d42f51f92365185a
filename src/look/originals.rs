//! The owner's pictures, ready to be asked: is this one of them?
//!
//! Parts of the found picture are compared with the originals' wholes and windows. Each comparison has its
//! own limit, because the more hashes are compared the nearer chance comes; and what is near must be near by
//! a second opinion too (`Window::both`: both distances together, and more where an edge or a disc sets most
//! bits). That is what keeps strangers out: copies near by the first hash lie about 40 bits apart by the second
//! and 99 in 100 up to 84, strangers' pictures about 100 and seldom under 80.
//!
//! Measured on 4,350,380 pairs of different pictures (photos reposted in 41 ways, crops, wallpapers on both
//! sides, drawn edges, discs, products, skies, nights, text, chats, memes) and 2,400 copies: no false match,
//! 0.983 of the copies found. "Outside": how far the nearest false match was over the one limit or half over
//! the other, whichever is more; the next columns count pairs up to so far outside.
//!
//! | comparison | limit | by both | outside | to 12 | to 16 | to 20 |
//! |---|---|---|---|---|---|---|
//! | `Pdq`: whole pictures, 8 turns | 66 | 140 | 11 | 1 | 1 | 8 |
//! | `Whole`: wholes and trimmed wholes | 68 | 140 | 10 | 2 | 4 | 15 |
//! | `Covered`: mean of a whole and its best three quarters | 76 | 190 | 7 | 3 | 6 | 15 |
//! | `Inside`: other parts with wholes | 64 | 136 | 13 | 0 | 6 | 22 |
//! | `Crop`: wholes with windows | 62 | 132 | 8 | 2 | 5 | 31 |
//! | `Both`: other parts with windows | 54 | 124 | 6 | 2 | 13 | 45 |
//!
//! It holds for unrelated pictures. The nearest of them were drawn: a smiley and a clock, a bent edge and a
//! lens cap. Shots of one session come nearer, and so do strangers' pictures where the *original* carries the
//! same large overlay: of 2,400 such pairs 13 were false, mostly under a player's controls. Only a geometric
//! check can tell those. With `content.depth = "quick"` there is no second opinion and PDQ has to be 8 bits
//! nearer, 58; the nearest false match of 3,305,020 pairs was 66.

#[cfg(test)]
mod tests;
mod windows;

use crate::look::fingerprint::{Fingerprint, Frame, Part, PartKind, QUARTERS, Window};
use crate::look::pdq::{Hash, Turn, distance, turn};
use windows::Windows;

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
    /// PDQ of whole pictures, with the second opinion on them unless all was quick; the index of the original.
    pdqs: Vec<(u32, Hash, Option<Window>)>,
    /// Wholes and trimmed wholes.
    wholes: Vec<(u32, Part)>,
    windows: Windows,
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
            Kind::Covered => 76,
            Kind::Inside => 64,
            Kind::Crop => 62,
            Kind::Both => 54,
        }
    }

    /// The greatest distance by both opinions that counts.
    const fn limit_of_both(self) -> u32 {
        match self {
            Kind::Pdq | Kind::Whole => 140,
            Kind::Inside => 136,
            Kind::Crop => 132,
            Kind::Both => 124,
            Kind::Covered => 190,
        }
    }

    /// The bits under both limits, if so; the distance by both opinions is only asked for when it matters.
    fn margin(self, far: u32, both: impl FnOnce() -> u32) -> Option<u32> {
        let margin = self.limit().checked_sub(far)?;
        let second = self.limit_of_both().checked_sub(both())?;
        Some(margin.min(second / 2))
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

/// PDQ without a second opinion has to be this much nearer.
const ALONE: u32 = 8;

impl Originals {
    /// Takes the numbered originals; one too plain to be recognised is never found.
    pub fn new(all: impl IntoIterator<Item = (u32, Fingerprint)>) -> Self {
        let mut out = Self::default();
        for (owner, (number, fingerprint)) in (0u32..).zip(all) {
            out.sizes.push((number, fingerprint.width, fingerprint.height));
            for frame in fingerprint.frames.iter().filter(|frame| frame.usable) {
                out.pdqs.push((owner, frame.whole.hash, frame.whole_part()));
                out.wholes.extend(frame.parts.iter().filter(|p| p.kind.is_whole()).map(|p| (owner, *p)));
                out.windows.add(owner, &frame.windows);
            }
        }
        out
    }

    /// The originals that `found` shows, best first, each once.
    pub fn find(&self, found: &Fingerprint) -> Vec<Match> {
        let mut best: Vec<Best> = Vec::new();
        for frame in &found.frames {
            if frame.usable {
                self.by_pdq(frame, &mut best);
            }
            for part in &frame.parts {
                self.by_wholes(part, &mut best);
                self.by_windows(part, &mut best);
            }
        }
        best.sort_by_key(|b| (std::cmp::Reverse(b.margin), b.owner));
        best.iter().filter_map(|b| self.told(b, found)).collect()
    }

    fn by_pdq(&self, frame: &Frame, best: &mut Vec<Best>) {
        let part = frame.whole_part();
        for (turned, hash) in Turn::ALL.into_iter().zip(&frame.whole.dihedral) {
            for (owner, own, window) in &self.pdqs {
                let far = distance(own, hash);
                let margin = match (&part, window) {
                    (Some(part), Some(window)) => Kind::Pdq.margin(far, || window.both(&part.turned(turned))),
                    _ => Kind::Pdq.margin(far + ALONE, || 0),
                };
                note(best, *owner, Kind::Pdq, margin, PartKind::Whole, turned);
            }
        }
    }

    fn by_wholes(&self, part: &Part, best: &mut Vec<Best>) {
        let kind = if part.kind.is_whole() { Kind::Whole } else { Kind::Inside };
        for turned in Turn::ALL {
            let window = part.window().turned(turned);
            for (owner, own) in &self.wholes {
                let far = distance(&own.hash, &window.hash);
                let both = || own.window().both(&window);
                let margin = kind.margin(far, both);
                note(best, *owner, kind, margin, part.kind, turned);
                let unclear = margin.is_none() && far <= PLAUSIBLE;
                if let Some(mean) = unclear.then(|| quarters(part, own, turned, far)).flatten() {
                    note(best, *owner, Kind::Covered, Kind::Covered.margin(mean, both), part.kind, turned);
                }
            }
        }
    }

    fn by_windows(&self, part: &Part, best: &mut Vec<Best>) {
        let kind = if part.kind.is_whole() { Kind::Crop } else { Kind::Both };
        // Crops in a collage or screenshot are looked for as they stand and mirrored; turned ones are rare.
        self.windows.near(&part.window(), kind.limit(), |owner, own, window, turned, far| {
            note(best, owner, kind, kind.margin(far, || own.both(window)), part.kind, turned);
        });
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

fn note(best: &mut Vec<Best>, owner: u32, kind: Kind, margin: Option<u32>, part: PartKind, turn: Turn) {
    let Some(margin) = margin else { return };
    let new = Best { owner, margin, kind, part, turn };
    match best.iter_mut().find(|known| known.owner == owner) {
        Some(known) if known.margin < margin => *known = new,
        Some(_) => {}
        None => best.push(new),
    }
}

/// What the measured rates make of a distance so far under the limits. Nothing false came within 6 bits
/// outside them, and false matches get ten times fewer each 5 bits; at the limits there are some 2e-3 true
/// matches a bit.
fn confidence(margin: u32) -> f32 {
    match margin {
        0..5 => 0.9,
        5..10 => 0.95,
        10..20 => 0.98,
        20..40 => 0.99,
        _ => 0.999,
    }
}
