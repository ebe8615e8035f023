//! The commune's list as it is typed: each person a line, some twice, with the kinds
//! of slips that communes make, and the answer key to it.
//!
//! The same lines go into the workbook ([`xlsx`]), into CSV as a spreadsheet program
//! saves it ([`csv`]) and into the key ([`expected`]), so the three agree by
//! construction. Lines stream; only copies that wait for their place are held.

mod csv;
mod expected;
mod xlsx;

use std::collections::VecDeque;
use std::fmt;
use std::io;

pub use expected::ExpectedLine;

use crate::people::{Cell, Entry, Kind, Population};

/// Data lines between two sub-totals.
const LINES_PER_PAGE: u32 = 80;

const TITLE: &str = "DANH SÁCH ĐỐI TƯỢNG HƯỞNG TRỢ CẤP XÃ HỘI THÁNG";
const OFFICE: &str = "UBND HUYỆN BÌNH LỤC";
const MOTTO: [&str; 2] = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
];
const SIGNATURES: [(u16, &str); 2] = [(1, "Người lập biểu"), (9, "Chủ tịch UBND")];
/// The two header rows; a column without a second text is merged over both.
const HEADERS: [(&str, Option<&str>); 14] = [
    ("STT", None),
    ("Họ và tên", None),
    ("Ngày, tháng, năm sinh", None),
    ("Giới tính", None),
    ("Số CCCD/CMND", None),
    ("Địa chỉ", None),
    ("Đối tượng", None),
    ("Hệ số", None),
    ("Số tiền\n(đồng)", None),
    ("Số tài khoản", None),
    ("Ngân hàng", None),
    ("Người nhận thay", Some("Họ và tên")),
    ("", Some("Số CCCD")),
    ("Ghi chú", None),
];
/// Rows of the sheet, from 0.
const TITLE_ROW: u32 = 3;
const HEADER_ROW: u32 = 5;
const FIRST_LINE_ROW: u32 = 7;
const AMOUNT_COLUMN: u16 = 8;

/// A line of the list, cell by cell.
#[derive(Clone, Debug)]
pub struct Line {
    pub stt: u32,
    pub cells: [Cell; 14],
    pub expected: ExpectedLine,
}

#[derive(Debug)]
pub enum RosterError {
    /// Not a month as `MM/yyyy`.
    Month(String),
    /// More lines than a sheet has rows.
    TooLong,
    Io(io::Error),
    Workbook(rust_xlsxwriter::XlsxError),
}

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(text) => write!(f, "{text:?} is not a month such as 06/2026"),
            Self::TooLong => write!(f, "a sheet holds 1,048,576 rows; write CSV instead"),
            Self::Io(error) => error.fmt(f),
            Self::Workbook(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RosterError {}

impl From<io::Error> for RosterError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rust_xlsxwriter::XlsxError> for RosterError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        Self::Workbook(error)
    }
}

fn month_of(text: &str) -> Result<crate::days::Month, RosterError> {
    crate::days::Month::parse(text).ok_or_else(|| RosterError::Month(text.to_owned()))
}

impl Population {
    /// The lines of this month's list; amounts are what the standard (đồng) gives.
    pub fn roster_lines(&self, standard: i64) -> impl Iterator<Item = Line> + '_ {
        Lines {
            population: self,
            entries: self.entries(),
            again: VecDeque::new(),
            standard,
            stt: 0,
        }
    }

    fn line(&self, entry: &Entry, stt: u32, again: bool, standard: i64) -> Line {
        let text = |text: &str| Cell::Text(text.to_owned());
        let (proxy_name, proxy_number) = entry
            .proxy
            .as_ref()
            .map_or((Cell::Empty, Cell::Empty), |p| {
                (text(&p.person.full_name), text(&p.person.identity_number))
            });
        Line {
            stt,
            cells: [
                Cell::Number(i64::from(stt)),
                Cell::Text(entry.typed_name()),
                entry.typed_birth(),
                text(entry.person.sex.word()),
                entry.typed_number(),
                Cell::Text(self.typed_address(entry)),
                text(entry.policy.name),
                Cell::Text(entry.typed_coefficient()),
                entry.typed_amount(standard),
                entry.typed_account(),
                text(entry.bank.written),
                proxy_name,
                proxy_number,
                Cell::Empty,
            ],
            expected: ExpectedLine::of(entry, stt, again, standard),
        }
    }
}

struct Lines<'a, I> {
    population: &'a Population,
    entries: I,
    /// People typed twice, with the number of lines to wait.
    again: VecDeque<(usize, Entry)>,
    standard: i64,
    stt: u32,
}

impl<I: Iterator<Item = Entry>> Iterator for Lines<'_, I> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        self.stt += 1;
        let due = self.again.iter().position(|(wait, _)| *wait == 0);
        for (wait, _) in &mut self.again {
            *wait = wait.saturating_sub(1);
        }
        if let Some((_, entry)) = due.and_then(|place| self.again.remove(place)) {
            return Some(self.population.line(&entry, self.stt, true, self.standard));
        }
        let Some(entry) = self.entries.next() else {
            let (_, entry) = self.again.pop_front()?;
            return Some(self.population.line(&entry, self.stt, true, self.standard));
        };
        let line = self.population.line(&entry, self.stt, false, self.standard);
        if entry.kind == Kind::Duplicate {
            self.again.push_back((entry.repeat_after(), entry));
        }
        Some(line)
    }
}
