//! Release: one Tx that grants every line of an approved batch, or refuses it whole.
//!
//! The fund must cover what is granted, and the paying account what will be sent. Money of
//! a batch that is released and not sent still lies at the bank, yet is spoken for: it
//! counts as taken, whether the batch granted it or follows one up.

use super::approve::{BatchReply, check_signed, note};
use super::owed;
use super::sql::{self, Batch};
use super::withdraw::withdraw_blocked;
use super::{APPROVERS, BatchEvent, check_frozen, load, next_state};
use crate::access;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::bulk::{Lines, Side, post_lines};
use crate::ledger::{self, Book, Code, PostingInfo};
use crate::payment;
use crate::payment::sql::LINES_SELECT;
use crate::store::keys::KeyRing;
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde_json::{Value, json};

/// `batch release`.
pub struct ReleaseBatch {
    pub book: Book,
    pub batch: i64,
    pub keys: KeyRing,
}

impl Command for ReleaseBatch {
    const NAME: &'static str = "batch.release";
    type Reply = BatchReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<BatchReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, APPROVERS).await?;
        let batch = load(tx, &self.book, self.batch).await?;
        let state = next_state(&batch, BatchEvent::Release, "approved")?;
        access::other_than(ctx, &batch.made_by, "release")?;
        let digest = check_frozen(tx, &batch).await?;
        check_signed(tx, &self.keys, &batch, &digest).await?;
        check_not_overpaid(tx, &batch).await?;
        withdraw_blocked(tx, ctx, &batch).await?;
        let (count, total) =
            payment::sql::totals(tx, batch.book_id, batch.first_id, batch.last_id(), true).await?;
        if count == 0 {
            return Err(Reject::BatchEmpty {
                period: crate::programme::period_text(batch.period),
            }
            .into());
        }
        if batch.follows_id.is_none() {
            check_fund(tx, &batch, dong(total)?).await?;
        }
        let taken = sql::released_total(tx, batch.book_id, batch.bank_account_id).await?;
        check_bank(tx, &batch, total, taken).await?;
        if batch.follows_id.is_none() {
            let info = PostingInfo::new("batch_released", ctx, ctx.now.day(), batch.id);
            let other = (batch.fund_id, Side::Credit);
            post_batch(tx, &batch, &info, Code::Granted, other, (count, total)).await?;
        }
        sql::set_state(tx, batch.book_id, batch.id, state).await?;
        note(
            tx,
            ctx,
            &batch,
            "released",
            &format!("{count} lines, {} dong", dong(total)?),
            Some((&digest, [0; 32])),
        )
        .await?;
        Ok(BatchReply {
            batch: batch.id.to_string(),
            state: state.name().into(),
            lines: count,
            total,
            digest: crate::store::keys::hex(&digest),
            approvers_missing: 0,
        })
    }
}

/// Posts every live line of a batch against `other` (an account and the side that the lines'
/// own accounts take); `due` is the count and the sum of the lines, and nothing else passes.
pub(super) async fn post_batch(
    tx: &mut Tx,
    batch: &Batch,
    info: &PostingInfo,
    code: Code,
    other: (i64, Side),
    due: (i64, i64),
) -> Result<(), Failure> {
    let lines = Lines {
        select: LINES_SELECT,
        args: Vec::new(),
        first_key: batch.first_id,
        last_key: batch.last_id(),
    };
    let (account, side) = other;
    let posted = post_lines(tx, batch.book_id, info, code, account, side, &lines).await?;
    if (posted.count, posted.total) == due {
        return Ok(());
    }
    Err(Fault::Corrupt(format!(
        "batch {}: {} {posted:?}, due {due:?}",
        batch.id,
        code.name()
    ))
    .into())
}

/// Rejects a follow-up of which a line would pay more than is owed of its entitlement, or
/// money that does not stand on the account any more.
pub(super) async fn check_not_overpaid(tx: &mut Tx, batch: &Batch) -> Result<(), Failure> {
    if batch.follows_id.is_none() {
        return Ok(());
    }
    let lines = sql::live_lines(tx, batch.book_id, batch.first_id, batch.last_id()).await?;
    let ids: Vec<i64> = lines.iter().map(|(_, entitlement)| *entitlement).collect();
    let owed = owed::load(tx, batch.book_id, &ids).await?;
    // The lines are planned, so below 0 says that they take too much.
    let over = lines
        .iter()
        .find(|(_, entitlement)| owed.get(entitlement).is_none_or(|o| o.sendable() < 0));
    match over {
        None => Ok(()),
        Some((id, _)) => Err(Reject::WouldOverpay {
            batch: batch.id.to_string(),
            instruction: payment::reference(batch.book_id, *id)?.to_string(),
        }
        .into()),
    }
}

/// Rejects unless the fund covers `total` whole.
async fn check_fund(tx: &mut Tx, batch: &Batch, total: Dong) -> Result<(), Failure> {
    let accounts = ledger::load_balances(tx, batch.book_id, &[batch.fund_id]).await?;
    let fund = accounts.get(&batch.fund_id);
    let available = fund.map_or(0, |a| a.credits - a.debits);
    if available >= total.get() {
        return Ok(());
    }
    Err(Reject::FundShort {
        fund: fund.map(|a| a.name.clone()).unwrap_or_default(),
        available: dong(available)?,
        needed: total,
    }
    .into())
}

/// Rejects unless the paying account covers `total` whole: what the bank holds, less what
/// is under way, less `taken`, which other batches will send.
pub(super) async fn check_bank(
    tx: &mut Tx,
    batch: &Batch,
    total: i64,
    taken: i64,
) -> Result<(), Failure> {
    let bank = payment::sql::bank_account_by_id(tx, batch.book_id, batch.bank_account_id).await?;
    let ids = [bank.nostro_id, bank.clearing_out_id];
    let accounts = ledger::load_balances(tx, batch.book_id, &ids).await?;
    let credit = |id: i64| accounts.get(&id).map_or(0, |a| a.credits - a.debits);
    let free = -credit(bank.nostro_id) - credit(bank.clearing_out_id) - taken;
    if free >= total {
        return Ok(());
    }
    Err(Reject::BankShort {
        account: bank.code,
        available: dong(free)?,
        needed: dong(total)?,
    }
    .into())
}

fn dong(n: i64) -> Result<Dong, Fault> {
    Dong::new(n).map_err(|e| Fault::Corrupt(e.to_string()))
}
