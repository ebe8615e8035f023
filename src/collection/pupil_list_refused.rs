//! The refused rows of a pupil list as a workbook: mend the coloured cells and hand it in.
//!
//! Titles, header and cells stand as in the list; the last column says why, in Vietnamese
//! and English, and where the row stood. A list is taken whole or not at all, so the file
//! holds every row of the list, the refused ones first; with `only_refused` (the others
//! were taken over) the refused ones alone.

use super::pupil_list::{Column, PupilFile, REASON_TITLE};
use super::pupil_list_check::PupilProblem;
use crate::error::Lang;
use crate::roster::cell::Cell;
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet, XlsxError};
use std::collections::BTreeMap;
use std::io::Write;

/// Writes the workbook; how many refused rows it holds.
pub fn write_refused_pupils(
    file: &PupilFile,
    problems: &[PupilProblem],
    only_refused: bool,
    out: impl Write + Send,
) -> Result<usize, XlsxError> {
    let mut by_row: BTreeMap<usize, Vec<&PupilProblem>> = BTreeMap::new();
    for p in problems {
        by_row.entry(p.row).or_default().push(p);
    }
    let text = Format::new().set_num_format("@");
    let header = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0x00E2_E8F0));
    let wrong = text.clone().set_background_color(Color::RGB(0x00FE_D7AA));
    let mut book = Workbook::new();
    for (at, sheet) in file.sheets.iter().enumerate() {
        let rows = || {
            file.rows
                .iter()
                .enumerate()
                .filter(move |(_, r)| usize::from(r.sheet) == at)
        };
        let refused: Vec<usize> = rows()
            .map(|(i, _)| i)
            .filter(|i| by_row.contains_key(i))
            .collect();
        if refused.is_empty() && only_refused {
            continue;
        }
        let others = rows()
            .map(|(i, _)| i)
            .filter(|i| !only_refused && !by_row.contains_key(i));
        let worksheet = book.add_worksheet();
        worksheet.set_name(&sheet.name)?;
        let width = sheet
            .header
            .iter()
            .map(|(_, r)| r.cells().count())
            .max()
            .unwrap_or(0);
        let reason = column(sheet.layout.find(Column::Reason).unwrap_or(width));
        let mut line = 0;
        for title in &sheet.titles {
            worksheet.write_string(line, 0, title)?;
            line += 1;
        }
        for (n, (_, cells)) in sheet.header.iter().enumerate() {
            for (c, cell) in cells.cells().enumerate().filter(|(_, c)| !c.is_blank()) {
                worksheet.write_string_with_format(line, column(c), cell.text(), &header)?;
            }
            if n == 0 {
                worksheet.write_string_with_format(line, reason, REASON_TITLE, &header)?;
            }
            line += 1;
        }
        worksheet.set_freeze_panes(line, 0)?;
        worksheet.set_column_width(reason, 80)?;
        for i in refused.iter().copied().chain(others) {
            let raw = &file.rows[i];
            let own = by_row.get(&i).map_or(&[][..], Vec::as_slice);
            let marked: Vec<usize> = own
                .iter()
                .filter_map(|p| sheet.layout.find(p.column))
                .collect();
            for (c, cell) in raw
                .cells
                .cells()
                .enumerate()
                .filter(|(c, _)| column(*c) != reason)
            {
                let format = if marked.contains(&c) { &wrong } else { &text };
                write_cell(worksheet, line, column(c), cell, format)?;
            }
            for c in marked.iter().filter(|c| raw.cells.cell(**c).is_blank()) {
                worksheet.write_blank(line, column(*c), &wrong)?;
            }
            let why: Vec<String> = own
                .iter()
                .map(|p| {
                    format!(
                        "[{}] {} / {} ({})",
                        p.code.code(),
                        p.text(Lang::Vi),
                        p.text(Lang::En),
                        file.address(raw, p.column)
                    )
                })
                .collect();
            worksheet.write_string_with_format(line, reason, why.join("; "), &text)?;
            line += 1;
        }
    }
    book.save_to_writer(out)?;
    Ok(by_row.len())
}

/// Every cell goes back as text: what it says is kept to the letter, zeros included.
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell<'_>,
    format: &Format,
) -> Result<(), XlsxError> {
    let text: String = cell.text().chars().take(32_767).collect();
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let format = if risky {
        format.clone().set_quote_prefix()
    } else {
        format.clone()
    };
    sheet.write_string_with_format(row, column, text, &format)?;
    Ok(())
}

fn column(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
