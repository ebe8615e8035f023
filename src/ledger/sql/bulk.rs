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
         select $1, l.key + ${shift}, l.key * {codes} + {code}, {posting_no}, {debit}, {credit}, l.amount, {code}, l.cause_id, \
         substr(${links}, cast((l.key - $2) * 8 + 1 as integer), 8) from ({select}) l",
        codes = crate::ledger::CODES,
        shift = n + 1,
        links = n + 2,
        select = lines.select,
    )
}

/// The lines of a stretch of keys in one text: key, account, amount, cause of each in order,
/// by blanks. A row each would cost more than what is in it.
pub fn packed_text(lines: &Lines<'_>) -> String {
    format!(
        "select string_agg(l.key || ' ' || l.account_id || ' ' || l.amount || ' ' || l.cause_id, ' ' order by l.key) from ({}) l",
        lines.select
    )
}

fn sides(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Debit => ("debit", "credit"),
        Side::Credit => ("credit", "debit"),
    }
}

/// Moves the account that all lines have in common.
pub async fn move_other(
    tx: &mut Tx,
    book: i64,
    id: i64,
    side: Side,
    total: i64,
) -> Result<(), Fault> {
    let (_, other) = sides(side);
    let sql = format!(
        "update balance set {other}s = {other}s + $3 where book_id = $1 and account_id = $2"
    );
    match tx.execute(&sql, args![book, id, total]).await? {
        1 => Ok(()),
        n => Err(Fault::Corrupt(format!("{n} balances of account {id}"))),
    }
}

/// Moves the lines' accounts where each stands once in the stretch; how many moved.
pub async fn move_distinct(
    tx: &mut Tx,
    book: i64,
    side: Side,
    first: i64,
    last: i64,
) -> Result<u64, Fault> {
    let (own, _) = sides(side);
    let sql = format!(
        "update balance set {own}s = {own}s + t.amount from transfer t where t.book_id = $1 and t.seq between $2 and $3 \
         and balance.book_id = $1 and balance.account_id = t.{own}_id"
    );
    tx.execute(&sql, args![book, first, last]).await
}

/// The same where an account may stand several times.
pub async fn move_grouped(
    tx: &mut Tx,
    book: i64,
    side: Side,
    first: i64,
    last: i64,
) -> Result<u64, Fault> {
    let (own, _) = sides(side);
    let sql = format!(
        "update balance set {own}s = {own}s + d.amount from \
         (select {own}_id as id, cast(sum(amount) as bigint) as amount from transfer \
          where book_id = $1 and seq between $2 and $3 group by {own}_id) d \
         where balance.book_id = $1 and balance.account_id = d.id"
    );
    tx.execute(&sql, args![book, first, last]).await
}
