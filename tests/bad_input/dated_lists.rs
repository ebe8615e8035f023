//! Registers and lists of holders that are older than what is known, of the same date with
//! other words, or without a date: none of them makes a payment possible that was stopped.

use crate::office::{APPROVER, MAKER, Office, engines};

/// June's register with another date and, with `dead`, everybody reported dead.
fn register(office: &Office, name: &str, as_of: &str, dead: bool) {
    let june = std::fs::read_to_string(office.path("june-register.csv")).unwrap();
    let (_, records) = june.split_once('\n').unwrap();
    let records = match dead {
        true => records.replace(",alive,", ",deceased,20260604"),
        false => records.to_owned(),
    };
    std::fs::write(office.path(name), format!("# as_of {as_of}\n{records}")).unwrap();
}

/// A person on our books: the number, the name.
fn somebody(office: &Office) -> (String, String) {
    let known = office.rows(
        "select p.full_name from person p join social_account s on s.person_id = p.id order by p.id",
        "t",
    );
    let june = std::fs::read_to_string(office.path("june-register.csv")).unwrap();
    for person in known {
        let of_name = format!(",{},", person[0]);
        let lines: Vec<&str> = june.lines().filter(|l| l.contains(&of_name)).collect();
        if let [line] = lines.as_slice() {
            return (line[..12].to_owned(), person[0].clone());
        }
    }
    panic!("nobody with a name of their own");
}

/// Catches dead people who come back to life by an older register, by a newer one without
/// an approver, by a list that was checked with an older register, or by the maker.
#[test]
fn no_file_brings_the_dead_back_and_an_approver_decides() {
    for engine in engines("dated") {
        let office = Office::set_up(engine, "dated");
        office.take_june(3, 60);
        let now = "2026-06-08T08:00";
        let alive = "select count(*) from person where level <> 'deceased'";
        let people = office.number("select count(*) from person");
        let load = |file: &str| office.ok(MAKER, now, &["registry", "load", file]);
        let (number, name) = somebody(&office);
        let resume = [
            "account",
            "change",
            "resume",
            "--number",
            &number,
            "--reason",
            "UBND xã xác nhận",
        ];

        register(&office, "dead.csv", "2026-06-05", true);
        let dead = load("dead.csv");
        assert_eq!(dead["deceased"], people, "{dead}");
        assert_eq!(office.number(alive), 0);
        office.refused("death_stands", APPROVER, now, &resume);

        for (file, as_of) in [("june-register.csv", ""), ("older.csv", "2026-06-04")] {
            if !as_of.is_empty() {
                register(&office, file, as_of, false);
            }
            let old = load(file);
            assert_eq!(old["not_newer"], old["records"], "{file}: {old}");
            assert_eq!(old["alive_again"], 0, "{file}: {old}");
        }
        // The same date with another word: the death counts.
        register(&office, "same-day.csv", "2026-06-05", false);
        assert_eq!(load("same-day.csv")["alive_again"], 0);
        assert_eq!(office.number(alive), 0);
        office.refused("death_stands", APPROVER, now, &resume);

        register(&office, "back.csv", "2026-06-06", false);
        let back = load("back.csv");
        assert_eq!(back["alive_again"], people, "{back}");
        let named = back["to_decide"].as_array().unwrap();
        let they = |p: &&serde_json::Value| p["full_name"] == name.as_str();
        let they = named.iter().find(they).unwrap();
        assert_eq!(they["number"], format!("***{}", &number[9..]));
        let again = load("back.csv");
        assert_eq!(
            (&again["again"], &again["alive_again"]),
            (&true.into(), &people.into())
        );
        let listed = ["roster", "import", "june-list.csv", "--period", "2026-06"];
        let by_file = [&listed[..], &["--registry", "june-register.csv"]].concat();
        office.ok(MAKER, now, &by_file);
        assert_eq!(office.number(alive), 0, "a file brought somebody back");

        office.refused("role_missing", MAKER, now, &resume);
        let mended = office.ok(APPROVER, now, &resume);
        assert_eq!(mended["state"], "open", "{mended}");
        assert_eq!(office.number(alive), 1);
        // An old word of the death no longer counts.
        assert_eq!(load("dead.csv")["deceased"], 0);
        assert_eq!(office.number(alive), 1);
    }
}

/// Catches people who are taken over as alive from a list that was checked with an older
/// register than the one that is loaded.
#[test]
fn a_list_checked_with_an_older_register_takes_over_nobody_who_is_dead() {
    for engine in engines("olderlist") {
        let office = Office::set_up(engine, "olderlist");
        let folder = office.folder().to_owned();
        crate::office::write_lists(&crate::office::people(3, 60), &folder, "06/2026", "june");
        let now = "2026-06-08T08:00";
        register(&office, "dead.csv", "2026-06-05", true);
        office.ok(MAKER, now, &["registry", "load", "dead.csv"]);
        let listed = ["roster", "import", "june-list.csv", "--period", "2026-06"];
        let by_file = [&listed[..], &["--registry", "june-register.csv"]].concat();
        let taken = office.ok(MAKER, now, &by_file);
        assert!(taken["new_people"].as_i64().unwrap() > 20, "{taken}");
        let alive = "select count(*) from person where level <> 'deceased'";
        assert_eq!(office.number(alive), 0);
    }
}

/// Catches an account that was stopped when the bank reported the death and that the maker
/// opens again, also after closing and reopening it for another reason.
#[test]
fn only_an_approver_resumes_after_a_death_that_the_bank_reported() {
    for engine in engines("md07") {
        let office = Office::set_up(engine, "md07");
        office.take_june(3, 60);
        let now = "2026-06-08T08:00";
        let (number, _) = somebody(&office);
        let change = |event: &'static str, reason: &'static str| {
            vec![
                "account", "change", event, "--number", &number, "--reason", reason,
            ]
        };
        // As room `reconcile` writes it after a return with MD07.
        office.ok(MAKER, now, &change("suspend", "returned_MD07"));
        office.refused(
            "role_missing",
            MAKER,
            now,
            &change("resume", "gia đình báo còn sống"),
        );
        office.ok(MAKER, now, &change("close", "đóng theo đề nghị"));
        office.ok(MAKER, now, &change("reopen", "mở lại theo đề nghị"));
        office.refused(
            "role_missing",
            MAKER,
            now,
            &change("resume", "gia đình báo còn sống"),
        );
        let open = office.ok(
            APPROVER,
            now,
            &change("resume", "UBND xã xác nhận còn sống"),
        );
        assert_eq!(open["state"], "open");
        office.ok(MAKER, now, &change("suspend", "đi vắng dài ngày"));
        for says_nothing in ["", "đã về"] {
            office.refused("bad_input", MAKER, now, &change("resume", says_nothing));
        }
        office.ok(MAKER, now, &change("resume", "đã về địa phương"));
    }
}

/// Catches a register without a date, with one that is yet to come, with two, or one that
/// contradicts itself, that is taken; and a refusal that names no place.
#[test]
fn a_register_that_cannot_be_dated_or_contradicts_itself_is_refused() {
    for engine in engines("undated") {
        let office = Office::set_up(engine, "undated");
        office.take_june(3, 60);
        let now = "2026-06-08T08:00";
        let june = std::fs::read_to_string(office.path("june-register.csv")).unwrap();
        let (date, records) = june.split_once('\n').unwrap();
        let put = |text: String| std::fs::write(office.path("other.csv"), text).unwrap();
        let load = ["registry", "load", "other.csv"];
        put(records.to_owned());
        office.refused("list_date_missing", MAKER, now, &load);
        let given = [&load[..], &["--as-of", "2026-06-07"]].concat();
        let loaded = office.ok(MAKER, now, &given);
        assert_eq!(loaded["as_of"], "2026-06-07T00:00:00+07:00");
        assert_eq!(loaded["not_newer"], 0);
        put(june.clone());
        office.refused("bad_input", MAKER, now, &given);
        put(format!("# as_of 2026-06-09\n{records}"));
        office.refused("bad_input", MAKER, now, &load);

        let mut lines: Vec<&str> = records.lines().collect();
        let twice = *lines.iter().find(|l| l.contains(",alive,")).unwrap();
        lines.push(twice);
        put(format!("{date}\n{}\n", lines.join("\n")));
        let same = office.ok(MAKER, now, &load);
        assert_eq!(
            same["records"], loaded["records"],
            "the same line twice is one"
        );
        let other = twice.replace(",alive,", ",deceased,20260604");
        lines.push(&other);
        put(format!("{date}\n{}\n", lines.join("\n")));
        let answer = office.refused("list_refused", MAKER, now, &load);
        assert_eq!(answer["code"], "LIST_CONTRADICTION", "{answer}");
        assert_eq!(
            answer["place"],
            format!("CSV!{}", lines.len() + 1),
            "{answer}"
        );
    }
}

/// Catches two lists of holders of one date of which the last one wins, a payment that a
/// contradiction makes possible, or one that is not named.
#[test]
fn of_two_lists_of_one_date_the_worse_word_counts_whatever_their_order() {
    for engine in engines("samedate") {
        let now = "2026-06-08T08:00";
        let mut ends = Vec::new();
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
            let office = Office::set_up(engine, "samedate");
            office.take_june(3, 60);
            let june = std::fs::read_to_string(office.path("june-holders.csv")).unwrap();
            let (_, rows) = june.split_once('\n').unwrap();
            let open = rows.lines().filter(|l| l.ends_with(",open"));
            let open = open.filter(|l| !l.contains('"')).count();
            let named = |name: &str| {
                let lines = rows
                    .lines()
                    .map(|l| match l.split(',').collect::<Vec<_>>()[..] {
                        [bin, number, _, "open"] => format!("{bin},{number},{name},open"),
                        _ => l.to_owned(),
                    });
                lines.collect::<Vec<_>>().join("\n")
            };
            let texts = [
                rows.to_owned(),
                rows.replace(",open", ",closed"),
                named("NGUYEN THI KHAC"),
            ];
            let active = "select count(*) from address where state = 'active'";
            let mut before = office.number(active);
            assert!(before > 10);
            for (step, at) in order.iter().enumerate() {
                let text = format!("# as_of 2026-06-05\n{}\n", texts[*at]);
                std::fs::write(office.path("other.csv"), text).unwrap();
                let reply = office.ok(MAKER, now, &["holders", "load", "other.csv"]);
                let contradicted = reply["contradicted"].as_array().unwrap();
                match step {
                    0 => assert_eq!(reply["contradictions"], 0, "{reply}"),
                    _ => {
                        assert_eq!(reply["addresses_activated"], 0, "{order:?} {reply}");
                        assert!(reply["contradictions"].as_u64().unwrap() >= open as u64);
                        assert!(
                            contradicted[0]["account_number"]
                                .as_str()
                                .unwrap()
                                .starts_with("***")
                        );
                    }
                }
                let after = office.number(active);
                assert!(step == 0 || after <= before, "{order:?}");
                before = after;
            }
            assert_eq!(office.number(active), 0, "{order:?}");
            // The key ring of each office is its own, so are the counters.
            let holders = "select status, count(*) from holder group by status order by status";
            let addresses = "select p.full_name, a.state, a.reason from address a \
                             join person p on p.id = a.person_id order by p.full_name, a.state";
            ends.push((office.rows(holders, "ti"), office.rows(addresses, "ttt")));
            // The bank's later word counts again.
            let later = format!("# as_of 2026-06-07\n{rows}");
            std::fs::write(office.path("later.csv"), later).unwrap();
            let reply = office.ok(MAKER, now, &["holders", "load", "later.csv"]);
            assert!(
                reply["addresses_activated"].as_i64().unwrap() > 10,
                "{reply}"
            );
        }
        assert!(ends.iter().all(|end| *end == ends[0]), "the order decides");
    }
}

/// Catches a list that is checked with an older register, or with one without a date, and
/// that brings an old address of somebody back over what a newer register said.
#[test]
fn an_older_register_beside_a_list_changes_nothing_that_a_newer_one_said() {
    for engine in engines("older_register") {
        let office = Office::set_up(engine, "older_register");
        office.take_june(3, 60);
        let now = "2026-06-08T08:00";
        let june = std::fs::read_to_string(office.path("june-register.csv")).unwrap();
        let (_, records) = june.split_once('\n').unwrap();
        let moved = records.replace(", ", ", Thôn Cũ, ");
        let list = std::fs::read_to_string(office.path("june-list.csv")).unwrap();
        let old = "select count(*) from person where address like '%Thôn Cũ%'";
        for (n, first) in ["# as_of 2026-05-01\n", ""].iter().enumerate() {
            let register = format!("older{n}.csv");
            std::fs::write(office.path(&register), format!("{first}{moved}")).unwrap();
            // Other bytes, so that it is no list that was imported before.
            let name = format!("again{n}.csv");
            std::fs::write(office.path(&name), format!("{list}{}", "\n".repeat(n + 1))).unwrap();
            let import = [
                "roster",
                "import",
                &name,
                "--period",
                "2026-06",
                "--registry",
                &register,
            ];
            office.ok(MAKER, now, &import);
            assert_eq!(office.number(old), 0, "{register}");
        }
        let newer = format!("# as_of 2026-06-07\n{moved}");
        std::fs::write(office.path("newer.csv"), newer).unwrap();
        std::fs::write(office.path("again9.csv"), format!("{list}\n\n\n\n")).unwrap();
        let import = [
            "roster",
            "import",
            "again9.csv",
            "--period",
            "2026-06",
            "--registry",
            "newer.csv",
        ];
        office.ok(MAKER, now, &import);
        assert!(office.number(old) > 0, "a newer register is believed");
    }
}
