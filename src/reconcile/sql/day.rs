//! Statements on `bank_day` (what was signed, in order; rows are only added) and
//! `day_reopening` (proposals).

use crate::args;
use crate::error::Fault;
use crate::store::{Row, Tx};
use ansinh_settlement::Day;

/// A closing or a reopening of days of one of our accounts, as signed.
#[derive(Clone, Debug)]
pub struct BankDayRow {
    pub bank: i64,
    /// Counts the acts of the account, from 1.
    pub no: i64,
    /// `closed` or `reopened`.
    pub act: String,
    pub day: Day,
    /// JSON; the digest is over it.
    pub proof: String,
    pub digest: [u8; 32],
    /// Digest of the act before; zeros for the first.
    pub previous: [u8; 32],
    /// The ledger's last transfer and newest link when it was signed.
    pub transfer_seq: i64,
    pub chain: [u8; 32],
    /// Who imported the last statement, or proposed the reopening.
    pub made_by: String,
    pub signed_by: String,
    pub signed_at: i64,
    pub signature: [u8; 32],
}

const BANK_DAY: &str = "select d.bank_account_id, d.no, d.act, d.day, d.proof, d.digest, d.previous, d.transfer_seq, d.chain, \
     d.made_by, d.signed_by, d.signed_at, d.signature from bank_day d";

/// A closing stands while no later act reopens its day or one before it.
const STANDS: &str = "d.act = 'closed' and not exists (select 1 from bank_day r where r.book_id = d.book_id \
     and r.bank_account_id = d.bank_account_id and r.act = 'reopened' and r.no > d.no and r.day <= d.day)";

fn bank_day_row(r: &Row) -> Result<BankDayRow, Fault> {
    Ok(BankDayRow {
        bank: r.int(0)?,
        no: r.int(1)?,
        act: r.text(2)?,
        day: r.day(3)?,
        proof: r.text(4)?,
        digest: r.digest(5)?,
        previous: r.digest(6)?,
        transfer_seq: r.int(7)?,
        chain: r.digest(8)?,
        made_by: r.text(9)?,
        signed_by: r.text(10)?,
        signed_at: r.int(11)?,
        signature: r.digest(12)?,
    })
}

/// The closing of a day that stands.
pub async fn find_closed_day(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    day: Day,
) -> Result<Option<BankDayRow>, Fault> {
    let sql = format!(
        "{BANK_DAY} where d.book_id = $1 and d.bank_account_id = $2 and d.day = $3 and {STANDS}"
    );
    tx.find(&sql, args![book, bank, day])
        .await?
        .map(|r| bank_day_row(&r))
        .transpose()
}

/// The closings of an account that stand, from a day on, in order.
pub async fn closed_days_from(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    from: Day,
) -> Result<Vec<BankDayRow>, Fault> {
    let sql = format!(
        "{BANK_DAY} where d.book_id = $1 and d.bank_account_id = $2 and d.day >= $3 and {STANDS} order by d.day"
    );
    tx.all(&sql, args![book, bank, from])
        .await?
        .iter()
        .map(bank_day_row)
        .collect()
}

/// The last day of an account whose closing stands.
pub async fn last_closed_day(tx: &mut Tx, book: i64, bank: i64) -> Result<Option<Day>, Fault> {
    let sql = format!(
        "select d.day from bank_day d where d.book_id = $1 and d.bank_account_id = $2 and {STANDS} \
         order by d.day desc limit 1"
    );
    tx.find(&sql, args![book, bank])
        .await?
        .map(|r| r.day(0))
        .transpose()
}

/// The newest act of an account: number and digest.
pub async fn last_act(tx: &mut Tx, book: i64, bank: i64) -> Result<Option<(i64, [u8; 32])>, Fault> {
    tx.find(
        "select no, digest from bank_day where book_id = $1 and bank_account_id = $2 order by no desc limit 1",
        args![book, bank],
    )
    .await?
    .map(|r| Ok((r.int(0)?, r.digest(1)?)))
    .transpose()
}

/// Every act of a book, in order, account by account.
pub async fn acts(tx: &mut Tx, book: i64) -> Result<Vec<BankDayRow>, Fault> {
    let sql = format!("{BANK_DAY} where d.book_id = $1 order by d.bank_account_id, d.no");
    tx.all(&sql, args![book])
        .await?
        .iter()
        .map(bank_day_row)
        .collect()
}

pub async fn insert_act(tx: &mut Tx, book: i64, d: &BankDayRow) -> Result<(), Fault> {
    tx.execute(
        "insert into bank_day(book_id, bank_account_id, no, act, day, proof, digest, previous, transfer_seq, chain, \
         made_by, signed_by, signed_at, signature) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            book, d.bank, d.no, &d.act, d.day, &d.proof, d.digest, d.previous, d.transfer_seq, d.chain, &d.made_by,
            &d.signed_by, d.signed_at, d.signature
        ],
    )
    .await?;
    Ok(())
}

/// A proposal to reopen a day that waits for the second person.
#[derive(Clone, Debug)]
pub struct ReopeningRow {
    pub id: i64,
    pub reason: String,
    pub proposed_by: String,
    pub proposed_at: i64,
}

pub async fn find_reopening(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    day: Day,
) -> Result<Option<ReopeningRow>, Fault> {
    tx.find(
        "select id, reason, proposed_by, proposed_at from day_reopening \
         where book_id = $1 and bank_account_id = $2 and day = $3 and state = 'proposed'",
        args![book, bank, day],
    )
    .await?
    .map(|r| {
        Ok(ReopeningRow {
            id: r.int(0)?,
            reason: r.text(1)?,
            proposed_by: r.text(2)?,
            proposed_at: r.int(3)?,
        })
    })
    .transpose()
}

pub async fn insert_reopening(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    day: Day,
    r: &ReopeningRow,
) -> Result<(), Fault> {
    tx.execute(
        "insert into day_reopening(book_id, id, bank_account_id, day, reason, state, proposed_by, proposed_at) \
         values ($1, $2, $3, $4, $5, 'proposed', $6, $7)",
        args![book, r.id, bank, day, &r.reason, &r.proposed_by, r.proposed_at],
    )
    .await?;
    Ok(())
}

/// Ends a proposal: `approved` by somebody, or `replaced` by another one.
pub async fn end_reopening(
    tx: &mut Tx,
    book: i64,
    id: i64,
    state: &str,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update day_reopening set state = $3, approved_by = $4, approved_at = $5 where book_id = $1 and id = $2",
        args![book, id, state, by, at],
    )
    .await?;
    Ok(())
}

/// Ends every proposal that waits for a day from `from` on; those days are open now.
pub async fn end_reopenings_from(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    from: Day,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update day_reopening set state = 'replaced', approved_by = $4, approved_at = $5 \
         where book_id = $1 and bank_account_id = $2 and day >= $3 and state = 'proposed'",
        args![book, bank, from, by, at],
    )
    .await?;
    Ok(())
}
