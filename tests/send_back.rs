//! Money that is nobody's here goes back to who sent it, on both databases: proposed by one,
//! approved by another, paid as a batch; cancelled, sent back by the bank, taken back by it.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "school_cash/bank.rs"]
mod bank;
mod harness;
#[path = "payouts/steps.rs"]
mod steps;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::args;
use ansinh::collection::payout::PayoutReply;
use ansinh::collection::payout_cancel::CancelPayout;
use ansinh::error::Failure;
use ansinh::reconcile::assign::AssignCredit;
use ansinh::reconcile::resolve::{ResolveBreak, Turn};
use ansinh::reconcile::send_back::{CancelSentBack, SendBack, SendBackReply};
use ansinh::reconcile::verify::verify;
use ansinh::store::{Db, run};
use bank::{code, on, take};
use harness::{both, number};
use steps::*;
use world::School;

const DAY: &str = "2026-06-05";

fn send_back(s: &School, id: i64, approve: bool) -> SendBack {
    SendBack {
        book: s.book.clone(),
        id,
        name: "Nguyễn Văn Lạ".into(),
        to: None,
        reason: "Người lạ chuyển nhầm vào tài khoản trường".into(),
        approve,
        keys: s.keys.clone(),
    }
}

/// A stranger's 500 đồng stand in suspense, confirmed by the statement; the break.
async fn stray(db: &Db, folder: &std::path::Path) -> (School, i64) {
    let s = set_up(db, folder, &[(0, 100, 40)]).await;
    take(db, &s, vec![from_source(&s, 1, "chuyen tien", 500)]).await;
    let id = number(
        db,
        "select max(id) from break where kind = 'credit_unmatched'",
    )
    .await;
    let early = run(db, &on("ketoan", DAY), &send_back(&s, id, false)).await;
    assert_eq!(code(early), "state_wrong", "only a notice told of it");
    statement(db, &s, DAY, &[credit(500, "FT1", "chuyen tien")]).await;
    (s, id)
}

async fn approved(db: &Db, s: &School, id: i64) -> SendBackReply {
    run(db, &on("ketoan", DAY), &send_back(s, id, false))
        .await
        .unwrap();
    run(db, &on("truong", DAY), &send_back(s, id, true))
        .await
        .unwrap()
}

async fn balance_of(db: &Db, name: &str) -> i64 {
    let sql = format!(
        "select cast(coalesce(sum(b.credits - b.debits), 0) as bigint) from balance b join account a \
         on a.book_id = b.book_id and a.id = b.account_id where a.name like '{name}%'"
    );
    number(db, &sql).await
}

/// Catches money that one person alone sends away, that goes back twice, that goes back and
/// pays a bill as well, or that leaves suspense without its break.
#[test]
fn a_stray_payment_goes_back_once_by_two_people() {
    both("send_back", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let (s, id) = stray(db, folder.path()).await;
        let cashier = run(db, &on("quy", DAY), &send_back(&s, id, false)).await;
        assert_eq!(code(cashier), "role_missing");
        let nameless = SendBack {
            name: " ".into(),
            ..send_back(&s, id, false)
        };
        assert_eq!(
            code(run(db, &on("ketoan", DAY), &nameless).await),
            "bad_input"
        );
        let elsewhere = SendBack {
            to: Some((SOURCE.0.into(), "999".into())),
            ..send_back(&s, id, false)
        };
        let refused = run(db, &on("ketoan", DAY), &elsewhere).await;
        assert_eq!(code(refused), "payee_unverified");
        let early = run(db, &on("truong", DAY), &send_back(&s, id, true)).await;
        assert_eq!(code(early), "state_wrong", "nobody proposed it");
        run(db, &on("ketoan", DAY), &send_back(&s, id, false))
            .await
            .unwrap();
        let alone = run(db, &on("ketoan", DAY), &send_back(&s, id, true)).await;
        assert_eq!(code(alone), "same_person");
        let resolve = ResolveBreak {
            book: s.book.clone(),
            id,
            action: None,
            target: None,
            bank_reason: None,
            reason: String::new(),
            turn: Turn::Approve,
        };
        assert_eq!(
            code(run(db, &on("truong", DAY), &resolve).await),
            "state_wrong"
        );
        check(db, &s).await;
        let done = run(db, &on("truong", DAY), &send_back(&s, id, true))
            .await
            .unwrap();
        assert_eq!((done.amount, done.state.as_str()), (500, "resolved"));
        check(db, &s).await;
        assert_eq!(balance_of(db, "suspense/").await, 0);
        assert_eq!(balance_of(db, "payable/requested").await, 500);
        for approve in [false, true] {
            let again = run(db, &on("truong", DAY), &send_back(&s, id, approve)).await;
            assert_eq!(code(again), "state_wrong");
        }
        let assign = AssignCredit {
            book: s.book.clone(),
            id,
            bill: Some(s.codes[0].clone()),
            debtor: None,
            reason: "Phụ huynh gọi điện, nộp cho con".into(),
            approve: false,
        };
        assert_eq!(
            code(run(db, &on("ketoan", DAY), &assign).await),
            "state_wrong"
        );
        let prepared = prepare(db, &s, DAY).await.unwrap();
        assert_eq!(prepared.batches[0].kind, "send_back");
        let sent = pay(db, &s, &prepared.batches[0].batch, DAY).await;
        let other = credit(600, "FT2", &format!("nop tien {}", s.codes[0]));
        let imported = statement(db, &s, "2026-06-06", &[debit(500, &sent[0]), other]).await;
        assert_eq!((imported.outcomes.matched, imported.breaks.len()), (2, 0));
        close(db, &s, DAY, "2026-06-06").await;
        close(db, &s, "2026-06-06", "2026-06-06").await;
        assert_eq!(
            code(prepare(db, &s, "2026-06-06").await),
            "nothing_to_pay_out"
        );
        // The sender's bank takes the payment back although it was given back.
        let imported = statement(db, &s, "2026-06-07", &[debit(500, "FT1")]).await;
        assert_eq!(imported.breaks.len(), 1);
        assert_eq!(balance_of(db, "claim/970405").await, -500);
    });
}

/// Catches a cancellation that loses the money or leaves it in suspense without a break, and
/// one of what is under way.
#[test]
fn what_is_not_sent_stands_in_suspense_again() {
    both("send_back_cancel", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let (s, id) = stray(db, folder.path()).await;
        let payout: i64 = approved(db, &s, id).await.payout.unwrap().parse().unwrap();
        let cancel = || CancelSentBack {
            book: s.book.clone(),
            payout,
            reason: "Phụ huynh nhận ra là tiền của mình".into(),
        };
        let cashier = run(db, &on("quy", DAY), &cancel()).await;
        assert_eq!(code(cashier), "role_missing");
        let batch = prepare(db, &s, DAY).await.unwrap().batches.remove(0);
        let planned: Result<PayoutReply, Failure> = run(db, &on("truong", DAY), &cancel()).await;
        assert_eq!(code(planned), "state_wrong", "it is in a batch");
        let sent = pay(db, &s, &batch.batch, DAY).await;
        statement(db, &s, "2026-06-06", &[debit(500, &sent[0])]).await;
        // The account is closed there: the money comes back.
        let back = ("C", 500, sent[0].clone(), String::new());
        let imported = statement(db, &s, "2026-06-07", &[back]).await;
        assert_eq!(imported.outcomes.returned, 1);
        let done = run(db, &on("truong", "2026-06-07"), &cancel())
            .await
            .unwrap();
        assert_eq!((done.amount, done.state.as_str()), (500, "cancelled"));
        check(db, &s).await;
        assert_eq!(balance_of(db, "suspense/").await, 500);
        let again = number(db, "select max(id) from break where state = 'open'").await;
        assert!(again > id);
        let twice = run(db, &on("truong", "2026-06-07"), &cancel()).await;
        assert_eq!(code(twice), "state_wrong");
        // It was a parent after all.
        let assign = |approve| AssignCredit {
            book: s.book.clone(),
            id: again,
            bill: Some(s.codes[0].clone()),
            debtor: None,
            reason: "Phụ huynh gọi điện, nộp cho con".into(),
            approve,
        };
        run(db, &on("ketoan", "2026-06-07"), &assign(false))
            .await
            .unwrap();
        run(db, &on("truong", "2026-06-07"), &assign(true))
            .await
            .unwrap();
        check(db, &s).await;
        assert_eq!(balance_of(db, "suspense/").await, 0);
        assert_eq!(credit_and_owed(db, &s).await, (360, -360));
    });
}

/// Catches a payment that the bank took back before it was sent back, and that then stands
/// in suspense and as a claim on the bank for ever, or is assigned to a bill.
#[test]
fn what_the_bank_took_back_itself_is_not_sent_back() {
    both("send_back_taken", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let (s, id) = stray(db, folder.path()).await;
        let payout: i64 = approved(db, &s, id).await.payout.unwrap().parse().unwrap();
        let other = credit(600, "FT2", &format!("nop tien {}", s.codes[0]));
        let lines = [other, debit(500, "FT1")];
        let imported = statement(db, &s, "2026-06-06", &lines).await;
        assert_eq!(imported.breaks.len(), 1);
        assert_eq!(balance_of(db, "claim/970405").await, -500);
        let cancel = CancelSentBack {
            book: s.book.clone(),
            payout,
            reason: "Ngân hàng đã tự thu lại tiền".into(),
        };
        let done = run(db, &on("truong", "2026-06-06"), &cancel).await.unwrap();
        assert_eq!((done.amount, done.state.as_str()), (500, "cancelled"));
        check(db, &s).await;
        for account in ["claim/", "suspense/", "payable/"] {
            assert_eq!(balance_of(db, account).await, 0, "{account}");
        }
        assert_eq!(
            number(db, "select count(*) from break where state <> 'resolved'").await,
            0
        );
        close(db, &s, DAY, "2026-06-06").await;
        close(db, &s, "2026-06-06", "2026-06-06").await;
    });
}

/// Catches a sent-back payment whose row somebody changes behind the program's back.
#[test]
fn an_edited_payout_is_found() {
    both("send_back_tamper", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let (s, id) = stray(db, folder.path()).await;
        approved(db, &s, id).await;
        for (edit, mend) in [
            (
                "update payout set amount = 501",
                "update payout set amount = 500",
            ),
            (
                "update break set action = 'accept'",
                "update break set action = 'send_back'",
            ),
            (
                "update payout set break_id = null",
                "update payout set break_id = (select max(id) from break)",
            ),
            (
                "update payout_part set amount = 499",
                "update payout_part set amount = 500",
            ),
        ] {
            for (sql, holds) in [(edit, false), (mend, true)] {
                let mut tx = harness::locked(db, s.book.id).await;
                tx.execute(sql, args![]).await.unwrap();
                tx.commit().await.unwrap();
                let mut tx = db.begin_read().await.unwrap();
                let verified = verify(&mut tx, &s.book, &s.keys).await.unwrap();
                tx.rollback().await.unwrap();
                assert_eq!(verified.is_ok(), holds, "{sql}");
            }
        }
        let plain = CancelPayout {
            book: s.book.clone(),
            payout: number(db, "select max(id) from payout").await,
            reason: "Hủy nhầm lệnh của kế toán".into(),
        };
        let refused = run(db, &on("quy", DAY), &plain).await;
        assert_eq!(
            code(refused),
            "state_wrong",
            "it would stand in suspense without a break"
        );
    });
}
