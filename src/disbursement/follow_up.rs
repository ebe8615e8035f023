//! The follow-up batch: sends again what came back, to the address that holds now.
//!
//! It grants nothing: the money stands on the beneficiaries' accounts. Each line names the
//! same entitlement and has a new end-to-end reference; what it sends is all that is owed
//! and stands there ([`super::owed`]), in whatever order the parts came back. An
//! entitlement has at most one live instruction (a unique index holds that): a part that
//! has settled makes room for the line that sends another.

use super::owed::{self, Part};
use super::prepare::{PreparedBatch, insert_batch};
use super::sql::{self, Batch};
use super::{BatchState, MAKERS, load};
use crate::access;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book};
use crate::payment::{self, sql::PlannedLine};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    /// Entitlements with money to send whose payee has no active address yet.
    pub waiting: i64,
    /// Those of which another line is planned or under way; the next follow-up takes them.
    pub under_way: i64,
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
        access::require(tx, ctx, self.book.id, &self.book.code, MAKERS).await?;
        let before = load(tx, &self.book, self.batch).await?;
        if before.is_payout() {
            return Err(Reject::BadInput {
                what: "batch".into(),
                place: "BATCH".into(),
                found: before.id.to_string(),
                expected: "ansinh payout prepare".into(),
            }
            .into());
        }
        if !matches!(before.state, BatchState::Sent | BatchState::Completed) {
            let reject = Reject::StateWrong {
                what: "batch".into(),
                id: before.id.to_string(),
                state: before.state.name().into(),
                needed: "sent / completed".into(),
            };
            return Err(reject.into());
        }
        let taken = take_up(tx, &before).await?;
        if taken.due.is_empty() && taken.planned > 0 {
            return Err(Reject::FollowUpUnderWay {
                batch: before.id.to_string(),
                lines: taken.planned,
            }
            .into());
        }
        if taken.due.is_empty() {
            return Err(Reject::BatchEmpty {
                period: crate::programme::period_text(before.period),
            }
            .into());
        }
        // Of these a part has settled, so its fate is known; a new line may take its place.
        for id in &taken.settled_lines {
            payment::sql::end(tx, before.book_id, *id, ctx.now.0).await?;
        }
        let id = tx.reserve_ids(before.book_id, 1)?;
        let n = i64::try_from(taken.due.len()).unwrap_or(i64::MAX);
        let first = tx.reserve_ids(before.book_id, n)?;
        let lines = taken.due;
        check_standing(tx, before.book_id, &lines).await?;
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
            waiting: taken.waiting,
            under_way: taken.under_way,
        })
    }
}

/// What a follow-up of a batch may take up.
struct TakenUp {
    due: Vec<PlannedLine>,
    /// Live lines of the same entitlements that have settled, whole or in part.
    settled_lines: Vec<i64>,
    waiting: i64,
    under_way: i64,
    /// Entitlements of which another follow-up, not sent yet, has a line.
    planned: i64,
}

/// Everything that is owed of the batch's entitlements and stands on the accounts, whatever
/// instruction it came back from. An entitlement has one line under way at a time.
async fn take_up(tx: &mut Tx, before: &Batch) -> Result<TakenUp, Failure> {
    let book = before.book_id;
    let touched = sql::touched(tx, book, before.first_id, before.last_id()).await?;
    let mut owed = owed::load(tx, book, &touched).await?;
    let again = |o: &&owed::Owed| o.parts.iter().any(Part::is_planned_again);
    let planned = owed.values().filter(again).count();
    owed.retain(|_, o| o.sendable() > 0);
    let all = owed.len();
    owed.retain(|_, o| !o.parts.iter().any(Part::is_open));
    let ids: Vec<i64> = owed.keys().copied().collect();
    let payable = crate::programme::sql::due_of(tx, book, &ids).await?;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut out = TakenUp {
        due: Vec::with_capacity(payable.len()),
        settled_lines: Vec::new(),
        waiting: count(ids.len() - payable.len()),
        under_way: count(all - ids.len()),
        planned: count(planned),
    };
    for d in &payable {
        let Some(o) = owed.get(&d.id) else { continue };
        out.settled_lines
            .extend(o.parts.iter().filter(|p| !p.ended).map(|p| p.id));
        out.due.push(PlannedLine {
            account_id: d.account_id,
            address_id: d.address_id,
            counter: d.counter,
            payee: d.payee,
            amount: Dong::new(o.sendable()).map_err(|e| Fault::Corrupt(e.to_string()))?,
            cause_id: d.id,
        });
    }
    Ok(out)
}

/// Rejects when the instructions say more than stands on an account in the ledger.
async fn check_standing(tx: &mut Tx, book: i64, lines: &[PlannedLine]) -> Result<(), Failure> {
    let mut asked: BTreeMap<i64, i64> = BTreeMap::new();
    for line in lines {
        *asked.entry(line.account_id).or_default() += line.amount.get();
    }
    let ids: Vec<i64> = asked.keys().copied().collect();
    let accounts = ledger::load_balances(tx, book, &ids).await?;
    let dong = |n: i64| Dong::new(n).map_err(|e| Fault::Corrupt(e.to_string()));
    for (id, needed) in asked {
        let account = accounts.get(&id);
        let available = account.map_or(0, |a| a.credits - a.debits);
        if available < needed {
            return Err(Reject::Overdrawn {
                account: account.map(|a| a.name.clone()).unwrap_or_default(),
                available: dong(available)?,
                needed: dong(needed)?,
            }
            .into());
        }
    }
    Ok(())
}
