//! A school's month by the command line against the world's payers, from the statements
//! alone and in instalments: what no notice announced comes to the same sums.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod office;

use ansinh_simulator::payers::{Habits, PayerConfig, Payers, Telling, Tellings, bills_from_json};
use ansinh_simulator::{Bank, BankConfig, Faults, Share};
use office::{Database, Engine, answer_of, engines};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const SETUP: &str = include_str!("../samples/school/setup.toml");
const ACCOUNT: &str = "1300200099999";
const KEY: &str = "a-key-agreed-with-the-bank";

/// A folder with a school's books in a database.
struct School<'a> {
    folder: &'a Path,
    url: String,
}

impl School<'_> {
    /// What a command answers; it must be done.
    fn asked(&self, actor: &str, now: &str, args: &[&str]) -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ansinh"));
        command
            .current_dir(self.folder)
            .env_remove("ANSINH_DATABASE_URL")
            .args(["--json", "--database-url", &self.url])
            .args(["--as", actor, "--now", now])
            .args(args);
        let answer = answer_of(command.output().unwrap());
        assert_eq!(answer.code, Some(0), "{args:?}: {answer:?}");
        answer.json
    }

    /// The sample's school with the bank's key and `n` pupils, its bills issued.
    fn issue(&self, n: usize) {
        let write = |name: &str, text: &str| {
            std::fs::write(self.folder.join(name), text).unwrap();
        };
        // the list makes the classes, and statements are signed
        let lines = SETUP.lines().filter(|l| !l.contains("name = \"Lớp"));
        let lines: Vec<&str> = lines
            .map(|l| match l.starts_with("unsigned_allowed") {
                true => "keys = [{ id = \"k1\", file = \"bank.key\" }]",
                false => l,
            })
            .collect();
        write("setup.toml", &lines.join("\n"));
        write("bank.key", KEY);
        let fees = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/school/fees.toml");
        let list = std::fs::File::create(self.folder.join("pupils.csv")).unwrap();
        ansinh_simulator::school::pupils_csv(list, 5, n, 2026).unwrap();
        let day = |time: &str| format!("2026-09-07T{time}");
        self.asked("setup", &day("07:00"), &["migrate"]);
        self.asked("setup", &day("07:00"), &["setup", "setup.toml"]);
        self.asked("hieu", &day("08:00"), &["fee", "load", fees]);
        let import = ["school", "import", "pupils.csv", "--year", "2026-2027"];
        assert_eq!(self.asked("quy", &day("08:10"), &import)["pupils"], n);
        let prepare = [
            "bill",
            "prepare",
            "--year",
            "2026-2027",
            "--period",
            "2026-09",
        ];
        let prepared = self.asked("quy", &day("09:00"), &prepare);
        let run = prepared["run"].as_str().unwrap();
        self.asked("hieu", &day("09:30"), &["bill", "issue", run]);
    }

    fn bills(&self) -> Value {
        let list = ["bill", "list", "--limit", "100000"];
        self.asked("quy", "2026-09-30T08:00", &list)
    }
}

/// Catches money that only a notice would bring to its bill, credit that does not go on to
/// the next instalment or goes to an invitation, and an answer key that counts otherwise.
#[test]
fn statements_alone_come_to_what_the_world_expects() {
    for engine in engines("payers") {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(engine, "payers");
        let url = match engine {
            Engine::Sqlite => "sqlite:ansinh.db".to_owned(),
            Engine::Postgres => database.url(folder.path()),
        };
        let school = School {
            folder: folder.path(),
            url,
        };
        school.issue(90);
        let listed = school.bills().to_string();
        let bills = bills_from_json(listed.as_bytes(), "970405", ACCOUNT).unwrap();
        let config = PayerConfig {
            seed: 9,
            first: 20_260_914,
            last: 20_260_922,
            habits: Habits {
                twice: Share::exactly(12),
                over: Share::exactly(12),
                ahead: Share::per_mille(400),
                ..Habits::default()
            },
            tellings: Tellings {
                never: Share::per_mille(1000),
                ..Tellings::NONE
            },
        };
        let payers = Payers::new(bills, config).unwrap();
        assert!(payers.payments.iter().all(|p| p.telling == Telling::Never));
        let mut bank = Bank::new(BankConfig {
            bin: "970405".into(),
            seed: 9,
            key_id: "k1".into(),
            key: KEY.into(),
            faults: Faults::NONE,
        });
        bank.open_account(ACCOUNT, 0).unwrap();
        payers.pay_into(&mut bank).unwrap();
        for day in payers.days() {
            let path = folder.path().join(format!("{day}.stl"));
            let file = bank.close_day(ACCOUNT, day).unwrap();
            file.settlement_native(&path).unwrap();
            let path = path.display().to_string();
            let import = ["statement", "import", &path];
            let imported = school.asked("ke", "2026-09-23T08:00", &import);
            assert_eq!(imported["proof"]["holds"], true);
        }
        let key = payers.expected();
        let now = school.bills();
        let mut later = 0;
        for (bill, expected) in now["bills"].as_array().unwrap().iter().zip(&key.bills) {
            assert_eq!(bill["pay_code"], expected.pay_code);
            assert_eq!(bill["paid"], expected.paid, "{engine:?} {expected:?}");
            later += usize::from(bill["state"] == "partly_paid" && bill["parts"] == 2);
        }
        assert!(later > 0, "no credit went on to an instalment");
        let breaks = school.asked("ke", "2026-09-23T09:00", &["break", "list"]);
        let open = breaks["breaks"].as_array().unwrap().iter();
        let suspense: i64 = open.map(|b| b["open_amount"].as_i64().unwrap()).sum();
        assert_eq!(suspense, key.suspense, "{engine:?}");
        school.asked("ke", "2026-09-23T09:00", &["ledger", "verify"]);
    }
}
