//! Receipts of payments, on both databases: their numbers, what they say, what cancels them,
//! and the text that proves one.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "school_cash/bank.rs"]
mod bank;
mod harness;
#[path = "school_cash/world.rs"]
mod world;

use ansinh::args;
use ansinh::clock::Instant;
use ansinh::collection::notice::Told;
use ansinh::collection::receipt_cancel::{CancelReceipt, CancelReply};
use ansinh::collection::receipt_paper::paper;
use ansinh::collection::receipt_qr;
use ansinh::collection::sql::receipt::{Asked, ReceiptRow, list};
use ansinh::error::Failure;
use ansinh::reconcile::assign::AssignCredit;
use ansinh::reconcile::credits::TakeNotices;
use ansinh::reconcile::resolve::{Action, ResolveBreak, Turn};
use ansinh::reconcile::verify::verify;
use ansinh::store::{Ctx, Db, run};
use bank::{code, on, statement_on, take, told};
use harness::{both, ctx, locked, number};
use world::{School, school};

async fn receipts(db: &Db, s: &School) -> Vec<ReceiptRow> {
    let mut tx = db.begin_read().await.unwrap();
    let asked = Asked {
        limit: 10_000,
        ..Asked::default()
    };
    let rows = list(&mut tx, s.book.id, &asked).await.unwrap();
    tx.rollback().await.unwrap();
    rows
}

/// (name, amount, is it cancelled) of every receipt.
async fn told_by(db: &Db, s: &School) -> Vec<(String, i64, bool)> {
    let rows = receipts(db, s).await;
    let one = |r: &ReceiptRow| (r.name(), r.amount, r.cancelled_by.is_some());
    rows.iter().map(one).collect()
}

/// Where a verification of the book stops; empty where it holds.
async fn wrong_place(db: &Db, s: &School) -> String {
    let mut tx = db.begin_read().await.unwrap();
    let found = verify(&mut tx, &s.book, &s.keys).await.unwrap();
    tx.rollback().await.unwrap();
    found.err().map_or(String::new(), |w| w.place)
}

fn three(name: &str, amount: i64, cancelled: bool) -> (String, i64, bool) {
    (name.to_owned(), amount, cancelled)
}

/// Catches a payment without its receipts or with two, a repeated notice or its statement
/// that makes more, a receipt for money whose use is not known, and đồng that differ.
#[test]
fn each_payment_has_its_receipts_once() {
    both("receipt_once", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let bills = [(0, 100, 40), (1, 60, 0)];
        let s = school(db, folder.path(), &bills, false).await;
        let two = format!("{} {}", s.codes[0], s.codes[1]);
        let first = told(&s, 1, &two, 190);
        take(db, &s, vec![first.clone(), first.clone()]).await;
        // 140 for the first bill, 50 of 60 for the second: thu hộ has its own paper.
        let made = [
            three("TH/2026/0000001", 40, false),
            three("PT/2026/0000001", 100, false),
            three("PT/2026/0000002", 50, false),
        ];
        assert_eq!(told_by(db, &s).await, made);
        take(db, &s, vec![first]).await;
        let day = "2026-06-05";
        statement_on(db, &s, day, &[("C", 190, "FT1".into(), two)]).await;
        assert_eq!(told_by(db, &s).await, made);
        assert_eq!(wrong_place(db, &s).await, "");
        // What names nobody and what is too much wait without a paper.
        let odd = told(&s, 2, "KHONG RO", 10);
        let over = told(&s, 3, &s.codes[0], 7);
        take(db, &s, vec![odd, over]).await;
        assert_eq!(told_by(db, &s).await, made);
        // Once somebody says what it is for it has one, of that day.
        let id = number(db, "select id from break where kind = 'credit_unmatched'").await;
        let assign = |approve| AssignCredit {
            book: s.book.clone(),
            id,
            bill: Some(s.codes[1].clone()),
            debtor: None,
            reason: "Phụ huynh gọi điện báo".into(),
            approve,
        };
        run(db, &on("ketoan", day), &assign(false)).await.unwrap();
        run(db, &on("truong", day), &assign(true)).await.unwrap();
        let all = told_by(db, &s).await;
        assert_eq!(all[3..], [three("PT/2026/0000003", 10, false)]);
        assert_eq!(wrong_place(db, &s).await, "");
        let rows = receipts(db, &s).await;
        let body = rows[0].body().unwrap();
        assert_eq!(
            (body.title.as_str(), body.debtor_code.as_str()),
            ("PHIẾU THU HỘ", "HS0")
        );
        assert_eq!((body.lines.len(), body.lines[0].amount), (1, 40));
        let printed = paper(&s.keys, "TH", &rows[0], None).unwrap();
        assert!(printed.notes.iter().any(|n| n.contains("Bốn mươi đồng")));
        assert!(
            printed
                .notes
                .iter()
                .any(|n| n.contains("không phải là khoản thu của đơn vị"))
        );
    });
}

/// Catches credit that pays a bill without a paper, and one that gets two: when it came in
/// and when it was used.
#[test]
fn credit_has_its_receipt_when_it_is_used() {
    both("receipt_credit", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let bills = [(0, 100, 0), (0, 70, 0)];
        let s = school(db, folder.path(), &bills, true).await;
        take(db, &s, vec![told(&s, 1, &s.codes[0], 150)]).await;
        // Used at once for the second bill: one paper for the payment.
        assert_eq!(
            told_by(db, &s).await,
            [three("PT/2026/0000001", 150, false)]
        );
        let rows = receipts(db, &s).await;
        let amounts: Vec<i64> = rows[0]
            .body()
            .unwrap()
            .lines
            .iter()
            .map(|l| l.amount)
            .collect();
        assert_eq!(amounts, [100, 50]);
        take(db, &s, vec![told(&s, 2, &s.codes[0], 20)]).await;
        assert_eq!(
            told_by(db, &s).await[1..],
            [three("PT/2026/0000002", 20, false)]
        );
        assert_eq!(wrong_place(db, &s).await, "");
    });
}

/// Catches money that never came, or that the bank took back, whose receipt stays good; and
/// a number that is given out again.
#[test]
fn what_is_undone_is_cancelled_by_number() {
    both("receipt_undone", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let bills = [(0, 100, 40), (1, 60, 0)];
        let s = school(db, folder.path(), &bills, false).await;
        let notices = vec![told(&s, 1, &s.codes[0], 140), told(&s, 2, &s.codes[1], 60)];
        take(db, &s, notices).await;
        let day = "2026-06-09";
        let in_full = [("C", 60, "FT2".into(), s.codes[1].clone())];
        let late = statement_on(db, &s, day, &in_full).await;
        let [unconfirmed] = late.breaks.as_slice() else {
            panic!("{:?}", late.breaks)
        };
        let act = |turn| ResolveBreak {
            book: s.book.clone(),
            id: unconfirmed.id.parse().unwrap(),
            action: Some(Action::NotReceived),
            target: None,
            bank_reason: None,
            reason: "Ngân hàng xác nhận không có".into(),
            turn,
        };
        run(db, &on("ketoan", day), &act(Turn::Propose))
            .await
            .unwrap();
        assert!(told_by(db, &s).await.iter().all(|r| !r.2), "only proposed");
        run(db, &on("truong", day), &act(Turn::Approve))
            .await
            .unwrap();
        let undone = [
            three("TH/2026/0000001", 40, true),
            three("PT/2026/0000001", 100, true),
            three("PT/2026/0000002", 60, false),
        ];
        assert_eq!(told_by(db, &s).await, undone);
        assert_eq!(wrong_place(db, &s).await, "");
        let back = [("D", 60, "FT2".into(), "HOAN TRA".into())];
        statement_on(db, &s, day, &back).await;
        assert!(told_by(db, &s).await.iter().all(|r| r.2));
        let numbers = "select count(*) from receipt where what = 'cancellation' and symbol = 'HUY' and number <= 3";
        assert_eq!(number(db, numbers).await, 3);
        // The same money again gets the next numbers.
        let again = vec![Told {
            at: Instant::parse("2026-06-09T10:00").unwrap().0,
            ..told(&s, 3, &s.codes[0], 140)
        }];
        let keys = s.keys.clone();
        let later = Ctx::new("sepay", Instant::parse("2026-06-09T11:00").unwrap());
        run(db, &later, &TakeNotices { told: again, keys })
            .await
            .unwrap();
        assert_eq!(
            told_by(db, &s).await[3..],
            [
                three("TH/2026/0000002", 40, false),
                three("PT/2026/0000003", 100, false)
            ]
        );
        assert_eq!(wrong_place(db, &s).await, "");
    });
}

/// Catches numbers that go on over the turn of the year, and a year taken from the payment
/// or in another time zone.
#[test]
fn numbers_begin_anew_each_year() {
    both("receipt_year", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let bills = [(0, 100, 0), (1, 100, 0), (2, 100, 0)];
        let s = school(db, folder.path(), &bills, false).await;
        // The last minute of the year at +07:00, and the first of the next, which is still
        // the old year in UTC.
        let moments = ["2026-12-31T23:59", "2027-01-01T00:00", "2027-01-01T06:00"];
        for (n, moment) in moments.into_iter().enumerate() {
            let at = Instant::parse(moment).unwrap();
            let one = Told {
                at: Instant::parse("2026-12-31T20:00").unwrap().0,
                ..told(&s, n, &s.codes[n], 100)
            };
            let keys = s.keys.clone();
            let command = TakeNotices {
                told: vec![one],
                keys,
            };
            run(db, &Ctx::new("sepay", at), &command).await.unwrap();
        }
        assert_eq!(
            told_by(db, &s).await,
            [
                three("PT/2026/0000001", 100, false),
                three("PT/2027/0000001", 100, false),
                three("PT/2027/0000002", 100, false)
            ]
        );
        assert_eq!(wrong_place(db, &s).await, "");
    });
}

/// Catches a number given twice or left out when many commands run at once, some of which
/// are only tried.
#[test]
fn commands_at_once_leave_no_gap() {
    both("receipt_at_once", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let bills: Vec<(usize, i64, i64)> = (0..24).map(|n| (n, 100, 10)).collect();
        let s = school(&test.db, folder.path(), &bills, false).await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..bills.len() {
            let db = test.db.clone();
            let command = TakeNotices {
                told: vec![told(&s, n, &s.codes[n], 110)],
                keys: s.keys.clone(),
            };
            let tried = Ctx {
                dry_run: true,
                ..ctx("sepay")
            };
            running.spawn(async move {
                run(&db, &tried, &command).await.unwrap();
                run(&db, &ctx("sepay"), &command).await.unwrap();
            });
        }
        while let Some(done) = running.join_next().await {
            done.unwrap();
        }
        let mut numbers: Vec<(String, i64)> = receipts(&test.db, &s)
            .await
            .into_iter()
            .map(|r| (r.symbol, r.number))
            .collect();
        numbers.sort();
        let wanted: Vec<(String, i64)> = ["PT", "TH"]
            .into_iter()
            .flat_map(|symbol| (1..=24).map(move |n| (symbol.to_owned(), n)))
            .collect();
        assert_eq!(numbers, wanted);
        assert_eq!(wrong_place(&test.db, &s).await, "");
    });
}

async fn cancel(
    db: &Db,
    s: &School,
    who: &str,
    receipt: &str,
    approve: bool,
) -> Result<CancelReply, Failure> {
    let command = CancelReceipt {
        book: s.book.clone(),
        receipt: receipt.into(),
        reason: if approve {
            ""
        } else {
            "Ghi sai tên người nộp"
        }
        .into(),
        approve,
    };
    run(db, &on(who, "2026-06-05"), &command).await
}

/// Catches a receipt that one person cancels alone, or twice, or without a reason, money that
/// is left without a paper, and a cancellation that is cancelled.
#[test]
fn people_cancel_a_receipt_by_two() {
    both("receipt_by_hand", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 0)], false).await;
        let mut tx = locked(db, s.book.id).await;
        let both_roles =
            "insert into staff_role(staff, book_id, role) values ('truong', $1, 'accountant')";
        tx.execute(both_roles, args![s.book.id]).await.unwrap();
        tx.commit().await.unwrap();
        take(db, &s, vec![told(&s, 1, &s.codes[0], 100)]).await;
        let name = "PT/2026/0000001";
        assert_eq!(
            code(cancel(db, &s, "truong", name, true).await),
            "state_wrong"
        );
        assert_eq!(
            code(cancel(db, &s, "ketoan", name, true).await),
            "role_missing"
        );
        assert_eq!(
            code(cancel(db, &s, "ketoan", "PT/2026/0000009", false).await),
            "not_found"
        );
        let short = CancelReceipt {
            book: s.book.clone(),
            receipt: name.into(),
            reason: "sai".into(),
            approve: false,
        };
        let refused = run(db, &on("ketoan", "2026-06-05"), &short).await;
        assert_eq!(code(refused), "bad_input");
        cancel(db, &s, "truong", name, false).await.unwrap();
        assert_eq!(
            code(cancel(db, &s, "truong", name, true).await),
            "same_person"
        );
        cancel(db, &s, "ketoan", name, false).await.unwrap();
        let reply = cancel(db, &s, "truong", name, true).await.unwrap();
        assert_eq!(reply.state, "cancelled");
        assert_eq!(reply.reason, "Ghi sai tên người nộp");
        assert_eq!(reply.cancellation.as_deref(), Some("HUY/2026/0000001"));
        assert_eq!(reply.replaced_by, ["PT/2026/0000002"]);
        for again in [name, "HUY/2026/0000001"] {
            assert_eq!(
                code(cancel(db, &s, "ketoan", again, false).await),
                "state_wrong"
            );
            assert_eq!(
                code(cancel(db, &s, "truong", again, true).await),
                "state_wrong"
            );
        }
        assert_eq!(wrong_place(db, &s).await, "");
        let rows = receipts(db, &s).await;
        let mut tx = db.begin_read().await.unwrap();
        let old = receipt_qr::text(&s.keys, "TH", &rows[0]);
        let found = receipt_qr::verify(&mut tx, &s.keys, &old).await.unwrap();
        let by = found.cancelled_by.unwrap();
        assert_eq!(by.name(), "HUY/2026/0000001");
        let printed = paper(&s.keys, "TH", &rows[0], Some(&by)).unwrap();
        assert_eq!(printed.stamp.as_deref(), Some("ĐÃ HỦY"));
        assert!(
            printed
                .notes
                .iter()
                .any(|n| n.contains("HUY/2026/0000001") && n.contains("Ghi sai tên"))
        );
        let new = receipt_qr::text(&s.keys, "TH", &rows[1]);
        let found = receipt_qr::verify(&mut tx, &s.keys, &new).await.unwrap();
        assert!(found.cancelled_by.is_none());
        tx.rollback().await.unwrap();
    });
}

/// Catches a text of which a sign was changed and that is still taken, one of another ring,
/// and one whose receipt was changed in the books since.
#[test]
fn an_altered_text_is_refused() {
    both("receipt_altered", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 0)], false).await;
        take(db, &s, vec![told(&s, 1, &s.codes[0], 100)]).await;
        let row = receipts(db, &s).await.remove(0);
        let text = receipt_qr::text(&s.keys, "TH", &row);
        let mut tx = locked(db, s.book.id).await;
        assert!(receipt_qr::verify(&mut tx, &s.keys, &text).await.is_ok());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let altered = String::from_utf8(bytes).unwrap();
            let refused = receipt_qr::verify(&mut tx, &s.keys, &altered).await;
            assert_eq!(code(refused), "receipt_altered", "{altered}");
        }
        for cut in ["", "ANSINHBL1", &text[..text.len() - 1]] {
            let refused = receipt_qr::verify(&mut tx, &s.keys, cut).await;
            assert_eq!(code(refused), "receipt_altered", "{cut}");
        }
        let other = tempfile::tempdir().unwrap();
        let ring = ansinh::store::keys::KeyRing::make(&other.path().join("k")).unwrap();
        let foreign = receipt_qr::text(&ring, "TH", &row);
        let refused = receipt_qr::verify(&mut tx, &s.keys, &foreign).await;
        assert_eq!(code(refused), "receipt_altered");
        let damage = "update receipt set amount = amount + 1";
        tx.execute(damage, Vec::new()).await.unwrap();
        let refused = receipt_qr::verify(&mut tx, &s.keys, &text).await;
        assert_eq!(code(refused), "receipt_altered");
        tx.rollback().await.unwrap();
    });
}

/// Catches receipts that somebody changed, took away or made beside the program, and a
/// verification that does not notice.
#[test]
fn a_changed_receipt_is_found() {
    both("receipt_rows", async |test| {
        let db = &test.db;
        let folder = tempfile::tempdir().unwrap();
        let s = school(db, folder.path(), &[(0, 100, 40), (1, 60, 0)], false).await;
        take(
            db,
            &s,
            vec![told(&s, 1, &s.codes[0], 140), told(&s, 2, &s.codes[1], 60)],
        )
        .await;
        cancel(db, &s, "ketoan", "PT/2026/0000001", false)
            .await
            .unwrap();
        cancel(db, &s, "truong", "PT/2026/0000001", true)
            .await
            .unwrap();
        assert_eq!(wrong_place(db, &s).await, "");
        for (damage, place) in [
            (
                "update receipt_series set last_number = last_number + 1 where symbol = 'TH'",
                "receipts TH/2026",
            ),
            (
                "delete from receipt where symbol = 'PT' and number = 2",
                "receipts PT/2026",
            ),
            (
                "update receipt set number = 9 where symbol = 'PT' and number = 3",
                "receipts PT/2026",
            ),
            (
                "delete from receipt_series where symbol = 'HUY'",
                "receipts HUY/2026",
            ),
            (
                "update receipt set amount = 41 where symbol = 'TH'",
                "receipt TH/2026/0000001",
            ),
            (
                "update allocation set receipt_id = null where amount = 40",
                "collection ",
            ),
            (
                "update allocation set receipt_id = (select id from receipt where symbol = 'PT' and number = 1) where amount = 60",
                "receipt PT/2026/0000001",
            ),
            (
                "update receipt set cancels_id = null, what = 'receipt' where symbol = 'HUY'",
                "receipt PT/2026/0000001",
            ),
            (
                "update receipt set amount = 7 where symbol = 'HUY'",
                "receipt HUY/2026/0000001",
            ),
            (
                "update receipt set collection_id = collection_id + 1 where symbol = 'TH'",
                "receipt TH/2026/0000001",
            ),
            (
                "update receipt set issued_by = 'ai' where symbol = 'TH'",
                "receipt TH/2026/0000001",
            ),
            (
                "update receipt set body = replace(body, 'HS0', 'HS9') where symbol = 'TH'",
                "receipt TH/2026/0000001",
            ),
        ] {
            let mut tx = locked(db, s.book.id).await;
            let changed = tx.execute(damage, Vec::new()).await.unwrap();
            assert!(changed > 0, "{damage}");
            let found = verify(&mut tx, &s.book, &s.keys).await.unwrap();
            tx.rollback().await.unwrap();
            let named = found.err().map_or(String::new(), |w| w.place);
            assert!(named.starts_with(place), "{damage}: {named}");
        }
        assert_eq!(wrong_place(db, &s).await, "");
    });
}
