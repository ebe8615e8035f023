//! Lists that are handed in once more, mended or not, and the register they are checked
//! with; lists of holders that come once more, in another order or with another date.

use crate::office::{
    ACCOUNTANT, BUDGET, MAKER, OUR_NUMBER, Office, engines, first_day, setup_text, take,
};
use ansinh_simulator::{Faults, Share};

const NOW: &str = "2026-06-01T10:00";
const REGISTER: &str = "identity_number,old_identity_number,full_name,birth_date,sex,permanent_address,status,deceased_on\n";
const LY: &str = "035090000002,,Lê Văn Lý,19900101,M,\"Xã An Lão, Bình Lục, Hà Nam\",alive,\n";
const HOA: &str = "035150000001,,Lê Thị Hòa,19500605,F,\"Xã An Lão, Bình Lục, Hà Nam\",alive,\n";
const SON: &str = "035070000005,,Ngô Văn Sơn,19700101,M,\"Xã Bồ Đề, Bình Lục, Hà Nam\",alive,\n";
const HOLDERS: &str = "# as_of 2026-06-01T07:00:00+07:00\nbank_bin,account_number,holder_name,status\n\
    970436,0011000000001,LE VAN LY,open\n970436,0011000000002,LE VAN LY,open\n\
    970436,0011000000003,LE THI HOA,open\n970436,0011000000005,NGO VAN SON,open\n";
const HEADER: &str = "STT,Họ và tên,Năm sinh,Số CCCD,Đối tượng,Số tiền,Số tài khoản,Ngân hàng\n";

/// A line of a list: who, and to which of the accounts above.
fn line(stt: u32, who: &str, account: u32) -> String {
    let (name, year, number) = match who {
        "Lý" => ("Lê Văn Lý", 1990, "035090000002"),
        "Hòa" => ("Lê Thị Hòa", 1950, "035150000001"),
        _ => ("Ngô Văn Sơn", 1970, "035070000005"),
    };
    format!("{stt},{name},{year},{number},Người khuyết tật nặng,750000,001100000000{account},VCB\n")
}

impl Office {
    fn list(&self, name: &str, lines: &[String]) -> String {
        std::fs::write(self.path(name), format!("{HEADER}{}", lines.concat())).unwrap();
        name.to_owned()
    }

    fn import(&self, name: &str) -> serde_json::Value {
        self.ok(
            MAKER,
            NOW,
            &["roster", "import", name, "--period", "2026-06"],
        )
    }

    fn load_register(&self, people: &[&str]) {
        let text = format!("# as_of 2026-06-01\n{REGISTER}{}", people.concat());
        std::fs::write(self.path("register.csv"), text).unwrap();
        self.ok(MAKER, NOW, &["registry", "load", "register.csv"]);
    }

    fn load_holders(&self) {
        std::fs::write(self.path("holders.csv"), HOLDERS).unwrap();
        self.ok(MAKER, NOW, &["holders", "load", "holders.csv"]);
    }

    /// Who is on June's list, with the account that would be paid.
    fn listed(&self) -> Vec<Vec<String>> {
        let sql = "select p.full_name, a.counter, a.state from enrolment e join person p on p.id = e.person_id \
                   join address a on a.id = e.address_id where e.listed_period = 202606 order by p.full_name";
        self.rows(sql, "tit")
    }
}

/// Catches a person who is accepted twice in a month: by the duplicate line handed in
/// alone, by another commune's list, or by the same list once more.
#[test]
fn a_person_is_accepted_once_in_a_period() {
    for engine in engines("handed_in") {
        let office = Office::set_up(engine, "handed_in");
        office.load_register(&[LY, HOA, SON]);
        office.load_holders();
        let lines = [
            line(1, "Lý", 1),
            line(2, "Lý", 2),
            line(3, "Hòa", 3),
            line(4, "Sơn", 9),
        ];
        let first = office.import(&office.list("an-lao.csv", &lines));
        assert_eq!(
            (&first["accepted"], &first["refused"]),
            (&3.into(), &1.into())
        );
        assert_eq!(first["by_category"]["DUPLICATE"], 1);
        assert_eq!(first["address_not_active"], 1, "nobody holds account 9");
        let refused = first["refused_file"].as_str().unwrap().to_owned();
        assert_eq!(refused, "an-lao.refused.xlsx");
        let bytes = std::fs::read(office.path(&refused)).unwrap();
        let listed = office.listed();

        // The duplicate line alone, as the workbook gave it back.
        let second = office.import(&refused);
        let counts = ["accepted", "refused", "already_listed", "new_people"];
        let counts = |reply: &serde_json::Value| counts.map(|f| reply[f].as_i64().unwrap());
        assert_eq!(counts(&second), [0, 1, 0, 0], "{second}");
        assert_eq!(second["listed_otherwise"], serde_json::json!([2]));
        assert_eq!(
            second["by_category"],
            serde_json::json!({"DUPLICATE": 1}),
            "{second}"
        );
        assert_eq!(second["refused_file"], "an-lao.refused-2.xlsx");
        assert!(std::fs::read(office.path(&refused)).unwrap() == bytes);
        let check = [
            "roster",
            "check",
            "an-lao.refused-2.xlsx",
            "--registry",
            "register.csv",
            "--period",
            "2026-06",
            "--refused",
            "an-lao.refused.xlsx",
        ];
        office.ok(MAKER, NOW, &check);
        assert!(std::fs::read(office.path(&refused)).unwrap() == bytes);

        // On another commune's list: otherwise, and with the same words.
        let third = office.import(&office.list("bo-de.csv", &[line(1, "Lý", 2)]));
        assert_eq!(counts(&third), [0, 1, 0, 0], "{third}");
        let fourth = office.import(&office.list("ngoc-lu.csv", &[line(7, "Lý", 1)]));
        assert_eq!(counts(&fourth), [0, 0, 1, 0], "{fourth}");
        assert!(fourth["refused_file"].is_null());
        assert_eq!(office.listed(), listed);

        // Whom no bank confirms is corrected by a later line, once.
        let fifth = office.import(&office.list("son.csv", &[line(4, "Sơn", 5)]));
        assert_eq!(counts(&fifth), [1, 0, 0, 0], "{fifth}");
        assert_eq!(fifth["corrected"], serde_json::json!([4]));
        assert_eq!(fifth["accounts_opened"], 1);
        let sixth = office.import(&office.list("son-2.csv", &[line(4, "Sơn", 9)]));
        assert_eq!(counts(&sixth), [0, 1, 0, 0], "{sixth}");
        assert_eq!(office.number("select count(*) from enrolment"), 3);
        let made = office.ok(MAKER, NOW, &["cycle", "prepare", "--period", "2026-06"]);
        assert_eq!(made["lines"], 3);
    }
}

/// Catches a list that an empty register refuses whole and that is then called known, and
/// one whose people a newer register confirms and who are not taken over.
#[test]
fn a_list_is_known_only_with_the_register_it_was_checked_with() {
    for engine in engines("handed_in") {
        let office = Office::set_up(engine, "handed_in");
        let list = office.list("list.csv", &[line(1, "Lý", 1), line(2, "Hòa", 3)]);
        let import = ["roster", "import", &list, "--period", "2026-06"];
        office.refused("register_empty", MAKER, NOW, &import);
        assert_eq!(office.number("select count(*) from list_import"), 0);
        assert!(!office.path("list.refused.xlsx").exists());

        office.load_register(&[LY, SON]);
        office.load_holders();
        let first = office.import(&list);
        assert_eq!(
            (&first["again"], &first["accepted"], &first["new_people"]),
            (&false.into(), &1.into(), &1.into())
        );
        let again = office.import(&list);
        assert_eq!(again["again"], true);
        for field in ["list", "lines", "accepted", "refused", "by_category"] {
            assert_eq!(again[field], first[field], "{field}");
        }

        office.load_register(&[LY, SON, HOA]);
        let second = office.import(&list);
        assert_eq!(
            (
                &second["again"],
                &second["new_people"],
                &second["already_listed"]
            ),
            (&false.into(), &1.into(), &1.into()),
            "{second}"
        );
        assert_eq!(second["refused"], 0);
        assert_eq!(office.import(&list)["again"], true);
        // A register of one's own is another one, too; the same file of it is the same.
        let own = [
            "roster",
            "import",
            &list,
            "--period",
            "2026-06",
            "--registry",
            "register.csv",
        ];
        assert_eq!(office.ok(MAKER, NOW, &own)["again"], false);
        assert_eq!(office.ok(MAKER, NOW, &own)["again"], true);
        assert_eq!(office.listed().len(), 2);
    }
}

/// Catches an amount that the check computes by the country's standard where the set-up
/// gives the commune a higher one, which the cycle then pays.
#[test]
fn check_and_cycle_take_the_same_standard() {
    for engine in engines("handed_in") {
        let office = Office::set_up(engine, "handed_in");
        let name = "name = \"Trợ giúp xã hội hằng tháng\"\n";
        let own = "standards = [{ unit = \"Xã An Lão\", amount = 600_000, valid_from = \"2026-06-01\", \
                   known_from = \"2026-05-20\", source = \"NQ 1\" }]\n";
        let text = setup_text().replace(name, &format!("{name}{own}"));
        std::fs::write(office.path("setup.toml"), text).unwrap();
        office.ok("setup", NOW, &["setup", "setup.toml"]);
        office.load_register(&[LY, SON]);
        office.load_holders();
        let list = office.list("list.csv", &[line(1, "Lý", 1), line(2, "Sơn", 5)]);
        let check = [
            "roster",
            "check",
            &list,
            "--registry",
            "register.csv",
            "--period",
            "2026-06",
        ];
        let checked = office.ok(MAKER, NOW, &check);
        let amounts = [
            &checked["lines"][0]["amount"],
            &checked["lines"][1]["amount"],
        ];
        assert_eq!(amounts, [900_000, 750_000]);
        let warned = checked["warnings"].as_array().unwrap();
        assert_eq!(warned.len(), 1, "{checked}");
        assert_eq!(
            (&warned[0]["stt"], &warned[0]["code"]),
            (&1.into(), &"AMOUNT_DIFFERS".into())
        );
        office.import(&list);
        let made = office.ok(MAKER, NOW, &["cycle", "prepare", "--period", "2026-06"]);
        assert_eq!(made["total"], checked["accepted_total"]);
    }
}

/// Catches a cycle with nobody in it that is explained by something else than what it is,
/// and a look at a cycle that is not there yet.
#[test]
fn an_empty_cycle_says_why() {
    for engine in engines("handed_in") {
        let office = Office::set_up(engine, "handed_in");
        let prepare = |period: &'static str| ["cycle", "prepare", "--period", period];
        let show = ["cycle", "show", "--period", "2026-06"];
        office.refused("nobody_listed", MAKER, NOW, &prepare("2026-06"));
        let shown = office.ok(MAKER, NOW, &show);
        assert_eq!(
            (&shown["cycle"], &shown["listed"]),
            (&serde_json::Value::Null, &0.into())
        );

        office.load_register(&[LY, HOA]);
        let list = office.list("list.csv", &[line(1, "Lý", 1), line(2, "Hòa", 3)]);
        office.import(&list);
        let data = office.refused("nobody_payable", MAKER, NOW, &prepare("2026-06"));
        assert_eq!(data["reason"], "address_unverified:no_holder", "{data}");
        assert_eq!(
            (&data["people"], &data["reason_people"]),
            (&2.into(), &2.into())
        );
        let shown = office.ok(MAKER, NOW, &show);
        assert_eq!(shown["not_paid_people"].as_array().unwrap().len(), 2);

        office.load_holders();
        office.ok(MAKER, NOW, &prepare("2026-06"));
        let data = office.refused("all_prepared", MAKER, NOW, &prepare("2026-06"));
        assert_eq!(data["people"], 2);
        let data = office.refused("period_not_listed", MAKER, NOW, &prepare("2026-08"));
        assert_eq!(data["latest"], "2026-06");
        office.refused("period_past", MAKER, NOW, &prepare("2026-05"));
    }
}

/// Catches an address from which money came back and that an old list of holders revives:
/// by the order of its lines, by being loaded later, or by a date that is not later.
#[test]
fn only_a_later_list_of_holders_revives_an_address() {
    for engine in engines("handed_in") {
        let office = Office::with_people(engine, "handed_in", 12, 40);
        let (mut bank, _) = first_day(12, BUDGET);
        let batch = office.prepare().remove(0);
        office.bring(&batch, "sent");
        bank.set_faults(Faults {
            closed: Share::exactly(3),
            ..Faults::NONE
        });
        take(&mut bank, &office.payment_file(&batch));
        let file = bank.close_day(OUR_NUMBER, 20_260_602).unwrap();
        file.settlement_native(&office.path("second.stl")).unwrap();
        let import = ["statement", "import", "second.stl"];
        office.ok(ACCOUNTANT, "2026-06-02T18:00", &import);
        let returned = "select count(*) from address where reason like 'returned%'";
        assert_eq!(office.number(returned), 3);

        let text = std::fs::read_to_string(office.path("june-holders.csv")).unwrap();
        let (date, records) = text.split_once('\n').unwrap();
        let (head, rows) = records.split_once('\n').unwrap();
        let mut turned: Vec<&str> = rows.lines().collect();
        turned.reverse();
        let turned = turned.join("\n");
        let now = "2026-06-04T09:00";
        let load = |text: String, as_of: &[&str]| {
            std::fs::write(office.path("again.csv"), text).unwrap();
            let args = ["holders", "load", "again.csv"];
            [&args[..], as_of]
                .concat()
                .iter()
                .map(|a| (*a).to_owned())
                .collect::<Vec<_>>()
        };
        let ok = |text: String, as_of: &[&str]| {
            let args = load(text, as_of);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            office.ok(MAKER, now, &args)
        };
        let refused = |code: &str, text: String, as_of: &[&str]| {
            let args = load(text, as_of);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            office.refused(code, MAKER, now, &args);
        };
        let same = ok(format!("{date}\n{head}\n{turned}\n"), &[]);
        assert_eq!(same["again"], true, "another order is the same list");
        for late in ["2026-06-02T17:59:59+07:00", "2026-06-02T18:00:00+07:00"] {
            let old = ok(format!("# as_of {late}\n{head}\n{turned}\n"), &[]);
            assert_eq!(old["again"], false);
            assert_eq!(
                (&old["addresses_activated"], &old["addresses_held"]),
                (&0.into(), &3.into()),
                "{late}"
            );
        }
        let undated = format!("{head}\n{turned}\n");
        refused("list_date_missing", undated.clone(), &[]);
        refused("bad_input", undated.clone(), &["--as-of", "2026-06-05"]);
        refused("bad_input", format!("# as_of 2026-06-05\n{undated}"), &[]);
        assert_eq!(office.number(returned), 3);

        let new = ok(undated.clone(), &["--as-of", "2026-06-04T08:00"]);
        assert_eq!(
            (&new["addresses_activated"], &new["addresses_held"]),
            (&3.into(), &0.into()),
            "{new}"
        );
        assert_eq!(new["as_of"], "2026-06-04T08:00:00+07:00");
        // What an older list says of an account no longer counts.
        let closed = undated.replace(",open", ",closed");
        let old = ok(closed, &["--as-of", "2026-06-03"]);
        assert_eq!(old["not_newer"], new["holders"]);
        assert_eq!(old["addresses_stopped"], 0);
    }
}
