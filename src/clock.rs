//! Time as a parameter. Instants are UTC microseconds; a business day is the date at
//! +07:00. Only this file asks the system for the time; `--now` fixes it.

use ansinh_settlement::Day;
use std::time::{SystemTime, UNIX_EPOCH};

/// UTC microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

const MICROS: i64 = 1_000_000;
const HANOI_S: i64 = 7 * 3600;

impl Instant {
    /// The calendar day at +07:00.
    pub fn day(self) -> Day {
        let days = (self.0.div_euclid(MICROS) + HANOI_S).div_euclid(86_400);
        epoch().plus_days(days)
    }

    /// `2026-06-05T09:30:00+07:00`.
    pub fn local_text(self) -> String {
        let s = (self.0.div_euclid(MICROS) + HANOI_S).rem_euclid(86_400);
        format!(
            "{}T{:02}:{:02}:{:02}+07:00",
            self.day(),
            s / 3600,
            s / 60 % 60,
            s % 60
        )
    }

    /// Midnight at +07:00 of `day`.
    pub fn midnight(day: Day) -> Instant {
        let mut n = 0;
        // days since the epoch by the calendar, through the number of days between
        let target = day;
        let start = epoch();
        if let (Some(a), Some(b)) = (date(start), date(target)) {
            n = b.signed_duration_since(a).num_days();
        }
        Instant((n * 86_400 - HANOI_S) * MICROS)
    }

    /// Reads `2026-06-05`, `2026-06-05T09:30`, `2026-06-05T09:30:00` (at +07:00), or with an offset.
    pub fn parse(text: &str) -> Option<Instant> {
        if let Ok(t) = chrono::DateTime::parse_from_rfc3339(text) {
            return Some(Instant(t.timestamp_micros()));
        }
        let (day, time) = text.split_once('T').unwrap_or((text, "00:00"));
        let mut parts = time.split(':');
        let mut next = |max: i64| -> Option<i64> {
            match parts.next() {
                None => Some(0),
                Some(p) => p.parse::<i64>().ok().filter(|v| (0..max).contains(v)),
            }
        };
        let (h, m, s) = (next(24)?, next(60)?, next(60)?);
        let midnight = Instant::midnight(Day::parse(day).ok()?);
        Some(Instant(midnight.0 + ((h * 60 + m) * 60 + s) * MICROS))
    }

    pub fn plus_seconds(self, s: i64) -> Instant {
        Instant(self.0 + s * MICROS)
    }
}

fn epoch() -> Day {
    Day::from_number(19_700_101).unwrap_or_else(|_| unreachable!("1970-01-01 is a day"))
}

fn date(day: Day) -> Option<chrono::NaiveDate> {
    chrono::NaiveDate::from_ymd_opt(day.year(), day.month(), day.day())
}

/// Starts to measure how long something takes; says nothing of the time of day.
pub fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    Fixed(Instant),
}

impl Clock {
    pub fn now(self) -> Instant {
        match self {
            Clock::Fixed(at) => at,
            Clock::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a business day taken in UTC: 18:00 UTC is the next day in Hà Nội.
    #[test]
    fn a_business_day_is_the_date_at_plus_seven() {
        let at = Instant::parse("2026-06-05T18:00:00Z").unwrap();
        assert_eq!(at.day().to_string(), "2026-06-06");
        assert_eq!(at.local_text(), "2026-06-06T01:00:00+07:00");
        assert_eq!(Instant::parse("2026-06-06T01:00:00").unwrap(), at);
        assert_eq!(
            Instant::midnight(at.day()),
            Instant::parse("2026-06-06").unwrap()
        );
        assert_eq!(Instant::parse("2026-06-06T25:00"), None);
    }
}
