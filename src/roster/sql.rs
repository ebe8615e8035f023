//! Statements on `list_import`.

use crate::args;
use crate::error::Fault;
use crate::store::Tx;

/// A list that was imported.
pub struct ListImportRow {
    pub id: i64,
    pub digest: [u8; 32],
    /// Which register the list was checked with.
    pub register: String,
    pub period: i64,
    pub programme_id: i64,
    pub file_name: String,
    pub lines: i64,
    pub matched: i64,
    pub refused: i64,
    pub reply: String,
}

/// The recorded reply of the same list for the same period, checked with the same register.
pub async fn find_reply(
    tx: &mut Tx,
    book: i64,
    programme: i64,
    period: i64,
    digest: &[u8; 32],
    register: &str,
) -> Result<Option<String>, Fault> {
    let row = tx
        .find(
            "select reply from list_import where book_id = $1 and programme_id = $2 and period = $3 and digest = $4 \
             and register = $5 order by id desc limit 1",
            args![book, programme, period, *digest, register],
        )
        .await?;
    row.map(|r| r.text(0)).transpose()
}

/// The latest period that any list of the programme was imported for; 0 for none.
pub async fn latest_period(tx: &mut Tx, book: i64, programme: i64) -> Result<i64, Fault> {
    tx.one(
        "select coalesce(max(period), 0) from list_import where book_id = $1 and programme_id = $2",
        args![book, programme],
    )
    .await?
    .int(0)
}

pub async fn insert(
    tx: &mut Tx,
    book: i64,
    l: &ListImportRow,
    by: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into list_import(book_id, id, digest, period, programme_id, file_name, lines, matched, refused, reply, \
         imported_by, imported_at, register) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        args![
            book, l.id, l.digest, l.period, l.programme_id, &l.file_name, l.lines, l.matched, l.refused, &l.reply, by, at,
            &l.register
        ],
    )
    .await?;
    Ok(())
}
