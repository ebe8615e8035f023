//! Reminders: a ladder of days before and after a bill is due, as messages in a table from
//! which adapters send.
//!
//! | what | what happens |
//! |---|---|
//! | `reminder run --day D` | a message for each owed bill whose newest step has come |
//! | a step that was missed | nothing: only the newest one counts |
//! | the bill is paid, cancelled or written off before it is sent | stopped, never sent |
//! | partly paid before it is sent | sent with what is still owed |
//! | a step before the due day that is sent after it | stopped |
//! | voluntary contributions | none: nothing is owed |
//!
//! A bill and a step have one message for ever (the key of the table). A message is sent
//! when it stands in a file whose digest its row names; [`SendReminders`] marks only what
//! still reads exactly as the file that was prepared, so nothing is sent that was paid.

use super::biller;
use super::receipt_kind::Settings;
use super::sql::reminder::{self as sql, Message, OwedBill};
use crate::access::{self, Role};
use crate::error::{Failure, Reject};
use crate::ledger::Book;
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::{Day, Dong};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Days from the due day where the set-up says none.
pub const LADDER: &[i64] = &[-3, 1, 7];

/// Rejects a ladder with too many steps, or one too far away.
pub fn check(ladder: &[i64]) -> Result<(), Reject> {
    let rising = ladder.windows(2).all(|w| w[0] < w[1]);
    let near = ladder.iter().all(|s| (-60..=365).contains(s));
    if rising && near && ladder.len() <= 10 {
        return Ok(());
    }
    Err(Reject::BadInput {
        what: "setup".into(),
        place: "book.biller.reminders".into(),
        found: format!("{ladder:?}"),
        expected: "at most 10 rising days from -60 to 365".into(),
    })
}

/// The step that a bill has come to: the newest one, unless it or a later one was written,
/// or it speaks of a due day that has passed. Pure.
fn step_on(ladder: &[i64], due_on: Day, last: Option<i64>, day: Day) -> Option<i64> {
    let come = ladder.iter().filter(|s| due_on.plus_days(**s) <= day);
    let step = *come.max()?;
    let new = last.is_none_or(|last| step > last);
    (new && !is_late(step, due_on, day)).then_some(step)
}

/// True for a step before the due day that comes after it.
fn is_late(step: i64, due_on: Day, day: Day) -> bool {
    step <= 0 && day > due_on
}

/// What a payer reads.
fn text(issuer: &str, bill: &OwedBill, step: i64) -> String {
    let d = bill.due_on;
    let due = format!("{:02}/{:02}/{}", d.day(), d.month(), d.year());
    let class = match bill.class.as_str() {
        "" => String::new(),
        class => format!(" lớp {class}"),
    };
    let amount = Dong::new(bill.open).map_or_else(|_| bill.open.to_string(), |d| d.to_string());
    let when = if step <= 0 {
        format!("hạn nộp {due}")
    } else {
        format!("đã quá hạn nộp {due}")
    };
    format!(
        "{issuer}: phiếu báo {} của {}{class} còn {amount} đồng, {when}. Nội dung chuyển khoản: {}. Nếu đã nộp, xin bỏ qua tin này.",
        bill.number, bill.debtor_name, bill.pay_code
    )
}

fn message(issuer: &str, bill: &OwedBill, step: i64) -> Message {
    Message {
        bill_id: bill.bill_id,
        step,
        amount: bill.open,
        text: text(issuer, bill, step),
    }
}

/// `reminder run`.
pub struct RunReminders {
    pub book: Book,
    pub day: Day,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReply {
    pub day: String,
    /// Messages made now.
    pub made: i64,
    /// (step, messages made), steps in days from the due day.
    pub steps: Vec<(i64, i64)>,
}

const ROLES: &[Role] = &[Role::SchoolCashier, Role::SchoolHead, Role::Accountant];

impl Command for RunReminders {
    const NAME: &'static str = "reminder.run";
    type Reply = RunReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "day": self.day.to_string()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<RunReply, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, ROLES).await?;
        if self.day > ctx.now.day() {
            return Err(Reject::DayInFuture {
                what: "reminder run".into(),
                day: self.day.to_string(),
                today: ctx.now.day().to_string(),
            }
            .into());
        }
        let settings = Settings::parse(&biller::of(tx, &self.book).await?.settings)?;
        let ladder = settings.ladder();
        let mut reply = RunReply {
            day: self.day.to_string(),
            ..RunReply::default()
        };
        let Some(first) = ladder.iter().min() else {
            return Ok(reply);
        };
        let owed = sql::owed(tx, book, self.day.plus_days(-first)).await?;
        let mut rows = Vec::new();
        for bill in &owed {
            if let Some(step) = step_on(&ladder, bill.due_on, bill.last_step, self.day) {
                rows.push(message(&self.book.name, bill, step));
            }
        }
        for step in &ladder {
            let n = rows.iter().filter(|m| m.step == *step).count();
            if n > 0 {
                reply
                    .steps
                    .push((*step, i64::try_from(n).unwrap_or(i64::MAX)));
            }
        }
        reply.made = reply.steps.iter().map(|s| s.1).sum();
        sql::insert(tx, book, &rows, ctx.now.0, &ctx.actor).await?;
        Ok(reply)
    }
}

/// The messages that wait: those to send, with their bills, and (bill, step) of those to stop.
pub struct Waiting {
    pub send: Vec<(OwedBill, Message)>,
    pub stop: Vec<(i64, i64)>,
}

/// Reads what waits and says what becomes of it today.
pub async fn waiting(tx: &mut Tx, book: &Book, today: Day) -> Result<Waiting, Failure> {
    let rows = sql::waiting(tx, book.id).await?;
    let newest = |n: usize| rows.get(n + 1).is_none_or(|r| r.bill_id != rows[n].bill_id);
    let mut out = Waiting {
        send: Vec::new(),
        stop: Vec::new(),
    };
    for (n, row) in rows.iter().enumerate() {
        let step = row.last_step.unwrap_or_default();
        // Two steps that wait together are one message: the newest.
        if row.open > 0 && newest(n) && !is_late(step, row.due_on, today) {
            out.send.push((row.clone(), message(&book.name, row, step)));
        } else {
            out.stop.push((row.bill_id, step));
        }
    }
    Ok(out)
}

/// `reminder send`, once its file lies prepared: marks the messages that stand in it.
pub struct SendReminders {
    pub book: Book,
    /// Digest of the prepared file.
    pub sent_as: String,
    /// (bill, step, đồng) of what stands in it.
    pub prepared: Vec<(i64, i64, i64)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendReply {
    pub sent: i64,
    pub stopped: i64,
    /// False: what waits has changed since the file was prepared, and nothing was marked.
    pub fits: bool,
}

impl Command for SendReminders {
    const NAME: &'static str = "reminder.send";
    type Reply = SendReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "sent_as": self.sent_as, "messages": self.prepared.len()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<SendReply, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, ROLES).await?;
        let now = waiting(tx, &self.book, ctx.now.day()).await?;
        let keys = now.send.iter().map(|(_, m)| (m.bill_id, m.step, m.amount));
        if !keys.eq(self.prepared.iter().copied()) {
            return Ok(SendReply::default());
        }
        for (_, m) in &now.send {
            sql::set_sent(tx, book, m, &self.sent_as, ctx.now.0).await?;
        }
        for (bill, step) in &now.stop {
            sql::set_stopped(tx, book, *bill, *step, ctx.now.0).await?;
        }
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Ok(SendReply {
            sent: count(now.send.len()),
            stopped: count(now.stop.len()),
            fits: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a step that comes early, twice, after a later one, or that speaks of a due
    /// day which has passed.
    #[test]
    fn a_bill_comes_to_each_step_once() {
        let due = Day::parse("2026-09-20").unwrap();
        let on = |day: &str, last| step_on(LADDER, due, last, Day::parse(day).unwrap());
        for (day, last, step) in [
            ("2026-09-16", None, None),
            ("2026-09-17", None, Some(-3)),
            ("2026-09-20", None, Some(-3)),
            ("2026-09-18", Some(-3), None),
            ("2026-09-21", Some(-3), Some(1)),
            ("2026-09-21", None, Some(1)),
            ("2026-09-26", Some(1), None),
            ("2026-09-27", None, Some(7)),
            ("2026-12-01", Some(1), Some(7)),
            ("2026-12-01", Some(7), None),
            ("2026-09-22", Some(7), None),
        ] {
            assert_eq!(on(day, last), step, "{day} after {last:?}");
        }
        let late = Day::parse("2026-09-21").unwrap();
        assert_eq!(step_on(&[-3], due, None, late), None);
        assert!(check(LADDER).is_ok() && check(&[]).is_ok());
        assert!(check(&[1, 1]).is_err() && check(&[-61]).is_err() && check(&[366]).is_err());
    }
}
