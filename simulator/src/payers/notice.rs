//! The bank's credit notices: AnSinh's own form and signature (docs/formats/notice.md),
//! written by hand from that page.

use std::io::{self, Write};

use serde_json::json;

use super::{Moment, Payers, Payment, STATEMENT_SECOND, Telling, next_bank_day};
use crate::rng::hash;
use crate::statement::{SealKey, hmac_hex};

/// A notice and when it is sent. The signature covers the bytes of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNotice {
    pub sent_at: Moment,
    /// The header `X-AnSinh-Signature`.
    pub signature: String,
    pub body: String,
}

impl SignedNotice {
    fn new(body: String, sent_at: Moment, key: &SealKey) -> Self {
        Self {
            signature: sign(key, sent_at.unix(), &body),
            sent_at,
            body,
        }
    }

    /// The same body signed at another time (Unix seconds): what is sent again is.
    #[must_use]
    pub fn signed_at(&self, time: i64, key: &SealKey) -> String {
        sign(key, time, &self.body)
    }
}

fn sign(key: &SealKey, time: i64, body: &str) -> String {
    let hex = hmac_hex(&key.key, format!("{time}.{body}").as_bytes());
    format!("t={time},k={},v1={hex}", key.id)
}

impl Payers {
    /// All notices in the order in which they are sent.
    #[must_use]
    pub fn notices(&self, key: &SealKey) -> Vec<SignedNotice> {
        let mut all = Vec::with_capacity(self.payments.len());
        for (place, p) in (0..).zip(&self.payments) {
            let wait = hash(self.config.seed, 63, place);
            let soon = p.at.plus(1 + small(wait % 4));
            let body = self.body(p);
            let mut send = |body: String, at| all.push(SignedNotice::new(body, at, key));
            match p.telling {
                Telling::Never => {}
                Telling::InTime | Telling::Hollow => send(body, soon),
                Telling::Twice => {
                    send(body.clone(), soon);
                    send(body, soon.plus(30 + small(wait % 270)));
                }
                Telling::Late => {
                    // hours after the statement was there
                    let day = next_bank_day(p.booked_on);
                    let second = STATEMENT_SECOND + 3 * 3600 + small(wait % 3600);
                    send(body, Moment { day, second });
                }
            }
        }
        // in a stable order: two that are sent in one second stay as they were paid
        all.sort_by_key(|n| n.sent_at);
        all
    }

    fn body(&self, p: &Payment) -> String {
        let ours = &self.bills[0];
        json!({
            "notice": 1,
            "id": format!("NOTICE-{}", p.reference),
            "bin": ours.bin,
            "account": ours.account,
            "amount": p.amount,
            "currency": "VND",
            "direction": "credit",
            "booked_at": p.at.to_string(),
            "content": p.content,
            "counter": {"bin": p.purse.bin, "account": p.purse.account, "name": p.purse.name},
            "reference": p.reference,
        })
        .to_string()
    }
}

/// Writes notices, one JSON object a line: `sent_at`, `signature`, `body` (a text, since
/// the signature covers its bytes).
///
/// # Errors
/// When the output takes no more.
pub fn write_notices(mut out: impl Write, notices: &[SignedNotice]) -> io::Result<()> {
    for n in notices {
        let sent_at = n.sent_at.to_string();
        let line = json!({"sent_at": sent_at, "signature": n.signature, "body": n.body});
        writeln!(out, "{line}")?;
    }
    out.flush()
}

fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
