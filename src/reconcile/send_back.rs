//! `suspense send-back`: money that came in and is nobody's here goes back to the account
//! that it came from, or to one that a bank's list confirms under that name.
//!
//! One person proposes, another approves. The money leaves suspense at once
//! (suspense -> payable/requested) and is paid as a payout: `payout prepare`, and then all
//! that a batch needs. Only money that a statement confirmed is sent back. What is
//! cancelled before it is paid stands in suspense again, under a new break.

use super::credits::find;
use super::proposal::check_free;
use super::resolve::wrong_state;
use super::sql::{self, BreakRow};
use crate::access::{self, Role};
use crate::collection::payout::{Account, SendBackMoney, set_aside_sent_back};
use crate::collection::payout_cancel::{self, CancelledMoney};
use crate::collection::sql::payout as payout_sql;
use crate::error::{Failure, Fault, Reject, check_reason};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::payment;
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The action of a proposal of `suspense send-back`.
pub const SEND_BACK: &str = "send_back";

/// Who proposes and approves.
const ROLES: &[Role] = &[Role::Accountant, Role::ChiefAccountant, Role::SchoolHead];

/// `suspense send-back`: without `approve` a proposal, with it the second person's word.
pub struct SendBack {
    pub book: Book,
    pub id: i64,
    /// The holder of the account; needed for a proposal.
    pub name: String,
    /// BIN and number of another account than the one that paid; it must be on a bank's
    /// list under `name`.
    pub to: Option<(String, String)>,
    pub reason: String,
    pub approve: bool,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendBackReply {
    pub id: String,
    pub state: String,
    /// The payout, once it is approved.
    pub payout: Option<String>,
    /// đồng.
    pub amount: i64,
}

/// What a proposal keeps in the break's note; an account number is sealed.
#[derive(Serialize, Deserialize)]
struct Plan {
    name: String,
    /// Sealed `BIN|NUMBER`, as hex; none for the account that paid.
    to: Option<String>,
    reason: String,
}

impl Command for SendBack {
    const NAME: &'static str = "suspense.send_back";
    type Reply = SendBackReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        let to = self.to.as_ref().map(|(bin, number)| {
            json!({"bin": bin, "account": crate::collection::payout::masked(number)})
        });
        json!({"book": self.book.code, "id": self.id, "name": self.name, "to": to, "reason": self.reason,
               "approve": self.approve})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<SendBackReply, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, ROLES).await?;
        let row = sql::find_break(tx, book, self.id)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "break".into(),
                id: self.id.to_string(),
            })?;
        if self.approve {
            self.carry_out(tx, ctx, &row).await
        } else {
            self.propose(tx, ctx, &row).await
        }
    }
}

impl SendBack {
    async fn propose(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
    ) -> Result<SendBackReply, Failure> {
        check_free(row, &ctx.actor)?;
        check_reason("suspense send-back", &self.reason)?;
        let to = match &self.to {
            Some((bin, number)) => {
                let sealed = self
                    .keys
                    .seal_text(Purpose::BankAccount, &format!("{bin}|{number}"))?;
                Some(crate::store::keys::hex(&sealed))
            }
            None => None,
        };
        let plan = Plan {
            name: self.name.trim().to_owned(),
            to,
            reason: self.reason.trim().to_owned(),
        };
        // What could not be approved is refused to the one who proposes it.
        let money = self.money(tx, row, &plan).await?;
        payout_check(tx, self, &money).await?;
        let note = serde_json::to_string(&plan).map_err(|e| Fault::Corrupt(e.to_string()))?;
        sql::propose(tx, self.book.id, row.id, SEND_BACK, &note, &ctx.actor).await?;
        Ok(SendBackReply {
            id: row.id.to_string(),
            state: "proposed".into(),
            payout: None,
            amount: row.open_amount(),
        })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &BreakRow,
    ) -> Result<SendBackReply, Failure> {
        let proposed = row.state == "proposed" && row.action.as_deref() == Some(SEND_BACK);
        if !proposed {
            return Err(wrong_state(row, "proposed").into());
        }
        access::other_than(
            ctx,
            row.proposed_by.as_deref().unwrap_or_default(),
            "approve",
        )?;
        let plan: Plan = serde_json::from_str(row.note.as_deref().unwrap_or_default())
            .map_err(|e| Fault::Corrupt(format!("break {}: {e}", row.id)))?;
        let money = self.money(tx, row, &plan).await?;
        let payout = set_aside_sent_back(tx, ctx, &self.book, &self.keys, money).await?;
        sql::set_resolved(tx, self.book.id, row.id, &ctx.actor, ctx.now.0).await?;
        Ok(SendBackReply {
            id: row.id.to_string(),
            state: "resolved".into(),
            payout: Some(payout.to_string()),
            amount: row.open_amount(),
        })
    }

    /// What of the break goes back, and to where.
    async fn money(
        &self,
        tx: &mut Tx,
        row: &BreakRow,
        plan: &Plan,
    ) -> Result<SendBackMoney, Failure> {
        let book = self.book.id;
        let bank = payment::sql::bank_account_by_id(tx, book, row.bank_account_id).await?;
        let stands = row.item_account_id == Some(bank.suspense_id) && row.open_amount() > 0;
        if !stands || row.kind == "opening_balance" {
            return Err(Reject::ResolutionUnfit {
                kind: row.kind.clone(),
                action: SEND_BACK.into(),
            }
            .into());
        }
        let (collection, told) = if row.kind == "credit_unmatched" {
            let found = find(tx, book, &row.reference).await?;
            if found.state != "confirmed" {
                return Err(Reject::StateWrong {
                    what: "collection".into(),
                    id: row.reference.clone(),
                    state: found.state,
                    needed: "confirmed".into(),
                }
                .into());
            }
            (Some(found.id), found.counter_sealed)
        } else {
            let told = match (row.statement_id, row.line) {
                (Some(statement), Some(line)) => {
                    sql::line_counter(tx, book, statement, line).await?
                }
                _ => None,
            };
            (None, told)
        };
        let (text, proven) = match (&plan.to, told) {
            (Some(hex), _) => {
                let sealed = crate::store::keys::unhex(hex)
                    .ok_or_else(|| Fault::Corrupt(format!("break {}", row.id)))?;
                (self.keys.open_text(Purpose::BankAccount, &sealed)?, true)
            }
            (None, Some(sealed)) => (self.keys.open_text(Purpose::BankAccount, &sealed)?, false),
            (None, None) => {
                return Err(Reject::BadInput {
                    what: "suspense send-back".into(),
                    place: "--bin --account".into(),
                    found: String::new(),
                    expected: "--bin and --account: the bank did not tell the account".into(),
                }
                .into());
            }
        };
        let (bin, number) = text
            .split_once('|')
            .ok_or_else(|| Fault::Corrupt(format!("account of break {}", row.id)))?;
        Ok(SendBackMoney {
            break_id: row.id,
            collection,
            bank_account_id: bank.id,
            from_id: bank.suspense_id,
            amount: row.open_amount(),
            why: plan.reason.clone(),
            to: Account {
                // A line that names no bank means our own account's bank.
                bin: if bin.is_empty() {
                    bank.bin
                } else {
                    bin.to_owned()
                },
                number: number.to_owned(),
                name: plan.name.clone(),
                proven,
            },
        })
    }
}

async fn payout_check(tx: &mut Tx, of: &SendBack, money: &SendBackMoney) -> Result<(), Failure> {
    crate::collection::payout::check_account(tx, &of.keys, &money.to, money.bank_account_id)
        .await
        .map(|_| ())
}

/// `payout cancel` of what was to be sent back: it stands in suspense again.
pub struct CancelSentBack {
    pub book: Book,
    pub payout: i64,
    pub reason: String,
}

impl Command for CancelSentBack {
    const NAME: &'static str = "payout.cancel_sent_back";
    type Reply = crate::collection::payout::PayoutReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "payout": self.payout, "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Self::Reply, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, ROLES).await?;
        check_reason("payout cancel", &self.reason)?;
        let taken_back = payout_cancel::is_taken_back(tx, book, self.payout).await?;
        let CancelledMoney { row, back } =
            payout_cancel::cancel(tx, ctx, &self.book, self.payout, &self.reason).await?;
        let was = match row.break_id {
            Some(id) => sql::find_break(tx, book, id).await?,
            None => None,
        };
        let was = was.ok_or_else(|| Fault::Corrupt(format!("payout {} names no break", row.id)))?;
        let mut rest = back;
        if taken_back {
            rest -= self.make_good(tx, ctx, &was, &row, back).await?;
        }
        if rest == 0 {
            return Ok(crate::collection::payout::cancelled_reply(&row, back));
        }
        let again = BreakRow {
            id: tx.reserve_ids(book, 1)?,
            // A payment that is not there any more can't be assigned.
            kind: if taken_back {
                "unknown_at_us".into()
            } else {
                was.kind.clone()
            },
            day: ctx.now.day(),
            item_amount: rest,
            item_cleared: 0,
            state: "open".into(),
            owner: None,
            action: None,
            note: None,
            proposed_by: None,
            resolved_by: None,
            ..was
        };
        sql::insert_breaks(tx, book, &[again], ctx.now.0).await?;
        Ok(crate::collection::payout::cancelled_reply(&row, back))
    }
}

impl CancelSentBack {
    /// What the bank took back of a payment that was never sent back is no claim on it:
    /// suspense -> claim, as far as its break is open; how much, in đồng.
    async fn make_good(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        was: &BreakRow,
        payout: &payout_sql::PayoutRow,
        back: i64,
    ) -> Result<i64, Failure> {
        let book = self.book.id;
        let bank = payment::sql::bank_account_by_id(tx, book, was.bank_account_id).await?;
        let claim = ledger::find_account_id(tx, book, &format!("claim/{}", bank.bin)).await?;
        let Some(claim) = claim else {
            return Ok(0);
        };
        let info = PostingInfo::new("payout_cancelled", ctx, ctx.now.day(), payout.id);
        let mut left = back;
        for item in sql::open_items(tx, book, claim, &was.reference).await? {
            let part = item.open_amount().min(left);
            if part == 0 {
                break;
            }
            left -= part;
            let id = tx.reserve_ids(book, 1)?;
            let code = Code::ClaimMadeGood;
            let amount = Dong::new(part).map_err(|e| Fault::Corrupt(e.to_string()))?;
            let client = client_id(id, code);
            let transfer = NewTransfer::new(client, payout.from_id, claim, amount, code, payout.id);
            ledger::post_all(tx, book, &info, &[transfer]).await?;
            let (by, at) = (&ctx.actor, ctx.now.0);
            sql::clear_item(tx, book, item.id, part, "made_good", &self.reason, by, at).await?;
        }
        Ok(back - left)
    }
}

/// The kind of a payout, to choose the command that cancels it.
pub async fn is_sent_back(tx: &mut Tx, book: i64, payout: i64) -> Result<bool, Failure> {
    let row = payout_sql::find(tx, book, payout).await?;
    Ok(row.is_some_and(|p| p.kind == "send_back"))
}
