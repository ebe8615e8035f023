//! The words of the command line. What each means stands in `help`, in both languages.

use super::payout_args::{PayoutAct, RefundAct, RemittanceAct};
use super::school_args::{
    AbsenceAct, BillAct, DebtorReportArgs, FeeAct, FeesReportArgs, ReceiptAct, ReductionAct,
    ReminderAct, SchoolAct, SurchargeAct,
};
use super::serve_args::{CallerAct, NoticeAct, ServeArgs};
use crate::error::Lang;
use crate::reconcile::resolve::Action;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

#[derive(Parser, Debug)]
#[command(name = "ansinh", version, max_term_width = 100)]
pub struct Cli {
    #[arg(long, global = true, env = "ANSINH_DATABASE_URL", default_value = crate::store::DEFAULT_URL)]
    pub database_url: String,
    #[arg(long, global = true)]
    pub keys: Option<PathBuf>,
    #[arg(long = "as", global = true, value_name = "USER")]
    pub actor: Option<String>,
    #[arg(long, global = true)]
    pub book: Option<String>,
    #[arg(long, global = true, value_enum, default_value_t = Lang::Vi, env = "ANSINH_LANG")]
    pub lang: Lang,
    #[arg(long, global = true)]
    pub json: bool,
    #[arg(long, global = true)]
    pub now: Option<String>,
    #[arg(long, global = true)]
    pub key: Option<String>,
    #[arg(long, global = true)]
    pub dry_run: bool,
    #[command(subcommand)]
    pub command: Cmd,
}

#[derive(Subcommand, Debug)]
pub enum Cmd {
    Migrate,
    Setup {
        file: PathBuf,
    },
    Registry {
        #[command(subcommand)]
        act: RegistryAct,
    },
    Holders {
        #[command(subcommand)]
        act: HoldersAct,
    },
    Roster {
        #[command(subcommand)]
        act: RosterAct,
    },
    Account {
        #[command(subcommand)]
        act: AccountAct,
    },
    Budget {
        #[command(subcommand)]
        act: BudgetAct,
    },
    Cycle {
        #[command(subcommand)]
        act: CycleAct,
    },
    Batch {
        #[command(subcommand)]
        act: BatchAct,
    },
    Statement {
        #[command(subcommand)]
        act: StatementAct,
    },
    Break {
        #[command(subcommand)]
        act: BreakAct,
    },
    Suspense {
        #[command(subcommand)]
        act: SuspenseAct,
    },
    Day {
        #[command(subcommand)]
        act: DayAct,
    },
    School {
        #[command(subcommand)]
        act: SchoolAct,
    },
    Fee {
        #[command(subcommand)]
        act: FeeAct,
    },
    Reduction {
        #[command(subcommand)]
        act: ReductionAct,
    },
    Absence {
        #[command(subcommand)]
        act: AbsenceAct,
    },
    Bill {
        #[command(subcommand)]
        act: BillAct,
    },
    Surcharge {
        #[command(subcommand)]
        act: SurchargeAct,
    },
    Receipt {
        #[command(subcommand)]
        act: ReceiptAct,
    },
    Reminder {
        #[command(subcommand)]
        act: ReminderAct,
    },
    Refund {
        #[command(subcommand)]
        act: RefundAct,
    },
    Remittance {
        #[command(subcommand)]
        act: RemittanceAct,
    },
    Payout {
        #[command(subcommand)]
        act: PayoutAct,
    },
    Ledger {
        #[command(subcommand)]
        act: LedgerAct,
    },
    Report {
        #[command(subcommand)]
        act: ReportAct,
    },
    Qr {
        #[command(subcommand)]
        act: QrAct,
    },
    Notice {
        #[command(subcommand)]
        act: NoticeAct,
    },
    Caller {
        #[command(subcommand)]
        act: CallerAct,
    },
    Serve(ServeArgs),
    Demo(DemoArgs),
    Bench(BenchArgs),
}

#[derive(Subcommand, Debug)]
pub enum RegistryAct {
    Load {
        file: PathBuf,
        #[arg(long)]
        as_of: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum HoldersAct {
    Load {
        file: PathBuf,
        #[arg(long)]
        as_of: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum RosterAct {
    Check(RosterArgs),
    Import(RosterImportArgs),
}

#[derive(Args, Debug)]
pub struct RosterArgs {
    pub file: PathBuf,
    #[arg(long)]
    pub registry: String,
    #[arg(long)]
    pub period: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
    #[arg(long)]
    pub refused: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct RosterImportArgs {
    pub file: PathBuf,
    #[arg(long)]
    pub registry: Option<String>,
    #[arg(long)]
    pub period: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
    #[arg(long)]
    pub refused: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum AccountAct {
    Change(AccountArgs),
}

#[derive(Args, Debug)]
pub struct AccountArgs {
    #[arg(value_parser = ["suspend", "resume", "close", "reopen"])]
    pub event: String,
    #[arg(long)]
    pub number: String,
    #[arg(long)]
    pub reason: String,
}

#[derive(Subcommand, Debug)]
pub enum BudgetAct {
    Receive(BudgetArgs),
}

#[derive(Args, Debug)]
pub struct BudgetArgs {
    #[arg(long, value_parser = crate::roster::amount::read_option)]
    pub amount: i64,
    #[arg(long, default_value = "central")]
    pub source: String,
    #[arg(long)]
    pub year: Option<i64>,
    #[arg(long)]
    pub reference: String,
    #[arg(long, default_value = "social_assistance")]
    pub programme: String,
    #[arg(long)]
    pub bank_account: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum CycleAct {
    Prepare(CycleArgs),
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
    Submit {
        batch: i64,
    },
    Approve {
        batch: i64,
        #[arg(long)]
        digest: Option<String>,
    },
    Reject {
        batch: i64,
        #[arg(long)]
        reason: String,
    },
    Release {
        batch: i64,
    },
    Show {
        batch: i64,
    },
    Lines {
        batch: i64,
        #[arg(long)]
        after: Option<String>,
        #[arg(long, default_value_t = 1_000)]
        limit: i64,
    },
    Withdraw {
        batch: i64,
        line: String,
        #[arg(long)]
        reason: String,
    },
    Send {
        batch: i64,
        #[arg(long)]
        out: PathBuf,
    },
    Export {
        batch: i64,
        #[arg(long)]
        out: PathBuf,
    },
    FollowUp {
        batch: i64,
    },
}

#[derive(Subcommand, Debug)]
pub enum StatementAct {
    Import {
        file: PathBuf,
    },
    Show {
        number: i64,
        #[arg(long)]
        bank_account: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum SuspenseAct {
    Assign(SuspenseArgs),
    SendBack(SendBackArgs),
}

#[derive(Args, Debug)]
pub struct SendBackArgs {
    pub id: i64,
    #[arg(long, default_value = "")]
    pub name: String,
    #[arg(long, requires = "account")]
    pub bin: Option<String>,
    #[arg(long, requires = "bin")]
    pub account: Option<String>,
    #[arg(long, default_value = "")]
    pub reason: String,
    #[arg(long)]
    pub approve: bool,
}

#[derive(Args, Debug)]
pub struct SuspenseArgs {
    pub id: i64,
    #[arg(long, conflicts_with = "debtor")]
    pub bill: Option<String>,
    #[arg(long)]
    pub debtor: Option<String>,
    #[arg(long, default_value = "")]
    pub reason: String,
    #[arg(long)]
    pub approve: bool,
}

#[derive(Subcommand, Debug)]
pub enum BreakAct {
    List {
        #[arg(long)]
        all: bool,
    },
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
    #[arg(long)]
    pub fund: Option<String>,
    #[arg(long)]
    pub reference: Option<String>,
    #[arg(long, value_name = "CODE")]
    pub bank_reason: Option<String>,
    #[arg(long, conflicts_with = "withdraw")]
    pub approve: bool,
    #[arg(long)]
    pub withdraw: bool,
}

#[derive(Subcommand, Debug)]
pub enum DayAct {
    Close {
        day: String,
        #[arg(long)]
        bank_account: Option<String>,
    },
    Reopen {
        day: String,
        #[arg(long, default_value = "")]
        reason: String,
        #[arg(long)]
        approve: bool,
        #[arg(long)]
        bank_account: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum LedgerAct {
    Accounts {
        #[arg(default_value = "")]
        prefix: String,
    },
    Balance {
        account: Option<String>,
        #[arg(long)]
        at: Option<String>,
        #[arg(long)]
        day: Option<String>,
    },
    Verify {
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

#[derive(Subcommand, Debug)]
pub enum QrAct {
    Encode(QrEncodeArgs),
    Decode { source: String },
}

#[derive(Args, Debug)]
pub struct QrEncodeArgs {
    #[arg(long)]
    pub bin: String,
    #[arg(long)]
    pub account: String,
    #[arg(long)]
    pub amount: Option<i64>,
    #[arg(long)]
    pub content: Option<String>,
    #[arg(long)]
    pub name: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct DemoArgs {
    #[arg(long, requires = "population")]
    pub roster: Option<PathBuf>,
    #[arg(long, requires = "roster")]
    pub population: Option<PathBuf>,
    #[arg(long, default_value_t = 5_000)]
    pub beneficiaries: usize,
    #[arg(long, default_value_t = 1_200)]
    pub pupils: usize,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct BenchArgs {
    #[arg(value_parser = ["grant", "month", "bills", "notices", "transfers"])]
    pub what: String,
    #[arg(long, default_value_t = 20_000)]
    pub count: i64,
    #[arg(long, default_value_t = 64)]
    pub connections: i64,
    #[arg(long, default_value_t = 256)]
    pub in_flight: i64,
    #[arg(long, default_value_t = 100_000)]
    pub lines: i64,
    #[arg(long, default_value_t = 20_000)]
    pub pupils: i64,
    #[arg(long, default_value_t = 0)]
    pub history: u32,
}
