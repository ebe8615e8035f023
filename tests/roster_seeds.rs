//! Lists of many seeds and sizes, line by line against the key of the world that typed them.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ansinh::roster::{CheckSettings, CsvRegister, check_list, read_list};
use ansinh_settlement::{Day, Dong};
use ansinh_simulator::{COMMUNES, World};
use serde_json::Value;

const STANDARD: i64 = 500_000;
const MONTH: &str = "06/2026";
const SIZES: [usize; 5] = [50, 130, 400, 900, 2_000];

/// Catches any line of any list whose category, number, amount, account, bank or proxy is
/// not what the world meant, in a workbook or in a CSV.
#[test]
fn every_line_of_a_hundred_lists_is_as_the_world_meant_it() {
    let folder = tempfile::tempdir().unwrap();
    let all = (1..=20_u64).flat_map(|seed| SIZES.map(|size| (seed, size)));
    for (seed, size) in all {
        let communes = &COMMUNES[..1 + usize::try_from(seed).unwrap() % COMMUNES.len()];
        let people = World::people(seed * 7_919, size, communes);
        let mut register = Vec::new();
        people.population_csv(&mut register).unwrap();
        let register = CsvRegister::read(register.as_slice()).unwrap();
        let mut key = Vec::new();
        people.expected_json(&mut key, MONTH, STANDARD).unwrap();
        let key: Value = serde_json::from_slice(&key).unwrap();
        let wanted = key["lines"].as_array().unwrap();
        let (sheet, text) = (
            folder.path().join("list.xlsx"),
            folder.path().join("list.csv"),
        );
        people.write_roster_xlsx(&sheet, MONTH, STANDARD).unwrap();
        let csv = std::fs::File::create(&text).unwrap();
        people.roster_csv(csv, MONTH, STANDARD).unwrap();
        for path in [&sheet, &text] {
            let what = format!("seed {seed}, {size} people, {}", path.display());
            let list = read_list(path).unwrap();
            let settings = CheckSettings::new(
                list.period.unwrap(),
                Dong::new(STANDARD).unwrap(),
                Day::parse("2026-06-01").unwrap(),
            );
            let result = check_list(&list, &register, &settings);
            assert_eq!(result.lines.len(), wanted.len(), "{what}");
            for (line, wanted) in result.lines.iter().zip(wanted) {
                let found = serde_json::to_value(line).unwrap();
                for (field, value) in found.as_object().unwrap() {
                    assert_eq!(*value, wanted[field], "{what}: {field} of {wanted}");
                }
            }
            assert_eq!(
                key["payable_total"],
                result.totals.matched_amount.get(),
                "{what}"
            );
        }
    }
}
