//! Release: one Tx that grants every line of an approved batch, or refuses it whole.

use super::approve::{BatchReply, check_signed, note};
use super::sql::{self, Batch};
use super::{BatchEvent, check_frozen, load, next_state};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::bulk::{Lines, Side, post_lines};
use crate::ledger::{self, Book, Code, PostingInfo};
use crate::payment::sql::{EventRow, LINES_SELECT};
use crate::payment::{self, Event, State};
use crate::programme::sql as programme_sql;
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
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::LabourApprover],
        )
        .await?;
        let batch = load(tx, &self.book, self.batch).await?;
        let state = next_state(&batch, BatchEvent::Release, "approved")?;
        access::other_than(ctx, &batch.made_by, "release")?;
        let digest = check_frozen(tx, &batch).await?;
        check_signed(tx, &self.keys, &batch, &digest).await?;
        check_not_overpaid(tx, &batch).await?;
        withdraw_blocked(tx, ctx, &batch).await?;
        let (count, total) =
            payment::sql::totals(tx, batch.book_id, batch.first_id, batch.last_id(), true).await?;
        if batch.follows_id.is_none() {
            check_cover(
                tx,
                &batch,
                Dong::new(total).map_err(|e| Fault::Corrupt(e.to_string()))?,
            )
            .await?;
            let info = PostingInfo::new("batch_released", ctx, ctx.now.day(), batch.id);
            let lines = Lines {
                select: LINES_SELECT,
                args: Vec::new(),
                first_key: batch.first_id,
                last_key: batch.last_id(),
            };
            let posted = post_lines(
                tx,
                batch.book_id,
                &info,
                Code::Granted,
                batch.fund_id,
                Side::Credit,
                &lines,
            )
            .await?;
            if (posted.count, posted.total) != (count, total) {
                return Err(Fault::Corrupt(format!(
                    "batch {}: granted {posted:?}, due {count}/{total}",
                    batch.id
                ))
                .into());
            }
        }
        sql::set_state(tx, batch.book_id, batch.id, state).await?;
        note(
            tx,
            ctx,
            &batch,
            "released",
            &format!("{count} lines, {total} dong"),
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

/// Rejects a follow-up of which a line would pay more than its entitlement.
pub(super) async fn check_not_overpaid(tx: &mut Tx, batch: &Batch) -> Result<(), Failure> {
    if batch.follows_id.is_none() {
        return Ok(());
    }
    let over = sql::overpaying_lines(tx, batch.book_id, batch.first_id, batch.last_id()).await?;
    match over.first() {
        None => Ok(()),
        Some(id) => Err(Reject::WouldOverpay {
            batch: batch.id.to_string(),
            instruction: payment::reference(batch.book_id, *id)?.to_string(),
        }
        .into()),
    }
}

/// Rejects unless fund and paying account cover `total` whole.
async fn check_cover(tx: &mut Tx, batch: &Batch, total: Dong) -> Result<(), Failure> {
    let bank = payment::sql::bank_account_by_id(tx, batch.book_id, batch.bank_account_id).await?;
    let ids = [batch.fund_id, bank.nostro_id, bank.clearing_out_id];
    let accounts = ledger::load_balances(tx, batch.book_id, &ids).await?;
    let balance = |id: i64| accounts.get(&id).map_or(0, |a| a.credits - a.debits);
    let fund = balance(batch.fund_id);
    let dong = |n: i64| Dong::new(n).map_err(|e| Fault::Corrupt(e.to_string()));
    if fund < total.get() {
        let name = accounts
            .get(&batch.fund_id)
            .map(|a| a.name.clone())
            .unwrap_or_default();
        return Err(Reject::FundShort {
            fund: name,
            available: dong(fund)?,
            needed: total,
        }
        .into());
    }
    let free = -balance(bank.nostro_id) - balance(bank.clearing_out_id);
    if free < total.get() {
        return Err(Reject::BankShort {
            account: bank.code,
            available: dong(free)?,
            needed: total,
        }
        .into());
    }
    Ok(())
}

/// Marks the live lines whose payee must not be paid now as withdrawn, beside the frozen
/// snapshot; what was granted on them goes back to the fund. Returns how many.
pub(super) async fn withdraw_blocked(
    tx: &mut Tx,
    ctx: &Ctx,
    batch: &Batch,
) -> Result<i64, Failure> {
    let programme = programme_sql::programme_by_id(tx, batch.programme_id).await?;
    let range = programme_sql::LineRange {
        programme: programme.id,
        period: batch.period,
        component: &programme.component,
        first: batch.first_id,
        last: batch.last_id(),
    };
    let blocked = programme_sql::blocked_lines(tx, batch.book_id, &range).await?;
    let granted = batch.state == super::BatchState::Released;
    let state = if granted {
        State::Granted
    } else {
        State::Planned
    };
    for (id, reason) in &blocked {
        let next = state.next(Event::Withdraw)?;
        let Some(line) = payment::sql::find(tx, batch.book_id, *id).await? else {
            continue;
        };
        if granted && batch.follows_id.is_none() {
            let info = PostingInfo::new("line_withdrawn", ctx, ctx.now.day(), *id);
            let code = Code::WithdrawnGrant;
            let transfer = ledger::NewTransfer::new(
                ledger::client_id(*id, code),
                line.account_id,
                batch.fund_id,
                line.amount,
                code,
                *id,
            );
            ledger::post_all(tx, batch.book_id, &info, &[transfer]).await?;
        }
        payment::sql::end(tx, batch.book_id, *id, ctx.now.0).await?;
        let event = EventRow {
            instruction_id: *id,
            state: next.name(),
            amount: line.amount,
            reason: reason.clone(),
            statement_id: None,
            line: None,
        };
        payment::sql::insert_event(tx, batch.book_id, &event, &ctx.actor, ctx.now.0).await?;
    }
    let n = i64::try_from(blocked.len()).unwrap_or(i64::MAX);
    if n > 0 {
        note(tx, ctx, batch, "withdrawn", &format!("{n} lines"), None).await?;
    }
    Ok(n)
}
