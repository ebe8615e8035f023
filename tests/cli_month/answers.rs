//! What an answer is, whatever was asked: exit codes, the error object, words for people.

use crate::fields;
use crate::office::{CHIEF, EVERYBODY, Engine, MAKER, Office, engines};
use std::process::Command;

/// Catches an exit code or an error object that scripts cannot rely on.
#[test]
fn exit_codes_and_errors_are_as_promised() {
    for engine in engines("month") {
        let office = Office::set_up(engine, "month");
        let now = "2026-06-01T09:00";
        assert_eq!(office.run(MAKER, now, &["ledger", "balance"]).code, Some(0));
        for usage in [
            &["no-such-thing"][..],
            &["batch", "approve"][..],
            &["batch", "approve", "x"][..],
        ] {
            assert_eq!(office.run(MAKER, now, usage).code, Some(2), "{usage:?}");
        }
        let answer = office.run(MAKER, now, &["batch", "approve", "7"]);
        assert_eq!(answer.code, Some(3));
        fields(&answer.json, &["error"]);
        fields(&answer.json["error"], &["code", "message", "data"]);
        let answer = office.run(MAKER, "yesterday", &["batch", "approve", "7"]);
        assert_eq!((answer.code, answer.error()), (Some(2), "bad_input"));
        // A fault: the database cannot be made there.
        let nowhere = "sqlite:no-such-folder/x.db";
        let answer = office.run(MAKER, now, &["ledger", "verify", "--database-url", nowhere]);
        assert_eq!(
            (answer.code, answer.error()),
            (Some(1), "fault"),
            "{answer:?}"
        );
        fields(&answer.json["error"], &["code", "message", "data"]);
        office.tamper("update head set posting_no = posting_no + 1 where book_id = 1");
        let answer = office.run(EVERYBODY, now, &["ledger", "verify"]);
        assert_eq!((answer.code, answer.error()), (Some(4), "ledger_broken"));
    }
}

/// Catches an answer for people that is empty, that breaks when its reader goes away, or
/// that is not in the language asked for.
#[test]
fn people_get_words() {
    let office = Office::with_people(Engine::Sqlite, "words", 21, 40);
    let say = |args: &[&str]| {
        let url = office.url();
        let output = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .current_dir(office.folder())
            .args([
                "--database-url",
                &url,
                "--as",
                CHIEF,
                "--now",
                "2026-06-02T08:00",
            ])
            .args(args)
            .output()
            .unwrap();
        let words = if output.stdout.is_empty() {
            output.stderr
        } else {
            output.stdout
        };
        (output.status.code(), String::from_utf8(words).unwrap())
    };
    let (code, words) = say(&["ledger", "balance"]);
    assert!(
        code == Some(0) && words.contains("Nhóm") && words.contains("fund"),
        "{words}"
    );
    let (_, words) = say(&["ledger", "balance", "--lang", "en"]);
    assert!(
        words.contains("Group") && words.contains("Balance"),
        "{words}"
    );
    let (code, words) = say(&["batch", "approve", "7"]);
    assert!(
        code == Some(3) && words.contains("Từ chối [role_missing]"),
        "{words}"
    );
    let (_, words) = say(&["batch", "approve", "7", "--lang", "en"]);
    assert!(words.contains("Rejected [role_missing]"), "{words}");
    for line in say(&["report", "cycle", "--period", "2026-06"]).1.lines() {
        assert!(line.chars().count() <= 100, "wider than a screen: {line}");
    }
}
