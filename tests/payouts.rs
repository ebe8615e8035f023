//! Money of a biller that goes out again, on both databases: refunds and remittances from
//! request to settled, sent back, cancelled, and taken back by the bank meanwhile.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "school_cash/bank.rs"]
mod bank;
mod harness;
#[path = "payouts/steps.rs"]
mod steps;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::collection::bill::CancelBill;
use ansinh::collection::notice::Told;
use ansinh::collection::payout::{MakeRemittance, PayTo, PayoutReply};
use ansinh::collection::payout_cancel::{CancelPayout, Readdress};
use ansinh::collection::sql::payout as payout_sql;
use ansinh::disbursement::approve::{ApproveBatch, SubmitBatch};
use ansinh::disbursement::release::ReleaseBatch;
use ansinh::ledger;
use ansinh::payment;
use ansinh::reconcile::credits::{self, TakeNotices};
use ansinh::reconcile::resolve::{Action, ResolveBreak, Turn};
use ansinh::reconcile::verify::verify;
use ansinh::store::{Db, run};
use ansinh_settlement::Day;
use bank::{Line, code, on, statement_on, take, told};
use harness::{both, number};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use steps::*;
use world::School;

/// Catches a refund of money that no statement confirmed, of more than there is, to an
/// account that nobody proved; one that is paid without a second person; and credit that is
/// paid back and used for a bill as well.
#[test]
fn a_refund_goes_back_once_confirmed_and_approved() {
    both("refund", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = set_up(db, folder.path(), &[(0, 100, 40), (1, 170, 0)]).await;
        let content = format!("nop tien {}", s.codes[0]);
        take(db, &s, vec![from_source(&s, 1, &content, 240)]).await;
        let source = PayTo::Source {
            collection: collection_id(db).await,
        };
        let day = "2026-06-05";
        let make = refund(&s, 100, source.clone());
        let early = run(db, &on("quy", day), &make).await;
        assert_eq!(code(early), "refund_too_much", "only a notice told of it");
        let lines = [credit(240, "FT1", &content)];
        statement(db, &s, day, &lines).await;
        for (command, want) in [
            (refund(&s, 101, source.clone()), "refund_too_much"),
            (refund(&s, 0, source.clone()), "amount_invalid"),
            (
                refund(
                    &s,
                    10,
                    PayTo::Account {
                        bin: SOURCE.0.into(),
                        number: SOURCE.1.into(),
                    },
                ),
                "payee_unverified",
            ),
        ] {
            let refused = run(db, &on("quy", day), &command).await;
            assert_eq!(code(refused), want);
        }
        let stranger = run(db, &on("ketoan", day), &make).await;
        assert_eq!(code(stranger), "role_missing");
        let made: PayoutReply = run(db, &on("quy", day), &make).await.unwrap();
        assert_eq!(credit_and_owed(db, &s).await, (0, 0));
        let twice = run(db, &on("quy", day), &make).await;
        assert_eq!(code(twice), "refund_too_much");
        let prepared = prepare(db, &s, day).await.unwrap();
        assert_eq!(
            (prepared.batches.len(), prepared.batches[0].total),
            (1, 100)
        );
        assert_eq!(code(prepare(db, &s, day).await), "nothing_to_pay_out");
        check(db, &s).await;
        let sent = pay(db, &s, &prepared.batches[0].batch, day).await;
        check(db, &s).await;
        let other = format!("nop tien {}", s.codes[1]);
        let lines = [debit(100, &sent[0]), credit(170, "FT2", &other)];
        let imported = statement(db, &s, "2026-06-06", &lines).await;
        assert_eq!(imported.outcomes.matched, 2);
        close(db, &s, day, "2026-06-06").await;
        close(db, &s, "2026-06-06", "2026-06-06").await;
        let cancel = CancelPayout {
            book: s.book.clone(),
            payout: made.payout.parse().unwrap(),
            reason: "Phụ huynh đổi ý, không lấy".into(),
        };
        let late = run(db, &on("quy", "2026-06-06"), &cancel).await;
        assert_eq!(code(late), "state_wrong", "it is paid already");
        // The bank takes the payment back after all: the debtor owes bill and refund.
        let imported = statement(db, &s, "2026-06-07", &[debit(240, "FT1")]).await;
        assert_eq!(imported.breaks.len(), 1);
        assert_eq!(imported.breaks[0].statement_amount, Some(240));
        let claims = "select cast(coalesce(sum(b.debits - b.credits), 0) as bigint) from balance b join account a \
                      on a.book_id = b.book_id and a.id = b.account_id where a.name like 'claim/debtor-%'";
        assert_eq!(number(db, claims).await, 100);
    });
}

/// Catches a refund that came back and is lost, sent again to the dead account, or paid
/// twice; and one that is cancelled with its money gone.
#[test]
fn a_refund_that_came_back_is_sent_elsewhere_or_cancelled() {
    both("refund_back", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = set_up(db, folder.path(), &[(0, 100, 0), (1, 70, 0)]).await;
        let content = format!("nop tien {}", s.codes[0]);
        take(db, &s, vec![from_source(&s, 1, &content, 300)]).await;
        let day = "2026-06-05";
        statement(db, &s, day, &[credit(300, "FT1", &content)]).await;
        let source = PayTo::Source {
            collection: collection_id(db).await,
        };
        let mut ids = Vec::new();
        for amount in [120, 80] {
            let made = run(db, &on("quy", day), &refund(&s, amount, source.clone())).await;
            ids.push(made.unwrap().payout.parse::<i64>().unwrap());
        }
        assert_eq!(credit_and_owed(db, &s).await, (0, 0));
        let batch = prepare(db, &s, day).await.unwrap().batches.remove(0);
        let sent = pay(db, &s, &batch.batch, day).await;
        let moved = [debit(120, &sent[0]), debit(80, &sent[1])];
        statement(db, &s, "2026-06-06", &moved).await;
        let back = ("C", 120, sent[0].clone(), String::new());
        let other = ("C", 80, sent[1].clone(), String::new());
        let imported = statement(db, &s, "2026-06-07", &[back, other]).await;
        assert_eq!(imported.outcomes.returned, 2);
        assert_eq!(
            code(prepare(db, &s, "2026-06-07").await),
            "nothing_to_pay_out"
        );
        let readdress = |number: &str| Readdress {
            book: s.book.clone(),
            payout: ids[0],
            to: PayTo::Account {
                bin: OTHER.0.into(),
                number: number.into(),
            },
            name: "Trần Thị Mẹ".into(),
            keys: s.keys.clone(),
        };
        let refused = run(db, &on("quy", "2026-06-07"), &readdress("999")).await;
        assert_eq!(code(refused), "payee_unverified");
        run(db, &on("quy", "2026-06-07"), &readdress(OTHER.1))
            .await
            .unwrap();
        let again = prepare(db, &s, "2026-06-07").await.unwrap();
        assert_eq!((again.batches[0].total, again.waiting), (120, 1));
        assert_eq!(again.batches[0].follows.as_ref(), Some(&batch.batch));
        let resent = pay(db, &s, &again.batches[0].batch, "2026-06-07").await;
        assert_ne!(resent[0], sent[0]);
        statement(db, &s, "2026-06-08", &[debit(120, &resent[0])]).await;
        assert_eq!(
            code(prepare(db, &s, "2026-06-08").await),
            "nothing_to_pay_out"
        );
        let cancel = CancelPayout {
            book: s.book.clone(),
            payout: ids[1],
            reason: "Phụ huynh để lại cho tháng sau".into(),
        };
        run(db, &on("quy", "2026-06-08"), &cancel).await.unwrap();
        assert_eq!(credit_and_owed(db, &s).await, (80, -80));
        check(db, &s).await;
        let twice = run(db, &on("quy", "2026-06-08"), &cancel).await;
        assert_eq!(code(twice), "state_wrong");
        let mut tx = db.begin_read().await.unwrap();
        let left = payout_sql::confirmed_credit(&mut tx, s.book.id, 0, None).await;
        tx.rollback().await.unwrap();
        assert_eq!(left.unwrap(), []);
    });
}

/// Catches a batch that is given up and whose money is stuck or doubled, and a request that
/// is cancelled while a batch pays it.
#[test]
fn a_refund_whose_batch_is_given_up_can_be_paid_or_cancelled() {
    use ansinh::disbursement::reject::RejectBatch;
    both("refund_reject", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = set_up(db, folder.path(), &[(0, 100, 0)]).await;
        let content = format!("nop tien {}", s.codes[0]);
        take(db, &s, vec![from_source(&s, 1, &content, 150)]).await;
        let day = "2026-06-05";
        statement(db, &s, day, &[credit(150, "FT1", &content)]).await;
        let source = PayTo::Source {
            collection: collection_id(db).await,
        };
        let made = run(db, &on("quy", day), &refund(&s, 50, source)).await;
        let payout = made.unwrap().payout.parse().unwrap();
        let cancel = CancelPayout {
            book: s.book.clone(),
            payout,
            reason: "Phụ huynh đổi ý, không lấy".into(),
        };
        let give_up = |batch: &str| RejectBatch {
            book: s.book.clone(),
            batch: batch.parse().unwrap(),
            reason: "Lập nhầm đợt, hủy để lập lại".into(),
        };
        let batch = prepare(db, &s, day).await.unwrap().batches.remove(0).batch;
        let planned = run(db, &on("quy", day), &cancel).await;
        assert_eq!(code(planned), "state_wrong");
        run(db, &on("quy", day), &give_up(&batch)).await.unwrap();
        check(db, &s).await;
        let batch = prepare(db, &s, day).await.unwrap().batches.remove(0).batch;
        let (book, id) = (s.book.clone(), batch.parse().unwrap());
        let submit = SubmitBatch {
            book: book.clone(),
            batch: id,
        };
        run(db, &on("quy", day), &submit).await.unwrap();
        let approve = ApproveBatch {
            book: book.clone(),
            batch: id,
            digest: None,
            keys: s.keys.clone(),
        };
        run(db, &on("hieu", day), &approve).await.unwrap();
        let release = ReleaseBatch {
            book,
            batch: id,
            keys: s.keys.clone(),
        };
        run(db, &on("hieu", day), &release).await.unwrap();
        check(db, &s).await;
        run(db, &on("hieu", day), &give_up(&batch)).await.unwrap();
        check(db, &s).await;
        run(db, &on("hieu", day), &cancel).await.unwrap();
        check(db, &s).await;
        assert_eq!(credit_and_owed(db, &s).await, (50, -50));
        assert_eq!(code(prepare(db, &s, day).await), "nothing_to_pay_out");
    });
}

/// Catches money passed on that only a notice told of, passed on twice, or without its
/// list; and what the bank took back since and is not taken off.
#[test]
fn what_was_collected_for_others_is_passed_on_once() {
    both("remittance", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let bills = [(0, 100, 40), (1, 70, 30), (2, 0, 20)];
        let s = set_up(db, folder.path(), &bills).await;
        let content = |n: usize| format!("nop tien {}", s.codes[n]);
        let day = "2026-06-05";
        let none = run(db, &on("quy", day), &remittance(&s)).await;
        assert_eq!(code(none), "nothing_to_remit");
        let paid = vec![
            told(&s, 1, &content(0), 140),
            told(&s, 2, &content(1), 100),
            told(&s, 3, &content(2), 20),
        ];
        take(db, &s, paid).await;
        let lines = [
            credit(140, "FT1", &content(0)),
            credit(100, "FT2", &content(1)),
        ];
        statement(db, &s, day, &lines).await;
        let unknown = MakeRemittance {
            third_party: "xyz".into(),
            ..remittance(&s)
        };
        let refused = run(db, &on("quy", day), &unknown).await;
        assert_eq!(code(refused), "not_found");
        let made = run(db, &on("quy", day), &remittance(&s)).await.unwrap();
        assert_eq!((made.amount, made.parts, made.deducted), (70, 2, 0));
        let twice = run(db, &on("quy", day), &remittance(&s)).await;
        assert_eq!(code(twice), "nothing_to_remit");
        let mut tx = db.begin_read().await.unwrap();
        let id = made.payout.parse().unwrap();
        let list = payout_sql::parts_with_bills(&mut tx, s.book.id, id).await;
        tx.rollback().await.unwrap();
        let list: Vec<(String, i64)> = list
            .unwrap()
            .into_iter()
            .map(|p| (p.debtor_code, p.piece.amount))
            .collect();
        assert_eq!(list, [("HS0".into(), 40), ("HS1".into(), 30)]);
        let batch = prepare(db, &s, day).await.unwrap().batches.remove(0).batch;
        let sent = pay(db, &s, &batch, day).await;
        let lines = [debit(70, &sent[0]), credit(20, "FT3", &content(2))];
        statement(db, &s, "2026-06-06", &lines).await;
        // Of the first payment 40 were passed on; 20 of another pupil lie there now.
        statement(db, &s, "2026-06-07", &[debit(140, "FT1")]).await;
        let none = run(db, &on("quy", "2026-06-07"), &remittance(&s)).await;
        assert_eq!(code(none), "nothing_to_remit");
        let again = format!("nop lai {}", s.codes[0]);
        statement(db, &s, "2026-06-08", &[credit(140, "FT9", &again)]).await;
        let made = run(db, &on("quy", "2026-06-08"), &remittance(&s))
            .await
            .unwrap();
        assert_eq!((made.amount, made.parts, made.deducted), (40, 2, 20));
        check(db, &s).await;
    });
}

/// Catches a paid bill whose cancellation loses its money, leaves it income or somebody
/// else's, keeps its receipts, or takes back what was passed on already; and a payment that
/// the bank takes back after that.
#[test]
fn a_paid_bill_that_is_cancelled_becomes_credit() {
    both("bill_credit", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let bills = [(0, 100, 40), (1, 70, 30), (2, 300, 0)];
        let s = set_up(db, folder.path(), &bills).await;
        let content = |n: usize| format!("nop tien {}", s.codes[n]);
        let day = "2026-06-05";
        take(db, &s, vec![told(&s, 1, &content(0), 140)]).await;
        let lines = [
            credit(140, "FT1", &content(0)),
            credit(100, "FT2", &content(1)),
            credit(300, "FT3", &content(2)),
        ];
        statement(db, &s, day, &lines).await;
        let cancel = |n: usize| CancelBill {
            book: s.book.clone(),
            bill: s.codes[n].clone(),
            reason: "Học sinh chuyển trường từ đầu tháng".into(),
        };
        let alone = run(db, &on("quy", day), &cancel(0)).await;
        assert_eq!(code(alone), "role_missing");
        let live = "select count(*) from receipt r where r.what = 'receipt' and r.debtor_id in (select id from debtor where code = 'HS0') \
                    and not exists (select 1 from receipt x where x.book_id = r.book_id and x.cancels_id = r.id)";
        assert_eq!(number(db, live).await, 2);
        run(db, &on("hieu", day), &cancel(0)).await.unwrap();
        check(db, &s).await;
        assert_eq!(credit_and_owed(db, &s).await, (140, -140));
        assert_eq!(number(db, live).await, 0);
        let onward = "select b.credits - b.debits from balance b join account a on a.book_id = b.book_id \
                      and a.id = b.account_id where a.name = 'onward/bhxh'";
        assert_eq!(number(db, onward).await, 30);
        // The rest is passed on: its bill stays until the money is got back.
        let made = run(db, &on("quy", day), &remittance(&s)).await.unwrap();
        assert_eq!(made.amount, 30);
        let refused = run(db, &on("hieu", day), &cancel(1)).await;
        assert_eq!(code(refused), "already_passed_on");
        let back = CancelPayout {
            book: s.book.clone(),
            payout: made.payout.parse().unwrap(),
            reason: "Sai danh sách, lập lại sau".into(),
        };
        run(db, &on("quy", day), &back).await.unwrap();
        run(db, &on("hieu", day), &cancel(1)).await.unwrap();
        check(db, &s).await;
        assert_eq!(number(db, onward).await, 0);
        let twice = run(db, &on("hieu", day), &cancel(1)).await;
        assert_eq!(code(twice), "state_wrong");
        // What became credit is still the payment's: the bank may take it back.
        statement(db, &s, "2026-06-06", &[debit(140, "FT1")]).await;
        assert_eq!(credit_and_owed(db, &s).await, (0, 0));
    });
}

/// Catches a cancelled bill whose payment never came and whose credit stays.
#[test]
fn credit_of_a_cancelled_bill_goes_when_its_money_never_came() {
    both("bill_credit_never", async |test| {
        let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
        let s = set_up(db, folder.path(), &[(0, 100, 40), (1, 70, 0)]).await;
        let content = |n: usize| format!("nop tien {}", s.codes[n]);
        take(db, &s, vec![told(&s, 1, &content(0), 140)]).await;
        let cancel = CancelBill {
            book: s.book.clone(),
            bill: s.codes[0].clone(),
            reason: "Học sinh chuyển trường từ đầu tháng".into(),
        };
        run(db, &on("hieu", "2026-06-05"), &cancel).await.unwrap();
        check(db, &s).await;
        statement(db, &s, "2026-06-05", &[credit(70, "FT2", &content(1))]).await;
        let imported = statement(db, &s, "2026-06-25", &[]).await;
        let id = imported.breaks[0].id.parse().unwrap();
        for (who, turn) in [("ketoan", Turn::Propose), ("truong", Turn::Approve)] {
            not_received(db, &s, id, (who, turn), "2026-06-25").await;
        }
        check(db, &s).await;
        assert_eq!(credit_and_owed(db, &s).await, (0, 0));
    });
}

/// One thing that somebody does; the number chooses among what is possible.
#[derive(Clone, Copy, Debug)]
enum Act {
    Pay(usize, i64),
    Confirm,
    Refund(i64),
    Remit,
    Prepare,
    SendAll,
    Settle,
    SendBack(usize),
    CancelPayout(usize),
    CancelBill(usize),
    TakeBack(usize),
    NeverCame(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let one = prop_oneof![
        4 => (0..3usize, 1..300i64).prop_map(|(n, a)| Act::Pay(n, a)),
        3 => Just(Act::Confirm),
        3 => (1..200i64).prop_map(Act::Refund),
        2 => Just(Act::Remit),
        3 => Just(Act::Prepare),
        3 => Just(Act::SendAll),
        3 => Just(Act::Settle),
        1 => (0..9usize).prop_map(Act::SendBack),
        1 => (0..9usize).prop_map(Act::CancelPayout),
        1 => (0..3usize).prop_map(Act::CancelBill),
        1 => (0..9usize).prop_map(Act::TakeBack),
        1 => (0..9usize).prop_map(Act::NeverCame),
    ];
    proptest::collection::vec(one, 8..28)
}

/// The bank of a random history: what it holds, and what it has not reported yet.
#[derive(Default)]
struct Bank {
    held: i64,
    /// (reference, content, amount) of payments it will report.
    coming: Vec<(String, String, i64)>,
    /// (reference, amount) of payments that it reported and that may be taken back.
    came: Vec<(String, i64)>,
    /// (reference, amount) of payments out that it was told of, and of those it booked.
    told: Vec<(String, i64)>,
    booked: Vec<(String, i64)>,
    batches: Vec<String>,
    days: i64,
}

impl Bank {
    fn day(&mut self) -> String {
        self.days += 1;
        Day::parse("2026-06-05")
            .unwrap()
            .plus_days(self.days)
            .to_string()
    }

    async fn report(&mut self, db: &Db, s: &School, lines: &[Line<'_>]) {
        for l in lines {
            self.held += if l.0 == "C" { l.1 } else { -l.1 };
        }
        let day = self.day();
        statement_on(db, s, &day, lines).await;
    }
}

async fn act(db: &Db, s: &School, bank: &mut Bank, n: usize, act: Act) {
    let today = Day::parse("2026-06-05").unwrap().plus_days(bank.days);
    let today = today.to_string();
    let quy = on("quy", &today);
    match act {
        Act::Pay(bill, amount) => {
            let content = format!("nop tien {}", s.codes[bill]);
            let told = Told {
                at: on("", &today).now.0,
                ..from_source(s, n, &content, amount)
            };
            let command = TakeNotices {
                told: vec![told],
                keys: s.keys.clone(),
            };
            run(db, &on("sepay", &today), &command).await.unwrap();
            bank.coming.push((format!("FT{n}"), content, amount));
        }
        Act::Confirm => {
            let coming = std::mem::take(&mut bank.coming);
            let lines: Vec<Line<'_>> = coming
                .iter()
                .map(|(r, c, a)| ("C", *a, r.clone(), c.clone()))
                .collect();
            bank.report(db, s, &lines).await;
            bank.came.extend(coming.into_iter().map(|(r, _, a)| (r, a)));
        }
        Act::Refund(amount) => {
            // Of more than there is, or of what is not confirmed: refused, and nothing moves.
            let to = PayTo::Account {
                bin: OTHER.0.into(),
                number: OTHER.1.into(),
            };
            let _refused = run(db, &quy, &refund(s, amount, to)).await;
        }
        Act::Remit => {
            let _refused = run(db, &quy, &remittance(s)).await;
        }
        Act::Prepare => {
            if let Ok(made) = prepare(db, s, &today).await {
                bank.batches
                    .extend(made.batches.into_iter().map(|b| b.batch));
            }
        }
        Act::SendAll => {
            for batch in std::mem::take(&mut bank.batches) {
                let free = bank.held - bank.told.iter().map(|t| t.1).sum::<i64>();
                let sql = format!("select total from batch where id = {batch}");
                if number(db, &sql).await > free {
                    bank.batches.push(batch);
                    continue;
                }
                for reference in pay(db, s, &batch, &today).await {
                    let id = payment::instruction_of(s.book.id, &reference).unwrap();
                    let sql = format!("select amount from instruction where id = {id}");
                    bank.told.push((reference, number(db, &sql).await));
                }
            }
        }
        Act::Settle => {
            let told = std::mem::take(&mut bank.told);
            let lines: Vec<Line<'_>> = told
                .iter()
                .map(|(r, a)| ("D", *a, r.clone(), String::new()))
                .collect();
            bank.report(db, s, &lines).await;
            bank.booked.extend(told);
        }
        Act::SendBack(k) if !bank.booked.is_empty() => {
            let at = k % bank.booked.len();
            let (reference, amount) = bank.booked.remove(at);
            let line = ("C", amount, reference, String::new());
            bank.report(db, s, &[line]).await;
        }
        Act::CancelPayout(k) => {
            let all = number(db, "select count(*) from payout").await;
            if all > 0 {
                let nth = i64::try_from(k).unwrap() % all;
                let sql = format!("select id from payout order by id limit 1 offset {nth}");
                let command = CancelPayout {
                    book: s.book.clone(),
                    payout: number(db, &sql).await,
                    reason: "Phụ huynh đổi ý, không lấy".into(),
                };
                let _refused = run(db, &quy, &command).await;
            }
        }
        Act::CancelBill(bill) => {
            let command = CancelBill {
                book: s.book.clone(),
                bill: s.codes[bill].clone(),
                reason: "Học sinh chuyển trường từ đầu tháng".into(),
            };
            let _refused = run(db, &on("hieu", &today), &command).await;
        }
        Act::TakeBack(k) if !bank.came.is_empty() => {
            let at = k % bank.came.len();
            let out: i64 = bank.told.iter().map(|t| t.1).sum();
            if bank.held - out >= bank.came[at].1 {
                let (reference, amount) = bank.came.remove(at);
                bank.report(db, s, &[("D", amount, reference, String::new())])
                    .await;
            }
        }
        Act::NeverCame(k) if !bank.coming.is_empty() => {
            let at = k % bank.coming.len();
            let (reference, ..) = bank.coming.remove(at);
            bank.days += 20;
            bank.report(db, s, &[]).await;
            let sql = format!("select id from collection where bank_ref = '{reference}'");
            let name = credits::reference(s.book.id, number(db, &sql).await).unwrap();
            let sql = format!(
                "select max(id) from break where kind = 'notice_unconfirmed' and reference = '{name}'"
            );
            let id = number(db, &sql).await;
            let today = Day::parse("2026-06-05").unwrap().plus_days(bank.days);
            for (who, turn) in [("ketoan", Turn::Propose), ("truong", Turn::Approve)] {
                not_received(db, s, id, (who, turn), &today.to_string()).await;
            }
        }
        Act::SendBack(_) | Act::TakeBack(_) | Act::NeverCame(_) => {}
    }
}

/// One of the two who say that announced money never came.
async fn not_received(db: &Db, s: &School, id: i64, (who, turn): (&str, Turn), day: &str) {
    let command = ResolveBreak {
        book: s.book.clone(),
        id,
        action: (turn == Turn::Propose).then_some(Action::NotReceived),
        target: None,
        bank_reason: None,
        reason: "Ngân hàng xác nhận không có tiền".into(),
        turn,
    };
    run(db, &on(who, day), &command).await.unwrap();
}

/// Catches, in any history of payments, refunds, remittances, returns, cancellations and
/// payments taken back: a book that does not verify, money at the bank that is not what the
/// bank holds, and more given back or passed on than came in.
#[test]
fn any_history_of_payouts_verifies_and_keeps_each_dong() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    let strategy = acts();
    for _ in 0..12 {
        let history = strategy.new_tree(&mut runner).unwrap().current();
        both("payout_history", async |test| {
            let (db, folder) = (&test.db, tempfile::tempdir().unwrap());
            let bills = [(0, 100, 40), (0, 30, 20), (1, 50, 60)];
            let s = set_up(db, folder.path(), &bills).await;
            let mut bank = Bank::default();
            for (n, what) in history.iter().enumerate() {
                act(db, &s, &mut bank, n + 1, *what).await;
                let mut tx = db.begin_read().await.unwrap();
                let verified = verify(&mut tx, &s.book, &s.keys).await.unwrap();
                let nostro = s.bank.nostro_id;
                let held = ledger::load_balances(&mut tx, s.book.id, &[nostro]).await;
                tx.rollback().await.unwrap();
                let told = format!("{what:?}, number {n} of {history:?}");
                assert!(verified.is_ok(), "{verified:?} after {told}");
                let nostro = &held.unwrap()[&nostro];
                assert_eq!(nostro.debits - nostro.credits, bank.held, "after {told}");
            }
        });
    }
}
