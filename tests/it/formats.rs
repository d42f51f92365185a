//! Formats that need a helper: read where it is installed, told as a problem where it is not.

use std::process::Command;

use crate::home::Home;
use crate::pictures::{paint, png};

fn ffmpeg(home: &Home, arguments: &[&str]) -> bool {
    std::fs::write(home.path("still.png"), png(&paint(1))).unwrap();
    let run = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).current_dir(home.folder.path()).status();
    run.is_ok_and(|status| status.success())
}

#[test]
fn avif_and_films_are_recognised_through_ffmpeg() {
    let home = Home::new();
    home.ok(&["add"]);
    if !ffmpeg(&home, &["-i", "still.png", "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8", "still.avif"]) {
        // Without ffmpeg: an AVIF file's first bytes are enough to be told what is missing.
        std::fs::write(home.path("still.avif"), b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf").unwrap();
        let run = home.run(&["check", "--json", "still.avif"]);
        assert!(run.json()["results"][0]["error"].as_str().unwrap().contains("ffmpeg"), "{}", run.out);
        return;
    }
    assert!(ffmpeg(&home, &["-loop", "1", "-i", "still.png", "-t", "3", "-r", "5", "-pix_fmt", "yuv420p", "film.mp4"]));
    let run = home.ok(&["check", "--json", "still.avif", "film.mp4"]);
    for result in run.json()["results"].as_array().unwrap() {
        assert_eq!(result["matches"][0]["original"], "sets/img_1.jpg", "{result}");
    }
    // A film as an original: a still of it is found.
    std::fs::rename(home.path("film.mp4"), home.path("sets/film.mp4")).unwrap();
    std::fs::remove_file(home.path("sets/img_1.jpg")).unwrap();
    home.ok(&["add", "--remove", "sets/img_1.jpg"]);
    home.ok(&["add"]);
    let found = home.ok(&["check", "--json", "still.png"]).json();
    assert_eq!(found["results"][0]["matches"][0]["original"], "sets/film.mp4", "{found}");
}

#[test]
fn a_picture_late_in_a_row_of_pictures_or_behind_the_only_keyframe_is_looked_at() {
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::write(home.path("decoy.png"), png(&paint(30))).unwrap();
    let shown = ["-loop", "1", "-t", "3", "-r", "2", "-i", "decoy.png", "-loop", "1", "-t", "3", "-r", "2", "-i", "still.png"];
    let film = |name: &str, codec: &[&str]| {
        let joined = ["-filter_complex", "[0][1]concat=n=2,scale=400:300,format=yuv420p", "-g", "600"];
        ffmpeg(&home, &[&shown, &joined[..], codec, &[name]].concat())
    };
    if !film("film.mp4", &["-c:v", "mpeg4", "-sc_threshold", "1000000000"]) {
        return;
    }
    assert!(film("row.avif", &["-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime"]));
    let run = home.ok(&["check", "--json", "film.mp4", "row.avif"]);
    for result in run.json()["results"].as_array().unwrap() {
        assert_eq!(result["matches"][0]["original"], "sets/img_1.jpg", "{result}");
    }
}
