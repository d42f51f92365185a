//! JPEG by the means of its blocks: brightness at an eighth of the size, for hashes of the whole picture.
//!
//! The first coefficient of each block is its mean, and it is all that is worked out: the others are passed over without
//! being put together, and the cosine transform is left out (ITU-T T.81, annexes A, F and G). Of a progressive file only
//! the first scan is read. A hash sees shapes of a quarter of the picture down to a thirty-second of it, so that from 400
//! pixels on the means say what the pixels do.

use image::metadata::Orientation;

use super::reduce::upright;
use super::{DecodeError, Limits, Luma, check_size};

/// A smaller picture has too few blocks.
const LEAST_SIDE: u16 = 400;
/// Pixels along the longer side under which a picture's means are laid out half as large as it, others a quarter.
const SMALL: usize = 1024;
/// Bits that a first scan may leave to later ones. Encoders leave one; a file that leaves them all would look plain here,
/// and like something else to a reader.
const MOST_LEFT: u32 = 2;
/// Bits of a code that one look tells.
const GLANCE: u32 = 9;

/// The means of the blocks; `None` for what is not a plain JPEG, which is left to the other decoder.
///
/// # Errors
/// Only where the picture is too large.
pub(super) fn means(bytes: &[u8], limits: &Limits) -> Result<Option<Luma>, DecodeError> {
    let Some(head) = Head::read(bytes) else { return Ok(None) };
    check_size(u32::from(head.width), u32::from(head.height), limits)?;
    Ok(head.means(bytes).map(|luma| upright(luma, head.orientation)))
}

/// A component as the frame's header names it.
#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    across: usize,
    down: usize,
    table: usize,
}

/// All that has to be known before the first scan.
struct Head {
    width: u16,
    height: u16,
    progressive: bool,
    components: Vec<Component>,
    /// The first value of each quantisation table.
    steps: [i32; 4],
    /// Codes of first coefficients, and of the others.
    first: [Option<Codes>; 4],
    rest: [Option<Codes>; 4],
    restart: usize,
    orientation: Orientation,
    /// Components of the scan, each with its codes for first coefficients and for others.
    scan: Vec<(usize, usize, usize)>,
    /// Bits that the first scan leaves to later ones.
    shift: u32,
    /// Where the scan's data begin.
    data: usize,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut head = Self {
            width: 0,
            height: 0,
            progressive: false,
            components: Vec::new(),
            steps: [0; 4],
            first: [const { None }; 4],
            rest: [const { None }; 4],
            restart: 0,
            orientation: Orientation::NoTransforms,
            scan: Vec::new(),
            shift: 0,
            data: 0,
        };
        let mut at = 2;
        loop {
            let marker = *bytes.get(at..)?.strip_prefix(&[0xff])?.first()?;
            if marker == 0xff {
                at += 1;
                continue;
            }
            let length = usize::from(u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?));
            let segment = bytes.get(at + 4..at + 2 + length)?;
            at += 2 + length;
            match marker {
                0xc0..=0xc2 => head.frame(segment, marker == 0xc2)?,
                0xc4 => head.codes(segment)?,
                0xdb => head.tables(segment)?,
                0xdd => head.restart = usize::from(u16::from_be_bytes(*segment.first_chunk()?)),
                0xe1 => {
                    if let Some(found) = segment.strip_prefix(b"Exif\0\0").and_then(Orientation::from_exif_chunk) {
                        head.orientation = found;
                    }
                }
                // Adobe's mark: what the three components are. 1 is brightness and colours.
                0xee if segment.starts_with(b"Adobe") && segment.get(11) != Some(&1) => return None,
                0xda => {
                    head.start(segment)?;
                    head.data = at;
                    return Some(head);
                }
                0xe0..=0xef | 0xfe => {}
                _ => return None,
            }
        }
    }

    fn frame(&mut self, segment: &[u8], progressive: bool) -> Option<()> {
        let &[8, h0, h1, w0, w1, count, ref rest @ ..] = segment else { return None };
        (self.height, self.width) = (u16::from_be_bytes([h0, h1]), u16::from_be_bytes([w0, w1]));
        self.progressive = progressive;
        for part in rest.chunks_exact(3).take(usize::from(count)) {
            let &[id, sides, table] = part else { return None };
            let (across, down) = (usize::from(sides >> 4), usize::from(sides & 15));
            self.components.push(Component { id, across, down, table: usize::from(table) });
        }
        let known = matches!(self.components.iter().map(|c| c.id).collect::<Vec<_>>().as_slice(), [_] | [0, 1, 2] | [1, 2, 3]);
        let sane = self.components.iter().all(|c| (1..=4).contains(&c.across) && (1..=4).contains(&c.down) && c.table < 4);
        let luma = self.components.first()?;
        let finest = self.components.iter().all(|c| c.across <= luma.across && c.down <= luma.down);
        (known && sane && finest && self.components.len() == usize::from(count) && self.width.min(self.height) >= LEAST_SIDE).then_some(())
    }

    fn codes(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&class, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
            let (values, rest) = rest.split_at_checked(total)?;
            let to = if class >> 4 == 0 { &mut self.first } else { &mut self.rest };
            *to.get_mut(usize::from(class & 15))? = Some(Codes::new(counts, values)?);
            segment = rest;
        }
        Some(())
    }

    fn tables(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&name, rest)) = segment.split_first() {
            let wide = name >> 4 != 0;
            let step = if wide { i32::from(u16::from_be_bytes(*rest.first_chunk()?)) } else { i32::from(*rest.first()?) };
            *self.steps.get_mut(usize::from(name & 15))? = step;
            segment = rest.get(if wide { 128 } else { 64 }..)?;
        }
        Some(())
    }

    fn start(&mut self, segment: &[u8]) -> Option<()> {
        let (&count, rest) = segment.split_first()?;
        let (selectors, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let &[from, _, depth] = rest else { return None };
        for pair in selectors.chunks_exact(2) {
            let &[id, tables] = pair else { return None };
            let component = self.components.iter().position(|c| c.id == id)?;
            self.scan.push((component, usize::from(tables >> 4), usize::from(tables & 15)));
        }
        self.shift = u32::from(depth & 15);
        // All components in one scan, or brightness alone; a first scan refines nothing.
        let whole = self.scan.len() == self.components.len();
        let alone = self.scan.len() == 1 && self.scan.first()?.0 == 0;
        (from == 0 && depth >> 4 == 0 && self.shift <= MOST_LEFT && (whole || alone)).then_some(())
    }

    /// The means of the first component's blocks; `None` where the data break off or make no sense.
    fn means(&self, bytes: &[u8]) -> Option<Luma> {
        let luma = *self.components.first()?;
        let step = *self.steps.get(luma.table)?;
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        // One component by itself comes block by block, several in groups of blocks (A.2.2, A.2.3).
        let group = if self.scan.len() > 1 { (luma.across, luma.down) } else { (1, 1) };
        let (columns, rows) = (width.div_ceil(8 * group.0), height.div_ceil(8 * group.1));
        let stride = columns * group.0;
        let mut pixels = vec![0u8; stride * rows * group.1];
        let mut parts = Vec::new();
        for &(component, first, rest) in &self.scan {
            let one = self.components.get(component)?;
            let blocks = if self.scan.len() > 1 { (one.across, one.down) } else { (1, 1) };
            let rest = if self.progressive { None } else { Some(self.rest.get(rest)?.as_ref()?) };
            parts.push((component == 0, blocks, self.first.get(first)?.as_ref()?, rest));
        }
        let mut bits = Bits::new(bytes.get(self.data..)?);
        let mut last = [0i32; 4];
        let mut since = 0;
        for row in 0..rows {
            for column in 0..columns {
                if self.restart > 0 && since == self.restart {
                    bits = bits.after_restart()?;
                    (last, since) = ([0; 4], 0);
                }
                since += 1;
                for ((is_luma, (across, down), first, rest), last) in parts.iter().zip(&mut last) {
                    for block in 0..across * down {
                        *last = last.wrapping_add(bits.difference(first)?);
                        if let Some(rest) = rest {
                            bits.pass_over(rest)?;
                        }
                        if *is_luma {
                            let (x, y) = (column * across + block % across, row * down + block / across);
                            // A mean is eight times as large as the pixels, and 0 is middle grey.
                            let mean = last.wrapping_shl(self.shift).wrapping_mul(step).wrapping_add(1024 + 4) >> 3;
                            if let Some(pixel) = pixels.get_mut(y * stride + x) {
                                *pixel = mean.clamp(0, 255) as u8;
                            }
                        }
                    }
                }
            }
        }
        Some(smooth(&pixels, stride, width, height))
    }
}

/// Straight lines between the means, half or a quarter as large as the picture: a hash that takes samples of the means as
/// they are sees their edges, and one that sees the rest of the last block another shape.
fn smooth(means: &[u8], stride: usize, full_width: usize, full_height: usize) -> Luma {
    let by = if full_width.max(full_height) < SMALL { 4 } else { 2 };
    // For each place the mean before it and the share of the one after, in 256ths.
    let places = |full: usize| -> Vec<(usize, usize, u16)> {
        let last = full.div_ceil(8) - 1;
        let place = |at: usize| {
            let from = ((2 * at + 1) * 128 / by).saturating_sub(128);
            ((from >> 8).min(last), ((from >> 8) + 1).min(last), (from & 255) as u16)
        };
        (0..(full * by + 4) / 8).map(place).collect()
    };
    let blend = |a: u8, b: u8, share: u16| ((u16::from(a) * (256 - share) + u16::from(b) * share) >> 8) as u8;
    let (columns, rows) = (places(full_width), places(full_height));
    let (width, height) = (columns.len(), rows.len());
    let row = |y: usize| means.get(y * stride..(y + 1) * stride).unwrap_or_default();
    let mut out = Vec::with_capacity(width * height);
    let mut line = vec![0u8; stride];
    for (above, below, share) in rows {
        for ((to, a), b) in line.iter_mut().zip(row(above)).zip(row(below)) {
            *to = blend(*a, *b, share);
        }
        out.extend(columns.iter().map(|(a, b, share)| match (line.get(*a), line.get(*b)) {
            (Some(a), Some(b)) => blend(*a, *b, *share),
            _ => 0,
        }));
    }
    Luma { width, height, pixels: out, full_width: full_width as u32, full_height: full_height as u32 }
}

/// A table of codes.
struct Codes {
    /// By the next bits: the value and its code's length; length 0 where the code is longer.
    glance: Vec<(u8, u8)>,
    /// For each length the first code that is longer, aligned to 16 bits, and what to add to find its value.
    ends: [(u32, i32); 17],
    values: Vec<u8>,
}

impl Codes {
    fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut glance = vec![(0u8, 0u8); 1 << GLANCE];
        let mut ends = [(0u32, 0i32); 17];
        let (mut code, mut at) = (0u32, 0usize);
        for (length, (end, count)) in (1u32..).zip(ends.iter_mut().skip(1).zip(counts)) {
            let first = at as i32 - code as i32;
            for _ in 0..*count {
                if length <= GLANCE {
                    let from = (code as usize) << (GLANCE - length);
                    glance.get_mut(from..from + (1 << (GLANCE - length)))?.fill((*values.get(at)?, length as u8));
                }
                code += 1;
                at += 1;
            }
            if code > 1 << length {
                return None;
            }
            *end = (code << (16 - length), first);
            code <<= 1;
        }
        Some(Self { glance, ends, values: values.to_vec() })
    }
}

/// The bits of a scan.
struct Bits<'a> {
    data: &'a [u8],
    /// Bytes taken.
    at: usize,
    held: u64,
    count: u32,
    /// Bits that were made up behind the end of the data.
    missing: u32,
}

impl<'a> Bits<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0, missing: 0 }
    }

    /// Holds at least 32 bits; behind the next marker they are zeros.
    #[inline(always)]
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        // Four bytes at once where none of them can be a marker.
        if let Some(four) = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<4>())
            && four.iter().all(|byte| *byte != 0xff)
        {
            self.held |= u64::from(u32::from_be_bytes(*four)) << (32 - self.count);
            (self.at, self.count) = (self.at + 4, self.count + 32);
            return;
        }
        while self.count < 32 {
            let byte = match self.data.get(self.at..) {
                Some([0xff, 0, ..]) => {
                    self.at += 2;
                    0xff
                }
                Some([byte, ..]) if *byte != 0xff => {
                    self.at += 1;
                    *byte
                }
                _ => {
                    self.missing += 8;
                    0
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline(always)]
    fn drop_bits(&mut self, bits: u32) -> Option<()> {
        self.held <<= bits;
        self.count -= bits;
        // None of those that were made up.
        (self.missing <= self.count).then_some(())
    }

    /// The next code's value.
    #[inline(always)]
    fn value(&mut self, codes: &Codes) -> Option<u8> {
        self.fill();
        let (value, length) = *codes.glance.get((self.held >> (64 - GLANCE)) as usize)?;
        if length > 0 {
            self.drop_bits(length.into())?;
            return Some(value);
        }
        let next = (self.held >> 48) as u32;
        let (length, (_, first)) = (0u32..).zip(&codes.ends).skip(1).find(|(_, (end, _))| next < *end)?;
        let code = (next >> (16 - length)) as i32;
        self.drop_bits(length)?;
        codes.values.get(usize::try_from(code + first).ok()?).copied()
    }

    /// The difference of a first coefficient from the one before (F.2.2.1).
    #[inline(always)]
    fn difference(&mut self, codes: &Codes) -> Option<i32> {
        let size = u32::from(self.value(codes)?);
        if size == 0 {
            return Some(0);
        }
        if size > 15 {
            return None;
        }
        self.fill();
        let value = (self.held >> (64 - size)) as i32;
        self.drop_bits(size)?;
        Some(if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value })
    }

    /// Passes over a block's other coefficients (F.2.2.2).
    #[inline(always)]
    fn pass_over(&mut self, codes: &Codes) -> Option<()> {
        let mut at = 1;
        while at < 64 {
            let value = self.value(codes)?;
            let (run, size) = (u32::from(value >> 4), u32::from(value & 15));
            if size == 0 && run < 15 {
                break;
            }
            at += run + 1;
            // A code has at most 16 bits and a value 15: one filling is enough for both.
            self.drop_bits(size)?;
        }
        (at <= 64).then_some(())
    }

    /// What follows the restart marker that has to come next.
    fn after_restart(&self) -> Option<Self> {
        let rest = self.data.get(self.at..)?;
        // Bytes that were taken beforehand are none of a marker's.
        let to = memchr::memchr(0xff, rest)?;
        match rest.get(to + 1) {
            Some(0xd0..=0xd7) => Some(Self::new(rest.get(to + 2..)?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::sample::{LIMITS, jpeg, picture};
    use super::*;
    use crate::look::pdq::{distance, pdq};

    #[test]
    fn the_means_hash_as_the_pixels_do() {
        for (seed, width, height) in [(1, 401, 420), (2, 400, 1031), (3, 640, 480), (4, 1600, 900)] {
            let bytes = jpeg(&picture(seed, width, height), 80);
            let means = means(&bytes, &LIMITS).unwrap().unwrap();
            assert_eq!((means.full_width, means.full_height), (width, height));
            assert_eq!(means.pixels.len(), means.width * means.height);
            let whole = super::super::jpeg::luma(&bytes, &LIMITS).unwrap();
            let far = distance(&pdq(&means).hash, &pdq(&whole).hash);
            assert!(far <= 24, "{width} × {height}: {far}");
        }
    }

    #[test]
    fn what_is_small_broken_or_strange_is_left_to_the_other_decoder() {
        assert!(means(&jpeg(&picture(1, 399, 600), 80), &LIMITS).unwrap().is_none());
        let bytes = jpeg(&picture(1, 400, 400), 80);
        for length in (0..bytes.len() - 2).step_by(97) {
            assert!(means(&bytes[..length], &LIMITS).unwrap().is_none(), "{length}");
        }
        let limits = Limits { max_pixels: 150_000, ..LIMITS };
        assert!(matches!(means(&bytes, &limits), Err(DecodeError::TooManyPixels { .. })));
    }

    #[test]
    fn codes_longer_than_a_glance_are_read() {
        // One code each of 1 to 12 bits, as unbalanced as can be.
        let mut counts = [0u8; 16];
        counts[..12].fill(1);
        let codes = Codes::new(&counts, &(0..12).collect::<Vec<_>>()).unwrap();
        // 0, then eleven ones and a zero, then nine ones and a zero, and no marker.
        let mut bits = Bits::new(&[0b0111_1111, 0b1111_0111, 0b1111_1100, 0, 0, 0]);
        assert_eq!([bits.value(&codes), bits.value(&codes), bits.value(&codes)], [Some(0), Some(11), Some(9)]);
        assert!(Codes::new(&[3; 16], &[0; 48]).is_none(), "more codes than there can be");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_it_fail(at in 2usize..16000, byte in any::<u8>(), more in proptest::collection::vec(any::<u8>(), 0..40)) {
            static PLAIN: LazyLock<Vec<u8>> = LazyLock::new(|| jpeg(&picture(7, 400, 400), 40));
            let mut bytes = PLAIN.clone();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.splice(at..at, more);
            if let Ok(Some(means)) = means(&bytes, &LIMITS) {
                prop_assert_eq!(means.pixels.len(), means.width * means.height);
            }
        }
    }
}
