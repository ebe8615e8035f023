//! The command line: the files that each command promises, and its refusals.

#![allow(clippy::unwrap_used)] // helpers of tests are not marked as tests

mod reading;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use reading::{OUR_ACCOUNT, pain, read_native, wishes};
use serde_json::Value;

fn world(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ansinh-world"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

/// The JSON lines that a command printed.
fn said(output: &Output) -> Vec<Value> {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Catches a promised file that is not written, or in another folder.
#[test]
fn people_writes_the_files_of_each_month() {
    let folder = tempfile::tempdir().unwrap();
    let made = world(
        folder.path(),
        "people --seed 3 --count 50 --months 2 --out out",
    );
    assert_eq!(said(&made)[1]["month"], "2026-07");
    for month in ["out", "out/2026-07"] {
        for name in [
            "roster.xlsx",
            "roster.csv",
            "population.csv",
            "holders.csv",
            "expected.json",
            "holder_faults.json",
        ] {
            let file = folder.path().join(month).join(name);
            assert!(fs::metadata(&file).unwrap().len() > 1, "{}", file.display());
        }
    }
    assert!(
        !world(folder.path(), "people --count 0 --out none")
            .status
            .success()
    );
    assert!(
        !world(folder.path(), "people --month 13/2026 --out none")
            .status
            .success()
    );
}

/// Catches a settled day whose file, truth or summary do not tell the same, and a
/// following day that does not follow.
#[test]
fn bank_settle_writes_a_day_and_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let file = pain("M1", OUR_ACCOUNT, "2026-06-05", &wishes(40, "A"));
    fs::write(at("p.xml"), file).unwrap();
    let words = format!(
        "bank settle --pain p.xml --pain p.xml --account {OUR_ACCOUNT} --opening 1000 --number 12 \
         --credit 90000000:KB01 --day 2026-06-05 --out a.stl --next-day 2026-06-08 --next-out b.stl \
         --fault late=2 --fault closed_later=50/1000 --fault dropped=1 --truth t.json --truth-brief"
    );
    let said = said(&world(folder.path(), &words));
    assert_eq!(
        (&said[0]["outcome"], &said[1]["outcome"]),
        (&"accepted".into(), &"duplicate".into())
    );
    let read = |name| read_native(&fs::read(at(name)).unwrap()).unwrap();
    let (first, second) = (read("a.stl"), read("b.stl"));
    assert_eq!(
        (first.number, first.opening, first.details.len()),
        (12, 1000, 1 + 37)
    );
    assert_eq!(
        (second.number, second.opening, second.details.len()),
        (13, first.closing, 4)
    );
    assert_eq!(said[3]["closing"], second.closing);
    let truth: Value = serde_json::from_slice(&fs::read(at("t.json")).unwrap()).unwrap();
    assert_eq!(truth.as_array().unwrap().len(), 2 + 2 + 1 + 1);

    let words = format!(
        "bank settle --pain p.xml --account {OUR_ACCOUNT} --day 2026-06-05 --out a.xml --format camt"
    );
    world(folder.path(), &words);
    assert!(at("a.xml.sig").is_file() && at("a.xml").is_file());
    let bad = world(folder.path(), &format!("{words} --spoil unsigned"));
    assert!(bad.status.success() && !at("a.xml.sig").exists());
}

/// Catches a refusal that passes for success, or does not say why.
#[test]
fn bank_settle_says_why_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let file = pain("M1", "999", "2026-06-05", &wishes(1, "A"));
    fs::write(folder.path().join("p.xml"), file).unwrap();
    let words =
        format!("bank settle --pain p.xml --account {OUR_ACCOUNT} --day 2026-06-05 --out a");
    let output = world(folder.path(), &words);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("no account"));
    for wrong in [
        "--fault lost=1",
        "--fault late",
        "--spoil rot",
        "--bin 97040",
        "--day 2026-02-30",
    ] {
        let output = world(folder.path(), &format!("{words} {wrong}"));
        assert!(!output.status.success(), "{wrong}");
    }
}

/// Catches a month of payers whose promised files are not there, or that forgets a share.
#[test]
fn payers_write_a_month() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("pay_code,amount,due_on,debtor,bin,account\n");
    for n in 0..60 {
        csv += &format!(
            "AS22222{n:05},{},2026-09-18,HS{n},970405,{OUR_ACCOUNT}\n",
            500_000 + n
        );
    }
    fs::write(folder.path().join("bills.csv"), csv).unwrap();
    let words =
        "payers --bills bills.csv --from 2026-09-10 --to 2026-09-22 --opening 1000 --out out";
    let said = said(&world(folder.path(), &format!("{words} --habit short=5")));
    assert_eq!(said[0]["days"], 9);
    let at = |name: &str| folder.path().join("out").join(name);
    let json = |name| -> Value { serde_json::from_slice(&fs::read(at(name)).unwrap()).unwrap() };
    let expected = json("expected.json");
    assert_eq!(expected["habits"]["short"], 5);
    assert_eq!(
        expected["balance"],
        1000 + expected["received"].as_i64().unwrap()
    );
    assert_eq!(json("refund_requests.json"), expected["refund_requests"]);
    let last = format!("970405_{OUR_ACCOUNT}_20260922.stl");
    let last = read_native(&fs::read(at(&last)).unwrap()).unwrap();
    assert_eq!(
        (last.number, expected["balance"].as_i64()),
        (9, Some(last.closing))
    );
    let notices = fs::read_to_string(at("notices.jsonl")).unwrap();
    assert_eq!(said[0]["notices"], notices.lines().count());
    for wrong in [
        "--habit lost=1",
        "--habit short",
        "--key-id",
        "--telling late=x",
    ] {
        assert!(
            !world(folder.path(), &format!("{words} {wrong}"))
                .status
                .success(),
            "{wrong}"
        );
    }
}
