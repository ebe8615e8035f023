//! Closing a bank day: a second person signs what proves itself.
//!
//! Checked, in order: the day's statement is there and signed for, the day before is
//! closed, every open break has kind and owner; then opening + movements = closing, nostro
//! = closing, clearing_out = the unsettled parts of instructions, suspense and claim = the
//! listed breaks. Breaks are carried; a difference that no break names blocks. The signed
//! day keeps the chain head of the ledger, and is chained to the day before. When all of a
//! book's accounts have closed a day, the posting day closes too.

use super::sql::{self, BreakRow, NewBankDay};
use crate::access::{self, Role};
use crate::disbursement;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, Book, report::Until};
use crate::payment;
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::{Day, Dong};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// `day close`.
pub struct CloseDay {
    pub book: Book,
    pub bank_account: String,
    pub day: Day,
    pub keys: KeyRing,
}

/// The proof of a closed day; its JSON is what the digest covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayProof {
    pub book: String,
    pub bank_account: String,
    pub day: String,
    pub statements: Vec<i64>,
    pub opening: i64,
    pub credits: i64,
    pub debits: i64,
    pub closing: i64,
    pub nostro: i64,
    pub clearing_out: i64,
    pub unsettled: i64,
    pub suspense: i64,
    pub claim: i64,
    /// Open breaks that are carried, by kind.
    pub carried: BTreeMap<String, i64>,
    /// Hex head of the ledger's chain and number of the last transfer under it.
    pub chain_head: String,
    pub transfer_seq: i64,
    /// Hex digest of the day before.
    pub previous: String,
    pub holds: bool,
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
        let bank = payment::sql::find_bank_account(tx, &self.bank_account)
            .await?
            .filter(|b| b.book_id == book)
            .ok_or_else(|| Reject::NotFound {
                what: "bank account".into(),
                id: self.bank_account.clone(),
            })?;
        if let Some(closed) = sql::find_bank_day(tx, book, bank.id, self.day).await? {
            return again(&closed);
        }
        let statements = sql::statements_of_day(tx, book, bank.id, self.day).await?;
        let (Some(first), Some(last)) = (statements.first(), statements.last()) else {
            return Err(not_ready(self.day, "no_statement").into());
        };
        for statement in &statements {
            access::other_than(ctx, &statement.imported_by, "close")?;
        }
        let before = sql::last_bank_day(tx, book, bank.id).await?;
        self.check_order(tx, &bank, before.as_ref(), first.number)
            .await?;
        let breaks = sql::open_breaks(tx, book, Some(bank.id)).await?;
        check_named(self.day, &breaks)?;

        let credits: i64 = statements.iter().map(|s| s.credits).sum();
        let debits: i64 = statements.iter().map(|s| s.debits).sum();
        let (nostro_debits, nostro_credits) =
            ledger::report::sums_until(tx, book, bank.nostro_id, Until::Day(self.day)).await?;
        let previous = before.as_ref().map_or([0; 32], |d| d.digest);
        let head = tx.head(book)?.clone();
        let mut proof = DayProof {
            book: self.book.code.clone(),
            bank_account: bank.code.clone(),
            day: self.day.to_string(),
            statements: statements.iter().map(|s| s.number).collect(),
            opening: first.opening,
            credits,
            debits,
            closing: last.closing,
            nostro: nostro_debits - nostro_credits,
            clearing_out: 0,
            unsettled: 0,
            suspense: 0,
            claim: 0,
            carried: BTreeMap::new(),
            chain_head: hex(&head.chain),
            transfer_seq: head.transfer_seq,
            previous: hex(&previous),
            holds: true,
        };
        for b in &breaks {
            *proof.carried.entry(b.kind.clone()).or_default() += 1;
        }
        self.prove(tx, &bank, &breaks, &mut proof).await?;

        let text = serde_json::to_string(&proof).map_err(|e| Fault::Corrupt(e.to_string()))?;
        let digest: [u8; 32] = Sha256::digest(&text).into();
        let signed = format!(
            "{}|{}|{}|{}",
            hex(&digest),
            last.imported_by,
            ctx.actor,
            ctx.now.0
        );
        let row = NewBankDay {
            bank: bank.id,
            day: self.day,
            statement_id: last.id,
            proof: &text,
            digest,
            previous,
            transfer_seq: head.transfer_seq,
            chain: head.chain,
            imported_by: &last.imported_by,
            closed_by: &ctx.actor,
            closed_at: ctx.now.0,
            signature: self.keys.hash(Purpose::Signature, signed.as_bytes()),
        };
        sql::insert_bank_day(tx, book, &row).await?;
        for statement in &statements {
            sql::set_statement_state(tx, book, statement.id, "signed_off").await?;
        }
        let posting_day_closed = self.close_posting_day(tx, ctx).await?;
        Ok(ClosedDay {
            digest: hex(&digest),
            proof,
            imported_by: last.imported_by.clone(),
            closed_by: ctx.actor.clone(),
            posting_day_closed,
            again: false,
        })
    }
}

fn again(closed: &sql::BankDayRow) -> Result<ClosedDay, Failure> {
    let proof: DayProof = serde_json::from_str(&closed.proof)
        .map_err(|e| Fault::Corrupt(format!("proof of {}: {e}", closed.day)))?;
    Ok(ClosedDay {
        proof,
        digest: hex(&closed.digest),
        imported_by: String::new(),
        closed_by: closed.closed_by.clone(),
        posting_day_closed: false,
        again: true,
    })
}

fn not_ready(day: Day, reason: &str) -> Reject {
    Reject::DayNotReady {
        day: day.to_string(),
        reason: reason.to_owned(),
    }
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
    /// No earlier statement of the account may be left unclosed.
    async fn check_order(
        &self,
        tx: &mut Tx,
        bank: &BankAccountRow,
        before: Option<&sql::BankDayRow>,
        first_number: i64,
    ) -> Result<(), Failure> {
        if let Some(before) = before
            && before.day >= self.day
        {
            return Err(Reject::DayClosed {
                day: before.day.to_string(),
            }
            .into());
        }
        let Some(previous) =
            sql::statement_by_number(tx, self.book.id, bank.id, first_number - 1).await?
        else {
            return Ok(());
        };
        if previous.state != "signed_off" {
            let reason = format!("day_before_open {}", previous.day);
            return Err(not_ready(self.day, &reason).into());
        }
        Ok(())
    }

    async fn prove(
        &self,
        tx: &mut Tx,
        bank: &BankAccountRow,
        breaks: &[BreakRow],
        proof: &mut DayProof,
    ) -> Result<(), Failure> {
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
        let balances = ledger::load_balances(
            tx,
            self.book.id,
            &[bank.clearing_out_id, bank.suspense_id, claim],
        )
        .await?;
        let balance = |id: i64| balances.get(&id).map_or(0, |a| a.credits - a.debits);
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
        // The claim account is the bank's: breaks of every account of ours there count.
        let all: BTreeMap<i64, i64> = sql::item_sums(tx, self.book.id)
            .await?
            .into_iter()
            .collect();
        equal(
            &format!("claim/{}", bank.bin),
            all.get(&claim).copied().unwrap_or(0),
            proof.claim,
        )
    }

    async fn close_posting_day(&self, tx: &mut Tx, ctx: &Ctx) -> Result<bool, Failure> {
        for account in payment::sql::bank_accounts(tx, self.book.id).await? {
            if sql::find_bank_day(tx, self.book.id, account.id, self.day)
                .await?
                .is_none()
            {
                return Ok(false);
            }
        }
        ledger::put_posting_day(tx, self.book.id, self.day, "closed", ctx.now.0, &ctx.actor)
            .await?;
        Ok(true)
    }
}

/// Checks what the closed days of a book signed: digests, signatures, the chain from day to
/// day, and that the ledger's chain still passes through every signed head. A ledger that
/// was recomputed as a whole is found here.
pub async fn verify_days(tx: &mut Tx, book: &Book, keys: &KeyRing) -> Result<i64, Failure> {
    let mut previous: BTreeMap<i64, [u8; 32]> = BTreeMap::new();
    let days = sql::closed_days(tx, book.id).await?;
    for d in &days {
        let broken = |what: &str| Reject::LedgerBroken {
            book: book.code.clone(),
            place: format!("bank day {}", d.day),
            what: what.to_owned(),
        };
        let digest: [u8; 32] = Sha256::digest(&d.proof).into();
        let signed = format!(
            "{}|{}|{}|{}",
            hex(&digest),
            d.imported_by,
            d.closed_by,
            d.closed_at
        );
        if digest != d.digest || keys.hash(Purpose::Signature, signed.as_bytes()) != d.signature {
            return Err(broken("the signed proof was changed").into());
        }
        if previous.insert(d.bank, d.digest).unwrap_or_default() != d.previous {
            return Err(broken("a closed day before it is missing").into());
        }
        if !ledger::verify::has_head(tx, book.id, &hex(&d.chain)).await? {
            return Err(broken(&format!(
                "the ledger no longer has the signed head at transfer {}",
                d.transfer_seq
            ))
            .into());
        }
    }
    Ok(i64::try_from(days.len()).unwrap_or(i64::MAX))
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
