//! Kills the program (SIGKILL) at random moments of the steps that change much, then gives
//! the same command again until it is done: the books, the payment file and what the bank
//! takes are those of a run that nobody disturbed.
//!
//! Each step is killed many times from the same state, which is made once and copied. The
//! moments follow from a seed, spread over the time that the step was measured to take.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod office;

use ansinh_simulator::bank::Outcome;
use ansinh_simulator::rng::Rng;
use office::{
    ACCOUNTANT, APPROVER, BUDGET, CHIEF, Engine, MAKER, OUR_NUMBER, Office, answer_of, engines,
    first_day, take,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PEOPLE: usize = 5_000;
const SEED: u64 = 11;
const KILLS_A_STEP: u64 = 20;
/// Kills that must land within a step, past the program's start.
const WITHIN_A_STEP: u32 = 5;

/// What is run, and killed.
struct Step {
    name: &'static str,
    actor: &'static str,
    now: &'static str,
    args: Vec<String>,
}

impl Step {
    fn new(name: &'static str, actor: &'static str, now: &'static str, args: &[&str]) -> Step {
        let mut args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        // A clerk who is not sure gives the same key again, and gets the recorded answer.
        args.extend(["--key".to_owned(), format!("kill-{name}")]);
        Step {
            name,
            actor,
            now,
            args,
        }
    }

    fn command(&self, office: &Office) -> std::process::Command {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        office.command(self.actor, self.now, &args)
    }

    /// Runs it undisturbed; how long it took.
    fn whole(&self, office: &Office) -> Duration {
        let since = Instant::now();
        let answer = answer_of(self.command(office).output().unwrap());
        assert_eq!(answer.code, Some(0), "{}: {answer:?}", self.name);
        since.elapsed()
    }
}

/// Where the kills landed.
#[derive(Debug, Default)]
struct Landed {
    /// Before the program had done more than start.
    before: u32,
    within: u32,
    /// The program had ended by itself.
    after: u32,
    /// Of those within: the change was there, the answer was not given.
    committed: u32,
}

/// Everything that is on the books and around them, a digest a table. Not in it: random
/// seals, and the audit, which tells how often something was asked.
fn state(office: &Office) -> BTreeMap<&'static str, String> {
    let tables = [
        (
            "head",
            "select book_id, next_id, transfer_seq, posting_no, chain from head where book_id > 0",
            "iiiib",
        ),
        (
            "balance",
            "select account_id, guard, debits, credits from balance order by account_id",
            "iiii",
        ),
        (
            "account",
            "select id, name, kind from account order by id",
            "itt",
        ),
        (
            "transfer",
            "select seq, client_id, debit_id, credit_id, amount, link from transfer order by seq",
            "iiiiib",
        ),
        (
            "posting",
            "select no, code, day, count, total, link from posting order by no",
            "itiiib",
        ),
        (
            "entitlement",
            "select id, person_id, period, amount, category from entitlement order by id",
            "iiiit",
        ),
        (
            "batch",
            "select id, state, first_id, count, total, sent_on, open_count from batch order by id",
            "itiiiIi",
        ),
        (
            "batch_event",
            "select batch_id, no, event, actor, at from batch_event order by batch_id, no",
            "iittI",
        ),
        (
            "instruction",
            "select id, batch_id, address_id, counter, amount, cause_id, ended_at from instruction order by id",
            "iiiiiiI",
        ),
        (
            "instruction_event",
            "select instruction_id, no, state, amount from instruction_event order by instruction_id, no",
            "iiti",
        ),
        (
            "outbox",
            "select id, kind, payload, result from outbox order by id",
            "ittT",
        ),
        (
            "statement",
            "select id, number, day, closing, state from statement order by id",
            "iiiit",
        ),
        (
            "statement_line",
            "select statement_id, line, amount, outcome, instruction_id from statement_line order by statement_id, line",
            "iiitI",
        ),
        (
            "line_match",
            "select statement_id, line, instruction_id, amount from line_match order by statement_id, line",
            "iiii",
        ),
        (
            "break",
            "select id, kind, state, reference, item_amount, item_cleared from break order by id",
            "itttii",
        ),
        (
            "bank_day",
            "select day, act, digest from bank_day order by no",
            "itb",
        ),
        (
            "cycle",
            "select id, period, report from cycle order by id",
            "iit",
        ),
    ];
    let queries = tables.map(|(_, sql, kinds)| (sql, kinds));
    let found = office.tables(&queries);
    let names = tables.into_iter().map(|(table, _, _)| table);
    names
        .zip(found)
        .map(|(table, rows)| {
            let mut hash = Sha256::new();
            for row in &rows {
                hash.update(row.join("|"));
                hash.update("\n");
            }
            let digest = ansinh::store::keys::hex(&hash.finalize());
            (table, format!("{} rows {digest}", rows.len()))
        })
        .collect()
}

/// Spins until `delay` has passed, then kills; true when the program still ran.
fn kill_after(mut child: std::process::Child, delay: Duration) -> bool {
    let started = Instant::now();
    while started.elapsed() < delay {
        std::hint::spin_loop();
    }
    if child.try_wait().unwrap().is_some() {
        return false;
    }
    child.kill().unwrap();
    // None: it ended by the signal.
    child.wait().unwrap().code().is_none()
}

/// Kills the step on copies of `before` and repeats it; where the kills landed.
fn kill_often(
    step: &Step,
    before: &Office,
    done: &Office,
    whole: Duration,
    rng: &mut Rng,
) -> Landed {
    let (expected, untouched) = (state(done), state(before));
    // What the program takes to start, open the database and end.
    let startup = (0..5)
        .map(|_| {
            let since = Instant::now();
            done.ok(CHIEF, "2026-06-30T09:00", &["ledger", "accounts", "fund/"]);
            since.elapsed()
        })
        .min()
        .unwrap();
    // On a busy machine a start may be measured longer than the shortest whole run.
    let startup = startup.min(whole * 4 / 5);
    let (first, last) = (startup / 2, whole + whole / 20);
    let mut landed = Landed::default();
    // A short step is killed on until enough of the kills have met it.
    for n in 0..5 * KILLS_A_STEP {
        if n >= KILLS_A_STEP && landed.within >= WITHIN_A_STEP {
            break;
        }
        let office = before.copy();
        let share = u32::try_from(rng.below(1_000)).unwrap();
        let delay = first + (last - first) * share / 1_000;
        let child = step.command(&office).spawn().unwrap();
        if kill_after(child, delay) {
            let committed = state(&office) != untouched;
            landed.committed += u32::from(committed);
            if committed || delay > startup {
                landed.within += 1;
            } else {
                landed.before += 1;
            }
        } else {
            landed.after += 1;
        }
        if step.name == "send" {
            repeat_send(step, &office, done);
        } else {
            step.whole(&office);
        }
        assert_eq!(
            state(&office),
            expected,
            "{} killed after {delay:?}, round {n}",
            step.name
        );
        office.ok(CHIEF, "2026-06-30T09:00", &["ledger", "verify"]);
        let twice = "select count(*) from (select cause_id from instruction where ended_at is null \
                     group by cause_id having count(*) > 1) t";
        assert_eq!(
            office.number(twice),
            0,
            "two live instructions of one entitlement"
        );
    }
    landed
}

/// The file that lies there after the kill, if any, and the one after the repetition are
/// the undisturbed one; the bank takes it once.
fn repeat_send(step: &Step, office: &Office, done: &Office) {
    let batch = &office.rows("select id from batch", "i")[0][0];
    let (path, undisturbed) = (office.payment_file(batch), done.payment_file(batch));
    let expected = std::fs::read(&undisturbed).unwrap();
    let (mut bank, _) = first_day(SEED, BUDGET);
    let mut taken = 0;
    if path.exists() {
        // A messenger who found a file took it to the bank at once.
        assert!(
            std::fs::read(&path).unwrap() == expected,
            "half a file has the name of a whole one"
        );
        taken += u32::from(take(&mut bank, &path).payments > 0);
    }
    step.whole(office);
    assert!(
        std::fs::read(&path).unwrap() == expected,
        "another payment file"
    );
    let receipt = bank.take_payment_file(&path).unwrap();
    assert!(
        matches!(receipt.outcome, Outcome::Accepted | Outcome::Duplicate),
        "{receipt:?}"
    );
    taken += u32::from(receipt.outcome == Outcome::Accepted);
    assert_eq!(taken, 1, "the bank took it {taken} times");
    let names: Vec<_> = std::fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

/// The whole chain of steps on one engine.
fn kill_all(engine: Engine) -> BTreeMap<&'static str, Landed> {
    let mut rng = Rng::new(SEED);
    let mut office = Office::with_people(engine, "kill", SEED, PEOPLE);
    let batch = {
        // Ids follow from the state, so a trial run tells the batch's.
        let trial = office.copy();
        trial.prepare().remove(0)
    };
    let on = "2026-06-02T10:00";
    let steps = [
        Step::new(
            "prepare",
            MAKER,
            on,
            &["cycle", "prepare", "--period", "2026-06"],
        ),
        Step::new("release", APPROVER, on, &["batch", "release", &batch]),
        Step::new(
            "send",
            MAKER,
            on,
            &["batch", "send", &batch, "--out", "out"],
        ),
        Step::new(
            "import",
            ACCOUNTANT,
            on,
            &["statement", "import", "second.stl"],
        ),
        Step::new("close", CHIEF, on, &["day", "close", "2026-06-02"]),
    ];
    let mut landed = BTreeMap::new();
    for step in &steps {
        if step.name == "release" {
            office.ok(MAKER, on, &["batch", "submit", &batch]);
            office.ok(APPROVER, on, &["batch", "approve", &batch]);
        }
        let done = office.copy();
        let mut whole = step.whole(&done);
        for _ in 0..2 {
            whole = whole.min(step.whole(&office.copy()));
        }
        let found = kill_often(step, &office, &done, whole, &mut rng);
        eprintln!("{} on {engine:?}, {whole:?}: {found:?}", step.name);
        landed.insert(step.name, found);
        if step.name == "send" {
            let (mut bank, _) = first_day(SEED, BUDGET);
            bank.set_faults(office::some_faults());
            take(&mut bank, &done.payment_file(&batch));
            let file = bank.close_day(OUR_NUMBER, 20_260_602).unwrap();
            file.settlement_native(&done.path("second.stl")).unwrap();
        }
        office = done;
    }
    landed
}

/// Catches a step that is half done after a crash, done twice after a repetition, or that
/// leaves other books, another payment file or another bank than a quiet run.
#[test]
fn a_killed_step_is_repeated_without_a_trace() {
    let engines = engines("kill");
    let all: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = engines
            .iter()
            .map(|engine| scope.spawn(|| kill_all(*engine)))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for landed in all {
        let within: u32 = landed.values().map(|l| l.within).sum();
        let kills: u32 = landed.values().map(|l| l.before + l.within + l.after).sum();
        assert!(kills >= 100, "{kills}");
        assert!(
            within >= 50,
            "only {within} of {kills} kills landed within a step: {landed:?}"
        );
        for (step, l) in &landed {
            assert!(l.within >= WITHIN_A_STEP, "{step} was hardly hit: {l:?}");
        }
    }
}
