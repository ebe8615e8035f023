//! Taking lines out of a batch that is not sent: who must not be paid any more, found by
//! the program at release and send; and `batch withdraw`, a person's word about one line.
//!
//! The frozen snapshot and its digest stay; the line is marked `withdrawn` beside it, with
//! the reason. What was granted on it goes back to the fund. Its entitlement is due again:
//! by the next preparation of the period, or, where its money stands on the account
//! already (a line of a follow-up), by the next follow-up.

use super::approve::note;
use super::sql::Batch;
use super::{APPROVERS, BatchState, MAKERS, load};
use crate::access;
use crate::error::{Failure, Reject, check_reason};
use crate::ledger::{self, Book, Code, PostingInfo};
use crate::payment::sql::{EventRow, Instruction};
use crate::payment::{self, Event, State};
use crate::programme::sql as programme_sql;
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `batch withdraw`.
pub struct WithdrawLine {
    pub book: Book,
    pub batch: i64,
    /// End-to-end reference of the line.
    pub line: String,
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WithdrawReply {
    pub batch: String,
    pub state: String,
    pub line: String,
    /// đồng of the line.
    pub amount: i64,
    /// đồng that went back to the fund.
    pub to_fund: i64,
}

impl Command for WithdrawLine {
    const NAME: &'static str = "batch.withdraw";
    type Reply = WithdrawReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "batch": self.batch, "line": self.line, "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<WithdrawReply, Failure> {
        let batch = load(tx, &self.book, self.batch).await?;
        require_second_person(tx, ctx, &self.book, &batch, "withdraw").await?;
        let state = match batch.state {
            BatchState::Draft | BatchState::Submitted | BatchState::Approved => State::Planned,
            BatchState::Released => State::Granted,
            _ => {
                return Err(Reject::StateWrong {
                    what: "batch".into(),
                    id: batch.id.to_string(),
                    state: batch.state.name().into(),
                    needed: "draft / submitted / approved / released".into(),
                }
                .into());
            }
        };
        check_reason("batch withdraw", &self.reason)?;
        let unknown = || Reject::NotFound {
            what: "line".into(),
            id: self.line.clone(),
        };
        let id = payment::instruction_of(self.book.id, &self.line)
            .filter(|id| (batch.first_id..=batch.last_id()).contains(id))
            .ok_or_else(unknown)?;
        let line = payment::sql::find(tx, self.book.id, id)
            .await?
            .ok_or_else(unknown)?;
        if line.ended {
            return Err(Reject::StateWrong {
                what: "line".into(),
                id: self.line.clone(),
                state: State::Withdrawn.name().into(),
                needed: state.name().into(),
            }
            .into());
        }
        let to_fund = take_out(tx, ctx, &batch, &line, &self.reason).await?;
        let text = format!("{}, {} dong: {}", self.line, line.amount, self.reason);
        note(tx, ctx, &batch, "withdrawn", &text, None).await?;
        Ok(WithdrawReply {
            batch: batch.id.to_string(),
            state: batch.state.name().into(),
            line: self.line.clone(),
            amount: line.amount.get(),
            to_fund,
        })
    }
}

/// Who may give up a batch or a line of it: maker or approver while nothing is granted;
/// after that an approver who is not the maker.
pub(super) async fn require_second_person(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    batch: &Batch,
    act: &'static str,
) -> Result<(), Failure> {
    if batch.state == BatchState::Released {
        access::require(tx, ctx, book.id, &book.code, APPROVERS).await?;
        return access::other_than(ctx, &batch.made_by, act).map_err(Failure::from);
    }
    let roles = [APPROVERS, MAKERS].concat();
    access::require(tx, ctx, book.id, &book.code, &roles).await
}

/// Marks a live line of a batch that is not sent as withdrawn; what was granted on it goes
/// back to the fund. Returns how much that was, in đồng.
async fn take_out(
    tx: &mut Tx,
    ctx: &Ctx,
    batch: &Batch,
    line: &Instruction,
    reason: &str,
) -> Result<i64, Failure> {
    let granted = batch.state == BatchState::Released;
    let before = if granted {
        State::Granted
    } else {
        State::Planned
    };
    let next = before.next(Event::Withdraw)?;
    let mut to_fund = 0;
    if granted && batch.follows_id.is_none() {
        let info = PostingInfo::new("line_withdrawn", ctx, ctx.now.day(), line.id);
        let code = Code::WithdrawnGrant;
        let transfer = ledger::NewTransfer::new(
            ledger::client_id(line.id, code),
            line.account_id,
            batch.fund_id,
            line.amount,
            code,
            line.id,
        );
        ledger::post_all(tx, batch.book_id, &info, &[transfer]).await?;
        to_fund = line.amount.get();
    }
    payment::sql::end(tx, batch.book_id, line.id, ctx.now.0).await?;
    let event = EventRow {
        instruction_id: line.id,
        state: next.name(),
        amount: line.amount,
        reason: reason.to_owned(),
        statement_id: None,
        line: None,
    };
    payment::sql::insert_event(tx, batch.book_id, &event, &ctx.actor, ctx.now.0).await?;
    Ok(to_fund)
}

/// Takes out the live lines whose payee must not be paid now. Returns how many.
pub(super) async fn withdraw_blocked(
    tx: &mut Tx,
    ctx: &Ctx,
    batch: &Batch,
) -> Result<i64, Failure> {
    let (first, last) = (batch.first_id, batch.last_id());
    let blocked = if batch.is_payout() {
        payment::sql::blocked_addresses(tx, batch.book_id, first, last).await?
    } else {
        let programme = programme_sql::programme_by_id(tx, batch.programme_id).await?;
        let range = programme_sql::LineRange {
            programme: programme.id,
            period: batch.period,
            component: &programme.component,
            first,
            last,
        };
        programme_sql::blocked_lines(tx, batch.book_id, &range).await?
    };
    for (id, reason) in &blocked {
        if let Some(line) = payment::sql::find(tx, batch.book_id, *id).await? {
            take_out(tx, ctx, batch, &line, reason).await?;
        }
    }
    let n = i64::try_from(blocked.len()).unwrap_or(i64::MAX);
    if n > 0 {
        note(tx, ctx, batch, "withdrawn", &format!("{n} lines"), None).await?;
    }
    Ok(n)
}
