//! `surcharge run --day D`: what is added to late bills, where their schedule says so.
//!
//! A surcharge is a further bill with its own code, due at once; the first bill and its
//! code stay payable as they are. It comes once for a bill, after the days that the price
//! of each line says, on what is unpaid of that line on the day: percent rounded half up,
//! or an amount once a line. It is income of the biller's services, never of a third
//! party. Invitations have none.

use super::bill::pay_code;
use super::bill_state::BillState;
use super::biller;
use super::price::{FeeKind, Form, SurchargeRule, percent_of};
use super::run_draft::reserve_codes;
use super::run_issue;
use super::sql::bill::{self as sql, BillRow, LineRow, RunRow};
use super::sql::fee as fee_sql;
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, PostingInfo};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// `surcharge run`.
pub struct RunSurcharges {
    pub book: Book,
    pub day: Day,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurchargeReply {
    /// Empty where nothing was due.
    pub run: String,
    pub day: String,
    pub bills: i64,
    pub total: i64,
}

/// What the rule adds to an unpaid amount.
pub fn surcharge_on(rule: &SurchargeRule, unpaid: i64) -> i64 {
    let form = if rule.kind == "percent" {
        "rate"
    } else {
        "amount"
    };
    match Form::parse(form, &rule.value) {
        Some(Form::Rate(rate)) => percent_of(unpaid, rate),
        Some(Form::Amount(amount)) if unpaid > 0 => amount,
        _ => 0,
    }
}

impl Command for RunSurcharges {
    const NAME: &'static str = "surcharge.run";
    type Reply = SurchargeReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "day": self.day.to_string()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<SurchargeReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, &[Role::SchoolHead]).await?;
        if self.day > ctx.now.day() {
            return Err(Reject::BadInput {
                what: "surcharge run".into(),
                place: "--day".into(),
                found: self.day.to_string(),
                expected: format!("at most {}", ctx.now.day()),
            }
            .into());
        }
        let rules = fee_sql::surcharge_rules(tx, self.book.id).await?;
        let mut reply = SurchargeReply {
            day: self.day.to_string(),
            ..SurchargeReply::default()
        };
        if rules.is_empty() {
            return Ok(reply);
        }
        let late = sql::late_bills(tx, self.book.id, self.day).await?;
        let ids: Vec<i64> = late.iter().map(|b| b.id).collect();
        let lines = sql::lines_of(tx, self.book.id, &ids).await?;
        let due: Vec<(&BillRow, Vec<(&LineRow, i64)>)> = late
            .iter()
            .map(|b| (b, self.due_on_lines(b, lines.get(&b.id), &rules)))
            .filter(|(_, due)| !due.is_empty())
            .collect();
        if due.is_empty() {
            return Ok(reply);
        }
        let run = self.record(tx, ctx, &due).await?;
        let issued = run_issue::issue(tx, ctx, &self.book, &run).await?;
        reply.run = issued.run;
        reply.bills = issued.bills;
        reply.total = issued.total;
        Ok(reply)
    }
}

impl RunSurcharges {
    fn due_on_lines<'a>(
        &self,
        bill: &BillRow,
        lines: Option<&'a Vec<LineRow>>,
        rules: &HashMap<i64, SurchargeRule>,
    ) -> Vec<(&'a LineRow, i64)> {
        lines
            .into_iter()
            .flatten()
            .filter_map(|l| Some((l, rules.get(&l.price_id)?)))
            .filter(|(_, rule)| self.day > bill.due_on.plus_days(rule.after_days))
            .map(|(l, rule)| (l, surcharge_on(rule, l.amount - l.paid)))
            .filter(|(_, amount)| *amount > 0)
            .collect()
    }

    async fn record(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        due: &[(&BillRow, Vec<(&LineRow, i64)>)],
    ) -> Result<RunRow, Failure> {
        let biller = biller::of(tx, &self.book).await?;
        let info = PostingInfo::new("accounts_opened", ctx, ctx.now.day(), 0);
        let against_id = ledger::open_account(tx, self.book.id, &info, "income/service").await?;
        let count = i64::try_from(due.len()).unwrap_or(i64::MAX);
        let first_run = sql::find_run(tx, self.book.id, due[0].0.run_id).await?;
        let year_id = first_run
            .ok_or_else(|| Fault::Corrupt("a bill without its run".into()))?
            .year_id;
        let run_id = tx.reserve_ids(self.book.id, 1)?;
        let first = tx.reserve_ids(self.book.id, count)?;
        let code = reserve_codes(tx, self.book.id, count).await?;
        let (mut bills, mut rows) = (Vec::new(), Vec::new());
        for ((id, code), (of, lines)) in (first..).zip(code..).zip(due) {
            for (no, (line, amount)) in (1..).zip(lines) {
                rows.push(LineRow {
                    id: tx.reserve_ids(self.book.id, 1)?,
                    bill_id: id,
                    no,
                    kind: FeeKind::Service,
                    name: format!("Phí nộp chậm: {}", line.name),
                    quantity: 1,
                    price: *amount,
                    gross: *amount,
                    reduction: 0,
                    amount: *amount,
                    paid: 0,
                    receivable_id: None,
                    against_id,
                    onward_id: None,
                    why: format!("Phiếu báo {}, hạn {}", of.number, of.due_on),
                    charge_key: None,
                    ..(*line).clone()
                });
            }
            bills.push(BillRow {
                id,
                run_id,
                kind: "surcharge".into(),
                number: format!("draft-{id}"),
                part: 1,
                parts: 1,
                state: BillState::Draft,
                pay_code: pay_code(self.book.id, code)?,
                bank_account_id: biller.bank_account_id,
                total: lines.iter().map(|(_, a)| a).sum(),
                paid: 0,
                due_on: self.day,
                of_bill_id: Some(of.id),
                replaces_id: None,
                snapshot: json!({"of": of.number, "day": self.day.to_string()}).to_string(),
                issued_at: None,
                ..(*of).clone()
            });
        }
        let run = RunRow {
            id: run_id,
            year_id,
            period: i64::from(self.day.year()) * 100 + i64::from(self.day.month()),
            class_id: None,
            report: "{}".into(),
            bills: count,
            total: bills.iter().map(|b| b.total).sum(),
            made_by: ctx.actor.clone(),
            issued_by: None,
        };
        sql::insert_run(tx, self.book.id, &run, ctx.now.0).await?;
        sql::insert_bills(tx, self.book.id, &bills).await?;
        sql::insert_lines(tx, self.book.id, &rows).await?;
        Ok(run)
    }
}
