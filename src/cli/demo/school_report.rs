//! The school's part of the report: a cashier, an accountant and their bank's officer
//! would sign it.

use super::Step;
use super::report::{Report, ledger_text, title};
use super::school::School;
use super::school_end::SchoolEnded;
use crate::cli::days::closed_text;
use crate::cli::out::{Out, Table, money};
use crate::words::{Word, codes};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Report<'_> {
    /// The object `school` of the JSON; null without a school.
    pub fn school_json(&self) -> Value {
        let (Some(school), Some(e)) = (&self.demo.school, &self.ended.school) else {
            return Value::Null;
        };
        let [number, billed, paid, open] = e.bills;
        json!({
            "book": school.book.code,
            "steps": school.steps,
            "bills": {"number": number, "billed": billed, "paid": paid, "open": open},
            "notices": school.notices,
            "payments": school.world.expected.payments,
            "rules": e.rules,
            "receipts": {"live": e.receipts, "cancelled": e.receipts_cancelled, "total": e.receipts_total},
            "found": e.found,
            "expected": e.expected,
            "agrees": e.agrees,
            "habits": school.world.expected.habits,
            "tellings": school.world.expected.tellings,
            "refund_requests": school.world.expected.refund_requests,
            "breaks": e.breaks,
        })
    }

    /// The school's chapters; empty without a school.
    pub fn school_text(&self, out: &Out) -> String {
        let (Some(school), Some(e)) = (&self.demo.school, &self.ended.school) else {
            return String::new();
        };
        let mut text = title(
            out,
            "Một tháng thu học phí: từ danh sách học sinh đến ngày đã khóa sổ",
            "A school's month: from the list of pupils to a closed day",
        );
        text.push_str(&steps(school, out));
        text.push_str(&title(out, "Tiền vào và phiếu báo", "Money in and bills"));
        text.push_str(&compared(e, out));
        text.push_str(&money_in(school, e, out));
        text.push_str(&title(out, "Sai lệch của trường", "The school's breaks"));
        text.push_str(&breaks(e, out));
        text.push_str(&title(out, "Ngày cuối của trường", "The school's last day"));
        if let Some(closed) = school.proofs.last() {
            text.push_str(&closed_text(closed, out));
        }
        text.push_str(&title(out, "Sổ kế toán của trường", "The school's ledger"));
        text.push_str(&ledger_text(&e.trial, &e.verified, out));
        text
    }
}

fn steps(school: &School, out: &Out) -> String {
    let mut table = Table::new(&[out.t("Bước", "Step"), out.t("Kết quả", "Result"), ">ms"]);
    for step in &school.steps {
        let (name, facts) = step_text(step, out);
        table.row(vec![name, facts, step.ms.to_string()]);
    }
    table.show()
}

fn step_text(step: &Step, out: &Out) -> (String, String) {
    let f = &step.facts;
    let n = |name: &str| money(f.get(name).and_then(Value::as_i64).unwrap_or(0));
    let t = |vi: &'static str, en: &'static str| out.t(vi, en).to_owned();
    let day = f.get("day").and_then(Value::as_str).unwrap_or_default();
    let of = |name: &str| {
        let outcomes = f.get("outcomes").and_then(|o| o.get(name));
        money(outcomes.and_then(Value::as_i64).unwrap_or(0))
    };
    match step.step.as_str() {
        "school_set_up" => (t("Thiết lập trường", "School set up"), "TH-AGRI".into()),
        "fees_loaded" => (
            t("Nạp khoản thu", "Fees loaded"),
            format!(
                "{} {}, {} {}",
                n("fees"),
                t("khoản", "fees"),
                n("prices"),
                t("mức thu", "prices")
            ),
        ),
        "pupils_imported" => (
            t("Nhập học sinh", "Pupils imported"),
            format!(
                "{} {}, {} {}, {} {}",
                n("pupils"),
                t("học sinh", "pupils"),
                n("new_classes"),
                t("lớp", "classes"),
                n("new_payers"),
                t("người nộp", "payers")
            ),
        ),
        "bills_prepared" | "bills_issued" => (
            match step.step.as_str() {
                "bills_prepared" => t("Lập phiếu báo", "Bills prepared"),
                _ => t("Hiệu trưởng phát hành", "Issued by the head"),
            },
            format!(
                "{} {} = {} đồng",
                n("bills"),
                t("phiếu", "bills"),
                n("total")
            ),
        ),
        "payers_pay" => (
            t("Phụ huynh nộp (mô phỏng)", "Payers pay (simulated)"),
            format!(
                "{} {} = {} đồng, {} {}",
                n("payments"),
                t("lần chuyển", "transfers"),
                n("received"),
                n("notices"),
                t("thông báo", "notices")
            ),
        ),
        "school_day" => (
            format!("{} {}", t("Ngày", "Day"), out.day(day)),
            format!(
                "{} {}, {} {}: {} {}, {} {}; {} {}",
                n("notices"),
                t("thông báo", "notices"),
                n("lines"),
                t("dòng", "lines"),
                t("khớp", "matched"),
                of("matched"),
                t("lạ", "unknown"),
                of("unknown_at_us"),
                t("đã khóa, số dư", "closed, balance"),
                n("closing")
            ),
        ),
        "not_received_undone" => (
            t("Báo có mà tiền không về", "Told, never came"),
            format!(
                "{} {} = {} đồng, {}",
                n("breaks"),
                t("khoản", "payments"),
                n("amount"),
                t("hai người hủy", "undone by two people")
            ),
        ),
        "last_notices" => (
            t("Thông báo đến sau cùng", "Last late notices"),
            n("notices"),
        ),
        other => (other.to_owned(), String::new()),
    }
}

fn compared(e: &SchoolEnded, out: &Out) -> String {
    let mut table = Table::new(&[
        out.t("Đồng", "Đồng"),
        out.t(">Trên sổ", ">In the books"),
        out.t(">Phải là", ">Must be"),
    ]);
    for (vi, en, found, expected) in [
        (
            "Đã nộp vào phiếu báo",
            "Paid on bills",
            e.found.paid,
            e.expected.paid,
        ),
        (
            "Tiền thừa của học sinh",
            "Pupils' credit",
            e.found.credit,
            e.expected.credit,
        ),
        (
            "Chưa rõ nộp cho ai",
            "Not explained",
            e.found.suspense,
            e.expected.suspense,
        ),
        (
            "Số dư ngân hàng",
            "At the bank",
            e.found.balance,
            e.expected.balance,
        ),
    ] {
        table.row(vec![
            out.t(vi, en).to_owned(),
            money(found),
            money(expected),
        ]);
    }
    format!(
        "{}{}\n\n",
        table.show(),
        match e.agrees {
            true => out.t(
                "Từng phiếu báo và từng học sinh: ĐÚNG",
                "Every bill and every pupil: HOLDS"
            ),
            false => out.t("KHÔNG KHỚP", "DOES NOT HOLD"),
        }
    )
}

fn money_in(school: &School, e: &SchoolEnded, out: &Out) -> String {
    let [number, billed, paid, open] = e.bills;
    let mut text = format!(
        "{}: {}, {} đồng; {} {}, {} {}\n",
        out.t("Phiếu báo phải nộp", "Bills owed"),
        money(number),
        money(billed),
        out.t("đã nộp", "paid"),
        money(paid),
        out.t("còn", "open"),
        money(open)
    );
    let list = |counts: &BTreeMap<String, i64>, words: &[Word]| {
        let parts: Vec<String> = counts
            .iter()
            .map(|(code, n)| {
                let what = match code.as_str() {
                    "again" => out.t("báo lại lần nữa", "told again").to_owned(),
                    code => out.say(words, code),
                };
                format!("{what} {}", money(*n))
            })
            .collect();
        parts.join(", ")
    };
    let asked = &school.world.expected.refund_requests;
    text.push_str(&format!(
        "{}: {}\n{}: {}\n{}: {}, {} đồng; {} {}\n{}: {}, {} đồng\n",
        out.t("Thông báo có", "Notices"),
        list(&school.notices, codes::NOTICE_OUTCOMES),
        out.t("Khớp theo", "Matched by"),
        list(&e.rules, codes::CREDIT_RULES),
        out.t("Biên lai, phiếu thu", "Receipts"),
        money(e.receipts),
        money(e.receipts_total),
        out.t("đã hủy", "cancelled"),
        money(e.receipts_cancelled),
        out.t("Xin hoàn tiền", "Refunds asked for"),
        asked.len(),
        money(asked.iter().map(|r| r.amount).sum())
    ));
    text
}

fn breaks(e: &SchoolEnded, out: &Out) -> String {
    let mut sums: BTreeMap<(&str, &str), (i64, i64)> = BTreeMap::new();
    for b in &e.breaks {
        let sum = sums.entry((&b.kind, &b.state)).or_default();
        *sum = (sum.0 + 1, sum.1 + b.open_amount);
    }
    let mut table = Table::new(&[
        out.t("Loại", "Kind"),
        out.t("Trạng thái", "State"),
        out.t(">Số", ">Number"),
        out.t(">Còn treo", ">Open"),
    ]);
    for ((kind, state), (n, open)) in sums {
        table.row(vec![
            out.say(codes::BREAK_KINDS, kind),
            out.say(codes::BREAK_STATES, state),
            money(n),
            money(open),
        ]);
    }
    table.show()
}
