//! The refused lines as a workbook: mend the coloured cells and hand it in again.
//!
//! Title (with the month), header and cells stand as in the list, so that `read_list` reads
//! the file back; the last column says why, in Vietnamese and English, and where the line
//! stood. Identity and account numbers are text, with lost zeros put back where they were
//! found out; dates are date cells. A text that a spreadsheet could take for a formula
//! (`=`, `+`, `-`, `@` in front) is a text cell marked as such.

use super::cell::{Cell, PackedRow};
use super::header::{Column, REASON_TITLE};
use super::line::CheckedLine;
use super::read::{ListSheet, RawLine, RosterFile};
use super::sheet::period_in;
use crate::identity::IdentityNumber;
use rust_xlsxwriter::{Color, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::Write;

/// People in one worksheet; a workbook's sheet ends at 1,048,576 rows.
const LINES_MAX: u32 = 1_000_000;

/// Writes those of `lines` that are not accepted; the number of lines written. `lines` are
/// in the order of the list.
pub fn write_refused<'a>(
    list: &RosterFile,
    lines: impl IntoIterator<Item = &'a CheckedLine>,
    out: impl Write + Send,
) -> Result<usize, XlsxError> {
    let mut book = Workbook::new();
    let formats = Formats::new();
    let mut open: Option<Open> = None;
    let mut written = 0;
    for line in lines.into_iter().filter(|line| !line.is_accepted()) {
        let Some((raw, sheet)) = list
            .lines
            .get(line.line)
            .and_then(|raw| Some((raw, list.sheet_of(raw)?)))
        else {
            continue;
        };
        let fits = open
            .as_ref()
            .is_some_and(|o| o.sheet == raw.sheet && o.lines < LINES_MAX);
        if !fits {
            if let Some(done) = open.take() {
                book.push_worksheet(done.worksheet);
            }
            open = Some(Open::new(
                list,
                raw.sheet,
                sheet,
                &book_names(&mut book),
                &formats,
            )?);
        }
        if let Some(open) = &mut open {
            open.line(list, raw, line, &formats)?;
            written += 1;
        }
    }
    match open {
        Some(done) => {
            book.push_worksheet(done.worksheet);
        }
        None => {
            book.add_worksheet();
        }
    }
    book.save_to_writer(out)?;
    Ok(written)
}

struct Formats {
    text: Format,
    harmless: Format,
    date: Format,
    plain: Format,
    title: Format,
    header: Format,
}

impl Formats {
    fn new() -> Formats {
        let text = Format::new().set_num_format("@");
        Formats {
            harmless: text.clone().set_quote_prefix(),
            text,
            date: Format::new().set_num_format("dd/mm/yyyy"),
            plain: Format::new(),
            title: Format::new().set_bold(),
            header: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_background_color(Color::RGB(0x00E2_E8F0)),
        }
    }
}

/// A worksheet that lines are written to.
struct Open {
    worksheet: Worksheet,
    sheet: u16,
    reason: u16,
    row: u32,
    lines: u32,
}

impl Open {
    fn new(
        list: &RosterFile,
        at: u16,
        sheet: &ListSheet,
        taken: &[String],
        formats: &Formats,
    ) -> Result<Open, XlsxError> {
        let mut worksheet = Worksheet::new();
        let names = (1..).map(|n: usize| match n {
            1 => sheet.name.clone(),
            n => format!("{} ({n})", sheet.name.chars().take(24).collect::<String>()),
        });
        for name in names
            .take(taken.len() + 1)
            .filter(|name| !taken.contains(name))
        {
            worksheet.set_name(name)?;
        }
        let mut row = 0;
        let title = sheet.title.as_ref().or(list.title.as_ref());
        let month = list
            .period
            .map(|p| format!("Tháng {:02}/{}", p.month(), p.year()));
        let said = title.and_then(|title| period_in(title)).is_some();
        for text in title.cloned().into_iter().chain(month.filter(|_| !said)) {
            worksheet.write_string_with_format(row, 0, text, &formats.title)?;
            row += 1;
        }
        row += 1;
        let second = sheet.second_header.as_ref();
        let width = sheet
            .header
            .cells()
            .count()
            .max(second.map_or(0, |row| row.cells().count()));
        let own = sheet.layout.find(Column::Reason);
        let reason = column(own.unwrap_or(width));
        for header in [Some(&sheet.header), second].into_iter().flatten() {
            write_header(&mut worksheet, row, header, formats)?;
            if own.is_none() && std::ptr::eq(header, &sheet.header) {
                worksheet.write_string_with_format(row, reason, REASON_TITLE, &formats.header)?;
            }
            row += 1;
        }
        worksheet.set_freeze_panes(row, 0)?;
        worksheet.set_column_width(reason, 80)?;
        Ok(Open {
            worksheet,
            sheet: at,
            reason,
            row,
            lines: 0,
        })
    }

    fn line(
        &mut self,
        list: &RosterFile,
        raw: &RawLine,
        line: &CheckedLine,
        formats: &Formats,
    ) -> Result<(), XlsxError> {
        let wrong: Vec<u16> = line.reasons().map(|reason| reason.place.column).collect();
        let layout = list.sheet_of(raw).map(|sheet| &sheet.layout);
        let cells: Vec<Cell<'_>> = raw.cells.cells().collect();
        for at in 0..cells.len().max(usize::from(self.reason)) {
            let cell = cells.get(at).copied().unwrap_or_default();
            let at_column = column(at);
            if at_column == self.reason {
                continue;
            }
            let coloured = |format: &Format| match wrong.contains(&at_column) {
                true => format.clone().set_background_color(Color::RGB(0x00FE_D7AA)),
                false => format.clone(),
            };
            let what = layout
                .and_then(|layout| layout.column(at))
                .unwrap_or(Column::Other);
            let to = (&mut self.worksheet, self.row, at_column);
            match kept_as_text(what, cell, line) {
                Some(text) => write_text(to, &text, formats, &coloured)?,
                None => write_cell(to, cell, formats, &coloured)?,
            }
        }
        let why = reasons(list, line);
        self.worksheet
            .write_string_with_format(self.row, self.reason, why, &formats.text)?;
        self.row += 1;
        self.lines += 1;
        Ok(())
    }
}

/// `[NAME_DIFFERS] ... / ... (DS chi trả!B9)`, one after the other.
fn reasons(list: &RosterFile, line: &CheckedLine) -> String {
    let mut all: Vec<String> = line
        .reasons()
        .map(|reason| {
            let (code, place) = (reason.code.code(), list.address(reason.place));
            format!(
                "[{code}] {} / {} ({place})",
                reason.text_vi(),
                reason.text_en()
            )
        })
        .collect();
    if all.is_empty() {
        all.push(format!("[{}]", line.category.code()));
    }
    all.join("; ")
}

/// Numbers that must never be a number cell again.
fn kept_as_text(what: Column, cell: Cell<'_>, line: &CheckedLine) -> Option<String> {
    let typed = cell.text();
    let number =
        |known: Option<IdentityNumber>| known.map_or(typed.to_owned(), |n| n.as_str().to_owned());
    if typed.is_empty() {
        return None;
    }
    match what {
        Column::Identity | Column::OldIdentity if cell.may_have_lost_zeros() => {
            let read = IdentityNumber::read(typed, true).ok();
            Some(number(read.map(|read| read.number)))
        }
        Column::ProxyNumber if cell.may_have_lost_zeros() => {
            let read = IdentityNumber::read(typed, true).ok();
            Some(number(read.map(|read| read.number)))
        }
        Column::Account => match &line.account_number {
            Some(account) if line.account_restored => Some(account.to_string()),
            _ => Some(typed.to_owned()),
        },
        Column::Identity | Column::OldIdentity | Column::ProxyNumber => Some(typed.to_owned()),
        _ => None,
    }
}

type To<'a> = (&'a mut Worksheet, u32, u16);

fn write_cell(
    to: To<'_>,
    cell: Cell<'_>,
    formats: &Formats,
    coloured: &dyn Fn(&Format) -> Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Number(text) if text.len() <= 15 => match text.parse::<f64>() {
            Ok(number) => {
                to.0.write_number_with_format(to.1, to.2, number, &coloured(&formats.plain))?;
                Ok(())
            }
            Err(_) => write_text(to, text, formats, coloured),
        },
        Cell::Date(text) => match ExcelDateTime::parse_from_str(text) {
            Ok(date) => {
                to.0.write_datetime_with_format(to.1, to.2, &date, &coloured(&formats.date))?;
                Ok(())
            }
            Err(_) => write_text(to, text, formats, coloured),
        },
        Cell::Empty => {
            to.0.write_blank(to.1, to.2, &coloured(&formats.text))?;
            Ok(())
        }
        Cell::Text(text) | Cell::Untyped(text) | Cell::Fault(text) | Cell::Number(text) => {
            write_text(to, text, formats, coloured)
        }
    }
}

fn write_text(
    to: To<'_>,
    text: &str,
    formats: &Formats,
    coloured: &dyn Fn(&Format) -> Format,
) -> Result<(), XlsxError> {
    let format = match text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\t', '\r'])
    {
        true => coloured(&formats.harmless),
        false => coloured(&formats.text),
    };
    let text: String = text.chars().take(32_767).collect();
    to.0.write_string_with_format(to.1, to.2, text, &format)?;
    Ok(())
}

fn write_header(
    worksheet: &mut Worksheet,
    row: u32,
    header: &PackedRow,
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (at, cell) in header
        .cells()
        .enumerate()
        .filter(|(_, cell)| !cell.is_blank())
    {
        worksheet.write_string_with_format(row, column(at), cell.text(), &formats.header)?;
    }
    Ok(())
}

fn column(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn book_names(book: &mut Workbook) -> Vec<String> {
    book.worksheets().iter().map(Worksheet::name).collect()
}
