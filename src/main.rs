//! The binary: parses the command line, runs the command, ends with an exit code that
//! scripts can use (0 done, 1 fault, 2 usage, 3 reject, 4 proof failed).
//!
//! This file alone is of edition 2021, where setting a variable of the environment is safe:
//! iso8583_rs is told of its layout in no other way (docs/decisions/0015).

use std::process::ExitCode;

use ansinh::gateway::iso8583::spec_file;

fn main() -> ExitCode {
    // Before anything else: no other thread runs yet that could read the environment.
    std::env::set_var(spec_file::VARIABLE, spec_file::plan());
    ansinh::cli::main()
}
