//! The commands around the server, as clerks give them.

use super::dies::Process;
use super::*;

/// Runs a command of the clerk; its answer as text.
fn clerk(test: &TestDb, keys: &Path, who: &str, words: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ansinh"))
        .args(words)
        .args(["--json", "--now", "2026-06-05T09:00", "--as", who])
        .args(["--database-url", &test.url, "--keys"])
        .arg(keys)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

/// Catches a secret or token that is shown or stored in clear, commands that anybody may
/// give, a clerk who cannot see what came, and a server that a signal ends in the middle.
#[test]
fn clerks_set_the_server_up_and_see_what_came() {
    both("serve_clerk", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let s = school(&test.db, folder.path(), &[(0, 100, 40)], false).await;
        let keys = folder.path().join("ansinh.keys");
        let file = folder.path().join("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        let file = file.to_str().unwrap();
        let say = |who: &str, words: &[&str]| clerk(test, &keys, who, words);
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let add = [
            "notice",
            "source",
            "add",
            "bank",
            "--scheme",
            "ansinh",
            "--secret-file",
            file,
        ];
        let (done, text) = say("ketoan", &add);
        assert!(!done && text.contains("role_missing"), "{text}");
        let (done, text) = say("truong", &[&add[..], &["--owner", "ketoan"]].concat());
        assert!(done && !text.contains(SECRET), "{text}");
        let (done, text) = say(
            "truong",
            &[
                "notice",
                "source",
                "add",
                "Bank",
                "--scheme",
                "ansinh",
                "--secret-file",
                file,
            ],
        );
        assert!(
            !done && json(&text)["error"]["data"]["place"] == "CODE",
            "{text}"
        );
        let (_, text) = say("ketoan", &["notice", "source", "list"]);
        assert_eq!(json(&text)["sources"][0]["path"], "/notices/bank");
        assert!(!text.contains(SECRET));
        let (_, text) = say("truong", &["caller", "add", "mot-cua"]);
        let token = json(&text)["token"].as_str().unwrap().to_owned();
        assert!(!say("ketoan", &["caller", "list"]).1.contains(&token));
        let mut tx = test.db.begin_read().await.unwrap();
        for sql in [
            "select sealed from notice_source",
            "select token_hash from api_caller",
        ] {
            let stored = tx.one(sql, Vec::new()).await.unwrap().bytes(0).unwrap();
            let clear = |secret: &[u8]| stored.windows(secret.len()).any(|w| w == secret);
            assert!(
                !clear(SECRET.as_bytes()) && !clear(token.as_bytes()),
                "{sql}"
            );
        }
        tx.rollback().await.unwrap();
        let process = Process::start(test, &keys);
        let answer = post(
            process.at,
            "bank",
            &ansinh(&Credit::new(1, 140, &s.codes[0]), time()),
        );
        assert_eq!(answer.status, 200);
        let headers = vec![("authorization", format!("Bearer {token}"))];
        let path = format!("/bills/{}", s.codes[0]);
        let bill = send(process.at, "GET", &path, &headers, b"");
        assert_eq!(bill.body["is_paid"], true, "{bill:?}");
        let last = process.stop();
        assert_eq!((&last["notices"], &last["commits"]), (&1.into(), &1.into()));
        let (_, text) = say("ketoan", &["notice", "list", "--outcome", "booked"]);
        let listed = json(&text);
        assert_eq!(listed["notices"][0]["notice"], answer.body["notice"]);
        assert_eq!(listed["notices"][0]["on_bills"], 140);
        let id = answer.body["notice"].as_str().unwrap();
        let (_, text) = say("ketoan", &["notice", "show", id]);
        let body = json(&text)["body"].as_str().unwrap().to_owned();
        assert_eq!(json(&body)["content"], s.codes[0]);
        let read = "select count(*) from audit where act = 'people.read' and actor = 'ketoan'";
        assert_eq!(number(&test.db, read).await, 1);
        let (done, text) = say("truong", &["notice", "source", "disable", "none"]);
        assert!(!done && text.contains("not_found"), "{text}");
    });
}

/// Catches a benchmark that does not run, loses a notice, or shows no shared commit.
#[test]
fn the_benchmark_takes_every_notice_in_shared_commits() {
    both("serve_bench", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .args([
                "bench",
                "notices",
                "--count",
                "300",
                "--connections",
                "16",
                "--json",
            ])
            .args(["--database-url", &test.url])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(said["count"], 300, "{text}");
        let commits = said["commits"].as_i64().unwrap();
        assert!((1..300).contains(&commits), "{text}");
        assert!(said["p99_ms"].as_f64() >= said["p50_ms"].as_f64(), "{text}");
        let booked = "select count(*) from notice where outcome = 'booked'";
        assert_eq!(number(&test.db, booked).await, 300);
    });
}

/// Catches a source of the set-up file that is not made, made twice, opened again after it
/// was shut, or changed by somebody who may not.
#[test]
fn the_setup_file_names_sources() {
    both("serve_setup", async |test| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let sample = std::fs::read_to_string("samples/school/setup.toml").unwrap();
        let account = "opened_on = \"2026-08-31\"";
        let source =
            "notices = [{ source = \"th\", scheme = \"casso\", file = \"c.key\", owner = \"ke\" }]";
        let admin =
            "[[staff]]\ncode = \"qt\"\nname = \"Quản trị\"\nroles = { \"*\" = [\"admin\"] }\n";
        assert!(sample.contains(account));
        let text = sample.replace(account, &format!("{account}\n{source}")) + admin;
        std::fs::write(at("setup.toml"), &text).unwrap();
        std::fs::write(at("c.key"), SECRET).unwrap();
        let keys = at("ansinh.keys");
        let file = at("setup.toml");
        let set_up = |who: &str| clerk(test, &keys, who, &["setup", file.to_str().unwrap()]);
        let (done, text) = set_up("qt");
        assert!(done && !text.contains(SECRET), "{text}");
        let open = "select count(*) from notice_source where code = 'th' and posts = 1 and owner = 'ke' and disabled_at is null";
        assert_eq!(number(&test.db, open).await, 1);
        let (done, text) = set_up("quy");
        assert!(
            done && text.contains("\"made\":0"),
            "the same file is free: {text}"
        );
        std::fs::write(at("c.key"), format!("{SECRET}!")).unwrap();
        let (done, text) = set_up("quy");
        assert!(!done && text.contains("role_missing"), "{text}");
        assert!(clerk(test, &keys, "hieu", &["notice", "source", "disable", "th"]).0);
        assert!(set_up("qt").0);
        assert_eq!(number(&test.db, open).await, 0);
        std::fs::write(
            at("setup.toml"),
            std::fs::read_to_string(at("setup.toml"))
                .unwrap()
                .replace("casso", "cassa"),
        )
        .unwrap();
        assert!(set_up("qt").1.contains("bad_input"));
    });
}
