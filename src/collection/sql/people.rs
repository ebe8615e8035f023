//! Statements on `biller`, `school_year`, `class`, `debtor`, `class_member`, `payer` and
//! `debtor_payer`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::Day;
use std::collections::HashMap;

/// A book that makes bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillerRow {
    pub book_id: i64,
    pub kind: String,
    pub province: String,
    pub ownership: String,
    pub tax_code: String,
    pub address: String,
    pub bank_account_id: i64,
    pub agency_order: String,
    pub settings: String,
}

const BILLER: &str = "select book_id, kind, province, ownership, tax_code, address, bank_account_id, agency_order, settings \
                      from biller";

fn biller_row(r: &Row) -> Result<BillerRow, Fault> {
    Ok(BillerRow {
        book_id: r.int(0)?,
        kind: r.text(1)?,
        province: r.text(2)?,
        ownership: r.text(3)?,
        tax_code: r.text(4)?,
        address: r.text(5)?,
        bank_account_id: r.int(6)?,
        agency_order: r.text(7)?,
        settings: r.text(8)?,
    })
}

pub async fn find_biller(tx: &mut Tx, book: i64) -> Result<Option<BillerRow>, Fault> {
    let sql = format!("{BILLER} where book_id = $1");
    tx.find(&sql, args![book])
        .await?
        .map(|r| biller_row(&r))
        .transpose()
}

pub async fn put_biller(tx: &mut Tx, b: &BillerRow) -> Result<(), Fault> {
    tx.execute(
        "insert into biller(book_id, kind, province, ownership, tax_code, address, bank_account_id, agency_order, settings) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (book_id) do update set kind = excluded.kind, \
         province = excluded.province, ownership = excluded.ownership, tax_code = excluded.tax_code, \
         address = excluded.address, bank_account_id = excluded.bank_account_id, agency_order = excluded.agency_order, \
         settings = excluded.settings",
        args![
            b.book_id, &b.kind, &b.province, &b.ownership, &b.tax_code, &b.address, b.bank_account_id, &b.agency_order,
            &b.settings
        ],
    )
    .await?;
    Ok(())
}

/// A school year, or the calendar year of another biller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearRow {
    pub id: i64,
    pub code: String,
    pub starts_on: Day,
    pub ends_on: Day,
}

pub async fn find_year(tx: &mut Tx, book: i64, code: &str) -> Result<Option<YearRow>, Fault> {
    let row = tx
        .find(
            "select id, code, starts_on, ends_on from school_year where book_id = $1 and code = $2",
            args![book, code],
        )
        .await?;
    row.map(|r| {
        Ok(YearRow {
            id: r.int(0)?,
            code: r.text(1)?,
            starts_on: r.day(2)?,
            ends_on: r.day(3)?,
        })
    })
    .transpose()
}

pub async fn year_by_id(tx: &mut Tx, book: i64, id: i64) -> Result<YearRow, Fault> {
    let r = tx
        .one(
            "select id, code, starts_on, ends_on from school_year where book_id = $1 and id = $2",
            args![book, id],
        )
        .await?;
    Ok(YearRow {
        id: r.int(0)?,
        code: r.text(1)?,
        starts_on: r.day(2)?,
        ends_on: r.day(3)?,
    })
}

/// The year that a day lies in.
pub async fn year_on(tx: &mut Tx, book: i64, day: Day) -> Result<Option<String>, Fault> {
    let row = tx
        .find(
            "select max(code) from school_year where book_id = $1 and starts_on <= $2 and ends_on >= $2",
            args![book, day],
        )
        .await?;
    row.map_or(Ok(None), |r| r.opt_text(0))
}

pub async fn insert_year(tx: &mut Tx, book: i64, y: &YearRow) -> Result<(), Fault> {
    tx.execute(
        "insert into school_year(book_id, id, code, starts_on, ends_on) values ($1, $2, $3, $4, $5)",
        args![book, y.id, &y.code, y.starts_on, y.ends_on],
    )
    .await?;
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassRow {
    pub id: i64,
    pub code: String,
    pub name: String,
    /// 0 is preschool.
    pub grade: i64,
}

pub async fn classes(tx: &mut Tx, book: i64, year: i64) -> Result<Vec<ClassRow>, Fault> {
    let rows = tx
        .all(
            "select id, code, name, grade from class where book_id = $1 and year_id = $2 order by grade, code",
            args![book, year],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(ClassRow {
                id: r.int(0)?,
                code: r.text(1)?,
                name: r.text(2)?,
                grade: r.int(3)?,
            })
        })
        .collect()
}

pub async fn insert_class(tx: &mut Tx, book: i64, year: i64, c: &ClassRow) -> Result<(), Fault> {
    tx.execute(
        "insert into class(book_id, id, year_id, code, name, grade) values ($1, $2, $3, $4, $5, $6)",
        args![book, c.id, year, &c.code, &c.name, c.grade],
    )
    .await?;
    Ok(())
}

/// Who bills are made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebtorRow {
    pub id: i64,
    pub kind: String,
    pub code: String,
    pub full_name: String,
    pub birth: String,
    pub number_hash: Option<Vec<u8>>,
    pub number_sealed: Option<Vec<u8>>,
    pub virtual_account: Option<String>,
    pub credit_id: i64,
    pub use_credit: bool,
    pub state: String,
}

const DEBTOR: &str = "select id, kind, code, full_name, birth, number_hash, number_sealed, virtual_account, credit_id, \
                      use_credit, state from debtor";

fn debtor_row(r: &Row) -> Result<DebtorRow, Fault> {
    Ok(DebtorRow {
        id: r.int(0)?,
        kind: r.text(1)?,
        code: r.text(2)?,
        full_name: r.text(3)?,
        birth: r.text(4)?,
        number_hash: r.opt_bytes(5)?,
        number_sealed: r.opt_bytes(6)?,
        virtual_account: r.opt_text(7)?,
        credit_id: r.int(8)?,
        use_credit: r.flag(9)?,
        state: r.text(10)?,
    })
}

pub async fn find_debtor(tx: &mut Tx, book: i64, code: &str) -> Result<Option<DebtorRow>, Fault> {
    let sql = format!("{DEBTOR} where book_id = $1 and code = $2");
    tx.find(&sql, args![book, code])
        .await?
        .map(|r| debtor_row(&r))
        .transpose()
}

pub async fn debtor_by_id(tx: &mut Tx, book: i64, id: i64) -> Result<DebtorRow, Fault> {
    let sql = format!("{DEBTOR} where book_id = $1 and id = $2");
    debtor_row(&tx.one(&sql, args![book, id]).await?)
}

/// All debtors of a book, in the order of their ids.
pub async fn debtors(tx: &mut Tx, book: i64) -> Result<Vec<DebtorRow>, Fault> {
    let sql = format!("{DEBTOR} where book_id = $1 order by id");
    tx.all(&sql, args![book])
        .await?
        .iter()
        .map(debtor_row)
        .collect()
}

pub async fn insert_debtors(
    tx: &mut Tx,
    book: i64,
    rows: &[DebtorRow],
    at: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    let texts = |f: &dyn Fn(&DebtorRow) -> &String| {
        Column::Texts(rows.iter().map(|d| f(d).clone()).collect())
    };
    tx.insert_rows(
        "debtor(book_id, id, kind, code, full_name, birth, number_hash, number_sealed, virtual_account, credit_id, \
         use_credit, state, created_at)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|d| d.id).collect()),
            texts(&|d| &d.kind),
            texts(&|d| &d.code),
            texts(&|d| &d.full_name),
            texts(&|d| &d.birth),
            Column::OptBlobs(rows.iter().map(|d| d.number_hash.clone()).collect()),
            Column::OptBlobs(rows.iter().map(|d| d.number_sealed.clone()).collect()),
            Column::OptTexts(rows.iter().map(|d| d.virtual_account.clone()).collect()),
            Column::Ints(rows.iter().map(|d| d.credit_id).collect()),
            Column::Ints(rows.iter().map(|d| i64::from(d.use_credit)).collect()),
            texts(&|d| &d.state),
            Column::Ints(vec![at; n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

pub async fn update_debtor(tx: &mut Tx, book: i64, d: &DebtorRow) -> Result<(), Fault> {
    tx.execute(
        "update debtor set full_name = $3, birth = $4, number_hash = $5, number_sealed = $6, use_credit = $7, state = $8 \
         where book_id = $1 and id = $2",
        args![
            book, d.id, &d.full_name, &d.birth, d.number_hash.clone(), d.number_sealed.clone(), d.use_credit, &d.state
        ],
    )
    .await?;
    Ok(())
}

pub async fn set_virtual_account(
    tx: &mut Tx,
    book: i64,
    id: i64,
    number: Option<String>,
) -> Result<(), Fault> {
    tx.execute(
        "update debtor set virtual_account = $3 where book_id = $1 and id = $2",
        args![book, id, number],
    )
    .await?;
    Ok(())
}

/// True when a debtor of any book has the number.
pub async fn virtual_account_taken(tx: &mut Tx, number: &str) -> Result<bool, Fault> {
    let found = tx
        .find(
            "select id from debtor where virtual_account = $1",
            args![number],
        )
        .await?;
    Ok(found.is_some())
}

/// A debtor's place in a class: (class, debtor, from).
pub async fn open_members(
    tx: &mut Tx,
    book: i64,
    year: i64,
) -> Result<HashMap<i64, (i64, i64)>, Fault> {
    let rows = tx
        .all(
            "select m.debtor_id, m.class_id, m.from_on from class_member m join class c \
             on c.book_id = m.book_id and c.id = m.class_id \
             where m.book_id = $1 and c.year_id = $2 and m.to_on is null",
            args![book, year],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, (r.int(1)?, r.int(2)?))))
        .collect()
}

/// New places in classes: (class, debtor), from a day.
pub async fn insert_members(
    tx: &mut Tx,
    book: i64,
    rows: &[(i64, i64)],
    from: Day,
) -> Result<(), Fault> {
    let n = rows.len();
    tx.insert_rows(
        "class_member(book_id, class_id, debtor_id, from_on)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|r| r.0).collect()),
            Column::Ints(rows.iter().map(|r| r.1).collect()),
            Column::Ints(vec![from.number(); n]),
        ],
        "on conflict (book_id, class_id, debtor_id, from_on) do update set to_on = null",
    )
    .await?;
    Ok(())
}

pub async fn end_member(
    tx: &mut Tx,
    book: i64,
    class: i64,
    debtor: i64,
    on: Day,
) -> Result<(), Fault> {
    tx.execute(
        "update class_member set to_on = $4 where book_id = $1 and class_id = $2 and debtor_id = $3 and to_on is null",
        args![book, class, debtor, on],
    )
    .await?;
    Ok(())
}

/// A pupil in a class on a day, as bills need it.
#[derive(Clone, Debug)]
pub struct PupilRow {
    pub debtor_id: i64,
    pub code: String,
    pub full_name: String,
    pub number_hash: Option<Vec<u8>>,
    pub class_id: i64,
    pub class_code: String,
    pub grade: i64,
}

/// The active debtors who sit in a class of the year on `on`, in the order of classes.
pub async fn pupils_on(tx: &mut Tx, book: i64, year: i64, on: Day) -> Result<Vec<PupilRow>, Fault> {
    let mut out = Vec::new();
    tx.for_each(
        "select d.id, d.code, d.full_name, d.number_hash, c.id, c.code, c.grade from class_member m \
         join class c on c.book_id = m.book_id and c.id = m.class_id \
         join debtor d on d.book_id = m.book_id and d.id = m.debtor_id \
         where m.book_id = $1 and c.year_id = $2 and m.from_on <= $3 and (m.to_on is null or m.to_on > $3) \
         and d.state = 'active' order by c.grade, c.code, d.id",
        args![book, year, on],
        |r| {
            out.push(PupilRow {
                debtor_id: r.int(0)?,
                code: r.text(1)?,
                full_name: r.text(2)?,
                number_hash: r.opt_bytes(3)?,
                class_id: r.int(4)?,
                class_code: r.text(5)?,
                grade: r.int(6)?,
            });
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

/// Somebody who pays for debtors.
#[derive(Clone, Debug)]
pub struct PayerRow {
    pub id: i64,
    pub full_name: String,
    pub number_hash: Option<Vec<u8>>,
    pub number_sealed: Option<Vec<u8>>,
    pub phone_hash: Option<Vec<u8>>,
    pub phone_sealed: Option<Vec<u8>>,
}

pub async fn payers(tx: &mut Tx, book: i64) -> Result<Vec<PayerRow>, Fault> {
    let mut out = Vec::new();
    tx.for_each(
        "select id, full_name, number_hash, number_sealed, phone_hash, phone_sealed from payer where book_id = $1",
        args![book],
        |r| {
            out.push(PayerRow {
                id: r.int(0)?,
                full_name: r.text(1)?,
                number_hash: r.opt_bytes(2)?,
                number_sealed: r.opt_bytes(3)?,
                phone_hash: r.opt_bytes(4)?,
                phone_sealed: r.opt_bytes(5)?,
            });
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

pub async fn insert_payers(
    tx: &mut Tx,
    book: i64,
    rows: &[PayerRow],
    at: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    tx.insert_rows(
        "payer(book_id, id, full_name, number_hash, number_sealed, phone_hash, phone_sealed, created_at)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|p| p.id).collect()),
            Column::Texts(rows.iter().map(|p| p.full_name.clone()).collect()),
            Column::OptBlobs(rows.iter().map(|p| p.number_hash.clone()).collect()),
            Column::OptBlobs(rows.iter().map(|p| p.number_sealed.clone()).collect()),
            Column::OptBlobs(rows.iter().map(|p| p.phone_hash.clone()).collect()),
            Column::OptBlobs(rows.iter().map(|p| p.phone_sealed.clone()).collect()),
            Column::Ints(vec![at; n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// Payers of debtors: (debtor, payer, relation).
pub async fn debtor_payers(tx: &mut Tx, book: i64) -> Result<Vec<(i64, i64, String)>, Fault> {
    let mut out = Vec::new();
    tx.for_each(
        "select debtor_id, payer_id, relation from debtor_payer where book_id = $1",
        args![book],
        |r| {
            out.push((r.int(0)?, r.int(1)?, r.text(2)?));
            Ok(())
        },
    )
    .await?;
    Ok(out)
}

pub async fn put_debtor_payers(
    tx: &mut Tx,
    book: i64,
    rows: &[(i64, i64, String)],
) -> Result<(), Fault> {
    let n = rows.len();
    tx.insert_rows(
        "debtor_payer(book_id, debtor_id, payer_id, relation)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(rows.iter().map(|r| r.0).collect()),
            Column::Ints(rows.iter().map(|r| r.1).collect()),
            Column::Texts(rows.iter().map(|r| r.2.clone()).collect()),
        ],
        "on conflict (book_id, debtor_id, payer_id) do update set relation = excluded.relation",
    )
    .await?;
    Ok(())
}

/// The classes in which debtors are today: debtor -> class code.
pub async fn class_codes(
    tx: &mut Tx,
    book: i64,
    debtors: &[i64],
) -> Result<HashMap<i64, String>, Fault> {
    let mut out = HashMap::new();
    for chunk in debtors.chunks(500) {
        let sql = format!(
            "select m.debtor_id, c.code from class_member m join class c on c.book_id = m.book_id and c.id = m.class_id \
             where m.book_id = $1 and m.to_on is null and m.debtor_id in ({}) order by m.from_on",
            number_list(chunk)
        );
        tx.for_each(&sql, args![book], |r| {
            out.insert(r.int(0)?, r.text(1)?);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}
