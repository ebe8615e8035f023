//! A database transaction, nothing else; and the few places where the two databases differ.
//!
//! One SQL text with `$1..$n` serves both. The differences are methods here:
//! [`Tx::insert_rows`] (many rows), [`Tx::lock_heads`] (lock clause), and the way to begin.
//! A write Tx keeps the head rows of the books it has locked: their counters and chain
//! heads move in memory and are written once, before the commit.

use super::value::{Column, Row, Value};
use crate::error::{Failure, Fault};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Postgres, Sqlite};
use std::collections::BTreeMap;

pub(super) enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Which database serves this Tx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A book's counters and chain heads, as locked by this Tx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The next free id of the book; ids grow with time and are dense.
    pub next_id: i64,
    /// Sequence number of the last transfer.
    pub transfer_seq: i64,
    /// Number of the last posting (voucher).
    pub posting_no: i64,
    /// Hash of the last link of the journal.
    pub chain: [u8; 32],
    /// Number of the last audit row and the hash over it.
    pub audit_seq: i64,
    pub audit_chain: [u8; 32],
    /// The newest instant at which money moved or a day was signed; neither happens before it.
    pub newest_at: i64,
}

/// The book id under which things of the whole installation count.
pub const INSTALLATION: i64 = 0;

impl Head {
    /// Something was signed at `now`: nothing is posted or signed before it from here on.
    pub fn signed_at(&mut self, now: crate::clock::Instant) {
        self.newest_at = self.newest_at.max(now.0);
    }
}

pub struct Tx {
    pub(super) inner: Inner,
    pub(super) heads: BTreeMap<i64, (Head, Head)>,
}

/// A longer text carries a list of its own and never comes again: it is prepared for the
/// once, so that it pushes nothing out of the cache of prepared statements.
const KEPT_STATEMENT: usize = 3_000;

fn bind_sqlite<'q>(
    sql: String,
    args: &[Value],
) -> sqlx::query::Query<'q, Sqlite, sqlx::sqlite::SqliteArguments> {
    let kept = sql.len() <= KEPT_STATEMENT;
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(kept);
    for arg in args {
        query = match arg {
            Value::Int(v) => query.bind(*v),
            Value::Text(v) => query.bind(v.clone()),
            Value::Bytes(v) => query.bind(v.clone()),
        };
    }
    query
}

fn bind_postgres<'q>(
    sql: String,
    args: &[Value],
) -> sqlx::query::Query<'q, Postgres, sqlx::postgres::PgArguments> {
    let kept = sql.len() <= KEPT_STATEMENT;
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(kept);
    for arg in args {
        query = match arg {
            Value::Int(v) => query.bind(*v),
            Value::Text(v) => query.bind(v.clone()),
            Value::Bytes(v) => query.bind(v.clone()),
        };
    }
    query
}

impl Tx {
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement; the number of rows that it touched.
    pub async fn execute(&mut self, sql: &str, args: Vec<Value>) -> Result<u64, Fault> {
        Ok(match &mut self.inner {
            Inner::Sqlite(tx) => bind_sqlite(sql.to_owned(), &args)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Inner::Postgres(tx) => bind_postgres(sql.to_owned(), &args)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// Runs a text of several statements without parameters (migrations).
    pub async fn execute_script(&mut self, sql: &str) -> Result<(), Fault> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                (&mut **tx)
                    .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
                    .await?;
            }
            Inner::Postgres(tx) => {
                (&mut **tx)
                    .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
                    .await?;
            }
        }
        Ok(())
    }

    pub async fn all(&mut self, sql: &str, args: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        self.for_each(sql, args, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// At most one row; more than one is corrupt data.
    pub async fn find(&mut self, sql: &str, args: Vec<Value>) -> Result<Option<Row>, Fault> {
        let mut rows = self.all(sql, args).await?;
        if rows.len() > 1 {
            return Err(Fault::Corrupt(format!(
                "{} rows where one was due: {sql}",
                rows.len()
            )));
        }
        Ok(rows.pop())
    }

    /// Exactly one row.
    pub async fn one(&mut self, sql: &str, args: Vec<Value>) -> Result<Row, Fault> {
        self.find(sql, args)
            .await?
            .ok_or_else(|| Fault::Corrupt(format!("no row where one was due: {sql}")))
    }

    /// Streams the rows of an answer; memory does not grow with their number.
    pub async fn for_each(
        &mut self,
        sql: &str,
        args: Vec<Value>,
        mut each: impl FnMut(Row) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let mut rows = bind_sqlite(sql.to_owned(), &args).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    each(Row::Sqlite(row))?;
                }
            }
            Inner::Postgres(tx) => {
                let mut rows = bind_postgres(sql.to_owned(), &args).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    each(Row::Postgres(row))?;
                }
            }
        }
        Ok(())
    }

    /// Inserts many rows. `into` is `table(column, ...)`, `tail` may hold an `on conflict`
    /// clause. PostgreSQL takes arrays through `unnest`; SQLite takes plain `?` in rows of
    /// values, because a numbered parameter costs time that grows with its number.
    pub async fn insert_rows(
        &mut self,
        into: &str,
        columns: &[Column],
        tail: &str,
    ) -> Result<u64, Fault> {
        let rows = columns.first().map_or(0, Column::len);
        if columns.iter().any(|c| c.len() != rows) {
            return Err(Fault::Corrupt(format!(
                "columns of unlike length for {into}"
            )));
        }
        if rows == 0 {
            return Ok(0);
        }
        match &mut self.inner {
            Inner::Sqlite(tx) => insert_sqlite(tx, into, columns, tail, rows).await,
            Inner::Postgres(tx) => insert_postgres(tx, into, columns, tail).await,
        }
    }

    /// Locks the head rows of `books` in id order and reads them; later calls for the same
    /// book are free. Every command that changes a book does this first, so commands on
    /// one book follow each other and never deadlock.
    pub async fn lock_heads(&mut self, books: &[i64]) -> Result<(), Fault> {
        let mut wanted: Vec<i64> = books
            .iter()
            .copied()
            .filter(|b| !self.heads.contains_key(b))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        for book in wanted {
            let lock = match self.engine() {
                Engine::Sqlite => "",
                Engine::Postgres => " for update",
            };
            let sql = format!(
                "select next_id, transfer_seq, posting_no, chain, audit_seq, audit_chain, newest_at from head where book_id = $1{lock}"
            );
            let row = self
                .find(&sql, crate::args![book])
                .await?
                .ok_or_else(|| Fault::Corrupt(format!("book {book} has no head row")))?;
            let head = Head {
                next_id: row.int(0)?,
                transfer_seq: row.int(1)?,
                posting_no: row.int(2)?,
                chain: row.digest(3)?,
                audit_seq: row.int(4)?,
                audit_chain: row.digest(5)?,
                newest_at: row.int(6)?,
            };
            self.heads.insert(book, (head.clone(), head));
        }
        Ok(())
    }

    /// The locked head of a book.
    pub fn head(&mut self, book: i64) -> Result<&mut Head, Fault> {
        match self.heads.get_mut(&book) {
            Some((now, _)) => Ok(now),
            None => Err(Fault::Corrupt(format!(
                "book {book} is not locked by this Tx"
            ))),
        }
    }

    /// Heads that this Tx has locked, as they were and as they are: (book, before, now).
    pub(super) fn moved_heads(&self) -> impl Iterator<Item = (i64, &Head, &Head)> {
        self.heads
            .iter()
            .map(|(book, (now, before))| (*book, before, now))
    }

    /// Reserves `n` ids of a locked book; the first of them.
    pub fn reserve_ids(&mut self, book: i64, n: i64) -> Result<i64, Fault> {
        let head = self.head(book)?;
        let first = head.next_id;
        head.next_id += n;
        Ok(first)
    }

    pub(super) async fn write_heads(&mut self) -> Result<(), Fault> {
        let changed: Vec<(i64, Head)> = self
            .heads
            .iter()
            .filter(|(_, (now, before))| now != before)
            .map(|(book, (now, _))| (*book, now.clone()))
            .collect();
        for (book, h) in changed {
            self.execute(
                "update head set next_id = $2, transfer_seq = $3, posting_no = $4, chain = $5, audit_seq = $6, \
                 audit_chain = $7, newest_at = $8 where book_id = $1",
                crate::args![
                    book, h.next_id, h.transfer_seq, h.posting_no, h.chain, h.audit_seq, h.audit_chain, h.newest_at
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// Tells PostgreSQL's planner what a bulk step has written, within the Tx; SQLite plans
    /// these statements right without.
    pub async fn analyze(&mut self, tables: &[&str]) -> Result<(), Fault> {
        if self.engine() == Engine::Postgres {
            for table in tables {
                self.execute(&format!("analyze {table}"), Vec::new())
                    .await?;
            }
        }
        Ok(())
    }

    pub async fn rollback(self) -> Result<(), Fault> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Writes the heads and commits.
    pub async fn commit(mut self) -> Result<(), Failure> {
        self.write_heads().await?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Parameters a statement: enough to spread the cost of a statement, few enough that its
/// text stays small.
const SQLITE_PARAMETERS: usize = 2_000;

async fn insert_sqlite(
    tx: &mut sqlx::Transaction<'static, Sqlite>,
    into: &str,
    columns: &[Column],
    tail: &str,
    rows: usize,
) -> Result<u64, Fault> {
    let per_statement = (SQLITE_PARAMETERS / columns.len()).max(1);
    let one = format!("({})", vec!["?"; columns.len()].join(","));
    let text = |n: usize| {
        format!(
            "insert into {into} values {} {tail}",
            vec![one.as_str(); n].join(",")
        )
    };
    let full = text(per_statement);
    let mut done = 0;
    let mut from = 0;
    while from < rows {
        let to = (from + per_statement).min(rows);
        let sql = if to - from == per_statement {
            full.clone()
        } else {
            text(to - from)
        };
        let mut query =
            sqlx::query::<Sqlite>(AssertSqlSafe(sql)).persistent(to - from == per_statement);
        for i in from..to {
            for column in columns {
                query = match column {
                    Column::Ints(v) => query.bind(v[i]),
                    Column::OptInts(v) => query.bind(v[i]),
                    Column::Texts(v) => query.bind(v[i].clone()),
                    Column::OptTexts(v) => query.bind(v[i].clone()),
                    Column::Blobs(v) => query.bind(v[i].clone()),
                    Column::OptBlobs(v) => query.bind(v[i].clone()),
                };
            }
        }
        done += query.execute(&mut **tx).await?.rows_affected();
        from = to;
    }
    Ok(done)
}

async fn insert_postgres(
    tx: &mut sqlx::Transaction<'static, Postgres>,
    into: &str,
    columns: &[Column],
    tail: &str,
) -> Result<u64, Fault> {
    let arrays: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let kind = match c {
                Column::Ints(_) | Column::OptInts(_) => "bigint",
                Column::Texts(_) | Column::OptTexts(_) => "text",
                Column::Blobs(_) | Column::OptBlobs(_) => "bytea",
            };
            format!("${}::{kind}[]", i + 1)
        })
        .collect();
    let sql = format!(
        "insert into {into} select * from unnest({}) {tail}",
        arrays.join(", ")
    );
    let mut query = sqlx::query::<Postgres>(AssertSqlSafe(sql));
    for column in columns {
        query = match column {
            Column::Ints(v) => query.bind(v.clone()),
            Column::OptInts(v) => query.bind(v.clone()),
            Column::Texts(v) => query.bind(v.clone()),
            Column::OptTexts(v) => query.bind(v.clone()),
            Column::Blobs(v) => query.bind(v.clone()),
            Column::OptBlobs(v) => query.bind(v.clone()),
        };
    }
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

impl Tx {
    /// Digests as a list for an `in (...)` clause, in the spelling of this database.
    /// They are bytes of ours written as hexadecimal, so no text of others enters a statement.
    pub fn bytes_list(&self, bytes: &[Vec<u8>]) -> String {
        let one = |b: &Vec<u8>| match self.engine() {
            Engine::Sqlite => format!("x'{}'", super::keys::hex(b)),
            Engine::Postgres => format!("'\\x{}'::bytea", super::keys::hex(b)),
        };
        bytes.iter().map(one).collect::<Vec<_>>().join(",")
    }
}

/// Numbers as the rows of a `values` clause, to join a table by its whole key: the planner
/// then goes from each number to its row, whatever it thinks of the table.
pub fn number_rows(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(|n| format!("({n})")).collect();
    texts.join(",")
}

/// Numbers as a list for an `in (...)` clause.
pub fn number_list(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    texts.join(",")
}
