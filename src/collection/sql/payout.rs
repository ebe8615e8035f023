//! Statements on `payout` and `payout_part`.

use crate::args;
use crate::error::Fault;
use crate::ledger::Code;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::Day;

/// Money that is to go out again, as stored.
#[derive(Clone, Debug)]
pub struct PayoutRow {
    pub id: i64,
    /// `refund`, `remittance` or `send_back`.
    pub kind: String,
    pub debtor_id: Option<i64>,
    pub third_party: Option<String>,
    /// The break whose money is sent back.
    pub break_id: Option<i64>,
    pub bank_account_id: i64,
    /// `credit/DEBTOR`, `onward/THIRD` or `suspense/OURS`: where the money was taken from.
    pub from_id: i64,
    /// `payable/ID`: where it stands between grant and sending, and when it came back.
    pub account_id: i64,
    /// đồng.
    pub amount: i64,
    /// đồng of earlier remittances whose payments the bank took back since.
    pub deducted: i64,
    pub why: String,
    pub address_id: i64,
    /// `requested` or `cancelled`.
    pub state: String,
    pub made_by: String,
    /// UTC microseconds.
    pub made_at: i64,
    pub ended_by: Option<String>,
    pub ended_at: Option<i64>,
    pub ended_why: Option<String>,
}

const PAYOUT: &str = "select id, kind, debtor_id, third_party, bank_account_id, from_id, account_id, amount, deducted, why, \
     address_id, state, made_by, made_at, ended_by, ended_at, ended_why, break_id from payout";

fn payout_row(r: &Row) -> Result<PayoutRow, Fault> {
    Ok(PayoutRow {
        id: r.int(0)?,
        kind: r.text(1)?,
        debtor_id: r.opt_int(2)?,
        third_party: r.opt_text(3)?,
        bank_account_id: r.int(4)?,
        from_id: r.int(5)?,
        account_id: r.int(6)?,
        amount: r.int(7)?,
        deducted: r.int(8)?,
        why: r.text(9)?,
        address_id: r.int(10)?,
        state: r.text(11)?,
        made_by: r.text(12)?,
        made_at: r.int(13)?,
        ended_by: r.opt_text(14)?,
        ended_at: r.opt_int(15)?,
        ended_why: r.opt_text(16)?,
        break_id: r.opt_int(17)?,
    })
}

pub async fn insert(tx: &mut Tx, book: i64, p: &PayoutRow) -> Result<(), Fault> {
    tx.execute(
        "insert into payout(book_id, id, kind, debtor_id, third_party, bank_account_id, from_id, account_id, amount, deducted, \
         why, address_id, state, made_by, made_at, break_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        args![
            book, p.id, p.kind.as_str(), p.debtor_id, p.third_party.clone(), p.bank_account_id, p.from_id, p.account_id,
            p.amount, p.deducted, p.why.as_str(), p.address_id, p.state.as_str(), p.made_by.as_str(), p.made_at, p.break_id
        ],
    )
    .await?;
    Ok(())
}

pub async fn find(tx: &mut Tx, book: i64, id: i64) -> Result<Option<PayoutRow>, Fault> {
    let sql = format!("{PAYOUT} where book_id = $1 and id = $2");
    tx.find(&sql, args![book, id])
        .await?
        .map(|r| payout_row(&r))
        .transpose()
}

/// Payouts of a book in order; without `all` only those that are not cancelled.
pub async fn list(
    tx: &mut Tx,
    book: i64,
    all: bool,
    after: i64,
    limit: i64,
) -> Result<Vec<PayoutRow>, Fault> {
    let only = if all { "" } else { "and state = 'requested'" };
    let sql = format!("{PAYOUT} where book_id = $1 {only} and id > $2 order by id limit $3");
    tx.all(&sql, args![book, after, limit])
        .await?
        .iter()
        .map(payout_row)
        .collect()
}

/// Refunds of a debtor, cancelled ones too.
pub async fn of_debtor(tx: &mut Tx, book: i64, debtor: i64) -> Result<Vec<PayoutRow>, Fault> {
    let sql = format!("{PAYOUT} where book_id = $1 and debtor_id = $2 order by id");
    tx.all(&sql, args![book, debtor])
        .await?
        .iter()
        .map(payout_row)
        .collect()
}

pub async fn set_address(tx: &mut Tx, book: i64, id: i64, address: i64) -> Result<(), Fault> {
    tx.execute(
        "update payout set address_id = $3 where book_id = $1 and id = $2",
        args![book, id, address],
    )
    .await?;
    Ok(())
}

pub async fn set_cancelled(
    tx: &mut Tx,
    book: i64,
    id: i64,
    by: &str,
    at: i64,
    why: &str,
) -> Result<(), Fault> {
    tx.execute(
        "update payout set state = 'cancelled', ended_by = $3, ended_at = $4, ended_why = $5 \
         where book_id = $1 and id = $2 and state = 'requested'",
        args![book, id, by, at, why],
    )
    .await?;
    Ok(())
}

/// A piece of money that a payout may take: (allocation, payment, đồng).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub allocation_id: i64,
    pub collection_id: i64,
    pub amount: i64,
}

fn piece(r: &Row) -> Result<Piece, Fault> {
    Ok(Piece {
        allocation_id: r.int(0)?,
        collection_id: r.int(1)?,
        amount: r.int(2)?,
    })
}

/// A debtor's credit that a statement confirmed (or that absences left), oldest first; with
/// `of` only what that payment left.
pub async fn confirmed_credit(
    tx: &mut Tx,
    book: i64,
    debtor: i64,
    of: Option<i64>,
) -> Result<Vec<Piece>, Fault> {
    let only = if of.is_some() {
        "and a.collection_id = $3"
    } else {
        "and $3 = 0"
    };
    let sql = format!(
        "select a.id, a.collection_id, a.amount from allocation a \
         left join collection c on c.book_id = a.book_id and c.id = a.collection_id \
         where a.book_id = $1 and a.debtor_id = $2 and a.target = 'credit' and a.undone_at is null \
         and (a.collection_id = 0 or c.state = 'confirmed') {only} order by a.id"
    );
    tx.all(&sql, args![book, debtor, of.unwrap_or(0)])
        .await?
        .iter()
        .map(piece)
        .collect()
}

/// Confirmed payments of what was collected for others (the account `onward`), up to a day
/// of payment, that no remittance has taken: with bill, debtor and day for the list.
#[derive(Clone, Debug)]
pub struct Unremitted {
    pub piece: Piece,
    pub bill: String,
    pub line: String,
    pub debtor_code: String,
    pub debtor_name: String,
    pub class: String,
    pub paid_on: String,
}

const PASSED: &str = "select a.id, a.collection_id, a.amount, b.number, l.name, d.code, d.full_name, coalesce(k.code, ''), \
     coalesce(c.day, 0) from allocation a \
     join bill_line l on l.book_id = a.book_id and l.id = a.bill_line_id \
     join bill b on b.book_id = a.book_id and b.id = l.bill_id \
     join debtor d on d.book_id = a.book_id and d.id = b.debtor_id \
     left join class k on k.book_id = b.book_id and k.id = b.class_id \
     left join collection c on c.book_id = a.book_id and c.id = a.collection_id";

fn unremitted_row(r: &Row) -> Result<Unremitted, Fault> {
    let day = r.int(8)?;
    Ok(Unremitted {
        piece: piece(r)?,
        bill: r.text(3)?,
        line: r.text(4)?,
        debtor_code: r.text(5)?,
        debtor_name: r.text(6)?,
        class: r.text(7)?,
        paid_on: Day::from_number(day).map_or_else(|_| String::new(), |d| d.to_string()),
    })
}

pub async fn unremitted(
    tx: &mut Tx,
    book: i64,
    onward: i64,
    until: Day,
) -> Result<Vec<Unremitted>, Fault> {
    let sql = format!(
        "{PASSED} where a.book_id = $1 and l.onward_id = $2 and a.target = 'bill' and a.undone_at is null \
         and (a.collection_id = 0 or (c.state = 'confirmed' and c.day <= $3)) \
         and not exists (select 1 from payout_part p where p.book_id = a.book_id and p.allocation_id = a.id and p.undone_at is null) \
         order by a.id"
    );
    tx.all(&sql, args![book, onward, until])
        .await?
        .iter()
        .map(unremitted_row)
        .collect()
}

/// What a payout is made of, for its list.
pub async fn parts_with_bills(
    tx: &mut Tx,
    book: i64,
    payout: i64,
) -> Result<Vec<Unremitted>, Fault> {
    let sql = format!(
        "{PASSED} join payout_part p on p.book_id = a.book_id and p.allocation_id = a.id \
         where a.book_id = $1 and p.payout_id = $2 order by a.id"
    );
    tx.all(&sql, args![book, payout])
        .await?
        .iter()
        .map(unremitted_row)
        .collect()
}

/// The remittance that took one of these allocations, if any did.
pub async fn remittance_of(
    tx: &mut Tx,
    book: i64,
    allocations: &[i64],
) -> Result<Option<i64>, Fault> {
    for chunk in allocations.chunks(500) {
        let sql = format!(
            "select min(payout_id) from payout_part where book_id = $1 and undone_at is null and allocation_id in ({})",
            number_list(chunk)
        );
        let found = tx.one(&sql, args![book]).await?.opt_int(0)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// đồng on an `onward` account that only notices told of.
pub async fn announced_onward(tx: &mut Tx, book: i64, onward: i64) -> Result<i64, Fault> {
    tx.one(
        "select cast(coalesce(sum(a.amount), 0) as bigint) from allocation a \
         join bill_line l on l.book_id = a.book_id and l.id = a.bill_line_id \
         join collection c on c.book_id = a.book_id and c.id = a.collection_id \
         where a.book_id = $1 and l.onward_id = $2 and a.undone_at is null and c.state = 'announced'",
        args![book, onward],
    )
    .await?
    .int(0)
}

pub async fn insert_parts(
    tx: &mut Tx,
    book: i64,
    payout: i64,
    parts: &[(i64, i64)],
) -> Result<(), Fault> {
    let n = parts.len();
    tx.insert_rows(
        "payout_part(book_id, payout_id, allocation_id, amount)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(vec![payout; n]),
            Column::Ints(parts.iter().map(|p| p.0).collect()),
            Column::Ints(parts.iter().map(|p| p.1).collect()),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// The parts of a payout that were not undone: piece, and whether its allocation still
/// lives (the bank may have taken the payment back).
pub async fn parts(tx: &mut Tx, book: i64, payout: i64) -> Result<Vec<(Piece, bool)>, Fault> {
    let rows = tx
        .all(
            "select a.id, a.collection_id, p.amount, a.undone_at from payout_part p \
             join allocation a on a.book_id = p.book_id and a.id = p.allocation_id \
             where p.book_id = $1 and p.payout_id = $2 and p.undone_at is null order by a.id",
            args![book, payout],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((piece(r)?, r.opt_int(3)?.is_none())))
        .collect()
}

pub async fn undo_parts(tx: &mut Tx, book: i64, payout: i64, at: i64) -> Result<(), Fault> {
    tx.execute(
        "update payout_part set undone_at = $3 where book_id = $1 and payout_id = $2 and undone_at is null",
        args![book, payout, at],
    )
    .await?;
    Ok(())
}

pub async fn undo_part(
    tx: &mut Tx,
    book: i64,
    payout: i64,
    allocation: i64,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update payout_part set undone_at = $4 where book_id = $1 and payout_id = $2 and allocation_id = $3 and undone_at is null",
        args![book, payout, allocation, at],
    )
    .await?;
    Ok(())
}

/// đồng that a cancelled refund gave back to the debtor's credit.
pub async fn given_back(tx: &mut Tx, book: i64, payout: &PayoutRow) -> Result<i64, Fault> {
    tx.one(
        "select cast(coalesce(sum(amount), 0) as bigint) from transfer \
         where book_id = $1 and credit_id = $2 and cause_id = $3 and code = $4",
        args![
            book,
            payout.from_id,
            payout.id,
            Code::PayoutCancelled.number()
        ],
    )
    .await?
    .int(0)
}

/// Of a part that the bank took back, only `rest` đồng were paid out.
pub async fn shrink_part(
    tx: &mut Tx,
    book: i64,
    payout: i64,
    allocation: i64,
    rest: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update payout_part set amount = $4 where book_id = $1 and payout_id = $2 and allocation_id = $3 and undone_at is null",
        args![book, payout, allocation, rest],
    )
    .await?;
    Ok(())
}

/// The address of a payout as people may see it: bank, holder, state; and what it is paid by.
#[derive(Clone, Debug)]
pub struct PayoutAddress {
    pub id: i64,
    pub bin: String,
    pub holder_name: String,
    pub sealed: Vec<u8>,
    pub counter: i64,
    pub payee: i64,
    pub state: String,
    pub reason: String,
}

pub async fn address(tx: &mut Tx, id: i64) -> Result<PayoutAddress, Fault> {
    let r = tx
        .one(
            "select id, bin, holder_name, sealed, counter, payee, state, reason from address where id = $1",
            args![id],
        )
        .await?;
    Ok(PayoutAddress {
        id: r.int(0)?,
        bin: r.text(1)?,
        holder_name: r.text(2)?,
        sealed: r.bytes(3)?,
        counter: r.int(4)?,
        payee: r.int(5)?,
        state: r.text(6)?,
        reason: r.text(7)?,
    })
}
