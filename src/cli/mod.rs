//! The command line: parse, one command, one answer.
//!
//! An answer is text for a clerk (Vietnamese first, `--lang en` for English; tables that
//! fit 100 columns) or, with `--json`, one object whose field names `docs/cli.md` fixes.
//! Exit codes: 0 done (breaks and refused lines included), 1 fault, 2 usage, 3 reject,
//! 4 proof failed. Only `demo` and `bench` name the simulator.

mod account;
mod args;
mod batch;
mod bench;
mod books;
mod checked;
mod days;
mod demo;
mod help;
mod lines;
mod lists;
mod notices;
mod out;
mod payout_args;
mod payouts;
mod qr;
mod report;
mod roster;
mod school;
mod school_args;
mod school_bill;
mod school_money;
mod school_receipt;
mod school_reminder;
mod school_slips;
mod serve;
mod serve_args;
mod session;
mod sheet_out;
mod statements;
mod usage;

pub use args::Cli;

use crate::error::{Failure, Reject};
use clap::FromArgMatches as _;
use clap::error::ErrorKind;
use out::Out;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let (lang, json) = usage::asked(&words, std::env::var("ANSINH_LANG").ok());
    let parsed = help::command(lang)
        .try_get_matches_from(words)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(e) if matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Out::new(json, lang).line(&help::shown(&e, lang));
            return ExitCode::SUCCESS;
        }
        Err(e) => return refuse(&Out::new(json, lang), usage::reject_of(&e).into()),
    };
    let out = Out::new(cli.json, cli.lang);
    if let Err(reject) = usage::check(&cli) {
        return refuse(&out, reject.into());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("ansinh: {e}");
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(dispatch(&cli, &out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => refuse(&out, failure),
    }
}

/// Says why not, and with which code the process ends.
fn refuse(out: &Out, failure: Failure) -> ExitCode {
    out.failure(&failure);
    ExitCode::from(exit_code(&failure))
}

fn exit_code(failure: &Failure) -> u8 {
    match failure {
        Failure::Fault(_) => 1,
        Failure::Reject(r) => match **r {
            Reject::ProofFailed { .. } | Reject::LedgerBroken { .. } => 4,
            ref reject if usage::is_usage(reject) => 2,
            _ => 3,
        },
    }
}

async fn dispatch(cli: &Cli, out: &Out) -> Result<(), Failure> {
    use args::{
        AccountAct, BatchAct, BreakAct, BudgetAct, Cmd, CycleAct, DayAct, HoldersAct, LedgerAct,
        RegistryAct, ReportAct, RosterAct, StatementAct, SuspenseAct,
    };
    match &cli.command {
        Cmd::Migrate => session::migrate(cli, out).await,
        Cmd::Setup { file } => session::setup(cli, out, file).await,
        Cmd::Registry {
            act: RegistryAct::Load { file, as_of },
        } => lists::load_register(cli, out, file, as_of.as_deref()).await,
        Cmd::Holders {
            act: HoldersAct::Load { file, as_of },
        } => lists::load_holders(cli, out, file, as_of.as_deref()).await,
        Cmd::Roster {
            act: RosterAct::Check(a),
        } => roster::check(cli, out, a).await,
        Cmd::Roster {
            act: RosterAct::Import(a),
        } => roster::import(cli, out, a).await,
        Cmd::Account {
            act: AccountAct::Change(a),
        } => account::change_account(cli, out, a).await,
        Cmd::Budget {
            act: BudgetAct::Receive(a),
        } => books::budget_receive(cli, out, a).await,
        Cmd::Cycle {
            act: CycleAct::Prepare(a),
        } => batch::prepare(cli, out, a).await,
        Cmd::Cycle {
            act: CycleAct::Show(a),
        } => batch::show_cycle(cli, out, a).await,
        Cmd::Batch { act } => match act {
            BatchAct::Submit { batch } => batch::submit(cli, out, *batch).await,
            BatchAct::Approve { batch, digest } => {
                batch::approve(cli, out, *batch, digest.clone()).await
            }
            BatchAct::Reject { batch, reason } => batch::reject(cli, out, *batch, reason).await,
            BatchAct::Release { batch } => batch::release(cli, out, *batch).await,
            BatchAct::Show { batch } => batch::show(cli, out, *batch).await,
            BatchAct::Lines {
                batch,
                after,
                limit,
            } => lines::list(cli, out, *batch, after.as_deref(), *limit).await,
            BatchAct::Withdraw {
                batch,
                line,
                reason,
            } => lines::withdraw(cli, out, *batch, line, reason).await,
            BatchAct::Send { batch, out: folder } => batch::send(cli, out, *batch, folder).await,
            BatchAct::Export { batch, out: folder } => {
                batch::export(cli, out, *batch, folder).await
            }
            BatchAct::FollowUp { batch } => batch::follow_up(cli, out, *batch).await,
        },
        Cmd::Statement {
            act: StatementAct::Import { file },
        } => statements::import(cli, out, file).await,
        Cmd::Statement {
            act:
                StatementAct::Show {
                    number,
                    bank_account,
                },
        } => statements::show(cli, out, *number, bank_account.as_deref()).await,
        Cmd::Break {
            act: BreakAct::List { all },
        } => statements::list_breaks(cli, out, *all).await,
        Cmd::Break {
            act: BreakAct::Resolve(a),
        } => statements::resolve(cli, out, a).await,
        Cmd::Break {
            act: BreakAct::Assign { id, owner },
        } => statements::assign(cli, out, *id, owner).await,
        Cmd::Suspense {
            act: SuspenseAct::SendBack(a),
        } => school_money::send_back(cli, out, a).await,
        Cmd::Suspense {
            act: SuspenseAct::Assign(a),
        } => school_money::assign(cli, out, a).await,
        Cmd::Day {
            act: DayAct::Close { day, bank_account },
        } => days::close(cli, out, day, bank_account.as_deref()).await,
        Cmd::Day {
            act:
                DayAct::Reopen {
                    day,
                    reason,
                    approve,
                    bank_account,
                },
        } => {
            let account = bank_account.as_deref();
            days::reopen(cli, out, day, reason, *approve, account).await
        }
        Cmd::Ledger {
            act: LedgerAct::Accounts { prefix },
        } => books::accounts(cli, out, prefix).await,
        Cmd::Ledger {
            act: LedgerAct::Balance { account, at, day },
        } => books::balance(cli, out, account.as_deref(), at.as_deref(), day.as_deref()).await,
        Cmd::Ledger {
            act: LedgerAct::Verify { head },
        } => books::verify(cli, out, head.as_deref()).await,
        Cmd::Report {
            act: ReportAct::Cycle(a),
        } => report::cycle(cli, out, a).await,
        Cmd::Qr { act } => qr::run(out, act),
        Cmd::Report {
            act: ReportAct::Fees(a),
        } => school_bill::report_fees(cli, out, a).await,
        Cmd::Report {
            act: ReportAct::Debtor(a),
        } => school_bill::report_debtor(cli, out, a).await,
        Cmd::School { act } => school::school(cli, out, act).await,
        Cmd::Fee { act } => school::fee(cli, out, act).await,
        Cmd::Reduction { act } => school::reduction(cli, out, act).await,
        Cmd::Absence { act } => school::absence(cli, out, act).await,
        Cmd::Bill { act } => school_bill::bill(cli, out, act).await,
        Cmd::Surcharge { act } => school_bill::surcharge(cli, out, act).await,
        Cmd::Receipt { act } => school_receipt::receipt(cli, out, act).await,
        Cmd::Notice { act } => notices::notice(cli, out, act).await,
        Cmd::Caller { act } => notices::caller(cli, out, act).await,
        Cmd::Serve(a) => serve::serve(cli, out, a).await,
        Cmd::Refund { act } => payouts::refund(cli, out, act).await,
        Cmd::Remittance { act } => payouts::remittance(cli, out, act).await,
        Cmd::Payout { act } => payouts::payout(cli, out, act).await,
        Cmd::Reminder { act } => school_reminder::reminder(cli, out, act).await,
        Cmd::Demo(a) => demo::run(cli, out, a).await,
        Cmd::Bench(a) => bench::run(cli, out, a).await,
    }
}
