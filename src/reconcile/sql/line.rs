//! Statements on `statement_line` and `line_match`, and the states that follow from them.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Tx, number_list};
use ansinh_settlement::{Day, Dong};

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

/// What the rows of a statement come to. A line that repeats another of the file names no
/// instruction and moves nothing; a second booking names one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTotals {
    pub lines: i64,
    pub credits: i64,
    pub debits: i64,
}

/// Sums over `statement_line`: lines, credits, debits.
pub(super) const LINE_SUMS: &str = "count(*), \
     cast(coalesce(sum(case when direction = 'C' and not (outcome = 'duplicate_line' and instruction_id is null) \
       then amount else 0 end), 0) as bigint), \
     cast(coalesce(sum(case when direction = 'D' and not (outcome = 'duplicate_line' and instruction_id is null) \
       then amount else 0 end), 0) as bigint)";

pub async fn line_totals(tx: &mut Tx, book: i64, statement: i64) -> Result<LineTotals, Fault> {
    let sql =
        format!("select {LINE_SUMS} from statement_line where book_id = $1 and statement_id = $2");
    let row = tx.one(&sql, args![book, statement]).await?;
    Ok(LineTotals {
        lines: row.int(0)?,
        credits: row.int(1)?,
        debits: row.int(2)?,
    })
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
             and outcome not in ('matched', 'duplicate_line', 'collected') order by line limit $5",
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

/// The sealed account of a line's other side, as `BIN|NUMBER`, where the bank told it.
pub async fn line_counter(
    tx: &mut Tx,
    book: i64,
    statement: i64,
    line: i64,
) -> Result<Option<Vec<u8>>, Fault> {
    let row = tx
        .find(
            "select counter_sealed from statement_line where book_id = $1 and statement_id = $2 and line = $3",
            args![book, statement, line],
        )
        .await?;
    row.map_or_else(|| Ok(None), |r| r.opt_bytes(0))
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

/// A line that may be a payment to a biller, or one that the bank takes back.
#[derive(Clone, Debug)]
pub struct CreditLine {
    pub line: i64,
    pub booking_on: Day,
    pub amount: i64,
    pub reference: String,
    pub entry_ref: String,
    pub note: String,
    pub counter: i64,
    pub counter_sealed: Option<Vec<u8>>,
}

/// Lines of one direction that name no payment of ours, no expected budget and no open
/// claim, after `line`. The bank's own charges are not among them.
pub async fn credit_lines(
    tx: &mut Tx,
    book: i64,
    statement: i64,
    direction: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<CreditLine>, Fault> {
    let rows = tx
        .all(
            "select l.line, l.booking_on, l.amount, l.reference, l.entry_ref, l.note, l.counter, l.counter_sealed \
             from statement_line l where l.book_id = $1 and l.statement_id = $2 and l.direction = $3 and l.line > $4 \
             and l.outcome not in ('matched', 'duplicate_line', 'collected') and l.instruction_id is null and l.reason <> 'FEE' \
             and (l.reference = '' or not exists (select 1 from break b where b.book_id = l.book_id and b.reference = l.reference \
                  and b.state in ('open', 'assigned', 'proposed') and b.kind not in ('credit_unmatched', 'notice_unconfirmed'))) \
             and (l.reference = '' or not exists (select 1 from budget g where g.book_id = l.book_id and g.reference = l.reference)) \
             order by l.line limit $5",
            args![book, statement, direction, after, limit],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(CreditLine {
                line: r.int(0)?,
                booking_on: r.day(1)?,
                amount: r.int(2)?,
                reference: r.text(3)?,
                entry_ref: r.text(4)?,
                note: r.text(5)?,
                counter: r.int(6)?,
                counter_sealed: r.opt_bytes(7)?,
            })
        })
        .collect()
}

/// Lines that are payments to a biller, whatever became of them.
pub async fn set_collected(
    tx: &mut Tx,
    book: i64,
    statement: i64,
    lines: &[i64],
) -> Result<(), Fault> {
    for chunk in lines.chunks(500) {
        let sql = format!(
            "update statement_line set outcome = 'collected' where book_id = $1 and statement_id = $2 and line in ({})",
            number_list(chunk)
        );
        tx.execute(&sql, args![book, statement]).await?;
    }
    Ok(())
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
