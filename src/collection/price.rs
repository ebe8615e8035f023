//! What one fee comes to for one debtor: the price that counts, what is taken off, the parts.
//!
//! Pure. Rules (`docs/fees.md`): the most special price wins (debtor, class, grade, all),
//! then the one valid from the later day, then the one known later; of several rates only
//! the highest counts, then fixed amounts are taken off, never below zero; what a rate
//! takes off is rounded half up to the đồng; instalments are shares by largest remainder.

use ansinh_settlement::{Day, Dong};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// How often a fee is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Month,
    Term,
    Year,
    AttendedDay,
    Once,
}

impl Per {
    pub const ALL: &'static [(Per, &'static str)] = &[
        (Per::Month, "month"),
        (Per::Term, "term"),
        (Per::Year, "year"),
        (Per::AttendedDay, "attended_day"),
        (Per::Once, "once"),
    ];

    pub fn name(self) -> &'static str {
        Per::ALL
            .iter()
            .find(|(p, _)| *p == self)
            .map_or("", |(_, n)| n)
    }

    pub fn parse(name: &str) -> Option<Per> {
        Per::ALL.iter().find(|(_, n)| *n == name).map(|(p, _)| *p)
    }
}

/// What a fee is; kinds are never mixed in one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    Tuition,
    Service,
    /// Thu hộ: collected for a third party, never income.
    Agency,
    /// An invitation: no receivable, no reminder, no surcharge.
    Voluntary,
}

impl FeeKind {
    pub const ALL: &'static [(FeeKind, &'static str)] = &[
        (FeeKind::Tuition, "tuition"),
        (FeeKind::Service, "service"),
        (FeeKind::Agency, "agency"),
        (FeeKind::Voluntary, "voluntary"),
    ];

    pub fn name(self) -> &'static str {
        FeeKind::ALL
            .iter()
            .find(|(k, _)| *k == self)
            .map_or("", |(_, n)| n)
    }

    pub fn parse(name: &str) -> Option<FeeKind> {
        FeeKind::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(k, _)| *k)
    }
}

/// One part of a fee that is paid in several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instalment {
    /// Weight of the part; percent where the weights make 100.
    pub share: i64,
    pub due_on: Day,
}

/// A price as stored: never edited, a later one stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    pub id: i64,
    pub fee_id: i64,
    pub grade: Option<i64>,
    pub class_id: Option<i64>,
    pub debtor_id: Option<i64>,
    pub per: Per,
    /// đồng a month, term, year, day or once.
    pub price: i64,
    /// 1 to 31: that day of the charged month (its last at most); else `yyyymmdd`.
    pub due_day: i64,
    pub surcharge: Option<SurchargeRule>,
    pub instalments: Vec<Instalment>,
    pub ground: String,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
    pub known_from: Day,
}

/// What is added when a bill is late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurchargeRule {
    /// `percent` of what is unpaid, or `amount` in đồng.
    pub kind: String,
    pub value: String,
    /// Days after the due day.
    pub after_days: i64,
}

/// Whom a price is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Whom {
    pub grade: Option<i64>,
    pub class_id: Option<i64>,
    pub debtor_id: i64,
}

impl Price {
    fn fits(&self, whom: &Whom, on: Day, known_on: Day) -> bool {
        let same = |own: Option<i64>, asked: Option<i64>| own.is_none() || own == asked;
        same(self.grade, whom.grade)
            && same(self.class_id, whom.class_id)
            && same(self.debtor_id, Some(whom.debtor_id))
            && self.valid_from <= on
            && self.valid_to.is_none_or(|to| on <= to)
            && self.known_from <= known_on
    }

    fn special(&self) -> u8 {
        match (self.debtor_id, self.class_id, self.grade) {
            (Some(_), ..) => 3,
            (_, Some(_), _) => 2,
            (_, _, Some(_)) => 1,
            _ => 0,
        }
    }

    /// The day on which a charge of `period` (`yyyymm`) falls due.
    pub fn due_on(&self, period: i64) -> Option<Day> {
        if self.due_day > 31 {
            return Day::from_number(self.due_day).ok();
        }
        (self.due_day.min(28)..=self.due_day)
            .rev()
            .find_map(|day| Day::from_number(period * 100 + day).ok())
    }
}

/// The price that counts for somebody on a day, as known on `known_on`.
pub fn price_for<'a>(
    prices: &'a [Price],
    whom: &Whom,
    on: Day,
    known_on: Day,
) -> Option<&'a Price> {
    prices
        .iter()
        .filter(|p| p.fits(whom, on, known_on))
        .max_by_key(|p| (p.special(), p.valid_from, p.known_from, p.id))
}

/// Something taken off, with its ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// Only this fee; `None` for all.
    pub fee_id: Option<i64>,
    /// Only fees of this kind; `None` for all.
    pub kind: Option<FeeKind>,
    pub form: Form,
    pub ground: String,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
}

/// How much is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Percent, above 0 and at most 100.
    Rate(Decimal),
    /// đồng off each charge.
    Amount(i64),
}

impl Form {
    /// Reads `rate` `70` or `amount` `200000`; `None` for what no reduction can be.
    pub fn parse(form: &str, value: &str) -> Option<Form> {
        match form {
            "rate" => value
                .parse::<Decimal>()
                .ok()
                .filter(|r| *r > Decimal::ZERO && *r <= Decimal::ONE_HUNDRED)
                .map(Form::Rate),
            "amount" => value
                .parse::<i64>()
                .ok()
                .filter(|a| *a > 0 && *a <= Dong::PAYMENT_LIMIT.get())
                .map(Form::Amount),
            _ => None,
        }
    }
}

impl Reduction {
    fn fits(&self, fee_id: i64, kind: FeeKind, on: Day) -> bool {
        self.fee_id.is_none_or(|f| f == fee_id)
            && self.kind.is_none_or(|k| k == kind)
            && self.valid_from <= on
            && self.valid_to.is_none_or(|to| on <= to)
    }
}

/// A charge after reductions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    pub amount: i64,
    /// What counted, in the words of its ground.
    pub why: Vec<String>,
}

/// Takes reductions off a charge: the highest rate alone, then amounts, never below zero.
pub fn reduce(
    gross: i64,
    fee_id: i64,
    kind: FeeKind,
    on: Day,
    reductions: &[&Reduction],
) -> Reduced {
    let fits = || reductions.iter().filter(|r| r.fits(fee_id, kind, on));
    let mut out = Reduced {
        amount: gross,
        why: Vec::new(),
    };
    if gross == 0 {
        return out;
    }
    let rate = fits()
        .filter_map(|r| match r.form {
            Form::Rate(rate) => Some((rate, &r.ground)),
            Form::Amount(_) => None,
        })
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)));
    if let Some((rate, ground)) = rate {
        out.amount -= percent_of(gross, rate);
        out.why.push(format!("-{}%: {ground}", rate.normalize()));
    }
    for r in fits() {
        let Form::Amount(off) = r.form else { continue };
        let off = off.min(out.amount);
        if off > 0 {
            out.amount -= off;
            out.why.push(format!("-{off}: {}", r.ground));
        }
    }
    out
}

/// `rate` percent of an amount, rounded half up to the đồng; at most the amount for rates
/// up to 100.
pub fn percent_of(amount: i64, rate: Decimal) -> i64 {
    let exact = Decimal::from(amount) * rate / Decimal::ONE_HUNDRED;
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(rounded).unwrap_or(amount)
}

/// `part` of `whole` of an amount, rounded half up to the đồng.
pub fn share_of(amount: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let doubled = i128::from(amount) * i128::from(part) * 2 + i128::from(whole);
    i64::try_from(doubled.div_euclid(i128::from(whole) * 2)).unwrap_or(amount)
}

/// Splits an amount by weights so that the parts make it exactly: each gets its share cut
/// to the đồng, the rest goes đồng by đồng to the largest remainders (the earlier first).
/// Weights below zero count as zero; without any weight the first part gets all.
pub fn split(amount: i64, weights: &[i64]) -> Vec<i64> {
    let weights: Vec<i128> = weights.iter().map(|w| i128::from((*w).max(0))).collect();
    let whole: i128 = weights.iter().sum();
    if weights.is_empty() {
        return Vec::new();
    }
    let total = i128::from(amount);
    if whole == 0 {
        let mut parts = vec![0; weights.len()];
        parts[0] = amount;
        return parts;
    }
    let mut parts: Vec<i128> = weights
        .iter()
        .map(|w| (total * w).div_euclid(whole))
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse((total * weights[*i]).rem_euclid(whole)));
    let rest = usize::try_from(total - parts.iter().sum::<i128>()).unwrap_or(0);
    for i in order.into_iter().take(rest) {
        parts[i] += 1;
    }
    parts
        .into_iter()
        .map(|p| i64::try_from(p).unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn price(id: i64, valid_from: &str, known_from: &str) -> Price {
        Price {
            id,
            fee_id: 1,
            grade: None,
            class_id: None,
            debtor_id: None,
            per: Per::Month,
            price: id * 1_000,
            due_day: 31,
            surcharge: None,
            instalments: Vec::new(),
            ground: String::new(),
            valid_from: day(valid_from),
            valid_to: None,
            known_from: day(known_from),
        }
    }

    fn rate(percent: &str, ground: &str) -> Reduction {
        Reduction {
            fee_id: None,
            kind: None,
            form: Form::parse("rate", percent).unwrap(),
            ground: ground.into(),
            valid_from: day("2026-09-01"),
            valid_to: Some(day("2026-12-31")),
        }
    }

    /// Catches a general price that beats a special one, and a price used before anybody knew it.
    #[test]
    fn the_most_special_price_in_force_counts() {
        let mut prices = vec![
            price(1, "2026-09-01", "2026-08-01"),
            price(2, "2026-10-01", "2026-09-20"),
            price(3, "2026-09-01", "2026-08-01"),
            price(4, "2026-09-01", "2026-08-01"),
            price(5, "2026-09-01", "2026-08-01"),
        ];
        prices[2].grade = Some(6);
        prices[3].class_id = Some(60);
        prices[4].debtor_id = Some(600);
        prices[4].valid_to = Some(day("2026-09-30"));
        let whom = |grade, class, debtor_id| Whom {
            grade: Some(grade),
            class_id: Some(class),
            debtor_id,
        };
        let asked = |whom: Whom, on: &str, known: &str| {
            price_for(&prices, &whom, day(on), day(known)).map(|p| p.id)
        };
        let cases = [
            (whom(1, 10, 1), "2026-09-01", "2026-09-01", Some(1)),
            (whom(1, 10, 1), "2026-10-01", "2026-09-19", Some(1)),
            (whom(1, 10, 1), "2026-10-01", "2026-09-20", Some(2)),
            (whom(6, 10, 1), "2026-10-01", "2026-09-20", Some(3)),
            (whom(6, 60, 1), "2026-10-01", "2026-09-20", Some(4)),
            (whom(6, 60, 600), "2026-09-15", "2026-09-20", Some(5)),
            (whom(6, 60, 600), "2026-10-01", "2026-09-20", Some(4)),
            (whom(1, 10, 1), "2026-08-31", "2026-09-20", None),
        ];
        for (n, (whom, on, known, want)) in cases.into_iter().enumerate() {
            assert_eq!(asked(whom, on, known), want, "case {n}");
        }
    }

    /// Catches a due day that is skipped in a short month.
    #[test]
    fn a_due_day_stays_in_its_month() {
        let p = price(1, "2026-09-01", "2026-09-01");
        assert_eq!(p.due_on(202609), Some(day("2026-09-30")));
        assert_eq!(p.due_on(202702), Some(day("2027-02-28")));
        let fixed = Price {
            due_day: 20_261_015,
            ..p
        };
        assert_eq!(fixed.due_on(202609), Some(day("2026-10-15")));
    }

    /// Catches rates that add up, a reduction out of its time, and a wrong rounding.
    #[test]
    fn reductions_follow_their_rule() {
        let (half, most) = (rate("50", "cận nghèo"), rate("70", "dân tộc"));
        let fixed = Reduction {
            form: Form::Amount(40),
            ..rate("1", "hỗ trợ")
        };
        let on = day("2026-09-05");
        let all = [&half, &most, &fixed];
        let got = reduce(101, 1, FeeKind::Service, on, &all);
        // 70 % of 101 is 70.7: 71 off, 30 left; then 40 at most 30.
        assert_eq!(got.amount, 0);
        assert_eq!(got.why, ["-70%: dân tộc", "-30: hỗ trợ"]);
        assert_eq!(reduce(101, 1, FeeKind::Service, on, &[&half]).amount, 50);
        assert_eq!(
            reduce(101, 1, FeeKind::Service, day("2027-01-01"), &all).amount,
            101
        );
        for (form, value) in [
            ("rate", "100.01"),
            ("rate", "0"),
            ("rate", "-5"),
            ("amount", "0"),
            ("amount", "-1"),
            ("rate", "x"),
            ("part", "1"),
        ] {
            assert_eq!(Form::parse(form, value), None, "{form} {value}");
        }
    }

    proptest! {
        /// Catches a đồng that is made or lost by parting, and a part below zero.
        #[test]
        fn parts_make_the_whole(amount in 0i64..=1_000_000_000_000_000, weights in prop::collection::vec(0i64..=1_000, 1..12)) {
            let parts = split(amount, &weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            prop_assert!(parts.iter().all(|p| *p >= 0));
        }

        /// Catches a part that is a đồng or more away from its exact share.
        #[test]
        fn parts_are_near_their_share(amount in 0i64..=1_000_000_000, weights in prop::collection::vec(1i64..=1_000, 1..8)) {
            let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            for (part, w) in split(amount, &weights).iter().zip(&weights) {
                let off = i128::from(*part) * whole - i128::from(amount) * i128::from(*w);
                prop_assert!(off.abs() < whole);
            }
        }

        /// Catches a reduction that leaves more than the charge, or less than nothing.
        #[test]
        fn a_reduced_charge_stays_between_zero_and_the_charge(gross in 0i64..=1_000_000_000_000, rates in prop::collection::vec(1u32..=100, 0..4), off in 1i64..=1_000_000) {
            let mut all: Vec<Reduction> = rates.iter().map(|r| rate(&r.to_string(), "g")).collect();
            all.push(Reduction { form: Form::Amount(off), ..rate("1", "h") });
            let refs: Vec<&Reduction> = all.iter().collect();
            let got = reduce(gross, 1, FeeKind::Tuition, day("2026-09-05"), &refs);
            prop_assert!((0..=gross).contains(&got.amount));
        }
    }
}
