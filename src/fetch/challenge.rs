//! Whether a refusal is a question: "are you a person?". Told by what stands in its headers or its first bytes, as the
//! makers of such questions document them.

use reqwest::Response;
use reqwest::header::HeaderMap;

/// Bytes of the answer that are read.
const MOST: usize = 64 << 10;

const MARKS: [&str; 16] = [
    "_cf_chl_opt",
    "cf-challenge",
    "challenge-platform",
    "<title>just a moment",
    "attention required! | cloudflare",
    "ddos-guard",
    "_incapsula_resource",
    "px-captcha",
    "captcha-delivery.com",
    "awswafintegration",
    "sucuri_cloudproxy",
    "g-recaptcha",
    "h-captcha",
    "cf-turnstile",
    "within.website/x/cmd/anubis",
    "verify you are human",
];

/// Reads the beginning of a refusal.
pub(super) async fn asks(mut response: Response) -> bool {
    if in_headers(response.headers()) {
        return true;
    }
    let mut body = Vec::new();
    while body.len() < MOST
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(chunk.get(..chunk.len().min(MOST)).unwrap_or_default());
    }
    in_body(&body)
}

fn in_headers(headers: &HeaderMap) -> bool {
    let says = |name: &str, what: &[&str]| {
        headers.get(name).and_then(|v| v.to_str().ok()).is_some_and(|v| what.iter().any(|w| v.to_ascii_lowercase().contains(w)))
    };
    says("cf-mitigated", &["challenge"])
        || says("x-amzn-waf-action", &["challenge", "captcha"])
        || says("server", &["ddos-guard"])
        || headers.contains_key("x-datadome")
}

/// Whether a refusal's page is such a question.
pub fn in_body(body: &[u8]) -> bool {
    let lower = body.to_ascii_lowercase();
    MARKS.iter().any(|mark| memchr::memmem::find(&lower, mark.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_from_refusals() {
        let headers = |name: &'static str, value: &'static str| HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        assert!(in_headers(&headers("cf-mitigated", "challenge")));
        assert!(in_headers(&headers("x-amzn-waf-action", "captcha")));
        assert!(!in_headers(&headers("server", "cloudflare")));
        assert!(in_body(b"<html><head><title>Just a moment...</title>"));
        assert!(!in_body(b"<h1>403 Forbidden</h1><hr>nginx"));
    }
}
