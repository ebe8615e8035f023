//! The sample list, line by line against its answer key.
//!
//! The sample lies beside the repository (`../shared`) or where `ANSINH_SHARED` says; it is
//! not part of the repository, so without it the test says so and ends.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ansinh::programme::catalogue::Period;
use ansinh::roster::{CheckResult, CheckSettings, CsvRegister, RosterFile, check_list, read_list};
use ansinh_settlement::{Day, Dong};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn sample() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("ANSINH_SHARED").map_or_else(beside, PathBuf::from);
    let folder = shared.join("samples/roster");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("no sample at {}: nothing is compared", folder.display());
    None
}

fn check(list: &RosterFile, folder: &Path) -> CheckResult {
    let register = CsvRegister::open(&folder.join("population.csv")).unwrap();
    let standard = Dong::new(500_000).unwrap();
    let known_on = Day::parse("2026-06-01").unwrap();
    let settings = CheckSettings::new(list.period.unwrap(), standard, known_on);
    check_list(list, &register, &settings)
}

/// Catches any line whose category, number, amount, account, bank or proxy differs.
#[test]
fn every_line_is_as_the_answer_key_says() {
    let Some(folder) = sample() else { return };
    let list = read_list(&folder.join("roster.xlsx")).unwrap();
    assert_eq!(list.period, Period::parse("2026-06").ok());
    let result = check(&list, &folder);
    let key = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let key: Value = serde_json::from_str(&key).unwrap();
    let wanted = key["lines"].as_array().unwrap();
    assert_eq!(result.lines.len(), wanted.len());
    let mut wrong = Vec::new();
    for (line, wanted) in result.lines.iter().zip(wanted) {
        let found = serde_json::to_value(line).unwrap();
        let fields = [
            "stt",
            "category",
            "identity_number",
            "amount",
            "account_number",
            "bank_bin",
            "proxy",
        ];
        if fields.iter().any(|field| found[field] != wanted[field]) {
            wrong.push(format!("{found}\n{wanted}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} lines:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    for (category, count) in &result.totals.by_category {
        assert_eq!(key["by_category"][category.code()], *count, "{category:?}");
    }
    assert_eq!(key["payable_total"], result.totals.matched_amount.get());
    assert_eq!(result.totals.accepted_amount, result.totals.matched_amount);
    for line in result.lines.iter().filter(|line| !line.is_accepted()) {
        assert!(
            line.reasons().next().is_some(),
            "a refusal without a reason: {line:?}"
        );
    }
    for repair in &result.repairs {
        assert_ne!(repair.was, repair.became);
    }
}
