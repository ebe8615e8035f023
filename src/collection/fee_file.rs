//! Reads a fee file: TOML, or CSV as a school keeps it in a sheet.
//!
//! CSV columns by name: `fee,name,kind,third_party,receipt_kind,grade,class,debtor,per,
//! price,due,valid_from,valid_to,ground`. Amounts are read as people type them
//! (`150.000`, `150000 đ`); letters or a minus are refused with the cell.

use super::fee::{Due, FeeEntry, FeeFile, PriceEntry};
use super::price::{FeeKind, Per};
use crate::error::{Failure, Reject};
use crate::roster::amount::{AmountProblem, read_amount};
use crate::roster::cell::column_letters;
use ansinh_settlement::Day;
use std::path::Path;

fn bad(what: &str, place: String, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: what.into(),
        place,
        found: found.into(),
        expected: expected.into(),
    }
}

/// Reads the file at `path`; `year` stands in for a CSV, which names none.
pub fn read(path: &Path, year: Option<&str>) -> Result<FeeFile, Failure> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Reject::FileUnreadable {
        path: shown.clone(),
        why: e.to_string(),
    })?;
    let csv = path
        .extension()
        .is_some_and(|e| e.to_string_lossy().eq_ignore_ascii_case("csv"));
    if csv {
        let year = year.ok_or_else(|| bad(&shown, "--year".into(), "", "2026-2027"))?;
        return Ok(read_csv(&shown, &text, year)?);
    }
    let file: FeeFile = toml::from_str(&text).map_err(|e| {
        let at = e.span().map_or(0, |s| s.start).min(text.len());
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        bad(
            &shown,
            format!("line {line}"),
            e.message(),
            "docs/cli.md, fee load",
        )
    })?;
    match year {
        Some(year) if year != file.year => Err(bad(&shown, "year".into(), &file.year, year).into()),
        _ => Ok(file),
    }
}

struct Record<'a> {
    what: &'a str,
    line: u64,
    header: &'a csv::StringRecord,
    fields: csv::StringRecord,
}

impl Record<'_> {
    fn at(&self, name: &str) -> Option<usize> {
        self.header
            .iter()
            .position(|h| h.trim().trim_start_matches('\u{feff}') == name)
    }

    fn text(&self, name: &str) -> &str {
        self.at(name)
            .and_then(|at| self.fields.get(at))
            .map_or("", str::trim)
    }

    fn bad(&self, name: &str, expected: &str) -> Reject {
        let column = self
            .at(name)
            .and_then(|at| u16::try_from(at).ok())
            .unwrap_or(0);
        let place = format!("{}{} ({name})", column_letters(column), self.line);
        bad(self.what, place, self.text(name), expected)
    }

    fn day(&self, name: &str) -> Result<Day, Reject> {
        Day::parse(self.text(name)).map_err(|_| self.bad(name, "a day such as 2026-09-01"))
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name).to_owned()).filter(|t| !t.is_empty())
    }
}

fn read_csv(what: &str, text: &str, year: &str) -> Result<FeeFile, Reject> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let broken = |e: csv::Error| {
        bad(
            what,
            "file".into(),
            &e.to_string(),
            "CSV in UTF-8 with commas",
        )
    };
    let header = reader.headers().map_err(broken)?.clone();
    let mut file = FeeFile {
        year: year.into(),
        ..FeeFile::default()
    };
    for needed in [
        "fee",
        "name",
        "kind",
        "per",
        "price",
        "due",
        "valid_from",
        "ground",
    ] {
        if !header
            .iter()
            .any(|h| h.trim().trim_start_matches('\u{feff}') == needed)
        {
            let found: Vec<&str> = header.iter().collect();
            return Err(bad(
                what,
                "A1".into(),
                &found.join(","),
                &format!("a column {needed}"),
            ));
        }
    }
    for record in reader.records() {
        let fields = record.map_err(broken)?;
        let line = fields.position().map_or(0, csv::Position::line);
        let r = Record {
            what,
            line,
            header: &header,
            fields,
        };
        if r.fields.iter().all(|f| f.trim().is_empty()) {
            continue;
        }
        take(&r, &mut file)?;
    }
    Ok(file)
}

fn take(r: &Record<'_>, file: &mut FeeFile) -> Result<(), Reject> {
    let kind = FeeKind::parse(r.text("kind"))
        .ok_or_else(|| r.bad("kind", "tuition, service, agency, voluntary"))?;
    let per = Per::parse(r.text("per"))
        .ok_or_else(|| r.bad("per", "month, term, year, attended_day, once"))?;
    let price = match read_amount(r.text("price")) {
        Ok(amount) => amount.get(),
        Err(AmountProblem::Zero) => 0,
        Err(problem) => {
            return Err(r.bad(
                "price",
                &format!("whole đồng, not below 0 ({})", problem.code()),
            ));
        }
    };
    let due = match r.text("due").parse::<i64>() {
        Ok(day) if day <= 31 => Due::DayOfMonth(day),
        _ => Due::On(r.day("due")?),
    };
    let grade = match r.text("grade") {
        "" => None,
        text => Some(text.parse::<i64>().map_err(|_| r.bad("grade", "0-12"))?),
    };
    let code = r.text("fee").to_owned();
    if !file.fee.iter().any(|f| f.code == code) {
        file.fee.push(FeeEntry {
            code: code.clone(),
            name: r.text("name").to_owned(),
            kind,
            third_party: r.optional("third_party"),
            receipt_kind: r.optional("receipt_kind"),
        });
    }
    file.price.push(PriceEntry {
        fee: code,
        grade,
        class: r.optional("class"),
        debtor: r.optional("debtor"),
        per,
        price,
        due,
        valid_from: r.day("valid_from")?,
        valid_to: match r.text("valid_to") {
            "" => None,
            _ => Some(r.day("valid_to")?),
        },
        ground: r.text("ground").to_owned(),
        surcharge: None,
        instalments: Vec::new(),
    });
    Ok(())
}
