//! The same statement as camt.053.001.08 (ISO 20022, BankToCustomerStatement), with
//! a detached signature beside it, as camt carries none.
//!
//! Our account and the other side's are `Othr/Id`, banks are clearing members by
//! BIN. The bank's entry id stands in `NtryRef` and `AcctSvcrRef`, the end-to-end
//! reference in `NtryDtls/TxDtls/Refs/EndToEndId`, the reason of a return in `RtrInf`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::seal::{Sealing, write_line};
use super::{Booking, Direction, Head, SealKey, Totals};
use crate::days::{Day, iso};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";
const BUFFER_BYTES: usize = 64 * 1024;

/// Writes the file and `FILE.sig`; without a key only the file.
///
/// # Errors
/// When a file can't be written.
pub fn write_camt(
    path: &Path,
    head: &Head,
    closing: i64,
    totals: Totals,
    bookings: impl Iterator<Item = Booking>,
    key: Option<&SealKey>,
) -> io::Result<()> {
    let secret = key.map_or(&[][..], |k| &k.key);
    let sealing = Sealing::new(File::create(path)?, secret);
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, sealing);
    write_head(&mut out, head, closing, totals)?;
    let mut days = Days::default();
    for booking in bookings {
        write_entry(&mut out, &booking, &mut days)?;
    }
    out.write_all(b"</Stmt></BkToCstmrStmt></Document>\n")?;
    let sealing = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    let (_, hex) = sealing.into_parts();
    if let Some(key) = key {
        write_line(path, &key.id, &hex)?;
    }
    Ok(())
}

fn write_head(out: &mut impl Write, head: &Head, closing: i64, totals: Totals) -> io::Result<()> {
    let (bin, account) = (head.bin.as_str(), Escaped(head.account.as_str()));
    let (number, day) = (head.number, head.day);
    let made = format!("{}T18:00:00+07:00", iso(day));
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"{NAMESPACE}\">\
         <BkToCstmrStmt>\n<GrpHdr><MsgId>{bin}-{day}-{number:08}</MsgId>\
         <CreDtTm>{made}</CreDtTm></GrpHdr>\n<Stmt><Id>{account}-{number:08}</Id>\
         <ElctrncSeqNb>{number}</ElctrncSeqNb><LglSeqNb>{number}</LglSeqNb>\
         <CreDtTm>{made}</CreDtTm>\n<Acct><Id><Othr><Id>{account}</Id></Othr></Id>\
         <Ccy>VND</Ccy><Svcr><FinInstnId><ClrSysMmbId><MmbId>{bin}</MmbId></ClrSysMmbId>\
         </FinInstnId></Svcr></Acct>"
    )?;
    for (code, amount) in [("OPBD", head.opening), ("CLBD", closing)] {
        let (size, sign) = (amount.unsigned_abs(), indicator(amount >= 0));
        writeln!(
            out,
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{size}</Amt>\
             <CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{}</Dt></Dt></Bal>",
            iso(day)
        )?;
    }
    let net = totals.credit_total - totals.debit_total;
    writeln!(
        out,
        "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum><TtlNetNtry>\
         <Amt>{}</Amt><CdtDbtInd>{}</CdtDbtInd></TtlNetNtry></TtlNtries>\
         <TtlCdtNtries><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum></TtlCdtNtries>\
         <TtlDbtNtries><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum></TtlDbtNtries></TxsSummry>",
        totals.details(),
        totals.credit_total + totals.debit_total,
        net.unsigned_abs(),
        indicator(net >= 0),
        totals.credits,
        totals.credit_total,
        totals.debits,
        totals.debit_total,
    )
}

const fn indicator(credit: bool) -> &'static str {
    if credit { "CRDT" } else { "DBIT" }
}

/// Days written once and kept, as a statement has few.
#[derive(Default)]
struct Days(Vec<(Day, String)>);

impl Days {
    fn iso(&mut self, day: Day) -> &str {
        let place = self.0.iter().position(|(known, _)| *known == day);
        let place = place.unwrap_or_else(|| {
            self.0.push((day, iso(day)));
            self.0.len() - 1
        });
        &self.0[place].1
    }
}

fn write_entry(out: &mut impl Write, booking: &Booking, days: &mut Days) -> io::Result<()> {
    let entry = Escaped(booking.entry_id.as_str());
    let credit = booking.direction == Direction::Credit;
    let (amount, sign) = (booking.amount, indicator(credit));
    write!(
        out,
        "<Ntry><NtryRef>{entry}</NtryRef><Amt Ccy=\"VND\">{amount}</Amt>\
         <CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{}</Dt></BookgDt>",
        days.iso(booking.booked_on)
    )?;
    write!(
        out,
        "<ValDt><Dt>{}</Dt></ValDt><AcctSvcrRef>{entry}</AcctSvcrRef>",
        days.iso(booking.value_on)
    )?;
    let reason = booking.reason.as_str();
    let (family, sub) = match (reason, credit) {
        ("FEE", _) => ("MDOP", "CHRG"),
        ("", true) => ("RCDT", "DMCT"),
        (_, true) => ("ICDT", "RRTN"),
        (_, false) => ("ICDT", "DMCT"),
    };
    let domain = if family == "MDOP" { "ACMT" } else { "PMNT" };
    write!(
        out,
        "<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd>\
         </Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><AcctSvcrRef>{entry}</AcctSvcrRef>"
    )?;
    if !booking.reference.is_empty() {
        let reference = Escaped(booking.reference.as_str());
        write!(out, "<EndToEndId>{reference}</EndToEndId>")?;
    }
    write!(
        out,
        "</Refs><Amt Ccy=\"VND\">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
    )?;
    write_other_side(out, booking)?;
    if !matches!(reason, "" | "FEE") {
        let reason = Escaped(reason);
        write!(out, "<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>")?;
    }
    if !booking.note.is_empty() {
        let note = Escaped(booking.note.as_str());
        write!(out, "<AddtlTxInf>{note}</AddtlTxInf>")?;
    }
    out.write_all(b"</TxDtls></NtryDtls></Ntry>\n")
}

/// The other side is the creditor of a payment and of its return, the debtor of money
/// that somebody sent us.
fn write_other_side(out: &mut impl Write, booking: &Booking) -> io::Result<()> {
    let sent_to_us = booking.direction == Direction::Credit && booking.reason.is_empty();
    let side = if sent_to_us { "Dbtr" } else { "Cdtr" };
    if !booking.counter_account.is_empty() {
        let account = Escaped(booking.counter_account.as_str());
        write!(
            out,
            "<RltdPties><{side}Acct><Id><Othr><Id>{account}</Id></Othr></Id></{side}Acct></RltdPties>"
        )?;
    }
    if !booking.counter_bin.is_empty() {
        let bin = Escaped(booking.counter_bin.as_str());
        write!(
            out,
            "<RltdAgts><{side}Agt><FinInstnId><ClrSysMmbId><MmbId>{bin}</MmbId></ClrSysMmbId>\
             </FinInstnId></{side}Agt></RltdAgts>"
        )?;
    }
    Ok(())
}

/// A text with the three letters that XML keeps for itself written as entities.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut rest = self.0;
        while let Some(place) = rest.find(['&', '<', '>']) {
            f.write_str(&rest[..place])?;
            f.write_str(match rest.as_bytes()[place] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                _ => "&gt;",
            })?;
            rest = &rest[place + 1..];
        }
        f.write_str(rest)
    }
}
