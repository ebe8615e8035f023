//! Balances of the past, folded from the transfers.

use crate::args;
use crate::error::Fault;
use crate::ledger::report::Until;
use crate::store::Tx;

/// Sums of an account up to a past moment: (debits, credits) in đồng.
pub async fn sums_until(
    tx: &mut Tx,
    book: i64,
    account_id: i64,
    until: Until,
) -> Result<(i64, i64), Fault> {
    let (column, bound) = match until {
        Until::At(at) => ("at", at.0),
        Until::Day(day) => ("day", day.number()),
    };
    let side = |side: &str| {
        format!(
            "select cast(coalesce(sum(t.amount), 0) as bigint) from transfer t \
             join posting p on p.book_id = t.book_id and p.no = t.posting_no \
             where t.book_id = $1 and t.{side}_id = $2 and p.{column} <= $3"
        )
    };
    let debits = tx
        .one(&side("debit"), args![book, account_id, bound])
        .await?
        .int(0)?;
    let credits = tx
        .one(&side("credit"), args![book, account_id, bound])
        .await?
        .int(0)?;
    Ok((debits, credits))
}
