//! What [`super::fold`] works out, looked up.

use std::sync::LazyLock;

use super::fold::{find_base, find_shape, is_accent, is_invisible, is_letter};

/// What is known of every character below U+3100 and of the presentation forms, full-width, mathematical and boxed
/// letters above it, worked out once: most text is there.
pub(super) struct Table {
    facts: Vec<Facts>,
    bases: Vec<char>,
    shapes: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Facts {
    pub(super) flags: u8,
    base: (u16, u8),
    shape: (u16, u8),
}

pub(super) const LETTER: u8 = 1;
pub(super) const ACCENT: u8 = 2;
pub(super) const INVISIBLE: u8 = 4;

const BLOCKS: [(u32, u32); 4] = [(0, 0x3100), (0xF900, 0x1_0000), (0x1_D400, 0x1_D800), (0x1_F100, 0x1_F200)];

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut t = Table { facts: Vec::with_capacity(0x4000), bases: vec![], shapes: vec![] };
    let span = |from: usize, to: usize| u16::try_from(from).ok().zip(u8::try_from(to - from).ok()).unwrap_or_default();
    for c in BLOCKS.iter().flat_map(|b| b.0..b.1).map(|n| char::from_u32(n).unwrap_or_default()) {
        let (base, shape) = (t.bases.len(), t.shapes.len());
        find_base(c, &mut |b| t.bases.push(b));
        find_shape(c, &mut |b| t.shapes.push(b));
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        t.facts.push(Facts {
            flags: flag(is_letter(c), LETTER) | flag(is_accent(c), ACCENT) | flag(is_invisible(c), INVISIBLE),
            base: span(base, t.bases.len()),
            shape: span(shape, t.shapes.len()),
        });
    }
    t
});

impl Table {
    pub(super) fn of(c: char) -> Option<&'static Facts> {
        let n = u32::from(c);
        if n < 0x3100 {
            return TABLE.facts.get(n as usize);
        }
        let mut before = 0;
        for (from, to) in BLOCKS {
            if (from..to).contains(&n) {
                return TABLE.facts.get((before + n - from) as usize);
            }
            before += to - from;
        }
        None
    }

    pub(super) fn bases(c: char) -> Option<&'static [char]> {
        let (from, len) = Self::of(c)?.base;
        TABLE.bases.get(usize::from(from)..usize::from(from) + usize::from(len))
    }

    pub(super) fn shape(c: char) -> Option<&'static [u8]> {
        let (from, len) = Self::of(c)?.shape;
        TABLE.shapes.get(usize::from(from)..usize::from(from) + usize::from(len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_what_the_functions_say() {
        for c in ('\u{80}'..'\u{3000}').chain('\u{F900}'..'\u{FFFF}').chain('\u{1D400}'..'\u{1D7FF}').step_by(7) {
            let (mut bases, mut shapes) = (Vec::new(), Vec::new());
            find_base(c, &mut |b| bases.push(b));
            find_shape(c, &mut |b| shapes.push(b));
            assert_eq!(Table::bases(c), Some(bases.as_slice()), "{:x}", u32::from(c));
            assert_eq!(Table::shape(c), Some(shapes.as_slice()), "{:x}", u32::from(c));
        }
    }
}
