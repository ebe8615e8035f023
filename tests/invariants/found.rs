//! What the random days and the questions after them found, each as short as it gets.

use crate::office::{
    ACCOUNTANT, APPROVER, BUDGET, CHIEF, Engine, MAKER, OUR_NUMBER, Office, credit_from, engines,
    first_day, people, take, write_lists,
};
use ansinh_simulator::{Bank, Faults, Share};
use serde_json::Value;

/// An office whose June was sent, and the bank that has not seen the file yet.
fn sent(engine: Engine) -> (Office, Bank, String) {
    let office = Office::with_people(engine, "found", 12, 40);
    let (bank, _) = first_day(12, BUDGET);
    let batch = office.prepare().remove(0);
    office.bring(&batch, "sent");
    (office, bank, batch)
}

fn import(office: &Office, bank: &mut Bank, day: u32) -> Value {
    let name = format!("{day}.stl");
    let file = bank.close_day(OUR_NUMBER, day).unwrap();
    file.settlement_native(&office.path(&name)).unwrap();
    let now = format!(
        "{}-{:02}-{:02}T21:00",
        day / 10_000,
        day / 100 % 100,
        day % 100
    );
    office.ok(ACCOUNTANT, &now, &["statement", "import", &name])
}

fn propose(office: &Office, now: &str, id: &str, action: &str) {
    let reason = "theo văn bản trả lời của ngân hàng";
    let propose = [
        "break", "resolve", id, "--action", action, "--reason", reason,
    ];
    office.ok(ACCOUNTANT, now, &propose);
}

/// The bank is said to have rejected every payment that an answer calls missing.
fn call_rejected(office: &Office, now: &str, imported: &Value) {
    for b in imported["breaks"].as_array().unwrap() {
        let id = b["id"].as_str().unwrap();
        propose(office, now, id, "rejected_by_bank");
        office.ok(CHIEF, now, &["break", "resolve", id, "--approve"]);
    }
}

fn kinds(imported: &Value) -> Vec<&str> {
    let breaks = imported["breaks"].as_array().unwrap();
    breaks.iter().map(|b| b["kind"].as_str().unwrap()).collect()
}

/// Catches a payment file that cannot be written again once a line of it came back.
#[test]
fn a_sent_file_comes_out_again_after_returns() {
    for engine in engines("found") {
        let (office, mut bank, batch) = sent(engine);
        let file = std::fs::read(office.payment_file(&batch)).unwrap();
        bank.set_faults(Faults {
            closed: Share::exactly(3),
            ..Faults::NONE
        });
        take(&mut bank, &office.payment_file(&batch));
        assert_eq!(
            import(&office, &mut bank, 20_260_602)["outcomes"]["returned"],
            3
        );
        for act in ["export", "send"] {
            let args = ["batch", act, &batch, "--out", act];
            let written = office.ok(MAKER, "2026-06-03T08:00", &args);
            let path = office.path(written["file"].as_str().unwrap());
            assert!(std::fs::read(path).unwrap() == file, "{act}: other bytes");
        }
    }
}

/// Catches money that went to a stranger and counts as the payee's, because the payment
/// had been called rejected before.
#[test]
fn a_late_debit_to_another_account_is_a_claim() {
    for engine in engines("found") {
        let (office, mut bank, batch) = sent(engine);
        call_rejected(
            &office,
            "2026-06-03T08:00",
            &import(&office, &mut bank, 20_260_602),
        );
        bank.set_faults(Faults {
            misdirected: Share::exactly(1),
            ..Faults::NONE
        });
        take(&mut bank, &office.payment_file(&batch));
        let late = import(&office, &mut bank, 20_260_603);
        let strange = kinds(&late)
            .iter()
            .filter(|k| **k == "account_differs")
            .count();
        assert_eq!(strange, 1, "{late}");
        let claim = office.ok(
            CHIEF,
            "2026-06-04T08:00",
            &["ledger", "balance", "claim/970405"],
        );
        assert!(claim["balance"].as_i64().unwrap() > 0, "{claim}");
        // The one whose money went astray is due again, nobody else.
        office.confirm_holders("june", "2026-06-04T07:00");
        let again = office.ok(MAKER, "2026-06-04T08:00", &["batch", "follow-up", &batch]);
        assert_eq!(again["batch"]["lines"], 1, "{again}");
        assert_eq!(again["batch"]["total"], claim["balance"]);
    }
}

/// Catches a credit under a reference that lost its end and clears the claim for the money
/// of somebody else whose reference begins alike.
#[test]
fn a_cut_reference_clears_nobodys_claim() {
    for engine in engines("found") {
        let (office, mut bank, batch) = sent(engine);
        bank.set_faults(Faults {
            cut_reference: Share::exactly(2),
            ..Faults::NONE
        });
        take(&mut bank, &office.payment_file(&batch));
        let imported = import(&office, &mut bank, 20_260_602);
        let cut = imported["breaks"].as_array().unwrap().iter();
        let cut: Vec<&Value> = cut.filter(|b| b["kind"] == "unknown_at_us").collect();
        assert_eq!(cut.len(), 2, "{imported}");
        let reference = cut[0]["end_to_end_ref"].as_str().unwrap();
        assert_eq!(cut[1]["end_to_end_ref"], reference);
        credit_from(&mut bank, 100_000, reference, 20_260_603);
        let next = import(&office, &mut bank, 20_260_603);
        assert_eq!(next["breaks"][0]["kind"], "unknown_at_us", "{next}");
        let suspense = ["ledger", "balance", "suspense/BL-AGRI"];
        assert_eq!(
            office.ok(CHIEF, "2026-06-04T08:00", &suspense)["balance"],
            100_000
        );
    }
}

/// Catches a proposal that is approved, or that ends in a fault, after part of the money
/// that it was made for came back.
#[test]
fn a_proposal_falls_when_its_amount_changes() {
    for engine in engines("found") {
        let (office, mut bank, batch) = sent(engine);
        bank.set_faults(Faults {
            doubled: Share::exactly(1),
            ..Faults::NONE
        });
        take(&mut bank, &office.payment_file(&batch));
        let imported = import(&office, &mut bank, 20_260_602);
        let b = &imported["breaks"][0];
        let id = b["id"].as_str().unwrap();
        propose(&office, "2026-06-03T08:00", id, "write_off");
        let reference = b["end_to_end_ref"].as_str().unwrap();
        credit_from(&mut bank, 100_000, reference, 20_260_603);
        import(&office, &mut bank, 20_260_603);
        let approve = ["break", "resolve", id, "--approve"];
        office.refused("state_wrong", CHIEF, "2026-06-03T22:00", &approve);
        propose(&office, "2026-06-03T22:10", id, "write_off");
        let done = office.ok(CHIEF, "2026-06-03T22:20", &approve);
        let rest = b["statement_amount"].as_i64().unwrap() - 100_000;
        assert_eq!(done["amount"], rest);
    }
}

/// Catches a payment that the bank calls rejected, books after all, and that then goes out
/// a second time, out of the next month's money on the same account.
#[test]
fn what_settled_after_all_is_not_sent_again() {
    for engine in engines("found") {
        let (office, mut bank, batch) = sent(engine);
        let july = people(12, 40).next_month(12);
        write_lists(&july, office.folder(), "07/2026", "july");
        bank.set_faults(Faults {
            late: Share::exactly(2),
            ..Faults::NONE
        });
        take(&mut bank, &office.payment_file(&batch));
        let imported = import(&office, &mut bank, 20_260_602);
        assert_eq!(imported["outcomes"]["missing_at_bank"], 2);
        call_rejected(&office, "2026-06-03T08:00", &imported);
        let imported = import(&office, &mut bank, 20_260_603);
        assert_eq!(kinds(&imported), ["status_conflict", "status_conflict"]);
        // July's money stands on the same accounts.
        office.take_lists("july", "2026-07", "2026-07-01T08:00");
        let now = "2026-07-01T09:00";
        let made = office.ok(MAKER, now, &["cycle", "prepare", "--period", "2026-07"]);
        let next = made["batches"][0]["batch"].as_str().unwrap();
        office.ok(MAKER, now, &["batch", "submit", next]);
        office.ok(APPROVER, now, &["batch", "approve", next]);
        office.ok(APPROVER, now, &["batch", "release", next]);
        office.refused("batch_empty", MAKER, now, &["batch", "follow-up", &batch]);
        let prepare = ["cycle", "prepare", "--period", "2026-06"];
        office.refused("period_past", MAKER, now, &prepare);
    }
}

/// Catches an entitlement that is paid by two follow-ups of which the bank called both
/// rejected and booked both after all: the second is a claim, not the next month's money.
#[test]
fn an_entitlement_settles_once_even_late() {
    for engine in engines("found") {
        let (office, mut bank, batch) = sent(engine);
        let july = people(12, 40).next_month(12);
        write_lists(&july, office.folder(), "07/2026", "july");
        call_rejected(
            &office,
            "2026-06-03T08:00",
            &import(&office, &mut bank, 20_260_602),
        );
        let now = "2026-06-04T08:00";
        office.confirm_holders("june", "2026-06-04T07:00");
        let again = office.ok(MAKER, now, &["batch", "follow-up", &batch]);
        let second = again["batch"]["batch"].as_str().unwrap().to_owned();
        office.bring_on("2026-06-04", &second, "sent");
        call_rejected(
            &office,
            "2026-06-05T08:00",
            &import(&office, &mut bank, 20_260_604),
        );
        // July's money stands on the same accounts when both files turn up at the bank.
        office.take_lists("july", "2026-07", "2026-07-01T08:00");
        let now = "2026-07-01T09:00";
        let made = office.ok(MAKER, now, &["cycle", "prepare", "--period", "2026-07"]);
        let next = made["batches"][0]["batch"].as_str().unwrap();
        office.ok(MAKER, now, &["batch", "submit", next]);
        office.ok(APPROVER, now, &["batch", "approve", next]);
        office.ok(APPROVER, now, &["batch", "release", next]);
        take(&mut bank, &office.payment_file(&second));
        import(&office, &mut bank, 20_260_701);
        take(&mut bank, &office.payment_file(&batch));
        import(&office, &mut bank, 20_260_702);
        let twice = "select count(*) from (select i.cause_id from line_match m join instruction i on i.book_id = m.book_id \
                     and i.id = m.instruction_id where m.undone_at is null group by i.cause_id having count(*) > 1) t";
        assert_eq!(office.number(twice), 0, "entitlements that settled twice");
        let claim = office.ok(CHIEF, now, &["ledger", "balance", "claim/970405"]);
        assert_eq!(claim["balance"], again["batch"]["total"]);
    }
}
