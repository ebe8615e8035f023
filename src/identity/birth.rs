//! Birth dates in every form that lists use: cells formatted as dates, texts with dots,
//! dashes, slashes or words, the year alone, two-digit years, days as numbers.
//!
//! The register may hold only a year too. A year alone agrees with every day of that
//! year, a month and year with every day of that month; nothing is filled in. Days come
//! before months, as Vietnamese dates have them: `5/15/2022` is refused, not turned. The
//! century of a two-digit year is only ever taken from the person's number.

use super::number::PersonalNumber;
use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A birth date as exactly as it is known: `yyyy`, `yyyyMM` or `yyyyMMdd` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BirthDate {
    pub year: u16,
    pub month: Option<u8>,
    pub day: Option<u8>,
}

/// Why a text is no birth date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BirthProblem {
    /// Nothing stands there.
    Empty,
    /// No form that is known, or a month or day that no calendar has.
    NotADate,
    /// A year of two digits, and no personal number that tells the century.
    CenturyUnknown,
    /// A year before 1900 or after 2100.
    YearOutOfRange,
}

impl BirthDate {
    /// A date whose parts the calendar has; a day needs a month.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Result<BirthDate, BirthProblem> {
        if !(1900..=2100).contains(&year) {
            return Err(BirthProblem::YearOutOfRange);
        }
        let first = (month.unwrap_or(1), day.unwrap_or(1));
        NaiveDate::from_ymd_opt(year.into(), first.0.into(), first.1.into())
            .filter(|_| month.is_some() || day.is_none())
            .map(|_| BirthDate { year, month, day })
            .ok_or(BirthProblem::NotADate)
    }

    /// Reads a text; `number` tells the century of a two-digit year.
    pub fn read(text: &str, number: Option<&PersonalNumber>) -> Result<BirthDate, BirthProblem> {
        let (numbers, words) = parts(text);
        let whole = |n: &str| n.parse::<u32>().map_err(|_| BirthProblem::NotADate);
        let small = |n: &str| {
            (n.len() <= 2)
                .then(|| n.parse::<u8>().ok())
                .flatten()
                .ok_or(BirthProblem::NotADate)
        };
        if !words_belong(&words) {
            return Err(BirthProblem::NotADate);
        }
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        match numbers.as_slice() {
            [] if words.is_empty() => Err(BirthProblem::Empty),
            [one] if words.is_empty() || one.len() == 4 => {
                BirthDate::from_number(whole(one)?, one.len())
            }
            [month, year] if year.len() == 4 => {
                BirthDate::new(full_year(year, number)?, Some(small(month)?), None)
            }
            [year, month] if year.len() == 4 => {
                BirthDate::new(full_year(year, number)?, Some(small(month)?), None)
            }
            [year, month, day, ..] if year.len() == 4 => BirthDate::new(
                full_year(year, number)?,
                Some(small(month)?),
                Some(small(day)?),
            ),
            [day, month, year] if matches!(year.len(), 2 | 4) => {
                let (day, month) = (small(day)?, small(month)?);
                if (day, month) == (0, 0) {
                    return BirthDate::new(full_year(year, number)?, None, None);
                }
                BirthDate::new(full_year(year, number)?, Some(month), Some(day))
            }
            _ => Err(BirthProblem::NotADate),
        }
    }

    /// From a whole number as it was typed with `digits` digits: a year, `yyyyMMdd`,
    /// `ddMMyyyy` or a spreadsheet's day number (1 = 1900-01-01, as Excel counts).
    pub fn from_number(value: u32, digits: usize) -> Result<BirthDate, BirthProblem> {
        let part = |n: u32| u8::try_from(n).map_err(|_| BirthProblem::NotADate);
        let year = |n: u32| u16::try_from(n).map_err(|_| BirthProblem::YearOutOfRange);
        match (digits, value) {
            (4, 1900..=2100) => BirthDate::new(year(value)?, None, None),
            (1..=5, 2101..=80_000) => {
                let start = NaiveDate::from_ymd_opt(1899, 12, 30).ok_or(BirthProblem::NotADate)?;
                let date = start
                    .checked_add_days(Days::new(value.into()))
                    .ok_or(BirthProblem::NotADate)?;
                BirthDate::from_cell(date)
            }
            (8, 19_000_101..=21_001_231) => BirthDate::new(
                year(value / 10_000)?,
                Some(part(value / 100 % 100)?),
                Some(part(value % 100)?),
            ),
            (7 | 8, 1_011_900..=31_122_100) => BirthDate::new(
                year(value % 10_000)?,
                Some(part(value / 10_000 % 100)?),
                Some(part(value / 1_000_000)?),
            ),
            _ => Err(BirthProblem::NotADate),
        }
    }

    /// From a cell that is formatted as a date. A year typed into such a cell shows as a
    /// day of 1905 (day number 1900 to 2100): it is read as the year.
    pub fn from_cell(date: NaiveDate) -> Result<BirthDate, BirthProblem> {
        let start = NaiveDate::from_ymd_opt(1899, 12, 30).ok_or(BirthProblem::NotADate)?;
        let serial = u16::try_from((date - start).num_days()).ok();
        if let Some(year @ 1900..=2100) = serial {
            return BirthDate::new(year, None, None);
        }
        let year = u16::try_from(date.year()).map_err(|_| BirthProblem::YearOutOfRange)?;
        let part = |n: u32| u8::try_from(n).ok();
        BirthDate::new(year, part(date.month()), part(date.day()))
    }

    /// Reads the register's form: `yyyyMMdd`, `yyyyMM` or `yyyy`.
    pub fn parse(text: &str) -> Result<BirthDate, BirthProblem> {
        if text.is_empty() {
            return Err(BirthProblem::Empty);
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) || !matches!(text.len(), 4 | 6 | 8) {
            return Err(BirthProblem::NotADate);
        }
        let part = |from: usize| text.get(from..from + 2).and_then(|n| n.parse().ok());
        let year = text.get(..4).and_then(|n| n.parse().ok());
        BirthDate::new(year.ok_or(BirthProblem::NotADate)?, part(4), part(6))
    }

    /// True when nothing that both know differs.
    pub fn agrees_with(&self, register: &BirthDate) -> bool {
        let same = |a: Option<u8>, b: Option<u8>| a.is_none() || b.is_none() || a == b;
        self.year == register.year
            && same(self.month, register.month)
            && same(self.day, register.day)
    }

    /// Whole years of age at the end of the given month; where only the year is known,
    /// the greatest age that it allows.
    pub fn age_at_end_of(&self, year: u16, month: u8) -> u16 {
        let years = year.saturating_sub(self.year);
        if self.month.is_some_and(|born| born > month) {
            years.saturating_sub(1)
        } else {
            years
        }
    }
}

/// The numbers and the words of a text, in order.
fn parts(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut numbers, mut words) = (Vec::new(), Vec::new());
    let mut last = ' ';
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            match numbers.last_mut() {
                Some(number) if last.is_ascii_digit() => String::push(number, c),
                _ => numbers.push(c.to_string()),
            }
        } else if c.is_alphabetic() || !c.is_ascii() && !c.is_whitespace() {
            match words.last_mut() {
                Some(word) if last.is_alphabetic() || !last.is_ascii() => String::push(word, c),
                _ => words.push(c.to_string()),
            }
        }
        last = c;
    }
    (numbers, words)
}

/// True when every word is one that stands in a written date.
fn words_belong(words: &[String]) -> bool {
    words.iter().all(|word| {
        let word = super::name::ascii_key(word);
        matches!(
            word.as_str(),
            "" | "SINH" | "NGAY" | "THANG" | "NAM" | "NS" | "N" | "SN" | "T" | "MUNG" | "MONG"
        )
    })
}

fn full_year(text: &str, number: Option<&PersonalNumber>) -> Result<u16, BirthProblem> {
    let year: u16 = text.parse().map_err(|_| BirthProblem::NotADate)?;
    if text.len() == 4 {
        return Ok(year);
    }
    let century = number.ok_or(BirthProblem::CenturyUnknown)?.birth_year() / 100 * 100;
    Ok(century + year)
}

impl fmt::Display for BirthDate {
    /// As people write it: `05/06/1950`, `06/1950` or `1950`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.day, self.month) {
            (Some(day), Some(month)) => write!(f, "{day:02}/{month:02}/{:04}", self.year),
            (None, Some(month)) => write!(f, "{month:02}/{:04}", self.year),
            _ => write!(f, "{:04}", self.year),
        }
    }
}

impl From<BirthDate> for String {
    fn from(birth: BirthDate) -> String {
        let part = |n: Option<u8>| n.map(|n| format!("{n:02}")).unwrap_or_default();
        format!("{:04}{}{}", birth.year, part(birth.month), part(birth.day))
    }
}

impl TryFrom<String> for BirthDate {
    type Error = BirthProblem;
    fn try_from(text: String) -> Result<BirthDate, BirthProblem> {
        BirthDate::parse(&text)
    }
}

impl fmt::Display for BirthProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BirthProblem::Empty => "no birth date",
            BirthProblem::NotADate => "no birth date of the calendar",
            BirthProblem::CenturyUnknown => {
                "a year of two digits without a number that tells the century"
            }
            BirthProblem::YearOutOfRange => "a year before 1900 or after 2100",
        })
    }
}

impl std::error::Error for BirthProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: u16, month: u8, day: u8) -> BirthDate {
        BirthDate::new(year, Some(month), Some(day)).unwrap()
    }

    /// Catches a form of writing that is no longer understood, or understood wrongly.
    #[test]
    fn reads_every_form() {
        let born_1950 = PersonalNumber::parse("035050000001").unwrap();
        let born_2022 = PersonalNumber::parse("001322921873").unwrap();
        let year = |year| BirthDate::new(year, None, None).unwrap();
        for (text, number, want) in [
            ("09.06.1968", None, date(1968, 6, 9)),
            ("21-07-1944", None, date(1944, 7, 21)),
            ("15/5/2022", None, date(2022, 5, 15)),
            (" 5 / 6 / 1950 ", None, date(1950, 6, 5)),
            ("1/1/50", Some(&born_1950), date(1950, 1, 1)),
            ("01/02/22", Some(&born_2022), date(2022, 2, 1)),
            ("1982", None, year(1982)),
            ("Sinh năm 1950", None, year(1950)),
            ("SN 1950", None, year(1950)),
            ("ngày 5 tháng 6 năm 1950", None, date(1950, 6, 5)),
            (
                "05/1950",
                None,
                BirthDate::new(1950, Some(5), None).unwrap(),
            ),
            ("1950-06-05", None, date(1950, 6, 5)),
            ("1950-06-05T00:00:00", None, date(1950, 6, 5)),
            ("1950-06-05 00:00:00", None, date(1950, 6, 5)),
            ("19500605", None, date(1950, 6, 5)),
            ("05061950", None, date(1950, 6, 5)),
            ("32559", None, date(1989, 2, 20)),
            ("00/00/1950", None, year(1950)),
        ] {
            assert_eq!(BirthDate::read(text, number), Ok(want), "{text}");
        }
        for (text, want) in [
            ("", BirthProblem::Empty),
            ("  ", BirthProblem::Empty),
            ("1/1/50", BirthProblem::CenturyUnknown),
            ("5/15/2022", BirthProblem::NotADate),
            ("30/02/2000", BirthProblem::NotADate),
            ("1850", BirthProblem::NotADate),
            ("01/01/1850", BirthProblem::YearOutOfRange),
            ("không rõ", BirthProblem::NotADate),
            ("60 tuổi", BirthProblem::NotADate),
            ("1.5", BirthProblem::NotADate),
        ] {
            assert_eq!(BirthDate::read(text, None), Err(want), "{text}");
        }
    }

    /// Catches a year in a cell formatted as a date taken for a day of 1905.
    #[test]
    fn a_year_in_a_date_cell_is_a_year() {
        let shown = NaiveDate::from_ymd_opt(1905, 5, 3).unwrap();
        assert_eq!(
            BirthDate::from_cell(shown),
            BirthDate::new(1950, None, None)
        );
        let day = NaiveDate::from_ymd_opt(1950, 5, 3).unwrap();
        assert_eq!(BirthDate::from_cell(day), Ok(date(1950, 5, 3)));
    }

    /// Catches a comparison that is stricter or laxer than what both sides know.
    #[test]
    fn agrees_on_what_both_know() {
        let register = BirthDate::parse("19500605").unwrap();
        for (list, agrees) in [
            ("1950", true),
            ("06/1950", true),
            ("07/1950", false),
            ("05/06/1950", true),
            ("06/05/1950", false),
            ("1951", false),
        ] {
            assert_eq!(
                BirthDate::read(list, None).unwrap().agrees_with(&register),
                agrees,
                "{list}"
            );
        }
        let year_only = BirthDate::parse("1950").unwrap();
        assert!(date(1950, 6, 5).agrees_with(&year_only));
        assert_eq!(String::from(register), "19500605");
        assert_eq!(register.to_string(), "05/06/1950");
        assert_eq!(
            (
                register.age_at_end_of(2010, 5),
                register.age_at_end_of(2010, 6)
            ),
            (59, 60)
        );
    }
}
