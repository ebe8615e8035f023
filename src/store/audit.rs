//! Who did what and when: a row for every change and for every read of a personal
//! identifier, chained by hash in each book, so that a lost or edited row shows.

use super::command::Ctx;
use super::sql;
use super::tx::Tx;
use crate::error::Fault;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Writes the audit row of a command or of a read of personal identifiers.
pub async fn record(
    tx: &mut Tx,
    book: i64,
    ctx: &Ctx,
    act: &str,
    detail: &Value,
) -> Result<(), Fault> {
    let head = tx.head(book)?;
    let seq = head.audit_seq + 1;
    let detail = detail.to_string();
    let link = link(
        &head.audit_chain,
        book,
        seq,
        ctx.now.0,
        &ctx.actor,
        act,
        &detail,
    );
    head.audit_seq = seq;
    head.audit_chain = link;
    sql::insert_audit(tx, book, seq, ctx, act, &detail, &link).await
}

fn link(
    before: &[u8; 32],
    book: i64,
    seq: i64,
    at: i64,
    actor: &str,
    act: &str,
    detail: &str,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    for n in [book, seq, at] {
        hash.update(n.to_le_bytes());
    }
    for text in [actor, act, detail] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// Streams the details of a book's rows of one act.
pub async fn each_detail(
    tx: &mut Tx,
    book: i64,
    act: &str,
    mut each: impl FnMut(i64, Value) -> Result<(), Fault>,
) -> Result<(), Fault> {
    sql::each_audit_of(tx, book, act, |seq, detail| {
        let detail = serde_json::from_str(&detail)
            .map_err(|e| Fault::Corrupt(format!("audit row {seq}: {e}")))?;
        each(seq, detail)
    })
    .await
}

/// The link of a row; zeros before the first, none where there is no such row.
pub async fn link_at(tx: &mut Tx, book: i64, seq: i64) -> Result<Option<[u8; 32]>, Fault> {
    if seq == 0 {
        return Ok(Some([0; 32]));
    }
    sql::audit_link(tx, book, seq).await
}

/// Recomputes the audit chain of a book; the first wrong row, if any.
pub async fn verify(tx: &mut Tx, book: i64) -> Result<Result<i64, String>, Fault> {
    let mut chain = [0u8; 32];
    let mut last = 0;
    let mut wrong: Option<String> = None;
    let (seq, head) = sql::audit_head(tx, book).await?;
    sql::each_audit(tx, book, |row| {
        if wrong.is_some() {
            return Ok(());
        }
        if row.seq != last + 1 {
            wrong = Some(format!("audit row {} is missing", last + 1));
            return Ok(());
        }
        last = row.seq;
        chain = link(
            &chain,
            book,
            row.seq,
            row.at,
            &row.actor,
            &row.act,
            &row.detail,
        );
        if chain != row.link {
            wrong = Some(format!("audit row {} was changed", row.seq));
        }
        Ok(())
    })
    .await?;
    if wrong.is_none() && (last != seq || chain != head) {
        wrong = Some(format!("the audit ends at row {last}, its head says {seq}"));
    }
    Ok(match wrong {
        Some(what) => Err(what),
        None => Ok(last),
    })
}
