//! Money that could be promised twice, be stuck, or move by one person's word: cover of
//! released batches, giving up what was released, parts of an entitlement, resolutions.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "money/breaks.rs"]
mod breaks;
#[path = "money/cover.rs"]
mod cover;
#[path = "money/give_up.rs"]
mod give_up;
mod office;
#[path = "money/parts.rs"]
mod parts;
#[path = "money/sheet.rs"]
mod sheet;

use office::{ACCOUNTANT, CHIEF, Office};
use serde_json::Value;

const REASON: &str = "theo văn bản trả lời của ngân hàng";

/// (reference, amount) of the lines of a batch.
fn lines(office: &Office, batch: &str) -> Vec<(String, i64)> {
    let shown = office.ok(CHIEF, "2026-06-02T12:00", &["batch", "lines", batch]);
    let lines = shown["lines"].as_array().unwrap();
    assert_eq!(shown["more"], false);
    lines
        .iter()
        .map(|l| {
            (
                l["line"].as_str().unwrap().to_owned(),
                l["amount"].as_i64().unwrap(),
            )
        })
        .collect()
}

fn balance(office: &Office, account: &str) -> i64 {
    let args = ["ledger", "balance", account];
    let answer = office.ok(CHIEF, "2026-06-30T12:00", &args);
    answer["balance"].as_i64().unwrap()
}

/// đồng on the accounts of all beneficiaries.
fn standing(office: &Office) -> i64 {
    let shown = office.ok(
        CHIEF,
        "2026-06-30T12:00",
        &["ledger", "accounts", "beneficiary/"],
    );
    let accounts = shown["accounts"].as_array().unwrap();
    accounts
        .iter()
        .map(|a| a["balance"].as_i64().unwrap())
        .sum()
}

/// One proposes, another approves.
fn resolve(office: &Office, now: &str, id: &str, action: &[&str]) {
    let mut propose = vec!["break", "resolve", id, "--reason", REASON, "--action"];
    propose.extend(action);
    office.ok(ACCOUNTANT, now, &propose);
    office.ok(CHIEF, now, &["break", "resolve", id, "--approve"]);
}

fn break_ids(answer: &Value, kind: &str) -> Vec<String> {
    let breaks = answer["breaks"].as_array().unwrap();
    let of_kind = breaks.iter().filter(|b| b["kind"] == kind);
    of_kind
        .map(|b| b["id"].as_str().unwrap().to_owned())
        .collect()
}
