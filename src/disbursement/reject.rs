//! Giving up a batch: it keeps all it had, and its entitlements are due again.
//!
//! Before the release nothing was posted, so nothing is undone. A released batch that
//! cannot or must not be sent takes its grants back, one transfer a line, beneficiary to
//! fund, and that is for an approver other than its maker. A follow-up granted nothing:
//! its money stays on the accounts, for the next follow-up. What was sent is never
//! rejected here; only the bank's word ends it.

use super::approve::{BatchReply, note};
use super::release::post_batch;
use super::sql::{self, Batch};
use super::withdraw::require_second_person;
use super::{BatchEvent, BatchState, load, next_state};
use crate::error::{Failure, check_reason};
use crate::ledger::bulk::Side;
use crate::ledger::{Book, Code, PostingInfo};
use crate::payment;
use crate::store::{Command, Ctx, Tx};
use serde_json::{Value, json};

/// `batch reject`.
pub struct RejectBatch {
    pub book: Book,
    pub batch: i64,
    pub reason: String,
}

impl Command for RejectBatch {
    const NAME: &'static str = "batch.reject";
    type Reply = BatchReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch, "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<BatchReply, Failure> {
        let batch = load(tx, &self.book, self.batch).await?;
        require_second_person(tx, ctx, &self.book, &batch, "reject").await?;
        let needed = "draft / submitted / approved / released";
        let state = next_state(&batch, BatchEvent::Reject, needed)?;
        if batch.state == BatchState::Released {
            check_reason("batch reject", &self.reason)?;
            take_grants_back(tx, ctx, &batch).await?;
        }
        payment::sql::end_all(
            tx,
            batch.book_id,
            batch.first_id,
            batch.last_id(),
            ctx.now.0,
        )
        .await?;
        sql::set_state(tx, batch.book_id, batch.id, state).await?;
        note(tx, ctx, &batch, "rejected", &self.reason, None).await?;
        Ok(BatchReply {
            batch: batch.id.to_string(),
            state: state.name().into(),
            lines: batch.count,
            total: batch.total,
            digest: crate::store::keys::hex(&batch.digest.unwrap_or_default()),
            approvers_missing: 0,
        })
    }
}

/// Every live line's grant goes back to the fund, or nothing of it does.
async fn take_grants_back(tx: &mut Tx, ctx: &Ctx, batch: &Batch) -> Result<(), Failure> {
    let (count, total) =
        payment::sql::totals(tx, batch.book_id, batch.first_id, batch.last_id(), true).await?;
    if batch.follows_id.is_some() || count == 0 {
        return Ok(());
    }
    let info = PostingInfo::new("batch_rejected", ctx, ctx.now.day(), batch.id);
    let other = (batch.fund_id, Side::Debit);
    post_batch(
        tx,
        batch,
        &info,
        Code::WithdrawnGrant,
        other,
        (count, total),
    )
    .await
}
