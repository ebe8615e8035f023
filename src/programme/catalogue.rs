//! Policy categories, their rates, and the standards that rates multiply: as tables of
//! law, asked with two times.
//!
//! Every row has `valid_from` (the first day it applies to) and `known_from` (the day it
//! was signed): decrees come out after the day from which they apply, so a question names
//! the period that is paid *and* the day on which one asks, and a past answer never
//! changes. Rates are of two kinds: `Multiple` of the standard (social assistance, Decree
//! 20/2021 article 6) and `Fixed` amounts (meritorious people, Decree 77/2024 appendices I
//! to III); the two never mix. Amounts are whole đồng; see [`Rounding`].
//!
//! What the tables do not hold is not guessed: a province's own higher standard is added by
//! [`Standards::with`], and the fixed amounts of Decree 321/2026 are not in the table yet.

pub use super::catalogue_period::{Period, PeriodError};
use super::catalogue_tables as tables;
use ansinh_settlement::{Day, Dong};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A programme whose money is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Programme {
    SocialAssistance,
    SocialPension,
    Meritorious,
}

/// Paid every month, or once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    Monthly,
    OneOff,
}

/// How the amount comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RateKind {
    /// Standard × coefficient.
    Multiple { coefficient: Decimal },
    /// An amount in đồng; a supplement is its own line, and may be the only part or be
    /// counted per something (`thâm niên`, a seniority unit).
    Fixed {
        amount: Option<Dong>,
        supplement: Option<Dong>,
        supplement_per: Option<String>,
    },
}

/// One row of a rate table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    pub kind: RateKind,
    /// Decree, article and clause, or appendix.
    pub source: String,
    pub valid_from: Day,
    /// The last day it applies to; `None` while in force.
    pub valid_to: Option<Day>,
    pub known_from: Day,
}

/// A policy category; `code` is ours and stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub code: String,
    pub programme: Programme,
    pub name: String,
    /// Other writings that lists use.
    pub aliases: Vec<String>,
    pub cadence: Cadence,
    /// The least age in whole years.
    pub age_from: Option<u16>,
    /// The age that ends it.
    pub age_below: Option<u16>,
    pub rates: Vec<Rate>,
}

/// A monthly standard (mức chuẩn) in đồng.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standard {
    pub programme: Programme,
    /// The unit that set it by its own resolution; `None` for the whole country.
    pub unit: Option<String>,
    pub amount: Dong,
    pub source: String,
    pub valid_from: Day,
    pub known_from: Day,
}

/// How a product that is no whole number of đồng is rounded, half up in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the đồng. With the standards and coefficients of Decree 20/2021 every product is
    /// whole already.
    Dong,
    /// To the nearest thousand: meritorious amounts (Decree 75/2021 article 3.2 as amended).
    Thousand,
}

/// The product is negative or beyond what a single payment may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateError;

/// All categories, in the order of the decrees.
pub fn categories() -> &'static [Category] {
    &tables::TABLES.categories
}

/// The category with this code.
pub fn category(code: &str) -> Option<&'static Category> {
    let at = *tables::TABLES.by_code.get(code)?;
    categories().get(at)
}

/// The category that a list means: its name, an alias or the code, whatever the case,
/// blanks, commas and tone positions; without accents where only one category fits.
pub fn category_named(text: &str) -> Option<&'static Category> {
    let at = tables::TABLES
        .by_name
        .get(&tables::plain_key(text))
        .or_else(|| {
            tables::TABLES
                .by_ascii
                .get(&tables::plain_ascii(text))?
                .as_ref()
        })?;
    categories().get(*at)
}

/// The standard for `period` as it was known on `known_on`, nationwide rows only unless a
/// unit's were added; see [`Standards::on`].
pub fn standard_on(
    programme: Programme,
    unit: Option<&str>,
    period: Period,
    known_on: Day,
) -> Option<&'static Standard> {
    tables::TABLES
        .standards
        .on(programme, unit, period, known_on)
}

/// The rate of a category for `period` as it was known on `known_on`.
pub fn rate_on(code: &str, period: Period, known_on: Day) -> Option<&'static Rate> {
    let first = period.first_day()?;
    category(code)?
        .rates
        .iter()
        .filter(|rate| rate.valid_from <= first && rate.known_from <= known_on)
        .max_by_key(|rate| (rate.valid_from, rate.known_from))
        .filter(|rate| rate.valid_to.is_none_or(|last| first <= last))
}

/// Standard × coefficient.
pub fn amount_of(
    standard: Dong,
    coefficient: Decimal,
    rounding: Rounding,
) -> Result<Dong, RateError> {
    let unit = Decimal::from(match rounding {
        Rounding::Dong => 1,
        Rounding::Thousand => 1_000,
    });
    let product = Decimal::from(standard.get())
        .checked_mul(coefficient)
        .and_then(|product| product.checked_div(unit))
        .map(|units| units.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
        .and_then(|units| units.checked_mul(unit))
        .ok_or(RateError)?;
    i64::try_from(product)
        .ok()
        .and_then(|amount| Dong::new(amount).ok())
        .filter(|amount| amount.is_payable())
        .ok_or(RateError)
}

/// Standards of the country and of units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standards(Vec<Standard>);

impl Standards {
    /// The country's own.
    pub fn national() -> Standards {
        tables::TABLES.standards.clone()
    }

    pub(super) fn of(rows: Vec<Standard>) -> Standards {
        Standards(rows)
    }

    /// Every row.
    pub fn rows(&self) -> &[Standard] {
        &self.0
    }

    /// The same with one more row, as a province's People's Council may set it (Decree
    /// 20/2021 article 4.3).
    pub fn with(mut self, row: Standard) -> Standards {
        self.0.push(row);
        self
    }

    /// The row for `period` as it was known on `known_on`: the latest of the unit and the
    /// latest of the country, and of these two the higher, since a unit may only raise.
    pub fn on(
        &self,
        programme: Programme,
        unit: Option<&str>,
        period: Period,
        known_on: Day,
    ) -> Option<&Standard> {
        let first = period.first_day()?;
        let latest = |of: Option<&str>| {
            self.0
                .iter()
                .filter(|row| row.programme == programme && row.unit.as_deref() == of)
                .filter(|row| row.valid_from <= first && row.known_from <= known_on)
                .max_by_key(|row| (row.valid_from, row.known_from))
        };
        let local = unit.and_then(|unit| latest(Some(unit)));
        local
            .into_iter()
            .chain(latest(None))
            .max_by_key(|row| row.amount)
    }
}

impl Category {
    /// True when a person of that age may be in it. Where `age_from` lies above `age_below`
    /// the category is for those outside: children and the old.
    pub fn fits_age(&self, age: u16) -> bool {
        match (self.age_from, self.age_below) {
            (Some(from), Some(below)) if from > below => age >= from || age < below,
            (from, below) => from.is_none_or(|n| age >= n) && below.is_none_or(|n| age < n),
        }
    }

    /// Thousands for meritorious people, đồng for all others.
    pub fn rounding(&self) -> Rounding {
        match self.programme {
            Programme::Meritorious => Rounding::Thousand,
            Programme::SocialAssistance | Programme::SocialPension => Rounding::Dong,
        }
    }
}

impl Programme {
    pub const ALL: [Programme; 3] = [
        Programme::SocialAssistance,
        Programme::SocialPension,
        Programme::Meritorious,
    ];

    /// `social_assistance`, `social_pension` or `meritorious`.
    pub fn code(self) -> &'static str {
        match self {
            Programme::SocialAssistance => "social_assistance",
            Programme::SocialPension => "social_pension",
            Programme::Meritorious => "meritorious",
        }
    }

    pub fn parse(code: &str) -> Option<Programme> {
        Programme::ALL.into_iter().find(|p| p.code() == code)
    }
}

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("standard times coefficient is no amount that can be paid")
    }
}

impl std::error::Error for RateError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn period(text: &str) -> Period {
        Period::parse(text).unwrap()
    }

    /// Catches an answer that forgets when a decree was signed, or from when it applies.
    #[test]
    fn standards_answer_for_a_period_as_known_on_a_day() {
        use Programme::{Meritorious, SocialAssistance};
        for (programme, of, asked, want) in [
            (SocialAssistance, "2021-06", "2026-09-01", None),
            (SocialAssistance, "2021-07", "2021-07-01", Some(360_000)),
            (SocialAssistance, "2024-06", "2024-07-02", Some(360_000)),
            (SocialAssistance, "2026-06", "2026-09-01", Some(500_000)),
            (SocialAssistance, "2026-07", "2026-07-15", Some(500_000)),
            (SocialAssistance, "2026-07", "2026-08-20", Some(500_000)),
            (SocialAssistance, "2026-07", "2026-08-21", Some(540_000)),
            (SocialAssistance, "2026-07", "2026-09-01", Some(540_000)),
            (Meritorious, "2023-07", "2023-07-20", Some(1_624_000)),
            (Meritorious, "2023-07", "2023-07-21", Some(2_055_000)),
            (Meritorious, "2026-07", "2026-07-15", Some(2_789_000)),
            (Meritorious, "2026-07", "2026-10-01", Some(3_012_000)),
        ] {
            let found = standard_on(programme, None, period(of), day(asked));
            let amount = found.map(|row| row.amount.get());
            assert_eq!(amount, want, "{programme:?} {of} asked on {asked}");
        }
    }

    /// Catches a unit that falls below the country's standard, or whose row leaks to others.
    #[test]
    fn a_unit_may_only_raise() {
        let local = Standard {
            programme: Programme::SocialAssistance,
            unit: Some("022".into()),
            amount: Dong::new(520_000).unwrap(),
            source: "resolution of a province".into(),
            valid_from: day("2025-01-01"),
            known_from: day("2024-12-10"),
        };
        let all = Standards::national().with(local);
        for (unit, of, want) in [
            (Some("022"), "2026-06", 520_000),
            (Some("022"), "2026-07", 540_000),
            (Some("035"), "2026-06", 500_000),
            (None, "2026-06", 500_000),
        ] {
            let found = all.on(
                Programme::SocialAssistance,
                unit,
                period(of),
                day("2026-09-01"),
            );
            assert_eq!(found.unwrap().amount.get(), want, "{unit:?} {of}");
        }
    }

    /// Catches a fraction of a đồng that is dropped, or an amount that cannot be paid.
    #[test]
    fn amounts_are_whole() {
        let amount = |standard, coefficient: &str, rounding| {
            let coefficient: Decimal = coefficient.parse().unwrap();
            amount_of(Dong::new(standard).unwrap(), coefficient, rounding).map(Dong::get)
        };
        assert_eq!(amount(500_000, "1.5", Rounding::Dong), Ok(750_000));
        assert_eq!(amount(540_000, "2.5", Rounding::Dong), Ok(1_350_000));
        assert_eq!(amount(333_333, "1.5", Rounding::Dong), Ok(500_000));
        assert_eq!(amount(2_789_000, "0.3", Rounding::Thousand), Ok(837_000));
        assert_eq!(amount(2_789_000, "6.2", Rounding::Thousand), Ok(17_292_000));
        assert_eq!(amount(500_000, "0", Rounding::Dong), Err(RateError));
        assert_eq!(amount(500_000, "-1", Rounding::Dong), Err(RateError));
        assert_eq!(amount(Dong::LIMIT, "100", Rounding::Dong), Err(RateError));
    }

    /// Catches a category that lists name and the table does not know, or knows as another.
    #[test]
    fn finds_categories_as_lists_write_them() {
        for (text, code) in [
            ("Người khuyết tật nặng", "KTN"),
            ("  người  khuyết tật ĐẶC BIỆT nặng", "KTDBN"),
            ("Trẻ em khuyết tật nặng", "KTN-TG"),
            ("Người cao tuổi khuyết tật đặc biệt nặng", "KTDBN-TG"),
            (
                "Người cao tuổi hộ nghèo không có người phụng dưỡng, từ đủ 60 đến dưới 80 tuổi",
                "NCT-60",
            ),
            (
                "Người cao tuổi hộ nghèo không có người phụng dưỡng từ đủ 80 tuổi",
                "NCT-80",
            ),
            ("NGUOI KHUYET TAT NANG", "KTN"),
            ("ktn", "KTN"),
            ("Thương binh loại B 45%", "TBB-45"),
            ("Thân nhân của 01 liệt sĩ", "NCC-3.1"),
        ] {
            let found = category_named(text).map(|c| c.code.as_str());
            assert_eq!(found, Some(code), "{text}");
        }
        for text in ["", "Người khuyết tật", "Khác", "Người khuyết tật nặng nặng"]
        {
            assert_eq!(category_named(text), None, "{text}");
        }
    }

    /// Catches a table row lost in loading, and a rate asked beyond its last day.
    #[test]
    fn rates_are_all_there_and_end() {
        assert_eq!(categories().len(), 46 + 210);
        let asked = day("2026-09-01");
        let rate = |code, of| rate_on(code, period(of), asked).map(|rate| rate.kind.clone());
        let fixed = |amount| RateKind::Fixed {
            amount: Some(Dong::new(amount).unwrap()),
            supplement: None,
            supplement_per: None,
        };
        assert_eq!(rate("TB-21", "2026-06"), Some(fixed(1_878_000)));
        assert_eq!(rate("TBB-100", "2026-06"), Some(fixed(7_397_000)));
        assert_eq!(rate("TB-21", "2024-06"), None);
        assert!(rate("NCT-80K", "2025-06").is_some());
        assert_eq!(rate("NCT-80K", "2025-07"), None);
    }
}
