//! Which addresses belong to one site, and what may be asked of another.

use std::sync::Arc;

use url::Url;

use super::Own;
use crate::fetch::MayFollow;
use crate::render::MayAsk;

/// Whether two addresses belong to one site: the same registrable domain (Mozilla's public suffix list), or the same
/// address where the host is one.
pub fn same_site(a: &Url, b: &Url) -> bool {
    match (a.domain(), b.domain()) {
        (Some(x), Some(y)) => {
            let (x, y) = (x.trim_end_matches('.'), y.trim_end_matches('.'));
            x == y || psl::domain_str(x).is_some_and(|site| psl::domain_str(y) == Some(site))
        }
        (None, None) => a.host_str().is_some() && a.host_str() == b.host_str(),
        _ => false,
    }
}

/// A redirect may lead to another site only where it does not carry a protected name there.
pub fn may_follow(own: Arc<Own>) -> MayFollow {
    Arc::new(move |from, to| same_site(from, to) || !own.in_address(to))
}

/// What a page's scripts may have a browser ask of another site: nothing that carries a protected name in its address, and
/// nothing with a body, which could hold all that stands on the page.
pub fn may_ask(own: Arc<Own>) -> MayAsk {
    Arc::new(move |from, to, has_body| same_site(from, to) || !has_body && !own.in_address(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_told_apart_by_their_registrable_domain() {
        let same = |a: &str, b: &str| same_site(&Url::parse(a).unwrap(), &Url::parse(b).unwrap());
        assert!(same("https://www.board.example.co.uk/a", "https://cdn.example.co.uk/b"));
        assert!(!same("https://a.co.uk/", "https://b.co.uk/"));
        assert!(!same("https://one.github.io/", "https://two.github.io/"));
        assert!(same("http://127.0.0.1:8098/", "http://127.0.0.1:8099/"));
        assert!(!same("http://127.0.0.1/", "http://localhost/"));
    }
}
