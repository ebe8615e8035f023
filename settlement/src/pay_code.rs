//! The payment code of a bill: what a payer types, or a QR carries, as content of a transfer.
//!
//! Twelve characters, upper case:
//!
//! | from | length | part |
//! |---|---|---|
//! | 1 | 2 | `AS` |
//! | 3 | 3 | book number, base 23, 0 to 12166 |
//! | 6 | 5 | number of the bill in its book, base 23, 0 to 6436342 |
//! | 11 | 2 | check characters |
//!
//! The alphabet is `23456789ACEFHJKMNPRTWXY`: of characters that are taken for one another
//! (0 O D Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V) at most one is in it. `S` is not, so `AS`
//! stands nowhere within a code.
//!
//! The check characters. Values v (0 to 22) are numbers modulo the prime 23. Counted from
//! the right, v0 to v9 satisfy `sum(vi * 5^i) = 0` and `sum(vi * 25^i) = 0`. Two places i
//! and j are independent in these equations (their determinant is `5^(i+j) * (5^j - 5^i)`,
//! never 0), so any one and any two wrong characters are found, and with them every swap,
//! of neighbours or not. One random text in 529 passes: what is found is still looked up,
//! and amount and account are compared.

mod find;

pub use find::{FoundCodes, Suggestion, find_codes};

use std::fmt;

const PREFIX: &[u8; 2] = b"AS";
const LENGTH: usize = 12;
/// Characters after the prefix.
const BODY: usize = 10;
const ALPHABET: &[u8; 23] = b"23456789ACEFHJKMNPRTWXY";
const BASE: u16 = 23;

/// A payment code whose check characters are right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayCode([u8; LENGTH]);

/// Why a text is no payment code, or why none can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayCodeError {
    /// Not twelve characters.
    Length,
    /// Does not begin with `AS`.
    Prefix,
    /// A character that is not in the alphabet.
    Character,
    /// The check characters do not fit.
    Check,
    /// The book number is above 12166.
    Book,
    /// The bill's number is above 6436342.
    Number,
}

impl PayCode {
    /// The largest book number: 23^3 - 1.
    pub const BOOK_MAX: u32 = 12_166;
    /// The largest number of a bill in its book: 23^5 - 1.
    pub const NUMBER_MAX: u32 = 6_436_342;

    /// The code of one bill of a book; an error when a number is too large for its place.
    pub fn new(book: u32, number: u32) -> Result<PayCode, PayCodeError> {
        if book > PayCode::BOOK_MAX {
            return Err(PayCodeError::Book);
        }
        if number > PayCode::NUMBER_MAX {
            return Err(PayCodeError::Number);
        }
        let mut values = [0; BODY];
        write_base23(&mut values[..3], book);
        write_base23(&mut values[3..8], number);
        let (first, last) = check_values(&values);
        values[8] = first;
        values[9] = last;
        Ok(PayCode::of_values(&values))
    }

    /// Reads exactly one code; blanks around it are taken off, lower case is refused.
    pub fn parse(text: &str) -> Result<PayCode, PayCodeError> {
        let bytes = text.trim_ascii().as_bytes();
        let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| PayCodeError::Length)?;
        if !bytes.starts_with(PREFIX) {
            return Err(PayCodeError::Prefix);
        }
        let values = values_of(&bytes[2..]).ok_or(PayCodeError::Character)?;
        if sums(&values) != (0, 0) {
            return Err(PayCodeError::Check);
        }
        Ok(PayCode(*bytes))
    }

    /// The book's number, 0 to 12166.
    pub fn book(&self) -> u32 {
        read_base23(&self.0[2..5])
    }

    /// The bill's number in its book.
    pub fn number(&self) -> u32 {
        read_base23(&self.0[5..10])
    }

    /// The twelve characters.
    pub fn as_str(&self) -> &str {
        // ASCII by construction, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn of_values(values: &[u8; BODY]) -> PayCode {
        let mut text = [0; LENGTH];
        text[..2].copy_from_slice(PREFIX);
        for (place, value) in text[2..].iter_mut().zip(values) {
            *place = ALPHABET[usize::from(*value)];
        }
        PayCode(text)
    }
}

impl fmt::Display for PayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for PayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PayCode({})", self.as_str())
    }
}

impl std::str::FromStr for PayCode {
    type Err = PayCodeError;
    fn from_str(text: &str) -> Result<PayCode, PayCodeError> {
        PayCode::parse(text)
    }
}

impl fmt::Display for PayCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PayCodeError::Length => "a payment code has 12 characters",
            PayCodeError::Prefix => "a payment code begins with AS",
            PayCodeError::Character => "a payment code has only 2-9 and ACEFHJKMNPRTWXY",
            PayCodeError::Check => "the check characters do not fit",
            PayCodeError::Book => "a book number is at most 12166",
            PayCodeError::Number => "a bill's number is at most 6436342",
        })
    }
}

impl std::error::Error for PayCodeError {}

/// The value of a character, `None` outside the alphabet.
fn value_of(byte: u8) -> Option<u8> {
    let place = ALPHABET.iter().position(|a| *a == byte)?;
    u8::try_from(place).ok()
}

/// The values of ten characters.
fn values_of(body: &[u8]) -> Option<[u8; BODY]> {
    let mut values = [0; BODY];
    if body.len() != BODY {
        return None;
    }
    for (value, byte) in values.iter_mut().zip(body) {
        *value = value_of(*byte)?;
    }
    Some(values)
}

/// Both weighted sums modulo 23, (0, 0) when right; 25 is 2.
fn sums(values: &[u8; BODY]) -> (u16, u16) {
    let sum = |weight: u16| {
        let add = |sum, value: &u8| (sum * weight + u16::from(*value)) % BASE;
        values.iter().fold(0, add)
    };
    (sum(5), sum(2))
}

/// The last two values that bring both sums to zero, when they are 0 now.
///
/// From `5a + b = -s` and `25a + b = -t` follows `20a = s - t`; 15 is the inverse of 20.
fn check_values(values: &[u8; BODY]) -> (u8, u8) {
    let (s, t) = sums(values);
    let first = (s + BASE - t) * 15 % BASE;
    let last = (BASE - s + BASE - 5 * first % BASE) % BASE;
    let small = |value: u16| u8::try_from(value).unwrap_or_default();
    (small(first), small(last))
}

fn write_base23(place: &mut [u8], mut number: u32) {
    for value in place.iter_mut().rev() {
        *value = u8::try_from(number % u32::from(BASE)).unwrap_or_default();
        number /= u32::from(BASE);
    }
}

fn read_base23(text: &[u8]) -> u32 {
    text.iter().fold(0, |sum, byte| {
        sum * u32::from(BASE) + u32::from(value_of(*byte).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    fn samples() -> Vec<PayCode> {
        let mut all = Vec::new();
        for book in [0, 1, 23, 528, 7_001, PayCode::BOOK_MAX] {
            for number in [0, 1, 2, 22, 23, 1_200, 279_841, PayCode::NUMBER_MAX] {
                all.push(PayCode::new(book, number).unwrap());
            }
        }
        all
    }

    /// Catches a number that is lost in its code, and a change of the scheme, which would
    /// turn codes on paper invalid.
    #[test]
    fn numbers_come_back_and_codes_stay() {
        for (book, number) in [(0, 0), (1, 1), (PayCode::BOOK_MAX, PayCode::NUMBER_MAX)] {
            let code = PayCode::new(book, number).unwrap();
            assert_eq!(PayCode::parse(code.as_str()), Ok(code));
            assert_eq!((code.book(), code.number()), (book, number));
        }
        // Found by trying all pairs of check characters with another program.
        for (book, number, text) in [
            (0, 0, "AS2222222222"),
            (1, 1, "AS223222239M"),
            (1, 1_200, "AS22322486J5"),
            (7, 123_456, "AS2292E5AMCW"),
            (12_166, 6_436_342, "ASYYYYYYYYTN"),
        ] {
            assert_eq!(PayCode::new(book, number).unwrap().as_str(), text);
        }
        assert_eq!(
            PayCode::new(PayCode::BOOK_MAX + 1, 0),
            Err(PayCodeError::Book)
        );
        assert_eq!(
            PayCode::new(0, PayCode::NUMBER_MAX + 1),
            Err(PayCodeError::Number)
        );
    }

    /// Catches one wrong character that passes: every place, every letter and digit.
    #[test]
    fn finds_every_wrong_character() {
        for code in samples() {
            for place in 0..LENGTH {
                for &other in ANY {
                    let mut text = code.0;
                    text[place] = other;
                    let text = String::from_utf8(text.to_vec()).unwrap();
                    let same = text == code.as_str();
                    assert_eq!(PayCode::parse(&text).is_ok(), same, "{code} as {text}");
                }
            }
        }
    }

    /// Catches a swap that passes, of neighbours or over a distance, for every pair of
    /// characters at every two places: the equations are linear, so it is enough that no
    /// difference of two places brings both sums to zero.
    #[test]
    fn finds_every_two_wrong_characters() {
        for i in 0..BODY {
            for j in 0..i {
                for (a, b) in (0..23).flat_map(|a| (0..23).map(move |b| (a, b))) {
                    let mut difference = [0; BODY];
                    difference[i] = a;
                    difference[j] = b;
                    assert_eq!(
                        sums(&difference) == (0, 0),
                        a == 0 && b == 0,
                        "{i} {j} {a} {b}"
                    );
                }
            }
        }
    }

    /// Catches a swap of neighbours that passes where prefix and body meet, or anywhere.
    #[test]
    fn finds_every_swap_of_neighbours() {
        for code in samples() {
            for place in 1..LENGTH {
                let mut text = code.0;
                text.swap(place - 1, place);
                let same = text == code.0;
                let text = String::from_utf8(text.to_vec()).unwrap();
                assert_eq!(PayCode::parse(&text).is_ok(), same, "{code} as {text}");
            }
        }
    }

    /// Catches letters in the alphabet that people take for another one in it.
    #[test]
    fn no_look_alikes() {
        for group in ["0ODQ", "1IL", "2Z", "5S", "6G", "8B", "UV"] {
            let inside = group.bytes().filter(|b| ALPHABET.contains(b)).count();
            assert!(inside <= 1, "{group}");
        }
        assert!(!ALPHABET.contains(&b'S'));
        assert!(ALPHABET.is_sorted());
    }
}
