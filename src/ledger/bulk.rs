//! Posting a million lines in one Tx: the rows stay in the database.
//!
//! The owner of the lines gives a constant SELECT; the ledger reads it once to carry the
//! hash chain forward, and lets the database insert the transfers from the same SELECT,
//! with the links passed as one packed parameter. Balances then move once an account.
//! Guards are held by the database's check on `balance`; when it fires, the Tx is rolled
//! back and the caller names the culprit.

use super::Code;
use super::chain::{self, Link};
use super::post::{PostingInfo, begin_posting, end_posting};
use super::sql::bulk::{insert_text, move_distinct, move_grouped, move_other, packed_text};
use crate::args;
use crate::error::Fault;
use crate::store::{Tx, Value};

/// Lines of a bulk posting, in chain order, as the owner's table holds them.
pub struct Lines<'a> {
    /// `select key, account_id, amount, cause_id from ... where book_id = $1 and key between $2
    /// and $3 ... order by key`; further parameters from `$4` on are in `args`. Keys are the ids of the lines:
    /// ascending, with few gaps. The other account and the code are the same for all.
    pub select: &'a str,
    pub args: Vec<Value>,
    pub first_key: i64,
    pub last_key: i64,
}

/// Which side the lines' accounts take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Debit,
    Credit,
}

/// What was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkPosted {
    pub posting_no: i64,
    pub first_seq: i64,
    pub count: i64,
    pub total: i64,
}

/// Rows a round: bounds memory, and spreads the cost of a statement.
const CHUNK: i64 = 20_000;

/// Keys of one packed text.
const PACKED: i64 = 1_000;

/// Posts every line against `other_id`: one transfer a line, client id by
/// [`super::client_id`] of the line's key and `code`. The book's head must be locked.
pub async fn post_lines(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    code: Code,
    other_id: i64,
    side: Side,
    lines: &Lines<'_>,
) -> Result<BulkPosted, Fault> {
    let begun = begin_posting(tx, book, info, [0; 32]).await?;
    let (posting_no, first_seq) = (begun.row.no, begun.row.first_seq);
    let insert = insert_text(lines, code, other_id, side, posting_no);
    let packed = packed_text(lines);
    let (mut count, mut total) = (0i64, 0i64);
    let mut chain = tx.head(book)?.chain;
    let mut from = lines.first_key;
    while from <= lines.last_key {
        let to = lines.last_key.min(from + CHUNK - 1);
        let mut runs = Runs::default();
        let mut accounts: Vec<i64> = Vec::new();
        let chunk_seq = first_seq + count;
        let mut links: Vec<u8> = Vec::with_capacity(8 * usize::try_from(CHUNK).unwrap_or(0));
        for [key, account, amount, cause] in read(tx, book, &packed, lines, from, to).await? {
            let (debit_id, credit_id) = match side {
                Side::Debit => (account, other_id),
                Side::Credit => (other_id, account),
            };
            let link = Link {
                seq: first_seq + count,
                client_id: super::client_id(key, code),
                posting_no,
                debit_id,
                credit_id,
                amount,
                code: code.number(),
                cause_id: cause,
                reverses_seq: 0,
            };
            chain = chain::after_transfer(&chain, &link);
            links.extend_from_slice(&chain::short(&chain));
            runs.push(key);
            accounts.push(account);
            count += 1;
            total = total
                .checked_add(amount)
                .ok_or_else(|| Fault::Corrupt("a batch beyond 64 bits".into()))?;
        }
        insert_runs(tx, book, &insert, lines, &runs, &links, first_seq + count).await?;
        if !accounts.is_empty() {
            move_lines(tx, book, side, chunk_seq, first_seq + count - 1, accounts).await?;
        }
        from = to + 1;
    }
    tx.head(book)?.chain = chain;
    if count > 0 {
        move_other(tx, book, other_id, side, total).await?;
    }
    let posting_no = end_posting(tx, book, begun, count, total).await?;
    Ok(BulkPosted {
        posting_no,
        first_seq,
        count,
        total,
    })
}

/// Key, account, amount and cause of the lines `from..=to`, in order.
async fn read(
    tx: &mut Tx,
    book: i64,
    packed: &str,
    lines: &Lines<'_>,
    from: i64,
    to: i64,
) -> Result<Vec<[i64; 4]>, Fault> {
    let corrupt = || Fault::Corrupt("a packed line of a bulk posting".into());
    let mut out = Vec::with_capacity(usize::try_from(CHUNK).unwrap_or(0));
    let mut at = from;
    while at <= to {
        let end = to.min(at + PACKED - 1);
        let row = tx.one(packed, bounds(book, at, end, &lines.args)).await?;
        let text = row.opt_text(0)?.unwrap_or_default();
        let mut numbers = text.split_ascii_whitespace().map(str::parse::<i64>);
        while let Some(key) = numbers.next() {
            let mut next = || numbers.next().and_then(Result::ok).ok_or_else(corrupt);
            let line = [next()?, next()?, next()?];
            let key = key.map_err(|_| corrupt())?;
            out.push([key, line[0], line[1], line[2]]);
        }
        at = end + 1;
    }
    Ok(out)
}

/// Moves the balances of a chunk's lines, once an account; every account must be open.
async fn move_lines(
    tx: &mut Tx,
    book: i64,
    side: Side,
    first: i64,
    last: i64,
    mut accounts: Vec<i64>,
) -> Result<(), Fault> {
    let distinct = accounts.is_sorted_by(|a, b| a < b);
    let moved = if distinct {
        move_distinct(tx, book, side, first, last).await?
    } else {
        accounts.sort_unstable();
        accounts.dedup();
        move_grouped(tx, book, side, first, last).await?
    };
    if usize::try_from(moved).ok() == Some(accounts.len()) {
        return Ok(());
    }
    Err(Fault::Corrupt(format!(
        "{moved} balances of {} accounts moved",
        accounts.len()
    )))
}

/// Stretches of keys without a gap: (first key, how many).
#[derive(Default)]
struct Runs(Vec<(i64, i64)>);

impl Runs {
    fn push(&mut self, key: i64) {
        match self.0.last_mut() {
            Some((first, n)) if *first + *n == key => *n += 1,
            _ => self.0.push((key, 1)),
        }
    }
}

fn bounds(book: i64, from: i64, to: i64, rest: &[Value]) -> Vec<Value> {
    let mut out = args![book, from, to];
    out.extend(rest.iter().cloned());
    out
}

async fn insert_runs(
    tx: &mut Tx,
    book: i64,
    insert: &str,
    lines: &Lines<'_>,
    runs: &Runs,
    links: &[u8],
    next_seq: i64,
) -> Result<(), Fault> {
    let in_chunk: i64 = runs.0.iter().map(|(_, n)| n).sum();
    let mut seq = next_seq - in_chunk;
    let mut at = 0usize;
    for (first, n) in &runs.0 {
        let bytes = usize::try_from(n * 8).unwrap_or(0);
        let mut values = bounds(book, *first, first + n - 1, &lines.args);
        values.push(Value::from(seq - first));
        values.push(Value::from(&links[at..at + bytes]));
        let done = tx.execute(insert, values).await?;
        if i64::try_from(done).ok() != Some(*n) {
            return Err(Fault::Corrupt(format!("{done} of {n} lines were posted")));
        }
        seq += n;
        at += bytes;
    }
    Ok(())
}
