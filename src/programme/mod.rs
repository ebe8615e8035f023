//! Programmes: who is owed how much, by which law, known since when.
//!
//! `catalogue` holds the law's tables as AnSinh brings them; a set-up copies them into the
//! database, where rates have two times: `valid_from` (what day they apply to) and
//! `known_from` (since when they are known), so that the past can be asked as it was known.

pub mod catalogue;
mod catalogue_period;
mod catalogue_tables;
pub mod rates;
pub mod sql;

pub use catalogue::Period;

/// A period as stored: `yyyymm`.
pub fn period_number(period: Period) -> i64 {
    i64::from(period.year()) * 100 + i64::from(period.month())
}

/// `2026-06` of a stored number.
pub fn period_text(number: i64) -> String {
    format!("{:04}-{:02}", number / 100, number % 100)
}

/// The month before.
pub fn period_before(number: i64) -> i64 {
    if number % 100 == 1 {
        number - 89
    } else {
        number - 1
    }
}
