//! JPEG: only its brightness is decoded, which saves the colours' part of the work.

use image::metadata::Orientation;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::reduce::{Reducer, upright};
use super::scans::spared;
use super::{DecodeError, Limits, Luma, brightness, check_size};

/// What the decoder leaves where the data ended.
const UNWRITTEN: u8 = 128;

/// Decodes one JPEG.
pub(super) fn luma(bytes: &[u8], limits: &Limits) -> Result<Luma, DecodeError> {
    let whole = has_end(bytes);
    match decode(bytes, whole, limits) {
        // A progressive file without its end is refused as a whole; ended at its last complete scan, or where
        // it broke off, the decoder hands out what it has. (The marker of its frame can stand nowhere else:
        // inside the data, 0xff is followed by 0.)
        Err(DecodeError::Damaged(why)) if !whole && bytes.windows(2).any(|pair| pair == [0xff, 0xc2]) => {
            let ended = |at: usize| [bytes.get(..at).unwrap_or_default(), &[0xff, 0xd9]].concat();
            decode(&ended(bytes.len()), false, limits)
                .or_else(|_| decode(&ended(last_scan(bytes)), false, limits))
                .map_err(|_| DecodeError::Damaged(why))
        }
        other => other,
    }
}

fn decode(bytes: &[u8], whole: bool, limits: &Limits) -> Result<Luma, DecodeError> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let begun = |bytes| {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map(|()| decoder).map_err(DecodeError::damaged)
    };
    let mut decoder = begun(bytes)?;
    // Without colours there is less to do, if brightness stands apart from them.
    let gray = matches!(decoder.input_colorspace(), Some(ColorSpace::YCbCr | ColorSpace::Luma));
    let less = if whole && gray { spared(bytes) } else { None };
    if let Some(less) = &less {
        decoder = begun(less)?;
    }
    let (width, height) = decoder.dimensions().ok_or_else(|| DecodeError::damaged("no size"))?;
    check_size(width as u32, height as u32, limits)?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));

    if !gray {
        // CMYK, YCCK and RGB have no brightness of their own.
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::RGB));
    }
    let channels = if gray { 1 } else { 3 };
    let mut pixels = vec![UNWRITTEN; width * height * channels];
    decoder.decode_into(&mut pixels).map_err(DecodeError::damaged)?;

    let rows = pixels.chunks_exact(width * channels);
    let missing = match whole {
        true => 0,
        false => rows.clone().rev().take_while(|row| row.iter().all(|p| *p == UNWRITTEN)).count(),
    };
    let there = height - missing;
    if there * 2 < height {
        return Err(DecodeError::damaged("less than half of it is there"));
    }
    let mut reducer = Reducer::new(width, height);
    if gray {
        rows.take(there).for_each(|row| reducer.row(row));
    } else {
        let mut line = Vec::with_capacity(width);
        for row in rows.take(there) {
            line.clear();
            line.extend(row.as_chunks::<3>().0.iter().map(|&[r, g, b]| brightness(r, g, b)));
            reducer.row(&line);
        }
    }
    Ok(upright(reducer.finish(), orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Where the last scan or its tables begin.
fn last_scan(bytes: &[u8]) -> usize {
    bytes.windows(2).rposition(|pair| matches!(pair, [0xff, 0xda | 0xc4])).unwrap_or(0)
}

/// Whether an end marker stands in the last part of the file; some cameras write data behind it.
fn has_end(bytes: &[u8]) -> bool {
    let tail = bytes.len().saturating_sub(bytes.len() / 2);
    bytes.get(tail..).unwrap_or_default().windows(2).rev().any(|pair| pair == [0xff, 0xd9])
}
