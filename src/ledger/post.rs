//! Posting a slice of transfers: load, decide, record.

use super::chain::{self, Link, PostingLink};
use super::decide::{Known, NewTransfer, Posted, decide};
use super::{Code, sql};
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};
use crate::store::Tx;
use ansinh_settlement::Day;
use std::collections::BTreeMap;

/// What a posting (voucher) says of itself.
#[derive(Clone, Debug)]
pub struct PostingInfo {
    /// What it is: `batch_released`, `statement_imported`, ...
    pub code: String,
    pub actor: String,
    pub at: Instant,
    /// The day it belongs to; it is posted on the first open day from there on.
    pub day: Day,
    /// Id of what caused it.
    pub cause_id: i64,
}

impl PostingInfo {
    pub fn new(code: &str, ctx: &crate::store::Ctx, day: Day, cause_id: i64) -> PostingInfo {
        PostingInfo {
            code: code.into(),
            actor: ctx.actor.clone(),
            at: ctx.now,
            day,
            cause_id,
        }
    }
}

/// Groups of transfers; each posts whole or not at all.
pub type Groups<'a> = &'a [&'a [NewTransfer]];

/// Posts the groups under one voucher; a result for each transfer in order. Groups that
/// are refused leave nothing. The book's head must be locked.
pub async fn post(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    groups: Groups<'_>,
) -> Result<Vec<Result<Posted, Reject>>, Fault> {
    let asked = || groups.iter().flat_map(|g| g.iter());
    let mut ids: Vec<i64> = asked().flat_map(|t| [t.debit_id, t.credit_id]).collect();
    ids.sort_unstable();
    ids.dedup();
    let client_ids: Vec<i64> = asked().map(|t| t.client_id).collect();
    let mut known = Known {
        accounts: sql::load_accounts(tx, book, &ids).await?,
        earlier: sql::load_earlier(tx, book, &client_ids).await?,
        last_seq: tx.head(book)?.transfer_seq,
    };
    let decision = decide(&mut known, groups);
    if !decision.record.is_empty() {
        record_posting(tx, book, info, &decision.record, [0; 32]).await?;
        let mut deltas: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (_, t) in &decision.record {
            deltas.entry(t.debit_id).or_default().0 += t.amount;
            deltas.entry(t.credit_id).or_default().1 += t.amount;
        }
        let deltas: Vec<_> = deltas.into_iter().map(|(id, (d, c))| (id, d, c)).collect();
        sql::add_to_balances(tx, book, &deltas).await?;
    }
    Ok(decision.results)
}

/// Posts one group that must succeed: the first reject is the answer.
pub async fn post_all(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    transfers: &[NewTransfer],
) -> Result<Vec<Posted>, Failure> {
    let results = post(tx, book, info, &[transfers]).await?;
    if let Some(culprit) = results.iter().find_map(|r| match r {
        Err(Reject::LinkedFailed { .. }) | Ok(_) => None,
        Err(reject) => Some(reject.clone()),
    }) {
        return Err(culprit.into());
    }
    results
        .into_iter()
        .map(|r| r.map_err(Failure::from))
        .collect()
}

/// Undoes a transfer by one in the other direction that names it. Refused when it was
/// undone already or when a guarded account no longer holds the money.
pub async fn reverse(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    seq: i64,
) -> Result<Posted, Failure> {
    let Some(was) = sql::find_transfer(tx, book, seq).await? else {
        return Err(Reject::NotFound {
            what: "transfer".into(),
            id: seq.to_string(),
        }
        .into());
    };
    if sql::find_reversal(tx, book, seq).await?.is_some() {
        return Err(Reject::AlreadyReversed { seq }.into());
    }
    let id = tx.reserve_ids(book, 1)?;
    let undo = NewTransfer {
        client_id: super::client_id(id, Code::Reversal),
        debit_id: was.credit_id,
        credit_id: was.debit_id,
        code: Code::Reversal,
        cause_id: info.cause_id,
        reverses_seq: Some(seq),
        ..was
    };
    let posted = post_all(tx, book, info, &[undo]).await?;
    Ok(posted[0])
}

/// Transfers whose client ids were made of `id` and that nobody has undone, in order.
pub async fn unreversed_of(tx: &mut Tx, book: i64, id: i64) -> Result<Vec<i64>, Fault> {
    sql::unreversed(tx, book, super::client_id(id, Code::Other), super::CODES).await
}

/// Begins a posting: its number and the chain after its own row. Used by the bulk path.
pub(super) struct Begun {
    pub row: sql::PostingRow,
}

pub(super) async fn begin_posting(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    accounts: [u8; 32],
) -> Result<Begun, Fault> {
    let day = sql::first_open_day(tx, book, info.day).await?;
    let head = tx.head(book)?;
    head.posting_no += 1;
    let own_day = (day != info.day).then(|| info.day.number());
    let row = sql::PostingRow {
        no: head.posting_no,
        code: info.code.clone(),
        at: info.at.0,
        day: day.number(),
        own_day,
        actor: info.actor.clone(),
        cause_id: info.cause_id,
        first_seq: head.transfer_seq + 1,
        count: 0,
        total: 0,
        accounts,
        link: [0; 32],
    };
    head.chain = chain::after_posting(&head.chain, &posting_link(&row));
    Ok(Begun { row })
}

pub(super) fn posting_link(row: &sql::PostingRow) -> PostingLink<'_> {
    PostingLink {
        no: row.no,
        at: row.at,
        day: row.day,
        own_day: row.own_day.unwrap_or(0),
        cause_id: row.cause_id,
        first_seq: row.first_seq,
        code: &row.code,
        actor: &row.actor,
        accounts: &row.accounts,
    }
}

pub(super) async fn end_posting(
    tx: &mut Tx,
    book: i64,
    begun: Begun,
    count: i64,
    total: i64,
) -> Result<i64, Fault> {
    let head = tx.head(book)?;
    head.transfer_seq += count;
    // Accounts may be opened by a set-up at any time; money moves forward in time only.
    if count > 0 {
        head.newest_at = head.newest_at.max(begun.row.at);
    }
    let row = sql::PostingRow {
        count,
        total,
        link: head.chain,
        ..begun.row
    };
    sql::insert_posting(tx, book, &row).await?;
    Ok(row.no)
}

pub(super) async fn record_posting(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    record: &[(i64, NewTransfer)],
    accounts: [u8; 32],
) -> Result<i64, Fault> {
    let begun = begin_posting(tx, book, info, accounts).await?;
    let mut rows = Vec::with_capacity(record.len());
    let mut total = 0i64;
    for (seq, t) in record {
        let link = Link {
            seq: *seq,
            client_id: t.client_id,
            posting_no: begun.row.no,
            debit_id: t.debit_id,
            credit_id: t.credit_id,
            amount: t.amount,
            code: t.code.number(),
            cause_id: t.cause_id,
            reverses_seq: t.reverses_seq.unwrap_or(0),
        };
        let head = tx.head(book)?;
        head.chain = chain::after_transfer(&head.chain, &link);
        rows.push((link, head.chain));
        total = total.saturating_add(t.amount);
    }
    sql::insert_transfers(tx, book, &rows).await?;
    end_posting(
        tx,
        book,
        begun,
        i64::try_from(rows.len()).unwrap_or(i64::MAX),
        total,
    )
    .await
}
