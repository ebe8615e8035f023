//! Money that is taken off again: it never came, or the bank took it back.
//!
//! | what | entry |
//! |---|---|
//! | never came | every transfer of it reversed, newest first |
//! | taken back by the bank | receivable, income, credit or suspense -> nostro |
//! | ... what was refunded | claim/debtor -> nostro |
//! | ... its thu hộ part | onward -> uncollected; a claim on the third party where it was passed on |
//!
//! Receipts are cancelled in the same Tx (`receipt::settle`). What only notices told of is
//! never used up for another payment, so that it can always be undone.

use super::credit_in::{Known, dong};
use super::receipt;
use super::sql::cash::{self, AllocationRow, CollectionRow};
use super::sql::payout as payout_sql;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Code, NewTransfer, PostingInfo, client_id};
use crate::payment::sql::BankAccountRow;
use crate::store::{Ctx, Tx};
use std::collections::BTreeMap;

/// Undoes a payment that never came: every transfer of it is reversed, newest first, and
/// its bills are open again. Credit that it left and that paid bills is taken from them.
pub async fn undo(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    collection: &CollectionRow,
    why: &str,
) -> Result<(), Failure> {
    if collection.state != "announced" {
        return Err(Reject::StateWrong {
            what: "collection".into(),
            id: collection.id.to_string(),
            state: collection.state.clone(),
            needed: "announced".into(),
        }
        .into());
    }
    let allocations = cash::allocations_of(tx, book, collection.id).await?;
    let info = PostingInfo::new("collection_undone", ctx, ctx.now.day(), collection.id);
    for a in allocations.iter().rev() {
        for seq in ledger::unreversed_of(tx, book, a.id)
            .await?
            .into_iter()
            .rev()
        {
            ledger::reverse(tx, book, &info, seq).await?;
        }
    }
    open_again(tx, ctx, book, &allocations, why).await?;
    cash::set_undone(tx, book, collection.id, ctx.now.0).await?;
    receipt::settle(tx, ctx, book).await?;
    Ok(())
}

/// Takes what live allocations paid off their bills and marks them undone.
async fn open_again(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    allocations: &[AllocationRow],
    why: &str,
) -> Result<(), Failure> {
    let live: Vec<&AllocationRow> = allocations.iter().filter(|a| !a.undone).collect();
    let mut ids: Vec<i64> = live.iter().filter_map(|a| a.bill_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut bills = cash::bills_by_id(tx, book, &ids).await?;
    cash::load_lines(tx, book, &mut bills).await?;
    let mut lines = Vec::new();
    for bill in &mut bills {
        for line in &mut bill.due.lines {
            let back: i64 = live
                .iter()
                .filter(|a| a.bill_line_id == Some(line.id))
                .map(|a| a.amount)
                .sum();
            if back > 0 {
                line.paid -= back;
                lines.push((line.id, line.paid));
            }
        }
    }
    let paid: Vec<(i64, i64)> = bills.iter().map(|b| (b.due.id, b.due.paid())).collect();
    cash::set_paid(tx, book, &paid, &lines).await?;
    for a in live {
        cash::undo_allocation(tx, book, a.id, ctx.now.0, why).await?;
    }
    Ok(())
}

/// What the bank took back could not be taken from where the money stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenClaim {
    pub account_id: i64,
    pub amount: i64,
}

/// The bank takes a confirmed payment back: its bills are owed again; what was given on
/// (refunded credit, thu hộ that was remitted) is a claim on debtor or third party.
pub async fn take_back(
    tx: &mut Tx,
    ctx: &Ctx,
    info: &PostingInfo,
    bank: &BankAccountRow,
    collection: &CollectionRow,
) -> Result<Vec<TakenClaim>, Failure> {
    let book = bank.book_id;
    let allocations = cash::allocations_of(tx, book, collection.id).await?;
    let live: Vec<&AllocationRow> = allocations.iter().filter(|a| !a.undone).collect();
    let ids: Vec<i64> = live.iter().filter_map(|a| a.bill_id).collect();
    let bills = cash::bills_by_id(tx, book, &ids).await?;
    let debtors: Vec<i64> = live.iter().filter_map(|a| a.debtor_id).collect();
    let holders = cash::debtors(tx, book, &debtors).await?;
    let known = Known::of(tx, book, bills, holders).await?;
    let lines: BTreeMap<i64, _> = known
        .due
        .iter()
        .flat_map(|b| b.lines.iter().map(|l| (l.id, l)))
        .collect();
    let mut claims = Vec::new();
    // Credit that paid bills first becomes credit again, so that it can be taken; its thu hộ
    // part is taken below, as far as it was not passed on.
    for a in live.iter().rev().filter(|a| a.from_credit) {
        let passed = client_id(a.id, Code::PassedOn);
        let passed = ledger::load_earlier(tx, book, &[passed]).await?;
        let passed: Vec<i64> = passed.into_values().map(|(_, seq)| seq).collect();
        let mut seqs = ledger::unreversed_of(tx, book, a.id).await?;
        seqs.retain(|seq| !passed.contains(seq));
        for seq in seqs.into_iter().rev() {
            ledger::reverse(tx, book, info, seq).await?;
        }
    }
    for a in &live {
        let line = a.bill_line_id.and_then(|l| lines.get(&l));
        let third = line.and_then(|l| l.onward_id);
        let stands = if a.from_credit { "credit" } else { a.target };
        let from = match (stands, line, a.debtor_id) {
            ("bill", Some(l), _) => l.receivable_id.unwrap_or(l.against_id),
            ("credit", _, Some(debtor)) => known.credit_account(debtor)?,
            _ => bank.suspense_id,
        };
        let mut amount = a.amount;
        if stands == "credit" || stands == "refund" {
            // What was given back, or is on its way, is gone: the debtor owes it.
            let held = match stands {
                "credit" => held(tx, book, from).await?.min(amount).max(0),
                _ => 0,
            };
            let short = amount - held;
            if short > 0 {
                // What was sent back to a stranger was the bank's to give.
                let name = match a.debtor_id {
                    Some(debtor) => format!("claim/debtor-{debtor}"),
                    None => format!("claim/{}", bank.bin),
                };
                let claim = ledger::open_account(tx, book, info, &name).await?;
                post(
                    tx,
                    info,
                    book,
                    (claim, bank.nostro_id, short, Code::TakenBack),
                    info.cause_id,
                )
                .await?;
                claims.push(TakenClaim {
                    account_id: claim,
                    amount: short,
                });
            }
            amount = held;
        }
        if amount > 0 {
            post(
                tx,
                info,
                book,
                (from, bank.nostro_id, amount, Code::TakenBack),
                info.cause_id,
            )
            .await?;
        }
        if let (Some(onward), Some(l)) = (third, line) {
            let held = to_take(tx, book, onward).await?.min(a.amount).max(0);
            if held > 0 {
                post(
                    tx,
                    info,
                    book,
                    (onward, l.against_id, held, Code::TakenBack),
                    collection.id,
                )
                .await?;
            }
            let short = a.amount - held;
            if short > 0 {
                let name = format!("claim/onward-{onward}");
                let claim = ledger::open_account(tx, book, info, &name).await?;
                post(
                    tx,
                    info,
                    book,
                    (claim, l.against_id, short, Code::TakenBack),
                    collection.id,
                )
                .await?;
                claims.push(TakenClaim {
                    account_id: claim,
                    amount: short,
                });
            }
        }
    }
    open_again(tx, ctx, book, &allocations, "taken_back").await?;
    cash::set_undone(tx, book, collection.id, ctx.now.0).await?;
    receipt::settle(tx, ctx, book).await?;
    Ok(claims)
}

/// What of thu hộ may be taken: what notices alone told of stays, it may never come.
pub(super) async fn to_take(tx: &mut Tx, book: i64, onward: i64) -> Result<i64, Failure> {
    let announced = payout_sql::announced_onward(tx, book, onward).await?;
    Ok(held(tx, book, onward).await? - announced)
}

/// What stands on a liability account.
async fn held(tx: &mut Tx, book: i64, account: i64) -> Result<i64, Fault> {
    let balances = ledger::load_balances(tx, book, &[account]).await?;
    Ok(balances.get(&account).map_or(0, |a| a.credits - a.debits))
}

async fn post(
    tx: &mut Tx,
    info: &PostingInfo,
    book: i64,
    (debit, credit, amount, code): (i64, i64, i64, Code),
    cause: i64,
) -> Result<(), Failure> {
    let id = tx.reserve_ids(book, 1)?;
    let transfer = NewTransfer::new(
        client_id(id, code),
        debit,
        credit,
        dong(amount)?,
        code,
        cause,
    );
    ledger::post_all(tx, book, info, &[transfer]).await?;
    Ok(())
}
