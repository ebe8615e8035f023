//! Banks as lists name them, and account numbers as lists type them.
//!
//! `VCB`, `NHNo&PTNT Bình Lục`, `Ngân hàng Công thương` are known by name, short name and
//! aliases of `data/banks.csv`, in any case, with or without accents, with a branch behind.
//! The longest name that fits wins, so that `Sài Gòn Hà Nội` is not `Sài Gòn`; where two
//! banks fit, none is taken. Banks change names, so a BIN keeps all of them.
//!
//! A cell typed as a number has lost its zeros in front: they are put back to the length
//! of that bank's accounts, and the line says so. Text is kept as it is typed.

use super::cell::Cell;
use crate::identity::ascii_key;
use crate::identity::number::without_marks;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A bank or payment organisation.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Bank {
    pub bin: String,
    pub short_name: String,
    pub name: String,
    /// Digits of its account numbers, to which lost zeros are put back.
    pub account_length: usize,
    aliases: String,
}

/// Why no bank is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BankProblem {
    Empty,
    Unknown,
    /// The text fits several; their short names.
    Several(Vec<&'static str>),
}

/// Why no account number is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountProblem {
    Empty,
    /// Not 6 to 19 letters and digits.
    BadForm,
    /// A number of more than 15 digits or in scientific form: the sheet has lost digits.
    DigitsLost,
}

/// An account number as it is paid to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAccount {
    pub number: String,
    /// Zeros in front were put back.
    pub restored: bool,
}

struct Banks {
    banks: Vec<Bank>,
    /// Words of each writing, joined without blanks, to the bank; `None` where two share it.
    writings: HashMap<String, Option<usize>>,
}

static BANKS: LazyLock<Banks> = LazyLock::new(load);

/// Words that say only that something is a bank.
const GENERIC: [&str; 13] = [
    "NGAN", "HANG", "NH", "TMCP", "TNHH", "MTV", "MOT", "THANH", "VIEN", "CP", "CN", "CHI", "NHANH",
];

/// All banks of the list.
pub fn banks() -> &'static [Bank] {
    &BANKS.banks
}

/// The bank with this BIN.
pub fn bank_of_bin(bin: &str) -> Option<&'static Bank> {
    banks().iter().find(|bank| bank.bin == bin)
}

/// The bank that a text names.
pub fn read_bank(text: &str) -> Result<&'static Bank, BankProblem> {
    let words = words_of(text);
    if words.is_empty() {
        return Err(BankProblem::Empty);
    }
    if let Some(bank) = bank_of_bin(text.trim()) {
        return Ok(bank);
    }
    let start = words.iter().take_while(|word| is_generic(word)).count();
    // At the beginning first, with and without the generic words; then anywhere.
    let places = [0, start].into_iter().chain(1..words.len());
    let mut found: Vec<usize> = Vec::new();
    for (nth, at) in places.enumerate() {
        if let Some(bank) = longest_at(words.get(at..).unwrap_or_default()) {
            match nth {
                0 | 1 => {
                    return bank
                        .and_then(|at| banks().get(at))
                        .ok_or(BankProblem::Unknown);
                }
                _ => found.extend(bank),
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => Err(BankProblem::Unknown),
        [one] => banks().get(*one).ok_or(BankProblem::Unknown),
        several => Err(BankProblem::Several(
            several
                .iter()
                .filter_map(|at| banks().get(*at))
                .map(|bank| bank.short_name.as_str())
                .collect(),
        )),
    }
}

/// Reads an account number; `bank` tells the length that lost zeros are put back to.
pub fn read_account(cell: Cell<'_>, bank: Option<&Bank>) -> Result<ReadAccount, AccountProblem> {
    let typed = cell.text();
    let number = without_marks(typed).to_uppercase();
    if number.is_empty() {
        return Err(AccountProblem::Empty);
    }
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let scientific =
        !digits && number.contains("E+") && number.starts_with(|c: char| c.is_ascii_digit());
    if scientific
        || (matches!(cell, Cell::Number(_))
            && (!digits || number.len() > 15 || typed.contains('.')))
    {
        return Err(AccountProblem::DigitsLost);
    }
    let length = bank.map_or(0, |bank| bank.account_length);
    let restored = digits && cell.may_have_lost_zeros() && number.len() < length;
    let number = if restored {
        format!("{number:0>length$}")
    } else {
        number
    };
    let fits =
        (6..=19).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then_some(ReadAccount { number, restored })
        .ok_or(AccountProblem::BadForm)
}

/// The longest writing that the words begin with.
fn longest_at(words: &[String]) -> Option<Option<usize>> {
    (1..=words.len().min(12)).rev().find_map(|n| {
        let key = words.get(..n)?.concat();
        BANKS.writings.get(&key).copied()
    })
}

fn is_generic(word: &str) -> bool {
    GENERIC.contains(&word)
}

fn words_of(text: &str) -> Vec<String> {
    ascii_key(text)
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "VA")
        .map(str::to_owned)
        .collect()
}

fn load() -> Banks {
    let rows = csv::Reader::from_reader(include_str!("data/banks.csv").as_bytes())
        .into_deserialize()
        .collect::<Result<Vec<Bank>, csv::Error>>();
    let banks = rows.expect("the table of banks can be read");
    let mut writings: HashMap<String, Option<usize>> = HashMap::new();
    for (at, bank) in banks.iter().enumerate() {
        let own = [bank.short_name.as_str(), bank.name.as_str()];
        for writing in own.into_iter().chain(bank.aliases.split('|')) {
            let words = words_of(writing);
            let bare = words.iter().take_while(|word| is_generic(word)).count();
            for key in [
                words.concat(),
                words.get(bare..).unwrap_or_default().concat(),
            ] {
                if !key.is_empty() {
                    writings
                        .entry(key)
                        .and_modify(|known| *known = known.filter(|k| *k == at))
                        .or_insert(Some(at));
                }
            }
        }
    }
    Banks { banks, writings }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches money sent to another bank than the list means.
    #[test]
    fn knows_banks_as_lists_write_them() {
        for (text, bin) in [
            ("VCB", "970436"),
            ("Vietcombank", "970436"),
            ("Ngân hàng TMCP Ngoại thương Việt Nam", "970436"),
            ("Vietcombank - CN Hà Nam", "970436"),
            ("NHNo&PTNT Bình Lục", "970405"),
            ("NHNo & PTNT huyện Bình Lục", "970405"),
            ("NHNo và PTNT Bình Lục", "970405"),
            (
                "Ngân hàng Nông nghiệp và Phát triển nông thôn - CN Bình Lục",
                "970405",
            ),
            ("Ngân hàng Nông nghiệp", "970405"),
            ("agribank", "970405"),
            ("CN Agribank Bình Lục", "970405"),
            ("Ngân hàng Agribank", "970405"),
            ("Ngân hàng Công thương", "970415"),
            ("NH TMCP Công Thương", "970415"),
            ("VietinBank", "970415"),
            ("Viettinbank", "970415"),
            ("MB Bank", "970422"),
            ("MB", "970422"),
            ("Ngân hàng Quân đội", "970422"),
            ("BIDV", "970418"),
            ("BIDV Hà Nam", "970418"),
            ("Ngân hàng Đầu tư & Phát triển VN", "970418"),
            ("Sài Gòn - Hà Nội", "970443"),
            ("Ngân hàng TMCP Sài Gòn", "970429"),
            ("Ngân hàng TMCP Sài Gòn Công Thương", "970400"),
            ("Sài Gòn Thương Tín", "970403"),
            ("Lộc Phát", "970449"),
            ("Ngân hàng Chính sách xã hội", "999888"),
            ("970436", "970436"),
        ] {
            assert_eq!(
                read_bank(text).map(|bank| bank.bin.as_str()),
                Ok(bin),
                "{text}"
            );
        }
        assert_eq!(read_bank(" "), Err(BankProblem::Empty));
        for text in [
            "Ngân hàng",
            "Bình Lục",
            "XYZ",
            "970000",
            "Ngân hàng Nhà nước",
        ] {
            assert_eq!(read_bank(text), Err(BankProblem::Unknown), "{text}");
        }
        assert!(matches!(
            read_bank("TK BIDV hoặc VCB"),
            Err(BankProblem::Several(_))
        ));
        assert_eq!(banks().len(), 69);
    }

    /// Catches a bank of the list that is not known by its own names.
    #[test]
    fn every_bank_knows_its_names() {
        for bank in banks() {
            for text in [&bank.short_name, &bank.name] {
                let found = read_bank(text);
                let same = found.is_ok_and(|b| b.short_name == bank.short_name);
                assert!(same || bank.short_name == "MAFC", "{text}");
            }
        }
    }

    /// Catches zeros put in front of an account that never had them, or left off.
    #[test]
    fn restores_zeros_only_of_number_cells() {
        let vcb = bank_of_bin("970436");
        let read = |cell| read_account(cell, vcb).map(|a| (a.number, a.restored));
        let ok = |text: &str, restored| Ok((text.to_owned(), restored));
        assert_eq!(read(Cell::Number("92679030996")), ok("0092679030996", true));
        assert_eq!(
            read(Cell::Untyped("625459895080")),
            ok("0625459895080", true)
        );
        assert_eq!(
            read(Cell::Text("0341768487870")),
            ok("0341768487870", false)
        );
        assert_eq!(
            read(Cell::Text("0341 768.487.870")),
            ok("0341768487870", false)
        );
        assert_eq!(read(Cell::Text("1012345678")), ok("1012345678", false));
        assert_eq!(
            read(Cell::Number("12345678901234")),
            ok("12345678901234", false)
        );
        assert_eq!(
            read(Cell::Number("1234567890123456")),
            Err(AccountProblem::DigitsLost)
        );
        assert_eq!(
            read(Cell::Untyped("5.776E+11")),
            Err(AccountProblem::DigitsLost)
        );
        assert_eq!(read(Cell::Text("chưa có")), Err(AccountProblem::BadForm));
        assert_eq!(read(Cell::Empty), Err(AccountProblem::Empty));
    }
}
