//! The set-based half of a bulk posting: transfers from the owner's SELECT, and balances
//! once an account.

use crate::args;
use crate::error::Fault;
use crate::ledger::Code;
use crate::ledger::bulk::{Lines, Side};
use crate::store::Tx;

/// The statement that posts a stretch of lines; after the owner's own parameters come the
/// shift from key to seq and the packed links.
pub fn insert_text(
    lines: &Lines<'_>,
    code: Code,
    other_id: i64,
    side: Side,
    posting_no: i64,
) -> String {
    let n = lines.args.len() + 3;
    let code = code.number();
    let (debit, credit) = match side {
        Side::Debit => ("l.account_id".to_owned(), other_id.to_string()),
        Side::Credit => (other_id.to_string(), "l.account_id".to_owned()),
    };
    // $n+1: what turns a key into a seq; $n+2: the packed links of the run.
    format!(
        "insert into transfer(book_id, seq, client_id, posting_no, debit_id, credit_id, amount, code, cause_id, link) \
         select $1, l.key + ${shift}, l.key * 16 + {code}, {posting_no}, {debit}, {credit}, l.amount, {code}, l.cause_id, \
         substr(${links}, cast((l.key - $2) * 8 + 1 as integer), 8) from ({select}) l",
        shift = n + 1,
        links = n + 2,
        select = lines.select,
    )
}

/// Moves the balances of both sides; how many rows moved, which is short where an account
/// is not open.
pub async fn move_balances(
    tx: &mut Tx,
    book: i64,
    other_id: i64,
    side: Side,
    first: i64,
    last: i64,
    total: i64,
) -> Result<u64, Fault> {
    let (own, other) = match side {
        Side::Debit => ("debit", "credit"),
        Side::Credit => ("credit", "debit"),
    };
    let others = tx
        .execute(
            &format!(
                "update balance set {other}s = {other}s + $3 where book_id = $1 and account_id = $2"
            ),
            args![book, other_id, total],
        )
        .await?;
    let owns = tx
        .execute(
            &format!(
                "update balance set {own}s = {own}s + d.amount from \
             (select {own}_id as id, cast(sum(amount) as bigint) as amount from transfer \
              where book_id = $1 and seq between $2 and $3 group by {own}_id) d \
             where balance.book_id = $1 and balance.account_id = d.id"
            ),
            args![book, first, last],
        )
        .await?;
    Ok(others + owns)
}
