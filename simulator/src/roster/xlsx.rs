//! The list as a workbook: one sheet, titles, a header over two rows with merged
//! cells, a sub-total label after each page, a total by formula, signatures.

use std::path::Path;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};

use super::{
    AMOUNT_COLUMN, FIRST_LINE_ROW, HEADER_ROW, HEADERS, LINES_PER_PAGE, MOTTO, OFFICE, RosterError,
    SIGNATURES, TITLE, TITLE_ROW, month_of,
};
use crate::days::Day;
use crate::people::{Cell, Population};

const ROWS_MAX: u32 = 1_048_576;

impl Population {
    /// Writes the list with a title for the month `MM/yyyy` and amounts at the
    /// standard (đồng).
    ///
    /// # Errors
    /// When the month is none, the list is longer than a sheet, or the file can't be written.
    pub fn write_roster_xlsx(
        &self,
        path: &Path,
        month: &str,
        standard: i64,
    ) -> Result<(), RosterError> {
        let month = month_of(month)?;
        let mut workbook = Workbook::new();
        // a fixed moment, so that the same seed gives the same bytes
        let made = date(month.day(1))?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let sheet = workbook.add_worksheet();
        sheet.set_name("DS chi trả")?;
        write_head(sheet, &month.title())?;

        let day = Format::new().set_num_format("yyyy-mm-dd");
        let mut row = FIRST_LINE_ROW;
        let mut sum = 0;
        for line in self.roster_lines(standard) {
            if row + 6 > ROWS_MAX {
                return Err(RosterError::TooLong);
            }
            if let Cell::Number(amount) = line.cells[usize::from(AMOUNT_COLUMN)] {
                sum += amount;
            }
            for (column, cell) in (0..).zip(&line.cells) {
                match cell {
                    Cell::Empty => continue,
                    Cell::Text(text) => sheet.write(row, column, text)?,
                    Cell::Number(number) => sheet.write(row, column, *number)?,
                    Cell::Date(birth) => {
                        sheet.write_with_format(row, column, &date(*birth)?, &day)?
                    }
                };
            }
            row += 1;
            if line.stt.is_multiple_of(LINES_PER_PAGE) {
                let page = line.stt / LINES_PER_PAGE;
                sheet.write(row, 0, format!("Cộng trang {page}"))?;
                row += 1;
            }
        }
        sheet.write(row, 0, "Tổng cộng")?;
        let formula = format!("=SUM(I{}:I{row})", FIRST_LINE_ROW + 1);
        let formula = Formula::new(formula).set_result(sum.to_string());
        sheet.write(row, AMOUNT_COLUMN, formula)?;
        for (column, who) in SIGNATURES {
            sheet.write(row + 3, column, who)?;
        }
        workbook.save(path)?;
        Ok(())
    }
}

fn write_head(sheet: &mut Worksheet, month: &str) -> Result<(), XlsxError> {
    let centred = Format::new().set_align(FormatAlign::Center);
    let bold = Format::new().set_bold();
    sheet.write(0, 0, OFFICE)?;
    sheet.write(0, 7, MOTTO[0])?;
    sheet.write(1, 7, MOTTO[1])?;
    sheet.merge_range(
        TITLE_ROW,
        0,
        TITLE_ROW,
        13,
        &format!("{TITLE} {month}"),
        &centred,
    )?;
    for (column, (first, second)) in (0..).zip(HEADERS) {
        match second {
            None => {
                sheet.merge_range(HEADER_ROW, column, HEADER_ROW + 1, column, first, &bold)?;
            }
            Some(second) => {
                if !first.is_empty() {
                    sheet.merge_range(HEADER_ROW, column, HEADER_ROW, column + 1, first, &bold)?;
                }
                sheet.write_with_format(HEADER_ROW + 1, column, second, &bold)?;
            }
        }
    }
    Ok(())
}

fn date(day: Day) -> Result<ExcelDateTime, XlsxError> {
    let small = |n: u32| u8::try_from(n).unwrap_or(1);
    let year = u16::try_from(day / 10_000).unwrap_or(1900);
    ExcelDateTime::from_ymd(year, small(day / 100 % 100), small(day % 100))
}
