//! Reconciliation: the bank's statement against what was instructed, line by line; what
//! differs as named breaks; the day proved and closed.
//!
//! | step | what happens | where |
//! |---|---|---|
//! | verify | form, MAC, totals, balance of the file; nothing of a bad file is applied | `settlement` |
//! | match | each debit judged against the open payments, in memory | `settlement` |
//! | stage | lines and matches written, in chunks, in the one Tx | [`import`] |
//! | explain | what did not match: decided line by line, debits before credits | [`explain`] |
//! | post | one transfer a batch for what settled, one for each explained line | `ledger` |
//! | prove | opening + movements = closing = nostro | [`import`], [`close`] |
//!
//! Every line of an accepted statement is posted, the unexplained into suspense or claim,
//! so nostro equals the statement without exception. A **break** is an item that stands in
//! suspense, claim or clearing, with kind, owner and what to do about it.

pub mod assign;
pub mod breaks;
pub mod budget;
pub mod close;
pub mod credits;
pub mod days;
pub mod explain;
pub mod import;
pub mod payee;
pub mod progress;
mod proposal;
pub mod reopen;
mod resolution;
pub mod resolve;
pub mod send_back;
pub mod sql;
pub mod verify;
mod verify_collection;
pub mod verify_days;

use serde::{Deserialize, Serialize};

/// What a line of a statement, or an instruction without a line, turned out to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    pub matched: i64,
    pub amount_differs: i64,
    pub missing_at_bank: i64,
    pub unknown_at_us: i64,
    pub duplicate_line: i64,
    pub returned: i64,
}

impl Outcomes {
    pub fn count(&mut self, outcome: &str) {
        match outcome {
            "matched" => self.matched += 1,
            "amount_differs" => self.amount_differs += 1,
            "duplicate_line" => self.duplicate_line += 1,
            "returned" => self.returned += 1,
            _ => self.unknown_at_us += 1,
        }
    }
}

/// The kinds of breaks.
pub const KINDS: &[&str] = &[
    "amount_differs",
    "account_differs",
    "credit_taken_back",
    "credit_unmatched",
    "day_differs",
    "duplicate_line",
    "missing_at_bank",
    "notice_conflict",
    "notice_not_booked",
    "notice_unconfirmed",
    "opening_balance",
    "return_short",
    "status_conflict",
    "unknown_at_us",
];

/// What a statement proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub opening: i64,
    pub credits: i64,
    pub debits: i64,
    pub closing: i64,
    /// Closing of the statement before, or the balance with which the account was set up.
    pub previous_closing: i64,
    pub holds: bool,
}

/// A break as answers show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakView {
    pub kind: String,
    pub end_to_end_ref: String,
    pub expected_amount: Option<i64>,
    pub statement_amount: Option<i64>,
    /// Line of the statement; none for what is missing on it.
    pub line: Option<i64>,
    pub id: String,
    /// What to do about it, as an action of `break resolve` or a wait.
    pub todo: String,
}

/// What to do about a break of a kind; `in_claim` when its money stands as a claim.
pub fn todo(kind: &str, in_claim: bool) -> &'static str {
    match (kind, in_claim) {
        ("missing_at_bank", _) => "wait_or_rejected_by_bank",
        ("amount_differs", true)
        | ("duplicate_line" | "account_differs" | "day_differs" | "return_short", _) => {
            "claim_from_bank"
        }
        ("amount_differs", false) => "wait_for_rest_or_rejected_by_bank",
        ("credit_unmatched", _) => "suspense_assign",
        ("credit_taken_back", _) => "claim_from_payer",
        ("notice_unconfirmed", _) => "wait_or_not_received",
        ("opening_balance", _) => "budget_receive",
        ("unknown_at_us", true) => "fee_or_claim_from_bank",
        ("unknown_at_us", false) => "identify",
        _ => "look",
    }
}
