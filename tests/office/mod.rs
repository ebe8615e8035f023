//! A labour office for tests: a database of its own, a set-up, people with their lists,
//! and the bank of the simulated world. Everything is done by the program itself, as a
//! clerk would type it; tests look into the database only to check.
//!
//! The day before a test begins the office has no money and nobody on its lists;
//! [`Office::with_people`] takes it to the point where a cycle can be prepared: people
//! listed, accounts open, the budget on the first statement, that day closed. Making that
//! takes time, so a test makes it once and works on copies ([`Office::copy`]).

// Each test crate has a copy of this file and uses its own part of it.
#![allow(dead_code)]

mod database;
mod world;

pub use database::{Database, Engine, engines};
pub use world::*;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Who acts: maker, approver, accountant, chief accountant; and one who has every role.
pub const MAKER: &str = "lan";
pub const APPROVER: &str = "minh";
pub const ACCOUNTANT: &str = "hoa";
pub const CHIEF: &str = "son";
pub const EVERYBODY: &str = "phuc";

/// An office that was set up, and where its files lie.
pub struct Office {
    folder: TempDir,
    database: Database,
}

/// What the program answered.
#[derive(Debug)]
pub struct Answer {
    /// Exit code; none when it was killed.
    pub code: Option<i32>,
    /// The one JSON object, or null when there was none.
    pub json: Value,
    pub stderr: String,
}

impl Answer {
    /// The code of a reject or fault; empty for an answer that is none.
    pub fn error(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Office {
    /// A folder and an empty database.
    pub fn empty(engine: Engine, name: &str) -> Office {
        Office {
            folder: tempfile::tempdir().unwrap(),
            database: Database::new(engine, name),
        }
    }

    /// Set up, without people or money.
    pub fn set_up(engine: Engine, name: &str) -> Office {
        let office = Office::empty(engine, name);
        std::fs::write(office.path("setup.toml"), setup_text()).unwrap();
        std::fs::write(office.path("bank.key"), BANK_KEY).unwrap();
        office.ok("setup", "2026-06-01T07:00", &["migrate"]);
        office.ok("setup", "2026-06-01T07:00", &["setup", "setup.toml"]);
        office
    }

    /// Ready for the first cycle: `n` people on June's list, the budget on the first
    /// statement, that day closed. The files of the lists stay in the folder.
    pub fn with_people(engine: Engine, name: &str, seed: u64, n: usize) -> Office {
        let office = Office::set_up(engine, name);
        office.take_june(seed, n);
        office.fund(seed, BUDGET);
        office
    }

    /// June's register, holders and list.
    pub fn take_june(&self, seed: u64, n: usize) {
        write_lists(&people(seed, n), self.folder(), "06/2026", "june");
        self.take_lists("june", "2026-06", "2026-06-01T08:00");
    }

    /// The files of a month that [`write_lists`] wrote.
    pub fn take_lists(&self, name: &str, period: &str, now: &str) {
        let file = |what: &str| format!("{name}-{what}.csv");
        self.ok(MAKER, now, &["registry", "load", &file("register")]);
        self.ok(MAKER, now, &["holders", "load", &file("holders")]);
        let list = file("list");
        let import = ["roster", "import", &list, "--period", period];
        self.ok(MAKER, now, &import);
    }

    /// Announces the budget, takes the bank's first statement, closes its day.
    pub fn fund(&self, seed: u64, budget: i64) {
        let (_, file) = first_day(seed, budget);
        let path = self.path("first.stl");
        file.settlement_native(&path).unwrap();
        self.announce(budget, "KB260601", "2026-06-01T09:00");
        let import = ["statement", "import", "first.stl"];
        self.ok(ACCOUNTANT, "2026-06-01T18:00", &import);
        self.ok(CHIEF, "2026-06-01T19:00", &["day", "close", "2026-06-01"]);
    }

    /// The bank confirms a month's account holders by a list that it makes now; the same
    /// list once more would be no new word.
    pub fn confirm_holders(&self, name: &str, now: &str) -> Value {
        let list = world::holders_as_of(self, name, now);
        self.ok(MAKER, now, &["holders", "load", &list])
    }

    pub fn announce(&self, amount: i64, reference: &str, now: &str) -> Value {
        let amount = format!("--amount={amount}");
        let announce = ["budget", "receive", &amount, "--reference", reference];
        self.ok(ACCOUNTANT, now, &announce)
    }

    /// Prepares June on the second; the draft batches.
    pub fn prepare(&self) -> Vec<String> {
        let prepare = ["cycle", "prepare", "--period", "2026-06"];
        let made = self.ok(MAKER, "2026-06-02T08:00", &prepare);
        let batches = made["batches"].as_array().unwrap();
        let id = |b: &Value| b["batch"].as_str().unwrap().to_owned();
        batches.iter().map(id).collect()
    }

    /// What June comes to, by a dry run of its preparation.
    pub fn prepared_total(&self) -> i64 {
        let prepare = ["cycle", "prepare", "--period", "2026-06", "--dry-run"];
        let made = self.ok(MAKER, "2026-06-02T08:00", &prepare);
        made["total"].as_i64().unwrap()
    }

    /// Takes a draft batch up to `state` on the second, each step by its person.
    pub fn bring(&self, batch: &str, state: &str) {
        self.bring_on("2026-06-02", batch, state);
    }

    /// The same on another day.
    pub fn bring_on(&self, day: &str, batch: &str, state: &str) {
        let steps = [
            (MAKER, "08:30", "submit", "submitted"),
            (APPROVER, "09:00", "approve", "approved"),
            (APPROVER, "10:30", "release", "released"),
            (MAKER, "11:00", "send", "sent"),
        ];
        let upto = steps.iter().position(|s| s.3 == state).unwrap();
        for (actor, time, act, _) in &steps[..=upto] {
            let now = &format!("{day}T{time}");
            let mut args = vec!["batch", act, batch];
            if *act == "send" {
                args.extend(["--out", "out"]);
            }
            self.ok(actor, now, &args);
        }
    }

    /// The payment file of a batch that was sent.
    pub fn payment_file(&self, batch: &str) -> PathBuf {
        self.path(&format!("out/ANSINH-1-{batch}.xml"))
    }

    /// The same office once more, on its own: database, key ring, files. Nobody may be
    /// connected to the original.
    pub fn copy(&self) -> Office {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.folder()).unwrap() {
            let from = entry.unwrap().path();
            if from.is_file() && from.extension().is_none_or(|x| x != "db-shm") {
                std::fs::copy(&from, folder.path().join(from.file_name().unwrap())).unwrap();
            }
        }
        Office {
            folder,
            database: self.database.copy(),
        }
    }

    pub fn engine(&self) -> Engine {
        self.database.engine()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The URL as seen from the office's folder.
    pub fn url(&self) -> String {
        self.database.url(self.folder())
    }

    /// The program with everything but its start.
    pub fn command(&self, actor: &str, now: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ansinh"));
        command
            .current_dir(self.folder())
            .env_remove("ANSINH_DATABASE_URL")
            .args(["--database-url", &self.url()])
            .args(["--json", "--lang", "en", "--as", actor, "--now", now])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, actor: &str, now: &str, args: &[&str]) -> Answer {
        answer_of(self.command(actor, now, args).output().unwrap())
    }

    /// Runs what must be done; the answer.
    pub fn ok(&self, actor: &str, now: &str, args: &[&str]) -> Value {
        let answer = self.run(actor, now, args);
        assert_eq!(
            answer.code,
            Some(0),
            "{actor} {args:?} on {:?}: {answer:?}",
            self.engine()
        );
        answer.json
    }

    /// Runs what must be rejected with `code`, and proves that the books stayed as they
    /// were; the data of the reject.
    pub fn refused(&self, code: &str, actor: &str, now: &str, args: &[&str]) -> Value {
        let before = self.books();
        let data = self.refused_as_it_is(code, actor, now, args);
        assert_eq!(
            self.books(),
            before,
            "the books changed: {actor} {args:?} on {:?}",
            self.engine()
        );
        data
    }

    /// The same where a verification does not hold any more, since the test spoiled rows:
    /// only the balances are compared.
    pub fn refused_as_it_is(&self, code: &str, actor: &str, now: &str, args: &[&str]) -> Value {
        let balance = || self.ok(CHIEF, "2026-06-30T09:00", &["ledger", "balance"]);
        let before = balance();
        let answer = self.run(actor, now, args);
        let what = format!("{actor} {args:?} on {:?}: {answer:?}", self.engine());
        let error = &answer.json["error"];
        // What is wrong on the command line itself is a mistake of usage.
        let place = error["data"]["place"].as_str().unwrap_or_default();
        let option = place.starts_with("--") || place == "DAY";
        let exit = match code {
            "usage" | "amount_invalid" | "period_invalid" => 2,
            "bad_input" if option => 2,
            _ => 3,
        };
        let found = (answer.code, answer.error());
        assert_eq!(found, (Some(exit), code), "{what}");
        assert!(error["message"].is_string(), "{what}");
        assert!(error["data"].is_object(), "{what}");
        assert_eq!(balance(), before, "the balances changed: {what}");
        error["data"].clone()
    }

    /// What the program says of the books: trial balance and proof with the chain's head.
    pub fn books(&self) -> (Value, Value) {
        let now = "2026-06-30T09:00";
        let balance = self.ok(CHIEF, now, &["ledger", "balance"]);
        let verified = self.ok(CHIEF, now, &["ledger", "verify"]);
        assert_eq!(balance["debits"], balance["credits"]);
        let mut book = verified["books"][0].clone();
        // A refused file leaves a row that says who handed it in.
        book["audit_rows"] = Value::Null;
        (balance, book)
    }

    /// Rows as text; `kinds` has a letter a column: i number, t text, b bytes. Upper case
    /// where it may be null.
    pub fn rows(&self, sql: &str, kinds: &str) -> Vec<Vec<String>> {
        self.tables(&[(sql, kinds)]).remove(0)
    }

    /// The rows of several queries, all of one moment.
    pub fn tables(&self, queries: &[(&str, &str)]) -> Vec<Vec<Vec<String>>> {
        self.database.rows(self.folder(), queries)
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.rows(sql, "i")[0][0].parse().unwrap()
    }

    /// Changes the database behind the program's back.
    pub fn tamper(&self, sql: &str) {
        self.database.execute(self.folder(), sql);
    }
}

/// Reads what a process wrote; anything but one JSON object on stdout is wrong.
pub fn answer_of(output: std::process::Output) -> Answer {
    let text = String::from_utf8(output.stdout).unwrap();
    let json = match text.trim() {
        "" => Value::Null,
        line => serde_json::from_str(line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}")),
    };
    Answer {
        code: output.status.code(),
        json,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
