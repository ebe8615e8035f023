//! Statements on `break`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::Day;
use std::collections::HashSet;

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
         statement_amount, item_account_id, item_amount, item_cleared, state, owner, note, made_at)",
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
            Column::OptTexts(rows.iter().map(|b| b.note.clone()).collect()),
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

/// (id, name) of the accounts of claims of a book.
pub async fn claims(tx: &mut Tx, book: i64) -> Result<Vec<(i64, String)>, Fault> {
    let rows = tx
        .all(
            "select id, name from account where book_id = $1 and name like 'claim/%' order by id",
            args![book],
        )
        .await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.text(1)?))).collect()
}
