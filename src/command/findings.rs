//! `monitor findings`: reading and triage.

use std::collections::HashMap;

use serde_json::json;

use super::{Done, Failure, changes, json as documents, load, open_store, print_json, say, show};
use crate::cli::{FindingsAction, Global};
use crate::model::{Finding, Millis, State, Watch};
use crate::scan::now;
use crate::store::{Store, Triage, Wanted};
use crate::words;

/// Reads or triages findings.
pub async fn run(global: &Global, action: Option<FindingsAction>, as_json: bool) -> Done {
    let config = load(global)?;
    let store = open_store(&config).await?;
    let words = words::of(config.language);
    let action = action.unwrap_or(FindingsAction::List { json: crate::cli::Json { json: as_json } });
    match action {
        FindingsAction::List { json } => {
            let findings = store.findings(&Wanted::All).await?;
            if json.json || as_json {
                let new = New::of(&store, &config.watches).await?;
                let all: Vec<_> = findings.iter().map(|f| documents::finding(f, new.is(f), config.language)).collect();
                print_json(&json!({ "findings": all }));
            } else if findings.is_empty() {
                say(words.no_findings());
            } else {
                say(show::table(&findings, config.language));
                if !global.quiet {
                    say(format!("\n{}", words.triage_hint()));
                }
            }
        }
        FindingsAction::Show { id, json } => {
            let finding = one(&store, &id).await?;
            if json.json || as_json {
                let new = New::of(&store, &config.watches).await?;
                print_json(&json!({ "findings": [documents::finding(&finding, new.is(&finding), config.language)] }));
            } else {
                say(show::details(&finding, config.language));
            }
        }
        FindingsAction::Confirm { ids } => triage(&store, &ids, &Triage::Confirm, words.state(State::Confirmed)).await?,
        FindingsAction::Dismiss { ids, as_what } => {
            triage(&store, &ids, &Triage::Dismiss(as_what.name().into()), words.state(State::Dismissed)).await?;
            changes::look(&store, &config, ids.len()).await?;
        }
        FindingsAction::Reopen { ids } => triage(&store, &ids, &Triage::Reopen, words.state(State::Open)).await?,
    }
    store.close().await;
    Ok(0)
}

/// When each watch's last pass began: what was recorded since is new.
struct New(HashMap<String, Millis>);

impl New {
    async fn of(store: &Store, watches: &[Watch]) -> Result<Self, Failure> {
        let mut began = HashMap::new();
        for watch in watches {
            began.insert(watch.name.clone(), store.watch(watch, now()).await?.began_at);
        }
        Ok(Self(began))
    }

    fn is(&self, finding: &Finding) -> bool {
        self.0.get(&finding.watch).is_none_or(|began| finding.new_at >= *began)
    }
}

/// The one finding whose id begins so.
async fn one(store: &Store, id: &str) -> Result<Finding, Failure> {
    let mut found = store.findings(&Wanted::Id(id.to_string())).await?;
    match (found.pop(), found.is_empty()) {
        (Some(finding), true) => Ok(finding),
        (None, _) => Err(Failure::Usage(format!("there is no finding {id}; 'monitor findings' lists them"))),
        (Some(_), false) => Err(Failure::Usage(format!("several findings begin with {id}; write more of it"))),
    }
}

async fn triage(store: &Store, ids: &[String], triage: &Triage, word: &str) -> Result<(), Failure> {
    // All ids are looked up before the first is changed: a slip of the finger changes nothing.
    let mut findings = Vec::new();
    for id in ids {
        findings.push(one(store, id).await?);
    }
    for finding in findings {
        store.triage(&finding.id, triage, now()).await?;
        say(format!("{}  {word}", finding.id));
    }
    Ok(())
}
