//! How long a bulk posting of many lines takes: `grant URL LINES`, on an empty database.
//! It opens the accounts, grants and sends every line, and verifies the book.

// A measurement by hand: it stops at the first thing that goes wrong.
#![allow(clippy::unwrap_used)]

use ansinh::args;
use ansinh::clock::*;
use ansinh::ledger::bulk::*;
use ansinh::ledger::*;
use ansinh::store::*;
use std::time::Instant as T;
#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let n: i64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let db = Db::connect(&url).await.unwrap();
    let now = Clock::System.now();
    migrate::migrate(&db, now).await.unwrap();
    let ctx = Ctx::new("x", now);
    let mut tx = db.begin().await.unwrap();
    tx.lock_heads(&[0]).await.unwrap();
    let b = open_book(&mut tx, "LO", "x", BookKind::LabourOffice, now)
        .await
        .unwrap()
        .id;
    let info = PostingInfo::new("t", &ctx, now.day(), 0);
    let fund = open_account(&mut tx, b, &info, "fund/x").await.unwrap();
    let nostro = open_account(&mut tx, b, &info, "nostro/x").await.unwrap();
    let t = T::now();
    let mut first = 0;
    let mut done = 0;
    while done < n {
        let k = (n - done).min(20000);
        let v: Vec<_> = (0..k)
            .map(|i| {
                (
                    format!("beneficiary/{}/x", done + i),
                    AccountKind::Liability,
                    true,
                )
            })
            .collect();
        let f = open_accounts(&mut tx, b, &info, &v).await.unwrap();
        if done == 0 {
            first = f;
        }
        done += k;
    }
    println!("accounts {:?}", t.elapsed());
    let t = T::now();
    let base = 10_000_000i64;
    let mut i = 0;
    while i < n {
        let k = (n - i).min(20000);
        let c = |f: &dyn Fn(i64) -> i64| Column::Ints((i..i + k).map(f).collect());
        tx.insert_rows(
            "instruction(book_id,id,batch_id,account_id,address_id,counter,amount,cause_id)",
            &[
                c(&|_| b),
                c(&|i| base + i),
                c(&|_| 1),
                c(&|i| first + i),
                c(&|i| i),
                c(&|i| i * 7919),
                c(&|i| 500000 + i % 7),
                c(&|i| base * 3 + i),
            ],
            "",
        )
        .await
        .unwrap();
        i += k;
    }
    println!("instructions {:?}", t.elapsed());
    post_all(
        &mut tx,
        b,
        &info,
        &[NewTransfer::new(
            1,
            nostro,
            fund,
            ansinh_settlement::Dong::new(1_000_000_000_000_000).unwrap(),
            Code::BudgetReceived,
            1,
        )],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    db.analyze().await.unwrap();
    for (code, other, side) in [
        (Code::Granted, fund, Side::Credit),
        (Code::Sent, nostro, Side::Debit),
    ] {
        let t = T::now();
        let mut tx = db.begin().await.unwrap();
        tx.lock_heads(&[b]).await.unwrap();
        let lines = Lines {
            select: "select id as key, account_id, amount, cause_id from instruction where book_id = $1 and id between $2 and $3 order by id",
            args: args![],
            first_key: base,
            last_key: base + n - 1,
        };
        let r = post_lines(&mut tx, b, &info, code, other, side, &lines)
            .await
            .unwrap();
        println!("posted in tx {:?}", t.elapsed());
        tx.commit().await.unwrap();
        let e = t.elapsed();
        println!(
            "{r:?} {:?} {}/s",
            e,
            u128::from(n.unsigned_abs()) * 1000 / e.as_millis()
        );
    }
    let t = T::now();
    let mut tx = db.begin_read().await.unwrap();
    println!(
        "{:?} {:?}",
        verify::verify(&mut tx, b, |_| ()).await.unwrap(),
        t.elapsed()
    );
}
