//! The envelope of `--export`: whoever gets the file without the passphrase can read nothing.
//!
//! Argon2id with the parameters that RFC 9106 recommends where memory is scarce (64 MiB, 3 passes, 4 lanes) makes
//! the key; XChaCha20-Poly1305 seals, as in the store. The parameters belong to the version in the first line and
//! never come from the file, so that a made-up file cannot ask for all memory.

use anyhow::{Context as _, anyhow};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use unicode_normalization::UnicodeNormalization;

use crate::model::Secret;

/// The first line, in plain: says what the file is. Salt, nonce and the sealed content follow.
const FIRST_LINE: &[u8] = b"monitor fingerprints, sealed 1\n";
const SALT: usize = 16;
const NONCE: usize = 24;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;

/// The fewest letters of a passphrase that is chosen: the file may lie about for years.
pub(super) const LEAST_LETTERS: usize = 12;

/// Whether [`seal`] made this.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(FIRST_LINE)
}

/// Encrypts `plain`.
pub(super) fn seal(plain: &[u8], passphrase: &Secret) -> anyhow::Result<Vec<u8>> {
    let mut random = [0u8; SALT + NONCE];
    getrandom::fill(&mut random).map_err(|_| anyhow!("the system gave no random numbers"))?;
    let (salt, nonce) = random.split_first_chunk::<SALT>().context("no salt")?;
    let nonce: [u8; NONCE] = nonce.try_into().context("no nonce")?;
    let payload = Payload { msg: plain, aad: FIRST_LINE };
    let sealed = cipher(passphrase, salt)?.encrypt(&XNonce::from(nonce), payload).map_err(|_| anyhow!("cannot be encrypted"))?;
    Ok([FIRST_LINE, &random, &sealed].concat())
}

/// Decrypts what [`seal`] made with the same passphrase; `None` for another passphrase or a damaged file.
pub(super) fn open(bytes: &[u8], passphrase: &Secret) -> anyhow::Result<Option<Vec<u8>>> {
    let parts = bytes
        .strip_prefix(FIRST_LINE)
        .and_then(|rest| rest.split_first_chunk::<SALT>())
        .and_then(|(salt, rest)| Some((salt, rest.split_first_chunk::<NONCE>()?)));
    let Some((salt, (nonce, body))) = parts else { return Ok(None) };
    let payload = Payload { msg: body, aad: FIRST_LINE };
    Ok(cipher(passphrase, salt)?.decrypt(&XNonce::from(*nonce), payload).ok())
}

fn cipher(passphrase: &Secret, salt: &[u8; SALT]) -> anyhow::Result<XChaCha20Poly1305> {
    // One keyboard writes é as one sign, another as two.
    let passphrase: String = passphrase.reveal().nfc().collect();
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| anyhow!("{e}"))?;
    let mut key = [0u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|e| anyhow!("no key can be made of the passphrase: {e}"))?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_passphrase_opens_it_and_nothing_can_be_changed() {
        let (right, wrong) = (Secret::new("le café est bleu"), Secret::new("le cafe est bleu"));
        let sealed = seal(b"sets/img_1.jpg", &right).unwrap();
        assert!(is_sealed(&sealed) && !sealed.windows(4).any(|w| w == b"sets"));
        assert_ne!(sealed, seal(b"sets/img_1.jpg", &right).unwrap());
        let composed_otherwise = Secret::new("le cafe\u{301} est bleu");
        for passphrase in [&right, &composed_otherwise] {
            assert_eq!(open(&sealed, passphrase).unwrap().as_deref(), Some(b"sets/img_1.jpg".as_slice()));
        }
        assert_eq!(open(&sealed, &wrong).unwrap(), None);
        for at in [FIRST_LINE.len(), FIRST_LINE.len() + SALT, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&changed, &right).unwrap(), None);
        }
        for cut in [0, FIRST_LINE.len(), FIRST_LINE.len() + SALT + NONCE, sealed.len() - 1] {
            assert_eq!(open(&sealed[..cut], &right).unwrap(), None);
        }
    }

    #[test]
    fn a_file_of_this_version_stays_readable() {
        // Made with argon2-cffi and PyNaCl: salt 0, 1, …; nonce 100, 101, ….
        let body = "93825873ac58676e275cf1666c6ab0d8a12277edcd7934717f1ba6abeaddc7b2a8518895e87426bf800b86";
        let body = (0..body.len()).step_by(2).map(|at| u8::from_str_radix(&body[at..at + 2], 16).unwrap());
        let file: Vec<u8> = FIRST_LINE.iter().copied().chain(0..16).chain(100..124).chain(body).collect();
        let plain = open(&file, &Secret::new("le café est bleu")).unwrap();
        assert_eq!(plain.as_deref(), Some(b"a file of the first version".as_slice()));
    }
}
