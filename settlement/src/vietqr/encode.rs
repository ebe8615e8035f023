//! The writer: fields in ascending order, each with its length, the checksum last.

use super::crc::crc16;
use super::{
    AID, COUNTRY, CURRENCY, DYNAMIC, Payee, STATIC, VERSION, VietQr, VietQrError, VietQrErrorKind,
};
use VietQrErrorKind as Kind;

pub fn encode(qr: &VietQr) -> Result<String, VietQrError> {
    check(qr)?;
    let payee = fields(&[("00", &qr.bin), ("01", qr.payee.number())]);
    let service = fields(&[("00", AID), ("01", &payee), ("02", qr.payee.service())]);
    let amount = qr.amount.map(|a| a.get().to_string());
    let additional = additional(qr);
    if additional.len() > 99 {
        let expected = "at most 99 characters in all";
        return Err(at(Kind::TextForm, "62", &additional, expected));
    }
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut text = fields(&[
        ("00", VERSION),
        ("01", if qr.dynamic { DYNAMIC } else { STATIC }),
        ("38", &service),
        ("52", &optional(&qr.extra.category)),
        ("53", CURRENCY),
        ("54", &amount.unwrap_or_default()),
        ("58", COUNTRY),
        ("59", &optional(&qr.name)),
        ("60", &optional(&qr.extra.city)),
        ("61", &optional(&qr.extra.postcode)),
        ("62", &additional),
    ]);
    text.push_str("6304");
    let crc = crc16(text.as_bytes());
    text.push_str(&format!("{crc:04X}"));
    Ok(text)
}

fn additional(qr: &VietQr) -> String {
    let mut out = String::new();
    for (tag, label) in &qr.extra.labels {
        out.push_str(&fields(&[(&format!("{tag:02}"), label)]));
    }
    if let Some(content) = &qr.content {
        out.push_str(&fields(&[("08", content)]));
    }
    out
}

/// A row of fields; an empty one is left out.
fn fields(row: &[(&str, &str)]) -> String {
    let filled = row.iter().filter(|(_, value)| !value.is_empty());
    filled
        .map(|(tag, value)| format!("{tag}{:02}{value}", value.len()))
        .collect()
}

/// The forms of all fields: also what the reader asks of each value.
pub fn check(qr: &VietQr) -> Result<(), VietQrError> {
    check_bin("38/01/00", &qr.bin)?;
    check_payee("38/01/01", &qr.payee)?;
    if let Some(amount) = qr
        .amount
        .filter(|a| !(1..=VietQr::AMOUNT_MAX).contains(&a.get()))
    {
        let found = amount.get().to_string();
        return Err(at(Kind::AmountForm, "54", &found, AMOUNT_FORM));
    }
    if let Some(category) = &qr.extra.category
        && !(category.len() == 4 && category.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(at(Kind::TextForm, "52", category, "4 digits"));
    }
    check_text("59", qr.name.as_deref(), VietQr::TEXT_MAX)?;
    check_text("60", qr.extra.city.as_deref(), 15)?;
    check_text("61", qr.extra.postcode.as_deref(), 10)?;
    for (tag, label) in &qr.extra.labels {
        if !(1..=7).contains(tag) {
            let found = format!("{tag:02}");
            return Err(at(Kind::UnknownTag, "62", &found, "tags 01 to 08"));
        }
        check_text(&format!("62/{tag:02}"), Some(label), VietQr::TEXT_MAX)?;
    }
    check_text("62/08", qr.content.as_deref(), VietQr::TEXT_MAX)
}

pub const AMOUNT_FORM: &str = "whole dong, 1 to 9999999999999, digits only, no leading zero";

fn check_bin(path: &str, bin: &str) -> Result<(), VietQrError> {
    if bin.len() == 6 && bin.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(at(Kind::BinForm, path, bin, "6 digits"))
}

fn check_payee(path: &str, payee: &Payee) -> Result<(), VietQrError> {
    let number = payee.number();
    let (fits, expected) = match payee {
        Payee::Account(_) => (
            (1..=19).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric()),
            "1 to 19 letters or digits",
        ),
        Payee::Card(_) => (
            (12..=19).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()),
            "12 to 19 digits",
        ),
    };
    if fits {
        return Ok(());
    }
    Err(at(Kind::NumberForm, path, number, expected))
}

fn check_text(path: &str, text: Option<&str>, limit: usize) -> Result<(), VietQrError> {
    let Some(text) = text else { return Ok(()) };
    if let Some(c) = text.chars().find(|c| !matches!(c, ' '..='~')) {
        return Err(at(Kind::NotAscii, path, &c.to_string(), "printable ASCII"));
    }
    if (1..=limit).contains(&text.len()) {
        return Ok(());
    }
    Err(at(
        Kind::TextForm,
        path,
        text,
        format!("1 to {limit} characters"),
    ))
}

fn at(kind: Kind, path: &str, found: &str, expected: impl Into<String>) -> VietQrError {
    VietQrError::new(kind, path, 0, found, expected)
}
