//! Messages to payers, on both databases: each step once, stopped by payment, and in one
//! file only whatever breaks in between.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "school_cash/bank.rs"]
mod bank;
mod harness;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::args;
use ansinh::collection::reminder::{RunReminders, RunReply};
use ansinh::error::Failure;
use ansinh::gateway::message_file::{Sent, send};
use ansinh::store::keys::Purpose;
use ansinh::store::{Db, run};
use ansinh_settlement::Day;
use bank::{code, on, statement_on, take, told};
use harness::{both, number};
use std::path::{Path, PathBuf};
use world::{School, school};

async fn remind(db: &Db, s: &School, day: &str) -> RunReply {
    let command = RunReminders {
        book: s.book.clone(),
        day: Day::parse(day).unwrap(),
    };
    run(db, &on("ketoan", day), &command).await.unwrap()
}

async fn send_on(db: &Db, s: &School, day: &str, out: &Path) -> Result<Sent, Failure> {
    send(db, &on("ketoan", day), &s.keys, &s.book, out).await
}

/// The messages of every published file: (id, amount).
fn published(folder: &Path) -> Vec<(String, i64)> {
    let mut out: Vec<(String, i64)> = files(folder, "jsonl")
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.lines()
                .map(|l| {
                    let m: serde_json::Value = serde_json::from_str(l).unwrap();
                    let id = m["id"].as_str().unwrap().to_owned();
                    (id, m["amount"].as_i64().unwrap())
                })
                .collect::<Vec<_>>()
        })
        .collect();
    out.sort();
    out
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == ending))
        .collect();
    out.sort();
    out
}

/// A parent with a phone for the first pupil.
async fn give_payer(db: &Db, s: &School) {
    let mut tx = harness::locked(db, s.book.id).await;
    let id = tx.reserve_ids(s.book.id, 1).unwrap();
    let sealed = s.keys.seal_text(Purpose::Phone, "0912345678").unwrap();
    tx.execute(
        "insert into payer(book_id, id, full_name, phone_sealed, created_at) values ($1, $2, 'Trần Thị Mẹ', $3, 0)",
        args![s.book.id, id, sealed],
    )
    .await
    .unwrap();
    tx.execute(
        "insert into debtor_payer(book_id, debtor_id, payer_id, relation) \
         select $1, id, $2, 'mother' from debtor where book_id = $1 and code = 'HS0'",
        args![s.book.id, id],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// Catches a step that is written twice, a message for what is paid, an amount that is not
/// what is still owed, and a message without its payer's phone.
#[test]
fn each_step_is_sent_once_and_payment_stops_it() {
    both("reminders", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let out = folder.path().join("messages");
        // Due on 1, 2 and 3 June; steps 3 days before, 1 and 7 days after.
        let bills = [(0, 100, 40), (1, 70, 0), (2, 50, 0)];
        let s = school(db, folder.path(), &bills, false).await;
        give_payer(db, &s).await;
        let first = remind(db, &s, "2026-06-01").await;
        assert_eq!((first.made, first.steps), (3, vec![(-3, 3)]));
        assert_eq!(remind(db, &s, "2026-06-01").await.made, 0);
        // One pays all, one a part, before anything is sent.
        let content = |n: usize| format!("nop tien {}", s.codes[n]);
        let paid = vec![told(&s, 1, &content(1), 70), told(&s, 2, &content(2), 20)];
        take(db, &s, paid).await;
        let sent = send_on(db, &s, "2026-06-01", &out).await.unwrap();
        assert_eq!((sent.reply.sent, sent.reply.stopped), (2, 1));
        let amounts: Vec<i64> = published(&out).iter().map(|m| m.1).collect();
        assert_eq!(amounts, [140, 30]);
        let text = std::fs::read_to_string(&sent.files[0]).unwrap();
        assert!(text.contains("\"phone\":\"0912345678\"") && text.contains(&s.codes[0]));
        let again = send_on(db, &s, "2026-06-01", &out).await.unwrap();
        assert_eq!((again.reply.sent, again.files.len()), (0, 0));
        // The next step asks only whoever still owes; of two steps only the newest.
        let next = remind(db, &s, "2026-06-10").await;
        assert_eq!((next.made, next.steps), (2, vec![(7, 2)]));
        let line = ("C", 140, "FT3".to_owned(), content(0));
        statement_on(db, &s, "2026-06-10", &[line]).await;
        let sent = send_on(db, &s, "2026-06-10", &out).await.unwrap();
        assert_eq!((sent.reply.sent, sent.reply.stopped), (1, 1));
        assert_eq!(published(&out).len(), 3);
        let future = RunReminders {
            book: s.book.clone(),
            day: Day::parse("2026-06-11").unwrap(),
        };
        let refused = run(db, &on("ketoan", "2026-06-10"), &future).await;
        assert_eq!(code(refused), "day_in_future");
        let stranger = run(db, &on("nobody", "2026-06-11"), &future).await;
        assert_eq!(code(stranger), "user_unknown");
    });
}

/// Catches a message that is lost or doubled when the machine stops before the mark, or
/// between the mark and the name of the file.
#[test]
fn a_sending_that_breaks_off_is_finished_and_doubles_nothing() {
    both("reminders_break", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let out = folder.path().join("messages");
        let bills = [(0, 100, 40), (1, 70, 0)];
        let s = school(db, folder.path(), &bills, false).await;
        remind(db, &s, "2026-06-01").await;
        // Before the mark: a prepared file that the books do not know.
        std::fs::create_dir_all(&out).unwrap();
        let orphan = out.join("reminders-TH-0123456789abcdef.jsonl.part");
        std::fs::write(&orphan, "{\"id\":\"TH-1--3\",\"amount\":1}\n").unwrap();
        let sent = send_on(db, &s, "2026-06-01", &out).await.unwrap();
        assert_eq!((sent.reply.sent, sent.files.len()), (2, 1));
        assert_eq!(published(&out).len(), 2);
        // After the mark: the file lies there without its name.
        let whole = &sent.files[0];
        let part = PathBuf::from(format!("{}.part", whole.display()));
        std::fs::rename(whole, &part).unwrap();
        assert_eq!(published(&out), []);
        let sent = send_on(db, &s, "2026-06-02", &out).await.unwrap();
        assert_eq!((sent.reply.sent, &sent.files), (0, &vec![whole.clone()]));
        assert_eq!(published(&out).len(), 2);
    });
}

/// Catches two people who send at the same moment, and a message in the files of both.
#[test]
fn two_who_send_at_once_send_each_message_once() {
    both("reminders_race", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("messages");
        let bills: Vec<(usize, i64, i64)> = (0..25).map(|n| (n, 100, 0)).collect();
        let s = school(&test.db, folder.path(), &bills, false).await;
        let other = test.again().await;
        for day in ["2026-06-26", "2026-07-10"] {
            remind(&test.db, &s, day).await;
            let (one, two) = tokio::join!(
                send_on(&test.db, &s, day, &out),
                send_on(&other, &s, day, &out)
            );
            let sent = one.unwrap().reply.sent + two.unwrap().reply.sent;
            assert!(sent > 0, "{day}");
        }
        let mut ids: Vec<String> = published(&out).into_iter().map(|m| m.0).collect();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "a message is in two files");
        let made = "select count(*) from reminder where sent_at is not null";
        assert_eq!(number(&test.db, made).await, i64::try_from(all).unwrap());
        assert_eq!(files(&out, "part"), Vec::<PathBuf>::new());
        assert!(all >= 25, "{all}");
    });
}
