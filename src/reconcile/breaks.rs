//! The list of breaks, and who owns each.

use super::sql::{self, BreakRow};
use super::todo;
use crate::error::Fault;
use crate::payment;
use crate::store::Tx;
use serde::Serialize;
use serde_json::{Value, json};

/// A break in a list.
#[derive(Clone, Debug, Serialize)]
pub struct BreakLine {
    pub id: String,
    pub bank_account: String,
    pub day: String,
    pub kind: String,
    pub state: String,
    pub end_to_end_ref: String,
    pub expected_amount: Option<i64>,
    pub statement_amount: Option<i64>,
    /// đồng that still stand open in suspense, claim or clearing.
    pub open_amount: i64,
    pub owner: Option<String>,
    pub todo: String,
    pub action: Option<String>,
    /// What was said when it was resolved: `text`, or of a proposal `action`, `target`, `reason`.
    pub note: Option<Value>,
    pub proposed_by: Option<String>,
    pub resolved_by: Option<String>,
}

/// Breaks of a book; with `all` the resolved ones too.
pub async fn list(tx: &mut Tx, book: i64, all: bool) -> Result<Vec<BreakLine>, Fault> {
    let rows = if all {
        sql::all_breaks(tx, book).await?
    } else {
        sql::open_breaks(tx, book, None).await?
    };
    let banks = payment::sql::bank_accounts(tx, book).await?;
    Ok(rows.into_iter().map(|b| line_of(b, &banks)).collect())
}

fn line_of(b: BreakRow, banks: &[payment::sql::BankAccountRow]) -> BreakLine {
    let bank = banks.iter().find(|a| a.id == b.bank_account_id);
    let in_claim = b
        .item_account_id
        .is_some_and(|id| bank.is_none_or(|a| id != a.suspense_id && id != a.clearing_out_id));
    BreakLine {
        id: b.id.to_string(),
        bank_account: bank.map_or_else(String::new, |a| a.code.clone()),
        day: b.day.to_string(),
        todo: todo(&b.kind, in_claim).into(),
        open_amount: b.open_amount(),
        kind: b.kind,
        state: b.state,
        end_to_end_ref: b.reference,
        expected_amount: b.expected_amount,
        statement_amount: b.statement_amount,
        owner: b.owner,
        action: b.action,
        note: b.note.map(note_of),
        proposed_by: b.proposed_by,
        resolved_by: b.resolved_by,
    }
}

/// A proposal is kept as an object; what the program notes itself is plain text.
fn note_of(text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(Value::Object(proposal)) => Value::Object(proposal),
        _ => json!({ "text": text }),
    }
}
