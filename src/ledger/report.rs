//! Balances at any moment and the trial balance.

pub use super::sql::report::sums_until;

use super::sql::AccountRow;
use crate::clock::Instant;
use crate::error::Fault;
use crate::store::Tx;
use ansinh_settlement::Day;

/// Up to when a past balance counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Postings made at or before the instant.
    At(Instant),
    /// Postings of the posting day and the days before it.
    Day(Day),
}

/// A row of the trial balance: the first part of the accounts' names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TrialRow {
    pub group: String,
    pub accounts: i64,
    pub debits: i64,
    pub credits: i64,
    pub balance: i64,
}

/// The trial balance by the first part of the names; its debits and credits are equal.
pub async fn trial_balance(tx: &mut Tx, book: i64) -> Result<Vec<TrialRow>, Fault> {
    let mut rows: Vec<TrialRow> = Vec::new();
    super::each_account(tx, book, "", |a: AccountRow| {
        let group = a.name.split('/').next().unwrap_or_default();
        if rows.last().is_none_or(|r| r.group != group) {
            rows.push(TrialRow {
                group: group.into(),
                accounts: 0,
                debits: 0,
                credits: 0,
                balance: 0,
            });
        }
        if let Some(row) = rows.last_mut() {
            row.accounts += 1;
            row.debits += a.debits.get();
            row.credits += a.credits.get();
            row.balance += a.balance();
        }
        Ok(())
    })
    .await?;
    Ok(rows)
}
