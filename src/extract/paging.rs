//! Which thread a page belongs to, and its number in a row of pages, as far as its address tells.

use std::borrow::Cow;

use url::Url;

/// Parameters that never choose what a page shows.
const NOISE: [&str; 31] = [
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "s_cid",
    "phpsessid",
    "jsessionid",
    "aspsessionid",
    "sessionid",
    "session_id",
    "ref_src",
    "ref_url",
    "referrer",
    "referer",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "oly_enc_id",
    "oly_anon_id",
    "cftoken",
];

/// Parameters that are a session in one place and an article in another: noise only with a session's kind of value.
const SESSIONS: [&str; 5] = ["sid", "sess", "s", "session", "ref"];

fn is_session(name: &str, value: &str) -> bool {
    SESSIONS.contains(&name) && value.len() >= 16 && value.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_noise(name: &str) -> bool {
    name.starts_with("utm_") || name.starts_with("pk_") || name.starts_with("aspsessionid") || NOISE.contains(&name)
}

/// Parameters whose number is a page's, of a few digits.
const NUMBERED: [&str; 8] = ["page", "paged", "pg", "pagenum", "pageno", "page_num", "pagina", "seite"];

/// Parameters whose number counts the entries before the page.
const OFFSETS: [&str; 3] = ["start", "offset", "skip"];

/// Parameters that say behind which entry a page begins.
const CURSORS: [&str; 6] = ["cursor", "pagecursor", "page_cursor", "max_id", "before", "after"];

fn is_few_digits(text: &str) -> bool {
    (1..=4).contains(&text.len()) && is_digits(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The parameter is a page's number in a row.
fn page_parameter(name: &str, value: &str) -> Option<u32> {
    let known = (NUMBERED.contains(&name) && is_few_digits(value)) || (OFFSETS.contains(&name) && is_digits(value));
    known.then(|| value.parse().ok()).flatten()
}

/// An address taken apart: what it shows, and which page of it.
struct Parts<'u> {
    path: String,
    query: Vec<&'u str>,
    page: Option<u32>,
}

fn parts(url: &Url) -> Parts<'_> {
    let mut page = None;
    let mut path: Vec<Cow<'_, str>> = Vec::new();
    for segment in url.path().split('/').skip(1).map(without_session) {
        if is_few_digits(&segment) && path.last().is_some_and(|before| before.eq_ignore_ascii_case("page")) {
            path.pop();
            page = segment.parse().ok();
        } else {
            path.push(segment);
        }
    }
    // `x/page-2`, `x/` and `x` are one place; and what stood before a number that is gone may end in a number again.
    let mut at_end = None;
    while let Some(last) = path.pop() {
        let numbered = is_few_digits(&last) && path.last().is_some_and(|before| before.eq_ignore_ascii_case("page"));
        if numbered {
            path.pop();
            at_end = at_end.or(last.parse().ok());
        } else if let Some((rest, number)) = without_page(&last) {
            at_end = at_end.or(Some(number));
            path.extend((!rest.is_empty()).then_some(Cow::Owned(rest)));
        } else if !last.is_empty() {
            path.push(last);
            break;
        }
    }
    let mut page = at_end.or(page);
    let mut query = Vec::new();
    for (parameter, name) in parameters(url) {
        let value = parameter.split_once('=').map_or("", |(_, value)| value);
        if CURSORS.contains(&name.as_str()) && !value.is_empty() {
            continue;
        }
        match page_parameter(&name, value) {
            Some(number) => page = Some(number),
            None => query.push(parameter),
        }
    }
    query.sort();
    Parts { path: format!("/{}", path.join("/")), query, page }
}

/// The parameters that choose what a page shows, as written (decoding could make two of one), with their names
/// in lower case.
fn parameters(url: &Url) -> impl Iterator<Item = (&str, String)> {
    let all = url.query().unwrap_or("").split('&').filter(|p| !p.is_empty());
    all.map(|p| (p, p.split('=').next().unwrap_or("").to_ascii_lowercase()))
        .filter(|(p, name)| !is_noise(name) && !is_session(name, p.split_once('=').map_or("", |(_, value)| value)))
}

/// A path's segment without `;jsessionid=…`, `;page=2`'s number left to [`without_page`].
fn without_session(segment: &str) -> Cow<'_, str> {
    if !segment.contains(';') {
        return Cow::Borrowed(segment);
    }
    let kept = segment.split(';').enumerate().filter(|(at, part)| {
        let name = part.split('=').next().unwrap_or("").to_ascii_lowercase();
        *at == 0 || !is_noise(&name)
    });
    let kept = kept.map(|(_, part)| part).collect::<Vec<_>>().join(";");
    if is_dots(&kept) { Cow::Borrowed(segment) } else { Cow::Owned(kept) }
}

/// What stays of a segment may not be `..`, which would take the one before it away.
fn is_dots(segment: &str) -> bool {
    segment.len() <= 6 && matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// `page-2`, `page2`, `page-2.html`, `x;page=2`: what is left of the segment, and the number. Where what is left ends
/// in a number again, that goes too. Linear in the segment.
fn without_page(segment: &str) -> Option<(String, u32)> {
    let (mut stem, mut ending, mut page) = (segment, "", None);
    let mut parameters = true;
    loop {
        let (rest, digits) = match parameters.then(|| stem.rsplit_once(";page=")).flatten() {
            Some(_) if !ending.is_empty() => break,
            Some(found) => found,
            None => {
                parameters = false;
                if ending.is_empty()
                    && let Some(found) = [".html", ".htm", ".php", ".aspx"].iter().find(|e| stem.ends_with(*e))
                {
                    (stem, ending) = stem.split_at_checked(stem.len() - found.len())?;
                }
                let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
                let ends = before.len().checked_sub(6).filter(|at| before.get(*at..).is_some_and(|w| w.eq_ignore_ascii_case("-page-")));
                let whole = ["page-", "page_", "page"].iter().any(|word| before.eq_ignore_ascii_case(word)).then_some(0);
                let Some(rest) = ends.or(whole).and_then(|at| before.get(..at)) else { break };
                (rest, stem.get(before.len()..).unwrap_or(""))
            }
        };
        if !is_few_digits(digits) || is_dots(rest) {
            break;
        }
        page = page.or(digits.parse().ok());
        stem = rest;
        if stem.is_empty() {
            return page.map(|number| (String::new(), number));
        }
    }
    page.map(|number| (format!("{stem}{ending}"), number))
}

fn rebuild(url: &Url, parts: &Parts, numbered: bool) -> Url {
    let mut out = url.clone();
    out.set_fragment(None);
    // A password or a name in an address is no part of the place.
    let _ = out.set_username("");
    let _ = out.set_password(None);
    if out.cannot_be_a_base() {
        return out;
    }
    let query = if numbered {
        let path: Vec<_> = url.path().split('/').skip(1).map(without_session).collect();
        out.set_path(&format!("/{}", path.join("/")));
        let mut query: Vec<_> = parameters(url).map(|(parameter, _)| parameter).collect();
        query.sort();
        query
    } else {
        out.set_path(&parts.path);
        parts.query.clone()
    };
    out.set_query(Some(query.join("&")).as_deref().filter(|q| !q.is_empty()));
    out
}

/// The address of the thread (album, list) that a page belongs to: without fragment, session and tracking
/// parameters and page number, parameters sorted. Parameters that choose a thread (`t=`, `id=`) stay.
pub fn thread_of(url: &Url) -> Url {
    rebuild(url, &parts(url), false)
}

/// A page's identity: like [`thread_of`], but each page of a thread is its own.
pub fn same_page(url: &Url) -> Url {
    rebuild(url, &parts(url), true)
}

/// The page's number in a row, if its address has one.
fn page_number(url: &Url) -> Option<u32> {
    if url.cannot_be_a_base() { None } else { parts(url).page }
}

/// Where a page stands in a row of pages.
pub struct Row {
    own: Url,
    thread: Url,
    number: u32,
}

impl Row {
    /// The row of the page at `own` (without fragment).
    pub fn new(own: Url) -> Self {
        Self { thread: thread_of(&own), number: page_number(&own).unwrap_or(1), own }
    }

    /// A link to `url` that is named `number` leads to a later page of the same row: the addresses differ in
    /// nothing but the number.
    pub fn goes_on(&self, url: &Url, number: u32) -> bool {
        if let Some((here, there)) = only_number_differs(self.own.as_str(), url.as_str()) {
            return there == number && here < there;
        }
        number > self.number && page_number(url).is_some() && thread_of(url) == self.thread
    }
}

/// The two numbers of at most four digits in which the texts differ, where they are the only difference.
fn only_number_differs(one: &str, other: &str) -> Option<(u32, u32)> {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let start = one.get(..same)?.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (one, other) = (one.get(start..)?, other.get(start..)?);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (a, b) = (one.split_at_checked(digits(one))?, other.split_at_checked(digits(other))?);
    let few = is_few_digits(a.0) && is_few_digits(b.0);
    (few && a.1 == b.1).then_some(())?;
    Some((a.0.parse().ok()?, b.0.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn threads() {
        for (address, thread) in [
            ("https://a/t/x.1/page-2", "https://a/t/x.1"),
            ("https://a/t/x.1/", "https://a/t/x.1"),
            ("https://a/t/x.1/page-3.html#p5", "https://a/t/x.1"),
            ("https://a/thread-5-page-2.html", "https://a/thread-5.html"),
            ("https://a/blog/page/2/", "https://a/blog"),
            ("https://a/v.php?page=2&t=5&utm_source=x", "https://a/v.php?t=5"),
            ("https://a/v.php?t=5&fbclid=1&sid=0123456789abcdef0123", "https://a/v.php?t=5"),
            ("https://a/v.php?f=2&t=5&start=25", "https://a/v.php?f=2&t=5"),
            ("https://a/?p=2", "https://a/?p=2"),
            ("https://a/?sid=12", "https://a/?sid=12"),
            ("https://a/x;jsessionid=AB12?b=1&a=2", "https://a/x?a=2&b=1"),
            ("https://a/x;page=2", "https://a/x"),
            ("https://a/x;page=2;jsessionid=1", "https://a/x"),
            ("https://a/page/2", "https://a/"),
            ("https://a/page", "https://a/page"),
            ("https://u:p@a/x", "https://a/x"),
            ("https://a/homepage2", "https://a/homepage2"),
            ("https://a/index.php?topic=7.0&PHPSESSID=1", "https://a/index.php?topic=7.0"),
            ("https://a/x?q=a+b&flag", "https://a/x?flag&q=a+b"),
            ("https://a/x?q=%E9&q=%e8", "https://a/x?q=%E9&q=%e8"),
            ("mailto:a@b", "mailto:a@b"),
        ] {
            assert_eq!(thread_of(&url(address)).as_str(), thread, "{address}");
            let again = thread_of(&url(thread));
            assert_eq!(again.as_str(), thread, "again");
        }
    }

    #[test]
    fn a_number_behind_a_number_goes_too() {
        for (address, thread) in [
            ("https://a/x-page-1-page-2.html", "https://a/x.html"),
            ("https://a/x;page=2;page=3", "https://a/x"),
            ("https://a/page-2/page-3.html", "https://a/"),
            ("https://a/x/page/y/..;jsessionid=1/2", "https://a/x/page/y/..;jsessionid=1/2"),
            ("https://a/x/..;page=2", "https://a/x/..;page=2"),
            ("https://a/page/page/2/3", "https://a/"),
        ] {
            assert_eq!(thread_of(&url(address)).as_str(), thread, "{address}");
            assert_eq!(thread_of(&url(thread)).as_str(), thread, "again: {address}");
        }
        // One at a time, each of these takes hours.
        for piece in ["-page-1", ";page=2", "/page-3", "/page/4"] {
            let long = url(&format!("https://a/x{}", piece.repeat(200_000)));
            assert_eq!(thread_of(&long).as_str(), "https://a/x");
        }
    }

    #[test]
    fn pages_keep_their_number() {
        for (address, page, number) in [
            ("https://a/t/x.1/page-2?utm_x=1#p", "https://a/t/x.1/page-2", Some(2)),
            ("https://a/v?t=5&page=3&PHPSESSID=1", "https://a/v?page=3&t=5", Some(3)),
            ("https://a/v?t=5", "https://a/v?t=5", None),
        ] {
            assert_eq!(same_page(&url(address)).as_str(), page);
            assert_eq!(page_number(&url(address)), number);
        }
    }

    #[test]
    fn rows_of_pages() {
        for (own, other, number, yes) in [
            ("https://a/t/page-2", "https://a/t/page-3", 3, true),
            ("https://a/t/page-2", "https://a/t/page-1", 1, false),
            ("https://a/t/", "https://a/t/page-3", 3, true),
            ("https://a/g/p1.html", "https://a/g/p2.html", 2, true),
            ("https://a/g/p1.html", "https://a/g/p12.html", 12, true),
            ("https://a/x?t=5", "https://a/x?start=25&t=5", 2, true),
            ("https://a/t/1234567", "https://a/t/1234568", 1_234_568, false),
            ("https://a/t/", "https://a/u/?page=2", 2, false),
        ] {
            assert_eq!(Row::new(url(own)).goes_on(&url(other), number), yes, "{own} {other}");
        }
    }
}
