//! What can go wrong, in two halves.
//!
//! A [`Reject`] is an answer: a flat, closed list with a stable code, the data that a
//! person needs to act, and a sentence in Vietnamese and in English. It is part of the
//! API and listed in `docs/errors.md`. A [`Fault`] is not an answer: the store, the
//! file system or stored data failed; details go to the log, and one
//! [`Fault::is_transient`] is the only rule for trying again.

use crate::words;
use ansinh_settlement::Dong;
use serde_json::{Value, json};
use std::fmt;

pub use crate::words::Lang;

macro_rules! rejects {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),* }
        $(with $($shown:ident = $word:ident($($given:ident),+)),+;)? $code:literal, $vi:literal, $en:literal;)*) => {
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
                    $(Reject::$name { $($field),* } => {
                        $($(let $shown = words::$word($($given,)+ lang);)+)?
                        match lang {
                            Lang::Vi => format!($vi),
                            Lang::En => format!($en),
                        }
                    })*
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
    /// The words of the command line are wrong; the program did not begin.
    Usage { problem: String, word: String, expected: String }
        with problem = usage(problem, word, expected);
        "usage", "{problem}", "{problem}";
    /// The input itself is malformed; `place` says where.
    BadInput { what: String, place: String, found: String, expected: String }
        with what = thing_first(what), place = phrase(place), found = found(found), expected = phrase(expected);
        "bad_input", "{what}, tại {place}: gặp {found}, cần {expected}", "{what}, at {place}: found {found}, expected {expected}";
    /// A VietQR text is malformed, or cannot be made; `code` says how.
    QrRefused { code: String, path: String, offset: usize, found: String, expected: String }
        with found = found(found), expected = phrase(expected);
        "qr_refused", "Mã VietQR không đúng ({code}), trường {path}, vị trí {offset}: gặp {found}, cần {expected}", "Not a right VietQR ({code}), tag {path}, offset {offset}: found {found}, expected {expected}";
    NotFound { what: String, id: String }
        with what = thing(what), id = day(id);
        "not_found", "Không tìm thấy {what} \"{id}\"", "There is no {what} \"{id}\"";
    NoDatabase { path: String }
        "no_database", "Ở đây chưa có cơ sở dữ liệu ({path}). Hãy vào đúng thư mục, dùng --database-url, hoặc tạo mới bằng `ansinh migrate`", "There is no database here ({path}). Go to the right folder, give --database-url, or make one with `ansinh migrate`";
    NotSetUp { what: String }
        with what = thing(what);
        "not_set_up", "Chưa thiết lập {what}. Hãy chạy `ansinh setup FILE` trước", "No {what} is set up. Run `ansinh setup FILE` first";
    NotMigrated { found: i64, expected: i64 }
        "not_migrated", "Cơ sở dữ liệu ở bản {found}, cần bản {expected}: hãy chạy `ansinh migrate`", "The database is at version {found}, needed is {expected}: run `ansinh migrate`";
    NewerDatabase { found: i64, expected: i64 }
        "newer_database", "Cơ sở dữ liệu (bản {found}) mới hơn chương trình (bản {expected}): hãy dùng chương trình mới hơn", "The database (version {found}) is newer than this program (version {expected}): use the newer program";
    NotEmpty { what: String }
        "not_empty", "{what} đã có dữ liệu; hãy chọn nơi trống", "{what} already holds data; choose an empty one";
    UserUnknown { user: String }
        with user = user(user);
        "user_unknown", "{user}. Hãy dùng --as với mã một cán bộ trong tệp thiết lập", "{user}. Give --as with a staff code of the set-up file";
    RoleMissing { user: String, book: String, needed: String }
        with needed = roles(needed), book = book(book);
        "role_missing", "Cán bộ \"{user}\" không làm được việc này {book}: cần vai trò {needed}", "\"{user}\" may not do this {book}: needed is the role {needed}";
    SamePerson { user: String, act: String }
        with act = act(act);
        "same_person", "\"{user}\" đã lập việc này nên không được {act}; cần người khác", "\"{user}\" made this and may not {act} it; another person must";
    KeyReused { command: String, key: String }
        "key_reused", "Khóa \"{key}\" của lệnh {command} đã dùng cho nội dung khác", "Key \"{key}\" of {command} was used with other content";
    StateWrong { what: String, id: String, state: String, needed: String }
        with state = state(what, state), needed = state(what, needed), what = thing_first(what);
        "state_wrong", "{what} {id} đang ở trạng thái: {state}; việc này cần: {needed}", "{what} {id} is: {state}; this needs: {needed}";
    AmountInvalid { amount: i64 }
        with amount = number(amount);
        "amount_invalid", "Số tiền {amount} đồng không hợp lệ: phải từ 1 đến 1.000.000.000.000.000 đồng", "An amount of {amount} dong is not valid: from 1 to 1.000.000.000.000.000 dong";
    SumTooLarge { account: String }
        with account = account(account);
        "sum_too_large", "Tổng của tài khoản {account} vượt 10^18 đồng", "The sum on account {account} passes 10^18 dong";
    AccountUnknown { account: String }
        "account_unknown", "Không có tài khoản kế toán \"{account}\"; xem `ansinh ledger accounts`", "No ledger account \"{account}\"; see `ansinh ledger accounts`";
    AccountDiffers { account: String }
        "account_differs", "Tài khoản \"{account}\" đã mở với loại khác", "Account \"{account}\" is open with another kind";
    SameAccount { account: String }
        "same_account", "Bên nợ và bên có cùng là tài khoản {account}", "Debit and credit are the same account {account}";
    Overdrawn { account: String, available: Dong, needed: Dong }
        with account = account(account);
        "overdrawn", "{account} chỉ còn {available} đồng, cần {needed} đồng", "{account} has {available} dong, needed are {needed} dong";
    ClientIdReused { client_id: String }
        "client_id_reused", "Mã chống lặp bút toán {client_id} đã ghi với nội dung khác", "Client id {client_id} was posted with other content";
    LinkedFailed { index: usize }
        "linked_failed", "Không ghi vì dòng {index} cùng nhóm bị từ chối", "Not posted: transfer {index} of the same group was refused";
    AlreadyReversed { seq: i64 }
        "already_reversed", "Bút toán {seq} đã được đảo", "Transfer {seq} is reversed already";
    DayClosed { day: String }
        with day = day(day);
        "day_closed", "Ngày {day} đã khóa sổ", "Day {day} is closed";
    DayInFuture { what: String, day: String, today: String }
        with what = phrase(what), day = day(day), today = day(today);
        "day_in_future", "{what}: ngày {day} chưa tới, hôm nay là {today}. Hãy xem lại tệp, ngày nhập vào và đồng hồ máy", "{what}: {day} is yet to come, today is {today}. Check the file, the day that was typed and the clock";
    ClockBack { now: String, newest: String }
        with now = moment_word(now), newest = moment_word(newest);
        "clock_back", "Đồng hồ chỉ {now}, sổ đã ghi tới {newest}: không ghi lùi thời gian. Hãy chỉnh đồng hồ máy hoặc bỏ --now", "The clock says {now}, the books have recorded up to {newest}: nothing is posted back in time. Set the clock right, or leave out --now";
    ClockAhead { now: String, newest: String }
        with now = moment_word(now), newest = moment_word(newest);
        "clock_ahead", "--now chỉ {now}, quá xa so với đồng hồ máy và với lần ghi sổ cuối ({newest}): ghi rồi thì không ghi được ngày nào trước đó nữa. Hãy xem lại năm đã gõ", "--now says {now}, far ahead of this machine's clock and of the last record ({newest}): once posted, nothing earlier could be. Check the year that was typed";
    FundShort { fund: String, available: Dong, needed: Dong }
        with fund = account(fund);
        "fund_short", "{fund} còn {available} đồng, đợt chi cần {needed} đồng: hãy nhận thêm kinh phí (budget receive)", "{fund} has {available} dong, the batch needs {needed} dong: receive more budget (budget receive)";
    BankShort { account: String, available: Dong, needed: Dong }
        "bank_short", "Tài khoản ngân hàng {account} còn {available} đồng chưa dùng, đợt chi cần {needed} đồng: hãy nhập sao kê có tiền về", "Bank account {account} has {available} dong free, the batch needs {needed} dong: import the statement that brings the money";
    PayeeChanged { instruction: String }
        "payee_changed", "Tài khoản nhận của dòng {instruction} trong cơ sở dữ liệu không còn là tài khoản đã trình duyệt; chưa ghi sổ và chưa gửi gì: hãy rút dòng này (batch withdraw) và kiểm tra ai đã sửa", "The address of line {instruction} in the database is not the one that was submitted; nothing is posted or sent: take the line out (batch withdraw) and find out who changed it";
    BatchChanged { batch: String, signed: String, now: String }
        "batch_changed", "Đợt chi {batch} đã bị sửa sau khi trình duyệt (mã kiểm tra lúc ký {signed}, nay là {now}): hãy từ chối đợt này và lập lại", "Batch {batch} was changed after it was submitted (digest {signed}, now {now}): reject it and prepare it again";
    ApprovalMissing { batch: String, needed: usize, found: usize }
        "approval_missing", "Đợt chi {batch} cần {needed} chữ ký duyệt cho đúng các dòng hiện có, chỉ có {found} chữ ký đúng: tìm ai đã sửa dữ liệu và lập lại", "Batch {batch} needs {needed} signatures over exactly these lines, {found} are right: find out who changed the data and prepare it again";
    WouldOverpay { batch: String, instruction: String }
        "would_overpay", "Đợt chi {batch}, dòng {instruction}: người này sẽ nhận quá mức được hưởng. Không gửi; hãy từ chối đợt chi lại này", "Batch {batch}, line {instruction}: more than the entitlement would reach the payee. Nothing is sent; reject this follow-up";
    BatchEmpty { period: String }
        with period = day(period);
        "batch_empty", "Kỳ {period}: không còn dòng nào gửi được. Khoản bị trả lại chờ địa chỉ mới được ngân hàng xác nhận (holders load với danh sách mới hơn, hoặc danh sách của xã ghi tài khoản khác)", "Period {period}: no line is left that can be sent. What came back waits for an address that a bank confirms (holders load with a later list, or a commune's list with another account)";
    /// What is owed of a batch is in another batch that has not ended.
    FollowUpUnderWay { batch: String, lines: i64 }
        with lines = number(lines);
        "follow_up_under_way", "Đợt chi {batch}: {lines} khoản còn phải chi đã nằm trong một đợt chi lại chưa xong (xem `cycle show`); hãy trình, gửi hoặc từ chối đợt đó trước", "Batch {batch}: the {lines} payments that are still owed stand in a follow-up that has not ended (see `cycle show`); submit, send or reject that one first";
    /// No list of the programme was ever imported into the book.
    NobodyListed { programme: String }
        "nobody_listed", "Chưa có ai trong chương trình {programme}: hãy nhập danh sách của xã trước (roster import)", "Nobody is listed for programme {programme}: import a commune's list first (roster import)";
    /// Lists of other periods only.
    PeriodNotListed { period: String, latest: String }
        with period = day(period), latest = day(latest);
        "period_not_listed", "Chưa nhập danh sách nào của kỳ {period}; danh sách mới nhất là của kỳ {latest}. Hãy nhập danh sách của kỳ {period} (roster import) hoặc lập kỳ {latest}", "No list of period {period} was imported; the latest is of {latest}. Import a list of {period} (roster import), or prepare {latest}";
    AllPrepared { period: String, people: i64, not_payable: i64 }
        with shown = day(period), people = number(people), not_payable = number(not_payable);
        "all_prepared", "Kỳ {shown} đã lập đủ: {people} người đã có khoản chi, {not_payable} người trong danh sách chưa chi được. Xem `cycle show --period {period}`; khoản bị trả lại gửi lại bằng `batch follow-up`", "Period {shown} is prepared already: {people} people have their payment, {not_payable} listed people cannot be paid. See `cycle show --period {period}`; what came back goes out by `batch follow-up`";
    NobodyPayable { period: String, people: i64, reason: String, reason_people: i64 }
        with shown = day(period), people = number(people), reason = not_paid(reason), reason_people = number(reason_people);
        "nobody_payable", "Kỳ {shown} có {people} người trong danh sách nhưng chưa ai chi được; lý do nhiều nhất: {reason} ({reason_people} người). Nạp danh sách chủ tài khoản của ngân hàng (holders load); ai và vì sao: `cycle show --period {period}`", "Period {shown} has {people} listed people and none can be paid; most often: {reason} ({reason_people} people). Load the bank's list of holders (holders load); who and why: `cycle show --period {period}`";
    BatchTooLarge { lines: i64, limit: i64 }
        with lines = number(lines), limit = number(limit);
        "batch_too_large", "Đợt chi {lines} dòng: số dòng phải từ 1 đến {limit}", "A batch of {lines} lines: from 1 to {limit} are allowed";
    PeriodInvalid { period: String }
        "period_invalid", "Kỳ \"{period}\" không hợp lệ, cần dạng 2026-06 hoặc 06/2026", "Period \"{period}\" is not valid, form 2026-06 or 06/2026";
    RateMissing { category: String, period: String }
        with period = day(period);
        "rate_missing", "Không có mức hưởng cho nhóm {category} ở kỳ {period}", "No rate for category {category} in period {period}";
    PeriodPast { period: String, latest: String }
        with period = day(period), latest = day(latest);
        "period_past", "Kỳ {period} đã qua: danh sách của kỳ {latest} đã được nhập. Người sót của kỳ cũ là truy lĩnh, không nhập lại danh sách cũ", "Period {period} is past: a list of period {latest} was imported. People missed then are arrears; an old list is not imported again";
    /// `why` is `form`, `mac` or `books`.
    ReceiptAltered { why: String, found: String }
        with shown = receipt_altered(why);
        "receipt_altered", "Đây không phải là biên lai thật: {shown}", "This is no genuine receipt: {shown}";
    GuardHeld { command: String }
        "guard_held", "Lệnh {command} bị cơ sở dữ liệu chặn: một tài khoản sẽ bị âm hoặc vượt 10^18 đồng. Không có gì được ghi; hãy chạy ledger verify", "The database stopped {command}: an account would fall below zero or pass 10^18 dong. Nothing was posted; run ledger verify";
    ListRefused { code: String, place: String, found: String, expected: String }
        with meaning = list_code(code), place = phrase(place), found = found(found), expected = phrase(expected);
        "list_refused", "Không nhận tệp này: {meaning}. Tại {place}: gặp {found}, cần {expected} [{code}]", "This file is not taken: {meaning}. At {place}: found {found}, expected {expected} [{code}]";
    PeriodDiffers { listed: String, asked: String }
        with listed = day(listed), asked = day(asked);
        "period_differs", "Danh sách ghi kỳ {listed}, lệnh yêu cầu kỳ {asked}: hãy chọn đúng danh sách hoặc đúng --period", "The list says period {listed}, asked was {asked}: choose the right list or --period";
    FileQuarantined { code: String, line: u64, column: u64, found: String, expected: String }
        with place = place(line, column), wanted = wanted(expected), meaning = reader_code(code), remedy = file_remedy(code), found = found_in_file(code, found);
        "file_quarantined", "Tệp sao kê bị cách ly: {meaning}{place}, gặp {found}{wanted} [{code}]. Chưa ghi gì vào sổ; {remedy}", "The statement is quarantined: {meaning}{place}, found {found}{wanted} [{code}]. Nothing was applied; {remedy}";
    StatementConflict { number: u32, day: String }
        with day = day(day);
        "statement_conflict", "Sao kê số {number} ngày {day} đã nhập với nội dung khác; tệp này không được ghi. Hãy hỏi ngân hàng tệp nào đúng (statement show {number}): tệp đã nhập sai thì ngày đó phải mở lại (day reopen, hai người)", "Statement {number} of {day} was imported with other bytes; this file is not applied. Ask the bank which one is right (statement show {number}): if it is not the imported one, the day must be reopened (day reopen, two people)";
    StatementTooOld { number: u32, day: String, opened_on: String }
        with day = day(day), opened_on = day(opened_on);
        "statement_too_old", "Sao kê số {number} ngày {day} có trước ngày mở sổ {opened_on} của tài khoản: số dư đầu kỳ đã gồm các giao dịch đó. Hãy xem lại tệp", "Statement {number} of {day} is before the account's first day in the books, {opened_on}: the opening balance contains its movements. Check the file";
    StatementGap { expected: u32, found: u32 }
        "statement_gap", "Thiếu sao kê: chờ số {expected}, tệp này là số {found}. Hãy nhập tệp còn thiếu trước", "A statement is missing: expected number {expected}, this file is number {found}. Import the missing one first";
    ChainBroken { expected: Dong, found: Dong }
        "chain_broken", "Số dư đầu {found} đồng khác số dư cuối của sao kê trước {expected} đồng: hãy hỏi ngân hàng", "The opening balance of {found} dong differs from the closing before, {expected} dong: ask the bank";
    OurAccountUnknown { bank: String, account: String }
        "our_account_unknown", "Tài khoản {account} tại ngân hàng {bank} không phải của đơn vị nào đã thiết lập", "Account {account} at bank {bank} belongs to no book that is set up";
    DayNotReady { day: String, reason: String }
        with day = day(day), reason = phrase(reason);
        "day_not_ready", "Chưa khóa được ngày {day}: {reason}", "Day {day} cannot be closed: {reason}";
    ProofFailed { what: String, expected: Dong, found: Dong }
        with what = account(what);
        "proof_failed", "Chứng minh không đúng ở {what}: cần {expected} đồng, có {found} đồng", "The proof fails at {what}: expected {expected} dong, found {found} dong";
    LedgerBroken { book: String, place: String, what: String }
        with place = phrase(place), what = phrase(what);
        "ledger_broken", "Sổ {book} sai tại {place}: {what}", "Ledger {book} is wrong at {place}: {what}";
    ResolutionUnfit { kind: String, action: String }
        with kind = kind(kind), action = action(action);
        "resolution_unfit", "Cách xử lý \"{action}\" không hợp với sai lệch loại \"{kind}\"", "Resolution \"{action}\" does not fit a break of kind \"{kind}\"";
    ProposalStands { id: String, by: String, action: String }
        with action = action(action);
        "proposal_stands", "Sai lệch {id} đang có đề xuất {action} của \"{by}\": người khác duyệt (--approve) hoặc rút (--withdraw) trước khi đề xuất lại", "Break {id} has a proposal {action} by \"{by}\": approve it (--approve) or withdraw it (--withdraw) before another is made";
    FileExists { path: String }
        "file_exists", "Tệp {path} đã có với nội dung khác; không ghi đè. Hãy chọn thư mục khác", "File {path} exists with other content; it is not overwritten. Choose another folder";
    FileUnreadable { path: String, why: String }
        with why = phrase(why);
        "file_unreadable", "Không đọc được tệp {path}: {why}", "Cannot read file {path}: {why}";
    RegisterDown { url: String, why: String }
        with why = phrase(why);
        "register_down", "Cơ sở dữ liệu dân cư {url} không trả lời đúng: {why}. Hãy thử lại sau", "The register {url} does not answer: {why}. Try again later";
    PriceAboveCeiling { fee: String, price: Dong, ceiling: Dong, ground: String }
        "price_above_ceiling", "Mức thu {price} đồng của khoản {fee} vượt mức trần {ceiling} đồng ({ground}): hãy sửa mức thu", "The price of {price} dong for {fee} passes the ceiling of {ceiling} dong ({ground}): correct the price";
    NothingToBill { period: String, problems: i64 }
        with period = day(period);
        "nothing_to_bill", "Kỳ {period} không có khoản nào để lập phiếu báo (học sinh có vướng mắc: {problems})", "Nothing to bill in period {period} (pupils with a problem: {problems})";
    /// Only money that a statement confirmed is given back.
    RefundTooMuch { debtor: String, available: Dong, needed: Dong }
        "refund_too_much", "{debtor} chỉ có {available} đồng tiền thừa đã được sao kê xác nhận (của khoản tiền đã nêu, nếu có), không hoàn được {needed} đồng", "{debtor} has {available} dong in credit that a statement confirmed (of the named payment, if any); {needed} dong cannot be refunded";
    /// What was passed on is not the biller's any more.
    AlreadyPassedOn { bill: String, payout: String }
        "already_passed_on", "Tiền thu hộ của phiếu báo {bill} đã nằm trong khoản chuyển số {payout}: hủy khoản chuyển đó trước (payout cancel), hoặc đòi bên được thu hộ rồi mới hủy phiếu", "What was collected for others on bill {bill} is in remittance {payout}: cancel that first (payout cancel), or get it back from the third party";
    NothingToRemit { third_party: String }
        "nothing_to_remit", "Chưa có tiền thu hộ \"{third_party}\" nào đã được sao kê xác nhận mà chưa chuyển", "Nothing collected for \"{third_party}\" is confirmed by a statement and not passed on yet";
    NothingToPayOut { waiting: i64 }
        with waiting = number(waiting);
        "nothing_to_pay_out", "Không có khoản hoàn hoặc khoản chuyển nào để lập đợt chi ({waiting} khoản bị trả lại chờ tài khoản khác: payout readdress)", "No refund or remittance is left to put into a batch ({waiting} came back and wait for another account: payout readdress)";
    PayeeUnverified { account: String, name: String }
        "payee_unverified", "Tài khoản {account} chưa được ngân hàng xác nhận đứng tên {name}: hoàn về tài khoản đã nộp (--collection), hoặc nạp danh sách chủ tài khoản của ngân hàng (holders load)", "No bank's list says that account {account} is open and belongs to {name}: refund to the account that paid (--collection), or load the bank's list of holders (holders load)";
    PupilsRefused { rows: i64, place: String, reason: String }
        "pupils_refused", "Danh sách có {rows} dòng sai nên chưa nhập gì; dòng đầu tiên ở {place}: {reason}. Sửa trong tệp trả lại rồi nộp lại", "The list has {rows} wrong rows, nothing was taken over; the first at {place}: {reason}. Mend the returned file and hand it in again";
    RegisterEmpty {}
        "register_empty", "Chưa nạp cơ sở dữ liệu dân cư nên chưa đối chiếu được ai: hãy chạy `ansinh registry load FILE` trước, hoặc dùng --registry", "No population register was loaded, so nobody can be matched: run `ansinh registry load FILE` first, or give --registry";
    ListDateMissing { path: String }
        "list_date_missing", "Tệp {path} không ghi ngày lập: cần dòng đầu `# as_of 2026-06-05T10:00:00+07:00`, hoặc dùng --as-of với ngày nơi cấp lập tệp", "File {path} has no date: its first line must be `# as_of 2026-06-05T10:00:00+07:00`, or give --as-of with the moment at which its maker read the records";
    /// A death is taken back only where the register says alive.
    DeathStands { person: String }
        "death_stands", "Dữ liệu dân cư đã nạp không ghi {person} còn sống nên chưa gỡ được báo tử: hãy nạp dữ liệu dân cư mới hơn (registry load), rồi người duyệt quyết định lại", "The loaded register does not say that {person} is alive, so the reported death stands: load a newer register (registry load), then an approver decides again";
    /// Two sources that both post would book the same money twice.
    SourcePosts { account: String, source: String }
        "source_posts", "Tài khoản {account} đã có nguồn {source} ghi sổ: chỉ một nguồn được ghi sổ. Hãy thêm nguồn này với --compare, hoặc ngừng nguồn kia (notice source disable)", "Account {account} already has source {source} whose word posts, and only one may: add this one with --compare, or disable the other (notice source disable)";
    /// iso8583_rs reads the layout of messages from the file that SPEC_FILE names.
    SwitchSpec { path: String }
        "switch_spec", "SPEC_FILE không chỉ tới tệp mô tả thông điệp ISO 8583 của chương trình này (đang là \"{path}\"): hãy chạy bằng lệnh ansinh, hoặc trỏ biến đó tới src/gateway/iso8583/spec.yaml", "SPEC_FILE does not name this program's layout of ISO 8583 messages (it is \"{path}\"): run it as ansinh, or let that variable name src/gateway/iso8583/spec.yaml";
    SwitchNumbersUsedUp { channel: String, day: String }
        with day = day(day);
        "switch_numbers_used_up", "Kênh {channel} đã dùng hết số thông điệp của ngày {day}: thêm mã điểm chấp nhận (terminal) cho kênh", "Channel {channel} has used all message numbers of {day}: give it another terminal";
    KeysMissing { path: String }
        "keys_missing", "Không thấy tệp khóa {path}; dùng --keys hoặc khôi phục từ bản lưu", "Key ring {path} is missing; give --keys or restore it";
    KeysWrong { path: String }
        "keys_wrong", "Tệp khóa {path} không phải của cơ sở dữ liệu này", "Key ring {path} does not belong to this database";
}

/// Characters that a reason has at least: what cannot be taken back needs a sentence.
pub const REASON_MIN: usize = 10;

/// Rejects a reason that says nothing (`bad_input`, place `--reason`).
pub fn check_reason(what: &str, reason: &str) -> Result<(), Reject> {
    if reason.trim().chars().count() >= REASON_MIN {
        return Ok(());
    }
    Err(Reject::BadInput {
        what: what.into(),
        place: "--reason".into(),
        found: reason.into(),
        expected: "10+ characters".into(),
    })
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

impl Fault {
    /// The sentence for a person: what failed, where, what to do; the technical words last.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Fault::Io { path, source } => format!(
                "{} {path}: {}",
                lang.pick("Không đọc hoặc ghi được", "Cannot read or write"),
                words::phrase(&words::why_unread(source), lang)
            ),
            Fault::Store(error) => format!(
                "{} ({error})",
                words::say(words::codes::STORE_FAULTS, store_fault(error), lang)
            ),
            Fault::Corrupt(what) => format!(
                "{}: {what}",
                lang.pick(
                    "Dữ liệu đã lưu bị hỏng; không có gì được ghi. Hãy chạy ledger verify và xem docs/operations.md",
                    "Stored data is damaged; nothing was written. Run ledger verify and see docs/operations.md"
                )
            ),
            Fault::Gateway(what) => format!(
                "{}: {what}",
                lang.pick("Trao đổi với bên ngoài bị lỗi", "The exchange with the outside failed")
            ),
        }
    }
}

/// The code of what a database failed at; SQLite's numbers and PostgreSQL's states.
fn store_fault(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) => "unreachable",
        sqlx::Error::Configuration(_) => "bad_url",
        sqlx::Error::Database(e) => match e.code().as_deref() {
            Some("26") => "no_database_file",
            Some("14") => "cannot_open",
            Some("8" | "1032" | "264") => "read_only",
            Some("13") => "disk_full",
            Some("5" | "6" | "261" | "517") => "busy",
            Some("28P01" | "28000") => "not_let_in",
            Some("3D000") => "no_such_database",
            _ => "other",
        },
        _ => "other",
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
