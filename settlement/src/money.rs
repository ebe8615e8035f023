//! Money: whole đồng in a signed 64-bit integer.
//!
//! VND has no minor unit in use (ISO 4217 code 704), so an amount is an integer and
//! never a float. [`Dong`] may be negative (a balance may), a payment is checked to be
//! positive where it is made. No sum may pass 10^18, which keeps every later sum of two
//! amounts inside 64 bits and is far beyond the state budget.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount or balance in đồng, within ±10^18.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Dong(i64);

/// Why an amount is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Beyond ±10^18 đồng.
    OutOfRange,
    /// Not a plain integer.
    NotAnInteger,
}

impl Dong {
    pub const ZERO: Dong = Dong(0);
    /// The largest sum that the books take: 10^18 đồng.
    pub const LIMIT: i64 = 1_000_000_000_000_000_000;
    /// The largest single payment: 10^15 đồng; a larger one is a typing error.
    pub const PAYMENT_LIMIT: Dong = Dong(1_000_000_000_000_000);

    /// `value` đồng; an error beyond ±10^18.
    pub const fn new(value: i64) -> Result<Dong, MoneyError> {
        if value > Dong::LIMIT || value < -Dong::LIMIT {
            return Err(MoneyError::OutOfRange);
        }
        Ok(Dong(value))
    }

    /// The amount in đồng.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum; an error beyond ±10^18.
    pub const fn plus(self, other: Dong) -> Result<Dong, MoneyError> {
        Dong::new(self.0 + other.0)
    }

    /// The difference; an error beyond ±10^18.
    pub const fn minus(self, other: Dong) -> Result<Dong, MoneyError> {
        Dong::new(self.0 - other.0)
    }

    /// True above zero and at most [`Dong::PAYMENT_LIMIT`].
    pub const fn is_payable(self) -> bool {
        self.0 > 0 && self.0 <= Dong::PAYMENT_LIMIT.0
    }

    /// Reads plain digits with an optional sign: `750000`, `-12`.
    pub fn parse(text: &str) -> Result<Dong, MoneyError> {
        let value: i64 = text.parse().map_err(|_| MoneyError::NotAnInteger)?;
        Dong::new(value)
    }
}

impl TryFrom<i64> for Dong {
    type Error = MoneyError;
    fn try_from(value: i64) -> Result<Dong, MoneyError> {
        Dong::new(value)
    }
}

impl From<Dong> for i64 {
    fn from(amount: Dong) -> i64 {
        amount.0
    }
}

/// With dots between thousands, as Vietnamese papers write it: `1.250.000`.
impl fmt::Display for Dong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if self.0 < 0 {
            out.push('-');
        }
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push('.');
            }
            out.push(c);
        }
        f.pad(&out)
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MoneyError::OutOfRange => "beyond 10^18 dong",
            MoneyError::NotAnInteger => "not a whole number of dong",
        })
    }
}

impl std::error::Error for MoneyError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a grouping that is off by one digit or loses the sign.
    #[test]
    fn shows_thousands_with_dots() {
        for (value, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.000"),
            (-187_750_000, "-187.750.000"),
        ] {
            assert_eq!(Dong::new(value).unwrap().to_string(), shown);
        }
    }

    /// Catches sums that pass the limit unseen.
    #[test]
    fn refuses_sums_beyond_the_limit() {
        let top = Dong::new(Dong::LIMIT).unwrap();
        assert_eq!(top.plus(Dong(1)), Err(MoneyError::OutOfRange));
        assert_eq!(
            Dong(-Dong::LIMIT).minus(Dong(1)),
            Err(MoneyError::OutOfRange)
        );
        assert_eq!(
            Dong::parse("1000000000000000001"),
            Err(MoneyError::OutOfRange)
        );
        assert_eq!(Dong::parse("12.5"), Err(MoneyError::NotAnInteger));
    }
}
