//! The pure parts of the books under a stopwatch: chain links, decisions, the bank's file,
//! matching, messages of ISO 8583. What the database costs is measured by `ansinh bench`, against the bare
//! database in the same run.

use ansinh::gateway::iso8583::{Body, Codec, MacKey, Message, Profile, Request, Trace, Transfer};
use ansinh::ledger::chain::{Link, after_transfer};
use ansinh::ledger::decide::{AccountState, Known, NewTransfer, decide};
use ansinh::ledger::{Code, client_id};
use ansinh_settlement::{
    Day, Direction, Dong, Expected, NativeWriter, OpenPayments, RawLine, Reference,
    StatementHeader, for_each_line, verify_statement,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use iso8583_rs::iso8583::iso_spec;
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

/// A transfer, as it goes over the wire.
fn transfer_message() -> Message {
    let body = Body::Transfer(Transfer {
        reference: "P100000001X".into(),
        amount: dong(540_000),
        from_account: "1300200012345".into(),
        from_name: "PHONG LAO DONG".into(),
        to_bank: "970436".into(),
        to_account: "0011000000123".into(),
        to_name: "NGUYEN THI MAU".into(),
        content: "TRO CAP THANG 6/2026".into(),
    });
    let trace = Trace {
        terminal: "AS000001".into(),
        stan: 1,
        rrn: "615600000001".into(),
        at: 1_780_624_800_000_000,
    };
    Request { trace, body }
        .message(&Profile::default())
        .expect("a message")
}

/// Our codec (guard, MAC, iso8583_rs, comparison) beside iso8583_rs alone, which checks
/// nothing: the same message, and the same fields set and read.
fn iso8583(c: &mut Criterion) {
    let codec = Codec::load().expect("the layout");
    let key = MacKey::new(KEY).expect("a key");
    let message = transfer_message();
    let wire = codec.pack(&message, &key).expect("a message");
    let padded = codec.unpack(wire.clone(), &key).expect("a message");
    let fields: Vec<(u32, String)> = padded
        .fields()
        .map(|(de, value)| (u32::from(de), value.to_owned()))
        .collect();
    let spec = iso_spec::spec("");
    let bare_pack = || {
        let segment = spec.get_message_from_header("0200").expect("a segment");
        let mut iso = iso_spec::new_msg(spec, segment);
        iso.set("message_type", "0200").expect("set");
        for (de, value) in &fields {
            iso.set_on(*de, value).expect("set");
        }
        iso.set_on(128, "0000000000000000").expect("set");
        iso.assemble().expect("a message")
    };
    assert_eq!(bare_pack()[..wire.len() - 8], wire[..wire.len() - 8]);
    let mut group = c.benchmark_group("iso8583");
    group.throughput(Throughput::Elements(1));
    group.bench_function("pack_bare", |b| b.iter(|| black_box(bare_pack())));
    group.bench_function("pack", |b| {
        b.iter(|| black_box(codec.pack(&message, &key).expect("a message")));
    });
    group.bench_function("unpack_bare", |b| {
        b.iter(|| {
            let iso = spec.parse(&mut wire.clone()).expect("a message");
            for (de, _) in &fields {
                black_box(iso.bmp_child_value(*de).expect("a value"));
            }
        });
    });
    group.bench_function("unpack_bare_unread", |b| {
        b.iter(|| {
            black_box(
                spec.parse(&mut wire.clone())
                    .expect("a message")
                    .fd_map
                    .len(),
            )
        });
    });
    group.bench_function("unpack", |b| {
        b.iter(|| black_box(codec.unpack(wire.clone(), &key).expect("a message")));
    });
    group.finish();
}

criterion_group!(benches, pure, iso8583);
criterion_main!(benches);
