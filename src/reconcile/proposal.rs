//! A proposal on a break: what one person would do about it, until another approves.
//!
//! A break has at most one. It stands in the break's note; who made it may replace it,
//! nobody else may before it is withdrawn.

use super::resolve::{Action, action_name, wrong_state};
use super::sql::{self, BreakRow};
use crate::error::{Fault, Reject};
use crate::store::{Ctx, Tx};
use serde::{Deserialize, Serialize};

/// What a proposal keeps in the break's note.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Proposal {
    pub action: Action,
    pub target: Option<String>,
    pub reason: String,
    /// The bank's code, where it does not stand on the statement.
    #[serde(default)]
    pub bank_reason: Option<String>,
    /// đồng of the break that it is about; none for the whole.
    #[serde(default)]
    pub amount: Option<i64>,
    /// The announced budget that this money is.
    #[serde(default)]
    pub budget: Option<i64>,
}

impl Proposal {
    /// The proposal that stands on a break.
    pub fn of(row: &BreakRow) -> Result<Proposal, Fault> {
        serde_json::from_str(row.note.as_deref().unwrap_or_default())
            .map_err(|e| Fault::Corrupt(format!("break {}: {e}", row.id)))
    }

    /// Puts it on the break in the acting person's name.
    pub async fn put(&self, tx: &mut Tx, ctx: &Ctx, book: i64, id: i64) -> Result<(), Fault> {
        let note = serde_json::to_string(self).map_err(|e| Fault::Corrupt(e.to_string()))?;
        let action = action_name(self.action);
        sql::propose(tx, book, id, action, &note, &ctx.actor).await
    }
}

/// Rejects unless `actor` may put a proposal on the break.
pub fn check_free(row: &BreakRow, actor: &str) -> Result<(), Reject> {
    if row.state == "resolved" {
        return Err(wrong_state(row, "open / assigned / proposed"));
    }
    match &row.proposed_by {
        Some(by) if row.state == "proposed" && by != actor => Err(Reject::ProposalStands {
            id: row.id.to_string(),
            by: by.clone(),
            action: row.action.clone().unwrap_or_default(),
        }),
        _ => Ok(()),
    }
}
