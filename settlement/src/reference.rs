//! The end-to-end reference that goes out with a payment and comes back on the statement.
//!
//! Sixteen characters `[0-9A-Z]`, because MT940 and the domestic switch carry no more:
//!
//! | from | length | part |
//! |---|---|---|
//! | 1 | 1 | prefix, a letter: `P` is an outgoing payment |
//! | 2 | 3 | book number, base 36, 0 to 46655 |
//! | 5 | 11 | sequence within the book, base 36, dense |
//! | 16 | 1 | check character over the first fifteen |
//!
//! The check character. The pure systems of ISO/IEC 7064 need a 37th character for this
//! alphabet and its hybrid MOD 37,36 lets some swaps of neighbours through, so the sum is
//! taken in another ring of 36 elements, the product of the fields GF(4) and GF(9). A
//! character's value v (0 to 35) stands for the pair (v / 9, v mod 9). With a factor w
//! that generates both multiplicative groups, a reference is right when
//! `c1*w^15 + c2*w^14 + ... + c16 = 0`. Every power of w has an inverse, so one wrong
//! character is always found; so have 1 - w, 1 - w^2 and 1 + w, so a swap of neighbours, a
//! swap over one character between, and one doubled pair read for another are too.

use std::fmt;

/// Characters of a reference.
const LENGTH: usize = 16;
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// In [`VALUES`]: no character of the alphabet.
const NO_VALUE: u8 = 36;
/// The value of each byte.
const VALUES: [u8; 256] = values();
/// `STEP[s][v]` is `s * w + v`.
const STEP: [[u8; 36]; 36] = steps();

/// A reference whose check character is right.
///
/// Sorts by prefix, then book, then sequence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference([u8; LENGTH]);

/// Why a text is no reference, or why none can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceError {
    /// Not sixteen characters.
    Length,
    /// A character outside `0-9A-Z`.
    Character,
    /// The first character is no letter `A` to `Z`.
    Prefix,
    /// The book number is above 46655.
    Book,
    /// The sequence is above 36^11 - 1.
    Sequence,
    /// The check character does not fit the fifteen before it.
    Check,
}

impl Reference {
    /// The prefix of an outgoing payment.
    pub const PAYMENT: u8 = b'P';
    /// The largest book number: `ZZZ`.
    pub const BOOK_MAX: u32 = 36 * 36 * 36 - 1;
    /// The largest sequence: eleven `Z`.
    pub const SEQUENCE_MAX: u64 = 36u64.pow(11) - 1;

    /// The reference of one sequence number of a book.
    ///
    /// An error when `prefix` is no letter `A` to `Z`, or a number is too large for its place.
    pub fn new(prefix: u8, book: u32, sequence: u64) -> Result<Reference, ReferenceError> {
        if !prefix.is_ascii_uppercase() {
            return Err(ReferenceError::Prefix);
        }
        if book > Reference::BOOK_MAX {
            return Err(ReferenceError::Book);
        }
        if sequence > Reference::SEQUENCE_MAX {
            return Err(ReferenceError::Sequence);
        }
        let mut text = [0; LENGTH];
        text[0] = prefix;
        write_base36(&mut text[1..4], u64::from(book));
        write_base36(&mut text[4..15], sequence);
        text[15] = check_character(&text[..15]);
        Ok(Reference(text))
    }

    /// Reads exactly one reference; blanks around it are taken off, lower case is refused.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let bytes = text.trim_ascii().as_bytes();
        let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| ReferenceError::Length)?;
        let sum = checksum(bytes).ok_or(ReferenceError::Character)?;
        if !bytes[0].is_ascii_uppercase() {
            return Err(ReferenceError::Prefix);
        }
        if sum != 0 {
            return Err(ReferenceError::Check);
        }
        Ok(Reference(*bytes))
    }

    /// The letter in front: what kind of thing is referred to.
    pub fn prefix(&self) -> u8 {
        self.0[0]
    }

    /// The book's number, 0 to 46655.
    pub fn book(&self) -> u32 {
        self.0[1..4]
            .iter()
            .fold(0, |sum, &b| sum * 36 + u32::from(VALUES[usize::from(b)]))
    }

    /// The number within the book.
    pub fn sequence(&self) -> u64 {
        self.0[4..15]
            .iter()
            .fold(0, |sum, &b| sum * 36 + u64::from(VALUES[usize::from(b)]))
    }

    /// The sixteen characters.
    pub fn as_str(&self) -> &str {
        // ASCII by construction, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({})", self.as_str())
    }
}

impl std::str::FromStr for Reference {
    type Err = ReferenceError;
    fn from_str(text: &str) -> Result<Reference, ReferenceError> {
        Reference::parse(text)
    }
}

/// Finds the one reference in a text that people or other systems wrote, in any case.
///
/// Only a whole word counts, with its check character right; a cut or altered one is not
/// found, nor one grown together with other letters or digits. `None` when there is none
/// and when there are two different ones: which is meant is for a person to say. One random
/// word of sixteen characters in thirty-six passes, so what is found is still to be looked up.
pub fn find_reference(text: &str) -> Option<Reference> {
    let mut found = None;
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let Ok(mut bytes) = <[u8; LENGTH]>::try_from(word.as_bytes()) else {
            continue;
        };
        bytes.make_ascii_uppercase();
        if !bytes[0].is_ascii_uppercase() || checksum(&bytes) != Some(0) {
            continue;
        }
        match found {
            None => found = Some(Reference(bytes)),
            Some(Reference(same)) if same == bytes => {}
            Some(_) => return None,
        }
    }
    found
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReferenceError::Length => "a reference has 16 characters",
            ReferenceError::Character => "a reference has only 0-9 and A-Z",
            ReferenceError::Prefix => "a reference begins with a letter A-Z",
            ReferenceError::Book => "a book number is at most 46655",
            ReferenceError::Sequence => "a sequence is at most 36^11 - 1",
            ReferenceError::Check => "the check character does not fit",
        })
    }
}

impl std::error::Error for ReferenceError {}

fn write_base36(place: &mut [u8], mut number: u64) {
    for byte in place.iter_mut().rev() {
        let digit = usize::try_from(number % 36).unwrap_or_default();
        *byte = ALPHABET[digit];
        number /= 36;
    }
}

/// The weighted sum of all characters, 0 when right; `None` with a foreign character.
fn checksum(text: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for &byte in text {
        let value = VALUES[usize::from(byte)];
        if value == NO_VALUE {
            return None;
        }
        sum = STEP[usize::from(sum)][usize::from(value)];
    }
    Some(sum)
}

/// The character that brings the sum of `text` and itself to zero.
fn check_character(text: &[u8]) -> u8 {
    let sum = usize::from(checksum(text).unwrap_or_default());
    let fits = |value: &usize| STEP[sum][*value] == 0;
    (0..36).find(fits).map_or(b'0', |value| ALPHABET[value])
}

const fn values() -> [u8; 256] {
    let mut table = [NO_VALUE; 256];
    let mut value: u8 = 0;
    while value < 36 {
        table[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    table
}

const fn steps() -> [[u8; 36]; 36] {
    let mut table = [[0; 36]; 36];
    let mut sum: u8 = 0;
    while sum < 36 {
        let mut value: u8 = 0;
        while value < 36 {
            table[sum as usize][value as usize] = add(times_w(sum), value);
            value += 1;
        }
        sum += 1;
    }
    table
}

/// GF(4) adds by exclusive or; GF(9), written a*3 + b for a + bi, adds both parts modulo 3.
const fn add(x: u8, y: u8) -> u8 {
    let four = (x / 9) ^ (y / 9);
    let a = (x % 9 / 3 + y % 9 / 3) % 3;
    let b = (x % 3 + y % 3) % 3;
    four * 9 + a * 3 + b
}

/// In GF(4), written 2h + l for hw + l, w^2 = w + 1. In GF(9), i^2 = -1 and 1 + i has order 8.
const fn times_w(x: u8) -> u8 {
    let (h, l) = (x / 18, x / 9 % 2);
    let (a, b) = (x % 9 / 3, x % 3);
    ((h ^ l) * 2 + h) * 9 + (a + 3 - b) % 3 * 3 + (a + b) % 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples() -> Vec<Reference> {
        let mut all = Vec::new();
        for (book, sequence) in [
            (0, 0),
            (1, 1),
            (36, 35),
            (46_655, Reference::SEQUENCE_MAX),
            (1_234, 987_654_321_012),
        ] {
            for prefix in [b'P', b'A', b'Z'] {
                all.push(Reference::new(prefix, book, sequence).unwrap());
            }
        }
        all
    }

    /// Catches a check character that lets one wrong character pass, at any place.
    #[test]
    fn finds_every_wrong_character() {
        for reference in samples() {
            for place in 0..LENGTH {
                for &other in ALPHABET {
                    let mut text = reference.0;
                    if text[place] == other {
                        continue;
                    }
                    text[place] = other;
                    let text = String::from_utf8(text.to_vec()).unwrap();
                    assert!(Reference::parse(&text).is_err(), "{reference} as {text}");
                }
            }
        }
    }

    /// Catches a swap of neighbours that passes, for every pair of characters at every place.
    #[test]
    fn finds_every_swap_of_neighbours() {
        for reference in samples() {
            for place in 1..LENGTH - 1 {
                for &left in ALPHABET {
                    for &right in ALPHABET {
                        let mut text = reference.0;
                        text[place - 1] = left;
                        text[place] = right;
                        if place == 1 && !(left.is_ascii_uppercase() && right.is_ascii_uppercase())
                        {
                            continue;
                        }
                        text[15] = check_character(&text[..15]);
                        for place in [place, 15] {
                            let mut swapped = text;
                            swapped.swap(place - 1, place);
                            let swapped = String::from_utf8(swapped.to_vec()).unwrap();
                            let same = text[place - 1] == text[place];
                            assert_eq!(Reference::parse(&swapped).is_ok(), same, "{swapped}");
                        }
                    }
                }
            }
        }
    }

    /// Catches a change of the scheme: references on paper and at banks would turn invalid.
    #[test]
    fn keeps_the_references_it_gave_out() {
        for (sequence, text) in [(1, "P00100000000001N"), (1_000_000, "P0010000000LFLS2")] {
            let made = Reference::new(Reference::PAYMENT, 1, sequence).unwrap();
            assert_eq!(made.as_str(), text);
        }
    }

    /// Catches a reader that takes what is no reference.
    #[test]
    fn refuses_with_the_reason() {
        for (text, error) in [
            ("", ReferenceError::Length),
            ("P00100000000001", ReferenceError::Length),
            ("P00100000000001NZ", ReferenceError::Length),
            ("P0010000000000-Z", ReferenceError::Character),
            ("p00100000000001N", ReferenceError::Character),
            ("P0010000000000\u{e9}", ReferenceError::Character),
            ("P00100000000002N", ReferenceError::Check),
            ("000100000000001N", ReferenceError::Prefix),
        ] {
            assert_eq!(Reference::parse(text), Err(error), "{text}");
        }
        assert_eq!(Reference::new(b'p', 0, 0), Err(ReferenceError::Prefix));
        assert_eq!(Reference::new(b'P', 46_656, 0), Err(ReferenceError::Book));
        assert_eq!(
            Reference::new(b'P', 0, Reference::SEQUENCE_MAX + 1),
            Err(ReferenceError::Sequence)
        );
    }

    /// Catches a search that guesses: a cut, grown or doubtful reference must not be found.
    #[test]
    fn finds_one_reference_in_free_text() {
        let one = Reference::new(b'P', 1, 1).unwrap();
        let two = Reference::new(b'P', 1, 2).unwrap();
        let lower = one.as_str().to_lowercase();
        for (text, found) in [
            (format!("Hoan tra {one}, tai khoan dong"), Some(one)),
            (format!("hoàn trả/{lower}/xin cảm ơn"), Some(one)),
            (format!("{one} {lower}"), Some(one)),
            (format!("{one} {two}"), None),
            (format!("x{one}"), None),
            (format!("đ{one}"), None),
            (one.as_str()[..15].to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(find_reference(&text), found, "{text}");
        }
    }

    proptest! {
        /// Catches a number that does not come back, and an order other than that of the numbers.
        #[test]
        fn round_trips(
            prefix in b'A'..=b'Z',
            book in 0..=Reference::BOOK_MAX,
            sequence in 0..Reference::SEQUENCE_MAX,
        ) {
            let reference = Reference::new(prefix, book, sequence).unwrap();
            prop_assert_eq!(Reference::parse(&format!(" {reference} ")), Ok(reference));
            prop_assert_eq!(
                (reference.prefix(), reference.book(), reference.sequence()),
                (prefix, book, sequence)
            );
            prop_assert!(reference < Reference::new(prefix, book, sequence + 1).unwrap());
        }
    }
}
