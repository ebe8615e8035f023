//! What the bank says about one of our accounts on one day, and the files it says
//! it in: the native settlement file ([`native`]), camt.053 ([`camt`]), and files
//! that are bad on purpose ([`spoil`]).
//!
//! A writer takes the head, the sums and a stream of bookings; it holds no booking.

pub mod camt;
pub mod fast;
pub mod native;
mod seal;
pub mod spoil;

use crate::days::Day;
use crate::text::Short;

pub use fast::{FastPayment, fast_settlement};
pub use native::NativeWriter;
pub use seal::{hmac_hex, write_signature};
pub use spoil::Spoil;

/// The largest amount of a booking, in đồng.
pub const AMOUNT_MAX: i64 = 999_999_999_999_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Direction {
    /// Money left our account.
    #[serde(rename = "D")]
    Debit,
    /// Money came in.
    #[serde(rename = "C")]
    Credit,
}

/// A booking as it stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booking {
    pub entry_id: Short<16>,
    pub booked_on: Day,
    pub value_on: Day,
    pub direction: Direction,
    /// đồng, at least 1
    pub amount: i64,
    pub reference: Short<16>,
    pub counter_bin: Short<6>,
    pub counter_account: Short<19>,
    pub reason: Short<4>,
    pub note: Short<17>,
}

/// What stands at the head of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub bin: Short<6>,
    pub account: Short<19>,
    pub number: u32,
    pub day: Day,
    /// đồng, may be below zero
    pub opening: i64,
}

/// Counts and sums over the lines of a file, lines delivered again included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub debits: u32,
    pub credits: u32,
    pub debit_total: i64,
    pub credit_total: i64,
}

impl Totals {
    pub const fn add(&mut self, direction: Direction, amount: i64) {
        match direction {
            Direction::Debit => {
                self.debits += 1;
                self.debit_total = self.debit_total.saturating_add(amount);
            }
            Direction::Credit => {
                self.credits += 1;
                self.credit_total = self.credit_total.saturating_add(amount);
            }
        }
    }

    #[must_use]
    pub const fn details(&self) -> u32 {
        self.debits + self.credits
    }
}

/// The key that a bank seals its files with, and its name in the header.
#[derive(Clone)]
pub struct SealKey {
    pub id: String,
    pub key: Vec<u8>,
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
