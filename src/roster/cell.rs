//! A row of a list as it stands in the file, packed into one string.
//!
//! A list may have a million rows of fourteen cells; one allocation a row keeps them at
//! the size of their text. What kind of cell it was is kept, for only a cell typed as a
//! number can have lost zeros in front. The text itself is never changed here.

const SEPARATOR: char = '\u{1f}';

/// One cell as the file has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cell<'a> {
    #[default]
    Empty,
    Text(&'a str),
    /// A number's exact shortest decimal: `750000`, `1.5`.
    Number(&'a str),
    /// A cell formatted as a date: `yyyy-MM-dd`.
    Date(&'a str),
    /// From a CSV, where nothing tells text and number apart.
    Untyped(&'a str),
    /// An error value such as `#REF!`.
    Fault(&'a str),
}

impl<'a> Cell<'a> {
    /// What stands there, blanks around it off.
    pub fn text(&self) -> &'a str {
        let text = match self {
            Cell::Empty => "",
            Cell::Text(text)
            | Cell::Number(text)
            | Cell::Date(text)
            | Cell::Untyped(text)
            | Cell::Fault(text) => text,
        };
        text.trim_matches(|c: char| c.is_whitespace() || crate::identity::name::is_invisible(c))
    }

    pub fn is_blank(&self) -> bool {
        self.text().is_empty()
    }

    /// True where zeros in front may have been lost.
    pub fn may_have_lost_zeros(&self) -> bool {
        matches!(self, Cell::Number(_) | Cell::Untyped(_))
    }
}

/// The cells of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedRow(Box<str>);

impl PackedRow {
    /// Packs the cells; cells at the end that are empty are left off.
    pub fn pack(cells: &[(usize, CellKind, &str)]) -> PackedRow {
        let mut row = RowBuilder::default();
        for (column, kind, text) in cells {
            row.push(*column, *kind, text);
        }
        row.finish()
    }

    /// The cells from column A on.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.0.split(SEPARATOR).map(|cell| {
            let mut chars = cell.chars();
            match chars.next() {
                Some('t') => Cell::Text(chars.as_str()),
                Some('n') => Cell::Number(chars.as_str()),
                Some('d') => Cell::Date(chars.as_str()),
                Some('u') => Cell::Untyped(chars.as_str()),
                Some('e') => Cell::Fault(chars.as_str()),
                _ => Cell::Empty,
            }
        })
    }

    /// The cell of a column, counted from 0.
    pub fn cell(&self, column: usize) -> Cell<'_> {
        self.cells().nth(column).unwrap_or_default()
    }

    pub fn is_blank(&self) -> bool {
        self.cells().all(|cell| cell.is_blank())
    }
}

/// What a cell is typed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    Text,
    Number,
    Date,
    Untyped,
    Fault,
}

/// Packs a row cell by cell, in the order of the columns.
#[derive(Debug, Default)]
pub struct RowBuilder {
    text: String,
    columns: usize,
}

impl RowBuilder {
    /// Adds the cell of `column`, which must come after all that were added.
    pub fn push(&mut self, column: usize, kind: CellKind, text: &str) {
        while self.columns < column {
            self.text.push(SEPARATOR);
            self.columns += 1;
        }
        self.text.push(match kind {
            CellKind::Text => 't',
            CellKind::Number => 'n',
            CellKind::Date => 'd',
            CellKind::Untyped => 'u',
            CellKind::Fault => 'e',
        });
        self.text
            .extend(text.chars().map(|c| if c == SEPARATOR { ' ' } else { c }));
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The row, and an empty builder for the next.
    pub fn finish(&mut self) -> PackedRow {
        self.columns = 0;
        let row = PackedRow(self.text.as_str().into());
        self.text.clear();
        row
    }
}

/// Where a cell stands: sheet of the list, row from 1, column from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub sheet: u16,
    pub row: u32,
    pub column: u16,
}

impl Place {
    /// As a spreadsheet names it: `E8`.
    pub fn cell(&self) -> String {
        format!("{}{}", column_letters(self.column), self.row)
    }
}

/// `A` for 0, `Z` for 25, `AA` for 26.
pub fn column_letters(column: u16) -> String {
    let letter = |n: u16| char::from(b'A' + u8::try_from(n % 26).unwrap_or_default());
    let mut letters = String::new();
    let mut rest = column;
    loop {
        letters.insert(0, letter(rest));
        match rest / 26 {
            0 => return letters,
            more => rest = more - 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a cell that changes column or kind while it is packed.
    #[test]
    fn packs_and_unpacks() {
        let cells = [
            (0, CellKind::Number, "1"),
            (2, CellKind::Text, " a\u{1f}b "),
            (5, CellKind::Date, "1950-06-05"),
        ];
        let row = PackedRow::pack(&cells);
        assert_eq!(row.cell(0), Cell::Number("1"));
        assert_eq!(row.cell(1), Cell::Empty);
        assert_eq!(row.cell(2).text(), "a b");
        assert_eq!(row.cell(5), Cell::Date("1950-06-05"));
        assert_eq!(row.cell(9), Cell::Empty);
        assert!(!row.is_blank());
        assert!(PackedRow::pack(&[(3, CellKind::Text, "\u{a0}\u{200b}")]).is_blank());
    }

    /// Catches a wrong cell address in a message.
    #[test]
    fn names_columns() {
        for (column, letters) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (701, "ZZ"),
            (702, "AAA"),
        ] {
            assert_eq!(column_letters(column), letters);
        }
    }
}
