//! Lists, registers and holders that are wrong, half, empty, swapped or repeated.

use crate::office::{ACCOUNTANT, CHIEF, MAKER, Office, engines, people, write_lists};

const NOW: &str = "2026-06-01T10:00";

/// An office with June taken, and July's files lying there.
fn office(engine: crate::office::Engine) -> Office {
    let office = Office::with_people(engine, "lists", 3, 60);
    write_lists(
        &people(3, 60).next_month(1),
        office.folder(),
        "07/2026",
        "july",
    );
    office
}

/// Catches a list of another kind, a broken one or one of another month that is taken.
#[test]
fn a_list_that_is_none_is_refused_whole() {
    for engine in engines("lists") {
        let office = office(engine);
        let people_before = office.number("select count(*) from person");
        std::fs::write(office.path("empty.csv"), "").unwrap();
        std::fs::write(office.path("empty.xlsx"), "").unwrap();
        std::fs::write(office.path("noise.csv"), [0xff, 0xfe, 0x00, 0x81, 0x0a]).unwrap();
        std::fs::write(office.path("words.csv"), "Kính gửi\nphòng,LĐ\n").unwrap();
        let sheet = office.path("whole.xlsx");
        people(3, 60)
            .next_month(1)
            .write_roster_xlsx(&sheet, "07/2026", 500_000)
            .unwrap();
        let bytes = std::fs::read(&sheet).unwrap();
        std::fs::write(office.path("half.xlsx"), &bytes[..bytes.len() / 2]).unwrap();
        for (file, code) in [
            ("empty.csv", "list_refused"),
            ("empty.xlsx", "list_refused"),
            ("noise.csv", "list_refused"),
            ("words.csv", "list_refused"),
            ("half.xlsx", "list_refused"),
            ("july-register.csv", "list_refused"),
            ("july-holders.csv", "list_refused"),
            ("first.stl", "list_refused"),
            ("nowhere.csv", "list_refused"),
            (".", "list_refused"),
            ("june-list.csv", "period_differs"),
        ] {
            let import = ["roster", "import", file, "--period", "2026-07"];
            office.refused(code, MAKER, NOW, &import);
        }
        for period in ["2026-13", "13/2026", "", "2026", "2026-00", "6"] {
            let import = ["roster", "import", "july-list.csv", "--period", period];
            office.refused("period_invalid", MAKER, NOW, &import);
        }
        assert_eq!(office.number("select count(*) from person"), people_before);
    }
}

/// Catches a list that counts twice when it is handed in twice, also as other bytes.
#[test]
fn a_repeated_list_changes_nothing() {
    for engine in engines("lists") {
        let office = office(engine);
        let state = |office: &Office| {
            let people = "select count(*) from person";
            let listed = "select count(*) from enrolment where listed_period = 202606";
            (office.number(people), office.number(listed), office.books())
        };
        let before = state(&office);
        let import = ["roster", "import", "june-list.csv", "--period", "2026-06"];
        let again = office.ok(MAKER, NOW, &import);
        assert_eq!(again["again"], true, "{again}");
        // The same lines, one blank line more: other bytes, no new people.
        let mut text = std::fs::read_to_string(office.path("june-list.csv")).unwrap();
        text.push('\n');
        std::fs::write(office.path("june-2.csv"), text).unwrap();
        let import = ["roster", "import", "june-2.csv", "--period", "2026-06"];
        let reply = office.ok(MAKER, NOW, &import);
        assert_eq!(reply["new_people"], 0, "{reply}");
        assert_eq!(reply["accounts_opened"], 0, "{reply}");
        assert_eq!(state(&office), before);
    }
}

/// Catches a register or a list of holders that is taken in part, or taken for another.
#[test]
fn a_register_or_holders_file_is_taken_whole_or_not() {
    for engine in engines("lists") {
        let office = office(engine);
        let rows = |office: &Office| {
            (
                office.rows(
                    "select full_name, status from register_record order by hash",
                    "tt",
                ),
                office.rows("select counter, status from holder order by counter", "it"),
                office.rows("select id, state from address order by id", "it"),
            )
        };
        let before = rows(&office);
        let register = std::fs::read(office.path("july-register.csv")).unwrap();
        let holders = std::fs::read(office.path("july-holders.csv")).unwrap();
        let half = |bytes: &[u8]| {
            let mut at = bytes.len() / 2;
            while bytes[at] == b'\n' || bytes[at - 1] == b'\n' {
                at += 1;
            }
            // Cut so that fields of the last line are missing.
            let line = bytes[..at].iter().rposition(|b| *b == b'\n').unwrap() + 1;
            let comma = line + bytes[line..].iter().position(|b| *b == b',').unwrap();
            bytes[..=comma].to_vec()
        };
        std::fs::write(office.path("half-register.csv"), half(&register)).unwrap();
        std::fs::write(office.path("half-holders.csv"), half(&holders)).unwrap();
        std::fs::write(office.path("empty.csv"), "").unwrap();
        let head =
            |bytes: &[u8]| bytes[..=bytes.iter().position(|b| *b == b'\n').unwrap()].to_vec();
        std::fs::write(office.path("head-register.csv"), head(&register)).unwrap();
        std::fs::write(office.path("head-holders.csv"), head(&holders)).unwrap();
        let text = String::from_utf8(holders)
            .unwrap()
            .replacen(",open", ",perhaps", 1);
        std::fs::write(office.path("state-holders.csv"), text).unwrap();
        for file in [
            "half-register.csv",
            "july-holders.csv",
            "july-list.csv",
            "first.stl",
            "empty.csv",
            "head-register.csv",
            "nowhere.csv",
        ] {
            let answer = office.run(MAKER, NOW, &["registry", "load", file]);
            assert_eq!(answer.code, Some(3), "registry load {file}: {answer:?}");
        }
        for file in [
            "half-holders.csv",
            "july-register.csv",
            "july-list.csv",
            "first.stl",
            "empty.csv",
            "head-holders.csv",
            "nowhere.csv",
            "state-holders.csv",
        ] {
            let answer = office.run(MAKER, NOW, &["holders", "load", file]);
            assert_eq!(answer.code, Some(3), "holders load {file}: {answer:?}");
        }
        assert!(rows(&office) == before, "something was taken");
        let again = office.ok(MAKER, NOW, &["registry", "load", "june-register.csv"]);
        assert_eq!(again["again"], true);
        office.ok(MAKER, NOW, &["holders", "load", "june-holders.csv"]);
        assert!(rows(&office) == before, "the same file changed something");
    }
}

/// Catches files that people without the role load.
#[test]
fn only_the_labour_office_takes_lists() {
    for engine in engines("lists") {
        let office = office(engine);
        for actor in [ACCOUNTANT, CHIEF, "vinh"] {
            let list = ["roster", "import", "july-list.csv", "--period", "2026-07"];
            office.refused("role_missing", actor, NOW, &list);
            let load = ["registry", "load", "july-register.csv"];
            office.refused("role_missing", actor, NOW, &load);
            let load = ["holders", "load", "july-holders.csv"];
            office.refused("role_missing", actor, NOW, &load);
        }
        let load = ["registry", "load", "july-register.csv"];
        office.refused("user_unknown", "nobody", NOW, &load);
    }
}
