//! `reduction add|end`: what is taken off for one debtor, by decision, with evidence.
//!
//! A row is never edited: a wrong one is ended and another added. What follows from being
//! a policy beneficiary needs no row: it is found when bills are prepared (`run::grounds`).

use super::price::{FeeKind, Form, Reduction};
use super::school;
use super::sql::fee::{self as sql, ReductionRow};
use crate::access::{self, Role};
use crate::error::{Failure, Reject};
use crate::ledger::Book;
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `reduction add`.
pub struct AddReduction {
    pub book: Book,
    pub debtor: String,
    pub fee: Option<String>,
    pub kind: Option<FeeKind>,
    /// `rate` with percent, or `amount` with đồng.
    pub form: String,
    pub value: String,
    pub ground: String,
    pub evidence: String,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReductionReply {
    pub reduction: String,
    pub debtor: String,
    pub form: String,
    pub value: String,
    pub ground: String,
    #[serde(default)]
    pub again: bool,
}

impl Command for AddReduction {
    const NAME: &'static str = "reduction.add";
    type Reply = ReductionReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "debtor": self.debtor, "fee": self.fee, "form": self.form, "value": self.value,
               "ground": self.ground, "valid_from": self.valid_from.to_string()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ReductionReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, &[Role::SchoolHead]).await?;
        let bad = |place: &str, found: &str, expected: &str| Reject::BadInput {
            what: "reduction add".into(),
            place: place.into(),
            found: found.into(),
            expected: expected.into(),
        };
        let form = Form::parse(&self.form, &self.value).ok_or_else(|| {
            bad(
                if self.form == "rate" {
                    "--rate"
                } else {
                    "--amount"
                },
                &self.value,
                if self.form == "rate" {
                    "percent above 0 and at most 100"
                } else {
                    "whole đồng above 0"
                },
            )
        })?;
        for (place, text) in [("--ground", &self.ground), ("--evidence", &self.evidence)] {
            if text.trim().is_empty() {
                return Err(bad(place, text, "the decision, paper or rule").into());
            }
        }
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            return Err(bad(
                "--to",
                &self.valid_to.map(|d| d.to_string()).unwrap_or_default(),
                "not before valid_from",
            )
            .into());
        }
        let debtor = school::find_debtor(tx, &self.book, &self.debtor).await?;
        let fee_id = match &self.fee {
            None => None,
            Some(code) => {
                let fees = sql::fees(tx, self.book.id).await?;
                let known: Vec<&str> = fees.iter().map(|f| f.code.as_str()).collect();
                let found = fees.iter().find(|f| f.code == *code);
                Some(
                    found
                        .ok_or_else(|| bad("--fee", code, &known.join(", ")))?
                        .id,
                )
            }
        };
        let reduction = Reduction {
            fee_id,
            kind: self.kind,
            form,
            ground: self.ground.clone(),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
        };
        let known = sql::reductions_on(tx, self.book.id, self.valid_from, Some(debtor.id)).await?;
        let was = known.iter().find(|r| r.reduction == reduction);
        let id = match was {
            Some(row) => row.id,
            None => tx.reserve_ids(self.book.id, 1)?,
        };
        let again = was.is_some();
        if !again {
            let row = ReductionRow {
                id,
                debtor_id: debtor.id,
                form: self.form.clone(),
                value: self.value.clone(),
                evidence: self.evidence.clone(),
                made_by: ctx.actor.clone(),
                reduction,
            };
            sql::insert_reduction(tx, self.book.id, &row, ctx.now.0).await?;
        }
        Ok(ReductionReply {
            reduction: id.to_string(),
            debtor: debtor.code,
            form: self.form.clone(),
            value: self.value.clone(),
            ground: self.ground.clone(),
            again,
        })
    }
}

/// `reduction end`: its last day.
pub struct EndReduction {
    pub book: Book,
    pub id: i64,
    pub last: Day,
}

impl Command for EndReduction {
    const NAME: &'static str = "reduction.end";
    type Reply = Value;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "reduction": self.id.to_string(), "last": self.last.to_string()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Value, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, &[Role::SchoolHead]).await?;
        let done =
            sql::end_reduction(tx, self.book.id, self.id, self.last, &ctx.actor, ctx.now.0).await?;
        if done == 0 {
            return Err(Reject::NotFound {
                what: "reduction".into(),
                id: self.id.to_string(),
            }
            .into());
        }
        Ok(json!({"reduction": self.id.to_string(), "last": self.last.to_string()}))
    }
}
