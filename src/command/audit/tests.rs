use image::RgbImage;

use super::edits::EDITS;
use super::paint::drawn;
use super::random::Random;
use super::report::Report;
use super::scenes::{Scene, Tile};
use crate::model::Language;

fn picture(width: f32, height: f32) -> RgbImage {
    drawn(width, height, &mut Random::new(7, &["picture"]))
}

fn tiles() -> Vec<Tile> {
    let tile = |n: usize| Tile { id: Some(format!("t{n}")), picture: drawn(80.0, 60.0, &mut Random::new(n as u64, &[])) };
    (0..6).map(tile).collect()
}

#[test]
fn every_edit_changes_the_picture_and_keeps_a_sane_size() {
    let tiles = tiles();
    for (width, height) in [(300.0, 200.0), (200.0, 300.0), (240.0, 240.0)] {
        let picture = picture(width, height);
        for edit in &EDITS {
            let copy = edit.make(&picture, &mut Scene::new(Random::new(1, &[edit.name]), &tiles, "own"));
            assert!((60..=1800).contains(&copy.width()) && (60..=1800).contains(&copy.height()), "{}: {:?}", edit.name, copy.dimensions());
            let bytes = edit.encode(&copy).unwrap();
            let read = image::load_from_memory(&bytes).unwrap().into_rgb8();
            assert_eq!(read.dimensions(), copy.dimensions());
            assert!(read != picture, "{} does nothing", edit.name);
        }
    }
}

#[test]
fn edits_of_extreme_pictures_end_well() {
    for (width, height) in [(1.0, 1.0), (16.0, 16.0), (900.0, 16.0), (16.0, 900.0), (3.0, 400.0)] {
        let picture = picture(width, height);
        for edit in &EDITS {
            let copy = edit.make(&picture, &mut Scene::new(Random::new(1, &[edit.name]), &[], "own"));
            assert!(copy.width() > 0 && copy.height() > 0, "{}", edit.name);
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_copies() {
    let (picture, tiles) = (picture(120.0, 90.0), tiles());
    for edit in &EDITS {
        let make = |seed: u64| edit.make(&picture, &mut Scene::new(Random::new(seed, &[edit.name, "img"]), &tiles, "own"));
        assert!(make(3) == make(3), "{}", edit.name);
    }
    let differ = EDITS.iter().filter(|edit| {
        let make = |seed: u64| edit.make(&picture, &mut Scene::new(Random::new(seed, &[edit.name, "img"]), &tiles, "own"));
        (4..6).any(|seed| make(3) != make(seed))
    });
    assert!(differ.count() > 12, "another seed is another audit");
}

#[test]
fn names_are_single_and_spoken_in_every_language() {
    let french = crate::words::of(Language::Fr);
    for (n, edit) in EDITS.iter().enumerate() {
        assert!(edit.name.chars().count() <= 36, "{}", edit.name);
        assert!(EDITS.iter().skip(n + 1).all(|other| other.name != edit.name), "{} is there twice", edit.name);
        assert_ne!(french.edit(edit.name), edit.name);
    }
}

#[test]
fn collages_say_whom_they_show_and_never_show_the_original_twice() {
    let (picture, tiles) = (picture(120.0, 90.0), tiles());
    for (name, neighbours) in [("one of four", 3), ("one of nine", 5)] {
        let edit = EDITS.iter().find(|edit| edit.name == name).unwrap();
        let mut scene = Scene::new(Random::new(1, &[]), &tiles, "t2");
        edit.make(&picture, &mut scene);
        assert_eq!(scene.shown.len(), neighbours, "{name}: {:?}", scene.shown);
        assert!(!scene.shown.contains(&"t2".to_string()));
    }
}

#[test]
fn cuts_leave_as_much_as_they_say() {
    let picture = picture(300.0, 200.0);
    let cuts: Vec<_> = EDITS.iter().filter(|e| e.name.starts_with("cut by ")).collect();
    assert_eq!(cuts.len(), 9);
    for edit in cuts {
        let gone: f32 = edit.name.split(' ').nth(2).unwrap().parse().unwrap();
        let copy = edit.make(&picture, &mut Scene::new(Random::new(1, &[]), &[], "own"));
        let left = (copy.width() * copy.height()) as f32 / (300.0 * 200.0) * 100.0;
        assert!((100.0 - gone - left).abs() < 2.0, "{}: {left} % left", edit.name);
    }
}

#[test]
fn the_report_tells_people_the_worst_first_and_hides_nothing_from_scripts() {
    let labels: Vec<String> = (0..40).map(|n| format!("sets/a\u{202e}b_{n}.jpg")).collect();
    let mut report = Report::new(labels, 40);
    report.sampled = 30;
    let names: Vec<&str> = EDITS.iter().map(|e| e.name).collect();
    for n in 0..30 {
        for (at, _) in names.iter().enumerate() {
            report.count(at, at > n % 3);
        }
        report.missed.push((n, names[..=n % 3].to_vec()));
    }
    report.plain = vec![33];
    report.near.all.extend((1..9).map(|other| (0, other)));
    report.mistaken.push((4, names[20], 5));
    report.unread.push((39, "gone".into()));
    for language in [Language::En, Language::Fr] {
        let text = report.text(language, false);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(!text.contains('\u{202e}') && !text.contains("{}"), "{text}");
        assert!(text.starts_with("1050 ") && text.contains("94.5 %"), "never rounded up: {text}");
        assert!(text.contains("+5\n") && text.contains("(8 "), "a burst is one line: {text}");
        let whole = report.text(language, true);
        assert!(whole.lines().count() > text.lines().count() + 8 && !whole.contains("+5"), "{whole}");
    }
    let text = report.text(Language::En, false);
    let place = |what: &str| text.find(what).unwrap();
    assert!(place("94.5") < place("half the size") && place("saved again, poor quality    ") < place("half the size    "), "{text}");
    assert!(text.contains("the rest (34 ways)") && text.contains("… and 10 more"), "{text}");
    let json = report.json();
    assert_eq!(json["missed"].as_array().unwrap().len(), 30);
    assert_eq!(json["near_duplicates"].as_array().unwrap().len(), 8);
    assert_eq!(json["edits"][0]["recognised"], 0);
}
