//! Reopening a closed day: two people, the later days with it, and the old proofs stay.

use crate::office::{ACCOUNTANT, BUDGET, CHIEF, MAKER, Office, engines};
use crate::written::{credit, write};
use serde_json::json;

const REASON: &str = "ngân hàng gửi lại chứng từ của ngày này";

/// The first three days of June closed, one statement each.
fn three_closed(engine: crate::office::Engine) -> Office {
    let office = crate::first_closed(engine);
    let mut at = BUDGET;
    for number in [2, 3] {
        let day = 20_260_600 + number;
        at = write(
            &office,
            "s.stl",
            number,
            day,
            at,
            &[credit(1_000, &format!("KB{number}"), day)],
        );
        let now = format!("2026-06-{number:02}T17:00");
        crate::import(&office, &now, "s.stl");
        let (now, dashed) = (
            format!("2026-06-{number:02}T18:00"),
            format!("2026-06-{number:02}"),
        );
        office.ok(CHIEF, &now, &["day", "close", &dashed]);
    }
    office
}

/// Catches a day that one person opens alone or without a reason, later days that stay
/// closed on top of it, an old proof that is lost, and books that cannot be closed again.
#[test]
fn a_day_is_reopened_by_two_people_and_the_old_proof_stays() {
    for engine in engines("reopen") {
        let office = three_closed(engine);
        let now = "2026-06-04T08:00";
        let day = ["day", "reopen", "2026-06-02"];
        let with = |more: &[&'static str]| [&day[..], more].concat();
        let propose = with(&["--reason", REASON]);
        office.refused("role_missing", MAKER, now, &propose);
        office.refused("bad_input", ACCOUNTANT, now, &with(&["--reason", "sai"]));
        office.refused("state_wrong", CHIEF, now, &with(&["--approve"]));
        office.refused(
            "state_wrong",
            CHIEF,
            now,
            &["day", "reopen", "2026-06-04", "--reason", REASON],
        );
        let proposed = office.ok(ACCOUNTANT, now, &propose);
        assert_eq!(
            (&proposed["state"], &proposed["reopened"]),
            (&json!("proposed"), &json!(["2026-06-02", "2026-06-03"]))
        );
        office.refused("same_person", ACCOUNTANT, now, &with(&["--approve"]));
        // Until the second person agrees the day is closed.
        let again = office.ok(CHIEF, now, &["day", "close", "2026-06-02"]);
        assert_eq!(again["again"], true);
        let old = office.rows("select no, digest, proof from bank_day order by no", "ibt");
        let open = office.ok(CHIEF, now, &with(&["--approve"]));
        assert_eq!(
            (
                &open["state"],
                &open["proposed_by"],
                &open["approved_by"],
                &open["reason"]
            ),
            (
                &json!("open"),
                &json!(ACCOUNTANT),
                &json!(CHIEF),
                &json!(REASON)
            )
        );
        office.refused("state_wrong", CHIEF, now, &with(&["--approve"]));
        let states = office.rows("select number, state from statement order by number", "it");
        assert_eq!(
            states.iter().map(|r| r[1].as_str()).collect::<Vec<_>>(),
            ["signed_off", "matched", "matched"]
        );
        // A posting may take the second of June again, and not the first.
        let days = office.rows(
            "select day, state from posting_day where state = 'closed' order by day desc",
            "it",
        );
        assert_eq!(days[0][0], "20260601");
        office.refused("day_not_ready", CHIEF, now, &["day", "close", "2026-06-03"]);
        let second = office.ok(CHIEF, now, &["day", "close", "2026-06-02"]);
        assert_eq!(second["proof"]["statements"], json!([2]));
        assert_eq!(second["proof"]["closed_before"], 4);
        assert_eq!(second["again"], false);
        office.ok(CHIEF, now, &["day", "close", "2026-06-03"]);
        let all = office.rows("select no, digest, proof from bank_day order by no", "ibt");
        assert_eq!(all[..3], old[..], "the old proofs stay as they were");
        let acts = office.rows("select act, day from bank_day order by no", "ti");
        let acts: Vec<String> = acts.iter().map(|r| r.join(" ")).collect();
        assert_eq!(
            acts,
            [
                "closed 20260601",
                "closed 20260602",
                "closed 20260603",
                "reopened 20260602",
                "closed 20260602",
                "closed 20260603"
            ]
        );
        assert_ne!(all[1][1], all[4][1]);
        let verified = office.ok(CHIEF, now, &["ledger", "verify"]);
        assert_eq!(verified["books"][0]["around"]["signed_days"], 6);
    }
}

/// Catches a proposal with a slip in it that can never be made right.
#[test]
fn a_new_proposal_takes_the_place_of_the_one_before() {
    for engine in engines("reopen") {
        let office = three_closed(engine);
        let now = "2026-06-04T08:00";
        for (actor, reason) in [(ACCOUNTANT, "lý do ghi nhầm rồi"), (CHIEF, REASON)] {
            office.ok(
                actor,
                now,
                &["day", "reopen", "2026-06-03", "--reason", reason],
            );
        }
        let approve = ["day", "reopen", "2026-06-03", "--approve"];
        office.refused("same_person", CHIEF, now, &approve);
        let open = office.ok(ACCOUNTANT, now, &approve);
        assert_eq!(
            (&open["reason"], &open["reopened"]),
            (&json!(REASON), &json!(["2026-06-03"]))
        );
        let kept = office.rows("select state, reason from day_reopening order by id", "tt");
        assert_eq!(
            (kept.len(), kept[0][0].as_str(), kept[1][0].as_str()),
            (2, "replaced", "approved")
        );
    }
}
