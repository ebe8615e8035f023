//! What can go wrong, in two halves.
//!
//! A [`Reject`] is an answer: a flat, closed list with a stable code, the data that a
//! person needs to act, and a sentence in Vietnamese and in English. It is part of the
//! API and listed in `docs/errors.md`. A [`Fault`] is not an answer: the store, the
//! file system or stored data failed; details go to the log, and one
//! [`Fault::is_transient`] is the only rule for trying again.

use ansinh_settlement::Dong;
use serde_json::{Value, json};
use std::fmt;

/// The language of messages; JSON is never translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    #[default]
    Vi,
    En,
}

impl Lang {
    /// The text in this language.
    pub fn pick<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

macro_rules! rejects {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),* } $code:literal, $vi:literal, $en:literal;)*) => {
        /// Why a command is refused; nothing was changed.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Reject {
            $($(#[$doc])* $name { $($field: $ty),* },)*
        }

        impl Reject {
            /// The stable code that scripts and `docs/errors.md` use.
            pub fn code(&self) -> &'static str {
                match self { $(Reject::$name { .. } => $code,)* }
            }

            /// Every code, for the page of errors and its test.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The sentence for a person, with place and remedy.
            #[allow(unused_variables)]
            pub fn message(&self, lang: Lang) -> String {
                match self {
                    $(Reject::$name { $($field),* } => match lang {
                        Lang::Vi => format!($vi),
                        Lang::En => format!($en),
                    },)*
                }
            }

            /// The same facts as data.
            pub fn data(&self) -> Value {
                match self {
                    $(Reject::$name { $($field),* } => json!({ $(stringify!($field): $field),* }),)*
                }
            }
        }
    };
}

rejects! {
    /// The input itself is malformed; `place` says where.
    BadInput { what: String, place: String, found: String, expected: String }
        "bad_input", "{what}, tại {place}: gặp \"{found}\", cần {expected}", "{what} at {place}: found \"{found}\", expected {expected}";
    NotFound { what: String, id: String }
        "not_found", "Không tìm thấy {what} \"{id}\"", "No {what} \"{id}\"";
    NotSetUp { what: String }
        "not_set_up", "Chưa thiết lập: {what}. Hãy chạy `ansinh setup FILE` trước", "Not set up: {what}. Run `ansinh setup FILE` first";
    NotMigrated { found: i64, expected: i64 }
        "not_migrated", "Cơ sở dữ liệu ở bản {found}, cần bản {expected}: hãy chạy `ansinh migrate`", "The database is at version {found}, needed is {expected}: run `ansinh migrate`";
    NewerDatabase { found: i64, expected: i64 }
        "newer_database", "Cơ sở dữ liệu (bản {found}) mới hơn chương trình (bản {expected}): hãy dùng chương trình mới hơn", "The database (version {found}) is newer than this program (version {expected}): use the newer program";
    NotEmpty { what: String }
        "not_empty", "{what} đã có dữ liệu; hãy chọn nơi trống", "{what} already holds data; choose an empty one";
    UserUnknown { user: String }
        "user_unknown", "Không có cán bộ \"{user}\"; dùng --as với một mã trong tệp thiết lập", "No user \"{user}\"; give --as a code from the set-up file";
    RoleMissing { user: String, book: String, needed: String }
        "role_missing", "Cán bộ \"{user}\" không có vai trò {needed} ở đơn vị \"{book}\"", "User \"{user}\" has no role {needed} in book \"{book}\"";
    SamePerson { user: String, act: String }
        "same_person", "\"{user}\" đã lập việc này nên không được {act}; cần người khác", "\"{user}\" made this and may not {act} it; another person must";
    KeyReused { command: String, key: String }
        "key_reused", "Khóa \"{key}\" của lệnh {command} đã dùng cho nội dung khác", "Key \"{key}\" of {command} was used with other content";
    StateWrong { what: String, id: String, state: String, needed: String }
        "state_wrong", "{what} {id} đang ở trạng thái {state}, cần {needed}", "{what} {id} is {state}, needed is {needed}";
    AmountInvalid { amount: i64 }
        "amount_invalid", "Số tiền {amount} không hợp lệ: phải từ 1 đến 10^15 đồng", "Amount {amount} is not valid: from 1 to 10^15 dong";
    SumTooLarge { account: String }
        "sum_too_large", "Tổng của tài khoản {account} vượt 10^18 đồng", "The sum on account {account} passes 10^18 dong";
    AccountUnknown { account: String }
        "account_unknown", "Không có tài khoản kế toán \"{account}\"", "No ledger account \"{account}\"";
    AccountDiffers { account: String }
        "account_differs", "Tài khoản \"{account}\" đã mở với loại khác", "Account \"{account}\" is open with another kind";
    SameAccount { account: String }
        "same_account", "Bên nợ và bên có cùng là tài khoản {account}", "Debit and credit are the same account {account}";
    Overdrawn { account: String, available: Dong, needed: Dong }
        "overdrawn", "Tài khoản {account} chỉ còn {available} đồng, cần {needed} đồng", "Account {account} has {available} dong, needed are {needed} dong";
    ClientIdReused { client_id: String }
        "client_id_reused", "Mã giao dịch {client_id} đã ghi với nội dung khác", "Client id {client_id} was posted with other content";
    LinkedFailed { index: usize }
        "linked_failed", "Không ghi vì dòng {index} cùng nhóm bị từ chối", "Not posted: transfer {index} of the same group was refused";
    AlreadyReversed { seq: i64 }
        "already_reversed", "Bút toán {seq} đã được đảo", "Transfer {seq} is reversed already";
    DayClosed { day: String }
        "day_closed", "Ngày {day} đã khóa sổ", "Day {day} is closed";
    FundShort { fund: String, available: Dong, needed: Dong }
        "fund_short", "Nguồn kinh phí {fund} còn {available} đồng, đợt chi cần {needed} đồng: hãy nhận thêm kinh phí (budget receive)", "Fund {fund} has {available} dong, the batch needs {needed} dong: receive more budget (budget receive)";
    BankShort { account: String, available: Dong, needed: Dong }
        "bank_short", "Tài khoản ngân hàng {account} còn {available} đồng chưa dùng, đợt chi cần {needed} đồng: hãy nhập sao kê có tiền về", "Bank account {account} has {available} dong free, the batch needs {needed} dong: import the statement that brings the money";
    BatchChanged { batch: String, signed: String, now: String }
        "batch_changed", "Đợt chi {batch} đã bị sửa sau khi trình ký (vân tay {signed}, nay là {now}): từ chối đợt này và lập lại", "Batch {batch} was changed after it was submitted (digest {signed}, now {now}): reject it and prepare it again";
    ApprovalMissing { batch: String, needed: usize, found: usize }
        "approval_missing", "Đợt chi {batch} cần {needed} chữ ký duyệt cho đúng các dòng hiện có, chỉ có {found} chữ ký đúng: tìm ai đã sửa dữ liệu và lập lại", "Batch {batch} needs {needed} signatures over exactly these lines, {found} are right: find out who changed the data and prepare it again";
    WouldOverpay { batch: String, instruction: String }
        "would_overpay", "Đợt chi {batch}, dòng {instruction}: người này sẽ nhận quá mức được hưởng. Không gửi; hãy từ chối đợt chi lại này", "Batch {batch}, line {instruction}: more than the entitlement would reach the payee. Nothing is sent; reject this follow-up";
    BatchEmpty { period: String }
        "batch_empty", "Kỳ {period} không có ai để chi", "Nobody to pay in period {period}";
    BatchTooLarge { lines: i64, limit: i64 }
        "batch_too_large", "Đợt chi {lines} dòng vượt giới hạn {limit}", "A batch of {lines} lines passes the limit of {limit}";
    PeriodInvalid { period: String }
        "period_invalid", "Kỳ \"{period}\" không hợp lệ, cần dạng 2026-06", "Period \"{period}\" is not valid, form 2026-06";
    RateMissing { category: String, period: String }
        "rate_missing", "Không có mức cho nhóm {category} ở kỳ {period}", "No rate for category {category} in period {period}";
    PeriodPast { period: String, latest: String }
        "period_past", "Kỳ {period} đã qua: danh sách của kỳ {latest} đã được nhập. Người sót của kỳ cũ là truy lĩnh, không nhập lại danh sách cũ", "Period {period} is past: a list of period {latest} was imported. People missed then are arrears; an old list is not imported again";
    GuardHeld { command: String }
        "guard_held", "Lệnh {command} bị cơ sở dữ liệu chặn: một tài khoản sẽ bị âm hoặc vượt 10^18 đồng. Không có gì được ghi; hãy chạy ledger verify", "The database stopped {command}: an account would fall below zero or pass 10^18 dong. Nothing was posted; run ledger verify";
    ListRefused { code: String, place: String, found: String, expected: String }
        "list_refused", "Không đọc được danh sách ({code}), tại {place}: gặp \"{found}\", cần {expected}", "The list cannot be read ({code}), at {place}: found \"{found}\", expected {expected}";
    PeriodDiffers { listed: String, asked: String }
        "period_differs", "Danh sách ghi kỳ {listed}, lệnh yêu cầu kỳ {asked}", "The list says period {listed}, asked was {asked}";
    FileQuarantined { code: String, line: u64, column: u64, found: String, expected: String }
        "file_quarantined", "Tệp sao kê bị cách ly ({code}), dòng {line} cột {column}: gặp \"{found}\", cần {expected}. Chưa ghi gì vào sổ; hãy xin ngân hàng gửi lại", "The statement is quarantined ({code}), line {line} column {column}: found \"{found}\", expected {expected}. Nothing was applied; ask the bank to send it again";
    StatementConflict { number: u32, day: String }
        "statement_conflict", "Sao kê số {number} ngày {day} đã nhập với nội dung khác: hai người phải xử lý", "Statement {number} of {day} was imported with other bytes: two people must settle it";
    StatementGap { expected: u32, found: u32 }
        "statement_gap", "Thiếu sao kê: chờ số {expected}, tệp này là số {found}. Hãy nhập tệp còn thiếu trước", "A statement is missing: expected number {expected}, this file is number {found}. Import the missing one first";
    ChainBroken { expected: Dong, found: Dong }
        "chain_broken", "Số dư đầu {found} khác số dư cuối kỳ trước {expected}", "Opening balance {found} differs from the closing before, {expected}";
    OurAccountUnknown { bank: String, account: String }
        "our_account_unknown", "Tài khoản {account} tại ngân hàng {bank} không phải của đơn vị nào đã thiết lập", "Account {account} at bank {bank} belongs to no book that is set up";
    DayNotReady { day: String, reason: String }
        "day_not_ready", "Chưa khóa được ngày {day}: {reason}", "Day {day} cannot be closed: {reason}";
    ProofFailed { what: String, expected: Dong, found: Dong }
        "proof_failed", "Chứng minh không đúng ở {what}: cần {expected}, có {found}", "The proof fails at {what}: expected {expected}, found {found}";
    LedgerBroken { book: String, place: String, what: String }
        "ledger_broken", "Sổ {book} sai tại {place}: {what}", "Ledger {book} is wrong at {place}: {what}";
    ResolutionUnfit { kind: String, action: String }
        "resolution_unfit", "Cách xử lý {action} không hợp với sai lệch loại {kind}", "Resolution {action} does not fit a break of kind {kind}";
    FileExists { path: String }
        "file_exists", "Tệp {path} đã có với nội dung khác; không ghi đè", "File {path} exists with other content; it is not overwritten";
    FileUnreadable { path: String, why: String }
        "file_unreadable", "Không đọc được tệp {path}: {why}", "Cannot read file {path}: {why}";
    RegisterDown { url: String, why: String }
        "register_down", "Cơ sở dữ liệu dân cư {url} không trả lời đúng: {why}. Hãy thử lại sau", "The register {url} does not answer: {why}. Try again later";
    PriceAboveCeiling { fee: String, price: Dong, ceiling: Dong, ground: String }
        "price_above_ceiling", "Mức thu {price} đồng của khoản {fee} vượt mức trần {ceiling} đồng ({ground}): hãy sửa mức thu", "The price of {price} dong for {fee} passes the ceiling of {ceiling} dong ({ground}): correct the price";
    NothingToBill { period: String, problems: i64 }
        "nothing_to_bill", "Kỳ {period} không có khoản nào để lập phiếu thu (học sinh có vướng mắc: {problems})", "Nothing to bill in period {period} (pupils with a problem: {problems})";
    PupilsRefused { rows: i64, place: String, reason: String }
        "pupils_refused", "Danh sách có {rows} dòng sai nên chưa nhập gì; dòng đầu tiên ở {place}: {reason}. Sửa trong tệp trả lại rồi nộp lại", "The list has {rows} wrong rows, nothing was taken over; the first at {place}: {reason}. Mend the returned file and hand it in again";
    KeysMissing { path: String }
        "keys_missing", "Không thấy tệp khóa {path}; dùng --keys hoặc khôi phục từ bản lưu", "Key ring {path} is missing; give --keys or restore it";
    KeysWrong { path: String }
        "keys_wrong", "Tệp khóa {path} không phải của cơ sở dữ liệu này", "Key ring {path} does not belong to this database";
}

/// Something beneath failed; not an answer.
#[derive(Debug)]
pub enum Fault {
    Store(sqlx::Error),
    Io {
        path: String,
        source: std::io::Error,
    },
    /// Stored data is not what the program wrote.
    Corrupt(String),
    /// The commit was sent and the answer was lost.
    Gateway(String),
}

impl Fault {
    /// True where the same command may succeed when run again from its start:
    /// the store was busy, a deadlock or serialization conflict was broken.
    pub fn is_transient(&self) -> bool {
        let Fault::Store(error) = self else {
            return false;
        };
        match error {
            sqlx::Error::Database(e) => {
                matches!(
                    e.code().as_deref(),
                    Some("40001" | "40P01" | "55P03" | "5" | "6" | "517" | "261")
                )
            }
            sqlx::Error::PoolTimedOut => true,
            _ => false,
        }
    }
}

impl Fault {
    /// True where the database itself held a rule on a row (a guard, a limit).
    pub fn is_guard(&self) -> bool {
        matches!(self, Fault::Store(sqlx::Error::Database(e)) if e.is_check_violation())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Store(e) => write!(f, "store: {e}"),
            Fault::Io { path, source } => write!(f, "{path}: {source}"),
            Fault::Corrupt(what) => write!(f, "stored data is corrupt: {what}"),
            Fault::Gateway(what) => write!(f, "gateway: {what}"),
        }
    }
}

impl std::error::Error for Fault {}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Fault {
        Fault::Store(error)
    }
}

/// What a command comes back with when it is not done.
#[derive(Debug)]
pub enum Failure {
    Reject(Box<Reject>),
    Fault(Fault),
}

impl From<Reject> for Failure {
    fn from(reject: Reject) -> Failure {
        Failure::Reject(Box::new(reject))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::Fault(fault)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        Failure::Fault(Fault::Store(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Reject(r) => write!(f, "{}: {}", r.code(), r.message(Lang::En)),
            Failure::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

/// Turns an error of the file system into a fault that names the path.
pub fn io_fault(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Fault {
    let path = path.display().to_string();
    move |source| Fault::Io { path, source }
}
