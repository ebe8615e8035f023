//! Prints how many lines a second are written, verified, read and matched.
//!
//! `cargo run --release -p ansinh-settlement --example speed -- [LINES]`, a million unless
//! told.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{
    CreditTransfer, Day, Direction, Dong, Expected, GroupHeader, NativeWriter, OpenPayments,
    Pain001Writer, PaymentInfo, RawLine, ReadError, Reference, StatementHeader, Verdict,
    for_each_line, verify_statement,
};
use std::io::Cursor;
use std::time::Instant;

fn keys(_: &str) -> Option<Vec<u8>> {
    Some(b"ansinh-test-key".to_vec())
}

fn timed<T>(what: &str, count: u64, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = work();
    let nanos = begin.elapsed().as_nanos();
    let rate = u128::from(count) * 1_000_000_000 / nanos.max(1);
    println!(
        "{what:32} {rate:>12} a second, {:>6} ms in all",
        nanos / 1_000_000
    );
    result
}

fn fingerprint(account: &str) -> u64 {
    account.bytes().fold(1, |sum, b| sum * 31 + u64::from(b))
}

fn write_statement(count: u64, ascending: bool) -> Vec<u8> {
    let day = Day::new(2026, 6, 5).unwrap();
    let header = StatementHeader {
        bank_bin: "970405".to_owned(),
        account_number: "1300200012345".to_owned(),
        number: 12,
        day,
        role: ansinh_settlement::StatementRole::Record,
        currency: ansinh_settlement::Currency::VND,
        opening: Dong::new(900_000_000_000_000).unwrap(),
        key_id: Some("k1".to_owned()),
    };
    let room = usize::try_from(count * 120 + 500).unwrap();
    let mut writer =
        NativeWriter::new(Vec::with_capacity(room), &header, Some(b"ansinh-test-key")).unwrap();
    for n in 0..count {
        let id = if ascending { n } else { n ^ 1 };
        writer
            .line(&RawLine {
                line: 0,
                entry_ref: &format!("FT26156{id:09}"),
                booking_on: day,
                value_on: day,
                direction: Direction::Debit,
                amount: Dong::new(500_000).unwrap(),
                reference: Reference::new(b'P', 1, n).unwrap().as_str(),
                counter_bin: "970436",
                counter_account: &format!("{:013}", n * 7),
                reason: "",
                note: "",
            })
            .unwrap();
    }
    writer.finish().unwrap()
}

fn write_order(count: u64) {
    let amount = Dong::new(500_000).unwrap();
    let group = GroupHeader {
        message_id: "AS-1",
        created_at: "2026-06-05T08:30:00+07:00",
        count,
        sum: Dong::new(500_000 * i64::try_from(count).unwrap()).unwrap(),
        initiator_name: "Phòng Nội vụ",
    };
    let info = PaymentInfo {
        id: "AS-1-1",
        requested_on: Day::new(2026, 6, 5).unwrap(),
        debtor_name: "Phòng Nội vụ",
        debtor_account: "1300200012345",
        debtor_bin: "970405",
    };
    let mut writer = Pain001Writer::new(std::io::sink(), &group, &info).unwrap();
    for n in 0..count {
        writer
            .payment(&CreditTransfer {
                end_to_end: Reference::new(b'P', 1, n).unwrap().as_str(),
                amount,
                creditor_name: "Nguyễn Thị Bích Phượng",
                creditor_account: "0071000012345",
                creditor_bin: "970436",
                purpose: "Trợ cấp hưu trí xã hội tháng 6/2026",
            })
            .unwrap();
    }
    writer.finish().unwrap();
}

fn match_all(bytes: &[u8], open: &mut OpenPayments) -> u64 {
    let mut matched = 0;
    for_each_line::<_, ReadError>(bytes, |line| {
        let counter = fingerprint(line.counter_account);
        let judged = open.judge_debit(line.reference, line.amount, counter, line.booking_on);
        matched += u64::from(judged.0 == Verdict::Matched);
        Ok(())
    })
    .unwrap();
    matched
}

fn main() {
    let count = std::env::args()
        .nth(1)
        .map_or(1_000_000, |text| text.parse().unwrap());
    let bytes = timed("settlement file: write", count, || {
        write_statement(count, true)
    });
    timed("settlement file: verify", count, || {
        verify_statement(Cursor::new(&bytes), &keys, false, None).unwrap()
    });
    let mixed = write_statement(count, false);
    timed("  with ids out of order", count, || {
        verify_statement(Cursor::new(&mixed), &keys, false, None).unwrap()
    });
    drop(mixed);
    timed("settlement file: read", count, || {
        for_each_line::<_, ReadError>(&bytes[..], |_| Ok(())).unwrap()
    });
    let mut open = OpenPayments::new(b'P', 1);
    let day = Day::new(2026, 6, 4).unwrap();
    timed("open payments: add", count, || {
        for n in 0..count {
            let expected = Expected {
                amount: Dong::new(500_000).unwrap(),
                counter: fingerprint(&format!("{:013}", n * 7)),
                instructed_on: day,
            };
            open.push(n, &expected).unwrap();
        }
    });
    let matched = timed("settlement file: read and match", count, || {
        match_all(&bytes, &mut open)
    });
    assert_eq!((matched, open.unconsumed().count()), (count, 0));
    timed("payment order: write", count, || write_order(count));
    let references: Vec<_> = (0..count)
        .map(|n| Reference::new(b'P', 1, n).unwrap())
        .collect();
    timed("judge alone (settled already)", count, || {
        let amount = Dong::new(500_000).unwrap();
        for reference in &references {
            assert!(
                open.judge_debit(reference.as_str(), amount, 1, day)
                    .1
                    .is_some()
            );
        }
    });
}
