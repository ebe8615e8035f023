//! Pure code without input or output of its own: money, days, references, bank
//! file formats in and out, and the matching of statement lines to expected payments.
//!
//! Invariants: no clock, no database, no async runtime. Readers take any
//! [`std::io::BufRead`], writers any [`std::io::Write`]; memory does not grow with
//! the size of a file. A reader never panics on input: what it cannot trust comes
//! back as an error that names the place, what stands there, and what was expected.

mod ascii;
mod camt053;
mod day;
mod error;
mod matching;
mod money;
mod native;
mod notice;
mod pain001;
mod pay_code;
mod reader;
mod reference;
mod repeats;
mod signature;
mod statement;
mod sums;
mod verify;
mod vietqr;
mod words;
mod write_error;

pub use ascii::{ascii_name, ascii_text};
pub use day::{Day, DayError};
pub use error::{ReadError, ReadErrorKind};
pub use matching::{Expected, OpenPayments, OpenPaymentsError, Verdict};
pub use money::{Dong, MoneyError};
pub use native::NativeWriter;
pub use notice::{
    CounterAccount, DRIFT_MAX_S, Delivery, Ignored, Notice, NoticeError, NoticeErrorKind,
    NoticeScheme, Reading, read_notice, sign_notice, verify_notice,
};
pub use pain001::{CreditTransfer, GroupHeader, Pain001Writer, PaymentInfo};
pub use pay_code::{FoundCodes, PayCode, PayCodeError, Suggestion, find_codes};
pub use reader::{StatementReader, for_each_line};
pub use reference::{Reference, ReferenceError, find_reference};
pub use signature::{Keys, sign_detached, verify_detached};
pub use statement::{
    Currency, Direction, RawLine, ReadWarning, StatementFormat, StatementHeader, StatementLine,
    StatementRole, StatementSummary, StatementTotals, WARNINGS_MAX,
};
pub use verify::verify_statement;
pub use vietqr::{Extra, Payee, VietQr, VietQrError, VietQrErrorKind, qr_content, qr_name};
pub use words::dong_in_words;
pub use write_error::WriteError;
