//! Messages of ISO 8583 beside `pyiso8583`, a published library with a table of its own:
//! what AnSinh packs it reads and packs again to the same bytes, and the other way round.
//!
//! `ANSINH_TEST_PYTHON` names a Python that has it; `tests/run` sets that up and requires
//! it (`ANSINH_TEST_REQUIRE_PYTHON=1`). Without, the test says that it did not run.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "iso8583/messages.rs"]
mod messages;

use ansinh::gateway::iso8583::{Codec, MacKey, Message, Mti};
use ansinh::store::keys::{hex, unhex};
use messages::{Chance, KEY, messages};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

fn python() -> Option<String> {
    match std::env::var("ANSINH_TEST_PYTHON") {
        Ok(path) if !path.is_empty() => Some(path),
        _ if std::env::var("ANSINH_TEST_REQUIRE_PYTHON").is_ok_and(|v| v == "1") => {
            panic!("Python is required, but ANSINH_TEST_PYTHON names none")
        }
        _ => None,
    }
}

/// Asks the script, a line each.
fn ask(python: &str, lines: &[Value]) -> Vec<Value> {
    let script = format!(
        "{}/tests/interop/message_lines.py",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut child = Command::new(python)
        .args([&script, &hex(KEY)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn fields(message: &Message) -> Value {
    message
        .fields()
        .map(|(de, value)| (de.to_string(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Catches a layout, length, padding or MAC that only our own code would read.
#[test]
fn another_library_reads_and_writes_the_same_bytes() {
    let Some(python) = python() else {
        eprintln!("no Python with pyiso8583: not compared (tests/run brings it)");
        return;
    };
    let (codec, key) = (Codec::load().unwrap(), MacKey::new(KEY).unwrap());
    let mut chance = Chance(1987);
    let mut all: Vec<Message> = (0..40).flat_map(|n| messages(n * 97)).collect();
    for message in &mut all {
        if message.get(104).is_some() {
            let len = chance.below(211);
            let text: String = (0..len)
                .map(|_| char::from(b' ' + chance.byte() % 95))
                .collect();
            message.set(104, text);
        }
    }
    let wires: Vec<Vec<u8>> = all.iter().map(|m| codec.pack(m, &key).unwrap()).collect();
    // Ours to theirs.
    let asked: Vec<Value> = wires.iter().map(|w| json!({"read": hex(w)})).collect();
    let read = ask(&python, &asked);
    assert_eq!(read.len(), wires.len());
    for ((message, wire), theirs) in all.iter().zip(&wires).zip(&read) {
        assert_eq!(theirs["wire"], hex(wire), "{message:?}");
        assert_eq!(theirs["mac"], true, "{message:?}");
        let ours = codec.unpack(wire.clone(), &key).unwrap();
        assert_eq!(theirs["fields"], fields(&ours));
        assert_eq!(theirs["mti"], ours.mti.text());
    }
    // Theirs to ours: fields filled up, because a table of theirs does not fill.
    let asked: Vec<Value> = wires
        .iter()
        .map(|w| {
            let ours = codec.unpack(w.clone(), &key).unwrap();
            json!({"write": fields(&ours), "mti": ours.mti.text()})
        })
        .collect();
    let written = ask(&python, &asked);
    for (wire, theirs) in wires.iter().zip(&written) {
        let bytes = unhex(theirs["wire"].as_str().unwrap()).unwrap();
        assert_eq!(&bytes, wire);
        let message = codec.unpack(bytes, &key).unwrap();
        assert_eq!(&codec.pack(&message, &key).unwrap(), wire);
    }
    let mut mtis: Vec<Mti> = all.iter().map(|m| m.mti).collect();
    mtis.sort_by_key(|m| m.text());
    mtis.dedup();
    assert_eq!(mtis.len(), Mti::ALL.len());
}
