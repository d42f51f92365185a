//! AVIF stills: one AV1 frame in a container. What is not just that (sequences, grids of tiles) is left to ffmpeg.

use avif_parse::read_avif;
use re_rav1d::{Decoder, InloopFilterType, Picture, PlanarImageComponent, Settings, pixel::YUVRange};

use super::reduce::Reducer;
use super::{DecodeError, Detail, Format, Limits, Luma, check_size};

/// Decodes one AVIF; only its brightness is taken over.
pub(super) fn luma(bytes: &[u8], limits: &Limits, detail: Detail) -> Result<Luma, DecodeError> {
    let elsewhere = || DecodeError::NeedsHelper(Format::Avif);
    let file = read_avif(&mut &*bytes).map_err(|_| elsewhere())?;
    let facts = file.primary_item_metadata().map_err(|_| elsewhere())?;
    check_size(facts.max_frame_width.get(), facts.max_frame_height.get(), limits)?;
    let mut settings = Settings::new();
    // The child has one thread and may start no other.
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_apply_grain(false);
    // Of several layers a reader sees the finest.
    settings.set_all_layers(false);
    if detail == Detail::Coarse {
        // They smooth what a hash does not see.
        settings.set_inloop_filters(InloopFilterType::empty());
    }
    settings.set_frame_size_limit(u32::try_from(limits.max_pixels).unwrap_or(u32::MAX));
    let mut decoder = Decoder::with_settings(&settings).map_err(|_| elsewhere())?;
    let frame: Vec<u8> = file.primary_item.iter().copied().collect();
    decoder.send_data(frame, None, None, None).map_err(|_| elsewhere())?;
    let picture = decoder.get_picture().map_err(|_| elsewhere())?;
    // More than one picture: which of them a reader sees is not for us to guess.
    if decoder.get_picture().is_ok() {
        return Err(elsewhere());
    }
    check_size(picture.width(), picture.height(), limits)?;
    reduced(&picture).ok_or_else(elsewhere)
}

/// Its rows of brightness, brought to 0 to 255 whatever their depth and range.
fn reduced(picture: &Picture) -> Option<Luma> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let stride = picture.stride(PlanarImageComponent::Y) as usize;
    let plane = picture.plane(PlanarImageComponent::Y);
    let depth = picture.bit_depth();
    let limited = picture.color_range() == YUVRange::Limited;
    let full = |value: u8| if limited { ((i32::from(value) - 16).clamp(0, 219) * 255 / 219) as u8 } else { value };
    let table: [u8; 256] = std::array::from_fn(|value| full(value as u8));
    let shown = |value: u8| table.get(usize::from(value)).copied().unwrap_or(value);
    let mut reducer = Reducer::new(width, height);
    let mut line = Vec::with_capacity(width);
    for row in plane.chunks(stride.max(1)).take(height) {
        line.clear();
        if depth > 8 {
            let (pairs, _) = row.as_chunks::<2>();
            line.extend(pairs.iter().take(width).map(|pair| shown((u16::from_ne_bytes(*pair) >> (depth - 8)) as u8)));
        } else {
            line.extend(row.iter().take(width).map(|value| shown(*value)));
        }
        if line.len() < width {
            return None;
        }
        reducer.row(&line);
    }
    Some(reducer.finish())
}
