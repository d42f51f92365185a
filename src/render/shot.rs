//! Pictures that have no address: what scripts paint, or put together from bytes that they unpacked. They are taken as they
//! stand on the page.

use serde_json::{Value, json};

use super::snapshot::Spot;
use super::wire::Wire;

/// Most of a page.
const MOST: usize = 60;
/// A shorter side is decoration; pixels.
const SIDES: f64 = 64.0;

/// Pixels of one, and bytes of all in base64.
const PIXELS: f64 = 16e6;
const BYTES: usize = 32 << 20;

/// For each that could be taken, where it goes and its bytes as base64, in that order; and how many could not.
pub async fn take(wire: &Wire, session: &str, spots: &[Spot]) -> (Vec<(usize, String)>, usize) {
    let (mut out, mut bytes, mut left_out) = (Vec::new(), 0, 0);
    for spot in spots.iter().filter(|spot| spot.place[2] >= SIDES && spot.place[3] >= SIDES) {
        let [x, y, width, height] = spot.place;
        if out.len() >= MOST || bytes >= BYTES || width * height > PIXELS {
            left_out += 1;
            continue;
        }
        let clip = json!({ "x": x, "y": y, "width": width, "height": height, "scale": 1 });
        let shot = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let shot = wire.call(session, "Page.captureScreenshot", shot).await.ok();
        let data = shot.as_ref().and_then(|shot| shot.get("data")).and_then(Value::as_str);
        match data.filter(|data| bytes + data.len() <= BYTES && data.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))) {
            Some(data) => {
                bytes += data.len();
                out.push((spot.at, data.to_string()));
            }
            None => left_out += 1,
        }
    }
    (out, left_out)
}
