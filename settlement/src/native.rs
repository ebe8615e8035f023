//! Reads AnSinh's own settlement file, `docs/formats/settlement.md` version 1.
//!
//! Invariants: the buffer has one size whatever the file; a line is parsed where it lies,
//! and nothing is allocated for it; every rule of the page that one line, the header or the
//! trailer can show is checked here in every pass. Entry ids, balance and key are for
//! [`crate::verify_statement`].

mod field;
mod window;
mod write;

use crate::error::{Place, ReadError, ReadErrorKind};
use crate::reader::ReadStatement;
use crate::signature::unhex;
use crate::sums::{Sums, dong};
use crate::{Day, Direction, Dong, RawLine, StatementFormat, StatementHeader, StatementTotals};
use field::digits;
use std::io::Read;
use window::Window;
pub use write::NativeWriter;

/// Characters of a header and of a detail line, without the LF.
pub(crate) const LINE: usize = 119;
/// Characters of the trailer, without the LF.
pub(crate) const TRAILER: usize = 141;
/// Bytes of the trailer that the MAC covers.
pub(crate) const TRAILER_SIGNED: usize = 77;
pub(crate) const MAGIC: &[u8] = b"HANSINHSTL";

/// A pull reader of one settlement file.
#[derive(Debug)]
pub(crate) struct NativeReader<R> {
    window: Window<R>,
    /// The day of the statement.
    day: Day,
    signed: bool,
    details: u32,
    days: Option<Days>,
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
    pub fn open(input: R) -> Result<(StatementHeader, NativeReader<R>), ReadError> {
        let mut window = Window::open(input)?;
        let version = window.ahead().get(1..=MAGIC.len()).unwrap_or_default();
        if version.last().is_some_and(|&digit| digit != b'1') {
            let place = window.place_at(MAGIC.len() + 1);
            let kind = ReadErrorKind::UnknownVersion;
            return Err(ReadError::new(kind, place, version, "ANSINHSTL1"));
        }
        let line = window.whole_line(LINE, b'H')?;
        let header = parse_header(&window, line)?;
        window.take(LINE);
        let reader = NativeReader {
            window,
            day: header.day,
            signed: header.key_id.is_some(),
            details: 0,
            days: None,
            sums: Sums::default(),
            totals: None,
        };
        Ok((header, reader))
    }
}

impl<R: Read> ReadStatement for NativeReader<R> {
    /// Starts the MAC; only right after [`NativeReader::open`].
    fn check_mac(&mut self, key: &[u8]) {
        self.window.check_mac(key);
    }

    fn format(&self) -> StatementFormat {
        StatementFormat::AnSinh1
    }

    /// The place of the entry id that was read last; after the end, of the closing balance.
    fn place(&self) -> Place {
        let field = match self.totals {
            None => field::ENTRY_ID,
            Some(_) => field::CLOSING,
        };
        Place {
            line: self.window.lines,
            column: field.column(),
        }
    }

    /// What the file comes to, once the trailer was read.
    fn totals(&self) -> Option<&StatementTotals> {
        self.totals.as_ref()
    }

    /// The next detail; `None` after a trailer that fits all that came before.
    fn next_raw(&mut self) -> Result<Option<RawLine<'_>>, ReadError> {
        if self.totals.is_some() {
            return Ok(None);
        }
        if self.window.look()? == Some(b'T') {
            self.totals = Some(self.read_trailer()?);
            return Ok(None);
        }
        let Checked {
            days,
            direction,
            amount,
        } = self.check_detail()?;
        self.window.take(LINE);
        self.details += 1;
        self.days = Some(days);
        self.sums.add(direction, amount);
        let text = self.window.taken();
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
}

impl<R: Read> NativeReader<R> {
    /// Checks the detail that is next.
    fn check_detail(&self) -> Result<Checked, ReadError> {
        let line = self.window.whole_line(LINE, b'D')?;
        if digits(field::LINE_NUMBER.of(line)) != Some(u64::from(self.details) + 1) {
            let kind = match digits(field::LINE_NUMBER.of(line)) {
                None => ReadErrorKind::NotANumber,
                Some(_) => ReadErrorKind::LineOutOfOrder,
            };
            let expected = format!("{:08}", u64::from(self.details) + 1);
            return Err(self
                .window
                .refuse(kind, &field::LINE_NUMBER, line, &expected));
        }
        self.window.check_text(&field::ENTRY_ID, line, true)?;
        let mut days = match self.days {
            Some(days) => days,
            None => {
                let day = self.window.parse_day(&field::BOOKING_DATE, line)?;
                [([0; 8], day); 2]
            }
        };
        for (at, field) in [field::BOOKING_DATE, field::VALUE_DATE].iter().enumerate() {
            let text = field.of(line);
            if text != days[at].0 {
                days[at].1 = self.window.parse_day(field, line)?;
                days[at].0.copy_from_slice(text);
            }
        }
        if days[0].1 > self.day {
            let expected = format!("a day up to that of the statement, {}", self.day);
            let kind = ReadErrorKind::BookedAfterDay;
            return Err(self
                .window
                .refuse(kind, &field::BOOKING_DATE, line, &expected));
        }
        let direction = match field::DIRECTION.of(line) {
            b"D" => Direction::Debit,
            b"C" => Direction::Credit,
            _ => {
                let kind = ReadErrorKind::DirectionForm;
                return Err(self.window.refuse(kind, &field::DIRECTION, line, "D or C"));
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
                return Err(self.window.refuse(kind, &field::AMOUNT, line, expected));
            }
        };
        self.window.check_bin(&field::COUNTER_BANK, line, true)?;
        for text in [
            &field::REFERENCE,
            &field::COUNTER_ACCOUNT,
            &field::REASON,
            &field::NOTE,
        ] {
            self.window.check_text(text, line, false)?;
        }
        Ok(Checked {
            days,
            direction,
            amount,
        })
    }

    /// Checks the trailer: the MAC before the numbers, since it says more.
    fn read_trailer(&mut self) -> Result<StatementTotals, ReadError> {
        let line = self.window.whole_line(TRAILER, b'T')?;
        let counts = [
            self.window.number(&field::DETAILS, line)?,
            self.window.number(&field::DEBITS, line)?,
            self.window.number(&field::CREDITS, line)?,
        ];
        let sums = [
            self.window.number(&field::DEBIT_TOTAL, line)?,
            self.window.number(&field::CREDIT_TOTAL, line)?,
        ];
        let closing = self.window.balance(&field::CLOSING, line)?;
        self.check_mac_field(line)?;
        let found = self.window.after_trailer();
        if !found.is_empty() {
            let place = Place {
                line: self.window.lines + 2,
                column: 1,
            };
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
                return Err(self.window.refuse(
                    ReadErrorKind::CountsDiffer,
                    field,
                    line,
                    &expected,
                ));
            }
        }
        let summed = [self.sums.debit_total, self.sums.credit_total];
        for (at, field) in [field::DEBIT_TOTAL, field::CREDIT_TOTAL].iter().enumerate() {
            if u128::from(sums[at]) != summed[at] {
                let expected = format!("{:018}, as added up", summed[at]);
                return Err(self.window.refuse(
                    ReadErrorKind::TotalsDiffer,
                    field,
                    line,
                    &expected,
                ));
            }
        }
        let totals = self.sums.totals(closing).ok_or_else(|| {
            self.window.refuse(
                ReadErrorKind::TotalsDiffer,
                &field::DEBIT_TOTAL,
                line,
                "less",
            )
        })?;
        self.window.take(TRAILER);
        Ok(totals)
    }

    fn check_mac_field(&self, line: &[u8]) -> Result<(), ReadError> {
        let mac = field::MAC.of(line);
        match self.signed {
            false if field::MAC.is_blank(line) => return Ok(()),
            false => {
                let expected = "64 spaces, since the header names no key";
                return Err(self.window.refuse(
                    ReadErrorKind::MacForm,
                    &field::MAC,
                    line,
                    expected,
                ));
            }
            true if unhex(mac).is_none() => {
                let expected = "64 lower-case hex digits";
                return Err(self.window.refuse(
                    ReadErrorKind::MacForm,
                    &field::MAC,
                    line,
                    expected,
                ));
            }
            true => {}
        }
        if !self.window.mac_differs(mac) {
            return Ok(());
        }
        let expected = "the HMAC-SHA256 of the bytes before it";
        Err(self
            .window
            .refuse(ReadErrorKind::MacMismatch, &field::MAC, line, expected))
    }
}

fn parse_header<R: Read>(window: &Window<R>, line: &[u8]) -> Result<StatementHeader, ReadError> {
    window.check_bin(&field::BANK, line, false)?;
    window.check_text(&field::ACCOUNT, line, true)?;
    let number = window.number(&field::STATEMENT_NUMBER, line)?;
    let number = match u32::try_from(number) {
        Ok(number) if number > 0 => number,
        _ => {
            let kind = ReadErrorKind::NumberOutOfRange;
            return Err(window.refuse(kind, &field::STATEMENT_NUMBER, line, "1 or more"));
        }
    };
    let day = window.parse_day(&field::DAY, line)?;
    let opening = window.balance(&field::OPENING, line)?;
    window.check_text(&field::KEY_ID, line, false)?;
    if field::CURRENCY.of(line) != b"VND" {
        let kind = ReadErrorKind::WrongCurrency;
        return Err(window.refuse(kind, &field::CURRENCY, line, "VND"));
    }
    if !field::RESERVED.is_blank(line) {
        let kind = ReadErrorKind::ReservedNotBlank;
        return Err(window.refuse(kind, &field::RESERVED, line, "spaces"));
    }
    let text = std::str::from_utf8(line).unwrap_or_default();
    let key_id = field::KEY_ID.text(text);
    Ok(StatementHeader {
        bank_bin: field::BANK.text(text).to_owned(),
        account_number: field::ACCOUNT.text(text).to_owned(),
        number,
        day,
        role: crate::StatementRole::Record,
        currency: crate::Currency::VND,
        opening,
        key_id: (!key_id.is_empty()).then(|| key_id.to_owned()),
    })
}
