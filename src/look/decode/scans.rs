//! The scans of a progressive JPEG (ITU-T T.81, annexes B and G): those of colours are left out before anything is
//! decoded.

/// The file without the scans that are not needed; `None` where it is not progressive, or has none to spare.
pub(super) fn spared(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut kept) = (2, 0);
    let mut frame: Option<Frame> = None;
    loop {
        let marker = *bytes.get(at..)?.strip_prefix(&[0xff])?.first()?;
        if marker == 0xff {
            at += 1; // a fill byte
            continue;
        }
        let length = match marker {
            0xd9 => break,
            0x01 | 0xd0..=0xd8 => 0,
            _ => usize::from(u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?)),
        };
        let segment = bytes.get(at + 4..at + 2 + length).unwrap_or_default();
        match marker {
            0xc2 => frame = Some(Frame::read(segment)?),
            0xc0 | 0xc1 | 0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return None,
            _ => {}
        }
        at += 2 + length;
        if marker == 0xda {
            let end = at + end_of_data(bytes.get(at..)?);
            if !frame.as_ref()?.needs(segment)? {
                out.extend_from_slice(bytes.get(kept..at - 2 - length)?);
                kept = end;
            }
            at = end;
        }
    }
    (kept > 0).then(|| {
        out.extend_from_slice(bytes.get(kept..).unwrap_or_default());
        out
    })
}

/// What a frame's header says: the component that is brightness.
struct Frame(u8);

impl Frame {
    fn read(segment: &[u8]) -> Option<Self> {
        let &[_, _, _, _, _, components, luma, ..] = segment else { return None };
        // One component is all brightness; four are no brightness and colours.
        (components == 3).then_some(Self(luma))
    }

    /// Whether a scan with this header says anything of brightness.
    fn needs(&self, header: &[u8]) -> Option<bool> {
        let (components, rest) = header.split_first()?;
        let selectors = rest.get(..2 * usize::from(*components))?;
        Some(selectors.chunks_exact(2).any(|pair| pair.first() == Some(&self.0)))
    }
}

/// The bytes up to the next marker; inside the data 0xff is followed by 0 or by a restart marker.
fn end_of_data(data: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = data.get(from..).and_then(|rest| memchr::memchr(0xff, rest)) {
        match data.get(from + at + 1) {
            Some(0 | 0xd0..=0xd7) => from += at + 2,
            _ => return from + at,
        }
    }
    data.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        [&[0xff, marker], &(body.len() as u16 + 2).to_be_bytes()[..], body].concat()
    }

    fn scan(components: &[u8], first: u8, refines: u8, data: &[u8]) -> Vec<u8> {
        let mut header = vec![components.len() as u8];
        components.iter().for_each(|c| header.extend([*c, 0]));
        header.extend([first, if first == 0 { 0 } else { 63 }, refines << 4]);
        [segment(0xda, &header), data.to_vec()].concat()
    }

    fn file(side: u16, scans: &[Vec<u8>]) -> Vec<u8> {
        let [high, low] = side.to_be_bytes();
        let frame = segment(0xc2, &[8, high, low, high, low, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        [&[0xff, 0xd8][..], &frame, &scans.concat(), &[0xff, 0xd9]].concat()
    }

    #[test]
    fn colours_are_left_out() {
        let all = [scan(&[1, 2, 3], 0, 0, b"dc"), scan(&[1], 1, 0, b"a\xff\0b"), scan(&[2], 1, 0, b"\xff\xd0x"), scan(&[1], 1, 1, b"fine")];
        let [dc, ac, _, fine] = all.clone();
        assert_eq!(spared(&file(300, &all)), Some(file(300, &[dc.clone(), ac.clone(), fine])));
        assert_eq!(spared(&file(300, &[dc, ac])), None);
    }

    #[test]
    fn what_is_not_understood_is_left_as_it_is() {
        let whole = file(300, &[scan(&[1, 2, 3], 0, 0, b"dc"), scan(&[2], 1, 0, b"colour")]);
        for length in 0..whole.len() {
            let cut = &whole[..length];
            assert!(spared(cut).is_none_or(|kept| kept.len() < cut.len()), "{length}");
        }
        assert_eq!(spared(&[0xff, 0xd8, 0xff, 0xc0, 0, 2]), None);
    }
}
