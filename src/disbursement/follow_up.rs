//! The follow-up batch: sends again what came back, to the address that holds now.
//!
//! It grants nothing: the money stands on the beneficiaries' accounts. Each line names the
//! same entitlement and has a new end-to-end reference; an entitlement has at most one
//! live instruction (a unique index holds that).

use super::prepare::{PreparedBatch, insert_batch};
use super::sql::{self, Batch};
use super::{BatchState, load};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::Book;
use crate::payment::{self, sql::PlannedLine};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// `batch follow-up`.
pub struct FollowUp {
    pub book: Book,
    pub batch: i64,
}

/// What a follow-up takes up, and what it must leave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FollowUpReply {
    pub follows: String,
    pub batch: PreparedBatch,
    /// Failed lines whose payee has no active address yet.
    pub waiting: i64,
}

impl Command for FollowUp {
    const NAME: &'static str = "batch.follow_up";
    type Reply = FollowUpReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<FollowUpReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, &[Role::LabourMaker]).await?;
        let before = load(tx, &self.book, self.batch).await?;
        if !matches!(before.state, BatchState::Sent | BatchState::Completed) {
            let reject = Reject::StateWrong {
                what: "batch".into(),
                id: before.id.to_string(),
                state: before.state.name().into(),
                needed: "sent / completed".into(),
            };
            return Err(reject.into());
        }
        let failed =
            sql::failed_lines(tx, before.book_id, before.first_id, before.last_id()).await?;
        let ids: Vec<i64> = failed.iter().map(|(entitlement, _)| *entitlement).collect();
        let due = crate::programme::sql::due_of(tx, before.book_id, &ids).await?;
        if due.is_empty() {
            return Err(Reject::BatchEmpty {
                period: crate::programme::period_text(before.period),
            }
            .into());
        }
        let id = tx.reserve_ids(before.book_id, 1)?;
        let n = i64::try_from(due.len()).unwrap_or(i64::MAX);
        let first = tx.reserve_ids(before.book_id, n)?;
        let came_back: HashMap<i64, i64> = failed.iter().copied().collect();
        let mut lines: Vec<PlannedLine> = Vec::with_capacity(due.len());
        for d in &due {
            let back = came_back.get(&d.id).copied().unwrap_or(0);
            if back <= 0 || back > d.amount.get() {
                return Err(
                    Fault::Corrupt(format!("{back} came back of entitlement {}", d.id)).into(),
                );
            }
            lines.push(PlannedLine {
                account_id: d.account_id,
                address_id: d.address_id,
                counter: d.counter,
                amount: Dong::new(back).map_err(|e| Fault::Corrupt(e.to_string()))?,
                cause_id: d.id,
            });
        }
        payment::sql::plan(tx, before.book_id, id, first, &lines).await?;
        let template = Batch {
            follows_id: Some(before.id),
            state: BatchState::Draft,
            digest: None,
            made_by: ctx.actor.clone(),
            sent_on: None,
            open_count: 0,
            ..before.clone()
        };
        let batch = insert_batch(tx, ctx, &template, id, first, n).await?;
        Ok(FollowUpReply {
            follows: before.id.to_string(),
            batch,
            waiting: i64::try_from(failed.len()).unwrap_or(i64::MAX) - n,
        })
    }
}
