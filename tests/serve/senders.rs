//! Notices as each sender writes and signs them, by this file's own code.

use super::wire::Headers;
use super::world::NUMBER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

pub const SECRET: &str = "a secret of thirty-two characters";

/// One credit, as told by whomever.
#[derive(Clone)]
pub struct Credit {
    pub id: String,
    pub account: String,
    pub amount: i64,
    pub content: String,
    pub reference: String,
}

impl Credit {
    pub fn new(id: usize, amount: i64, content: &str) -> Credit {
        Credit {
            id: (1_000 + id).to_string(),
            account: NUMBER.into(),
            amount,
            content: content.into(),
            reference: format!("FT{id}"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn sha256(text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text);
    hex(&mac.finalize().into_bytes())
}

fn sha512(text: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text);
    hex(&mac.finalize().into_bytes())
}

/// The tests' day, in the morning.
const LOCAL: &str = "2026-06-05 08:59:30";

pub fn sepay(c: &Credit, time: i64) -> (Headers, Vec<u8>) {
    let body = json!({"id": c.id.parse::<i64>().unwrap(), "gateway": "Agribank", "transactionDate": LOCAL,
        "accountNumber": c.account, "subAccount": null, "code": null, "content": c.content, "transferType": "in",
        "description": "x", "transferAmount": c.amount, "accumulated": 1, "referenceCode": c.reference});
    sepay_body(body.to_string().into_bytes(), time)
}

/// Any body, rightly signed as SePay does.
pub fn sepay_body(body: Vec<u8>, time: i64) -> (Headers, Vec<u8>) {
    let mut text = format!("{time}.").into_bytes();
    text.extend_from_slice(&body);
    let headers = vec![
        ("x-sepay-timestamp", time.to_string()),
        ("x-sepay-signature", format!("sha256={}", sha256(&text))),
    ];
    (headers, body)
}

pub fn sepay_key(c: &Credit) -> (Headers, Vec<u8>) {
    let (_, body) = sepay(c, 0);
    (vec![("authorization", format!("Apikey {SECRET}"))], body)
}

pub fn payos(c: &Credit) -> (Headers, Vec<u8>) {
    let data = json!({"orderCode": 7, "amount": c.amount, "description": c.content, "accountNumber": c.account,
        "reference": c.reference, "transactionDateTime": LOCAL, "currency": "VND", "paymentLinkId": c.id, "code": "00",
        "desc": "Thành công", "counterAccountBankId": null, "virtualAccountName": ""});
    let map = data.as_object().unwrap();
    let mut keys: Vec<&String> = map.keys().collect();
    keys.sort();
    let text: Vec<String> = keys
        .iter()
        .map(|k| match &map[*k] {
            Value::String(s) => format!("{k}={s}"),
            Value::Null => format!("{k}="),
            other => format!("{k}={other}"),
        })
        .collect();
    let signature = sha256(text.join("&").as_bytes());
    let body = json!({"code": "00", "desc": "success", "success": true, "data": data, "signature": signature});
    (Vec::new(), body.to_string().into_bytes())
}

pub fn casso(c: &Credit, time: i64) -> (Headers, Vec<u8>) {
    // Keys in order, so that the body is the signed text.
    let data = json!({"accountNumber": c.account, "amount": c.amount, "bankAbbreviation": "AGR", "bankName": "Agribank",
        "description": c.content, "id": c.id.parse::<i64>().unwrap(), "reference": c.reference, "runningBalance": 5,
        "transactionDateTime": LOCAL});
    let sorted: std::collections::BTreeMap<String, Value> =
        data.as_object().unwrap().clone().into_iter().collect();
    let text = format!(
        "{{\"data\":{},\"error\":0}}",
        serde_json::to_string(&sorted).unwrap()
    );
    let ms = time * 1_000;
    let v1 = sha512(format!("{ms}.{text}").as_bytes());
    let headers = vec![("x-casso-signature", format!("t={ms},v1={v1}"))];
    (headers, text.into_bytes())
}

pub fn ansinh(c: &Credit, time: i64) -> (Headers, Vec<u8>) {
    let body = json!({"notice": 1, "id": c.id, "bin": "970405", "account": c.account, "amount": c.amount,
        "currency": "VND", "direction": "credit", "booked_at": "2026-06-05T08:59:30+07:00", "content": c.content,
        "counter": {"bin": "970436", "account": "0071000000001", "name": "NGUYEN VAN MAU"}, "reference": c.reference})
    .to_string();
    let v1 = sha256(format!("{time}.{body}").as_bytes());
    let headers = vec![("x-ansinh-signature", format!("t={time},k=k1,v1={v1}"))];
    (headers, body.into_bytes())
}
