//! `reminder`: messages to payers whose bills fall due: run, send, list.

use super::args::Cli;
use super::out::{CASHIER, Out, Table, money};
use super::school_args::ReminderAct;
use super::session::Session;
use super::usage;
use crate::clock::Instant;
use crate::collection::reminder::RunReminders;
use crate::collection::sql::reminder::{self as sql, Listed};
use crate::error::Failure;
use crate::gateway::message_file;
use serde_json::json;

pub async fn reminder(cli: &Cli, out: &Out, act: &ReminderAct) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    match act {
        ReminderAct::Run { day } => {
            let day = usage::day("reminder run", "--day", day)?;
            let reply = session.run(&RunReminders { book, day }).await?;
            out.done(&reply, || {
                let made = format!(
                    "{}: {}",
                    out.t("Tin nhắc mới", "New reminders"),
                    money(reply.made)
                );
                let next = out.next(CASHIER, "ansinh reminder send --out … --as …");
                format!("{made}\n{next}")
            });
        }
        ReminderAct::Send { out: folder } => {
            let what = json!({"send": true});
            session.note_read(&book, "reminder send", what).await?;
            let (db, keys) = (&session.db, &session.keys);
            let sent = message_file::send(db, &session.ctx, keys, &book, folder).await?;
            let names: Vec<String> = sent.files.iter().map(|f| f.display().to_string()).collect();
            let reply = sent.reply;
            let value = json!({"sent": reply.sent, "stopped": reply.stopped, "files": names});
            out.done(&value, || {
                format!(
                    "{}: {}   {}: {}\n{}",
                    out.t("Đã gửi", "Sent"),
                    money(reply.sent),
                    out.t(
                        "Thôi gửi (đã nộp, đã hủy, quá hạn)",
                        "Stopped (paid, cancelled, too late)"
                    ),
                    money(reply.stopped),
                    names.join("\n")
                )
            });
        }
        ReminderAct::List { limit } => {
            let what = json!({"limit": limit});
            session.note_read(&book, "reminder list", what).await?;
            let mut tx = session.db.begin_read().await?;
            let rows = sql::list(&mut tx, book.id, *limit).await?;
            tx.rollback().await?;
            show(out, &rows);
        }
    }
    Ok(())
}

fn show(out: &Out, rows: &[Listed]) {
    let state = |m: &Listed| match (m.sent_at, m.stopped_at) {
        (Some(_), _) => "sent",
        (None, Some(_)) => "stopped",
        (None, None) => "waiting",
    };
    let at = |t: Option<i64>| t.map(|t| Instant(t).local_text());
    let values: Vec<_> = rows
        .iter()
        .map(|m| {
            json!({"bill": m.bill, "step": m.step, "amount": m.amount, "text": m.text, "state": state(m),
                   "made_at": at(Some(m.made_at)), "sent_at": at(m.sent_at), "stopped_at": at(m.stopped_at), "sent_as": m.sent_as})
        })
        .collect();
    out.done(&json!({"reminders": values}), || {
        let mut table = Table::new(&[
            out.t("=Phiếu báo", "=Bill"),
            out.t(">Bậc (ngày)", ">Step (days)"),
            out.t(">Số tiền", ">Amount"),
            out.t("Trạng thái", "State"),
            out.t("Nội dung", "Text"),
        ]);
        for m in rows {
            let word = match state(m) {
                "sent" => out.t("đã gửi", "sent"),
                "stopped" => out.t("thôi gửi", "stopped"),
                _ => out.t("chờ gửi", "waiting"),
            };
            table.row(vec![
                m.bill.clone(),
                m.step.to_string(),
                money(m.amount),
                word.to_owned(),
                m.text.clone(),
            ]);
        }
        table.show()
    });
}
