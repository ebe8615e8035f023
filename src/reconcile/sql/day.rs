//! Statements on `bank_day`.

use crate::args;
use crate::error::Fault;
use crate::store::{Row, Tx};
use ansinh_settlement::Day;

/// A closed bank day as stored.
#[derive(Clone, Debug)]
pub struct BankDayRow {
    pub day: Day,
    pub state: String,
    pub proof: String,
    pub digest: [u8; 32],
    pub closed_by: String,
}

pub async fn find_bank_day(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    day: Day,
) -> Result<Option<BankDayRow>, Fault> {
    let row = tx
        .find(
            "select day, state, proof, digest, closed_by from bank_day where book_id = $1 and bank_account_id = $2 and day = $3",
            args![book, bank, day],
        )
        .await?;
    row.map(|r| bank_day_row(&r)).transpose()
}

fn bank_day_row(r: &Row) -> Result<BankDayRow, Fault> {
    Ok(BankDayRow {
        day: r.day(0)?,
        state: r.text(1)?,
        proof: r.text(2)?,
        digest: r.digest(3)?,
        closed_by: r.text(4)?,
    })
}

pub async fn last_bank_day(tx: &mut Tx, book: i64, bank: i64) -> Result<Option<BankDayRow>, Fault> {
    let row = tx
        .find(
            "select day, state, proof, digest, closed_by from bank_day where book_id = $1 and bank_account_id = $2 \
             and state = 'closed' order by day desc limit 1",
            args![book, bank],
        )
        .await?;
    row.map(|r| bank_day_row(&r)).transpose()
}

/// A bank day to write.
pub struct NewBankDay<'a> {
    pub bank: i64,
    pub day: Day,
    pub statement_id: i64,
    pub proof: &'a str,
    pub digest: [u8; 32],
    pub previous: [u8; 32],
    pub transfer_seq: i64,
    pub chain: [u8; 32],
    pub imported_by: &'a str,
    pub closed_by: &'a str,
    pub closed_at: i64,
    pub signature: [u8; 32],
}

pub async fn insert_bank_day(tx: &mut Tx, book: i64, d: &NewBankDay<'_>) -> Result<(), Fault> {
    tx.execute(
        "insert into bank_day(book_id, bank_account_id, day, state, statement_id, proof, digest, previous, transfer_seq, chain, \
         imported_by, closed_by, closed_at, signature) \
         values ($1, $2, $3, 'closed', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        args![
            book, d.bank, d.day, d.statement_id, d.proof, d.digest, d.previous, d.transfer_seq, d.chain, d.imported_by,
            d.closed_by, d.closed_at, d.signature
        ],
    )
    .await?;
    Ok(())
}

/// The closed days of an account in order: (day, proof, digest, previous, chain, seq).
pub async fn closed_days(tx: &mut Tx, book: i64) -> Result<Vec<ClosedDayRow>, Fault> {
    let rows = tx
        .all(
            "select bank_account_id, day, proof, digest, previous, chain, transfer_seq, imported_by, closed_by, closed_at, signature \
             from bank_day where book_id = $1 order by bank_account_id, day",
            args![book],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(ClosedDayRow {
                bank: r.int(0)?,
                day: r.day(1)?,
                proof: r.text(2)?,
                digest: r.digest(3)?,
                previous: r.digest(4)?,
                chain: r.digest(5)?,
                transfer_seq: r.int(6)?,
                imported_by: r.text(7)?,
                closed_by: r.text(8)?,
                closed_at: r.int(9)?,
                signature: r.digest(10)?,
            })
        })
        .collect()
}

/// A closed day with all that it signed.
pub struct ClosedDayRow {
    pub bank: i64,
    pub day: Day,
    pub proof: String,
    pub digest: [u8; 32],
    pub previous: [u8; 32],
    pub chain: [u8; 32],
    pub transfer_seq: i64,
    pub imported_by: String,
    pub closed_by: String,
    pub closed_at: i64,
    pub signature: [u8; 32],
}
