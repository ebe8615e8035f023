//! The month that an amount is for, as a value of its own: never a day, never a text.

use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The month that an amount is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    year: u16,
    month: u8,
}

/// The text is no month of the years 2000 to 2100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodError;

impl Period {
    pub fn new(year: u16, month: u8) -> Result<Period, PeriodError> {
        let fits = (2000..=2100).contains(&year) && (1..=12).contains(&month);
        fits.then_some(Period { year, month }).ok_or(PeriodError)
    }

    /// From `2026-06`, `202606`, `06/2026` or `6/2026`.
    pub fn parse(text: &str) -> Result<Period, PeriodError> {
        let (year, month) = match text.split_once(['-', '/']) {
            Some((year, month)) if year.len() == 4 => (year, month),
            Some((month, year)) if year.len() == 4 => (year, month),
            None if text.len() == 6 && text.is_ascii() => text.split_at(4),
            _ => return Err(PeriodError),
        };
        let year = year.parse().map_err(|_| PeriodError)?;
        Period::new(year, month.parse().map_err(|_| PeriodError)?)
    }

    pub fn year(self) -> u16 {
        self.year
    }

    pub fn month(self) -> u8 {
        self.month
    }

    pub fn first_day(self) -> Option<Day> {
        Day::new(self.year.into(), self.month.into(), 1).ok()
    }

    pub fn next(self) -> Period {
        match self.month {
            12 => Period {
                year: self.year + 1,
                month: 1,
            },
            month => Period {
                month: month + 1,
                ..self
            },
        }
    }
}

/// `2026-06`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Period, PeriodError> {
        Period::parse(&text)
    }
}

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no month between 2000-01 and 2100-12")
    }
}

impl std::error::Error for PeriodError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        Period::parse(text).unwrap()
    }

    /// Catches a period that does not round-trip.
    #[test]
    fn reads_periods() {
        for text in ["2026-06", "06/2026", "6/2026", "202606"] {
            assert_eq!(period(text).to_string(), "2026-06");
        }
        assert_eq!(period("2026-12").next().to_string(), "2027-01");
        for bad in ["", "2026", "13/2026", "2026-00", "06-26", "1999-12", "ƯƯƯ"] {
            assert_eq!(Period::parse(bad), Err(PeriodError), "{bad}");
        }
    }
}
