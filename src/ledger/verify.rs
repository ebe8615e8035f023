//! Recomputes a book from its rows and names the first that is wrong.
//!
//! Checked in order: each posting and transfer against the chain; the digest of the
//! accounts that each posting opened; the head row; each balance against the fold of the
//! transfers; debits against credits; guards.

use super::chain::{self, Accounts, Link};
use super::post::posting_link;
use super::sql;
use crate::args;
use crate::error::Fault;
use crate::store::Tx;
use serde::Serialize;

/// The result of a verification that found nothing wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    pub postings: i64,
    pub transfers: i64,
    pub accounts: i64,
    pub audit_rows: i64,
    /// The newest link, hex: the head that a signed day keeps.
    pub chain_head: String,
}

/// Where a ledger is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// `transfer 17`, `posting 3`, `account fund/...`.
    pub place: String,
    pub what: String,
}

impl Wrong {
    /// The first link of a posting is over its own row too: there, either was changed.
    fn or_its_posting(self, no: i64, first_seq: i64) -> Wrong {
        if self.place != format!("transfer {first_seq}") || self.what != CHANGED {
            return self;
        }
        Wrong {
            place: format!("posting {no}, transfer {first_seq}"),
            what: "one of the two rows was changed".into(),
        }
    }
}

const CHANGED: &str = "the row was changed";

fn wrong(place: String, what: impl Into<String>) -> Result<Verified, Wrong> {
    Err(Wrong {
        place,
        what: what.into(),
    })
}

const CHUNK: i64 = 50_000;

/// Verifies the book; `progress` hears of every chunk of transfers.
pub async fn verify(
    tx: &mut Tx,
    book: i64,
    mut progress: impl FnMut(i64),
) -> Result<Result<Verified, Wrong>, Fault> {
    let head = tx.one(sql::verify::HEAD, args![book]).await?;
    let (head_seq, head_no, head_chain) = (head.int(0)?, head.int(1)?, head.digest(2)?);
    let mut link = [0u8; 32];
    let (mut seq, mut no) = (0i64, 0i64);
    loop {
        let postings = sql::postings_after(tx, book, no, 500).await?;
        if postings.is_empty() {
            break;
        }
        for p in &postings {
            no += 1;
            if p.no != no {
                return Ok(wrong(format!("posting {no}"), "the row is missing"));
            }
            if p.first_seq != seq + 1 {
                return Ok(wrong(
                    format!("posting {no}"),
                    format!("starts at transfer {}, not {}", p.first_seq, seq + 1),
                ));
            }
            link = chain::after_posting(&link, &posting_link(p));
            let last = seq + p.count;
            let mut total = 0i64;
            while seq < last {
                let to = last.min(seq + CHUNK);
                if let Err(w) = fold(tx, book, no, seq + 1, to, &mut link, &mut total).await? {
                    return Ok(Err(w.or_its_posting(no, p.first_seq)));
                }
                seq = to;
                progress(seq);
            }
            if link != p.link || total != p.total {
                return Ok(wrong(
                    format!("posting {no}"),
                    "the row or a row of it was changed",
                ));
            }
        }
    }
    if (seq, no, link) != (head_seq, head_no, head_chain) {
        let what = format!(
            "the journal ends at posting {no}, transfer {seq}; the head says {head_no}, {head_seq}"
        );
        return Ok(wrong(format!("posting {}", no.min(head_no) + 1), what));
    }
    let extra = tx.find(sql::verify::AFTER_END, args![book, seq]).await?;
    if let Some(row) = extra {
        return Ok(wrong(
            format!("transfer {}", row.int(0)?),
            "stands after the end of the journal",
        ));
    }
    let accounts = match check_accounts(tx, book).await? {
        Ok(n) => n,
        Err(w) => return Ok(Err(w)),
    };
    if let Some(w) = check_balances(tx, book).await? {
        return Ok(Err(w));
    }
    let audit_rows = match crate::store::audit::verify(tx, book).await? {
        Ok(n) => n,
        Err(what) => return Ok(wrong("audit".into(), what)),
    };
    Ok(Ok(Verified {
        postings: no,
        transfers: seq,
        accounts,
        audit_rows,
        chain_head: crate::store::keys::hex(&link),
    }))
}

/// True when `head` (hex) is the newest link, or was the link after some posting: the
/// chain passes through it. [`verify`] proves that the stored links are the right ones.
pub async fn has_head(tx: &mut Tx, book: i64, head: &str) -> Result<bool, Fault> {
    let Some(bytes) = crate::store::keys::unhex(head).filter(|b| b.len() == 32) else {
        return Ok(false);
    };
    sql::posting_with_link(tx, book, &bytes).await
}

async fn fold(
    tx: &mut Tx,
    book: i64,
    no: i64,
    from: i64,
    to: i64,
    link: &mut [u8; 32],
    total: &mut i64,
) -> Result<Result<(), Wrong>, Fault> {
    let mut expected = from;
    let mut found: Option<Wrong> = None;
    tx.for_each(sql::verify::JOURNAL, args![book, from, to], |r| {
        if found.is_some() {
            return Ok(());
        }
        let row = Link {
            seq: r.int(0)?,
            client_id: r.int(1)?,
            posting_no: r.int(2)?,
            debit_id: r.int(3)?,
            credit_id: r.int(4)?,
            amount: r.int(5)?,
            code: r.int(6)?,
            cause_id: r.int(7)?,
            reverses_seq: r.int(8)?,
        };
        *link = chain::after_transfer(link, &row);
        let place = || format!("transfer {expected}");
        if row.seq != expected {
            found = Some(Wrong {
                place: place(),
                what: "the row is missing".into(),
            });
        } else if row.posting_no != no || r.bytes(9)? != chain::short(link) {
            found = Some(Wrong {
                place: place(),
                what: CHANGED.into(),
            });
        }
        expected += 1;
        *total = total.saturating_add(row.amount);
        Ok(())
    })
    .await?;
    if found.is_none() && expected != to + 1 {
        found = Some(Wrong {
            place: format!("transfer {expected}"),
            what: "the row is missing".into(),
        });
    }
    Ok(match found {
        Some(w) => Err(w),
        None => Ok(()),
    })
}

async fn check_accounts(tx: &mut Tx, book: i64) -> Result<Result<i64, Wrong>, Fault> {
    let mut digests: Vec<(i64, [u8; 32])> = Vec::new();
    let mut open: Option<(i64, Accounts)> = None;
    let mut n = 0;
    tx.for_each(sql::verify::ACCOUNTS, args![book], |r| {
        n += 1;
        let no = r.int(0)?;
        if open.as_ref().is_none_or(|(was, _)| *was != no)
            && let Some((was, accounts)) = open.replace((no, Accounts::default()))
        {
            digests.push((was, accounts.digest()));
        }
        if let Some((_, accounts)) = open.as_mut() {
            accounts.push(r.int(1)?, &r.text(2)?, &r.text(3)?, r.flag(4)?);
        }
        Ok(())
    })
    .await?;
    if let Some((was, accounts)) = open.take() {
        digests.push((was, accounts.digest()));
    }
    let rows = tx.all(sql::verify::OPENINGS, args![book]).await?;
    let mut stored = rows
        .iter()
        .map(|r| Ok((r.int(0)?, r.digest(1)?)))
        .collect::<Result<Vec<_>, Fault>>()?
        .into_iter();
    for (no, digest) in digests {
        match stored.next() {
            Some(row) if row == (no, digest) => {}
            _ => {
                return Ok(Err(Wrong {
                    place: format!("posting {no}"),
                    what: "an account that it opened was changed".into(),
                }));
            }
        }
    }
    if let Some((no, _)) = stored.next() {
        return Ok(Err(Wrong {
            place: format!("posting {no}"),
            what: "the accounts that it opened are missing".into(),
        }));
    }
    Ok(Ok(n))
}

async fn check_balances(tx: &mut Tx, book: i64) -> Result<Option<Wrong>, Fault> {
    let row = tx.find(sql::verify::UNEQUAL_BALANCE, args![book]).await?;
    if let Some(r) = row {
        let what = format!(
            "balance {}/{}, its transfers say {}/{}",
            r.opt_int(1)?.unwrap_or(0),
            r.opt_int(2)?.unwrap_or(0),
            r.int(3)?,
            r.int(4)?
        );
        return Ok(Some(Wrong {
            place: format!("account {}", r.text(0)?),
            what,
        }));
    }
    let row = tx.one(sql::verify::BOTH_SIDES, args![book]).await?;
    if row.int(0)? != row.int(1)? {
        let what = format!("debits {} differ from credits {}", row.int(0)?, row.int(1)?);
        return Ok(Some(Wrong {
            place: "book".into(),
            what,
        }));
    }
    Ok(None)
}
