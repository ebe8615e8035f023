//! AnSinh's own signed notice, for a bank that sends without a provider between
//! (`docs/formats/notice.md`).

use super::fields::{Fields, parse};
use super::{Delivery, Ignored, Notice, NoticeError, NoticeErrorKind as Kind, Reading, sign};
use crate::Keys;
use serde_json::Value;

const SIGNATURE: &str = "x-ansinh-signature";

/// The value of the header `X-AnSinh-Signature` for `body`, signed at `time` (Unix seconds).
pub fn sign_notice(key_id: &str, key: &[u8], time: i64, body: &[u8]) -> String {
    let hex = sign::sign_sha256(key, &[time.to_string().as_bytes(), b".", body]);
    format!("t={time},k={key_id},v1={hex}")
}

pub fn verify(keys: Keys, delivery: &Delivery) -> Result<(), NoticeError> {
    let header = sign::header(delivery, SIGNATURE)?;
    let [time, key_id, hex] = sign::parts(SIGNATURE, header, ["t", "k", "v1"])?;
    let key = keys(key_id).ok_or_else(|| {
        NoticeError::new(
            Kind::UnknownKey,
            SIGNATURE,
            key_id,
            "the id of a key of this account",
        )
    })?;
    sign::check_sha256(
        SIGNATURE,
        &key,
        &[time.as_bytes(), b".", delivery.body],
        hex,
    )?;
    sign::check_time(SIGNATURE, time, 1, delivery)
}

pub fn read(body: &[u8]) -> Result<Reading, NoticeError> {
    let body = parse(body)?;
    let fields = Fields::of("", &body)?;
    if fields.get("notice").and_then(Value::as_i64) != Some(1) {
        let found = fields
            .get("notice")
            .map(Value::to_string)
            .unwrap_or_default();
        return Err(NoticeError::new(
            Kind::Malformed,
            "notice",
            &found,
            "1, the version",
        ));
    }
    let id = fields.text("id")?.to_owned();
    match fields.text("direction")? {
        "credit" => {}
        "debit" => {
            let why = Ignored::Outgoing;
            return Ok(Reading::Ignored { id, why });
        }
        other => {
            let expected = "credit or debit";
            return Err(NoticeError::new(
                Kind::Malformed,
                "direction",
                other,
                expected,
            ));
        }
    }
    fields.text("currency")?;
    fields.currency("currency")?;
    let counter = match fields.get("counter") {
        None => None,
        Some(value) => Fields::of("counter", value)?.counter(&["bin"], "account", "name")?,
    };
    Ok(Reading::Credit(Box::new(Notice {
        provider: "ansinh",
        id,
        bank_account: fields.text("account")?.to_owned(),
        virtual_account: fields.optional("virtual_account")?.map(str::to_owned),
        amount: fields.amount("amount")?,
        at: fields.instant("booked_at")?,
        content: fields.optional("content")?.unwrap_or_default().to_owned(),
        counter_account: counter,
        bank_reference: fields.optional("reference")?.map(str::to_owned),
    })))
}
