//! Findings: reading and triage. They are written in [`super::record`].

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{ME, Store, StoreError};
use crate::model::{Finding, Millis, Severity, State, Verdict};

/// What is sealed of a finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub watch: String,
    pub page: String,
    pub verdict: Verdict,
}

/// Which findings to read.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// All, the newest first.
    All,
    /// Those whose id begins so.
    Id(String),
    /// Those that stand on pages looked at (or unchanged) in the last pass of these watches; no dismissed ones.
    Standing(Vec<String>),
}

/// What the owner says of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Triage {
    /// It is so.
    Confirm,
    /// It does not matter: "wrong", "allowed" or "known".
    Dismiss(String),
    /// Look at it again.
    Reopen,
}

pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Confirmed => "confirmed",
        State::Dismissed => "dismissed",
        State::Gone => "gone",
    }
}

pub(super) fn state_from(name: &str) -> State {
    match name {
        "confirmed" => State::Confirmed,
        "dismissed" => State::Dismissed,
        "gone" => State::Gone,
        _ => State::Open,
    }
}

pub(super) fn rank(severity: Severity) -> i64 {
    match severity {
        Severity::Low => 1,
        Severity::High => 2,
        Severity::Urgent => 3,
    }
}

const COLUMNS: &str = "finding.id, finding.sealed, \
    CASE WHEN finding.gone = 1 AND finding.state <> 'dismissed' THEN 'gone' ELSE finding.state END, finding.dismissed_as, finding.first_seen, finding.last_seen, finding.new_at";

impl Store {
    /// Reads findings, urgent ones first, then the newest.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn findings(&self, wanted: &Wanted) -> Result<Vec<Finding>, StoreError> {
        let order = "ORDER BY finding.severity DESC, finding.new_at DESC, finding.id";
        let mut rows = Vec::new();
        match wanted {
            Wanted::All => {
                let sql = format!("SELECT {COLUMNS} FROM finding WHERE person = $1 {order}");
                rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ME).fetch_all(&self.pool).await?;
            }
            Wanted::Id(start) => {
                let sql = format!("SELECT {COLUMNS} FROM finding WHERE person = $1 AND substr(id, 1, $2) = $3 {order}");
                let start = start.to_lowercase();
                rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ME).bind(start.len() as i64).bind(start).fetch_all(&self.pool).await?;
            }
            Wanted::Standing(watches) => {
                let sql = format!(
                    "SELECT {COLUMNS} FROM finding WHERE person = $1 AND state <> 'dismissed' AND id IN (\
                     SELECT finding_page.finding FROM finding_page JOIN page ON page.id = finding_page.page \
                     JOIN watch ON watch.id = page.watch JOIN finding AS f ON f.id = finding_page.finding \
                     WHERE watch.id = $2 AND page.pass = watch.began_at AND page.pending = 0 AND finding_page.misses = 0 \
                     AND (page.outcome IN ('seen', 'unchanged') OR f.last_seen >= watch.began_at)) {order}"
                );
                for watch in watches {
                    rows.extend(sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(ME).bind(watch).fetch_all(&self.pool).await?);
                }
            }
        }
        let mut findings = rows.iter().map(|row| self.finding_of(row)).collect::<Result<Vec<_>, _>>()?;
        let mut seen = std::collections::HashSet::new();
        findings.retain(|f| seen.insert(f.id.clone()));
        Ok(findings)
    }

    fn finding_of(&self, row: &SqliteRow) -> Result<Finding, StoreError> {
        let id: String = row.get(0);
        let sealed: Sealed = self.seal.open(&id, row.get::<Vec<u8>, _>(1).as_slice())?;
        Ok(Finding {
            state: state_from(&row.get::<String, _>(2)),
            watch: sealed.watch,
            page: sealed.page,
            verdict: sealed.verdict,
            dismissed_as: row.get(3),
            first_seen: row.get(4),
            last_seen: row.get(5),
            new_at: row.get(6),
            id,
        })
    }

    /// Sets what the owner says of the finding `id`. A notice of it that has not been mailed is dropped when it is
    /// dismissed. `false` where there is no such finding.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn triage(&self, id: &str, triage: &Triage, now: Millis) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let (state, as_what) = match triage {
            Triage::Confirm => (State::Confirmed, None),
            Triage::Dismiss(what) => (State::Dismissed, Some(what.clone())),
            Triage::Reopen => (State::Open, None),
        };
        let done = sqlx::query("UPDATE finding SET state = $1, dismissed_as = $2 WHERE id = $3 AND person = $4")
            .bind(state_name(state))
            .bind(as_what)
            .bind(id)
            .bind(ME)
            .execute(&mut *tx)
            .await?;
        if state == State::Dismissed {
            sqlx::query("DELETE FROM notice WHERE finding = $1 AND mail IS NULL AND created_at <= $2")
                .bind(id)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}
