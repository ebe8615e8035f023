//! A school's list of pupils as it stands in its file: header, class and rows.
//!
//! Columns are known by their titles, in any order, in one or two rows (merged headers:
//! `Mẹ` above `Họ tên`, `SĐT`). A sheet of one class may have no class column: its title
//! (`LỚP 6A`) or its name says the class. Rows above the header are titles. A row under it
//! is a pupil where it has two of: a name or a running number; a code, a personal number, a
//! birth date (two of these alone will do); a name and a class. What has less is a
//! signature or a total. Reading changes no text.

use crate::identity::ascii_key;
use crate::roster::cell::{Cell, PackedRow, Place};
use crate::roster::source::{self, RowSink};
use crate::roster::{ListFormat, ListReject, RejectCode};
use std::path::Path;

/// Whose details a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// `Phụ huynh`, `Người nộp`.
    Parent,
    Father,
    Mother,
    Guardian,
}

impl Who {
    pub const ALL: [Who; 4] = [Who::Parent, Who::Father, Who::Mother, Who::Guardian];

    /// The relation as stored.
    pub fn relation(self) -> &'static str {
        match self {
            Who::Parent => "parent",
            Who::Father => "father",
            Who::Mother => "mother",
            Who::Guardian => "guardian",
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    Stt,
    Code,
    FullName,
    /// `Họ đệm` of a name in two columns.
    FirstNames,
    GivenName,
    Birth,
    Class,
    Number,
    PayerName(Who),
    PayerPhone(Who),
    PayerNumber(Who),
    Relation,
    Reason,
    Other,
}

/// The title of the column that a file of refused rows adds.
pub const REASON_TITLE: &str = "Lý do / Reason";

/// What a title says.
pub fn classify(title: &str) -> Option<Column> {
    let plain: String = ascii_key(title)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    if words.is_empty() || words.len() > 14 {
        return None;
    }
    let text = format!(" {} ", words.join(" "));
    let has = |any: &[&str]| any.iter().any(|w| text.contains(&format!(" {w} ")));
    let is = |any: &[&str]| any.contains(&text.trim());
    if is(&["LY DO REASON"]) {
        return Some(Column::Reason);
    }
    let phone = has(&["DIEN THOAI", "SDT", "SO DT", "DT", "DI DONG"]);
    let number = has(&[
        "CCCD",
        "CMND",
        "CAN CUOC",
        "DDCN",
        "SO DINH DANH",
        "DINH DANH CA NHAN",
    ]);
    let who = if has(&["GIAM HO"]) {
        Some(Who::Guardian)
    } else if has(&[
        "PHU HUYNH",
        "PHHS",
        "CHA ME",
        "BO ME",
        "NGUOI NOP",
        "NGUOI DONG",
    ]) {
        Some(Who::Parent)
    } else if has(&["CHA", "BO"]) {
        Some(Who::Father)
    } else if has(&["ME"]) {
        Some(Who::Mother)
    } else {
        None
    };
    if has(&["QUAN HE"]) {
        return Some(Column::Relation);
    }
    if let Some(who) = who {
        let other = [
            "NGHE NGHIEP",
            "EMAIL",
            "NAM SINH",
            "NGAY SINH",
            "DIA CHI",
            "CHU KY",
            "KY TEN",
            "Y KIEN",
        ];
        return Some(match (has(&other), phone, number) {
            (true, ..) => Column::Other,
            (_, true, _) => Column::PayerPhone(who),
            (_, _, true) => Column::PayerNumber(who),
            _ => Column::PayerName(who),
        });
    }
    if phone {
        return Some(Column::PayerPhone(Who::Parent));
    }
    if has(&[
        "NGAY CAP",
        "NOI CAP",
        "NOI SINH",
        "DIA CHI",
        "DAN TOC",
        "GIOI TINH",
        "GHI CHU",
        "EMAIL",
    ]) {
        return Some(Column::Other);
    }
    if number {
        return Some(Column::Number);
    }
    if has(&[
        "MA HOC SINH",
        "MA HS",
        "MA SO",
        "MA DINH DANH",
        "MA HOC VIEN",
        "MA TRE",
    ]) {
        return Some(Column::Code);
    }
    if has(&["HO VA TEN", "HO TEN", "TEN HOC SINH", "HO VA TEN TRE"]) {
        return Some(Column::FullName);
    }
    if is(&[
        "HO DEM",
        "HO VA DEM",
        "HO VA TEN DEM",
        "HO VA CHU DEM",
        "HO",
    ]) {
        return Some(Column::FirstNames);
    }
    if is(&["TEN"]) {
        return Some(Column::GivenName);
    }
    if has(&["NGAY SINH", "NGAY THANG NAM SINH", "NAM SINH", "SINH NGAY"]) {
        return Some(Column::Birth);
    }
    if is(&["LOP", "TEN LOP", "LOP HOC", "MA LOP"]) {
        return Some(Column::Class);
    }
    is(&["STT", "TT", "SO TT"]).then_some(Column::Stt)
}

/// Which column stands where, from 0.
#[derive(Clone, Debug, Default)]
pub struct Layout(Vec<(usize, Column)>);

impl Layout {
    pub fn find(&self, what: Column) -> Option<usize> {
        self.0.iter().find(|(_, c)| *c == what).map(|(at, _)| *at)
    }
}

/// A sheet with pupils.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub name: String,
    pub header: Vec<(u32, PackedRow)>,
    pub layout: Layout,
    /// Titles above the header.
    pub titles: Vec<String>,
    /// The class that the title or the sheet's name says.
    pub class: Option<String>,
}

/// A pupil's row as it stands.
#[derive(Clone, Debug)]
pub struct RawPupil {
    pub sheet: u16,
    pub row: u32,
    pub cells: PackedRow,
}

/// A list of pupils.
#[derive(Debug, Default)]
pub struct PupilFile {
    pub sheets: Vec<Sheet>,
    pub rows: Vec<RawPupil>,
    /// Rows under a header that are no pupils.
    pub left_out: usize,
}

impl PupilFile {
    pub fn sheet(&self, row: &RawPupil) -> Option<&Sheet> {
        self.sheets.get(usize::from(row.sheet))
    }

    /// What a row has in a column; empty where the list has no such column.
    pub fn cell<'a>(&'a self, row: &'a RawPupil, what: Column) -> Cell<'a> {
        let at = self.sheet(row).and_then(|s| s.layout.find(what));
        at.map_or(Cell::Empty, |at| row.cells.cell(at))
    }

    /// `Lớp 6A!C8`.
    pub fn address(&self, row: &RawPupil, what: Column) -> String {
        let at = self.sheet(row).and_then(|s| s.layout.find(what));
        let place = Place {
            sheet: row.sheet,
            row: row.row,
            column: at.and_then(|at| u16::try_from(at).ok()).unwrap_or(0),
        };
        let name = self.sheet(row).map_or("", |s| &s.name);
        format!("{name}!{}", place.cell())
    }
}

/// Reads a list.
pub fn read_pupils(path: &Path) -> Result<PupilFile, ListReject> {
    let (format, mut file) = source::open(path)?;
    let mut gather = Gather::default();
    match format {
        ListFormat::Xlsx => source::read_xlsx(file, &mut gather)?,
        ListFormat::Csv => {
            let delimiter = source::delimiter_of(&mut file, header_score)?;
            source::read_csv(file, delimiter, &mut gather)?;
        }
    }
    gather.finish()
}

/// How many things a row names as the header of a pupil list would.
fn header_score(row: &PackedRow) -> usize {
    let mut found: Vec<Column> = row
        .cells()
        .filter(|c| c.text().chars().count() <= 60)
        .filter_map(|c| classify(c.text()))
        .filter(|c| *c != Column::Other)
        .collect();
    found.sort_unstable();
    found.dedup();
    let named = found
        .iter()
        .any(|c| matches!(c, Column::FullName | Column::FirstNames));
    if named { found.len() } else { 0 }
}

#[derive(Default)]
struct Gather {
    name: String,
    above: Vec<PackedRow>,
    head: Option<Sheet>,
    seen: bool,
    file: PupilFile,
    nearest: String,
}

impl RowSink for Gather {
    fn start_sheet(&mut self, name: &str) -> Result<(), ListReject> {
        self.name = name.to_owned();
        self.above.clear();
        self.head = None;
        self.seen = false;
        Ok(())
    }

    fn row(&mut self, row: u32, cells: PackedRow) -> Result<(), ListReject> {
        if cells.is_blank() {
            return Ok(());
        }
        let Some(head) = &mut self.head else {
            if header_score(&cells) >= 3 {
                self.head = Some(self.start(row, cells)?);
            } else if self.above.len() < 60 {
                let texts: Vec<&str> = cells
                    .cells()
                    .map(|c| c.text())
                    .filter(|t| !t.is_empty())
                    .collect();
                if self.nearest.is_empty() {
                    self.nearest = texts.join("; ").chars().take(120).collect();
                }
                self.above.push(cells);
            }
            return Ok(());
        };
        if !self.seen && head.header.len() == 1 && continues(&head.header[0].1, &cells) {
            head.header.push((row, cells));
            head.layout = layout_of(&head.header, &head.name)?;
            return Ok(());
        }
        if !self.seen && crate::roster::header::numbers_columns(&cells) {
            return Ok(());
        }
        if is_pupil(&cells, &head.layout) {
            self.seen = true;
            self.file.rows.push(RawPupil {
                sheet: u16::try_from(self.file.sheets.len()).unwrap_or(u16::MAX),
                row,
                cells,
            });
        } else if header_score(&cells) < 3 {
            self.file.left_out += 1;
        }
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), ListReject> {
        if let Some(head) = self.head.take() {
            check_columns(&head)?;
            self.file.sheets.push(head);
        }
        Ok(())
    }

    fn skip_sheet(&mut self, _: &str, _: &'static str) {}
}

impl Gather {
    fn start(&self, row: u32, cells: PackedRow) -> Result<Sheet, ListReject> {
        let header = vec![(row, cells)];
        let texts: Vec<String> = self
            .above
            .iter()
            .flat_map(|r| r.cells().map(|c| c.text().to_owned()).collect::<Vec<_>>())
            .filter(|t| !t.is_empty())
            .collect();
        let class = texts
            .iter()
            .find_map(|t| class_in(t))
            .or_else(|| class_in(&self.name));
        Ok(Sheet {
            name: self.name.clone(),
            layout: layout_of(&header, &self.name)?,
            header,
            titles: texts,
            class,
        })
    }

    fn finish(self) -> Result<PupilFile, ListReject> {
        if self.file.sheets.is_empty() {
            let expected = "a row with STT, Mã học sinh, Họ và tên, Ngày sinh, Lớp ...";
            return Err(ListReject::new(
                RejectCode::NotAList,
                self.nearest,
                expected.into(),
            ));
        }
        if self.file.rows.is_empty() {
            return Err(ListReject::new(
                RejectCode::NoLines,
                "a header".into(),
                "pupils under it".into(),
            ));
        }
        Ok(self.file)
    }
}

fn check_columns(sheet: &Sheet) -> Result<(), ListReject> {
    let has = |what| sheet.layout.find(what).is_some();
    let named = has(Column::FullName) || (has(Column::FirstNames) && has(Column::GivenName));
    let missing = if !named {
        Some("Họ và tên")
    } else if !has(Column::Class) && sheet.class.is_none() {
        Some("Lớp")
    } else if !has(Column::Code) && !has(Column::Number) {
        Some("Mã học sinh / Số định danh")
    } else {
        None
    };
    let Some(title) = missing else { return Ok(()) };
    let (row, cells) = &sheet.header[0];
    let found: Vec<&str> = cells
        .cells()
        .map(|c| c.text())
        .filter(|t| !t.is_empty())
        .collect();
    Err(ListReject::new(
        RejectCode::MissingColumn,
        found.join("; "),
        format!("{title}: a column with this title"),
    )
    .at(&sheet.name, format!("A{row}")))
}

/// Titles under merged ones, and no pupil.
fn continues(first: &PackedRow, second: &PackedRow) -> bool {
    let above: Vec<Cell<'_>> = first.cells().collect();
    let mut own = 0;
    for (at, cell) in second.cells().enumerate().filter(|(_, c)| !c.is_blank()) {
        let plain = above.get(at).is_none_or(|c| c.is_blank());
        let known = classify(cell.text()).is_some();
        if !known || (plain && cell.text().bytes().any(|b| b.is_ascii_digit())) {
            return false;
        }
        own += 1;
    }
    own > 0
}

fn layout_of(header: &[(u32, PackedRow)], sheet: &str) -> Result<Layout, ListReject> {
    let empty = PackedRow::default();
    let first = header.first().map_or(&empty, |(_, r)| r);
    let second = header.get(1).map_or(&empty, |(_, r)| r);
    let (above, below): (Vec<Cell<'_>>, Vec<Cell<'_>>) =
        (first.cells().collect(), second.cells().collect());
    let mut parent = "";
    let mut layout: Vec<(usize, Column)> = Vec::new();
    for at in 0..above.len().max(below.len()) {
        let own = above.get(at).map_or("", |c| c.text());
        let child = below.get(at).map_or("", |c| c.text());
        if !own.is_empty() {
            parent = own;
        }
        let what = match (own.is_empty(), child.is_empty()) {
            (_, true) => classify(own),
            (true, false) | (false, false) => {
                classify(&format!("{parent} {child}")).or_else(|| classify(child))
            }
        };
        let Some(what) = what else { continue };
        if what != Column::Other && layout.iter().any(|(_, c)| *c == what) {
            let letters =
                crate::roster::cell::column_letters(u16::try_from(at).unwrap_or(u16::MAX));
            let row = header.first().map_or(1, |(r, _)| *r);
            return Err(ListReject::new(
                RejectCode::TwoColumns,
                if child.is_empty() { own } else { child }.to_owned(),
                "one column of each kind".into(),
            )
            .at(sheet, format!("{letters}{row}")));
        }
        layout.push((at, what));
    }
    Ok(Layout(layout))
}

fn is_pupil(cells: &PackedRow, layout: &Layout) -> bool {
    let text = |what| {
        layout
            .find(what)
            .map_or(String::new(), |at| cells.cell(at).text().to_owned())
    };
    let digits = |t: &str| t.bytes().filter(u8::is_ascii_digit).count();
    let stt = text(Column::Stt);
    let numbered = !stt.is_empty()
        && stt
            .trim_end_matches(['.', ')'])
            .bytes()
            .all(|b| b.is_ascii_digit());
    let name = text(Column::FullName) + &text(Column::FirstNames) + &text(Column::GivenName);
    let named = name.chars().any(char::is_alphabetic);
    let has = [
        digits(&text(Column::Number)) >= 6,
        digits(&text(Column::Birth)) >= 4,
        digits(&text(Column::Code)) >= 1,
    ];
    let own = has.iter().filter(|known| **known).count();
    let total = ["TONG", "CONG"]
        .iter()
        .any(|w| ascii_key(&name).starts_with(w));
    let placed = named && !total && class_in(&text(Column::Class)).is_some();
    (numbered && (named || own > 0)) || (named && own > 0) || own >= 2 || placed
}

/// `6A` of `DANH SÁCH HỌC SINH LỚP 6A`, `Lớp: 10A2`, `6A`; none where no class is named.
pub fn class_in(text: &str) -> Option<String> {
    let plain: String = ascii_key(text)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    if let Some(at) = words.iter().position(|w| *w == "LOP") {
        return words.get(at + 1).map(|w| (*w).to_owned());
    }
    match words.as_slice() {
        [one] if grade_of(one).is_some_and(|g| g > 0) => Some((*one).to_owned()),
        _ => None,
    }
}

/// The grade that a class code starts with: 6 for `6A`, 10 for `10A2`; 0 (preschool) for
/// codes that start with letters; none for other numbers.
pub fn grade_of(code: &str) -> Option<i64> {
    let digits: String = code.chars().take_while(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return code.chars().next().filter(|c| c.is_alphabetic()).map(|_| 0);
    }
    digits.parse().ok().filter(|g| (1..=12).contains(g))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a mother's phone taken for the pupil's, and a pupil's code for a personal number.
    #[test]
    fn knows_titles() {
        use Column::*;
        for (title, want) in [
            ("TT", Stt),
            ("Mã học sinh", Code),
            ("Mã định danh", Code),
            ("Số định danh cá nhân", Number),
            ("Số CCCD", Number),
            ("Họ và tên", FullName),
            ("Họ đệm", FirstNames),
            ("Tên", GivenName),
            ("Ngày, tháng, năm sinh", Birth),
            ("Lớp", Class),
            ("Họ tên mẹ", PayerName(Who::Mother)),
            ("SĐT bố", PayerPhone(Who::Father)),
            ("Số CCCD phụ huynh", PayerNumber(Who::Parent)),
            ("Người giám hộ", PayerName(Who::Guardian)),
            ("Nghề nghiệp mẹ", Other),
            ("Số điện thoại", PayerPhone(Who::Parent)),
            ("Quan hệ với học sinh", Relation),
            ("Địa chỉ", Other),
            (REASON_TITLE, Reason),
        ] {
            assert_eq!(classify(title), Some(want), "{title}");
        }
        assert_eq!(classify("DANH SÁCH HỌC SINH NĂM HỌC 2026-2027"), None);
    }

    /// Catches a class read from a title that names none, and a grade beyond 12.
    #[test]
    fn finds_class_and_grade() {
        assert_eq!(class_in("DANH SÁCH HỌC SINH LỚP 6A"), Some("6A".into()));
        assert_eq!(class_in("Lớp: 10A2"), Some("10A2".into()));
        assert_eq!(class_in("9B"), Some("9B".into()));
        assert_eq!(class_in("Sheet1"), None);
        assert_eq!(class_in("NĂM HỌC 2026-2027"), None);
        assert_eq!(
            (
                grade_of("6A"),
                grade_of("12"),
                grade_of("MG1"),
                grade_of("13A")
            ),
            (Some(6), Some(12), Some(0), None)
        );
    }
}
