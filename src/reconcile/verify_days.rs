//! Checks what two people signed of the days: digests, signatures, the chain from act to
//! act, the keyed head that lies apart from the rows, and that ledger, audit and statements
//! still say what was signed. A ledger or an audit that was computed anew as a whole, and
//! days cut off at the end, are found here.

use super::days::{self, DayProof, ReopenProof, SignedStatement};
use super::sql::{self, BankDayRow, StatementRow};
use crate::error::{Failure, Fault};
use crate::ledger::{self, Book, verify::Wrong};
use crate::payment;
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, hex};
use crate::store::{self, Tx, audit};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Verifies the signed days of a book; how many acts there are, or the first wrong place.
pub async fn verify_days(
    tx: &mut Tx,
    book: &Book,
    keys: &KeyRing,
) -> Result<Result<i64, Wrong>, Failure> {
    let mut by_account: BTreeMap<i64, Vec<BankDayRow>> = BTreeMap::new();
    for act in sql::acts(tx, book.id).await? {
        by_account.entry(act.bank).or_default().push(act);
    }
    let mut signed = BTreeSet::new();
    let mut n = 0;
    for bank in payment::sql::bank_accounts(tx, book.id).await? {
        let acts = by_account.remove(&bank.id).unwrap_or_default();
        n += i64::try_from(acts.len()).unwrap_or(i64::MAX);
        if let Err(wrong) = check_acts(tx, book, keys, &bank, &acts).await? {
            return Ok(Err(wrong));
        }
        if let Err(wrong) = check_keyed_head(tx, keys, &bank, acts.last()).await? {
            return Ok(Err(wrong));
        }
        if let Err(wrong) = check_statements(tx, &bank, &acts).await? {
            return Ok(Err(wrong));
        }
        signed.extend(
            acts.into_iter()
                .map(|a| (bank.code.clone(), a.day.to_string(), a.act)),
        );
    }
    if let Some(act) = by_account.values().flatten().next() {
        return Ok(wrong(act, "belongs to no account of the book"));
    }
    if let Err(wrong) = check_audit(tx, book, &signed).await? {
        return Ok(Err(wrong));
    }
    let through = days::closed_through(tx, book).await?;
    let closed = ledger::last_closed_day(tx, book.id).await?;
    if !signed.is_empty() && closed < through {
        return Ok(Err(Wrong {
            place: "posting day".into(),
            what: "a posting day is open that every account has closed".into(),
        }));
    }
    Ok(Ok(n))
}

fn wrong<T>(act: &BankDayRow, what: &str) -> Result<T, Wrong> {
    Err(Wrong {
        place: format!("bank day {}", act.day),
        what: what.to_owned(),
    })
}

/// What both kinds of proof say.
#[derive(Deserialize)]
struct Common {
    bank_account: String,
    day: String,
    closed_before: i64,
    previous: String,
    chain_head: String,
    transfer_seq: i64,
    audit_head: String,
    audit_seq: i64,
}

async fn check_acts(
    tx: &mut Tx,
    book: &Book,
    keys: &KeyRing,
    bank: &BankAccountRow,
    acts: &[BankDayRow],
) -> Result<Result<(), Wrong>, Failure> {
    let mut previous = [0u8; 32];
    for (before, a) in (0i64..).zip(acts) {
        let digest: [u8; 32] = Sha256::digest(&a.proof).into();
        if digest != a.digest || days::signature(keys, book.id, a) != a.signature {
            return Ok(wrong(a, "the signed proof was changed"));
        }
        let Ok(said) = serde_json::from_str::<Common>(&a.proof) else {
            return Ok(wrong(a, "the signed proof cannot be read"));
        };
        if a.no != before + 1 || a.previous != previous || said.closed_before != before {
            return Ok(wrong(a, "one that was signed before it is missing"));
        }
        let row = (
            bank.code.clone(),
            a.day.to_string(),
            hex(&a.previous),
            hex(&a.chain),
            a.transfer_seq,
        );
        let proof = (
            said.bank_account,
            said.day,
            said.previous,
            said.chain_head,
            said.transfer_seq,
        );
        if row != proof {
            return Ok(wrong(a, "the row says other things than its proof"));
        }
        if !ledger::verify::has_head(tx, book.id, &hex(&a.chain)).await? {
            let what = format!(
                "the ledger no longer has the signed head at transfer {}",
                a.transfer_seq
            );
            return Ok(wrong(a, &what));
        }
        let link = audit::link_at(tx, book.id, said.audit_seq).await?;
        if link.map(|l| hex(&l)) != Some(said.audit_head) {
            let what = format!(
                "the audit no longer has the signed head at row {}",
                said.audit_seq
            );
            return Ok(wrong(a, &what));
        }
        previous = a.digest;
    }
    Ok(Ok(()))
}

/// The keyed head says how many acts there were and which was the last.
async fn check_keyed_head(
    tx: &mut Tx,
    keys: &KeyRing,
    bank: &BankAccountRow,
    last: Option<&BankDayRow>,
) -> Result<Result<(), Wrong>, Failure> {
    let name = days::head_name(bank.book_id, bank.id);
    let kept = store::sql::find_setting(tx, &name).await?;
    let due = last.map(|a| days::keyed_head(keys, bank.book_id, bank.id, a.no, &a.digest));
    if kept == due {
        return Ok(Ok(()));
    }
    let what = match last {
        Some(a) => format!(
            "the signed days of {} end at {}, their keyed head says otherwise",
            bank.code, a.day
        ),
        None => format!(
            "the signed days of {} are gone, their keyed head is there",
            bank.code
        ),
    };
    Ok(Err(Wrong {
        place: "bank day head".into(),
        what,
    }))
}

/// Every statement is as the closing that stands signed it, and says so.
async fn check_statements(
    tx: &mut Tx,
    bank: &BankAccountRow,
    acts: &[BankDayRow],
) -> Result<Result<(), Wrong>, Failure> {
    let mut standing: BTreeMap<i64, (SignedStatement, &BankDayRow)> = BTreeMap::new();
    for a in acts {
        if a.act == "reopened" {
            let proof: ReopenProof = read(a)?;
            if proof.proposed_by == proof.approved_by || proof.approved_by != a.signed_by {
                return Ok(wrong(a, "was not reopened by two people"));
            }
            standing.retain(|_, (_, by)| by.day < a.day);
            continue;
        }
        let proof: DayProof = read(a)?;
        for s in proof.signed_statements {
            if s.imported_by == a.signed_by {
                return Ok(wrong(a, "was signed by who imported"));
            }
            standing.insert(s.number, (s, a));
        }
    }
    for s in sql::all_statements(tx, bank.book_id, bank.id).await? {
        let place = || format!("statement {} of {}", s.number, bank.code);
        let found = standing.remove(&s.number);
        if found.is_some() != (s.state == "signed_off") {
            return Ok(Err(Wrong {
                place: place(),
                what: format!("it is {}, the signed days say otherwise", s.state),
            }));
        }
        if let Some((signed, by)) = found
            && signed != signed_now(&s)
        {
            return Ok(Err(Wrong {
                place: place(),
                what: format!("it is not what was signed with the day {}", by.day),
            }));
        }
    }
    if let Some((number, (_, by))) = standing.first_key_value() {
        return Ok(Err(Wrong {
            place: format!("statement {number} of {}", bank.code),
            what: format!("it was signed with the day {} and is missing", by.day),
        }));
    }
    Ok(Ok(()))
}

fn signed_now(s: &StatementRow) -> SignedStatement {
    super::close::signed_statement(s)
}

fn read<T: serde::de::DeserializeOwned>(act: &BankDayRow) -> Result<T, Fault> {
    serde_json::from_str(&act.proof)
        .map_err(|e| Fault::Corrupt(format!("proof of {}: {e}", act.day)))
}

/// What the audit says was signed stands among the acts.
async fn check_audit(
    tx: &mut Tx,
    book: &Book,
    signed: &BTreeSet<(String, String, String)>,
) -> Result<Result<(), Wrong>, Failure> {
    let mut missing: Option<Wrong> = None;
    for (act, name) in [("closed", "day.close"), ("reopened", "day.reopen")] {
        audit::each_detail(tx, book.id, name, |seq, detail| {
            let text = |field: &str| detail[field].as_str().unwrap_or_default().to_owned();
            let proposal = act == "reopened" && detail["approve"] != true;
            let key = (text("bank_account"), text("day"), act.to_owned());
            if !proposal && !signed.contains(&key) && missing.is_none() {
                missing = Some(Wrong {
                    place: format!("bank day {}", key.1),
                    what: format!("the audit says in row {seq} that it was {act}; that is missing"),
                });
            }
            Ok(())
        })
        .await?;
    }
    Ok(missing.map_or(Ok(()), Err))
}
