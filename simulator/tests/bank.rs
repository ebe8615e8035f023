//! The bank's books under every fault: files that prove themselves, a truth that
//! agrees with them, and payment files taken whole, once, or not at all.

#![allow(clippy::unwrap_used)] // helpers of tests are not marked as tests

mod reading;

use std::collections::HashMap;

use ansinh_simulator::bank::{Deed, Fate, Outcome};
use ansinh_simulator::{Bank, BankConfig, BankError, DayFile, Faults, Share, Spoil};
use reading::{BIN, KEY, Native, OUR_ACCOUNT, Wish, pain, read_native, wishes};

fn bank(seed: u64, faults: Faults) -> Bank {
    let mut bank = Bank::new(BankConfig {
        bin: BIN.into(),
        seed,
        key_id: "k1".into(),
        key: KEY.to_vec(),
        faults,
    });
    bank.open_account(OUR_ACCOUNT, 0).unwrap();
    bank
}

fn take(bank: &mut Bank, id: &str, day: &str, wishes: &[Wish]) -> Outcome {
    let file = pain(id, OUR_ACCOUNT, day, wishes);
    let receipt = bank.take_payments(file.as_bytes());
    assert!(receipt.outcome != Outcome::Refused, "{:?}", receipt.reasons);
    receipt.outcome
}

fn native(day: &DayFile) -> Native {
    let mut bytes = Vec::new();
    day.native_to(&mut bytes).unwrap();
    read_native(&bytes).unwrap_or_else(|error| panic!("statement {}: {error}", day.number()))
}

/// Three days of a bank: money arrives, two files are paid, one day only catches up.
fn three_days(seed: u64, faults: Faults) -> (Bank, Vec<DayFile>) {
    let mut bank = bank(seed, faults);
    let from = ("970499", "0000001");
    bank.credit(OUR_ACCOUNT, 900_000_000, "KB01", from, "kinh phi", 20260604)
        .unwrap();
    take(&mut bank, "M1", "2026-06-05", &wishes(300, "A"));
    take(&mut bank, "M2", "2026-06-06", &wishes(200, "B"));
    let days = [20260605, 20260606, 20260608];
    let files = days.map(|day| bank.close_day(OUR_ACCOUNT, day).unwrap());
    (bank, files.into())
}

fn each_fault() -> Vec<(String, Faults)> {
    let names = [
        "closed",
        "closed_later",
        "late",
        "doubled",
        "redelivered",
        "short",
        "excess",
        "misdirected",
        "cut_reference",
        "dropped",
        "foreign_debit",
        "fee",
        "foreign_credit",
    ];
    let mut all: Vec<(String, Faults)> = names
        .iter()
        .map(|name| {
            let mut faults = Faults::NONE;
            *faults.by_name(name).unwrap() = Share {
                per_mille: 20,
                exactly: 3,
            };
            ((*name).to_owned(), faults)
        })
        .collect();
    all.push(("none".into(), Faults::NONE));
    all.push(("all".into(), Faults::all(Share::per_mille(30))));
    all.push(("too many".into(), Faults::all(Share::per_mille(300))));
    all
}

/// Catches a statement whose balances, sums, counts, numbers or MAC do not add up
/// under some fault, and a day that does not open where the last one closed.
#[test]
fn every_statement_proves_itself_under_every_fault() {
    for (name, faults) in each_fault() {
        for seed in 0..3 {
            let (bank, days) = three_days(seed, faults);
            let mut before = (0, 0);
            for day in &days {
                let file = native(day);
                assert_eq!(
                    (file.opening, file.number),
                    (before.1, before.0 + 1),
                    "{name}"
                );
                assert_eq!((file.closing, file.day), (day.closing(), day.day()));
                before = (file.number, file.closing);
            }
            assert_eq!(bank.balance(OUR_ACCOUNT), Some(before.1));
        }
    }
}

/// Catches a truth that tells of other lines than the files have, or of another sum.
#[test]
fn the_truth_agrees_with_the_files_and_the_balance() {
    for (name, faults) in each_fault() {
        let (bank, days) = three_days(9, faults);
        let deeds = bank.truth();
        let told: i64 = deeds.iter().map(|d| d.credited - d.debited).sum();
        assert_eq!(bank.balance(OUR_ACCOUNT), Some(told), "{name}");
        let mut lines: HashMap<(u32, String), (u32, i64, String)> = HashMap::new();
        for day in &days {
            for detail in native(day).details {
                let line = lines.entry((day.number(), detail.entry_id)).or_default();
                *line = (line.0 + 1, detail.amount, detail.reference);
            }
        }
        for deed in &deeds {
            for booked in &deed.bookings {
                let key = (booked.statement, booked.entry_id.clone());
                let line = lines.remove(&key).expect("a booking that no file has");
                assert_eq!(
                    line,
                    (booked.copies, booked.amount, booked.reference.clone())
                );
            }
        }
        assert!(lines.is_empty(), "{name}: lines nobody tells of: {lines:?}");
        assert_eq!(deeds.iter().filter(|d| d.instructed.is_some()).count(), 500);
        let brief = deeds.into_iter().filter(|d| d.fate != Fate::Settled);
        assert_eq!(brief.collect::<Vec<_>>(), bank.misdeeds(), "{name}");
    }
}

fn by_fate(deeds: &[Deed], fate: Fate) -> Vec<&Deed> {
    deeds.iter().filter(|d| d.fate == fate).collect()
}

/// Catches a fault that does not do what its name says, or not as often as asked.
#[test]
fn each_fault_does_what_its_name_says() {
    let (bank, days) = three_days(4, Faults::all(Share::exactly(2)));
    let deeds = bank.truth();
    let (first, second) = (days[0].day(), days[1].day());
    for deed in &deeds {
        let asked = deed.instructed.unwrap_or(0);
        let n = deed.bookings.len();
        let (paid, back) = (deed.debited, deed.credited);
        let at = |place: usize| deed.bookings[place].day;
        match deed.fate {
            Fate::Settled => assert_eq!((n, paid, back), (1, asked, 0)),
            Fate::Closed | Fate::ClosedLater => {
                assert_eq!((n, paid, back), (2, asked, asked));
                assert_eq!(deed.bookings[1].reason, "AC04");
                assert_eq!(at(1) > at(0), deed.fate == Fate::ClosedLater);
            }
            Fate::Late => {
                assert_eq!((n, paid, back), (1, asked, 0));
                let due = if deed.reference.starts_with('A') {
                    first
                } else {
                    second
                };
                assert!(at(0) > due);
            }
            Fate::Doubled => assert_eq!((n, paid, back), (2, asked * 2, 0)),
            Fate::Redelivered => {
                assert_eq!((n, paid, back, deed.bookings[0].copies), (1, asked, 0, 2));
            }
            Fate::Short => assert!(n == 1 && paid < asked && paid > 0),
            Fate::Excess => assert!(n == 1 && paid > asked),
            Fate::Misdirected => {
                assert_eq!((n, paid), (1, asked));
                let place: usize = deed.reference[1..].parse().unwrap();
                assert_ne!(
                    deed.bookings[0].counter_account,
                    format!("{:013}", 7_000_000 + place)
                );
            }
            Fate::CutReference => {
                assert_eq!((n, paid, back), (1, asked, 0));
                let booked = &deed.bookings[0].reference;
                assert!(booked.len() < deed.reference.len() && !booked.is_empty());
                assert!(deed.reference.starts_with(booked.as_str()));
            }
            Fate::Dropped => assert_eq!((n, paid, back), (0, 0, 0)),
            Fate::ForeignDebit | Fate::Fee => assert!(n == 1 && paid > 0 && back == 0),
            Fate::ForeignCredit | Fate::Credit => assert!(n == 1 && paid == 0 && back > 0),
            Fate::Queued => panic!("nothing waits"),
        }
    }
    use Fate::*;
    for fate in [
        Closed,
        ClosedLater,
        Late,
        Doubled,
        Redelivered,
        Short,
        Excess,
        Misdirected,
        CutReference,
        Dropped,
        ForeignDebit,
        Fee,
        ForeignCredit,
    ] {
        // two of each block, or two of each day with payments
        assert_eq!(by_fate(&deeds, fate).len(), 4, "{fate:?}");
    }
    assert_eq!(by_fate(&deeds, Credit).len(), 1);
}

/// Catches a bank that books a payment file twice when it comes twice.
#[test]
fn a_payment_file_that_comes_twice_books_nothing_more() {
    let mut bank = bank(1, Faults::NONE);
    let wishes = wishes(20, "A");
    assert_eq!(
        take(&mut bank, "M1", "2026-06-05", &wishes),
        Outcome::Accepted
    );
    assert_eq!(
        take(&mut bank, "M1", "2026-06-05", &wishes),
        Outcome::Duplicate
    );
    assert_eq!(
        bank.close_day(OUR_ACCOUNT, 20260605)
            .unwrap()
            .totals()
            .debits,
        20
    );
    assert_eq!(
        take(&mut bank, "M1", "2026-06-06", &wishes),
        Outcome::Duplicate
    );
    let after = bank.close_day(OUR_ACCOUNT, 20260608).unwrap();
    assert_eq!(
        (after.totals().details(), after.opening()),
        (0, after.closing())
    );
    assert!(matches!(
        bank.close_day(OUR_ACCOUNT, 20260608),
        Err(BankError::Day(_))
    ));
}

/// Catches a bank that takes a part of a payment file it should refuse whole.
#[test]
fn what_does_not_add_up_is_refused_whole() {
    let good = pain("M1", OUR_ACCOUNT, "2026-06-05", &wishes(3, "A"));
    let cases = [
        ("another count", good.replace("<NbOfTxs>3<", "<NbOfTxs>4<")),
        ("another sum", good.replace("<CtrlSum>", "<CtrlSum>1")),
        (
            "another account",
            good.replace(OUR_ACCOUNT, "1300200012346"),
        ),
        ("another bank", good.replace(BIN, "970436")),
        ("dollars", good.replacen("Ccy=\"VND\"", "Ccy=\"USD\"", 1)),
        ("hào", good.replacen("</InstdAmt>", ".50</InstdAmt>", 1)),
        (
            "a long reference",
            good.replacen("A0000000001", "A0000000001000000", 1),
        ),
        ("cut", good[..good.len() - 60].to_owned()),
        (
            "another message",
            good.replace("pain.001.001.09", "pain.001.001.03"),
        ),
        (
            "a document type",
            good.replacen("<Document", "<!DOCTYPE a><Document", 1),
        ),
        ("a cheque", good.replace(">TRF<", ">CHK<")),
        (
            "no day",
            good.replace("<Dt>2026-06-05</Dt>", "<Dt>2026-06-31</Dt>"),
        ),
        ("crossed tags", good.replacen("</Amt>", "</CdtrAgt>", 1)),
        ("empty", String::new()),
    ];
    let mut bank = bank(1, Faults::NONE);
    for (name, file) in cases {
        assert_ne!(file, good, "{name}");
        let receipt = bank.take_payments(file.as_bytes());
        assert_eq!(
            (receipt.outcome, receipt.payments),
            (Outcome::Refused, 0),
            "{name}"
        );
        assert!(!receipt.reasons.is_empty(), "{name}");
    }
    // a refused message id may come again, mended
    let receipt = bank.take_payments(good.as_bytes());
    assert_eq!(
        (receipt.outcome, receipt.payments),
        (Outcome::Accepted, 3),
        "{receipt:?}"
    );
    assert_eq!(receipt.total, 750_000 + 1_000_000 + 1_250_000);
}

/// Catches a payment booked before its execution day, or twice, or forgotten.
#[test]
fn payments_wait_for_their_day() {
    let mut bank = bank(1, Faults::NONE);
    take(&mut bank, "M1", "2026-06-08", &wishes(5, "A"));
    let early = bank.close_day(OUR_ACCOUNT, 20260605).unwrap();
    assert_eq!((early.totals().details(), early.waiting()), (0, 5));
    assert!(bank.truth().iter().all(|d| d.fate == Fate::Queued));
    let due = bank.close_day(OUR_ACCOUNT, 20260608).unwrap();
    assert_eq!((due.totals().debits, due.waiting()), (5, 0));
}

/// Catches a seed that gives other bytes the second time, or the same for every seed.
#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bytes = |seed| -> Vec<Vec<u8>> {
        let (_, days) = three_days(seed, Faults::all(Share::per_mille(20)));
        let write = |day: &DayFile| {
            let mut out = Vec::new();
            day.native_to(&mut out).unwrap();
            out
        };
        days.iter().map(write).collect()
    };
    assert_eq!(bytes(11), bytes(11));
    assert_ne!(bytes(11), bytes(12));
}

/// Catches a bad file that is good, or bad in another way than its name says.
#[test]
fn bad_files_fail_at_the_check_they_are_meant_for() {
    let (_, days) = three_days(2, Faults::all(Share::exactly(1)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.stl");
    for spoil in Spoil::ALL {
        days[1].bad_native(&path, spoil).unwrap();
        let found = read_native(&std::fs::read(&path).unwrap());
        let error = found.as_ref().err().cloned().unwrap_or_default();
        let good = native(&days[1]);
        match spoil {
            Spoil::Cut => assert!(!error.is_empty()),
            Spoil::FlippedByte | Spoil::WrongMac => assert_eq!(error, "MAC"),
            Spoil::WrongTotals => assert_eq!(error, "debits of the trailer"),
            Spoil::WrongClosing => assert!(error.ends_with("closing balance")),
            Spoil::Unsigned | Spoil::UnknownKey => assert_eq!(error, "key id"),
            Spoil::ClashingEntry => assert_eq!(error, "an entry id with two bookings"),
            Spoil::TrailingBytes => assert_eq!(error, "trailer"),
            Spoil::LineGap => assert_eq!(error, "line number"),
            Spoil::CarriageReturns => assert_eq!(error, "characters"),
            Spoil::NumberGap => assert_eq!(found.unwrap().number, good.number + 1),
            Spoil::WrongOpening => assert_eq!(found.unwrap().opening, good.opening + 1000),
            Spoil::OtherAccount => assert_ne!(found.unwrap().account, OUR_ACCOUNT),
        }
    }
}

/// Catches payments of one file that are booked to the account of another block.
#[test]
fn a_file_may_pay_from_two_accounts() {
    const SECOND: &str = "1300200099991";
    let mut bank = bank(1, Faults::NONE);
    bank.open_account(SECOND, 7_000_000).unwrap();
    assert!(matches!(
        bank.open_account(SECOND, 0),
        Err(BankError::AccountExists(_))
    ));
    let (one, two) = (wishes(3, "A"), wishes(2, "B"));
    let sums = |n: usize, total: i64| format!("<NbOfTxs>{n}</NbOfTxs><CtrlSum>{total}</CtrlSum>");
    let total = |list: &[Wish]| list.iter().map(|w| w.amount).sum::<i64>();
    let first = pain("M1", OUR_ACCOUNT, "2026-06-05", &one);
    let second = pain("M1", SECOND, "2026-06-06", &two);
    let block = &second[second.find("<PmtInf>").unwrap()..];
    let file = first
        .replacen(
            &sums(3, total(&one)),
            &sums(5, total(&one) + total(&two)),
            1,
        )
        .replace("</CstmrCdtTrfInitn></Document>\n", block);
    let receipt = bank.take_payments(file.as_bytes());
    assert_eq!(
        (receipt.outcome, receipt.payments),
        (Outcome::Accepted, 5),
        "{receipt:?}"
    );
    let days = [(OUR_ACCOUNT, 20260605, &one), (SECOND, 20260606, &two)];
    for (account, day, list) in days {
        let file = native(&bank.close_day(account, day).unwrap());
        assert_eq!((file.account.as_str(), file.number), (account, 1));
        assert_eq!(file.opening - file.closing, total(list));
        let references: Vec<_> = file.details.iter().map(|d| &d.reference).collect();
        assert_eq!(
            references,
            list.iter().map(|w| &w.reference).collect::<Vec<_>>()
        );
    }
}

/// Catches a sum too large for the files that is booked, or brings the bank down.
#[test]
fn what_no_field_can_hold_is_refused() {
    let mut bank = bank(1, Faults::NONE);
    let mut huge = wishes(10_000, "A");
    for wish in &mut huge {
        wish.amount = 999_999_999_999_999;
    }
    let file = pain("M1", OUR_ACCOUNT, "2026-06-05", &huge);
    assert_eq!(
        bank.take_payments(file.as_bytes()).outcome,
        Outcome::Refused
    );
    let debt = -999_999_999_999_999;
    bank.open_account_at("2", debt, 99_999_999).unwrap();
    let file = pain("M2", "2", "2026-06-05", &wishes(1, "A"));
    assert_eq!(
        bank.take_payments(file.as_bytes()).outcome,
        Outcome::Accepted
    );
    assert!(matches!(
        bank.close_day("2", 20260605),
        Err(BankError::Amount)
    ));
    assert_eq!(bank.balance("2"), Some(debt));
    assert!(matches!(
        bank.open_account("3", debt - 1),
        Err(BankError::Amount)
    ));
}

/// Catches money that arrives on a closed day, twice, or before it came.
#[test]
fn money_arrives_on_its_day() {
    let mut bank = bank(1, Faults::NONE);
    let from = ("970499", "1");
    bank.credit(OUR_ACCOUNT, 5, "KB2", from, "", 20260608)
        .unwrap();
    bank.credit(OUR_ACCOUNT, 3, "KB1", from, "", 20260605)
        .unwrap();
    assert_eq!(bank.close_day(OUR_ACCOUNT, 20260605).unwrap().closing(), 3);
    let late = bank.credit(OUR_ACCOUNT, 1, "KB0", from, "", 20260605);
    assert!(matches!(late, Err(BankError::Day(20260605))));
    let none = bank.credit(OUR_ACCOUNT, 0, "", from, "", 20260608);
    assert!(matches!(none, Err(BankError::Amount)));
    let long = bank.credit(OUR_ACCOUNT, 1, "12345678901234567", from, "", 20260608);
    assert!(matches!(long, Err(BankError::Text("reference"))));
    assert_eq!(bank.close_day(OUR_ACCOUNT, 20260606).unwrap().closing(), 3);
    assert_eq!(bank.close_day(OUR_ACCOUNT, 20260609).unwrap().closing(), 8);
}
