//! What stands in a backup once it is decrypted: a tar archive of few entries with fixed names, in a fixed order. Whoever
//! gives one to `restore` may want to hurt: nothing of it decides about a path, and every size has a bound.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use serde::{Deserialize, Serialize};
use tar::{Archive, Builder, Entries, EntryType, Header};

use crate::config::Overlay;

const MANIFEST: &str = "manifest.json";
const CONFIGURATION: &str = "monitor.toml";
const KEY: &str = "store.key";
const STORE: &str = "monitor.db";
const FORMAT: &str = "monitor backup";
const VERSION: u16 = 1;

/// Most bytes of the small entries, and most files.
const MOST_TEXT: u64 = 4 << 20;
const MOST_KEY: u64 = 64 << 10;
const MOST_FILE: u64 = 16 << 20;
const MOST_FILES: usize = 256;

/// What a backup says about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: String,
    version: u16,
    /// The program that wrote it.
    pub program: String,
    /// When, for people.
    pub created: String,
    /// When, in milliseconds.
    pub created_ms: i64,
    /// Where things lay.
    pub configuration: String,
    pub state_dir: String,
    pub key: String,
    /// Files that the configuration refers to.
    pub files: Vec<Held>,
    /// Those that could not be read.
    pub left_out: Vec<String>,
}

/// What every version's list begins with.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u16,
}

/// One of the files that the configuration refers to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Held {
    /// A systemd credential.
    pub credential: bool,
    /// As it is written in the configuration.
    pub written: String,
    /// Where it lay.
    pub path: String,
}

impl Manifest {
    pub(super) fn new(now: i64) -> Self {
        let created = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
        Self {
            format: FORMAT.into(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").into(),
            created: created.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            created_ms: now,
            configuration: String::new(),
            state_dir: String::new(),
            key: String::new(),
            files: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

/// The small things of a backup.
pub(super) struct Contents {
    pub manifest: Manifest,
    pub configuration: String,
    pub key: String,
    /// One for each of the manifest's files.
    pub files: Vec<Vec<u8>>,
}

impl Contents {
    /// The files, as the configuration names them.
    pub(super) fn overlay(&self) -> Overlay {
        let named = self.manifest.files.iter().zip(&self.files);
        named.map(|(held, bytes)| ((held.credential, held.written.clone()), bytes.clone())).collect()
    }
}

/// Why a decrypted backup is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error("is damaged or cut off")]
    Damaged,
    #[error("cannot be read to its end: {0}")]
    Unreadable(io::Error),
    #[error("is not a backup that monitor wrote ({0})")]
    Strange(&'static str),
    #[error("was written by a newer version of monitor; install that version first")]
    Newer,
    #[error("cannot be unpacked: {0}")]
    Disk(io::Error),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match error.kind() {
            // So age says that the bytes were changed or end too early, and tar that they are none of its own.
            InvalidData | InvalidInput | Other | UnexpectedEof => Wrong::Damaged,
            _ => Wrong::Unreadable(error),
        }
    }
}

/// Writes a backup to `out`.
pub(super) fn write<W: Write>(out: W, contents: &Contents, mut store: &File) -> io::Result<W> {
    let mut tar = Builder::new(out);
    let seconds = u64::try_from(contents.manifest.created_ms / 1000).unwrap_or_default();
    let head = |size: u64| {
        let mut head = Header::new_ustar();
        head.set_entry_type(EntryType::Regular);
        head.set_mode(0o600);
        head.set_mtime(seconds);
        head.set_size(size);
        head
    };
    let mut add = |name: &str, bytes: &[u8]| tar.append_data(&mut head(bytes.len() as u64), name, bytes);
    add(MANIFEST, &serde_json::to_vec_pretty(&contents.manifest).map_err(io::Error::other)?)?;
    add(CONFIGURATION, contents.configuration.as_bytes())?;
    add(KEY, contents.key.as_bytes())?;
    for (n, bytes) in contents.files.iter().enumerate() {
        add(&file_name(n), bytes)?;
    }
    store.rewind()?;
    tar.append_data(&mut head(store.metadata()?.len()), STORE, store)?;
    tar.into_inner()
}

fn file_name(n: usize) -> String {
    format!("files/{}", n + 1)
}

/// Reads a backup: the small things, then the store into the file that `place` makes once it has seen them.
pub(super) fn read<R: Read, E: From<Wrong>>(input: R, place: impl FnOnce(&Contents) -> Result<File, E>) -> Result<Contents, E> {
    let mut archive = Archive::new(input);
    // Raw: long names, links and holes are then entries of their own kind, and refused.
    let mut entries = archive.entries().map_err(Wrong::from)?.raw(true);
    let contents = small(&mut entries)?;
    let mut out = place(&contents)?;
    store(&mut entries, &mut out)?;
    // The end of the encryption is only seen by who reads on: without this, a file that was cut off would do.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(Wrong::from)?;
    Ok(contents)
}

fn small<R: Read>(entries: &mut Entries<'_, R>) -> Result<Contents, Wrong> {
    let manifest = next(entries, MANIFEST, MOST_TEXT)?;
    let strange = || Wrong::Strange("its list of contents");
    // The rest of a newer version's list may look different.
    let Head { format, version } = serde_json::from_slice(&manifest).map_err(|_| strange())?;
    if format != FORMAT {
        return Err(strange());
    }
    if version > VERSION {
        return Err(Wrong::Newer);
    }
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|_| strange())?;
    if manifest.files.len() > MOST_FILES {
        return Err(strange());
    }
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| Wrong::Strange("a text that is none"));
    let configuration = text(next(entries, CONFIGURATION, MOST_TEXT)?)?;
    let key = text(next(entries, KEY, MOST_KEY)?)?;
    let files = (0..manifest.files.len()).map(|n| next(entries, &file_name(n), MOST_FILE)).collect::<Result<_, _>>()?;
    Ok(Contents { manifest, configuration, key, files })
}

/// The next entry, which must be a plain file of that name.
fn entry<'a, R: Read>(entries: &mut Entries<'a, R>, name: &str) -> Result<tar::Entry<'a, R>, Wrong> {
    let entry = entries.next().ok_or(Wrong::Strange("something is missing"))??;
    if entry.header().entry_type() != EntryType::Regular {
        return Err(Wrong::Strange("an entry that is not a file"));
    }
    if entry.path_bytes() != name.as_bytes() {
        return Err(Wrong::Strange("an entry with another name"));
    }
    Ok(entry)
}

fn next<R: Read>(entries: &mut Entries<'_, R>, name: &str, most: u64) -> Result<Vec<u8>, Wrong> {
    let entry = entry(entries, name)?;
    if entry.size() > most {
        return Err(Wrong::Strange("an entry is too large"));
    }
    let (size, mut bytes) = (entry.size(), Vec::new());
    entry.take(most).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(Wrong::Damaged) }
}

fn store<R: Read>(entries: &mut Entries<'_, R>, out: &mut File) -> Result<(), Wrong> {
    let mut entry = entry(entries, STORE)?;
    let (size, mut read, mut buffer) = (entry.size(), 0, vec![0; 1 << 16]);
    loop {
        let n = entry.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        read += n as u64;
        out.write_all(buffer.get(..n).unwrap_or_default()).map_err(Wrong::Disk)?;
    }
    out.sync_all().map_err(Wrong::Disk)?;
    match entries.next() {
        _ if read != size => Err(Wrong::Damaged),
        None => Ok(()),
        Some(_) => Err(Wrong::Strange("there is more in it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(files: usize) -> Contents {
        let mut manifest = Manifest::new(1_790_000_000_000);
        manifest.files = vec![Held { credential: false, written: "n".into(), path: "/n".into() }; files];
        Contents { manifest, configuration: "a = 1".into(), key: "00".into(), files: vec![b"x".to_vec(); files] }
    }

    fn tar_of(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut tar = Builder::new(Vec::new());
        for (name, kind, bytes) in entries {
            let mut head = Header::new_ustar();
            head.set_entry_type(*kind);
            head.set_size(bytes.len() as u64);
            // By hand: the crate itself refuses to write such names.
            head.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            head.set_cksum();
            tar.append(&head, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn read_all(bytes: &[u8]) -> Result<(Contents, Vec<u8>), Wrong> {
        let mut out = tempfile::tempfile().unwrap();
        let contents = read(bytes, |_| Ok::<_, Wrong>(out.try_clone().unwrap()))?;
        let mut store = Vec::new();
        out.rewind().unwrap();
        out.read_to_end(&mut store).unwrap();
        Ok((contents, store))
    }

    #[test]
    fn what_is_written_is_read() {
        let mut store = tempfile::tempfile().unwrap();
        store.write_all(&vec![7; 100_000]).unwrap();
        let bytes = write(Vec::new(), &contents(2), &store).unwrap();
        let (read, copy) = read_all(&bytes).unwrap();
        assert_eq!((read.configuration.as_str(), read.files.len(), copy.len()), ("a = 1", 2, 100_000));
        assert_eq!(read.manifest.created, "2026-09-21 14:13:20 UTC");
        for cut in [0, 300, 700, 3000, bytes.len() - 1024 - 512] {
            assert!(read_all(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn another_name_a_link_or_a_surplus_is_refused() {
        use EntryType::{Link, Regular, Symlink};
        let manifest = serde_json::to_vec(&contents(1).manifest).unwrap();
        let right: [(&str, EntryType, &[u8]); 5] = [
            (MANIFEST, Regular, &manifest),
            (CONFIGURATION, Regular, b"a"),
            (KEY, Regular, b"k"),
            ("files/1", Regular, b"f"),
            (STORE, Regular, b"s"),
        ];
        assert!(read_all(&tar_of(&right)).is_ok());
        for at in 0..right.len() {
            for (name, kind) in [
                ("../../etc/passwd", Regular),
                ("/etc/passwd", Regular),
                (right[at].0, Symlink),
                (right[at].0, Link),
                (right[at].0, EntryType::GNUSparse),
            ] {
                let mut wrong = right;
                wrong[at] = (name, kind, wrong[at].2);
                assert!(matches!(read_all(&tar_of(&wrong)), Err(Wrong::Strange(_))), "{name} {kind:?} at {at}");
            }
        }
        let more = [&right[..], &[("more", Regular, b"x")]].concat();
        assert!(matches!(read_all(&tar_of(&more)), Err(Wrong::Strange(_))));
        let large = vec![b'#'; MOST_TEXT as usize + 1];
        let mut wrong = right;
        wrong[1].2 = &large;
        assert!(matches!(read_all(&tar_of(&wrong)), Err(Wrong::Strange(_))));
        let newer = String::from_utf8(manifest.clone()).unwrap().replace("\"version\":1", "\"version\":2");
        for newer in [newer.as_str(), r#"{"format":"monitor backup","version":2,"files":"elsewhere"}"#] {
            let mut wrong = right;
            wrong[0].2 = newer.as_bytes();
            assert!(matches!(read_all(&tar_of(&wrong)), Err(Wrong::Newer)));
        }
    }

    #[test]
    fn a_disk_that_cannot_be_read_is_not_called_a_damaged_file() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(5))
            }
        }
        let none = |_: &Contents| Err::<File, Wrong>(Wrong::Damaged);
        let bytes = write(Vec::new(), &contents(0), &tempfile::tempfile().unwrap()).unwrap();
        let cut = bytes[..700].chain(Failing);
        assert!(matches!(read(cut, none), Err(Wrong::Unreadable(_))));
    }
}
