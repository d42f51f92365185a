//! `monitor findings`: reading and triage.

use serde_json::json;

use super::{Done, Failure, json as documents, load, open_store, print_json, say, show};
use crate::cli::{FindingsAction, Global};
use crate::model::{Finding, State};
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
                let since = last_pass(&store, &config.watches).await?;
                let all: Vec<_> = findings.iter().map(|f| documents::finding(f, f.new_at >= since, config.language)).collect();
                print_json(&json!({ "findings": all }));
            } else if findings.is_empty() {
                say(words.no_findings());
            } else {
                say(show::table(&findings, config.language));
                say(format!("\n{}", words.triage_hint()));
            }
        }
        FindingsAction::Show { id, json } => {
            let finding = one(&store, &id).await?;
            if json.json || as_json {
                let since = last_pass(&store, &config.watches).await?;
                print_json(&json!({ "findings": [documents::finding(&finding, finding.new_at >= since, config.language)] }));
            } else {
                say(show::details(&finding, config.language));
            }
        }
        FindingsAction::Confirm { ids } => triage(&store, &ids, &Triage::Confirm, words.state(State::Confirmed)).await?,
        FindingsAction::Dismiss { ids, as_what } => {
            triage(&store, &ids, &Triage::Dismiss(as_what.name().into()), words.state(State::Dismissed)).await?;
        }
        FindingsAction::Reopen { ids } => triage(&store, &ids, &Triage::Reopen, words.state(State::Open)).await?,
    }
    store.close().await;
    Ok(0)
}

async fn last_pass(store: &Store, watches: &[crate::model::Watch]) -> Result<i64, Failure> {
    let mut last = 0;
    for watch in watches {
        last = last.max(store.watch(watch, now()).await?.began_at);
    }
    Ok(last)
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
