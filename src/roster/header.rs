//! The header of a list: which column holds what.
//!
//! Columns are known by words in their title, in any order, in one or two rows; a title in
//! the second row belongs to the nearest title to its left in the first (merged cells).
//! Where two columns could hold the same thing the plainer title wins (`Số tiền` before
//! `Số tiền thực lĩnh`); where both are as plain, the file is refused, for a guess here
//! would pay people wrongly.

use super::cell::{PackedRow, column_letters};
use super::titles::classify;
pub use super::titles::{ORIGIN_TITLE, REASON_TITLE, REMEDY_TITLE};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    Stt,
    FullName,
    /// `Họ đệm` of a name in two columns.
    FirstNames,
    Birth,
    /// The year stands under `Nam` or under `Nữ`.
    BirthMale,
    BirthFemale,
    Sex,
    SexMale,
    SexFemale,
    Identity,
    /// A column of old numbers only.
    OldIdentity,
    Address,
    Policy,
    Coefficient,
    Amount,
    Account,
    Bank,
    ProxyName,
    ProxyNumber,
    Note,
    /// The columns that a file of refused lines adds.
    Reason,
    Remedy,
    Origin,
    /// A title that says nothing the check needs.
    Other,
}

impl Column {
    /// As lists call it.
    pub fn title(self) -> &'static str {
        match self {
            Column::Stt => "STT",
            Column::FullName => "Họ và tên",
            Column::FirstNames => "Họ đệm",
            Column::Birth | Column::BirthMale | Column::BirthFemale => "Ngày, tháng, năm sinh",
            Column::Sex | Column::SexMale | Column::SexFemale => "Giới tính",
            Column::Identity | Column::OldIdentity => "Số CCCD/CMND",
            Column::Address => "Địa chỉ",
            Column::Policy => "Đối tượng",
            Column::Coefficient => "Hệ số",
            Column::Amount => "Số tiền",
            Column::Account => "Số tài khoản",
            Column::Bank => "Ngân hàng",
            Column::ProxyName => "Người nhận thay: Họ và tên",
            Column::ProxyNumber => "Người nhận thay: Số CCCD",
            Column::Note => "Ghi chú",
            Column::Reason => REASON_TITLE,
            Column::Remedy => REMEDY_TITLE,
            Column::Origin => ORIGIN_TITLE,
            Column::Other => "",
        }
    }
}

/// Which column stands where; columns count from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    columns: Vec<(usize, Column)>,
}

impl Layout {
    /// A layout without columns.
    pub const fn none() -> Layout {
        Layout {
            columns: Vec::new(),
        }
    }

    /// The column that holds a thing.
    pub fn find(&self, what: Column) -> Option<usize> {
        self.all(what).next()
    }

    /// All columns that hold a thing; only addresses may stand in several.
    pub fn all(&self, what: Column) -> impl Iterator<Item = usize> + '_ {
        self.columns
            .iter()
            .filter(move |(_, column)| *column == what)
            .map(|(at, _)| *at)
    }

    /// What a column holds.
    pub fn column(&self, at: usize) -> Option<Column> {
        self.columns.iter().find(|(a, _)| *a == at).map(|(_, c)| *c)
    }

    /// Titles from the first column to the last.
    pub fn width(&self) -> usize {
        self.columns.iter().map(|(at, _)| at + 1).max().unwrap_or(0)
    }

    fn has(&self, what: Column) -> bool {
        self.find(what).is_some()
    }

    /// What must be there and is not.
    pub fn missing(&self) -> Vec<Column> {
        let identity = self.has(Column::Identity) || self.has(Column::OldIdentity);
        let birth = self.has(Column::Birth) || self.has(Column::BirthMale);
        [
            (self.has(Column::FullName), Column::FullName),
            (birth, Column::Birth),
            (identity, Column::Identity),
            (self.has(Column::Policy), Column::Policy),
        ]
        .into_iter()
        .filter(|(there, _)| !there)
        .map(|(_, column)| column)
        .collect()
    }
}

/// Two columns that could both be `what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoColumns {
    pub what: Column,
    pub cells: [usize; 2],
}

/// How many things a row names as a header would: 0 for rows of people and titles.
pub fn header_score(row: &PackedRow) -> usize {
    let mut found: Vec<Column> = row
        .cells()
        .filter(|cell| cell.text().chars().count() <= 80)
        .filter_map(|cell| classify(cell.text()))
        .map(|(column, _)| column)
        .filter(|column| !matches!(column, Column::Other | Column::Note))
        .collect();
    found.sort_unstable();
    found.dedup();
    let person = found
        .iter()
        .any(|c| matches!(c, Column::FullName | Column::Identity | Column::OldIdentity));
    if person { found.len() } else { 0 }
}

/// True when the row goes on with the header above it: titles under merged ones, and no
/// person.
pub fn continues_header(first: &PackedRow, second: &PackedRow) -> bool {
    let titles = composed(first, second);
    let own: Vec<&Title> = titles.iter().filter(|t| !t.child.is_empty()).collect();
    !own.is_empty()
        && own.iter().all(|t| {
            classify(&t.child).is_some() || classify(&format!("{} {}", t.parent, t.child)).is_some()
        })
        && own.iter().any(|t| t.child.chars().any(char::is_alphabetic))
}

/// True for the row `(1) (2) (3)` or `A B 1 2` that numbers the columns.
pub fn numbers_columns(row: &PackedRow) -> bool {
    let mut cells = 0;
    for cell in row.cells().filter(|cell| !cell.is_blank()) {
        let text = cell.text().trim_matches(['(', ')', '[', ']']);
        let number = text.parse::<u8>().is_ok_and(|n| n <= 60);
        let letter = text.len() == 1 && text.bytes().all(|b| b.is_ascii_alphabetic());
        let formula = text.contains(['=', '*', 'x']) && text.len() <= 12 && text.is_ascii();
        if !(number || letter || formula) {
            return false;
        }
        cells += 1;
    }
    cells >= 3
}

/// The layout that one or two header rows say.
pub fn layout_of(first: &PackedRow, second: Option<&PackedRow>) -> Result<Layout, TwoColumns> {
    let empty = PackedRow::default();
    let titles = composed(first, second.unwrap_or(&empty));
    let mut ranked: Vec<(usize, Column, u8)> = titles
        .iter()
        .filter_map(|t| t.classify().map(|(column, rank)| (t.at, column, rank)))
        .collect();
    let mut layout = Layout::default();
    ranked.sort_by_key(|(at, column, rank)| (*column, *rank, *at));
    for (at, column, rank) in &ranked {
        let several = matches!(column, Column::Other | Column::Note | Column::Address);
        match ranked
            .iter()
            .find(|(a, c, r)| c == column && (r, a) < (rank, at))
        {
            Some((before, _, r)) if !several && r == rank => {
                return Err(TwoColumns {
                    what: *column,
                    cells: [*before, *at],
                });
            }
            Some(_) if !several => layout.columns.push((*at, Column::Other)),
            _ => layout.columns.push((*at, *column)),
        }
    }
    layout.columns.sort_unstable();
    Ok(layout)
}

/// The titles of all columns as one text each, for messages.
pub fn titles_of(first: &PackedRow, second: Option<&PackedRow>) -> Vec<String> {
    let empty = PackedRow::default();
    composed(first, second.unwrap_or(&empty))
        .iter()
        .map(|t| {
            let letters = column_letters(u16::try_from(t.at).unwrap_or(u16::MAX));
            format!(
                "{letters} {}",
                [t.parent.as_str(), t.child.as_str()].join(" ").trim()
            )
        })
        .collect()
}

struct Title {
    at: usize,
    parent: String,
    child: String,
}

impl Title {
    /// By its own words first, else together with the title above it.
    fn classify(&self) -> Option<(Column, u8)> {
        let whole = format!("{} {}", self.parent, self.child);
        let above = classify(&self.parent).map(|(column, _)| column);
        let own = classify(&self.child);
        match (above, own) {
            (_, _) if self.child.is_empty() => classify(&self.parent),
            (Some(Column::ProxyName | Column::ProxyNumber), _) => classify(&whole),
            (Some(Column::Birth), Some((Column::SexMale, _))) => Some((Column::BirthMale, 0)),
            (Some(Column::Birth), Some((Column::SexFemale, _))) => Some((Column::BirthFemale, 0)),
            (_, Some(own)) => Some(own),
            (_, None) => classify(&whole),
        }
    }
}

fn composed(first: &PackedRow, second: &PackedRow) -> Vec<Title> {
    let above: Vec<&str> = first.cells().map(|cell| cell.text()).collect();
    let below: Vec<&str> = second.cells().map(|cell| cell.text()).collect();
    let mut parent = "";
    let mut titles = Vec::new();
    for at in 0..above.len().max(below.len()) {
        let own = above.get(at).copied().unwrap_or_default();
        let child = below.get(at).copied().unwrap_or_default();
        if !own.is_empty() {
            parent = own;
        }
        if !own.is_empty() || !child.is_empty() {
            titles.push(Title {
                at,
                parent: parent.to_owned(),
                child: child.to_owned(),
            });
        }
    }
    titles
}

#[cfg(test)]
mod tests {
    use super::super::cell::CellKind;
    use super::*;

    fn row(titles: &[&str]) -> PackedRow {
        let cells: Vec<(usize, CellKind, &str)> = titles
            .iter()
            .enumerate()
            .filter(|(_, t)| !t.is_empty())
            .map(|(at, t)| (at, CellKind::Text, *t))
            .collect();
        PackedRow::pack(&cells)
    }

    /// Catches a column taken for another, in one row and in two.
    #[test]
    fn knows_columns_by_their_titles() {
        use Column::*;
        let first = row(&[
            "TT",
            "Họ và tên",
            "Năm sinh",
            "",
            "Số CCCD/\nĐDCN",
            "Số CMND",
            "Thôn",
            "Xã",
            "Loại đối tượng",
            "Hệ số",
            "Mức trợ cấp (đồng)",
            "Tài khoản ngân hàng",
            "",
            "Người nhận thay",
            "",
            "Số tiền truy lĩnh",
            "Thực lĩnh",
            "Ghi chú",
        ]);
        let second = row(&[
            "",
            "",
            "Nam",
            "Nữ",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "Số tài khoản",
            "Tên ngân hàng",
            "Họ và tên",
            "Số CCCD",
        ]);
        assert!(continues_header(&first, &second));
        let layout = layout_of(&first, Some(&second)).unwrap();
        let columns: Vec<Column> = (0..18).filter_map(|at| layout.column(at)).collect();
        let want = [
            Stt,
            FullName,
            BirthMale,
            BirthFemale,
            Identity,
            OldIdentity,
            Address,
            Address,
            Policy,
            Coefficient,
            Amount,
            Account,
            Bank,
            ProxyName,
            ProxyNumber,
            Other,
            Other,
            Note,
        ];
        assert_eq!(columns, want);
        assert!(layout.missing().is_empty());
        assert!(header_score(&first) >= 8);
        assert!(numbers_columns(&row(&["(1)", "(2)", "(3)"])));
        assert!(!numbers_columns(&row(&["1", "Lê Văn Mẫu", "1950"])));
    }

    /// Catches single titles read wrongly.
    #[test]
    fn knows_single_titles() {
        for (title, want) in [
            ("STT", Column::Stt),
            ("Họ, tên đối tượng", Column::FullName),
            ("Họ và tên người hưởng", Column::FullName),
            ("Ngày tháng năm sinh", Column::Birth),
            ("Ngày, tháng,\nnăm sinh", Column::Birth),
            ("Giới tính (Nam/Nữ)", Column::Sex),
            ("Nam/Nữ", Column::Sex),
            ("Số định danh cá nhân", Column::Identity),
            ("Số CMND", Column::OldIdentity),
            ("Ngày cấp CCCD", Column::Other),
            ("Số điện thoại", Column::Other),
            ("Đối tượng", Column::Policy),
            ("Số tiền\n(đồng)", Column::Amount),
            ("Số TK", Column::Account),
            ("Số tài khoản ngân hàng", Column::Account),
            ("Tên chủ tài khoản", Column::Other),
            ("Ngân hàng", Column::Bank),
            ("Người nhận thay", Column::ProxyName),
            ("CCCD người nhận thay", Column::ProxyNumber),
            ("Quan hệ với người nhận thay", Column::Other),
            ("Ghi chú", Column::Note),
            (REASON_TITLE, Column::Reason),
            (REMEDY_TITLE, Column::Remedy),
            (ORIGIN_TITLE, Column::Origin),
        ] {
            assert_eq!(classify(title).map(|(c, _)| c), Some(want), "{title}");
        }
        assert_eq!(classify("Năm"), None);
        assert_eq!(classify("DANH SÁCH CHI TRẢ THÁNG 06/2026"), None);
    }

    /// Catches a guess between two columns that are as good as each other.
    #[test]
    fn refuses_two_columns_for_one_thing() {
        let first = row(&["STT", "Họ và tên", "Họ và tên", "Năm sinh", "Số CCCD"]);
        let found = layout_of(&first, None).unwrap_err();
        assert_eq!((found.what, found.cells), (Column::FullName, [1, 2]));
        let second = row(&["", "Họ và tên", "Số CCCD"]);
        assert!(!continues_header(
            &row(&["STT", "Họ và tên"]),
            &row(&["1", "Lê Văn Mẫu"])
        ));
        assert!(continues_header(
            &row(&["STT", "Người nhận thay", ""]),
            &second
        ));
    }
}
