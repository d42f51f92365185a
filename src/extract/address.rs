//! What an address's ending tells.

use url::Url;

/// Longer addresses are not followed (servers refuse them, RFC 9110 4.1 asks for 8000).
pub const MAX_ADDRESS: usize = 8192;

/// The endings of picture files, in lower case.
pub const PICTURE_ENDINGS: [&str; 13] = ["jpg", "jpeg", "png", "gif", "webp", "avif", "bmp", "tif", "tiff", "heic", "heif", "jxl", "jfif"];

/// Endings of files that are no pictures of people, but stand where a picture could.
const OTHER_ENDINGS: [&str; 24] = [
    "svg", "svgz", "ico", "cur", "woff", "woff2", "ttf", "otf", "eot", "css", "js", "mjs", "json", "xml", "mp4", "webm", "mov", "m4v",
    "m3u8", "mpd", "mp3", "htc", "vtt", "pdf",
];

/// The ending of the file that an address names, without query and fragment.
fn ending(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or("");
    let file = path.rsplit('/').next().unwrap_or("");
    // A size suffix as some sites hang on: `photo.jpg:large`.
    let file = file.rsplit_once(':').map_or(file, |(file, _)| file);
    file.rsplit_once('.').map_or("", |(stem, ending)| if stem.is_empty() { "" } else { ending })
}

fn is_one_of(ending: &str, list: &[&str]) -> bool {
    list.iter().any(|e| ending.eq_ignore_ascii_case(e))
}

/// The path ends like a picture's; `address` may be relative.
pub fn ends_like_picture(address: &str) -> bool {
    is_one_of(ending(address), &PICTURE_ENDINGS)
}

/// The path ends like a file that is no picture (or a drawing, which shows nobody).
pub fn ends_like_other_file(address: &str) -> bool {
    is_one_of(ending(address), &OTHER_ENDINGS)
}

/// The address's path ends like a picture's (`.jpg`, `.webp`, …).
pub fn looks_like_picture(url: &Url) -> bool {
    !url.cannot_be_a_base() && ends_like_picture(url.path())
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn picture_endings() {
        for (address, yes) in [
            ("https://a/b.jpg?x=1#y", true),
            ("https://a/b.JPEG", true),
            ("https://a/b.jpg:large", true),
            ("https://a/?f=b.jpg", false),
            ("https://a/.jpg", false),
            ("https://a.jpg/", false),
            ("data:image/png,x.png", false),
        ] {
            assert_eq!(looks_like_picture(&Url::parse(address).unwrap()), yes, "{address}");
        }
    }
}
