//! The AnSinh settlement file, version 1, as docs/formats/settlement.md fixes it:
//! lines of one width, a trailer with counts and sums, a MAC over all before it.

use std::io::{self, BufWriter, Write};

use super::seal::Sealing;
use super::{Booking, Direction, Head, SealKey, Totals};
use crate::text::Short;

const LINE: usize = 119;
const BUFFER_BYTES: usize = 64 * 1024;

/// Writes one file, line by line.
pub struct NativeWriter<W: Write> {
    out: BufWriter<Sealing<W>>,
    sealed: bool,
    line: u32,
    totals: Totals,
}

impl<W: Write> NativeWriter<W> {
    /// Writes the header. Without a key the file is unsigned.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn new(out: W, head: &Head, key: Option<&SealKey>) -> io::Result<Self> {
        let secret = key.map_or(&[][..], |k| &k.key);
        let key_id = key.map_or(Short::EMPTY, |k| Short::<16>::cut(&k.id));
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, Sealing::new(out, secret));
        let mut line = Line::new(b'H');
        line.text(b"ANSINHSTL1");
        line.text(head.bin.padded());
        line.text(head.account.padded());
        line.number(u64::from(head.number), 8);
        line.number(u64::from(head.day), 8);
        line.balance(head.opening);
        line.text(key_id.padded());
        line.text(b"VND");
        out.write_all(line.end())?;
        Ok(Self {
            out,
            sealed: key.is_some(),
            line: 0,
            totals: Totals::default(),
        })
    }

    /// Writes a detail line under the next number.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn put(&mut self, booking: &Booking) -> io::Result<()> {
        self.line += 1;
        self.totals.add(booking.direction, booking.amount);
        let mut line = Line::new(b'D');
        line.number(u64::from(self.line), 8);
        line.text(booking.entry_id.padded());
        line.number(u64::from(booking.booked_on), 8);
        line.number(u64::from(booking.value_on), 8);
        line.text(match booking.direction {
            Direction::Debit => b"D",
            Direction::Credit => b"C",
        });
        line.number(booking.amount.unsigned_abs(), 15);
        line.text(booking.reference.padded());
        line.text(booking.counter_bin.padded());
        line.text(booking.counter_account.padded());
        line.text(booking.reason.padded());
        line.text(booking.note.padded());
        self.out.write_all(line.end())
    }

    /// Leaves out a line number, for files that are bad on purpose.
    pub(super) const fn skip_number(&mut self) {
        self.line += 1;
    }

    pub(super) const fn totals(&self) -> Totals {
        self.totals
    }

    /// Writes the trailer with the sums of what was put.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn finish(self, closing: i64) -> io::Result<W> {
        let totals = self.totals;
        self.finish_with(closing, totals)
    }

    pub(super) fn finish_with(mut self, closing: i64, totals: Totals) -> io::Result<W> {
        let mut line = Line::new(b'T');
        line.number(u64::from(totals.details()), 8);
        line.number(u64::from(totals.debits), 8);
        line.number(u64::from(totals.credits), 8);
        line.number(totals.debit_total.unsigned_abs(), 18);
        line.number(totals.credit_total.unsigned_abs(), 18);
        line.balance(closing);
        self.out.write_all(line.so_far())?;
        let sealing = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let (mut out, hex) = sealing.into_parts();
        let blank = " ".repeat(hex.len());
        out.write_all(if self.sealed { &hex } else { &blank }.as_bytes())?;
        out.write_all(b"\n")?;
        out.flush()?;
        Ok(out)
    }
}

/// A line in the making.
struct Line {
    bytes: [u8; LINE + 1],
    at: usize,
}

impl Line {
    const fn new(record: u8) -> Self {
        let mut bytes = [b' '; LINE + 1];
        bytes[0] = record;
        bytes[LINE] = b'\n';
        Self { bytes, at: 1 }
    }

    fn text(&mut self, text: &[u8]) {
        self.bytes[self.at..self.at + text.len()].copy_from_slice(text);
        self.at += text.len();
    }

    fn number(&mut self, mut value: u64, width: usize) {
        for place in (self.at..self.at + width).rev() {
            self.bytes[place] = b"0123456789"[crate::rng::to_usize(value % 10)];
            value /= 10;
        }
        self.at += width;
    }

    fn balance(&mut self, value: i64) {
        self.text(if value < 0 { b"-" } else { b"+" });
        self.number(value.unsigned_abs(), 15);
    }

    fn so_far(&self) -> &[u8] {
        &self.bytes[..self.at]
    }

    const fn end(&self) -> &[u8] {
        &self.bytes
    }
}
