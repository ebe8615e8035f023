//! `ansinh qr` as a person runs it: texts, images, and refusals with their exit codes.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::process::Command;

fn ansinh(args: &[&str]) -> (i32, String) {
    let folder = std::env::temp_dir();
    let done = Command::new(env!("CARGO_BIN_EXE_ansinh"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    (done.status.code().unwrap(), text.trim_end().to_owned())
}

fn json(args: &[&str]) -> (i32, Value) {
    let (status, text) = ansinh(&[&["--json"], args].concat());
    (status, serde_json::from_str(&text).unwrap())
}

/// Catches a text or image that does not say what was asked for, or is not read back.
#[test]
fn encodes_and_decodes_texts_and_images() {
    let folder = tempfile::tempdir().unwrap();
    let (png, svg) = (folder.path().join("a.png"), folder.path().join("a.svg"));
    let (png, svg) = (png.to_str().unwrap(), svg.to_str().unwrap());
    let (status, text) = ansinh(&[
        "qr",
        "encode",
        "--bin",
        "970405",
        "--account",
        "1234567890123",
        "--amount",
        "540000",
        "--content",
        "HP0001A THÁNG 09 2026",
        "--png",
        png,
        "--svg",
        svg,
    ]);
    assert_eq!(status, 0);
    assert_eq!(
        text,
        "00020101021238570010A00000072701270006970405011312345678901230208QRIBFTTA530370454065400005802VN62250821HP0001A THANG 09 202663043765"
    );
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg "));
    for source in [png, &text] {
        let (status, read) = json(&["qr", "decode", source]);
        assert_eq!(status, 0, "{read}");
        assert_eq!(read["text"], text);
        assert_eq!(read["number"], "1234567890123");
        assert_eq!(read["amount"], 540_000);
        assert_eq!(read["content"], "HP0001A THANG 09 2026");
        assert_eq!(read["dynamic"], true);
    }
    let (_, shown) = ansinh(&["--lang", "en", "qr", "decode", png]);
    assert!(shown.contains("Amount: 540.000 đ"), "{shown}");
}

/// Catches a wrong code that is taken, or refused without its place.
#[test]
fn refuses_what_is_no_vietqr() {
    let napas = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5";
    let (status, answer) = json(&["qr", "decode", napas]);
    assert_eq!(status, 3);
    assert_eq!(answer["error"]["code"], "qr_refused");
    let data = &answer["error"]["data"];
    assert_eq!(data["code"], "wrong_length");
    assert_eq!(data["path"], "38/01");
    let long = "x".repeat(26);
    let encode = [
        "qr",
        "encode",
        "--bin",
        "970405",
        "--account",
        "123",
        "--content",
    ];
    for (args, code) in [
        (&["qr", "decode", "no-such-file.png"][..], "not_found"),
        (&["qr", "decode", env!("CARGO_BIN_EXE_ansinh")], "bad_input"),
        (&[&encode[..], &[&long]].concat(), "qr_refused"),
        (
            &[&encode[..], &["a", "--amount", "0"]].concat(),
            "qr_refused",
        ),
        (
            &[&encode[..], &["a", "--amount", "9223372036854775807"]].concat(),
            "amount_invalid",
        ),
    ] {
        let (status, answer) = json(args);
        assert_eq!(status, 3, "{answer}");
        assert_eq!(answer["error"]["code"], code);
    }
}
