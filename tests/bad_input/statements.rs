//! Statements that are spoiled, out of order, of others, or other bytes under a number.

use crate::office::{
    ACCOUNTANT, BUDGET, CHIEF, Engine, OUR_NUMBER, Office, credit, engines, first_day, take,
};
use ansinh_simulator::statement::{Booking, Direction, NativeWriter, SealKey};
use ansinh_simulator::{Bank, BankConfig, DayFile, Faults, Share, Spoil};

const NOW: &str = "2026-06-03T18:00";

/// A batch was sent; the bank booked it on the second, with errors, and closed the third.
fn sent(engine: Engine) -> (Office, DayFile, DayFile) {
    let office = Office::with_people(engine, "statements", 5, 60);
    let (mut bank, _) = first_day(5, BUDGET);
    let batch = office.prepare().remove(0);
    office.bring(&batch, "sent");
    bank.set_faults(Faults {
        closed: Share::exactly(2),
        doubled: Share::exactly(1),
        late: Share::exactly(1),
        fee: Share::exactly(1),
        ..Faults::NONE
    });
    take(&mut bank, &office.payment_file(&batch));
    let second = bank.close_day(OUR_NUMBER, 20_260_602).unwrap();
    let third = bank.close_day(OUR_NUMBER, 20_260_603).unwrap();
    (office, second, third)
}

/// The code under which a spoiled file is refused; none where the spoil does not touch it.
fn code_of(spoil: Spoil, camt: bool) -> Option<&'static str> {
    match spoil {
        Spoil::NumberGap => Some("statement_gap"),
        Spoil::WrongOpening => Some("chain_broken"),
        Spoil::OtherAccount => Some("our_account_unknown"),
        // White space after the end of an XML document is none of its content.
        Spoil::LineGap | Spoil::CarriageReturns | Spoil::TrailingBytes if camt => None,
        _ => Some("file_quarantined"),
    }
}

/// Catches a spoiled statement of which anything is applied, and one that keeps the right
/// one out afterwards.
#[test]
fn a_spoiled_statement_is_refused_whole() {
    for engine in engines("statements") {
        let (office, second, _) = sent(engine);
        let mut kept_apart = std::collections::BTreeSet::new();
        for camt in [false, true] {
            for spoil in Spoil::ALL {
                let name = format!("{spoil:?}.{}", if camt { "xml" } else { "stl" });
                let path = office.path(&name);
                if camt {
                    second.bad_camt(&path, spoil).unwrap();
                } else {
                    second.bad_native(&path, spoil).unwrap();
                }
                if let Some(code) = code_of(spoil, camt) {
                    let import = ["statement", "import", &name];
                    let data = office.refused(code, ACCOUNTANT, NOW, &import);
                    if code == "file_quarantined" {
                        assert!(data["code"].is_string(), "{spoil:?}: {data}");
                        kept_apart.insert(std::fs::read(&path).unwrap());
                    }
                }
            }
        }
        let lines = office.number("select count(*) from statement_line where statement_id > 0");
        assert_eq!(lines, 1, "lines of the first statement alone");
        let noted =
            office.number("select count(*) from quarantine where code = 'file_quarantined'");
        assert_eq!(noted, i64::try_from(kept_apart.len()).unwrap());
        second.settlement_native(&office.path("right.stl")).unwrap();
        let right = office.ok(ACCOUNTANT, NOW, &["statement", "import", "right.stl"]);
        assert_eq!(right["proof"]["holds"], true);
    }
}

/// Catches a gap, a number used twice, a day before its turn, and a file of another kind.
#[test]
fn statements_come_in_order_and_once() {
    for engine in engines("statements") {
        let (office, second, third) = sent(engine);
        second
            .settlement_native(&office.path("second.stl"))
            .unwrap();
        second.settlement_camt(&office.path("second.xml")).unwrap();
        third.settlement_camt(&office.path("third.xml")).unwrap();
        let import = |name: &'static str| ["statement", "import", name];
        let data = office.refused("statement_gap", ACCOUNTANT, NOW, &import("third.xml"));
        assert_eq!((&data["expected"], &data["found"]), (&2.into(), &3.into()));
        let close = ["day", "close", "2026-06-02"];
        office.refused("day_not_ready", CHIEF, NOW, &close);
        let first = office.ok(ACCOUNTANT, NOW, &import("second.stl"));
        assert_eq!(first["again"], false);
        let before = office.books();
        let again = office.ok(ACCOUNTANT, NOW, &import("second.stl"));
        assert_eq!(again["again"], true);
        assert_eq!(again["statement"], first["statement"]);
        assert_eq!(office.books(), before);
        // The same statement in the other form has other bytes: two people must look.
        office.refused("statement_conflict", ACCOUNTANT, NOW, &import("second.xml"));
        office.ok(ACCOUNTANT, NOW, &import("third.xml"));
        office.refused("day_not_ready", CHIEF, NOW, &["day", "close", "2026-06-03"]);
        office.ok(CHIEF, NOW, &["day", "close", "2026-06-02"]);
        let closed = office.ok(CHIEF, NOW, &["day", "close", "2026-06-02"]);
        assert_eq!(closed["again"], true);
        office.ok(CHIEF, NOW, &["day", "close", "2026-06-03"]);
        for (name, code) in [
            ("june-list.csv", "file_quarantined"),
            ("setup.toml", "file_quarantined"),
            ("nowhere.stl", "file_unreadable"),
            (".", "file_unreadable"),
        ] {
            office.refused(code, ACCOUNTANT, NOW, &import(name));
        }
        std::fs::write(office.path("empty.stl"), "").unwrap();
        office.refused("file_quarantined", ACCOUNTANT, NOW, &import("empty.stl"));
        office.refused("role_missing", "lan", NOW, &import("second.stl"));
    }
}

/// Catches a statement of an account that another bank keeps under our number, or that is
/// signed with another bank's key.
#[test]
fn another_bank_cannot_speak_for_ours() {
    for engine in engines("statements") {
        let (office, second, _) = sent(engine);
        for (bin, key_id, key, code) in [
            (
                "970436",
                crate::office::KEY_ID,
                crate::office::BANK_KEY,
                "our_account_unknown",
            ),
            (
                crate::office::BIN,
                crate::office::KEY_ID,
                "another key of another bank",
                "file_quarantined",
            ),
            (
                crate::office::BIN,
                "another-key",
                crate::office::BANK_KEY,
                "file_quarantined",
            ),
        ] {
            let mut bank = Bank::new(BankConfig {
                bin: bin.into(),
                seed: 1,
                key_id: key_id.into(),
                key: key.as_bytes().to_vec(),
                faults: Faults::NONE,
            });
            bank.open_account_at(OUR_NUMBER, second.opening(), 2)
                .unwrap();
            credit(&mut bank, 1_000_000, "KB1", 20_260_602);
            let file = bank.close_day(OUR_NUMBER, 20_260_602).unwrap();
            file.settlement_native(&office.path("other.stl")).unwrap();
            file.settlement_camt(&office.path("other.xml")).unwrap();
            for name in ["other.stl", "other.xml"] {
                office.refused(code, ACCOUNTANT, NOW, &["statement", "import", name]);
            }
        }
        // A right camt beside which the signature of another file lies.
        second.settlement_camt(&office.path("second.xml")).unwrap();
        std::fs::copy(office.path("other.xml.sig"), office.path("second.xml.sig")).unwrap();
        office.refused(
            "file_quarantined",
            ACCOUNTANT,
            NOW,
            &["statement", "import", "second.xml"],
        );
    }
}

/// Catches a booking of nothing, or of more than any payment may be, that counts.
#[test]
fn a_booking_has_an_amount() {
    for engine in engines("statements") {
        let (office, second, _) = sent(engine);
        let some: Booking = second.bookings().next().unwrap();
        let key = SealKey {
            id: crate::office::KEY_ID.into(),
            key: crate::office::BANK_KEY.as_bytes().to_vec(),
        };
        let head = ansinh_simulator::statement::Head {
            bin: ansinh_simulator::text::Short::cut(crate::office::BIN),
            account: ansinh_simulator::text::Short::cut(OUR_NUMBER),
            number: 2,
            day: 20_260_602,
            opening: second.opening(),
        };
        for amount in [0, 1_000_000_000_000_000] {
            for direction in [Direction::Debit, Direction::Credit] {
                let path = office.path("amount.stl");
                let file = std::fs::File::create(&path).unwrap();
                let mut writer = NativeWriter::new(file, &head, Some(&key)).unwrap();
                let booking = Booking {
                    amount,
                    direction,
                    ..some
                };
                writer.put(&booking).unwrap();
                let moved = if direction == Direction::Debit {
                    -amount
                } else {
                    amount
                };
                writer.finish(second.opening() + moved).unwrap();
                let import = ["statement", "import", "amount.stl"];
                office.refused("file_quarantined", ACCOUNTANT, NOW, &import);
            }
        }
    }
}

/// Catches a statement of before the account was taken into the books: its movements are in
/// the opening balance, and would be booked a second time.
#[test]
fn a_statement_older_than_the_account_is_refused() {
    for engine in engines("statements") {
        let office = Office::set_up(engine, "statements");
        office.tamper("update bank_account set opened_on = 20260602");
        let (_, file) = first_day(9, BUDGET);
        file.settlement_native(&office.path("old.stl")).unwrap();
        let import = ["statement", "import", "old.stl"];
        let data = office.refused_as_it_is("statement_too_old", ACCOUNTANT, NOW, &import);
        assert_eq!(data["opened_on"], "2026-06-02");
        assert_eq!(office.number("select count(*) from statement"), 0);
    }
}
