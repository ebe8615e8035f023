//! Statements on `receipt`, `receipt_series`, `receipt_cancel_plan`, and on the receipt that
//! an allocation stands on.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use std::collections::BTreeMap;
use std::collections::HashMap;

/// A part of a payment that stands on a bill and on no receipt yet.
#[derive(Clone, Debug)]
pub struct Part {
    pub allocation_id: i64,
    pub collection_id: i64,
    pub debtor_id: i64,
    pub amount: i64,
    pub line_kind: String,
    pub line_name: String,
    /// Empty where the line's fee is not there.
    pub receipt_kind: String,
    pub third_party: String,
    pub bill_number: String,
    pub period: i64,
    pub class: String,
    pub debtor_code: String,
    pub debtor_name: String,
    /// Day of the payment.
    pub paid_on: i64,
    pub bank_ref: String,
}

/// Parts on bills without a receipt, by payment and debtor, in the order they were made.
/// Collection 0 is credit that no payment brought: it gets none.
pub async fn parts_without(tx: &mut Tx, book: i64) -> Result<Vec<Part>, Fault> {
    let rows = tx
        .all(
            "select a.id, a.collection_id, d.id, a.amount, l.kind, l.name, coalesce(f.receipt_kind, ''), \
             coalesce(f.third_party, ''), b.number, b.period, coalesce(k.code, ''), d.code, d.full_name, c.day, c.bank_ref \
             from allocation a join bill_line l on l.book_id = a.book_id and l.id = a.bill_line_id \
             join bill b on b.book_id = a.book_id and b.id = a.bill_id \
             join debtor d on d.book_id = a.book_id and d.id = b.debtor_id \
             join collection c on c.book_id = a.book_id and c.id = a.collection_id \
             left join fee f on f.book_id = a.book_id and f.id = l.fee_id \
             left join class k on k.book_id = a.book_id and k.id = b.class_id \
             where a.book_id = $1 and a.target = 'bill' and a.undone_at is null and a.receipt_id is null \
             and a.collection_id <> 0 order by a.collection_id, d.id, a.id",
            args![book],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(Part {
                allocation_id: r.int(0)?,
                collection_id: r.int(1)?,
                debtor_id: r.int(2)?,
                amount: r.int(3)?,
                line_kind: r.text(4)?,
                line_name: r.text(5)?,
                receipt_kind: r.text(6)?,
                third_party: r.text(7)?,
                bill_number: r.text(8)?,
                period: r.int(9)?,
                class: r.text(10)?,
                debtor_code: r.text(11)?,
                debtor_name: r.text(12)?,
                paid_on: r.int(13)?,
                bank_ref: r.text(14)?,
            })
        })
        .collect()
}

/// The payer of each debtor that has exactly one.
pub async fn only_payers(
    tx: &mut Tx,
    book: i64,
    debtors: &[i64],
) -> Result<HashMap<i64, String>, Fault> {
    let mut out = HashMap::new();
    for chunk in debtors.chunks(500) {
        let sql = format!(
            "select p.debtor_id, min(y.full_name) from debtor_payer p \
             join payer y on y.book_id = p.book_id and y.id = p.payer_id \
             where p.book_id = $1 and p.debtor_id in ({}) group by p.debtor_id having count(*) = 1",
            number_list(chunk)
        );
        for row in tx.all(&sql, args![book]).await? {
            out.insert(row.int(0)?, row.text(1)?);
        }
    }
    Ok(out)
}

/// Parts of receipts that were undone since, by the small index of those alone. It neither
/// groups nor sorts by receipt: for that a database walks along all receipts of the book.
pub const WITH_UNDONE: &str = "select receipt_id, coalesce(undone_why, '') from allocation \
     where book_id = $1 and undone_at is not null and receipt_id is not null order by id";

/// Receipts on which a part stands that was undone, with why.
pub async fn with_undone_parts(tx: &mut Tx, book: i64) -> Result<Vec<(i64, String)>, Fault> {
    let rows = tx.all(WITH_UNDONE, args![book]).await?;
    let mut out: BTreeMap<i64, String> = BTreeMap::new();
    for r in &rows {
        let (receipt, why) = (r.int(0)?, r.text(1)?);
        let known = out.entry(receipt).or_default();
        if why > *known {
            *known = why;
        }
    }
    Ok(out.into_iter().collect())
}

/// True when another kind has numbers under the symbol.
pub async fn is_of_another(
    tx: &mut Tx,
    book: i64,
    symbol: &str,
    kind: &str,
) -> Result<bool, Fault> {
    let sql =
        "select 1 from receipt_series where book_id = $1 and symbol = $2 and kind <> $3 limit 1";
    Ok(tx.find(sql, args![book, symbol, kind]).await?.is_some())
}

/// The last number of a series; 0 where it has none.
pub async fn last_number(
    tx: &mut Tx,
    book: i64,
    kind: &str,
    symbol: &str,
    year: i64,
) -> Result<i64, Fault> {
    let row = tx
        .find(
            "select last_number from receipt_series where book_id = $1 and kind = $2 and symbol = $3 and year = $4",
            args![book, kind, symbol, year],
        )
        .await?;
    row.map_or(Ok(0), |r| r.int(0))
}

pub async fn put_last_number(
    tx: &mut Tx,
    book: i64,
    kind: &str,
    symbol: &str,
    year: i64,
    last: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into receipt_series(book_id, kind, symbol, year, last_number) values ($1, $2, $3, $4, $5) \
         on conflict (book_id, kind, symbol, year) do update set last_number = excluded.last_number",
        args![book, kind, symbol, year, last],
    )
    .await?;
    Ok(())
}

/// A receipt, or the cancellation of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptRow {
    pub id: i64,
    pub kind: String,
    pub symbol: String,
    pub year: i64,
    pub number: i64,
    /// The receipt that this cancels; none for a receipt.
    pub cancels_id: Option<i64>,
    pub collection_id: Option<i64>,
    pub debtor_id: i64,
    pub amount: i64,
    /// JSON: `receipt::Body`.
    pub body: String,
    pub digest: Vec<u8>,
    /// UTC microseconds.
    pub issued_at: i64,
    pub issued_by: String,
    /// The cancellation of this receipt.
    pub cancelled_by: Option<i64>,
}

const RECEIPT: &str = "select r.id, r.kind, r.symbol, r.year, r.number, r.cancels_id, r.collection_id, r.debtor_id, r.amount, \
     r.body, r.digest, r.issued_at, r.issued_by, x.id from receipt r \
     left join receipt x on x.book_id = r.book_id and x.cancels_id = r.id";

fn receipt_row(r: &Row) -> Result<ReceiptRow, Fault> {
    Ok(ReceiptRow {
        id: r.int(0)?,
        kind: r.text(1)?,
        symbol: r.text(2)?,
        year: r.int(3)?,
        number: r.int(4)?,
        cancels_id: r.opt_int(5)?,
        collection_id: r.opt_int(6)?,
        debtor_id: r.int(7)?,
        amount: r.int(8)?,
        body: r.text(9)?,
        digest: r.bytes(10)?,
        issued_at: r.int(11)?,
        issued_by: r.text(12)?,
        cancelled_by: r.opt_int(13)?,
    })
}

pub async fn insert(tx: &mut Tx, book: i64, rows: &[ReceiptRow]) -> Result<(), Fault> {
    let n = rows.len();
    let ints = |f: fn(&ReceiptRow) -> i64| Column::Ints(rows.iter().map(f).collect());
    let texts =
        |f: fn(&ReceiptRow) -> &String| Column::Texts(rows.iter().map(|r| f(r).clone()).collect());
    let what = |r: &ReceiptRow| match r.cancels_id {
        Some(_) => "cancellation".to_owned(),
        None => "receipt".to_owned(),
    };
    tx.insert_rows(
        "receipt(book_id, id, kind, symbol, year, number, what, cancels_id, collection_id, debtor_id, amount, body, digest, \
         issued_at, issued_by)",
        &[
            Column::Ints(vec![book; n]),
            ints(|r| r.id),
            texts(|r| &r.kind),
            texts(|r| &r.symbol),
            ints(|r| r.year),
            ints(|r| r.number),
            Column::Texts(rows.iter().map(what).collect()),
            Column::OptInts(rows.iter().map(|r| r.cancels_id).collect()),
            Column::OptInts(rows.iter().map(|r| r.collection_id).collect()),
            ints(|r| r.debtor_id),
            ints(|r| r.amount),
            texts(|r| &r.body),
            Column::Blobs(rows.iter().map(|r| r.digest.clone()).collect()),
            ints(|r| r.issued_at),
            texts(|r| &r.issued_by),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// Says on which receipt parts stand: (allocation, receipt).
pub async fn put_on(tx: &mut Tx, book: i64, pairs: &[(i64, i64)]) -> Result<(), Fault> {
    for chunk in pairs.chunks(200) {
        let rows: Vec<String> = chunk.iter().map(|(a, r)| format!("({a},{r})")).collect();
        let sql = format!(
            "update allocation set receipt_id = v.column2 from (values {}) v \
             where allocation.book_id = $1 and allocation.id = v.column1",
            rows.join(",")
        );
        tx.execute(&sql, args![book]).await?;
    }
    Ok(())
}

/// The parts of cancelled receipts stand on none.
pub async fn take_off(tx: &mut Tx, book: i64, receipts: &[i64]) -> Result<(), Fault> {
    for chunk in receipts.chunks(500) {
        let sql = format!(
            "update allocation set receipt_id = null where book_id = $1 and receipt_id is not null and receipt_id in ({})",
            number_list(chunk)
        );
        tx.execute(&sql, args![book]).await?;
    }
    Ok(())
}

pub async fn by_ids(tx: &mut Tx, book: i64, ids: &[i64]) -> Result<Vec<ReceiptRow>, Fault> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let sql = format!(
            "{RECEIPT} where r.book_id = $1 and r.id in ({}) order by r.id",
            number_list(chunk)
        );
        for row in tx.all(&sql, args![book]).await? {
            out.push(receipt_row(&row)?);
        }
    }
    Ok(out)
}

/// A receipt or cancellation by what is printed on it.
pub async fn by_number(
    tx: &mut Tx,
    book: i64,
    symbol: &str,
    year: i64,
    number: i64,
) -> Result<Option<ReceiptRow>, Fault> {
    let sql = format!(
        "{RECEIPT} where r.book_id = $1 and r.symbol = $2 and r.year = $3 and r.number = $4 order by r.id limit 1"
    );
    tx.find(&sql, args![book, symbol, year, number])
        .await?
        .map(|r| receipt_row(&r))
        .transpose()
}

/// What is asked of a list; empty or 0 for any.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub debtor_id: i64,
    pub collection_id: i64,
    pub kind: String,
    /// UTC microseconds, from and before.
    pub from: i64,
    pub before: i64,
    /// `live`, `cancelled`.
    pub state: String,
    /// Only what was made after this one.
    pub after: i64,
    pub limit: i64,
}

/// Receipts (no cancellations), in the order they were made.
pub async fn list(tx: &mut Tx, book: i64, a: &Asked) -> Result<Vec<ReceiptRow>, Fault> {
    let sql = format!(
        "{RECEIPT} where r.book_id = $1 and r.what = 'receipt' and r.id > $2 and ($3 = 0 or r.debtor_id = $3) \
         and ($4 = 0 or r.collection_id = $4) and ($5 = '' or r.kind = $5) and r.issued_at >= $6 and ($7 = 0 or r.issued_at < $7) \
         and ($8 = '' or ($8 = 'live' and x.id is null) or ($8 = 'cancelled' and x.id is not null)) order by r.id limit $9"
    );
    tx.all(
        &sql,
        args![
            book,
            a.after,
            a.debtor_id,
            a.collection_id,
            a.kind.as_str(),
            a.from,
            a.before,
            a.state.as_str(),
            a.limit
        ],
    )
    .await?
    .iter()
    .map(receipt_row)
    .collect()
}

/// Every receipt and cancellation of a book, in the order they were made.
pub async fn each(
    tx: &mut Tx,
    book: i64,
    mut each: impl FnMut(ReceiptRow) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let sql = format!("{RECEIPT} where r.book_id = $1 order by r.id");
    tx.for_each(&sql, args![book], |r| each(receipt_row(&r)?))
        .await
}

/// A cancellation that one person proposed.
#[derive(Clone, Debug)]
pub struct Plan {
    pub why: String,
    pub proposed_by: String,
}

pub async fn find_plan(tx: &mut Tx, book: i64, receipt: i64) -> Result<Option<Plan>, Fault> {
    let row = tx
        .find(
            "select why, proposed_by from receipt_cancel_plan where book_id = $1 and receipt_id = $2",
            args![book, receipt],
        )
        .await?;
    row.map(|r| {
        Ok(Plan {
            why: r.text(0)?,
            proposed_by: r.text(1)?,
        })
    })
    .transpose()
}

pub async fn put_plan(
    tx: &mut Tx,
    book: i64,
    receipt: i64,
    why: &str,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into receipt_cancel_plan(book_id, receipt_id, why, proposed_by, proposed_at) values ($1, $2, $3, $4, $5) \
         on conflict (book_id, receipt_id) do update set why = excluded.why, proposed_by = excluded.proposed_by, \
         proposed_at = excluded.proposed_at",
        args![book, receipt, why, by, at],
    )
    .await?;
    Ok(())
}
