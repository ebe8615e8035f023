//! camt.053.001.08: the same statement as in the settlement file, batches, returns, and
//! other people's messages.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{
    Day, Direction, Dong, ReadError, ReadErrorKind, StatementFormat, StatementLine,
    StatementReader, StatementSummary, sign_detached, verify_statement,
};
use proptest::prelude::*;
use std::io::{BufReader, Cursor};
use std::path::PathBuf;
use std::process::Command;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-06-05T18:00:00+07:00</CreDtTm></GrpHdr>
<Stmt>
<Id>S1</Id>
<ElctrncSeqNb>12</ElctrncSeqNb>
<CreDtTm>2026-06-05T18:00:00+07:00</CreDtTm>
<Acct><Id><Othr><Id>1300200012345</Id></Othr></Id><Ccy>VND</Ccy><Svcr><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId></ClrSysMmbId></FinInstnId></Svcr></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">2000000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-05</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">1250000</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-05</Dt></Dt></Bal>
<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries><Sum>1750000</Sum><TtlNetNtry><Amt>750000</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry></TtlNtries><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>500000.0</Sum></TtlCdtNtries><TtlDbtNtries><NbOfNtries>2</NbOfNtries><Sum>1250000</Sum></TtlDbtNtries></TxsSummry>
"#;

const TAIL: &str = "</Stmt>\n</BkToCstmrStmt>\n</Document>\n";

const FIRST: &str = r#"<Ntry><NtryRef>FT26156000001</NtryRef><Amt Ccy="VND">750000</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-06-05</Dt></BookgDt><ValDt><Dt>2026-06-05</Dt></ValDt><AcctSvcrRef>X1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>P00100000000001N</EndToEndId></Refs><Amt Ccy="VND">750000</Amt><CdtDbtInd>DBIT</CdtDbtInd><RltdPties><DbtrAcct><Id><Othr><Id>1300200012345</Id></Othr></Id></DbtrAcct><CdtrAcct><Id><Othr><Id>1300200099991</Id></Othr></Id></CdtrAcct></RltdPties><RltdAgts><CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt></RltdAgts><RmtInf><Ustrd>Tro cap &amp; &#x48;o tro</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
"#;

const SECOND: &str = r#"<Ntry><Amt Ccy="VND">500000</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>2026-06-04T20:00:00Z</DtTm></BookgDt><AcctSvcrRef>FT26156000002</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><CdtrAcct><Id><IBAN>VN0112</IBAN></Id></CdtrAcct></RltdPties><RltdAgts><CdtrAgt><FinInstnId><BICFI>BFTVVNVX</BICFI></FinInstnId></CdtrAgt></RltdAgts></TxDtls></NtryDtls></Ntry>
"#;

const THIRD: &str = r#"<Ntry><NtryRef>FT26156000003</NtryRef><Amt Ccy="VND">500000</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-06-05</Dt></BookgDt><BkTxCd/><NtryDtls><TxDtls><Refs><EndToEndId>P00100000000002L</EndToEndId></Refs><RltdPties><DbtrAcct><Id><Othr><Id>1300200012345</Id></Othr></Id></DbtrAcct><CdtrAcct><Id><Othr><Id>0071000012345</Id></Othr></Id></CdtrAcct></RltdPties><RltdAgts><CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>970436</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt></RltdAgts><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls><AddtlNtryInf>account closed</AddtlNtryInf></Ntry>
"#;

fn example() -> String {
    [HEAD, FIRST, SECOND, THIRD, TAIL].concat()
}

fn keys(id: &str) -> Option<Vec<u8>> {
    (id == "k1").then(|| b"ansinh-test-key".to_vec())
}

fn verify(text: &str) -> Result<StatementSummary, ReadError> {
    verify_statement(Cursor::new(text.as_bytes()), &keys, true, None)
}

fn lines(text: &str) -> Vec<StatementLine> {
    let (_, mut reader) = StatementReader::open(text.as_bytes()).unwrap();
    let mut lines = Vec::new();
    while reader.next_into(&mut lines, 3).unwrap() > 0 {}
    lines
}

fn dong(amount: i64) -> Dong {
    Dong::new(amount).unwrap()
}

/// Catches a reader that is tested with messages that no bank could send.
#[test]
fn the_example_fits_the_schema() {
    let shared = std::env::var_os("ANSINH_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let schema = shared.join("samples/xsd/camt.053.001.08.xsd");
    if !schema.exists() || Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: no xmllint or no schema {}", schema.display());
        return;
    }
    let file = std::env::temp_dir().join(format!("camt053-{}.xml", std::process::id()));
    std::fs::write(&file, example()).unwrap();
    let mut xmllint = Command::new("xmllint");
    let run = xmllint
        .args(["--noout", "--schema"])
        .args([&schema, &file])
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

/// Catches a field that is taken from the wrong element, and a return that loses its side.
#[test]
fn reads_a_statement() {
    let summary = verify(&example()).unwrap();
    assert_eq!(summary.format, StatementFormat::Camt053V8);
    assert!(!summary.signed);
    assert_eq!(summary.header.bank_bin, "970405");
    assert_eq!(summary.header.account_number, "1300200012345");
    assert_eq!(summary.header.number, 12);
    assert_eq!(summary.header.opening, dong(2_000_000));
    assert_eq!(summary.totals.closing, dong(1_250_000));
    assert_eq!((summary.totals.debits, summary.totals.credits), (2, 1));
    assert_eq!(summary.totals.debit_total, dong(1_250_000));
    assert_eq!(summary.distinct_credit_total, dong(500_000));

    let on = Day::new(2026, 6, 5).unwrap();
    let line = |line, id: &str, direction, amount, texts: [&str; 5]| StatementLine {
        line,
        entry_ref: id.to_owned(),
        booking_on: on,
        value_on: on,
        direction,
        amount: dong(amount),
        reference: texts[0].to_owned(),
        counter_bin: texts[1].to_owned(),
        counter_account: texts[2].to_owned(),
        reason: texts[3].to_owned(),
        note: texts[4].to_owned(),
    };
    let (debit, credit) = (Direction::Debit, Direction::Credit);
    let first = [
        "P00100000000001N",
        "970405",
        "1300200099991",
        "",
        "Tro cap & Ho tro",
    ];
    let second = ["", "BFTVVNVX", "VN0112", "", ""];
    let third = [
        "P00100000000002L",
        "970436",
        "0071000012345",
        "AC04",
        "account closed",
    ];
    assert_eq!(
        lines(&example()),
        [
            line(1, "FT26156000001", debit, 750_000, first),
            line(2, "FT26156000002", debit, 500_000, second),
            line(3, "FT26156000003", credit, 500_000, third),
        ]
    );
}

/// Catches a reversal whose sign is turned, and one or a charge that is not told apart.
#[test]
fn a_reversal_keeps_its_effect() {
    let plain = example().replace("<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>", "");
    let line = &lines(&plain)[2];
    assert_eq!(
        (line.direction, line.reason.as_str()),
        (Direction::Credit, "RVSL")
    );
    let fee = example().replace("DMCT", "CHRG");
    assert_eq!(lines(&fee)[0].reason, "FEE");
}

/// Catches a prefix, a byte order mark, empty elements, CDATA, comments or line ends that
/// make another statement of the same one.
#[test]
fn other_ways_to_write_the_same() {
    let wanted = lines(&example());
    let prefixed = example()
        .replace("</", "</n:")
        .replace('<', "<n:")
        .replace("<n:/n:", "</n:")
        .replace("<n:?", "<?")
        .replace("xmlns=", "xmlns:n=");
    let foreign = r#"<SplmtryData><Envlp><x:a xmlns:x="urn:x"><Ntry/></x:a><b xmlns="urn:b"><Amt/></b></Envlp></SplmtryData></Stmt>"#;
    for text in [
        prefixed,
        format!("\u{feff}{}", example()),
        example().replace('\n', "\r\n"),
        example().replace("<CdtDbtInd>", "<!-- c --><CdtDbtInd>"),
        example().replace(">970436<", "><![CDATA[970436]]><"),
        example().replace(">970436<", ">\n 970<?p i?>436 <"),
        example().replace("<TxsSummry>", "<Intrst/><TxsSummry>"),
        example().replace("</Stmt>", foreign),
        example().replace("<ElctrncSeqNb>12</ElctrncSeqNb>", "<LglSeqNb>12</LglSeqNb>"),
        example().replace("OPBD", "PRCD"),
    ] {
        assert!(verify(&text).is_ok(), "{:?}: {text}", verify(&text));
        assert_eq!(lines(&text), wanted);
    }
    let narrow = BufReader::with_capacity(1, Cursor::new(example().into_bytes()));
    assert!(verify_statement(narrow, &keys, true, None).is_ok());
}

fn item(amount: &str, indicator: &str, end_to_end: &str) -> String {
    let amount = match amount {
        "" => String::new(),
        amount => format!(r#"<Amt Ccy="VND">{amount}</Amt>"#),
    };
    format!(
        "<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{amount}<CdtDbtInd>{indicator}</CdtDbtInd></TxDtls>"
    )
}

fn with_batch(items: &[String]) -> String {
    let (before, rest) = FIRST.split_once("<TxDtls>").unwrap();
    let (_, after) = rest.split_once("</TxDtls>").unwrap();
    let batch = [before, &items.concat(), after].concat();
    [HEAD, &batch, SECOND, THIRD, TAIL].concat()
}

/// Catches a batch that is booked as one line, loses an item, or does not add up.
#[test]
fn a_batch_becomes_its_items() {
    let three = [
        item("700000", "DBIT", "A"),
        item("100000", "DBIT", "B"),
        item("50000", "CRDT", "C"),
    ];
    let text = with_batch(&three);
    let summary = verify(&text).unwrap();
    assert_eq!((summary.totals.lines, summary.totals.debits), (5, 3));
    let made: Vec<_> = lines(&text)
        .into_iter()
        .take(3)
        .map(|l| {
            (
                l.line,
                l.entry_ref,
                l.reference,
                l.amount.get(),
                l.direction,
            )
        })
        .collect();
    let id = |n: u32| format!("FT26156000001/{n}");
    assert_eq!(
        made,
        [
            (1, id(1), "A".to_owned(), 700_000, Direction::Debit),
            (2, id(2), "B".to_owned(), 100_000, Direction::Debit),
            (3, id(3), "C".to_owned(), 50_000, Direction::Credit),
        ]
    );
    for items in [
        vec![item("700000", "DBIT", "A"), item("50001", "DBIT", "B")],
        vec![item("700000", "DBIT", "A"), item("", "DBIT", "B")],
        vec![item("", "DBIT", "A"), item("750000", "DBIT", "B")],
        vec![
            item("750000", "CRDT", "A"),
            item("1", "DBIT", "B"),
            item("1", "CRDT", "B"),
        ],
    ] {
        let error = verify(&with_batch(&items)).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::BatchDiffers);
    }
    let whole = with_batch(&[item("", "DBIT", "A"), item("", "DBIT", "B")]);
    let line = &lines(&whole)[0];
    assert_eq!((line.amount.get(), line.reference.as_str()), (750_000, ""));
    assert_eq!(line.note, "batch of 2 without amounts");
}

/// Catches repeated entries that are counted twice or contradict each other unseen.
#[test]
fn repeated_entries_count_once() {
    let summary = HEAD.find("<TxsSummry>").unwrap();
    let again = [&HEAD[..summary], FIRST, SECOND, THIRD, FIRST, TAIL].concat();
    assert_eq!(verify(&again).unwrap().repeated, [4]);
    let other = [
        &HEAD[..summary],
        FIRST,
        SECOND,
        THIRD,
        &FIRST.replace("N</EndTo", "M</EndTo"),
        TAIL,
    ]
    .concat();
    let error = verify(&other).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::EntryConflict);
    assert_eq!((error.line, error.column), (15, 1));
}

/// Catches a changed message that passes with the signature of the true one.
#[test]
fn a_detached_signature_covers_every_byte() {
    let text = example();
    let signature = sign_detached(text.as_bytes(), "k1", b"ansinh-test-key").unwrap();
    let check = |bytes: &[u8]| verify_statement(Cursor::new(bytes), &keys, false, Some(&signature));
    let summary = check(text.as_bytes()).unwrap();
    assert!(summary.signed);
    assert_eq!(summary.header.key_id.as_deref(), Some("k1"));
    for at in (0..text.len()).step_by(7) {
        let mut changed = text.clone().into_bytes();
        changed[at] ^= 1;
        assert_eq!(
            check(&changed).unwrap_err().kind,
            ReadErrorKind::MacMismatch
        );
        let cut = check(&text.as_bytes()[..at]);
        assert_eq!(cut.unwrap_err().kind, ReadErrorKind::MacMismatch);
    }
}

/// Catches a limit that does not hold: texts without end, elements without bottom.
#[test]
fn limits_hold() {
    let deep = "<a>".repeat(100);
    let long = format!("<AddtlStmtInf>{}", "x".repeat(100_000));
    let comment = format!("<!--{}", "x".repeat(100_000));
    let entities = format!("<AddtlStmtInf>{}", "&amp;".repeat(100_000));
    for (inside, kind) in [
        (deep, ReadErrorKind::TooDeep),
        (long, ReadErrorKind::TextTooLong),
        (comment, ReadErrorKind::TextTooLong),
        (entities, ReadErrorKind::TextTooLong),
    ] {
        let text = example().replace("</Stmt>", &inside);
        assert_eq!(verify(&text).unwrap_err().kind, kind);
    }
}

/// Catches a panic, or a foreign message taken for ours: other currencies, versions, kinds.
#[test]
fn messages_of_others_are_refused_by_name() {
    let shared = std::env::var_os("ANSINH_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let Ok(samples) = std::fs::read_dir(shared.join("samples/camt")) else {
        println!("skipped: no samples in {}", shared.display());
        return;
    };
    for sample in samples {
        let path = sample.unwrap().path();
        if path.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let error = verify(&text).unwrap_err();
        println!("{}: {error}", path.display());
        assert!(error.line > 0 && error.column > 0, "{error}");
        // The same message under our namespace must be answered, too, whatever is in it.
        for version in ["053.001.02", "053.001.04", "054.001.02", "054.001.08"] {
            let ours = text.replace(&format!("camt.{version}"), "camt.053.001.08");
            if ours != text {
                let error = verify(&ours).unwrap_err();
                println!("    as version 8: {error}");
            }
        }
    }
}

proptest! {
    /// Catches a panic or another statement, when any piece of a message is changed.
    #[test]
    fn a_changed_message_is_answered(
        at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        change in 0..4,
        byte in any::<u8>(),
    ) {
        let text = example().into_bytes();
        let (at, to) = (at.index(text.len()), to.index(text.len()));
        let mut changed = text.clone();
        match change {
            0 => changed[at] = byte,
            1 => { changed.remove(at); }
            2 => changed.truncate(at),
            _ => { let piece = text[at.min(to)..at.max(to)].to_vec(); changed.splice(at..at, piece); }
        }
        let answer = verify_statement(Cursor::new(&changed), &keys, true, None);
        if let Ok(summary) = answer {
            let totals = summary.totals;
            let net = totals.credit_total.get() - totals.debit_total.get();
            prop_assert!(summary.header.opening.get() + net == totals.closing.get());
        }
    }
}
