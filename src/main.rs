//! Starts things, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    monitor::command::main()
}
