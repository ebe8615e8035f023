//! Payment codes in the contents that banks send: found where they are whole, suggested
//! where they are not, and not seen in ordinary texts.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{PayCode, find_codes};
use proptest::prelude::*;

/// What people and banks write around a payment.
const CONTENTS: &[&str] = &[
    "NGUYEN THI LAN chuyen tien",
    "NGUYEN VAN MAU chuyen khoan hoc phi thang 9 cho con",
    "MBVCB.3456789012.nop tien hoc.CT tu 0123456789 NGUYEN VAN A toi 9876543210",
    "IBFT 970436 Thanh toan tien an ban tru T9 lop 3A2",
    "CT DEN:123456789012 TRAN THI B chuyen tien hoc cho be An",
    "FT26327123456789 NOP HOC PHI HOC SINH LE MINH CHAU LOP 7A4",
    "QR - thanh toan don hang - Ma GD 234567",
    "Chuyen tien tu PHAM HAI NAM; so tham chieu 2345678923",
    "TKThe :19001234567, tai TCB. dong tien BHYT hs Khanh Vy",
    "CASH DEPOSIT AT ATM 2345 NHA TRANG",
    "ACB;12345678;HOC PHI HK1 MAM NON HOA SEN",
    "ung ho quy khuyen hoc nam hoc 2026-2027",
    "PAS 345 TAT CA CAC CHAU KHACH HANG THAN THIET",
    "Đóng tiền ăn tháng 9 cho cháu Thạch, lớp Mầm 2",
    "EASTERN ASTRAZENECA FAST AXA ASEAN 23456789",
    "LAST PAYMENT AS AGREED 23 THANH 4567 TRAN XY",
];

fn codes() -> impl Strategy<Value = PayCode> {
    (0..=PayCode::BOOK_MAX, 0..=PayCode::NUMBER_MAX).prop_map(|(b, n)| PayCode::new(b, n).unwrap())
}

/// Catches a content in which a whole code is not found as a bank may hand it over.
#[test]
fn finds_codes_as_banks_and_people_write_them() {
    let one = PayCode::new(1, 1_200).unwrap();
    let two = PayCode::new(7, 123_456).unwrap();
    assert_eq!(
        (one.as_str(), two.as_str()),
        ("AS22322486J5", "AS2292E5AMCW")
    );
    for (content, codes) in [
        ("AS22322486J5", vec![one]),
        ("as22322486j5 hoc phi", vec![one]),
        ("MBVCB.3456.AS22322486J5.CT tu 0123", vec![one]),
        ("CKNHANHAS22322486J5FT2631234", vec![one]),
        ("Học phí: As22322486j5 – cháu Đào", vec![one]),
        ("HP AS 223 22486 J5 T9", vec![one]),
        ("HP AS-223-22486-J5", vec![one]),
        ("AS223224 86J5", vec![one]),
        ("A.S.2.2.3.2.2.4.8.6.J.5", vec![one]),
        ("ÁS22322486J5", vec![one]),
        ("AS22322486J5 AS2292E5AMCW", vec![one, two]),
        ("AS2292E5AMCWAS22322486J5", vec![two, one]),
        ("hai be AS22322486J5+as2292e5amcw", vec![one, two]),
        ("AS22322486J5 AS22322486J5", vec![one]),
    ] {
        let found = find_codes(content);
        assert_eq!(found.codes, codes, "{content}");
        assert_eq!(found.suggestions, [], "{content}");
    }
}

/// Catches a damaged code taken for a match, or one that a person gets no help with.
#[test]
fn damaged_codes_are_suggestions() {
    let one = PayCode::new(1, 1_200).unwrap();
    for (content, seen, helped) in [
        // Cut: too much missing, then two and one characters missing.
        ("hoc phi AS22322", "AS22322", false),
        ("hoc phi AS2232248", "AS2232248", false),
        ("hoc phi AS22322486", "AS22322486", true),
        ("hoc phi AS22322486J", "AS22322486J", true),
        // One wrong, one swapped, one missing, one doubled.
        ("AS22322486J6", "AS22322486J6", true),
        ("AS2232248BJ5 T9", "AS2232248BJ5", true),
        ("AS22232486J5", "AS22232486J5", true),
        ("AS2232486J5 lop 1", "AS2232486J5", true),
        ("AS223224866J5", "AS223224866J5", true),
        // The prefix mistyped, swapped, lost.
        ("A522322486J5", "A522322486J5", true),
        ("SA22322486J5", "SA22322486J5", true),
        ("22322486J5", "22322486J5", true),
        // Broken and grown into what follows.
        ("AS223 22486J5FT26", "AS22322486J5", true),
        // Broken too wide to be one word.
        ("HP AS22322 --- 486J5", "AS22322", false),
    ] {
        let found = find_codes(content);
        assert_eq!(found.codes, [], "{content}");
        assert_eq!(found.suggestions.len(), 1, "{content}: {found:?}");
        let suggestion = &found.suggestions[0];
        assert_eq!(suggestion.seen, seen, "{content}");
        assert_eq!(suggestion.candidates.contains(&one), helped, "{content}");
    }
}

/// Catches codes seen in ordinary contents, also in the same words in another order: over
/// 50,000 made-up contents, always the same ones.
#[test]
fn ordinary_contents_hold_no_code() {
    for content in CONTENTS {
        let found = find_codes(content);
        assert_eq!(found.codes, [], "{content}");
        assert_eq!(found.suggestions, [], "{content}");
    }
    let words: Vec<&str> = CONTENTS.iter().flat_map(|c| c.split(' ')).collect();
    let mut random: u64 = 1;
    let mut suggestions = 0;
    for _ in 0..50_000 {
        let mut content = String::new();
        for _ in 0..8 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            content.push_str(words[usize::try_from(random >> 33).unwrap() % words.len()]);
            content.push(' ');
        }
        let found = find_codes(&content);
        assert_eq!(found.codes, [], "{content}");
        suggestions += found.suggestions.len();
    }
    assert!(
        suggestions < 500,
        "{suggestions} suggestions in 50,000 contents"
    );
}

/// Catches a cut code that the words behind it turn into the code of another bill: every
/// length, many codes, the words of banks. Where only check characters are missing, what
/// completes them can only be right.
#[test]
fn a_cut_code_is_not_completed_by_the_words_behind_it() {
    let tails = [
        "",
        " CT tu 0123",
        " hoc phi",
        "...",
        " FT",
        "-GD 23456",
        " CK",
        " HA",
        " TAM THAT",
        " CHAN CHAN",
        " THANH",
        " NHAN",
        " PHAM",
        " XE MAY",
        " KHAC",
    ];
    let mut tried = 0;
    for number in 0..300 {
        let code = PayCode::new(number % 400, number * 20_003).unwrap();
        for length in 2..12 {
            for tail in tails {
                let content = format!("{}{tail}", &code.as_str()[..length]);
                let found = find_codes(&content).codes;
                assert!(
                    found.is_empty() || (length >= 10 && found == [code]),
                    "{content}"
                );
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 45_000);
}

/// Catches check characters that no longer hold back what words cannot: digits right behind
/// a cut code complete it to another one once in 529 at most.
#[test]
fn digits_behind_a_cut_code_seldom_complete_it() {
    let (mut tried, mut completed) = (0, 0);
    for number in 0..20_000 {
        let code = PayCode::new(number % 400, number * 301).unwrap();
        let tail = 222 + number % 778;
        let content = format!("{} {tail}", &code.as_str()[..9]);
        completed += find_codes(&content).codes.len();
        tried += 1;
    }
    assert!(completed * 500 < tried, "{completed} of {tried}");
}

proptest! {
    /// Catches a code that is lost in letters and digits glued on, or in another case.
    #[test]
    fn found_with_anything_glued_on(code in codes(), before in "[B-RT-Z0-9]{0,20}", after in "[A-Z0-9]{0,20}", lower in any::<bool>()) {
        let mut content = format!("{before}{code}{after}");
        if lower {
            content.make_ascii_lowercase();
        }
        prop_assert!(find_codes(&content).codes.contains(&code), "{}", content);
    }

    /// Catches a code that is lost when separators are put into it, one or two at any place.
    #[test]
    fn found_when_broken(code in codes(), gaps in proptest::collection::vec("[ .,/:_-]{0,2}", 11)) {
        let mut content = "HP T9: ".to_owned();
        for (n, c) in code.as_str().chars().enumerate() {
            content.push(c);
            content.push_str(gaps.get(n).map_or(" lop 3", String::as_str));
        }
        let last = gaps.iter().rposition(|g| !g.is_empty()).map_or(0, |n| n + 1);
        let last = &code.as_str()[last..];
        let found = find_codes(&content);
        if last.len() >= 3 && last.len() < 12 && !last.contains(|c: char| c.is_ascii_digit()) {
            // Three letters may be a word behind a cut code: a person says.
            prop_assert!(found.codes.is_empty() && found.suggestions[0].candidates == [code]);
        } else {
            prop_assert_eq!(found.codes, [code]);
        }
    }

    /// Catches two pupils in one transfer of whom one is not seen.
    #[test]
    fn two_codes_are_both_found(one in codes(), two in codes(), between in "[ +,;]{0,3}|( va )") {
        prop_assume!(one != two);
        prop_assert_eq!(find_codes(&format!("hp {one}{between}{two} T9")).codes, [one, two]);
    }

    /// Catches a damaged code taken for a match of another bill: one character wrong, two
    /// neighbours swapped, or the end cut.
    #[test]
    fn damaged_is_never_a_match(code in codes(), place in 0..12_usize, other in "[A-Z0-9]", cut in 1..12_usize) {
        let text = code.as_str();
        let mut wrong = text.to_owned();
        wrong.replace_range(place..=place, &other);
        let mut swapped: Vec<char> = text.chars().collect();
        swapped.swap(place, (place + 1) % 12);
        let swapped: String = swapped.into_iter().collect();
        for damaged in [wrong.as_str(), swapped.as_str(), &text[..cut]] {
            let found = find_codes(&format!("hoc phi {damaged}"));
            if damaged == text {
                prop_assert_eq!(found.codes, [code]);
            } else {
                prop_assert_eq!(found.codes, [], "{}", damaged);
            }
        }
    }

    /// Catches a search that panics.
    #[test]
    fn any_content_is_answered(content in any::<String>(), near in "[AS2-9 .]{0,40}") {
        for content in [content, near] {
            let found = find_codes(&content);
            prop_assert!(found.codes.iter().all(|c| PayCode::parse(c.as_str()) == Ok(*c)));
        }
    }
}
