//! Statements on `budget`.

use crate::args;
use crate::error::Fault;
use crate::store::Tx;

/// A budget that is expected or was received.
#[derive(Clone, Debug)]
pub struct BudgetRow {
    pub id: i64,
    pub fund_id: i64,
    pub bank_account_id: i64,
    pub amount: i64,
    pub reference: String,
    pub received: i64,
}

pub async fn find_budget(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    reference: &str,
) -> Result<Option<BudgetRow>, Fault> {
    let row = tx
        .find(
            "select id, fund_id, bank_account_id, amount, reference, received from budget \
             where book_id = $1 and bank_account_id = $2 and reference = $3",
            args![book, bank, reference],
        )
        .await?;
    row.map(|r| {
        Ok(BudgetRow {
            id: r.int(0)?,
            fund_id: r.int(1)?,
            bank_account_id: r.int(2)?,
            amount: r.int(3)?,
            reference: r.text(4)?,
            received: r.int(5)?,
        })
    })
    .transpose()
}

pub async fn insert_budget(
    tx: &mut Tx,
    book: i64,
    b: &BudgetRow,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into budget(book_id, id, fund_id, bank_account_id, amount, reference, received, made_by, made_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![book, b.id, b.fund_id, b.bank_account_id, b.amount, &b.reference, b.received, by, at],
    )
    .await?;
    Ok(())
}

pub async fn set_budget_received(
    tx: &mut Tx,
    book: i64,
    id: i64,
    received: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update budget set received = $3 where book_id = $1 and id = $2",
        args![book, id, received],
    )
    .await?;
    Ok(())
}

/// Marks a budget as received by what stood in suspense; false where it was before.
pub async fn receive_budget(tx: &mut Tx, book: i64, id: i64, received: i64) -> Result<bool, Fault> {
    let n = tx
        .execute(
            "update budget set received = $3 where book_id = $1 and id = $2 and received = 0",
            args![book, id, received],
        )
        .await?;
    Ok(n == 1)
}
