//! Pure code without input or output of its own: money, days, references, bank
//! file formats in and out, and the matching of statement lines to expected payments.
//!
//! Invariants: no clock, no database, no async runtime. Readers take any
//! [`std::io::BufRead`], writers any [`std::io::Write`]; memory does not grow with
//! the size of a file. A reader never panics on input: what it cannot trust comes
//! back as an error that names the place, what stands there, and what was expected.

mod day;
mod money;

pub use day::{Day, DayError};
pub use money::{Dong, MoneyError};
