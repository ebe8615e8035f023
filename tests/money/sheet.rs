//! A statement written line by line, for what the bank of the simulated world does not do
//! on request: parts of a payment, its rest, a second booking, a return.

use crate::office::{ACCOUNTANT, BANK_KEY, BIN, BUDGET, KEY_ID, OUR_NUMBER, Office};
use ansinh_simulator::statement::{Booking, Direction, Head, NativeWriter, SealKey};
use ansinh_simulator::text::Short;
use serde_json::Value;
use std::fs::File;

/// The account at the bank, after the statement that brought the budget.
pub struct Sheet {
    number: u32,
    balance: i64,
}

/// A line to book.
#[derive(Clone, Debug)]
pub struct Entry {
    debit: bool,
    amount: i64,
    reference: String,
    reason: &'static str,
}

pub fn debit(reference: &str, amount: i64) -> Entry {
    Entry {
        debit: true,
        amount,
        reference: reference.to_owned(),
        reason: "",
    }
}

pub fn credit(reference: &str, amount: i64, reason: &'static str) -> Entry {
    Entry {
        debit: false,
        amount,
        reference: reference.to_owned(),
        reason,
    }
}

impl Sheet {
    pub fn new() -> Sheet {
        Sheet::of(BUDGET)
    }

    pub fn of(balance: i64) -> Sheet {
        Sheet { number: 1, balance }
    }

    /// The bank's statement of `day` with these lines, imported; the answer.
    pub fn book(&mut self, office: &Office, day: u32, entries: &[Entry]) -> Value {
        self.number += 1;
        let head = Head {
            bin: Short::cut(BIN),
            account: Short::cut(OUR_NUMBER),
            number: self.number,
            day,
            opening: self.balance,
        };
        let key = SealKey {
            id: KEY_ID.into(),
            key: BANK_KEY.as_bytes().to_vec(),
        };
        let name = format!("sheet-{}.stl", self.number);
        let out = File::create(office.path(&name)).unwrap();
        let mut writer = NativeWriter::new(out, &head, Some(&key)).unwrap();
        for (n, entry) in entries.iter().enumerate() {
            self.balance += if entry.debit {
                -entry.amount
            } else {
                entry.amount
            };
            let direction = if entry.debit {
                Direction::Debit
            } else {
                Direction::Credit
            };
            let booking = Booking {
                entry_id: Short::cut(&format!("S{}-{n}", self.number)),
                booked_on: day,
                value_on: day,
                direction,
                amount: entry.amount,
                reference: Short::cut(&entry.reference),
                counter_bin: Short::EMPTY,
                counter_account: Short::EMPTY,
                reason: Short::cut(entry.reason),
                note: Short::EMPTY,
            };
            writer.put(&booking).unwrap();
        }
        writer.finish(self.balance).unwrap();
        let now = format!(
            "{}-{:02}-{:02}T18:00",
            day / 10_000,
            day / 100 % 100,
            day % 100
        );
        office.ok(ACCOUNTANT, &now, &["statement", "import", &name])
    }
}
