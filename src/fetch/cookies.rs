//! One watch's cookies, bounded: a site that sets new ones with every answer fills no memory. Beside them the headers that
//! the owner gives it.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::model::{Secret, Watch};

/// Longest cookie that is taken, bytes (RFC 6265, section 6.1).
const LONGEST: usize = 4096;
/// Most cookies that are taken from one answer (the same).
const MOST: usize = 50;
/// Bytes that are taken before the jar is begun anew: no honest site sets so much before it would ask for a new login.
const ALL: usize = 1 << 20;
/// Longest Cookie header that is sent, bytes; servers refuse more.
const LONGEST_HEADER: usize = 16 << 10;

/// One watch's cookies; they live as long as the program.
#[derive(Clone, Debug, Default)]
pub struct Cookies {
    kept: Arc<Mutex<Kept>>,
    given: Arc<Given>,
}

#[derive(Debug, Default)]
struct Kept {
    jar: Jar,
    taken: usize,
}

/// What the owner gives along.
#[derive(Debug, Default)]
struct Given {
    cookies: Vec<(Url, Secret)>,
    headers: HeaderMap,
    /// Host and port of those who get the headers.
    hosts: Vec<(String, Option<u16>)>,
}

impl Kept {
    fn new(given: &Given) -> Self {
        let jar = Jar::default();
        given.cookies.iter().for_each(|(url, cookie)| jar.add_cookie_str(cookie.reveal(), url));
        Self { jar, taken: 0 }
    }
}

impl Cookies {
    /// Those of a watch, before anything was asked for.
    pub fn of(watch: &Watch) -> Self {
        let header = |(name, value): &(String, Secret)| {
            let mut value = HeaderValue::from_str(value.reveal()).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        };
        let hosts = watch.urls.iter().map(place).collect();
        // Those of other sites, which a browser's file holds too, go nowhere: a page could ask for what they open.
        let is_own = |at: &Url| {
            let at = at.host_str().unwrap_or_default();
            watch.urls.iter().filter_map(Url::host_str).any(|own| own == at || own.strip_suffix(at).is_some_and(|rest| rest.ends_with('.')))
        };
        let cookies = watch.cookies.iter().filter(|(at, _)| is_own(at)).cloned().collect();
        let given = Given { cookies, headers: watch.headers.iter().filter_map(header).collect(), hosts };
        Self { kept: Arc::new(Mutex::new(Kept::new(&given))), given: Arc::new(given) }
    }

    /// The owner's own cookies: for an address, as a server would set them.
    pub fn given(&self) -> &[(Url, Secret)] {
        &self.given.cookies
    }

    /// The headers that the owner gives along to this address.
    pub fn headers(&self, url: &Url) -> HeaderMap {
        if self.given.headers.is_empty() || !self.given.hosts.contains(&place(url)) { HeaderMap::new() } else { self.given.headers.clone() }
    }

    /// The Cookie header for `url`.
    pub(super) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let header = kept.jar.cookies(url)?;
        if header.len() > LONGEST_HEADER {
            *kept = Kept::new(&self.given);
            return None;
        }
        Some(header)
    }

    /// Takes what the answer from `url` sets.
    pub(super) fn take(&self, headers: &HeaderMap, url: &Url) {
        let set: Vec<&HeaderValue> = headers.get_all(header::SET_COOKIE).iter().filter(|c| c.len() <= LONGEST).take(MOST).collect();
        if set.is_empty() {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.taken += set.iter().map(|c| c.len()).sum::<usize>();
        if kept.taken > ALL {
            *kept = Kept::new(&self.given);
            kept.taken = set.iter().map(|c| c.len()).sum();
        }
        kept.jar.set_cookies(&mut set.into_iter(), url);
    }
}

fn place(url: &Url) -> (String, Option<u16>) {
    (url.host_str().unwrap_or_default().to_string(), url.port_or_known_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(cookies: &[String]) -> HeaderMap {
        cookies.iter().map(|c| (header::SET_COOKIE, HeaderValue::from_str(c).unwrap())).collect()
    }

    #[test]
    fn cookies_come_back_to_their_site() {
        let (cookies, url) = (Cookies::default(), Url::parse("https://a.example/").unwrap());
        cookies.take(&setting(&["age=18".into()]), &url);
        assert_eq!(cookies.header(&url).unwrap(), "age=18");
        assert_eq!(cookies.header(&Url::parse("https://b.example/").unwrap()), None);
    }

    #[test]
    fn a_site_that_sets_cookies_without_end_fills_no_memory() {
        let (cookies, url) = (Cookies::default(), Url::parse("https://a.example/x/").unwrap());
        for n in 0..2000 {
            let many: Vec<String> = (0..60).map(|m| format!("c{n}-{m}={}; Path=/{n}/", "x".repeat(100))).collect();
            cookies.take(&setting(&many), &url);
            assert!(cookies.kept.lock().unwrap().taken <= ALL);
        }
        cookies.take(&setting(&[format!("long={}", "x".repeat(5000))]), &url);
        assert_eq!(cookies.header(&url), None);
        for n in 0..60 {
            cookies.take(&setting(&[format!("n{n}={}", "x".repeat(1000))]), &url);
        }
        assert_eq!(cookies.header(&url), None, "a header that no server takes is not sent");
        cookies.take(&setting(&["session=1".into()]), &url);
        assert_eq!(cookies.header(&url).unwrap(), "session=1");
    }
}
