//! `bill`, `surcharge`, `report fees`, `report debtor`.

use super::args::Cli;
use super::out::{CASHIER, HEAD, Out, Table, money};
use super::school::day_of;
use super::school_args::{BillAct, BillListArgs, DebtorReportArgs, FeesReportArgs, SurchargeAct};
use super::school_slips::slips;
use super::session::{Session, parse_period};
use super::sheet_out::write_sheet;
use crate::clock::Instant;
use crate::collection::bill::{self, CancelBill, MakeBill, ReissueBill, WriteOffBill};
use crate::collection::bill_state::BillState;
use crate::collection::biller;
use crate::collection::report::{fees_rows, statement_of};
use crate::collection::run::{PrepareBills, PrepareReply};
use crate::collection::run_issue::IssueRun;
use crate::collection::school::find_debtor;
use crate::collection::sql::bill::{self as bill_sql, BillFilter, BillRow};
use crate::collection::sql::{people as people_sql, report as report_sql};
use crate::collection::surcharge::RunSurcharges;
use crate::error::{Failure, Reject};
use crate::ledger::Book;
use crate::programme::{period_number, period_text};
use crate::store::Tx;
use crate::words::{self, codes};
use serde_json::{Value, json};
use std::path::Path;

pub async fn bill(cli: &Cli, out: &Out, act: &BillAct) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    // Names of people are for those with a role in the book.
    let names = matches!(
        act,
        BillAct::Show { .. } | BillAct::List(_) | BillAct::Slips(_)
    );
    let book = if names {
        session.book_to_read().await?
    } else {
        session.book().await?
    };
    match act {
        BillAct::Prepare {
            year,
            period,
            class,
        } => {
            let command = PrepareBills {
                book,
                year: year.clone(),
                period: parse_period(period)?,
                class: class.clone(),
                debtor: None,
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || prepared_text(&reply, out));
        }
        BillAct::Issue { run } => {
            let reply = session.run(&IssueRun { book, run: *run }).await?;
            out.done(&reply, || {
                format!(
                    "{}: {} ({} - {}), {} đ\n{}: {} đ",
                    out.t("Đã phát hành", "Issued"),
                    money(reply.bills),
                    reply.first_number,
                    reply.last_number,
                    money(reply.total),
                    out.t("Dùng tiền thừa", "Credit used"),
                    money(reply.credit_used)
                ) + "\n"
                    + &out.next(
                        CASHIER,
                        &format!("ansinh bill slips --run {run} --out … --as …"),
                    )
            });
        }
        BillAct::Cancel { bill, reason } => {
            let command = CancelBill {
                book,
                bill: bill.clone(),
                reason: reason.clone(),
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || {
                let text = format!(
                    "{} {}: {}",
                    out.t("Phiếu báo", "Bill"),
                    reply.number,
                    out.say(codes::BILL_STATES, &reply.state)
                );
                if reply.paid == 0 {
                    return text;
                }
                let next = "ansinh refund make --debtor … --amount … --collection … --name … --reason … --as …";
                format!(
                    "{text}\n{}: {} đ\n{}",
                    out.t(
                        "Số đã nộp, nay là tiền thừa",
                        "What was paid is the debtor's credit now"
                    ),
                    money(reply.paid),
                    out.next(CASHIER, next)
                )
            });
        }
        BillAct::WriteOff {
            bill,
            reason,
            approve,
        } => {
            let command = WriteOffBill {
                book,
                bill: bill.clone(),
                reason: reason.clone(),
                approve: *approve,
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || {
                let text = format!(
                    "{} {}: {}",
                    out.t("Phiếu báo", "Bill"),
                    reply.number,
                    out.say(codes::BILL_STATES, &reply.state)
                );
                if *approve {
                    return text;
                }
                let next = format!("ansinh bill write-off {bill} --reason … --approve --as …");
                let who = ("một người khác", "another person");
                format!(
                    "{text} ({})\n{}",
                    out.t("đã đề nghị xóa nợ", "write-off proposed"),
                    out.next(who, &next)
                )
            });
        }
        BillAct::Reissue { bill, reason } => {
            let command = ReissueBill {
                book,
                bill: bill.clone(),
                reason: reason.clone(),
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || prepared_text(&reply, out));
        }
        BillAct::Make {
            debtor,
            fee,
            quantity,
            name,
            reference,
        } => {
            let command = MakeBill {
                book,
                debtor: debtor.clone(),
                name: name.clone(),
                fee: fee.clone(),
                quantity: *quantity,
                reference: reference.clone(),
                keys: session.keys.clone(),
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || {
                format!(
                    "{} {}: {} đ, {}\n{}: {}",
                    out.t("Phiếu báo", "Bill"),
                    reply.number,
                    money(reply.total),
                    out.say(codes::BILL_STATES, &reply.state),
                    out.t("Mã thanh toán", "Payment code"),
                    reply.pay_code
                )
            });
        }
        BillAct::Status { code } => return status(out, &session, &book, code).await,
        BillAct::Show { bill } => return show(out, &session, &book, bill).await,
        BillAct::List(a) => return list(out, &session, &book, a).await,
        BillAct::Slips(a) => return slips(out, &session, &book, a).await,
    }
    Ok(())
}

fn prepared_text(r: &PrepareReply, out: &Out) -> String {
    let mut text = format!(
        "{} {}: {}\n{}: {}   {}: {}   {}: {} đ   {}: {} đ\n{}: {}\n",
        out.t("Kỳ", "Period"),
        out.day(&r.period),
        if r.run.is_empty() {
            out.t("không có gì mới", "nothing new").to_owned()
        } else {
            format!("{} {}", out.t("đợt lập", "run"), r.run)
        },
        out.t("Phiếu báo nháp", "Draft bills"),
        money(r.bills),
        out.t("Thư mời đóng góp", "Invitations"),
        money(r.invitations),
        out.t("Tổng phải thu", "Total"),
        money(r.total),
        out.t("Miễn giảm", "Reductions"),
        money(r.reductions),
        out.t("Không có khoản mới", "Nothing new for"),
        money(r.nothing_new),
    );
    if !r.problems.is_empty() {
        let mut table = Table::new(&[
            out.t("Chưa lập được", "Not billed"),
            out.t("Lớp", "Class"),
            out.t("Khoản thu", "Fee"),
            out.t("Lý do", "Reason"),
        ]);
        for p in r.problems.iter().take(30) {
            table.row(vec![
                format!("{} {}", p.debtor, p.name),
                p.class.clone(),
                p.fee.clone(),
                p.reason.clone(),
            ]);
        }
        text.push_str(&table.show());
        if r.problems.len() > 30 {
            text.push_str(&format!("… {}\n", r.problems.len() - 30));
        }
    }
    if !r.run.is_empty() {
        text.push_str(&out.next(HEAD, &format!("ansinh bill issue {} --as …", r.run)));
    }
    text
}

async fn status(out: &Out, session: &Session, book: &Book, code: &str) -> Result<(), Failure> {
    let mut tx = session.db.begin_read().await?;
    let bill = bill::find(&mut tx, book, code).await?;
    tx.rollback().await?;
    out.done(&bill::status(&bill), || {
        format!(
            "{} ({}): {}, {} / {} đ",
            bill.number,
            bill.pay_code,
            out.say(codes::BILL_STATES, bill.state.name()),
            money(bill.paid),
            money(bill.total)
        )
    });
    Ok(())
}

fn bill_json(b: &BillRow) -> Value {
    json!({"bill": b.id.to_string(), "run": b.run_id.to_string(), "kind": b.kind, "number": b.number,
           "period": period_text(b.period), "part": b.part, "parts": b.parts, "state": b.state.name(),
           "pay_code": b.pay_code, "total": b.total, "paid": b.paid, "due_on": b.due_on.to_string(),
           "of_bill": b.of_bill_id.map(|i| i.to_string()), "replaces": b.replaces_id.map(|i| i.to_string())})
}

async fn show(out: &Out, session: &Session, book: &Book, word: &str) -> Result<(), Failure> {
    let mut tx = session.db.begin_read().await?;
    let bill = bill::find(&mut tx, book, word).await?;
    let debtor = people_sql::debtor_by_id(&mut tx, book.id, bill.debtor_id).await?;
    let lines = bill_sql::lines_of(&mut tx, book.id, &[bill.id]).await?;
    let lines = lines.get(&bill.id).cloned().unwrap_or_default();
    let events = bill_sql::events_of(&mut tx, book.id, bill.id).await?;
    tx.rollback().await?;
    let mut value = bill_json(&bill);
    value["debtor"] = json!(debtor.code);
    value["name"] = json!(debtor.full_name);
    value["snapshot"] = serde_json::from_str(&bill.snapshot).unwrap_or_default();
    value["lines"] = lines
        .iter()
        .map(|l| {
            json!({"no": l.no, "name": l.name, "kind": l.kind.name(), "quantity": l.quantity, "price": l.price,
                   "gross": l.gross, "reduction": l.reduction, "amount": l.amount, "paid": l.paid, "why": l.why})
        })
        .collect();
    value["events"] = events
        .iter()
        .map(|e| json!({"event": e.event, "amount": e.amount, "actor": e.actor, "at": Instant(e.at).local_text(), "why": e.why}))
        .collect();
    out.done(&value, || {
        let mut text = format!(
            "{} {} ({}): {}, {} / {} đ\n{} {}   {}: {}   {}: {}\n\n",
            out.t("Phiếu báo", "Bill"),
            bill.number,
            out.say(codes::BILL_KINDS, &bill.kind),
            out.say(codes::BILL_STATES, bill.state.name()),
            money(bill.paid),
            money(bill.total),
            debtor.code,
            debtor.full_name,
            out.t("Hạn nộp", "Due"),
            out.day(&bill.due_on.to_string()),
            out.t("Mã thanh toán", "Payment code"),
            bill.pay_code,
        );
        let mut table = Table::new(&[
            out.t("Khoản", "Line"),
            out.t(">Số lượng", ">Quantity"),
            out.t(">Mức", ">Price"),
            out.t(">Giảm", ">Reduction"),
            out.t(">Phải nộp", ">Amount"),
            out.t(">Đã nộp", ">Paid"),
            out.t("Căn cứ", "Why"),
        ]);
        for l in &lines {
            table.row(vec![
                l.name.clone(),
                l.quantity.to_string(),
                money(l.price),
                money(l.reduction),
                money(l.amount),
                money(l.paid),
                l.why.clone(),
            ]);
        }
        text.push_str(&table.show());
        for e in &events {
            text.push_str(&format!(
                "{} {} {} {}\n",
                words::moment(&Instant(e.at).local_text()),
                e.actor,
                out.say(codes::BILL_EVENTS, &e.event),
                e.why
            ));
        }
        text
    });
    Ok(())
}

/// A class by its code in a year.
pub async fn class_id(tx: &mut Tx, book: &Book, year: &str, class: &str) -> Result<i64, Failure> {
    let year = biller::year(tx, book, year).await?;
    let classes = people_sql::classes(tx, book.id, year.id).await?;
    let found = classes.iter().find(|c| c.code == class);
    Ok(found
        .ok_or_else(|| Reject::NotFound {
            what: "class".into(),
            id: class.to_owned(),
        })?
        .id)
}

async fn list(out: &Out, session: &Session, book: &Book, a: &BillListArgs) -> Result<(), Failure> {
    let state = match &a.state {
        None => None,
        Some(name) => Some(BillState::parse(name).ok_or_else(|| {
            let known: Vec<&str> = BillState::ALL.iter().map(|(_, n)| *n).collect();
            Reject::BadInput {
                what: "bill list".into(),
                place: "--state".into(),
                found: name.clone(),
                expected: known.join(", "),
            }
        })?),
    };
    let period = a.period.as_deref().map(parse_period).transpose()?;
    let mut tx = session.db.begin_read().await?;
    let mut filter = BillFilter {
        run: a.run,
        period: period.map(period_number),
        state,
        ..BillFilter::default()
    };
    if let Some(code) = &a.debtor {
        filter.debtor = Some(find_debtor(&mut tx, book, code).await?.id);
    }
    if let (Some(class), Some(year)) = (&a.class, &a.year) {
        filter.class = Some(class_id(&mut tx, book, year, class).await?);
    }
    let bills = bill_sql::list(&mut tx, book.id, &filter, a.limit).await?;
    tx.rollback().await?;
    let rows: Vec<Value> = bills
        .iter()
        .map(|b| {
            let mut value = bill_json(&b.bill);
            value["debtor"] = json!(b.debtor_code);
            value["name"] = json!(b.full_name);
            value["class"] = json!(b.class_code);
            value
        })
        .collect();
    out.done(&json!({"bills": rows}), || {
        let mut table = Table::new(&[
            out.t("Số", "Number"),
            out.t("Lớp", "Class"),
            out.t("Mã", "Code"),
            out.t("Họ tên", "Name"),
            out.t("Mã thanh toán", "Payment code"),
            out.t(">Phải nộp", ">Total"),
            out.t(">Đã nộp", ">Paid"),
            out.t("Hạn", "Due"),
            out.t("Trạng thái", "State"),
        ]);
        for b in &bills {
            table.row(vec![
                b.bill.number.clone(),
                b.class_code.clone(),
                b.debtor_code.clone(),
                b.full_name.clone(),
                b.bill.pay_code.clone(),
                money(b.bill.total),
                money(b.bill.paid),
                out.day(&b.bill.due_on.to_string()),
                out.say(codes::BILL_STATES, b.bill.state.name()),
            ]);
        }
        table.show()
    });
    Ok(())
}

pub async fn surcharge(cli: &Cli, out: &Out, act: &SurchargeAct) -> Result<(), Failure> {
    let SurchargeAct::Run { day } = act;
    let day = day_of("--day", day)?;
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session.run(&RunSurcharges { book, day }).await?;
    out.done(&reply, || {
        format!(
            "{} {}: {} {}, {} đ",
            out.t("Phí nộp chậm đến ngày", "Late surcharges up to"),
            out.day(&reply.day),
            money(reply.bills),
            out.t("phiếu", "bills"),
            money(reply.total)
        )
    });
    Ok(())
}

/// The line that names the file of a report.
fn written(path: Option<&Path>, out: &Out) -> String {
    path.map_or_else(String::new, |p| {
        format!("{}: {}", out.t("Đã ghi tệp", "Written to"), p.display())
    })
}

pub async fn report_fees(cli: &Cli, out: &Out, a: &FeesReportArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let period = a.period.as_deref().map(parse_period).transpose()?;
    let day = match &a.day {
        Some(text) => day_of("--day", text)?,
        None => session.ctx.now.day(),
    };
    let mut tx = session.db.begin_read().await?;
    let year = biller::year(&mut tx, &book, &a.year).await?;
    let sums =
        report_sql::by_class(&mut tx, book.id, year.id, period.map(period_number), day).await?;
    tx.rollback().await?;
    let (rows, whole) = fees_rows(&sums);
    let head = [
        out.t("Lớp", "Class"),
        out.t(">Phiếu", ">Bills"),
        out.t(">Phải thu", ">Billed"),
        out.t(">Miễn giảm", ">Exempt"),
        out.t(">Đã thu", ">Paid"),
        out.t(">Còn phải thu", ">Open"),
        out.t(">Thu thiếu", ">Short"),
        out.t(">Tiền thừa", ">Over"),
        out.t(">Quá hạn 1-30", ">Late 1-30"),
        ">31-60",
        ">61-90",
        ">91+",
    ];
    let mut cells: Vec<Vec<String>> = Vec::new();
    for r in rows.iter().chain([&whole]) {
        let name = match r.class.as_str() {
            "" if std::ptr::eq(r, &whole) => out.t("Toàn trường", "Whole school"),
            "" => "-",
            class => class,
        };
        let numbers = [
            r.bills,
            r.billed,
            r.exempt,
            r.paid,
            r.open,
            r.short,
            r.over,
            r.overdue_1_30,
            r.overdue_31_60,
            r.overdue_61_90,
            r.overdue_91,
        ];
        cells.push(
            std::iter::once(name.to_owned())
                .chain(numbers.iter().map(i64::to_string))
                .collect(),
        );
    }
    if let Some(path) = &a.out {
        write_sheet(path, &head, &cells)?;
    }
    let value = json!({"book": book.code, "year": year.code, "period": a.period, "day": day.to_string(),
                       "classes": rows, "total": whole, "file": a.out.as_ref().map(|p| p.display().to_string())});
    out.done(&value, || {
        let mut table = Table::new(&head);
        for row in &cells {
            let shown = row
                .iter()
                .enumerate()
                .map(|(i, c)| match (i, c.parse::<i64>()) {
                    (1.., Ok(n)) => money(n),
                    _ => c.clone(),
                });
            table.row(shown.collect());
        }
        table.show() + &written(a.out.as_deref(), out)
    });
    Ok(())
}

pub async fn report_debtor(cli: &Cli, out: &Out, a: &DebtorReportArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book_to_read().await?;
    let mut tx = session.db.begin_read().await?;
    let debtor = find_debtor(&mut tx, &book, &a.code).await?;
    let rows = statement_of(&mut tx, book.id, &debtor).await?;
    tx.rollback().await?;
    let head = [
        out.t("Lúc", "At"),
        out.t("Việc", "What"),
        out.t("Số", "Of"),
        out.t(">Phải nộp", ">Owed"),
        out.t(">Đã nộp", ">Settled"),
        out.t(">Còn nợ", ">Balance"),
    ];
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|m| {
            vec![
                m.at.clone(),
                m.what.clone(),
                m.of.clone(),
                m.owed.to_string(),
                m.settled.to_string(),
                m.balance.to_string(),
            ]
        })
        .collect();
    if let Some(path) = &a.out {
        write_sheet(path, &head, &cells)?;
    }
    let balance = rows.last().map_or(0, |m| m.balance);
    let value = json!({"debtor": debtor.code, "name": debtor.full_name, "balance": balance, "movements": rows,
                       "file": a.out.as_ref().map(|p| p.display().to_string())});
    out.done(&value, || {
        let mut table = Table::new(&head);
        for (m, row) in rows.iter().zip(&cells) {
            let mut row = row.clone();
            row[0] = words::moment(&m.at);
            row[1] = out.say(codes::MOVEMENTS, &m.what);
            row[3] = money(m.owed);
            row[4] = money(m.settled);
            row[5] = money(m.balance);
            table.row(row);
        }
        format!(
            "{} {}\n{}{}",
            debtor.code,
            debtor.full_name,
            table.show(),
            written(a.out.as_deref(), out)
        )
    });
    Ok(())
}
