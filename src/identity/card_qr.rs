//! The text in the QR code of an identity card.
//!
//! Seven fields on the chip card of 2021, eleven on the card of July 2024 (the last four
//! empty), divided by `|`: number, old number or nothing, full name, `ddMMyyyy` of birth,
//! `Nam` or `Nữ`, permanent address, `ddMMyyyy` of issue. Fields beyond the seventh are
//! ignored. Dates and address may be missing; number and name may not. By Decree 70/2024
//! article 12 the old number in the QR needs no separate confirmation.

use super::birth::BirthDate;
use super::number::{OldNumber, PersonalNumber, Sex};
use ansinh_settlement::Day;
use unicode_normalization::UnicodeNormalization;

/// What a card's QR says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardQr {
    pub number: PersonalNumber,
    pub old_number: Option<OldNumber>,
    /// NFC, as on the card.
    pub full_name: String,
    pub birth: Option<BirthDate>,
    pub sex: Option<Sex>,
    pub address: String,
    pub issued_on: Option<Day>,
}

/// Why a scanned text is no card, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardQrProblem {
    /// The scanner broke letters: the text has replacement characters.
    Garbled,
    /// Fewer than seven fields: another QR, or a scan that was cut.
    NotACard {
        fields: usize,
    },
    BadNumber,
    BadOldNumber,
    NoName,
    BadBirthDate,
    BadSex,
    BadIssueDate,
}

/// Reads a scanned text; line ends, blanks around it and a byte-order mark do not matter.
pub fn parse(text: &str) -> Result<CardQr, CardQrProblem> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    if text.contains('\u{fffd}') {
        return Err(CardQrProblem::Garbled);
    }
    let fields: Vec<&str> = text.split('|').map(str::trim).collect();
    let [number, old, name, birth, sex, address, issued, ..] = fields.as_slice() else {
        return Err(CardQrProblem::NotACard {
            fields: fields.len(),
        });
    };
    Ok(CardQr {
        number: PersonalNumber::parse(number).map_err(|_| CardQrProblem::BadNumber)?,
        old_number: optional(old, |old| OldNumber::parse(old).ok())
            .ok_or(CardQrProblem::BadOldNumber)?,
        full_name: Some(name.nfc().collect::<String>())
            .filter(|name| !name.is_empty())
            .ok_or(CardQrProblem::NoName)?,
        birth: optional(birth, |text| {
            let day = card_day(text)?;
            BirthDate::parse(&day.number().to_string()).ok()
        })
        .ok_or(CardQrProblem::BadBirthDate)?,
        sex: optional(sex, read_sex).ok_or(CardQrProblem::BadSex)?,
        address: address.nfc().collect(),
        issued_on: optional(issued, card_day).ok_or(CardQrProblem::BadIssueDate)?,
    })
}

/// `Nam` or `Nữ` in any case and either normal form.
pub fn read_sex(text: &str) -> Option<Sex> {
    match super::name::ascii_key(text).as_str() {
        "NAM" | "M" => Some(Sex::Male),
        "NU" | "F" => Some(Sex::Female),
        _ => None,
    }
}

/// An empty field is `Some(None)`, a readable one `Some(Some(_))`, any other `None`.
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() {
        return Some(None);
    }
    read(text).map(Some)
}

/// `ddMMyyyy`.
fn card_day(text: &str) -> Option<Day> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse::<i64>().ok()).flatten()?;
    Day::from_number(number % 10_000 * 10_000 + number / 10_000 % 100 * 100 + number / 1_000_000)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a card of either generation that is not read, or read wrongly.
    #[test]
    fn reads_both_cards() {
        let old = "001085000001||NGUYỄN VĂN MẪU|02031985|Nam|Thôn 1, Xã A, Hà Nội|15042021";
        let card = parse(old).unwrap();
        assert_eq!(card.number.as_str(), "001085000001");
        assert_eq!(card.birth.unwrap().to_string(), "02/03/1985");
        assert_eq!(card.issued_on.unwrap().to_string(), "2021-04-15");
        assert_eq!((card.sex, card.old_number), (Some(Sex::Male), None));
        assert_eq!(card.address, "Thôn 1, Xã A, Hà Nội");
        assert_eq!(parse(&format!("\u{feff}{old}||||\r\n")), Ok(card));
        let without = parse("001185000001|164372905|Lê Thị Mẫu||Nữ||").unwrap();
        assert_eq!((without.birth, without.issued_on), (None, None));
        assert_eq!(without.old_number.unwrap().as_str(), "164372905");
    }

    /// Catches another QR, or a broken scan, taken for a card.
    #[test]
    fn refuses_what_is_no_card() {
        for (text, problem) in [
            ("", CardQrProblem::NotACard { fields: 1 }),
            (
                "00020101021138570010A000000727",
                CardQrProblem::NotACard { fields: 1 },
            ),
            (
                "001085000001||NGUYỄN VĂN",
                CardQrProblem::NotACard { fields: 3 },
            ),
            (
                "00108500001||A|02031985|Nam|B|15042021",
                CardQrProblem::BadNumber,
            ),
            (
                "001085000001|1234|A|02031985|Nam|B|15042021",
                CardQrProblem::BadOldNumber,
            ),
            (
                "001085000001|||02031985|Nam|B|15042021",
                CardQrProblem::NoName,
            ),
            (
                "001085000001||A|31021985|Nam|B|15042021",
                CardQrProblem::BadBirthDate,
            ),
            (
                "001085000001||A|02031985|X|B|15042021",
                CardQrProblem::BadSex,
            ),
            (
                "001085000001||A|02031985|Nam|B|1504202",
                CardQrProblem::BadIssueDate,
            ),
            (
                "001085000001||NGUY\u{fffd}N|02031985|Nam|B|15042021",
                CardQrProblem::Garbled,
            ),
        ] {
            assert_eq!(parse(text), Err(problem), "{text}");
        }
    }
}
