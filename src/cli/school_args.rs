//! The words of the commands of billers.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub enum SchoolAct {
    Import {
        file: PathBuf,
        #[arg(long)]
        year: String,
        #[arg(long)]
        refused: Option<PathBuf>,
        #[arg(long)]
        partly: bool,
    },
    Set {
        code: String,
        #[arg(long, value_parser = ["yes", "no"])]
        use_credit: Option<String>,
        #[arg(long)]
        left: bool,
    },
    Accounts {
        file: PathBuf,
    },
}

#[derive(Subcommand, Debug)]
pub enum FeeAct {
    Load {
        file: PathBuf,
        #[arg(long)]
        year: Option<String>,
    },
    List {
        #[arg(long)]
        year: String,
    },
}

#[derive(Subcommand, Debug)]
pub enum ReductionAct {
    Add(ReductionArgs),
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
    #[arg(
        long,
        required_unless_present = "amount",
        conflicts_with = "amount",
        allow_hyphen_values = true
    )]
    pub rate: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub amount: Option<String>,
    #[arg(long)]
    pub fee: Option<String>,
    #[arg(long)]
    pub kind: Option<String>,
    #[arg(long)]
    pub ground: String,
    #[arg(long)]
    pub evidence: String,
    #[arg(long)]
    pub from: String,
    #[arg(long)]
    pub to: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum AbsenceAct {
    Load {
        file: PathBuf,
        #[arg(long)]
        fee: String,
        #[arg(long)]
        period: String,
    },
    Settle {
        #[arg(long)]
        before: String,
        #[arg(long)]
        debtor: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum BillAct {
    Prepare {
        #[arg(long)]
        year: String,
        #[arg(long)]
        period: String,
        #[arg(long)]
        class: Option<String>,
    },
    Issue {
        run: i64,
    },
    Cancel {
        bill: String,
        #[arg(long)]
        reason: String,
    },
    WriteOff {
        bill: String,
        #[arg(long, default_value = "")]
        reason: String,
        #[arg(long)]
        approve: bool,
    },
    Reissue {
        bill: String,
        #[arg(long)]
        reason: String,
    },
    Make {
        #[arg(long)]
        debtor: String,
        #[arg(long)]
        fee: String,
        #[arg(long, default_value_t = 1)]
        quantity: i64,
        #[arg(long)]
        name: Option<String>,
        #[arg(long, default_value = "")]
        reference: String,
    },
    Status {
        code: String,
    },
    Show {
        bill: String,
    },
    List(BillListArgs),
    Slips(BillSlipsArgs),
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["run", "class"]))]
pub struct BillSlipsArgs {
    #[arg(long)]
    pub run: Option<i64>,
    #[arg(long, requires = "year")]
    pub class: Option<String>,
    #[arg(long)]
    pub year: Option<String>,
    #[arg(long)]
    pub period: Option<String>,
    #[arg(long)]
    pub out: PathBuf,
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub per_page: u8,
    #[arg(long, value_enum, default_value_t = SlipFormat::Pdf)]
    pub format: SlipFormat,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum SlipFormat {
    Pdf,
    Html,
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
    #[arg(long)]
    pub day: Option<String>,
    #[arg(long)]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct DebtorReportArgs {
    pub code: String,
    #[arg(long)]
    pub out: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum ReceiptAct {
    List(ReceiptListArgs),
    Show {
        receipt: String,
    },
    Print(ReceiptPrintArgs),
    Cancel {
        receipt: String,
        #[arg(long, default_value = "")]
        reason: String,
        #[arg(long)]
        approve: bool,
    },
    Verify {
        source: String,
    },
}

#[derive(Args, Debug)]
pub struct ReceiptListArgs {
    #[arg(long)]
    pub day: Option<String>,
    #[arg(long)]
    pub debtor: Option<String>,
    #[arg(long)]
    pub kind: Option<String>,
    #[arg(long, value_parser = ["live", "cancelled"])]
    pub state: Option<String>,
    #[arg(long)]
    pub after: Option<String>,
    #[arg(long, default_value_t = 1_000)]
    pub limit: i64,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["receipts", "day", "debtor"]).multiple(true))]
pub struct ReceiptPrintArgs {
    #[arg(conflicts_with_all = ["day", "debtor"])]
    pub receipts: Vec<String>,
    #[arg(long)]
    pub day: Option<String>,
    #[arg(long)]
    pub debtor: Option<String>,
    #[arg(long)]
    pub out: PathBuf,
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub per_page: u8,
    #[arg(long, value_enum, default_value_t = SlipFormat::Pdf)]
    pub format: SlipFormat,
}

#[derive(Subcommand, Debug)]
pub enum ReminderAct {
    Run {
        #[arg(long)]
        day: String,
    },
    Send {
        #[arg(long)]
        out: PathBuf,
    },
    List {
        #[arg(long, default_value_t = 1_000)]
        limit: i64,
    },
}
