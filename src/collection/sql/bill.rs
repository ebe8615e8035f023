//! Statements on `bill_run`, `bill`, `bill_line`, `bill_event`, `bill_series` and
//! `receivable`.

use crate::args;
use crate::collection::bill_state::BillState;
use crate::collection::price::FeeKind;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::Day;
use std::collections::{HashMap, HashSet};

/// One preparation of bills.
#[derive(Clone, Debug)]
pub struct RunRow {
    pub id: i64,
    pub year_id: i64,
    pub period: i64,
    pub class_id: Option<i64>,
    pub report: String,
    pub bills: i64,
    pub total: i64,
    pub made_by: String,
    pub issued_by: Option<String>,
}

pub async fn insert_run(tx: &mut Tx, book: i64, r: &RunRow, at: i64) -> Result<(), Fault> {
    tx.execute(
        "insert into bill_run(book_id, id, year_id, period, class_id, report, bills, total, made_by, made_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![book, r.id, r.year_id, r.period, r.class_id, &r.report, r.bills, r.total, &r.made_by, at],
    )
    .await?;
    Ok(())
}

pub async fn find_run(tx: &mut Tx, book: i64, id: i64) -> Result<Option<RunRow>, Fault> {
    let row = tx
        .find(
            "select id, year_id, period, class_id, report, bills, total, made_by, issued_by from bill_run \
             where book_id = $1 and id = $2",
            args![book, id],
        )
        .await?;
    row.map(|r| {
        Ok(RunRow {
            id: r.int(0)?,
            year_id: r.int(1)?,
            period: r.int(2)?,
            class_id: r.opt_int(3)?,
            report: r.text(4)?,
            bills: r.int(5)?,
            total: r.int(6)?,
            made_by: r.text(7)?,
            issued_by: r.opt_text(8)?,
        })
    })
    .transpose()
}

pub async fn note_issued(tx: &mut Tx, book: i64, run: i64, by: &str, at: i64) -> Result<(), Fault> {
    tx.execute(
        "update bill_run set issued_by = $3, issued_at = $4 where book_id = $1 and id = $2",
        args![book, run, by, at],
    )
    .await?;
    Ok(())
}

/// A bill.
#[derive(Clone, Debug)]
pub struct BillRow {
    pub id: i64,
    pub run_id: i64,
    /// `bill`, `surcharge` or `invitation`.
    pub kind: String,
    pub number: String,
    pub debtor_id: i64,
    pub class_id: Option<i64>,
    pub period: i64,
    pub part: i64,
    pub parts: i64,
    pub state: BillState,
    pub pay_code: String,
    pub bank_account_id: i64,
    pub total: i64,
    pub paid: i64,
    pub due_on: Day,
    pub of_bill_id: Option<i64>,
    pub replaces_id: Option<i64>,
    pub snapshot: String,
    pub issued_at: Option<i64>,
}

impl BillRow {
    /// What people call the bill: its number, or the payment code of a draft.
    pub fn name(&self) -> &str {
        if self.number.is_empty() {
            &self.pay_code
        } else {
            &self.number
        }
    }
}

const BILL: &str = "select id, run_id, kind, number, debtor_id, class_id, period, part, parts, state, pay_code, \
                    bank_account_id, total, paid, due_on, of_bill_id, replaces_id, snapshot, issued_at from bill";

fn bill_row(r: &Row) -> Result<BillRow, Fault> {
    let state = r.text(9)?;
    Ok(BillRow {
        id: r.int(0)?,
        run_id: r.int(1)?,
        kind: r.text(2)?,
        number: r.text(3)?,
        debtor_id: r.int(4)?,
        class_id: r.opt_int(5)?,
        period: r.int(6)?,
        part: r.int(7)?,
        parts: r.int(8)?,
        state: BillState::parse(&state)
            .ok_or_else(|| Fault::Corrupt(format!("bill state {state}")))?,
        pay_code: r.text(10)?,
        bank_account_id: r.int(11)?,
        total: r.int(12)?,
        paid: r.int(13)?,
        due_on: r.day(14)?,
        of_bill_id: r.opt_int(15)?,
        replaces_id: r.opt_int(16)?,
        snapshot: r.text(17)?,
        issued_at: r.opt_int(18)?,
    })
}

pub async fn insert_bills(tx: &mut Tx, book: i64, rows: &[BillRow]) -> Result<(), Fault> {
    let n = rows.len();
    let ints = |f: &dyn Fn(&BillRow) -> i64| Column::Ints(rows.iter().map(f).collect());
    let opts = |f: &dyn Fn(&BillRow) -> Option<i64>| Column::OptInts(rows.iter().map(f).collect());
    let texts = |f: &dyn Fn(&BillRow) -> String| Column::Texts(rows.iter().map(f).collect());
    tx.insert_rows(
        "bill(book_id, id, run_id, kind, number, debtor_id, class_id, period, part, parts, state, pay_code, \
         bank_account_id, total, paid, due_on, of_bill_id, replaces_id, snapshot)",
        &[
            Column::Ints(vec![book; n]),
            ints(&|b| b.id),
            ints(&|b| b.run_id),
            texts(&|b| b.kind.clone()),
            texts(&|b| b.number.clone()),
            ints(&|b| b.debtor_id),
            opts(&|b| b.class_id),
            ints(&|b| b.period),
            ints(&|b| b.part),
            ints(&|b| b.parts),
            texts(&|b| b.state.name().to_owned()),
            texts(&|b| b.pay_code.clone()),
            ints(&|b| b.bank_account_id),
            ints(&|b| b.total),
            ints(&|b| b.paid),
            ints(&|b| b.due_on.number()),
            opts(&|b| b.of_bill_id),
            opts(&|b| b.replaces_id),
            texts(&|b| b.snapshot.clone()),
        ],
        "",
    )
    .await?;
    Ok(())
}

pub async fn find_bill(tx: &mut Tx, book: i64, id: i64) -> Result<Option<BillRow>, Fault> {
    let sql = format!("{BILL} where book_id = $1 and id = $2");
    tx.find(&sql, args![book, id])
        .await?
        .map(|r| bill_row(&r))
        .transpose()
}

/// A bill by its number or payment code.
pub async fn find_named(tx: &mut Tx, book: i64, word: &str) -> Result<Option<BillRow>, Fault> {
    let sql = format!("{BILL} where book_id = $1 and (number = $2 or pay_code = $2)");
    tx.find(&sql, args![book, word])
        .await?
        .map(|r| bill_row(&r))
        .transpose()
}

pub async fn bills_of_run(tx: &mut Tx, book: i64, run: i64) -> Result<Vec<BillRow>, Fault> {
    let sql = format!("{BILL} where book_id = $1 and run_id = $2 order by id");
    tx.all(&sql, args![book, run])
        .await?
        .iter()
        .map(bill_row)
        .collect()
}

pub async fn bills_of_debtor(tx: &mut Tx, book: i64, debtor: i64) -> Result<Vec<BillRow>, Fault> {
    let sql = format!("{BILL} where book_id = $1 and debtor_id = $2 order by id");
    tx.all(&sql, args![book, debtor])
        .await?
        .iter()
        .map(bill_row)
        .collect()
}

/// Bills that are owed and fell due before a day, without a live surcharge.
pub async fn late_bills(tx: &mut Tx, book: i64, before: Day) -> Result<Vec<BillRow>, Fault> {
    let sql = format!(
        "{BILL} b where book_id = $1 and kind = 'bill' and state in ('issued', 'partly_paid') and due_on < $2 \
         and not exists (select 1 from bill s where s.book_id = b.book_id and s.of_bill_id = b.id \
         and s.kind = 'surcharge' and s.state <> 'cancelled') order by id"
    );
    tx.all(&sql, args![book, before])
        .await?
        .iter()
        .map(bill_row)
        .collect()
}

/// One line of a bill.
#[derive(Clone, Debug)]
pub struct LineRow {
    pub id: i64,
    pub bill_id: i64,
    pub no: i64,
    pub debtor_id: i64,
    pub fee_id: i64,
    pub kind: FeeKind,
    pub name: String,
    pub quantity: i64,
    pub price: i64,
    pub gross: i64,
    pub reduction: i64,
    pub amount: i64,
    pub paid: i64,
    pub receivable_id: Option<i64>,
    pub against_id: i64,
    pub onward_id: Option<i64>,
    pub price_id: i64,
    pub why: String,
    pub charge_key: Option<String>,
}

const LINE: &str = "select id, bill_id, no, debtor_id, fee_id, kind, name, quantity, price, gross, reduction, amount, paid, \
                    receivable_id, against_id, onward_id, price_id, why, charge_key from bill_line";

fn line_row(r: &Row) -> Result<LineRow, Fault> {
    let kind = r.text(5)?;
    Ok(LineRow {
        id: r.int(0)?,
        bill_id: r.int(1)?,
        no: r.int(2)?,
        debtor_id: r.int(3)?,
        fee_id: r.int(4)?,
        kind: FeeKind::parse(&kind).ok_or_else(|| Fault::Corrupt(format!("fee kind {kind}")))?,
        name: r.text(6)?,
        quantity: r.int(7)?,
        price: r.int(8)?,
        gross: r.int(9)?,
        reduction: r.int(10)?,
        amount: r.int(11)?,
        paid: r.int(12)?,
        receivable_id: r.opt_int(13)?,
        against_id: r.int(14)?,
        onward_id: r.opt_int(15)?,
        price_id: r.int(16)?,
        why: r.text(17)?,
        charge_key: r.opt_text(18)?,
    })
}

pub async fn insert_lines(tx: &mut Tx, book: i64, rows: &[LineRow]) -> Result<(), Fault> {
    let n = rows.len();
    let ints = |f: &dyn Fn(&LineRow) -> i64| Column::Ints(rows.iter().map(f).collect());
    let opts = |f: &dyn Fn(&LineRow) -> Option<i64>| Column::OptInts(rows.iter().map(f).collect());
    let texts = |f: &dyn Fn(&LineRow) -> String| Column::Texts(rows.iter().map(f).collect());
    tx.insert_rows(
        "bill_line(book_id, id, bill_id, no, debtor_id, fee_id, kind, name, quantity, price, gross, reduction, amount, paid, \
         receivable_id, against_id, onward_id, price_id, why, charge_key)",
        &[
            Column::Ints(vec![book; n]),
            ints(&|l| l.id),
            ints(&|l| l.bill_id),
            ints(&|l| l.no),
            ints(&|l| l.debtor_id),
            ints(&|l| l.fee_id),
            texts(&|l| l.kind.name().to_owned()),
            texts(&|l| l.name.clone()),
            ints(&|l| l.quantity),
            ints(&|l| l.price),
            ints(&|l| l.gross),
            ints(&|l| l.reduction),
            ints(&|l| l.amount),
            ints(&|l| l.paid),
            opts(&|l| l.receivable_id),
            ints(&|l| l.against_id),
            opts(&|l| l.onward_id),
            ints(&|l| l.price_id),
            texts(&|l| l.why.clone()),
            Column::OptTexts(rows.iter().map(|l| l.charge_key.clone()).collect()),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// The lines of bills, by bill, in their order on it.
pub async fn lines_of(
    tx: &mut Tx,
    book: i64,
    bills: &[i64],
) -> Result<HashMap<i64, Vec<LineRow>>, Fault> {
    let mut out: HashMap<i64, Vec<LineRow>> = HashMap::with_capacity(bills.len());
    for chunk in bills.chunks(500) {
        let sql = format!(
            "{LINE} where book_id = $1 and bill_id in ({}) order by bill_id, no",
            number_list(chunk)
        );
        tx.for_each(&sql, args![book], |r| {
            let line = line_row(&r)?;
            out.entry(line.bill_id).or_default().push(line);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

/// Those of `keys` under which something was charged. Keys are made of our own digits and
/// letters (`price_run.rs`), so they stand in the statement as they are.
pub async fn charged(tx: &mut Tx, book: i64, keys: &[&str]) -> Result<HashSet<String>, Fault> {
    let mut out = HashSet::new();
    for chunk in keys.chunks(500) {
        let list: Vec<String> = chunk.iter().map(|k| format!("'{k}'")).collect();
        let sql = format!(
            "select charge_key from bill_line where book_id = $1 and charge_key in ({})",
            list.join(",")
        );
        tx.for_each(&sql, args![book], |r| {
            out.insert(r.text(0)?);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

/// Debtors and kinds of a run's lines that have no receivable account yet.
pub async fn receivables_missing(
    tx: &mut Tx,
    book: i64,
    run: i64,
) -> Result<Vec<(i64, String)>, Fault> {
    let mut out = Vec::new();
    tx.for_each(
        "select distinct l.debtor_id, l.kind from bill b join bill_line l on l.book_id = b.book_id and l.bill_id = b.id \
         where b.book_id = $1 and b.run_id = $2 and b.state = 'draft' and b.kind <> 'invitation' and l.amount > 0 \
         and not exists (select 1 from receivable r where r.book_id = l.book_id and r.debtor_id = l.debtor_id and r.kind = l.kind) \
         order by l.debtor_id, l.kind",
        args![book, run],
        |r| {
            out.push((r.int(0)?, r.text(1)?));
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

/// Accounts in the order of (debtor, kind), dense from `first`.
pub async fn insert_receivables(
    tx: &mut Tx,
    book: i64,
    rows: &[(i64, String)],
    first: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    tx.insert_rows(
        "receivable(book_id, debtor_id, kind, account_id)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|r| r.0).collect()),
            Column::Texts(rows.iter().map(|r| r.1.clone()).collect()),
            Column::Ints((first..).take(n).collect()),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// Gives the lines of a run that will be owed their receivable account.
pub async fn set_receivables(tx: &mut Tx, book: i64, run: i64) -> Result<u64, Fault> {
    tx.execute(
        "update bill_line set receivable_id = (select r.account_id from receivable r where r.book_id = bill_line.book_id \
         and r.debtor_id = bill_line.debtor_id and r.kind = bill_line.kind) \
         where book_id = $1 and amount > 0 and bill_id in \
         (select id from bill where book_id = $1 and run_id = $2 and state = 'draft' and kind <> 'invitation')",
        args![book, run],
    )
    .await
}

/// Lines of a run against one account, as the ledger posts them: see `ledger::bulk`.
pub const LINES_SELECT: &str = "select l.id as key, l.receivable_id as account_id, l.amount, l.bill_id as cause_id \
     from bill_line l cross join bill b \
     where b.book_id = l.book_id and b.id = l.bill_id and l.book_id = $1 and l.id between $2 and $3 and l.against_id = $4 and l.amount > 0 \
     and b.run_id = $5 and b.state = 'draft' and b.kind <> 'invitation' order by l.id";

/// What a run posts, by account: (against, first line, last line, lines, total).
pub async fn to_post(
    tx: &mut Tx,
    book: i64,
    run: i64,
) -> Result<Vec<(i64, i64, i64, i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select l.against_id, min(l.id), max(l.id), count(*), cast(sum(l.amount) as bigint) from bill b \
             join bill_line l on l.book_id = b.book_id and l.bill_id = b.id \
             where b.book_id = $1 and b.run_id = $2 and b.state = 'draft' and b.kind <> 'invitation' and l.amount > 0 \
             group by l.against_id order by min(l.id)",
            args![book, run],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?, r.int(2)?, r.int(3)?, r.int(4)?)))
        .collect()
}

/// The last number of the bills of a year.
pub async fn last_number(tx: &mut Tx, book: i64, year: i64) -> Result<i64, Fault> {
    let row = tx
        .find(
            "select last_number from bill_series where book_id = $1 and year = $2",
            args![book, year],
        )
        .await?;
    row.map_or(Ok(0), |r| r.int(0))
}

pub async fn put_last_number(tx: &mut Tx, book: i64, year: i64, last: i64) -> Result<(), Fault> {
    tx.execute(
        "insert into bill_series(book_id, year, last_number) values ($1, $2, $3) \
         on conflict (book_id, year) do update set last_number = excluded.last_number",
        args![book, year, last],
    )
    .await?;
    Ok(())
}

/// Numbers the drafts of a run in the order of their ids, after `last`, and issues them; a
/// bill of 0 is paid at once. How many.
pub async fn issue_run(
    tx: &mut Tx,
    book: i64,
    run: i64,
    year: i64,
    last: i64,
    at: i64,
) -> Result<u64, Fault> {
    tx.execute(
        "update bill set number = $3 || substr(cast(n.k + $4 as text), 2), issued_at = $5, \
         state = case when total = 0 and kind <> 'invitation' then 'paid' else 'issued' end \
         from (select id, row_number() over (order by id) as k from bill \
               where book_id = $1 and run_id = $2 and state = 'draft') n \
         where bill.book_id = $1 and bill.id = n.id",
        args![book, run, format!("{year}/"), 10_000_000 + last, at],
    )
    .await
}

/// Drafts of a run: how many, and what they come to.
pub async fn drafts_of(tx: &mut Tx, book: i64, run: i64) -> Result<(i64, i64), Fault> {
    let row = tx
        .one(
            "select count(*), cast(coalesce(sum(case when kind = 'invitation' then 0 else total end), 0) as bigint) \
             from bill where book_id = $1 and run_id = $2 and state = 'draft'",
            args![book, run],
        )
        .await?;
    Ok((row.int(0)?, row.int(1)?))
}

/// Moves a bill to a state; why it was closed, where it was.
pub async fn set_state(
    tx: &mut Tx,
    book: i64,
    id: i64,
    state: BillState,
    closed: Option<(i64, &str)>,
) -> Result<(), Fault> {
    tx.execute(
        "update bill set state = $3, closed_at = $4, closed_why = $5 where book_id = $1 and id = $2",
        args![book, id, state.name(), closed.map(|c| c.0), closed.map(|c| c.1)],
    )
    .await?;
    Ok(())
}

/// Frees the charge keys of a bill: what it charged may be charged again.
pub async fn free_keys(tx: &mut Tx, book: i64, bill: i64) -> Result<(), Fault> {
    tx.execute(
        "update bill_line set charge_key = null where book_id = $1 and bill_id = $2",
        args![book, bill],
    )
    .await?;
    Ok(())
}

pub async fn set_replaces(tx: &mut Tx, book: i64, run: i64, old: i64) -> Result<(), Fault> {
    tx.execute(
        "update bill set replaces_id = $3 where book_id = $1 and run_id = $2",
        args![book, run, old],
    )
    .await?;
    Ok(())
}

/// Something that happened to one bill.
#[derive(Clone, Debug)]
pub struct BillEvent {
    pub event: String,
    pub amount: i64,
    pub actor: String,
    pub at: i64,
    pub why: String,
}

pub async fn insert_event(
    tx: &mut Tx,
    book: i64,
    bill: i64,
    e: &BillEvent,
    cause: Option<i64>,
) -> Result<(), Fault> {
    tx.execute(
        "insert into bill_event(book_id, bill_id, no, event, amount, actor, at, why, cause_id) \
         select $1, $2, coalesce(max(no), 0) + 1, $3, $4, $5, $6, $7, cast($8 as bigint) from bill_event \
         where book_id = $1 and bill_id = $2",
        args![book, bill, &e.event, e.amount, &e.actor, e.at, &e.why, cause],
    )
    .await?;
    Ok(())
}

pub async fn events_of(tx: &mut Tx, book: i64, bill: i64) -> Result<Vec<BillEvent>, Fault> {
    let rows = tx
        .all(
            "select event, amount, actor, at, why from bill_event where book_id = $1 and bill_id = $2 order by no",
            args![book, bill],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(BillEvent {
                event: r.text(0)?,
                amount: r.int(1)?,
                actor: r.text(2)?,
                at: r.int(3)?,
                why: r.text(4)?,
            })
        })
        .collect()
}

/// A row of `bill list`.
#[derive(Clone, Debug)]
pub struct ListedBill {
    pub bill: BillRow,
    pub debtor_code: String,
    pub full_name: String,
    pub class_code: String,
}

/// What to list; `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct BillFilter {
    pub run: Option<i64>,
    pub period: Option<i64>,
    pub class: Option<i64>,
    pub debtor: Option<i64>,
    pub state: Option<BillState>,
}

pub async fn list(
    tx: &mut Tx,
    book: i64,
    f: &BillFilter,
    limit: i64,
) -> Result<Vec<ListedBill>, Fault> {
    let mut narrow = String::new();
    for (column, value) in [
        ("run_id", f.run),
        ("period", f.period),
        ("class_id", f.class),
        ("debtor_id", f.debtor),
    ] {
        if let Some(value) = value {
            narrow.push_str(&format!(" and b.{column} = {value}"));
        }
    }
    if let Some(state) = f.state {
        narrow.push_str(&format!(" and b.state = '{}'", state.name()));
    }
    let columns: Vec<String> = BILL
        .trim_start_matches("select ")
        .trim_end_matches(" from bill")
        .split(", ")
        .map(|c| format!("b.{}", c.trim()))
        .collect();
    let sql = format!(
        "select {}, d.code, d.full_name, coalesce(c.code, '') from bill b \
         join debtor d on d.book_id = b.book_id and d.id = b.debtor_id \
         left join class c on c.book_id = b.book_id and c.id = b.class_id \
         where b.book_id = $1{narrow} order by b.id limit {limit}",
        columns.join(", ")
    );
    let mut out = Vec::new();
    tx.for_each(&sql, args![book], |r| {
        out.push(ListedBill {
            bill: bill_row(&r)?,
            debtor_code: r.text(19)?,
            full_name: r.text(20)?,
            class_code: r.text(21)?,
        });
        Ok(())
    })
    .await?;
    Ok(out)
}
