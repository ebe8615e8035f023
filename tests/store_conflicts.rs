//! Many at once, and two connections in each other's way: last money, dense ids, real
//! deadlocks and busy files, a reader beside a writer, a second program that waits.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;

use ansinh::args;
use ansinh::error::{Failure, Fault};
use ansinh::store::{Command, Ctx, Engine, Tx, run};
use harness::pay::{IDS, Pay, code, funded, picture, verify};
use harness::{balances, both, ctx, locked, number, open_book};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Barrier;

/// Catches two operators who both get the last money of a fund.
#[test]
fn of_many_at_once_exactly_one_gets_the_last_money() {
    both("race", async |test| {
        let pay = funded(&test.db, "A").await;
        // Two programs on one database, four operators each.
        let dbs = [test.db.clone(), test.again().await];
        let tasks: Vec<_> = (0..8)
            .map(|i: i64| {
                let (db, pay) = (
                    dbs[usize::from(i % 2 == 1)].clone(),
                    Pay {
                        client_id: 10 + i,
                        ..pay.clone()
                    },
                );
                tokio::spawn(async move { code(run(&db, &ctx("operator"), &pay).await) })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers.sort_unstable();
        assert_eq!(answers[0], "done", "{answers:?}");
        assert!(
            answers[1..].iter().all(|a| *a == "overdrawn"),
            "{answers:?}"
        );
        assert_eq!(
            balances(&test.db, pay.book, &[pay.debit_id, pay.credit_id]).await,
            [(100, 100), (0, 100)]
        );
        verify(&test.db, pay.book).await;
        dbs[1].close().await;
    });
}

/// Catches a request that is sent twice at once and done twice.
#[test]
fn the_same_key_at_once_is_done_once() {
    both("twice", async |test| {
        let pay = Pay {
            amount: 10,
            ..funded(&test.db, "A").await
        };
        let tasks: Vec<_> = (0..6)
            .map(|_| {
                let (db, pay) = (test.db.clone(), pay.clone());
                tokio::spawn(async move {
                    run(
                        &db,
                        &Ctx {
                            key: Some("same".into()),
                            ..ctx("maker")
                        },
                        &pay,
                    )
                    .await
                    .unwrap()
                })
            })
            .collect();
        let mut replies = Vec::new();
        for task in tasks {
            replies.push(task.await.unwrap());
        }
        assert!(replies.iter().all(|r| *r == replies[0]), "{replies:?}");
        assert_eq!(
            balances(&test.db, pay.book, &[pay.credit_id]).await,
            [(0, 10)]
        );
    });
}

/// Catches an id that two commands hold, and a gap in numbers that must be dense.
#[test]
fn reserved_ids_are_dense_and_unique_at_once() {
    both("ids", async |test| {
        let pay = Pay {
            amount: 1,
            ..funded(&test.db, "A").await
        };
        let next = number(&test.db, "select next_id from head where book_id = 1").await;
        let tasks: Vec<_> = (0..12)
            .map(|i| {
                let (db, pay) = (
                    test.db.clone(),
                    Pay {
                        client_id: 100 + i,
                        ..pay.clone()
                    },
                );
                tokio::spawn(
                    async move { run(&db, &ctx("operator"), &pay).await.unwrap().first_id },
                )
            })
            .collect();
        let mut first = Vec::new();
        for task in tasks {
            first.push(task.await.unwrap());
        }
        first.sort_unstable();
        assert_eq!(first, (0..12).map(|i| next + i * IDS).collect::<Vec<_>>());
        assert_eq!(
            number(&test.db, "select next_id from head where book_id = 1").await,
            next + 12 * IDS
        );
        verify(&test.db, pay.book).await;
    });
}

/// Meets a real conflict in its first attempts: a lock that another connection holds and
/// that this one does not wait for, or, with the books in opposite order, a deadlock.
struct Conflict {
    book: i64,
    url: String,
    /// How many attempts meet it.
    times: u32,
    attempts: AtomicU32,
}

impl Command for Conflict {
    const NAME: &'static str = "test.conflict";
    type Reply = u32;

    fn books(&self) -> Vec<i64> {
        vec![self.book]
    }

    fn input(&self) -> Value {
        json!({})
    }

    async fn apply(&self, tx: &mut Tx, _: &Ctx) -> Result<u32, Failure> {
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst) + 1;
        tx.reserve_ids(self.book, 1)?;
        if attempt <= self.times {
            match tx.engine() {
                Engine::Sqlite => busy_sqlite(&self.url).await?,
                // Our own Tx holds the head's row, so this one cannot get it.
                Engine::Postgres => busy_postgres(&self.url, self.book).await?,
            }
        }
        Ok(attempt)
    }
}

async fn busy_sqlite(url: &str) -> Result<(), Fault> {
    use sqlx::{Connection as _, sqlite::SqliteConnectOptions};
    let file = url.trim_start_matches("sqlite:");
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(std::time::Duration::ZERO);
    let mut other = sqlx::SqliteConnection::connect_with(&options).await?;
    sqlx::raw_sql("begin immediate").execute(&mut other).await?;
    Ok(())
}

async fn busy_postgres(url: &str, book: i64) -> Result<(), Fault> {
    use sqlx::Connection as _;
    let mut other = sqlx::PgConnection::connect(url).await?;
    let sql = format!("select 1 from head where book_id = {book} for update nowait");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut other)
        .await?;
    Ok(())
}

/// Catches a passing conflict that reaches the operator, a half attempt that stays, and
/// trying for ever.
#[test]
fn a_conflict_is_tried_again_from_the_start_but_not_for_ever() {
    both("conflict", async |test| {
        let book = open_book(&test.db, "A").await;
        let conflict = |times| Conflict {
            book,
            url: test.url.clone(),
            times,
            attempts: AtomicU32::new(0),
        };
        let passing = conflict(2);
        assert_eq!(run(&test.db, &ctx("maker"), &passing).await.unwrap(), 3);
        assert_eq!(
            number(&test.db, "select next_id from head where book_id = 1").await,
            2,
            "ids of failed attempts"
        );
        let lasting = conflict(u32::MAX);
        let before = picture(&test.db, book).await;
        let Err(Failure::Fault(fault)) = run(&test.db, &ctx("maker"), &lasting).await else {
            panic!("a fault was due")
        };
        assert!(fault.is_transient(), "{fault}");
        assert_eq!(lasting.attempts.load(Ordering::SeqCst), 8);
        assert_eq!(picture(&test.db, book).await, before);
    });
}

/// Fails in a way that no second attempt mends: a row that is there twice.
struct Broken {
    book: i64,
    attempts: AtomicU32,
}

impl Command for Broken {
    const NAME: &'static str = "test.broken";
    type Reply = ();

    fn books(&self) -> Vec<i64> {
        vec![self.book]
    }

    fn input(&self) -> Value {
        json!({})
    }

    async fn apply(&self, tx: &mut Tx, _: &Ctx) -> Result<(), Failure> {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        for _ in 0..2 {
            tx.execute("insert into staff(code, name) values ('a', 'A')", args![])
                .await?;
        }
        Ok(())
    }
}

/// Catches a fault that is tried again though the same must happen again.
#[test]
fn a_lasting_fault_is_not_tried_again() {
    both("lasting", async |test| {
        let book = open_book(&test.db, "A").await;
        let broken = Broken {
            book,
            attempts: AtomicU32::new(0),
        };
        let result = run(&test.db, &ctx("maker"), &broken).await;
        assert!(matches!(result, Err(Failure::Fault(_))), "{result:?}");
        assert_eq!(broken.attempts.load(Ordering::SeqCst), 1);
        assert_eq!(number(&test.db, "select count(*) from staff").await, 0);
    });
}

/// Locks a second book only after the first: with a twin the other way round, a deadlock.
struct Crossing {
    first: i64,
    second: i64,
    both_hold: Arc<Barrier>,
    attempts: AtomicU32,
}

impl Command for Crossing {
    const NAME: &'static str = "test.crossing";
    type Reply = u32;

    fn books(&self) -> Vec<i64> {
        vec![self.first]
    }

    fn input(&self) -> Value {
        json!({})
    }

    async fn apply(&self, tx: &mut Tx, _: &Ctx) -> Result<u32, Failure> {
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst) + 1;
        tx.reserve_ids(self.first, 1)?;
        // SQLite has one writer: there the second never stands inside at the same time.
        if attempt == 1 && tx.engine() == Engine::Postgres {
            self.both_hold.wait().await;
        }
        tx.lock_heads(&[self.second]).await?;
        tx.reserve_ids(self.second, 1)?;
        Ok(attempt)
    }
}

/// Catches a deadlock that one of two operators gets to see, or whose victim works twice.
#[test]
fn a_deadlock_is_broken_and_both_are_done() {
    both("deadlock", async |test| {
        let (a, b) = (
            open_book(&test.db, "A").await,
            open_book(&test.db, "B").await,
        );
        let both_hold = Arc::new(Barrier::new(2));
        let start = |first, second| {
            let command = Crossing {
                first,
                second,
                both_hold: both_hold.clone(),
                attempts: AtomicU32::new(0),
            };
            let db = test.db.clone();
            tokio::spawn(async move { run(&db, &ctx("maker"), &command).await.unwrap() })
        };
        let tasks = (start(a, b), start(b, a));
        let attempts = tasks.0.await.unwrap() + tasks.1.await.unwrap();
        // The victim may take its first book again before the other wakes up: then once more.
        let least = if test.engine() == Engine::Postgres {
            3
        } else {
            2
        };
        assert!(attempts >= least, "nobody was the victim of a deadlock");
        let sum = "select cast(sum(next_id) as bigint) from head where book_id > 0";
        assert_eq!(number(&test.db, sum).await, 2 + 4);
    });
}

/// Catches a program that fails, instead of waiting, while another one writes.
#[test]
fn a_second_program_waits_for_the_first() {
    both("waits", async |test| {
        let pay = funded(&test.db, "A").await;
        let other = test.again().await;
        let holding = locked(&other, pay.book).await;
        let waiting = {
            let (db, pay) = (test.db.clone(), pay.clone());
            tokio::spawn(async move { run(&db, &ctx("maker"), &pay).await.map(|paid| paid.seq) })
        };
        tokio::task::yield_now().await;
        holding.commit().await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), 2);
        other.close().await;
    });
}

/// Catches a report whose first and last page are from different moments.
#[test]
fn a_reader_sees_one_moment_beside_a_writer() {
    both("moment", async |test| {
        let pay = funded(&test.db, "A").await;
        let mut tx = test.db.begin_read().await.unwrap();
        let sql = "select count(*) from transfer where book_id = $1";
        let before = tx.one(sql, args![pay.book]).await.unwrap().int(0).unwrap();
        run(&test.db, &ctx("maker"), &pay).await.unwrap();
        let after = tx.one(sql, args![pay.book]).await.unwrap().int(0).unwrap();
        tx.rollback().await.unwrap();
        assert_eq!((before, after), (1, 1));
        assert_eq!(number(&test.db, "select count(*) from transfer").await, 2);
    });
}
