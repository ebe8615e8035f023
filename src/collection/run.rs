//! `bill prepare`: draft bills for a class or a whole school in one go.
//!
//! | step | what | where |
//! |---|---|---|
//! | load | pupils, prices, plans, reductions, enrolments, absences | `sql`, [`grounds`] |
//! | decide | what each is charged; one's problem is listed and stops nobody else | `run_charge` (pure) |
//! | once | what has a charge key already was charged and is left out | `sql::bill::charged` |
//! | record | a run, its drafts with payment codes, their lines, the days they bill | `sql` |
//!
//! Running it again makes only what is new. Nothing is posted: [`super::run_issue`] does.

use super::biller;
use super::fee_law::{self, Ceiling};
use super::price::{FeeKind, Form, Price, Reduction};
use super::run_charge::{Charge, Problem, Terms, charges, take_absences_off};
use super::run_draft::{Drafted, draft_bills};
use super::sql::bill as bill_sql;
use super::sql::fee::{self as fee_sql, AbsenceRow, GroundRate};
use super::sql::people::{self, PupilRow};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::identity;
use crate::ledger::Book;
use crate::programme::{self, Period, period_number};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// `bill prepare`.
pub struct PrepareBills {
    pub book: Book,
    pub year: String,
    pub period: Period,
    pub class: Option<String>,
    /// Only this debtor, by code.
    pub debtor: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrepareReply {
    /// Empty where there was nothing new.
    pub run: String,
    pub period: String,
    pub pupils: i64,
    pub bills: i64,
    pub invitations: i64,
    /// đồng, without invitations.
    pub total: i64,
    pub reductions: i64,
    pub by_kind: std::collections::BTreeMap<String, i64>,
    /// Pupils for whom all was charged before, or nothing is.
    pub nothing_new: i64,
    pub problems: Vec<Problem>,
}

impl Command for PrepareBills {
    const NAME: &'static str = "bill.prepare";
    type Reply = PrepareReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "year": self.year, "period": self.period.to_string(), "class": self.class,
               "debtor": self.debtor, "reads": "policy grounds by personal number"})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PrepareReply, Failure> {
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::SchoolCashier],
        )
        .await?;
        let reply = self.prepare(tx, ctx).await?;
        if reply.run.is_empty() && !reply.problems.is_empty() {
            let n = i64::try_from(reply.problems.len()).unwrap_or(i64::MAX);
            let first = &reply.problems[0];
            return Err(Reject::NothingToBill {
                period: format!(
                    "{}: {} {} {}",
                    self.period, first.debtor, first.fee, first.reason
                ),
                problems: n,
            }
            .into());
        }
        Ok(reply)
    }
}

impl PrepareBills {
    /// The work without the check of roles: also for a bill that is made again.
    pub(super) async fn prepare(&self, tx: &mut Tx, ctx: &Ctx) -> Result<PrepareReply, Failure> {
        let book = self.book.id;
        let biller = biller::of(tx, &self.book).await?;
        let year = biller::year(tx, &self.book, &self.year).await?;
        let period = period_number(self.period);
        let (first, last) = days_of(self.period)?;
        if last < year.starts_on || first > year.ends_on {
            return Err(Reject::BadInput {
                what: "bill prepare".into(),
                place: "--period".into(),
                found: self.period.to_string(),
                expected: format!("{} - {}", year.starts_on, year.ends_on),
            }
            .into());
        }
        let on = first.max(year.starts_on);
        let today = ctx.now.day();
        let seated_on = today.max(on).min(last.min(year.ends_on));
        let class = self.class_id(tx, year.id).await?;
        let pupils = self.pupils(tx, year.id, seated_on, class).await?;

        let fees = fee_sql::fees(tx, book).await?;
        let prices = by_fee(fee_sql::prices(tx, book, year.id).await?);
        let plans = fee_sql::plans(tx, book, period, today).await?;
        let ceilings: Vec<Ceiling> =
            fee_sql::ceilings(tx, &biller.province, &biller.ownership, today).await?;
        let terms = Terms {
            fees: &fees,
            prices: &prices,
            plans: &plans,
            ceilings: &ceilings,
            school: biller.kind == "school",
            ownership: &biller.ownership,
            year_id: year.id,
            period,
            on,
            known_on: today,
        };
        let mut reductions = decisions(tx, book, on).await?;
        let rates = fee_sql::ground_rates(tx, book, today).await?;
        for (debtor, own) in grounds(tx, &pupils, &rates, on, period).await? {
            reductions.entry(debtor).or_default().extend(own);
        }

        let mut reply = PrepareReply {
            period: self.period.to_string(),
            pupils: i64::try_from(pupils.len()).unwrap_or(i64::MAX),
            ..PrepareReply::default()
        };
        let mut all: Vec<(usize, Vec<Charge>)> = Vec::with_capacity(pupils.len());
        for (at, pupil) in pupils.iter().enumerate() {
            let own: Vec<&Reduction> = reductions
                .get(&pupil.debtor_id)
                .into_iter()
                .flatten()
                .collect();
            let (own, mut problems) = charges(&terms, pupil, &own);
            reply.problems.append(&mut problems);
            all.push((at, own));
        }
        self.leave_out_charged(tx, &mut all).await?;
        let absences = absences_by_debtor(tx, book, period).await?;
        for (at, own) in &mut all {
            if let Some(rows) = absences.get(&pupils[*at].debtor_id) {
                take_absences_off(&terms, own, &rows.iter().collect::<Vec<_>>());
            }
        }
        reply.nothing_new =
            i64::try_from(all.iter().filter(|(_, c)| c.is_empty()).count()).unwrap_or(0);
        all.retain(|(_, c)| !c.is_empty());
        if all.is_empty() {
            return Ok(reply);
        }
        let drafted = draft_bills(tx, &self.book, &biller, &terms, &pupils, &all).await?;
        self.record(tx, ctx, drafted, year.id, class, reply).await
    }

    async fn class_id(&self, tx: &mut Tx, year: i64) -> Result<Option<i64>, Failure> {
        let Some(code) = &self.class else {
            return Ok(None);
        };
        let classes = people::classes(tx, self.book.id, year).await?;
        let found = classes.iter().find(|c| c.code == *code);
        Ok(Some(
            found
                .ok_or_else(|| Reject::NotFound {
                    what: "class".into(),
                    id: code.clone(),
                })?
                .id,
        ))
    }

    async fn pupils(
        &self,
        tx: &mut Tx,
        year: i64,
        on: Day,
        class: Option<i64>,
    ) -> Result<Vec<PupilRow>, Failure> {
        let mut pupils = people::pupils_on(tx, self.book.id, year, on).await?;
        pupils.retain(|p| class.is_none_or(|c| p.class_id == c));
        if let Some(code) = &self.debtor {
            pupils.retain(|p| p.code == *code);
            if pupils.is_empty() {
                return Err(Reject::NotFound {
                    what: "debtor".into(),
                    id: code.clone(),
                }
                .into());
            }
        }
        Ok(pupils)
    }

    async fn leave_out_charged(
        &self,
        tx: &mut Tx,
        all: &mut [(usize, Vec<Charge>)],
    ) -> Result<(), Fault> {
        let keys: Vec<&str> = all
            .iter()
            .flat_map(|(_, c)| c.iter().map(|c| c.key.as_str()))
            .collect();
        let charged = bill_sql::charged(tx, self.book.id, &keys).await?;
        if !charged.is_empty() {
            for (_, own) in all {
                own.retain(|c| !charged.contains(&c.key));
            }
        }
        Ok(())
    }

    async fn record(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        drafted: Drafted,
        year: i64,
        class: Option<i64>,
        mut reply: PrepareReply,
    ) -> Result<PrepareReply, Failure> {
        reply.run = drafted.run.to_string();
        for bill in &drafted.bills {
            if bill.kind == "invitation" {
                reply.invitations += 1;
            } else {
                reply.bills += 1;
                reply.total += bill.total;
            }
        }
        for line in &drafted.lines {
            *reply
                .by_kind
                .entry(line.kind.name().to_owned())
                .or_default() += line.amount;
            if line.kind != FeeKind::Voluntary {
                reply.reductions += line.reduction;
            }
        }
        let run = bill_sql::RunRow {
            id: drafted.run,
            year_id: year,
            period: period_number(self.period),
            class_id: class,
            report: serde_json::to_string(&reply).map_err(|e| Fault::Corrupt(e.to_string()))?,
            bills: reply.bills + reply.invitations,
            total: reply.total,
            made_by: ctx.actor.clone(),
            issued_by: None,
        };
        drafted.record(tx, ctx, self.book.id, &run).await?;
        Ok(reply)
    }
}

fn days_of(period: Period) -> Result<(Day, Day), Reject> {
    let invalid = || Reject::PeriodInvalid {
        period: period.to_string(),
    };
    let first = period.first_day().ok_or_else(invalid)?;
    let next = period.next().first_day().ok_or_else(invalid)?;
    Ok((first, next.plus_days(-1)))
}

fn by_fee(prices: Vec<Price>) -> HashMap<i64, Vec<Price>> {
    let mut out: HashMap<i64, Vec<Price>> = HashMap::new();
    for p in prices {
        out.entry(p.fee_id).or_default().push(p);
    }
    out
}

/// Reductions by decision, by debtor.
async fn decisions(tx: &mut Tx, book: i64, on: Day) -> Result<HashMap<i64, Vec<Reduction>>, Fault> {
    let mut out: HashMap<i64, Vec<Reduction>> = HashMap::new();
    for row in fee_sql::reductions_on(tx, book, on, None).await? {
        out.entry(row.debtor_id).or_default().push(row.reduction);
    }
    Ok(out)
}

async fn absences_by_debtor(
    tx: &mut Tx,
    book: i64,
    period: i64,
) -> Result<HashMap<i64, Vec<AbsenceRow>>, Fault> {
    let mut out: HashMap<i64, Vec<AbsenceRow>> = HashMap::new();
    for row in fee_sql::open_absences(tx, book, period).await? {
        out.entry(row.debtor_id).or_default().push(row);
    }
    Ok(out)
}

/// Reductions that follow from being a policy beneficiary: found by the personal number's
/// keyed hash in the labour side's enrolments valid in the period. What comes back is a
/// ground and a rate, nothing else of the person.
pub async fn grounds(
    tx: &mut Tx,
    pupils: &[PupilRow],
    rates: &[GroundRate],
    on: Day,
    period: i64,
) -> Result<HashMap<i64, Vec<Reduction>>, Fault> {
    let mut out = HashMap::new();
    let hashes: Vec<Vec<u8>> = pupils
        .iter()
        .filter_map(|p| p.number_hash.clone())
        .collect();
    if rates.is_empty() || hashes.is_empty() {
        return Ok(out);
    }
    let persons = identity::sql::persons_by_hash(tx, &hashes).await?;
    let ids: Vec<i64> = persons
        .values()
        .filter(|p| p.deceased_on.is_none())
        .map(|p| p.id)
        .collect();
    let categories = programme::sql::categories_of(tx, &ids, period).await?;
    for pupil in pupils {
        let person = pupil.number_hash.as_ref().and_then(|h| persons.get(h));
        let own = person.and_then(|p| categories.get(&p.id));
        let own: Vec<Reduction> = own
            .into_iter()
            .flatten()
            .filter_map(|c| fee_law::ground_of(c))
            .flat_map(|g| {
                rates
                    .iter()
                    .filter(|r| r.ground == g.ground)
                    .map(move |r| (g, r))
            })
            .filter_map(|(g, r)| {
                Some(Reduction {
                    fee_id: r.fee_id,
                    kind: r.kind.as_deref().and_then(FeeKind::parse),
                    form: Form::parse("rate", &r.rate)?,
                    ground: format!("{} ({})", g.name, r.basis),
                    valid_from: r.valid_from,
                    valid_to: r.valid_to,
                })
            })
            .filter(|r| r.valid_from <= on && r.valid_to.is_none_or(|to| on <= to))
            .collect();
        if !own.is_empty() {
            out.insert(pupil.debtor_id, own);
        }
    }
    Ok(out)
}
