//! Files that leave the machine: `add --export` and `backup`. Whoever gets one without the passphrase or the key can
//! read nothing. The format is age (age-encryption.org/v1), so that the owner can open them without this program.

use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt, x25519};
use anyhow::anyhow;
use unicode_normalization::UnicodeNormalization;

use super::{Failure, ask};
use crate::config;
use crate::model::Secret;
use crate::words::Words;

/// The fewest letters of a passphrase that is chosen: the file may lie about for years.
const LEAST_LETTERS: usize = 12;

/// scrypt with N = 2^17: 128 MiB and some tenths of a second, the same on every machine.
const WORK: u8 = 17;
/// The most that a file may ask for, which is what the tool `age` writes: more would be a way to take all memory.
const MOST_WORK: u8 = 18;
/// No header that is made by people is longer; the parser's time grows with its square.
const MOST_HEADER: u64 = 64 * 1024;
/// How every such file begins.
const FIRST_LINE: &[u8] = b"age-encryption.org/v1\n";

/// Who can open a file that is written.
pub(super) enum For {
    /// Whoever knows it.
    Passphrase(Secret),
    /// The holders of these keys.
    Recipients(Vec<x25519::Recipient>),
}

/// What opens a file that is read.
pub(super) enum With {
    /// What it was written with.
    Passphrase(Secret),
    /// Keys, one of which it was written for.
    Identities(Vec<x25519::Identity>),
}

/// Why a file does not open.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    /// Not in this format at all.
    NotAge,
    /// Another passphrase or key, or a damaged file: they cannot be told apart.
    Wrong,
    /// It is for a passphrase, and a key was given.
    NeedsPassphrase,
    /// It is for a key, and a passphrase was given.
    NeedsKey,
    /// It asks for more memory than any honest file.
    Excessive,
}

impl std::fmt::Display for Unopened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotAge => "is not an encrypted file that monitor wrote, or its beginning is damaged",
            Self::Wrong => "does not open: the passphrase or the key is another one, or the file is damaged",
            Self::NeedsPassphrase => "was encrypted with a passphrase; leave --identity out",
            Self::NeedsKey => "was encrypted for a key; name the file that holds it with --identity KEYFILE",
            Self::Excessive => {
                "asks for more memory than any file that monitor writes; if it is yours and another program made it, decrypt it with 'age -d' and encrypt it anew"
            }
        })
    }
}

fn secret(passphrase: &Secret) -> SecretString {
    // One keyboard writes é as one sign, another as two.
    SecretString::from(passphrase.reveal().nfc().collect::<String>())
}

/// What is written to the result goes to `out`, encrypted. It is whole only after `finish`.
pub(super) fn seal<W: Write>(out: W, whom: &For) -> anyhow::Result<StreamWriter<W>> {
    let encryptor = match whom {
        For::Passphrase(passphrase) => {
            let mut recipient = scrypt::Recipient::new(secret(passphrase));
            recipient.set_work_factor(WORK);
            Encryptor::with_recipients(std::iter::once(&recipient as &dyn Recipient))
        }
        For::Recipients(all) => Encryptor::with_recipients(all.iter().map(|r| r as &dyn Recipient)),
    };
    Ok(encryptor.map_err(|e| anyhow!("cannot be encrypted: {e}"))?.wrap_output(out)?)
}

/// Whether `bytes` begin as such a file does.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(FIRST_LINE)
}

/// What `input` holds. Only who reads to the end knows that nothing was cut off or changed.
pub(super) fn open<R: Read>(mut input: R, with: &With) -> io::Result<Result<StreamReader<impl Read + use<R>>, Unopened>> {
    let mut head = Vec::new();
    input.by_ref().take(MOST_HEADER).read_to_end(&mut head)?;
    if !is_sealed(&head) || !head.windows(5).any(|w| w == b"\n--- ") {
        return Ok(Err(Unopened::NotAge));
    }
    let decryptor = match Decryptor::new_buffered(io::BufReader::new(Cursor::new(head).chain(input))) {
        Ok(decryptor) => decryptor,
        Err(DecryptError::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        Err(_) => return Ok(Err(Unopened::NotAge)),
    };
    let opened = match (with, decryptor.is_scrypt()) {
        (With::Passphrase(passphrase), true) => {
            let mut identity = scrypt::Identity::new(secret(passphrase));
            identity.set_max_work_factor(MOST_WORK);
            decryptor.decrypt(std::iter::once(&identity as &dyn Identity))
        }
        (With::Identities(all), false) => decryptor.decrypt(all.iter().map(|i| i as &dyn Identity)),
        (With::Passphrase(_), false) => return Ok(Err(Unopened::NeedsKey)),
        (With::Identities(_), true) => return Ok(Err(Unopened::NeedsPassphrase)),
    };
    Ok(opened.map_err(|error| match error {
        DecryptError::ExcessiveWork { .. } => Unopened::Excessive,
        _ => Unopened::Wrong,
    }))
}

/// The passphrase that a new file is sealed with: long enough, and typed twice the same.
pub(super) fn chosen(file: Option<&Path>, words: &dyn Words) -> Result<Secret, Failure> {
    let chosen = match file {
        Some(path) => config::secret_file(path).map_err(Failure::Usage)?,
        None => ask::passphrase(words.new_passphrase())?,
    };
    if chosen.reveal().chars().count() < LEAST_LETTERS {
        return Err(Failure::Usage(format!(
            "the passphrase has fewer than {LEAST_LETTERS} letters; four or more words that nobody would guess make a good one. Nothing was written"
        )));
    }
    if file.is_none() && ask::passphrase(words.passphrase_again())? != chosen {
        return Err(Failure::Usage("the two passphrases differ; nothing was written".into()));
    }
    Ok(chosen)
}

/// The passphrase of a file that exists.
pub(super) fn known(file: Option<&Path>, words: &dyn Words) -> Result<Secret, Failure> {
    match file {
        Some(path) => config::secret_file(path).map_err(Failure::Usage),
        None => ask::passphrase(words.passphrase()),
    }
}

/// The recipients of the command line.
pub(super) fn recipients(given: &[String]) -> Result<Vec<x25519::Recipient>, Failure> {
    let wrong = |n| Failure::Usage(format!("recipient {n} is not one of age's public keys, as 'age-keygen' prints them (age1…)"));
    given.iter().enumerate().map(|(n, text)| text.trim().parse().map_err(|_| wrong(n + 1))).collect()
}

/// The keys in a file of `age-keygen`.
pub(super) fn identities(file: &Path) -> Result<Vec<x25519::Identity>, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| Failure::Usage(format!("{shown} cannot be read: {error}")))?;
    let keys: Vec<_> = text.lines().filter_map(|line| line.trim().parse().ok()).collect();
    if keys.is_empty() {
        return Err(Failure::Usage(format!("{shown} holds no key of age, as 'age-keygen' writes them (AGE-SECRET-KEY-1…)")));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(plain: &[u8], whom: &For) -> Vec<u8> {
        let mut out = seal(Vec::new(), whom).unwrap();
        out.write_all(plain).unwrap();
        out.finish().unwrap()
    }

    /// What is read, or why not; an error of reading is a damaged file.
    fn opened(bytes: &[u8], with: &With) -> Result<Vec<u8>, Unopened> {
        let mut plain = Vec::new();
        open(bytes, with).unwrap()?.read_to_end(&mut plain).map_err(|_| Unopened::Wrong)?;
        Ok(plain)
    }

    fn phrase(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn only_the_same_passphrase_opens_it_and_nothing_can_be_changed() {
        let whom = For::Passphrase(phrase("le café est bleu"));
        let file = sealed(b"sets/img_1.jpg", &whom);
        assert!(is_sealed(&file) && !file.windows(4).any(|w| w == b"sets"));
        // The second is composed otherwise.
        for right in ["le café est bleu", "le cafe\u{301} est bleu"] {
            assert_eq!(opened(&file, &With::Passphrase(phrase(right))).as_deref(), Ok(b"sets/img_1.jpg".as_slice()));
        }
        assert_eq!(opened(&file, &With::Passphrase(phrase("le cafe est bleu"))), Err(Unopened::Wrong));
        let right = With::Passphrase(phrase("le café est bleu"));
        let mut changed = file.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(opened(&changed, &right), Err(Unopened::Wrong));
        assert_eq!(opened(&file[..file.len() - 1], &right), Err(Unopened::Wrong));
        for cut in [0, 10, FIRST_LINE.len(), 60] {
            assert_eq!(opened(&file[..cut], &right), Err(Unopened::NotAge));
        }
    }

    #[test]
    fn a_key_opens_what_was_written_for_it() {
        let (key, other) = (x25519::Identity::generate(), x25519::Identity::generate());
        let file = sealed(b"x", &For::Recipients(vec![key.to_public()]));
        assert_eq!(opened(&file, &With::Identities(vec![key])).as_deref(), Ok(b"x".as_slice()));
        assert_eq!(opened(&file, &With::Identities(vec![other])), Err(Unopened::Wrong));
        assert_eq!(opened(&file, &With::Passphrase(phrase("le café est bleu"))), Err(Unopened::NeedsKey));
    }

    #[test]
    fn a_file_that_asks_for_all_memory_or_has_an_endless_head_is_refused() {
        let bomb = "age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 30\nZhN3+dBSVUqDr1bnJzDC6gqWfLaWvZjGO3e7bcWXGbo\n--- bWsBZpjcIVOHQVPNxNwTdCjuKDfRH3Tf4mBkTSyGFEI\n";
        let file = [bomb.as_bytes(), &[0; 64]].concat();
        assert_eq!(opened(&file, &With::Passphrase(phrase("x"))), Err(Unopened::Excessive));
        let endless = [FIRST_LINE, "-> x y\nAAAA\n".repeat(100_000).as_bytes(), b"--- AAAA\n"].concat();
        assert_eq!(opened(&endless, &With::Passphrase(phrase("x"))), Err(Unopened::NotAge));
    }
}
