//! One entry of a camt.053 and its transaction details.

use super::head::{amount_in_vnd, day, direction, once, text};
use super::xml::XmlReader;
use crate::error::{ReadError, ReadErrorKind};
use crate::sums::dong;
use crate::{Day, Direction, Dong, StatementHeader};
use std::io::BufRead;

/// A note of this many bytes gets no further `Ustrd`: it is for people.
const NOTE_ENOUGH: usize = 1000;

/// An entry while it is being read.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    reference: Option<String>,
    servicer_ref: Option<String>,
    amount: Option<Dong>,
    direction: Option<Direction>,
    status: Option<String>,
    reversal: Option<bool>,
    booking_on: Option<Day>,
    value_on: Option<Day>,
    sub_family: Option<String>,
    information: Option<String>,
    /// Details that have ended.
    pub details: u32,
    /// The first detail, until it is known whether there are more.
    pub held: Option<Detail>,
    /// Each detail becomes a line.
    pub explodes: bool,
    /// Sum of the lines made of it, credits above zero.
    pub items: i128,
}

/// What every line of an entry needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub amount: Dong,
    pub direction: Direction,
    pub booking_on: Day,
    pub value_on: Day,
}

/// One transaction of an entry.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    pub end_to_end: Option<String>,
    servicer_ref: Option<String>,
    pub amount: Option<Dong>,
    pub direction: Option<Direction>,
    debtor: Party,
    creditor: Party,
    return_reason: Option<String>,
    remittance: String,
    information: Option<String>,
}

#[derive(Debug, Default)]
struct Party {
    account: Option<String>,
    bin: Option<String>,
    bic: Option<String>,
}

impl Entry {
    /// Takes an element; `path` begins below the entry.
    pub fn take<R: BufRead>(&mut self, path: &str, xml: &XmlReader<R>) -> Result<(), ReadError> {
        match path {
            "/NtryRef" => once(&mut self.reference, text(xml), xml),
            "/AcctSvcrRef" => once(&mut self.servicer_ref, text(xml), xml),
            "/Amt" => once(&mut self.amount, payable(xml)?, xml),
            "/CdtDbtInd" => once(&mut self.direction, direction(xml)?, xml),
            "/RvslInd" => once(&mut self.reversal, ["true", "1"].contains(&xml.text()), xml),
            "/Sts/Cd" | "/Sts/Prtry" => {
                if xml.text() != "BOOK" {
                    let kind = ReadErrorKind::EntryNotBooked;
                    return Err(xml.fail(kind, xml.text(), "status BOOK"));
                }
                once(&mut self.status, text(xml), xml)
            }
            "/BookgDt/Dt" | "/BookgDt/DtTm" => once(&mut self.booking_on, day(xml)?, xml),
            "/ValDt/Dt" | "/ValDt/DtTm" => once(&mut self.value_on, day(xml)?, xml),
            "/BkTxCd/Domn/Fmly/SubFmlyCd" => once(&mut self.sub_family, text(xml), xml),
            "/AddtlNtryInf" => once(&mut self.information, text(xml), xml),
            _ => Ok(()),
        }
    }

    /// What must be there, and not after the day of the statement.
    pub fn facts<R: BufRead>(
        &self,
        header: &StatementHeader,
        xml: &XmlReader<R>,
    ) -> Result<Facts, ReadError> {
        let missing = |what: &str| xml.fail(ReadErrorKind::FieldMissing, "", what);
        if self.status.is_none() {
            return Err(missing("Sts/Cd"));
        }
        let booking_on = self.booking_on.ok_or_else(|| missing("BookgDt"))?;
        if booking_on > header.day {
            let expected = format!("a day up to that of the statement, {}", header.day);
            let kind = ReadErrorKind::BookedAfterDay;
            return Err(xml.fail(kind, &booking_on.to_string(), &expected));
        }
        Ok(Facts {
            amount: self.amount.ok_or_else(|| missing("Amt"))?,
            direction: self.direction.ok_or_else(|| missing("CdtDbtInd"))?,
            booking_on,
            value_on: self.value_on.unwrap_or(booking_on),
        })
    }

    /// The bank's id of the booking, with `/n` for an item of a batch.
    pub fn entry_ref<R: BufRead>(
        &self,
        detail: &Detail,
        item: Option<u32>,
        xml: &XmlReader<R>,
    ) -> Result<String, ReadError> {
        let own = self.reference.as_ref().or(self.servicer_ref.as_ref());
        let reference = match item {
            None => own.or(detail.servicer_ref.as_ref()),
            Some(_) => own,
        };
        let reference = reference.filter(|reference| !reference.is_empty());
        match (reference, item) {
            (None, _) => {
                let kind = ReadErrorKind::FieldMissing;
                Err(xml.fail(kind, "", "NtryRef or AcctSvcrRef"))
            }
            (Some(reference), None) => Ok(reference.clone()),
            (Some(reference), Some(item)) => Ok(format!("{reference}/{item}")),
        }
    }

    /// The return's reason; else `RVSL` for a reversal, `FEE` for a charge by the bank's code.
    pub fn reason(&self, detail: &Detail, direction: Direction) -> String {
        if let Some(reason) = &detail.return_reason {
            return reason.clone();
        }
        let charge = ["CHRG", "COMM", "FEES"];
        match self.sub_family.as_deref() {
            _ if self.reversal == Some(true) => "RVSL".to_owned(),
            Some(code) if direction == Direction::Debit && charge.contains(&code) => {
                "FEE".to_owned()
            }
            _ => String::new(),
        }
    }

    pub fn note(&self, detail: &Detail) -> String {
        if !detail.remittance.is_empty() {
            return detail.remittance.clone();
        }
        let information = detail.information.as_ref().or(self.information.as_ref());
        match information {
            Some(information) => information.clone(),
            None if self.details > 1 && !self.explodes => {
                format!("batch of {} without amounts", self.details)
            }
            None => String::new(),
        }
    }
}

impl Detail {
    /// Takes an element; `path` begins below the transaction.
    pub fn take<R: BufRead>(&mut self, path: &str, xml: &XmlReader<R>) -> Result<(), ReadError> {
        match path {
            "/Refs/EndToEndId" => once(&mut self.end_to_end, text(xml), xml),
            "/Refs/AcctSvcrRef" => once(&mut self.servicer_ref, text(xml), xml),
            "/Amt" => once(&mut self.amount, payable(xml)?, xml),
            "/CdtDbtInd" => once(&mut self.direction, direction(xml)?, xml),
            "/RltdPties/DbtrAcct/Id/Othr/Id" | "/RltdPties/DbtrAcct/Id/IBAN" => {
                once(&mut self.debtor.account, text(xml), xml)
            }
            "/RltdPties/CdtrAcct/Id/Othr/Id" | "/RltdPties/CdtrAcct/Id/IBAN" => {
                once(&mut self.creditor.account, text(xml), xml)
            }
            "/RltdAgts/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId" => {
                once(&mut self.debtor.bin, text(xml), xml)
            }
            "/RltdAgts/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId" => {
                once(&mut self.creditor.bin, text(xml), xml)
            }
            "/RltdAgts/DbtrAgt/FinInstnId/BICFI" => once(&mut self.debtor.bic, text(xml), xml),
            "/RltdAgts/CdtrAgt/FinInstnId/BICFI" => once(&mut self.creditor.bic, text(xml), xml),
            "/RtrInf/Rsn/Cd" | "/RtrInf/Rsn/Prtry" => once(&mut self.return_reason, text(xml), xml),
            "/RmtInf/Ustrd" => {
                if self.remittance.len() < NOTE_ENOUGH {
                    if !self.remittance.is_empty() {
                        self.remittance.push(' ');
                    }
                    self.remittance.push_str(xml.text());
                }
                Ok(())
            }
            "/AddtlTxInf" => once(&mut self.information, text(xml), xml),
            _ => Ok(()),
        }
    }

    /// BIN and account of the other side. On a return some banks name the parties of the
    /// payment, others those of the return: the side that is our own account is not the other.
    pub fn counter_side(self, direction: Direction, own_account: &str) -> (String, String) {
        let (usual, unusual) = match direction {
            Direction::Debit => (self.creditor, self.debtor),
            Direction::Credit => (self.debtor, self.creditor),
        };
        let is_ours = usual.account.as_deref() == Some(own_account);
        let party = if is_ours { unusual } else { usual };
        let bin = party.bin.or(party.bic).unwrap_or_default();
        (bin, party.account.unwrap_or_default())
    }
}

/// The amount of an entry or transaction: 1 to 10^15 - 1 đồng.
fn payable<R: BufRead>(xml: &XmlReader<R>) -> Result<Dong, ReadError> {
    let amount = amount_in_vnd(xml)?;
    if amount == 0 {
        return Err(xml.fail(ReadErrorKind::AmountZero, xml.text(), "at least 1"));
    }
    dong(amount)
        .filter(|amount| *amount < Dong::PAYMENT_LIMIT)
        .ok_or_else(|| {
            xml.fail(
                ReadErrorKind::AmountTooLarge,
                xml.text(),
                "at most 10^15 - 1",
            )
        })
}
