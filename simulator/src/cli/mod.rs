//! The commands: each parses its words and calls the library.

mod bank;
mod payers;
mod people;
mod register;
mod switch;

use std::error::Error;

use clap::{Parser, Subcommand};

type Outcome = Result<(), Box<dyn Error>>;

/// The world outside AnSinh: people and their lists, the population register, a bank, payers.
/// All of it is synthetic, and the same seed gives the same files.
#[derive(Parser)]
#[command(name = "ansinh-world", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make people, the list a commune types of them, and the answer key
    People(people::People),
    /// Serve the population register over HTTP until ctrl-c
    Register(register::Register),
    /// A bank that books payment files
    #[command(subcommand)]
    Bank(Box<bank::BankCommand>),
    /// A bank's host for messages of ISO 8583, until ctrl-c; then what it booked
    Switch(switch::Switch),
    /// People who answer bills, their bank's notices, and the statement of each day
    Payers(Box<payers::PayersArgs>),
}

pub fn run() -> Outcome {
    match Cli::parse().command {
        Command::People(people) => people.run(),
        Command::Register(register) => register.run(),
        Command::Bank(bank) => bank.run(),
        Command::Switch(switch) => switch.run(),
        Command::Payers(payers) => payers.run(),
    }
}
