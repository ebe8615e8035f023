//! The payers: what they pay, what their bank tells of it, and what must come out.

#![allow(clippy::unwrap_used)] // helpers of tests are not marked as tests

mod reading;

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::TcpListener;

use ansinh_simulator::bank::{Bank, BankConfig, Faults, Share};
use ansinh_simulator::payers::{
    Habit, Habits, PayBill, PayerConfig, Payers, Telling, Tellings, bills_from_csv,
    bills_from_json, post, write_notices,
};
use ansinh_simulator::statement::SealKey;
use reading::{BIN, KEY, OUR_ACCOUNT, hmac_hex, read_native};
use serde_json::{Value, json};

/// `n` pupils with a bill due in the month, every fifth with one that is due later, every
/// tenth with an invitation.
fn bills(n: usize) -> Vec<PayBill> {
    let mut all = Vec::new();
    let mut add = |pupil: usize, amount: i64, due_on: u32, invitation: bool| {
        let mut number = all.len() + 7;
        let mut body = Vec::new();
        for _ in 0..10 {
            body.push(b"23456789ACEFHJKMNPRTWXY"[number % 23]);
            number = number / 23 + pupil;
        }
        all.push(PayBill {
            pay_code: format!("AS{}", String::from_utf8(body).unwrap()),
            amount,
            paid: 0,
            due_on,
            debtor: format!("HS{pupil:05}"),
            invitation,
            bin: BIN.into(),
            account: OUR_ACCOUNT.into(),
        });
    };
    for pupil in 1..=n {
        let thousands = i64::try_from(300 + pupil % 9).unwrap();
        add(pupil, thousands * 1000, 20260920, false);
        if pupil % 5 == 0 {
            add(pupil, 442_260, 20261031, false);
        }
        if pupil % 10 == 0 {
            add(pupil, 100_000, 20261031, true);
        }
    }
    all
}

fn config(seed: u64) -> PayerConfig {
    PayerConfig {
        seed,
        first: 20260910,
        last: 20260924,
        habits: Habits::default(),
        tellings: Tellings::default(),
    }
}

fn key() -> SealKey {
    SealKey {
        id: "k1".into(),
        key: KEY.to_vec(),
    }
}

/// The bytes of the notices and of each day's statement.
fn files(payers: &Payers) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut notices = Vec::new();
    write_notices(&mut notices, &payers.notices(&key())).unwrap();
    let mut bank = Bank::new(BankConfig {
        bin: BIN.into(),
        seed: payers.config.seed,
        key_id: "k1".into(),
        key: KEY.to_vec(),
        faults: Faults::NONE,
    });
    bank.open_account(OUR_ACCOUNT, 0).unwrap();
    payers.pay_into(&mut bank).unwrap();
    let mut statements = Vec::new();
    for day in payers.days() {
        let mut bytes = Vec::new();
        let file = bank.close_day(OUR_ACCOUNT, day).unwrap();
        file.native_to(&mut bytes).unwrap();
        statements.push(bytes);
    }
    assert_eq!(
        bank.balance(OUR_ACCOUNT),
        Some(payers.expected().received),
        "something waits after the last day"
    );
    (notices, statements)
}

/// Catches chance from anywhere but the seed, and a seed that changes nothing.
#[test]
fn the_same_seed_gives_the_same_bytes() {
    let made = |seed| {
        let payers = Payers::new(bills(300), config(seed)).unwrap();
        let expected = serde_json::to_vec(&payers.expected()).unwrap();
        (files(&payers), expected)
    };
    assert_eq!(made(5), made(5));
    assert_ne!(made(5).0, made(6).0);
}

/// Catches money that a statement leaves out, doubles or dates before it was paid, and a
/// statement that follows the notices instead of the money.
#[test]
fn the_statements_hold_every_payment_once() {
    let payers = Payers::new(bills(400), config(3)).unwrap();
    let mut money: HashMap<String, (i64, String)> = HashMap::new();
    for p in payers.payments.iter().filter(|p| p.is_money()) {
        let known = money.insert(p.reference.clone(), (p.amount, p.note().to_owned()));
        assert!(known.is_none(), "{} twice", p.reference);
        assert!(p.booked_on >= p.at.day);
    }
    let mut closing = 0;
    for bytes in files(&payers).1 {
        let statement = read_native(&bytes).unwrap();
        assert_eq!(statement.opening, closing);
        for d in &statement.details {
            let (amount, note) = money.remove(&d.entry_id).unwrap();
            assert_eq!((d.amount, d.note.as_str()), (amount, note.trim_end()));
            closing += d.amount;
        }
        assert_eq!(statement.closing, closing);
    }
    assert!(money.is_empty(), "paid and on no statement: {money:?}");
}

/// Catches an answer key whose sums are not the money, or a bill paid beyond its amount.
#[test]
fn what_is_expected_adds_up() {
    for seed in 1..20 {
        let payers = Payers::new(bills(200), config(seed)).unwrap();
        let expected = payers.expected();
        let paid: i64 = expected.bills.iter().map(|b| b.paid).sum();
        let credit: i64 = expected.credits.iter().map(|c| c.credit).sum();
        assert_eq!(paid + credit + expected.suspense, expected.received);
        assert!(
            expected
                .bills
                .iter()
                .all(|b| (0..=b.total).contains(&b.paid))
        );
        assert!(expected.credits.iter().all(|c| c.credit > 0));
        let open: BTreeMap<&str, i64> = expected
            .bills
            .iter()
            .zip(&payers.bills)
            .filter(|(_, b)| !b.invitation)
            .map(|(b, _)| (b.debtor.as_str(), b.total - b.paid))
            .filter(|(_, open)| *open > 0)
            .collect();
        let both = expected
            .credits
            .iter()
            .filter(|c| open.contains_key(c.debtor.as_str()));
        assert_eq!(both.count(), 0, "credit beside an open bill");
    }
}

/// Catches a way of paying or telling that a month of the default proportions lacks.
#[test]
fn each_behaviour_occurs() {
    let payers = Payers::new(bills(1200), config(1)).unwrap();
    let expected = payers.expected();
    for habit in [
        Habit::Exact,
        Habit::WrongCharacter,
        Habit::Swapped,
        Habit::Cut,
        Habit::Twice,
        Habit::Short,
        Habit::Over,
        Habit::ForTwo,
        Habit::BeforeMidnight,
        Habit::Late,
        Habit::Dressed,
        Habit::OtherForm,
        Habit::NoCode,
        Habit::AsksBack,
        Habit::Never,
    ] {
        assert!(expected.habits[&habit] > 0, "{habit:?}");
    }
    for telling in [
        Telling::InTime,
        Telling::Late,
        Telling::Twice,
        Telling::Never,
        Telling::Hollow,
    ] {
        assert!(expected.tellings[&telling] > 0, "{telling:?}");
    }
    let by = |habit| payers.payments.iter().filter(move |p| p.habit == habit);
    assert!(by(Habit::Late).all(|p| p.at.day > 20260920));
    assert!(by(Habit::BeforeMidnight).all(|p| p.at.second >= 86_340 && p.booked_on > p.at.day));
    assert!(by(Habit::Short).all(|p| p.amount < payers.bills[p.meant[0]].amount));
    assert!(by(Habit::Over).all(|p| p.amount > payers.bills[p.meant[0]].amount));
    assert!(by(Habit::ForTwo).any(|p| p.meant.len() == 2));
    for p in by(Habit::ForTwo).filter(|p| p.meant.len() == 2) {
        let [one, other] = [p.meant[0], p.meant[1]].map(|b| &payers.bills[b]);
        assert_ne!(one.debtor, other.debtor);
        assert_eq!(p.amount, one.amount + other.amount);
    }
    for habit in [
        Habit::WrongCharacter,
        Habit::Swapped,
        Habit::Cut,
        Habit::NoCode,
    ] {
        let whole = by(habit).any(|p| p.content.contains(&payers.bills[p.meant[0]].pay_code));
        assert!(!whole, "{habit:?} left the code whole");
    }
    let twice = by(Habit::Twice).count();
    assert_eq!(twice as u64, 2 * expected.habits[&Habit::Twice]);
    for reason in ["paid_twice", "paid_too_much", "left_the_school"] {
        let asked = expected
            .refund_requests
            .iter()
            .filter(|r| r.reason == reason);
        assert!(asked.clone().count() > 0, "{reason}");
        assert!(asked.clone().all(|r| r.amount > 0));
    }
}

/// Catches a share of a command line or a configuration that changes nothing.
#[test]
fn proportions_are_data() {
    let mut plain = config(2);
    plain.habits = Habits {
        short: Share::exactly(7),
        ..Habits::NONE
    };
    plain.tellings = Tellings {
        never: Share::exactly(4),
        ..Tellings::NONE
    };
    let payers = Payers::new(bills(100), plain).unwrap();
    let expected = payers.expected();
    assert_eq!(expected.habits[&Habit::Short], 7);
    assert_eq!(expected.habits[&Habit::Exact], 93);
    assert_eq!(expected.tellings[&Telling::Never], 4);
    assert_eq!(payers.notices(&key()).len(), 96);
}

/// Catches a notice that is signed over other bytes than its body, sent before it was
/// paid, late before the statement, or once where twice was meant.
#[test]
fn notices_are_signed_and_sent_when_they_are_meant() {
    let payers = Payers::new(bills(500), config(4)).unwrap();
    let notices = payers.notices(&key());
    let mut sent: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, n) in notices.iter().enumerate() {
        let time = n.sent_at.unix();
        let hex = hmac_hex(KEY, format!("{time}.{}", n.body).as_bytes());
        assert_eq!(n.signature, format!("t={time},k=k1,v1={hex}"));
        let body: Value = serde_json::from_str(&n.body).unwrap();
        let reference = body["reference"].as_str().unwrap().to_owned();
        sent.entry(reference).or_default().push(place);
    }
    assert!(notices.is_sorted_by_key(|n| n.sent_at));
    for p in &payers.payments {
        let places = sent.get(&p.reference).cloned().unwrap_or_default();
        let times = match p.telling {
            Telling::Never => 0,
            Telling::Twice => 2,
            _ => 1,
        };
        assert_eq!(places.len(), times, "{:?}", p.telling);
        for place in &places {
            let n = &notices[*place];
            assert!(n.sent_at > p.at);
            assert_eq!(n.sent_at.day > p.booked_on, p.telling == Telling::Late);
            assert_eq!(n.body, notices[places[0]].body, "another body under one id");
        }
    }
}

/// Catches bills that are read with another amount, day or kind than the list says, and a
/// list with nonsense in it that is taken.
#[test]
fn bills_are_read_from_both_forms() {
    let csv = "pay_code,amount,due_on,debtor,bin,account,kind,paid\n\
               AS22322486J5,540000,2026-09-20,HS1,970405,1300,bill,40000\n\
               AS223222239M,100000,2026-10-31,HS1,970405,1300,invitation,\n";
    let list = json!({"bills": [
        {"pay_code": "AS22322486J5", "total": 540_000, "paid": 40_000, "due_on": "2026-09-20",
         "debtor": "HS1", "kind": "bill", "state": "partly_paid"},
        {"pay_code": "AS22322486J6", "total": 1, "paid": 0, "due_on": "2026-09-20",
         "debtor": "HS1", "kind": "bill", "state": "cancelled"},
        {"pay_code": "AS223222239M", "total": 100_000, "paid": 0, "due_on": "2026-10-31",
         "debtor": "HS1", "kind": "invitation", "state": "issued"}]})
    .to_string();
    let read = bills_from_csv(csv.as_bytes()).unwrap();
    assert_eq!(
        read,
        bills_from_json(list.as_bytes(), "970405", "1300").unwrap()
    );
    assert_eq!((read[0].open(), read[0].due_on), (500_000, 20260920));
    assert!(read[1].invitation);
    assert!(bills_from_csv(csv.replace("2026-09-20", "2026-09-31").as_bytes()).is_err());
    let refused = |change: &dyn Fn(&mut Vec<PayBill>)| {
        let mut all = bills(3);
        change(&mut all);
        Payers::new(all, config(1)).is_err()
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&Vec::clear));
    assert!(refused(&|b| b[1].pay_code = b[0].pay_code.clone()));
    assert!(refused(&|b| b[1].account = "1".into()));
    assert!(refused(&|b| b[1].amount = -1));
    assert!(refused(&|b| b[1].pay_code = "Ấ".repeat(12)));
    let mut days = config(1);
    days.last = days.first;
    assert!(Payers::new(bills(3), days).is_err());
}

/// Catches a notice that goes out without its signature, cut, or whose answer is not read.
#[test]
fn notices_are_posted_as_they_are_signed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notices/bank", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = String::new();
        let mut bytes = [0; 1024];
        while !asked.ends_with("{\"notice\":1}") {
            let n = stream.read(&mut bytes).unwrap();
            assert!(n > 0, "{asked}");
            asked.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
        }
        stream
            .write_all(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}")
            .unwrap();
        asked
    });
    assert_eq!(post(&url, "t=1,k=k1,v1=ab", "{\"notice\":1}").unwrap(), 409);
    let asked = server.join().unwrap();
    assert!(
        asked.starts_with("POST /notices/bank HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("X-AnSinh-Signature: t=1,k=k1,v1=ab\r\n"));
    assert!(post("ftp://127.0.0.1/", "", "").is_err());
}
