//! `absence load FILE`: days on which pupils were absent, by fee and month; and
//! `absence settle`: what is left after the last bill goes to credit.
//!
//! CSV `code,absent_days`. Absences of a month are set against the next bill of the same
//! fee (`run_charge::take_absences_off`). A month that a bill has settled is not changed
//! any more. After the last bill: what was paid for the absent days is debited to where
//! its money stands (`income/<kind>`, or `onward/<third party>` for thu hộ) and credited
//! to `credit/<debtor>`; a month whose bill is not paid stays open and is listed.

use super::code_file;
use super::price::FeeKind;
use super::run_charge::absence_value;
use super::school;
use super::sql::credit as credit_sql;
use super::sql::fee::{self as sql, FeeRow};
use super::sql::people;
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::programme::{Period, period_number, period_text};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// Absent days of one debtor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub code: String,
    pub days: i64,
    /// Where it stands: `B7`.
    pub cell: String,
}

/// Reads `code,absent_days`; refuses letters, signs and a pupil twice with the cell.
pub fn read_absences(path: &Path) -> Result<Vec<Absence>, Failure> {
    let mut out = Vec::new();
    for row in code_file::read(path, "absent_days")? {
        let cell = format!("B{}", row.line);
        let days = row
            .value
            .parse::<i64>()
            .ok()
            .filter(|d| (0..=31).contains(d))
            .ok_or_else(|| code_file::bad(path, &cell, &row.value, "0-31"))?;
        out.push(Absence {
            code: row.code,
            days,
            cell,
        });
    }
    Ok(out)
}

/// `absence load`.
pub struct LoadAbsences {
    pub book: Book,
    pub fee: String,
    pub period: Period,
    pub absences: Vec<Absence>,
    pub digest: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsencesReply {
    pub fee: String,
    pub period: String,
    pub pupils: i64,
    pub days: i64,
    pub changed: i64,
}

async fn fee_named(tx: &mut Tx, book: &Book, code: &str) -> Result<FeeRow, Failure> {
    let fees = sql::fees(tx, book.id).await?;
    Ok(fees
        .into_iter()
        .find(|f| f.code == code)
        .ok_or_else(|| Reject::NotFound {
            what: "fee".into(),
            id: code.into(),
        })?)
}

impl Command for LoadAbsences {
    const NAME: &'static str = "absence.load";
    type Reply = AbsencesReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "fee": self.fee, "period": self.period.to_string(), "sha256": self.digest})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<AbsencesReply, Failure> {
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::SchoolCashier],
        )
        .await?;
        let fee = fee_named(tx, &self.book, &self.fee).await?;
        let period = period_number(self.period);
        let debtors: HashMap<String, i64> = people::debtors(tx, self.book.id)
            .await?
            .into_iter()
            .map(|d| (d.code, d.id))
            .collect();
        let known = sql::attendance_of(tx, self.book.id, fee.id, period).await?;
        let plans = sql::plans(tx, self.book.id, period, ctx.now.day()).await?;
        let mut reply = AbsencesReply {
            fee: fee.code.clone(),
            period: self.period.to_string(),
            ..AbsencesReply::default()
        };
        for a in &self.absences {
            let bad = |found: String, expected: &str| Reject::BadInput {
                what: "absence load".into(),
                place: a.cell.clone(),
                found,
                expected: expected.into(),
            };
            let debtor = *debtors
                .get(&a.code)
                .ok_or_else(|| bad(a.code.clone(), "the code of a pupil"))?;
            let (planned, absent, _, settled) = known
                .get(&debtor)
                .copied()
                .unwrap_or_else(|| (plans.get(&fee.id).copied().unwrap_or(0), 0, None, None));
            reply.pupils += 1;
            reply.days += a.days;
            if absent == a.days {
                continue;
            }
            if settled.is_some() {
                return Err(bad(
                    format!("{} {}", a.code, a.days),
                    "a month that no bill has settled yet",
                )
                .into());
            }
            if a.days > planned {
                return Err(bad(
                    format!("{} {}", a.code, a.days),
                    &format!("at most the {planned} planned days"),
                )
                .into());
            }
            sql::put_absence(
                tx,
                self.book.id,
                debtor,
                fee.id,
                period,
                planned,
                a.days,
                &ctx.actor,
                ctx.now.0,
            )
            .await?;
            reply.changed += 1;
        }
        Ok(reply)
    }
}

/// `absence settle`.
pub struct SettleAbsences {
    pub book: Book,
    /// Months before this one.
    pub before: Period,
    /// Only this debtor, by code.
    pub debtor: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledReply {
    pub settled: i64,
    pub total: i64,
    /// Not settled: (debtor, month) whose bill is not paid.
    pub not_paid: Vec<(String, String)>,
}

impl Command for SettleAbsences {
    const NAME: &'static str = "absence.settle";
    type Reply = SettledReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "before": self.before.to_string(), "debtor": self.debtor})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<SettledReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, &[Role::SchoolHead]).await?;
        let only = match &self.debtor {
            None => None,
            Some(code) => Some(school::find_debtor(tx, &self.book, code).await?.id),
        };
        let fees: HashMap<i64, FeeKind> = sql::fees(tx, self.book.id)
            .await?
            .into_iter()
            .map(|f| (f.id, f.kind))
            .collect();
        let mut reply = SettledReply::default();
        let mut transfers = Vec::new();
        let info = PostingInfo::new("absences_settled", ctx, ctx.now.day(), 0);
        for a in sql::open_absences(tx, self.book.id, period_number(self.before)).await? {
            if only.is_some_and(|d| d != a.debtor_id) {
                continue;
            }
            let debtor = people::debtor_by_id(tx, self.book.id, a.debtor_id).await?;
            if a.bill_state != "paid" {
                reply.not_paid.push((debtor.code, period_text(a.period)));
                continue;
            }
            let value = absence_value(&a);
            sql::settle_absence(tx, self.book.id, a.debtor_id, a.fee_id, a.period, a.line_id)
                .await?;
            if value == 0 {
                continue;
            }
            let from = match fees.get(&a.fee_id) {
                Some(FeeKind::Agency) => a.onward_id.unwrap_or(a.against_id),
                _ => a.against_id,
            };
            let id = tx.reserve_ids(self.book.id, 1)?;
            let source = credit_sql::CreditRow {
                allocation_id: 0,
                collection_id: 0,
                debtor_id: a.debtor_id,
                amount: value,
                account_id: debtor.credit_id,
            };
            credit_sql::insert_from_credit(tx, self.book.id, id, &source, None, value, ctx).await?;
            let amount = Dong::new(value).map_err(|e| Fault::Corrupt(e.to_string()))?;
            transfers.push(NewTransfer::new(
                client_id(id, Code::AbsenceCredited),
                from,
                debtor.credit_id,
                amount,
                Code::AbsenceCredited,
                a.line_id,
            ));
            reply.settled += 1;
            reply.total += value;
        }
        ledger::post_all(tx, self.book.id, &info, &transfers).await?;
        Ok(reply)
    }
}
