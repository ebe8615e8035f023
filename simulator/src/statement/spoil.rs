//! Settlement files that are bad on purpose, each in one way and right in every
//! other, so that a test shows which check of a reader finds it.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::camt::write_camt;
use super::native::NativeWriter;
use super::{Booking, Head, SealKey, Totals, write_signature};

/// The ways in which a file is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoil {
    /// Ends in the middle.
    Cut,
    /// One byte in the middle is another; the length is right.
    FlippedByte,
    /// The last digit of the MAC or signature is another.
    WrongMac,
    /// A total is one đồng too high; the MAC is right.
    WrongTotals,
    /// The statement's number skips one; the MAC is right.
    NumberGap,
    /// Opening and closing balance are 1,000 đồng too high; the MAC is right.
    WrongOpening,
    /// The closing balance alone is one đồng too high; the MAC is right.
    WrongClosing,
    /// No MAC and no key id; for camt no signature file.
    Unsigned,
    /// Signed under a key id that nobody knows.
    UnknownKey,
    /// The last entry comes again under its id with another amount, and all sums and
    /// the MAC fit that. A statement without entries stays right.
    ClashingEntry,
    /// Something stands after the end.
    TrailingBytes,
    /// Of an account that is not ours; the MAC is right.
    OtherAccount,
    /// A line number is left out; the MAC is right. Native only; camt stays right.
    LineGap,
    /// Lines end as on Windows; the MAC is over those bytes. Native only.
    CarriageReturns,
}

impl Spoil {
    pub const ALL: [Self; 14] = [
        Self::Cut,
        Self::FlippedByte,
        Self::WrongMac,
        Self::WrongTotals,
        Self::NumberGap,
        Self::WrongOpening,
        Self::WrongClosing,
        Self::Unsigned,
        Self::UnknownKey,
        Self::ClashingEntry,
        Self::TrailingBytes,
        Self::OtherAccount,
        Self::LineGap,
        Self::CarriageReturns,
    ];
}

/// A statement to be written badly.
pub(crate) struct Facts<'a> {
    pub head: &'a Head,
    pub closing: i64,
    pub totals: Totals,
    pub key: &'a SealKey,
}

/// Head, balances, sums and key as the bad file will have them.
struct Bent {
    head: Head,
    closing: i64,
    key: Option<SealKey>,
    clash: Option<Booking>,
}

fn bend(facts: &Facts<'_>, spoil: Spoil, last: Option<Booking>) -> Bent {
    let mut bent = Bent {
        head: facts.head.clone(),
        closing: facts.closing,
        key: Some(facts.key.clone()),
        clash: None,
    };
    match spoil {
        Spoil::NumberGap => bent.head.number += 1,
        Spoil::WrongOpening => {
            bent.head.opening += 1000;
            bent.closing += 1000;
        }
        Spoil::WrongClosing => bent.closing += 1,
        Spoil::Unsigned => bent.key = None,
        Spoil::UnknownKey => {
            bent.key = Some(SealKey {
                id: "nobody".to_owned(),
                ..facts.key.clone()
            });
        }
        Spoil::OtherAccount => {
            let other: String = facts.head.account.as_str().chars().rev().collect();
            bent.head.account = crate::text::Short::cut(&format!("{other}9"));
        }
        Spoil::ClashingEntry => {
            bent.clash = last.map(|booking| Booking {
                amount: booking.amount + 1,
                ..booking
            });
        }
        _ => {}
    }
    bent
}

pub(crate) fn write_bad_native(
    path: &Path,
    facts: &Facts<'_>,
    bookings: impl Iterator<Item = Booking> + Clone,
    spoil: Spoil,
) -> io::Result<()> {
    let bent = bend(facts, spoil, bookings.clone().last());
    let gap = facts.totals.details() / 2 + 1;
    let mut writer = NativeWriter::new(Vec::new(), &bent.head, bent.key.as_ref())?;
    for (line, booking) in (1..).zip(bookings.chain(bent.clash)) {
        if spoil == Spoil::LineGap && line == gap {
            writer.skip_number();
        }
        writer.put(&booking)?;
    }
    let mut totals = writer.totals();
    if spoil == Spoil::WrongTotals {
        totals.debit_total += 1;
    }
    let mut bytes = writer.finish_with(bent.closing, totals)?;
    match spoil {
        Spoil::WrongMac => {
            let place = bytes.len() - 2;
            bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
        }
        Spoil::CarriageReturns => bytes = with_carriage_returns(&bytes, facts.key),
        _ => spoil_bytes(&mut bytes, spoil),
    }
    fs::write(path, bytes)
}

/// Every line end but the last gets a CR, and the trailer a MAC over that.
fn with_carriage_returns(bytes: &[u8], key: &SealKey) -> Vec<u8> {
    const MAC_AND_END: usize = 65;
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 100);
    for byte in &bytes[..bytes.len() - MAC_AND_END] {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    let mac = super::hmac_hex(&key.key, &out);
    out.extend_from_slice(mac.as_bytes());
    out.extend_from_slice(b"\r\n");
    out
}

pub(crate) fn write_bad_camt(
    path: &Path,
    facts: &Facts<'_>,
    bookings: impl Iterator<Item = Booking> + Clone,
    spoil: Spoil,
) -> io::Result<()> {
    let bent = bend(facts, spoil, bookings.clone().last());
    let mut totals = facts.totals;
    if let Some(clash) = bent.clash {
        totals.add(clash.direction, clash.amount);
    }
    if spoil == Spoil::WrongTotals {
        totals.debit_total += 1;
    }
    let bookings = bookings.chain(bent.clash);
    let beside = super::seal::signature_path(path);
    let _ = fs::remove_file(&beside); // of a file written before under this name
    write_camt(
        path,
        &bent.head,
        bent.closing,
        totals,
        bookings,
        bent.key.as_ref(),
    )?;
    let mut bytes = fs::read(path)?;
    match spoil {
        Spoil::WrongMac => {
            let mut line = fs::read(&beside)?;
            let place = line.len() - 2;
            line[place] = if line[place] == b'0' { b'1' } else { b'0' };
            fs::write(&beside, line)?;
        }
        Spoil::TrailingBytes => {
            spoil_bytes(&mut bytes, spoil);
            fs::write(path, bytes)?;
            // signed as it stands: only the form is wrong
            write_signature(path, facts.key)?;
        }
        _ => {
            spoil_bytes(&mut bytes, spoil);
            fs::write(path, bytes)?;
        }
    }
    Ok(())
}

/// What is done to the bytes of a file after it was sealed.
fn spoil_bytes(bytes: &mut Vec<u8>, spoil: Spoil) {
    match spoil {
        Spoil::Cut => bytes.truncate(bytes.len() * 2 / 3),
        Spoil::FlippedByte => {
            // a digit for a digit, so that the form stays right
            let middle = bytes.len() / 2;
            if let Some(place) = (middle..bytes.len()).find(|i| bytes[*i].is_ascii_digit()) {
                bytes[place] = if bytes[place] == b'7' { b'1' } else { b'7' };
            }
        }
        Spoil::TrailingBytes => bytes.extend_from_slice(b"\n"),
        _ => {}
    }
}
