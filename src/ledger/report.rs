//! Balances at any moment and the trial balance.

use super::sql::AccountRow;
use crate::args;
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

/// Sums of an account up to a past moment: (debits, credits) in đồng.
pub async fn sums_until(
    tx: &mut Tx,
    book: i64,
    account_id: i64,
    until: Until,
) -> Result<(i64, i64), Fault> {
    let (column, bound) = match until {
        Until::At(at) => ("at", at.0),
        Until::Day(day) => ("day", day.number()),
    };
    let side = |side: &str| {
        format!(
            "select cast(coalesce(sum(t.amount), 0) as bigint) from transfer t \
             join posting p on p.book_id = t.book_id and p.no = t.posting_no \
             where t.book_id = $1 and t.{side}_id = $2 and p.{column} <= $3"
        )
    };
    let debits = tx
        .one(&side("debit"), args![book, account_id, bound])
        .await?
        .int(0)?;
    let credits = tx
        .one(&side("credit"), args![book, account_id, bound])
        .await?
        .int(0)?;
    Ok((debits, credits))
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
