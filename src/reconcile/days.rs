//! What two people sign of our account's days: closings and reopenings, in one chain.
//!
//! Rows are only added. A closing stands until a reopening of its day or of one before it;
//! both stay, the old proof beside the new one. Each row's digest covers its proof, each
//! proof the digest before it, and the signature (a keyed hash) all of it. The newest digest
//! and the number of rows lie under the key ring once more, apart from the rows
//! ([`keyed_head`]), so that rows cut off at the end are missed.

use super::sql::{self, BankDayRow};
use crate::error::{Failure, Fault};
use crate::ledger::{self, Book};
use crate::payment;
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{self, Ctx, Tx};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A statement as a closing signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedStatement {
    pub number: i64,
    pub day: String,
    /// Hex SHA-256 of the bank's file.
    pub digest: String,
    pub imported_by: String,
    pub lines: i64,
    pub opening: i64,
    pub credits: i64,
    pub debits: i64,
    pub closing: i64,
}

/// The proof of a closed day; its JSON is what the digest covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayProof {
    pub book: String,
    pub bank_account: String,
    pub day: String,
    /// Numbers of the statements that it signs.
    pub statements: Vec<i64>,
    /// The same statements with all that is signed of them; a late one has a day of its own.
    pub signed_statements: Vec<SignedStatement>,
    pub opening: i64,
    pub credits: i64,
    pub debits: i64,
    pub closing: i64,
    /// What the statements up to the last of these moved, and the opening balance.
    pub nostro: i64,
    pub clearing_out: i64,
    pub unsettled: i64,
    pub suspense: i64,
    pub claim: i64,
    /// Announced by notices and on no statement: in the books, and by the payments.
    pub clearing_in: i64,
    pub announced: i64,
    /// Open breaks that are carried, by kind.
    pub carried: BTreeMap<String, i64>,
    /// Hex head of the ledger's chain and number of the last transfer under it.
    pub chain_head: String,
    pub transfer_seq: i64,
    /// Hex head of the audit's chain and number of the last row under it.
    pub audit_head: String,
    pub audit_seq: i64,
    /// Closings and reopenings of this account signed before.
    pub closed_before: i64,
    /// Hex digest of the one before.
    pub previous: String,
    pub holds: bool,
}

/// What a reopening signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReopenProof {
    pub book: String,
    pub bank_account: String,
    /// The first day that is open again.
    pub day: String,
    pub reason: String,
    pub proposed_by: String,
    pub approved_by: String,
    /// The days that were closed, and the digests of their proofs, which stay.
    pub reopened: Vec<ReopenedDay>,
    pub chain_head: String,
    pub transfer_seq: i64,
    pub audit_head: String,
    pub audit_seq: i64,
    pub closed_before: i64,
    pub previous: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReopenedDay {
    pub day: String,
    pub digest: String,
}

/// Where the next act of an account stands, and what it is chained to.
pub struct Place {
    pub before: i64,
    pub previous: [u8; 32],
    pub chain: [u8; 32],
    pub transfer_seq: i64,
    pub audit_head: [u8; 32],
    pub audit_seq: i64,
}

impl Place {
    /// The book's head must be locked.
    pub async fn next(tx: &mut Tx, book: i64, bank: i64) -> Result<Place, Fault> {
        let (before, previous) = sql::last_act(tx, book, bank).await?.unwrap_or_default();
        let head = tx.head(book)?;
        Ok(Place {
            before,
            previous,
            chain: head.chain,
            transfer_seq: head.transfer_seq,
            audit_head: head.audit_chain,
            audit_seq: head.audit_seq,
        })
    }
}

/// An act to sign: `closed` or `reopened`, of which day, over which proof, made by whom.
pub struct Act<'a> {
    pub act: &'a str,
    pub day: Day,
    pub proof: String,
    pub made_by: &'a str,
}

/// Signs an act and moves the keyed head; its digest.
pub async fn sign(
    tx: &mut Tx,
    ctx: &Ctx,
    keys: &KeyRing,
    bank: &BankAccountRow,
    place: &Place,
    act: Act<'_>,
) -> Result<[u8; 32], Failure> {
    let mut row = BankDayRow {
        bank: bank.id,
        no: place.before + 1,
        act: act.act.to_owned(),
        day: act.day,
        digest: Sha256::digest(&act.proof).into(),
        proof: act.proof,
        previous: place.previous,
        transfer_seq: place.transfer_seq,
        chain: place.chain,
        made_by: act.made_by.to_owned(),
        signed_by: ctx.actor.clone(),
        signed_at: ctx.now.0,
        signature: [0; 32],
    };
    row.signature = signature(keys, bank.book_id, &row);
    sql::insert_act(tx, bank.book_id, &row).await?;
    let head = keyed_head(keys, bank.book_id, bank.id, row.no, &row.digest);
    store::sql::put_setting(tx, &head_name(bank.book_id, bank.id), &head).await?;
    Ok(row.digest)
}

/// The keyed hash under which an act stands.
pub fn signature(keys: &KeyRing, book: i64, row: &BankDayRow) -> [u8; 32] {
    let text = format!(
        "{}|{book}|{}|{}|{}|{}|{}|{}|{}",
        row.act,
        row.bank,
        row.no,
        row.day,
        hex(&row.digest),
        row.made_by,
        row.signed_by,
        row.signed_at
    );
    keys.hash(Purpose::Signature, text.as_bytes())
}

/// Name of the setting that keeps the keyed head of an account's days.
pub fn head_name(book: i64, bank: i64) -> String {
    format!("bank_days/{book}/{bank}")
}

/// Number of acts, newest digest, keyed hash over both.
pub fn keyed_head(keys: &KeyRing, book: i64, bank: i64, acts: i64, digest: &[u8; 32]) -> String {
    let text = format!("{acts} {}", hex(digest));
    let mac = keys.hash(
        Purpose::Signature,
        format!("{}|{text}", head_name(book, bank)).as_bytes(),
    );
    format!("{text} {}", hex(&mac))
}

/// The last day up to which every account of the book is closed; one that has closed none
/// counts from the day before it was opened.
pub async fn closed_through(tx: &mut Tx, book: &Book) -> Result<Option<Day>, Fault> {
    let mut through: Option<Day> = None;
    for account in payment::sql::bank_accounts(tx, book.id).await? {
        let last = sql::last_closed_day(tx, book.id, account.id)
            .await?
            .unwrap_or_else(|| account.opened_on.plus_days(-1));
        through = Some(through.map_or(last, |t| t.min(last)));
    }
    Ok(through)
}

/// Closes the posting days that every account of the book has closed; the last closed one.
pub async fn close_posting_days(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
) -> Result<Option<Day>, Failure> {
    let last = ledger::last_closed_day(tx, book.id).await?;
    match closed_through(tx, book).await? {
        Some(through) if last.is_none_or(|l| l < through) => {
            ledger::put_posting_day(tx, book.id, through, "closed", ctx.now.0, &ctx.actor).await?;
            Ok(Some(through))
        }
        _ => Ok(last),
    }
}
