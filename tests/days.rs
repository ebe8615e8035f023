//! Days of one of our accounts: late statements, days that are not yet, reopening, an
//! account that comes later, a clock that goes backwards, and what a verification finds in
//! the tables around the ledger.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "days/around.rs"]
mod around;
mod office;
#[path = "days/reopen.rs"]
mod reopen;
#[path = "days/written.rs"]
mod written;

use office::{ACCOUNTANT, BUDGET, CHIEF, EVERYBODY, Office, engines};
use serde_json::{Value, json};
use written::{credit, debit, statement, write};

/// The office on the first of June: budget on the first statement, that day closed.
fn first_closed(engine: office::Engine) -> Office {
    let office = Office::set_up(engine, "days");
    office.fund(3, BUDGET);
    office
}

fn import(office: &Office, now: &str, name: &str) -> Value {
    office.ok(ACCOUNTANT, now, &["statement", "import", name])
}

/// Catches a late statement that is refused and stops the bank's sequence, is posted into a
/// closed day, or is never signed.
#[test]
fn a_late_statement_of_a_closed_day_is_posted_and_signed_with_the_next() {
    for engine in engines("days") {
        let office = first_closed(engine);
        // Two more of the first, one of a day before it, then the third as usual.
        let mut at = BUDGET;
        for (number, day, amount) in [
            (2, 20_260_601, 700_000),
            (3, 20_260_529, 20_000),
            (4, 20_260_603, 5_000),
        ] {
            let lines = [credit(amount, &format!("LATE{number}"), day)];
            at = write(&office, "s.stl", number, day, at, &lines);
            let reply = import(&office, "2026-06-03T17:00", "s.stl");
            assert_eq!(reply["proof"]["holds"], true, "{reply}");
            assert_eq!(reply["day"], json!(dashed(day)));
        }
        let posted = office.rows(
            "select day, own_day from posting where code = 'statement_imported' and count > 0 order by no",
            "iI",
        );
        let posted: Vec<(&str, &str)> = posted.iter().map(|r| (&*r[0], &*r[1])).collect();
        assert_eq!(
            posted,
            [
                ("20260601", "-"),
                ("20260602", "20260601"),
                ("20260602", "20260529"),
                ("20260603", "-")
            ],
            "{engine:?}"
        );
        // The closed first stays as it was; the second has nothing but what came late.
        let first = office.ok(CHIEF, "2026-06-03T18:00", &["day", "close", "2026-06-01"]);
        assert_eq!(
            (&first["again"], &first["proof"]["statements"]),
            (&json!(true), &json!([1]))
        );
        let second = office.ok(CHIEF, "2026-06-03T18:00", &["day", "close", "2026-06-02"]);
        assert_eq!(second["proof"]["statements"], json!([2, 3]));
        assert_eq!(second["proof"]["closing"], BUDGET + 720_000);
        assert_eq!(second["proof"]["nostro"], second["proof"]["closing"]);
        let signed = &second["proof"]["signed_statements"][1];
        assert_eq!(
            (&signed["day"], &signed["lines"], &signed["imported_by"]),
            (&json!("2026-05-29"), &json!(1), &json!(ACCOUNTANT))
        );
        let file = office.rows("select digest from statement where number = 3", "b");
        assert_eq!(signed["digest"], json!(file[0][0]));
        let third = office.ok(CHIEF, "2026-06-03T18:00", &["day", "close", "2026-06-03"]);
        assert_eq!(third["proof"]["statements"], json!([4]));
        assert_eq!(third["proof"]["closed_before"], 2);
        office.books();
    }
}

/// Catches a day that is taken before it has come: every later statement would be refused
/// for being earlier, and the clerk would not know why.
#[test]
fn a_day_that_has_not_come_is_refused() {
    for engine in engines("days") {
        let office = first_closed(engine);
        let lines = [credit(1_000, "SOON", 20_260_603)];
        write(&office, "soon.stl", 2, 20_260_603, BUDGET, &lines);
        let evening = "2026-06-02T18:00";
        let file = ["statement", "import", "soon.stl"];
        let data = office.refused("day_in_future", ACCOUNTANT, evening, &file);
        assert_eq!(
            (&data["day"], &data["today"]),
            (&json!("2026-06-03"), &json!("2026-06-02"))
        );
        office.ok(ACCOUNTANT, "2026-06-03T00:01", &file);
        let close = ["day", "close", "2026-06-04"];
        office.refused("day_in_future", CHIEF, "2026-06-03T18:00", &close);
        let closed = office.ok(CHIEF, "2026-06-03T18:00", &["day", "close", "2026-06-03"]);
        assert_eq!(closed["proof"]["holds"], true);
    }
}

/// Catches an answer to a repeated close that forgets who signed.
#[test]
fn a_day_closed_again_names_who_imported_and_closed_it() {
    for engine in engines("days") {
        let office = first_closed(engine);
        let again = office.ok(
            EVERYBODY,
            "2026-06-02T08:00",
            &["day", "close", "2026-06-01"],
        );
        assert_eq!(again["again"], true);
        assert_eq!(
            (
                &again["imported_by"],
                &again["closed_by"],
                &again["posting_day_closed"]
            ),
            (&json!(ACCOUNTANT), &json!(CHIEF), &json!(true))
        );
    }
}

/// Catches an account that comes after days were closed and can never close its own, or
/// holds up the days of the others.
#[test]
fn an_account_set_up_after_closed_days_closes_its_first() {
    for engine in engines("days") {
        let office = first_closed(engine);
        let second = office::setup_text()
            + "\n[[bank_account]]\ncode = \"BL-KHO\"\nbook = \"BL\"\nbin = \"970405\"\nbank = \"KBNN\"\n\
               number = \"1300200099999\"\nholder = \"PHONG LDTBXH BINH LUC\"\nopening = 4000000\n\
               opened_on = \"2026-05-30\"\n\
               keys = [{ id = \"agri-test-1\", file = \"bank.key\" }]\n";
        std::fs::write(office.path("setup.toml"), second).unwrap();
        office.ok("setup", "2026-06-02T08:00", &["setup", "setup.toml"]);
        let lines = [debit(1_500_000, "", 20_260_601)];
        let other = written::Account {
            number: "1300200099999",
            ..written::OURS
        };
        statement(&office, "kho.stl", &other, 1, 20_260_601, 4_000_000, &lines);
        import(&office, "2026-06-02T17:00", "kho.stl");
        let close = |day: &'static str, account: &'static str| {
            let args = ["day", "close", day, "--bank-account", account];
            office.ok(CHIEF, "2026-06-02T18:00", &args)
        };
        let closed = close("2026-06-01", "BL-KHO");
        assert_eq!(
            (&closed["proof"]["nostro"], &closed["proof"]["closing"]),
            (&json!(2_500_000), &json!(2_500_000))
        );
        assert_eq!(closed["posting_day_closed"], true);
        // The other account goes on alone: the posting day waits for both.
        let lines = [credit(9_000, "KB2", 20_260_602)];
        write(&office, "s2.stl", 2, 20_260_602, BUDGET, &lines);
        import(&office, "2026-06-02T18:00", "s2.stl");
        assert_eq!(
            close("2026-06-02", "BL-AGRI")["posting_day_closed"],
            json!(false)
        );
        office.books();
    }
}

/// Catches vouchers and signatures that stand in an order in which they were not made.
#[test]
fn a_clock_that_goes_backwards_posts_nothing() {
    for engine in engines("days") {
        let office = first_closed(engine);
        let lines = [credit(5_000, "KB2", 20_260_601)];
        write(&office, "s2.stl", 2, 20_260_601, BUDGET, &lines);
        let file = ["statement", "import", "s2.stl"];
        // The first was closed at seven in the evening.
        let data = office.refused("clock_back", ACCOUNTANT, "2026-06-01T18:30", &file);
        assert_eq!(data["newest"], "2026-06-01T19:00:00+07:00");
        office.ok(ACCOUNTANT, "2026-06-01T18:59:56", &file);
        let close = ["day", "close", "2026-06-02"];
        let later = office.copy();
        office.ok(CHIEF, "2026-06-02T19:00", &close);
        let reopen = [
            "day",
            "reopen",
            "2026-06-02",
            "--reason",
            "ngân hàng gửi thiếu chứng từ",
        ];
        office.ok(ACCOUNTANT, "2026-06-02T19:00", &reopen);
        let approve = ["day", "reopen", "2026-06-02", "--approve"];
        office.refused("clock_back", CHIEF, "2026-06-02T18:00", &approve);
        // A look from next year records no act of money: it stops nobody.
        later.ok(
            CHIEF,
            "2027-01-01T08:00",
            &["cycle", "show", "--period", "2026-06"],
        );
        later.ok(CHIEF, "2026-06-02T19:00", &close);
    }
}

/// Catches a mistyped year that is posted, after which no true day can be.
#[test]
fn a_clock_far_ahead_of_books_and_machine_is_refused() {
    for engine in engines("days") {
        let office = first_closed(engine);
        let close = ["day", "close", "2026-06-02"];
        let data = office.refused("clock_ahead", CHIEF, "2062-06-02T19:00", &close);
        assert_eq!(data["newest"], "2026-06-01T19:00:00+07:00");
        // The same on the day itself is answered by the books.
        office.refused("day_not_ready", CHIEF, "2026-06-02T19:00", &close);
    }
}

fn dashed(day: u32) -> String {
    format!("{}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}
