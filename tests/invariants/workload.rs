//! The workload: days of an office as they come, from a seed. Acts follow in any order,
//! some twice, some late, some left half done; the bank does wrong what banks do wrong.
//! After every act the auditor looks.

use super::audit::Auditor;
use crate::office::{
    ACCOUNTANT, APPROVER, Answer, BUDGET, CHIEF, MAKER, OUR_NUMBER, Office, first_day,
};
use ansinh_simulator::Bank;
use ansinh_simulator::bank::Outcome;
use ansinh_simulator::rng::Rng;
use ansinh_simulator::statement::Direction;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// June's days, July's days; the first of June was before.
const DAYS: [u32; 6] = [
    20_260_602, 20_260_603, 20_260_604, 20_260_701, 20_260_702, 20_260_703,
];

pub struct Run {
    pub office: Office,
    auditor: Option<Auditor>,
    bank: Bank,
    rng: Rng,
    day: u32,
    minute: u32,
    imported: u32,
    batches: Vec<(String, &'static str)>,
    /// Payment files that the bank has not taken, and those that it has.
    written: Vec<PathBuf>,
    taken: Vec<PathBuf>,
    /// Statements that wait to be imported; days that wait to be closed.
    statements: Vec<String>,
    unclosed: Vec<String>,
    pub log: Vec<String>,
    /// What was done, and what was refused with which code.
    pub done: BTreeMap<String, u32>,
}

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:?}:\n{}", self.office.engine(), self.log.join("\n"));
        }
    }
}

impl Run {
    pub fn new(office: Office, seed: u64) -> Run {
        let (bank, _) = first_day(1, BUDGET);
        let auditor = Some(Auditor::new(&office));
        Run {
            office,
            auditor,
            bank,
            rng: Rng::new(seed),
            day: 0,
            minute: 0,
            imported: 1,
            batches: Vec::new(),
            written: Vec::new(),
            taken: Vec::new(),
            statements: Vec::new(),
            unclosed: Vec::new(),
            log: Vec::new(),
            done: BTreeMap::new(),
        }
    }

    /// All days; the chain head of the books at the end.
    pub fn all(&mut self) -> String {
        self.check();
        for day in DAYS {
            self.one_day(day);
        }
        let proof = self
            .office
            .ok(CHIEF, "2026-07-31T09:00", &["ledger", "verify"]);
        if let Some(auditor) = self.auditor.take() {
            auditor.close();
        }
        proof["books"][0]["chain_head"].as_str().unwrap().to_owned()
    }

    fn one_day(&mut self, day: u32) {
        (self.day, self.minute) = (day, 0);
        self.bank.set_faults(super::faults::random(&mut self.rng));
        if day == 20_260_701 {
            let now = "2026-07-01T07:30";
            self.office.take_lists("july", "2026-07", now);
        }
        let period = if day < 20_260_701 {
            "2026-06"
        } else {
            "2026-07"
        };
        for _ in 0..self.rng.between(6, 12) {
            match self.rng.below(12) {
                0 | 1 => self.prepare(period),
                2..=5 => self.advance(),
                6 | 7 => self.follow_up(),
                8 => self.hand_in(),
                9 => self.confirm_addresses(),
                _ => self.somebody_pays_back(),
            }
        }
        self.hand_in();
        self.close_at_bank();
        for _ in 0..self.rng.between(0, 3) {
            self.import();
        }
        self.resolve();
        if self.rng.chance(700) {
            self.close_day();
        }
    }

    fn now(&mut self) -> String {
        self.minute += 1;
        let (hour, minute) = (8 + self.minute / 60, self.minute % 60);
        format!("{}T{hour:02}:{minute:02}", dashed(self.day))
    }

    /// One act of the program: it does it or refuses it, anything else is a bug; then the
    /// auditor looks.
    fn act(&mut self, actor: &str, args: &[&str]) -> Option<Value> {
        let now = self.now();
        let answer = self.office.run(actor, &now, args);
        self.note(&format!("{now} {actor} {}", args.join(" ")), &answer);
        assert!(
            matches!(answer.code, Some(0 | 3)),
            "{actor} {args:?}: {answer:?}"
        );
        self.check();
        (answer.code == Some(0)).then_some(answer.json)
    }

    fn note(&mut self, what: &str, answer: &Answer) {
        self.log
            .push(format!("{what} -> {:?} {}", answer.code, answer.error()));
        let words: Vec<&str> = what.split(' ').skip(2).take(2).collect();
        let key = format!("{} {}", words.join(" "), answer.error());
        *self.done.entry(key).or_default() += 1;
    }

    fn check(&self) {
        if let Some(auditor) = &self.auditor {
            auditor.check(&self.bank, self.imported);
        }
    }

    fn prepare(&mut self, period: &str) {
        let lines = format!("--batch-lines={}", self.rng.between(20, 200));
        let made = self.act(MAKER, &["cycle", "prepare", "--period", period, &lines]);
        for b in made.iter().flat_map(|m| m["batches"].as_array().unwrap()) {
            let id = b["batch"].as_str().unwrap().to_owned();
            self.batches.push((id, "draft"));
        }
    }

    /// Some batch goes one step further, or is given up, or its last step is done again.
    fn advance(&mut self) {
        if self.batches.is_empty() {
            return;
        }
        let at = index(&mut self.rng, self.batches.len());
        let (id, state) = self.batches[at].clone();
        if self.rng.chance(40) {
            let reject = ["batch", "reject", &id, "--reason", "lập lại cho đúng"];
            if self.act(APPROVER, &reject).is_some() {
                self.batches[at].1 = "rejected";
            }
            return;
        }
        let (actor, act, next) = match state {
            "draft" => (MAKER, "submit", "submitted"),
            "submitted" => (APPROVER, "approve", "approved"),
            "approved" => (APPROVER, "release", "released"),
            _ => (MAKER, "send", "sent"),
        };
        let answer = if act == "send" {
            self.act(actor, &["batch", "send", &id, "--out", "out"])
        } else {
            self.act(actor, &["batch", act, &id])
        };
        let Some(answer) = answer else { return };
        if state != "sent" {
            self.batches[at].1 = next;
        }
        if act == "send" {
            let file = self.office.path(answer["file"].as_str().unwrap());
            assert_eq!(answer["was_there"] == true, state == "sent", "{answer}");
            if state != "sent" {
                self.written.push(file);
            }
        }
    }

    fn follow_up(&mut self) {
        if self.batches.is_empty() {
            return;
        }
        let at = index(&mut self.rng, self.batches.len());
        let id = self.batches[at].0.clone();
        if let Some(made) = self.act(MAKER, &["batch", "follow-up", &id]) {
            let id = made["batch"]["batch"].as_str().unwrap().to_owned();
            self.batches.push((id, "draft"));
        }
    }

    /// The messenger brings payment files to the bank; some stay on the desk, some are
    /// brought twice.
    fn hand_in(&mut self) {
        for file in std::mem::take(&mut self.written) {
            if self.rng.chance(250) {
                self.written.push(file);
                continue;
            }
            let receipt = self.bank.take_payment_file(&file).unwrap();
            self.log.push(format!("bank {receipt:?}"));
            assert_eq!(receipt.outcome, Outcome::Accepted);
            self.taken.push(file);
        }
        if !self.taken.is_empty() && self.rng.chance(300) {
            let at = index(&mut self.rng, self.taken.len());
            let receipt = self.bank.take_payment_file(&self.taken[at]).unwrap();
            assert_eq!(receipt.outcome, Outcome::Duplicate);
        }
    }

    /// The bank confirms its account holders anew, so returned payments may go out again.
    fn confirm_addresses(&mut self) {
        let name = if self.day < 20_260_701 {
            "june"
        } else {
            "july"
        };
        let now = self.now();
        self.office.confirm_holders(name, &now);
        self.check();
    }

    /// Money comes back that the bank does not mark as a return: whole or in part, with
    /// the reference or without.
    fn somebody_pays_back(&mut self) {
        let booked: Vec<_> = self
            .bank
            .truth()
            .into_iter()
            .flat_map(|d| d.bookings)
            .filter(|b| b.direction == Direction::Debit && !b.counter_account.is_empty())
            .collect();
        if booked.is_empty() {
            return;
        }
        let b = &booked[index(&mut self.rng, booked.len())];
        let amount = if self.rng.chance(500) {
            b.amount
        } else {
            (b.amount / 3).max(1)
        };
        let reference = if self.rng.chance(700) {
            b.reference.as_str()
        } else {
            ""
        };
        self.log
            .push(format!("credit {amount} under {reference:?}"));
        let counter = (b.counter_bin.as_str(), b.counter_account.as_str());
        self.bank
            .credit(OUR_NUMBER, amount, reference, counter, "tra lai", self.day)
            .unwrap();
    }

    fn close_at_bank(&mut self) {
        let file = self.bank.close_day(OUR_NUMBER, self.day).unwrap();
        let name = format!(
            "{}.{}",
            self.day,
            if self.rng.chance(500) { "xml" } else { "stl" }
        );
        let path = self.office.path(&name);
        if name.ends_with("xml") {
            file.settlement_camt(&path).unwrap();
        } else {
            file.settlement_native(&path).unwrap();
        }
        self.log
            .push(format!("bank closes {name}, {:?}", file.totals()));
        self.statements.push(name);
    }

    /// The next statement, or one out of its turn, or one again.
    fn import(&mut self) {
        let known = usize::try_from(self.imported).unwrap() - 1;
        let at = match self.rng.below(4) {
            0 => index(&mut self.rng, self.statements.len()),
            _ => known.min(self.statements.len() - 1),
        };
        let name = self.statements[at].clone();
        let now = self.now();
        let answer = self
            .office
            .run(ACCOUNTANT, &now, &["statement", "import", &name]);
        self.note(
            &format!("{now} {ACCOUNTANT} statement import {name}"),
            &answer,
        );
        match answer.code {
            Some(0) if answer.json["again"] == true => assert!(at < known),
            Some(0) => {
                assert_eq!(at, known);
                self.imported += 1;
                self.unclosed
                    .push(answer.json["day"].as_str().unwrap().to_owned());
            }
            _ => assert!(
                at > known && answer.error() == "statement_gap",
                "{answer:?}"
            ),
        }
        self.check();
    }

    /// Breaks are taken up; some proposals wait for the second person.
    fn resolve(&mut self) {
        let now = self.now();
        let list = self.office.ok(ACCOUNTANT, &now, &["break", "list"]);
        for b in list["breaks"].as_array().unwrap() {
            if !self.rng.chance(450) {
                continue;
            }
            let id = b["id"].as_str().unwrap();
            if b["state"] != "proposed" {
                self.propose(id, b);
            }
            if self.rng.chance(650)
                && let Some(done) = self.approve_break(id)
                && matches!(
                    done["action"].as_str().unwrap(),
                    "fee" | "write_off" | "to_fund"
                )
            {
                self.log.push(format!("given up {done}"));
            }
        }
    }

    fn propose(&mut self, id: &str, b: &Value) {
        let action = match b["todo"].as_str().unwrap() {
            "wait_or_rejected_by_bank" | "wait_for_rest_or_rejected_by_bank" => "rejected_by_bank",
            "claim_from_bank" | "fee_or_claim_from_bank" => self.rng.pick(&["fee", "write_off"]),
            "identify" => "to_fund",
            _ => "accept",
        };
        let reason = "theo văn bản trả lời của ngân hàng";
        let fund = "fund/social_assistance/central/2026";
        let propose = [
            "break", "resolve", id, "--action", action, "--reason", reason, "--fund", fund,
        ];
        self.act(ACCOUNTANT, &propose);
    }

    fn approve_break(&mut self, id: &str) -> Option<Value> {
        let now = self.now();
        let args = ["break", "resolve", id, "--approve"];
        let answer = self.office.run(CHIEF, &now, &args);
        self.note(&format!("{now} {CHIEF} break approve {id}"), &answer);
        assert!(matches!(answer.code, Some(0 | 3)), "{args:?}: {answer:?}");
        let done = (answer.code == Some(0)).then_some(answer.json);
        if let (Some(done), Some(auditor)) = (&done, &mut self.auditor)
            && matches!(
                done["action"].as_str().unwrap(),
                "fee" | "write_off" | "to_fund"
            )
        {
            let amount = done["amount"].as_i64().unwrap();
            auditor.given_up.insert(id.parse().unwrap(), amount);
        }
        self.check();
        done
    }

    fn close_day(&mut self) {
        for day in std::mem::take(&mut self.unclosed) {
            let closed = self.act(CHIEF, &["day", "close", &day]);
            assert!(closed.is_some_and(|c| c["proof"]["holds"] == true), "{day}");
        }
    }
}

fn index(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap()
}

fn dashed(day: u32) -> String {
    format!("{}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}
