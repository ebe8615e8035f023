//! Books and the accounts in them.

use super::chain::Accounts;
use super::post::{PostingInfo, record_posting};
use super::{AccountKind, sql};
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};
use crate::store::{self, Row, Tx};

/// What kind of accounting entity a book is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookKind {
    LabourOffice,
    School,
    CareFacility,
    Clinic,
    OneStop,
}

impl BookKind {
    pub const ALL: &'static [(BookKind, &'static str)] = &[
        (BookKind::LabourOffice, "labour_office"),
        (BookKind::School, "school"),
        (BookKind::CareFacility, "care_facility"),
        (BookKind::Clinic, "clinic"),
        (BookKind::OneStop, "one_stop"),
    ];

    pub fn parse(name: &str) -> Option<BookKind> {
        BookKind::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(k, _)| *k)
    }

    pub fn name(self) -> &'static str {
        BookKind::ALL
            .iter()
            .find(|(k, _)| *k == self)
            .map_or("", |(_, n)| n)
    }
}

/// One accounting entity's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub kind: String,
}

fn book_row(r: &Row) -> Result<Book, Fault> {
    Ok(Book {
        id: r.int(0)?,
        code: r.text(1)?,
        name: r.text(2)?,
        kind: r.text(3)?,
    })
}

pub async fn find_book(tx: &mut Tx, code: &str) -> Result<Option<Book>, Fault> {
    sql::find_book(tx, code)
        .await?
        .map(|r| book_row(&r))
        .transpose()
}

pub async fn all_books(tx: &mut Tx) -> Result<Vec<Book>, Fault> {
    sql::all_books(tx).await?.iter().map(book_row).collect()
}

/// Opens a book (the installation's head must be locked) and locks its head.
pub async fn open_book(
    tx: &mut Tx,
    code: &str,
    name: &str,
    kind: BookKind,
    at: Instant,
) -> Result<Book, Fault> {
    let id = sql::max_book_id(tx).await? + 1;
    sql::insert_book(tx, id, code, name, kind.name(), at.0).await?;
    store::sql::insert_head(tx, id).await?;
    tx.lock_heads(&[id]).await?;
    Ok(Book {
        id,
        code: code.into(),
        name: name.into(),
        kind: kind.name().into(),
    })
}

/// The account of that name, opened when it is not there; kind and guard by the chart.
pub async fn open_account(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    name: &str,
) -> Result<i64, Failure> {
    let (kind, guarded) = AccountKind::of_name(name).ok_or_else(|| Reject::AccountUnknown {
        account: name.to_owned(),
    })?;
    if let Some(row) = sql::find_account(tx, book, name).await? {
        if row.kind != kind || row.guarded != guarded {
            return Err(Reject::AccountDiffers {
                account: name.to_owned(),
            }
            .into());
        }
        return Ok(row.id);
    }
    Ok(open_accounts(tx, book, info, &[(name.to_owned(), kind, guarded)]).await?)
}

/// Opens accounts that are known not to be there yet; their ids are dense from the one
/// that is returned. The opening enters the chain as a posting of its own.
pub async fn open_accounts(
    tx: &mut Tx,
    book: i64,
    info: &PostingInfo,
    accounts: &[(String, AccountKind, bool)],
) -> Result<i64, Fault> {
    let first = tx.reserve_ids(book, i64::try_from(accounts.len()).unwrap_or(i64::MAX))?;
    let mut digest = Accounts::default();
    for (id, (name, kind, guarded)) in (first..).zip(accounts) {
        digest.push(id, name, kind.name(), *guarded);
    }
    let info = PostingInfo {
        code: "accounts_opened".into(),
        ..info.clone()
    };
    let no = record_posting(tx, book, &info, &[], digest.digest()).await?;
    sql::insert_accounts(tx, book, no, first, accounts).await?;
    Ok(first)
}
