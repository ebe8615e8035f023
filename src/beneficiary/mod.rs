//! Social-security accounts: opened for a person with evidence and an active address, and
//! for nobody else; suspended and closed with a reason; history kept.
//!
//! The money of a social-security account stands on the ledger accounts
//! `beneficiary/<person>/<programme>`; the account itself says whether it may be paid.

mod sql;

use crate::error::{Failure, Fault, Reject};
use crate::store::{Ctx, Tx};
use std::collections::HashMap;

pub use sql::SocialAccount;

/// Why an account was suspended when the bank returned a payment with `MD07`.
const DEATH_RETURN: &str = "returned_MD07";

/// State of a social-security account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    Pending,
    Open,
    Suspended,
    Closed,
}

/// What happens to a social-security account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountEvent {
    Open,
    Suspend,
    Resume,
    Close,
    Reopen,
}

impl AccountState {
    pub const ALL: &'static [(AccountState, &'static str)] = &[
        (AccountState::Pending, "pending"),
        (AccountState::Open, "open"),
        (AccountState::Suspended, "suspended"),
        (AccountState::Closed, "closed"),
    ];

    pub fn name(self) -> &'static str {
        AccountState::ALL
            .iter()
            .find(|(s, _)| *s == self)
            .map_or("", |(_, n)| n)
    }

    pub fn parse(name: &str) -> Option<AccountState> {
        AccountState::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(s, _)| *s)
    }

    /// The state after the event: `pending -> open <-> suspended -> closed`, and a closed
    /// one reopens to `suspended` by decision or by a return.
    pub fn next(self, event: AccountEvent) -> Option<AccountState> {
        use AccountEvent as E;
        use AccountState as S;
        match (self, event) {
            (S::Pending, E::Open) | (S::Suspended, E::Resume) => Some(S::Open),
            (S::Open, E::Suspend) | (S::Closed, E::Reopen) => Some(S::Suspended),
            (S::Suspended | S::Open, E::Close) => Some(S::Closed),
            _ => None,
        }
    }
}

/// Opens an account for each person that has none yet; the ids by person. The caller has
/// seen evidence and an active address of each.
pub async fn open_for(
    tx: &mut Tx,
    book: i64,
    ctx: &Ctx,
    persons: &[i64],
) -> Result<HashMap<i64, SocialAccount>, Fault> {
    let mut known = sql::by_person(tx, book, persons).await?;
    let mut due: Vec<i64> = persons
        .iter()
        .copied()
        .filter(|p| !known.contains_key(p))
        .collect();
    due.sort_unstable();
    due.dedup();
    let first = tx.reserve_ids(book, i64::try_from(due.len()).unwrap_or(i64::MAX))?;
    let made: Vec<SocialAccount> = (first..)
        .zip(due)
        .map(|(id, person_id)| SocialAccount {
            id,
            person_id,
            state: AccountState::Open.name().into(),
            reason: "registry_matched, active_address".into(),
        })
        .collect();
    sql::insert(tx, book, &made, &ctx.actor, ctx.now.0).await?;
    known.extend(made.into_iter().map(|a| (a.person_id, a)));
    Ok(known)
}

/// Changes the state of a person's account with a reason; closing needs balance 0.
pub async fn change(
    tx: &mut Tx,
    book: i64,
    ctx: &Ctx,
    person: i64,
    event: AccountEvent,
    reason: &str,
) -> Result<AccountState, Failure> {
    let account = sql::by_person(tx, book, &[person])
        .await?
        .remove(&person)
        .ok_or_else(|| Reject::NotFound {
            what: "social-security account".into(),
            id: person.to_string(),
        })?;
    let state = AccountState::parse(&account.state).ok_or_else(|| {
        Fault::Corrupt(format!("state of social-security account {}", account.id))
    })?;
    let wrong = |needed: &str| Reject::StateWrong {
        what: "social-security account".into(),
        id: account.id.to_string(),
        state: account.state.clone(),
        needed: needed.into(),
    };
    let next = state.next(event).ok_or_else(|| wrong("another state"))?;
    if event == AccountEvent::Close {
        let mut held = 0;
        crate::ledger::each_account(tx, book, &format!("beneficiary/{person}/"), |a| {
            held += a.balance();
            Ok(())
        })
        .await?;
        if held != 0 {
            return Err(wrong("balance 0").into());
        }
    }
    sql::set_state(
        tx,
        book,
        account.id,
        next.name(),
        reason,
        &ctx.actor,
        ctx.now.0,
    )
    .await?;
    Ok(next)
}

/// State of a person's account, if there is one.
pub async fn find(tx: &mut Tx, book: i64, person: i64) -> Result<Option<String>, Fault> {
    Ok(sql::by_person(tx, book, &[person])
        .await?
        .remove(&person)
        .map(|a| a.state))
}

/// True while a person's account stands still since the bank reported the person dead
/// (`MD07`), whatever else was done to it after: only an approver opens it again.
pub async fn stopped_by_death(tx: &mut Tx, book: i64, person: i64) -> Result<bool, Fault> {
    let reasons = sql::reasons_since_open(tx, book, person).await?;
    Ok(reasons.iter().any(|reason| reason == DEATH_RETURN))
}

/// Counts of accounts by state.
pub async fn counts(tx: &mut Tx, book: i64) -> Result<Vec<(String, i64)>, Fault> {
    sql::counts(tx, book).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a way from closed straight back to open, or out of pending without opening.
    #[test]
    fn only_the_ways_of_the_design_are_open() {
        use AccountEvent::*;
        let mut ways = Vec::new();
        for (state, name) in AccountState::ALL {
            for event in [Open, Suspend, Resume, Close, Reopen] {
                if let Some(next) = state.next(event) {
                    ways.push(format!("{name} {event:?} {}", next.name()));
                }
            }
        }
        assert_eq!(
            ways,
            [
                "pending Open open",
                "open Suspend suspended",
                "open Close closed",
                "suspended Resume open",
                "suspended Close closed",
                "closed Reopen suspended"
            ]
        );
    }
}
