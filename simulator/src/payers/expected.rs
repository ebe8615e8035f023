//! What must come out when every notice and statement was taken and every notice without
//! money was undone: worked out from the payments alone.
//!
//! A payment that names bills gives each at most its total, by due day, the rest to the
//! first; what a bill cannot take is its debtor's credit, and credit goes on to the open
//! bills of the same debtor by due day, never to invitations. A payment that names none
//! stays in suspense. In which order payments come makes no difference to these sums.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Habit, PayBill, Payers, Payment, Telling};
use crate::days::iso;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    pub seed: u64,
    pub bills: Vec<ExpectedBill>,
    /// Those with credit.
    pub credits: Vec<ExpectedDebtor>,
    /// đồng that came and that nobody's bill explains
    pub suspense: i64,
    /// đồng that came: what the payments add to our account at the bank
    pub received: i64,
    /// Payments that came, each a line of a statement.
    pub payments: u64,
    /// đồng told in notices whose money never came
    pub hollow: i64,
    /// Bills answered in each way.
    pub habits: BTreeMap<Habit, u64>,
    /// Payments told in each way.
    pub tellings: BTreeMap<Telling, u64>,
    pub refund_requests: Vec<RefundRequest>,
    /// What was truly paid, and what was only told.
    pub truth: Vec<ExpectedPayment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedBill {
    pub pay_code: String,
    pub debtor: String,
    /// đồng
    pub total: i64,
    /// đồng, with what was paid before
    pub paid: i64,
    pub habit: Habit,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedDebtor {
    pub debtor: String,
    /// đồng
    pub credit: i64,
}

/// A payer who asks for money back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    pub debtor: String,
    pub pay_code: String,
    /// The payment's entry id at the bank.
    pub reference: String,
    /// đồng asked for
    pub amount: i64,
    /// `paid_twice`, `paid_too_much`, `left_the_school`
    pub reason: String,
    /// The account that it came from.
    pub bin: String,
    pub account: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedPayment {
    pub reference: String,
    pub habit: Habit,
    pub telling: Telling,
    /// Codes of the bills that were meant.
    pub meant: Vec<String>,
    /// đồng
    pub amount: i64,
    pub at: String,
    pub booked_on: String,
    pub content: String,
    /// What of it stands on the statement.
    pub note: String,
}

/// The sums while payments go in.
struct Sums<'a> {
    bills: &'a [PayBill],
    paid: Vec<i64>,
    credit: BTreeMap<&'a str, i64>,
    suspense: i64,
}

impl<'a> Sums<'a> {
    fn take(&mut self, p: &Payment) {
        let bills = self.bills;
        let mut named = p.read_first();
        named.sort_by_key(|place| (bills[*place].due_on, *place));
        let Some(first) = named.first().copied() else {
            self.suspense += p.amount;
            return;
        };
        let mut left = p.amount;
        for place in named {
            let share = left.min(bills[place].amount);
            self.put(place, share);
            left -= share;
        }
        self.put(first, left);
    }

    fn put(&mut self, place: usize, share: i64) {
        let bill: &'a PayBill = &self.bills[place];
        let taken = share.min(bill.amount - self.paid[place]);
        self.paid[place] += taken;
        if share > taken {
            *self.credit.entry(&bill.debtor).or_default() += share - taken;
        }
    }

    /// Credit goes on to what else is owed.
    fn use_credit(&mut self) {
        let bills = self.bills;
        let mut order: Vec<usize> = (0..bills.len()).filter(|b| !bills[*b].invitation).collect();
        order.sort_by_key(|place| (bills[*place].due_on, *place));
        for place in order {
            if let Some(credit) = self.credit.get_mut(bills[place].debtor.as_str()) {
                let used = (*credit).min(bills[place].amount - self.paid[place]);
                *credit -= used;
                self.paid[place] += used;
            }
        }
        self.credit.retain(|_, credit| *credit > 0);
    }
}

impl Payers {
    /// The answer key.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let mut sums = Sums {
            bills: &self.bills,
            paid: self.bills.iter().map(|b| b.paid).collect(),
            credit: BTreeMap::new(),
            suspense: 0,
        };
        let money = || self.payments.iter().filter(|p| p.is_money());
        money().for_each(|p| sums.take(p));
        sums.use_credit();
        let mut habits = BTreeMap::new();
        for habit in &self.habits {
            *habits.entry(*habit).or_default() += 1;
        }
        let mut tellings = BTreeMap::new();
        for p in &self.payments {
            *tellings.entry(p.telling).or_default() += 1;
        }
        let bills = self.bills.iter().zip(&self.habits).zip(&sums.paid);
        let credits = sums.credit.iter();
        let hollow = self.payments.iter().filter(|p| !p.is_money());
        Expected {
            seed: self.config.seed,
            bills: bills
                .map(|((b, habit), paid)| ExpectedBill {
                    pay_code: b.pay_code.clone(),
                    debtor: b.debtor.clone(),
                    total: b.amount,
                    paid: *paid,
                    habit: *habit,
                })
                .collect(),
            credits: credits
                .map(|(debtor, credit)| ExpectedDebtor {
                    debtor: (*debtor).to_owned(),
                    credit: *credit,
                })
                .collect(),
            suspense: sums.suspense,
            received: money().map(|p| p.amount).sum(),
            payments: money().count() as u64,
            hollow: hollow.map(|p| p.amount).sum(),
            habits,
            tellings,
            refund_requests: self.refund_requests(),
            truth: self.payments.iter().map(|p| self.truth_of(p)).collect(),
        }
    }

    /// Who asks for money back: half of those who paid twice or too much, and all who left.
    #[must_use]
    pub fn refund_requests(&self) -> Vec<RefundRequest> {
        let mut asked = Vec::new();
        let mut twice = BTreeMap::new();
        for (n, p) in self.payments.iter().filter(|p| p.is_money()).enumerate() {
            let bill = &self.bills[p.meant[0]];
            let (amount, reason) = match p.habit {
                Habit::AsksBack => (p.amount, "left_the_school"),
                Habit::Over if n % 2 == 0 => (p.amount - bill.open(), "paid_too_much"),
                Habit::Twice => {
                    let times: &mut u32 = twice.entry(p.meant[0]).or_default();
                    *times += 1;
                    if *times < 2 || p.meant[0] % 2 != 0 {
                        continue;
                    }
                    (p.amount, "paid_twice")
                }
                _ => continue,
            };
            asked.push(RefundRequest {
                debtor: bill.debtor.clone(),
                pay_code: bill.pay_code.clone(),
                reference: p.reference.clone(),
                amount,
                reason: reason.to_owned(),
                bin: p.purse.bin.to_owned(),
                account: p.purse.account.clone(),
                name: p.purse.name.clone(),
            });
        }
        asked
    }

    fn truth_of(&self, p: &Payment) -> ExpectedPayment {
        let code = |place: &usize| self.bills[*place].pay_code.clone();
        ExpectedPayment {
            reference: p.reference.clone(),
            habit: p.habit,
            telling: p.telling,
            meant: p.meant.iter().map(code).collect(),
            amount: p.amount,
            at: p.at.to_string(),
            booked_on: iso(p.booked_on),
            content: p.content.clone(),
            note: p.note().to_owned(),
        }
    }
}
