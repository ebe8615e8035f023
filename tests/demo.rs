//! `ansinh demo`: the same books from the same seed on both databases, every day closed,
//! the people refused whom the key names, the school's money where the world's key says,
//! and nothing left behind.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod office;

use ansinh::words::codes;
use ansinh_simulator::COMMUNES;
use ansinh_simulator::payers::Expected;
use office::{Answer, Database, Engine, answer_of, engines};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the demo in an empty folder, which must be empty afterwards.
fn demo(engine: Engine, args: &[&str]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(engine, "demo");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ansinh"));
    command
        .current_dir(folder.path())
        .env_remove("ANSINH_DATABASE_URL")
        .args(["demo", "--json"])
        .args(args);
    if engine == Engine::Postgres {
        command.args(["--database-url", &database.url(folder.path())]);
    }
    let answer = answer_of(command.output().unwrap());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "left in the folder: {left:?}");
    answer
}

fn done(engine: Engine, args: &[&str]) -> Value {
    let answer = demo(engine, args);
    assert_eq!(answer.code, Some(0), "{engine:?} {args:?}: {answer:?}");
    answer.json
}

/// How many were refused in a month, by category.
fn refused(report: &Value, period: &str) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for r in report["refused"].as_array().unwrap() {
        if r["period"] == period {
            let category = r["category"].as_str().unwrap().to_owned();
            *counts.entry(category).or_default() += 1;
        }
    }
    counts
}

/// How many the key refuses, by category.
fn refused_by_key(key: &Value) -> BTreeMap<String, i64> {
    let counts = key["by_category"].as_object().unwrap();
    counts
        .iter()
        .filter(|(category, _)| *category != "MATCHED")
        .map(|(category, n)| (category.clone(), n.as_i64().unwrap()))
        .collect()
}

/// Closed days of each book.
fn closed_days(report: &Value) -> BTreeMap<String, usize> {
    let mut days = BTreeMap::new();
    for day in report["closed"].as_array().unwrap() {
        let book = day["book"].as_str().unwrap().to_owned();
        *days.entry(book).or_default() += 1;
    }
    days
}

/// A report without a school.
fn check_shape(report: &Value) {
    check_allowances(report);
    assert_eq!(closed_days(report), BTreeMap::from([("BL".into(), 6)]));
    assert_eq!(report["chain_heads"].as_object().unwrap().len(), 1);
    assert!(report["school"].is_null());
}

/// A report with a school: its sums are the world's, bill by bill, and both books close
/// the last day.
fn check_both(report: &Value) {
    check_allowances(report);
    let days = BTreeMap::from([("BL".to_owned(), 7), ("TH".to_owned(), 11)]);
    assert_eq!(closed_days(report), days);
    let last = "2026-09-24";
    let closed = report["closed"].as_array().unwrap().iter();
    let on_last: Vec<&Value> = closed.filter(|c| c["day"] == last).collect();
    assert_eq!(on_last.len(), 2, "{on_last:?}");
    assert_eq!(report["chain_heads"]["TH"].as_str().unwrap().len(), 64);
    let school = &report["school"];
    assert_eq!(school["agrees"], true, "{school}");
    for sum in ["paid", "credit", "suspense", "balance"] {
        assert_eq!(school["found"][sum], school["expected"][sum], "{sum}");
        assert!(school["found"][sum].as_i64().unwrap() > 0, "{sum}");
    }
    assert_eq!(school["receipts"]["total"], school["found"]["paid"]);
    let notices = &school["notices"];
    for outcome in ["booked", "after_line", "again"] {
        assert!(
            notices[outcome].as_i64().unwrap() > 0,
            "{outcome}: {notices}"
        );
    }
    for (rule, n) in school["rules"].as_object().unwrap() {
        assert!(
            codes::CREDIT_RULES.iter().any(|(code, ..)| code == rule),
            "{rule}"
        );
        assert!(n.as_i64().unwrap() > 0);
    }
    assert!(school["rules"]["not_received"].as_i64().unwrap() > 0);
    assert!(school["receipts"]["cancelled"].as_i64().unwrap() > 0);
    let breaks = school["breaks"].as_array().unwrap();
    let open = |b: &&Value| b["state"] != "resolved";
    assert!(
        breaks
            .iter()
            .filter(open)
            .all(|b| b["kind"] == "credit_unmatched")
    );
    let suspense: i64 = breaks
        .iter()
        .map(|b| b["open_amount"].as_i64().unwrap())
        .sum();
    assert_eq!(
        school["found"]["suspense"], suspense,
        "suspense is the listed breaks"
    );
    assert!(!school["refund_requests"].as_array().unwrap().is_empty());
}

fn check_allowances(report: &Value) {
    for field in ["steps", "refused", "breaks", "closed"] {
        assert!(!report[field].as_array().unwrap().is_empty(), "{field}");
    }
    for step in report["steps"].as_array().unwrap() {
        assert!(step["step"].is_string() && step["ms"].is_u64(), "{step}");
    }
    for day in report["closed"].as_array().unwrap() {
        assert_eq!(day["holds"], true, "{day}");
        for field in ["book", "bank_account", "day"] {
            assert!(day[field].is_string(), "{day}");
        }
    }
    for b in report["breaks"].as_array().unwrap() {
        for field in [
            "kind",
            "state",
            "end_to_end_ref",
            "expected_amount",
            "statement_amount",
        ] {
            assert!(b.get(field).is_some(), "{field} is missing: {b}");
        }
    }
    assert_eq!(report["books_hash"].as_str().unwrap().len(), 64);
    let heads = report["chain_heads"].as_object().unwrap();
    assert_eq!(heads["BL"].as_str().unwrap().len(), 64);
    let again = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["step"] == "same_files_again")
        .unwrap();
    assert_eq!(again["changed_nothing"], true);
}

/// Catches books that depend on the database, on chance or on the clock.
#[test]
fn the_same_seed_gives_the_same_books() {
    let args = |seed: &'static str| ["--beneficiaries", "400", "--pupils", "150", "--seed", seed];
    let mut hashes = BTreeMap::new();
    for engine in engines("demo") {
        for seed in ["1", "2", "1"] {
            let report = done(engine, &args(seed));
            check_both(&report);
            let found = (
                report["books_hash"].clone(),
                report["chain_heads"].clone(),
                report["school"]["found"].clone(),
            );
            let first = hashes.entry(seed).or_insert_with(|| found.clone());
            assert_eq!(*first, found, "seed {seed} on {engine:?}");
        }
    }
    assert_ne!(hashes["1"], hashes["2"]);
}

/// Catches people whom the demo refuses although the key pays them, or the reverse.
#[test]
fn those_are_refused_whom_the_key_names() {
    let june = ansinh_simulator::World::people(7, 600, &COMMUNES);
    let july = june.next_month(7);
    let args = ["--beneficiaries", "600", "--pupils", "0", "--seed", "7"];
    let report = done(Engine::Sqlite, &args);
    check_shape(&report);
    for (people, month, period) in [(june, "06/2026", "2026-06"), (july, "07/2026", "2026-07")] {
        let mut key = Vec::new();
        people.expected_json(&mut key, month, 500_000).unwrap();
        let key: Value = serde_json::from_slice(&key).unwrap();
        let expected = refused_by_key(&key);
        let found = refused(&report, period);
        assert_eq!(found, expected, "{period}");
        let reasons = report["refused"].as_array().unwrap();
        assert!(
            reasons
                .iter()
                .all(|r| r["message"].is_string() && r["stt"].is_number())
        );
    }
}

/// The sample list, beside the repository or where `ANSINH_SHARED` says; without it the
/// test says so and ends.
fn sample() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("ANSINH_SHARED").map_or_else(beside, PathBuf::from);
    let folder = shared.join("samples/roster");
    if folder.is_dir() {
        return Some(folder.canonicalize().unwrap());
    }
    println!(
        "no sample at {}: the demo with a list is not run",
        folder.display()
    );
    None
}

/// Catches a list as offices really have it that the demo cannot carry to a closed day.
#[test]
fn a_list_of_ones_own_is_carried_through() {
    let Some(folder) = sample() else { return };
    let key = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let key: Value = serde_json::from_str(&key).unwrap();
    let roster = folder.join("roster.xlsx").display().to_string();
    let population = folder.join("population.csv").display().to_string();
    let mut hashes = Vec::new();
    for engine in engines("demo") {
        let list = ["--roster", &roster, "--population", &population];
        let report = done(engine, &[&list[..], &["--pupils", "0"]].concat());
        check_shape(&report);
        assert_eq!(refused(&report, "2026-06"), refused_by_key(&key));
        hashes.push(report["books_hash"].clone());
    }
    assert!(hashes.iter().all(|h| *h == hashes[0]), "{hashes:?}");
}

/// Catches a demo that writes into somebody's books, or leaves its folder after a failure.
#[test]
fn the_demo_keeps_to_itself() {
    for engine in engines("demo") {
        let office = office::Office::set_up(engine, "demo");
        let url = office.url();
        office.refused(
            "not_empty",
            "lan",
            "2026-06-01T09:00",
            &["demo", "--beneficiaries", "50"],
        );
        let answer = demo(
            Engine::Sqlite,
            &["--database-url", &url, "--beneficiaries", "50"],
        );
        assert_eq!(
            (answer.code, answer.error()),
            (Some(3), "not_empty"),
            "{answer:?}"
        );
    }
    let answer = demo(
        Engine::Sqlite,
        &["--roster", "nowhere.xlsx", "--population", "nowhere.csv"],
    );
    assert_ne!(answer.code, Some(0), "{answer:?}");
    let kept = tempfile::tempdir().unwrap();
    let keep = kept.path().join("all").display().to_string();
    let args = ["--beneficiaries", "50", "--pupils", "40", "--keep", &keep];
    done(Engine::Sqlite, &args);
    for name in [
        "school/pupils.csv",
        "school/notices.jsonl",
        "school/expected.json",
        "ansinh.db",
        "setup.toml",
        "out",
        "statements",
        "2026-06/roster.xlsx",
    ] {
        assert!(Path::new(&keep).join(name).exists(), "{name} was not kept");
    }
}

/// What the program says about kept books.
fn asked(folder: &Path, args: &[&str]) -> Value {
    let url = format!("sqlite:{}", folder.join("ansinh.db").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_ansinh"));
    command
        .current_dir(folder)
        .env_remove("ANSINH_DATABASE_URL")
        .args(["--database-url", &url, "--json", "--book", "TH"])
        .args(args);
    let answer = answer_of(command.output().unwrap());
    assert_eq!(answer.code, Some(0), "{args:?}: {answer:?}");
    answer.json
}

/// Catches a demo that only says that its school agrees: the kept books are asked bill by
/// bill, and compared with the world's key.
#[test]
fn the_kept_school_is_what_the_world_expects() {
    for seed in ["3", "4"] {
        let kept = tempfile::tempdir().unwrap();
        let folder = kept.path().join("all");
        let keep = folder.display().to_string();
        let args = [
            "--beneficiaries",
            "50",
            "--pupils",
            "300",
            "--seed",
            seed,
            "--keep",
            &keep,
        ];
        let report = done(Engine::Sqlite, &args);
        check_both(&report);
        let key = std::fs::read(folder.join("school/expected.json")).unwrap();
        let key: Expected = serde_json::from_slice(&key).unwrap();
        let told = &report["school"];
        assert_eq!(told["payments"], key.payments);
        let list = ["--as", "quy", "bill", "list", "--limit", "100000"];
        let listed = asked(&folder, &list);
        let listed = listed["bills"].as_array().unwrap();
        assert_eq!(listed.len(), key.bills.len());
        for (bill, expected) in listed.iter().zip(&key.bills) {
            assert_eq!(bill["pay_code"], expected.pay_code);
            assert_eq!(bill["paid"], expected.paid, "{expected:?}");
        }
        // of those who also gave freely, the account shows the gift beside the credit
        let gave = |debtor: &str| {
            let own = listed.iter().filter(|b| b["debtor"] == debtor);
            own.filter(|b| b["kind"] == "invitation")
                .any(|b| b["paid"] != 0)
        };
        let only_credit: Vec<_> = key.credits.iter().filter(|c| !gave(&c.debtor)).collect();
        assert!(!only_credit.is_empty());
        for expected in only_credit.iter().take(5) {
            let one = ["--as", "quy", "report", "debtor", &expected.debtor];
            let balance = asked(&folder, &one)["balance"].as_i64();
            assert_eq!(balance, Some(-expected.credit), "{expected:?}");
        }
        asked(&folder, &["ledger", "verify"]);
    }
}
