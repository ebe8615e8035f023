//! `statement import|show`, `break list|resolve|assign`.

use super::args::{Cli, ResolveArgs};
use super::out::{ACCOUNTANT, CHIEF, Out, Table, money};
use super::session::Session;
use crate::access::{Role, require};
use crate::error::{Failure, Fault, Reject};
use crate::gateway::intake;
use crate::ledger::Book;
use crate::payment::sql as payment_sql;
use crate::reconcile::breaks::{self, BreakLine};
use crate::reconcile::import::Imported;
use crate::reconcile::resolve::{ResolveBreak, Turn};
use crate::reconcile::sql as reconcile_sql;
use crate::store::{Command, Ctx, Tx};
use crate::words::codes;
use ansinh_settlement::Day;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

pub async fn import(cli: &Cli, out: &Out, file: &Path) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let reply = import_file(&session, file).await?;
    let mut tx = session.db.begin_read().await?;
    let books = crate::ledger::all_books(&mut tx).await?;
    let book = books.iter().find(|b| b.code == reply.book).map(|b| b.id);
    let since = match book {
        Some(book) if reply.again => Since::read(&mut tx, book, &reply).await?,
        _ => Since::default(),
    };
    tx.rollback().await?;
    out.done(&reply, || imported_text(&reply, &since, out));
    Ok(())
}

/// What became of a statement's breaks and day after it was imported.
#[derive(Default)]
struct Since {
    /// The action by break, of those that are resolved.
    resolved: HashMap<String, String>,
    day_is_closed: bool,
}

impl Since {
    async fn read(tx: &mut Tx, book: i64, i: &Imported) -> Result<Since, Failure> {
        let accounts = payment_sql::bank_accounts(tx, book).await?;
        let bank = accounts.iter().find(|a| a.code == i.bank_account);
        let (Some(bank), Ok(day)) = (bank, Day::parse(&i.day)) else {
            return Ok(Since::default());
        };
        let mut out = Since {
            day_is_closed: reconcile_sql::find_closed_day(tx, book, bank.id, day)
                .await?
                .is_some(),
            ..Since::default()
        };
        if !i.breaks.is_empty() {
            for b in breaks::list(tx, book, true).await? {
                if b.state == "resolved" {
                    out.resolved.insert(b.id, b.action.unwrap_or_default());
                }
            }
        }
        Ok(out)
    }
}

pub async fn import_file(session: &Session, file: &Path) -> Result<Imported, Failure> {
    let command = intake::statement(
        &session.db,
        &session.folder,
        &session.ctx,
        &session.keys,
        file,
    )
    .await?;
    session.run(&command).await
}

fn imported_text(i: &Imported, since: &Since, out: &Out) -> String {
    let o = &i.outcomes;
    let p = &i.proof;
    let mut text = format!(
        "{} {} {} {} ({}, {}){}\n\n",
        out.t("Sao kê số", "Statement"),
        i.number,
        out.t("ngày", "of"),
        out.day(&i.day),
        i.bank_account,
        if i.signed {
            out.t("có chữ ký", "signed")
        } else {
            out.t("KHÔNG chữ ký", "UNSIGNED")
        },
        if i.again {
            out.t(
                " - đã nhập trước đó, không đổi gì",
                " - imported before, nothing changed",
            )
        } else {
            ""
        },
    );
    let mut table = Table::new(&[
        out.t("Kết quả đối chiếu", "Outcome"),
        out.t(">Số dòng", ">Lines"),
    ]);
    for (code, n) in [
        ("matched", o.matched),
        ("amount_differs", o.amount_differs),
        ("missing_at_bank", o.missing_at_bank),
        ("unknown_at_us", o.unknown_at_us),
        ("duplicate_line", o.duplicate_line),
        ("returned", o.returned),
    ] {
        table.row(vec![out.say(codes::OUTCOMES, code), money(n)]);
    }
    text.push_str(&table.show());
    text.push_str(&format!(
        "\n{}: {} + {} - {} = {} đồng  {}\n",
        out.t(
            "Chứng minh: số dư đầu + có - nợ = số dư cuối",
            "Proof: opening + credits - debits = closing"
        ),
        money(p.opening),
        money(p.credits),
        money(p.debits),
        money(p.closing),
        if p.holds {
            out.t("ĐÚNG", "HOLDS")
        } else {
            out.t("SAI", "FAILS")
        }
    ));
    if !i.breaks.is_empty() {
        text.push('\n');
        let mut table = Table::new(&[
            out.t(">Mã", ">Id"),
            out.t("Loại", "Kind"),
            out.t("=Mã tham chiếu", "=Reference"),
            out.t(">Phải là", ">Expected"),
            out.t(">Sao kê", ">Statement"),
            out.t("Việc cần làm", "To do"),
        ]);
        for b in i.breaks.iter().take(50) {
            table.row(vec![
                b.id.clone(),
                out.say(codes::BREAK_KINDS, &b.kind),
                b.end_to_end_ref.clone(),
                b.expected_amount.map(money).unwrap_or_default(),
                b.statement_amount.map(money).unwrap_or_default(),
                match since.resolved.get(&b.id) {
                    Some(action) => format!(
                        "{}: {}",
                        out.say(codes::BREAK_STATES, "resolved"),
                        out.say(codes::ACTIONS, action)
                    ),
                    None => out.say(codes::TODOS, &b.todo),
                },
            ]);
        }
        text.push_str(&table.show());
        let more = i64::try_from(i.breaks.len().saturating_sub(50)).unwrap_or(0) + i.breaks_more;
        if more > 0 {
            text.push_str(&format!(
                "… {more} {}\n",
                out.t("sai lệch nữa: ansinh break list", "more: ansinh break list")
            ));
        }
    }
    if i.breaks.iter().any(|b| !since.resolved.contains_key(&b.id)) || i.breaks_more > 0 {
        text.push_str(&out.next(ACCOUNTANT, "ansinh break list --as …"));
        text.push('\n');
    }
    if since.day_is_closed {
        text.push_str(out.t("Ngày này đã khóa.", "This day is closed."));
    } else {
        text.push_str(&out.next(CHIEF, &format!("ansinh day close {} --as …", i.day)));
    }
    text
}

pub async fn show(
    cli: &Cli,
    out: &Out,
    number: i64,
    bank_account: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book_to_read().await?;
    let bank = session.bank_account(&book, bank_account).await?;
    let mut tx = session.db.begin_read().await?;
    let row = reconcile_sql::statement_by_number(&mut tx, book.id, bank.id, number)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "statement".into(),
            id: number.to_string(),
        })?;
    let reply: Imported =
        serde_json::from_str(&row.reply).map_err(|e| Fault::Corrupt(e.to_string()))?;
    let since = Since::read(&mut tx, book.id, &reply).await?;
    tx.rollback().await?;
    let mut value = serde_json::to_value(&reply).unwrap_or_default();
    value["state"] = json!(row.state);
    out.done(&value, || {
        format!(
            "{}\n{}: {}",
            imported_text(&reply, &since, out),
            out.t("Trạng thái", "State"),
            out.say(codes::STATEMENT_STATES, &row.state)
        )
    });
    Ok(())
}

pub async fn list_breaks(cli: &Cli, out: &Out, all: bool) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book_to_read().await?;
    let mut tx = session.db.begin_read().await?;
    let list = breaks::list(&mut tx, book.id, all).await?;
    tx.rollback().await?;
    out.done(&json!({"book": book.code, "breaks": list}), || {
        if list.is_empty() {
            return out.t("Không có sai lệch.", "No breaks.").to_owned();
        }
        let mut table = Table::new(&[
            out.t(">Mã", ">Id"),
            out.t("=Ngày", "=Day"),
            out.t("Loại", "Kind"),
            out.t("Trạng thái", "State"),
            out.t("=Mã tham chiếu", "=Reference"),
            out.t(">Còn treo", ">Open"),
            out.t("Phụ trách", "Owner"),
            out.t("Việc cần làm", "To do"),
        ]);
        for b in &list {
            table.row(vec![
                b.id.clone(),
                out.day(&b.day),
                out.say(codes::BREAK_KINDS, &b.kind),
                out.say(codes::BREAK_STATES, &b.state),
                b.end_to_end_ref.clone(),
                money(open_amount(b)),
                b.owner.clone().unwrap_or_default(),
                if b.state == "resolved" {
                    out.say(codes::ACTIONS, b.action.as_deref().unwrap_or_default())
                } else {
                    format!("{}{}", out.say(codes::TODOS, &b.todo), meant(b, out))
                },
            ]);
        }
        let mut text = table.show();
        let proposed: Vec<&BreakLine> = list.iter().filter(|b| b.state == "proposed").collect();
        if let Some(first) = proposed.first() {
            let command = match first.action.as_deref() {
                Some("assign") => "suspense assign",
                Some("send_back") => "suspense send-back",
                _ => "break resolve",
            };
            text.push_str(&out.next(
                ("một kế toán khác", "another accountant"),
                &format!("ansinh {command} {} --approve --as …", first.id),
            ));
        } else {
            let open = |b: &&BreakLine| b.state != "resolved";
            let unknown = |b: &&BreakLine| b.kind == "credit_unmatched";
            if list.iter().filter(open).any(|b| unknown(&b)) {
                text.push_str(&out.next(
                    ACCOUNTANT,
                    out.t(
                        "ansinh suspense assign MÃ --bill … --reason … --as …, hoặc trả lại: ansinh suspense send-back MÃ --name … --reason … --as …",
                        "ansinh suspense assign ID --bill … --reason … --as …, or give it back: ansinh suspense send-back ID --name … --reason … --as …",
                    ),
                ));
                text.push('\n');
            }
            if list.iter().filter(open).any(|b| !unknown(&b)) {
                text.push_str(&out.next(
                    ACCOUNTANT,
                    out.t(
                        "ansinh break resolve MÃ --action … --reason … --as …, hoặc chờ sao kê sau",
                        "ansinh break resolve ID --action … --reason … --as …, or wait for the next statement",
                    ),
                ));
            }
        }
        text
    });
    Ok(())
}

/// The bills that a mistyped code may have meant.
fn meant(b: &BreakLine, out: &Out) -> String {
    let codes = b.note.as_ref().and_then(|n| n["candidates"].as_array());
    let codes: Vec<&str> = codes
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if codes.is_empty() {
        return String::new();
    }
    format!("; {}: {}", out.t("có thể là", "perhaps"), codes.join(", "))
}

/// What of a break is still open: of a payment that the bank has not reported, all of it.
fn open_amount(b: &BreakLine) -> i64 {
    match b.state.as_str() {
        "resolved" => 0,
        _ if b.open_amount > 0 => b.open_amount,
        _ => b.expected_amount.unwrap_or(0),
    }
}

pub async fn resolve(cli: &Cli, out: &Out, a: &ResolveArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session
        .run(&ResolveBreak {
            book,
            id: a.id,
            action: a.action,
            target: a.fund.clone().or_else(|| a.reference.clone()),
            bank_reason: a.bank_reason.clone(),
            reason: a.reason.clone(),
            turn: match (a.approve, a.withdraw) {
                (true, _) => Turn::Approve,
                (false, true) => Turn::Withdraw,
                (false, false) => Turn::Propose,
            },
        })
        .await?;
    out.done(&reply, || {
        let next = if reply.state == "proposed" {
            out.next(
                ("một kế toán khác", "another accountant"),
                &format!("ansinh break resolve {} --approve --as …", reply.id),
            )
        } else {
            out.next(ACCOUNTANT, "ansinh break list --as …")
        };
        format!(
            "{} {}: {} ({}, {} đồng)\n{next}",
            out.t("Sai lệch", "Break"),
            reply.id,
            out.say(codes::BREAK_STATES, &reply.state),
            out.say_with_code(codes::ACTIONS, &reply.action),
            money(reply.amount)
        )
    });
    Ok(())
}

struct AssignBreak {
    book: Book,
    id: i64,
    owner: String,
}

impl Command for AssignBreak {
    const NAME: &'static str = "break.assign";
    type Reply = Value;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "id": self.id, "owner": self.owner})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Value, Failure> {
        require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::Accountant, Role::ChiefAccountant],
        )
        .await?;
        if crate::access::sql::find_staff(tx, &self.owner)
            .await?
            .is_none()
        {
            return Err(Reject::UserUnknown {
                user: self.owner.clone(),
            }
            .into());
        }
        let row = reconcile_sql::find_break(tx, self.book.id, self.id).await?;
        let row = row.ok_or_else(|| Reject::NotFound {
            what: "break".into(),
            id: self.id.to_string(),
        })?;
        if row.state == "resolved" {
            return Err(Reject::StateWrong {
                what: "break".into(),
                id: self.id.to_string(),
                state: row.state,
                needed: "open / assigned / proposed".into(),
            }
            .into());
        }
        reconcile_sql::set_owner(tx, self.book.id, self.id, &self.owner).await?;
        Ok(json!({"id": self.id.to_string(), "owner": self.owner}))
    }
}

pub async fn assign(cli: &Cli, out: &Out, id: i64, owner: &str) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let reply = session
        .run(&AssignBreak {
            book,
            id,
            owner: owner.to_owned(),
        })
        .await?;
    out.done(&reply, || {
        format!(
            "{} {id}: {} {owner}\n{}",
            out.t("Sai lệch", "Break"),
            out.t("giao cho", "given to"),
            out.next(
                ACCOUNTANT,
                &format!("ansinh break resolve {id} --action … --reason … --as …")
            )
        )
    });
    Ok(())
}
