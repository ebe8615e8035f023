//! Bills that somebody edits behind the program's back, on both databases; and credit that
//! stays idle beside open bills.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "school_cash/bank.rs"]
mod bank;
mod harness;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::collection::sql::cash;
use ansinh::reconcile::assign::AssignCredit;
use ansinh::reconcile::verify::verify;
use ansinh::store::{Db, run};
use bank::{code, on, statement_on, take, told};
use harness::{both, number};
use world::{School, school};

async fn place(db: &Db, s: &School) -> Option<String> {
    let mut tx = db.begin_read().await.unwrap();
    let verified = verify(&mut tx, &s.book, &s.keys).await.unwrap();
    tx.rollback().await.unwrap();
    verified.err().map(|wrong| wrong.place)
}

/// Catches a bill that was issued and whose amount, debtor, account, state, payment code or
/// whole row is another than the ledger and its own lines say, and nobody is told.
#[test]
fn an_issued_bill_that_is_edited_is_found() {
    both("bill_tamper", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let bills = [(0, 100, 40), (1, 70, 30), (0, 50, 0)];
        let s = school(db, folder.path(), &bills, false).await;
        take(db, &s, vec![told(&s, 1, &s.codes[2], 50)]).await;
        assert_eq!(place(db, &s).await, None);
        let first = "(select min(id) from bill)";
        let set = |to: &str, from: &str| {
            format!("update bill set pay_code = '{to}' where pay_code = '{from}'")
        };
        // Two codes change places, past the index that keeps each once.
        let swap = vec![
            set("X", &s.codes[0]),
            set(&s.codes[0], &s.codes[1]),
            set(&s.codes[1], "X"),
        ];
        let edits: Vec<Vec<String>> = vec![
            vec![
                format!(
                    "update bill_line set amount = amount + 1000 where bill_id = {first} and no = 1"
                ),
                format!("update bill set total = total + 1000 where id = {first}"),
            ],
            vec![format!(
                "update bill set total = total + 1000 where id = {first}"
            )],
            vec![
                format!(
                    "update bill set debtor_id = (select max(id) from debtor) where id = {first}"
                ),
                format!(
                    "update bill_line set debtor_id = (select max(id) from debtor) where bill_id = {first}"
                ),
            ],
            vec![format!(
                "update bill_line set receivable_id = (select max(receivable_id) from bill_line) where bill_id = {first} and no = 1"
            )],
            vec![format!(
                "update bill set state = 'cancelled' where id = {first}"
            )],
            vec![
                format!("delete from bill_line where bill_id = {first}"),
                format!("delete from bill where id = {first}"),
            ],
            vec!["delete from debtor where code = 'HS1'".to_owned()],
            swap,
        ];
        for edit in edits {
            // In a Tx that is given up: the next edit starts from the sound books.
            let mut tx = db.begin().await.unwrap();
            for sql in &edit {
                tx.execute(sql, Vec::new()).await.unwrap();
            }
            let verified = verify(&mut tx, &s.book, &s.keys).await.unwrap();
            tx.rollback().await.unwrap();
            let wrong = verified.expect_err(&edit[0]);
            let known = ["bill ", "debtor ", "collection "];
            assert!(
                known.iter().any(|k| wrong.place.starts_with(k)),
                "{edit:?}: {}",
                wrong.place
            );
        }
        assert_eq!(place(db, &s).await, None);
    });
}

async fn sums(db: &Db, s: &School) -> Vec<(i64, i64)> {
    let mut tx = db.begin_read().await.unwrap();
    let sums = cash::debtor_sums(&mut tx, s.book.id).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(place(db, s).await, None);
    sums.into_iter().map(|d| (d.2, d.3)).collect()
}

/// Catches credit that stays idle beside open bills after the bank took a payment back, in
/// whatever order debits and credits of one statement come.
#[test]
fn what_is_taken_back_makes_room_for_the_credit_of_others() {
    both("room", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let bills = [(0, 826, 0), (0, 442, 0), (0, 442, 0)];
        let s = school(db, folder.path(), &bills, true).await;
        let first = ("C", 1_300, "E2".to_owned(), s.codes[0].clone());
        statement_on(db, &s, "2026-06-05", &[first]).await;
        assert_eq!(sums(db, &s).await, [(1_300, 0)]);
        let lines = [
            ("D", 1_300, "E2".to_owned(), String::new()),
            ("C", 442, "E3".to_owned(), s.codes[1].clone()),
            ("C", 442, "E4".to_owned(), s.codes[2].clone()),
        ];
        statement_on(db, &s, "2026-06-06", &lines).await;
        assert_eq!(sums(db, &s).await, [(884, 0)], "nothing lies idle");
    });
}

/// Catches a payment in suspense that is given to a bill which takes no money any more, and
/// that lies in credit beside the open bills of the same pupil.
#[test]
fn what_is_left_of_an_assigned_payment_goes_to_open_bills() {
    both("assigned", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = school(db, folder.path(), &[(0, 60, 0), (0, 100, 0)], true).await;
        take(db, &s, vec![told(&s, 1, &s.codes[0], 60)]).await;
        take(db, &s, vec![told(&s, 2, "KHONG RO", 90)]).await;
        let sql = "select max(id) from break where kind = 'credit_unmatched'";
        let id = number(db, sql).await;
        for (who, approve) in [("ketoan", false), ("truong", true)] {
            let command = AssignCredit {
                book: s.book.clone(),
                id,
                bill: (!approve).then(|| s.codes[0].clone()),
                debtor: None,
                reason: "Phụ huynh đưa giấy báo".into(),
                approve,
            };
            if approve {
                let alone = run(db, &on("ketoan", "2026-06-05"), &command).await;
                assert_eq!(code(alone), "same_person");
            }
            run(db, &on(who, "2026-06-05"), &command).await.unwrap();
        }
        assert_eq!(sums(db, &s).await, [(150, 0)]);
    });
}
