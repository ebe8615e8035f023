//! Answers: text for people or one JSON object.

use crate::error::{Failure, Lang};
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
            self.line(human().trim_end());
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

    pub fn failure(&self, failure: &Failure) {
        let (code, message, data) = match failure {
            Failure::Reject(r) => (r.code().to_owned(), r.message(self.lang), r.data()),
            Failure::Fault(f) => ("fault".to_owned(), f.to_string(), Value::Null),
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
            eprintln!("{what} [{code}]: {message}");
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

/// A table that fits 100 columns: numbers to the right, the widest text cut.
pub struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
}

const WIDTH: usize = 100;

impl Table {
    /// `head` names the columns; one that starts with `>` stands to the right.
    pub fn new(head: &[&str]) -> Table {
        Table {
            right: head.iter().map(|h| h.starts_with('>')).collect(),
            rows: vec![
                head.iter()
                    .map(|h| h.trim_start_matches('>').to_owned())
                    .collect(),
            ],
        }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub fn show(&self) -> String {
        let columns = self.right.len();
        let mut widths: Vec<usize> = (0..columns)
            .map(|c| {
                self.rows
                    .iter()
                    .map(|r| r.get(c).map_or(0, |s| s.chars().count()))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        while widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1) > WIDTH {
            let Some(widest) = (0..columns)
                .filter(|c| !self.right[*c])
                .max_by_key(|c| widths[*c])
            else {
                break;
            };
            if widths[widest] <= 6 {
                break;
            }
            widths[widest] -= 1;
        }
        let mut out = String::new();
        for (n, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = (0..columns)
                .map(|c| {
                    let text = cut(row.get(c).map_or("", String::as_str), widths[c]);
                    if self.right[c] {
                        format!("{text:>w$}", w = widths[c])
                    } else {
                        format!("{text:<w$}", w = widths[c])
                    }
                })
                .collect();
            out.push_str(cells.join("  ").trim_end());
            out.push('\n');
            if n == 0 {
                let rule: Vec<String> = widths.iter().map(|w| "-".repeat(*w)).collect();
                out.push_str(&rule.join("  "));
                out.push('\n');
            }
        }
        out
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(width.saturating_sub(1)).collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a table wider than a terminal, and a number that was cut.
    #[test]
    fn a_table_fits_and_never_cuts_numbers() {
        let mut table = Table::new(&["Tên", ">Số tiền"]);
        table.row(vec!["x".repeat(300), money(187_750_000)]);
        let shown = table.show();
        assert!(shown.lines().all(|l| l.chars().count() <= 100));
        assert!(shown.contains("187.750.000") && shown.contains('…'));
    }
}
