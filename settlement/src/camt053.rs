//! Reads a bank statement of ISO 20022 `camt.053.001.08`: one message, one statement, VND.
//!
//! Invariants: only booked entries pass; the direction is that of `CdtDbtInd`, also for a
//! reversal (the guideline of ISO 20022: the indicator says the effect); a batch entry with
//! amounts in its details becomes one line for each, and they add up to the entry or the
//! file is refused. What the message announces of itself (`TxsSummry`) is checked. One
//! entry is held at a time, of a batch two details.

mod entry;
mod head;
mod placed;
mod xml;

use crate::error::{Place, ReadError, ReadErrorKind};
use crate::reader::ReadStatement;
use crate::sums::Sums;
use crate::{Direction, RawLine, StatementFormat, StatementHeader, StatementLine, StatementTotals};
use entry::{Detail, Entry};
use head::{Balance, Head, Summary};
use std::collections::VecDeque;
use std::io::BufRead;
use xml::{Node, XmlReader};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";
const FAMILY: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.";
const STATEMENT: &str = "BkToCstmrStmt/Stmt";

/// A pull reader of one message.
#[derive(Debug)]
pub(crate) struct CamtReader<R: BufRead> {
    xml: XmlReader<R>,
    head: Head,
    balance: Balance,
    summary: Summary,
    header: Option<StatementHeader>,
    entry: Entry,
    detail: Detail,
    /// Lines that are ready, two at most.
    ready: VecDeque<StatementLine>,
    current: Option<StatementLine>,
    place: Place,
    /// What the lines come to, and what the entries do.
    lines: Sums,
    entries: Sums,
    totals: Option<StatementTotals>,
    failed: Option<ReadError>,
}

impl<R: BufRead> CamtReader<R> {
    /// Reads as far as the first entry.
    pub fn open(input: R) -> Result<(StatementHeader, CamtReader<R>), ReadError> {
        let xml = XmlReader::open(input, NAMESPACE, FAMILY)?;
        let mut reader = CamtReader {
            xml,
            head: Head::default(),
            balance: Balance::default(),
            summary: Summary::default(),
            header: None,
            entry: Entry::default(),
            detail: Detail::default(),
            ready: VecDeque::new(),
            current: None,
            place: Place::default(),
            lines: Sums::default(),
            entries: Sums::default(),
            totals: None,
            failed: None,
        };
        loop {
            if let Some(header) = &reader.header {
                return Ok((header.clone(), reader));
            }
            if reader.step()? == Node::End {
                let kind = ReadErrorKind::NoStatement;
                return Err(reader.xml.fail(kind, "", "an element Stmt"));
            }
        }
    }

    /// The header; it is complete before the first entry.
    fn header(&self) -> Result<&StatementHeader, ReadError> {
        let none = || {
            self.xml
                .fail(ReadErrorKind::NoStatement, "", "an element Stmt")
        };
        self.header.as_ref().ok_or_else(none)
    }
}

impl<R: BufRead> ReadStatement for CamtReader<R> {
    fn format(&self) -> StatementFormat {
        StatementFormat::Camt053V8
    }

    /// The place of the entry that was read last.
    fn place(&self) -> Place {
        self.place
    }

    fn totals(&self) -> Option<&StatementTotals> {
        self.totals.as_ref()
    }

    /// The next line; `None` at the end of a message that agrees with itself.
    fn next_raw(&mut self) -> Result<Option<RawLine<'_>>, ReadError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        while self.ready.is_empty() && self.totals.is_none() {
            match self.step() {
                Ok(Node::End) => self.totals = Some(self.end()?),
                Ok(_) => {}
                Err(error) => {
                    self.failed = Some(error.clone());
                    return Err(error);
                }
            }
        }
        self.current = self.ready.pop_front();
        Ok(self.current.as_ref().map(StatementLine::as_raw))
    }
}

impl<R: BufRead> CamtReader<R> {
    /// Takes one tag.
    fn step(&mut self) -> Result<Node, ReadError> {
        let node = self.xml.next()?;
        match node {
            Node::Open => self.open_element()?,
            Node::Close => self.close_element()?,
            Node::End => {}
        }
        Ok(node)
    }

    fn open_element(&mut self) -> Result<(), ReadError> {
        let path = self.xml.path();
        if !path.starts_with("BkToCstmrStmt") {
            let kind = ReadErrorKind::ElementMisplaced;
            return Err(self.xml.fail(kind, path, "BkToCstmrStmt"));
        }
        let Some(path) = path.strip_prefix(STATEMENT) else {
            return Ok(());
        };
        match path {
            "" if self.header.is_some() => {
                let kind = ReadErrorKind::SeveralStatements;
                return Err(self.xml.fail(kind, "Stmt", "one statement in a message"));
            }
            "/Bal" => {
                if self.header.is_some() {
                    let kind = ReadErrorKind::ElementMisplaced;
                    return Err(self.xml.fail(kind, "Bal", "balances before the entries"));
                }
                self.balance = Balance::default();
            }
            "/Ntry" => {
                if self.header.is_none() {
                    self.header = Some(self.head.finish(&self.xml)?);
                }
                self.entry = Entry::default();
                self.place = self.xml.place();
            }
            "/Ntry/NtryDtls/TxDtls" => self.detail = Detail::default(),
            _ => {}
        }
        Ok(())
    }

    fn close_element(&mut self) -> Result<(), ReadError> {
        let xml = &self.xml;
        let path = xml.path();
        let Some(path) = path.strip_prefix("BkToCstmrStmt/") else {
            return Ok(());
        };
        let Some(path) = path.strip_prefix("Stmt") else {
            return self.head.take_group(path, xml);
        };
        if let Some(path) = path.strip_prefix("/Ntry") {
            if let Some(path) = path.strip_prefix("/NtryDtls/TxDtls") {
                return match path {
                    "" => self.close_detail(),
                    _ => self.detail.take(path, xml),
                };
            }
            return match path {
                "" => self.close_entry(),
                _ => self.entry.take(path, xml),
            };
        }
        match path {
            "" => {
                if self.header.is_none() {
                    self.header = Some(self.head.finish(xml)?);
                }
                self.place = xml.place();
                Ok(())
            }
            "/Bal" => self.head.add_balance(&self.balance, xml),
            _ if path.starts_with("/Bal/") => self.balance.take(path, xml),
            _ if path.starts_with("/TxsSummry/") => self.summary.take(path, xml),
            _ => self.head.take(path, xml),
        }
    }

    /// One detail of an entry has ended: the first is held, since only a second makes a batch.
    fn close_detail(&mut self) -> Result<(), ReadError> {
        let detail = std::mem::take(&mut self.detail);
        self.entry.details += 1;
        if self.entry.details == 1 {
            self.entry.held = Some(detail);
            return Ok(());
        }
        let first = self.entry.held.take();
        if self.entry.details == 2 {
            self.entry.explodes = first.as_ref().is_some_and(|d| d.amount.is_some());
        }
        if self.entry.explodes != detail.amount.is_some() {
            let kind = ReadErrorKind::BatchDiffers;
            let expected = "an amount in every TxDtls of a batch, or in none";
            return Err(self.xml.fail(kind, "", expected));
        }
        if !self.entry.explodes {
            return Ok(());
        }
        if let Some(first) = first {
            self.emit(Some(first), Some(1))?;
        }
        let number = self.entry.details;
        self.emit(Some(detail), Some(number))
    }

    fn close_entry(&mut self) -> Result<(), ReadError> {
        if !self.entry.explodes {
            let held = self.entry.held.take();
            self.emit(held, None)?;
        }
        let facts = self.entry.facts(self.header()?, &self.xml)?;
        self.entries.add(facts.direction, facts.amount);
        let signed = match facts.direction {
            Direction::Credit => i128::from(facts.amount.get()),
            Direction::Debit => -i128::from(facts.amount.get()),
        };
        if self.entry.explodes && self.entry.items != signed {
            return Err(ReadError::new(
                ReadErrorKind::BatchDiffers,
                self.place,
                self.entry.items.unsigned_abs().to_string().as_bytes(),
                format!("items that add up to their entry, {}", facts.amount.get()),
            ));
        }
        Ok(())
    }

    /// Makes a line of the entry and one of its details.
    fn emit(&mut self, detail: Option<Detail>, item: Option<u32>) -> Result<(), ReadError> {
        let facts = self.entry.facts(self.header()?, &self.xml)?;
        let detail = detail.unwrap_or_default();
        let (direction, amount) = match item {
            None => (facts.direction, facts.amount),
            Some(_) => (
                detail.direction.unwrap_or(facts.direction),
                detail.amount.unwrap_or(facts.amount),
            ),
        };
        let entry_ref = self.entry.entry_ref(&detail, item, &self.xml)?;
        let line = (self.lines.debits.checked_add(self.lines.credits))
            .and_then(|lines| lines.checked_add(1))
            .ok_or_else(|| {
                let kind = ReadErrorKind::NumberOutOfRange;
                self.xml.fail(kind, "", "fewer than 2^32 lines")
            })?;
        let reason = self.entry.reason(&detail, direction);
        let note = self.entry.note(&detail);
        let reference = match detail.end_to_end.as_deref() {
            None | Some("NOTPROVIDED") => String::new(),
            Some(reference) => reference.to_owned(),
        };
        let own = &self.header()?.account_number;
        let (counter_bin, counter_account) = detail.counter_side(direction, own);
        let ready = StatementLine {
            line,
            entry_ref,
            booking_on: facts.booking_on,
            value_on: facts.value_on,
            direction,
            amount,
            reference,
            counter_bin,
            counter_account,
            reason,
            note,
        };
        self.lines.add(direction, amount);
        self.entry.items += match direction {
            Direction::Credit => i128::from(amount.get()),
            Direction::Debit => -i128::from(amount.get()),
        };
        self.ready.push_back(ready);
        Ok(())
    }

    /// The end of the file: does the message agree with itself?
    fn end(&self) -> Result<StatementTotals, ReadError> {
        self.summary.check(&self.entries, self.place)?;
        let closing = self.head.closing();
        self.lines.totals(closing).ok_or_else(|| {
            let expected = "sums up to 10^18";
            ReadError::new(ReadErrorKind::TotalsDiffer, self.place, b"", expected)
        })
    }
}
