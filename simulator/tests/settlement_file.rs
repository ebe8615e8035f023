//! The native settlement file against its page: the printed example byte by byte,
//! and the files of a benchmark read back.

#![allow(clippy::unwrap_used)] // helpers of tests are not marked as tests

mod reading;

use std::fs;
use std::path::Path;

use ansinh_simulator::days::Day;
use ansinh_simulator::statement::{
    Booking, Direction, FastPayment, Head, NativeWriter, SealKey, fast_settlement, hmac_hex,
};
use ansinh_simulator::text::Short;
use reading::{BIN, KEY, OUR_ACCOUNT, read_native, wishes};

fn key() -> SealKey {
    SealKey {
        id: "k1".into(),
        key: KEY.to_vec(),
    }
}

fn head(number: u32, day: Day, opening: i64) -> Head {
    Head {
        bin: Short::cut(BIN),
        account: Short::cut(OUR_ACCOUNT),
        number,
        day,
        opening,
    }
}

/// The example between the two fences of the page.
fn printed_example() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/settlement.md");
    let page = fs::read_to_string(page).unwrap();
    page.split("```")
        .nth(1)
        .unwrap()
        .trim_start_matches('\n')
        .to_owned()
}

/// Catches any byte in which the writer departs from the page, the MAC included.
#[test]
fn the_example_of_the_page_comes_out_byte_by_byte() {
    let mut writer =
        NativeWriter::new(Vec::new(), &head(12, 20260605, 2_000_000), Some(&key())).unwrap();
    for (place, direction, amount, bin, account, reason, note) in [
        (1, Direction::Debit, 750_000, BIN, "1300200099991", "", ""),
        (
            2,
            Direction::Debit,
            500_000,
            "970436",
            "0071000012345",
            "",
            "",
        ),
        (
            3,
            Direction::Credit,
            500_000,
            "970436",
            "0071000012345",
            "AC04",
            "account closed",
        ),
    ] {
        let of = place.min(2);
        writer
            .put(&Booking {
                entry_id: Short::cut(&format!("FT2615600000{place}")),
                booked_on: 20260605,
                value_on: 20260605,
                direction,
                amount,
                reference: Short::cut(&format!("A0010000000000{of}X")),
                counter_bin: Short::cut(bin),
                counter_account: Short::cut(account),
                reason: Short::cut(reason),
                note: Short::cut(note),
            })
            .unwrap();
    }
    let bytes = writer.finish(1_250_000).unwrap();
    let example = printed_example();
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), example);
    let mac = &example[example.len() - 65..example.len() - 1];
    assert_eq!(hmac_hex(KEY, &bytes[..bytes.len() - 65]), mac);
}

/// Catches an unsigned file that is not blank where key id and MAC would stand.
#[test]
fn an_unsigned_file_is_blank_where_the_mac_would_stand() {
    let writer = NativeWriter::new(Vec::new(), &head(1, 20260605, -5), None).unwrap();
    let text = String::from_utf8(writer.finish(-5).unwrap()).unwrap();
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(&lines[0][52..84], "-000000000000005                ");
    assert_eq!(lines[1][77..], " ".repeat(64));
    assert_eq!((lines[0].len(), lines[1].len(), lines.len()), (119, 141, 3));
}

/// Catches a fast file that is not the file that a bank would write.
#[test]
fn the_fast_file_reads_back_as_its_payments() {
    let wishes = wishes(1000, "A");
    let payments = wishes
        .iter()
        .map(|w| FastPayment::new(&w.reference, w.amount, &w.bin, &w.account).unwrap());
    let mut bytes = Vec::new();
    let closing = fast_settlement(&mut bytes, &head(7, 20260605, 0), &key(), payments).unwrap();
    let file = read_native(&bytes).unwrap();
    assert_eq!(
        (file.closing, file.number, file.details.len()),
        (closing, 7, 1000)
    );
    for (detail, wish) in file.details.iter().zip(&wishes) {
        assert_eq!(
            (&detail.reference, detail.amount),
            (&wish.reference, wish.amount)
        );
    }
}
