//! `statement import|show`, `break list|resolve|assign`, `day close`.

use super::args::{Cli, ResolveArgs};
use super::out::{Out, Table, money};
use super::session::Session;
use crate::access::{Role, require};
use crate::error::{Failure, Fault, Reject};
use crate::gateway::intake;
use crate::ledger::Book;
use crate::reconcile::close::{CloseDay, ClosedDay};
use crate::reconcile::import::Imported;
use crate::reconcile::resolve::{ResolveBreak, Turn};
use crate::reconcile::{breaks, sql as reconcile_sql};
use crate::store::{Command, Ctx, Tx};
use ansinh_settlement::Day;
use serde_json::{Value, json};
use std::path::Path;

pub async fn import(cli: &Cli, out: &Out, file: &Path) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let reply = import_file(&session, file).await?;
    out.done(&reply, || imported_text(&reply, out));
    Ok(())
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

pub fn imported_text(i: &Imported, out: &Out) -> String {
    let o = &i.outcomes;
    let p = &i.proof;
    let mut text = format!(
        "{} {} {} {} ({}, {}){}\n\n",
        out.t("Sao kê số", "Statement"),
        i.number,
        out.t("ngày", "of"),
        i.day,
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
    for (vi, en, n) in [
        ("Khớp", "matched", o.matched),
        ("Lệch số tiền", "amount differs", o.amount_differs),
        (
            "Ngân hàng chưa báo",
            "missing at the bank",
            o.missing_at_bank,
        ),
        ("Sổ ta không có", "unknown at us", o.unknown_at_us),
        ("Dòng lặp", "duplicate", o.duplicate_line),
        ("Trả lại", "returned", o.returned),
    ] {
        table.row(vec![out.t(vi, en).into(), money(n)]);
    }
    text.push_str(&table.show());
    text.push_str(&format!(
        "\n{}: {} + {} - {} = {} đ  {}\n",
        out.t("Chứng minh", "Proof"),
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
            out.t("Tham chiếu", "Reference"),
            out.t(">Phải là", ">Expected"),
            out.t(">Sao kê", ">Statement"),
            out.t("Việc cần làm", "To do"),
        ]);
        for b in i.breaks.iter().take(50) {
            table.row(vec![
                b.id.clone(),
                b.kind.clone(),
                b.end_to_end_ref.clone(),
                b.expected_amount.map(money).unwrap_or_default(),
                b.statement_amount.map(money).unwrap_or_default(),
                todo_text(&b.todo, out),
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
    text
}

fn todo_text(todo: &str, out: &Out) -> String {
    let (vi, en) = match todo {
        "wait_or_rejected_by_bank" => ("chờ, hoặc hỏi ngân hàng", "wait, or ask the bank"),
        "claim_from_bank" => ("đòi ngân hàng", "claim from the bank"),
        "wait_for_rest_or_rejected_by_bank" => ("chờ phần còn lại", "wait for the rest"),
        "budget_receive" => ("ghi nhận kinh phí", "receive as budget"),
        "fee_or_claim_from_bank" => ("phí, hoặc đòi lại", "fee, or claim"),
        "identify" => ("tìm nguồn tiền", "identify"),
        _ => ("xem xét", "look"),
    };
    out.t(vi, en).to_owned()
}

pub async fn show(
    cli: &Cli,
    out: &Out,
    number: i64,
    bank_account: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session.bank_account(&book, bank_account).await?;
    let mut tx = session.db.begin_read().await?;
    let row = reconcile_sql::statement_by_number(&mut tx, book.id, bank.id, number)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "statement".into(),
            id: number.to_string(),
        })?;
    tx.rollback().await?;
    let reply: Imported =
        serde_json::from_str(&row.reply).map_err(|e| Fault::Corrupt(e.to_string()))?;
    let mut value = serde_json::to_value(&reply).unwrap_or_default();
    value["state"] = json!(row.state);
    out.done(&value, || {
        format!(
            "{}\n{}: {}",
            imported_text(&reply, out),
            out.t("Trạng thái", "State"),
            row.state
        )
    });
    Ok(())
}

pub async fn list_breaks(cli: &Cli, out: &Out, all: bool) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let mut tx = session.db.begin_read().await?;
    let list = breaks::list(&mut tx, book.id, all).await?;
    tx.rollback().await?;
    out.done(&json!({"book": book.code, "breaks": list}), || {
        if list.is_empty() {
            return out.t("Không có sai lệch.", "No breaks.").to_owned();
        }
        let mut table = Table::new(&[
            out.t(">Mã", ">Id"),
            out.t("Ngày", "Day"),
            out.t("Loại", "Kind"),
            out.t("Trạng thái", "State"),
            out.t("Tham chiếu", "Reference"),
            out.t(">Còn treo", ">Open"),
            out.t("Phụ trách", "Owner"),
            out.t("Việc cần làm", "To do"),
        ]);
        for b in &list {
            table.row(vec![
                b.id.clone(),
                b.day.clone(),
                b.kind.clone(),
                b.state.clone(),
                b.end_to_end_ref.clone(),
                money(if b.open_amount > 0 {
                    b.open_amount
                } else {
                    b.expected_amount.unwrap_or(0)
                }),
                b.owner.clone().unwrap_or_default(),
                if b.state == "resolved" {
                    b.action.clone().unwrap_or_default()
                } else {
                    todo_text(&b.todo, out)
                },
            ]);
        }
        table.show()
    });
    Ok(())
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
            format!(
                "\n{}: ansinh break resolve {} --approve --as …",
                out.t("Người khác duyệt", "Another person approves"),
                reply.id
            )
        } else {
            String::new()
        };
        format!(
            "{} {}: {} ({}, {} đ){next}",
            out.t("Sai lệch", "Break"),
            reply.id,
            reply.state,
            reply.action,
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
        format!("{} {id}: {owner}", out.t("Sai lệch", "Break"))
    });
    Ok(())
}

pub async fn close_day(
    cli: &Cli,
    out: &Out,
    day: &str,
    bank_account: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session.bank_account(&book, bank_account).await?;
    let day = Day::parse(day).map_err(|_| Reject::BadInput {
        what: "day close".into(),
        place: "DAY".into(),
        found: day.to_owned(),
        expected: "2026-06-05".into(),
    })?;
    let reply = session
        .run(&CloseDay {
            book,
            bank_account: bank.code,
            day,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || closed_text(&reply, out));
    Ok(())
}

pub fn closed_text(c: &ClosedDay, out: &Out) -> String {
    let p = &c.proof;
    let mut text = format!(
        "{} {} {} ({}){}\n",
        out.t("Ngày", "Day"),
        p.day,
        out.t("ĐÃ KHÓA", "CLOSED"),
        p.bank_account,
        if c.again {
            out.t(" - đã khóa trước đó", " - closed before")
        } else {
            ""
        }
    );
    for (vi, en, left, right) in [
        (
            "Số dư đầu + phát sinh = số dư cuối",
            "opening + movements = closing",
            p.opening + p.credits - p.debits,
            p.closing,
        ),
        (
            "Tiền gửi trên sổ = sao kê",
            "nostro = statement",
            p.nostro,
            p.closing,
        ),
        (
            "Tiền đang chuyển = lệnh chưa quyết toán",
            "clearing_out = unsettled instructions",
            p.clearing_out,
            p.unsettled,
        ),
    ] {
        text.push_str(&format!(
            "  {}: {} = {} đ\n",
            out.t(vi, en),
            money(left),
            money(right)
        ));
    }
    text.push_str(&format!(
        "  {}: {} đ   {}: {} đ\n",
        out.t("Treo chờ xử lý (có)", "Suspense"),
        money(p.suspense),
        out.t("Phải đòi", "Claims"),
        money(p.claim)
    ));
    let carried: Vec<String> = p
        .carried
        .iter()
        .map(|(kind, n)| format!("{kind} {n}"))
        .collect();
    text.push_str(&format!(
        "  {}: {}\n  {}: {}\n",
        out.t("Sai lệch mang sang", "Breaks carried"),
        if carried.is_empty() {
            "0".into()
        } else {
            carried.join(", ")
        },
        out.t("Vân tay ngày", "Digest of the day"),
        c.digest
    ));
    text
}
