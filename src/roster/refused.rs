//! The refused lines as a workbook: mend the coloured cells and hand it in again.
//!
//! Title (with the month), header and cells stand as in the list, so that `read_list` reads
//! the file back. Three columns are added behind: why (code and sentence), what to do, and
//! the row in the list that was handed in. A row above the title and a sheet of its own tell
//! the clerk what to do; the reader leaves both out. Identity and account numbers are text,
//! with lost zeros put back where they were found out, and so are blank cells of these
//! columns; dates are date cells. A text that a spreadsheet could take for a formula (`=`,
//! `+`, `-`, `@` in front) is a text cell marked as such.

use super::cell::{Cell, PackedRow};
use super::finding::FindingCode;
use super::header::Column;
use super::line::CheckedLine;
use super::read::{ListSheet, RawLine, RosterFile};
use super::sheet::period_in;
use crate::identity::IdentityNumber;
use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::collections::BTreeMap;
use std::io::Write;

/// The columns behind the list's own.
const ADDED: [Column; 3] = [Column::Reason, Column::Remedy, Column::Origin];
/// The row above everything. No month in it: titles are searched for one.
const INSTRUCTION: &str = "Sửa các ô tô màu theo cột “Cách sửa”, lưu dạng .xlsx rồi nộp lại nguyên tệp này; các cột thêm vào cuối không cần xóa. Xem trang “Hướng dẫn”.";
const GUIDE_SHEET: &str = "Hướng dẫn";
const GUIDE: [&str; 5] = [
    "Tệp này chỉ gồm các dòng bị từ chối, ghi lại như đã nộp. Các dòng khác đã được nhận, không nộp lại.",
    "1. Sửa từng ô tô màu theo cột “Cách sửa”. Ô không tô màu giữ nguyên.",
    "2. Dòng không chi được thì xóa cả dòng.",
    "3. Mã số cá nhân và mã số tài khoản là dạng chữ: gõ đủ các số 0 ở đầu.",
    "4. Lưu lại dạng .xlsx và nộp nguyên tệp này. Các cột “Lý do từ chối”, “Cách sửa”, “Dòng gốc” được bỏ qua khi đọc.",
];

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
    let mut codes: BTreeMap<&'static str, FindingCode> = BTreeMap::new();
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
            codes.extend(line.reasons().map(|r| (r.code.code(), r.code)));
            written += 1;
        }
    }
    match open {
        Some(done) => {
            book.push_worksheet(done.worksheet);
            let taken = book_names(&mut book);
            book.push_worksheet(guide(&taken, &codes, &formats)?);
        }
        None => {
            book.add_worksheet();
        }
    }
    book.save_to_writer(out)?;
    Ok(written)
}

/// The sheet that tells what to do: one column, so that no row of it looks like a header.
fn guide(
    taken: &[String],
    codes: &BTreeMap<&'static str, FindingCode>,
    formats: &Formats,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    let names = (2..).map(|n: usize| format!("{GUIDE_SHEET} ({n})"));
    if let Some(name) = std::iter::once(GUIDE_SHEET.to_owned())
        .chain(names)
        .find(|name| !taken.contains(name))
    {
        sheet.set_name(name)?;
    }
    sheet.set_column_width(0, 110)?;
    sheet.write_string_with_format(0, 0, "HƯỚNG DẪN SỬA", &formats.title)?;
    let known = codes
        .iter()
        .map(|(code, finding)| format!("[{code}] {}", finding.remedy_vi()));
    let texts = GUIDE.iter().map(|line| (*line).to_owned()).chain(known);
    for (row, text) in (1_u32..).zip(texts) {
        sheet.write_string_with_format(row, 0, text, &formats.wrapped)?;
    }
    Ok(sheet)
}

struct Formats {
    wrapped: Format,
    note: Format,
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
            wrapped: text.clone().set_text_wrap().set_align(FormatAlign::Top),
            note: Format::new()
                .set_italic()
                .set_font_color(Color::RGB(0x009A_3412)),
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
    /// Where [`ADDED`] stand.
    added: [u16; 3],
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
        worksheet.write_string_with_format(0, 0, INSTRUCTION, &formats.note)?;
        let mut row = 1;
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
        let mut free = width;
        let added = ADDED.map(|what| {
            let own = sheet.layout.find(what);
            column(own.unwrap_or_else(|| {
                free += 1;
                free - 1
            }))
        });
        for header in [Some(&sheet.header), second].into_iter().flatten() {
            write_header(&mut worksheet, row, header, formats)?;
            if std::ptr::eq(header, &sheet.header) {
                for (what, at) in ADDED.iter().zip(added) {
                    worksheet.write_string_with_format(row, at, what.title(), &formats.header)?;
                }
            }
            row += 1;
        }
        worksheet.set_freeze_panes(row, 0)?;
        for at in 0..free {
            let what = sheet.layout.column(at).unwrap_or(Column::Other);
            worksheet.set_column_width(column(at), width_of(what))?;
        }
        for (what, at) in ADDED.iter().zip(added) {
            worksheet.set_column_width(at, width_of(*what))?;
        }
        Ok(Open {
            worksheet,
            sheet: at,
            added,
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
        let last = self.added.iter().max().copied().unwrap_or_default();
        for at in 0..cells.len().max(usize::from(last)) {
            let cell = cells.get(at).copied().unwrap_or_default();
            let at_column = column(at);
            if self.added.contains(&at_column) {
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
        // A line that comes back once more keeps the row of the list that was typed.
        let first = list.cell(raw, Column::Origin).text();
        let origin = match (first.is_empty(), list.sheets.len()) {
            (false, _) => first.to_owned(),
            (true, 1) => raw.row.to_string(),
            (true, _) => format!("{}!{}", list.sheet_of(raw).map_or("", |s| &s.name), raw.row),
        };
        let texts = [reasons(line), remedies(line), origin];
        for (text, at) in texts.into_iter().zip(self.added) {
            self.worksheet
                .write_string_with_format(self.row, at, text, &formats.wrapped)?;
        }
        self.row += 1;
        self.lines += 1;
        Ok(())
    }
}

/// `[NAME_DIFFERS] họ tên “...” khác ...`, one a row of the cell.
fn reasons(line: &CheckedLine) -> String {
    let all: Vec<String> = line
        .reasons()
        .map(|reason| format!("[{}] {}", reason.code.code(), reason.text_vi()))
        .collect();
    if all.is_empty() {
        return format!("[{}]", line.category.code());
    }
    all.join("\n")
}

/// What to do, each sentence once.
fn remedies(line: &CheckedLine) -> String {
    let mut all: Vec<&str> = Vec::new();
    for reason in line.reasons() {
        let remedy = reason.code.remedy_vi();
        if !remedy.is_empty() && !all.contains(&remedy) {
            all.push(remedy);
        }
    }
    all.join("\n")
}

/// Characters that show what such a column holds.
fn width_of(what: Column) -> f64 {
    match what {
        Column::Stt => 6.0,
        Column::FullName | Column::FirstNames | Column::ProxyName => 26.0,
        Column::Birth | Column::BirthMale | Column::BirthFemale | Column::Amount => 14.0,
        Column::Sex | Column::SexMale | Column::SexFemale | Column::Coefficient => 9.0,
        Column::Identity | Column::OldIdentity | Column::ProxyNumber => 16.0,
        Column::Address | Column::Policy => 30.0,
        Column::Account | Column::Bank => 18.0,
        Column::Note | Column::Other => 16.0,
        Column::Reason | Column::Remedy => 55.0,
        Column::Origin => 14.0,
    }
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
