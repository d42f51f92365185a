//! Pictures that have no address: what scripts paint, or put together from bytes that they unpacked. They are taken as they
//! stand on the page.

use serde_json::{Value, json};

use super::snapshot::Spot;
use super::wire::Wire;

/// Most of a page.
const MOST: usize = 60;
/// A shorter side is decoration, a longer one no picture; pixels.
const SIDES: std::ops::RangeInclusive<f64> = 64.0..=5000.0;

/// For each that could be taken, where it goes and its bytes as base64, in that order.
pub async fn take(wire: &Wire, session: &str, spots: &[Spot]) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for spot in spots.iter().filter(|spot| SIDES.contains(&spot.place[2]) && SIDES.contains(&spot.place[3])).take(MOST) {
        let [x, y, width, height] = spot.place;
        let clip = json!({ "x": x, "y": y, "width": width, "height": height, "scale": 1 });
        let shot = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let Ok(shot) = wire.call(session, "Page.captureScreenshot", shot).await else { break };
        if let Some(data) =
            shot.get("data").and_then(Value::as_str).filter(|data| data.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)))
        {
            out.push((spot.at, data.to_string()));
        }
    }
    out
}
