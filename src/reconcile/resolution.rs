//! What an approved proposal does: the correcting transfer, and what it means for the
//! payment and the payee.
//!
//! A return whose reference was lost and the bank's word that it booked nothing have the
//! same consequences for the payee as a return on a statement ([`super::payee`]).

use super::payee::mark_payee;
use super::proposal::Proposal;
use super::resolve::{Action, Stands, bad, wrong_state};
use super::sql::{self, BreakRow};
use crate::disbursement;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::payment::sql::{EventRow, Instruction};
use crate::payment::{self, Event, State};
use crate::store::{Ctx, Tx};
use ansinh_settlement::Dong;

/// The transfer of a resolution: debit, credit, amount, why.
type Entry = (i64, i64, Dong, Code);

/// Posts what the proposal says of the break's money; how much it was, in đồng.
pub(super) async fn carry_out(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    row: &BreakRow,
    proposal: &Proposal,
    stands: Stands,
    info: &PostingInfo,
) -> Result<i64, Failure> {
    let dong = |n: i64| Dong::new(n).map_err(|e| Fault::Corrupt(e.to_string()));
    let open = dong(row.open_amount())?;
    let item = row.item_account_id.unwrap_or(0);
    let to = Resolution {
        ctx,
        book,
        row,
        proposal,
    };
    let (debit, credit, amount, code) = match proposal.action {
        Action::Accept => return Ok(0),
        Action::NotReceived => {
            return super::credits::not_received(tx, ctx, book.id, row, &proposal.reason).await;
        }
        Action::ToFund => {
            let part = proposal.amount.map_or(Ok(open), dong)?;
            (item, to.fund(tx, part).await?, part, Code::Identified)
        }
        Action::ToReturn => (item, to.late_return(tx, open).await?, open, Code::Returned),
        Action::Fee => (
            ledger::open_account(tx, book.id, info, "expense/bank_fee").await?,
            item,
            open,
            Code::BankFee,
        ),
        Action::WriteOff => (
            ledger::open_account(tx, book.id, info, "expense/write_off").await?,
            item,
            open,
            Code::WrittenOff,
        ),
        Action::RejectedByBank => to.rejected(tx, stands, open).await?,
    };
    let id = tx.reserve_ids(book.id, 1)?;
    let transfer = NewTransfer::new(client_id(id, code), debit, credit, amount, code, row.id);
    ledger::post_all(tx, book.id, info, &[transfer]).await?;
    Ok(amount.get())
}

/// A break, what was proposed about it, and who approves.
struct Resolution<'a> {
    ctx: &'a Ctx,
    book: &'a Book,
    row: &'a BreakRow,
    proposal: &'a Proposal,
}

impl Resolution<'_> {
    /// The fund that the money is for; an announced budget is received by it, once.
    async fn fund(&self, tx: &mut Tx, part: Dong) -> Result<i64, Failure> {
        let book = self.book.id;
        let name = self.proposal.target.as_deref().unwrap_or_default();
        let fund = ledger::find_account(tx, book, name)
            .await?
            .filter(|a| a.name.starts_with("fund/"))
            .ok_or_else(|| Reject::AccountUnknown {
                account: name.to_owned(),
            })?;
        if part.get() > self.row.open_amount() {
            return Err(wrong_state(self.row, "open").into());
        }
        if let Some(id) = self.proposal.budget
            && !sql::receive_budget(tx, book, id, part.get()).await?
        {
            return Err(Reject::StateWrong {
                what: "budget".into(),
                id: id.to_string(),
                state: "received".into(),
                needed: "announced".into(),
            }
            .into());
        }
        Ok(fund.id)
    }

    /// A credit that was a return with a lost reference: the person's ledger account.
    async fn late_return(&self, tx: &mut Tx, open: Dong) -> Result<i64, Failure> {
        let book = self.book.id;
        let text = self.proposal.target.as_deref().unwrap_or_default();
        let unknown = || Reject::NotFound {
            what: "instruction".into(),
            id: text.to_owned(),
        };
        let id = payment::instruction_of(book, text).ok_or_else(unknown)?;
        let instruction = payment::sql::find(tx, book, id)
            .await?
            .ok_or_else(unknown)?;
        let settled = sql::matched_amount(tx, book, id).await?.unwrap_or(0);
        let back = payment::sql::returned_amount(tx, book, id).await?;
        if settled - back != open.get() {
            let expected = format!("{settled} đ settled, {back} đ returned");
            return Err(bad("--reference", text, &expected).into());
        }
        let state = State::Settled.next(Event::Return)?;
        let why = "return_without_reference";
        self.event(tx, &instruction, state, open, why).await?;
        Ok(instruction.account_id)
    }

    /// The bank says, with evidence, that it never booked the payment (or its rest).
    async fn rejected(&self, tx: &mut Tx, stands: Stands, open: Dong) -> Result<Entry, Failure> {
        let (book, row) = (self.book.id, self.row);
        let id = row
            .instruction_id
            .ok_or_else(|| Fault::Corrupt(format!("break {} names no instruction", row.id)))?;
        let instruction = payment::sql::find(tx, book, id)
            .await?
            .ok_or_else(|| Fault::Corrupt(format!("instruction {id}")))?;
        let bank = payment::sql::bank_account_by_id(tx, book, row.bank_account_id).await?;
        let amount = if stands == Stands::Clearing {
            // What moved has settled; the rest comes back to the account, from where a
            // follow-up sends it.
            let why = "bank_word_for_the_rest";
            self.event(tx, &instruction, State::Rejected, open, why)
                .await?;
            open
        } else {
            if instruction.ended || sql::matched_amount(tx, book, id).await?.is_some() {
                return Err(wrong_state(row, "instructed").into());
            }
            let state = State::Instructed.next(Event::Reject)?;
            let amount = instruction.amount;
            self.event(tx, &instruction, state, amount, "bank_word")
                .await?;
            disbursement::sql::close_lines(tx, book, instruction.batch_id, 1).await?;
            amount
        };
        Ok((
            bank.clearing_out_id,
            instruction.account_id,
            amount,
            Code::Rejected,
        ))
    }

    /// Notes what happened to the payment, ends it, and marks its payee by the bank's code:
    /// as proposed, or as it stands on the break's line.
    async fn event(
        &self,
        tx: &mut Tx,
        instruction: &Instruction,
        state: State,
        amount: Dong,
        why: &str,
    ) -> Result<(), Failure> {
        let (ctx, book, row) = (self.ctx, self.book.id, self.row);
        let event = EventRow {
            instruction_id: instruction.id,
            state: state.name(),
            amount,
            reason: format!("{why}, break {}", row.id),
            statement_id: row.statement_id,
            line: row.line,
        };
        payment::sql::insert_event(tx, book, &event, &ctx.actor, ctx.now.0).await?;
        payment::sql::end(tx, book, instruction.id, ctx.now.0).await?;
        let code = match (&self.proposal.bank_reason, row.statement_id, row.line) {
            (Some(code), ..) => code.clone(),
            (None, Some(statement), Some(line)) => {
                sql::line_reason(tx, book, statement, line).await?
            }
            _ => String::new(),
        };
        mark_payee(tx, ctx, book, instruction, &code).await
    }
}
