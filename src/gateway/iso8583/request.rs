//! What is asked of the bank, and how it is said: typed requests to messages. Pure.

use super::guard::{Refusal, RefusalKind};
use super::message::Message;
use super::numbers::Trace;
use super::spec::Mti;
use crate::clock::Instant;
use ansinh_settlement::{Day, Dong, ascii_name, ascii_text};
use serde::{Deserialize, Serialize};

/// How a bank wants its messages: data of its contract.
#[derive(Clone, Debug)]
pub struct Profile {
    /// DE 32, at most 11 digits.
    pub acquirer: String,
    /// DE 42 and 43.
    pub acceptor: String,
    pub acceptor_place: String,
    /// DE 18, 4 digits.
    pub merchant_type: String,
    /// DE 60.
    pub channel: String,
    /// DE 62 of a transfer and of an inquiry.
    pub service_transfer: String,
    pub service_inquiry: String,
    /// DE 3.
    pub code_transfer: String,
    pub code_name_inquiry: String,
    pub code_status_inquiry: String,
    /// Digits behind the đồng in amounts of the wire: 2 at the Vietnamese switch, 0 by ISO 4217.
    pub minor_digits: u32,
}

impl Default for Profile {
    /// The codes seen at the Vietnamese switch (domain notes 5.4).
    fn default() -> Profile {
        Profile {
            acquirer: "970405".into(),
            acceptor: "ANSINH".into(),
            acceptor_place: "ANSINH VN".into(),
            merchant_type: "6011".into(),
            channel: "04".into(),
            service_transfer: "IFDEP".into(),
            service_inquiry: "IFINQ".into(),
            code_transfer: "912020".into(),
            code_name_inquiry: "432020".into(),
            code_status_inquiry: "433020".into(),
            minor_digits: 2,
        }
    }
}

/// One payment from an account of ours to an account elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The end-to-end reference, at most 16 characters; DE 63.
    pub reference: String,
    pub amount: Dong,
    pub from_account: String,
    pub from_name: String,
    /// BIN of the beneficiary's bank.
    pub to_bank: String,
    pub to_account: String,
    pub to_name: String,
    pub content: String,
}

/// What passed in a day, as one side has it. Amounts in đồng.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub debits: i64,
    pub debit_amount: i64,
    pub debits_reversed: i64,
    pub debit_reversed_amount: i64,
    pub credits: i64,
    pub credit_amount: i64,
    pub credits_reversed: i64,
    pub credit_reversed_amount: i64,
}

impl Totals {
    /// What we owe (debit) or are owed (credit) in the end, in đồng; positive is owed to us.
    #[must_use]
    pub fn net(&self) -> i64 {
        (self.credit_amount - self.credit_reversed_amount)
            - (self.debit_amount - self.debit_reversed_amount)
    }
}

/// DE 70.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkCode {
    SignOn,
    SignOff,
    Echo,
}

impl NetworkCode {
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            NetworkCode::SignOn => "001",
            NetworkCode::SignOff => "002",
            NetworkCode::Echo => "301",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<NetworkCode> {
        let all = [NetworkCode::SignOn, NetworkCode::SignOff, NetworkCode::Echo];
        all.into_iter().find(|c| c.text() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Whose account is it? `reference` names the question.
    NameInquiry {
        reference: String,
        bank: String,
        account: String,
    },
    Transfer(Transfer),
    /// What became of a transfer that was sent under `original`? Moves nothing.
    StatusInquiry {
        transfer: Transfer,
        original: Trace,
    },
    /// Undo a transfer that was sent under `original`, whether it was booked or not. Sent
    /// again, with the same numbers, until it is answered.
    Reversal {
        transfer: Transfer,
        original: Trace,
    },
    /// Our totals of a day; the host says whether they are its own.
    Totals {
        day: Day,
        totals: Totals,
    },
    Network(NetworkCode),
}

/// A message that is to be sent, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub trace: Trace,
    pub body: Body,
}

/// VND.
const CURRENCY: &str = "704";

/// `MMddHHmmss` in UTC.
#[must_use]
pub fn utc_stamp(at: Instant) -> String {
    digits(at.plus_seconds(-7 * 3600))
}

/// `MMddHHmmss` at +07:00.
fn digits(at: Instant) -> String {
    let text = at.local_text();
    text.chars()
        .skip(5)
        .take(14)
        .filter(char::is_ascii_digit)
        .collect()
}

/// An amount of the wire in đồng; none where it is no whole number of them.
#[must_use]
pub fn read_amount(text: &str, minor_digits: u32) -> Option<i64> {
    let unit = 10i64.checked_pow(minor_digits)?;
    let amount: i64 = text.parse().ok()?;
    (amount % unit == 0).then_some(amount / unit)
}

fn amount(dong: i64, profile: &Profile, de: u8, width: usize) -> Result<String, Refusal> {
    let wrong = || Refusal::new(RefusalKind::Value, de, 0);
    let unit = 10i64.checked_pow(profile.minor_digits).ok_or_else(wrong)?;
    let value = dong.checked_mul(unit).filter(|v| *v >= 0);
    let text = format!("{:0width$}", value.ok_or_else(wrong)?);
    (text.len() == width).then_some(text).ok_or_else(wrong)
}

impl Request {
    /// The request as a message.
    ///
    /// # Errors
    /// `value` where an amount or a count does not fit its field. Everything else is
    /// checked when the message is packed.
    pub fn message(&self, profile: &Profile) -> Result<Message, Refusal> {
        match &self.body {
            Body::NameInquiry {
                reference,
                bank,
                account,
            } => Ok(self
                .financial(Mti::Financial, profile)
                .with(3, profile.code_name_inquiry.as_str())
                .with(4, amount(0, profile, 4, 12)?)
                .with(62, profile.service_inquiry.as_str())
                .with(63, reference.as_str())
                .with(100, bank.as_str())
                .with(103, account.as_str())),
            Body::Transfer(t) => {
                let message = self.of_transfer(Mti::Financial, t, profile)?;
                Ok(message
                    .with(3, profile.code_transfer.as_str())
                    .with(62, profile.service_transfer.as_str()))
            }
            Body::StatusInquiry { transfer, original } => {
                let message = self.of_transfer(Mti::Financial, transfer, profile)?;
                Ok(message
                    .with(3, profile.code_status_inquiry.as_str())
                    .with(62, profile.service_inquiry.as_str())
                    .with(90, original_data(original, profile)))
            }
            Body::Reversal { transfer, original } => {
                let message = self.of_transfer(Mti::Reversal, transfer, profile)?;
                Ok(message
                    .with(3, profile.code_transfer.as_str())
                    .with(62, profile.service_transfer.as_str())
                    .with(90, original_data(original, profile)))
            }
            Body::Totals { day, totals } => self.totals(*day, totals, profile),
            Body::Network(code) => Ok(self.stamped(Mti::Network).with(70, code.text())),
        }
    }

    fn stamped(&self, mti: Mti) -> Message {
        Message::new(mti)
            .with(7, utc_stamp(Instant(self.trace.at)))
            .with(11, format!("{:06}", self.trace.stan))
    }

    fn financial(&self, mti: Mti, profile: &Profile) -> Message {
        let local = digits(Instant(self.trace.at));
        let (date, time) = local.split_at(4);
        self.stamped(mti)
            .with(12, time)
            .with(13, date)
            .with(18, profile.merchant_type.as_str())
            .with(32, profile.acquirer.as_str())
            .with(37, self.trace.rrn.as_str())
            .with(41, self.trace.terminal.as_str())
            .with(42, profile.acceptor.as_str())
            .with(43, profile.acceptor_place.as_str())
            .with(49, CURRENCY)
            .with(60, profile.channel.as_str())
    }

    fn of_transfer(&self, mti: Mti, t: &Transfer, profile: &Profile) -> Result<Message, Refusal> {
        Ok(self
            .financial(mti, profile)
            .with(4, amount(t.amount.get(), profile, 4, 12)?)
            .with(48, ascii_name(&t.from_name))
            .with(63, t.reference.as_str())
            .with(100, t.to_bank.as_str())
            .with(102, t.from_account.as_str())
            .with(103, t.to_account.as_str())
            .with(104, ascii_text(&t.content, 210))
            .with(120, ascii_name(&t.to_name)))
    }

    fn totals(&self, day: Day, t: &Totals, profile: &Profile) -> Result<Message, Refusal> {
        let count = |de: u8, n: i64| {
            let text = format!("{n:010}");
            let fits = n >= 0 && text.len() == 10;
            fits.then_some(text)
                .ok_or(Refusal::new(RefusalKind::Value, de, 0))
        };
        let sum = |de: u8, dong: i64| amount(dong, profile, de, 16);
        let net = t.net();
        let side = if net < 0 { 'D' } else { 'C' };
        let net = sum(97, net.checked_abs().unwrap_or(i64::MAX))?;
        Ok(self
            .stamped(Mti::Totals)
            .with(15, format!("{:02}{:02}", day.month(), day.day()))
            .with(32, profile.acquirer.as_str())
            .with(49, CURRENCY)
            .with(74, count(74, t.credits)?)
            .with(75, count(75, t.credits_reversed)?)
            .with(76, count(76, t.debits)?)
            .with(77, count(77, t.debits_reversed)?)
            .with(86, sum(86, t.credit_amount)?)
            .with(87, sum(87, t.credit_reversed_amount)?)
            .with(88, sum(88, t.debit_amount)?)
            .with(89, sum(89, t.debit_reversed_amount)?)
            .with(97, format!("{side}{net}")))
    }
}

/// DE 90: MTI, STAN and time of the original, its acquirer, no forwarder.
fn original_data(original: &Trace, profile: &Profile) -> String {
    format!(
        "0200{:06}{}{:0>11}{:011}",
        original.stan,
        utc_stamp(Instant(original.at)),
        profile.acquirer,
        0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a time in the wrong zone: 06:30 in Hà Nội on 1 March is the day before in UTC.
    #[test]
    fn the_time_of_sending_is_utc_and_the_local_one_is_not() {
        let at = Instant::parse("2026-03-01T06:30:15").unwrap();
        assert_eq!(
            (utc_stamp(at).as_str(), digits(at).as_str()),
            ("0228233015", "0301063015")
        );
    }

    /// Catches a payment of a hundred times its amount, and a part of a đồng that is lost.
    #[test]
    fn an_amount_has_the_digits_of_its_bank() {
        let profile = Profile::default();
        assert_eq!(amount(540_000, &profile, 4, 12).unwrap(), "000054000000");
        let whole = Profile {
            minor_digits: 0,
            ..profile.clone()
        };
        assert_eq!(amount(540_000, &whole, 4, 12).unwrap(), "000000540000");
        assert!(amount(10_000_000_000, &profile, 4, 12).is_err());
        assert!(amount(-1, &profile, 4, 12).is_err() && amount(i64::MAX, &profile, 4, 12).is_err());
        assert_eq!(read_amount("000054000000", 2), Some(540_000));
        assert_eq!(read_amount("000054000001", 2), None);
    }
}
