//! Amounts in words, as Vietnamese receipts and vouchers write them.
//!
//! The rules: groups of three digits are named nghìn, triệu, tỷ, and what stands before tỷ
//! is read as a number of its own (1.000 tỷ is một nghìn tỷ). A group of zeros is left out; any other group but the
//! first is read with its hundreds (1.005 is một nghìn không trăm linh năm). After mươi, 1
//! is mốt, 4 is tư and 5 is lăm; after mười they are một, bốn, lăm; a lonely unit is
//! `linh`, northern use, with một, bốn, năm.

use crate::Dong;

const DIGITS: [&str; 10] = [
    "không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín",
];

/// The amount in words with a capital and `đồng`: `Năm trăm bốn mươi nghìn đồng`.
///
/// `None` below 0 and above 10^15 đồng, which no paper of ours carries.
pub fn dong_in_words(amount: Dong) -> Option<String> {
    let number = u64::try_from(amount.get()).ok()?;
    if amount > Dong::PAYMENT_LIMIT {
        return None;
    }
    let mut words = Vec::new();
    if number == 0 {
        words.push(DIGITS[0]);
    }
    let (milliards, rest) = (number / 1_000_000_000, number % 1_000_000_000);
    if milliards > 0 {
        push_groups(&mut words, milliards, false);
        words.push("tỷ");
    }
    push_groups(&mut words, rest, milliards > 0);
    words.push("đồng");
    let text = words.join(" ");
    let mut letters = text.chars();
    let first = letters.next()?;
    Some(first.to_uppercase().chain(letters).collect())
}

/// Reads a number below 10^9; `inside` when words stand before it.
fn push_groups(words: &mut Vec<&'static str>, number: u64, inside: bool) {
    let mut inside = inside;
    for (size, name) in [(1_000_000, "triệu"), (1_000, "nghìn"), (1, "")] {
        let group = number / size % 1_000;
        if group == 0 {
            continue;
        }
        push_group(words, group, inside);
        if !name.is_empty() {
            words.push(name);
        }
        inside = true;
    }
}

/// Reads 1 to 999; with its hundreds even when they are 0, when `inside`.
fn push_group(words: &mut Vec<&'static str>, group: u64, inside: bool) {
    let [hundreds, tens, units] = [group / 100, group / 10 % 10, group % 10]
        .map(|digit| usize::try_from(digit).unwrap_or_default());
    if hundreds > 0 || inside {
        words.extend([DIGITS[hundreds], "trăm"]);
    }
    match tens {
        0 if units > 0 && (hundreds > 0 || inside) => words.push("linh"),
        0 => {}
        1 => words.push("mười"),
        _ => words.extend([DIGITS[tens], "mươi"]),
    }
    match (tens, units) {
        (_, 0) => {}
        (2.., 1) => words.push("mốt"),
        (2.., 4) => words.push("tư"),
        (1.., 5) => words.push("lăm"),
        _ => words.push(DIGITS[units]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(amount: i64) -> String {
        dong_in_words(Dong::new(amount).unwrap()).unwrap()
    }

    /// Catches a receipt that says another amount, or says it in wrong Vietnamese.
    #[test]
    fn reads_amounts_as_people_do() {
        for (amount, text) in [
            (0, "Không đồng"),
            (1, "Một đồng"),
            (4, "Bốn đồng"),
            (5, "Năm đồng"),
            (10, "Mười đồng"),
            (11, "Mười một đồng"),
            (14, "Mười bốn đồng"),
            (15, "Mười lăm đồng"),
            (20, "Hai mươi đồng"),
            (21, "Hai mươi mốt đồng"),
            (24, "Hai mươi tư đồng"),
            (25, "Hai mươi lăm đồng"),
            (44, "Bốn mươi tư đồng"),
            (55, "Năm mươi lăm đồng"),
            (91, "Chín mươi mốt đồng"),
            (100, "Một trăm đồng"),
            (101, "Một trăm linh một đồng"),
            (104, "Một trăm linh bốn đồng"),
            (105, "Một trăm linh năm đồng"),
            (110, "Một trăm mười đồng"),
            (111, "Một trăm mười một đồng"),
            (115, "Một trăm mười lăm đồng"),
            (121, "Một trăm hai mươi mốt đồng"),
            (404, "Bốn trăm linh bốn đồng"),
            (999, "Chín trăm chín mươi chín đồng"),
            (1_000, "Một nghìn đồng"),
            (1_001, "Một nghìn không trăm linh một đồng"),
            (1_010, "Một nghìn không trăm mười đồng"),
            (1_015, "Một nghìn không trăm mười lăm đồng"),
            (1_100, "Một nghìn một trăm đồng"),
            (10_000, "Mười nghìn đồng"),
            (15_500, "Mười lăm nghìn năm trăm đồng"),
            (21_000, "Hai mươi mốt nghìn đồng"),
            (105_000, "Một trăm linh năm nghìn đồng"),
            (540_000, "Năm trăm bốn mươi nghìn đồng"),
            (1_000_000, "Một triệu đồng"),
            (1_000_005, "Một triệu không trăm linh năm đồng"),
            (1_005_000, "Một triệu không trăm linh năm nghìn đồng"),
            (
                1_234_567,
                "Một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy đồng",
            ),
            (2_789_000, "Hai triệu bảy trăm tám mươi chín nghìn đồng"),
            (14_250_000, "Mười bốn triệu hai trăm năm mươi nghìn đồng"),
            (500_000_000, "Năm trăm triệu đồng"),
            (1_000_000_000, "Một tỷ đồng"),
            (1_000_000_001, "Một tỷ không trăm linh một đồng"),
            (1_000_500_000, "Một tỷ năm trăm nghìn đồng"),
            (1_050_000_000, "Một tỷ không trăm năm mươi triệu đồng"),
            (
                21_004_000_015,
                "Hai mươi mốt tỷ không trăm linh bốn triệu không trăm mười lăm đồng",
            ),
            (1_000_000_000_000, "Một nghìn tỷ đồng"),
            (5_005_000_000_000, "Năm nghìn không trăm linh năm tỷ đồng"),
            (
                999_999_999_999_999,
                "Chín trăm chín mươi chín nghìn chín trăm chín mươi chín tỷ chín trăm chín mươi chín triệu chín trăm chín mươi chín nghìn chín trăm chín mươi chín đồng",
            ),
            (1_000_000_000_000_000, "Một triệu tỷ đồng"),
        ] {
            assert_eq!(words(amount), text, "{amount}");
        }
    }

    /// Catches an amount that no paper carries and that is put into words all the same.
    #[test]
    fn refuses_what_is_out_of_range() {
        for amount in [-1, 1_000_000_000_000_001] {
            assert_eq!(dong_in_words(Dong::new(amount).unwrap()), None);
        }
    }

    /// Reads words back by adding up, another way than they were made.
    fn value(text: &str) -> u64 {
        let names = [
            ("trăm", 100),
            ("mươi", 10),
            ("nghìn", 1_000),
            ("triệu", 1_000_000),
        ];
        let (mut all, mut group, mut digit) = (0_u64, 0, 0);
        let mut milliards = 0;
        for word in text.to_lowercase().split(' ') {
            if let Some(d) = DIGITS.iter().position(|d| *d == word) {
                digit = d as u64;
            } else if let Some((_, size)) = names[..2].iter().find(|(n, _)| *n == word) {
                group += digit * size;
                digit = 0;
            } else if let Some((_, size)) = names[2..].iter().find(|(n, _)| *n == word) {
                all += (group + digit) * size;
                (group, digit) = (0, 0);
            } else {
                match word {
                    "mười" => group += 10,
                    "mốt" => digit = 1,
                    "tư" => digit = 4,
                    "lăm" => digit = 5,
                    "linh" => digit = 0,
                    "tỷ" => {
                        milliards = all + group + digit;
                        (all, group, digit) = (0, 0, 0);
                    }
                    "đồng" => return milliards * 1_000_000_000 + all + group + digit,
                    other => panic!("{other} in {text}"),
                }
            }
        }
        panic!("no đồng in {text}");
    }

    /// Catches two amounts under the same words: every amount below 100,000, then any.
    #[test]
    fn small_amounts_come_back_from_their_words() {
        for amount in 0..100_000 {
            assert_eq!(value(&words(amount)), amount.unsigned_abs());
        }
    }

    proptest! {
        /// Catches a group that is lost or named wrongly: the words say the amount again,
        /// so distinct amounts have distinct words.
        #[test]
        fn amounts_come_back_from_their_words(amount in 0..=1_000_000_000_000_000_i64, zeros in 0..15_u32) {
            for amount in [amount, amount / 10_i64.pow(zeros) * 10_i64.pow(zeros), amount % 10_i64.pow(zeros)] {
                prop_assert_eq!(value(&words(amount)), amount.unsigned_abs());
            }
        }
    }
}
