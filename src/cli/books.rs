//! `budget receive`, `ledger accounts`, `ledger balance`, `ledger verify`.

use super::args::{BudgetArgs, Cli};
use super::out::{ACCOUNTANT, MAKER, Out, Table, money};
use super::session::Session;
use super::usage;
use crate::error::{Failure, Reject};
use crate::ledger::report::{Until, sums_until, trial_balance};
use crate::ledger::{self, verify as ledger_verify};
use crate::reconcile::budget::ReceiveBudget;
use crate::words::{self, codes};
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
            "{}\n{}: {} đồng\n{}: {} đồng\n{}: {} đồng{waits}\n{}",
            words::account(&reply.fund, out.lang),
            out.t("Số tiền", "Amount"),
            money(reply.amount),
            out.t("Đã nhận", "Received"),
            money(reply.received),
            out.t("Số dư nguồn", "Balance of the fund"),
            money(reply.fund_balance),
            if reply.received < reply.amount {
                out.next(
                    ACCOUNTANT,
                    out.t(
                        "ansinh statement import TỆP --as …",
                        "ansinh statement import FILE --as …",
                    ),
                )
            } else {
                out.next(MAKER, "ansinh cycle prepare --period … --as …")
            }
        )
    });
    Ok(())
}

pub async fn accounts(cli: &Cli, out: &Out, prefix: &str) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book_to_read().await?;
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
                out.say(codes::ACCOUNT_KINDS, a.kind.name()),
                money(a.debits.get()),
                money(a.credits.get()),
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
    if account.is_none() && (at.is_some() || day.is_some()) {
        return Err(Reject::Usage {
            problem: "missing_argument".into(),
            word: "ACCOUNT".into(),
            expected: "ansinh ledger balance ACCOUNT --at WHEN".into(),
        }
        .into());
    }
    let session = Session::open(cli).await?;
    let book = match account {
        Some(_) => session.book_to_read().await?,
        None => session.book().await?,
    };
    let until = match (at, day) {
        (Some(text), _) => Some(Until::At(usage::moment("ledger balance", "--at", text)?)),
        (None, Some(text)) => Some(Until::Day(usage::day("ledger balance", "--day", text)?)),
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
                    out.say_with_code(codes::ACCOUNT_GROUPS, &r.group),
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
            "{}\n{}: {} đồng\n{}: {} đồng\n{}: {} đồng",
            words::account(name, out.lang),
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
    let addresses = crate::identity::verify::verify_addresses(&mut tx, &session.keys)
        .await?
        .map_err(|(place, what)| Reject::LedgerBroken {
            book: "*".into(),
            place,
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
        let around = crate::reconcile::verify::verify(&mut tx, book, &session.keys)
            .await?
            .map_err(|w| Reject::LedgerBroken {
                book: book.code.clone(),
                place: w.place,
                what: w.what,
            })?;
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
        done.push((book.code.clone(), verified, around));
    }
    tx.rollback().await?;
    let value: Vec<Value> = done
        .iter()
        .map(|(book, v, around)| {
            let mut value = serde_json::to_value(v).unwrap_or_default();
            value["around"] = json!(around);
            value["book"] = json!(book);
            value
        })
        .collect();
    out.done(
        &json!({"holds": true, "books": value, "installation_audit_rows": audit_rows, "addresses": addresses}),
        || {
            let mut text = String::new();
            for (book, v, a) in &done {
                text.push_str(&format!(
                    "{} {book}: {} | {} {}, {} {}, {} {}, {} {}\n  {} {}, {} {}, {} {}, {} {}\n  {}: {}\n",
                    out.t("Sổ", "Ledger"),
                    out.t("ĐÚNG", "HOLDS"),
                    money(v.transfers),
                    out.t("bút toán", "transfers"),
                    money(v.postings),
                    out.t("chứng từ", "postings"),
                    money(v.accounts),
                    out.t("tài khoản", "accounts"),
                    money(v.audit_rows),
                    out.t("dòng nhật ký", "audit rows"),
                    money(a.statements),
                    out.t("sao kê", "statements"),
                    money(a.matches),
                    out.t("lệnh khớp", "matches"),
                    money(a.instructions),
                    out.t("lệnh chi", "instructions"),
                    money(a.signed_days),
                    out.t("lần khóa, mở ngày", "signed days"),
                    out.t("Đầu chuỗi", "Chain head"),
                    v.chain_head
                ));
            }
            text.push_str(out.t(
                "Hãy cất đầu chuỗi ở ngoài (biên bản, kiểm toán); lần sau so bằng --head",
                "Keep the chain head outside (minutes, auditor); compare with it later by --head",
            ));
            text
        },
    );
    Ok(())
}
