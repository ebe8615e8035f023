//! A report as a file: CSV or XLSX, by the ending of its name.

use crate::error::{Failure, Fault, Reject, io_fault};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::path::{Path, PathBuf};

/// Writes rows under a head. Columns whose title starts with `>` hold whole numbers. A text
/// that a spreadsheet could take for a formula is written so that it is none. The file has
/// its name only when it is whole; one of that name is replaced.
pub fn write_sheet(path: &Path, head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let bad = |expected: &str| Reject::BadInput {
        what: "report".into(),
        place: "--out".into(),
        found: path.display().to_string(),
        expected: expected.into(),
    };
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let workbook = match ending.as_deref() {
        Some("csv") => false,
        Some("xlsx") => true,
        _ => return Err(bad(".csv, .xlsx").into()),
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    if folder.is_some_and(|p| !p.is_dir()) {
        return Err(bad("a folder that is there").into());
    }
    let part = PathBuf::from(format!("{}.part", path.display()));
    if workbook {
        write_xlsx(&part, head, rows)
            .map_err(|e| Fault::Gateway(format!("{}: {e}", path.display())))?;
    } else {
        write_csv(&part, head, rows)?;
    }
    std::fs::rename(&part, path).map_err(io_fault(path))?;
    Ok(())
}

fn risky(text: &str) -> bool {
    text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<i64>().is_err())
}

fn write_csv(path: &Path, head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(vec![0xEF, 0xBB, 0xBF]);
    let fault = |e: csv::Error| Fault::Gateway(e.to_string());
    writer
        .write_record(head.iter().map(|h| h.trim_start_matches('>')))
        .map_err(fault)?;
    for row in rows {
        let safe = row
            .iter()
            .map(|c| if risky(c) { format!("'{c}") } else { c.clone() });
        writer.write_record(safe).map_err(fault)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| Fault::Gateway(e.to_string()))?;
    std::fs::write(path, bytes).map_err(io_fault(path))?;
    Ok(())
}

fn write_xlsx(path: &Path, head: &[&str], rows: &[Vec<String>]) -> Result<(), XlsxError> {
    let (bold, number, text) = (
        Format::new().set_bold(),
        Format::new().set_num_format("#,##0"),
        Format::new().set_num_format("@"),
    );
    let harmless = text.clone().set_quote_prefix();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let column = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    for (at, title) in head.iter().enumerate() {
        sheet.write_string_with_format(0, column(at), title.trim_start_matches('>'), &bold)?;
    }
    for (line, row) in (1..).zip(rows) {
        for (at, cell) in row.iter().enumerate() {
            // Amounts stay below 2^53 where a spreadsheet's numbers are exact.
            let exact = head.get(at).is_some_and(|h| h.starts_with('>')) && cell.len() <= 15;
            match cell.parse::<f64>() {
                Ok(n) if exact => sheet.write_number_with_format(line, column(at), n, &number)?,
                _ if risky(cell) => {
                    sheet.write_string_with_format(line, column(at), cell, &harmless)?
                }
                _ => sheet.write_string_with_format(line, column(at), cell, &text)?,
            };
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save(path)
}
