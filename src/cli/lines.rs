//! `batch lines` and `batch withdraw`: a batch line by line, before it is sent.

use super::args::Cli;
use super::out::{Out, Table, money};
use super::session::Session;
use crate::disbursement::withdraw::WithdrawLine;
use crate::disbursement::{self, BatchState, sql};
use crate::error::{Failure, Reject};
use crate::payment::{self, State};
use crate::words::{self, codes};
use serde_json::{Value, json};

/// Lines that one answer shows, at most.
const LIMIT_MAX: i64 = 10_000;

pub async fn list(
    cli: &Cli,
    out: &Out,
    id: i64,
    after: Option<&str>,
    limit: i64,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book_to_read().await?;
    let bad = |place: &str, found: &str, expected: &str| Reject::BadInput {
        what: "batch lines".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    };
    if !(1..=LIMIT_MAX).contains(&limit) {
        let expected = format!("1-{LIMIT_MAX}");
        return Err(bad("--limit", &limit.to_string(), &expected).into());
    }
    let after = match after {
        None => 0,
        Some(text) => payment::instruction_of(book.id, text)
            .ok_or_else(|| bad("--after", text, "end-to-end reference"))?,
    };
    let asked = json!({"batch": id, "after": after, "limit": limit});
    session.note_read(&book, "batch lines", asked).await?;
    let mut tx = session.db.begin_read().await?;
    let batch = disbursement::load(&mut tx, &book, id).await?;
    let rows = sql::lines(&mut tx, &batch, after, limit).await?;
    tx.rollback().await?;
    let lines = rows
        .iter()
        .map(|r| {
            let line = payment::reference(book.id, r.id)?.to_string();
            Ok(
                json!({"line": line, "person_id": (r.person_id > 0).then(|| r.person_id.to_string()), "full_name": r.full_name,
                      "amount": r.amount, "state": state_of(batch.state, r), "reason": r.reason}),
            )
        })
        .collect::<Result<Vec<Value>, Failure>>()?;
    let more = rows.last().is_some_and(|r| r.id < batch.last_id());
    let value = json!({"batch": batch.id.to_string(), "lines": lines, "more": more});
    out.done(&value, || {
        let mut table = Table::new(&[
            out.t("=Mã tham chiếu", "=Reference"),
            out.t("Họ tên", "Name"),
            out.t(">Số tiền", ">Amount"),
            out.t("Trạng thái", "State"),
            out.t("Lý do", "Reason"),
        ]);
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        for (line, row) in lines.iter().zip(&rows) {
            table.row(vec![
                text(&line["line"]),
                row.full_name.clone(),
                money(row.amount),
                out.say(codes::PAYMENT_STATES, &text(&line["state"])),
                words::not_paid(&text(&line["reason"]), out.lang),
            ]);
        }
        let mut shown = table.show();
        if more {
            let last = lines.last().map(|l| text(&l["line"])).unwrap_or_default();
            shown.push_str(&format!("… ansinh batch lines {id} --after {last}\n"));
        }
        shown
    });
    Ok(())
}

/// The state of a line: its own newest event, else its settlement, else its batch's.
fn state_of(batch: BatchState, row: &sql::LineRow) -> String {
    if let Some(event) = &row.event {
        return event.clone();
    }
    let state = match batch {
        _ if row.settled => State::Settled,
        BatchState::Rejected => return BatchState::Rejected.name().to_owned(),
        BatchState::Released => State::Granted,
        BatchState::Sent | BatchState::Completed => State::Instructed,
        BatchState::Draft | BatchState::Submitted | BatchState::Approved => State::Planned,
    };
    state.name().to_owned()
}

pub async fn withdraw(
    cli: &Cli,
    out: &Out,
    batch: i64,
    line: &str,
    reason: &str,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let command = WithdrawLine {
        book,
        batch,
        line: line.to_owned(),
        reason: reason.to_owned(),
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || {
        format!(
            "{} {}, {} {}: {} {} đồng, {} {} đồng",
            out.t("Đợt chi", "Batch"),
            reply.batch,
            out.t("dòng", "line"),
            reply.line,
            out.t("đã rút", "withdrawn"),
            money(reply.amount),
            out.t("trả về nguồn", "back to the fund"),
            money(reply.to_fund)
        )
    });
    Ok(())
}
