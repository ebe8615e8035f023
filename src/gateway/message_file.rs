//! Messages to payers as files in a folder: the channel that works out of the box.
//!
//! ```text
//! prepare : BOOK's messages -> reminders-BOOK-DIGEST.jsonl.part, whole and on disk
//! mark    : SendReminders, one Tx: what stands in it is sent
//! publish : .part -> .jsonl
//! ```
//!
//! A crash before the mark leaves a `.part` that nobody takes and messages that wait; after
//! it a `.part` whose digest the books know, which the next run publishes. So a message is
//! in one `.jsonl` and never in two. One JSON object a line: `id`, `text`, `to` [`name`,
//! `phone`], `bill`, `amount`, `due_on`, `pay_code`, `step`.

use crate::collection::reminder::{SendReminders, SendReply, waiting};
use crate::collection::sql::reminder as sql;
use crate::error::{Failure, Fault, Reject, io_fault};
use crate::ledger::Book;
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{Ctx, Db, Tx, run};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How often what waits may change under the hands of one sending.
const ATTEMPTS_MAX: u32 = 5;

/// What was sent.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    pub reply: SendReply,
    /// The new file, and those of a run that broke off.
    pub files: Vec<PathBuf>,
}

/// Sends what waits into `folder`.
pub async fn send(
    db: &Db,
    ctx: &Ctx,
    keys: &KeyRing,
    book: &Book,
    folder: &Path,
) -> Result<Sent, Failure> {
    let mut files = Vec::new();
    if !ctx.dry_run {
        std::fs::create_dir_all(folder).map_err(io_fault(folder))?;
        files = publish_marked(db, book, folder).await?;
    }
    for _ in 0..ATTEMPTS_MAX {
        let mut tx = db.begin_read().await?;
        let (text, prepared) = lines(&mut tx, ctx, keys, book).await?;
        tx.rollback().await?;
        let sent_as = hex(&Sha256::digest(&text)[..8]);
        let part = folder.join(format!("reminders-{}-{sent_as}.jsonl.part", book.code));
        let some = !prepared.is_empty();
        if some && !ctx.dry_run {
            write_whole(&part, &text)?;
        }
        let command = SendReminders {
            book: book.clone(),
            sent_as,
            prepared,
        };
        let reply = run(db, ctx, &command).await;
        if some && !ctx.dry_run {
            match &reply {
                Ok(reply) if reply.fits => files.push(publish(&part)?),
                Ok(_) | Err(Failure::Reject(_)) => {
                    discard(&part)?;
                }
                // Whether it was committed is not known: the next run sees.
                Err(Failure::Fault(_)) => {}
            }
        }
        let reply = reply?;
        if reply.fits {
            return Ok(Sent { reply, files });
        }
    }
    Err(Reject::StateWrong {
        what: "reminder send".into(),
        id: book.code.clone(),
        state: "changing".into(),
        needed: "still".into(),
    }
    .into())
}

/// The lines of the file, and what they say: (bill, step, đồng).
async fn lines(
    tx: &mut Tx,
    ctx: &Ctx,
    keys: &KeyRing,
    book: &Book,
) -> Result<(String, Vec<(i64, i64, i64)>), Failure> {
    let send = waiting(tx, book, ctx.now.day()).await?.send;
    let mut debtors: Vec<i64> = send.iter().map(|(b, _)| b.debtor_id).collect();
    debtors.sort_unstable();
    debtors.dedup();
    let payers = sql::payers(tx, book.id, &debtors).await?;
    let mut text = String::new();
    let mut prepared = Vec::with_capacity(send.len());
    for (bill, m) in &send {
        let mut to = Vec::new();
        for (name, sealed) in payers.get(&bill.debtor_id).into_iter().flatten() {
            let phone = sealed
                .as_ref()
                .map(|s| keys.open_text(Purpose::Phone, s))
                .transpose()?;
            to.push(json!({"name": name, "phone": phone}));
        }
        let line = json!({
            "id": format!("{}-{}-{}", book.code, m.bill_id, m.step), "text": m.text, "to": to, "bill": bill.number,
            "amount": m.amount, "due_on": bill.due_on.to_string(), "pay_code": bill.pay_code, "step": m.step,
        });
        text.push_str(&line.to_string());
        text.push('\n');
        prepared.push((m.bill_id, m.step, m.amount));
    }
    Ok((text, prepared))
}

fn write_whole(part: &Path, text: &str) -> Result<(), Fault> {
    let mut file = std::fs::File::create(part).map_err(io_fault(part))?;
    file.write_all(text.as_bytes()).map_err(io_fault(part))?;
    file.sync_all().map_err(io_fault(part))
}

/// Takes a prepared file away; another sending of the same messages may have done so.
fn discard(part: &Path) -> Result<(), Fault> {
    match std::fs::remove_file(part) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(io_fault(part)(e)),
        _ => Ok(()),
    }
}

fn publish(part: &Path) -> Result<PathBuf, Fault> {
    let path = part.with_extension("");
    std::fs::rename(part, &path).map_err(io_fault(part))?;
    Ok(path)
}

/// Publishes what an earlier run marked and had no time to publish.
async fn publish_marked(db: &Db, book: &Book, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let prefix = format!("reminders-{}-", book.code);
    let mut out = Vec::new();
    let mut tx = db.begin_read().await?;
    for entry in std::fs::read_dir(folder).map_err(io_fault(folder))? {
        let path = entry.map_err(io_fault(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let digest = name
            .strip_prefix(&prefix)
            .and_then(|n| n.strip_suffix(".jsonl.part"));
        if let Some(digest) = digest
            && sql::is_sent_as(&mut tx, book.id, digest).await?
        {
            out.push(publish(&path)?);
        }
    }
    tx.rollback().await?;
    out.sort();
    Ok(out)
}
