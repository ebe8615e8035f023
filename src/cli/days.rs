//! `day close|reopen`.

use super::args::Cli;
use super::out::{ACCOUNTANT, Out, money};
use super::session::Session;
use super::usage;
use crate::error::Failure;
use crate::reconcile::close::{CloseDay, ClosedDay};
use crate::reconcile::reopen::{ReopenDay, ReopenReply};
use crate::words::codes;

pub async fn close(
    cli: &Cli,
    out: &Out,
    day: &str,
    bank_account: Option<&str>,
) -> Result<(), Failure> {
    let day = usage::day("day close", "DAY", day)?;
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session.bank_account(&book, bank_account).await?;
    let pays = book.kind == "labour_office";
    let reply = session
        .run(&CloseDay {
            book,
            bank_account: bank.code,
            day,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || {
        let next = if pays {
            "ansinh break list --as …; ansinh report cycle --period …"
        } else {
            "ansinh break list --as …; ansinh report fees --year …"
        };
        format!("{}{}", closed_text(&reply, out), out.next(ACCOUNTANT, next))
    });
    Ok(())
}

pub fn closed_text(c: &ClosedDay, out: &Out) -> String {
    let p = &c.proof;
    let mut text = format!(
        "{} {} {} ({}){}\n",
        out.t("Ngày", "Day"),
        out.day(&p.day),
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
            "money at the bank = statement",
            p.nostro,
            p.closing,
        ),
        (
            "Tiền đang chuyển = lệnh chưa quyết toán",
            "sent, not on a statement = unsettled instructions",
            p.clearing_out,
            p.unsettled,
        ),
    ] {
        text.push_str(&format!(
            "  {}: {} = {} đồng\n",
            out.t(vi, en),
            money(left),
            money(right)
        ));
    }
    text.push_str(&format!(
        "  {}: {} đồng   {}: {} đồng\n",
        out.t("Tiền về chưa rõ nguồn", "Came in, not explained"),
        money(p.suspense),
        out.t("Phải đòi ngân hàng", "Claims on banks"),
        money(p.claim)
    ));
    let carried: Vec<String> = p
        .carried
        .iter()
        .map(|(kind, n)| format!("{} {n}", out.say(codes::BREAK_KINDS, kind)))
        .collect();
    text.push_str(&format!(
        "  {}: {}\n  {}: {}\n",
        out.t("Sai lệch mang sang", "Breaks carried"),
        if carried.is_empty() {
            out.t("không có", "none").to_owned()
        } else {
            carried.join(", ")
        },
        out.t("Mã kiểm tra của ngày", "Digest of the day"),
        c.digest
    ));
    text
}

pub async fn reopen(
    cli: &Cli,
    out: &Out,
    day: &str,
    reason: &str,
    approve: bool,
    bank_account: Option<&str>,
) -> Result<(), Failure> {
    let day = usage::day("day reopen", "DAY", day)?;
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session.bank_account(&book, bank_account).await?;
    let reply = session
        .run(&ReopenDay {
            book,
            bank_account: bank.code,
            day,
            reason: reason.to_owned(),
            approve,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || reopened_text(&reply, out));
    Ok(())
}

fn reopened_text(r: &ReopenReply, out: &Out) -> String {
    let days: Vec<String> = r.reopened.iter().map(|d| out.day(d)).collect();
    let days = days.join(", ");
    let Some(approved_by) = &r.approved_by else {
        return format!(
            "{} {} ({})\n  {}: {days}\n  {}: ansinh day reopen {} --approve --as …",
            out.t("Đề xuất mở lại ngày", "Proposed to reopen"),
            out.day(&r.day),
            r.bank_account,
            out.t("Các ngày sẽ mở", "Days that would open"),
            out.t("Người khác duyệt", "Another person approves"),
            r.day
        );
    };
    format!(
        "{} {} {} ({})\n  {}: {days}\n  {}: {}; {} {}, {} {approved_by}\n  {}",
        out.t("Ngày", "Day"),
        out.day(&r.day),
        out.t("ĐÃ MỞ LẠI", "REOPENED"),
        r.bank_account,
        out.t("Các ngày được mở", "Days that are open"),
        out.t("Lý do", "Reason"),
        r.reason,
        out.t("đề xuất:", "proposed by"),
        r.proposed_by,
        out.t("duyệt:", "approved by"),
        out.t(
            "Chứng minh cũ vẫn được giữ; hãy khóa lại từng ngày theo thứ tự.",
            "The old proofs are kept; close the days again in order."
        )
    )
}
