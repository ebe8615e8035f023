//! `receipt cancel`: two people cancel a receipt; what is still paid gets a new one.

use super::receipt;
use super::sql::receipt as sql;
use crate::access::{self, Role};
use crate::error::{Failure, Reject, check_reason};
use crate::ledger::Book;
use crate::store::{Command, Ctx, Tx, check_clock};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Without `approve` a proposal; with it the second person's word on the last proposal.
pub struct CancelReceipt {
    pub book: Book,
    /// `BL/2026/0000012`.
    pub receipt: String,
    /// Needed for a proposal: 10 characters or more.
    pub reason: String,
    pub approve: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelReply {
    pub receipt: String,
    /// `proposed`, `cancelled`.
    pub state: String,
    pub amount: i64,
    pub reason: String,
    /// Name of the cancellation.
    pub cancellation: Option<String>,
    /// Names of the receipts for what is still paid.
    pub replaced_by: Vec<String>,
}

impl Command for CancelReceipt {
    const NAME: &'static str = "receipt.cancel";
    type Reply = CancelReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "receipt": self.receipt, "reason": self.reason, "approve": self.approve})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<CancelReply, Failure> {
        let book = self.book.id;
        let roles: &[Role] = if self.approve {
            &[Role::SchoolHead, Role::ChiefAccountant]
        } else {
            &[Role::SchoolCashier, Role::Accountant]
        };
        access::require(tx, ctx, book, &self.book.code, roles).await?;
        check_clock(tx.head(book)?, ctx.now)?;
        let row = receipt::find(tx, book, &self.receipt).await?;
        let unfit = |state: &str, needed: &str| -> Failure {
            Reject::StateWrong {
                what: "receipt".into(),
                id: row.name(),
                state: state.into(),
                needed: needed.into(),
            }
            .into()
        };
        if row.cancels_id.is_some() {
            return Err(unfit("cancellation", "live"));
        }
        if row.cancelled_by.is_some() {
            return Err(unfit("cancelled", "live"));
        }
        if !self.approve {
            check_reason("receipt cancel", &self.reason)?;
            let (why, by) = (self.reason.trim(), &ctx.actor);
            sql::put_plan(tx, book, row.id, why, by, ctx.now.0).await?;
            return Ok(CancelReply {
                receipt: row.name(),
                state: "proposed".into(),
                amount: row.amount,
                reason: why.into(),
                cancellation: None,
                replaced_by: Vec::new(),
            });
        }
        let plan = sql::find_plan(tx, book, row.id)
            .await?
            .ok_or_else(|| unfit("live", "proposed"))?;
        access::other_than(ctx, &plan.proposed_by, "approve")?;
        let made = receipt::cancel(tx, ctx, book, &row, &plan.why, &plan.proposed_by).await?;
        let new = receipt::settle(tx, ctx, book).await?;
        let new = sql::by_ids(tx, book, &new.receipts).await?;
        Ok(CancelReply {
            receipt: row.name(),
            state: "cancelled".into(),
            amount: row.amount,
            reason: plan.why,
            cancellation: Some(made.name()),
            replaced_by: new.iter().map(sql::ReceiptRow::name).collect(),
        })
    }
}
