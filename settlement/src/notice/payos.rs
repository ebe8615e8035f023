//! PayOS: the signature stands in the body and covers `data` only.
//!
//! The signed text, as its published library makes it: the keys of `data` in order, each
//! `key=value`, joined by `&`; null and the texts `null` and `undefined` are empty; an array
//! is JSON, its objects with their keys in order. There is no time in it, so a replay is
//! held back by the id alone: payment link and the bank's reference.

use super::fields::{Fields, parse};
use super::{
    Delivery, Ignored, Notice, NoticeError, NoticeErrorKind as Kind, Reading, canonical, sign,
};
use serde_json::{Map, Value};

pub fn verify(secret: &[u8], body: &Value) -> Result<(), NoticeError> {
    let whole = Fields::of("", body)?;
    let signature = whole.optional("signature")?.ok_or_else(|| {
        NoticeError::new(Kind::MissingSignature, "signature", "", "a signed delivery")
    })?;
    let data = Fields::of("data", whole.get("data").unwrap_or(&Value::Null))?;
    let text = signed_text(data.map())?;
    sign::check_sha256("signature", secret, &[text.as_bytes()], signature)
}

pub fn verify_and_read(secret: &[u8], delivery: &Delivery) -> Result<Reading, NoticeError> {
    let body = parse(delivery.body)?;
    verify(secret, &body)?;
    let whole = Fields::of("", &body)?;
    let data = Fields::of("data", whole.get("data").unwrap_or(&Value::Null))?;
    read(&whole, &data)
}

fn signed_text(data: &Map<String, Value>) -> Result<String, NoticeError> {
    let mut keys: Vec<&String> = data.keys().collect();
    keys.sort_unstable();
    let mut pieces = Vec::with_capacity(keys.len());
    for key in keys {
        let value = match &data[key] {
            Value::Null => String::new(),
            Value::String(text) if text == "null" || text == "undefined" => String::new(),
            Value::String(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            Value::Number(n) => canonical::number(n),
            array @ Value::Array(_) => canonical::stringify(array),
            other @ Value::Object(_) => {
                let place = format!("data.{key}");
                let expected = "no object within data: its signature is not defined";
                return Err(NoticeError::new(
                    Kind::Malformed,
                    &place,
                    &other.to_string(),
                    expected,
                ));
            }
        };
        pieces.push(format!("{key}={value}"));
    }
    Ok(pieces.join("&"))
}

fn read(whole: &Fields, data: &Fields) -> Result<Reading, NoticeError> {
    let link = data.text("paymentLinkId")?;
    let reference = data.text("reference")?;
    let id = format!("{link}/{reference}");
    // `success` is outside the signature: only what is signed may say that money came in.
    let refused = whole.get("success") == Some(&Value::Bool(false));
    if refused || data.text("code")? != "00" {
        let why = Ignored::NotSucceeded;
        return Ok(Reading::Ignored { id, why });
    }
    data.currency("currency")?;
    let banks = ["counterAccountBankId", "counterAccountBankName"];
    Ok(Reading::Credit(Box::new(Notice {
        provider: "payos",
        id,
        bank_account: data.text("accountNumber")?.to_owned(),
        virtual_account: data.optional("virtualAccountNumber")?.map(str::to_owned),
        amount: data.amount("amount")?,
        at: data.instant("transactionDateTime")?,
        content: data.optional("description")?.unwrap_or_default().to_owned(),
        counter_account: data.counter(&banks, "counterAccountNumber", "counterAccountName")?,
        bank_reference: Some(reference.to_owned()),
    })))
}
