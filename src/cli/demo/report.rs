//! The report that a labour officer and a bank officer would both sign.

use super::books::Ended;
use super::{Demo, Step};
use crate::cli::days::closed_text;
use crate::cli::out::{Out, Table, money};
use crate::cli::report as cycle_report;
use crate::ledger::report::TrialRow;
use crate::ledger::verify::Verified;
use crate::words::{self, codes};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub struct Report<'a> {
    pub demo: &'a Demo,
    pub ended: Ended,
    pub seconds: Duration,
    pub kept: Option<&'a Path>,
}

impl Report<'_> {
    pub fn json(&self) -> Value {
        json!({
            "steps": self.demo.steps,
            "refused": self.demo.refused,
            "breaks": self.ended.breaks,
            "closed": self.closed(),
            "books_hash": self.ended.books_hash,
            "chain_heads": self.ended.chain_heads,
            "school": self.school_json(),
            "ms": u64::try_from(self.seconds.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// The closed days of both books.
    fn closed(&self) -> Vec<Value> {
        let of_school = self.demo.school.iter().flat_map(|s| &s.proofs);
        let days = of_school.map(|c| {
            json!({"book": c.proof.book, "bank_account": c.proof.bank_account, "day": c.proof.day,
                   "holds": c.proof.holds})
        });
        self.demo.closed.iter().cloned().chain(days).collect()
    }

    pub fn text(&self, out: &Out) -> String {
        let mut text = String::new();
        let title = |vi: &str, en: &str| title(out, vi, en);
        let head = title(
            "AnSinh: hai tháng trợ cấp, từ danh sách của xã đến ngày đã khóa sổ",
            "AnSinh: two months of allowances, from a commune's list to a closed day",
        );
        text.push_str(head.trim_start());
        text.push_str(&self.steps(out));
        text.push_str(&title("Người bị từ chối", "People refused"));
        text.push_str(&self.refused(out));
        text.push_str(&title("Khoản hưởng", "Entitlements"));
        for (period, rows) in &self.ended.progress {
            text.push_str(&format!(
                "{} {}\n{}\n",
                out.t("Kỳ", "Period"),
                out.day(period),
                cycle_report::text(rows, out)
            ));
        }
        text.push_str(&title("Sai lệch", "Breaks"));
        text.push_str(&self.breaks(out));
        text.push_str(&title("Các ngày đã khóa", "Closed days"));
        for closed in &self.demo.proofs {
            text.push_str(&closed_text(closed, out));
        }
        text.push_str(&title("Sổ kế toán", "Ledger"));
        text.push_str(&ledger_text(&self.ended.trial, &self.ended.verified, out));
        text.push_str(&self.school_text(out));
        text.push_str(&format!(
            "\n{}: {}\n",
            out.t(
                "Mã kiểm tra sổ sách (books_hash)",
                "Hash of the books (books_hash)"
            ),
            self.ended.books_hash
        ));
        if let Some(folder) = self.kept {
            text.push_str(&format!(
                "{}: {}\n",
                out.t("Mọi tệp nằm ở", "Every file is in"),
                folder.display()
            ));
        }
        text
    }

    fn steps(&self, out: &Out) -> String {
        let mut table = Table::new(&[out.t("Bước", "Step"), out.t("Kết quả", "Result"), ">ms"]);
        for step in &self.demo.steps {
            table.row(vec![
                step_name(&step.step, out),
                step_facts(step, out),
                step.ms.to_string(),
            ]);
        }
        format!(
            "{}{}: {} ms\n",
            table.show(),
            out.t("Tổng thời gian", "Whole time"),
            self.seconds.as_millis()
        )
    }

    fn refused(&self, out: &Out) -> String {
        let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
        for r in &self.demo.refused {
            let key = (text_of(r, "period"), text_of(r, "category"));
            *counts.entry(key).or_default() += 1;
        }
        let mut table = Table::new(&[
            out.t("Kỳ", "Period"),
            out.t("Lý do", "Reason"),
            out.t(">Người", ">People"),
        ]);
        for ((period, category), n) in &counts {
            table.row(vec![
                out.day(period),
                match category.as_str() {
                    // Stopped by something else in the line than the register.
                    "MATCHED" => out
                        .t(
                            "khớp dân cư, nhưng có lỗi khác trong dòng",
                            "matched, another fault in the line",
                        )
                        .to_owned(),
                    code => out.say_with_code(codes::CATEGORIES, code),
                },
                money(*n),
            ]);
        }
        let mut text = table.show();
        text.push('\n');
        let mut table = Table::new(&[
            out.t("Kỳ", "Period"),
            ">STT",
            out.t(
                "Lý do, ví dụ đầu tiên của mỗi loại",
                "Reason, the first of each kind",
            ),
        ]);
        let mut seen: Vec<String> = Vec::new();
        for r in &self.demo.refused {
            let category = text_of(r, "category");
            if !seen.contains(&category) {
                seen.push(category);
                table.row(vec![
                    out.day(&text_of(r, "period")),
                    r["stt"].to_string(),
                    words::mask_digits(&text_of(r, "message")),
                ]);
            }
        }
        text.push_str(&table.show());
        text
    }

    fn breaks(&self, out: &Out) -> String {
        let mut table = Table::new(&[
            out.t("=Ngày", "=Day"),
            out.t("Loại", "Kind"),
            out.t("=Mã tham chiếu", "=Reference"),
            out.t(">Phải là", ">Expected"),
            out.t(">Sao kê", ">Statement"),
            out.t(">Còn treo", ">Open"),
            out.t("Trạng thái", "State"),
            out.t("Xử lý", "Action"),
        ]);
        for b in &self.ended.breaks {
            table.row(vec![
                out.day(&b.day),
                out.say(codes::BREAK_KINDS, &b.kind),
                b.end_to_end_ref.clone(),
                b.expected_amount.map(money).unwrap_or_default(),
                b.statement_amount.map(money).unwrap_or_default(),
                money(b.open_amount),
                out.say(codes::BREAK_STATES, &b.state),
                match &b.action {
                    Some(action) => out.say(codes::ACTIONS, action),
                    None => out.say(codes::TODOS, &b.todo),
                },
            ]);
        }
        table.show()
    }
}

/// A chapter's title.
pub fn title(out: &Out, vi: &str, en: &str) -> String {
    let title = out.lang.pick(vi, en);
    format!("\n{title}\n{}\n", "=".repeat(title.chars().count()))
}

/// A book's trial balance and proof.
pub fn ledger_text(trial: &[TrialRow], v: &Verified, out: &Out) -> String {
    let mut table = Table::new(&[
        out.t("Nhóm tài khoản", "Accounts"),
        out.t(">Số lượng", ">Number"),
        out.t(">Nợ", ">Debits"),
        out.t(">Có", ">Credits"),
        out.t(">Số dư", ">Balance"),
    ]);
    for r in trial {
        table.row(vec![
            out.say_with_code(codes::ACCOUNT_GROUPS, &r.group),
            money(r.accounts),
            money(r.debits),
            money(r.credits),
            money(r.balance),
        ]);
    }
    format!(
        "{}\n{}: {} {}, {} {}\n{}: {}\n",
        table.show(),
        out.t("Đã tính lại toàn bộ, ĐÚNG", "Recomputed as a whole, HOLDS"),
        money(v.transfers),
        out.t("bút toán", "transfers"),
        money(v.postings),
        out.t("chứng từ", "postings"),
        out.t("Đầu chuỗi của sổ", "Chain head"),
        v.chain_head
    )
}

fn text_of(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn step_name(step: &str, out: &Out) -> String {
    let (vi, en) = match step {
        "list_checked" => ("Kiểm tra danh sách", "List checked"),
        "register_loaded" => ("Nạp dân cư", "Register loaded"),
        "holders_loaded" => ("Ngân hàng xác nhận chủ tài khoản", "Holders confirmed"),
        "list_imported" => ("Nhập danh sách, mở tài khoản", "List imported"),
        "budget_announced" => ("Kinh phí", "Budget"),
        "bank_closed" => ("Ngân hàng khóa ngày", "Bank closes its day"),
        "statement_imported" => ("Nhập và đối chiếu sao kê", "Statement matched"),
        "day_closed" => ("Khóa ngày", "Day closed"),
        "cycle_prepared" => ("Lập kỳ chi", "Cycle prepared"),
        "batch_approved" => ("Trình và duyệt", "Submitted, approved"),
        "batch_released" => ("Giải ngân", "Released"),
        "batch_sent" => ("Gửi ngân hàng", "Sent"),
        "register_after_approval" => ("Báo tử sau khi duyệt", "Deaths after approval"),
        "follow_up_prepared" => ("Chi lại khoản bị trả", "Follow-up"),
        "fees_resolved" => ("Xử lý phí ngân hàng", "Bank fees resolved"),
        "same_files_again" => ("Nhập lại đúng các tệp cũ", "Same files again"),
        other => (other, other),
    };
    out.lang.pick(vi, en).to_owned()
}

fn step_facts(step: &Step, out: &Out) -> String {
    let f = &step.facts;
    let n = |name: &str| money(f.get(name).and_then(Value::as_i64).unwrap_or(0));
    let s = |name: &str| {
        f.get(name)
            .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
            .unwrap_or_default()
    };
    let t = |vi: &'static str, en: &'static str| out.t(vi, en).to_owned();
    match step.step.as_str() {
        "list_checked" => format!(
            "{} {}, {} {} = {} đồng, {} {}",
            n("lines"),
            t("dòng", "lines"),
            t("nhận", "accepted"),
            n("accepted"),
            n("accepted_total"),
            t("tự sửa", "repaired"),
            n("repairs")
        ),
        "register_loaded" | "register_after_approval" => format!(
            "{} {}, {} {}",
            n("records"),
            t("bản ghi", "records"),
            t("báo tử", "dead"),
            n("deceased")
        ),
        "holders_loaded" => format!(
            "{} {}, {} +{} -{}",
            n("holders"),
            t("chủ tài khoản", "holders"),
            t("địa chỉ", "addresses"),
            n("addresses_activated"),
            n("addresses_stopped")
        ),
        "list_imported" => format!(
            "{} {}, {} {}, {} {}",
            t("mở", "opened"),
            n("accounts_opened"),
            t("mới", "new"),
            n("new_people"),
            t("chưa có địa chỉ", "no address"),
            n("address_not_active")
        ),
        "budget_announced" => format!("{} đồng", n("amount")),
        "bank_closed" => s("file"),
        "statement_imported" => {
            let nothing = Value::Null;
            let o = f.get("outcomes").unwrap_or(&nothing);
            let k = |name: &str| money(o[name].as_i64().unwrap_or(0));
            format!(
                "{} {}: {} {}, {} {}, {} {}, {} {}, {} {}, {} {}",
                n("lines"),
                t("dòng", "lines"),
                t("khớp", "matched"),
                k("matched"),
                t("lệch tiền", "amount"),
                k("amount_differs"),
                t("chưa báo", "missing"),
                k("missing_at_bank"),
                t("lạ", "unknown"),
                k("unknown_at_us"),
                t("lặp", "twice"),
                k("duplicate_line"),
                t("trả lại", "returned"),
                k("returned")
            )
        }
        "day_closed" => format!(
            "{} {} = {} đồng",
            out.day(&s("day")),
            t("số dư", "balance"),
            n("closing")
        ),
        "cycle_prepared" => format!(
            "{} {} = {} đồng, {} {}, {} {}, {} {}",
            n("lines"),
            t("người", "people"),
            n("total"),
            t("mới", "new"),
            n("new_people"),
            t("thôi", "gone"),
            n("gone_people"),
            t("đổi", "changed"),
            n("changed_amounts")
        ),
        "batch_approved" | "batch_released" => format!(
            "{} {} = {} đồng, {}",
            n("lines"),
            t("dòng", "lines"),
            n("total"),
            s("digest").chars().take(16).collect::<String>()
        ),
        "batch_sent" => format!(
            "{}, {} {} = {} đồng",
            s("file"),
            t("ngân hàng nhận", "bank took"),
            n("bank_took"),
            n("bank_total")
        ),
        "follow_up_prepared" => format!(
            "{} {} = {} đồng",
            f.get("batch")
                .and_then(|b| b["lines"].as_i64())
                .unwrap_or(0),
            t("dòng", "lines"),
            money(
                f.get("batch")
                    .and_then(|b| b["total"].as_i64())
                    .unwrap_or(0)
            )
        ),
        "fees_resolved" => n("breaks"),
        "same_files_again" => format!(
            "{} {}, {}",
            n("files"),
            t("tệp", "files"),
            if f.get("changed_nothing") == Some(&Value::Bool(true)) {
                t("không đổi gì", "nothing changed")
            } else {
                t("CÓ THAY ĐỔI", "CHANGED")
            }
        ),
        _ => String::new(),
    }
}
