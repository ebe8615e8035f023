//! Submitting, approving and rejecting a batch: the digest of the frozen lines, signed by
//! other people than its maker.
//!
//! How many approvers a batch needs depends on its total: bands, as data of the set-up.
//! A signature is a keyed hash over book, batch, digest, approver and time.

use super::sql::{self, Batch, BatchEventRow};
use super::{APPROVERS, BatchEvent, MAKERS, check_frozen, digest_now, load, next_state, short_hex};
use crate::access;
use crate::error::{Failure, Fault};
use crate::ledger::Book;
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Up to which total how many approvers are needed; ascending, the last band holds for more.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct ApprovalBand {
    /// đồng; none for "and above".
    pub up_to: Option<i64>,
    pub approvers: usize,
}

/// The name of the setting that holds a book's bands.
pub fn bands_setting(book: i64) -> String {
    format!("approval_bands/{book}")
}

async fn approvers_needed(tx: &mut Tx, batch: &Batch) -> Result<usize, Fault> {
    let Some(text) = crate::store::sql::find_setting(tx, &bands_setting(batch.book_id)).await?
    else {
        return Ok(1);
    };
    let bands: Vec<ApprovalBand> =
        serde_json::from_str(&text).map_err(|e| Fault::Corrupt(e.to_string()))?;
    Ok(decide_approvers(&bands, batch.total))
}

/// Approvers that a total needs; at least one.
pub fn decide_approvers(bands: &[ApprovalBand], total: i64) -> usize {
    let band = bands
        .iter()
        .find(|b| b.up_to.is_none_or(|limit| total <= limit))
        .or(bands.last());
    band.map_or(1, |b| b.approvers.max(1))
}

pub(super) async fn note(
    tx: &mut Tx,
    ctx: &Ctx,
    batch: &Batch,
    event: &str,
    text: &str,
    signed: Option<(&[u8; 32], [u8; 32])>,
) -> Result<(), Fault> {
    let row = BatchEventRow {
        event: event.into(),
        actor: ctx.actor.clone(),
        at: ctx.now.0,
        note: text.into(),
        digest: signed.map(|(digest, _)| digest.to_vec()),
        signature: signed.map(|(_, signature)| signature.to_vec()),
    };
    sql::insert_event(tx, batch.book_id, batch.id, &row).await
}

/// State of a batch after an act on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BatchReply {
    pub batch: String,
    pub state: String,
    pub lines: i64,
    pub total: i64,
    /// Hex, 64 digits.
    pub digest: String,
    /// Signatures still needed for approval.
    pub approvers_missing: usize,
}

/// `batch submit`.
pub struct SubmitBatch {
    pub book: Book,
    pub batch: i64,
}

impl Command for SubmitBatch {
    const NAME: &'static str = "batch.submit";
    type Reply = BatchReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<BatchReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, MAKERS).await?;
        let batch = load(tx, &self.book, self.batch).await?;
        let state = next_state(&batch, BatchEvent::Submit, "draft")?;
        let digest = digest_now(tx, &batch).await?;
        sql::set_digest(tx, batch.book_id, batch.id, &digest).await?;
        sql::set_state(tx, batch.book_id, batch.id, state).await?;
        note(tx, ctx, &batch, "submitted", "", Some((&digest, [0; 32]))).await?;
        let missing = approvers_needed(tx, &batch).await?;
        Ok(reply(&batch, state.name(), &digest, missing))
    }
}

fn reply(batch: &Batch, state: &str, digest: &[u8; 32], approvers_missing: usize) -> BatchReply {
    BatchReply {
        batch: batch.id.to_string(),
        state: state.into(),
        lines: batch.count,
        total: batch.total,
        digest: crate::store::keys::hex(digest),
        approvers_missing,
    }
}

/// `batch approve`. With `digest` given, the approver signs exactly that one.
pub struct ApproveBatch {
    pub book: Book,
    pub batch: i64,
    /// First digits of the digest that the approver saw.
    pub digest: Option<String>,
    pub keys: KeyRing,
}

impl Command for ApproveBatch {
    const NAME: &'static str = "batch.approve";
    type Reply = BatchReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch, "digest": self.digest})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<BatchReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, APPROVERS).await?;
        let batch = load(tx, &self.book, self.batch).await?;
        let state = next_state(&batch, BatchEvent::Approve, "submitted")?;
        let events = sql::events(tx, batch.book_id, batch.id).await?;
        access::other_than(ctx, &batch.made_by, "approve")?;
        for event in &events {
            if event.event == "submitted" || event.event == "approved" {
                access::other_than(ctx, &event.actor, "approve")?;
            }
        }
        let digest = check_frozen(tx, &batch).await?;
        if let Some(seen) = &self.digest {
            let now = crate::store::keys::hex(&digest);
            if seen.len() < 8 || !now.starts_with(seen.as_str()) {
                let reject = crate::error::Reject::BatchChanged {
                    batch: batch.id.to_string(),
                    signed: seen.clone(),
                    now: short_hex(&digest),
                };
                return Err(reject.into());
            }
        }
        let signature = signature_of(&self.keys, &batch, &ctx.actor, ctx.now.0, &digest);
        note(tx, ctx, &batch, "approved", "", Some((&digest, signature))).await?;
        let have = events.iter().filter(|e| e.event == "approved").count() + 1;
        let missing = approvers_needed(tx, &batch).await?.saturating_sub(have);
        let state = if missing == 0 { state } else { batch.state };
        sql::set_state(tx, batch.book_id, batch.id, state).await?;
        Ok(reply(&batch, state.name(), &digest, missing))
    }
}

/// The approver's signature: a keyed hash over book, batch, approver, time and digest.
fn signature_of(
    keys: &KeyRing,
    batch: &Batch,
    actor: &str,
    at: i64,
    digest: &[u8; 32],
) -> [u8; 32] {
    let text = format!("{}|{}|{actor}|{at}|", batch.book_id, batch.id);
    let mut signed = text.into_bytes();
    signed.extend_from_slice(digest);
    keys.hash(Purpose::Signature, &signed)
}

/// Rejects unless as many people as the total needs, none of them the maker, signed
/// exactly the lines that stand there now. States and digests in the database alone prove
/// nothing; these signatures need the key ring.
pub(super) async fn check_signed(
    tx: &mut Tx,
    keys: &KeyRing,
    batch: &Batch,
    digest: &[u8; 32],
) -> Result<(), Failure> {
    let needed = approvers_needed(tx, batch).await?;
    let found = signers(tx, keys, batch, digest).await?.len();
    if found >= needed {
        return Ok(());
    }
    Err(crate::error::Reject::ApprovalMissing {
        batch: batch.id.to_string(),
        needed,
        found,
    }
    .into())
}

/// Who signed exactly these lines, the maker left out.
pub async fn signers(
    tx: &mut Tx,
    keys: &KeyRing,
    batch: &Batch,
    digest: &[u8; 32],
) -> Result<Vec<String>, Fault> {
    let mut signers: Vec<String> = Vec::new();
    for event in sql::events(tx, batch.book_id, batch.id).await? {
        let signature = signature_of(keys, batch, &event.actor, event.at, digest);
        let right = event.event == "approved"
            && event.actor != batch.made_by
            && event.digest.as_deref() == Some(digest.as_slice())
            && event.signature.as_deref() == Some(signature.as_slice());
        if right && !signers.contains(&event.actor) {
            signers.push(event.actor);
        }
    }
    Ok(signers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a large batch that one person alone approves.
    #[test]
    fn bands_say_how_many_approve() {
        let bands = [
            ApprovalBand {
                up_to: Some(1_000),
                approvers: 1,
            },
            ApprovalBand {
                up_to: None,
                approvers: 2,
            },
        ];
        assert_eq!(decide_approvers(&bands, 1_000), 1);
        assert_eq!(decide_approvers(&bands, 1_001), 2);
        assert_eq!(decide_approvers(&[], 5), 1);
        assert_eq!(decide_approvers(&bands[..1], 5_000), 1);
    }
}
