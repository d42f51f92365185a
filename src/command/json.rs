//! The JSON documents of the contract.

use serde_json::{Value, json};

use crate::model::{Finding, Language, Problem, Verdict};
use crate::schedule::rfc3339;
use crate::words;

/// One finding, as `scan`, `findings` and `check` print it.
pub fn finding(finding: &Finding, new: bool, language: Language) -> Value {
    let verdict = &finding.verdict;
    json!({
        "id": finding.id,
        "new": new,
        "state": finding.state,
        "dismissed_as": finding.dismissed_as,
        "kind": verdict.kind,
        "severity": verdict.severity,
        "reason": words::of(language).reason(verdict.reason),
        "watch": finding.watch,
        "page": finding.page,
        "image": verdict.image,
        "original": verdict.original,
        "how": verdict.how,
        "confidence": rounded(verdict.confidence),
        "name": verdict.name,
        "excerpt": verdict.excerpt,
        "first_seen": rfc3339(finding.first_seen),
        "last_seen": rfc3339(finding.last_seen),
    })
}

/// One match of `check`.
pub fn matched(verdict: &Verdict) -> Value {
    json!({
        "kind": verdict.kind,
        "original": verdict.original,
        "how": verdict.how,
        "confidence": rounded(verdict.confidence),
        "name": verdict.name,
        "excerpt": verdict.excerpt,
    })
}

/// One problem.
pub fn problem(problem: &Problem, language: Language) -> Value {
    json!({
        "watch": problem.watch,
        "url": problem.url,
        "kind": problem.kind,
        "message": words::problem(language, problem),
    })
}

fn rounded(confidence: f32) -> f64 {
    (f64::from(confidence) * 1000.0).round() / 1000.0
}
