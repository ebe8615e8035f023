//! What one debtor is charged in a period: pure, one debtor's problem is only theirs.

use super::fee_law::{self, Ceiling};
use super::price::{FeeKind, Per, Price, Reduction, Whom, price_for, reduce, share_of, split};
use super::sql::fee::{AbsenceRow, FeeRow};
use super::sql::people::PupilRow;
use ansinh_settlement::{Day, Dong};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What is the same for all debtors of a run.
pub struct Terms<'a> {
    pub fees: &'a [FeeRow],
    /// Prices of the year by fee.
    pub prices: &'a HashMap<i64, Vec<Price>>,
    /// Planned days of the period by fee.
    pub plans: &'a HashMap<i64, i64>,
    pub ceilings: &'a [Ceiling],
    pub school: bool,
    pub ownership: &'a str,
    pub year_id: i64,
    /// `yyyymm`.
    pub period: i64,
    /// The day whose prices and reductions count: the first school day of the period.
    pub on: Day,
    pub known_on: Day,
}

/// One thing to be charged, or one part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Index of the fee in [`Terms::fees`].
    pub fee: usize,
    pub price_id: i64,
    pub name: String,
    pub quantity: i64,
    pub price: i64,
    pub gross: i64,
    pub reduction: i64,
    pub amount: i64,
    pub part: i64,
    pub parts: i64,
    pub due_on: Day,
    pub key: String,
    /// True where the quantity is days that absences may be set against.
    pub by_day: bool,
    pub why: String,
    /// Absences that this line settles: (fee, period).
    pub settles: Vec<(i64, i64)>,
}

/// Why somebody, or one fee of somebody, was not billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub debtor: String,
    pub name: String,
    pub class: String,
    pub fee: String,
    /// `no_plan`, `above_ceiling`, `amount_out_of_range`, `no_due_day`.
    pub reason: String,
}

/// The charge key: what may be charged once. Our own letters and digits only.
fn key_of(t: &Terms<'_>, debtor: i64, fee: i64, per: Per, part: i64) -> String {
    let when = match per {
        Per::Month | Per::AttendedDay => format!("M{}", t.period),
        Per::Term => format!("Y{}T{}", t.year_id, if t.period % 100 >= 8 { 1 } else { 2 }),
        Per::Year => format!("Y{}", t.year_id),
        Per::Once => "O".to_owned(),
    };
    format!("{debtor}/{fee}/{when}/{part}")
}

/// All charges of a debtor, before those that were charged already are left out.
pub fn charges(
    t: &Terms<'_>,
    pupil: &PupilRow,
    reductions: &[&Reduction],
) -> (Vec<Charge>, Vec<Problem>) {
    let (mut out, mut problems) = (Vec::new(), Vec::new());
    let whom = Whom {
        grade: Some(pupil.grade),
        class_id: Some(pupil.class_id),
        debtor_id: pupil.debtor_id,
    };
    for (at, fee) in t.fees.iter().enumerate() {
        let prices = t.prices.get(&fee.id).map_or(&[][..], Vec::as_slice);
        let Some(price) = price_for(prices, &whom, t.on, t.known_on) else {
            continue;
        };
        match charge(t, at, fee, price, pupil, reductions) {
            Ok(mut parts) => out.append(&mut parts),
            Err(reason) => problems.push(Problem {
                debtor: pupil.code.clone(),
                name: pupil.full_name.clone(),
                class: pupil.class_code.clone(),
                fee: fee.code.clone(),
                reason: reason.to_owned(),
            }),
        }
    }
    (out, problems)
}

fn charge(
    t: &Terms<'_>,
    at: usize,
    fee: &FeeRow,
    price: &Price,
    pupil: &PupilRow,
    reductions: &[&Reduction],
) -> Result<Vec<Charge>, &'static str> {
    let per = price.per;
    let quantity = match per {
        Per::AttendedDay => *t.plans.get(&fee.id).ok_or("no_plan")?,
        _ => 1,
    };
    if quantity == 0 {
        return Ok(Vec::new());
    }
    let broken = fee_law::broken(
        t.ceilings,
        &fee.code,
        per.name(),
        price.price,
        &[pupil.grade],
        t.on,
    );
    if broken.is_some() {
        return Err("above_ceiling");
    }
    let gross = price
        .price
        .checked_mul(quantity)
        .filter(|g| *g <= Dong::PAYMENT_LIMIT.get())
        .ok_or("amount_out_of_range")?;
    let free = (t.school && fee.kind == FeeKind::Tuition)
        .then(|| fee_law::free_tuition(t.ownership, pupil.grade, t.on, t.known_on))
        .flatten();
    let (amount, mut why) = match free {
        Some(rule) => (0, vec![rule.to_owned()]),
        None => {
            let reduced = reduce(gross, fee.id, fee.kind, t.on, reductions);
            (reduced.amount, reduced.why)
        }
    };
    why.insert(0, price.ground.clone());
    let whole = Charge {
        fee: at,
        price_id: price.id,
        name: fee.name.clone(),
        quantity,
        price: price.price,
        gross,
        reduction: gross - amount,
        amount,
        part: 1,
        parts: 1,
        due_on: t.on,
        key: key_of(t, pupil.debtor_id, fee.id, per, 1),
        by_day: per == Per::AttendedDay,
        why: why.join("; "),
        settles: Vec::new(),
    };
    if price.instalments.is_empty() {
        let due_on = price.due_on(t.period).ok_or("no_due_day")?;
        return Ok(vec![Charge { due_on, ..whole }]);
    }
    let shares: Vec<i64> = price.instalments.iter().map(|i| i.share).collect();
    // What is to be paid and what is taken off are split apart, so that no part is
    // below zero and each sum is exact; the gross of a part is their sum.
    let (amounts, off) = (split(amount, &shares), split(gross - amount, &shares));
    let parts = i64::try_from(shares.len()).unwrap_or(i64::MAX);
    let number = |n: usize| i64::try_from(n + 1).unwrap_or(i64::MAX);
    Ok(price
        .instalments
        .iter()
        .enumerate()
        .map(|(n, i)| Charge {
            name: format!("{} ({}/{parts})", fee.name, number(n)),
            gross: amounts[n] + off[n],
            reduction: off[n],
            amount: amounts[n],
            part: number(n),
            parts,
            due_on: i.due_on,
            key: key_of(t, pupil.debtor_id, fee.id, per, number(n)),
            ..whole.clone()
        })
        .collect())
}

/// Sets absences of earlier months against a debtor's charges of the same fee, a month at
/// a time and only whole ones that fit; the rest waits for the next bill.
pub fn take_absences_off(t: &Terms<'_>, charges: &mut [Charge], absences: &[&AbsenceRow]) {
    for a in absences {
        let value = absence_value(a);
        let fits =
            |c: &&mut Charge| t.fees[c.fee].id == a.fee_id && c.parts == 1 && c.amount >= value;
        let Some(charge) = charges.iter_mut().find(fits) else {
            continue;
        };
        charge.amount -= value;
        charge.reduction += value;
        charge.settles.push((a.fee_id, a.period));
        charge.why.push_str(&format!(
            "; -{value}: nghỉ {} ngày {}",
            a.absent_days,
            crate::programme::period_text(a.period)
        ));
    }
}

/// What absent days are worth: their share of what was billed for the month.
pub fn absence_value(a: &AbsenceRow) -> i64 {
    share_of(a.billed, a.absent_days.min(a.planned_days), a.planned_days)
}
