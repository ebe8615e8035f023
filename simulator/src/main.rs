//! `ansinh-world`: the world outside from the command line, for demonstrations and
//! for trying AnSinh by hand. What it prints on standard output is JSON.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ansinh-world: {error}");
            ExitCode::FAILURE
        }
    }
}
