//! Writes AnSinh's own settlement file, for tests, benches and the simulated bank side.
//!
//! The counterpart of the reader: what it writes, the reader gives back unchanged. Fields
//! that do not fit are refused, never cut.

use super::{LINE, MAGIC, TRAILER_SIGNED};
use crate::signature::Digest;
use crate::sums::Sums;
use crate::{Dong, RawLine, StatementHeader, StatementTotals, WriteError};
use std::io::Write;

/// A settlement file under construction.
#[derive(Debug)]
pub struct NativeWriter<W: Write> {
    out: W,
    buffer: Vec<u8>,
    digest: Option<Digest>,
    opening: Dong,
    lines: u32,
    sums: Sums,
}

const FLUSH_AT: usize = 64 * 1024;

impl<W: Write> NativeWriter<W> {
    /// Writes the header. `key` is the key that `header.key_id` names; none for an unsigned
    /// file, which has no key id either.
    pub fn new(out: W, header: &StatementHeader, key: Option<&[u8]>) -> Result<Self, WriteError> {
        let mut writer = NativeWriter {
            out,
            buffer: Vec::with_capacity(FLUSH_AT + 256),
            digest: key.and_then(Digest::new),
            opening: header.opening,
            lines: 0,
            sums: Sums::default(),
        };
        let key_id = header.key_id.as_deref().unwrap_or_default();
        if key_id.is_empty() != key.is_none() {
            return Err(writer.refuse("key_id", key_id));
        }
        writer.buffer.extend_from_slice(MAGIC);
        writer.buffer.push(b'1');
        writer.bin("bank_bin", &header.bank_bin)?;
        writer.text("account_number", &header.account_number, 19, true)?;
        if header.number == 0 {
            return Err(writer.refuse("number", "0"));
        }
        writer.number("number", u64::from(header.number), 8)?;
        writer.day(header.day);
        writer.balance("opening", header.opening)?;
        writer.text("key_id", key_id, 16, false)?;
        writer.buffer.extend_from_slice(b"VND");
        writer.buffer.resize(LINE, b' ');
        writer.buffer.push(b'\n');
        Ok(writer)
    }

    /// Writes one detail; its line number is that which is next, whatever `line` says.
    pub fn line(&mut self, line: &RawLine) -> Result<(), WriteError> {
        self.lines += 1;
        if !line.amount.is_payable() || line.amount == Dong::PAYMENT_LIMIT {
            return Err(WriteError::Amount {
                item: u64::from(self.lines),
                found: line.amount,
            });
        }
        self.buffer.push(b'D');
        self.number("line", u64::from(self.lines), 8)?;
        self.text("entry_ref", line.entry_ref, 16, true)?;
        self.day(line.booking_on);
        self.day(line.value_on);
        self.buffer.push(match line.direction {
            crate::Direction::Debit => b'D',
            crate::Direction::Credit => b'C',
        });
        self.number("amount", line.amount.get().unsigned_abs(), 15)?;
        self.text("reference", line.reference, 16, false)?;
        if line.counter_bin.is_empty() {
            self.text("counter_bin", "", 6, false)?;
        } else {
            self.bin("counter_bin", line.counter_bin)?;
        }
        self.text("counter_account", line.counter_account, 19, false)?;
        self.text("reason", line.reason, 4, false)?;
        self.text("note", line.note, 17, false)?;
        self.buffer.push(b'\n');
        self.sums.add(line.direction, line.amount);
        if self.buffer.len() >= FLUSH_AT {
            self.hand_on()?;
        }
        Ok(())
    }

    /// Ends the file with its own totals and the closing balance that follows from all lines.
    pub fn finish(self) -> Result<W, WriteError> {
        let [opening, debits, credits] = [
            i128::from(self.opening.get()),
            i128::try_from(self.sums.debit_total).unwrap_or(i128::MAX / 4),
            i128::try_from(self.sums.credit_total).unwrap_or(i128::MAX / 4),
        ];
        let closing = opening + credits - debits;
        let closing = i64::try_from(closing)
            .ok()
            .and_then(|closing| Dong::new(closing).ok())
            .ok_or_else(|| self.refuse("closing", &closing.to_string()))?;
        let totals = self
            .sums
            .totals(closing)
            .ok_or_else(|| self.refuse("totals", "beyond 10^18"))?;
        self.finish_with(&totals)
    }

    /// Ends the file with these totals, true or not: where an entry is delivered twice, the
    /// closing balance is not that of all lines.
    pub fn finish_with(mut self, totals: &StatementTotals) -> Result<W, WriteError> {
        self.hand_on()?;
        self.buffer.push(b'T');
        for (name, count) in [
            ("lines", totals.lines),
            ("debits", totals.debits),
            ("credits", totals.credits),
        ] {
            self.number(name, u64::from(count), 8)?;
        }
        self.number("debit_total", totals.debit_total.get().unsigned_abs(), 18)?;
        self.number("credit_total", totals.credit_total.get().unsigned_abs(), 18)?;
        self.balance("closing", totals.closing)?;
        debug_assert_eq!(self.buffer.len(), TRAILER_SIGNED);
        let mac = self.digest.take().map(|mut digest| {
            digest.update(&self.buffer);
            digest.hex()
        });
        let mac = mac.unwrap_or_else(|| " ".repeat(64));
        self.buffer.extend_from_slice(mac.as_bytes());
        self.buffer.push(b'\n');
        self.hand_on()?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn hand_on(&mut self) -> std::io::Result<()> {
        if let Some(digest) = &mut self.digest {
            digest.update(&self.buffer);
        }
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn text(
        &mut self,
        field: &'static str,
        text: &str,
        length: usize,
        needed: bool,
    ) -> Result<(), WriteError> {
        let bytes = text.as_bytes();
        let fits = bytes.len() <= length
            && bytes.iter().all(|b| (0x20..=0x7e).contains(b))
            && bytes.first() != Some(&b' ')
            && bytes.last() != Some(&b' ');
        if !fits || needed && bytes.is_empty() {
            return Err(self.refuse(field, text));
        }
        let end = self.buffer.len() + length;
        self.buffer.extend_from_slice(bytes);
        self.buffer.resize(end, b' ');
        Ok(())
    }

    fn bin(&mut self, field: &'static str, bin: &str) -> Result<(), WriteError> {
        if bin.len() != 6 || !bin.bytes().all(|b| b.is_ascii_digit()) {
            return Err(self.refuse(field, bin));
        }
        self.buffer.extend_from_slice(bin.as_bytes());
        Ok(())
    }

    fn number(
        &mut self,
        field: &'static str,
        number: u64,
        length: usize,
    ) -> Result<(), WriteError> {
        let start = self.buffer.len();
        self.buffer.resize(start + length, b'0');
        let mut rest = number;
        for byte in self.buffer[start..].iter_mut().rev() {
            *byte += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        if rest > 0 {
            return Err(self.refuse(field, &number.to_string()));
        }
        Ok(())
    }

    fn day(&mut self, day: crate::Day) {
        let number = day.number().unsigned_abs();
        // A day has eight digits, so it always fits.
        let _ = self.number("day", number, 8);
    }

    fn balance(&mut self, field: &'static str, balance: Dong) -> Result<(), WriteError> {
        let sign = if balance < Dong::ZERO { b'-' } else { b'+' };
        self.buffer.push(sign);
        self.number(field, balance.get().unsigned_abs(), 15)
    }

    fn refuse(&self, field: &'static str, found: &str) -> WriteError {
        WriteError::Field {
            item: u64::from(self.lines),
            field,
            found: found.chars().take(60).collect(),
        }
    }
}
