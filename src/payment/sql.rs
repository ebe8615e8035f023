//! Statements on `instruction`, `instruction_event`, `bank_account`, `bank_key`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::{Day, Dong};

/// The lines of a batch for a bulk posting, see `ledger::bulk`.
pub const LINES_SELECT: &str = "select id as key, account_id, amount, cause_id from instruction \
     where book_id = $1 and id between $2 and $3 and ended_at is null order by id";

/// An instruction as stored.
#[derive(Clone, Debug)]
pub struct Instruction {
    pub id: i64,
    pub batch_id: i64,
    pub account_id: i64,
    pub address_id: i64,
    pub counter: i64,
    pub amount: Dong,
    pub cause_id: i64,
    pub ended: bool,
}

fn instruction_row(r: &Row) -> Result<Instruction, Fault> {
    Ok(Instruction {
        id: r.int(0)?,
        batch_id: r.int(1)?,
        account_id: r.int(2)?,
        address_id: r.int(3)?,
        counter: r.int(4)?,
        amount: r.dong(5)?,
        cause_id: r.int(6)?,
        ended: r.opt_int(7)?.is_some(),
    })
}

const INSTRUCTION: &str = "select id, batch_id, account_id, address_id, counter, amount, cause_id, ended_at from instruction";

pub async fn find(tx: &mut Tx, book: i64, id: i64) -> Result<Option<Instruction>, Fault> {
    let sql = format!("{INSTRUCTION} where book_id = $1 and id = $2");
    tx.find(&sql, args![book, id])
        .await?
        .map(|r| instruction_row(&r))
        .transpose()
}

pub async fn load(tx: &mut Tx, book: i64, ids: &[i64]) -> Result<Vec<Instruction>, Fault> {
    let mut out = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let sql = format!(
            "{INSTRUCTION} where book_id = $1 and id in ({}) order by id",
            number_list(chunk)
        );
        tx.for_each(&sql, args![book], |r| {
            out.push(instruction_row(&r)?);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

/// Plans the lines of new entitlements `first..=last` (ids of `entitlement`) as
/// instructions from `first_id` on, `per_batch` to a batch, batches from `first_batch` on.
#[allow(clippy::too_many_arguments)]
pub async fn plan_new(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
    first_id: i64,
    first_batch: i64,
    per_batch: i64,
) -> Result<u64, Fault> {
    tx.execute(
        "insert into instruction(book_id, id, batch_id, account_id, address_id, counter, payee, amount, cause_id) \
         select t.book_id, $4 + t.id - $2, $5 + (t.id - $2) / $6, e.account_id, a.id, a.counter, a.payee, t.amount, t.id \
         from entitlement t cross join enrolment e cross join address a \
         where t.book_id = $1 and t.id between $2 and $3 and e.book_id = t.book_id and e.id = t.enrolment_id \
         and a.id = e.address_id order by t.id",
        args![book, first, last, first_id, first_batch, per_batch],
    )
    .await
}

/// A line to plan one by one: a follow-up, or an entitlement that fell due again.
#[derive(Clone, Debug)]
pub struct PlannedLine {
    pub account_id: i64,
    pub address_id: i64,
    pub counter: i64,
    pub payee: i64,
    pub amount: Dong,
    pub cause_id: i64,
}

pub async fn plan(
    tx: &mut Tx,
    book: i64,
    batch: i64,
    first_id: i64,
    lines: &[PlannedLine],
) -> Result<(), Fault> {
    let n = lines.len();
    tx.insert_rows(
        "instruction(book_id, id, batch_id, account_id, address_id, counter, payee, amount, cause_id)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints((first_id..).take(n).collect()),
            Column::Ints(vec![batch; n]),
            Column::Ints(lines.iter().map(|l| l.account_id).collect()),
            Column::Ints(lines.iter().map(|l| l.address_id).collect()),
            Column::Ints(lines.iter().map(|l| l.counter).collect()),
            Column::Ints(lines.iter().map(|l| l.payee).collect()),
            Column::Ints(lines.iter().map(|l| l.amount.get()).collect()),
            Column::Ints(lines.iter().map(|l| l.cause_id).collect()),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// (count, total) of the lines `first..=last`; with `live` only of those not ended.
pub async fn totals(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
    live: bool,
) -> Result<(i64, i64), Fault> {
    let only = if live { "and ended_at is null" } else { "" };
    let sql = format!(
        "select count(*), cast(coalesce(sum(amount), 0) as bigint) from instruction \
         where book_id = $1 and id between $2 and $3 {only}"
    );
    let row = tx.one(&sql, args![book, first, last]).await?;
    Ok((row.int(0)?, row.int(1)?))
}

/// Lines of one text of [`each_frozen`]: a row each would cost more than what is in it.
const PACKED: i64 = 1_000;

/// Streams what the approvers sign of each line, many lines to a text: id, payee account,
/// address, account number and payee as numbers, amount, cause, by `|`, lines by
/// `;`. Bank and holder's name are in the payee's number, so the addresses need not be
/// read; the payment file compares them with it.
pub async fn each_frozen(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
    mut each: impl FnMut(&str),
) -> Result<(), Fault> {
    let mut from = first;
    while from <= last {
        let to = last.min(from + PACKED - 1);
        let row = tx
            .one(
                "select string_agg(id || '|' || account_id || '|' || address_id || '|' || counter || '|' || payee || '|' || \
                 amount || '|' || cause_id, ';' order by id) \
                 from instruction where book_id = $1 and id between $2 and $3",
                args![book, from, to],
            )
            .await?;
        each(&row.opt_text(0)?.unwrap_or_default());
        from = to + 1;
    }
    Ok(())
}

/// A line as the payment file needs it.
pub struct PayLine {
    pub id: i64,
    pub amount: Dong,
    pub counter: i64,
    pub payee: i64,
    pub bin: String,
    pub sealed: Vec<u8>,
    pub holder_name: String,
}

/// The lines `from..=to` that were sent, with their addresses, in order: all but those
/// withdrawn before, also the ones that ended since, so that a file comes out again.
pub async fn pay_lines(tx: &mut Tx, book: i64, from: i64, to: i64) -> Result<Vec<PayLine>, Fault> {
    let mut out = Vec::new();
    tx.for_each(
        "select i.id || '|' || i.amount || '|' || i.counter || '|' || i.payee || '|' || a.bin || '|' || a.holder_name, a.sealed from instruction i cross join address a \
         where i.book_id = $1 and i.id between $2 and $3 and a.id = i.address_id \
         and (i.ended_at is null or not exists (select 1 from instruction_event v where v.book_id = i.book_id \
              and v.instruction_id = i.id and v.state = 'withdrawn')) order by i.id",
        args![book, from, to],
        |r| {
            out.push(pay_line(&r.text(0)?, r.bytes(1)?)?);
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

/// A line as [`pay_lines`] packs it; the holder's name comes last and may contain anything.
fn pay_line(text: &str, sealed: Vec<u8>) -> Result<PayLine, Fault> {
    let corrupt = || Fault::Corrupt("a packed line of a payment file".into());
    let mut parts = text.splitn(6, '|');
    let mut number = || -> Result<i64, Fault> {
        let part = parts.next().ok_or_else(corrupt)?;
        part.parse().map_err(|_| corrupt())
    };
    Ok(PayLine {
        id: number()?,
        amount: Dong::new(number()?).map_err(|e| Fault::Corrupt(e.to_string()))?,
        counter: number()?,
        payee: number()?,
        bin: parts.next().ok_or_else(corrupt)?.to_owned(),
        sealed,
        holder_name: parts.next().ok_or_else(corrupt)?.to_owned(),
    })
}

/// Live lines `first..=last` whose address must not be paid to, and why.
pub async fn blocked_addresses(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
) -> Result<Vec<(i64, String)>, Fault> {
    let rows = tx
        .all(
            "select i.id, 'address_' || a.state || ':' || a.reason from instruction i cross join address a \
             where i.book_id = $1 and i.id between $2 and $3 and i.ended_at is null and a.id = i.address_id \
             and a.state <> 'active' order by i.id",
            args![book, first, last],
        )
        .await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.text(1)?))).collect()
}

/// Ends an instruction (rejected, returned whole, withdrawn): its entitlement may get another.
pub async fn end(tx: &mut Tx, book: i64, id: i64, at: i64) -> Result<(), Fault> {
    tx.execute(
        "update instruction set ended_at = $3 where book_id = $1 and id = $2 and ended_at is null",
        args![book, id, at],
    )
    .await?;
    Ok(())
}

/// Ends the live instructions `first..=last` of a batch that is given up.
pub async fn end_all(tx: &mut Tx, book: i64, first: i64, last: i64, at: i64) -> Result<u64, Fault> {
    tx.execute(
        "update instruction set ended_at = $4 where book_id = $1 and id between $2 and $3 and ended_at is null",
        args![book, first, last, at],
    )
    .await
}

/// Something that happened to one instruction and not to its whole batch.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub instruction_id: i64,
    pub state: &'static str,
    pub amount: Dong,
    pub reason: String,
    pub statement_id: Option<i64>,
    pub line: Option<i64>,
}

pub async fn insert_event(
    tx: &mut Tx,
    book: i64,
    e: &EventRow,
    actor: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into instruction_event(book_id, instruction_id, no, state, amount, reason, statement_id, line, actor, at) \
         select $1, $2, coalesce(max(no), 0) + 1, $3, $4, $5, $6, $7, $8, $9 from instruction_event \
         where book_id = $1 and instruction_id = $2",
        args![book, e.instruction_id, e.state, e.amount, &e.reason, e.statement_id, e.line, actor, at],
    )
    .await?;
    Ok(())
}

/// The newest event's state of an instruction.
pub async fn last_event(tx: &mut Tx, book: i64, id: i64) -> Result<Option<String>, Fault> {
    let row = tx
        .find(
            "select state from instruction_event where book_id = $1 and instruction_id = $2 order by no desc limit 1",
            args![book, id],
        )
        .await?;
    row.map(|r| r.text(0)).transpose()
}

/// Sum of what came back of an instruction.
pub async fn returned_amount(tx: &mut Tx, book: i64, id: i64) -> Result<i64, Fault> {
    tx.one(
        "select cast(coalesce(sum(amount), 0) as bigint) from instruction_event \
         where book_id = $1 and instruction_id = $2 and state = 'returned'",
        args![book, id],
    )
    .await?
    .int(0)
}

/// One of our accounts at a bank.
#[derive(Clone, Debug)]
pub struct BankAccountRow {
    pub book_id: i64,
    pub id: i64,
    pub code: String,
    pub bin: String,
    pub bank_name: String,
    pub holder_name: String,
    pub sealed: Vec<u8>,
    pub unsigned_allowed: bool,
    pub nostro_id: i64,
    pub clearing_in_id: i64,
    pub clearing_out_id: i64,
    pub suspense_id: i64,
    pub opening: i64,
    pub opened_on: Day,
    /// `KeyRing::fingerprint` of BIN and account number.
    pub counter: i64,
}

const BANK_ACCOUNT: &str = "select book_id, id, code, bin, bank_name, holder_name, sealed, unsigned_allowed, nostro_id, \
     clearing_in_id, clearing_out_id, suspense_id, opening, opened_on, counter from bank_account";

fn bank_account_row(r: &Row) -> Result<BankAccountRow, Fault> {
    Ok(BankAccountRow {
        book_id: r.int(0)?,
        id: r.int(1)?,
        code: r.text(2)?,
        bin: r.text(3)?,
        bank_name: r.text(4)?,
        holder_name: r.text(5)?,
        sealed: r.bytes(6)?,
        unsigned_allowed: r.flag(7)?,
        nostro_id: r.int(8)?,
        clearing_in_id: r.int(9)?,
        clearing_out_id: r.int(10)?,
        suspense_id: r.int(11)?,
        opening: r.int(12)?,
        opened_on: r.day(13)?,
        counter: r.int(14)?,
    })
}

pub async fn find_bank_account(tx: &mut Tx, code: &str) -> Result<Option<BankAccountRow>, Fault> {
    let sql = format!("{BANK_ACCOUNT} where code = $1");
    tx.find(&sql, args![code])
        .await?
        .map(|r| bank_account_row(&r))
        .transpose()
}

pub async fn bank_account_by_id(tx: &mut Tx, book: i64, id: i64) -> Result<BankAccountRow, Fault> {
    let sql = format!("{BANK_ACCOUNT} where book_id = $1 and id = $2");
    bank_account_row(&tx.one(&sql, args![book, id]).await?)
}

pub async fn bank_account_by_counter(
    tx: &mut Tx,
    counter: i64,
) -> Result<Option<BankAccountRow>, Fault> {
    let sql = format!("{BANK_ACCOUNT} where counter = $1");
    tx.find(&sql, args![counter])
        .await?
        .map(|r| bank_account_row(&r))
        .transpose()
}

pub async fn bank_accounts(tx: &mut Tx, book: i64) -> Result<Vec<BankAccountRow>, Fault> {
    let sql = format!("{BANK_ACCOUNT} where book_id = $1 order by id");
    tx.all(&sql, args![book])
        .await?
        .iter()
        .map(bank_account_row)
        .collect()
}

pub async fn insert_bank_account(tx: &mut Tx, a: &BankAccountRow) -> Result<(), Fault> {
    tx.execute(
        "insert into bank_account(book_id, id, code, bin, bank_name, holder_name, sealed, counter, unsigned_allowed, \
         nostro_id, clearing_in_id, clearing_out_id, suspense_id, opening, opened_on) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        args![
            a.book_id, a.id, &a.code, &a.bin, &a.bank_name, &a.holder_name, a.sealed.clone(), a.counter, a.unsigned_allowed,
            a.nostro_id, a.clearing_in_id, a.clearing_out_id, a.suspense_id, a.opening, a.opened_on
        ],
    )
    .await?;
    Ok(())
}

pub async fn put_bank_key(
    tx: &mut Tx,
    book: i64,
    account: i64,
    key_id: &str,
    sealed: Vec<u8>,
) -> Result<(), Fault> {
    tx.execute(
        "insert into bank_key(book_id, bank_account_id, key_id, sealed) values ($1, $2, $3, $4) \
         on conflict (book_id, bank_account_id, key_id) do update set sealed = excluded.sealed",
        args![book, account, key_id, sealed],
    )
    .await?;
    Ok(())
}

/// Every key of every bank account: (book, account, key id, sealed key).
pub async fn bank_keys(tx: &mut Tx) -> Result<Vec<(i64, i64, String, Vec<u8>)>, Fault> {
    let rows = tx
        .all("select book_id, bank_account_id, key_id, sealed from bank_key order by book_id, bank_account_id, key_id", args![])
        .await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?, r.text(2)?, r.bytes(3)?)))
        .collect()
}
