//! What the bank truly did, for tests that compare what was found with what was
//! there: a deed for each payment taken, and one for each booking that no payment caused.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Bank;
use super::day_file::Cause;
use super::faults::Fate;
use crate::days::Day;
use crate::statement::Direction;

/// A booking of a deed. A line delivered again adds to `copies`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// Number of the statement.
    pub statement: u32,
    pub entry_id: String,
    pub day: Day,
    pub direction: Direction,
    /// đồng
    pub amount: i64,
    /// As booked; the deed has it as instructed.
    pub reference: String,
    pub counter_bin: String,
    pub counter_account: String,
    pub reason: String,
    pub copies: u32,
}

/// A payment and what became of it, or a booking without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    pub account: String,
    pub reference: String,
    pub fate: Fate,
    /// đồng as instructed; None where nobody asked.
    pub instructed: Option<i64>,
    /// đồng that left our account
    pub debited: i64,
    /// đồng that came in
    pub credited: i64,
    pub bookings: Vec<Booked>,
}

impl Bank {
    /// Every deed: payments in the order in which they were taken, then the rest in
    /// the order of the statements. For many payments see [`Self::misdeeds`].
    #[must_use]
    pub fn truth(&self) -> Vec<Deed> {
        self.deeds(|_| true)
    }

    /// Only what is not a payment settled as instructed, in the same order.
    #[must_use]
    pub fn misdeeds(&self) -> Vec<Deed> {
        self.deeds(|fate| fate != Fate::Settled)
    }

    fn deeds(&self, wanted: impl Fn(Fate) -> bool) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let mut places = HashMap::new();
        for (number, batch) in (0..).zip(&self.batches) {
            let account = self.accounts.get(&batch.account);
            let queued = account.is_some_and(|a| a.queue.contains(&number));
            for (index, payment) in (0..).zip(&batch.payments) {
                let fate = if queued {
                    Fate::Queued
                } else {
                    batch.plan.fate(index, payment)
                };
                if wanted(fate) {
                    places.insert((number, index), deeds.len());
                    deeds.push(Deed {
                        account: batch.account.clone(),
                        reference: payment.reference.as_str().to_owned(),
                        fate,
                        instructed: Some(payment.amount),
                        debited: 0,
                        credited: 0,
                        bookings: Vec::new(),
                    });
                }
            }
        }
        for (number, account) in &self.accounts {
            for statement in &account.statements {
                for odd in statement.entries() {
                    let booking = &odd.booking;
                    let place = match odd.cause {
                        Cause::Payment { batch, index } => places.get(&(batch, index)).copied(),
                        Cause::Other(fate) => wanted(fate).then(|| {
                            deeds.push(Deed {
                                account: number.clone(),
                                reference: booking.reference.as_str().to_owned(),
                                fate,
                                instructed: None,
                                debited: 0,
                                credited: 0,
                                bookings: Vec::new(),
                            });
                            deeds.len() - 1
                        }),
                    };
                    if let Some(place) = place {
                        deeds[place].add(Booked {
                            statement: statement.head.number,
                            entry_id: booking.entry_id.as_str().to_owned(),
                            day: booking.booked_on,
                            direction: booking.direction,
                            amount: booking.amount,
                            reference: booking.reference.as_str().to_owned(),
                            counter_bin: booking.counter_bin.as_str().to_owned(),
                            counter_account: booking.counter_account.as_str().to_owned(),
                            reason: booking.reason.as_str().to_owned(),
                            copies: 1,
                        });
                    }
                }
            }
        }
        deeds
    }
}

impl Deed {
    fn add(&mut self, booked: Booked) {
        let known = self
            .bookings
            .iter_mut()
            .find(|b| b.statement == booked.statement && b.entry_id == booked.entry_id);
        if let Some(known) = known {
            known.copies += 1;
            return;
        }
        match booked.direction {
            Direction::Debit => self.debited += booked.amount,
            Direction::Credit => self.credited += booked.amount,
        }
        self.bookings.push(booked);
    }
}
