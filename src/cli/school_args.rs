//! The words of the commands of billers.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub enum SchoolAct {
    /// Nhập danh sách học sinh (XLSX, CSV) / take over a list of pupils
    Import {
        file: PathBuf,
        /// Năm học / school year: 2026-2027
        #[arg(long)]
        year: String,
        /// default: FILE.refused.xlsx in the current folder
        #[arg(long)]
        refused: Option<PathBuf>,
        /// Nhập các dòng đúng, chỉ trả lại dòng sai / take the right rows over, give back the wrong ones
        #[arg(long)]
        partly: bool,
    },
    /// Thôi học; dùng tiền thừa hay không / a pupil leaves; use credit or not
    Set {
        code: String,
        #[arg(long, value_parser = ["yes", "no"])]
        use_credit: Option<String>,
        #[arg(long)]
        left: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum FeeAct {
    /// Nạp khoản thu, mức thu (TOML, CSV) / load fees and prices
    Load {
        file: PathBuf,
        /// Năm học, cho CSV / school year, for a CSV
        #[arg(long)]
        year: Option<String>,
    },
    /// Khoản thu và mức thu / fees and prices
    List {
        #[arg(long)]
        year: String,
    },
}

#[derive(Subcommand, Debug)]
pub enum ReductionAct {
    /// Miễn giảm theo quyết định / by decision
    Add(ReductionArgs),
    /// Thôi miễn giảm / its last day
    End {
        id: i64,
        #[arg(long)]
        last: String,
    },
    List {
        #[arg(long)]
        debtor: String,
        #[arg(long)]
        day: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct ReductionArgs {
    #[arg(long)]
    pub debtor: String,
    /// Phần trăm / percent: 100, 70, 50
    #[arg(
        long,
        required_unless_present = "amount",
        conflicts_with = "amount",
        allow_hyphen_values = true
    )]
    pub rate: Option<String>,
    /// Số tiền mỗi lần thu / đồng off each charge
    #[arg(long, allow_hyphen_values = true)]
    pub amount: Option<String>,
    /// Chỉ khoản này / only this fee
    #[arg(long)]
    pub fee: Option<String>,
    /// tuition, service, agency, voluntary
    #[arg(long)]
    pub kind: Option<String>,
    /// Căn cứ / ground
    #[arg(long)]
    pub ground: String,
    /// Giấy tờ / evidence
    #[arg(long)]
    pub evidence: String,
    #[arg(long)]
    pub from: String,
    #[arg(long)]
    pub to: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum AbsenceAct {
    /// Nạp ngày nghỉ (CSV code,absent_days) / load absent days
    Load {
        file: PathBuf,
        #[arg(long)]
        fee: String,
        #[arg(long)]
        period: String,
    },
    /// Sau phiếu thu cuối: trả vào tiền thừa / after the last bill: to credit
    Settle {
        /// Các tháng trước tháng này / months before this one
        #[arg(long)]
        before: String,
        #[arg(long)]
        debtor: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum BillAct {
    /// Lập phiếu thu nháp / make drafts for a class or the school
    Prepare {
        #[arg(long)]
        year: String,
        #[arg(long)]
        period: String,
        #[arg(long)]
        class: Option<String>,
    },
    /// Phát hành (người khác) / issue a run; another person than the maker
    Issue {
        run: i64,
    },
    /// Hủy phiếu chưa thu tiền / cancel a bill without money on it
    Cancel {
        bill: String,
        #[arg(long)]
        reason: String,
    },
    /// Xóa nợ: đề xuất, rồi người khác duyệt / propose, then another person approves
    WriteOff {
        bill: String,
        #[arg(long, default_value = "")]
        reason: String,
        #[arg(long)]
        approve: bool,
    },
    /// Hủy và lập lại / cancel and prepare anew
    Reissue {
        bill: String,
        #[arg(long)]
        reason: String,
    },
    /// Một phiếu cho một việc / one bill for one thing
    Make {
        #[arg(long)]
        debtor: String,
        #[arg(long)]
        fee: String,
        #[arg(long, default_value_t = 1)]
        quantity: i64,
        /// Tên, cho người mới / name, for somebody new
        #[arg(long)]
        name: Option<String>,
        /// Số hồ sơ / dossier
        #[arg(long, default_value = "")]
        reference: String,
    },
    /// Đã nộp chưa / paid? by payment code or number
    Status {
        code: String,
    },
    Show {
        bill: String,
    },
    List(BillListArgs),
}

#[derive(Args, Debug)]
pub struct BillListArgs {
    #[arg(long)]
    pub run: Option<i64>,
    #[arg(long)]
    pub period: Option<String>,
    #[arg(long, requires = "year")]
    pub class: Option<String>,
    #[arg(long)]
    pub year: Option<String>,
    #[arg(long)]
    pub debtor: Option<String>,
    #[arg(long)]
    pub state: Option<String>,
    #[arg(long, default_value_t = 1_000)]
    pub limit: i64,
}

#[derive(Subcommand, Debug)]
pub enum SurchargeAct {
    /// Tính phí nộp chậm / bills for what is late
    Run {
        #[arg(long)]
        day: String,
    },
}

#[derive(Args, Debug)]
pub struct FeesReportArgs {
    #[arg(long)]
    pub year: String,
    #[arg(long)]
    pub period: Option<String>,
    /// Tính đến ngày / as of (default: today)
    #[arg(long)]
    pub day: Option<String>,
    /// .csv, .xlsx
    #[arg(long)]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct DebtorReportArgs {
    pub code: String,
    /// .csv, .xlsx
    #[arg(long)]
    pub out: Option<PathBuf>,
}
