//! Random histories against a ledger written a second time (`ledger/model.rs`): every
//! answer, every balance now and in the past, the proof of the book, and the same chain
//! head on both databases. What once failed stands in `ledger_properties.regressions`.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;
#[path = "ledger/history.rs"]
mod history;
#[path = "ledger/model.rs"]
mod model;

use ansinh::clock::Instant;
use ansinh::error::{Failure, Reject};
use ansinh::ledger::report::{Until, sums_until, trial_balance};
use ansinh::ledger::{self, Code, NewTransfer, Posted, PostingInfo};
use ansinh::store::{Ctx, Db};
use ansinh_settlement::{Day, Dong};
use harness::{both, info, locked, now, open_accounts, open_book, together};
use history::{BOOKS, History, Step};
use model::{ACCOUNTS, Ask, Model};
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// What one database answered to a history.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    answers: Vec<Vec<String>>,
    balances: Vec<Vec<(i64, i64)>>,
    past: Vec<[(i64, i64); 2]>,
    /// (debits, credits) of the trial balance of each book by group of names.
    trial: Vec<Vec<(String, i64, i64)>>,
    transfers: Vec<i64>,
}

fn say(result: &Result<Posted, Reject>) -> String {
    match result {
        Ok(p) if p.again => format!("again {}", p.seq),
        Ok(p) => format!("posted {}", p.seq),
        Err(reject) => reject.code().to_owned(),
    }
}

fn minute(n: i64) -> Instant {
    now().plus_seconds(60 * n)
}

fn first_day() -> Day {
    now().day()
}

/// The outcome that the model foretells.
fn foretell(history: &History) -> Outcome {
    let mut books = vec![Model::default(); BOOKS];
    let (mut answers, mut at) = (Vec::new(), 0);
    for (i, (pause, step)) in history.steps.iter().enumerate() {
        at += pause;
        let (now, day) = (minute(at).0, |n: i64| first_day().plus_days(n));
        answers.push(match step {
            Step::Post {
                book,
                day: d,
                groups,
            } => books[*book].post(groups, now, day(*d)),
            Step::Reverse { book, day: d, seq } => {
                let own_id = -1 - i64::try_from(i).unwrap();
                vec![books[*book].reverse(*seq, own_id, now, day(*d))]
            }
            Step::Close { book, day: d } => {
                books[*book].closed = books[*book].closed.max(Some(day(*d)));
                Vec::new()
            }
        });
    }
    let all: Vec<usize> = (0..ACCOUNTS.len()).collect();
    let mut past = Vec::new();
    for (probe, book) in history
        .probes
        .iter()
        .flat_map(|p| books.iter().map(move |b| (p, b)))
    {
        let (until, last) = (minute(probe.minutes).0, first_day().plus_days(probe.days));
        past.push([
            book.sums(probe.account, |e| e.at <= until),
            book.sums(probe.account, |e| e.day <= last),
        ]);
    }
    let trial = |book: &Model| {
        let mut rows: Vec<(String, i64, i64)> = Vec::new();
        for (n, (name, _)) in ACCOUNTS.iter().enumerate() {
            let (group, (debits, credits)) =
                (name.split('/').next().unwrap(), book.sums(n, |_| true));
            match rows.iter_mut().find(|r| r.0 == group) {
                Some(row) => (row.1, row.2) = (row.1 + debits, row.2 + credits),
                None => rows.push((group.to_owned(), debits, credits)),
            }
        }
        rows.sort();
        rows
    };
    Outcome {
        answers,
        balances: books
            .iter()
            .map(|b| all.iter().map(|n| b.sums(*n, |_| true)).collect())
            .collect(),
        past,
        trial: books.iter().map(trial).collect(),
        transfers: books
            .iter()
            .map(|b| i64::try_from(b.journal.len()).unwrap())
            .collect(),
    }
}

/// What a database does with it, and the chain heads of its books.
async fn perform(db: &Db, case: u32, history: &History) -> (Outcome, Vec<String>) {
    let names: Vec<&str> = ACCOUNTS.iter().map(|(name, _)| *name).collect();
    let mut books = Vec::new();
    for i in 0..BOOKS {
        let book = open_book(db, &format!("case {case} book {i}")).await;
        books.push((book, open_accounts(db, book, &names).await));
    }
    let (mut answers, mut at) = (Vec::new(), 0);
    for (pause, step) in &history.steps {
        at += pause;
        answers.push(perform_step(db, &books, minute(at), step).await);
    }
    let mut tx = db.begin_read().await.unwrap();
    let mut past = Vec::new();
    for (probe, (book, ids)) in history
        .probes
        .iter()
        .flat_map(|p| books.iter().map(move |b| (p, b)))
    {
        let (at, day) = (
            Until::At(minute(probe.minutes)),
            Until::Day(first_day().plus_days(probe.days)),
        );
        let id = ids[probe.account];
        let by_at = sums_until(&mut tx, *book, id, at).await.unwrap();
        past.push([by_at, sums_until(&mut tx, *book, id, day).await.unwrap()]);
    }
    let (mut balances, mut trial, mut transfers, mut heads) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (book, ids) in &books {
        let states = ledger::load_balances(&mut tx, *book, ids).await.unwrap();
        balances.push(
            ids.iter()
                .map(|id| (states[id].debits, states[id].credits))
                .collect(),
        );
        let rows = trial_balance(&mut tx, *book).await.unwrap();
        let sum = |of: fn(&ledger::report::TrialRow) -> i64| rows.iter().map(of).sum::<i64>();
        assert_eq!(sum(|r| r.debits), sum(|r| r.credits), "trial balance");
        trial.push(
            rows.into_iter()
                .map(|r| (r.group, r.debits, r.credits))
                .collect(),
        );
        let verified = ledger::verify::verify(&mut tx, *book, |_| ())
            .await
            .unwrap()
            .unwrap();
        transfers.push(verified.transfers);
        heads.push(verified.chain_head);
    }
    tx.rollback().await.unwrap();
    (
        Outcome {
            answers,
            balances,
            past,
            trial,
            transfers,
        },
        heads,
    )
}

async fn perform_step(db: &Db, books: &[(i64, Vec<i64>)], at: Instant, step: &Step) -> Vec<String> {
    let info = |day: i64| {
        PostingInfo::new(
            "test",
            &Ctx::new("operator", at),
            first_day().plus_days(day),
            7,
        )
    };
    match step {
        Step::Post { book, day, groups } => {
            let (book, ids) = &books[*book];
            let of = |n: usize| ids.get(n).copied().unwrap_or(999_999);
            let transfer = |a: &Ask| NewTransfer {
                client_id: a.client_id,
                debit_id: of(a.debit),
                credit_id: of(a.credit),
                amount: a.amount,
                code: Code::from_number(a.code).unwrap(),
                cause_id: a.cause,
                reverses_seq: None,
            };
            let groups: Vec<Vec<NewTransfer>> = groups
                .iter()
                .map(|g| g.iter().map(transfer).collect())
                .collect();
            let slices: Vec<&[NewTransfer]> = groups.iter().map(Vec::as_slice).collect();
            let mut tx = locked(db, *book).await;
            let results = ledger::post(&mut tx, *book, &info(*day), &slices)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            results.iter().map(say).collect()
        }
        Step::Reverse { book, day, seq } => {
            let book = books[*book].0;
            let mut tx = locked(db, book).await;
            let seq = i64::try_from(*seq).unwrap();
            match ledger::reverse(&mut tx, book, &info(*day), seq).await {
                Ok(posted) => {
                    tx.commit().await.unwrap();
                    vec![say(&Ok(posted))]
                }
                Err(Failure::Reject(reject)) => {
                    tx.rollback().await.unwrap();
                    vec![say(&Err(*reject))]
                }
                Err(Failure::Fault(fault)) => panic!("fault: {fault}"),
            }
        }
        Step::Close { book, day } => {
            let (book, day) = (books[*book].0, first_day().plus_days(*day));
            let mut tx = locked(db, book).await;
            ledger::put_posting_day(&mut tx, book, day, "closed", at.0, "chief")
                .await
                .unwrap();
            tx.commit().await.unwrap();
            Vec::new()
        }
    }
}

const KINDS: &[&str] = &[
    "posted",
    "again",
    "client_id_reused",
    "amount_invalid",
    "account_unknown",
    "same_account",
    "overdrawn",
    "linked_failed",
    "already_reversed",
    "not_found",
];

/// Catches any answer, balance, past balance or proof that differs from the plain ledger,
/// and a chain that depends on which database keeps it.
#[test]
fn any_history_gives_the_books_of_the_plain_ledger() {
    together("histories", |runtime, all| {
        let (case, kinds) = (Cell::new(0), RefCell::new(BTreeSet::new()));
        let mut config = Config::default();
        if std::env::var("PROPTEST_CASES").is_err() {
            config.cases = 48;
        }
        config.failure_persistence = Some(Box::new(FileFailurePersistence::Direct(
            "tests/ledger_properties.regressions",
        )));
        let outcome = TestRunner::new(config).run(&history::history(), |history| {
            case.set(case.get() + 1);
            let foretold = foretell(&history);
            let answers = foretold.answers.iter().flatten();
            kinds
                .borrow_mut()
                .extend(answers.map(|a| a.split(' ').next().unwrap().to_owned()));
            let mut heads: Option<Vec<String>> = None;
            for test in all {
                let (outcome, own) = runtime.block_on(perform(&test.db, case.get(), &history));
                let engine = test.engine();
                if outcome != foretold {
                    let text = format!("{engine:?}\n found {outcome:#?}\n foretold {foretold:#?}");
                    return Err(TestCaseError::fail(text));
                }
                if heads.get_or_insert_with(|| own.clone()) != &own {
                    return Err(TestCaseError::fail(
                        "the chain heads of the databases differ",
                    ));
                }
            }
            Ok(())
        });
        if let Err(failed) = outcome {
            panic!("{failed}");
        }
        // Histories that no longer meet a rule would prove nothing about it.
        for kind in KINDS {
            assert!(
                kinds.borrow().contains(*kind),
                "no history was answered {kind}: {:?}",
                kinds.borrow()
            );
        }
    });
}

/// Catches a sum that grows past 10^18, where 64 bits no longer hold every later sum.
#[test]
fn a_sum_stops_at_the_limit() {
    both("limit", async |test| {
        let book = open_book(&test.db, "A").await;
        let ids = open_accounts(&test.db, book, &["nostro/a", "clearing_in/a", "nostro/b"]).await;
        let most = Dong::PAYMENT_LIMIT;
        let pay = |n: i64, debit, credit| NewTransfer::new(n, debit, credit, most, Code::Other, 0);
        let full: Vec<NewTransfer> = (1..=1_000).map(|n| pay(n, ids[0], ids[1])).collect();
        let mut tx = locked(&test.db, book).await;
        ledger::post_all(&mut tx, book, &info("fill"), &full)
            .await
            .unwrap();
        let more = [
            pay(2_001, ids[0], ids[2]),
            pay(2_002, ids[2], ids[1]),
            pay(2_003, ids[1], ids[0]),
        ];
        let groups: Vec<&[NewTransfer]> = more.chunks(1).collect();
        let results = ledger::post(&mut tx, book, &info("more"), &groups)
            .await
            .unwrap();
        let said: Vec<String> = results.iter().map(say).collect();
        assert_eq!(said, ["sum_too_large", "sum_too_large", "posted 1001"]);
        tx.commit().await.unwrap();
        let mut tx = test.db.begin_read().await.unwrap();
        ledger::verify::verify(&mut tx, book, |_| ())
            .await
            .unwrap()
            .unwrap();
        tx.rollback().await.unwrap();
    });
}
