//! Reopening a closed day: one person proposes, another approves. The later days of the
//! account open with it, and the posting days from there on. Nothing is deleted: the old
//! proofs stay beside the new ones, and the reopening is signed and chained like a closing.

use super::close::account_of;
use super::days::{self, Act, DayProof, Place, ReopenProof, ReopenedDay};
use super::sql::{self, BankDayRow, ReopeningRow};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject, check_reason};
use crate::ledger::{self, Book};
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, hex};
use crate::store::{Command, Ctx, Tx, check_clock};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `day reopen`: without `approve` a proposal, with it the second person's word.
pub struct ReopenDay {
    pub book: Book,
    pub bank_account: String,
    pub day: Day,
    pub reason: String,
    pub approve: bool,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReopenReply {
    pub book: String,
    pub bank_account: String,
    pub day: String,
    /// `proposed`, or `open` once it was approved.
    pub state: String,
    pub reason: String,
    pub proposed_by: String,
    pub approved_by: Option<String>,
    /// The closed days that are open again, or would be.
    pub reopened: Vec<String>,
    /// Hex digest over what was signed.
    pub digest: Option<String>,
}

impl Command for ReopenDay {
    const NAME: &'static str = "day.reopen";
    type Reply = ReopenReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "bank_account": self.bank_account, "day": self.day.to_string(),
               "reason": self.reason, "approve": self.approve})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ReopenReply, Failure> {
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::Accountant, Role::ChiefAccountant],
        )
        .await?;
        let bank = account_of(tx, &self.book, &self.bank_account).await?;
        let closed = sql::closed_days_from(tx, self.book.id, bank.id, self.day).await?;
        if closed.first().is_none_or(|first| first.day != self.day) {
            return Err(self.wrong_state("open", "closed").into());
        }
        let waiting = sql::find_reopening(tx, self.book.id, bank.id, self.day).await?;
        if self.approve {
            let Some(waiting) = waiting else {
                return Err(self.wrong_state("closed", "proposed").into());
            };
            self.approve_it(tx, ctx, &bank, &closed, waiting).await
        } else {
            self.propose_it(tx, ctx, &bank, &closed, waiting).await
        }
    }
}

impl ReopenDay {
    async fn propose_it(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        bank: &BankAccountRow,
        closed: &[BankDayRow],
        waiting: Option<ReopeningRow>,
    ) -> Result<ReopenReply, Failure> {
        let reason = self.reason.trim();
        check_reason("day reopen", reason)?;
        if let Some(before) = waiting {
            sql::end_reopening(
                tx,
                self.book.id,
                before.id,
                "replaced",
                &ctx.actor,
                ctx.now.0,
            )
            .await?;
        }
        let row = ReopeningRow {
            id: tx.reserve_ids(self.book.id, 1)?,
            reason: reason.to_owned(),
            proposed_by: ctx.actor.clone(),
            proposed_at: ctx.now.0,
        };
        sql::insert_reopening(tx, self.book.id, bank.id, self.day, &row).await?;
        Ok(self.reply(bank, closed, row, None))
    }

    async fn approve_it(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        bank: &BankAccountRow,
        closed: &[BankDayRow],
        waiting: ReopeningRow,
    ) -> Result<ReopenReply, Failure> {
        access::other_than(ctx, &waiting.proposed_by, "approve")?;
        check_clock(tx.head(self.book.id)?, ctx.now)?;
        tx.head(self.book.id)?.signed_at(ctx.now);
        let place = Place::next(tx, self.book.id, bank.id).await?;
        let proof = ReopenProof {
            book: self.book.code.clone(),
            bank_account: bank.code.clone(),
            day: self.day.to_string(),
            reason: waiting.reason.clone(),
            proposed_by: waiting.proposed_by.clone(),
            approved_by: ctx.actor.clone(),
            reopened: closed
                .iter()
                .map(|d| ReopenedDay {
                    day: d.day.to_string(),
                    digest: hex(&d.digest),
                })
                .collect(),
            chain_head: hex(&place.chain),
            transfer_seq: place.transfer_seq,
            audit_head: hex(&place.audit_head),
            audit_seq: place.audit_seq,
            closed_before: place.before,
            previous: hex(&place.previous),
        };
        let act = Act {
            act: "reopened",
            day: self.day,
            proof: serde_json::to_string(&proof).map_err(|e| Fault::Corrupt(e.to_string()))?,
            made_by: &waiting.proposed_by,
        };
        let digest = days::sign(tx, ctx, &self.keys, bank, &place, act).await?;
        for d in closed {
            let proof: DayProof = serde_json::from_str(&d.proof)
                .map_err(|e| Fault::Corrupt(format!("proof of {}: {e}", d.day)))?;
            for number in proof.statements {
                sql::set_statement_state(tx, self.book.id, bank.id, number, "matched").await?;
            }
        }
        sql::end_reopening(
            tx,
            self.book.id,
            waiting.id,
            "approved",
            &ctx.actor,
            ctx.now.0,
        )
        .await?;
        sql::end_reopenings_from(tx, self.book.id, bank.id, self.day, &ctx.actor, ctx.now.0)
            .await?;
        ledger::reopen_posting_days(tx, self.book.id, self.day, ctx.now.0, &ctx.actor).await?;
        Ok(self.reply(bank, closed, waiting, Some((&ctx.actor, digest))))
    }

    fn reply(
        &self,
        bank: &BankAccountRow,
        closed: &[BankDayRow],
        row: ReopeningRow,
        approved: Option<(&str, [u8; 32])>,
    ) -> ReopenReply {
        ReopenReply {
            book: self.book.code.clone(),
            bank_account: bank.code.clone(),
            day: self.day.to_string(),
            state: if approved.is_some() {
                "open"
            } else {
                "proposed"
            }
            .into(),
            reason: row.reason,
            proposed_by: row.proposed_by,
            approved_by: approved.map(|(by, _)| by.to_owned()),
            reopened: closed.iter().map(|d| d.day.to_string()).collect(),
            digest: approved.map(|(_, digest)| hex(&digest)),
        }
    }

    fn wrong_state(&self, state: &str, needed: &str) -> Reject {
        Reject::StateWrong {
            what: "day".into(),
            id: self.day.to_string(),
            state: state.into(),
            needed: needed.into(),
        }
    }
}
