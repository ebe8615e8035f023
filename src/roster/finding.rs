//! What the check has to say about a line: refusals, problems, warnings and repairs.
//!
//! A *refusal* is why a line's category is not MATCHED. A *problem* stops a line that is
//! MATCHED (its bank is not known, its amount is 0). A *warning* stops nothing. A *repair*
//! is something that was read otherwise than it stood there. Each names the cell, what
//! stands there and what was expected; the sentence is made from these when it is shown.

use super::amount::AmountProblem;
use super::cell::Place;

/// What was found, closed and with stable codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingCode {
    NumberMissing,
    NumberBadForm,
    RegisterSilent,
    NotInRegister,
    NameMissing,
    NameDiffers,
    BirthMissing,
    BirthUnreadable,
    BirthDiffers,
    Deceased,
    SexDiffers,
    CommuneDiffers,
    ListedTwice,
    ListedBefore,
    PolicyMissing,
    PolicyUnknown,
    PolicyNotInForce,
    PolicyOneOff,
    AmountOutOfRange,
    Amount(AmountProblem),
    BankMissing,
    BankUnknown,
    BankSeveral,
    AccountMissing,
    AccountBadForm,
    AccountDigitsLost,
    ProxyNumberMissing,
    ProxyNumberBadForm,
    ProxyUnchecked,
    ProxyNotInRegister,
    ProxyNameDiffers,
    ProxyDeceased,
    AmountDiffers,
    CoefficientDiffers,
    SexUnreadable,
    AgeOutside,
    NumberSaysOtherBirthYear,
    NoAccount,
    AccountShort,
    PeriodDiffers,
}

/// One finding about one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: FindingCode,
    pub place: Place,
    /// What stands there.
    pub found: Box<str>,
    /// What was expected, or what it should probably be.
    pub expected: Box<str>,
}

/// A finding that stops nothing; `line` is the index in the list's lines, `None` for one
/// about the whole list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub line: Option<usize>,
    pub stt: u32,
    pub finding: Finding,
}

/// Why something was read otherwise than it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RepairCode {
    /// Blanks and marks taken off an identity number, or its lost zeros put back.
    Number,
    /// An old number replaced by the personal number of the register.
    OldNumber,
    /// An account number's lost zeros put back.
    Account,
    /// A proxy's identity number mended.
    ProxyNumber,
    /// The century of a birth year, or a year in a date cell.
    Birth,
    /// Marks between thousands, blanks and the currency taken off an amount.
    Amount,
}

/// One repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Index in the list's lines.
    pub line: usize,
    pub stt: u32,
    pub code: RepairCode,
    pub place: Place,
    pub was: Box<str>,
    pub became: Box<str>,
}

impl FindingCode {
    /// The stable code of the API.
    pub fn code(self) -> &'static str {
        self.texts().0
    }

    /// Code, Vietnamese, English. `{found}` and `{expected}` are filled in.
    fn texts(self) -> (&'static str, &'static str, &'static str) {
        use FindingCode::*;
        match self {
            NumberMissing => (
                "NUMBER_MISSING",
                "chưa ghi số CCCD/số định danh",
                "no identity number",
            ),
            NumberBadForm => (
                "NUMBER_BAD_FORM",
                "số CCCD “{found}” không đúng dạng 12 hoặc 9 chữ số{hint}",
                "identity number “{found}” is not 12 or 9 digits{hint}",
            ),
            RegisterSilent => (
                "REGISTER_SILENT",
                "cơ sở dữ liệu dân cư chưa trả lời, phải tra cứu lại",
                "the population register gave no answer; ask again",
            ),
            NotInRegister => (
                "NOT_IN_REGISTER",
                "không có người mang số “{found}” trong cơ sở dữ liệu dân cư",
                "the population register has nobody with number “{found}”",
            ),
            NameMissing => ("NAME_MISSING", "chưa ghi họ và tên", "no name"),
            NameDiffers => (
                "NAME_DIFFERS",
                "họ tên “{found}” khác cơ sở dữ liệu dân cư: “{expected}”",
                "name “{found}” differs from the register: “{expected}”",
            ),
            BirthMissing => (
                "BIRTH_MISSING",
                "chưa ghi ngày sinh hoặc năm sinh",
                "no birth date or year",
            ),
            BirthUnreadable => (
                "BIRTH_UNREADABLE",
                "không đọc được ngày sinh “{found}” (cần ngày/tháng/năm hoặc năm)",
                "birth date “{found}” cannot be read (day/month/year or a year)",
            ),
            BirthDiffers => (
                "BIRTH_DIFFERS",
                "ngày sinh “{found}” khác cơ sở dữ liệu dân cư: “{expected}”",
                "birth date “{found}” differs from the register: “{expected}”",
            ),
            Deceased => (
                "DECEASED",
                "người này đã chết, ngày {expected}",
                "this person is dead, since {expected}",
            ),
            SexDiffers => (
                "SEX_DIFFERS",
                "giới tính “{found}” khác cơ sở dữ liệu dân cư: “{expected}”",
                "sex “{found}” differs from the register: “{expected}”",
            ),
            CommuneDiffers => (
                "COMMUNE_DIFFERS",
                "nơi ở “{found}” khác cơ sở dữ liệu dân cư: “{expected}”",
                "address “{found}” differs from the register: “{expected}”",
            ),
            ListedTwice => (
                "LISTED_TWICE",
                "người này đã có ở dòng trước: {expected}",
                "this person stands in an earlier line: {expected}",
            ),
            ListedBefore => (
                "LISTED_BEFORE",
                "người này đã có trong danh sách nhập trước của kỳ {expected}",
                "this person stands in a list of {expected} that was imported before",
            ),
            PolicyMissing => ("POLICY_MISSING", "chưa ghi đối tượng", "no policy category"),
            PolicyUnknown => (
                "POLICY_UNKNOWN",
                "không rõ đối tượng “{found}” theo nghị định nào",
                "policy category “{found}” is not known",
            ),
            PolicyNotInForce => (
                "POLICY_NOT_IN_FORCE",
                "đối tượng “{found}” không có mức hưởng trong kỳ {expected}",
                "policy category “{found}” has no rate in {expected}",
            ),
            PolicyOneOff => (
                "POLICY_ONE_OFF",
                "“{found}” là khoản chi một lần, không chi hằng tháng",
                "“{found}” is paid once, not monthly",
            ),
            AmountOutOfRange => (
                "AMOUNT_OUT_OF_RANGE",
                "mức chuẩn nhân hệ số {expected} không thành số tiền chi được",
                "standard times coefficient {expected} is no amount that can be paid",
            ),
            Amount(problem) => (problem.code(), problem.vi(), problem.en()),
            BankMissing => (
                "BANK_MISSING",
                "có số tài khoản “{found}” mà chưa ghi ngân hàng",
                "account “{found}” without a bank",
            ),
            BankUnknown => (
                "BANK_UNKNOWN",
                "không rõ ngân hàng “{found}”",
                "bank “{found}” is not known",
            ),
            BankSeveral => (
                "BANK_SEVERAL",
                "“{found}” có thể là nhiều ngân hàng: {expected}",
                "“{found}” may be several banks: {expected}",
            ),
            AccountMissing => (
                "ACCOUNT_MISSING",
                "có ngân hàng “{found}” mà chưa ghi số tài khoản",
                "bank “{found}” without an account number",
            ),
            AccountBadForm => (
                "ACCOUNT_BAD_FORM",
                "số tài khoản “{found}” không đúng dạng",
                "account number “{found}” is not well formed",
            ),
            AccountDigitsLost => (
                "ACCOUNT_DIGITS_LOST",
                "số tài khoản “{found}” đã mất chữ số, phải ghi lại dạng chữ",
                "account number “{found}” has lost digits; type it as text",
            ),
            ProxyNumberMissing => (
                "PROXY_NUMBER_MISSING",
                "người nhận thay “{found}” chưa có số CCCD",
                "recipient “{found}” has no identity number",
            ),
            ProxyNumberBadForm => (
                "PROXY_NUMBER_BAD_FORM",
                "số CCCD người nhận thay “{found}” không đúng dạng{hint}",
                "recipient's identity number “{found}” is not well formed{hint}",
            ),
            ProxyUnchecked => (
                "PROXY_UNCHECKED",
                "chưa tra cứu được người nhận thay “{found}”",
                "recipient “{found}” could not be looked up",
            ),
            ProxyNotInRegister => (
                "PROXY_NOT_IN_REGISTER",
                "không có người nhận thay mang số “{found}” trong cơ sở dữ liệu dân cư",
                "the register has no recipient with number “{found}”",
            ),
            ProxyNameDiffers => (
                "PROXY_NAME_DIFFERS",
                "họ tên người nhận thay “{found}” khác cơ sở dữ liệu dân cư: “{expected}”",
                "recipient's name “{found}” differs from the register: “{expected}”",
            ),
            ProxyDeceased => (
                "PROXY_DECEASED",
                "người nhận thay “{found}” đã chết, ngày {expected}",
                "recipient “{found}” is dead, since {expected}",
            ),
            AmountDiffers => (
                "AMOUNT_DIFFERS",
                "số tiền ghi “{found}” khác số tính theo quy định: {expected}",
                "amount “{found}” differs from the computed: {expected}",
            ),
            CoefficientDiffers => (
                "COEFFICIENT_DIFFERS",
                "hệ số ghi “{found}” khác hệ số của đối tượng: {expected}",
                "coefficient “{found}” differs from the category's: {expected}",
            ),
            SexUnreadable => (
                "SEX_UNREADABLE",
                "không đọc được giới tính “{found}”",
                "sex “{found}” cannot be read",
            ),
            AgeOutside => (
                "AGE_OUTSIDE",
                "{found} tuổi không hợp với đối tượng “{expected}”",
                "age {found} does not fit “{expected}”",
            ),
            NumberSaysOtherBirthYear => (
                "NUMBER_SAYS_OTHER_BIRTH_YEAR",
                "số CCCD ứng với năm sinh {expected}, không phải {found}",
                "the number belongs to birth year {expected}, not {found}",
            ),
            NoAccount => (
                "NO_ACCOUNT",
                "chưa có tài khoản ngân hàng",
                "no bank account",
            ),
            AccountShort => (
                "ACCOUNT_SHORT",
                "số tài khoản “{found}” ngắn hơn {expected} chữ số của ngân hàng này",
                "account number “{found}” is shorter than the {expected} digits of this bank",
            ),
            PeriodDiffers => (
                "PERIOD_DIFFERS",
                "danh sách ghi tháng {found}, đang kiểm tra cho tháng {expected}",
                "the list says {found}, checked for {expected}",
            ),
        }
    }

    fn fill(template: &str, finding: &Finding, hint: &str) -> String {
        let hint = match &*finding.expected {
            "" => String::new(),
            expected => format!("{hint} “{expected}”?"),
        };
        template
            .replace("{hint}", &hint)
            .replace("{expected}", &finding.expected)
            .replace("{found}", &finding.found)
    }
}

impl Finding {
    /// In Vietnamese, without the cell.
    pub fn text_vi(&self) -> String {
        FindingCode::fill(self.code.texts().1, self, "; có phải là")
    }

    /// In English, without the cell.
    pub fn text_en(&self) -> String {
        FindingCode::fill(self.code.texts().2, self, "; is it")
    }

    /// In Vietnamese, with the cell: `Ô E8: ...`.
    pub fn vi(&self) -> String {
        format!("Ô {}: {}", self.place.cell(), self.text_vi())
    }

    /// In English, with the cell: `E8: ...`.
    pub fn en(&self) -> String {
        format!("{}: {}", self.place.cell(), self.text_en())
    }
}

impl RepairCode {
    /// The stable code of the API.
    pub fn code(self) -> &'static str {
        match self {
            RepairCode::Number => "NUMBER_MENDED",
            RepairCode::OldNumber => "OLD_NUMBER_REPLACED",
            RepairCode::Account => "ACCOUNT_ZEROS_RESTORED",
            RepairCode::ProxyNumber => "PROXY_NUMBER_MENDED",
            RepairCode::Birth => "BIRTH_YEAR_COMPLETED",
            RepairCode::Amount => "AMOUNT_READ",
        }
    }
}
