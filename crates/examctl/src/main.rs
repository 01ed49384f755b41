//! The command line of examctl: arguments in, events out.
//!
//! Everything that decides or acts lives in the libraries `provision`, `release` and
//! `goose-scenarios`; this program parses arguments, prints what they report and chooses the
//! exit code.

mod cli;
mod commands;
mod exit_code;
mod failure;
mod interrupt;
mod output;

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    let printer = output::Printer::new(&arguments.global);
    let name = arguments.command.name();
    let result = commands::run(&arguments.command, &arguments.global, &printer);
    printer.finish(name, result).into()
}
