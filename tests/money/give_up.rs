//! The way out of a batch that is not sent: whole, or a line of it.

use crate::office::{APPROVER, BUDGET, EVERYBODY, MAKER, Office, engines};
use crate::sheet::{Sheet, credit, debit};

const NOW: &str = "2026-06-02T14:00";
const WHY: &str = "danh sách có người nhầm, lập lại";
const FUND: &str = "fund/social_assistance/central/2026";

fn reject<'a>(batch: &'a str, reason: &'a str) -> [&'a str; 5] {
    ["batch", "reject", batch, "--reason", reason]
}

fn withdraw<'a>(batch: &'a str, line: &'a str) -> [&'a str; 6] {
    ["batch", "withdraw", batch, line, "--reason", WHY]
}

fn state(office: &Office, batch: &str) -> String {
    let shown = office.ok(MAKER, NOW, &["batch", "show", batch]);
    shown["state"].as_str().unwrap().to_owned()
}

/// Catches a released batch that cannot be sent and from which nobody gets the money out,
/// or that one person alone gives up, or that is given up once it was sent.
#[test]
fn a_released_batch_is_given_up_by_another_person() {
    for engine in engines("give_up") {
        let office = Office::with_people(engine, "give_up", 21, 40);
        let made = office.ok(EVERYBODY, NOW, &["cycle", "prepare", "--period", "2026-06"]);
        let batch = made["batches"][0]["batch"].as_str().unwrap();
        office.ok(EVERYBODY, NOW, &["batch", "submit", batch]);
        office.ok(APPROVER, NOW, &["batch", "approve", batch]);
        office.ok(APPROVER, NOW, &["batch", "release", batch]);
        assert_eq!(crate::standing(&office), made["total"].as_i64().unwrap());
        office.refused("same_person", EVERYBODY, NOW, &reject(batch, WHY));
        office.refused("role_missing", MAKER, NOW, &reject(batch, WHY));
        office.refused("bad_input", APPROVER, NOW, &reject(batch, "  nhầm  "));
        let keyed = [&reject(batch, WHY)[..], &["--key", "once"]].concat();
        let done = office.ok(APPROVER, NOW, &keyed);
        assert_eq!(done["state"], "rejected");
        assert_eq!(crate::standing(&office), 0);
        assert_eq!(crate::balance(&office, FUND), BUDGET);
        // The same command again: the recorded answer; without a key, what the state is.
        assert_eq!(office.ok(APPROVER, NOW, &keyed), done);
        office.refused("state_wrong", APPROVER, NOW, &reject(batch, WHY));
        let audited = "select count(*) from audit where act = 'batch.reject' and actor = 'minh'";
        assert_eq!(office.number(audited), 1);
        // Everybody is due again, once, and what was sent is never given up.
        let again = office.ok(MAKER, NOW, &["cycle", "prepare", "--period", "2026-06"]);
        assert_eq!(again["again"], made["lines"]);
        assert_eq!(again["total"], made["total"]);
        let second = again["batches"][0]["batch"].as_str().unwrap();
        office.bring(second, "sent");
        office.refused("state_wrong", APPROVER, NOW, &reject(second, WHY));
        assert_eq!(state(&office, second), "sent");
        let report = ["report", "cycle", "--period", "2026-06"];
        let report = office.ok(MAKER, NOW, &report);
        assert_eq!(report["states"][0]["state"], "instructed", "{report}");
        assert_eq!(report["states"][0]["people"], made["lines"]);
    }
}

/// Catches a follow-up that takes its money with it when it is given up.
#[test]
fn a_released_follow_up_leaves_the_money_where_it_stands() {
    for engine in engines("give_up") {
        let office = Office::with_people(engine, "give_up", 22, 20);
        let batch = office.prepare().remove(0);
        office.bring(&batch, "sent");
        let (reference, amount) = crate::lines(&office, &batch).remove(0);
        let mut sheet = Sheet::new();
        let lines = [
            debit(&reference, amount),
            credit(&reference, amount, "AC01"),
        ];
        sheet.book(&office, 20_260_602, &lines);
        office.confirm_holders("june", "2026-06-03T08:00");
        for round in 0..2 {
            let made = office.ok(MAKER, NOW, &["batch", "follow-up", &batch]);
            assert_eq!(made["batch"]["total"], amount, "round {round}");
            let id = made["batch"]["batch"].as_str().unwrap();
            office.bring(id, "released");
            office.ok(APPROVER, NOW, &reject(id, WHY));
            assert_eq!(crate::standing(&office), amount);
        }
        office.refused(
            "batch_empty",
            MAKER,
            NOW,
            &["cycle", "prepare", "--period", "2026-06"],
        );
    }
}

/// Catches a line that cannot be taken out of a batch before it is sent, one that is paid
/// all the same, or a snapshot whose digest moves with it.
#[test]
fn a_line_is_taken_out_beside_the_snapshot() {
    for engine in engines("give_up") {
        let office = Office::with_people(engine, "give_up", 23, 30);
        let batch = office.prepare().remove(0);
        let lines = crate::lines(&office, &batch);
        let show = ["batch", "show", &batch];
        office.ok(MAKER, NOW, &withdraw(&batch, &lines[0].0));
        office.bring(&batch, "approved");
        let digest = office.ok(MAKER, NOW, &show)["digest"].clone();
        office.ok(APPROVER, NOW, &withdraw(&batch, &lines[1].0));
        office.ok(APPROVER, NOW, &["batch", "release", &batch]);
        let granted = BUDGET - crate::balance(&office, FUND);
        // Released: by an approver, and the grant goes back.
        office.refused("role_missing", MAKER, NOW, &withdraw(&batch, &lines[2].0));
        let done = office.ok(APPROVER, NOW, &withdraw(&batch, &lines[2].0));
        assert_eq!(
            (&done["amount"], &done["to_fund"]),
            (&lines[2].1.into(), &lines[2].1.into())
        );
        assert_eq!(crate::standing(&office), granted - lines[2].1);
        let again = withdraw(&batch, &lines[2].0);
        office.refused("state_wrong", APPROVER, NOW, &again);
        let short = ["batch", "withdraw", &batch, &lines[3].0, "--reason", "nhầm"];
        office.refused("bad_input", APPROVER, NOW, &short);
        for unknown in ["P000000000000000", "123", &lines[3].0[1..]] {
            office.refused("not_found", APPROVER, NOW, &withdraw(&batch, unknown));
        }
        assert_eq!(office.ok(MAKER, NOW, &show)["digest"], digest);
        office.ok(MAKER, NOW, &["batch", "send", &batch, "--out", "out"]);
        let file = std::fs::read_to_string(office.payment_file(&batch)).unwrap();
        for (n, (reference, _)) in lines.iter().enumerate() {
            assert_eq!(file.contains(reference.as_str()), n > 2, "line {n}");
        }
        office.refused("state_wrong", APPROVER, NOW, &withdraw(&batch, &lines[4].0));
        let shown = office.ok(MAKER, NOW, &["batch", "lines", &batch, "--limit", "3"]);
        assert_eq!(shown["more"], true);
        for line in shown["lines"].as_array().unwrap() {
            assert_eq!(
                (&line["state"], &line["reason"]),
                (&"withdrawn".into(), &WHY.into())
            );
        }
        let after = ["batch", "lines", &batch, "--after", &lines[2].0];
        let rest = office.ok(MAKER, NOW, &after);
        assert_eq!(rest["lines"][0]["line"], lines[3].0);
        assert_eq!(rest["lines"][0]["state"], "instructed");
        // The three are due again, and nobody else.
        let made = office.ok(MAKER, NOW, &["cycle", "prepare", "--period", "2026-06"]);
        assert_eq!(made["again"], 3);
        let due: i64 = lines[..3].iter().map(|(_, amount)| amount).sum();
        assert_eq!(made["total"], due);
    }
}
