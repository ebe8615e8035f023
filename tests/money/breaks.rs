//! What resolutions and late news do to money, payees and proposals.

use crate::office::{
    ACCOUNTANT, APPROVER, BUDGET, CHIEF, Engine, MAKER, Office, engines, people, write_lists,
};
use crate::sheet::{Sheet, credit, debit};
use crate::{REASON, break_ids, resolve};
use serde_json::Value;

const FUND: &str = "fund/social_assistance/central/2026";

/// An office whose June was sent; the batch with its lines.
fn sent(engine: Engine) -> (Office, Sheet, String, Vec<(String, i64)>) {
    let office = Office::with_people(engine, "breaks", 31, 20).going_on();
    let batch = office.prepare().remove(0);
    office.bring(&batch, "sent");
    let lines = crate::lines(&office, &batch);
    (office, Sheet::new(), batch, lines)
}

/// The break of one payment.
fn break_of(answer: &Value, reference: &str) -> String {
    let breaks = answer["breaks"].as_array().unwrap();
    let of = breaks.iter().find(|b| b["end_to_end_ref"] == reference);
    of.unwrap()["id"].as_str().unwrap().to_owned()
}

/// July granted and not sent: its money stands on the same accounts.
fn release_july(office: &Office) {
    let july = people(31, 20).next_month(31);
    write_lists(&july, office.folder(), "07/2026", "july");
    office.take_lists("july", "2026-07", "2026-07-01T08:00");
    let now = "2026-07-01T09:00";
    let made = office.ok(MAKER, now, &["cycle", "prepare", "--period", "2026-07"]);
    let batch = made["batches"][0]["batch"].as_str().unwrap();
    office.bring(batch, "released");
}

/// Catches July's money that pays for June: the bank books a rejected payment after its
/// entitlement was paid by a follow-up, and other money stands on the account.
#[test]
fn late_news_take_only_the_money_of_their_entitlement() {
    for engine in engines("breaks") {
        let (office, mut sheet, batch, lines) = sent(engine);
        let debits: Vec<_> = lines[2..].iter().map(|(r, a)| debit(r, *a)).collect();
        let answer = sheet.book(&office, 20_260_602, &debits);
        let now = "2026-06-02T20:00";
        for (reference, _) in &lines[..2] {
            resolve(
                &office,
                now,
                &break_of(&answer, reference),
                &["rejected_by_bank"],
            );
        }
        // The first is sent again and settles, the second stays where it stands.
        office.confirm_holders("june", "2026-06-03T08:00");
        let made = office.ok(MAKER, "2026-06-03T08:10", &["batch", "follow-up", &batch]);
        let again = made["batch"]["batch"].as_str().unwrap();
        let second = crate::lines(&office, again).remove(1);
        let take_out = ["batch", "withdraw", again, &second.0, "--reason", REASON];
        office.ok(MAKER, "2026-06-03T08:20", &take_out);
        office.bring(again, "sent");
        let (first, amount) = crate::lines(&office, again).remove(0);
        sheet.book(&office, 20_260_603, &[debit(&first, amount)]);
        release_july(&office);
        let before = crate::standing(&office);
        let late: Vec<_> = lines[..2].iter().map(|(r, a)| debit(r, *a)).collect();
        let answer = sheet.book(&office, 20_260_701, &late);
        assert_eq!(break_ids(&answer, "status_conflict").len(), 2, "{answer}");
        assert_eq!(crate::balance(&office, "claim/970405"), lines[0].1);
        assert_eq!(crate::standing(&office), before - lines[1].1);
        let follow_up = ["batch", "follow-up", &batch];
        office.refused("batch_empty", MAKER, "2026-07-01T20:00", &follow_up);
    }
}

/// Catches a draft of a follow-up that pays again what the bank has booked meanwhile.
#[test]
fn late_news_stop_a_planned_follow_up() {
    for engine in engines("breaks") {
        let (office, mut sheet, batch, lines) = sent(engine);
        let debits: Vec<_> = lines[1..].iter().map(|(r, a)| debit(r, *a)).collect();
        let answer = sheet.book(&office, 20_260_602, &debits);
        let id = break_of(&answer, &lines[0].0);
        resolve(&office, "2026-06-02T20:00", &id, &["rejected_by_bank"]);
        office.confirm_holders("june", "2026-06-03T08:00");
        let made = office.ok(MAKER, "2026-06-03T08:10", &["batch", "follow-up", &batch]);
        let again = made["batch"]["batch"].as_str().unwrap();
        office.bring(again, "approved");
        sheet.book(&office, 20_260_603, &[debit(&lines[0].0, lines[0].1)]);
        let release = ["batch", "release", again];
        let data = office.refused("would_overpay", APPROVER, "2026-06-03T19:00", &release);
        let line = data["instruction"].as_str().unwrap();
        let take_out = ["batch", "withdraw", again, line, "--reason", REASON];
        office.ok(APPROVER, "2026-06-03T19:10", &take_out);
        assert_eq!(crate::standing(&office), 0);
        assert_eq!(crate::balance(&office, "claim/970405"), 0);
    }
}

fn address_of(office: &Office, reference: &str) -> Vec<String> {
    let id = ansinh::payment::instruction_of(1, reference).unwrap();
    let sql = format!(
        "select a.state, a.reason, s.state from instruction i join address a on a.id = i.address_id \
         join social_account s on s.book_id = i.book_id and s.person_id = a.person_id where i.id = {id}"
    );
    office.rows(&sql, "ttt").remove(0)
}

/// Catches a payee who is paid to the same account again although a return without its
/// reference, or the bank's word, said that it does not take the money.
#[test]
fn a_resolution_says_of_the_payee_what_a_return_says() {
    for engine in engines("breaks") {
        let (office, mut sheet, batch, lines) = sent(engine);
        let debits: Vec<_> = lines[3..].iter().map(|(r, a)| debit(r, *a)).collect();
        let came = credit("", lines[3].1, "AC04");
        let answer = sheet.book(&office, 20_260_602, &[debits, vec![came]].concat());
        let now = "2026-06-02T20:00";
        // A number of the account whose money came back ends it for good.
        let [lost] = &break_ids(&answer, "unknown_at_us")[..] else {
            panic!("{answer}")
        };
        resolve(
            &office,
            now,
            lost,
            &["to_return", "--reference", &lines[3].0],
        );
        assert_eq!(
            address_of(&office, &lines[3].0),
            ["closed", "returned_AC04", "open"]
        );
        for (n, code, expected) in [
            (0, None, ["unverified", "returned_no_reason", "open"]),
            (
                1,
                Some("MD07"),
                ["unverified", "returned_MD07", "suspended"],
            ),
            (2, Some("AC04"), ["closed", "returned_AC04", "open"]),
        ] {
            let (reference, _) = &lines[n];
            let id = break_of(&answer, reference);
            let mut action = vec!["rejected_by_bank"];
            action.extend(code.iter().flat_map(|c| ["--bank-reason", *c]));
            resolve(&office, now, &id, &action);
            assert_eq!(address_of(&office, reference), expected);
        }
        // Nobody is paid to these again before the bank names the holders anew.
        let follow_up = ["batch", "follow-up", &batch];
        office.refused("batch_empty", MAKER, "2026-06-03T08:00", &follow_up);
        office.ok(
            MAKER,
            "2026-06-03T08:00",
            &["holders", "load", "june-holders.csv"],
        );
        office.refused("batch_empty", MAKER, "2026-06-03T08:00", &follow_up);
        office.confirm_holders("june", "2026-06-03T08:10");
        let made = office.ok(MAKER, "2026-06-03T08:20", &follow_up);
        assert_eq!(
            (&made["batch"]["lines"], &made["waiting"]),
            (&3.into(), &1.into())
        );
        // Two operators: the second is told that the first has done it.
        office.refused("follow_up_under_way", MAKER, "2026-06-03T08:25", &follow_up);
    }
}

/// Catches a code that is none, or that goes with an action to which it says nothing.
#[test]
fn a_bank_reason_is_a_code_of_a_payment_that_failed() {
    for engine in engines("breaks") {
        let (office, mut sheet, _, lines) = sent(engine);
        let answer = sheet.book(&office, 20_260_602, &[debit("", 5)]);
        let missing = break_of(&answer, &lines[0].0);
        let [claim] = &break_ids(&answer, "unknown_at_us")[..] else {
            panic!("{answer}")
        };
        for (id, action, code) in [
            (&missing, "rejected_by_bank", "ac04"),
            (&missing, "rejected_by_bank", "AC0"),
            (claim, "fee", "AC04"),
        ] {
            let propose = [
                "break",
                "resolve",
                id,
                "--action",
                action,
                "--reason",
                REASON,
                "--bank-reason",
                code,
            ];
            office.refused("bad_input", ACCOUNTANT, "2026-06-02T20:00", &propose);
        }
    }
}

fn announce<'a>(amount: &'a str, reference: &'a str) -> [&'a str; 5] {
    ["budget", "receive", amount, "--reference", reference]
}

/// Catches one accountant who alone moves money out of suspense by announcing a budget.
#[test]
fn budget_leaves_suspense_by_two_people() {
    for engine in engines("breaks") {
        let office = Office::with_people(engine, "breaks", 32, 5).going_on();
        let mut sheet = Sheet::new();
        let came = [credit("KB9", 700, ""), credit("KB9", 900, "")];
        let answer = sheet.book(&office, 20_260_602, &came);
        let now = "2026-06-02T20:00";
        let made = office.ok(ACCOUNTANT, now, &announce("--amount=700", "KB9"));
        assert_eq!(
            (&made["received"], crate::balance(&office, FUND)),
            (&0.into(), BUDGET)
        );
        let id = made["break"].as_str().unwrap();
        assert_eq!(break_ids(&answer, "unknown_at_us")[0], id);
        // The same again answers the same, by whomever; approving is another person's.
        assert_eq!(
            office.ok(CHIEF, now, &announce("--amount=700", "KB9")),
            made
        );
        let approve = ["break", "resolve", id, "--approve"];
        office.refused("same_person", ACCOUNTANT, now, &approve);
        office.ok(CHIEF, now, &approve);
        assert_eq!(crate::balance(&office, FUND), BUDGET + 700);
        assert_eq!(crate::balance(&office, "suspense/BL-AGRI"), 900);
        office.refused("state_wrong", CHIEF, now, &approve);
        let after = office.ok(ACCOUNTANT, now, &announce("--amount=700", "KB9"));
        assert_eq!(
            (&after["received"], &after["break"]),
            (&700.into(), &Value::Null)
        );
        office.ok(CHIEF, now, &["ledger", "verify"]);
    }
}

/// Catches a budget that is received twice: once by its statement line, and once more by a
/// proposal on money that came under the same reference before.
#[test]
fn a_budget_is_received_once() {
    for engine in engines("breaks") {
        let office = Office::with_people(engine, "breaks", 33, 5).going_on();
        let mut sheet = Sheet::new();
        sheet.book(&office, 20_260_602, &[credit("KB9", 700, "")]);
        let now = "2026-06-02T20:00";
        let made = office.ok(ACCOUNTANT, now, &announce("--amount=700", "KB9"));
        let id = made["break"].as_str().unwrap();
        sheet.book(&office, 20_260_603, &[credit("KB9", 700, "")]);
        assert_eq!(crate::balance(&office, FUND), BUDGET + 700);
        let approve = ["break", "resolve", id, "--approve"];
        office.refused("state_wrong", CHIEF, "2026-06-03T20:00", &approve);
        assert_eq!(crate::balance(&office, "suspense/BL-AGRI"), 700);
    }
}

/// Catches an opening balance of which a fund gets its part by one person's word, or whose
/// rest is lost with the first part.
#[test]
fn an_opening_balance_is_shared_out_by_two_people() {
    for engine in engines("breaks") {
        let office = Office::empty(engine, "opening").going_on();
        let text = crate::office::setup_text().replace("opening = 0", "opening = 1000");
        std::fs::write(office.path("setup.toml"), text).unwrap();
        std::fs::write(office.path("bank.key"), crate::office::BANK_KEY).unwrap();
        office.ok("setup", "2026-06-01T07:00", &["migrate"]);
        office.ok("setup", "2026-06-01T07:00", &["setup", "setup.toml"]);
        let now = "2026-06-01T09:00";
        let part = |amount: &'static str, source: &'static str| {
            let mut args = announce(amount, "OPENING").to_vec();
            args.extend(["--source", source]);
            args
        };
        let first = office.ok(ACCOUNTANT, now, &part("--amount=600", "central"));
        let id = first["break"].as_str().unwrap();
        // One proposal at a time, so that none is replaced unseen.
        let second = part("--amount=400", "province");
        let data = office.refused("proposal_stands", ACCOUNTANT, now, &second);
        assert_eq!(
            (&data["id"], &data["by"]),
            (&first["break"], &ACCOUNTANT.into())
        );
        let approve = ["break", "resolve", id, "--approve"];
        let done = office.ok(CHIEF, now, &approve);
        assert_eq!(
            (&done["state"], &done["amount"]),
            (&"open".into(), &600.into())
        );
        let made = office.ok(CHIEF, now, &second);
        assert_eq!(made["break"], first["break"]);
        let done = office.ok(ACCOUNTANT, now, &approve);
        assert_eq!(
            (&done["state"], &done["amount"]),
            (&"resolved".into(), &400.into())
        );
        assert_eq!(crate::balance(&office, FUND), 600);
        assert_eq!(crate::balance(&office, "suspense/BL-AGRI"), 0);
        office.refused("key_reused", CHIEF, now, &part("--amount=500", "central"));
    }
}

/// Catches a proposal that somebody else replaces unseen just before it is approved.
#[test]
fn a_standing_proposal_is_withdrawn_before_another_is_made() {
    for engine in engines("breaks") {
        let office = Office::with_people(engine, "breaks", 34, 5).going_on();
        let mut sheet = Sheet::new();
        let answer = sheet.book(&office, 20_260_602, &[debit("", 5)]);
        let [id] = &break_ids(&answer, "unknown_at_us")[..] else {
            panic!("{answer}")
        };
        let now = "2026-06-02T20:00";
        let propose = |action: &'static str| {
            [
                "break", "resolve", id, "--reason", REASON, "--action", action,
            ]
        };
        office.ok(ACCOUNTANT, now, &propose("fee"));
        let data = office.refused("proposal_stands", CHIEF, now, &propose("write_off"));
        let stands = (&data["by"], &data["action"]);
        assert_eq!(stands, (&ACCOUNTANT.into(), &"fee".into()));
        // Who made it may think again.
        office.ok(ACCOUNTANT, now, &propose("write_off"));
        office.ok(ACCOUNTANT, now, &propose("fee"));
        let bare = ["break", "resolve", id, "--withdraw"];
        office.refused("bad_input", CHIEF, now, &bare);
        let take_off = [&bare[..], &["--reason", "không phải phí của ngân hàng"]].concat();
        office.refused("role_missing", MAKER, now, &take_off);
        assert_eq!(office.ok(CHIEF, now, &take_off)["state"], "open");
        office.refused("state_wrong", CHIEF, now, &take_off);
        let approve = ["break", "resolve", id, "--approve"];
        office.refused("state_wrong", CHIEF, now, &approve);
        office.ok(CHIEF, now, &propose("write_off"));
        let done = office.ok(ACCOUNTANT, now, &approve);
        assert_eq!(
            (&done["state"], &done["action"]),
            (&"resolved".into(), &"write_off".into())
        );
        let turns =
            "select actor, detail from audit where act = 'break.resolve' order by book_id, seq";
        let turns: Vec<String> = office
            .rows(turns, "tt")
            .into_iter()
            .map(|r| {
                let detail: Value = serde_json::from_str(&r[1]).unwrap();
                format!("{} {}", r[0], detail["turn"].as_str().unwrap())
            })
            .collect();
        assert_eq!(
            turns,
            [
                "hoa propose",
                "hoa propose",
                "hoa propose",
                "son withdraw",
                "son propose",
                "hoa approve"
            ]
        );
    }
}

/// Catches a bank's refund that one accountant turns into budget: by announcing one under
/// the reference of an open claim, or under a reference of ours that was cut.
#[test]
fn what_makes_a_claim_good_is_no_budget() {
    for engine in engines("breaks") {
        let office = Office::with_people(engine, "breaks", 35, 5).going_on();
        let mut sheet = Sheet::new();
        sheet.book(&office, 20_260_602, &[debit("X1", 700)]);
        let now = "2026-06-02T20:00";
        office.ok(ACCOUNTANT, now, &announce("--amount=700", "X1"));
        office.refused(
            "bad_input",
            ACCOUNTANT,
            now,
            &announce("--amount=700", "P00100000000"),
        );
        sheet.book(&office, 20_260_603, &[credit("X1", 700, "")]);
        assert_eq!(crate::balance(&office, FUND), BUDGET);
        assert_eq!(crate::balance(&office, "claim/970405"), 0);
        office.ok(CHIEF, "2026-06-03T20:00", &["ledger", "verify"]);
    }
}

/// Catches a stray credit at the labour office that cannot leave suspense, that leaves it to
/// an account which nobody confirmed, or by one person's word.
#[test]
fn a_stray_credit_of_the_office_goes_back() {
    for engine in engines("breaks") {
        let office = Office::with_people(engine, "breaks", 35, 5).going_on();
        let mut sheet = Sheet::new();
        let answer = sheet.book(&office, 20_260_602, &[credit("", 700, "")]);
        let [id] = &break_ids(&answer, "unknown_at_us")[..] else {
            panic!("{answer}")
        };
        let now = "2026-06-02T20:00";
        let holder = &office.rows(
            "select h.holder_name, a.bin, a.sealed from holder h join address a on a.counter = h.counter \
             where h.status = 'open' order by a.id limit 1",
            "ttb",
        )[0];
        let number = std::fs::read_to_string(office.path("june-holders.csv")).unwrap();
        let row = number.lines().find(|l| l.contains(&holder[0])).unwrap();
        let number = row
            .split(',')
            .find(|c| c.len() == 13 && c.bytes().all(|b| b.is_ascii_digit()))
            .unwrap();
        let name = &holder[0];
        let bare = [
            "suspense",
            "send-back",
            id,
            "--name",
            name,
            "--reason",
            REASON,
        ];
        office.refused("bad_input", ACCOUNTANT, now, &bare);
        let to = |number: &str| {
            let to = ["--bin", &holder[1], "--account", number];
            bare.iter()
                .copied()
                .chain(to)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let wrong = to("1300999999999");
        let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
        office.refused("payee_unverified", ACCOUNTANT, now, &wrong);
        let right = to(number);
        let right: Vec<&str> = right.iter().map(String::as_str).collect();
        office.refused("role_missing", MAKER, now, &right);
        office.ok(ACCOUNTANT, now, &right);
        let approve = ["suspense", "send-back", id, "--approve"];
        office.refused("same_person", ACCOUNTANT, now, &approve);
        let done = office.ok(CHIEF, now, &approve);
        assert_eq!(done["amount"], 700);
        assert_eq!(crate::balance(&office, "suspense/BL-AGRI"), 0);
        office.refused("state_wrong", CHIEF, now, &approve);
        let made = office.ok(MAKER, "2026-06-30T10:00", &["payout", "prepare"]);
        let batch = made["batches"][0]["batch"].as_str().unwrap();
        office.bring_on("2026-06-30", batch, "sent");
        let sent = crate::lines(&office, batch);
        let answer = sheet.book(&office, 20_260_630, &[debit(&sent[0].0, 700)]);
        assert_eq!(answer["breaks"].as_array().unwrap().len(), 0, "{answer}");
        assert_eq!(crate::balance(&office, "clearing_out/BL-AGRI"), 0);
        let payout = done["payout"].as_str().unwrap();
        let cancel = ["payout", "cancel", payout, "--reason", REASON];
        office.refused("state_wrong", CHIEF, now, &cancel);
    }
}
