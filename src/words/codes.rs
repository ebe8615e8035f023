//! The codes of the program by family: code, Vietnamese, English. The words are those of
//! `docs/glossary.md`.

use super::Word;

/// Every family, for the tests.
pub const ALL: &[&[Word]] = &[
    THINGS,
    ACTS,
    ROLES,
    BATCH_STATES,
    BATCH_EVENTS,
    PAYMENT_STATES,
    STATEMENT_STATES,
    BREAK_STATES,
    BREAK_KINDS,
    OUTCOMES,
    TODOS,
    ACTIONS,
    ACCOUNT_GROUPS,
    ACCOUNT_KINDS,
    SOCIAL_STATES,
    LEVELS,
    ADDRESS_REASONS,
    HOLDER_STATES,
    CATEGORIES,
    LIST_REJECTS,
    READER,
    USAGE,
    STORE_FAULTS,
    PAYOUT_KINDS,
    PAYOUT_STATES,
    BILL_STATES,
    BILL_KINDS,
    BILL_EVENTS,
    MOVEMENTS,
    FEE_KINDS,
    PERS,
    RECEIPT_STATES,
    RECEIPT_ALTERED,
    HTTP,
    NOTICE_ERRORS,
    NOTICE_OUTCOMES,
    CREDIT_RULES,
    SWITCH_REFUSALS,
];

/// Nouns of `not_found`, `not_set_up`, `state_wrong` and `bad_input`.
pub const THINGS: &[Word] = &[
    ("book", "đơn vị", "book"),
    ("batch", "đợt chi", "batch"),
    ("break", "sai lệch", "break"),
    ("statement", "sao kê", "statement"),
    ("cycle", "kỳ chi", "cycle"),
    ("programme", "chương trình", "programme"),
    ("bank account", "tài khoản ngân hàng", "bank account"),
    ("person", "người hưởng", "person"),
    ("instruction", "khoản chi", "instruction"),
    ("transfer", "bút toán", "transfer"),
    (
        "social-security account",
        "tài khoản an sinh",
        "social-security account",
    ),
    ("clock", "giờ làm việc", "clock"),
    ("URL", "địa chỉ cơ sở dữ liệu", "database URL"),
    ("reference", "số chứng từ", "reference"),
    ("statement day", "ngày của sao kê", "day of the statement"),
    ("setup", "tệp thiết lập", "set-up file"),
    ("break resolve", "xử lý sai lệch", "resolving a break"),
    ("ledger balance", "số dư", "balance"),
    ("batch approve", "phê duyệt", "approval"),
    ("line", "dòng", "line"),
    ("batch lines", "xem dòng của đợt chi", "lines of a batch"),
    ("ledger verify", "kiểm tra sổ", "verifying the ledger"),
    ("notice", "thông báo có", "notice"),
    ("notice source", "nguồn thông báo có", "source of notices"),
    ("caller", "hệ thống được hỏi phiếu báo", "caller"),
    ("day close", "khóa ngày", "closing a day"),
    (
        "account change",
        "đổi tài khoản an sinh",
        "changing an account",
    ),
    ("demo", "chạy mẫu", "demo"),
    ("bench", "đo tốc độ", "bench"),
    ("bill slips", "in phiếu báo", "making slips"),
    (
        "issued bill",
        "phiếu đã phát hành còn phải nộp",
        "issued bill to pay",
    ),
    ("run", "đợt lập phiếu", "run"),
    ("bill_run", "đợt lập phiếu", "run of bills"),
    ("cycle prepare", "lập kỳ chi", "preparing a cycle"),
    ("budget receive", "nhận kinh phí", "receiving budget"),
    ("qr encode", "tạo mã QR", "making a QR"),
    ("bill cancel", "hủy phiếu báo", "cancelling a bill"),
    ("bill write-off", "xóa nợ phiếu báo", "writing a bill off"),
    ("bill reissue", "lập lại phiếu báo", "reissuing a bill"),
    ("bill make", "lập một phiếu báo", "making a bill"),
    ("bill prepare", "lập phiếu báo", "preparing bills"),
    ("bill list", "liệt kê phiếu báo", "listing bills"),
    ("surcharge run", "tính phí nộp chậm", "late surcharges"),
    ("receipt cancel", "hủy biên lai", "cancelling a receipt"),
    ("batch reject", "từ chối đợt chi", "rejecting a batch"),
    (
        "batch withdraw",
        "rút dòng của đợt chi",
        "withdrawing a line",
    ),
    ("day reopen", "mở lại ngày", "reopening a day"),
    ("school_year", "năm học", "school year"),
    ("fee", "khoản thu", "fee"),
    ("fee load", "nạp biểu phí", "loading fees"),
    ("price", "mức thu", "price"),
    ("reduction", "miễn giảm", "reduction"),
    ("reduction add", "ghi miễn giảm", "adding a reduction"),
    ("absence load", "nạp ngày nghỉ", "loading absences"),
    ("report", "báo cáo", "report"),
    ("budget", "kinh phí", "budget"),
    ("register", "dữ liệu dân cư", "population register"),
    ("holders", "danh sách chủ tài khoản", "list of holders"),
    ("day", "ngày", "day"),
    ("QR", "mã QR", "QR"),
    ("--out", "nơi ghi tệp (--out)", "--out"),
    ("bill", "phiếu báo", "bill"),
    ("receipt", "biên lai", "receipt"),
    ("payout", "khoản trả lại hoặc chuyển đi", "payout"),
    ("refund make", "hoàn tiền", "making a refund"),
    (
        "remittance make",
        "chuyển tiền thu hộ",
        "making a remittance",
    ),
    ("payout cancel", "hủy khoản trả lại", "cancelling a payout"),
    ("third party", "bên được thu hộ", "third party"),
    ("reminder run", "soạn tin nhắc", "writing reminders"),
    ("reminder send", "gửi tin nhắc", "sending reminders"),
    ("debtor", "người phải nộp", "debtor"),
    ("class", "lớp", "class"),
    ("collection", "khoản tiền về", "incoming payment"),
    (
        "break credit_unmatched",
        "sai lệch về tiền chưa rõ nộp cho ai",
        "break of an unmatched credit",
    ),
    ("suspense assign", "gán tiền chưa rõ", "assigning a credit"),
    (
        "suspense send-back",
        "trả lại tiền chuyển nhầm",
        "sending a payment back",
    ),
];

/// Kinds of money that goes out again.
pub const PAYOUT_KINDS: &[Word] = &[
    ("refund", "Hoàn tiền", "Refund"),
    ("remittance", "Chuyển tiền thu hộ", "Remittance"),
    (
        "send_back",
        "Trả lại tiền chuyển nhầm",
        "Stray payment sent back",
    ),
];

/// Where such money stands.
pub const PAYOUT_STATES: &[Word] = &[
    ("requested", "đã đề nghị", "requested"),
    ("planned", "trong đợt chi chưa gửi", "in a batch, not sent"),
    (
        "under_way",
        "đã gửi, chờ sao kê",
        "sent, not on a statement",
    ),
    ("returned", "bị trả lại", "came back"),
    ("paid", "đã trả", "paid"),
    ("cancelled", "đã hủy", "cancelled"),
];

/// States of a bill.
pub const BILL_STATES: &[Word] = &[
    ("draft", "nháp", "draft"),
    ("issued", "chưa nộp", "issued"),
    ("partly_paid", "nộp thiếu", "partly paid"),
    ("paid", "đã nộp đủ", "paid"),
    ("cancelled", "đã hủy", "cancelled"),
    ("written_off", "đã xóa nợ", "written off"),
];

/// Kinds of bill.
pub const BILL_KINDS: &[Word] = &[
    ("bill", "phải nộp", "to be paid"),
    ("invitation", "vận động tự nguyện", "invitation"),
    ("surcharge", "phí nộp chậm", "late surcharge"),
];

/// What happened to a bill besides payments.
pub const BILL_EVENTS: &[Word] = &[
    ("cancelled", "hủy", "cancelled"),
    ("write_off_proposed", "đề nghị xóa nợ", "write-off proposed"),
    ("written_off", "xóa nợ", "written off"),
    ("credit_used", "dùng tiền thừa", "credit used"),
];

/// Rows of a debtor's statement of account.
pub const MOVEMENTS: &[Word] = &[
    ("billed", "phải nộp", "billed"),
    ("surcharge", "phí nộp chậm", "late surcharge"),
    ("cancelled", "hủy phiếu", "cancelled"),
    ("written_off", "xóa nợ", "written off"),
    ("received", "đã nộp", "received"),
    ("credited", "ghi tiền thừa", "credited"),
    ("contributed", "đóng góp tự nguyện", "contributed"),
    ("refunded", "hoàn tiền", "refunded"),
    ("refund_cancelled", "hủy hoàn tiền", "refund cancelled"),
];

/// Kinds of fee.
pub const FEE_KINDS: &[Word] = &[
    ("tuition", "học phí", "tuition"),
    ("service", "dịch vụ", "service"),
    ("agency", "thu hộ", "collected for others"),
    ("voluntary", "tự nguyện", "voluntary"),
];

/// What a price is for.
pub const PERS: &[Word] = &[
    ("month", "tháng", "month"),
    ("term", "học kỳ", "term"),
    ("year", "năm", "year"),
    ("attended_day", "ngày học", "attended day"),
    ("once", "một lần", "once"),
];

pub const RECEIPT_STATES: &[Word] = &[
    ("live", "còn giá trị", "live"),
    ("proposed", "đã đề nghị hủy", "proposed for cancellation"),
    ("cancelled", "đã hủy", "cancelled"),
    ("cancellation", "là phiếu hủy", "a cancellation"),
];

pub const RECEIPT_ALTERED: &[Word] = &[
    (
        "form",
        "đây không phải là mã của một biên lai",
        "this is not the code of a receipt",
    ),
    (
        "mac",
        "nội dung đã bị sửa, hoặc không do nơi này lập",
        "its content was altered, or it was not made here",
    ),
    (
        "books",
        "nội dung khác với sổ",
        "it says other than the books",
    ),
];

/// What the maker of a thing may not do.
pub const ACTS: &[Word] = &[
    ("approve", "phê duyệt", "approve"),
    ("release", "giải ngân", "release"),
    ("close", "khóa ngày", "close"),
];

pub const ROLES: &[Word] = &[
    ("labour_maker", "người lập", "maker"),
    ("labour_approver", "người duyệt", "approver"),
    ("school_cashier", "thủ quỹ trường", "school cashier"),
    ("school_head", "hiệu trưởng", "head of school"),
    ("accountant", "kế toán", "accountant"),
    ("chief_accountant", "kế toán trưởng", "chief accountant"),
    ("bank_officer", "cán bộ ngân hàng", "bank officer"),
    ("auditor", "kiểm toán", "auditor"),
    ("viewer", "người xem", "viewer"),
    ("admin", "quản trị", "administrator"),
];

pub const BATCH_STATES: &[Word] = &[
    ("draft", "nháp", "draft"),
    ("submitted", "đã trình duyệt", "submitted"),
    ("approved", "đã phê duyệt", "approved"),
    ("released", "đã giải ngân", "released"),
    ("sent", "đã gửi ngân hàng", "sent"),
    ("completed", "đã quyết toán xong", "completed"),
    ("rejected", "đã từ chối", "rejected"),
    ("not sent", "chưa gửi ngân hàng", "not sent"),
];

/// Acts in the history of a batch.
pub const BATCH_EVENTS: &[Word] = &[
    ("prepared", "lập", "prepared"),
    ("submitted", "trình duyệt", "submitted"),
    ("approved", "phê duyệt", "approved"),
    ("released", "giải ngân", "released"),
    ("withdrawn", "rút người không được chi", "withdrew people"),
    ("sent", "gửi ngân hàng", "sent"),
    ("completed", "quyết toán xong", "completed"),
    ("rejected", "từ chối", "rejected"),
];

/// States of an instruction, and `due` for an entitlement that none pays.
pub const PAYMENT_STATES: &[Word] = &[
    ("due", "còn phải chi", "due"),
    ("planned", "dự kiến", "planned"),
    ("granted", "đã giải ngân", "granted"),
    ("instructed", "đã gửi ngân hàng", "instructed"),
    ("accepted", "ngân hàng đã nhận", "accepted"),
    ("unknown", "chưa rõ", "unknown"),
    ("settled", "đã quyết toán", "settled"),
    ("rejected", "ngân hàng từ chối", "rejected"),
    ("returned", "bị trả lại", "returned"),
    ("withdrawn", "đã rút lại", "withdrawn"),
    ("grant", "chưa giải ngân", "not granted yet"),
    ("send", "đã giải ngân", "granted"),
    ("accept", "đã gửi ngân hàng", "instructed"),
    ("noanswer", "đã gửi ngân hàng", "instructed"),
    ("settle", "đã gửi ngân hàng", "instructed"),
    ("reject", "đã gửi ngân hàng", "instructed"),
    ("return", "đã quyết toán", "settled"),
    ("withdraw", "chưa gửi ngân hàng", "not sent yet"),
];

pub const STATEMENT_STATES: &[Word] = &[
    (
        "matched",
        "đã đối chiếu, chưa khóa ngày",
        "matched, day open",
    ),
    ("signed_off", "đã khóa ngày", "signed off"),
];

pub const BREAK_STATES: &[Word] = &[
    ("open", "chưa xử lý", "open"),
    ("assigned", "đã giao", "assigned"),
    ("proposed", "chờ duyệt", "proposed"),
    ("resolved", "đã xử lý", "resolved"),
];

pub const BREAK_KINDS: &[Word] = &[
    ("amount_differs", "lệch số tiền", "amount differs"),
    ("account_differs", "sai tài khoản", "wrong account"),
    (
        "credit_taken_back",
        "ngân hàng thu lại tiền đã vào",
        "taken back by the bank",
    ),
    (
        "credit_unmatched",
        "chưa rõ nộp cho ai",
        "paid for nobody we know",
    ),
    ("day_differs", "sai ngày", "wrong day"),
    ("duplicate_line", "ghi hai lần", "booked twice"),
    (
        "missing_at_bank",
        "ngân hàng chưa báo",
        "missing at the bank",
    ),
    (
        "notice_conflict",
        "thông báo có trái nhau",
        "notices contradict",
    ),
    (
        "notice_not_booked",
        "thông báo có không ghi sổ được",
        "a notice that was not booked",
    ),
    (
        "notice_unconfirmed",
        "thông báo có chưa có sao kê",
        "announced, not on a statement",
    ),
    ("opening_balance", "số dư ban đầu", "opening balance"),
    ("return_short", "trả lại thiếu", "returned short"),
    ("status_conflict", "trái trạng thái", "against its state"),
    ("unknown_at_us", "sổ ta không có", "unknown at us"),
];

/// What a line of a statement turned out to be.
pub const OUTCOMES: &[Word] = &[
    ("matched", "khớp", "matched"),
    ("amount_differs", "lệch số tiền", "amount differs"),
    (
        "missing_at_bank",
        "ngân hàng chưa báo",
        "missing at the bank",
    ),
    ("unknown_at_us", "sổ ta không có", "unknown at us"),
    ("duplicate_line", "ghi hai lần", "booked twice"),
    ("returned", "bị trả lại", "returned"),
];

/// What is to be done about a break.
pub const TODOS: &[Word] = &[
    (
        "wait_or_rejected_by_bank",
        "chờ, hoặc hỏi ngân hàng",
        "wait, or ask the bank",
    ),
    ("claim_from_bank", "đòi ngân hàng", "claim from the bank"),
    (
        "wait_for_rest_or_rejected_by_bank",
        "chờ phần còn lại",
        "wait for the rest",
    ),
    ("budget_receive", "ghi nhận kinh phí", "receive as budget"),
    (
        "suspense_assign",
        "tìm người nộp, gán vào phiếu",
        "find whose it is, assign it",
    ),
    ("claim_from_payer", "đòi người nộp", "claim from the payer"),
    (
        "wait_or_not_received",
        "chờ sao kê, hoặc ghi là không về",
        "wait, or not received",
    ),
    (
        "fee_or_claim_from_bank",
        "ghi phí, hoặc đòi lại",
        "fee, or claim",
    ),
    ("identify", "tìm nguồn tiền", "identify"),
    ("look", "xem xét", "look"),
];

/// How a break was or is to be resolved. The first seven are typed by people.
pub const ACTIONS: &[Word] = &[
    ("to_fund", "đưa vào nguồn kinh phí", "to the fund"),
    ("to_return", "ghi là tiền bị trả lại", "as a return"),
    ("fee", "ghi phí ngân hàng", "bank fee"),
    ("write_off", "xóa khoản phải đòi", "write off"),
    (
        "rejected_by_bank",
        "ngân hàng không chi",
        "rejected by the bank",
    ),
    ("not_received", "tiền không về", "not received"),
    ("accept", "chấp nhận", "accept"),
    ("assign", "gán vào phiếu báo", "assign to a bill"),
    ("send_back", "trả lại nơi chuyển", "send back"),
    (
        "confirmed_by_bank",
        "sao kê đã xác nhận",
        "confirmed by the bank",
    ),
    (
        "taken_back_by_bank",
        "ngân hàng thu lại",
        "taken back by the bank",
    ),
    (
        "reported_by_bank",
        "ngân hàng đã báo",
        "reported by the bank",
    ),
    (
        "budget_received",
        "đã ghi nhận kinh phí",
        "received as budget",
    ),
    ("made_good", "ngân hàng đã bù", "made good"),
    ("rest_settled", "phần còn lại đã về", "rest settled"),
];

/// The first part of a ledger account's name.
pub const ACCOUNT_GROUPS: &[Word] = &[
    ("nostro", "Tiền gửi ngân hàng", "Money at the bank"),
    (
        "clearing_in",
        "Tiền đang chuyển đến",
        "Incoming, not on a statement",
    ),
    (
        "clearing_out",
        "Tiền đang chuyển đi",
        "Sent, not on a statement",
    ),
    ("receivable", "Phải thu", "Receivable"),
    ("claim", "Phải đòi ngân hàng", "Claims on banks"),
    ("advance", "Tạm ứng", "Advances"),
    ("expense", "Chi phí", "Expenses"),
    ("fund", "Nguồn kinh phí", "Fund"),
    ("beneficiary", "Tiền của người hưởng", "Beneficiaries"),
    ("recovery", "Phải thu hồi", "Recovery"),
    ("voucher", "Phiếu lĩnh tiền", "Vouchers"),
    ("uncollected", "Thu hộ chưa thu", "Uncollected for others"),
    ("onward", "Thu hộ phải nộp", "To be passed on"),
    ("payable", "Phải trả lại, phải chuyển", "To be paid out"),
    ("credit", "Tiền nộp thừa", "Overpaid"),
    (
        "suspense",
        "Tiền về chưa rõ nguồn",
        "Came in, not explained",
    ),
    ("income", "Thu của đơn vị", "Income"),
];

pub const ACCOUNT_KINDS: &[Word] = &[
    ("asset", "tài sản", "asset"),
    ("expense", "chi phí", "expense"),
    ("liability", "nợ phải trả", "liability"),
    ("income", "thu nhập", "income"),
];

pub const SOCIAL_STATES: &[Word] = &[
    ("pending", "chờ mở", "pending"),
    ("open", "đang mở", "open"),
    ("suspended", "tạm dừng", "suspended"),
    ("closed", "đã đóng", "closed"),
    ("another state", "một trạng thái khác", "another state"),
    ("balance 0", "số dư bằng 0", "balance 0"),
];

/// Identity levels, and why somebody listed is not paid.
pub const LEVELS: &[Word] = &[
    ("unverified", "chưa xác thực", "not verified"),
    (
        "registry_matched",
        "khớp dân cư",
        "matched with the register",
    ),
    (
        "presence_verified",
        "đã xác thực trực tiếp",
        "verified in person",
    ),
    (
        "mismatched",
        "khác dữ liệu dân cư",
        "differs from the register",
    ),
    ("deceased", "đã chết", "dead"),
    ("not_found", "không có trong dân cư", "not in the register"),
    (
        "service_error",
        "dân cư không trả lời",
        "the register gave no answer",
    ),
    (
        "no_social_account",
        "chưa có tài khoản an sinh",
        "no social-security account",
    ),
];

/// What a bank's list says of an account.
pub const HOLDER_STATES: &[Word] = &[
    ("open", "đang mở", "open"),
    ("closed", "đã đóng", "closed"),
    ("contradicted", "không rõ của ai", "of an unclear owner"),
];

/// Why an address cannot be paid to.
pub const ADDRESS_REASONS: &[Word] = &[
    (
        "no_holder",
        "ngân hàng chưa xác nhận tài khoản",
        "no bank confirms the account",
    ),
    (
        "holder_differs",
        "tên chủ tài khoản khác",
        "the holder's name differs",
    ),
    (
        "holder_contradicted",
        "hai danh sách cùng ngày của ngân hàng ghi chủ khác nhau",
        "two lists of one date name different holders",
    ),
    (
        "holder_closed",
        "tài khoản ngân hàng đã đóng",
        "the bank account is closed",
    ),
    (
        "returned",
        "lần trước bị ngân hàng trả lại",
        "the bank returned the last payment",
    ),
];

/// How a line of a list stands to the register.
pub const CATEGORIES: &[Word] = &[
    ("MATCHED", "khớp dân cư", "matched"),
    ("NO_ID", "thiếu số định danh", "no number"),
    ("BAD_FORMAT", "số định danh sai dạng", "malformed number"),
    ("NOT_FOUND", "không có trong dân cư", "not in the register"),
    (
        "SERVICE_ERROR",
        "dân cư không trả lời",
        "the register gave no answer",
    ),
    ("MISMATCH_NAME", "họ tên khác dân cư", "another name"),
    (
        "MISMATCH_DOB",
        "ngày sinh khác dân cư",
        "another birth date",
    ),
    ("MISMATCH_SEX", "giới tính khác dân cư", "another sex"),
    (
        "MISMATCH_ADDRESS",
        "thường trú ở xã khác",
        "another commune",
    ),
    ("DECEASED", "đã chết", "dead"),
    ("DUPLICATE", "ghi hai lần", "typed twice"),
    ("PENDING", "chưa tra cứu", "not asked yet"),
];

/// Why a whole list is refused, with the remedy.
pub const LIST_REJECTS: &[Word] = &[
    (
        "LIST_CONTRADICTION",
        "hai dòng ghi khác nhau về cùng một số định danh; hãy hỏi nơi cấp và giữ lại dòng đúng",
        "two lines say different things of one number; ask the register's office and keep the right one",
    ),
    (
        "LIST_UNREADABLE",
        "không đọc được tệp; hãy xem lại đường dẫn và quyền đọc",
        "the file cannot be read; check path and rights",
    ),
    (
        "LIST_EMPTY_FILE",
        "tệp rỗng; hãy xin gửi lại",
        "the file is empty; have it sent again",
    ),
    (
        "LIST_WRONG_KIND",
        "đây không phải loại tệp cần; hãy lưu danh sách thành XLSX hoặc CSV UTF-8",
        "this is another kind of file; save the list as XLSX or CSV UTF-8",
    ),
    (
        "LIST_BAD_ENCODING",
        "chữ trong tệp không phải UTF-8; hãy lưu lại dạng \"CSV UTF-8\"",
        "the text is not UTF-8; save it as \"CSV UTF-8\"",
    ),
    (
        "LIST_BROKEN_FILE",
        "tệp bị hỏng hoặc bị cắt; hãy xin gửi lại",
        "the file is cut or damaged; have it sent again",
    ),
    (
        "LIST_NOT_A_LIST",
        "không có dòng tiêu đề cột của danh sách",
        "no row is the header of a list",
    ),
    (
        "LIST_MISSING_COLUMN",
        "thiếu cột bắt buộc",
        "a column that must be there is missing",
    ),
    (
        "LIST_TWO_COLUMNS",
        "hai cột cùng một nội dung; hãy đổi tên hoặc xóa một cột",
        "two columns for one thing; rename or delete one",
    ),
    (
        "LIST_TWO_HEADERS",
        "hai dòng tiêu đề khác nhau trong một trang tính; hãy tách ra",
        "two different headers in one sheet; split it",
    ),
    (
        "LIST_NO_LINES",
        "danh sách không có người nào",
        "the list has no people",
    ),
    (
        "LIST_SWAPPED_COLUMNS",
        "nội dung các cột không đúng tiêu đề; hãy sửa tiêu đề",
        "the columns do not hold what the header says; mend the titles",
    ),
    (
        "LIST_SEVERAL_PERIODS",
        "một tệp có danh sách của nhiều tháng; mỗi tháng một tệp",
        "one file with lists of several months; one file a month",
    ),
    (
        "LIST_TOO_LARGE",
        "danh sách quá dài; hãy chia nhỏ",
        "the list is too long; split it",
    ),
];

/// Why a bank's file cannot be trusted (`docs/errors.md`, the settlement reader).
pub const READER: &[Word] = &[
    (
        "read_failed",
        "hệ điều hành không đọc được tệp; hãy thử lại",
        "the operating system failed to give the bytes; try again",
    ),
    ("empty_file", "tệp rỗng", "the file is empty"),
    (
        "unknown_format",
        "không phải tệp sao kê mà chương trình đọc được",
        "no format of a statement that is read here",
    ),
    (
        "unknown_version",
        "tệp sao kê thuộc phiên bản khác",
        "another version of the format",
    ),
    (
        "byte_order_mark",
        "tệp đã qua một trình soạn thảo (có dấu BOM)",
        "the file went through an editor (byte order mark)",
    ),
    (
        "carriage_return",
        "tệp đã qua một trình soạn thảo (ký tự CR)",
        "the file went through an editor (carriage return)",
    ),
    (
        "not_ascii",
        "có ký tự ngoài ASCII",
        "a character that is not ASCII",
    ),
    ("blank_line", "có dòng trống", "a blank line"),
    (
        "wrong_length",
        "dòng dài hoặc ngắn hơn quy định",
        "a line too short or too long",
    ),
    (
        "unfinished_line",
        "dòng cuối bị cắt",
        "the last line is cut",
    ),
    (
        "wrong_record",
        "dòng không thuộc loại nào",
        "a line of no known kind",
    ),
    (
        "line_out_of_order",
        "các dòng không đánh số 1, 2, 3",
        "lines are not numbered 1, 2, 3",
    ),
    (
        "missing_trailer",
        "thiếu dòng cuối",
        "the trailer is missing",
    ),
    (
        "bytes_after_trailer",
        "còn nội dung sau dòng cuối",
        "something stands after the trailer",
    ),
    ("not_a_number", "không phải chữ số", "not digits"),
    (
        "number_out_of_range",
        "số nằm ngoài giới hạn",
        "a number out of range",
    ),
    ("amount_form", "số tiền sai dạng", "malformed amount"),
    ("amount_zero", "số tiền bằng 0", "an amount of 0"),
    ("amount_negative", "số tiền âm", "a negative amount"),
    ("amount_too_large", "số tiền quá lớn", "an amount too large"),
    (
        "fraction_of_dong",
        "số tiền có phần lẻ của đồng",
        "a fraction of a dong",
    ),
    ("wrong_currency", "không phải đồng Việt Nam", "not VND"),
    ("balance_form", "số dư sai dạng", "malformed balance"),
    ("no_such_day", "không có ngày này", "no day of the calendar"),
    (
        "booked_after_day",
        "ghi sổ sau ngày của sao kê",
        "booked after the statement's day",
    ),
    (
        "direction_form",
        "chiều nợ/có sai dạng",
        "malformed direction",
    ),
    ("bin_form", "mã ngân hàng sai dạng", "malformed BIN"),
    (
        "text_not_left",
        "chữ không bắt đầu ở đầu ô",
        "text does not start at the left",
    ),
    (
        "reserved_not_blank",
        "phần để trống lại có nội dung",
        "a reserved field is not blank",
    ),
    (
        "field_missing",
        "thiếu một mục bắt buộc",
        "a field is missing",
    ),
    (
        "unsigned_refused",
        "tệp không có chữ ký, mà tài khoản này đòi chữ ký",
        "no signature, and this account wants one",
    ),
    (
        "unknown_key",
        "mã khóa chưa được thiết lập cho tài khoản này",
        "a key id that this account does not have",
    ),
    ("mac_form", "chữ ký trong tệp sai dạng", "malformed MAC"),
    (
        "signature_form",
        "tệp chữ ký (.sig) sai dạng",
        "malformed signature file",
    ),
    (
        "mac_mismatch",
        "chữ ký không khớp: tệp đã bị sửa hoặc khóa khác",
        "the signature does not match: changed bytes or another key",
    ),
    (
        "counts_differ",
        "số dòng khác số đã ghi",
        "the announced count differs",
    ),
    (
        "totals_differ",
        "tổng tiền khác tổng đã ghi",
        "the announced totals differ",
    ),
    (
        "balance_differs",
        "số dư cuối khác kết quả cộng các dòng",
        "the balance is not that of the lines",
    ),
    (
        "entry_conflict",
        "một mã bút toán cho hai bút toán khác nhau",
        "one entry id under two bookings",
    ),
    ("xml_form", "XML hỏng", "broken XML"),
    ("not_utf8", "chữ không phải UTF-8", "the text is not UTF-8"),
    (
        "doctype_refused",
        "XML có DOCTYPE, không nhận",
        "XML with a DOCTYPE is refused",
    ),
    ("too_deep", "XML lồng quá sâu", "XML nested too deep"),
    ("text_too_long", "đoạn chữ quá dài", "a text is too long"),
    (
        "wrong_namespace",
        "không phải camt.053.001.08",
        "a message other than camt.053.001.08",
    ),
    (
        "element_misplaced",
        "phần tử sai chỗ",
        "a misplaced element",
    ),
    (
        "no_statement",
        "không có sao kê nào trong tệp",
        "no statement in the file",
    ),
    (
        "several_statements",
        "nhiều sao kê trong một tệp",
        "several statements in one file",
    ),
    (
        "paged_statement",
        "chỉ là một trang của sao kê nhiều trang",
        "one page of several",
    ),
    (
        "entry_not_booked",
        "bút toán chưa được ngân hàng ghi sổ",
        "an entry that is not booked yet",
    ),
    (
        "batch_differs",
        "các khoản của một lô không cộng thành bút toán",
        "the items of a batch do not add up",
    ),
];

/// What can be wrong with the words of a command line.
pub const USAGE: &[Word] = &[
    (
        "unknown_argument",
        "Không có từ hoặc tùy chọn này",
        "There is no such word or option",
    ),
    (
        "unknown_command",
        "Không có lệnh này",
        "There is no such command",
    ),
    ("missing_argument", "Thiếu", "Missing"),
    ("missing_command", "Chưa nêu lệnh", "No command was given"),
    (
        "missing_value",
        "Tùy chọn này cần một giá trị",
        "This option needs a value",
    ),
    ("bad_value", "Giá trị không đúng", "The value is not right"),
    (
        "twice",
        "Tùy chọn này chỉ được nêu một lần",
        "This option may stand only once",
    ),
    (
        "conflict",
        "Hai tùy chọn không đi cùng nhau",
        "Two options do not go together",
    ),
    (
        "other",
        "Câu lệnh không đúng",
        "The command line is not right",
    ),
];

/// What a database fails at, with what to do.
pub const STORE_FAULTS: &[Word] = &[
    (
        "unreachable",
        "Không kết nối được cơ sở dữ liệu; hãy xem máy chủ có chạy không và địa chỉ trong --database-url",
        "The database cannot be reached; see whether the server runs and what --database-url says",
    ),
    (
        "bad_url",
        "Địa chỉ cơ sở dữ liệu trong --database-url không đúng",
        "The address in --database-url is not right",
    ),
    (
        "no_database_file",
        "Tệp nêu trong --database-url không phải cơ sở dữ liệu của AnSinh, hoặc đã hỏng",
        "The file that --database-url names is no database of AnSinh, or it is damaged",
    ),
    (
        "cannot_open",
        "Không mở hoặc tạo được tệp cơ sở dữ liệu; hãy xem thư mục có tồn tại và được ghi không",
        "The database file cannot be opened or made; see whether its folder exists and may be written",
    ),
    (
        "read_only",
        "Cơ sở dữ liệu chỉ cho đọc; hãy xem quyền ghi của tệp và thư mục",
        "The database may only be read; see the rights of file and folder",
    ),
    (
        "disk_full",
        "Ổ đĩa đã đầy; hãy dọn chỗ rồi chạy lại",
        "The disk is full; make room and run it again",
    ),
    (
        "busy",
        "Cơ sở dữ liệu đang bận vì một lệnh khác; hãy chạy lại",
        "The database is busy with another command; run it again",
    ),
    (
        "not_let_in",
        "Máy chủ cơ sở dữ liệu không nhận tên hoặc mật khẩu trong --database-url",
        "The database server takes neither name nor password of --database-url",
    ),
    (
        "no_such_database",
        "Máy chủ không có cơ sở dữ liệu tên này; hãy tạo nó rồi chạy ansinh migrate",
        "The server has no database of that name; make it and run ansinh migrate",
    ),
    (
        "other",
        "Cơ sở dữ liệu báo lỗi; không có gì được ghi. Hãy chạy lại, rồi xem docs/operations.md",
        "The database failed; nothing was written. Run it again, then see docs/operations.md",
    ),
];

/// What only the server answers.
pub const HTTP: &[Word] = &[
    (
        "address_unknown",
        "không có địa chỉ này",
        "there is no such address",
    ),
    (
        "method_not_allowed",
        "địa chỉ này không nhận phương thức đó",
        "this address does not take that method",
    ),
    (
        "half_body",
        "nội dung không đến đủ; hãy gửi lại",
        "the body did not come whole; send it again",
    ),
    ("too_large", "nội dung quá lớn", "the body is too large"),
    (
        "too_slow",
        "nội dung đến quá chậm; hãy gửi lại",
        "the body came too slowly; send it again",
    ),
    (
        "source_unknown",
        "không có nguồn thông báo này, hoặc nguồn đã ngừng",
        "there is no such source of notices, or it is disabled",
    ),
    (
        "notice_conflict",
        "mã thông báo này đã nhận với nội dung khác; đã lưu, không ghi sổ",
        "this id was taken with other content; kept, not booked",
    ),
    (
        "not_let_in",
        "thiếu mã truy cập, hoặc mã không còn dùng được",
        "no token, or one that lets nobody in",
    ),
    (
        "busy",
        "đang quá tải; hãy gửi lại sau ít giây",
        "too much is waiting; send it again in some seconds",
    ),
    (
        "fault",
        "hệ thống đang lỗi, chưa rõ đã ghi hay chưa; hãy gửi lại",
        "something beneath failed and it is not known to be done; send it again",
    ),
];

/// Why a delivery is refused (`docs/formats/notice.md`).
pub const NOTICE_ERRORS: &[Word] = &[
    ("missing_signature", "thiếu chữ ký", "no signature"),
    (
        "signature_form",
        "chữ ký sai dạng",
        "the signature has not its form",
    ),
    ("unknown_key", "không có khóa này", "unknown key"),
    (
        "bad_signature",
        "chữ ký không khớp nội dung",
        "the signature is not that of this body",
    ),
    (
        "stale_time",
        "ký quá cũ, hoặc đồng hồ lệch",
        "signed too long ago, or a clock is wrong",
    ),
    (
        "malformed",
        "nội dung sai dạng",
        "the body has not its form",
    ),
    (
        "amount_form",
        "số tiền không phải số nguyên đồng",
        "the amount is not a whole number of dong",
    ),
    ("wrong_currency", "không phải tiền Việt Nam", "not VND"),
];

/// What became of a notice.
pub const NOTICE_OUTCOMES: &[Word] = &[
    ("booked", "đã ghi sổ", "booked"),
    ("after_line", "sao kê đã có trước", "its line came before"),
    (
        "compared",
        "khớp với nguồn ghi sổ",
        "agrees with the source that posts",
    ),
    (
        "compared_missing",
        "nguồn ghi sổ chưa báo",
        "the source that posts did not tell it",
    ),
    (
        "conflict",
        "trái với lần báo trước",
        "contradicts an earlier one",
    ),
    (
        "unknown_account",
        "của tài khoản khác",
        "of another account",
    ),
    ("unreadable", "không đọc được", "cannot be read"),
];

/// How a payment found its bill (`collection/allocate.rs`), or that it never came.
pub const CREDIT_RULES: &[Word] = &[
    ("exact", "đúng số tiền", "exact"),
    ("short", "nộp thiếu", "short"),
    ("over", "nộp thừa", "over"),
    ("twice", "nộp lần nữa", "paid again"),
    ("cancelled", "phiếu đã hủy", "cancelled bill"),
    ("split", "nộp cho nhiều em", "for several bills"),
    ("ordered", "chia theo hạn nộp", "shared by due day"),
    (
        "virtual_account",
        "tài khoản riêng của học sinh",
        "virtual account",
    ),
    (
        "foreign_code",
        "mã của đơn vị khác",
        "another biller's code",
    ),
    (
        "wrong_account",
        "sai tài khoản nhận",
        "wrong account of ours",
    ),
    ("not_issued", "phiếu chưa phát hành", "bill not issued"),
    ("wrong_code", "mã sai hoặc thiếu", "wrong or cut code"),
    ("unknown", "không có mã", "no code"),
    ("not_received", "tiền không về", "never came"),
];

/// Why a message of a bank's host, or one to it, is refused (`docs/formats/iso8583.md`).
pub const SWITCH_REFUSALS: &[Word] = &[
    (
        "frame_header",
        "độ dài trước thông điệp không phải chữ số",
        "the length before the message is not made of digits",
    ),
    ("too_large", "thông điệp quá dài", "the message is too long"),
    (
        "half_frame",
        "kết nối đứt giữa thông điệp",
        "the connection ended within a message",
    ),
    (
        "slow_frame",
        "thông điệp đến quá chậm",
        "the message came too slowly",
    ),
    ("short", "thông điệp bị cụt", "the message ends too early"),
    (
        "unknown_mti",
        "loại thông điệp không dùng ở đây",
        "no message that is spoken here",
    ),
    ("tertiary_bitmap", "có bản đồ bit thứ ba", "a third bitmap"),
    (
        "unknown_field",
        "trường không có trong bảng",
        "a field that is not in the table",
    ),
    (
        "missing_field",
        "thiếu trường bắt buộc",
        "a field is missing",
    ),
    (
        "length_form",
        "độ dài trường không phải chữ số",
        "the length of the field is not made of digits",
    ),
    ("field_too_long", "trường quá dài", "the field is too long"),
    (
        "charset",
        "ký tự không được phép trong trường",
        "a character that the field may not hold",
    ),
    (
        "trailing_bytes",
        "thừa byte sau trường cuối",
        "bytes after the last field",
    ),
    ("mac_missing", "thiếu mã xác thực", "no MAC"),
    ("mac_wrong", "mã xác thực sai", "the MAC is wrong"),
    (
        "wrong_direction",
        "thông điệp đi sai chiều",
        "a message of the wrong direction",
    ),
    (
        "stale_time",
        "thời điểm gửi quá cũ, hoặc đồng hồ lệch",
        "sent too long ago, or a clock is wrong",
    ),
    (
        "answer_differs",
        "trả lời không lặp lại đúng yêu cầu",
        "the answer does not repeat its request",
    ),
    ("value", "giá trị không hợp lệ", "no such value"),
    (
        "codec",
        "bộ mã hóa không đọc được",
        "the codec cannot read it",
    ),
];
