//! Why a whole file is refused, and where in it.
//!
//! A file is taken whole or not at all. A reject says what stands there and what was
//! expected, so that the one who typed the list can mend it without asking.

use std::fmt;
use std::path::Path;

/// Reasons, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectCode {
    /// The file cannot be opened or read.
    Unreadable,
    /// No bytes in it.
    EmptyFile,
    /// Another kind of file: a register, a bank's file, a picture, an old workbook.
    WrongKind,
    /// Text that is not UTF-8.
    BadEncoding,
    /// Cut or damaged.
    BrokenFile,
    /// No row that is the header of a list.
    NotAList,
    /// A header without a column that must be there.
    MissingColumn,
    /// Two columns that could both be the same thing.
    TwoColumns,
    /// A second header in the same sheet with another order of columns.
    TwoHeaders,
    /// A header, and no person under it.
    NoLines,
    /// The columns hold other things than their header says.
    SwappedColumns,
    /// Sheets of several months in one file.
    SeveralPeriods,
    /// Two lines say different things of one number of a register.
    Contradiction,
    /// More lines than a list may have.
    TooLarge,
}

/// The refusal of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListReject {
    pub code: RejectCode,
    /// The sheet's name, where there is one.
    pub sheet: Option<String>,
    /// The cell (`E8`) or line (`12`), where there is one.
    pub cell: Option<String>,
    pub found: String,
    pub expected: String,
}

impl RejectCode {
    pub const ALL: [RejectCode; 14] = [
        RejectCode::Unreadable,
        RejectCode::EmptyFile,
        RejectCode::WrongKind,
        RejectCode::BadEncoding,
        RejectCode::BrokenFile,
        RejectCode::NotAList,
        RejectCode::MissingColumn,
        RejectCode::TwoColumns,
        RejectCode::TwoHeaders,
        RejectCode::NoLines,
        RejectCode::SwappedColumns,
        RejectCode::SeveralPeriods,
        RejectCode::Contradiction,
        RejectCode::TooLarge,
    ];

    /// The stable code of the API.
    pub fn code(self) -> &'static str {
        match self {
            RejectCode::Unreadable => "LIST_UNREADABLE",
            RejectCode::EmptyFile => "LIST_EMPTY_FILE",
            RejectCode::WrongKind => "LIST_WRONG_KIND",
            RejectCode::BadEncoding => "LIST_BAD_ENCODING",
            RejectCode::BrokenFile => "LIST_BROKEN_FILE",
            RejectCode::NotAList => "LIST_NOT_A_LIST",
            RejectCode::MissingColumn => "LIST_MISSING_COLUMN",
            RejectCode::TwoColumns => "LIST_TWO_COLUMNS",
            RejectCode::TwoHeaders => "LIST_TWO_HEADERS",
            RejectCode::NoLines => "LIST_NO_LINES",
            RejectCode::SwappedColumns => "LIST_SWAPPED_COLUMNS",
            RejectCode::SeveralPeriods => "LIST_SEVERAL_PERIODS",
            RejectCode::Contradiction => "LIST_CONTRADICTION",
            RejectCode::TooLarge => "LIST_TOO_LARGE",
        }
    }

    pub fn vi(self) -> &'static str {
        match self {
            RejectCode::Unreadable => "không đọc được tệp",
            RejectCode::EmptyFile => "tệp rỗng",
            RejectCode::WrongKind => "đây không phải tệp danh sách",
            RejectCode::BadEncoding => "chữ trong tệp không phải UTF-8",
            RejectCode::BrokenFile => "tệp bị hỏng hoặc bị cắt",
            RejectCode::NotAList => "không tìm thấy dòng tiêu đề cột của danh sách",
            RejectCode::MissingColumn => "thiếu cột bắt buộc",
            RejectCode::TwoColumns => "hai cột cùng một nội dung",
            RejectCode::TwoHeaders => "hai dòng tiêu đề cột khác nhau trong một trang tính",
            RejectCode::NoLines => "danh sách không có người nào",
            RejectCode::SwappedColumns => "nội dung các cột không đúng tiêu đề",
            RejectCode::SeveralPeriods => "một tệp có danh sách của nhiều tháng",
            RejectCode::Contradiction => "hai dòng ghi khác nhau về cùng một số định danh",
            RejectCode::TooLarge => "danh sách quá dài",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            RejectCode::Unreadable => "the file cannot be read",
            RejectCode::EmptyFile => "the file is empty",
            RejectCode::WrongKind => "this is no list of people",
            RejectCode::BadEncoding => "the text is not UTF-8",
            RejectCode::BrokenFile => "the file is cut or damaged",
            RejectCode::NotAList => "no row is the header of a list",
            RejectCode::MissingColumn => "a column that must be there is missing",
            RejectCode::TwoColumns => "two columns for one thing",
            RejectCode::TwoHeaders => "two different headers in one sheet",
            RejectCode::NoLines => "the list has no people",
            RejectCode::SwappedColumns => "the columns do not hold what the header says",
            RejectCode::SeveralPeriods => "one file with lists of several months",
            RejectCode::Contradiction => "two lines say different things of one number",
            RejectCode::TooLarge => "the list is too long",
        }
    }
}

impl ListReject {
    pub(crate) fn new(code: RejectCode, found: String, expected: String) -> ListReject {
        ListReject {
            code,
            sheet: None,
            cell: None,
            found,
            expected,
        }
    }

    pub(crate) fn unreadable(path: &Path, why: &str) -> ListReject {
        let found = format!("{}: {why}", path.display());
        ListReject::new(
            RejectCode::Unreadable,
            found,
            "a file that can be read".into(),
        )
    }

    pub(crate) fn at(mut self, sheet: &str, cell: String) -> ListReject {
        self.sheet = Some(sheet.to_owned());
        self.cell = Some(cell);
        self
    }

    /// The whole refusal in Vietnamese.
    pub fn vi(&self) -> String {
        let mut text = self.code.vi().to_owned();
        if let Some(sheet) = &self.sheet {
            text.push_str(&format!(", trang tính “{sheet}”"));
        }
        if let Some(cell) = &self.cell {
            text.push_str(&format!(", ô {cell}"));
        }
        format!("{text}: có “{}”, cần “{}”", self.found, self.expected)
    }
}

/// The whole refusal in English.
impl fmt::Display for ListReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.code(), self.code.en())?;
        if let Some(sheet) = &self.sheet {
            write!(f, ", sheet \"{sheet}\"")?;
        }
        if let Some(cell) = &self.cell {
            write!(f, ", cell {cell}")?;
        }
        write!(
            f,
            ": found \"{}\", expected \"{}\"",
            self.found, self.expected
        )
    }
}

impl std::error::Error for ListReject {}
