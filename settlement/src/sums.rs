//! Counts and sums of the lines read so far.

use crate::{Direction, Dong, StatementTotals};

/// Sums are wider than any field, so they cannot overflow: 10^8 lines of 10^15 đồng.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub debits: u32,
    pub credits: u32,
    pub debit_total: u128,
    pub credit_total: u128,
}

impl Sums {
    /// Adds one line.
    pub fn add(&mut self, direction: Direction, amount: Dong) {
        let amount = u128::from(amount.get().unsigned_abs());
        match direction {
            Direction::Debit => {
                self.debits += 1;
                self.debit_total += amount;
            }
            Direction::Credit => {
                self.credits += 1;
                self.credit_total += amount;
            }
        }
    }

    /// Lines, debits, credits.
    pub fn counts(&self) -> [u64; 3] {
        let (debits, credits) = (u64::from(self.debits), u64::from(self.credits));
        [debits + credits, debits, credits]
    }

    /// The totals; `None` when a sum is beyond 10^18.
    pub fn totals(&self, closing: Dong) -> Option<StatementTotals> {
        Some(StatementTotals {
            lines: self.debits.checked_add(self.credits)?,
            debits: self.debits,
            credits: self.credits,
            debit_total: dong(self.debit_total)?,
            credit_total: dong(self.credit_total)?,
            closing,
        })
    }
}

pub(crate) fn dong(sum: u128) -> Option<Dong> {
    Dong::new(i64::try_from(sum).ok()?).ok()
}
