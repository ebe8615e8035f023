//! `receipt`: the numbered papers of what was paid: list, show, print, cancel, verify.

use super::args::Cli;
use super::out::{CASHIER, Out, Table, money};
use super::qr::no_image;
use super::school_args::{ReceiptAct, ReceiptListArgs, ReceiptPrintArgs, SlipFormat};
use super::session::Session;
use super::usage;
use crate::access::read::require_reader;
use crate::clock::Instant;
use crate::collection::receipt;
use crate::collection::receipt_cancel::{CancelReceipt, CancelReply};
use crate::collection::receipt_paper;
use crate::collection::receipt_qr::{self, Genuine};
use crate::collection::school::find_debtor;
use crate::collection::sql::receipt::{self as sql, Asked, ReceiptRow};
use crate::error::{Failure, Fault, Reject, io_fault};
use crate::ledger::Book;
use crate::paper::{Paper, PerPage, html, pdf, qr};
use crate::store::Tx;
use crate::words::codes;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Receipts of one print: a school's day has fewer.
const PRINT_MAX: i64 = 100_000;

pub async fn receipt(cli: &Cli, out: &Out, act: &ReceiptAct) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    if let ReceiptAct::Verify { source } = act {
        return verify(out, &session, source).await;
    }
    let book = match act {
        ReceiptAct::Cancel { .. } => session.book().await?,
        _ => session.book_to_read().await?,
    };
    match act {
        ReceiptAct::List(a) => list(out, &session, &book, a).await,
        ReceiptAct::Show { receipt } => show(out, &session, &book, receipt).await,
        ReceiptAct::Print(a) => print(out, &session, &book, a).await,
        ReceiptAct::Cancel {
            receipt,
            reason,
            approve,
        } => {
            let command = CancelReceipt {
                book,
                receipt: receipt.clone(),
                reason: reason.clone(),
                approve: *approve,
            };
            let reply = session.run(&command).await?;
            out.done(&reply, || cancelled_text(out, &reply));
            Ok(())
        }
        ReceiptAct::Verify { .. } => Ok(()),
    }
}

fn cancelled_text(out: &Out, r: &CancelReply) -> String {
    let mut text = format!(
        "{} {}: {}, {} đ",
        out.t("Biên lai", "Receipt"),
        r.receipt,
        out.say(codes::RECEIPT_STATES, &r.state),
        money(r.amount)
    );
    if let Some(name) = &r.cancellation {
        text.push_str(&format!("\n{}: {name}", out.t("Phiếu hủy", "Cancellation")));
    }
    if !r.replaced_by.is_empty() {
        text.push_str(&format!(
            "\n{}: {}",
            out.t("Biên lai thay thế", "Replaced by"),
            r.replaced_by.join(", ")
        ));
    }
    if r.state == "proposed" {
        let next = format!("ansinh receipt cancel {} --approve --as …", r.receipt);
        text.push('\n');
        text.push_str(&out.next(("một người khác", "another person"), &next));
    }
    text
}

/// The cancellations of receipts, by their ids.
async fn cancellations(
    tx: &mut Tx,
    book: i64,
    rows: &[ReceiptRow],
) -> Result<HashMap<i64, ReceiptRow>, Failure> {
    let ids: Vec<i64> = rows.iter().filter_map(|r| r.cancelled_by).collect();
    let found = sql::by_ids(tx, book, &ids).await?;
    Ok(found.into_iter().map(|r| (r.id, r)).collect())
}

fn state_of(r: &ReceiptRow) -> &'static str {
    match (r.cancels_id, r.cancelled_by) {
        (Some(_), _) => "cancellation",
        (None, Some(_)) => "cancelled",
        (None, None) => "live",
    }
}

fn fields(r: &ReceiptRow, cancelled_by: Option<&ReceiptRow>) -> Result<Value, Failure> {
    let body = r.body()?;
    Ok(json!({
        "receipt": r.name(), "kind": r.kind, "symbol": r.symbol, "year": r.year, "number": r.number,
        "state": state_of(r), "day": r.day().to_string(), "amount": r.amount,
        "collection": r.collection_id.map(|c| c.to_string()), "debtor": body.debtor_code, "name": body.debtor_name,
        "class": body.class, "payer": body.payer, "paid_on": body.paid_on, "issued_by": r.issued_by,
        "cancelled_by": cancelled_by.map(ReceiptRow::name),
    }))
}

/// What a list or a print asks for.
async fn asked(
    tx: &mut Tx,
    book: &Book,
    day: Option<&str>,
    debtor: Option<&str>,
    limit: i64,
) -> Result<Asked, Failure> {
    let mut asked = Asked {
        limit,
        ..Asked::default()
    };
    if let Some(text) = day {
        let day = usage::day("receipt", "--day", text)?;
        asked.from = Instant::midnight(day).0;
        asked.before = Instant::midnight(day.plus_days(1)).0;
    }
    if let Some(code) = debtor {
        asked.debtor_id = find_debtor(tx, book, code).await?.id;
    }
    Ok(asked)
}

async fn list(
    out: &Out,
    session: &Session,
    book: &Book,
    a: &ReceiptListArgs,
) -> Result<(), Failure> {
    let what = json!({"day": a.day, "debtor": a.debtor, "kind": a.kind});
    session.note_read(book, "receipt list", what).await?;
    let mut tx = session.db.begin_read().await?;
    let (day, debtor) = (a.day.as_deref(), a.debtor.as_deref());
    let mut asked = asked(&mut tx, book, day, debtor, a.limit.max(1)).await?;
    asked.kind = a.kind.clone().unwrap_or_default();
    asked.state = a.state.clone().unwrap_or_default();
    if let Some(after) = &a.after {
        asked.after = receipt::find(&mut tx, book.id, after).await?.id;
    }
    let rows = sql::list(&mut tx, book.id, &asked).await?;
    let cancelled = cancellations(&mut tx, book.id, &rows).await?;
    tx.rollback().await?;
    let of = |r: &ReceiptRow| r.cancelled_by.and_then(|id| cancelled.get(&id)).cloned();
    let mut values = Vec::with_capacity(rows.len());
    for r in &rows {
        values.push(fields(r, of(r).as_ref())?);
    }
    let live = |r: &&ReceiptRow| r.cancelled_by.is_none() && r.cancels_id.is_none();
    let total: i64 = rows.iter().filter(live).map(|r| r.amount).sum();
    let value = json!({"receipts": values, "total": total});
    out.done(&value, || {
        let mut table = Table::new(&[
            out.t("=Biên lai", "=Receipt"),
            out.t("=Ngày", "=Day"),
            out.t("=Mã", "=Code"),
            out.t("Họ tên", "Name"),
            out.t(">Số tiền", ">Amount"),
            out.t("Trạng thái", "State"),
        ]);
        for (r, v) in rows.iter().zip(&values) {
            let text = |key: &str| v[key].as_str().unwrap_or_default().to_owned();
            table.row(vec![
                r.name(),
                out.day(&text("day")),
                text("debtor"),
                text("name"),
                money(r.amount),
                out.say(codes::RECEIPT_STATES, state_of(r)),
            ]);
        }
        let sum = out.t("Cộng (không kể đã hủy)", "Total (without cancelled ones)");
        let text = format!("{}{sum}: {} đ", table.show(), money(total));
        if rows.is_empty() {
            return text;
        }
        let next = format!(
            "ansinh receipt print --day {} --out … --as …",
            a.day.as_deref().unwrap_or("…")
        );
        format!("{text}\n{}", out.next(CASHIER, &next))
    });
    Ok(())
}

async fn show(out: &Out, session: &Session, book: &Book, name: &str) -> Result<(), Failure> {
    let asked = json!({"receipt": name});
    session.note_read(book, "receipt show", asked).await?;
    let mut tx = session.db.begin_read().await?;
    let row = receipt::find(&mut tx, book.id, name).await?;
    let cancelled = cancellations(&mut tx, book.id, std::slice::from_ref(&row)).await?;
    tx.rollback().await?;
    let by = row.cancelled_by.and_then(|id| cancelled.get(&id));
    let body = row.body()?;
    let mut value = fields(&row, by)?;
    value["lines"] = json!(body.lines);
    value["qr"] = json!(receipt_qr::text(&session.keys, &book.code, &row));
    if row.cancels_id.is_some() {
        value["cancels"] = json!(body.cancels);
    }
    let why = match by {
        Some(by) => Some(by.body()?),
        None if row.cancels_id.is_some() => Some(body.clone()),
        None => None,
    };
    value["why"] = json!(why.as_ref().map(|b| &b.why));
    out.done(&value, || {
        let mut text = format!(
            "{} {}: {}\n{}: {}   {}: {} {} {}\n",
            body.title,
            row.name(),
            out.say(codes::RECEIPT_STATES, state_of(&row)),
            out.t("Ngày", "Day"),
            out.day(&row.day().to_string()),
            out.t("Nộp cho", "For"),
            body.debtor_code,
            body.debtor_name,
            body.class
        );
        let mut table = Table::new(&[
            out.t("Khoản thu", "Fee"),
            out.t("=Phiếu báo", "=Bill"),
            out.t(">Số tiền", ">Amount"),
        ]);
        for l in &body.lines {
            table.row(vec![l.name.clone(), l.bill.clone(), money(l.amount)]);
        }
        text.push_str(&table.show());
        text.push_str(&format!(
            "{}: {} đ",
            out.t("Cộng", "Total"),
            money(row.amount)
        ));
        if let Some(b) = &why {
            let by = by.map_or_else(|| body.cancels.clone(), ReceiptRow::name);
            text.push_str(&format!(
                "\n{} {by}: {}",
                out.t("Hủy", "Cancelled"),
                receipt_paper::why(b)
            ));
        }
        text
    });
    Ok(())
}

async fn print(
    out: &Out,
    session: &Session,
    book: &Book,
    a: &ReceiptPrintArgs,
) -> Result<(), Failure> {
    let what = json!({"receipts": a.receipts, "day": a.day, "debtor": a.debtor});
    session.note_read(book, "receipt print", what).await?;
    let mut tx = session.db.begin_read().await?;
    let mut rows = Vec::new();
    for name in &a.receipts {
        rows.push(receipt::find(&mut tx, book.id, name).await?);
    }
    if a.receipts.is_empty() {
        let (day, debtor) = (a.day.as_deref(), a.debtor.as_deref());
        let asked = asked(&mut tx, book, day, debtor, PRINT_MAX).await?;
        rows = sql::list(&mut tx, book.id, &asked).await?;
    }
    let cancelled = cancellations(&mut tx, book.id, &rows).await?;
    tx.rollback().await?;
    if rows.is_empty() {
        return Err(Reject::NotFound {
            what: "receipt".into(),
            id: a.day.clone().or(a.debtor.clone()).unwrap_or_default(),
        }
        .into());
    }
    let mut papers = Vec::with_capacity(rows.len());
    for r in &rows {
        let by = r.cancelled_by.and_then(|id| cancelled.get(&id));
        let paper = receipt_paper::paper(&session.keys, &book.code, r, by)
            .map_err(|why| Fault::Corrupt(format!("receipt {}: {why}", r.name())))?;
        papers.push(paper);
    }
    let part = match (rows.as_slice(), &a.day, &a.debtor) {
        ([one], ..) => one.name().replace('/', "-"),
        (_, Some(day), _) => day.clone(),
        (_, None, Some(debtor)) => debtor.clone(),
        ([first, ..], None, None) => format!("{}-etc", first.name().replace('/', "-")),
        ([], None, None) => String::new(),
    };
    let path = write(&a.out, &part, &papers, a)?;
    let value = json!({"receipts": rows.len(), "files": [path.display().to_string()]});
    out.done(&value, || {
        format!(
            "{}: {}\n{}",
            out.t("Biên lai", "Receipts"),
            money(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
            path.display()
        )
    });
    Ok(())
}

/// One file, under its name only when it is whole.
fn write(
    folder: &Path,
    part: &str,
    papers: &[Paper],
    a: &ReceiptPrintArgs,
) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).map_err(io_fault(folder))?;
    let safe: String = part
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let title = format!("Biên lai {part}");
    let per_page = PerPage(usize::from(a.per_page));
    let (ending, bytes) = match a.format {
        SlipFormat::Pdf => ("pdf", pdf::render(papers, per_page, &title)?),
        SlipFormat::Html => {
            let page = html::render(papers, per_page, "vi", &title);
            ("html", page.into_bytes())
        }
    };
    let path = folder.join(format!("receipts-{safe}.{ending}"));
    let unfinished = PathBuf::from(format!("{}.part", path.display()));
    std::fs::write(&unfinished, bytes).map_err(io_fault(&unfinished))?;
    std::fs::rename(&unfinished, &path).map_err(io_fault(&path))?;
    Ok(path)
}

async fn verify(out: &Out, session: &Session, source: &str) -> Result<(), Failure> {
    let path = Path::new(source);
    let text = if path.is_file() {
        let bytes = std::fs::read(path).map_err(io_fault(path))?;
        qr::read_png(&bytes).map_err(|e| no_image(source, &e))?
    } else {
        source.to_owned()
    };
    let mut tx = session.db.begin_read().await?;
    let Genuine {
        book,
        receipt,
        cancelled_by,
    } = receipt_qr::verify(&mut tx, &session.keys, &text).await?;
    let of = crate::ledger::find_book(&mut tx, &book).await?;
    let of = of.ok_or_else(|| Fault::Corrupt(format!("book {book}")))?;
    let allowed = require_reader(&mut tx, &session.ctx, of.id, &of.code).await;
    tx.rollback().await?;
    allowed?;
    let asked = json!({"receipt": receipt.name()});
    session.note_read(&of, "receipt verify", asked).await?;
    let verdict = match cancelled_by {
        Some(_) => "cancelled",
        None => "genuine",
    };
    let mut value = fields(&receipt, cancelled_by.as_ref())?;
    value["verdict"] = json!(verdict);
    value["book"] = json!(book);
    out.done(&value, || {
        let word = match &cancelled_by {
            None => out.t("THẬT, còn giá trị", "GENUINE, live").to_owned(),
            Some(c) => format!(
                "{} {}",
                out.t("THẬT, nhưng ĐÃ HỦY theo", "GENUINE, but CANCELLED by"),
                c.name()
            ),
        };
        format!(
            "{} {}: {word}\n{} đ, {}, {}",
            out.t("Biên lai", "Receipt"),
            receipt.name(),
            money(receipt.amount),
            out.day(&receipt.day().to_string()),
            of.name
        )
    });
    Ok(())
}
