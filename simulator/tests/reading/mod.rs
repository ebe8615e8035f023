//! What the tests read and write by themselves, apart from the code under test: a
//! payment file as a customer sends it, and the settlement file by the positions
//! of docs/formats/settlement.md.

#![allow(dead_code)] // each test binary uses a part
#![allow(clippy::unwrap_used)] // a test, though not marked as one

use std::collections::HashMap;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub const OUR_ACCOUNT: &str = "1300200012345";
pub const BIN: &str = "970405";
pub const KEY: &[u8] = b"ansinh-test-key";

pub struct Wish {
    pub reference: String,
    pub amount: i64,
    pub bin: String,
    pub account: String,
}

/// `n` payments with references and accounts of their own.
pub fn wishes(n: usize, prefix: &str) -> Vec<Wish> {
    (1..=n)
        .map(|i| Wish {
            reference: format!("{prefix}{i:010}"),
            amount: 500_000 + 250_000 * i64::try_from(i % 4).unwrap(),
            bin: "970436".into(),
            account: format!("{:013}", 7_000_000 + i),
        })
        .collect()
}

/// A pain.001.001.09 with one payment block.
pub fn pain(message_id: &str, account: &str, day: &str, wishes: &[Wish]) -> String {
    let total: i128 = wishes.iter().map(|w| i128::from(w.amount)).sum();
    let sums = format!(
        "<NbOfTxs>{}</NbOfTxs><CtrlSum>{total}</CtrlSum>",
        wishes.len()
    );
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn>\n\
         <GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-06-05T08:00:00+07:00</CreDtTm>{sums}\
         <InitgPty><Nm>Phong LDTBXH &amp; DTTS</Nm></InitgPty></GrpHdr>\n\
         <PmtInf><PmtInfId>1</PmtInfId><PmtMtd>TRF</PmtMtd>{sums}<ReqdExctnDt><Dt>{day}</Dt>\
         </ReqdExctnDt><Dbtr><Nm>Phong</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{account}</Id></Othr>\
         </Id></DbtrAcct><DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>{BIN}</MmbId></ClrSysMmbId>\
         </FinInstnId></DbtrAgt>\n"
    );
    for wish in wishes {
        writeln!(
            xml,
            "<CdtTrfTxInf><PmtId><EndToEndId>{}</EndToEndId></PmtId>\
             <Amt><InstdAmt Ccy=\"VND\">{}</InstdAmt></Amt><CdtrAgt><FinInstnId><ClrSysMmbId>\
             <MmbId>{}</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt><Cdtr><Nm>Ai &#272;&#243;</Nm>\
             </Cdtr><CdtrAcct><Id><Othr><Id>{}</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>",
            wish.reference, wish.amount, wish.bin, wish.account
        )
        .unwrap();
    }
    xml.push_str("</PmtInf></CstmrCdtTrfInitn></Document>\n");
    xml
}

pub fn hmac_hex(key: &[u8], bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(bytes);
    let mut hex = String::new();
    for byte in mac.finalize().into_bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    pub entry_id: String,
    pub booked_on: u32,
    pub debit: bool,
    pub amount: i64,
    pub reference: String,
    pub counter_account: String,
    pub reason: String,
    pub note: String,
}

#[derive(Debug)]
pub struct Native {
    pub account: String,
    pub number: u32,
    pub day: u32,
    pub opening: i64,
    pub closing: i64,
    pub key_id: String,
    pub details: Vec<Detail>,
}

/// The text from a position of the format (from 1).
fn field(line: &str, from: usize, length: usize) -> &str {
    &line[from - 1..from - 1 + length]
}

fn number(line: &str, from: usize, length: usize) -> Result<i64, String> {
    let text = field(line, from, length);
    text.parse()
        .map_err(|_| format!("{text:?} at {from} is no number"))
}

fn ensure(right: bool, what: &str) -> Result<(), String> {
    right.then_some(()).ok_or_else(|| what.to_owned())
}

/// Reads a signed native file with every check of "What a reader checks", 1 to 4.
pub fn read_native(bytes: &[u8]) -> Result<Native, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not text")?;
    ensure(
        text.bytes()
            .all(|b| b == b'\n' || (0x20..0x7F).contains(&b)),
        "characters",
    )?;
    let body = text.strip_suffix('\n').ok_or("no last LF")?;
    let lines: Vec<&str> = body.split('\n').collect();
    ensure(lines.len() >= 2, "too few lines")?;
    let (head, trailer) = (lines[0], lines[lines.len() - 1]);
    let details = &lines[1..lines.len() - 1];
    ensure(
        head.len() == 119 && head.starts_with("HANSINHSTL1"),
        "header",
    )?;
    ensure(trailer.len() == 141 && trailer.starts_with('T'), "trailer")?;
    ensure(
        field(head, 85, 3) == "VND" && field(head, 88, 32).trim().is_empty(),
        "header end",
    )?;
    ensure(field(head, 69, 16).trim_end() == "k1", "key id")?;
    let mac = hmac_hex(KEY, &bytes[..bytes.len() - 65]);
    ensure(field(trailer, 78, 64) == mac, "MAC")?;
    let opening = number(head, 53, 16)?;
    let mut sums = [(0, 0); 2];
    let mut balance = opening;
    let mut known: HashMap<&str, &str> = HashMap::new();
    let mut read = Vec::new();
    for (place, line) in (1..).zip(details) {
        ensure(line.len() == 119 && line.starts_with('D'), "detail form")?;
        ensure(number(line, 2, 8)? == place, "line number")?;
        let amount = number(line, 43, 15)?;
        ensure(amount >= 1, "amount")?;
        let debit = match field(line, 42, 1) {
            "D" => true,
            "C" => false,
            _ => return Err("direction".into()),
        };
        let sum = &mut sums[usize::from(!debit)];
        *sum = (sum.0 + 1, sum.1 + amount);
        let id = field(line, 10, 16);
        match known.insert(id, &line[25..]) {
            Some(before) => ensure(before == &line[25..], "an entry id with two bookings")?,
            None => balance += if debit { -amount } else { amount },
        }
        let booked_on = u32::try_from(number(line, 26, 8)?).unwrap();
        ensure(
            i64::from(booked_on) <= number(head, 45, 8)?,
            "booked after the statement",
        )?;
        read.push(Detail {
            entry_id: id.trim_end().into(),
            booked_on,
            debit,
            amount,
            reference: field(line, 58, 16).trim_end().into(),
            counter_account: field(line, 80, 19).trim_end().into(),
            reason: field(line, 99, 4).trim_end().into(),
            note: field(line, 103, 17).trim_end().into(),
        });
    }
    let said = (number(trailer, 10, 8)?, number(trailer, 26, 18)?);
    ensure(said == sums[0], "debits of the trailer")?;
    let said = (number(trailer, 18, 8)?, number(trailer, 44, 18)?);
    ensure(said == sums[1], "credits of the trailer")?;
    ensure(
        number(trailer, 2, 8)? == sums[0].0 + sums[1].0,
        "details of the trailer",
    )?;
    let closing = number(trailer, 62, 16)?;
    ensure(
        closing == balance,
        "opening + credits - debits is not the closing balance",
    )?;
    Ok(Native {
        account: field(head, 18, 19).trim_end().into(),
        number: u32::try_from(number(head, 37, 8)?).unwrap(),
        day: u32::try_from(number(head, 45, 8)?).unwrap(),
        opening,
        closing,
        key_id: "k1".into(),
        details: read,
    })
}
