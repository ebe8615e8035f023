//! The words of the commands of the server: what it serves, who may tell and ask it.

use crate::collection::notice_source::Scheme;
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct ServeArgs {
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

#[derive(Subcommand, Debug)]
pub enum NoticeAct {
    Source {
        #[command(subcommand)]
        act: SourceAct,
    },
    List {
        #[arg(long, default_value = "")]
        outcome: String,
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    Show {
        id: i64,
    },
}

#[derive(Subcommand, Debug)]
pub enum SourceAct {
    Add(SourceArgs),
    List,
    Disable { code: String },
}

#[derive(Args, Debug)]
pub struct SourceArgs {
    pub code: String,
    #[arg(long, value_enum)]
    pub scheme: Scheme,
    #[arg(long, value_name = "FILE")]
    pub secret_file: PathBuf,
    #[arg(long, default_value = "k1")]
    pub key_id: String,
    #[arg(long)]
    pub bank_account: Option<String>,
    #[arg(long)]
    pub compare: bool,
    #[arg(long, default_value_t = crate::reconcile::credits::DAYS_MAX)]
    pub days: i64,
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum CallerAct {
    Add { code: String },
    List,
    Disable { code: String },
}
