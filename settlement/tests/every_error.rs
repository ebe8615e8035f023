//! Each reason for which a file is refused, provoked by the smallest change of a right one,
//! with the place that is named. The last test of the table: none of the kinds is missing.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{ReadError, ReadErrorKind as Kind, verify_statement};
use std::collections::BTreeSet;
use std::io::{BufRead, Cursor, Read, Seek, SeekFrom};

const NATIVE: &str = concat!(
    "HANSINHSTL19704051300200012345      0000001220260605+000000002000000                VND                                \n",
    "D00000001FT26156000001   2026060520260605D000000000750000A00100000000001X9704051300200099991                           \n",
    "D00000002FT26156000002   2026060520260605C000000000500000A00100000000002X                         AC04account closed   \n",
    "T000000020000000100000001000000000000750000000000000000500000+000000001750000                                                                \n",
);

const CAMT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>
<Stmt><Id>S</Id><ElctrncSeqNb>1</ElctrncSeqNb>
<Acct><Id><Othr><Id>1</Id></Othr></Id><Svcr><FinInstnId><BICFI>BFTVVNVX</BICFI></FinInstnId></Svcr></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">100</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-05</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">90</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-05</Dt></Dt></Bal>
<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum>10</Sum></TtlNtries></TxsSummry>
<Ntry><NtryRef>E1</NtryRef><Amt Ccy="VND">10</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-06-05</Dt></BookgDt><NtryDtls><TxDtls><Amt Ccy="VND">10</Amt></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>
"#;

fn keys(id: &str) -> Option<Vec<u8>> {
    (id == "k1").then(|| b"ansinh-test-key".to_vec())
}

fn refused(bytes: &[u8]) -> ReadError {
    verify_statement(Cursor::new(bytes), &keys, true, None).unwrap_err()
}

/// Puts `text` over the settlement file at a line and a column, both from 1.
fn put(line: usize, column: usize, text: &str) -> Vec<u8> {
    let mut bytes = NATIVE.as_bytes().to_vec();
    let at = (line - 1) * 120 + column - 1;
    bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
    bytes
}

fn native(from: &str, to: &str) -> Vec<u8> {
    assert!(NATIVE.contains(from), "{from}");
    NATIVE.replacen(from, to, 1).into_bytes()
}

fn camt(from: &str, to: &str) -> Vec<u8> {
    assert!(CAMT.contains(from), "{from}");
    CAMT.replacen(from, to, 1).into_bytes()
}

/// A disk that fails in the middle of a file.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into) {
            Ok(0) => Err(std::io::Error::other("the disk is gone")),
            other => other,
        }
    }
}

impl BufRead for Failing<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        match self.0 {
            [] => Err(std::io::Error::other("the disk is gone")),
            bytes => Ok(bytes),
        }
    }
    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

impl Seek for Failing<'_> {
    fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
        Ok(0)
    }
}

/// The settlement file: the change, the kind, the line and the column that are named.
fn native_cases() -> Vec<(Vec<u8>, Kind, u64, u64)> {
    let cut = |length: usize| NATIVE.as_bytes()[..length].to_vec();
    let half_mac = format!("{}{}", "0".repeat(63), "A");
    let mac_line = |mac: &str| {
        let mut bytes = put(1, 69, "k1");
        let at = 3 * 120 + 77;
        bytes[at..at + 64].copy_from_slice(mac.as_bytes());
        bytes
    };
    vec![
        (Vec::new(), Kind::EmptyFile, 1, 1),
        (b"PK\x03\x04".to_vec(), Kind::UnknownFormat, 1, 1),
        (
            b":20:STARTUMSE\n:25:1\n".to_vec(),
            Kind::UnknownFormat,
            1,
            1,
        ),
        (put(1, 11, "2"), Kind::UnknownVersion, 1, 11),
        (
            format!("\u{feff}{NATIVE}").into_bytes(),
            Kind::ByteOrderMark,
            1,
            1,
        ),
        (b"\xff\xfeH\0A\0".to_vec(), Kind::ByteOrderMark, 1, 1),
        (
            NATIVE.replace('\n', "\r\n").into_bytes(),
            Kind::CarriageReturn,
            1,
            120,
        ),
        (put(2, 103, "\u{e1}"), Kind::NotAscii, 2, 103),
        (put(2, 103, "\t"), Kind::NotAscii, 2, 103),
        (
            native("\nD00000001", "\n\nD00000001"),
            Kind::BlankLine,
            2,
            1,
        ),
        (
            native("  \nD00000001", " \nD00000001"),
            Kind::WrongLength,
            1,
            119,
        ),
        (
            native("  \nD00000001", "   \nD00000001"),
            Kind::WrongLength,
            1,
            120,
        ),
        (cut(10), Kind::UnfinishedLine, 1, 11),
        (cut(130), Kind::UnfinishedLine, 2, 11),
        (cut(NATIVE.len() - 1), Kind::UnfinishedLine, 4, 142),
        (put(3, 1, "X"), Kind::WrongRecord, 3, 1),
        (put(3, 1, "H"), Kind::WrongRecord, 3, 1),
        (put(3, 2, "00000001"), Kind::LineOutOfOrder, 3, 2),
        (put(2, 2, "00000002"), Kind::LineOutOfOrder, 2, 2),
        (put(2, 2, "       1"), Kind::NotANumber, 2, 2),
        (put(4, 2, "       2"), Kind::NotANumber, 4, 2),
        (cut(360), Kind::MissingTrailer, 4, 0),
        (cut(120), Kind::MissingTrailer, 2, 0),
        (
            format!("{NATIVE}\n").into_bytes(),
            Kind::BytesAfterTrailer,
            5,
            1,
        ),
        (
            format!("{NATIVE}{NATIVE}").into_bytes(),
            Kind::BytesAfterTrailer,
            5,
            1,
        ),
        (put(1, 37, "00000000"), Kind::NumberOutOfRange, 1, 37),
        (put(2, 43, "00000000075000a"), Kind::AmountForm, 2, 43),
        (put(2, 43, "        750,000"), Kind::AmountForm, 2, 43),
        (put(2, 43, "000000000000000"), Kind::AmountZero, 2, 43),
        (put(2, 43, "-00000000750000"), Kind::AmountNegative, 2, 43),
        (put(1, 85, "USD"), Kind::WrongCurrency, 1, 85),
        (put(1, 53, " "), Kind::BalanceForm, 1, 53),
        (put(1, 53, "-000000000000000"), Kind::BalanceForm, 1, 53),
        (put(4, 62, "+00000000175000x"), Kind::BalanceForm, 4, 62),
        (put(1, 45, "20260631"), Kind::NoSuchDay, 1, 45),
        (put(2, 34, "00000000"), Kind::NoSuchDay, 2, 34),
        (put(2, 26, "20260606"), Kind::BookedAfterDay, 2, 26),
        (put(2, 42, "d"), Kind::DirectionForm, 2, 42),
        (put(1, 12, "97040x"), Kind::BinForm, 1, 12),
        (put(2, 74, "97040 "), Kind::BinForm, 2, 74),
        (put(2, 10, " "), Kind::TextNotLeft, 2, 10),
        (put(3, 103, " "), Kind::TextNotLeft, 3, 103),
        (put(1, 119, "x"), Kind::ReservedNotBlank, 1, 88),
        (put(1, 18, "                   "), Kind::FieldMissing, 1, 18),
        (put(2, 10, "                "), Kind::FieldMissing, 2, 10),
        (put(1, 69, "k2"), Kind::UnknownKey, 1, 69),
        (put(1, 69, "k1"), Kind::MacForm, 4, 78),
        (mac_line(&half_mac), Kind::MacForm, 4, 78),
        (put(4, 78, "0"), Kind::MacForm, 4, 78),
        (mac_line(&"0".repeat(64)), Kind::MacMismatch, 4, 78),
        (put(4, 2, "00000003"), Kind::CountsDiffer, 4, 2),
        (put(4, 10, "00000002"), Kind::CountsDiffer, 4, 10),
        (put(4, 18, "00000000"), Kind::CountsDiffer, 4, 18),
        (put(2, 43, "000000000750001"), Kind::TotalsDiffer, 4, 26),
        (put(3, 43, "000000000500001"), Kind::TotalsDiffer, 4, 44),
        (put(1, 53, "+000000002000001"), Kind::BalanceDiffers, 4, 62),
        (put(4, 62, "+000000001750001"), Kind::BalanceDiffers, 4, 62),
        (put(3, 10, "FT26156000001"), Kind::EntryConflict, 3, 10),
    ]
}

/// The same for camt.053.
fn camt_cases() -> Vec<(Vec<u8>, Kind, u64, u64)> {
    let mut latin = CAMT.as_bytes().to_vec();
    let at = CAMT.find("E1").unwrap();
    latin[at] = 0xe9;
    let page = "<MsgPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></MsgPgntn></GrpHdr>";
    let two = "</TxDtls><TxDtls><Amt Ccy=\"VND\">1</Amt></TxDtls>";
    let deep = "<a>".repeat(40);
    let long = format!("<Id>{}", "x".repeat(20_000));
    vec![
        (
            camt("\">10</Amt><Cdt", "\">10.5</Amt><Cdt"),
            Kind::FractionOfDong,
            8,
            43,
        ),
        (
            camt("\">10</Amt><Cdt", "\">-10</Amt><Cdt"),
            Kind::AmountNegative,
            8,
            43,
        ),
        (
            camt("\">10</Amt><Cdt", "\">0.00</Amt><Cdt"),
            Kind::AmountZero,
            8,
            43,
        ),
        (
            camt("\">10</Amt><Cdt", "\">1e1</Amt><Cdt"),
            Kind::AmountForm,
            8,
            43,
        ),
        (
            camt("\">10</Amt><Cdt", "\"></Amt><Cdt"),
            Kind::AmountForm,
            8,
            43,
        ),
        (
            camt("\">10</Amt><Cdt", "\">1000000000000000</Amt><Cdt"),
            Kind::AmountTooLarge,
            8,
            43,
        ),
        (
            camt("\">100<", "\">2000000000000000000<"),
            Kind::AmountTooLarge,
            5,
            146,
        ),
        (
            camt("VND\">10</Amt><Cdt", "EUR\">10</Amt><Cdt"),
            Kind::WrongCurrency,
            8,
            43,
        ),
        (camt("DBIT", "debit"), Kind::DirectionForm, 8, 62),
        (
            camt("2026-06-05</Dt></BookgDt>", "2026-06-31</Dt></BookgDt>"),
            Kind::NoSuchDay,
            8,
            115,
        ),
        (
            camt("2026-06-05</Dt></BookgDt>", "20260605</Dt></BookgDt>"),
            Kind::NoSuchDay,
            8,
            115,
        ),
        (
            camt("2026-06-05</Dt></BookgDt>", "2026-06-06</Dt></BookgDt>"),
            Kind::BookedAfterDay,
            8,
            201,
        ),
        (
            camt("<NtryRef>E1</NtryRef>", ""),
            Kind::FieldMissing,
            8,
            180,
        ),
        (
            camt("<BookgDt><Dt>2026-06-05</Dt></BookgDt>", ""),
            Kind::FieldMissing,
            8,
            163,
        ),
        (camt("CLBD", "CLAV"), Kind::FieldMissing, 8, 1),
        (
            camt("<ElctrncSeqNb>1</ElctrncSeqNb>", ""),
            Kind::FieldMissing,
            8,
            1,
        ),
        (camt("SeqNb>1<", "SeqNb>0<"), Kind::NumberOutOfRange, 3, 31),
        (camt("SeqNb>1<", "SeqNb>x<"), Kind::NotANumber, 3, 31),
        (camt("BOOK", "PDNG"), Kind::EntryNotBooked, 8, 87),
        (camt("</TxDtls>", two), Kind::BatchDiffers, 8, 1),
        (
            camt("NbOfNtries>1<", "NbOfNtries>2<"),
            Kind::CountsDiffer,
            9,
            1,
        ),
        (camt("Sum>10<", "Sum>11<"), Kind::TotalsDiffer, 9, 1),
        (camt("\">100<", "\">101<"), Kind::BalanceDiffers, 9, 1),
        (camt("</Id><Elc", "</ID><Elc"), Kind::XmlForm, 3, 12),
        (camt(">E1<", ">&e;<"), Kind::XmlForm, 8, 16),
        (camt(">E1<", ">&#1;<"), Kind::XmlForm, 8, 16),
        (camt("</Document>\n", ""), Kind::XmlForm, 9, 24),
        (camt("<Document", "x<Document"), Kind::XmlForm, 1, 39),
        (latin, Kind::NotUtf8, 8, 16),
        (camt("UTF-8", "UTF-16"), Kind::NotUtf8, 1, 1),
        (
            camt("<Document", "<!DOCTYPE a [<!ENTITY e 'x'>]>\n<Document"),
            Kind::DoctypeRefused,
            2,
            1,
        ),
        (camt("<Id>S", &deep), Kind::TooDeep, 3, 94),
        (camt("<Id>S", &long), Kind::TextTooLong, 3, 11),
        (
            camt("camt.053.001.08", "camt.054.001.08"),
            Kind::WrongNamespace,
            2,
            1,
        ),
        (
            camt(
                " xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"",
                "",
            ),
            Kind::WrongNamespace,
            2,
            1,
        ),
        (b"<html></html>".to_vec(), Kind::WrongNamespace, 1, 1),
        (
            camt("camt.053.001.08", "camt.053.001.02"),
            Kind::UnknownVersion,
            2,
            1,
        ),
        (
            camt("<NtryRef>", "<NtryRef>E0</NtryRef><NtryRef>"),
            Kind::ElementMisplaced,
            8,
            37,
        ),
        (
            camt("<NtryRef>", "<x:a/><NtryRef>"),
            Kind::ElementMisplaced,
            8,
            7,
        ),
        (
            camt("</Ntry>", "</Ntry><Bal></Bal>"),
            Kind::ElementMisplaced,
            8,
            208,
        ),
        (
            camt("</Stmt>", "</Stmt><Stmt></Stmt>"),
            Kind::SeveralStatements,
            9,
            8,
        ),
        (camt("</GrpHdr>", page), Kind::PagedStatement, 2, 140),
        (
            format!("{CAMT}<a/>").into_bytes(),
            Kind::BytesAfterTrailer,
            10,
            1,
        ),
        (
            format!("{CAMT}x").into_bytes(),
            Kind::BytesAfterTrailer,
            9,
            35,
        ),
        (
            b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"/>".to_vec(),
            Kind::NoStatement,
            1,
            67,
        ),
    ]
}

/// Catches a change that is not found, or is named wrongly or at the wrong place.
#[test]
fn names_what_is_wrong_and_where() {
    let mut wrong = Vec::new();
    for (bytes, kind, line, column) in native_cases().into_iter().chain(camt_cases()) {
        let error = refused(&bytes);
        println!("{error}");
        if (error.kind, error.line, error.column) != (kind, line, column) {
            wrong.push(format!("{kind:?} at {line}, {column}, but: {error}"));
        }
        assert_eq!(error.code, error.kind.code());
        assert!(error.found.chars().count() <= 60);
        assert!(!error.found.chars().any(char::is_control));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Catches a kind that no file can provoke, and one that no test does.
#[test]
fn every_kind_is_provoked() {
    let mut seen: BTreeSet<Kind> = native_cases()
        .into_iter()
        .chain(camt_cases())
        .map(|(bytes, ..)| refused(&bytes).kind)
        .collect();
    let read = |input, unsigned, signature| {
        verify_statement(input, &keys, unsigned, signature)
            .unwrap_err()
            .kind
    };
    seen.insert(read(Cursor::new(NATIVE), false, None));
    seen.insert(read(Cursor::new(NATIVE), true, Some("sig")));
    for length in [0, 100, 200] {
        let failing = Failing(&NATIVE.as_bytes()[..length]);
        let error = verify_statement(failing, &keys, true, None).unwrap_err();
        assert_eq!(error.kind, Kind::ReadFailed);
        seen.insert(error.kind);
    }
    let failing = Failing(&CAMT.as_bytes()[..400]);
    let error = verify_statement(failing, &keys, true, None).unwrap_err();
    assert_eq!(error.kind, Kind::ReadFailed);
    let missing: Vec<_> = Kind::ALL
        .iter()
        .filter(|kind| !seen.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Catches a base file that is itself refused, so that the table above would prove nothing.
#[test]
fn the_unchanged_files_are_right() {
    for text in [NATIVE, CAMT] {
        let summary = verify_statement(Cursor::new(text), &keys, true, None);
        assert!(summary.is_ok(), "{summary:?}");
    }
}
