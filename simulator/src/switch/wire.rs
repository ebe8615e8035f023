//! Messages on the wire, by a table of this crate's own: the reader of AnSinh is tested
//! against what this writes.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How the length of a message is written before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Binary,
    Digits,
}

impl Length {
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Binary => 2,
            Self::Digits => 4,
        }
    }

    /// The length that a header tells; none where it is no length.
    #[must_use]
    pub fn read(self, header: &[u8]) -> Option<usize> {
        match self {
            Self::Binary => Some(usize::from(u16::from_be_bytes(header.try_into().ok()?))),
            Self::Digits => std::str::from_utf8(header).ok()?.parse().ok(),
        }
    }

    /// A message with its length; longer ones than 9,999 bytes are cut.
    #[must_use]
    pub fn frame(self, message: &[u8]) -> Vec<u8> {
        let len = u16::try_from(message.len().min(9_999)).unwrap_or(0);
        let mut out = match self {
            Self::Binary => len.to_be_bytes().to_vec(),
            Self::Digits => format!("{len:04}").into_bytes(),
        };
        out.extend_from_slice(&message[..usize::from(len)]);
        out
    }
}

/// How long a field is: so many bytes, or a length of so many digits before it.
#[derive(Clone, Copy)]
enum Len {
    Is(usize),
    Digits(usize),
}

const LAYOUT: [(u8, Len); 41] = {
    use Len::{Digits, Is};
    [
        (2, Digits(2)),
        (3, Is(6)),
        (4, Is(12)),
        (7, Is(10)),
        (11, Is(6)),
        (12, Is(6)),
        (13, Is(4)),
        (15, Is(4)),
        (18, Is(4)),
        (22, Is(3)),
        (25, Is(2)),
        (32, Digits(2)),
        (37, Is(12)),
        (38, Is(6)),
        (39, Is(2)),
        (41, Is(8)),
        (42, Is(15)),
        (43, Is(40)),
        (48, Digits(3)),
        (49, Is(3)),
        (60, Digits(3)),
        (62, Digits(3)),
        (63, Digits(3)),
        (66, Is(1)),
        (70, Is(3)),
        (74, Is(10)),
        (75, Is(10)),
        (76, Is(10)),
        (77, Is(10)),
        (86, Is(16)),
        (87, Is(16)),
        (88, Is(16)),
        (89, Is(16)),
        (90, Is(42)),
        (97, Is(17)),
        (100, Digits(2)),
        (102, Digits(2)),
        (103, Digits(2)),
        (104, Digits(3)),
        (120, Digits(3)),
        (128, Is(8)),
    ]
};

/// A message as the host sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Msg {
    pub mti: String,
    pub fields: BTreeMap<u8, Vec<u8>>,
}

impl Msg {
    /// A field as text, without blanks at its end.
    #[must_use]
    pub fn text(&self, de: u8) -> String {
        let value = self.fields.get(&de).map_or(&[][..], Vec::as_slice);
        String::from_utf8_lossy(value).trim_end().to_owned()
    }

    #[must_use]
    pub fn number(&self, de: u8) -> i64 {
        self.text(de).parse().unwrap_or(-1)
    }

    pub fn set(&mut self, de: u8, value: &str) {
        self.fields.insert(de, value.as_bytes().to_vec());
    }

    /// The message with its MAC under `key`.
    #[must_use]
    pub fn pack(&self, key: &[u8]) -> Vec<u8> {
        let mut bits = 1u128 << 127 | 1;
        let mut body = Vec::new();
        for (de, value) in self.fields.iter().filter(|(de, _)| **de != 128) {
            bits |= 1u128 << (128 - u32::from(*de));
            if let Some((_, Len::Digits(width))) = LAYOUT.iter().find(|(d, _)| d == de) {
                body.extend_from_slice(format!("{:0width$}", value.len()).as_bytes());
            }
            body.extend_from_slice(value);
        }
        let mut out = self.mti.clone().into_bytes();
        out.extend_from_slice(&bits.to_be_bytes());
        out.extend_from_slice(&body);
        let tag = mac(key, &out);
        out.extend_from_slice(&tag);
        out
    }

    /// Reads a message and checks its MAC.
    ///
    /// # Errors
    /// In words, for the host's own log.
    pub fn unpack(wire: &[u8], key: &[u8]) -> Result<Self, String> {
        let take = |from: usize, len: usize| {
            wire.get(from..from + len)
                .ok_or_else(|| format!("ends before byte {}", from + len))
        };
        let digits = |from: usize, len: usize| -> Result<usize, String> {
            let text = String::from_utf8_lossy(take(from, len)?).into_owned();
            text.parse().map_err(|_| format!("no length: {text}"))
        };
        let mti = String::from_utf8_lossy(take(0, 4)?).into_owned();
        let both: [u8; 16] = take(4, 16)?.try_into().map_err(|_| "no bitmap")?;
        let bits = u128::from_be_bytes(both);
        if bits >> 127 != 1 || bits & 1 != 1 {
            return Err("no second bitmap, or no MAC".into());
        }
        let mut at = 20;
        let mut fields = BTreeMap::new();
        for de in (2..=128u8).filter(|de| bits >> (128 - u32::from(*de)) & 1 == 1) {
            let (_, len) = LAYOUT
                .iter()
                .find(|(d, _)| *d == de)
                .ok_or_else(|| format!("unknown field {de}"))?;
            let len = match *len {
                Len::Is(n) => n,
                Len::Digits(n) => {
                    at += n;
                    digits(at - n, n)?
                }
            };
            fields.insert(de, take(at, len)?.to_vec());
            at += len;
        }
        if at != wire.len() {
            return Err(format!("{} bytes too many", wire.len() - at));
        }
        if mac(key, &wire[..at - 8]) != wire[at - 8..] {
            return Err("the MAC is wrong".into());
        }
        Ok(Self { mti, fields })
    }
}

fn mac(key: &[u8], covered: &[u8]) -> [u8; 8] {
    let mut out = [0; 8];
    if let Ok(hash) = Hmac::<Sha256>::new_from_slice(key) {
        let whole = hash.chain_update(covered).finalize().into_bytes();
        out.copy_from_slice(&whole[..8]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a host that writes what it would not read, or that reads anything.
    #[test]
    fn reads_what_it_wrote_and_nothing_else() {
        let mut message = Msg {
            mti: "0210".into(),
            ..Msg::default()
        };
        for (de, value) in [(3, "912020"), (39, "00"), (63, "P1"), (103, "0123456789")] {
            message.set(de, value);
        }
        let wire = message.pack(b"k");
        let mut back = Msg::unpack(&wire, b"k").unwrap();
        back.fields.remove(&128);
        assert_eq!(back, message);
        assert!(Msg::unpack(&wire, b"other").is_err());
        for i in 0..wire.len() {
            let mut bad = wire.clone();
            bad[i] ^= 1;
            assert!(Msg::unpack(&bad, b"k").is_err(), "byte {i}");
            assert!(Msg::unpack(&wire[..i], b"k").is_err(), "cut at {i}");
        }
        assert_eq!(Length::Digits.frame(b"abc"), b"0003abc");
        assert_eq!(Length::Binary.frame(b"abc"), b"\0\x03abc");
    }
}
