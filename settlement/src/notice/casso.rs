//! Casso webhook v2.
//!
//! The signed text is the time in milliseconds, a dot, and the whole body (`error` and
//! `data`) as JSON without blanks, the keys in order at every depth. (Checked against the
//! provider's published sample: `data` alone does not give its signature.)

use super::fields::{Fields, parse};
use super::{
    Delivery, Ignored, Notice, NoticeError, NoticeErrorKind as Kind, Reading, canonical, sign,
};
use serde_json::Value;

const SIGNATURE: &str = "x-casso-signature";

pub fn verify(secret: &[u8], delivery: &Delivery, body: &Value) -> Result<(), NoticeError> {
    let header = sign::header(delivery, SIGNATURE)?;
    let [time, hex] = sign::parts(SIGNATURE, header, ["t", "v1"])?;
    let text = canonical::stringify(body);
    let parts = [time.as_bytes(), b".", text.as_bytes()];
    sign::check_sha512(SIGNATURE, secret, &parts, hex)?;
    sign::check_time(SIGNATURE, time, 1_000, delivery)
}

pub fn verify_and_read(secret: &[u8], delivery: &Delivery) -> Result<Reading, NoticeError> {
    let body = parse(delivery.body)?;
    verify(secret, delivery, &body)?;
    read(&body)
}

fn read(body: &Value) -> Result<Reading, NoticeError> {
    let whole = Fields::of("", body)?;
    if let Some(error) = whole.get("error").filter(|e| e.as_i64() != Some(0)) {
        let expected = "0, no error";
        return Err(NoticeError::new(
            Kind::Malformed,
            "error",
            &error.to_string(),
            expected,
        ));
    }
    let data = Fields::of("data", whole.get("data").unwrap_or(&Value::Null))?;
    let id = data.id("id")?;
    let amount = data.signed_amount("amount")?;
    if amount < 0 {
        let why = Ignored::Outgoing;
        return Ok(Reading::Ignored { id, why });
    }
    data.currency("currency")?;
    let banks = ["counterAccountBankId", "counterAccountBankName"];
    Ok(Reading::Credit(Box::new(Notice {
        provider: "casso",
        id,
        bank_account: data.text("accountNumber")?.to_owned(),
        virtual_account: data.optional("virtualAccountNumber")?.map(str::to_owned),
        amount: data.amount("amount")?,
        at: data.instant("transactionDateTime")?,
        content: data.optional("description")?.unwrap_or_default().to_owned(),
        counter_account: data.counter(&banks, "counterAccountNumber", "counterAccountName")?,
        bank_reference: data.optional("reference")?.map(str::to_owned),
    })))
}
