//! The words around a mention, safe to show.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::fold;

/// The words around `range` of `text`, at most `around` characters on either side and cut at words
/// where that leaves anything: white space folded, control and bidirectional characters removed,
/// `…` where cut. Never splits a grapheme. A range that does not fit the text is brought inside it.
pub fn excerpt(text: &str, range: Range<usize>, around: usize) -> String {
    let end = text.floor_char_boundary(range.end.min(text.len()));
    let start = text.floor_char_boundary(range.start.min(end));
    let (before, rest) = text.split_at(start);
    let (within, after) = rest.split_at(end - start);
    // Only so much is looked at, however long the text and its graphemes are.
    let reach = around.saturating_mul(8).saturating_add(64);
    let from = before.ceil_char_boundary(before.len().saturating_sub(reach));
    let near_before = before.get(from..).unwrap_or_default();
    let to = after.floor_char_boundary(reach.min(after.len()));
    let near_after = after.get(..to).unwrap_or_default();

    let mut left: Vec<&str> = near_before.graphemes(true).rev().take(around + 1).collect();
    let cut_left = left.len() > around || from > 0;
    left.truncate(around);
    left.reverse();
    if cut_left {
        if let Some(space) = left.iter().position(|g| blank(g)) {
            left.drain(..=space);
        } else {
            left.clear();
        }
    }
    let mut right: Vec<&str> = near_after.graphemes(true).take(around + 1).collect();
    let cut_right = right.len() > around || to < after.len();
    right.truncate(around);
    if cut_right {
        let space = right.iter().rposition(|g| blank(g)).unwrap_or(0);
        right.truncate(space);
    }

    let mut out = String::new();
    for part in [left.concat().as_str(), within, right.concat().as_str()] {
        for c in part.chars() {
            if c.is_whitespace() {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            } else if !c.is_control() && !hidden(c) {
                out.push(c);
            }
        }
    }
    let words = out.trim();
    match (cut_left, cut_right) {
        (true, true) => format!("… {words} …"),
        (true, false) => format!("… {words}"),
        (false, true) => format!("{words} …"),
        (false, false) => words.to_owned(),
    }
}

fn blank(grapheme: &str) -> bool {
    grapheme.chars().all(char::is_whitespace)
}

/// Invisible, but for the joiners that Persian and emoji are written with, and tatweel.
fn hidden(c: char) -> bool {
    fold::invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{640}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_around() {
        let text = "She said that\n\tAyesha \u{202e}Khan\u{7} lives in the old town of Lahore now.";
        let at = text.find("Ayesha").unwrap_or(0);
        let to = text.find(" lives").unwrap_or(0);
        assert_eq!(excerpt(text, at..to, 12), "… said that Ayesha Khan lives in …");
        assert_eq!(excerpt("Ayesha Khan", 0..11, 40), "Ayesha Khan");
        assert_eq!(excerpt("x", 5..9, 3), "x");
        assert_eq!(excerpt("aé b", 2..3, 3), "aé b");
    }

    proptest::proptest! {
        #[test]
        fn any_text_any_range(text in "\\PC{0,60}", a in 0usize..200, b in 0usize..200, n in 0usize..50) {
            let shown = excerpt(&text, a..b, n);
            proptest::prop_assert!(!shown.chars().any(char::is_control));
        }
    }
}
