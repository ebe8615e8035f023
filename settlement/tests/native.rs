//! The settlement file as a whole: the page's example, round trips, and every small change.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{
    Day, Direction, Dong, NativeWriter, RawLine, ReadError, ReadErrorKind, StatementFormat,
    StatementHeader, StatementLine, StatementReader, StatementSummary, for_each_line,
    sign_detached, verify_statement,
};
use proptest::prelude::*;
use std::io::{BufReader, Cursor};

const KEY: &[u8] = b"ansinh-test-key";

const EXAMPLE: &str = concat!(
    "HANSINHSTL19704051300200012345      0000001220260605+000000002000000k1              VND                                \n",
    "D00000001FT26156000001   2026060520260605D000000000750000A00100000000001X9704051300200099991                           \n",
    "D00000002FT26156000002   2026060520260605D000000000500000A00100000000002X9704360071000012345                           \n",
    "D00000003FT26156000003   2026060520260605C000000000500000A00100000000002X9704360071000012345      AC04account closed   \n",
    "T000000030000000200000001000000000001250000000000000000500000+0000000012500000504e192797d477d41eec2108711e2a34d68c9afff495ec767723cf1be5592f4\n",
);

fn keys(id: &str) -> Option<Vec<u8>> {
    (id == "k1").then(|| KEY.to_vec())
}

fn verify(bytes: &[u8]) -> Result<StatementSummary, ReadError> {
    verify_statement(Cursor::new(bytes), &keys, false, None)
}

fn dong(amount: i64) -> Dong {
    Dong::new(amount).unwrap()
}

fn day(number: i64) -> Day {
    Day::from_number(number).unwrap()
}

fn read_all(bytes: &[u8]) -> Vec<StatementLine> {
    let (_, mut reader) = StatementReader::open(bytes).unwrap();
    let mut lines = Vec::new();
    while reader.next_into(&mut lines, 2).unwrap() > 0 {}
    lines
}

fn write(header: &StatementHeader, lines: &[StatementLine]) -> Vec<u8> {
    let key = header.key_id.as_ref().map(|_| KEY);
    let mut writer = NativeWriter::new(Vec::new(), header, key).unwrap();
    for line in lines {
        writer.line(&line.as_raw()).unwrap();
    }
    writer.finish().unwrap()
}

/// Catches a reader that departs from the page: another field, another byte under the MAC.
#[test]
fn reads_the_example_of_the_page() {
    let summary = verify(EXAMPLE.as_bytes()).unwrap();
    assert!(summary.signed);
    assert_eq!(summary.format, StatementFormat::AnSinh1);
    assert_eq!(summary.header.bank_bin, "970405");
    assert_eq!(summary.header.account_number, "1300200012345");
    assert_eq!(summary.header.number, 12);
    assert_eq!(summary.header.day, day(20_260_605));
    assert_eq!(summary.header.opening, dong(2_000_000));
    assert_eq!(summary.header.key_id.as_deref(), Some("k1"));
    assert_eq!(summary.totals.lines, 3);
    assert_eq!(summary.totals.closing, dong(1_250_000));
    assert_eq!(summary.distinct_debit_total, dong(1_250_000));
    assert_eq!(summary.distinct_credit_total, dong(500_000));
    assert!(summary.repeated.is_empty());

    let lines = read_all(EXAMPLE.as_bytes());
    assert_eq!(lines.len(), 3);
    let third = StatementLine {
        line: 3,
        entry_ref: "FT26156000003".to_owned(),
        booking_on: day(20_260_605),
        value_on: day(20_260_605),
        direction: Direction::Credit,
        amount: dong(500_000),
        reference: "A00100000000002X".to_owned(),
        counter_bin: "970436".to_owned(),
        counter_account: "0071000012345".to_owned(),
        reason: "AC04".to_owned(),
        note: "account closed".to_owned(),
    };
    assert_eq!(lines[2], third);
}

/// Catches a writer that departs from the page.
#[test]
fn writes_the_example_of_the_page() {
    let (header, _) = StatementReader::open(EXAMPLE.as_bytes()).unwrap();
    let written = write(&header, &read_all(EXAMPLE.as_bytes()));
    assert_eq!(String::from_utf8(written).unwrap(), EXAMPLE);
}

/// Catches a reader that depends on how the bytes arrive.
#[test]
fn reads_byte_by_byte() {
    let narrow = BufReader::with_capacity(1, Cursor::new(EXAMPLE.as_bytes()));
    assert!(verify_statement(narrow, &keys, false, None).is_ok());
    let mut count = 0;
    let counted = for_each_line::<_, ReadError>(EXAMPLE.as_bytes(), |_| {
        count += 1;
        Ok(())
    });
    assert_eq!((counted.unwrap().number, count), (12, 3));
}

fn example_parts() -> (StatementHeader, Vec<StatementLine>) {
    let (header, _) = StatementReader::open(EXAMPLE.as_bytes()).unwrap();
    (header, read_all(EXAMPLE.as_bytes()))
}

/// The file with these lines, its balance being that of the lines named in `distinct`.
fn with_repeats(lines: &[StatementLine], distinct: &[usize]) -> Vec<u8> {
    let (header, _) = example_parts();
    let mut writer = NativeWriter::new(Vec::new(), &header, Some(KEY)).unwrap();
    for line in lines {
        writer.line(&line.as_raw()).unwrap();
    }
    let whole = writer.finish().unwrap();
    let (_, mut reader) = StatementReader::open(&whole[..]).unwrap();
    while reader.next_raw().unwrap().is_some() {}
    let mut totals = *reader.totals().unwrap();
    totals.closing = distinct
        .iter()
        .fold(header.opening, |sum, &at| match lines[at].direction {
            Direction::Debit => sum.minus(lines[at].amount).unwrap(),
            Direction::Credit => sum.plus(lines[at].amount).unwrap(),
        });
    let mut writer = NativeWriter::new(Vec::new(), &header, Some(KEY)).unwrap();
    for line in lines {
        writer.line(&line.as_raw()).unwrap();
    }
    writer.finish_with(&totals).unwrap()
}

/// Catches a redelivered line that is counted twice in the balance, or one that is not seen
/// because it does not stand beside its first.
#[test]
fn a_repeated_entry_counts_once() {
    let (_, mut lines) = example_parts();
    lines.push(lines[0].clone());
    lines.push(lines[2].clone());
    lines[4].note = "again".to_owned();
    lines.push(lines[2].clone());
    let summary = verify(&with_repeats(&lines, &[0, 1, 2])).unwrap();
    assert_eq!(summary.repeated, [4, 5, 6]);
    assert_eq!(summary.totals.debit_total, dong(2_000_000));
    assert_eq!(summary.totals.credit_total, dong(1_500_000));
    assert_eq!(summary.distinct_debit_total, dong(1_250_000));
    assert_eq!(summary.distinct_credit_total, dong(500_000));
    let counted_twice = with_repeats(&lines, &[0, 1, 2, 3, 4, 5]);
    assert_eq!(
        verify(&counted_twice).unwrap_err().kind,
        ReadErrorKind::BalanceDiffers
    );
}

/// Catches a second booking that hides under the entry id of another.
#[test]
fn an_entry_id_with_two_bookings_is_refused() {
    let changes: [fn(&mut StatementLine); 8] = [
        |l| l.booking_on = day(20_260_604),
        |l| l.value_on = day(20_260_604),
        |l| l.direction = Direction::Credit,
        |l| l.amount = dong(750_001),
        |l| l.reference = String::new(),
        |l| l.counter_bin = "970436".to_owned(),
        |l| l.counter_account = "1".to_owned(),
        |l| l.reason = "FEE".to_owned(),
    ];
    for change in changes {
        let (_, mut lines) = example_parts();
        let mut second = lines[0].clone();
        change(&mut second);
        lines.push(second);
        let error = verify(&with_repeats(&lines, &[0, 1, 2])).unwrap_err();
        assert_eq!((error.kind, error.line), (ReadErrorKind::EntryConflict, 5));
        assert_eq!(error.found, "FT26156000001");
    }
}

/// Catches unsigned files taken where they are not allowed, and detached signatures ignored.
#[test]
fn signatures_are_asked_for() {
    let (mut header, lines) = example_parts();
    header.key_id = None;
    let bytes = write(&header, &lines);
    let open = |unsigned, signature: Option<&str>| {
        verify_statement(Cursor::new(&bytes), &keys, unsigned, signature)
    };
    assert!(!open(true, None).unwrap().signed);
    let signature = sign_detached(&bytes[..], "k1", KEY).unwrap();
    let summary = open(false, Some(&signature)).unwrap();
    assert!(summary.signed);
    assert_eq!(summary.header.key_id.as_deref(), Some("k1"));
    assert_eq!(
        open(false, None).unwrap_err().kind,
        ReadErrorKind::UnsignedRefused
    );
    let wrong = sign_detached(&b"other"[..], "k1", KEY).unwrap();
    assert_eq!(
        open(true, Some(&wrong)).unwrap_err().kind,
        ReadErrorKind::MacMismatch
    );
}

/// Catches any single changed byte that passes, in each of its 255 other values for a sample
/// of places and with one flipped bit at all of them.
#[test]
fn every_changed_byte_is_found() {
    let example = EXAMPLE.as_bytes();
    for at in 0..example.len() {
        let mut changed = example.to_vec();
        for bit in 0..8 {
            changed[at] = example[at] ^ (1 << bit);
            assert!(verify(&changed).is_err(), "bit {bit} of byte {at}");
        }
        if at % 17 == 0 {
            for value in (0..=255).filter(|&v| v != example[at]) {
                changed[at] = value;
                assert!(verify(&changed).is_err(), "byte {at} as {value}");
            }
        }
    }
}

/// Catches a cut or a doubled piece that passes, at every place.
#[test]
fn every_cut_is_found() {
    let example = EXAMPLE.as_bytes();
    for at in 0..example.len() {
        assert!(verify(&example[..at]).is_err(), "the first {at} bytes");
        assert!(
            at == 0 || verify(&example[at..]).is_err(),
            "without {at} bytes"
        );
        let mut without = example.to_vec();
        without.remove(at);
        assert!(verify(&without).is_err(), "without byte {at}");
    }
}

fn text(length: usize) -> impl Strategy<Value = String> {
    let pattern = format!("([!-~]([ -~]{{0,{}}}[!-~])?)?", length - 2);
    proptest::string::string_regex(&pattern).unwrap()
}

fn any_line() -> impl Strategy<Value = StatementLine> {
    let ids = proptest::string::string_regex("[!-~]([ -~]{0,14}[!-~])?").unwrap();
    let bins = proptest::string::string_regex("([0-9]{6})?").unwrap();
    (
        (
            ids,
            -400_i64..=0,
            -400_i64..400,
            any::<bool>(),
            1_i64..1_000_000_000_000_000,
        ),
        (text(16), bins, text(19), text(4), text(17)),
    )
        .prop_map(|((entry_ref, booked, value, debit, amount), texts)| {
            let (reference, counter_bin, counter_account, reason, note) = texts;
            StatementLine {
                line: 0,
                entry_ref,
                booking_on: day(20_260_605).plus_days(booked),
                value_on: day(20_260_605).plus_days(value),
                direction: if debit {
                    Direction::Debit
                } else {
                    Direction::Credit
                },
                amount: dong(amount / 1_000),
                reference,
                counter_bin,
                counter_account,
                reason,
                note,
            }
        })
        .prop_filter("an amount", |line| line.amount > Dong::ZERO)
}

fn any_statement() -> impl Strategy<Value = (StatementHeader, Vec<StatementLine>)> {
    let lines = proptest::collection::btree_map("[A-Z0-9]{1,16}", any_line(), 0..12);
    let account = proptest::string::string_regex("[0-9A-Z]{1,19}").unwrap();
    (
        account,
        1_u32..100_000_000,
        -900_000_000_000_i64..=900_000_000_000,
        any::<bool>(),
        lines,
        any::<u64>(),
    )
        .prop_map(|(account_number, number, opening, signed, lines, order)| {
            let header = StatementHeader {
                bank_bin: "970405".to_owned(),
                account_number,
                number,
                day: day(20_260_605),
                role: ansinh_settlement::StatementRole::Record,
                currency: ansinh_settlement::Currency::VND,
                opening: dong(opening),
                key_id: signed.then(|| "k1".to_owned()),
            };
            let mut lines: Vec<_> = lines
                .into_iter()
                .map(|(entry_ref, line)| StatementLine { entry_ref, ..line })
                .collect();
            let turn = usize::try_from(order % 13).unwrap() % lines.len().max(1);
            lines.rotate_left(turn);
            for (line, number) in lines.iter_mut().zip(1..) {
                line.line = number;
                line.amount = dong(line.amount.get() % 10_000_000_000 + 1);
            }
            (header, lines)
        })
}

proptest! {
    /// Catches a field that the writer and the reader see differently.
    #[test]
    fn what_is_written_is_read((header, lines) in any_statement()) {
        let bytes = write(&header, &lines);
        let summary = verify_statement(Cursor::new(&bytes), &keys, true, None).unwrap();
        prop_assert_eq!(summary.signed, header.key_id.is_some());
        prop_assert_eq!(&summary.header, &header);
        prop_assert_eq!(read_all(&bytes), lines.clone());
        let sum = |direction| lines.iter().filter(|l| l.direction == direction)
            .map(|l| l.amount.get()).sum::<i64>();
        prop_assert_eq!(summary.totals.debit_total.get(), sum(Direction::Debit));
        prop_assert_eq!(summary.totals.credit_total.get(), sum(Direction::Credit));
    }

    /// Catches lines that are cut, doubled, swapped or mixed and yet verify, and any panic.
    #[test]
    fn a_changed_file_never_verifies(
        (mut header, lines) in any_statement(),
        change in 0..6,
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        header.key_id = Some("k1".to_owned());
        let bytes = write(&header, &lines);
        let mut pieces: Vec<Vec<u8>> = bytes.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        let (a, b) = (first.index(pieces.len()), second.index(pieces.len()));
        match change {
            0 => { pieces.remove(a); }
            1 => { let line = pieces[a].clone(); pieces.insert(b, line); }
            2 => pieces.swap(a, b),
            3 => { let at = second.index(pieces[a].len()); pieces[a][at] = byte; }
            4 => { let at = second.index(pieces[a].len()); pieces[a].insert(at, byte); }
            _ => { let at = second.index(pieces[a].len()); pieces[a].truncate(at); }
        }
        let changed = pieces.concat();
        if changed == bytes {
            prop_assert!(verify(&changed).is_ok());
        } else {
            prop_assert!(verify(&changed).is_err());
        }
    }

    /// Catches a panic on bytes that are no statement at all.
    #[test]
    fn any_bytes_are_answered(
        front in prop::sample::select(vec!["", "HANSINHSTL1", "<?xml?>", "<Document", "D00000001", ":20:"]),
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let all = [front.as_bytes(), &bytes].concat();
        prop_assert!(verify_statement(Cursor::new(&all), &keys, true, None).is_err());
    }
}

/// Catches a borrowed line that differs from the owned one.
#[test]
fn borrowed_and_owned_lines_agree() {
    let lines = read_all(EXAMPLE.as_bytes());
    let mut at = 0;
    for_each_line::<_, ReadError>(EXAMPLE.as_bytes(), |raw: RawLine| {
        assert_eq!(raw, lines[at].as_raw());
        at += 1;
        Ok(())
    })
    .unwrap();
}
