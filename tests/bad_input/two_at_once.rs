//! Two operators at once on the same thing, as two processes: one does it, the other gets
//! a sensible answer, and nothing happens twice.

use crate::office::{
    ACCOUNTANT, APPROVER, Answer, BUDGET, CHIEF, EVERYBODY, Engine, MAKER, OUR_NUMBER, Office,
    answer_of, engines, first_day, take,
};

const NOW: &str = "2026-06-02T14:00";
const ROUNDS: usize = 4;

/// Starts every act before it waits for any.
fn at_once(office: &Office, acts: &[(&str, &[&str])]) -> Vec<Answer> {
    let started: Vec<_> = acts
        .iter()
        .map(|(actor, args)| office.command(actor, NOW, args).spawn().unwrap())
        .collect();
    started
        .into_iter()
        .map(|child| answer_of(child.wait_with_output().unwrap()))
        .collect()
}

/// How many did it, and the codes of the others.
fn outcome(answers: &[Answer]) -> (usize, Vec<&str>) {
    let done = answers.iter().filter(|a| a.code == Some(0)).count();
    let mut refused: Vec<&str> = answers
        .iter()
        .filter(|a| a.code != Some(0))
        .map(|a| {
            assert_eq!(a.code, Some(3), "{answers:?}");
            a.error()
        })
        .collect();
    refused.sort_unstable();
    (done, refused)
}

fn each_round(name: &str, engine: Engine, office: &Office, round: impl Fn(&Office)) {
    for n in 0..ROUNDS {
        eprintln!("{name}, round {n} on {engine:?}");
        let office = office.copy();
        round(&office);
        office.books();
    }
}

/// Catches two cycles of one period, or two lines for one entitlement.
#[test]
fn a_cycle_is_prepared_once() {
    for engine in engines("two") {
        let office = Office::with_people(engine, "two", 9, 40);
        let prepare: &[&str] = &["cycle", "prepare", "--period", "2026-06"];
        each_round("prepare", engine, &office, |office| {
            let answers = at_once(
                office,
                &[(MAKER, prepare), (EVERYBODY, prepare), (MAKER, prepare)],
            );
            assert_eq!(
                outcome(&answers),
                (1, vec!["all_prepared", "all_prepared"]),
                "{answers:?}"
            );
            let twice = "select count(*) from (select cause_id from instruction group by cause_id having count(*) > 1) t";
            assert_eq!(office.number(twice), 0);
            assert_eq!(office.number("select count(*) from batch"), 1);
        });
    }
}

/// Catches a batch that is approved or granted twice, or granted after it was rejected.
#[test]
fn a_batch_is_approved_and_released_once() {
    for engine in engines("two") {
        let office = Office::with_people(engine, "two", 9, 40);
        let batch = &office.prepare()[0];
        office.ok(MAKER, NOW, &["batch", "submit", batch]);
        let approve: &[&str] = &["batch", "approve", batch];
        let release: &[&str] = &["batch", "release", batch];
        let reject: &[&str] = &["batch", "reject", batch, "--reason", "lập lại"];
        let acts = |event: &str| {
            format!(
                "select count(*) from batch_event where batch_id = {batch} and event = '{event}'"
            )
        };
        each_round("approve", engine, &office, |office| {
            let answers = at_once(
                office,
                &[
                    (APPROVER, approve),
                    (EVERYBODY, approve),
                    (APPROVER, approve),
                ],
            );
            assert_eq!(
                outcome(&answers),
                (1, vec!["state_wrong"; 2]),
                "{answers:?}"
            );
            assert_eq!(office.number(&acts("approved")), 1);
        });
        office.ok(APPROVER, NOW, approve);
        let fund = "select cast(sum(amount) as bigint) from instruction";
        let total = office.number(fund);
        let granted = "select debits from balance b join account a on a.id = b.account_id where a.name like 'fund/%'";
        each_round("release", engine, &office, |office| {
            let answers = at_once(
                office,
                &[
                    (APPROVER, release),
                    (EVERYBODY, release),
                    (APPROVER, release),
                ],
            );
            assert_eq!(
                outcome(&answers),
                (1, vec!["state_wrong"; 2]),
                "{answers:?}"
            );
            assert_eq!(office.number(granted), total);
        });
        each_round("release, reject", engine, &office, |office| {
            let answers = at_once(office, &[(APPROVER, release), (MAKER, reject)]);
            let state = &office.rows("select state from batch", "t")[0][0];
            // Once it is released, the maker may not give it up any more.
            let late = match state == "released" {
                true => "role_missing",
                false => "state_wrong",
            };
            assert_eq!(outcome(&answers), (1, vec![late]), "{answers:?}");
            let expected = if state == "released" { total } else { 0 };
            assert_eq!(office.number(granted), expected);
        });
    }
}

/// Catches a second payment file, or one that was half written by two.
#[test]
fn a_batch_is_sent_once() {
    for engine in engines("two") {
        let office = Office::with_people(engine, "two", 9, 40);
        let batch = &office.prepare()[0];
        office.bring(batch, "released");
        let send: &[&str] = &["batch", "send", batch, "--out", "out"];
        let elsewhere: &[&str] = &["batch", "send", batch, "--out", "elsewhere"];
        each_round("send", engine, &office, |office| {
            let answers = at_once(
                office,
                &[(MAKER, send), (APPROVER, send), (ACCOUNTANT, elsewhere)],
            );
            assert_eq!(outcome(&answers).0, 3, "{answers:?}");
            for answer in &answers {
                assert_eq!(answer.json["sha256"], answers[0].json["sha256"]);
            }
            let files: Vec<_> = std::fs::read_dir(office.path("out")).unwrap().collect();
            assert_eq!(files.len(), 1, "{files:?}");
            let (one, two) = (office.payment_file(batch), office.path("elsewhere"));
            let name = one.file_name().unwrap();
            assert_eq!(
                std::fs::read(&one).unwrap(),
                std::fs::read(two.join(name)).unwrap()
            );
            let sent = "select credits from balance b join account a on a.id = b.account_id where a.name like 'clearing_out/%'";
            let total = "select cast(sum(amount) as bigint) from instruction";
            assert_eq!(office.number(sent), office.number(total));
        });
    }
}

/// Catches a statement that is booked twice, and a day that two people close twice.
#[test]
fn a_statement_is_imported_and_a_day_closed_once() {
    for engine in engines("two") {
        let office = Office::with_people(engine, "two", 9, 40);
        let batch = &office.prepare()[0];
        office.bring(batch, "sent");
        let (mut bank, _) = first_day(9, BUDGET);
        take(&mut bank, &office.payment_file(batch));
        let file = bank.close_day(OUR_NUMBER, 20_260_602).unwrap();
        file.settlement_native(&office.path("second.stl")).unwrap();
        let import: &[&str] = &["statement", "import", "second.stl"];
        each_round("import", engine, &office, |office| {
            let answers = at_once(
                office,
                &[(ACCOUNTANT, import), (CHIEF, import), (ACCOUNTANT, import)],
            );
            assert_eq!(outcome(&answers).0, 3, "{answers:?}");
            let again = answers.iter().filter(|a| a.json["again"] == true).count();
            assert_eq!(again, 2, "{answers:?}");
            assert_eq!(office.number("select count(*) from statement"), 2);
            let nostro = "select debits - credits from balance b join account a on a.id = b.account_id where a.name like 'nostro/%'";
            assert_eq!(office.number(nostro), file.closing());
        });
        office.ok(ACCOUNTANT, NOW, import);
        let close: &[&str] = &["day", "close", "2026-06-02"];
        each_round("close", engine, &office, |office| {
            let answers = at_once(
                office,
                &[(CHIEF, close), (EVERYBODY, close), (CHIEF, close)],
            );
            assert_eq!(outcome(&answers).0, 3, "{answers:?}");
            let again = answers.iter().filter(|a| a.json["again"] == true).count();
            assert_eq!(again, 2, "{answers:?}");
            assert_eq!(office.number("select count(*) from bank_day"), 2);
        });
    }
}
