//! What makes the store unreadable to others: values are encrypted one by one, look-ups go by keyed hash.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce; the row's id is associated data, so that a
//! value moved to another row does not open. Look-ups, ids and uniqueness: keyed BLAKE3. Both keys are derived from
//! the one in the key file by BLAKE3's key derivation, the key of look-ups from the first one that the store had: it is
//! kept in the store, sealed, so that ids stay when the key is changed.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Serialize, de::DeserializeOwned};

use super::StoreError;

const NONCE: usize = 24;
const FORMAT: u8 = 1;

/// Where the key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file, made at first use.
    File(PathBuf),
    /// A file that systemd hands over; never made by the program.
    Credential(PathBuf),
}

impl KeySource {
    /// The file that holds the key.
    pub fn path(&self) -> &Path {
        match self {
            KeySource::File(path) | KeySource::Credential(path) => path,
        }
    }

    /// Reads the key; makes one where the file is missing and `store` does not exist yet.
    ///
    /// # Errors
    /// A missing key for an existing store, a store that is missing where the key says that there was one, a key
    /// that is not 64 hexadecimal digits, a file that cannot be read or written.
    pub(super) fn load(&self, store: &Path) -> Result<Seal, StoreError> {
        let path = self.path();
        let exists = store.exists();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && matches!(self, KeySource::File(_)) => {
                if exists {
                    return Err(StoreError::KeyMissing { key: path.into(), store: store.into() });
                }
                make(path).map_err(|why| StoreError::KeyFile { key: path.into(), why })?
            }
            Err(why) => return Err(StoreError::KeyFile { key: path.into(), why }),
        };
        if !exists && text.lines().any(|l| l == remark(store)) {
            return Err(StoreError::StoreMissing { key: path.into(), store: store.into() });
        }
        key_in(&text).map(|key| Seal::new(&key)).ok_or_else(|| StoreError::KeyFormat { key: path.into() })
    }

    /// Whether the key file says that it has sealed `store`.
    pub(super) fn has_sealed(&self, store: &Path) -> bool {
        std::fs::read_to_string(self.path()).is_ok_and(|text| text.lines().any(|l| l == remark(store)))
    }

    /// A new key that a change of the key has left beside this one.
    pub fn left_over(&self) -> Option<PathBuf> {
        self.new_path().filter(|path| path.exists())
    }

    /// Where a new key lies until it takes the old one's place.
    fn new_path(&self) -> Option<PathBuf> {
        let KeySource::File(path) = self else { return None };
        let mut name = path.clone().into_os_string();
        name.push(".new");
        Some(name.into())
    }

    /// The key that was to take this one's place when the program died.
    pub(super) fn load_new(&self) -> Option<Seal> {
        let text = std::fs::read_to_string(self.new_path()?).ok()?;
        key_in(&text).map(|key| Seal::new(&key))
    }

    /// Takes a new key away that has sealed nothing.
    pub(super) fn remove_new(&self) {
        if let Some(path) = self.left_over() {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Writes the new key beside the old one, with the old one's remarks; on disk when it returns.
    pub(super) fn write_new(&self, key: &[u8; 32]) -> std::io::Result<()> {
        let Some(path) = self.new_path() else { return Ok(()) };
        let old = std::fs::read_to_string(self.path())?;
        let remarks: String = old.lines().skip(1).map(|line| format!("{line}\n")).collect();
        self.remove_new();
        write_synced(&path, &format!("{}\n{remarks}", to_hex(key)))
    }

    /// Whether the key file holds `key`.
    pub(super) fn opens_with(&self, key: &[u8; 32]) -> bool {
        std::fs::read_to_string(self.path()).ok().and_then(|text| key_in(&text)).as_ref() == Some(key)
    }

    /// The new key takes the old one's place, on disk when it returns.
    pub(super) fn put_new_in_place(&self) -> std::io::Result<()> {
        let Some(new) = self.new_path() else { return Ok(()) };
        std::fs::rename(&new, self.path())?;
        sync_folder_of(self.path())
    }

    /// Notes in the key file which store it seals, so that a disk that is not there is not taken for a first start.
    pub(super) fn note_store(&self, store: &Path) {
        let KeySource::File(path) = self else { return };
        let line = remark(store);
        if std::fs::read_to_string(path).is_ok_and(|text| text.lines().any(|l| l == line)) {
            return;
        }
        // A key file that cannot be written to still works; only this safeguard is missing.
        if let Ok(mut file) = std::fs::OpenOptions::new().append(true).open(path) {
            let _ = writeln!(file, "{line}");
        }
    }
}

fn remark(store: &Path) -> String {
    format!("# seals {}", store.display())
}

/// The key in the first line of a key file.
pub(super) fn key_in(text: &str) -> Option<[u8; 32]> {
    text.lines().next().and_then(|l| from_hex(l.trim()))
}

/// A key that nobody can guess.
pub(super) fn fresh_key() -> std::io::Result<[u8; 32]> {
    let mut key = [0u8; 32];
    getrandom::fill(&mut key).map_err(std::io::Error::other)?;
    Ok(key)
}

/// The key in `file`; made there where there is no such file.
pub(super) fn read_or_make(file: &Path) -> Result<[u8; 32], StoreError> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(file),
        other => other,
    };
    let text = text.map_err(|why| StoreError::KeyFile { key: file.into(), why })?;
    key_in(&text).ok_or_else(|| StoreError::KeyFormat { key: file.into() })
}

fn write_synced(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_folder_of(path)
}

/// A rename or removal of `file` is on the disk when this returns.
///
/// # Errors
/// What the system says; a file system that cannot do that to a folder is none: the file itself has been synced.
pub fn sync_folder_of(file: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind::{InvalidInput, Unsupported};
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match std::fs::File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), InvalidInput | Unsupported) => Ok(()),
        synced => synced,
    }
}

fn make(path: &Path) -> std::io::Result<String> {
    let key = fresh_key()?;
    let text = format!("{}\n# The key of monitor's store. Without it the store cannot be read; keep a copy elsewhere.\n", to_hex(&key));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_synced(path, &text)?;
    Ok(text)
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut out = [0u8; 32];
    for (n, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(out)
}

/// Seals, opens and hashes with the store's key.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    lookup: [u8; 32],
}

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let cipher = XChaCha20Poly1305::new(&blake3::derive_key("monitor 2026 store values", key).into());
        Self { cipher, lookup: blake3::derive_key("monitor 2026 store look-ups", key) }
    }

    /// The key of look-ups; the store keeps it, so that it outlives a change of the other.
    pub(super) fn lookup(&self) -> &[u8; 32] {
        &self.lookup
    }

    pub(super) fn set_lookup(&mut self, lookup: [u8; 32]) {
        self.lookup = lookup;
    }

    /// Encrypts `plain` for the row `id`.
    pub(super) fn seal_bytes(&self, id: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| StoreError::Sealing)?;
        let payload = Payload { msg: plain, aad: id.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| StoreError::Sealing)?;
        let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Decrypts what [`Seal::seal_bytes`] made for the same `id`.
    pub(super) fn open_bytes(&self, id: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (format, rest) = sealed.split_first().ok_or(StoreError::Opening)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(StoreError::Opening)?;
        if *format != FORMAT {
            return Err(StoreError::Opening);
        }
        let payload = Payload { msg: body, aad: id.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| StoreError::Opening)
    }

    /// Encrypts a plain value as JSON.
    pub(super) fn seal<T: Serialize>(&self, id: &str, value: &T) -> Result<Vec<u8>, StoreError> {
        self.seal_bytes(id, &serde_json::to_vec(value).map_err(|_| StoreError::Sealing)?)
    }

    /// Decrypts what [`Seal::seal`] made.
    pub(super) fn open<T: DeserializeOwned>(&self, id: &str, sealed: &[u8]) -> Result<T, StoreError> {
        serde_json::from_slice(&self.open_bytes(id, sealed)?).map_err(|_| StoreError::Opening)
    }

    /// Keyed hash of `parts` under `what`: 32 hexadecimal digits. Parts cannot run into each other.
    pub(super) fn look_up(&self, what: &str, parts: &[&[u8]]) -> String {
        to_hex(self.digest(what, parts).get(..16).unwrap_or_default())
    }

    /// The same, short enough to type: ten letters and digits that are not mistaken for each other.
    pub(super) fn short(&self, what: &str, parts: &[&[u8]]) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        self.digest(what, parts).iter().take(10).map(|b| char::from(*ALPHABET.get(usize::from(b & 31)).unwrap_or(&b'0'))).collect()
    }

    /// Keyed hash of a value of any type, for as long as the type stays.
    pub(super) fn look_up_value(&self, what: &str, value: &impl Hash) -> String {
        let mut hasher = Keyed(blake3::Hasher::new_keyed(&self.lookup));
        what.hash(&mut hasher);
        value.hash(&mut hasher);
        to_hex(hasher.0.finalize().as_bytes().get(..16).unwrap_or_default())
    }

    fn digest(&self, what: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.lookup);
        for part in std::iter::once(what.as_bytes()).chain(parts.iter().copied()) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }
}

/// Takes what [`Hash`] says of a value, but for a keyed hash.
struct Keyed(blake3::Hasher);

impl Hasher for Keyed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0 // never asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_only_with_its_key_and_its_row() {
        let (seal, other) = (Seal::new(&[1; 32]), Seal::new(&[2; 32]));
        let sealed = seal.seal("row", &"Mira Sandoval").unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"Mira"));
        assert_eq!(seal.open::<String>("row", &sealed).unwrap(), "Mira Sandoval");
        assert!(seal.open::<String>("another row", &sealed).is_err());
        assert!(other.open::<String>("row", &sealed).is_err());
        assert!(seal.open_bytes("row", &[]).is_err());
    }

    #[test]
    fn look_ups_are_stable_and_parts_do_not_run_together() {
        let seal = Seal::new(&[1; 32]);
        assert_eq!(seal.look_up("page", &[b"a", b"b"]), seal.look_up("page", &[b"a", b"b"]));
        assert_ne!(seal.look_up("page", &[b"ab", b""]), seal.look_up("page", &[b"a", b"b"]));
        assert_ne!(seal.look_up("page", &[b"a"]), Seal::new(&[2; 32]).look_up("page", &[b"a"]));
        assert_eq!(seal.short("finding", &[b"a"]).len(), 10);
    }
}
