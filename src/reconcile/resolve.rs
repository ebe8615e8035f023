//! Resolving a break: one person proposes with a reason, another approves, and a
//! correcting transfer is posted and linked. Nothing is edited.
//!
//! | action | for | entry |
//! |---|---|---|
//! | `to_fund` | suspense | suspense -> fund (of `--fund`) |
//! | `to_return` | suspense | suspense -> beneficiary: a return whose reference was lost (`--reference`) |
//! | `fee` | claim | expense/bank_fee -> claim |
//! | `write_off` | claim | expense/write_off -> claim |
//! | `rejected_by_bank` | missing, short in clearing | clearing_out -> beneficiary; the line may go into a follow-up |
//! | `accept` | what needs no entry | none |

use super::sql::{self, BreakRow};
use crate::access::{self, Role};
use crate::disbursement;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::payment::sql::EventRow;
use crate::payment::{self, Event, State};
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
    Accept,
}

/// On what the money of a break stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Suspense,
    Claim,
    Clearing,
    /// An instruction that the bank has not reported.
    Missing,
    Nowhere,
}

/// `break resolve`: without `approve` a proposal, with it the second person's word.
pub struct ResolveBreak {
    pub book: Book,
    pub id: i64,
    pub action: Option<Action>,
    /// Ledger account of the fund for `to_fund`, end-to-end reference for `to_return`.
    pub target: Option<String>,
    pub reason: String,
    pub approve: bool,
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
        json!({"book": self.book.code, "id": self.id, "action": self.action, "target": self.target, "reason": self.reason,
               "approve": self.approve})
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
        if self.approve {
            self.approve_it(tx, ctx, &row).await
        } else {
            self.propose_it(tx, ctx, &row).await
        }
    }
}

/// What a proposal keeps in the break's note.
#[derive(Serialize, Deserialize)]
struct Proposal {
    action: Action,
    target: Option<String>,
    reason: String,
}

impl ResolveBreak {
    async fn propose_it(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
    ) -> Result<ResolveReply, Failure> {
        if row.state == "resolved" {
            return Err(wrong_state(row, "open / assigned / proposed").into());
        }
        let Some(action) = self.action else {
            return Err(bad(
                "--action",
                "",
                "to_fund, to_return, fee, write_off, rejected_by_bank, accept",
            )
            .into());
        };
        if self.reason.trim().chars().count() < 10 {
            return Err(bad("--reason", &self.reason, "10+ characters").into());
        }
        let stands = self.stands(tx, row).await?;
        decide_fit(&row.kind, stands, action)?;
        match (action, &self.target) {
            (Action::ToFund, None) => return Err(bad("--fund", "", "fund/...").into()),
            (Action::ToReturn, None) => {
                return Err(bad("--reference", "", "end-to-end reference").into());
            }
            _ => {}
        }
        let proposal = Proposal {
            action,
            target: self.target.clone(),
            reason: self.reason.clone(),
        };
        let note = serde_json::to_string(&proposal).map_err(|e| Fault::Corrupt(e.to_string()))?;
        sql::propose(
            tx,
            self.book.id,
            row.id,
            action_name(action),
            &note,
            &ctx.actor,
        )
        .await?;
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
        let proposal: Proposal = serde_json::from_str(row.note.as_deref().unwrap_or_default())
            .map_err(|e| Fault::Corrupt(format!("break {}: {e}", row.id)))?;
        if self.action.is_some_and(|seen| seen != proposal.action) {
            return Err(wrong_state(row, action_name(proposal.action)).into());
        }
        let stands = self.stands(tx, row).await?;
        decide_fit(&row.kind, stands, proposal.action)?;
        let info = PostingInfo::new("break_resolved", ctx, ctx.now.day(), row.id);
        let amount = self
            .carry_out(tx, ctx, row, &proposal, stands, &info)
            .await?;
        sql::set_resolved(tx, self.book.id, row.id, &ctx.actor, ctx.now.0).await?;
        Ok(ResolveReply {
            id: row.id.to_string(),
            state: "resolved".into(),
            action: action_name(proposal.action).into(),
            amount,
        })
    }

    async fn stands(&self, tx: &mut Tx, row: &BreakRow) -> Result<Stands, Failure> {
        let bank = payment::sql::bank_account_by_id(tx, self.book.id, row.bank_account_id).await?;
        Ok(match row.item_account_id {
            Some(id) if id == bank.suspense_id => Stands::Suspense,
            Some(id) if id == bank.clearing_out_id => Stands::Clearing,
            Some(_) => Stands::Claim,
            None if row.kind == "missing_at_bank" => Stands::Missing,
            None => Stands::Nowhere,
        })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
        proposal: &Proposal,
        stands: Stands,
        info: &PostingInfo,
    ) -> Result<i64, Failure> {
        let book = self.book.id;
        let open = Dong::new(row.open_amount()).map_err(|e| Fault::Corrupt(e.to_string()))?;
        let item = row.item_account_id.unwrap_or(0);
        let (debit, credit, amount, code) = match proposal.action {
            Action::Accept => return Ok(0),
            Action::ToFund => {
                let name = proposal.target.as_deref().unwrap_or_default();
                let fund = ledger::find_account(tx, book, name)
                    .await?
                    .filter(|a| a.name.starts_with("fund/"))
                    .ok_or_else(|| Reject::AccountUnknown {
                        account: name.to_owned(),
                    })?;
                (item, fund.id, open, Code::Identified)
            }
            Action::ToReturn => (
                item,
                self.late_return(tx, ctx, row, proposal, open).await?,
                open,
                Code::Returned,
            ),
            Action::Fee => (
                ledger::open_account(tx, book, info, "expense/bank_fee").await?,
                item,
                open,
                Code::BankFee,
            ),
            Action::WriteOff => (
                ledger::open_account(tx, book, info, "expense/write_off").await?,
                item,
                open,
                Code::WrittenOff,
            ),
            Action::RejectedByBank => self.rejected(tx, ctx, row, stands, open).await?,
        };
        let id = tx.reserve_ids(book, 1)?;
        let transfer = NewTransfer::new(client_id(id, code), debit, credit, amount, code, row.id);
        ledger::post_all(tx, book, info, &[transfer]).await?;
        Ok(amount.get())
    }

    /// A credit that was a return with a lost reference: the person's ledger account.
    async fn late_return(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
        proposal: &Proposal,
        open: Dong,
    ) -> Result<i64, Failure> {
        let text = proposal.target.as_deref().unwrap_or_default();
        let unknown = || Reject::NotFound {
            what: "instruction".into(),
            id: text.to_owned(),
        };
        let id = payment::instruction_of(self.book.id, text).ok_or_else(unknown)?;
        let instruction = payment::sql::find(tx, self.book.id, id)
            .await?
            .ok_or_else(unknown)?;
        let settled = sql::matched_amount(tx, self.book.id, id)
            .await?
            .unwrap_or(0);
        let back = payment::sql::returned_amount(tx, self.book.id, id).await?;
        if settled - back != open.get() {
            return Err(bad(
                "--reference",
                text,
                &format!("{} đ settled, {} đ returned", settled, back),
            )
            .into());
        }
        let state = State::Settled.next(Event::Return)?;
        self.event(tx, ctx, id, state, open, row, "return_without_reference")
            .await?;
        payment::sql::end(tx, self.book.id, id, ctx.now.0).await?;
        crate::identity::sql::set_address_state(
            tx,
            instruction.address_id,
            "unverified",
            "returned_no_reason",
            ctx.now.0,
        )
        .await?;
        Ok(instruction.account_id)
    }

    /// The bank says, with evidence, that it never booked the payment (or its rest).
    async fn rejected(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
        stands: Stands,
        open: Dong,
    ) -> Result<(i64, i64, Dong, Code), Failure> {
        let book = self.book.id;
        let id = row
            .instruction_id
            .ok_or_else(|| Fault::Corrupt(format!("break {} names no instruction", row.id)))?;
        let instruction = payment::sql::find(tx, book, id)
            .await?
            .ok_or_else(|| Fault::Corrupt(format!("instruction {id}")))?;
        let bank = payment::sql::bank_account_by_id(tx, book, row.bank_account_id).await?;
        if stands == Stands::Clearing {
            // What moved has settled; the rest comes back to the account, from where a
            // follow-up sends it.
            let state = State::Rejected;
            self.event(tx, ctx, id, state, open, row, "bank_word_for_the_rest")
                .await?;
            payment::sql::end(tx, book, id, ctx.now.0).await?;
            return Ok((
                bank.clearing_out_id,
                instruction.account_id,
                open,
                Code::Rejected,
            ));
        }
        if instruction.ended || sql::matched_amount(tx, book, id).await?.is_some() {
            return Err(wrong_state(row, "instructed").into());
        }
        let state = State::Instructed.next(Event::Reject)?;
        self.event(tx, ctx, id, state, instruction.amount, row, "bank_word")
            .await?;
        payment::sql::end(tx, book, id, ctx.now.0).await?;
        disbursement::sql::close_lines(tx, book, instruction.batch_id, 1).await?;
        Ok((
            bank.clearing_out_id,
            instruction.account_id,
            instruction.amount,
            Code::Rejected,
        ))
    }

    #[allow(clippy::too_many_arguments)]
    async fn event(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        instruction: i64,
        state: State,
        amount: Dong,
        row: &BreakRow,
        reason: &str,
    ) -> Result<(), Failure> {
        let event = EventRow {
            instruction_id: instruction,
            state: state.name(),
            amount,
            reason: format!("{reason}, break {}", row.id),
            statement_id: row.statement_id,
            line: row.line,
        };
        payment::sql::insert_event(tx, self.book.id, &event, &ctx.actor, ctx.now.0).await?;
        Ok(())
    }
}

fn decide_fit(kind: &str, stands: Stands, action: Action) -> Result<(), Reject> {
    let fits = match action {
        Action::ToFund | Action::ToReturn => stands == Stands::Suspense,
        Action::Fee | Action::WriteOff => stands == Stands::Claim,
        Action::RejectedByBank => matches!(stands, Stands::Missing | Stands::Clearing),
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

fn action_name(action: Action) -> &'static str {
    match action {
        Action::ToFund => "to_fund",
        Action::ToReturn => "to_return",
        Action::Fee => "fee",
        Action::WriteOff => "write_off",
        Action::RejectedByBank => "rejected_by_bank",
        Action::Accept => "accept",
    }
}

fn wrong_state(row: &BreakRow, needed: &str) -> Reject {
    Reject::StateWrong {
        what: "break".into(),
        id: row.id.to_string(),
        state: row.state.clone(),
        needed: needed.into(),
    }
}

fn bad(place: &str, found: &str, expected: &str) -> Reject {
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
            [ToFund, ToReturn, Fee, WriteOff, RejectedByBank, Accept]
                .into_iter()
                .filter(|a| decide_fit("x", stands, *a).is_ok())
                .map(action_name)
                .collect::<Vec<_>>()
        };
        assert_eq!(fits(Stands::Suspense), ["to_fund", "to_return"]);
        assert_eq!(fits(Stands::Claim), ["fee", "write_off"]);
        assert_eq!(fits(Stands::Clearing), ["rejected_by_bank"]);
        assert_eq!(fits(Stands::Missing), ["rejected_by_bank"]);
        assert_eq!(fits(Stands::Nowhere), ["accept"]);
    }
}
