//! What a row of a pupil list says, or why it cannot be taken. Pure.
//!
//! A pupil is known by the personal number or by the school's code. A code of twelve
//! digits is refused: it would be taken for a personal number (domain: provisional codes
//! are never written as one). Each problem names the cell and what to do.

use super::pupil_list::{Column, PupilFile, RawPupil, Who, class_in, grade_of};
use crate::error::Lang;
use crate::identity::{BirthDate, IdentityNumber, name_key};
use crate::roster::cell::Cell;
use std::collections::{BTreeMap, HashMap};

/// A payer as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPayer {
    pub full_name: String,
    pub relation: String,
    pub number: Option<String>,
    pub phone: Option<String>,
}

/// A pupil as listed, in what the database needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPupil {
    /// The school's code; empty where only the personal number is known.
    pub code: String,
    pub number: Option<String>,
    pub full_name: String,
    /// `yyyyMMdd`, `yyyyMM`, `yyyy` or empty.
    pub birth: String,
    pub class: String,
    pub payers: Vec<ListedPayer>,
    /// Index in the file's rows.
    pub row: usize,
}

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PupilProblem {
    pub row: usize,
    pub code: ProblemCode,
    pub column: Column,
    pub found: String,
    pub expected: String,
}

/// Closed, with stable codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    CellError,
    NameMissing,
    PupilUnknown,
    CodeIsANumber,
    NumberBadForm,
    BirthUnreadable,
    ClassMissing,
    ClassUnknown,
    PupilTwice,
    PayerNameMissing,
    PayerNumberBadForm,
    PhoneBadForm,
}

impl ProblemCode {
    /// Code, Vietnamese, English; `{found}` and `{expected}` are filled in.
    fn texts(self) -> (&'static str, &'static str, &'static str) {
        use ProblemCode::*;
        match self {
            CellError => (
                "CELL_ERROR",
                "ô có lỗi công thức “{found}”: nhập lại giá trị",
                "the cell holds the error “{found}”: type the value",
            ),
            NameMissing => ("NAME_MISSING", "chưa ghi họ và tên", "no name"),
            PupilUnknown => (
                "PUPIL_WITHOUT_CODE",
                "chưa có mã học sinh và chưa có số định danh: ghi ít nhất một",
                "neither a pupil code nor a personal number: give one",
            ),
            CodeIsANumber => (
                "CODE_IS_A_NUMBER",
                "mã học sinh “{found}” có 12 chữ số như số định danh: ghi ở cột Số định danh, hoặc dùng mã khác",
                "pupil code “{found}” has 12 digits like a personal number: put it in the number's column, or use another code",
            ),
            NumberBadForm => (
                "NUMBER_BAD_FORM",
                "số định danh “{found}” không đủ 12 chữ số",
                "personal number “{found}” is not 12 digits",
            ),
            BirthUnreadable => (
                "BIRTH_UNREADABLE",
                "không đọc được ngày sinh “{found}” (cần ngày/tháng/năm)",
                "birth date “{found}” cannot be read (day/month/year)",
            ),
            ClassMissing => ("CLASS_MISSING", "chưa ghi lớp", "no class"),
            ClassUnknown => (
                "CLASS_UNKNOWN",
                "không có lớp “{found}” trong năm học; các lớp: {expected}",
                "there is no class “{found}” in the year; classes: {expected}",
            ),
            PupilTwice => (
                "PUPIL_TWICE",
                "học sinh này đã có ở {expected}: bỏ một dòng",
                "this pupil stands at {expected} already: take one row out",
            ),
            PayerNameMissing => (
                "PAYER_NAME_MISSING",
                "có số “{found}” mà chưa ghi tên người nộp",
                "“{found}” without the payer's name",
            ),
            PayerNumberBadForm => (
                "PAYER_NUMBER_BAD_FORM",
                "số CCCD người nộp “{found}” không đúng dạng",
                "payer's number “{found}” is not well formed",
            ),
            PhoneBadForm => (
                "PHONE_BAD_FORM",
                "số điện thoại “{found}” không đúng dạng",
                "phone number “{found}” is not well formed",
            ),
        }
    }

    pub fn code(self) -> &'static str {
        self.texts().0
    }
}

impl PupilProblem {
    /// The sentence, without the cell.
    pub fn text(&self, lang: Lang) -> String {
        let (_, vi, en) = self.code.texts();
        lang.pick(vi, en)
            .replace("{expected}", &self.expected)
            .replace("{found}", &self.found)
    }
}

/// The list after the check.
#[derive(Debug, Default)]
pub struct CheckedPupils {
    pub pupils: Vec<ListedPupil>,
    /// In the order of the rows.
    pub problems: Vec<PupilProblem>,
}

/// Checks all rows. `classes`: the classes of the year, where they were set up.
pub fn check_pupils(file: &PupilFile, classes: &[String]) -> CheckedPupils {
    let mut out = CheckedPupils::default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (at, raw) in file.rows.iter().enumerate() {
        let mut row = RowCheck {
            file,
            raw,
            at,
            problems: Vec::new(),
        };
        let pupil = row.pupil(classes);
        for (key, column) in keys_of(&pupil) {
            if let Some(before) = seen.get(&key) {
                let place = file.address(&file.rows[*before], column);
                row.problem(ProblemCode::PupilTwice, column, &pupil.full_name, &place);
                break;
            }
            seen.insert(key, at);
        }
        if row.problems.is_empty() {
            out.pupils.push(pupil);
        }
        out.problems.append(&mut row.problems);
    }
    out
}

/// What a pupil is known by, and the column that says it.
fn keys_of(p: &ListedPupil) -> Vec<(String, Column)> {
    let number = p.number.iter();
    let number = number.map(|n| (format!("number {n}"), Column::Number));
    let code = (!p.code.is_empty()).then(|| (format!("code {}", p.code), Column::Code));
    number.chain(code).collect()
}

struct RowCheck<'a> {
    file: &'a PupilFile,
    raw: &'a RawPupil,
    at: usize,
    problems: Vec<PupilProblem>,
}

impl<'a> RowCheck<'a> {
    fn problem(&mut self, code: ProblemCode, column: Column, found: &str, expected: &str) {
        self.problems.push(PupilProblem {
            row: self.at,
            code,
            column,
            found: found.to_owned(),
            expected: expected.to_owned(),
        });
    }

    fn cell(&mut self, what: Column) -> Cell<'a> {
        let cell = self.file.cell(self.raw, what);
        if let Cell::Fault(text) = cell {
            self.problem(ProblemCode::CellError, what, text, "");
            return Cell::Empty;
        }
        cell
    }

    fn pupil(&mut self, classes: &[String]) -> ListedPupil {
        let full_name = self.name();
        let number = self.number(Column::Number, ProblemCode::NumberBadForm);
        let code = self.code();
        if code.is_empty() && number.is_none() && self.problems.is_empty() {
            self.problem(ProblemCode::PupilUnknown, Column::Code, "", "");
        }
        ListedPupil {
            birth: self.birth(),
            class: self.class(classes),
            payers: self.payers(),
            code,
            number,
            full_name,
            row: self.at,
        }
    }

    fn name(&mut self) -> String {
        let mut parts = vec![self.cell(Column::FullName).text()];
        if parts[0].is_empty() {
            parts = vec![
                self.cell(Column::FirstNames).text(),
                self.cell(Column::GivenName).text(),
            ];
        }
        let name = parts.join(" ");
        let name: Vec<&str> = name.split_whitespace().collect();
        let name = name.join(" ");
        if !name.chars().any(char::is_alphabetic) {
            self.problem(ProblemCode::NameMissing, Column::FullName, "", "");
        }
        name
    }

    fn code(&mut self) -> String {
        let cell = self.cell(Column::Code);
        let text: String = cell.text().split_whitespace().collect();
        let text = text.trim_end_matches(".0").to_uppercase();
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            self.problem(ProblemCode::CodeIsANumber, Column::Code, &text, "");
        }
        text
    }

    fn number(&mut self, what: Column, code: ProblemCode) -> Option<String> {
        let cell = self.cell(what);
        if cell.is_blank() {
            return None;
        }
        match IdentityNumber::read(cell.text(), cell.may_have_lost_zeros()) {
            Ok(read) if read.number.as_str().len() == 12 => Some(read.number.as_str().to_owned()),
            Ok(read) if code == ProblemCode::PayerNumberBadForm => {
                Some(read.number.as_str().to_owned())
            }
            _ => {
                self.problem(code, what, cell.text(), "");
                None
            }
        }
    }

    fn birth(&mut self) -> String {
        let cell = self.cell(Column::Birth);
        if cell.is_blank() {
            return String::new();
        }
        match BirthDate::read(cell.text(), None) {
            Ok(birth) => String::from(birth),
            Err(_) => {
                self.problem(ProblemCode::BirthUnreadable, Column::Birth, cell.text(), "");
                String::new()
            }
        }
    }

    fn class(&mut self, classes: &[String]) -> String {
        let cell = self.cell(Column::Class).text();
        let hint = self.file.sheet(self.raw).and_then(|s| s.class.clone());
        let typed = match cell {
            "" => hint.unwrap_or_default(),
            text => class_in(text).unwrap_or_else(|| text.to_owned()),
        };
        let code: String = typed.split_whitespace().collect::<String>().to_uppercase();
        if code.is_empty() {
            self.problem(ProblemCode::ClassMissing, Column::Class, "", "");
        } else if !classes.is_empty() {
            let known = classes.iter().find(|c| name_key(c) == name_key(&code));
            match known {
                Some(known) => return known.clone(),
                None => {
                    let some: Vec<&str> = classes.iter().take(20).map(String::as_str).collect();
                    self.problem(
                        ProblemCode::ClassUnknown,
                        Column::Class,
                        &typed,
                        &some.join(", "),
                    );
                }
            }
        } else if grade_of(&code).is_none() {
            self.problem(ProblemCode::ClassUnknown, Column::Class, &typed, "1A-12A");
        }
        code
    }

    fn payers(&mut self) -> Vec<ListedPayer> {
        let said = self.cell(Column::Relation).text();
        let mut out: Vec<ListedPayer> = Vec::new();
        for who in Who::ALL {
            let name = self.cell(Column::PayerName(who)).text();
            let number = self.number(Column::PayerNumber(who), ProblemCode::PayerNumberBadForm);
            let phone = self.phone(who);
            if name.is_empty() {
                if let Some(found) = number
                    .as_ref()
                    .map(|n| format!("…{}", &n[n.len() - 3..]))
                    .or(phone)
                {
                    self.problem(
                        ProblemCode::PayerNameMissing,
                        Column::PayerName(who),
                        &found,
                        "",
                    );
                }
                continue;
            }
            let relation = match who {
                Who::Parent => relation_of(said),
                who => who.relation().to_owned(),
            };
            out.push(ListedPayer {
                full_name: name.split_whitespace().collect::<Vec<_>>().join(" "),
                relation,
                number,
                phone,
            });
        }
        out
    }

    fn phone(&mut self, who: Who) -> Option<String> {
        let cell = self.cell(Column::PayerPhone(who));
        if cell.is_blank() {
            return None;
        }
        match phone_of(cell.text()) {
            Some(phone) => Some(phone),
            None => {
                self.problem(
                    ProblemCode::PhoneBadForm,
                    Column::PayerPhone(who),
                    cell.text(),
                    "",
                );
                None
            }
        }
    }
}

/// The relation as stored, from what lists write.
fn relation_of(text: &str) -> String {
    let key = crate::identity::ascii_key(text);
    let found = [
        ("ME", "mother"),
        ("CHA", "father"),
        ("BO", "father"),
        ("BA", "grandparent"),
        ("ONG", "grandparent"),
        ("GIAM HO", "guardian"),
    ];
    found
        .iter()
        .find(|(word, _)| format!(" {key} ").contains(&format!(" {word} ")))
        .map_or("parent", |(_, name)| name)
        .to_owned()
}

/// A Vietnamese phone number as ten digits (eleven for land lines) from what people type:
/// `+84 912 345 678`, `912345678` (a number cell that lost its zero), `0912.345.678`.
pub fn phone_of(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(".0");
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.strip_prefix("84") {
        Some(rest) if digits.len() >= 11 => format!("0{rest}"),
        _ if digits.len() == 9 => format!("0{digits}"),
        _ => digits,
    };
    (digits.starts_with('0') && matches!(digits.len(), 10 | 11)).then_some(digits)
}

/// Problems by code, for the answer.
pub fn by_code(problems: &[PupilProblem]) -> BTreeMap<&'static str, usize> {
    let mut out = BTreeMap::new();
    for p in problems {
        *out.entry(p.code.code()).or_insert(0) += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a phone number that lost its zero, and one with a letter taken for a number.
    #[test]
    fn reads_phones() {
        for (text, want) in [
            ("0912.345.678", Some("0912345678")),
            ("+84 912 345 678", Some("0912345678")),
            ("912345678", Some("0912345678")),
            ("912345678.0", Some("0912345678")),
            ("02438251234", Some("02438251234")),
            ("O912345678", None),
            ("12345", None),
        ] {
            assert_eq!(phone_of(text).as_deref(), want, "{text}");
        }
    }
}
