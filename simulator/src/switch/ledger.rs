//! What the host books, and what it says to each request when nothing goes wrong.
//!
//! The bank knows a message by terminal, STAN and RRN: the same message again is answered
//! 94 and not booked again. It does not look at the reference: who sends one payment under
//! two numbers is paid twice, and the truth shows it.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::SwitchConfig;
use super::wire::Msg;
use crate::rng::hash_text;

/// Who holds an account outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// In upper-case ASCII, as banks say it.
    pub name: String,
    pub closed: bool,
}

/// The accounts outside.
#[derive(Clone, Debug)]
pub enum Holders {
    /// Every account is there and belongs to `HOLDER OF` its number.
    Everybody,
    /// By (BIN, account).
    Listed(BTreeMap<(String, String), Holder>),
}

/// A transfer that was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// From 1, in the order of booking.
    pub number: u64,
    pub reference: String,
    pub rrn: String,
    pub stan: String,
    pub terminal: String,
    /// đồng
    pub amount: i64,
    pub from_account: String,
    pub to_bank: String,
    pub to_account: String,
    /// `MMdd` at +07:00.
    pub day: String,
    pub reversed: bool,
}

#[derive(Debug)]
pub(super) struct Ledger {
    config: SwitchConfig,
    spent: HashMap<String, i64>,
    booked: Vec<Booked>,
    /// Messages by terminal, STAN and RRN.
    seen: HashSet<(String, String, String)>,
    /// Booked transfers by terminal, STAN and time of sending: what DE 90 names.
    places: HashMap<(String, String), usize>,
    /// Reversed before they came.
    forbidden: HashSet<(String, String)>,
    attempts: HashMap<String, u64>,
}

impl Ledger {
    pub(super) fn new(config: &SwitchConfig) -> Self {
        Self {
            config: config.clone(),
            spent: HashMap::new(),
            booked: Vec::new(),
            seen: HashSet::new(),
            places: HashMap::new(),
            forbidden: HashSet::new(),
            attempts: HashMap::new(),
        }
    }

    pub(super) fn booked(&self) -> Vec<Booked> {
        self.booked.clone()
    }

    /// How often this RRN came before.
    pub(super) fn attempt(&mut self, rrn: &str) -> u64 {
        let n = self.attempts.entry(rrn.to_owned()).or_default();
        *n += 1;
        *n - 1
    }

    /// Does what is asked, and answers.
    pub(super) fn answer(&mut self, asked: &Msg) -> Msg {
        let mut answer = answer_to(asked);
        let rc = match asked.mti.as_str() {
            "0200" => self.financial(asked, &mut answer),
            "0420" => self.reverse(asked),
            "0500" => {
                let same = self.totals(&asked.text(15)) == said(asked);
                answer.set(66, if same { "1" } else { "2" });
                "00"
            }
            _ => "12",
        };
        answer.set(39, rc);
        answer
    }

    fn financial(&mut self, asked: &Msg, answer: &mut Msg) -> &'static str {
        let holder = self.holder(&asked.text(100), &asked.text(103));
        let code = asked.text(3);
        if code.starts_with("432") {
            return match holder {
                Some(h) if !h.closed => {
                    answer.set(120, &h.name);
                    "00"
                }
                _ => "14",
            };
        }
        if code.starts_with("433") {
            let place = self.places.get(&original(asked));
            return match place.and_then(|i| self.booked.get(*i)) {
                Some(b) if !b.reversed => "00",
                _ => "25",
            };
        }
        let named = (asked.text(41), asked.text(11), asked.text(37));
        if !self.seen.insert(named) {
            return "94";
        }
        let own = (asked.text(11), asked.text(7));
        if self.forbidden.contains(&own) {
            return "12";
        }
        let unit = 10i64.pow(self.config.minor_digits);
        let amount = asked.number(4);
        if amount <= 0 || amount % unit != 0 {
            return "13";
        }
        let amount = amount / unit;
        let spent = self.spent.entry(asked.text(102)).or_default();
        match holder {
            Some(h) if !h.closed => {}
            _ => return "14",
        }
        if amount >= self.config.limit {
            return "61";
        }
        if *spent + amount > self.config.funds {
            return "51";
        }
        *spent += amount;
        answer.set(15, &asked.text(13));
        answer.set(
            38,
            &format!("{:06}", hash_text(1, &asked.text(37)) % 1_000_000),
        );
        self.places.insert(own, self.booked.len());
        self.booked.push(Booked {
            number: self.booked.len() as u64 + 1,
            reference: asked.text(63),
            rrn: asked.text(37),
            stan: asked.text(11),
            terminal: asked.text(41),
            amount,
            from_account: asked.text(102),
            to_bank: asked.text(100),
            to_account: asked.text(103),
            day: asked.text(13),
            reversed: false,
        });
        "00"
    }

    fn reverse(&mut self, asked: &Msg) -> &'static str {
        let original = original(asked);
        let Some(booked) = self
            .places
            .get(&original)
            .and_then(|i| self.booked.get_mut(*i))
        else {
            self.forbidden.insert(original);
            return "00";
        };
        if !booked.reversed {
            booked.reversed = true;
            *self.spent.entry(booked.from_account.clone()).or_default() -= booked.amount;
        }
        "00"
    }

    fn holder(&self, bank: &str, account: &str) -> Option<Holder> {
        match &self.config.holders {
            Holders::Everybody => Some(Holder {
                name: format!("HOLDER OF {account}"),
                closed: false,
            }),
            Holders::Listed(all) => all.get(&(bank.to_owned(), account.to_owned())).cloned(),
        }
    }

    /// Debits and what they sum up to, then the reversed ones, as on the wire.
    fn totals(&self, day: &str) -> [i64; 4] {
        let unit = 10i64.pow(self.config.minor_digits);
        let mut out = [0; 4];
        for b in self.booked.iter().filter(|b| b.day == day) {
            out[0] += 1;
            out[1] += b.amount * unit;
            if b.reversed {
                out[2] += 1;
                out[3] += b.amount * unit;
            }
        }
        out
    }
}

/// What the other side says it sent in a day.
fn said(asked: &Msg) -> [i64; 4] {
    [76, 88, 77, 89].map(|de| asked.number(de))
}

/// STAN and time of sending of the original, out of DE 90.
fn original(asked: &Msg) -> (String, String) {
    let text = asked.text(90);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    (part(4, 10), part(10, 20))
}

/// The answer to a request, without its response code.
pub(super) fn answer_to(asked: &Msg) -> Msg {
    let mut answer = asked.clone();
    let kind = asked.mti.get(..2).unwrap_or_default();
    answer.mti = format!("{kind}{}0", if asked.mti.ends_with("20") { 3 } else { 1 });
    for de in [
        18, 22, 25, 42, 43, 48, 60, 62, 74, 75, 76, 77, 86, 87, 88, 89, 97, 104, 120, 128,
    ] {
        answer.fields.remove(&de);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(mti: &str, stan: &str, amount: &str) -> Msg {
        let mut m = Msg {
            mti: mti.into(),
            ..Msg::default()
        };
        let own = format!("0200{stan}0605020000{:022}", 0);
        for (de, value) in [
            (3, "912020"),
            (4, amount),
            (7, "0605020000"),
            (11, stan),
            (13, "0605"),
            (37, "615600000001"),
            (41, "T1"),
            (63, "P1"),
            (90, own.as_str()),
            (100, "970405"),
            (102, "1"),
            (103, "2"),
        ] {
            m.set(de, value);
        }
        m
    }

    /// Catches a bank that books a message twice, one of too much, or one after its
    /// reversal; and a reversal that is counted twice.
    #[test]
    fn books_a_message_once_and_takes_it_back_once() {
        let config = SwitchConfig {
            funds: 1_000,
            ..SwitchConfig::default()
        };
        let mut ledger = Ledger::new(&config);
        let rc = |ledger: &mut Ledger, m: &Msg| ledger.answer(m).text(39);
        let pay = asked("0200", "000001", "000000060000");
        assert_eq!(rc(&mut ledger, &pay), "00");
        assert_eq!(rc(&mut ledger, &pay), "94");
        let more = asked("0200", "000002", "000000050000");
        assert_eq!(rc(&mut ledger, &more), "51");
        let back = asked("0420", "000001", "000000060000");
        assert_eq!(rc(&mut ledger, &back), "00");
        assert_eq!(rc(&mut ledger, &back), "00");
        let full = asked("0200", "000003", "000000100000");
        assert_eq!(rc(&mut ledger, &full), "00");
        assert_eq!(
            rc(&mut ledger, &asked("0420", "000004", "000000000100")),
            "00"
        );
        assert_eq!(
            rc(&mut ledger, &asked("0200", "000004", "000000000100")),
            "12"
        );
        assert_eq!(
            rc(&mut ledger, &asked("0200", "000005", "000000000150")),
            "13"
        );
        let large = asked("0200", "000006", "050000000000");
        assert_eq!(rc(&mut ledger, &large), "61");
        let booked = ledger.booked();
        let kept: Vec<_> = booked.iter().map(|b| (b.amount, b.reversed)).collect();
        assert_eq!(kept, [(600, true), (1_000, false)]);
        assert_eq!(ledger.totals("0605"), [2, 160_000, 1, 60_000]);
    }
}
