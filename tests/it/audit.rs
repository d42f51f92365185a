//! `monitor audit`, through the binary.

use image::{Rgb, RgbImage, imageops};
use serde_json::Value;

use crate::home::Home;
use crate::pictures::{jpeg, paint, png};

fn labels(list: &Value) -> Vec<String> {
    let mut all: Vec<String> = list.as_array().unwrap().iter().map(|l| l.as_str().unwrap().to_string()).collect();
    all.sort();
    all
}

#[test]
fn audit_tells_what_would_be_missed_what_is_plain_and_what_is_there_twice() {
    let home = Home::new();
    let none = home.run(&["audit"]);
    assert_eq!(none.status, 1);
    assert!(none.err.contains("monitor add"), "{}", none.err);
    std::fs::write(home.path("sets/plain.png"), png(&RgbImage::from_pixel(640, 480, Rgb([90, 120, 150])))).unwrap();
    let crop = imageops::crop_imm(&paint(1), 20, 15, 760, 570).to_image();
    std::fs::write(home.path("sets/crop.jpg"), jpeg(&crop, 85)).unwrap();
    home.ok(&["add"]);
    let run = home.ok(&["audit", "--json", "--sample", "1"]);
    let json = run.json();
    assert_eq!((json["originals"].as_u64(), json["sampled"].as_u64()), (Some(4), Some(1)), "{json}");
    assert_eq!(labels(&json["plain"]), ["sets/plain.png"]);
    assert_eq!(json["near_duplicates"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(labels(&json["near_duplicates"][0]), ["sets/crop.jpg", "sets/img_1.jpg"]);
    assert!(labels(&json["mistaken"]).is_empty() && labels(&json["unread"]).is_empty(), "{json}");
    let edits = json["edits"].as_array().unwrap();
    assert!(edits.len() >= 25);
    let missed: u64 = edits
        .iter()
        .map(|e| {
            assert_eq!(e["tried"], 1, "{e}");
            1 - e["recognised"].as_u64().unwrap()
        })
        .sum();
    let told = json["missed"].as_array().unwrap().iter().map(|m| m["edits"].as_array().unwrap().len() as u64).sum::<u64>();
    assert_eq!(missed, told, "the table and the list tell the same: {json}");
    for sure in ["saved again, poor quality", "half the size", "mirrored", "grey"] {
        assert!(edits.iter().any(|e| e["edit"] == sure && e["recognised"] == 1), "{sure}: {json}");
    }
    assert_eq!(home.ok(&["audit", "--json", "--sample", "1"]).json(), json, "the same seed gives the same answer");
    assert!(home.ok(&["findings", "--json"]).json()["findings"].as_array().unwrap().is_empty(), "nothing is recorded");
    let text = home.ok(&["audit", "sets/crop.jpg", "sets/plain.png"]).out;
    assert!(text.contains("copies are recognised") && text.contains("sets/plain.png"), "{text}");
    assert!(text.contains("sets/crop.jpg = sets/img_1.jpg") || text.contains("sets/img_1.jpg = sets/crop.jpg"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn audit_never_counts_what_it_could_not_look_at() {
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::remove_file(home.path("sets/img_1.jpg")).unwrap();
    let gone = home.run(&["audit", "--json", "sets/img_1.jpg"]);
    assert_eq!(gone.status, 3, "{}", gone.err);
    let json = gone.json();
    assert_eq!((json["originals"].as_u64(), json["sampled"].as_u64()), (Some(1), Some(0)), "{json}");
    assert_eq!(json["unread"][0]["original"], "sets/img_1.jpg");
    assert!(json["edits"].as_array().unwrap().iter().all(|e| e["tried"] == 0));
    // Another picture under the old name is not the one that scans look for.
    std::fs::write(home.path("sets/img_2.jpg"), jpeg(&paint(8), 90)).unwrap();
    let changed = home.run(&["audit", "sets/img_2.jpg"]);
    assert_eq!(changed.status, 3, "{}", changed.err);
    assert!(changed.out.contains("sets/img_2.jpg") && changed.out.contains("monitor add"), "{}", changed.out);
    // An original whose picture was never on this machine.
    home.ok(&["add", "--export", "prints.json", "--passphrase-file", "pass"]);
    let other = Home::new();
    std::fs::copy(home.path("prints.json"), other.path("prints.json")).unwrap();
    other.ok(&["add", "--import", "prints.json", "--passphrase-file", "pass"]);
    let imported = other.run(&["audit", "--json"]);
    assert_eq!(imported.status, 3);
    assert_eq!(imported.json()["unread"].as_array().unwrap().len(), 2, "{}", imported.out);
}

#[test]
fn audit_refuses_wrong_usage() {
    let home = Home::new();
    assert_eq!(home.run(&["audit", "--sample", "many"]).status, 2);
    assert_eq!(home.run(&["audit", "--all", "--sample", "3"]).status, 2);
    home.ok(&["add"]);
    let elsewhere = home.run(&["audit", "/nowhere"]);
    assert_eq!(elsewhere.status, 1);
    assert!(elsewhere.err.contains("/nowhere"), "{}", elsewhere.err);
}
