//! The `srcset` attribute (WHATWG HTML 4.8.4.3.10): which of its candidates is the largest.

/// The address of the largest candidate; the first of equals. Linear in `text`.
///
/// Addresses may hold commas (`data:` and image services do); only one at an address's end separates.
pub fn largest(text: &str) -> Option<&str> {
    let mut best: Option<(f64, &str)> = None;
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let Some((address, after)) = rest.split_at_checked(end) else {
            break;
        };
        if address.is_empty() {
            break;
        }
        let bare = address.trim_end_matches(',');
        let descriptors;
        (descriptors, rest) = if bare.len() < address.len() { ("", after) } else { until_comma(after) };
        let size = descriptors.split_ascii_whitespace().find_map(size).unwrap_or(1.0);
        if best.is_none_or(|(largest, _)| size > largest) {
            best = Some((size, bare));
        }
    }
    best.map(|(_, address)| address)
}

/// Cuts at the first comma outside parentheses.
fn until_comma(text: &str) -> (&str, &str) {
    let mut inside = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => inside = true,
            b')' => inside = false,
            b',' if !inside => return text.split_at_checked(at).unwrap_or((text, "")),
            _ => {}
        }
    }
    (text, "")
}

/// `2x`, `640w`, `480h` as a number. Widths and densities do not meet in one valid attribute.
fn size(descriptor: &str) -> Option<f64> {
    descriptor.strip_suffix(['w', 'x', 'h'])?.parse().ok().filter(|n: &f64| n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::largest;

    #[test]
    fn the_largest_counts() {
        for (text, want) in [
            ("", None),
            (" , ,", None),
            ("a.jpg", Some("a.jpg")),
            ("a.jpg 320w, b.jpg 1080w", Some("b.jpg")),
            ("a.jpg 1x,b.jpg 2x", Some("b.jpg")),
            ("b.jpg 2x, a.jpg", Some("b.jpg")),
            ("a.jpg, b.jpg 1.5x", Some("b.jpg")),
            ("https://x/w_320,h_200/a.jpg 320w, https://x/w_640,h_400/a.jpg 640w", Some("https://x/w_640,h_400/a.jpg")),
            ("data:image/png;base64,AAAA 1x, b.jpg 2x", Some("b.jpg")),
            ("a.jpg (1,2) 3x, b.jpg 2x", Some("a.jpg")),
            ("a.jpg 1e999w, b.jpg 2w", Some("b.jpg")),
        ] {
            assert_eq!(largest(text), want, "{text}");
        }
    }
}
