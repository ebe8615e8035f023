//! Databases for tests: a fresh migrated SQLite file in a temporary folder and, where
//! `ANSINH_TEST_POSTGRES` names a server (a URL without a database), a fresh PostgreSQL
//! database with a name of its own. Both are gone after the test, also after a failed one.
//!
//! Without the variable the PostgreSQL half says that it did not run; `tests/run` sets
//! `ANSINH_TEST_REQUIRE_POSTGRES=1`, which turns that into a failure. Time is fixed.

// Each test crate has a copy of this file and uses its own part of it.
#![allow(dead_code)]

pub mod pay;

use ansinh::clock::{Clock, Instant};
use ansinh::ledger::{self, BookKind, PostingInfo};
use ansinh::store::{Ctx, Db, Engine, INSTALLATION, Tx, migrate};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::{Builder, Runtime};

/// A database of one test.
pub struct TestDb {
    pub db: Db,
    pub url: String,
    /// Held for its drop, which removes the file.
    folder: Option<tempfile::TempDir>,
    /// On PostgreSQL: the server, and the database's name on it.
    server: Option<(String, String)>,
}

impl TestDb {
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// Another program's view: a second pool on the same database.
    pub async fn again(&self) -> Db {
        Db::connect(&self.url).await.unwrap()
    }

    pub async fn remove(self) {
        self.db.close().await;
        if let Some((server, name)) = &self.server {
            on_server(server, &format!("drop database {name} with (force)")).await;
        }
    }
}

/// The instant at which tests happen: 5 June 2026, 09:00 in Hà Nội.
pub fn clock() -> Clock {
    Clock::Fixed(Instant::parse("2026-06-05T09:00").unwrap())
}

pub fn now() -> Instant {
    clock().now()
}

pub fn ctx(actor: &str) -> Ctx {
    Ctx::new(actor, now())
}

pub fn info(code: &str) -> PostingInfo {
    PostingInfo::new(code, &ctx("tester"), now().day(), 0)
}

/// The PostgreSQL server of the tests, if there is one.
pub fn postgres_server() -> Option<String> {
    match std::env::var("ANSINH_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => Some(url.trim_end_matches('/').to_owned()),
        _ if std::env::var("ANSINH_TEST_REQUIRE_POSTGRES").is_ok_and(|v| v == "1") => {
            panic!("PostgreSQL is required, but ANSINH_TEST_POSTGRES names no server")
        }
        _ => None,
    }
}

async fn on_server(server: &str, sql: &str) {
    let db = Db::connect(&format!("{server}/postgres")).await.unwrap();
    let Db::Postgres { pool } = &db else {
        unreachable!("the URL is of PostgreSQL")
    };
    // Not in a Tx: making and dropping a database allow none.
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
        .execute(pool)
        .await
        .unwrap();
    db.close().await;
}

/// Fresh migrated databases, one for each engine that is there.
pub async fn databases(name: &str) -> Vec<TestDb> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite:{}",
        folder.path().join(format!("{name}.db")).display()
    );
    let db = Db::connect(&url).await.unwrap();
    let mut out = vec![TestDb {
        db,
        url,
        folder: Some(folder),
        server: None,
    }];
    match postgres_server() {
        None => eprintln!(
            "{name}: PostgreSQL is not there, only SQLite is tested (tests/run brings it)"
        ),
        Some(server) => {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let own = format!("ansinh_{name}_{}_{number}", std::process::id());
            on_server(&server, &format!("create database {own}")).await;
            let url = format!("{server}/{own}");
            let db = Db::connect(&url).await.unwrap();
            out.push(TestDb {
                db,
                url,
                folder: None,
                server: Some((server, own)),
            });
        }
    }
    for test in &out {
        migrate::migrate(&test.db, now()).await.unwrap();
    }
    out
}

pub fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// Runs `test` with all databases at once, to compare what they answer.
pub fn together(name: &str, test: impl FnOnce(&Runtime, &[TestDb])) {
    let runtime = runtime();
    let all = runtime.block_on(databases(name));
    let outcome = catch_unwind(AssertUnwindSafe(|| test(&runtime, &all)));
    for db in all {
        runtime.block_on(db.remove());
    }
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Runs `test` on each database on its own.
pub fn both(name: &str, test: impl AsyncFn(&TestDb)) {
    together(name, |runtime, all| {
        for db in all {
            eprintln!("{name} on {:?}", db.engine());
            runtime.block_on(test(db));
        }
    });
}

/// Opens a book and commits it; its id.
pub async fn open_book(db: &Db, code: &str) -> i64 {
    let mut tx = db.begin().await.unwrap();
    tx.lock_heads(&[INSTALLATION]).await.unwrap();
    let book = ledger::open_book(&mut tx, code, code, BookKind::LabourOffice, now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    book.id
}

/// Opens accounts by the chart, each in a posting of its own; their ids.
pub async fn open_accounts(db: &Db, book: i64, names: &[&str]) -> Vec<i64> {
    let mut tx = locked(db, book).await;
    let mut ids = Vec::new();
    for name in names {
        ids.push(
            ledger::open_account(&mut tx, book, &info("setup"), name)
                .await
                .unwrap(),
        );
    }
    tx.commit().await.unwrap();
    ids
}

/// A Tx that holds the head of `book`.
pub async fn locked(db: &Db, book: i64) -> Tx {
    let mut tx = db.begin().await.unwrap();
    tx.lock_heads(&[book]).await.unwrap();
    tx
}

/// The balances of accounts as the database holds them: (debits, credits).
pub async fn balances(db: &Db, book: i64, ids: &[i64]) -> Vec<(i64, i64)> {
    let mut tx = db.begin_read().await.unwrap();
    let states = ledger::load_balances(&mut tx, book, ids).await.unwrap();
    tx.rollback().await.unwrap();
    ids.iter()
        .map(|id| (states[id].debits, states[id].credits))
        .collect()
}

/// One number from the database.
pub async fn number(db: &Db, sql: &str) -> i64 {
    let mut tx = db.begin_read().await.unwrap();
    let n = tx.one(sql, Vec::new()).await.unwrap().int(0).unwrap();
    tx.rollback().await.unwrap();
    n
}
