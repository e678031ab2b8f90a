//! The netdissect program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(netdissect::run::run(std::env::args_os().collect()))
}
