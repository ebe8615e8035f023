//! Amounts and coefficients as lists write them.
//!
//! `750,000 đ`, `750.000`, `750 000`, `750000,00`, `1.250.000đ` and number cells are one
//! thing: whole đồng. Dots, commas and blanks divide thousands where every group behind them
//! has three digits; a last group of one or two digits behind a dot or comma is a decimal
//! part, which must be zero. So `750.5` is a fraction and refused, never rounded; and where
//! three zeros could be either (`7500.000`, `1.250,000`) nothing is guessed.

use ansinh_settlement::Dong;
use rust_decimal::Decimal;
use std::fmt;

/// Why a text is no amount that can be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AmountProblem {
    Empty,
    NotANumber,
    /// Marks that could divide thousands or begin a decimal part.
    Ambiguous,
    /// Not a whole number of đồng.
    Fraction,
    Zero,
    Negative,
    /// Beyond 10^15 đồng: a typing error.
    TooLarge,
}

/// What may divide thousands; a blank never begins a decimal part.
const MARKS: [char; 3] = ['.', ',', ' '];

/// Reads an amount as typed behind an option of the command line: a plain whole number, or
/// one with thousands divided in one way (`540000`, `540.000`, `540,000`, `540 000 đ`), no
/// decimal part. Whether it can be paid is for the command to say.
pub fn read_option(text: &str) -> Result<i64, String> {
    if let Ok(plain) = text.parse::<i64>() {
        return Ok(plain);
    }
    let (negative, number) = bare(text);
    let groups: Vec<&str> = number.split(MARKS).collect();
    let marks: Vec<char> = number.chars().filter(|c| MARKS.contains(c)).collect();
    let whole = split_fraction(&groups, &marks).is_some_and(|(_, fraction)| fraction.is_empty());
    match read_amount(text) {
        Ok(amount) if whole && !negative => Ok(amount.get()),
        _ => Err(
            "ghi số đồng chẵn, như 540000, 540.000 hoặc 540,000 / type whole dong, such as 540000, 540.000 or 540,000"
                .into(),
        ),
    }
}

/// Reads an amount in đồng, above zero and at most 10^15.
pub fn read_amount(text: &str) -> Result<Dong, AmountProblem> {
    let (negative, number) = bare(text);
    if number.is_empty() {
        return Err(AmountProblem::Empty);
    }
    let groups: Vec<&str> = number.split(MARKS).collect();
    let digits = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(digits) {
        return Err(AmountProblem::NotANumber);
    }
    let marks: Vec<char> = number.chars().filter(|c| !c.is_ascii_digit()).collect();
    let (whole, fraction) = split_fraction(&groups, &marks).ok_or(AmountProblem::NotANumber)?;
    if fraction.bytes().any(|b| b != b'0') {
        return Err(AmountProblem::Fraction);
    }
    if fraction.len() > 2 {
        return Err(AmountProblem::Ambiguous);
    }
    let digits = whole.concat();
    let value = digits.trim_start_matches('0');
    if value.is_empty() {
        return Err(AmountProblem::Zero);
    }
    if negative {
        return Err(AmountProblem::Negative);
    }
    if value.len() > 16 {
        return Err(AmountProblem::TooLarge);
    }
    Dong::parse(value)
        .ok()
        .filter(|amount| amount.is_payable())
        .ok_or(AmountProblem::TooLarge)
}

/// Reads a coefficient above 0 and at most 100, with a dot or a comma.
pub fn read_coefficient(text: &str) -> Option<Decimal> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let shape = plain
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    shape
        .then(|| plain.replace(',', ".").parse::<Decimal>().ok())
        .flatten()
        .filter(|c| *c > Decimal::ZERO && *c <= Decimal::ONE_HUNDRED)
        .map(|c| c.normalize())
}

/// The sign, and the number without currency and blanks.
fn bare(text: &str) -> (bool, String) {
    let small = text.to_lowercase();
    let small = small.trim();
    let (bracketed, inner) = match small.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, small),
    };
    let mut number = String::with_capacity(inner.len());
    let mut blank = false;
    for c in inner
        .chars()
        .filter(|c| !crate::identity::name::is_invisible(*c))
    {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        // Between two digits a blank divides; elsewhere it says nothing.
        let between = number.ends_with(|p: char| p.is_ascii_digit()) && c.is_ascii_digit();
        if blank && between {
            number.push(' ');
        }
        blank = false;
        number.push(c);
    }
    for unit in ["vnđ", "vnd", "đồng", "đồng", "đ", "₫", "d"] {
        if let Some(rest) = number.strip_suffix(unit) {
            number.truncate(rest.len());
            break;
        }
    }
    let unsigned = number.trim_start_matches(['-', '\u{2212}', '\u{2013}']);
    let negative = bracketed || unsigned.len() < number.len();
    (negative, unsigned.trim_start_matches('+').to_owned())
}

/// The groups of the whole part, and the decimal part.
fn split_fraction<'a>(groups: &'a [&'a str], marks: &[char]) -> Option<(&'a [&'a str], &'a str)> {
    let (last, before) = groups.split_last()?;
    let thousands = |groups: &[&str]| match groups.split_first() {
        Some((first, rest)) => {
            (rest.is_empty() || first.len() <= 3) && rest.iter().all(|g| g.len() == 3)
        }
        None => false,
    };
    let (last_mark, earlier) = match marks.split_last() {
        Some((mark, earlier)) => (*mark, earlier),
        None => return Some((groups, "")),
    };
    let one_kind = earlier.iter().all(|mark| *mark == last_mark);
    if one_kind && thousands(groups) && groups.first() != Some(&"0") {
        return Some((groups, ""));
    }
    let decimal = last_mark != ' ' && !earlier.contains(&last_mark) && thousands(before);
    let earlier_one_kind = earlier.windows(2).all(|pair| pair[0] == pair[1]);
    (decimal && earlier_one_kind).then_some((before, *last))
}

impl AmountProblem {
    pub fn code(self) -> &'static str {
        match self {
            AmountProblem::Empty => "AMOUNT_EMPTY",
            AmountProblem::NotANumber => "AMOUNT_NOT_A_NUMBER",
            AmountProblem::Ambiguous => "AMOUNT_AMBIGUOUS",
            AmountProblem::Fraction => "AMOUNT_FRACTION",
            AmountProblem::Zero => "AMOUNT_ZERO",
            AmountProblem::Negative => "AMOUNT_NEGATIVE",
            AmountProblem::TooLarge => "AMOUNT_TOO_LARGE",
        }
    }

    pub fn vi(self) -> &'static str {
        match self {
            AmountProblem::Empty => "chưa ghi số tiền",
            AmountProblem::NotANumber => "số tiền không đọc được",
            AmountProblem::Ambiguous => {
                "số tiền không rõ dấu chấm, dấu phẩy là ngăn hàng nghìn hay phần lẻ"
            }
            AmountProblem::Fraction => "số tiền phải là số đồng chẵn, không có phần lẻ",
            AmountProblem::Zero => "số tiền bằng 0",
            AmountProblem::Negative => "số tiền âm",
            AmountProblem::TooLarge => "số tiền quá lớn (trên 10^15 đồng)",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            AmountProblem::Empty => "no amount is given",
            AmountProblem::NotANumber => "the amount cannot be read",
            AmountProblem::Ambiguous => "the amount's marks may divide thousands or decimals",
            AmountProblem::Fraction => "the amount is not a whole number of dong",
            AmountProblem::Zero => "the amount is 0",
            AmountProblem::Negative => "the amount is negative",
            AmountProblem::TooLarge => "the amount is too large (above 10^15 dong)",
        }
    }
}

impl fmt::Display for AmountProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.en())
    }
}

impl std::error::Error for AmountProblem {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Catches an amount that is read as another one: the error that pays people wrongly.
    #[test]
    fn reads_amounts_as_typed() {
        use AmountProblem::*;
        for (text, want) in [
            ("750000", Ok(750_000)),
            ("750,000 đ", Ok(750_000)),
            ("750.000", Ok(750_000)),
            ("750000,00", Ok(750_000)),
            ("750000.0", Ok(750_000)),
            ("1.250.000đ", Ok(1_250_000)),
            ("1,000,000đ", Ok(1_000_000)),
            ("1.250.000,00 VNĐ", Ok(1_250_000)),
            ("1,250,000.00", Ok(1_250_000)),
            ("750 000 đồng", Ok(750_000)),
            ("750\u{a0}000", Ok(750_000)),
            ("1.250", Ok(1_250)),
            ("540,000", Ok(540_000)),
            ("540.000", Ok(540_000)),
            ("540 000 đ", Ok(540_000)),
            ("1.080.000 VND", Ok(1_080_000)),
            ("540.5", Err(Fraction)),
            ("540,50", Err(Fraction)),
            ("7500.000", Err(Ambiguous)),
            ("1.250,000", Err(Ambiguous)),
            ("75 0000", Err(NotANumber)),
            ("5 40", Err(NotANumber)),
            ("1000000000000000", Ok(1_000_000_000_000_000)),
            ("", Err(Empty)),
            (" đ", Err(Empty)),
            ("0", Err(Zero)),
            ("0,00", Err(Zero)),
            ("-750000", Err(Negative)),
            ("-750.000", Err(Negative)),
            ("(750.000)", Err(Negative)),
            ("750.5", Err(Fraction)),
            ("750000,50", Err(Fraction)),
            ("0.750", Err(Fraction)),
            ("1.250.000,5", Err(Fraction)),
            ("1000000000000001", Err(TooLarge)),
            ("10000000000000000", Err(TooLarge)),
            ("99999999999999999999999", Err(TooLarge)),
            ("1.25.000", Err(NotANumber)),
            ("1.250,000.5", Err(NotANumber)),
            ("7.5E5", Err(NotANumber)),
            ("bảy trăm", Err(NotANumber)),
            ("750.", Err(NotANumber)),
            ("=1+1", Err(NotANumber)),
        ] {
            assert_eq!(read_amount(text).map(Dong::get), want, "{text}");
        }
    }

    /// Catches a coefficient read with the wrong mark.
    #[test]
    fn reads_coefficients() {
        for (text, want) in [
            ("1.5", Some("1.5")),
            ("2,0", Some("2")),
            ("2.0", Some("2")),
            ("1", Some("1")),
            (" 2,5 ", Some("2.5")),
            ("0", None),
            ("-1", None),
            ("1.5.0", None),
            ("101", None),
            ("", None),
            ("a", None),
        ] {
            let want = want.map(|w| w.parse::<Decimal>().unwrap());
            assert_eq!(read_coefficient(text), want, "{text}");
        }
    }

    proptest! {
        /// Catches a format of ours that reads back as another amount.
        #[test]
        fn reads_what_is_written(value in 1..=1_000_000_000_000_000_i64) {
            let amount = Dong::new(value).unwrap();
            let shown = amount.to_string();
            prop_assert_eq!(read_amount(&shown), Ok(amount));
            prop_assert_eq!(read_amount(&format!("{} đ", shown.replace('.', ","))), Ok(amount));
            prop_assert_eq!(read_amount(&format!("{shown},00")), Ok(amount));
            prop_assert_eq!(read_amount(&value.to_string()), Ok(amount));
        }

        /// Catches an amount out of digits that the text has not, in another order, or
        /// without a digit that counts; and an amount or coefficient that nobody may pay.
        #[test]
        fn an_amount_is_made_of_the_digits_that_stand_there(
            text in prop_oneof!["\\PC*", "[ (-]{0,2}[0-9]{0,5}([., ][0-9]{0,4}){0,4} ?(đ|VND|đồng)?\\)?"],
        ) {
            let typed: String = text.chars().filter(char::is_ascii_digit).collect();
            if let Ok(amount) = read_amount(&text) {
                prop_assert!(amount.is_payable());
                let digits = amount.get().to_string();
                let rest = typed.trim_start_matches('0').strip_prefix(&digits);
                // What is left is a decimal part of one or two zeros.
                prop_assert!(rest.is_some_and(|r| r.len() <= 2 && r.bytes().all(|b| b == b'0')), "{text}");
                let groups = text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty());
                prop_assert!(groups.skip(1).all(|g| g.len() == 3 || g.bytes().all(|b| b == b'0')), "{text}");
            }
            if let Some(coefficient) = read_coefficient(&text) {
                prop_assert!(coefficient > Decimal::ZERO && coefficient <= Decimal::ONE_HUNDRED);
            }
            if let Ok(amount) = read_option(&text) {
                let known = text.parse().ok().or(read_amount(&text).ok().map(Dong::get));
                prop_assert_eq!(Some(amount), known);
            }
        }
    }

    /// Catches an amount on the command line that is read as another, or refused as typed.
    #[test]
    fn options_take_both_ways_to_divide_thousands() {
        for (text, want) in [
            ("540000", Some(540_000)),
            ("540.000", Some(540_000)),
            ("540,000", Some(540_000)),
            ("540 000 đ", Some(540_000)),
            ("1.080.000 VND", Some(1_080_000)),
            ("-1", Some(-1)),
            ("0", Some(0)),
            ("540.5", None),
            ("1000.0", None),
            ("1.5", None),
            ("7500.000", None),
            ("1.080,000", None),
            ("-540.000", None),
            ("1e6", None),
            ("", None),
        ] {
            assert_eq!(read_option(text).ok(), want, "{text}");
        }
    }
}
