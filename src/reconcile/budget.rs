//! Budget: announced with its reference, received when a statement brings it.
//!
//! `budget receive` posts nothing by itself: the budget arrives on the statement. Where the
//! money came in before it was announced (or stood there at the opening), the same amount
//! under the same reference moves from suspense to the fund.

use super::sql::{self, BudgetRow};
use crate::access::{self, Role};
use crate::disbursement::prepare::fund_name;
use crate::error::{Failure, Reject};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
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
        let amount = Dong::new(self.amount)
            .ok()
            .filter(|a| a.is_payable())
            .ok_or(Reject::AmountInvalid {
                amount: self.amount,
            })?;
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
            || self.reference.contains(':');
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
                let mut row = BudgetRow {
                    id,
                    fund_id,
                    bank_account_id: bank.id,
                    amount: self.amount,
                    reference,
                    received: 0,
                };
                sql::insert_budget(tx, book, &row, &ctx.actor, ctx.now.0).await?;
                row.received = self
                    .take_from_suspense(tx, ctx, &info, bank.suspense_id, &row, amount)
                    .await?;
                row
            }
        };
        let balances = ledger::load_balances(tx, book, &[fund_id]).await?;
        Ok(BudgetReply {
            budget: row.id.to_string(),
            fund: name,
            amount: row.amount,
            received: row.received,
            fund_balance: balances.get(&fund_id).map_or(0, |a| a.credits - a.debits),
        })
    }
}

impl ReceiveBudget {
    /// Money that came in under the same reference and amount before it was announced; of
    /// an opening balance any part may be named.
    async fn take_from_suspense(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        info: &PostingInfo,
        suspense: i64,
        row: &BudgetRow,
        amount: Dong,
    ) -> Result<i64, Failure> {
        let opening = self.reference == OPENING_REFERENCE;
        let items = sql::open_items(tx, self.book.id, suspense, &self.reference).await?;
        let Some(item) = items.iter().find(|i| {
            i.open_amount() == amount.get() || (opening && i.open_amount() > amount.get())
        }) else {
            return Ok(0);
        };
        let code = Code::Identified;
        let transfer = NewTransfer::new(
            client_id(row.id, code),
            suspense,
            row.fund_id,
            amount,
            code,
            row.id,
        );
        ledger::post_all(tx, self.book.id, info, &[transfer]).await?;
        sql::clear_item(
            tx,
            self.book.id,
            item.id,
            amount.get(),
            "budget_received",
            &self.reference,
            &ctx.actor,
            ctx.now.0,
        )
        .await?;
        sql::set_budget_received(tx, self.book.id, row.id, amount.get()).await?;
        Ok(amount.get())
    }
}
