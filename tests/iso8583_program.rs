//! The program with messages of ISO 8583: what its library prints stays out of what
//! scripts read, and its temporary file is gone.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::process::Command;

/// Catches the library's own lines among the answer that a script parses, a layout that is
/// left behind, and one of somebody else that the environment names.
#[test]
fn the_answer_is_one_object_and_nothing_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_ansinh"))
        .args([
            "--json",
            "bench",
            "transfers",
            "--count",
            "300",
            "--in-flight",
            "16",
        ])
        .current_dir(folder.path())
        .env("TMPDIR", temporary.path())
        .env("SPEC_FILE", "/dev/null")
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap(),
    );
    assert!(out.status.success(), "{stdout}{stderr}");
    assert_eq!(stderr, "");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(answer["count"], 300);
    assert!(answer["transfers_per_s"].as_i64().unwrap() > 0);
    assert!(answer["p99_ms"].as_f64().unwrap() >= answer["p50_ms"].as_f64().unwrap());
    for left in [folder.path(), temporary.path()] {
        let names: Vec<_> = std::fs::read_dir(left).unwrap().collect();
        assert!(names.is_empty(), "{names:?}");
    }
}
