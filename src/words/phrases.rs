//! Sentences that the lower rooms write in English, for people who read Vietnamese. `#`
//! in a pattern stands for whatever stands there: a number, a name. What has no pattern
//! stays as it is (names of files, cells, titles of columns).

use super::{Lang, Word};

/// The text in the language; a text that no pattern fits is returned unchanged.
pub fn phrase(text: &str, lang: Lang) -> String {
    for (pattern, vi, en) in PHRASES {
        if let Some(parts) = parts_of(pattern, text) {
            let mut out = String::new();
            let mut parts = parts.into_iter();
            for (i, piece) in lang.pick(vi, en).split('#').enumerate() {
                if i > 0 {
                    out.push_str(&super::day_or_moment(
                        parts.next().unwrap_or_default(),
                        lang,
                    ));
                }
                out.push_str(piece);
            }
            return out;
        }
    }
    text.to_owned()
}

/// What stands at the marks of a pattern, if the text fits it.
fn parts_of<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split('#');
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = if piece.is_empty() && pieces.peek().is_none() {
            rest.len()
        } else {
            rest.find(piece)?
        };
        parts.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty().then_some(parts)
}

/// Pattern, Vietnamese, English; the marks come in the same order.
pub const PHRASES: &[Word] = &[
    // Why a day cannot be closed.
    (
        "no_statement",
        "chưa có sao kê của ngày này. Hãy nhập sao kê (statement import) trước",
        "no statement of this day was imported. Run statement import first",
    ),
    (
        "break_without_owner #",
        "sai lệch số # chưa có người phụ trách. Hãy giao việc (break assign) trước",
        "break # has no owner. Run break assign first",
    ),
    (
        "day_before_open #",
        "ngày # trước đó chưa khóa. Hãy khóa ngày đó trước",
        "the day # before is not closed. Close that one first",
    ),
    // Where a ledger is wrong, and how.
    (
        "posting #, transfer #",
        "chứng từ #, bút toán #",
        "posting #, transfer #",
    ),
    ("posting #", "chứng từ #", "posting #"),
    ("receipt #", "biên lai #", "receipt #"),
    ("receipts #", "các biên lai #", "receipts #"),
    ("collection #", "khoản tiền về số #", "incoming payment #"),
    (
        "the numbers have a gap",
        "số biên lai không liên tục",
        "the numbers have a gap",
    ),
    (
        "its amount is not what was paid",
        "số tiền không khớp với tiền đã nộp",
        "its amount is not what was paid",
    ),
    (
        "its receipts do not say what it paid",
        "biên lai không khớp với khoản tiền này",
        "its receipts do not say what it paid",
    ),
    (
        "its money or its parts are not those that it says",
        "tiền hoặc các phần của khoản này không đúng như đã ghi",
        "its money or its parts are not those that it says",
    ),
    (
        "a part of it is refunded, and no refund names it",
        "một phần đã hoàn mà không có khoản hoàn nào nêu",
        "a part of it is refunded, and no refund names it",
    ),
    (
        "its parts do not come to its amount",
        "các phần không cộng thành số tiền",
        "its parts do not come to its amount",
    ),
    (
        "the statement does not confirm it as it stands",
        "sao kê không xác nhận đúng như đang ghi",
        "the statement does not confirm it as it stands",
    ),
    (
        "a line was taken as a payment, and no payment names it",
        "một dòng sao kê đã tính là tiền nộp mà không có khoản tiền về nào nêu",
        "a line was taken as a payment, and no payment names it",
    ),
    (
        "a line says other than the payments what was paid",
        "một khoản thu ghi số đã nộp khác với các lần nộp",
        "a line says other than the payments what was paid",
    ),
    (
        "what it says was paid, its lines and its state differ",
        "số đã nộp, các khoản thu và trạng thái không khớp nhau",
        "what it says was paid, its lines and its state differ",
    ),
    (
        "the credit is not what payments left",
        "tiền thừa không bằng phần còn lại của các lần nộp",
        "the credit is not what payments left",
    ),
    (
        "a line is not what the ledger posted for it",
        "một khoản không đúng như đã ghi sổ",
        "a line is not what the ledger posted for it",
    ),
    (
        "the ledger does not say whether it is cancelled",
        "trạng thái hủy không khớp với sổ",
        "the ledger and its state differ on whether it is cancelled",
    ),
    (
        "the ledger has it, and it is not there",
        "sổ có ghi mà phiếu không còn",
        "the ledger has it, and it is not there",
    ),
    (
        "its debtor, its lines and its total differ",
        "người nộp, các khoản và tổng số không khớp nhau",
        "its debtor, its lines and its total differ",
    ),
    (
        "its payment code is not the one that it was made with",
        "mã thanh toán không phải mã lúc lập phiếu",
        "its payment code is not the one that it was made with",
    ),
    ("payout #", "khoản trả lại số #", "payout #"),
    ("bill #", "phiếu báo số #", "bill #"),
    ("debtor #", "người phải nộp số #", "debtor #"),
    ("statement id #", "sao kê mã #", "statement id #"),
    ("transfer #", "bút toán #", "transfer #"),
    ("account #", "tài khoản #", "account #"),
    ("address #", "địa chỉ nhận tiền số #", "address #"),
    (
        "its number does not open",
        "số tài khoản niêm phong không mở được bằng bộ khóa này",
        "its account number does not open with this key ring",
    ),
    (
        "bank or number were changed",
        "ngân hàng hoặc số tài khoản đã bị sửa",
        "its bank or account number was changed",
    ),
    (
        "the holder's name was changed",
        "tên chủ tài khoản đã bị sửa",
        "its holder's name was changed",
    ),
    ("audit", "nhật ký", "the audit"),
    ("chain", "chuỗi mã kiểm tra", "the chain"),
    ("book", "toàn sổ", "the whole book"),
    ("bank day #", "ngày ngân hàng #", "bank day #"),
    (
        "the row was changed",
        "dòng đã bị sửa",
        "the row was changed",
    ),
    (
        "one of the two rows was changed",
        "một trong hai dòng đã bị sửa",
        "one of the two rows was changed",
    ),
    ("the row is missing", "thiếu dòng này", "the row is missing"),
    (
        "the row or a row of it was changed",
        "chứng từ hoặc một bút toán của nó đã bị sửa",
        "the row or a row of it was changed",
    ),
    (
        "starts at transfer #, not #",
        "bắt đầu ở bút toán #, đúng ra là #",
        "starts at transfer #, not #",
    ),
    (
        "stands after the end of the journal",
        "nằm sau chỗ kết thúc của sổ",
        "stands after the end of the journal",
    ),
    (
        "the journal ends at posting #, transfer #; the head says #, #",
        "sổ kết thúc ở chứng từ #, bút toán #; đầu sổ ghi #, #",
        "the journal ends at posting #, transfer #; the head says #, #",
    ),
    (
        "an account that it opened was changed",
        "một tài khoản mở bởi chứng từ này đã bị sửa",
        "an account that it opened was changed",
    ),
    (
        "the accounts that it opened are missing",
        "thiếu các tài khoản mở bởi chứng từ này",
        "the accounts that it opened are missing",
    ),
    (
        "balance #/#, its transfers say #/#",
        "số phát sinh #/#, cộng bút toán được #/#",
        "balance #/#, its transfers say #/#",
    ),
    (
        "debits # differ from credits #",
        "tổng nợ # khác tổng có #",
        "debits # differ from credits #",
    ),
    (
        "audit row # is missing",
        "thiếu dòng nhật ký #",
        "audit row # is missing",
    ),
    (
        "audit row # was changed",
        "dòng nhật ký # đã bị sửa",
        "audit row # was changed",
    ),
    (
        "the audit ends at row #, its head says #",
        "nhật ký kết thúc ở dòng #, đầu sổ ghi #",
        "the audit ends at row #, its head says #",
    ),
    (
        "the signed proof was changed",
        "bản chứng minh đã ký bị sửa",
        "the signed proof was changed",
    ),
    (
        "a closed day before it is missing",
        "thiếu một ngày đã khóa trước đó",
        "a closed day before it is missing",
    ),
    (
        "the ledger no longer has the signed head at transfer #",
        "sổ không còn đầu chuỗi đã ký ở bút toán #",
        "the ledger no longer has the signed head at transfer #",
    ),
    (
        "the chain never had the head #",
        "chuỗi của sổ chưa bao giờ đi qua đầu chuỗi #",
        "the chain never had the head #",
    ),
    (
        "opening + movements",
        "số dư đầu + phát sinh",
        "opening + movements",
    ),
    // Values of the command line and of the set-up.
    (
        "a moment such as 2026-06-05T09:30",
        "ngày giờ, như 2026-06-05T09:30",
        "a moment such as 2026-06-05T09:30",
    ),
    (
        "a day such as 2026-06-05 or 05/06/2026",
        "một ngày, như 2026-06-05 hoặc 05/06/2026",
        "a day such as 2026-06-05 or 05/06/2026",
    ),
    (
        "8 to 64 hex digits",
        "8 đến 64 chữ số thập lục phân (0-9, a-f)",
        "8 to 64 hex digits (0-9, a-f)",
    ),
    (
        "64 hex digits",
        "đủ 64 chữ số thập lục phân (0-9, a-f)",
        "64 hex digits (0-9, a-f)",
    ),
    (
        "at most 10 rising days from -60 to 365",
        "không quá 10 ngày tăng dần, từ -60 đến 365",
        "at most 10 rising days from -60 to 365",
    ),
    ("1 or more", "từ 1 trở lên", "1 or more"),
    (
        "--collection, or --bin and --account",
        "--collection, hoặc --bin và --account",
        "--collection, or --bin and --account",
    ),
    (
        "a payment whose account the bank told",
        "khoản tiền mà ngân hàng cho biết số tài khoản nộp",
        "a payment whose account the bank told",
    ),
    ("a whole number", "một số nguyên", "a whole number"),
    (
        "10+ characters",
        "lý do từ 10 ký tự trở lên",
        "a reason of 10 characters or more",
    ),
    (
        "fund/...",
        "tên tài khoản nguồn kinh phí, dạng fund/...",
        "the name of a fund, fund/...",
    ),
    (
        "end-to-end reference",
        "mã tham chiếu của khoản chi",
        "the reference of a payment",
    ),
    (
        "1-16 ASCII",
        "1 đến 16 chữ cái không dấu hoặc chữ số",
        "1 to 16 ASCII letters or digits",
    ),
    ("12 / 9 digits", "12 hoặc 9 chữ số", "12 or 9 digits"),
    ("#-# digits", "# đến # chữ số", "# to # digits"),
    (
        "1-16 of A-Z 0-9 -",
        "1 đến 16 ký tự A-Z 0-9 -",
        "1 to 16 of A-Z 0-9 -",
    ),
    ("a code", "một mã", "a code"),
    (
        "the same book, bin, number and opening as before",
        "đúng đơn vị, mã BIN, số tài khoản và số dư ban đầu như trước",
        "the same book, bin, number and opening as before",
    ),
    (
        "an account that is not set up yet",
        "một số tài khoản chưa được thiết lập",
        "an account that is not set up yet",
    ),
    (
        "id 1-16 characters, key of 8 bytes or more",
        "mã khóa 1 đến 16 ký tự, khóa từ 8 byte trở lên",
        "id 1-16 characters, key of 8 bytes or more",
    ),
    (
        "docs/cli.md, setup",
        "đúng mẫu trong docs/cli.md, mục setup",
        "the form in docs/cli.md, setup",
    ),
    (
        "line #: broken_csv",
        "dòng #: CSV bị hỏng, số cột các dòng không đều",
        "line #: a broken CSV, lines of differing numbers of columns",
    ),
    (
        "line #: a field that cannot be read",
        "dòng #: một mục không đọc được",
        "line #: a field that cannot be read",
    ),
    (
        "line #: too many people",
        "dòng #: quá nhiều người",
        "line #: too many people",
    ),
    ("line #, #", "dòng #, mục #", "line #, #"),
    ("line #: #", "dòng #: #", "line #: #"),
    ("line #", "dòng #", "line #"),
    ("statement #", "sao kê số #", "statement #"),
    ("day close", "khóa ngày", "day close"),
    ("# or later", "ngày # hoặc sau đó", "# or later"),
    (
        "unknown field #, expected one of #",
        "mục không có trong mẫu: #; các mục được dùng: #",
        "unknown field #, expected one of #",
    ),
    (
        "unknown field #, expected #",
        "mục không có trong mẫu: #; cần #",
        "unknown field #, expected #",
    ),
    ("missing field #", "thiếu mục #", "missing field #"),
    // What a VietQR must have.
    (
        "percent above 0 and at most 100",
        "phần trăm lớn hơn 0 và không quá 100",
        "a percentage above 0 and at most 100",
    ),
    (
        "whole đồng above 0",
        "số đồng chẵn lớn hơn 0",
        "whole đồng above 0",
    ),
    (
        "the decision, paper or rule",
        "quyết định, giấy tờ hoặc quy định làm căn cứ",
        "the decision, paper or rule",
    ),
    (
        "not before valid_from",
        "không trước ngày bắt đầu (--from)",
        "not before the first day (--from)",
    ),
    (
        "a kind of paper of the set-up (book.biller.papers)",
        "một loại chứng từ trong tệp thiết lập (book.biller.papers)",
        "a kind of paper of the set-up (book.biller.papers)",
    ),
    (
        "the name on the bill",
        "tên ghi trên phiếu báo",
        "the name on the bill",
    ),
    (
        "for whom it is collected: 1-40 of a-z 0-9 _",
        "mã bên được thu hộ: 1 đến 40 ký tự a-z 0-9 _",
        "for whom it is collected: 1-40 of a-z 0-9 _",
    ),
    (
        "none: only thu hộ has one",
        "để trống: chỉ khoản thu hộ mới có",
        "none: only thu hộ has one",
    ),
    (
        "the same kind and third party as before: take another code",
        "đúng loại và bên được thu hộ như trước: khoản khác thì đặt mã khác",
        "the same kind and third party as before: take another code",
    ),
    (
        "an amount above 0 and a ground",
        "số tiền lớn hơn 0 và căn cứ",
        "an amount above 0 and a ground",
    ),
    ("0 to 10^15 đồng", "từ 0 đến 10^15 đồng", "0 to 10^15 đồng"),
    (
        "the decision or rule that sets the price",
        "quyết định hoặc quy định đặt ra mức thu",
        "the decision or rule that sets the price",
    ),
    (
        "one of grade, class, debtor",
        "chỉ một trong các mục: khối (grade), lớp (class), học sinh (debtor)",
        "one of grade, class, debtor",
    ),
    (
        "0 (preschool) to 12",
        "từ 0 (mầm non) đến 12",
        "0 (preschool) to 12",
    ),
    (
        "1-31, or a day such as 2026-09-30",
        "ngày trong tháng từ 1 đến 31, hoặc một ngày như 2026-09-30",
        "1-31, or a day such as 2026-09-30",
    ),
    (
        "percent (to 100) or amount, after 0-365 days",
        "phần trăm (đến 100) hoặc số tiền, sau 0 đến 365 ngày",
        "percent (to 100) or amount, after 0-365 days",
    ),
    (
        "none: a contribution is voluntary",
        "để trống: khoản tự nguyện không có phí nộp chậm",
        "none: a contribution is voluntary",
    ),
    (
        "2-12 parts with shares above 0, due one after the other",
        "2 đến 12 đợt, mỗi đợt một phần lớn hơn 0, hạn nộp lần lượt",
        "2-12 parts with shares above 0, due one after the other",
    ),
    (
        "term, year or once",
        "theo kỳ (term), năm (year) hoặc một lần (once)",
        "term, year or once",
    ),
    (
        "above 0 and at most 100",
        "lớn hơn 0 và không quá 100",
        "above 0 and at most 100",
    ),
    (
        "the decision that grants it",
        "quyết định cho miễn giảm",
        "the decision that grants it",
    ),
    (
        "a kind of 1-20 of a-z 0-9 _",
        "mã loại từ 1 đến 20 ký tự a-z 0-9 _",
        "a kind of 1-20 of a-z 0-9 _",
    ),
    (
        "a symbol of 1-8 of A-Z 0-9 -",
        "ký hiệu từ 1 đến 8 ký tự A-Z 0-9 -",
        "a symbol of 1-8 of A-Z 0-9 -",
    ),
    ("a title", "tên của chứng từ", "a title"),
    ("each kind once", "mỗi loại một lần", "each kind once"),
    (
        "another symbol for each kind",
        "mỗi loại một ký hiệu khác nhau",
        "another symbol for each kind",
    ),
    ("at most #", "không quá #", "at most #"),
    ("<= #", "không sau #", "not after #"),
    ("CSV in UTF-8", "CSV lưu dạng UTF-8", "CSV in UTF-8"),
    (
        "CSV in UTF-8 with commas",
        "CSV lưu dạng UTF-8, cách nhau bằng dấu phẩy",
        "CSV in UTF-8 with commas",
    ),
    (
        "each pupil once",
        "mỗi học sinh một dòng",
        "each pupil once",
    ),
    (
        "the code of a pupil",
        "mã của một học sinh",
        "the code of a pupil",
    ),
    (
        "a month that no bill has settled yet",
        "một tháng chưa có phiếu báo nào trừ ngày nghỉ",
        "a month that no bill has settled yet",
    ),
    (
        "at most the # planned days",
        "không quá # ngày dự kiến",
        "at most the # planned days",
    ),
    (
        "a code that no other account has",
        "mã chưa dùng cho tài khoản khác",
        "a code that no other account has",
    ),
    (
        "a code, and an end after its start",
        "mã năm học, ngày kết thúc sau ngày bắt đầu",
        "a code, and an end after its start",
    ),
    (
        "the same days as before",
        "đúng các ngày như trước",
        "the same days as before",
    ),
    (
        "a code and a grade 0-12",
        "mã lớp và khối từ 0 đến 12",
        "a code and a grade 0-12",
    ),
    (
        "the same grade as before",
        "đúng khối như trước",
        "the same grade as before",
    ),
    (
        "10, 12 or 13 digits",
        "10, 12 hoặc 13 chữ số",
        "10, 12 or 13 digits",
    ),
    (
        "a day such as 2026-09-01",
        "một ngày, như 2026-09-01",
        "a day such as 2026-09-01",
    ),
    ("a column #", "một cột #", "a column #"),
    (
        "whole đồng, not below 0 (#)",
        "số đồng chẵn, không nhỏ hơn 0 (#)",
        "whole đồng, not below 0 (#)",
    ),
    (
        "a code that is no personal number",
        "một mã không phải số định danh cá nhân",
        "a code that is no personal number",
    ),
    (
        "a bill that a VietQR can hold",
        "phiếu báo mà mã VietQR chứa được",
        "a bill that a VietQR can hold",
    ),
    (
        "a cashier who is not the accountant",
        "thu ngân không đồng thời là kế toán",
        "a cashier who is not the accountant",
    ),
    (
        "--bin and --account: the bank did not tell the account",
        "--bin và --account, vì ngân hàng không cho biết tài khoản đã chuyển",
        "--bin and --account: the bank did not tell the account",
    ),
    (
        "6-19 letters or digits, as text",
        "6 đến 19 chữ cái hoặc chữ số, để dạng chữ",
        "6-19 letters or digits, as text",
    ),
    (
        "code of a pupil",
        "mã của một học sinh của trường",
        "code of a pupil",
    ),
    (
        "each number once",
        "mỗi số tài khoản một lần",
        "each number once",
    ),
    (
        "a number that nobody else has",
        "số tài khoản chưa cấp cho ai khác",
        "a number that nobody else has",
    ),
    (
        "1-19 letters or digits, as text",
        "1 đến 19 chữ cái hoặc chữ số, để dạng chữ",
        "1-19 letters or digits, as text",
    ),
    ("a name", "tên", "a name"),
    (
        "a folder that is there",
        "một thư mục đã có",
        "a folder that is there",
    ),
    (
        "a folder that can be written",
        "một thư mục ghi được",
        "a folder that can be written",
    ),
    (
        "no folder, and none can be made",
        "không có thư mục này và không tạo được",
        "no folder, and none can be made",
    ),
    (
        "a row with STT, Mã học sinh, Họ và tên, Ngày sinh, Lớp ...",
        "một dòng tiêu đề: STT, Mã học sinh, Họ và tên, Ngày sinh, Lớp ...",
        "a row with STT, Mã học sinh, Họ và tên, Ngày sinh, Lớp ...",
    ),
    ("a header", "dòng tiêu đề", "a header"),
    ("pupils under it", "học sinh ở bên dưới", "pupils under it"),
    (
        "one column of each kind",
        "mỗi loại một cột",
        "one column of each kind",
    ),
    (
        "a list of people, as .xlsx or as CSV in UTF-8",
        "danh sách dạng .xlsx hoặc CSV UTF-8",
        "a list of people, as .xlsx or as CSV in UTF-8",
    ),
    (
        "# to # letters or digits",
        "# đến # chữ cái hoặc chữ số",
        "# to # letters or digits",
    ),
    ("# to # digits", "# đến # chữ số", "# to # digits"),
    (
        "# upper-case hex digits",
        "# chữ số hệ 16 viết hoa",
        "# upper-case hex digits",
    ),
    ("# digits", "# chữ số", "# digits"),
    (
        "whole dong, # to #, digits only, no leading zero",
        "số đồng chẵn từ # đến #, chỉ gồm chữ số, không có số 0 ở đầu",
        "whole dong, # to #, digits only, no leading zero",
    ),
    (
        "a tag of two digits and a length of two digits",
        "thẻ hai chữ số và độ dài hai chữ số",
        "a tag of two digits and a length of two digits",
    ),
    (
        "tag 63 with the checksum at the end",
        "thẻ 63 với mã kiểm tra ở cuối",
        "tag 63 with the checksum at the end",
    ),
    ("the end of the text", "hết nội dung", "the end of the text"),
    ("each tag once", "mỗi thẻ một lần", "each tag once"),
    (
        "at most # characters in all",
        "tất cả không quá # ký tự",
        "at most # characters in all",
    ),
    (
        "at most # characters",
        "không quá # ký tự",
        "at most # characters",
    ),
    ("tags # to #", "thẻ # đến #", "tags # to #"),
    ("printable ASCII", "chữ ASCII in được", "printable ASCII"),
    (
        "a PNG with one QR code",
        "ảnh PNG có một mã QR",
        "a PNG with one QR code",
    ),
    // Files that are refused as a whole.
    ("file", "cả tệp", "the whole file"),
    ("nothing", "không có gì", "nothing"),
    ("no rows", "không có dòng nào", "no rows"),
    (
        "a list of people to be paid, as .xlsx or as CSV in UTF-8",
        "danh sách chi trả dạng .xlsx hoặc CSV UTF-8",
        "a list of people to be paid, as .xlsx or as CSV in UTF-8",
    ),
    (
        "a population register as CSV, UTF-8",
        "dữ liệu dân cư dạng CSV UTF-8",
        "a population register as CSV, UTF-8",
    ),
    (
        "text in another encoding (Windows-1258, TCVN3, UTF-16 ...) or no text",
        "chữ theo bảng mã khác (Windows-1258, TCVN3, UTF-16 ...)",
        "text in another encoding (Windows-1258, TCVN3, UTF-16 ...) or no text",
    ),
    (
        "CSV saved as UTF-8, or .xlsx",
        "CSV lưu dạng UTF-8, hoặc .xlsx",
        "CSV saved as UTF-8, or .xlsx",
    ),
    (
        "CSV saved as UTF-8",
        "CSV lưu dạng UTF-8",
        "CSV saved as UTF-8",
    ),
    (
        "bytes that are not UTF-8",
        "có ký tự không phải UTF-8",
        "bytes that are not UTF-8",
    ),
    (
        "plain text under the name of a workbook",
        "tệp chữ mang tên bảng tính; hãy mở bằng Excel và lưu lại dạng .xlsx",
        "plain text under the name of a workbook; open it and save it as .xlsx",
    ),
    (
        "a zip archive that is no workbook (a document, a folder ...)",
        "tệp nén không phải bảng tính (văn bản, thư mục nén ...)",
        "a zip archive that is no workbook (a document, a folder ...)",
    ),
    (
        "an old workbook (.xls) or one with a password; save it as .xlsx without password",
        "bảng tính cũ (.xls) hoặc có mật khẩu; hãy lưu lại dạng .xlsx không mật khẩu",
        "an old workbook (.xls) or one with a password; save it as .xlsx without password",
    ),
    ("a PDF", "tệp PDF", "a PDF"),
    ("a picture", "tệp ảnh", "a picture"),
    (
        "a web page; save it as .xlsx",
        "trang web; hãy lưu lại dạng .xlsx",
        "a web page; save it as .xlsx",
    ),
    (
        "a bank's ISO 20022 message",
        "tệp ISO 20022 của ngân hàng",
        "a bank's ISO 20022 message",
    ),
    ("an XML file", "tệp XML", "an XML file"),
    (
        "a bank's MT940 statement",
        "sao kê MT940 của ngân hàng",
        "a bank's MT940 statement",
    ),
    (
        "a bank's settlement file",
        "tệp sao kê của ngân hàng",
        "a bank's settlement file",
    ),
    ("a JSON file", "tệp JSON", "a JSON file"),
    (
        "a population register",
        "tệp dữ liệu dân cư",
        "a population register",
    ),
    (
        "a bank's list of account holders",
        "danh sách chủ tài khoản của ngân hàng",
        "a bank's list of account holders",
    ),
    (
        "a row with STT, Họ và tên, Ngày tháng năm sinh, Số CCCD, Đối tượng ...",
        "một dòng tiêu đề: STT, Họ và tên, Ngày tháng năm sinh, Số CCCD, Đối tượng ...",
        "a row with STT, Họ và tên, Ngày tháng năm sinh, Số CCCD, Đối tượng ...",
    ),
    (
        "a header in row #",
        "dòng tiêu đề ở hàng #",
        "a header in row #",
    ),
    ("people under it", "người ở bên dưới", "people under it"),
    ("one month", "một tháng", "one month"),
    ("at most # lines", "nhiều nhất # dòng", "at most # lines"),
    ("too many #", "quá nhiều (#)", "too many #"),
    (
        "#: a column with this title",
        "cột có tiêu đề \"#\"",
        "a column with the title \"#\"",
    ),
    ("one column #", "một cột \"#\"", "one column \"#\""),
    (
        "rows out of order",
        "các dòng không theo thứ tự",
        "rows out of order",
    ),
    (
        "a cell without end: a quotation mark is not closed",
        "một ô thiếu dấu ngoặc kép đóng",
        "a cell without end: a quotation mark is not closed",
    ),
    (
        "the last line stops before its last column",
        "dòng cuối bị cắt giữa chừng",
        "the last line stops before its last column",
    ),
    (
        "more lines than a file may have",
        "quá nhiều dòng",
        "more lines than a file may have",
    ),
    (
        "a field that cannot be read",
        "một mục không đọc được",
        "a field that cannot be read",
    ),
    ("too many people", "quá nhiều người", "too many people"),
    // Why a file cannot be read.
    (
        "#: no_such_file",
        "#: không có tệp này",
        "#: there is no such file",
    ),
    (
        "no_such_file",
        "không có tệp này; hãy xem lại tên và thư mục",
        "there is no such file; check its name and folder",
    ),
    (
        "#: a_folder",
        "#: đây là thư mục, không phải tệp",
        "#: this is a folder, not a file",
    ),
    (
        "a_folder",
        "đây là thư mục; hãy ghi tên một tệp",
        "this is a folder; name a file",
    ),
    (
        "#: no_right",
        "#: không có quyền đọc",
        "#: no right to read it",
    ),
    (
        "a file that can be read",
        "một tệp đọc được",
        "a file that can be read",
    ),
    (
        "no_right",
        "không có quyền đọc; hãy nhờ quản trị máy cấp quyền",
        "no right to read it; ask who looks after the machine",
    ),
    (
        "not_utf8",
        "chữ trong tệp không phải UTF-8; hãy lưu lại dạng UTF-8",
        "the text is not UTF-8; save it as UTF-8",
    ),
    (
        "wrong_columns",
        "các cột không đúng mẫu (xem docs/formats/register.md)",
        "the columns are not those of docs/formats/register.md",
    ),
    (
        "broken_csv",
        "CSV bị hỏng: số cột các dòng không đều",
        "a broken CSV: lines of differing numbers of columns",
    ),
    (
        "broken_xlsx",
        "bảng tính bị hỏng; hãy mở bằng Excel và lưu lại",
        "a damaged workbook; open it and save it again",
    ),
    (
        "no_record",
        "tệp không có bản ghi nào",
        "there is no record in it",
    ),
    (
        "no_holder",
        "tệp không có chủ tài khoản nào",
        "there is no holder in it",
    ),
    (
        "system: #",
        "máy tính báo lỗi đọc: #",
        "the machine failed to read it: #",
    ),
    ("register as loaded", "dân cư đã nạp", "register as loaded"),
    ("no reason given", "không nêu lý do", "no reason given"),
    ("# lines, # dong", "# dòng, # đồng", "# lines, # dong"),
    ("# lines", "# dòng", "# lines"),
    (
        "not JSON",
        "câu trả lời không đúng dạng JSON",
        "the answer is not JSON",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a sentence that loses its facts on the way, or that is mistaken for another.
    #[test]
    fn the_marks_keep_their_facts() {
        let say = |text| phrase(text, Lang::Vi);
        assert_eq!(
            say("day_before_open 2026-06-01"),
            "ngày 01/06/2026 trước đó chưa khóa. Hãy khóa ngày đó trước"
        );
        assert_eq!(say("posting 3, transfer 17"), "chứng từ 3, bút toán 17");
        assert_eq!(say("audit row 4 was changed"), "dòng nhật ký 4 đã bị sửa");
        assert_eq!(say("Xã An Lão!E8"), "Xã An Lão!E8");
    }

    /// Catches a pattern whose words forget one of its marks.
    #[test]
    fn words_have_as_many_marks_as_their_pattern() {
        let marks = |s: &str| s.matches('#').count();
        for (pattern, vi, en) in PHRASES {
            assert_eq!(
                (marks(vi), marks(en)),
                (marks(pattern), marks(pattern)),
                "{pattern}"
            );
        }
    }
}
