//! What the evidence is worth.
//!
//! A copy's spots fit all over the part that both pictures show, and the ground between them agrees. Pictures that
//! share an overlay, a site's watermark or a player's controls, have spots in common too, up to a hundred; but only
//! where the overlay lies, and the ground elsewhere disagrees.

use super::geometry::{Evidence, View};

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// A copy, with the share of such matches that are copies.
    Copy(f32),
    /// Another picture of the same place and hour.
    Session,
    /// Nothing.
    Nothing,
}

/// Fewest places of common ground that say something, and that say a lot.
const LEAST_GROUND: usize = 100;
const MUCH_GROUND: usize = 400;
/// Of the original or of the found picture, so much at least must be part of the match: a strip that two pictures
/// share is a banner.
const LEAST_SHARE: f32 = 0.4;

/// Judges spots and ground.
///
/// Measured on 60 originals in 51 reposts each, and on strangers' pictures under the same six overlays as the
/// originals: with much ground, copies agree on 0.5 to 1 of it and strangers on 0.1 to 0.6; where the ground is less
/// clear, more fields of spots have to agree.
pub(super) fn of(evidence: &Evidence) -> Verdict {
    let share = |(all, some): (usize, usize)| if all == 0 { 0.0 } else { some as f32 / all as f32 };
    let (own, found, pairs) = (share(evidence.own), share(evidence.found), evidence.pairs);
    let (most, least) = (own.max(found), own.min(found));
    let (places, _) = evidence.ground;
    let ground = share(evidence.ground);
    if pairs < 6 || evidence.shares.0.max(evidence.shares.1) < LEAST_SHARE {
        return Verdict::Nothing;
    }
    let copy = if places >= MUCH_GROUND {
        let clear = ground >= if pairs < 8 { 0.85 } else { 0.8 };
        let spread = pairs >= 12 && ground >= 0.5 && least >= 0.15 && ground + 0.6 * most >= 0.95;
        clear || spread || (pairs >= 60 && most >= 0.4 && least >= 0.25 && ground >= 0.42)
    } else if places >= LEAST_GROUND {
        pairs >= 8 && own >= 0.6 && found >= 0.2 && ground >= 0.5 && ground + 0.3 * (own + found) >= 0.88
    } else {
        pairs >= 12 && own >= 0.6 && found >= 0.4 && evidence.own.1 >= 6
    };
    if copy {
        return Verdict::Copy(match pairs {
            ..12 => 0.9,
            12..24 => 0.97,
            24.. if most >= 0.5 && ground >= 0.7 => 0.999,
            _ => 0.99,
        });
    }
    let session = pairs >= 16 && places >= MUCH_GROUND && ground >= 0.5 && least >= 0.15 && ground + 0.6 * most >= 0.8;
    if session { Verdict::Session } else { Verdict::Nothing }
}

/// Whether the ground under a match of hashes agrees well enough, or says nothing.
pub(super) fn ground_agrees((places, agreeing): (usize, usize), least: f32) -> bool {
    places < LEAST_GROUND || agreeing as f32 >= least * places as f32
}

/// What the measured rates make of a match of hashes so many bits under its limits. Nothing false came within 6 bits
/// outside them, and false matches get ten times fewer each 5 bits; at the limits there are some 2e-3 true matches a
/// bit.
pub(super) fn of_hashes(margin: u32) -> f32 {
    match margin {
        0..5 => 0.9,
        5..10 => 0.95,
        10..20 => 0.98,
        20..40 => 0.99,
        _ => 0.999,
    }
}

/// A turn, in turns clockwise, in words.
pub(super) fn turned(mirror: bool, turn: f32) -> Vec<&'static str> {
    let quarters = (turn * 4.0).round();
    let odd = (turn * 4.0 - quarters).abs() > 4.0 * 1.2 / 360.0;
    let mut how = Vec::new();
    match (mirror, quarters.rem_euclid(4.0) as u8) {
        (false, 0) => {}
        (true, 0) => how.push("mirror"),
        (true, 2) => how.push("upside down mirror"),
        (false, 2) => how.push("rotated 180"),
        (mirror, _) => {
            if mirror {
                how.push("mirror");
            }
            how.push("rotated 90");
        }
    }
    if odd {
        how.push("rotated a little");
    }
    how
}

/// What was done to an original of this size, as far as the geometry shows it.
pub(super) fn how(evidence: &Evidence, (width, height): (f32, f32), view: &View, mirrored: bool, resized: bool) -> Vec<&'static str> {
    let map = &evidence.map;
    let mut how = turned(mirrored, map.turn());
    let (seen, covered) = evidence.shares;
    if covered < 0.9 {
        how.push(frame(evidence, (width, height), view));
    }
    if seen < 0.95 {
        how.push("crop");
    }
    if map.stretch() > 1.1 {
        how.push("stretched");
    }
    // A small copy lacks spots everywhere, and its ground is coarse.
    let share = |(all, some): (usize, usize)| if all == 0 { 1.0 } else { some as f32 / all as f32 };
    if share(evidence.own) < 0.75 && share(evidence.ground) < 0.88 && covered >= 0.3 {
        how.push("partly covered");
    }
    if resized && how.is_empty() {
        how.push("resized");
    }
    how
}

/// What surrounds it: bars on two sides, a border, or other things.
fn frame(evidence: &Evidence, (width, height): (f32, f32), view: &View) -> &'static str {
    let (from_x, from_y) = evidence.map.at(0.0, 0.0);
    let (to_x, to_y) = evidence.map.at(width, height);
    let (left, right) = (from_x.min(to_x) / view.width, 1.0 - from_x.max(to_x) / view.width);
    let (top, bottom) = (from_y.min(to_y) / view.height, 1.0 - from_y.max(to_y) / view.height);
    let (even_x, even_y) = ((left - right).abs() < 0.03, (top - bottom).abs() < 0.03);
    let small = |share: f32| share < 0.03;
    match (even_x && !small(left), even_y && !small(top)) {
        (false, true) if small(left) && small(right) => "letterbox",
        (true, false) if small(top) && small(bottom) => "pillarbox",
        (true, true) if left < 0.2 && top < 0.2 => "border",
        _ => "inside another picture",
    }
}
