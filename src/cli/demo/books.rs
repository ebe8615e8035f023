//! The books at the end: verified, hashed, summed up.

use super::Demo;
use super::school_end::{self, SchoolEnded};
use crate::error::{Failure, Reject};
use crate::ledger::{self, Book, verify};
use crate::programme::{Period, period_number, sql as programme_sql};
use crate::reconcile::breaks::{self, BreakLine};
use crate::reconcile::progress::{self, Progress};
use crate::reconcile::sql as reconcile_sql;
use crate::store::Tx;
use crate::store::keys::{KeyRing, hex};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub struct Ended {
    /// SHA-256 over the sorted accounts with balances and the sorted entitlements with end
    /// states, hex.
    pub books_hash: String,
    pub chain_heads: BTreeMap<String, String>,
    pub breaks: Vec<BreakLine>,
    pub verified: verify::Verified,
    pub progress: Vec<(String, Vec<Progress>)>,
    pub trial: Vec<ledger::report::TrialRow>,
    pub school: Option<SchoolEnded>,
}

/// Verifies a book and what stands around it from its rows.
async fn verified(tx: &mut Tx, book: &Book, keys: &KeyRing) -> Result<verify::Verified, Failure> {
    let broken = |place, what| Reject::LedgerBroken {
        book: book.code.clone(),
        place,
        what,
    };
    let verified = verify::verify(tx, book.id, |_| {})
        .await?
        .map_err(|w| broken(w.place, w.what))?;
    crate::reconcile::verify::verify(tx, book, keys)
        .await?
        .map_err(|w| broken(w.place, w.what))?;
    Ok(verified)
}

async fn hash_accounts(tx: &mut Tx, book: &Book, hash: &mut Sha256) -> Result<(), Failure> {
    ledger::each_account(tx, book.id, "", |a| {
        hash.update(format!("{}|{}|{}\n", book.code, a.name, a.balance()));
        Ok(())
    })
    .await?;
    Ok(())
}

/// Verifies the books from their rows and hashes what they come to.
pub async fn end(demo: &Demo) -> Result<Ended, Failure> {
    let book = &demo.book;
    let mut tx = demo.db.begin_read().await?;
    let own = verified(&mut tx, book, &demo.keys).await?;
    let mut chain_heads = BTreeMap::from([(book.code.clone(), own.chain_head.clone())]);
    let mut hash = Sha256::new();
    hash_accounts(&mut tx, book, &mut hash).await?;
    let mut of_school = None;
    if let Some(school) = &demo.school {
        let its = verified(&mut tx, &school.book, &demo.keys).await?;
        chain_heads.insert(school.book.code.clone(), its.chain_head.clone());
        hash_accounts(&mut tx, &school.book, &mut hash).await?;
        of_school = Some((school, its));
    }
    reconcile_sql::each_entitlement_state(
        &mut tx,
        book.id,
        |person, period, component, amount, state| {
            hash.update(format!(
                "{}|{person}|{period}|{component}|{amount}|{state}\n",
                book.code
            ));
            Ok(())
        },
    )
    .await?;
    let breaks = breaks::list(&mut tx, book.id, true).await?;
    let programme = programme_sql::find_programme(&mut tx, "social_assistance")
        .await?
        .map_or(0, |p| p.id);
    let mut progress = Vec::new();
    for period in [202_606, 202_607] {
        let rows = progress::of_period(&mut tx, book.id, programme, period).await?;
        progress.push((crate::programme::period_text(period), rows));
    }
    let trial = ledger::report::trial_balance(&mut tx, book.id).await?;
    tx.rollback().await?;
    let school = match of_school {
        Some((school, its)) => Some(school_end::end(demo, school, its).await?),
        None => None,
    };
    Ok(Ended {
        books_hash: hex(&hash.finalize()),
        chain_heads,
        breaks,
        verified: own,
        progress,
        trial,
        school,
    })
}

/// Ids of the batches of a period.
pub async fn batches_of(demo: &Demo, programme: &str, period: Period) -> Result<Vec<i64>, Failure> {
    let mut tx = demo.db.begin_read().await?;
    let programme = programme_sql::find_programme(&mut tx, programme)
        .await?
        .map_or(0, |p| p.id);
    let batches = crate::disbursement::sql::of_period(
        &mut tx,
        demo.book.id,
        programme,
        period_number(period),
    )
    .await?;
    tx.rollback().await?;
    Ok(batches.iter().map(|b| b.id).collect())
}

/// Open breaks that are a bank's charge: an unexplained debit with reason FEE.
pub async fn fee_breaks(demo: &Demo) -> Result<Vec<i64>, Failure> {
    let mut tx = demo.db.begin_read().await?;
    let ids = reconcile_sql::open_fee_breaks(&mut tx, demo.book.id).await?;
    tx.rollback().await?;
    Ok(ids)
}
