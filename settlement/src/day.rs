//! A calendar day as banks write it, `yyyyMMdd`, at +07:00.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A day between 1900 and 9999; its number is `yyyymmdd`, which sorts like the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(NaiveDate);

/// The text or number is no day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayError;

impl Day {
    /// Year, month and day of the calendar.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Day, DayError> {
        if !(1900..=9999).contains(&year) {
            return Err(DayError);
        }
        NaiveDate::from_ymd_opt(year, month, day)
            .map(Day)
            .ok_or(DayError)
    }

    /// From `yyyymmdd` as a number.
    pub fn from_number(number: i64) -> Result<Day, DayError> {
        let year = i32::try_from(number / 10_000).map_err(|_| DayError)?;
        let month = u32::try_from(number / 100 % 100).map_err(|_| DayError)?;
        let day = u32::try_from(number % 100).map_err(|_| DayError)?;
        Day::new(year, month, day)
    }

    /// `yyyymmdd` as a number.
    pub fn number(self) -> i64 {
        i64::from(self.0.year()) * 10_000
            + i64::from(self.0.month()) * 100
            + i64::from(self.0.day())
    }

    /// From `yyyyMMdd` or `yyyy-MM-dd`.
    pub fn parse(text: &str) -> Result<Day, DayError> {
        let digits = match text.as_bytes() {
            [_, _, _, _, b'-', _, _, b'-', _, _] => text.replace('-', ""),
            _ => text.to_owned(),
        };
        if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DayError);
        }
        Day::from_number(digits.parse().map_err(|_| DayError)?)
    }

    /// Days since the first of January of year 1; for sums and compact storage.
    pub(crate) fn days(self) -> i32 {
        self.0.num_days_from_ce()
    }

    /// The day of a number that [`Day::days`] gave.
    pub(crate) fn from_days(days: i32) -> Result<Day, DayError> {
        let day = NaiveDate::from_num_days_from_ce_opt(days).ok_or(DayError)?;
        Day::new(day.year(), day.month(), day.day())
    }

    pub fn year(self) -> i32 {
        self.0.year()
    }

    pub fn month(self) -> u32 {
        self.0.month()
    }

    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// The day `n` days later (earlier when negative); stays put at the calendar's ends.
    pub fn plus_days(self, n: i64) -> Day {
        let moved = if n >= 0 {
            self.0.checked_add_days(Days::new(n.unsigned_abs()))
        } else {
            self.0.checked_sub_days(Days::new(n.unsigned_abs()))
        };
        moved.map_or(self, Day)
    }

    /// Saturday or Sunday; public holidays are not known here.
    pub fn is_weekend(self) -> bool {
        self.0.weekday().num_days_from_monday() >= 5
    }
}

/// `yyyy-MM-dd`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.format("%Y-%m-%d").to_string())
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;
    fn try_from(text: String) -> Result<Day, DayError> {
        Day::parse(&text)
    }
}

impl fmt::Display for DayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no day of the calendar")
    }
}

impl std::error::Error for DayError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches days that the calendar does not have, and a number that does not round-trip.
    #[test]
    fn reads_days_and_refuses_what_is_none() {
        let day = Day::parse("20260630").unwrap();
        assert_eq!(Day::parse("2026-06-30"), Ok(day));
        assert_eq!(Day::from_number(day.number()), Ok(day));
        assert_eq!(day.plus_days(1).to_string(), "2026-07-01");
        for bad in [
            "20260230",
            "2026063",
            "2026-6-30",
            "",
            "abcdefgh",
            "18991231",
        ] {
            assert_eq!(Day::parse(bad), Err(DayError), "{bad}");
        }
    }
}
