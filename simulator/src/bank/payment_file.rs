//! Reads pain.001.001.09 (ISO 20022, CustomerCreditTransferInitiation) as a bank
//! does: streaming, in đồng only, and whole or not at all.
//!
//! Accounts are `Othr/Id` or `IBAN`, banks are clearing members by BIN. A reference
//! is any text of 1 to 16 printable ASCII characters, as the settlement file carries
//! no more; it is not looked into.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Payment;
use crate::days::{Day, parse_day};
use crate::statement::AMOUNT_MAX;
use crate::text::Short;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
const DEPTH_MAX: usize = 32;
const TEXT_BYTES_MAX: usize = 4096;
/// More reasons than this help nobody.
const REASONS_MAX: usize = 20;

/// A payment block (`PmtInf`) as read.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub account: String,
    pub bin: String,
    pub execution_day: Day,
    pub payments: Vec<Payment>,
    pub total: i64,
    count_said: Option<u64>,
    total_said: Option<i64>,
}

/// A payment file as read.
#[derive(Debug, Default)]
pub(super) struct PaymentFile {
    pub message_id: String,
    pub blocks: Vec<Block>,
    /// Why the bank refuses it; empty when all is well.
    pub reasons: Vec<String>,
    /// The message id was known; nothing more was read.
    pub duplicate: bool,
    count_said: Option<u64>,
    total_said: Option<i64>,
}

impl PaymentFile {
    fn refuse(&mut self, reason: String) {
        if self.reasons.len() < REASONS_MAX {
            self.reasons.push(reason);
        }
    }

    pub fn payments(&self) -> u64 {
        self.blocks.iter().map(|b| b.payments.len() as u64).sum()
    }

    pub fn total(&self) -> i64 {
        let totals = self.blocks.iter().map(|b| b.total);
        totals.fold(0, i64::saturating_add)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Document,
    Initiation,
    GrpHdr,
    MsgId,
    NbOfTxs,
    CtrlSum,
    PmtInf,
    PmtMtd,
    ReqdExctnDt,
    Dt,
    DbtrAcct,
    DbtrAgt,
    Id,
    Othr,
    Iban,
    FinInstnId,
    ClrSysMmbId,
    MmbId,
    Tx,
    PmtId,
    EndToEndId,
    Amt,
    InstdAmt,
    CdtrAgt,
    CdtrAcct,
    Other,
}

impl Tag {
    fn of(name: &str) -> Self {
        match name {
            "Document" => Self::Document,
            "CstmrCdtTrfInitn" => Self::Initiation,
            "GrpHdr" => Self::GrpHdr,
            "MsgId" => Self::MsgId,
            "NbOfTxs" => Self::NbOfTxs,
            "CtrlSum" => Self::CtrlSum,
            "PmtInf" => Self::PmtInf,
            "PmtMtd" => Self::PmtMtd,
            "ReqdExctnDt" => Self::ReqdExctnDt,
            "Dt" => Self::Dt,
            "DbtrAcct" => Self::DbtrAcct,
            "DbtrAgt" => Self::DbtrAgt,
            "Id" => Self::Id,
            "Othr" => Self::Othr,
            "IBAN" => Self::Iban,
            "FinInstnId" => Self::FinInstnId,
            "ClrSysMmbId" => Self::ClrSysMmbId,
            "MmbId" => Self::MmbId,
            "CdtTrfTxInf" => Self::Tx,
            "PmtId" => Self::PmtId,
            "EndToEndId" => Self::EndToEndId,
            "Amt" => Self::Amt,
            "InstdAmt" => Self::InstdAmt,
            "CdtrAgt" => Self::CdtrAgt,
            "CdtrAcct" => Self::CdtrAcct,
            _ => Self::Other,
        }
    }
}

/// The transfer under way.
#[derive(Default)]
struct Transfer {
    reference: String,
    amount: Option<i64>,
    bin: String,
    account: String,
}

struct Parser {
    file: PaymentFile,
    path: Vec<Tag>,
    text: String,
    transfer: Transfer,
    in_dong: bool,
}

/// Reads a file; `known` tells whether a message id was taken before. What is wrong
/// with it stands in `reasons`.
pub(super) fn read(input: impl BufRead, known: impl Fn(&str) -> bool) -> PaymentFile {
    let mut parser = Parser {
        file: PaymentFile::default(),
        path: Vec::new(),
        text: String::new(),
        transfer: Transfer::default(),
        in_dong: false,
    };
    if let Err(reason) = parser.run(input, known) {
        parser.file.refuse(reason);
    }
    parser.file
}

impl Parser {
    fn run(&mut self, input: impl BufRead, known: impl Fn(&str) -> bool) -> Result<(), String> {
        let mut xml = Reader::from_reader(input);
        let mut buffer = Vec::with_capacity(1024);
        let mut seen_document = false;
        loop {
            buffer.clear();
            let event = xml.read_event_into(&mut buffer);
            let at = xml.buffer_position();
            match event.map_err(|e| format!("not well-formed at byte {at}: {e}"))? {
                Event::Start(start) => {
                    if self.path.is_empty() {
                        if seen_document {
                            return Err("a second document".to_owned());
                        }
                        seen_document = true;
                        check_namespace(&start)?;
                    }
                    self.open(&start)?;
                }
                Event::Empty(start) => {
                    self.open(&start)?;
                    self.close();
                }
                Event::End(_) => {
                    self.close();
                    if matches!(self.path[..], [Tag::Document, Tag::Initiation, Tag::GrpHdr])
                        && !self.file.message_id.is_empty()
                        && known(&self.file.message_id)
                    {
                        self.file.duplicate = true;
                        return Ok(());
                    }
                }
                Event::Text(text) => self.text.push_str(&text.xml10_content()),
                Event::CData(text) => self.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let letter = match &*reference.xml10_content() {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => reference.resolve_char_ref().ok().flatten(),
                    };
                    let letter = letter.ok_or_else(|| format!("an unknown entity at byte {at}"))?;
                    self.text.push(letter);
                }
                Event::DocType(_) => return Err("a document type is not taken".to_owned()),
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
            if self.text.len() > TEXT_BYTES_MAX {
                return Err(format!("a text too long at byte {at}"));
            }
        }
        if !self.path.is_empty() || !seen_document {
            return Err("the file ends too early".to_owned());
        }
        self.check_file();
        Ok(())
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        let tag = Tag::of(start.local_name().as_ref());
        if self.path.len() == DEPTH_MAX {
            return Err("nested too deep".to_owned());
        }
        self.path.push(tag);
        self.text.clear();
        match self.path[2.min(self.path.len())..] {
            [Tag::PmtInf] => self.file.blocks.push(Block::default()),
            [Tag::PmtInf, Tag::Tx] => {
                self.transfer = Transfer::default();
                self.in_dong = false;
            }
            [Tag::PmtInf, Tag::Tx, Tag::Amt, Tag::InstdAmt] => {
                let currency = start.try_get_attribute("Ccy").ok().flatten();
                self.in_dong = currency.is_some_and(|c| &*c.value == "VND");
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        let text = self.text.trim().to_owned();
        self.text.clear();
        self.take(text);
        self.path.pop();
    }

    /// Takes what an element held, by where it stands.
    fn take(&mut self, text: String) {
        use Tag::*;
        let file = &mut self.file;
        let block = file.blocks.last_mut();
        match (&self.path[2.min(self.path.len())..], block) {
            ([GrpHdr, MsgId], _) => file.message_id = text,
            ([GrpHdr, NbOfTxs], _) => file.count_said = text.parse().ok(),
            ([GrpHdr, CtrlSum], _) => file.total_said = whole(&text),
            ([PmtInf, NbOfTxs], Some(block)) => block.count_said = text.parse().ok(),
            ([PmtInf, CtrlSum], Some(block)) => block.total_said = whole(&text),
            ([PmtInf, PmtMtd], _) if text != "TRF" => {
                file.refuse(format!("payment method {text:?} is not TRF"));
            }
            ([PmtInf, ReqdExctnDt, Dt], Some(block)) => {
                block.execution_day = parse_day(&text).unwrap_or_default();
            }
            ([PmtInf, DbtrAcct, Id, Othr, Id] | [PmtInf, DbtrAcct, Id, Iban], Some(block)) => {
                block.account = text;
            }
            ([PmtInf, DbtrAgt, FinInstnId, ClrSysMmbId, MmbId], Some(block)) => block.bin = text,
            ([PmtInf, Tx, PmtId, EndToEndId], _) => self.transfer.reference = text,
            ([PmtInf, Tx, Amt, InstdAmt], _) if self.in_dong => {
                self.transfer.amount = whole(&text).filter(|a| (1..=AMOUNT_MAX).contains(a));
            }
            ([PmtInf, Tx, CdtrAgt, FinInstnId, ClrSysMmbId, MmbId], _) => self.transfer.bin = text,
            ([PmtInf, Tx, CdtrAcct, Id, Othr, Id] | [PmtInf, Tx, CdtrAcct, Id, Iban], _) => {
                self.transfer.account = text;
            }
            ([PmtInf, Tx], Some(_)) => self.add_transfer(),
            _ => {}
        }
    }

    fn add_transfer(&mut self) {
        let transfer = &self.transfer;
        let payment = transfer.as_payment();
        let place = self.file.payments() + 1;
        match (payment, self.file.blocks.last_mut()) {
            (Ok(payment), Some(block)) => {
                block.total = block.total.saturating_add(payment.amount);
                block.payments.push(payment);
            }
            (Err(what), _) => {
                let reference = &transfer.reference;
                let reason = format!("transfer {place} ({reference:?}): {what}");
                self.file.refuse(reason);
            }
            (Ok(_), None) => {}
        }
    }

    fn check_file(&mut self) {
        let file = &mut self.file;
        if file.message_id.is_empty() {
            file.refuse("no message id".to_owned());
        }
        if file.blocks.is_empty() {
            file.refuse("no payment".to_owned());
        }
        let (count, total) = (file.payments(), file.total());
        let mut reasons = Vec::new();
        check_sums(
            "the file",
            file.count_said,
            file.total_said,
            count,
            total,
            &mut reasons,
        );
        if total > AMOUNT_MAX {
            reasons.push("the file pays more than an account can hold".to_owned());
        }
        if file.count_said.is_none() {
            reasons.push("the file does not say how many payments it has".to_owned());
        }
        for (place, block) in (1..).zip(&file.blocks) {
            let name = format!("payment block {place}");
            let count = block.payments.len() as u64;
            check_sums(
                &name,
                block.count_said,
                block.total_said,
                count,
                block.total,
                &mut reasons,
            );
            if block.payments.is_empty() {
                reasons.push(format!("{name} has no payment"));
            }
            if block.execution_day == 0 {
                reasons.push(format!("{name} has no execution day"));
            }
        }
        for reason in reasons {
            file.refuse(reason);
        }
    }
}

impl Transfer {
    fn as_payment(&self) -> Result<Payment, &'static str> {
        let reference = Short::new(&self.reference).filter(|r| !r.is_empty());
        let account = Short::new(&self.account).filter(|a| !a.is_empty());
        let bin = Short::new(&self.bin).filter(|_| self.bin.bytes().all(|b| b.is_ascii_digit()));
        Ok(Payment {
            reference: reference.ok_or("the reference is not 1 to 16 printable characters")?,
            amount: self.amount.ok_or("the amount is not whole đồng in VND")?,
            bin: bin.ok_or("the bank is not a BIN")?,
            account: account.ok_or("the account is not 1 to 19 printable characters")?,
        })
    }
}

fn check_sums(
    name: &str,
    count_said: Option<u64>,
    total_said: Option<i64>,
    count: u64,
    total: i64,
    reasons: &mut Vec<String>,
) {
    if let Some(said) = count_said.filter(|said| *said != count) {
        reasons.push(format!("{name} says {said} payments and has {count}"));
    }
    if let Some(said) = total_said.filter(|said| *said != total) {
        reasons.push(format!("{name} says {said} đồng and has {total}"));
    }
}

/// Whole đồng; decimals only if they are zero.
fn whole(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    let zeros = decimals.bytes().all(|b| b == b'0');
    (digits && zeros).then(|| whole.parse().ok())?
}

fn check_namespace(start: &BytesStart<'_>) -> Result<(), String> {
    let name = start.name();
    let attribute = match name.as_ref().split_once(':') {
        None => "xmlns".to_owned(),
        Some((prefix, _)) => format!("xmlns:{prefix}"),
    };
    let found = start.try_get_attribute(attribute.as_str()).ok().flatten();
    match found {
        Some(found) if &*found.value == NAMESPACE => Ok(()),
        _ => Err(format!("not a {NAMESPACE} document")),
    }
}
