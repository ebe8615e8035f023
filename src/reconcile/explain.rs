//! What did not match whole: decided line by line, debits before credits, each posted
//! under a voucher of its own.
//!
//! | line | entry | break |
//! |---|---|---|
//! | debit, less than instructed | clearing_out -> nostro for what moved | `amount_differs`, the rest stays in clearing |
//! | debit, the rest of such a one | clearing_out -> nostro | that break is resolved |
//! | debit, more than instructed | clearing_out -> nostro; the excess claim -> nostro | `amount_differs`, a claim |
//! | debit to another account (of any instruction), or booked too early | claim -> nostro | `account_differs`, `day_differs` |
//! | second booking of one that settled | claim -> nostro | `duplicate_line` |
//! | debit of what we hold rejected | beneficiary while that entitlement's money stands there, else claim | `status_conflict` |
//! | any other debit | claim -> nostro | `unknown_at_us` |
//! | credit with a used reference | first the open claims under it | those are cleared |
//! | ... the rest of it | nostro -> beneficiary: a return | `return_short` where it is less than was paid |
//! | credit of an expected budget | nostro -> fund | |
//! | any other credit | nostro -> suspense | `unknown_at_us` |
//!
//! (`a -> b` reads: debit and credit as in the event table of the design.) A return that
//! brings less than was paid is the bank's debt, not the person's loss: the person gets
//! the whole back and the rest stands as a claim.

use super::Outcomes;
use super::payee::mark_payee;
use super::sql::{self, BreakRow, OpenLine};
use crate::disbursement::{self, owed};
use crate::error::{Failure, Fault};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::payment::sql::{BankAccountRow, EventRow, Instruction};
use crate::payment::{self, Event, State};
use crate::store::keys::KeyRing;
use crate::store::{Ctx, Tx};
use ansinh_settlement::Dong;

/// What the explaining left open.
pub struct Totals {
    pub breaks: Vec<BreakRow>,
}

pub struct Explainer<'a> {
    ctx: &'a Ctx,
    book: &'a Book,
    bank: &'a BankAccountRow,
    statement: i64,
    info: &'a PostingInfo,
    claim_id: i64,
    breaks: Vec<BreakRow>,
}

/// Lines a round.
const CHUNK: i64 = 500;

impl<'a> Explainer<'a> {
    pub async fn new(
        tx: &mut Tx,
        ctx: &'a Ctx,
        book: &'a Book,
        bank: &'a BankAccountRow,
        _keys: &'a KeyRing,
        statement: i64,
        info: &'a PostingInfo,
    ) -> Result<Explainer<'a>, Failure> {
        let claim_id = ledger::open_account(tx, book.id, info, &claim_name(bank)).await?;
        Ok(Explainer {
            ctx,
            book,
            bank,
            statement,
            info,
            claim_id,
            breaks: Vec::new(),
        })
    }

    pub fn finish(self) -> Totals {
        Totals {
            breaks: self.breaks,
        }
    }

    /// Explains every open line of the statement.
    pub async fn run(&mut self, tx: &mut Tx, outcomes: &mut Outcomes) -> Result<(), Failure> {
        for direction in ["D", "C"] {
            let mut after = 0;
            loop {
                let lines =
                    sql::open_lines(tx, self.book.id, self.statement, direction, after, CHUNK)
                        .await?;
                let Some(last) = lines.last() else { break };
                after = last.line;
                for line in &lines {
                    let outcome = if line.debit {
                        self.debit(tx, line).await?
                    } else {
                        self.credit(tx, line).await?
                    };
                    sql::set_outcome(
                        tx,
                        self.book.id,
                        self.statement,
                        line.line,
                        outcome,
                        line.instruction_id,
                    )
                    .await?;
                    outcomes.count(outcome);
                }
            }
        }
        Ok(())
    }

    async fn debit(&mut self, tx: &mut Tx, line: &OpenLine) -> Result<&'static str, Failure> {
        let instruction = match line.instruction_id {
            Some(id) => payment::sql::find(tx, self.book.id, id).await?,
            None => None,
        };
        let Some(instruction) = instruction else {
            self.claim(tx, line, "unknown_at_us", None).await?;
            return Ok("unknown_at_us");
        };
        match line.outcome.as_str() {
            "amount_differs" => self.amount_differs(tx, line, &instruction).await,
            "account_differs" | "day_differs" => {
                let kind = line.outcome.clone();
                self.claim(tx, line, &kind, Some(instruction.amount))
                    .await?;
                Ok("unknown_at_us")
            }
            _ => self.not_open(tx, line, &instruction).await,
        }
    }

    async fn amount_differs(
        &mut self,
        tx: &mut Tx,
        line: &OpenLine,
        instruction: &Instruction,
    ) -> Result<&'static str, Failure> {
        let expected = instruction.amount;
        let settled = line.amount.min(expected);
        self.post(
            tx,
            self.bank.clearing_out_id,
            self.bank.nostro_id,
            settled,
            Code::Settled,
        )
        .await?;
        sql::insert_match(
            tx,
            self.book.id,
            instruction.id,
            self.statement,
            line.line,
            settled.get(),
        )
        .await?;
        disbursement::sql::close_lines(tx, self.book.id, instruction.batch_id, 1).await?;
        let rest = minus(expected, settled)?;
        let excess = minus(line.amount, settled)?;
        if excess > Dong::ZERO {
            self.post(
                tx,
                self.claim_id,
                self.bank.nostro_id,
                excess,
                Code::Claimed,
            )
            .await?;
            self.note_break(
                tx,
                line,
                "amount_differs",
                Some(expected),
                Some((self.claim_id, excess)),
            )
            .await?;
        } else {
            self.note_break(
                tx,
                line,
                "amount_differs",
                Some(expected),
                Some((self.bank.clearing_out_id, rest)),
            )
            .await?;
        }
        Ok("amount_differs")
    }

    /// A debit of an instruction that waits for nothing any more, or never was sent.
    async fn not_open(
        &mut self,
        tx: &mut Tx,
        line: &OpenLine,
        instruction: &Instruction,
    ) -> Result<&'static str, Failure> {
        if line.counter != 0 && line.counter != instruction.counter {
            self.claim(tx, line, "account_differs", Some(instruction.amount))
                .await?;
            return Ok("unknown_at_us");
        }
        let rests =
            sql::open_items(tx, self.book.id, self.bank.clearing_out_id, &line.reference).await?;
        if let Some(rest) = rests.iter().find(|b| b.open_amount() == line.amount.get()) {
            self.post(
                tx,
                self.bank.clearing_out_id,
                self.bank.nostro_id,
                line.amount,
                Code::Settled,
            )
            .await?;
            sql::add_to_match(tx, self.book.id, instruction.id, line.amount.get()).await?;
            self.clear(tx, rest.id, line.amount.get(), "rest_settled")
                .await?;
            return Ok("matched");
        }
        if self.settled_after_all(tx, line, instruction).await? {
            return Ok("unknown_at_us");
        }
        if sql::matched_amount(tx, self.book.id, instruction.id)
            .await?
            .is_some()
        {
            self.claim(tx, line, "duplicate_line", Some(instruction.amount))
                .await?;
            return Ok("duplicate_line");
        }
        let state = payment::sql::last_event(tx, self.book.id, instruction.id).await?;
        let (kind, expected) = if state.as_deref() == Some(State::Rejected.name()) {
            ("status_conflict", Some(instruction.amount))
        } else {
            ("unknown_at_us", None)
        };
        self.claim(tx, line, kind, expected).await?;
        Ok("unknown_at_us")
    }

    /// The bank booked what we hold rejected, the whole or the rest of a short one: while
    /// the money of that entitlement stands on the person's account, it is that payment;
    /// once it was sent again, it is not (the account may hold other months' money). False
    /// where it is not.
    async fn settled_after_all(
        &mut self,
        tx: &mut Tx,
        line: &OpenLine,
        instruction: &Instruction,
    ) -> Result<bool, Failure> {
        let book = self.book.id;
        let entitlement = instruction.cause_id;
        let owed = owed::load(tx, book, &[entitlement])
            .await?
            .remove(&entitlement)
            .unwrap_or_default();
        let rejected = owed
            .parts
            .iter()
            .find(|p| p.id == instruction.id)
            .map_or(0, |p| p.rejected_open());
        if rejected != line.amount.get() || owed.position().stands < rejected {
            return Ok(false);
        }
        let next = State::Rejected.next(Event::Settle)?;
        self.post(
            tx,
            instruction.account_id,
            self.bank.nostro_id,
            line.amount,
            Code::Settled,
        )
        .await?;
        if sql::matched_amount(tx, book, instruction.id)
            .await?
            .is_some()
        {
            sql::add_to_match(tx, book, instruction.id, line.amount.get()).await?;
        } else {
            sql::insert_match(
                tx,
                book,
                instruction.id,
                self.statement,
                line.line,
                line.amount.get(),
            )
            .await?;
        }
        let reason = "settled_after_rejection";
        self.event(tx, instruction.id, next, line.amount, reason, line)
            .await?;
        self.note_break(tx, line, "status_conflict", Some(instruction.amount), None)
            .await?;
        Ok(true)
    }

    /// False where a reference is blank, or one of ours that was cut on the way: many
    /// payments begin alike, so it names none of them.
    fn names_one(&self, reference: &str) -> bool {
        match reference.as_bytes().first() {
            None => false,
            Some(&payment::PREFIX) => payment::instruction_of(self.book.id, reference).is_some(),
            Some(_) => true,
        }
    }

    async fn credit(&mut self, tx: &mut Tx, line: &OpenLine) -> Result<&'static str, Failure> {
        if let Some(budget) =
            sql::find_budget(tx, self.book.id, self.bank.id, &line.reference).await?
            && !line.reference.is_empty()
            && budget.amount == line.amount.get()
            && budget.received == 0
            // What makes a claim good is no budget, whatever somebody announced under it.
            && sql::open_items(tx, self.book.id, self.claim_id, &line.reference)
                .await?
                .is_empty()
        {
            self.post(
                tx,
                self.bank.nostro_id,
                budget.fund_id,
                line.amount,
                Code::BudgetReceived,
            )
            .await?;
            sql::set_budget_received(tx, self.book.id, budget.id, line.amount.get()).await?;
            return Ok("matched");
        }
        let mut left = line.amount;
        let mut used = false;
        for claim in sql::open_items(tx, self.book.id, self.claim_id, &line.reference).await? {
            if left == Dong::ZERO || !self.names_one(&line.reference) {
                break;
            }
            let open = Dong::new(claim.open_amount()).map_err(|e| Fault::Corrupt(e.to_string()))?;
            let part = left.min(open);
            self.post(
                tx,
                self.bank.nostro_id,
                self.claim_id,
                part,
                Code::ClaimMadeGood,
            )
            .await?;
            self.clear(tx, claim.id, part.get(), "made_good").await?;
            left = minus(left, part)?;
            used = true;
        }
        if left > Dong::ZERO
            && self.is_return(tx, line, left).await?
            && let Some(id) = line.instruction_id
            && let Some(instruction) = payment::sql::find(tx, self.book.id, id).await?
        {
            let came = self.returned(tx, line, &instruction, left).await?;
            used |= came > Dong::ZERO;
            left = minus(left, came)?;
        }
        if left > Dong::ZERO {
            self.post(
                tx,
                self.bank.nostro_id,
                self.bank.suspense_id,
                left,
                Code::CameIn,
            )
            .await?;
            self.note_break(
                tx,
                line,
                "unknown_at_us",
                None,
                Some((self.bank.suspense_id, left)),
            )
            .await?;
        }
        Ok(if used { "returned" } else { "unknown_at_us" })
    }

    /// True where a credit under a payment's reference is the payment coming back: the bank
    /// gives a reason of return, or it brings exactly what is due. A fee given back never
    /// is, nor what makes good a claim that was written off; those wait in suspense.
    async fn is_return(&self, tx: &mut Tx, line: &OpenLine, left: Dong) -> Result<bool, Failure> {
        let Some(id) = line.instruction_id else {
            return Ok(false);
        };
        if line.reason == "FEE"
            || sql::claim_was_given_up(tx, self.book.id, self.claim_id, &line.reference).await?
        {
            return Ok(false);
        }
        if !line.reason.is_empty() {
            return Ok(true);
        }
        let settled = sql::matched_amount(tx, self.book.id, id)
            .await?
            .unwrap_or(0);
        let back = payment::sql::returned_amount(tx, self.book.id, id).await?;
        Ok(settled - back == left.get())
    }

    /// Takes up to `left` of the credit as a return of the instruction; how much it took.
    async fn returned(
        &mut self,
        tx: &mut Tx,
        line: &OpenLine,
        instruction: &Instruction,
        left: Dong,
    ) -> Result<Dong, Failure> {
        let settled = sql::matched_amount(tx, self.book.id, instruction.id)
            .await?
            .unwrap_or(0);
        let back = payment::sql::returned_amount(tx, self.book.id, instruction.id).await?;
        let due = Dong::new((settled - back).max(0)).map_err(|e| Fault::Corrupt(e.to_string()))?;
        if due == Dong::ZERO {
            return Ok(Dong::ZERO);
        }
        let came = left.min(due);
        self.post(
            tx,
            self.bank.nostro_id,
            instruction.account_id,
            came,
            Code::Returned,
        )
        .await?;
        let short = minus(due, came)?;
        if short > Dong::ZERO {
            self.post(
                tx,
                self.claim_id,
                instruction.account_id,
                short,
                Code::Returned,
            )
            .await?;
            self.note_break(
                tx,
                line,
                "return_short",
                Some(due),
                Some((self.claim_id, short)),
            )
            .await?;
        }
        let next = State::Settled.next(Event::Return)?;
        self.event(tx, instruction.id, next, due, &line.reason, line)
            .await?;
        payment::sql::end(tx, self.book.id, instruction.id, self.ctx.now.0).await?;
        mark_payee(tx, self.ctx, self.book.id, instruction, &line.reason).await?;
        Ok(came)
    }

    /// Money left that nothing explains: a claim on the bank.
    async fn claim(
        &mut self,
        tx: &mut Tx,
        line: &OpenLine,
        kind: &str,
        expected: Option<Dong>,
    ) -> Result<(), Failure> {
        self.post(
            tx,
            self.claim_id,
            self.bank.nostro_id,
            line.amount,
            Code::Claimed,
        )
        .await?;
        self.note_break(tx, line, kind, expected, Some((self.claim_id, line.amount)))
            .await
    }

    async fn post(
        &self,
        tx: &mut Tx,
        debit: i64,
        credit: i64,
        amount: Dong,
        code: Code,
    ) -> Result<(), Failure> {
        if amount == Dong::ZERO {
            return Ok(());
        }
        let id = tx.reserve_ids(self.book.id, 1)?;
        let transfer = NewTransfer::new(
            client_id(id, code),
            debit,
            credit,
            amount,
            code,
            self.statement,
        );
        ledger::post_all(tx, self.book.id, self.info, &[transfer]).await?;
        Ok(())
    }

    async fn clear(&self, tx: &mut Tx, id: i64, amount: i64, action: &str) -> Result<(), Failure> {
        let note = format!("statement {}", self.statement);
        sql::clear_item(
            tx,
            self.book.id,
            id,
            amount,
            action,
            &note,
            &self.ctx.actor,
            self.ctx.now.0,
        )
        .await?;
        Ok(())
    }

    async fn event(
        &self,
        tx: &mut Tx,
        instruction: i64,
        state: State,
        amount: Dong,
        reason: &str,
        line: &OpenLine,
    ) -> Result<(), Failure> {
        let event = EventRow {
            instruction_id: instruction,
            state: state.name(),
            amount,
            reason: reason.into(),
            statement_id: Some(self.statement),
            line: Some(line.line),
        };
        payment::sql::insert_event(tx, self.book.id, &event, &self.ctx.actor, self.ctx.now.0)
            .await?;
        Ok(())
    }

    async fn note_break(
        &mut self,
        tx: &mut Tx,
        line: &OpenLine,
        kind: &str,
        expected: Option<Dong>,
        item: Option<(i64, Dong)>,
    ) -> Result<(), Failure> {
        let row = BreakRow {
            id: tx.reserve_ids(self.book.id, 1)?,
            bank_account_id: self.bank.id,
            kind: kind.into(),
            day: self.info.day,
            statement_id: Some(self.statement),
            line: Some(line.line),
            instruction_id: line.instruction_id,
            reference: line.reference.clone(),
            expected_amount: expected.map(Dong::get),
            statement_amount: Some(line.amount.get()),
            item_account_id: item.map(|(account, _)| account),
            item_amount: item.map_or(0, |(_, amount)| amount.get()),
            item_cleared: 0,
            state: "open".into(),
            owner: Some(self.ctx.actor.clone()),
            action: None,
            note: None,
            proposed_by: None,
            resolved_by: None,
        };
        sql::insert_breaks(tx, self.book.id, std::slice::from_ref(&row), self.ctx.now.0).await?;
        self.breaks.push(row);
        Ok(())
    }
}

/// The claim account on the bank of one of our accounts.
pub fn claim_name(bank: &BankAccountRow) -> String {
    format!("claim/{}", bank.bin)
}

fn minus(a: Dong, b: Dong) -> Result<Dong, Fault> {
    a.minus(b).map_err(|e| Fault::Corrupt(e.to_string()))
}
