//! Arguments of `refund`, `remittance` and `payout`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The account that money goes to.
#[derive(Args, Debug)]
pub struct PayToArgs {
    #[arg(long, conflicts_with_all = ["bin", "account"])]
    pub collection: Option<i64>,
    #[arg(long, requires = "account")]
    pub bin: Option<String>,
    #[arg(long, requires = "bin")]
    pub account: Option<String>,
    #[arg(long)]
    pub name: String,
}

#[derive(Subcommand, Debug)]
pub enum RefundAct {
    Make(RefundArgs),
}

#[derive(Args, Debug)]
pub struct RefundArgs {
    #[arg(long)]
    pub debtor: String,
    #[arg(long, value_parser = crate::roster::amount::read_option)]
    pub amount: i64,
    #[command(flatten)]
    pub to: PayToArgs,
    #[arg(long)]
    pub reason: String,
}

#[derive(Subcommand, Debug)]
pub enum RemittanceAct {
    Make(RemittanceArgs),
}

#[derive(Args, Debug)]
pub struct RemittanceArgs {
    #[arg(long)]
    pub third_party: String,
    #[arg(long)]
    pub bin: String,
    #[arg(long)]
    pub account: String,
    #[arg(long)]
    pub name: String,
    #[arg(long)]
    pub until: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum PayoutAct {
    Prepare,
    List {
        #[arg(long)]
        all: bool,
        #[arg(long, default_value_t = 1_000)]
        limit: i64,
    },
    Show {
        payout: i64,
        #[arg(long)]
        out: Option<PathBuf>,
    },
    Readdress {
        payout: i64,
        #[command(flatten)]
        to: PayToArgs,
    },
    Cancel {
        payout: i64,
        #[arg(long)]
        reason: String,
    },
}
