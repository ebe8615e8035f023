//! The list of pupils of a school, as its office keeps it: titles, a header, one sheet.

use std::io::{self, Write};

use crate::names::{Sex, full_name};
use crate::rng::{Rng, hash};

/// Pupils a class.
const CLASS: usize = 30;

/// Writes `n` pupils over the grades 1 to 9, some without a personal number or a payer, as
/// CSV. The school year begins in September of `year`.
///
/// # Errors
/// When the output takes no more.
pub fn pupils_csv(mut out: impl Write, seed: u64, n: usize, year: usize) -> io::Result<()> {
    writeln!(out, "TRƯỜNG TH&THCS MẪU,,,,,,,")?;
    writeln!(out, "DANH SÁCH HỌC SINH NĂM HỌC {year}-{},,,,,,,", year + 1)?;
    writeln!(
        out,
        "STT,Mã học sinh,Họ và tên,Ngày sinh,Lớp,Số định danh cá nhân,Họ tên mẹ,SĐT mẹ"
    )?;
    for place in 0..n {
        let mut rng = Rng::new(hash(seed, 70, place as u64));
        let class = place / CLASS;
        let (grade, room) = (1 + class % 9, 1 + class / 9);
        let sex = rng.pick(&[Sex::Male, Sex::Female]);
        let born = year - 5 - grade;
        let name = full_name(&mut rng, sex, false);
        let (day, month) = (rng.between(1, 28), rng.between(1, 12));
        let century = if sex == Sex::Male { 2 } else { 3 };
        let number = match rng.chance(30) {
            true => String::new(),
            false => format!("001{century}{:02}{:06}", born % 100, place % 1_000_000),
        };
        let (mother, phone) = match rng.chance(20) {
            true => (String::new(), String::new()),
            false => (
                full_name(&mut rng, Sex::Female, false),
                format!("09{:08}", rng.below(100_000_000)),
            ),
        };
        writeln!(
            out,
            "{},HS{:05},{name},{day:02}/{month:02}/{born},{grade}A{room},{number},{mother},{phone}",
            place + 1,
            place + 1
        )?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a list that another run of the same seed does not make again, or that names
    /// one number for two pupils.
    #[test]
    fn a_list_follows_from_its_seed() {
        let list = |seed| {
            let mut out = Vec::new();
            pupils_csv(&mut out, seed, 300, 2026).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(list(1), list(1));
        assert_ne!(list(1), list(2));
        let whole = list(1);
        let mut numbers: Vec<&str> = whole
            .lines()
            .skip(3)
            .filter_map(|l| l.split(',').nth(5).filter(|n| !n.is_empty()))
            .collect();
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert!(all > 250 && numbers.len() == all);
    }
}
