//! Statements on `notice` and `notice_source`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, Value};

/// A notice as stored.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    pub id: i64,
    pub provider: String,
    pub provider_ref: String,
    pub bank_account_id: Option<i64>,
    pub digest: Vec<u8>,
    pub body_sealed: Vec<u8>,
    pub amount: i64,
    pub at: i64,
    pub outcome: String,
    pub collection_id: Option<i64>,
    /// The answer, as JSON.
    pub detail: String,
}

pub async fn insert_notices(
    tx: &mut Tx,
    book: i64,
    rows: &[NoticeRow],
    received_at: i64,
) -> Result<(), Fault> {
    let n = rows.len();
    let ints = |f: fn(&NoticeRow) -> i64| Column::Ints(rows.iter().map(f).collect());
    let texts =
        |f: fn(&NoticeRow) -> &String| Column::Texts(rows.iter().map(|r| f(r).clone()).collect());
    tx.insert_rows(
        "notice(book_id, id, provider, provider_ref, bank_account_id, digest, body_sealed, amount, at, received_at, outcome, \
         collection_id, detail)",
        &[
            Column::Ints(vec![book; n]),
            ints(|r| r.id),
            texts(|r| &r.provider),
            texts(|r| &r.provider_ref),
            Column::OptInts(rows.iter().map(|r| r.bank_account_id).collect()),
            Column::Blobs(rows.iter().map(|r| r.digest.clone()).collect()),
            Column::Blobs(rows.iter().map(|r| r.body_sealed.clone()).collect()),
            ints(|r| r.amount),
            ints(|r| r.at),
            Column::Ints(vec![received_at; n]),
            texts(|r| &r.outcome),
            Column::OptInts(rows.iter().map(|r| r.collection_id).collect()),
            texts(|r| &r.detail),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// What is known under references of a provider: (reference, digest, answer).
pub async fn known_notices(
    tx: &mut Tx,
    book: i64,
    bank: Option<i64>,
    provider: &str,
    refs: &[String],
) -> Result<Vec<(String, Vec<u8>, String)>, Fault> {
    let mut out = Vec::new();
    for chunk in refs.chunks(100) {
        let places: Vec<String> = (4..4 + chunk.len()).map(|i| format!("${i}")).collect();
        let sql = format!(
            "select provider_ref, digest, detail from notice where book_id = $1 and coalesce(bank_account_id, 0) = $2 \
             and provider = $3 and provider_ref in ({})",
            places.join(",")
        );
        let mut args = args![book, bank.unwrap_or(0), provider];
        args.extend(chunk.iter().map(Value::from));
        for r in tx.all(&sql, args).await? {
            out.push((r.text(0)?, r.bytes(1)?, r.text(2)?));
        }
    }
    Ok(out)
}

/// Notices as lists show them, newest last.
pub struct NoticeLine {
    pub id: i64,
    pub provider: String,
    pub provider_ref: String,
    pub amount: i64,
    pub at: i64,
    pub outcome: String,
    pub collection_id: Option<i64>,
}

pub async fn notices(tx: &mut Tx, book: i64, limit: i64) -> Result<Vec<NoticeLine>, Fault> {
    let rows = tx
        .all(
            "select id, provider, provider_ref, amount, at, outcome, collection_id from notice where book_id = $1 \
             order by id desc limit $2",
            args![book, limit],
        )
        .await?;
    rows.iter()
        .rev()
        .map(|r| {
            Ok(NoticeLine {
                id: r.int(0)?,
                provider: r.text(1)?,
                provider_ref: r.text(2)?,
                amount: r.int(3)?,
                at: r.int(4)?,
                outcome: r.text(5)?,
                collection_id: r.opt_int(6)?,
            })
        })
        .collect()
}

/// Who may tell of money on one of our accounts, and with which secret.
#[derive(Clone, Debug)]
pub struct SourceRow {
    pub book_id: i64,
    pub bank_account_id: i64,
    pub provider: String,
    pub key_id: String,
    pub sealed: Vec<u8>,
    /// Its word posts; others of the account are only compared.
    pub posts: bool,
    /// Business days within which a statement must confirm.
    pub days_max: i64,
}

fn source_row(r: &Row) -> Result<SourceRow, Fault> {
    Ok(SourceRow {
        book_id: r.int(0)?,
        bank_account_id: r.int(1)?,
        provider: r.text(2)?,
        key_id: r.text(3)?,
        sealed: r.bytes(4)?,
        posts: r.flag(5)?,
        days_max: r.int(6)?,
    })
}

/// Every source of the installation, in order.
pub async fn sources(tx: &mut Tx) -> Result<Vec<SourceRow>, Fault> {
    tx.all(
        "select book_id, bank_account_id, provider, key_id, sealed, posts, days_max from notice_source \
         order by book_id, bank_account_id, provider, key_id",
        args![],
    )
    .await?
    .iter()
    .map(source_row)
    .collect()
}

pub async fn put_source(tx: &mut Tx, s: &SourceRow) -> Result<(), Fault> {
    tx.execute(
        "insert into notice_source(book_id, bank_account_id, provider, key_id, sealed, posts, days_max) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (book_id, bank_account_id, provider, key_id) \
         do update set sealed = excluded.sealed, posts = excluded.posts, days_max = excluded.days_max",
        args![s.book_id, s.bank_account_id, &s.provider, &s.key_id, s.sealed.clone(), s.posts, s.days_max],
    )
    .await?;
    Ok(())
}
