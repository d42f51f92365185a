//! What kept the fetcher from looking, told apart.

use super::guard::PrivateAddress;
use crate::model::ProblemKind;

/// Why nothing came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: {detail}")]
pub struct FetchError {
    /// What kept us from looking.
    pub kind: ProblemKind,
    /// The particulars.
    pub detail: String,
    /// Worth another try at once.
    pub(super) again: bool,
}

/// An error that another try at once would not mend.
pub fn fault(kind: ProblemKind, detail: impl Into<String>) -> FetchError {
    FetchError { kind, detail: detail.into(), again: false }
}

/// What a refusal means; `None` for an answer that shows something. `waits`: it comes with a time to come back.
pub fn refusal(status: u16, waits: bool) -> Option<FetchError> {
    let code = status.to_string();
    Some(match status {
        200..=299 if status != 206 => return None,
        429 => FetchError { again: true, ..fault(ProblemKind::TooManyRequests, code) },
        503 => FetchError { again: true, ..fault(if waits { ProblemKind::TooManyRequests } else { ProblemKind::Status }, code) },
        451 => fault(ProblemKind::Region, code),
        401 | 403 | 407 => fault(ProblemKind::Refused, code),
        404 | 410 => fault(ProblemKind::Gone, code),
        408 | 500 | 502 | 504 => FetchError { again: true, ..fault(ProblemKind::Status, code) },
        _ => fault(ProblemKind::Status, code),
    })
}

/// What an error of the HTTP client means to the owner.
pub(super) fn explain(error: &reqwest::Error, through_proxy: bool) -> FetchError {
    let causes = causes(error);
    if causes.iter().any(|e| e.is::<PrivateAddress>()) {
        return fault(ProblemKind::PrivateNetwork, PrivateAddress.to_string());
    }
    if let Some(tls) = causes.iter().find_map(|e| e.downcast_ref::<rustls::Error>()) {
        return fault(ProblemKind::Tls, tls.to_string());
    }
    let told = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ").to_lowercase();
    let detail = root(error);
    let kind = if error.is_timeout() {
        ProblemKind::Timeout
    } else if through_proxy && error.is_connect() {
        ProblemKind::Proxy
    } else if told.contains("failed to lookup") || told.contains("dns error") {
        ProblemKind::NameUnknown
    } else if error.is_decode() {
        return fault(ProblemKind::NotReadable, detail);
    } else {
        ProblemKind::Unreachable
    };
    FetchError { again: true, ..fault(kind, detail) }
}

/// An error and everything that it wraps; an `io::Error` hides what it wraps from `source`.
fn causes(error: &reqwest::Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut out: Vec<&(dyn std::error::Error + 'static)> = Vec::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = next {
        out.push(e);
        let wrapped = e.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = wrapped.map(|w| w as &(dyn std::error::Error + 'static)).or_else(|| e.source());
    }
    out
}

/// The innermost cause, which names the system's trouble and not the address.
pub(super) fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if std::ptr::addr_eq(std::ptr::from_ref(cause), std::ptr::from_ref::<dyn std::error::Error>(error)) {
        return "the exchange broke off".into();
    }
    cause.to_string()
}
