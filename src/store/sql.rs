//! Statements on the store's own tables: `head`, `command`, `audit`, `outbox`, `setting`.

use super::command::Ctx;
use super::tx::Tx;
use crate::args;
use crate::clock::Instant;
use crate::error::Fault;

/// Makes the head row of a new book.
pub async fn insert_head(tx: &mut Tx, book: i64) -> Result<(), Fault> {
    tx.execute(
        "insert into head(book_id, next_id, transfer_seq, posting_no, chain, audit_seq, audit_chain, newest_at) \
         values ($1, 1, 0, 0, $2, 0, $2, 0)",
        args![book, [0u8; 32]],
    )
    .await?;
    Ok(())
}

pub async fn find_command(
    tx: &mut Tx,
    book: i64,
    name: &str,
    key: &str,
) -> Result<Option<([u8; 32], String)>, Fault> {
    let row = tx
        .find(
            "select digest, reply from command where book_id = $1 and name = $2 and key = $3",
            args![book, name, key],
        )
        .await?;
    row.map(|r| Ok((r.digest(0)?, r.text(1)?))).transpose()
}

pub async fn insert_command(
    tx: &mut Tx,
    book: i64,
    name: &str,
    key: &str,
    digest: &[u8; 32],
    reply: &str,
    at: Instant,
) -> Result<(), Fault> {
    tx.execute(
        "insert into command(book_id, name, key, digest, reply, at) values ($1, $2, $3, $4, $5, $6)",
        args![book, name, key, *digest, reply, at],
    )
    .await?;
    Ok(())
}

pub async fn insert_audit(
    tx: &mut Tx,
    book: i64,
    seq: i64,
    ctx: &Ctx,
    act: &str,
    detail: &str,
    link: &[u8; 32],
) -> Result<(), Fault> {
    tx.execute(
        "insert into audit(book_id, seq, at, actor, act, detail, link) values ($1, $2, $3, $4, $5, $6, $7)",
        args![book, seq, ctx.now, &ctx.actor, act, detail, *link],
    )
    .await?;
    Ok(())
}

pub struct AuditRow {
    pub seq: i64,
    pub at: i64,
    pub actor: String,
    pub act: String,
    pub detail: String,
    pub link: [u8; 32],
}

pub async fn each_audit(
    tx: &mut Tx,
    book: i64,
    mut each: impl FnMut(AuditRow) -> Result<(), Fault>,
) -> Result<(), Fault> {
    tx.for_each(
        "select seq, at, actor, act, detail, link from audit where book_id = $1 order by seq",
        args![book],
        |r| {
            each(AuditRow {
                seq: r.int(0)?,
                at: r.int(1)?,
                actor: r.text(2)?,
                act: r.text(3)?,
                detail: r.text(4)?,
                link: r.digest(5)?,
            })
        },
    )
    .await
}

pub async fn each_audit_of(
    tx: &mut Tx,
    book: i64,
    act: &str,
    mut each: impl FnMut(i64, String) -> Result<(), Fault>,
) -> Result<(), Fault> {
    tx.for_each(
        "select seq, detail from audit where book_id = $1 and act = $2 order by seq",
        args![book, act],
        |r| each(r.int(0)?, r.text(1)?),
    )
    .await
}

pub async fn audit_link(tx: &mut Tx, book: i64, seq: i64) -> Result<Option<[u8; 32]>, Fault> {
    let row = tx
        .find(
            "select link from audit where book_id = $1 and seq = $2",
            args![book, seq],
        )
        .await?;
    row.map(|r| r.digest(0)).transpose()
}

pub async fn audit_head(tx: &mut Tx, book: i64) -> Result<(i64, [u8; 32]), Fault> {
    let row = tx
        .one(
            "select audit_seq, audit_chain from head where book_id = $1",
            args![book],
        )
        .await?;
    Ok((row.int(0)?, row.digest(1)?))
}

/// A message for the outside world, written in the Tx that decided it.
pub struct OutboxItem {
    pub id: i64,
    pub payload: String,
    pub done_at: Option<i64>,
    pub result: Option<String>,
}

pub async fn insert_outbox(
    tx: &mut Tx,
    book: i64,
    id: i64,
    kind: &str,
    subject_id: i64,
    payload: &str,
    at: Instant,
) -> Result<(), Fault> {
    tx.execute(
        "insert into outbox(book_id, id, kind, subject_id, payload, created_at) values ($1, $2, $3, $4, $5, $6)",
        args![book, id, kind, subject_id, payload, at],
    )
    .await?;
    Ok(())
}

pub async fn find_outbox(
    tx: &mut Tx,
    book: i64,
    kind: &str,
    subject_id: i64,
) -> Result<Option<OutboxItem>, Fault> {
    let row = tx
        .find(
            "select id, payload, done_at, result from outbox where book_id = $1 and kind = $2 and subject_id = $3",
            args![book, kind, subject_id],
        )
        .await?;
    row.map(|r| {
        Ok(OutboxItem {
            id: r.int(0)?,
            payload: r.text(1)?,
            done_at: r.opt_int(2)?,
            result: r.opt_text(3)?,
        })
    })
    .transpose()
}

pub async fn finish_outbox(
    tx: &mut Tx,
    book: i64,
    id: i64,
    result: &str,
    at: Instant,
) -> Result<(), Fault> {
    tx.execute(
        "update outbox set done_at = $3, result = $4 where book_id = $1 and id = $2 and done_at is null",
        args![book, id, at, result],
    )
    .await?;
    Ok(())
}

pub async fn find_setting(tx: &mut Tx, name: &str) -> Result<Option<String>, Fault> {
    let row = tx
        .find("select value from setting where name = $1", args![name])
        .await?;
    row.map(|r| r.text(0)).transpose()
}

pub async fn put_setting(tx: &mut Tx, name: &str, value: &str) -> Result<(), Fault> {
    tx.execute(
        "insert into setting(name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
        args![name, value],
    )
    .await?;
    Ok(())
}

/// The newest instant that any book has recorded, UTC microseconds; 0 before the first.
pub async fn newest_at(tx: &mut Tx) -> Result<i64, Fault> {
    tx.one("select coalesce(max(newest_at), 0) from head", args![])
        .await?
        .int(0)
}
