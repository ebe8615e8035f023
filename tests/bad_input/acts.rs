//! Acts of the wrong person, in the wrong state, or without the money.

use crate::office::{
    ACCOUNTANT, APPROVER, BUDGET, CHIEF, EVERYBODY, MAKER, OUR_NUMBER, Office, engines, first_day,
    take,
};
use ansinh_simulator::{Faults, Share};

const NOW: &str = "2026-06-02T14:00";

/// Catches one person who does alone what two must do, although every role is theirs.
#[test]
fn nobody_approves_what_they_made() {
    for engine in engines("acts") {
        let office = Office::with_people(engine, "acts", 6, 40);
        let made = office.ok(EVERYBODY, NOW, &["cycle", "prepare", "--period", "2026-06"]);
        let batch = made["batches"][0]["batch"].as_str().unwrap();
        office.ok(EVERYBODY, NOW, &["batch", "submit", batch]);
        office.refused("same_person", EVERYBODY, NOW, &["batch", "approve", batch]);
        let approve = ["batch", "approve", batch, "--digest", "00000000"];
        office.refused("batch_changed", APPROVER, NOW, &approve);
        office.ok(APPROVER, NOW, &["batch", "approve", batch]);
        office.refused("same_person", EVERYBODY, NOW, &["batch", "release", batch]);
        office.ok(APPROVER, NOW, &["batch", "release", batch]);

        let (mut bank, _) = first_day(6, BUDGET);
        bank.set_faults(Faults {
            fee: Share::exactly(1),
            ..Faults::NONE
        });
        office.ok(MAKER, NOW, &["batch", "send", batch, "--out", "out"]);
        take(&mut bank, &office.payment_file(batch));
        let file = bank.close_day(OUR_NUMBER, 20_260_602).unwrap();
        file.settlement_native(&office.path("second.stl")).unwrap();
        office.ok(EVERYBODY, NOW, &["statement", "import", "second.stl"]);
        office.refused(
            "same_person",
            EVERYBODY,
            NOW,
            &["day", "close", "2026-06-02"],
        );

        let list = office.ok(ACCOUNTANT, NOW, &["break", "list"]);
        let id = list["breaks"][0]["id"].as_str().unwrap();
        let resolve = |extra: &[&'static str]| {
            let mut args = vec!["break", "resolve", id];
            args.extend(extra);
            args
        };
        let short = resolve(&["--action", "fee", "--reason", "phí"]);
        office.refused("bad_input", EVERYBODY, NOW, &short);
        let unfit = resolve(&["--action", "to_fund", "--reason", "nhầm nguồn kinh phí"]);
        office.refused("resolution_unfit", EVERYBODY, NOW, &unfit);
        let propose = resolve(&["--action", "fee", "--reason", "phí theo biểu của ngân hàng"]);
        office.refused("state_wrong", CHIEF, NOW, &resolve(&["--approve"]));
        office.ok(EVERYBODY, NOW, &propose);
        office.refused("same_person", EVERYBODY, NOW, &resolve(&["--approve"]));
        office.ok(CHIEF, NOW, &resolve(&["--approve"]));
        office.refused("state_wrong", EVERYBODY, NOW, &propose);
        office.refused("state_wrong", CHIEF, NOW, &resolve(&["--approve"]));
        office.ok(CHIEF, NOW, &["day", "close", "2026-06-02"]);
    }
}

/// Catches an act that a role does not carry, or that comes before its turn.
#[test]
fn roles_and_turns_are_kept() {
    for engine in engines("acts") {
        let office = Office::with_people(engine, "acts", 6, 40);
        let batch = &office.prepare()[0];
        let act = |act: &'static str| match act {
            "send" => vec!["batch", "send", batch, "--out", "out"],
            "reject" => vec!["batch", "reject", batch, "--reason", "lập lại"],
            act => vec!["batch", act, batch],
        };
        let makers = [APPROVER, ACCOUNTANT, CHIEF, "vinh"];
        let approvers = [MAKER, ACCOUNTANT, CHIEF, "vinh"];
        let prepare = ["cycle", "prepare", "--period", "2026-06"];
        for actor in makers {
            office.refused("role_missing", actor, NOW, &prepare);
            office.refused("role_missing", actor, NOW, &act("submit"));
        }
        for actor in approvers {
            office.refused("role_missing", actor, NOW, &act("approve"));
            office.refused("role_missing", actor, NOW, &act("release"));
        }
        for actor in ["vinh", CHIEF] {
            office.refused("role_missing", actor, NOW, &act("send"));
            office.refused("role_missing", actor, NOW, &act("reject"));
        }
        for actor in [MAKER, APPROVER, "vinh"] {
            let budget = ["budget", "receive", "--amount=1", "--reference", "KB9"];
            office.refused("role_missing", actor, NOW, &budget);
            office.refused("role_missing", actor, NOW, &["day", "close", "2026-06-01"]);
        }
        for turn in ["approve", "release"] {
            office.refused("state_wrong", APPROVER, NOW, &act(turn));
        }
        for turn in ["send", "follow-up"] {
            office.refused("state_wrong", MAKER, NOW, &act(turn));
        }
        let export = ["batch", "export", batch, "--out", "out"];
        office.refused("state_wrong", MAKER, NOW, &export);
        office.refused("not_found", MAKER, NOW, &["batch", "submit", "999999"]);
        office.refused(
            "not_found",
            CHIEF,
            NOW,
            &["break", "resolve", "999999", "--approve"],
        );
        office.refused("day_not_ready", CHIEF, NOW, &["day", "close", "2026-06-02"]);
        office.refused("bad_input", CHIEF, NOW, &["day", "close", "31/06/2026"]);
        office.ok(MAKER, NOW, &act("submit"));
        office.refused("state_wrong", MAKER, NOW, &act("submit"));
        office.refused("state_wrong", APPROVER, NOW, &act("release"));
        office.ok(APPROVER, NOW, &act("reject"));
        office.refused("state_wrong", APPROVER, NOW, &act("approve"));
        // What a rejected batch freed is due again, once.
        let again = office.ok(MAKER, NOW, &prepare);
        assert_eq!(again["again"], again["lines"]);
        office.refused("all_prepared", MAKER, NOW, &prepare);
    }
}

/// Catches a batch that is granted in part, or from money that is not there.
#[test]
fn a_release_is_covered_whole_or_refused() {
    for engine in engines("acts") {
        let office = Office::set_up(engine, "acts");
        office.take_june(7, 60);
        let total = office.prepared_total();
        // One đồng short: by the fund.
        let short = office.copy();
        short.fund(7, total - 1);
        let batch = &short.prepare()[0];
        short.bring(batch, "approved");
        let data = short.refused("fund_short", APPROVER, NOW, &["batch", "release", batch]);
        assert_eq!(
            (&data["available"], &data["needed"]),
            (&(total - 1).into(), &total.into())
        );

        // The fund has it, the bank booked payments twice: the account has not.
        let office = {
            let copy = office.copy();
            copy.fund(7, total);
            copy
        };
        let half = [
            "cycle",
            "prepare",
            "--period",
            "2026-06",
            "--batch-lines=25",
        ];
        let made = office.ok(MAKER, "2026-06-02T08:00", &half);
        let id = |i: usize| made["batches"][i]["batch"].as_str().unwrap().to_owned();
        office.bring(&id(0), "sent");
        let (mut bank, _) = first_day(7, total);
        bank.set_faults(Faults {
            doubled: Share::exactly(2),
            ..Faults::NONE
        });
        take(&mut bank, &office.payment_file(&id(0)));
        let file = bank.close_day(OUR_NUMBER, 20_260_602).unwrap();
        file.settlement_native(&office.path("second.stl")).unwrap();
        office.bring(&id(1), "approved");
        office.ok(ACCOUNTANT, NOW, &["statement", "import", "second.stl"]);
        office.refused("bank_short", APPROVER, NOW, &["batch", "release", &id(1)]);
    }
}
