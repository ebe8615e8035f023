//! A settlement file of ordinary debits, from an iterator, at the speed of the disk:
//! for measurements, where each payment is booked just as it was instructed.

use std::io::{self, Write};

use super::native::NativeWriter;
use super::{Booking, Direction, Head, SealKey};
use crate::text::Short;

/// A payment that the bank books as instructed.
#[derive(Clone, Copy, Debug)]
pub struct FastPayment {
    pub reference: Short<16>,
    /// đồng
    pub amount: i64,
    pub counter_bin: Short<6>,
    pub counter_account: Short<19>,
}

impl FastPayment {
    /// None when a text does not fit its field.
    #[must_use]
    pub fn new(reference: &str, amount: i64, bin: &str, account: &str) -> Option<Self> {
        Some(Self {
            reference: Short::new(reference)?,
            amount,
            counter_bin: Short::new(bin)?,
            counter_account: Short::new(account)?,
        })
    }
}

/// Writes a signed native file with a debit for each payment, booked on the day of
/// the head, and gives back the closing balance.
///
/// # Errors
/// When the output takes no more.
pub fn fast_settlement(
    out: impl Write,
    head: &Head,
    key: &SealKey,
    payments: impl IntoIterator<Item = FastPayment>,
) -> io::Result<i64> {
    let mut writer = NativeWriter::new(out, head, Some(key))?;
    let mut closing = head.opening;
    for (sequence, payment) in (1..).zip(payments) {
        closing -= payment.amount;
        writer.put(&Booking {
            entry_id: entry_id(head.day, sequence),
            booked_on: head.day,
            value_on: head.day,
            direction: Direction::Debit,
            amount: payment.amount,
            reference: payment.reference,
            counter_bin: payment.counter_bin,
            counter_account: payment.counter_account,
            reason: Short::EMPTY,
            note: Short::EMPTY,
        })?;
    }
    writer.finish(closing)?;
    Ok(closing)
}

/// `FT`, the day as `yyMMdd`, and eight digits that count the bank's bookings.
#[must_use]
pub(crate) fn entry_id(day: u32, sequence: u32) -> Short<16> {
    let mut digits = *b"FT00000000000000";
    let mut put = |from: usize, width: usize, mut value: u32| {
        for place in (from..from + width).rev() {
            digits[place] = b"0123456789"[(value % 10) as usize];
            value /= 10;
        }
    };
    put(2, 6, day % 1_000_000);
    put(8, 8, sequence);
    Short::cut(std::str::from_utf8(&digits).unwrap_or(""))
}
