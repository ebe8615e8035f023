//! Batches: an approved pay run, from the draft to the last settled line.
//!
//! `draft -> submitted -> approved -> released -> sent -> completed`; `rejected` keeps all
//! it had, and nothing that was sent is ever rejected here. Approval posts nothing:
//! approvers sign the digest of the frozen lines. Release is one Tx: refused when the fund
//! or the paying account, less what other released batches will send, does not cover the
//! whole, else it grants every line. A follow-up batch grants nothing: its lines send what
//! stands on the accounts. What a person's death or a second look takes out of a batch is
//! marked `withdrawn` beside the snapshot, whose digest stays.

pub mod approve;
pub mod follow_up;
pub mod owed;
pub mod prepare;
pub mod reject;
pub mod release;
pub mod send;
pub mod sql;
pub mod withdraw;

pub use sql::Batch;

use crate::access::Role;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::Book;
use crate::payment::sql::BankAccountRow;
use crate::store::Tx;

/// State of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchState {
    Draft,
    Submitted,
    Approved,
    Released,
    Sent,
    Completed,
    Rejected,
}

/// What happens to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchEvent {
    Submit,
    Approve,
    Release,
    Send,
    Complete,
    Reject,
}

impl BatchState {
    pub const ALL: &'static [(BatchState, &'static str)] = &[
        (BatchState::Draft, "draft"),
        (BatchState::Submitted, "submitted"),
        (BatchState::Approved, "approved"),
        (BatchState::Released, "released"),
        (BatchState::Sent, "sent"),
        (BatchState::Completed, "completed"),
        (BatchState::Rejected, "rejected"),
    ];

    pub fn name(self) -> &'static str {
        BatchState::ALL
            .iter()
            .find(|(s, _)| *s == self)
            .map_or("", |(_, n)| n)
    }

    pub fn parse(name: &str) -> Option<BatchState> {
        BatchState::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(s, _)| *s)
    }

    /// The state after the event, if there is such a way.
    pub fn next(self, event: BatchEvent) -> Option<BatchState> {
        use BatchEvent as E;
        use BatchState as S;
        match (self, event) {
            (S::Draft, E::Submit) => Some(S::Submitted),
            (S::Submitted, E::Approve) => Some(S::Approved),
            (S::Approved, E::Release) => Some(S::Released),
            (S::Released, E::Send) => Some(S::Sent),
            (S::Sent, E::Complete) => Some(S::Completed),
            (S::Draft | S::Submitted | S::Approved | S::Released, E::Reject) => Some(S::Rejected),
            _ => None,
        }
    }
}

/// The state of the batch after `event`, or the reject that says what was needed.
pub fn next_state(batch: &Batch, event: BatchEvent, needed: &str) -> Result<BatchState, Reject> {
    batch.state.next(event).ok_or_else(|| Reject::StateWrong {
        what: "batch".into(),
        id: batch.id.to_string(),
        state: batch.state.name().into(),
        needed: needed.into(),
    })
}

/// Programme of batches that give money back to payers.
pub const REFUND: i64 = -1;
/// Programme of batches that pass money on to whom it was collected for.
pub const REMITTANCE: i64 = -2;
/// Programme of batches that send money back that is nobody's here.
pub const SEND_BACK: i64 = -3;

/// Who makes batches: of allowances, of a biller's payouts.
pub const MAKERS: &[Role] = &[Role::LabourMaker, Role::SchoolCashier];
/// Who approves and releases them.
pub const APPROVERS: &[Role] = &[Role::LabourApprover, Role::SchoolHead];

/// A batch and its book, by ids.
pub async fn load(tx: &mut Tx, book: &Book, id: i64) -> Result<Batch, Failure> {
    Ok(sql::find(tx, book.id, id)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "batch".into(),
            id: id.to_string(),
        })?)
}

/// The header that the digest begins with: who made the batch, what the lines are for and
/// come to, which account pays.
pub fn frozen_header(batch: &Batch, bank: &BankAccountRow) -> String {
    format!(
        "batch {} book {} programme {} period {} fund {} bank {} {} {} {} maker {} follows {} lines {} total {}\n",
        batch.id,
        batch.book_id,
        batch.programme_id,
        batch.period,
        batch.fund_id,
        batch.bank_account_id,
        bank.counter,
        bank.bin,
        bank.holder_name,
        batch.made_by,
        batch.follows_id.unwrap_or(0),
        batch.count,
        batch.total
    )
}

/// The digest of the batch as its rows are now.
pub async fn digest_now(tx: &mut Tx, batch: &Batch) -> Result<[u8; 32], Fault> {
    let last = batch.first_id + batch.count - 1;
    let bank =
        crate::payment::sql::bank_account_by_id(tx, batch.book_id, batch.bank_account_id).await?;
    crate::payment::lines_digest(
        tx,
        batch.book_id,
        batch.first_id,
        last,
        &frozen_header(batch, &bank),
    )
    .await
}

/// Rejects when the batch's rows are not what was submitted.
pub async fn check_frozen(tx: &mut Tx, batch: &Batch) -> Result<[u8; 32], Failure> {
    let now = digest_now(tx, batch).await?;
    match &batch.digest {
        Some(signed) if *signed == now => Ok(now),
        other => Err(Reject::BatchChanged {
            batch: batch.id.to_string(),
            signed: other.map_or_else(String::new, |d| short_hex(&d)),
            now: short_hex(&now),
        }
        .into()),
    }
}

/// The first 16 hex digits of a digest, as people compare them.
pub fn short_hex(digest: &[u8]) -> String {
    crate::store::keys::hex(digest).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a batch that is released without approval, sent twice, or given up once sent.
    #[test]
    fn a_batch_goes_only_its_way() {
        use BatchEvent::*;
        let mut ways = Vec::new();
        for (state, name) in BatchState::ALL {
            for event in [Submit, Approve, Release, Send, Complete, Reject] {
                if let Some(next) = state.next(event) {
                    ways.push(format!("{name} {event:?} {}", next.name()));
                }
            }
        }
        assert_eq!(
            ways,
            [
                "draft Submit submitted",
                "draft Reject rejected",
                "submitted Approve approved",
                "submitted Reject rejected",
                "approved Release released",
                "approved Reject rejected",
                "released Send sent",
                "released Reject rejected",
                "sent Complete completed"
            ]
        );
    }
}
