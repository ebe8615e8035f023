//! Statements on `batch` and `batch_event`.

use super::BatchState;
use super::owed::Part;
use crate::args;
use crate::error::Fault;
use crate::store::{Row, Tx, number_list};
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

    /// True for refunds and remittances of a biller: no programme's entitlements.
    pub fn is_payout(&self) -> bool {
        self.programme_id < 0
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

/// Entitlements of which a line `first..=last` came back, was rejected or was taken out:
/// money of theirs may stand on the accounts.
pub async fn touched(tx: &mut Tx, book: i64, first: i64, last: i64) -> Result<Vec<i64>, Fault> {
    let rows = tx
        .all(
            "select distinct i.cause_id from instruction_event v join instruction i on i.book_id = v.book_id \
             and i.id = v.instruction_id where v.book_id = $1 and v.instruction_id between $2 and $3 \
             and v.state in ('rejected', 'returned', 'withdrawn') order by i.cause_id",
            args![book, first, last],
        )
        .await?;
    rows.iter().map(|r| r.int(0)).collect()
}

/// (line, entitlement) of the live lines `first..=last`, in order.
pub async fn live_lines(
    tx: &mut Tx,
    book: i64,
    first: i64,
    last: i64,
) -> Result<Vec<(i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select id, cause_id from instruction where book_id = $1 and id between $2 and $3 and ended_at is null order by id",
            args![book, first, last],
        )
        .await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}

/// Streams (entitlement, its amount, an instruction of it) of the entitlements `ids`. The
/// two halves are those of the partial indices on `instruction`.
pub async fn each_part(
    tx: &mut Tx,
    book: i64,
    ids: &[i64],
    mut each: impl FnMut(i64, i64, Part),
) -> Result<(), Fault> {
    let events = |state: &str| {
        format!(
            "cast(coalesce((select sum(v.amount) from instruction_event v where v.book_id = i.book_id \
             and v.instruction_id = i.id and v.state = '{state}'), 0) as bigint)"
        )
    };
    for chunk in ids.chunks(500) {
        let half = |ended: &str| {
            format!(
                "select i.cause_id as cause, t.amount as due, i.id as id, i.amount as amount, b.follows_id as follows, \
                 b.state as state, i.ended_at as ended_at, {} as withdrawn, \
                 cast(coalesce((select sum(m.amount) from line_match m where m.book_id = i.book_id \
                 and m.instruction_id = i.id and m.undone_at is null), 0) as bigint) as settled, \
                 {} as after_all, {} as rejected, {} as returned \
                 from instruction i join entitlement t on t.book_id = i.book_id and t.id = i.cause_id \
                 join batch b on b.book_id = i.book_id and b.id = i.batch_id \
                 where i.book_id = $1 and i.ended_at is {ended} and i.cause_id in ({})",
                events("withdrawn"),
                events("settled"),
                events("rejected"),
                events("returned"),
                number_list(chunk)
            )
        };
        let sql = format!(
            "select cause, due, id, amount, follows, state, ended_at, withdrawn, settled, after_all, rejected, returned \
             from ({} union all {}) p order by cause, id",
            half("null"),
            half("not null")
        );
        tx.for_each(&sql, args![book], |r| {
            let state = r.text(5)?;
            let part = Part {
                id: r.int(2)?,
                amount: r.int(3)?,
                grants: r.opt_int(4)?.is_none(),
                batch: BatchState::parse(&state)
                    .ok_or_else(|| Fault::Corrupt(format!("batch state {state}")))?,
                ended: r.opt_int(6)?.is_some(),
                withdrawn: r.int(7)? > 0,
                settled: r.int(8)?,
                settled_after_all: r.int(9)?,
                rejected: r.int(10)?,
                returned: r.int(11)?,
            };
            each(r.int(0)?, r.int(1)?, part);
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// đồng of the live lines of the batches of one of our accounts that are released and not
/// sent. Lines taken out are few, so they are subtracted and the rest is never read.
pub async fn released_total(tx: &mut Tx, book: i64, bank_account: i64) -> Result<i64, Fault> {
    tx.one(
        "select cast(coalesce(sum(b.total - coalesce((select sum(v.amount) from instruction_event v \
         where v.book_id = b.book_id and v.instruction_id between b.first_id and b.first_id + b.count - 1 \
         and v.state = 'withdrawn'), 0)), 0) as bigint) from batch b \
         where b.book_id = $1 and b.bank_account_id = $2 and b.state = 'released'",
        args![book, bank_account],
    )
    .await?
    .int(0)
}

/// A line of a batch as people read it.
#[derive(Clone, Debug)]
pub struct LineRow {
    pub id: i64,
    /// Below zero where the payee is no person of ours (a payer, a third party).
    pub person_id: i64,
    /// The person's, or the payee's account holder.
    pub full_name: String,
    pub amount: i64,
    /// The newest thing that happened to this line alone, and why.
    pub event: Option<String>,
    pub reason: Option<String>,
    pub settled: bool,
}

/// The lines of a batch after `after`, in order, at most `limit`.
pub async fn lines(
    tx: &mut Tx,
    batch: &Batch,
    after: i64,
    limit: i64,
) -> Result<Vec<LineRow>, Fault> {
    let newest = |column: &str| {
        format!(
            "(select v.{column} from instruction_event v where v.book_id = i.book_id and v.instruction_id = i.id \
             order by v.no desc limit 1)"
        )
    };
    let sql = format!(
        "select i.id, t.person_id, coalesce(p.full_name, a.holder_name), i.amount, {}, {}, \
         (select count(*) from line_match m where m.book_id = i.book_id and m.instruction_id = i.id and m.undone_at is null) \
         from instruction i join entitlement t on t.book_id = i.book_id and t.id = i.cause_id \
         join address a on a.id = i.address_id left join person p on p.id = t.person_id \
         where i.book_id = $1 and i.id between $2 and $3 and i.id > $4 order by i.id limit $5",
        newest("state"),
        newest("reason")
    );
    let rows = tx
        .all(
            &sql,
            args![batch.book_id, batch.first_id, batch.last_id(), after, limit],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(LineRow {
                id: r.int(0)?,
                person_id: r.int(1)?,
                full_name: r.text(2)?,
                amount: r.int(3)?,
                event: r.opt_text(4)?,
                reason: r.opt_text(5)?,
                settled: r.int(6)? > 0,
            })
        })
        .collect()
}
