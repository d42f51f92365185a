//! Whether the cage of decoders and helpers holds, by trying.

use std::time::Duration;

use super::Check;
use crate::look::cage::attempt::Attempt;
use crate::look::cage::proof::{Proof, prove};
use crate::look::decode::Limits;
use crate::look::fingerprint::Purpose;
use crate::look::pool::Pool;
use crate::words::{DoctorWords, fill};

/// Tries the cage, and that a picture can be decoded in it.
pub(super) async fn tried(w: &DoctorWords) -> Vec<Check> {
    let proof = prove().await;
    let mut checks = Vec::new();
    let pool = Pool::new(1, Limits { max_pixels: 1 << 20, max_frames: 1 }, Duration::from_secs(30));
    if let Err(why) = pool.fingerprint(sample(), Purpose::Quick).await {
        checks.push(Check::bad("decoder", fill(w.cage_broken, &[&why]), w.mend_cage_broken));
    }
    checks.extend(told(&proof, w));
    checks
}

fn told(proof: &Proof, w: &DoctorWords) -> Vec<Check> {
    let landlock = proof.cage.landlock.map(|version| format!("landlock {version}"));
    let check = match (&landlock, proof.cage.seccomp) {
        (Some(landlock), true) => Check::good("cage", fill(w.cage, &[&format!("{landlock}, seccomp")])),
        (Some(landlock), false) => Check::bad("cage", fill(w.cage_half, &[landlock, &"seccomp"]), w.mend_cage).optional(),
        (None, true) => Check::bad("cage", fill(w.cage_half, &[&"seccomp", &"landlock"]), w.mend_cage).optional(),
        (None, false) => return vec![Check::bad("cage", w.cage_none, w.mend_cage).optional()],
    };
    let open: Vec<Check> = [(w.a_decoder, &proof.decoder_could), (w.a_helper, &proof.helper_could)]
        .into_iter()
        .filter(|(_, could)| !could.is_empty())
        .map(|(who, could)| {
            let mut what: Vec<&str> = could.iter().map(|attempt| word(*attempt, w)).collect();
            what.dedup();
            let check = Check::bad("cage", fill(w.cage_open, &[&who, &what.join(w.and)]), w.mend_cage_open);
            // With one lock missing, what only it would close is open: known, and told above.
            if landlock.is_some() && proof.cage.seccomp { check } else { check.optional() }
        })
        .collect();
    match (check.ok, open.is_empty()) {
        (true, false) => open,
        _ => std::iter::once(check).chain(open).collect(),
    }
}

fn word(attempt: Attempt, w: &DoctorWords) -> &'static str {
    match attempt {
        Attempt::ReadFile => w.could_read,
        Attempt::MakeFile | Attempt::MemoryFile => w.could_write,
        Attempt::Become | Attempt::Start | Attempt::Thread => w.could_start,
        Attempt::Listen | Attempt::Datagram | Attempt::Local | Attempt::Parent => w.could_reach,
        Attempt::Memory | Attempt::Core => w.could_more,
    }
}

/// A BMP file of 64 × 64 pixels.
fn sample() -> Vec<u8> {
    const SIDE: u32 = 64;
    let mut file = b"BM".to_vec();
    let size = SIDE * SIDE * 3;
    for number in [54 + size, 0, 54, 40, SIDE, SIDE, 1 | 24 << 16, 0, size, 0, 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file.extend((0..size).map(|n| (n * n / 7 % 251) as u8));
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::cage::Cage;
    use crate::look::fingerprint::fingerprint_for;
    use crate::model::Language;

    #[test]
    fn the_sample_is_a_picture() {
        assert!(fingerprint_for(&sample(), &Limits { max_pixels: 1 << 20, max_frames: 1 }, Purpose::Quick).is_ok());
    }

    #[test]
    fn what_is_missing_and_what_is_open_is_told() {
        let w = crate::words::of(Language::En).doctor();
        let cage = |landlock, seccomp| Cage { landlock, seccomp };
        let of = |cage, decoder_could: &[Attempt]| told(&Proof { cage, decoder_could: decoder_could.into(), helper_could: vec![] }, &w);
        let flags = |checks: Vec<Check>| checks.iter().map(|c| (c.ok, c.needed)).collect::<Vec<_>>();
        assert_eq!(flags(of(cage(Some(7), true), &[])), [(true, true)]);
        assert_eq!(flags(of(cage(Some(7), true), &[Attempt::Listen])), [(false, true)]);
        assert_eq!(flags(of(cage(None, true), &[])), [(false, false)]);
        assert_eq!(flags(of(cage(Some(3), false), &[Attempt::Datagram])), [(false, false), (false, false)]);
        let none = of(cage(None, false), &[Attempt::ReadFile]);
        assert!(none[0].message.contains("neither landlock nor seccomp"), "{}", none[0].message);
        let open = of(cage(Some(7), true), &[Attempt::Listen, Attempt::Datagram]);
        assert_eq!(open[0].message, "tried just now: a decoder could reach the network or other programs");
    }
}
