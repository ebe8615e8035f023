//! The camt.053 of a day: the schema of ISO 20022, the signature beside it, and the
//! same bookings as the native file of the same day.

mod reading;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ansinh_simulator::{Bank, BankConfig, DayFile, Faults, Share, Spoil};
use reading::{BIN, KEY, OUR_ACCOUNT, hmac_hex, pain, read_native, wishes};

/// A day with every fault, after a day that left something over for it; the balance
/// below zero in the second bank.
fn a_day(opening: i64) -> DayFile {
    let mut bank = Bank::new(BankConfig {
        bin: BIN.into(),
        seed: 3,
        key_id: "k1".into(),
        key: KEY.to_vec(),
        faults: Faults::all(Share::exactly(2)),
    });
    bank.open_account(OUR_ACCOUNT, opening).expect("opens");
    for (id, prefix, day) in [("M1", "A", 20260605), ("M2", "B&<>", 20260606)] {
        let file = pain(
            id,
            OUR_ACCOUNT,
            "2026-06-05",
            &wishes(60, &prefix.replace('&', "")),
        );
        let file = file.replace("<>", "&lt;&gt;");
        let receipt = bank.take_payments(file.as_bytes());
        assert_eq!(receipt.payments, 60, "{:?}", receipt.reasons);
        if day == 20260605 {
            bank.close_day(OUR_ACCOUNT, day).expect("closes");
        }
    }
    bank.credit(
        OUR_ACCOUNT,
        5_000_000,
        "",
        ("970499", "0001"),
        "R&D <x>",
        20260606,
    )
    .expect("takes money");
    bank.close_day(OUR_ACCOUNT, 20260606).expect("closes")
}

fn schema() -> Option<PathBuf> {
    let shared = std::env::var_os("ANSINH_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let schema = shared.join("samples/xsd/camt.053.001.08.xsd");
    schema.is_file().then_some(schema)
}

/// Catches an element that the schema does not allow, or not there. Needs xmllint
/// and the schema, and says so where they are missing.
#[test]
fn the_schema_accepts_every_camt() {
    let Some(schema) = schema() else {
        eprintln!("not checked: no samples/xsd in $ANSINH_SHARED nor ../shared");
        return;
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("not checked: no xmllint on this machine");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.xml");
    for opening in [900_000_000, -5] {
        a_day(opening).settlement_camt(&path).unwrap();
        let lint = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .args([&schema, &path])
            .output()
            .unwrap();
        assert!(
            lint.status.success(),
            "{}",
            String::from_utf8_lossy(&lint.stderr)
        );
    }
}

/// Catches a signature of other bytes than the file has, or in another form.
#[test]
fn the_signature_is_over_the_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.xml");
    a_day(0).settlement_camt(&path).unwrap();
    let line = fs::read_to_string(folder.path().join("day.xml.sig")).unwrap();
    let mac = hmac_hex(KEY, &fs::read(&path).unwrap());
    assert_eq!(line, format!("ansinh-sig-1 k1 {mac}\n"));
}

/// The texts of an element, in order of appearance.
fn texts<'a>(xml: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    xml.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split(&close).next())
        .collect()
}

/// Catches a camt that tells of other bookings, balances or sums than the native file.
#[test]
fn camt_and_native_tell_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.xml");
    let day = a_day(0);
    day.settlement_camt(&path).unwrap();
    let xml = fs::read_to_string(&path).unwrap();
    let mut bytes = Vec::new();
    day.native_to(&mut bytes).unwrap();
    let native = read_native(&bytes).unwrap();
    let entries = texts(&xml, "Ntry");
    assert_eq!(entries.len(), native.details.len());
    let first = |entry: &str, element| {
        let found = texts(entry, element).first().copied().unwrap_or_default();
        found
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    for (entry, detail) in entries.iter().zip(&native.details) {
        let amount = format!("<Amt Ccy=\"VND\">{}</Amt>", detail.amount);
        assert_eq!(entry.matches(&amount).count(), 2, "{entry}");
        assert_eq!(first(entry, "NtryRef"), detail.entry_id);
        assert_eq!(first(entry, "CdtDbtInd") == "DBIT", detail.debit);
        assert_eq!(first(entry, "EndToEndId"), detail.reference);
        assert_eq!(
            first(entry, "BookgDt").replace(['<', '>', '-', '/', 'D', 't'], ""),
            detail.booked_on.to_string()
        );
        let account = texts(entry, "RltdPties")
            .first()
            .map_or(String::new(), |p| {
                p.rsplit("<Id>")
                    .next()
                    .and_then(|rest| rest.split('<').next())
                    .unwrap_or("")
                    .into()
            });
        assert_eq!(account, detail.counter_account);
        let reason = texts(entry, "Rsn").first().map_or("", |_| "AC04");
        assert_eq!(reason, detail.reason.replace("FEE", ""));
        assert_eq!(entry.contains("CHRG"), detail.reason == "FEE");
    }
    for (code, balance) in [("OPBD", native.opening), ("CLBD", native.closing)] {
        let place = texts(&xml, "Bal");
        let found = place.iter().find(|b| b.contains(code)).unwrap();
        assert!(
            found.contains(&format!(">{}</Amt>", balance.abs())),
            "{found}"
        );
        assert!(found.contains(if balance < 0 { "DBIT" } else { "CRDT" }));
    }
    assert_eq!(first(&xml, "ElctrncSeqNb"), native.number.to_string());
    let counts = texts(&xml, "NbOfNtries");
    assert_eq!(counts[0], native.details.len().to_string());
}

/// Catches a bad camt whose signature fails where it should hold, or holds where it
/// should fail.
#[test]
fn bad_camt_files_are_bad_where_they_are_meant_to_be() {
    let day = a_day(0);
    let folder = tempfile::tempdir().unwrap();
    let (good, path) = (
        folder.path().join("good.xml"),
        folder.path().join("bad.xml"),
    );
    day.settlement_camt(&good).unwrap();
    let good = fs::read(&good).unwrap();
    for spoil in Spoil::ALL {
        day.bad_camt(&path, spoil).unwrap();
        let bytes = fs::read(&path).unwrap();
        let line = fs::read_to_string(folder.path().join("bad.xml.sig")).ok();
        let holds = line == Some(format!("ansinh-sig-1 k1 {}\n", hmac_hex(KEY, &bytes)));
        let same = bytes == good;
        let meant = match spoil {
            Spoil::Cut | Spoil::FlippedByte => (false, false),
            Spoil::WrongMac | Spoil::Unsigned | Spoil::UnknownKey => (false, true),
            Spoil::LineGap | Spoil::CarriageReturns => (true, true),
            _ => (true, false),
        };
        assert_eq!((holds, same), meant, "{spoil:?}");
        assert_eq!(line.is_none(), spoil == Spoil::Unsigned);
    }
}
