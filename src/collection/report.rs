//! Figures for a school: by class, and one debtor's statement of account. Read only.

use super::bill_state::BillState;
use super::sql::bill as bill_sql;
use super::sql::payout as payout_sql;
use super::sql::people::DebtorRow;
use super::sql::report::{self as sql, ClassSums};
use crate::clock::Instant;
use crate::error::Failure;
use crate::store::Tx;
use serde::Serialize;
use std::collections::BTreeMap;

/// A row of `report fees`, in đồng.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FeesRow {
    pub class: String,
    pub bills: i64,
    pub billed: i64,
    pub exempt: i64,
    pub paid: i64,
    pub open: i64,
    pub short: i64,
    pub over: i64,
    pub overdue_1_30: i64,
    pub overdue_31_60: i64,
    pub overdue_61_90: i64,
    pub overdue_91: i64,
}

/// The rows of the classes, and their sum.
pub fn fees_rows(sums: &BTreeMap<String, ClassSums>) -> (Vec<FeesRow>, FeesRow) {
    let mut whole = FeesRow::default();
    let mut rows = Vec::new();
    for (class, s) in sums {
        let [overdue_1_30, overdue_31_60, overdue_61_90, overdue_91] = s.overdue;
        let row = FeesRow {
            class: class.clone(),
            bills: s.bills,
            billed: s.billed,
            exempt: s.exempt,
            paid: s.paid,
            open: s.open,
            short: s.short,
            over: s.over,
            overdue_1_30,
            overdue_31_60,
            overdue_61_90,
            overdue_91,
        };
        for (to, from) in [
            (&mut whole.bills, row.bills),
            (&mut whole.billed, row.billed),
            (&mut whole.exempt, row.exempt),
            (&mut whole.paid, row.paid),
            (&mut whole.open, row.open),
            (&mut whole.short, row.short),
            (&mut whole.over, row.over),
            (&mut whole.overdue_1_30, row.overdue_1_30),
            (&mut whole.overdue_31_60, row.overdue_31_60),
            (&mut whole.overdue_61_90, row.overdue_61_90),
            (&mut whole.overdue_91, row.overdue_91),
        ] {
            *to += from;
        }
        rows.push(row);
    }
    (rows, whole)
}

/// One movement of a debtor's account, in đồng.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Movement {
    pub at: String,
    /// `billed`, `surcharge`, `cancelled`, `written_off`, `received`, `credited`, `contributed`, `refunded`,
    /// `refund_cancelled`.
    pub what: String,
    /// The bill's number, or the collection's id.
    pub of: String,
    pub owed: i64,
    pub settled: i64,
    /// What is owed after it; below zero: in credit.
    pub balance: i64,
}

/// A debtor's statement of account, oldest first.
pub async fn statement_of(
    tx: &mut Tx,
    book: i64,
    debtor: &DebtorRow,
) -> Result<Vec<Movement>, Failure> {
    let mut rows: Vec<(i64, String, String, i64, i64)> = Vec::new();
    for bill in bill_sql::bills_of_debtor(tx, book, debtor.id).await? {
        let (Some(at), false) = (bill.issued_at, bill.kind == "invitation") else {
            continue;
        };
        let what = if bill.kind == "surcharge" {
            "surcharge"
        } else {
            "billed"
        };
        rows.push((at, what.into(), bill.number.clone(), bill.total, 0));
        if matches!(bill.state, BillState::Cancelled | BillState::WrittenOff) {
            let events = bill_sql::events_of(tx, book, bill.id).await?;
            let ended = events.iter().rev().find(|e| e.event == bill.state.name());
            let at = ended.map_or(at, |e| e.at);
            let amount = ended.map_or(bill.total - bill.paid, |e| e.amount);
            rows.push((at, bill.state.name().into(), bill.number, 0, amount));
        }
    }
    for (collection, at, amount) in sql::received_by(tx, book, debtor.id).await? {
        let what = if collection == 0 {
            "credited"
        } else {
            "received"
        };
        rows.push((at, what.into(), collection.to_string(), 0, amount));
    }
    // Nothing was owed; what was given is no credit.
    for (number, at, amount) in sql::given_by(tx, book, debtor.id).await? {
        rows.push((at, "contributed".into(), number, amount, 0));
    }
    for p in payout_sql::of_debtor(tx, book, debtor.id).await? {
        rows.push((p.made_at, "refunded".into(), p.id.to_string(), p.amount, 0));
        if let Some(at) = p.ended_at {
            let back = payout_sql::given_back(tx, book, &p).await?;
            rows.push((at, "refund_cancelled".into(), p.id.to_string(), 0, back));
        }
    }
    rows.sort_by(|a, b| (a.0, a.3 == 0, &a.2).cmp(&(b.0, b.3 == 0, &b.2)));
    let mut balance = 0;
    Ok(rows
        .into_iter()
        .map(|(at, what, of, owed, settled)| {
            balance += owed - settled;
            Movement {
                at: Instant(at).local_text(),
                what,
                of,
                owed,
                settled,
                balance,
            }
        })
        .collect())
}
