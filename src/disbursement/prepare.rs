//! Preparing a cycle: who of the period's lists gets what, as draft batches.
//!
//! Entitlements are made set-based in the order of enrolments, which is the order of the
//! ledger accounts; lines likewise. Nothing here posts. A period may be prepared again:
//! entitlements are unique for ever, so a second run finds only the people who are new
//! and what fell due again (rejected batches, withdrawn lines).

use super::BatchState;
use super::sql::{self, Batch};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, PostingInfo};
use crate::payment::sql::PlannedLine;
use crate::payment::{self};
use crate::programme::catalogue::{Period, Programme, Rounding};
use crate::programme::sql as programme_sql;
use crate::programme::{period_before, period_number, rates};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Dong;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lines a batch, at most (design, "Approval and release").
pub const BATCH_LINES_MAX: i64 = 1_000_000;

/// `cycle prepare`.
pub struct PrepareCycle {
    pub book: Book,
    pub programme: String,
    pub period: Period,
    /// Code of the paying bank account.
    pub bank_account: String,
    pub source: String,
    pub budget_year: i64,
    /// At most [`BATCH_LINES_MAX`].
    pub per_batch: i64,
}

/// What a preparation made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared {
    pub cycle: String,
    pub period: String,
    pub programme: String,
    pub batches: Vec<PreparedBatch>,
    pub lines: i64,
    pub total: i64,
    /// Against the month before.
    pub new_people: i64,
    pub gone_people: i64,
    pub changed_amounts: i64,
    /// Due again from earlier batches of the period.
    pub again: i64,
    pub typed_amount_differs: i64,
    pub not_paid: i64,
    pub by_category: Vec<CategoryTotal>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreparedBatch {
    pub batch: String,
    pub lines: i64,
    pub total: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CategoryTotal {
    pub category: String,
    pub people: i64,
    pub total: i64,
}

/// Name of a fund's ledger account.
pub fn fund_name(programme: &str, source: &str, budget_year: i64) -> String {
    format!("fund/{programme}/{source}/{budget_year}")
}

impl Command for PrepareCycle {
    const NAME: &'static str = "cycle.prepare";
    type Reply = Prepared;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "programme": self.programme, "period": self.period.to_string(),
               "bank_account": self.bank_account, "source": self.source, "budget_year": self.budget_year})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Prepared, Failure> {
        let book = self.book.id;
        if self.per_batch < 1 || self.per_batch > BATCH_LINES_MAX {
            return Err(Reject::BatchTooLarge {
                lines: self.per_batch,
                limit: BATCH_LINES_MAX,
            }
            .into());
        }
        access::require(tx, ctx, book, &self.book.code, &[Role::LabourMaker]).await?;
        let programme = programme_sql::find_programme(tx, &self.programme)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "programme".into(),
                id: self.programme.clone(),
            })?;
        let bank = payment::sql::find_bank_account(tx, &self.bank_account)
            .await?
            .filter(|b| b.book_id == book)
            .ok_or_else(|| Reject::NotFound {
                what: "bank account".into(),
                id: self.bank_account.clone(),
            })?;
        let period = period_number(self.period);
        let cycle = tx.reserve_ids(book, 1)?;
        let info = PostingInfo::new("cycle_prepared", ctx, ctx.now.day(), cycle);
        let fund = fund_name(&programme.code, &self.source, self.budget_year);
        let fund_id = ledger::open_account(tx, book, &info, &fund).await?;

        let amounts = self.amounts(tx, ctx, programme.id, period).await?;
        programme_sql::insert_cycle_rates(tx, book, cycle, &amounts).await?;
        let some_exist = programme_sql::any_entitlement(tx, programme.id, period).await?;
        let first = tx.head(book)?.next_id;
        let made = programme_sql::insert_entitlements(
            tx,
            book,
            programme.id,
            period,
            cycle,
            &programme.component,
            first,
            some_exist,
        )
        .await?;
        tx.reserve_ids(book, made)?;
        let last = first + made - 1;
        tx.analyze(&["entitlement"]).await?;
        let again = if some_exist {
            programme_sql::due_again(tx, book, programme.id, period, cycle).await?
        } else {
            Vec::new()
        };
        let again_count = i64::try_from(again.len()).unwrap_or(i64::MAX);
        if made + again_count == 0 {
            return Err(self.why_empty(tx, &programme, period).await?.into());
        }
        let template = Batch {
            book_id: book,
            id: 0,
            cycle_id: cycle,
            follows_id: None,
            programme_id: programme.id,
            period,
            fund_id,
            bank_account_id: bank.id,
            state: BatchState::Draft,
            first_id: 0,
            count: 0,
            total: 0,
            digest: None,
            made_by: ctx.actor.clone(),
            sent_on: None,
            open_count: 0,
        };
        let batches = self.plan(tx, ctx, &template, first, made, &again).await?;
        tx.analyze(&["instruction"]).await?;
        let (common, changed, before) = programme_sql::compare_periods(
            tx,
            book,
            programme.id,
            &programme.component,
            period,
            period_before(period),
        )
        .await?;
        let all =
            programme_sql::count_of_period(tx, book, programme.id, &programme.component, period)
                .await?;
        let (not_paid, _) = programme_sql::not_paid(tx, book, programme.id, period, 0).await?;
        let by_category = programme_sql::by_category(tx, book, first, last).await?;
        let reply = Prepared {
            cycle: cycle.to_string(),
            period: self.period.to_string(),
            programme: programme.code.clone(),
            lines: batches.iter().map(|b| b.lines).sum(),
            total: batches.iter().map(|b| b.total).sum(),
            batches,
            new_people: all - common,
            gone_people: before - common,
            changed_amounts: changed,
            again: again_count,
            typed_amount_differs: programme_sql::typed_differ(tx, book, first, last).await?,
            not_paid,
            by_category: by_category
                .into_iter()
                .map(|(category, people, total)| CategoryTotal {
                    category,
                    people,
                    total,
                })
                .collect(),
        };
        let report = serde_json::to_string(&reply).map_err(|e| Fault::Corrupt(e.to_string()))?;
        programme_sql::insert_cycle(
            tx,
            book,
            cycle,
            programme.id,
            period,
            &report,
            &ctx.actor,
            ctx.now.0,
        )
        .await?;
        Ok(reply)
    }
}

/// Why a preparation makes nothing, in this order: nobody was ever listed, nobody is
/// listed for the period (past or yet to come; of a past one some may still stand there who
/// were not listed since), everybody payable was prepared before, nobody is payable.
fn decide_why_empty(
    period: i64,
    programme: &str,
    counts: (i64, i64, i64),
    not_paid: i64,
    reason: (String, i64),
) -> Reject {
    let (listed, prepared, latest) = counts;
    let text = crate::programme::period_text;
    match (listed, prepared) {
        (0, _) if latest == 0 => Reject::NobodyListed {
            programme: programme.to_owned(),
        },
        _ if period < latest => Reject::PeriodPast {
            period: text(period),
            latest: text(latest),
        },
        (0, _) => Reject::PeriodNotListed {
            period: text(period),
            latest: text(latest),
        },
        (_, 0) => Reject::NobodyPayable {
            period: text(period),
            people: listed,
            reason: reason.0,
            reason_people: reason.1,
        },
        _ => Reject::AllPrepared {
            period: text(period),
            people: prepared,
            not_payable: not_paid,
        },
    }
}

impl PrepareCycle {
    async fn why_empty(
        &self,
        tx: &mut Tx,
        programme: &programme_sql::ProgrammeRow,
        period: i64,
    ) -> Result<Reject, Fault> {
        let book = self.book.id;
        let counts =
            programme_sql::count_listed(tx, book, programme.id, &programme.component, period)
                .await?;
        let (not_paid, people) =
            programme_sql::not_paid(tx, book, programme.id, period, 10_000).await?;
        let mut reasons: BTreeMap<String, i64> = BTreeMap::new();
        for person in people {
            *reasons.entry(person.reason).or_default() += 1;
        }
        let reason = reasons.into_iter().max_by_key(|(_, n)| *n);
        Ok(decide_why_empty(
            period,
            &programme.code,
            counts,
            not_paid,
            reason.unwrap_or_default(),
        ))
    }

    /// Standards and rates as of the period's first day and as known today.
    async fn amounts(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        programme: i64,
        period: i64,
    ) -> Result<Vec<(String, String, Dong)>, Failure> {
        let groups = programme_sql::listed_groups(tx, self.book.id, programme, period).await?;
        let on = self
            .period
            .first_day()
            .ok_or_else(|| Reject::PeriodInvalid {
                period: self.period.to_string(),
            })?;
        let known_on = ctx.now.day();
        let standards = programme_sql::standards(tx, programme, on, known_on).await?;
        let rates_now = programme_sql::rates(tx, programme, on, known_on).await?;
        let rounding = match Programme::parse(&self.programme) {
            Some(Programme::Meritorious) => Rounding::Thousand,
            _ => Rounding::Dong,
        };
        Ok(rates::decide_amounts(
            &groups,
            &standards,
            &rates_now,
            rounding,
            self.period,
        )?)
    }

    async fn plan(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        template: &Batch,
        first: i64,
        made: i64,
        again: &[programme_sql::DueEntitlement],
    ) -> Result<Vec<PreparedBatch>, Failure> {
        let book = template.book_id;
        let per_batch = self.per_batch;
        let count = (made + per_batch - 1) / per_batch;
        let first_batch = tx.reserve_ids(book, count + i64::from(!again.is_empty()))?;
        let first_line = tx.reserve_ids(book, made)?;
        let mut out = Vec::new();
        if made > 0 {
            let n = payment::sql::plan_new(
                tx,
                book,
                first,
                first + made - 1,
                first_line,
                first_batch,
                per_batch,
            )
            .await?;
            if i64::try_from(n).ok() != Some(made) {
                return Err(Fault::Corrupt(format!("{n} lines for {made} entitlements")).into());
            }
            for k in 0..count {
                let from = first_line + k * per_batch;
                let lines = per_batch.min(made - k * per_batch);
                out.push(insert_batch(tx, ctx, template, first_batch + k, from, lines).await?);
            }
        }
        if !again.is_empty() {
            let lines: Vec<PlannedLine> = again
                .iter()
                .map(|d| PlannedLine {
                    account_id: d.account_id,
                    address_id: d.address_id,
                    counter: d.counter,
                    payee: d.payee,
                    amount: d.amount,
                    cause_id: d.id,
                })
                .collect();
            let n = i64::try_from(lines.len()).unwrap_or(i64::MAX);
            let from = tx.reserve_ids(book, n)?;
            payment::sql::plan(tx, book, first_batch + count, from, &lines).await?;
            out.push(insert_batch(tx, ctx, template, first_batch + count, from, n).await?);
        }
        Ok(out)
    }
}

/// Writes the batch row over its planned lines.
pub async fn insert_batch(
    tx: &mut Tx,
    ctx: &Ctx,
    template: &Batch,
    id: i64,
    first_id: i64,
    lines: i64,
) -> Result<PreparedBatch, Failure> {
    let (count, total) =
        payment::sql::totals(tx, template.book_id, first_id, first_id + lines - 1, false).await?;
    if count != lines {
        return Err(Fault::Corrupt(format!("batch {id}: {count} lines of {lines}")).into());
    }
    let batch = Batch {
        id,
        first_id,
        count,
        total,
        ..template.clone()
    };
    sql::insert(tx, &batch, ctx.now.0).await?;
    super::approve::note(tx, ctx, &batch, "prepared", "", None).await?;
    Ok(PreparedBatch {
        batch: id.to_string(),
        lines,
        total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an empty cycle that is explained by something else than what it is.
    #[test]
    fn each_empty_cycle_has_its_reason() {
        for (counts, code) in [
            ((0, 0, 0), "nobody_listed"),
            ((0, 0, 202_607), "period_past"),
            ((1, 1, 202_607), "period_past"),
            ((0, 0, 202_605), "period_not_listed"),
            ((5, 0, 202_606), "nobody_payable"),
            ((5, 3, 202_606), "all_prepared"),
            ((5, 5, 202_606), "all_prepared"),
        ] {
            let reason = ("deceased".to_owned(), 2);
            let reject = decide_why_empty(202_606, "social_assistance", counts, 2, reason);
            assert_eq!(reject.code(), code, "{counts:?}");
        }
    }
}
