//! Messages of ISO 8583 on the wire: what goes out comes back, what is malformed is named,
//! and nothing that anybody can send makes the codec panic.
//!
//! `ANSINH_TEST_MUTATIONS` sets the number of mutated messages (100,000 unless set).

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "iso8583/messages.rs"]
mod messages;

use ansinh::gateway::iso8583::guard::{MESSAGE_MAX, check_in};
use ansinh::gateway::iso8583::spec::FIELDS;
use ansinh::gateway::iso8583::{Codec, MacKey, Message, Mti, RefusalKind};
use ansinh_simulator::switch::wire::Msg;
use messages::{Chance, KEY, messages};
use std::collections::BTreeSet;

fn key() -> MacKey {
    MacKey::new(KEY).unwrap()
}

/// What the message reads like when fixed fields are filled up.
fn texts(message: &Message) -> Vec<(u8, String)> {
    message
        .fields()
        .map(|(de, _)| (de, message.text(de).unwrap().to_owned()))
        .collect()
}

/// Catches a field that is lost, moved or altered between message and wire, in any MTI;
/// the world's own reader must see the same.
#[test]
fn every_message_comes_back_as_it_went() {
    let codec = Codec::load().unwrap();
    let (mut mtis, mut fields) = (BTreeSet::new(), BTreeSet::new());
    for message in messages(7) {
        let wire = codec.pack(&message, &key()).unwrap();
        let back = codec.unpack(wire.clone(), &key()).unwrap();
        assert_eq!(back.mti, message.mti);
        assert_eq!(texts(&back), texts(&message), "{message:?}");
        assert_eq!(codec.pack(&back, &key()).unwrap(), wire);
        let theirs = Msg::unpack(&wire, KEY).unwrap();
        assert_eq!(theirs.mti, message.mti.text());
        for (de, text) in texts(&message) {
            assert_eq!(theirs.text(de), text, "DE {de} of {message:?}");
            fields.insert(de);
        }
        assert_eq!(theirs.fields.len(), texts(&message).len() + 1);
        assert_eq!(theirs.pack(KEY), wire);
        mtis.insert(message.mti.text());
    }
    assert_eq!(mtis.len(), Mti::ALL.len());
    let all: BTreeSet<u8> = FIELDS
        .iter()
        .map(|f| f.de)
        .filter(|de| *de != 128)
        .collect();
    assert_eq!(fields, all, "fields that no message shows");
}

/// Catches a change of the wire that both our writer and our reader share.
#[test]
fn the_wire_is_what_is_written_down() {
    let codec = Codec::load().unwrap();
    let echo = Message::new(Mti::Network)
        .with(7, "0605020000")
        .with(11, "000042")
        .with(70, "301");
    let wire = codec.pack(&echo, &key()).unwrap();
    let (mti, bitmaps) = (&wire[..4], &wire[4..20]);
    assert_eq!(mti, b"0800");
    assert_eq!(
        bitmaps,
        [0x82, 0x20, 0, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0, 0, 0x01]
    );
    assert_eq!(&wire[20..39], b"0605020000000042301");
    assert_eq!(wire.len(), 47);
}

/// A message in pieces, to be put together wrongly.
fn wire_of(mti: &str, fields: &[(u8, &[u8])]) -> Vec<u8> {
    let bits = fields.iter().fold(1u128 << 127, |bits, (de, _)| {
        bits | 1 << (128 - u32::from(*de))
    });
    let mut out = mti.as_bytes().to_vec();
    out.extend_from_slice(&bits.to_be_bytes());
    for (_, value) in fields {
        out.extend_from_slice(value);
    }
    out
}

/// Catches a malformed message that is let through, or that is refused for another reason
/// or at another place than the one that is wrong.
#[test]
fn each_fault_of_a_message_is_named_with_its_place() {
    let good: [(u8, &[u8]); 4] = [
        (7, b"0605020000"),
        (11, b"000042"),
        (70, b"301"),
        (128, &[0; 8]),
    ];
    assert!(check_in(&wire_of("0800", &good)).is_ok());
    let without =
        |gone: u8| -> Vec<(u8, &[u8])> { good.into_iter().filter(|(de, _)| *de != gone).collect() };
    let with = |de: u8, value: &'static [u8]| {
        let mut all = without(de);
        all.push((de, value));
        all.sort_by_key(|(de, _)| *de);
        wire_of("0800", &all)
    };
    let mut primary = wire_of("0800", &good);
    primary[4] &= 0x7f;
    let mut third = wire_of("0800", &good);
    third[12] |= 0x80;
    let mut trailing = wire_of("0800", &good);
    trailing.push(0);
    let cut = |n: usize| wire_of("0800", &good)[..n].to_vec();
    use RefusalKind as K;
    let rows: [(&str, Vec<u8>, K, u8, usize); 21] = [
        ("nothing", vec![], K::Short, 0, 0),
        ("three bytes", cut(3), K::Short, 0, 3),
        ("half a bitmap", cut(9), K::Short, 0, 9),
        ("half the second bitmap", cut(15), K::Short, 0, 15),
        ("a cut field", cut(24), K::Short, 7, 24),
        ("a cut MAC", cut(46), K::Short, 128, 46),
        ("another MTI", wire_of("0100", &good), K::UnknownMti, 0, 0),
        (
            "bytes for an MTI",
            wire_of("\u{1}\u{2}\u{3}\u{4}", &good),
            K::UnknownMti,
            0,
            0,
        ),
        ("one bitmap", primary, K::MacMissing, 128, 4),
        ("three bitmaps", third, K::TertiaryBitmap, 65, 12),
        (
            "no MAC",
            wire_of("0800", &without(128)),
            K::MacMissing,
            128,
            39,
        ),
        (
            "no STAN",
            wire_of("0800", &without(11)),
            K::MissingField,
            11,
            41,
        ),
        ("DE 64", with(64, b"12345678"), K::UnknownField, 64, 36),
        (
            "a letter in a number",
            with(11, b"00O042"),
            K::Charset,
            11,
            32,
        ),
        (
            "a length of letters",
            with(2, b"+51234567"),
            K::LengthForm,
            2,
            20,
        ),
        (
            "a length above its most",
            with(63, b"017"),
            K::FieldTooLong,
            63,
            36,
        ),
        (
            "a field of 99 that may have 19",
            with(2, b"99"),
            K::FieldTooLong,
            2,
            20,
        ),
        (
            "a control character",
            with(104, b"003a\nb"),
            K::Charset,
            104,
            43,
        ),
        ("UTF-8", with(104, b"003\xe1\xba\xa7"), K::Charset, 104, 42),
        ("a byte too many", trailing, K::TrailingBytes, 0, 47),
        (
            "too large",
            vec![b'0'; MESSAGE_MAX + 1],
            K::TooLarge,
            0,
            MESSAGE_MAX,
        ),
    ];
    let codec = Codec::load().unwrap();
    for (what, wire, kind, de, at) in rows {
        let refusal = check_in(&wire).unwrap_err();
        assert_eq!(
            (refusal.kind, refusal.de, refusal.at),
            (kind, de, at),
            "{what}"
        );
        assert_eq!(codec.unpack(wire, &key()).unwrap_err(), refusal, "{what}");
    }
    let wire = wire_of("0800", &good);
    let refusal = codec.unpack(wire, &key()).unwrap_err();
    assert_eq!((refusal.kind, refusal.at), (K::MacWrong, 39));
}

/// Catches a field that leaves the house too long, of other characters, unfilled, or not
/// at all: each would shift or spoil what stands behind it.
#[test]
fn what_goes_out_is_checked_and_filled_up() {
    let codec = Codec::load().unwrap();
    let echo = || {
        Message::new(Mti::Network)
            .with(7, "0605020000")
            .with(11, "42")
            .with(70, "301")
    };
    let back = codec.pack(&echo().with(41, "T1"), &key()).unwrap();
    let back = codec.unpack(back, &key()).unwrap();
    assert_eq!(back.get(11), Some("000042"));
    assert_eq!(
        (back.get(41), back.text(41)),
        (Some("T1      "), Some("T1"))
    );
    use RefusalKind as K;
    let rows = [
        (echo().with(4, "1234567890123"), K::FieldTooLong, 4),
        (echo().with(4, "29x"), K::Charset, 4),
        (echo().with(63, "P1-2"), K::Charset, 63),
        (echo().with(104, "ầ"), K::Charset, 104),
        (echo().with(97, "C1"), K::Short, 97),
        (echo().with(97, "X0000000000000001"), K::Charset, 97),
        (echo().with(64, "1"), K::UnknownField, 64),
        (echo().with(65, "1"), K::UnknownField, 65),
        (echo().with(128, "12345678"), K::UnknownField, 128),
        (echo().with(129, "1"), K::UnknownField, 129),
        (Message::new(Mti::Network).with(11, "1"), K::MissingField, 7),
    ];
    for (message, kind, de) in rows {
        let refusal = codec.pack(&message, &key()).unwrap_err();
        assert_eq!((refusal.kind, refusal.de), (kind, de), "{message:?}");
    }
}

/// Damages a message in one of the ways that lines, programs and attackers do.
fn damage(chance: &mut Chance, wire: &mut Vec<u8>, other: &[u8]) {
    let at = chance.below(wire.len().max(1));
    match chance.below(9) {
        0 if !wire.is_empty() => wire[at] ^= 1 << chance.below(8),
        1 if !wire.is_empty() => wire[at] = chance.byte(),
        2 => wire.insert(at.min(wire.len()), chance.byte()),
        3 if !wire.is_empty() => drop(wire.remove(at)),
        4 => wire.truncate(at),
        5 => {
            let from = chance.below(other.len());
            let piece: Vec<u8> = other[from..]
                .iter()
                .take(chance.below(40))
                .copied()
                .collect();
            let to = at.min(wire.len());
            wire.splice(to..to, piece);
        }
        6 if wire.len() > 20 => {
            // A bit of the bitmaps: a field more or less.
            wire[4 + chance.below(16)] ^= 1 << chance.below(8);
        }
        7 if !wire.is_empty() => wire[at] = b'0' + chance.byte() % 10,
        _ => {
            for _ in 0..chance.below(8) {
                wire.push(chance.byte());
            }
        }
    }
}

/// Catches bytes that make the codec panic, hang, or take a message that means another
/// thing when it is packed again. The MAC is made right where the guard lets a damaged
/// message through, so that the damage reaches iso8583_rs.
#[test]
fn no_damaged_message_gets_past_the_guard() {
    let count: u64 = std::env::var("ANSINH_TEST_MUTATIONS")
        .ok()
        .map_or(100_000, |n| n.parse().unwrap());
    let codec = Codec::load().unwrap();
    let key = key();
    let whole: Vec<Vec<u8>> = (0..4)
        .flat_map(|n| messages(n * 321))
        .map(|m| codec.pack(&m, &key).unwrap())
        .collect();
    let mut chance = Chance(8583);
    let (mut taken, mut refused) = (0u64, BTreeSet::new());
    for _ in 0..count {
        let mut wire = whole[chance.below(whole.len())].clone();
        if chance.below(50) == 0 {
            wire = (0..chance.below(300)).map(|_| chance.byte()).collect();
        }
        for _ in 0..=chance.below(4) {
            let other = &whole[chance.below(whole.len())];
            damage(&mut chance, &mut wire, other);
        }
        match check_in(&wire) {
            Err(refusal) => {
                assert_eq!(codec.unpack(wire, &key).unwrap_err(), refusal);
                refused.insert(refusal.kind.code());
            }
            Ok(layout) => {
                let tag = key.tag(&wire[..layout.mac_at]);
                wire.truncate(layout.mac_at);
                wire.extend_from_slice(&tag);
                let message = codec.unpack(wire.clone(), &key).unwrap();
                assert_eq!(codec.pack(&message, &key).unwrap(), wire);
                taken += 1;
            }
        }
    }
    assert!(
        taken > count / 100,
        "only {taken} of {count} reached the codec"
    );
    assert!(refused.len() >= 8, "{refused:?}");
}
