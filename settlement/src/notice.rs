//! Credit notices: a provider's or bank's word, over HTTP, that money came in.
//!
//! Here a delivery is verified and read; what it does to the books is decided elsewhere. The
//! caller keeps the raw body and holds (provider, id) unique: a notice is sent again until
//! it is answered, and only that makes a replay within the allowed drift harmless.
//!
//! | provider | signature | time |
//! |---|---|---|
//! | SePay | `X-SePay-Signature: sha256=HEX`, HMAC-SHA256 over `<X-SePay-Timestamp>.<body>` | 300 s |
//! | SePay, older | `Authorization: Apikey KEY`: says who sends, not what | none |
//! | PayOS | `signature` in the body, HMAC-SHA256 over `data` as `k=v&...`, sorted | none |
//! | Casso v2 | `X-Casso-Signature: t=MS,v1=HEX`, HMAC-SHA512 over `t.JSON`, the whole body sorted | 300 s |
//! | AnSinh | `X-AnSinh-Signature: t=S,k=ID,v1=HEX`, HMAC-SHA256 over `t.<body>` | 300 s |
//!
//! Signatures are compared in constant time, before anything of the content is looked at.
//! Amounts are exact integers: a fraction, an exponent or a text is refused. Fields that
//! are not known are left out.

mod ansinh;
mod canonical;
mod casso;
mod error;
mod fields;
mod payos;
mod sepay;
mod sign;

pub use ansinh::sign_notice;
pub use error::{NoticeError, NoticeErrorKind};

use crate::{Dong, Keys};

/// How a provider's deliveries are signed, with the secret.
#[derive(Clone, Copy)]
pub enum NoticeScheme<'a> {
    SepayHmac(&'a [u8]),
    SepayApiKey(&'a str),
    /// With the checksum key.
    PayOs(&'a [u8]),
    Casso(&'a [u8]),
    /// With the keys of the bank account; an id leads to its secret.
    AnSinh(Keys<'a>),
}

/// One HTTP delivery.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Finds a header; names are asked in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The bytes as they came.
    pub body: &'a [u8],
    /// When they came, UTC microseconds.
    pub received_at: i64,
}

/// What a delivery that can be trusted says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Money came in.
    Credit(Box<Notice>),
    /// Nothing came in: answered with 200 and not booked.
    Ignored { id: String, why: Ignored },
}

/// Why a delivery that can be trusted is no credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Money went out.
    Outgoing,
    /// The provider says that the payment did not succeed.
    NotSucceeded,
}

/// A credit on one of our accounts, as a provider tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `sepay`, `payos`, `casso` or `ansinh`.
    pub provider: &'static str,
    /// The provider's id, unique with it.
    pub id: String,
    /// Our account at the bank.
    pub bank_account: String,
    /// The virtual account that the payer named instead.
    pub virtual_account: Option<String>,
    /// 1 to 10^15 đồng.
    pub amount: Dong,
    /// When the bank booked it, UTC microseconds.
    pub at: i64,
    /// What the payer wrote, as the bank hands it on.
    pub content: String,
    pub counter_account: Option<CounterAccount>,
    /// The bank's reference of the booking, which its statement carries too.
    pub bank_reference: Option<String>,
}

/// Where the money came from, as far as the bank says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterAccount {
    /// BIN, CITAD number or name, whatever the provider gives.
    pub bank: Option<String>,
    pub number: String,
    pub name: Option<String>,
}

/// The most seconds between a signature's time and ours, in either direction.
pub const DRIFT_MAX_S: i64 = 300;

/// Whether a delivery is signed as its scheme asks: what such a sender says is worth keeping,
/// also where it cannot be read.
pub fn verify_notice(scheme: NoticeScheme, delivery: &Delivery) -> Result<(), NoticeError> {
    match scheme {
        NoticeScheme::SepayHmac(secret) => sepay::verify(secret, delivery),
        NoticeScheme::SepayApiKey(key) => sepay::verify_key(key, delivery),
        NoticeScheme::PayOs(secret) => payos::verify(secret, &fields::parse(delivery.body)?),
        NoticeScheme::Casso(secret) => {
            casso::verify(secret, delivery, &fields::parse(delivery.body)?)
        }
        NoticeScheme::AnSinh(keys) => ansinh::verify(keys, delivery),
    }
}

/// Verifies a delivery, then reads it.
///
/// An error names what is wrong and where; nothing of such a delivery may be booked.
pub fn read_notice(scheme: NoticeScheme, delivery: &Delivery) -> Result<Reading, NoticeError> {
    match scheme {
        NoticeScheme::SepayHmac(secret) => {
            sepay::verify(secret, delivery)?;
            sepay::read(delivery.body)
        }
        NoticeScheme::SepayApiKey(key) => {
            sepay::verify_key(key, delivery)?;
            sepay::read(delivery.body)
        }
        NoticeScheme::PayOs(secret) => payos::verify_and_read(secret, delivery),
        NoticeScheme::Casso(secret) => casso::verify_and_read(secret, delivery),
        NoticeScheme::AnSinh(keys) => {
            ansinh::verify(keys, delivery)?;
            ansinh::read(delivery.body)
        }
    }
}
