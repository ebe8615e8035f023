//! A biller: the section of the set-up file that turns a book into one that makes bills.
//!
//! ```toml
//! [book.biller]
//! ownership = "public"          # or private
//! province = "001"              # whose ceilings hold (src/collection/data/ceilings.csv)
//! tax_code = "0100000001"
//! address = "Thôn 1, Xã A, Hà Nội"
//! bank_account = "TH-AGRI"      # where the money is to come in
//! agency_order = "last"         # thu hộ is paid first or last from a part payment
//! papers = [{ kind = "bien_lai", title = "BIÊN LAI THU TIỀN", symbol = "BL" }]   # receipt_kind.rs
//! reminders = [-3, 1, 7]        # days from the due day; [] for none (reminder.rs)
//! years = [{ code = "2026-2027", starts_on = "2026-09-05", ends_on = "2027-05-31",
//!            classes = [{ code = "1A", name = "Lớp 1A", grade = 1 }] }]
//! ```
//!
//! Years and classes are added, never taken away. Without classes the pupil list makes
//! them; with classes a list that names another is refused.

use super::receipt_kind::{self, PaperKind, Settings};
use super::reminder;
use super::sql::people::{self, BillerRow, ClassRow, YearRow};
use super::sql::receipt as receipt_sql;
use crate::error::{Failure, Reject};
use crate::ledger::Book;
use crate::payment;
use crate::store::Tx;
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};

/// The `[book.biller]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BillerSetup {
    pub ownership: String,
    pub province: String,
    pub tax_code: String,
    pub address: String,
    pub bank_account: String,
    #[serde(default = "last")]
    pub agency_order: String,
    /// Kinds of receipts that differ from the usual ones.
    #[serde(default)]
    pub papers: Vec<PaperKind>,
    /// Days from the due day on which payers are reminded; none for the usual ones.
    pub reminders: Option<Vec<i64>>,
    #[serde(default)]
    pub years: Vec<YearSetup>,
}

fn last() -> String {
    "last".into()
}

/// A school year, or the calendar year of a clinic or a desk.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct YearSetup {
    pub code: String,
    pub starts_on: Day,
    pub ends_on: Day,
    #[serde(default)]
    pub classes: Vec<ClassSetup>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClassSetup {
    pub code: String,
    #[serde(default)]
    pub name: String,
    /// 0 preschool, 1 to 12.
    pub grade: i64,
}

fn bad(place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: "setup".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

/// Sets a biller up, or brings it up to date; how many things were made. The book's head
/// must be locked, its bank account set up.
pub async fn set_up(tx: &mut Tx, book: &Book, b: &BillerSetup) -> Result<i64, Failure> {
    let known = people::find_biller(tx, book.id).await?;
    if !matches!(book.kind.as_str(), "school" | "clinic" | "one_stop") {
        return Err(bad("book.kind", &book.kind, "school, clinic, one_stop").into());
    }
    if !matches!(b.ownership.as_str(), "public" | "private") {
        return Err(bad("book.biller.ownership", &b.ownership, "public, private").into());
    }
    if !matches!(b.agency_order.as_str(), "first" | "last") {
        return Err(bad("book.biller.agency_order", &b.agency_order, "first, last").into());
    }
    let tax = b.tax_code.replace('-', "");
    if !matches!(tax.len(), 10 | 12 | 13) || !tax.bytes().all(|c| c.is_ascii_digit()) {
        return Err(bad("book.biller.tax_code", &b.tax_code, "10, 12 or 13 digits").into());
    }
    let account = payment::sql::find_bank_account(tx, &b.bank_account).await?;
    let account = account
        .filter(|a| a.book_id == book.id)
        .ok_or_else(|| Reject::NotFound {
            what: "bank account".into(),
            id: b.bank_account.clone(),
        })?;
    let settings = Settings {
        papers: b.papers.clone(),
        reminders: b.reminders.clone(),
    };
    reminder::check(&settings.ladder())?;
    receipt_kind::check(&settings)?;
    for p in settings.kinds() {
        if receipt_sql::is_of_another(tx, book.id, &p.symbol, &p.kind).await? {
            let expected = "a symbol that no other kind has used";
            return Err(bad("book.biller.papers", &p.symbol, expected).into());
        }
    }
    let row = BillerRow {
        book_id: book.id,
        kind: book.kind.clone(),
        province: b.province.clone(),
        ownership: b.ownership.clone(),
        tax_code: b.tax_code.clone(),
        address: b.address.clone(),
        bank_account_id: account.id,
        agency_order: b.agency_order.clone(),
        settings: settings.text()?,
    };
    let mut made = i64::from(known.as_ref() != Some(&row));
    if made > 0 {
        people::put_biller(tx, &row).await?;
    }
    for year in &b.years {
        made += set_up_year(tx, book, year).await?;
    }
    Ok(made)
}

async fn set_up_year(tx: &mut Tx, book: &Book, y: &YearSetup) -> Result<i64, Failure> {
    if y.code.is_empty() || y.starts_on >= y.ends_on {
        return Err(bad(
            "book.biller.years",
            &y.code,
            "a code, and an end after its start",
        )
        .into());
    }
    let mut made = 0;
    let year = match people::find_year(tx, book.id, &y.code).await? {
        Some(was) if (was.starts_on, was.ends_on) != (y.starts_on, y.ends_on) => {
            return Err(bad("book.biller.years", &y.code, "the same days as before").into());
        }
        Some(year) => year,
        None => {
            let year = YearRow {
                id: tx.reserve_ids(book.id, 1)?,
                code: y.code.clone(),
                starts_on: y.starts_on,
                ends_on: y.ends_on,
            };
            people::insert_year(tx, book.id, &year).await?;
            made += 1;
            year
        }
    };
    let known = people::classes(tx, book.id, year.id).await?;
    for c in &y.classes {
        if c.code.is_empty() || !(0..=12).contains(&c.grade) {
            return Err(bad(
                "book.biller.years.classes",
                &c.code,
                "a code and a grade 0-12",
            )
            .into());
        }
        match known.iter().find(|k| k.code == c.code) {
            Some(k) if k.grade != c.grade => {
                return Err(bad(
                    "book.biller.years.classes",
                    &c.code,
                    "the same grade as before",
                )
                .into());
            }
            Some(_) => {}
            None => {
                let row = ClassRow {
                    id: tx.reserve_ids(book.id, 1)?,
                    code: c.code.clone(),
                    name: if c.name.is_empty() { &c.code } else { &c.name }.clone(),
                    grade: c.grade,
                };
                people::insert_class(tx, book.id, year.id, &row).await?;
                made += 1;
            }
        }
    }
    Ok(made)
}

/// The biller of a book.
pub async fn of(tx: &mut Tx, book: &Book) -> Result<BillerRow, Failure> {
    Ok(people::find_biller(tx, book.id)
        .await?
        .ok_or_else(|| Reject::NotSetUp {
            what: format!("biller {}", book.code),
        })?)
}

/// The year of a biller by its code.
pub async fn year(tx: &mut Tx, book: &Book, code: &str) -> Result<YearRow, Failure> {
    Ok(people::find_year(tx, book.id, code)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "school_year".into(),
            id: code.into(),
        })?)
}
