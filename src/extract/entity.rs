//! Character references (`&amp;`, `&#233;`) resolved as WHATWG HTML 13.2.5.72 ff. says.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::memchr;

/// The longest name in the table has 32 letters; what is longer is none.
const LONGEST_NAME: usize = 40;

/// `raw` with its character references resolved; `in_attribute` follows the stricter rule there
/// (`?a=1&copy=2` keeps its `&copy`). Linear in `raw`, and no copy where there is no `&`.
pub fn decode(raw: &str, in_attribute: bool) -> Cow<'_, str> {
    if memchr(b'&', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let used = match after.strip_prefix('#') {
            Some(digits) => numeric(digits, &mut out).map(|n| n + 1),
            None => named(after, in_attribute, &mut out),
        };
        if used.is_none() {
            out.push('&');
        }
        rest = after.get(used.unwrap_or(0)..).unwrap_or("");
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Reads what follows `&#`; gives the bytes used.
fn numeric(text: &str, out: &mut String) -> Option<usize> {
    let (digits, base, skipped) = match text.strip_prefix(['x', 'X']) {
        Some(t) => (t, 16, 1),
        None => (text, 10, 0),
    };
    let mut value = 0u32;
    let mut len = 0;
    for digit in digits.chars().map_while(|c| c.to_digit(base)) {
        value = value.saturating_mul(base).saturating_add(digit);
        len += 1;
    }
    if len == 0 {
        return None;
    }
    let replaced = value.checked_sub(0x80).and_then(|i| C1_REPLACEMENTS.get(i as usize)).copied().flatten();
    let c = match value {
        0 => None,
        _ => replaced.or_else(|| char::from_u32(value)),
    };
    out.push(c.unwrap_or('\u{FFFD}'));
    let semicolon = digits.as_bytes().get(len) == Some(&b';');
    Some(skipped + len + usize::from(semicolon))
}

/// Reads what follows `&`: the longest known name; gives the bytes used.
fn named(text: &str, in_attribute: bool, out: &mut String) -> Option<usize> {
    let mut best = None;
    for end in 1..LONGEST_NAME {
        // The table holds every prefix of a name too, with 0 for its characters.
        let Some(found) = text.get(..end).and_then(|name| NAMED_ENTITIES.get(name)) else {
            break;
        };
        if found.0 != 0 {
            best = Some((end, *found));
        }
    }
    let (end, (first, second)) = best?;
    let closed = text.as_bytes().get(end - 1) == Some(&b';');
    let next = text.as_bytes().get(end);
    if in_attribute && !closed && next.is_some_and(|b| *b == b'=' || b.is_ascii_alphanumeric()) {
        return None;
    }
    out.extend(char::from_u32(first));
    out.extend(char::from_u32(second).filter(|c| *c != '\0'));
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn references() {
        for (raw, text, attribute) in [
            ("a &amp; b", "a & b", "a & b"),
            ("Ren&eacute;e", "Renée", "Renée"),
            ("Ren&#233;e &#xE9; &#XE9", "Renée é é", "Renée é é"),
            ("?a=1&copy=2", "?a=1©=2", "?a=1&copy=2"),
            ("&notit; &notin; &", "¬it; ∉ &", "&notit; ∉ &"),
            ("&#128; &#0; &#x110000; &#xD800;", "€ \u{FFFD} \u{FFFD} \u{FFFD}", "€ \u{FFFD} \u{FFFD} \u{FFFD}"),
            ("&&#;&#x;&é", "&&#;&#x;&é", "&&#;&#x;&é"),
            ("&shy;&NotEqualTilde;", "\u{AD}\u{2242}\u{338}", "\u{AD}\u{2242}\u{338}"),
        ] {
            assert_eq!(decode(raw, false), text);
            assert_eq!(decode(raw, true), attribute);
        }
    }
}
