//! Money that a released batch will send is spoken for, though it still lies at the bank.

use crate::office::{ACCOUNTANT, APPROVER, MAKER, Office, engines};
use crate::sheet::{Sheet, credit, debit};

const NOW: &str = "2026-06-02T14:00";

/// June in two batches, both approved, on a fund that covers both and a bank account that
/// lost `lost` đồng to a debit that nothing explains.
fn two_approved(engine: crate::office::Engine, lost: i64) -> (Office, Sheet, [String; 2], i64) {
    let office = Office::set_up(engine, "cover");
    office.take_june(7, 40);
    let total = office.prepared_total();
    office.fund(7, total);
    let half = [
        "cycle",
        "prepare",
        "--period",
        "2026-06",
        "--batch-lines=18",
    ];
    let made = office.ok(MAKER, "2026-06-02T08:00", &half);
    let id = |i: usize| made["batches"][i]["batch"].as_str().unwrap().to_owned();
    let batches = [id(0), id(1)];
    for batch in &batches {
        office.bring(batch, "approved");
    }
    let mut sheet = Sheet::of(total);
    if lost > 0 {
        sheet.book(&office, 20_260_602, &[debit("", lost)]);
    }
    (office, sheet, batches, total)
}

/// Catches two batches that are released on the same money at the bank: the second counts
/// what the first has not sent yet.
#[test]
fn a_released_batch_reserves_its_money() {
    for engine in engines("cover") {
        let (office, _, [first, second], total) = two_approved(engine, 1);
        office.ok(APPROVER, NOW, &["batch", "release", &first]);
        let release = ["batch", "release", &second];
        let data = office.refused("bank_short", APPROVER, NOW, &release);
        let needed = data["needed"].as_i64().unwrap();
        assert_eq!(data["available"], needed - 1);
        let sum = "select cast(sum(total) as bigint) from batch where state = 'released'";
        assert_eq!(office.number(sum), total - needed);
        // What was given up is free again.
        let reject = [
            "batch",
            "reject",
            &first,
            "--reason",
            "chi nhầm đợt, lập lại",
        ];
        office.ok(APPROVER, NOW, &reject);
        office.ok(APPROVER, NOW, &release);
    }
}

/// Catches a payment file for money that left the bank account after the release.
#[test]
fn a_batch_is_sent_only_while_the_bank_covers_it() {
    for engine in engines("cover") {
        let (office, mut sheet, [first, second], total) = two_approved(engine, 0);
        for batch in [&first, &second] {
            office.ok(APPROVER, NOW, &["batch", "release", batch]);
        }
        sheet.book(&office, 20_260_602, &[debit("", 1)]);
        office.ok(MAKER, NOW, &["batch", "send", &first, "--out", "out"]);
        let send = ["batch", "send", &second, "--out", "out"];
        let data = office.refused("bank_short", MAKER, NOW, &send);
        let needed = data["needed"].as_i64().unwrap();
        assert_eq!(data["available"], needed - 1);
        assert!(!office.payment_file(&second).exists());
        // The đồng comes back, and the same command is done.
        sheet.book(&office, 20_260_603, &[credit("KB9", 1, "")]);
        let sent = office.ok(MAKER, "2026-06-03T19:00", &send);
        assert_eq!(sent["was_there"], false);
        assert_eq!(crate::balance(&office, "clearing_out/BL-AGRI"), total);
    }
}

/// Catches a follow-up that is sent from money which the bank account does not hold: it
/// grants nothing, so no fund stops it.
#[test]
fn a_follow_up_is_covered_too() {
    for engine in engines("cover") {
        let (office, mut sheet, [first, second], _) = two_approved(engine, 0);
        office.ok(APPROVER, NOW, &["batch", "release", &first]);
        office.ok(MAKER, NOW, &["batch", "send", &first, "--out", "out"]);
        let lines = crate::lines(&office, &first);
        let debits: Vec<_> = lines.iter().map(|(r, a)| debit(r, *a)).collect();
        sheet.book(&office, 20_260_602, &debits);
        let (reference, amount) = &lines[0];
        let back = [credit(reference, *amount, "AC01"), debit("", 1)];
        sheet.book(&office, 20_260_603, &back);
        office.confirm_holders("june", "2026-06-04T08:00");
        let made = office.ok(MAKER, "2026-06-04T08:10", &["batch", "follow-up", &first]);
        let again = made["batch"]["batch"].as_str().unwrap();
        // The other batch was paid by the fund, so the đồng is missing for one of the two.
        office.bring(again, "approved");
        let later = "2026-06-04T10:00";
        office.ok(APPROVER, later, &["batch", "release", again]);
        let release = ["batch", "release", &second];
        office.refused("bank_short", APPROVER, later, &release);
        let reject = [
            "batch",
            "reject",
            again,
            "--reason",
            "chờ tiền về tài khoản",
        ];
        office.ok(APPROVER, later, &reject);
        office.ok(APPROVER, later, &release);
        let made = office.ok(MAKER, later, &["batch", "follow-up", &first]);
        let again = made["batch"]["batch"].as_str().unwrap();
        assert_eq!(made["batch"]["total"], *amount);
        office.bring(again, "approved");
        let release = ["batch", "release", again];
        office.refused("bank_short", APPROVER, later, &release);
        office.ok(MAKER, later, &["batch", "send", &second, "--out", "out"]);
        office.refused("bank_short", APPROVER, later, &release);
        sheet.book(&office, 20_260_604, &[credit("KB9", 1, "")]);
        office.ok(APPROVER, "2026-06-04T19:00", &release);
        let send = ["batch", "send", again, "--out", "out"];
        office.ok(MAKER, "2026-06-04T19:00", &send);
        office.ok(ACCOUNTANT, "2026-06-04T19:00", &["ledger", "verify"]);
    }
}
