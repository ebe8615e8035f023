//! A closed day as the bank keeps it, and the files written of it.
//!
//! An ordinary payment is kept as a pointer to its instruction; only what differs
//! from one is kept as a booking. Files are written from these as often and in as
//! many forms as wanted.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::faults::Fate;
use super::{Batch, Payment};
use crate::days::Day;
use crate::statement::camt::write_camt;
use crate::statement::fast::entry_id;
use crate::statement::spoil::{Facts, write_bad_camt, write_bad_native};
use crate::statement::{Booking, Direction, Head, NativeWriter, SealKey, Spoil, Totals};
use crate::text::Short;

/// Line whose booking stands among the odd ones.
pub(super) const ODD: u32 = u32::MAX;

/// Why a booking is there: a payment by batch of the bank and index, or else a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Payment { batch: u32, index: u32 },
    Other(Fate),
}

/// A booking that is not simply a payment as instructed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odd {
    pub booking: Booking,
    pub cause: Cause,
}

/// A line of a statement: a payment as instructed, or one of the odd bookings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub sequence: u32,
    /// Among the statement's batches, or [`ODD`].
    pub batch: u32,
    pub index: u32,
}

/// A closed day of one account.
#[derive(Debug)]
pub(super) struct Statement {
    pub head: Head,
    pub closing: i64,
    pub totals: Totals,
    pub lines: Vec<Line>,
    pub odd: Vec<Odd>,
    /// With their index in the bank.
    pub batches: Vec<(u32, Arc<Batch>)>,
    pub waiting: u64,
}

impl Statement {
    pub fn resolve(&self, line: Line) -> Odd {
        if line.batch == ODD {
            return self.odd[line.index as usize];
        }
        let (batch, payments) = &self.batches[line.batch as usize];
        let booking = Booking {
            entry_id: entry_id(self.head.day, line.sequence),
            ..as_instructed(&payments.payments[line.index as usize], self.head.day)
        };
        let index = line.index;
        let batch = *batch;
        Odd {
            booking,
            cause: Cause::Payment { batch, index },
        }
    }

    pub fn entries(&self) -> impl Iterator<Item = Odd> + Clone + '_ {
        self.lines.iter().map(|line| self.resolve(*line))
    }

    fn bookings(&self) -> impl Iterator<Item = Booking> + Clone + '_ {
        self.entries().map(|odd| odd.booking)
    }
}

pub(super) fn as_instructed(payment: &Payment, day: Day) -> Booking {
    Booking {
        entry_id: Short::EMPTY,
        booked_on: day,
        value_on: day,
        direction: Direction::Debit,
        amount: payment.amount,
        reference: payment.reference,
        counter_bin: payment.bin,
        counter_account: payment.account,
        reason: Short::EMPTY,
        note: Short::EMPTY,
    }
}

/// A closed day, ready to be written as files, as often and in as many forms as wanted.
#[derive(Clone, Debug)]
pub struct DayFile {
    pub(super) statement: Arc<Statement>,
    pub(super) key: SealKey,
}

impl DayFile {
    #[must_use]
    pub fn number(&self) -> u32 {
        self.statement.head.number
    }

    #[must_use]
    pub fn day(&self) -> Day {
        self.statement.head.day
    }

    #[must_use]
    pub fn account(&self) -> &str {
        self.statement.head.account.as_str()
    }

    /// đồng
    #[must_use]
    pub fn opening(&self) -> i64 {
        self.statement.head.opening
    }

    /// đồng
    #[must_use]
    pub fn closing(&self) -> i64 {
        self.statement.closing
    }

    /// Over the lines, those delivered again included.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.statement.totals
    }

    /// Payments taken whose execution day is still to come.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.statement.waiting
    }

    /// The lines in the order of the file.
    pub fn bookings(&self) -> impl Iterator<Item = Booking> + Clone + '_ {
        self.statement.bookings()
    }

    /// Writes the native file, version 1, signed.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn settlement_native(&self, path: &Path) -> io::Result<()> {
        self.native_to(File::create(path)?)
    }

    /// The same to any writer.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn native_to(&self, out: impl Write) -> io::Result<()> {
        let mut writer = NativeWriter::new(out, &self.statement.head, Some(&self.key))?;
        for booking in self.statement.bookings() {
            writer.put(&booking)?;
        }
        writer.finish(self.statement.closing)?;
        Ok(())
    }

    /// Writes camt.053.001.08 and `FILE.sig` beside it.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn settlement_camt(&self, path: &Path) -> io::Result<()> {
        let statement = &*self.statement;
        write_camt(
            path,
            &statement.head,
            statement.closing,
            statement.totals,
            statement.bookings(),
            Some(&self.key),
        )
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            head: &self.statement.head,
            closing: self.statement.closing,
            totals: self.statement.totals,
            key: &self.key,
        }
    }

    /// Writes the native file, bad in one way; made in memory.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn bad_native(&self, path: &Path, spoil: Spoil) -> io::Result<()> {
        write_bad_native(path, &self.facts(), self.statement.bookings(), spoil)
    }

    /// Writes camt.053 and its signature, bad in one way; made in memory.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn bad_camt(&self, path: &Path, spoil: Spoil) -> io::Result<()> {
        write_bad_camt(path, &self.facts(), self.statement.bookings(), spoil)
    }
}
