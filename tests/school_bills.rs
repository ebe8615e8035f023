//! Bills of a school, a clinic and a desk on both databases: made, issued, ended; and what
//! must hold after any of it.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;
#[path = "school_bills/school.rs"]
mod school;

use ansinh::collection::attendance::{Absence, LoadAbsences, SettleAbsences};
use ansinh::collection::bill::{CancelBill, MakeBill, ReissueBill, WriteOffBill};
use ansinh::collection::price::FeeKind;
use ansinh::collection::reduction::AddReduction;
use ansinh::collection::run::PrepareReply;
use ansinh::collection::run_issue::IssueRun;
use ansinh::collection::surcharge::RunSurcharges;
use ansinh::store::run;
use harness::{both, number};
use school::{School, code, day, files, period};

/// Catches a bill that is not the sum of its lines, a receivable that is not what is open,
/// a number with a gap, and books that do not verify.
#[test]
fn a_school_is_billed_and_the_books_agree() {
    both("billed", async |test| {
        let s = School::open(test).await;
        let prepared = s.prepare("2026-09").await.unwrap();
        assert_eq!((prepared.pupils, prepared.problems.len()), (3, 0));
        s.holds().await;
        assert_eq!(s.sum("receivable/").await, 0, "a draft was posted");
        let issued = s.issue(&prepared.run).await.unwrap();
        assert_eq!(issued.total, prepared.total);
        assert_eq!(issued.first_number, "2026/0000001");
        s.holds().await;
        assert_eq!(s.sum("receivable/").await, prepared.total);
        // Free tuition says its rule; a voluntary contribution owes nothing.
        let lines = s.lines("HS0001").await;
        let tuition = lines.iter().find(|l| l.kind == FeeKind::Tuition).unwrap();
        assert_eq!((tuition.gross, tuition.amount), (155_000, 0));
        assert!(tuition.why.contains("217/2025/QH15"), "{}", tuition.why);
        assert_eq!(s.sum("receivable/1/voluntary").await, 0);
        let parts: i64 = lines
            .iter()
            .filter(|l| l.kind == FeeKind::Agency)
            .map(|l| l.amount)
            .sum();
        assert_eq!(parts, 884_520, "instalments lost a đồng");
    });
}

/// Catches a thing charged twice by a second run, by a class after the school, or after a restart.
#[test]
fn what_was_charged_is_never_charged_again() {
    both("once", async |test| {
        let s = School::open(test).await;
        let first = s.prepare("2026-09").await.unwrap();
        let before = s.picture().await;
        let again = s.prepare("2026-09").await.unwrap();
        assert_eq!(
            (again.run.as_str(), again.bills, again.nothing_new),
            ("", 0, 3)
        );
        assert_eq!(s.picture().await, before);
        // A crash between prepare and issue: another program goes on.
        let other = s.again(test).await;
        other.issue(&first.run).await.unwrap();
        assert_eq!(code(other.issue(&first.run).await), "state_wrong");
        assert_eq!(s.prepare("2026-09").await.unwrap().run, "");
        // The next month charges what is monthly, not what is of the year.
        let october = s.prepare("2026-10").await.unwrap();
        let kinds: Vec<&str> = october.by_kind.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["service", "tuition"]);
    });
}

/// Catches a maker who issues, a cashier who cancels an issued bill, and a cashier with the books.
#[test]
fn each_act_has_its_person() {
    both("roles", async |test| {
        let s = School::open(test).await;
        let p = s.prepare("2026-09").await.unwrap();
        let issue = IssueRun {
            book: s.book.clone(),
            run: p.run.parse().unwrap(),
        };
        assert_eq!(
            code(run(&s.db, &s.ctx("quy"), &issue).await),
            "role_missing"
        );
        s.issue(&p.run).await.unwrap();
        let cancel = CancelBill {
            book: s.book.clone(),
            bill: "2026/0000001".into(),
            reason: "Lập nhầm lớp học".into(),
        };
        assert_eq!(
            code(run(&s.db, &s.ctx("quy"), &cancel).await),
            "role_missing"
        );
        let short = CancelBill {
            reason: "nhầm".into(),
            ..cancel
        };
        assert_eq!(code(run(&s.db, &s.ctx("hieu"), &short).await), "bad_input");
        let both_roles = files::SETUP.replace(
            "[\"school_cashier\"]",
            "[\"school_cashier\", \"accountant\"]",
        );
        assert_eq!(code(s.set_up(&both_roles).await), "bad_input");
    });
}

/// Catches a later price, known or loaded after the issue, that changes an issued bill.
#[test]
fn a_later_price_changes_no_issued_bill() {
    both("later", async |test| {
        let s = School::open(test).await;
        let p = s.prepare("2026-09").await.unwrap();
        s.issue(&p.run).await.unwrap();
        let before = s.picture().await;
        s.load_fees(&files::FEES.replace("price = 15000", "price = 16000"))
            .await
            .unwrap();
        assert_eq!(s.picture().await, before);
        let october = s.prepare("2026-10").await.unwrap();
        let lines = s.lines_of_run(&october.run).await;
        assert!(
            lines
                .iter()
                .filter(|l| l.name == "Nước uống")
                .all(|l| l.price == 16_000)
        );
        assert_eq!(
            number(&s.db, "select count(*) from fee_price").await,
            7,
            "a price was edited"
        );
    });
}

/// Catches a price above its ceiling, a negative price, letters, and a kind that changes.
#[test]
fn wrong_fee_files_are_refused_whole() {
    both("fees", async |test| {
        let s = School::open(test).await;
        for (from, to, want) in [
            ("price = 15000", "price = 16001", "price_above_ceiling"),
            ("price = 15000", "price = -1", "bad_input"),
            ("kind = \"voluntary\"", "kind = \"service\"", "bad_input"),
            (
                "fee = \"nuoc_uong\"\nper",
                "fee = \"nuoc\"\nper",
                "bad_input",
            ),
            ("rate = \"50\"", "rate = \"101\"", "bad_input"),
            ("value = \"2\"", "value = \"200\"", "bad_input"),
            ("days = 18", "days = 32", "bad_input"),
            ("year = \"2026-2027\"", "year = \"2030-2031\"", "not_found"),
        ] {
            assert!(files::FEES.contains(from), "{from}");
            assert_eq!(
                code(s.load_fees(&files::FEES.replace(from, to)).await),
                want,
                "{to}"
            );
        }
        assert_eq!(number(&s.db, "select count(*) from fee_price").await, 6);
        assert_eq!(s.load_fees(files::FEES).await.unwrap().new_prices, 0);
    });
}

/// Catches one pupil's problem that stops the others, or that nobody hears of.
#[test]
fn one_problem_stops_nobody_else() {
    both("problem", async |test| {
        let s = School::open(test).await;
        let own = "\n[[price]]\nfee = \"nuoc_uong\"\ndebtor = \"HS0002\"\nper = \"attended_day\"\nprice = 500\ndue = 20\n\
                   valid_from = \"2026-09-01\"\nground = \"QĐ riêng\"\n";
        s.load_fees(&format!("{}{own}", files::FEES)).await.unwrap();
        let p = s.prepare("2026-09").await.unwrap();
        assert_eq!(p.problems.len(), 1);
        assert_eq!(
            (p.problems[0].debtor.as_str(), p.problems[0].reason.as_str()),
            ("HS0002", "no_plan")
        );
        assert!(
            !s.lines("HS0002").await.is_empty(),
            "her other fees were lost"
        );
        assert!(
            s.lines("HS0001")
                .await
                .iter()
                .any(|l| l.name == "Nước uống")
        );
    });
}

/// Catches a reduction that is not taken, is taken out of its time, or is more than all.
#[test]
fn reductions_are_taken_with_their_ground() {
    both("reduced", async |test| {
        let s = School::open(test).await;
        let add = |form: &str, value: &str| AddReduction {
            book: s.book.clone(),
            debtor: "HS0003".into(),
            fee: Some("nuoc_uong".into()),
            kind: None,
            form: form.into(),
            value: value.into(),
            ground: "Hộ cận nghèo".into(),
            evidence: "GCN 12/2026".into(),
            valid_from: day("2026-09-01"),
            valid_to: Some(day("2026-09-30")),
        };
        for (form, value) in [
            ("rate", "101"),
            ("rate", "-5"),
            ("amount", "-1"),
            ("rate", "năm mươi"),
        ] {
            assert_eq!(
                code(run(&s.db, &s.ctx("hieu"), &add(form, value)).await),
                "bad_input",
                "{value}"
            );
        }
        assert_eq!(
            code(run(&s.db, &s.ctx("quy"), &add("rate", "50")).await),
            "role_missing"
        );
        run(&s.db, &s.ctx("hieu"), &add("rate", "50"))
            .await
            .unwrap();
        assert!(
            run(&s.db, &s.ctx("hieu"), &add("rate", "50"))
                .await
                .unwrap()
                .again
        );
        s.prepare("2026-09").await.unwrap();
        let water = |lines: Vec<ansinh::collection::sql::bill::LineRow>| {
            lines.into_iter().rfind(|l| l.name == "Nước uống").unwrap()
        };
        let september = water(s.lines("HS0003").await);
        assert_eq!(
            (september.gross, september.reduction, september.amount),
            (15_000, 7_500, 7_500)
        );
        assert!(
            september.why.contains("-50%: Hộ cận nghèo"),
            "{}",
            september.why
        );
        let october = s.prepare("2026-10").await.unwrap();
        let lines = s.lines_of_run(&october.run).await;
        assert!(
            lines
                .iter()
                .filter(|l| l.name == "Nước uống")
                .all(|l| l.amount == 15_000)
        );
    });
}

/// Catches a beneficiary of the labour side who pays in full, and a school that sees more of
/// the person than ground and rate.
#[test]
fn a_policy_ground_is_found_by_the_personal_number() {
    both("ground", async |test| {
        let s = School::open(test).await;
        s.enrol("001220000001", "KTN-TG", 202_608).await;
        s.prepare("2026-09").await.unwrap();
        let care = |lines: Vec<ansinh::collection::sql::bill::LineRow>| {
            lines
                .into_iter()
                .find(|l| l.name == "Chăm sóc bán trú")
                .unwrap()
        };
        let own = care(s.lines("HS0001").await);
        assert_eq!((own.gross, own.amount), (235_000, 117_500));
        assert!(
            own.why.contains("Người học khuyết tật (QĐ 02/QĐ-TH"),
            "{}",
            own.why
        );
        assert!(!own.why.contains("KTN-TG") && !own.why.contains("0012"));
        assert_eq!(care(s.lines("HS0002").await).amount, 235_000);
    });
}

/// Catches a cancelled bill that leaves money owed, keeps its charges, or is cancelled twice.
#[test]
fn a_cancelled_bill_leaves_nothing_and_is_made_again() {
    both("cancelled", async |test| {
        let s = School::open(test).await;
        let p = s.prepare("2026-09").await.unwrap();
        s.issue(&p.run).await.unwrap();
        let cancel = CancelBill {
            book: s.book.clone(),
            bill: "2026/0000001".into(),
            reason: "Lập nhầm lớp học".into(),
        };
        let gone = run(&s.db, &s.ctx("hieu"), &cancel).await.unwrap();
        assert_eq!(gone.state, "cancelled");
        s.holds().await;
        assert_eq!(s.sum("receivable/").await, p.total - gone.total);
        assert_eq!(
            code(run(&s.db, &s.ctx("hieu"), &cancel).await),
            "state_wrong"
        );
        let again = s.prepare("2026-09").await.unwrap();
        assert_eq!((again.bills, again.total), (1, gone.total));
        let reissue = ReissueBill {
            book: s.book.clone(),
            bill: "2026/0000002".into(),
            reason: "Sai số tiền bảo hiểm".into(),
        };
        let new: PrepareReply = run(&s.db, &s.ctx("hieu"), &reissue).await.unwrap();
        assert_eq!(
            number(
                &s.db,
                "select count(*) from bill where replaces_id is not null"
            )
            .await,
            new.bills + new.invitations
        );
        // The head who cancelled made the new draft: another head issues it.
        assert_eq!(code(s.issue(&new.run).await), "same_person");
        s.holds().await;
    });
}

/// Catches a debt written off by one person alone, for more than is open, or without an entry.
#[test]
fn a_write_off_takes_two_people() {
    both("writtenoff", async |test| {
        let s = School::open(test).await;
        let p = s.prepare("2026-09").await.unwrap();
        s.issue(&p.run).await.unwrap();
        let propose = |approve| WriteOffBill {
            book: s.book.clone(),
            bill: "2026/0000001".into(),
            reason: "Gia đình đặc biệt khó khăn".into(),
            approve,
        };
        assert_eq!(
            code(run(&s.db, &s.ctx("hieu"), &propose(true)).await),
            "state_wrong"
        );
        assert_eq!(
            code(run(&s.db, &s.ctx("quy"), &propose(false)).await),
            "role_missing"
        );
        let proposed = run(&s.db, &s.ctx("ke"), &propose(false)).await.unwrap();
        assert_eq!(
            code(run(&s.db, &s.ctx("ke"), &propose(true)).await),
            "role_missing"
        );
        let done = run(&s.db, &s.ctx("hieu"), &propose(true)).await.unwrap();
        assert_eq!(done.state, "written_off");
        assert_eq!(s.sum("receivable/").await, p.total - proposed.total);
        assert_eq!(s.sum("expense/write_off").await, proposed.total);
        s.holds().await;
    });
}

/// Catches a surcharge before its day, without a rule, twice, or on an invitation.
#[test]
fn a_late_bill_is_surcharged_once_and_stays_payable() {
    both("late", async |test| {
        let s = School::open(test).await;
        let p = s.prepare("2026-09").await.unwrap();
        s.issue(&p.run).await.unwrap();
        let charge = |d: &str| RunSurcharges {
            book: s.book.clone(),
            day: day(d),
        };
        let late = s.ctx_at("hieu", "2026-11-15");
        assert_eq!(
            run(&s.db, &late, &charge("2026-09-30"))
                .await
                .unwrap()
                .bills,
            0
        );
        assert_eq!(
            code(run(&s.db, &late, &charge("2026-12-01")).await),
            "bad_input"
        );
        let done = run(&s.db, &late, &charge("2026-10-01")).await.unwrap();
        // 2 % of 235,000 for each of three.
        assert_eq!((done.bills, done.total), (3, 3 * 4_700));
        assert_eq!(
            run(&s.db, &late, &charge("2026-11-15"))
                .await
                .unwrap()
                .bills,
            0
        );
        assert_eq!(s.sum("receivable/").await, p.total + done.total);
        assert_eq!(
            number(
                &s.db,
                "select count(*) from bill where state = 'issued' and kind = 'bill'"
            )
            .await,
            p.bills
        );
        assert_eq!(
            number(
                &s.db,
                "select count(distinct pay_code) - count(*) from bill"
            )
            .await,
            0
        );
        s.holds().await;
    });
}

/// Catches absent days that are billed, taken off twice, or lost after the last bill.
#[test]
fn absences_come_off_the_next_bill_or_go_to_credit() {
    both("absent", async |test| {
        let s = School::open(test).await;
        let p = s.prepare("2026-09").await.unwrap();
        s.issue(&p.run).await.unwrap();
        let load = |month: &str, days| LoadAbsences {
            book: s.book.clone(),
            fee: "ban_tru_tien_an".into(),
            period: period(month),
            absences: vec![Absence {
                code: "HS0001".into(),
                days,
                cell: "B2".into(),
            }],
            digest: String::new(),
        };
        assert_eq!(
            code(run(&s.db, &s.ctx("quy"), &load("2026-09", 19)).await),
            "bad_input"
        );
        run(&s.db, &s.ctx("quy"), &load("2026-09", 3))
            .await
            .unwrap();
        let october = s.prepare("2026-10").await.unwrap();
        s.issue(&october.run).await.unwrap();
        let meals: Vec<i64> = s
            .lines("HS0001")
            .await
            .iter()
            .filter(|l| l.name == "Tiền ăn bán trú")
            .map(|l| l.amount)
            .collect();
        assert_eq!(meals, [18 * 32_000, 22 * 32_000 - 3 * 32_000]);
        assert_eq!(
            code(run(&s.db, &s.ctx("quy"), &load("2026-09", 4)).await),
            "bad_input"
        );
        // After the last bill: to credit, once its bill is paid.
        run(&s.db, &s.ctx("quy"), &load("2026-10", 2))
            .await
            .unwrap();
        let settle = SettleAbsences {
            book: s.book.clone(),
            before: period("2026-11"),
            debtor: None,
        };
        let waits = run(&s.db, &s.ctx("hieu"), &settle).await.unwrap();
        assert_eq!((waits.settled, waits.not_paid.len()), (0, 1));
        s.pay_all().await;
        let done = run(&s.db, &s.ctx("hieu"), &settle).await.unwrap();
        // Two of 22 days of what was billed: (704,000 - 96,000) * 2 / 22, half up.
        assert_eq!((done.settled, done.total), (1, 55_273));
        assert_eq!(
            run(&s.db, &s.ctx("hieu"), &settle).await.unwrap().settled,
            0
        );
        assert_eq!(s.sum("credit/").await, 55_273);
        s.holds().await;
    });
}

/// Catches credit that is used against the payer's wish, over what is owed, or without its rows.
#[test]
fn credit_is_used_by_the_next_bill_where_it_is_wanted() {
    both("credit", async |test| {
        let s = School::open(test).await;
        s.give_credit("HS0001", 300_000).await;
        s.give_credit("HS0001", 50_000).await;
        s.give_credit("HS0002", 40_000).await;
        s.want_credit("HS0002", false).await;
        let p = s.prepare("2026-09").await.unwrap();
        let issued = s.issue(&p.run).await.unwrap();
        assert_eq!(issued.credit_used, 350_000);
        assert_eq!(s.sum("credit/").await, 40_000);
        assert_eq!(s.sum("receivable/").await, p.total - 350_000);
        assert_eq!(
            number(
                &s.db,
                "select count(*) from bill where state = 'partly_paid'"
            )
            .await,
            1
        );
        s.holds().await;
        // Money on a bill that is cancelled is the debtor's credit again.
        let credit = "select cast(sum(b.credits - b.debits) as bigint) from balance b join account a \
                      on a.book_id = b.book_id and a.id = b.account_id where a.name like 'credit/%'";
        let paid = number(&s.db, "select paid from bill where number = '2026/0000001'").await;
        let before = number(&s.db, credit).await;
        assert!(paid > 0);
        let cancel = CancelBill {
            book: s.book.clone(),
            bill: "2026/0000001".into(),
            reason: "Lập nhầm lớp học".into(),
        };
        run(&s.db, &s.ctx("hieu"), &cancel).await.unwrap();
        assert_eq!(number(&s.db, credit).await, before + paid);
        s.holds().await;
        assert_eq!(
            code(run(&s.db, &s.ctx("hieu"), &cancel).await),
            "state_wrong"
        );
    });
}

/// Catches a clinic or a desk for which the machinery is bound to schools.
#[test]
fn a_clinic_and_a_desk_bill_with_the_same_machinery() {
    both("others", async |test| {
        for (setup, fees, cashier, head, fee, quantity, total) in [
            (
                files::CLINIC_SETUP,
                files::CLINIC_FEES,
                "quyyt",
                "truongtram",
                "cung_chi_tra",
                1,
                7_300,
            ),
            (
                files::DESK_SETUP,
                files::DESK_FEES,
                "motcua",
                "giamdoc",
                "le_phi_khai_sinh",
                1,
                8_000,
            ),
            (
                files::DESK_SETUP,
                files::DESK_FEES,
                "motcua",
                "giamdoc",
                "phi_chung_thuc",
                12,
                24_000,
            ),
        ] {
            let s = School::bare(test, setup).await;
            s.load_fees_as(head, fees).await.unwrap();
            let make = |name: Option<&str>| MakeBill {
                book: s.book.clone(),
                debtor: "H26.123".into(),
                name: name.map(str::to_owned),
                fee: fee.into(),
                quantity,
                reference: "Hồ sơ H26.123".into(),
                keys: s.keys.clone(),
            };
            let made = run(&s.db, &s.ctx(cashier), &make(Some("Nguyễn Văn Mẫu")))
                .await
                .unwrap();
            assert_eq!((made.state.as_str(), made.total), ("issued", total));
            assert!(made.pay_code.starts_with("AS") && made.pay_code.len() == 12);
            let again = run(&s.db, &s.ctx(cashier), &make(None)).await.unwrap();
            assert_ne!(again.pay_code, made.pay_code);
            s.holds().await;
            let number = MakeBill {
                debtor: "001220000001".into(),
                ..make(Some("Ai đó"))
            };
            assert_eq!(
                code(run(&s.db, &s.ctx(cashier), &number).await),
                "bad_input"
            );
        }
    });
}
