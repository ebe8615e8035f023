//! The database of an office: a SQLite file in its folder, or a PostgreSQL database with a
//! name of its own on the server that `ANSINH_TEST_POSTGRES` names (a URL without a
//! database), dropped with the office. Without the variable the PostgreSQL half says that
//! it did not run; `ANSINH_TEST_REQUIRE_POSTGRES=1` turns that into a failure.

use ansinh::store::{Db, Row};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::Runtime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The engines that a test runs on.
pub fn engines(test: &str) -> Vec<Engine> {
    match server() {
        Some(_) => vec![Engine::Sqlite, Engine::Postgres],
        None => {
            eprintln!(
                "{test}: PostgreSQL is not there, only SQLite is tested (tests/run brings it)"
            );
            vec![Engine::Sqlite]
        }
    }
}

fn server() -> Option<String> {
    match std::env::var("ANSINH_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => Some(url.trim_end_matches('/').to_owned()),
        _ if std::env::var("ANSINH_TEST_REQUIRE_POSTGRES").is_ok_and(|v| v == "1") => {
            panic!("PostgreSQL is required, but ANSINH_TEST_POSTGRES names no server")
        }
        _ => None,
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

const FILE: &str = "ansinh.db";

pub enum Database {
    Sqlite,
    Postgres { server: String, name: String },
}

fn name_of(stem: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("ansinh_{stem}_{}_{number}", std::process::id())
}

async fn on_server(server: &str, sql: String) {
    let db = Db::connect(&format!("{server}/postgres")).await.unwrap();
    run(&db, &sql).await;
    db.close().await;
}

/// Not in a Tx: making and dropping a database allow none.
async fn run(db: &Db, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match db {
        Db::Postgres { pool } => sqlx::raw_sql(sql).execute(pool).await.map(|_| ()),
        Db::Sqlite { write, .. } => sqlx::raw_sql(sql).execute(write).await.map(|_| ()),
    }
    .unwrap();
}

impl Database {
    pub fn new(engine: Engine, stem: &str) -> Database {
        match engine {
            Engine::Sqlite => Database::Sqlite,
            Engine::Postgres => {
                let (server, name) = (server().unwrap(), name_of(stem));
                runtime().block_on(on_server(&server, format!("create database {name}")));
                Database::Postgres { server, name }
            }
        }
    }

    /// A copy; of SQLite the file was copied with its folder.
    pub fn copy(&self) -> Database {
        match self {
            Database::Sqlite => Database::Sqlite,
            Database::Postgres { server, name } => {
                let copy = name_of("copy");
                let sql = format!("create database {copy} template {name}");
                runtime().block_on(on_server(server, sql));
                Database::Postgres {
                    server: server.clone(),
                    name: copy,
                }
            }
        }
    }

    pub fn engine(&self) -> Engine {
        match self {
            Database::Sqlite => Engine::Sqlite,
            Database::Postgres { .. } => Engine::Postgres,
        }
    }

    pub fn url(&self, folder: &Path) -> String {
        match self {
            Database::Sqlite => format!("sqlite:{}", folder.join(FILE).display()),
            Database::Postgres { server, name } => format!("{server}/{name}"),
        }
    }

    /// The rows of each query, all of one moment.
    pub fn rows(&self, folder: &Path, queries: &[(&str, &str)]) -> Vec<Vec<Vec<String>>> {
        runtime().block_on(async {
            let db = Db::connect(&self.url(folder)).await.unwrap();
            let mut tx = db.begin_read().await.unwrap();
            let mut all = Vec::new();
            for (sql, kinds) in queries {
                let mut out = Vec::new();
                tx.for_each(sql, Vec::new(), |row| {
                    let cells = kinds.chars().enumerate();
                    out.push(cells.map(|(i, kind)| cell(&row, i, kind)).collect());
                    Ok(())
                })
                .await
                .unwrap_or_else(|e| panic!("{sql}: {e}"));
                all.push(out);
            }
            tx.rollback().await.unwrap();
            db.close().await;
            all
        })
    }

    pub fn execute(&self, folder: &Path, sql: &str) {
        runtime().block_on(async {
            let db = Db::connect(&self.url(folder)).await.unwrap();
            run(&db, sql).await;
            db.close().await;
        });
    }
}

fn cell(row: &Row, i: usize, kind: char) -> String {
    match kind {
        'i' => row.int(i).unwrap().to_string(),
        'I' => row
            .opt_int(i)
            .unwrap()
            .map_or_else(|| "-".into(), |n| n.to_string()),
        't' => row.text(i).unwrap(),
        'T' => row.opt_text(i).unwrap().unwrap_or_else(|| "-".into()),
        'b' => ansinh::store::keys::hex(&row.bytes(i).unwrap()),
        _ => panic!("no kind of column: {kind}"),
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Database::Postgres { server, name } = self {
            let sql = format!("drop database if exists {name} with (force)");
            runtime().block_on(on_server(server, sql));
        }
    }
}
