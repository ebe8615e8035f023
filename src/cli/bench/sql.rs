//! The bare database: the same transfer rows with the same indices, and the same balances,
//! by plain SQL through the same driver in one durable Tx. Nothing is checked or hashed.

use crate::args;
use crate::error::Failure;
use crate::store::{Column, Db, Engine};
use std::time::Duration;

/// Rows a statement.
const CHUNK: i64 = 10_000;

/// How long the bare database takes for `n` transfers to `n` accounts.
pub async fn bare_rows(db: &Db, n: i64) -> Result<Duration, Failure> {
    let mut tx = db.begin().await?;
    let (strict, fill) = match db.engine() {
        Engine::Sqlite => (" strict, without rowid", ""),
        Engine::Postgres => ("", " with (fillfactor = 50)"),
    };
    let bytes = if db.engine() == Engine::Sqlite {
        "blob"
    } else {
        "bytea"
    };
    let int = if db.engine() == Engine::Sqlite {
        "integer"
    } else {
        "bigint"
    };
    tx.execute_script(&format!(
        "create table raw_balance(book_id {int} not null, account_id {int} not null, debits {int} not null, \
           credits {int} not null, primary key (book_id, account_id)){strict}{fill};
         create table raw_transfer(book_id {int} not null, seq {int} not null, client_id {int} not null, \
           posting_no {int} not null, debit_id {int} not null, credit_id {int} not null, amount {int} not null, \
           code {int} not null, cause_id {int} not null, reverses_seq {int}, link {bytes} not null, \
           primary key (book_id, seq)){strict};
         create unique index raw_client on raw_transfer(book_id, client_id);
         create index raw_debit on raw_transfer(book_id, debit_id, seq);
         create index raw_credit on raw_transfer(book_id, credit_id, seq);"
    ))
    .await?;
    for from in (0..=n).step_by(usize::try_from(CHUNK).unwrap_or(1)) {
        let ids: Vec<i64> = (from..(from + CHUNK).min(n + 1)).collect();
        let zeros = vec![0; ids.len()];
        let columns = [
            Column::Ints(vec![1; ids.len()]),
            Column::Ints(ids),
            Column::Ints(zeros.clone()),
            Column::Ints(zeros),
        ];
        tx.insert_rows(
            "raw_balance(book_id, account_id, debits, credits)",
            &columns,
            "",
        )
        .await?;
    }
    tx.commit().await?;
    db.analyze().await?;

    let since = crate::clock::stopwatch();
    let mut tx = db.begin().await?;
    for from in (1..=n).step_by(usize::try_from(CHUNK).unwrap_or(1)) {
        let ids: Vec<i64> = (from..(from + CHUNK).min(n + 1)).collect();
        let rows = ids.len();
        let columns = [
            Column::Ints(vec![1; rows]),
            Column::Ints(ids.clone()),
            Column::Ints(ids.iter().map(|i| i * 64).collect()),
            Column::Ints(vec![1; rows]),
            Column::Ints(vec![0; rows]),
            Column::Ints(ids.clone()),
            Column::Ints(vec![750_000; rows]),
            Column::Ints(vec![3; rows]),
            Column::Ints(ids.clone()),
            Column::OptInts(vec![None; rows]),
            Column::Blobs(
                ids.iter()
                    .map(|i| {
                        i.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())
                            .to_le_bytes()
                            .to_vec()
                    })
                    .collect(),
            ),
        ];
        tx.insert_rows(
            "raw_transfer(book_id, seq, client_id, posting_no, debit_id, credit_id, amount, code, cause_id, reverses_seq, link)",
            &columns,
            "",
        )
        .await?;
    }
    tx.execute(
        "update raw_balance set debits = debits + $1 where book_id = 1 and account_id = 0",
        args![n * 750_000],
    )
    .await?;
    tx.execute(
        "update raw_balance set credits = credits + d.amount from (select credit_id as id, \
         cast(sum(amount) as bigint) as amount from raw_transfer where book_id = 1 group by credit_id) d \
         where raw_balance.book_id = 1 and raw_balance.account_id = d.id",
        args![],
    )
    .await?;
    tx.commit().await?;
    let took = since.elapsed();
    let mut tx = db.begin().await?;
    tx.execute_script("drop table raw_transfer; drop table raw_balance")
        .await?;
    tx.commit().await?;
    Ok(took)
}

/// Commits for [`lone_commits`].
const LONE: i64 = 300;

/// How many commits a second the database makes when each holds one row.
pub async fn lone_commits(db: &Db) -> Result<i64, Failure> {
    let int = if db.engine() == Engine::Sqlite {
        "integer"
    } else {
        "bigint"
    };
    let mut tx = db.begin().await?;
    tx.execute_script(&format!(
        "create table raw_row(id {int} primary key not null, amount {int} not null)"
    ))
    .await?;
    tx.commit().await?;
    let since = crate::clock::stopwatch();
    for id in 1..=LONE {
        let mut tx = db.begin().await?;
        tx.execute(
            "insert into raw_row(id, amount) values ($1, $2)",
            args![id, id],
        )
        .await?;
        tx.commit().await?;
    }
    let took = since.elapsed();
    let mut tx = db.begin().await?;
    tx.execute_script("drop table raw_row").await?;
    tx.commit().await?;
    Ok(super::rate(LONE, took))
}
