//! A debtor's credit, used for bills when they are issued.
//!
//! Credit stands on `credit/<debtor>` and is made of live allocations with target
//! `credit`. Using it undoes such an allocation and writes in its place what goes to bill
//! lines (`from_credit` = 1) and what stays credit, all of the same collection: so a
//! collection's live allocations still sum to its amount. Collection 0 is credit that no
//! payment brought (absences after the last bill). Oldest credit first; lines by the
//! biller's order of thu hộ, then as they stand on the bill.

use super::bill_state::BillChange;
use super::biller;
use super::price::FeeKind;
use super::sql::bill::{self as sql, BillRow, LineRow};
use super::sql::credit::{self as credit_sql, CreditRow};
use crate::error::{Failure, Fault};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::store::{Ctx, Tx};
use ansinh_settlement::Dong;
use std::collections::HashMap;

/// Uses the credit of debtors with bills in a run; đồng used.
pub async fn use_for_run(tx: &mut Tx, ctx: &Ctx, book: &Book, run: i64) -> Result<i64, Failure> {
    let credits = credit_sql::usable_in_run(tx, book.id, run).await?;
    if credits.is_empty() {
        return Ok(0);
    }
    let agency_first = biller::of(tx, book).await?.agency_order == "first";
    let mut by_debtor: HashMap<i64, Vec<CreditRow>> = HashMap::new();
    for c in credits {
        by_debtor.entry(c.debtor_id).or_default().push(c);
    }
    let mut bills: Vec<BillRow> = sql::bills_of_run(tx, book.id, run).await?;
    bills.retain(|b| {
        b.state.is_open() && b.kind != "invitation" && by_debtor.contains_key(&b.debtor_id)
    });
    bills.sort_by_key(|b| (b.debtor_id, b.due_on, b.id));
    let ids: Vec<i64> = bills.iter().map(|b| b.id).collect();
    let mut lines = sql::lines_of(tx, book.id, &ids).await?;
    let mut used = 0;
    for bill in bills {
        let (Some(credit), Some(lines)) =
            (by_debtor.get_mut(&bill.debtor_id), lines.remove(&bill.id))
        else {
            continue;
        };
        used += use_for_bill(tx, ctx, book, &bill, &lines, agency_first, credit).await?;
    }
    Ok(used)
}

/// How an amount goes over the open lines of one bill: (index, amount). Pure.
pub fn over_lines(lines: &[LineRow], agency_first: bool, mut amount: i64) -> Vec<(usize, i64)> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|i| {
        let agency = lines[*i].kind == FeeKind::Agency;
        (agency != agency_first, lines[*i].no)
    });
    let mut out = Vec::new();
    for i in order {
        let part = (lines[i].amount - lines[i].paid).min(amount);
        if part > 0 {
            out.push((i, part));
            amount -= part;
        }
    }
    out
}

async fn use_for_bill(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    bill: &BillRow,
    lines: &[LineRow],
    agency_first: bool,
    credit: &mut Vec<CreditRow>,
) -> Result<i64, Failure> {
    let there: i64 = credit.iter().map(|c| c.amount).sum();
    let account = credit.first().map_or(0, |c| c.account_id);
    let balance = ledger::load_balances(tx, book.id, &[account])
        .await?
        .get(&account)
        .map_or(0, |a| a.credits - a.debits);
    let used = there.min(balance).min(bill.total - bill.paid);
    if used <= 0 {
        return Ok(0);
    }
    let mut due = over_lines(lines, agency_first, used);
    due.reverse();
    let mut transfers: Vec<NewTransfer> = Vec::new();
    let mut paid: HashMap<usize, i64> = HashMap::new();
    let mut rest = used;
    while rest > 0 {
        if credit.is_empty() {
            return Err(Fault::Corrupt(format!("credit of debtor {}", bill.debtor_id)).into());
        }
        let source = credit.remove(0);
        credit_sql::undo(tx, book.id, source.allocation_id, ctx.now.0, "credit_used").await?;
        let mut of_source = source.amount;
        while of_source > 0 && rest > 0 {
            let Some((i, open)) = due.pop() else { break };
            let part = open.min(of_source);
            if part < open {
                due.push((i, open - part));
            }
            let line = &lines[i];
            let id = tx.reserve_ids(book.id, 1)?;
            credit_sql::insert_from_credit(
                tx,
                book.id,
                id,
                &source,
                Some((bill.id, line.id)),
                part,
                ctx,
            )
            .await?;
            let amount = Dong::new(part).map_err(|e| Fault::Corrupt(e.to_string()))?;
            let receivable = line
                .receivable_id
                .ok_or_else(|| Fault::Corrupt(format!("line {} has no receivable", line.id)))?;
            transfers.push(NewTransfer::new(
                client_id(id, Code::CreditUsed),
                source.account_id,
                receivable,
                amount,
                Code::CreditUsed,
                bill.id,
            ));
            if let Some(onward) = line.onward_id {
                transfers.push(NewTransfer::new(
                    client_id(id, Code::PassedOn),
                    line.against_id,
                    onward,
                    amount,
                    Code::PassedOn,
                    bill.id,
                ));
            }
            *paid.entry(i).or_default() += part;
            of_source -= part;
            rest -= part;
        }
        if of_source > 0 {
            let id = tx.reserve_ids(book.id, 1)?;
            credit_sql::insert_from_credit(tx, book.id, id, &source, None, of_source, ctx).await?;
            credit.insert(
                0,
                CreditRow {
                    allocation_id: id,
                    amount: of_source,
                    ..source
                },
            );
        }
    }
    let info = PostingInfo::new("credit_used", ctx, ctx.now.day(), bill.id);
    ledger::post_all(tx, book.id, &info, &transfers).await?;
    for (i, part) in paid {
        credit_sql::add_paid_line(tx, book.id, lines[i].id, part).await?;
    }
    let now = bill.paid + used;
    let state = bill.state.next(
        bill.name(),
        BillChange::Allocate {
            paid: now,
            total: bill.total,
        },
    )?;
    credit_sql::set_paid(tx, book.id, bill.id, now, state).await?;
    let event = sql::BillEvent {
        event: "credit_used".into(),
        amount: used,
        actor: ctx.actor.clone(),
        at: ctx.now.0,
        why: String::new(),
    };
    sql::insert_event(tx, book.id, bill.id, &event, None).await?;
    Ok(used)
}
