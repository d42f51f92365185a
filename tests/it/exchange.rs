//! Originals that go to another machine without the pictures: sealed files and lists of PDQ hashes.

use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use image::codecs::gif::GifEncoder;
use image::imageops::{FilterType, resize};
use image::{DynamicImage, Frame, RgbImage};
use monitor::look::Depth;
use monitor::look::decode::Limits;
use monitor::look::fingerprint::fingerprint;
use serde_json::{Value, json};

use crate::home::{Home, PASSPHRASE, Run};
use crate::pictures::{jpeg, mirrored, paint, png, thumbnail};

/// A home with the file `name` of `from`, and nothing else of it.
fn receiver(from: &Home, name: &str) -> Home {
    let home = Home::new();
    std::fs::copy(from.path(name), home.path(name)).unwrap();
    home
}

fn quick(home: Home) -> Home {
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap().replace("[content]\n", "[content]\ndepth = \"quick\"\n");
    home.private("monitor.toml", text);
    home
}

/// What a picture is recognised as.
fn matches(home: &Home, picture: &[u8]) -> Vec<Value> {
    std::fs::write(home.path("x.jpg"), picture).unwrap();
    home.ok(&["check", "--json", "x.jpg"]).json()["results"][0]["matches"].as_array().unwrap().clone()
}

fn counts(run: &Run) -> [u64; 3] {
    let document = run.json();
    [document["added"].as_u64().unwrap(), document["unchanged"].as_u64().unwrap(), document["failed"].as_array().unwrap().len() as u64]
}

fn export(home: &Home) -> Run {
    home.run(&["add", "--export", "prints", "--passphrase-file", "pass"])
}

const IMPORT: [&str; 6] = ["add", "--json", "--import", "prints", "--passphrase-file", "pass"];

#[test]
fn an_export_is_sealed_and_another_home_finds_copies_with_it() {
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::write(home.path("prints"), "an old file that all may read").unwrap();
    let run = export(&home);
    assert_eq!((run.status, run.out.contains("2 fingerprints were written, encrypted")), (0, true), "{} {}", run.out, run.err);
    let sealed = std::fs::read(home.path("prints")).unwrap();
    assert!(["img_1", "label", "fingerprint\"", PASSPHRASE].iter().all(|text| !sealed.windows(text.len()).any(|w| w == text.as_bytes())));
    assert_eq!(std::fs::metadata(home.path("prints")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_dir(home.folder.path()).unwrap().flatten().all(|e| !e.file_name().to_string_lossy().ends_with(".part")));
    let other = receiver(&home, "prints");
    assert_eq!(counts(&other.ok(&IMPORT)), [2, 0, 0]);
    assert_eq!(counts(&other.ok(&IMPORT)), [0, 2, 0]);
    assert_eq!(matches(&other, &thumbnail(1))[0]["original"], "sets/img_1.jpg");
    assert!(matches(&other, &thumbnail(9)).is_empty());
}

#[test]
fn a_wrong_passphrase_adds_nothing_and_a_weak_one_seals_nothing() {
    let home = Home::new();
    home.ok(&["add"]);
    export(&home);
    let other = receiver(&home, "prints");
    other.private("pass", "four words somebody guesses");
    let wrong = other.run(&IMPORT);
    assert_eq!((wrong.status, wrong.err.contains("passphrase") && wrong.err.contains("Nothing was added")), (1, true), "{}", wrong.err);
    assert!(!wrong.err.contains("somebody"));
    std::fs::set_permissions(other.path("pass"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = other.run(&IMPORT);
    assert_eq!((open.status, open.err.contains("chmod 600")), (2, true), "{}", open.err);
    let unasked = other.run(&["add", "--import", "prints"]);
    assert_eq!((unasked.status, unasked.err.contains("--passphrase-file")), (2, true), "{}", unasked.err);
    assert!(matches(&other, &thumbnail(1)).is_empty());
    home.private("short", "too short\n");
    for passphrase in ["short", "missing"] {
        assert_eq!(home.run(&["add", "--export", "second", "--passphrase-file", passphrase]).status, 2);
    }
    for wrong in [["--import-pdq", "x", "--passphrase-file", "pass"], ["--export", "x", "--import", "y"]] {
        assert_eq!(home.run(&[&["add"], &wrong[..]].concat()).status, 2);
    }
    assert!(!home.path("second").exists());
}

#[test]
fn a_damaged_file_is_told_and_nothing_takes_the_place_of_a_device() {
    let home = Home::new();
    home.ok(&["add"]);
    export(&home);
    let mut sealed = std::fs::read(home.path("prints")).unwrap();
    sealed.pop();
    std::fs::write(home.path("prints"), sealed).unwrap();
    let damaged = home.run(&IMPORT);
    assert_eq!((damaged.status, damaged.err.contains("damaged")), (1, true), "{}", damaged.err);
    std::fs::create_dir(home.path("folder")).unwrap();
    assert_eq!(home.run(&["add", "--export-pdq", "folder"]).status, 2);
    assert_eq!(home.run(&["add", "--export-pdq", "missing/list"]).status, 1);
}

#[test]
fn files_of_the_former_version_are_still_read() {
    let print = fingerprint(&jpeg(&paint(7), 90), &Limits { max_pixels: 1 << 20, max_frames: 4 }).unwrap();
    let coded = base64::engine::general_purpose::STANDARD.encode(print.pack());
    let home = Home::new();
    let original = |label: &str, print: &str| json!({"label": label, "plain": false, "fingerprint": print});
    let former = json!({
        "format": "monitor fingerprints", "version": Depth::Thorough.version(),
        "originals": [original("sets/old.jpg", &coded), original("sets/broken.jpg", "AAAA")],
    });
    std::fs::write(home.path("prints.json"), former.to_string()).unwrap();
    let run = home.run(&["add", "--import", "prints.json"]);
    assert_eq!(run.status, 3, "{}", run.err);
    assert!(run.out.contains("1 added") && run.out.contains("not encrypted") && run.err.contains("sets/broken.jpg"), "{}", run.out);
    assert_eq!(matches(&home, &thumbnail(7))[0]["original"], "sets/old.jpg");
}

#[test]
fn a_list_of_hashes_finds_copies_at_either_depth() {
    for depth in [|home: Home| home, quick] {
        let home = depth(Home::new());
        let small = |seed: u32| resize(&paint(seed), 200, 150, FilterType::Triangle);
        let mut animation = Vec::new();
        let frames = [11, 12].map(|seed| Frame::new(DynamicImage::ImageRgb8(small(seed)).into_rgba8()));
        GifEncoder::new(&mut animation).encode_frames(frames).unwrap();
        std::fs::write(home.path("sets/moving.gif"), animation).unwrap();
        std::fs::write(home.path("sets/plain.png"), png(&RgbImage::new(300, 300))).unwrap();
        home.ok(&["add"]);
        let run = home.ok(&["add", "--export-pdq", "hashes.txt"]);
        assert!(run.out.contains("4 PDQ hashes were written") && run.out.contains("1 picture has too little detail"), "{}", run.out);
        let list = std::fs::read_to_string(home.path("hashes.txt")).unwrap();
        assert_eq!(list.lines().count(), 4);
        assert!(list.lines().all(|line| line.len() == 64 && line.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))), "{list}");
        assert_eq!(std::fs::metadata(home.path("hashes.txt")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(counts(&home.ok(&["add", "--json", "--import-pdq", "hashes.txt"])), [0, 4, 0], "one's own list adds nothing");
        let helper = depth(receiver(&home, "hashes.txt"));
        std::fs::create_dir(helper.path("in")).unwrap();
        std::fs::rename(helper.path("hashes.txt"), helper.path("in/hashes.txt")).unwrap();
        assert_eq!(counts(&helper.ok(&["add", "--json", "--import-pdq", "in/hashes.txt"])), [4, 0, 0]);
        assert_eq!(counts(&helper.ok(&["add", "--json", "--import-pdq", "in/hashes.txt"])), [0, 4, 0]);
        assert_eq!(helper.ok(&["add", "--json", "--export-pdq", "on"]).json()["written"], 0, "what others gave is not passed on");
        let second_frame = jpeg(&small(12), 80);
        for (copy, how) in [(thumbnail(1), None), (mirrored(2), Some("mirror")), (second_frame, None)] {
            let found = matches(&helper, &copy);
            assert_eq!(found.len(), 1);
            assert!(found[0]["original"].as_str().unwrap().starts_with("hashes.txt:"), "a label without a path: {found:?}");
            assert!(how.is_none_or(|how| found[0]["how"].as_array().unwrap().contains(&how.into())), "{found:?}");
        }
        assert!(matches(&helper, &thumbnail(9)).is_empty());
        assert_eq!(helper.ok(&["add", "--json", "--remove", "hashes.txt"]).json()["removed"], 4);
        assert!(matches(&helper, &thumbnail(1)).is_empty());
    }
}

#[test]
fn a_broken_line_is_told_and_the_others_are_looked_for() {
    let home = Home::new();
    home.ok(&["add", "sets/img_1.jpg"]);
    home.ok(&["add", "--export-pdq", "list"]);
    let hash = std::fs::read_to_string(home.path("list")).unwrap().trim().to_string();
    let other = Home::new();
    let list = format!(
        "# given by a friend\nhash,quality\n\n{},88,secret name.jpg\n{}x,secret\n{}\n",
        hash.to_uppercase(),
        &hash[1..],
        "0".repeat(64)
    );
    std::fs::write(other.path("list.csv"), list).unwrap();
    let run = other.run(&["add", "--json", "--import-pdq", "list.csv"]);
    assert_eq!((run.status, counts(&run)), (3, [2, 0, 1]), "{}", run.err);
    assert_eq!(run.json()["failed"][0]["path"], "list.csv:5");
    assert!(!run.out.contains("secret") && !run.err.contains("secret"), "{} {}", run.out, run.err);
    assert_eq!(matches(&other, &thumbnail(1))[0]["original"], "list.csv:4");
    let again = other.run(&["add", "--import-pdq", "list.csv"]);
    assert!(again.err.contains("list.csv:5") && again.out.contains("2 unchanged"), "{} {}", again.out, again.err);
    std::fs::write(other.path("photo.jpg"), thumbnail(1)).unwrap();
    let none = other.run(&["add", "--import-pdq", "photo.jpg"]);
    assert_eq!((none.status, none.err.contains("holds no PDQ hash")), (1, true), "{}", none.err);
}

#[test]
fn a_list_can_be_imported_again_after_a_change_of_depth() {
    let home = Home::new();
    home.ok(&["add"]);
    home.ok(&["add", "--export-pdq", "list"]);
    let helper = receiver(&home, "list");
    assert_eq!(counts(&helper.ok(&["add", "--json", "--import-pdq", "list"])), [2, 0, 0]);
    let helper = quick(helper);
    std::fs::write(helper.path("x.jpg"), thumbnail(1)).unwrap();
    let outdated = helper.run(&["check", "--json", "x.jpg"]);
    assert_eq!(outdated.status, 3, "{}", outdated.err);
    assert!(outdated.json()["results"][0]["matches"].as_array().unwrap().is_empty(), "{}", outdated.out);
    assert_eq!(counts(&helper.ok(&["add", "--json", "--import-pdq", "list"])), [2, 0, 0]);
    assert_eq!(matches(&helper, &thumbnail(1)).len(), 1);
}

#[test]
fn originals_of_another_depth_are_read_again_by_themselves() {
    let home = quick(Home::new());
    home.ok(&["add"]);
    let gone = home.path("sets/gone.jpg");
    std::fs::write(&gone, jpeg(&paint(7), 85)).unwrap();
    home.ok(&["add"]);
    std::fs::remove_file(&gone).unwrap();
    let crop = image::imageops::crop_imm(&paint(1), 200, 150, 400, 300).to_image();
    std::fs::write(home.path("crop.jpg"), jpeg(&crop, 75)).unwrap();
    let file = home.path("crop.jpg").display().to_string();
    let matches = |run: &crate::home::Run| run.json()["results"][0]["matches"].clone();
    let before = home.ok(&["check", "--json", &file]);
    assert_eq!(matches(&before).as_array().map(Vec::len), Some(0), "a quick look knows no crops: {}", before.out);
    let text = std::fs::read_to_string(home.path("monitor.toml")).unwrap().replace("depth = \"quick\"\n", "");
    home.private("monitor.toml", text);
    let after = home.run(&["check", "--json", &file]);
    assert_eq!(after.status, 3, "one original is not recognised: {}", after.err);
    assert_eq!(matches(&after)[0]["original"], "sets/img_1.jpg", "{} {}", after.out, after.err);
    assert!(after.err.contains("2 originals are read again"), "{}", after.err);
    assert!(after.err.contains("1 originals were fingerprinted"), "{}", after.err);
    let again = home.run(&["check", "--json", &file]);
    assert_eq!((again.status, home.run(&["check", "--exit-code", &file]).status), (3, 10), "{}", again.err);
    assert!(!again.err.contains("read again"), "{}", again.err);
}
