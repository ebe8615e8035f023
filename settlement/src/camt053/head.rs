//! What a camt.053 says of itself: account, number, balances, announced totals.

use super::xml::XmlReader;
use crate::error::{Place, ReadError, ReadErrorKind};
use crate::sums::{Sums, dong};
use crate::{Day, Direction, Dong, StatementHeader};
use std::io::BufRead;

/// The statement's head while it is being read.
#[derive(Debug, Default)]
pub(crate) struct Head {
    electronic_number: Option<u32>,
    legal_number: Option<u32>,
    account: Option<String>,
    bank_bin: Option<String>,
    bank_bic: Option<String>,
    opening: Option<Dong>,
    /// The closing of the statement before, which stands for the opening.
    previous: Option<Dong>,
    closing: Option<(Dong, Day)>,
}

/// One balance while it is being read.
#[derive(Debug, Default)]
pub(crate) struct Balance {
    kind: Option<String>,
    amount: Option<u128>,
    direction: Option<Direction>,
    on: Option<Day>,
}

/// `TxsSummry`: what the message announces of its entries.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    counts: [Option<u64>; 3],
    sums: [Option<u128>; 3],
    net: Option<u128>,
    net_direction: Option<Direction>,
}

impl Head {
    /// Takes an element of the group header; `path` begins below the message.
    pub fn take_group<R: BufRead>(&self, path: &str, xml: &XmlReader<R>) -> Result<(), ReadError> {
        match path {
            "GrpHdr/MsgPgntn/PgNb" | "GrpHdr/MsgPgntn/LastPgInd" => only_page(path, xml),
            _ => Ok(()),
        }
    }

    /// Takes an element of the statement; `path` begins below it.
    pub fn take<R: BufRead>(&mut self, path: &str, xml: &XmlReader<R>) -> Result<(), ReadError> {
        match path {
            "/StmtPgntn/PgNb" | "/StmtPgntn/LastPgInd" => only_page(path, xml),
            "/ElctrncSeqNb" => once(&mut self.electronic_number, sequence(xml)?, xml),
            "/LglSeqNb" => once(&mut self.legal_number, sequence(xml)?, xml),
            "/Acct/Id/Othr/Id" | "/Acct/Id/IBAN" => once(&mut self.account, text(xml), xml),
            "/Acct/Ccy" if xml.text() != "VND" => {
                Err(xml.fail(ReadErrorKind::WrongCurrency, xml.text(), "VND"))
            }
            "/Acct/Svcr/FinInstnId/ClrSysMmbId/MmbId" => once(&mut self.bank_bin, text(xml), xml),
            "/Acct/Svcr/FinInstnId/BICFI" => once(&mut self.bank_bic, text(xml), xml),
            _ => Ok(()),
        }
    }

    /// Takes a whole balance.
    pub fn add_balance<R: BufRead>(
        &mut self,
        balance: &Balance,
        xml: &XmlReader<R>,
    ) -> Result<(), ReadError> {
        let Some(kind) = balance.kind.as_deref() else {
            return Ok(());
        };
        if !["OPBD", "PRCD", "CLBD"].contains(&kind) {
            return Ok(());
        }
        let (Some(amount), Some(direction), Some(on)) =
            (balance.amount, balance.direction, balance.on)
        else {
            let kind = ReadErrorKind::FieldMissing;
            return Err(xml.fail(kind, "Bal", "a balance with Amt, CdtDbtInd and Dt"));
        };
        let amount = dong(amount)
            .and_then(|amount| match direction {
                Direction::Credit => Some(amount),
                Direction::Debit => Dong::ZERO.minus(amount).ok(),
            })
            .ok_or_else(|| {
                let found = amount.to_string();
                xml.fail(ReadErrorKind::AmountTooLarge, &found, "at most 10^18")
            })?;
        match kind {
            "OPBD" => once(&mut self.opening, amount, xml),
            "PRCD" => once(&mut self.previous, amount, xml),
            _ => once(&mut self.closing, (amount, on), xml),
        }
    }

    /// The header, when everything that it needs was there.
    pub fn finish<R: BufRead>(&self, xml: &XmlReader<R>) -> Result<StatementHeader, ReadError> {
        let missing = |what: &str| xml.fail(ReadErrorKind::FieldMissing, "", what);
        let bank_bin = self.bank_bin.as_ref().or(self.bank_bic.as_ref());
        let number = self.electronic_number.or(self.legal_number);
        let (_, day) = self.closing.ok_or_else(|| missing("a balance CLBD"))?;
        Ok(StatementHeader {
            bank_bin: bank_bin
                .ok_or_else(|| missing("Acct/Svcr with ClrSysMmbId/MmbId or BICFI"))?
                .clone(),
            account_number: self
                .account
                .clone()
                .ok_or_else(|| missing("Acct/Id with Othr/Id or IBAN"))?,
            number: number.ok_or_else(|| missing("ElctrncSeqNb or LglSeqNb"))?,
            day,
            role: crate::StatementRole::Record,
            currency: crate::Currency::VND,
            opening: self
                .opening
                .or(self.previous)
                .ok_or_else(|| missing("a balance OPBD or PRCD"))?,
            key_id: None,
        })
    }

    pub fn closing(&self) -> Dong {
        self.closing.map_or(Dong::ZERO, |(closing, _)| closing)
    }
}

impl Balance {
    pub fn take<R: BufRead>(&mut self, path: &str, xml: &XmlReader<R>) -> Result<(), ReadError> {
        match path {
            "/Bal/Tp/CdOrPrtry/Cd" => once(&mut self.kind, text(xml), xml),
            "/Bal/Amt" => once(&mut self.amount, amount_in_vnd(xml)?, xml),
            "/Bal/CdtDbtInd" => once(&mut self.direction, direction(xml)?, xml),
            "/Bal/Dt/Dt" | "/Bal/Dt/DtTm" => once(&mut self.on, day(xml)?, xml),
            _ => Ok(()),
        }
    }
}

impl Summary {
    pub fn take<R: BufRead>(&mut self, path: &str, xml: &XmlReader<R>) -> Result<(), ReadError> {
        let path = path.strip_prefix("/TxsSummry/").unwrap_or_default();
        let count = |field: &mut Option<u64>| once(field, number(xml)?, xml);
        let sum = |field: &mut Option<u128>| once(field, decimal(xml)?, xml);
        match path {
            "TtlNtries/NbOfNtries" => count(&mut self.counts[0]),
            "TtlDbtNtries/NbOfNtries" => count(&mut self.counts[1]),
            "TtlCdtNtries/NbOfNtries" => count(&mut self.counts[2]),
            "TtlNtries/Sum" => sum(&mut self.sums[0]),
            "TtlDbtNtries/Sum" => sum(&mut self.sums[1]),
            "TtlCdtNtries/Sum" => sum(&mut self.sums[2]),
            "TtlNtries/TtlNetNtry/Amt" => sum(&mut self.net),
            "TtlNtries/TtlNetNtry/CdtDbtInd" => once(&mut self.net_direction, direction(xml)?, xml),
            _ => Ok(()),
        }
    }

    /// Compares what was announced with the entries.
    pub fn check(&self, entries: &Sums, place: Place) -> Result<(), ReadError> {
        const NAMES: [&str; 3] = ["TtlNtries", "TtlDbtNtries", "TtlCdtNtries"];
        let differs = |kind, announced: String, expected: String| {
            Err(ReadError::new(kind, place, announced.as_bytes(), expected))
        };
        let (debits, credits) = (entries.debit_total, entries.credit_total);
        let counted = entries.counts();
        let summed = [debits + credits, debits, credits];
        for (at, name) in NAMES.iter().enumerate() {
            if let Some(announced) = self.counts[at]
                && announced != counted[at]
            {
                let expected = format!("{name}/NbOfNtries: {}, as counted", counted[at]);
                return differs(ReadErrorKind::CountsDiffer, announced.to_string(), expected);
            }
            if let Some(announced) = self.sums[at]
                && announced != summed[at]
            {
                let expected = format!("{name}/Sum: {}, as added up", summed[at]);
                return differs(ReadErrorKind::TotalsDiffer, announced.to_string(), expected);
            }
        }
        let direction = match credits >= debits {
            true => Direction::Credit,
            false => Direction::Debit,
        };
        let net = credits.abs_diff(debits);
        if let Some(announced) = self.net
            && (announced != net || net > 0 && self.net_direction.is_some_and(|d| d != direction))
        {
            let expected = format!("TtlNetNtry: {direction:?} {net}, as added up");
            return differs(ReadErrorKind::TotalsDiffer, announced.to_string(), expected);
        }
        Ok(())
    }
}

/// Sets a field that the schema has once.
pub(crate) fn once<R: BufRead, T>(
    field: &mut Option<T>,
    value: T,
    xml: &XmlReader<R>,
) -> Result<(), ReadError> {
    if field.is_some() {
        let name = xml.path().rsplit('/').next().unwrap_or_default();
        return Err(xml.fail(ReadErrorKind::ElementMisplaced, name, "this element once"));
    }
    *field = Some(value);
    Ok(())
}

pub(crate) fn text<R: BufRead>(xml: &XmlReader<R>) -> String {
    xml.text().to_owned()
}

pub(crate) fn direction<R: BufRead>(xml: &XmlReader<R>) -> Result<Direction, ReadError> {
    match xml.text() {
        "DBIT" => Ok(Direction::Debit),
        "CRDT" => Ok(Direction::Credit),
        other => Err(xml.fail(ReadErrorKind::DirectionForm, other, "CRDT or DBIT")),
    }
}

/// A date, or the date at +07:00 of an instant; without an offset it is taken as local.
pub(crate) fn day<R: BufRead>(xml: &XmlReader<R>) -> Result<Day, ReadError> {
    let text = xml.text();
    let parsed = match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(instant) => chrono::FixedOffset::east_opt(7 * 3600)
            .map(|offset| instant.with_timezone(&offset).date_naive().to_string())
            .and_then(|day| Day::parse(&day).ok()),
        Err(_) => {
            let date = text.get(..10).unwrap_or_default();
            let rest = text.get(10..).unwrap_or_default();
            let dashes = date.bytes().filter(|&b| b == b'-').count() == 2;
            let lawful = dashes && (rest.is_empty() || rest.starts_with('T'));
            lawful.then(|| Day::parse(date).ok()).flatten()
        }
    };
    parsed.ok_or_else(|| xml.fail(ReadErrorKind::NoSuchDay, text, "a day as yyyy-MM-dd"))
}

/// An amount of the element `Amt`: whole đồng in VND, not below zero.
pub(crate) fn amount_in_vnd<R: BufRead>(xml: &XmlReader<R>) -> Result<u128, ReadError> {
    if xml.currency() != Some("VND") {
        let found = xml.currency().unwrap_or_default();
        return Err(xml.fail(ReadErrorKind::WrongCurrency, found, "an amount in VND"));
    }
    decimal(xml)
}

/// A decimal number without a fraction other than zeros.
pub(crate) fn decimal<R: BufRead>(xml: &XmlReader<R>) -> Result<u128, ReadError> {
    let text = xml.text();
    let fail = |kind, expected| Err(xml.fail(kind, text, expected));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = whole.strip_prefix('-')
        && is_digits(rest)
        && is_digits(fraction)
    {
        return fail(ReadErrorKind::AmountNegative, "an amount not below zero");
    }
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return fail(ReadErrorKind::AmountForm, "a decimal number");
    }
    if fraction.bytes().any(|b| b != b'0') {
        return fail(ReadErrorKind::FractionOfDong, "whole dong");
    }
    let digits = whole.trim_start_matches('0');
    if digits.len() > 30 {
        return fail(ReadErrorKind::AmountTooLarge, "at most 10^15 - 1");
    }
    Ok(digits
        .bytes()
        .fold(0, |sum, b| sum * 10 + u128::from(b - b'0')))
}

fn number<R: BufRead>(xml: &XmlReader<R>) -> Result<u64, ReadError> {
    let text = xml.text();
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    (text.parse().ok())
        .filter(|_| digits)
        .ok_or_else(|| xml.fail(ReadErrorKind::NotANumber, text, "digits"))
}

fn sequence<R: BufRead>(xml: &XmlReader<R>) -> Result<u32, ReadError> {
    let number = number(xml)?;
    u32::try_from(number)
        .ok()
        .filter(|&number| number > 0)
        .ok_or_else(|| xml.fail(ReadErrorKind::NumberOutOfRange, xml.text(), "1 or more"))
}

/// A statement of several pages has no balances of its own, so it cannot be proved.
fn only_page<R: BufRead>(path: &str, xml: &XmlReader<R>) -> Result<(), ReadError> {
    let text = xml.text();
    let right = match path.ends_with("PgNb") {
        true => text.trim_start_matches('0') == "1",
        false => text == "true" || text == "1",
    };
    if right {
        return Ok(());
    }
    Err(xml.fail(
        ReadErrorKind::PagedStatement,
        text,
        "a statement of one page",
    ))
}
