//! The messages and fields that are spoken, as data: kind of characters, form of length,
//! most characters, and what each message must carry. `spec.yaml`, which iso8583_rs reads,
//! is written from this table (a test compares them), so guard and codec know one layout.
//!
//! Sources: ISO 8583:1987; the fields of member banks at the Vietnamese switch
//! (domain notes 5.4). A field that is not in the table is refused in both directions.

/// Which characters a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// n: 0-9.
    Digits,
    /// an: A-Z a-z 0-9; a fixed field may end in blanks.
    AlphaNum,
    /// ans: printable ASCII.
    Printable,
    /// x+n: C or D, then digits.
    Signed,
    /// b: any byte.
    Bytes,
}

/// How the length of a field is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Fixed,
    /// Two digits before it.
    Ll,
    /// Three digits before it.
    Lll,
}

impl Size {
    /// Digits of the length on the wire.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Size::Fixed => 0,
            Size::Ll => 2,
            Size::Lll => 3,
        }
    }
}

/// One data element.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    pub de: u8,
    pub name: &'static str,
    pub charset: Charset,
    pub size: Size,
    /// Bytes: all of a fixed field, the most of a variable one.
    pub max: usize,
}

const fn fixed(de: u8, name: &'static str, charset: Charset, max: usize) -> FieldSpec {
    FieldSpec {
        de,
        name,
        charset,
        size: Size::Fixed,
        max,
    }
}

const fn ll(de: u8, name: &'static str, charset: Charset, max: usize) -> FieldSpec {
    FieldSpec {
        de,
        name,
        charset,
        size: Size::Ll,
        max,
    }
}

const fn lll(de: u8, name: &'static str, charset: Charset, max: usize) -> FieldSpec {
    FieldSpec {
        de,
        name,
        charset,
        size: Size::Lll,
        max,
    }
}

use Charset::{AlphaNum, Bytes, Digits, Printable, Signed};

/// The MAC: last field of every message.
pub const MAC: u8 = 128;
pub const MAC_BYTES: usize = 8;

/// Every field, in order of its number.
pub const FIELDS: &[FieldSpec] = &[
    ll(2, "pan", Digits, 19),
    fixed(3, "processing_code", Digits, 6),
    fixed(4, "amount", Digits, 12),
    fixed(7, "transmitted_at", Digits, 10),
    fixed(11, "stan", Digits, 6),
    fixed(12, "local_time", Digits, 6),
    fixed(13, "local_date", Digits, 4),
    fixed(15, "settlement_date", Digits, 4),
    fixed(18, "merchant_type", Digits, 4),
    fixed(22, "entry_mode", Digits, 3),
    fixed(25, "condition_code", Digits, 2),
    ll(32, "acquirer", Digits, 11),
    fixed(37, "rrn", AlphaNum, 12),
    fixed(38, "approval", AlphaNum, 6),
    fixed(39, "response_code", AlphaNum, 2),
    fixed(41, "terminal", Printable, 8),
    fixed(42, "acceptor", Printable, 15),
    fixed(43, "acceptor_place", Printable, 40),
    lll(48, "sender", Printable, 200),
    fixed(49, "currency", Digits, 3),
    lll(60, "channel", Printable, 60),
    lll(62, "service_code", AlphaNum, 10),
    lll(63, "reference", AlphaNum, 16),
    fixed(66, "settlement_code", Digits, 1),
    fixed(70, "network_code", Digits, 3),
    fixed(74, "credits", Digits, 10),
    fixed(75, "credits_reversed", Digits, 10),
    fixed(76, "debits", Digits, 10),
    fixed(77, "debits_reversed", Digits, 10),
    fixed(86, "credit_amount", Digits, 16),
    fixed(87, "credit_reversed_amount", Digits, 16),
    fixed(88, "debit_amount", Digits, 16),
    fixed(89, "debit_reversed_amount", Digits, 16),
    fixed(90, "original", Digits, 42),
    fixed(97, "net_amount", Signed, 17),
    ll(100, "beneficiary_bank", Digits, 11),
    ll(102, "sender_account", Printable, 28),
    ll(103, "receiver_account", Printable, 28),
    lll(104, "content", Printable, 210),
    lll(120, "beneficiary", Printable, 120),
    fixed(MAC, "mac", Bytes, MAC_BYTES),
];

const NONE: usize = usize::MAX;

const fn places() -> [usize; 129] {
    let mut out = [NONE; 129];
    let mut i = 0;
    while i < FIELDS.len() {
        out[FIELDS[i].de as usize] = i;
        i += 1;
    }
    out
}

static PLACES: [usize; 129] = places();

/// The field of a number, if it is spoken.
#[must_use]
pub fn field(de: u8) -> Option<&'static FieldSpec> {
    let place = *PLACES.get(usize::from(de))?;
    FIELDS.get(place)
}

/// The messages; what is not here is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mti {
    /// 0200: name inquiry, transfer, inquiry about a transfer.
    Financial,
    FinancialAnswer,
    /// 0420.
    Reversal,
    ReversalAnswer,
    /// 0500: totals of a day.
    Totals,
    TotalsAnswer,
    /// 0800: sign-on, sign-off, echo.
    Network,
    NetworkAnswer,
}

impl Mti {
    pub const ALL: &'static [(Mti, &'static str)] = &[
        (Mti::Financial, "0200"),
        (Mti::FinancialAnswer, "0210"),
        (Mti::Reversal, "0420"),
        (Mti::ReversalAnswer, "0430"),
        (Mti::Totals, "0500"),
        (Mti::TotalsAnswer, "0510"),
        (Mti::Network, "0800"),
        (Mti::NetworkAnswer, "0810"),
    ];

    #[must_use]
    pub fn text(self) -> &'static str {
        Mti::ALL
            .iter()
            .find(|(m, _)| *m == self)
            .map_or("", |(_, text)| text)
    }

    #[must_use]
    pub fn parse(wire: &[u8]) -> Option<Mti> {
        Mti::ALL
            .iter()
            .find(|(_, text)| text.as_bytes() == wire)
            .map(|(m, _)| *m)
    }

    #[must_use]
    pub fn is_answer(self) -> bool {
        self == self.answer()
    }

    /// The message that answers this one; an answer is its own.
    #[must_use]
    pub fn answer(self) -> Mti {
        match self {
            Mti::Financial | Mti::FinancialAnswer => Mti::FinancialAnswer,
            Mti::Reversal | Mti::ReversalAnswer => Mti::ReversalAnswer,
            Mti::Totals | Mti::TotalsAnswer => Mti::TotalsAnswer,
            Mti::Network | Mti::NetworkAnswer => Mti::NetworkAnswer,
        }
    }

    /// What the message must carry beside its MAC.
    #[must_use]
    pub fn required(self) -> &'static [u8] {
        match self {
            Mti::Financial => &[3, 4, 7, 11, 12, 13, 32, 37, 41, 49, 63, 100, 103],
            Mti::FinancialAnswer => &[3, 4, 7, 11, 37, 39, 41, 49, 63],
            Mti::Reversal => &[3, 4, 7, 11, 32, 37, 41, 49, 63, 90],
            Mti::ReversalAnswer => &[3, 4, 7, 11, 37, 39, 41, 63, 90],
            Mti::Totals => &[7, 11, 15, 32, 49, 74, 76, 86, 88, 97],
            Mti::TotalsAnswer => &[7, 11, 15, 39, 66],
            Mti::Network => &[7, 11, 70],
            Mti::NetworkAnswer => &[7, 11, 39, 70],
        }
    }
}

/// The layout as iso8583_rs reads it. One segment serves every message: what each must
/// carry is the guard's to know, the codec knows only where fields stand.
#[must_use]
pub fn yaml() -> String {
    use std::fmt::Write as _;
    let mut out = String::from(
        "# Written from src/gateway/iso8583/spec.rs, which a test compares with this file.\n\
         name: ansinh\nid: 1\nheader_fields:\n  - {name: mti, id: 1, type: Fixed, len: 4, data_encoding: ASCII}\n\
         messages:\n  - name: message\n    id: 1\n    selector: [",
    );
    let all: Vec<String> = Mti::ALL.iter().map(|(_, m)| format!("\"{m}\"")).collect();
    out.push_str(&all.join(", "));
    out.push_str(
        "]\n    fields:\n      - {name: message_type, id: 2, type: Fixed, len: 4, data_encoding: ASCII}\n\
         \x20     - name: bitmap\n        id: 3\n        type: Bitmapped\n        len: 0\n        data_encoding: BINARY\n        children:\n",
    );
    for f in FIELDS {
        let (kind, len) = match f.size {
            Size::Fixed => ("Fixed", f.max),
            Size::Ll | Size::Lll => ("Variable, len_encoding: ASCII", f.size.digits()),
        };
        let data = if f.charset == Bytes {
            "BINARY"
        } else {
            "ASCII"
        };
        // Writing into a String cannot fail.
        let _ = writeln!(
            out,
            "          - {{name: {}, id: {}, type: {kind}, len: {len}, data_encoding: {data}, position: {}}}",
            f.name,
            u16::from(f.de) + 1_000,
            f.de
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a layout that the codec reads and the guard does not, or the other way round.
    #[test]
    fn the_file_of_the_codec_is_the_table() {
        let file = include_str!("spec.yaml");
        assert!(file == yaml(), "spec.yaml should read:\n{}", yaml());
    }

    /// Catches a table out of order, a field twice, or one that a bitmap cannot name.
    #[test]
    fn the_table_is_in_order_and_every_need_is_in_it() {
        assert!(FIELDS.windows(2).all(|w| w[0].de < w[1].de));
        for f in FIELDS {
            assert_eq!(field(f.de).unwrap().name, f.name);
            assert!(f.de > 1 && f.de != 65 && f.de <= MAC, "{}", f.de);
            let most = 10usize.pow(u32::try_from(f.size.digits()).unwrap());
            assert!(f.size == Size::Fixed || f.max < most, "{}", f.de);
        }
        assert!(field(0).is_none() && field(64).is_none() && field(200).is_none());
        for (mti, text) in Mti::ALL {
            assert_eq!(Mti::parse(text.as_bytes()), Some(*mti));
            assert!(
                mti.required().iter().all(|de| field(*de).is_some()),
                "{text}"
            );
        }
    }
}
