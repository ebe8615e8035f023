//! Numbers of a pupil's own at the bank, and payments told twice, on both databases.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "school_cash/bank.rs"]
mod bank;
mod harness;
#[path = "payouts/steps.rs"]
mod steps;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::collection::notice::Told;
use ansinh::collection::virtual_account::{LoadNumbers, read_numbers};
use ansinh::error::Failure;
use ansinh::store::{Db, run};
use bank::{code, on, take, told};
use harness::{both, number};
use std::path::Path;
use steps::*;
use world::School;

const DAY: &str = "2026-06-05";

async fn load(db: &Db, s: &School, folder: &Path, text: &str) -> Result<(i64, i64), Failure> {
    let path = folder.join("va.csv");
    std::fs::write(&path, text).unwrap();
    let command = LoadNumbers {
        book: s.book.clone(),
        numbers: read_numbers(&path)?,
        digest: text.into(),
    };
    let reply = run(db, &on("quy", DAY), &command).await?;
    Ok((reply.listed, reply.changed))
}

/// Catches a payment to a pupil's own number that stays in suspense, that goes to another
/// pupil, or that a guess between two numbers decides.
#[test]
fn a_payment_to_an_own_number_is_its_pupils() {
    both("va", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = set_up(db, folder.path(), &[(0, 100, 40), (1, 170, 0)]).await;
        let list = "code,virtual_account\nHS0,962HP0001\nhs1,962hp0002\n";
        assert_eq!(load(db, &s, folder.path(), list).await.unwrap(), (2, 2));
        assert_eq!(load(db, &s, folder.path(), list).await.unwrap(), (2, 0));
        let by_notice = Told {
            virtual_account: Some("962HP0001".into()),
            ..told(&s, 1, "chuyen tien", 140)
        };
        let replies = take(db, &s, vec![by_notice]).await;
        assert_eq!((replies[0].on_bills, replies[0].in_suspense), (140, 0));
        let lines = [
            credit(140, "FT1", "chuyen tien"),
            credit(170, "FT2", "MBVCB 962HP0002 nop tien"),
            credit(50, "FT3", "962HP0001 va 962HP0002"),
        ];
        let imported = statement(db, &s, DAY, &lines).await;
        assert_eq!(imported.breaks.len(), 1, "two numbers are no guess");
        let owed = "select cast(sum(total - paid) as bigint) from bill";
        assert_eq!(number(db, owed).await, 0);
        // The numbers change hands; a late payment goes by the list of today.
        let swapped = "code,virtual_account\nHS0,962HP0002\nHS1,962HP0001\n";
        assert_eq!(load(db, &s, folder.path(), swapped).await.unwrap(), (2, 2));
        let lines = [credit(30, "FT4", "962HP0002")];
        statement(db, &s, "2026-06-06", &lines).await;
        assert_eq!(credit_and_owed(db, &s).await, (30, -30));
        for (text, what) in [
            ("code,account\nHS0,962HP0003\n", "A1"),
            ("code,virtual_account\nHS0,962-1\n", "B2"),
            ("code,virtual_account\nHS0,12345\n", "B2"),
            ("code,virtual_account\nHS0,962HP0009\nHS0,962HP0008\n", "A3"),
            ("code,virtual_account\nHS0,962HP0009\nHS1,962HP0009\n", "B3"),
            ("code,virtual_account\nHS0,962HP0009\nHS7,962HP0008\n", "A3"),
            ("code,virtual_account\nHS0,962HP0001\n", "B2"),
        ] {
            let refused = load(db, &s, folder.path(), text).await;
            let Err(Failure::Reject(reject)) = refused else {
                panic!("{text} was taken")
            };
            assert_eq!(
                (reject.code(), reject.data()["place"].as_str()),
                ("bad_input", Some(what))
            );
        }
        let gone = "code,virtual_account\nHS0,\n";
        assert_eq!(load(db, &s, folder.path(), gone).await.unwrap(), (1, 1));
        check(db, &s).await;
        let head = LoadNumbers {
            book: s.book.clone(),
            numbers: Vec::new(),
            digest: String::new(),
        };
        assert_eq!(code(run(db, &on("hieu", DAY), &head).await), "role_missing");
    });
}

/// Catches one booking at the bank that a provider tells under two ids and that is booked
/// twice; and two bookings of a statement of which one is lost.
#[test]
fn one_booking_told_under_two_ids_is_booked_once() {
    both("va_twice", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = set_up(db, folder.path(), &[(0, 500, 0)]).await;
        let content = format!("nop tien {}", s.codes[0]);
        let telling = |id: &str, bank_ref: &str, amount: i64| Told {
            provider_ref: id.into(),
            bank_ref: bank_ref.into(),
            ..told(&s, 1, &content, amount)
        };
        // In one round and in a later one.
        let first = vec![telling("1", "FT1", 100), telling("2", "FT1", 100)];
        let replies = take(db, &s, first).await;
        let outcomes: Vec<&str> = replies.iter().map(|r| r.outcome.as_str()).collect();
        assert_eq!(outcomes, ["booked", "compared"]);
        let later = vec![telling("3", "FT1", 100), telling("4", "FT2", 100)];
        let replies = take(db, &s, later).await;
        let outcomes: Vec<&str> = replies.iter().map(|r| r.outcome.as_str()).collect();
        assert_eq!(outcomes, ["compared", "booked"]);
        // The same reference with another amount, and no reference at all, are payments.
        let others = vec![
            telling("5", "FT1", 60),
            telling("6", "", 40),
            telling("7", "", 40),
        ];
        let replies = take(db, &s, others).await;
        assert!(replies.iter().all(|r| r.outcome == "booked"), "{replies:?}");
        assert_eq!(number(db, "select paid from bill").await, 340);
        // The bank did book FT1 twice: the statement alone says so.
        let lines = [
            credit(100, "FT1", &content),
            credit(100, "FT2", &content),
            credit(60, "FT1-2", &content),
            credit(40, "FT5", &content),
            credit(40, "FT6", &content),
            credit(100, "FT1-3", &content),
        ];
        let imported = statement(db, &s, DAY, &lines).await;
        assert_eq!(imported.breaks.len(), 0, "{:?}", imported.breaks);
        assert_eq!(number(db, "select paid from bill").await, 440);
    });
}
