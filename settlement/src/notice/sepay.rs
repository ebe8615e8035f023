//! SePay (its developer pages, "webhooks": authentication and payload).

use super::fields::{Fields, parse};
use super::{Delivery, Ignored, Notice, NoticeError, NoticeErrorKind as Kind, Reading, sign};

const SIGNATURE: &str = "x-sepay-signature";
const TIMESTAMP: &str = "x-sepay-timestamp";

pub fn verify(secret: &[u8], delivery: &Delivery) -> Result<(), NoticeError> {
    let signature = sign::header(delivery, SIGNATURE)?;
    let time = sign::header(delivery, TIMESTAMP)?;
    let hex = signature
        .strip_prefix("sha256=")
        .ok_or_else(|| NoticeError::new(Kind::SignatureForm, SIGNATURE, signature, "sha256=..."))?;
    sign::check_sha256(
        SIGNATURE,
        secret,
        &[time.as_bytes(), b".", delivery.body],
        hex,
    )?;
    sign::check_time(TIMESTAMP, time, 1, delivery)
}

/// The older way: a key that says who sends, and nothing of what.
pub fn verify_key(key: &str, delivery: &Delivery) -> Result<(), NoticeError> {
    let place = "authorization";
    let given = sign::header(delivery, place)?;
    let given = given.strip_prefix("Apikey ").ok_or_else(|| {
        NoticeError::new(Kind::SignatureForm, place, "another scheme", "Apikey ...")
    })?;
    if !key.is_empty() && sign::same_secret(key.as_bytes(), given.as_bytes()) {
        return Ok(());
    }
    Err(NoticeError::new(
        Kind::BadSignature,
        place,
        "another key",
        "our key",
    ))
}

pub fn read(body: &[u8]) -> Result<Reading, NoticeError> {
    let body = parse(body)?;
    let fields = Fields::of("", &body)?;
    let id = fields.id("id")?;
    match fields.text("transferType")? {
        "in" => {}
        "out" => {
            let why = Ignored::Outgoing;
            return Ok(Reading::Ignored { id, why });
        }
        other => {
            let expected = "in or out";
            return Err(NoticeError::new(
                Kind::Malformed,
                "transferType",
                other,
                expected,
            ));
        }
    }
    fields.currency("currency")?;
    Ok(Reading::Credit(Box::new(Notice {
        provider: "sepay",
        id,
        bank_account: fields.text("accountNumber")?.to_owned(),
        virtual_account: fields.optional("subAccount")?.map(str::to_owned),
        amount: fields.amount("transferAmount")?,
        at: fields.instant("transactionDate")?,
        content: fields.optional("content")?.unwrap_or_default().to_owned(),
        counter_account: None,
        bank_reference: fields.optional("referenceCode")?.map(str::to_owned),
    })))
}
