//! The whole job through the program, as the people of an office would type it: lists,
//! budget, cycle, batch, the bank's files, breaks, the closed day, the reports; and the
//! shape of each JSON answer, on which other programs rely.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "cli_month/answers.rs"]
mod answers;
#[path = "cli_month/lists.rs"]
mod lists;
mod office;

use ansinh_simulator::{Bank, Faults, Share};
use office::{
    ACCOUNTANT, APPROVER, CHIEF, Engine, MAKER, OUR_NUMBER, Office, bank, credit, engines, take,
};
use serde_json::{Value, json};

const SEED: u64 = 21;

/// Asserts that an object has exactly these fields.
fn fields(value: &Value, expected: &[&str]) {
    let mut found: Vec<&str> = value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"))
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{value}");
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is no text: {value}"))
}

fn budget(office: &Office, bank: &mut Bank) {
    let announced = office.announce(200_000_000, "KB260601", "2026-06-01T09:00");
    fields(
        &announced,
        &[
            "budget",
            "fund",
            "amount",
            "break",
            "received",
            "fund_balance",
        ],
    );
    assert_eq!(
        (&announced["received"], &announced["fund_balance"]),
        (&json!(0), &json!(0))
    );
    credit(bank, 200_000_000, "KB260601", 20_260_601);
    let imported = statement(office, bank, 20_260_601, false);
    assert_eq!(imported["outcomes"]["matched"], 1);
    let fund = text(&announced, "fund");
    let balance = office.ok(CHIEF, "2026-06-01T20:00", &["ledger", "balance", fund]);
    fields(
        &balance,
        &["book", "account", "debits", "credits", "balance"],
    );
    assert_eq!(balance["balance"], 200_000_000);
}

/// The bank closes, the accountant imports, the chief closes the day.
fn statement(office: &Office, bank: &mut Bank, day: u32, camt: bool) -> Value {
    let file = bank.close_day(OUR_NUMBER, day).unwrap();
    let name = format!("{day}.{}", if camt { "xml" } else { "stl" });
    if camt {
        file.settlement_camt(&office.path(&name)).unwrap();
        assert!(office.path(&format!("{name}.sig")).exists());
    } else {
        file.settlement_native(&office.path(&name)).unwrap();
    }
    let dashed = format!("{}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100);
    let (evening, night) = (format!("{dashed}T18:00"), format!("{dashed}T19:00"));
    let imported = office.ok(ACCOUNTANT, &evening, &["statement", "import", &name]);
    fields(
        &imported,
        &[
            "statement",
            "book",
            "bank_account",
            "number",
            "day",
            "format",
            "signed",
            "lines",
            "outcomes",
            "breaks",
            "breaks_more",
            "proof",
            "again",
        ],
    );
    fields(
        &imported["outcomes"],
        &[
            "matched",
            "amount_differs",
            "missing_at_bank",
            "unknown_at_us",
            "duplicate_line",
            "returned",
        ],
    );
    fields(
        &imported["proof"],
        &[
            "opening",
            "credits",
            "debits",
            "closing",
            "previous_closing",
            "holds",
        ],
    );
    for b in imported["breaks"].as_array().unwrap() {
        for field in [
            "kind",
            "end_to_end_ref",
            "expected_amount",
            "statement_amount",
            "line",
        ] {
            assert!(b.get(field).is_some(), "{field} is missing: {b}");
        }
    }
    let proof = &imported["proof"];
    let number = |field: &str| proof[field].as_i64().unwrap();
    assert_eq!(
        number("opening") + number("credits") - number("debits"),
        number("closing")
    );
    assert_eq!(
        (number("closing"), &proof["holds"]),
        (file.closing(), &json!(true))
    );
    assert_eq!(
        imported["format"],
        if camt { "camt.053.001.08" } else { "ansinh1" }
    );
    let closed = office.ok(CHIEF, &night, &["day", "close", &dashed]);
    fields(
        &closed,
        &[
            "proof",
            "digest",
            "imported_by",
            "closed_by",
            "posting_day_closed",
            "again",
        ],
    );
    assert_eq!(
        (&closed["proof"]["holds"], text(&closed, "closed_by")),
        (&json!(true), CHIEF)
    );
    assert_eq!(closed["proof"]["nostro"], closed["proof"]["closing"]);
    assert_eq!(
        closed["proof"]["clearing_out"],
        closed["proof"]["unsettled"]
    );
    imported
}

/// Prepared, approved by another, released, sent; the file goes to the bank.
fn pay(office: &Office, bank: &mut Bank) -> String {
    let prepare = ["cycle", "prepare", "--period", "2026-06"];
    let prepared = office.ok(MAKER, "2026-06-02T08:00", &prepare);
    let batch = text(&prepared["batches"][0], "batch").to_owned();
    let act = |actor: &str, now: &str, act: &str| office.ok(actor, now, &["batch", act, &batch]);
    let submitted = act(MAKER, "2026-06-02T08:30", "submit");
    fields(
        &submitted,
        &[
            "batch",
            "state",
            "lines",
            "total",
            "digest",
            "approvers_missing",
        ],
    );
    let digest = &text(&submitted, "digest")[..16];
    let approve = ["batch", "approve", &batch, "--digest", digest];
    let approved = office.ok(APPROVER, "2026-06-02T09:00", &approve);
    assert_eq!(text(&approved, "state"), "approved");
    let dry = ["batch", "release", &batch, "--dry-run"];
    let before = office.books();
    office.ok(APPROVER, "2026-06-02T09:30", &dry);
    assert_eq!(office.books(), before, "a dry run changed the books");
    let released = act(APPROVER, "2026-06-02T10:00", "release");
    assert_eq!(released["total"], prepared["total"]);
    let send = ["batch", "send", &batch, "--out", "out"];
    let sent = office.ok(MAKER, "2026-06-02T11:00", &send);
    fields(&sent, &["batch", "file", "sha256", "bytes", "was_there"]);
    let export = ["batch", "export", &batch, "--out", "copy"];
    let exported = office.ok(ACCOUNTANT, "2026-06-02T11:30", &export);
    assert_eq!(exported["sha256"], sent["sha256"]);
    let file = std::fs::read(office.path(text(&sent, "file"))).unwrap();
    assert_eq!(
        std::fs::read(office.path(text(&exported, "file"))).unwrap(),
        file
    );
    // A file of that name with other bytes is never replaced.
    std::fs::write(office.path(text(&exported, "file")), "x").unwrap();
    office.refused("file_exists", ACCOUNTANT, "2026-06-02T11:40", &export);
    let receipt = take(bank, &office.payment_file(&batch));
    assert_eq!(json!(receipt.total), prepared["total"]);
    let shown = office.ok(MAKER, "2026-06-02T12:00", &["batch", "show", &batch]);
    assert_eq!(
        (
            text(&shown, "state"),
            shown["events"].as_array().unwrap().len()
        ),
        ("sent", 5)
    );
    batch
}

/// Every break is proposed by one and approved by another, with an action that fits.
fn work_the_breaks(office: &Office) {
    let now = "2026-06-03T20:00";
    let list = office.ok(ACCOUNTANT, now, &["break", "list"]);
    fields(&list, &["book", "breaks"]);
    let breaks = list["breaks"].as_array().unwrap();
    assert!(breaks.len() >= 5, "{list}");
    for b in breaks {
        let id = text(b, "id");
        let action = match text(b, "todo") {
            "wait_or_rejected_by_bank" | "wait_for_rest_or_rejected_by_bank" => "rejected_by_bank",
            "fee_or_claim_from_bank" => "fee",
            "claim_from_bank" => "write_off",
            "identify" => "to_fund",
            other => panic!("nothing is said to do about {other}: {b}"),
        };
        office.ok(ACCOUNTANT, now, &["break", "assign", id, "--owner", CHIEF]);
        let fund = "fund/social_assistance/central/2026";
        let reason = "theo văn bản trả lời của ngân hàng";
        let propose = [
            "break", "resolve", id, "--action", action, "--reason", reason, "--fund", fund,
        ];
        let proposed = office.ok(ACCOUNTANT, now, &propose);
        fields(&proposed, &["id", "state", "action", "amount"]);
        assert_eq!(text(&proposed, "state"), "proposed");
        let done = office.ok(CHIEF, now, &["break", "resolve", id, "--approve"]);
        assert_eq!(
            (text(&done, "state"), text(&done, "action")),
            ("resolved", action)
        );
    }
    let list = office.ok(ACCOUNTANT, now, &["break", "list"]);
    assert_eq!(list["breaks"], json!([]));
    let all = office.ok(ACCOUNTANT, now, &["break", "list", "--all"]);
    assert!(all["breaks"].as_array().unwrap().len() >= breaks.len());
}

fn follow_up(office: &Office, bank: &mut Bank, batch: &str) {
    // The bank confirms the accounts of those whose money came back.
    office.confirm_holders("june", "2026-06-04T08:00");
    let made = office.ok(MAKER, "2026-06-04T08:10", &["batch", "follow-up", batch]);
    fields(&made, &["follows", "batch", "waiting", "under_way"]);
    let id = text(&made["batch"], "batch").to_owned();
    office.bring_on("2026-06-04", &id, "sent");
    take(bank, &office.payment_file(&id));
    let imported = statement(office, bank, 20_260_604, false);
    assert_eq!(imported["outcomes"]["matched"], made["batch"]["lines"]);
}

fn whole_month(engine: Engine) -> (Value, Value, Value) {
    let office = Office::empty(engine, "month");
    let mut bank = bank(SEED);
    lists::take(&office);
    budget(&office, &mut bank);
    bank.set_faults(Faults {
        closed: Share::exactly(2),
        closed_later: Share::exactly(1),
        late: Share::exactly(1),
        short: Share::exactly(1),
        excess: Share::exactly(1),
        doubled: Share::exactly(1),
        redelivered: Share::exactly(1),
        dropped: Share::exactly(1),
        fee: Share::exactly(1),
        foreign_credit: Share::exactly(1),
        ..Faults::NONE
    });
    let batch = pay(&office, &mut bank);
    let second = statement(&office, &mut bank, 20_260_602, true);
    let outcomes = &second["outcomes"];
    assert_eq!(outcomes["amount_differs"], 2);
    assert_eq!(outcomes["missing_at_bank"], 2);
    // Booked twice; and delivered twice.
    assert_eq!(outcomes["duplicate_line"], 2);
    assert_eq!(outcomes["returned"], 2);
    bank.set_faults(Faults::NONE);
    statement(&office, &mut bank, 20_260_603, false);
    work_the_breaks(&office);
    follow_up(&office, &mut bank, &batch);

    let report = office.ok(
        CHIEF,
        "2026-06-05T08:00",
        &["report", "cycle", "--period", "2026-06"],
    );
    let (balance, proof) = office.books();
    fields(&balance, &["book", "rows", "debits", "credits"]);
    let verified = office.ok(CHIEF, "2026-06-05T08:00", &["ledger", "verify"]);
    fields(
        &verified,
        &["holds", "books", "installation_audit_rows", "addresses"],
    );
    let nostro = office.ok(
        CHIEF,
        "2026-06-05T08:00",
        &["ledger", "balance", "nostro/BL-AGRI"],
    );
    assert_eq!(nostro["balance"], json!(bank.balance(OUR_NUMBER).unwrap()));
    let past = ["ledger", "balance", "nostro/BL-AGRI", "--day", "2026-06-01"];
    assert_eq!(
        office.ok(CHIEF, "2026-06-05T08:00", &past)["balance"],
        200_000_000
    );
    (report, balance, proof)
}

/// Catches a step that a clerk cannot take as described, a field that another program
/// reads and that is gone, and a month that the two databases keep differently.
#[test]
fn a_month_as_a_clerk_types_it() {
    let months: Vec<_> = engines("month").into_iter().map(whole_month).collect();
    for month in &months[1..] {
        assert_eq!(month, &months[0]);
    }
}
