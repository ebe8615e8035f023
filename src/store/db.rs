//! The database behind one URL: a closed choice of SQLite (embedded, the default) and
//! PostgreSQL. SQLite has one writer connection in WAL with `synchronous=FULL`, and a few
//! readers; PostgreSQL a small pool.

use super::tx::{Engine, Inner, Tx};
use crate::error::{Failure, Fault, Reject};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The default: a SQLite file in the current folder.
pub const DEFAULT_URL: &str = "sqlite:ansinh.db";

/// Page cache of the writer in KiB; the readers keep less.
const WRITER_CACHE_KIB: i64 = 128 * 1024;

/// Rows that SQLite's thread may read ahead.
const ROW_BUFFER: usize = 512;

/// The file that a `sqlite:FILE` names.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite:")
        .map(|path| PathBuf::from(path.trim_start_matches("//")))
}

#[derive(Clone)]
pub enum Db {
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
        path: PathBuf,
    },
    Postgres {
        pool: PgPool,
    },
}

impl Db {
    /// Opens a database that is there; `no_database` where SQLite's file is not.
    pub async fn open(url: &str) -> Result<Db, Failure> {
        if let Some(path) = sqlite_path(url)
            && !path.exists()
        {
            return Err(Reject::NoDatabase {
                path: path.display().to_string(),
            }
            .into());
        }
        Db::connect(url).await
    }

    /// Opens (and for SQLite makes) the database; does not migrate.
    pub async fn connect(url: &str) -> Result<Db, Failure> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // A plan that is kept was made when a table was small; seconds later it is not.
            let options = PgConnectOptions::from_str(url)?
                .application_name("ansinh")
                .options([("plan_cache_mode", "force_custom_plan")]);
            // A first connection by hand, because a pool hides why it cannot connect.
            sqlx::PgConnection::connect_with(&options)
                .await?
                .close()
                .await?;
            let pool = PgPoolOptions::new()
                .max_connections(8)
                .connect_with(options)
                .await?;
            return Ok(Db::Postgres { pool });
        }
        let Some(path) = sqlite_path(url) else {
            return Err(Reject::BadInput {
                what: "URL".into(),
                place: "--database-url".into(),
                found: url.into(),
                expected: "sqlite:FILE, postgres://...".into(),
            }
            .into());
        };
        let base = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(false)
            .busy_timeout(Duration::from_secs(60))
            .row_buffer_size(ROW_BUFFER);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(
                base.clone()
                    .pragma("cache_size", format!("-{WRITER_CACHE_KIB}")),
            )
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_lazy_with(base);
        Ok(Db::Sqlite { write, read, path })
    }

    pub fn engine(&self) -> Engine {
        match self {
            Db::Sqlite { .. } => Engine::Sqlite,
            Db::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Begins a Tx that may write. SQLite takes the write lock at once.
    pub async fn begin(&self) -> Result<Tx, Fault> {
        let inner = match self {
            Db::Sqlite { write, .. } => Inner::Sqlite(write.begin_with("begin immediate").await?),
            Db::Postgres { pool } => Inner::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            inner,
            heads: BTreeMap::new(),
        })
    }

    /// Begins a Tx that only reads, all of it from one moment.
    pub async fn begin_read(&self) -> Result<Tx, Fault> {
        let inner = match self {
            Db::Sqlite { read, .. } => Inner::Sqlite(read.begin().await?),
            Db::Postgres { pool } => Inner::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        };
        Ok(Tx {
            inner,
            heads: BTreeMap::new(),
        })
    }

    /// The folder in which things beside the database lie (key ring, received files).
    pub fn folder(&self) -> PathBuf {
        match self {
            Db::Sqlite { path, .. } => match path.parent() {
                Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
                _ => PathBuf::from("."),
            },
            Db::Postgres { .. } => PathBuf::from("."),
        }
    }

    /// Tells PostgreSQL's planner what the tables hold now; worth it after a bulk load.
    /// SQLite's was told for good when it migrated (`sqlite_planner.sql`).
    pub async fn analyze(&self) -> Result<(), Fault> {
        if let Db::Postgres { pool } = self {
            sqlx::raw_sql("analyze").execute(pool).await?;
        }
        Ok(())
    }

    /// Tells PostgreSQL's planner of the tables that have more than doubled since it measured
    /// them. Its own daemon looks once a minute; until then a table that was empty when a
    /// statement was planned is read as if it still were.
    pub async fn analyze_grown(&self) -> Result<(), Fault> {
        let Db::Postgres { pool } = self else {
            return Ok(());
        };
        let grown: Vec<(String,)> = sqlx::query_as(
            "select quote_ident(s.relname) from pg_stat_user_tables s join pg_class c on c.oid = s.relid \
             where s.schemaname = current_schema() and s.n_mod_since_analyze > greatest(c.reltuples, 500)",
        )
        .fetch_all(pool)
        .await?;
        for (table,) in grown {
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("analyze {table}")))
                .execute(pool)
                .await?;
        }
        Ok(())
    }

    /// The database's own name and version.
    pub async fn version(&self) -> Result<String, Fault> {
        let (sql, name) = match self {
            Db::Sqlite { .. } => ("select sqlite_version()", "SQLite"),
            Db::Postgres { .. } => ("select current_setting('server_version')", "PostgreSQL"),
        };
        let mut tx = self.begin_read().await?;
        let version = tx.one(sql, Vec::new()).await?.text(0)?;
        tx.rollback().await?;
        Ok(format!("{name} {version}"))
    }

    pub async fn close(&self) {
        match self {
            Db::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres { pool } => pool.close().await,
        }
    }
}
