//! Statements on `staff`, `staff_role` and `api_caller`.

use crate::args;
use crate::error::Fault;
use crate::store::Tx;

pub async fn find_staff(tx: &mut Tx, code: &str) -> Result<Option<String>, Fault> {
    let row = tx
        .find("select name from staff where code = $1", args![code])
        .await?;
    row.map(|r| r.text(0)).transpose()
}

pub async fn roles_of(tx: &mut Tx, code: &str, book: i64) -> Result<Vec<String>, Fault> {
    let rows = tx
        .all(
            "select role from staff_role where staff = $1 and book_id in (0, $2)",
            args![code, book],
        )
        .await?;
    rows.iter().map(|r| r.text(0)).collect()
}

pub async fn all_roles_of(tx: &mut Tx, code: &str) -> Result<Vec<String>, Fault> {
    let rows = tx
        .all(
            "select distinct role from staff_role where staff = $1",
            args![code],
        )
        .await?;
    rows.iter().map(|r| r.text(0)).collect()
}

pub async fn put_staff(tx: &mut Tx, code: &str, name: &str) -> Result<(), Fault> {
    tx.execute(
        "insert into staff(code, name) values ($1, $2) on conflict (code) do update set name = excluded.name",
        args![code, name],
    )
    .await?;
    Ok(())
}

/// Replaces the roles of a person in a book.
pub async fn put_roles(tx: &mut Tx, code: &str, book: i64, roles: &[String]) -> Result<(), Fault> {
    tx.execute(
        "delete from staff_role where staff = $1 and book_id = $2",
        args![code, book],
    )
    .await?;
    for role in roles {
        tx.execute(
            "insert into staff_role(staff, book_id, role) values ($1, $2, $3) on conflict do nothing",
            args![code, book, role],
        )
        .await?;
    }
    Ok(())
}

/// All staff with their roles, as one text in a fixed order: what a set-up may change.
pub async fn staff_text(tx: &mut Tx) -> Result<String, Fault> {
    let mut out = String::new();
    for row in tx
        .all("select code, name from staff order by code", args![])
        .await?
    {
        out.push_str(&format!("{}={}\n", row.text(0)?, row.text(1)?));
    }
    let roles = tx
        .all(
            "select staff, book_id, role from staff_role order by staff, book_id, role",
            args![],
        )
        .await?;
    for row in roles {
        out.push_str(&format!(
            "{}/{}/{}\n",
            row.text(0)?,
            row.int(1)?,
            row.text(2)?
        ));
    }
    Ok(out)
}

/// True when anybody is set up.
pub async fn any_staff(tx: &mut Tx) -> Result<bool, Fault> {
    let row = tx
        .find("select code from staff order by code limit 1", args![])
        .await?;
    Ok(row.is_some())
}

/// True when anybody is an admin.
pub async fn has_admin(tx: &mut Tx) -> Result<bool, Fault> {
    let row = tx
        .find(
            "select staff from staff_role where role = 'admin' order by staff limit 1",
            args![],
        )
        .await?;
    Ok(row.is_some())
}

/// A system that may ask about the bills of a book.
#[derive(Clone, Debug)]
pub struct CallerRow {
    pub book_id: i64,
    pub code: String,
    /// Keyed hash of its token.
    pub token_hash: Vec<u8>,
    pub made_by: String,
    pub made_at: i64,
    pub disabled_at: Option<i64>,
}

const CALLER: &str =
    "select book_id, code, token_hash, made_by, made_at, disabled_at from api_caller";

fn caller_row(r: &crate::store::Row) -> Result<CallerRow, Fault> {
    Ok(CallerRow {
        book_id: r.int(0)?,
        code: r.text(1)?,
        token_hash: r.bytes(2)?,
        made_by: r.text(3)?,
        made_at: r.int(4)?,
        disabled_at: r.opt_int(5)?,
    })
}

/// The callers of a book, also those that were disabled, in order.
pub async fn callers(tx: &mut Tx, book: i64) -> Result<Vec<CallerRow>, Fault> {
    let sql = format!("{CALLER} where book_id = $1 order by code");
    tx.all(&sql, args![book])
        .await?
        .iter()
        .map(caller_row)
        .collect()
}

pub async fn find_caller(tx: &mut Tx, book: i64, code: &str) -> Result<Option<CallerRow>, Fault> {
    let sql = format!("{CALLER} where book_id = $1 and code = $2");
    tx.find(&sql, args![book, code])
        .await?
        .map(|r| caller_row(&r))
        .transpose()
}

pub async fn caller_by_token(tx: &mut Tx, hash: &[u8]) -> Result<Option<CallerRow>, Fault> {
    let sql = format!("{CALLER} where token_hash = $1 and disabled_at is null");
    tx.find(&sql, args![hash])
        .await?
        .map(|r| caller_row(&r))
        .transpose()
}

pub async fn put_caller(tx: &mut Tx, c: &CallerRow) -> Result<(), Fault> {
    tx.execute(
        "insert into api_caller(book_id, code, token_hash, made_by, made_at, disabled_at) values ($1, $2, $3, $4, $5, $6) \
         on conflict (book_id, code) do update set token_hash = excluded.token_hash, made_by = excluded.made_by, \
         made_at = excluded.made_at, disabled_at = excluded.disabled_at",
        args![c.book_id, &c.code, c.token_hash.clone(), &c.made_by, c.made_at, c.disabled_at],
    )
    .await?;
    Ok(())
}
