//! What the audit found out, for people and for scripts.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;

use super::Number;
use super::edits::EDITS;
use super::near::Pairs;
use crate::model::Language;
use crate::words::{self, AuditWords, Words, fill, harmless, wrap};

/// Lines of a list, unless all are asked for.
const LINES: usize = 20;
/// Near-duplicates of one original that are named, unless all are asked for.
const ALIKE: usize = 3;
/// Columns.
const WIDTH: usize = 80;

/// Everything that was found out. Originals are told by their number.
#[derive(Debug)]
pub struct Report {
    /// What each original is called.
    labels: Vec<String>,
    /// Originals in question.
    originals: usize,
    /// Of them reposted.
    pub sampled: usize,
    /// For each edit: copies recognised, copies looked at.
    counts: Vec<(usize, usize)>,
    /// Originals and the edits after which they were not recognised.
    pub missed: Vec<(Number, Vec<&'static str>)>,
    /// Too plain to be recognised.
    pub plain: Vec<Number>,
    /// Nearly the same picture.
    pub near: Pairs,
    /// Original, edit, and the other original that it was taken for.
    pub mistaken: Vec<(Number, &'static str, Number)>,
    /// What could not be looked at, and why.
    pub unread: Vec<(Number, String)>,
}

impl Report {
    /// About so many originals, of all those that have labels.
    pub fn new(labels: Vec<String>, originals: usize) -> Self {
        Self {
            labels,
            originals,
            sampled: 0,
            counts: vec![(0, 0); EDITS.len()],
            missed: Vec::new(),
            plain: Vec::new(),
            near: Pairs::default(),
            mistaken: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Counts a copy of the edit with this number.
    pub fn count(&mut self, edit: usize, recognised: bool) {
        if let Some((good, tried)) = self.counts.get_mut(edit) {
            *good += usize::from(recognised);
            *tried += 1;
        }
    }

    fn label(&self, number: Number) -> &str {
        self.labels.get(number).map_or("", String::as_str)
    }

    fn shown(&self, number: Number) -> String {
        harmless(self.label(number))
    }

    /// The document of `--json`.
    pub fn json(&self) -> serde_json::Value {
        let edits: Vec<_> =
            self.counts.iter().zip(&EDITS).map(|((good, tried), e)| json!({"edit": e.name, "recognised": good, "tried": tried})).collect();
        let missed: Vec<_> = self.missed.iter().map(|(n, edits)| json!({"original": self.label(*n), "edits": edits})).collect();
        let plain: Vec<_> = self.plain.iter().map(|n| self.label(*n)).collect();
        let near: Vec<_> = self.near.all.iter().map(|(a, b)| [self.label(*a), self.label(*b)]).collect();
        let mistaken: Vec<_> = self
            .mistaken
            .iter()
            .map(|(n, edit, other)| json!({"original": self.label(*n), "edit": edit, "as": self.label(*other)}))
            .collect();
        let unread: Vec<_> = self.unread.iter().map(|(n, why)| json!({"original": self.label(*n), "message": why})).collect();
        json!({
            "originals": self.originals, "sampled": self.sampled, "edits": edits, "missed": missed, "plain": plain,
            "near_duplicates": near, "mistaken": mistaken, "unread": unread,
        })
    }

    /// What a person reads: how good it is first, then what is not, each list with what to make of it.
    pub fn text(&self, language: Language, whole: bool) -> String {
        let words = words::of(language);
        let w = words.audit();
        let most = if whole { usize::MAX } else { LINES };
        let mut out = vec![self.summary(&w), self.table(words, &w)];
        out.push(list(&w, most, w.missed, w.missed_advice, self.missed_lines(words, &w)));
        let plain = self.plain.iter().map(|n| self.shown(*n)).collect();
        out.push(list(&w, most, w.plain, w.plain_advice, plain));
        let heading = fill(w.near, &[&self.near.all.len()]);
        out.push(list(&w, most, &heading, w.near_advice, self.near_lines(whole)));
        if self.near.some {
            out.push(wrap(w.near_some, WIDTH));
        }
        let mistaken = self
            .mistaken
            .iter()
            .map(|(n, edit, other)| fill(w.mistaken_line, &[&self.shown(*n), &name(words, edit), &self.shown(*other)]))
            .collect();
        out.push(list(&w, most, w.mistaken, w.mistaken_advice, mistaken));
        let unread = self.unread.iter().map(|(n, why)| format!("{}: {}", self.shown(*n), harmless(why))).collect();
        out.push(list(&w, most, w.unread, w.unread_advice, unread));
        out.retain(|part| !part.is_empty());
        out.join("\n\n")
    }

    fn summary(&self, w: &AuditWords) -> String {
        let (good, tried) = self.counts.iter().fold((0, 0), |(g, t), (good, tried)| (g + good, t + tried));
        if tried == 0 {
            return wrap(&fill(w.none_reposted, &[&self.originals]), WIDTH);
        }
        let opening = wrap(&fill(w.opening, &[&self.sampled, &self.originals, &EDITS.len()]), WIDTH);
        format!("{}\n{opening}", fill(w.result, &[&good, &tried, &percent(good, tried)]))
    }

    /// The edits after which something was missed, the weakest first, and one line for the rest.
    fn table(&self, words: &dyn Words, w: &AuditWords) -> String {
        let tried: Vec<_> = self.counts.iter().zip(&EDITS).filter(|((_, tried), _)| *tried > 0).collect();
        let mut weak: Vec<_> = tried.iter().filter(|((good, tried), _)| good < tried).collect();
        weak.sort_by_key(|((good, tried), _)| good * 100_000 / tried);
        if tried.is_empty() {
            return String::new();
        }
        if weak.is_empty() {
            return wrap(&fill(w.every, &[&tried.len()]), WIDTH);
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header([w.edit, w.recognised, w.of, "%"]);
        for ((good, all), edit) in &weak {
            table.add_row([words.edit(edit.name).to_string(), good.to_string(), all.to_string(), percent(*good, *all)]);
        }
        for column in 1..=3 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut out = table.trim_fmt();
        if weak.len() < tried.len() {
            out += &format!("\n{}", fill(&format!(" {}", w.rest), &[&(tried.len() - weak.len())]));
        }
        out
    }

    /// A line for each original with those that are nearly the same, so that a burst of shots is no wall of pairs.
    fn near_lines(&self, whole: bool) -> Vec<String> {
        let mut groups: BTreeMap<Number, Vec<String>> = BTreeMap::new();
        for (one, other) in &self.near.all {
            groups.entry(*one).or_default().push(self.shown(*other));
        }
        let line = |(one, mut others): (Number, Vec<String>)| {
            let left = others.len().saturating_sub(ALIKE);
            if left > 0 && !whole {
                others.truncate(ALIKE);
                others.push(format!("+{left}"));
            }
            format!("{} = {}", self.shown(one), others.join("; "))
        };
        groups.into_iter().map(line).collect()
    }

    /// Those that are missed most often first.
    fn missed_lines(&self, words: &dyn Words, w: &AuditWords) -> Vec<String> {
        let mut missed: Vec<_> = self.missed.iter().collect();
        missed.sort_by_key(|(_, edits)| std::cmp::Reverse(edits.len()));
        let told = |edits: &[&'static str]| {
            if edits.len() == EDITS.len() {
                return fill(w.after_every, &[&EDITS.len()]);
            }
            // A name may hold a comma.
            edits.iter().map(|edit| name(words, edit)).collect::<Vec<_>>().join("; ")
        };
        missed.iter().map(|(n, edits)| format!("{}: {}", self.shown(*n), told(edits))).collect()
    }
}

/// An edit's name that is not broken before its per cent sign.
fn name(words: &dyn Words, edit: &'static str) -> String {
    words.edit(edit).replace(" %", "\u{a0}%")
}

/// Never 100 where something was missed.
fn percent(good: usize, tried: usize) -> String {
    let tenths = good * 1000 / tried.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A heading with the number of lines, the lines, and what to make of them; nothing where there are none.
fn list(w: &AuditWords, most: usize, heading: &str, advice: &str, lines: Vec<String>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut out = vec![wrap(&fill(heading, &[&lines.len()]), WIDTH)];
    // What is broken stays under its own beginning.
    out.extend(lines.iter().take(most).map(|line| wrap(line, WIDTH - 6).replace('\n', "\n      ")).map(|line| format!("  {line}")));
    if lines.len() > most {
        out.push(format!("  {}", fill(w.more, &[&(lines.len() - most)])));
    }
    out.push(wrap(advice, WIDTH));
    out.join("\n")
}
