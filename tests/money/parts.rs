//! An entitlement goes out and comes back in parts, in any order: nothing is paid beyond
//! it, and nothing is left where no command reaches it.

use crate::office::{APPROVER, CHIEF, Engine, MAKER, Office, engines};
use crate::sheet::{Entry, Sheet, credit, debit};
use crate::{break_ids, resolve};
use ansinh_simulator::rng::Rng;
use std::collections::BTreeMap;

fn follow_up(office: &Office, now: &str, batch: &str) -> String {
    let made = office.ok(MAKER, now, &["batch", "follow-up", batch]);
    let id = made["batch"]["batch"].as_str().unwrap().to_owned();
    office.bring(&id, "sent");
    id
}

/// Catches a first part that comes back after the rest was sent on, and then stands on the
/// account with no command that sends it.
#[test]
fn a_part_that_comes_back_last_is_sent_too() {
    for engine in engines("parts") {
        let office = Office::with_people(engine, "parts", 41, 3).going_on();
        let batch = office.prepare().remove(0);
        office.bring(&batch, "sent");
        let lines = crate::lines(&office, &batch);
        let (reference, amount) = &lines[0];
        let part = amount / 3;
        let mut sheet = Sheet::new();
        let mut entries: Vec<Entry> = lines[1..].iter().map(|(r, a)| debit(r, *a)).collect();
        entries.push(debit(reference, part));
        let answer = sheet.book(&office, 20_260_602, &entries);
        let short = break_ids(&answer, "amount_differs").remove(0);
        resolve(&office, "2026-06-02T20:00", &short, &["rejected_by_bank"]);
        // The rest goes on and settles; then the first part comes back.
        office.confirm_holders("june", "2026-06-03T08:00");
        let rest = follow_up(&office, "2026-06-03T08:10", &batch);
        let (second, rest_amount) = crate::lines(&office, &rest).remove(0);
        assert_eq!(rest_amount, amount - part);
        sheet.book(&office, 20_260_603, &[debit(&second, rest_amount)]);
        sheet.book(&office, 20_260_604, &[credit(reference, part, "AC01")]);
        office.confirm_holders("june", "2026-06-05T08:00");
        let last = follow_up(&office, "2026-06-05T08:10", &batch);
        let (third, last_amount) = crate::lines(&office, &last).remove(0);
        assert_eq!(last_amount, part);
        // And the middle one after that: what stands there is one line, whatever it is of.
        sheet.book(&office, 20_260_605, &[debit(&third, part)]);
        let back = [
            credit(&second, rest_amount, "AC01"),
            credit(&third, part, "AC01"),
        ];
        sheet.book(&office, 20_260_606, &back);
        office.confirm_holders("june", "2026-06-07T08:00");
        let whole = follow_up(&office, "2026-06-07T08:10", &rest);
        assert_eq!(crate::lines(&office, &whole)[0].1, *amount);
        assert_eq!(crate::standing(&office), 0);
    }
}

/// Catches a return whose reference was lost and that comes in two parts: money that stands
/// in suspense and cannot be booked to the person, or more of it than was ever paid.
#[test]
fn a_return_without_reference_comes_in_parts() {
    for engine in engines("parts") {
        let office = Office::with_people(engine, "parts", 44, 3).going_on();
        let batch = office.prepare().remove(0);
        office.bring(&batch, "sent");
        let lines = crate::lines(&office, &batch);
        let (reference, amount) = &lines[0];
        let part = amount / 3;
        let mut sheet = Sheet::new();
        let entries: Vec<Entry> = lines.iter().map(|(r, a)| debit(r, *a)).collect();
        sheet.book(&office, 20_260_602, &entries);
        let back = [
            credit("", part, ""),
            credit("", amount - part, ""),
            credit("", part, ""),
            credit("", amount + 1, ""),
        ];
        let answer = sheet.book(&office, 20_260_603, &back);
        let found = break_ids(&answer, "unknown_at_us");
        assert_eq!(found.len(), 4, "{answer}");
        let now = "2026-06-03T20:00";
        let to_person = ["to_return", "--reference", reference];
        let propose = |id: &str, action: &[&str]| {
            let head = ["break", "resolve", id, "--action"];
            let why = ["--reason", crate::REASON];
            [&head[..], action, &why[..]]
                .concat()
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<String>>()
        };
        // More than was paid, and a fund that does not exist, are refused when proposed.
        let asked = propose(&found[3], &to_person);
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        office.refused("bad_input", crate::ACCOUNTANT, now, &asked);
        let asked = propose(&found[3], &["to_fund", "--fund", "fund/none"]);
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        office.refused("account_unknown", crate::ACCOUNTANT, now, &asked);
        resolve(&office, now, &found[0], &to_person);
        resolve(&office, now, &found[1], &to_person);
        // All of it is back: a third credit is none of this payment's.
        let asked = propose(&found[2], &to_person);
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        office.refused("bad_input", crate::ACCOUNTANT, now, &asked);
        assert_eq!(crate::standing(&office), *amount);
        office.confirm_holders("june", "2026-07-01T08:00");
        let again = follow_up(&office, "2026-07-01T08:10", &batch);
        let sent = crate::lines(&office, &again);
        assert_eq!((sent.len(), sent[0].1), (1, *amount));
        assert_eq!(crate::standing(&office), 0);
        office.books();
    }
}

/// Catches a follow-up of money that the ledger does not hold, when rows were changed.
#[test]
fn a_follow_up_never_takes_more_than_stands_on_the_account() {
    let office = Office::with_people(Engine::Sqlite, "parts", 42, 3).going_on();
    let batch = office.prepare().remove(0);
    office.bring(&batch, "sent");
    let (reference, amount) = crate::lines(&office, &batch).remove(0);
    let lines = [
        debit(&reference, amount),
        credit(&reference, amount, "AC01"),
    ];
    Sheet::new().book(&office, 20_260_602, &lines);
    office.confirm_holders("june", "2026-06-03T08:00");
    office.tamper(
        "update balance set debits = debits + 1 where credits > debits and account_id in \
         (select id from account where name like 'beneficiary/%')",
    );
    let answer = office.run(MAKER, "2026-06-03T08:10", &["batch", "follow-up", &batch]);
    assert_eq!(answer.error(), "overdrawn", "{answer:?}");
    assert_eq!(answer.json["error"]["data"]["available"], amount - 1);
}

/// A payment as the random bank sees it: what the office sent, and what it booked of it.
#[derive(Clone, Debug, Default)]
struct Payment {
    amount: i64,
    booked: i64,
    back: i64,
}

struct Run {
    office: Office,
    sheet: Sheet,
    rng: Rng,
    day: u32,
    minute: u32,
    batches: Vec<String>,
    payments: BTreeMap<String, Payment>,
    log: Vec<String>,
}

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:?}:\n{}", self.office.engine(), self.log.join("\n"));
        }
    }
}

impl Run {
    fn new(office: Office, batch: &str, seed: u64) -> Run {
        let mut run = Run {
            office,
            sheet: Sheet::new(),
            rng: Rng::new(seed),
            day: 20_260_602,
            minute: 0,
            batches: vec![batch.to_owned()],
            payments: BTreeMap::new(),
            log: Vec::new(),
        };
        run.note_sent(batch);
        run
    }

    fn now(&mut self) -> String {
        self.minute += 1;
        let (hour, minute) = (8 + self.minute / 60, self.minute % 60);
        let day = self.day % 100;
        format!("2026-06-{day:02}T{hour:02}:{minute:02}")
    }

    fn note_sent(&mut self, batch: &str) {
        for (reference, amount) in crate::lines(&self.office, batch) {
            let file = std::fs::read_to_string(self.office.payment_file(batch)).unwrap();
            if file.contains(&reference) {
                let payment = Payment {
                    amount,
                    ..Payment::default()
                };
                self.payments.insert(reference, payment);
            }
        }
    }

    fn act(&mut self, actor: &str, args: &[&str]) -> Result<serde_json::Value, String> {
        let now = self.now();
        let answer = self.office.run(actor, &now, args);
        self.log.push(format!(
            "{now} {actor} {args:?} -> {:?} {}",
            answer.code,
            answer.error()
        ));
        match answer.code {
            Some(0) => Ok(answer.json),
            Some(3) => Err(answer.error().to_owned()),
            _ => panic!("{answer:?}"),
        }
    }

    /// A day at the bank: parts, rests, second bookings, returns whole and short.
    fn bank_day(&mut self) {
        let mut entries = Vec::new();
        for (reference, p) in &mut self.payments {
            let left = p.amount - p.booked;
            let due = p.booked.min(p.amount) - p.back;
            match self.rng.below(9) {
                0 | 1 if left > 0 => {
                    entries.push(debit(reference, left));
                    p.booked += left;
                }
                2 if left > 1 => {
                    entries.push(debit(reference, left / 2));
                    p.booked += left / 2;
                }
                3 => entries.push(debit(reference, p.amount)),
                4 | 5 if due > 0 => {
                    entries.push(credit(reference, due, "AC01"));
                    p.back += due;
                }
                6 if due > 1 => {
                    entries.push(credit(reference, due / 2, "AC01"));
                    p.back += due / 2;
                }
                _ => {}
            }
        }
        self.book(&entries);
    }

    fn book(&mut self, entries: &[Entry]) {
        self.log.push(format!("bank {entries:?}"));
        self.sheet.book(&self.office, self.day, entries);
        self.day += 1;
        self.minute = 0;
        self.check();
    }

    /// The bank is said to have rejected some of what it has not booked.
    fn resolve(&mut self, per_mille: u64) {
        let now = self.now();
        let list = self.office.ok(CHIEF, &now, &["break", "list"]);
        for b in list["breaks"].as_array().unwrap() {
            let todo = b["todo"].as_str().unwrap();
            if todo.ends_with("rejected_by_bank") && self.rng.chance(per_mille) {
                let now = self.now();
                let id = b["id"].as_str().unwrap();
                self.log.push(format!("{now} rejected_by_bank {b}"));
                resolve(&self.office, &now, id, &["rejected_by_bank"]);
            }
        }
        self.check();
    }

    /// Follow-ups of every batch; some are sent, some wait, some are given up.
    fn follow_ups(&mut self, all: bool) -> usize {
        let now = self.now();
        self.office.confirm_holders("june", &now);
        let mut sent = 0;
        for batch in self.batches.clone() {
            let Ok(made) = self.act(MAKER, &["batch", "follow-up", &batch]) else {
                continue;
            };
            let id = made["batch"]["batch"].as_str().unwrap().to_owned();
            self.check();
            self.batches.push(id);
        }
        for batch in self.batches.clone() {
            if !all && self.rng.chance(400) {
                continue;
            }
            sent += usize::from(self.advance(&batch, all));
            self.check();
        }
        sent
    }

    /// A follow-up on its way to the bank; true when it was sent now.
    fn advance(&mut self, batch: &str, all: bool) -> bool {
        let give_up = ["batch", "reject", batch, "--reason", crate::REASON];
        if !all && self.rng.chance(150) {
            let _ = self.act(APPROVER, &give_up);
            return false;
        }
        let steps = if all { 3 } else { self.rng.below(4) };
        let acts = [
            (MAKER, "submit"),
            (APPROVER, "approve"),
            (APPROVER, "release"),
        ];
        for (actor, act) in acts.iter().take(usize::try_from(steps).unwrap()) {
            if self.act(actor, &["batch", act, batch]) == Err("would_overpay".into()) {
                let _ = self.act(APPROVER, &give_up);
                return false;
            }
        }
        let shown = self.act(MAKER, &["batch", "show", batch]).unwrap();
        if shown["state"] != "released" || steps < 3 {
            return false;
        }
        match self.act(MAKER, &["batch", "send", batch, "--out", "out"]) {
            Ok(_) => {
                self.note_sent(batch);
                true
            }
            Err(code) => {
                assert!(
                    matches!(code.as_str(), "would_overpay" | "batch_empty"),
                    "{code}"
                );
                let _ = self.act(APPROVER, &give_up);
                false
            }
        }
    }

    /// Invariant 3, entitlement by entitlement, from the rows; and what stands on the
    /// accounts is the rest of it.
    fn check(&mut self) {
        let clearing = "(select id from account where name = 'clearing_out/BL-AGRI')";
        let sql = format!(
            "select t.id, t.amount, \
             cast(coalesce((select sum(m.amount) from line_match m join instruction i on i.book_id = m.book_id \
               and i.id = m.instruction_id where i.cause_id = t.id), 0) as bigint), \
             cast(coalesce((select sum(v.amount) from instruction_event v join instruction i on i.book_id = v.book_id \
               and i.id = v.instruction_id where i.cause_id = t.id and v.state = 'returned'), 0) as bigint), \
             cast(coalesce((select sum(i.amount) from instruction i join batch b on b.id = i.batch_id \
               where i.cause_id = t.id and i.ended_at is null and b.state in ('sent', 'completed') and not exists \
               (select 1 from line_match m where m.instruction_id = i.id)), 0) as bigint), \
             cast(coalesce((select sum(b.item_amount - b.item_cleared) from break b join instruction i \
               on i.id = b.instruction_id where i.cause_id = t.id and b.item_account_id = {clearing} \
               and b.state <> 'resolved'), 0) as bigint), \
             cast(coalesce((select sum(l.credits - l.debits) from enrolment e join balance l on l.account_id = e.account_id \
               where e.id = t.enrolment_id), 0) as bigint) \
             from entitlement t"
        );
        for row in self.office.rows(&sql, "iiiiiii") {
            let n: Vec<i64> = row.iter().map(|c| c.parse().unwrap()).collect();
            let [id, amount, settled, returned, under_way, rest, stands] = n[..] else {
                unreachable!()
            };
            let out = settled - returned + under_way + rest;
            assert!(
                (0..=amount).contains(&out) && out + stands == amount,
                "entitlement {id} of {amount}: settled {settled}, returned {returned}, under way {under_way}, \
                 short {rest}, on the account {stands}"
            );
        }
    }

    /// The bank books all that it has, the office sends all that it owes: in a few rounds
    /// nothing is left anywhere.
    fn finish(&mut self) {
        for _ in 0..4 {
            let mut entries = Vec::new();
            for (reference, p) in &mut self.payments {
                if p.booked < p.amount {
                    entries.push(debit(reference, p.amount - p.booked));
                    p.booked = p.amount;
                }
            }
            self.book(&entries);
            self.resolve(1_000);
            self.follow_ups(true);
        }
        assert_eq!(crate::standing(&self.office), 0, "stranded");
        let now = self.now();
        self.office.ok(CHIEF, &now, &["ledger", "verify"]);
    }
}

/// Catches an order of parts, returns, late bookings and follow-ups after which somebody is
/// paid beyond what is due, or money stands where no command reaches it.
#[test]
fn parts_in_any_order_reach_the_payee_once() {
    let engines = engines("parts");
    std::thread::scope(|scope| {
        for engine in engines {
            scope.spawn(move || {
                let office = Office::with_people(engine, "parts", 43, 4).going_on();
                let batch = office.prepare().remove(0);
                office.bring(&batch, "sent");
                for seed in 1..=6 {
                    eprintln!("seed {seed} on {engine:?}");
                    let copy = office.copy();
                    copy_payment_files(&office, &copy);
                    let mut run = Run::new(copy, &batch, seed);
                    for _ in 0..6 {
                        run.bank_day();
                        run.resolve(500);
                        run.follow_ups(false);
                    }
                    run.finish();
                }
            });
        }
    });
}

fn copy_payment_files(from: &Office, to: &Office) {
    std::fs::create_dir_all(to.path("out")).unwrap();
    for entry in std::fs::read_dir(from.path("out")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.path("out").join(path.file_name().unwrap())).unwrap();
    }
}
