//! Amounts that are none: nothing, less than nothing, part of a đồng, more than 10^15.

use crate::office::{ACCOUNTANT, MAKER, Office, engines, people, setup_text, write_lists};

const NOW: &str = "2026-06-01T10:00";

/// Catches a budget of an amount that no account may move.
#[test]
fn a_budget_is_a_whole_positive_amount() {
    for engine in engines("amounts") {
        let office = Office::set_up(engine, "amounts");
        let receive = |amount: &str| {
            let amount = format!("--amount={amount}");
            ["budget", "receive", &amount, "--reference", "KB1"].map(str::to_owned)
        };
        for amount in [
            "0",
            "-1",
            "1000000000000001",
            "9223372036854775807",
            "-9223372036854775808",
        ] {
            let args = receive(amount);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            office.refused("amount_invalid", ACCOUNTANT, NOW, &args);
        }
        let before = office.books();
        for amount in [
            "1.5",
            "1,5",
            "1000.0",
            "1e6",
            "",
            "x",
            "9223372036854775808",
        ] {
            let args = receive(amount);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let answer = office.run(ACCOUNTANT, NOW, &args);
            assert_eq!(answer.code, Some(2), "{amount}: {answer:?}");
        }
        for reference in ["", " ", "12345678901234567", "số-1"] {
            let args = ["budget", "receive", "--amount=1", "--reference", reference];
            office.refused("bad_input", ACCOUNTANT, NOW, &args);
        }
        assert_eq!(office.books(), before);
        office.announce(1_000_000_000_000, "KB2", NOW);
        // The same announcement is one; the reference with another amount is refused.
        office.announce(1_000_000_000_000, "KB2", NOW);
        assert_eq!(office.number("select count(*) from budget"), 1);
        let other = ["budget", "receive", "--amount=5", "--reference", "KB2"];
        office.refused("key_reused", ACCOUNTANT, NOW, &other);
    }
}

/// A whole number is no amount, anything else no number.
fn code_of(amount: &str) -> &'static str {
    match amount.parse::<i64>() {
        Ok(_) => "amount_invalid",
        Err(_) => "bad_input",
    }
}

/// Catches an opening balance, a standard or a band in the set-up that is no amount.
#[test]
fn the_set_up_has_whole_amounts() {
    for engine in engines("amounts") {
        let office = Office::set_up(engine, "amounts");
        let standard = |amount: &str| {
            format!(
                "standards = [{{ unit = \"\", amount = {amount}, valid_from = \"2026-07-01\", \
                 known_from = \"2026-06-20\", source = \"NQ 1\" }}]\n"
            )
        };
        let name = "name = \"Trợ giúp xã hội hằng tháng\"\n";
        for amount in [
            "0",
            "-1",
            "1.5",
            "1000000000000001",
            "\"x\"",
            "99999999999999999999",
        ] {
            let text = setup_text().replace(name, &format!("{name}{}", standard(amount)));
            std::fs::write(office.path("bad.toml"), &text).unwrap();
            office.refused(code_of(amount), "setup", NOW, &["setup", "bad.toml"]);
        }
        for opening in ["-1", "0.5", "1000000000000001"] {
            // An account that is there keeps its opening: a new one beside it.
            let text = setup_text();
            let at = text.find("[[bank_account]]").unwrap();
            let second = text[at..]
                .replace("BL-AGRI", "BL-2")
                .replace("1300200012345", "1300200012346")
                .replace("opening = 0", &format!("opening = {opening}"));
            std::fs::write(office.path("bad.toml"), format!("{text}\n{second}")).unwrap();
            office.refused(code_of(opening), "setup", NOW, &["setup", "bad.toml"]);
        }
        assert_eq!(office.number("select count(*) from bank_account"), 1);
        assert_eq!(
            office.number("select count(*) from standard where source = 'NQ 1'"),
            0
        );
    }
}

/// Catches a typed amount that is paid because it stands on the list: the law's amount is
/// what counts, and a line whose amount cannot be one is refused or told.
#[test]
fn a_typed_amount_is_never_what_is_paid() {
    for engine in engines("amounts") {
        let office = Office::with_people(engine, "amounts", 4, 30);
        let july = people(4, 30).next_month(1);
        write_lists(&july, office.folder(), "07/2026", "july");
        let text = std::fs::read_to_string(office.path("july-list.csv")).unwrap();
        let typed = [
            "0",
            "-500000",
            "1000000000000001",
            "500000.5",
            "99999999999999999999",
        ];
        let mut changed: Vec<i64> = Vec::new();
        let lines: Vec<String> = text
            .lines()
            .map(|line| match line.split_once(",1000000,") {
                Some((head, tail)) if changed.len() < typed.len() => {
                    changed.push(line.split(',').next().unwrap().parse().unwrap());
                    format!("{head},{},{tail}", typed[changed.len() - 1])
                }
                _ => line.to_owned(),
            })
            .collect();
        assert!(changed.len() >= 3, "{text}");
        std::fs::write(office.path("july-list.csv"), lines.join("\n")).unwrap();
        let check = [
            "roster",
            "check",
            "july-list.csv",
            "--registry",
            "july-register.csv",
            "--period",
            "2026-07",
        ];
        let checked = office.ok(MAKER, "2026-07-01T08:00", &check);
        for stt in changed {
            let says = |what: &str| {
                let found = checked[what].as_array().unwrap();
                found.iter().any(|f| f["stt"] == stt)
            };
            assert!(
                says("warnings") || says("refused"),
                "nothing is said of line {stt}: {checked}"
            );
        }
        office.take_lists("july", "2026-07", "2026-07-01T08:00");
        let made = office.ok(
            MAKER,
            "2026-07-02T08:00",
            &["cycle", "prepare", "--period", "2026-07"],
        );
        let sum = office
            .number("select cast(sum(amount) as bigint) from entitlement where period = 202607");
        assert_eq!(made["total"], sum);
        let odd = "select count(*) from entitlement where amount % 250000 <> 0 or amount > 5000000";
        assert_eq!(office.number(odd), 0, "an amount that no rate gives");
    }
}
