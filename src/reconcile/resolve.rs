//! Resolving a break: one person proposes with a reason, another approves, and a
//! correcting transfer is posted and linked. Nothing is edited.
//!
//! Who proposed may propose anew; anybody else must first withdraw what stands
//! (`--withdraw`, with a reason), so that no proposal is replaced in silence. The audit
//! keeps each turn.
//!
//! | action | for | entry |
//! |---|---|---|
//! | `to_fund` | suspense | suspense -> fund (of `--fund`) |
//! | `to_return` | suspense | suspense -> beneficiary: a return whose reference was lost (`--reference`) |
//! | `fee` | claim | expense/bank_fee -> claim |
//! | `write_off` | claim | expense/write_off -> claim |
//! | `rejected_by_bank` | missing, short in clearing | clearing_out -> beneficiary; the line may go into a follow-up |
//! | `not_received` | a notice that no statement confirmed | every transfer of the payment is reversed |
//! | `accept` | what needs no entry | none |

use super::proposal::Proposal;
use super::resolution::{carry_out, known_fund, returned_payment};
use super::sql::{self, BreakRow};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject, check_reason};
use crate::ledger::{Book, PostingInfo};
use crate::payment;
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What may be done about a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Action {
    ToFund,
    ToReturn,
    Fee,
    WriteOff,
    RejectedByBank,
    NotReceived,
    Accept,
}

/// On what the money of a break stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    Suspense,
    Claim,
    Clearing,
    /// Announced by a notice, and on no statement.
    Announced,
    /// An instruction that the bank has not reported.
    Missing,
    Nowhere,
}

/// What is done about a break: one proposes, another approves, anybody who may propose may
/// withdraw a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    Propose,
    Approve,
    Withdraw,
}

/// `break resolve`.
pub struct ResolveBreak {
    pub book: Book,
    pub id: i64,
    pub action: Option<Action>,
    /// Ledger account of the fund for `to_fund`, end-to-end reference for `to_return`.
    pub target: Option<String>,
    /// The bank's code for why a payment came back or was not booked, such as `AC04`, where
    /// it does not stand on the statement.
    pub bank_reason: Option<String>,
    pub reason: String,
    pub turn: Turn,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResolveReply {
    pub id: String,
    pub state: String,
    pub action: String,
    pub amount: i64,
}

impl Command for ResolveBreak {
    const NAME: &'static str = "break.resolve";
    type Reply = ResolveReply;

    fn books(&self) -> Vec<i64> {
        vec![crate::store::INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "id": self.id, "action": self.action, "target": self.target,
               "bank_reason": self.bank_reason, "reason": self.reason, "turn": self.turn})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ResolveReply, Failure> {
        let book = self.book.id;
        access::require(
            tx,
            ctx,
            book,
            &self.book.code,
            &[Role::Accountant, Role::ChiefAccountant],
        )
        .await?;
        let row = sql::find_break(tx, book, self.id)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "break".into(),
                id: self.id.to_string(),
            })?;
        match self.turn {
            Turn::Propose => self.propose_it(tx, ctx, &row).await,
            Turn::Approve => self.approve_it(tx, ctx, &row).await,
            Turn::Withdraw => self.withdraw_it(tx, &row).await,
        }
    }
}

impl ResolveBreak {
    async fn propose_it(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
    ) -> Result<ResolveReply, Failure> {
        super::proposal::check_free(row, &ctx.actor)?;
        let Some(action) = self.action else {
            return Err(bad(
                "--action",
                "",
                "to_fund, to_return, fee, write_off, rejected_by_bank, not_received, accept",
            )
            .into());
        };
        check_reason("break resolve", &self.reason)?;
        self.check_bank_reason(action)?;
        let stands = self.stands(tx, row).await?;
        decide_fit(&row.kind, stands, action)?;
        match (action, &self.target) {
            (Action::ToFund, None) => return Err(bad("--fund", "", "fund/...").into()),
            (Action::ToReturn, None) => {
                return Err(bad("--reference", "", "end-to-end reference").into());
            }
            // What could not be approved is refused to the one who proposes it.
            (Action::ToFund, Some(fund)) => {
                known_fund(tx, self.book.id, fund).await?;
            }
            (Action::ToReturn, Some(reference)) => {
                let open =
                    Dong::new(row.open_amount()).map_err(|e| Fault::Corrupt(e.to_string()))?;
                returned_payment(tx, self.book.id, reference, open).await?;
            }
            _ => {}
        }
        let proposal = Proposal {
            action,
            target: self.target.clone(),
            reason: self.reason.clone(),
            bank_reason: self.bank_reason.clone(),
            amount: None,
            budget: None,
        };
        proposal.put(tx, ctx, self.book.id, row.id).await?;
        Ok(ResolveReply {
            id: row.id.to_string(),
            state: "proposed".into(),
            action: action_name(action).into(),
            amount: row.open_amount(),
        })
    }

    async fn approve_it(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
    ) -> Result<ResolveReply, Failure> {
        if row.state != "proposed" {
            return Err(wrong_state(row, "proposed").into());
        }
        access::other_than(
            ctx,
            row.proposed_by.as_deref().unwrap_or_default(),
            "approve",
        )?;
        if let Some((_, command)) = other_command(row) {
            return Err(wrong_state(row, command).into());
        }
        let proposal = Proposal::of(row)?;
        if self.action.is_some_and(|seen| seen != proposal.action) {
            return Err(wrong_state(row, action_name(proposal.action)).into());
        }
        let stands = self.stands(tx, row).await?;
        decide_fit(&row.kind, stands, proposal.action)?;
        let info = PostingInfo::new("break_resolved", ctx, ctx.now.day(), row.id);
        let amount = carry_out(tx, ctx, &self.book, row, &proposal, stands, &info).await?;
        // Of an opening balance a part may be named; the rest of the break stays open.
        let rest = proposal.amount.is_some_and(|part| part < row.open_amount());
        if rest {
            let name = action_name(proposal.action);
            let (book, id) = (self.book.id, row.id);
            let note = &proposal.reason;
            sql::clear_item(tx, book, id, amount, name, note, &ctx.actor, ctx.now.0).await?;
        } else {
            sql::set_resolved(tx, self.book.id, row.id, &ctx.actor, ctx.now.0).await?;
        }
        Ok(ResolveReply {
            id: row.id.to_string(),
            state: if rest { "open" } else { "resolved" }.into(),
            action: action_name(proposal.action).into(),
            amount,
        })
    }

    /// The proposal falls, with a reason; the break waits for another one.
    async fn withdraw_it(&self, tx: &mut Tx, row: &BreakRow) -> Result<ResolveReply, Failure> {
        if row.state != "proposed" {
            return Err(wrong_state(row, "proposed").into());
        }
        check_reason("break resolve", &self.reason)?;
        sql::withdraw_proposal(tx, self.book.id, row.id).await?;
        if let Some((action, _)) = other_command(row) {
            return Ok(ResolveReply {
                id: row.id.to_string(),
                state: "open".into(),
                action: action.into(),
                amount: row.open_amount(),
            });
        }
        let was = Proposal::of(row)?;
        Ok(ResolveReply {
            id: row.id.to_string(),
            state: "open".into(),
            action: action_name(was.action).into(),
            amount: was.amount.unwrap_or(row.open_amount()),
        })
    }

    /// A code of ISO 20022: four capitals or digits, and only where a payment failed.
    fn check_bank_reason(&self, action: Action) -> Result<(), Reject> {
        let Some(code) = &self.bank_reason else {
            return Ok(());
        };
        let formed = code.len() == 4
            && code
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if formed && matches!(action, Action::ToReturn | Action::RejectedByBank) {
            return Ok(());
        }
        Err(bad(
            "--bank-reason",
            code,
            "AC04, MD07, ... (to_return, rejected_by_bank)",
        ))
    }

    async fn stands(&self, tx: &mut Tx, row: &BreakRow) -> Result<Stands, Failure> {
        let bank = payment::sql::bank_account_by_id(tx, self.book.id, row.bank_account_id).await?;
        Ok(match row.item_account_id {
            Some(id) if id == bank.suspense_id => Stands::Suspense,
            Some(id) if id == bank.clearing_out_id => Stands::Clearing,
            Some(id) if id == bank.clearing_in_id => Stands::Announced,
            Some(_) => Stands::Claim,
            None if row.kind == "missing_at_bank" => Stands::Missing,
            None => Stands::Nowhere,
        })
    }
}

/// Action and command of a proposal that another command made.
fn other_command(row: &BreakRow) -> Option<(&'static str, &'static str)> {
    [
        (super::assign::ASSIGN, "suspense assign"),
        (super::send_back::SEND_BACK, "suspense send-back"),
    ]
    .into_iter()
    .find(|(action, _)| row.action.as_deref() == Some(action))
}

fn decide_fit(kind: &str, stands: Stands, action: Action) -> Result<(), Reject> {
    let fits = match action {
        // Only `suspense assign` knows whose payment it is.
        _ if kind == "credit_unmatched" => false,
        Action::ToFund | Action::ToReturn => stands == Stands::Suspense,
        Action::Fee | Action::WriteOff => stands == Stands::Claim,
        Action::RejectedByBank => matches!(stands, Stands::Missing | Stands::Clearing),
        Action::NotReceived => stands == Stands::Announced,
        Action::Accept => stands == Stands::Nowhere,
    };
    if fits {
        return Ok(());
    }
    Err(Reject::ResolutionUnfit {
        kind: kind.into(),
        action: action_name(action).into(),
    })
}

pub(super) fn action_name(action: Action) -> &'static str {
    match action {
        Action::ToFund => "to_fund",
        Action::ToReturn => "to_return",
        Action::Fee => "fee",
        Action::WriteOff => "write_off",
        Action::RejectedByBank => "rejected_by_bank",
        Action::NotReceived => "not_received",
        Action::Accept => "accept",
    }
}

pub(super) fn wrong_state(row: &BreakRow, needed: &str) -> Reject {
    Reject::StateWrong {
        what: "break".into(),
        id: row.id.to_string(),
        state: row.state.clone(),
        needed: needed.into(),
    }
}

pub(super) fn bad(place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: "break resolve".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an entry that takes money from where it does not stand.
    #[test]
    fn an_action_fits_where_the_money_stands() {
        let fits = |stands| {
            use Action::*;
            [
                ToFund,
                ToReturn,
                Fee,
                WriteOff,
                RejectedByBank,
                NotReceived,
                Accept,
            ]
            .into_iter()
            .filter(|a| decide_fit("x", stands, *a).is_ok())
            .map(action_name)
            .collect::<Vec<_>>()
        };
        assert_eq!(fits(Stands::Suspense), ["to_fund", "to_return"]);
        assert_eq!(fits(Stands::Claim), ["fee", "write_off"]);
        assert_eq!(fits(Stands::Clearing), ["rejected_by_bank"]);
        assert_eq!(fits(Stands::Announced), ["not_received"]);
        assert_eq!(fits(Stands::Missing), ["rejected_by_bank"]);
        assert_eq!(fits(Stands::Nowhere), ["accept"]);
    }
}
