//! One watch's cookies, bounded: a site that sets new ones with every answer fills no memory.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{self, HeaderMap, HeaderValue};
use url::Url;

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
pub struct Cookies(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    jar: Jar,
    taken: usize,
}

impl Cookies {
    /// The Cookie header for `url`.
    pub(super) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let header = kept.jar.cookies(url)?;
        if header.len() > LONGEST_HEADER {
            *kept = Kept::default();
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
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.taken += set.iter().map(|c| c.len()).sum::<usize>();
        if kept.taken > ALL {
            *kept = Kept::default();
        }
        kept.jar.set_cookies(&mut set.into_iter(), url);
    }
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
            assert!(cookies.0.lock().unwrap().taken <= ALL);
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
