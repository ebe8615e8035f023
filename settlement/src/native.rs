//! Reads AnSinh's own settlement file, `docs/formats/settlement.md` version 1.
//!
//! Invariants: the buffer has one size whatever the file; a line is parsed where it lies,
//! and nothing is allocated for it; every rule of the page that one line, the header or the
//! trailer can show is checked here in every pass. Entry ids, balance and key are for
//! [`crate::verify_statement`].

use crate::error::{Place, ReadError, ReadErrorKind};
use crate::native_field as field;
use crate::native_field::{Field, day, digits, is_printable, show_column};
use crate::signature::{Digest, unhex};
use crate::sums::{Sums, dong};
use crate::{Day, Direction, Dong, RawLine, StatementHeader, StatementTotals};
use std::io::{ErrorKind, Read};

/// Characters of a header and of a detail line, without the LF.
pub(crate) const LINE: usize = 119;
/// Characters of the trailer, without the LF.
pub(crate) const TRAILER: usize = 141;
/// Bytes of the trailer that the MAC covers.
pub(crate) const TRAILER_SIGNED: usize = 77;
pub(crate) const MAGIC: &[u8] = b"HANSINHSTL";

const BUFFER: usize = 256 * 1024;
/// Bytes that are looked at in a line: one more than the longest right one has.
const LOOK: usize = TRAILER + 2;

/// A pull reader of one settlement file.
#[derive(Debug)]
pub(crate) struct NativeReader<R> {
    input: R,
    buffer: Vec<u8>,
    /// The line that is next begins at `start`; bytes up to `end` are read.
    start: usize,
    end: usize,
    at_end: bool,
    header: StatementHeader,
    /// The MAC of all bytes before `digested`.
    digest: Option<Digest>,
    digested: usize,
    /// Lines of the file that were taken.
    lines: u64,
    details: u32,
    days: Days,
    sums: Sums,
    totals: Option<StatementTotals>,
}

/// The last booking and value date, with their text, since most lines repeat them.
type Days = [([u8; 8], Day); 2];

/// What the check of a detail has read already.
struct Checked {
    days: Days,
    direction: Direction,
    amount: Dong,
}

impl<R: Read> NativeReader<R> {
    /// Reads the header.
    pub fn open(input: R) -> Result<NativeReader<R>, ReadError> {
        let someday = Day::from_number(20_000_101)
            .map_err(|_| ReadError::new(ReadErrorKind::NoSuchDay, Place::default(), b"", ""))?;
        let mut reader = NativeReader {
            input,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            at_end: false,
            header: StatementHeader::empty(someday),
            digest: None,
            digested: 0,
            lines: 0,
            details: 0,
            days: [(*b"20000101", someday); 2],
            sums: Sums::default(),
            totals: None,
        };
        reader.fill()?;
        let ahead = reader.ahead();
        if ahead.len() > MAGIC.len() && ahead[MAGIC.len()] != b'1' {
            let place = reader.place_at(11);
            let found = &ahead[1..MAGIC.len() + 1];
            return Err(ReadError::new(
                ReadErrorKind::UnknownVersion,
                place,
                found,
                "ANSINHSTL1",
            ));
        }
        let line = reader.whole_line(LINE, b'H')?;
        reader.header = reader.parse_header(line)?;
        reader.take(LINE);
        Ok(reader)
    }

    pub fn header(&self) -> &StatementHeader {
        &self.header
    }

    /// Starts the MAC; only right after [`NativeReader::open`].
    pub fn check_mac(&mut self, key: &[u8]) {
        self.digest = Digest::new(key);
        self.digested = 0;
    }

    /// The place of the entry id that was read last; after the end, of the closing balance.
    pub fn place(&self) -> Place {
        let field = match self.totals {
            None => field::ENTRY_ID,
            Some(_) => field::CLOSING,
        };
        Place {
            line: self.lines,
            column: field.column(),
        }
    }

    /// What the file comes to, once the trailer was read.
    pub fn totals(&self) -> Option<&StatementTotals> {
        self.totals.as_ref()
    }

    /// The next detail; `None` after a trailer that fits all that came before.
    pub fn next_raw(&mut self) -> Result<Option<RawLine<'_>>, ReadError> {
        if self.totals.is_some() {
            return Ok(None);
        }
        if self.end - self.start < LOOK {
            self.fill()?;
        }
        if self.ahead().first() == Some(&b'T') {
            self.totals = Some(self.read_trailer()?);
            return Ok(None);
        }
        let start = self.start;
        let Checked {
            days,
            direction,
            amount,
        } = self.check_detail()?;
        self.take(LINE);
        self.details += 1;
        self.days = days;
        self.sums.add(direction, amount);
        // Checked to be ASCII, so the fallback is never taken.
        let text = std::str::from_utf8(&self.buffer[start..start + LINE]).unwrap_or_default();
        let line = RawLine {
            line: self.details,
            entry_ref: field::ENTRY_ID.text(text),
            booking_on: days[0].1,
            value_on: days[1].1,
            direction,
            amount,
            reference: field::REFERENCE.text(text),
            counter_bin: field::COUNTER_BANK.text(text),
            counter_account: field::COUNTER_ACCOUNT.text(text),
            reason: field::REASON.text(text),
            note: field::NOTE.text(text),
        };
        Ok(Some(line))
    }

    /// Checks the detail that is next.
    fn check_detail(&self) -> Result<Checked, ReadError> {
        let line = self.whole_line(LINE, b'D')?;
        if digits(field::LINE_NUMBER.of(line)) != Some(u64::from(self.details) + 1) {
            let kind = match digits(field::LINE_NUMBER.of(line)) {
                None => ReadErrorKind::NotANumber,
                Some(_) => ReadErrorKind::LineOutOfOrder,
            };
            let expected = format!("{:08}", u64::from(self.details) + 1);
            return Err(self.refuse(kind, &field::LINE_NUMBER, line, &expected));
        }
        self.check_text(&field::ENTRY_ID, line, true)?;
        let mut days = self.days;
        for (at, field) in [field::BOOKING_DATE, field::VALUE_DATE].iter().enumerate() {
            let text = field.of(line);
            if text != days[at].0 {
                days[at].1 = self.parse_day(field, line)?;
                days[at].0.copy_from_slice(text);
            }
        }
        if days[0].1 > self.header.day {
            let expected = format!("a day up to that of the statement, {}", self.header.day);
            let kind = ReadErrorKind::BookedAfterDay;
            return Err(self.refuse(kind, &field::BOOKING_DATE, line, &expected));
        }
        let direction = match field::DIRECTION.of(line) {
            b"D" => Direction::Debit,
            b"C" => Direction::Credit,
            _ => {
                let kind = ReadErrorKind::DirectionForm;
                return Err(self.refuse(kind, &field::DIRECTION, line, "D or C"));
            }
        };
        let amount = match digits(field::AMOUNT.of(line)) {
            Some(amount) if amount > 0 => dong(u128::from(amount)).unwrap_or_default(),
            other => {
                let kind = match other {
                    Some(_) => ReadErrorKind::AmountZero,
                    None if field::AMOUNT.of(line).contains(&b'-') => ReadErrorKind::AmountNegative,
                    None => ReadErrorKind::AmountForm,
                };
                let expected = "15 digits, at least 1";
                return Err(self.refuse(kind, &field::AMOUNT, line, expected));
            }
        };
        self.check_bin(&field::COUNTER_BANK, line, true)?;
        for text in [
            &field::REFERENCE,
            &field::COUNTER_ACCOUNT,
            &field::REASON,
            &field::NOTE,
        ] {
            self.check_text(text, line, false)?;
        }
        Ok(Checked {
            days,
            direction,
            amount,
        })
    }

    fn parse_header(&self, line: &[u8]) -> Result<StatementHeader, ReadError> {
        self.check_bin(&field::BANK, line, false)?;
        self.check_text(&field::ACCOUNT, line, true)?;
        let number = self.number(&field::STATEMENT_NUMBER, line)?;
        let number = match u32::try_from(number) {
            Ok(number) if number > 0 => number,
            _ => {
                let kind = ReadErrorKind::NumberOutOfRange;
                return Err(self.refuse(kind, &field::STATEMENT_NUMBER, line, "1 or more"));
            }
        };
        let day = self.parse_day(&field::DAY, line)?;
        let opening = self.balance(&field::OPENING, line)?;
        self.check_text(&field::KEY_ID, line, false)?;
        if field::CURRENCY.of(line) != b"VND" {
            let kind = ReadErrorKind::WrongCurrency;
            return Err(self.refuse(kind, &field::CURRENCY, line, "VND"));
        }
        if !field::RESERVED.is_blank(line) {
            let kind = ReadErrorKind::ReservedNotBlank;
            return Err(self.refuse(kind, &field::RESERVED, line, "spaces"));
        }
        let text = std::str::from_utf8(line).unwrap_or_default();
        let key_id = field::KEY_ID.text(text);
        Ok(StatementHeader {
            bank_bin: field::BANK.text(text).to_owned(),
            account_number: field::ACCOUNT.text(text).to_owned(),
            number,
            day,
            opening,
            key_id: (!key_id.is_empty()).then(|| key_id.to_owned()),
        })
    }

    /// Checks the trailer: the MAC before the numbers, since it says more.
    fn read_trailer(&mut self) -> Result<StatementTotals, ReadError> {
        let line = self.whole_line(TRAILER, b'T')?;
        let counts = [
            self.number(&field::DETAILS, line)?,
            self.number(&field::DEBITS, line)?,
            self.number(&field::CREDITS, line)?,
        ];
        let sums = [
            self.number(&field::DEBIT_TOTAL, line)?,
            self.number(&field::CREDIT_TOTAL, line)?,
        ];
        let closing = self.balance(&field::CLOSING, line)?;
        self.check_mac_field(line)?;
        if self.end - self.start > TRAILER + 1 {
            let place = Place {
                line: self.lines + 2,
                column: 1,
            };
            let found = &self.buffer[self.start + TRAILER + 1..self.end];
            let kind = ReadErrorKind::BytesAfterTrailer;
            return Err(ReadError::new(kind, place, found, "the end of the file"));
        }
        let counted = self.sums.counts();
        for (at, field) in [field::DETAILS, field::DEBITS, field::CREDITS]
            .iter()
            .enumerate()
        {
            if counts[at] != counted[at] {
                let expected = format!("{:08}, as counted", counted[at]);
                return Err(self.refuse(ReadErrorKind::CountsDiffer, field, line, &expected));
            }
        }
        let summed = [self.sums.debit_total, self.sums.credit_total];
        for (at, field) in [field::DEBIT_TOTAL, field::CREDIT_TOTAL].iter().enumerate() {
            if u128::from(sums[at]) != summed[at] {
                let expected = format!("{:018}, as added up", summed[at]);
                return Err(self.refuse(ReadErrorKind::TotalsDiffer, field, line, &expected));
            }
        }
        let totals = self.sums.totals(closing).ok_or_else(|| {
            self.refuse(
                ReadErrorKind::TotalsDiffer,
                &field::DEBIT_TOTAL,
                line,
                "less",
            )
        })?;
        self.take(TRAILER);
        Ok(totals)
    }

    fn check_mac_field(&self, line: &[u8]) -> Result<(), ReadError> {
        let mac = field::MAC.of(line);
        match &self.header.key_id {
            None if field::MAC.is_blank(line) => return Ok(()),
            None => {
                let expected = "64 spaces, since the header names no key";
                return Err(self.refuse(ReadErrorKind::MacForm, &field::MAC, line, expected));
            }
            Some(_) if unhex(mac).is_none() => {
                let expected = "64 lower-case hex digits";
                return Err(self.refuse(ReadErrorKind::MacForm, &field::MAC, line, expected));
            }
            Some(_) => {}
        }
        let Some(mut digest) = self.digest.clone() else {
            return Ok(());
        };
        digest.update(&self.buffer[self.digested..self.start + TRAILER_SIGNED]);
        if digest.fits(mac) {
            return Ok(());
        }
        let expected = "the HMAC-SHA256 of the bytes before it";
        Err(self.refuse(ReadErrorKind::MacMismatch, &field::MAC, line, expected))
    }

    /// The line that is next, when its record, its length and its characters are right.
    fn whole_line(&self, length: usize, record: u8) -> Result<&[u8], ReadError> {
        let ahead = self.ahead();
        match ahead.get(..=length) {
            Some(line)
                if line[length] == b'\n' && line[0] == record && is_printable(&line[..length]) =>
            {
                Ok(&line[..length])
            }
            _ => Err(self.diagnose(length, record)),
        }
    }

    /// Why the line that is next is none.
    fn diagnose(&self, length: usize, record: u8) -> ReadError {
        let ahead = self.ahead();
        let ahead = &ahead[..ahead.len().min(LOOK)];
        let stop = ahead.iter().position(|&b| b == b'\n');
        let line = &ahead[..stop.unwrap_or(ahead.len())];
        let fail = |kind, column: usize, expected: &str| {
            let from = show_column(column, line.len());
            ReadError::new(kind, self.place_at(column), &line[from..], expected)
        };
        if ahead.is_empty() {
            return fail(
                ReadErrorKind::MissingTrailer,
                0,
                "a detail line or the trailer",
            );
        }
        if let Some(at) = line.iter().position(|b| !(0x20..=0x7e).contains(b)) {
            return if line[at] == b'\r' {
                fail(
                    ReadErrorKind::CarriageReturn,
                    at + 1,
                    "LF alone at the end of a line",
                )
            } else {
                fail(ReadErrorKind::NotAscii, at + 1, "a byte from 0x20 to 0x7E")
            };
        }
        if stop == Some(0) {
            return fail(ReadErrorKind::BlankLine, 1, "a detail line or the trailer");
        }
        if line[0] != record {
            return fail(
                ReadErrorKind::WrongRecord,
                1,
                "D for a detail or T for the trailer",
            );
        }
        if stop.is_none() && line.len() <= length {
            let expected = format!("{length} characters and LF, not {}", line.len());
            return fail(ReadErrorKind::UnfinishedLine, line.len() + 1, &expected);
        }
        let expected = match stop {
            Some(_) => format!("{length} characters and LF, not {}", line.len()),
            None => format!("{length} characters and LF"),
        };
        let column = line.len().min(length) + 1;
        fail(ReadErrorKind::WrongLength, column, &expected)
    }

    fn check_text(&self, field: &Field, line: &[u8], needed: bool) -> Result<(), ReadError> {
        if field.of(line)[0] != b' ' {
            return Ok(());
        }
        if !field.is_blank(line) {
            let kind = ReadErrorKind::TextNotLeft;
            return Err(self.refuse(kind, field, line, "text from the left of the field"));
        }
        if needed {
            return Err(self.refuse(ReadErrorKind::FieldMissing, field, line, "text"));
        }
        Ok(())
    }

    fn check_bin(&self, field: &Field, line: &[u8], may_be_blank: bool) -> Result<(), ReadError> {
        if digits(field.of(line)).is_some() || may_be_blank && field.is_blank(line) {
            return Ok(());
        }
        Err(self.refuse(ReadErrorKind::BinForm, field, line, "a BIN of 6 digits"))
    }

    fn number(&self, field: &Field, line: &[u8]) -> Result<u64, ReadError> {
        digits(field.of(line)).ok_or_else(|| {
            let expected = format!("{} digits", field.length);
            self.refuse(ReadErrorKind::NotANumber, field, line, &expected)
        })
    }

    fn parse_day(&self, field: &Field, line: &[u8]) -> Result<Day, ReadError> {
        day(field.of(line))
            .ok_or_else(|| self.refuse(ReadErrorKind::NoSuchDay, field, line, "a day as yyyyMMdd"))
    }

    fn balance(&self, field: &Field, line: &[u8]) -> Result<Dong, ReadError> {
        field::balance(field.of(line)).ok_or_else(|| {
            let expected = "a sign (+ for zero) and 15 digits";
            self.refuse(ReadErrorKind::BalanceForm, field, line, expected)
        })
    }

    fn refuse(&self, kind: ReadErrorKind, field: &Field, line: &[u8], expected: &str) -> ReadError {
        let place = Place {
            line: self.lines + 1,
            column: field.column(),
        };
        let expected = format!("{}: {expected}", field.name);
        ReadError::new(kind, place, field.of(line), expected)
    }

    fn place_at(&self, column: usize) -> Place {
        Place {
            line: self.lines + 1,
            column: u64::try_from(column).unwrap_or_default(),
        }
    }

    fn ahead(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    fn take(&mut self, length: usize) {
        self.start += length + 1;
        self.lines += 1;
    }

    /// Moves what is left to the front and reads until the buffer is full or the input ends.
    fn fill(&mut self) -> Result<(), ReadError> {
        if self.at_end {
            return Ok(());
        }
        if let Some(digest) = &mut self.digest {
            digest.update(&self.buffer[self.digested..self.start]);
        }
        self.digested = 0;
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::io(&error, self.place_at(0))),
            }
        }
        Ok(())
    }
}
