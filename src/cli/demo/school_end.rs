//! What came of the school's month, compared with what the world says must have come.

use super::Demo;
use super::school::School;
use crate::collection::sql::bill::{self as bill_sql, BillFilter};
use crate::collection::sql::cash;
use crate::collection::sql::receipt::{self as receipt_sql, Asked};
use crate::error::{Failure, Fault};
use crate::ledger::{self, verify};
use crate::reconcile::breaks::{self, BreakLine};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Sums in đồng, by the books or by the world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    pub paid: i64,
    pub credit: i64,
    pub suspense: i64,
    pub balance: i64,
}

/// The school at the end.
pub struct SchoolEnded {
    pub verified: verify::Verified,
    /// Bills and what they come to, without invitations: number, billed, paid, open.
    pub bills: [i64; 4],
    pub found: Sums,
    pub expected: Sums,
    /// Every bill and every pupil's credit are as the world says, and so are the sums.
    pub agrees: bool,
    /// Payments by the rule that matched them.
    pub rules: BTreeMap<String, i64>,
    pub receipts: i64,
    pub receipts_cancelled: i64,
    /// đồng on receipts that hold: what was paid on bills.
    pub receipts_total: i64,
    pub breaks: Vec<BreakLine>,
    pub trial: Vec<ledger::report::TrialRow>,
}

/// Reads the school's book, verified before, and compares.
pub async fn end(
    demo: &Demo,
    school: &School,
    verified: verify::Verified,
) -> Result<SchoolEnded, Failure> {
    let book = school.book.id;
    let mut tx = demo.db.begin_read().await?;
    let listed = bill_sql::list(&mut tx, book, &BillFilter::default(), i64::MAX).await?;
    let pupils = cash::debtor_sums(&mut tx, book).await?;
    let mut found = Sums {
        paid: listed.iter().map(|b| b.bill.paid).sum(),
        credit: pupils.iter().map(|(_, _, _, credit)| credit).sum(),
        ..Sums::default()
    };
    ledger::each_account(&mut tx, book, "", |a| {
        if a.name.starts_with("suspense/") {
            found.suspense += a.balance();
        } else if a.name.starts_with("nostro/") {
            found.balance += a.balance();
        }
        Ok(())
    })
    .await?;
    let mut rules = BTreeMap::new();
    for c in cash::collections(&mut tx, book, "", i64::MAX).await? {
        let name = if c.state == "undone" {
            "not_received"
        } else {
            &c.rule
        };
        *rules.entry(name.to_owned()).or_default() += 1;
    }
    let mut receipts = [(0, 0); 2];
    for (state, sums) in ["live", "cancelled"].into_iter().zip(&mut receipts) {
        let asked = Asked {
            state: state.into(),
            limit: i64::MAX,
            ..Asked::default()
        };
        for r in receipt_sql::list(&mut tx, book, &asked).await? {
            *sums = (sums.0 + 1, sums.1 + r.amount);
        }
    }
    let breaks = breaks::list(&mut tx, book, true).await?;
    let trial = ledger::report::trial_balance(&mut tx, book).await?;
    tx.rollback().await?;

    let key = &school.world.expected;
    let expected = Sums {
        paid: key.bills.iter().map(|b| b.paid).sum(),
        credit: key.credits.iter().map(|c| c.credit).sum(),
        suspense: key.suspense,
        balance: key.received,
    };
    let paid: HashMap<&str, i64> = key
        .bills
        .iter()
        .map(|b| (b.pay_code.as_str(), b.paid))
        .collect();
    let credit: HashMap<&str, i64> = key
        .credits
        .iter()
        .map(|c| (c.debtor.as_str(), c.credit))
        .collect();
    let agrees = found == expected
        && listed.len() == paid.len()
        && listed
            .iter()
            .all(|b| paid.get(b.bill.pay_code.as_str()) == Some(&b.bill.paid))
        && pupils
            .iter()
            .all(|(code, _, _, has)| credit.get(code.as_str()).copied().unwrap_or(0) == *has)
        && receipts[0].1 == found.paid;
    let owed = listed.iter().filter(|b| b.bill.kind != "invitation");
    let sum = |f: &dyn Fn(&bill_sql::BillRow) -> i64| owed.clone().map(|b| f(&b.bill)).sum::<i64>();
    let number = i64::try_from(owed.clone().count()).map_err(|_| Fault::Corrupt("bills".into()))?;
    Ok(SchoolEnded {
        verified,
        bills: [
            number,
            sum(&|b| b.total),
            sum(&|b| b.paid),
            sum(&|b| b.total - b.paid),
        ],
        found,
        expected,
        agrees,
        rules,
        receipts: receipts[0].0,
        receipts_cancelled: receipts[1].0,
        receipts_total: receipts[0].1,
        breaks,
        trial,
    })
}
