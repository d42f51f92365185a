//! One program for all targets, so that it is built once: `$FUZZ_TARGET` names the one that is run.

#![no_main]

#[path = "../targets.rs"]
mod targets;

use std::sync::LazyLock;

static CHOSEN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = targets::ALL.iter().find(|(target, _)| *target == name);
    found.unwrap_or_else(|| panic!("FUZZ_TARGET must be one of {:?}", targets::ALL.map(|t| t.0))).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| CHOSEN(data));
