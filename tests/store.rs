//! The command runner on both databases: the recorded reply, the dry run, the audit row,
//! and what a Tx that was never committed leaves.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;

use ansinh::args;
use ansinh::error::Fault;
use ansinh::ledger;
use ansinh::store::{Column, Command, Ctx, audit, number_list, run};
use harness::pay::{Pay, code, funded, picture, verify};
use harness::{balances, both, ctx, info, locked, now};
use serde_json::Value;

fn with_key(key: &str) -> Ctx {
    Ctx {
        key: Some(key.into()),
        ..ctx("maker")
    }
}

/// Catches a second payment when the same request comes twice, and a reply kept for other content.
#[test]
fn a_key_answers_again_and_refuses_other_content() {
    both("keyed", async |test| {
        let db = &test.db;
        let pay = funded(db, "A").await;
        let first = run(db, &with_key("k1"), &pay).await.unwrap();
        let before = picture(db, pay.book).await;
        assert_eq!(run(db, &with_key("k1"), &pay).await.unwrap(), first);
        assert_eq!(
            code(
                run(
                    db,
                    &with_key("k1"),
                    &Pay {
                        amount: 99,
                        ..pay.clone()
                    }
                )
                .await
            ),
            "key_reused"
        );
        assert_eq!(
            picture(db, pay.book).await,
            before,
            "a repeated key changed something"
        );
        // The same key in another book is another key.
        let other = funded(db, "B").await;
        run(db, &with_key("k1"), &other).await.unwrap();
        assert_eq!(
            balances(db, other.book, &[other.credit_id]).await,
            [(0, 100)]
        );
    });
}

/// Catches a refusal that is kept under the key, so that the mended state never gets its payment.
#[test]
fn a_refused_command_leaves_nothing_and_its_key_free() {
    both("refused", async |test| {
        let db = &test.db;
        let pay = Pay {
            amount: 150,
            ..funded(db, "A").await
        };
        let before = picture(db, pay.book).await;
        assert_eq!(code(run(db, &with_key("k"), &pay).await), "overdrawn");
        assert_eq!(picture(db, pay.book).await, before);
        let nostro = pay.debit_id - 1;
        let put = Pay {
            client_id: 9,
            debit_id: nostro,
            credit_id: pay.debit_id,
            amount: 50,
            ..pay.clone()
        };
        run(db, &ctx("bank"), &put).await.unwrap();
        run(db, &with_key("k"), &pay).await.unwrap();
    });
}

/// Catches a dry run that writes, or that answers otherwise than the run after it.
#[test]
fn a_dry_run_changes_nothing_and_foretells() {
    both("dry", async |test| {
        let db = &test.db;
        let pay = funded(db, "A").await;
        let before = picture(db, pay.book).await;
        let dry = Ctx {
            dry_run: true,
            ..with_key("k")
        };
        let foretold = run(db, &dry, &pay).await.unwrap();
        assert_eq!(
            code(
                run(
                    db,
                    &dry,
                    &Pay {
                        amount: 101,
                        ..pay.clone()
                    }
                )
                .await
            ),
            "overdrawn"
        );
        assert_eq!(picture(db, pay.book).await, before);
        assert_eq!(run(db, &with_key("k"), &pay).await.unwrap(), foretold);
    });
}

/// Catches a change without its audit row, and an audit row without a change.
#[test]
fn every_command_leaves_one_audit_row_in_a_chain() {
    both("audit", async |test| {
        let db = &test.db;
        let pay = funded(db, "A").await;
        let at = |n: i64| Ctx {
            now: now().plus_seconds(n),
            ..ctx("maker")
        };
        assert_eq!(
            code(
                run(
                    db,
                    &at(1),
                    &Pay {
                        amount: 101,
                        ..pay.clone()
                    }
                )
                .await
            ),
            "overdrawn"
        );
        run(
            db,
            &at(2),
            &Pay {
                amount: 60,
                ..pay.clone()
            },
        )
        .await
        .unwrap();
        run(
            db,
            &at(3),
            &Pay {
                client_id: 3,
                amount: 40,
                ..pay.clone()
            },
        )
        .await
        .unwrap();
        let mut tx = db.begin_read().await.unwrap();
        assert_eq!(audit::verify(&mut tx, pay.book).await.unwrap(), Ok(3));
        let sql = "select seq, at, actor, act, detail from audit where book_id = $1 order by seq";
        let rows = tx.all(sql, args![pay.book]).await.unwrap();
        let last = rows.last().unwrap();
        assert_eq!(
            (last.int(0).unwrap(), last.int(1).unwrap()),
            (3, now().plus_seconds(3).0)
        );
        assert_eq!(
            (
                last.text(2).unwrap().as_str(),
                last.text(3).unwrap().as_str()
            ),
            ("maker", "test.pay")
        );
        let detail: Value = serde_json::from_str(&last.text(4).unwrap()).unwrap();
        assert_eq!(detail["amount"], 40);
        tx.rollback().await.unwrap();
    });
}

/// Catches half of a command that stays behind when the program dies before the commit.
#[test]
fn a_tx_that_is_dropped_leaves_nothing() {
    both("crash", async |test| {
        let db = &test.db;
        let pay = funded(db, "A").await;
        let before = picture(db, pay.book).await;
        let mut tx = locked(db, pay.book).await;
        pay.apply(&mut tx, &ctx("maker")).await.unwrap();
        ledger::open_account(&mut tx, pay.book, &info("x"), "expense/fee")
            .await
            .unwrap();
        drop(tx);
        assert_eq!(picture(db, pay.book).await, before);
        run(db, &ctx("maker"), &pay).await.unwrap();
        verify(db, pay.book).await;
    });
}

/// Catches rows that are lost or shifted where a bulk insert is cut into statements, nulls
/// that become zeros, and lists of numbers or digests that the databases read differently.
#[test]
fn rows_in_bulk_arrive_whole() {
    both("rows", async |test| {
        const N: i64 = 2_503;
        let mut tx = test.db.begin().await.unwrap();
        let columns = |n: i64| {
            let some = |i: i64| (i % 3 == 0).then_some(i);
            [
                Column::Ints(vec![7; usize::try_from(n).unwrap()]),
                Column::Ints((0..n).collect()),
                Column::Texts((0..n).map(|i| format!("kind {}", i % 2)).collect()),
                Column::Ints((0..n).map(|i| i * i).collect()),
                Column::Texts((0..n).map(|i| format!("đồng '{i}'")).collect()),
                Column::Ints((0..n).collect()),
                Column::OptInts((0..n).map(some).collect()),
                Column::OptTexts((0..n).map(|i| some(i).map(|i| i.to_string())).collect()),
            ]
        };
        let into = "outbox(book_id, id, kind, subject_id, payload, created_at, done_at, result)";
        assert_eq!(
            tx.insert_rows(into, &columns(N - 3), "").await.unwrap(),
            2_500
        );
        assert_eq!(
            tx.insert_rows(into, &columns(N), "on conflict do nothing")
                .await
                .unwrap(),
            3
        );
        let wrong = "select count(*) from outbox where subject_id <> id * id or payload <> 'đồng ''' || id || '''' \
                     or coalesce(done_at, -1) <> case when id % 3 = 0 then id else -1 end \
                     or coalesce(result, '') <> case when id % 3 = 0 then cast(id as text) else '' end";
        assert_eq!(tx.one(wrong, args![]).await.unwrap().int(0).unwrap(), 0);
        assert_eq!(
            tx.one("select count(*) from outbox", args![])
                .await
                .unwrap()
                .int(0)
                .unwrap(),
            N
        );
        let listed = format!(
            "select count(*) from outbox where id in ({})",
            number_list(&[-1, 0, 2_502, 2_503])
        );
        assert_eq!(tx.one(&listed, args![]).await.unwrap().int(0).unwrap(), 2);
        let digests = tx.bytes_list(&[vec![0; 32], vec![1; 32]]);
        let heads = format!("select count(*) from head where chain in ({digests})");
        assert_eq!(tx.one(&heads, args![]).await.unwrap().int(0).unwrap(), 1);
        let mut unlike = columns(2);
        unlike[1] = Column::Ints(vec![1]);
        assert!(matches!(
            tx.insert_rows(into, &unlike, "").await,
            Err(Fault::Corrupt(_))
        ));
        tx.rollback().await.unwrap();
    });
}
