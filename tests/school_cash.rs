//! Money in for a biller, on both databases: notices and statement lines of the same
//! payments in any order, repeated, contradicted, never confirmed, taken back.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "school_cash/bank.rs"]
mod bank;
mod harness;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::collection::notice::Told;
use ansinh::collection::sql::cash;
use ansinh::ledger;
use ansinh::reconcile::assign::AssignCredit;
use ansinh::reconcile::close::CloseDay;
use ansinh::reconcile::import::Imported;
use ansinh::reconcile::resolve::{Action, ResolveBreak, Turn};
use ansinh::reconcile::sql;
use ansinh::reconcile::verify::verify;
use ansinh::store::{Db, run};
use ansinh_settlement::Day;
use bank::{Line, code, on, statement_on, take, told};
use harness::{both, locked, number};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use world::{School, school};

/// The bank writes its next statement of 5 June, and the accountant imports it.
async fn statement(db: &Db, s: &School, lines: &[Line<'_>]) -> Imported {
    statement_on(db, s, "2026-06-05", lines).await
}

/// What the property compares: (pupil, billed, paid, in credit) of each, then suspense,
/// nostro, clearing_in.
type Sums = (Vec<(String, i64, i64, i64)>, [i64; 3]);

async fn sums(db: &Db, s: &School) -> Sums {
    let mut tx = db.begin_read().await.unwrap();
    let pupils = cash::debtor_sums(&mut tx, s.book.id).await.unwrap();
    let ids = [s.bank.suspense_id, s.bank.nostro_id, s.bank.clearing_in_id];
    let held = ledger::load_balances(&mut tx, s.book.id, &ids)
        .await
        .unwrap();
    let announced = cash::announced_total(&mut tx, s.book.id, s.bank.id)
        .await
        .unwrap();
    let items = sql::item_sums(&mut tx, s.book.id).await.unwrap();
    let verified = verify(&mut tx, &s.book, &s.keys).await.unwrap();
    verified.unwrap();
    tx.rollback().await.unwrap();
    let side = |id: i64, sign: i64| sign * (held[&id].credits - held[&id].debits);
    let out = [side(ids[0], 1), side(ids[1], -1), side(ids[2], -1)];
    assert_eq!(out[2], announced, "clearing_in is what was announced");
    let listed = items
        .iter()
        .find(|(id, _)| *id == ids[0])
        .map_or(0, |i| i.1);
    assert_eq!(out[0], listed, "suspense is the listed breaks");
    (pupils, out)
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    })
}

/// Catches a payment code that the bank put where references stand and that nobody reads,
/// and the same payment booked again when its notice had the code in the content.
#[test]
fn a_code_in_the_reference_counts() {
    both("code_in_reference", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let s = school(&test.db, folder.path(), &[(0, 100, 40), (1, 70, 0)], false).await;
        let content = format!("nop tien {}", s.codes[0]);
        take(&test.db, &s, vec![told(&s, 1, &content, 140)]).await;
        let line = |code: &String, amount| ("C", amount, code.to_string(), String::new());
        let lines = [line(&s.codes[0], 140), line(&s.codes[1], 70)];
        let imported = statement(&test.db, &s, &lines).await;
        assert_eq!(imported.outcomes.matched, 2);
        let (pupils, held) = sums(&test.db, &s).await;
        let paid: Vec<i64> = pupils.iter().map(|p| p.2).collect();
        assert_eq!((paid, held), (vec![140, 70], [0, 210, 0]));
    });
}

/// Catches a notice booked twice, a changed one booked at all, and one that is lost.
#[test]
fn a_notice_is_booked_once_and_never_otherwise() {
    both("notice_once", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let s = school(&test.db, folder.path(), &[(0, 100, 40)], false).await;
        let content = format!("HOC PHI {} CAM ON", s.codes[0]);
        let first = told(&s, 1, &content, 140);
        let replies = take(&test.db, &s, vec![first.clone(), first.clone()]).await;
        assert_eq!(
            (replies[0].on_bills, replies[0].again, replies[1].again),
            (140, false, true)
        );
        assert_eq!(replies[0].notice, replies[1].notice);
        let changed = Told {
            amount: 150,
            ..first.clone()
        };
        let reply = take(&test.db, &s, vec![changed.clone()]).await;
        assert_eq!(reply[0].outcome, "conflict");
        assert!(
            take(&test.db, &s, vec![changed, first])
                .await
                .iter()
                .all(|r| r.again)
        );
        let other = Told {
            provider: "casso".into(),
            posts: false,
            ..told(&s, 9, &content, 140)
        };
        let odd = Told {
            provider_ref: "8".into(),
            amount: 1,
            ..other.clone()
        };
        let replies = take(&test.db, &s, vec![other, odd]).await;
        assert_eq!(replies[0].outcome, "compared");
        assert_eq!(replies[1].outcome, "compared_missing");
        let unknown = Told {
            bank_account_id: None,
            ..told(&s, 10, &content, 1)
        };
        assert_eq!(
            take(&test.db, &s, vec![unknown]).await[0].outcome,
            "unknown_account"
        );
        let (pupils, money) = sums(&test.db, &s).await;
        assert_eq!(pupils, [("HS0".into(), 140, 140, 0)]);
        assert_eq!(money, [0, 0, 140]);
        let db = &test.db;
        assert_eq!(number(db, "select count(*) from notice").await, 5);
        assert_eq!(
            number(
                db,
                "select count(*) from break where kind = 'notice_conflict'"
            )
            .await,
            1
        );
        let onward = "select credits - debits from balance b join account a on a.book_id = b.book_id and a.id = b.account_id \
                      where a.name = 'onward/bhxh'";
        assert_eq!(number(db, onward).await, 40);
    });
}

/// Catches a payment that stays on the bill when it never came, or when the bank took it
/// back; and a second payment that hides it.
#[test]
fn what_never_came_and_what_was_taken_back_is_owed_again() {
    both("notice_undone", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40), (1, 60, 0)], false).await;
        let two = format!("{} {}", s.codes[0], s.codes[1]);
        let notices = vec![
            told(&s, 1, &s.codes[0], 150),
            told(&s, 2, &two, 200),
            told(&s, 3, "KHONG RO", 7),
        ];
        let replies = take(db, &s, notices).await;
        assert!(replies.iter().all(|r| r.outcome == "booked"));
        statement(db, &s, &[("C", 200, "FT2".into(), two.clone())]).await;
        let (pupils, money) = sums(db, &s).await;
        // The second payment was split by totals: HS0 had its bill paid, so 140 is credit.
        assert_eq!(
            pupils,
            [("HS0".into(), 140, 140, 150), ("HS1".into(), 60, 60, 0)]
        );
        assert_eq!(money, [7, 200, 157]);
        // Two business days later the bank still has none of the others.
        let late = statement_on(db, &s, "2026-06-09", &[]).await;
        let kinds: Vec<&str> = late.breaks.iter().map(|b| b.kind.as_str()).collect();
        assert_eq!(kinds, ["notice_unconfirmed", "notice_unconfirmed"]);
        for b in &late.breaks {
            let act = |turn| ResolveBreak {
                book: s.book.clone(),
                id: b.id.parse().unwrap(),
                action: Some(Action::NotReceived),
                target: None,
                bank_reason: None,
                reason: "Ngân hàng xác nhận không có".into(),
                turn,
            };
            let (one, other) = (on("ketoan", "2026-06-09"), on("truong", "2026-06-09"));
            assert_eq!(
                code(run(db, &other, &act(Turn::Approve)).await),
                "state_wrong"
            );
            run(db, &one, &act(Turn::Propose)).await.unwrap();
            assert_eq!(
                code(run(db, &one, &act(Turn::Approve)).await),
                "same_person"
            );
            run(db, &other, &act(Turn::Approve)).await.unwrap();
            assert_eq!(
                code(run(db, &one, &act(Turn::Propose)).await),
                "state_wrong"
            );
        }
        let (pupils, money) = sums(db, &s).await;
        assert_eq!(
            pupils,
            [("HS0".into(), 140, 0, 140), ("HS1".into(), 60, 60, 0)]
        );
        assert_eq!(money, [0, 200, 0]);
        let back = [("D", 200, "FT2".into(), "HOAN TRA".into())];
        statement_on(db, &s, "2026-06-09", &back).await;
        let (pupils, money) = sums(db, &s).await;
        assert_eq!(
            pupils,
            [("HS0".into(), 140, 0, 0), ("HS1".into(), 60, 0, 0)]
        );
        assert_eq!(money, [0, 0, 0]);
        let open = "select count(*) from bill where state = 'issued' and paid = 0";
        assert_eq!(number(db, open).await, 2);
        for day in ["2026-06-05", "2026-06-09"] {
            close(db, &s, day).await;
        }
    });
}

async fn close(db: &Db, s: &School, day: &str) {
    let command = CloseDay {
        book: s.book.clone(),
        bank_account: s.bank.code.clone(),
        day: Day::parse(day).unwrap(),
        keys: s.keys.clone(),
    };
    let closed = run(db, &on("truong", "2026-06-09"), &command)
        .await
        .unwrap();
    assert_eq!(closed.proof.clearing_in, closed.proof.announced);
}

/// Catches a school whose money comes only by statements: a code that finds no bill, a
/// stranger's payment that is guessed at or lost, and one person who assigns it alone.
#[test]
fn statements_alone_pay_bills_and_two_people_assign_the_rest() {
    both("statement_only", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40), (1, 60, 0)], false).await;
        let lines = [
            (
                "C",
                140,
                "A1".into(),
                format!("MBVCB.1.{} nop tien.CT", s.codes[0].to_lowercase()),
            ),
            ("C", 70, "A2".into(), "HOC PHI CHAU BE".into()),
        ];
        let imported = statement(db, &s, &lines).await;
        let (o, b) = (&imported.outcomes, &imported.breaks);
        assert_eq!((o.matched, o.unknown_at_us, b.len()), (1, 1, 1));
        assert_eq!(
            (b[0].kind.as_str(), b[0].todo.as_str()),
            ("credit_unmatched", "suspense_assign")
        );
        let assign = |bill: Option<&str>, debtor: Option<&str>, approve| AssignCredit {
            book: s.book.clone(),
            id: b[0].id.parse().unwrap(),
            bill: bill.map(str::to_owned),
            debtor: debtor.map(str::to_owned),
            reason: "Phụ huynh đưa biên lai".into(),
            approve,
        };
        let (one, other) = (on("ketoan", "2026-06-05"), on("truong", "2026-06-05"));
        let resolve = |action, turn| ResolveBreak {
            book: s.book.clone(),
            id: b[0].id.parse().unwrap(),
            action,
            target: Some("fund/x".into()),
            bank_reason: None,
            reason: "Không phải việc của lệnh này".into(),
            turn,
        };
        let by_hand = resolve(Some(Action::ToFund), Turn::Propose);
        assert_eq!(code(run(db, &one, &by_hand).await), "resolution_unfit");
        for (wrong, want) in [
            (assign(None, None, false), "bad_input"),
            (assign(Some("AS0"), None, false), "not_found"),
            (assign(None, Some("HS9"), false), "not_found"),
            (assign(None, None, true), "state_wrong"),
        ] {
            assert_eq!(code(run(db, &one, &wrong).await), want);
        }
        run(db, &one, &assign(None, Some("HS1"), false))
            .await
            .unwrap();
        assert_eq!(
            code(run(db, &other, &assign(Some(&s.codes[1]), None, false)).await),
            "proposal_stands"
        );
        assert_eq!(
            code(run(db, &one, &assign(None, None, true)).await),
            "same_person"
        );
        assert_eq!(
            code(run(db, &other, &resolve(None, Turn::Approve)).await),
            "state_wrong"
        );
        run(db, &other, &resolve(None, Turn::Withdraw))
            .await
            .unwrap();
        run(db, &one, &assign(Some(&s.codes[1]), None, false))
            .await
            .unwrap();
        let done = run(db, &other, &assign(None, None, true)).await.unwrap();
        assert_eq!((done.state.as_str(), done.amount), ("resolved", 70));
        let (pupils, money) = sums(db, &s).await;
        assert_eq!(
            pupils,
            [("HS0".into(), 140, 140, 0), ("HS1".into(), 60, 60, 10)]
        );
        assert_eq!(money, [0, 210, 0]);
        close(db, &s, "2026-06-05").await;
    });
}

/// Catches a credit of the book's other account that is taken as a payment for a bill.
#[test]
fn only_the_account_of_the_biller_collects() {
    both("other_account", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 0)], false).await;
        let mut tx = locked(db, s.book.id).await;
        for table in ["biller", "bill"] {
            let away = format!("update {table} set bank_account_id = bank_account_id + 1000");
            tx.execute(&away, Vec::new()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let lines = [("C", 100, "A1".into(), s.codes[0].clone())];
        let imported = statement(db, &s, &lines).await;
        assert_eq!(imported.breaks[0].kind, "unknown_at_us");
        let reply = take(db, &s, vec![told(&s, 1, &s.codes[0], 100)]).await;
        assert_eq!(reply[0].outcome, "unknown_account");
        assert_eq!(number(db, "select count(*) from collection").await, 0);
    });
}

/// Catches money rows that somebody changed and a verification that does not notice.
#[test]
fn a_changed_row_is_found() {
    both("money_rows", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40), (1, 60, 0)], false).await;
        take(db, &s, vec![told(&s, 1, &s.codes[0], 150)]).await;
        statement(db, &s, &[("C", 50, "A2".into(), s.codes[1].clone())]).await;
        sums(db, &s).await;
        for (damage, place) in [
            (
                "update allocation set amount = amount + 1 where target = 'credit'",
                "collection",
            ),
            (
                "update collection set amount = amount + 1 where state = 'confirmed'",
                "collection",
            ),
            (
                "update collection set state = 'confirmed' where state = 'announced'",
                "collection",
            ),
            ("update statement_line set amount = amount", ""),
            (
                "update statement_line set outcome = 'matched'",
                "collection",
            ),
            (
                "update bill_line set paid = paid - 1 where paid = 50",
                "bill",
            ),
            ("update bill set paid = 40 where paid = 50", "bill"),
            ("update bill set state = 'issued' where paid = 50", "bill"),
            (
                "update allocation set target = 'suspense' where target = 'credit'",
                "debtor",
            ),
        ] {
            let mut tx = locked(db, s.book.id).await;
            tx.execute(damage, Vec::new()).await.unwrap();
            let found = verify(&mut tx, &s.book, &s.keys).await.unwrap();
            tx.rollback().await.unwrap();
            let named = found.err().map_or(String::new(), |w| w.place);
            assert!(
                named.starts_with(place) && named.is_empty() == place.is_empty(),
                "{damage}: {named}"
            );
        }
    });
}

/// A payment: what it names (bills, or nothing) and its amount.
type Payment = (Vec<usize>, i64);

/// Catches sums that depend on the order, repetition or interleaving of notices and lines.
#[test]
fn any_order_of_notices_and_lines_leaves_the_same_sums() {
    let events = (prop::collection::vec((prop::collection::vec(0usize..3, 0..3), 1i64..400), 1..7))
        .prop_flat_map(|payments| {
            let n = payments.len();
            // Each payment: notice, the notice again, line.
            let all: Vec<(usize, bool)> = (0..n)
                .flat_map(|i| [(i, true), (i, true), (i, false)])
                .collect();
            (
                Just(payments),
                Just(all).prop_shuffle(),
                prop::collection::vec(1usize..5, 20),
            )
        });
    both("any_order", async |test| {
        let mut runner = runner(4);
        for round in 0..4 {
            let tree = events.new_tree(&mut runner).unwrap();
            let (payments, order, sizes) = proptest::strategy::ValueTree::current(&tree);
            let straight: Vec<(usize, bool)> = (0..payments.len())
                .flat_map(|i| [(i, true), (i, false)])
                .collect();
            let mut seen: Vec<Sums> = Vec::new();
            for (way, order) in [straight, order].into_iter().enumerate() {
                let name = format!("order{round}{way}");
                let fresh = harness::databases(&name).await;
                let one = fresh.iter().find(|d| d.engine() == test.engine()).unwrap();
                seen.push(play(&one.db, &payments, &order, &sizes).await);
                for d in fresh {
                    d.remove().await;
                }
            }
            assert_eq!(seen[0], seen[1], "{payments:?}");
        }
    });
}

async fn play(db: &Db, payments: &[Payment], order: &[(usize, bool)], sizes: &[usize]) -> Sums {
    let folder = tempfile::tempdir().unwrap();
    let bills = [(0, 100, 40), (0, 70, 0), (1, 90, 30)];
    let s = school(db, folder.path(), &bills, false).await;
    let content = |i: usize| {
        let codes: Vec<&str> = payments[i].0.iter().map(|b| s.codes[*b].as_str()).collect();
        if codes.is_empty() {
            format!("CHUYEN TIEN {i}")
        } else {
            codes.join(" ")
        }
    };
    let mut at = 0;
    for size in sizes.iter().cycle() {
        let Some((_, is_notice)) = order.get(at) else {
            break;
        };
        let group: Vec<usize> = order[at..]
            .iter()
            .take(*size)
            .take_while(|(_, kind)| kind == is_notice)
            .map(|(i, _)| *i)
            .collect();
        at += group.len();
        if *is_notice {
            let notices = group
                .iter()
                .map(|i| told(&s, *i, &content(*i), payments[*i].1));
            take(db, &s, notices.collect()).await;
        } else {
            let line = |i: &usize| {
                (
                    "C",
                    payments[*i].1,
                    format!("FT{i}"),
                    format!("MBVCB {} CT", content(*i)),
                )
            };
            let lines: Vec<_> = group.iter().map(line).collect();
            statement(db, &s, &lines).await;
        }
    }
    let out = sums(db, &s).await;
    assert_eq!(
        out.1[1],
        payments.iter().map(|p| p.1).sum::<i64>(),
        "nostro is what came"
    );
    assert_eq!(out.1[2], 0, "all was confirmed");
    out
}

/// Catches a mistyped code that is matched, and one whose break does not say which bill it
/// may have meant.
#[test]
fn a_mistyped_code_is_a_suggestion_on_its_break() {
    both("candidates", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = school(db, folder.path(), &[(0, 100, 40), (1, 70, 0)], false).await;
        let mistyped = |code: &str| {
            let wrong = if &code[7..8] == "3" { "4" } else { "3" };
            format!("nop tien {}{wrong}{}", &code[..7], &code[8..])
        };
        take(db, &s, vec![told(&s, 1, &mistyped(&s.codes[0]), 140)]).await;
        let line = ("C", 70, "FT2".to_owned(), mistyped(&s.codes[1]));
        statement(db, &s, &[line]).await;
        let mut tx = db.begin_read().await.unwrap();
        let breaks = ansinh::reconcile::breaks::list(&mut tx, s.book.id, false)
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        for (code, amount) in [(&s.codes[0], 140), (&s.codes[1], 70)] {
            let of = breaks.iter().find(|b| b.open_amount == amount).unwrap();
            assert_eq!(of.kind, "credit_unmatched");
            let note = of.note.as_ref().expect("nothing is suggested");
            let meant = note["candidates"].as_array().unwrap();
            assert!(meant.iter().any(|c| c == code.as_str()), "{note}");
        }
        let (pupils, _) = sums(db, &s).await;
        assert!(
            pupils.iter().all(|p| p.2 == 0),
            "a guess was booked: {pupils:?}"
        );
    });
}
