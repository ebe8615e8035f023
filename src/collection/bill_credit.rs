//! What was paid on a bill that is cancelled: it becomes the debtor's credit.
//!
//! | what was paid | entry |
//! |---|---|
//! | a line that was owed | receivable -> credit |
//! | thu hộ | receivable -> credit, and onward -> uncollected |
//! | a contribution | income -> credit |
//!
//! Money that a remittance has taken is not the biller's any more: such a bill is not
//! cancelled before that remittance is. Receipts of the parts are cancelled by number.

use super::allocate::BillDue;
use super::credit_back::to_take;
use super::receipt;
use super::sql::bill::BillRow;
use super::sql::cash::{self, AllocationRow};
use super::sql::payout as payout_sql;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Code, NewTransfer, PostingInfo, client_id};
use crate::store::{Ctx, Tx};
use ansinh_settlement::Dong;
use std::collections::BTreeMap;

/// Moves what was paid on the bill to its debtor's credit and marks the parts `why`; how
/// much it was, in đồng.
pub(super) async fn to_credit(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    bill: &BillRow,
    why: &str,
) -> Result<i64, Failure> {
    let parts = cash::allocations_on(tx, book, bill.id).await?;
    if parts.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = parts.iter().map(|a| a.id).collect();
    if let Some(payout) = payout_sql::remittance_of(tx, book, &ids).await? {
        return Err(Reject::AlreadyPassedOn {
            bill: bill.name().into(),
            payout: payout.to_string(),
        }
        .into());
    }
    let mut bills = cash::bills_by_id(tx, book, &[bill.id]).await?;
    cash::load_lines(tx, book, &mut bills).await?;
    let corrupt = |what: &str| Fault::Corrupt(format!("{what} of bill {}", bill.id));
    let due = &bills.first().ok_or_else(|| corrupt("row"))?.due;
    let debtor = cash::debtors(tx, book, &[bill.debtor_id]).await?;
    let credit = debtor.first().ok_or_else(|| corrupt("debtor"))?.credit_id;
    check_onward(tx, book, &parts, due).await?;
    let first = tx.reserve_ids(book, i64::try_from(parts.len()).unwrap_or(i64::MAX))?;
    let (mut rows, mut transfers, mut total) = (Vec::new(), Vec::new(), 0);
    for (a, id) in parts.iter().zip(first..) {
        let line = due.lines.iter().find(|l| Some(l.id) == a.bill_line_id);
        let line = line.ok_or_else(|| corrupt("line"))?;
        let amount = Dong::new(a.amount).map_err(|e| Fault::Corrupt(e.to_string()))?;
        let from = line.receivable_id.unwrap_or(line.against_id);
        let code = Code::BillCredited;
        transfers.push(NewTransfer::new(
            client_id(id, code),
            from,
            credit,
            amount,
            code,
            a.collection_id,
        ));
        if let Some(onward) = line.onward_id {
            let code = Code::BillCancelled;
            transfers.push(NewTransfer::new(
                client_id(id, code),
                onward,
                line.against_id,
                amount,
                code,
                a.collection_id,
            ));
        }
        rows.push(AllocationRow {
            id,
            target: "credit",
            bill_id: None,
            bill_line_id: None,
            debtor_id: Some(bill.debtor_id),
            from_credit: false,
            ..a.clone()
        });
        total += a.amount;
        cash::undo_allocation(tx, book, a.id, ctx.now.0, why).await?;
    }
    cash::insert_allocations(tx, book, &rows, ctx.now.0, &ctx.actor).await?;
    let info = PostingInfo::new("bill_credited", ctx, ctx.now.day(), bill.id);
    ledger::post_all(tx, book, &info, &transfers).await?;
    let lines: Vec<(i64, i64)> = due.lines.iter().map(|l| (l.id, 0)).collect();
    cash::set_paid(tx, book, &[(bill.id, 0)], &lines).await?;
    receipt::settle(tx, ctx, book).await?;
    Ok(total)
}

/// Rejects where the thu hộ of confirmed parts is not there any more: the bank took other
/// payments back that had been passed on, and they were taken from it.
async fn check_onward(
    tx: &mut Tx,
    book: i64,
    parts: &[AllocationRow],
    due: &BillDue,
) -> Result<(), Failure> {
    let mut announced: Vec<i64> = Vec::new();
    for a in parts {
        let found = cash::find_collection(tx, book, a.collection_id).await?;
        if found.is_some_and(|c| c.state == "announced") {
            announced.push(a.collection_id);
        }
    }
    let mut needed: BTreeMap<i64, i64> = BTreeMap::new();
    for a in parts {
        let line = due.lines.iter().find(|l| Some(l.id) == a.bill_line_id);
        let onward = line.and_then(|l| l.onward_id);
        if let Some(onward) = onward.filter(|_| !announced.contains(&a.collection_id)) {
            *needed.entry(onward).or_default() += a.amount;
        }
    }
    for (onward, needed) in needed {
        let there = to_take(tx, book, onward).await?;
        if there < needed {
            let names = ledger::load_balances(tx, book, &[onward]).await?;
            let dong = |n: i64| Dong::new(n.max(0)).map_err(|e| Fault::Corrupt(e.to_string()));
            return Err(Reject::Overdrawn {
                account: names
                    .get(&onward)
                    .map_or_else(String::new, |a| a.name.clone()),
                available: dong(there)?,
                needed: dong(needed)?,
            }
            .into());
        }
    }
    Ok(())
}
