//! `suspense assign`: a payment that named nobody goes to a bill or a debtor, when one
//! person proposes it and another approves.

use super::credits::find;
use super::sql::{self, BreakRow};
use crate::access::{self, Role};
use crate::collection::credit_in::{self, Target};
use crate::collection::sql::cash;
use crate::error::{Failure, Fault, Reject, check_reason};
use crate::ledger::Book;
use crate::payment;
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The action of a proposal of `suspense assign`.
pub const ASSIGN: &str = "assign";

/// `suspense assign`: without `approve` a proposal, with it the second person's word.
pub struct AssignCredit {
    pub book: Book,
    pub id: i64,
    /// Needed for a proposal; with `approve` what the approver has seen, if given.
    pub bill: Option<String>,
    pub debtor: Option<String>,
    pub reason: String,
    pub approve: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssignReply {
    pub id: String,
    pub state: String,
    pub collection: String,
    pub bill: Option<String>,
    pub debtor: Option<String>,
    pub amount: i64,
}

/// What a proposal keeps in the break's note.
#[derive(Serialize, Deserialize)]
struct Assignment {
    bill: Option<String>,
    debtor: Option<String>,
    reason: String,
}

impl Assignment {
    fn target(&self) -> Result<Target, Failure> {
        match (&self.bill, &self.debtor) {
            (Some(code), None) => Ok(Target::Bill(code.clone())),
            (None, Some(code)) => Ok(Target::Debtor(code.clone())),
            _ => Err(Reject::BadInput {
                what: "suspense assign".into(),
                place: "--bill / --debtor".into(),
                found: String::new(),
                expected: "--bill CODE, --debtor CODE".into(),
            }
            .into()),
        }
    }
}

impl Command for AssignCredit {
    const NAME: &'static str = "suspense.assign";
    type Reply = AssignReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "id": self.id, "bill": self.bill, "debtor": self.debtor, "reason": self.reason,
               "approve": self.approve})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<AssignReply, Failure> {
        let book = self.book.id;
        let roles = [Role::Accountant, Role::ChiefAccountant, Role::SchoolHead];
        access::require(tx, ctx, book, &self.book.code, &roles).await?;
        let row = sql::find_break(tx, book, self.id)
            .await?
            .filter(|b| b.kind == "credit_unmatched")
            .ok_or_else(|| Reject::NotFound {
                what: "break credit_unmatched".into(),
                id: self.id.to_string(),
            })?;
        let needed = if self.approve {
            "proposed"
        } else {
            "open / assigned / proposed"
        };
        let fits = match row.state.as_str() {
            "resolved" => false,
            state => {
                !self.approve || (state == "proposed" && row.action.as_deref() == Some(ASSIGN))
            }
        };
        if !fits {
            return Err(Reject::StateWrong {
                what: "break".into(),
                id: row.id.to_string(),
                state: row.state.clone(),
                needed: needed.into(),
            }
            .into());
        }
        if self.approve {
            self.carry_out(tx, ctx, &row).await
        } else {
            self.propose(tx, ctx, &row).await
        }
    }
}

impl AssignCredit {
    async fn propose(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
    ) -> Result<AssignReply, Failure> {
        super::proposal::check_free(row, &ctx.actor)?;
        check_reason("suspense assign", &self.reason)?;
        let plan = Assignment {
            bill: self.bill.clone(),
            debtor: self.debtor.clone(),
            reason: self.reason.clone(),
        };
        credit_in::check_target(tx, self.book.id, &plan.target()?).await?;
        let note = serde_json::to_string(&plan).map_err(|e| Fault::Corrupt(e.to_string()))?;
        sql::propose(tx, self.book.id, row.id, ASSIGN, &note, &ctx.actor).await?;
        Ok(reply(row, "proposed", plan, row.open_amount()))
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
    ) -> Result<AssignReply, Failure> {
        let book = self.book.id;
        access::other_than(
            ctx,
            row.proposed_by.as_deref().unwrap_or_default(),
            "approve",
        )?;
        let plan: Assignment = serde_json::from_str(row.note.as_deref().unwrap_or_default())
            .map_err(|e| Fault::Corrupt(format!("break {}: {e}", row.id)))?;
        let collection = find(tx, book, &row.reference).await?;
        let bank = payment::sql::bank_account_by_id(tx, book, row.bank_account_id).await?;
        let biller = cash::find_biller(tx, book)
            .await?
            .ok_or_else(|| Fault::Corrupt(format!("book {book} is no biller")))?;
        let target = plan.target()?;
        let amount = credit_in::assign(tx, ctx, &biller, &bank, &collection, &target).await?;
        sql::set_resolved(tx, book, row.id, &ctx.actor, ctx.now.0).await?;
        Ok(reply(row, "resolved", plan, amount))
    }
}

fn reply(row: &BreakRow, state: &str, plan: Assignment, amount: i64) -> AssignReply {
    AssignReply {
        id: row.id.to_string(),
        state: state.into(),
        collection: row.reference.clone(),
        bill: plan.bill,
        debtor: plan.debtor,
        amount,
    }
}
