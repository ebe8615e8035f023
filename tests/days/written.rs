//! Statements as a bank might write them, booking by booking, by the simulated bank's own
//! writer: the bank itself writes one a day and none out of turn.

use crate::office::{BANK_KEY, BIN, KEY_ID, OUR_NUMBER, Office};
use ansinh_simulator::statement::{Booking, Direction, Head, NativeWriter, SealKey};
use ansinh_simulator::text::Short;

/// One of our accounts.
pub struct Account {
    pub bin: &'static str,
    pub number: &'static str,
}

pub const OURS: Account = Account {
    bin: BIN,
    number: OUR_NUMBER,
};

/// Money that comes in.
pub fn credit(amount: i64, reference: &str, day: u32) -> Booking {
    booking(Direction::Credit, amount, reference, day)
}

/// Money that goes out.
pub fn debit(amount: i64, reference: &str, day: u32) -> Booking {
    booking(Direction::Debit, amount, reference, day)
}

fn booking(direction: Direction, amount: i64, reference: &str, day: u32) -> Booking {
    Booking {
        entry_id: Short::EMPTY,
        booked_on: day,
        value_on: day,
        direction,
        amount,
        reference: Short::cut(reference),
        counter_bin: Short::cut("970436"),
        counter_account: Short::cut("0071000099999"),
        reason: Short::EMPTY,
        note: Short::cut("GIAO DICH"),
    }
}

/// Writes a statement of our account; its closing balance.
pub fn write(
    office: &Office,
    name: &str,
    number: u32,
    day: u32,
    opening: i64,
    bookings: &[Booking],
) -> i64 {
    statement(office, name, &OURS, number, day, opening, bookings)
}

/// Writes a sealed statement of an account into the office's folder; its closing balance.
pub fn statement(
    office: &Office,
    name: &str,
    account: &Account,
    number: u32,
    day: u32,
    opening: i64,
    bookings: &[Booking],
) -> i64 {
    let key = SealKey {
        id: KEY_ID.into(),
        key: BANK_KEY.as_bytes().to_vec(),
    };
    let head = Head {
        bin: Short::cut(account.bin),
        account: Short::cut(account.number),
        number,
        day,
        opening,
    };
    let file = std::fs::File::create(office.path(name)).unwrap();
    let mut writer = NativeWriter::new(file, &head, Some(&key)).unwrap();
    let mut at = opening;
    for (n, booking) in (1..).zip(bookings) {
        let entry_id = Short::cut(&format!("{number:05}{n:05}"));
        writer
            .put(&Booking {
                entry_id,
                ..*booking
            })
            .unwrap();
        at += match booking.direction {
            Direction::Credit => booking.amount,
            Direction::Debit => -booking.amount,
        };
    }
    writer.finish(at).unwrap();
    at
}
