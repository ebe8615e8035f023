//! `notice`: who may tell of money, and what was told. `caller`: who may ask about bills.

use super::args::Cli;
use super::out::{ACCOUNTANT, Out, Table, money};
use super::serve_args::{CallerAct, NoticeAct, SourceAct, SourceArgs};
use super::session::Session;
use crate::access::caller::{self, AddCaller, CallerView, DisableCaller, new_token};
use crate::clock::Instant;
use crate::collection::notice_source::{self, AddSource, DisableSource, SourceView};
use crate::collection::sql::notice::{self as sql, NoticeLine};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::Book;
use crate::payment;
use crate::store::keys::Purpose;
use crate::words::{self, codes};
use serde_json::{Value, json};

pub async fn notice(cli: &Cli, out: &Out, act: &NoticeAct) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    match act {
        NoticeAct::Source { act } => source(out, &session, act).await,
        NoticeAct::List { outcome, limit } => list(out, &session, outcome, *limit).await,
        NoticeAct::Show { id } => show(out, &session, *id).await,
    }
}

async fn source(out: &Out, session: &Session, act: &SourceAct) -> Result<(), Failure> {
    match act {
        SourceAct::Add(a) => add(out, session, a).await,
        SourceAct::List => {
            let book = session.book_to_read().await?;
            let mut tx = session.db.begin_read().await?;
            let mut views = Vec::new();
            for row in sql::sources(&mut tx).await? {
                if row.book_id != book.id {
                    continue;
                }
                let bank =
                    payment::sql::bank_account_by_id(&mut tx, book.id, row.bank_account_id).await?;
                views.push(notice_source::view(&row, &bank.code));
            }
            tx.rollback().await?;
            out.done(&json!({"sources": views}), || sources_text(out, &views));
            Ok(())
        }
        SourceAct::Disable { code } => {
            let book = session.book().await?;
            let code = code.clone();
            let view = session.run(&DisableSource { book, code }).await?;
            out.done(&view, || sources_text(out, std::slice::from_ref(&view)));
            Ok(())
        }
    }
}

async fn add(out: &Out, session: &Session, a: &SourceArgs) -> Result<(), Failure> {
    let book = session.book().await?;
    let bank = session
        .bank_account(&book, a.bank_account.as_deref())
        .await?;
    let bytes = std::fs::read(&a.secret_file).map_err(|e| Reject::FileUnreadable {
        path: a.secret_file.display().to_string(),
        why: crate::words::why_unread(&e),
    })?;
    let secret = bytes.trim_ascii_end().to_vec();
    let command = AddSource {
        book,
        bank,
        code: a.code.clone(),
        scheme: a.scheme,
        key_id: a.key_id.clone(),
        secret,
        posts: !a.compare,
        days_max: a.days,
        owner: a.owner.clone(),
        keys: session.keys.clone(),
    };
    let view = session.run(&command).await?;
    out.done(&view, || {
        format!(
            "{}\n{}",
            sources_text(out, std::slice::from_ref(&view)),
            out.next(
                ("quản trị máy chủ", "whoever runs the server"),
                "ansinh serve"
            )
        )
    });
    Ok(())
}

fn sources_text(out: &Out, views: &[SourceView]) -> String {
    let mut table = Table::new(&[
        out.t("=Nguồn", "=Source"),
        out.t("=Cách ký", "=Scheme"),
        out.t("Tài khoản", "Account"),
        out.t("Ghi sổ", "Posts"),
        out.t("Người xử lý", "Owner"),
        out.t("=Địa chỉ", "=Address"),
        out.t("Ngừng", "Disabled"),
    ]);
    for v in views {
        table.row(vec![
            v.source.clone(),
            v.scheme.clone(),
            v.bank_account.clone(),
            if v.posts {
                out.t("có", "yes")
            } else {
                out.t("so sánh", "compared")
            }
            .into(),
            v.owner.clone(),
            v.path.clone(),
            v.disabled_at.clone().unwrap_or_default(),
        ]);
    }
    table.show()
}

fn notice_json(n: &NoticeLine) -> Result<Value, Fault> {
    let answer: Value = serde_json::from_str(&n.detail)
        .map_err(|e| Fault::Corrupt(format!("notice {}: {e}", n.id)))?;
    Ok(
        json!({"notice": n.id.to_string(), "provider": n.provider, "provider_ref": n.provider_ref, "amount": n.amount,
                "at": (n.at > 0).then(|| Instant(n.at).local_text()), "received_at": Instant(n.received_at).local_text(),
                "outcome": n.outcome, "collection": answer["collection"], "rule": answer["rule"],
                "on_bills": answer["on_bills"], "in_credit": answer["in_credit"], "in_suspense": answer["in_suspense"]}),
    )
}

async fn list(out: &Out, session: &Session, outcome: &str, limit: i64) -> Result<(), Failure> {
    let book = session.book_to_read().await?;
    let mut tx = session.db.begin_read().await?;
    let rows = sql::notices(&mut tx, book.id, outcome, limit.clamp(1, 100_000)).await?;
    tx.rollback().await?;
    let values = rows
        .iter()
        .map(notice_json)
        .collect::<Result<Vec<Value>, Fault>>()?;
    out.done(&json!({"notices": values}), || {
        let mut table = Table::new(&[
            ">",
            out.t("=Nhận lúc", "=Received"),
            out.t("Nơi báo", "Provider"),
            out.t("Mã của nơi báo", "Its id"),
            out.t(">Số tiền", ">Amount"),
            out.t("Kết quả", "Outcome"),
        ]);
        for n in &rows {
            table.row(vec![
                n.id.to_string(),
                words::moment(&Instant(n.received_at).local_text()),
                n.provider.clone(),
                n.provider_ref.clone(),
                money(n.amount),
                out.say(codes::NOTICE_OUTCOMES, &n.outcome),
            ]);
        }
        format!(
            "{}\n{}",
            table.show(),
            out.next(ACCOUNTANT, "ansinh break list --as …")
        )
    });
    Ok(())
}

async fn show(out: &Out, session: &Session, id: i64) -> Result<(), Failure> {
    let book = session.book_to_read().await?;
    let mut tx = session.db.begin_read().await?;
    let found = sql::find_notice(&mut tx, book.id, id).await?;
    tx.rollback().await?;
    let row = found.ok_or_else(|| Reject::NotFound {
        what: "notice".into(),
        id: id.to_string(),
    })?;
    // The body names the payer and the account it came from.
    let asked = json!({"notice": id.to_string()});
    session.note_read(&book, "notice show", asked).await?;
    let body = session.keys.open(Purpose::File, &row.body_sealed)?;
    let mut value = notice_json(&row)?;
    value["body"] = json!(String::from_utf8_lossy(&body));
    out.done(&value, || {
        format!(
            "{} {}: {} {}\n{}: {} đồng, {}\n{}: {}\n{}",
            out.t("Thông báo có", "Notice"),
            row.id,
            row.provider,
            row.provider_ref,
            out.t("Số tiền", "Amount"),
            money(row.amount),
            out.say(codes::NOTICE_OUTCOMES, &row.outcome),
            out.t("Nhận lúc", "Received"),
            words::moment(&Instant(row.received_at).local_text()),
            value["body"].as_str().unwrap_or_default()
        )
    });
    Ok(())
}

pub async fn caller(cli: &Cli, out: &Out, act: &CallerAct) -> Result<(), Failure> {
    let mut session = Session::open(cli).await?;
    match act {
        CallerAct::Add { code } => {
            // A recorded answer would show a token that was never stored.
            session.ctx.key = None;
            let book = session.book().await?;
            let token = new_token()?;
            let command = AddCaller {
                book: book.id,
                book_code: book.code,
                code: code.clone(),
                token: token.clone(),
                keys: session.keys.clone(),
            };
            let view = session.run(&command).await?;
            let mut value = json!(view);
            value["token"] = json!((!session.ctx.dry_run).then_some(token));
            out.done(&value, || {
                format!(
                    "{}\n{}: {}",
                    callers_text(out, std::slice::from_ref(&view)),
                    out.t(
                        "Mã truy cập, chỉ hiện một lần",
                        "Token, shown this once only"
                    ),
                    value["token"].as_str().unwrap_or_default()
                )
            });
            Ok(())
        }
        CallerAct::List => {
            let book = session.book_to_read().await?;
            let views = callers(&session, &book).await?;
            out.done(&json!({"callers": views}), || callers_text(out, &views));
            Ok(())
        }
        CallerAct::Disable { code } => {
            let book = session.book().await?;
            let command = DisableCaller {
                book: book.id,
                book_code: book.code,
                code: code.clone(),
            };
            let view = session.run(&command).await?;
            out.done(&view, || callers_text(out, std::slice::from_ref(&view)));
            Ok(())
        }
    }
}

async fn callers(session: &Session, book: &Book) -> Result<Vec<CallerView>, Failure> {
    let mut tx = session.db.begin_read().await?;
    let rows = crate::access::sql::callers(&mut tx, book.id).await?;
    tx.rollback().await?;
    Ok(rows.iter().map(caller::view).collect())
}

fn callers_text(out: &Out, views: &[CallerView]) -> String {
    let mut table = Table::new(&[
        out.t("=Hệ thống", "=Caller"),
        out.t("Người cấp", "Made by"),
        out.t("=Cấp lúc", "=Made at"),
        out.t("Ngừng", "Disabled"),
    ]);
    for v in views {
        table.row(vec![
            v.caller.clone(),
            v.made_by.clone(),
            words::moment(&v.made_at),
            words::moment(v.disabled_at.as_deref().unwrap_or_default()),
        ]);
    }
    table.show()
}
