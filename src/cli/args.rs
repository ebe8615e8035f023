//! The words of the command line.

use super::school_args::{
    AbsenceAct, BillAct, DebtorReportArgs, FeeAct, FeesReportArgs, ReductionAct, SchoolAct,
    SurchargeAct,
};
use crate::error::Lang;
use crate::reconcile::resolve::Action;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// AnSinh: chi trả an sinh xã hội không dùng tiền mặt, đối soát đến từng đồng.
#[derive(Parser, Debug)]
#[command(name = "ansinh", version, about, long_about = None, max_term_width = 100)]
pub struct Cli {
    /// Cơ sở dữ liệu / database: sqlite:FILE or postgres://...
    #[arg(long, global = true, env = "ANSINH_DATABASE_URL", default_value = crate::store::DEFAULT_URL)]
    pub database_url: String,
    /// Tệp khóa / key ring (default: ansinh.keys beside the database)
    #[arg(long, global = true)]
    pub keys: Option<PathBuf>,
    /// Cán bộ thực hiện / the acting person
    #[arg(long = "as", global = true, value_name = "USER")]
    pub actor: Option<String>,
    /// Đơn vị / book (default: the only one)
    #[arg(long, global = true)]
    pub book: Option<String>,
    /// Ngôn ngữ thông báo / language of messages
    #[arg(long, global = true, value_enum, default_value_t = Lang::Vi)]
    pub lang: Lang,
    /// In một đối tượng JSON / print one JSON object
    #[arg(long, global = true)]
    pub json: bool,
    /// Đặt đồng hồ / set the clock: 2026-06-05 or 2026-06-05T09:30 (+07:00)
    #[arg(long, global = true)]
    pub now: Option<String>,
    /// Khóa chống lặp / idempotency key: the same key gives the recorded answer
    #[arg(long, global = true)]
    pub key: Option<String>,
    /// Chạy thử, không ghi / show what would happen, change nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    #[command(subcommand)]
    pub command: Cmd,
}

#[derive(Subcommand, Debug)]
pub enum Cmd {
    /// Tạo hoặc nâng cấp cơ sở dữ liệu / bring the schema up to date
    Migrate,
    /// Thiết lập từ tệp TOML / set up from a TOML file
    Setup { file: PathBuf },
    /// Dữ liệu dân cư / population register
    Registry {
        #[command(subcommand)]
        act: RegistryAct,
    },
    /// Chủ tài khoản theo ngân hàng / a bank's account holders
    Holders {
        #[command(subcommand)]
        act: HoldersAct,
    },
    /// Danh sách của xã / a commune's list
    Roster {
        #[command(subcommand)]
        act: RosterAct,
    },
    /// Tài khoản an sinh / social-security accounts
    Account {
        #[command(subcommand)]
        act: AccountAct,
    },
    /// Kinh phí / budget
    Budget {
        #[command(subcommand)]
        act: BudgetAct,
    },
    /// Kỳ chi trả / pay cycle
    Cycle {
        #[command(subcommand)]
        act: CycleAct,
    },
    /// Đợt chi / batch
    Batch {
        #[command(subcommand)]
        act: BatchAct,
    },
    /// Sao kê ngân hàng / bank statement
    Statement {
        #[command(subcommand)]
        act: StatementAct,
    },
    /// Sai lệch / breaks
    Break {
        #[command(subcommand)]
        act: BreakAct,
    },
    /// Ngày ngân hàng / bank day
    Day {
        #[command(subcommand)]
        act: DayAct,
    },
    /// Học sinh / pupils of a school
    School {
        #[command(subcommand)]
        act: SchoolAct,
    },
    /// Khoản thu, mức thu / fees and prices
    Fee {
        #[command(subcommand)]
        act: FeeAct,
    },
    /// Miễn giảm / reductions
    Reduction {
        #[command(subcommand)]
        act: ReductionAct,
    },
    /// Ngày nghỉ / absences
    Absence {
        #[command(subcommand)]
        act: AbsenceAct,
    },
    /// Phiếu thu / bills
    Bill {
        #[command(subcommand)]
        act: BillAct,
    },
    /// Phí nộp chậm / late surcharges
    Surcharge {
        #[command(subcommand)]
        act: SurchargeAct,
    },
    /// Sổ kế toán / ledger
    Ledger {
        #[command(subcommand)]
        act: LedgerAct,
    },
    /// Báo cáo / reports
    Report {
        #[command(subcommand)]
        act: ReportAct,
    },
    /// Chạy trọn hai tháng mẫu / run two months from list to closed day
    Demo(DemoArgs),
    /// Đo tốc độ / measure
    Bench(BenchArgs),
}

#[derive(Subcommand, Debug)]
pub enum RegistryAct {
    /// Nạp dữ liệu dân cư (CSV) / load the population register
    Load { file: PathBuf },
}

#[derive(Subcommand, Debug)]
pub enum HoldersAct {
    /// Nạp danh sách chủ tài khoản (CSV) / load a bank's list of holders
    Load { file: PathBuf },
}

#[derive(Subcommand, Debug)]
pub enum RosterAct {
    /// Kiểm tra, không ghi / check, change nothing
    Check(RosterArgs),
    /// Kiểm tra rồi nhập / check and take over
    Import(RosterImportArgs),
}

#[derive(Args, Debug)]
pub struct RosterArgs {
    pub file: PathBuf,
    /// CSV or http://... of the population register
    #[arg(long)]
    pub registry: String,
    /// Kỳ / period, such as 2026-06
    #[arg(long)]
    pub period: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
    /// Ghi dòng bị từ chối / write refused lines here (XLSX)
    #[arg(long)]
    pub refused: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct RosterImportArgs {
    pub file: PathBuf,
    /// CSV or http://...; default: the register as last loaded
    #[arg(long)]
    pub registry: Option<String>,
    #[arg(long)]
    pub period: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
    /// default: FILE.refused.xlsx in the current folder
    #[arg(long)]
    pub refused: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum AccountAct {
    /// Tạm dừng, mở lại, đóng / suspend, resume, close, reopen
    Change(AccountArgs),
}

#[derive(Args, Debug)]
pub struct AccountArgs {
    /// suspend, resume, close, reopen
    pub event: String,
    /// Số định danh / personal number
    #[arg(long)]
    pub number: String,
    #[arg(long)]
    pub reason: String,
}

#[derive(Subcommand, Debug)]
pub enum BudgetAct {
    /// Ghi nhận kinh phí về / announce or take in budget
    Receive(BudgetArgs),
}

#[derive(Args, Debug)]
pub struct BudgetArgs {
    #[arg(long)]
    pub amount: i64,
    /// Nguồn / source: central, province, ...
    #[arg(long, default_value = "central")]
    pub source: String,
    #[arg(long)]
    pub year: Option<i64>,
    /// Số chứng từ trên sao kê / reference on the statement; OPENING for the opening balance
    #[arg(long)]
    pub reference: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
    #[arg(long)]
    pub bank_account: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum CycleAct {
    /// Lập kỳ chi / compute the cycle into draft batches
    Prepare(CycleArgs),
    /// Xem kỳ chi / show
    Show(CycleShowArgs),
}

#[derive(Args, Debug)]
pub struct CycleArgs {
    #[arg(long)]
    pub period: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
    #[arg(long)]
    pub bank_account: Option<String>,
    #[arg(long, default_value = "central")]
    pub source: String,
    #[arg(long)]
    pub year: Option<i64>,
    /// Số dòng tối đa mỗi đợt / lines a batch at most
    #[arg(long, default_value_t = crate::disbursement::prepare::BATCH_LINES_MAX)]
    pub batch_lines: i64,
}

#[derive(Args, Debug)]
pub struct CycleShowArgs {
    #[arg(long)]
    pub period: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
}

#[derive(Subcommand, Debug)]
pub enum BatchAct {
    /// Trình duyệt (người lập) / submit
    Submit {
        batch: i64,
    },
    /// Phê duyệt (người khác) / approve
    Approve {
        batch: i64,
        /// First digits of the digest that was shown
        #[arg(long)]
        digest: Option<String>,
    },
    /// Từ chối / reject
    Reject {
        batch: i64,
        #[arg(long)]
        reason: String,
    },
    /// Giải ngân / release: grant every line, or none
    Release {
        batch: i64,
    },
    Show {
        batch: i64,
    },
    /// Gửi ngân hàng / post and write the payment file once
    Send {
        batch: i64,
        #[arg(long)]
        out: PathBuf,
    },
    /// Xuất lại đúng tệp đã gửi / the same bytes again
    Export {
        batch: i64,
        #[arg(long)]
        out: PathBuf,
    },
    /// Lập đợt chi lại / what came back, again
    FollowUp {
        batch: i64,
    },
}

#[derive(Subcommand, Debug)]
pub enum StatementAct {
    /// Nhập sao kê / import
    Import { file: PathBuf },
    /// Xem sao kê / show
    Show {
        number: i64,
        #[arg(long)]
        bank_account: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum BreakAct {
    List {
        /// Kể cả đã xử lý / resolved ones too
        #[arg(long)]
        all: bool,
    },
    /// Đề xuất, rồi người khác duyệt / propose; another person approves
    Resolve(ResolveArgs),
    Assign {
        id: i64,
        #[arg(long)]
        owner: String,
    },
}

#[derive(Args, Debug)]
pub struct ResolveArgs {
    pub id: i64,
    #[arg(long, value_enum)]
    pub action: Option<Action>,
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Tài khoản kinh phí / ledger account for to_fund
    #[arg(long)]
    pub fund: Option<String>,
    /// Mã tham chiếu / end-to-end reference for to_return
    #[arg(long)]
    pub reference: Option<String>,
    /// Duyệt đề xuất / approve what was proposed
    #[arg(long)]
    pub approve: bool,
}

#[derive(Subcommand, Debug)]
pub enum DayAct {
    /// Khóa ngày / close
    Close {
        day: String,
        #[arg(long)]
        bank_account: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum LedgerAct {
    Accounts {
        /// Phần đầu của tên / first part of the name
        #[arg(default_value = "")]
        prefix: String,
    },
    /// Số dư, cả trong quá khứ; không nêu tài khoản: bảng cân đối / balance, also past ones
    Balance {
        account: Option<String>,
        #[arg(long)]
        at: Option<String>,
        #[arg(long)]
        day: Option<String>,
    },
    /// Kiểm tra toàn bộ sổ / recompute everything
    Verify {
        /// Compare with a chain head that was kept outside
        #[arg(long)]
        head: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum ReportAct {
    Cycle(CycleShowArgs),
    /// Thu theo lớp và toàn trường / by class and school
    Fees(FeesReportArgs),
    /// Sổ chi tiết một người / statement of account
    Debtor(DebtorReportArgs),
}

#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Danh sách / a list to use instead of a generated one
    #[arg(long, requires = "population")]
    pub roster: Option<PathBuf>,
    /// Dữ liệu dân cư của danh sách đó / its population register
    #[arg(long, requires = "roster")]
    pub population: Option<PathBuf>,
    #[arg(long, default_value_t = 5_000)]
    pub beneficiaries: usize,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Giữ lại mọi tệp ở đây / keep every file here
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct BenchArgs {
    /// grant, month, bills
    #[arg(value_parser = ["grant", "month", "bills"])]
    pub what: String,
    #[arg(long, default_value_t = 100_000)]
    pub lines: i64,
    /// Học sinh, cho bills / pupils, for bills
    #[arg(long, default_value_t = 20_000)]
    pub pupils: i64,
    /// Months that the database already holds before the one that is measured
    #[arg(long, default_value_t = 0)]
    pub history: u32,
}
