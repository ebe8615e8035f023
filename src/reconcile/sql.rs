//! Statements on `statement`, `statement_line`, `line_match`, `break`, `bank_day`, `budget`
//! and `quarantine`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::{Day, Dong};
use std::collections::HashSet;

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

/// The statements of a day, in order.
pub async fn statements_of_day(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    day: Day,
) -> Result<Vec<StatementRow>, Fault> {
    let sql = format!(
        "{STATEMENT} where book_id = $1 and bank_account_id = $2 and day = $3 order by number"
    );
    tx.all(&sql, args![book, bank, day])
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

pub async fn set_statement_state(
    tx: &mut Tx,
    book: i64,
    id: i64,
    state: &str,
) -> Result<(), Fault> {
    tx.execute(
        "update statement set state = $3 where book_id = $1 and id = $2",
        args![book, id, state],
    )
    .await?;
    Ok(())
}

/// Lines to write, a column each.
#[derive(Default)]
pub struct LineColumns {
    pub line: Vec<i64>,
    pub entry_ref: Vec<String>,
    pub booking_on: Vec<i64>,
    pub value_on: Vec<i64>,
    pub direction: Vec<String>,
    pub amount: Vec<i64>,
    pub reference: Vec<String>,
    pub reason: Vec<String>,
    pub counter: Vec<i64>,
    pub counter_sealed: Vec<Option<Vec<u8>>>,
    pub note: Vec<String>,
    pub outcome: Vec<String>,
    pub instruction_id: Vec<Option<i64>>,
}

pub async fn insert_lines(
    tx: &mut Tx,
    book: i64,
    statement: i64,
    c: LineColumns,
) -> Result<(), Fault> {
    let n = c.line.len();
    tx.insert_rows(
        "statement_line(book_id, statement_id, line, entry_ref, booking_on, value_on, direction, amount, reference, reason, \
         counter, counter_sealed, note, outcome, instruction_id)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(vec![statement; n]),
            Column::Ints(c.line),
            Column::Texts(c.entry_ref),
            Column::Ints(c.booking_on),
            Column::Ints(c.value_on),
            Column::Texts(c.direction),
            Column::Ints(c.amount),
            Column::Texts(c.reference),
            Column::Texts(c.reason),
            Column::Ints(c.counter),
            Column::OptBlobs(c.counter_sealed),
            Column::Texts(c.note),
            Column::Texts(c.outcome),
            Column::OptInts(c.instruction_id),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// Writes a match row for every line of the statement that matched whole.
pub async fn insert_matches(tx: &mut Tx, book: i64, statement: i64) -> Result<u64, Fault> {
    tx.execute(
        "insert into line_match(book_id, instruction_id, statement_id, line, amount) \
         select book_id, instruction_id, statement_id, line, amount from statement_line \
         where book_id = $1 and statement_id = $2 and outcome = 'matched' and instruction_id is not null order by line",
        args![book, statement],
    )
    .await
}

pub async fn insert_match(
    tx: &mut Tx,
    book: i64,
    instruction: i64,
    statement: i64,
    line: i64,
    amount: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into line_match(book_id, instruction_id, statement_id, line, amount) values ($1, $2, $3, $4, $5)",
        args![book, instruction, statement, line, amount],
    )
    .await?;
    Ok(())
}

/// What a match settled of an instruction so far, if anything.
pub async fn matched_amount(
    tx: &mut Tx,
    book: i64,
    instruction: i64,
) -> Result<Option<i64>, Fault> {
    let row = tx
        .find(
            "select amount from line_match where book_id = $1 and instruction_id = $2 and undone_at is null",
            args![book, instruction],
        )
        .await?;
    row.map(|r| r.int(0)).transpose()
}

pub async fn add_to_match(
    tx: &mut Tx,
    book: i64,
    instruction: i64,
    amount: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update line_match set amount = amount + $3 where book_id = $1 and instruction_id = $2 and undone_at is null",
        args![book, instruction, amount],
    )
    .await?;
    Ok(())
}

/// A line that did not match whole.
#[derive(Clone, Debug)]
pub struct OpenLine {
    pub line: i64,
    pub booking_on: Day,
    pub debit: bool,
    pub amount: Dong,
    pub reference: String,
    pub reason: String,
    pub outcome: String,
    pub instruction_id: Option<i64>,
    /// Fingerprint of the other side; 0 where the bank names none.
    pub counter: i64,
}

/// The lines of one direction that wait to be explained, after `line`.
pub async fn open_lines(
    tx: &mut Tx,
    book: i64,
    statement: i64,
    direction: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<OpenLine>, Fault> {
    let rows = tx
        .all(
            "select line, booking_on, direction, amount, reference, reason, outcome, instruction_id, counter from statement_line \
             where book_id = $1 and statement_id = $2 and direction = $3 and line > $4 \
             and outcome not in ('matched', 'duplicate_line') order by line limit $5",
            args![book, statement, direction, after, limit],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(OpenLine {
                line: r.int(0)?,
                booking_on: r.day(1)?,
                debit: r.text(2)? == "D",
                amount: r.dong(3)?,
                reference: r.text(4)?,
                reason: r.text(5)?,
                outcome: r.text(6)?,
                instruction_id: r.opt_int(7)?,
                counter: r.int(8)?,
            })
        })
        .collect()
}

pub async fn set_outcome(
    tx: &mut Tx,
    book: i64,
    statement: i64,
    line: i64,
    outcome: &str,
    instruction: Option<i64>,
) -> Result<(), Fault> {
    tx.execute(
        "update statement_line set outcome = $4, instruction_id = $5 where book_id = $1 and statement_id = $2 and line = $3",
        args![book, statement, line, outcome, instruction],
    )
    .await?;
    Ok(())
}

/// Streams (amount, fingerprint, id) of the lines of a batch that are still open.
pub async fn each_open_instruction(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
    none_matched: bool,
    mut each: impl FnMut(i64, Dong, i64) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let unmatched = if none_matched {
        ""
    } else {
        "and not exists (select 1 from line_match m where m.book_id = i.book_id and m.instruction_id = i.id \
         and m.undone_at is null)"
    };
    let sql = format!(
        "select i.id, i.amount, i.counter from instruction i where i.book_id = $1 and i.id between $2 and $3 \
         and i.ended_at is null {unmatched} order by i.id"
    );
    tx.for_each(&sql, args![book, first, last], |r| {
        each(r.int(0)?, r.dong(1)?, r.int(2)?)
    })
    .await
}

/// Sum of what was sent from an account and is neither settled nor ended.
pub async fn unsettled_total(tx: &mut Tx, book: i64, first: i64, last: i64) -> Result<i64, Fault> {
    tx.one(
        "select cast(coalesce(sum(i.amount), 0) as bigint) from instruction i where i.book_id = $1 \
         and i.id between $2 and $3 and i.ended_at is null and not exists (select 1 from line_match m \
         where m.book_id = i.book_id and m.instruction_id = i.id and m.undone_at is null)",
        args![book, first, last],
    )
    .await?
    .int(0)
}

/// A break as stored.
#[derive(Clone, Debug)]
pub struct BreakRow {
    pub id: i64,
    pub bank_account_id: i64,
    pub kind: String,
    pub day: Day,
    pub statement_id: Option<i64>,
    pub line: Option<i64>,
    pub instruction_id: Option<i64>,
    pub reference: String,
    pub expected_amount: Option<i64>,
    pub statement_amount: Option<i64>,
    /// The account on which the money of the break stands; none for what is missing.
    pub item_account_id: Option<i64>,
    pub item_amount: i64,
    pub item_cleared: i64,
    pub state: String,
    pub owner: Option<String>,
    pub action: Option<String>,
    pub note: Option<String>,
    pub proposed_by: Option<String>,
    pub resolved_by: Option<String>,
}

impl BreakRow {
    pub fn open_amount(&self) -> i64 {
        self.item_amount - self.item_cleared
    }
}

const BREAK: &str = "select id, bank_account_id, kind, day, statement_id, line, instruction_id, reference, expected_amount, \
     statement_amount, item_account_id, item_amount, item_cleared, state, owner, action, note, proposed_by, resolved_by \
     from break";

fn break_row(r: &Row) -> Result<BreakRow, Fault> {
    Ok(BreakRow {
        id: r.int(0)?,
        bank_account_id: r.int(1)?,
        kind: r.text(2)?,
        day: r.day(3)?,
        statement_id: r.opt_int(4)?,
        line: r.opt_int(5)?,
        instruction_id: r.opt_int(6)?,
        reference: r.text(7)?,
        expected_amount: r.opt_int(8)?,
        statement_amount: r.opt_int(9)?,
        item_account_id: r.opt_int(10)?,
        item_amount: r.int(11)?,
        item_cleared: r.int(12)?,
        state: r.text(13)?,
        owner: r.opt_text(14)?,
        action: r.opt_text(15)?,
        note: r.opt_text(16)?,
        proposed_by: r.opt_text(17)?,
        resolved_by: r.opt_text(18)?,
    })
}

pub async fn insert_breaks(
    tx: &mut Tx,
    book: i64,
    rows: &[BreakRow],
    at: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    let ints = |f: fn(&BreakRow) -> i64| Column::Ints(rows.iter().map(f).collect());
    let opts = |f: fn(&BreakRow) -> Option<i64>| Column::OptInts(rows.iter().map(f).collect());
    tx.insert_rows(
        "break(book_id, id, bank_account_id, kind, day, statement_id, line, instruction_id, reference, expected_amount, \
         statement_amount, item_account_id, item_amount, item_cleared, state, owner, made_at)",
        &[
            Column::Ints(vec![book; n]),
            ints(|b| b.id),
            ints(|b| b.bank_account_id),
            Column::Texts(rows.iter().map(|b| b.kind.clone()).collect()),
            ints(|b| b.day.number()),
            opts(|b| b.statement_id),
            opts(|b| b.line),
            opts(|b| b.instruction_id),
            Column::Texts(rows.iter().map(|b| b.reference.clone()).collect()),
            opts(|b| b.expected_amount),
            opts(|b| b.statement_amount),
            opts(|b| b.item_account_id),
            ints(|b| b.item_amount),
            ints(|b| b.item_cleared),
            Column::Texts(rows.iter().map(|b| b.state.clone()).collect()),
            Column::OptTexts(rows.iter().map(|b| b.owner.clone()).collect()),
            Column::Ints(vec![at; n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

pub async fn find_break(tx: &mut Tx, book: i64, id: i64) -> Result<Option<BreakRow>, Fault> {
    let sql = format!("{BREAK} where book_id = $1 and id = $2");
    tx.find(&sql, args![book, id])
        .await?
        .map(|r| break_row(&r))
        .transpose()
}

/// Breaks that are not resolved, of one account or of all, in order.
pub async fn open_breaks(
    tx: &mut Tx,
    book: i64,
    bank: Option<i64>,
) -> Result<Vec<BreakRow>, Fault> {
    let sql = format!(
        "{BREAK} where book_id = $1 and state in ('open', 'assigned', 'proposed') and ($2 = 0 or bank_account_id = $2) order by id"
    );
    tx.all(&sql, args![book, bank.unwrap_or(0)])
        .await?
        .iter()
        .map(break_row)
        .collect()
}

/// Every break, resolved or not, in order.
pub async fn all_breaks(tx: &mut Tx, book: i64) -> Result<Vec<BreakRow>, Fault> {
    let sql = format!("{BREAK} where book_id = $1 order by id");
    tx.all(&sql, args![book])
        .await?
        .iter()
        .map(break_row)
        .collect()
}

/// Open items under a reference, on one ledger account.
pub async fn open_items(
    tx: &mut Tx,
    book: i64,
    account: i64,
    reference: &str,
) -> Result<Vec<BreakRow>, Fault> {
    let sql = format!(
        "{BREAK} where book_id = $1 and item_account_id = $2 and reference = $3 \
         and state in ('open', 'assigned', 'proposed') and item_cleared < item_amount order by id"
    );
    tx.all(&sql, args![book, account, reference])
        .await?
        .iter()
        .map(break_row)
        .collect()
}

/// True when a claim under the reference was booked as a fee or written off.
pub async fn claim_was_given_up(
    tx: &mut Tx,
    book: i64,
    account: i64,
    reference: &str,
) -> Result<bool, Fault> {
    let row = tx
        .one(
            "select count(*) from break where book_id = $1 and reference = $2 and item_account_id = $3 \
             and state = 'resolved' and action in ('fee', 'write_off')",
            args![book, reference, account],
        )
        .await?;
    Ok(row.int(0)? > 0)
}

/// Instructions that an open break calls missing already.
pub async fn known_missing(tx: &mut Tx, book: i64, bank: i64) -> Result<HashSet<i64>, Fault> {
    let mut out = HashSet::new();
    tx.for_each(
        "select instruction_id from break where book_id = $1 and state in ('open', 'assigned', 'proposed') \
         and bank_account_id = $2 and kind = 'missing_at_bank'",
        args![book, bank],
        |r| {
            out.insert(r.int(0)?);
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

/// Resolves the missing-at-bank breaks of `instructions`: the bank has reported them.
pub async fn resolve_missing(
    tx: &mut Tx,
    book: i64,
    instructions: &[i64],
    note: &str,
    at: i64,
    by: &str,
) -> Result<(), Fault> {
    for chunk in instructions.chunks(500) {
        let sql = format!(
            "update break set state = 'resolved', action = 'reported_by_bank', note = $2, resolved_by = $3, resolved_at = $4 \
             where book_id = $1 and kind = 'missing_at_bank' and state in ('open', 'assigned', 'proposed') \
             and instruction_id in ({})",
            number_list(chunk)
        );
        tx.execute(&sql, args![book, note, by, at]).await?;
    }
    Ok(())
}

/// Clears part or all of a break's item; the last part resolves it. A proposal was made
/// for what was open then, so after a part it must be made anew.
#[allow(clippy::too_many_arguments)]
pub async fn clear_item(
    tx: &mut Tx,
    book: i64,
    id: i64,
    amount: i64,
    action: &str,
    note: &str,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update break set item_cleared = item_cleared + $3, \
         state = case when item_cleared + $3 = item_amount then 'resolved' when state = 'proposed' then 'open' else state end, \
         proposed_by = case when item_cleared + $3 < item_amount then null else proposed_by end, \
         action = $4, note = $5, resolved_by = case when item_cleared + $3 = item_amount then $6 else resolved_by end, \
         resolved_at = case when item_cleared + $3 = item_amount then cast($7 as bigint) else resolved_at end \
         where book_id = $1 and id = $2",
        args![book, id, amount, action, note, by, at],
    )
    .await?;
    Ok(())
}

pub async fn propose(
    tx: &mut Tx,
    book: i64,
    id: i64,
    action: &str,
    note: &str,
    by: &str,
) -> Result<(), Fault> {
    tx.execute(
        "update break set state = 'proposed', action = $3, note = $4, proposed_by = $5 where book_id = $1 and id = $2",
        args![book, id, action, note, by],
    )
    .await?;
    Ok(())
}

/// Takes a proposal off a break; the audit keeps who made it and who withdrew it.
pub async fn withdraw_proposal(tx: &mut Tx, book: i64, id: i64) -> Result<(), Fault> {
    tx.execute(
        "update break set state = 'open', action = null, note = null, proposed_by = null where book_id = $1 and id = $2",
        args![book, id],
    )
    .await?;
    Ok(())
}

/// The bank's reason on a line of a statement; empty where it gives none.
pub async fn line_reason(
    tx: &mut Tx,
    book: i64,
    statement: i64,
    line: i64,
) -> Result<String, Fault> {
    let row = tx
        .find(
            "select reason from statement_line where book_id = $1 and statement_id = $2 and line = $3",
            args![book, statement, line],
        )
        .await?;
    row.map_or_else(|| Ok(String::new()), |r| r.text(0))
}

pub async fn set_resolved(tx: &mut Tx, book: i64, id: i64, by: &str, at: i64) -> Result<(), Fault> {
    tx.execute(
        "update break set state = 'resolved', item_cleared = item_amount, resolved_by = $3, resolved_at = $4 \
         where book_id = $1 and id = $2",
        args![book, id, by, at],
    )
    .await?;
    Ok(())
}

pub async fn set_owner(tx: &mut Tx, book: i64, id: i64, owner: &str) -> Result<(), Fault> {
    tx.execute(
        "update break set owner = $3, state = case when state = 'open' then 'assigned' else state end \
         where book_id = $1 and id = $2",
        args![book, id, owner],
    )
    .await?;
    Ok(())
}

/// Sum of the open items on each ledger account of the book: (account, đồng).
pub async fn item_sums(tx: &mut Tx, book: i64) -> Result<Vec<(i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select item_account_id, cast(sum(item_amount - item_cleared) as bigint) from break \
             where book_id = $1 and state in ('open', 'assigned', 'proposed') and item_account_id is not null \
             group by item_account_id order by item_account_id",
            args![book],
        )
        .await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}

/// A budget that is expected or was received.
#[derive(Clone, Debug)]
pub struct BudgetRow {
    pub id: i64,
    pub fund_id: i64,
    pub bank_account_id: i64,
    pub amount: i64,
    pub reference: String,
    pub received: i64,
}

pub async fn find_budget(
    tx: &mut Tx,
    book: i64,
    bank: i64,
    reference: &str,
) -> Result<Option<BudgetRow>, Fault> {
    let row = tx
        .find(
            "select id, fund_id, bank_account_id, amount, reference, received from budget \
             where book_id = $1 and bank_account_id = $2 and reference = $3",
            args![book, bank, reference],
        )
        .await?;
    row.map(|r| {
        Ok(BudgetRow {
            id: r.int(0)?,
            fund_id: r.int(1)?,
            bank_account_id: r.int(2)?,
            amount: r.int(3)?,
            reference: r.text(4)?,
            received: r.int(5)?,
        })
    })
    .transpose()
}

pub async fn insert_budget(
    tx: &mut Tx,
    book: i64,
    b: &BudgetRow,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into budget(book_id, id, fund_id, bank_account_id, amount, reference, received, made_by, made_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![book, b.id, b.fund_id, b.bank_account_id, b.amount, &b.reference, b.received, by, at],
    )
    .await?;
    Ok(())
}

pub async fn set_budget_received(
    tx: &mut Tx,
    book: i64,
    id: i64,
    received: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update budget set received = $3 where book_id = $1 and id = $2",
        args![book, id, received],
    )
    .await?;
    Ok(())
}

/// Marks a budget as received by what stood in suspense; false where it was before.
pub async fn receive_budget(tx: &mut Tx, book: i64, id: i64, received: i64) -> Result<bool, Fault> {
    let n = tx
        .execute(
            "update budget set received = $3 where book_id = $1 and id = $2 and received = 0",
            args![book, id, received],
        )
        .await?;
    Ok(n == 1)
}

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

/// The state of each entitlement: that of its newest instruction.
const STATE: &str = "select t.id as id, t.person_id as person_id, t.period as period, t.component as component, \
     t.amount as amount, coalesce( \
       (select v.state from instruction_event v where v.book_id = i.book_id and v.instruction_id = i.id \
        order by v.no desc limit 1), \
       case when i.id is null then 'due' \
            when exists (select 1 from line_match m where m.book_id = i.book_id and m.instruction_id = i.id \
                         and m.undone_at is null) then 'settled' \
            when b.state in ('sent', 'completed') then 'instructed' \
            when b.state = 'released' then 'granted' \
            when b.state = 'rejected' then 'due' else 'planned' end) as state \
     from entitlement t \
     left join (select cause_id, max(id) as id from instruction where book_id = $1 group by cause_id) n \
       on n.cause_id = t.id \
     left join instruction i on i.book_id = t.book_id and i.id = n.id \
     left join batch b on b.book_id = i.book_id and b.id = i.batch_id where t.book_id = $1";

/// (state, people, đồng) of a period.
pub async fn states_of_period(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
) -> Result<Vec<(String, i64, i64)>, Fault> {
    let sql = format!(
        "select state, count(*), cast(sum(amount) as bigint) from ({STATE} and t.programme_id = $2 and t.period = $3) x \
         group by state order by state"
    );
    let rows = tx.all(&sql, args![book, programme, period]).await?;
    rows.iter()
        .map(|r| Ok((r.text(0)?, r.int(1)?, r.int(2)?)))
        .collect()
}

/// Streams (person, period, component, amount, state) of every entitlement of a book, in
/// the order of person, period, component.
pub async fn each_entitlement_state(
    tx: &mut Tx,
    book: i64,
    mut each: impl FnMut(i64, i64, String, i64, String) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let sql = format!(
        "select person_id, period, component, amount, state from ({STATE}) x order by person_id, period, component"
    );
    tx.for_each(&sql, args![book], |r| {
        each(r.int(0)?, r.int(1)?, r.text(2)?, r.int(3)?, r.text(4)?)
    })
    .await
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

/// Open breaks whose line is a bank's charge.
pub async fn open_fee_breaks(tx: &mut Tx, book: i64) -> Result<Vec<i64>, Fault> {
    let rows = tx
        .all(
            "select b.id from break b join statement_line l on l.book_id = b.book_id and l.statement_id = b.statement_id \
             and l.line = b.line where b.book_id = $1 and b.state in ('open', 'assigned') and b.kind = 'unknown_at_us' \
             and l.reason = 'FEE' order by b.id",
            args![book],
        )
        .await?;
    rows.iter().map(|r| r.int(0)).collect()
}
