//! Sending a released batch: what is posted, and what the payment file says.
//!
//! First `gateway` drafts the file with no Tx open, from what [`plan_file`] says it will
//! be: an address that does not open or was changed is found while nothing is posted. TX1
//! posts (beneficiary to clearing_out), fixes message id, time and day, and leaves an outbox
//! item; then the draft takes its name, or is written anew where TX1 fixed something else;
//! TX2 notes its hash. A crash in between changes nothing: the same command finds the outbox
//! item and writes the same bytes, and a bank that has them already knows the message id.

use super::approve::{check_signed, note};
use super::release::{check_bank, check_not_overpaid, post_batch};
use super::sql;
use super::withdraw::withdraw_blocked;
use super::{
    APPROVERS, BatchEvent, BatchState, MAKERS, REFUND, REMITTANCE, SEND_BACK, check_frozen, load,
    next_state,
};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::bulk::Side;
use crate::ledger::{Book, Code, PostingInfo};
use crate::payment;
use crate::store::keys::KeyRing;
use crate::store::{self, Command, Ctx, Tx};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Kind of the outbox item of a payment file.
pub const OUTBOX_KIND: &str = "payment_file";

/// What was fixed before the first byte of a payment file.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct PaymentFile {
    pub batch: i64,
    pub message_id: String,
    /// `2026-06-05T09:30:00+07:00`.
    pub created_at: String,
    pub requested_on: Day,
    pub lines: i64,
    pub total: i64,
    pub first_id: i64,
    pub last_id: i64,
    pub bank_account_id: i64,
    /// What the payee reads.
    pub purpose: String,
    /// SHA-256 of the file once it was written, hex.
    pub sha256: Option<String>,
}

/// The posting half of `batch send`.
pub struct SendBatch {
    pub book: Book,
    pub batch: i64,
    pub keys: KeyRing,
}

impl Command for SendBatch {
    const NAME: &'static str = "batch.send";
    type Reply = PaymentFile;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PaymentFile, Failure> {
        require_sender(tx, ctx, &self.book).await?;
        let batch = load(tx, &self.book, self.batch).await?;
        if matches!(batch.state, BatchState::Sent | BatchState::Completed) {
            return fixed_file(tx, &self.book, self.batch).await;
        }
        let state = next_state(&batch, BatchEvent::Send, "released")?;
        let digest = check_frozen(tx, &batch).await?;
        check_signed(tx, &self.keys, &batch, &digest).await?;
        check_not_overpaid(tx, &batch).await?;
        withdraw_blocked(tx, ctx, &batch).await?;
        let (count, total) =
            payment::sql::totals(tx, batch.book_id, batch.first_id, batch.last_id(), true).await?;
        if count == 0 {
            return Err(Reject::BatchEmpty {
                period: crate::programme::period_text(batch.period),
            }
            .into());
        }
        // What other released batches will send is not taken off: who sends first, is paid.
        check_bank(tx, &batch, total, 0).await?;
        let bank =
            payment::sql::bank_account_by_id(tx, batch.book_id, batch.bank_account_id).await?;
        let info = PostingInfo::new("batch_sent", ctx, ctx.now.day(), batch.id);
        let other = (bank.clearing_out_id, Side::Debit);
        post_batch(tx, &batch, &info, Code::Sent, other, (count, total)).await?;
        let file = file_of(&batch, ctx, count, total);
        sql::set_state(tx, batch.book_id, batch.id, state).await?;
        sql::set_sent(tx, batch.book_id, batch.id, ctx.now.day(), count).await?;
        note(
            tx,
            ctx,
            &batch,
            "sent",
            &file.message_id,
            Some((&digest, [0; 32])),
        )
        .await?;
        let id = tx.reserve_ids(batch.book_id, 1)?;
        let payload = serde_json::to_string(&file).map_err(|e| Fault::Corrupt(e.to_string()))?;
        store::sql::insert_outbox(
            tx,
            batch.book_id,
            id,
            OUTBOX_KIND,
            batch.id,
            &payload,
            ctx.now,
        )
        .await?;
        Ok(file)
    }
}

async fn require_sender(tx: &mut Tx, ctx: &Ctx, book: &Book) -> Result<(), Failure> {
    let roles = [MAKERS, APPROVERS, &[Role::Accountant]].concat();
    access::require(tx, ctx, book.id, &book.code, &roles).await
}

/// The payment file of a batch whose live lines are `count` and come to `total` đồng, when it
/// is sent now.
fn file_of(batch: &sql::Batch, ctx: &Ctx, count: i64, total: i64) -> PaymentFile {
    PaymentFile {
        batch: batch.id,
        message_id: format!("ANSINH-{}-{}", batch.book_id, batch.id),
        created_at: ctx.now.local_text(),
        requested_on: ctx.now.day(),
        lines: count,
        total,
        first_id: batch.first_id,
        last_id: batch.last_id(),
        bank_account_id: batch.bank_account_id,
        purpose: purpose(batch),
        sha256: None,
    }
}

/// What the payee reads, ASCII.
fn purpose(batch: &sql::Batch) -> String {
    let what = match batch.programme_id {
        REFUND => "HOAN TIEN",
        REMITTANCE => "CHUYEN TIEN THU HO",
        SEND_BACK => "TRA LAI TIEN CHUYEN NHAM",
        _ => "TRO CAP THANG",
    };
    format!("{what} {:02}/{}", batch.period % 100, batch.period / 100)
}

/// The payment file that a send would make now; none unless the batch is released. Only for
/// somebody who may send it.
pub async fn plan_file(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    batch: i64,
) -> Result<Option<PaymentFile>, Failure> {
    require_sender(tx, ctx, book).await?;
    let batch = load(tx, book, batch).await?;
    if batch.state != BatchState::Released {
        return Ok(None);
    }
    let (count, total) =
        payment::sql::totals(tx, batch.book_id, batch.first_id, batch.last_id(), true).await?;
    Ok((count > 0).then(|| file_of(&batch, ctx, count, total)))
}

/// Why a file can't be made of a released batch: lines that are not those that were signed,
/// if so; otherwise `failure`, what the writer met.
pub async fn why_unwritable(
    tx: &mut Tx,
    book: &Book,
    batch: i64,
    failure: Failure,
) -> Result<Failure, Failure> {
    let batch = load(tx, book, batch).await?;
    Ok(check_frozen(tx, &batch).await.err().unwrap_or(failure))
}

/// What was fixed for a batch that was sent.
pub async fn fixed_file(tx: &mut Tx, book: &Book, batch: i64) -> Result<PaymentFile, Failure> {
    let item = store::sql::find_outbox(tx, book.id, OUTBOX_KIND, batch)
        .await?
        .ok_or_else(|| Reject::StateWrong {
            what: "batch".into(),
            id: batch.to_string(),
            state: "not sent".into(),
            needed: "sent".into(),
        })?;
    let mut file: PaymentFile = serde_json::from_str(&item.payload)
        .map_err(|e| Fault::Corrupt(format!("outbox item {}: {e}", item.id)))?;
    file.sha256 = item.result;
    Ok(file)
}

/// The noting half of `batch send`: the file lies where it was asked for.
pub struct NoteSent {
    pub book: Book,
    pub batch: i64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
}

impl Command for NoteSent {
    const NAME: &'static str = "batch.file_written";
    type Reply = ();

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch, "sha256": self.sha256})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<(), Failure> {
        if let Some(item) =
            store::sql::find_outbox(tx, self.book.id, OUTBOX_KIND, self.batch).await?
        {
            store::sql::finish_outbox(tx, self.book.id, item.id, &self.sha256, ctx.now).await?;
        }
        Ok(())
    }
}

/// `batch export`: who took the account numbers of a batch out again, and when.
pub struct NoteExport {
    pub book: Book,
    pub batch: i64,
}

impl Command for NoteExport {
    const NAME: &'static str = "batch.export";
    type Reply = PaymentFile;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PaymentFile, Failure> {
        let roles = [MAKERS, APPROVERS, &[Role::Accountant, Role::Auditor]].concat();
        access::require(tx, ctx, self.book.id, &self.book.code, &roles).await?;
        fixed_file(tx, &self.book, self.batch).await
    }
}
