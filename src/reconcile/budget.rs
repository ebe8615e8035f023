//! Budget: announced with its reference, received when a statement brings it.
//!
//! `budget receive` posts nothing: the budget arrives on the statement. Where the money
//! came in before it was announced (or stood there at the opening), the same amount under
//! the same reference stands in suspense, and money leaves suspense only by two people: the
//! announcement becomes a proposal on that break, which another person approves by
//! `break resolve`. The same announcement again, after its proposal was withdrawn or fell,
//! proposes anew.

use super::proposal::Proposal;
use super::resolve::Action;
use super::sql::{self, BudgetRow};
use crate::access::{self, Role};
use crate::disbursement::prepare::fund_name;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, PostingInfo};
use crate::payment;
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Reference of the balance that stood on an account when it was set up.
pub const OPENING_REFERENCE: &str = "OPENING";

/// `budget receive`.
pub struct ReceiveBudget {
    pub book: Book,
    pub programme: String,
    pub source: String,
    pub budget_year: i64,
    pub bank_account: String,
    pub amount: i64,
    pub reference: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BudgetReply {
    pub budget: String,
    pub fund: String,
    pub amount: i64,
    /// đồng that are on the fund already; the rest is awaited on a statement.
    pub received: i64,
    pub fund_balance: i64,
    /// The break whose money this is, proposed to move to the fund; another person approves.
    #[serde(rename = "break")]
    pub break_id: Option<String>,
}

/// True where a reference begins as all of this book's do: one that was cut on the way
/// would bring a person's returned money to a fund.
fn begins_like_ours(book: i64, reference: &str) -> Result<bool, Fault> {
    let own = crate::payment::reference(book, 1)?.to_string();
    let head = own.get(..4).unwrap_or_default();
    Ok(reference.to_ascii_uppercase().starts_with(head))
}

impl Command for ReceiveBudget {
    const NAME: &'static str = "budget.receive";
    type Reply = BudgetReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "programme": self.programme, "source": self.source, "budget_year": self.budget_year,
               "bank_account": self.bank_account, "amount": self.amount, "reference": self.reference})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<BudgetReply, Failure> {
        let book = self.book.id;
        access::require(
            tx,
            ctx,
            book,
            &self.book.code,
            &[Role::Accountant, Role::ChiefAccountant],
        )
        .await?;
        if !Dong::new(self.amount).is_ok_and(Dong::is_payable) {
            return Err(Reject::AmountInvalid {
                amount: self.amount,
            }
            .into());
        }
        let bank = payment::sql::find_bank_account(tx, &self.bank_account)
            .await?
            .filter(|b| b.book_id == book)
            .ok_or_else(|| Reject::NotFound {
                what: "bank account".into(),
                id: self.bank_account.clone(),
            })?;
        if crate::programme::sql::find_programme(tx, &self.programme)
            .await?
            .is_none()
        {
            return Err(Reject::NotFound {
                what: "programme".into(),
                id: self.programme.clone(),
            }
            .into());
        }
        // A reference of ours names a payment; what comes under it is a return.
        let ours = ansinh_settlement::Reference::parse(&self.reference).is_ok()
            || self.reference.contains(':')
            || begins_like_ours(book, &self.reference)?;
        if ours
            || self.reference.trim().is_empty()
            || self.reference.len() > 16
            || !self.reference.is_ascii()
        {
            return Err(Reject::BadInput {
                what: "reference".into(),
                place: "--reference".into(),
                found: self.reference.clone(),
                expected: "1-16 ASCII".into(),
            }
            .into());
        }
        let id = tx.reserve_ids(book, 1)?;
        let info = PostingInfo::new("budget_received", ctx, ctx.now.day(), id);
        let name = fund_name(&self.programme, &self.source, self.budget_year);
        let fund_id = ledger::open_account(tx, book, &info, &name).await?;
        // Of an opening balance each fund takes its part once.
        let reference = if self.reference == OPENING_REFERENCE {
            format!("{OPENING_REFERENCE}:{fund_id}")
        } else {
            self.reference.clone()
        };
        let row = match sql::find_budget(tx, book, bank.id, &reference).await? {
            Some(row) if (row.fund_id, row.amount) == (fund_id, self.amount) => row,
            Some(_) => {
                return Err(Reject::KeyReused {
                    command: Self::NAME.into(),
                    key: self.reference.clone(),
                }
                .into());
            }
            None => {
                let row = BudgetRow {
                    id,
                    fund_id,
                    bank_account_id: bank.id,
                    amount: self.amount,
                    reference,
                    received: 0,
                };
                sql::insert_budget(tx, book, &row, &ctx.actor, ctx.now.0).await?;
                row
            }
        };
        let break_id = if row.received == 0 {
            self.propose(tx, ctx, bank.suspense_id, &row, &name).await?
        } else {
            None
        };
        let balances = ledger::load_balances(tx, book, &[fund_id]).await?;
        Ok(BudgetReply {
            budget: row.id.to_string(),
            fund: name,
            amount: row.amount,
            received: row.received,
            fund_balance: balances.get(&fund_id).map_or(0, |a| a.credits - a.debits),
            break_id: break_id.map(|id| id.to_string()),
        })
    }
}

impl ReceiveBudget {
    /// Money that came in under the same reference and amount before it was announced; of
    /// an opening balance any part may be named. The break that it is proposed on, if any.
    async fn propose(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        suspense: i64,
        row: &BudgetRow,
        fund: &str,
    ) -> Result<Option<i64>, Failure> {
        let opening = self.reference == OPENING_REFERENCE;
        let items = sql::open_items(tx, self.book.id, suspense, &self.reference).await?;
        let fits = |open: i64| open == row.amount || (opening && open > row.amount);
        let Some(item) = items.iter().find(|i| fits(i.open_amount())) else {
            return Ok(None);
        };
        if item.state == "proposed" {
            if Proposal::of(item)?.budget == Some(row.id) {
                return Ok(Some(item.id));
            }
            return Err(Reject::ProposalStands {
                id: item.id.to_string(),
                by: item.proposed_by.clone().unwrap_or_default(),
                action: item.action.clone().unwrap_or_default(),
            }
            .into());
        }
        let proposal = Proposal {
            action: Action::ToFund,
            target: Some(fund.to_owned()),
            reason: format!("budget receive {}", self.reference),
            bank_reason: None,
            amount: Some(row.amount),
            budget: Some(row.id),
        };
        proposal.put(tx, ctx, self.book.id, item.id).await?;
        Ok(Some(item.id))
    }
}
