//! The bills that payers answer, from `ansinh bill list --json` or from a CSV.
//!
//! CSV, with a header: `pay_code,amount,due_on,debtor,bin,account` and, if wanted, `kind`
//! (`bill`, `surcharge`, `invitation`; default `bill`) and `paid` (đồng, default 0).
//! Amounts are whole đồng, days `yyyy-MM-dd`.

use std::collections::HashSet;
use std::io::Read;

use serde::Deserialize;

use super::PayerError;
use crate::days::{Day, parse_day};
use crate::statement::AMOUNT_MAX;

/// A bill as its payer has it in hand, with the account that its QR names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayBill {
    pub pay_code: String,
    /// đồng, the whole bill
    pub amount: i64,
    /// đồng of it that were paid before
    pub paid: i64,
    pub due_on: Day,
    /// Whose bill it is: the code of a pupil.
    pub debtor: String,
    /// A voluntary contribution: nothing is owed.
    pub invitation: bool,
    pub bin: String,
    pub account: String,
}

impl PayBill {
    /// đồng still to pay
    #[must_use]
    pub const fn open(&self) -> i64 {
        self.amount - self.paid
    }
}

#[derive(Deserialize)]
struct Row {
    pay_code: String,
    amount: i64,
    due_on: String,
    debtor: String,
    bin: String,
    account: String,
    kind: Option<String>,
    paid: Option<i64>,
}

/// Reads the CSV.
///
/// # Errors
/// When a row is not of the form above; which.
pub fn bills_from_csv(input: impl Read) -> Result<Vec<PayBill>, PayerError> {
    let mut reader = csv::Reader::from_reader(input);
    let mut bills = Vec::new();
    for (place, row) in (2..).zip(reader.deserialize::<Row>()) {
        let wrong = |what: &str| PayerError::Input(format!("bills, line {place}: {what}"));
        let row = row.map_err(|e| wrong(&e.to_string()))?;
        bills.push(PayBill {
            due_on: parse_day(&row.due_on).ok_or_else(|| wrong("due_on is no day"))?,
            invitation: row.kind.as_deref() == Some("invitation"),
            pay_code: row.pay_code,
            amount: row.amount,
            paid: row.paid.unwrap_or(0),
            debtor: row.debtor,
            bin: row.bin,
            account: row.account,
        });
    }
    Ok(bills)
}

#[derive(Deserialize)]
struct Listed {
    bills: Vec<ListedBill>,
}

#[derive(Deserialize)]
struct ListedBill {
    pay_code: String,
    total: i64,
    paid: i64,
    due_on: String,
    debtor: String,
    kind: String,
    state: String,
}

/// Reads what `bill list --json` prints, for one account of the biller; drafts and bills
/// that are cancelled or written off are left out.
///
/// # Errors
/// When it is not that; where.
pub fn bills_from_json(
    input: impl Read,
    bin: &str,
    account: &str,
) -> Result<Vec<PayBill>, PayerError> {
    let listed: Listed =
        serde_json::from_reader(input).map_err(|e| PayerError::Input(format!("bills: {e}")))?;
    let issued = listed
        .bills
        .into_iter()
        .filter(|b| matches!(b.state.as_str(), "issued" | "partly_paid" | "paid"));
    issued
        .map(|b| {
            let wrong = || PayerError::Input(format!("bills: {} is due on no day", b.pay_code));
            Ok(PayBill {
                due_on: parse_day(&b.due_on).ok_or_else(wrong)?,
                invitation: b.kind == "invitation",
                pay_code: b.pay_code,
                amount: b.total,
                paid: b.paid,
                debtor: b.debtor,
                bin: bin.to_owned(),
                account: account.to_owned(),
            })
        })
        .collect()
}

/// Whether the payers can answer them: one account, codes that differ, amounts that fit.
pub(super) fn check(bills: &[PayBill]) -> Result<(), PayerError> {
    let Some(first) = bills.first() else {
        return Err(PayerError::Input("no bills to pay".to_owned()));
    };
    let mut seen = HashSet::new();
    for b in bills {
        let wrong = |what: &str| Err(PayerError::Input(format!("bill {}: {what}", b.pay_code)));
        if b.pay_code.len() < 8 || !b.pay_code.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return wrong("a payment code has 8 letters and digits or more");
        }
        if !seen.insert(&b.pay_code) {
            return wrong("its code stands twice");
        }
        if !(0..=AMOUNT_MAX / 4).contains(&b.amount) || !(0..=b.amount).contains(&b.paid) {
            return wrong("amount and what was paid of it are whole dong, 0 to 2 x 10^14");
        }
        if (&b.bin, &b.account) != (&first.bin, &first.account) {
            return wrong("the bills of one run are paid into one account");
        }
    }
    Ok(())
}
