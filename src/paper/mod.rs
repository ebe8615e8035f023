//! What is printed or scanned: papers as HTML and PDF, QR images. Pure; bytes go out.
//!
//! A paper is what a person is handed. One model, [`Paper`], drawn as HTML and as PDF.
//!
//! A slip, a receipt, a list for a third party and a day's proof are all papers: who gives
//! it, a title, fields, a table, totals, notes, a QR, places to sign. The rooms below fill
//! the model with words; here is only where they stand. Texts come in NFC; both outputs
//! show every Vietnamese letter, the PDF with its own fonts, embedded as subsets.

pub mod font;
pub mod html;
mod layout;
pub mod pdf;
pub mod qr;

/// One paper. Texts are shown as they are; empty parts take no room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// Who gives it: name first, then address, tax code.
    pub sender: Vec<String>,
    pub title: String,
    /// Symbol, number and date, a line each.
    pub subtitle: Vec<String>,
    /// Label and value.
    pub fields: Vec<(String, String)>,
    pub table: Option<Table>,
    /// Label and value; the last is the most important.
    pub totals: Vec<(String, String)>,
    pub notes: Vec<String>,
    pub qr: Option<Qr>,
    /// Where people sign: what each signs as.
    pub signatures: Vec<String>,
    /// Stands across the paper: `ĐÃ HỦY`.
    pub stamp: Option<String>,
}

/// Rows under headings. Every row has as many cells as there are columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    pub heading: String,
    /// Share of the width, against the sum of all shares.
    pub share: u16,
    /// True for amounts: they end at the right edge.
    pub right: bool,
}

impl Column {
    pub fn left(heading: &str, share: u16) -> Column {
        Column {
            heading: heading.to_owned(),
            share,
            right: false,
        }
    }

    pub fn right(heading: &str, share: u16) -> Column {
        Column {
            right: true,
            ..Column::left(heading, share)
        }
    }
}

/// A QR code as squares, and the words under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Qr {
    /// Squares a side, without the quiet zone.
    pub side: usize,
    /// `side * side` squares in rows; true is dark.
    pub dark: Vec<bool>,
    pub caption: Vec<String>,
}

/// How many papers share a page at most; a paper that does not fit whole begins the next
/// page. Between two stands a line to cut along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerPage(pub usize);

impl PerPage {
    /// Each paper begins a page.
    pub const ONE: PerPage = PerPage(1);
}
