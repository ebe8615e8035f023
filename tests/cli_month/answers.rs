//! What an answer is, whatever was asked: exit codes, the error object, words for people.

use crate::fields;
use crate::office::{ACCOUNTANT, APPROVER, CHIEF, EVERYBODY, Engine, MAKER, Office, engines};
use serde_json::Value;
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
            let answer = office.run(MAKER, now, usage);
            let found = (answer.code, answer.error());
            assert_eq!(found, (Some(2), "usage"), "{usage:?}: {answer:?}");
        }
        let answer = office.run(MAKER, now, &["batch", "approve", "7"]);
        assert_eq!(answer.code, Some(3));
        fields(&answer.json, &["error"]);
        fields(&answer.json["error"], &["code", "message", "data"]);
        let answer = office.run(MAKER, "yesterday", &["batch", "approve", "7"]);
        assert_eq!((answer.code, answer.error()), (Some(2), "bad_input"));
        // A fault: the database cannot be made there.
        let nowhere = "sqlite:no-such-folder/x.db";
        let answer = office.run(MAKER, now, &["migrate", "--database-url", nowhere]);
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

/// Catches a word of the command line that is wrong and that is told after something was
/// opened, as a fault, or as something else than a mistake of usage.
#[test]
fn malformed_words_are_usage_everywhere() {
    let office = Office::empty(Engine::Sqlite, "usage");
    let now = "2026-06-01T09:00";
    let cases: &[(&[&str], &str)] = &[
        (&["day", "close", "2026-02-30"], "bad_input"),
        (&["batch", "approve", "1", "--digest", "abc"], "bad_input"),
        (
            &["batch", "approve", "1", "--digest", "xyzxyzxyz"],
            "bad_input",
        ),
        (&["ledger", "verify", "--head", "abc"], "bad_input"),
        (&["ledger", "balance", "x", "--at", "then"], "bad_input"),
        (&["ledger", "balance", "x", "--day", "then"], "bad_input"),
        (&["demo", "--beneficiaries", "0"], "bad_input"),
        (
            &["cycle", "prepare", "--period", "2026-06", "--batch-lines=0"],
            "bad_input",
        ),
        (
            &["qr", "encode", "--bin", "9704", "--account", "1"],
            "bad_input",
        ),
        (&["bench", "grant", "--lines", "0"], "bad_input"),
        (
            &["report", "cycle", "--period", "13/2026"],
            "period_invalid",
        ),
        (
            &["roster", "import", "x.csv", "--period", "June"],
            "period_invalid",
        ),
        (
            &["budget", "receive", "--amount=0", "--reference", "A"],
            "amount_invalid",
        ),
        (
            &["budget", "receive", "--amount", "x", "--reference", "A"],
            "usage",
        ),
        (
            &[
                "account", "change", "burn", "--number", "1", "--reason", "r",
            ],
            "usage",
        ),
        (&["batch", "submit", "one"], "usage"),
        (&["batch", "submit"], "usage"),
        (&["batch"], "usage"),
        (&["statement", "import", "x", "--nowhere"], "usage"),
    ];
    for (words, code) in cases {
        let answer = office.run(MAKER, now, words);
        let found = (answer.code, answer.error());
        assert_eq!(found, (Some(2), *code), "{words:?}: {answer:?}");
        fields(&answer.json["error"], &["code", "message", "data"]);
    }
    let made = std::fs::read_dir(office.folder()).unwrap().count();
    assert_eq!(made, 0, "a mistake of typing left a file");
}

/// Catches a reading command that makes a database where there is none.
#[test]
fn reading_makes_nothing() {
    let office = Office::empty(Engine::Sqlite, "nothing");
    let now = "2026-06-01T09:00";
    for words in [
        &["ledger", "verify"][..],
        &["break", "list"],
        &["batch", "show", "1"],
        &["registry", "load", "x.csv"],
        &["report", "cycle", "--period", "2026-06"],
    ] {
        let answer = office.run(CHIEF, now, words);
        let found = (answer.code, answer.error());
        assert_eq!(found, (Some(3), "no_database"), "{words:?}: {answer:?}");
    }
    let made = std::fs::read_dir(office.folder()).unwrap().count();
    assert_eq!(made, 0, "reading left a file");
}

/// Catches somebody without a role who sees people, and a look at people without a trace.
#[test]
fn reading_people_needs_a_role_and_leaves_a_trace() {
    for engine in engines("reading") {
        let office = Office::with_people(engine, "reading", 21, 40);
        let batch = &office.prepare()[0];
        let now = "2026-06-02T09:00";
        let cycle = ["cycle", "show", "--period", "2026-06"];
        let reads: &[&[&str]] = &[
            &cycle,
            &["batch", "show", batch],
            &["break", "list"],
            &["statement", "show", "1"],
            &["ledger", "accounts"],
            &["ledger", "balance", "nostro/BL-AGRI"],
        ];
        let seen = "select count(*) from audit where act = 'people.read'";
        for words in reads {
            let answer = office.run("nobody", now, words);
            let found = (answer.code, answer.error());
            assert_eq!(found, (Some(3), "user_unknown"), "{words:?}: {answer:?}");
        }
        assert_eq!(office.number(seen), 0);
        for words in reads {
            office.ok(CHIEF, now, words);
        }
        assert_eq!(office.number(seen), 1, "cycle show names people");
    }
}

/// Catches words of the operating system or of a library where a clerk should read what is
/// wrong with which file, and what to do.
#[test]
fn what_cannot_be_read_is_said_in_words() {
    let office = Office::set_up(Engine::Sqlite, "unread");
    office.take_june(21, 10);
    let path = |name: &str| office.path(name).display().to_string();
    std::fs::create_dir(office.path("folder")).unwrap();
    std::fs::write(office.path("latin.csv"), b"STT,H\xf4 t\xean\n1,\xff\n").unwrap();
    std::fs::write(office.path("no.xlsx"), b"PK\x03\x04 and no more").unwrap();
    std::fs::write(
        office.path("noise.db"),
        "no database at all, only words. ".repeat(40),
    )
    .unwrap();
    let unreachable = "postgres://a:b@127.0.0.1:1/x".to_owned();
    let noise = format!("sqlite:{}", path("noise.db"));
    let keys = path("no.keys");
    let cases: &[(&[&str], &str)] = &[
        (
            &["roster", "import", "gone.xlsx", "--period", "2026-06"],
            "không có tệp này",
        ),
        (
            &["roster", "import", "folder", "--period", "2026-06"],
            "thư mục",
        ),
        (
            &["roster", "import", "no.xlsx", "--period", "2026-06"],
            "bảng tính bị hỏng",
        ),
        (
            &["roster", "import", "latin.csv", "--period", "2026-06"],
            "UTF-8",
        ),
        (&["registry", "load", "gone.csv"], "không có tệp này"),
        (&["registry", "load", "folder"], "thư mục"),
        (&["holders", "load", "gone.csv"], "không có tệp này"),
        (&["statement", "import", "gone.stl"], "không có tệp này"),
        (&["statement", "import", "folder"], "thư mục"),
        (&["setup", "gone.toml"], "không có tệp này"),
        (
            &["ledger", "verify", "--database-url", &noise],
            "không phải cơ sở dữ liệu",
        ),
        (
            &["ledger", "verify", "--database-url", &unreachable],
            "Không kết nối được",
        ),
        (
            &["ledger", "verify", "--keys", &keys],
            "Không thấy tệp khóa",
        ),
        (&["ledger", "verify", "--keys", "folder"], "thư mục"),
    ];
    for (words, expected) in cases {
        let answer = office.run(
            EVERYBODY,
            "2026-06-01T09:00",
            &[words, &["--lang", "vi"][..]].concat(),
        );
        let message = answer.json["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(expected), "{words:?}: {answer:?}");
        assert!(!message.contains("os error 2"), "{words:?}: {message}");
    }
}

/// Catches a code of a state or a kind that stands alone on a Vietnamese screen.
#[test]
fn screens_say_states_in_words() {
    let office = Office::with_people(Engine::Sqlite, "screens", 21, 40);
    let batch = &office.prepare()[0];
    office.bring(batch, "sent");
    let say = |actor: &str, words: &[&str]| {
        let output = office
            .command(actor, "2026-06-02T12:00", words)
            .output()
            .unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(json.is_object());
        let url = office.url();
        let output = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .current_dir(office.folder())
            .args([
                "--database-url",
                &url,
                "--as",
                actor,
                "--now",
                "2026-06-02T12:00",
            ])
            .args(words)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (actor, words, shown) in [
        (MAKER, &["batch", "show", batch][..], "đã gửi ngân hàng"),
        (
            MAKER,
            &["cycle", "show", "--period", "2026-06"],
            "đã gửi ngân hàng",
        ),
        (
            APPROVER,
            &["report", "cycle", "--period", "2026-06"],
            "đã gửi ngân hàng",
        ),
        (ACCOUNTANT, &["statement", "show", "1"], "đã khóa ngày"),
        (CHIEF, &["ledger", "accounts", "nostro"], "tài sản"),
        (CHIEF, &["day", "close", "2026-06-01"], "01/06/2026"),
    ] {
        let text = say(actor, words);
        assert!(text.contains(shown), "{words:?}: {text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "wider than a screen: {line}");
        }
        for code in [
            "submitted",
            "released",
            "instructed",
            "signed_off",
            "2026-06-0",
            "liability",
        ] {
            let alone = text
                .lines()
                .filter(|l| !l.contains("ansinh "))
                .any(|l| l.contains(code));
            assert!(!alone, "{words:?} shows {code}: {text}");
        }
    }
}

/// Catches words that are taken and then ignored: a trial balance of today under another
/// day's name, a list checked for a programme that does not exist, a payment that is posted
/// before its folder is found to be none.
#[test]
fn words_that_cannot_count_are_refused() {
    let office = Office::with_people(Engine::Sqlite, "words", 21, 10);
    let now = "2026-06-02T09:00";
    let at = office.run(CHIEF, now, &["ledger", "balance", "--at", "2026-06-01"]);
    assert_eq!((at.code, at.error()), (Some(2), "usage"));
    let list = [
        "roster",
        "check",
        "june-list.csv",
        "--registry",
        "june-register.csv",
    ];
    let of = ["--period", "2026-06", "--programme", "xyz"];
    let check = office.run(MAKER, now, &[&list[..], &of].concat());
    assert_eq!((check.code, check.error()), (Some(3), "not_found"));
    let batch = office.prepare().remove(0);
    office.bring(&batch, "released");
    let send = ["batch", "send", &batch, "--out", "setup.toml"];
    office.refused("bad_input", MAKER, "2026-06-02T16:00", &send);
}
