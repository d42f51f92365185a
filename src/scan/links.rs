//! Which of a page's links are looked at in the same pass.

use std::collections::{HashMap, HashSet};

use url::Url;

use crate::extract;
use crate::model::{Follow, Source, Watch};
use crate::store::{Claim, FollowUp};

/// Links of a page that are remembered for the passes in which it has not changed.
pub(super) const MOST_LINKS: usize = 2000;

/// The links that are remembered, and how many are not. The next page of a row comes before everything else that a page
/// leads to.
pub(super) fn first_links(mut links: Vec<(Url, bool)>) -> (Vec<(Url, bool)>, usize) {
    links.sort_by_key(|(_, next)| !next);
    let left_out = links.len().saturating_sub(MOST_LINKS);
    links.truncate(MOST_LINKS);
    (links, left_out)
}

/// The address with its mark, if it has one: the list that leads to a page says whether it has changed.
pub(super) fn marked(url: &Url, marks: &HashMap<&Url, &str>) -> Url {
    let mut out = url.clone();
    if let Some(mark) = marks.get(url) {
        out.set_fragment(Some(mark));
    }
    out
}

/// Takes the mark off an address again.
pub(super) fn take_mark(url: &mut Url, source: Source) -> Option<String> {
    let mark = url.fragment().filter(|_| matches!(source, Source::Board | Source::Lemmy | Source::Shelf)).map(str::to_string)?;
    url.set_fragment(None);
    mark.starts_with('m').then_some(mark)
}

/// What lies in a mail box or an archive says what it said for ever.
pub(super) fn is_immutable(url: &Url) -> bool {
    url.scheme() == "file" && url.query().is_some()
}

/// Most pages of a pass.
pub(super) fn budget(watch: Option<&Watch>) -> usize {
    watch.and_then(|w| w.follow.as_ref()).map_or(0, |f| f.pages)
}

/// Whether the watch follows a link from a page to `url`.
pub fn leads_on(follow: &Follow, asked: &Url, got: &Url, url: &Url) -> bool {
    if url.scheme() == "file" {
        return asked.scheme() == "file";
    }
    let wanted = match &follow.pattern {
        Some(pattern) => pattern.is_match(url.as_str()),
        // What lies on a shelf leads into the web only where the owner says how.
        None => asked.scheme() != "file" && (is_at(asked, url) || is_at(got, url)),
    };
    wanted && !is_endless(url)
}

/// Whether two addresses are of one server. One host has 65,535 ports, each with a robots.txt of its own; http and https are
/// one as long as neither names a port.
fn is_at(one: &Url, other: &Url) -> bool {
    one.host_str() == other.host_str() && one.port() == other.port()
}

/// Addresses that sites make without end: paths that repeat themselves, calendars.
fn is_endless(url: &Url) -> bool {
    let mut times: HashMap<&str, u32> = HashMap::new();
    let mut repeats = false;
    for part in url.path().split('/').filter(|p| !p.is_empty()) {
        let n = times.entry(part).or_default();
        *n += 1;
        repeats |= *n > 2;
    }
    let calendar = |key: &str| matches!(key, "month" | "year" | "day" | "date" | "calendar" | "cal" | "tribe-bar-date");
    repeats || url.as_str().len() > 2048 || url.path().split('/').any(|p| p == "calendar") || url.query_pairs().any(|(k, _)| calendar(&k))
}

/// The links of a page that are looked at in the same pass: a row's next page stays as deep as this one.
pub(super) fn follow_ups(claim: &Claim, watch: Option<&Watch>, links: &[(Url, bool)]) -> Vec<FollowUp> {
    let Some(follow) = watch.and_then(|w| w.follow.as_ref()) else { return Vec::new() };
    let mut seen = HashSet::new();
    links
        .iter()
        .filter(|(url, next)| *next || url.scheme() == "file" || claim.depth < follow.depth)
        .map(|(url, next)| FollowUp {
            url: url.clone(),
            identity: extract::same_page(url),
            next: *next,
            // What lies on a shelf is no step away from it.
            depth: claim.depth + u32::from(!next && url.scheme() != "file"),
            once: is_immutable(url),
        })
        .filter(|link| seen.insert(link.identity.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_addresses_are_cut() {
        for (url, endless) in [
            ("https://x.example/a/b/a/b/a/b", true),
            ("https://x.example/calendar/2031/05", true),
            ("https://x.example/events?month=2031-05", true),
            ("https://x.example/t/123/page-4", false),
            ("https://x.example/b/b/thread", false),
        ] {
            assert_eq!(is_endless(&Url::parse(url).unwrap()), endless, "{url}");
        }
    }

    #[test]
    fn links_stay_at_the_server_of_their_page() {
        let follow = Follow { pattern: None, pages: 9, depth: 1 };
        let page = Url::parse("https://x.example/t/1").unwrap();
        for (url, leads) in [
            ("https://x.example/t/2", true),
            ("http://x.example/t/2", true),
            ("https://x.example:8443/t/2", false),
            ("http://x.example:81/t/2", false),
            ("https://y.example/t/2", false),
        ] {
            assert_eq!(leads_on(&follow, &page, &page, &Url::parse(url).unwrap()), leads, "{url}");
        }
    }

    #[test]
    fn the_next_page_is_not_pushed_out_by_many_links() {
        let link = |n: usize| Url::parse(&format!("https://x.example/{n}")).unwrap();
        let (links, left_out) = first_links((0..MOST_LINKS + 5).map(|n| (link(n), n == MOST_LINKS + 3)).collect());
        assert_eq!((links.len(), left_out), (MOST_LINKS, 5));
        assert_eq!(links.first(), Some(&(link(MOST_LINKS + 3), true)));
        assert_eq!(links.get(1), Some(&(link(0), false)), "the others as they stand");
    }
}
