//! Statements on `batch` and `batch_event`.

use super::BatchState;
use crate::args;
use crate::error::Fault;
use crate::payment::sql::SETTLED_AFTER_ALL;
use crate::store::{Row, Tx};
use ansinh_settlement::Day;

/// A batch as stored.
#[derive(Clone, Debug)]
pub struct Batch {
    pub book_id: i64,
    pub id: i64,
    pub cycle_id: i64,
    /// The batch that this one follows up.
    pub follows_id: Option<i64>,
    pub programme_id: i64,
    /// `yyyymm`.
    pub period: i64,
    pub fund_id: i64,
    pub bank_account_id: i64,
    pub state: BatchState,
    /// Id of the first line; ids of the lines are dense.
    pub first_id: i64,
    pub count: i64,
    /// đồng.
    pub total: i64,
    pub digest: Option<[u8; 32]>,
    pub made_by: String,
    pub sent_on: Option<Day>,
    /// Lines sent and neither settled nor ended.
    pub open_count: i64,
}

impl Batch {
    pub fn last_id(&self) -> i64 {
        self.first_id + self.count - 1
    }
}

const BATCH: &str = "select book_id, id, cycle_id, follows_id, programme_id, period, fund_id, bank_account_id, state, \
     first_id, count, total, digest, made_by, sent_on, open_count from batch";

fn batch_row(r: &Row) -> Result<Batch, Fault> {
    let state = r.text(8)?;
    Ok(Batch {
        book_id: r.int(0)?,
        id: r.int(1)?,
        cycle_id: r.int(2)?,
        follows_id: r.opt_int(3)?,
        programme_id: r.int(4)?,
        period: r.int(5)?,
        fund_id: r.int(6)?,
        bank_account_id: r.int(7)?,
        state: BatchState::parse(&state)
            .ok_or_else(|| Fault::Corrupt(format!("batch state {state}")))?,
        first_id: r.int(9)?,
        count: r.int(10)?,
        total: r.int(11)?,
        digest: r
            .opt_bytes(12)?
            .map(|d| {
                d.try_into()
                    .map_err(|_| Fault::Corrupt("batch digest".into()))
            })
            .transpose()?,
        made_by: r.text(13)?,
        sent_on: r.opt_day(14)?,
        open_count: r.int(15)?,
    })
}

pub async fn find(tx: &mut Tx, book: i64, id: i64) -> Result<Option<Batch>, Fault> {
    let sql = format!("{BATCH} where book_id = $1 and id = $2");
    tx.find(&sql, args![book, id])
        .await?
        .map(|r| batch_row(&r))
        .transpose()
}

pub async fn of_period(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
) -> Result<Vec<Batch>, Fault> {
    let sql =
        format!("{BATCH} where book_id = $1 and programme_id = $2 and period = $3 order by id");
    tx.all(&sql, args![book, programme, period])
        .await?
        .iter()
        .map(batch_row)
        .collect()
}

/// Batches that were sent from one of our accounts and have open lines.
pub async fn open_at(tx: &mut Tx, book: i64, bank_account: i64) -> Result<Vec<Batch>, Fault> {
    let sql = format!(
        "{BATCH} where book_id = $1 and bank_account_id = $2 and state = 'sent' order by first_id"
    );
    tx.all(&sql, args![book, bank_account])
        .await?
        .iter()
        .map(batch_row)
        .collect()
}

pub async fn insert(tx: &mut Tx, b: &Batch, at: i64) -> Result<(), Fault> {
    tx.execute(
        "insert into batch(book_id, id, cycle_id, follows_id, programme_id, period, fund_id, bank_account_id, state, first_id, \
         count, total, made_by, made_at, open_count) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)",
        args![
            b.book_id, b.id, b.cycle_id, b.follows_id, b.programme_id, b.period, b.fund_id, b.bank_account_id,
            b.state.name(), b.first_id, b.count, b.total, &b.made_by, at
        ],
    )
    .await?;
    Ok(())
}

pub async fn set_state(tx: &mut Tx, book: i64, id: i64, state: BatchState) -> Result<(), Fault> {
    tx.execute(
        "update batch set state = $3 where book_id = $1 and id = $2",
        args![book, id, state.name()],
    )
    .await?;
    Ok(())
}

pub async fn set_digest(tx: &mut Tx, book: i64, id: i64, digest: &[u8; 32]) -> Result<(), Fault> {
    tx.execute(
        "update batch set digest = $3 where book_id = $1 and id = $2",
        args![book, id, *digest],
    )
    .await?;
    Ok(())
}

pub async fn set_sent(tx: &mut Tx, book: i64, id: i64, on: Day, open: i64) -> Result<(), Fault> {
    tx.execute(
        "update batch set sent_on = $3, open_count = $4 where book_id = $1 and id = $2",
        args![book, id, on, open],
    )
    .await?;
    Ok(())
}

/// Takes `n` lines out of the open ones; a sent batch without open lines is completed.
pub async fn close_lines(tx: &mut Tx, book: i64, id: i64, n: i64) -> Result<(), Fault> {
    tx.execute(
        "update batch set open_count = open_count - $3, \
         state = case when open_count = $3 and state = 'sent' then 'completed' else state end \
         where book_id = $1 and id = $2",
        args![book, id, n],
    )
    .await?;
    Ok(())
}

/// An act on a batch, kept for ever.
#[derive(Clone, Debug)]
pub struct BatchEventRow {
    pub event: String,
    pub actor: String,
    pub at: i64,
    pub note: String,
    pub digest: Option<Vec<u8>>,
    pub signature: Option<Vec<u8>>,
}

pub async fn insert_event(
    tx: &mut Tx,
    book: i64,
    batch: i64,
    e: &BatchEventRow,
) -> Result<(), Fault> {
    tx.execute(
        "insert into batch_event(book_id, batch_id, no, event, actor, at, note, digest, signature) \
         select $1, $2, coalesce(max(no), 0) + 1, $3, $4, $5, $6, $7, $8 from batch_event \
         where book_id = $1 and batch_id = $2",
        args![
            book,
            batch,
            &e.event,
            &e.actor,
            e.at,
            &e.note,
            e.digest.clone(),
            e.signature.clone()
        ],
    )
    .await?;
    Ok(())
}

pub async fn events(tx: &mut Tx, book: i64, batch: i64) -> Result<Vec<BatchEventRow>, Fault> {
    let rows = tx
        .all(
            "select event, actor, at, note, digest, signature from batch_event where book_id = $1 and batch_id = $2 \
             order by no",
            args![book, batch],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(BatchEventRow {
                event: r.text(0)?,
                actor: r.text(1)?,
                at: r.int(2)?,
                note: r.text(3)?,
                digest: r.opt_bytes(4)?,
                signature: r.opt_bytes(5)?,
            })
        })
        .collect()
}

/// Live lines of a follow-up with which more than the entitlement would reach the payee:
/// what other instructions of it settled, less what came back, plus the line.
pub async fn overpaying_lines(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
) -> Result<Vec<i64>, Fault> {
    let rows = tx
        .all(
            "select i.id from instruction i join entitlement t on t.book_id = i.book_id and t.id = i.cause_id \
             where i.book_id = $1 and i.id between $2 and $3 and i.ended_at is null \
             and i.amount + coalesce((select sum(m.amount) from instruction o join line_match m on m.book_id = o.book_id \
                 and m.instruction_id = o.id and m.undone_at is null \
                 where o.book_id = i.book_id and o.cause_id = t.id and o.ended_at is not null), 0) \
             - coalesce((select sum(v.amount) from instruction o join instruction_event v on v.book_id = o.book_id \
                 and v.instruction_id = o.id and v.state = 'returned' \
                 where o.book_id = i.book_id and o.cause_id = t.id and o.ended_at is not null), 0) > t.amount \
             order by i.id",
            args![book, first, last],
        )
        .await?;
    rows.iter().map(|r| r.int(0)).collect()
}

/// What of a batch came back, and is paid by nothing else, nor was after we held it
/// rejected: (entitlement, đồng that came back), all of which stands on the beneficiary's
/// account again.
pub async fn failed_lines(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
) -> Result<Vec<(i64, i64)>, Fault> {
    let sql = format!(
        "select i.cause_id, cast(sum(v.amount) as bigint) from instruction i \
         join instruction_event v on v.book_id = i.book_id and v.instruction_id = i.id \
           and v.state in ('rejected', 'returned') \
         where i.book_id = $1 and i.id between $2 and $3 and i.ended_at is not null \
         and not exists (select 1 from instruction n where n.book_id = i.book_id and n.cause_id = i.cause_id \
                         and n.ended_at is null) \
         and not exists (select 1 from instruction_event w where w.book_id = i.book_id \
                         and w.instruction_id = i.id and w.state = 'settled' and w.no > v.no) \
         and i.cause_id not in ({SETTLED_AFTER_ALL}) group by i.id, i.cause_id order by i.id"
    );
    let rows = tx.all(&sql, args![book, first, last]).await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}
