//! One sheet of a list, row by row: title, header, people, and what stands between them.
//!
//! A row under the header is a person where it has a running number or something that only
//! a person has (digits of a number, a birth date, an account, an amount) beside a name.
//! Sub-totals, numbering rows, repeated headers, section titles and signatures are left
//! out, and each is noted. A header with other columns further down refuses the file: the
//! columns of the people under it would be read wrongly.

use super::cell::{Cell, PackedRow, Place, column_letters};
use super::header::{self, Column, Layout};
use super::read::{LeftOut, ListSheet, RawLine};
use super::reject::{ListReject, RejectCode};
use crate::identity::{ascii_key, name_key};
use crate::programme::catalogue::Period;

/// Rows above the header that may hold titles.
const TITLE_ROWS: usize = 100;

/// What is known of the sheet so far.
pub(super) struct SheetScan {
    pub name: String,
    at: u16,
    above: Vec<(u32, PackedRow)>,
    head: Option<Head>,
}

struct Head {
    first: (u32, PackedRow),
    second: Option<PackedRow>,
    layout: Layout,
    /// No person seen yet, so the next row may belong to the header.
    open: bool,
}

/// What a row is.
pub(super) enum Row {
    Line(RawLine),
    LeftOut(LeftOut),
    Taken,
}

impl SheetScan {
    pub fn new(name: &str, at: u16) -> SheetScan {
        SheetScan {
            name: name.to_owned(),
            at,
            above: Vec::new(),
            head: None,
        }
    }

    /// Takes the next row.
    pub fn row(&mut self, row: u32, cells: PackedRow) -> Result<Row, ListReject> {
        if cells.is_blank() {
            return Ok(Row::Taken);
        }
        let Some(head) = &mut self.head else {
            if header::header_score(&cells) >= 3 {
                self.start(row, cells)?;
            } else if self.above.len() < TITLE_ROWS {
                self.above.push((row, cells));
            }
            return Ok(Row::Taken);
        };
        if head.open && header::numbers_columns(&cells) {
            return Ok(self.left_out(row, "numbers of columns", &cells));
        }
        if head.open && head.second.is_none() && header::continues_header(&head.first.1, &cells) {
            head.layout = layout(&self.name, &head.first, Some(&cells))?;
            head.second = Some(cells);
            return Ok(Row::Taken);
        }
        head.open = false;
        let why = why_left_out(&cells, &head.layout);
        match why {
            None => Ok(Row::Line(RawLine {
                sheet: self.at,
                row,
                cells,
            })),
            Some(why) => {
                if header::header_score(&cells) >= 3 && !same_header(head, &cells) {
                    let found = header::titles_of(&cells, None).join("; ");
                    let expected = header::titles_of(&head.first.1, None).join("; ");
                    return Err(ListReject::new(RejectCode::TwoHeaders, found, expected)
                        .at(&self.name, format!("A{row}")));
                }
                Ok(self.left_out(row, why, &cells))
            }
        }
    }

    /// The sheet's head, checked; `None` where the sheet has no list.
    pub fn finish(self) -> Result<Option<ListSheet>, ListReject> {
        let Some(head) = self.head else {
            return Ok(None);
        };
        if let Some(column) = head.layout.missing().first() {
            let found = header::titles_of(&head.first.1, head.second.as_ref()).join("; ");
            return Err(ListReject::new(
                RejectCode::MissingColumn,
                found,
                format!("{}: {}", column.title(), "a column with this title"),
            )
            .at(&self.name, format!("A{}", head.first.0)));
        }
        let texts = || {
            self.above
                .iter()
                .flat_map(|(_, row)| row.cells())
                .map(|cell| cell.text())
        };
        let title = texts()
            .find(|text| ascii_key(text).starts_with("DANH SACH"))
            .map(str::to_owned);
        let period = title
            .as_deref()
            .and_then(period_in)
            .or_else(|| texts().find_map(period_in));
        Ok(Some(ListSheet {
            name: self.name,
            title,
            period,
            header_row: head.first.0,
            header: head.first.1,
            second_header: head.second,
            layout: head.layout,
        }))
    }

    /// The titles of the row that came nearest to a header, for the message.
    pub fn nearest(&self) -> Option<String> {
        let (row, cells) = self
            .above
            .iter()
            .max_by_key(|(_, cells)| cells.cells().filter(|c| !c.is_blank()).count())?;
        let texts: Vec<&str> = cells
            .cells()
            .map(|c| c.text())
            .filter(|t| !t.is_empty())
            .collect();
        let shown: String = texts.join("; ").chars().take(200).collect();
        Some(format!("row {row}: {shown}"))
    }

    fn start(&mut self, row: u32, cells: PackedRow) -> Result<(), ListReject> {
        let first = (row, cells);
        self.head = Some(Head {
            layout: layout(&self.name, &first, None)?,
            first,
            second: None,
            open: true,
        });
        Ok(())
    }

    fn left_out(&self, row: u32, why: &'static str, cells: &PackedRow) -> Row {
        let texts: Vec<&str> = cells
            .cells()
            .map(|c| c.text())
            .filter(|t| !t.is_empty())
            .collect();
        let place = Place {
            sheet: self.at,
            row,
            column: 0,
        };
        let text = texts.join("; ").chars().take(200).collect();
        Row::LeftOut(LeftOut { place, why, text })
    }
}

fn layout(
    sheet: &str,
    first: &(u32, PackedRow),
    second: Option<&PackedRow>,
) -> Result<Layout, ListReject> {
    header::layout_of(&first.1, second).map_err(|two| {
        let letters = |at: usize| column_letters(u16::try_from(at).unwrap_or(u16::MAX));
        let found = format!("{} and {}", letters(two.cells[0]), letters(two.cells[1]));
        let cell = format!("{}{}", letters(two.cells[1]), first.0);
        ListReject::new(
            RejectCode::TwoColumns,
            found,
            format!("one column {}", two.what.title()),
        )
        .at(sheet, cell)
    })
}

fn same_header(head: &Head, cells: &PackedRow) -> bool {
    let keys = |row: &PackedRow| -> Vec<String> {
        let keys = row.cells().map(|cell| name_key(cell.text()));
        let mut keys: Vec<String> = keys.collect();
        while keys.last().is_some_and(String::is_empty) {
            keys.pop();
        }
        keys
    };
    keys(&head.first.1) == keys(cells)
        || head
            .second
            .as_ref()
            .is_some_and(|row| keys(row) == keys(cells))
}

/// Why a row under the header is no person; `None` for a person.
fn why_left_out(cells: &PackedRow, layout: &Layout) -> Option<&'static str> {
    let all: Vec<Cell<'_>> = cells.cells().collect();
    let text = |what: Column| {
        let at = layout.find(what);
        at.and_then(|at| all.get(at)).map_or("", |cell| cell.text())
    };
    let digits = |what: Column| text(what).bytes().filter(u8::is_ascii_digit).count();
    let number = digits(Column::Identity).max(digits(Column::OldIdentity));
    let birth = [Column::Birth, Column::BirthMale, Column::BirthFemale]
        .into_iter()
        .map(digits)
        .max()
        .unwrap_or(0);
    let name = text(Column::FullName);
    if number == 0 && birth == 0 && all.iter().any(|cell| is_total(cell.text())) {
        return Some("total");
    }
    let stt = text(Column::Stt).trim_end_matches(['.', ')']);
    let numbered = !stt.is_empty() && stt.bytes().all(|b| b.is_ascii_digit());
    let named = name.chars().any(char::is_alphabetic);
    let own = |what: Column, least: usize| digits(what) >= least;
    let person = if numbered {
        named || number > 0 || birth > 0 || own(Column::Account, 6)
    } else {
        number >= 6
            || named
                && (birth >= 4 || number > 0 || own(Column::Account, 6) || own(Column::Amount, 3))
    };
    (!person).then_some("no person")
}

/// `Cộng trang 3`, `Tổng cộng`, `Lũy kế`, `Cộng chuyển sang` and the like.
fn is_total(text: &str) -> bool {
    if text.is_empty() || text.chars().count() > 60 {
        return false;
    }
    let key = name_key(text).replace(':', " ");
    let plain = ascii_key(text).replace(':', " ");
    let starts = |word: &str| {
        let word = name_key(word);
        key.trim() == word || key.starts_with(&format!("{word} "))
    };
    [
        "Cộng",
        "Tổng",
        "Tổng cộng",
        "Lũy kế",
        "Mang sang",
        "Chuyển sang",
    ]
    .into_iter()
    .any(starts)
        || ["CONG", "TONG"].contains(&plain.trim())
        || ["TONG CONG", "CONG TRANG", "LUY KE"]
            .into_iter()
            .any(|word| plain.starts_with(word))
}

/// The month of `THÁNG 06/2026`, `tháng 6 năm 2026`, `T6/2026`; never of a signature's day.
pub(super) fn period_in(text: &str) -> Option<Period> {
    let plain = ascii_key(text);
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    (0..words.len()).find_map(|at| {
        let rest = words.get(at..)?;
        let signed = at >= 2 && words.get(at - 2) == Some(&"NGAY");
        let (month, year) = match rest {
            _ if signed => return None,
            ["THANG", month, "NAM", year, ..] => (*month, *year),
            ["THANG", month, year, ..] => (*month, *year),
            [month, year, ..] if month.starts_with('T') => (month.strip_prefix('T')?, *year),
            _ => return None,
        };
        let year = (year.len() == 4).then(|| year.parse().ok()).flatten()?;
        Period::new(year, month.parse().ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a list paid for another month than its title says.
    #[test]
    fn finds_the_period_in_a_title() {
        for (text, want) in [
            (
                "DANH SÁCH ĐỐI TƯỢNG HƯỞNG TRỢ CẤP XÃ HỘI THÁNG 06/2026",
                Some("2026-06"),
            ),
            ("Danh sách chi trả tháng 6 năm 2026", Some("2026-06")),
            ("chi trả tháng 12-2025", Some("2025-12")),
            ("DS T6/2026", Some("2026-06")),
            ("Bình Lục, ngày 05 tháng 6 năm 2026", None),
            ("Quyết định số 12/2026", None),
            ("tháng 13/2026", None),
        ] {
            let found = period_in(text).map(|p| p.to_string());
            assert_eq!(found.as_deref(), want, "{text}");
        }
    }

    /// Catches a person named like a total, or a total taken for a person.
    #[test]
    fn knows_totals() {
        for text in [
            "Cộng",
            "Cộng trang 3",
            "Tổng cộng",
            "TỔNG CỘNG:",
            "Luỹ kế",
            "Lũy kế trang trước",
            "Tong cong",
            "Tổng số: 245 người",
        ] {
            assert!(is_total(text), "{text}");
        }
        for text in [
            "Công Thị Lan",
            "Tống Văn Lan",
            "Mai Công Hùng",
            "CONG THI LAN",
            "Tổng",
        ] {
            assert_eq!(is_total(text), text == "Tổng", "{text}");
        }
    }
}
