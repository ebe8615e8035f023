//! Drafts from charges: which lines stand on which bill, with ids in the order in which
//! the ledger will post them (lines against one account lie side by side).

use super::bill::pay_code;
use super::bill_state::BillState;
use super::price::FeeKind;
use super::run_charge::{Charge, Terms};
use super::sql::bill::{self as sql, BillRow, LineRow, RunRow};
use super::sql::fee as fee_sql;
use super::sql::people::{BillerRow, PupilRow};
use crate::error::{Failure, Fault};
use crate::ledger::{self, Book};
use crate::store::{Ctx, Tx};
use ansinh_settlement::Day;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Drafts that are not stored yet.
pub struct Drafted {
    pub run: i64,
    pub bills: Vec<BillRow>,
    pub lines: Vec<LineRow>,
    /// Days that lines bill: (debtor, fee, period, days, line).
    days: Vec<(i64, i64, i64, i64, i64)>,
    /// Absences that lines settle: (debtor, fee, period, line).
    settled: Vec<(i64, i64, i64, i64)>,
}

/// The counter of payment codes stands beside the numbers of the years.
const PAY_CODES: i64 = 0;

/// Reserves `n` payment codes of a book; the number of the first.
pub async fn reserve_codes(tx: &mut Tx, book: i64, n: i64) -> Result<i64, Fault> {
    let last = sql::last_number(tx, book, PAY_CODES).await?;
    sql::put_last_number(tx, book, PAY_CODES, last + n).await?;
    Ok(last + 1)
}

/// Makes the drafts of all debtors: for each one bill for what falls due on a day (so a
/// bill is due, late and surcharged as a whole), and an invitation for what is voluntary.
pub async fn draft_bills(
    tx: &mut Tx,
    book: &Book,
    biller: &BillerRow,
    terms: &Terms<'_>,
    pupils: &[PupilRow],
    all: &[(usize, Vec<Charge>)],
) -> Result<Drafted, Failure> {
    let onward = onward_accounts(tx, book, terms).await?;
    let run = tx.reserve_ids(book.id, 1)?;
    let mut bills: Vec<BillRow> = Vec::with_capacity(all.len());
    // (bill, charge, pupil) in the order of bills.
    let mut placed: Vec<(usize, &Charge, i64)> = Vec::new();
    for (at, own) in all {
        let pupil = &pupils[*at];
        let mut groups: BTreeMap<(bool, Day), Vec<&Charge>> = BTreeMap::new();
        for c in own {
            let voluntary = terms.fees[c.fee].kind == FeeKind::Voluntary;
            groups.entry((voluntary, c.due_on)).or_default().push(c);
        }
        for ((voluntary, due_on), lines) in groups {
            let (parts, part) = lines
                .iter()
                .map(|c| (c.parts, c.part))
                .max()
                .unwrap_or((1, 1));
            let snapshot = json!({"debtor": pupil.code, "name": pupil.full_name, "class": pupil.class_code,
                                  "grade": pupil.grade, "prices_on": terms.on.to_string(), "known_on": terms.known_on.to_string()});
            bills.push(BillRow {
                id: 0,
                run_id: run,
                kind: if voluntary { "invitation" } else { "bill" }.into(),
                number: String::new(),
                debtor_id: pupil.debtor_id,
                class_id: Some(pupil.class_id).filter(|c| *c != 0),
                period: terms.period,
                part,
                parts,
                state: BillState::Draft,
                pay_code: String::new(),
                bank_account_id: biller.bank_account_id,
                total: lines.iter().map(|c| c.amount).sum(),
                paid: 0,
                due_on,
                of_bill_id: None,
                replaces_id: None,
                snapshot: snapshot.to_string(),
                issued_at: None,
            });
            placed.extend(
                lines
                    .into_iter()
                    .map(|c| (bills.len() - 1, c, pupil.debtor_id)),
            );
        }
    }
    let count = i64::try_from(bills.len()).unwrap_or(i64::MAX);
    let first = tx.reserve_ids(book.id, count)?;
    let code = reserve_codes(tx, book.id, count).await?;
    for ((id, code), bill) in (first..).zip(code..).zip(&mut bills) {
        bill.id = id;
        bill.number = format!("draft-{id}");
        bill.pay_code = pay_code(book.id, code)?;
    }
    let lines = lines_of(tx, book, terms, &bills, &placed, &onward)?;
    let mut drafted = Drafted {
        run,
        bills,
        lines: Vec::with_capacity(lines.len()),
        days: Vec::new(),
        settled: Vec::new(),
    };
    for (line, c) in lines {
        let fee = &terms.fees[c.fee];
        if c.by_day {
            drafted
                .days
                .push((line.debtor_id, fee.id, terms.period, c.quantity, line.id));
        }
        for (fee, period) in &c.settles {
            drafted
                .settled
                .push((line.debtor_id, *fee, *period, line.id));
        }
        drafted.lines.push(line);
    }
    Ok(drafted)
}

/// `onward/<third party>` by fee.
async fn onward_accounts(
    tx: &mut Tx,
    book: &Book,
    terms: &Terms<'_>,
) -> Result<HashMap<i64, i64>, Failure> {
    let mut out = HashMap::new();
    for fee in terms.fees {
        if let Some(party) = &fee.third_party {
            let name = format!("onward/{party}");
            let id = ledger::find_account_id(tx, book.id, &name).await?;
            out.insert(
                fee.id,
                id.ok_or_else(|| Fault::Corrupt(format!("no account {name}")))?,
            );
        }
    }
    Ok(out)
}

fn lines_of<'c>(
    tx: &mut Tx,
    book: &Book,
    terms: &Terms<'_>,
    bills: &[BillRow],
    placed: &[(usize, &'c Charge, i64)],
    onward: &HashMap<i64, i64>,
) -> Result<Vec<(LineRow, &'c Charge)>, Fault> {
    let mut numbered: Vec<(usize, i64, &Charge, i64)> = Vec::with_capacity(placed.len());
    let (mut bill, mut no) = (usize::MAX, 0);
    for (at, c, debtor) in placed {
        no = if *at == bill { no + 1 } else { 1 };
        bill = *at;
        numbered.push((*at, no, c, *debtor));
    }
    // Those that post nothing stand at the end, so that ids against one account have no gap.
    numbered.sort_by_key(|(at, no, c, _)| {
        let fee = &terms.fees[c.fee];
        let posts = c.amount > 0 && fee.kind != FeeKind::Voluntary;
        (!posts, fee.against_id, bills[*at].id, *no)
    });
    let first = tx.reserve_ids(book.id, i64::try_from(numbered.len()).unwrap_or(i64::MAX))?;
    Ok((first..)
        .zip(numbered)
        .map(|(id, (at, no, c, debtor_id))| {
            let fee = &terms.fees[c.fee];
            let line = LineRow {
                id,
                bill_id: bills[at].id,
                no,
                debtor_id,
                fee_id: fee.id,
                kind: fee.kind,
                name: c.name.clone(),
                quantity: c.quantity,
                price: c.price,
                gross: c.gross,
                reduction: c.reduction,
                amount: c.amount,
                paid: 0,
                receivable_id: None,
                against_id: fee.against_id,
                onward_id: onward.get(&fee.id).copied(),
                price_id: c.price_id,
                why: c.why.clone(),
                charge_key: Some(c.key.clone()).filter(|k| !k.is_empty()),
            };
            (line, c)
        })
        .collect())
}

impl Drafted {
    /// Stores the run and its drafts.
    pub async fn record(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        book: i64,
        run: &RunRow,
    ) -> Result<(), Failure> {
        sql::insert_run(tx, book, run, ctx.now.0).await?;
        sql::insert_bills(tx, book, &self.bills).await?;
        sql::insert_lines(tx, book, &self.lines).await?;
        fee_sql::put_billed_days(tx, book, &self.days, &ctx.actor, ctx.now.0).await?;
        for (debtor, fee, period, line) in &self.settled {
            fee_sql::settle_absence(tx, book, *debtor, *fee, *period, *line).await?;
        }
        tx.analyze(&["bill", "bill_line", "attendance"]).await?;
        Ok(())
    }
}
