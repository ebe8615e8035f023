//! The pure parts of the books under a stopwatch: chain links, decisions, the bank's file,
//! matching. What the database costs is measured by `ansinh bench`, against the bare
//! database in the same run.

use ansinh::ledger::chain::{Link, after_transfer};
use ansinh::ledger::decide::{AccountState, Known, NewTransfer, decide};
use ansinh::ledger::{Code, client_id};
use ansinh_settlement::{
    Day, Direction, Dong, Expected, NativeWriter, OpenPayments, RawLine, Reference,
    StatementHeader, for_each_line, verify_statement,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::io::Cursor;

const LINES: u32 = 10_000;
const KEY: &[u8] = b"bench-key";

fn day() -> Day {
    Day::new(2026, 6, 5).expect("a day")
}

fn dong(amount: i64) -> Dong {
    Dong::new(amount).expect("an amount")
}

/// A signed statement of `LINES` payments.
fn statement() -> Vec<u8> {
    let header = StatementHeader {
        bank_bin: "970405".into(),
        account_number: "1300200012345".into(),
        number: 1,
        day: day(),
        role: ansinh_settlement::StatementRole::Record,
        currency: ansinh_settlement::Currency::VND,
        opening: dong(100_000_000_000),
        key_id: Some("k".into()),
    };
    let mut writer = NativeWriter::new(Vec::new(), &header, Some(KEY)).expect("a writer");
    for n in 1..=LINES {
        let reference = Reference::new(b'P', 1, u64::from(n)).expect("a reference");
        let entry = format!("FT{n:010}");
        let line = RawLine {
            line: n,
            entry_ref: &entry,
            booking_on: day(),
            value_on: day(),
            direction: Direction::Debit,
            amount: dong(750_000),
            reference: reference.as_str(),
            counter_bin: "970405",
            counter_account: "1300200099991",
            reason: "",
            note: "",
        };
        writer.line(&line).expect("a line");
    }
    writer.finish().expect("a statement")
}

fn open_payments() -> OpenPayments {
    let mut open = OpenPayments::new(b'P', 1);
    for n in 1..=u64::from(LINES) {
        let expected = Expected {
            amount: dong(750_000),
            counter: 7,
            instructed_on: day(),
        };
        open.push(n, &expected).expect("an open payment");
    }
    open
}

fn pure(c: &mut Criterion) {
    let mut group = c.benchmark_group("pure");
    group.throughput(Throughput::Elements(u64::from(LINES)));
    group.bench_function("chain_links", |b| {
        b.iter(|| {
            let mut link = [0u8; 32];
            for n in 1..=i64::from(LINES) {
                let row = Link {
                    seq: n,
                    client_id: n * 16,
                    posting_no: 1,
                    debit_id: 1,
                    credit_id: n,
                    amount: 750_000,
                    code: 3,
                    cause_id: n,
                    reverses_seq: 0,
                };
                link = after_transfer(&link, &row);
            }
            black_box(link)
        });
    });
    let transfers: Vec<NewTransfer> = (2..i64::from(LINES) + 2)
        .map(|id| {
            NewTransfer::new(
                client_id(id, Code::Granted),
                1,
                id,
                dong(750_000),
                Code::Granted,
                id,
            )
        })
        .collect();
    group.bench_function("decide", |b| {
        b.iter(|| {
            let account = |id: i64| {
                let credits = if id == 1 { 1_000_000_000_000 } else { 0 };
                (
                    id,
                    AccountState {
                        name: id.to_string(),
                        guard: 1,
                        debits: 0,
                        credits,
                    },
                )
            };
            let mut known = Known {
                accounts: (1..i64::from(LINES) + 2).map(account).collect(),
                ..Known::default()
            };
            let decision = decide(&mut known, &[&transfers]);
            assert_eq!(decision.record.len(), transfers.len());
        });
    });
    let file = statement();
    group.bench_function("statement_verify", |b| {
        b.iter(|| {
            let keys = |_: &str| Some(KEY.to_vec());
            let summary =
                verify_statement(Cursor::new(&file), &keys, false, None).expect("verified");
            assert_eq!(summary.totals.lines, LINES);
        });
    });
    group.bench_function("statement_match", |b| {
        b.iter(|| {
            let mut open = open_payments();
            for_each_line::<_, ansinh_settlement::ReadError>(Cursor::new(&file), |line| {
                open.judge_debit(line.reference, line.amount, 7, line.booking_on);
                Ok(())
            })
            .expect("read");
            assert_eq!(open.unconsumed_len(), 0);
        });
    });
    group.finish();
}

criterion_group!(benches, pure);
criterion_main!(benches);
