//! `budget receive`, `ledger accounts`, `ledger balance`, `ledger verify`.

use super::args::{BudgetArgs, Cli};
use super::out::{Out, Table, money};
use super::session::Session;
use crate::clock::Instant;
use crate::error::{Failure, Reject};
use crate::ledger::report::{Until, sums_until, trial_balance};
use crate::ledger::{self, verify as ledger_verify};
use crate::reconcile::budget::ReceiveBudget;
use ansinh_settlement::Day;
use serde_json::{Value, json};

pub async fn budget_receive(cli: &Cli, out: &Out, a: &BudgetArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session
        .bank_account(&book, a.bank_account.as_deref())
        .await?;
    let reply = session
        .run(&ReceiveBudget {
            book,
            programme: a.programme.clone(),
            source: a.source.clone(),
            budget_year: a
                .year
                .unwrap_or_else(|| i64::from(session.ctx.now.day().year())),
            bank_account: bank.code,
            amount: a.amount,
            reference: a.reference.clone(),
        })
        .await?;
    out.done(&reply, || {
        let waits = match &reply.break_id {
            Some(id) => format!(
                "\n{}: ansinh break resolve {id} --approve --as …",
                out.t(
                    "Tiền đã về và đang treo; người khác duyệt để ghi vào nguồn",
                    "The money stands in suspense; another person approves that it goes to the fund"
                )
            ),
            None if reply.received < reply.amount => out
                .t(
                    "\nSẽ ghi vào nguồn khi sao kê báo có với đúng số chứng từ và số tiền này.",
                    "\nIt is booked when a statement brings this reference and amount.",
                )
                .to_owned(),
            None => String::new(),
        };
        format!(
            "{}: {}\n{}: {} đ\n{}: {} đ\n{}: {} đ{waits}",
            out.t("Nguồn kinh phí", "Fund"),
            reply.fund,
            out.t("Số tiền", "Amount"),
            money(reply.amount),
            out.t("Đã nhận", "Received"),
            money(reply.received),
            out.t("Số dư nguồn", "Balance of the fund"),
            money(reply.fund_balance)
        )
    });
    Ok(())
}

pub async fn accounts(cli: &Cli, out: &Out, prefix: &str) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let mut tx = session.db.begin_read().await?;
    let mut rows = Vec::new();
    ledger::each_account(&mut tx, book.id, prefix, |a| {
        rows.push(a);
        Ok(())
    })
    .await?;
    tx.rollback().await?;
    let value: Vec<Value> = rows
        .iter()
        .map(|a| {
            json!({"id": a.id.to_string(), "name": a.name, "kind": a.kind.name(), "guarded": a.guarded,
                   "debits": a.debits, "credits": a.credits, "balance": a.balance()})
        })
        .collect();
    out.done(&json!({"book": book.code, "accounts": value}), || {
        let mut table = Table::new(&[
            out.t("Tài khoản", "Account"),
            out.t("Loại", "Kind"),
            out.t(">Nợ", ">Debits"),
            out.t(">Có", ">Credits"),
            out.t(">Số dư", ">Balance"),
        ]);
        for a in &rows {
            table.row(vec![
                a.name.clone(),
                a.kind.name().into(),
                a.debits.to_string(),
                a.credits.to_string(),
                money(a.balance()),
            ]);
        }
        table.show()
    });
    Ok(())
}

pub async fn balance(
    cli: &Cli,
    out: &Out,
    account: Option<&str>,
    at: Option<&str>,
    day: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bad = |place: &str, found: &str| Reject::BadInput {
        what: "ledger balance".into(),
        place: place.into(),
        found: found.into(),
        expected: "2026-06-05 / 2026-06-05T17:00".into(),
    };
    let until = match (at, day) {
        (Some(text), _) => Some(Until::At(
            Instant::parse(text).ok_or_else(|| bad("--at", text))?,
        )),
        (None, Some(text)) => Some(Until::Day(
            Day::parse(text).map_err(|_| bad("--day", text))?,
        )),
        (None, None) => None,
    };
    let mut tx = session.db.begin_read().await?;
    let Some(name) = account else {
        let rows = trial_balance(&mut tx, book.id).await?;
        tx.rollback().await?;
        let (debits, credits): (i64, i64) = (
            rows.iter().map(|r| r.debits).sum(),
            rows.iter().map(|r| r.credits).sum(),
        );
        let value = json!({"book": book.code, "rows": rows, "debits": debits, "credits": credits});
        out.done(&value, || {
            let mut table = Table::new(&[
                out.t("Nhóm", "Group"),
                out.t(">Tài khoản", ">Accounts"),
                out.t(">Nợ", ">Debits"),
                out.t(">Có", ">Credits"),
                out.t(">Số dư", ">Balance"),
            ]);
            for r in &rows {
                table.row(vec![
                    r.group.clone(),
                    r.accounts.to_string(),
                    money(r.debits),
                    money(r.credits),
                    money(r.balance),
                ]);
            }
            table.row(vec![
                out.t("Cộng", "Total").into(),
                String::new(),
                money(debits),
                money(credits),
                String::new(),
            ]);
            table.show()
        });
        return Ok(());
    };
    let row = ledger::find_account(&mut tx, book.id, name)
        .await?
        .ok_or_else(|| Reject::AccountUnknown {
            account: name.to_owned(),
        })?;
    let (debits, credits) = match until {
        None => (row.debits.get(), row.credits.get()),
        Some(until) => sums_until(&mut tx, book.id, row.id, until).await?,
    };
    tx.rollback().await?;
    let balance = row.kind.side() * (credits - debits);
    let value = json!({"book": book.code, "account": name, "debits": debits, "credits": credits, "balance": balance});
    out.done(&value, || {
        format!(
            "{name}\n{}: {} đ\n{}: {} đ\n{}: {} đ",
            out.t("Nợ", "Debits"),
            money(debits),
            out.t("Có", "Credits"),
            money(credits),
            out.t("Số dư", "Balance"),
            money(balance)
        )
    });
    Ok(())
}

pub async fn verify(cli: &Cli, out: &Out, head: Option<&str>) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let mut tx = session.db.begin_read().await?;
    let books: Vec<_> = match &cli.book {
        Some(_) => vec![session.book().await?],
        None => ledger::all_books(&mut tx).await?,
    };
    let installation = crate::store::audit::verify(&mut tx, crate::store::INSTALLATION).await?;
    let audit_rows = installation.map_err(|what| Reject::LedgerBroken {
        book: "*".into(),
        place: "audit".into(),
        what,
    })?;
    let mut done = Vec::new();
    for book in &books {
        let last = ledger::last_seq(&mut tx, book.id).await?;
        let bar = out.bar(last, "Kiểm tra sổ", "Verifying");
        let result =
            ledger_verify::verify(&mut tx, book.id, |seq| bar.set_position(seq.unsigned_abs()))
                .await?;
        bar.finish_and_clear();
        let verified = result.map_err(|w| Reject::LedgerBroken {
            book: book.code.clone(),
            place: w.place,
            what: w.what,
        })?;
        crate::reconcile::close::verify_days(&mut tx, book, &session.keys).await?;
        if let Some(head) = head
            && !ledger_verify::has_head(&mut tx, book.id, head).await?
        {
            return Err(Reject::LedgerBroken {
                book: book.code.clone(),
                place: "chain".into(),
                what: format!("the chain never had the head {head}"),
            }
            .into());
        }
        done.push((book.code.clone(), verified));
    }
    tx.rollback().await?;
    let value: Vec<Value> = done
        .iter()
        .map(|(book, v)| {
            let mut value = serde_json::to_value(v).unwrap_or_default();
            value["book"] = json!(book);
            value
        })
        .collect();
    out.done(
        &json!({"holds": true, "books": value, "installation_audit_rows": audit_rows}),
        || {
            let mut text = String::new();
            for (book, v) in &done {
                text.push_str(&format!(
                    "{book}: {} | {} {}, {} {}, {} {}, {} {}\n  {}: {}\n",
                    out.t("ĐÚNG", "HOLDS"),
                    money(v.transfers),
                    out.t("bút toán", "transfers"),
                    money(v.postings),
                    out.t("chứng từ", "postings"),
                    money(v.accounts),
                    out.t("tài khoản", "accounts"),
                    money(v.audit_rows),
                    out.t("dòng nhật ký", "audit rows"),
                    out.t("Đầu chuỗi", "Chain head"),
                    v.chain_head
                ));
            }
            text
        },
    );
    Ok(())
}
