//! The fuzz targets on stable cargo, always the same way: the corpus, then seeded mutations of it.
//!
//! How to search further, and how to add what was found, says `fuzz/README.md`.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Longer inputs are replayed, not mutated.
const LONGEST: usize = 4096;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a target's corpus, in order.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder().join("corpus").join(target)).unwrap().flatten();
    let mut files: Vec<_> = entries.map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).unwrap())).collect();
    files.sort();
    files
}

/// The words of a dictionary, as libFuzzer writes them.
fn dictionary(target: &str) -> Vec<Vec<u8>> {
    let name = match target {
        "html" | "feed" | "source" | "charset" | "walls" => "html.dict",
        "config" => "toml.dict",
        "names" => "names.dict",
        "address" | "robots" => "address.dict",
        _ => return Vec::new(),
    };
    let text = std::fs::read_to_string(folder().join("dictionaries").join(name)).unwrap();
    let words = text.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'));
    words.map(unescaped).collect()
}

/// `\\`, `\"` and `\xAB` resolved.
fn unescaped(word: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'\\').then(|| after.strip_prefix(b"x")?.get(..2)).flatten();
        (out, rest) = match (first, hex) {
            (_, Some(hex)) => ([out, vec![u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap()]].concat(), &after[3..]),
            (b'\\', None) => ([out, vec![after[0]]].concat(), &after[1..]),
            (byte, None) => ([out, vec![*byte]].concat(), after),
        };
    }
    out
}

/// xorshift64*: the same numbers everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

/// One change: bytes turned or set, cut, spliced with another input, a piece doubled often, a word put in.
fn change(input: &mut Vec<u8>, other: &[u8], words: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let to = (at + 1 + chance.below(32)).min(input.len()).max(at);
    match chance.below(7) {
        0 => input.iter_mut().skip(at).take(1).for_each(|b| *b ^= 1 << chance.below(8)),
        1 => input.iter_mut().skip(at).take(1).for_each(|b| *b = [0, 0xff, b'<', b'"', 0x7f, 0x80][chance.below(6)]),
        2 => drop(input.drain(at..to)),
        3 => input.truncate(at),
        4 => drop(input.splice(at.., other.iter().skip(chance.below(other.len())).copied())),
        5 => {
            let piece = input[at..to].repeat(1 + chance.below(60));
            drop(input.splice(at..at, piece));
        }
        _ if words.is_empty() => input.rotate_left(at),
        _ => drop(input.splice(at..at, words[chance.below(words.len())].iter().copied())),
    }
}

fn run(target: fn(&[u8]), name: &str, what: &str, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        let file = folder().join("artifacts").join(name).join(what.replace(' ', "-"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, input).unwrap();
        panic!("{name}: {what} breaks a promise; the input lies in {}", file.display());
    }
}

fn replay(name: &str, mutations: usize) {
    let target = targets::ALL.iter().find(|t| t.0 == name).unwrap().1;
    let (corpus, words) = (corpus(name), dictionary(name));
    assert!(!corpus.is_empty());
    for (file, input) in &corpus {
        run(target, name, file, input);
    }
    let mut chance = Chance(name.bytes().fold(0x9e37_79b9_7f4a_7c15, |seed, b| (seed ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)) | 1);
    let short: Vec<&Vec<u8>> = corpus.iter().map(|(_, input)| input).filter(|i| (1..=LONGEST).contains(&i.len())).collect();
    for number in 0..mutations {
        let mut input = short[chance.below(short.len())].clone();
        for _ in 0..1 + chance.below(4) {
            let other = short[chance.below(short.len())];
            if input.is_empty() {
                input.push(0);
            }
            change(&mut input, other, &words, &mut chance);
            input.truncate(LONGEST);
        }
        run(target, name, &format!("mutation {number}"), &input);
    }
}

macro_rules! targets {
    ($($name:ident $mutations:literal)*) => {
        $(#[test] fn $name() { replay(stringify!($name), $mutations); })*

        #[test]
        fn none_is_left_out() {
            assert_eq!(targets::ALL.map(|t| t.0).as_slice(), [$(stringify!($name)),*]);
            assert_eq!(std::fs::read_dir(folder().join("corpus")).unwrap().count(), targets::ALL.len());
        }
    };
}

targets! {
    html 600
    feed 600
    source 500
    charset 400
    names 250
    address 600
    robots 300
    headers 300
    config 400
    lists 400
    shown 300
    decode 600
    film 200
    fingerprint 6
    unpack 100
    walls 300
    snapshot 400
    shelf 200
}
