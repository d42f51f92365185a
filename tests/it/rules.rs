//! The arrows that must never be: read off the `use crate::` lines.

use std::collections::BTreeMap;
use std::path::Path;

/// Which rooms each room may use. A room that is missing here is a test failure, so that a new one is thought about.
const ARROWS: [(&str, &[&str]); 17] = [
    ("model", &[]),
    ("schedule", &["model"]),
    ("extract", &["model"]),
    ("source", &["model", "extract"]),
    ("look", &["model"]),
    ("judge", &["model", "look"]),
    ("fetch", &["model", "schedule"]),
    ("render", &["model", "fetch"]),
    ("shelf", &["model"]),
    ("store", &["model"]),
    ("words", &["model"]),
    ("alert", &["model", "schedule", "store", "words"]),
    ("scan", &["model", "fetch", "render", "shelf", "extract", "source", "look", "judge", "store"]),
    ("config", &["model", "fetch", "source", "look", "store", "alert"]),
    ("cli", &[]),
    (
        "command",
        &["model", "schedule", "fetch", "render", "extract", "source", "look", "judge", "scan", "store", "alert", "words", "config", "cli"],
    ),
    ("main", &[]),
];

fn sources(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn room(src: &Path, file: &Path) -> String {
    let first = file.strip_prefix(src).unwrap().iter().next().unwrap().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_string()
}

#[test]
fn no_room_uses_what_it_must_not_know() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 50);
    for file in files {
        let room = room(&src, &file);
        if room == "lib" {
            continue;
        }
        let Some(allowed) = allowed.get(room.as_str()) else { panic!("the room {room} has no rule") };
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        if file.ends_with("tests.rs") || file.iter().any(|part| part == "tests") {
            continue;
        }
        for at in text.match_indices("crate::").map(|(at, _)| at + "crate::".len()) {
            let rest = &text[at..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => {
                    list.split('}').next().unwrap_or(list).split(',').map(|n| n.split(['}', ':']).next().unwrap().trim()).collect()
                }
                None => vec![rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()],
            };
            for name in names.into_iter().filter(|n| ARROWS.iter().any(|(room, _)| room == n)) {
                assert!(name == room || allowed.contains(&name), "{}: {room} must not use {name}", file.display());
            }
        }
    }
}

#[test]
fn no_file_outgrows_the_head() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 480, "{} has {lines} lines", file.display());
    }
}

#[test]
fn the_source_holds_no_shortcut_that_outside_data_can_reach() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files {
        if file.ends_with("tests.rs") || file.iter().any(|part| part == "tests") || file.ends_with("sample.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for shortcut in [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("] {
            assert!(!text.contains(shortcut), "{} uses {shortcut}", file.display());
        }
    }
}
