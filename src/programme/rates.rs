//! The amount of each category in a period: standard × coefficient, or a fixed amount.
//!
//! Decree 20/2021 article 6.1: amount = standard × coefficient, with `rust_decimal`, and
//! a product must come to whole đồng (half up where it does not; meritorious amounts to
//! the nearest thousand, Decree 75/2021 article 3.2). A unit's own standard counts where
//! it is higher (article 4.3).

use super::catalogue::{Period, Rounding, amount_of};
use super::sql::{RateRow, StandardRow};
use crate::error::Reject;
use crate::identity::name_key;
use ansinh_settlement::Dong;
use std::collections::HashMap;
use std::str::FromStr;

/// The amounts of (category, unit) pairs. `standards` and `rates` come newest first and
/// hold only what is valid and known.
pub fn decide_amounts(
    groups: &[(String, String)],
    standards: &[StandardRow],
    rates: &[RateRow],
    rounding: Rounding,
    period: Period,
) -> Result<Vec<(String, String, Dong)>, Reject> {
    let mut newest: HashMap<&str, &RateRow> = HashMap::new();
    for rate in rates {
        newest.entry(&rate.category).or_insert(rate);
    }
    let first_day = period.first_day();
    groups
        .iter()
        .map(|(category, unit)| {
            let missing = || Reject::RateMissing {
                category: category.clone(),
                period: period.to_string(),
            };
            let rate = newest
                .get(category.as_str())
                .filter(|r| {
                    r.valid_to
                        .is_none_or(|last| first_day.is_some_and(|day| day <= last))
                })
                .ok_or_else(missing)?;
            let amount = match rate.kind.as_str() {
                "fixed" => Dong::parse(&rate.value)
                    .ok()
                    .filter(|a| a.is_payable())
                    .ok_or_else(missing)?,
                _ => {
                    let standard = standard_of(standards, unit).ok_or_else(missing)?;
                    let coefficient =
                        rust_decimal::Decimal::from_str(&rate.value).map_err(|_| missing())?;
                    amount_of(standard, coefficient, rounding).map_err(|_| missing())?
                }
            };
            Ok((category.clone(), unit.clone(), amount))
        })
        .collect()
}

fn standard_of(standards: &[StandardRow], unit: &str) -> Option<Dong> {
    let national = standards
        .iter()
        .find(|s| s.unit.is_empty())
        .map(|s| s.amount);
    let own = own_standard(&own_standards(standards), unit);
    national.into_iter().chain(own).max()
}

/// The newest standard of each unit that has one of its own; `standards` newest first.
pub fn own_standards(standards: &[StandardRow]) -> Vec<(String, Dong)> {
    let mut own: Vec<(String, Dong)> = Vec::new();
    for s in standards.iter().filter(|s| !s.unit.is_empty()) {
        if own_standard(&own, &s.unit).is_none() {
            own.push((s.unit.clone(), s.amount));
        }
    }
    own
}

/// What a unit has of its own; names are compared without case and spacing.
pub fn own_standard(own: &[(String, Dong)], unit: &str) -> Option<Dong> {
    let key = name_key(unit);
    own.iter()
        .find(|(name, _)| name_key(name) == key)
        .map(|(_, amount)| *amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ansinh_settlement::Day;

    fn standard(unit: &str, amount: i64) -> StandardRow {
        let day = Day::new(2024, 7, 1).unwrap();
        StandardRow {
            unit: unit.into(),
            amount: Dong::new(amount).unwrap(),
            valid_from: day,
            known_from: day,
            source: String::new(),
        }
    }

    fn rate(category: &str, kind: &str, value: &str) -> RateRow {
        let day = Day::new(2021, 7, 1).unwrap();
        RateRow {
            category: category.into(),
            kind: kind.into(),
            value: value.into(),
            valid_from: day,
            valid_to: None,
            known_from: day,
            source: String::new(),
        }
    }

    /// Catches a unit's higher standard that is not taken, a lower one that is, and a rate
    /// that is silently missing.
    #[test]
    fn the_higher_standard_counts_and_a_missing_rate_is_named() {
        let standards = [
            standard("", 500_000),
            standard("HN", 650_000),
            standard("X", 400_000),
        ];
        let rates = [rate("A", "multiple", "1.5"), rate("B", "fixed", "2789000")];
        let period = Period::new(2026, 6).unwrap();
        let amounts = |pairs: &[(&str, &str)]| {
            let groups: Vec<_> = pairs
                .iter()
                .map(|(c, u)| ((*c).into(), (*u).into()))
                .collect();
            decide_amounts(&groups, &standards, &rates, Rounding::Dong, period)
                .map(|rows| rows.into_iter().map(|r| r.2.get()).collect::<Vec<_>>())
        };
        assert_eq!(
            amounts(&[("A", ""), ("A", "HN"), ("A", "X"), ("B", "HN")]),
            Ok(vec![750_000, 975_000, 750_000, 2_789_000])
        );
        assert_eq!(amounts(&[("C", "")]).unwrap_err().code(), "rate_missing");
    }
}
