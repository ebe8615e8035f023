//! Identity numbers: 12 digits of the personal number, 9 of the old identity card.
//!
//! Form `PPP G YY RRRRRR` (Decree 137/2015 article 13, Circular 59/2021/TT-BCA article 4):
//! province or country of birth registration, century and sex, year of birth, random.
//! There is no check digit, so a number is only ever *formed* rightly; whether it is
//! somebody's is the register's word. A province code outside the 63 of the table is
//! accepted (other countries have codes too) and told apart by
//! [`PersonalNumber::province_known`]. Sex and year in a number are hints, never a
//! reason to refuse: a sex may have been determined again.

use serde::{Deserialize, Serialize};
use std::fmt;

const PROVINCES: &str = include_str!("data/provinces.csv");

/// A personal number: 12 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonalNumber([u8; 12]);

/// A number of the old identity card: 9 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OldNumber([u8; 9]);

/// Either of the two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum IdentityNumber {
    Personal(PersonalNumber),
    Old(OldNumber),
}

/// Sex as the register and the number write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sex {
    #[serde(rename = "M")]
    Male,
    #[serde(rename = "F")]
    Female,
}

/// Why a text is no identity number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberProblem {
    /// Nothing stands there.
    Empty,
    /// Digits only, but not 9 or 12 of them; `proposal` has the lost zeros in front.
    Length {
        digits: usize,
        proposal: Option<String>,
    },
    /// Something that is no digit; `proposal` has O, I and the like as digits.
    NotDigits { proposal: Option<String> },
}

/// A number that was read, and whether something had to be mended to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadNumber {
    pub number: IdentityNumber,
    pub mended: bool,
}

fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then_some(bytes)
}

/// A number without what people and programs put between or around its digits. One dot
/// with only zeros behind it is a decimal part, any other single dot stays: dropping it
/// would make another number.
pub(crate) fn without_marks(text: &str) -> String {
    let text = text.trim_start_matches(['\'', '’', '`']).trim_end();
    let text = match text.split_once('.') {
        Some((whole, zeros))
            if matches!(zeros.len(), 1 | 2) && zeros.bytes().all(|b| b == b'0') =>
        {
            whole
        }
        _ => text,
    };
    let one_dot = text.bytes().filter(|b| *b == b'.').count() == 1;
    text.chars()
        .filter(|c| !c.is_whitespace() && !super::name::is_invisible(*c))
        .filter(|c| !matches!(c, '-' | '\u{2013}') && (*c != '.' || one_dot))
        .collect()
}

fn form_problem(text: &str) -> NumberProblem {
    if text.is_empty() {
        NumberProblem::Empty
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        let proposal = match text.len() {
            8 => Some(format!("{text:0>9}")),
            10 | 11 => Some(format!("{text:0>12}")),
            _ => None,
        };
        NumberProblem::Length {
            digits: text.len(),
            proposal,
        }
    } else {
        let guess: String = text
            .chars()
            .map(|c| match c {
                'O' | 'o' | 'Q' => '0',
                'I' | 'l' | '|' => '1',
                'S' | 's' => '5',
                'B' => '8',
                c => c,
            })
            .collect();
        let proposal = matches!(guess.len(), 9 | 12) && guess.bytes().all(|b| b.is_ascii_digit());
        NumberProblem::NotDigits {
            proposal: proposal.then_some(guess),
        }
    }
}

impl PersonalNumber {
    /// Reads exactly 12 digits.
    pub fn parse(text: &str) -> Result<PersonalNumber, NumberProblem> {
        digits(text)
            .map(PersonalNumber)
            .ok_or_else(|| form_problem(text))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits 1 to 3: the province or country where the birth was registered.
    pub fn province_code(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }

    /// True for one of the 63 province codes in use up to 30 June 2025.
    pub fn province_known(&self) -> bool {
        self.province_name().is_some()
    }

    /// The province's name at that time.
    pub fn province_name(&self) -> Option<&'static str> {
        PROVINCES
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(','))
            .find_map(|(code, name)| (code == self.province_code()).then_some(name))
    }

    /// The year that digits 4 to 6 say: 1900 to 2399.
    pub fn birth_year(&self) -> u16 {
        let at = |i: usize| u16::from(self.0[i] - b'0');
        1900 + at(3) / 2 * 100 + at(4) * 10 + at(5)
    }

    /// The sex that digit 4 says: even male, odd female.
    pub fn sex(&self) -> Sex {
        if (self.0[3] - b'0').is_multiple_of(2) {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// For screens: `001***001`.
    pub fn masked(&self) -> String {
        mask(self.as_str(), 3)
    }
}

impl OldNumber {
    /// Reads exactly 9 digits.
    pub fn parse(text: &str) -> Result<OldNumber, NumberProblem> {
        digits(text)
            .map(OldNumber)
            .ok_or_else(|| form_problem(text))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// For screens: `164***905`.
    pub fn masked(&self) -> String {
        mask(self.as_str(), 3)
    }
}

impl IdentityNumber {
    /// Reads exactly 12 or exactly 9 digits.
    pub fn parse(text: &str) -> Result<IdentityNumber, NumberProblem> {
        match text.len() {
            9 => OldNumber::parse(text).map(IdentityNumber::Old),
            _ => PersonalNumber::parse(text).map(IdentityNumber::Personal),
        }
    }

    /// Reads a number as people type it: blanks, dots, dashes and a leading apostrophe
    /// are dropped, and the `.0` that programs put behind numbers. With `zeros_lost` (the cell was typed as a number) 10 and 11 digits
    /// get the zeros in front back to 12, and 8 digits to 9.
    pub fn read(text: &str, zeros_lost: bool) -> Result<ReadNumber, NumberProblem> {
        let plain = without_marks(text);
        let full = match (zeros_lost && !plain.starts_with('0'), form_problem(&plain)) {
            (
                true,
                NumberProblem::Length {
                    proposal: Some(full),
                    ..
                },
            ) => full,
            _ => plain,
        };
        let mended = full != text;
        IdentityNumber::parse(&full).map(|number| ReadNumber { number, mended })
    }

    pub fn as_str(&self) -> &str {
        match self {
            IdentityNumber::Personal(number) => number.as_str(),
            IdentityNumber::Old(number) => number.as_str(),
        }
    }

    pub fn masked(&self) -> String {
        match self {
            IdentityNumber::Personal(number) => number.masked(),
            IdentityNumber::Old(number) => number.masked(),
        }
    }
}

fn mask(text: &str, tail: usize) -> String {
    let head = text.get(..3).unwrap_or_default();
    let tail = text.get(text.len() - tail..).unwrap_or_default();
    format!("{head}***{tail}")
}

macro_rules! text_of_number {
    ($kind:ty) => {
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        /// Masked, so that a number never reaches a log by `{:?}`.
        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.masked())
            }
        }
        impl From<$kind> for String {
            fn from(number: $kind) -> String {
                number.as_str().to_owned()
            }
        }
        impl TryFrom<String> for $kind {
            type Error = NumberProblem;
            fn try_from(text: String) -> Result<$kind, NumberProblem> {
                <$kind>::parse(&text)
            }
        }
    };
}
text_of_number!(PersonalNumber);
text_of_number!(OldNumber);
text_of_number!(IdentityNumber);

impl fmt::Display for NumberProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NumberProblem::Empty => f.write_str("no number"),
            NumberProblem::Length { digits, .. } => write!(f, "{digits} digits, not 9 or 12"),
            NumberProblem::NotDigits { .. } => f.write_str("not only digits"),
        }
    }
}

impl std::error::Error for NumberProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a wrong century, sex or province.
    #[test]
    fn tells_what_a_number_says() {
        for (text, year, sex, province) in [
            ("001089708409", 1989, Sex::Male, Some("Hà Nội")),
            ("035161566223", 1961, Sex::Female, Some("Hà Nam")),
            ("001322921873", 2022, Sex::Female, Some("Hà Nội")),
            ("999899000001", 2399, Sex::Male, None),
        ] {
            let number = PersonalNumber::parse(text).unwrap();
            assert_eq!((number.birth_year(), number.sex()), (year, sex), "{text}");
            assert_eq!(number.province_name(), province, "{text}");
            assert_eq!(number.province_known(), province.is_some());
            assert_eq!(number.as_str(), text);
        }
        let number = PersonalNumber::parse("001085000001").unwrap();
        assert_eq!(number.masked(), "001***001");
        assert_eq!(format!("{number:?}"), "001***001");
    }

    /// Catches a number mended where it must not be, or not mended where it may.
    #[test]
    fn mends_lost_zeros_only_where_they_can_be_lost() {
        let read = |text, lost| {
            IdentityNumber::read(text, lost).map(|r| (String::from(r.number), r.mended))
        };
        let ok = |text: &str, mended| Ok((text.to_owned(), mended));
        assert_eq!(read("35076259749", true), ok("035076259749", true));
        assert_eq!(read("1218038130", true), ok("001218038130", true));
        assert_eq!(read("12345678", true), ok("012345678", true));
        assert_eq!(read("166508518", true), ok("166508518", false));
        assert_eq!(read("035161566223", false), ok("035161566223", false));
        assert_eq!(
            read(" '035 161\u{a0}566223", false),
            Err(NumberProblem::NotDigits { proposal: None })
        );
        assert_eq!(read("35076259749.0", true), ok("035076259749", true));
        assert_eq!(
            read("3507625974.91", true),
            Err(NumberProblem::NotDigits { proposal: None })
        );
        assert_eq!(
            read("'035.161\u{a0}566.223", false),
            ok("035161566223", true)
        );
        for (text, lost, proposal) in [
            ("35076259749", false, Some("035076259749")),
            ("03516156622", true, Some("003516156622")),
            ("0351862125917", true, None),
        ] {
            let digits = text.len();
            let proposal = proposal.map(str::to_owned);
            assert_eq!(
                read(text, lost),
                Err(NumberProblem::Length { digits, proposal }),
                "{text}"
            );
        }
        assert_eq!(
            read("03506403526O", false),
            Err(NumberProblem::NotDigits {
                proposal: Some("035064035260".into())
            })
        );
        assert_eq!(read("  ", false), Err(NumberProblem::Empty));
    }
}
