//! Answers: text for people or one JSON object.

use crate::error::{Failure, Lang};
use crate::words::{self, Word, wrap};
use ansinh_settlement::Dong;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Write as _};

pub struct Out {
    pub json: bool,
    pub lang: Lang,
}

impl Out {
    pub fn new(json: bool, lang: Lang) -> Out {
        Out { json, lang }
    }

    /// The answer: the object, or the text that `human` makes.
    pub fn done(&self, value: &impl Serialize, human: impl FnOnce() -> String) {
        if self.json {
            match serde_json::to_string(value) {
                Ok(text) => self.line(&text),
                Err(e) => self.line(
                    &json!({"error": {"code": "corrupt", "message": e.to_string()}}).to_string(),
                ),
            }
        } else {
            self.line(&wrap(human().trim_end(), WIDTH));
        }
    }

    /// A line on stdout; a reader that went away ends it quietly.
    pub fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}");
    }

    /// The text in the language of the answer.
    pub fn t<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        self.lang.pick(vi, en)
    }

    /// The words of a code.
    pub fn say(&self, table: &[Word], code: &str) -> String {
        words::say(table, code, self.lang)
    }

    /// The words of a code that people must type, with the code behind them.
    pub fn say_with_code(&self, table: &[Word], code: &str) -> String {
        words::say_with_code(table, code, self.lang)
    }

    /// A day or period as people write it.
    pub fn day(&self, iso: &str) -> String {
        words::day(iso, self.lang)
    }

    /// The line that says what comes next, and who does it.
    pub fn next(&self, who: (&str, &str), command: &str) -> String {
        format!(
            "{}: {command}  ({})",
            self.t("Tiếp theo", "Next"),
            self.lang.pick(who.0, who.1)
        )
    }

    pub fn failure(&self, failure: &Failure) {
        let (code, message, data) = match failure {
            Failure::Reject(r) => (r.code().to_owned(), r.message(self.lang), r.data()),
            Failure::Fault(f) => ("fault".to_owned(), f.message(self.lang), Value::Null),
        };
        if self.json {
            self.line(
                &json!({"error": {"code": code, "message": message, "data": data}}).to_string(),
            );
        } else {
            let what = match failure {
                Failure::Reject(_) => self.t("Từ chối", "Rejected"),
                Failure::Fault(_) => self.t("Lỗi hệ thống", "Fault"),
            };
            eprintln!("{}", wrap(&format!("{what} [{code}]: {message}"), WIDTH));
        }
    }

    /// A bar on stderr for long work; silent where nobody looks.
    pub fn bar(&self, length: i64, vi: &str, en: &str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() || length < 20_000 {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length.unsigned_abs());
        if let Ok(style) =
            ProgressStyle::with_template("{msg} [{bar:40}] {human_pos}/{human_len} {eta}")
        {
            bar.set_style(style);
        }
        bar.set_message(self.t(vi, en).to_owned());
        bar
    }
}

/// Amount with dots between thousands.
pub fn money(amount: i64) -> String {
    Dong::new(amount).map_or_else(|_| amount.to_string(), |d| d.to_string())
}

/// Who takes a next step, for [`Out::next`].
pub const MAKER: (&str, &str) = ("người lập", "the maker");
pub const APPROVER: (&str, &str) = ("người duyệt", "the approver");
pub const ACCOUNTANT: (&str, &str) = ("kế toán", "the accountant");
pub const CHIEF: (&str, &str) = (
    "kế toán trưởng, không phải người nhập sao kê",
    "the chief accountant, not who imported",
);

/// The four of a biller.
pub const CASHIER: (&str, &str) = ("thu ngân", "the cashier");
pub const HEAD: (&str, &str) = ("người đứng đầu", "the head");

/// A table that fits 100 columns. A column whose title begins with `>` stands to the
/// right, one with `=` to the left; both are never cut. All others are wrapped in words.
pub struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
    whole: Vec<bool>,
}

/// Columns of a screen.
pub const WIDTH: usize = 100;
/// Narrower than this no column is made.
const NARROWEST: usize = 8;

impl Table {
    pub fn new(head: &[&str]) -> Table {
        Table {
            right: head.iter().map(|h| h.starts_with('>')).collect(),
            whole: head.iter().map(|h| h.starts_with(['>', '='])).collect(),
            rows: vec![
                head.iter()
                    .map(|h| h.trim_start_matches(['>', '=']).to_owned())
                    .collect(),
            ],
        }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub fn show(&self) -> String {
        let widths = self.widths();
        let mut out = String::new();
        for (n, row) in self.rows.iter().enumerate() {
            let cells: Vec<Vec<String>> = (0..widths.len())
                .map(|c| pieces(row.get(c).map_or("", String::as_str), widths[c]))
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for line in 0..height {
                let shown: Vec<String> = (0..widths.len())
                    .map(|c| {
                        let text = cells[c].get(line).map_or("", String::as_str);
                        if self.right[c] {
                            format!("{text:>w$}", w = widths[c])
                        } else {
                            format!("{text:<w$}", w = widths[c])
                        }
                    })
                    .collect();
                out.push_str(shown.join("  ").trim_end());
                out.push('\n');
            }
            if n == 0 {
                let rule: Vec<String> = widths.iter().map(|w| "-".repeat(*w)).collect();
                out.push_str(&rule.join("  "));
                out.push('\n');
            }
        }
        out
    }

    /// As wide as the widest cell; where that is too much, the widest columns that may be
    /// wrapped give way.
    fn widths(&self) -> Vec<usize> {
        let columns = self.right.len();
        let body = |c: usize| {
            let cells = self.rows.iter().skip(1);
            let widths = cells.map(|r| r.get(c).map_or(0, |s| s.chars().count()));
            widths.max().unwrap_or(0)
        };
        let title = |c: usize| self.rows[0][c].chars().count();
        let word = |c: usize| {
            let words = self.rows[0][c].split(' ').map(|w| w.chars().count());
            words.max().unwrap_or(0)
        };
        let gaps = 2 * columns.saturating_sub(1);
        let mut widths: Vec<usize> = (0..columns).map(|c| body(c).max(title(c))).collect();
        if widths.iter().sum::<usize>() + gaps > WIDTH {
            // Titles may be wrapped at their blanks, also over a column that is kept whole.
            widths = (0..columns).map(|c| body(c).max(word(c))).collect();
        }
        while widths.iter().sum::<usize>() + gaps > WIDTH {
            let Some(widest) = (0..columns)
                .filter(|c| !self.whole[*c] && widths[*c] > NARROWEST)
                .max_by_key(|c| widths[*c])
            else {
                break;
            };
            widths[widest] -= 1;
        }
        widths
    }
}

/// A cell as lines of at most `width`, broken at blanks, and inside a word only where the
/// word is longer than that.
fn pieces(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if !line.is_empty() && line.chars().count() + 1 + word.len() > width {
            out.push(std::mem::take(&mut line));
        }
        while word.len() > width && width > 0 {
            out.push(word.drain(..width).collect());
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    out.push(line);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a table wider than a terminal, and a number, a reference or a name of which
    /// something is lost.
    #[test]
    fn a_table_fits_and_loses_nothing() {
        let mut table = Table::new(&["Tên", "=Mã tham chiếu", "Việc", ">Số tiền"]);
        let name = "Nguyễn Thị Hoa ".repeat(12);
        let reference = "P00100000000001X";
        table.row(vec![
            name.clone(),
            reference.into(),
            "x".repeat(150),
            money(187_750_000),
        ]);
        let shown = table.show();
        assert!(shown.lines().all(|l| l.chars().count() <= 100), "{shown}");
        assert!(shown.contains("187.750.000") && shown.contains(reference));
        assert_eq!(shown.matches('x').count(), 150);
        assert_eq!(shown.matches("Hoa").count(), 12);
    }
}
