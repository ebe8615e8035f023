//! Payouts as batches: what was requested, and what came back and has an address again.
//!
//! A batch is of one kind and one of our accounts. What came back is sent again by a batch
//! that follows the one it was in, and grants nothing.

use super::payout::{REQUESTED, programme_of};
use super::sql::payout::{self as sql, PayoutRow};
use crate::access;
use crate::disbursement::owed::{self, Owed};
use crate::disbursement::prepare::{PreparedBatch, insert_batch};
use crate::disbursement::sql::Batch;
use crate::disbursement::{self, BatchState, MAKERS};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book};
use crate::payment::{self, sql::PlannedLine};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Payouts of one preparation: a book has fewer.
const MOST: i64 = 100_000;

/// `payout prepare`.
pub struct PreparePayouts {
    pub book: Book,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedPayouts {
    pub batches: Vec<PayoutBatch>,
    /// Payouts whose money came back and whose address waits for `payout readdress`.
    pub waiting: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutBatch {
    pub kind: String,
    pub batch: String,
    pub follows: Option<String>,
    pub lines: i64,
    /// đồng.
    pub total: i64,
}

/// What a batch is made for: kind, our account, the batch that it follows.
type Key = (String, i64, Option<i64>);

impl Command for PreparePayouts {
    const NAME: &'static str = "payout.prepare";
    type Reply = PreparedPayouts;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PreparedPayouts, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, MAKERS).await?;
        let rows = sql::list(tx, book, false, 0, MOST).await?;
        let ids: Vec<i64> = rows.iter().map(|p| p.id).collect();
        let owed = owed::load(tx, book, &ids).await?;
        let mut groups: BTreeMap<Key, Vec<PlannedLine>> = BTreeMap::new();
        let mut ended = Vec::new();
        let mut out = PreparedPayouts::default();
        for p in &rows {
            let Some((amount, last)) = to_send(p, owed.get(&p.id)) else {
                continue;
            };
            let address = sql::address(tx, p.address_id).await?;
            if address.state != "active" {
                out.waiting += 1;
                continue;
            }
            let follows = match last {
                None => None,
                Some(instruction) => {
                    let parts = owed.get(&p.id).map_or(&[][..], |o| o.parts.as_slice());
                    // A short payment whose rest came back: its fate is known.
                    let known = parts.iter().filter(|x| !x.ended && x.settled > 0);
                    ended.extend(known.map(|x| x.id));
                    let line = payment::sql::find(tx, book, instruction).await?;
                    line.map(|l| l.batch_id)
                }
            };
            let key = (p.kind.clone(), p.bank_account_id, follows);
            groups.entry(key).or_default().push(PlannedLine {
                account_id: p.account_id,
                address_id: address.id,
                counter: address.counter,
                payee: address.payee,
                amount: Dong::new(amount).map_err(|e| Fault::Corrupt(e.to_string()))?,
                cause_id: p.id,
            });
        }
        if groups.is_empty() {
            return Err(Reject::NothingToPayOut {
                waiting: out.waiting,
            }
            .into());
        }
        for id in ended {
            payment::sql::end(tx, book, id, ctx.now.0).await?;
        }
        let pool = ledger::find_account_id(tx, book, REQUESTED)
            .await?
            .ok_or_else(|| Fault::Corrupt(format!("no account {REQUESTED}")))?;
        for ((kind, bank, follows), lines) in groups {
            let made = self
                .batch(tx, ctx, &kind, (bank, pool), follows, &lines)
                .await?;
            out.batches.push(PayoutBatch {
                kind,
                batch: made.batch,
                follows: follows.map(|f| f.to_string()),
                lines: made.lines,
                total: made.total,
            });
        }
        Ok(out)
    }
}

/// What of a payout is to be sent now, and the newest line where it was sent before; none
/// where a line is planned or under way, or nothing is left.
fn to_send(p: &PayoutRow, owed: Option<&Owed>) -> Option<(i64, Option<i64>)> {
    let Some(owed) = owed else {
        return Some((p.amount, None));
    };
    if owed.parts.iter().any(|x| x.is_open()) {
        return None;
    }
    let position = owed.position();
    // Never granted, or taken back whole: it is granted anew.
    let untouched = position.delivered == 0
        && position.in_clearing == 0
        && position.stands == 0
        && position.reserved == 0;
    if untouched {
        return Some((p.amount, None));
    }
    let sendable = owed.sendable();
    let last = owed.parts.iter().map(|x| x.id).max();
    (sendable > 0).then_some((sendable, last))
}

impl PreparePayouts {
    async fn batch(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        kind: &str,
        (bank, pool): (i64, i64),
        follows: Option<i64>,
        lines: &[PlannedLine],
    ) -> Result<PreparedBatch, Failure> {
        let book = self.book.id;
        let n = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let id = tx.reserve_ids(book, 1)?;
        let first = tx.reserve_ids(book, n)?;
        payment::sql::plan(tx, book, id, first, lines).await?;
        let today = ctx.now.day();
        let template = Batch {
            book_id: book,
            id,
            cycle_id: 0,
            follows_id: follows,
            programme_id: programme_of(kind),
            period: i64::from(today.year()) * 100 + i64::from(today.month()),
            fund_id: pool,
            bank_account_id: bank,
            state: BatchState::Draft,
            first_id: first,
            count: n,
            total: 0,
            digest: None,
            made_by: ctx.actor.clone(),
            sent_on: None,
            open_count: 0,
        };
        insert_batch(tx, ctx, &template, id, first, n).await
    }
}

/// Where a payout stands, for people: `requested`, `planned`, `under_way`, `returned`,
/// `paid`, `cancelled`.
pub async fn standing(tx: &mut Tx, book: i64, p: &PayoutRow) -> Result<&'static str, Failure> {
    if p.state == "cancelled" {
        return Ok("cancelled");
    }
    let owed = disbursement::owed::load(tx, book, &[p.id]).await?;
    let Some(owed) = owed.get(&p.id) else {
        return Ok("requested");
    };
    let position = owed.position();
    Ok(if position.delivered >= p.amount {
        "paid"
    } else if position.in_clearing > 0 {
        "under_way"
    } else if owed.parts.iter().any(|x| x.is_open()) {
        "planned"
    } else if position.stands > 0 {
        "returned"
    } else {
        "requested"
    })
}
