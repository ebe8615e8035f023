//! The fields of the settlement file: where each stands, and how its text is read.

use crate::{Day, Dong};

/// A field of fixed place within a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub name: &'static str,
    /// As the format page counts: from 1.
    from: usize,
    pub length: usize,
}

const fn field(name: &'static str, from: usize, length: usize) -> Field {
    Field { name, from, length }
}

pub(crate) const BANK: Field = field("bank", 12, 6);
pub(crate) const ACCOUNT: Field = field("our account", 18, 19);
pub(crate) const STATEMENT_NUMBER: Field = field("statement number", 37, 8);
pub(crate) const DAY: Field = field("day", 45, 8);
pub(crate) const OPENING: Field = field("opening balance", 53, 16);
pub(crate) const KEY_ID: Field = field("key id", 69, 16);
pub(crate) const CURRENCY: Field = field("currency", 85, 3);
pub(crate) const RESERVED: Field = field("reserved", 88, 32);

pub(crate) const LINE_NUMBER: Field = field("line", 2, 8);
pub(crate) const ENTRY_ID: Field = field("entry id", 10, 16);
pub(crate) const BOOKING_DATE: Field = field("booking date", 26, 8);
pub(crate) const VALUE_DATE: Field = field("value date", 34, 8);
pub(crate) const DIRECTION: Field = field("direction", 42, 1);
pub(crate) const AMOUNT: Field = field("amount", 43, 15);
pub(crate) const REFERENCE: Field = field("reference", 58, 16);
pub(crate) const COUNTER_BANK: Field = field("counter-bank", 74, 6);
pub(crate) const COUNTER_ACCOUNT: Field = field("counter-account", 80, 19);
pub(crate) const REASON: Field = field("reason code", 99, 4);
pub(crate) const NOTE: Field = field("note", 103, 17);

pub(crate) const DETAILS: Field = field("details", 2, 8);
pub(crate) const DEBITS: Field = field("debits", 10, 8);
pub(crate) const CREDITS: Field = field("credits", 18, 8);
pub(crate) const DEBIT_TOTAL: Field = field("debit total", 26, 18);
pub(crate) const CREDIT_TOTAL: Field = field("credit total", 44, 18);
pub(crate) const CLOSING: Field = field("closing balance", 62, 16);
pub(crate) const MAC: Field = field("MAC", 78, 64);

impl Field {
    /// The bytes of the field; `line` has the length of its record.
    pub fn of<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        &line[self.from - 1..self.from - 1 + self.length]
    }

    /// The text of the field without the padding; `line` is ASCII.
    pub fn text<'a>(&self, line: &'a str) -> &'a str {
        let text = &line[self.from - 1..self.from - 1 + self.length];
        &text[..trimmed_length(text.as_bytes())]
    }

    pub fn is_blank(&self, line: &[u8]) -> bool {
        trimmed_length(self.of(line)) == 0
    }

    pub fn column(&self) -> u64 {
        u64::try_from(self.from).unwrap_or_default()
    }
}

/// The length without the spaces at the end, eight bytes at a time.
fn trimmed_length(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((front, last)) = rest.split_last_chunk::<8>() {
        if last != b"        " {
            break;
        }
        rest = front;
    }
    let spaces = rest.iter().rev().take_while(|&&b| b == b' ').count();
    rest.len() - spaces
}

/// The number of a field of digits only; at most 18 of them.
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    let mut number = 0;
    let mut foreign = false;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        foreign |= digit > 9;
        number = number * 10 + u64::from(digit & 15);
    }
    (!foreign).then_some(number)
}

/// A day as `yyyyMMdd`.
pub(crate) fn day(text: &[u8]) -> Option<Day> {
    Day::from_number(i64::try_from(digits(text)?).ok()?).ok()
}

/// A sign and digits; a zero is `+`.
pub(crate) fn balance(text: &[u8]) -> Option<Dong> {
    let (sign, rest) = text.split_first()?;
    let value = i64::try_from(digits(rest)?).ok()?;
    match sign {
        b'+' => Dong::new(value).ok(),
        b'-' if value > 0 => Dong::new(-value).ok(),
        _ => None,
    }
}

/// True when all bytes are 0x20 to 0x7E.
pub(crate) fn is_printable(text: &[u8]) -> bool {
    let foreign = |bad: bool, &byte: &u8| bad | (byte.wrapping_sub(0x20) > 0x5e);
    !text.iter().fold(false, foreign)
}
