//! Statements on `staff` and `staff_role`.

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
