//! People who answer bills by transfer, and what their bank tells of it: signed credit
//! notices at once, late, twice, never, or of money that never comes; and each day's
//! settlement file, which agrees with the money and not with the notices.
//!
//! Invariants: the same bills, seed and configuration give the same bytes. The statements'
//! credits are the payments, each once. What must come out of it is worked out here from
//! the payments alone ([`Expected`]), by rules that `docs/fees.md` states.
//!
//! | a payment's notice | and its line | counts as |
//! |---|---|---|
//! | sent at once (or twice) | confirms it | the content of the notice |
//! | sent after the statement, or never | comes first | the note of the line, 17 characters |
//! | sent, and no money comes | there is none | nothing, once it is undone |

mod bill;
mod content;
mod expected;
mod habit;
mod notice;
mod plan;
mod post;

use std::fmt;

use crate::bank::{Bank, BankError};
use crate::days::{Day, is_day, is_weekend, iso, next_day};

pub use bill::{PayBill, bills_from_csv, bills_from_json};
pub use expected::{Expected, ExpectedBill, ExpectedDebtor, ExpectedPayment, RefundRequest};
pub use habit::{Habit, Habits, Telling, Tellings};
pub use notice::{SignedNotice, write_notices};
pub use post::post;

/// How much of what a payer wrote fits the note of a statement's line.
pub const NOTE_MAX: usize = 17;
/// From this hour on the bank books on its next day.
const CUT_OFF: u32 = 23 * 3600;
/// When the statement of a bank day is there: at this second of the next bank day.
pub const STATEMENT_SECOND: u32 = 7 * 3600;

/// How the payers behave, and between which days they pay.
#[derive(Clone, Debug)]
pub struct PayerConfig {
    pub seed: u64,
    /// The first and the last bank day; weekends are none.
    pub first: Day,
    pub last: Day,
    pub habits: Habits,
    pub tellings: Tellings,
}

#[derive(Debug)]
pub enum PayerError {
    /// A bill, a file or the configuration cannot be used; what and where.
    Input(String),
    Bank(BankError),
    Io(std::io::Error),
}

impl fmt::Display for PayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(what) => f.write_str(what),
            Self::Bank(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PayerError {}

impl From<BankError> for PayerError {
    fn from(error: BankError) -> Self {
        Self::Bank(error)
    }
}

impl From<std::io::Error> for PayerError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// A moment at +07:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub day: Day,
    /// Second of the day, 0 to 86,399.
    pub second: u32,
}

impl Moment {
    /// Some seconds, less than a day, later.
    #[must_use]
    pub const fn plus(self, seconds: u32) -> Self {
        let second = self.second + seconds;
        if second < 86_400 {
            return Self {
                day: self.day,
                second,
            };
        }
        Self {
            day: next_day(self.day),
            second: second - 86_400,
        }
    }

    /// Unix seconds.
    #[must_use]
    pub fn unix(self) -> i64 {
        let (year, month) = (self.day / 10_000, self.day / 100 % 100);
        // days since 1970-01-01, years counted from March
        let year = i64::from(if month < 3 { year - 1 } else { year });
        let of_year = (153 * i64::from((month + 9) % 12) + 2) / 5 + i64::from(self.day % 100) - 1;
        let days = year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468;
        days * 86_400 + i64::from(self.second) - 7 * 3600
    }
}

/// RFC 3339.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (s, day) = (self.second, iso(self.day));
        let (hour, minute) = (s / 3600, s / 60 % 60);
        write!(f, "{day}T{hour:02}:{minute:02}:{:02}+07:00", s % 60)
    }
}

/// The account that a payer pays from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purse {
    pub bin: &'static str,
    pub account: String,
    /// As the bank writes it.
    pub name: String,
}

/// One transfer to our account.
#[derive(Clone, Debug)]
pub struct Payment {
    pub habit: Habit,
    pub telling: Telling,
    /// The bills that are meant, as places in the list.
    pub meant: Vec<usize>,
    /// đồng
    pub amount: i64,
    /// What the payer wrote, as the bank hands it on; ASCII.
    pub content: String,
    /// Whole codes in the content: the bill, and where the code ends.
    codes: Vec<(usize, usize)>,
    pub at: Moment,
    /// The bank day that books it.
    pub booked_on: Day,
    /// The bank's entry id, which notice and statement carry.
    pub reference: String,
    pub purse: Purse,
}

impl Payment {
    /// Whether the money comes.
    #[must_use]
    pub fn is_money(&self) -> bool {
        self.telling != Telling::Hollow
    }

    /// What of the content stands on the statement.
    #[must_use]
    pub fn note(&self) -> &str {
        self.content.get(..NOTE_MAX).unwrap_or(&self.content)
    }

    /// The bills whose codes AnSinh reads first, on the notice or on the line.
    fn read_first(&self) -> Vec<usize> {
        let end = match self.telling {
            Telling::InTime | Telling::Twice | Telling::Hollow => usize::MAX,
            Telling::Late | Telling::Never => NOTE_MAX,
        };
        let whole = self.codes.iter().filter(|(_, ends)| *ends <= end);
        whole.map(|(bill, _)| *bill).collect()
    }
}

/// All payers of a list of bills.
#[derive(Debug)]
pub struct Payers {
    pub bills: Vec<PayBill>,
    pub config: PayerConfig,
    /// In the order in which they are made.
    pub payments: Vec<Payment>,
    pub(crate) habits: Vec<Habit>,
}

impl Payers {
    /// Lets the payers decide.
    ///
    /// # Errors
    /// When there is no bill, one of another account, a code twice, an amount that is none,
    /// or no bank day between the first and the last.
    pub fn new(bills: Vec<PayBill>, config: PayerConfig) -> Result<Self, PayerError> {
        let days = bank_days(config.first, config.last);
        if !is_day(config.first) || !is_day(config.last) || days.len() < 2 {
            let wrong = "the payers need two bank days or more, the first before the last";
            return Err(PayerError::Input(wrong.to_owned()));
        }
        bill::check(&bills)?;
        let (habits, payments) = plan::plan(&bills, &config, &days);
        Ok(Self {
            bills,
            config,
            payments,
            habits,
        })
    }

    /// The bank days, the first and the last included.
    #[must_use]
    pub fn days(&self) -> Vec<Day> {
        bank_days(self.config.first, self.config.last)
    }

    /// Puts the money on our account at `bank`, to be booked as the days are closed.
    ///
    /// # Errors
    /// When the bank keeps no such account, or has closed one of the days.
    pub fn pay_into(&self, bank: &mut Bank) -> Result<(), PayerError> {
        for p in self.payments.iter().filter(|p| p.is_money()) {
            bank.credit_as(
                &p.reference,
                &self.bills[0].account,
                p.amount,
                "",
                (p.purse.bin, &p.purse.account),
                p.note(),
                p.booked_on,
            )?;
        }
        Ok(())
    }
}

/// Weekdays from `first` to `last`.
fn bank_days(first: Day, last: Day) -> Vec<Day> {
    calendar(first, last)
        .into_iter()
        .filter(|day| !is_weekend(*day))
        .collect()
}

fn calendar(first: Day, last: Day) -> Vec<Day> {
    let mut days = Vec::new();
    let mut day = first;
    while is_day(day) && day <= last {
        days.push(day);
        day = next_day(day);
    }
    days
}

/// The weekday after a day.
#[must_use]
pub fn next_bank_day(day: Day) -> Day {
    let mut after = next_day(day);
    while is_weekend(after) {
        after = next_day(after);
    }
    after
}

/// The bank day that books what is paid at a moment.
fn booked_on(at: Moment) -> Day {
    if is_weekend(at.day) || at.second >= CUT_OFF {
        return next_bank_day(at.day);
    }
    at.day
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a time in a signature that is another moment than the one in the body.
    #[test]
    fn moments_are_counted_from_1970() {
        for (day, second, unix) in [
            (19_700_101, 7 * 3600, 0),
            (20_260_905, 14 * 3600 + 157, 1_788_591_757),
            (20_240_229, 7 * 3600, 1_709_164_800),
        ] {
            assert_eq!(Moment { day, second }.unix(), unix, "{day}");
        }
        let late = Moment {
            day: 20_260_930,
            second: 86_399,
        };
        assert_eq!(late.plus(2).to_string(), "2026-10-01T00:00:01+07:00");
    }

    /// Catches money of a Friday's last minute that is booked on the Saturday.
    #[test]
    fn what_comes_after_the_cut_off_waits_for_the_next_bank_day() {
        for (day, second, booked) in [
            (20_260_911, 12 * 3600, 20_260_911),
            (20_260_911, 23 * 3600 + 3540, 20_260_914),
            (20_260_912, 9 * 3600, 20_260_914),
        ] {
            assert_eq!(booked_on(Moment { day, second }), booked);
        }
    }
}
