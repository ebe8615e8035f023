//! Closing a day: what waits is booked, the balance moves, and a statement keeps what
//! the files will say.
//!
//! The order of a statement: what waited from before, money that arrived, the
//! payments in the order of their files, then second bookings, returns and lines
//! delivered again, then what nobody asked for.

use std::sync::Arc;

use super::day_file::{Cause, DayFile, Line, ODD, Odd, Statement, as_instructed};
use super::faults::Fate;
use super::{Bank, BankError, Batch, Payment};
use crate::days::{Day, is_day};
use crate::rng::{Rng, hash, hash_text};
use crate::statement::fast::entry_id;
use crate::statement::{AMOUNT_MAX, Booking, Direction, Head, Totals};
use crate::text::Short;

const SEQUENCE_MAX: u32 = 99_999_999;

/// Waits for a day; its booking date, and its entry id if it has none yet, come with its
/// statement.
#[derive(Debug)]
pub(super) struct Pending {
    /// Not booked before this day; 0 for the next statement.
    day: Day,
    odd: Odd,
}

impl Pending {
    pub fn credit(
        day: Day,
        amount: i64,
        entry_id: Short<16>,
        reference: Short<16>,
        counter_bin: Short<6>,
        counter_account: Short<19>,
        note: Short<17>,
    ) -> Self {
        let booking = Booking {
            entry_id,
            booked_on: day,
            value_on: day,
            direction: Direction::Credit,
            amount,
            reference,
            counter_bin,
            counter_account,
            reason: Short::EMPTY,
            note,
        };
        let cause = Cause::Other(Fate::Credit);
        Self {
            day,
            odd: Odd { booking, cause },
        }
    }
}

/// The money that a closed account sends back.
fn sent_back(payment: &Payment, day: Day) -> Booking {
    Booking {
        direction: Direction::Credit,
        reason: Short::cut("AC04"),
        note: Short::cut("account closed"),
        ..as_instructed(payment, day)
    }
}

/// A statement in the making.
struct Closing<'a> {
    statement: Statement,
    sequence: &'a mut u32,
    /// Booked after the payments.
    after: Vec<After>,
}

enum After {
    Book(Odd),
    /// The payment, as instructed, a second time.
    BookAgain {
        batch: u32,
        index: u32,
    },
    DeliverAgain(Line),
}

impl Closing<'_> {
    fn next_sequence(&mut self) -> Result<u32, BankError> {
        if *self.sequence == SEQUENCE_MAX {
            return Err(BankError::Amount);
        }
        *self.sequence += 1;
        Ok(*self.sequence)
    }

    fn count(&mut self, direction: Direction, amount: i64) {
        self.statement.totals.add(direction, amount);
        let balance = self.statement.closing;
        self.statement.closing = match direction {
            Direction::Debit => balance.saturating_sub(amount),
            Direction::Credit => balance.saturating_add(amount),
        };
    }

    fn book(&mut self, mut odd: Odd) -> Result<(), BankError> {
        let sequence = self.next_sequence()?;
        if odd.booking.entry_id.is_empty() {
            odd.booking.entry_id = entry_id(self.statement.head.day, sequence);
        }
        self.count(odd.booking.direction, odd.booking.amount);
        let index = u32::try_from(self.statement.odd.len()).unwrap_or(ODD);
        self.statement.odd.push(odd);
        self.statement.lines.push(Line {
            sequence,
            batch: ODD,
            index,
        });
        Ok(())
    }

    /// Books a payment as instructed; `batch` is among the statement's.
    fn book_payment(&mut self, batch: u32, index: u32, amount: i64) -> Result<Line, BankError> {
        let sequence = self.next_sequence()?;
        self.count(Direction::Debit, amount);
        let line = Line {
            sequence,
            batch,
            index,
        };
        self.statement.lines.push(line);
        Ok(line)
    }

    fn book_batch(
        &mut self,
        number: u32,
        batch: &Arc<Batch>,
        pending: &mut Vec<Pending>,
    ) -> Result<(), BankError> {
        let day = self.statement.head.day;
        let local = u32::try_from(self.statement.batches.len()).unwrap_or(ODD);
        self.statement.batches.push((number, Arc::clone(batch)));
        self.statement.lines.reserve(batch.payments.len());
        for (index, payment) in (0..).zip(&batch.payments) {
            let fate = batch.plan.fate(index, payment);
            let ordinary = as_instructed(payment, day);
            let cause = Cause::Payment {
                batch: number,
                index,
            };
            let odd = |booking| Odd { booking, cause };
            match fate {
                Fate::Short | Fate::Excess | Fate::Misdirected | Fate::CutReference => {
                    self.book(odd(bent(batch, index, fate, ordinary)))?;
                }
                Fate::Late => pending.push(Pending {
                    day: 0,
                    odd: odd(ordinary),
                }),
                Fate::Dropped => {}
                _ => {
                    let line = self.book_payment(local, index, payment.amount)?;
                    match fate {
                        Fate::Closed => self.after.push(After::Book(odd(sent_back(payment, day)))),
                        Fate::ClosedLater => pending.push(Pending {
                            day: 0,
                            odd: odd(sent_back(payment, day)),
                        }),
                        Fate::Doubled => {
                            let batch = local;
                            self.after.push(After::BookAgain { batch, index });
                        }
                        Fate::Redelivered => self.after.push(After::DeliverAgain(line)),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn book_after(&mut self) -> Result<(), BankError> {
        for after in std::mem::take(&mut self.after) {
            match after {
                After::Book(odd) => self.book(odd)?,
                After::BookAgain { batch, index } => {
                    let payments = &self.statement.batches[batch as usize].1.payments;
                    let amount = payments[index as usize].amount;
                    self.book_payment(batch, index, amount)?;
                }
                After::DeliverAgain(line) => {
                    // counted as a line, moves nothing
                    let booking = self.statement.resolve(line).booking;
                    self.statement.totals.add(booking.direction, booking.amount);
                    self.statement.lines.push(line);
                }
            }
        }
        Ok(())
    }
}

/// A payment booked otherwise than instructed.
fn bent(batch: &Batch, index: u32, fate: Fate, mut booking: Booking) -> Booking {
    let plan = &batch.plan;
    match fate {
        Fate::Short => booking.amount -= plan.difference(index, booking.amount - 1),
        Fate::Excess => booking.amount += plan.difference(index, AMOUNT_MAX - booking.amount),
        Fate::CutReference => {
            // a letter at least goes, a letter at least stays where there are two
            let whole = booking.reference.as_str();
            let kept = (whole.len() / 2).max(whole.len().saturating_sub(4));
            booking.reference = Short::cut(&whole[..kept]);
        }
        _ => {
            let mut digits = booking.counter_account.as_str().to_owned();
            let last = digits
                .pop()
                .and_then(|d| d.to_digit(10))
                .map_or(0, u64::from);
            let other = (last + 1 + plan.chance(index) % 9) % 10;
            booking.counter_account = Short::cut(&format!("{digits}{other}"));
        }
    }
    booking
}

/// What nobody asked for, on a day with so many payments.
fn strangers(bank_seed: u64, faults: &super::Faults, head: &Head, payments: u64) -> Vec<Odd> {
    let seed = hash(
        hash_text(bank_seed, head.account.as_str()),
        44,
        u64::from(head.day),
    );
    let mut rng = Rng::new(seed);
    let mut found = Vec::new();
    for (share, fate) in [
        (faults.foreign_debit, Fate::ForeignDebit),
        (faults.fee, Fate::Fee),
        (faults.foreign_credit, Fate::ForeignCredit),
    ] {
        for _ in 0..share.of(payments) {
            let thousands = i64::from(rng.between(10, 2000));
            // half of the strangers carry a reference of their own
            let reference = match rng.below(2) {
                0 => Short::EMPTY,
                _ => Short::cut(&format!("X{:011}", rng.below(100_000_000_000))),
            };
            let account = Short::cut(&format!("{:013}", rng.below(10_000_000_000_000)));
            let mut booking = Booking {
                entry_id: Short::EMPTY,
                booked_on: head.day,
                value_on: head.day,
                direction: Direction::Debit,
                amount: thousands * 1000,
                reference,
                counter_bin: Short::cut(rng.pick(&["970405", "970415", "970436"])),
                counter_account: account,
                reason: Short::EMPTY,
                note: Short::EMPTY,
            };
            match fate {
                Fate::Fee => {
                    booking.amount = i64::from(rng.between(1, 10)) * 1100;
                    booking.reference = Short::EMPTY;
                    booking.counter_bin = Short::EMPTY;
                    booking.counter_account = Short::EMPTY;
                    booking.reason = Short::cut("FEE");
                    booking.note = Short::cut("phi dich vu");
                }
                Fate::ForeignCredit => {
                    booking.direction = Direction::Credit;
                    booking.note = Short::cut("nop tien");
                }
                _ => booking.note = Short::cut("rut tien"),
            }
            found.push(Odd {
                booking,
                cause: Cause::Other(fate),
            });
        }
    }
    found
}

impl Bank {
    /// Books what waits for `day` or an earlier one and closes it.
    ///
    /// # Errors
    /// When the account is unknown, the day not after the last one closed, or the
    /// balance leaves its field; nothing is booked then.
    pub fn close_day(&mut self, account: &str, day: Day) -> Result<DayFile, BankError> {
        let batches = &self.batches;
        let mut sequence = self.sequence;
        let Some(account) = self.accounts.get_mut(account) else {
            return Err(BankError::UnknownAccount(account.to_owned()));
        };
        if !is_day(day) || day <= account.last_day {
            return Err(BankError::Day(day));
        }
        let head = Head {
            bin: self.bin,
            account: account.number,
            number: account.next_statement,
            day,
            opening: account.balance,
        };
        let mut closing = Closing {
            statement: Statement {
                head,
                closing: account.balance,
                totals: Totals::default(),
                lines: Vec::new(),
                odd: Vec::new(),
                batches: Vec::new(),
                waiting: 0,
            },
            sequence: &mut sequence,
            after: Vec::new(),
        };
        let mut later = Vec::new();
        for waiting in &account.pending {
            let mut odd = waiting.odd;
            if waiting.day > day {
                later.push(Pending {
                    day: waiting.day,
                    odd,
                });
                continue;
            }
            if waiting.day == 0 {
                odd.booking.booked_on = day;
                if odd.booking.direction == Direction::Credit {
                    odd.booking.value_on = day;
                }
            }
            closing.book(odd)?;
        }
        let due = |number: &&u32| batches[**number as usize].execution_day <= day;
        let mut payments = 0;
        for number in account.queue.iter().filter(due) {
            let batch = &batches[*number as usize];
            payments += batch.payments.len() as u64;
            closing.book_batch(*number, batch, &mut later)?;
        }
        closing.book_after()?;
        if payments > 0 {
            for odd in strangers(self.seed, &self.faults, &closing.statement.head, payments) {
                closing.book(odd)?;
            }
        }
        let mut statement = closing.statement;
        if statement.closing.unsigned_abs() > AMOUNT_MAX.unsigned_abs() {
            return Err(BankError::Amount);
        }
        // after this point nothing fails
        self.sequence = sequence;
        let left = account.queue.iter().filter(|number| !due(number));
        account.queue = left.copied().collect();
        let waits = |number: &u32| batches[*number as usize].payments.len() as u64;
        statement.waiting = account.queue.iter().map(waits).sum();
        account.pending = later;
        account.balance = statement.closing;
        account.next_statement += 1;
        account.last_day = day;
        let statement = Arc::new(statement);
        account.statements.push(Arc::clone(&statement));
        Ok(DayFile {
            statement,
            key: self.key.clone(),
        })
    }
}
