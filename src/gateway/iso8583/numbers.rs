//! STAN and RRN: numbers of a channel and day that are used once, over restarts and by
//! however many programs stand on the database.
//!
//! Numbers are taken from the database in blocks; what a program that ends has left of its
//! block is never used. A STAN has six digits, so a terminal has 999,999 of them a day: the
//! next terminal of the channel goes on. The RRN counts over all terminals of the day.

use super::sql;
use crate::clock::{Clock, Instant};
use crate::error::{Failure, Reject};
use crate::store::{Command, Ctx, Db, INSTALLATION, Tx, run};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;

/// Numbers that a terminal has in a day.
pub const STANS: i64 = 999_999;

/// Numbers taken at once.
const BLOCK: i64 = 2_000;

/// What names one message for ever; stored before its first byte leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// DE 41.
    pub terminal: String,
    /// DE 11, 1 to 999,999.
    pub stan: u32,
    /// DE 37: last digit of the year, day of the year, number of the day in eight digits.
    pub rrn: String,
    /// UTC microseconds; DE 7, 12 and 13 say it.
    pub at: i64,
}

/// Takes a block of numbers.
#[derive(Clone, Debug)]
pub struct TakeNumbers {
    pub channel: String,
    pub day: Day,
    pub count: i64,
}

impl Command for TakeNumbers {
    const NAME: &'static str = "switch.numbers";
    type Reply = i64;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION]
    }

    fn input(&self) -> serde_json::Value {
        json!({"channel": self.channel, "day": self.day.number(), "count": self.count})
    }

    async fn apply(&self, tx: &mut Tx, _: &Ctx) -> Result<i64, Failure> {
        Ok(sql::take(tx, &self.channel, self.day, self.count).await?)
    }
}

/// What is left of the block that was taken last.
struct Block {
    day: i64,
    next: i64,
    end: i64,
}

/// The source of a channel's numbers.
pub struct Numbers {
    db: Db,
    channel: String,
    terminals: Vec<String>,
    clock: Clock,
    block: Mutex<Block>,
}

impl Numbers {
    /// `terminals` in the order in which they are used up; each at most 8 characters.
    #[must_use]
    pub fn new(db: &Db, channel: &str, terminals: &[String], clock: Clock) -> Numbers {
        Numbers {
            db: db.clone(),
            channel: channel.to_owned(),
            terminals: terminals.to_vec(),
            clock,
            block: Mutex::new(Block {
                day: 0,
                next: 0,
                end: 0,
            }),
        }
    }

    /// The numbers of a new message.
    ///
    /// # Errors
    /// `switch_numbers_used_up`, or a fault of the store.
    pub async fn next(&self) -> Result<Trace, Failure> {
        let now = self.clock.now();
        let day = now.day();
        let mut block = self.block.lock().await;
        if block.day != day.number() || block.next == block.end {
            let command = TakeNumbers {
                channel: self.channel.clone(),
                day,
                count: BLOCK,
            };
            let first = run(&self.db, &Ctx::new("switch", now), &command).await?;
            *block = Block {
                day: day.number(),
                next: first,
                end: first + BLOCK,
            };
        }
        let n = block.next;
        let trace = trace(&self.terminals, n, now).ok_or_else(|| Reject::SwitchNumbersUsedUp {
            channel: self.channel.clone(),
            day: day.to_string(),
        })?;
        block.next += 1;
        Ok(trace)
    }
}

/// Number `n` of a day, from 0, as STAN, RRN and terminal; none where they are used up.
fn trace(terminals: &[String], n: i64, now: Instant) -> Option<Trace> {
    let terminal = terminals.get(usize::try_from(n / STANS).ok()?)?;
    let day = now.day();
    let new_year = Instant::midnight(Day::new(day.year(), 1, 1).ok()?);
    let of_year = (Instant::midnight(day).0 - new_year.0) / (86_400 * 1_000_000) + 1;
    Some(Trace {
        terminal: terminal.clone(),
        stan: u32::try_from(n % STANS + 1).ok()?,
        rrn: format!("{}{of_year:03}{:08}", day.year().rem_euclid(10), n + 1),
        at: now.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a number of a day that comes twice where the next terminal begins, one of
    /// more digits than its field, and a channel that goes on when all are used.
    #[test]
    fn a_number_names_one_message_of_a_day() {
        let terminals = ["T1".to_owned(), "T2".to_owned()];
        let now = Instant::parse("2026-12-31T23:59:59").unwrap();
        let at = |n| trace(&terminals, n, now).unwrap();
        let (first, last, other) = (at(0), at(STANS - 1), at(STANS));
        assert_eq!((first.stan, first.rrn.as_str()), (1, "636500000001"));
        assert_eq!((last.stan, last.terminal.as_str()), (999_999, "T1"));
        assert_eq!((other.stan, other.terminal.as_str()), (1, "T2"));
        assert_eq!(other.rrn, "636501000000");
        assert!(trace(&terminals, 2 * STANS, now).is_none());
    }
}
