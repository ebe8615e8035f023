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

/// A notice as lists show it.
pub struct NoticeLine {
    pub id: i64,
    pub bank_account_id: Option<i64>,
    pub provider: String,
    pub provider_ref: String,
    pub amount: i64,
    /// When the bank booked it, as the notice says; UTC microseconds.
    pub at: i64,
    pub received_at: i64,
    pub outcome: String,
    pub collection_id: Option<i64>,
    /// The answer that was given, as JSON.
    pub detail: String,
    /// The body as it came, sealed.
    pub body_sealed: Vec<u8>,
}

const NOTICE: &str = "select id, bank_account_id, provider, provider_ref, amount, at, received_at, outcome, collection_id, detail, \
     body_sealed from notice";

fn notice_line(r: &Row) -> Result<NoticeLine, Fault> {
    Ok(NoticeLine {
        id: r.int(0)?,
        bank_account_id: r.opt_int(1)?,
        provider: r.text(2)?,
        provider_ref: r.text(3)?,
        amount: r.int(4)?,
        at: r.int(5)?,
        received_at: r.int(6)?,
        outcome: r.text(7)?,
        collection_id: r.opt_int(8)?,
        detail: r.text(9)?,
        body_sealed: r.bytes(10)?,
    })
}

/// The newest notices of a book, newest last; `outcome` blank for all.
pub async fn notices(
    tx: &mut Tx,
    book: i64,
    outcome: &str,
    limit: i64,
) -> Result<Vec<NoticeLine>, Fault> {
    let sql = format!(
        "{NOTICE} where book_id = $1 and ($2 = '' or outcome = $2) order by id desc limit $3"
    );
    let rows = tx.all(&sql, args![book, outcome, limit]).await?;
    rows.iter().rev().map(notice_line).collect()
}

pub async fn find_notice(tx: &mut Tx, book: i64, id: i64) -> Result<Option<NoticeLine>, Fault> {
    let sql = format!("{NOTICE} where book_id = $1 and id = $2");
    tx.find(&sql, args![book, id])
        .await?
        .map(|r| notice_line(&r))
        .transpose()
}

/// Who may tell of money on one of our accounts, and with which secret.
#[derive(Clone, Debug)]
pub struct SourceRow {
    pub book_id: i64,
    pub bank_account_id: i64,
    /// The last part of its address; unique in the installation.
    pub code: String,
    /// How it signs: a name of `notice_source::Scheme`.
    pub scheme: String,
    /// Id of the key, where the scheme names one.
    pub key_id: String,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// Its word posts; others of the account are only compared.
    pub posts: bool,
    /// Business days within which a statement must confirm.
    pub days_max: i64,
    /// Who works the breaks that its notices make.
    pub owner: String,
    pub made_at: i64,
    pub disabled_at: Option<i64>,
}

const SOURCE: &str = "select book_id, bank_account_id, code, scheme, key_id, sealed, posts, days_max, owner, made_at, disabled_at \
     from notice_source";

fn source_row(r: &Row) -> Result<SourceRow, Fault> {
    Ok(SourceRow {
        book_id: r.int(0)?,
        bank_account_id: r.int(1)?,
        code: r.text(2)?,
        scheme: r.text(3)?,
        key_id: r.text(4)?,
        sealed: r.bytes(5)?,
        posts: r.flag(6)?,
        days_max: r.int(7)?,
        owner: r.text(8)?,
        made_at: r.int(9)?,
        disabled_at: r.opt_int(10)?,
    })
}

/// Every source of the installation, also those that were disabled, in order.
pub async fn sources(tx: &mut Tx) -> Result<Vec<SourceRow>, Fault> {
    let sql = format!("{SOURCE} order by book_id, bank_account_id, code");
    tx.all(&sql, args![])
        .await?
        .iter()
        .map(source_row)
        .collect()
}

pub async fn find_source(tx: &mut Tx, code: &str) -> Result<Option<SourceRow>, Fault> {
    let sql = format!("{SOURCE} where code = $1");
    tx.find(&sql, args![code])
        .await?
        .map(|r| source_row(&r))
        .transpose()
}

pub async fn put_source(tx: &mut Tx, s: &SourceRow) -> Result<(), Fault> {
    tx.execute(
        "insert into notice_source(book_id, bank_account_id, code, scheme, key_id, sealed, posts, days_max, owner, made_at, disabled_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (book_id, bank_account_id, code) \
         do update set scheme = excluded.scheme, key_id = excluded.key_id, sealed = excluded.sealed, posts = excluded.posts, \
         days_max = excluded.days_max, owner = excluded.owner, disabled_at = excluded.disabled_at",
        args![
            s.book_id,
            s.bank_account_id,
            &s.code,
            &s.scheme,
            &s.key_id,
            s.sealed.clone(),
            s.posts,
            s.days_max,
            &s.owner,
            s.made_at,
            s.disabled_at
        ],
    )
    .await?;
    Ok(())
}
