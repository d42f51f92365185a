//! `monitor coverage`: what could be seen of each watch, what could not, and why. Asks nobody; it reads what the last
//! looks recorded.

use serde_json::{Value, json};

use super::{Done, SOME_FAILED, load, open_store, print_json, say};
use crate::cli::Global;
use crate::model::{Language, Problem, ProblemKind, Watch};
use crate::scan::now;
use crate::schedule::{local, rfc3339};
use crate::store::{Look, Outcome, Store, WatchFacts};
use crate::words::{self, fill};

/// Addresses that are named for one reason.
const NAMED: usize = 3;

/// What is known of one watch.
struct Covered {
    name: String,
    facts: WatchFacts,
    looks: Vec<Look>,
}

/// Tells what could be seen.
pub async fn run(global: &Global, as_json: bool) -> Done {
    let config = load(global)?;
    let store = open_store(&config).await?;
    let mut all = Vec::new();
    for watch in &config.watches {
        all.push(Covered::of(&store, watch).await?);
    }
    store.close().await;
    let (seen, pages) = all.iter().fold((0, 0), |(seen, pages), watch| (seen + watch.seen(), pages + watch.looks.len()));
    if as_json {
        let share = if pages == 0 { 0.0 } else { seen as f64 / pages as f64 };
        let watches: Vec<Value> = all.iter().map(|watch| watch.document(config.language)).collect();
        print_json(&json!({ "pages": pages, "seen": seen, "share": share, "watches": watches }));
    } else {
        let words = words::of(config.language).coverage_words();
        if all.is_empty() {
            say(words.none);
        }
        all.iter().for_each(|watch| watch.print(config.language));
        let unseen: u64 = all.iter().map(|watch| watch.pictures().0).sum();
        if pages > seen {
            say(fill(words.some, &[&seen, &pages]));
        }
        if unseen > 0 {
            say(fill(words.no_picture, &[&unseen]));
        }
        if all.iter().all(Covered::is_whole) && pages > 0 {
            say(fill(words.all, &[&pages]));
        }
    }
    let whole = !all.is_empty() && all.iter().all(Covered::is_whole);
    Ok(if whole { 0 } else { SOME_FAILED })
}

impl Covered {
    async fn of(store: &Store, watch: &Watch) -> Result<Self, crate::store::StoreError> {
        let facts = store.watch(watch, now()).await?;
        let mut looks = store.looks_of_pass(&facts.id).await?;
        // Nobody wrote what a list's mark makes of an address.
        looks.iter_mut().for_each(|look| look.url.set_fragment(None));
        Ok(Self { name: watch.name.clone(), facts, looks })
    }

    fn seen(&self) -> usize {
        self.looks.iter().filter(|look| is_seen(look)).count()
    }

    fn pending(&self) -> usize {
        self.looks.iter().filter(|look| look.pending).count()
    }

    /// Pictures of the pages that were seen: those that could not be looked at, and all.
    fn pictures(&self) -> (u64, u64) {
        self.looks.iter().fold((0, 0), |(failed, all), look| (failed + look.facts.images_failed, all + look.facts.images_seen))
    }

    /// Whether everything could be seen.
    fn is_whole(&self) -> bool {
        !self.looks.is_empty() && self.seen() == self.looks.len() && self.pictures().0 == 0 && self.partial().next().is_none()
    }

    /// What was left out of pages that were seen: more pictures than are looked at, links left for later, an end that did not come.
    fn partial(&self) -> impl Iterator<Item = &Problem> {
        self.looks.iter().filter(|look| is_seen(look)).flat_map(|look| &look.facts.problems).filter(|p| p.kind == ProblemKind::Limit)
    }

    /// Pages that could not be seen, by reason, the commonest first.
    fn blind(&self) -> Vec<(ProblemKind, &str, Vec<&Look>)> {
        let mut out: Vec<(ProblemKind, &str, Vec<&Look>)> = Vec::new();
        for look in self.looks.iter().filter(|look| !is_seen(look) && !look.pending) {
            let Some(problem) = look.facts.problems.first() else { continue };
            match out.iter_mut().find(|(kind, detail, _)| *kind == problem.kind && *detail == problem.detail) {
                Some((.., looks)) => looks.push(look),
                None => out.push((problem.kind, &problem.detail, vec![look])),
            }
        }
        out.sort_by_key(|(.., looks)| std::cmp::Reverse(looks.len()));
        out
    }

    fn print(&self, language: Language) {
        let (all, words) = (words::of(language), words::of(language).coverage_words());
        say(&self.name);
        if self.looks.is_empty() {
            say(words.never);
            return;
        }
        say(fill(words.seen, &[&self.seen(), &self.looks.len()]));
        if self.pending() > 0 {
            say(fill(words.pending, &[&self.pending()]));
        }
        let (failed, pictures) = self.pictures();
        if failed > 0 {
            say(fill(words.pictures, &[&failed, &pictures]));
        }
        say(match self.facts.seen_at {
            0 => words.never_seen.to_string(),
            at => fill(words.last_seen, &[&local(at)]),
        });
        for (kind, detail, looks) in self.blind() {
            say(fill(words.blind, &[&looks.len(), &all.problem(kind, detail)]));
            looks.iter().take(NAMED).for_each(|look| say(format!("    {}", look.url)));
            if looks.len() > NAMED {
                say("    …");
            }
            words.help(kind).iter().for_each(|help| say(fill(words.helps, &[help])));
        }
        self.print_partial(language);
    }

    fn print_partial(&self, language: Language) {
        let (all, words) = (words::of(language), words::of(language).coverage_words());
        for problem in self.partial().take(NAMED) {
            say(fill(words.part, &[&problem.url, &all.problem(problem.kind, &problem.detail)]));
        }
        if self.partial().nth(NAMED).is_some() {
            say("    …");
        }
    }

    fn document(&self, language: Language) -> Value {
        let words = words::of(language);
        let one = |look: &Look, kind: ProblemKind, detail: &str| json!({ "url": look.url.as_str(), "kind": kind, "message": words.problem(kind, detail), "help": words.coverage_words().help(kind), "last_seen": moment(look.seen_at) });
        let blind: Vec<Value> =
            self.blind().iter().flat_map(|(kind, detail, looks)| looks.iter().map(|look| one(look, *kind, detail))).collect();
        let (failed, pictures) = self.pictures();
        json!({
            "watch": self.name,
            "pages": { "all": self.looks.len(), "seen": self.seen(), "pending": self.pending(), "blind": blind.len() },
            "share": if self.looks.is_empty() { 0.0 } else { self.seen() as f64 / self.looks.len() as f64 },
            "images": { "seen": pictures, "failed": failed },
            "began": moment(self.facts.began_at),
            "last_seen": moment(self.facts.seen_at),
            "blind": blind,
            "partial": self.partial().map(|p| json!({ "url": p.url, "kind": p.kind, "message": words.problem(p.kind, &p.detail) })).collect::<Vec<_>>(),
        })
    }
}

/// Whether a page of the last pass could be looked at.
pub fn is_seen(look: &Look) -> bool {
    !look.pending && matches!(look.outcome, Some(Outcome::Seen | Outcome::Unchanged))
}

fn moment(at: i64) -> Option<String> {
    (at != 0).then(|| rfc3339(at))
}
