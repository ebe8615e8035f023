//! Messages of every MTI, and a source of chance for mutations.

// Each test crate has a copy of this file and uses its own part of it.
#![allow(dead_code)]

use ansinh::clock::Instant;
use ansinh::gateway::iso8583::request::NetworkCode;
use ansinh::gateway::iso8583::{Body, Message, Mti, Profile, Request, Totals, Trace, Transfer};
use ansinh_settlement::{Day, Dong};

pub const KEY: &[u8] = b"a key of the tests";

pub fn trace(n: u32) -> Trace {
    Trace {
        terminal: "AS000001".into(),
        stan: n,
        rrn: format!("6156{n:08}"),
        at: Instant::parse("2026-06-05T09:00").unwrap().0,
    }
}

pub fn transfer(n: u32) -> Transfer {
    Transfer {
        reference: format!("P1{n:08}X"),
        amount: Dong::new(500_000 + i64::from(n)).unwrap(),
        from_account: "1300200012345".into(),
        from_name: "Phòng Lao động xã Mẫu".into(),
        to_bank: "970436".into(),
        to_account: format!("00110{n:08}"),
        to_name: "Nguyễn Thị Mẫu".into(),
        content: "Trợ cấp tháng 6/2026".into(),
    }
}

pub fn request(n: u32, body: Body) -> Request {
    Request {
        trace: trace(n),
        body,
    }
}

/// A request of every kind.
pub fn bodies(n: u32) -> Vec<Body> {
    let (transfer, original) = (transfer(n), trace(n));
    let totals = Totals {
        debits: 12,
        debit_amount: 6_000_000,
        debits_reversed: 1,
        debit_reversed_amount: 500_000,
        ..Totals::default()
    };
    vec![
        Body::NameInquiry {
            reference: format!("N1{n:08}X"),
            bank: "970436".into(),
            account: "0011000000123".into(),
        },
        Body::Transfer(transfer.clone()),
        Body::StatusInquiry {
            transfer: transfer.clone(),
            original: original.clone(),
        },
        Body::Reversal { transfer, original },
        Body::Totals {
            day: Day::new(2026, 6, 5).unwrap(),
            totals,
        },
        Body::Network(NetworkCode::SignOn),
        Body::Network(NetworkCode::SignOff),
        Body::Network(NetworkCode::Echo),
    ]
}

/// Every request with an answer to it: every MTI, and every field at least once.
pub fn messages(n: u32) -> Vec<Message> {
    let mut out = Vec::new();
    for body in bodies(n) {
        let asked = request(n, body).message(&Profile::default()).unwrap();
        let mut answer = asked.clone().with(39, "00");
        answer.mti = asked.mti.answer();
        if matches!(answer.mti, Mti::FinancialAnswer) {
            answer.set(15, "0605");
            answer.set(38, "A1B2C3");
            answer.set(120, "NGUYEN THI MAU");
        }
        if answer.mti == Mti::TotalsAnswer {
            answer.set(66, "1");
        }
        out.push(asked);
        out.push(answer);
    }
    out[2].set(2, "9704050000000001");
    out[2].set(22, "000");
    out[2].set(25, "00");
    out
}

/// splitmix64.
pub struct Chance(pub u64);

impl Chance {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    pub fn byte(&mut self) -> u8 {
        self.roll().to_le_bytes()[0]
    }
}
