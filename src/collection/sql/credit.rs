//! Statements on `allocation`, `bill` and `bill_line` for the use of credit.

use crate::args;
use crate::collection::bill_state::BillState;
use crate::error::Fault;
use crate::store::{Ctx, Tx};

/// A live piece of a debtor's credit.
#[derive(Clone, Debug)]
pub struct CreditRow {
    pub allocation_id: i64,
    pub collection_id: i64,
    pub debtor_id: i64,
    pub amount: i64,
    /// The debtor's `credit/<id>` account.
    pub account_id: i64,
}

/// Credit of the debtors of a run whose payer wants it used, oldest first.
pub async fn usable_in_run(tx: &mut Tx, book: i64, run: i64) -> Result<Vec<CreditRow>, Fault> {
    let rows = tx
        .all(
            "select a.id, a.collection_id, a.debtor_id, a.amount, d.credit_id from allocation a \
             join debtor d on d.book_id = a.book_id and d.id = a.debtor_id \
             where a.book_id = $1 and a.target = 'credit' and a.undone_at is null and d.use_credit = 1 \
             and a.debtor_id in (select debtor_id from bill where book_id = $1 and run_id = $2) order by a.id",
            args![book, run],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(CreditRow {
                allocation_id: r.int(0)?,
                collection_id: r.int(1)?,
                debtor_id: r.int(2)?,
                amount: r.int(3)?,
                account_id: r.int(4)?,
            })
        })
        .collect()
}

/// Undoes an allocation; the row stays.
pub async fn undo(tx: &mut Tx, book: i64, id: i64, at: i64, why: &str) -> Result<(), Fault> {
    tx.execute(
        "update allocation set undone_at = $3, undone_why = $4 where book_id = $1 and id = $2 and undone_at is null",
        args![book, id, at, why],
    )
    .await?;
    Ok(())
}

/// A piece of `source`: on a bill line (bill, line), or credit still.
pub async fn insert_from_credit(
    tx: &mut Tx,
    book: i64,
    id: i64,
    source: &CreditRow,
    line: Option<(i64, i64)>,
    amount: i64,
    ctx: &Ctx,
) -> Result<(), Fault> {
    let target = if line.is_some() { "bill" } else { "credit" };
    tx.execute(
        "insert into allocation(book_id, id, collection_id, target, bill_id, bill_line_id, debtor_id, amount, from_credit, \
         made_at, made_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            book, id, source.collection_id, target, line.map(|l| l.0), line.map(|l| l.1), source.debtor_id, amount,
            line.is_some(), ctx.now, &ctx.actor
        ],
    )
    .await?;
    Ok(())
}

pub async fn add_paid_line(tx: &mut Tx, book: i64, line: i64, paid: i64) -> Result<(), Fault> {
    tx.execute(
        "update bill_line set paid = paid + $3 where book_id = $1 and id = $2",
        args![book, line, paid],
    )
    .await?;
    Ok(())
}

pub async fn set_paid(
    tx: &mut Tx,
    book: i64,
    bill: i64,
    paid: i64,
    state: BillState,
) -> Result<(), Fault> {
    tx.execute(
        "update bill set paid = $3, state = $4 where book_id = $1 and id = $2",
        args![book, bill, paid, state.name()],
    )
    .await?;
    Ok(())
}
