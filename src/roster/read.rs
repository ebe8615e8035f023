//! Reads a list from a file: workbook or CSV, all its sheets that have a list's header.
//!
//! Every visible sheet with a header is read, in the workbook's order, as one list; sheets
//! without one (notes, codes) and hidden sheets are left out and named. Sheets of several
//! months in one file are refused. Lines keep their cells as the file has them, with sheet,
//! row and column, so that each message can name a cell and a refused line can be given
//! back as it was typed.

use super::cell::{Cell, PackedRow, Place};
use super::header::{Column, Layout};
use super::reject::{ListReject, RejectCode};
use super::sheet::{Row, SheetScan};
use super::source::{self, RowSink};
use crate::programme::catalogue::Period;
use std::path::Path;

pub use super::source::ListFormat;

/// More lines than any list has.
const LINES_MAX: usize = 4_000_000;
/// Rows left out that are remembered.
const LEFT_OUT_MAX: usize = 1_000;
/// Lines that are looked at to see whether columns hold what their titles say.
const SAMPLE: usize = 200;
/// Fewer wrong cells than this are typing errors of their lines.
const SWAPPED_MIN: usize = 3;

/// A list as it stands in its file.
#[derive(Debug)]
pub struct RosterFile {
    pub format: ListFormat,
    /// The first sheet's `DANH SÁCH ...`.
    pub title: Option<String>,
    /// The month that a title names.
    pub period: Option<Period>,
    pub sheets: Vec<ListSheet>,
    pub lines: Vec<RawLine>,
    /// The first rows and sheets that are no people.
    pub left_out: Vec<LeftOut>,
}

/// A sheet's head.
#[derive(Clone, Debug)]
pub struct ListSheet {
    pub name: String,
    pub title: Option<String>,
    pub period: Option<Period>,
    pub header_row: u32,
    pub header: PackedRow,
    pub second_header: Option<PackedRow>,
    pub layout: Layout,
}

/// A person's line as it stands in the file.
#[derive(Clone, Debug)]
pub struct RawLine {
    /// Index of the sheet in [`RosterFile::sheets`].
    pub sheet: u16,
    /// From 1, as the spreadsheet counts.
    pub row: u32,
    pub cells: PackedRow,
}

/// A row that is no person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub place: Place,
    pub why: &'static str,
    pub text: String,
}

impl RosterFile {
    /// The sheet of a line.
    pub fn sheet_of(&self, line: &RawLine) -> Option<&ListSheet> {
        self.sheets.get(usize::from(line.sheet))
    }

    /// What a line has in a column; empty where the list has no such column.
    pub fn cell<'a>(&'a self, line: &'a RawLine, what: Column) -> Cell<'a> {
        self.sheet_of(line)
            .and_then(|sheet| sheet.layout.find(what))
            .map_or(Cell::Empty, |at| line.cells.cell(at))
    }

    /// Where a line has a thing; its first cell where the list has no such column.
    pub fn place(&self, line: &RawLine, what: Column) -> Place {
        let at = self
            .sheet_of(line)
            .and_then(|sheet| sheet.layout.find(what));
        Place {
            sheet: line.sheet,
            row: line.row,
            column: at.and_then(|at| u16::try_from(at).ok()).unwrap_or(0),
        }
    }

    /// `DS chi trả!E8`.
    pub fn address(&self, place: Place) -> String {
        match self.sheets.get(usize::from(place.sheet)) {
            Some(sheet) => format!("{}!{}", sheet.name, place.cell()),
            None => place.cell(),
        }
    }
}

/// Reads a list.
pub fn read_list(path: &Path) -> Result<RosterFile, ListReject> {
    let (format, mut file) = source::open(path)?;
    let mut list = Gather::default();
    match format {
        ListFormat::Xlsx => source::read_xlsx(file, &mut list)?,
        ListFormat::Csv => {
            let delimiter = source::delimiter_of(&mut file, super::header::header_score)?;
            source::read_csv(file, delimiter, &mut list)?;
        }
    }
    list.finish(format)
}

#[derive(Default)]
struct Gather {
    scan: Option<SheetScan>,
    sheets: Vec<ListSheet>,
    lines: Vec<RawLine>,
    left_out: Vec<LeftOut>,
    nearest: Option<String>,
}

impl RowSink for Gather {
    fn start_sheet(&mut self, name: &str) -> Result<(), ListReject> {
        let at = u16::try_from(self.sheets.len()).map_err(|_| too_large("sheets"))?;
        self.scan = Some(SheetScan::new(name, at));
        Ok(())
    }

    fn row(&mut self, row: u32, cells: PackedRow) -> Result<(), ListReject> {
        let Some(scan) = &mut self.scan else {
            return Ok(());
        };
        match scan.row(row, cells)? {
            Row::Line(line) => self.lines.push(line),
            Row::LeftOut(row) if self.left_out.len() < LEFT_OUT_MAX => self.left_out.push(row),
            Row::LeftOut(_) | Row::Taken => {}
        }
        if self.lines.len() > LINES_MAX {
            return Err(too_large("lines"));
        }
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), ListReject> {
        let Some(scan) = self.scan.take() else {
            return Ok(());
        };
        let (name, nearest) = (scan.name.clone(), scan.nearest());
        match scan.finish()? {
            Some(sheet) => self.sheets.push(sheet),
            None => {
                self.nearest = self.nearest.take().or(nearest);
                self.skip_sheet(&name, "sheet without a list");
            }
        }
        Ok(())
    }

    fn skip_sheet(&mut self, name: &str, why: &'static str) {
        let text = name.to_owned();
        let place = Place::default();
        self.left_out.push(LeftOut { place, why, text });
    }
}

impl Gather {
    fn finish(self, format: ListFormat) -> Result<RosterFile, ListReject> {
        let Some(first) = self.sheets.first() else {
            let found = self.nearest.unwrap_or_else(|| "no rows".into());
            let expected = "a row with STT, Họ và tên, Ngày tháng năm sinh, Số CCCD, Đối tượng ...";
            return Err(ListReject::new(
                RejectCode::NotAList,
                found,
                expected.into(),
            ));
        };
        if self.lines.is_empty() {
            let found = format!("a header in row {}", first.header_row);
            return Err(
                ListReject::new(RejectCode::NoLines, found, "people under it".into())
                    .at(&first.name, format!("A{}", first.header_row)),
            );
        }
        let mut periods: Vec<Period> = self
            .sheets
            .iter()
            .filter_map(|sheet| sheet.period)
            .collect();
        periods.sort_unstable();
        periods.dedup();
        if periods.len() > 1 {
            let found: Vec<String> = periods.iter().map(Period::to_string).collect();
            return Err(ListReject::new(
                RejectCode::SeveralPeriods,
                found.join(", "),
                "one month".into(),
            ));
        }
        let list = RosterFile {
            format,
            title: self.sheets.iter().find_map(|sheet| sheet.title.clone()),
            period: periods.first().copied(),
            sheets: self.sheets,
            lines: self.lines,
            left_out: self.left_out,
        };
        swapped(&list).map_or(Ok(list), Err)
    }
}

fn too_large(what: &str) -> ListReject {
    let expected = format!("at most {LINES_MAX} lines");
    ListReject::new(RejectCode::TooLarge, format!("too many {what}"), expected)
}

/// A column that in most lines holds what no such column can: names without letters,
/// identity numbers without digits, birth dates without digits, accounts in the place of
/// identity numbers.
fn swapped(list: &RosterFile) -> Option<ListReject> {
    let letters = |text: &str| text.chars().any(char::is_alphabetic);
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let mostly_wrong = |what: Column, wrong: &dyn Fn(&RawLine, &str) -> bool| {
        let typed: Vec<(&RawLine, &str)> = list
            .lines
            .iter()
            .take(SAMPLE)
            .map(|line| (line, list.cell(line, what).text()))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let bad: Vec<&(&RawLine, &str)> = typed
            .iter()
            .filter(|(line, text)| wrong(line, text))
            .collect();
        let first = bad.first()?;
        (bad.len() >= SWAPPED_MIN && bad.len() * 2 > typed.len()).then(|| {
            let sheet = list.sheet_of(first.0).map_or("", |sheet| &sheet.name);
            let cell = list.place(first.0, what).cell();
            ListReject::new(
                RejectCode::SwappedColumns,
                first.1.to_owned(),
                what.title().to_owned(),
            )
            .at(sheet, cell)
        })
    };
    let twelve = |text: &str| digits(text) == 12 && !letters(text);
    mostly_wrong(Column::FullName, &|_, text| !letters(text))
        .or_else(|| mostly_wrong(Column::Identity, &|_, text| digits(text) < 4))
        .or_else(|| {
            mostly_wrong(Column::Birth, &|_, text| {
                digits(text) < 2 || digits(text) > 8
            })
        })
        .or_else(|| {
            mostly_wrong(Column::Identity, &|line, text| {
                !twelve(text)
                    && digits(text) != 9
                    && twelve(list.cell(line, Column::Account).text())
            })
        })
}
