//! VietQR against the vectors of the switch and of published encoders, every refusal once,
//! and its properties over made-up codes.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{Dong, Extra, Payee, VietQr, VietQrErrorKind as Kind};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A right text out of everything but its checksum (computed here bit by bit in another
/// way: as a division of the message, shifted left by sixteen bits).
fn sealed(text: &str) -> String {
    let head = format!("{text}6304");
    let mut register: u32 = 0xffff;
    let padded = head.bytes().chain([0, 0]);
    // Start value FFFF on the message is start 84CF on the message with sixteen zeros.
    register ^= 0xffff ^ 0x84cf;
    for byte in padded {
        for bit in (0..8).rev() {
            register = (register << 1) | u32::from(byte >> bit & 1);
            if register & 0x1_0000 != 0 {
                register ^= 0x1_1021;
            }
        }
    }
    format!("{head}{:04X}", register & 0xffff)
}

fn account(bin: &str, number: &str, amount: Option<i64>, content: Option<&str>) -> VietQr {
    VietQr {
        dynamic: amount.is_some(),
        bin: bin.to_owned(),
        payee: Payee::Account(number.to_owned()),
        amount: amount.map(|a| Dong::new(a).unwrap()),
        content: content.map(str::to_owned),
        name: None,
        extra: Extra::default(),
    }
}

/// Catches an encoder or decoder that differs from the published texts in any character.
#[test]
fn published_vectors() {
    let mut napas = account(
        "970403",
        "0011012345678",
        Some(180_000),
        Some("thanh toan don hang"),
    );
    napas.extra.labels.insert(1, "NPS6869".to_owned());
    for (text, qr) in [
        (
            "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E",
            napas,
        ),
        (
            "00020101021138540010A00000072701240006970407011003865776720208QRIBFTTA5303704540710000005802VN62160812henry an cut6304A322",
            VietQr {
                dynamic: false,
                ..account(
                    "970407",
                    "0386577672",
                    Some(1_000_000),
                    Some("henry an cut"),
                )
            },
        ),
        (
            "00020101021238570010A00000072701270006970405011312345678901230208QRIBFTTA530370454065400005802VN62250821HP0001A THANG 09 202663043765",
            account(
                "970405",
                "1234567890123",
                Some(540_000),
                Some("HP0001A THANG 09 2026"),
            ),
        ),
        (
            "00020101021138570010A00000072701270006970405011312345678901230208QRIBFTTA53037045802VN6304EF9A",
            account("970405", "1234567890123", None, None),
        ),
        (
            "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F",
            account("970403", "0011012345678", None, None),
        ),
    ] {
        assert_eq!(VietQr::decode(text).as_ref(), Ok(&qr), "{text}");
        assert_eq!(qr.encode().as_deref(), Ok(text));
    }
}

/// Catches a reader that takes the switch's own malformed sample, whose checksum is right
/// and whose account says 12 characters where 13 stand.
#[test]
fn a_wrong_inner_length_is_refused_where_it_stands() {
    let text = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5";
    let error = VietQr::decode(text).unwrap_err();
    assert_eq!(error.kind, Kind::WrongLength);
    assert_eq!((error.path.as_str(), error.offset), ("38/01", 60));
    assert_eq!(error.found, "8");
    let example = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN6304E69F";
    assert_eq!(VietQr::decode(example).unwrap_err().kind, Kind::WrongCrc);
}

const PAYEE: &str = "38570010A00000072701270006970405011312345678901230208QRIBFTTA";

/// Catches a malformed code that is taken, or blamed on the wrong place.
#[test]
fn every_malformation_is_named_with_its_place() {
    let good = format!("000201010212{PAYEE}530370454065400005802VN62080804ABCD");
    assert!(VietQr::decode(&sealed(&good)).is_ok());
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        sealed(&good.replacen(from, to, 1))
    };
    let whole = sealed(&good);
    let crc = &whole[whole.len() - 4..];
    let other = if crc == "0000" { "0001" } else { "0000" };
    for (text, kind, path, found) in [
        (String::new(), Kind::Truncated, "", ""),
        ("0002".to_owned(), Kind::Truncated, "00", ""),
        (
            whole[..50].to_owned(),
            Kind::Truncated,
            "38",
            &whole[16..50],
        ),
        (
            whole[..whole.len() - 1].to_owned(),
            Kind::Truncated,
            "63",
            &crc[..3],
        ),
        (good.clone(), Kind::MissingTag, "63", ""),
        (format!("{whole}00"), Kind::BytesAfterCrc, "", "00"),
        (format!("{good}6304{other}"), Kind::WrongCrc, "63", other),
        (format!("{good}6304a1b2"), Kind::CrcForm, "63", "a1b2"),
        (format!("{good}6305A0000"), Kind::CrcForm, "63", "A0000"),
        (with("ABCD", "ABC\u{110}"), Kind::NotAscii, "", "\\u{110}"),
        (with("ABCD", "AB\nD"), Kind::NotAscii, "", "\\n"),
        (with("000201", "000202"), Kind::WrongVersion, "00", "02"),
        (with("010212", "010213"), Kind::WrongMethod, "01", "13"),
        (
            with("A000000727", "A000000728"),
            Kind::WrongAid,
            "38/00",
            "A000000728",
        ),
        (
            with("QRIBFTTA", "QRPUSH00"),
            Kind::WrongService,
            "38/02",
            "QRPUSH00",
        ),
        (
            with("0006970405", "00069704A5"),
            Kind::BinForm,
            "38/01/00",
            "9704A5",
        ),
        (
            with("1234567890123", "123456789012."),
            Kind::NumberForm,
            "38/01/01",
            "123456789012.",
        ),
        (with("5303704", "5303840"), Kind::WrongCurrency, "53", "840"),
        (
            with("5406540000", "5406540.00"),
            Kind::AmountForm,
            "54",
            "540.00",
        ),
        (
            with("5406540000", "5406040000"),
            Kind::AmountForm,
            "54",
            "040000",
        ),
        (with("5406540000", "54010"), Kind::AmountForm, "54", "0"),
        (
            with("5406540000", "541410000000000000"),
            Kind::AmountForm,
            "54",
            "10000000000000",
        ),
        (with("5802VN", "5802US"), Kind::WrongCountry, "58", "US"),
        (
            with("5802VN", "5802VN5802VN"),
            Kind::DuplicateTag,
            "58",
            "58",
        ),
        (with("5802VN", "5802VN550201"), Kind::UnknownTag, "55", "55"),
        (with("5802VN", ""), Kind::MissingTag, "58", ""),
        (with("5303704", ""), Kind::MissingTag, "53", ""),
        (with(PAYEE, ""), Kind::MissingTag, "38", ""),
        (with("000201", ""), Kind::MissingTag, "00", ""),
        (
            with("000201010212", "010212000201"),
            Kind::TagMisplaced,
            "01",
            "01",
        ),
        (
            with("62080804ABCD", "62080805ABCD"),
            Kind::WrongLength,
            "62/08",
            "ABCD",
        ),
        (
            with("62080804ABCD", "62080803ABCD"),
            Kind::WrongLength,
            "62",
            "D",
        ),
        (
            with("62080804ABCD", "62080904ABCD"),
            Kind::UnknownTag,
            "62/09",
            "09",
        ),
        (
            with("62080804ABCD", "620808x4ABCD"),
            Kind::FieldForm,
            "62",
            "08x4",
        ),
        (
            with("62080804ABCD", "62040800"),
            Kind::FieldForm,
            "62/08",
            "",
        ),
        (
            with("62080804ABCD", "62300826ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            Kind::TextForm,
            "62/08",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ),
        (with("62080804ABCD", "5203123"), Kind::TextForm, "52", "123"),
    ] {
        let error = VietQr::decode(&text).unwrap_err();
        let seen = (error.kind, error.path.as_str(), error.found.as_str());
        assert_eq!(seen, (kind, path, found), "{text}: {error}");
        if kind != Kind::NotAscii {
            assert!(text[error.offset..].starts_with(found), "{text}: {error}");
        }
    }
}

/// Catches a place that is only nearly right: offsets counted by hand.
#[test]
fn offsets_count_characters_before_the_place() {
    let good = format!("000201010212{PAYEE}530370454065400005802VN62080804ABCD");
    for (from, to, offset) in [
        ("010212", "010213", 10),
        ("A000000727", "A000000728", 20),
        ("5303704", "5303840", 77),
        ("ABCD", "AB\u{e9}D", 106),
    ] {
        let error = VietQr::decode(&sealed(&good.replacen(from, to, 1))).unwrap_err();
        assert_eq!(error.offset, offset, "{error}");
    }
}

/// Catches an encoder that writes what no reader takes.
#[test]
fn the_encoder_refuses_what_does_not_fit() {
    let good = account("970405", "1234567890123", Some(1), Some("A"));
    let with = |change: &dyn Fn(&mut VietQr)| {
        let mut qr = good.clone();
        change(&mut qr);
        qr.encode().map_err(|e| e.kind)
    };
    let dong = |n| Some(Dong::new(n).unwrap());
    assert!(with(&|q| q.amount = dong(VietQr::AMOUNT_MAX)).is_ok());
    for (result, kind) in [
        (with(&|q| q.bin = "97040".into()), Kind::BinForm),
        (
            with(&|q| q.payee = Payee::Account(String::new())),
            Kind::NumberForm,
        ),
        (
            with(&|q| q.payee = Payee::Account("1".repeat(20))),
            Kind::NumberForm,
        ),
        (
            with(&|q| q.payee = Payee::Card("97040512345".into())),
            Kind::NumberForm,
        ),
        (with(&|q| q.amount = dong(0)), Kind::AmountForm),
        (with(&|q| q.amount = dong(-5)), Kind::AmountForm),
        (
            with(&|q| q.amount = dong(VietQr::AMOUNT_MAX + 1)),
            Kind::AmountForm,
        ),
        (with(&|q| q.content = Some(String::new())), Kind::TextForm),
        (with(&|q| q.content = Some("x".repeat(26))), Kind::TextForm),
        (with(&|q| q.name = Some("Đ".into())), Kind::NotAscii),
        (
            with(&|q| q.extra.labels = BTreeMap::from([(8, "x".into())])),
            Kind::UnknownTag,
        ),
        (
            with(&|q| q.extra.labels = (1..=4).map(|t| (t, "x".repeat(25))).collect()),
            Kind::TextForm,
        ),
    ] {
        assert_eq!(result, Err(kind));
    }
    let made = VietQr::transfer(
        "970405",
        "1234567890123",
        dong(540_000),
        "Học phí 9",
        "Trường A",
    );
    assert_eq!(
        made.unwrap().encode().unwrap(),
        sealed(&format!(
            "000201010212{PAYEE}530370454065400005802VN5908TRUONG A62130809Hoc phi 9"
        ))
    );
}

fn texts(limit: usize) -> impl Strategy<Value = Option<String>> {
    proptest::option::of(proptest::collection::vec(0x20..0x7f_u8, 1..=limit))
        .prop_map(|t| t.map(|b| String::from_utf8(b).unwrap()))
}

fn codes() -> impl Strategy<Value = VietQr> {
    let payee = prop_oneof![
        "[0-9A-Za-z]{1,19}".prop_map(Payee::Account),
        "[0-9]{12,19}".prop_map(Payee::Card),
    ];
    let amount = proptest::option::of(1..=VietQr::AMOUNT_MAX);
    let extra = (
        proptest::option::of("[0-9]{4}"),
        texts(15),
        texts(10),
        proptest::option::of((1..=7_u8, texts(25))),
    );
    let all = (
        any::<bool>(),
        "[0-9]{6}",
        payee,
        amount,
        texts(25),
        texts(25),
        extra,
    );
    all.prop_map(
        |(dynamic, bin, payee, amount, content, name, extra)| VietQr {
            dynamic,
            bin,
            payee,
            amount: amount.map(|a| Dong::new(a).unwrap()),
            content,
            name,
            extra: Extra {
                category: extra.0,
                city: extra.1,
                postcode: extra.2,
                labels: extra
                    .3
                    .into_iter()
                    .filter_map(|(t, x)| Some((t, x?)))
                    .collect(),
            },
        },
    )
}

proptest! {
    /// Catches a field that is lost, moved or changed between writing and reading.
    #[test]
    fn what_is_written_is_read(qr in codes()) {
        let text = qr.encode().unwrap();
        prop_assert_eq!(VietQr::decode(&text), Ok(qr));
    }

    /// Catches a damaged code that passes: one character changed, anywhere, to anything.
    #[test]
    fn one_changed_character_is_refused(qr in codes(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let mut text: Vec<char> = qr.encode().unwrap().chars().collect();
        let place = at.index(text.len());
        prop_assume!(text[place] != c);
        text[place] = c;
        let text: String = text.into_iter().collect();
        prop_assert!(VietQr::decode(&text).is_err(), "{}", text);
    }

    /// Catches the same for the characters that codes are made of, at every place.
    #[test]
    fn one_changed_digit_or_letter_is_refused(qr in codes(), c in "[0-9A-Fa-f ]") {
        let text = qr.encode().unwrap();
        for place in 0..text.len() {
            let mut other = text.clone();
            other.replace_range(place..=place, &c);
            prop_assert!(other == text || VietQr::decode(&other).is_err(), "{}", other);
        }
    }

    /// Catches a reader that panics, or that takes a code which it would write otherwise.
    #[test]
    fn any_text_is_answered(text in any::<String>(), digits in "[0-9]{0,60}", qr in codes(), cut in 0..200_usize) {
        let whole = qr.encode().unwrap();
        let cut = whole.get(..cut).unwrap_or(&whole);
        let nearly = sealed(&format!("000201010211{digits}"));
        for text in [text.as_str(), &digits, cut, &nearly] {
            if let Ok(read) = VietQr::decode(text) {
                prop_assert_eq!(VietQr::decode(&read.encode().unwrap()), Ok(read));
            }
        }
    }
}
