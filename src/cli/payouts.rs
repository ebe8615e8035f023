//! `refund`, `remittance`, `payout`: money of a biller that goes out again.

use super::args::Cli;
use super::out::{CASHIER, Out, Table, money};
use super::payout_args::{PayToArgs, PayoutAct, RefundAct, RemittanceAct};
use super::session::Session;
use super::sheet_out::write_sheet;
use super::usage;
use crate::clock::Instant;
use crate::collection::payout::{MakeRefund, MakeRemittance, PayTo, PayoutReply, masked};
use crate::collection::payout_batch::{PreparePayouts, PreparedPayouts, standing};
use crate::collection::payout_cancel::{CancelPayout, Readdress};
use crate::collection::sql::payout::{self as sql, PayoutRow, Unremitted};
use crate::collection::sql::people as people_sql;
use crate::error::{Failure, Reject};
use crate::ledger::Book;
use crate::reconcile::send_back::{CancelSentBack, is_sent_back};
use crate::store::Tx;
use crate::store::keys::Purpose;
use crate::words::codes;
use serde_json::{Value, json};
use std::path::Path;

/// The account of the options: the one that paid, or a named one.
fn pay_to(a: &PayToArgs) -> Result<PayTo, Reject> {
    match (a.collection, &a.bin, &a.account) {
        (Some(collection), ..) => Ok(PayTo::Source { collection }),
        (None, Some(bin), Some(number)) => Ok(PayTo::Account {
            bin: bin.clone(),
            number: number.clone(),
        }),
        _ => Err(Reject::BadInput {
            what: "payout".into(),
            place: "--collection".into(),
            found: String::new(),
            expected: "--collection, or --bin and --account".into(),
        }),
    }
}

pub async fn refund(cli: &Cli, out: &Out, act: &RefundAct) -> Result<(), Failure> {
    let RefundAct::Make(a) = act;
    let to = pay_to(&a.to)?;
    let session = Session::open(cli).await?;
    let command = MakeRefund {
        book: session.book().await?,
        debtor: a.debtor.clone(),
        amount: a.amount,
        to,
        name: a.to.name.clone(),
        reason: a.reason.clone(),
        keys: session.keys.clone(),
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || made_text(out, &reply));
    Ok(())
}

pub async fn remittance(cli: &Cli, out: &Out, act: &RemittanceAct) -> Result<(), Failure> {
    let RemittanceAct::Make(a) = act;
    let until = a.until.as_deref();
    let until = until
        .map(|t| usage::day("remittance make", "--until", t))
        .transpose()?;
    let session = Session::open(cli).await?;
    let command = MakeRemittance {
        book: session.book().await?,
        third_party: a.third_party.clone(),
        bin: a.bin.clone(),
        number: a.account.clone(),
        name: a.name.clone(),
        until: until.unwrap_or_else(|| session.ctx.now.day()),
        keys: session.keys.clone(),
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || made_text(out, &reply));
    Ok(())
}

fn made_text(out: &Out, r: &PayoutReply) -> String {
    let mut text = format!(
        "{} {}: {}, {} đ",
        out.say(codes::PAYOUT_KINDS, &r.kind),
        r.payout,
        out.say(codes::PAYOUT_STATES, &r.state),
        money(r.amount)
    );
    if r.parts > 0 {
        text.push_str(&format!(
            "   {}: {}",
            out.t("Khoản đã thu", "Payments"),
            money(r.parts)
        ));
    }
    if r.deducted > 0 {
        text.push_str(&format!(
            "\n{}: {} đ",
            out.t(
                "Trừ phần đã chuyển mà ngân hàng thu lại",
                "Taken off: passed on before, then taken back by the bank"
            ),
            money(r.deducted)
        ));
    }
    let next = match r.state.as_str() {
        "cancelled" => return text,
        _ => out.next(CASHIER, "ansinh payout prepare --as …"),
    };
    format!("{text}\n{next}")
}

pub async fn payout(cli: &Cli, out: &Out, act: &PayoutAct) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    match act {
        PayoutAct::Prepare => {
            let book = session.book().await?;
            let reply = session.run(&PreparePayouts { book }).await?;
            out.done(&reply, || prepared_text(out, &reply));
            Ok(())
        }
        PayoutAct::Cancel { payout, reason } => {
            let book = session.book().await?;
            let (payout, reason) = (*payout, reason.clone());
            let mut tx = session.db.begin_read().await?;
            let sent_back = is_sent_back(&mut tx, book.id, payout).await?;
            tx.rollback().await?;
            let reply = if sent_back {
                let command = CancelSentBack {
                    book,
                    payout,
                    reason,
                };
                session.run(&command).await?
            } else {
                let command = CancelPayout {
                    book,
                    payout,
                    reason,
                };
                session.run(&command).await?
            };
            out.done(&reply, || made_text(out, &reply));
            Ok(())
        }
        PayoutAct::Readdress { payout, to } => {
            let command = Readdress {
                book: session.book().await?,
                payout: *payout,
                to: pay_to(to)?,
                name: to.name.clone(),
                keys: session.keys.clone(),
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || made_text(out, &reply));
            Ok(())
        }
        PayoutAct::List { all, limit } => list(out, &session, *all, *limit).await,
        PayoutAct::Show { payout, out: path } => {
            show(out, &session, *payout, path.as_deref()).await
        }
    }
}

fn prepared_text(out: &Out, r: &PreparedPayouts) -> String {
    let mut text = String::new();
    for b in &r.batches {
        text.push_str(&format!(
            "{} {} ({}): {} {}, {} đ{}\n",
            out.t("Đợt chi nháp số", "Draft batch"),
            b.batch,
            out.say(codes::PAYOUT_KINDS, &b.kind),
            money(b.lines),
            out.t("dòng", "lines"),
            money(b.total),
            b.follows.as_ref().map_or_else(String::new, |f| format!(
                ", {} {f}",
                out.t("chi lại của đợt", "follows")
            ))
        ));
        let next = format!("ansinh batch submit {} --as …", b.batch);
        text.push_str(&out.next(CASHIER, &next));
        text.push('\n');
    }
    if r.waiting > 0 {
        text.push_str(&format!(
            "{}: {}\n{}",
            out.t(
                "Bị trả lại, chờ tài khoản khác",
                "Came back, waiting for another account"
            ),
            money(r.waiting),
            out.next(
                CASHIER,
                "ansinh payout readdress … --bin … --account … --name … --as …"
            )
        ));
    }
    text
}

/// What people see of a payout.
async fn view(
    tx: &mut Tx,
    session: &Session,
    book: &Book,
    p: &PayoutRow,
) -> Result<Value, Failure> {
    let address = sql::address(tx, p.address_id).await?;
    let number = session
        .keys
        .open_text(Purpose::BankAccount, &address.sealed)?;
    let debtor = match p.debtor_id {
        Some(id) => Some(people_sql::debtor_by_id(tx, book.id, id).await?),
        None => None,
    };
    Ok(
        json!({"payout": p.id.to_string(), "kind": p.kind, "state": standing(tx, book.id, p).await?,
        "amount": p.amount, "deducted": p.deducted, "debtor": debtor.as_ref().map(|d| &d.code),
        "name": debtor.as_ref().map(|d| &d.full_name), "third_party": p.third_party, "bin": address.bin,
        "account": masked(&number), "holder_name": address.holder_name, "address_state": address.state,
        "why": p.why, "made_by": p.made_by, "made_at": Instant(p.made_at).local_text(),
        "cancelled_by": p.ended_by, "cancelled_why": p.ended_why}),
    )
}

async fn list(out: &Out, session: &Session, all: bool, limit: i64) -> Result<(), Failure> {
    let book = session.book_to_read().await?;
    let asked = json!({"all": all});
    session.note_read(&book, "payout list", asked).await?;
    let mut tx = session.db.begin_read().await?;
    let rows = sql::list(&mut tx, book.id, all, 0, limit.max(1)).await?;
    let mut values = Vec::with_capacity(rows.len());
    for p in &rows {
        values.push(view(&mut tx, session, &book, p).await?);
    }
    tx.rollback().await?;
    out.done(&json!({"payouts": values}), || {
        let mut table = Table::new(&[
            out.t("=Số", "=Id"),
            out.t("Loại", "Kind"),
            out.t("Trả cho", "For"),
            out.t("Tài khoản nhận", "Account"),
            out.t(">Số tiền", ">Amount"),
            out.t("Trạng thái", "State"),
        ]);
        for v in &values {
            let text = |key: &str| v[key].as_str().unwrap_or_default();
            table.row(vec![
                text("payout").to_owned(),
                out.say(codes::PAYOUT_KINDS, text("kind")),
                format!("{} {}{}", text("debtor"), text("name"), text("third_party")),
                format!(
                    "{} {} {}",
                    text("bin"),
                    text("account"),
                    text("holder_name")
                ),
                money(v["amount"].as_i64().unwrap_or(0)),
                out.say(codes::PAYOUT_STATES, text("state")),
            ]);
        }
        table.show()
    });
    Ok(())
}

async fn show(out: &Out, session: &Session, id: i64, path: Option<&Path>) -> Result<(), Failure> {
    let book = session.book_to_read().await?;
    let asked = json!({"payout": id});
    session.note_read(&book, "payout show", asked).await?;
    let mut tx = session.db.begin_read().await?;
    let row = sql::find(&mut tx, book.id, id)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "payout".into(),
            id: id.to_string(),
        })?;
    let mut value = view(&mut tx, session, &book, &row).await?;
    let parts = sql::parts_with_bills(&mut tx, book.id, id).await?;
    tx.rollback().await?;
    let head = [
        out.t("Mã", "Code"),
        out.t("Họ tên", "Name"),
        out.t("Lớp", "Class"),
        out.t("=Phiếu báo", "=Bill"),
        out.t("Khoản thu", "Fee"),
        out.t("=Ngày nộp", "=Paid on"),
        out.t(">Số tiền", ">Amount"),
    ];
    let mut cells: Vec<Vec<String>> = parts.iter().map(cells_of).collect();
    if row.deducted > 0 {
        let mut less = vec![String::new(); 7];
        less[4] = out
            .t("Trừ phần ngân hàng đã thu lại", "Taken back by the bank")
            .to_owned();
        less[6] = (-row.deducted).to_string();
        cells.push(less);
    }
    if let Some(path) = path {
        write_sheet(path, &head, &cells)?;
    }
    value["parts"] = parts
        .iter()
        .map(|p| {
            json!({"debtor": p.debtor_code, "name": p.debtor_name, "class": p.class, "bill": p.bill, "line": p.line,
                   "paid_on": p.paid_on, "amount": p.piece.amount})
        })
        .collect();
    value["file"] = json!(path.map(|p| p.display().to_string()));
    out.done(&value, || {
        let text = |key: &str| value[key].as_str().unwrap_or_default();
        let mut shown = format!(
            "{} {id}: {}, {} đ\n{}: {} {} {}\n{}\n",
            out.say(codes::PAYOUT_KINDS, &row.kind),
            out.say(codes::PAYOUT_STATES, text("state")),
            money(row.amount),
            out.t("Tài khoản nhận", "Account"),
            text("bin"),
            text("account"),
            text("holder_name"),
            row.why
        );
        if cells.is_empty() {
            return shown;
        }
        let mut table = Table::new(&head);
        for row in &cells {
            let mut row = row.clone();
            row[5] = out.day(&row[5]);
            row[6] = row[6].parse().map_or(row[6].clone(), money);
            table.row(row);
        }
        shown.push_str(&table.show());
        if let Some(path) = path {
            let words = out.t("Đã ghi tệp", "Written to");
            shown.push_str(&format!("{words}: {}", path.display()));
        }
        shown
    });
    Ok(())
}

fn cells_of(p: &Unremitted) -> Vec<String> {
    vec![
        p.debtor_code.clone(),
        p.debtor_name.clone(),
        p.class.clone(),
        p.bill.clone(),
        p.line.clone(),
        p.paid_on.clone(),
        p.piece.amount.to_string(),
    ]
}
