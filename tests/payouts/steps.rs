//! What people do with payouts, step by step, and what the bank answers.

// Two test crates have a copy of this file; each uses its own part of it.
#![allow(dead_code)]

use super::bank::{Line, code, on, statement_on, told};
use super::harness::{self, number};
use super::world::{Bills, School, school};
use ansinh::args;
use ansinh::collection::notice::Told;
use ansinh::collection::payout::{MakeRefund, MakeRemittance, PayTo};
use ansinh::collection::payout_batch::{PreparePayouts, PreparedPayouts};
use ansinh::collection::report::statement_of;
use ansinh::collection::school::find_debtor;
use ansinh::collection::sql::cash;
use ansinh::disbursement::approve::{ApproveBatch, SubmitBatch};
use ansinh::disbursement::release::ReleaseBatch;
use ansinh::disbursement::send::SendBatch;
use ansinh::error::Failure;
use ansinh::payment;
use ansinh::reconcile::close::CloseDay;
use ansinh::reconcile::import::Imported;
use ansinh::reconcile::verify::verify;
use ansinh::store::{Db, run};
use ansinh_settlement::Day;

pub const SOURCE: (&str, &str) = ("970436", "0071000012345");
pub const OTHER: (&str, &str) = ("970415", "101000054321");

/// A school with a cashier and a head, and a bank's word on who owns `OTHER`.
pub async fn set_up(db: &Db, folder: &std::path::Path, bills: Bills<'_>) -> School {
    let s = school(db, folder, bills, true).await;
    let mut tx = harness::locked(db, s.book.id).await;
    for (staff, role) in [("quy", "school_cashier"), ("hieu", "school_head")] {
        let sql = "insert into staff(code, name) values ($1, $1)";
        tx.execute(sql, args![staff]).await.unwrap();
        let sql = "insert into staff_role(staff, book_id, role) values ($1, $2, $3)";
        tx.execute(sql, args![staff, s.book.id, role])
            .await
            .unwrap();
    }
    let counter = s.keys.fingerprint(OTHER.0, OTHER.1);
    let sql = "insert into holder(counter, holder_name, status, as_of) values ($1, 'TRAN THI ME', 'open', 1)";
    tx.execute(sql, args![counter]).await.unwrap();
    tx.commit().await.unwrap();
    s
}

/// A notice that names the account of the payer.
pub fn from_source(s: &School, id: usize, content: &str, amount: i64) -> Told {
    Told {
        counter: s.keys.fingerprint(SOURCE.0, SOURCE.1),
        counter_text: Some(format!("{}|{}", SOURCE.0, SOURCE.1)),
        ..told(s, id, content, amount)
    }
}

pub fn refund(s: &School, amount: i64, to: PayTo) -> MakeRefund {
    MakeRefund {
        book: s.book.clone(),
        debtor: "HS0".into(),
        amount,
        to,
        name: "TRAN THI ME".into(),
        reason: "Phụ huynh nộp thừa, xin lại".into(),
        keys: s.keys.clone(),
    }
}

pub fn remittance(s: &School) -> MakeRemittance {
    MakeRemittance {
        book: s.book.clone(),
        third_party: "bhxh".into(),
        bin: "970418".into(),
        number: "21510000999".into(),
        name: "BAO HIEM XA HOI HUYEN".into(),
        until: Day::parse("2026-12-31").unwrap(),
        keys: s.keys.clone(),
    }
}

pub async fn prepare(db: &Db, s: &School, day: &str) -> Result<PreparedPayouts, Failure> {
    let command = PreparePayouts {
        book: s.book.clone(),
    };
    run(db, &on("quy", day), &command).await
}

/// Submits, approves, releases and sends a prepared batch; the references of its lines.
pub async fn pay(db: &Db, s: &School, batch: &str, day: &str) -> Vec<String> {
    let (book, batch) = (s.book.clone(), batch.parse().unwrap());
    let submit = SubmitBatch {
        book: book.clone(),
        batch,
    };
    run(db, &on("quy", day), &submit).await.unwrap();
    let approve = ApproveBatch {
        book: book.clone(),
        batch,
        digest: None,
        keys: s.keys.clone(),
    };
    let alone = run(db, &on("quy", day), &approve).await;
    assert_eq!(code(alone), "role_missing", "a cashier approves alone");
    run(db, &on("hieu", day), &approve).await.unwrap();
    let release = ReleaseBatch {
        book: book.clone(),
        batch,
        keys: s.keys.clone(),
    };
    run(db, &on("hieu", day), &release).await.unwrap();
    let send = SendBatch {
        book,
        batch,
        keys: s.keys.clone(),
    };
    let file = run(db, &on("ketoan", day), &send).await.unwrap();
    (file.first_id..=file.last_id)
        .map(|id| payment::reference(s.book.id, id).unwrap().to_string())
        .collect()
}

pub async fn statement(db: &Db, s: &School, day: &str, lines: &[Line<'_>]) -> Imported {
    let imported = statement_on(db, s, day, lines).await;
    check(db, s).await;
    imported
}

pub async fn check(db: &Db, s: &School) {
    let mut tx = db.begin_read().await.unwrap();
    let verified = verify(&mut tx, &s.book, &s.keys).await.unwrap();
    tx.rollback().await.unwrap();
    verified.unwrap();
}

pub async fn close(db: &Db, s: &School, day: &str, on_day: &str) {
    let command = CloseDay {
        book: s.book.clone(),
        bank_account: s.bank.code.clone(),
        day: Day::parse(day).unwrap(),
        keys: s.keys.clone(),
    };
    run(db, &on("truong", on_day), &command).await.unwrap();
}

/// What the first pupil has in credit, and what the statement of account says is owed.
pub async fn credit_and_owed(db: &Db, s: &School) -> (i64, i64) {
    let mut tx = db.begin_read().await.unwrap();
    let sums = cash::debtor_sums(&mut tx, s.book.id).await.unwrap();
    let debtor = find_debtor(&mut tx, &s.book, "HS0").await.unwrap();
    let rows = statement_of(&mut tx, s.book.id, &debtor).await.unwrap();
    tx.rollback().await.unwrap();
    (sums[0].3, rows.last().map_or(0, |m| m.balance))
}

pub async fn collection_id(db: &Db) -> i64 {
    number(db, "select max(id) from collection").await
}

pub fn credit(amount: i64, reference: &str, note: &str) -> Line<'static> {
    ("C", amount, reference.to_owned(), note.to_owned())
}

pub fn debit(amount: i64, reference: &str) -> Line<'static> {
    ("D", amount, reference.to_owned(), String::new())
}
