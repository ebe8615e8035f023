//! The population register as the check sees it: numbers in, records out.
//!
//! The database side implements [`RegisterLookup`] over HTTP (docs/formats/register.md);
//! [`CsvRegister`] reads the same records from a file. A fault is never taken for "not
//! found". `CsvRegister` keeps the records of a million people in one string with an index
//! of both numbers, about 150 bytes a person.

use super::reject::{ListReject, RejectCode};
use crate::identity::{BirthDate, IdentityNumber, OldNumber, PersonalNumber, Sex};
use crate::words::why_unread;
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Numbers that one look-up may ask for.
pub const NUMBERS_MAX: usize = 1_000;

/// Alive or dead, as the register says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifeStatus {
    Alive,
    Deceased,
}

/// A person in the register, in the fields and forms of docs/formats/register.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRecord {
    /// The asked number that this record answers.
    pub number: IdentityNumber,
    pub identity_number: PersonalNumber,
    pub old_identity_number: Option<OldNumber>,
    pub full_name: Box<str>,
    pub birth_date: BirthDate,
    pub sex: Sex,
    pub permanent_address: Box<str>,
    pub status: LifeStatus,
    /// `yyyyMMdd` when read.
    pub deceased_on: Option<Day>,
}

/// The register did not answer, or not so that it can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterFault {
    /// For people who look after the connection; no identity number in it.
    pub detail: String,
}

/// Asks the register.
pub trait RegisterLookup {
    /// The records of those numbers that the register knows, in any order, at most
    /// [`NUMBERS_MAX`] numbers, each asked once. A number that was given to several people
    /// (old ones were) answers with all of them.
    fn lookup(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, RegisterFault>;
}

impl std::fmt::Display for RegisterFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the population register gave no answer: {}", self.detail)
    }
}

impl std::error::Error for RegisterFault {}

impl RegisterRecord {
    /// True when the record is of the number it says it answers.
    pub fn answers_its_number(&self) -> bool {
        match self.number {
            IdentityNumber::Personal(number) => number == self.identity_number,
            IdentityNumber::Old(number) => Some(number) == self.old_identity_number,
        }
    }
}

const HEADER: [&str; 8] = [
    "identity_number",
    "old_identity_number",
    "full_name",
    "birth_date",
    "sex",
    "permanent_address",
    "status",
    "deceased_on",
];

/// A register read from a CSV.
#[derive(Debug)]
pub struct CsvRegister {
    /// Fields of all records, each ended by the separator.
    text: String,
    /// Where each record begins in `text`.
    starts: Vec<usize>,
    /// Sorted: number as [`key_of`], record.
    keys: Vec<(u64, u32)>,
    /// Records that stand there once more.
    repeated: usize,
}

const SEPARATOR: char = '\u{1f}';

impl CsvRegister {
    /// Reads the file; a line that cannot be read refuses the whole of it. A number that
    /// stands with several people answers with all of them.
    pub fn open(path: &Path) -> Result<CsvRegister, ListReject> {
        let unreadable = |e| ListReject::unreadable(path, &why_unread(&e));
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(ListReject::unreadable(path, "a_folder"));
        }
        CsvRegister::read(BufReader::new(file))
    }

    /// The same from any reader.
    pub fn read(reader: impl Read) -> Result<CsvRegister, ListReject> {
        let mut rows = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(reader);
        let header = rows.headers().map_err(|e| broken_csv(&e))?;
        if header
            .iter()
            .map(|h| h.trim_start_matches('\u{feff}'))
            .ne(HEADER)
        {
            let found = header.iter().collect::<Vec<_>>().join(",");
            return Err(ListReject::new(
                RejectCode::WrongKind,
                found,
                HEADER.join(","),
            ));
        }
        let mut register = CsvRegister {
            text: String::new(),
            starts: Vec::new(),
            keys: Vec::new(),
            repeated: 0,
        };
        let mut lines = Vec::new();
        let mut row = csv::StringRecord::new();
        while rows.read_record(&mut row).map_err(|e| broken_csv(&e))? {
            let line = row.position().map_or(0, csv::Position::line);
            register.add(&row).map_err(|what| broken(line, what))?;
            lines.push(line);
        }
        register.keys.sort_unstable();
        register.once_each(&lines)?;
        register.text.shrink_to_fit();
        Ok(register)
    }

    /// Number of people's records.
    pub fn len(&self) -> usize {
        self.starts.len() - self.repeated
    }

    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Refuses a personal number that stands with two different records; the same record
    /// twice is one. An old number may have been given to several people.
    fn once_each(&mut self, lines: &[u64]) -> Result<(), ListReject> {
        let mut same: Vec<u32> = Vec::new();
        for pair in self.keys.windows(2) {
            let [(key, first), (next, second)] = pair else {
                continue;
            };
            if key != next || !key.is_multiple_of(2) {
                continue;
            }
            if self.fields(*first) != self.fields(*second) {
                let line = |at: u32| usize::try_from(at).ok().and_then(|at| lines.get(at));
                let (first, second) = (line(*first), line(*second));
                let (first, second) = (first.unwrap_or(&0), second.unwrap_or(&0));
                return Err(ListReject::new(
                    RejectCode::Contradiction,
                    format!("line {first}, line {second}"),
                    "one record for a number".into(),
                )
                .at("CSV", second.to_string()));
            }
            same.push(*second);
        }
        if !same.is_empty() {
            same.sort_unstable();
            self.repeated = same.len();
            self.keys.retain(|(_, at)| same.binary_search(at).is_err());
        }
        Ok(())
    }

    /// All fields of a record.
    fn fields(&self, at: u32) -> Option<&str> {
        let at = usize::try_from(at).ok()?;
        let end = self.starts.get(at + 1).copied().unwrap_or(self.text.len());
        self.text.get(*self.starts.get(at)?..end)
    }

    fn add(&mut self, row: &csv::StringRecord) -> Result<(), &'static str> {
        let at = u32::try_from(self.starts.len()).map_err(|_| "too many people")?;
        let start = self.text.len();
        for field in row {
            self.text.extend(field.chars().filter(|c| *c != SEPARATOR));
            self.text.push(SEPARATOR);
        }
        self.starts.push(start);
        let record = self.record(at, None).ok_or("a field that cannot be read")?;
        self.keys
            .push((key_of(record.identity_number.as_str()), at));
        if let Some(old) = record.old_identity_number {
            self.keys.push((key_of(old.as_str()), at));
        }
        Ok(())
    }

    fn record(&self, at: u32, asked: Option<IdentityNumber>) -> Option<RegisterRecord> {
        let start = *self.starts.get(usize::try_from(at).ok()?)?;
        let mut fields = self.text.get(start..)?.split(SEPARATOR);
        let mut field = || fields.next();
        let identity_number = PersonalNumber::parse(field()?).ok()?;
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let old = match optional(field()?) {
            Some(old) => Some(OldNumber::parse(&old).ok()?),
            None => None,
        };
        Some(RegisterRecord {
            number: asked.unwrap_or(IdentityNumber::Personal(identity_number)),
            identity_number,
            old_identity_number: old,
            full_name: field()?.into(),
            birth_date: BirthDate::parse(field()?).ok()?,
            sex: match field()? {
                "M" => Sex::Male,
                "F" => Sex::Female,
                _ => return None,
            },
            permanent_address: field()?.into(),
            status: match field()? {
                "alive" => LifeStatus::Alive,
                "deceased" => LifeStatus::Deceased,
                _ => return None,
            },
            deceased_on: match optional(field()?) {
                Some(day) => Some(Day::parse(&day).ok()?),
                None => None,
            },
        })
    }
}

impl RegisterLookup for CsvRegister {
    fn lookup(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, RegisterFault> {
        let mut found = Vec::with_capacity(numbers.len());
        for number in numbers {
            let Ok(asked) = IdentityNumber::parse(number) else {
                continue;
            };
            let key = key_of(number);
            let from = self.keys.partition_point(|entry| entry.0 < key);
            let same = self
                .keys
                .iter()
                .skip(from)
                .take_while(|entry| entry.0 == key);
            found.extend(same.filter_map(|entry| self.record(entry.1, Some(asked))));
        }
        Ok(found)
    }
}

/// Nine and twelve digits never share a key.
pub(super) fn key_of(number: &str) -> u64 {
    let digits = number
        .bytes()
        .fold(0_u64, |n, b| n * 10 + u64::from(b.wrapping_sub(b'0') % 10));
    let length = if number.len() == 9 { 1 } else { 0 };
    digits * 2 + length
}

fn broken_csv(error: &csv::Error) -> ListReject {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Io(e) => broken(line, &why_unread(e)),
        csv::ErrorKind::Utf8 { .. } => ListReject::new(
            RejectCode::BadEncoding,
            "bytes that are not UTF-8".into(),
            "a population register as CSV, UTF-8".into(),
        )
        .at("CSV", line.to_string()),
        _ => broken(line, "broken_csv"),
    }
}

fn broken(line: u64, what: &str) -> ListReject {
    let found = format!("line {line}: {what}");
    ListReject::new(
        RejectCode::BrokenFile,
        found,
        "a population register as CSV, UTF-8".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "identity_number,old_identity_number,full_name,birth_date,sex,permanent_address,status,deceased_on\n";

    fn register(rows: &str) -> Result<CsvRegister, ListReject> {
        CsvRegister::read(format!("{HEAD}{rows}").as_bytes())
    }

    /// Catches a person who is not found by one of the two numbers, or a wrong record.
    #[test]
    fn finds_by_both_numbers() {
        let rows = "035176028361,164372905,Tạ Diệu Yến,19760612,F,\"Xã Trung Lương, Bình Lục, Hà Nam\",alive,\n\
                    035085000001,,Lê Văn Mẫu,1985,M,Xã A,deceased,20260411\n";
        let register = register(rows).unwrap();
        let ask = |numbers: &[&str]| {
            let numbers: Vec<String> = numbers.iter().map(|n| (*n).to_owned()).collect();
            register.lookup(&numbers).unwrap()
        };
        let found = ask(&["164372905", "035176028361", "000000000000", "035085000001"]);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(RegisterRecord::answers_its_number));
        assert_eq!(found[0].identity_number, found[1].identity_number);
        assert_eq!(
            &*found[0].permanent_address,
            "Xã Trung Lương, Bình Lục, Hà Nam"
        );
        assert_eq!(found[2].status, LifeStatus::Deceased);
        assert_eq!(found[2].deceased_on.unwrap().to_string(), "2026-04-11");
        assert_eq!(register.len(), 2);
    }

    /// Catches a broken register that is taken for a smaller one.
    #[test]
    fn refuses_a_broken_register() {
        for rows in [
            "35176028361,,A,1976,F,Xã A,alive,\n".to_owned(),
            "035176028361,,A,1976,X,Xã A,alive,\n".to_owned(),
            "035176028361,,A,19760231,F,Xã A,alive,\n".to_owned(),
            "035176028361,,A,1976,F,Xã A,gone,\n".to_owned(),
            "035176028361,,A,1976\n".to_owned(),
        ] {
            assert_eq!(
                register(&rows).unwrap_err().code,
                RejectCode::BrokenFile,
                "{rows}"
            );
        }
        let other = CsvRegister::read("a,b\n1,2\n".as_bytes());
        assert_eq!(other.unwrap_err().code, RejectCode::WrongKind);
    }

    /// Catches a record of the HTTP form that is no longer read.
    #[test]
    fn reads_the_answer_over_http() {
        let json = r#"{"number":"164372905","identity_number":"035176028361","old_identity_number":"164372905","full_name":"Tạ Diệu Yến","birth_date":"19760612","sex":"F","permanent_address":"Xã Trung Lương, Bình Lục, Hà Nam","status":"alive","deceased_on":null,"extra":1}"#;
        let record: RegisterRecord = serde_json::from_str(json).unwrap();
        assert!(record.answers_its_number());
        assert_eq!(record.birth_date.to_string(), "12/06/1976");
    }
}
