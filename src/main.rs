//! The binary: parses the command line, runs the command, ends with an exit code that
//! scripts can use (0 done, 1 fault, 2 usage, 3 reject, 4 proof failed).

use std::process::ExitCode;

fn main() -> ExitCode {
    ansinh::cli::main()
}
