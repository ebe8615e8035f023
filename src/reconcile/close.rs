//! Closing a bank day: a second person signs what proves itself.
//!
//! Checked, in order: the day has come, a statement waits to be signed, the days before are
//! closed, every open break has kind and owner; then the rows of each statement come to its
//! totals, opening + movements = closing, nostro = closing, clearing_out = the unsettled
//! parts of instructions, suspense and claim = the listed breaks. Breaks are carried; a
//! difference that no break names blocks. The signed day keeps the chain heads of ledger
//! and audit, and is chained to the act before ([`super::days`]). When all of a book's
//! accounts have closed a day, the posting day closes too.
//!
//! A statement that comes late, for a day that is closed, is signed with the next closing.

use super::days::{self, Act, DayProof, Place, SignedStatement};
use super::sql::{self, BreakRow, StatementRow};
use crate::access::{self, Role};
use crate::collection;
use crate::disbursement;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book};
use crate::payment;
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, hex};
use crate::store::{Command, Ctx, Tx, check_clock};
use ansinh_settlement::{Day, Dong};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `day close`.
pub struct CloseDay {
    pub book: Book,
    pub bank_account: String,
    pub day: Day,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClosedDay {
    pub proof: DayProof,
    /// Hex digest over the proof.
    pub digest: String,
    pub imported_by: String,
    pub closed_by: String,
    /// True when the posting day of the whole book is closed with it.
    pub posting_day_closed: bool,
    #[serde(default)]
    pub again: bool,
}

impl Command for CloseDay {
    const NAME: &'static str = "day.close";
    type Reply = ClosedDay;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "bank_account": self.bank_account, "day": self.day.to_string()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ClosedDay, Failure> {
        let book = self.book.id;
        access::require(
            tx,
            ctx,
            book,
            &self.book.code,
            &[Role::ChiefAccountant, Role::Accountant],
        )
        .await?;
        let bank = account_of(tx, &self.book, &self.bank_account).await?;
        if let Some(closed) = sql::find_closed_day(tx, book, bank.id, self.day).await? {
            return self.again(tx, &closed).await;
        }
        check_come("day close", self.day, ctx)?;
        check_clock(tx.head(book)?, ctx.now)?;
        tx.head(book)?.signed_at(ctx.now);
        let last_closed = sql::last_closed_day(tx, book, bank.id).await?;
        let unsigned = sql::unsigned_statements(tx, book, bank.id).await?;
        let statements = decide_signed(self.day, last_closed, &unsigned)?;
        let (Some(first), Some(last)) = (statements.first(), statements.last()) else {
            return Err(not_ready(self.day, "no_statement").into());
        };
        for statement in statements {
            access::other_than(ctx, &statement.imported_by, "close")?;
        }
        let breaks = sql::open_breaks(tx, book, Some(bank.id)).await?;
        check_named(self.day, &breaks)?;

        let place = Place::next(tx, book, bank.id).await?;
        let mut proof = DayProof {
            book: self.book.code.clone(),
            bank_account: bank.code.clone(),
            day: self.day.to_string(),
            statements: statements.iter().map(|s| s.number).collect(),
            signed_statements: statements.iter().map(signed_statement).collect(),
            opening: first.opening,
            credits: statements.iter().map(|s| s.credits).sum(),
            debits: statements.iter().map(|s| s.debits).sum(),
            closing: last.closing,
            nostro: sql::nostro_through(tx, book, bank.nostro_id, bank.id, last.number).await?,
            clearing_out: 0,
            unsettled: 0,
            suspense: 0,
            claim: 0,
            clearing_in: 0,
            announced: 0,
            carried: BTreeMap::new(),
            chain_head: hex(&place.chain),
            transfer_seq: place.transfer_seq,
            audit_head: hex(&place.audit_head),
            audit_seq: place.audit_seq,
            closed_before: place.before,
            previous: hex(&place.previous),
            holds: true,
        };
        for b in &breaks {
            *proof.carried.entry(b.kind.clone()).or_default() += 1;
        }
        self.prove(tx, &bank, statements, &breaks, &mut proof)
            .await?;

        let text = serde_json::to_string(&proof).map_err(|e| Fault::Corrupt(e.to_string()))?;
        let act = Act {
            act: "closed",
            day: self.day,
            proof: text,
            made_by: &last.imported_by,
        };
        let digest = days::sign(tx, ctx, &self.keys, &bank, &place, act).await?;
        for s in statements {
            sql::set_statement_state(tx, book, bank.id, s.number, "signed_off").await?;
        }
        let through = days::close_posting_days(tx, ctx, &self.book).await?;
        Ok(ClosedDay {
            digest: hex(&digest),
            proof,
            imported_by: last.imported_by.clone(),
            closed_by: ctx.actor.clone(),
            posting_day_closed: through.is_some_and(|t| t >= self.day),
            again: false,
        })
    }
}

/// One of the book's accounts by its code.
pub(super) async fn account_of(
    tx: &mut Tx,
    book: &Book,
    code: &str,
) -> Result<BankAccountRow, Failure> {
    Ok(payment::sql::find_bank_account(tx, code)
        .await?
        .filter(|b| b.book_id == book.id)
        .ok_or_else(|| Reject::NotFound {
            what: "bank account".into(),
            id: code.to_owned(),
        })?)
}

/// Rejects a day after the business day of now: nobody can know it yet.
pub(super) fn check_come(what: &str, day: Day, ctx: &Ctx) -> Result<(), Reject> {
    let today = ctx.now.day();
    if day <= today {
        return Ok(());
    }
    Err(Reject::DayInFuture {
        what: what.into(),
        day: day.to_string(),
        today: today.to_string(),
    })
}

fn not_ready(day: Day, reason: &str) -> Reject {
    Reject::DayNotReady {
        day: day.to_string(),
        reason: reason.to_owned(),
    }
}

pub(super) fn signed_statement(s: &StatementRow) -> SignedStatement {
    SignedStatement {
        number: s.number,
        day: s.day.to_string(),
        digest: hex(&s.digest),
        imported_by: s.imported_by.clone(),
        lines: s.lines,
        opening: s.opening,
        credits: s.credits,
        debits: s.debits,
        closing: s.closing,
    }
}

/// Which of the unsigned statements (in order of numbers) a closing of `day` signs: those
/// that belong to it, and the late ones of days that are closed. A statement belongs to no
/// earlier day than the one before it by number. Rejects a day before its turn.
fn decide_signed(
    day: Day,
    last_closed: Option<Day>,
    unsigned: &[StatementRow],
) -> Result<&[StatementRow], Reject> {
    if let Some(last) = last_closed
        && last >= day
    {
        return Err(Reject::DayClosed {
            day: last.to_string(),
        });
    }
    let mut belongs: Option<Day> = None;
    let mut n = 0;
    for s in unsigned {
        let own = belongs.map_or(s.day, |before| before.max(s.day));
        belongs = Some(own);
        if own > day {
            break;
        }
        if own < day && last_closed.is_none_or(|last| own > last) {
            return Err(not_ready(day, &format!("day_before_open {own}")));
        }
        n += 1;
    }
    Ok(&unsigned[..n])
}

/// Every open break has kind and owner.
fn check_named(day: Day, breaks: &[BreakRow]) -> Result<(), Reject> {
    match breaks
        .iter()
        .find(|b| b.owner.is_none() || b.kind.is_empty())
    {
        None => Ok(()),
        Some(b) => Err(not_ready(day, &format!("break_without_owner {}", b.id))),
    }
}

impl CloseDay {
    /// What was recorded when the day was closed.
    async fn again(&self, tx: &mut Tx, closed: &sql::BankDayRow) -> Result<ClosedDay, Failure> {
        let proof: DayProof = serde_json::from_str(&closed.proof)
            .map_err(|e| Fault::Corrupt(format!("proof of {}: {e}", closed.day)))?;
        let posted = ledger::last_closed_day(tx, self.book.id).await?;
        Ok(ClosedDay {
            proof,
            digest: hex(&closed.digest),
            imported_by: closed.made_by.clone(),
            closed_by: closed.signed_by.clone(),
            posting_day_closed: posted.is_some_and(|d| d >= self.day),
            again: true,
        })
    }

    async fn prove(
        &self,
        tx: &mut Tx,
        bank: &BankAccountRow,
        statements: &[StatementRow],
        breaks: &[BreakRow],
        proof: &mut DayProof,
    ) -> Result<(), Failure> {
        let mut at = proof.opening;
        for s in statements {
            let what = |part: &str| format!("statement {}, {part}", s.number);
            let rows = sql::line_totals(tx, self.book.id, s.id).await?;
            equal(&what("lines"), s.lines, rows.lines)?;
            equal(&what("credits"), s.credits, rows.credits)?;
            equal(&what("debits"), s.debits, rows.debits)?;
            equal(&what("opening"), at, s.opening)?;
            equal(
                &what("closing"),
                s.closing,
                s.opening + s.credits - s.debits,
            )?;
            at = s.closing;
        }
        equal(
            "opening + movements",
            proof.closing,
            proof.opening + proof.credits - proof.debits,
        )?;
        equal(
            &format!("nostro/{}", bank.code),
            proof.closing,
            proof.nostro,
        )?;
        let claim = ledger::find_account_id(tx, self.book.id, &super::explain::claim_name(bank))
            .await?
            .unwrap_or(0);
        let ids = [
            bank.nostro_id,
            bank.clearing_in_id,
            bank.clearing_out_id,
            bank.suspense_id,
            claim,
        ];
        let balances = ledger::load_balances(tx, self.book.id, &ids).await?;
        let balance = |id: i64| balances.get(&id).map_or(0, |a| a.credits - a.debits);
        let newest = sql::last_statement(tx, self.book.id, bank.id).await?;
        equal(
            &format!("nostro/{}", bank.code),
            newest.map_or(bank.opening, |s| s.closing),
            -balance(bank.nostro_id),
        )?;
        let items = |id: i64| -> i64 {
            breaks
                .iter()
                .filter(|b| b.item_account_id == Some(id))
                .map(BreakRow::open_amount)
                .sum()
        };
        proof.unsettled = items(bank.clearing_out_id);
        for batch in disbursement::sql::open_at(tx, self.book.id, bank.id).await? {
            proof.unsettled +=
                sql::unsettled_total(tx, self.book.id, batch.first_id, batch.last_id()).await?;
        }
        proof.clearing_out = balance(bank.clearing_out_id);
        proof.suspense = balance(bank.suspense_id);
        proof.claim = -balance(claim);
        equal(
            &format!("clearing_out/{}", bank.code),
            proof.unsettled,
            proof.clearing_out,
        )?;
        equal(
            &format!("suspense/{}", bank.code),
            items(bank.suspense_id),
            proof.suspense,
        )?;
        proof.announced = collection::sql::cash::announced_total(tx, self.book.id, bank.id).await?;
        proof.clearing_in = -balance(bank.clearing_in_id);
        equal(
            &format!("clearing_in/{}", bank.code),
            proof.announced,
            proof.clearing_in,
        )?;
        // The claim account is the bank's: breaks of every account of ours there count.
        let all: BTreeMap<i64, i64> = sql::item_sums(tx, self.book.id)
            .await?
            .into_iter()
            .collect();
        equal(
            &format!("claim/{}", bank.bin),
            all.get(&claim).copied().unwrap_or(0),
            proof.claim,
        )?;
        // Claims on payers and third parties stand beside it, each with its breaks.
        for (id, name) in sql::claims(tx, self.book.id).await? {
            let held = ledger::load_balances(tx, self.book.id, &[id]).await?;
            let held = held.get(&id).map_or(0, |a| a.debits - a.credits);
            equal(&name, all.get(&id).copied().unwrap_or(0), held)?;
        }
        Ok(())
    }
}

fn equal(what: &str, expected: i64, found: i64) -> Result<(), Failure> {
    if expected == found {
        return Ok(());
    }
    let dong = |n| Dong::new(n).unwrap_or(Dong::ZERO);
    Err(Reject::ProofFailed {
        what: what.to_owned(),
        expected: dong(expected),
        found: dong(found),
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(number: i64, day: i64) -> StatementRow {
        StatementRow {
            id: number,
            number,
            day: Day::from_number(20_260_600 + day).unwrap(),
            opening: 0,
            credits: 0,
            debits: 0,
            closing: 0,
            lines: 0,
            digest: [0; 32],
            format: String::new(),
            signed: true,
            key_id: None,
            state: "matched".into(),
            reply: String::new(),
            imported_by: String::new(),
        }
    }

    /// Catches a late statement that no closing signs, one that is signed before its turn,
    /// and a day that is passed over.
    #[test]
    fn a_closing_signs_its_day_and_what_came_late() {
        // (day to close, last closed, days of the unsigned) -> how many are signed
        type Case<'a> = (i64, i64, &'a [i64], Result<usize, &'a str>);
        let cases: [Case<'_>; 9] = [
            (2, 1, &[2], Ok(1)),
            (2, 1, &[2, 2, 3], Ok(2)),
            (3, 1, &[2, 3], Err("day_not_ready")),
            (2, 1, &[3], Ok(0)),
            (1, 1, &[2], Err("day_closed")),
            (3, 2, &[2], Ok(1)),
            (3, 2, &[1, 3, 4], Ok(2)),
            (2, 1, &[3, 2], Ok(0)),
            (3, 1, &[3, 2, 4], Ok(2)),
        ];
        for (day, last, days, expected) in cases {
            let unsigned: Vec<_> = (5..)
                .zip(days)
                .map(|(number, day)| statement(number, *day))
                .collect();
            let at = |n: i64| Day::from_number(20_260_600 + n).unwrap();
            let found = decide_signed(at(day), Some(at(last)), &unsigned);
            let found = found.as_ref().map(|s| s.len()).map_err(Reject::code);
            assert_eq!(found, expected, "close {day} after {last}: {days:?}");
        }
    }
}
