//! Days as numbers `yyyyMMdd` and months, without a clock.

use std::fmt;

const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A day as `yyyyMMdd`, such as 20260605.
pub type Day = u32;

const fn month_length(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        1..=12 => LENGTHS[month as usize - 1],
        _ => 0,
    }
}

/// Whether the number is a day of the calendar between 1900 and 9999.
#[must_use]
pub const fn is_day(day: Day) -> bool {
    let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
    year >= 1900 && year <= 9999 && of_month >= 1 && of_month <= month_length(year, month)
}

/// The day after.
#[must_use]
pub const fn next_day(day: Day) -> Day {
    let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
    if of_month < month_length(year, month) {
        day + 1
    } else if month < 12 {
        year * 10_000 + (month + 1) * 100 + 1
    } else {
        (year + 1) * 10_000 + 101
    }
}

/// Saturday or Sunday (Sakamoto's rule).
#[must_use]
pub const fn is_weekend(day: Day) -> bool {
    const SHIFTS: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
    if month == 0 || month > 12 {
        return false;
    }
    let year = if month < 3 { year - 1 } else { year };
    let shift = SHIFTS[month as usize - 1];
    matches!(
        (year + year / 4 - year / 100 + year / 400 + shift + of_month) % 7,
        0 | 6
    )
}

/// `yyyy-MM-dd`, as XML writes a day.
#[must_use]
pub fn iso(day: Day) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        day / 10_000,
        day / 100 % 100,
        day % 100
    )
}

/// Reads `yyyy-MM-dd` or `yyyyMMdd`.
#[must_use]
pub fn parse_day(text: &str) -> Option<Day> {
    let digits = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => text.replace('-', ""),
        _ => text.to_owned(),
    };
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|day| is_day(*day))
}

/// A month of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: u32,
    month: u32,
}

impl Month {
    #[must_use]
    pub const fn new(year: u32, month: u32) -> Option<Self> {
        if is_day(year * 10_000 + month * 100 + 1) {
            Some(Self { year, month })
        } else {
            None
        }
    }

    /// Reads `MM/yyyy`, as lists have it, or `yyyy-MM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = if let Some((month, year)) = text.split_once('/') {
            (year, month)
        } else {
            text.split_once('-')?
        };
        if year.len() != 4 || month.len() > 2 {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?)
    }

    #[must_use]
    pub const fn next(self) -> Self {
        if self.month == 12 {
            Self {
                year: self.year + 1,
                month: 1,
            }
        } else {
            Self {
                year: self.year,
                month: self.month + 1,
            }
        }
    }

    #[must_use]
    pub const fn previous(self) -> Self {
        if self.month == 1 {
            Self {
                year: self.year - 1,
                month: 12,
            }
        } else {
            Self {
                year: self.year,
                month: self.month - 1,
            }
        }
    }

    /// A day of the month; 1 to 28 exist in every month.
    #[must_use]
    pub const fn day(self, of_month: u32) -> Day {
        self.year * 10_000 + self.month * 100 + of_month
    }

    /// `MM/yyyy`.
    #[must_use]
    pub fn title(self) -> String {
        format!("{:02}/{:04}", self.month, self.year)
    }
}

/// `yyyy-MM`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a calendar that goes wrong at the end of a month, a year or February.
    #[test]
    fn the_day_after_is_the_next_of_the_calendar() {
        for (day, after) in [
            (20260605, 20260606),
            (20260630, 20260701),
            (20261231, 20270101),
            (20240228, 20240229),
            (20260228, 20260301),
        ] {
            assert_eq!(next_day(day), after);
            assert!(is_day(day) && is_day(after));
        }
        assert!(!is_day(20260230) && !is_day(20261301) && !is_day(0));
        assert!(is_weekend(20260606) && is_weekend(20260607) && is_weekend(20240225));
        assert!(!is_weekend(20260605) && !is_weekend(20260608) && !is_weekend(20240229));
        assert_eq!(parse_day("2026-06-05"), Some(20260605));
        assert_eq!(parse_day("2026-06-31"), None);
    }

    /// Catches a month read in the wrong order.
    #[test]
    fn a_month_is_read_in_both_forms() {
        let month = Month::parse("06/2026").unwrap();
        assert_eq!(Month::parse("2026-06"), Some(month));
        assert_eq!(
            (month.to_string(), month.title()),
            ("2026-06".into(), "06/2026".into())
        );
        assert_eq!(Month::parse("13/2026"), None);
    }
}
