//! A commune's list of people to be paid: read as people really type it, checked against
//! the population register, and what is refused given back as a file to mend.
//!
//! Pure: files and a register's answers in, values out; no store, no clock, no async. The
//! flow is `read_list` (file -> lines, or one reason why the file is no list), `check_list`
//! (lines -> categories, repairs, warnings) and `write_refused`. Nothing is dropped in
//! silence: each repair names the cell, what stood there and what it became; each refusal
//! says who and why, in Vietnamese and English.

pub mod amount;
pub mod bank_name;
pub mod cell;
pub mod check;
mod decide;
mod draft;
pub mod finding;
pub mod header;
pub mod import;
pub mod line;
pub mod read;
mod reader;
pub mod refused;
pub mod register;
pub mod reject;
mod remedy;
mod sheet;
pub(crate) mod source;
pub mod sql;
mod titles;

pub use check::{CheckSettings, check_each, check_list};
pub use finding::{Finding, FindingCode, Repair, RepairCode, Warning};
pub use line::{Category, CheckResult, CheckedLine, LineReport, Totals};
pub use read::{ListFormat, RosterFile, read_list};
pub use refused::write_refused;
pub use register::{CsvRegister, LifeStatus, RegisterFault, RegisterLookup, RegisterRecord};
pub use reject::{ListReject, RejectCode};
