//! The list as CSV, the same grid that a spreadsheet program saves: titles, both
//! header rows, sub-totals and signatures included. For lists of any length.

use std::io::{BufWriter, Write};

use super::{
    HEADER_ROW, HEADERS, LINES_PER_PAGE, MOTTO, OFFICE, RosterError, SIGNATURES, TITLE, TITLE_ROW,
    month_of,
};
use crate::days::iso;
use crate::people::{Cell, Population};

impl Population {
    /// Writes the list with a title for the month `MM/yyyy` and amounts at the
    /// standard (đồng), in bounded memory.
    ///
    /// # Errors
    /// When the month is none, or the output takes no more.
    pub fn roster_csv<W: Write>(
        &self,
        out: W,
        month: &str,
        standard: i64,
    ) -> Result<(), RosterError> {
        let month = month_of(month)?;
        let mut csv = csv::WriterBuilder::new()
            .flexible(false)
            .from_writer(BufWriter::new(out));
        let mut put = |cells: &[String; 14]| csv.write_record(cells).map_err(std::io::Error::other);
        let mut head: Vec<[String; 14]> = vec![Default::default(); 7];
        head[0][0] = OFFICE.to_owned();
        head[0][7] = MOTTO[0].to_owned();
        head[1][7] = MOTTO[1].to_owned();
        head[TITLE_ROW as usize][0] = format!("{TITLE} {}", month.title());
        for (column, (first, second)) in HEADERS.iter().enumerate() {
            head[HEADER_ROW as usize][column] = (*first).to_owned();
            head[HEADER_ROW as usize + 1][column] = second.unwrap_or_default().to_owned();
        }
        for row in &head {
            put(row)?;
        }
        let mut sum = 0;
        for line in self.roster_lines(standard) {
            if let Cell::Number(amount) = line.cells[8] {
                sum += amount;
            }
            put(&line.cells.map(as_text))?;
            if line.stt.is_multiple_of(LINES_PER_PAGE) {
                put(&labelled(format!(
                    "Cộng trang {}",
                    line.stt / LINES_PER_PAGE
                )))?;
            }
        }
        let mut total = labelled("Tổng cộng".to_owned());
        total[8] = sum.to_string();
        put(&total)?;
        put(&Default::default())?;
        put(&Default::default())?;
        let mut signed: [String; 14] = Default::default();
        for (column, who) in SIGNATURES {
            signed[usize::from(column)] = who.to_owned();
        }
        put(&signed)?;
        csv.flush()?;
        Ok(())
    }
}

fn labelled(label: String) -> [String; 14] {
    let mut cells: [String; 14] = Default::default();
    cells[0] = label;
    cells
}

fn as_text(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text,
        Cell::Number(number) => number.to_string(),
        Cell::Date(day) => iso(day),
    }
}
