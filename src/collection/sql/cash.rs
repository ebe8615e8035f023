//! Statements on `collection`, `allocation`, and on what money changes of `bill` and
//! `bill_line`.
//!
//! Lists of numbers and of our own words stand in the text of a statement; texts from
//! outside are always parameters.

use crate::args;
use crate::collection::allocate::{AgencyOrder, BillDue, LineDue, Standing};
use crate::error::Fault;
use crate::store::{Column, Row, Tx, Value, number_list};
use std::collections::BTreeMap;

/// A biller as the handling of money needs it.
#[derive(Clone, Debug)]
pub struct BillerCash {
    pub book_id: i64,
    pub agency_order: AgencyOrder,
    pub tax_code: String,
    pub address: String,
    /// JSON; see `docs/fees.md`.
    pub settings: String,
}

pub async fn find_biller(tx: &mut Tx, book: i64) -> Result<Option<BillerCash>, Fault> {
    let row = tx
        .find(
            "select agency_order, tax_code, address, settings from biller where book_id = $1",
            args![book],
        )
        .await?;
    row.map(|r| {
        Ok(BillerCash {
            book_id: book,
            agency_order: match r.text(0)?.as_str() {
                "first" => AgencyOrder::First,
                _ => AgencyOrder::Last,
            },
            tax_code: r.text(1)?,
            address: r.text(2)?,
            settings: r.text(3)?,
        })
    })
    .transpose()
}

/// True for an account at which a biller collects: its own now, or that of an earlier bill.
pub async fn collects(tx: &mut Tx, book: i64, bank: i64) -> Result<bool, Fault> {
    let now = "select 1 from biller where book_id = $1 and bank_account_id = $2";
    if tx.find(now, args![book, bank]).await?.is_some() {
        return Ok(true);
    }
    let earlier = "select 1 from bill where book_id = $1 and bank_account_id = $2 limit 1";
    Ok(tx.find(earlier, args![book, bank]).await?.is_some())
}

/// Who a bill is for.
#[derive(Clone, Debug)]
pub struct DebtorCash {
    pub id: i64,
    pub code: String,
    pub full_name: String,
    pub virtual_account: Option<String>,
    pub credit_id: i64,
    /// The credit pays the next bill unasked.
    pub use_credit: bool,
}

fn debtor_row(r: &Row) -> Result<DebtorCash, Fault> {
    Ok(DebtorCash {
        id: r.int(0)?,
        code: r.text(1)?,
        full_name: r.text(2)?,
        virtual_account: r.opt_text(3)?,
        credit_id: r.int(4)?,
        use_credit: r.flag(5)?,
    })
}

const DEBTOR: &str =
    "select id, code, full_name, virtual_account, credit_id, use_credit from debtor";

pub async fn debtors(tx: &mut Tx, book: i64, ids: &[i64]) -> Result<Vec<DebtorCash>, Fault> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let sql = format!(
            "{DEBTOR} where book_id = $1 and id in ({})",
            number_list(chunk)
        );
        for row in tx.all(&sql, args![book]).await? {
            out.push(debtor_row(&row)?);
        }
    }
    Ok(out)
}

pub async fn debtor_by_code(
    tx: &mut Tx,
    book: i64,
    code: &str,
) -> Result<Option<DebtorCash>, Fault> {
    let sql = format!("{DEBTOR} where book_id = $1 and code = $2");
    tx.find(&sql, args![book, code])
        .await?
        .map(|r| debtor_row(&r))
        .transpose()
}

/// Debtors by their virtual accounts.
pub async fn debtors_by_virtual(
    tx: &mut Tx,
    book: i64,
    accounts: &[String],
) -> Result<Vec<DebtorCash>, Fault> {
    let mut out = Vec::new();
    for chunk in accounts.chunks(LIST) {
        let sql = format!(
            "{DEBTOR} where book_id = $1 and virtual_account in ({})",
            places(2, chunk.len())
        );
        for row in tx.all(&sql, with(args![book], chunk)).await? {
            out.push(debtor_row(&row)?);
        }
    }
    Ok(out)
}

/// Parameters in one list: more make a statement slow on SQLite.
const LIST: usize = 100;

/// `$2,$3,$4`: places of `n` parameters from number `from` on.
fn places(from: usize, n: usize) -> String {
    let all: Vec<String> = (from..from + n).map(|i| format!("${i}")).collect();
    all.join(",")
}

fn with(mut args: Vec<Value>, texts: &[String]) -> Vec<Value> {
    args.extend(texts.iter().map(Value::from));
    args
}

/// A bill that a code names.
#[derive(Clone, Debug)]
pub struct BillCash {
    pub book_id: i64,
    pub pay_code: String,
    pub number: String,
    pub debtor_id: i64,
    pub state: String,
    pub due: BillDue,
    /// Names of the lines and the fees behind them, in the order of the lines.
    pub names: Vec<(String, i64)>,
}

const BILL: &str = "select b.book_id, b.id, b.pay_code, b.number, b.debtor_id, b.state, b.bank_account_id, b.total, b.due_on from bill b";

fn bill_row(r: &Row) -> Result<BillCash, Fault> {
    let state = r.text(5)?;
    Ok(BillCash {
        book_id: r.int(0)?,
        pay_code: r.text(2)?,
        number: r.text(3)?,
        debtor_id: r.int(4)?,
        due: BillDue {
            id: r.int(1)?,
            debtor_id: r.int(4)?,
            standing: match state.as_str() {
                "draft" => Standing::Draft,
                "cancelled" | "written_off" => Standing::Closed,
                _ => Standing::Live,
            },
            bank_account_id: r.int(6)?,
            due_on: r.int(8)?,
            total: r.int(7)?,
            lines: Vec::new(),
        },
        state,
        names: Vec::new(),
    })
}

/// The bills of payment codes, of any book, without their lines.
pub async fn bills_by_code(tx: &mut Tx, codes: &[String]) -> Result<Vec<BillCash>, Fault> {
    let mut out = Vec::new();
    for chunk in codes.chunks(LIST) {
        let sql = format!("{BILL} where b.pay_code in ({})", places(1, chunk.len()));
        for row in tx.all(&sql, with(Vec::new(), chunk)).await? {
            out.push(bill_row(&row)?);
        }
    }
    Ok(out)
}

pub async fn bills_by_id(tx: &mut Tx, book: i64, ids: &[i64]) -> Result<Vec<BillCash>, Fault> {
    let mut out = Vec::new();
    for chunk in ids.chunks(500) {
        let sql = format!(
            "{BILL} where b.book_id = $1 and b.id in ({}) order by b.id",
            number_list(chunk)
        );
        for row in tx.all(&sql, args![book]).await? {
            out.push(bill_row(&row)?);
        }
    }
    Ok(out)
}

/// The bills of debtors that still take money.
pub async fn open_bills_of(
    tx: &mut Tx,
    book: i64,
    debtors: &[i64],
) -> Result<Vec<BillCash>, Fault> {
    let mut out = Vec::new();
    for chunk in debtors.chunks(500) {
        let sql = format!(
            "{BILL} where b.book_id = $1 and b.state in ('issued', 'partly_paid') and b.debtor_id in ({}) order by b.id",
            number_list(chunk)
        );
        for row in tx.all(&sql, args![book]).await? {
            out.push(bill_row(&row)?);
        }
    }
    Ok(out)
}

/// Reads the lines of bills of one book into them.
pub async fn load_lines(tx: &mut Tx, book: i64, bills: &mut [BillCash]) -> Result<(), Fault> {
    let at: BTreeMap<i64, usize> = bills
        .iter()
        .enumerate()
        .map(|(n, b)| (b.due.id, n))
        .collect();
    let ids: Vec<i64> = at.keys().copied().collect();
    for chunk in ids.chunks(500) {
        let sql = format!(
            "select bill_id, id, no, amount, paid, receivable_id, against_id, onward_id, name, fee_id from bill_line \
             where book_id = $1 and bill_id in ({}) order by bill_id, no",
            number_list(chunk)
        );
        tx.for_each(&sql, args![book], |r| {
            let Some(bill) = at.get(&r.int(0)?).map(|n| &mut bills[*n]) else {
                return Ok(());
            };
            bill.due.lines.push(LineDue {
                id: r.int(1)?,
                no: r.int(2)?,
                amount: r.int(3)?,
                paid: r.int(4)?,
                receivable_id: r.opt_int(5)?,
                against_id: r.int(6)?,
                onward_id: r.opt_int(7)?,
            });
            bill.names.push((r.text(8)?, r.int(9)?));
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Writes what lines and bills have been paid, and the states that follow: a bill that is
/// draft, cancelled or written off keeps its state.
pub async fn set_paid(
    tx: &mut Tx,
    book: i64,
    bills: &[(i64, i64)],
    lines: &[(i64, i64)],
) -> Result<(), Fault> {
    for chunk in lines.chunks(200) {
        let sql = format!(
            "update bill_line set paid = v.column2 from (values {}) v \
             where bill_line.book_id = $1 and bill_line.id = v.column1",
            pairs(chunk)
        );
        tx.execute(&sql, args![book]).await?;
    }
    for chunk in bills.chunks(200) {
        let sql = format!(
            "update bill set paid = v.column2, state = case when state not in ('issued', 'partly_paid', 'paid') then state \
             when v.column2 = 0 and total > 0 then 'issued' when v.column2 < total then 'partly_paid' else 'paid' end \
             from (values {}) v where bill.book_id = $1 and bill.id = v.column1",
            pairs(chunk)
        );
        tx.execute(&sql, args![book]).await?;
    }
    Ok(())
}

fn pairs(rows: &[(i64, i64)]) -> String {
    let all: Vec<String> = rows.iter().map(|(a, b)| format!("({a},{b})")).collect();
    all.join(",")
}

/// One incoming payment as stored.
#[derive(Clone, Debug)]
pub struct CollectionRow {
    pub id: i64,
    pub bank_account_id: i64,
    pub amount: i64,
    pub day: i64,
    pub at: i64,
    pub content: String,
    pub content_key: String,
    pub virtual_account: Option<String>,
    pub bank_ref: String,
    pub counter: i64,
    pub counter_sealed: Option<Vec<u8>>,
    pub rule: String,
    pub state: String,
    pub notice_id: Option<i64>,
    pub statement_id: Option<i64>,
    pub line: Option<i64>,
}

const COLLECTION: &str = "select id, bank_account_id, amount, day, at, content, content_key, virtual_account, bank_ref, counter, \
     counter_sealed, rule, state, notice_id, statement_id, line from collection";

fn collection_row(r: &Row) -> Result<CollectionRow, Fault> {
    Ok(CollectionRow {
        id: r.int(0)?,
        bank_account_id: r.int(1)?,
        amount: r.int(2)?,
        day: r.int(3)?,
        at: r.int(4)?,
        content: r.text(5)?,
        content_key: r.text(6)?,
        virtual_account: r.opt_text(7)?,
        bank_ref: r.text(8)?,
        counter: r.int(9)?,
        counter_sealed: r.opt_bytes(10)?,
        rule: r.text(11)?,
        state: r.text(12)?,
        notice_id: r.opt_int(13)?,
        statement_id: r.opt_int(14)?,
        line: r.opt_int(15)?,
    })
}

pub async fn insert_collections(
    tx: &mut Tx,
    book: i64,
    rows: &[CollectionRow],
    at: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    let ints = |f: fn(&CollectionRow) -> i64| Column::Ints(rows.iter().map(f).collect());
    let opts = |f: fn(&CollectionRow) -> Option<i64>| Column::OptInts(rows.iter().map(f).collect());
    let texts = |f: fn(&CollectionRow) -> &String| {
        Column::Texts(rows.iter().map(|r| f(r).clone()).collect())
    };
    tx.insert_rows(
        "collection(book_id, id, bank_account_id, amount, day, at, content, content_key, virtual_account, bank_ref, counter, \
         counter_sealed, rule, state, notice_id, statement_id, line, made_at)",
        &[
            Column::Ints(vec![book; n]),
            ints(|r| r.id),
            ints(|r| r.bank_account_id),
            ints(|r| r.amount),
            ints(|r| r.day),
            ints(|r| r.at),
            texts(|r| &r.content),
            texts(|r| &r.content_key),
            Column::OptTexts(rows.iter().map(|r| r.virtual_account.clone()).collect()),
            texts(|r| &r.bank_ref),
            ints(|r| r.counter),
            Column::OptBlobs(rows.iter().map(|r| r.counter_sealed.clone()).collect()),
            texts(|r| &r.rule),
            texts(|r| &r.state),
            opts(|r| r.notice_id),
            opts(|r| r.statement_id),
            opts(|r| r.line),
            Column::Ints(vec![at; n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

pub async fn find_collection(
    tx: &mut Tx,
    book: i64,
    id: i64,
) -> Result<Option<CollectionRow>, Fault> {
    let sql = format!("{COLLECTION} where book_id = $1 and id = $2");
    tx.find(&sql, args![book, id])
        .await?
        .map(|r| collection_row(&r))
        .transpose()
}

/// Collections of an account, newest last; `state` empty for all.
pub async fn collections(
    tx: &mut Tx,
    book: i64,
    state: &str,
    limit: i64,
) -> Result<Vec<CollectionRow>, Fault> {
    let sql = format!(
        "{COLLECTION} where book_id = $1 and ($2 = '' or state = $2) order by id desc limit $3"
    );
    let rows = tx.all(&sql, args![book, state, limit]).await?;
    rows.iter().rev().map(collection_row).collect()
}

/// Payments of an account that wait for their other half: announced and on no statement
/// yet (`announced`), or on a statement that no notice announced. Those of the given
/// content keys or bank references, oldest first.
pub async fn unpaired(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    announced: bool,
    keys: &[String],
    refs: &[String],
) -> Result<Vec<CollectionRow>, Fault> {
    let only = if announced {
        "state = 'announced'"
    } else {
        "state = 'confirmed' and notice_id is null"
    };
    let mut out: BTreeMap<i64, CollectionRow> = BTreeMap::new();
    // The index of references holds no blank one, and serves only who says so too.
    let sides = [("content_key", keys), ("bank_ref <> '' and bank_ref", refs)];
    for (column, values) in sides {
        for chunk in values.chunks(LIST) {
            let sql = format!(
                "{COLLECTION} where book_id = $1 and bank_account_id = $2 and {only} and {column} in ({}) order by id",
                places(3, chunk.len())
            );
            for row in tx.all(&sql, with(args![book, bank], chunk)).await? {
                let row = collection_row(&row)?;
                out.insert(row.id, row);
            }
        }
    }
    Ok(out.into_values().collect())
}

/// Payments that a notice told of, confirmed or not, with one of these bank references.
pub async fn announced_by_ref(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    refs: &[String],
) -> Result<Vec<CollectionRow>, Fault> {
    let mut out = Vec::new();
    for chunk in refs.chunks(LIST) {
        let sql = format!(
            "{COLLECTION} where book_id = $1 and bank_account_id = $2 and bank_ref <> '' and bank_ref in ({}) \
             and state <> 'undone' and notice_id is not null order by id",
            places(3, chunk.len())
        );
        for row in tx.all(&sql, with(args![book, bank], chunk)).await? {
            out.push(collection_row(&row)?);
        }
    }
    Ok(out)
}

/// A statement's line confirms a payment that was announced.
pub async fn set_confirmed(
    tx: &mut Tx,
    book: i64,
    id: i64,
    statement: i64,
    line: i64,
    counter: i64,
    counter_sealed: Option<Vec<u8>>,
) -> Result<(), Fault> {
    tx.execute(
        "update collection set state = 'confirmed', statement_id = $3, line = $4, \
         counter = case when cast($5 as bigint) = 0 then counter else cast($5 as bigint) end, counter_sealed = coalesce($6, counter_sealed) \
         where book_id = $1 and id = $2",
        args![book, id, statement, line, counter, counter_sealed],
    )
    .await?;
    Ok(())
}

/// A notice came after its line.
pub async fn set_notice(tx: &mut Tx, book: i64, id: i64, notice: i64) -> Result<(), Fault> {
    tx.execute(
        "update collection set notice_id = $3 where book_id = $1 and id = $2",
        args![book, id, notice],
    )
    .await?;
    Ok(())
}

pub async fn set_undone(tx: &mut Tx, book: i64, id: i64, at: i64) -> Result<(), Fault> {
    tx.execute(
        "update collection set state = 'undone', undone_at = $3 where book_id = $1 and id = $2",
        args![book, id, at],
    )
    .await?;
    Ok(())
}

pub async fn set_rule(tx: &mut Tx, book: i64, id: i64, rule: &str) -> Result<(), Fault> {
    tx.execute(
        "update collection set rule = $3 where book_id = $1 and id = $2",
        args![book, id, rule],
    )
    .await?;
    Ok(())
}

/// Announced payments of an account up to a day that no statement has.
pub async fn announced_until(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    day: i64,
) -> Result<Vec<CollectionRow>, Fault> {
    let sql = format!(
        "{COLLECTION} where book_id = $1 and bank_account_id = $2 and state = 'announced' and day <= $3 order by id"
    );
    tx.all(&sql, args![book, bank, day])
        .await?
        .iter()
        .map(collection_row)
        .collect()
}

/// Sum of what was announced for an account and is on no statement.
pub async fn announced_total(tx: &mut Tx, book: i64, bank: i64) -> Result<i64, Fault> {
    tx.one(
        "select cast(coalesce(sum(amount), 0) as bigint) from collection \
         where book_id = $1 and bank_account_id = $2 and state = 'announced'",
        args![book, bank],
    )
    .await?
    .int(0)
}

/// A confirmed payment by the bank's reference and amount, to be taken back.
pub async fn confirmed_by_ref(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    bank_ref: &str,
    amount: i64,
) -> Result<Vec<CollectionRow>, Fault> {
    let sql = format!(
        "{COLLECTION} where book_id = $1 and bank_account_id = $2 and bank_ref = $3 and bank_ref <> '' and amount = $4 \
         and state = 'confirmed' order by id"
    );
    tx.all(&sql, args![book, bank, bank_ref, amount])
        .await?
        .iter()
        .map(collection_row)
        .collect()
}

/// Where a part of a payment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationRow {
    pub id: i64,
    pub collection_id: i64,
    /// `bill`, `credit`, `suspense` or `refund`.
    pub target: &'static str,
    pub bill_id: Option<i64>,
    pub bill_line_id: Option<i64>,
    pub debtor_id: Option<i64>,
    pub amount: i64,
    /// Taken from the debtor's credit that this payment left, not from the payment itself.
    pub from_credit: bool,
    pub undone: bool,
}

const ALLOCATION: &str = "select id, collection_id, target, bill_id, bill_line_id, debtor_id, amount, from_credit, undone_at from allocation";

fn allocation_row(r: &Row) -> Result<AllocationRow, Fault> {
    let target = r.text(2)?;
    Ok(AllocationRow {
        id: r.int(0)?,
        collection_id: r.int(1)?,
        target: ["bill", "credit", "suspense", "refund"]
            .into_iter()
            .find(|t| *t == target)
            .ok_or_else(|| Fault::Corrupt(format!("allocation target {target}")))?,
        bill_id: r.opt_int(3)?,
        bill_line_id: r.opt_int(4)?,
        debtor_id: r.opt_int(5)?,
        amount: r.int(6)?,
        from_credit: r.flag(7)?,
        undone: r.opt_int(8)?.is_some(),
    })
}

pub async fn insert_allocations(
    tx: &mut Tx,
    book: i64,
    rows: &[AllocationRow],
    at: i64,
    by: &str,
) -> Result<(), Fault> {
    let n = rows.len();
    let ints = |f: fn(&AllocationRow) -> i64| Column::Ints(rows.iter().map(f).collect());
    let opts = |f: fn(&AllocationRow) -> Option<i64>| Column::OptInts(rows.iter().map(f).collect());
    tx.insert_rows(
        "allocation(book_id, id, collection_id, target, bill_id, bill_line_id, debtor_id, amount, from_credit, made_at, made_by)",
        &[
            Column::Ints(vec![book; n]),
            ints(|r| r.id),
            ints(|r| r.collection_id),
            Column::Texts(rows.iter().map(|r| r.target.to_owned()).collect()),
            opts(|r| r.bill_id),
            opts(|r| r.bill_line_id),
            opts(|r| r.debtor_id),
            ints(|r| r.amount),
            ints(|r| i64::from(r.from_credit)),
            Column::Ints(vec![at; n]),
            Column::Texts(vec![by.to_owned(); n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// All allocations of a payment, undone ones too, in order.
pub async fn allocations_of(
    tx: &mut Tx,
    book: i64,
    collection: i64,
) -> Result<Vec<AllocationRow>, Fault> {
    let sql = format!("{ALLOCATION} where book_id = $1 and collection_id = $2 order by id");
    tx.all(&sql, args![book, collection])
        .await?
        .iter()
        .map(allocation_row)
        .collect()
}

/// Live allocations on a bill, in order.
pub async fn allocations_on(
    tx: &mut Tx,
    book: i64,
    bill: i64,
) -> Result<Vec<AllocationRow>, Fault> {
    let sql = format!(
        "{ALLOCATION} where book_id = $1 and bill_id = $2 and undone_at is null order by id"
    );
    tx.all(&sql, args![book, bill])
        .await?
        .iter()
        .map(allocation_row)
        .collect()
}

pub async fn undo_allocation(
    tx: &mut Tx,
    book: i64,
    id: i64,
    at: i64,
    why: &str,
) -> Result<(), Fault> {
    tx.execute(
        "update allocation set undone_at = $3, undone_why = $4 where book_id = $1 and id = $2 and undone_at is null",
        args![book, id, at, why],
    )
    .await?;
    Ok(())
}

/// Live pieces of debtors' credit that payments left, oldest first.
pub async fn credit_pieces(
    tx: &mut Tx,
    book: i64,
    debtors: &[i64],
) -> Result<Vec<AllocationRow>, Fault> {
    let mut out = Vec::new();
    for chunk in debtors.chunks(500) {
        let sql = format!(
            "{ALLOCATION} where book_id = $1 and target = 'credit' and undone_at is null and collection_id <> 0 \
             and debtor_id in ({}) order by id",
            number_list(chunk)
        );
        for row in tx.all(&sql, args![book]).await? {
            out.push(allocation_row(&row)?);
        }
    }
    Ok(out)
}

/// Sums of each debtor for reports and tests: (debtor code, billed, paid, in credit).
pub async fn debtor_sums(tx: &mut Tx, book: i64) -> Result<Vec<(String, i64, i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select d.code, cast(coalesce(s.billed, 0) as bigint), cast(coalesce(s.paid, 0) as bigint), v.credits - v.debits \
             from debtor d join balance v on v.book_id = d.book_id and v.account_id = d.credit_id \
             left join (select debtor_id, sum(total) as billed, sum(paid) as paid from bill where book_id = $1 \
             and state in ('issued', 'partly_paid', 'paid') group by debtor_id) s on s.debtor_id = d.id \
             where d.book_id = $1 order by d.code",
            args![book],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.text(0)?, r.int(1)?, r.int(2)?, r.int(3)?)))
        .collect()
}
