//! VietQR: the text inside the QR code that a payer scans (EMVCo merchant-presented mode,
//! with the profile of the domestic switch: application id `A000000727`).
//!
//! The text is a row of fields, each a two-digit tag, a two-digit length and a value; tags
//! 38 and 62 hold rows of their own. Everything is printable ASCII, so characters are bytes.
//!
//! | tag | value |
//! |---|---|
//! | 00 | `01`, always first |
//! | 01 | `11` static, `12` dynamic (made for one payment, with its amount) |
//! | 38 | 00 = `A000000727`; 01 = (00 = BIN, 01 = account or card); 02 = `QRIBFTTA` or `QRIBFTTC` |
//! | 52 | merchant category, 4 digits, optional |
//! | 53 | `704` |
//! | 54 | amount in đồng, at most 13 digits |
//! | 58, 59, 60, 61 | `VN`, name (25), city (15), postcode (10) |
//! | 62 | 01 to 07 labels, 08 the purpose of the payment; 25 each, 99 in all |
//! | 63 | CRC-16 of all before it and of `6304`, always last |
//!
//! The writer puts tags in ascending order. The reader takes any order between first and
//! last, and refuses what it does not know: a field nobody here understands could change
//! what the payer pays. An error names tag and offset.

mod crc;
mod decode;
mod encode;
mod error;
mod text;

pub use error::{VietQrError, VietQrErrorKind};
pub use text::{qr_content, qr_name};

use crate::Dong;
use std::collections::BTreeMap;

/// What a VietQR code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VietQr {
    /// Whether it was made for one payment (tag 01 is `12`).
    pub dynamic: bool,
    /// Whose bank, six digits.
    pub bin: String,
    /// Where the money goes.
    pub payee: Payee,
    /// What is to be paid, 1 to 9,999,999,999,999 đồng; the payer types it where there is none.
    pub amount: Option<Dong>,
    /// The purpose, tag 62-08, which the bank carries as the content of the transfer.
    pub content: Option<String>,
    /// The payee's name, tag 59. Shown only; the bank looks up the holder itself.
    pub name: Option<String>,
    /// What other issuers add.
    pub extra: Extra,
}

/// An account or a card, by the bank's service (38-02).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payee {
    /// `QRIBFTTA`: 1 to 19 letters and digits.
    Account(String),
    /// `QRIBFTTC`: 12 to 19 digits.
    Card(String),
}

/// Fields that AnSinh does not write of its own accord, but reads and keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Tag 52, 4 digits.
    pub category: Option<String>,
    /// Tag 60, at most 15.
    pub city: Option<String>,
    /// Tag 61, at most 10.
    pub postcode: Option<String>,
    /// Tags 62-01 to 62-07 (bill, phone, store, loyalty, reference, customer, terminal),
    /// at most 25 each.
    pub labels: BTreeMap<u8, String>,
}

impl VietQr {
    /// The largest amount that thirteen digits hold.
    pub const AMOUNT_MAX: i64 = 9_999_999_999_999;
    /// The most characters of the content and of the name.
    pub const TEXT_MAX: usize = 25;

    /// A transfer to an account: dynamic with an amount, static without one.
    ///
    /// `content` and `name` are put into safe characters by [`qr_content`] and [`qr_name`];
    /// an empty one is left out. An error when a part does not fit, see [`VietQr::encode`].
    pub fn transfer(
        bin: &str,
        account: &str,
        amount: Option<Dong>,
        content: &str,
        name: &str,
    ) -> Result<VietQr, VietQrError> {
        let filled = |text: String| (!text.is_empty()).then_some(text);
        let qr = VietQr {
            dynamic: amount.is_some(),
            bin: bin.to_owned(),
            payee: Payee::Account(account.to_owned()),
            amount,
            content: filled(qr_content(content)?),
            name: filled(qr_name(name)),
            extra: Extra::default(),
        };
        qr.encode().map(|_| qr)
    }

    /// Reads the text of a code; an error names what is wrong and where.
    pub fn decode(text: &str) -> Result<VietQr, VietQrError> {
        decode::decode(text)
    }

    /// The text of the code.
    ///
    /// An error when a field does not have its form (table above).
    pub fn encode(&self) -> Result<String, VietQrError> {
        encode::encode(self)
    }
}

impl Payee {
    /// The number of the account or card.
    pub fn number(&self) -> &str {
        match self {
            Payee::Account(number) | Payee::Card(number) => number,
        }
    }

    /// The service of tag 38-02.
    pub fn service(&self) -> &'static str {
        match self {
            Payee::Account(_) => TO_ACCOUNT,
            Payee::Card(_) => TO_CARD,
        }
    }
}

const AID: &str = "A000000727";
const TO_ACCOUNT: &str = "QRIBFTTA";
const TO_CARD: &str = "QRIBFTTC";
const VERSION: &str = "01";
const STATIC: &str = "11";
const DYNAMIC: &str = "12";
const CURRENCY: &str = "704";
const COUNTRY: &str = "VN";
