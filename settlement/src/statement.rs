//! A bank's statement of one account for one day, whatever format it came in.
//!
//! A file may hold several statements, one after the other. One that moves our account in the
//! books is a [`StatementRole::Record`] and proves itself by its balances; an
//! [`StatementRole::Advice`] only confirms what happened and has none.
//!
//! Reading is two passes over the same bytes: [`verify_statement`] trusts nothing and says
//! whether the file may be used; only then [`StatementReader`] or [`for_each_line`] hand out
//! its lines. Nothing of a file that does not verify may be applied.

use crate::{Day, Dong};

/// Which way the money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Money left our account.
    Debit,
    /// Money came in.
    Credit,
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementFormat {
    /// `docs/formats/settlement.md`, version 1.
    AnSinh1,
    /// ISO 20022 camt.053.001.08.
    Camt053V8,
}

/// What a statement may do in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementRole {
    /// Balances prove it; it may be the record that moves our account.
    Record,
    /// No balances (camt.054, MT942, a switch's daily file): it confirms states, no more.
    Advice,
}

/// A currency and how many decimals its amounts have.
///
/// The books take [`Currency::VND`] alone; a reader takes what the file says, so that a
/// statement of another account is told as such and never misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 3],
    /// Digits behind the point in the smallest unit: 0 for VND, 2 for EUR.
    pub decimals: u8,
}

impl Currency {
    /// The đồng has no minor unit in use (ISO 4217 code 704).
    pub const VND: Currency = Currency {
        code: *b"VND",
        decimals: 0,
    };

    /// Three capital letters of ISO 4217; the decimals that the standard gives it.
    pub fn new(code: &str) -> Option<Currency> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        if !code.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        let decimals = match &code {
            b"VND" | b"JPY" | b"KRW" | b"CLP" | b"ISK" | b"PYG" | b"UGX" | b"XAF" | b"XOF"
            | b"XPF" | b"RWF" | b"KMF" | b"GNF" | b"DJF" | b"BIF" | b"VUV" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        };
        Some(Currency { code, decimals })
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }
}

/// Whose statement it is, of which day, and what stood on the account before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementHeader {
    /// BIN (or BIC) of the bank that keeps the account.
    pub bank_bin: String,
    pub account_number: String,
    /// One more than the account's statement before.
    pub number: u32,
    /// The bank day that the statement closes.
    pub day: Day,
    pub role: StatementRole,
    /// Every amount of the statement is in the smallest unit of this currency.
    pub currency: Currency,
    /// 0 for an advice.
    pub opening: Dong,
    /// Names the key of the MAC; none in an unsigned file.
    pub key_id: Option<String>,
}

/// One booking, in text that the caller owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// From 1.
    pub line: u32,
    /// The bank's own id of the booking.
    pub entry_ref: String,
    pub booking_on: Day,
    pub value_on: Day,
    pub direction: Direction,
    /// 1 to 10^15 - 1 đồng.
    pub amount: Dong,
    /// End-to-end reference, trimmed; empty when there is none.
    pub reference: String,
    /// BIN (or BIC) of the other side's bank; empty when not given.
    pub counter_bin: String,
    /// Account of the other side; empty when not given.
    pub counter_account: String,
    /// Code: empty for an ordinary booking, `AC01` and the like for a return, `FEE`, `RVSL`.
    pub reason: String,
    /// Text for people.
    pub note: String,
}

/// One booking, in text borrowed from the reader until the next one is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawLine<'a> {
    pub line: u32,
    pub entry_ref: &'a str,
    pub booking_on: Day,
    pub value_on: Day,
    pub direction: Direction,
    pub amount: Dong,
    pub reference: &'a str,
    pub counter_bin: &'a str,
    pub counter_account: &'a str,
    pub reason: &'a str,
    pub note: &'a str,
}

/// What the lines come to; repeated ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementTotals {
    pub lines: u32,
    pub debits: u32,
    pub credits: u32,
    pub debit_total: Dong,
    pub credit_total: Dong,
    pub closing: Dong,
}

/// What a verified statement says as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementSummary {
    pub header: StatementHeader,
    pub totals: StatementTotals,
    /// A MAC or a detached signature was there and is right.
    pub signed: bool,
    /// Debits with each entry id counted once.
    pub distinct_debit_total: Dong,
    /// Credits with each entry id counted once.
    pub distinct_credit_total: Dong,
    /// Lines that say once more what an earlier line of the same entry id says, ascending.
    pub repeated: Vec<u32>,
    pub format: StatementFormat,
    /// Its place among the statements of the file, from 0.
    pub nth: u32,
    /// What the bank bent and could be read all the same, at most [`WARNINGS_MAX`].
    pub warnings: Vec<ReadWarning>,
}

/// Warnings that are kept; one more says how many were left out.
pub const WARNINGS_MAX: usize = 100;

/// Something that the format does not allow and that changes nothing that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadWarning {
    /// Stable, lower snake case.
    pub code: &'static str,
    /// Line of the file, from 1; 0 where the whole file is meant.
    pub line: u64,
    /// Byte within the line, from 1; 0 where the whole line is meant.
    pub column: u64,
    /// What stands there, at most 60 characters, control characters escaped.
    pub found: String,
    /// What the format asks for, in English.
    pub expected: String,
}

impl RawLine<'_> {
    /// The same line in text of its own.
    pub fn to_line(&self) -> StatementLine {
        StatementLine {
            line: self.line,
            entry_ref: self.entry_ref.to_owned(),
            booking_on: self.booking_on,
            value_on: self.value_on,
            direction: self.direction,
            amount: self.amount,
            reference: self.reference.to_owned(),
            counter_bin: self.counter_bin.to_owned(),
            counter_account: self.counter_account.to_owned(),
            reason: self.reason.to_owned(),
            note: self.note.to_owned(),
        }
    }
}

impl StatementLine {
    /// The same line, borrowed.
    pub fn as_raw(&self) -> RawLine<'_> {
        RawLine {
            line: self.line,
            entry_ref: &self.entry_ref,
            booking_on: self.booking_on,
            value_on: self.value_on,
            direction: self.direction,
            amount: self.amount,
            reference: &self.reference,
            counter_bin: &self.counter_bin,
            counter_account: &self.counter_account,
            reason: &self.reason,
            note: &self.note,
        }
    }
}
