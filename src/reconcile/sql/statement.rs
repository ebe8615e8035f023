//! Statements on `statement` and `quarantine`.

use crate::args;
use crate::error::Fault;
use crate::store::{Row, Tx};
use ansinh_settlement::Day;

/// A statement as stored.
#[derive(Clone, Debug)]
pub struct StatementRow {
    pub id: i64,
    pub number: i64,
    pub day: Day,
    pub opening: i64,
    pub credits: i64,
    pub debits: i64,
    pub closing: i64,
    pub lines: i64,
    pub digest: [u8; 32],
    pub format: String,
    pub signed: bool,
    pub key_id: Option<String>,
    pub state: String,
    pub reply: String,
    pub imported_by: String,
}

const STATEMENT: &str = "select id, number, day, opening, credits, debits, closing, lines, digest, format, signed, key_id, \
     state, reply, imported_by from statement";

fn statement_row(r: &Row) -> Result<StatementRow, Fault> {
    Ok(StatementRow {
        id: r.int(0)?,
        number: r.int(1)?,
        day: r.day(2)?,
        opening: r.int(3)?,
        credits: r.int(4)?,
        debits: r.int(5)?,
        closing: r.int(6)?,
        lines: r.int(7)?,
        digest: r.digest(8)?,
        format: r.text(9)?,
        signed: r.flag(10)?,
        key_id: r.opt_text(11)?,
        state: r.text(12)?,
        reply: r.text(13)?,
        imported_by: r.text(14)?,
    })
}

pub async fn statement_by_number(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    number: i64,
) -> Result<Option<StatementRow>, Fault> {
    let sql = format!("{STATEMENT} where book_id = $1 and bank_account_id = $2 and number = $3");
    tx.find(&sql, args![book, bank, number])
        .await?
        .map(|r| statement_row(&r))
        .transpose()
}

/// Number of a statement by its id.
pub async fn statement_number(tx: &mut Tx, book: i64, id: i64) -> Result<Option<i64>, Fault> {
    tx.find(
        "select number from statement where book_id = $1 and id = $2",
        args![book, id],
    )
    .await?
    .map(|r| r.int(0))
    .transpose()
}

/// The newest statement of the account.
pub async fn last_statement(
    tx: &mut Tx,
    book: i64,
    bank: i64,
) -> Result<Option<StatementRow>, Fault> {
    let sql = format!(
        "{STATEMENT} where book_id = $1 and bank_account_id = $2 order by number desc limit 1"
    );
    tx.find(&sql, args![book, bank])
        .await?
        .map(|r| statement_row(&r))
        .transpose()
}

/// The statements of an account that no closing signs yet, in order.
pub async fn unsigned_statements(
    tx: &mut Tx,
    book: i64,
    bank: i64,
) -> Result<Vec<StatementRow>, Fault> {
    let sql = format!(
        "{STATEMENT} where book_id = $1 and bank_account_id = $2 and state <> 'signed_off' order by number"
    );
    tx.all(&sql, args![book, bank])
        .await?
        .iter()
        .map(statement_row)
        .collect()
}

/// Every statement of an account, in order.
pub async fn all_statements(tx: &mut Tx, book: i64, bank: i64) -> Result<Vec<StatementRow>, Fault> {
    let sql = format!("{STATEMENT} where book_id = $1 and bank_account_id = $2 order by number");
    tx.all(&sql, args![book, bank])
        .await?
        .iter()
        .map(statement_row)
        .collect()
}

pub async fn insert_statement(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    s: &StatementRow,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into statement(book_id, id, bank_account_id, number, day, opening, credits, debits, closing, lines, digest, \
         format, signed, key_id, state, reply, imported_by, imported_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        args![
            book, s.id, bank, s.number, s.day, s.opening, s.credits, s.debits, s.closing, s.lines, s.digest, &s.format,
            s.signed, s.key_id.clone(), &s.state, &s.reply, &s.imported_by, at
        ],
    )
    .await?;
    Ok(())
}

/// Signs a statement off, or takes that back where its day is opened again.
pub async fn set_statement_state(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    number: i64,
    state: &str,
) -> Result<(), Fault> {
    tx.execute(
        "update statement set state = $4 where book_id = $1 and bank_account_id = $2 and number = $3",
        args![book, bank, number, state],
    )
    .await?;
    Ok(())
}

/// What an account's opening and its statements up to `number` moved on its nostro, đồng.
pub async fn nostro_through(
    tx: &mut Tx,
    book: i64,
    nostro: i64,
    bank: i64,
    number: i64,
) -> Result<i64, Fault> {
    let side = |side: &str| {
        format!(
            "select cast(coalesce(sum(t.amount), 0) as bigint) from transfer t \
             where t.book_id = $1 and t.{side}_id = $2 and (t.cause_id = $3 or exists (select 1 from statement s \
               where s.book_id = t.book_id and s.id = t.cause_id and s.bank_account_id = $3 and s.number <= $4))"
        )
    };
    let mut sum = 0;
    for (column, sign) in [("debit", 1), ("credit", -1)] {
        let row = tx
            .one(&side(column), args![book, nostro, bank, number])
            .await?;
        sum += sign * row.int(0)?;
    }
    Ok(sum)
}

/// A file that was refused: kept with its reason.
pub async fn insert_quarantine(
    tx: &mut Tx,
    id: i64,
    digest: &[u8; 32],
    code: &str,
    detail: &str,
    at: i64,
    actor: &str,
) -> Result<(), Fault> {
    tx.execute(
        "insert into quarantine(id, digest, code, detail, at, actor) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        args![id, *digest, code, detail, at, actor],
    )
    .await?;
    Ok(())
}
