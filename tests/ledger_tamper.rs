//! Damage done behind the program's back: each kind is tried on a book of known rows, in a
//! Tx that is rolled back, and `verify` must find it and name the first wrong row.
//!
//! What a book cannot find alone is shown too: whoever rewrites all of it, or cuts it at a
//! clean place, is found only by a chain head that was kept outside, as signed days do.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "ledger/damages.rs"]
mod damages;
mod harness;

use ansinh::args;
use ansinh::clock::Instant;
use ansinh::ledger::chain::{self, Link, PostingLink};
use ansinh::ledger::verify::{Verified, Wrong, verify};
use ansinh::ledger::{self, Code, NewTransfer, PostingInfo};
use ansinh::store::{Ctx, Db, Engine, Tx, audit};
use ansinh_settlement::Dong;
use damages::DAMAGES;
use harness::{TestDb, both, now, open_book};

/// The book of the tests: postings 1 to 4 open the accounts 1 to 4, posting 5 holds the
/// transfers 1 and 2, posting 6 the transfers 3 to 5, posting 7 the transfer 6, which undoes
/// 5; three audit rows.
async fn book(db: &Db) -> i64 {
    let book = open_book(db, "A").await;
    harness::open_book(db, "B").await;
    let names = ["nostro/a", "fund/x", "beneficiary/1/x", "beneficiary/2/x"];
    let ids = harness::open_accounts(db, book, &names).await;
    let pay = |id: i64, debit: usize, credit: usize, amount: i64| {
        let amount = Dong::new(amount).unwrap();
        NewTransfer::new(id, ids[debit], ids[credit], amount, Code::Granted, 40 + id)
    };
    let postings = [
        vec![pay(11, 0, 1, 1_000), pay(12, 0, 1, 500)],
        vec![pay(13, 1, 2, 300), pay(14, 1, 3, 200), pay(15, 1, 3, 100)],
    ];
    for (n, transfers) in (0..).zip(&postings) {
        let mut tx = harness::locked(db, book).await;
        let (ctx, info) = made(n);
        ledger::post_all(&mut tx, book, &info, transfers)
            .await
            .unwrap();
        audit::record(
            &mut tx,
            book,
            &ctx,
            "test.post",
            &serde_json::json!({ "n": n }),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = harness::locked(db, book).await;
    let (ctx, info) = made(2);
    ledger::reverse(&mut tx, book, &info, 5).await.unwrap();
    audit::record(&mut tx, book, &ctx, "test.reverse", &serde_json::json!({}))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    book
}

fn made(minute: i64) -> (Ctx, PostingInfo) {
    let at: Instant = now().plus_seconds(60 * minute);
    let ctx = Ctx::new("accountant", at);
    let info = PostingInfo::new("test", &ctx, at.day(), 9);
    (ctx, info)
}

fn spelled(sql: &str, book: i64, engine: Engine) -> String {
    let zeros = |n: usize| match engine {
        Engine::Sqlite => format!("x'{}'", "00".repeat(n)),
        Engine::Postgres => format!("'\\x{}'::bytea", "00".repeat(n)),
    };
    sql.replace("{b}", &book.to_string())
        .replace("{zeros}", &zeros(8))
        .replace("{zeros32}", &zeros(32))
}

async fn verified(tx: &mut Tx, book: i64) -> Result<Verified, Wrong> {
    verify(tx, book, |_| ()).await.unwrap()
}

/// Catches a kind of damage that goes unseen, or that is looked for in the wrong place.
#[test]
fn every_damage_is_found_and_its_place_is_named() {
    both("damage", async |test| {
        let book = book(&test.db).await;
        let mut unseen = Vec::new();
        for (what, statements, place) in DAMAGES {
            let mut tx = test.db.begin().await.unwrap();
            for sql in *statements {
                let done = tx
                    .execute(&spelled(sql, book, test.engine()), args![])
                    .await
                    .unwrap();
                assert!(done > 0, "{what}: nothing was damaged by {sql}");
            }
            match verified(&mut tx, book).await {
                Ok(_) => unseen.push(format!("{what}: not found")),
                // The audit names its row in the sentence.
                Err(wrong)
                    if wrong.place.split(", ").any(|p| p == *place)
                        || wrong.what.starts_with(place) => {}
                Err(wrong) => unseen.push(format!("{what}: not at {place}, but {wrong:?}")),
            }
            tx.rollback().await.unwrap();
        }
        assert!(unseen.is_empty(), "{:#?}", unseen);
        let mut tx = test.db.begin_read().await.unwrap();
        verified(&mut tx, book).await.unwrap();
        tx.rollback().await.unwrap();
    });
}

/// What a person who may write everything can do: change a row, then make all that is
/// computed from it right again.
async fn rewrite(tx: &mut Tx, book: i64) {
    let mut link = [0u8; 32];
    let sql = "select no, at, day, coalesce(own_day, 0), cause_id, first_seq, count, code, actor, accounts from posting \
               where book_id = $1 order by no";
    for p in tx.all(sql, args![book]).await.unwrap() {
        let n = |i| p.int(i).unwrap();
        let (code, actor, accounts) =
            (p.text(7).unwrap(), p.text(8).unwrap(), p.digest(9).unwrap());
        let row = PostingLink {
            no: n(0),
            at: n(1),
            day: n(2),
            own_day: n(3),
            cause_id: n(4),
            first_seq: n(5),
            code: &code,
            actor: &actor,
            accounts: &accounts,
        };
        link = chain::after_posting(&link, &row);
        let sql = "select seq, client_id, posting_no, debit_id, credit_id, amount, code, cause_id, coalesce(reverses_seq, 0) \
                   from transfer where book_id = $1 and posting_no = $2 order by seq";
        let mut total = 0;
        for t in tx.all(sql, args![book, row.no]).await.unwrap() {
            let n = |i| t.int(i).unwrap();
            let row = Link {
                seq: n(0),
                client_id: n(1),
                posting_no: n(2),
                debit_id: n(3),
                credit_id: n(4),
                amount: n(5),
                code: n(6),
                cause_id: n(7),
                reverses_seq: n(8),
            };
            link = chain::after_transfer(&link, &row);
            total += row.amount;
            let set = "update transfer set link = $3 where book_id = $1 and seq = $2";
            tx.execute(set, args![book, row.seq, chain::short(&link).to_vec()])
                .await
                .unwrap();
        }
        let set = "update posting set link = $3, total = $4 where book_id = $1 and no = $2";
        tx.execute(set, args![book, row.no, link, total])
            .await
            .unwrap();
    }
    tx.execute(
        "update head set chain = $2 where book_id = $1",
        args![book, link],
    )
    .await
    .unwrap();
    for side in ["debit", "credit"] {
        let set = format!(
            "update balance set {side}s = (select cast(coalesce(sum(amount), 0) as bigint) from transfer t \
             where t.book_id = balance.book_id and t.{side}_id = balance.account_id) where book_id = $1"
        );
        tx.execute(&set, args![book]).await.unwrap();
    }
}

/// Every link of a posting, as somebody outside may have kept them.
async fn links(tx: &mut Tx, book: i64) -> Vec<(i64, [u8; 32])> {
    let rows = tx
        .all(
            "select no, link from posting where book_id = $1 order by no",
            args![book],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|r| (r.int(0).unwrap(), r.digest(1).unwrap()))
        .collect()
}

async fn rewritten(
    test: &TestDb,
    book: i64,
    statements: &[&str],
) -> (Verified, Vec<(i64, [u8; 32])>) {
    let mut tx = test.db.begin().await.unwrap();
    for sql in statements {
        tx.execute(&spelled(sql, book, test.engine()), args![])
            .await
            .unwrap();
    }
    rewrite(&mut tx, book).await;
    let found = verified(&mut tx, book)
        .await
        .expect("the rewriting is not clean");
    let links = links(&mut tx, book).await;
    tx.rollback().await.unwrap();
    (found, links)
}

/// Catches a chain that can be computed anew, after an edit or a clean cut, and still ends
/// in the head that was signed before: the links kept outside must differ from the first
/// changed posting on, and agree before it.
#[test]
fn a_rewritten_book_differs_from_the_heads_kept_outside() {
    both("rewrite", async |test| {
        let book = book(&test.db).await;
        let mut tx = test.db.begin_read().await.unwrap();
        let (signed, kept) = (
            verified(&mut tx, book).await.unwrap(),
            links(&mut tx, book).await,
        );
        tx.rollback().await.unwrap();
        let (same, links) = rewritten(test, book, &[]).await;
        assert_eq!(
            (same.chain_head, links),
            (signed.chain_head.clone(), kept.clone())
        );

        let edit = ["update transfer set credit_id = 3 where book_id = {b} and seq = 4"];
        let cut = [
            "delete from transfer where book_id = {b} and seq = 6",
            "delete from posting where book_id = {b} and no = 7",
            "update head set transfer_seq = 5, posting_no = 6 where book_id = {b}",
        ];
        for (statements, first) in [(&edit[..], 6), (&cut[..], 7)] {
            let (found, links) = rewritten(test, book, statements).await;
            assert_ne!(found.chain_head, signed.chain_head);
            let wrong = kept.iter().find(|k| !links.contains(k)).map(|(no, _)| *no);
            assert_eq!(
                wrong,
                Some(first),
                "the first posting that differs from what was kept"
            );
        }
    });
}
