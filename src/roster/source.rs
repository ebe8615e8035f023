//! The rows of a file: sniffs what kind of file it is, then gives its rows to a reader.
//!
//! The file's own bytes decide, never its name alone. Rows are pushed one by one, so that
//! a workbook of a million rows never stands in memory as cells. Numbers keep their exact
//! decimal text; a date cell becomes `yyyy-MM-dd`.

use super::cell::{CellKind, PackedRow, RowBuilder};
use super::reject::{ListReject, RejectCode};
use crate::words::why_unread;
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// What a list may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    Xlsx,
    Csv,
}

/// Takes the rows of a file.
pub(crate) trait RowSink {
    fn start_sheet(&mut self, name: &str) -> Result<(), ListReject>;
    /// `row` counts from 1 and grows.
    fn row(&mut self, row: u32, cells: PackedRow) -> Result<(), ListReject>;
    fn end_sheet(&mut self) -> Result<(), ListReject>;
    /// A sheet that is left out, and why.
    fn skip_sheet(&mut self, name: &str, why: &'static str);
}

/// Columns beyond this hold nothing that a list needs.
const COLUMNS_MAX: usize = 256;
/// The longest text that a spreadsheet's cell takes.
const CELL_MAX: usize = 131_068;
const EXPECTED: &str = "a list of people, as .xlsx or as CSV in UTF-8";

/// Opens a file and tells what it is.
pub(crate) fn open(path: &Path) -> Result<(ListFormat, File), ListReject> {
    let fault = |e: std::io::Error| ListReject::unreadable(path, &why_unread(&e));
    let mut file = File::open(path).map_err(fault)?;
    let mut head = Vec::new();
    file.by_ref()
        .take(4_096)
        .read_to_end(&mut head)
        .map_err(fault)?;
    file.seek(SeekFrom::Start(0)).map_err(fault)?;
    if head.iter().all(u8::is_ascii_whitespace) {
        return Err(ListReject::new(
            RejectCode::EmptyFile,
            "nothing".into(),
            EXPECTED.into(),
        ));
    }
    if head.starts_with(b"PK") {
        return Ok((ListFormat::Xlsx, file));
    }
    if let Some(kind) = other_kind(&head) {
        return Err(ListReject::new(
            RejectCode::WrongKind,
            kind.into(),
            EXPECTED.into(),
        ));
    }
    if std::str::from_utf8(&head).is_err_and(|e| e.error_len().is_some()) || head.contains(&0) {
        let found = "text in another encoding (Windows-1258, TCVN3, UTF-16 ...) or no text";
        let expected = "CSV saved as UTF-8, or .xlsx";
        return Err(ListReject::new(
            RejectCode::BadEncoding,
            found.into(),
            expected.into(),
        ));
    }
    let workbook = path
        .extension()
        .is_some_and(|e| e.to_string_lossy().to_lowercase().starts_with("xls"));
    if workbook {
        let found = "plain text under the name of a workbook";
        return Err(ListReject::new(
            RejectCode::WrongKind,
            found.into(),
            EXPECTED.into(),
        ));
    }
    Ok((ListFormat::Csv, file))
}

/// What the first bytes look like, where it is no list.
fn other_kind(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let small: String = text.chars().take(400).collect::<String>().to_lowercase();
    let starts = |any: &[&str]| any.iter().any(|s| small.starts_with(s));
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        Some("an old workbook (.xls) or one with a password; save it as .xlsx without password")
    } else if head.starts_with(b"%PDF") {
        Some("a PDF")
    } else if head.starts_with(&[0x89, b'P', b'N', b'G']) || head.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some("a picture")
    } else if starts(&["<!doctype html", "<html", "<table"]) {
        Some("a web page; save it as .xlsx")
    } else if small.contains("urn:iso:std:iso:20022") {
        Some("a bank's ISO 20022 message")
    } else if starts(&["<"]) {
        Some("an XML file")
    } else if starts(&["{1:", ":20:"]) {
        Some("a bank's MT940 statement")
    } else if starts(&["hansinhstl"]) {
        Some("a bank's settlement file")
    } else if starts(&["{", "["]) {
        Some("a JSON file")
    } else if starts(&["identity_number,old_identity_number"]) {
        Some("a population register")
    } else if starts(&["bank_bin,account_number", "# as_of"]) {
        Some("a bank's list of account holders")
    } else {
        None
    }
}

fn damaged(why: &str) -> ListReject {
    ListReject::new(RejectCode::BrokenFile, why.to_owned(), EXPECTED.into())
}

/// Gives all visible sheets of a workbook to the sink.
pub(crate) fn read_xlsx(file: File, sink: &mut dyn RowSink) -> Result<(), ListReject> {
    let fault = |e: XlsxError| match e {
        XlsxError::FileNotFound(part) if !part.contains("/worksheets/") => {
            let found = "a zip archive that is no workbook (a document, a folder ...)";
            ListReject::new(RejectCode::WrongKind, found.into(), EXPECTED.into())
        }
        XlsxError::Io(e) => damaged(&why_unread(&e)),
        _ => damaged("broken_xlsx"),
    };
    let mut book: Xlsx<BufReader<File>> = Xlsx::new(BufReader::new(file)).map_err(fault)?;
    let epoch_1904 = book.has_1904_epoch();
    let sheets = book.sheets_metadata().to_vec();
    for sheet in sheets
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
    {
        if sheet.visible != SheetVisible::Visible {
            sink.skip_sheet(&sheet.name, "hidden sheet");
            continue;
        }
        sink.start_sheet(&sheet.name)?;
        let mut cells = book.worksheet_cells_reader(&sheet.name).map_err(fault)?;
        let mut builder = RowBuilder::default();
        let mut row = 0;
        let mut next_column = 0;
        while let Some(cell) = cells.next_cell().map_err(fault)? {
            let (at, column) = cell.get_position();
            if at != row {
                if at < row {
                    return Err(damaged("rows out of order"));
                }
                if !builder.is_empty() {
                    sink.row(row.saturating_add(1), builder.finish())?;
                }
                (row, next_column) = (at, 0);
            }
            let column = usize::try_from(column).unwrap_or(COLUMNS_MAX);
            if column < COLUMNS_MAX
                && column >= next_column
                && push(&mut builder, column, cell.get_value(), epoch_1904)
            {
                next_column = column + 1;
            }
        }
        if !builder.is_empty() {
            sink.row(row.saturating_add(1), builder.finish())?;
        }
        sink.end_sheet()?;
    }
    Ok(())
}

/// Adds a cell to the row; false where it is empty.
fn push(row: &mut RowBuilder, column: usize, value: &DataRef<'_>, epoch_1904: bool) -> bool {
    match value {
        DataRef::Empty => return false,
        DataRef::Int(n) => row.push(column, CellKind::Number, &n.to_string()),
        DataRef::Float(n) => row.push(column, CellKind::Number, &n.to_string()),
        DataRef::String(text) => row.push(column, CellKind::Text, text),
        DataRef::SharedString(text) => row.push(column, CellKind::Text, text),
        DataRef::Bool(b) => row.push(column, CellKind::Text, if *b { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(date) => {
            let serial = date.as_f64().to_string();
            match day_of_serial(&serial, epoch_1904) {
                Some(day) => row.push(column, CellKind::Date, &day),
                None => row.push(column, CellKind::Number, &serial),
            }
        }
        DataRef::DateTimeIso(text) => {
            row.push(column, CellKind::Date, text.get(..10).unwrap_or(text))
        }
        DataRef::DurationIso(text) => row.push(column, CellKind::Text, text),
        DataRef::Error(e) => row.push(column, CellKind::Fault, &e.to_string()),
    }
    true
}

/// `yyyy-MM-dd` of a spreadsheet's day number; the time of day is dropped.
fn day_of_serial(serial: &str, epoch_1904: bool) -> Option<String> {
    let days: u64 = serial.split('.').next()?.parse().ok()?;
    let (year, month, day) = if epoch_1904 {
        (1904, 1, 1)
    } else {
        (1899, 12, 30)
    };
    let start = chrono::NaiveDate::from_ymd_opt(year, month, day)?;
    let date = start.checked_add_days(chrono::Days::new(days))?;
    (days > 0).then(|| date.format("%Y-%m-%d").to_string())
}

/// Gives the records of a CSV to the sink as one sheet; rows are the file's lines.
pub(crate) fn read_csv(
    file: File,
    delimiter: u8,
    sink: &mut dyn RowSink,
) -> Result<(), ListReject> {
    let mut tail = file.try_clone().map_err(|e| damaged(&why_unread(&e)))?;
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(BufReader::new(file));
    let mut fields = (0, 0);
    sink.start_sheet("CSV")?;
    let mut builder = RowBuilder::default();
    let mut record = csv::ByteRecord::new();
    while rows
        .read_byte_record(&mut record)
        .map_err(|_| damaged("broken_csv"))?
    {
        let line = record.position().map_or(0, csv::Position::line);
        let line = u32::try_from(line).map_err(|_| damaged("more lines than a file may have"))?;
        fields = (fields.1, record.len());
        for (column, field) in record.iter().enumerate().take(COLUMNS_MAX) {
            if field.len() > CELL_MAX {
                let found = "a cell without end: a quotation mark is not closed";
                return Err(damaged(found).at("CSV", line.to_string()));
            }
            let text = std::str::from_utf8(field).map_err(|_| {
                let found = "bytes that are not UTF-8".to_owned();
                ListReject::new(RejectCode::BadEncoding, found, "CSV saved as UTF-8".into())
                    .at("CSV", line.to_string())
            })?;
            let text = if column == 0 {
                text.trim_start_matches('\u{feff}')
            } else {
                text
            };
            if !text.is_empty() {
                builder.push(column, CellKind::Untyped, text);
            }
        }
        if !builder.is_empty() {
            sink.row(line, builder.finish())?;
        }
    }
    if fields.1 < fields.0 && !ends_with_newline(&mut tail) {
        return Err(damaged("the last line stops before its last column"));
    }
    sink.end_sheet()
}

fn ends_with_newline(file: &mut File) -> bool {
    let mut last = [0];
    file.seek(SeekFrom::End(-1)).is_ok() && file.read_exact(&mut last).is_ok() && last == *b"\n"
}

/// The delimiter under which the first lines show the fullest header, by the score that a
/// kind of list gives to a row.
pub(crate) fn delimiter_of(
    file: &mut File,
    header_score: fn(&PackedRow) -> usize,
) -> Result<u8, ListReject> {
    let fault = |e: std::io::Error| damaged(&why_unread(&e));
    let mut head = Vec::new();
    let mut lines = BufReader::new(file.by_ref().take(1 << 18));
    for _ in 0..100 {
        if lines.read_until(b'\n', &mut head).map_err(fault)? == 0 {
            break;
        }
    }
    file.seek(SeekFrom::Start(0)).map_err(fault)?;
    let score = |delimiter: u8| {
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(head.as_slice());
        let packed = |record: csv::ByteRecord| {
            let texts: Vec<String> = record
                .iter()
                .map(|f| String::from_utf8_lossy(f).into_owned())
                .collect();
            let cells: Vec<(usize, CellKind, &str)> = texts
                .iter()
                .enumerate()
                .map(|(at, text)| (at, CellKind::Untyped, text.trim_start_matches('\u{feff}')))
                .collect();
            header_score(&PackedRow::pack(&cells))
        };
        rows.byte_records()
            .filter_map(Result::ok)
            .map(packed)
            .max()
            .unwrap_or(0)
    };
    Ok([b',', b';', b'\t', b'|']
        .into_iter()
        .rev()
        .max_by_key(|delimiter| score(*delimiter))
        .unwrap_or(b','))
}
