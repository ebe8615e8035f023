//! `day close|reopen`.

use super::args::Cli;
use super::out::{Out, money};
use super::session::Session;
use crate::error::{Failure, Reject};
use crate::reconcile::close::{CloseDay, ClosedDay};
use crate::reconcile::reopen::{ReopenDay, ReopenReply};
use ansinh_settlement::Day;

fn parse_day(what: &str, text: &str) -> Result<Day, Reject> {
    Day::parse(text).map_err(|_| Reject::BadInput {
        what: what.into(),
        place: "DAY".into(),
        found: text.to_owned(),
        expected: "2026-06-05".into(),
    })
}

pub async fn close(
    cli: &Cli,
    out: &Out,
    day: &str,
    bank_account: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session.bank_account(&book, bank_account).await?;
    let day = parse_day("day close", day)?;
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

pub async fn reopen(
    cli: &Cli,
    out: &Out,
    day: &str,
    reason: &str,
    approve: bool,
    bank_account: Option<&str>,
) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let bank = session.bank_account(&book, bank_account).await?;
    let reply = session
        .run(&ReopenDay {
            book,
            bank_account: bank.code,
            day: parse_day("day reopen", day)?,
            reason: reason.to_owned(),
            approve,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || reopened_text(&reply, out));
    Ok(())
}

fn reopened_text(r: &ReopenReply, out: &Out) -> String {
    let days = r.reopened.join(", ");
    let Some(approved_by) = &r.approved_by else {
        return format!(
            "{} {} ({})\n  {}: {days}\n  {}: ansinh day reopen {} --approve --as …",
            out.t("Đề xuất mở lại ngày", "Proposed to reopen"),
            r.day,
            r.bank_account,
            out.t("Các ngày sẽ mở", "Days that would open"),
            out.t("Người khác duyệt", "Another person approves"),
            r.day
        );
    };
    format!(
        "{} {} {} ({})\n  {}: {days}\n  {}: {}; {} {}, {} {approved_by}\n  {}",
        out.t("Ngày", "Day"),
        r.day,
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
