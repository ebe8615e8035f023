//! What the law says of fees, as data: free tuition, the provinces' ceilings, and which
//! policy category is which ground. Each row names its source; rows whose source was not
//! seen in full are marked unverified (`verified` = no) and are shown so in `docs/fees.md`.

use ansinh_settlement::Day;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Tuition that the law takes off whole.
#[derive(Clone, Debug)]
pub struct FreeTuition {
    pub ownership: String,
    pub grade_from: i64,
    pub grade_to: i64,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
    pub known_from: Day,
    pub ground: String,
}

/// The most that a province lets schools take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceiling {
    pub province: String,
    pub fee_code: String,
    pub ownership: String,
    pub grade_from: i64,
    pub grade_to: i64,
    pub per: String,
    pub ceiling: i64,
    pub ground: String,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
    pub known_from: Day,
}

/// A ground that a policy category gives.
#[derive(Clone, Debug)]
pub struct Ground {
    pub ground: String,
    pub name: String,
}

fn rows(text: &'static str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap_or_default()
}

fn text(row: &HashMap<String, String>, name: &str) -> String {
    row.get(name).cloned().unwrap_or_default()
}

fn day(row: &HashMap<String, String>, name: &str) -> Option<Day> {
    row.get(name).and_then(|t| Day::parse(t).ok())
}

fn number(row: &HashMap<String, String>, name: &str) -> Option<i64> {
    row.get(name).and_then(|t| t.parse().ok())
}

static FREE: LazyLock<Vec<FreeTuition>> = LazyLock::new(|| {
    rows(include_str!("data/tuition_free.csv"))
        .iter()
        .filter_map(|r| {
            Some(FreeTuition {
                ownership: text(r, "ownership"),
                grade_from: number(r, "grade_from")?,
                grade_to: number(r, "grade_to")?,
                valid_from: day(r, "valid_from")?,
                valid_to: day(r, "valid_to"),
                known_from: day(r, "known_from")?,
                ground: text(r, "ground"),
            })
        })
        .collect()
});

static CEILINGS: LazyLock<Vec<Ceiling>> = LazyLock::new(|| {
    rows(include_str!("data/ceilings.csv"))
        .iter()
        .filter_map(|r| {
            Some(Ceiling {
                province: text(r, "province"),
                fee_code: text(r, "fee_code"),
                ownership: text(r, "ownership"),
                grade_from: number(r, "grade_from")?,
                grade_to: number(r, "grade_to")?,
                per: text(r, "per"),
                ceiling: number(r, "ceiling")?,
                ground: text(r, "ground"),
                valid_from: day(r, "valid_from")?,
                valid_to: day(r, "valid_to"),
                known_from: day(r, "known_from")?,
            })
        })
        .collect()
});

static GROUNDS: LazyLock<HashMap<String, Ground>> = LazyLock::new(|| {
    rows(include_str!("data/grounds.csv"))
        .iter()
        .map(|r| {
            let ground = Ground {
                ground: text(r, "ground"),
                name: text(r, "name"),
            };
            (text(r, "category"), ground)
        })
        .collect()
});

/// The rule that makes tuition free for a grade on a day, as known then; its ground.
pub fn free_tuition(ownership: &str, grade: i64, on: Day, known_on: Day) -> Option<&'static str> {
    FREE.iter()
        .filter(|f| f.ownership == ownership && (f.grade_from..=f.grade_to).contains(&grade))
        .filter(|f| f.valid_from <= on && f.valid_to.is_none_or(|to| on <= to))
        .find(|f| f.known_from <= known_on)
        .map(|f| f.ground.as_str())
}

/// The ceilings that the product brings.
pub fn ceilings() -> &'static [Ceiling] {
    &CEILINGS
}

/// The ground that a policy category of the labour side gives, if any.
pub fn ground_of(category: &str) -> Option<&'static Ground> {
    GROUNDS.get(category)
}

/// The ceiling that a price breaks, if one does: same province, fee, ownership and
/// period, a grade of the price in its range, in force on a day of the price.
pub fn broken<'a>(
    ceilings: &'a [Ceiling],
    fee_code: &str,
    per: &str,
    price: i64,
    grades: &[i64],
    on: Day,
) -> Option<&'a Ceiling> {
    ceilings
        .iter()
        .filter(|c| c.fee_code == fee_code && c.per == per)
        .filter(|c| c.valid_from <= on && c.valid_to.is_none_or(|to| on <= to))
        .filter(|c| {
            grades
                .iter()
                .any(|g| (c.grade_from..=c.grade_to).contains(g))
        })
        .filter(|c| price > c.ceiling)
        .min_by_key(|c| c.ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a row of a data file that is dropped because a field cannot be read.
    #[test]
    fn every_row_of_the_tables_is_read() {
        let lines = |text: &str| text.lines().count() - 1;
        assert_eq!(CEILINGS.len(), lines(include_str!("data/ceilings.csv")));
        assert_eq!(FREE.len(), lines(include_str!("data/tuition_free.csv")));
        assert_eq!(GROUNDS.len(), lines(include_str!("data/grounds.csv")));
    }

    /// Catches tuition asked in a public school after the law, or waived before it or in a private one.
    #[test]
    fn tuition_is_free_where_and_since_the_law_says() {
        let on = |text| Day::parse(text).unwrap();
        let now = on("2026-09-05");
        assert!(free_tuition("public", 6, on("2025-09-05"), now).is_some());
        assert!(free_tuition("public", 6, on("2025-05-31"), now).is_none());
        assert!(free_tuition("private", 6, on("2025-09-05"), now).is_none());
        assert!(free_tuition("public", 6, on("2025-09-05"), on("2025-08-01")).is_none());
    }

    /// Catches a category of the grounds that the catalogue of programmes does not know.
    #[test]
    fn every_ground_is_of_a_known_category() {
        for category in GROUNDS.keys() {
            assert!(
                crate::programme::catalogue::category(category).is_some(),
                "{category}"
            );
        }
    }
}
