//! A run of neighbouring sequences: 16 bytes and a bit for each.
//!
//! Amount and day share a word, since an amount up to 10^15 needs 50 bits and the days of
//! one block lie close together; the memory of ten million open payments is 160 MB.

use super::{Expected, OpenPaymentsError};
use crate::Dong;

#[derive(Debug)]
pub(super) struct Block {
    pub(super) first: u64,
    /// Of the first payment, in days; the others are kept relative to it.
    day: i32,
    payments: Vec<Payment>,
    consumed: Vec<u64>,
}

/// `packed` is the amount in the low 50 bits and the day in the high 14, 0 for "no payment".
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Payment {
    packed: u64,
    pub(super) counter: u64,
}

const AMOUNT_BITS: u32 = 50;
const AMOUNT_MASK: u64 = (1 << AMOUNT_BITS) - 1;
/// Kept days are shifted by this, so that they are never negative.
const DAY_SHIFT: i32 = 8_000;
impl Block {
    pub(super) fn new(first: u64) -> Block {
        Block {
            first,
            day: 0,
            payments: Vec::new(),
            consumed: Vec::new(),
        }
    }

    /// One past the last sequence that has a place.
    pub(super) fn end(&self) -> u64 {
        self.first + u64::try_from(self.payments.len()).unwrap_or(u64::MAX / 2)
    }

    fn index(&self, sequence: u64) -> Option<usize> {
        usize::try_from(sequence.checked_sub(self.first)?).ok()
    }

    pub(super) fn get(&self, sequence: u64) -> Option<Payment> {
        let payment = *self.payments.get(self.index(sequence)?)?;
        (payment.packed != 0).then_some(payment)
    }

    pub(super) fn set(
        &mut self,
        sequence: u64,
        expected: &Expected,
    ) -> Result<(), OpenPaymentsError> {
        let day = expected.instructed_on.days();
        let base = if self.payments.is_empty() {
            day
        } else {
            self.day
        };
        let offset = u64::try_from(day - base + DAY_SHIFT).map_err(|_| OpenPaymentsError::Day)?;
        if offset >= 1 << (u64::BITS - AMOUNT_BITS) {
            return Err(OpenPaymentsError::Day);
        }
        let amount = expected.amount.get().unsigned_abs();
        let index = self.index(sequence).ok_or(OpenPaymentsError::Sequence)?;
        if index >= self.payments.len() {
            self.payments.resize(index + 1, Payment::default());
            self.consumed.resize(index / 64 + 1, 0);
        }
        self.day = base;
        self.payments[index] = Payment {
            packed: offset << AMOUNT_BITS | amount,
            counter: expected.counter,
        };
        Ok(())
    }

    pub(super) fn day_of(&self, payment: Payment) -> i32 {
        let offset = i32::try_from(payment.packed >> AMOUNT_BITS).unwrap_or_default();
        self.day + offset - DAY_SHIFT
    }

    pub(super) fn is_consumed(&self, sequence: u64) -> bool {
        self.index(sequence)
            .is_some_and(|i| self.consumed[i / 64] >> (i % 64) & 1 == 1)
    }

    pub(super) fn consume(&mut self, sequence: u64) {
        if let Some(i) = self.index(sequence) {
            self.consumed[i / 64] |= 1 << (i % 64);
        }
    }
}

impl Payment {
    pub(super) fn amount(self) -> Dong {
        let amount = i64::try_from(self.packed & AMOUNT_MASK).unwrap_or_default();
        Dong::new(amount).unwrap_or_default()
    }
}
