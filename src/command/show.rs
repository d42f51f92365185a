//! Findings and problems as people read them, at 80 columns.

use comfy_table::{Cell, ContentArrangement, Table, presets};

use crate::model::{Finding, Language, Problem};
use crate::schedule::local;
use crate::words::{self, harmless};

/// Letters of an address in a list; `show` and `--json` have it whole.
pub const LONGEST: usize = 300;

/// A table of findings, one line each where it fits.
pub fn table(findings: &[Finding], language: Language) -> String {
    let words = words::of(language);
    let labels = words.labels();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if !table.is_tty() {
        table.set_width(80);
    }
    table.set_header(["id", labels.state, labels.kind, labels.since, labels.page]);
    for finding in findings {
        let mut page = harmless(finding.page.split_once("://").map_or(finding.page.as_str(), |(_, rest)| rest));
        if let Some(original) = &finding.verdict.original {
            page = format!("{page} · {}", harmless(original));
        }
        page = words::shortened(&page, LONGEST);
        table.add_row([
            Cell::new(&finding.id),
            Cell::new(words.state(finding.state)),
            Cell::new(words.kind(finding.verdict.kind)),
            Cell::new(local(finding.first_seen).split(' ').next().unwrap_or_default()),
            Cell::new(page),
        ]);
    }
    table.trim_fmt()
}

/// Everything about one finding.
pub fn details(finding: &Finding, language: Language) -> String {
    let words = words::of(language);
    let (labels, verdict) = (words.labels(), &finding.verdict);
    let mut lines: Vec<(&str, String)> = vec![
        ("id", finding.id.clone()),
        (labels.kind, words.kind(verdict.kind).into()),
        (labels.severity, words.severity(verdict.severity).into()),
        (labels.reason, words.reason(verdict.reason).into()),
        (
            labels.state,
            match &finding.dismissed_as {
                Some(what) => format!("{} ({what})", words.state(finding.state)),
                None => words.state(finding.state).into(),
            },
        ),
        (labels.watch, harmless(&finding.watch)),
        (labels.page, harmless(&finding.page)),
    ];
    if let Some(image) = &verdict.image {
        lines.push((labels.image, harmless(image)));
    }
    if let Some(original) = &verdict.original {
        lines.push((labels.original, harmless(original)));
    }
    if let Some(name) = &verdict.name {
        lines.push((labels.name, harmless(name.reveal())));
    }
    if let Some(excerpt) = &verdict.excerpt {
        lines.push((labels.excerpt, harmless(excerpt.reveal())));
    }
    if !verdict.how.is_empty() {
        lines.push((labels.how, verdict.how.join(", ")));
    }
    lines.push((labels.confidence, format!("{:.0} %", verdict.confidence * 100.0)));
    lines.push((labels.since, local(finding.first_seen)));
    lines.push((labels.last, local(finding.last_seen)));
    lines.push((labels.next, words.next_step(verdict.kind).into()));
    let width = lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let line = |(label, value): &(&str, String)| {
        // Addresses stay whole, to be copied; sentences are broken below themselves.
        let gap = " ".repeat(width.saturating_sub(label.chars().count()));
        let value = words::wrap(value, 78usize.saturating_sub(width).max(20)).replace('\n', &format!("\n{}", " ".repeat(width + 2)));
        format!("{label}{gap}  {value}")
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What could not be looked at, a line each; at most `most` of them.
pub fn problems(problems: &[Problem], language: Language, most: usize) -> String {
    let words = words::of(language);
    let mut lines = vec![words.problems_heading(problems.len())];
    for problem in problems.iter().take(most) {
        let url = words::shortened(&harmless(&problem.url), LONGEST);
        lines.push(format!("  {url}: {}", words::problem(language, problem)));
    }
    if problems.len() > most {
        lines.push(format!("  … +{}  (--json)", problems.len() - most));
    }
    lines.join("\n")
}
